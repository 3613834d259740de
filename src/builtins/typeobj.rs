//! `type`: calling classes, and their attributes. `newclass` makes them.

use super::descriptors;
use super::newclass::{best_base, c3, new_class};
use crate::interp::dunder;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::dict::Dict;
use crate::object::function::Function;
use crate::object::layout::Native;

use crate::object::sig::Args;
use crate::object::slots::{CallArgs, Slots};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::object::{Obj, Py};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

pub(super) fn ty(o: &Obj) -> &Py<Type> {
    match o.cast::<Type>() {
        Some(t) => t,
        None => unreachable!("slots of type are called for types only"),
    }
}

// --- calling

/// `cls(…)`
pub fn call_type(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    if cls.id == Some(TypeId::Type) && args.all.len() == 1 && args.kwnames.is_empty() {
        return Ok(th.type_of(&args.all[0]).obj().clone());
    }
    let Some(new) = cls.slots().new else {
        return Err(th.type_error(format!(
            "cannot create '{}' instances",
            th.full_type_name(cls)?
        )));
    };
    if cls.has(type_flags::NO_NEW) {
        return Err(th.type_error(format!(
            "cannot create '{}' instances",
            th.full_type_name(cls)?
        )));
    }
    let o = new(th, cls, args)?;
    let t = th.type_of(&o);
    if let Some(init) = t.slots().init {
        let own_new = new as usize != super::objecttype::new as *const () as usize;
        // `object.__init__` accepts anything where `__new__` is not `object`'s.
        let needless = own_new && init as usize == super::objecttype::init as *const () as usize;
        if !needless && (t.obj().is(cls.obj()) || t.is_subtype_of(cls)) {
            init(th, &o, args)?;
        }
    }
    Ok(o)
}

// --- attributes of types

/// `type.__getattribute__`
pub fn type_getattr(th: &Thread, o: &Obj, name: &Obj) -> Res {
    match type_getattr_opt(th, o, name)? {
        Some(v) => Ok(v),
        None => Err(th.no_attribute(o, name)),
    }
}

/// The same; `None` where there is no such attribute.
pub fn type_getattr_opt(th: &Thread, o: &Obj, name: &Obj) -> Res<Option<Obj>> {
    let meta = th.type_of(o);
    let found = meta.lookup(th, name);
    if let Some(d) = &found {
        let s = th.type_of(d).slots();
        if let (Some(get), true) = (s.get, s.set.is_some()) {
            return get(th, d, Some(o), Some(meta.obj())).map(Some);
        }
    }
    if let Some(v) = ty(o).lookup(th, name) {
        return match th.type_of(&v).slots().get {
            Some(get) => get(th, &v, None, Some(o)).map(Some),
            None => Ok(Some(v)),
        };
    }
    match found {
        Some(d) => match th.type_of(&d).slots().get {
            Some(get) => get(th, &d, Some(o), Some(meta.obj())).map(Some),
            None => Ok(Some(d)),
        },
        None => Ok(None),
    }
}

/// `type.__setattr__`
pub fn type_setattr(th: &Thread, o: &Obj, name: &Obj, v: Option<&Obj>) -> Res<()> {
    let t = ty(o);
    if t.has(type_flags::IMMUTABLE) {
        return Err(th.type_error(format!(
            "cannot set '{}' attribute of immutable type '{}'",
            th.str_text(name),
            th.full_type_name(t)?
        )));
    }
    if let Some(d) = th.type_of(o).lookup(th, name) {
        if let Some(set) = th.type_of(&d).slots().set {
            return set(th, &d, o, v);
        }
    }
    if !t.set_attr_raw(th, name, v)? {
        return Err(th.no_attribute(o, name));
    }
    dunder::update_slots(th, t, &th.str_text(name));
    Ok(())
}

/// Adds the names of a type and its bases to `names`.
pub fn collect_dir(th: &Thread, t: &Py<Type>, names: &Py<Dict>) -> Res<()> {
    if let Some(m) = t.mro_tuple() {
        for b in m.items().iter().rev() {
            if let Some(b) = b.cast::<Type>() {
                for (k, _) in b.dict.items() {
                    names.set_item(th, &k, Obj::NONE)?;
                }
            }
        }
    }
    Ok(())
}

// --- making: see `newclass`

pub(super) fn new(th: &Thread, meta: &Py<Type>, args: CallArgs<'_>) -> Res {
    let pos = args.positional();
    if pos.len() == 1 && args.kwnames.is_empty() && meta.id == Some(TypeId::Type) {
        return Ok(th.type_of(&pos[0]).obj().clone());
    }
    if pos.len() != 3 {
        return Err(th.type_error("type() takes 1 or 3 arguments"));
    }
    new_class(
        th,
        meta,
        &pos[0],
        &pos[1],
        &pos[2],
        CallArgs {
            all: &args.all[3..],
            kwnames: args.kwnames,
        },
    )
}

fn init(th: &Thread, _o: &Obj, args: CallArgs<'_>) -> Res<()> {
    match args.positional().len() {
        1 | 3 => Ok(()),
        _ => Err(th.type_error("type.__init__() takes 1 or 3 arguments")),
    }
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let t = ty(o);
    th.str(&format!("<class '{}'>", th.full_type_name(t)?))
}

// --- getset

fn get_name(_th: &Thread, o: &Obj) -> Res {
    Ok(ty(o).name.get().unwrap_or(Obj::NONE))
}

fn check_heap(th: &Thread, o: &Obj, what: &str, v: Option<&Obj>) -> Res<Obj> {
    let t = ty(o);
    if t.has(type_flags::IMMUTABLE) {
        return Err(th.type_error(format!(
            "cannot set '{what}' attribute of immutable type '{}'",
            th.full_type_name(t)?
        )));
    }
    match v {
        Some(v) => Ok(v.clone()),
        None => Err(th.type_error(format!(
            "cannot delete '{what}' attribute of type '{}'",
            t.name_text()
        ))),
    }
}

fn set_name(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let v = check_heap(th, o, "__name__", v)?;
    if v.cast::<Str>().is_none() {
        return Err(th.type_error(format!(
            "can only assign string to {}.__name__, not '{}'",
            ty(o).name_text(),
            th.type_name(&v)
        )));
    }
    ty(o).name.set(th, Some(v));
    Ok(())
}

fn set_qualname(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let v = check_heap(th, o, "__qualname__", v)?;
    if v.cast::<Str>().is_none() {
        return Err(th.type_error(format!(
            "can only assign string to {}.__qualname__, not '{}'",
            ty(o).name_text(),
            th.type_name(&v)
        )));
    }
    ty(o).qualname.set(th, Some(v));
    Ok(())
}

fn from_dict(th: &Thread, o: &Obj, name: &Obj) -> Option<Obj> {
    ty(o).dict.get_interned(th, name)
}

fn set_bases(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let v = check_heap(th, o, "__bases__", v)?;
    let Some(bases) = v.cast::<Tuple>() else {
        return Err(th.type_error(format!(
            "can only assign tuple to {}.__bases__, not {}",
            ty(o).name_text(),
            th.type_name(&v)
        )));
    };
    if bases.is_empty() {
        return Err(th.type_error(format!(
            "can only assign non-empty tuple to {}.__bases__, not ()",
            ty(o).name_text()
        )));
    }
    let t = ty(o);
    for b in bases.items() {
        match b.cast::<Type>() {
            Some(b) if b.is_subtype_of(t) => {
                return Err(th.type_error("a __bases__ item causes an inheritance cycle"));
            }
            Some(_) => {}
            None => {
                return Err(th.type_error(format!(
                    "{}.__bases__ must be tuple of classes, not '{}'",
                    t.name_text(),
                    th.type_name(b)
                )));
            }
        }
    }
    let base = best_base(th, bases.items())?;
    if !std::ptr::eq(base.layout, t.layout) {
        return Err(th.type_error(format!(
            "__bases__ assignment: '{}' object layout differs from '{}'",
            base.name_text(),
            t.base
                .get()
                .and_then(|b| b.cast::<Type>().map(|t| t.name_text()))
                .unwrap_or_default()
        )));
    }
    let mro = c3(th, o, bases.items())?;
    let old = t.bases.get();
    if let Some(old) = old.as_ref().and_then(|o| o.cast::<Tuple>()) {
        for b in old.items() {
            ty(b).subclasses.lock().retain(|s| *s != o.value());
        }
    }
    for b in bases.items() {
        ty(b).subclasses.lock().push(o.value());
    }
    // Kept until all versions have changed: what was found through them may be remembered (L1 of `object::lookup`).
    let mut gone = vec![t.mro.swap(th, Some(th.tuple(mro)?))];
    gone.push(t.bases.swap(th, Some(v.clone())));
    t.base.set(th, Some(base.into_obj()));
    // Subclasses follow.
    let mut todo = t.direct_subclasses();
    while let Some(s) = todo.pop() {
        let st = ty(&s);
        let b = st
            .bases
            .get()
            .map(|b| th.collect(&b))
            .transpose()?
            .unwrap_or_default();
        let m = c3(th, &s, &b)?;
        gone.push(st.mro.swap(th, Some(th.tuple(m)?)));
        todo.extend(st.direct_subclasses());
    }
    t.modified(th);
    drop(gone);
    dunder::update_slots(th, t, "__init__");
    Ok(())
}

fn get_annotations(th: &Thread, o: &Obj) -> Res {
    let n = th.rt().names();
    let t = ty(o);
    // First of all: in the dictionary of `type` the name is this descriptor.
    if t.has(type_flags::IMMUTABLE) {
        return Err(th.no_attribute(o, &n.__annotations__));
    }
    for k in [&n.__annotations__, &n.__annotations_cache__] {
        if let Some(v) = t.dict.get_interned(th, k) {
            return match th.type_of(&v).slots().get {
                Some(get) if !v.is_exact::<Dict>() => get(th, &v, None, Some(o)),
                _ => Ok(v),
            };
        }
    }
    let f = get_annotate(th, o)?;
    let d = if f.is_none() {
        th.new_dict()?.into_obj()
    } else {
        let d = th.call(&f, &[Obj::small_int(1)])?;
        if d.cast::<Dict>().is_none() {
            return Err(th.type_error(format!(
                "__annotate__ returned non-dict of type '{}'",
                th.type_name(&d)
            )));
        }
        d
    };
    t.set_attr_raw(th, &n.__annotations_cache__, Some(&d))?;
    Ok(d)
}

fn set_annotations(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let n = th.rt().names();
    let t = ty(o);
    if t.has(type_flags::IMMUTABLE) {
        check_heap(th, o, "__annotations__", v)?;
    }
    let key = if t.dict.get_interned(th, &n.__annotations__).is_some() {
        &n.__annotations__
    } else {
        &n.__annotations_cache__
    };
    if !t.set_attr_raw(th, key, v)? {
        return Err(th.no_attribute(o, &n.__annotations__));
    }
    t.set_attr_raw(th, &n.__annotate_func__, Some(&Obj::NONE))?;
    Ok(())
}

fn get_annotate(th: &Thread, o: &Obj) -> Res {
    let n = th.rt().names();
    let t = ty(o);
    if t.has(type_flags::IMMUTABLE) {
        return Err(th.no_attribute(o, &n.__annotate__));
    }
    for k in [&n.__annotate_func__, &n.__annotate__] {
        if let Some(v) = t.dict.get_interned(th, k) {
            return Ok(v);
        }
    }
    Ok(Obj::NONE)
}

fn set_annotate(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let n = th.rt().names();
    let v = check_heap(th, o, "__annotate__", v)?;
    let t = ty(o);
    t.set_attr_raw(th, &n.__annotate_func__, Some(&v))?;
    t.set_attr_raw(th, &n.__annotations_cache__, None)?;
    Ok(())
}

fn get_abstract(th: &Thread, o: &Obj) -> Res {
    let n = th.rt().names();
    match from_dict(th, o, &n.__abstractmethods__) {
        Some(v) if ty(o).id != Some(TypeId::Type) => Ok(v),
        _ => Err(th.attribute_error("__abstractmethods__")),
    }
}

fn set_abstract(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let n = th.rt().names();
    let t = ty(o);
    if !t.set_attr_raw(th, &n.__abstractmethods__, v)? {
        return Err(th.attribute_error("__abstractmethods__"));
    }
    let on = match v {
        Some(v) => th.truthy(v)?,
        None => false,
    };
    if on {
        t.flags.fetch_or(type_flags::ABSTRACT, Ordering::Relaxed);
    } else {
        t.flags.fetch_and(!type_flags::ABSTRACT, Ordering::Relaxed);
    }
    Ok(())
}

fn get_doc(th: &Thread, o: &Obj) -> Res {
    match from_dict(th, o, &th.rt().names().__doc__) {
        Some(v) => match th.type_of(&v).slots().get {
            Some(get) if !v.is_exact::<Function>() => get(th, &v, None, Some(o)),
            _ => Ok(v),
        },
        None => Ok(Obj::NONE),
    }
}

fn set_in_dict(name: &'static str) -> impl Fn(&Thread, &Obj, Option<&Obj>) -> Res<()> {
    move |th, o, v| {
        let v = check_heap(th, o, name, v)?;
        ty(o).set_attr_raw(th, &th.intern(name), Some(&v))?;
        Ok(())
    }
}

fn subclasses(th: &Thread, a: Args<'_>) -> Res {
    th.list(ty(a.get(0)).direct_subclasses())
}

/// `type`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        init: Some(init),
        call: Some(|th, o, args| call_type(th, ty(o), args)),
        repr: Some(repr),
        getattr: Some(type_getattr),
        setattr: Some(type_setattr),
        ..Slots::NONE
    }
    .bin(crate::object::slots::BinOp::Or, super::union_or),
    getset: &[
        GetSetDef::rw("__name__", get_name, set_name),
        GetSetDef::rw(
            "__qualname__",
            |_, o| Ok(ty(o).qualname.get().unwrap_or(Obj::NONE)),
            set_qualname,
        ),
        GetSetDef::rw(
            "__bases__",
            |_, o| Ok(ty(o).bases.get().unwrap_or(Obj::NONE)),
            set_bases,
        ),
        GetSetDef::ro("__base__", |_, o| Ok(ty(o).base.get().unwrap_or(Obj::NONE))),
        GetSetDef::ro("__mro__", |_, o| Ok(ty(o).mro.get().unwrap_or(Obj::NONE))),
        GetSetDef::ro("__dict__", |th, o| {
            let mapping = ty(o).dict.obj().clone();
            Ok(th.alloc(super::mappingproxy::Proxy { mapping }).into_obj())
        }),
        GetSetDef::rw(
            "__module__",
            |th, o| match from_dict(th, o, &th.rt().names().__module__) {
                Some(v) if v.cast::<descriptors::GetSet>().is_none() => Ok(v),
                _ => Ok(th.rt().names().builtins.clone()),
            },
            |th, o, v| {
                set_in_dict("__module__")(th, o, v)?;
                // The line is one of the module where the class was.
                let line = th.intern("__firstlineno__");
                ty(o).set_attr_raw(th, &line, None)?;
                Ok(())
            },
        ),
        GetSetDef::rw("__doc__", get_doc, |th, o, v| {
            set_in_dict("__doc__")(th, o, v)
        }),
        GetSetDef::rw("__annotations__", get_annotations, set_annotations),
        GetSetDef::rw("__annotate__", get_annotate, set_annotate),
        GetSetDef::rw(
            "__type_params__",
            |th, o| match from_dict(th, o, &th.rt().names().__type_params__) {
                // `type` has this descriptor there.
                Some(v) if ty(o).id != Some(TypeId::Type) => Ok(v),
                _ => Ok(th.empty_tuple()),
            },
            |th, o, v| set_in_dict("__type_params__")(th, o, v),
        ),
        GetSetDef::rw("__abstractmethods__", get_abstract, set_abstract),
        GetSetDef::ro("__flags__", |_, o| {
            let t = ty(o);
            let mut f = 0i64;
            for (mine, theirs) in [
                (type_flags::HEAP, 1 << 9),
                (type_flags::BASETYPE, 1 << 10),
                (type_flags::ABSTRACT, 1 << 20),
                (type_flags::IMMUTABLE, 1 << 8),
                (type_flags::SEQUENCE, 1 << 5),
                (type_flags::MAPPING, 1 << 6),
                (type_flags::EXCEPTION, 1 << 30),
                (type_flags::METATYPE, 1 << 31),
            ] {
                if t.has(mine) {
                    f |= theirs;
                }
            }
            // In CPython it is made at run time; copyreg asks.
            if t.id == Some(TypeId::Generic) {
                f |= 1 << 9;
            }
            Ok(Obj::small_int(f))
        }),
        GetSetDef::ro("__basicsize__", |_, o| {
            Ok(Obj::small_int(16 + ty(o).layout.size as i64))
        }),
        GetSetDef::ro("__itemsize__", |_, o| {
            Ok(Obj::small_int(if ty(o).layout.variable { 8 } else { 0 }))
        }),
        GetSetDef::ro("__dictoffset__", |_, o| {
            Ok(Obj::small_int(if ty(o).has(type_flags::HAS_DICT) {
                -1
            } else {
                0
            }))
        }),
        GetSetDef::ro("__weakrefoffset__", |_, _| Ok(Obj::small_int(-1))),
        GetSetDef::ro("__text_signature__", |th, o| {
            let def = ty(o)
                .id
                .and_then(|id| super::table::all().find(|d| d.id == id));
            match def.and_then(|d| d.signature().0) {
                Some(sig) => th.str(sig),
                None => Ok(Obj::NONE),
            }
        }),
    ],
    methods: &[
        MethodDef::new("mro", "($self, /)", |th, a| {
            let o = a.get(0);
            let bases = ty(o)
                .bases
                .get()
                .map(|b| th.collect(&b))
                .transpose()?
                .unwrap_or_default();
            let m = c3(th, o, &bases)?;
            th.list(m)
        }),
        MethodDef::new("__subclasses__", "($self, /)", subclasses),
        MethodDef::class(
            "__prepare__",
            "($cls, name=None, bases=(), /, **kwds)",
            |th, _| th.new_dict().map(Py::into_obj),
        ),
        MethodDef::new("__instancecheck__", "($self, instance, /)", |th, a| {
            th.real_isinstance(a.get(1), ty(a.get(0))).map(Obj::bool)
        }),
        MethodDef::new("__subclasscheck__", "($self, subclass, /)", |th, a| {
            th.real_issubclass(a.get(1), ty(a.get(0))).map(Obj::bool)
        }),
        MethodDef::new("__dir__", "($self, /)", |th, a| {
            let d = th.new_dict()?;
            collect_dir(th, ty(a.get(0)), &d)?;
            th.list(d.items().into_iter().map(|(k, _)| k).collect())
        }),
        MethodDef::new("__sizeof__", "($self, /)", |_, _| Ok(Obj::small_int(600))),
    ],
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::METATYPE,
    ..TypeDef::new(TypeId::Type, "type", Type::LAYOUT)
};
