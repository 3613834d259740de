//! The one list of native modules. Each is one file; its definition is named here and nowhere else.

use super::*;
use crate::object::def::{ModuleDef, TypeDef};

/// Every native module's definition.
pub static MODULES: &[&ModuleDef] = &[
    &crate::builtins::functions::MODULE,
    &bisect::MODULE,
    &collections::MODULE,
    &functools::MODULE,
    &heapq::MODULE,
    &itertools::MODULE,
    &json::MODULE,
    &math::MODULE,
    &operator::MODULE,
    &random::MODULE,
    &sre::MODULE,
    &structs::MODULE,
];

/// The types of native modules, by module.
pub static TYPES: &[&[&TypeDef]] = &[
    collections::TYPES,
    functools::TYPES,
    itertools::TYPES,
    json::TYPES,
    operator::TYPES,
    random::TYPES,
    sre::TYPES,
    structs::TYPES,
];
