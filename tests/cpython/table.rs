//! The table that the repository keeps: what passes of each file, and each method that fails with its reason.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::files::CORE;
use crate::runner::Counts;

/// `tests/cpython/table.md`.
#[derive(Default)]
pub struct Table {
    /// The version of Python whose files it is about.
    pub version: String,
    files: BTreeMap<String, File>,
}

#[derive(Default)]
struct File {
    row: String,
    note: String,
    passed: usize,
    skipped: usize,
    failed: usize,
    /// Method to reason. A reason that starts with `at times` is of a method that may as well pass, one that starts with
    /// `not applicable` of one that is not run.
    failures: BTreeMap<String, String>,
}

/// Whether a method with this reason is listed though it need not fail.
fn may_pass(reason: &str) -> bool {
    reason.starts_with("at times") || reason.starts_with("not applicable")
}

impl Table {
    pub fn read(path: &Path) -> Table {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let mut table = Table::default();
        let mut file = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("| test_") {
                let cells: Vec<&str> = rest.split('|').map(str::trim).collect();
                let [name, passed, failed, skipped, _, note, ..] = cells.as_slice() else {
                    continue;
                };
                let kept = table.files.entry(format!("test_{name}")).or_default();
                line.clone_into(&mut kept.row);
                (*note).clone_into(&mut kept.note);
                kept.passed = passed.parse().unwrap_or(0);
                kept.failed = failed.parse().unwrap_or(0);
                kept.skipped = skipped.parse().unwrap_or(0);
            } else if let Some(name) = line.strip_prefix("### ") {
                name.clone_into(&mut file);
            } else if let Some((method, reason)) =
                line.strip_prefix("- `").and_then(|r| r.split_once("`: "))
            {
                let kept = table.files.entry(file.clone()).or_default();
                kept.failures.insert(method.to_owned(), reason.to_owned());
            } else if let Some(rest) = line.strip_prefix("Files of Python ") {
                table.version = rest.split(',').next().unwrap_or("").to_owned();
            }
        }
        table
    }

    /// The IDs of the methods of a file that say nothing here.
    pub fn inapplicable(&self, name: &str) -> Vec<String> {
        let listed = self.files.get(name).map(|f| f.failures.iter());
        listed
            .into_iter()
            .flatten()
            .filter(|(_, reason)| reason.starts_with("not applicable"))
            .map(|(method, _)| format!("test.{name}.{method}"))
            .collect()
    }

    /// What is not as the table says.
    pub fn compare(&self, name: &str, counts: &Counts) -> Vec<String> {
        let none = File::default();
        let kept = self.files.get(name).unwrap_or(&none);
        let mut differences = Vec::new();
        for (method, reason) in &counts.failures {
            if !kept.failures.contains_key(method) {
                differences.push(format!("{method} fails: {reason}"));
            }
        }
        for (method, reason) in &kept.failures {
            let fails = counts.failures.iter().any(|(m, _)| m == method);
            if !fails && !may_pass(reason) && counts.note.is_empty() {
                differences.push(format!("{method} does not fail any more"));
            }
        }
        let may_fail = kept.failures.values().filter(|r| may_pass(r));
        if counts.passed + may_fail.count() < kept.passed && differences.is_empty() {
            differences.push(format!(
                "{} methods pass, the table says {}",
                counts.passed, kept.passed
            ));
        }
        if counts.note.is_empty() != kept.note.is_empty() {
            differences.push(format!(
                "the file as a whole: {:?}, the table says {:?}",
                counts.note, kept.note
            ));
        }
        differences
    }

    /// Puts what was found in the place of what was known. A reason that somebody wrote stays.
    pub fn keep(&mut self, name: &str, counts: &Counts) {
        let file = self.files.entry(name.to_owned()).or_default();
        let mut failures: BTreeMap<String, String> = counts
            .failures
            .iter()
            .map(|(method, reason)| {
                let reason = file.failures.get(method).unwrap_or(reason);
                (method.clone(), reason.clone())
            })
            .collect();
        for (method, reason) in &file.failures {
            if may_pass(reason) {
                failures.entry(method.clone()).or_insert(reason.clone());
            }
        }
        file.failures = failures;
        file.row = row(name, counts);
        file.note.clone_from(&counts.note);
        (file.passed, file.skipped, file.failed) = (counts.passed, counts.skipped, counts.failed());
    }

    pub fn write(&self, path: &Path) {
        let mut text = format!(
            "# CPython's own tests on Threadsnake\n\n\
             Files of Python {}, run as they stand through `unittest`, each method within a time limit. A method of which a\n\
             subtest fails counts as failed, and so does one that ends its process. What needs a network, CPython's C tests\n\
             or minutes is skipped. Below the counts stands each method that fails; a reason that starts with \"at times\"\n\
             is of a method that may as well pass, one that starts with \"not applicable\" of one that is not run. An unexpected pass or failure fails `cargo test --test cpython` (the\n\
             core) and `CPYTHON_TESTS=all cargo test --release --test cpython`, where the files are at hand. Written by\n\n\
             ```sh\nCPYTHON_TESTS=all CPYTHON_BLESS=1 cargo test --release --test cpython\n```\n\n",
            self.version
        );
        self.write_rows(&mut text, "The core", |name| CORE.contains(&name));
        self.write_rows(&mut text, "More", |name| !CORE.contains(&name));
        text.push_str("## What fails\n");
        for (name, file) in self.files.iter().filter(|(_, f)| !f.failures.is_empty()) {
            let _ = write!(text, "\n### {name}\n\n");
            for (method, reason) in &file.failures {
                let _ = writeln!(text, "- `{method}`: {reason}");
            }
        }
        std::fs::write(path, text).expect("the table");
    }

    fn write_rows(&self, text: &mut String, title: &str, which: impl Fn(&str) -> bool) {
        let files = || self.files.iter().filter(|(name, _)| which(name));
        let sum = |f: fn(&File) -> usize| files().map(|(_, file)| f(file)).sum::<usize>();
        let (passed, failed) = (sum(|f| f.passed), sum(|f| f.failed));
        let _ = write!(
            text,
            "## {title}: {passed} of {} methods pass in {} files, {} are skipped\n\n\
             | file | passed | failed | skipped | | note |\n|---|---|---|---|---|---|\n",
            passed + failed,
            files().count(),
            sum(|f| f.skipped)
        );
        for (_, file) in files() {
            let _ = writeln!(text, "{}", file.row);
        }
        text.push('\n');
    }
}

/// A file's line of the table.
pub fn row(name: &str, counts: &Counts) -> String {
    let run = counts.passed + counts.failed();
    let percent = match run {
        0 => String::new(),
        _ => format!("{:.0} %", 100.0 * counts.passed as f64 / run as f64),
    };
    let note: String = counts.note.replace('|', "/").chars().take(120).collect();
    format!(
        "| {name} | {} | {} | {} | {percent} | {note} |",
        counts.passed,
        counts.failed(),
        counts.skipped
    )
}
