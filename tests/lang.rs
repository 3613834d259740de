//! The language tests: every `tests/lang/**/*.py` prints what the `.out` beside it says, in mode Single and in mode Multi
//! (the same file with an idle second thread attached), interpreted and compiled.
//!
//! Conventions of a test file: a first lines' `# exit: N` names an exit code other than 0; an `.err` beside it is the
//! expected standard error, with the folder of the tests removed from paths. `tests/lang/bless.py` writes both with a
//! CPython of one's choice. `expected_failures.txt` lists `FILE [MODE]: reason`; an unexpected pass fails too.
//!
//! `LANG_TESTS=word cargo test --test lang` runs only the files whose path contains the word.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use support::{first_difference, in_parallel, python_files, run, threadsnake};

/// A runaway test is ended after this long.
const LIMIT: Duration = Duration::from_secs(60);

/// The modes: name and arguments. `jit` modes compile every loop at its second turn; in `jit-exits` every second guard
/// leaves and registers are allocated at random.
const MODES: [(&str, &[&str]); 5] = [
    ("single", &["--jit=off"]),
    ("multi", &["--jit=off", "--idle-thread"]),
    ("jit", &["--jit-threshold=2"]),
    (
        "jit-exits",
        &["--jit-threshold=2", "--jit-exit-every=2", "--jit-chaos=7"],
    ),
    ("jit-multi", &["--jit-threshold=2", "--idle-thread"]),
];

#[test]
fn every_file_prints_what_is_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lang");
    let only = std::env::var("LANG_TESTS").unwrap_or_default();
    let mut files = python_files(&folder);
    files.retain(|f| f.with_extension("out").is_file() && f.to_string_lossy().contains(&only));
    assert!(!files.is_empty(), "no test file matches {only:?}");
    let cases: Vec<(PathBuf, usize)> = files
        .iter()
        .flat_map(|f| (0..MODES.len()).map(move |mode| (f.clone(), mode)))
        .collect();
    let differences = in_parallel(&cases, |(file, mode)| {
        difference(&folder, file, MODES[*mode].1)
    });

    let expected = expected_failures(&folder.join("expected_failures.txt"));
    let mut report = Vec::new();
    let mut failed = 0;
    for ((file, mode), difference) in cases.iter().zip(differences) {
        let name = file
            .strip_prefix(&folder)
            .unwrap_or(file)
            .display()
            .to_string();
        let mode = MODES[*mode].0;
        let reason = expected.get(&(name.clone(), mode.to_owned()));
        failed += usize::from(difference.is_some());
        match (difference, reason) {
            (Some(difference), None) => report.push(format!("{name} [{mode}]: {difference}")),
            // What depends on timing is listed as such; it is a bug all the same.
            (None, Some(reason)) if reason.starts_with("unstable") => {}
            (None, Some(_)) => report.push(format!(
                "{name} [{mode}]: passes, but is in expected_failures.txt"
            )),
            _ => {}
        }
    }
    println!(
        "language tests: {} of {} runs passed ({} files)",
        cases.len() - failed,
        cases.len(),
        files.len()
    );
    for line in &report {
        println!("{line}");
    }
    assert!(
        report.is_empty(),
        "{} of {} runs are not as expected",
        report.len(),
        cases.len()
    );
}

/// Runs one file and says in one line how it differs from what is expected.
fn difference(folder: &Path, file: &Path, mode: &[&str]) -> Option<String> {
    let mut command = threadsnake();
    command.args(mode).arg(file).current_dir(folder);
    let output = match run(command, LIMIT) {
        Ok(output) => output,
        Err(error) => return Some(error.to_string()),
    };
    let read = |extension: &str| std::fs::read_to_string(file.with_extension(extension));
    let source = read("py").unwrap_or_default();
    let exit = source
        .lines()
        .take(5)
        .find_map(|l| l.strip_prefix("# exit: "))
        .unwrap_or("0")
        .trim()
        .to_owned();
    let expected = read("out").unwrap_or_default();
    // Debug builds say so when a recording did not compile because of a mistake of ours.
    let bug = output
        .stderr
        .lines()
        .find(|l| l.starts_with("threadsnake: compiling "));
    if let Some(bug) = bug {
        return Some(bug.to_owned());
    }
    let last_error = output
        .stderr
        .lines()
        .rev()
        .find(|l| !l.trim().is_empty())
        .unwrap_or("");
    if let Some(difference) = first_difference(&expected, &output.stdout) {
        return Some(format!(
            "stdout {difference}; exit {}; stderr ends {last_error:?}",
            output.end
        ));
    }
    if output.end != exit {
        return Some(format!(
            "exit {}, expected {exit}; stderr ends {last_error:?}",
            output.end
        ));
    }
    if let Ok(expected) = read("err") {
        let prefix = format!("{}/", folder.display());
        let got = output.stderr.replace(&prefix, "");
        return first_difference(&expected, &got).map(|d| format!("stderr {d}"));
    }
    None
}

/// `FILE: reason` or `FILE [mode]: reason`, one a line; `#` starts a comment.
fn expected_failures(path: &Path) -> BTreeMap<(String, String), String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut failures = BTreeMap::new();
    for line in text
        .lines()
        .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
    {
        let (name, reason) = line
            .split_once(": ")
            .unwrap_or_else(|| panic!("{line:?} gives no reason"));
        let (file, mode) = match name.split_once(" [") {
            Some((file, mode)) => (file, Some(mode.trim_end_matches(']'))),
            None => (name, None),
        };
        for (known, _) in MODES
            .iter()
            .filter(|(known, _)| mode.is_none_or(|m| covers(m, known)))
        {
            failures.insert((file.to_owned(), (*known).to_owned()), reason.to_owned());
        }
    }
    failures
}

/// Whether a line for one mode speaks of another: compiled code behaves as the interpreter does in the same mode.
fn covers(mode: &str, known: &str) -> bool {
    mode == known
        || matches!(
            (mode, known),
            ("multi", "jit-multi") | ("single", "jit" | "jit-exits")
        )
}
