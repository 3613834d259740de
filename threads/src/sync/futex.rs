//! Locks and conditions that sleep on a word of their own, in parking_lot's shape (`lock_api` is its interface).
//!
//! parking_lot keeps who sleeps in one table for the whole process, behind locks. A copy that `fork` makes of the process has
//! this table as it was, with a lock held for ever if another thread was at it just then, and threads in it that are not there. What the kernel
//! keeps of a futex is by address and by thread: nothing of it is left over in a copy, where only locks remain that another thread had
//! ([`renew`]).
//!
//! The lock is the one of U. Drepper, "Futexes Are Tricky" (2011), section 6, mutex 2:
//!
//! | word | state                                                   |
//! |------|---------------------------------------------------------|
//! | 0    | free                                                    |
//! | 1    | taken, and nobody sleeps                                |
//! | 2    | taken, and somebody may sleep: who releases it wakes one |
//!
//! A condition is a counter of its wake-ups: who waits reads it while holding the lock, and sleeps until it has changed. How
//! many wait is counted before the lock is released, so that no wake-up that comes after it is left out.

use parking_lot::lock_api::{self, GuardNoSend, RawMutex};
use std::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
};
use std::time::Duration;

/// See the module.
#[derive(Debug)]
pub struct Futex(AtomicU32);

/// A mutex that knows nothing of poison.
pub type Mutex<T> = lock_api::Mutex<Futex, T>;
/// Has the mutex until it is dropped.
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, Futex, T>;

/// So often a lock is looked at before its thread goes to sleep.
const SPINS: u32 = 40;

// SAFETY: only who has changed the word from 0 has the lock, until it is 0 again.
unsafe impl RawMutex for Futex {
    #[allow(clippy::declare_interior_mutable_const)]
    const INIT: Self = Futex(AtomicU32::new(0));
    type GuardMarker = GuardNoSend;

    #[inline]
    fn lock(&self) {
        if !self.try_lock() {
            self.lock_slow();
        }
    }

    #[inline]
    fn try_lock(&self) -> bool {
        self.0.compare_exchange(0, 1, Acquire, Relaxed).is_ok()
    }

    #[inline]
    unsafe fn unlock(&self) {
        if self.0.swap(0, Release) == 2 {
            wake_one(&self.0);
        }
    }

    fn is_locked(&self) -> bool {
        self.0.load(Relaxed) != 0
    }
}

impl Futex {
    #[cold]
    fn lock_slow(&self) {
        for _ in 0..SPINS {
            match self.0.load(Relaxed) {
                0 if self.try_lock() => return,
                2 => break,
                _ => std::hint::spin_loop(),
            }
        }
        while self.0.swap(2, Acquire) != 0 {
            sleep_on(&self.0, 2, FOREVER);
        }
    }
}

/// Longer than anybody waits.
const FOREVER: Duration = Duration::from_secs(1 << 30);

/// A condition variable.
#[derive(Debug, Default)]
pub struct Condvar {
    /// Wake-ups, by anyone.
    wakes: AtomicU32,
    /// How many wait, at least. By those.
    waiting: AtomicU32,
}

impl Condvar {
    /// Nobody waits.
    pub const fn new() -> Self {
        Condvar {
            wakes: AtomicU32::new(0),
            waiting: AtomicU32::new(0),
        }
    }

    /// Releases the mutex, waits, takes it again. May wake for no reason.
    pub fn wait<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>) {
        self.wait_for(guard, FOREVER);
    }

    /// The same, not longer than this.
    pub fn wait_for<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>, limit: Duration) {
        self.waiting.fetch_add(1, SeqCst);
        let seen = self.wakes.load(SeqCst);
        MutexGuard::unlocked(guard, || sleep_on(&self.wakes, seen, limit));
        self.waiting.fetch_sub(1, Relaxed);
    }

    /// Wakes one who waits.
    pub fn notify_one(&self) {
        self.notify(1);
    }

    /// Wakes all who wait.
    pub fn notify_all(&self) {
        self.notify(i32::MAX);
    }

    #[inline]
    fn notify(&self, most: i32) {
        self.wakes.fetch_add(1, SeqCst);
        if self.waiting.load(SeqCst) != 0 {
            wake(&self.wakes, most);
        }
    }
}

/// In a copy of the process: lets go of a lock that a thread may have which is not there.
///
/// # Safety
/// This is the only thread of the process, it does not hold the lock, and what that guards is as it should be.
pub unsafe fn renew<T>(lock: &Mutex<T>) {
    if lock.is_locked() {
        // SAFETY: the caller's; nobody else can let go of it.
        unsafe { lock.force_unlock() };
    }
}

/// Sleeps while the word is `expected`, until it is [woken](wake_one) or the time is over; may wake for no reason. What the
/// kernel keeps of this is by address, so nothing of it is left over in a copy of the process.
#[cfg(target_os = "linux")]
pub fn sleep_on(word: &AtomicU32, expected: u32, limit: Duration) {
    let time = libc::timespec {
        tv_sec: limit.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: limit.subsec_nanos().into(),
    };
    // SAFETY: the word and the time outlive the call.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            expected,
            &raw const time,
        );
    }
}

/// Sleeps a moment while the word is `expected`; nobody wakes it.
#[cfg(not(target_os = "linux"))]
pub fn sleep_on(word: &AtomicU32, expected: u32, limit: Duration) {
    if word.load(Relaxed) == expected {
        std::thread::sleep(limit.min(Duration::from_micros(100)));
    }
}

#[cfg(not(target_os = "linux"))]
fn wake(_word: *const AtomicU32, _most: i32) {}

/// Wakes one who [sleeps](sleep_on) on the word.
pub fn wake_one(word: &AtomicU32) {
    wake(word, 1);
}

/// The same where the word may be gone by now: only its address counts.
pub fn wake_at(word: *const AtomicU32) {
    wake(word, 1);
}

#[cfg(target_os = "linux")]
fn wake(word: *const AtomicU32, most: i32) {
    // SAFETY: the kernel does not look at the word.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word,
            libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
            most,
        );
    }
}
