//! `AttributeError`: knows the name and the object.

use super::base::{self, args_of, exc, instance_state, keywords, member, reduce_with, set_args};
use crate::object::def::{MethodDef, TypeDef};
use crate::object::exception::BaseException;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::Slots;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

fn getstate(th: &Thread, o: &Obj) -> Res<Option<Py<crate::object::dict::Dict>>> {
    let own = instance_state(th, o)?;
    let Some(name) = exc(o).extra[0].get() else {
        return Ok(own);
    };
    let d = match own {
        Some(d) => d,
        None => th.new_dict()?,
    };
    d.set_str(th, "name", name)?;
    let args = args_of(th, exc(o));
    d.set_str(th, "args", args)?;
    Ok(Some(d))
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let state = getstate(th, o)?;
    reduce_with(th, o, args_of(th, exc(o)), state)
}

/// `AttributeError`
pub static DEF: TypeDef = TypeDef {
    base: TypeId::Exception,
    slots: Slots {
        init: Some(|th, o, args| {
            set_args(th, o, args)?;
            let [name, obj] = keywords(th, args, "AttributeError", ["name", "obj"])?;
            exc(o).extra[0].set(th, name);
            exc(o).extra[1].set(th, obj);
            Ok(())
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__getstate__", "($self, /)", |th, a| {
            Ok(getstate(th, a.get(0))?.map_or(Obj::NONE, Py::into_obj))
        }),
        MethodDef::new("__reduce__", "($self, /)", reduce),
    ],
    getset: &[member!("name", 0), member!("obj", 1)],
    flags: base::FLAGS,
    doc: "Attribute not found.",
    ..TypeDef::new(
        TypeId::AttributeError,
        "AttributeError",
        BaseException::LAYOUT,
    )
};
