//! `KeyError`: its text is the repr of the key.

use super::base::{self, args_of, exc};
use crate::object::def::TypeDef;
use crate::object::exception::BaseException;
use crate::object::layout::Native;
use crate::object::obj::Py;
use crate::object::slots::Slots;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;

/// `KeyError`
pub static DEF: TypeDef = TypeDef {
    base: TypeId::LookupError,
    slots: Slots {
        str: Some(|th, o| {
            let args = args_of(th, exc(o));
            match args.cast::<Tuple>().map(|t| t.items()) {
                Some([key]) => th.repr(key).map(Py::into_obj),
                _ => base::str(th, o),
            }
        }),
        ..Slots::NONE
    },
    flags: base::FLAGS,
    doc: "Mapping key not found.",
    ..TypeDef::new(TypeId::KeyError, "KeyError", BaseException::LAYOUT)
};
