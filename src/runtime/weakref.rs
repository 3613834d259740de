//! The table of weak references: from an object's address to the references that watch it.
//!
//! Invariants
//! - W1: an object has HAS_WEAKREF exactly if the table has (or had) an entry for its address; entries are removed by
//!   `object_dies`, which is called once before the memory is freed.
//! - W2: a reference is read (`upgrade`) and killed under the lock of its shard, and counted by `try_inc`, which refuses an
//!   object whose count is zero for good.
//! - W3: object and reference are PUBLISHED when they are entered, so in Multi both go through the limbo: an object that
//!   is about to be destroyed is marked dead, and no `try_inc` revives it; one that its finaliser or a racing upgrade
//!   counted again is not destroyed at all (its second `dec` says so).
//! - W4: a reference object takes its watcher out when it dies, under the shard's lock; so the raw `reference` of a watcher
//!   is readable while that lock is held.
//! - W5: no `Obj` is dropped and no Python runs under a shard's lock.
//! - W6: a list of watchers is in the order in which they came; callbacks are called in that which `weakref` documents, the
//!   newest first.

use crate::object::Obj;
use foldhash::HashMap;
use threadsnake_threads::header::{HAS_WEAKREF, Header};
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};
use threadsnake_threads::sync::{Arc, Mutex};

/// The cell that a weak reference reads: the object's address, or 0 when it is gone.
#[derive(Default)]
pub struct WeakCell {
    /// Raw word of the object.
    pub target: AtomicU64,
}

/// One watcher.
pub struct Watcher {
    /// What it reads.
    pub cell: Arc<WeakCell>,
    /// The reference object (raw, uncounted: W4).
    pub reference: u64,
    /// Called with the reference when the object dies.
    pub callback: Option<Obj>,
}

const SHARDS: usize = 64;

/// See the module's head.
pub struct WeakRefs {
    shards: [Mutex<HashMap<u64, Vec<Watcher>>>; SHARDS],
}

impl Default for WeakRefs {
    fn default() -> Self {
        WeakRefs {
            shards: std::array::from_fn(|_| Mutex::new(HashMap::default())),
        }
    }
}

impl WeakRefs {
    /// The shard of an address.
    pub fn shard(&self, addr: u64) -> &Mutex<HashMap<u64, Vec<Watcher>>> {
        &self.shards[(addr >> 4) as usize % SHARDS]
    }

    /// Enters a watcher of the object with this header.
    pub fn watch(&self, head: &Header, reference: &Header, w: Watcher) {
        // W3
        head.publish();
        reference.publish();
        let addr = head as *const Header as u64;
        w.cell.target.store(addr, Ordering::Release);
        let mut s = self.shard(addr).lock();
        head.set(HAS_WEAKREF);
        s.entry(addr).or_default().push(w);
    }

    /// A new reference to the object that a cell watches.
    pub fn upgrade(&self, cell: &WeakCell) -> Option<Obj> {
        let th = crate::runtime::thread::current();
        let addr = cell.target.load(Ordering::Acquire);
        if addr == 0 {
            return None;
        }
        if !th.multi() {
            return crate::builtins::weakref::upgrade_raw(th, addr);
        }
        let _s = self.shard(addr).lock();
        if cell.target.load(Ordering::Acquire) == 0 {
            return None;
        }
        crate::builtins::weakref::upgrade_raw(th, addr)
    }

    /// Takes the watcher of a dying reference object out (W4); its callback is the caller's to drop.
    pub fn unwatch(&self, cell: &WeakCell, reference: u64) -> Option<Watcher> {
        let addr = cell.target.load(Ordering::Acquire);
        if addr == 0 {
            return None;
        }
        let mut s = self.shard(addr).lock();
        let list = s.get_mut(&addr)?;
        let i = list.iter().position(|w| w.reference == reference)?;
        let w = list.remove(i);
        if list.is_empty() {
            s.remove(&addr);
        }
        Some(w)
    }

    /// A new reference to the one without callback for which `fits` holds, given its header.
    pub fn plain(&self, addr: u64, fits: impl Fn(&Header) -> bool) -> Option<Obj> {
        let th = crate::runtime::thread::current();
        let s = self.shard(addr).lock();
        s.get(&addr)?
            .iter()
            .filter(|w| {
                // SAFETY: W4.
                w.callback.is_none() && fits(unsafe { &*(w.reference as *const Header) })
            })
            .find_map(|w| crate::builtins::weakref::upgrade_raw(th, w.reference))
    }

    /// New references to the reference objects that watch an address.
    pub fn references(&self, addr: u64) -> Vec<Obj> {
        let th = crate::runtime::thread::current();
        let s = self.shard(addr).lock();
        match s.get(&addr) {
            Some(l) => {
                // Those that may be handed out again come first, then the newest.
                let plain = |w: &&Watcher| w.callback.is_none();
                let rest = l.iter().rev().filter(|w| !plain(w));
                l.iter()
                    .filter(plain)
                    .chain(rest)
                    .filter_map(|w| crate::builtins::weakref::upgrade_raw(th, w.reference))
                    .collect()
            }
            None => Vec::new(),
        }
    }

    /// How many watch an address.
    pub fn count(&self, addr: u64) -> usize {
        self.shard(addr).lock().get(&addr).map_or(0, Vec::len)
    }

    /// As `object_dies` while the world is stopped: what cannot be dropped there goes to `later`.
    pub fn object_dies_stopped(&self, addr: u64, later: &mut Vec<(Obj, Obj)>) -> Vec<(Obj, Obj)> {
        let th = crate::runtime::thread::current();
        let mut out = Vec::new();
        let Some(watchers) = self.shard(addr).lock().remove(&addr) else {
            return out;
        };
        for w in watchers.into_iter().rev() {
            w.cell.target.store(0, Ordering::Release);
            if let Some(cb) = w.callback {
                match crate::builtins::weakref::upgrade_raw(th, w.reference) {
                    Some(r) => out.push((cb, r)),
                    None => later.push((cb, Obj::NONE)),
                }
            }
        }
        out
    }

    /// Kills every reference to the object; gives callbacks and the references to call them with.
    pub fn object_dies(&self, addr: u64) -> Vec<(Obj, Obj)> {
        let th = crate::runtime::thread::current();
        let mut out = Vec::new();
        let rest;
        {
            let mut s = self.shard(addr).lock();
            let Some(mut watchers) = s.remove(&addr) else {
                return out;
            };
            for w in watchers.iter_mut().rev() {
                w.cell.target.store(0, Ordering::Release);
                if w.callback.is_some() {
                    // W4: under the lock.
                    if let Some(r) = crate::builtins::weakref::upgrade_raw(th, w.reference) {
                        if let Some(cb) = w.callback.take() {
                            out.push((cb, r));
                        }
                    }
                }
            }
            rest = watchers;
        }
        // W5
        drop(rest);
        out
    }
}
