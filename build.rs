//! Packs the pure-Python library, file by file deflated, into one blob, with a sorted index in Rust source beside it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What makes no sense here: other systems, graphical programs, things that need native libraries, tests.
const DROP: &[&str] = &[
    "test",
    "tests",
    "idlelib",
    "idle_test",
    "tkinter",
    "turtle.py",
    "turtledemo",
    "ensurepip",
    "venv",
    "ctypes",
    "sqlite3",
    "windows_console.py",
    "windows_eventqueue.py",
    "pydoc_data",
    "_android_support.py",
    "_apple_support.py",
    "_aix_support.py",
    "_ios_support.py",
    "_osx_support.py",
    "lib2to3",
    "distutils",
    "site-packages",
    "__pycache__",
    "_dummy_os.py",
    "_dummy_thread.py",
    "dummy_threading.py",
];

fn walk(root: &Path, dir: &Path, out: &mut Vec<(String, PathBuf)>) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    for e in entries.flatten() {
        let name = e.file_name().to_string_lossy().into_owned();
        if DROP.contains(&name.as_str()) {
            continue;
        }
        let path = e.path();
        if path.is_dir() {
            walk(root, &path, out);
        } else if name.ends_with(".py") {
            let rel = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            out.push((rel, path));
        }
    }
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let root = PathBuf::from(rustpython_pylib::LIB_PATH);
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    let mut modules: Vec<(String, bool, String, PathBuf)> = files
        .into_iter()
        .map(|(rel, path)| {
            let stem = rel.trim_end_matches(".py").replace('/', ".");
            match stem.strip_suffix(".__init__") {
                Some(p) => (p.to_owned(), true, rel, path),
                None => (stem, false, rel, path),
            }
        })
        .collect();
    modules.sort();
    let mut blob = Vec::new();
    let mut index = String::from("&[\n");
    for (name, package, rel, path) in modules {
        let text = std::fs::read(&path).expect("the library's files are readable");
        let packed = miniz_oxide::deflate::compress_to_vec(&text, 8);
        writeln!(
            index,
            "    Entry {{ name: {name:?}, package: {package}, path: {rel:?}, at: {}, packed: {}, size: {} }},",
            blob.len(),
            packed.len(),
            text.len()
        )
        .expect("a String takes any text");
        blob.extend_from_slice(&packed);
    }
    index.push(']');
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    std::fs::write(out.join("library.bin"), blob).expect("OUT_DIR is writable");
    std::fs::write(out.join("library.rs"), index).expect("OUT_DIR is writable");
}
