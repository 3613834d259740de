//! The one list of built-in types. Each is one file; its definition is named here and nowhere else.

use super::*;
use crate::object::def::TypeDef;

/// Every built-in type's definition, those of native modules last.
pub fn all() -> impl Iterator<Item = &'static TypeDef> {
    let modules = crate::modules::table::TYPES.iter();
    DEFS.iter()
        .copied()
        .chain(exceptions::table::ALL.iter().copied())
        .chain(modules.flat_map(|t| t.iter().copied()))
}

/// The types that belong to no native module. A type comes after its base.
pub static DEFS: &[&TypeDef] = &[
    &objecttype::DEF,
    &typeobj::DEF,
    // descriptors and native callables
    &wrappers::DEF,
    &wrappers::BOUND_DEF,
    &descriptors::METHOD_DESCRIPTOR,
    &descriptors::CLASSMETHOD_DESCRIPTOR,
    &descriptors::BUILTIN_FUNCTION,
    &descriptors::GETSET_DESCRIPTOR,
    &descriptors::MEMBER_DESCRIPTOR,
    &descriptors::CLASS_METHOD,
    &descriptors::STATIC_METHOD,
    &descriptors::PROPERTY,
    // constants
    &singletons::NONE,
    &singletons::ELLIPSIS,
    &singletons::NOT_IMPLEMENTED,
    &singletons::NO_DEFAULT,
    // what functions, classes and modules are made of
    &function::DEF,
    &method::DEF,
    &code::DEF,
    &frame::DEF,
    &framelocals::DEF,
    &traceback::DEF,
    &crate::record::late::DEF,
    &generator::DEF,
    &generator::COROUTINE,
    &generator::WRAPPER,
    &asyncgen::DEF,
    &asyncgen::ASEND,
    &asyncgen::ATHROW,
    &asyncgen::WRAPPED,
    &asyncgen::ANEXT,
    &supertype::DEF,
    &module::DEF,
    &cell::DEF,
    &mappingproxy::DEF,
    &namespace::DEF,
    // typing
    &generic_alias::DEF,
    &generic_alias::ITER,
    &union::DEF,
    &typevar::TYPE_VAR,
    &typevar::PARAM_SPEC,
    &typevar::PARAM_SPEC_ARGS,
    &typevar::PARAM_SPEC_KWARGS,
    &typevar::TYPE_VAR_TUPLE,
    &typevar::TYPE_ALIAS,
    &typevar::GENERIC,
    &template::TEMPLATE,
    &template::ITER,
    &template::INTERPOLATION,
    // containers
    &list::DEF,
    &list::ITER,
    &list::REVERSE_ITER,
    &tuple::DEF,
    &tuple::ITER,
    &dict::DEF,
    &dict_views::KEYS,
    &dict_views::VALUES,
    &dict_views::ITEMS,
    &dict_views::KEY_ITER,
    &dict_views::VALUE_ITER,
    &dict_views::ITEM_ITER,
    &dict_views::REVERSE_KEY_ITER,
    &dict_views::REVERSE_VALUE_ITER,
    &dict_views::REVERSE_ITEM_ITER,
    &set::DEF,
    &set::FROZEN,
    &set::ITER,
    &range::DEF,
    &range::ITER,
    &range::LONG_ITER,
    &slice::DEF,
    // iterators
    &iterators::SEQ,
    &iterators::CALLABLE,
    &iterators::REVERSED,
    &enumerate::DEF,
    &zip::DEF,
    &map::DEF,
    &map::FILTER,
    // numbers and text
    &int::DEF,
    &bool::DEF,
    &float::DEF,
    &complex::DEF,
    &str::DEF,
    &str::ITER_DEF,
    &bytes::DEF,
    &bytes::ARRAY_DEF,
    &bytes::ITER_DEF,
    &bytes::ARRAY_ITER_DEF,
    &memoryview::DEF,
    &memoryview::ITER_DEF,
    &host::DEF,
];
