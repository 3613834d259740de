//! The one façade over synchronisation primitives.
//!
//! Everything in the workspace that synchronises takes its types from here, so that the same source runs
//!
//! * for real: plain `std` atomics (object headers are made of them), locks that sleep on words of their own;
//! * under `--cfg loom`: loom's types, whose every interleaving and every stale read is explored;
//! * under `--cfg shuttle`: shuttle's types, scheduled at random from a printed seed.
//!
//! The three have one interface, `parking_lot`'s: `lock()` gives a guard, `Condvar::wait` takes `&mut` guard.
//! What only the real build offers (`OnceLock`, `LazyLock`, channels, ...) is used by no checked protocol.

#[cfg(not(any(loom, shuttle)))]
mod futex;
#[cfg(not(any(loom, shuttle)))]
mod real;
#[cfg(not(any(loom, shuttle)))]
pub use real::*;
#[cfg(not(any(loom, shuttle)))]
pub mod asymmetric;

#[cfg(any(loom, shuttle))]
mod model;
#[cfg(any(loom, shuttle))]
pub use model::*;

/// Models copy no process.
///
/// # Safety
/// None is needed here.
#[cfg(any(loom, shuttle))]
pub unsafe fn renew<T>(_lock: &Mutex<T>) {}

/// The two halves of a fence, which are plain fences in models.
#[cfg(any(loom, shuttle))]
pub mod asymmetric {
    use super::atomic::{Ordering::SeqCst, fence};
    /// Nothing to prepare.
    pub fn prepare() {}
    /// The half that is passed often.
    pub fn light_fence() {
        fence(SeqCst);
    }
    /// The half that is passed seldom.
    pub fn heavy_fence() {
        fence(SeqCst);
    }
}

/// Types that no model sees in any build: for what watches a protocol from outside, such as the counters of its own tests.
pub mod unmodelled {
    pub use std::sync::Mutex;
    pub use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
    pub use std::thread::{available_parallelism, scope};
}
