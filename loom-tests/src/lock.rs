//! The object lock.
//!
//! Bounded: two threads, one or two locks, one critical section each (two where a wake-up could be lost).

use crate::world::{Model, Obj, Plain, go, join, lock_crosswise, spawn, start_multi, write_once};
use threadsnake_threads::fault::Fault;
use threadsnake_threads::lock::{LockGuard, ObjectLock};
use threadsnake_threads::refcount::is_uniquely_owned;
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Release},
};
use threadsnake_threads::{Header, ThreadRecord};

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "excludes",
        run: excludes,
        faults: &[
            Fault::LockTakeRelaxed,
            Fault::LockReleaseRelaxed,
            Fault::LockNoUnpark,
            Fault::LockNoValidate,
            Fault::LockSleepUnfenced,
        ],
    },
    Model {
        name: "two_in_either_order",
        run: two_in_either_order,
        faults: &[Fault::LockHoldAndWait],
    },
    Model {
        name: "free_in_a_stopped_world",
        run: free_in_a_stopped_world,
        faults: &[Fault::LockHeldAcrossBlock],
    },
    Model {
        name: "alone_without_it",
        run: alone_without_it,
        faults: &[Fault::LockAlonePublished],
    },
    Model {
        name: "waiter_is_stopped",
        run: waiter_is_stopped,
        faults: &[Fault::StopLostWake],
    },
];

/// One at a time, each sees what the other did, and nobody sleeps for ever.
fn excludes() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::touched(&me), Plain::new());
    go();
    let t = write_once(&domain, &obj, &cell);
    {
        let _guard = ObjectLock::lock(&obj.header, &me);
        cell.write();
    }
    join(&me, [t]);
    assert_eq!(cell.read(), 2);
}

/// Two locks, taken in opposite orders.
fn two_in_either_order() {
    let (domain, me) = start_multi();
    // In one allocation, so that their order is the same in each execution.
    let both = Arc::new([(), ()].map(|()| Header::new(0, me.slot, true)));
    lock_crosswise(&domain, &me, &both);
}

/// A holder that comes to a safepoint or blocks gives the lock up for the time (L2).
fn free_in_a_stopped_world() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::touched(&me), Plain::new());
    go();
    let (theirs, their_cell) = (obj.clone(), cell.clone());
    let t = spawn(&domain, move |_, me| {
        let _guard = ObjectLock::lock(&theirs.header, me);
        their_cell.write();
        me.poll();
        their_cell.write();
    });
    domain.stop_the_world(&me, |_| {
        let _guard = ObjectLock::try_lock(&obj.header, &me).expect("free in a stopped world");
        cell.write();
    });
    join(&me, [t]);
    assert!(!ObjectLock::is_locked(&obj.header));
}

/// The holder stops the world while the other waits for the lock, or has it.
fn waiter_is_stopped() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::touched(&me), Plain::new());
    go();
    let (theirs, their_cell) = (obj.clone(), cell.clone());
    let t = spawn(&domain, move |domain, me| {
        let _guard = ObjectLock::lock(&theirs.header, me);
        their_cell.write();
        domain.stop_the_world(me, |_| ());
    });
    {
        let _guard = ObjectLock::lock(&obj.header, &me);
        cell.write();
        me.poll();
        me.blocking(|| ());
    }
    join(&me, [t]);
    assert_eq!(cell.read(), 2);
}

fn lock_unless_alone<'a>(h: &'a Header, me: &'a ThreadRecord) -> Option<LockGuard<'a>> {
    (!is_uniquely_owned(h, me)).then(|| ObjectLock::lock(h, me))
}

/// An object of the thread's own is written without the lock (L3); stored where the other can load it, with the lock.
fn alone_without_it() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::new(&me), Plain::new());
    let stored = Arc::new(AtomicU32::new(0));
    go();
    let (theirs, their_cell, their_stored) = (obj.clone(), cell.clone(), stored.clone());
    let t = spawn(&domain, move |_, me| {
        if their_stored.load(Acquire) != 0 {
            let _guard = lock_unless_alone(&theirs.header, me);
            their_cell.write();
        }
    });
    let write = || {
        let _guard = lock_unless_alone(&obj.header, &me);
        cell.write();
    };
    write();
    obj.header.publish();
    stored.store(1, Release);
    write();
    join(&me, [t]);
}
