//! Packs the pure-Python library: the source, file by file deflated, and the bytecode that it compiles to, each into one
//! blob, with a sorted index in Rust source beside them.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use threadsnake_front::{CompileOptions, Mode, compile_bytes, pack};

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

/// The packed code of a module; nothing where the compiler has something to say, as that is for who imports the module.
fn compile(text: &[u8]) -> Vec<u8> {
    match compile_bytes(text, "", Mode::Exec, &CompileOptions::default()) {
        Ok(made) if made.warnings.is_empty() => pack::pack(&made.code),
        _ => Vec::new(),
    }
}

/// The command is placed at a fixed address, as CPython's usually is: the 28,000 pointers of its constant tables are then
/// right as they are in the file, and its pages stay clean and shared. As a position-independent program the loader writes
/// them anew in every process: 2.7 MB and a fifth of all page faults of `-c pass`. Heap, stacks, shared libraries and compiled
/// code lie at random addresses all the same.
fn place() {
    let target = |what| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    place();
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
    let (mut sources, mut codes) = (Vec::new(), Vec::new());
    let mut index = String::from("&[\n");
    for (name, package, rel, path) in modules {
        let text = std::fs::read(&path).expect("the library's files are readable");
        let source = miniz_oxide::deflate::compress_to_vec(&text, 8);
        let code = compile(&text);
        writeln!(
            index,
            "    Entry {{ name: {name:?}, package: {package}, path: {rel:?}, at: {}, packed: {}, size: {}, code_at: {}, code: {} }},",
            sources.len(),
            source.len(),
            text.len(),
            codes.len(),
            code.len()
        )
        .expect("a String takes any text");
        sources.extend_from_slice(&source);
        codes.extend_from_slice(&code);
    }
    index.push(']');
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    std::fs::write(out.join("library.bin"), sources).expect("OUT_DIR is writable");
    std::fs::write(out.join("library_code.bin"), codes).expect("OUT_DIR is writable");
    std::fs::write(out.join("library.rs"), index).expect("OUT_DIR is writable");
}
