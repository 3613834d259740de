//! Async generators.

use crate::object::Obj;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// A value that an async generator yields, told from one that it awaits.
pub fn wrap(th: &Thread, _o: &Obj) -> Res {
    Err(th.not_implemented_error("async generators are not supported yet"))
}
