//! A cell for native state that several threads may change: exclusive access under the object's lock.
//!
//! - G1: the closure runs no Python, polls nothing, blocks nowhere and drops no `Obj`: take values out, drop them after.
//! - G2: it does not use the same cell again. Debug builds check; so the reference that it gets is the only one.
//!
//! In Single the object lock is a flag that nobody contends for; in Multi it excludes the other threads.

use crate::runtime::thread::Thread;
use std::cell::UnsafeCell;
use threadsnake_threads::header::Header;
#[cfg(debug_assertions)]
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};

/// See the module's head.
pub struct Guarded<T> {
    cell: UnsafeCell<T>,
    #[cfg(debug_assertions)]
    busy: AtomicBool,
}

// SAFETY: the content is only reached under the object's lock (`with`), or with the world stopped (`peek`).
unsafe impl<T: Send> Sync for Guarded<T> {}

impl<T> Guarded<T> {
    /// A cell with this content.
    pub const fn new(value: T) -> Guarded<T> {
        Guarded {
            cell: UnsafeCell::new(value),
            #[cfg(debug_assertions)]
            busy: AtomicBool::new(false),
        }
    }

    /// Runs `f` with the content, exclusively. `head` is the header of the object that the cell lies in (G1, G2).
    #[inline]
    pub fn with<R>(&self, th: &Thread, head: &Header, f: impl FnOnce(&mut T) -> R) -> R {
        let guard = th.lock(head);
        #[cfg(debug_assertions)]
        assert!(
            !self.busy.swap(true, Ordering::Relaxed),
            "G2: a guarded cell was entered twice"
        );
        // SAFETY: the lock excludes other threads; this one is not in here (G2).
        let r = f(unsafe { &mut *self.cell.get() });
        #[cfg(debug_assertions)]
        self.busy.store(false, Ordering::Relaxed);
        drop(guard);
        r
    }

    /// Replaces the content and gives the old one to the caller to drop.
    pub fn replace(&self, th: &Thread, head: &Header, value: T) -> T {
        self.with(th, head, |t| std::mem::replace(t, value))
    }

    /// The content, for `Native::traverse`.
    ///
    /// # Safety
    /// The world is stopped (every object lock is free then), or nobody else knows the object.
    #[inline]
    pub unsafe fn peek(&self) -> &T {
        // SAFETY: the caller says that nobody changes it.
        unsafe { &*self.cell.get() }
    }

    /// The content of a cell that nobody else refers to.
    pub fn get_mut(&mut self) -> &mut T {
        self.cell.get_mut()
    }
}

impl<T: Default> Guarded<T> {
    /// Takes the content out, leaving the default.
    pub fn take(&self, th: &Thread, head: &Header) -> T {
        self.replace(th, head, T::default())
    }
}
