//! Attaching to a domain and leaving it, and which thread record the calling thread is in.
//!
//! The thread-local `CURRENT` is one pointer, so that the VM's reference type can find its record when it is dropped;
//! the list behind it (a thread may be attached to several domains) is touched by attaching and leaving only.
//!
//! # Protocol of attaching
//!
//! 1. A thread that is attached to the domain already gets the same record. If it is in a blocking call it runs again, and
//!    blocks again when this attachment ends.
//! 2. Under the registry's lock: wait while somebody has the token of [`crate::stop`] (**A1**: nobody attaches to a stopped
//!    world), take a free slot number.
//! 3. If one thread is there, in Single: the switch to Multi ([`crate::domain`]).
//! 4. Make the record: running, and with the present `epoch` as its first announcement ([`crate::grace`]). Enter it into
//!    its slot, under the slot's lock, then into the registry. Only then can it touch an object.
//!
//! # Protocol of leaving
//!
//! 1. Still running: drain the merge queue and work the limbo through; finalisers run.
//! 2. In one critical section of the slot's lock, drain the queue for the last time and take the record out of the slot
//!    (D1 of `slots`). Who queues an object for this slot from now on does the work itself.
//! 3. Add up the split counts (H5 of [`crate::split`]), leave the bags to the domain, become blocked.
//! 4. Under the registry's lock: wait until nobody holds the record, take it out, give the slot number back, ask a thread
//!    that is left alone to consider Single. Then free the record (R2 of [`crate::record`]).
//!
//! # The words
//!
//! | word                    | written by                                    | state                                          |
//! |-------------------------|-----------------------------------------------|------------------------------------------------|
//! | `CURRENT`, `INNERMOST`  | their thread                                  | thread-local: no other thread reads them       |
//! | a slot's `live`         | step 4, step 2 of leaving, under its lock     | the record of the thread that has the slot     |
//! | the registry's records  | step 4, step 4 of leaving, under its lock     | who is stopped, announced to, counted          |
//!
//! # Orderings
//!
//! The two locks order all of it, but for the new record's first announcement: `epoch` is read with `Acquire`, for the
//! reason that [`crate::grace`] gives. The bits that are set in others' words here follow [`crate::stop`].
//!
//! # Not checked
//!
//! More than one domain for a thread, and attaching within a blocking call: they are tested on the real build.

use crate::domain::Domain;
use crate::fault::{Fault, planted, weaken};
use crate::record::{LAZY, STOP, ThreadRecord};
use crate::refcount;
use crate::slot::Slot;
use crate::slots;
use crate::split;
use crate::stop::{BLOCKED, HOLD, RUNNING};
use crate::sync::atomic::AtomicPtr;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use crate::sync::{Arc, thread_local};
use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::{NonNull, null, null_mut};

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

/// Makes the calling thread one that is in no runtime, from [`OutOfSight::begin`] until this is dropped: for taking down the
/// objects of a domain inside a thread of another. Between, the thread neither attaches nor touches objects of the domains
/// that it is in.
#[derive(Default)]
pub struct OutOfSight(AtomicPtr<ThreadRecord>);

impl OutOfSight {
    /// Nothing is put out of sight yet.
    pub fn new() -> Self {
        Self(AtomicPtr::new(null_mut()))
    }

    /// Begins. The value is dropped by the same thread.
    pub fn begin(&self) {
        let current = CURRENT.with(|c| c.replace(null()));
        self.0.store(current.cast_mut(), Relaxed);
    }
}

impl Drop for OutOfSight {
    fn drop(&mut self) {
        let current = self.0.load(Relaxed);
        if !current.is_null() {
            CURRENT.with(|c| c.set(current));
        }
    }
}

/// A thread's attachment. It ends when this is dropped, or, if the thread has attached to the same domain several
/// times, when the last of these is dropped. A thread may be attached to several domains, and drop in any order.
pub struct Attached {
    /// The link's record, here too, as it is asked for all the time.
    record: NonNull<ThreadRecord>,
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
        unsafe { self.record.as_ref() }
    }
}

impl Domain {
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
            self.makers.of_new(slot),
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
            record,
            link: Link::enter(record),
            domain: self.clone(),
            interrupted,
            not_send: PhantomData,
        }
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
                split::split_nominated(me, true);
                slots::drain_own_queue(me);
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
        domain.split.leave(me);
        me.orphan_limbo();
        me.enter_blocked(BLOCKED);
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
