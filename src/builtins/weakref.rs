//! Weak references.

use crate::object::Obj;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// A counted reference to an object at a raw address, if it is not dying.
pub fn upgrade_raw(th: &Thread, addr: u64) -> Option<Obj> {
    let v = crate::object::Value(addr);
    // SAFETY: the caller holds the lock of the shard of the table that keeps the address valid (W2 of
    // `runtime::weakref`), or the object is readable until the next safepoint.
    unsafe {
        let h = &*(addr as *const threadsnake_threads::header::Header);
        if threadsnake_threads::refcount::try_inc(h, th.rec()) {
            Some(Obj::from_value(v))
        } else {
            None
        }
    }
}

/// `o.__weakref__`
pub fn first_reference(_th: &Thread, _o: &Obj) -> Res {
    Ok(Obj::NONE)
}
