//! Spawns and ends threads while programs run, and compares every result with the undisturbed run.
//!
//! From a seed, each round takes programs from a fixed list, runs each alone on a fresh runtime (the reference), then runs
//! all of them in one runtime on threads that attach and detach at random moments beside a collector and mode switches, and
//! compares what they return. `--seed` replays a run; each round prints its own seed when it differs.
//!
//! The last line is `swaps S, invalidations I, exits E, collections C, differences D`; the exit status is 1 if D is not 0.
//! The reference is interpreted; the threads run compiled code, each loop from a few turns on, with exits forced at some
//! guards, registers allocated at random, and code memory that may run out, as the seed says.

mod programs;

use programs::PROGRAMS;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use threadsnake::embed::{Data, Engine};
use threadsnake::record::state::JitOptions;
use threadsnake::runtime::runtime::{JitMode, Options};
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

/// A runtime that only interprets.
fn engine() -> Engine {
    start(Options {
        jit: JitMode::Off,
        ..Options::default()
    })
}

/// A runtime that compiles as the seed says.
fn compiling(random: &mut Random) -> Engine {
    let mut compiler = JitOptions {
        threshold: 2 + random.below(40) as u32,
        ..JitOptions::default()
    };
    if random.below(3) == 0 {
        compiler.exit_every = [1, 2, 3, 7, 97][random.below(5) as usize];
    }
    if random.below(3) == 0 {
        compiler.chaos = 1 + random.below(1 << 30);
    }
    if random.below(6) == 0 {
        compiler.memory = 4096 << random.below(4);
    }
    compiler.flag_checked = random.below(4) == 0;
    compiler.wait = random.below(2) == 0;
    start(Options {
        compiler,
        ..Options::default()
    })
}

fn start(options: Options) -> Engine {
    match Engine::with_options(options) {
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

/// What a round, or all of them, caused.
#[derive(Default)]
struct Tally {
    swaps: u64,
    invalidations: u64,
    exits: u64,
    collections: u64,
    differences: u64,
}

/// One round: the results of all threads against the reference.
fn round(seed: u64, threads: usize) -> Tally {
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
    let shared = compiling(&mut random);
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
    let (invalidations, exits) = shared.compiled();
    Tally {
        swaps: shared.mode_switches(),
        invalidations,
        exits,
        collections: collections.into_inner(),
        differences: differences.into_inner(),
    }
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
    let mut all = Tally::default();
    let mut first = true;
    while first || Instant::now() < end {
        let seed = if first {
            s.seed
        } else {
            random.below(u64::MAX)
        };
        first = false;
        let one = round(seed, s.threads);
        all.swaps += one.swaps;
        all.invalidations += one.invalidations;
        all.exits += one.exits;
        all.collections += one.collections;
        all.differences += one.differences;
    }
    println!(
        "swaps {}, invalidations {}, exits {}, collections {}, differences {}",
        all.swaps, all.invalidations, all.exits, all.collections, all.differences
    );
    if all.differences != 0 || all.swaps == 0 || all.exits == 0 {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    }
}
