//! Every file of `tests/ir`: parsed, printed, parsed again; each `run:` line executed in every way. With `BLESS=1`
//! the expected results are rewritten.

use std::fmt::Write;
use threadsnake_jit::ir::{parse, verify};
use threadsnake_jit::oracle::vm::{Slot, TestVm, World};
use threadsnake_jit::oracle::{compare, interpret};
use threadsnake_jit::{CodeMemory, Passes};

/// Four objects are there in each run: shapes 7, 7, 8, 9, with small integers, a double and each other in fields.
fn world(line: &str) -> World {
    let objects = (0..4usize)
        .map(|n| {
            let fields = vec![
                Slot::int(n as i64 + 1),
                Slot::float(0.5 * n as f64),
                Slot::Obj((n + 1) % 4),
                Slot::int(-3),
                Slot::Bits(2),
                Slot::int(100),
            ];
            ([7, 7, 8, 9][n], fields)
        })
        .collect();
    let window = line
        .split_whitespace()
        .map(|w| match w.split_once(':') {
            Some(("int", n)) => Slot::int(n.parse().expect("an integer")),
            Some(("float", x)) => Slot::float(x.parse().expect("a double")),
            Some(("obj", n)) => Slot::Obj(n.parse().expect("an object's number")),
            _ => match w {
                "none" => Slot::Bits(2),
                "false" => Slot::Bits(6),
                "true" => Slot::Bits(7),
                "empty" => Slot::Bits(0),
                _ => panic!("what is {w}?"),
            },
        })
        .collect();
    World {
        window,
        objects,
        allocations: 1000,
    }
}

#[test]
fn every_way_of_running_agrees() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ir");
    let mem = CodeMemory::new(1 << 20).expect("code memory");
    let mut runs = 0;
    let mut paths: Vec<_> = std::fs::read_dir(dir)
        .expect("tests/ir")
        .map(|e| e.expect("entry").path())
        .collect();
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a text file");
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let mut f = parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        TestVm::bind(&mut f);
        verify(&f).unwrap_or_else(|e| panic!("{name}: {e}"));
        let printed = f.to_string();
        let again = parse(&printed).unwrap_or_else(|e| panic!("{name} as printed: {e}\n{printed}"));
        assert_eq!(again.to_string(), printed, "{name}");

        let mut blessed = String::new();
        for line in text.lines() {
            let Some(run) = line.strip_prefix("# run:") else {
                blessed.push_str(line);
                blessed.push('\n');
                continue;
            };
            let (window, expected) = run.split_once("=>").unwrap_or((run, ""));
            let w = world(window);
            let plain =
                interpret(&f, &w).unwrap_or_else(|| panic!("{name}: {window} does not end"));
            let _ = writeln!(
                blessed,
                "# run: {} => {}",
                window.trim(),
                plain.state.trim()
            );
            if std::env::var_os("BLESS").is_none() {
                assert_eq!(plain.state.trim(), expected.trim(), "{name}: {window}");
            }
            for passes in [Passes::NONE, Passes::ALL] {
                for chaos in [0, 0x1234_5671, 0x0f0f_3302, 0xffff_ff34] {
                    let opts = threadsnake_jit::Options {
                        passes,
                        chaos,
                        check: true,
                        ..TestVm::options()
                    };
                    runs += 1;
                    if let Err(d) = compare(&f, &w, &opts, &mem) {
                        panic!(
                            "{name}: {window}: chaos {chaos:#x}: {}\nexpected {}\nfound    {}",
                            d.way, d.expected, d.found
                        );
                    }
                }
            }
        }
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, blessed).expect("writable");
        }
    }
    assert!(runs > 0);
}
