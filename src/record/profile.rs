//! What profilers and debuggers are told of compiled code, where somebody asked for it (`--jit-perf`, `--jit-gdb`).
//!
//! A name is `py::QUALNAME FILE:LINE [MODE]`. The perf map is `/tmp/perf-PID.map`, which `perf report` reads by itself; the
//! jitdump is `jit-PID.dump` in the working directory, for `perf record -k mono` and `perf inject --jit`.

use super::region::{Code, Region};
use super::state::JitOptions;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::AsRawFd;
use threadsnake_jit::CodeMemory;
use threadsnake_jit::gdb::{self, Known};
use threadsnake_jit::profile::{JitDump, perf_map, symbol};
use threadsnake_threads::sync::Arc;

/// The files, and what the debugger knows. Under a lock of the runtime's.
#[derive(Default)]
pub struct Profiling {
    map: Option<File>,
    dump: Option<JitDump<BufWriter<File>>>,
    known: Vec<(usize, Known)>,
    opened: bool,
}

impl Profiling {
    /// Tells of code that has just been published. What cannot be written is reported once, and not tried again.
    pub fn tell(&mut self, options: &JitOptions, region: &Region, code: &Code, mem: &CodeMemory) {
        if !(options.perf || options.perf_dump || options.gdb) {
            return;
        }
        if !self.opened {
            self.opened = true;
            if let Err(e) = self.open(options) {
                eprintln!("threadsnake: what profilers read cannot be written: {e}");
            }
        }
        let front = &region.code.front;
        let line = front.pos(region.header as usize).line;
        let name = format!("py::{} {}:{line}", front.qualname, front.filename);
        let s = symbol(&code.compiled, mem, &name);
        if let Some(map) = &mut self.map
            && perf_map(map, &s).is_err()
        {
            self.map = None;
        }
        if let Some(dump) = &mut self.dump {
            // SAFETY: the published bytes of code that is not released; nobody writes them but patch points, a word at a
            // time, and which of its two forms is copied does not matter.
            let bytes = unsafe { std::slice::from_raw_parts(s.start as *const u8, s.len) }.to_vec();
            if dump.load(&s, &bytes).is_err() {
                self.dump = None;
            }
        }
        if options.gdb {
            self.known.push((s.start, gdb::register(&s)));
        }
    }

    /// The code is about to be freed.
    pub fn forget(&mut self, dead: &[Arc<Code>]) {
        if !self.known.is_empty() {
            let starts = |at: &usize| {
                dead.iter()
                    .any(|c| c.compiled.addresses(&c.memory).start == *at)
            };
            self.known.retain(|(at, _)| !starts(at));
        }
    }

    fn open(&mut self, options: &JitOptions) -> io::Result<()> {
        let pid = std::process::id();
        if options.perf {
            self.map = Some(File::create(format!("/tmp/perf-{pid}.map"))?);
        }
        if options.perf_dump {
            let mut file = File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(true)
                .open(format!("jit-{pid}.dump"))?;
            file.flush()?;
            // perf finds the file by this mapping, which stays until the process ends.
            // SAFETY: a fresh private mapping, which nothing reads.
            let p = unsafe {
                libc::mmap(
                    std::ptr::null_mut(),
                    4096,
                    libc::PROT_READ | libc::PROT_EXEC,
                    libc::MAP_PRIVATE,
                    file.as_raw_fd(),
                    0,
                )
            };
            if p == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            self.dump = Some(JitDump::new(BufWriter::new(file))?);
        }
        Ok(())
    }
}
