//! The one-byte lock in each object header.
//!
//! # The byte
//!
//! | bits            | meaning                                                        |
//! |-----------------|----------------------------------------------------------------|
//! | 0               | free                                                           |
//! | `LOCKED`        | somebody has it                                                |
//! | `PARKED`        | somebody may be asleep on it; whoever releases must wake       |
//! | `OPEN`          | alone: words may be replaced without it ([`crate::overwrite`]) |
//!
//! # Protocol
//!
//! 1. Take: 0 → `LOCKED`, one compare-and-swap. In Single a load and a store. An open object is closed first.
//! 2. Contended: stay away for a while, longer each time; then release every object lock that this thread has (**L1**: a thread that waits has
//!    no object lock), become blocked, set `PARKED`, sleep while the byte is `LOCKED | PARKED`. Awake: become running,
//!    then take this one and the released ones again: try each in order of address, and if one is taken release all and
//!    wait for that one.
//! 3. Release: `LOCKED` → 0, one compare-and-swap; if `PARKED` is set, wake one sleeper.
//!
//! By L1 no circle of waiters can exist, in whatever order locks are taken; and as a waiter is blocked, no stop waits
//! for it. A thread that reaches a safepoint or blocks releases its object locks and takes them again on return
//! (**L2**), so whoever runs in a stopped world finds all of them free.
//!
//! An object all of whose references the thread has in hand, and which was never stored where others could load it
//! ([`crate::refcount::is_uniquely_owned`], [`crate::refcount::private_count`]), is found by nobody else: it needs no lock until
//! the thread does something else (**L3**).
//!
//! What follows for users: whenever a holder takes a further lock, polls or blocks, its locks may have been released
//! in between; what it knows of the object must be read again. Between such points the lock excludes.
//!
//! # Orderings
//!
//! Taking is `Acquire`, releasing `Release`, as in any lock. `PARKED` is set and looked at under the parking lot's
//! bucket lock, so a release between the setting and the sleeping is seen by `validate`.
//!
//! # Not checked
//!
//! Fairness: who comes by may take the lock before the one that was woken. Keys of the parking lot are addresses: two
//! objects never share one, but `parking_lot_core`'s own table is trusted (models have a small table of their own). That
//! users read again what they know after a further lock or a safepoint is theirs to see to.

use crate::fault::{Fault, planted, weaken};
use crate::header::Header;
use crate::overwrite::close;
use crate::record::ThreadRecord;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use crate::sync::hint;

/// Somebody has the lock.
pub const LOCKED: u8 = 1;
/// Somebody may be asleep on the lock.
pub const PARKED: u8 = 2;
/// Nobody has the lock, and nobody needs it to replace a word of the object: see [`crate::overwrite`].
pub const OPEN: u8 = 4;

/// Pauses before each further attempt at a contended lock; then to sleep.
///
/// Long ones, on purpose: a critical section takes ten nanoseconds, and fetching the header from the other processor many
/// times that. Who stays away for some microseconds lets the other one work on without losing the header at each operation:
/// two threads that append to one list in turns are slower than one, two that do so by the hundred are not.
#[cfg(not(any(loom, shuttle)))]
const PAUSES: &[u32] = &[64, 128, 256, 512, 512, 512];
#[cfg(any(loom, shuttle))]
const PAUSES: &[u32] = &[];

/// Makes further attempts at something contended, staying away for longer each time; `None`: none came off.
pub(crate) fn attempt_again<R>(mut attempt: impl FnMut() -> Option<R>) -> Option<R> {
    PAUSES.iter().find_map(|pauses| {
        for _ in 0..*pauses {
            hint::spin_loop();
        }
        attempt()
    })
}

/// The operations on a header's lock byte.
pub struct ObjectLock;

/// Has the lock of one object, until dropped.
#[must_use = "the lock is released when the guard is dropped"]
pub struct LockGuard<'a> {
    h: &'a Header,
    me: &'a ThreadRecord,
}

/// Has the locks of two objects (or of one, twice named), until dropped.
#[must_use = "the locks are released when the guard is dropped"]
pub struct LockGuard2<'a> {
    _a: LockGuard<'a>,
    _b: Option<LockGuard<'a>>,
}

impl<'a> LockGuard<'a> {
    pub(crate) fn object(&self) -> &'a Header {
        self.h
    }
    pub(crate) fn thread(&self) -> &'a ThreadRecord {
        self.me
    }
}

impl Drop for LockGuard<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        // The straight way of nearly all: the one lock that the thread has.
        let only = forget_only(self.h, self.me);
        if only {
            release(self.h, self.me);
        } else {
            unlock_one_of_several(self.h, self.me);
        }
    }
}

/// Notes that the lock of `h` is not held any more, if it is the only one that the thread has, once. Says whether it was.
#[inline(always)]
pub(crate) fn forget_only(h: &Header, me: &ThreadRecord) -> bool {
    me.with_mine(|m| {
        let only = m.held.len() == 1 && std::ptr::eq(m.held[0], h);
        if only {
            m.held.clear();
        }
        only
    })
}

#[cold]
#[inline(never)]
fn unlock_one_of_several(h: &Header, me: &ThreadRecord) {
    // SAFETY: called for a guard, which has the lock: it was taken at construction, and again whenever it was given up.
    unsafe { ObjectLock::unlock(h, me) };
}

impl ObjectLock {
    /// Takes the lock of `h`, waiting for it if need be. A thread that has it already gets a second guard.
    #[inline(always)]
    pub fn lock<'a>(h: &'a Header, me: &'a ThreadRecord) -> LockGuard<'a> {
        if !take(h, me) {
            lock_contended(h, me);
        }
        me.with_mine(|m| m.held.push(h));
        LockGuard { h, me }
    }

    /// Takes the lock of `h` if it is free.
    #[inline]
    pub fn try_lock<'a>(h: &'a Header, me: &'a ThreadRecord) -> Option<LockGuard<'a>> {
        take(h, me).then(|| {
            me.with_mine(|m| m.held.push(h));
            LockGuard { h, me }
        })
    }

    /// The guard of a lock that was taken and noted as held.
    pub(crate) fn guard_of_taken<'a>(h: &'a Header, me: &'a ThreadRecord) -> LockGuard<'a> {
        LockGuard { h, me }
    }

    /// Takes the locks of two objects, which may be the same one. Neither is held while the other is waited for.
    pub fn lock2<'a>(a: &'a Header, b: &'a Header, me: &'a ThreadRecord) -> LockGuard2<'a> {
        let first = Self::lock(a, me);
        let second = (!std::ptr::eq(a, b)).then(|| Self::lock(b, me));
        LockGuard2 {
            _a: first,
            _b: second,
        }
    }

    /// Whether somebody has the lock of `h` now.
    pub fn is_locked(h: &Header) -> bool {
        h.lock.load(Relaxed) & LOCKED != 0
    }

    /// Releases the lock of `h`, for code that keeps no guard.
    ///
    /// # Safety
    /// The calling thread has it, and no guard of it exists or will be dropped.
    #[inline]
    pub unsafe fn unlock(h: &Header, me: &ThreadRecord) {
        let keep = me.with_mine(|m| {
            if m.held.last().is_some_and(|last| std::ptr::eq(*last, h)) {
                m.held.pop();
            } else if let Some(at) = m.held.iter().rposition(|held| std::ptr::eq(*held, h)) {
                m.held.remove(at);
            } else {
                // Given up at the moment: it is not to be taken back.
                if let Some(at) = m.aside.iter().rposition(|a| std::ptr::eq(a.1, h)) {
                    m.aside.remove(at);
                }
                return true;
            }
            !m.held.is_empty() && m.held.iter().any(|held| std::ptr::eq(*held, h))
        });
        if !keep {
            release(h, me);
        }
    }
}

/// Step 1.
#[inline(always)]
fn take(h: &Header, me: &ThreadRecord) -> bool {
    if me.is_multi() {
        let order = weaken(Fault::LockTakeRelaxed, Acquire);
        h.lock.compare_exchange(0, LOCKED, order, Relaxed).is_ok()
    } else if h.lock.load(Relaxed) == 0 {
        h.lock.store(LOCKED, Relaxed);
        true
    } else {
        take_any(h)
    }
}

/// Takes the lock when it is neither locked nor open, whatever else is set.
pub(crate) fn take_any(h: &Header) -> bool {
    let byte = h.lock.load(Relaxed);
    byte & (LOCKED | OPEN) == 0
        && h.lock
            .compare_exchange(
                byte,
                byte | LOCKED,
                weaken(Fault::LockTakeRelaxed, Acquire),
                Relaxed,
            )
            .is_ok()
}

/// Step 3.
#[inline(always)]
fn release(h: &Header, me: &ThreadRecord) {
    if !me.is_multi() && h.lock.load(Relaxed) == LOCKED {
        h.lock.store(0, Relaxed);
    } else if h
        .lock
        .compare_exchange(
            LOCKED,
            0,
            weaken(Fault::LockReleaseRelaxed, Release),
            Relaxed,
        )
        .is_err()
    {
        release_parked(h, me);
    }
}

#[cold]
#[inline(never)]
fn release_parked(h: &Header, me: &ThreadRecord) {
    if planted(Fault::LockNoUnpark) {
        h.lock.fetch_and(!LOCKED, Release);
        return;
    }
    me.domain().lot.unpark_one(key(h), |more| {
        h.lock.store(if more { PARKED } else { 0 }, Release);
    });
}

pub(crate) fn key(h: &Header) -> usize {
    std::ptr::from_ref(&h.lock) as usize
}

/// Step 2: takes the lock of `h`, and again whatever else this thread has had.
#[cold]
#[inline(never)]
fn lock_contended(h: &Header, me: &ThreadRecord) {
    if me.with_mine(|m| m.held.contains(&std::ptr::from_ref(h))) {
        return;
    }
    if h.lock.load(Relaxed) & OPEN != 0 {
        close(h, me);
        if take_any(h) {
            return;
        }
    }
    if attempt_again(|| take_any(h).then_some(())).is_some() {
        return;
    }
    if planted(Fault::LockHoldAndWait) {
        while !take_any(h) {
            wait(h, me);
        }
        return;
    }
    me.take_together(Vec::new(), Some(h));
}

/// Takes all the locks of `wanted`, sorted by address, and waits with none of them (L1). `first` is waited for first.
fn take_all(wanted: &[*const Header], me: &ThreadRecord, first: Option<&Header>) {
    let mut blocker: Option<*const Header> = first.map(std::ptr::from_ref);
    loop {
        if let Some(h) = blocker {
            // SAFETY: objects whose locks are held or wanted are kept alive by the guards' borrows.
            let h = unsafe { &*h };
            if h.lock.load(Relaxed) & OPEN != 0 {
                close(h, me);
            }
            wait(h, me);
        }
        blocker = None;
        for (i, h) in wanted.iter().enumerate() {
            // SAFETY: as above.
            if !take_any(unsafe { &**h }) {
                for taken in &wanted[..i] {
                    // SAFETY: as above.
                    release(unsafe { &**taken }, me);
                }
                blocker = Some(*h);
                break;
            }
        }
        if blocker.is_none() {
            return;
        }
    }
}

/// Sleeps until the lock of `h` is released; returns at once if it is free, or open by now.
pub(crate) fn wait(h: &Header, me: &ThreadRecord) {
    let byte = h.lock.load(Relaxed);
    if byte & LOCKED == 0 {
        return;
    }
    if byte & PARKED == 0
        && h.lock
            .compare_exchange(byte, byte | PARKED, Relaxed, Relaxed)
            .is_err()
    {
        return;
    }
    if planted(Fault::LockHoldAndWait) {
        me.enter_blocked();
        me.domain()
            .lot
            .park(key(h), || h.lock.load(Relaxed) == LOCKED | PARKED);
        return me.leave_blocked();
    }
    // L1: nothing is left to release here but in models.
    let _blocking = me.block();
    me.domain().lot.park(key(h), || {
        h.lock.load(Relaxed) == LOCKED | PARKED || planted(Fault::LockNoValidate)
    });
}

impl ThreadRecord {
    /// Releases all object locks of this thread (L2). Returns a number for [`ThreadRecord::take_back`], or 0.
    #[inline]
    pub(crate) fn put_aside_held(&self) -> u64 {
        if self.with_mine(|m| m.held.is_empty()) || planted(Fault::LockHeldAcrossBlock) {
            return 0;
        }
        for h in self.held_once() {
            // SAFETY: kept alive by the guards' borrows.
            release(unsafe { &*h }, self);
        }
        self.with_mine(|m| {
            m.last_number += 1;
            let number = m.last_number;
            m.aside.extend(m.held.drain(..).map(|h| (number, h)));
            number
        })
    }

    /// Takes again what `put_aside_held` has released, but for those whose guards have been dropped since; together
    /// with those that were taken since and are still held.
    #[inline]
    pub(crate) fn take_back(&self, number: u64) {
        if number != 0 {
            let wanted = self.take_from_aside(number);
            self.take_together(wanted, None);
        }
    }

    fn take_from_aside(&self, number: u64) -> Vec<*const Header> {
        self.with_mine(|m| {
            let taken = m
                .aside
                .iter()
                .filter(|a| a.0 == number)
                .map(|a| a.1)
                .collect();
            m.aside.retain(|a| a.0 != number);
            taken
        })
    }

    /// Takes the locks of `wanted`, which become held, and those that are held, and of `more`, which does not.
    #[cold]
    fn take_together(&self, wanted: Vec<*const Header>, more: Option<&Header>) {
        let number = self.put_aside_held();
        let mut held = wanted;
        held.extend(self.take_from_aside(number));
        let mut once = held.clone();
        once.extend(more.map(std::ptr::from_ref));
        once.sort_unstable();
        once.dedup();
        take_all(&once, self, more);
        self.with_mine(|m| m.held = held);
    }

    /// The locks that this thread has, each once, in order of address.
    fn held_once(&self) -> Vec<*const Header> {
        let mut held = self.with_mine(|m| m.held.clone());
        held.sort_unstable();
        held.dedup();
        held
    }
}
