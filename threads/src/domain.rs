//! The threads of one runtime, their slots, and the mode.
//!
//! A [`Domain`] is everything that the threads of one runtime share here; two domains share nothing.
//!
//! # Mode
//!
//! A thread's `multi` byte says in which mode it is. All attached threads are always in the same, but for the moment
//! of a change, when all but the changing one are held.
//!
//! Up, before a thread of one's own is started ([`Domain::become_multi`]): the caller is the only attached thread,
//! at a safepoint. Under the registry's lock: the hook `on_multi`, then the byte.
//!
//! Up, when a foreign thread attaches, and one thread is there in Single:
//!
//! 1. Under the registry's lock the newcomer takes the token of [`crate::stop`], and holds the only thread.
//! 2. It waits until that thread does not run. If it detaches instead, the newcomer is the only one: Single stays.
//! 3. The hook `on_multi` (patch points are flipped), then the byte of the held thread, then its own.
//! 4. It enters itself into the registry, removes the hold, gives the token back. Only then can it touch an object
//!    (**M1**: no thread touches an object in Multi while another is in Single).
//!
//! The cost does not depend on how much was compiled: one hook, one byte. Later threads only enter themselves.
//!
//! Down, at a safepoint of the only thread left, when it has been alone for a number of safepoints that doubles
//! with each change within a second (hysteresis), **and** its bags, the orphaned bags and its merge queue are empty,
//! and no bag is being worked through by a caller of this safepoint (**M2**: in Single there is no limbo, so nothing can be counted again that waits for destruction): the hook
//! `on_single`, then the byte. `on_single` must publish (see [`Header::publish`](crate::header::Header::publish)) what the thread's own frames hold,
//! because compiled Single code does not mark what it stores.
//!
//! # Slots
//!
//! A slot is a number with a lock, the record of the thread that has it, if any, and the merge queue
//! ([`crate::refcount`], step 3). The queue of a slot without a thread is empty (**D1**): a detaching thread drains
//! it in the critical section in which it leaves, and a pusher that finds no thread drains in its stead. A new thread
//! takes the slot under the same lock, so it sees all that the old one and the stand-ins have merged: it can trust
//! `owner == me`.

use crate::fault::{Fault, planted, weaken};
use crate::grace::{Bag, Sealed};
use crate::header::Header;
use crate::park::ParkingLot;
use crate::record::{LAZY, MERGE, STOP, ThreadRecord};
use crate::refcount;
use crate::slot::Slot;
use crate::stop::{HOLD, RUNNING};
use crate::sync::atomic::{
    AtomicU64,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use crate::sync::{Arc, Condvar, Mutex, OnceLock, thread_local};
use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::{NonNull, null};
use std::time::{Duration, Instant};

/// What the owner of a domain adds to the protocols.
pub trait DomainHooks: Send + Sync {
    /// Destroys an object whose count is zero for good: finaliser, weak references, contents, storage. Called at a
    /// safepoint of `me`, under no lock. It may count, poll, block, stop the world.
    ///
    /// # Safety
    /// Called once for an object that is in nobody's hands any more.
    unsafe fn destroy(&self, me: &ThreadRecord, object: *const Header);

    /// The mode becomes Multi. No thread runs but the calling one, which may not be attached. In constant time,
    /// without calling back: it is called under the registry's lock.
    fn on_multi(&self) {}

    /// The mode becomes Single; `me` is the only thread. Under the registry's lock, as above.
    fn on_single(&self, me: &ThreadRecord) {
        let _ = me;
    }

    /// A bit was set in the guard word of a thread in Single, whose compiled code has no polls: make its back edges
    /// lead to one. From any thread, possibly under the registry's lock, must not call back.
    fn kick(&self, target: &ThreadRecord) {
        let _ = target;
    }

    /// Whether compiled code of `me` may have a return address in the code `code` (its address, for the VM to
    /// interpret), beyond what [`crate::tier`] itself can see. `me` is held or the caller.
    fn code_in_use(&self, me: &ThreadRecord, code: *const ()) -> bool {
        let _ = (me, code);
        false
    }
}

/// Why a thread could not attach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttachError {
    /// As many threads are attached as there are slots.
    TooManyThreads,
}

impl std::fmt::Display for AttachError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "more than {} threads are attached to one runtime",
            Slot::MAX.0
        )
    }
}

impl std::error::Error for AttachError {}

/// The threads of one runtime.
pub struct Domain {
    pub(crate) epoch: AtomicU64,
    pub(crate) registry: Mutex<Registry>,
    /// Something changed that somebody waits for: a state, a hold, the token.
    pub(crate) changed: Condvar,
    pub(crate) lot: ParkingLot,
    pub(crate) hooks: Box<dyn DomainHooks>,
    slots: Box<[OnceLock<Box<[SlotCell; CHUNK]>>]>,
}

#[cfg(not(any(loom, shuttle)))]
const CHUNK: usize = 64;
#[cfg(any(loom, shuttle))]
const CHUNK: usize = 4;
const CHUNKS: usize = Slot::MAX.0 as usize / CHUNK + 1;

struct SlotCell(Mutex<SlotInner>);

struct SlotInner {
    live: Option<NonNull<ThreadRecord>>,
    queue: Vec<*const Header>,
}

// SAFETY: the pointers are used under the lock only, by R2 and by the counting protocol.
unsafe impl Send for SlotInner {}

/// What the registry's lock guards.
pub(crate) struct Registry {
    pub records: Vec<NonNull<ThreadRecord>>,
    /// Who stops threads now; `Slot::NONE` for a thread that is attaching.
    pub token: Option<Slot>,
    pub token_depth: u32,
    pub multi: bool,
    /// Bags of threads that have ended or are blocked, by tag.
    pub orphans: Vec<Sealed>,
    free: Vec<u16>,
    next: u16,
    pub stops: u64,
    switches: u64,
    /// Doublings of the hysteresis.
    unrest: u32,
    last_switch: Option<Instant>,
}

// SAFETY: records are used by R2, bags by who takes them out.
unsafe impl Send for Registry {}

/// Looks at `LAZY`, alone, before the mode goes back to Single (doubled up to 64 times).
#[cfg(not(any(loom, shuttle)))]
const ALONE: u32 = 64;
#[cfg(any(loom, shuttle))]
const ALONE: u32 = 1;
const MAX_UNREST: u32 = 6;

#[cfg(not(any(loom, shuttle)))]
thread_local! {
    static CURRENT: Cell<*const ThreadRecord> = const { Cell::new(null()) };
    static INNERMOST: Cell<*const Link> = const { Cell::new(null()) };
}

#[cfg(any(loom, shuttle))]
thread_local! {
    static CURRENT: Cell<*const ThreadRecord> = Cell::new(null());
    static INNERMOST: Cell<*const Link> = Cell::new(null());
}

/// The record of the calling thread in the runtime that it entered last, or null.
#[inline(always)]
pub fn current() -> *const ThreadRecord {
    CURRENT.with(Cell::get)
}

/// Calls `f` with the record of the calling thread in the runtime that it entered last.
#[inline(always)]
pub fn with_current<R>(f: impl FnOnce(Option<&ThreadRecord>) -> R) -> R {
    // SAFETY: `Attached` cannot leave its thread, and takes its record out of CURRENT before it frees it.
    f(unsafe { current().as_ref() })
}

/// A thread's attachment. It ends when this is dropped, or, if the thread has attached to the same domain several
/// times, when the last of these is dropped. A thread may be attached to several domains, and drop in any order.
pub struct Attached {
    link: Box<Link>,
    domain: Arc<Domain>,
    /// The blocking call of the same record in which this was made, or 0.
    interrupted: u64,
    not_send: PhantomData<*const ()>,
}

/// The attachments of one thread, innermost first. Only their thread touches them; each is in an `Attached`.
struct Link {
    record: NonNull<ThreadRecord>,
    outer: Cell<*const Link>,
}

impl Link {
    /// The links of this thread, from `INNERMOST`.
    fn all() -> impl Iterator<Item = &'static Link> {
        // SAFETY: a link leaves the list before it is freed, and no `Attached` is dropped while this is used.
        let at = |link: *const Link| unsafe { link.as_ref() };
        std::iter::successors(at(INNERMOST.with(Cell::get)), move |link| {
            at(link.outer.get())
        })
    }

    fn enter(record: NonNull<ThreadRecord>) -> Box<Link> {
        let link = Box::new(Link {
            record,
            outer: Cell::new(INNERMOST.with(Cell::get)),
        });
        INNERMOST.with(|c| c.set(&*link));
        CURRENT.with(|c| c.set(record.as_ptr()));
        link
    }

    /// Takes the link out, wherever it is in the list. Says whether its record is in the list no more.
    fn leave(&self) -> bool {
        match Link::all().find(|l| std::ptr::eq(l.outer.get(), self)) {
            Some(inner) => inner.outer.set(self.outer.get()),
            None => INNERMOST.with(|c| c.set(self.outer.get())),
        }
        Link::all().all(|l| l.record != self.record)
    }

    fn set_current() {
        let current = Link::all()
            .next()
            .map_or(null(), |l| l.record.as_ptr().cast_const());
        CURRENT.with(|c| c.set(current));
    }
}

impl Deref for Attached {
    type Target = ThreadRecord;
    #[inline(always)]
    fn deref(&self) -> &ThreadRecord {
        // SAFETY: freed when this is dropped.
        unsafe { self.link.record.as_ref() }
    }
}

impl Domain {
    /// A domain without threads, in Single.
    pub fn new(hooks: Box<dyn DomainHooks>) -> Arc<Domain> {
        Arc::new(Domain {
            epoch: AtomicU64::new(1),
            registry: Mutex::new(Registry {
                records: Vec::new(),
                token: None,
                token_depth: 0,
                multi: false,
                orphans: Vec::new(),
                free: Vec::new(),
                next: 1,
                stops: 0,
                switches: 0,
                unrest: 0,
                last_switch: None,
            }),
            changed: Condvar::new(),
            lot: ParkingLot::new(),
            hooks,
            slots: (0..CHUNKS).map(|_| OnceLock::new()).collect(),
        })
    }

    /// Attaches the calling thread. Waits out a stop. If the thread is already attached to this domain, the same
    /// record is used.
    pub fn attach(self: &Arc<Self>) -> Result<Attached, AttachError> {
        // SAFETY: records in the list are attached.
        let known =
            Link::all().find(|l| std::ptr::eq(unsafe { l.record.as_ref() }.domain, &**self));
        if let Some(known) = known {
            return Ok(self.attached(known.record, true));
        }
        let mut reg = self.registry.lock();
        while reg.token.is_some() {
            self.changed.wait(&mut reg);
        }
        let number = match reg.free.pop() {
            Some(number) => number,
            None if reg.next <= Slot::MAX.0 => {
                reg.next += 1;
                reg.next - 1
            }
            None => return Err(AttachError::TooManyThreads),
        };
        let newcomer_first = planted(Fault::ModeNewcomerFirst) && !reg.records.is_empty();
        if !reg.records.is_empty() && !reg.multi && !newcomer_first {
            // Trigger 2 of the mode, steps 1 to 3.
            reg.token = Some(Slot::NONE);
            if planted(Fault::ModeNoWait) {
                // SAFETY: R2, under the registry's lock.
                let only = unsafe { reg.records[0].as_ref() };
                only.state.fetch_add(HOLD, AcqRel);
                only.guard.fetch_or(STOP, Release);
            } else {
                reg = self.hold(reg, &|_| true);
            }
            if !reg.records.is_empty() {
                self.switch_to_multi(&mut reg);
            }
            for record in &reg.records {
                // SAFETY: R2, under the registry's lock.
                unsafe { record.as_ref() }.state.fetch_sub(HOLD, AcqRel);
            }
            reg.token = None;
            self.changed.notify_all();
        }
        let slot = Slot(number);
        let multi = reg.multi || newcomer_first;
        let record = Box::new(ThreadRecord::new(
            &**self,
            slot,
            multi,
            // Acquire, as for any announcement: see `grace`.
            self.epoch.load(weaken(Fault::GraceAttachRelaxed, Acquire)),
            RUNNING,
        ));
        let record = NonNull::from(Box::leak(record));
        if planted(Fault::CountSlotUnlocked) {
            drop(reg);
            reg = self.registry.lock();
        } else {
            // D1: the lock of the slot, whose last critical section is before this one.
            self.slot(slot).0.lock().live = Some(record);
        }
        reg.records.push(record);
        drop(reg);
        Ok(self.attached(record, false))
    }

    fn attached(self: &Arc<Self>, record: NonNull<ThreadRecord>, again: bool) -> Attached {
        // SAFETY: it is attached.
        let me = unsafe { record.as_ref() };
        let interrupted = if again { me.interrupt_blocking() } else { 0 };
        Attached {
            link: Link::enter(record),
            domain: self.clone(),
            interrupted,
            not_send: PhantomData,
        }
    }

    /// Brings the domain to Multi; the caller is attached and at a safepoint. To be called before the only thread
    /// starts another, and harmless at any time.
    pub fn become_multi(&self, me: &ThreadRecord) {
        if me.is_multi() {
            return;
        }
        let mut reg = self.registry.lock();
        if !reg.multi {
            self.switch_to_multi(&mut reg);
            me.guard.fetch_or(LAZY, Relaxed);
        }
    }

    fn switch_to_multi(&self, reg: &mut Registry) {
        self.hooks.on_multi();
        for record in &reg.records {
            // SAFETY: R2; R3: it is the caller, or held.
            unsafe { record.as_ref() }.multi.store(1, Relaxed);
        }
        reg.multi = true;
        reg.note_switch();
    }

    /// Whether the domain is in Multi; a snapshot.
    pub fn is_multi(&self) -> bool {
        self.registry.lock().multi
    }

    /// How many threads are attached; a snapshot.
    pub fn thread_count(&self) -> usize {
        self.registry.lock().records.len()
    }

    /// How often the world was stopped.
    pub fn stop_count(&self) -> u64 {
        self.registry.lock().stops
    }

    /// How often the mode has changed.
    pub fn switch_count(&self) -> u64 {
        self.registry.lock().switches
    }

    /// Sets VM bits in the guard word of the thread with number `slot`; says whether there is one.
    pub fn request(&self, slot: Slot, bits: u32) -> bool {
        let reg = self.registry.lock();
        // SAFETY: R2, under the registry's lock.
        let found = reg
            .records
            .iter()
            .map(|r| unsafe { r.as_ref() })
            .find(|r| r.slot == slot);
        found.map(|r| r.request(bits)).is_some()
    }

    /// Sets VM bits in the guard words of all threads.
    pub fn request_all(&self, bits: u32) {
        for record in &self.registry.lock().records {
            // SAFETY: R2, under the registry's lock.
            unsafe { record.as_ref() }.request(bits);
        }
    }

    /// At a safepoint with `LAZY`: back to Single if `me` has been alone for long enough and nothing is in limbo.
    pub(crate) fn consider_single(&self, me: &ThreadRecord) {
        let mut reg = self.registry.lock();
        if !reg.multi || reg.token.is_some() {
            return;
        }
        if reg.records.len() != 1 && !planted(Fault::ModeDownTooSoon) {
            me.with_mine(|m| m.alone = 0);
            return;
        }
        let alone = me.with_mine(|m| {
            m.alone += 1;
            m.alone
        });
        let clean = planted(Fault::ModeDownWithLimbo)
            || (me.with_mine(|m| m.limbo.is_idle()) && reg.orphans.is_empty());
        if alone >= ALONE << reg.unrest && clean && self.slot(me.slot).0.lock().queue.is_empty() {
            self.hooks.on_single(me);
            me.multi.store(0, Relaxed);
            me.with_mine(|m| m.alone = 0);
            reg.multi = false;
            reg.note_switch();
        } else {
            me.guard.fetch_or(LAZY, Relaxed);
        }
    }

    fn slot(&self, slot: Slot) -> &SlotCell {
        let chunk = self.slots[slot.0 as usize / CHUNK].get_or_init(|| {
            Box::new(std::array::from_fn(|_| {
                SlotCell(Mutex::new(SlotInner {
                    live: None,
                    queue: Vec::new(),
                }))
            }))
        });
        &chunk[slot.0 as usize % CHUNK]
    }
}

impl Registry {
    fn note_switch(&mut self) {
        self.switches += 1;
        let now = Instant::now();
        let quiet = self
            .last_switch
            .is_none_or(|t| now - t > Duration::from_secs(1));
        self.unrest = match quiet {
            true => 0,
            false if cfg!(any(loom, shuttle)) => 0,
            false => (self.unrest + 1).min(MAX_UNREST),
        };
        self.last_switch = Some(now);
    }
}

/// Queues an object for the owner of its counts; `refcount`, steps 2 and 3.
pub(crate) fn queue_merge(me: &ThreadRecord, slot: Slot, object: &Header) {
    let domain = me.domain();
    let mut inner = domain.slot(slot).0.lock();
    match inner.live {
        Some(owner) if owner.as_ptr().cast_const() != std::ptr::from_ref(me) => {
            // SAFETY: R2, under the slot's lock.
            let owner = unsafe { owner.as_ref() };
            if owner.try_hold_blocked() {
                // The owner sleeps: do its work for it.
                for queued in std::mem::take(&mut inner.queue) {
                    // SAFETY: an object in a queue is not destroyed (I4).
                    refcount::drain_one(unsafe { &*queued }, me);
                }
                refcount::drain_one(object, me);
                drop(inner);
                owner.unhold(domain);
            } else {
                inner.queue.push(object);
                owner.guard.fetch_or(MERGE, Release);
            }
        }
        None if planted(Fault::CountStranded) => inner.queue.push(object),
        // The slot's thread has gone, or it is the caller.
        _ => refcount::drain_one(object, me),
    }
}

/// Drains the calling thread's queue.
pub(crate) fn drain_own_queue(me: &ThreadRecord) {
    drain_queue_of(me, me.slot);
}

/// Drains the queue of a slot whose thread is the caller or is held.
pub(crate) fn drain_queue_of(me: &ThreadRecord, slot: Slot) {
    let mut inner = me.domain().slot(slot).0.lock();
    for object in std::mem::take(&mut inner.queue) {
        // SAFETY: an object in a queue is not destroyed (I4).
        refcount::drain_one(unsafe { &*object }, me);
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let me = &**self;
        let domain = &self.domain;
        if Link::all().filter(|l| l.record == self.link.record).count() == 1 {
            // Finalisers run in this runtime, whatever the thread is in otherwise.
            CURRENT.with(|c| c.set(me));
            for _ in 0..1000 {
                drain_own_queue(me);
                me.reclaim();
                if me.with_mine(|m| m.limbo.is_empty()) || domain.thread_count() > 1 {
                    break;
                }
            }
        }
        if !self.link.leave() {
            me.resume_blocking(self.interrupted);
            return Link::set_current();
        }
        Link::set_current();
        {
            // D1: the last objects, and the end of the slot's life, in one critical section.
            let mut inner = domain.slot(me.slot).0.lock();
            inner.live = None;
            if !planted(Fault::CountStranded) {
                for object in std::mem::take(&mut inner.queue) {
                    // SAFETY: an object in a queue is not destroyed (I4).
                    refcount::drain_one(unsafe { &*object }, me);
                }
            }
        }
        me.orphan_limbo();
        me.enter_blocked();
        let mut reg = domain.registry.lock();
        while me.state.load(Acquire) >= HOLD {
            domain.changed.wait(&mut reg);
        }
        reg.records.retain(|r| *r != self.link.record);
        reg.free.push(me.slot.0);
        reg.free.sort_unstable_by(|a, b| b.cmp(a));
        if let [last] = reg.records[..]
            && reg.multi
        {
            // SAFETY: R2, under the registry's lock.
            unsafe { last.as_ref() }.guard.fetch_or(LAZY, Release);
        }
        domain.changed.notify_all();
        drop(reg);
        // SAFETY: it came from a box, and by R2 nobody can reach it any more.
        drop(unsafe { Box::from_raw(self.link.record.as_ptr()) });
    }
}

impl Drop for Domain {
    fn drop(&mut self) {
        // No thread is attached: each `Attached` has an `Arc` of this.
        let orphans = std::mem::take(&mut self.registry.lock().orphans);
        for mut sealed in orphans {
            Bag::free_storage(&mut sealed.bag);
        }
    }
}
