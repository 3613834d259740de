//! Replacing a word of an object that many threads write, without its lock.
//!
//! # Problem
//!
//! Threads that each write elements of their own in one list, values of their own in one dict, do not touch the same words; but
//! by the lock of the list only one of them does it at a time. The lock is there for those that move what is written: a growing
//! array, a dict's new table, an object's change of shape.
//!
//! # Protocol
//!
//! An object whose lock was fought for by those who only replace words is **opened**: its lock byte becomes [`OPEN`]
//! ([`crate::lock`]).
//! 1. Who replaces a word ([`ObjectLock::lock_to_overwrite`]) takes the lock; is the object open, it goes without. It looks up
//!    where the word is, replaces it by one atomic exchange, and meets no safepoint between (**O1**).
//! 2. Who takes the lock of an open object **closes** it first: while the world is stopped, it clears the byte; then it takes the
//!    lock as ever. By O1 nobody is between looking up and replacing (**O2**), so what the holder of a lock sees changes by
//!    nobody but itself, as ever.
//! 3. Opening is done by who has the lock, in place of releasing it. All sleepers are woken then, as nobody will release it (**O3**).
//!
//! | lock byte    | state of the object                                                                      |
//! |--------------|------------------------------------------------------------------------------------------|
//! | [`OPEN`]     | open: nobody has the lock; words are replaced by exchanges; nothing else of it changes   |
//! | any other    | closed: as [`crate::lock`] says; words are replaced by who has the lock                  |
//!
//! As each closing is a stop, an object is opened again only after twice as many fights as before it.
//!
//! # Orderings
//!
//! Opening is `Release`, finding the byte open is `Acquire`: what the last holder did to the object is seen. What is done to
//! an open object is ordered by the exchanges; the closing by the stop.
//!
//! # Not checked
//!
//! O1 for the VM's uses. How often an object is fought for, and when it is opened: that only costs or saves time.

use crate::fault::{Fault, planted, weaken};
use crate::header::Header;
use crate::lock::{
    LockGuard, OPEN, ObjectLock, attempt_again, forget_only, key, tag, take_any, wait,
};
use crate::record::ThreadRecord;
use crate::sync::asymmetric::light_fence;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use crate::sync::unmodelled::AtomicU32;
use crate::turn::{self, take_away};
use std::ptr::null_mut;

/// How a word of an object may be replaced.
#[must_use = "a lock is released when this is dropped"]
pub enum Overwrite<'a> {
    /// Nobody else writes: the lock is held until this is dropped.
    Locked {
        /// Releases it.
        _holder: Holder<'a>,
    },
    /// Others replace words too: by atomic exchange, before the next safepoint.
    Open,
}

impl<'a> Overwrite<'a> {
    fn locked(guard: LockGuard<'a>, fought: bool) -> Self {
        Overwrite::Locked {
            _holder: Holder {
                guard: Some(guard),
                fought,
            },
        }
    }
}

/// Has the lock of an object; opens it when dropped if it was fought for.
pub struct Holder<'a> {
    guard: Option<LockGuard<'a>>,
    fought: bool,
}

impl Drop for Holder<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.fought {
            self.open();
        }
    }
}

impl Holder<'_> {
    #[cold]
    fn open(&mut self) {
        if let Some(guard) = self.guard.take() {
            guard.open();
        }
    }
}

/// Fights for objects, by their addresses: how many since the last opening, and how often they were closed. Only to save time.
#[derive(Debug)]
pub(crate) struct Fights([AtomicU32; PLACES]);

const PLACES: usize = 64;
/// Fights before an object is opened for the first time.
const FIRST: u32 = if cfg!(any(loom, shuttle)) { 1 } else { 8 };
/// Closings that count.
const MOST: u32 = 15;
/// Low bits: fights; above: closings.
const CLOSED: u32 = 1 << 24;

impl Fights {
    pub(crate) fn new() -> Self {
        Fights([const { AtomicU32::new(0) }; PLACES])
    }
    fn of(&self, h: &Header) -> &AtomicU32 {
        &self.0[(std::ptr::from_ref(h) as usize >> 4) % PLACES]
    }
    /// Another fight: whether it was the last one to bear.
    fn fought(&self, h: &Header) -> bool {
        let place = self.of(h);
        let n = place.load(Relaxed);
        let (fights, closings) = (n % CLOSED + 1, n / CLOSED);
        let open = fights >= FIRST << closings.min(MOST);
        place.store(closings * CLOSED + if open { 0 } else { fights }, Relaxed);
        open
    }
    fn closed(&self, h: &Header) {
        let place = self.of(h);
        let closings = place.load(Relaxed) / CLOSED;
        place.store((closings + 1).min(MOST) * CLOSED, Relaxed);
    }
}

impl ObjectLock {
    /// Step 1: the lock of `h` to replace one word, or word that none is needed.
    #[inline(always)]
    pub fn lock_to_overwrite<'a>(h: &'a Header, me: &'a ThreadRecord) -> Overwrite<'a> {
        let order = weaken(Fault::OpenRelaxed, Acquire);
        // A look first: an exchange would fetch the header from whoever else looks at it.
        if h.lock.load(order) == OPEN {
            return Overwrite::Open;
        }
        match ObjectLock::try_lock(h, me) {
            Some(guard) => Overwrite::locked(guard, false),
            None => fight(h, me),
        }
    }
}

impl ObjectLock {
    /// Opens `h` without waiting for a fight. Not from under a lock of `h`.
    pub fn open_now(h: &Header, me: &ThreadRecord) {
        if h.lock.load(Relaxed) != OPEN {
            ObjectLock::lock(h, me).open();
        }
    }
}

/// The lock of `h` while others have it.
#[cold]
#[inline(never)]
fn fight<'a>(h: &'a Header, me: &'a ThreadRecord) -> Overwrite<'a> {
    if !me.is_multi() || me.with_mine(|m| !m.held.is_empty()) {
        // L1 is for the general way to see to.
        return Overwrite::locked(ObjectLock::lock(h, me), false);
    }
    let fought = me.domain().fights.fought(h);
    let mut attempt = || {
        if h.lock.load(Acquire) == OPEN {
            Some(Overwrite::Open)
        } else if take_any(h, me) {
            me.with_mine(|m| m.held.push(h));
            Some(Overwrite::locked(ObjectLock::guard_of_taken(h, me), fought))
        } else {
            None
        }
    };
    loop {
        if let Some(way) = attempt().or_else(|| attempt_again(&mut attempt)) {
            return way;
        }
        if take_away(h, me) {
            me.with_mine(|m| m.held.push(h));
            return Overwrite::locked(ObjectLock::guard_of_taken(h, me), fought);
        }
        wait(h, me);
    }
}

impl LockGuard<'_> {
    /// Step 3: opens the object instead of releasing its lock, unless the thread has it, or another one, twice.
    fn open(self) {
        let (h, me) = (self.object(), self.thread());
        if !me.is_multi() || !forget_only(h, me) {
            return;
        }
        std::mem::forget(self);
        if me.using.load(Relaxed) == std::ptr::from_ref(h).cast_mut() {
            let ended = turn::leave(h, me, OPEN);
            me.using.store(null_mut(), Release);
            if !ended {
                return;
            }
        } else {
            h.lock.store(OPEN, weaken(Fault::OpenRelaxed, Release));
        }
        light_fence();
        if planted(Fault::OpenSleepers) || !me.domain().sleepers.may_sleep(h) {
            return;
        }
        // Nobody goes to sleep from here on, as the byte is not locked; and nobody closes the object before this thread's next
        // safepoint. So the waking ends.
        let mut sleepers = true;
        while sleepers {
            me.domain().lot.unpark_one(key(h), |more| sleepers = more);
        }
    }
}

/// Step 2: closes an open object. The caller waits for no lock at the moment; a safepoint of it.
#[cold]
#[inline(never)]
pub(crate) fn close(h: &Header, me: &ThreadRecord) {
    if planted(Fault::OpenNoStop) {
        let _ = h.lock.compare_exchange(OPEN, tag(me), Acquire, Relaxed);
        return;
    }
    me.domain().fights.closed(h);
    me.domain().stop_the_world(me, |_| {
        // Somebody else may have closed it, and taken the lock of it in a stopped world. Not to 0: several threads use it.
        if h.lock.load(Relaxed) == OPEN {
            h.lock.store(tag(me), Relaxed);
        }
    });
}
