//! A thread's cache of what look-ups through types find: `(version of the type, name) → value`.
//!
//! Versions are never given twice, so a version names one type in one state, and an entry needs no other check.
//!
//! Invariants
//! - L1: the cache belongs to one thread. No count is held: the value stands in a dictionary of the type's MRO as long as
//!   the type has that version. A change of a type gives it a new version before the old value is let go of.
//! - L2: in Multi another thread may be in the middle of such a change, and this thread may not see the new version yet. What
//!   the entry says was true a moment ago then, and the old value is still readable: it was in a dictionary, so its end waits
//!   for a grace period that began after the new version was stored. That ends only after a safepoint of this thread, and
//!   with that safepoint it sees the new version. So it may be counted like any word loaded from the heap (O2 of `obj`).

use super::value::Value;
use std::cell::Cell;

const SIZE: usize = 1024;
/// Versions from here on may be given more than once (`Runtime::next_version`).
const LAST_VERSION: u32 = u32::MAX - 2_000_000;

/// Whether a version names one state of one type.
#[inline(always)]
pub fn is_unique(version: u32) -> bool {
    version < LAST_VERSION
}

/// What an entry says of a name.
#[derive(Clone, Copy)]
pub struct Hit {
    /// The value, uncounted; empty if no class has the name.
    pub value: Value,
    /// Which class of the MRO has it.
    pub at: u32,
}

#[derive(Default)]
struct Entry {
    name: Cell<u64>,
    value: Cell<u64>,
    version: Cell<u32>,
    at: Cell<u32>,
}

/// See the module's head.
pub struct LookupCache(Box<[Entry]>);

impl Default for LookupCache {
    fn default() -> Self {
        LookupCache((0..SIZE).map(|_| Entry::default()).collect())
    }
}

#[inline(always)]
fn place(version: u32, name: Value) -> usize {
    ((name.0 >> 4) as usize ^ (name.0 >> 14) as usize ^ version as usize) & (SIZE - 1)
}

impl LookupCache {
    /// What is known of `name` in the type that has `version`, which is not 0.
    #[inline(always)]
    pub fn get(&self, version: u32, name: Value) -> Option<Hit> {
        let e = &self.0[place(version, name)];
        if e.version.get() == version && e.name.get() == name.0 {
            Some(Hit {
                value: Value(e.value.get()),
                at: e.at.get(),
            })
        } else {
            None
        }
    }
    /// Remembers what a look-up found that began after `version` was read.
    #[inline]
    pub fn set(&self, version: u32, name: Value, hit: Hit) {
        if !is_unique(version) {
            return;
        }
        let e = &self.0[place(version, name)];
        e.version.set(version);
        e.name.set(name.0);
        e.value.set(hit.value.0);
        e.at.set(hit.at);
    }
}
