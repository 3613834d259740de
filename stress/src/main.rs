//! Spawns and ends threads while programs run, and compares every result with the undisturbed run.
//!
//! From a seed, each round takes programs from a fixed list, runs each alone on a fresh runtime (the reference), then runs
//! all of them in one runtime on threads that attach and detach at random moments beside a collector and mode switches, and
//! compares what they return. `--seed` replays a run; each round prints its own seed when it differs.
//!
//! The last line is `swaps S, invalidations I, exits E, collections C, differences D`; the exit status is 1 if D is not 0.
//! Compiled code does not exist yet, so invalidations and exits are 0.

mod programs;

use programs::PROGRAMS;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use threadsnake::embed::{Data, Engine};
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};
use threadsnake_threads::sync::thread;

struct Settings {
    seconds: u64,
    threads: usize,
    seed: u64,
}

fn settings() -> Result<Settings, String> {
    let mut s = Settings {
        seconds: 10,
        threads: 8,
        seed: 1,
    };
    let mut args = std::env::args().skip(1);
    while let Some(a) = args.next() {
        let v = args.next().ok_or_else(|| format!("{a} needs a number"))?;
        let n: u64 = v.parse().map_err(|_| format!("{a}: '{v}' is no number"))?;
        match a.as_str() {
            "--seconds" => s.seconds = n,
            "--threads" => s.threads = n as usize,
            "--seed" => s.seed = n,
            _ => {
                return Err(format!(
                    "unknown option {a}; there are --seconds, --threads, --seed"
                ));
            }
        }
    }
    Ok(s)
}

/// xorshift64*: all that a replayable choice needs.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % n
    }
}

fn engine() -> Engine {
    match Engine::new() {
        Ok(e) => e,
        Err(e) => panic!("no runtime: {e}"),
    }
}

fn run_one(e: &Engine, program: usize, n: i64) -> Result<Data, String> {
    let f = e.get(PROGRAMS[program].0).map_err(|e| e.to_string())?;
    f.call(&[Data::Int(n)])
        .and_then(|o| o.data())
        .map_err(|e| e.to_string())
}

fn load(e: &Engine) {
    for (name, source) in PROGRAMS {
        if let Err(err) = e.run(source) {
            panic!("program {name} does not load: {err}");
        }
    }
}

/// One round: the results of all threads against the reference. Returns mode switches, collections, differences.
fn round(seed: u64, threads: usize) -> (u64, u64, u64) {
    let mut random = Random(seed | 1);
    let jobs: Vec<Vec<(usize, i64)>> = (0..threads)
        .map(|_| {
            let n = 1 + random.below(6);
            (0..n)
                .map(|_| {
                    (
                        random.below(PROGRAMS.len() as u64) as usize,
                        20 + random.below(400) as i64,
                    )
                })
                .collect()
        })
        .collect();
    let pauses: Vec<u64> = (0..threads).map(|_| random.below(400)).collect();
    let shared = engine();
    load(&shared);
    let (differences, collections) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|s| {
        for (jobs, pause) in jobs.iter().zip(&pauses) {
            let (shared, differences, collections) = (&shared, &differences, &collections);
            s.spawn(move || {
                thread::sleep(Duration::from_micros(*pause));
                for &(p, n) in jobs {
                    let got = run_one(shared, p, n);
                    // The reference runs in a runtime of this thread's own: mode Single throughout.
                    let alone = engine();
                    load(&alone);
                    let want = run_one(&alone, p, n);
                    if got != want {
                        differences.fetch_add(1, Ordering::Relaxed);
                        println!(
                            "seed {seed}: {}({n}) gave {got:?}, alone {want:?}",
                            PROGRAMS[p].0
                        );
                    }
                    if n % 3 == 0 && shared.run("import gc\ngc.collect()").is_ok() {
                        collections.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    (
        shared.mode_switches(),
        collections.into_inner(),
        differences.into_inner(),
    )
}

fn main() -> ExitCode {
    let s = match settings() {
        Ok(s) => s,
        Err(e) => {
            eprintln!("stress: {e}");
            return ExitCode::from(2);
        }
    };
    println!("seed {}, {} threads, {} s", s.seed, s.threads, s.seconds);
    let end = Instant::now() + Duration::from_secs(s.seconds);
    let mut random = Random(s.seed | 1);
    let (mut swaps, mut collections, mut differences) = (0, 0, 0);
    let mut first = true;
    while first || Instant::now() < end {
        let seed = if first {
            s.seed
        } else {
            random.below(u64::MAX)
        };
        first = false;
        let (a, b, c) = round(seed, s.threads);
        swaps += a;
        collections += b;
        differences += c;
    }
    println!(
        "swaps {swaps}, invalidations 0, exits 0, collections {collections}, differences {differences}"
    );
    if differences != 0 || swaps == 0 {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    }
}
