//! What the threading protocols cost, each against a stated yardstick of the same run.
//!
//! `cargo bench -p threadsnake-benches --bench threads`; the tables of ratios come last. With `THREADS_PAIRS=1` only the
//! last of them, in half a minute.

use criterion::{BatchSize, Criterion};
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use threadsnake_threads::grace;
use threadsnake_threads::header::Header;
use threadsnake_threads::lock::ObjectLock;
use threadsnake_threads::overwrite::Overwrite;
use threadsnake_threads::refcount::{self, ZeroState};
use threadsnake_threads::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering::*,
};
use threadsnake_threads::sync::{Arc, Barrier, thread};
use threadsnake_threads::tier::{Tier, TierEntry};
use threadsnake_threads::{Attached, Domain, DomainHooks, Slot, ThreadRecord};

/// Measured, yardstick.
const RATIOS: &[(&str, &str)] = &[
    ("count/single", "count/plain"),
    ("count/multi owner", "count/plain"),
    ("count/multi foreign", "count/plain"),
    ("count/multi foreign", "count/Arc"),
    ("count/multi immortal", "count/plain"),
    ("poll/poll", "poll/load"),
    ("lock/object multi", "lock/parking_lot"),
    ("lock/object multi", "lock/std"),
    ("lock/object single", "lock/parking_lot"),
    ("lock/two objects", "lock/two parking_lot"),
    ("attach/blocking call", "lock/parking_lot"),
    ("attach/attach and detach", "attach/spawn and join"),
    ("stop/8 running", "stop/8 to a barrier and on"),
    ("stop/8 blocked", "stop/8 parking_lot"),
    ("switch/1", "switch/1"),
    ("switch/1000", "switch/1"),
    ("switch/100000", "switch/1"),
    ("tier/enter", "tier/pointer load"),
    ("retire/storage", "retire/free at once"),
    ("retire/object", "retire/count to zero in Single"),
];

struct Hooks;

impl DomainHooks for Hooks {
    unsafe fn destroy(&self, _: &ThreadRecord, object: *const Header) {
        black_box(object);
    }
}

fn single() -> (Arc<Domain>, Attached) {
    let domain = Domain::new(Box::new(Hooks));
    let me = domain.attach().expect("a free slot");
    (domain, me)
}

fn multi() -> (Arc<Domain>, Attached) {
    let (domain, me) = single();
    domain.become_multi(&me);
    (domain, me)
}

fn counts(c: &mut Criterion) {
    let mut g = c.benchmark_group("count");
    let plain = AtomicU32::new(1);
    g.bench_function("plain", |b| {
        b.iter(|| {
            let n = black_box(&plain);
            n.store(n.load(Relaxed).wrapping_add(1), Relaxed);
            let n = black_box(&plain);
            let less = n.load(Relaxed).wrapping_sub(1);
            n.store(less, Relaxed);
            less as i32 > 0
        });
    });
    let arc = std::sync::Arc::new(1);
    g.bench_function("Arc", |b| {
        b.iter(|| drop(std::sync::Arc::clone(black_box(&arc))))
    });
    let up_down = |h: &Header, me: &ThreadRecord| {
        refcount::inc(black_box(h), me);
        refcount::dec(black_box(h), me) == ZeroState::Alive
    };
    let (_d, me) = single();
    let h = Header::new(0, me.slot, false);
    g.bench_function("single", |b| b.iter(|| up_down(&h, &me)));
    let (_d, me) = multi();
    let h = Header::new(0, me.slot, true);
    g.bench_function("multi owner", |b| b.iter(|| up_down(&h, &me)));
    let h = Header::new(0, Slot(77), true);
    h.shared.store(refcount::ONE, Relaxed);
    g.bench_function("multi foreign", |b| b.iter(|| up_down(&h, &me)));
    let h = Header::immortal(0);
    g.bench_function("multi immortal", |b| b.iter(|| up_down(&h, &me)));
    g.finish();
}

fn polls(c: &mut Criterion) {
    let mut g = c.benchmark_group("poll");
    let (_d, me) = single();
    g.bench_function("load", |b| {
        b.iter(|| black_box(&me.guard).load(Relaxed) == 0)
    });
    g.bench_function("poll", |b| b.iter(|| black_box(&*me).poll()));
    g.finish();
}

fn locks(c: &mut Criterion) {
    let mut g = c.benchmark_group("lock");
    let (std, pl) = (
        std::sync::Mutex::new(1),
        [parking_lot::Mutex::new(1), parking_lot::Mutex::new(1)],
    );
    g.bench_function("std", |b| {
        b.iter(|| *black_box(&std).lock().expect("not poisoned") += 1)
    });
    g.bench_function("parking_lot", |b| b.iter(|| *black_box(&pl[0]).lock() += 1));
    g.bench_function("two parking_lot", |b| {
        b.iter(|| {
            let mut first = black_box(&pl[0]).lock();
            let second = black_box(&pl[1]).lock();
            *first += *second;
        });
    });
    let (_d, me) = multi();
    let h = [Header::new(0, me.slot, true), Header::new(0, me.slot, true)];
    g.bench_function("object multi", |b| {
        b.iter(|| drop(ObjectLock::lock(black_box(&h[0]), &me)))
    });
    g.bench_function("two objects", |b| {
        b.iter(|| drop(ObjectLock::lock2(black_box(&h[0]), black_box(&h[1]), &me)));
    });
    let (_d, me) = single();
    g.bench_function("object single", |b| {
        b.iter(|| drop(ObjectLock::lock(black_box(&h[0]), &me)))
    });
    g.finish();
}

fn attaching(c: &mut Criterion) {
    let mut g = c.benchmark_group("attach");
    g.bench_function("spawn and join", |b| {
        b.iter(|| thread::spawn(|| ()).join().expect("it ends"))
    });
    let (d, me) = multi();
    g.bench_function("blocking call", |b| b.iter(|| me.blocking(|| ())));
    me.blocking(|| {
        // Another runtime's thread, so that this is an attachment of its own each time.
        let other = Domain::new(Box::new(Hooks));
        let d = black_box(&other);
        g.bench_function("attach and detach", |b| b.iter(|| drop(d.attach())));
    });
    drop((me, d));
    g.finish();
}

/// Eight threads that compute: between any two steps each may be stopped in both ways.
struct Crowd {
    domain: Arc<Domain>,
    steps: [AtomicUsize; 8],
    /// The plain way: meet at the barrier, and once more to go on.
    meet: AtomicBool,
    barrier: Barrier,
    end: AtomicBool,
}

impl Crowd {
    fn work(&self, n: usize) {
        let me = self.domain.attach().expect("a free slot");
        while !self.end.load(Relaxed) {
            me.poll();
            if self.meet.load(Relaxed) {
                self.barrier.wait();
                self.barrier.wait();
            }
            self.steps[n].fetch_add(1, Relaxed);
        }
    }

    /// Waits until each thread has run since: those that still sleep from the last stop would be stopped for nothing.
    fn all_run(&self, me: &ThreadRecord) {
        let steps = || self.steps.each_ref().map(|s| s.load(Relaxed));
        let before = steps();
        while std::iter::zip(before, steps()).any(|(a, b)| a == b) {
            me.blocking(|| thread::sleep(Duration::from_micros(100)));
        }
    }

    /// How long it takes until all stand still, and are let go.
    fn stop(&self, me: &ThreadRecord) -> Duration {
        self.all_run(me);
        let start = Instant::now();
        black_box(self.domain.stop_the_world(me, |w| w.threads().count()));
        start.elapsed()
    }

    /// The same by a flag that each polls and a barrier.
    fn meet(&self, me: &ThreadRecord) -> Duration {
        self.all_run(me);
        let start = Instant::now();
        self.meet.store(true, Relaxed);
        self.barrier.wait();
        self.meet.store(false, Relaxed);
        self.barrier.wait();
        start.elapsed()
    }

    fn with(f: impl FnOnce(&Crowd, &ThreadRecord)) {
        let crowd = Crowd {
            domain: Domain::new(Box::new(Hooks)),
            steps: Default::default(),
            meet: AtomicBool::new(false),
            barrier: Barrier::new(9),
            end: AtomicBool::new(false),
        };
        let me = crowd.domain.attach().expect("a free slot");
        crowd.domain.become_multi(&me);
        std::thread::scope(|scope| {
            for n in 0..8 {
                let crowd = &crowd;
                scope.spawn(move || crowd.work(n));
            }
            f(&crowd, &me);
            crowd.end.store(true, Relaxed);
            // As a thread that runs, this one would be waited for.
            me.blocking(|| {
                while crowd.domain.thread_count() > 1 {
                    thread::sleep(Duration::from_millis(1));
                }
            });
        });
    }
}

/// A domain with eight threads in a blocking call.
fn with_eight_blocked(f: impl FnOnce(&Domain, &ThreadRecord)) {
    let domain = Domain::new(Box::new(Hooks));
    let me = domain.attach().expect("a free slot");
    domain.become_multi(&me);
    let gate = Barrier::new(9);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let me = domain.attach().expect("a free slot");
                me.blocking(|| {
                    gate.wait();
                    gate.wait();
                });
            });
        }
        me.blocking(|| gate.wait());
        f(&domain, &me);
        me.blocking(|| gate.wait());
    });
}

fn lock_eight(locks: &[parking_lot::Mutex<u32>; 8]) {
    black_box(locks).iter().for_each(|l| *l.lock() += 1);
}

fn stops(c: &mut Criterion) {
    let mut g = c.benchmark_group("stop");
    g.measurement_time(Duration::from_secs(3)).sample_size(10);
    g.sampling_mode(criterion::SamplingMode::Flat);
    Crowd::with(|crowd, me| {
        g.bench_function("8 running", |b| {
            b.iter_custom(|n| (0..n).map(|_| crowd.stop(me)).sum())
        });
        g.bench_function("8 to a barrier and on", |b| {
            b.iter_custom(|n| (0..n).map(|_| crowd.meet(me)).sum())
        });
    });
    with_eight_blocked(|domain, me| {
        g.bench_function("8 blocked", |b| {
            b.iter(|| domain.stop_the_world(me, |w| w.threads().count()))
        });
    });
    let locks = Default::default();
    g.bench_function("8 parking_lot", |b| b.iter(|| lock_eight(&locks)));
    g.finish();
}

fn switches(c: &mut Criterion) {
    let mut g = c.benchmark_group("switch");
    for n in [1usize, 1000, 100_000] {
        let table: Vec<TierEntry> = (0..n).map(|_| TierEntry::new()).collect();
        for entry in &table {
            entry.publish(
                Tier::Single,
                black_box(std::ptr::dangling_mut::<u64>().cast()),
            );
        }
        g.bench_function(n.to_string(), |b| {
            b.iter_batched(
                single,
                |(domain, me)| {
                    domain.become_multi(&me);
                    // The first entry after the switch finds the other tier.
                    black_box(table[n / 2].enter(&me));
                    (domain, me)
                },
                BatchSize::LargeInput,
            );
        });
    }
    g.finish();
}

fn tiers(c: &mut Criterion) {
    let mut g = c.benchmark_group("tier");
    let code: *mut () = std::ptr::dangling_mut::<u64>().cast();
    let (plain, entry) = (AtomicPtr::new(code), TierEntry::new());
    let (_d, me) = multi();
    entry.publish(Tier::Multi, code);
    g.bench_function("pointer load", |b| {
        b.iter(|| black_box(&plain).load(Acquire))
    });
    g.bench_function("enter", |b| {
        b.iter(|| black_box(&entry).enter(black_box(&me)))
    });
    g.finish();
}

unsafe fn free_box(ptr: *mut u8, _: usize) {
    // SAFETY: it came from a box of this type.
    drop(unsafe { Box::from_raw(ptr.cast::<[u64; 8]>()) });
}

fn retiring(c: &mut Criterion) {
    let mut g = c.benchmark_group("retire");
    let new = || Box::into_raw(Box::new([1u64; 8])).cast::<u8>();
    g.bench_function("free at once", |b| {
        b.iter(|| {
            // SAFETY: made by `new`.
            unsafe { free_box(black_box(new()), 64) };
        });
    });
    let (_d, me) = multi();
    g.bench_function("storage", |b| {
        b.iter(|| {
            // SAFETY: made by `new`, and nobody else has it.
            unsafe { me.retire(black_box(new()), 64, free_box) };
            me.poll()
        });
    });
    // The header is used again and again: what is measured is the way through the limbo.
    let pool: Vec<Header> = (0..4096).map(|_| Header::new(0, me.slot, true)).collect();
    let mut next = 0;
    g.bench_function("object", |b| {
        b.iter(|| {
            next = (next + 1) % pool.len();
            let h = &pool[next];
            h.owner.store(me.slot.0, Relaxed);
            h.local.store(1, Relaxed);
            h.shared.store(0, Relaxed);
            h.publish();
            let zero = refcount::dec(h, &me);
            me.poll();
            zero
        });
    });
    me.reclaim_now();
    let (_d, me) = single();
    g.bench_function("count to zero in Single", |b| {
        b.iter(|| {
            next = (next + 1) % pool.len();
            let h = &pool[next];
            h.owner.store(me.slot.0, Relaxed);
            h.local.store(1, Relaxed);
            h.shared.store(0, Relaxed);
            h.publish();
            let zero = refcount::dec(h, &me);
            me.poll();
            zero
        });
    });
    g.finish();
}

/// Not a time: the most bytes that wait while a writer retires `total` in pieces of 4 KiB and a reader comes to a
/// safepoint, every `pause` if that is not zero. The bound is 16 MiB and a bag; a reader that is kept from its next
/// safepoint (here by `pause`, or because it is not given a processor) for longer than a millisecond adds a bag for
/// each millisecond, since the writer waits that long at most at each of its own. Ends the program where it is broken.
fn memory(total: usize, pause: Duration) {
    const PIECE: usize = 4096;
    unsafe fn free(ptr: *mut u8, bytes: usize) {
        // SAFETY: made below with this length.
        drop(unsafe { Vec::from_raw_parts(ptr, 0, bytes) });
    }
    let domain = Domain::new(Box::new(Hooks));
    let stop = Arc::new(AtomicBool::new(false));
    let (their_domain, their_stop) = (domain.clone(), stop.clone());
    // Gives the longest time from one of its safepoints to the next.
    let reader = thread::spawn(move || {
        let me = their_domain.attach().expect("a free slot");
        let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
        while !their_stop.load(Relaxed) {
            if !pause.is_zero() {
                thread::sleep(pause);
            }
            me.poll();
            let now = Instant::now();
            longest = longest.max(now - last);
            last = now;
        }
        longest
    });
    let me = domain.attach().expect("a free slot");
    domain.become_multi(&me);
    let (start, mut most) = (Instant::now(), 0);
    for _ in 0..total / PIECE {
        let mut piece = std::mem::ManuallyDrop::new(Vec::<u8>::with_capacity(PIECE));
        // SAFETY: nobody else has the piece.
        unsafe { me.retire(piece.as_mut_ptr(), piece.capacity(), free) };
        most = most.max(me.held_bytes());
        me.poll();
    }
    let time = start.elapsed();
    stop.store(true, Relaxed);
    let away = me.blocking(|| reader.join().expect("it ends"));
    let bound = grace::HELD_BYTES + grace::BAG_BYTES * (1 + away.as_millis() as usize);
    println!(
        "{} GiB retired in pieces of 4 KiB in {:.1} s, a reader at most {:.1} ms between safepoints: at most {} KiB waited; \
         promised <= {} KiB (16 MiB, a bag of 64 KiB, and a bag for each whole millisecond): {}",
        total >> 30,
        time.as_secs_f32(),
        away.as_secs_f32() * 1e3,
        most >> 10,
        bound >> 10,
        if most <= bound { "kept" } else { "BROKEN" }
    );
    assert!(most <= bound, "more memory waited than is promised");
}

/// The promise for a reader that polls, and for one that comes to a safepoint every 20 ms.
fn memories() {
    memory(10 << 30, Duration::ZERO);
    memory(1 << 30, Duration::from_millis(20));
}

/// Nanoseconds for one call of each of two things: the least of many short runs that take turns, so that a machine
/// which is busy with something else disturbs both alike and neither much.
fn paired<A, B>(mut a: impl FnMut() -> A, mut b: impl FnMut() -> B) -> (f64, f64) {
    const CALLS: u32 = 2000;
    let (mut least_a, mut least_b) = (f64::MAX, f64::MAX);
    for _ in 0..3000 {
        let start = Instant::now();
        (0..CALLS).for_each(|_| drop(black_box(a())));
        least_a = least_a.min(start.elapsed().as_nanos() as f64);
        let start = Instant::now();
        (0..CALLS).for_each(|_| drop(black_box(b())));
        least_b = least_b.min(start.elapsed().as_nanos() as f64);
    }
    (least_a / CALLS as f64, least_b / CALLS as f64)
}

/// The fast ones again, in pairs: the promises are judged here.
fn pairs() {
    let row = |name: &str, yardstick: &str, most: Option<f64>, (a, b): (f64, f64)| {
        let ratio = a / b;
        let promise = most.map_or(String::new(), |m| {
            format!(
                "  promised <= {m}: {}",
                if ratio <= m { "kept" } else { "BROKEN" }
            )
        });
        println!("{name:<26} {a:>10.2}   {yardstick:<30} {b:>10.2} {ratio:>7.2}{promise}");
    };
    println!(
        "\n{:<26} {:>10}   {:<30} {:>10} {:>7}",
        "least, taking turns", "ns", "yardstick", "ns", "ratio"
    );
    let plain = AtomicU32::new(1);
    let plain = || {
        let n = black_box(&plain);
        n.store(n.load(Relaxed).wrapping_add(1), Relaxed);
        let n = black_box(&plain);
        let less = n.load(Relaxed).wrapping_sub(1);
        n.store(less, Relaxed);
        less as i32 > 0
    };
    let up_down = |h: &Header, me: &ThreadRecord| {
        refcount::inc(black_box(h), me);
        refcount::dec(black_box(h), me) == ZeroState::Alive
    };
    let arc = std::sync::Arc::new(1);
    let std = std::sync::Mutex::new(1);
    let pl = [parking_lot::Mutex::new(1), parking_lot::Mutex::new(1)];
    let pl_once = || *black_box(&pl[0]).lock() += 1;
    {
        let (_d, me) = single();
        let me: &ThreadRecord = &me;
        let h = &Header::new(0, me.slot, false);
        row(
            "count single",
            "plain add and subtract",
            None,
            paired(move || up_down(h, me), plain),
        );
        row(
            "lock object, Single",
            "parking_lot",
            None,
            paired(|| drop(ObjectLock::lock(black_box(h), me)), pl_once),
        );
    }
    let (_d, me) = multi();
    // As the runtime has it: a thread's record is in a register, not behind the attachment.
    let me: &ThreadRecord = &me;
    let own = &Header::new(0, me.slot, true);
    row(
        "count multi, owner",
        "plain add and subtract",
        Some(1.5),
        paired(move || up_down(own, me), plain),
    );
    let foreign = &Header::new(0, Slot(77), true);
    foreign.shared.store(refcount::ONE, Relaxed);
    row(
        "count multi, foreign",
        "plain add and subtract",
        None,
        paired(move || up_down(foreign, me), plain),
    );
    row(
        "count multi, foreign",
        "Arc",
        None,
        paired(
            move || up_down(foreign, me),
            || drop(std::sync::Arc::clone(black_box(&arc))),
        ),
    );
    let immortal = &Header::immortal(0);
    row(
        "count multi, immortal",
        "plain add and subtract",
        None,
        paired(move || up_down(immortal, me), plain),
    );
    row(
        "poll",
        "relaxed load",
        None,
        paired(
            || black_box(me).poll(),
            || black_box(&me.guard).load(Relaxed),
        ),
    );
    row(
        "lock object, Multi",
        "parking_lot",
        None,
        paired(|| drop(ObjectLock::lock(black_box(own), me)), pl_once),
    );
    row(
        "lock object, Multi",
        "std",
        None,
        paired(
            || drop(ObjectLock::lock(black_box(own), me)),
            || {
                *black_box(&std).lock().expect("not poisoned") += 1;
            },
        ),
    );
    let open = Header::new(0, Slot(77), true);
    ObjectLock::open_now(&open, me);
    let word = AtomicU64::new(1);
    row(
        "replace a word, open",
        "replace it under parking_lot",
        None,
        paired(
            || {
                let way = ObjectLock::lock_to_overwrite(black_box(&open), me);
                match way {
                    Overwrite::Open => word.swap(2, AcqRel),
                    Overwrite::Locked { .. } => 0,
                }
            },
            || *black_box(&pl[0]).lock() += 1,
        ),
    );
    row(
        "lock two objects",
        "two parking_lot",
        None,
        paired(
            || drop(ObjectLock::lock2(black_box(own), black_box(foreign), me)),
            || {
                let mut first = black_box(&pl[0]).lock();
                let second = black_box(&pl[1]).lock();
                *first += *second;
            },
        ),
    );
    row(
        "blocking call",
        "parking_lot",
        None,
        paired(|| me.blocking(|| ()), pl_once),
    );
    let other = Domain::new(Box::new(Hooks));
    row(
        "attach and detach",
        "parking_lot",
        None,
        paired(|| drop(other.attach()), pl_once),
    );
    let code: *mut () = std::ptr::dangling_mut::<u64>().cast();
    let (pointer, entry) = (AtomicPtr::new(code), &TierEntry::new());
    entry.publish(Tier::Multi, code);
    row(
        "tier enter",
        "pointer load",
        Some(1.3),
        paired(
            move || black_box(entry).enter(me),
            || black_box(&pointer).load(Acquire),
        ),
    );
    let new = || Box::into_raw(Box::new([1u64; 8])).cast::<u8>();
    row(
        "retire storage, reclaim",
        "free at once",
        None,
        paired(
            || {
                // SAFETY: made by `new`, and nobody else has it.
                unsafe { me.retire(black_box(new()), 64, free_box) };
                me.poll()
            },
            || {
                // SAFETY: made by `new`.
                unsafe { free_box(black_box(new()), 64) };
            },
        ),
    );
}

/// Stops, in pairs: medians, as what they take is up to the scheduler.
fn stop_pairs() {
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2].as_nanos() as f64
    };
    let row = |name: &str, yardstick: &str, (a, b): (f64, f64)| {
        println!(
            "{name:<26} {a:>10.2}   {yardstick:<30} {b:>10.2} {:>7.2}",
            a / b
        );
    };
    println!(
        "\n{:<26} {:>10}   {:<30} {:>10} {:>7}",
        "stop-the-world", "ns", "yardstick", "ns", "ratio"
    );
    Crowd::with(|crowd, me| {
        let times = (0..150).map(|_| (crowd.stop(me), crowd.meet(me)));
        let (stops, meets) = times.unzip();
        row(
            "stop 8 running (median)",
            "a flag, a std barrier and on",
            (median(stops), median(meets)),
        );
    });
    let locks = Default::default();
    with_eight_blocked(|domain, me| {
        row(
            "stop 8 blocked (least)",
            "eight parking_lot",
            paired(
                || domain.stop_the_world(me, |w| w.threads().count()),
                || lock_eight(&locks),
            ),
        );
    });
    println!();
}

/// The median of a benchmark in nanoseconds, as criterion has just written it.
fn median(name: &str) -> Option<f64> {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "../target".into());
    let path = Path::new(&target)
        .join("criterion")
        .join(name)
        .join("new/estimates.json");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    json["median"]["point_estimate"].as_f64()
}

fn main() {
    if std::env::var_os("THREADS_PAIRS").is_some() {
        pairs();
        stop_pairs();
        return memories();
    }
    let mut c = Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(40)
        .configure_from_args();
    counts(&mut c);
    polls(&mut c);
    locks(&mut c);
    attaching(&mut c);
    stops(&mut c);
    switches(&mut c);
    tiers(&mut c);
    retiring(&mut c);
    c.final_summary();
    if std::env::args().any(|a| a == "--test" || a == "--list") {
        return;
    }
    println!(
        "\n{:<26} {:>10}   {:<30} {:>10} {:>7}",
        "median", "ns", "yardstick", "ns", "ratio"
    );
    for (name, yardstick) in RATIOS {
        if let (Some(a), Some(b)) = (median(name), median(yardstick)) {
            println!(
                "{name:<26} {a:>10.2}   {yardstick:<30} {b:>10.2} {:>7.2}",
                a / b
            );
        }
    }
    pairs();
    stop_pairs();
    memories();
}
