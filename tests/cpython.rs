//! CPython's own test files, run through `unittest` on our runtime, where a Python 3.13 with its tests is installed.
//!
//! The files come from that Python (`Lib/test`), the standard library is our embedded one. `tests/cpython/table.md` keeps
//! how many methods of each file pass; a file that passes fewer fails the run. `CPYTHON_TESTS=test_dict,test_list` runs
//! only those, `CPYTHON_TESTS=all` the longer list as well, `CPYTHON_BLESS=1` writes the table anew.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use support::{in_parallel, run, threadsnake};

/// Time for one file, over all its processes.
const FILE_LIMIT: Duration = Duration::from_secs(60);
/// Processes for one file: a method that ends its process is counted as failed, and the rest goes on in a new one.
const PROCESSES: usize = 12;

/// The core: these have to pass 70 % of their methods.
const CORE: &[&str] = &[
    "test_grammar",
    "test_scope",
    "test_generators",
    "test_dict",
    "test_list",
    "test_tuple",
    "test_set",
    "test_int",
    "test_float",
    "test_exceptions",
    "test_with",
    "test_patma",
    "test_fstring",
    "test_thread",
    "test_threading_local",
    "test_queue",
    "test_heapq",
    "test_bisect",
];

/// More of the language and library, run with `CPYTHON_TESTS=all`.
const MORE: &[&str] = &[
    "test_augassign",
    "test_baseexception",
    "test_binop",
    "test_bool",
    "test_builtin",
    "test_bytes",
    "test_call",
    "test_class",
    "test_collections",
    "test_compare",
    "test_complex",
    "test_contains",
    "test_context",
    "test_contextlib",
    "test_copy",
    "test_coroutines",
    "test_dataclasses",
    "test_decorators",
    "test_defaultdict",
    "test_deque",
    "test_descr",
    "test_dictcomps",
    "test_dictviews",
    "test_enum",
    "test_enumerate",
    "test_except_star",
    "test_exception_group",
    "test_extcall",
    "test_format",
    "test_funcattrs",
    "test_functools",
    "test_gc",
    "test_genericalias",
    "test_genericclass",
    "test_global",
    "test_hash",
    "test_index",
    "test_isinstance",
    "test_iter",
    "test_itertools",
    "test_json",
    "test_keywordonlyarg",
    "test_listcomps",
    "test_long",
    "test_math",
    "test_metaclass",
    "test_named_expressions",
    "test_numeric_tower",
    "test_opcodes",
    "test_operator",
    "test_ordered_dict",
    "test_pep646_syntax",
    "test_positional_only_arg",
    "test_pow",
    "test_print",
    "test_property",
    "test_raise",
    "test_random",
    "test_range",
    "test_re",
    "test_reprlib",
    "test_richcmp",
    "test_setcomps",
    "test_slice",
    "test_sort",
    "test_str",
    "test_string",
    "test_string_literals",
    "test_struct",
    "test_subclassinit",
    "test_super",
    "test_syntax",
    "test_threading",
    "test_traceback",
    "test_type_aliases",
    "test_type_params",
    "test_types",
    "test_unary",
    "test_unpack",
    "test_unpack_ex",
    "test_userdict",
    "test_weakref",
    "test_weakset",
    "test_yield_from",
];

/// What became of one file.
#[derive(Clone, Debug, Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
    /// Why the file as a whole did not run, or what ended its processes.
    note: String,
    /// The failures: method and reason.
    failures: Vec<(String, String)>,
}

#[test]
fn cpythons_own_tests() {
    let Some(tests) = installed_tests() else {
        println!("skipped: no Python 3.13 with its Lib/test is installed on this machine");
        return;
    };
    let chosen = std::env::var("CPYTHON_TESTS").unwrap_or_default();
    let names: Vec<&str> = match chosen.as_str() {
        "" => CORE.to_vec(),
        "all" => CORE.iter().chain(MORE).copied().collect(),
        list => list.split(',').collect(),
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cpython");
    std::fs::create_dir_all(&folder).expect("a folder for the test package");
    let _ = std::fs::remove_file(folder.join("test"));
    std::os::unix::fs::symlink(&tests, folder.join("test")).expect("a link to the test package");

    let counts = in_parallel(&names, |name| run_file(&folder, name));
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpython/table.md");
    let mut kept = read_table(&table);
    let mut fewer = Vec::new();
    for (name, counts) in names.iter().zip(&counts) {
        println!("{}", row(name, counts));
        for (method, reason) in &counts.failures {
            println!("    {method}: {reason}");
        }
        let before = kept.get(*name).map_or(0, |(passed, _)| *passed);
        if counts.passed < before {
            fewer.push(format!(
                "{name}: {} methods pass, the table says {before}",
                counts.passed
            ));
        } else if counts.passed > before {
            println!("    more than the table's {before}: CPYTHON_BLESS=1 writes it anew");
        }
        kept.insert((*name).to_owned(), (counts.passed, row(name, counts)));
    }
    let all = |f: fn(&Counts) -> usize| counts.iter().map(f).sum::<usize>();
    let (passed, run) = (all(|c| c.passed), all(|c| c.passed + c.failed));
    println!(
        "cpython passed {passed} of {run} methods in {} files, {} skipped",
        names.len(),
        all(|c| c.skipped)
    );
    if std::env::var_os("CPYTHON_BLESS").is_some() {
        std::fs::write(&table, write_table(&kept)).expect("the table");
        return;
    }
    assert!(fewer.is_empty(), "{}", fewer.join("\n"));
}

/// The folder `Lib/test` of an installed Python 3.13.
fn installed_tests() -> Option<PathBuf> {
    let mut candidates = vec![PathBuf::from("python3.13")];
    if let Some(home) = std::env::var_os("HOME")
        && let Ok(versions) = Path::new(&home).join(".pyenv/versions").read_dir()
    {
        candidates.extend(
            versions
                .flatten()
                .filter(|v| v.file_name().to_string_lossy().starts_with("3.13"))
                .map(|v| v.path().join("bin/python3.13")),
        );
    }
    candidates.into_iter().find_map(|python| {
        let ask = "import test.support, sys; print(test.__path__[0] if sys.version_info[:2] == (3, 13) else '')";
        let output = Command::new(python).args(["-c", ask]).output().ok()?;
        let folder = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        folder.join("test_grammar.py").is_file().then_some(folder)
    })
}

fn run_file(folder: &Path, name: &str) -> Counts {
    let start = Instant::now();
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpython/run_file.py");
    let skip_file = folder.join(format!("{name}.done"));
    let mut counts = Counts::default();
    let mut done: Vec<String> = Vec::new();
    for process in 0..PROCESSES {
        let left = FILE_LIMIT.saturating_sub(start.elapsed());
        if left.is_zero() {
            counts.note = "time is up".to_owned();
            break;
        }
        let mut command = threadsnake();
        command
            .arg(&runner)
            .arg(folder)
            .arg(name)
            .current_dir(folder);
        if process > 0 {
            std::fs::write(&skip_file, done.join("\n")).expect("the list of methods that are done");
            command.arg("--skip").arg(&skip_file);
        }
        // One hanging method must not take all the time of its file.
        let output = match run(command, left.min(Duration::from_secs(30))) {
            Ok(output) => output,
            Err(error) => {
                counts.note = error.to_string();
                break;
            }
        };
        let running = read_lines(&output.stdout, &mut counts, &mut done);
        if output.stdout.lines().any(|l| l == "@ts end") {
            break;
        }
        let Some(running) = running else {
            let last = output.stderr.lines().last().unwrap_or("").to_owned();
            counts.note = format!("ended outside a method ({}): {last}", output.end);
            break;
        };
        counts.failed += 1;
        counts.failures.push((
            running.clone(),
            format!("ended the process ({})", output.end),
        ));
        done.push(running);
    }
    counts
}

/// Adds one process's lines to the counts; returns the method that was running when the lines stop.
fn read_lines(text: &str, counts: &mut Counts, done: &mut Vec<String>) -> Option<String> {
    let mut running = None;
    for line in text.lines().filter_map(|l| l.strip_prefix("@ts ")) {
        let mut words = line.splitn(3, ' ');
        let (kind, id) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let rest = words.next().unwrap_or("");
        match kind {
            "start" => running = Some(id.to_owned()),
            "ok" | "fail" | "skip" => {
                running = None;
                done.push(id.to_owned());
                match kind {
                    "ok" => counts.passed += 1,
                    "skip" => counts.skipped += 1,
                    _ => {
                        counts.failed += 1;
                        counts.failures.push((id.to_owned(), rest.to_owned()));
                    }
                }
            }
            "import" => counts.note = format!("import: {id} {rest}"),
            "fixture" => counts.note = format!("fixture: {id} {rest}"),
            _ => {}
        }
    }
    running
}

fn row(name: &str, counts: &Counts) -> String {
    let run = counts.passed + counts.failed;
    let percent = if run == 0 {
        0.0
    } else {
        100.0 * counts.passed as f64 / run as f64
    };
    let note: String = counts.note.replace('|', "/").chars().take(120).collect();
    format!(
        "| {name} | {} | {run} | {percent:.0} % | {} | {note} |",
        counts.passed, counts.skipped
    )
}

/// File name to passed methods and the whole row.
fn read_table(path: &Path) -> BTreeMap<String, (usize, String)> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|l| l.starts_with("| test_")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, name, passed, ..] = cells.as_slice() {
            rows.insert(
                (*name).to_owned(),
                (passed.parse().unwrap_or(0), line.to_owned()),
            );
        }
    }
    rows
}

fn write_table(rows: &BTreeMap<String, (usize, String)>) -> String {
    let mut text = String::from(
        "# CPython's own tests on Threadsnake\n\n\
         The files of Python 3.13's `Lib/test`, run as they stand through `unittest` with the JIT's default mode. A method of\n\
         which a subtest fails counts as failed, and so does one that ends its process. Written by\n\
         `CPYTHON_TESTS=all CPYTHON_BLESS=1 cargo test --test cpython`.\n\n\
         | file | passed | run | | skipped | note |\n|---|---|---|---|---|---|\n",
    );
    for (_, line) in rows.values() {
        let _ = writeln!(text, "{line}");
    }
    text
}
