//! Single ⇄ Multi.
//!
//! Bounded: one thread that runs, one newcomer; the running thread takes two turns of a "loop" in which it writes
//! without synchronisation as long as it is in Single.

use crate::world::{Model, Obj, Plain, go, join, spawn, start, start_multi};
use threadsnake_threads::fault::Fault;
use threadsnake_threads::record::LAZY;
use threadsnake_threads::refcount;
use threadsnake_threads::sync::atomic::Ordering::Relaxed;

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "foreign_attach",
        run: foreign_attach,
        faults: &[Fault::ModeNoWait, Fault::ModeNewcomerFirst],
    },
    Model {
        name: "attach_while_blocked",
        run: attach_while_blocked,
        faults: &[Fault::ModeNewcomerFirst],
    },
    Model {
        name: "back_to_single",
        run: back_to_single,
        faults: &[Fault::ModeDownTooSoon],
    },
    Model {
        name: "no_limbo_in_single",
        run: no_limbo_in_single,
        faults: &[Fault::ModeDownWithLimbo],
    },
];

/// M1: the newcomer touches nothing while the other is in Single.
fn foreign_attach() {
    let (domain, me) = start();
    let cell = Plain::new();
    go();
    let theirs = cell.clone();
    let t = spawn(&domain, move |_, me| {
        if me.is_multi() {
            theirs.read();
        } else {
            // The other has detached, or has not attached: it is never so here, as it waits attached.
            panic!("a second thread in Single");
        }
    });
    for _ in 0..2 {
        if !me.is_multi() {
            cell.write();
        }
        me.poll();
    }
    join(&me, [t]);
}

/// The only thread is in a blocking call when the newcomer arrives, and must be in Multi when it returns.
fn attach_while_blocked() {
    let (domain, me) = start();
    let cell = Plain::new();
    go();
    let theirs = cell.clone();
    let t = spawn(&domain, move |_, me| {
        assert!(me.is_multi());
        theirs.read();
    });
    me.blocking(|| ());
    if !me.is_multi() {
        cell.write();
    }
    join(&me, [t]);
}

/// Single again only when the other has gone, and after what it did.
fn back_to_single() {
    let (domain, me) = start_multi();
    let cell = Plain::new();
    go();
    let theirs = cell.clone();
    let t = spawn(&domain, move |_, me| {
        if me.is_multi() {
            theirs.read();
        } else {
            theirs.write();
        }
        me.poll();
        if me.is_multi() {
            theirs.read();
        }
    });
    for _ in 0..3 {
        me.poll();
        if !me.is_multi() {
            cell.write();
        }
    }
    join(&me, [t]);
}

/// M2: a finaliser that comes to a safepoint while other objects are still to be looked at.
fn no_limbo_in_single() {
    let (domain, me) = start_multi();
    let other = Obj::published(&me);
    let first = Obj::with_finaliser(
        &me,
        Some(|me, obj| {
            // As a thread does that ends and leaves this one alone.
            me.guard.fetch_or(LAZY, Relaxed);
            me.poll();
            // Revived, as a weak reference could.
            let other = obj.other.as_ref().expect("given below");
            assert!(refcount::try_inc(&other.header, me));
        }),
        Some(other.clone()),
    );
    first.header.publish();
    go();
    let t = spawn(&domain, |_, me| {
        me.poll();
    });
    join(&me, [t]);
    first.dec(&me);
    other.dec(&me);
    for _ in 0..3 {
        me.poll();
    }
    me.reclaim_now();
    assert_eq!((first.destroyed(), other.destroyed()), (1, 0));
    other.touch();
}
