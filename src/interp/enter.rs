//! Running a frame: which form of the loop runs it, whether compiled code does, and how it ends.
//!
//! One native activation of `run` executes the frame that is on top when it starts, and every Python function, generator
//! and class body that is called from there: those calls push records, they do not nest on the native stack. It returns
//! when a frame flagged ENTRY is left.

use super::reg;
use super::run::{PLAIN, REC, TRACE, execute};
use crate::object::destroy::destroy_by;
use crate::object::frame::Frame;
use crate::object::{Obj, Value};
use crate::record::hot::{self, After};
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use smallvec::SmallVec;
use threadsnake_threads::header::Header;
use threadsnake_threads::sync::atomic::{AtomicU32, Ordering};

/// How the entry frame was left.
pub enum Exit {
    /// By `return`.
    Returned(Obj),
    /// By `yield`.
    Yielded(Obj),
}

impl Exit {
    /// What was returned or yielded.
    pub fn value(self) -> Obj {
        match self {
            Exit::Returned(v) | Exit::Yielded(v) => v,
        }
    }
}

/// How the loop was left.
pub(super) enum Left {
    /// With its entry frame.
    Frame(Exit),
    /// A recording has ended, or nobody watches any more: another form of the loop goes on with the record on top.
    Loop,
}

/// Runs the frame on top until it is left. `thrown`: an exception to raise where it is suspended.
///
/// # Safety
/// The top record is flagged ENTRY, its registers are set up, and this thread owns it.
pub unsafe fn run(th: &Thread, mut thrown: Option<Exc>) -> Result<Exit, Exc> {
    // SAFETY: the record on top and its code; a recording runs the same record.
    unsafe {
        let f = th.top.get();
        let code = &*(*f).code;
        let begins = (*f).pc == code.entry && thrown.is_none();
        if begins && th.rec().guard.load(Ordering::Relaxed) != 0 {
            thrown = th.poll().err();
        }
        if th.tracing.watch.get() == 0
            && begins
            && thrown.is_none()
            && is_hot(th, th.jit.call_threshold.get(), || &code.calls)
        {
            match hot::entry(th, f) {
                After::Go | After::Reload => {}
                After::Raise(e) => thrown = Some(e),
                // SAFETY: the value is owned.
                After::Returned(v, _) => return Ok(Exit::Returned(Obj::from_value(v))),
                After::Record(raised) => {
                    if let Left::Frame(exit) = record(th, raised)? {
                        return Ok(exit);
                    }
                }
            }
        }
    }
    loop {
        // SAFETY: as this function's.
        let left = unsafe {
            match th.tracing.watch.get() {
                0 => execute::<PLAIN>(th, thrown.take()),
                _ => execute::<TRACE>(th, thrown.take()),
            }
        };
        if let Left::Frame(exit) = left? {
            return Ok(exit);
        }
    }
}

/// What a `Return` of the running record `f` takes from its register; a variable stays in its place for a frame object.
///
/// # Safety
/// As [`run`].
#[inline(always)]
pub(super) unsafe fn returns(th: &Thread, f: *mut Frame, p: *mut Value) -> Value {
    // SAFETY: the caller's promise.
    unsafe {
        let variable = p < (*f).base.add((*(*f).code).nlocals as usize);
        if (*f).object.is_empty() || !variable {
            return reg::take(p);
        }
        reg::inc(th, *p);
        *p
    }
}

/// The end of the running record `f` with registers `base`, whose result has been taken: its locals go, and it. Gives its owner,
/// owned.
///
/// # Safety
/// As [`run`].
#[inline(always)]
pub(super) unsafe fn ended(th: &Thread, f: *mut Frame, base: *mut Value) -> Value {
    // SAFETY: the caller's promise.
    unsafe {
        let nlocals = (*(*f).code).nlocals as usize;
        let owner = (*f).owner;
        // The last local goes first, as in CPython since 3.14.
        if (*f).object.is_empty() && (*f).exc.is_empty() && (*f).locals.is_empty() {
            for k in (0..nlocals).rev() {
                let v = *base.add(k);
                if v.is_ptr() {
                    *base.add(k) = Value::EMPTY;
                    if let Some(h) = reg::dec_last(th, v) {
                        ended_before(th, h, base, k);
                        return owner;
                    }
                }
            }
        } else {
            th.leave(f, nlocals);
        }
        th.pop_frame();
        owner
    }
}

/// [`ended`], where the last reference to `h` has been dropped: as in CPython the frame is gone before a finaliser runs, so
/// that none can get hold of it. The other locals are the `n` words at `rest`.
#[inline(never)]
unsafe fn ended_before(th: &Thread, h: &Header, rest: *mut Value, n: usize) {
    // SAFETY: the caller's promise: registers own what they hold (R1).
    unsafe {
        let rest: SmallVec<[Value; 16]> = (0..n).rev().map(|k| reg::take(rest.add(k))).collect();
        th.pop_frame();
        destroy_by(th, h);
        for v in rest {
            reg::dec(th, v);
        }
    }
}

/// Counts a turn or a call: whether there were so many. Threads that run the same code would take the line of the counter,
/// and what else is in it, from each other all the time: so nothing is written where nothing is compiled or where there were
/// so many already, and in Multi one turn in sixteen counts for all.
#[inline(always)]
pub(super) fn is_hot<'a>(
    th: &Thread,
    threshold: i32,
    heat: impl FnOnce() -> &'a AtomicU32,
) -> bool {
    if threshold == i32::MAX {
        return false;
    }
    // A plain count: what other threads add meanwhile may be lost.
    let heat = heat();
    let n = heat.load(Ordering::Relaxed);
    if n as i32 >= threshold {
        return true;
    }
    let step = match th.multi() {
        false => 1,
        true if th.jit.one_in(HOT_SAMPLE) => HOT_SAMPLE,
        true => return false,
    };
    let n = n.wrapping_add(step);
    heat.store(n, Ordering::Relaxed);
    n as i32 >= threshold
}

/// Of so many turns and calls in Multi one is counted.
const HOT_SAMPLE: u32 = 16;

/// Goes on in the recording loop, with an exception that the running instruction has raised if there is one, until the
/// recording ends or the entry frame is left.
///
/// # Safety
/// As [`execute`]; this thread is recording.
pub(super) unsafe fn record(th: &Thread, thrown: Option<Exc>) -> Result<Left, Exc> {
    // SAFETY: as this function's.
    let left = unsafe { execute::<REC>(th, thrown) };
    if !matches!(left, Ok(Left::Loop)) {
        crate::record::close::forget(th);
    }
    left
}
