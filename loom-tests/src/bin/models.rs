//! Runs the models; see `loom-tests/run`.
//!
//! `models [--preemptions N] [--seconds N] [PROTOCOL…]` runs each model, and each model with each of its faults, in a
//! process of its own, as many at a time as there are processors. `models --one MODEL [FAULT]` runs one in this process.

#[cfg(not(loom))]
fn main() {
    eprintln!("built without --cfg loom: use loom-tests/run");
    std::process::exit(2);
}

#[cfg(loom)]
fn main() {
    runner::main();
}

#[cfg(loom)]
mod runner {
    use std::process::{Command, Stdio, exit};
    use std::time::{Duration, Instant};
    use threadsnake_loom_tests::PROTOCOLS;
    use threadsnake_loom_tests::world::{EXECUTIONS, Model};
    use threadsnake_threads::fault::{Fault, plant};
    use threadsnake_threads::sync::unmodelled::{
        AtomicUsize, Mutex, Ordering::SeqCst, available_parallelism, scope,
    };

    struct Options {
        preemptions: usize,
        seconds: u64,
        verbose: bool,
        only: Vec<String>,
    }

    struct Task {
        protocol: usize,
        model: &'static Model,
        fault: Option<Fault>,
    }

    enum Verdict {
        Passed { executions: usize, complete: bool },
        Failed(String),
    }

    pub fn main() {
        let mut args = std::env::args().skip(1).peekable();
        if args.peek().map(String::as_str) == Some("--one") {
            args.next();
            return one(&args.next().unwrap_or_default(), args.next());
        }
        let mut options = Options {
            preemptions: 4,
            seconds: 60,
            verbose: false,
            only: Vec::new(),
        };
        while let Some(arg) = args.next() {
            let mut number = || {
                args.next()
                    .and_then(|n| n.parse().ok())
                    .unwrap_or_else(|| usage())
            };
            match &*arg {
                "--preemptions" => options.preemptions = number(),
                "--seconds" => options.seconds = number() as u64,
                "--verbose" => options.verbose = true,
                _ if arg.starts_with('-') => usage(),
                _ => options.only.push(arg),
            }
        }
        all(&options);
    }

    fn usage() -> ! {
        eprintln!("models [--preemptions N] [--seconds N] [--verbose] [PROTOCOL or MODEL…]");
        exit(2);
    }

    /// Runs one model in this process; the last line says how many executions it had.
    fn one(name: &str, fault: Option<String>) {
        let model = PROTOCOLS.iter().flat_map(|p| p.1).find(|m| m.name == name);
        let model = model.unwrap_or_else(|| usage());
        let fault = fault.map(|name| {
            *Fault::ALL
                .iter()
                .find(|f| f.name() == name)
                .unwrap_or_else(|| usage())
        });
        plant(fault);
        let limit: u64 = std::env::var("MODEL_SECONDS")
            .ok()
            .and_then(|s| s.parse().ok())
            .unwrap_or(20);
        let limit = Duration::from_secs(limit);
        let mut builder = loom::model::Builder::new();
        builder.expect_explicit_explore = true;
        builder.max_branches = 5_000;
        builder.checkpoint_interval = 100;
        builder.max_duration = Some(limit);
        let preemptions = std::env::var("MODEL_PREEMPTIONS")
            .ok()
            .and_then(|s| s.parse().ok());
        builder.preemption_bound = preemptions.or(Some(4));
        let start = Instant::now();
        builder.check(model.run);
        let complete = start.elapsed() < limit;
        println!("{} {}", EXECUTIONS.load(SeqCst), complete);
    }

    /// Runs a task. A fault is looked for with few pre-emptions first: most need one or two.
    fn run(task: &Task, options: &Options) -> Verdict {
        let first = if task.fault.is_some() {
            1
        } else {
            options.preemptions
        };
        let mut verdict = run_bounded(task, options, first);
        for preemptions in first + 1..=options.preemptions {
            if matches!(verdict, Verdict::Passed { .. }) {
                verdict = run_bounded(task, options, preemptions);
            }
        }
        verdict
    }

    fn run_bounded(task: &Task, options: &Options, preemptions: usize) -> Verdict {
        let exe = std::env::current_exe().expect("this program has a path");
        let mut command = Command::new(exe);
        command
            .args(["--one", task.model.name])
            .args(task.fault.map(Fault::name));
        command.env("MODEL_SECONDS", options.seconds.to_string());
        command.env("MODEL_PREEMPTIONS", preemptions.to_string());
        command.env("RUST_BACKTRACE", "0");
        let output = command
            .stdin(Stdio::null())
            .output()
            .expect("a child process");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut words = text.split_whitespace();
        match (
            output.status.success(),
            words.next().and_then(|n| n.parse().ok()),
            words.next(),
        ) {
            (true, Some(executions), complete) => Verdict::Passed {
                executions,
                complete: complete == Some("true"),
            },
            _ => {
                let why = String::from_utf8_lossy(&output.stderr).into_owned();
                // loom's own panics while unwinding come after the first, which says what is wrong.
                let line = why
                    .lines()
                    .skip_while(|l| !l.contains("panicked at"))
                    .nth(1)
                    .map_or_else(|| output.status.to_string(), str::to_owned);
                Verdict::Failed(line)
            }
        }
    }

    fn all(options: &Options) {
        let wanted = |p: &str, m: &Model| {
            options.only.is_empty() || options.only.iter().any(|o| o == p || o == m.name)
        };
        let mut tasks = Vec::new();
        for (protocol, (name, models)) in PROTOCOLS.iter().enumerate() {
            for model in models.iter().filter(|m| wanted(name, m)) {
                tasks.push(Task {
                    protocol,
                    model,
                    fault: None,
                });
                tasks.extend(model.faults.iter().map(|f| Task {
                    protocol,
                    model,
                    fault: Some(*f),
                }));
            }
        }
        let (next, verdicts) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let workers = available_parallelism().map_or(2, |n| n.get());
        scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(task) = tasks.get(next.fetch_add(1, SeqCst)) {
                        let start = Instant::now();
                        let verdict = run(task, options);
                        report(task, &verdict, start.elapsed(), options);
                        verdicts.lock().expect("no panic").push((task, verdict));
                    }
                });
            }
        });
        let verdicts = verdicts.into_inner().expect("no panic");
        let (mut models, mut planted, mut found, mut wrong) = (0, 0, 0, 0);
        println!(
            "{:<12} {:>7} {:>12} {:>8} {:>6}   (pre-emptions: {})",
            "protocol", "models", "executions", "planted", "found", options.preemptions
        );
        for (i, (name, _)) in PROTOCOLS.iter().enumerate() {
            let (mut m, mut e, mut p, mut f, mut by_time) = (0, 0, 0, 0, 0);
            for (task, verdict) in verdicts.iter().filter(|v| v.0.protocol == i) {
                match (task.fault, verdict) {
                    (
                        None,
                        Verdict::Passed {
                            executions,
                            complete,
                        },
                    ) => {
                        m += 1;
                        e += executions;
                        by_time += usize::from(!complete);
                    }
                    (None, Verdict::Failed(_)) => {
                        m += 1;
                        wrong += 1;
                    }
                    (Some(_), Verdict::Failed(_)) => {
                        p += 1;
                        f += 1;
                    }
                    (Some(_), Verdict::Passed { .. }) => p += 1,
                }
            }
            if m == 0 {
                continue;
            }
            let note = match by_time {
                0 => String::new(),
                n => format!("   {n} bounded by time too"),
            };
            println!("{name:<12} {m:>7} {e:>12} {p:>8} {f:>6}{note}");
            if e == 0 || p == 0 {
                wrong += 1;
            }
            (models, planted, found) = (models + m, planted + p, found + f);
        }
        if options.only.is_empty() {
            for fault in Fault::ALL
                .iter()
                .filter(|f| !tasks.iter().any(|t| t.fault == Some(**f)))
            {
                println!("no model looks for {}: {}", fault.name(), fault.about());
                wrong += 1;
            }
        }
        println!("models {models}, faults planted {planted}, found {found}");
        if wrong != 0 || models == 0 || planted == 0 || found != planted {
            exit(1);
        }
    }

    fn report(task: &Task, verdict: &Verdict, time: Duration, options: &Options) {
        let name = format!("{}/{}", PROTOCOLS[task.protocol].0, task.model.name);
        let seconds = time.as_secs_f32();
        match (task.fault, verdict) {
            (None, Verdict::Failed(why)) => eprintln!("FAILED {name}: {why}"),
            (Some(f), Verdict::Passed { executions, .. }) => {
                eprintln!(
                    "MISSED {name} with {} ({executions} executions): {}",
                    f.name(),
                    f.about()
                );
            }
            (
                None,
                Verdict::Passed {
                    executions,
                    complete,
                },
            ) if options.verbose => {
                let note = if *complete { "" } else { ", out of time" };
                eprintln!("passed {name}: {executions} executions, {seconds:.1} s{note}");
            }
            (Some(f), Verdict::Failed(why)) if options.verbose => {
                eprintln!("found  {name} with {}: {why} ({seconds:.1} s)", f.name());
            }
            _ => {}
        }
    }
}
