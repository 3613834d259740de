//! Descriptors of native types: methods, class methods, getset and member descriptors, `__new__`. Those that programs use
//! have files of their own: classmethod and staticmethod, property.

mod holders;
mod property;

pub use holders::{CLASS_METHOD, STATIC_METHOD, class_target, static_method, static_target};
pub use property::{PROPERTY, Property};

use super::members::is_member;
use super::wrappers::Wrapper;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::function::{BuiltinFunction, Function, MethodDescriptor};
use crate::object::layout::{Layout, Native, Visit};
use crate::object::sig::{self, Args};
use crate::object::slots::{CallArgs, Slots};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::object::{Obj, Py, Slot};
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;

// --- method_descriptor, classmethod_descriptor

fn md(o: &Obj) -> &Py<MethodDescriptor> {
    match o.cast::<MethodDescriptor>() {
        Some(m) => m,
        None => unreachable!("slots of method descriptors are called for them only"),
    }
}

fn ty(o: &Obj) -> &Py<Type> {
    match o.cast::<Type>() {
        Some(t) => t,
        None => unreachable!("descriptors belong to types"),
    }
}

/// Checks that `me` fits the descriptor's type.
#[inline]
pub fn check_receiver(th: &Thread, m: &MethodDescriptor, me: Option<&Obj>) -> Res<()> {
    let t = ty(&m.ty);
    match me {
        Some(o) if th.type_of(o).obj().is(&m.ty) || th.type_of(o).is_subtype_of(t) => Ok(()),
        Some(o) => Err(th.type_error(format!(
            "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
            m.def.name,
            t.name_text(),
            th.type_name(o)
        ))),
        None => Err(th.type_error(format!(
            "unbound method {}.{}() needs an argument",
            t.name_text(),
            m.def.name
        ))),
    }
}

fn md_call(th: &Thread, f: &Obj, args: CallArgs<'_>) -> Res {
    call_method(th, md(f), args)
}

/// Calls a native method; the first argument is its receiver.
#[inline]
pub fn call_method(th: &Thread, m: &MethodDescriptor, args: CallArgs<'_>) -> Res {
    check_receiver(th, m, args.positional().first())?;
    m.sig.bind(th, Qualified(m), args, |a| (m.def.f)(th, a))
}

/// The name that messages about arguments use: with the type, in the alternate form without.
struct Qualified<'a>(&'a MethodDescriptor);

impl std::fmt::Display for Qualified<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !f.alternate() {
            write!(f, "{}.", ty(&self.0.ty).name_text())?;
        }
        f.write_str(self.0.def.name)
    }
}

fn md_get(th: &Thread, f: &Obj, obj: Option<&Obj>, _t: Option<&Obj>) -> Res {
    let m = md(f);
    match obj {
        Some(o) => {
            check_receiver(th, m, Some(o))?;
            Ok(bind_native(th, m, o.clone()))
        }
        None => Ok(f.clone()),
    }
}

fn bind_native(th: &Thread, m: &MethodDescriptor, me: Obj) -> Obj {
    th.alloc(BuiltinFunction {
        def: m.def,
        sig: m.sig,
        me: Some(me),
        owner: None,
        module: Slot::empty(),
    })
    .into_obj()
}

fn cmd_get(th: &Thread, f: &Obj, obj: Option<&Obj>, t: Option<&Obj>) -> Res {
    let cls = match (t, obj) {
        (Some(t), _) => t.clone(),
        (None, Some(o)) => th.type_of(o).obj().clone(),
        (None, None) => return Err(th.type_error("descriptor needs either an object or a type")),
    };
    Ok(bind_native(th, md(f), cls))
}

fn cmd_call(th: &Thread, f: &Obj, args: CallArgs<'_>) -> Res {
    let m = md(f);
    m.sig.bind(th, Qualified(m), args, |a| (m.def.f)(th, a))
}

const MD_GETSET: &[GetSetDef] = &[
    GetSetDef::ro("__name__", |th, o| Ok(th.intern(md(o).def.name))),
    GetSetDef::ro("__objclass__", |_, o| Ok(md(o).ty.clone())),
    GetSetDef::ro("__qualname__", |th, o| {
        th.str(&Qualified(md(o)).to_string())
    }),
    GetSetDef::ro("__doc__", |th, o| doc(th, md(o).def)),
    GetSetDef::ro("__text_signature__", |th, o| {
        th.str(&sig::shown(md(o).def.sig))
    }),
];

fn doc(th: &Thread, d: &MethodDef) -> Res {
    if d.doc.is_empty() {
        Ok(Obj::NONE)
    } else {
        th.str(d.doc)
    }
}

/// `method_descriptor`
pub static METHOD_DESCRIPTOR: TypeDef = TypeDef {
    slots: Slots {
        call: Some(md_call),
        get: Some(md_get),
        repr: Some(|th, o| {
            th.str(&format!(
                "<method '{}' of '{}' objects>",
                md(o).def.name,
                ty(&md(o).ty).name_text()
            ))
        }),
        ..Slots::NONE
    },
    getset: MD_GETSET,
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let d = md(a.get(0));
        let getattr = super::common::builtin(th, "getattr")?;
        th.pair(getattr, th.pair(d.ty.clone(), th.intern(d.def.name))?)
    })],
    flags: type_flags::METHOD_DESCRIPTOR,
    ..TypeDef::new(
        TypeId::MethodDescriptor,
        "method_descriptor",
        MethodDescriptor::LAYOUT,
    )
};

/// `classmethod_descriptor`
pub static CLASSMETHOD_DESCRIPTOR: TypeDef = TypeDef {
    slots: Slots {
        call: Some(cmd_call),
        get: Some(cmd_get),
        repr: Some(|th, o| {
            th.str(&format!(
                "<method '{}' of '{}' objects>",
                md(o).def.name,
                ty(&md(o).ty).name_text()
            ))
        }),
        ..Slots::NONE
    },
    getset: MD_GETSET,
    ..TypeDef::new(
        TypeId::ClassMethodDescriptor,
        "classmethod_descriptor",
        MethodDescriptor::LAYOUT,
    )
};

// --- builtin_function_or_method

fn bf(o: &Obj) -> &Py<BuiltinFunction> {
    match o.cast::<BuiltinFunction>() {
        Some(f) => f,
        None => unreachable!("slots of native functions are called for them only"),
    }
}

/// A native function as messages name it: behind the class of what it is bound to, or its own, or its module, unless that is
/// `builtins`; in the alternate form without.
struct Named<'a>(&'a Thread, &'a BuiltinFunction);

impl std::fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Named(th, b) = self;
        if !f.alternate() {
            let of = b.me.as_ref().or(b.owner.as_ref());
            if let Some(o) = of.filter(|o| o.cast::<crate::object::module::Module>().is_none()) {
                let t = o.cast::<Type>().unwrap_or_else(|| th.type_of(o));
                write!(f, "{}.", t.name_text())?;
            } else if let Some(m) = b.module.get().as_ref().and_then(|m| m.cast::<Str>())
                && !m.eq_rust("builtins")
            {
                write!(f, "{}.", m.to_rust())?;
            }
        }
        f.write_str(b.def.name)
    }
}

/// Calls a native function; what it is bound to is not among the arguments yet.
#[inline]
pub fn call_builtin(th: &Thread, f: &BuiltinFunction, args: CallArgs<'_>) -> Res {
    let Some(me) = &f.me else {
        return call_with_receiver(th, f, args);
    };
    let mut all = smallvec::SmallVec::<[Obj; 6]>::with_capacity(args.all.len() + 1);
    all.push(me.clone());
    all.extend(args.all.iter().cloned());
    let args = CallArgs {
        all: &all,
        kwnames: args.kwnames,
    };
    call_with_receiver(th, f, args)
}

/// Calls a native function with all its arguments, what it is bound to before the others.
#[inline]
pub fn call_with_receiver(th: &Thread, f: &BuiltinFunction, args: CallArgs<'_>) -> Res {
    f.sig.bind(th, Named(th, f), args, |a| (f.def.f)(th, a))
}

fn bf_qualname(th: &Thread, o: &Obj) -> Res {
    let f = bf(o);
    match f.me.as_ref().or(f.owner.as_ref()) {
        Some(me) if me.cast::<crate::object::module::Module>().is_none() => {
            let t = match me.cast::<Type>() {
                Some(t) => t.clone(),
                None => th.type_of(me).clone(),
            };
            th.str(&format!("{}.{}", t.name_text(), f.def.name))
        }
        _ => th.str(f.def.name),
    }
}

/// `builtin_function_or_method`
pub static BUILTIN_FUNCTION: TypeDef = TypeDef {
    slots: Slots {
        call: Some(|th, f, args| call_builtin(th, bf(f), args)),
        repr: Some(|th, o| {
            let f = bf(o);
            match &f.me {
                Some(me) if me.cast::<crate::object::module::Module>().is_none() => {
                    // The names of built-in types have their module in them, those of classes not.
                    let t = th.type_of(me);
                    let name = match t.id {
                        Some(_) => th.full_type_name(t)?,
                        None => t.name_text(),
                    };
                    th.str(&format!(
                        "<built-in method {} of {} object at {:#x}>",
                        f.def.name,
                        name,
                        me.value().0
                    ))
                }
                _ => th.str(&format!("<built-in function {}>", f.def.name)),
            }
        }),
        compare: Some(|_, a, b, op| {
            let (Some(x), Some(y)) = (a.cast::<BuiltinFunction>(), b.cast::<BuiltinFunction>())
            else {
                return Ok(Obj::NOT_IMPLEMENTED);
            };
            let same = a.is(b)
                || std::ptr::eq(x.def, y.def)
                    && match (&x.me, &y.me) {
                        (Some(p), Some(q)) => p.is(q),
                        (None, None) => true,
                        _ => false,
                    };
            match op {
                crate::object::slots::CmpOp::Eq => Ok(Obj::bool(same)),
                crate::object::slots::CmpOp::Ne => Ok(Obj::bool(!same)),
                _ => Ok(Obj::NOT_IMPLEMENTED),
            }
        }),
        hash: Some(|_, o| {
            let f = bf(o);
            let me = f.me.as_ref().map_or(0, |m| m.value().0);
            Ok(((f.def as *const MethodDef as u64 ^ me.rotate_left(17)) >> 4) as i64)
        }),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::ro("__name__", |th, o| Ok(th.intern(bf(o).def.name))),
        GetSetDef::ro("__qualname__", bf_qualname),
        GetSetDef::ro("__self__", |_, o| Ok(bf(o).me.clone().unwrap_or(Obj::NONE))),
        GetSetDef::rw(
            "__module__",
            |_, o| Ok(bf(o).module.get().unwrap_or(Obj::NONE)),
            |th, o, v| {
                bf(o).module.set(th, v.cloned());
                Ok(())
            },
        ),
        GetSetDef::ro("__doc__", |th, o| doc(th, bf(o).def)),
        GetSetDef::ro("__text_signature__", |th, o| {
            th.str(&sig::shown(bf(o).def.sig))
        }),
    ],
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let f = bf(a.get(0));
        match f.me.as_ref().or(f.owner.as_ref()) {
            Some(me) => {
                let getattr = th.getattr(&th.import("builtins")?, "getattr")?;
                let pair = th.tuple(vec![me.clone(), th.intern(f.def.name)])?;
                th.tuple(vec![getattr, pair])
            }
            None => th.str(f.def.name),
        }
    })],
    ..TypeDef::new(
        TypeId::BuiltinFunction,
        "builtin_function_or_method",
        BuiltinFunction::LAYOUT,
    )
};

// --- getset_descriptor, member_descriptor

/// What a getset or member descriptor does.
enum Access {
    Native(&'static GetSetDef),
    Fixed(usize),
}

/// Payload of getset and member descriptors.
pub struct GetSet {
    name: Obj,
    access: Access,
    ty: Obj,
}

static GETSET_LAYOUT: Layout = Layout::of::<GetSet>("getset_descriptor");

// SAFETY: GETSET_LAYOUT is of this type.
unsafe impl Native for GetSet {
    const TYPE: TypeId = TypeId::GetSetDescriptor;
    const LAYOUT: &'static Layout = &GETSET_LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.name.value());
        visit(self.ty.value());
    }
}

impl GetSet {
    /// The fixed slot that it stands for.
    pub fn fixed_slot(&self) -> Option<usize> {
        match self.access {
            Access::Fixed(i) => Some(i),
            Access::Native(_) => None,
        }
    }
}

/// The native getter of an attribute, for objects of the type to which the descriptor belongs.
#[inline]
pub fn native_getter(d: &Obj) -> Option<fn(&Thread, &Obj) -> Res> {
    match d.cast::<GetSet>()?.access {
        Access::Native(def) => Some(def.get),
        Access::Fixed(_) => None,
    }
}

/// A getset descriptor of a native type, or a member descriptor where CPython has one.
pub fn getset(th: &Thread, g: &'static GetSetDef, t: &Py<Type>) -> Obj {
    let id = match is_member(t.id, g.name) {
        true => TypeId::MemberDescriptor,
        false => TypeId::GetSetDescriptor,
    };
    native(th, id, g, t)
}

/// A member descriptor of a native type.
pub fn native_member(th: &Thread, g: &'static GetSetDef, t: &Py<Type>) -> Obj {
    native(th, TypeId::MemberDescriptor, g, t)
}

fn native(th: &Thread, id: TypeId, g: &'static GetSetDef, t: &Py<Type>) -> Obj {
    let payload = GetSet {
        name: th.intern(g.name),
        access: Access::Native(g),
        ty: t.obj().clone(),
    };
    th.alloc_id(id, payload).into_obj()
}

/// The descriptor of a name in `__slots__`.
pub fn member(th: &Thread, name: Obj, slot: usize, t: &Py<Type>) -> Obj {
    let payload = GetSet {
        name,
        access: Access::Fixed(slot),
        ty: t.obj().clone(),
    };
    th.alloc_id(TypeId::MemberDescriptor, payload).into_obj()
}

fn gs(o: &Obj) -> &Py<GetSet> {
    match o.cast::<GetSet>() {
        Some(g) => g,
        None => unreachable!("slots of getset descriptors are called for them only"),
    }
}

fn gs_wrong(th: &Thread, g: &GetSet, o: &Obj) -> Exc {
    th.type_error(format!(
        "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
        th.str_text(&g.name),
        ty(&g.ty).name_text(),
        th.type_name(o)
    ))
}

fn gs_get(th: &Thread, d: &Obj, obj: Option<&Obj>, _t: Option<&Obj>) -> Res {
    let g = gs(d);
    let Some(o) = obj else { return Ok(d.clone()) };
    if !th.type_of(o).is_subtype_of(ty(&g.ty)) {
        return Err(gs_wrong(th, g, o));
    }
    match g.access {
        Access::Native(def) => (def.get)(th, o),
        Access::Fixed(i) => match o.fixed_slot(th, i) {
            Some(v) => Ok(v),
            None => Err(th.no_attribute(o, &g.name)),
        },
    }
}

fn gs_set(th: &Thread, d: &Obj, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let g = gs(d);
    if !th.type_of(o).is_subtype_of(ty(&g.ty)) {
        return Err(gs_wrong(th, g, o));
    }
    match g.access {
        Access::Native(def) => match def.set {
            Some(f) => f(th, o, v),
            None if th.type_of(d).id == Some(TypeId::MemberDescriptor) => {
                Err(th.attribute_error_on(o, &g.name, "readonly attribute"))
            }
            None => Err(th.attribute_error_on(
                o,
                &g.name,
                format!(
                    "attribute '{}' of '{}' objects is not writable",
                    th.str_text(&g.name),
                    ty(&g.ty).name_text()
                ),
            )),
        },
        Access::Fixed(i) => {
            let old = o.set_fixed_slot(th, i, v.cloned())?;
            if v.is_none() && old.is_none() {
                return Err(th.attribute_error(th.str_text(&g.name)));
            }
            Ok(())
        }
    }
}

const GS_SLOTS: Slots = Slots {
    get: Some(gs_get),
    set: Some(gs_set),
    repr: Some(gs_repr),
    ..Slots::NONE
};

fn gs_repr(th: &Thread, o: &Obj) -> Res {
    let g = gs(o);
    let what = if th.type_of(o).id == Some(TypeId::MemberDescriptor) {
        "member"
    } else {
        "attribute"
    };
    th.str(&format!(
        "<{what} '{}' of '{}' objects>",
        th.str_text(&g.name),
        ty(&g.ty).name_text()
    ))
}

const GS_GETSET: &[GetSetDef] = &[
    GetSetDef::ro("__name__", |_, o| Ok(gs(o).name.clone())),
    GetSetDef::ro("__objclass__", |_, o| Ok(gs(o).ty.clone())),
    GetSetDef::ro("__qualname__", |th, o| {
        th.str(&format!(
            "{}.{}",
            ty(&gs(o).ty).name_text(),
            th.str_text(&gs(o).name)
        ))
    }),
    GetSetDef::ro("__doc__", |_, _| Ok(Obj::NONE)),
];

/// `getset_descriptor`
pub static GETSET_DESCRIPTOR: TypeDef = TypeDef {
    slots: GS_SLOTS,
    getset: GS_GETSET,
    ..TypeDef::new(
        TypeId::GetSetDescriptor,
        "getset_descriptor",
        &GETSET_LAYOUT,
    )
};

/// `member_descriptor`
pub static MEMBER_DESCRIPTOR: TypeDef = TypeDef {
    slots: GS_SLOTS,
    getset: GS_GETSET,
    ..TypeDef::new(
        TypeId::MemberDescriptor,
        "member_descriptor",
        &GETSET_LAYOUT,
    )
};

// --- __new__

static NEW: MethodDef = MethodDef::new("__new__", "($type, *args, **kwargs)", |th, a| {
    let owner = ty(a.get(0)).clone();
    let items = a
        .get(1)
        .exact::<Tuple>()
        .map(|t| t.items().to_vec())
        .unwrap_or_default();
    let Some(first) = items.first() else {
        return Err(th.type_error(format!(
            "{}.__new__(): not enough arguments",
            owner.name_text()
        )));
    };
    let Some(cls) = first.cast::<Type>() else {
        return Err(th.type_error(format!(
            "{}.__new__(X): X is not a type object ({})",
            owner.name_text(),
            th.type_name(first)
        )));
    };
    if !cls.is_subtype_of(&owner) {
        return Err(th.type_error(format!(
            "{0}.__new__({1}): {1} is not a subtype of {0}",
            owner.name_text(),
            cls.name_text()
        )));
    }
    if cls.has(type_flags::NO_NEW) {
        return Err(th.type_error(format!(
            "cannot create '{}' instances",
            th.full_type_name(cls)?
        )));
    }
    if !std::ptr::eq(cls.layout, owner.layout) && cls.slots().new.is_some() {
        let base = native_base(cls);
        if !std::ptr::eq(base.layout, owner.layout) {
            return Err(th.type_error(format!(
                "{0}.__new__({1}) is not safe, use {2}.__new__()",
                owner.name_text(),
                cls.name_text(),
                base.name_text()
            )));
        }
    }
    let mut all = items[1..].to_vec();
    let mut names = Vec::new();
    if let Some(d) = a.opt(2).and_then(|d| d.cast::<crate::object::dict::Dict>()) {
        for (k, v) in d.items() {
            names.push(k);
            all.push(v);
        }
    }
    match owner.slots().new {
        Some(f) => f(
            th,
            cls,
            CallArgs {
                all: &all,
                kwnames: &names,
            },
        ),
        None => Err(th.type_error(format!("cannot create '{}' instances", owner.name_text()))),
    }
});

/// The nearest built-in class of a class.
pub fn native_base(cls: &Py<Type>) -> Py<Type> {
    let mut t = cls.clone();
    while t.id.is_none() {
        match t.base.get().and_then(|b| b.into_py::<Type>().ok()) {
            Some(b) => t = b,
            None => break,
        }
    }
    t
}

/// The `__new__` of a native type.
pub fn new_function(th: &Thread, t: &Py<Type>) -> Obj {
    super::start::function_object(th, &NEW, Some(t.obj().clone()), None)
}

/// Whether `o` is the `__new__` of a native type.
pub fn is_native_new(o: &Obj) -> bool {
    o.exact::<BuiltinFunction>()
        .is_some_and(|f| std::ptr::eq(f.def, &NEW))
}

/// `cls[item]` of generic native classes: a `types.GenericAlias`.
pub fn generic_alias(th: &Thread, a: Args<'_>) -> Res {
    th.call(
        th.ty(TypeId::GenericAlias).obj(),
        &[a.get(0).clone(), a.get(1).clone()],
    )
}

/// Whether `o.__isabstractmethod__` is true.
pub fn is_abstract(th: &Thread, o: &Obj) -> Res<bool> {
    match th.getattr_opt_obj(o, &th.rt().names().__isabstractmethod__)? {
        Some(v) => th.truthy(&v),
        None => Ok(false),
    }
}

/// Whether an object is one of the descriptors that bind `self` when found on a type, without more ado.
pub fn is_plain_method(o: &Obj) -> bool {
    o.is_exact::<Function>() || o.is_exact::<MethodDescriptor>() || o.is_exact::<Wrapper>()
}
