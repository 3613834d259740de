//! The patch protocol, for both forms of patch point.
//!
//! Bounded: one fact that changes once; one thread in a "compiled loop" of two turns, each a safepoint, the patch
//! point, and one reliance on the fact. An overwritten site is a cell of plain memory, so that loom reports who
//! executes it while it is written.

use crate::world::{Model, go, join, spawn, start_multi};
use threadsnake_threads::ThreadRecord;
use threadsnake_threads::fault::Fault;
use threadsnake_threads::patch::{Form, PatchSite, change_fact};
use threadsnake_threads::record::INVALIDATED;
use threadsnake_threads::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use threadsnake_threads::sync::{Arc, UnsafeCell};
use threadsnake_threads::watch::{Dependency, Watchers};

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "redirected",
        run: || change_under_loop(Form::Redirect),
        faults: &[
            Fault::PatchAfterResume,
            Fault::PatchChangeFirst,
            Fault::PatchNoStop,
        ],
    },
    Model {
        name: "overwritten",
        run: || change_under_loop(Form::Overwrite),
        faults: &[Fault::PatchAfterResume, Fault::PatchNoStop],
    },
    Model {
        name: "resumed_into",
        run: resumed_into,
        faults: &[Fault::PatchNoResumeCheck],
    },
    Model {
        name: "idle_fact_stops_nobody",
        run: idle_fact_stops_nobody,
        faults: &[Fault::PatchChangeFirst],
    },
];

struct Bytes {
    form: Form,
    /// Form `Redirect`: the displacement.
    word: AtomicU32,
    /// Form `Overwrite`: the bytes.
    bytes: UnsafeCell<u32>,
    /// A thread that stands still would resume inside the bytes.
    resumes_here: AtomicU32,
}

// SAFETY: the bytes are what is checked.
unsafe impl Send for Bytes {}
// SAFETY: as above.
unsafe impl Sync for Bytes {}

#[derive(Clone)]
struct Site(Arc<Bytes>);

impl Site {
    fn new(form: Form) -> Site {
        Site(Arc::new(Bytes {
            form,
            word: AtomicU32::new(0),
            bytes: UnsafeCell::new(0),
            resumes_here: AtomicU32::new(0),
        }))
    }

    /// Executes the patch point: whether it leads out.
    fn execute(&self) -> bool {
        match self.0.form {
            Form::Redirect => self.0.word.load(Acquire) != 0,
            // SAFETY: loom checks that nobody writes.
            Form::Overwrite => self.0.bytes.with(|p| unsafe { *p } != 0),
        }
    }
}

impl PatchSite for Site {
    fn form(&self) -> Form {
        self.0.form
    }

    fn fire(&self) {
        match self.0.form {
            Form::Redirect => self.0.word.store(1, Release),
            // SAFETY: loom checks that nobody executes it.
            Form::Overwrite => self.0.bytes.with_mut(|p| unsafe { *p = 1 }),
        }
    }

    fn is_resumed_into(&self, _: &ThreadRecord) -> bool {
        self.0.resumes_here.load(Relaxed) != 0
    }
}

type Facts = Watchers<u8, Site>;

/// A fact, with published code that relies on its being 1.
fn world(form: Form) -> (Arc<Facts>, Arc<AtomicU32>, Site) {
    let (watchers, fact, site) = (Watchers::new(), AtomicU32::new(1), Site::new(form));
    let on = [Dependency {
        key: 0,
        assumption: watchers.assume(&0),
        dependants: vec![site.clone()],
    }];
    watchers.publish(&on, || ()).expect("nothing has changed");
    (Arc::new(watchers), Arc::new(fact), site)
}

/// A loop of compiled code, and a change of what it relies on.
fn change_under_loop(form: Form) {
    let (domain, me) = start_multi();
    let (watchers, fact, site) = world(form);
    go();
    let (their_fact, their_site) = (fact.clone(), site.clone());
    let t = spawn(&domain, move |_, me| {
        for _ in 0..2 {
            me.poll();
            if their_site.execute() {
                return;
            }
            assert_eq!(
                their_fact.load(Relaxed),
                1,
                "relies on a fact that has changed"
            );
        }
    });
    change_fact(&domain, &me, &watchers, &0, || fact.store(2, Relaxed));
    join(&me, [t]);
    assert!(site.execute());
}

/// P2: the other thread stands at a safepoint from which it would resume inside the bytes. It is told instead.
fn resumed_into() {
    let (domain, me) = start_multi();
    let (watchers, fact, site) = world(Form::Overwrite);
    go();
    let (their_fact, their_site) = (fact.clone(), site.clone());
    let t = spawn(&domain, move |_, me| {
        if their_site.execute() {
            return;
        }
        their_site.0.resumes_here.store(1, Relaxed);
        let told = me.poll() & INVALIDATED != 0;
        their_site.0.resumes_here.store(0, Relaxed);
        if told {
            return;
        }
        // Resumes inside the bytes: what stands there now is not what stood there before.
        assert!(!their_site.execute(), "resumed into overwritten bytes");
        assert_eq!(their_fact.load(Relaxed), 1);
    });
    change_fact(&domain, &me, &watchers, &0, || fact.store(2, Relaxed));
    join(&me, [t]);
}

/// A fact that no published code depends on is changed without a stop; the compiler that is at it finds out.
fn idle_fact_stops_nobody() {
    let (domain, me) = start_multi();
    let watchers: Arc<Facts> = Arc::new(Watchers::new());
    let fact = Arc::new(AtomicU32::new(1));
    go();
    let (their_fact, theirs) = (fact.clone(), watchers.clone());
    let t = spawn(&domain, move |_, me| {
        let site = Site::new(Form::Redirect);
        let assumption = theirs.assume(&0);
        let relied_on = their_fact.load(Relaxed);
        let on = [Dependency {
            key: 0,
            assumption,
            dependants: vec![site.clone()],
        }];
        if theirs.publish(&on, || ()).is_ok() {
            me.poll();
            if !site.execute() {
                assert_eq!(their_fact.load(Relaxed), relied_on);
            }
        }
    });
    let before = domain.stop_count();
    let (outcome, ()) = change_fact(&domain, &me, &watchers, &0, || fact.store(2, Relaxed));
    let stopped = domain.stop_count() != before;
    assert_eq!(
        stopped,
        matches!(outcome, threadsnake_threads::watch::Outcome::Patched(_))
    );
    join(&me, [t]);
}
