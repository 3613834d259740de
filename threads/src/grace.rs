//! Grace periods: storage that is retired, and the limbo of zero-count objects.
//!
//! # Problem
//!
//! In Multi a thread reads a pointer out of the heap without counting it and uses it until its next safepoint. So
//! nothing that such a pointer may lead to can be freed before every thread that could have read it has passed a
//! safepoint, or has blocked. (Who waits for an object lock has come to none: compiled code, and native code, go on behind it.)
//!
//! # Protocol
//!
//! `epoch` is one counter of the domain. `seen` is one of each thread.
//!
//! 1. A thread first makes the thing unreachable, then puts it into its open bag. A bag has no tag yet.
//! 2. To work its bag through, a thread **seals** it: the tag is what `fetch_add(1)` on `epoch` returned.
//! 3. A thread **announces** that it is quiescent, at each safepoint that it takes and when it returns from a
//!    blocking call: it reads `epoch` and stores what it has read in `seen`.
//! 4. A bag with tag *t* is over its grace period when `seen > t` for each thread that is not blocked (**G1**).
//!    Threads that lag get `RECLAIM` in their guard word. One that announces because of it wakes those that wait.
//! 5. The bag's thread then frees the storage and asks of each object what has become of it
//!    ([`crate::refcount`], step 5), at a safepoint of its own: under no lock, in no stopped world (**G2**).
//! 6. A thread that blocks or ends leaves its bags to the domain; whoever looks next works them through.
//!
//! Work starts at the latest 256 safepoints after the first thing went into an empty bag, when the open bag has
//! 64 KiB or 256 things, when the thread blocks or ends, at a [`Domain::tick`], and at [`ThreadRecord::reclaim_now`]. A thread whose bags hold more than
//! 16 MiB waits at its safepoints, up to a millisecond each time, for the others.
//! In Single nothing of this happens: storage is freed at once.
//!
//! An object with weak references or a finaliser is **urgent**: who puts it into its limbo sets `URGENT` in its own guard
//! word, and so does all of step 2 to 5 at its next safepoint. Where all other threads are blocked the object is destroyed there. Where
//! one runs it waits as ever, and the next urgent ones do not hurry: twice as many of them after each such failure.
//!
//! # The words
//!
//! | word               | written by                              | means                                                         |
//! |--------------------|-----------------------------------------|---------------------------------------------------------------|
//! | `epoch`            | who seals, by `fetch_add(1)`            | the tag of the next bag; only grows                           |
//! | `seen` of a thread | that thread, at quiescent points        | everything that became unreachable before a lower tag is out of its hands |
//! | `waits_for`        | that thread, when it has worked         | a hint: its oldest tag, or `u64::MAX`                         |
//!
//! # Why G1 is enough, and the orderings
//!
//! * Step 2 is a read-modify-write, `AcqRel`: whoever reads a value above *t* has synchronised with the sealing, so
//!   with everything that made the bag's things unreachable. A plain load could be stale: then a thread might have
//!   announced a higher number before the thing was unlinked.
//! * Step 3 reads `epoch` with `Acquire`: if it gets more than *t*, the thread can no longer find the things; it stores
//!   `seen` with `Release`: whatever it still did with them before is over for who reads `seen` with `Acquire`.
//! * A blocked thread is passed over by a read-modify-write on its `state` word: when it runs again its
//!   compare-and-swap reads from that, so it cannot find the things either. A load would leave that open.
//!
//! # What is stated
//!
//! A thing dies one grace period after what held it: a chain of *n* published objects takes *n* grace periods.
//!
//! # Not checked
//!
//! That a thread keeps no uncounted pointer over a safepoint: that is the VM's to see to. The bytes are what `retire` was
//! told. A thread that runs and comes to no safepoint holds up all bags; those that wait for it, a millisecond at a time,
//! then grow beyond the bound.

use crate::domain::{Domain, Registry};
use crate::fault::{Fault, planted, weaken};
use crate::header::{HAS_WEAKREF, Header};
use crate::record::{LAZY, RECLAIM, ThreadRecord, URGENT};
use crate::refcount::{self, LimboEnd};
use crate::split;
use crate::stop::{BLOCKED, HOLD};
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use crate::turn;
use std::collections::VecDeque;

/// An open bag of more bytes than this is sealed at the next safepoint.
pub const BAG_BYTES: usize = 64 << 10;
/// An open bag of more things than this is sealed at the next safepoint.
pub const BAG_THINGS: usize = 256;
/// A thread that holds more bytes than this in bags waits for the others.
pub const HELD_BYTES: usize = 16 << 20;
/// What an object in the limbo counts as, in bytes.
pub const OBJECT_BYTES: usize = 64;

/// Storage that waits to be freed.
pub(crate) struct Retired {
    ptr: *mut u8,
    bytes: usize,
    free: unsafe fn(*mut u8, usize),
}

/// Things that became unreachable before one moment.
#[derive(Default)]
pub(crate) struct Bag {
    objects: Vec<*const Header>,
    storage: Vec<Retired>,
    bytes: usize,
}

impl Bag {
    fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.storage.is_empty()
    }

    fn is_full(&self) -> bool {
        self.bytes >= BAG_BYTES || self.objects.len() + self.storage.len() >= BAG_THINGS
    }

    /// Frees the storage, and forgets the objects: for the end of a domain, when the VM frees its whole heap.
    pub(crate) fn free_storage(&mut self) {
        for r in self.storage.drain(..) {
            // SAFETY: the promise of `retire`, and no thread is left that could read it.
            unsafe { (r.free)(r.ptr, r.bytes) };
        }
    }
}

/// Whether there was memory to put something at the end of a list.
fn note<T>(list: &mut Vec<T>, what: T) -> bool {
    let room = list.try_reserve(1).is_ok();
    if room {
        list.push(what);
    }
    room
}

/// A bag with its tag.
pub(crate) struct Sealed {
    pub tag: u64,
    pub bag: Bag,
}

/// A thread's bags.
#[derive(Default)]
pub(crate) struct Limbo {
    open: Bag,
    sealed: VecDeque<Sealed>,
    held: usize,
    working: bool,
    /// Urgent objects that do not hurry: still, and after the next failure.
    patience: (u32, u32),
}

impl Limbo {
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.sealed.is_empty()
    }

    /// Whether nothing waits, and nothing is being worked through further up the stack.
    pub(crate) fn is_idle(&self) -> bool {
        self.is_empty() && !self.working
    }
}

impl ThreadRecord {
    /// Frees `ptr` by `free(ptr, bytes)` when no thread can be reading it any more: at once in Single.
    ///
    /// # Safety
    /// `ptr` can no longer be loaded from the heap by anybody, `free` may be called on it once, from any thread,
    /// and runs no Python.
    pub unsafe fn retire(&self, ptr: *mut u8, bytes: usize, free: unsafe fn(*mut u8, usize)) {
        if !self.is_multi() {
            // SAFETY: passed on from the caller; no other thread exists.
            return unsafe { free(ptr, bytes) };
        }
        self.put(bytes, |bag| {
            note(&mut bag.storage, Retired { ptr, bytes, free })
        });
    }

    /// Takes an object whose count has become zero into this thread's limbo. [`refcount::dec`] does so itself.
    pub fn limbo_push(&self, object: &Header) {
        self.put(OBJECT_BYTES, |bag| note(&mut bag.objects, object));
        if object.has(HAS_WEAKREF) || self.domain().hooks.is_missed(self, object) {
            self.hurry();
        }
    }

    fn hurry(&self) {
        let now = self.with_mine(|m| {
            let now = m.limbo.patience.0 == 0;
            m.limbo.patience.0 -= u32::from(!now);
            now
        });
        if now {
            self.guard.fetch_or(URGENT, Relaxed);
        }
    }

    /// Puts something into the open bag. What memory is too short to note stays for ever, as nobody can tell when it may go.
    fn put(&self, bytes: usize, push: impl FnOnce(&mut Bag) -> bool) {
        let wake = self.with_mine(|m| {
            let was_empty = m.limbo.is_empty();
            if !push(&mut m.limbo.open) {
                return RECLAIM;
            }
            m.limbo.open.bytes += bytes;
            m.limbo.held += bytes;
            if was_empty {
                m.lazy_polls = crate::stop::LAZY_POLLS;
            }
            if m.limbo.open.is_full() {
                RECLAIM
            } else if was_empty {
                LAZY
            } else {
                0
            }
        });
        if wake != 0 && self.guard.load(Relaxed) & wake == 0 {
            self.guard.fetch_or(wake, Relaxed);
        }
    }

    /// Bytes that wait in this thread's bags.
    pub fn held_bytes(&self) -> usize {
        self.with_mine(|m| m.limbo.held)
    }

    /// Step 3. The thread has no pointer to an object any more but those that it counts: not that of a lock which it keeps (T4).
    #[inline]
    pub(crate) fn announce(&self) {
        if !planted(Fault::TurnOverAnnouncement) {
            turn::end_any(self);
        }
        let mut epoch = self.domain().epoch.load(Acquire);
        if planted(Fault::GraceAnnounceEarly) {
            epoch += 1;
        }
        self.seen
            .store(epoch, weaken(Fault::GraceAnnounceRelaxed, Release));
    }

    /// Step 2.
    fn seal(&self) {
        let domain = self.domain();
        self.with_mine(|m| {
            if !m.limbo.open.is_empty() {
                let tag = if planted(Fault::GraceStaleEpoch) {
                    let tag = domain.epoch.load(Relaxed);
                    domain.epoch.store(tag + 1, Relaxed);
                    tag
                } else {
                    domain.epoch.fetch_add(1, AcqRel)
                };
                let bag = std::mem::take(&mut m.limbo.open);
                m.limbo.sealed.push_back(Sealed { tag, bag });
            }
        });
    }

    /// Works through whatever is over its grace period, and sets on its way what is not. A quiescent point.
    pub fn reclaim(&self) {
        if self.with_mine(|m| m.limbo.working) {
            return;
        }
        self.domain().look_for_dead_split(self);
        let mut waits = 0;
        loop {
            self.seal();
            self.announce();
            let domain = self.domain();
            let mut reg = domain.registry.lock();
            let oldest = self.with_mine(|m| m.limbo.sealed.front().map(|s| s.tag));
            if oldest.is_none() && reg.orphans.is_empty() {
                self.waits_for.store(u64::MAX, Relaxed);
                return;
            }
            let horizon = domain.horizon(&reg, true);
            let mut ready = Vec::new();
            self.with_mine(|m| {
                while let Some(s) = m.limbo.sealed.pop_front_if(|s| s.tag < horizon) {
                    m.limbo.held -= s.bag.bytes;
                    ready.push(s);
                }
            });
            let at = reg.orphans.partition_point(|s| s.tag < horizon);
            ready.extend(reg.orphans.drain(..at));
            let left = self.with_mine(|m| m.limbo.sealed.front().map(|s| s.tag));
            self.waits_for.store(left.unwrap_or(u64::MAX), Relaxed);
            drop(reg);
            if ready.is_empty() {
                self.guard.fetch_or(LAZY, Relaxed);
                self.with_mine(|m| {
                    let next = (m.limbo.patience.1 * 2 + 1).min(MOST_PATIENT);
                    m.limbo.patience = (next, next);
                });
                if self.held_bytes() <= HELD_BYTES || waits >= MAX_WAITS {
                    return;
                }
                waits += 1;
                let blocked = self.block();
                wait_a_little();
                drop(blocked);
                continue;
            }
            self.with_mine(|m| {
                m.limbo.working = true;
                m.limbo.patience = (0, 0);
            });
            for s in ready {
                self.work_through(s.bag);
            }
            self.with_mine(|m| m.limbo.working = false);
            if self.with_mine(|m| m.limbo.is_empty()) {
                return;
            }
        }
    }

    /// Step 5 (G2).
    fn work_through(&self, bag: Bag) {
        for r in bag.storage {
            // SAFETY: the promise of `retire`; the grace period is over.
            unsafe { (r.free)(r.ptr, r.bytes) };
        }
        for object in bag.objects {
            // SAFETY: an object in a limbo is destroyed only from there.
            let h = unsafe { &*object };
            match refcount::leave_limbo(h) {
                LimboEnd::Lives => {}
                LimboEnd::WaitsAgain => self.limbo_push(h),
                // SAFETY: its count is zero, it is marked dead, and its grace period is over: this is the only
                // thread that has it.
                LimboEnd::Destroy => unsafe { self.domain().hooks.destroy(self, object) },
            }
        }
    }

    /// Step 6: before a blocking call.
    pub(crate) fn leave_limbo_to_others(&self) {
        if self.with_mine(|m| m.limbo.is_empty()) {
            return;
        }
        self.reclaim();
        self.orphan_limbo();
    }

    /// Gives the thread's bags to the domain.
    pub(crate) fn orphan_limbo(&self) {
        self.seal();
        let sealed = self.with_mine(|m| {
            m.limbo.held = 0;
            std::mem::take(&mut m.limbo.sealed)
        });
        self.waits_for.store(u64::MAX, Relaxed);
        if sealed.is_empty() {
            return;
        }
        let domain = self.domain();
        let mut reg = domain.registry.lock();
        reg.orphans.extend(sealed);
        reg.orphans.sort_by_key(|s| s.tag);
        // Somebody must look at them.
        for record in &reg.records {
            // SAFETY: R2, under the registry's lock.
            let record = unsafe { record.as_ref() };
            if !std::ptr::eq(record, self) && record.is_running() {
                record.guard.fetch_or(RECLAIM, Release);
            }
        }
    }

    /// Works through everything that is dead now, of all threads, by stopping the world for a moment in place of
    /// waiting for grace periods: for `gc.collect()`. A safepoint.
    pub fn reclaim_now(&self) {
        if !self.is_multi() || self.with_mine(|m| m.limbo.working) {
            return;
        }
        let domain = self.domain();
        split::split_nominated(self, true);
        for _ in 0..MAX_ROUNDS {
            crate::slots::drain_own_queue(self);
            let mut bags = Vec::new();
            domain.stop_the_world(self, |world| {
                domain.join_split(self, world);
                for record in world.threads() {
                    if !std::ptr::eq(record, self) {
                        crate::slots::drain_queue_of(self, record.slot);
                    }
                    // R1: every other thread is held.
                    let limbo = record.with_mine(|m| {
                        m.limbo.held = 0;
                        (
                            std::mem::take(&mut m.limbo.open),
                            std::mem::take(&mut m.limbo.sealed),
                        )
                    });
                    bags.push(limbo.0);
                    bags.extend(limbo.1.into_iter().map(|s| s.bag));
                    record.waits_for.store(u64::MAX, Relaxed);
                }
                // What the draining of queues has put into this thread's own limbo.
                bags.push(self.with_mine(|m| {
                    m.limbo.held = 0;
                    std::mem::take(&mut m.limbo.open)
                }));
                bags.extend(
                    std::mem::take(&mut domain.registry.lock().orphans)
                        .into_iter()
                        .map(|s| s.bag),
                );
            });
            bags.retain(|b| !b.is_empty());
            if bags.is_empty() {
                return;
            }
            self.with_mine(|m| m.limbo.working = true);
            for bag in bags {
                self.work_through(bag);
            }
            self.with_mine(|m| m.limbo.working = false);
        }
    }
}

/// Urgent objects that wait at most before one hurries again.
const MOST_PATIENT: u32 = 255;
/// Rounds of [`ThreadRecord::reclaim_now`]: each destroys what the one before has let go.
const MAX_ROUNDS: usize = 100_000;
#[cfg(not(any(loom, shuttle)))]
const MAX_WAITS: u32 = 20;
#[cfg(any(loom, shuttle))]
const MAX_WAITS: u32 = 0;

#[cfg(not(any(loom, shuttle)))]
fn wait_a_little() {
    crate::sync::thread::sleep(std::time::Duration::from_micros(50));
}
#[cfg(any(loom, shuttle))]
fn wait_a_little() {
    crate::sync::thread::yield_now();
}

impl Domain {
    /// The lowest `seen` of the threads that are not blocked: bags with a lower tag are over their grace period.
    pub(crate) fn horizon(&self, reg: &Registry, ask: bool) -> u64 {
        let mut horizon = u64::MAX;
        let epoch = self.epoch.load(Relaxed);
        for record in &reg.records {
            // SAFETY: R2, under the registry's lock.
            let record = unsafe { record.as_ref() };
            let state = if planted(Fault::GraceBlockedLoad) {
                record.state.load(Relaxed)
            } else {
                // A read-modify-write that changes nothing, see "orderings".
                record.state.fetch_add(0, AcqRel)
            };
            if state & (HOLD - 1) == BLOCKED {
                continue;
            }
            let seen = record.seen.load(Acquire);
            if ask && seen < epoch && record.guard.load(Relaxed) & RECLAIM == 0 {
                record.guard.fetch_or(RECLAIM, Release);
            }
            horizon = horizon.min(seen);
        }
        horizon
    }

    /// After an announcement that was asked for: those whose bags are ready now get `RECLAIM` themselves.
    pub(crate) fn wake_grace_waiters(&self) {
        let reg = self.registry.lock();
        let horizon = self.horizon(&reg, false);
        for record in &reg.records {
            // SAFETY: R2, under the registry's lock.
            let record = unsafe { record.as_ref() };
            if record.waits_for.load(Relaxed) < horizon {
                record.guard.fetch_or(RECLAIM, Release);
            }
        }
    }
}
