//! Which compiled code a location has in each mode, and when such code can be freed.
//!
//! # The table
//!
//! A [`TierEntry`] is two pointers, Single's and Multi's, null while there is none. It belongs to a loop header or a
//! function entry and lives as long as that. A thread picks by its own `multi` byte, which changes only at its own
//! safepoints, so a change of mode writes nothing here, whatever has been compiled; and Single code is entered by a
//! thread in Single only (**T1**). Code that is set aside by a change of mode stays where it is.
//!
//! # Protocol
//!
//! 1. **Publish**: in the critical section of [`crate::watch::Watchers::publish`], by one store.
//! 2. **Enter**: one load; then, before any safepoint, an [`Activation`] that names the code is put at the head of
//!    the thread's list (**T2**), and taken off when the thread leaves the code. Compiled code does the same with
//!    its own frame, or calls compiled code and is found by the VM's walk along the frame pointers.
//! 3. **Invalidate**: the pointer is taken out of the table, by compare-and-swap so that newer code stays. Threads
//!    that are inside leave at the next patch point ([`crate::patch`]).
//! 4. **Retire**: the code goes to the [`Graveyard`].
//! 5. **Free**, in [`Graveyard::collect`]: the world is stopped. Every thread is now at a safepoint, so by T2 who
//!    has ever loaded the pointer has an activation, or has left. Code that no activation and no return address
//!    (the hook `code_in_use`) names is given to who collects, to be freed when the world runs again. The rest waits for
//!    the next time. Until then its dependants stay registered, and go with it ([`Graveyard::collect_from`]): who is inside
//!    of code that is no longer entered must leave it like anybody else when a fact breaks.
//!
//! A stop is worth it from a number of bytes on; the owner decides when to collect.
//!
//! # Orderings
//!
//! Publishing is `Release`, entering `Acquire`: who gets the pointer sees the code. (On real machines the instruction
//! cache needs more; the code's owner sees to that before it publishes.)
//!
//! | pointer of a tier | state                                                                        |
//! |-------------------|------------------------------------------------------------------------------|
//! | null              | not compiled for this mode, or invalidated                                   |
//! | code              | may be entered by a thread in this mode; not in the graveyard                |
//!
//! # Not checked
//!
//! That compiled code which calls compiled code is found by the walk (`code_in_use`), and that no native code keeps an
//! address of compiled code of its own.

use crate::domain::Domain;
use crate::fault::{Fault, planted, weaken};
use crate::record::ThreadRecord;
use crate::sync::Mutex;
use crate::sync::atomic::{
    AtomicPtr,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use crate::watch::Watchers;
use std::hash::Hash;
use std::ptr::null_mut;

/// The two tiers; the numbers are those of a thread's `multi` byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Tier {
    /// Code for the only thread.
    Single = 0,
    /// Code for many threads.
    Multi = 1,
}

impl Tier {
    /// The tier that `me` runs now.
    #[inline(always)]
    pub fn of(me: &ThreadRecord) -> Tier {
        if me.is_multi() {
            Tier::Multi
        } else {
            Tier::Single
        }
    }
}

/// Offset of Single's pointer in a [`TierEntry`]; Multi's is 8 bytes after.
pub const SINGLE_OFFSET: usize = 0;

/// What one code location has been compiled to. See the module.
#[repr(C)]
#[derive(Debug)]
pub struct TierEntry {
    code: [AtomicPtr<()>; 2],
}

impl Default for TierEntry {
    fn default() -> Self {
        Self::new()
    }
}

impl TierEntry {
    /// A location without code.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Self {
            code: [AtomicPtr::new(null_mut()), AtomicPtr::new(null_mut())],
        }
    }

    /// A location without code.
    #[cfg(loom)]
    pub fn new() -> Self {
        Self {
            code: [AtomicPtr::new(null_mut()), AtomicPtr::new(null_mut())],
        }
    }

    /// Step 2: the code to enter, or null. To be followed by an activation before any safepoint.
    #[inline(always)]
    pub fn enter(&self, me: &ThreadRecord) -> *mut () {
        let tier = if planted(Fault::TierWrongMode) {
            Tier::Single as usize
        } else {
            // The byte is 0 or 1; `& 1` saves the bounds check.
            (me.multi.load(Relaxed) & 1) as usize
        };
        self.code[tier].load(weaken(Fault::TierEnterRelaxed, Acquire))
    }

    /// The code of `tier`, or null.
    pub fn get(&self, tier: Tier) -> *mut () {
        self.code[tier as usize].load(Acquire)
    }

    /// Step 1. Returns the code that was there before, to be retired.
    pub fn publish(&self, tier: Tier, code: *mut ()) -> *mut () {
        self.code[tier as usize].swap(code, weaken(Fault::TierPublishRelaxed, AcqRel))
    }

    /// Step 3: takes `code` out, if it is there.
    pub fn invalidate(&self, tier: Tier, code: *mut ()) -> bool {
        if planted(Fault::TierLeftIn) {
            return true;
        }
        self.code[tier as usize]
            .compare_exchange(code, null_mut(), AcqRel, Relaxed)
            .is_ok()
    }
}

/// That a thread is in a piece of compiled code; lives on the thread's stack.
#[repr(C)]
#[derive(Debug)]
pub struct Activation {
    /// The next outer one, or null.
    pub outer: *const Activation,
    /// The code, as [`TierEntry::enter`] gave it.
    pub code: *const (),
}

/// Takes the activation off again when dropped.
struct Active<'a> {
    me: &'a ThreadRecord,
    // Boxed by its owner's stack frame: see `ThreadRecord::activate`.
    activation: &'a Activation,
}

impl Drop for Active<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.me
            .activation
            .store(self.activation.outer.cast_mut().cast(), Release);
    }
}

impl ThreadRecord {
    /// Notes that this thread is in `code`, for the time of `f`.
    #[inline(always)]
    pub fn with_activation<R>(&self, code: *const (), f: impl FnOnce() -> R) -> R {
        let outer: *const Activation = self.activation.load(Relaxed).cast_const().cast();
        let activation = Activation { outer, code };
        self.activation
            .store((&raw const activation).cast_mut().cast(), Release);
        let _active = Active {
            me: self,
            activation: &activation,
        };
        f()
    }

    /// Whether an activation of this thread names `code`. The thread is held, or the caller.
    pub fn is_in_code(&self, code: *const ()) -> bool {
        let mut at: *const Activation = self.activation.load(Acquire).cast_const().cast();
        // SAFETY: activations live on the stack of a thread that stands still.
        while let Some(activation) = unsafe { at.as_ref() } {
            if std::ptr::eq(activation.code, code) {
                return true;
            }
            at = activation.outer;
        }
        false
    }
}

struct Corpse<T> {
    code: *const (),
    bytes: usize,
    owned: T,
}

// SAFETY: `code` is compared, not read.
unsafe impl<T: Send> Send for Corpse<T> {}

/// Code that cannot be entered any more and waits until nobody is inside. `T` owns it: dropping it frees the code.
pub struct Graveyard<T> {
    corpses: Mutex<Vec<Corpse<T>>>,
}

impl<T: Send> Default for Graveyard<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Send> Graveyard<T> {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            corpses: Mutex::new(Vec::new()),
        }
    }

    /// Step 4. `code` is what [`TierEntry::enter`] gave, and is in no table any more. Returns the bytes that now wait.
    pub fn retire(&self, code: *const (), bytes: usize, owned: T) -> usize {
        let mut corpses = self.corpses.lock();
        corpses.push(Corpse { code, bytes, owned });
        corpses.iter().map(|c| c.bytes).sum()
    }

    /// Bytes of code that wait.
    pub fn bytes(&self) -> usize {
        self.corpses.lock().iter().map(|c| c.bytes).sum()
    }

    /// Step 5: gives what nobody is inside of, to be dropped in the running world; a safepoint. Costs nothing if nothing
    /// waits.
    #[must_use]
    pub fn collect(&self, domain: &Domain, me: &ThreadRecord) -> Vec<T> {
        let dead = self.find_dead(domain, me);
        dead.into_iter().map(|c| c.owned).collect()
    }

    /// As [`Graveyard::collect`], of code that depends on facts: what it gives depends on none any more. `of` gives the code
    /// of a dependant.
    #[must_use]
    pub fn collect_from<K: Hash + Eq + Clone, D: Clone>(
        &self,
        domain: &Domain,
        me: &ThreadRecord,
        watchers: &Watchers<K, D>,
        of: impl Fn(&D) -> *const (),
    ) -> Vec<T> {
        let forget = |corpses: &[Corpse<T>]| {
            let mut places: Vec<*const ()> = corpses.iter().map(|c| c.code).collect();
            places.sort_unstable();
            if !places.is_empty() {
                watchers.forget(|d| places.binary_search(&of(d)).is_ok());
            }
        };
        if planted(Fault::TierForgetEarly) {
            forget(&self.corpses.lock());
        }
        let dead = self.find_dead(domain, me);
        forget(&dead);
        dead.into_iter().map(|c| c.owned).collect()
    }

    fn find_dead(&self, domain: &Domain, me: &ThreadRecord) -> Vec<Corpse<T>> {
        if self.corpses.lock().is_empty() {
            return Vec::new();
        }
        let sort = |used: &dyn Fn(*const ()) -> bool| {
            let mut corpses = self.corpses.lock();
            let mut dead = Vec::new();
            for corpse in std::mem::take(&mut *corpses) {
                if !planted(Fault::TierNoScan) && used(corpse.code) {
                    corpses.push(corpse);
                } else {
                    dead.push(corpse);
                }
            }
            dead
        };
        if planted(Fault::TierNoGrace) {
            sort(&|code| me.is_in_code(code))
        } else {
            domain.stop_the_world(me, |world| {
                sort(&|code| {
                    world
                        .threads()
                        .any(|t| t.is_in_code(code) || domain.hooks.code_in_use(t, code))
                })
            })
        }
    }
}
