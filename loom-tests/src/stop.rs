//! Safepoints, blocking, stop-the-world, hand-shakes.
//!
//! Bounded: one stop each by at most two requesters; the stopped thread passes two safepoints and one blocking call.

use crate::world::{Model, Plain, go, join, spawn, start_multi};
use threadsnake_threads::fault::Fault;
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Release},
};
use threadsnake_threads::sync::thread;

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "stop_excludes",
        run: stop_excludes,
        faults: &[Fault::StopNoHoldCheck, Fault::StopLostWake],
    },
    Model {
        name: "blocking_is_stopped",
        run: blocking_is_stopped,
        faults: &[Fault::StopNoHoldCheck, Fault::StopBlockRelaxed],
    },
    Model {
        name: "requesters_take_turns",
        run: requesters_take_turns,
        faults: &[Fault::StopTwoTokens],
    },
    Model {
        name: "poll_sees_stop",
        run: poll_sees_stop,
        faults: &[Fault::StopGuardFirst],
    },
    Model {
        name: "handshakes_cross",
        run: handshakes_cross,
        faults: &[Fault::StopTwoTokens],
    },
];

/// What a thread writes while it runs is not written while the world is stopped, and is seen there.
fn stop_excludes() {
    let (domain, me) = start_multi();
    let cell = Plain::new();
    go();
    let theirs = cell.clone();
    let t = spawn(&domain, move |_, me| {
        theirs.write();
        me.poll();
        theirs.write();
    });
    domain.stop_the_world(&me, |_| cell.read());
    join(&me, [t]);
    assert_eq!(cell.read(), 2);
}

/// A thread in a blocking call is not waited for, and does not return while the world is stopped.
fn blocking_is_stopped() {
    let (domain, me) = start_multi();
    let cell = Plain::new();
    go();
    let theirs = cell.clone();
    let t = spawn(&domain, move |_, me| {
        theirs.write();
        me.blocking(|| ());
        theirs.write();
    });
    domain.stop_the_world(&me, |_| cell.write());
    join(&me, [t]);
}

/// Two requesters, one inside a nested stop: never both in a stopped world.
fn requesters_take_turns() {
    let (domain, me) = start_multi();
    let cell = Plain::new();
    go();
    let theirs = cell.clone();
    let t = spawn(&domain, move |domain, me| {
        domain.stop_the_world(me, |_| theirs.write());
    });
    domain.stop_the_world(&me, |_| domain.stop_the_world(&me, |_| cell.write()));
    join(&me, [t]);
    assert_eq!(cell.read(), 2);
}

/// A thread that only polls is stopped: the request is not lost.
fn poll_sees_stop() {
    let (domain, me) = start_multi();
    let stopped = Arc::new(AtomicU32::new(0));
    go();
    let theirs = stopped.clone();
    let t = spawn(&domain, move |_, me| {
        while theirs.load(Acquire) == 0 {
            me.poll();
            thread::yield_now();
        }
    });
    domain.stop_the_world(&me, |_| stopped.store(1, Release));
    join(&me, [t]);
}

/// Two threads that shake hands with each other at the same time.
fn handshakes_cross() {
    let (domain, me) = start_multi();
    let cell = Plain::new();
    go();
    let (theirs, main) = (cell.clone(), me.slot);
    let t = spawn(&domain, move |domain, me| {
        domain.handshake(me, main, |_| theirs.write());
    });
    let second = threadsnake_threads::Slot(main.0 + 1);
    domain.handshake(&me, second, |_| cell.write());
    join(&me, [t]);
}
