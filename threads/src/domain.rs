//! The threads of one runtime, and the mode.
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
//! and no bag is being worked through by a caller of this safepoint (**M2**: in Single there is no limbo, so nothing can be counted again that waits for destruction) and no object's counts are split ([`crate::split`]): the hook
//! `on_single`, then the byte. `on_single` must publish (see [`Header::publish`](crate::header::Header::publish)) what the thread's own frames hold,
//! because compiled Single code does not mark what it stores.
//!
//! # The words
//!
//! | `multi` of the registry | `multi` bytes of the threads    | state                                                        |
//! |-------------------------|---------------------------------|--------------------------------------------------------------|
//! | false                   | 0 of the only one, or no thread | Single                                                       |
//! | false                   | 1                               | within step 3 and its like below: the registry is locked     |
//! | true                    | 1 of all                        | Multi, also when no thread is left                           |
//!
//! # Orderings
//!
//! The byte is `Relaxed`: a thread reads its own. It is written by that thread, or while that thread is held, and then
//! the hold orders it ([`crate::stop`]). The registry's lock orders the rest: a newcomer has it after the change.
//!
//! # Not checked
//!
//! That `on_multi` flips every patch point of code that relies on Single, and that a caller of
//! [`Domain::become_multi`] is at a safepoint: both are the VM's. Time (the hysteresis) is not modelled.

pub use crate::attach::{AttachError, Attached, OutOfSight, current, with_current};
use crate::fault::{Fault, planted};
use crate::grace::{Bag, Sealed};
use crate::header::Header;
use crate::lock::Sleepers;
use crate::maker::Makers;
use crate::overwrite::Fights;
use crate::park::ParkingLot;
use crate::record::{LAZY, RECLAIM, ThreadRecord};
use crate::slot::Slot;
use crate::slots::Slots;
use crate::split;
use crate::sync::atomic::{
    AtomicU64,
    Ordering::{Relaxed, Release},
};
use crate::sync::{Arc, Condvar, Mutex};
use crate::turn::{self, Misfits};
use std::ptr::NonNull;
use std::time::{Duration, Instant};

/// What the owner of a domain adds to the protocols.
pub trait DomainHooks: Send + Sync {
    /// Destroys an object whose count is zero for good: finaliser, weak references, contents, storage. Called at a
    /// safepoint of `me`, under no lock. It may count, poll, block, stop the world.
    ///
    /// # Safety
    /// Called once for an object that is in nobody's hands any more.
    unsafe fn destroy(&self, me: &ThreadRecord, object: *const Header);

    /// Whether the program would notice that the object, whose count is zero, is destroyed later than at once. From anywhere
    /// where counts are lowered; must not call back.
    fn is_missed(&self, me: &ThreadRecord, object: *const Header) -> bool {
        let _ = (me, object);
        false
    }

    /// Publishes what an object with the flag [`DEEP`](crate::header::DEEP) refers to, before that itself is published. Several threads may
    /// do so at a time.
    fn publish_held(&self, object: &Header) {
        let _ = object;
    }

    /// The mode becomes Multi; called for each attached thread. No thread runs but the calling one, which may not be
    /// attached. In time that does not depend on how much has been compiled, without calling back: it is called under the
    /// registry's lock.
    fn on_multi(&self, thread: &ThreadRecord) {
        let _ = thread;
    }

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

/// The threads of one runtime.
pub struct Domain {
    pub(crate) epoch: AtomicU64,
    pub(crate) registry: Mutex<Registry>,
    /// Something changed that somebody waits for: a state, a hold, the token.
    pub(crate) changed: Condvar,
    pub(crate) lot: ParkingLot,
    pub(crate) sleepers: Sleepers,
    pub(crate) misfits: Misfits,
    pub(crate) makers: Makers,
    /// Which objects many threads write; by anyone, lost updates do not matter.
    pub(crate) fights: Fights,
    pub(crate) hooks: Box<dyn DomainHooks>,
    pub(crate) slots: Slots,
    pub(crate) split: split::Table,
}

/// What the registry's lock guards.
pub(crate) struct Registry {
    pub records: Vec<NonNull<ThreadRecord>>,
    /// Who stops threads now; `Slot::NONE` for a thread that is attaching.
    pub token: Option<Slot>,
    pub token_depth: u32,
    pub multi: bool,
    /// Bags of threads that have ended or are blocked, by tag.
    pub orphans: Vec<Sealed>,
    pub free: Vec<u16>,
    pub next: u16,
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
/// What a look counts that comes of a tick.
const TICK_ALONE: u32 = 16;
const MAX_UNREST: u32 = 6;

impl Domain {
    /// Runs `f`, which copies the process and is zero in the copy, with the world stopped by the caller, `me`. Nobody has
    /// the registry's lock meanwhile.
    ///
    /// The records of the other threads stay in the copy, blocked for ever, as objects may be theirs. But the system
    /// gives their stacks to threads that begin there: nothing that lies on a stack is reached from these records any more.
    pub fn copy_process(&self, me: &ThreadRecord, f: impl FnOnce() -> i32) -> i32 {
        let reg = self.registry.lock();
        let copy = f();
        if copy == 0 {
            // SAFETY: the copy has no other thread.
            unsafe { self.lot.renew() };
            for record in &reg.records {
                // SAFETY: R2, under the registry's lock.
                let record = unsafe { record.as_ref() };
                if !std::ptr::eq(record, me) {
                    record.activation.store(std::ptr::null_mut(), Relaxed);
                    record.vm.store(std::ptr::null_mut(), Relaxed);
                    record.stop_waiting();
                }
            }
        }
        drop(reg);
        copy
    }

    /// A domain without threads, in Single.
    pub fn new(hooks: Box<dyn DomainHooks>) -> Arc<Domain> {
        crate::sync::asymmetric::prepare();
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
            sleepers: Sleepers::new(),
            misfits: Misfits::new(),
            makers: Makers::new(),
            fights: Fights::new(),
            hooks,
            slots: Slots::new(),
            split: split::Table::new(),
        })
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

    pub(crate) fn switch_to_multi(&self, reg: &mut Registry) {
        for record in &reg.records {
            // SAFETY: R2; R3: it is the caller, or held.
            let record = unsafe { record.as_ref() };
            self.hooks.on_multi(record);
            record.multi.store(1, Relaxed);
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

    /// At a safepoint with `LAZY`, before [`Domain::consider_single`]: joins the split objects if `me` is alone.
    pub(crate) fn join_if_alone(&self, me: &ThreadRecord) {
        if !self.split.is_empty() && self.thread_count() == 1 && !planted(Fault::SplitInSingle) {
            self.stop_the_world(me, |world| self.join_split(me, world));
        }
    }

    /// What has waited in a thread for some safepoints is looked at when it comes to the next one: for code that does not count
    /// them, in which case this is to be called every millisecond or so. From any thread. Whether anything has waited; `None`: in
    /// Single.
    pub fn tick(&self) -> Option<bool> {
        let reg = self.registry.lock();
        let mut some = false;
        for record in &reg.records {
            // SAFETY: R2, under the registry's lock.
            let record = unsafe { record.as_ref() };
            if record.guard.load(Relaxed) & LAZY != 0 && record.is_running() {
                record.guard.fetch_or(RECLAIM, Release);
                some = true;
            }
        }
        reg.multi.then_some(some)
    }

    /// At a safepoint with `LAZY`: back to Single if `me` has been alone for long enough and nothing is in limbo. `ticked`: it
    /// was not counted, but took some time.
    pub(crate) fn consider_single(&self, me: &ThreadRecord, ticked: bool) {
        let mut reg = self.registry.lock();
        if !reg.multi || reg.token.is_some() {
            return;
        }
        if reg.records.len() != 1 && !planted(Fault::ModeDownTooSoon) {
            me.with_mine(|m| m.alone = 0);
            return;
        }
        let alone = me.with_mine(|m| {
            m.alone = m.alone.saturating_add(if ticked { TICK_ALONE } else { 1 });
            m.alone
        });
        if !self.split.is_empty() && !planted(Fault::SplitInSingle) {
            // P4: they are joined at the next look.
            me.guard.fetch_or(LAZY, Relaxed);
            return;
        }
        let clean = planted(Fault::ModeDownWithLimbo)
            || (me.with_mine(|m| m.limbo.is_idle()) && reg.orphans.is_empty());
        if alone >= ALONE << reg.unrest && clean && self.slot(me.slot).0.lock().queue.is_empty() {
            self.hooks.on_single(me);
            turn::end_any(me);
            me.multi.store(0, Relaxed);
            me.with_mine(|m| m.alone = 0);
            reg.multi = false;
            reg.note_switch();
        } else {
            me.guard.fetch_or(LAZY, Relaxed);
        }
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

impl Drop for Domain {
    fn drop(&mut self) {
        // No thread is attached: each `Attached` has an `Arc` of this.
        let orphans = std::mem::take(&mut self.registry.lock().orphans);
        for mut sealed in orphans {
            Bag::free_storage(&mut sealed.bag);
        }
    }
}
