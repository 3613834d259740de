//! What the tests share that run Python files with the built command: running with a time limit, and in parallel.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a run printed, and how it ended.
#[allow(
    dead_code,
    reason = "each test crate includes this module and uses its own part of it"
)]
pub struct Output {
    pub stdout: String,
    pub stderr: String,
    /// `0`, `signal 11`, `timed out`.
    pub end: String,
}

/// The command under test: the built one, or what `THREADSNAKE_BIN` names, for instance a release build.
pub fn threadsnake() -> Command {
    Command::new(
        std::env::var_os("THREADSNAKE_BIN")
            .unwrap_or_else(|| env!("CARGO_BIN_EXE_threadsnake").into()),
    )
}

/// Runs a command without input, and kills it after `limit`. Output goes through files, so that no pipe can fill up.
#[allow(
    dead_code,
    reason = "each test crate includes this module and uses its own part of it"
)]
pub fn run(mut command: Command, limit: Duration) -> std::io::Result<Output> {
    let mut stdout = temporary()?;
    let mut stderr = temporary()?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .spawn()?;
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_micros(500);
    let end = loop {
        if let Some(status) = child.try_wait()? {
            break match (status.code(), status.signal()) {
                (Some(code), _) => code.to_string(),
                (None, signal) => format!("signal {}", signal.unwrap_or(0)),
            };
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            break "timed out".to_owned();
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    Ok(Output {
        stdout: text(&mut stdout)?,
        stderr: text(&mut stderr)?,
        end,
    })
}

/// An unnamed file: it is removed from its folder as soon as it is open.
#[allow(
    dead_code,
    reason = "each test crate includes this module and uses its own part of it"
)]
fn temporary() -> std::io::Result<File> {
    let name = format!("{:?}-{:?}", std::thread::current().id(), Instant::now());
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let path =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[allow(
    dead_code,
    reason = "each test crate includes this module and uses its own part of it"
)]
fn text(file: &mut File) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// All files below `folder` with the extension `py`, sorted.
#[allow(
    dead_code,
    reason = "each test crate includes this module and uses its own part of it"
)]
pub fn python_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() && !skipped(&path) {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "py") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Folders that hold what test files import, and caches.
#[allow(
    dead_code,
    reason = "each test crate includes this module and uses its own part of it"
)]
fn skipped(folder: &Path) -> bool {
    folder
        .file_name()
        .is_some_and(|n| n.to_string_lossy().ends_with("support") || n == "__pycache__")
}

/// Maps items on as many threads as the machine has processors, keeping their order.
#[allow(
    dead_code,
    reason = "each test crate includes this module and uses its own part of it"
)]
pub fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism()
        .map_or(2, |n| n.get())
        .min(items.len().max(1));
    let work = &work;
    // Striped, not chunked: neighbours tend to cost alike.
    let mut stripes: Vec<std::vec::IntoIter<R>> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|t| {
                scope.spawn(move || {
                    items
                        .iter()
                        .skip(t)
                        .step_by(threads)
                        .map(work)
                        .collect::<Vec<R>>()
                })
            })
            .collect();
        handles
            .into_iter()
            .map(|h| h.join().expect("a test worker panicked").into_iter())
            .collect()
    });
    (0..items.len())
        .filter_map(|i| stripes[i % threads].next())
        .collect()
}

/// The first line in which two texts differ, for a message.
#[allow(
    dead_code,
    reason = "each test crate includes this module and uses its own part of it"
)]
pub fn first_difference(expected: &str, got: &str) -> Option<String> {
    if expected == got {
        return None;
    }
    let (mut left, mut right) = (expected.lines(), got.lines());
    for number in 1.. {
        let (l, r) = (left.next(), right.next());
        if l != r {
            let show = |line: Option<&str>| line.map_or("<end>".to_owned(), |s| format!("{s:?}"));
            return Some(format!(
                "line {number}: expected {}, got {}",
                show(l),
                show(r)
            ));
        }
        if l.is_none() {
            break;
        }
    }
    Some("the ends of lines differ".to_owned())
}
