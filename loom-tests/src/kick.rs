//! Requests to code that polls nothing.
//!
//! Bounded: one thread that enters one piece of code once, redirected before or not, and one request. The code has one back
//! edge, an atomic word; a loop that would go on for ever without being asked to leave is a failed assertion. Both halves
//! of the fence are sequentially consistent fences here.

use crate::world::{Model, go, join, start};
use threadsnake_threads::fault::Fault;
use threadsnake_threads::kick::{Current, Kickable};
use threadsnake_threads::record::{INTERRUPT, ThreadRecord};
use threadsnake_threads::sync::atomic::{
    AtomicU32,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use threadsnake_threads::sync::{Arc, UnsafeCell, thread};

/// The models of this protocol.
pub const MODELS: &[Model] = &[
    Model {
        name: "asked_while_entering",
        run: || asked(false),
        faults: &[Fault::KickLookFirst, Fault::KickNoFence],
    },
    Model {
        name: "asked_while_putting_back",
        run: || asked(true),
        faults: &[Fault::KickRestoreUnfenced, Fault::KickLookFirst],
    },
    Model {
        name: "asked_while_code_is_freed",
        run: freed,
        faults: &[Fault::KickUncounted],
    },
];

/// A loop with one back edge.
struct Loop {
    kicked: AtomicU32,
    edge: AtomicU32,
    /// Read by who redirects, written by who frees.
    contents: UnsafeCell<u32>,
}

// SAFETY: the contents are what is checked.
unsafe impl Send for Loop {}
// SAFETY: as above.
unsafe impl Sync for Loop {}

impl Loop {
    fn new(kicked: bool) -> Loop {
        Loop {
            kicked: AtomicU32::new(u32::from(kicked)),
            edge: AtomicU32::new(u32::from(kicked)),
            contents: UnsafeCell::new(1),
        }
    }
}

impl Kickable for Loop {
    fn is_kicked(&self) -> bool {
        self.kicked.load(Relaxed) != 0
    }
    fn kick(&self) {
        // SAFETY: loom checks that nobody frees it meanwhile.
        self.contents
            .with(|p| assert_eq!(unsafe { *p }, 1, "redirected after it was freed"));
        self.kicked.store(1, Relaxed);
        self.edge.store(1, Release);
    }
    fn restore(&self) {
        if self.kicked.swap(0, AcqRel) != 0 {
            self.edge.store(0, Relaxed);
        }
    }
}

/// What the two threads share: the guard word is that of a record of its own, as a record does not leave its thread.
struct Shared {
    current: Current<Loop>,
    code: Loop,
    asked: AtomicU32,
}

/// One thread enters, another one asks. `before`: the back edge was redirected earlier.
fn asked(before: bool) {
    let (_domain, me) = start();
    let shared = Arc::new(Shared {
        current: Current::new(),
        code: Loop::new(before),
        asked: AtomicU32::new(0),
    });
    // Nothing else is asked.
    me.guard.store(0, Relaxed);
    go();
    let theirs = shared.clone();
    let guard = Guard(std::ptr::from_ref::<ThreadRecord>(&me));
    let t = thread::spawn(move || {
        let guard = guard;
        // SAFETY: the record's owner joins this thread before it detaches.
        let guard = unsafe { &(*guard.0).guard };
        guard.fetch_or(INTERRUPT, Release);
        // SAFETY: the code is part of what is shared.
        unsafe { theirs.current.kick() };
        theirs.asked.store(1, Release);
    });
    if let Some(outer) = shared.current.enter(&me, &shared.code, false) {
        // The loop: what has been asked by now and is not seen at the back edge is never seen.
        if shared.asked.load(Acquire) != 0 {
            assert_eq!(
                shared.code.edge.load(Relaxed),
                1,
                "a request was lost: the loop goes on for ever"
            );
        }
        shared.current.leave(outer);
    } else {
        assert_ne!(me.guard.load(Relaxed) & INTERRUPT, 0);
    }
    join(&me, [t]);
}

/// A thread enters code, leaves it, and frees it; somebody who is no thread of the domain asks something of it meanwhile.
fn freed() {
    let (_domain, me) = start();
    let shared = Arc::new(Shared {
        current: Current::new(),
        code: Loop::new(false),
        asked: AtomicU32::new(0),
    });
    me.guard.store(0, Relaxed);
    go();
    let theirs = shared.clone();
    // SAFETY: the code is part of what is shared; its contents are freed as `kick` demands.
    let t = thread::spawn(move || unsafe { theirs.current.kick() });
    if let Some(outer) = shared.current.enter(&me, &shared.code, false) {
        shared.current.leave(outer);
    }
    if !shared.current.is_asked() {
        // SAFETY: loom checks that nobody reads.
        shared.code.contents.with_mut(|p| unsafe { *p = 0 });
    }
    join(&me, [t]);
}

/// Lets a thread set bits of another one's guard word, as who holds the registry's lock may.
struct Guard(*const ThreadRecord);

// SAFETY: only the guard word is used.
unsafe impl Send for Guard {}
