//! Turns: a lock that stays with one thread.
//!
//! Bounded: two threads, one object; the keeper's turn is of two operations, and the other thread has one or two.

use crate::world::{Model, Obj, Plain, go, join, spawn, start_multi, write_once};
use threadsnake_threads::fault::Fault;
use threadsnake_threads::lock::ObjectLock;
use threadsnake_threads::sync::atomic::Ordering::Relaxed;

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "taken_away",
        run: taken_away,
        faults: &[Fault::TurnNoFence, Fault::TurnNoWait, Fault::TurnKept],
    },
    Model {
        name: "ended_and_taken",
        run: ended_and_taken,
        faults: &[Fault::TurnNoWait],
    },
    Model {
        name: "kept_over_a_sleeper",
        run: kept_over_a_sleeper,
        faults: &[Fault::TurnOverSleepers],
    },
    Model {
        name: "kept_and_stopped",
        run: kept_and_stopped,
        faults: &[],
    },
    Model {
        name: "kept_twice",
        run: kept_twice,
        faults: &[Fault::TurnNoWait],
    },
    Model {
        name: "stops_in_an_operation",
        run: stops_in_an_operation,
        faults: &[Fault::StopHoldingLocks],
    },
    Model {
        name: "announces_in_an_operation",
        run: announces_in_an_operation,
        faults: &[Fault::TurnEndsInside],
    },
    Model {
        name: "kept_until_its_end",
        run: kept_until_its_end,
        faults: &[Fault::TurnOverAnnouncement],
    },
];

/// The keeper works while the other one takes the lock away.
fn taken_away() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::touched(&me), Plain::new());
    ObjectLock::keep_now(&obj.header, &me);
    go();
    let t = write_once(&domain, &obj, &cell);
    {
        let _guard = ObjectLock::lock(&obj.header, &me);
        cell.write();
    }
    join(&me, [t]);
    assert_eq!(cell.read(), 2);
    assert!(!ObjectLock::is_locked(&obj.header));
}

/// The keeper's turn ends while the other one takes the lock away, and has a turn itself.
fn ended_and_taken() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::touched(&me), Plain::new());
    ObjectLock::keep_now(&obj.header, &me);
    go();
    let (theirs, their_cell) = (obj.clone(), cell.clone());
    let t = spawn(&domain, move |_, me| {
        ObjectLock::keep_now(&theirs.header, me);
        let _guard = ObjectLock::lock(&theirs.header, me);
        their_cell.write();
    });
    for _ in 0..2 {
        let _guard = ObjectLock::lock(&obj.header, &me);
        cell.write();
    }
    join(&me, [t]);
    assert_eq!(cell.read(), 3);
}

/// Who is asleep on a lock is woken although its holder has a turn.
fn kept_over_a_sleeper() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::touched(&me), Plain::new());
    go();
    let t = write_once(&domain, &obj, &cell);
    ObjectLock::keep_now(&obj.header, &me);
    // The keeper does not come back: it waits as one that computes would, without a safepoint.
    t.join().expect("a model's thread");
    assert_eq!(cell.read(), 1);
}

/// A keeper that comes to a safepoint, or blocks, keeps nothing.
fn kept_and_stopped() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::touched(&me), Plain::new());
    ObjectLock::keep_now(&obj.header, &me);
    go();
    let (theirs, their_cell) = (obj.clone(), cell.clone());
    let t = spawn(&domain, move |domain, me| {
        domain.stop_the_world(me, |_| {
            let _guard = ObjectLock::try_lock(&theirs.header, me).expect("free in a stopped world");
            their_cell.write();
        });
    });
    {
        let _guard = ObjectLock::lock(&obj.header, &me);
        cell.write();
        me.poll();
        cell.write();
    }
    join(&me, [t]);
    assert_eq!(cell.read(), 3);
}

/// A keeper takes the lock twice: it has it until the last guard goes.
fn kept_twice() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::touched(&me), Plain::new());
    ObjectLock::keep_now(&obj.header, &me);
    go();
    let t = write_once(&domain, &obj, &cell);
    {
        let _guard = ObjectLock::lock(&obj.header, &me);
        cell.write();
        drop(ObjectLock::lock(&obj.header, &me));
        cell.write();
    }
    join(&me, [t]);
    assert_eq!(cell.read(), 3);
    assert!(!ObjectLock::is_locked(&obj.header));
}

/// A keeper stops the world in the middle of an operation, while the other one takes the lock away.
fn stops_in_an_operation() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::touched(&me), Plain::new());
    ObjectLock::keep_now(&obj.header, &me);
    go();
    let t = write_once(&domain, &obj, &cell);
    {
        let _guard = ObjectLock::lock(&obj.header, &me);
        cell.write();
        domain.stop_the_world(&me, |_| cell.write());
        cell.write();
    }
    join(&me, [t]);
    assert_eq!(cell.read(), 4);
    assert!(!ObjectLock::is_locked(&obj.header));
}

/// A keeper announces that it is quiescent in the middle of an operation, while the other one takes the lock, or takes it away.
fn announces_in_an_operation() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::touched(&me), Plain::new());
    ObjectLock::keep_now(&obj.header, &me);
    go();
    let t = write_once(&domain, &obj, &cell);
    {
        let _guard = ObjectLock::lock(&obj.header, &me);
        cell.write();
        me.reclaim();
        cell.write();
    }
    join(&me, [t]);
    assert_eq!(cell.read(), 3);
}

/// An object dies whose lock its thread keeps: the next one that lies there is another one.
fn kept_until_its_end() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::touched(&me), Plain::new());
    ObjectLock::keep_now(&obj.header, &me);
    obj.dec(&me);
    me.reclaim();
    assert_eq!(obj.destroyed(), 1);
    // The next one: its lock is new.
    obj.header.lock.store(0, Relaxed);
    go();
    let t = write_once(&domain, &obj, &cell);
    {
        let _guard = ObjectLock::lock(&obj.header, &me);
        cell.write();
    }
    join(&me, [t]);
    assert_eq!(cell.read(), 2);
}
