//! Parking of threads by address: a table of queues, in models a smaller one.
//!
//! Park and unpark by the same key exclude each other: `validate` and the unparker's callback run under the
//! bucket's lock, so a waiter that has checked the word cannot miss the wake-up that follows its change.
//!
//! 1. The waiter takes the bucket's lock and looks at the word (`validate`). If it need not wait, it returns.
//! 2. Else it enters itself and sleeps; the lock is released with that.
//! 3. Who changes the word takes the same lock, takes one waiter out, changes the word (`change`), then wakes.
//!
//! | entry of a waiter  | state                                                                                  |
//! |--------------------|----------------------------------------------------------------------------------------|
//! | none               | it runs: it has not looked yet, or `validate` said no, or it was taken out              |
//! | in the bucket      | `validate` held under the bucket's lock; the word has not been changed since but by those who take out |
//! | taken out          | `change` has run, or is running; it wakes once the bucket's lock is free                |
//!
//! No word and no ordering of its own: the bucket's lock orders both closures. Not checked: the table itself; models
//! have the small one below, which wakes all and lets each look for its ticket.

#[cfg(not(any(loom, shuttle)))]
use crate::sync::atomic::{AtomicU32, Ordering::Acquire, Ordering::Release};
#[cfg(not(any(loom, shuttle)))]
use crate::sync::{Mutex, sleep_on, wake_at};
#[cfg(not(any(loom, shuttle)))]
use std::collections::VecDeque;
#[cfg(not(any(loom, shuttle)))]
use std::time::Duration;

/// Where threads sleep until somebody wakes the key that they sleep on. One for a domain.
#[derive(Debug, Default)]
pub struct ParkingLot {
    #[cfg(not(any(loom, shuttle)))]
    buckets: [Mutex<VecDeque<Sleeper>>; BUCKETS],
    #[cfg(any(loom, shuttle))]
    queue: crate::sync::Mutex<Vec<(usize, usize)>>,
    #[cfg(any(loom, shuttle))]
    woken: crate::sync::Condvar,
}

#[cfg(not(any(loom, shuttle)))]
const BUCKETS: usize = 32;

/// An entry of a bucket.
#[cfg(not(any(loom, shuttle)))]
#[derive(Debug)]
struct Sleeper {
    key: usize,
    /// On the sleeper's stack: 0 until it is taken out.
    woken: *const AtomicU32,
}

// SAFETY: the word is touched under the bucket's lock while the entry is there, so while its owner sleeps.
#[cfg(not(any(loom, shuttle)))]
unsafe impl Send for Sleeper {}

impl ParkingLot {
    /// An empty lot.
    pub fn new() -> Self {
        Self::default()
    }
}

#[cfg(not(any(loom, shuttle)))]
impl ParkingLot {
    fn bucket(&self, key: usize) -> &Mutex<VecDeque<Sleeper>> {
        &self.buckets[(key >> 4) % BUCKETS]
    }

    /// Sleeps on `key` if `validate` holds, until woken.
    pub fn park(&self, key: usize, validate: impl FnOnce() -> bool) {
        let woken = AtomicU32::new(0);
        let mut bucket = self.bucket(key).lock();
        if !validate() {
            return;
        }
        bucket.push_back(Sleeper { key, woken: &woken });
        drop(bucket);
        while woken.load(Acquire) == 0 {
            sleep_on(&woken, 0, Duration::from_secs(3600));
        }
    }

    /// Wakes one sleeper on `key`; `change` runs before it can run, with whether there are more.
    pub fn unpark_one(&self, key: usize, change: impl FnOnce(bool)) {
        let mut bucket = self.bucket(key).lock();
        let first = bucket.iter().position(|s| s.key == key);
        let first = first.and_then(|at| bucket.remove(at));
        change(bucket.iter().any(|s| s.key == key));
        if let Some(s) = first {
            // SAFETY: its owner sleeps until the word is set.
            unsafe { (*s.woken).store(1, Release) };
            wake_at(s.woken);
        }
    }

    /// In a copy of the process: nobody sleeps, and nobody is at a bucket.
    ///
    /// # Safety
    /// This is the only thread of the process, and it is at no bucket.
    pub unsafe fn renew(&self) {
        for bucket in &self.buckets {
            // SAFETY: the caller's. A queue that somebody was changing is left as it is, not looked at.
            unsafe {
                bucket.data_ptr().write(VecDeque::new());
                crate::sync::renew(bucket);
            }
        }
    }
}

#[cfg(any(loom, shuttle))]
impl ParkingLot {
    /// Models copy no process.
    ///
    /// # Safety
    /// None is needed here.
    pub unsafe fn renew(&self) {}
}

#[cfg(any(loom, shuttle))]
impl ParkingLot {
    /// Sleeps on `key` if `validate` holds, until woken.
    pub fn park(&self, key: usize, validate: impl FnOnce() -> bool) {
        let mut queue = self.queue.lock();
        if !validate() {
            return;
        }
        let ticket = queue.iter().map(|q| q.1).max().unwrap_or(0) + 1;
        queue.push((key, ticket));
        while queue.contains(&(key, ticket)) {
            self.woken.wait(&mut queue);
        }
    }

    /// Wakes one sleeper on `key`; `change` runs before it can run, with whether there are more.
    pub fn unpark_one(&self, key: usize, change: impl FnOnce(bool)) {
        let mut queue = self.queue.lock();
        if let Some(at) = queue.iter().position(|q| q.0 == key) {
            queue.remove(at);
        }
        change(queue.iter().any(|q| q.0 == key));
        self.woken.notify_all();
    }
}
