//! The laws of each protocol, on real threads. The models in `loom-tests/` check them in every interleaving.

use std::collections::HashSet;
use threadsnake_threads::header::{Header, PUBLISHED};
use threadsnake_threads::kick::{Current, Kickable};
use threadsnake_threads::lock::ObjectLock;
use threadsnake_threads::patch::{Form, PatchSite, change_fact};
use threadsnake_threads::record::INTERRUPT;
use threadsnake_threads::refcount::{self, ZeroState};
use threadsnake_threads::slot::Slot;
use threadsnake_threads::split;
use threadsnake_threads::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::*,
};
use threadsnake_threads::sync::{Arc, Mutex, mpsc, thread};
use threadsnake_threads::tier::{Graveyard, Tier, TierEntry};
use threadsnake_threads::watch::{Broken, Dependency, Outcome, Watchers};
use threadsnake_threads::{Domain, DomainHooks, ThreadRecord, current};

/// Counts what is destroyed, and complains of what is destroyed twice.
#[derive(Default)]
struct Hooks {
    destroyed: Arc<Mutex<HashSet<usize>>>,
    modes: Arc<Mutex<Vec<&'static str>>>,
}

impl DomainHooks for Hooks {
    unsafe fn destroy(&self, _: &ThreadRecord, object: *const Header) {
        assert!(
            self.destroyed.lock().insert(object as usize),
            "destroyed twice"
        );
    }
    fn on_multi(&self, _thread: &ThreadRecord) {
        self.modes.lock().push("multi");
    }
    fn on_single(&self, _: &ThreadRecord) {
        self.modes.lock().push("single");
    }
}

#[allow(
    clippy::type_complexity,
    reason = "three handles, named where they are taken apart"
)]
fn domain() -> (
    Arc<Domain>,
    Arc<Mutex<HashSet<usize>>>,
    Arc<Mutex<Vec<&'static str>>>,
) {
    let hooks = Hooks::default();
    let (destroyed, modes) = (hooks.destroyed.clone(), hooks.modes.clone());
    (Domain::new(Box::new(hooks)), destroyed, modes)
}

/// A header that outlives every thread of the test.
fn object(me: &ThreadRecord) -> &'static Header {
    Box::leak(Box::new(Header::new(1, me.slot, me.is_multi())))
}

#[test]
fn single_destroys_at_once() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    let h = object(&me);
    refcount::inc(h, &me);
    assert_eq!(refcount::dec(h, &me), ZeroState::Alive);
    assert!(refcount::is_uniquely_owned(h, &me));
    assert_eq!(refcount::dec(h, &me), ZeroState::Zero);
}

#[test]
fn single_folds_what_others_have_counted() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    let h = object(&me);
    h.owner.store(77, Relaxed);
    h.shared.store(refcount::ONE * 2, Relaxed);
    // Compiled code: the local count, whoever owns it.
    h.local.store(0, Relaxed);
    assert_eq!(refcount::dec_cold(h, &me), ZeroState::Alive);
    assert_eq!(
        (
            h.owner.load(Relaxed),
            h.local.load(Relaxed),
            h.shared.load(Relaxed)
        ),
        (me.slot.0, 2, 0)
    );
    assert_eq!(refcount::dec(h, &me), ZeroState::Alive);
    assert_eq!(refcount::dec(h, &me), ZeroState::Zero);
}

#[test]
fn immortals_are_never_destroyed_nor_written_in_multi() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    let h = Header::immortal(3);
    assert_eq!(refcount::dec(&h, &me), ZeroState::Alive);
    h.local.store(0, Relaxed);
    assert_eq!(refcount::dec_cold(&h, &me), ZeroState::Alive);
    d.become_multi(&me);
    let before = (h.local.load(Relaxed), h.shared.load(Relaxed));
    refcount::inc(&h, &me);
    assert_eq!(refcount::dec(&h, &me), ZeroState::Alive);
    assert_eq!(before, (h.local.load(Relaxed), h.shared.load(Relaxed)));
}

#[test]
fn references_of_one_thread_only_are_known() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    d.become_multi(&me);
    let h = object(&me);
    refcount::inc(h, &me);
    assert_eq!(refcount::private_count(h, &me), 2);
    h.shared.store(refcount::ONE, Relaxed);
    assert_eq!(refcount::private_count(h, &me), 0);
    h.shared.store(0, Relaxed);
    h.owner.store(77, Relaxed);
    assert_eq!(refcount::private_count(h, &me), 0);
    h.owner.store(me.slot.0, Relaxed);
    h.publish();
    assert_eq!(refcount::private_count(h, &me), 0);
}

#[test]
fn what_stands_in_one_place_is_split_when_it_comes_again() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    d.become_multi(&me);
    let (go, wait) = mpsc::channel::<()>();
    let (attached, is_attached) = mpsc::channel::<()>();
    let d2 = d.clone();
    let other = thread::spawn(move || {
        let other = d2.attach().unwrap();
        attached.send(()).unwrap();
        other.blocking(|| wait.recv().unwrap_or_default());
    });
    me.blocking(|| is_attached.recv().unwrap());
    let (h, passing) = (object(&me), object(&me));
    for o in [h, passing] {
        // Nobody's own, one reference.
        o.publish();
        o.owner.store(0, Relaxed);
        o.local.store(0, Relaxed);
        o.shared.store(refcount::MERGED | refcount::ONE, Relaxed);
        split::nominate(o, &me);
    }
    me.poll();
    assert_eq!(h.owner.load(Relaxed), 0);
    // Stops for this are a millisecond apart.
    thread::sleep(std::time::Duration::from_millis(3));
    split::nominate(h, &me);
    me.poll();
    assert_eq!(h.owner.load(Relaxed), Slot::SPLIT.0);
    assert_eq!(passing.owner.load(Relaxed), 0);
    assert_eq!(d.count_of(h), 1);
    drop(go);
    me.blocking(|| other.join().unwrap());
}

#[test]
fn too_many_shared_counts_make_immortal() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    d.become_multi(&me);
    let h = object(&me);
    h.owner.store(77, Relaxed);
    refcount::inc_by(h, (1 << 26) - 1, &me);
    assert!(!h.is_immortal());
    for _ in 0..3 {
        refcount::inc(h, &me);
    }
    assert!(h.is_immortal());
    assert_eq!(refcount::dec(h, &me), ZeroState::Alive);
}

#[test]
fn unpublished_dies_at_once_and_published_waits() {
    let (d, destroyed, _) = domain();
    let me = d.attach().unwrap();
    d.become_multi(&me);
    let h = object(&me);
    assert_eq!(refcount::dec(h, &me), ZeroState::Zero);
    let h = object(&me);
    h.publish();
    assert_eq!(refcount::dec(h, &me), ZeroState::Alive);
    assert!(destroyed.lock().is_empty());
    me.reclaim_now();
    assert_eq!(destroyed.lock().len(), 1);
}

#[test]
fn counted_again_in_limbo_lives_on() {
    let (d, destroyed, _) = domain();
    let me = d.attach().unwrap();
    d.become_multi(&me);
    let h = object(&me);
    h.publish();
    assert_eq!(refcount::dec(h, &me), ZeroState::Alive);
    assert!(refcount::try_inc(h, &me));
    me.reclaim_now();
    assert!(destroyed.lock().is_empty());
    assert_eq!(refcount::dec(h, &me), ZeroState::Alive);
    me.reclaim_now();
    assert_eq!(destroyed.lock().len(), 1);
    assert!(!refcount::try_inc(h, &me));
}

#[test]
fn limbo_is_worked_through_within_the_stated_safepoints() {
    let (d, destroyed, _) = domain();
    let me = d.attach().unwrap();
    d.become_multi(&me);
    let h = object(&me);
    h.publish();
    assert_eq!(refcount::dec(h, &me), ZeroState::Alive);
    for _ in 0..256 {
        me.poll();
    }
    assert_eq!(destroyed.lock().len(), 1);
}

#[test]
fn finaliser_can_keep_its_object() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    d.become_multi(&me);
    let h = object(&me);
    assert_eq!(refcount::dec(h, &me), ZeroState::Zero);
    refcount::revive_for_finaliser(h, &me);
    refcount::inc(h, &me);
    assert_eq!(refcount::dec(h, &me), ZeroState::Alive);
    assert_eq!(refcount::dec(h, &me), ZeroState::Zero);
}

#[test]
fn foreign_counts_meet_the_owner() {
    let (d, destroyed, _) = domain();
    let me = d.attach().unwrap();
    d.become_multi(&me);
    let objects: Vec<_> = (0..100).map(|_| object(&me)).collect();
    for h in &objects {
        h.publish();
        refcount::inc(h, &me);
    }
    let theirs = objects.clone();
    let (d2, objs) = (d.clone(), theirs);
    let t = thread::spawn(move || {
        let me = d2.attach().unwrap();
        for h in objs {
            let _ = refcount::dec(h, &me);
        }
    });
    me.blocking(|| t.join().unwrap());
    me.poll();
    for h in &objects {
        let _ = refcount::dec(h, &me);
    }
    me.reclaim_now();
    assert_eq!(destroyed.lock().len(), 100);
}

#[test]
fn objects_of_dead_threads_are_not_stranded() {
    let (d, destroyed, _) = domain();
    let me = d.attach().unwrap();
    d.become_multi(&me);
    let d2 = d.clone();
    let t = thread::spawn(move || {
        let me = d2.attach().unwrap();
        (0..100)
            .map(|_| {
                let h = object(&me);
                h.publish();
                h
            })
            .collect::<Vec<_>>()
    });
    let objects = me.blocking(|| t.join().unwrap());
    let (dead, inherited) = objects.split_at(50);
    for h in dead {
        let _ = refcount::dec(h, &me);
    }
    let (d2, inherited) = (d.clone(), inherited.to_vec());
    let t = thread::spawn(move || {
        let me = d2.attach().unwrap();
        assert_eq!(inherited[0].owner.load(Relaxed), me.slot.0);
        for h in inherited {
            let _ = refcount::dec(h, &me);
        }
    });
    me.blocking(|| t.join().unwrap());
    me.reclaim_now();
    assert_eq!(destroyed.lock().len(), 100);
}

#[test]
fn foreign_attach_switches_and_quiet_switches_back() {
    let (d, _, modes) = domain();
    let me = d.attach().unwrap();
    assert!(!me.is_multi());
    let (d2, stop) = (d.clone(), Arc::new(AtomicBool::new(false)));
    let stopped = stop.clone();
    let t = thread::spawn(move || {
        let me = d2.attach().unwrap();
        assert!(me.is_multi());
        stopped.store(true, Release);
    });
    while !stop.load(Acquire) {
        me.poll();
    }
    assert!(me.is_multi());
    me.blocking(|| t.join().unwrap());
    for _ in 0..10_000_000 {
        me.poll();
        if !me.is_multi() {
            break;
        }
    }
    assert!(!me.is_multi() && !d.is_multi());
    assert_eq!(*modes.lock(), ["multi", "single"]);
}

#[test]
fn stops_nest_and_take_turns() {
    let (d, _, _) = domain();
    let inside = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (d, inside) = (d.clone(), inside.clone());
            thread::spawn(move || {
                let me = d.attach().unwrap();
                for _ in 0..200 {
                    d.stop_the_world(&me, |w| {
                        assert_eq!(inside.fetch_add(1, Relaxed), 0);
                        d.stop_the_world(&me, |w2| {
                            assert_eq!(w.threads().count(), w2.threads().count())
                        });
                        inside.fetch_sub(1, Relaxed);
                    });
                    me.poll();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(d.stop_count(), 800);
}

#[test]
fn stop_does_not_wait_for_sleepers_and_handshake_reaches_them() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    let (d2, go) = (d.clone(), Arc::new(AtomicU32::new(0)));
    let seen = go.clone();
    let t = thread::spawn(move || {
        let me = d2.attach().unwrap();
        me.blocking(|| {
            seen.store(me.slot.0 as u32, Release);
            while seen.load(Acquire) != 0 {
                thread::yield_now();
            }
        });
    });
    while go.load(Acquire) == 0 {
        me.poll();
    }
    d.stop_the_world(&me, |w| assert_eq!(w.threads().count(), 2));
    let slot = threadsnake_threads::Slot(go.load(Acquire) as u16);
    assert_eq!(d.handshake(&me, slot, |r| r.slot), Some(slot));
    assert_eq!(
        d.handshake(&me, threadsnake_threads::Slot(99), |r| r.slot),
        None
    );
    go.store(0, Release);
    me.blocking(|| t.join().unwrap());
}

#[test]
fn requests_reach_their_thread() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    assert!(std::ptr::eq(current(), &*me));
    assert_eq!(me.poll(), 0);
    d.request_all(INTERRUPT);
    assert_eq!(me.poll(), INTERRUPT);
    assert_eq!(me.take(INTERRUPT), INTERRUPT);
    assert_eq!(me.poll(), 0);
    let (other, _, _) = domain();
    let inner = other.attach().unwrap();
    assert!(std::ptr::eq(current(), &*inner));
    let again = d.attach().unwrap();
    assert!(std::ptr::eq(current(), &*me) && std::ptr::eq(&*again, &*me));
    assert_eq!(d.thread_count(), 1);
    // In any order.
    drop(me);
    assert_eq!(d.thread_count(), 1);
    drop(inner);
    assert!(std::ptr::eq(current(), &*again));
    drop(again);
    assert!(current().is_null() && d.thread_count() == 0);
}

#[test]
fn attaching_inside_a_blocking_call_runs_again() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    let h = object(&me);
    let lock = ObjectLock::lock(h, &me);
    let (d2, ready, done) = (
        d.clone(),
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let (theirs, stopped) = (ready.clone(), done.clone());
    let t = thread::spawn(move || {
        let me = d2.attach().unwrap();
        while !theirs.load(Acquire) {
            me.poll();
        }
        d2.stop_the_world(&me, |_| stopped.store(true, Release));
    });
    me.blocking(|| {
        me.blocking(|| assert!(!ObjectLock::is_locked(h)));
        let inner = d.attach().unwrap();
        let again = ObjectLock::lock(h, &inner);
        ready.store(true, Release);
        // Running: the stop waits for this thread.
        for _ in 0..1000 {
            assert!(!done.load(Acquire));
        }
        while !done.load(Acquire) {
            inner.poll();
        }
        drop(again);
        drop(inner);
        // Blocked again: another stop need not wait.
        t.join().unwrap();
    });
    assert!(ObjectLock::is_locked(h));
    drop(lock);
    // Guards that are dropped in another order than they were made.
    let blocking = me.enter_blocking();
    let inner = d.attach().unwrap();
    drop(blocking);
    drop(inner);
    d.stop_the_world(&me, |_| ());
}

#[test]
fn lock_excludes_in_any_order_under_stops() {
    let (d, _, _) = domain();
    let locks: &'static [Header; 3] = Box::leak(Box::new(std::array::from_fn(|_| {
        Header::new(0, threadsnake_threads::Slot::NONE, true)
    })));
    let counter = Arc::new(AtomicU64::new(0));
    let threads: Vec<_> = (0..3)
        .map(|n| {
            let (d, counter) = (d.clone(), counter.clone());
            thread::spawn(move || {
                let me = d.attach().unwrap();
                for i in 0..2000 {
                    let guards =
                        ObjectLock::lock2(&locks[(n + i) % 3], &locks[(n + 2 * i + 1) % 3], &me);
                    drop(guards);
                    let a = ObjectLock::lock(&locks[0], &me);
                    counter.store(counter.load(Relaxed) + 1, Relaxed);
                    if i % 100 == 0 {
                        d.stop_the_world(&me, |_| {
                            assert!(
                                !ObjectLock::is_locked(&locks[1])
                                    && !ObjectLock::is_locked(&locks[2])
                            )
                        });
                    }
                    let again = ObjectLock::lock(&locks[0], &me);
                    drop((again, a));
                    me.poll();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(counter.load(Relaxed), 6000);
    assert!(locks.iter().all(|h| !ObjectLock::is_locked(h)));
}

#[test]
fn retired_storage_is_freed_once_and_bounded() {
    static FREED: AtomicUsize = AtomicUsize::new(0);
    unsafe fn free(_: *mut u8, bytes: usize) {
        FREED.fetch_add(bytes, Relaxed);
    }
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    d.become_multi(&me);
    for _ in 0..10_000 {
        // SAFETY: nothing is behind the pointer, and `free` does not look.
        unsafe { me.retire(std::ptr::null_mut(), 1024, free) };
        me.poll();
        assert!(me.held_bytes() <= 128 << 10);
    }
    me.reclaim_now();
    assert_eq!(FREED.load(Relaxed), 10_000 * 1024);
}

#[derive(Clone)]
struct Site(Arc<AtomicBool>);

impl PatchSite for Site {
    fn form(&self) -> Form {
        Form::Redirect
    }
    fn fire(&self) {
        self.0.store(true, Release);
    }
}

#[test]
fn breaking_patches_exactly_the_dependants() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    let w = Watchers::new();
    let sites: Vec<_> = (0..2)
        .map(|_| Site(Arc::new(AtomicBool::new(false))))
        .collect();
    for (i, site) in sites.iter().enumerate() {
        let assumption = w.assume(&i);
        let on = [Dependency {
            key: i,
            assumption,
            dependants: vec![site.clone()],
        }];
        assert_eq!(w.publish(&on, || i).unwrap(), i);
    }
    let old = w.assume(&0);
    assert_eq!(change_fact(&d, &me, &w, &0, || 7), (Outcome::Patched(1), 7));
    assert!(sites[0].0.load(Acquire) && !sites[1].0.load(Acquire) && !old.is_valid());
    assert_eq!(d.stop_count(), 1);
    assert_eq!(change_fact(&d, &me, &w, &0, || 8).0, Outcome::Unwatched);
    assert_eq!(d.stop_count(), 1);
    let on = [Dependency {
        key: 0,
        assumption: old,
        dependants: vec![sites[0].clone()],
    }];
    assert_eq!(w.publish(&on, || ()), Err(Broken(0)));
    assert_eq!(w.take_broken().len(), 1);
}

#[test]
fn code_is_freed_when_nobody_is_inside() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    let entry = TierEntry::new();
    let code = Box::into_raw(Box::new(5u32)).cast::<()>();
    assert!(entry.publish(Tier::Single, code).is_null());
    let grave = Graveyard::new();
    me.with_activation(entry.enter(&me), || {
        assert!(entry.invalidate(Tier::Single, code));
        // SAFETY: it came from a box, and the graveyard frees it once.
        grave.retire(code, 4, unsafe { Box::from_raw(code.cast::<u32>()) });
        assert!(grave.collect(&d, &me).is_empty());
    });
    assert_eq!(grave.bytes(), 4);
    assert_eq!(grave.collect(&d, &me), [Box::new(5)]);
    assert_eq!(grave.bytes(), 0);
    assert!(entry.enter(&me).is_null());
    assert_eq!(object(&me).flags.load(Relaxed), PUBLISHED);
}

/// Code that knows whether its back edges are redirected.
struct Kicked(AtomicBool);

impl Kickable for Kicked {
    fn is_kicked(&self) -> bool {
        self.0.load(Relaxed)
    }
    fn kick(&self) {
        self.0.store(true, Relaxed);
    }
    fn restore(&self) {
        self.0.store(false, Relaxed);
    }
}

#[test]
fn what_was_redirected_is_put_back_by_who_enters() {
    let (d, _, _) = domain();
    let me = d.attach().unwrap();
    for polls in [false, true] {
        let (current, code) = (Current::new(), Kicked(AtomicBool::new(false)));
        me.take(INTERRUPT);
        let outer = current.enter(&me, &code, polls).expect("nothing is asked");
        // SAFETY: the code lives to the end of this turn.
        unsafe { current.kick() };
        assert!(code.is_kicked());
        current.leave(outer);
        // SAFETY: as above; nothing is announced.
        unsafe { current.kick() };
        me.request(INTERRUPT);
        assert_eq!(current.enter(&me, &code, polls).is_some(), polls);
        assert!(!code.is_kicked(), "put back, whether it is entered or not");
    }
}
