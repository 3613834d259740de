//! The one-byte lock in each object header.
//!
//! # The byte
//!
//! | bits            | meaning                                                        |
//! |-----------------|----------------------------------------------------------------|
//! | 0               | nobody has had it but its maker, who may have it ([`crate::maker`]) |
//! | only the rest   | free; the rest names who had it last ([`tag`])                 |
//! | `LOCKED`        | somebody has it                                                |
//! | `KEPT`          | it stays with one thread between operations ([`crate::turn`])  |
//! | `OPEN`          | alone: words may be replaced without it ([`crate::overwrite`]) |
//!
//! # Protocol
//!
//! 1. Take: free → `LOCKED`, one compare-and-swap. In Single a load and a store. An open object is closed first.
//! 2. Contended: stay away for a while, longer each time; if that was enough, have a turn ([`crate::turn`]), or take the lock away from who has
//!    one; else release every object lock that this thread has (**L1**: a thread that waits has
//!    no object lock), become blocked, count oneself among the **sleepers** at the object's place in a table of the domain, pass the
//!    heavy half of a fence ([`crate::sync::asymmetric`]), sleep while the byte is `LOCKED`. Awake: become running,
//!    then take this one and the released ones again: try each in order of address, and if one is taken release all and
//!    wait for that one.
//! 3. Release: one's tag, a store; then the light half, and a look at the object's place among the sleepers: if one is counted there,
//!    wake one that sleeps on this byte. Who is woken takes the lock and releases it, or finds that another one has it who will
//!    release it: so the next sleeper has somebody to wake it (**L4**).
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
//! Taking is `Acquire`, releasing `Release`, as in any lock. Releasing stores the byte and loads the count, going to sleep stores
//! the count and loads the byte (`validate`), each with its half of the fence between: one of the two sees the other's. If it is the
//! releasing one, the parking lot's bucket lock orders the rest: either it finds the sleeper, or `validate` comes after it.
//!
//! # Not checked
//!
//! Fairness: who comes by may take the lock before the one that was woken. Keys of the parking lot are addresses: two
//! objects never share one, but the table of [`crate::park`] is trusted (models have a small one of their own). That
//! users read again what they know after a further lock or a safepoint is theirs to see to.

use crate::fault::{Fault, planted, weaken};
use crate::header::Header;
use crate::maker;
use crate::overwrite::close;
use crate::record::ThreadRecord;
use crate::slot::Slot;
use crate::stop::BLOCKED;
use crate::sync::asymmetric::{heavy_fence, light_fence};
use crate::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::sync::hint;
use crate::turn;

/// Somebody has the lock.
pub const LOCKED: u8 = 1;
/// The lock stays with a thread between its operations: see [`crate::turn`].
pub const KEPT: u8 = 2;
/// Nobody has the lock, and nobody needs it to replace a word of the object: see [`crate::overwrite`].
pub const OPEN: u8 = 4;
/// One of these is set where the lock is not free.
const BUSY: u8 = LOCKED | KEPT | OPEN;

/// What a thread leaves in the byte of a free lock, never 0: two threads may leave the same, of a few they do not. Who finds
/// another's has got the header from another processor.
#[inline(always)]
pub(crate) fn tag(me: &ThreadRecord) -> u8 {
    tag_of(me.slot)
}

#[inline(always)]
const fn tag_of(slot: Slot) -> u8 {
    (slot.0 as u8 | 16) << 3
}

const _: () = {
    let mut slot = 0;
    while slot <= Slot::MAX.0 {
        let tag = tag_of(Slot(slot));
        assert!(tag != 0 && tag & BUSY == 0);
        slot += 1;
    }
};

/// Pauses before each further attempt at a contended lock; then to sleep.
///
/// Long ones, on purpose: a critical section takes ten nanoseconds, and fetching the header from the other processor many
/// times that. Who stays away for some microseconds lets the other one work on without losing the header at each operation:
/// two threads that append to one list in turns are slower than one, two that do so by the hundred are not.
#[cfg(not(any(loom, shuttle)))]
const PAUSES: &[u32] = &[64, 128, 256, 512, 512, 512, 512, 512];
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
    /// Takes the lock of `h` and keeps it for a turn, without waiting for fights.
    pub fn keep_now(h: &Header, me: &ThreadRecord) {
        let guard = ObjectLock::lock(h, me);
        turn::begin(h, me);
        drop(guard);
    }

    /// Does `f` with the lock of `h` where that is `me`'s as its [maker](crate::maker): the shortest way, in Multi. `f` takes no lock and
    /// drops nothing, comes to no safepoint and does not block.
    #[inline(always)]
    pub fn with_own<R>(h: &Header, me: &ThreadRecord, f: impl FnOnce() -> R) -> Option<R> {
        if h.lock.load(Relaxed) != 0 || !maker::take_own(h, me) {
            return None;
        }
        let _working = maker::Working(me);
        Some(f())
    }

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
        if turn::take_as_keeper(h, me) {
            return true;
        }
        let byte = h.lock.load(Relaxed);
        if byte == 0 {
            return maker::take_own(h, me) || maker::take_untouched(h, me);
        }
        if byte != tag(me) {
            return take_from_another(h, me);
        }
        let order = weaken(Fault::LockTakeRelaxed, Acquire);
        h.lock
            .compare_exchange(byte, LOCKED, order, Relaxed)
            .is_ok()
    } else if h.lock.load(Relaxed) & BUSY == 0 {
        h.lock.store(LOCKED, Relaxed);
        true
    } else {
        take_any(h, me)
    }
}

/// Step 1 where another thread had the lock last, or has it.
#[inline(never)]
fn take_from_another(h: &Header, me: &ThreadRecord) -> bool {
    let taken = take_any(h, me);
    if taken && turn::is_handed_over_often(h, me) {
        turn::begin(h, me);
    }
    taken
}

/// Takes the lock when it is free, and not as keeper or maker.
pub(crate) fn take_any(h: &Header, me: &ThreadRecord) -> bool {
    let byte = h.lock.load(Relaxed);
    if byte == 0 && me.is_multi() {
        return maker::take_untouched(h, me);
    }
    byte & BUSY == 0
        && h.lock
            .compare_exchange(
                byte,
                LOCKED,
                weaken(Fault::LockTakeRelaxed, Acquire),
                Relaxed,
            )
            .is_ok()
}

/// The same, or takes it away from its keeper. Only with `using` null.
pub(crate) fn take_hard(h: &Header, me: &ThreadRecord) -> bool {
    take_any(h, me) || h.lock.load(Relaxed) == KEPT && turn::take_away(h, me)
}

/// Step 3.
#[inline(always)]
fn release(h: &Header, me: &ThreadRecord) {
    if turn::release_as_keeper(h, me) {
        return;
    }
    h.lock
        .store(tag(me), weaken(Fault::LockReleaseRelaxed, Release));
    if me.is_multi() {
        light_fence();
        if me.domain().sleepers.may_sleep(h) {
            wake_one(h, me);
        }
    }
}

#[cold]
#[inline(never)]
fn wake_one(h: &Header, me: &ThreadRecord) {
    if !planted(Fault::LockNoUnpark) {
        me.domain().lot.unpark_one(key(h), |_| ());
    }
}

/// Counts of those who sleep on object locks, or are about to, by the objects' addresses.
#[derive(Debug)]
pub(crate) struct Sleepers([AtomicU32; PLACES]);

#[cfg(not(any(loom, shuttle)))]
const PLACES: usize = 64;
#[cfg(any(loom, shuttle))]
const PLACES: usize = 1;

impl Sleepers {
    pub(crate) fn new() -> Self {
        Sleepers(std::array::from_fn(|_| AtomicU32::new(0)))
    }
    #[inline(always)]
    fn of(&self, h: &Header) -> &AtomicU32 {
        &self.0[(std::ptr::from_ref(h) as usize >> 4) % PLACES]
    }
    /// Whether somebody may sleep on the lock of `h`: asked after its byte was changed and the light half was passed.
    #[inline(always)]
    pub(crate) fn may_sleep(&self, h: &Header) -> bool {
        self.of(h).load(Relaxed) != 0
    }
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
    if h.lock.load(Relaxed) & (LOCKED | OPEN) == 0 && !me.using.load(Relaxed).is_null() {
        // Not while one works as a keeper or maker: T2, B1.
        return me.take_together(Vec::new(), Some(h));
    }
    if h.lock.load(Relaxed) & OPEN != 0 {
        close(h, me);
        if take_any(h, me) {
            return;
        }
    }
    let only = me.with_mine(|m| m.held.is_empty());
    if attempt_again(|| take_any(h, me).then_some(())).is_some() || only && take_hard(h, me) {
        if only && me.with_mine(|m| m.turns.is_fought_for(h)) {
            turn::begin(h, me);
        }
        return;
    }
    if planted(Fault::LockHoldAndWait) {
        while !take_hard(h, me) {
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
            if !take_hard(unsafe { &**h }, me) {
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
    if h.lock.load(Relaxed) & LOCKED == 0 {
        return;
    }
    let asleep = me.domain().sleepers.of(h);
    asleep.fetch_add(1, Relaxed);
    if !planted(Fault::LockSleepUnfenced) {
        heavy_fence();
    }
    let park = || {
        me.domain().lot.park(key(h), || {
            h.lock.load(Relaxed) & LOCKED != 0 || planted(Fault::LockNoValidate)
        });
    };
    if planted(Fault::LockHoldAndWait) {
        me.enter_blocked(BLOCKED);
        park();
        me.leave_blocked(BLOCKED);
    } else {
        // L1: nothing is left to release here but in models.
        me.waiting(park);
    }
    asleep.fetch_sub(1, Relaxed);
}

impl ThreadRecord {
    /// Releases all object locks of this thread (L2). Returns a number for [`ThreadRecord::take_back`], or 0.
    #[inline]
    pub(crate) fn put_aside_held(&self) -> u64 {
        if self.with_mine(|m| m.held.is_empty()) {
            return 0;
        }
        if planted(Fault::LockHeldAcrossBlock) {
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
