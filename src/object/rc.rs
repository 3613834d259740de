//! Counting of references to heap objects: the VM's glue over `threads::refcount`, and destruction.

use super::value::Value;
use crate::runtime::thread;
use threadsnake_threads::header::{flags, Header};
use threadsnake_threads::refcount::{self, Zero};
use threadsnake_threads::sync::atomic::Ordering;

#[inline(always)]
unsafe fn head<'a>(v: Value) -> &'a Header {
    // SAFETY: the caller says that `v` points to a readable object.
    unsafe { &*(v.0 as *const Header) }
}

/// Counts one more reference.
///
/// # Safety
/// `v` points to an object that is alive or readable until the next safepoint.
#[inline(always)]
pub unsafe fn inc(v: Value) {
    // SAFETY: as the caller's.
    refcount::inc(unsafe { head(v) }, thread::record());
}

/// Counts one reference less; destroys the object if it was the last.
///
/// # Safety
/// The caller owns a count of `v` and gives it up.
#[inline(always)]
pub unsafe fn dec(v: Value) {
    // SAFETY: as the caller's.
    let h = unsafe { head(v) };
    if let Zero::Dead = refcount::dec(h, thread::record()) {
        // SAFETY: the count is zero and nobody else can raise it.
        unsafe { super::destroy::destroy(h) };
    }
}

/// Marks the object as stored where another thread could load it.
///
/// # Safety
/// `v` points to a live object.
#[inline(always)]
pub unsafe fn publish(v: Value) {
    // SAFETY: as the caller's.
    let h = unsafe { head(v) };
    let f = h.flags.load(Ordering::Relaxed);
    if f & flags::PUBLISHED == 0 {
        h.flags.store(f | flags::PUBLISHED, Ordering::Relaxed);
    }
}
