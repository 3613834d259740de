//! CPython's own test files, run through `unittest` on our runtime, where a Python 3.13 with its tests is at hand.
//!
//! The files come from that Python (`Lib/test`), the standard library is our embedded one. `tests/cpython/table.md` keeps
//! which methods of each file fail, and why; a method that fails though the table does not say so fails the run, and so
//! does one that passes though the table lists it. `CPYTHON_TESTS=test_dict,test_list` runs only those,
//! `CPYTHON_TESTS=all` the longer list as well, `CPYTHON_BLESS=1` writes what was run into the table.
//!
//! The files are looked for in the folder that `CPYTHON_LIB_TEST` names, in an installed Python 3.13, and in
//! `.cache/cpython-tests`, which `tests/cpython/fetch.sh` fills.

#[path = "cpython/files.rs"]
mod files;
#[path = "cpython/runner.rs"]
mod runner;
mod support;
#[path = "cpython/table.rs"]
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;

use files::{CORE, MORE};
use support::in_parallel;
use table::Table;

#[test]
fn cpythons_own_tests() {
    let Some((tests, version)) = test_files() else {
        println!(
            "skipped: no Python 3.13 with its Lib/test on this machine (tests/cpython/fetch.sh fetches the files)"
        );
        return;
    };
    let chosen = std::env::var("CPYTHON_TESTS").unwrap_or_default();
    let names: Vec<&str> = match chosen.as_str() {
        "" => CORE.to_vec(),
        "all" => CORE.iter().chain(MORE).copied().collect(),
        list => list.split(',').collect(),
    };
    let folder = runner::folder(&tests);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(match version.starts_with("3.14") {
        true => "tests/cpython/table-3.14.md",
        false => "tests/cpython/table.md",
    });
    let mut table = Table::read(&path);
    let found = in_parallel(&names, |name| {
        runner::run_file(&folder, name, table.inapplicable(name))
    });
    let mut unexpected = Vec::new();
    for (name, counts) in names.iter().zip(&found) {
        println!("{}", table::row(name, counts));
        let differences = table.compare(name, counts);
        for difference in &differences {
            println!("    {difference}");
        }
        unexpected.extend(differences.iter().map(|d| format!("{name}: {d}")));
    }
    let all = |f: fn(&runner::Counts) -> usize| found.iter().map(f).sum::<usize>();
    println!(
        "cpython passed {} of {} methods in {} files, {} skipped",
        all(|c| c.passed),
        all(|c| c.passed + c.failed()),
        names.len(),
        all(|c| c.skipped)
    );
    if std::env::var_os("CPYTHON_BLESS").is_some() {
        for (name, counts) in names.iter().zip(&found) {
            table.keep(name, counts);
        }
        table.version = version;
        table.write(&path);
        return;
    }
    if table.version.is_empty() {
        println!("there is no table yet to compare with: CPYTHON_BLESS=1 writes it");
        return;
    }
    if table.version != version {
        println!(
            "the table is about the files of Python {}, these are {version}'s: differences do not count",
            table.version
        );
        return;
    }
    assert!(
        unexpected.is_empty(),
        "not as tests/cpython/table.md says:\n{}",
        unexpected.join("\n")
    );
}

/// A folder like `Lib/test`, and the version of Python that it belongs to.
fn test_files() -> Option<(PathBuf, String)> {
    let is_tests = |folder: &Path| folder.join("test_grammar.py").is_file();
    // Written by fetch.sh; else the folder's name says it.
    let version_beside = |folder: &Path| match std::fs::read_to_string(folder.join("../VERSION")) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => {
            let path = folder.to_string_lossy().into_owned();
            let at = path.find("python3.").map_or(path.len(), |i| i + 6);
            path[at..].split('/').next().unwrap_or("").to_owned()
        }
    };
    if let Some(folder) = std::env::var_os("CPYTHON_LIB_TEST").map(PathBuf::from) {
        assert!(is_tests(&folder), "no tests in {}", folder.display());
        let version = version_beside(&folder);
        return Some((folder, version));
    }
    let cached = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/cpython-tests/test");
    installed_tests().or_else(|| {
        let version = version_beside(&cached);
        is_tests(&cached).then_some((cached, version))
    })
}

/// `Lib/test` of an installed Python 3.13.
fn installed_tests() -> Option<(PathBuf, String)> {
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
        let ask = "import test.support, sys, platform; print(test.__path__[0]); print(platform.python_version())";
        let output = Command::new(python).args(["-c", ask]).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let (folder, version) = text.trim().split_once('\n')?;
        let folder = PathBuf::from(folder);
        let usable = version.starts_with("3.13") && folder.join("test_grammar.py").is_file();
        usable.then(|| (folder, version.to_owned()))
    })
}
