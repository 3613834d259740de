//! Times the regular expression engine on the cases that `tools/sre_speed.py` wrote and prints ratios to CPython.

use std::time::Instant;
use threadsnake_algo::sre::{Mode, Options, Program, State};

fn main() {
    let file = std::env::args()
        .nth(1)
        .expect("a file written by tools/sre_speed.py");
    let (mut log, mut cases) = (0.0, 0);
    for line in std::fs::read_to_string(file).expect("readable").lines() {
        let f: Vec<&str> = line.split('\t').collect();
        let code: Vec<u32> = f[2]
            .split(',')
            .map(|w| w.parse().expect("code word"))
            .collect();
        let program = Program::new(&code, f[1].parse().expect("groups")).expect("valid code");
        let text = f[5].replace('\x01', "\n");
        let mut best = f64::MAX;
        let mut found = 0;
        for _ in 0..3 {
            let t = Instant::now();
            let mut state = State::new();
            let (mut at, mut must_advance) = (0, false);
            found = 0;
            loop {
                let o = Options {
                    must_advance,
                    ..Options::new(Mode::Search, at)
                };
                if !program
                    .run(text.as_bytes(), o, &mut state, &mut || true)
                    .expect("not stopped")
                {
                    break;
                }
                (at, must_advance) = (state.end, state.start == state.end);
                found += 1;
            }
            best = best.min(t.elapsed().as_secs_f64());
        }
        assert_eq!(found.to_string(), f[3], "{}", f[0]);
        let cpython: f64 = f[4].parse().expect("seconds");
        println!(
            "{:>7.2} x  {:>9.1} us against {:>9.1}  {found:>6} matches  {}",
            cpython / best,
            best * 1e6,
            cpython * 1e6,
            f[0]
        );
        log += (cpython / best).ln();
        cases += 1;
    }
    println!(
        "geomean {:.2} x CPython over {cases} patterns",
        (log / f64::from(cases)).exp()
    );
}
