//! The table of weak references: from an object's address to the references that watch it.
//!
//! Invariants
//! - W1: an object has HAS_WEAKREF exactly if the table has (or had) an entry for its address; entries are removed by
//!   `object_dies`, which is called once before the memory is freed.
//! - W2: a reference is read (`upgrade`) and killed under the lock of its shard, and counted by `try_inc`, which refuses an
//!   object whose count is zero for good.

use crate::object::Obj;
use foldhash::HashMap;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};
use threadsnake_threads::sync::{Arc, Mutex};

/// The cell that a weak reference reads: the object's address, or 0 when it is gone.
pub struct WeakCell {
    /// Raw word of the object.
    pub target: AtomicU64,
}

/// One watcher.
pub struct Watcher {
    /// What it reads.
    pub cell: Arc<WeakCell>,
    /// The reference object (raw, uncounted: it removes itself when it dies), 0 for none.
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

    /// Kills every reference to the object; gives callbacks and the references to call them with.
    pub fn object_dies(&self, addr: u64) -> Vec<(Obj, Obj)> {
        let watchers = match self.shard(addr).lock().remove(&addr) {
            Some(w) => w,
            None => return Vec::new(),
        };
        let th = crate::runtime::thread::current();
        let mut out = Vec::new();
        for w in watchers {
            w.cell.target.store(0, Ordering::Release);
            if let (Some(cb), true) = (w.callback, w.reference != 0) {
                if let Some(r) = crate::builtins::weakref::upgrade_raw(th, w.reference) {
                    out.push((cb, r));
                }
            }
        }
        out
    }
}
