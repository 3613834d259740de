//! Global names, and names of module and class bodies.

use crate::object::code::Site;
use crate::object::dict::Dict;
use crate::object::frame::Frame;
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Py};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

/// The globals of a frame.
///
/// # Safety
/// `f` is a live record.
pub unsafe fn globals<'a>(f: *mut Frame) -> &'a Py<Dict> {
    // SAFETY: the word is a dict kept alive by the frame.
    unsafe { Obj::ref_from(&(*f).globals).cast_unchecked::<Dict>() }
}

unsafe fn builtins<'a>(f: *mut Frame) -> &'a Py<Dict> {
    // SAFETY: as above.
    unsafe { Obj::ref_from(&(*f).builtins).cast_unchecked::<Dict>() }
}

/// The global or builtin of the site's name; fills the site.
///
/// # Safety
/// `f` is the running record, `site` one of its code.
#[cold]
#[inline(never)]
pub unsafe fn load_global(th: &Thread, f: *mut Frame, site: &Site) -> Res {
    // SAFETY: the caller's promise; site names are immortal.
    unsafe {
        let name = Obj::ref_from(&site.name);
        let g = globals(f);
        if !g.obj().is_exact::<Dict>() {
            // A subclass may have a `__getitem__` or `__missing__` of its own (`annotationlib` uses that).
            if let Some(v) = from_mapping(th, g.obj(), name)? {
                return Ok(v);
            }
            return match builtins(f).get_interned(th, name) {
                Some(v) => Ok(v),
                None => Err(th.name_error(name)),
            };
        }
        if let Some(v) = g.get_interned(th, name) {
            if let Some((uid, i)) = g.cache_entry(th, name) {
                site.a
                    .store((uid as u64) << 32 | i as u64, Ordering::Release);
            }
            return Ok(v);
        }
        let b = builtins(f);
        if let Some(v) = b.get_interned(th, name) {
            if let Some(absent) = g.cache_absent(th, name)
                && let Some((uid, i)) = b.cache_entry(th, name)
            {
                site.b
                    .store((uid as u64) << 32 | i as u64, Ordering::Release);
                site.c.store(absent as u64, Ordering::Release);
            }
            return Ok(v);
        }
        Err(th.name_error(name))
    }
}

/// # Safety
/// As [`load_global`].
pub unsafe fn store_global(th: &Thread, f: *mut Frame, site: &Site, v: Obj) -> Res<()> {
    // SAFETY: as above.
    unsafe { globals(f).set_item(th, Obj::ref_from(&site.name), v) }
}

/// # Safety
/// As [`load_global`].
pub unsafe fn delete_global(th: &Thread, f: *mut Frame, site: &Site) -> Res<()> {
    // SAFETY: as above.
    unsafe {
        let name = Obj::ref_from(&site.name);
        match globals(f).del_item(th, name)? {
            Some(_) => Ok(()),
            None => Err(th.name_error(name)),
        }
    }
}

/// The frame's locals mapping.
///
/// # Safety
/// `f` is a live record of this thread.
pub unsafe fn locals(th: &Thread, f: *mut Frame) -> Res {
    // SAFETY: the caller's promise.
    unsafe {
        if (*f).locals.is_empty() {
            return super::frameobj::dict_of(th, super::frameobj::variables(th, f))
                .map(Py::into_obj);
        }
        Ok(Obj::from_borrowed((*f).locals))
    }
}

/// `mapping[name]`, `None` on KeyError.
pub fn from_mapping(th: &Thread, m: &Obj, name: &Obj) -> Res<Option<Obj>> {
    if let Some(d) = m.exact::<Dict>() {
        return Ok(d.get_interned(th, name));
    }
    match th.getitem(m, name) {
        Ok(v) => Ok(Some(v)),
        Err(e) if e.is(th, TypeId::KeyError) => Ok(None),
        Err(e) => Err(e),
    }
}

/// The name in the frame's locals mapping.
///
/// # Safety
/// As [`locals`].
pub unsafe fn from_locals(th: &Thread, f: *mut Frame, name: &Obj) -> Res<Option<Obj>> {
    // SAFETY: the caller's promise.
    unsafe {
        if (*f).locals.is_empty() {
            return Ok(None);
        }
        from_mapping(th, Obj::ref_from(&(*f).locals), name)
    }
}

/// # Safety
/// As [`load_global`].
pub unsafe fn load_name(th: &Thread, f: *mut Frame, site: &Site) -> Res {
    // SAFETY: the caller's promise.
    unsafe {
        if (*f).locals != (*f).globals {
            if let Some(v) = from_locals(th, f, Obj::ref_from(&site.name))? {
                return Ok(v);
            }
        }
        let w = site.a.load(Ordering::Acquire);
        if w != 0 {
            let v = globals(f).cached_value((w >> 32) as u32, w as u32);
            if !v.is_empty() {
                return Ok(Obj::from_borrowed(v));
            }
        }
        load_global(th, f, site)
    }
}

/// # Safety
/// As [`load_global`].
pub unsafe fn store_name(th: &Thread, f: *mut Frame, site: &Site, v: Obj) -> Res<()> {
    // SAFETY: the caller's promise.
    unsafe {
        let name = Obj::ref_from(&site.name);
        if (*f).locals.is_empty() {
            return Err(th.system_error("no locals when storing a name"));
        }
        let l = Obj::ref_from(&(*f).locals);
        match l.exact::<Dict>() {
            Some(d) => d.set_item(th, name, v),
            None => th.setitem(l, name, &v),
        }
    }
}

/// # Safety
/// As [`load_global`].
pub unsafe fn delete_name(th: &Thread, f: *mut Frame, site: &Site) -> Res<()> {
    // SAFETY: the caller's promise.
    unsafe {
        let name = Obj::ref_from(&site.name);
        let l = Obj::ref_from(&(*f).locals);
        match l.exact::<Dict>() {
            Some(d) => match d.del_item(th, name)? {
                Some(_) => Ok(()),
                None => Err(th.name_error(name)),
            },
            None => match th.delitem(l, name) {
                Err(e) if e.is(th, TypeId::KeyError) => Err(th.name_error(name)),
                r => r,
            },
        }
    }
}

/// `__build_class__` of the frame's builtins.
///
/// # Safety
/// As [`load_global`].
pub unsafe fn build_class(th: &Thread, f: *mut Frame) -> Res {
    // SAFETY: the caller's promise.
    match unsafe { builtins(f) }.get_interned(th, &th.rt().names().__build_class__) {
        Some(v) => Ok(v),
        None => Err(th.err(TypeId::NameError, "__build_class__ not found")),
    }
}

/// Makes `__annotations__` in the frame's locals if it is missing.
///
/// # Safety
/// As [`load_global`].
pub unsafe fn setup_annotations(th: &Thread, f: *mut Frame) -> Res<()> {
    // SAFETY: the caller's promise.
    unsafe {
        let name = &th.rt().names().__annotations__;
        if from_locals(th, f, name)?.is_none() {
            let d = th.new_dict()?.into_obj();
            th.setitem(Obj::ref_from(&(*f).locals), name, &d)?;
        }
        Ok(())
    }
}
