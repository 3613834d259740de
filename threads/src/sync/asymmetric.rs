//! A fence in two halves: one that is passed often and costs nothing, one that is passed seldom and pays for both.
//!
//! Two threads each store a word, pass a half, and load the other's word: with a light half on one side and a heavy half on the
//! other, at least one of them sees the other's store, as with two sequentially consistent fences.
//!
//! The heavy half is Linux's `membarrier` (private, expedited): every thread of the process that is running passes a full
//! barrier while it is at it. Where the system does not offer it, both halves are plain fences.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed, Ordering::SeqCst, compiler_fence, fence};

/// The process is registered for `membarrier`. Written by [`prepare`], once true it stays so.
static REGISTERED: AtomicBool = AtomicBool::new(false);

#[cfg(target_os = "linux")]
fn membarrier(command: libc::c_int) -> bool {
    // SAFETY: the system call takes three integers and touches no memory.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}
#[cfg(target_os = "linux")]
const EXPEDITED: libc::c_int = libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED;
#[cfg(target_os = "linux")]
const REGISTER: libc::c_int = libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;

#[cfg(target_os = "linux")]
const SERIALISE: libc::c_int = libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE;
#[cfg(target_os = "linux")]
const REGISTER_SERIALISE: libc::c_int = libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;

#[cfg(not(target_os = "linux"))]
fn membarrier(_: i32) -> bool {
    false
}
#[cfg(not(target_os = "linux"))]
const EXPEDITED: i32 = 0;
#[cfg(not(target_os = "linux"))]
const REGISTER: i32 = 0;
#[cfg(not(target_os = "linux"))]
const SERIALISE: i32 = 0;
#[cfg(not(target_os = "linux"))]
const REGISTER_SERIALISE: i32 = 0;

/// To be called before the first pair of halves is needed: makes the light half light where that is possible. A thread that passed
/// the other kind of light half before has passed a full fence, which is as good.
///
/// It takes no time while the process has one thread; later the kernel waits for all its processors, some 10 to 20 ms (also in
/// [`can_serialise`], so that is asked for as well).
pub fn prepare() {
    if !REGISTERED.load(Relaxed) && membarrier(REGISTER) {
        membarrier(REGISTER_SERIALISE);
        REGISTERED.store(true, SeqCst);
    }
}

/// Whether [`serialise`] can be called from now on.
pub fn can_serialise() -> bool {
    membarrier(REGISTER_SERIALISE)
}

/// Every thread of the process executes a serialising instruction before the next one of its own: what it has fetched of
/// instructions that were overwritten, by whatever address, is forgotten. Some microseconds.
pub fn serialise() {
    fence(SeqCst);
    if !membarrier(SERIALISE) {
        // Registered, and refused all the same: no kernel does that.
        std::process::abort();
    }
}

/// Whether the light half is one for the compiler only, as it then stays.
pub fn is_light() -> bool {
    REGISTERED.load(Relaxed)
}

/// The half that is passed often.
#[inline(always)]
pub fn light_fence() {
    if REGISTERED.load(Relaxed) {
        compiler_fence(SeqCst);
    } else {
        fence(SeqCst);
    }
}

/// The half that is passed seldom: some microseconds.
#[cold]
pub fn heavy_fence() {
    fence(SeqCst);
    // Whoever passes the light half as a plain fence needs no more.
    if REGISTERED.load(Relaxed) && !membarrier(EXPEDITED) {
        // Registered, and refused all the same: no kernel does that.
        std::process::abort();
    }
}
