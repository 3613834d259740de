//! Compiles every file of the Python libraries that are found on the machine, with the verifier on.

use std::path::{Path, PathBuf};
use std::time::Instant;
use threadsnake_front::{CompileOptions, Mode, compile_bytes};

fn python_files(dir: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    for e in entries.flatten() {
        let p = e.path();
        if p.is_dir() {
            python_files(&p, out);
        } else if p.extension().is_some_and(|x| x == "py") {
            out.push(p);
        }
    }
}

/// Compiles all files below `dir`; files that are meant to be invalid may fail.
fn compile_all(dir: &Path) {
    let mut files = Vec::new();
    python_files(dir, &mut files);
    files.sort();
    let (mut bytes, mut failed, mut refused) = (0, Vec::new(), 0);
    let start = Instant::now();
    for f in &files {
        let Ok(source) = std::fs::read(f) else {
            continue;
        };
        bytes += source.len();
        let name = f.to_string_lossy();
        let invalid = [
            "bad",
            "invalid",
            "lib2to3",
            "tokenizedata",
            "badsyntax",
            "koi8",
        ]
        .iter()
        .any(|w| name.contains(w));
        match compile_bytes(&source, &name, Mode::Exec, &CompileOptions::default()) {
            Ok(_) => {}
            Err(_) if invalid => refused += 1,
            Err(e) => failed.push(format!("{name}: {e}")),
        }
    }
    let s = start.elapsed().as_secs_f64();
    println!(
        "{}: {} files, {:.1} MB, {:.2} s, {:.1} MB/s, {refused} refused",
        dir.display(),
        files.len(),
        bytes as f64 / 1e6,
        s,
        bytes as f64 / 1e6 / s
    );
    assert!(
        failed.is_empty(),
        "{} failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

fn home() -> PathBuf {
    std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default()
}

#[test]
fn the_embedded_library_compiles() {
    let registry = home().join(".cargo/registry/src");
    let Ok(entries) = std::fs::read_dir(registry) else {
        return;
    };
    for e in entries.flatten() {
        let lib = e.path().join("rustpython-pylib-0.6.0/Lib");
        if lib.is_dir() {
            compile_all(&lib);
        }
    }
}

#[test]
fn the_library_of_cpython_compiles() {
    let lib = home().join(".pyenv/versions/3.13.0/lib/python3.13");
    if lib.is_dir() {
        compile_all(&lib);
    }
}
