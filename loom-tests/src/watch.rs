//! Watchers.
//!
//! Bounded: one fact that changes once, one compiler that publishes once, one site.

use crate::world::{Model, go, join, spawn, start_multi};
use threadsnake_threads::fault::Fault;
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use threadsnake_threads::watch::{Dependency, Watchers};

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "publish_against_break",
        run: publish_against_break,
        faults: &[
            Fault::WatchNoRevalidate,
            Fault::WatchCheckOutside,
            Fault::WatchRegisterLate,
            Fault::WatchMarkMissing,
            Fault::WatchChangeFirst,
        ],
    },
    Model {
        name: "two_compilers",
        run: two_compilers,
        faults: &[Fault::WatchRegisterLate, Fault::WatchMarkMissing],
    },
];

/// One fact, and code that relies on it.
struct World {
    watchers: Watchers<u8, Arc<AtomicU32>>,
    fact: AtomicU32,
    /// What the published code relies on; 0 while there is none.
    code: AtomicU32,
    /// The code's patch point.
    fired: Arc<AtomicU32>,
}

impl World {
    fn new() -> Arc<World> {
        Arc::new(World {
            watchers: Watchers::new(),
            fact: AtomicU32::new(1),
            code: AtomicU32::new(0),
            fired: Arc::new(AtomicU32::new(0)),
        })
    }

    fn compile(&self) {
        let assumption = self.watchers.assume(&0);
        let relied_on = self.fact.load(Relaxed);
        let on = [Dependency {
            key: 0,
            assumption,
            dependants: vec![self.fired.clone()],
        }];
        let _ = self.watchers.publish(&on, || {
            // The critical section: what was read is what is.
            assert_eq!(
                self.fact.load(Relaxed),
                relied_on,
                "published on a fact that has changed"
            );
            self.code.store(relied_on, Release);
        });
    }

    fn change(&self, to: u32) {
        let patch = |site: &Arc<AtomicU32>| site.store(1, Release);
        self.watchers
            .break_(&0, patch, || self.fact.store(to, Relaxed));
    }

    fn check(&self) {
        let code = self.code.load(Acquire);
        let patched = self.fired.load(Acquire) == 1;
        assert!(
            code == 0 || patched || code == self.fact.load(Relaxed),
            "stale code can be entered"
        );
    }
}

fn publish_against_break() {
    let (domain, me) = start_multi();
    let world = World::new();
    go();
    let theirs = world.clone();
    let t = spawn(&domain, move |_, _| theirs.compile());
    world.change(2);
    join(&me, [t]);
    world.check();
}

/// Two compilers rely on the same assumption, one has published already when the fact changes.
fn two_compilers() {
    let (domain, me) = start_multi();
    let world = World::new();
    go();
    let (first, second) = (world.clone(), world.clone());
    let a = spawn(&domain, move |_, _| first.compile());
    let b = spawn(&domain, move |_, _| second.change(2));
    world.compile();
    join(&me, [a, b]);
    world.check();
    assert!(world.watchers.sizes().1 <= 2);
}
