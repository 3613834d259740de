//! The one list of built-in types. Each is one file; its definition is named here and nowhere else.

use crate::object::def::TypeDef;

/// Every built-in type's definition. A type comes after its base.
pub static DEFS: &[&TypeDef] = &[
    &super::objecttype::DEF,
    &super::typeobj::DEF,
];
