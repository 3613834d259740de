//! Safepoints, blocking calls, stop-the-world, hand-shake with one thread.
//!
//! # The state word of a thread
//!
//! | bits 0-1 | meaning                                               |
//! |---------:|-------------------------------------------------------|
//! |        1 | running: may touch objects                            |
//! |        2 | blocked: touches none until it is running again       |
//! |        3 | waiting for an object lock: as blocked, but it has uncounted pointers in hand: no grace period passes it over |
//!
//! Bits 2 and up count the **holds** on the thread.
//!
//! For what follows a waiting thread is blocked.
//!
//! | from                | to                  | who, how                                                       |
//! |---------------------|---------------------|----------------------------------------------------------------|
//! | running             | blocked             | the thread, one compare-and-swap                               |
//! | blocked             | running             | the thread, one compare-and-swap: impossible while held (**S1**) |
//! | running, held       | blocked, held       | the thread, under the registry's lock, waking the holder       |
//! | any                 | one hold more       | a requester with the token, under the registry's lock          |
//! | blocked             | blocked, held       | anyone, by compare-and-swap, for a bounded piece of work       |
//! | held                | one hold less       | who holds, under the registry's lock, waking the thread        |
//!
//! # Protocol of a stop
//!
//! 1. The requester takes the **token**; while somebody else has it, the requester is blocked, and so can itself be
//!    stopped (**S2**: no requester waits while running; several requesters take turns).
//! 2. Under the registry's lock it adds a hold to each other thread and then sets `STOP` in its guard word.
//! 3. It waits until none of them is running. A thread in a blocking call is not running, so nobody waits for it.
//! 4. Each running thread reaches a safepoint, sees `STOP`, becomes blocked and wakes the requester. It cannot be
//!    running again while held.
//! 5. The requester does its work. No thread can attach: attaching waits while there is a token.
//! 6. It removes the holds, gives up the token and wakes everybody.
//!
//! A stop within a stop by the same thread is a depth count. A hand-shake is a stop of one thread only.
//! The stopping thread is itself at a safepoint. A thread that stops or blocks has first released its object locks
//! ([`crate::lock`]), so whoever runs in the stopped world finds every object lock free or its own (**S3**). The requester releases its own, too, and
//! takes them again at step 5: somebody may wait for one of them and come to no safepoint meanwhile ([`crate::turn`], step 4).
//!
//! # Orderings
//!
//! * running → blocked is `Release`, and the requester reads `state` with `Acquire`: what the thread wrote is seen by
//!   who works while it is held. The reverse, too: removal of a hold is `Release`, blocked → running is `Acquire`.
//! * The hold is added by a read-modify-write on the word that the thread itself changes, so that of the two one is
//!   first: either the requester sees blocked, or the thread sees the hold and takes the lock to wake it. With two
//!   words this would need a sequentially consistent fence at each blocking call.
//! * `STOP` is set after the hold, with `Release`, and cleared with `Acquire` before `state` is read.
//!
//! # Not checked
//!
//! That a running thread comes to a safepoint at all: native code that computes for long delays a stop, and one that waits
//! in the host without [`ThreadRecord::blocking`] holds it up for ever. Models have one level of nesting and two requesters.

use crate::domain::{Domain, Registry};
use crate::fault::{Fault, planted, weaken};
use crate::record::{LAZY, MERGE, OWN_BITS, RECLAIM, SPLIT, STOP, ThreadRecord, URGENT};
use crate::slot::Slot;
use crate::split;
use crate::sync::MutexGuard;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use crate::turn;
use std::ptr::NonNull;

pub(crate) const RUNNING: u32 = 1;
pub(crate) const BLOCKED: u32 = 2;
/// Blocked, but what it has read it will go on to use.
pub(crate) const WAITING: u32 = 3;
const MODE_MASK: u32 = 3;
pub(crate) const HOLD: u32 = 4;

/// Safepoints that pass between two looks at what can wait.
#[cfg(not(any(loom, shuttle)))]
pub const LAZY_POLLS: u32 = 256;
/// Safepoints that pass between two looks at what can wait (shrunk in models).
#[cfg(any(loom, shuttle))]
pub const LAZY_POLLS: u32 = 1;

/// The stopped world: the threads that are held, and can be looked into.
pub struct World<'a> {
    threads: &'a [NonNull<ThreadRecord>],
}

impl World<'_> {
    /// The attached threads, the stopping one included.
    pub fn threads(&self) -> impl Iterator<Item = &ThreadRecord> {
        // SAFETY: R2: all of them are held (or the caller itself) for as long as this lives.
        self.threads.iter().map(|r| unsafe { r.as_ref() })
    }
}

/// Makes a thread running again, with its object locks, when dropped.
pub struct Blocking<'a> {
    me: &'a ThreadRecord,
    /// 0 if the thread was blocked already.
    number: u64,
    mode: u32,
    held: u64,
}

impl Drop for Blocking<'_> {
    fn drop(&mut self) {
        if self.number == 0 {
            return;
        }
        let blocked = self.me.with_mine(|m| {
            m.blockings.retain(|n| *n != self.number);
            let blocked = m.blocked_by == self.number;
            if blocked {
                m.blocked_by = 0;
            }
            blocked
        });
        if blocked {
            self.me.leave_blocked(self.mode);
        }
        self.me.take_back(self.held);
    }
}

impl ThreadRecord {
    /// What [`ThreadRecord::poll`] does when the guard word is not zero.
    #[cold]
    #[inline(never)]
    pub fn safepoint(&self) -> u32 {
        let bits = self.guard.load(Relaxed);
        if bits & OWN_BITS == LAZY && !self.lazy_is_due() {
            return bits & !OWN_BITS;
        }
        if self.with_mine(|m| m.blocked_by) != 0 {
            // Not a safepoint: the thread is blocked as it is.
            return bits & !OWN_BITS;
        }
        // Acquire: who sees STOP sees the hold.
        let bits = self.guard.fetch_and(!OWN_BITS, AcqRel);
        // Released for all that follows: finalisers run under no lock.
        let held = self.put_aside_held();
        if bits & STOP != 0 && self.state.load(Relaxed) >= HOLD {
            self.enter_blocked(BLOCKED);
            self.leave_blocked(BLOCKED);
        }
        self.announce();
        if bits & MERGE != 0 {
            crate::slots::drain_own_queue(self);
        }
        if bits & RECLAIM != 0 {
            self.domain().wake_grace_waiters();
        }
        if bits & (SPLIT | LAZY) != 0 {
            split::split_nominated(self, false);
        }
        if bits & (RECLAIM | LAZY | MERGE | URGENT) != 0 {
            self.reclaim();
        }
        if bits & LAZY != 0 {
            self.domain().join_if_alone(self);
            self.domain().consider_single(self, bits & RECLAIM != 0);
        }
        self.take_back(held);
        self.guard.load(Relaxed) & !OWN_BITS
    }

    fn lazy_is_due(&self) -> bool {
        self.with_mine(|m| {
            if m.lazy_polls > 1 {
                m.lazy_polls -= 1;
                return false;
            }
            m.lazy_polls = LAZY_POLLS;
            true
        })
    }

    /// Runs `f`, in which the thread touches no object, as a blocking call: stops do not wait for it, and it counts
    /// as quiescent. The thread's limbo is worked through first, or left to others. Object locks are released for
    /// the time.
    pub fn blocking<R>(&self, f: impl FnOnce() -> R) -> R {
        let _blocking = self.enter_blocking();
        f()
    }

    /// As [`ThreadRecord::blocking`], until the returned value is dropped. In a blocking call already: nothing.
    pub fn enter_blocking(&self) -> Blocking<'_> {
        if self.with_mine(|m| m.blocked_by) == 0 {
            if self.guard.load(Relaxed) & MERGE != 0 {
                self.guard.fetch_and(!MERGE, AcqRel);
                crate::slots::drain_own_queue(self);
            }
            split::split_nominated(self, true);
            self.leave_limbo_to_others();
        }
        self.block()
    }

    /// As [`ThreadRecord::enter_blocking`], but runs no finaliser: for internal waits.
    pub(crate) fn block(&self) -> Blocking<'_> {
        self.block_as(BLOCKED)
    }

    /// Runs `f`, which sleeps until an object lock is free. Stops do not wait for it; but what the thread has read without
    /// counting is good afterwards, too.
    pub fn waiting(&self, f: impl FnOnce()) {
        let waiting = self.block_as(if planted(Fault::GraceWaiterPassedOver) {
            BLOCKED
        } else {
            WAITING
        });
        f();
        drop(waiting);
    }

    /// In a copy of the process, on the record of a thread that it has not: what that one has read nobody will use.
    pub(crate) fn stop_waiting(&self) {
        if self.state.load(Relaxed) & MODE_MASK == WAITING {
            self.state.fetch_sub(WAITING - BLOCKED, Relaxed);
        }
    }

    fn block_as(&self, mode: u32) -> Blocking<'_> {
        let number = self.with_mine(|m| {
            if m.blocked_by != 0 {
                return 0;
            }
            m.last_number += 1;
            m.blocked_by = m.last_number;
            m.blockings.push(m.blocked_by);
            m.blocked_by
        });
        if number == 0 {
            return Blocking {
                me: self,
                number,
                mode,
                held: 0,
            };
        }
        let held = self.put_aside_held();
        self.enter_blocked(mode);
        Blocking {
            me: self,
            number,
            mode,
            held,
        }
    }

    /// The thread attaches again inside a blocking call: it runs. Returns the call, for [`ThreadRecord::resume_blocking`].
    pub(crate) fn interrupt_blocking(&self) -> u64 {
        let number = self.with_mine(|m| std::mem::take(&mut m.blocked_by));
        if number != 0 {
            self.leave_blocked(BLOCKED);
        }
        number
    }

    /// The inner attachment has ended: blocked again, if the call still is.
    pub(crate) fn resume_blocking(&self, number: u64) {
        let resumed = self.with_mine(|m| {
            let resumed = number != 0 && m.blocked_by == 0 && m.blockings.contains(&number);
            if resumed {
                m.blocked_by = number;
            }
            resumed
        });
        if resumed {
            self.enter_blocked(BLOCKED);
        }
    }

    /// running → blocked or waiting.
    pub(crate) fn enter_blocked(&self, mode: u32) {
        turn::end_any(self);
        let release = weaken(Fault::StopBlockRelaxed, AcqRel);
        if self
            .state
            .compare_exchange(RUNNING, mode, release, Relaxed)
            .is_err()
        {
            // Held: who holds may be waiting for this. Under the lock, so that the wake-up is not lost.
            let domain = self.domain();
            let reg = domain.registry.lock();
            self.state.fetch_add(mode - RUNNING, release);
            if !planted(Fault::StopLostWake) {
                domain.changed.notify_all();
            }
            drop(reg);
        }
    }

    /// blocked or waiting → running; waits while held (S1).
    pub(crate) fn leave_blocked(&self, mode: u32) {
        if planted(Fault::StopNoHoldCheck) {
            self.state.fetch_sub(mode - RUNNING, AcqRel);
            return;
        }
        while self
            .state
            .compare_exchange(mode, RUNNING, Acquire, Relaxed)
            .is_err()
        {
            let domain = self.domain();
            let mut reg = domain.registry.lock();
            while self.state.load(Acquire) != mode {
                domain.changed.wait(&mut reg);
            }
        }
        if mode == BLOCKED {
            self.announce();
        }
    }

    /// Holds this thread if it is blocked now. For bounded work only; undone by [`ThreadRecord::unhold`].
    pub(crate) fn try_hold_blocked(&self) -> bool {
        let mut state = self.state.load(Relaxed);
        while state & MODE_MASK != RUNNING {
            match self
                .state
                .compare_exchange_weak(state, state + HOLD, AcqRel, Relaxed)
            {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// Removes one hold and wakes the thread.
    pub(crate) fn unhold(&self, domain: &Domain) {
        let reg = domain.registry.lock();
        self.state.fetch_sub(HOLD, AcqRel);
        domain.changed.notify_all();
        drop(reg);
    }

    pub(crate) fn is_running(&self) -> bool {
        self.state.load(Acquire) & MODE_MASK == RUNNING
    }
}

/// Gives the token back, and the holds, also when the closure panics.
struct Stopped<'a> {
    domain: &'a Domain,
    me: &'a ThreadRecord,
    held: Vec<NonNull<ThreadRecord>>,
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        let mut reg = self.domain.registry.lock();
        reg.token_depth -= 1;
        if reg.token_depth == 0 {
            for record in &self.held {
                // SAFETY: R2, it is held.
                unsafe { record.as_ref() }.state.fetch_sub(HOLD, AcqRel);
            }
            debug_assert!(reg.token == Some(self.me.slot));
            reg.token = None;
            self.domain.changed.notify_all();
        }
    }
}

impl Domain {
    /// Stops every other thread, runs `f`, lets them go. A safepoint of the caller's. Stops nest.
    ///
    /// In `f` no finaliser may run and nothing may be waited for.
    pub fn stop_the_world<R>(&self, me: &ThreadRecord, f: impl FnOnce(&World<'_>) -> R) -> R {
        self.stop_some(me, |_| true, f)
    }

    /// Stops the thread with number `slot`, runs `f` on it, lets it go; `None` if there is no such thread.
    pub fn handshake<R>(
        &self,
        me: &ThreadRecord,
        slot: Slot,
        f: impl FnOnce(&ThreadRecord) -> R,
    ) -> Option<R> {
        self.stop_some(
            me,
            |r| r.slot == slot,
            |world| {
                world
                    .threads
                    .iter()
                    .map(|r| {
                        // SAFETY: R2: held, or the caller.
                        unsafe { r.as_ref() }
                    })
                    .find(|r| r.slot == slot)
                    .map(f)
            },
        )
    }

    fn stop_some<R>(
        &self,
        me: &ThreadRecord,
        which: impl Fn(&ThreadRecord) -> bool,
        f: impl FnOnce(&World<'_>) -> R,
    ) -> R {
        let mut reg = self.registry.lock();
        if reg.token == Some(me.slot) {
            reg.token_depth += 1;
            let threads = reg.records.clone();
            drop(reg);
            let _stopped = Stopped {
                domain: self,
                me,
                held: Vec::new(),
            };
            return f(&World { threads: &threads });
        }
        drop(reg);
        let aside = match planted(Fault::StopHoldingLocks) {
            true => 0,
            false => me.put_aside_held(),
        };
        let mut reg = self.registry.lock();
        while reg.token.is_some() && !planted(Fault::StopTwoTokens) {
            drop(reg);
            let blocking = me.block();
            let mut waiting = self.registry.lock();
            while waiting.token.is_some() {
                self.changed.wait(&mut waiting);
            }
            drop(waiting);
            drop(blocking);
            reg = self.registry.lock();
        }
        reg.token = Some(me.slot);
        reg.token_depth = 1;
        let others = |r: &ThreadRecord| !std::ptr::eq(r, me) && which(r);
        let mut reg = self.hold(reg, &others);
        let threads = reg.records.clone();
        let held = threads
            .iter()
            .copied()
            // SAFETY: R2, under the registry's lock.
            .filter(|r| others(unsafe { r.as_ref() }))
            .collect();
        reg.stops += 1;
        drop(reg);
        me.announce();
        let _stopped = Stopped {
            domain: self,
            me,
            held,
        };
        me.take_back(aside);
        f(&World { threads: &threads })
    }

    /// Steps 2 to 4: holds the threads `which`, and waits until none of them runs.
    pub(crate) fn hold<'a>(
        &self,
        mut reg: MutexGuard<'a, Registry>,
        which: &dyn Fn(&ThreadRecord) -> bool,
    ) -> MutexGuard<'a, Registry> {
        for record in &reg.records {
            // SAFETY: R2, under the registry's lock.
            let record = unsafe { record.as_ref() };
            if !which(record) {
                continue;
            }
            if planted(Fault::StopGuardFirst) {
                record.guard.fetch_or(STOP, Release);
            }
            let old = record.state.fetch_add(HOLD, AcqRel);
            if planted(Fault::StopGuardFirst) {
                continue;
            }
            if old & MODE_MASK == RUNNING {
                record.guard.fetch_or(STOP, Release);
                if !record.is_multi() {
                    self.hooks.kick(record);
                }
            }
        }
        let runs = |r: &NonNull<ThreadRecord>| {
            // SAFETY: R2, under the registry's lock.
            let record = unsafe { r.as_ref() };
            which(record) && record.is_running()
        };
        while reg.records.iter().any(runs) {
            self.changed.wait(&mut reg);
        }
        reg
    }
}
