//! The table, its summary, and the JSON file with every sample.

use serde_json::{Value, json};

use super::measure::Outcome;
use super::options::Options;
use super::{Startup, ratio};
use crate::runtimes::{OURS, Runtime};
use crate::stats;

/// Width of a runtime's columns: time, ratio, cold first iteration, peak memory.
const WIDTH: usize = 38;

/// Prints the heading.
pub fn head(runtimes: &[Runtime]) {
    for runtime in runtimes {
        println!("{}: {}", runtime.name, runtime.command.join(" "));
    }
    println!(
        "time of one iteration (median), ratio to {} (above 1 is faster), cold first iteration, peak memory",
        runtimes[0].name
    );
    let names: Vec<String> = runtimes
        .iter()
        .map(|r| format!("{:>WIDTH$}", r.name))
        .collect();
    println!("{:<26}{}", "", names.join(""));
}

/// Prints one program's row, and a further line for each runtime on which it failed.
pub fn row(name: &str, outcomes: &[Outcome]) {
    let mut line = format!("{name:<26}");
    for outcome in outcomes {
        let cell = match outcome.seconds() {
            Some(seconds) => {
                let ratio = ratio(&outcomes[0], outcome)
                    .map_or_else(|| "-".to_owned(), |r| format!("{r:.2}"));
                let cold = stats::seconds(outcome.cold());
                let peak = outcome.peak_kb as f64 / 1024.0;
                format!(
                    "{:>9} {ratio:>6} {cold:>9} {peak:>6.1} MB",
                    stats::seconds(seconds)
                )
            }
            None => "FAILED".to_owned(),
        };
        line.push_str(&format!("{cell:>WIDTH$}"));
    }
    println!("{line}");
    for (i, outcome) in outcomes.iter().enumerate() {
        if let Some(reason) = &outcome.failed {
            println!("{:<26}failed on runtime {}: {reason}", "", i + 1);
        }
    }
}

/// Prints what `-c pass` costs on each runtime.
pub fn startups(runtimes: &[Runtime], startups: &[Result<Startup, String>]) {
    println!();
    for (runtime, startup) in runtimes.iter().zip(startups) {
        match startup {
            Ok(s) => println!(
                "-c pass on {}: {}, peak {:.1} MB",
                runtime.name,
                stats::seconds(s.seconds),
                s.peak_kb as f64 / 1024.0
            ),
            Err(reason) => println!("-c pass on {}: failed: {reason}", runtime.name),
        }
    }
}

/// Prints failures by runtime, and as the last line the geometric means over the programs that ran everywhere.
pub fn summary(runtimes: &[Runtime], rows: &[(&str, Vec<Outcome>)]) {
    for (i, runtime) in runtimes.iter().enumerate() {
        let failed: Vec<&str> = rows
            .iter()
            .filter(|(_, o)| o[i].failed.is_some())
            .map(|(n, _)| *n)
            .collect();
        if !failed.is_empty() {
            println!(
                "failed on {}: {} of {} programs: {}",
                runtime.name,
                failed.len(),
                rows.len(),
                failed.join(", ")
            );
        }
    }
    let complete: Vec<&Vec<Outcome>> = rows
        .iter()
        .map(|(_, o)| o)
        .filter(|o| o.iter().all(|x| x.seconds().is_some()))
        .collect();
    let mut order: Vec<usize> = (1..runtimes.len()).collect();
    order.sort_by_key(|&i| {
        OURS.iter()
            .position(|(name, _)| runtimes[i].name == *name)
            .unwrap_or(OURS.len())
    });
    let mut means = Vec::new();
    for i in order {
        let ratios: Vec<f64> = complete
            .iter()
            .filter_map(|o| ratio(&o[0], &o[i]))
            .collect();
        let mean = stats::geomean(&ratios).map_or_else(|| "-".to_owned(), |m| format!("{m:.2}"));
        means.push(format!("{} {mean}", runtimes[i].name));
        if let Some(((name, _), lowest)) = rows
            .iter()
            .filter_map(|row| Some((row, ratio(&row.1[0], &row.1[i])?)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
        {
            println!("lowest of {}: {name} {lowest:.2}", runtimes[i].name);
        }
    }
    println!(
        "geomean {} over {} programs",
        means.join(", "),
        complete.len()
    );
}

/// Everything measured, for `--json`. Times in seconds a loop, memory in kilobytes.
pub fn json(
    runtimes: &[Runtime],
    rows: &[(&str, Vec<Outcome>)],
    startups: &[Result<Startup, String>],
    options: &Options,
) -> Value {
    let programs: Vec<Value> = rows
        .iter()
        .map(|(name, outcomes)| {
            let by_runtime: serde_json::Map<String, Value> = runtimes
                .iter()
                .zip(outcomes)
                .map(|(runtime, outcome)| {
                    (runtime.name.clone(), outcome_json(&outcomes[0], outcome))
                })
                .collect();
            json!({ "program": name, "runtimes": by_runtime })
        })
        .collect();
    let startup: serde_json::Map<String, Value> = runtimes
        .iter()
        .zip(startups)
        .map(|(runtime, s)| {
            let value = match s {
                Ok(s) => json!({ "seconds": s.seconds, "peak_kb": s.peak_kb }),
                Err(reason) => json!({ "failed": reason }),
            };
            (runtime.name.clone(), value)
        })
        .collect();
    json!({
        "suite": crate::fetch::PYPERFORMANCE.requirement,
        "yardstick": runtimes[0].name,
        "commands": runtimes.iter().map(|r| (r.name.clone(), json!(r.command))).collect::<serde_json::Map<_, _>>(),
        "samples": options.samples,
        "min_time_ms": options.min_time.as_millis() as u64,
        "warmup_ms": options.warmup.as_millis() as u64,
        "startup": startup,
        "programs": programs,
    })
}

fn outcome_json(yardstick: &Outcome, outcome: &Outcome) -> Value {
    let parts: Vec<Value> = outcome
        .parts
        .iter()
        .map(|p| {
            json!({
                "name": p.name, "inner_loops": p.inner_loops, "loops": p.loops,
                "cold": p.cold, "samples": p.samples, "results": p.results,
            })
        })
        .collect();
    json!({
        "failed": outcome.failed,
        "ratio": ratio(yardstick, outcome),
        "peak_kb": outcome.peak_kb,
        "parts": parts,
    })
}
