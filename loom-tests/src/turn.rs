//! Turns: a lock that stays with one thread.
//!
//! Bounded: two threads, one object; the keeper's turn is of two operations, and the other thread has one or two.

use crate::world::{Model, Obj, Plain, go, join, spawn, start_multi};
use threadsnake_threads::fault::Fault;
use threadsnake_threads::lock::ObjectLock;

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
];

/// The keeper works while the other one takes the lock away.
fn taken_away() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::published(&me), Plain::new());
    ObjectLock::keep_now(&obj.header, &me);
    go();
    let (theirs, their_cell) = (obj.clone(), cell.clone());
    let t = spawn(&domain, move |_, me| {
        let _guard = ObjectLock::lock(&theirs.header, me);
        their_cell.write();
    });
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
    let (obj, cell) = (Obj::published(&me), Plain::new());
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
    let (obj, cell) = (Obj::published(&me), Plain::new());
    go();
    let (theirs, their_cell) = (obj.clone(), cell.clone());
    let t = spawn(&domain, move |_, me| {
        let _guard = ObjectLock::lock(&theirs.header, me);
        their_cell.write();
    });
    ObjectLock::keep_now(&obj.header, &me);
    // The keeper does not come back: it waits as one that computes would, without a safepoint.
    t.join().expect("a model's thread");
    assert_eq!(cell.read(), 1);
}

/// A keeper that comes to a safepoint, or blocks, keeps nothing.
fn kept_and_stopped() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::published(&me), Plain::new());
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
