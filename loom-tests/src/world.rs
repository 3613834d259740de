//! What the models share: a small heap of objects that know when they are destroyed, and threads.

use threadsnake_threads::fault::Fault;
use threadsnake_threads::lock::ObjectLock;
use threadsnake_threads::refcount::{self, ZeroState};
use threadsnake_threads::sync::atomic::Ordering::Relaxed;
use threadsnake_threads::sync::unmodelled::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use threadsnake_threads::sync::{Arc, UnsafeCell, thread};
use threadsnake_threads::{Attached, Domain, DomainHooks, Header, Slot, ThreadRecord};

/// One model, and the faults that it must find.
pub struct Model {
    /// Its name.
    pub name: &'static str,
    /// Runs one execution.
    pub run: fn(),
    /// Each of these, planted, must make it fail.
    pub faults: &'static [Fault],
}

/// Executions of the running model so far; not modelled.
pub static EXECUTIONS: AtomicUsize = AtomicUsize::new(0);

/// The byte of a free lock that a thread with a high slot has had.
const TOUCHED: u8 = 7 << 3;

/// What a destroyed object's payload reads.
pub const DEAD: u32 = 0xDEAD;

/// A heap object: its payload is read by those who may use it, and written by its destruction, so that loom reports a
/// race between the two.
#[repr(C)]
pub struct Obj {
    pub header: Header,
    payload: UnsafeCell<u32>,
    destroyed: AtomicU32,
    /// Called at the destruction, for finalisers.
    finaliser: Option<fn(&ThreadRecord, &Obj)>,
    /// Something for the finaliser.
    pub other: Option<Arc<Obj>>,
}

// SAFETY: the payload is what the models check.
unsafe impl Send for Obj {}
// SAFETY: as above.
unsafe impl Sync for Obj {}

impl Obj {
    /// An object of `me`, with one reference.
    pub fn new(me: &ThreadRecord) -> Arc<Obj> {
        Self::with_finaliser(me, None, None)
    }

    /// An object with a finaliser.
    pub fn with_finaliser(
        me: &ThreadRecord,
        finaliser: Option<fn(&ThreadRecord, &Obj)>,
        other: Option<Arc<Obj>>,
    ) -> Arc<Obj> {
        Arc::new(Obj {
            header: Header::new(7, me.slot, me.is_multi()),
            payload: UnsafeCell::new(1),
            destroyed: AtomicU32::new(0),
            finaliser,
            other,
        })
    }

    /// A published one.
    pub fn published(me: &ThreadRecord) -> Arc<Obj> {
        let obj = Self::new(me);
        obj.header.publish();
        obj
    }

    /// A published one, whose lock others have had.
    pub fn touched(me: &ThreadRecord) -> Arc<Obj> {
        let obj = Self::published(me);
        obj.header.lock.store(TOUCHED, Relaxed);
        obj
    }

    /// A published one, made by the thread with this slot.
    pub fn made_by(slot: Slot) -> Arc<Obj> {
        Arc::new(Obj {
            header: Header::new(7, slot, false),
            payload: UnsafeCell::new(1),
            destroyed: AtomicU32::new(0),
            finaliser: None,
            other: None,
        })
    }

    /// Uses the object, as whoever has it may.
    pub fn touch(&self) {
        // SAFETY: loom checks that nobody destroys it meanwhile.
        self.payload
            .with(|p| assert_ne!(unsafe { *p }, DEAD, "used after destruction"));
    }

    /// How often it was destroyed.
    pub fn destroyed(&self) -> u32 {
        self.destroyed.load(SeqCst)
    }

    /// Adds a reference.
    pub fn inc(&self, me: &ThreadRecord) {
        refcount::inc(&self.header, me);
    }

    /// Drops a reference, and destroys the object if that is to be done at once.
    pub fn dec(&self, me: &ThreadRecord) {
        if refcount::dec(&self.header, me) == ZeroState::Zero {
            self.destroy(me);
        }
    }

    fn destroy(&self, me: &ThreadRecord) {
        // SAFETY: loom checks that nobody uses it meanwhile.
        self.payload.with_mut(|p| unsafe { *p = DEAD });
        assert_eq!(self.destroyed.fetch_add(1, SeqCst), 0, "destroyed twice");
        if let Some(finaliser) = self.finaliser {
            finaliser(me, self);
        }
    }
}

/// The hooks of the models' domains.
pub struct Hooks;

impl DomainHooks for Hooks {
    unsafe fn destroy(&self, me: &ThreadRecord, object: *const Header) {
        // SAFETY: every header of a model is at the head of an `Obj` that the model's closures keep alive.
        unsafe { &*object.cast::<Obj>() }.destroy(me);
    }

    fn publish_held(&self, object: &Header) {
        // SAFETY: as above.
        let object = unsafe { &*std::ptr::from_ref(object).cast::<Obj>() };
        if let Some(held) = &object.other {
            held.header.publish();
        }
    }
}

/// A domain, and the main thread in it. What follows until [`go`] is not explored.
pub fn start() -> (Arc<Domain>, Attached) {
    EXECUTIONS.fetch_add(1, SeqCst);
    let domain = Domain::new(Box::new(Hooks));
    let me = domain.attach().expect("a free slot");
    (domain, me)
}

/// As [`start`], in Multi.
pub fn start_multi() -> (Arc<Domain>, Attached) {
    let (domain, me) = start();
    domain.become_multi(&me);
    (domain, me)
}

/// Begins to explore.
pub fn go() {
    loom::explore();
}

/// Ends exploring: what this execution still does is of no interest to its model.
pub fn enough() {
    loom::stop_exploring();
}

/// Starts a thread that attaches and runs `f`.
pub fn spawn(
    domain: &Arc<Domain>,
    f: impl FnOnce(&Arc<Domain>, &ThreadRecord) + 'static,
) -> thread::JoinHandle<()> {
    let domain = domain.clone();
    thread::spawn(move || {
        let me = domain.attach().expect("a free slot");
        f(&domain, &me);
    })
}

/// Waits for the threads, as a blocking call.
pub fn join<const N: usize>(me: &ThreadRecord, threads: [thread::JoinHandle<()>; N]) {
    me.blocking(|| {
        threads
            .into_iter()
            .for_each(|t| t.join().expect("a thread has failed"))
    });
}

/// A cell that one thread at a time may write; loom reports it otherwise.
pub struct Plain(UnsafeCell<u32>);

// SAFETY: this is what the models check.
unsafe impl Send for Plain {}
// SAFETY: as above.
unsafe impl Sync for Plain {}

impl Plain {
    /// A cell.
    pub fn new() -> Arc<Plain> {
        Arc::new(Plain(UnsafeCell::new(0)))
    }

    /// Writes without any synchronisation of its own.
    pub fn write(&self) {
        // SAFETY: loom checks that nobody else reads or writes.
        self.0.with_mut(|p| unsafe { *p += 1 });
    }

    /// Reads without any synchronisation of its own.
    pub fn read(&self) -> u32 {
        // SAFETY: loom checks that nobody writes.
        self.0.with(|p| unsafe { *p })
    }
}

/// A word that two threads change in one critical section each, and that orders nothing. The checker tries the orders of
/// accesses of atomic words only: without it, it does not come upon a critical section within another one.
pub struct Seen(threadsnake_threads::sync::atomic::AtomicU32);

impl Seen {
    /// A word.
    pub fn new() -> Arc<Seen> {
        Arc::new(Seen(threadsnake_threads::sync::atomic::AtomicU32::new(0)))
    }

    /// Changes it.
    pub fn change(&self) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// Starts a thread that takes the object's lock once and writes the cell.
pub fn write_once(
    domain: &Arc<Domain>,
    obj: &Arc<Obj>,
    cell: &Arc<Plain>,
) -> thread::JoinHandle<()> {
    let (obj, cell) = (obj.clone(), cell.clone());
    spawn(domain, move |_, me| {
        let _guard = ObjectLock::lock(&obj.header, me);
        cell.write();
    })
}

/// Explores how two threads take two locks in opposite orders, each for one write. The other thread has slot 2.
pub fn lock_crosswise(domain: &Arc<Domain>, me: &ThreadRecord, both: &Arc<[Header; 2]>) {
    let cell = Plain::new();
    go();
    let (theirs, their_cell) = (both.clone(), cell.clone());
    let t = spawn(domain, move |_, me| {
        assert_eq!(me.slot, Slot(2));
        let _guards = ObjectLock::lock2(&theirs[1], &theirs[0], me);
        their_cell.write();
    });
    {
        let _guards = ObjectLock::lock2(&both[0], &both[1], me);
        cell.write();
    }
    join(me, [t]);
    assert_eq!(cell.read(), 2);
}
