//! A generator run dry by native code: what it yields is taken where it yields, and it goes on without leaving the loop.
//!
//! `set(…)`, `sum(…)`, `list(…)` of a generator would resume it for every item. Most items are taken without running Python,
//! and then nobody can tell whether the generator was suspended in between. So who wants all of its items says how it takes
//! one, and the loop's `Yield` asks, also where it is compiled; an item that is refused there leaves the loop as any other.
//!
//! Invariants
//! - K1: `Thread::sink` is null, or points to the sink of the native call that runs its generator: it is put back before
//!   that call's `run` has returned, whichever way.
//! - K2: a sink takes items of one record only: that of its generator, flagged ENTRY. Records above it have other places.
//! - K3: taking an item runs no Python and polls nothing.

use super::enter::{Exit, run};
use super::generator;
use crate::object::frame::{Frame, Generator, flag};
use crate::object::{Obj, Py, Value};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// Who takes the items of a generator.
pub struct Sink {
    /// The record of the generator while it runs (K2).
    frame: *mut Frame,
    /// What `take` works on.
    to: *mut (),
    take: unsafe fn(&Thread, &Sink, Obj) -> Result<(), Obj>,
    /// The function behind `take`, as a thin pointer.
    how: *const (),
}

/// Puts the sink back that was there before (K1), also when a panic passes.
struct Restore<'a>(&'a Thread, *const Sink);

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        self.0.sink.set(self.1);
    }
}

/// How an item is taken (K3); given back where that takes Python, or where it is the last one that is wanted.
pub type Take<C> = fn(&Thread, &mut C, Obj) -> Result<(), Obj>;

unsafe fn call<C>(th: &Thread, sink: &Sink, x: Obj) -> Result<(), Obj> {
    // SAFETY: made by `next_into::<C>`, whose borrow of `to` is not used while the generator runs.
    unsafe {
        let how = std::mem::transmute::<*const (), Take<C>>(sink.how);
        how(th, &mut *sink.to.cast::<C>(), x)
    }
}

/// Offers what the record `f` yields to who runs its generator dry; given back if nobody takes it.
///
/// # Safety
/// `f` is the running record.
#[inline(always)]
pub unsafe fn offer(th: &Thread, f: *mut Frame, x: Obj) -> Result<(), Obj> {
    if !takes(th, f) {
        return Err(x);
    }
    let sink = th.sink.get();
    // SAFETY: K1, and it has just been found.
    unsafe { ((*sink).take)(th, &*sink, x) }
}

/// Whether somebody takes what the record `f` yields.
#[inline(always)]
pub fn takes(th: &Thread, f: *const Frame) -> bool {
    let sink = th.sink.get();
    // SAFETY: K1.
    !sink.is_null() && std::ptr::eq(unsafe { (*sink).frame }, f)
}

/// The next item of a generator that `take` does not take; `None`: it has ended.
pub fn next_into<C>(th: &Thread, g: &Py<Generator>, to: &mut C, take: Take<C>) -> Res<Option<Obj>> {
    let Some(started) = generator::begin(th, g)? else {
        return Ok(None);
    };
    // SAFETY: the empty first record exists always; the generator was begun.
    unsafe {
        if !th.has_room((*th.top.get()).limit) {
            generator::put_back(g, started);
            return Err(th.too_deep(""));
        }
        generator::push(th, g, Value::NONE, started, 0, flag::ENTRY);
        let sink = Sink {
            frame: th.top.get(),
            to: (to as *mut C).cast(),
            take: call::<C>,
            how: take as *const (),
        };
        let restore = Restore(th, th.sink.replace(&sink));
        let exit = run(th, None);
        drop(restore);
        match exit? {
            Exit::Yielded(x) => Ok(Some(x)),
            Exit::Returned(_) => Ok(None),
        }
    }
}
