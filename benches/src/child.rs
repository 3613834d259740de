//! A runtime in a child process: lines in, lines out with a time limit, and its peak memory when it has ended.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Why a child gave no answer.
#[derive(Debug)]
pub enum Failure {
    /// The time limit passed.
    TimedOut(Duration),
    /// The child closed its output.
    Ended,
    /// The operating system said no.
    Io(std::io::Error),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::TimedOut(limit) => write!(f, "no answer within {} s", limit.as_secs()),
            Failure::Ended => write!(f, "ended early"),
            Failure::Io(error) => write!(f, "{error}"),
        }
    }
}

/// How a child ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// Peak resident memory in kilobytes, as `wait4` reports it.
    pub peak_kb: u64,
    /// Processor time in seconds, user and system.
    pub cpu: f64,
    /// The last lines of standard error.
    pub errors: String,
}

/// A running child. Dropping it ends it.
pub struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    errors: File,
    buffer: Vec<u8>,
    reaped: bool,
}

impl Process {
    /// Starts a command; its standard error goes to `errors`, a file that is overwritten.
    pub fn start(mut command: Command, errors: &Path) -> std::io::Result<Process> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(errors)?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file.try_clone()?)
            .spawn()?;
        let pipe_missing = || std::io::Error::other("no pipe");
        let stdin = child.stdin.take().ok_or_else(pipe_missing)?;
        let stdout = child.stdout.take().ok_or_else(pipe_missing)?;
        Ok(Process {
            child,
            stdin: Some(stdin),
            stdout,
            errors: file,
            buffer: Vec::new(),
            reaped: false,
        })
    }

    /// Sends one line.
    pub fn say(&mut self, line: &str) -> Result<(), Failure> {
        let Some(stdin) = &mut self.stdin else {
            return Err(Failure::Ended);
        };
        stdin
            .write_all(format!("{line}\n").as_bytes())
            .and_then(|()| stdin.flush())
            .map_err(|e| match e.kind() {
                std::io::ErrorKind::BrokenPipe => Failure::Ended,
                _ => Failure::Io(e),
            })
    }

    /// The next line of output without its end, waiting at most `limit`.
    pub fn line(&mut self, limit: Duration) -> Result<String, Failure> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(end) = self.buffer.iter().position(|&b| b == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Failure::TimedOut(limit));
            }
            if !self.readable(left).map_err(Failure::Io)? {
                continue;
            }
            let mut chunk = [0; 4096];
            match self.stdout.read(&mut chunk).map_err(Failure::Io)? {
                0 => return Err(Failure::Ended),
                n => self.buffer.extend_from_slice(&chunk[..n]),
            }
        }
    }

    fn readable(&self, limit: Duration) -> std::io::Result<bool> {
        let mut poll = libc::pollfd {
            fd: self.stdout.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        let millis = i32::try_from(limit.as_millis().max(1)).unwrap_or(i32::MAX);
        // SAFETY: `poll` points to one initialised pollfd, and its descriptor is open while `self.stdout` lives.
        let ready = unsafe { libc::poll(&mut poll, 1, millis) };
        if ready >= 0 {
            return Ok(ready > 0);
        }
        match std::io::Error::last_os_error() {
            error if error.kind() == std::io::ErrorKind::Interrupted => Ok(false),
            error => Err(error),
        }
    }

    /// Everything that the child still prints, until it closes its output or the limit passes.
    pub fn rest(&mut self, limit: Duration) -> Result<Vec<String>, Failure> {
        let deadline = Instant::now() + limit;
        let mut lines = Vec::new();
        loop {
            match self.line(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => lines.push(line),
                Err(Failure::Ended) => return Ok(lines),
                Err(Failure::TimedOut(_)) => return Err(Failure::TimedOut(limit)),
                Err(other) => return Err(other),
            }
        }
    }

    /// Closes the child's input and waits for its end; after `limit` it is killed.
    pub fn finish(&mut self, limit: Duration) -> std::io::Result<Ended> {
        self.stdin = None;
        let deadline = Instant::now() + limit;
        let mut killed = false;
        loop {
            if let Some(ended) = self.reap()? {
                return Ok(ended);
            }
            if !killed && Instant::now() >= deadline {
                self.child.kill()?;
                killed = true;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn reap(&mut self) -> std::io::Result<Option<Ended>> {
        let pid = self.child.id() as libc::pid_t;
        let mut status = 0;
        // SAFETY: an all-zero rusage is a valid value of that plain C struct.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: both pointers are to live locals, and `pid` is a child of ours that was not waited for yet.
        let got = unsafe { libc::wait4(pid, &mut status, libc::WNOHANG, &mut usage) };
        if got < 0 {
            return Err(std::io::Error::last_os_error());
        }
        if got == 0 {
            return Ok(None);
        }
        self.reaped = true;
        let cpu = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 * 1e-6;
        Ok(Some(Ended {
            status: ExitStatus::from_raw(status),
            peak_kb: usage.ru_maxrss as u64,
            cpu: cpu(usage.ru_utime) + cpu(usage.ru_stime),
            errors: self.last_errors(),
        }))
    }

    fn last_errors(&mut self) -> String {
        let mut bytes = Vec::new();
        if self.errors.seek(SeekFrom::Start(0)).is_ok()
            && self.errors.read_to_end(&mut bytes).is_ok()
        {
            let text = String::from_utf8_lossy(&bytes);
            let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
            return lines[lines.len().saturating_sub(8)..].join("\n");
        }
        String::new()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.reaped {
            let _ = self.child.kill();
            let _ = self.finish(Duration::from_secs(5));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Process {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let errors = std::env::temp_dir().join(format!(
            "threadsnake-child-{}-{}",
            std::process::id(),
            script.len()
        ));
        Process::start(command, &errors).unwrap()
    }

    #[test]
    fn lines_go_both_ways() {
        let mut process = shell("read a; echo got $a; echo bad >&2; exit 3");
        process.say("x").unwrap();
        assert_eq!(process.line(Duration::from_secs(5)).unwrap(), "got x");
        let ended = process.finish(Duration::from_secs(5)).unwrap();
        assert_eq!(ended.status.code(), Some(3));
        assert_eq!(ended.errors, "bad");
        assert!(ended.peak_kb > 0);
    }

    #[test]
    fn a_silent_child_times_out_and_is_ended() {
        let mut process = shell("exec sleep 30");
        assert!(matches!(
            process.line(Duration::from_millis(30)),
            Err(Failure::TimedOut(_))
        ));
    }
}
