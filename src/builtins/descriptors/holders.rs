//! `classmethod` and `staticmethod`: each holds a callable.

use super::{generic_alias, is_abstract};
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::layout::{Layout, Native, Visit};
use crate::object::slots::{CallArgs, Slots};
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::object::{Obj, Py, Slot};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// Payload of classmethod and staticmethod objects.
pub struct Holder {
    f: Slot,
}

static HOLDER: Layout = Layout::of::<Holder>("classmethod");

// SAFETY: HOLDER is of this type.
unsafe impl Native for Holder {
    const TYPE: TypeId = TypeId::ClassMethod;
    const LAYOUT: &'static Layout = &HOLDER;
    const ATTRS: bool = true;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.f.raw());
    }
    fn clear(&self, th: &Thread) {
        self.f.set(th, None);
    }
}

fn held(o: &Obj) -> Obj {
    o.cast::<Holder>()
        .and_then(|h| h.f.get())
        .unwrap_or(Obj::NONE)
}

/// A staticmethod object.
pub fn static_method(th: &Thread, f: Obj) -> Obj {
    th.alloc_id(
        TypeId::StaticMethod,
        Holder {
            f: Slot::new(Some(f)),
        },
    )
    .into_obj()
}

/// What a staticmethod object holds.
pub fn static_target(o: &Obj) -> Option<Obj> {
    let h = o.cast::<Holder>()?;
    if crate::runtime::thread::current().type_of(o).id == Some(TypeId::StaticMethod) {
        h.f.get()
    } else {
        None
    }
}

/// What a classmethod object holds.
pub fn class_target(o: &Obj) -> Option<Obj> {
    if o.is_exact::<Holder>() {
        Some(held(o))
    } else {
        None
    }
}

fn holder_new(th: &Thread, cls: &Py<Type>, _args: CallArgs<'_>) -> Res {
    th.alloc_as::<Holder>(cls, Holder { f: Slot::empty() })
        .map(Py::into_obj)
}

fn holder_init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    let name = th.type_name(o);
    th.bind(&name, "(function, /)", args, |a| {
        let f = a.get(0);
        if let Some(h) = o.cast::<Holder>() {
            h.f.set(th, Some(f.clone()));
        }
        for n in ["__module__", "__name__", "__qualname__", "__doc__"] {
            if let Some(v) = th.getattr_opt(f, n)? {
                o.set_instance_attr(th, &th.intern(n), v)?;
            }
        }
        o.set_instance_attr(th, &th.rt().names().__wrapped__, f.clone())?;
        Ok(())
    })
}

const HOLDER_GETSET: &[GetSetDef] = &[
    GetSetDef::ro("__func__", |_, o| Ok(held(o))),
    GetSetDef::ro("__wrapped__", |_, o| Ok(held(o))),
    GetSetDef::ro("__isabstractmethod__", |th, o| {
        is_abstract(th, &held(o)).map(Obj::bool)
    }),
    GetSetDef::rw(
        "__dict__",
        crate::builtins::objecttype::get_dict,
        crate::builtins::objecttype::set_dict,
    ),
    GetSetDef::rw(
        "__annotations__",
        |th, o| forwarded(th, o, "__annotations__"),
        |th, o, v| set_own(th, o, "__annotations__", v),
    ),
    GetSetDef::rw(
        "__annotate__",
        |th, o| forwarded(th, o, "__annotate__"),
        |th, o, v| set_own(th, o, "__annotate__", v),
    ),
];

fn forwarded(th: &Thread, o: &Obj, name: &str) -> Res {
    match o.instance_attr(th, &th.intern(name)) {
        Some(v) => Ok(v),
        None => th.getattr(&held(o), name),
    }
}

fn set_own(th: &Thread, o: &Obj, name: &str, v: Option<&Obj>) -> Res<()> {
    let n = th.intern(name);
    match v {
        Some(v) => o.set_instance_attr(th, &n, v.clone()).map(drop),
        None => o.del_instance_attr(th, &n).map(drop),
    }
}

/// `classmethod`
pub static CLASS_METHOD: TypeDef = TypeDef {
    slots: Slots {
        new: Some(holder_new),
        init: Some(holder_init),
        get: Some(|th, o, obj, t| {
            let cls = match (t, obj) {
                (Some(t), _) => t.clone(),
                (None, Some(x)) => th.type_of(x).obj().clone(),
                (None, None) => return Err(th.type_error("__get__(None, None) is invalid")),
            };
            Ok(th.bound(held(o), cls))
        }),
        repr: Some(|th, o| {
            let r = th.repr(&held(o))?;
            th.str(&format!("<classmethod({})>", r.to_rust()))
        }),
        ..Slots::NONE
    },
    getset: HOLDER_GETSET,
    methods: &[MethodDef::class(
        "__class_getitem__",
        "($cls, item, /)",
        generic_alias,
    )],
    flags: type_flags::BASETYPE | type_flags::HAS_DICT,
    ..TypeDef::new(TypeId::ClassMethod, "classmethod", &HOLDER)
};

/// `staticmethod`
pub static STATIC_METHOD: TypeDef = TypeDef {
    slots: Slots {
        new: Some(holder_new),
        init: Some(holder_init),
        get: Some(|_, o, _, _| Ok(held(o))),
        call: Some(|th, o, args| th.call_args(&held(o), args)),
        repr: Some(|th, o| {
            let r = th.repr(&held(o))?;
            th.str(&format!("<staticmethod({})>", r.to_rust()))
        }),
        ..Slots::NONE
    },
    getset: HOLDER_GETSET,
    methods: &[MethodDef::class(
        "__class_getitem__",
        "($cls, item, /)",
        generic_alias,
    )],
    flags: type_flags::BASETYPE | type_flags::HAS_DICT,
    ..TypeDef::new(TypeId::StaticMethod, "staticmethod", &HOLDER)
};
