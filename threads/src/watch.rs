//! Assumptions, and who depends on them.
//!
//! # Problem
//!
//! Compiled code relies on facts that it does not check: a global has this value, a type has not changed. Whoever is
//! about to change such a fact must first make that code give up, exactly that code, and must not race with a
//! compiler that is just about to publish more of it.
//!
//! # Protocol
//!
//! A [`Watchers`] is a table from facts (`K`) to their present [`Assumption`] and its dependants (`D`, patch points or
//! pieces of code), under one lock.
//!
//! 1. Who wants to rely on a fact first calls [`Watchers::assume`], **then** reads the fact (**W1**).
//! 2. Code is made from what was read, without any lock, for as long as it takes.
//! 3. [`Watchers::publish`]: in one critical section it is checked that all assumptions are still unbroken, the
//!    dependants are registered, and the code is made enterable (**W2**). If one is broken, nothing is done.
//! 4. Who changes a fact calls [`Watchers::break_`]: in one critical section the assumption is taken out of the
//!    table and marked broken, each dependant is patched and queued, and the fact is changed (**W3**).
//!
//! By W3 and W1, who assumes after the break reads the new fact; who assumed before finds the mark at W2. So no code
//! that relies on the old fact can be entered for the first time after the change. That threads which are in such
//! code leave it is the business of [`crate::patch`].
//!
//! Breaking only marks, patches and queues: no allocation of the VM's, no destruction, no Python (**W4**). What is in
//! the queue is looked at later by [`Watchers::take_broken`], outside.
//!
//! An assumption has two states, unbroken and broken, and never goes back: the next who assumes the same fact gets a
//! new one. So breaking what nobody has assumed since is a look into the table, and costs nobody anything else.
//!
//! # Orderings
//!
//! The lock orders everything that the protocol needs. The mark is stored with `Release` and read with `Acquire` by
//! those who look without the lock (flag-checked patch points): who sees it broken sees what was done before.
//!
//! | `broken` | state                                                                                 |
//! |----------|---------------------------------------------------------------------------------------|
//! | 0        | unbroken; in the table, with all its dependants                                       |
//! | 1        | broken, for ever; in no table, its dependants patched and queued                      |
//!
//! # Not checked
//!
//! That whoever can change a fact calls its watcher, and that code names every fact that it relies on.

use crate::fault::{Fault, planted};
use crate::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Release},
};
use crate::sync::{Arc, Mutex, MutexGuard};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash};

/// That a fact has not changed since somebody began to rely on it.
#[repr(C)]
#[derive(Debug)]
pub struct Assumption {
    /// 0: unbroken. 1: broken, for ever. At offset 0, for the flag-checked form of a patch point.
    broken: AtomicU32,
}

impl Assumption {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            broken: AtomicU32::new(0),
        })
    }

    /// Whether the fact may still be relied on. A snapshot: only [`Watchers::publish`] can act on it.
    #[inline(always)]
    pub fn is_valid(&self) -> bool {
        self.broken.load(Acquire) == 0
    }

    /// The word that becomes non-zero when the assumption breaks.
    pub fn word(&self) -> &AtomicU32 {
        &self.broken
    }
}

/// One fact that a piece of code relies on, and the places of the code that must be patched when it breaks.
#[derive(Clone, Debug)]
pub struct Dependency<K, D> {
    /// The fact.
    pub key: K,
    /// As [`Watchers::assume`] gave it before the fact was read.
    pub assumption: Arc<Assumption>,
    /// Who depends.
    pub dependants: Vec<D>,
}

/// Publication failed: this fact has changed meanwhile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Broken<K>(pub K);

/// What breaking has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Nobody relied on the fact, or not any more.
    Unwatched,
    /// It was assumed, but no published code depends on it.
    NoDependants,
    /// So many dependants were patched and queued.
    Patched(usize),
}

struct Fact<D> {
    assumption: Arc<Assumption>,
    dependants: Vec<D>,
}

type Map<K, D> = HashMap<K, Fact<D>, BuildHasherDefault<DefaultHasher>>;

struct Inner<K, D> {
    facts: Map<K, D>,
    broken: Vec<D>,
}

/// The table of facts that somebody relies on.
pub struct Watchers<K, D> {
    inner: Mutex<Inner<K, D>>,
}

impl<K: Hash + Eq + Clone, D: Clone> Default for Watchers<K, D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Hash + Eq + Clone, D: Clone> Watchers<K, D> {
    /// An empty table.
    pub fn new() -> Self {
        Self {
            inner: Mutex::new(Inner {
                facts: Map::default(),
                broken: Vec::new(),
            }),
        }
    }

    /// Step 1. The fact must be read after this.
    pub fn assume(&self, key: &K) -> Arc<Assumption> {
        let mut inner = self.inner.lock();
        if let Some(fact) = inner.facts.get(key) {
            return fact.assumption.clone();
        }
        let assumption = Assumption::new();
        let fact = Fact {
            assumption: assumption.clone(),
            dependants: Vec::new(),
        };
        inner.facts.insert(key.clone(), fact);
        assumption
    }

    /// Whether published code depends on the fact; a snapshot.
    pub fn has_dependants(&self, key: &K) -> bool {
        self.inner
            .lock()
            .facts
            .get(key)
            .is_some_and(|f| !f.dependants.is_empty())
    }

    /// Step 3. `commit` makes the code enterable; it must not wait, poll or call back.
    pub fn publish<R>(
        &self,
        on: &[Dependency<K, D>],
        commit: impl FnOnce() -> R,
    ) -> Result<R, Broken<K>> {
        let check = || match on.iter().find(|d| !d.assumption.is_valid()) {
            Some(broken) if !planted(Fault::WatchNoRevalidate) => Err(Broken(broken.key.clone())),
            _ => Ok(()),
        };
        if planted(Fault::WatchCheckOutside) {
            check()?;
        }
        let mut inner = self.inner.lock();
        if !planted(Fault::WatchCheckOutside) {
            check()?;
        }
        let register = |inner: &mut MutexGuard<'_, Inner<K, D>>| {
            for d in on {
                if let Some(fact) = inner.facts.get_mut(&d.key) {
                    fact.dependants.extend(d.dependants.iter().cloned());
                }
            }
        };
        if planted(Fault::WatchRegisterLate) {
            let result = commit();
            drop(inner);
            register(&mut self.inner.lock());
            return Ok(result);
        }
        register(&mut inner);
        Ok(commit())
    }

    /// Adds dependants to code that is published already, such as a joined side exit, if the assumptions still hold.
    pub fn extend(&self, on: &[Dependency<K, D>]) -> Result<(), Broken<K>> {
        self.publish(on, || ())
    }

    /// Step 4. `patch` is called for each dependant, then `change` changes the fact; both under the lock: neither may
    /// wait, poll or call back. What `change` displaces is to be returned by it and dropped by the caller.
    pub fn break_<R>(
        &self,
        key: &K,
        mut patch: impl FnMut(&D),
        change: impl FnOnce() -> R,
    ) -> (Outcome, R) {
        if planted(Fault::WatchChangeFirst) {
            let result = change();
            return (
                self.break_locked(&mut self.inner.lock(), key, &mut patch),
                result,
            );
        }
        let mut inner = self.inner.lock();
        let outcome = self.break_locked(&mut inner, key, &mut patch);
        (outcome, change())
    }

    /// As [`Watchers::break_`] if no published code depends on the fact; otherwise gives `change` back, undone, for a
    /// second try with the world stopped.
    pub fn break_if_idle<R, C: FnOnce() -> R>(
        &self,
        key: &K,
        change: C,
    ) -> Result<(Outcome, R), C> {
        let mut inner = self.inner.lock();
        if inner
            .facts
            .get(key)
            .is_some_and(|f| !f.dependants.is_empty())
        {
            return Err(change);
        }
        let outcome = self.break_locked(&mut inner, key, &mut |_| {});
        Ok((outcome, change()))
    }

    fn break_locked(
        &self,
        inner: &mut MutexGuard<'_, Inner<K, D>>,
        key: &K,
        patch: &mut dyn FnMut(&D),
    ) -> Outcome {
        let Some(fact) = inner.facts.remove(key) else {
            return Outcome::Unwatched;
        };
        if !planted(Fault::WatchMarkMissing) {
            fact.assumption.broken.store(1, Release);
        }
        for dependant in &fact.dependants {
            patch(dependant);
        }
        if fact.dependants.is_empty() {
            return Outcome::NoDependants;
        }
        let n = fact.dependants.len();
        inner.broken.extend(fact.dependants);
        Outcome::Patched(n)
    }

    /// Those whose assumptions have broken since the last call.
    pub fn take_broken(&self) -> Vec<D> {
        std::mem::take(&mut self.inner.lock().broken)
    }

    /// Takes out the dependants for which `gone` holds, because their code is retired; facts that nobody is left to
    /// depend on stay assumed.
    pub fn forget(&self, mut gone: impl FnMut(&D) -> bool) {
        let mut inner = self.inner.lock();
        for fact in inner.facts.values_mut() {
            fact.dependants.retain(|d| !gone(d));
        }
        inner.broken.retain(|d| !gone(d));
    }

    /// Facts in the table and dependants of them, for statistics.
    pub fn sizes(&self) -> (usize, usize) {
        let inner = self.inner.lock();
        (
            inner.facts.len(),
            inner.facts.values().map(|f| f.dependants.len()).sum(),
        )
    }
}
