//! Biased reference counts.
//!
//! Bounded: one object, two holders, one of them its owner (or none, or a dead one); each drops, some count first.
//! `queued_and_merged` explores no further where the giver comes too late.
//! Always at the end: destroyed exactly once, and never used after.

use crate::world::{Model, Obj, enough, go, join, spawn, start_multi};
use std::ptr::null_mut;
use threadsnake_threads::fault::Fault;
use threadsnake_threads::header::{FINALIZED, HAS_WEAKREF, PUBLISHED};
use threadsnake_threads::refcount::{MERGED, ONE};
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{
    AtomicPtr, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "given_away",
        run: given_away,
        faults: &[Fault::CountNoQueue],
    },
    Model {
        name: "counted_by_another",
        run: counted_by_another,
        faults: &[Fault::CountIgnoreShared, Fault::CountMergeStore],
    },
    Model {
        name: "queued_and_merged",
        run: queued_and_merged,
        faults: &[Fault::CountQueuedDestroyed],
    },
    Model {
        name: "owner_ends",
        run: owner_ends,
        faults: &[Fault::CountStranded],
    },
    Model {
        name: "slot_taken_again",
        run: slot_taken_again,
        faults: &[Fault::CountSlotUnlocked],
    },
    Model {
        name: "left_by_single",
        run: left_by_single,
        faults: &[Fault::CountNoFold],
    },
    Model {
        name: "handed_over",
        run: handed_over,
        faults: &[Fault::CountDecRelaxed],
    },
    Model {
        name: "published_by_one_of_two",
        run: published_by_one_of_two,
        faults: &[Fault::CountPublishPlain],
    },
];

/// The owner's second reference was given to another thread, which drops it.
fn given_away() {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    obj.inc(&me);
    go();
    let theirs = obj.clone();
    let t = spawn(&domain, move |_, me| {
        theirs.touch();
        theirs.dec(me);
    });
    obj.dec(&me);
    join(&me, [t]);
    me.poll();
    me.reclaim_now();
    assert_eq!(obj.destroyed(), 1);
}

/// The other thread's reference is counted in the shared part.
fn counted_by_another() {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    obj.header.shared.store(ONE, Relaxed);
    go();
    let theirs = obj.clone();
    let t = spawn(&domain, move |_, me| {
        theirs.touch();
        theirs.dec(me);
    });
    obj.dec(&me);
    join(&me, [t]);
    me.reclaim_now();
    assert_eq!(obj.destroyed(), 1);
}

/// One thread drops what the owner has counted, so the object is queued; another, which has borrowed it, counts it
/// and gives that to the owner; the owner comes to zero while the object is on its way into the queue.
fn queued_and_merged() {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    let back = Arc::new(AtomicU32::new(0));
    go();
    let theirs = obj.clone();
    let dropper = spawn(&domain, move |_, me| theirs.dec(me));
    let (theirs, give) = (obj.clone(), back.clone());
    let giver = spawn(&domain, move |_, me| {
        theirs.inc(me);
        give.store(1, Release);
    });
    let given = back.load(Acquire) == 1;
    if given {
        obj.dec(&me);
        me.poll();
        me.poll();
    } else {
        enough();
    }
    join(&me, [dropper, giver]);
    if !given {
        obj.dec(&me);
    }
    me.reclaim_now();
    assert_eq!(obj.destroyed(), 1);
}

/// The owner gives its only reference away and ends.
fn owner_ends() {
    let (domain, me) = start_multi();
    let place = Arc::new(AtomicPtr::new(null_mut::<Obj>()));
    go();
    let theirs = place.clone();
    let t = spawn(&domain, move |_, me| {
        let obj = Obj::published(me);
        theirs.store(Arc::into_raw(obj).cast_mut(), Release);
    });
    let early = place.load(Acquire);
    if !early.is_null() {
        // SAFETY: the pointer came from an `Arc`, which is taken back below.
        unsafe { &*early }.dec(&me);
    }
    join(&me, [t]);
    // SAFETY: it came from `into_raw` above.
    let obj = unsafe { Arc::from_raw(place.load(Acquire).cast_const()) };
    if early.is_null() {
        obj.dec(&me);
    }
    me.reclaim_now();
    assert_eq!(obj.destroyed(), 1);
}

/// The owner has ended; while one thread drops, another takes the slot and is the owner now.
fn slot_taken_again() {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    obj.header.owner.store(me.slot.0 + 1, Relaxed);
    obj.inc(&me);
    obj.header.local.store(2, Relaxed);
    obj.header.shared.store(0, Relaxed);
    go();
    let theirs = obj.clone();
    let t = spawn(&domain, move |_, me| {
        theirs.dec(me);
        me.poll();
    });
    obj.dec(&me);
    join(&me, [t]);
    me.reclaim_now();
    assert_eq!(obj.destroyed(), 1);
}

/// I2: Single code has counted in the local part of a merged object.
fn left_by_single() {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    obj.header.owner.store(0, Relaxed);
    obj.header.shared.store(ONE | MERGED, Relaxed);
    go();
    let theirs = obj.clone();
    let t = spawn(&domain, move |_, me| {
        theirs.touch();
        theirs.dec(me);
    });
    obj.dec(&me);
    join(&me, [t]);
    me.reclaim_now();
    assert_eq!(obj.destroyed(), 1);
}

/// An unpublished object with two counted holders, merged: destroyed without a grace period, so the drops themselves
/// must order what was done before.
fn handed_over() {
    let (domain, me) = start_multi();
    let obj = Obj::new(&me);
    obj.header.owner.store(0, Relaxed);
    obj.header.local.store(0, Relaxed);
    obj.header.shared.store(2 * ONE | MERGED, Relaxed);
    assert!(!obj.header.has(PUBLISHED));
    go();
    let theirs = obj.clone();
    let t = spawn(&domain, move |_, me| {
        theirs.touch();
        theirs.dec(me);
    });
    obj.touch();
    obj.dec(&me);
    join(&me, [t]);
    assert_eq!(obj.destroyed(), 1);
}

/// An unpublished object that was handed over within something else, so that two threads have it: both publish it and set
/// a flag.
fn published_by_one_of_two() {
    let (domain, me) = start_multi();
    let obj = Obj::new(&me);
    obj.inc(&me);
    go();
    let theirs = obj.clone();
    let t = spawn(&domain, move |_, me| {
        theirs.header.publish();
        theirs.header.set(FINALIZED);
        theirs.dec(me);
    });
    obj.header.publish();
    obj.header.set(HAS_WEAKREF);
    obj.dec(&me);
    join(&me, [t]);
    assert!(obj.header.has(PUBLISHED | HAS_WEAKREF | FINALIZED));
    me.poll();
    me.reclaim_now();
    assert_eq!(obj.destroyed(), 1);
}
