//! The tier table, and when code is freed.
//!
//! Bounded: one location, one piece of code of each tier, one thread that enters twice, one that invalidates, retires
//! and collects; once a fact that breaks meanwhile. The contents of the code are a cell that is read inside and written when it is freed.

use crate::world::{Model, go, join, spawn, start, start_multi};
use threadsnake_threads::ThreadRecord;
use threadsnake_threads::fault::Fault;
use threadsnake_threads::patch::{Form, PatchSite, change_fact};
use threadsnake_threads::sync::atomic::{AtomicU32, Ordering::Relaxed};
use threadsnake_threads::sync::{Arc, UnsafeCell};
use threadsnake_threads::tier::{Graveyard, Tier, TierEntry};
use threadsnake_threads::watch::{Dependency, Watchers};

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "publish_and_enter",
        run: publish_and_enter,
        faults: &[Fault::TierPublishRelaxed, Fault::TierEnterRelaxed],
    },
    Model {
        name: "retire_while_inside",
        run: retire_while_inside,
        faults: &[Fault::TierNoGrace, Fault::TierNoScan, Fault::TierLeftIn],
    },
    Model {
        name: "broken_while_inside_old_code",
        run: broken_while_inside_old_code,
        faults: &[Fault::TierForgetEarly, Fault::TierNoScan],
    },
    Model {
        name: "single_code_in_single_only",
        run: single_code_in_single_only,
        faults: &[Fault::TierWrongMode],
    },
];

struct Code {
    contents: UnsafeCell<u32>,
    tier: Tier,
}

// SAFETY: the contents are what is checked.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

impl Code {
    fn new(tier: Tier) -> Arc<Code> {
        Arc::new(Code {
            contents: UnsafeCell::new(0),
            tier,
        })
    }

    fn ptr(self: &Arc<Self>) -> *mut () {
        Arc::as_ptr(self).cast_mut().cast()
    }

    fn write(&self, value: u32) {
        // SAFETY: loom checks that nobody reads.
        self.contents.with_mut(|p| unsafe { *p = value });
    }

    fn run(&self, me: &ThreadRecord) {
        // SAFETY: loom checks that nobody writes.
        self.contents
            .with(|p| assert_eq!(unsafe { *p }, 1, "not written yet, or freed"));
        assert_eq!(self.tier, Tier::of(me), "code of the other mode");
    }
}

/// Frees the code when dropped.
struct Owned(Arc<Code>);

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.write(0);
    }
}

/// Enters, passes a safepoint inside, and goes on.
fn enter(entry: &TierEntry, me: &ThreadRecord) {
    let code = entry.enter(me);
    // SAFETY: the model's closures keep the memory alive; loom checks the use.
    if let Some(running) = unsafe { code.cast_const().cast::<Code>().as_ref() } {
        me.with_activation(code, || {
            running.run(me);
            me.poll();
            running.run(me);
        });
    }
}

fn publish_and_enter() {
    let (domain, me) = start_multi();
    let (entry, code) = (Arc::new(TierEntry::new()), Code::new(Tier::Multi));
    go();
    let theirs = entry.clone();
    let t = spawn(&domain, move |_, me| enter(&theirs, me));
    code.write(1);
    entry.publish(Tier::Multi, code.ptr());
    join(&me, [t]);
}

fn retire_while_inside() {
    let (domain, me) = start_multi();
    let (entry, code) = (Arc::new(TierEntry::new()), Code::new(Tier::Multi));
    code.write(1);
    entry.publish(Tier::Multi, code.ptr());
    let grave = Graveyard::new();
    go();
    let theirs = entry.clone();
    let t = spawn(&domain, move |_, me| {
        enter(&theirs, me);
        enter(&theirs, me);
    });
    assert!(entry.invalidate(Tier::Multi, code.ptr()));
    grave.retire(code.ptr(), 1, Owned(code.clone()));
    drop(grave.collect(&domain, &me));
    join(&me, [t]);
    drop(grave.collect(&domain, &me));
    assert_eq!(grave.bytes(), 0);
}

/// A place of a piece of code that leads out of it when a fact breaks.
#[derive(Clone)]
struct Way {
    code: Arc<Code>,
    out: Arc<AtomicU32>,
}

impl PatchSite for Way {
    fn form(&self) -> Form {
        Form::Overwrite
    }
    fn fire(&self) {
        // SAFETY: loom checks that nobody frees it.
        self.code
            .contents
            .with(|p| assert_eq!(unsafe { *p }, 1, "patched after it was freed"));
        self.out.store(1, Relaxed);
    }
}

/// Better code has taken the place of some that relies on a fact, which breaks while a thread is still inside.
fn broken_while_inside_old_code() {
    let (domain, me) = start_multi();
    let (entry, code) = (Arc::new(TierEntry::new()), Code::new(Tier::Multi));
    let (out, fact) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let watchers = Watchers::new();
    code.write(1);
    let on = [Dependency {
        key: 0u8,
        assumption: watchers.assume(&0),
        dependants: vec![Way {
            code: code.clone(),
            out: out.clone(),
        }],
    }];
    watchers
        .publish(&on, || entry.publish(Tier::Multi, code.ptr()))
        .expect("nothing has changed");
    drop(on);
    let grave = Graveyard::new();
    go();
    let (theirs, their_out, their_fact) = (entry.clone(), out, fact.clone());
    let t = spawn(&domain, move |_, me| {
        let code = theirs.enter(me);
        // SAFETY: as in `enter`.
        if let Some(running) = unsafe { code.cast_const().cast::<Code>().as_ref() } {
            me.with_activation(code, || {
                me.poll();
                if their_out.load(Relaxed) == 0 {
                    running.run(me);
                    assert_eq!(their_fact.load(Relaxed), 0, "relied on after it broke");
                }
            });
        }
    });
    assert!(entry.invalidate(Tier::Multi, code.ptr()));
    grave.retire(code.ptr(), 1, Owned(code.clone()));
    let of = |w: &Way| w.code.ptr().cast_const();
    drop(grave.collect_from(&domain, &me, &watchers, of));
    let _ = change_fact(&domain, &me, &watchers, &0, || fact.store(1, Relaxed));
    join(&me, [t]);
    drop(grave.collect_from(&domain, &me, &watchers, of));
    drop(watchers.take_broken());
    assert_eq!(grave.bytes(), 0);
}

/// T1, while the mode changes because a second thread attaches.
fn single_code_in_single_only() {
    let (domain, me) = start();
    let entry = Arc::new(TierEntry::new());
    let codes = [Code::new(Tier::Single), Code::new(Tier::Multi)];
    for code in &codes {
        code.write(1);
        entry.publish(code.tier, code.ptr());
    }
    let run = |entry: &TierEntry, me: &ThreadRecord| {
        // SAFETY: as in `enter`.
        unsafe { &*entry.enter(me).cast_const().cast::<Code>() }.run(me);
    };
    go();
    let theirs = entry.clone();
    let t = spawn(&domain, move |_, me| run(&theirs, me));
    run(&entry, &me);
    me.poll();
    run(&entry, &me);
    join(&me, [t]);
}
