//! Registers: reading, writing, releasing words of the running frame's window. The counting here passes the thread
//! record along instead of asking the thread-local.
//!
//! Invariants
//! - R1: a non-empty register owns its reference.
//! - R2: a killed register is emptied.

use crate::object::{Obj, Value};
use crate::runtime::thread::Thread;
use threadsnake_threads::header::Header;
use threadsnake_threads::refcount::{self, ZeroState};

/// Counts one more reference to a word that is readable.
///
/// # Safety
/// A pointer in `v` is readable (O2 of `object::obj`).
#[inline(always)]
pub unsafe fn inc(th: &Thread, v: Value) {
    if v.is_ptr() {
        // SAFETY: the caller's promise.
        refcount::inc(unsafe { &*(v.0 as *const Header) }, th.rec());
    }
}

/// Gives up a reference.
///
/// # Safety
/// The word owned it.
#[inline(always)]
pub unsafe fn dec(th: &Thread, v: Value) {
    if v.is_ptr() {
        // SAFETY: the caller's promise.
        unsafe {
            let h = &*(v.0 as *const Header);
            if refcount::dec(h, th.rec()) == ZeroState::Zero {
                crate::object::destroy::destroy(h);
            }
        }
    }
}

/// Writes a word that owns its reference; releases the old one.
///
/// # Safety
/// `p` is a register of the running frame.
#[inline(always)]
pub unsafe fn set(th: &Thread, p: *mut Value, v: Value) {
    // SAFETY: R1.
    unsafe {
        let old = *p;
        *p = v;
        dec(th, old);
    }
}

/// Empties a register and releases what it held.
///
/// # Safety
/// As [`set`].
#[inline(always)]
pub unsafe fn kill(th: &Thread, p: *mut Value) {
    // SAFETY: R1, R2.
    unsafe {
        let old = *p;
        if old.is_ptr() {
            *p = Value::EMPTY;
            dec(th, old);
        }
    }
}

/// Empties a register and gives its word away.
///
/// # Safety
/// As [`set`].
#[inline(always)]
pub unsafe fn take(p: *mut Value) -> Value {
    // SAFETY: R1, R2.
    unsafe { std::ptr::replace(p, Value::EMPTY) }
}

/// The register's content as a borrowed reference.
///
/// # Safety
/// Not empty; not written while the reference is used.
#[inline(always)]
pub unsafe fn obj<'a>(p: *const Value) -> &'a Obj {
    // SAFETY: the caller's promise.
    unsafe { Obj::ref_from(p) }
}

/// Releases `n` registers from `p` on.
///
/// # Safety
/// As [`set`], for each.
#[inline]
pub unsafe fn clear(th: &Thread, p: *mut Value, n: usize) {
    for i in 0..n {
        // SAFETY: the caller's promise.
        unsafe { kill(th, p.add(i)) };
    }
}
