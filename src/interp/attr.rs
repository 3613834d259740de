//! Attribute access through inline caches: what a site's entries say, and how they are made.

use super::reg;
use crate::builtins::{descriptors, typeobj};
use crate::object::cache::{Entry, Found, free_entry};
use crate::object::code::Site;
use crate::object::def::type_flags;
use crate::object::function::Function;
use crate::object::instance::slot_ptr;
use crate::object::lookup;
use crate::object::module::Module;
use crate::object::shape::{NO_ATTRS, Shape, VAR_ATTRS, flag};
use crate::object::types::Type;
use crate::object::{Obj, Py, Value};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::header::Header;
use threadsnake_threads::lock::ObjectLock;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

/// Sites with this many entries stay as they are: further shapes take the slow path.
const MAX_ENTRIES: u32 = 4;

/// The entry of the site that holds for `shape`.
#[inline(always)]
pub fn find(site: &Site, shape: u32) -> Option<&Entry> {
    let mut e = site.entry.load(Ordering::Acquire) as *const Entry;
    while !e.is_null() {
        // SAFETY: entries are retired, not freed, when they are replaced: readable until the next safepoint.
        let entry = unsafe { &*e };
        if entry.holds(shape) {
            return Some(entry);
        }
        e = entry.next;
    }
    None
}

/// A new reference to the slot at `offset` of the object, empty if the slot is.
///
/// # Safety
/// `v` is an object whose shape has an inline slot there.
#[inline(always)]
pub unsafe fn load_inline(th: &Thread, v: Value, offset: u16) -> Value {
    // SAFETY: the caller's promise; O2.
    unsafe {
        let x = Value((*((v.0 + offset as u64) as *const AtomicU64)).load(Ordering::Acquire));
        reg::inc(th, x);
        x
    }
}

fn publish(th: &Thread, site: &Site, mut e: Entry) {
    let old = site.entry.load(Ordering::Acquire);
    // SAFETY: readable until the next safepoint.
    let depth = unsafe { old.cast::<Entry>().as_ref() }.map_or(0, |o| o.depth);
    if depth >= MAX_ENTRIES {
        // Start over when the entries have gone stale, stay otherwise.
        let stale = {
            let mut p = old as *const Entry;
            let mut stale = false;
            while !p.is_null() {
                // SAFETY: as above; the version cell of a dead type's entry is never read: such a type cannot die
                // while entries are compared only after their shape matched. Here only our own shape is compared.
                let x = unsafe { &*p };
                stale |= x.shape == e.shape;
                p = x.next;
            }
            stale
        };
        if !stale {
            return;
        }
        e.next = std::ptr::null();
        e.depth = 1;
        let new = Box::into_raw(Box::new(e)).cast::<()>();
        let prev = site.entry.swap(new, Ordering::AcqRel);
        retire(th, prev);
        return;
    }
    e.next = old as *const Entry;
    e.depth = depth + 1;
    let new = Box::into_raw(Box::new(e)).cast::<()>();
    if site
        .entry
        .compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire)
        .is_err()
    {
        // Another thread was faster; its entry is as good.
        // SAFETY: never published; without its tail it owns nothing else.
        unsafe {
            (*new.cast::<Entry>()).next = std::ptr::null();
            free_entry(new);
        }
    }
}

fn retire(th: &Thread, e: *mut ()) {
    if !e.is_null() {
        // SAFETY: nothing points to it any more, as the caller says; allocated with this layout.
        unsafe { th.retire_bytes(e.cast(), size_of::<Entry>(), |p, _| free_entry(p.cast())) };
    }
}

fn entry(shape: u32, t: &Py<Type>, version: u32, found: Found) -> Entry {
    Entry {
        shape,
        version,
        version_cell: &t.version,
        found,
        offset: 0,
        index: 0,
        aux: 0,
        value: None,
        raw: Value::EMPTY,
        name: Value::EMPTY,
        next: std::ptr::null(),
        depth: 0,
    }
}

/// Byte offset of an inline slot, where the shape has a fixed one.
fn inline_offset(s: &Shape, slot: u16) -> Option<u16> {
    if s.attr_offset == NO_ATTRS || s.attr_offset == VAR_ATTRS || slot >= s.inline_cap as u16 {
        return None;
    }
    Some(s.attr_offset + 8 + slot * 8)
}

/// Tries to make an entry for loading `name` from `o`.
#[cold]
pub fn cache_load(th: &Thread, site: &Site, o: &Obj) {
    let shape = o.shape_id();
    if shape == 0 {
        return;
    }
    // SAFETY: site names are interned and immortal.
    let name = unsafe { Obj::from_borrowed(site.name) };
    if let Some(t) = o.cast::<Type>() {
        return cache_of_type(th, site, shape, o, t, &name);
    }
    let t = th.type_of(o).clone();
    if let Some(m) = o.exact::<Module>() {
        if let Some((uid, i)) = m.dict.cache_entry(th, &name) {
            let v = t.version_for_cache(th);
            publish(
                th,
                site,
                Entry {
                    index: i,
                    aux: uid,
                    ..entry(shape, &t, v, Found::Module)
                },
            );
        }
        return;
    }
    if !t.has(type_flags::PLAIN_GETATTR) {
        return;
    }
    let version = t.version_for_cache(th);
    let s = th.shapes().get(shape);
    let found = t.lookup_at(th, &name);
    let at = found.as_ref().map_or(0, |(_, at)| *at);
    let on_type = found.map(|(v, _)| v);
    if let Some(d) = &on_type {
        let slots = th.type_of(d).slots();
        if slots.get.is_some() && slots.set.is_some() {
            // Data descriptors.
            if let Some(i) = d.cast::<descriptors::GetSet>().and_then(|g| g.fixed_slot()) {
                if let Some(off) = inline_offset(s, i as u16) {
                    let e = Entry {
                        offset: off,
                        index: i as u32,
                        ..entry(shape, &t, version, Found::Fixed)
                    };
                    publish(th, site, e);
                }
                return;
            }
            if descriptors::native_getter(d).is_some() {
                let e = Entry {
                    value: Some(d.clone()),
                    ..entry(shape, &t, version, Found::Descriptor)
                };
                publish(th, site, e);
            }
            if let Some(p) = d.exact::<descriptors::Property>() {
                if let Some(f) = p.get.get().filter(|f| f.is_exact::<Function>()) {
                    let e = Entry {
                        value: Some(f),
                        ..entry(shape, &t, version, Found::Property)
                    };
                    publish(th, site, e);
                }
            }
            return;
        }
    }
    if s.attr_offset != NO_ATTRS {
        if s.flags & flag::DICT_MODE != 0 {
            if on_type.is_none() {
                publish(th, site, entry(shape, &t, version, Found::DictMode));
            }
            return;
        }
        if let Some(i) = th.shapes().slot_of(shape, name.value()) {
            match inline_offset(s, i) {
                Some(off) => {
                    publish(
                        th,
                        site,
                        Entry {
                            offset: off,
                            index: i as u32,
                            ..entry(shape, &t, version, Found::Inline)
                        },
                    );
                }
                None => {
                    publish(
                        th,
                        site,
                        Entry {
                            index: i as u32,
                            ..entry(shape, &t, version, Found::Overflow)
                        },
                    );
                }
            }
            return;
        }
    }
    let Some(d) = on_type else { return };
    if descriptors::is_plain_method(&d) {
        publish(
            th,
            site,
            Entry {
                value: Some(d),
                ..entry(shape, &t, version, Found::Method)
            },
        );
    } else if th.type_of(&d).slots().get.is_none() && lookup::is_unique(version) {
        publish(
            th,
            site,
            Entry {
                index: at,
                raw: d.value(),
                name: name.value(),
                ..entry(shape, &t, version, Found::TypeValue)
            },
        );
    }
}

/// The same where `o` is the class `t`.
fn cache_of_type(th: &Thread, site: &Site, shape: u32, o: &Obj, t: &Py<Type>, name: &Obj) {
    let meta = th.type_of(o);
    if !plain_class(meta) {
        return;
    }
    let (meta_version, version) = (meta.version_for_cache(th), t.version_for_cache(th));
    if meta.lookup(th, name).is_some_and(|d| {
        let s = th.type_of(&d).slots();
        s.get.is_some() && s.set.is_some()
    }) {
        return;
    }
    let Some((v, at)) = t.lookup_at(th, name) else {
        return;
    };
    if !lookup::is_unique(version) {
        return;
    }
    // Functions and method descriptors are themselves when found on a class.
    if th.type_of(&v).slots().get.is_none() || descriptors::is_plain_method(&v) {
        publish(
            th,
            site,
            Entry {
                aux: version,
                index: at,
                raw: v.value(),
                name: name.value(),
                ..entry(shape, meta, meta_version, Found::OfType)
            },
        );
    }
}

/// Whether attributes of classes of this metaclass are found in the ordinary way.
pub fn plain_class(meta: &Type) -> bool {
    meta.slots()
        .getattr
        .is_some_and(|f| f as usize == typeobj::type_getattr as *const () as usize)
}

/// Whether a miss at the site is worth an entry: sites that no entry serves (too many shapes, kinds that are not cached) are
/// tried seldom.
fn worth_caching(site: &Site) -> bool {
    const TRIES: u64 = 16;
    const LATER: u64 = 64;
    // A plain count: what other threads add meanwhile may be lost.
    let n = site.b.load(Ordering::Relaxed).wrapping_add(1);
    site.b.store(n, Ordering::Relaxed);
    n <= TRIES || n.is_multiple_of(LATER)
}

/// Tries to make an entry for storing `name` on `o`; called before the store.
#[cold]
pub fn cache_store(th: &Thread, site: &Site, o: &Obj) {
    let shape = o.shape_id();
    if shape == 0 || o.cast::<Type>().is_some() {
        return;
    }
    // SAFETY: site names are interned and immortal.
    let name = unsafe { Obj::from_borrowed(site.name) };
    let t = th.type_of(o).clone();
    if !t.has(type_flags::PLAIN_SETATTR) {
        return;
    }
    let s = th.shapes().get(shape);
    if s.attr_offset == NO_ATTRS {
        return;
    }
    let version = t.version_for_cache(th);
    if let Some(d) = t.lookup(th, &name) {
        if let Some(i) = d.cast::<descriptors::GetSet>().and_then(|g| g.fixed_slot()) {
            if let Some(off) = inline_offset(s, i as u16) {
                publish(
                    th,
                    site,
                    Entry {
                        offset: off,
                        index: i as u32,
                        ..entry(shape, &t, version, Found::Inline)
                    },
                );
            }
            return;
        }
        if th.type_of(&d).slots().set.is_some() {
            return;
        }
    }
    if s.flags & flag::DICT_MODE != 0 {
        return;
    }
    match th.shapes().slot_of(shape, name.value()) {
        Some(i) => {
            if let Some(off) = inline_offset(s, i) {
                publish(
                    th,
                    site,
                    Entry {
                        offset: off,
                        index: i as u32,
                        ..entry(shape, &t, version, Found::Inline)
                    },
                );
            }
        }
        None => {
            if s.flags & flag::FIXED != 0 {
                return;
            }
            if let (Some(off), Some((new, _))) = (
                inline_offset(s, s.nslots),
                th.shapes().child(shape, name.value()),
            ) {
                publish(
                    th,
                    site,
                    Entry {
                        offset: off,
                        aux: new,
                        ..entry(shape, &t, version, Found::Add)
                    },
                );
            }
        }
    }
}

/// Stores through an entry found for the object's shape. The word owns its reference. `Err`: the shape changed meanwhile.
///
/// # Safety
/// `v` is the object whose shape the entry holds for.
#[inline(always)]
pub unsafe fn store_cached(th: &Thread, v: Value, e: &Entry, x: Value) -> Result<(), Value> {
    // SAFETY: the caller's promise.
    unsafe {
        if th.multi() {
            return store_locked(th, v, e, x);
        }
        store_single(th, v, e, x);
        Ok(())
    }
}

/// Stores into the inline slot at `offset` in Multi; the word owns its reference. Gives what was there, owned; empty
/// where the object is not of `shape` any more: then nothing was stored. `new`: the slot is a new attribute's, and the
/// object moves to that shape.
///
/// # Safety
/// `v` is a live object; objects of `shape` have an inline slot there; `new` is the child of `shape` with that slot.
#[inline(always)]
pub(crate) unsafe fn swap_slot(
    th: &Thread,
    v: Value,
    offset: u32,
    shape: u32,
    new: Option<u32>,
    x: Value,
) -> Value {
    // SAFETY: the caller's promise.
    unsafe {
        let h = &*(v.0 as *const Header);
        if th.has_only_reference(h) {
            return swap_slot_now(v, offset, shape, new, x);
        }
        swap_slot_apart(th, v, offset, shape, new, x)
    }
}

/// [`swap_slot_locked`], out of the way of who has the object alone.
///
/// # Safety
/// As [`swap_slot`].
#[inline(never)]
unsafe fn swap_slot_apart(
    th: &Thread,
    v: Value,
    offset: u32,
    shape: u32,
    new: Option<u32>,
    x: Value,
) -> Value {
    // SAFETY: the caller's promise.
    unsafe { swap_slot_locked(th, v, offset, shape, new, x) }
}

/// [`swap_slot`] where others may have the object.
///
/// With the lock although others may write the slots beside: those lie in one cache line, for which threads would
/// fight at each store; those that fight for the lock take turns of many stores.
///
/// # Safety
/// As [`swap_slot`].
#[inline(always)]
unsafe fn swap_slot_locked(
    th: &Thread,
    v: Value,
    offset: u32,
    shape: u32,
    new: Option<u32>,
    x: Value,
) -> Value {
    // SAFETY: the caller's promise.
    unsafe {
        let h = &*(v.0 as *const Header);
        let own = ObjectLock::with_own(h, th.rec(), || swap_slot_now(v, offset, shape, new, x));
        if let Some(old) = own {
            return old;
        }
        let _guard = th.lock(h);
        swap_slot_now(v, offset, shape, new, x)
    }
}

/// [`swap_slot`], with the lock or alone with the object.
///
/// # Safety
/// As [`swap_slot`].
#[inline(always)]
unsafe fn swap_slot_now(v: Value, offset: u32, shape: u32, new: Option<u32>, x: Value) -> Value {
    // SAFETY: the caller's promise.
    unsafe {
        let h = &*(v.0 as *const Header);
        if h.shape.load(Ordering::Relaxed) != shape {
            return Value::EMPTY;
        }
        publish_word(x);
        let p = (v.0 + offset as u64) as *const AtomicU64;
        let old = (*p).load(Ordering::Relaxed);
        (*p).store(x.0, Ordering::Release);
        if let Some(new) = new {
            h.shape.store(new, Ordering::Release);
        }
        // Nothing there (a new attribute, an unset slot): a word that needs no release and is no failure.
        if old == 0 { Value::NONE } else { Value(old) }
    }
}

/// A store in Single by a cached entry of the object's shape: `x` owns its reference.
///
/// # Safety
/// `v` is a live object of the entry's shape, the mode is Single.
#[inline(always)]
pub unsafe fn store_single(th: &Thread, v: Value, e: &Entry, x: Value) {
    // SAFETY: the caller's promise: the slot is inside the object.
    unsafe {
        let p = (v.0 + e.offset as u64) as *const AtomicU64;
        publish_word(x);
        let old = (*p).load(Ordering::Relaxed);
        (*p).store(x.0, Ordering::Release);
        if e.found == Found::Add {
            (*(v.0 as *const Header))
                .shape
                .store(e.aux, Ordering::Release);
        } else {
            reg::dec(th, Value(old));
        }
    }
}

/// Marks what is about to be stored on the heap.
///
/// # Safety
/// A pointer in `x` is alive.
#[inline(always)]
pub unsafe fn publish_word(x: Value) {
    if x.is_ptr() {
        // SAFETY: alive: the caller holds a reference.
        unsafe { crate::object::rc::publish(x) };
    }
}

/// A store in Multi by a cached entry; see [`store_cached`].
///
/// # Safety
/// As [`store_cached`].
#[inline(never)]
pub unsafe fn store_locked(th: &Thread, v: Value, e: &Entry, x: Value) -> Result<(), Value> {
    let new = (e.found == Found::Add).then_some(e.aux);
    // SAFETY: the caller's promise; what the slot held was owned by it.
    unsafe {
        let old = swap_slot_locked(th, v, e.offset as u32, e.shape, new, x);
        if old.is_empty() {
            return Err(x);
        }
        reg::dec(th, old);
    }
    Ok(())
}

/// The value of an overflow slot, counted; empty if it is not there any more.
///
/// # Safety
/// `v` is an object of shape `shape`.
pub unsafe fn load_overflow(th: &Thread, v: Value, shape: u32, index: u32) -> Value {
    let s = th.shapes().get(shape);
    // SAFETY: the caller's promise; O2.
    unsafe {
        let p = slot_ptr(v.0 as *const Header, s, index as usize);
        // The ext word may have become a dict since the shape was read (A4 of `object::instance`).
        if p.is_null() || (*(v.0 as *const Header)).shape.load(Ordering::Acquire) != shape {
            return Value::EMPTY;
        }
        let x = Value((*p).load(Ordering::Acquire));
        reg::inc(th, x);
        x
    }
}

/// What a cached load found in a way that needs no call; `None`: slow path.
///
/// # Safety
/// `v` is the object whose shape the entry holds for.
#[inline(always)]
pub unsafe fn load_entry(th: &Thread, v: Value, e: &Entry) -> Option<Value> {
    // SAFETY: the caller's promise.
    unsafe {
        let x = match e.found {
            Found::Inline | Found::Fixed => load_inline(th, v, e.offset),
            Found::Overflow => load_overflow(th, v, e.shape, e.index),
            Found::TypeValue => {
                reg::inc(th, e.raw);
                e.raw
            }
            Found::OfType => {
                let t = reg::obj(&v).cast_unchecked::<Type>();
                if t.version.load(Ordering::Relaxed) != e.aux {
                    return None;
                }
                reg::inc(th, e.raw);
                e.raw
            }
            Found::Module => {
                let m = reg::obj(&v).cast_unchecked::<Module>();
                let x = m.dict.cached_value(e.aux, e.index);
                reg::inc(th, x);
                x
            }
            _ => return None,
        };
        if x.is_empty() { None } else { Some(x) }
    }
}

/// `o.name`, and an entry for the next time.
#[inline(never)]
pub fn load_slow(th: &Thread, site: &Site, o: &Obj) -> Res {
    if worth_caching(site) {
        cache_load(th, site, o);
    }
    // SAFETY: site names are interned and immortal.
    let name = unsafe { Obj::from_borrowed(site.name) };
    match th.type_of(o).slots().getattr {
        Some(f) => f(th, o, &name),
        None => th.generic_getattr(o, &name),
    }
}

/// `o.name = v`, and an entry for the next time.
#[cold]
#[inline(never)]
pub fn store_slow(th: &Thread, site: &Site, o: &Obj, v: &Obj) -> Res<()> {
    if worth_caching(site) {
        cache_store(th, site, o);
    }
    // SAFETY: site names are interned and immortal.
    let name = unsafe { Obj::from_borrowed(site.name) };
    th.setattr_obj(o, &name, v)
}

/// The function and `self` of a method call on `o`, or the attribute and nothing.
#[inline(never)]
pub fn method_slow(th: &Thread, site: &Site, o: &Obj) -> Res<(Obj, Option<Obj>)> {
    if worth_caching(site) {
        cache_load(th, site, o);
    }
    // SAFETY: site names are interned and immortal.
    let name = unsafe { Obj::from_borrowed(site.name) };
    lookup_method(th, o, &name)
}

/// As [`method_slow`], without a site.
pub fn lookup_method(th: &Thread, o: &Obj, name: &Obj) -> Res<(Obj, Option<Obj>)> {
    let t = th.type_of(o);
    if t.has(type_flags::PLAIN_GETATTR) {
        if let Some(f) = t.lookup(th, name) {
            let found = if descriptors::is_plain_method(&f) {
                Some((f, Some(o.clone())))
            } else {
                target(&f, t.obj())
            };
            if let Some(found) = found {
                return match o.instance_attr(th, name) {
                    Some(v) => Ok((v, None)),
                    None => Ok(found),
                };
            }
        }
    } else if let Some(c) = o.cast::<Type>().filter(|_| plain_class(t)) {
        let data = t
            .lookup(th, name)
            .is_some_and(|d| th.type_of(&d).slots().set.is_some());
        if !data {
            if let Some(found) = c.lookup(th, name).and_then(|f| target(&f, o)) {
                return Ok(found);
            }
        }
    }
    th.getattr_obj(o, name).map(|v| (v, None))
}

/// What calling a classmethod or staticmethod object found through class `cls` calls, and with which first argument.
fn target(f: &Obj, cls: &Obj) -> Option<(Obj, Option<Obj>)> {
    if let Some(x) = descriptors::class_target(f) {
        return Some((x, Some(cls.clone())));
    }
    descriptors::static_target(f).map(|x| (x, None))
}
