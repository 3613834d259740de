//! Counting of references to heap objects: the VM's glue over `threads::refcount`.
//!
//! A thread that is attached to no runtime counts nothing: that happens only while a runtime is taken down, when the
//! contents of all objects are dropped in place and no count matters any more (`Runtime::drop`).

use super::value::Value;
use crate::runtime::thread;
use threadsnake_threads::header::Header;
use threadsnake_threads::refcount::{self, ZeroState};

#[inline(always)]
unsafe fn head<'a>(v: Value) -> &'a Header {
    // SAFETY: the caller says that `v` points to a readable object.
    unsafe { &*(v.0 as *const Header) }
}

/// Counts one more reference.
///
/// # Safety
/// `v` points to an object that is alive or readable until the next safepoint; the thread is attached.
#[inline(always)]
pub unsafe fn inc(v: Value) {
    let Some(rec) = thread::try_record() else {
        return;
    };
    // SAFETY: as the caller's.
    unsafe { refcount::inc(head(v), rec) };
}

/// Counts one reference less; destroys the object if it was the last.
///
/// # Safety
/// The caller owns a count of `v` and gives it up; the thread is attached.
#[inline(always)]
pub unsafe fn dec(v: Value) {
    let Some(rec) = thread::try_record() else {
        return;
    };
    // SAFETY: as the caller's.
    unsafe {
        let h = head(v);
        if refcount::dec(h, rec) == ZeroState::Zero {
            super::destroy::destroy(h);
        }
    }
}

/// Gives up the references that `n` words own; they are not read again.
///
/// # Safety
/// Each word is empty or owns its reference; the thread is attached, or nothing is counted any more.
#[inline]
pub unsafe fn dec_words(p: *const Value, n: usize) {
    let Some(rec) = thread::try_record() else {
        return;
    };
    for i in 0..n {
        // SAFETY: the caller's promise.
        unsafe {
            let v = *p.add(i);
            if v.is_ptr() && refcount::dec(head(v), rec) == ZeroState::Zero {
                super::destroy::destroy(head(v));
            }
        }
    }
}

/// [`dec_words`] by the attached thread `th`.
///
/// # Safety
/// As [`dec_words`].
#[inline(always)]
pub unsafe fn dec_words_by(th: &thread::Thread, p: *const Value, n: usize) {
    for i in 0..n {
        // SAFETY: the caller's promise.
        unsafe {
            let v = *p.add(i);
            if v.is_ptr() && refcount::dec(head(v), th.rec()) == ZeroState::Zero {
                super::destroy::destroy_by(th, head(v));
            }
        }
    }
}

/// [`dec_words`], the last first.
///
/// # Safety
/// As [`dec_words`].
#[inline]
pub unsafe fn dec_words_backwards(p: *const Value, n: usize) {
    let Some(rec) = thread::try_record() else {
        return;
    };
    for i in (0..n).rev() {
        // SAFETY: the caller's promise.
        unsafe {
            let v = *p.add(i);
            if v.is_ptr() && refcount::dec(head(v), rec) == ZeroState::Zero {
                super::destroy::destroy(head(v));
            }
        }
    }
}

/// [`inc`] by the attached thread `th`.
///
/// # Safety
/// As [`inc`].
#[inline(always)]
pub unsafe fn inc_by(th: &thread::Thread, v: Value) {
    // SAFETY: as the caller's.
    unsafe { refcount::inc(head(v), th.rec()) };
}

/// Marks the object as stored where another thread could load it.
///
/// # Safety
/// `v` points to a live object.
#[inline(always)]
pub unsafe fn publish(v: Value) {
    // SAFETY: as the caller's.
    unsafe { head(v) }.publish();
}
