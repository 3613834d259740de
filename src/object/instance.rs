//! The attribute area of instances: where attributes that a shape describes are read, written, added and removed.
//!
//! ```text
//! [ext u64] [inline slot 0] … [inline slot inline_cap-1]
//! ```
//! `ext` holds, in slot mode, nothing or an overflow array `[cap u64][slot inline_cap] …`; in dictionary mode the dict.
//!
//! Invariants
//! - A1: who changes the area or the shape holds the object's lock in Multi.
//! - A2: a new attribute's value is written before the new shape id (release); a reader that loads the shape first
//!   (acquire) finds the value.
//! - A3: when an instance goes to dictionary mode its moved slots are emptied: a reader that meets an empty slot starts
//!   over, under the lock if the shape is still the same. Overflow arrays and dicts that were replaced are retired.
//! - A4: on that way `ext` becomes empty, then the shape changes, then `ext` becomes the dict. So a reader that finds the
//!   old shape after it has read `ext` has read an array or nothing; one that finds the new shape, a dict or nothing.

use super::dict::Dict;
use super::obj::{Obj, Py, own_published};
use super::shape::{NO_ATTRS, Shape, VAR_ATTRS};
use super::value::Value;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::header::Header;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

/// Address of the attribute area of an instance with this shape.
///
/// # Safety
/// `h` is the header of a live object of shape `s`, which has an attribute area.
#[inline(always)]
pub unsafe fn area(h: *const Header, s: &Shape) -> *const AtomicU64 {
    let off = if s.attr_offset == VAR_ATTRS {
        let l = s.layout();
        // SAFETY: the payload is that of the layout.
        let var = unsafe { (l.var_bytes)((h as *const u8).add(16)) };
        (16 + l.size + var).next_multiple_of(8)
    } else {
        s.attr_offset as usize
    };
    (h as *const u8).wrapping_add(off).cast()
}

/// Bytes that an object of this layout, item bytes and attribute area takes.
pub fn object_size(layout_size: usize, var: usize, attr_offset: u16, inline_cap: usize) -> usize {
    let body = (16 + layout_size + var).next_multiple_of(8);
    if attr_offset == NO_ATTRS {
        body
    } else {
        body + 8 + inline_cap * 8
    }
}

/// The word of slot `i`; null if it lies in an overflow array that is not there (the shape changed under a reader).
///
/// # Safety
/// As [`area`].
#[inline(always)]
pub unsafe fn slot_ptr(h: *const Header, s: &Shape, i: usize) -> *const AtomicU64 {
    // SAFETY: as the caller's.
    let base = unsafe { area(h, s) };
    if i < s.inline_cap as usize {
        return base.wrapping_add(1 + i);
    }
    // SAFETY: the area starts with the ext word.
    let ext = unsafe { (*base).load(Ordering::Acquire) };
    if ext == 0 {
        return std::ptr::null();
    }
    (ext as *const AtomicU64).wrapping_add(1 + i - s.inline_cap as usize)
}

fn array_layout(cap: usize) -> std::alloc::Layout {
    // SAFETY: at most MAX_SLOTS words.
    unsafe { std::alloc::Layout::from_size_align_unchecked(8 + cap * 8, 8) }
}

impl Obj {
    /// Whether it has an attribute area, and its header and shape.
    #[inline(always)]
    fn with_area<'t>(&self, th: &'t Thread) -> Option<(&Header, u32, &'t Shape)> {
        let h = self.header()?;
        let id = h.shape.load(Ordering::Acquire);
        let s = th.shapes().get(id);
        if s.attr_offset == NO_ATTRS {
            None
        } else {
            Some((h, id, s))
        }
    }

    /// The instance attribute `name` (interned), no type consulted.
    pub fn instance_attr(&self, th: &Thread, name: &Obj) -> Option<Obj> {
        loop {
            let (h, id, s) = self.with_area(th)?;
            if s.dict_mode() {
                let d = self.dict_in_area(th)?;
                return d.get_interned(th, name);
            }
            let i = th.shapes().slot_of(id, name.value())?;
            // SAFETY: `s` is the object's shape.
            let p = unsafe { slot_ptr(h, s, i as usize) };
            // An overflow slot: the ext word may have become a dict since the shape was read (A4).
            let sound =
                i < s.inline_cap as u16 || h.shape.load(Ordering::Acquire) == id || !th.multi();
            if !p.is_null() && sound {
                // SAFETY: a slot of the object (or of a retired array, still readable).
                let v = Value(unsafe { (*p).load(Ordering::Acquire) });
                if !v.is_empty() {
                    // SAFETY: O2 of `obj`.
                    return Some(unsafe { Obj::from_borrowed(v) });
                }
            }
            // A3: the shape changed meanwhile; an unchanged shape has no empty slots.
            if h.shape.load(Ordering::Acquire) == id {
                if !th.multi() {
                    return None;
                }
                // Another thread may be in the middle of a change.
                let changed = {
                    let _guard = th.lock(h);
                    h.shape.load(Ordering::Relaxed) != id
                };
                if !changed {
                    return None;
                }
            }
        }
    }

    fn dict_in_area(&self, th: &Thread) -> Option<Py<Dict>> {
        let (h, _, s) = self.with_area(th)?;
        // SAFETY: `s` is the object's shape.
        let mut v = Value(unsafe { (*area(h, s)).load(Ordering::Acquire) });
        if s.dict_mode() && v.is_empty() && th.multi() {
            // Another thread is between the two stores (A4).
            let _guard = th.lock(h);
            // SAFETY: as above; dictionary mode is never left.
            v = Value(unsafe { (*area(h, s)).load(Ordering::Acquire) });
        }
        if !s.dict_mode() || v.is_empty() {
            return None;
        }
        // SAFETY: in dictionary mode the ext word is a dict (O2).
        unsafe { Obj::from_borrowed(v) }.into_py::<Dict>().ok()
    }

    /// Sets the instance attribute `name` (interned). `false`: instances of this type have no attributes.
    pub fn set_instance_attr(&self, th: &Thread, name: &Obj, value: Obj) -> Res<bool> {
        let Some((h, ..)) = self.with_area(th) else {
            return Ok(false);
        };
        let guard = th.lock(h);
        let id = h.shape.load(Ordering::Relaxed);
        let s = th.shapes().get(id);
        if s.dict_mode() {
            drop(guard);
            if let Some(d) = self.dict_in_area(th) {
                d.set_item(th, name, value)?;
            }
            return Ok(true);
        }
        if let Some(i) = th.shapes().slot_of(id, name.value()) {
            // SAFETY: the lock is held: shape and area agree.
            let old = unsafe { write_slot(h, s, i as usize, value) };
            drop(guard);
            drop(old);
            return Ok(true);
        }
        if s.flags & super::shape::flag::FIXED != 0 {
            return Ok(false);
        }
        // A key must live as long as the shape: interned strings are immortal.
        match th.shapes().child(id, name.value()) {
            Some((new, _)) => {
                // SAFETY: as above.
                unsafe {
                    grow_for(th, h, s, s.nslots as usize)?;
                    write_slot(h, s, s.nslots as usize, value);
                }
                h.shape.store(new, Ordering::Release);
                Ok(true)
            }
            None => {
                drop(guard);
                if let Some(d) = self.instance_dict(th)? {
                    d.set_item(th, name, value)?;
                }
                Ok(true)
            }
        }
    }

    /// Deletes the instance attribute `name`; says whether it was there.
    pub fn del_instance_attr(&self, th: &Thread, name: &Obj) -> Res<bool> {
        if self.instance_attr(th, name).is_none() {
            return Ok(false);
        }
        match self.instance_dict(th)? {
            Some(d) => Ok(d.del_item(th, name)?.is_some()),
            None => Ok(false),
        }
    }

    /// The instance's `__dict__`; moves the instance to dictionary mode. `None`: it has none.
    pub fn instance_dict(&self, th: &Thread) -> Res<Option<Py<Dict>>> {
        let Some((h, _, s)) = self.with_area(th) else {
            return Ok(None);
        };
        if s.dict_mode() {
            return Ok(self.dict_in_area(th));
        }
        if s.flags & super::shape::flag::FIXED != 0 {
            return Ok(None);
        }
        let new_shape = th.type_of(self).dict_mode_shape(th)?;
        let d = th.new_dict()?;
        let _guard = th.lock(h);
        let id = h.shape.load(Ordering::Relaxed);
        let s = th.shapes().get(id);
        if s.dict_mode() {
            drop(_guard);
            return Ok(self.dict_in_area(th));
        }
        let keys = th.shapes().keys(id);
        for &(key, i) in &keys {
            // SAFETY: the lock is held: shape and area agree. Keys of shapes are immortal; the slot keeps its reference.
            unsafe {
                let p = slot_ptr(h, s, i as usize);
                if p.is_null() {
                    continue;
                }
                let v = Value((*p).load(Ordering::Relaxed));
                if !v.is_empty() {
                    let k = Obj::from_borrowed(key);
                    d.set_item(th, &k, Obj::from_borrowed(v))?;
                }
            }
        }
        let mut old = Vec::with_capacity(keys.len());
        // SAFETY: as above; A4. The references of the slots are given up after the lock.
        unsafe {
            let base = area(h, s);
            let ext = (*base).load(Ordering::Relaxed);
            for &(_, i) in &keys {
                let p = slot_ptr(h, s, i as usize);
                if !p.is_null() && i >= s.inline_cap as u16 {
                    old.extend(Obj::from_value_opt(Value((*p).load(Ordering::Relaxed))));
                }
            }
            (*base).store(0, Ordering::Release);
            h.shape.store(new_shape, Ordering::Release);
            (*base).store(
                own_published(Some(d.clone().into_obj())).0,
                Ordering::Release,
            );
            for &(_, i) in &keys {
                if i < s.inline_cap as u16 {
                    let p = slot_ptr(h, s, i as usize);
                    old.extend(Obj::from_value_opt(Value((*p).swap(0, Ordering::AcqRel))));
                }
            }
            free_array(th, ext);
        }
        drop(_guard);
        drop(old);
        Ok(Some(d))
    }

    /// `obj.__dict__ = d`
    pub fn set_instance_dict(&self, th: &Thread, d: Py<Dict>) -> Res<bool> {
        if self.instance_dict(th)?.is_none() {
            return Ok(false);
        }
        let Some((h, _, s)) = self.with_area(th) else {
            return Ok(false);
        };
        let old = {
            let _guard = th.lock(h);
            // SAFETY: dictionary mode is never left, so the ext word is a dict.
            unsafe {
                let base = area(h, s);
                let old = (*base).load(Ordering::Relaxed);
                (*base).store(own_published(Some(d.into_obj())).0, Ordering::Release);
                Obj::from_value_opt(Value(old))
            }
        };
        drop(old);
        Ok(true)
    }

    /// Names and values of the instance attributes, in order, without leaving slot mode.
    pub fn instance_items(&self, th: &Thread) -> Vec<(Obj, Obj)> {
        let Some((_, id, s)) = self.with_area(th) else {
            return Vec::new();
        };
        if s.dict_mode() {
            return self.dict_in_area(th).map(|d| d.items()).unwrap_or_default();
        }
        th.shapes()
            .keys(id)
            .into_iter()
            .filter_map(|(k, _)| {
                // SAFETY: keys of shapes are immortal.
                let k = unsafe { Obj::from_borrowed(k) };
                self.instance_attr(th, &k).map(|v| (k, v))
            })
            .collect()
    }

    /// The content of a fixed slot (`__slots__`).
    pub fn fixed_slot(&self, th: &Thread, i: usize) -> Option<Obj> {
        let (h, _, s) = self.with_area(th)?;
        // SAFETY: fixed slots exist in every shape of the type.
        let p = unsafe { slot_ptr(h, s, i) };
        if p.is_null() {
            return None;
        }
        // SAFETY: as above; O2.
        unsafe {
            let v = Value((*p).load(Ordering::Acquire));
            if v.is_empty() {
                None
            } else {
                Some(Obj::from_borrowed(v))
            }
        }
    }

    /// Sets or empties a fixed slot; gives the old content.
    pub fn set_fixed_slot(&self, th: &Thread, i: usize, v: Option<Obj>) -> Res<Option<Obj>> {
        let Some((h, ..)) = self.with_area(th) else {
            return Ok(None);
        };
        let _guard = th.lock(h);
        let s = th.shapes().get(h.shape.load(Ordering::Relaxed));
        // SAFETY: the lock is held; fixed slots are inline.
        unsafe {
            let p = slot_ptr(h, s, i);
            if p.is_null() {
                return Ok(None);
            }
            let old = (*p).load(Ordering::Relaxed);
            (*p).store(own_published(v).0, Ordering::Release);
            Ok(Obj::from_value_opt(Value(old)))
        }
    }
}

/// Writes a slot and gives the old content.
///
/// # Safety
/// As [`area`], the lock is held in Multi, and there is room for the slot.
#[inline(always)]
pub unsafe fn write_slot(h: &Header, s: &Shape, i: usize, v: Obj) -> Option<Obj> {
    // SAFETY: the caller's promise.
    unsafe {
        let p = slot_ptr(h, s, i);
        debug_assert!(!p.is_null());
        let old = (*p).load(Ordering::Relaxed);
        (*p).store(own_published(Some(v)).0, Ordering::Release);
        Obj::from_value_opt(Value(old))
    }
}

/// Makes room for slot `i` in the overflow array, if it lies there.
///
/// # Safety
/// As [`area`], the lock is held in Multi.
pub unsafe fn grow_for(th: &Thread, h: &Header, s: &Shape, i: usize) -> Res<()> {
    let inline = s.inline_cap as usize;
    if i < inline {
        return Ok(());
    }
    let need = i - inline + 1;
    // SAFETY: the caller's promise.
    unsafe {
        let base = area(h, s);
        let old = (*base).load(Ordering::Relaxed);
        let cap = if old == 0 {
            0
        } else {
            *(old as *const u64) as usize
        };
        if need <= cap {
            return Ok(());
        }
        let new_cap = (cap * 2).max(need).max(4);
        let p = std::alloc::alloc_zeroed(array_layout(new_cap)).cast::<u64>();
        if p.is_null() {
            return Err(th.memory_error());
        }
        *p = new_cap as u64;
        if old != 0 {
            std::ptr::copy_nonoverlapping((old as *const u64).add(1), p.add(1), cap);
        }
        (*base).store(p as u64, Ordering::Release);
        free_array(th, old);
    }
    Ok(())
}

unsafe fn free_array(th: &Thread, ext: u64) {
    if ext != 0 {
        // SAFETY: an overflow array starts with its capacity; no instance points to it any more.
        let cap = unsafe { *(ext as *const u64) } as usize;
        // SAFETY: nothing points to it any more, as the caller says; allocated with this layout.
        unsafe {
            th.retire_bytes(ext as *mut u8, 8 + cap * 8, |p, n| {
                std::alloc::dealloc(p, std::alloc::Layout::from_size_align_unchecked(n, 8))
            })
        };
    }
}

/// Visits what the attribute area owns.
///
/// # Safety
/// As [`area`] (an area need not exist); the world is stopped.
#[inline]
pub unsafe fn traverse(h: *const Header, s: &Shape, visit: &mut (impl FnMut(Value) + ?Sized)) {
    if s.attr_offset == NO_ATTRS {
        return;
    }
    // SAFETY: the caller's promise.
    unsafe {
        let base = area(h, s);
        for i in 0..s.inline_cap as usize {
            visit(Value((*base.add(1 + i)).load(Ordering::Relaxed)));
        }
        let ext = (*base).load(Ordering::Relaxed);
        if ext != 0 {
            if s.dict_mode() {
                visit(Value(ext));
            } else {
                let cap = *(ext as *const u64) as usize;
                for i in 0..cap {
                    visit(Value(
                        (*(ext as *const AtomicU64).add(1 + i)).load(Ordering::Relaxed),
                    ));
                }
            }
        }
    }
}

/// Gives up everything that the attribute area of a dying object holds.
///
/// # Safety
/// As [`take_all`].
#[inline]
pub unsafe fn drop_all(th: &Thread, h: *const Header, s: &Shape) {
    if s.attr_offset == NO_ATTRS {
        return;
    }
    // SAFETY: the caller's promise.
    unsafe {
        let base = area(h, s);
        let slots = base.add(1).cast::<Value>();
        let n = (s.inline_cap as usize).min(s.nslots as usize);
        let ext = (*base).load(Ordering::Relaxed);
        super::rc::dec_words(slots, n);
        if ext != 0 {
            (*(base as *mut AtomicU64)).store(0, Ordering::Relaxed);
            drop_ext(th, s, ext);
        }
    }
}

#[cold]
#[inline(never)]
unsafe fn drop_ext(_th: &Thread, s: &Shape, ext: u64) {
    // SAFETY: as `drop_all`: `ext` is what the area of an object of this shape held.
    unsafe {
        if s.dict_mode() {
            drop(Obj::from_value(Value(ext)));
        } else {
            let cap = *(ext as *const u64) as usize;
            super::rc::dec_words((ext as *const Value).add(1), cap);
            std::alloc::dealloc(ext as *mut u8, array_layout(cap));
        }
    }
}

/// Takes everything out of the attribute area: when the object dies, or to break a cycle.
///
/// # Safety
/// As [`area`] (an area need not exist); nobody else uses the object.
pub unsafe fn take_all(h: *const Header, s: &Shape, out: &mut dyn FnMut(Obj)) {
    if s.attr_offset == NO_ATTRS {
        return;
    }
    // SAFETY: the caller's promise.
    unsafe {
        let base = area(h, s);
        for i in 0..s.inline_cap as usize {
            let v = (*base.add(1 + i)).load(Ordering::Relaxed);
            if v != 0 {
                (*base.add(1 + i)).store(0, Ordering::Relaxed);
                out(Obj::from_value(Value(v)));
            }
        }
        let ext = (*base).load(Ordering::Relaxed);
        if ext == 0 {
            return;
        }
        (*base).store(0, Ordering::Relaxed);
        if s.dict_mode() {
            out(Obj::from_value(Value(ext)));
        } else {
            let cap = *(ext as *const u64) as usize;
            for i in 0..cap {
                let v = (*(ext as *const AtomicU64).add(1 + i)).load(Ordering::Relaxed);
                if v != 0 {
                    out(Obj::from_value(Value(v)));
                }
            }
            std::alloc::dealloc(ext as *mut u8, array_layout(cap));
        }
    }
}
