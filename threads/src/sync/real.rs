//! The real build: std and parking_lot as they are.

pub use std::sync::{Arc, Barrier, LazyLock, Once, OnceLock, Weak, mpsc};
pub use std::{hint, thread, thread_local};

pub use parking_lot::{
    Condvar, MappedMutexGuard, MappedRwLockReadGuard, MappedRwLockWriteGuard, Mutex, MutexGuard,
    ReentrantMutex, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
    WaitTimeoutResult,
};

/// Takes all who wait out of the queues of a lock and of a condition: in a copy of the process they are not there.
pub fn forget_waiting<T>(lock: &Mutex<T>, condition: &Condvar) {
    // SAFETY: the raw lock is not used but for its address. The keys are those of the two, whose waiters are woken.
    unsafe {
        let raw = std::ptr::from_ref(lock.raw()) as usize;
        for key in [raw, std::ptr::from_ref(condition) as usize] {
            parking_lot_core::unpark_all(key, parking_lot_core::DEFAULT_UNPARK_TOKEN);
        }
    }
}

/// Sleeps while the word is `expected`, until it is [woken](wake_one) or the time is over; may wake for no reason. What the
/// kernel keeps of this is by address, so nothing of it is left over in a copy of the process.
#[cfg(target_os = "linux")]
pub fn sleep_on(word: &atomic::AtomicU32, expected: u32, limit: std::time::Duration) {
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
pub fn sleep_on(word: &atomic::AtomicU32, expected: u32, limit: std::time::Duration) {
    if word.load(atomic::Ordering::Relaxed) == expected {
        std::thread::sleep(limit.min(std::time::Duration::from_micros(100)));
    }
}

/// Wakes one who [sleeps](sleep_on) on the word.
#[cfg(not(target_os = "linux"))]
pub fn wake_one(_word: &atomic::AtomicU32) {}

/// Wakes one who [sleeps](sleep_on) on the word.
#[cfg(target_os = "linux")]
pub fn wake_one(word: &atomic::AtomicU32) {
    // SAFETY: the kernel does not look at the word.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
            1,
        );
    }
}

/// In a copy of the process: [`forget_waiting`], and lets go of the lock, which a thread may have that is not there.
///
/// # Safety
/// This is the only thread of the process, and it does not hold the lock.
pub unsafe fn renew<T>(lock: &Mutex<T>, condition: &Condvar) {
    forget_waiting(lock, condition);
    if lock.is_locked() {
        // SAFETY: the caller's; nobody else can let go of it.
        unsafe { lock.force_unlock() };
    }
}

/// Atomic types, fences and orderings, laid out as the integers they hold.
pub mod atomic {
    pub use std::sync::atomic::{
        AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8,
        AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, compiler_fence, fence,
    };
}

/// A cell whose reads and writes loom checks for races; here it is `std`'s.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// A cell holding `value`.
    pub const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Calls `f` with a pointer that it may read through.
    #[inline(always)]
    pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    /// Calls `f` with a pointer that it may write through.
    #[inline(always)]
    pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }

    /// The value, when nobody else can have it.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}
