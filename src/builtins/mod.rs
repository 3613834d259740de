//! Built-in types and functions, one file each, registered in `table`. What many of them share stands here.

use crate::object::Obj;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

pub mod collect;
pub mod iterators;
pub mod objecttype;
pub mod signals;
pub mod start;
pub mod table;
pub mod typeobj;
pub mod unraisable;
pub mod warn;
pub mod weakref;
pub mod wrappers;

/// `__iter__` of iterators.
pub fn self_iter(_th: &Thread, o: &Obj) -> Res {
    Ok(o.clone())
}

/// `__hash__` of types that are not hashable.
pub fn unhashable(th: &Thread, o: &Obj) -> Res<i64> {
    Err(th.type_error(format!("unhashable type: '{}'", th.type_name(o))))
}
