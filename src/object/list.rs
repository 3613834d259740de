//! Lists: an array of words; reads without a lock in both modes.
//!
//! Invariants
//! - L1: who changes a list holds its object lock in Multi; no Python runs under it.
//! - L2: items `0..len` of the array are non-empty but while a writer is at work: a reader that meets an empty word, or an
//!   index at or beyond `len`, takes the slow path under the lock.
//! - L3: an array that was replaced is retired, not freed, in Multi. It owns no counts any more.

mod parts;

use super::heap;
use super::layout::{Layout, Native, Visit};
use super::obj::{Obj, Py, own_published, owner_of};
use super::rc;
use super::type_ids::TypeId;
use super::value::Value;
use crate::runtime::error::Res;
use crate::runtime::thread::{Overwriting, Thread};
use std::ops::Range;
use std::ptr::null_mut;
use threadsnake_threads::lock::{LockGuard, LockGuard2, ObjectLock};
use threadsnake_threads::refcount;
use threadsnake_threads::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// Offset of the length in the payload, for compiled code.
pub const LEN_OFFSET: usize = std::mem::offset_of!(List, len);
/// Offset of the pointer to the storage, for compiled code; items start 8 bytes into it.
pub const ARRAY_OFFSET: usize = std::mem::offset_of!(List, array);

/// Offset in the storage of how many items it has room for, 32 bits.
pub const CAP_OFFSET: usize = std::mem::offset_of!(Array, cap);

/// Payload of lists.
pub struct List {
    len: AtomicUsize,
    array: AtomicPtr<Array>,
}

/// Small arrays come from the thread's heap, large ones from the system allocator.
#[repr(C)]
struct Array {
    /// Always 0: an array is no object (`heap::alloc_array`). Atomic, so that what is behind a reference to the array may be
    /// written through it.
    no_object: AtomicU32,
    cap: u32,
    // items follow
}

impl Array {
    #[inline]
    fn alloc(th: &Thread, cap: usize) -> Res<*mut Array> {
        if cap > u32::MAX as usize {
            return Err(th.memory_error());
        }
        let bytes = Array::bytes(cap);
        th.reserve(bytes)?;
        let p = heap::alloc_array(th, bytes).cast::<Array>();
        if p.is_null() {
            return Err(th.memory_error());
        }
        // SAFETY: fresh memory.
        unsafe {
            p.write(Array {
                no_object: AtomicU32::new(0),
                cap: cap as u32,
            })
        };
        Ok(p)
    }
    /// One of empty words, so large that it comes from the system allocator; null if that refuses.
    fn zeros(cap: usize) -> *mut Array {
        if cap > u32::MAX as usize {
            return null_mut();
        }
        let p = heap::alloc_zeros(Array::bytes(cap)).cast::<Array>();
        if !p.is_null() {
            // SAFETY: fresh memory.
            unsafe { (*p).cap = cap as u32 };
        }
        p
    }
    #[inline(always)]
    const fn bytes(cap: usize) -> usize {
        8 + cap * 8
    }
    #[inline(always)]
    fn cap(&self) -> usize {
        self.cap as usize
    }
    #[inline(always)]
    fn items(&self) -> *mut AtomicU64 {
        (self as *const Array).wrapping_add(1) as *mut AtomicU64
    }
    #[inline(always)]
    fn at(&self, i: usize) -> &AtomicU64 {
        debug_assert!(i < self.cap());
        // SAFETY: the items follow the head.
        unsafe { &*self.items().add(i) }
    }
    /// Moves `n` words. A reader in Multi sees each word either before or after its move: items may be skipped or
    /// repeated, never invented.
    #[inline]
    fn shift(&self, th: &Thread, from: usize, to: usize, n: usize) {
        if !th.multi() {
            // SAFETY: both ranges lie within the capacity, says the caller; nobody else runs.
            unsafe {
                std::ptr::copy(
                    self.items().add(from).cast::<u64>(),
                    self.items().add(to).cast::<u64>(),
                    n,
                );
            }
        } else if to > from {
            for i in (0..n).rev() {
                self.at(to + i)
                    .store(self.at(from + i).load(Ordering::Relaxed), Ordering::Release);
            }
        } else {
            for i in 0..n {
                self.at(to + i)
                    .store(self.at(from + i).load(Ordering::Relaxed), Ordering::Release);
            }
        }
    }
}

/// What a large list that others read grows to where it needs `cap`: readers may be in the old array, so that each growth
/// copies; and the pages that are not used yet take no memory.
fn roomy(cap: usize) -> usize {
    const FROM: usize = 1 << 13;
    let more = if cap >= FROM { cap } else { cap >> 1 };
    (cap + more).min(u32::MAX as usize).max(cap)
}

static LAYOUT: Layout = Layout::of::<List>("list");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for List {
    const TYPE: TypeId = TypeId::List;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        self.visit_items(visit);
    }
    fn clear(&self, th: &Thread) {
        // SAFETY: called on the payload of a live object.
        drop(unsafe { owner_of(self) }.take_all(th));
    }
}

impl Default for List {
    fn default() -> Self {
        List::new()
    }
}

impl List {
    /// [`Native::traverse`], for a visitor that is known.
    #[inline]
    pub fn visit_items(&self, visit: &mut (impl FnMut(Value) + ?Sized)) {
        if let Some(a) = self.array() {
            for i in 0..self.len().min(a.cap()) {
                let v = Value(a.at(i).load(Ordering::Relaxed));
                if v.is_ptr() {
                    visit(v);
                }
            }
        }
    }
    /// An empty payload.
    pub const fn new() -> List {
        List {
            len: AtomicUsize::new(0),
            array: AtomicPtr::new(null_mut()),
        }
    }
    /// Number of items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    #[inline(always)]
    fn array(&self) -> Option<&Array> {
        // SAFETY: L3: readable until the next safepoint.
        unsafe { self.array.load(Ordering::Acquire).as_ref() }
    }
    /// The raw word of item `i`, empty if there is none just now (O2 of `obj`).
    #[inline(always)]
    pub fn raw_at(&self, i: usize) -> Value {
        if i >= self.len() {
            return Value::EMPTY;
        }
        match self.array() {
            Some(a) if i < a.cap() => Value(a.at(i).load(Ordering::Acquire)),
            _ => Value::EMPTY,
        }
    }
    /// The word of item `at`, if there is one: to be replaced, in Multi with the lock (L1).
    #[inline(always)]
    pub fn slot_single(&self, at: i64) -> Option<&AtomicU64> {
        if (at as u64) < self.len() as u64 {
            Some(self.array()?.at(at as usize))
        } else {
            None
        }
    }
}

impl Py<List> {
    /// Item `i`, if there is one.
    #[inline(always)]
    pub fn get(&self, th: &Thread, i: usize) -> Option<Obj> {
        let v = self.raw_at(i);
        if !v.is_empty() {
            // SAFETY: O2.
            return Some(unsafe { Obj::from_borrowed(v) });
        }
        if i >= self.len() {
            return None;
        }
        self.get_locked(th, i)
    }
    #[cold]
    fn get_locked(&self, th: &Thread, i: usize) -> Option<Obj> {
        let _guard = th.lock(self.head());
        let v = self.raw_at(i);
        if v.is_empty() {
            None
        } else {
            // SAFETY: O2.
            Some(unsafe { Obj::from_borrowed(v) })
        }
    }

    /// Makes the capacity at least `want` (L1 held).
    #[inline(always)]
    fn reserve_locked(&self, th: &Thread, want: usize, exact: bool) -> Res<()> {
        let old = self.array.load(Ordering::Relaxed);
        // SAFETY: L1.
        let cap = unsafe { old.as_ref() }.map_or(0, |a| a.cap());
        if cap >= want {
            return Ok(());
        }
        self.grow(th, want, exact)
    }
    #[inline(never)]
    fn grow(&self, th: &Thread, want: usize, exact: bool) -> Res<()> {
        let old = self.array.load(Ordering::Relaxed);
        // SAFETY: L1.
        let old_cap = unsafe { old.as_ref() }.map_or(0, |a| a.cap());
        let cap = if exact {
            want
        } else {
            (want + (want >> 3) + 6) & !3
        };
        if heap::is_large(Array::bytes(cap)) && th.rt().options.memory_limit == 0 {
            if !th.has_alone(self.head()) {
                return self.grow_shared(th, want, if exact { cap } else { roomy(cap) });
            }
            if heap::is_large(Array::bytes(old_cap)) {
                return self.resize(th, cap);
            }
        }
        let new = Array::alloc(th, cap)?;
        let len = self.len.load(Ordering::Relaxed);
        // SAFETY: L1; both arrays have at least `len` items; the new one is ours.
        unsafe {
            // The rest is empty, so that a reader with an old `len` never meets garbage.
            std::ptr::write_bytes((*new).items().cast::<u64>().add(len), 0, cap - len);
            self.put(th, new);
        }
        Ok(())
    }

    /// [`List::grow`] of a large list that others can read.
    #[inline(never)]
    fn grow_shared(&self, th: &Thread, want: usize, cap: usize) -> Res<()> {
        // SAFETY: L1; both arrays have at least `len` items; the new one is ours.
        unsafe {
            let mut new = Array::zeros(cap);
            if new.is_null() {
                new = Array::zeros(want);
            }
            if new.is_null() {
                return Err(th.memory_error());
            }
            self.put(th, new);
        }
        Ok(())
    }

    /// [`List::grow`] in place, of a large list that nobody else reads.
    fn resize(&self, th: &Thread, cap: usize) -> Res<()> {
        let old = self.array.load(Ordering::Relaxed);
        if cap > u32::MAX as usize {
            return Err(th.memory_error());
        }
        // SAFETY: L1, and nobody else can find the list; the array has `len` items.
        unsafe {
            let bytes = Array::bytes((*old).cap());
            th.reserve(Array::bytes(cap))?;
            let new = heap::resize_array(old.cast(), bytes, Array::bytes(cap)).cast::<Array>();
            if new.is_null() {
                return Err(th.memory_error());
            }
            (*new).cap = cap as u32;
            let len = self.len.load(Ordering::Relaxed);
            std::ptr::write_bytes((*new).items().cast::<u64>().add(len), 0, cap - len);
            self.array.store(new, Ordering::Release);
        }
        Ok(())
    }

    /// Puts `new`, all of whose words beyond `len` are empty, in the place of the array, and the items into it.
    ///
    /// # Safety
    /// L1; both arrays have at least `len` items; the new one is the caller's.
    #[inline]
    unsafe fn put(&self, th: &Thread, new: *mut Array) {
        let old = self.array.load(Ordering::Relaxed);
        let len = self.len.load(Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe {
            if let Some(a) = old.as_ref() {
                std::ptr::copy_nonoverlapping(
                    a.items().cast::<u64>(),
                    (*new).items().cast::<u64>(),
                    len,
                );
            }
            self.array.store(new, Ordering::Release);
            if !old.is_null() {
                let bytes = Array::bytes((*old).cap());
                th.retire_bytes_of(self.head(), old.cast(), bytes, heap::free_array);
            }
        }
    }

    /// `list.append(item)`
    #[inline]
    pub fn push(&self, th: &Thread, item: Obj) -> Res<()> {
        match self.push_quick(th, item) {
            Ok(()) => Ok(()),
            Err(item) => self.push_general(th, item),
        }
    }

    /// [`List::push`] where no lock is needed and the array has room; else the item comes back.
    #[inline(always)]
    fn push_quick(&self, th: &Thread, item: Obj) -> Result<(), Obj> {
        // First this: what another thread did before it gave up its reference is read below.
        if th.multi() && !refcount::is_uniquely_owned(self.head(), th.rec()) {
            return Err(item);
        }
        self.push_in_room(item)
    }

    /// [`List::push`], with the lock, where the array has room; else the item comes back.
    #[inline(always)]
    fn push_in_room(&self, item: Obj) -> Result<(), Obj> {
        let n = self.len.load(Ordering::Relaxed);
        match self.array() {
            Some(a) if n < a.cap() => {
                a.at(n)
                    .store(own_published(Some(item)).0, Ordering::Release);
                self.len.store(n + 1, Ordering::Release);
                Ok(())
            }
            _ => Err(item),
        }
    }

    /// [`List::push`] in every case.
    #[inline(never)]
    fn push_general(&self, th: &Thread, item: Obj) -> Res<()> {
        let mut item = Some(item);
        if th.multi() {
            ObjectLock::with_own(self.head(), th.rec(), || {
                item = item.take().and_then(|item| self.push_in_room(item).err());
            });
        }
        let Some(item) = item else {
            return Ok(());
        };
        let _guard = th.lock_briefly(self.head());
        let n = self.len.load(Ordering::Relaxed);
        let arr = self.array.load(Ordering::Relaxed);
        // SAFETY: L1.
        if unsafe { arr.as_ref() }.is_none_or(|a| n >= a.cap()) {
            self.reserve_locked(th, n + 1, false)?;
        }
        if let Some(a) = self.array() {
            a.at(n)
                .store(own_published(Some(item)).0, Ordering::Release);
            self.len.store(n + 1, Ordering::Release);
        }
        Ok(())
    }

    /// `list[i] = item` for an index in range; `Err(item)` if it is out of range by now.
    #[inline]
    pub fn set(&self, th: &Thread, i: usize, item: Obj) -> Result<(), Obj> {
        self.swap(th, i, item).map(drop)
    }

    /// As [`Self::set`]; gives what was there.
    #[inline]
    pub fn swap(&self, th: &Thread, i: usize, item: Obj) -> Result<Obj, Obj> {
        let new = own_published(Some(item));
        let old = if th.has_only_reference(self.head()) {
            self.replace(i, new, &Overwriting::Alone)
        } else {
            let own = || self.replace(i, new, &Overwriting::Alone);
            match ObjectLock::with_own(self.head(), th.rec(), own) {
                Some(old) => old,
                None => self.replace_locked(th, i, new),
            }
        };
        // SAFETY: the list owned it, and items in range are not empty (L2); else it is the caller's.
        unsafe {
            match old {
                Some(old) => Ok(Obj::from_value(old)),
                None => Err(Obj::from_value(new)),
            }
        }
    }

    /// Replaces an item; `None`: there is none. `way`: what keeps others away from the list meanwhile.
    #[inline(always)]
    fn replace(&self, i: usize, new: Value, way: &Overwriting<'_>) -> Option<Value> {
        if i >= self.len.load(Ordering::Relaxed) {
            return None;
        }
        Some(Value(way.replace(self.array()?.at(i), new.0)))
    }

    /// [`List::replace`] in a list that others have, too.
    #[inline(never)]
    fn replace_locked(&self, th: &Thread, i: usize, new: Value) -> Option<Value> {
        self.replace(i, new, &th.overwriting(self.head()))
    }

    /// Lets two items change places; `false` if there are not so many.
    pub fn exchange(&self, th: &Thread, i: usize, j: usize) -> bool {
        let _guard = th.lock_briefly(self.head());
        let n = self.len.load(Ordering::Relaxed);
        let (Some(a), true) = (self.array(), i < n && j < n) else {
            return false;
        };
        let (x, y) = (
            a.at(i).load(Ordering::Relaxed),
            a.at(j).load(Ordering::Relaxed),
        );
        a.at(i).store(y, Ordering::Release);
        a.at(j).store(x, Ordering::Release);
        true
    }

    /// Removes and returns the last item.
    pub fn pop_last(&self, th: &Thread) -> Option<Obj> {
        let _guard = th.lock_briefly(self.head());
        let n = self.len.load(Ordering::Relaxed);
        if n == 0 {
            return None;
        }
        let a = self.array()?;
        self.len.store(n - 1, Ordering::Release);
        let old = a.at(n - 1).load(Ordering::Relaxed);
        a.at(n - 1).store(0, Ordering::Release);
        // SAFETY: the list owned it.
        unsafe { Obj::from_value_opt(Value(old)) }
    }

    /// The same for the items `part` of the present number of them, a range within that; where it succeeds the list takes
    /// over the references that the `come` words at `items` own.
    ///
    /// # Safety
    /// The words are owned references; they are not in this list's array.
    unsafe fn splice_words(
        &self,
        th: &Thread,
        part: impl FnOnce(usize) -> Range<usize>,
        items: *const Value,
        come: usize,
    ) -> Res<Vec<Obj>> {
        let _guard = th.lock_briefly(self.head());
        let n = self.len.load(Ordering::Relaxed);
        let Range { start, end } = part(n);
        let gone = end - start;
        let new_len = n - gone + come;
        self.reserve_locked(th, new_len, n == 0)?;
        let mut old = Vec::with_capacity(gone);
        let Some(a) = self.array() else {
            return Ok(old);
        };
        for i in start..end {
            // SAFETY: the list owned it; it is overwritten below.
            old.extend(unsafe { Obj::from_value_opt(Value(a.at(i).load(Ordering::Relaxed))) });
        }
        if come != gone {
            a.shift(th, end, start + come, n - end);
        }
        for i in 0..come {
            // SAFETY: the caller's promise.
            unsafe {
                let v = *items.add(i);
                if v.is_ptr() {
                    rc::publish(v);
                }
                a.at(start + i).store(v.0, Ordering::Release);
            }
        }
        self.len.store(new_len, Ordering::Release);
        for i in new_len..n {
            a.at(i).store(0, Ordering::Release);
        }
        Ok(old)
    }

    /// `list.insert(i, item)`, the index clamped.
    pub fn insert(&self, th: &Thread, i: usize, item: Obj) -> Res<()> {
        let _guard = th.lock_briefly(self.head());
        let n = self.len.load(Ordering::Relaxed);
        let i = i.min(n);
        self.reserve_locked(th, n + 1, false)?;
        if let Some(a) = self.array() {
            a.shift(th, i, i + 1, n - i);
            a.at(i)
                .store(own_published(Some(item)).0, Ordering::Release);
            self.len.store(n + 1, Ordering::Release);
        }
        Ok(())
    }

    /// Removes item `i`, if there is one; negative numbers count from the end.
    pub fn remove(&self, th: &Thread, i: i64) -> Option<Obj> {
        let _guard = th.lock_briefly(self.head());
        let i = place(i, self.len.load(Ordering::Relaxed))?;
        self.take_at(th, i)
    }
    /// Removes `item` if it is item `i` just now; says whether it was.
    pub fn remove_same(&self, th: &Thread, i: usize, item: &Obj) -> bool {
        let guard = th.lock_briefly(self.head());
        let there = self.raw_at(i) == item.value();
        let old = if there { self.take_at(th, i) } else { None };
        drop(guard);
        old.is_some()
    }
    /// Takes out item `i`, which is below `len` (L1 held).
    fn take_at(&self, th: &Thread, i: usize) -> Option<Obj> {
        let n = self.len.load(Ordering::Relaxed);
        let a = self.array()?;
        let old = a.at(i).load(Ordering::Relaxed);
        a.shift(th, i + 1, i, n - 1 - i);
        self.len.store(n - 1, Ordering::Release);
        a.at(n - 1).store(0, Ordering::Release);
        // SAFETY: the list owned it.
        unsafe { Obj::from_value_opt(Value(old)) }
    }
    /// Item `i`, negative numbers counting from the end, of one moment.
    pub fn get_at(&self, th: &Thread, i: i64) -> Option<Obj> {
        let n = self.len();
        let item = place(i, n).and_then(|i| self.get(th, i));
        if i >= 0 || self.len() == n || !th.multi() {
            return item;
        }
        drop(item);
        let _guard = th.lock_briefly(self.head());
        let v = self.raw_at(place(i, self.len.load(Ordering::Relaxed))?);
        // SAFETY: O2.
        (!v.is_empty()).then(|| unsafe { Obj::from_borrowed(v) })
    }
    /// `list[i] = item`, negative numbers counting from the end; `Err(item)` if there is no such item.
    pub fn set_at(&self, th: &Thread, i: i64, item: Obj) -> Result<(), Obj> {
        let guard = th.lock_briefly(self.head());
        let Some(i) = place(i, self.len.load(Ordering::Relaxed)) else {
            return Err(item);
        };
        let Some(a) = self.array() else {
            return Err(item);
        };
        let old = a.at(i).load(Ordering::Relaxed);
        a.at(i)
            .store(own_published(Some(item)).0, Ordering::Release);
        drop(guard);
        // SAFETY: the list owned it.
        drop(unsafe { Obj::from_value_opt(Value(old)) });
        Ok(())
    }

    /// Appends many.
    pub fn extend_vec(&self, th: &Thread, items: Vec<Obj>) -> Res<()> {
        let _guard = th.lock(self.head());
        let n = self.len.load(Ordering::Relaxed);
        self.reserve_locked(th, n + items.len(), n == 0)?;
        if let Some(a) = self.array() {
            for (i, item) in items.into_iter().enumerate() {
                a.at(n + i)
                    .store(own_published(Some(item)).0, Ordering::Release);
                self.len.store(n + i + 1, Ordering::Release);
            }
        }
        Ok(())
    }

    /// Appends new references to these items.
    pub fn extend_slice(&self, th: &Thread, items: &[Obj]) -> Res<()> {
        let _guard = th.lock_briefly(self.head());
        let n = self.len.load(Ordering::Relaxed);
        self.reserve_locked(th, n + items.len(), n == 0)?;
        if let Some(a) = self.array() {
            for (i, item) in items.iter().enumerate() {
                let word = own_published(Some(item.clone())).0;
                a.at(n + i).store(word, Ordering::Release);
            }
            self.len.store(n + items.len(), Ordering::Release);
        }
        Ok(())
    }
    /// Appends the items of another list. In Multi `self` is new and this thread's own: nothing but the lock keeps `other` as
    /// it is.
    pub fn extend_list(&self, th: &Thread, other: &Py<List>) -> Res<()> {
        debug_assert!(!th.multi() || refcount::is_uniquely_owned(self.head(), th.rec()));
        let _guard = th.lock_briefly(other.head());
        let items = match other.array() {
            // SAFETY: L1, L2: nobody is writing, so items below `len` are whole, and an `Obj` is such a word. Nothing below
            // runs Python, takes a lock or changes `other`.
            Some(a) => unsafe {
                std::slice::from_raw_parts(
                    a.items().cast::<Obj>(),
                    other.len.load(Ordering::Relaxed),
                )
            },
            None => return Ok(()),
        };
        self.extend_slice(th, items)
    }

    /// Shows the items `start..end`, clamped, as they are now (one atomic operation as Python sees it), until `f` says that
    /// it has seen enough. `f` runs no Python, takes no lock and changes no list.
    pub fn walk(
        &self,
        th: &Thread,
        start: usize,
        end: usize,
        mut f: impl FnMut(usize, &Obj) -> bool,
    ) {
        let _guard = th.lock(self.head());
        let Some(a) = self.array() else { return };
        for i in start..end.min(self.len.load(Ordering::Relaxed)) {
            let word = Value(a.at(i).load(Ordering::Relaxed));
            // SAFETY: items below `len` are alive (L1).
            if !f(i, unsafe { Obj::ref_from(&word) }) {
                return;
            }
        }
    }

    /// All items, as they are now (one atomic operation as Python sees it).
    pub fn to_vec(&self, th: &Thread) -> Vec<Obj> {
        self.slice_vec(th, 0, usize::MAX)
    }
    /// Takes everything out.
    pub fn take_all(&self, th: &Thread) -> Vec<Obj> {
        let _guard = th.lock(self.head());
        let n = self.len.swap(0, Ordering::AcqRel);
        let old = self.array.swap(null_mut(), Ordering::AcqRel);
        // SAFETY: L1: nobody else changes it; its counts go to the vector.
        let items = match unsafe { old.as_ref() } {
            Some(a) => (0..n)
                // SAFETY: as above.
                .filter_map(|i| unsafe {
                    Obj::from_value_opt(Value(a.at(i).load(Ordering::Relaxed)))
                })
                .collect(),
            None => Vec::new(),
        };
        // SAFETY: no longer reachable from the list.
        unsafe { free_array(th, old) };
        items
    }
    /// Puts these items in place of all.
    pub fn replace_all(&self, th: &Thread, items: Vec<Obj>) -> Res<Vec<Obj>> {
        self.splice(th, 0, usize::MAX, items)
    }
    /// Reverses in place.
    pub fn reverse(&self, th: &Thread) {
        let _guard = th.lock(self.head());
        let n = self.len.load(Ordering::Relaxed);
        if let Some(a) = self.array() {
            for i in 0..n / 2 {
                let (x, y) = (
                    a.at(i).load(Ordering::Relaxed),
                    a.at(n - 1 - i).load(Ordering::Relaxed),
                );
                a.at(i).store(y, Ordering::Release);
                a.at(n - 1 - i).store(x, Ordering::Release);
            }
        }
    }

    /// `list *= times`, `times` at least 1.
    pub fn repeat_in_place(&self, th: &Thread, times: usize) -> Res<()> {
        let _guard = th.lock(self.head());
        let n = self.len.load(Ordering::Relaxed);
        let Some(want) = n.checked_mul(times) else {
            return Err(th.memory_error());
        };
        self.reserve_locked(th, want, true)?;
        let Some(a) = self.array() else { return Ok(()) };
        for i in n..want {
            // SAFETY: items below `len` are alive (L1).
            let item = unsafe { Obj::from_borrowed(Value(a.at(i - n).load(Ordering::Relaxed))) };
            a.at(i)
                .store(own_published(Some(item)).0, Ordering::Release);
            self.len.store(i + 1, Ordering::Release);
        }
        Ok(())
    }
    /// Lets `f` put the words in another order. It runs no Python, and may decline (`false`) leaving them as they were.
    pub fn permute(&self, th: &Thread, f: impl FnOnce(&mut [Value]) -> bool) -> bool {
        let _guard = th.lock(self.head());
        let n = self.len.load(Ordering::Relaxed);
        let Some(a) = self.array() else { return true };
        let mut words: Vec<Value> = (0..n)
            .map(|i| Value(a.at(i).load(Ordering::Relaxed)))
            .collect();
        let done = f(&mut words);
        if done {
            for (i, w) in words.iter().enumerate() {
                a.at(i).store(w.0, Ordering::Release);
            }
        }
        done
    }
    /// Whether nothing was put in since `take_all`.
    pub fn is_untouched(&self) -> bool {
        self.array.load(Ordering::Acquire).is_null()
    }
    /// Bytes of the array.
    pub fn array_bytes(&self) -> usize {
        self.array().map_or(0, |a| a.cap() * 8)
    }
}

/// Keeps the locks of two lists in Multi, but for lists that this thread has the only reference to.
enum BothLocked<'a> {
    None,
    One { _guard: LockGuard<'a> },
    Two { _guards: LockGuard2<'a> },
}

impl<'a> BothLocked<'a> {
    #[inline]
    fn new(th: &'a Thread, a: &'a Py<List>, b: &'a Py<List>) -> Self {
        if !th.multi() {
            return BothLocked::None;
        }
        let rec = th.rec();
        let own = |l: &Py<List>| refcount::is_uniquely_owned(l.head(), rec);
        let (own_a, own_b) = (own(a), own(b));
        if own_a && own_b {
            return BothLocked::None;
        }
        // No waiting with one of them unlocked: in a stop somebody might come by it (a debugger, `gc.get_objects`).
        if own_a || own_b {
            let shared = if own_a { b } else { a };
            if let Some(guard) = ObjectLock::try_lock(shared.head(), rec) {
                return BothLocked::One { _guard: guard };
            }
        }
        BothLocked::Two {
            _guards: ObjectLock::lock2(a.head(), b.head(), rec),
        }
    }
}

/// Drops what a change of a list has taken out, the last first, as in CPython.
pub fn drop_last_first(mut items: Vec<Obj>) {
    while let Some(o) = items.pop() {
        drop(o);
    }
}

/// Where item number `i` of `n` lies; negative numbers count from the end.
fn place(i: i64, n: usize) -> Option<usize> {
    let at = if i < 0 { i.checked_add(n as i64)? } else { i };
    usize::try_from(at).ok().filter(|at| *at < n)
}

unsafe fn free_array(th: &Thread, a: *mut Array) {
    if !a.is_null() {
        // SAFETY: the caller's promise: no list points to it any more.
        unsafe { th.retire_bytes(a.cast(), Array::bytes((*a).cap()), heap::free_array) };
    }
}

impl Drop for List {
    fn drop(&mut self) {
        let a = self.array.load(Ordering::Relaxed);
        // SAFETY: nobody else refers to the list; it owns its items.
        unsafe {
            if let Some(arr) = a.as_ref() {
                // Last items first, as in CPython.
                rc::dec_words_backwards(arr.items().cast(), self.len.load(Ordering::Relaxed));
                heap::free_array(a.cast(), Array::bytes(arr.cap()));
            }
        }
    }
}

/// A new list of `n` words, whose references it takes over where it succeeds.
///
/// # Safety
/// The words own their references.
#[inline]
pub unsafe fn list_of_words(th: &Thread, words: *const Value, n: usize) -> Res<Py<List>> {
    let l = th.alloc(List::new());
    if n > 0 {
        let a = Array::alloc(th, n)?;
        // SAFETY: room for `n` words; alive.
        unsafe {
            for i in 0..n {
                let v = *words.add(i);
                if v.is_ptr() {
                    rc::publish(v);
                }
                (*a).items().cast::<Value>().add(i).write(v);
            }
        }
        l.array.store(a, Ordering::Release);
        l.len.store(n, Ordering::Release);
    }
    Ok(l)
}

/// A list of `n` references to one item.
pub fn list_of_same(th: &Thread, item: &Obj, n: usize) -> Res<Py<List>> {
    let l = th.alloc(List::new());
    if n == 0 {
        return Ok(l);
    }
    let a = Array::alloc(th, n)?;
    let word = own_published(Some(item.clone()));
    // SAFETY: room for `n` words; the first is owned, the others are counted here.
    unsafe {
        let p = (*a).items().cast::<Value>();
        p.write(word);
        for i in 1..n {
            if word.is_ptr() {
                rc::inc_by(th, word);
            }
            p.add(i).write(word);
        }
    }
    l.array.store(a, Ordering::Release);
    l.len.store(n, Ordering::Release);
    Ok(l)
}

impl Py<List> {
    /// A tuple of the items, which are taken out: nobody else has the list.
    pub fn into_tuple(&self, th: &Thread) -> Res {
        let n = self.len();
        let Some(a) = self.array() else {
            return Ok(th.empty_tuple());
        };
        // SAFETY: the list owns its items and gives them up; nobody else sees it.
        let t = unsafe {
            let words = std::slice::from_raw_parts(a.items().cast::<Value>(), n);
            th.tuple_of_words(words)?
        };
        self.len.store(0, Ordering::Release);
        Ok(t)
    }

    /// `self + other`.
    pub fn joined(&self, th: &Thread, other: &Py<List>) -> Res<Py<List>> {
        let l = th.alloc(List::new());
        let _guards = BothLocked::new(th, self, other);
        let n = self.len() + other.len();
        if n == 0 {
            return Ok(l);
        }
        let new = Array::alloc(th, n)?;
        let mut at = 0;
        for from in [self, other] {
            let Some(a) = from.array() else { continue };
            for i in 0..from.len() {
                let v = Value(a.at(i).load(Ordering::Relaxed));
                // SAFETY: an item below `len` is alive and published (L1, L2); room for `n` words.
                unsafe {
                    if v.is_ptr() {
                        rc::inc_by(th, v);
                    }
                    (*new).items().cast::<Value>().add(at).write(v);
                }
                at += 1;
            }
        }
        l.array.store(new, Ordering::Release);
        l.len.store(at, Ordering::Release);
        Ok(l)
    }
}
