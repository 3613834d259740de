//! What profilers, debuggers and programs are told of compiled code.

use std::path::PathBuf;
use std::process::{Command, Output};

fn binary() -> PathBuf {
    std::env::var_os("THREADSNAKE_BIN")
        .map_or_else(|| env!("CARGO_BIN_EXE_threadsnake").into(), PathBuf::from)
}

/// A loop that does `body` at each turn, with a list of SIGWINCH, which nobody minds, whose last item is SIGTRAP.
fn program(body: &str) -> String {
    format!(
        "import signal\n\
         def hot_one(n, send, signals):\n\
         \x20   total = 0\n\
         \x20   for i in range(n):\n\
         \x20       total += abs(i) % 7\n\
         \x20       {body}\n\
         \x20   return total\n\
         hot_one(3000, signal.raise_signal, [28] * 2999 + [5])\n"
    )
}

fn run(options: &[&str], code: &str, dir: &std::path::Path) -> (Output, u32) {
    let child = Command::new(binary())
        .args(["--jit-threshold=20"])
        .args(options)
        .args(["-c", code])
        .current_dir(dir)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let pid = child.id();
    (child.wait_with_output().expect("it ends"), pid)
}

fn scratch(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&dir).expect("a folder");
    dir
}

#[test]
fn a_perf_map_names_what_was_compiled() {
    let (out, pid) = run(&["--jit-perf"], &program("pass"), &scratch("perf-map"));
    assert!(out.status.success(), "{out:?}");
    let path = format!("/tmp/perf-{pid}.map");
    let map = std::fs::read_to_string(&path).expect("the map");
    std::fs::remove_file(path).expect("it is there");
    let line = map
        .lines()
        .find(|l| l.contains("py::hot_one <string>:4 [single]"))
        .unwrap_or_else(|| panic!("not in the map:\n{map}"));
    let mut words = line.split(' ');
    for _ in 0..2 {
        let n = u64::from_str_radix(words.next().expect("a word"), 16).expect("a number");
        assert!(n > 0);
    }
}

#[test]
fn a_jitdump_holds_the_code() {
    let dir = scratch("jitdump");
    let (out, pid) = run(&["--jit-perf=dump"], &program("pass"), &dir);
    assert!(out.status.success(), "{out:?}");
    let path = dir.join(format!("jit-{pid}.dump"));
    let dump = std::fs::read(&path).expect("the dump");
    std::fs::remove_file(path).expect("it is there");
    assert_eq!(dump[..4], 0x4A69_5444u32.to_le_bytes());
    // Records follow each other to the end.
    let (mut at, mut records) = (40, 0);
    while at < dump.len() {
        at += u32::from_le_bytes(dump[at + 4..at + 8].try_into().expect("four bytes")) as usize;
        records += 1;
    }
    assert_eq!(at, dump.len());
    assert!(records > 0);
    assert!(dump.windows(11).any(|w| w == b"py::hot_one"));
}

#[test]
fn gdb_walks_through_compiled_code() {
    if Command::new("gdb").arg("--version").output().is_err() {
        eprintln!("there is no gdb: not tried");
        return;
    }
    let code = program("send(signals[i])");
    let out = Command::new("gdb")
        .args(["-q", "-batch", "-nx", "-iex", "set debuginfod enabled off"])
        .args(["-ex", "run", "-ex", "bt", "--args"])
        .arg(binary())
        .args(["--jit-threshold=20", "--jit-gdb", "-c", &code])
        .output()
        .expect("gdb runs");
    let text = String::from_utf8_lossy(&out.stdout);
    if !text.contains("SIGTRAP") {
        eprintln!("gdb cannot run programs here: not tried\n{text}");
        return;
    }
    // The compiled loop has a name, and what entered it is found.
    assert!(text.contains("py::hot_one"), "{text}");
    assert!(text.contains("run_seen"), "{text}");
}

#[test]
fn figures_are_json_for_programs() {
    let (out, _) = run(&["--jit-stats=json"], &program("pass"), &scratch("json"));
    let text = String::from_utf8_lossy(&out.stderr);
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let regions = json["regions"].as_array().expect("a list");
    let region = regions
        .iter()
        .find(|r| r["name"] == "hot_one")
        .expect("the loop");
    assert_eq!(
        (&region["kind"], &region["line"]),
        (&"loop".into(), &4.into())
    );
    let code = &region["codes"][0];
    assert_eq!(code["tier"], "single");
    assert!(code["bytes"].as_u64() > Some(0) && code["entered"].as_u64() > Some(0));
    assert!(json["counters"]["recordings"].as_u64() > Some(0));
}

#[test]
fn the_summary_tells_of_the_change_of_mode() {
    let code = "import threading\n\
                t = threading.Thread(target=lambda: None)\n\
                t.start()\n\
                t.join()\n";
    let (out, _) = run(&["--jit-summary"], code, &scratch("summary"));
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(text.contains("switched to Multi in "), "{text}");
    assert!(text.contains("when the second thread started"), "{text}");
}
