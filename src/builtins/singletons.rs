//! The types of `None`, `...` and `NotImplemented`: objects that are words, not heap objects.

use super::objecttype::Plain;
use crate::object::Obj;
use crate::object::def::{MethodDef, TypeDef};
use crate::object::layout::Native;
use crate::object::slots::{CallArgs, CmpOp, Slots};
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

fn no_arguments(th: &Thread, name: &str, args: CallArgs<'_>, o: Obj) -> Res {
    if args.is_empty() {
        Ok(o)
    } else {
        Err(th.type_error(format!("{name} takes no arguments")))
    }
}

/// `None == None`; anything else declines.
fn same(_th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    Ok(match op {
        CmpOp::Eq if a.is(b) => Obj::TRUE,
        CmpOp::Ne if a.is(b) => Obj::FALSE,
        _ => Obj::NOT_IMPLEMENTED,
    })
}

fn word_hash(_th: &Thread, o: &Obj) -> Res<i64> {
    Ok((o.value().0 & 0x0FFF_FFFF_FFFF) as i64 | 0x10_0000_0000)
}

/// `NoneType`
pub static NONE: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, _, args| no_arguments(th, "NoneType", args, Obj::NONE)),
        repr: Some(|th, _| Ok(th.intern("None"))),
        bool: Some(|_, _| Ok(false)),
        // CPython gives every process the same hash for None.
        hash: Some(|_, _| Ok(0xFCA8_6420)),
        compare: Some(same),
        ..Slots::NONE
    },
    doc: "The type of the None singleton.",
    ..TypeDef::new(TypeId::NoneType, "NoneType", Plain::LAYOUT)
};

/// `ellipsis`
pub static ELLIPSIS: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, _, args| no_arguments(th, "EllipsisType", args, Obj::ELLIPSIS)),
        repr: Some(|th, _| Ok(th.intern("Ellipsis"))),
        hash: Some(word_hash),
        compare: Some(same),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, _| {
        Ok(th.intern("Ellipsis"))
    })],
    doc: "The type of the Ellipsis singleton.",
    ..TypeDef::new(TypeId::EllipsisType, "ellipsis", Plain::LAYOUT)
};

/// `NotImplementedType`
pub static NOT_IMPLEMENTED: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, _, args| no_arguments(th, "NotImplementedType", args, Obj::NOT_IMPLEMENTED)),
        repr: Some(|th, _| Ok(th.intern("NotImplemented"))),
        hash: Some(word_hash),
        compare: Some(same),
        bool: Some(|th, _| {
            Err(th.type_error("NotImplemented should not be used in a boolean context"))
        }),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, _| {
        Ok(th.intern("NotImplemented"))
    })],
    doc: "The type of the NotImplemented singleton.",
    ..TypeDef::new(
        TypeId::NotImplementedType,
        "NotImplementedType",
        Plain::LAYOUT,
    )
};

/// `NoDefaultType`: the type of `typing.NoDefault`, which is one heap object a runtime.
pub static NO_DEFAULT: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, _, args| no_arguments(th, "NoDefaultType", args, no_default(th))),
        repr: Some(|th, _| th.str("typing.NoDefault")),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, _| {
        Ok(th.intern("NoDefault"))
    })],
    ..TypeDef::new(TypeId::NoDefaultType, "typing.NoDefaultType", Plain::LAYOUT)
};

/// `typing.NoDefault`
pub fn no_default(th: &Thread) -> Obj {
    #[derive(Default)]
    struct The(threadsnake_threads::sync::OnceLock<Obj>);
    th.rt()
        .module_state::<The>()
        .0
        .get_or_init(|| th.alloc_id(TypeId::NoDefaultType, Plain).into_obj())
        .clone()
}
