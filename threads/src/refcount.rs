//! Biased reference counts.
//!
//! # Problem
//!
//! Most objects are counted by the thread that made them. An atomic operation for each count would cost that
//! thread five to ten times a plain one, and a count written by many threads is a cache line that all fight for.
//!
//! # The words
//!
//! `local` belongs to the owner and is read as `i32`. `shared` is everyone else's: a signed 28-bit count above
//! four flag bits. The number of references is always `local + count(shared)` (**I1**); either part alone may be
//! negative.
//!
//! | `shared` flags               | state                                                                        |
//! |------------------------------|------------------------------------------------------------------------------|
//! | none                         | biased to `owner`, which counts in `local` without atomics                    |
//! | `QUEUED`                     | as above (or merged meanwhile), and in the merge queue of a slot exactly once |
//! | `MERGED`                     | nobody owns it: all threads count in `shared`; `owner` is 0                   |
//! | `MERGED, LIMBO`              | in one thread's limbo since its count was zero; it may be counted again       |
//! | `MERGED, LIMBO, AGAIN`       | the same, and it has died again since: it must wait again                     |
//! | all four                     | dead: about to be destroyed by the one thread that set this                   |
//!
//! Objects that many threads count again and again leave this scheme for that of [`crate::split`], and come back merged;
//! both happens in a stop only.
//!
//! # Protocol, Multi
//!
//! 1. The owner adds and subtracts in `local`. When `local` is not above zero any more it merges: `local` := 0,
//!    `shared` += `local` with `MERGED` by compare-and-swap, then `owner` := 0.
//! 2. Everyone else counts in `shared` by compare-and-swap. A drop below zero while not merged means that the
//!    owner holds counts which somebody else has dropped: the object is queued for the owner, once.
//! 3. The owner drains its queue at a safepoint: it merges each object (or finds it merged) and clears `QUEUED`.
//!    The queue of a slot without a thread is never left filled: who pushes drains in the dead thread's stead,
//!    under the slot's lock; so does who finds the owner in a blocking call.
//! 4. Who brings the count of a merged object to zero sets `LIMBO` in the same step and puts the object into its
//!    limbo. If it is `QUEUED`, the drainer does so instead.
//! 5. After a grace period ([`crate::grace`]) the limbo's thread decides by compare-and-swap: count above zero:
//!    clears `LIMBO`, the object lives; `AGAIN`: clears it and waits again; else all flags: destroys.
//! 6. An object that was never published is destroyed where its count reaches zero.
//!
//! # Protocol, Single
//!
//! Compiled code counts in `local` whoever the owner is; the interpreter counts in `local` if it is the owner and
//! otherwise folds: `local` := total, `shared` := 0, `owner` := itself. Where `local` is not above zero after a
//! drop, it folds too, or finds the total to be zero. No other thread exists, so nothing is atomic.
//! What Single code leaves in the `local` of a merged or foreign object stays valid by I1: the owner counts it in,
//! and in Multi whoever finds a merged count not above zero first moves `local` into `shared` (**I2**).
//!
//! # Invariants
//!
//! * **I1** references = `local + count(shared)`.
//! * **I2** in Multi, a merged object is dead only if `local` is zero.
//! * **I3** in Multi, stops aside, `MERGED` is never cleared, and `owner` changes only from its owner's slot to 0, by the
//!   thread that has the slot (or holds its lock). So `owner == me` can be trusted, and no other thread can make it true.
//! * **I4** `QUEUED` is set by one and cleared by one: the object is in one queue, once, and is not destroyed then.
//! * **I5** `LIMBO` is set by one and cleared by one: the object is in one limbo, once.
//!
//! # Orderings
//!
//! * Drops in `shared` are `Release` so that what the dropper did is before the destruction, and `Acquire` so that
//!   the one who reaches zero has seen it. A grace period would order them too; an unpublished object that was handed
//!   over from thread to thread has none. Increments are `Relaxed`: who can count already has the object.
//! * The merge's compare-and-swap is `Release`, the reading of a `MERGED` word `Acquire`, so that who sees `MERGED`
//!   sees `local` as zero (or as Single code left it).
//! * `owner` := 0 is `Release` and read `Acquire` in the queueing path only: who sees 0 there sees `MERGED`.
//!
//! # Not checked
//!
//! `local` counts 2^31 references, more than 16 GB of them. `shared` is made immortal at 2^26.

use crate::fault::{Fault, planted, weaken};
use crate::header::{HAS_WEAKREF, Header, IMMORTAL_LOCAL, PUBLISHED};
use crate::maker;
use crate::record::ThreadRecord;
use crate::slot::Slot;
use crate::slots;
use crate::split;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::hint;

/// Everyone counts in `shared`.
pub const MERGED: u32 = 1;
/// In a merge queue.
pub const QUEUED: u32 = 2;
/// In a limbo.
pub const LIMBO: u32 = 4;
/// Died again while in limbo.
pub const AGAIN: u32 = 8;
/// The flags of an object that is being destroyed.
pub const DEAD: u32 = MERGED | QUEUED | LIMBO | AGAIN;
/// One reference in `shared`.
pub const ONE: u32 = 16;
const FLAGS: u32 = ONE - 1;
/// Whether what must never be is checked: in models and debug builds.
const CHECKED: bool = cfg!(any(loom, shuttle, debug_assertions));
/// Above this, `shared` is no longer trusted and the object becomes immortal.
const SHARED_LIMIT: i32 = 1 << 26;

/// The count within a `shared` word.
#[inline(always)]
pub const fn count(shared: u32) -> i32 {
    (shared as i32) >> 4
}

pub(crate) const fn with_count(flags: u32, count: i32) -> u32 {
    ((count << 4) as u32) | flags
}

/// What a drop has led to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "an object at Zero must be destroyed"]
pub enum ZeroState {
    /// The caller has nothing to do: the object lives, or is in a limbo or a queue.
    Alive,
    /// The caller must destroy the object now.
    Zero,
}

/// Adds a reference.
///
/// The owner's way is the straight one: the compiler moves all others out of line.
#[inline(always)]
pub fn inc(h: &Header, me: &ThreadRecord) {
    let owner = h.owner.load(Relaxed);
    if owner == me.slot.0 {
        h.local
            .store(h.local.load(Relaxed).wrapping_add(1), Relaxed);
    } else {
        hint::cold_path();
        if owner != Slot::IMMORTAL.0 {
            inc_other(h, me);
        }
    }
}

/// Adds a reference to an object of another thread, or of none.
#[inline(never)]
pub fn inc_other(h: &Header, me: &ThreadRecord) {
    if !split::add_quick(h, me, 1) {
        inc_not_split(h, me);
    }
}

/// The rest of [`inc_other`], apart so that the way of a split object is short.
#[inline(never)]
fn inc_not_split(h: &Header, me: &ThreadRecord) {
    let owner = h.owner.load(Relaxed);
    if owner >= Slot::SPLIT.0 {
        if owner == Slot::SPLIT.0 {
            split::add(h, me, 1);
        }
        return;
    }
    if me.is_multi() {
        let old = h.shared.fetch_add(ONE, Relaxed);
        if count(old) > SHARED_LIMIT {
            h.owner.store(Slot::IMMORTAL.0, Relaxed);
        }
        split::look(h, me);
    } else {
        let total = total(h) + 1;
        take_over(h, me, total);
    }
}

/// Drops a reference.
#[inline(always)]
pub fn dec(h: &Header, me: &ThreadRecord) -> ZeroState {
    let owner = h.owner.load(Relaxed);
    if owner == me.slot.0 {
        let local = h.local.load(Relaxed).wrapping_sub(1);
        h.local.store(local, Relaxed);
        if local as i32 > 0 {
            return ZeroState::Alive;
        }
        dec_cold(h, me)
    } else {
        hint::cold_path();
        if owner == Slot::IMMORTAL.0 {
            ZeroState::Alive
        } else {
            dec_other(h, me)
        }
    }
}

/// The rest of a drop by compiled code or by the owner: `local` has been lowered and is not above zero.
#[inline]
pub fn dec_cold(h: &Header, me: &ThreadRecord) -> ZeroState {
    let owner = h.owner.load(Relaxed);
    if owner == Slot::IMMORTAL.0 {
        h.local.store(IMMORTAL_LOCAL, Relaxed);
        return ZeroState::Alive;
    }
    if me.is_multi() {
        if owner == me.slot.0 && is_own_and_dead(h) {
            return ZeroState::Zero;
        }
        return merge_at_zero(h, me);
    }
    let total = total(h);
    if total == 0 {
        return ZeroState::Zero;
    }
    take_over(h, me, total);
    ZeroState::Alive
}

/// Drops a reference to an object of another thread, or of none.
#[inline]
pub fn dec_other(h: &Header, me: &ThreadRecord) -> ZeroState {
    if split::add_quick(h, me, -1) {
        ZeroState::Alive
    } else {
        dec_not_split(h, me)
    }
}

/// The rest of [`dec_other`].
#[inline(never)]
fn dec_not_split(h: &Header, me: &ThreadRecord) -> ZeroState {
    let owner = h.owner.load(Relaxed);
    if owner >= Slot::SPLIT.0 {
        if owner == Slot::SPLIT.0 {
            split::add(h, me, -1);
        }
        return ZeroState::Alive;
    }
    if me.is_multi() {
        return dec_shared(h, me);
    }
    let total = total(h) - 1;
    take_over(h, me, total);
    if total == 0 {
        ZeroState::Zero
    } else {
        ZeroState::Alive
    }
}

/// The whole count of an object that is not split; exact only in Single, with the world stopped, or where nobody else has
/// the object.
#[inline]
pub fn total(h: &Header) -> i32 {
    (h.local.load(Relaxed) as i32).wrapping_add(count(h.shared.load(Relaxed)))
}

/// Single: makes the calling thread the owner of an object with `total` references.
#[inline]
fn take_over(h: &Header, me: &ThreadRecord, total: i32) {
    h.local.store(total as u32, Relaxed);
    // Release: see `try_inc`.
    h.shared.store(0, Release);
    h.owner.store(me.slot.0, Relaxed);
}

/// Step 6, by the owner: nobody else can have the object, so nothing is in flight.
#[inline(always)]
fn is_own_and_dead(h: &Header) -> bool {
    h.local.load(Relaxed) == 0 && !h.has(PUBLISHED) && h.shared.load(Acquire) == 0
}

/// Multi, owner, step 1: `local` has come down to zero (or below).
#[inline(never)]
fn merge_at_zero(h: &Header, me: &ThreadRecord) -> ZeroState {
    if planted(Fault::CountIgnoreShared) || planted(Fault::GraceNoWait) || is_own_and_dead(h) {
        return ZeroState::Zero;
    }
    merge(h, me, 0);
    ZeroState::Alive
}

/// Moves `local` into `shared` and sets `MERGED`; clears the flags `clear`. At zero the object goes to the limbo.
/// Only by the thread that has the owner's slot, or on its behalf under the slot's lock.
fn merge(h: &Header, me: &ThreadRecord, clear: u32) {
    let mut shared = h.shared.load(Acquire);
    assert!(
        !CHECKED || shared & DEAD != DEAD,
        "merging a destroyed object"
    );
    assert!(
        !CHECKED || !maker::is_working_on(h, me),
        "merging an object in an operation on it"
    );
    let waits = if planted(Fault::CountQueuedDestroyed) {
        LIMBO
    } else {
        QUEUED | LIMBO
    };
    let local = if shared & MERGED == 0 {
        let local = h.local.load(Relaxed) as i32;
        // Before MERGED can be seen, so that who sees MERGED does not count `local` a second time.
        h.local.store(0, Relaxed);
        local
    } else {
        0
    };
    loop {
        let flags = (shared & FLAGS & !clear) | MERGED;
        let total = count(shared) + local;
        let zero = total == 0 && flags & waits == 0 && h.local.load(Relaxed) == 0;
        let new = with_count(if zero { flags | LIMBO } else { flags }, total);
        if planted(Fault::CountMergeStore) {
            h.shared.store(new, Release);
        } else if let Err(now) = h.shared.compare_exchange_weak(shared, new, AcqRel, Acquire) {
            shared = now;
            continue;
        }
        h.owner.store(Slot::NONE.0, Release);
        if zero {
            me.limbo_push(h);
        } else if total <= 0 && flags & (QUEUED | LIMBO) == 0 {
            settle(h, me);
        }
        return;
    }
}

/// A merged object whose `shared` count is not above zero while `local` is not zero (I2): Single code has counted
/// in `local`. Moves it over; at zero the object goes to the limbo.
#[cold]
fn settle(h: &Header, me: &ThreadRecord) {
    let local = if planted(Fault::CountNoFold) {
        0
    } else {
        h.local.swap(0, AcqRel) as i32
    };
    let mut shared = h.shared.load(Acquire);
    loop {
        let total = count(shared) + local;
        let flags = shared & FLAGS;
        let zero = total == 0 && flags & (QUEUED | LIMBO) == 0;
        let new = with_count(if zero { flags | LIMBO } else { flags }, total);
        match h.shared.compare_exchange_weak(shared, new, AcqRel, Acquire) {
            Ok(_) if zero => return me.limbo_push(h),
            Ok(_) => return,
            Err(now) => shared = now,
        }
    }
}

/// Multi, step 2 and 4: drops a reference that is counted in `shared`.
fn dec_shared(h: &Header, me: &ThreadRecord) -> ZeroState {
    let mut shared = h.shared.load(Acquire);
    loop {
        let n = count(shared) - 1;
        let flags = shared & FLAGS;
        if flags & MERGED != 0 {
            let fold = n <= 0 && !planted(Fault::CountNoFold) && h.local.load(Relaxed) != 0;
            let mut new_flags = flags;
            let mut zero = false;
            if n == 0 && !fold && flags & QUEUED == 0 {
                if flags & LIMBO != 0 {
                    if !planted(Fault::GraceNoAgain) {
                        new_flags |= AGAIN;
                    }
                } else if h.has(PUBLISHED) && !planted(Fault::GraceNoWait) {
                    zero = true;
                    new_flags |= LIMBO;
                } else {
                    zero = true;
                }
            }
            let new = with_count(new_flags, n);
            let order = weaken(Fault::CountDecRelaxed, AcqRel);
            if let Err(now) = h.shared.compare_exchange_weak(shared, new, order, Acquire) {
                shared = now;
                continue;
            }
            if fold {
                settle(h, me);
            } else if zero {
                if new_flags & LIMBO == 0 {
                    return ZeroState::Zero;
                }
                me.limbo_push(h);
            }
            return ZeroState::Alive;
        }
        let owner = h.owner.load(Acquire);
        if owner == Slot::NONE.0 {
            // Merged since `shared` was read: owner := 0 comes after MERGED.
            shared = h.shared.load(Acquire);
            continue;
        }
        if owner >= Slot::SPLIT.0 {
            // Made immortal meanwhile: nothing splits an object between two safepoints.
            return ZeroState::Alive;
        }
        let queue = n < 0 && flags & QUEUED == 0 && !planted(Fault::CountNoQueue);
        let new = with_count(if queue { flags | QUEUED } else { flags }, n);
        let order = weaken(Fault::CountDecRelaxed, AcqRel);
        if let Err(now) = h.shared.compare_exchange_weak(shared, new, order, Acquire) {
            shared = now;
            continue;
        }
        if queue {
            slots::queue_merge(me, Slot(owner), h);
        }
        return ZeroState::Alive;
    }
}

/// Step 3, for one object of the queue of a slot that the caller has.
pub(crate) fn drain_one(h: &Header, me: &ThreadRecord) {
    merge(h, me, QUEUED);
}

/// What is to be done with an object whose grace period in the limbo has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LimboEnd {
    Lives,
    WaitsAgain,
    Destroy,
}

/// Step 5. Only by the thread that has the object in its limbo.
pub(crate) fn leave_limbo(h: &Header) -> LimboEnd {
    let mut shared = h.shared.load(Acquire);
    loop {
        let n = count(shared);
        let (new, end) = if planted(Fault::GraceNoRevive) {
            (DEAD, LimboEnd::Destroy)
        } else if n != 0 {
            (shared & !(LIMBO | AGAIN), LimboEnd::Lives)
        } else if shared & AGAIN != 0 {
            (shared & !AGAIN, LimboEnd::WaitsAgain)
        } else {
            (DEAD, LimboEnd::Destroy)
        };
        match h.shared.compare_exchange_weak(shared, new, AcqRel, Acquire) {
            Ok(_) => return end,
            Err(now) => shared = now,
        }
    }
}

/// Adds a reference unless the object is being destroyed: for weak references.
///
/// The caller must know that the header is still readable, which it is until the caller's next safepoint if
/// storage is retired, not freed.
pub fn try_inc(h: &Header, me: &ThreadRecord) -> bool {
    let owner = h.owner.load(Relaxed);
    if owner == me.slot.0 {
        if !me.is_multi() && total(h) <= 0 {
            return false;
        }
        inc(h, me);
        return true;
    }
    if owner >= Slot::SPLIT.0 {
        // A split object is not dead: that is decided in a stop, which joins it.
        if owner == Slot::SPLIT.0 {
            split::add(h, me, 1);
        }
        return true;
    }
    if !me.is_multi() {
        if total(h) <= 0 {
            return false;
        }
        inc_other(h, me);
        return true;
    }
    let mut shared = h.shared.load(Relaxed);
    loop {
        if shared & DEAD == DEAD {
            return false;
        }
        let new = shared.wrapping_add(ONE);
        match h
            .shared
            .compare_exchange_weak(shared, new, Acquire, Relaxed)
        {
            // Acquire: what was done to it before it was revived for its finaliser.
            Ok(_) => return true,
            Err(now) => shared = now,
        }
    }
}

/// Whether the caller's reference is the only one and no other thread can make another, so that the object may be
/// changed in place. `false` is always safe.
#[inline]
pub fn is_uniquely_owned(h: &Header, me: &ThreadRecord) -> bool {
    if me.is_multi() {
        private_count(h, me) == 1
    } else {
        total(h) == 1 && !h.is_immortal()
    }
}

/// Multi: the number of references to an object of `me`'s that nobody borrows and whose count is in one place, else 0. Who
/// knows where so many references are knows that there are no others.
///
/// `Acquire`: what another thread did before it gave up a reference is seen by who goes on
/// without the lock.
#[inline(always)]
pub fn private_count(h: &Header, me: &ThreadRecord) -> u32 {
    if h.owner.load(Relaxed) == me.slot.0
        && h.shared.load(Acquire) == 0
        && (!h.has(PUBLISHED) || planted(Fault::LockAlonePublished))
    {
        h.local.load(Relaxed)
    } else {
        0
    }
}

/// Gives an object that is to be destroyed one reference again, for the time its finaliser runs.
///
/// Its grace period is over, so nobody else has it: it is the caller's own, and unpublished. After the finaliser
/// [`dec`] says `Zero` unless the finaliser has stored it somewhere. An object with weak references stays published,
/// because another thread may be upgrading one: it goes through the limbo a second time.
pub fn revive_for_finaliser(h: &Header, me: &ThreadRecord) {
    if me.is_multi() && h.has(HAS_WEAKREF) {
        // Who upgrades one meanwhile may still read the owner of before.
        maker::forget_maker(h, me);
    }
    take_over(h, me, 1);
    if me.is_multi() && !h.has(HAS_WEAKREF) {
        h.clear(PUBLISHED);
    }
}

/// Adds `n` references at once; for constructors like `[x] * n`.
pub fn inc_by(h: &Header, n: u32, me: &ThreadRecord) {
    let owner = h.owner.load(Relaxed);
    if owner == Slot::IMMORTAL.0 || n == 0 {
        return;
    }
    if owner == Slot::SPLIT.0 {
        split::add(h, me, i64::from(n));
    } else if owner == me.slot.0 {
        h.local
            .store(h.local.load(Relaxed).wrapping_add(n), Relaxed);
    } else if me.is_multi() {
        if n as i64 > SHARED_LIMIT as i64 {
            h.owner.store(Slot::IMMORTAL.0, Relaxed);
            return;
        }
        let old = h.shared.fetch_add(n.wrapping_mul(ONE), Relaxed);
        if count(old) > SHARED_LIMIT {
            h.owner.store(Slot::IMMORTAL.0, Relaxed);
        }
    } else {
        let total = total(h).wrapping_add(n as i32);
        take_over(h, me, total);
    }
}
