//! How a request reaches a thread in code that polls nothing.
//!
//! # Problem
//!
//! Single code has no instruction that looks at the guard word. Who requests something of the only thread redirects the back
//! edges of the code that it is in ([`crate::patch`]), so that it leaves; the thread itself puts them back when it enters that
//! code again. Asking and entering happen at the same time, and asking must not be lost.
//!
//! # Protocol
//!
//! Thread, before it enters ([`Current::enter`]):
//! 1. It announces the code in its own word.
//! 2. Were back edges of the code redirected before, it puts them back.
//! 3. It looks at its guard word. Is something asked, it takes the announcement back and does not enter.
//!
//! Who asks (hook `kick`, [`Current::kick`]):
//! 1. It sets a bit of the guard word.
//! 2. It looks at the announcement, and redirects the back edges of the code that it finds there. While it does so it is
//!    counted in `asking`.
//!
//! Who frees code ([`crate::tier::Graveyard`]) finds first that no thread is in it, and then that nobody asks
//! ([`Current::is_asked`]); else the code waits for the next time.
//!
//! **E1**: a thread that enters with a bit unseen finds the back edges of that code redirected. For either it has announced the
//! code, and put back its back edges, before the other looked, so that the redirecting is the last word; or the bit was set
//! before it looked.
//!
//! **E2**: code that is freed is not redirected any more. Who asks may be no thread of the domain's (a signal handler), so
//! that a stopped world does not keep it from asking; but it finds the announcement of code that is not freed, or is counted
//! when that is looked at.
//!
//! | word                  | content                                                                              |
//! |-----------------------|--------------------------------------------------------------------------------------|
//! | null                  | in no compiled code                                                                  |
//! | code                  | the innermost piece of code that the thread is in, or is about to enter              |
//!
//! The thread alone writes it; anyone reads it. `asking` is written by who asks, and looked at by who frees.
//!
//! # Orderings
//!
//! Store, then load, on both sides: each has half of a fence between ([`crate::sync::asymmetric`]), the light one for the thread,
//! which enters often. It comes after step 2 too, or a late store of the putting back would undo a redirecting that it does not
//! know of.
//!
//! `asking` is changed, and looked at, by read-modify-writes, `AcqRel`. Who comes to it after it was looked at reads from
//! that, and so sees what the stop of the world has shown to who looked: an announcement of other code, or none. Who has
//! left it before has done all that it did with the code.
//!
//! # Not checked
//!
//! Requests to outer pieces of code: they are
//! met when the inner one has been left, as entering and leaving are followed by a poll of the interpreter's. Instruction
//! fetch, as in [`crate::patch`].

use crate::fault::{Fault, planted};
use crate::record::ThreadRecord;
use crate::sync::asymmetric::{heavy_fence, light_fence};
use crate::sync::atomic::{
    AtomicPtr, AtomicU32,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use std::ptr::null_mut;

/// Code whose back edges can be redirected.
pub trait Kickable {
    /// Whether back edges may be redirected now.
    fn is_kicked(&self) -> bool;
    /// Redirects them. From any thread, at any time.
    fn kick(&self);
    /// Puts them back. By a thread that is about to enter the code.
    fn restore(&self);
}

/// A thread's announcement. See the module.
#[derive(Debug)]
pub struct Current<C> {
    code: AtomicPtr<C>,
    asking: AtomicU32,
}

impl<C: Kickable> Default for Current<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Kickable> Current<C> {
    /// In no code.
    pub fn new() -> Self {
        Current {
            code: AtomicPtr::new(null_mut()),
            asking: AtomicU32::new(0),
        }
    }

    /// The thread `me`, whose announcement this is, is about to enter `code`. `Some`: it may, and passes what it is given to
    /// [`Current::leave`] after. `None`: something is asked of it. `polls`: the code looks at the guard word itself; what was
    /// redirected in it while the mode was another one is put back all the same.
    #[inline(always)]
    pub fn enter(&self, me: &ThreadRecord, code: &C, polls: bool) -> Option<*mut C> {
        let new = std::ptr::from_ref(code).cast_mut();
        let asked = || !polls && me.guard.load(Relaxed) != 0;
        if planted(Fault::KickLookFirst) && asked() {
            return None;
        }
        // Step 1.
        let outer = self.code.load(Relaxed);
        self.code.store(new, Release);
        // Step 2.
        let kicked = code.is_kicked();
        if kicked && !planted(Fault::KickRestoreUnfenced) {
            code.restore();
        }
        light_fence();
        if kicked && planted(Fault::KickRestoreUnfenced) {
            code.restore();
        }
        // Step 3.
        if !planted(Fault::KickLookFirst) && asked() {
            self.code.store(outer, Relaxed);
            return None;
        }
        Some(outer)
    }

    /// The thread has left the code that it entered.
    #[inline(always)]
    pub fn leave(&self, outer: *mut C) {
        self.code.store(outer, Relaxed);
    }

    /// Step 2 of who asks.
    ///
    /// # Safety
    /// Code that was announced here is freed only after [`Current::is_asked`] has said no, the thread not being in it.
    pub unsafe fn kick(&self) {
        if !planted(Fault::KickUncounted) {
            self.asking.fetch_add(1, AcqRel);
        }
        if !planted(Fault::KickNoFence) {
            heavy_fence();
        }
        // SAFETY: the caller's promise.
        if let Some(code) = unsafe { self.code.load(Acquire).as_ref() } {
            code.kick();
        }
        if !planted(Fault::KickUncounted) {
            self.asking.fetch_sub(1, AcqRel);
        }
    }

    /// Whether somebody may be at redirecting code that was announced here: see E2. The thread stands still, or is the
    /// caller.
    pub fn is_asked(&self) -> bool {
        // A read-modify-write that changes nothing, see "orderings".
        self.asking.fetch_add(0, AcqRel) != 0
    }
}
