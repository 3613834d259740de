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

#[test]
fn objects_that_do_not_leave_the_loop_are_not_made() {
    let code = loop_of("vectors.py");
    is_free_of_thread_safety(&code);
    // Constants lie at a number, everything else at a register.
    let memory = code.iter().filter(|l| l.contains("[r"));
    assert_eq!(memory.count(), 0, "fields in memory:\n{}", code.join("\n"));
}

/// What `--jit-stats` says of a program of `tests/lang/jit`, every loop being recorded early and waited for.
fn stats_of(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/lang/jit")
        .join(name);
    let mut command = threadsnake();
    let options = ["--jit-stats", "--jit-threshold=20", "--jit-wait"];
    command.args(options).arg(file);
    let out = run(command, Duration::from_secs(60)).expect("the program runs");
    assert_eq!(out.end, "0", "{}", out.stderr);
    out.stderr
}

#[test]
fn recordings_from_side_exits_end_where_ways_meet() {
    let stats = stats_of("ways_that_meet.py");
    let met = stats
        .lines()
        .find_map(|l| l.trim().strip_prefix("met "))
        .and_then(|n| n.trim().parse::<u32>().ok());
    assert!(met.is_some_and(|n| n >= 5), "{met:?}\n{stats}");
    assert!(!stats.contains("ill-formed"), "{stats}");
}

/// What the statistics say of the first loop of a function.
fn first_loop<'a>(stats: &'a str, function: &str) -> &'a str {
    let head = format!("loop 0 of {function} ");
    let found = stats.split("\n\n").find(|part| part.contains(&head));
    found.unwrap_or_default()
}

#[test]
fn loops_around_loops_of_few_turns_are_compiled() {
    let stats = stats_of("ways_that_meet.py");
    for loops in ["few_turns", "around"] {
        let outer = first_loop(&stats, loops);
        assert!(outer.contains("single: "), "{outer}\n{stats}");
    }
}

#[test]
fn handlers_are_part_of_the_code() {
    let stats = stats_of("exceptions_in_traces.py");
    // An exception in each turn, or in the last one, and none leaves the code.
    for loops in ["again", "stops"] {
        let found = first_loop(&stats, loops);
        assert!(found.contains("entered 1 times"), "{found}\n{stats}");
    }
}

#[test]
fn ways_out_of_a_loop_are_not_recorded() {
    let stats = stats_of("ways_out_of_loops.py");
    let found = first_loop(&stats, "breaks");
    assert!(found.contains("single: "), "{found}\n{stats}");
    // Only what the loop runs into at its end is tried.
    assert!(found.matches("from exit").count() < 2, "{found}\n{stats}");
}

#[test]
fn the_end_of_a_loop_is_not_recorded_but_other_items_are() {
    let stats = stats_of("ways_out_of_loops.py");
    let head = "loop 1 of kinds ";
    let found = stats.split("\n\n").find(|part| part.contains(head));
    let found = found.unwrap_or_default();
    assert!(!found.contains("from exit 2"), "{found}\n{stats}");
    // Once for whole numbers, and again for floats.
    assert!(found.matches("single: ").count() >= 2, "{found}\n{stats}");
}

#[test]
fn what_has_become_part_of_a_recording_is_counted_anew() {
    let stats = stats_of("ways_out_of_loops.py");
    assert!(stats.contains("function outer "), "{stats}");
    for called in ["middle", "inner"] {
        assert!(
            !stats.contains(&format!("function {called} ")),
            "{called}\n{stats}"
        );
    }
}
