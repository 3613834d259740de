//! A thread that compiles, so that those that run Python go on meanwhile.
//!
//! It begins with the first job and belongs to the runtime, but is not attached to it: it touches IR, code memory and the
//! tables of regions and watchers, which have locks, and no object. What it has done with is given to [`Worker::spent`], so
//! that the last reference to a recording, and with it those to the objects that it names, goes in an attached thread (**K1**).
//! A region whose job waits is `busy` until the job is done; whoever does it clears that (**K2**).

use super::close;
use super::region::{Kept, Region};
use super::state::Jit;
use std::collections::VecDeque;
use threadsnake_threads::sync::thread::{Builder, JoinHandle};
use threadsnake_threads::sync::{Arc, Condvar, Mutex};
use threadsnake_threads::tier::Tier;

/// Jobs that may wait: with more, nothing new is recorded.
const WAITING: usize = 4;

/// Bytes of the thread's stack.
const STACK: usize = 8 << 20;

/// A region to be compiled for a tier.
struct Job {
    jit: *const Jit,
    region: *const Region,
    kept: Arc<Kept>,
    tier: Tier,
}

// SAFETY: what the pointers lead to may be used from any thread, and lives until `Worker::stop` has returned.
unsafe impl Send for Job {}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// The worker is at one.
    working: bool,
    stop: bool,
    thread: Option<JoinHandle<()>>,
    /// See K1.
    spent: Vec<Arc<Kept>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// The state has changed.
    changed: Condvar,
}

/// See the module.
#[derive(Default)]
pub struct Worker {
    shared: Arc<Shared>,
}

impl Worker {
    /// Gives it a job. `false`: there is no thread; the caller compiles for itself.
    pub fn add(&self, jit: &Jit, region: &Region, kept: &Arc<Kept>, tier: Tier) -> bool {
        let mut state = self.shared.state.lock();
        if state.stop {
            return false;
        }
        if state.thread.is_none() {
            let shared = self.shared.clone();
            let thread = Builder::new()
                .name("threadsnake-jit".into())
                .stack_size(STACK);
            match thread.spawn(move || run(&shared)) {
                Ok(t) => state.thread = Some(t),
                Err(_) => return false,
            }
        }
        state.jobs.push_back(Job {
            jit,
            region,
            kept: kept.clone(),
            tier,
        });
        self.shared.changed.notify_all();
        true
    }

    /// Whether more can be taken on.
    pub fn is_free(&self) -> bool {
        self.shared.state.lock().jobs.len() < WAITING
    }

    /// Waits until there is nothing left to do.
    pub fn settle(&self) {
        let mut state = self.shared.state.lock();
        while state.working || !state.jobs.is_empty() {
            self.shared.changed.wait(&mut state);
        }
    }

    /// Recordings that the worker has done with, to be dropped by an attached thread.
    pub fn spent(&self) -> Vec<Arc<Kept>> {
        std::mem::take(&mut self.shared.state.lock().spent)
    }

    /// After a fork, in the copy: there is no such thread any more, and none is begun.
    pub fn forget(&self) {
        let mut state = self.shared.state.lock();
        state.stop = true;
        std::mem::forget(state.thread.take());
    }

    /// Ends the thread; jobs that wait are not done.
    pub fn stop(&self) {
        let thread = {
            let mut state = self.shared.state.lock();
            state.stop = true;
            self.shared.changed.notify_all();
            state.thread.take()
        };
        if let Some(t) = thread {
            // It does not panic: the compiler's panics are errors.
            let _ = t.join();
        }
    }
}

fn run(shared: &Shared) {
    // They have to interrupt system calls of threads that run Python.
    crate::modules::signal::leave_to_others();
    let mut state = shared.state.lock();
    while !state.stop {
        // Short ones first: long ones keep many waiting.
        let least = state
            .jobs
            .iter()
            .enumerate()
            .min_by_key(|(_, j)| j.kept.size);
        let Some(job) = least.map(|(n, _)| n).and_then(|n| state.jobs.remove(n)) else {
            shared.changed.wait(&mut state);
            continue;
        };
        state.working = true;
        drop(state);
        // SAFETY: see `Job`.
        let (jit, region) = unsafe { (&*job.jit, &*job.region) };
        close::compile_now(jit, region, &job.kept, job.tier);
        state = shared.state.lock();
        state.spent.push(job.kept);
        state.working = false;
        shared.changed.notify_all();
    }
}
