//! The lock of a stream: held for a whole operation, in which Python code may run and calls may block. The thread that has
//! it may take it again.
//!
//! - `owner` is the ident of the thread that has it, 0 for none; only that thread changes `depth`.

use crate::runtime::thread::Thread;
use std::time::Duration;
use threadsnake_threads::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use threadsnake_threads::sync::{Condvar, Mutex};

/// See the module's head.
#[derive(Default)]
pub struct IoLock {
    owner: AtomicU64,
    depth: AtomicU32,
    waiting: AtomicU32,
    mutex: Mutex<()>,
    free: Condvar,
}

/// Lets go when dropped.
pub struct IoGuard<'a>(&'a IoLock);

impl IoLock {
    /// Takes the lock, waiting for whoever has it.
    #[inline]
    pub fn lock(&self, th: &Thread) -> IoGuard<'_> {
        let me = th.ident;
        if self.owner.load(Ordering::Relaxed) == me {
            self.depth.fetch_add(1, Ordering::Relaxed);
            return IoGuard(self);
        }
        // Acquire: what the last owner did is seen.
        if self
            .owner
            .compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            self.wait(th, me);
        }
        IoGuard(self)
    }

    #[cold]
    fn wait(&self, th: &Thread, me: u64) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        th.blocking(|| {
            let mut g = self.mutex.lock();
            while self
                .owner
                .compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed)
                .is_err()
            {
                // The time-out stands in for a wake-up between the look above and the wait.
                self.free.wait_for(&mut g, Duration::from_millis(2));
            }
        });
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for IoGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        let l = self.0;
        if l.depth.load(Ordering::Relaxed) > 0 {
            l.depth.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        // Release: pairs with the next owner's acquire.
        l.owner.store(0, Ordering::Release);
        if l.waiting.load(Ordering::Relaxed) > 0 {
            l.free.notify_one();
        }
    }
}
