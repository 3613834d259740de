//! The slots of a domain: numbers for its threads, each with a lock and a merge queue.
//!
//! A slot is a number with a lock, the record of the thread that has it, if any, and the merge queue
//! ([`crate::refcount`], step 3). The queue of a slot without a thread is empty (**D1**): a detaching thread drains
//! it in the critical section in which it leaves, and a pusher that finds no thread drains in its stead. A new thread
//! takes the slot under the same lock, so it sees all that the old one and the stand-ins have merged: it can trust
//! `owner == me`.
//!
//! # Protocol
//!
//! 1. Who has brought a count below zero queues the object for the slot that its header names, under that slot's lock:
//!    in the queue of a running thread, whose guard word gets `MERGE` after that; for a thread in a blocking call it holds
//!    that thread, drains the queue in its stead and lets it go; for no thread, it drains itself.
//! 2. A thread drains its queue at its safepoints, in [`crate::grace`]'s `reclaim_now`, and when it leaves.
//!
//! | `live`   | `queue`      | state                                                           |
//! |----------|--------------|-----------------------------------------------------------------|
//! | a record | any          | that thread owns what headers say is this slot's                |
//! | none     | empty (D1)   | nobody counts in `local` of such objects but who has the lock   |
//!
//! Orderings: the lock; `MERGE` as [`crate::record`] says. Not checked: more than one chunk of slots.

use crate::domain::Domain;
use crate::fault::{Fault, planted};
use crate::header::Header;
use crate::record::{MERGE, ThreadRecord};
use crate::refcount;
use crate::slot::Slot;
use crate::sync::atomic::Ordering::Release;
use crate::sync::{Mutex, OnceLock};
use std::ptr::NonNull;

#[cfg(not(any(loom, shuttle)))]
const CHUNK: usize = 64;
#[cfg(any(loom, shuttle))]
const CHUNK: usize = 4;
const CHUNKS: usize = Slot::MAX.0 as usize / CHUNK + 1;

pub(crate) struct SlotCell(pub(crate) Mutex<SlotInner>);

/// What a slot's lock guards.
pub(crate) struct SlotInner {
    pub(crate) live: Option<NonNull<ThreadRecord>>,
    pub(crate) queue: Vec<*const Header>,
}

// SAFETY: the pointers are used under the lock only, by R2 and by the counting protocol.
unsafe impl Send for SlotInner {}

/// The slots, made as they are needed.
pub(crate) struct Slots(Box<[OnceLock<Box<[SlotCell; CHUNK]>>]>);

impl Slots {
    pub(crate) fn new() -> Self {
        Self((0..CHUNKS).map(|_| OnceLock::new()).collect())
    }

    pub(crate) fn get(&self, slot: Slot) -> &SlotCell {
        let chunk = self.0[slot.0 as usize / CHUNK].get_or_init(|| {
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

impl Domain {
    pub(crate) fn slot(&self, slot: Slot) -> &SlotCell {
        self.slots.get(slot)
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
