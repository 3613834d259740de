//! Everything at once: what is too large for loom, explored at random by shuttle, and run on real threads as it is.
//!
//! One runtime, four threads that attach, do a few operations each, detach and attach again: they store, borrow, count
//! and clear objects in a small heap under object locks or, where it is open, without, move them about in it, retire storage, stop the world, block, shake hands, change a
//! fact that published code relies on, enter, invalidate and free code, and collect. So the mode goes up and down, slots
//! are used again, and limbos are inherited, all while the rest goes on.
//!
//! Checked: no object is used after its destruction, each is destroyed once, and at the end all are; nobody runs and no
//! object lock is taken while the world is stopped; no code relies on a fact that has changed or belongs to the other
//! mode; no freed code is run; nothing deadlocks.
//!
//! Not explored by shuttle: stale reads. Its memory is sequentially consistent; they are loom's part, and the real
//! machine's under the thread sanitizer (`stress/tsan`).

use std::ptr::null_mut;
use threadsnake_threads::lock::ObjectLock;
use threadsnake_threads::overwrite::Overwrite;
use threadsnake_threads::patch::{Form, PatchSite, change_fact};
use threadsnake_threads::refcount::{self, ZeroState};
use threadsnake_threads::split;
use threadsnake_threads::sync::atomic::{
    AtomicPtr, AtomicU32,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use threadsnake_threads::sync::unmodelled::{
    AtomicBool as StdBool, AtomicU32 as StdU32, Mutex as StdMutex, Ordering::SeqCst,
};
use threadsnake_threads::sync::{Arc, thread};
use threadsnake_threads::tier::{Graveyard, Tier, TierEntry};
use threadsnake_threads::watch::{Dependency, Watchers};
use threadsnake_threads::{Domain, DomainHooks, Header, Slot, ThreadRecord};

const PLACES: usize = 2;

#[repr(C)]
struct Obj {
    header: Header,
    destroyed: StdU32,
}

impl Obj {
    fn touch(&self) {
        assert_eq!(self.destroyed.load(SeqCst), 0, "used after its destruction");
    }

    fn dec(&self, me: &ThreadRecord) {
        if refcount::dec(&self.header, me) == ZeroState::Zero {
            self.destroy();
        }
    }

    fn destroy(&self) {
        assert_eq!(self.destroyed.fetch_add(1, SeqCst), 0, "destroyed twice");
    }
}

struct Hooks;

impl DomainHooks for Hooks {
    unsafe fn destroy(&self, me: &ThreadRecord, object: *const Header) {
        // SAFETY: every header is at the head of an `Obj` that the world keeps.
        unsafe { &*object.cast::<Obj>() }.destroy();
        // As finalisers do.
        me.poll();
    }
}

#[derive(Clone)]
struct Site(Arc<AtomicU32>);

impl PatchSite for Site {
    fn form(&self) -> Form {
        Form::Redirect
    }
    fn fire(&self) {
        self.0.store(1, Release);
    }
}

/// Compiled code that relies on the fact's value.
struct Code {
    tier: Tier,
    relies_on: u32,
    site: Site,
    freed: StdBool,
}

/// Marks the code freed when dropped.
struct Owned(Arc<Code>);

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.freed.store(true, SeqCst);
    }
}

struct World {
    domain: Arc<Domain>,
    /// A place has two rooms, of which one is in use.
    heap: [[AtomicPtr<Obj>; 2]; PLACES],
    rooms: [AtomicU32; PLACES],
    locks: [Header; PLACES],
    /// Keeps the memory of all objects and codes, so that a wrong use is seen, not undefined.
    objects: StdMutex<Vec<Arc<Obj>>>,
    codes: StdMutex<Vec<Arc<Code>>>,
    stopped: StdBool,
    fact: AtomicU32,
    watchers: Watchers<u8, Site>,
    entry: TierEntry,
    grave: Graveyard<Owned>,
}

// SAFETY: the retired pointers are only compared.
unsafe impl Send for World {}
// SAFETY: as above.
unsafe impl Sync for World {}

impl World {
    fn new() -> Arc<World> {
        Arc::new(World {
            domain: Domain::new(Box::new(Hooks)),
            heap: std::array::from_fn(|_| [null_mut(), null_mut()].map(AtomicPtr::new)),
            rooms: std::array::from_fn(|_| AtomicU32::new(0)),
            // Of one of the threads each, as long as they are untouched.
            locks: std::array::from_fn(|i| Header::new(0, Slot(1 + i as u16), true)),
            objects: StdMutex::default(),
            codes: StdMutex::default(),
            stopped: StdBool::new(false),
            fact: AtomicU32::new(1),
            watchers: Watchers::new(),
            entry: TierEntry::new(),
            grave: Graveyard::new(),
        })
    }

    fn running(&self) {
        assert!(!self.stopped.load(SeqCst), "runs in a stopped world");
    }

    /// What lies at the place just now.
    fn word(&self, place: usize) -> &AtomicPtr<Obj> {
        &self.heap[place][self.rooms[place].load(Acquire) as usize]
    }

    /// Stores, under the lock if need be, and drops what was there.
    fn store(&self, place: usize, obj: *mut Obj, me: &ThreadRecord) {
        let way = ObjectLock::lock_to_overwrite(&self.locks[place], me);
        self.running();
        let word = self.word(place);
        let old = match &way {
            Overwrite::Open => {
                thread::yield_now();
                word.swap(obj, AcqRel)
            }
            Overwrite::Locked { .. } => {
                let old = word.load(Relaxed);
                thread::yield_now();
                word.store(obj, Release);
                old
            }
        };
        drop(way);
        // SAFETY: the world keeps the memory.
        if let Some(old) = unsafe { old.as_ref() } {
            old.dec(me);
        }
    }

    /// Moves what lies at the place to the other room, under the lock.
    fn shift(&self, place: usize, me: &ThreadRecord) {
        let _guard = ObjectLock::lock(&self.locks[place], me);
        self.running();
        let room = self.rooms[place].load(Relaxed) as usize;
        let obj = self.heap[place][room].load(Relaxed);
        thread::yield_now();
        self.heap[place][1 - room].store(obj, Release);
        self.rooms[place].store(1 - room as u32, Release);
        self.heap[place][room].store(null_mut(), Release);
    }

    fn borrow(&self, place: usize) -> Option<&Obj> {
        // SAFETY: the world keeps the memory.
        unsafe { self.word(place).load(Acquire).as_ref() }
    }

    fn new_object(&self, me: &ThreadRecord) -> *mut Obj {
        let header = Header::new(1, me.slot, me.is_multi());
        header.publish();
        let obj = Arc::new(Obj {
            header,
            destroyed: StdU32::new(0),
        });
        let ptr = Arc::as_ptr(&obj).cast_mut();
        self.objects.lock().expect("no panic under it").push(obj);
        ptr
    }

    fn compile(&self, me: &ThreadRecord) {
        let assumption = self.watchers.assume(&0);
        let code = Arc::new(Code {
            tier: Tier::of(me),
            relies_on: self.fact.load(Relaxed),
            site: Site(Arc::new(AtomicU32::new(0))),
            freed: StdBool::new(false),
        });
        me.poll();
        let ptr: *mut () = Arc::as_ptr(&code).cast_mut().cast();
        let on = [Dependency {
            key: 0,
            assumption,
            dependants: vec![code.site.clone()],
        }];
        self.codes
            .lock()
            .expect("no panic under it")
            .push(code.clone());
        if let Ok(old) = self
            .watchers
            .publish(&on, || self.entry.publish(code.tier, ptr))
        {
            self.bury(old);
        }
    }

    fn bury(&self, code: *mut ()) {
        // Not under the lock, which shuttle does not know.
        let known = {
            let codes = self.codes.lock().expect("no panic under it");
            codes
                .iter()
                .find(|c| Arc::as_ptr(c).cast::<()>() == code)
                .cloned()
        };
        if let Some(code) = known {
            self.grave.retire(Arc::as_ptr(&code).cast(), 1, Owned(code));
        }
    }

    fn execute(&self, me: &ThreadRecord) {
        let ptr = self.entry.enter(me);
        // SAFETY: the world keeps the memory.
        let Some(code) = (unsafe { ptr.cast_const().cast::<Code>().as_ref() }) else {
            return;
        };
        assert_eq!(code.tier, Tier::of(me), "code of the other mode");
        me.with_activation(ptr, || {
            for _ in 0..2 {
                assert!(!code.freed.load(SeqCst), "runs code that is freed");
                // The patch point after the safepoint, then the reliance. Code of another mode is left, too.
                if code.site.0.load(Acquire) != 0 || code.tier != Tier::of(me) {
                    return;
                }
                self.running();
                assert_eq!(
                    code.relies_on,
                    self.fact.load(Relaxed),
                    "relies on a changed fact"
                );
                me.poll();
            }
        });
    }

    fn operate(&self, me: &ThreadRecord, dice: &mut Dice) {
        self.running();
        let place = dice.below(PLACES as u64) as usize;
        match dice.below(18) {
            0..=2 => self.store(place, self.new_object(me), me),
            3 => self.store(place, null_mut(), me),
            13 => {
                // The same object at both places.
                if let Some(obj) = self.borrow(place) {
                    refcount::inc(&obj.header, me);
                    self.store(1 - place, std::ptr::from_ref(obj).cast_mut(), me);
                }
            }
            4 => {
                if let Some(obj) = self.borrow(place) {
                    obj.touch();
                    thread::yield_now();
                    obj.touch();
                }
            }
            5 => {
                if let Some(obj) = self.borrow(place) {
                    refcount::inc(&obj.header, me);
                    if dice.below(3) == 0 {
                        split::nominate(&obj.header, me);
                    }
                    me.poll();
                    thread::yield_now();
                    obj.touch();
                    obj.dec(me);
                }
            }
            6 => {
                // Both places at once.
                let guards = ObjectLock::lock2(&self.locks[place], &self.locks[1 - place], me);
                self.running();
                me.poll();
                drop(guards);
            }
            7 => self.domain.stop_the_world(me, |_| {
                assert!(!self.stopped.swap(true, SeqCst), "two stopped worlds");
                assert!(
                    !self.locks.iter().any(ObjectLock::is_locked),
                    "a lock is held"
                );
                thread::yield_now();
                self.stopped.store(false, SeqCst);
            }),
            8 => me.blocking(thread::yield_now),
            9 => {
                unsafe fn free(_: *mut u8, _: usize) {}
                // SAFETY: nothing is behind the pointer, and `free` does not look.
                unsafe { me.retire(null_mut(), 64, free) };
            }
            10 => self.compile(me),
            11 => self.execute(me),
            12 => {
                let now = self.fact.load(Relaxed);
                change_fact(&self.domain, me, &self.watchers, &0, || {
                    self.fact.store(now + 1, Relaxed)
                });
                for tier in [Tier::Single, Tier::Multi] {
                    let code = self.entry.get(tier);
                    if !code.is_null() && self.entry.invalidate(tier, code) {
                        self.bury(code);
                    }
                }
                drop(self.grave.collect(&self.domain, me));
            }
            14 | 15 => self.shift(place, me),
            16 => ObjectLock::open_now(&self.locks[place], me),
            _ => me.reclaim_now(),
        }
        me.poll();
    }
}

/// Random numbers, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % n
    }
}

/// One execution, with as many operations for each thread as said.
pub fn scenario(seed: u64, operations: usize) {
    let world = World::new();
    let me = world.domain.attach().expect("a free slot");
    let threads: Vec<_> = (0..3)
        .map(|n| {
            let world = world.clone();
            thread::spawn(move || {
                let mut dice = Dice(seed * 4 + n);
                for _ in 0..2 {
                    let me = world.domain.attach().expect("a free slot");
                    (0..operations).for_each(|_| world.operate(&me, &mut dice));
                }
            })
        })
        .collect();
    let mut dice = Dice(seed * 4 + 3);
    (0..operations).for_each(|_| world.operate(&me, &mut dice));
    me.blocking(|| {
        threads
            .into_iter()
            .for_each(|t| t.join().expect("no panic"))
    });
    (0..PLACES).for_each(|place| world.store(place, null_mut(), &me));
    for _ in 0..4 {
        me.poll();
        me.reclaim_now();
    }
    for obj in world.objects.lock().expect("no panic under it").iter() {
        assert_eq!(
            obj.destroyed.load(SeqCst),
            1,
            "not destroyed: {:?}",
            obj.header
        );
    }
    drop(world.grave.collect(&world.domain, &me));
    assert_eq!(world.grave.bytes(), 0);
}

#[cfg(all(test, not(shuttle)))]
#[test]
fn a_short_storm_on_real_threads() {
    let start = std::time::Instant::now();
    let mut seed = 1;
    while start.elapsed().as_millis() < 500 {
        scenario(seed, 40);
        seed += 1;
    }
}
