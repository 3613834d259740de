//! Split counts.
//!
//! Bounded: one object, two threads that count it; one of them nominates it and comes to safepoints. What nominates in the
//! real build (looks at one in some counts) is left out: the models nominate themselves.

use crate::world::{Model, Obj, go, join, spawn, start_multi};
use threadsnake_threads::Slot;
use threadsnake_threads::fault::Fault;
use threadsnake_threads::split::{nominate, split_now};
use threadsnake_threads::sync::atomic::Ordering::Relaxed;

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "split_under_another",
        run: split_under_another,
        faults: &[Fault::SplitNoStop],
    },
    Model {
        name: "split_and_left",
        run: split_and_left,
        faults: &[Fault::SplitCountsLost],
    },
    Model {
        name: "split_while_queued",
        run: split_while_queued,
        faults: &[Fault::SplitTakesQueued],
    },
    Model {
        name: "joined_for_single",
        run: joined_for_single,
        faults: &[Fault::SplitInSingle],
    },
];

/// H2: the other thread is counting while the object is split. It owns one reference that is counted in `local`.
fn split_under_another() {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    obj.inc(&me);
    obj.inc(&me);
    go();
    let theirs = obj.clone();
    let t = spawn(&domain, move |_, me| {
        theirs.inc(me);
        theirs.touch();
        theirs.dec(me);
        theirs.dec(me);
    });
    nominate(&obj.header, &me);
    me.poll();
    obj.dec(&me);
    obj.touch();
    obj.dec(&me);
    join(&me, [t]);
    me.reclaim_now();
    assert_eq!(obj.destroyed(), 1);
}

/// H5: both give up what the other has counted, and one ends.
fn split_and_left() {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    obj.inc(&me);
    obj.inc(&me);
    nominate(&obj.header, &me);
    split_now(&me);
    assert_eq!(obj.header.owner.load(Relaxed), Slot::SPLIT.0);
    go();
    let theirs = obj.clone();
    let t = spawn(&domain, move |_, me| {
        theirs.inc(me);
        theirs.dec(me);
        theirs.touch();
        theirs.dec(me);
        me.poll();
    });
    obj.touch();
    obj.dec(&me);
    me.reclaim_now();
    obj.touch();
    obj.dec(&me);
    join(&me, [t]);
    me.reclaim_now();
    assert_eq!(obj.destroyed(), 1);
}

/// The other thread drops below zero what this one has counted, so the object is on its way into this one's queue when it
/// is to be split.
fn split_while_queued() {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    for _ in 0..3 {
        obj.inc(&me);
    }
    go();
    let theirs = obj.clone();
    let t = spawn(&domain, move |_, me| {
        theirs.dec(me);
        theirs.dec(me);
    });
    nominate(&obj.header, &me);
    me.poll();
    me.poll();
    obj.touch();
    obj.dec(&me);
    obj.dec(&me);
    join(&me, [t]);
    me.poll();
    me.reclaim_now();
    assert_eq!(obj.destroyed(), 1);
}

/// H4: alone again, the thread may count in `local`, whoever the owner is.
fn joined_for_single() {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    obj.inc(&me);
    obj.inc(&me);
    nominate(&obj.header, &me);
    split_now(&me);
    go();
    let theirs = obj.clone();
    let t = spawn(&domain, move |_, me| theirs.dec(me));
    for _ in 0..4 {
        me.poll();
        if !me.is_multi() {
            let owner = obj.header.owner.load(Relaxed);
            assert_ne!(owner, Slot::SPLIT.0, "split in Single");
        }
    }
    join(&me, [t]);
    obj.touch();
    obj.dec(&me);
    obj.dec(&me);
    for _ in 0..4 {
        me.poll();
    }
    me.reclaim_now();
    assert_eq!(obj.destroyed(), 1);
}
