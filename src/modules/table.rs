//! The one list of native modules. Each is one file; its definition is named here and nowhere else.

use super::*;
use crate::object::def::{ModuleDef, TypeDef};

/// Every native module's definition.
pub static MODULES: &[&ModuleDef] = &[
    &crate::builtins::functions::MODULE,
    &abc::MODULE,
    &atexit::MODULE,
    &binascii::MODULE,
    &bisect::MODULE,
    &codecs::MODULE,
    &collections::MODULE,
    &contextvars::MODULE,
    &errno::MODULE,
    &functools::MODULE,
    &heapq::MODULE,
    &itertools::MODULE,
    &json::MODULE,
    &locale::MODULE,
    &math::MODULE,
    &opcode::MODULE,
    &operator::MODULE,
    &random::MODULE,
    &sre::MODULE,
    &string_parts::MODULE,
    &structs::MODULE,
    &typing::MODULE,
    &unicodedata::MODULE,
    &warnings::MODULE,
];

/// The types of native modules, by module.
pub static TYPES: &[&[&TypeDef]] = &[
    abc::TYPES,
    collections::TYPES,
    contextvars::TYPES,
    functools::TYPES,
    itertools::TYPES,
    json::TYPES,
    operator::TYPES,
    random::TYPES,
    sre::TYPES,
    structs::TYPES,
];
