//! What every native module uses, in one place, and how its payloads show their references to the cycle collector.

pub use crate::object::buffer::Buffer;
pub use crate::object::def::{GetSetDef, MethodDef, ModuleDef, TypeDef, type_flags};
pub use crate::object::dict::Dict;
pub use crate::object::guarded::Guarded;
pub use crate::object::layout::{Layout, Native, Visit};
pub use crate::object::list::List;
pub use crate::object::module::Module;
pub use crate::object::obj::{Obj, Py, Slot};
pub use crate::object::sig::Args;
pub use crate::object::slots::{BinOp, CallArgs, CmpOp, Slots};
pub use crate::object::string::Str;
pub use crate::object::tuple::Tuple;
pub use crate::object::type_ids::TypeId;
pub use crate::object::types::Type;
pub use crate::object::value::Value;
pub use crate::runtime::error::{Exc, Res};
pub use crate::runtime::thread::Thread;
pub use threadsnake_algo::text::{StrBuf, StrData, StrRef};
pub use threadsnake_threads::header::Header;

/// Something that owns references which the cycle collector must see, and can let go of.
pub trait Trace {
    /// Shows every reference. Called with the world stopped.
    fn trace(&self, visit: Visit<'_>);
    /// Lets go of what can be let go of, so as to break cycles. `head` is that of the object that owns this.
    fn sever(&self, _th: &Thread, _head: &Header) {}
}

impl Trace for Obj {
    fn trace(&self, visit: Visit<'_>) {
        visit(self.value());
    }
}

impl<T: Native> Trace for Py<T> {
    fn trace(&self, visit: Visit<'_>) {
        visit(self.obj().value());
    }
}

impl Trace for Slot {
    fn trace(&self, visit: Visit<'_>) {
        let v = self.raw();
        if !v.is_empty() {
            visit(v);
        }
    }
    fn sever(&self, th: &Thread, _head: &Header) {
        self.set(th, None);
    }
}

impl<T: Trace> Trace for Option<T> {
    fn trace(&self, visit: Visit<'_>) {
        if let Some(x) = self {
            x.trace(visit);
        }
    }
}

impl<T: Trace> Trace for Vec<T> {
    fn trace(&self, visit: Visit<'_>) {
        for x in self {
            x.trace(visit);
        }
    }
}

impl<T: Trace> Trace for std::collections::VecDeque<T> {
    fn trace(&self, visit: Visit<'_>) {
        for x in self {
            x.trace(visit);
        }
    }
}

impl<A: Trace, B: Trace> Trace for (A, B) {
    fn trace(&self, visit: Visit<'_>) {
        self.0.trace(visit);
        self.1.trace(visit);
    }
}

impl<T: Trace + Default + Send + 'static> Trace for Guarded<T> {
    fn trace(&self, visit: Visit<'_>) {
        // SAFETY: the collector calls this with the world stopped.
        unsafe { self.peek() }.trace(visit);
    }
    fn sever(&self, th: &Thread, head: &Header) {
        let old = self.with(th, head, std::mem::take);
        drop(old);
    }
}

/// Makes a struct the payload of a built-in type: `native!(Chain, ItChain, "chain", field…)`, the fields being those that
/// own references.
macro_rules! native {
    ($t:ident, $id:ident, $name:literal $(, $f:ident)* $(,)?) => {
        // SAFETY: the layout is of this very type.
        unsafe impl $crate::modules::prelude::Native for $t {
            const TYPE: $crate::modules::prelude::TypeId = $crate::modules::prelude::TypeId::$id;
            const LAYOUT: &'static $crate::modules::prelude::Layout = {
                static L: $crate::modules::prelude::Layout = $crate::modules::prelude::Layout::of::<$t>($name);
                &L
            };
            #[allow(unused_variables)]
            fn traverse(&self, visit: $crate::modules::prelude::Visit<'_>) {
                $( $crate::modules::prelude::Trace::trace(&self.$f, visit); )*
            }
            #[allow(unused_variables)]
            fn clear(&self, th: &$crate::modules::prelude::Thread) {
                // SAFETY: `clear` is called on the payload of a live object.
                let me = unsafe { $crate::object::obj::owner_of(self) };
                $( $crate::modules::prelude::Trace::sever(&self.$f, th, me.head()); )*
            }
        }
    };
}
pub(crate) use native;

/// Makes a struct traceable by its fields.
macro_rules! trace {
    ($t:ty $(, $f:ident)* $(,)?) => {
        impl $crate::modules::prelude::Trace for $t {
            #[allow(unused_variables)]
            fn trace(&self, visit: $crate::modules::prelude::Visit<'_>) {
                $( $crate::modules::prelude::Trace::trace(&self.$f, visit); )*
            }
        }
    };
}
pub(crate) use trace;

/// The object as one with payload `T`; slots and methods are called with such objects only, so an error means a fault of
/// the runtime.
#[inline(always)]
pub fn this<'a, T: Native>(th: &Thread, o: &'a Obj) -> Res<&'a Py<T>> {
    match o.cast::<T>() {
        Some(p) => Ok(p),
        None => Err(wrong_self(th, o, T::LAYOUT.name)),
    }
}

#[cold]
fn wrong_self(th: &Thread, o: &Obj, want: &str) -> Exc {
    th.type_error(format!(
        "descriptor requires a '{want}' object but received a '{}'",
        th.type_name(o)
    ))
}

/// Puts a name into a module.
pub fn put(th: &Thread, m: &Py<Module>, name: &str, value: Obj) -> Res<()> {
    th.setattr(m.obj(), name, value)
}

/// An exception object, raised.
pub fn raise(th: &Thread, exception: &Obj) -> Exc {
    match exception
        .clone()
        .into_py::<crate::object::exception::BaseException>()
    {
        Ok(e) => Exc(e),
        Err(_) => th.type_error("exceptions must derive from BaseException"),
    }
}

/// An instance of an exception class made in Python's way, raised.
pub fn raise_class(th: &Thread, class: &Obj, args: &[Obj]) -> Exc {
    match th.call(class, args) {
        Ok(e) => raise(th, &e),
        Err(e) => e,
    }
}

/// The class in a slot of a module's state, made at first use: an exception class of this name and base.
pub fn exception_class(th: &Thread, slot: &Slot, module: &str, name: &str, base: TypeId) -> Res {
    if let Some(c) = slot.get() {
        return Ok(c);
    }
    let dict = th.new_dict()?;
    let module = th.str(module)?;
    dict.set_str(th, "__module__", module)?;
    let bases = tuple_of(th, [th.ty(base).obj().clone()])?;
    let ty = th.ty(TypeId::Type).obj().clone();
    let class = th.call(&ty, &[th.str(name)?, bases, dict.into_obj()])?;
    match slot.set_if_empty(class.clone()) {
        Ok(()) => Ok(class),
        Err(_) => Ok(slot.get().unwrap_or(class)),
    }
}

/// Part of a string as a string object; the object itself where it is all of it.
pub fn substr(th: &Thread, s: &Py<Str>, start: usize, end: usize) -> Res {
    if start == 0 && end >= s.len() && s.obj().is_exact::<Str>() {
        return Ok(s.obj().clone());
    }
    match s.as_ascii() {
        Some(t) => th.str(t.get(start..end.max(start)).unwrap_or("")),
        None => th.str_data(s.text().slice(start, end).to_data()),
    }
}

/// `(a, b)` and so on as a Python tuple.
pub fn tuple_of<const N: usize>(th: &Thread, items: [Obj; N]) -> Res {
    th.tuple_from(items.into_iter())
}

/// `iter(self)` of iterators.
pub fn self_iter(_th: &Thread, o: &Obj) -> Res {
    Ok(o.clone())
}

/// `cls.__new__`
pub type NewFn = fn(&Thread, &Py<Type>, CallArgs<'_>) -> Res;

/// The slots of an iterator type.
pub const fn iterator(new: Option<NewFn>, next: fn(&Thread, &Obj) -> Res<Option<Obj>>) -> Slots {
    Slots {
        new,
        iter: Some(self_iter),
        next: Some(next),
        ..Slots::NONE
    }
}

/// `T[...]` for types that are generic: a method definition.
pub const CLASS_GETITEM: MethodDef =
    MethodDef::class("__class_getitem__", "($cls, item, /)", class_getitem);

fn class_getitem(th: &Thread, a: Args<'_>) -> Res {
    let alias = th.ty(TypeId::GenericAlias).obj().clone();
    th.call(&alias, &[a.get(0).clone(), a.get(1).clone()])
}
