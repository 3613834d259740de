//! Measures one program on all runtimes.
//!
//! 1. Each runtime starts the program in a process of its own and runs one loop: the cold first iteration.
//! 2. Each computes the program's known result, where it has one; it must equal the yardstick's.
//! 3. Each is warmed up, and the number of loops is doubled until one sample is long enough.
//! 4. Samples are taken in turn: first, second, … runtime, then again, so that a noisy moment hits all alike.

use std::path::Path;
use std::time::{Duration, Instant};

use super::options::Options;
use super::programs::Program;
use super::session::{Next, Session};
use crate::runtimes::Runtime;
use crate::stats;

/// After this long, [`FEWEST_SAMPLES`] of each runtime are enough.
const LONG_ENOUGH: Duration = Duration::from_secs(8);
const FEWEST_SAMPLES: usize = 3;

/// What was measured of one timed function.
#[derive(Debug, Default)]
pub struct Part {
    pub name: String,
    pub inner_loops: u64,
    /// Loops of one sample.
    pub loops: u64,
    /// Seconds of the first iteration in a fresh process.
    pub cold: f64,
    /// Seconds of one loop, one number a sample.
    pub samples: Vec<f64>,
    /// Digests of the results: of what the function returned, and of the program's check.
    pub results: Vec<String>,
}

impl Part {
    /// Median seconds of one operation.
    pub fn seconds(&self) -> f64 {
        stats::median(&self.samples).unwrap_or(f64::NAN) / self.inner_loops as f64
    }
}

/// One program on one runtime.
#[derive(Debug, Default)]
pub struct Outcome {
    pub parts: Vec<Part>,
    pub peak_kb: u64,
    /// Why it failed. Parts measured before the failure are kept.
    pub failed: Option<String>,
}

impl Outcome {
    /// Seconds of one operation: the geometric mean over the parts.
    pub fn seconds(&self) -> Option<f64> {
        let each: Vec<f64> = self.parts.iter().map(Part::seconds).collect();
        if self.failed.is_some() {
            None
        } else {
            stats::geomean(&each)
        }
    }

    /// Seconds of the cold first iteration, summed over the parts.
    pub fn cold(&self) -> f64 {
        self.parts.iter().map(|p| p.cold).sum()
    }
}

/// Runs one program on every runtime; the outcomes are in the runtimes' order.
pub fn program(
    program: &Program,
    file: &Path,
    runtimes: &[Runtime],
    work: &Path,
    options: &Options,
) -> Vec<Outcome> {
    let mut runs: Vec<Run> = runtimes
        .iter()
        .map(|runtime| {
            let errors = work.join(format!("{}.{}.stderr", program.name, runtime.name));
            Run::start(Session::start(
                runtime,
                file,
                program.args,
                &errors,
                options.timeout,
            ))
        })
        .collect();
    while runs.iter().any(Run::alive) {
        for run in &mut runs {
            run.step(|session, outcome| prepare(program, session, outcome, options));
        }
        agree(&mut runs);
        let start = Instant::now();
        for round in 0..options.samples {
            // Programs of seconds an iteration would take up the whole run.
            if round >= FEWEST_SAMPLES && start.elapsed() >= LONG_ENOUGH {
                break;
            }
            for run in &mut runs {
                run.step(|session, outcome| {
                    let Some(part) = outcome.parts.last_mut() else {
                        return Ok(true);
                    };
                    let sample = session.run(part.loops)?;
                    part.samples.push(sample.seconds / part.loops as f64);
                    Ok(true)
                });
            }
        }
        for run in &mut runs {
            run.step(|session, _| session.go_on().map(|()| true));
        }
    }
    runs.into_iter().map(|run| run.outcome).collect()
}

/// A session until it ends or fails.
struct Run {
    session: Option<Session>,
    outcome: Outcome,
}

impl Run {
    fn start(session: Result<Session, String>) -> Run {
        match session {
            Ok(session) => Run {
                session: Some(session),
                outcome: Outcome::default(),
            },
            Err(failed) => Run {
                session: None,
                outcome: Outcome {
                    failed: Some(failed),
                    ..Outcome::default()
                },
            },
        }
    }

    fn alive(&self) -> bool {
        self.session.is_some()
    }

    /// Does one thing with a living session. `Ok(false)` is its good end.
    fn step(&mut self, action: impl FnOnce(&mut Session, &mut Outcome) -> Result<bool, String>) {
        let Some(session) = &mut self.session else {
            return;
        };
        match action(session, &mut self.outcome) {
            Ok(true) => {}
            Ok(false) => self.session = None,
            Err(reason) => self.fail(reason),
        }
    }

    fn fail(&mut self, reason: String) {
        self.session = None;
        self.outcome.failed = Some(reason);
    }
}

/// Steps 1 to 3 for the next timed function. `Ok(false)` when there is none.
fn prepare(
    program: &Program,
    session: &mut Session,
    outcome: &mut Outcome,
    options: &Options,
) -> Result<bool, String> {
    let bench = match session.next_bench()? {
        Next::Bench(bench) => bench,
        Next::End(_) if outcome.parts.is_empty() => {
            return Err("ended without measuring anything".to_owned());
        }
        Next::End(ended) => {
            outcome.peak_kb = ended.peak_kb;
            return Ok(false);
        }
    };
    let cold = session.run(1)?;
    let mut part = Part {
        name: bench.name,
        inner_loops: bench.inner_loops,
        cold: cold.seconds,
        ..Part::default()
    };
    part.results.extend(cold.value);
    if outcome.parts.is_empty()
        && let Some((digest, text)) = session.check(program.name)?
    {
        part.results.push(format!("{digest} {text}"));
    }
    part.loops = calibrate(session, options.min_time, options.warmup, cold.seconds)?;
    outcome.parts.push(part);
    Ok(true)
}

/// Finds how many loops a sample needs, and goes on until the warm-up is over.
fn calibrate(
    session: &mut Session,
    min_time: Duration,
    warmup: Duration,
    cold: f64,
) -> Result<u64, String> {
    let start = Instant::now();
    let enough = min_time.as_secs_f64();
    let mut loops = 1;
    let mut last = cold;
    loop {
        let long_enough = last >= enough * 0.8;
        if long_enough && start.elapsed() >= warmup {
            return Ok(loops);
        }
        if !long_enough {
            // At most tenfold a step: one loop may be far cheaper than the fixed cost that came with it.
            let factor = (enough / last.max(1e-9)).clamp(1.5, 10.0);
            loops = (loops as f64 * factor).ceil() as u64;
        }
        last = session.run(loops)?.seconds;
        if last > 4.0 * enough && loops > 1 {
            loops = ((loops as f64 * enough / last).ceil() as u64).max(1);
        }
    }
}

/// Fails every runtime whose results are not the yardstick's.
fn agree(runs: &mut [Run]) {
    let Some((yardstick, others)) = runs.split_first_mut() else {
        return;
    };
    let Some(expected) = yardstick.outcome.parts.last() else {
        return;
    };
    for run in others {
        let Some(part) = run.outcome.parts.last().filter(|_| run.session.is_some()) else {
            continue;
        };
        if part.name != expected.name || part.results != expected.results {
            let reason = format!(
                "result differs: {:?}, expected {:?}",
                part.results, expected.results
            );
            run.fail(reason);
        }
    }
}
