//! A clock for Multi code, which does not count its safepoints.
//!
//! What can wait for a few safepoints (`LAZY` in a thread's guard word: dead objects in its limbo, the way back to Single) is
//! counted by the interpreter. Compiled code only looks whether there is something more urgent, and would run on for hours.
//! So a thread of the runtime, not attached to it, makes it urgent every millisecond ([`Domain::tick`]), less often where nothing
//! waits, not at all in Single.
//!
//! It begins with the first code that is compiled for Multi, and ends with the runtime. A copy of the process made by `fork` has
//! a clock of its own: nothing that the thread holds may be locked in the copy for ever, so it sleeps on a word of its own, and
//! ticks under a lock that it never waits for and that is held over the copying.

use std::time::Duration;
use threadsnake_threads::domain::Domain;
use threadsnake_threads::sync::atomic::{AtomicU32, Ordering};
use threadsnake_threads::sync::thread::{Builder, JoinHandle};
use threadsnake_threads::sync::{Arc, Mutex, sleep_on, wake_one};

/// Between two ticks.
const TICK: Duration = Duration::from_millis(1);
/// The same where nothing has waited for a while.
const LONG: Duration = Duration::from_millis(256);
/// In Single: until it is woken.
const NEVER: Duration = Duration::from_secs(3600);
/// Bytes of the thread's stack.
const STACK: usize = 128 << 10;

/// Bit of [`Shared::word`]: the thread ends. Set once.
const STOP: u32 = 1;
/// Bit of [`Shared::word`]: the mode has become Multi. Set by anyone, cleared by the thread.
const WOKEN: u32 = 2;

#[derive(Default)]
struct Shared {
    /// What is asked of the thread, which sleeps on it.
    word: AtomicU32,
    /// Held by the thread while it ticks, and over a copying of the process.
    busy: Mutex<()>,
}

/// See the module.
#[derive(Default)]
pub struct Ticker {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Ticker {
    /// Has the clock run from now on. Where the system has no thread for it, the next call tries again.
    pub fn begin(&self, domain: &Arc<Domain>) {
        let mut thread = self.thread.lock();
        if thread.is_some() || self.shared.word.load(Ordering::Relaxed) & STOP != 0 {
            return;
        }
        let (shared, domain) = (self.shared.clone(), domain.clone());
        let new = Builder::new()
            .name("threadsnake-clock".into())
            .stack_size(STACK);
        *thread = new.spawn(move || run(&shared, &domain)).ok();
    }

    /// The mode has become Multi. From anywhere, under any lock.
    pub fn wake(&self) {
        self.ask(WOKEN);
    }

    fn ask(&self, what: u32) {
        if self.shared.word.fetch_or(what, Ordering::Release) & what == 0 {
            wake_one(&self.shared.word);
        }
    }

    /// Runs `f`, which copies the process and is zero in the copy; there the clock begins anew if it ran.
    pub fn over_copy(&self, domain: &Arc<Domain>, f: impl FnOnce() -> i32) -> i32 {
        let busy = self.shared.busy.lock();
        let copy = f();
        drop(busy);
        if copy == 0 {
            let gone = self.thread.lock().take();
            if let Some(gone) = gone {
                std::mem::forget(gone);
                self.begin(domain);
            }
        }
        copy
    }

    /// Ends the thread.
    pub fn stop(&self) {
        self.ask(STOP);
        let thread = self.thread.lock().take();
        if let Some(t) = thread {
            // It does not panic.
            let _ = t.join();
        }
    }
}

fn run(shared: &Shared, domain: &Domain) {
    // They have to interrupt system calls of threads that run Python.
    crate::modules::signal::leave_to_others();
    let mut pause = TICK;
    loop {
        let asked = shared.word.fetch_and(!WOKEN, Ordering::Acquire);
        if asked & STOP != 0 {
            return;
        }
        if asked & WOKEN != 0 {
            pause = TICK;
        }
        sleep_on(&shared.word, 0, pause);
        if shared.word.load(Ordering::Relaxed) != 0 {
            continue;
        }
        let Some(_busy) = shared.busy.try_lock() else {
            continue;
        };
        pause = match domain.tick() {
            None => NEVER,
            Some(true) => TICK,
            Some(false) => (pause * 2).min(LONG),
        };
    }
}
