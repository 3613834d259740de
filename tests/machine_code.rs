//! The machine code of hot loops: what is in the loop, and what must not be.
//!
//! `tests/jit/NAME.py` is run with `--jit-dump`; the loop of its Single code is compared with `NAME.asm`, where there is one.

mod support;

use std::path::Path;
use std::time::Duration;

use support::{run, threadsnake};

/// The instructions of the first compiled loop of a program, in tier Single.
fn loop_of(name: &str) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/jit")
        .join(name);
    let mut command = threadsnake();
    command.arg("--jit-dump").arg(file);
    let out = run(command, Duration::from_secs(60)).expect("the program runs");
    assert_eq!(out.end, "0", "{}", out.stderr);
    let code = out
        .stderr
        .split("--- code")
        .nth(1)
        .unwrap_or_else(|| panic!("nothing was compiled:\n{}", out.stderr));
    code.split(" loop:\n")
        .last()
        .and_then(|l| l.split("cold:").next())
        .expect("a loop")
        .lines()
        .map(|l| l.trim().to_owned())
        .filter(|l| !l.is_empty() && !l.ends_with(':'))
        .collect()
}

/// R15 holds the thread record: nothing in a loop of Single code looks at it. No atomic, no call, one jump back.
fn is_free_of_thread_safety(code: &[String]) {
    for line in code {
        assert!(!line.contains("r15"), "{line} looks at the thread record");
        assert!(!line.starts_with("lock"), "{line} is atomic");
        assert!(!line.starts_with("call"), "{line} calls");
    }
    let back: Vec<_> = code.iter().filter(|l| l.starts_with("jmp")).collect();
    assert_eq!(back.len(), 1, "{back:?}");
    assert!(back[0].contains("patch point"), "{}", back[0]);
    // Every guard is a forward branch that is not taken: it leads to an exit behind the body.
    for line in code
        .iter()
        .filter(|l| l.starts_with('j') && !l.starts_with("jmp"))
    {
        assert!(!line.contains(" L"), "{line} branches inside the loop");
    }
}

#[test]
fn a_counting_loop_is_four_instructions() {
    let code = loop_of("count.py");
    is_free_of_thread_safety(&code);
    let want = include_str!("jit/count.asm");
    assert_eq!(code.join("\n"), want.trim_end());
}

#[test]
fn a_loop_on_attributes_counts_nothing_and_checks_shapes_outside() {
    let code = loop_of("planets.py");
    is_free_of_thread_safety(&code);
    let memory = code.iter().filter(|l| l.starts_with("cmp dword")).count();
    assert_eq!(
        memory,
        0,
        "shapes are checked in the loop:\n{}",
        code.join("\n")
    );
}
