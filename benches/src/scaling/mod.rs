//! `scaling`: how a runtime scales with threads, against separate processes of itself in the same run.
//!
//! Each program in `benches/scaling` runs, in turn and several times: with one thread, with two threads in one process, and
//! as two processes of one thread each at the same time. Two threads can at best do what two processes do on the same
//! machine at the same moment, so that ratio needs no quiet machine of known speed. `idle_thread.py` runs with and without
//! an idle second thread: what the safe mode costs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lexopt::prelude::*;

use crate::child::Process;
use crate::compare::session::why;
use crate::runtimes::{self, OURS, Runtime};
use crate::stats;

const HELP: &str = "\
Measures how Python runtimes scale with threads.

scaling [--runtime NAME='COMMAND' | --runtime ours | --runtime ours-interp]... [OPTIONS]

  --programs A,B   only these files of benches/scaling
  --rounds N       rounds (default 5)
  --time MS        wanted time of one thread's work (default 400)
  --dir DIR        copy the programs there first (for a runtime in another root)
  --no-build       take our binary as it is
";

/// A program and what is wanted of it: its throughput with two threads divided by that of two processes.
struct Program {
    name: &'static str,
    wanted: f64,
    /// Also wanted: not slower in total than one thread.
    not_slower: bool,
}

const PROGRAMS: &[Program] = &[
    Program {
        name: "independent",
        wanted: 0.95,
        not_slower: true,
    },
    Program {
        name: "shared_dict_read",
        wanted: 0.9,
        not_slower: true,
    },
    Program {
        name: "shared_method",
        wanted: 0.9,
        not_slower: true,
    },
    Program {
        name: "shared_dict_write",
        wanted: 0.6,
        not_slower: true,
    },
    Program {
        name: "shared_list_append",
        wanted: 0.6,
        not_slower: true,
    },
    Program {
        name: "shared_list_write",
        wanted: 0.6,
        not_slower: true,
    },
    Program {
        name: "shared_attribute_write",
        wanted: 0.6,
        not_slower: true,
    },
];
const IDLE: &str = "idle_thread";
/// At most this much slower with an idle second thread.
const IDLE_WANTED: f64 = 1.0 / 1.1;
const LIMIT: Duration = Duration::from_secs(120);

struct Options {
    runtimes: Vec<String>,
    programs: Vec<String>,
    rounds: usize,
    time: f64,
    dir: Option<PathBuf>,
    build: bool,
}

/// The whole run.
pub fn main() -> Result<(), String> {
    let Some(options) = options().map_err(|e| format!("{e}\n\n{HELP}"))? else {
        print!("{HELP}");
        return Ok(());
    };
    let own = runtimes::own_binary()?;
    let mut names = options.runtimes.clone();
    if names.is_empty() {
        names.extend(OURS.iter().map(|(name, _)| (*name).to_owned()));
    }
    let list = names
        .iter()
        .map(|r| Runtime::parse(r, &own))
        .collect::<Result<Vec<_>, _>>()?;
    if options.build && list.iter().any(|r| r.uses(&own)) {
        runtimes::build_own(&own)?;
    }
    let folder = programs_folder(&options)?;
    for runtime in &list {
        println!("\n{}: {}", runtime.name, runtime.command.join(" "));
        println!(
            "{:<26}{:>12}{:>18}{:>20}{:>9}",
            "", "one thread", "2 threads / one", "2 threads / 2 proc.", "wanted"
        );
        for program in PROGRAMS.iter().filter(|p| options.wants(p.name)) {
            match measure(
                runtime,
                &folder.join(format!("{}.py", program.name)),
                &options,
            ) {
                Ok(m) => {
                    let good = m.against_processes >= program.wanted
                        && (!program.not_slower || m.against_one >= 1.0);
                    println!(
                        "{:<26}{:>12}{:>18.2}{:>20.2}{:>9.2}{}",
                        program.name,
                        stats::seconds(m.one),
                        m.against_one,
                        m.against_processes,
                        program.wanted,
                        if good { "" } else { "  missed" }
                    );
                }
                Err(reason) => println!("{:<26}FAILED: {reason}", program.name),
            }
        }
        if options.wants(IDLE) {
            match idle(runtime, &folder.join(format!("{IDLE}.py")), &options) {
                Ok(ratio) => {
                    let mark = if ratio >= IDLE_WANTED { "" } else { "  missed" };
                    println!(
                        "{IDLE:<26}speed with an idle second thread / without: {ratio:.2}, wanted {IDLE_WANTED:.2}{mark}"
                    );
                }
                Err(reason) => println!("{IDLE:<26}FAILED: {reason}"),
            }
        }
    }
    Ok(())
}

impl Options {
    fn wants(&self, name: &str) -> bool {
        self.programs.is_empty() || self.programs.iter().any(|p| p == name)
    }
}

fn options() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        runtimes: Vec::new(),
        programs: Vec::new(),
        rounds: 5,
        time: 0.4,
        dir: None,
        build: true,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("runtime") => options.runtimes.push(parser.value()?.string()?),
            Long("programs") => options
                .programs
                .extend(parser.value()?.string()?.split(',').map(str::to_owned)),
            Long("rounds") => options.rounds = parser.value()?.parse::<usize>()?.max(1),
            Long("time") => options.time = parser.value()?.parse::<f64>()? / 1000.0,
            Long("dir") => options.dir = Some(parser.value()?.into()),
            Long("no-build") => options.build = false,
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(options))
}

fn programs_folder(options: &Options) -> Result<PathBuf, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("scaling");
    let Some(dir) = &options.dir else {
        return Ok(source);
    };
    let folder = dir.join("scaling");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for name in PROGRAMS.iter().map(|p| p.name).chain([IDLE]) {
        let file = format!("{name}.py");
        std::fs::copy(source.join(&file), folder.join(&file))
            .map_err(|e| format!("{file}: {e}"))?;
    }
    folder
        .canonicalize()
        .map_err(|e| format!("{}: {e}", folder.display()))
}

/// Medians over the rounds.
struct Measured {
    /// Seconds of one thread.
    one: f64,
    /// Throughput of two threads, divided by that of one.
    against_one: f64,
    /// Throughput of two threads, divided by that of two processes.
    against_processes: f64,
}

fn measure(runtime: &Runtime, file: &Path, options: &Options) -> Result<Measured, String> {
    let loops = calibrate(runtime, file, options.time)?;
    let (mut ones, mut against_one, mut against_processes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let one = once(runtime, file, 1, loops)?;
        let threads = once(runtime, file, 2, loops)?;
        let (mut a, mut b) = (
            start(runtime, file, 1, loops, "a")?,
            start(runtime, file, 1, loops, "b")?,
        );
        let (a, b) = (seconds(&mut a)?, seconds(&mut b)?);
        ones.push(one);
        against_one.push(2.0 * one / threads);
        against_processes.push((2.0 / threads) / (1.0 / a + 1.0 / b));
    }
    let median = |samples: &[f64]| stats::median(samples).unwrap_or(f64::NAN);
    Ok(Measured {
        one: median(&ones),
        against_one: median(&against_one),
        against_processes: median(&against_processes),
    })
}

/// Speed with an idle second thread, divided by the speed without.
fn idle(runtime: &Runtime, file: &Path, options: &Options) -> Result<f64, String> {
    let loops = calibrate(runtime, file, options.time)?;
    let mut ratios = Vec::new();
    for _ in 0..options.rounds {
        ratios.push(once(runtime, file, 1, loops)? / once(runtime, file, 2, loops)?);
    }
    Ok(stats::median(&ratios).unwrap_or(f64::NAN))
}

/// How many loops one thread does in about `time` seconds.
fn calibrate(runtime: &Runtime, file: &Path, time: f64) -> Result<u64, String> {
    let mut loops = 10;
    loop {
        let took = once(runtime, file, 1, loops)?;
        if took >= time * 0.5 {
            return Ok(((loops as f64 * time / took) as u64).max(1));
        }
        loops = (loops as f64 * (time / took.max(1e-6)).clamp(2.0, 20.0)) as u64;
    }
}

fn once(runtime: &Runtime, file: &Path, threads: u32, loops: u64) -> Result<f64, String> {
    seconds(&mut start(runtime, file, threads, loops, "a")?)
}

fn start(
    runtime: &Runtime,
    file: &Path,
    threads: u32,
    loops: u64,
    tag: &str,
) -> Result<Process, String> {
    let mut command = runtime.command();
    command
        .arg(file)
        .arg(threads.to_string())
        .arg(loops.to_string());
    let errors =
        std::env::temp_dir().join(format!("threadsnake-scaling-{}-{tag}", std::process::id()));
    let process = Process::start(command, &errors).map_err(|e| format!("does not start: {e}"));
    // The open file stays readable; only its name goes.
    let _ = std::fs::remove_file(&errors);
    process
}

fn seconds(process: &mut Process) -> Result<f64, String> {
    let lines = process.rest(LIMIT).map_err(|e| e.to_string())?;
    let ended = process.finish(LIMIT).map_err(|e| e.to_string())?;
    if !ended.status.success() {
        return Err(why(&ended));
    }
    lines
        .iter()
        .find_map(|l| l.strip_prefix("seconds ")?.trim().parse().ok())
        .ok_or_else(|| "printed no seconds".to_owned())
}
