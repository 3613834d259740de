//! State of native modules, by type: of a runtime, and of each of its threads.
//!
//! - S1: a state is made once, under the lock, and stays where it is until `clear`, or until all of them are dropped.
//! - S2: a place of `known` is filled once, with an entry that stands in the map (released, and acquired by who reads it),
//!   and emptied by `clear`. So readers need no lock, and two types of one place do not take it from each other.

use foldhash::HashMap;
use std::any::{Any, TypeId};
use std::hash::{Hash, Hasher};
use std::ptr::null_mut;
use threadsnake_threads::sync::Mutex;
use threadsnake_threads::sync::atomic::{AtomicPtr, Ordering};

/// Places for states that are found without the lock.
const KNOWN: usize = 32;

/// A state and its type.
struct Entry {
    id: TypeId,
    state: Box<dyn Any + Send + Sync>,
}

/// See the module's head.
pub struct ModuleStates {
    map: Mutex<HashMap<TypeId, Box<Entry>>>,
    known: [AtomicPtr<Entry>; KNOWN],
}

impl Default for ModuleStates {
    fn default() -> Self {
        ModuleStates {
            map: Mutex::default(),
            known: std::array::from_fn(|_| AtomicPtr::new(null_mut())),
        }
    }
}

/// Takes what a type's id hashes: it is a hash already.
struct Bits(u64);

impl Hasher for Bits {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = self.0.rotate_left(8) ^ *b as u64;
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

fn place<T: 'static>() -> usize {
    let mut bits = Bits(0);
    TypeId::of::<T>().hash(&mut bits);
    bits.0 as usize % KNOWN
}

impl ModuleStates {
    /// Drops all states. Nobody may hold a reference that `get` gave.
    pub fn clear(&self) {
        for k in &self.known {
            k.store(null_mut(), Ordering::Release);
        }
        let old = std::mem::take(&mut *self.map.lock());
        drop(old);
    }
    /// The state of type `T`, made at first use; lives as long as the runtime.
    #[inline]
    pub fn get<T: Default + Send + Sync + 'static>(&self) -> &T {
        let p = self.known[place::<T>()].load(Ordering::Acquire);
        // SAFETY: S2, S1: an entry of the map, where it is not null.
        match unsafe { p.as_ref() } {
            // SAFETY: a state of this id has this type.
            Some(e) if e.id == TypeId::of::<T>() => unsafe { &*(&raw const *e.state).cast::<T>() },
            _ => self.find::<T>(),
        }
    }

    #[inline(never)]
    fn find<T: Default + Send + Sync + 'static>(&self) -> &T {
        let mut m = self.map.lock();
        let id = TypeId::of::<T>();
        let e: *mut Entry = &mut **m.entry(id).or_insert_with(|| {
            Box::new(Entry {
                id,
                state: Box::<T>::default(),
            })
        });
        // One that is taken stays as it is (S2).
        let _ = self.known[place::<T>()].compare_exchange(
            null_mut(),
            e,
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
        // SAFETY: S1, and the id says the type.
        unsafe { &*(&raw const *(*e).state).cast::<T>() }
    }
}
