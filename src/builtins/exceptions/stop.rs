//! `StopIteration` and `SystemExit`: exceptions that carry a value.

use super::base::{self, exc, member};
use crate::object::def::TypeDef;
use crate::object::exception::BaseException;
use crate::object::layout::Native;
use crate::object::slots::Slots;
use crate::object::type_ids::TypeId;

/// `StopIteration`
pub static STOP_ITERATION: TypeDef = TypeDef {
    base: TypeId::Exception,
    slots: Slots {
        init: Some(|th, o, args| {
            base::init(th, o, args)?;
            exc(o).extra[0].set(th, args.positional().first().cloned());
            Ok(())
        }),
        ..Slots::NONE
    },
    getset: &[member!("value", 0)],
    flags: base::FLAGS,
    doc: "Signal the end from iterator.__next__().",
    ..TypeDef::new(
        TypeId::StopIteration,
        "StopIteration",
        BaseException::LAYOUT,
    )
};

/// `SystemExit`
pub static SYSTEM_EXIT: TypeDef = TypeDef {
    base: TypeId::BaseException,
    slots: Slots {
        init: Some(|th, o, args| {
            base::init(th, o, args)?;
            let code = match args.positional() {
                [] => None,
                [one] => Some(one.clone()),
                _ => exc(o).args.get(),
            };
            exc(o).extra[0].set(th, code);
            Ok(())
        }),
        ..Slots::NONE
    },
    getset: &[member!("code", 0)],
    flags: base::FLAGS,
    doc: "Request to exit from the interpreter.",
    ..TypeDef::new(TypeId::SystemExit, "SystemExit", BaseException::LAYOUT)
};
