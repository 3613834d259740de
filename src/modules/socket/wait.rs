//! Waiting for descriptors, and calls that may block.
//!
//! A thread that waits has let go of the runtime. It looks at its guard word now and then, so that an interrupt or a
//! limit of the host reaches it although the system has nothing to wake it for.

use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use std::time::{Duration, Instant};

/// Longest wait without a look at the guard word.
const SLICE: Duration = Duration::from_millis(50);

/// What a descriptor is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    Readable,
    Writable,
}

/// How long an operation may wait.
#[derive(Clone, Copy)]
pub enum Patience {
    /// Not at all.
    None,
    /// Until then.
    Deadline(Instant),
    /// As long as it takes.
    Forever,
}

impl Patience {
    /// From a timeout in nanoseconds, negative for none.
    pub fn of(timeout: i64) -> Patience {
        match timeout {
            0 => Patience::None,
            n if n < 0 => Patience::Forever,
            n => Instant::now()
                .checked_add(Duration::from_nanos(n as u64))
                .map_or(Patience::Forever, Patience::Deadline),
        }
    }
    /// The next wait in milliseconds; `None` when the time has come.
    pub fn slice(self) -> Option<i32> {
        let left = match self {
            Patience::None => return None,
            Patience::Forever => SLICE,
            Patience::Deadline(end) => {
                let now = Instant::now();
                if now >= end {
                    return None;
                }
                (end - now).min(SLICE)
            }
        };
        // Rounded up: a wait that ends too early would only be begun again.
        Some(left.as_nanos().div_ceil(1_000_000) as i32)
    }
}

/// Waits for a descriptor; whether it is ready.
pub fn wait(th: &Thread, fd: i32, until: Until, patience: Patience) -> Res<bool> {
    let events = match until {
        Until::Readable => libc::POLLIN,
        Until::Writable => libc::POLLOUT,
    };
    while let Some(ms) = patience.slice() {
        let (n, errno) = th.blocking(|| {
            let mut p = libc::pollfd {
                fd,
                events,
                revents: 0,
            };
            // SAFETY: one entry.
            let n = unsafe { libc::poll(&mut p, 1, ms) };
            (n, last_errno())
        });
        if n > 0 {
            return Ok(true);
        }
        if n < 0 && errno != libc::EINTR {
            return Err(th.os_error(errno, None));
        }
        th.poll()?;
    }
    Ok(false)
}

/// TimeoutError: timed out
#[cold]
pub fn timed_out(th: &Thread) -> Exc {
    th.err(TypeId::TimeoutError, "timed out")
}

/// Runs a call on a descriptor until it has a result, waiting as long as `patience` allows. `f` must not block where
/// `patience` is not `None` (it asks the system for `MSG_DONTWAIT`, or is known to be ready).
pub fn call(
    th: &Thread,
    fd: i32,
    until: Until,
    patience: Patience,
    mut f: impl FnMut() -> isize,
) -> Res<isize> {
    loop {
        let (n, errno) = th.blocking(|| {
            let n = f();
            (n, last_errno())
        });
        if n >= 0 {
            return Ok(n);
        }
        match errno {
            libc::EINTR => th.poll()?,
            libc::EAGAIN if !matches!(patience, Patience::None) => {
                if !wait(th, fd, until, patience)? {
                    return Err(timed_out(th));
                }
            }
            e => return Err(th.os_error(e, None)),
        }
    }
}
