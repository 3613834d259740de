//! Explores everything at once with shuttle; see `loom-tests/explore`.
//!
//! `explore [--seed N] [--executions N] [--fault NAME]`: executions with the seeds N, N+1, …; a failure names its seed.

#[cfg(not(shuttle))]
fn main() {
    eprintln!("built without --cfg shuttle: use loom-tests/explore");
    std::process::exit(2);
}

#[cfg(shuttle)]
fn main() {
    use shuttle::scheduler::{PctScheduler, RandomScheduler};
    use shuttle::{Config, Runner};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use threadsnake_loom_tests::explore::scenario;
    use threadsnake_threads::fault::{Fault, plant};

    let mut args = std::env::args().skip(1);
    let (mut seed, mut executions) = (1u64, 1000u64);
    while let Some(arg) = args.next() {
        let value = args.next().unwrap_or_default();
        match &*arg {
            "--seed" => seed = value.parse().expect("a number"),
            "--executions" => executions = value.parse().expect("a number"),
            "--fault" => plant(Some(
                *Fault::ALL
                    .iter()
                    .find(|f| f.name() == value)
                    .expect("a fault"),
            )),
            _ => panic!("unknown option {arg}"),
        }
    }
    let config = || {
        let mut config = Config::new();
        config.stack_size = 1 << 18;
        config.max_steps = shuttle::MaxSteps::FailAfter(200_000);
        config.failure_persistence = shuttle::FailurePersistence::None;
        config
    };
    for seed in seed..seed + executions {
        // Half of them by probabilistic concurrency testing, which is better at rare orders of few events.
        let run = || {
            if seed % 2 == 0 {
                Runner::new(RandomScheduler::new_from_seed(seed, 1), config())
                    .run(move || scenario(seed, 6))
            } else {
                Runner::new(PctScheduler::new_from_seed(seed, 5, 1), config())
                    .run(move || scenario(seed, 6))
            }
        };
        if catch_unwind(AssertUnwindSafe(run)).is_err() {
            eprintln!("failed with seed {seed}: again by --seed {seed} --executions 1");
            std::process::exit(1);
        }
    }
    println!("executions {executions}, seeds from {seed}, no failure");
}
