//! Built-in types and functions, one file each, registered in `table`. What many of them share stands here.

use crate::object::Obj;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

pub mod asyncgen;
pub mod bool;
pub mod bytes;
pub mod cell;
pub mod code;
pub mod codec;
pub mod collect;
pub mod common;
pub mod complex;
#[cfg(test)]
mod container_tests;
pub mod descriptors;
pub mod dict;
pub mod dict_views;
pub mod enumerate;
pub mod exceptions;
pub mod float;
pub mod frame;
pub mod framelocals;
pub mod function;
pub mod functions;
pub mod generator;
pub mod generic_alias;
pub mod host;
pub mod int;
pub mod iterators;
pub mod list;
pub mod map;
pub mod mappingproxy;
mod members;
pub mod memoryview;
pub mod method;
pub mod module;
pub mod namespace;
pub mod newclass;
pub mod number;
pub mod objecttype;
pub mod print_exception;
pub mod range;
pub mod set;
pub mod signals;
pub mod singletons;
pub mod slice;
pub mod sort;
pub mod start;
pub mod str;
pub mod supertype;
pub mod table;
pub mod template;
pub mod traceback;
pub mod tuple;
pub mod typeobj;
pub mod typevar;
pub mod union;
pub mod unraisable;
#[cfg(test)]
mod value_tests;
pub mod warn;
pub mod weakref;
mod wrapper_docs;
pub mod wrappers;
pub mod zip;

/// `__iter__` of iterators.
pub fn self_iter(_th: &Thread, o: &Obj) -> Res {
    Ok(o.clone())
}

/// `__hash__` of types that are not hashable.
pub fn unhashable(th: &Thread, o: &Obj) -> Res<i64> {
    Err(th.type_error(format!("unhashable type: '{}'", th.type_name(o))))
}

/// `X | Y` of types: a union.
pub fn union_or(th: &Thread, a: &Obj, b: &Obj) -> Res {
    if !union::is_unionable(th, a) || !union::is_unionable(th, b) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    union::make(th, &[a.clone(), b.clone()], false)
}
