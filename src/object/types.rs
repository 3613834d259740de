//! Type objects: names, bases, method resolution order, native slots, and the lookup of attributes through the MRO.
//!
//! What a type says may change (`Type::set_attr`); `version` then changes for it and every subclass, which empties every
//! inline cache that relied on it. A version of 0 means that nobody relies on it yet.
//!
//! Invariants
//! - T1: `dict` of a type is changed through `set_attr` only (its `__dict__` is handed out as a read-only proxy).
//! - T2: `slots` is written before the type is published, or with the world stopped.
//! - T3: types are freed by the cycle collector only; shapes and instances point to them uncounted.

use super::def::type_flags;
use super::dict::Dict;
use super::layout::{Layout, Native, Visit};
use super::lookup::Hit;
use super::obj::{Obj, Py, Slot};
use super::shape::RootSpec;
use super::slots::Slots;
use super::string::Str;
use super::tuple::Tuple;
use super::type_ids::TypeId;
use super::value::Value;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use std::cell::UnsafeCell;
use threadsnake_threads::sync::Mutex;
use threadsnake_threads::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, Ordering};

/// Payload of type objects.
pub struct Type {
    /// `__name__` (str).
    pub name: Slot,
    /// `__qualname__` (str).
    pub qualname: Slot,
    /// `__base__`, empty for `object`.
    pub base: Slot,
    /// `__bases__` (tuple).
    pub bases: Slot,
    /// `__mro__` (tuple).
    pub mro: Slot,
    /// Its own attributes (T1).
    pub dict: Py<Dict>,
    /// T2; read through `slots()`.
    slots: UnsafeCell<Slots>,
    /// Layout of instances.
    pub layout: &'static Layout,
    /// Which built-in type it is, if any.
    pub id: Option<TypeId>,
    /// See [`type_flags`]. Written under the type's object lock.
    pub flags: AtomicU32,
    /// Version of what attribute lookup finds, see the module's head.
    pub version: AtomicU32,
    /// Root shape of instances; 0 until the first instance.
    pub root_shape: AtomicU32,
    /// Shape of instances in dictionary mode; 0 until needed.
    pub dict_shape: AtomicU32,
    /// Where the attribute area of instances lies, see `shape`.
    pub attr_offset: u16,
    /// Number of slots that `__slots__` of this type and its bases take.
    pub fixed_slots: u16,
    /// Attributes expected: how many lie inside the object.
    pub inline_cap: AtomicU8,
    /// Spare word for caches of `interp` (init function's argument count and the like).
    pub aux: AtomicU16,
    /// Direct subclasses (raw, uncounted; the collector removes the dead).
    pub subclasses: Mutex<Vec<Value>>,
}

// SAFETY: shared fields are atomics or slots, `slots` is under T2.
unsafe impl Sync for Type {}

static LAYOUT: Layout = Layout::of::<Type>("type");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Type {
    const TYPE: TypeId = TypeId::Type;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        for s in [
            &self.name,
            &self.qualname,
            &self.base,
            &self.bases,
            &self.mro,
        ] {
            visit(s.raw());
        }
        visit(self.dict.obj().value());
    }
    fn clear(&self, th: &Thread) {
        // L1 of `lookup`.
        self.version
            .store(th.rt().next_version(), Ordering::Release);
        self.dict.clear_all(th);
        for s in [&self.bases, &self.mro] {
            s.set(th, None);
        }
    }
}

/// What a new type object is made of.
pub struct TypeSpec {
    /// `__name__`
    pub name: Obj,
    /// `__qualname__`
    pub qualname: Obj,
    /// Own attributes.
    pub dict: Py<Dict>,
    /// Native slots.
    pub slots: Slots,
    /// Layout of instances.
    pub layout: &'static Layout,
    /// Built-in type?
    pub id: Option<TypeId>,
    /// See [`type_flags`].
    pub flags: u32,
    /// See [`Type::attr_offset`].
    pub attr_offset: u16,
    /// See [`Type::fixed_slots`].
    pub fixed_slots: u16,
    /// See [`Type::inline_cap`].
    pub inline_cap: u8,
}

impl Type {
    /// The payload; base, bases and mro are set by the caller before the type is published.
    pub fn new(s: TypeSpec) -> Type {
        Type {
            name: Slot::new(Some(s.name)),
            qualname: Slot::new(Some(s.qualname)),
            base: Slot::empty(),
            bases: Slot::empty(),
            mro: Slot::empty(),
            dict: s.dict,
            slots: UnsafeCell::new(s.slots),
            layout: s.layout,
            id: s.id,
            flags: AtomicU32::new(s.flags),
            version: AtomicU32::new(0),
            root_shape: AtomicU32::new(0),
            dict_shape: AtomicU32::new(0),
            attr_offset: s.attr_offset,
            fixed_slots: s.fixed_slots,
            inline_cap: AtomicU8::new(s.inline_cap),
            aux: AtomicU16::new(0),
            subclasses: Mutex::new(Vec::new()),
        }
    }
    /// Native slots.
    #[inline(always)]
    pub fn slots(&self) -> &Slots {
        // SAFETY: T2.
        unsafe { &*self.slots.get() }
    }
    /// Changes the slots.
    ///
    /// # Safety
    /// T2: not yet published, or the world is stopped.
    pub unsafe fn slots_mut(&self, f: impl FnOnce(&mut Slots)) {
        // SAFETY: the caller's promise.
        f(unsafe { &mut *self.slots.get() });
    }
    /// Whether a flag is set.
    #[inline(always)]
    pub fn has(&self, flag: u32) -> bool {
        self.flags.load(Ordering::Relaxed) & flag != 0
    }
    /// `__name__` as Rust text.
    pub fn name_text(&self) -> String {
        self.name
            .get()
            .and_then(|o| o.exact::<Str>().map(|s| s.to_rust()))
            .unwrap_or_default()
    }
}

impl Py<Type> {
    /// The MRO.
    pub fn mro_tuple(&self) -> Option<Py<Tuple>> {
        self.mro.get().and_then(|o| o.into_py::<Tuple>().ok())
    }

    /// `issubclass` by MRO alone.
    pub fn is_subtype_of(&self, other: &Py<Type>) -> bool {
        if self.obj().is(other.obj()) {
            return true;
        }
        match self.mro_borrowed() {
            Some(m) => m
                .exact::<Tuple>()
                .is_some_and(|m| m.items().iter().any(|t| t.is(other.obj()))),
            None => false,
        }
    }

    /// The attribute `name` (interned) as the MRO finds it, no descriptor called.
    #[inline]
    pub fn lookup(&self, th: &Thread, name: &Obj) -> Option<Obj> {
        let version = self.version.load(Ordering::Acquire);
        if version != 0 {
            if let Some(hit) = th.lookups.get(version, name.value()) {
                // SAFETY: L1 of `lookup`: alive while the type has this version.
                return (!hit.value.is_empty()).then(|| unsafe { Obj::from_borrowed(hit.value) });
            }
        }
        self.lookup_at(th, name).map(|(v, _)| v)
    }

    /// What `lookup` finds, uncounted, for comparing; empty where there is nothing.
    #[inline]
    pub fn lookup_word(&self, th: &Thread, name: &Obj) -> Value {
        let version = self.version.load(Ordering::Acquire);
        if version != 0 {
            if let Some(hit) = th.lookups.get(version, name.value()) {
                return hit.value;
            }
        }
        self.lookup_at(th, name)
            .map_or(Value::EMPTY, |(v, _)| v.value())
    }

    /// As `lookup`, also the type in whose dictionary it stands.
    pub fn lookup_where(&self, th: &Thread, name: &Obj) -> Option<(Obj, Py<Type>)> {
        let (v, at) = self.lookup_at(th, name)?;
        let mro = self.mro_borrowed()?;
        let owner = mro.exact::<Tuple>()?.items().get(at as usize)?;
        Some((v, owner.cast::<Type>()?.clone()))
    }

    /// The MRO as a borrowed tuple.
    fn mro_borrowed(&self) -> Option<std::mem::ManuallyDrop<Obj>> {
        // The tuple is kept alive by the type; should another thread replace it, ours lives until the next safepoint.
        let mro = self.mro.raw();
        if mro.is_empty() {
            return None;
        }
        // SAFETY: O2 of `obj`: readable until the next safepoint; what callers do before does not poll one.
        Some(std::mem::ManuallyDrop::new(unsafe { Obj::from_value(mro) }))
    }

    /// The attribute, and the number of the class in the MRO that has it.
    pub fn lookup_at(&self, th: &Thread, name: &Obj) -> Option<(Obj, u32)> {
        let Some(mro) = self.mro_borrowed() else {
            return self.dict.get_interned(th, name).map(|v| (v, 0));
        };
        let mro = mro.exact::<Tuple>()?.items();
        let version = self.version_for_cache(th);
        if let Some(hit) = th.lookups.get(version, name.value()) {
            if hit.value.is_empty() {
                return None;
            }
            // SAFETY: L1, L2 of `lookup`.
            return Some((unsafe { Obj::from_borrowed(hit.value) }, hit.at));
        }
        let mut found = None;
        for (i, t) in mro.iter().enumerate() {
            if let Some(t) = t.cast::<Type>() {
                if let Some(v) = t.dict.get_interned(th, name) {
                    found = Some((v, i as u32));
                    break;
                }
            }
        }
        let hit = match &found {
            Some((v, at)) => Hit {
                value: v.value(),
                at: *at,
            },
            None => Hit {
                value: Value::EMPTY,
                at: 0,
            },
        };
        th.lookups.set(version, name.value(), hit);
        found
    }

    /// The attribute in the dictionary of class number `at` of the MRO.
    pub fn lookup_in(&self, th: &Thread, at: u32, name: &Obj) -> Option<Obj> {
        let mro = self.mro_borrowed()?;
        let t = mro.exact::<Tuple>()?.items().get(at as usize)?;
        t.cast::<Type>()?.dict.get_interned(th, name)
    }

    /// The root shape of instances, made at first use.
    pub fn instance_shape(&self, th: &Thread) -> Res<u32> {
        let id = self.root_shape.load(Ordering::Acquire);
        if id != 0 {
            return Ok(id);
        }
        self.make_shape(th, false)
    }

    /// The shape of instances in dictionary mode.
    pub fn dict_mode_shape(&self, th: &Thread) -> Res<u32> {
        let id = self.dict_shape.load(Ordering::Acquire);
        if id != 0 {
            return Ok(id);
        }
        self.make_shape(th, true)
    }

    #[cold]
    fn make_shape(&self, th: &Thread, dict_mode: bool) -> Res<u32> {
        use super::shape::flag;
        let cell = if dict_mode {
            &self.dict_shape
        } else {
            &self.root_shape
        };
        let mut flags = 0;
        if dict_mode {
            flags |= flag::DICT_MODE;
        }
        if !self.has(type_flags::HAS_DICT) {
            flags |= flag::FIXED;
        }
        let spec = RootSpec {
            ty: self.obj().value(),
            layout: self.layout,
            attr_offset: self.attr_offset,
            inline_cap: self.inline_cap.load(Ordering::Relaxed),
            flags,
            nslots: self.fixed_slots,
        };
        let Some(new) = th.shapes().new_root(spec) else {
            return Err(th.memory_error());
        };
        // A loser of this race leaves an unused shape behind, nothing else.
        match cell.compare_exchange(0, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(new),
            Err(id) => Ok(id),
        }
    }

    /// Sets or deletes an attribute in the type's own dictionary (`name` interned), and tells everyone who relied on what
    /// was there. Returns whether something was deleted or set. Slots are updated by the caller (`builtins::typeobj`).
    pub fn set_attr_raw(&self, th: &Thread, name: &Obj, value: Option<&Obj>) -> Res<bool> {
        // Before the old value is replaced, and again when the new one can be seen. The old one is kept until after that
        // (L1 of `lookup`): between the two, others may look it up again and remember it.
        self.modified(th);
        let (done, old) = match value {
            Some(v) => (true, self.dict.exchange(th, name, v.clone())?),
            None => {
                let old = self.dict.del_item(th, name)?;
                (old.is_some(), old)
            }
        };
        if done {
            self.modified(th);
        }
        drop(old);
        Ok(done)
    }

    /// Marks what lookups through this type find as changed.
    pub fn modified(&self, th: &Thread) {
        // A read-modify-write also where no version was assigned: who assigns one at this moment either is overwritten, or
        // sees the change that came before this.
        let known = self.version.swap(th.rt().next_version(), Ordering::AcqRel);
        if known != 0 {
            crate::record::facts::type_changed(th, self);
        }
        for t in self.direct_subclasses() {
            if let Some(t) = t.cast::<Type>() {
                t.modified(th);
            }
        }
    }

    /// The direct subclasses, counted while none of them can go.
    pub fn direct_subclasses(&self) -> Vec<Obj> {
        let list = self.subclasses.lock();
        // SAFETY: T3: the collector removes dead subclasses from the list, with the world stopped; no safepoint comes
        // between the look at the list and the counting.
        list.iter()
            .map(|s| unsafe { Obj::from_borrowed(*s) })
            .collect()
    }

    /// The version to rely on, assigned at first use.
    pub fn version_for_cache(&self, th: &Thread) -> u32 {
        let v = self.version.load(Ordering::Acquire);
        if v != 0 {
            return v;
        }
        let new = th.rt().next_version();
        match self
            .version
            .compare_exchange(0, new, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => new,
            Err(v) => v,
        }
    }
}
