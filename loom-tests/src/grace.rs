//! Grace periods.
//!
//! Bounded: one writer that unlinks one object (or piece of storage) and comes to two safepoints; one reader that
//! loads the pointer twice, with a safepoint or a blocking call between. `revived` explores no further where the reader comes
//! too late.

use crate::world::{DEAD, Model, Obj, enough, go, join, spawn, start_multi};
use std::ptr::null_mut;
use threadsnake_threads::ThreadRecord;
use threadsnake_threads::fault::Fault;
use threadsnake_threads::header::DEEP;
use threadsnake_threads::refcount::{LIMBO, MERGED, ONE};
use threadsnake_threads::sync::atomic::{
    AtomicPtr,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use threadsnake_threads::sync::{Arc, UnsafeCell};

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "borrowed_until_safepoint",
        run: borrowed_until_safepoint,
        faults: &[
            Fault::GraceNoWait,
            Fault::GraceAnnounceRelaxed,
            Fault::GraceStaleEpoch,
            Fault::GraceAttachRelaxed,
        ],
    },
    Model {
        name: "reader_blocks",
        run: reader_blocks,
        faults: &[
            Fault::GraceBlockedLoad,
            Fault::GraceNoWait,
            Fault::GraceAnnounceEarly,
        ],
    },
    Model {
        name: "borrowed_over_a_lock",
        run: borrowed_over_a_lock,
        faults: &[Fault::GraceWaiterPassedOver],
    },
    Model {
        name: "revived",
        run: revived,
        faults: &[Fault::GraceNoRevive],
    },
    Model {
        name: "dies_again",
        run: dies_again,
        faults: &[Fault::GraceNoAgain],
    },
    Model {
        name: "retired_storage",
        run: retired_storage,
        faults: &[Fault::GraceAnnounceRelaxed],
    },
    Model {
        name: "held_by_a_published_one",
        run: held_by_a_published_one,
        faults: &[Fault::CountPublishShallow],
    },
    Model {
        name: "orphaned",
        run: orphaned,
        faults: &[Fault::GraceNoWait],
    },
];

type Place = Arc<AtomicPtr<Obj>>;

/// A place in the heap that holds `obj`.
fn place(obj: &Arc<Obj>) -> Place {
    Arc::new(AtomicPtr::new(Arc::as_ptr(obj).cast_mut()))
}

/// Loads without counting, and uses.
fn borrow(place: &Place) {
    // SAFETY: the model's closures keep the memory alive; loom checks the use.
    if let Some(obj) = unsafe { place.load(Acquire).as_ref() } {
        obj.touch();
    }
}

/// The writer's side: takes the object out of its place and drops the place's reference.
fn unlink(place: &Place, obj: &Obj, me: &ThreadRecord) {
    place.store(null_mut(), Release);
    obj.dec(me);
    me.poll();
    me.poll();
}

fn finish(obj: &Obj, me: &ThreadRecord) {
    me.reclaim_now();
    assert_eq!(obj.destroyed(), 1);
}

/// An object is taken out of its place while another thread reads there.
fn unlinked_beside(reader: impl FnOnce(&Place, &ThreadRecord) + 'static) {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    let heap = place(&obj);
    go();
    let theirs = heap.clone();
    let t = spawn(&domain, move |_, me| reader(&theirs, me));
    unlink(&heap, &obj, &me);
    join(&me, [t]);
    finish(&obj, &me);
}

/// An uncounted pointer is good until the reader's safepoint.
fn borrowed_until_safepoint() {
    unlinked_beside(|heap, me| {
        borrow(heap);
        me.poll();
        borrow(heap);
        me.poll();
    });
}

/// A blocked reader is passed over, and cannot find the object when it is back.
fn reader_blocks() {
    unlinked_beside(|heap, me| {
        borrow(heap);
        me.blocking(|| ());
        borrow(heap);
    });
}

/// Who waits for a lock goes on with what it has read before.
fn borrowed_over_a_lock() {
    unlinked_beside(|heap, me| {
        // SAFETY: as in `borrow`.
        let found = unsafe { heap.load(Acquire).as_ref() };
        me.waiting(|| ());
        if let Some(obj) = found {
            obj.touch();
        }
    });
}

/// What an object refers to is published with it (P3): who has borrowed the one may use the other, although that dies meanwhile.
fn held_by_a_published_one() {
    let (domain, me) = start_multi();
    let inner = Obj::new(&me);
    let outer = Obj::with_finaliser(&me, None, Some(inner.clone()));
    outer.header.set_alone(DEEP);
    let heap: Place = Arc::new(AtomicPtr::new(null_mut()));
    go();
    let theirs = heap.clone();
    let t = spawn(&domain, move |_, me| {
        // SAFETY: as in `borrow`.
        if let Some(outer) = unsafe { theirs.load(Acquire).as_ref() } {
            outer.other.as_ref().expect("there is one").touch();
        }
        me.poll();
    });
    outer.header.publish();
    heap.store(Arc::as_ptr(&outer).cast_mut(), Release);
    unlink(&heap, &inner, &me);
    join(&me, [t]);
    finish(&inner, &me);
}

/// The reader counts what it has borrowed, and keeps it beyond its safepoint.
fn revived() {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    let heap = place(&obj);
    go();
    let theirs = heap.clone();
    let t = spawn(&domain, move |_, me| {
        // SAFETY: as in `borrow`.
        if let Some(obj) = unsafe { theirs.load(Acquire).as_ref() } {
            obj.inc(me);
            me.poll();
            obj.touch();
            obj.dec(me);
            me.poll();
        } else {
            enough();
        }
    });
    unlink(&heap, &obj, &me);
    join(&me, [t]);
    finish(&obj, &me);
}

/// The object was revived and lies in one thread's limbo; it dies again while another thread has just borrowed it.
fn dies_again() {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    obj.header.owner.store(0, Relaxed);
    obj.header.local.store(0, Relaxed);
    obj.header.shared.store(MERGED | LIMBO | ONE, Relaxed);
    me.limbo_push(&obj.header);
    let heap = place(&obj);
    go();
    let theirs = heap.clone();
    let t = spawn(&domain, move |_, me| {
        // SAFETY: as in `borrow`.
        if let Some(obj) = unsafe { theirs.swap(null_mut(), AcqRel).as_ref() } {
            obj.dec(me);
            obj.touch();
        }
        me.poll();
    });
    me.poll();
    me.poll();
    join(&me, [t]);
    finish(&obj, &me);
}

/// Storage instead of an object.
fn retired_storage() {
    struct Storage(UnsafeCell<u32>);
    unsafe fn free(storage: *mut u8, _: usize) {
        // SAFETY: loom checks that nobody reads it.
        unsafe { &*storage.cast::<Storage>() }
            .0
            .with_mut(|p| unsafe { *p = DEAD });
    }
    let (domain, me) = start_multi();
    let storage = Box::into_raw(Box::new(Storage(UnsafeCell::new(1))));
    let heap = Arc::new(AtomicPtr::new(storage));
    go();
    let theirs = heap.clone();
    let t = spawn(&domain, move |_, me| {
        for _ in 0..2 {
            // SAFETY: the memory is freed after the model; loom checks the use.
            if let Some(s) = unsafe { theirs.load(Acquire).as_ref() } {
                // SAFETY: as above.
                s.0.with(|p| assert_ne!(unsafe { *p }, DEAD));
            }
            me.poll();
        }
    });
    heap.store(null_mut(), Release);
    // SAFETY: unlinked above; `free` may be called anywhere.
    unsafe { me.retire(storage.cast(), 4, free) };
    me.poll();
    me.poll();
    join(&me, [t]);
    me.reclaim_now();
    // SAFETY: it came from a box, and all threads have ended.
    let storage = unsafe { Box::from_raw(storage) };
    // SAFETY: as above.
    storage.0.with(|p| assert_eq!(unsafe { *p }, DEAD));
}

/// A thread that ends leaves its limbo to others, which still wait for the reader.
fn orphaned() {
    let (domain, me) = start_multi();
    let obj = Obj::published(&me);
    obj.header.owner.store(0, Relaxed);
    obj.header.local.store(0, Relaxed);
    obj.header.shared.store(MERGED | ONE, Relaxed);
    let heap = place(&obj);
    go();
    let (theirs, unlinked) = (heap.clone(), obj.clone());
    let t = spawn(&domain, move |_, me| {
        theirs.store(null_mut(), Release);
        unlinked.dec(me);
    });
    borrow(&heap);
    me.poll();
    borrow(&heap);
    join(&me, [t]);
    finish(&obj, &me);
}
