//! Runs one file of CPython's tests in processes of our runtime.
//!
//! A method that ends its process, or that prints nothing for too long, is counted as failed, and the rest of the file
//! goes on in a new process. So neither a crash nor a hang hides what else passes.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::threadsnake;

/// Time for one file, over all its processes. A debug build is several times slower.
const FILE_LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 900 } else { 300 });
/// Time for one method.
const METHOD_LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 120 } else { 30 });
/// Processes for one file.
const PROCESSES: usize = 20;

/// What became of one file.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub passed: usize,
    pub skipped: usize,
    /// Why the file as a whole did not run, or what ended its processes.
    pub note: String,
    /// The failures: method and reason.
    pub failures: Vec<(String, String)>,
}

impl Counts {
    pub fn failed(&self) -> usize {
        self.failures.len()
    }
}

/// A folder that has the test files as its package `test`.
pub fn folder(tests: &Path) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cpython");
    std::fs::create_dir_all(&folder).expect("a folder for the test package");
    let _ = std::fs::remove_file(folder.join("test"));
    std::os::unix::fs::symlink(tests, folder.join("test")).expect("a link to the test package");
    folder
}

/// Runs a file's methods but for those whose IDs are in `done`.
pub fn run_file(folder: &Path, name: &str, mut done: Vec<String>) -> Counts {
    let start = Instant::now();
    // Tests create files and folders where they are run: each file has a place of its own.
    let place = folder.join(format!("in_{name}"));
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).expect("a folder to run in");
    let mut counts = Counts::default();
    for _ in 0..PROCESSES {
        if start.elapsed() >= FILE_LIMIT {
            "time is up".clone_into(&mut counts.note);
            break;
        }
        let ended = match run_process(folder, &place, name, &done, start + FILE_LIMIT) {
            Ok(ended) => ended,
            Err(error) => {
                counts.note = error.to_string();
                break;
            }
        };
        let running = read_lines(&ended.stdout, name, &mut counts, &mut done);
        if ended.stdout.lines().any(|l| l == "@ts end") {
            break;
        }
        let Some(running) = running else {
            counts.note = format!("ended outside a method ({}): {}", ended.how, ended.last);
            break;
        };
        let why = format!("ended the process ({}) {}", ended.how, ended.last);
        counts
            .failures
            .push((short(name, &running), why.trim_end().to_owned()));
        done.push(running);
    }
    let _ = std::fs::remove_dir_all(&place);
    counts
}

struct Ended {
    stdout: String,
    /// `0`, `signal 11`, `timed out`.
    how: String,
    /// The last line on standard error.
    last: String,
}

fn run_process(
    folder: &Path,
    place: &Path,
    name: &str,
    done: &[String],
    deadline: Instant,
) -> std::io::Result<Ended> {
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpython/run_file.py");
    let output = |end: &str| folder.join(format!("{name}.{end}"));
    let mut command = threadsnake();
    // The files are of a Python with a lock, whose threads begin with contexts of their own.
    command
        .args(["-X", "thread_inherit_context=0"])
        .arg(&runner)
        .arg(folder)
        .arg(name)
        .current_dir(place);
    if !done.is_empty() {
        std::fs::write(output("done"), done.join("\n"))?;
        command.arg("--skip").arg(output("done"));
    }
    // A group of its own: what a test starts ends with it.
    command
        .process_group(0)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(output("out"))?)
        .stderr(std::fs::File::create(output("err"))?);
    let mut child = command.spawn()?;
    let how = wait(&mut child, &output("out"), deadline)?;
    end_group(&child);
    let text = |path: PathBuf| -> std::io::Result<String> {
        Ok(String::from_utf8_lossy(&std::fs::read(path)?).into_owned())
    };
    let errors = text(output("err"))?;
    let lines = || errors.lines().filter(|l| !l.trim().is_empty());
    let last = lines()
        .find(|l| l.contains("panicked at"))
        .or_else(|| lines().next_back())
        .unwrap_or("");
    Ok(Ended {
        stdout: text(output("out"))?,
        how,
        last: last.chars().take(160).collect(),
    })
}

/// Waits for the end of a process, or ends it when it printed nothing for longer than a method may take.
fn wait(child: &mut Child, output: &Path, deadline: Instant) -> std::io::Result<String> {
    let (mut length, mut since) = (0, Instant::now());
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(match (status.code(), status.signal()) {
                (Some(code), _) => code.to_string(),
                (None, signal) => format!("signal {}", signal.unwrap_or(0)),
            });
        }
        let now = std::fs::metadata(output)?.len();
        if now != length {
            (length, since) = (now, Instant::now());
        }
        if since.elapsed() > METHOD_LIMIT || Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            return Ok("timed out".to_owned());
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Ends what the process started and left behind.
fn end_group(child: &Child) {
    let _ = Command::new("kill")
        .args(["-KILL", "--", &format!("-{}", child.id())])
        .stderr(Stdio::null())
        .status();
}

/// A method's ID without the name of its file.
fn short(file: &str, id: &str) -> String {
    id.strip_prefix("test.")
        .and_then(|r| r.strip_prefix(file))
        .and_then(|r| r.strip_prefix('.'))
        .unwrap_or(id)
        .to_owned()
}

/// Adds one process's lines to the counts; returns the method that was running when the lines stop.
fn read_lines(
    text: &str,
    file: &str,
    counts: &mut Counts,
    done: &mut Vec<String>,
) -> Option<String> {
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
                    _ => counts.failures.push((short(file, id), rest.to_owned())),
                }
            }
            "import" => counts.note = format!("import: {id} {rest}"),
            "fixture" => counts.note = format!("fixture: {id} {rest}"),
            _ => {}
        }
    }
    running
}
