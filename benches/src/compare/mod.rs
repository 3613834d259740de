//! `compare`: pyperformance's programs on several runtimes, interleaved.
//!
//! `options` reads the command line, `programs` is the table of what is measured, `session` talks to one program in one
//! runtime, `measure` decides who runs when, `report` prints and keeps the results.

pub mod measure;
pub mod options;
pub mod programs;
pub mod report;
pub mod session;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::child::Process;
use crate::runtimes::{self, OURS, Runtime};
use crate::{fetch, stats};
use measure::Outcome;
use options::{HELP, Options};

/// The whole run. Returns an error for what keeps the comparison from being made; failing programs are in the table.
pub fn main() -> Result<(), String> {
    let options = Options::from_env().map_err(|e| format!("{e}\n\n{HELP}"))?;
    if options.help {
        print!("{HELP}");
        return Ok(());
    }
    let chosen = programs::select(&options.programs, options.wider)?;
    if options.list {
        for program in chosen {
            println!("{}", program.name);
        }
        return Ok(());
    }
    let runtimes = participants(&options)?;
    let dir = options
        .dir
        .clone()
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache"));
    std::fs::create_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let dir = dir
        .canonicalize()
        .map_err(|e| format!("{}: {e}", dir.display()))?;
    let suite = fetch::suite(&dir)?;
    let work = dir.join("work");
    std::fs::create_dir_all(&work).map_err(|e| format!("{}: {e}", work.display()))?;

    let startups: Vec<_> = runtimes.iter().map(|r| startup(r, &work)).collect();
    report::head(&runtimes);
    let mut rows = Vec::new();
    for program in chosen {
        fetch::wheels(&dir, &suite, program.folder)?;
        let outcomes = measure::program(
            program,
            &suite.program(program.folder),
            &runtimes,
            &work,
            &options,
        );
        report::row(program.name, &outcomes);
        rows.push((program.name, outcomes));
    }
    if let Some(path) = &options.json {
        let text = report::json(&runtimes, &rows, &startups, &options).to_string();
        std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    report::startups(&runtimes, &startups);
    report::summary(&runtimes, &rows);
    Ok(())
}

/// The runtimes named, then ours unless they are named or not wanted; builds ours if it takes part.
fn participants(options: &Options) -> Result<Vec<Runtime>, String> {
    let own = runtimes::own_binary()?;
    let mut list = options
        .runtimes
        .iter()
        .map(|r| Runtime::parse(r, &own))
        .collect::<Result<Vec<_>, _>>()?;
    if options.add_ours
        && !list
            .iter()
            .any(|r| OURS.iter().any(|(name, _)| r.name == *name))
    {
        for (name, _) in OURS {
            list.push(Runtime::parse(name, &own)?);
        }
    }
    if list.is_empty() {
        return Err(format!("no runtime to run\n\n{HELP}"));
    }
    if let Some(twice) = (1..list.len()).find(|&i| list[..i].iter().any(|r| r.name == list[i].name))
    {
        return Err(format!("two runtimes are called {:?}", list[twice].name));
    }
    if options.build && list.iter().any(|r| r.uses(&own)) {
        runtimes::build_own(&own)?;
    }
    Ok(list)
}

/// What `-c pass` costs: the median of wall-clock seconds over eleven runs, and peak memory.
#[derive(Debug)]
pub struct Startup {
    pub seconds: f64,
    pub peak_kb: u64,
}

fn startup(runtime: &Runtime, work: &Path) -> Result<Startup, String> {
    let errors: PathBuf = work.join(format!("startup.{}.stderr", runtime.name));
    let mut seconds = Vec::new();
    let mut peak_kb = 0;
    for _ in 0..11 {
        let mut command = runtime.command();
        command.args(["-c", "pass"]);
        let start = std::time::Instant::now();
        let mut process =
            Process::start(command, &errors).map_err(|e| format!("does not start: {e}"))?;
        let _ = process
            .rest(Duration::from_secs(10))
            .map_err(|e| e.to_string())?;
        let ended = process
            .finish(Duration::from_secs(10))
            .map_err(|e| e.to_string())?;
        if !ended.status.success() {
            return Err(session::why(&ended));
        }
        seconds.push(start.elapsed().as_secs_f64());
        peak_kb = peak_kb.max(ended.peak_kb);
    }
    Ok(Startup {
        seconds: stats::median(&seconds).unwrap_or(f64::NAN),
        peak_kb,
    })
}

/// The yardstick's time divided by each other runtime's, for a program that both have finished.
pub fn ratio(yardstick: &Outcome, other: &Outcome) -> Option<f64> {
    Some(yardstick.seconds()? / other.seconds()?)
}
