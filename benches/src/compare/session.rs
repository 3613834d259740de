//! One program running on one runtime: the other end of the conversation that `pyperf_shim` describes.

use std::path::Path;
use std::time::Duration;

use crate::child::{Ended, Failure, Process};
use crate::runtimes::Runtime;

/// A timed function that is ready to take samples.
pub struct Bench {
    pub name: String,
    /// How often one loop repeats the measured operation inside the program.
    pub inner_loops: u64,
}

/// What comes after a program's start, or after [`Session::go_on`].
pub enum Next {
    Bench(Bench),
    /// The program ended well.
    End(Ended),
}

/// One sample.
pub struct Sample {
    pub seconds: f64,
    /// Digest of the plain value that the measured function returned, if it returned one.
    pub value: Option<String>,
}

/// A running program.
pub struct Session {
    process: Process,
    timeout: Duration,
}

impl Session {
    pub fn start(
        runtime: &Runtime,
        file: &Path,
        args: &[&str],
        errors: &Path,
        timeout: Duration,
    ) -> Result<Session, String> {
        let mut command = runtime.command();
        command.arg(file).args(args);
        if let Some(folder) = file.parent() {
            // For the processes that a program starts.
            command.env("PYTHONPATH", folder);
        }
        let process =
            Process::start(command, errors).map_err(|e| format!("does not start: {e}"))?;
        Ok(Session { process, timeout })
    }

    /// Waits for the next timed function or the program's end.
    pub fn next_bench(&mut self) -> Result<Next, String> {
        match self.answer() {
            Ok(words) if words[0] == "bench" => {
                let inner_loops = words
                    .last()
                    .and_then(|w| w.parse().ok())
                    .unwrap_or(1)
                    .max(1);
                let name = words[1..words.len().saturating_sub(1).max(1)].join(" ");
                Ok(Next::Bench(Bench { name, inner_loops }))
            }
            Ok(words) => Err(format!("unexpected answer {words:?}")),
            Err(Failure::Ended) => {
                let ended = self.finish()?;
                if ended.status.success() {
                    Ok(Next::End(ended))
                } else {
                    Err(why(&ended))
                }
            }
            Err(failure) => Err(self.fail(&failure)),
        }
    }

    /// Takes one sample of `loops` loops.
    pub fn run(&mut self, loops: u64) -> Result<Sample, String> {
        let words = self.ask(&format!("run {loops}"))?;
        match words.as_slice() {
            [kind, seconds, value] if kind == "time" => {
                let seconds: f64 = seconds
                    .parse()
                    .map_err(|_| format!("bad time {seconds:?}"))?;
                Ok(Sample {
                    seconds,
                    value: (value != "-").then(|| value.clone()),
                })
            }
            other => Err(format!("unexpected answer {other:?}")),
        }
    }

    /// The program's comparable result, as `(digest, beginning of the text)`.
    pub fn check(&mut self, program: &str) -> Result<Option<(String, String)>, String> {
        let words = self.ask(&format!("check {program}"))?;
        match words.as_slice() {
            [kind] if kind == "novalue" => Ok(None),
            [kind, digest, text @ ..] if kind == "value" => {
                Ok(Some((digest.clone(), text.join(" "))))
            }
            other => Err(format!("unexpected answer {other:?}")),
        }
    }

    /// Lets the program go on to its next timed function.
    pub fn go_on(&mut self) -> Result<(), String> {
        self.process.say("next").map_err(|f| self.fail(&f))
    }

    /// Waits for the end and returns what the process used.
    pub fn finish(&mut self) -> Result<Ended, String> {
        self.process.finish(self.timeout).map_err(|e| e.to_string())
    }

    fn ask(&mut self, line: &str) -> Result<Vec<String>, String> {
        self.process
            .say(line)
            .and_then(|()| self.answer())
            .map_err(|f| self.fail(&f))
    }

    fn answer(&mut self) -> Result<Vec<String>, Failure> {
        loop {
            let line = self.process.line(self.timeout)?;
            if let Some(answer) = line.strip_prefix("@ts ") {
                return Ok(answer.split(' ').map(str::to_owned).collect());
            }
        }
    }

    /// The reason to show: the last line of the program's own error output if there is one.
    fn fail(&mut self, failure: &Failure) -> String {
        match failure {
            Failure::Ended => self.finish().map_or_else(|e| e, |ended| why(&ended)),
            other => other.to_string(),
        }
    }
}

/// How a process ended, in a few words.
pub fn why(ended: &Ended) -> String {
    use std::os::unix::process::ExitStatusExt;
    let how = match (ended.status.code(), ended.status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "ended".to_owned(),
    };
    match ended.errors.lines().last() {
        Some(line) => format!("{how}: {}", line.chars().take(160).collect::<String>()),
        None => how,
    }
}
