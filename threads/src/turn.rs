//! Turns: a lock that several threads want all the time stays with one of them for many operations.
//!
//! # Problem
//!
//! Two threads that append to one list, count in attributes of one object: at each operation the header's cache line, and that of what
//! is written, comes from the other processor, which takes several times as long as the operation. In total they are slower
//! than one thread. They are as fast as one, or faster, if each does many operations while the other one stays away.
//!
//! # The words
//!
//! | word               | written by                                          | means                                          |
//! |--------------------|-----------------------------------------------------|------------------------------------------------|
//! | lock byte `KEPT`   | the keeper, when its turn begins                     | the lock stays with a thread between operations |
//! | `kept` of a thread | that thread; who takes the lock away, to null        | the object whose keeper it is                  |
//! | `using` of a thread | that thread                                         | the object that it works on as its keeper, or is about to |
//!
//! # Protocol
//!
//! 1. A turn **begins** where a thread has got a lock that it had to fight for, for the third time in a row ([`crate::lock`], step 2), or
//!    that goes from thread to thread within less than a microsecond, holds no other, and nobody sleeps:
//!    `using` and `kept` := the object, the byte := `KEPT`, a release; then the light half of a fence ([`crate::sync::asymmetric`]) and another look at the
//!    sleepers: if there are any now, the turn ends at once (**T1**: nobody sleeps on a kept lock, as the keeper may not come back soon).
//! 2. The keeper takes the lock: `using` := the object, the light half, a look at `kept`: still the object, and it has the lock. Else
//!    `using` := null, and the general way. It releases it: `using` := null, a release. Neither touches the object.
//! 3. The keeper **ends** its turn after some time, and whenever it announces that it is quiescent ([`crate::grace`], step 3) or
//!    blocks: with `using` set as in 2, the byte from `KEPT` to free by compare-and-swap, then `kept` := null, `using` := null. Is it in
//!    the middle of an operation, the byte becomes `LOCKED`, and it goes on as one who has taken the lock in the general way. Is it in
//!    the middle of one on another object, as its maker ([`crate::maker`]), it does this under the registry's lock in place of setting
//!    `using`: while `kept` is the object there, nobody has got past making it null (step 4), so a byte `KEPT` is still its own.
//! 4. Another thread that has waited for long enough **takes the lock away**: the byte from `KEPT` to `LOCKED` by compare-and-swap, an
//!    acquire: of those who try, one. It finds the thread whose `kept` is the object and makes it null, passes the heavy half, and waits until no thread's
//!    `using` is the object. Then it has the lock. It has no other lock that it would keep from the keeper (**T2**: it is in
//!    no operation of its own as a keeper, so no two wait for each other).
//!
//! # Invariants
//!
//! * **T3** the byte is `KEPT`, or `LOCKED` by one who takes it away, whenever a thread's `kept` is the object; it is so of one thread.
//! * **T4** an object has been published before its lock is kept. So it is destroyed after a grace period, for which its keeper
//!   has announced that it is quiescent, or blocked: `kept` is never a dead object. Who has ended, or is in mode Single, keeps nothing either.
//!
//! # Orderings
//!
//! Step 2 stores `using` and loads `kept`, step 4 stores `kept` and loads `using`, each with its half of the fence between: either the keeper sees
//! that its turn is over, or the other one sees it at work and waits; the release of `using` and its acquire order what
//! the keeper did. The end of a turn is `Release`, taking is `Acquire`, as ever.
//!
//! # Not checked
//!
//! How long a turn lasts, and who has one: that only costs or saves time. Where locks are taken away from keepers that have gone on to
//! something else, the next turn begins only after twice as many handovers.

use crate::fault::{Fault, planted};
use crate::header::{Header, PUBLISHED};
use crate::lock::{KEPT, LOCKED, tag};
use crate::record::ThreadRecord;
use crate::sync::asymmetric::{heavy_fence, light_fence};
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use crate::sync::unmodelled::AtomicU32;
use crate::sync::{hint, thread};
use std::ptr::null_mut;
use std::time::{Duration, Instant};

/// Operations between two looks at the clock.
const OPERATIONS: u32 = if cfg!(any(loom, shuttle)) { 2 } else { 64 };
/// How long a turn lasts: somewhat less than those wait who fight for the lock.
const TURN: Duration = if cfg!(any(loom, shuttle)) {
    Duration::ZERO
} else {
    Duration::from_micros(60)
};
/// So many times a lock goes from one thread to the other in [`HURRY`] before one of them has a turn.
const HANDOVERS: u32 = 8;
/// See [`HANDOVERS`].
const HURRY: Duration = Duration::from_micros(4);
/// Fights for one object in a row before a thread has a turn.
const FIGHTS: u32 = 3;
/// Looks at a keeper before the processor is given to somebody else.
const SPINS: u32 = if cfg!(any(loom, shuttle)) { 0 } else { 200 };

#[inline(always)]
pub(crate) fn word(h: &Header) -> *mut Header {
    std::ptr::from_ref(h).cast_mut()
}

/// Step 2, taking: whether `me` has the lock now, as the keeper of `h`.
#[inline(always)]
pub(crate) fn take_as_keeper(h: &Header, me: &ThreadRecord) -> bool {
    if me.kept.load(Relaxed) != word(h) {
        return false;
    }
    let using = me.using.load(Relaxed);
    if !using.is_null() {
        // A second guard, or the one of another object: what protects the first one is not to be touched.
        return using == word(h);
    }
    me.using.store(word(h), Relaxed);
    light_fence();
    let mine = me.kept.load(Relaxed) == word(h);
    if !mine {
        me.using.store(null_mut(), Release);
    }
    mine
}

/// Step 2, releasing, when the last guard goes ([`crate::lock`] knows of all of them): `false` if `me` does not have the lock as a keeper,
/// or as the [maker](crate::maker) of the object.
#[inline(always)]
pub(crate) fn release_as_keeper(h: &Header, me: &ThreadRecord) -> bool {
    if me.using.load(Relaxed) != word(h) {
        return false;
    }
    if me.kept.load(Relaxed) == word(h) {
        count(h, me);
    }
    me.using.store(null_mut(), Release);
    true
}

/// Counts an operation, and ends the turn if it has lasted for long enough.
#[inline(never)]
fn count(h: &Header, me: &ThreadRecord) {
    let look = me.with_mine(|m| {
        m.turns.left = m.turns.left.saturating_sub(1);
        m.turns.left == 0
    });
    if look && me.with_mine(|m| m.turns.is_over()) {
        end(h, me, tag(me));
        me.domain().misfits.forget(h);
    }
}

/// What a thread knows of its turns and of what would make it have one (R1).
#[derive(Default)]
pub(crate) struct Turns {
    /// Operations until the next look at the clock.
    left: u32,
    began: Option<Instant>,
    /// The object that it fought for last, and how often in a row.
    fought: (usize, u32),
    /// The object whose lock it has got from another thread, how often in a row since when.
    handed: (usize, u32, Option<Instant>),
}

impl Turns {
    #[cold]
    fn is_over(&mut self) -> bool {
        self.left = OPERATIONS;
        self.began.is_none_or(|t| t.elapsed() >= TURN)
    }

    /// Notes that `h` was fought for. Whether it was so often in a row that a turn pays.
    pub(crate) fn is_fought_for(&mut self, h: &Header) -> bool {
        let (last, times) = &mut self.fought;
        *times = if *last == word(h).addr() {
            *times + 1
        } else {
            1
        };
        *last = word(h).addr();
        *times >= FIGHTS
    }
}

/// Notes that the lock of `h` has come from another thread. Whether it does so all the time, so that a turn pays.
pub(crate) fn is_handed_over_often(h: &Header, me: &ThreadRecord) -> bool {
    if cfg!(any(loom, shuttle)) {
        return false;
    }
    me.with_mine(|m| {
        let (last, times, since) = &mut m.turns.handed;
        if *last != word(h).addr() {
            (*last, *times, *since) = (word(h).addr(), 0, None);
        }
        *times += 1;
        if *times < HANDOVERS << me.domain().misfits.of(h).load(Relaxed).min(MOST) {
            return false;
        }
        let often = since.is_some_and(|t| t.elapsed() < HURRY / HANDOVERS * *times);
        (*times, *since) = (0, Some(Instant::now()));
        often && m.held.is_empty()
    })
}

/// How often locks had to be taken away from keepers, by the objects' addresses: turns do not suit how those are used. By anyone;
/// lost updates do not matter.
#[derive(Debug)]
pub(crate) struct Misfits([AtomicU32; PLACES]);

const PLACES: usize = 64;
/// Misfits that count.
const MOST: u32 = 12;

impl Misfits {
    pub(crate) fn new() -> Self {
        Misfits([const { AtomicU32::new(0) }; PLACES])
    }
    fn of(&self, h: &Header) -> &AtomicU32 {
        &self.0[(word(h).addr() >> 4) % PLACES]
    }
    fn note(&self, h: &Header) {
        let place = self.of(h);
        place.store(place.load(Relaxed).wrapping_add(1), Relaxed);
    }
    fn forget(&self, h: &Header) {
        let place = self.of(h);
        if place.load(Relaxed) != 0 {
            place.store(0, Relaxed);
        }
    }
}

/// Step 3, by who has the lock as a keeper. Whether the byte is the new one: else the lock was taken away.
#[cold]
pub(crate) fn end(h: &Header, me: &ThreadRecord, byte: u8) -> bool {
    if me.kept.load(Relaxed) != word(h) {
        return false;
    }
    let ended = h
        .lock
        .compare_exchange(KEPT, byte, Release, Relaxed)
        .is_ok();
    me.kept.store(null_mut(), Relaxed);
    ended
}

/// In place of releasing the lock as the keeper or maker of `h`: the byte from then on. Whether it is: else the lock was taken away.
pub(crate) fn leave(h: &Header, me: &ThreadRecord, byte: u8) -> bool {
    if planted(Fault::MakerOpensTaken) {
        h.lock.store(byte, Release);
        return true;
    }
    let left = h.lock.compare_exchange(0, byte, Release, Relaxed);
    left.is_ok() || end(h, me, byte)
}

/// Step 3, between operations: whatever lock `me` keeps.
#[inline]
pub(crate) fn end_any(me: &ThreadRecord) {
    let kept = me.kept.load(Relaxed);
    if !kept.is_null() {
        end_now(kept, me);
    }
}

#[cold]
fn end_now(kept: *const Header, me: &ThreadRecord) {
    // SAFETY: T4.
    let h = unsafe { &*kept };
    let using = me.using.load(Relaxed);
    if !using.is_null() && using != word(h) && !planted(Fault::TurnEndsAnother) {
        return end_beside(h, me);
    }
    if using == word(h) {
        let byte = match planted(Fault::TurnEndsInside) {
            true => tag(me),
            false => LOCKED,
        };
        if !end(h, me, byte) {
            // Taken away: who has done that waits until the operation is over.
            return;
        }
    } else if take_as_keeper(h, me) {
        end(h, me, tag(me));
    }
    me.using.store(null_mut(), Release);
}

/// Step 3 in the middle of an operation on another object, as its maker: `using` is not free to keep those off who take the lock
/// away, but they come to the registry's lock before they have it.
fn end_beside(h: &Header, me: &ThreadRecord) {
    let reg = (!planted(Fault::TurnEndsUnlocked)).then(|| me.domain().registry.lock());
    end(h, me, tag(me));
    drop(reg);
}

/// Step 1, by who has just taken the lock of `h`, and has no other.
#[cold]
pub(crate) fn begin(h: &Header, me: &ThreadRecord) {
    let asleep = || me.domain().sleepers.may_sleep(h) && !planted(Fault::TurnOverSleepers);
    let general = me.using.load(Relaxed).is_null();
    if !general || !me.is_multi() || !h.has(PUBLISHED) || asleep() {
        return;
    }
    end_any(me);
    me.with_mine(|m| {
        m.turns.left = OPERATIONS;
        m.turns.began = (!cfg!(any(loom, shuttle))).then(Instant::now);
    });
    me.using.store(word(h), Relaxed);
    me.kept.store(word(h), Relaxed);
    h.lock.store(KEPT, Release);
    light_fence();
    if asleep() && end(h, me, LOCKED) {
        me.using.store(null_mut(), Relaxed);
    }
}

/// Step 4: whether `me` has the lock of `h` now. Only with `using` null (T2).
#[cold]
pub(crate) fn take_away(h: &Header, me: &ThreadRecord) -> bool {
    if h.lock
        .compare_exchange(KEPT, LOCKED, Acquire, Relaxed)
        .is_err()
    {
        return false;
    }
    me.domain().misfits.note(h);
    if !planted(Fault::TurnKept) {
        for record in &me.domain().registry.lock().records {
            // SAFETY: R2, under the registry's lock.
            let kept = unsafe { &record.as_ref().kept };
            let _ = kept.compare_exchange(word(h), null_mut(), Relaxed, Relaxed);
        }
    }
    if !planted(Fault::TurnNoFence) {
        heavy_fence();
    }
    if !planted(Fault::TurnNoWait) {
        wait_for_users(me, |record| record.using.load(Acquire) == word(h));
    }
    true
}

/// Waits until no thread is so. Only with `using` null, and without what such threads may wait for in the same way.
pub(crate) fn wait_for_users(me: &ThreadRecord, so: impl Fn(&ThreadRecord) -> bool) {
    let any = || {
        let reg = me.domain().registry.lock();
        // SAFETY: R2, under the registry's lock.
        reg.records.iter().any(|r| so(unsafe { r.as_ref() }))
    };
    let mut spins = 0;
    while any() {
        spins += 1;
        if spins > SPINS {
            thread::yield_now();
        } else {
            hint::spin_loop();
        }
    }
}
