//! Sums item by item (`builtins::functions::sum`).

use super::{guarded, obj, thread};
use crate::builtins::functions::sum;
use crate::object::{Obj, Value};
use threadsnake_threads::record::ThreadRecord;

/// A sum so far and what rounding has lost of it, with `x` added: the sum; [`lost`] gives the rest.
///
/// # Safety
/// The record of the calling thread; live values.
pub unsafe extern "C" fn add(rec: *const ThreadRecord, so_far: u64, lost: u64, x: u64) -> u64 {
    // SAFETY: live values.
    let (th, so_far, lost, x) = unsafe { (thread(rec), obj(&so_far), obj(&lost), obj(&x)) };
    guarded(th, || {
        let (so_far, lost) = sum::add_item(th, so_far, lost, x)?;
        th.jit.lost.replace(Some(lost));
        Ok(so_far.into_value())
    })
}

/// What rounding has lost of the sum that [`add`] has just given.
///
/// # Safety
/// The record of the calling thread.
pub unsafe extern "C" fn lost(rec: *const ThreadRecord) -> u64 {
    // SAFETY: the caller's promise.
    let th = unsafe { thread(rec) };
    th.jit
        .lost
        .take()
        .map_or(Value::NONE.0, |o| o.into_value().0)
}

/// What a sum comes to.
///
/// # Safety
/// As [`add`].
pub unsafe extern "C" fn total(rec: *const ThreadRecord, so_far: u64, lost: u64) -> u64 {
    // SAFETY: live values.
    let (th, so_far, lost): (_, &Obj, &Obj) = unsafe { (thread(rec), obj(&so_far), obj(&lost)) };
    guarded(th, || Ok(sum::total(th, so_far, lost).into_value()))
}
