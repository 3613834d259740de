//! `NameError`: knows the name.

use super::base::{self, exc, keywords, member, set_args};
use crate::object::def::TypeDef;
use crate::object::exception::BaseException;
use crate::object::layout::Native;
use crate::object::slots::Slots;
use crate::object::type_ids::TypeId;

/// `NameError`
pub static DEF: TypeDef = TypeDef {
    base: TypeId::Exception,
    slots: Slots {
        init: Some(|th, o, args| {
            set_args(th, o, args)?;
            let [name] = keywords(th, args, "NameError", ["name"])?;
            exc(o).extra[0].set(th, name);
            Ok(())
        }),
        ..Slots::NONE
    },
    getset: &[member!("name", 0)],
    flags: base::FLAGS,
    doc: "Name not found globally.",
    ..TypeDef::new(TypeId::NameError, "NameError", BaseException::LAYOUT)
};
