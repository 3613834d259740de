//! Making objects.

use super::error::Res;
use super::thread::Thread;
use crate::object::def::type_flags;
use crate::object::dict::Dict;
use crate::object::instance::object_size;
use crate::object::int::BigInt;
use crate::object::list::{List, list_of_words};
use crate::object::string::{Str, StrKind, UNITS};
use crate::object::tuple::Tuple;
use crate::object::types::Type;
use crate::object::value::{INT_MAX, INT_MIN};
use crate::object::{Native, Obj, Py, Value};
use dashu_int::IBig;
use std::ptr::NonNull;
use threadsnake_algo::text::{StrData, StrRef};
use threadsnake_threads::header::Header;

#[cold]
pub(crate) fn out_of_memory() -> ! {
    // Small allocations have no way to fail in Rust's own collections either: the system is out of memory for good.
    std::alloc::handle_alloc_error(std::alloc::Layout::new::<[u64; 8]>())
}

/// Writes the parts one behind the other.
#[inline]
fn write_parts(mut p: *mut u8, parts: &[&[u8]]) {
    for part in parts {
        // SAFETY: the callers have asked for the parts' bytes in all.
        unsafe {
            std::ptr::copy_nonoverlapping(part.as_ptr(), p, part.len());
            p = p.add(part.len());
        }
    }
}

impl Thread {
    /// Memory for an object of shape `shape` with `var` bytes of items, its header and attribute area written.
    #[inline(always)]
    fn raw_object(&self, shape: u32, size: usize, var: usize) -> Option<NonNull<u8>> {
        let s = self.shapes().get(shape);
        let n = object_size(size, var, s.attr_offset, s.inline_cap as usize);
        // SAFETY: the thread holds its slot.
        let p = unsafe { self.heap().alloc(&self.rt().chunks, n) }?;
        let body = (16 + size + var).next_multiple_of(8);
        // SAFETY: fresh memory of `n` bytes. The shape id is written last among what the collector looks at; it only
        // looks with the world stopped.
        unsafe {
            if body < n {
                p.as_ptr().add(body).write_bytes(0, n - body);
            }
            p.cast::<Header>()
                .write(Header::new(shape, self.rec().slot, self.multi()));
        }
        Some(p)
    }

    /// Memory of `size` bytes in all for an object of this shape, its header written and the rest zero.
    pub(crate) fn raw_sized(&self, shape: u32, size: usize) -> Option<NonNull<u8>> {
        // SAFETY: the thread holds its slot.
        let p = unsafe { self.heap().alloc(&self.rt().chunks, size) }?;
        // SAFETY: fresh memory of `size` bytes, at least a header.
        unsafe {
            p.as_ptr().add(16).write_bytes(0, size.saturating_sub(16));
            p.cast::<Header>()
                .write(Header::new(shape, self.rec().slot, self.multi()));
        }
        Some(p)
    }

    /// An object of a shape whose layout starts with `T` and is not variable.
    ///
    /// # Safety
    /// The shape's layout is `T::LAYOUT`.
    #[inline(always)]
    pub unsafe fn alloc_shape<T: Native>(&self, shape: u32, payload: T) -> Py<T> {
        let Some(p) = self.raw_object(shape, size_of::<T>(), 0) else {
            out_of_memory()
        };
        // SAFETY: the payload's place; the header says one reference, which is given to the caller.
        unsafe {
            p.add(16).cast::<T>().write(payload);
            Py::from_obj_unchecked(Obj::from_value(Value(p.as_ptr() as u64)))
        }
    }

    /// An instance of exactly the built-in type of `T`.
    #[inline(always)]
    pub fn alloc<T: Native>(&self, payload: T) -> Py<T> {
        const { assert!(align_of::<T>() <= 16, "box what needs more alignment") };
        // SAFETY: the root shape of a built-in type has its layout.
        unsafe { self.alloc_shape(T::SHAPE, payload) }
    }

    /// An instance of `cls`, which is the built-in type of `T` or derives from it.
    pub fn alloc_as<T: Native>(&self, cls: &Py<Type>, payload: T) -> Res<Py<T>> {
        if !std::ptr::eq(cls.layout, T::LAYOUT) {
            return Err(self.type_error(format!("cannot create '{}' instances", cls.name_text())));
        }
        let shape = cls.instance_shape(self)?;
        // SAFETY: the layout was compared.
        let o = unsafe { self.alloc_shape(shape, payload) };
        self.note_new(cls, o.obj());
        Ok(o)
    }

    /// An instance of another built-in type that shares `T`'s layout (exception classes, generator kinds).
    pub fn alloc_id<T: Native>(&self, id: crate::object::type_ids::TypeId, payload: T) -> Py<T> {
        debug_assert!(std::ptr::eq(self.ty(id).layout, T::LAYOUT));
        // SAFETY: the table of types says that the layouts agree.
        unsafe { self.alloc_shape(id.root_shape(), payload) }
    }

    /// Bookkeeping for a new instance of a class.
    #[inline(always)]
    fn note_new(&self, _cls: &Py<Type>, _o: &Obj) {}

    /// An instance of a variable-sized type; `fill` writes `var` bytes behind the payload.
    #[inline(always)]
    fn alloc_var<T: Native>(
        &self,
        shape: u32,
        payload: T,
        var: usize,
        fill: impl FnOnce(*mut u8),
    ) -> Res<Py<T>> {
        self.reserve(var)?;
        let Some(p) = self.raw_object(shape, size_of::<T>(), var) else {
            return Err(self.memory_error());
        };
        // SAFETY: payload and items have their places; nobody sees the object yet.
        unsafe {
            p.add(16).cast::<T>().write(payload);
            fill(p.as_ptr().add(16 + size_of::<T>()));
            Ok(Py::from_obj_unchecked(Obj::from_value(Value(
                p.as_ptr() as u64
            ))))
        }
    }

    /// An instance of a variable-sized type, exact or of a deriving class, its items given as bytes.
    ///
    /// # Safety
    /// `cls`'s layout is `T::LAYOUT`, and the bytes are what `T` expects behind it.
    pub unsafe fn alloc_var_as<T: Native>(
        &self,
        cls: Option<&Py<Type>>,
        payload: T,
        bytes: &[u8],
    ) -> Res<Py<T>> {
        let shape = match cls {
            Some(c) => c.instance_shape(self)?,
            None => T::SHAPE,
        };
        // SAFETY: `fill` gets room for `bytes.len()` bytes.
        self.alloc_var(shape, payload, bytes.len(), |p| unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), p, bytes.len())
        })
    }

    // --- numbers

    /// An int.
    #[inline(always)]
    pub fn int(&self, n: i64) -> Obj {
        if (INT_MIN..=INT_MAX).contains(&n) {
            Obj::small_int(n)
        } else {
            self.big(IBig::from(n))
        }
    }
    /// An int.
    pub fn uint(&self, n: u64) -> Obj {
        if n <= INT_MAX as u64 {
            Obj::small_int(n as i64)
        } else {
            self.big(IBig::from(n))
        }
    }
    /// An int of any size, in its normal form.
    pub fn bigint(&self, n: IBig) -> Obj {
        match i64::try_from(&n) {
            Ok(small) if (INT_MIN..=INT_MAX).contains(&small) => Obj::small_int(small),
            _ => self.big(n),
        }
    }
    #[cold]
    fn big(&self, n: IBig) -> Obj {
        self.alloc(BigInt { n }).into_obj()
    }

    // --- text

    /// A str.
    pub fn str(&self, s: &str) -> Res {
        if s.is_ascii() {
            return self.str_units(None, StrKind::Ascii, s.as_bytes(), s.len());
        }
        self.str_data(StrData::from(s))
    }
    /// A str from text of any kind that is in its narrowest kind.
    pub fn str_data(&self, s: StrData) -> Res {
        self.str_ref(s.as_ref())
    }
    /// A str of the same units; the kind must be the narrowest possible.
    pub fn str_ref(&self, s: StrRef<'_>) -> Res {
        self.str_ref_as(None, s)
    }
    /// A str, exact or of a deriving class, from text in its narrowest kind.
    pub fn str_ref_as(&self, cls: Option<&Py<Type>>, s: StrRef<'_>) -> Res {
        fn bytes<T>(u: &[T]) -> &[u8] {
            // SAFETY: plain integers, seen as bytes.
            unsafe { std::slice::from_raw_parts(u.as_ptr().cast(), size_of_val(u)) }
        }
        match s {
            StrRef::Ascii(u) => self.str_units(cls, StrKind::Ascii, u, u.len()),
            StrRef::Latin1(u) => self.str_units(cls, StrKind::Latin1, u, u.len()),
            StrRef::Ucs2(u) => self.str_units(cls, StrKind::Ucs2, bytes(u), u.len()),
            StrRef::Ucs4(u) => self.str_units(cls, StrKind::Ucs4, bytes(u), u.len()),
        }
    }
    /// A str of several parts one behind the other, at least two units in all, all of this kind or of a narrower one of the
    /// same width.
    pub fn str_joined(&self, kind: StrKind, parts: &[&[u8]]) -> Res {
        let bytes: usize = parts.iter().map(|p| p.len()).sum();
        let head = Str::head(bytes / kind.width(), kind);
        self.alloc_var(Str::SHAPE, head, bytes, |p| write_parts(p, parts))
            .map(Py::into_obj)
    }
    /// A `bytes` object of several parts one behind the other.
    pub fn bytes_joined(&self, parts: &[&[u8]]) -> Res {
        let n: usize = parts.iter().map(|p| p.len()).sum();
        let head = crate::object::bytes::Bytes::head(n);
        let shape = crate::object::bytes::Bytes::SHAPE;
        self.alloc_var(shape, head, n, |p| write_parts(p, parts))
            .map(Py::into_obj)
    }
    fn str_units(&self, cls: Option<&Py<Type>>, kind: StrKind, bytes: &[u8], len: usize) -> Res {
        if cls.is_none() && len <= 1 && kind.width() == 1 {
            if let Some(o) = self.short_str(bytes) {
                return Ok(o);
            }
        }
        const { assert!(UNITS == size_of::<Str>()) };
        // SAFETY: `len` units of this kind.
        unsafe { self.alloc_var_as(cls, Str::head(len, kind), bytes) }.map(Py::into_obj)
    }
    #[inline]
    fn short_str(&self, bytes: &[u8]) -> Option<Obj> {
        let table = self.rt().latin1.get()?;
        table
            .get(bytes.first().map_or(256, |&b| b as usize))
            .cloned()
    }
    /// The string of one code point below 256: immortal.
    #[inline(always)]
    pub fn latin1_char(&self, c: u8) -> Obj {
        match self.rt().latin1.get() {
            Some(t) => t[c as usize].clone(),
            None => self.str_infallible(&(c as char).to_string()),
        }
    }
    /// The string of one code point below 256, uncounted (the runtime keeps it); empty before there is one.
    #[inline(always)]
    pub fn latin1_word(&self, c: u8) -> Value {
        match self.rt().latin1.get() {
            Some(t) => t[c as usize].value(),
            None => Value::EMPTY,
        }
    }
    /// `''`
    pub fn empty_str(&self) -> Obj {
        match self.rt().latin1.get() {
            Some(t) => t[256].clone(),
            None => self.str_infallible(""),
        }
    }
    /// A str whose size is small for sure.
    pub fn str_infallible(&self, s: &str) -> Obj {
        match self.str(s) {
            Ok(o) => o,
            Err(_) => out_of_memory(),
        }
    }
    /// An interned, immortal str.
    pub fn intern(&self, s: &str) -> Obj {
        self.rt().interner.intern(s)
    }
    /// The interned str of the same text.
    pub fn intern_obj(&self, s: &Obj) -> Obj {
        self.rt().interner.intern_obj(s)
    }

    // --- containers

    /// `()`
    #[inline]
    pub fn empty_tuple(&self) -> Obj {
        match self.rt().empty_tuple.get() {
            Some(t) => t.clone(),
            None => match self.tuple_as(None, Vec::new()) {
                Ok(o) => o,
                Err(_) => out_of_memory(),
            },
        }
    }
    /// A tuple.
    pub fn tuple(&self, items: Vec<Obj>) -> Res {
        if items.is_empty() {
            return Ok(self.empty_tuple());
        }
        self.tuple_as(None, items)
    }
    /// A tuple, exact or of a deriving class.
    pub fn tuple_as(&self, cls: Option<&Py<Type>>, items: Vec<Obj>) -> Res {
        let shape = match cls {
            Some(c) => c.instance_shape(self)?,
            None => Tuple::SHAPE,
        };
        let n = items.len();
        let t = self.alloc_var(shape, Tuple::head(n), n * 8, |p| {
            let p = p.cast::<u64>();
            for (i, o) in items.into_iter().enumerate() {
                // SAFETY: room for `n` words.
                unsafe { p.add(i).write(crate::object::obj::own_published(Some(o)).0) };
            }
        })?;
        Ok(t.into_obj())
    }
    /// A tuple of these items.
    pub fn tuple_cloned(&self, items: &[Obj]) -> Res {
        if items.is_empty() {
            return Ok(self.empty_tuple());
        }
        let n = items.len();
        let t = self.alloc_var(Tuple::SHAPE, Tuple::head(n), n * 8, |p| {
            let p = p.cast::<u64>();
            for (i, o) in items.iter().enumerate() {
                // SAFETY: room for `n` words.
                unsafe {
                    p.add(i)
                        .write(crate::object::obj::own_published(Some(o.clone())).0)
                };
            }
        })?;
        Ok(t.into_obj())
    }
    /// A tuple of what an iterator gives.
    pub fn tuple_from(&self, items: impl Iterator<Item = Obj>) -> Res {
        self.tuple_of_small(items.collect())
    }
    /// A tuple of these items.
    pub fn tuple_of_small(&self, mut items: smallvec::SmallVec<[Obj; 8]>) -> Res {
        // SAFETY: `Obj` is a transparent word; the tuple takes the references over, so the vector forgets them.
        unsafe {
            let words = std::slice::from_raw_parts(items.as_ptr().cast(), items.len());
            let t = self.tuple_of_words(words)?;
            items.set_len(0);
            Ok(t)
        }
    }
    /// A tuple of two.
    pub fn pair(&self, a: Obj, b: Obj) -> Res {
        let words = [a.into_value(), b.into_value()];
        // SAFETY: both own their references, which the tuple takes over.
        unsafe { self.tuple_of_words(&words) }
    }
    /// A tuple of words that own their references; the caller gives them up.
    ///
    /// # Safety
    /// Each word is not empty and owns its reference.
    #[inline]
    pub unsafe fn tuple_of_words(&self, words: &[Value]) -> Res {
        if words.is_empty() {
            return Ok(self.empty_tuple());
        }
        let n = words.len();
        let t = self.alloc_var(Tuple::SHAPE, Tuple::head(n), n * 8, |p| {
            let p = p.cast::<Value>();
            for (i, &v) in words.iter().enumerate() {
                // SAFETY: room for `n` words; alive.
                unsafe {
                    if v.is_ptr() {
                        crate::object::rc::publish(v);
                    }
                    p.add(i).write(v);
                }
            }
        })?;
        Ok(t.into_obj())
    }
    /// An object of a built-in type with `var` bytes of items behind it; `write` writes it and them where they are.
    ///
    /// # Safety
    /// It does so.
    #[inline(always)]
    pub(crate) unsafe fn alloc_var_in_place<T: Native>(
        &self,
        id: crate::object::type_ids::TypeId,
        var: usize,
        write: impl FnOnce(*mut T),
    ) -> Res<Py<T>> {
        debug_assert!(std::ptr::eq(self.ty(id).layout, T::LAYOUT));
        self.reserve(var)?;
        let Some(p) = self.raw_object(id.root_shape(), size_of::<T>(), var) else {
            return Err(self.memory_error());
        };
        // SAFETY: payload and items have their places, and the caller's promise; nobody sees the object yet.
        unsafe {
            write(p.as_ptr().add(16).cast());
            Ok(Py::from_obj_unchecked(Obj::from_value(Value(
                p.as_ptr() as u64
            ))))
        }
    }
    /// A list.
    pub fn list(&self, items: Vec<Obj>) -> Res {
        let mut items = items;
        // SAFETY: the list takes the items over, so the vector forgets them.
        unsafe {
            let l = list_of_words(self, items.as_ptr().cast(), items.len())?;
            items.set_len(0);
            Ok(l.into_obj())
        }
    }
    /// A tuple of these items.
    pub fn tuple_of_items(&self, items: &[Obj]) -> Res {
        if items.is_empty() {
            return Ok(self.empty_tuple());
        }
        let n = items.len();
        let t = self.alloc_var(Tuple::SHAPE, Tuple::head(n), n * 8, |p| {
            let p = p.cast::<u64>();
            for (i, o) in items.iter().enumerate() {
                // SAFETY: room for `n` words.
                unsafe {
                    p.add(i)
                        .write(crate::object::obj::own_published(Some(o.clone())).0)
                };
            }
        })?;
        Ok(t.into_obj())
    }
    /// Frees the memory of an exact tuple of `n` items whose references have been moved out.
    ///
    /// # Safety
    /// Nobody else refers to the tuple.
    #[inline]
    pub unsafe fn free_tuple_shell(&self, t: Value, n: usize) {
        // SAFETY: the caller's promise: tuples have neither finaliser nor weak references.
        unsafe {
            self.heap().free(
                NonNull::new_unchecked(t.0 as *mut u8),
                16 + size_of::<Tuple>() + n * 8,
            )
        };
    }
    /// An empty list.
    #[inline]
    pub fn new_list(&self) -> Py<List> {
        self.alloc(List::new())
    }
    /// An empty dict.
    #[inline]
    pub fn new_dict(&self) -> Res<Py<Dict>> {
        Ok(self.alloc(Dict::new()))
    }

    /// Whether a class makes instances of a payload that the runtime can allocate by `alloc_as`.
    pub fn can_instantiate(&self, cls: &Py<Type>) -> bool {
        !cls.has(type_flags::NO_NEW)
    }
}
