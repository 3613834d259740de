//! Per-runtime state of native modules, by type.

use foldhash::HashMap;
use std::any::{Any, TypeId};
use threadsnake_threads::sync::Mutex;

/// See the module's head.
#[derive(Default)]
pub struct ModuleStates {
    map: Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>,
}

impl ModuleStates {
    /// Drops all states. Nobody may hold a reference that `get` gave.
    pub fn clear(&self) {
        let old = std::mem::take(&mut *self.map.lock());
        drop(old);
    }
    /// The state of type `T`, made at first use; lives as long as the runtime.
    pub fn get<T: Default + Send + Sync + 'static>(&self) -> &T {
        let mut m = self.map.lock();
        let b = m
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Box::<T>::default());
        let p: *const (dyn Any + Send + Sync) = &**b;
        // SAFETY: the box is never removed or replaced, so its content stays where it is as long as `self` lives.
        match unsafe { &*p }.downcast_ref::<T>() {
            Some(t) => t,
            None => unreachable!("keyed by type"),
        }
    }
}
