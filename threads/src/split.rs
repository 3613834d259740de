//! Split counts: hot objects that many threads count, each thread in a word of its own.
//!
//! # Problem
//!
//! A function that all threads call, an object whose methods they use, the keys of a dict that they read: none is owned
//! by who counts it, so each count is an atomic operation on a cache line that all fight for. Two threads are then slower
//! than one, although nobody changes anything.
//!
//! # The words
//!
//! | header of a split object | content                                                        |
//! |--------------------------|----------------------------------------------------------------|
//! | `owner`                  | [`Slot::SPLIT`]                                                |
//! | `local`                  | the object's number *n* in the domain's table, from 1           |
//! | `shared`                 | 0                                                              |
//!
//! The references are `base[n]`, in the table, and `counts[n]` of each thread, together (**H1**); each of them alone may
//! be negative. `counts` of a thread is written by that thread, plainly, or by who holds it.
//!
//! # Protocol
//!
//! 1. A thread looks at one in some of its counts of objects that it does not own. An object that comes up again and again
//!    it **nominates**: counts it once more, so that it stays, and notes it.
//! 2. At its next safepoint it stops the world. Each nominated object that is in no queue and no limbo, and has more than one
//!    holder or comes for the second time, is **split**: all that was counted goes to `base[n]`. Nobody is in the middle of a count, since no count is a safepoint (**H2**). Stops
//!    for this are a millisecond apart at least.
//! 3. From then on every thread, its former owner too, counts the object in its own `counts[n]`. No single thread can see
//!    it come to zero.
//! 4. It is **joined** again (count in `shared`, merged) only while the world is stopped (**H3**): all of them in each cycle
//!    collection, in [`ThreadRecord::reclaim_now`](crate::ThreadRecord::reclaim_now), and before the mode goes back to
//!    Single (**H4**: in Single nothing is split, as compiled code counts in `local`). At zero it goes to the limbo.
//! 5. Between, whoever works its limbo through, ten milliseconds after the last such look at the earliest, adds up the
//!    counts of the split objects as they run. A sum that is not above zero may be wrong, so it only asks for a stop, in
//!    which those that are at zero are joined.
//! 6. A thread that ends adds its counts to the bases, while it still counts as running (**H5**).
//!
//! # Orderings
//!
//! Everything that decides happens in a stop, which orders it. `counts` is written and read `Relaxed`: outside a stop its
//! readers only guess.
//!
//! # What is stated
//!
//! A split object dies later than another one would: at the latest at the next collection, or when its last holder ends.
//! At most [`MOST`] objects are split at a time; further ones are counted as before.
//!
//! # Not checked
//!
//! Which objects are found to be hot: that only costs or saves time.

use crate::domain::Domain;
use crate::fault::{Fault, planted};
use crate::header::Header;
use crate::record::{LAZY, SPLIT, ThreadRecord};
use crate::refcount::{self, LIMBO, MERGED, ONE, QUEUED, ZeroState};
use crate::slot::Slot;
use crate::stop::World;
use crate::sync::atomic::{
    AtomicI64,
    Ordering::{Relaxed, Release},
};
use crate::sync::unmodelled::{AtomicU32, AtomicU64};
use crate::sync::{Mutex, OnceLock};
use std::collections::VecDeque;
use std::ptr::null;
use std::time::{Duration, Instant};

/// The most objects that are split at a time.
#[cfg(not(any(loom, shuttle)))]
pub const MOST: usize = 2047;
/// The most objects that are split at a time (shrunk in models).
#[cfg(any(loom, shuttle))]
pub const MOST: usize = 3;

/// Counts of others' objects between two looks at one of them.
const PERIOD: u32 = 17;
/// How often an object must come up, in a row at its place in the table of looks.
const LOOKS: u8 = 4;
const PLACES: usize = 1024;
/// Nominations that wait at most.
const WAITING: usize = 64;
const REMEMBERED: usize = 64;
#[cfg(not(any(loom, shuttle)))]
const BETWEEN_STOPS: Duration = Duration::from_millis(1);
#[cfg(not(any(loom, shuttle)))]
const BETWEEN_SUMS: Duration = Duration::from_millis(10);
#[cfg(any(loom, shuttle))]
const BETWEEN_STOPS: Duration = Duration::ZERO;
#[cfg(any(loom, shuttle))]
const BETWEEN_SUMS: Duration = Duration::ZERO;

/// A thread's counts of split objects, by their numbers.
pub(crate) type Counts = OnceLock<Box<[AtomicI64]>>;

/// No counts yet. In models they are there from the start, as `OnceLock` is not modelled.
pub(crate) fn no_counts() -> Counts {
    let counts = Counts::new();
    if cfg!(any(loom, shuttle)) {
        counts.get_or_init(zeros);
    }
    counts
}

fn zeros() -> Box<[AtomicI64]> {
    (0..=MOST).map(|_| AtomicI64::new(0)).collect()
}

/// A thread's looks at what it counts, and what it has nominated (R1).
#[derive(Default)]
pub(crate) struct Looks {
    left: u32,
    seen: Vec<(usize, u8)>,
    nominated: Vec<*const Header>,
}

/// The split objects of a domain.
pub(crate) struct Table {
    inner: Mutex<Inner>,
    /// How many there are; changes in stops only, under the lock, so that models need not look at it.
    live: AtomicU32,
    start: Instant,
    /// Only to save time: when the last stop for splitting, and the last adding up, was, in microseconds since `start`.
    last_split: AtomicU64,
    last_sum: AtomicU64,
}

struct Inner {
    /// By number; null: free.
    objects: Vec<*const Header>,
    base: Vec<i64>,
    free: Vec<u32>,
    /// Addresses of objects that had one holder when they were nominated, the latest [`REMEMBERED`]; only compared. Without
    /// this, an object that stands in one place, as a global does, would be nominated for ever, each time for a stop.
    once: VecDeque<usize>,
}

// SAFETY: the pointers are used in stops only, when the objects, which have a count above zero or are yet to be joined,
// are alive.
unsafe impl Send for Inner {}

impl Table {
    pub(crate) fn new() -> Self {
        Self {
            inner: Mutex::new(Inner {
                objects: vec![null()],
                base: vec![0],
                free: Vec::new(),
                once: VecDeque::new(),
            }),
            live: AtomicU32::new(0),
            start: Instant::now(),
            last_split: AtomicU64::new(0),
            last_sum: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.live.load(Relaxed) == 0
    }

    /// Whether the time has come again, for one thread.
    fn is_time(&self, last: &AtomicU64, between: Duration) -> bool {
        let now = self.start.elapsed().as_micros() as u64;
        let before = last.load(Relaxed);
        (before == 0 || now.saturating_sub(before) >= between.as_micros() as u64)
            && last
                .compare_exchange(before, now.max(1), Relaxed, Relaxed)
                .is_ok()
    }
}

impl Inner {
    /// Whether an object was here before, as far as is remembered.
    fn comes_again(&mut self, h: *const Header) -> bool {
        let address = h as usize;
        if let Some(at) = self.once.iter().position(|a| *a == address) {
            self.once.remove(at);
            return true;
        }
        if self.once.len() == REMEMBERED {
            self.once.pop_front();
        }
        self.once.push_back(address);
        false
    }

    /// A number for an object with so many references.
    fn enter(&mut self, h: *const Header, total: i64) -> Option<u32> {
        let n = match self.free.pop() {
            Some(n) => n,
            None if self.objects.len() <= MOST => {
                self.objects.push(null());
                self.base.push(0);
                self.objects.len() as u32 - 1
            }
            None => return None,
        };
        self.objects[n as usize] = h;
        self.base[n as usize] = total;
        Some(n)
    }
}

/// Step 3: counts a split object.
pub(crate) fn add(h: &Header, me: &ThreadRecord, by: i64) {
    me.splits.get_or_init(zeros);
    let counted = add_quick(h, me, by);
    assert!(counted, "a split object has its place in the table");
}

/// [`add`], where the object is split and the thread has its counts already. `false`: nothing has happened.
#[inline(always)]
pub(crate) fn add_quick(h: &Header, me: &ThreadRecord, by: i64) -> bool {
    if h.owner.load(Relaxed) != Slot::SPLIT.0 {
        return false;
    }
    let count = me
        .splits
        .get()
        .map(|c| c.get(h.local.load(Relaxed) as usize));
    let Some(Some(count)) = count else {
        return false;
    };
    count.store(count.load(Relaxed) + by, Relaxed);
    true
}

/// Step 1: `me` has just counted an object that it does not own.
#[inline]
pub(crate) fn look(h: &Header, me: &ThreadRecord) {
    if cfg!(any(loom, shuttle)) {
        // Models nominate where they want to.
        return;
    }
    let again = me.with_mine(|m| {
        m.looks.left = m.looks.left.wrapping_sub(1);
        m.looks.left >= PERIOD
    });
    if again {
        look_closely(h, me);
    }
}

#[cold]
fn look_closely(h: &Header, me: &ThreadRecord) {
    let address = std::ptr::from_ref(h) as usize;
    let hot = me.with_mine(|m| {
        m.looks.left = PERIOD - 1;
        if m.looks.seen.is_empty() {
            m.looks.seen = vec![(0, 0); PLACES];
        }
        let place = (address >> 4).wrapping_mul(0x9E37_79B9) >> 8;
        let seen = &mut m.looks.seen[place % PLACES];
        if seen.0 != address {
            *seen = (address, 0);
        }
        seen.1 += 1;
        if seen.1 < LOOKS {
            return false;
        }
        *seen = (0, 0);
        true
    });
    if hot {
        nominate(h, me);
    }
}

/// Step 1: asks for an object to be split. The caller has a reference to it.
pub fn nominate(h: &Header, me: &ThreadRecord) {
    if h.owner.load(Relaxed) >= Slot::SPLIT.0 || !me.is_multi() {
        return;
    }
    let noted = me.with_mine(|m| {
        let noted = m.looks.nominated.len() < WAITING
            && !m.looks.nominated.contains(&std::ptr::from_ref(h));
        if noted {
            m.looks.nominated.push(h);
        }
        noted
    });
    if noted {
        h.publish();
        // Whoever owns it: a foreign count keeps it as well as any.
        h.shared.fetch_add(ONE, Relaxed);
        me.guard.fetch_or(SPLIT, Relaxed);
    }
}

/// Whether anything waits to be split.
pub(crate) fn is_asked(me: &ThreadRecord) -> bool {
    me.with_mine(|m| !m.looks.nominated.is_empty())
}

/// Step 2, for models: they are split although the thread may be alone, which a safepoint would undo.
#[cfg(any(loom, shuttle))]
pub fn split_now(me: &ThreadRecord) {
    split_nominated(me, false);
}

/// Step 2, at a safepoint of `me`. `ends`: the thread ends, blocks or collects, so its
/// nominations are only given up.
pub(crate) fn split_nominated(me: &ThreadRecord, ends: bool) {
    let domain = me.domain();
    let table = &domain.split;
    if !is_asked(me) {
        return;
    }
    let splits = !ends && me.is_multi();
    if splits && !table.is_time(&table.last_split, BETWEEN_STOPS) {
        // Later.
        me.guard.fetch_or(LAZY, Relaxed);
        return;
    }
    let nominated = me.with_mine(|m| std::mem::take(&mut m.looks.nominated));
    if splits {
        if planted(Fault::SplitNoStop) {
            table.split(&nominated);
        } else {
            domain.stop_the_world(me, |_| table.split(&nominated));
        }
    }
    for h in nominated {
        // SAFETY: the nomination has counted it.
        let h = unsafe { &*h };
        if refcount::dec(h, me) == ZeroState::Zero {
            // SAFETY: as `DomainHooks::destroy` asks: a count that has come to zero for good.
            unsafe { domain.hooks.destroy(me, h) };
        }
    }
}

impl Table {
    /// Step 2. The world is stopped (H2).
    fn split(&self, nominated: &[*const Header]) {
        let mut inner = self.inner.lock();
        for &h in nominated {
            // SAFETY: counted by its nomination.
            let header = unsafe { &*h };
            let shared = header.shared.load(Relaxed);
            let total = refcount::total(header);
            // The nomination and one holder: perhaps a passing object, unless it comes up again.
            let seldom = total < 2 || total == 2 && !inner.comes_again(h);
            if header.owner.load(Relaxed) >= Slot::SPLIT.0
                || (shared & (QUEUED | LIMBO) != 0 && !planted(Fault::SplitTakesQueued))
                || seldom
            {
                continue;
            }
            let Some(n) = inner.enter(h, i64::from(total)) else {
                return;
            };
            header.shared.store(0, Relaxed);
            header.local.store(n, Relaxed);
            header.owner.store(Slot::SPLIT.0, Release);
            self.live.fetch_add(1, Relaxed);
        }
    }

    /// Step 4: joins what `which` says of the count. In a stop, `world`, of `me` (H3).
    fn join(&self, me: &ThreadRecord, world: &World<'_>, which: impl Fn(i64) -> bool) {
        let mut inner = self.inner.lock();
        for n in 1..inner.objects.len() {
            let h = inner.objects[n];
            if h.is_null() {
                continue;
            }
            let of = |r: &ThreadRecord| r.splits.get().map_or(0, |c| c[n].load(Relaxed));
            let total = inner.base[n] + world.threads().map(of).sum::<i64>();
            // SAFETY: not destroyed, as it has not been joined.
            let header = unsafe { &*h };
            let split = header.owner.load(Relaxed) == Slot::SPLIT.0;
            if split && !which(total) {
                continue;
            }
            for record in world.threads() {
                if let Some(counts) = record.splits.get() {
                    counts[n].store(0, Relaxed);
                }
            }
            inner.objects[n] = null();
            inner.free.push(n as u32);
            self.live.fetch_sub(1, Relaxed);
            if !split {
                // Made immortal meanwhile.
                continue;
            }
            let zero = if total == 0 { LIMBO } else { 0 };
            header.local.store(0, Relaxed);
            header
                .shared
                .store(refcount::with_count(MERGED | zero, total as i32), Relaxed);
            header.owner.store(Slot::NONE.0, Release);
            if zero != 0 {
                me.limbo_push(header);
            }
        }
    }

    /// Step 6 (H5).
    pub(crate) fn leave(&self, me: &ThreadRecord) {
        let Some(counts) = me.splits.get() else {
            return;
        };
        if planted(Fault::SplitCountsLost) {
            return;
        }
        let mut inner = self.inner.lock();
        for (n, base) in inner.base.iter_mut().enumerate() {
            *base += counts[n].load(Relaxed);
            counts[n].store(0, Relaxed);
        }
    }
}

impl Domain {
    /// Step 4: joins all split objects. In a stop of all threads, `world`, of `me`.
    pub fn join_split(&self, me: &ThreadRecord, world: &World<'_>) {
        if !self.split.is_empty() {
            self.split.join(me, world, |_| true);
        }
    }

    /// The references to an object, as far as a running world can tell.
    pub fn count_of(&self, h: &Header) -> i64 {
        if h.owner.load(Relaxed) != Slot::SPLIT.0 {
            return i64::from(refcount::total(h));
        }
        let n = h.local.load(Relaxed) as usize;
        let reg = self.registry.lock();
        let inner = self.split.inner.lock();
        inner.base.get(n).copied().unwrap_or(0)
            + reg
                .records
                .iter()
                // SAFETY: R2, under the registry's lock.
                .map(|r| unsafe { r.as_ref() })
                .map(|r| r.splits.get().map_or(0, |c| c[n].load(Relaxed)))
                .sum::<i64>()
    }

    /// Step 5, when `me` works its limbo through; a safepoint.
    pub(crate) fn look_for_dead_split(&self, me: &ThreadRecord) {
        let table = &self.split;
        if table.is_empty() || !table.is_time(&table.last_sum, BETWEEN_SUMS) {
            return;
        }
        let suspect = {
            let reg = self.registry.lock();
            let inner = table.inner.lock();
            (1..inner.objects.len()).any(|n| {
                let of = |r: &ThreadRecord| r.splits.get().map_or(0, |c| c[n].load(Relaxed));
                // SAFETY: R2, under the registry's lock.
                let threads = reg.records.iter().map(|r| of(unsafe { r.as_ref() }));
                !inner.objects[n].is_null() && inner.base[n] + threads.sum::<i64>() <= 0
            })
        };
        if !suspect {
            return;
        }
        self.stop_the_world(me, |world| table.join(me, world, |total| total == 0));
    }
}
