//! Locks that are their maker's without an atomic operation.
//!
//! Bounded: two threads, one object of the first one, or one of each; a slot is retired when the second object of it is taken.
//! A fork is not modelled: it comes in a stopped world.

use crate::world::{Model, Obj, Plain, Seen, enough, go, join, lock_crosswise, spawn, start_multi};
use threadsnake_threads::fault::Fault;
use threadsnake_threads::header::HAS_WEAKREF;
use threadsnake_threads::lock::{OPEN, ObjectLock};
use threadsnake_threads::sync::atomic::Ordering::Relaxed;
use threadsnake_threads::sync::{Arc, thread};
use threadsnake_threads::{Header, Slot, ThreadRecord, refcount};

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "taken_from_its_maker",
        run: taken_from_its_maker,
        faults: &[Fault::MakerNoFence, Fault::MakerNoWait, Fault::MakerNoLook],
    },
    Model {
        name: "two_makers",
        run: two_makers,
        faults: &[Fault::MakerHoldAndWait],
    },
    Model {
        name: "retired",
        run: retired,
        faults: &[Fault::MakerRetiredAtOnce],
    },
    Model {
        name: "retired_and_merged",
        run: retired_and_merged,
        faults: &[Fault::MakerOfMerged],
    },
    Model {
        name: "retired_for_the_next",
        run: retired_for_the_next,
        faults: &[Fault::MakerRetiredLate],
    },
    Model {
        name: "made_and_opened",
        run: made_and_opened,
        faults: &[Fault::MakerOpensTaken, Fault::MakerNoWait],
    },
    Model {
        name: "maker_ends",
        run: maker_ends,
        faults: &[Fault::MakerNoWait],
    },
    Model {
        name: "made_immortal",
        run: made_immortal,
        faults: &[Fault::MakerOfImmortal],
    },
    Model {
        name: "revived_by_its_end",
        run: revived_by_its_end,
        faults: &[Fault::MakerOfRevived],
    },
    Model {
        name: "maker_is_a_keeper",
        run: maker_is_a_keeper,
        faults: &[Fault::TurnEndsAnother],
    },
    Model {
        name: "maker_is_a_keeper_no_more",
        run: maker_is_a_keeper_no_more,
        faults: &[Fault::TurnEndsUnlocked],
    },
];

fn write(obj: &Obj, cell: &Plain, me: &ThreadRecord) {
    let _guard = ObjectLock::lock(&obj.header, me);
    cell.write();
}

/// A critical section that the checker sees from the other thread's.
fn change(obj: &Obj, seen: &Seen, cell: &Plain, me: &ThreadRecord) {
    let _guard = ObjectLock::lock(&obj.header, me);
    seen.change();
    cell.write();
}

/// The maker works twice, once with a second guard, while another thread wants the lock.
fn taken_from_its_maker() {
    let (domain, me) = start_multi();
    let (obj, cell) = (Obj::published(&me), Plain::new());
    go();
    let (theirs, their_cell) = (obj.clone(), cell.clone());
    let t = spawn(&domain, move |_, me| write(&theirs, &their_cell, me));
    {
        let _guard = ObjectLock::lock(&obj.header, &me);
        cell.write();
        drop(ObjectLock::lock(&obj.header, &me));
        cell.write();
    }
    if ObjectLock::with_own(&obj.header, &me, || cell.write()).is_none() {
        write(&obj, &cell, &me);
    }
    join(&me, [t]);
    assert_eq!(cell.read(), 4);
    assert!(!ObjectLock::is_locked(&obj.header));
}

/// Each wants the other's object from within an operation on its own.
fn two_makers() {
    let (domain, me) = start_multi();
    // In one allocation, so that their order is the same in each execution.
    let both = Arc::new([me.slot, Slot(2)].map(|slot| Header::new(0, slot, false)));
    lock_crosswise(&domain, &me, &both);
}

/// The slot is retired while its thread works on an object that the other one wants next.
fn retired() {
    let (domain, me) = start_multi();
    let [a, b, c] = [(); 3].map(|()| Obj::published(&me));
    let cell = Plain::new();
    go();
    let (last, their_cell) = (c.clone(), cell.clone());
    let t = spawn(&domain, move |_, me| {
        drop(ObjectLock::lock(&a.header, me));
        drop(ObjectLock::lock(&b.header, me));
        write(&last, &their_cell, me);
    });
    write(&c, &cell, &me);
    write(&c, &cell, &me);
    join(&me, [t]);
    assert_eq!(cell.read(), 3);
}

/// The thread of a retired slot works on an object that has no owner.
fn retired_and_merged() {
    let (domain, me) = start_multi();
    let [a, b] = [(); 2].map(|()| Obj::published(&me));
    let (obj, cell) = (Obj::made_by(Slot::NONE), Plain::new());
    go();
    let (theirs, their_cell) = (obj.clone(), cell.clone());
    let t = spawn(&domain, move |_, me| {
        drop(ObjectLock::lock(&a.header, me));
        drop(ObjectLock::lock(&b.header, me));
        write(&theirs, &their_cell, me);
    });
    write(&obj, &cell, &me);
    join(&me, [t]);
    assert_eq!(cell.read(), 2);
}

/// The slot is retired while its thread leaves and another one gets it.
fn retired_for_the_next() {
    let (domain, me) = start_multi();
    let [a, b, c] = [(); 3].map(|()| Obj::made_by(Slot(2)));
    let cell = Plain::new();
    go();
    let (last, their_cell, same) = (c.clone(), cell.clone(), domain.clone());
    let t = thread::spawn(move || {
        drop(same.attach().expect("a free slot"));
        let me = same.attach().expect("a free slot");
        assert_eq!(me.slot, Slot(2));
        write(&last, &their_cell, &me);
    });
    drop(ObjectLock::lock(&a.header, &me));
    drop(ObjectLock::lock(&b.header, &me));
    write(&c, &cell, &me);
    join(&me, [t]);
    assert_eq!(cell.read(), 2);
}

/// The maker opens the object in place of releasing its lock while another thread wants that.
fn made_and_opened() {
    let (domain, me) = start_multi();
    let (obj, cell, seen) = (Obj::published(&me), Plain::new(), Seen::new());
    go();
    let (theirs, their_cell, both_see) = (obj.clone(), cell.clone(), seen.clone());
    let t = spawn(&domain, move |_, me| {
        let _guard = ObjectLock::lock(&theirs.header, me);
        both_see.change();
        their_cell.write();
        // Nobody replaces a word meanwhile.
        assert_ne!(theirs.header.lock.load(Relaxed), OPEN);
    });
    change(&obj, &seen, &cell, &me);
    ObjectLock::open_now(&obj.header, &me);
    join(&me, [t]);
    assert_eq!(cell.read(), 2);
}

/// The maker ends, and another one with its slot works on, while the object is taken.
fn maker_ends() {
    let (domain, me) = start_multi();
    let (obj, cell, seen) = (Obj::made_by(Slot(2)), Plain::new(), Seen::new());
    go();
    let (theirs, their_cell, both_see) = (obj.clone(), cell.clone(), seen.clone());
    let same = domain.clone();
    let t = thread::spawn(move || {
        for _ in 0..2 {
            let me = same.attach().expect("a free slot");
            assert_eq!(me.slot, Slot(2));
            change(&theirs, &both_see, &their_cell, &me);
        }
    });
    change(&obj, &seen, &cell, &me);
    join(&me, [t]);
    assert_eq!(cell.read(), 3);
}

/// Another thread's count makes the object immortal, so that it has no owner, while its maker works on it.
fn made_immortal() {
    let (domain, me) = start_multi();
    let (obj, cell, seen) = (Obj::published(&me), Plain::new(), Seen::new());
    obj.header.shared.store((1 << 26) * refcount::ONE, Relaxed);
    go();
    let (theirs, their_cell, both_see) = (obj.clone(), cell.clone(), seen.clone());
    let t = spawn(&domain, move |_, me| {
        theirs.inc(me);
        theirs.inc(me);
        assert!(theirs.header.is_immortal());
        change(&theirs, &both_see, &their_cell, me);
    });
    change(&obj, &seen, &cell, &me);
    join(&me, [t]);
    assert_eq!(cell.read(), 2);
}

/// A dead object becomes its destroyer's own for the time of its finaliser, and a weak reference to it is upgraded meanwhile.
fn revived_by_its_end() {
    let (domain, me) = start_multi();
    let (obj, cell, seen) = (Obj::made_by(Slot::NONE), Plain::new(), Seen::new());
    obj.header.local.store(0, Relaxed);
    obj.header.shared.store(refcount::DEAD, Relaxed);
    obj.header.set(HAS_WEAKREF);
    go();
    let (theirs, their_cell, both_see) = (obj.clone(), cell.clone(), seen.clone());
    let t = spawn(&domain, move |_, me| {
        if refcount::try_inc(&theirs.header, me) {
            change(&theirs, &both_see, &their_cell, me);
        } else {
            enough();
        }
    });
    refcount::revive_for_finaliser(&obj.header, &me);
    change(&obj, &seen, &cell, &me);
    join(&me, [t]);
    assert!(cell.read() <= 2);
}

/// A maker that keeps another lock announces that it is quiescent in the middle of an operation on its own object.
fn maker_is_a_keeper() {
    let (domain, me) = start_multi();
    let (kept, made) = (Obj::touched(&me), Obj::published(&me));
    let (cell, seen) = (Plain::new(), Seen::new());
    ObjectLock::keep_now(&kept.header, &me);
    go();
    let (theirs, their_cell, both_see) = (made.clone(), cell.clone(), seen.clone());
    let t = spawn(&domain, move |_, me| {
        change(&theirs, &both_see, &their_cell, me);
    });
    {
        let _guard = ObjectLock::lock(&made.header, &me);
        cell.write();
        me.reclaim();
        seen.change();
        cell.write();
    }
    join(&me, [t]);
    assert_eq!(cell.read(), 3);
}

/// The same, while another thread takes the kept lock away and has a turn itself.
fn maker_is_a_keeper_no_more() {
    let (domain, me) = start_multi();
    let (kept, made) = (Obj::touched(&me), Obj::published(&me));
    let (cell, seen) = (Plain::new(), Seen::new());
    ObjectLock::keep_now(&kept.header, &me);
    go();
    let (theirs, their_cell, both_see) = (kept.clone(), cell.clone(), seen.clone());
    let t = spawn(&domain, move |_, me| {
        ObjectLock::keep_now(&theirs.header, me);
        change(&theirs, &both_see, &their_cell, me);
    });
    {
        let _guard = ObjectLock::lock(&made.header, &me);
        me.reclaim();
    }
    change(&kept, &seen, &cell, &me);
    join(&me, [t]);
    assert_eq!(cell.read(), 2);
}
