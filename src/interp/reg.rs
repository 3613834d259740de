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
use threadsnake_threads::slot::Slot;
use threadsnake_threads::sync::atomic::Ordering;

/// Counts one more reference to a word that is readable.
///
/// # Safety
/// A pointer in `v` is readable (O2 of `object::obj`).
#[inline(always)]
pub unsafe fn inc(th: &Thread, v: Value) {
    if v.is_ptr() {
        // SAFETY: the caller's promise.
        unsafe { inc_ptr(th, v) };
    }
}

/// [`inc`] of a word known to be a pointer.
///
/// # Safety
/// As [`inc`].
#[inline(always)]
pub unsafe fn inc_ptr(th: &Thread, v: Value) {
    // SAFETY: the caller's promise.
    let h = unsafe { &*(v.0 as *const Header) };
    let owner = h.owner.load(Ordering::Relaxed);
    if owner == th.slot() {
        let n = h.local.load(Ordering::Relaxed);
        h.local.store(n.wrapping_add(1), Ordering::Relaxed);
    } else if owner != Slot::IMMORTAL.0 {
        refcount::inc_other(h, th.rec());
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
        unsafe { dec_ptr(th, v) };
    }
}

/// [`dec`] of a word known to be a pointer.
///
/// # Safety
/// As [`dec`].
#[inline(always)]
pub unsafe fn dec_ptr(th: &Thread, v: Value) {
    // SAFETY: the caller's promise.
    unsafe {
        let h = &*(v.0 as *const Header);
        let owner = h.owner.load(Ordering::Relaxed);
        if owner == th.slot() {
            let n = h.local.load(Ordering::Relaxed).wrapping_sub(1);
            h.local.store(n, Ordering::Relaxed);
            if n as i32 <= 0 {
                down_to_zero(th, h);
            }
        } else if owner != Slot::IMMORTAL.0 {
            dec_other(th, h);
        }
    }
}

/// Gives up a reference; `Some`: it was the last, and what it referred to is to be destroyed.
///
/// # Safety
/// As [`dec_ptr`].
#[inline(always)]
pub unsafe fn dec_last<'a>(th: &Thread, v: Value) -> Option<&'a Header> {
    // SAFETY: the caller's promise.
    let h = unsafe { &*(v.0 as *const Header) };
    let owner = h.owner.load(Ordering::Relaxed);
    let zero = if owner == th.slot() {
        let n = h.local.load(Ordering::Relaxed).wrapping_sub(1);
        h.local.store(n, Ordering::Relaxed);
        n as i32 <= 0 && refcount::dec_cold(h, th.rec()) == ZeroState::Zero
    } else {
        owner != Slot::IMMORTAL.0 && refcount::dec_other(h, th.rec()) == ZeroState::Zero
    };
    zero.then_some(h)
}

/// The rest of a drop by the owner whose count is not above zero any more.
#[inline(never)]
unsafe fn down_to_zero(th: &Thread, h: &Header) {
    if refcount::dec_cold(h, th.rec()) == ZeroState::Zero {
        // SAFETY: nobody refers to it any more.
        unsafe { crate::object::destroy::destroy_by(th, h) };
    }
}

#[cold]
#[inline(never)]
unsafe fn dec_other(th: &Thread, h: &Header) {
    if refcount::dec_other(h, th.rec()) == ZeroState::Zero {
        // SAFETY: as above.
        unsafe { crate::object::destroy::destroy_by(th, h) };
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
            dec_ptr(th, old);
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

/// Releases `n` registers from `p` on, the last one first: so do those of a frame that ends.
///
/// # Safety
/// As [`set`], for each.
#[inline]
pub unsafe fn clear_backwards(th: &Thread, p: *mut Value, n: usize) {
    for i in (0..n).rev() {
        // SAFETY: the caller's promise.
        unsafe { kill(th, p.add(i)) };
    }
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
