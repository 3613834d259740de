//! What compiled code does with exceptions (`step::raise`).

use super::{guarded, noted, obj, thread};
use crate::interp::{api, matching, ops, slow, unwind};
use crate::object::{Obj, Value};
use crate::record::late;
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use std::panic::{AssertUnwindSafe, catch_unwind};
use threadsnake_threads::record::ThreadRecord;
use threadsnake_threads::refcount;

/// The exception that was raised last, borrowed.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn raised(rec: *const ThreadRecord) -> u64 {
    // SAFETY: the caller's promise.
    let th = unsafe { thread(rec) };
    let raised = th.jit.raised.borrow();
    raised
        .as_ref()
        .map_or(Value::EMPTY.0, |e| e.0.obj().value().0)
}

/// The exception that was raised last is taken by a handler in the `frames`th frame from the innermost, which owns it from
/// now on; see [`late::add`].
///
/// # Safety
/// Called by compiled code where an exception has been raised, with a snapshot of that.
pub unsafe extern "C" fn catch(rec: *const ThreadRecord, frames: u64, fresh: u64) {
    // SAFETY: the caller's promise.
    let th = unsafe { thread(rec) };
    let raised = th.jit.raised.borrow_mut().take();
    let Some(e) = raised else { return };
    // SAFETY: the caller's promise.
    let add = || unsafe { late::add(th, &e, frames as usize, fresh != 0) };
    let added = catch_unwind(AssertUnwindSafe(add));
    debug_assert!(added.is_ok());
    std::mem::forget(e);
}

/// Whether nobody will look at the frame of the running record, which is about to end. A frame object that nobody has any
/// more is gone then.
///
/// # Safety
/// Called by compiled code; the record is that for which it runs.
pub unsafe extern "C" fn unseen(rec: *const ThreadRecord) -> u64 {
    // SAFETY: the caller's promise; the record owns its frame object.
    unsafe {
        let th = thread(rec);
        let f = th.top.get();
        let object = (*f).object;
        if object.is_empty() {
            return Value::TRUE.0;
        }
        let alone = obj(&object.0)
            .header()
            .is_some_and(|h| refcount::is_uniquely_owned(h, th.rec()));
        if alone {
            (*f).object = Value::EMPTY;
            drop(Obj::from_value(object));
        }
        Value::from_bool(alone).0
    }
}

/// The innermost frame of the trace that handles an exception handles `e` now, nothing if it is empty; `more` frames more
/// than before handle one.
///
/// # Safety
/// Called by compiled code; the handler holds `e`.
pub unsafe extern "C" fn handled(rec: *const ThreadRecord, e: u64, more: i64) {
    // SAFETY: the caller's promise; the code that calls is the innermost that the thread has entered.
    unsafe {
        let th = thread(rec);
        if let Some(inside) = th.jit.inside.get().as_ref() {
            inside.handled.set(Value(e));
        }
        th.handling
            .set(th.handling.get().wrapping_add_signed(more as isize));
    }
}

/// Whether `e` matches the class or tuple of classes `t`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn matches(rec: *const ThreadRecord, e: u64, t: u64) -> u64 {
    // SAFETY: live values.
    let (th, e, t) = unsafe { (thread(rec), obj(&e), obj(&t)) };
    guarded(th, || {
        let is = matching::match_exception(th, e, t)?;
        Ok(Value::from_bool(is))
    })
}

/// The traceback that `__exit__` gets.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn traceback(rec: *const ThreadRecord, e: u64) -> u64 {
    // SAFETY: a live value.
    let (th, e) = unsafe { (thread(rec), obj(&e)) };
    guarded(th, || Ok(ops::exit_traceback(th, e).into_value()))
}

/// `raise x from cause`; without cause if that is empty; what is handled, again, if `x` is empty.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn raise(rec: *const ThreadRecord, x: u64, cause: u64) {
    // SAFETY: live values where they are not empty.
    unsafe {
        let th = thread(rec);
        let given = |v| (!Value(v).is_empty()).then_some(v);
        throw(th, || match given(x) {
            Some(x) => unwind::make_exception(th, obj(&x), given(cause).as_ref().map(|c| obj(c))),
            None => match api::handled_exception(th) {
                Some(e) => slow::again(th, e).0,
                None => th.runtime_error("No active exception to reraise"),
            },
        });
    }
}

/// Raises `e` again.
///
/// # Safety
/// Called by compiled code; `e` is an object.
pub unsafe extern "C" fn reraise(rec: *const ThreadRecord, e: u64) {
    // SAFETY: the caller's promise.
    unsafe {
        let th = thread(rec);
        let e: &Obj = obj(&e);
        throw(th, || slow::again(th, e.clone()).0);
    }
}

/// Notes what is raised.
fn throw(th: &Thread, f: impl FnOnce() -> Exc) {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(e) => *th.jit.raised.borrow_mut() = Some(e),
        Err(_) => {
            noted(th, th.system_error("a helper of compiled code panicked"));
        }
    }
}
