//! What compiled code calls for slices, whose bounds are integers: what is left out is as far as it goes in that direction.
//! None of it runs Python. As the other helpers.

use super::{guarded, obj, thread};
use crate::builtins::{bytes, str, tuple};
use crate::object::bytes::Bytes;
use crate::object::list::List;
use crate::object::slice::Bounds;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::{Obj, Py, Value};
use crate::runtime::thread::Thread;
use threadsnake_threads::record::ThreadRecord;

#[inline(always)]
fn bounds(start: i64, stop: i64, step: i64) -> Bounds {
    Bounds {
        start: Some(start),
        stop: Some(stop),
        step: step.max(-i64::MAX),
    }
}

/// `list[start:stop:step]`
///
/// # Safety
/// Called by compiled code; an exact list.
pub unsafe extern "C" fn list_part(
    rec: *const ThreadRecord,
    l: u64,
    start: i64,
    stop: i64,
    step: i64,
) -> u64 {
    // SAFETY: the caller's promise.
    let (th, l) = unsafe { (thread(rec), obj(&l).cast_unchecked::<List>()) };
    let bounds = bounds(start, stop, step);
    guarded(th, || Ok(l.slice_list(th, bounds)?.into_obj().into_value()))
}

/// `tuple[start:stop:step]`
///
/// # Safety
/// Called by compiled code; an exact tuple.
pub unsafe extern "C" fn tuple_part(
    rec: *const ThreadRecord,
    t: u64,
    start: i64,
    stop: i64,
    step: i64,
) -> u64 {
    // SAFETY: the caller's promise.
    let (th, t) = unsafe { (thread(rec), obj(&t).cast_unchecked::<Tuple>()) };
    let part = bounds(start, stop, step).of(t.len());
    guarded(th, || {
        if part.step == 1 && part.count == t.len() {
            return Ok(t.obj().clone().into_value());
        }
        Ok(tuple::items_of(th, t.items(), part)?.into_value())
    })
}

/// `str[start:stop:step]`
///
/// # Safety
/// Called by compiled code; an exact str.
pub unsafe extern "C" fn str_part(
    rec: *const ThreadRecord,
    s: u64,
    start: i64,
    stop: i64,
    step: i64,
) -> u64 {
    // SAFETY: the caller's promise.
    let (th, s) = unsafe { (thread(rec), obj(&s).cast_unchecked::<Str>()) };
    let part = bounds(start, stop, step).of(s.len());
    guarded(th, || Ok(str::sliced(th, s.obj(), s, part)?.into_value()))
}

/// `bytes[start:stop:step]`
///
/// # Safety
/// Called by compiled code; exact bytes.
pub unsafe extern "C" fn bytes_part(
    rec: *const ThreadRecord,
    s: u64,
    start: i64,
    stop: i64,
    step: i64,
) -> u64 {
    // SAFETY: the caller's promise.
    let (th, s) = unsafe { (thread(rec), obj(&s).cast_unchecked::<Bytes>()) };
    let part = bounds(start, stop, step).of(s.bytes().len());
    guarded(th, || {
        Ok(bytes::sliced(th, s.obj(), s.bytes(), part)?.into_value())
    })
}

fn done(yes: bool) -> u64 {
    match yes {
        true => Value::NONE.0,
        false => Value::EMPTY.0,
    }
}

/// `list[start:stop:step] = other`, where no object goes; empty: not so, and nothing has happened.
///
/// # Safety
/// Called by compiled code; two exact lists.
pub unsafe extern "C" fn set_part(
    rec: *const ThreadRecord,
    l: u64,
    start: i64,
    stop: i64,
    step: i64,
    other: u64,
) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        let (th, l, other) = (thread(rec), list(&l), list(&other));
        done(assign(th, l, bounds(start, stop, step), other, false))
    }
}

/// As [`set_part`], and takes over `other`, if nobody else has it.
///
/// # Safety
/// As [`set_part`]; an owned reference to `other`.
pub unsafe extern "C" fn move_part(
    rec: *const ThreadRecord,
    l: u64,
    start: i64,
    stop: i64,
    step: i64,
    other: u64,
) -> u64 {
    // SAFETY: the caller's promise; the reference is taken where it succeeds. An empty list goes without running Python.
    unsafe {
        let th = thread(rec);
        if !assign(th, list(&l), bounds(start, stop, step), list(&other), true) {
            return done(false);
        }
        drop(Obj::from_value(Value(other)));
        done(true)
    }
}

/// `list[i:j] = other[k:l:m]` for parts of as many items, where no object goes, the bounds being words at `p`: two, and
/// `n` of the other list. They are empty afterwards. Empty: not so, and nothing has happened.
///
/// # Safety
/// Called by compiled code; two exact lists, bounds that are small integers or `None`, a step that is not 0.
pub unsafe extern "C" fn copy_part(
    rec: *const ThreadRecord,
    l: u64,
    other: u64,
    p: *mut Value,
    n: u64,
) -> u64 {
    let bound = |w: Value| w.is_int().then(|| w.as_int());
    // SAFETY: the caller's promise.
    unsafe {
        let (th, l, other) = (thread(rec), list(&l), list(&other));
        let bounds = |p: *mut Value, step: Option<i64>| Bounds {
            start: bound(*p),
            stop: bound(*p.add(1)),
            step: step.unwrap_or(1),
        };
        let step = if n > 2 { bound(*p.add(4)) } else { None };
        let (b, c) = (bounds(p, None), bounds(p.add(2), step));
        (0..n as usize + 2).for_each(|k| *p.add(k) = Value::EMPTY);
        let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            l.copy_part(th, b, other, c)
        }));
        done(r.unwrap_or(false))
    }
}

/// `del list[start:stop:step]`, where no object goes; empty: not so, and nothing has happened.
///
/// # Safety
/// Called by compiled code; an exact list.
pub unsafe extern "C" fn del_part(
    rec: *const ThreadRecord,
    l: u64,
    start: i64,
    stop: i64,
    step: i64,
) -> u64 {
    // SAFETY: the caller's promise.
    let (th, l) = unsafe { (thread(rec), list(&l)) };
    let bounds = bounds(start, stop, step);
    let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| l.remove_plain(th, bounds)));
    done(r.unwrap_or(false))
}

/// # Safety
/// An exact list.
unsafe fn list(v: &u64) -> &Py<List> {
    // SAFETY: the caller's promise.
    unsafe { obj(v).cast_unchecked::<List>() }
}

fn assign(th: &Thread, l: &Py<List>, bounds: Bounds, other: &Py<List>, take: bool) -> bool {
    let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        l.assign_plain(th, bounds, other, take)
    }));
    r.unwrap_or(false)
}
