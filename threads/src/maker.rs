//! The lock of an object that only its maker has ever locked: it is the maker's without an atomic operation.
//!
//! # Problem
//!
//! Most objects are changed by the thread that made them and by no other. To take a lock by compare-and-swap for each append,
//! attribute and item costs as much as the rest of the operation, and the program has no use for it.
//!
//! # The words
//!
//! An object is **untouched** while its lock byte is 0. Its **maker** is the thread that has the slot in its `owner`.
//!
//! | word                     | written by                                            | means                                                       |
//! |--------------------------|-------------------------------------------------------|-------------------------------------------------------------|
//! | the lock byte, from 0    | anyone, by compare-and-swap; never to 0 again (**B0**) | untouched: nobody but its maker, if it has one, has the lock |
//! | `using` of a thread      | that thread                                           | the object that it works on without having changed the byte, or is about to; as in [`crate::turn`] |
//! | `maker` of a thread      | creation; who retires it, to [`Slot::NOBODY`]         | its slot: whose untouched objects are its own                |
//! | the domain's `retiring`  | who retires a slot, never cleared                     | no new thread with this slot has untouched objects           |
//! | the domain's `retired`   | the same, later                                       | nobody with this slot works on untouched objects any more    |
//!
//! # Protocol
//!
//! 1. The maker **takes** the lock: the byte is 0, `owner` is `maker`, `using` null. `using` := the object, the light half of a fence
//!    ([`crate::sync::asymmetric`]), another look at both: still so, and it has the lock. It **releases** it: `using` := null, a
//!    release. The byte stays 0. Is it in the middle of such an operation on another object, it takes the lock by compare-and-swap.
//!    Neither does it wait then nor must it be waited for: nobody else works on what is its own.
//! 2. **Another thread** takes it: the byte from 0 to `LOCKED` by compare-and-swap, an acquire: of those who try, one; then it
//!    reads `owner`. Is that a slot which is not retired, it passes the heavy half, and waits until no thread's `using` is the object.
//!    Then it has the lock.
//!    It does so only if its own `using` is null (**B1**: no two wait for each other); else it first releases all it has.
//! 3. Where others take a slot's objects all the time the slot is **retired**: the bit in `retiring` and `maker` := none, the heavy half,
//!    wait until the thread's `using` is null once, the bit in `retired`. Step 2 costs no more than a lock from then on.
//! 4. The maker **gives it up** in the middle of an operation to open the object ([`crate::overwrite`], step 3): the byte from 0
//!    to `OPEN` by compare-and-swap, then `using` := null. Has another thread taken it, that one finds `using` null and has the lock.
//!
//! | what happens to the maker                    | and to the lock                                                                 |
//! |----------------------------------------------|---------------------------------------------------------------------------------|
//! | hands the object to another thread           | nothing: step 2 when that one locks it                                          |
//! | comes to a safepoint, blocks, stops the world | released, step 1; taken again by compare-and-swap: touched from then on (L2 of [`crate::lock`]) |
//! | ends                                         | released before. The next thread with the slot is the maker; without one, step 2 finds nobody to wait for |
//! | merges the object, or it is split            | `owner` is no slot: no maker, no wait                                           |
//! | ends its turn on another object meanwhile    | nothing: `using` stays ([`crate::turn`], step 3)                                |
//! | the process is forked                        | in a stopped world: no `using` but null, no slot `retiring` and not `retired`   |
//!
//! # Invariants
//!
//! * **B2** a thread's `using` is an untouched object only if the thread has the slot in the object's `owner`. By I3 of [`crate::refcount`]
//!   nobody else makes itself the owner in Multi; who merges the object is in no operation on it, as nothing is dropped in one.
//! * **B3** a thread that attaches with a slot in `retiring` has no `maker` from the beginning: `retiring` and all `maker`s are written under the registry's lock.
//! * **B4** counts in `shared` that are too high make an object immortal whatever its maker does. That is told from others by the flag `IMMORTAL`,
//!   which is not set then, and is as good as a slot in step 2.
//! * **B5** a dead object that is revived for its finaliser has a new owner, and who upgrades a weak reference to it may read the old one.
//!   So it is touched before.
//!
//! # Orderings
//!
//! Step 1 stores `using` and loads the byte and `maker`, steps 2 and 3 store one of these and load `using`, each with its half of the fence
//! between: either the maker sees it, or the other one sees it at work and waits; the release of `using` and its
//! acquire order what the maker did. Where its record is gone, the registry's lock does: it has left under it, and is looked for under it.
//! So it does for the next thread with the slot: it enters under it, and either is found by who waits, or finds the byte taken.
//! `owner` is read with `Acquire`: who reads that the object was merged sees what was done to it before.
//! `retired` is set with `Release` after the wait, and read with `Acquire`. B5 stores the byte before `shared`, a release, which the
//! upgrade reads with `Acquire`.
//!
//! # Not checked
//!
//! When a slot is retired: that only costs or saves time. Slots above 63 have no such objects. That users of
//! [`with_own`](crate::lock::ObjectLock::with_own) keep its promise.

use crate::domain::Domain;
use crate::fault::{Fault, planted};
use crate::header::{Header, IMMORTAL};
use crate::lock::{LOCKED, tag};
use crate::record::ThreadRecord;
use crate::slot::Slot;
use crate::sync::asymmetric::{heavy_fence, light_fence};
use crate::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::sync::unmodelled::AtomicU32;
use crate::turn::{wait_for_users, word};
use std::ptr::null_mut;
use std::time::Instant;

/// Slots that can have untouched objects.
const SLOTS: usize = 64;
/// So many objects of a slot are taken by others before it is retired, and one more for each [`EACH`] milliseconds.
const BEAR: u32 = if cfg!(any(loom, shuttle)) { 1 } else { 64 };
/// See [`BEAR`].
const EACH: u128 = 4;

/// What a domain knows of its slots.
#[derive(Debug)]
pub(crate) struct Makers {
    retiring: AtomicU64,
    retired: AtomicU64,
    /// How many objects of each slot others have taken. By anyone; lost updates do not matter.
    taken: [AtomicU32; SLOTS],
    began: Instant,
}

impl Makers {
    pub(crate) fn new() -> Self {
        Makers {
            retiring: AtomicU64::new(0),
            retired: AtomicU64::new(0),
            taken: [const { AtomicU32::new(0) }; SLOTS],
            began: Instant::now(),
        }
    }

    /// What a new thread's `maker` is (B3: under the registry's lock).
    pub(crate) fn of_new(&self, slot: Slot) -> Slot {
        let known = match planted(Fault::MakerRetiredLate) {
            true => &self.retired,
            false => &self.retiring,
        };
        match has_bit(slot) && known.load(Relaxed) & 1 << slot.0 == 0 {
            true => slot,
            false => nobody(),
        }
    }

    /// Whether `owner` may be working on `h`, which it has not touched.
    fn works(&self, h: &Header, owner: Slot) -> bool {
        // B4
        let by_counts = owner == Slot::IMMORTAL && !h.has(IMMORTAL);
        by_counts && !planted(Fault::MakerOfImmortal)
            || has_bit(owner) && self.retired.load(Acquire) & 1 << owner.0 == 0
    }

    /// Notes that an object of the slot was taken. Whether that happens too often.
    fn is_too_much(&self, slot: Slot) -> bool {
        let Some(place) = self.taken.get(usize::from(slot.0)) else {
            return false;
        };
        let taken = place.load(Relaxed) + 1;
        place.store(taken, Relaxed);
        let more = match cfg!(any(loom, shuttle)) {
            true => 0,
            false => self.began.elapsed().as_millis() / EACH,
        };
        taken > BEAR && u128::from(taken - BEAR) > more
    }
}

/// The `maker` of a thread without such objects: what no object's `owner` is, not even a merged one's.
fn nobody() -> Slot {
    match planted(Fault::MakerOfMerged) {
        true => Slot::NONE,
        false => Slot::NOBODY,
    }
}

fn has_bit(slot: Slot) -> bool {
    slot != Slot::NONE && usize::from(slot.0) < SLOTS
}

/// Step 1: whether `me` has the lock of `h` now, whose byte was 0.
#[inline(always)]
pub(crate) fn take_own(h: &Header, me: &ThreadRecord) -> bool {
    if h.owner.load(Relaxed) != me.maker.load(Relaxed) || !me.using.load(Relaxed).is_null() {
        return false;
    }
    me.using.store(word(h), Relaxed);
    light_fence();
    if is_mine(h, me) {
        return true;
    }
    me.using.store(null_mut(), Release);
    false
}

/// Whether `me` is in an operation on `h` as its maker (B2).
pub(crate) fn is_working_on(h: &Header, me: &ThreadRecord) -> bool {
    h.lock.load(Relaxed) == 0 && me.using.load(Relaxed) == word(h)
}

/// B5: `h`, which nobody has, has no maker any more. What follows is released.
#[inline]
pub(crate) fn forget_maker(h: &Header, me: &ThreadRecord) {
    if h.lock.load(Relaxed) == 0 && !planted(Fault::MakerOfRevived) {
        h.lock.store(tag(me), Relaxed);
    }
}

/// Releases the lock that the thread has by [`take_own`].
pub(crate) struct Working<'a>(pub &'a ThreadRecord);

impl Drop for Working<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.using.store(null_mut(), Release);
    }
}

#[inline(always)]
fn is_mine(h: &Header, me: &ThreadRecord) -> bool {
    let untouched = h.lock.load(Relaxed) == 0 && h.owner.load(Relaxed) == me.maker.load(Relaxed);
    untouched || planted(Fault::MakerNoLook)
}

/// Steps 1 and 2 for all others: whether `me` has the lock of `h` now.
#[cold]
#[inline(never)]
pub(crate) fn take_untouched(h: &Header, me: &ThreadRecord) -> bool {
    let using = me.using.load(Relaxed);
    if using == word(h) {
        // A second guard.
        return is_mine(h, me);
    }
    let mine = h.owner.load(Relaxed) == me.slot.0;
    if !mine && !using.is_null() && !planted(Fault::MakerHoldAndWait) {
        return false;
    }
    if h.lock
        .compare_exchange(0, LOCKED, Acquire, Relaxed)
        .is_err()
    {
        return false;
    }
    let owner = Slot(h.owner.load(Acquire));
    let domain = me.domain();
    if owner != me.slot && domain.makers.works(h, owner) {
        if !planted(Fault::MakerNoFence) {
            heavy_fence();
        }
        if !planted(Fault::MakerNoWait) {
            wait_for_users(me, |record| record.using.load(Acquire) == word(h));
        }
        if domain.makers.is_too_much(owner) {
            retire(domain, owner, me);
        }
    }
    true
}

/// Step 3.
#[cold]
fn retire(domain: &Domain, slot: Slot, me: &ThreadRecord) {
    let reg = domain.registry.lock();
    domain.makers.retiring.fetch_or(1 << slot.0, Relaxed);
    for record in &reg.records {
        // SAFETY: R2, under the registry's lock.
        let record = unsafe { record.as_ref() };
        if record.slot == slot {
            record.maker.store(nobody().0, Relaxed);
        }
    }
    drop(reg);
    heavy_fence();
    if !planted(Fault::MakerRetiredAtOnce) {
        wait_for_users(me, |record| {
            record.slot == slot && !record.using.load(Acquire).is_null()
        });
    }
    domain.makers.retired.fetch_or(1 << slot.0, Release);
}
