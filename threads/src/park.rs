//! Parking of threads by address: `parking_lot_core`'s table, or a small modelled one.
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
//! No word and no ordering of its own: the bucket's lock orders both closures. Not checked: `parking_lot_core` itself; models
//! have the small table below, which wakes all and lets each look for its ticket.

/// Where threads sleep until somebody wakes the key that they sleep on. One for a domain.
#[derive(Debug, Default)]
pub struct ParkingLot {
    #[cfg(any(loom, shuttle))]
    queue: crate::sync::Mutex<Vec<(usize, usize)>>,
    #[cfg(any(loom, shuttle))]
    woken: crate::sync::Condvar,
}

impl ParkingLot {
    /// An empty lot.
    pub fn new() -> Self {
        Self::default()
    }
}

#[cfg(not(any(loom, shuttle)))]
impl ParkingLot {
    /// Sleeps on `key` if `validate` holds, until woken.
    pub fn park(&self, key: usize, validate: impl FnOnce() -> bool) {
        // SAFETY: the key is the address of an object that the caller keeps alive, and neither closure panics or
        // calls into parking_lot.
        unsafe {
            parking_lot_core::park(
                key,
                validate,
                || {},
                |_, _| {},
                parking_lot_core::DEFAULT_PARK_TOKEN,
                None,
            );
        }
    }

    /// Wakes one sleeper on `key`; `change` runs before it can run, with whether there are more.
    pub fn unpark_one(&self, key: usize, change: impl FnOnce(bool)) {
        // SAFETY: as in `park`.
        unsafe {
            parking_lot_core::unpark_one(key, |result| {
                change(result.have_more_threads);
                parking_lot_core::DEFAULT_UNPARK_TOKEN
            });
        }
    }
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
