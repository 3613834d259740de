//! Everything at once on real threads: `storm [SECONDS [SEED]]`.
//!
//! A failure names the seed of its execution. The seed decides what each thread does, not when.

#[cfg(any(loom, shuttle))]
fn main() {
    eprintln!("for real threads: build without --cfg loom or shuttle");
    std::process::exit(2);
}

#[cfg(not(any(loom, shuttle)))]
fn main() {
    use std::time::{Duration, Instant};
    let mut args = std::env::args()
        .skip(1)
        .map(|a| a.parse::<u64>().expect("a number"));
    let seconds = Duration::from_secs(args.next().unwrap_or(10));
    let first = args.next().unwrap_or(1);
    let (start, mut seed) = (Instant::now(), first);
    while start.elapsed() < seconds {
        let run = std::panic::catch_unwind(|| threadsnake_loom_tests::explore::scenario(seed, 200));
        if run.is_err() {
            eprintln!("failed with seed {seed}");
            std::process::exit(1);
        }
        seed += 1;
    }
    println!("storms {}, seeds from {first}, no failure", seed - first);
}
