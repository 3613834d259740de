//! How fast compiled loops run, against the same loop in Rust, and how long compilation takes:
//! `cargo run --release -p threadsnake-jit --example speed`.

use std::hint::black_box;
use std::time::{Duration, Instant};
use threadsnake_jit::ir::{Func, parse};
use threadsnake_jit::oracle::generate::generate;
use threadsnake_jit::oracle::vm::{Slot, TestVm, World};
use threadsnake_jit::{CodeMemory, Mode, Options, Stats, compile};

type Error = Box<dyn std::error::Error>;

fn load(name: &str) -> Result<Func, Error> {
    let path = format!("{}/tests/ir/{name}.ir", env!("CARGO_MANIFEST_DIR"));
    let mut f = parse(&std::fs::read_to_string(path)?)?;
    TestVm::bind(&mut f);
    Ok(f)
}

fn time(f: &Func, mode: Mode, window: &[Slot]) -> Result<Duration, Error> {
    let mem = CodeMemory::new(1 << 20)?;
    let code = compile(
        f,
        mode,
        &Options {
            check: false,
            ..TestVm::options()
        },
        &mem,
    )?;
    let fields = vec![Slot::int(1); 6];
    let world = World {
        window: window.to_vec(),
        objects: vec![(7, fields)],
        allocations: u32::MAX,
    };
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let mut vm = TestVm::new(&world);
        let at = Instant::now();
        // SAFETY: the record has the layout of the options.
        black_box(unsafe { code.run(vm.thread() as *mut u8, vm.base() as *mut u64) });
        best = best.min(at.elapsed());
    }
    Ok(best)
}

fn rust(run: impl Fn()) -> Duration {
    (0..5)
        .map(|_| {
            let at = Instant::now();
            run();
            at.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn main() -> Result<(), Error> {
    const N: i64 = 100_000_000;
    let count = [Slot::int(0), Slot::int(N), Slot::int(0)];
    let floats = [Slot::int(N), Slot::float(1.0)];
    let objects = [Slot::Obj(0), Slot::int(N), Slot::int(0)];
    let counted = rust(|| {
        let (mut i, mut s) = (black_box(0i64), 0i64);
        while i < black_box(N) {
            s = s.checked_add(i).unwrap_or_default();
            i += 1;
        }
        black_box(s);
    });
    let floated = rust(|| {
        let mut x = black_box(1.0f64);
        for i in 0..black_box(N) {
            let y = x * 0.5 + i as f64;
            x = if y > 20.0 {
                (y * y + (i as f64) * (i as f64)).sqrt() - 20.0
            } else {
                y
            };
        }
        black_box(x);
    });
    if std::env::args().nth(1).is_some_and(|a| a == "compile") {
        return compilation();
    }
    println!("{N} iterations: Single, Multi, the same in Rust");
    for (name, window, same) in [
        ("count", &count[..], Some(counted)),
        ("floats", &floats[..], Some(floated)),
        ("objects", &objects[..], None),
    ] {
        let f = load(name)?;
        println!(
            "{name:8} {:>10.3?} {:>10.3?} {:>10}",
            time(&f, Mode::Single, window)?,
            time(&f, Mode::Multi, window)?,
            same.map_or("-".into(), |d| format!("{d:.3?}"))
        );
    }

    compilation()
}

fn compilation() -> Result<(), Error> {
    println!(
        "\ncompilation: instructions before and after, bytes hot and all, time in all (optimise, registers, encode)"
    );
    let mem = CodeMemory::new(1 << 24)?;
    let opts = Options {
        check: false,
        ..TestVm::options()
    };
    let mut functions = vec![
        ("count".to_string(), load("count")?),
        ("objects".into(), load("objects")?),
    ];
    for seed in [8, 21, 33, 47] {
        let (mut f, _) = generate(seed);
        TestVm::bind(&mut f);
        functions.push((format!("seed {seed}"), f));
    }
    for (name, f) in &functions {
        let mut best = Stats {
            total: Duration::MAX,
            ..Stats::default()
        };
        for _ in 0..100 {
            let mut code = compile(f, Mode::Single, &opts, &mem)?;
            if code.stats.total < best.total {
                best = code.stats;
            }
            // SAFETY: nobody runs it.
            unsafe { code.release(&mem) };
        }
        println!(
            "{name:8} {:>4} {:>4} insts {:>5} {:>5} bytes {:>9.1?} ({:.1?} {:.1?} {:.1?})",
            best.insts.0,
            best.insts.1,
            best.bytes.0,
            best.bytes.1,
            best.total,
            best.optimise,
            best.allocate,
            best.encode
        );
    }
    Ok(())
}
