//! Owned and typed references to Python objects.
//!
//! - [`Obj`]: an owned reference to any object (a heap object or an immediate). `Clone` counts, `Drop` uncounts.
//! - [`Py<T>`]: an `Obj` known to have payload `T`; dereferences to it.
//! - `&Obj`, `&Py<T>`: borrowed references. A register of a frame or an element of an argument window can be seen as
//!   `&Obj` in place, since an `Obj` is just a non-empty [`Value`] word.
//! - [`Slot`]: a word inside a heap object that may hold a reference and that several threads may read and write.
//!
//! Invariants of the unsafe code here
//! - O1: an `Obj` owns one count of the object that it points to, or is an immediate.
//! - O2: a pointer read from a `Slot` stays readable until this thread's next safepoint (in Single nobody else runs; in
//!   Multi zero-count objects wait for a grace period), so counting it after the load is sound.
//! - O3: what is stored into a `Slot` has been marked PUBLISHED before it can be seen.

use super::layout::{Layout, Native};
use super::rc;
use super::type_ids::FIRST_FREE_SHAPE;
use super::value::Value;
use crate::runtime::thread::Thread;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::num::NonZeroU64;
use std::ops::Deref;
use threadsnake_threads::header::Header;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

/// An owned reference to a Python object. See the module's head.
#[repr(transparent)]
pub struct Obj(NonZeroU64);

// SAFETY: counts are kept by the biased protocol of `threads::refcount`, objects are safe to share by design: every
// payload guards its own mutable state (atomics, object lock).
unsafe impl Send for Obj {}
// SAFETY: as above.
unsafe impl Sync for Obj {}

impl Obj {
    /// `None`
    pub const NONE: Obj = Obj::immediate(Value::NONE);
    /// `True`
    pub const TRUE: Obj = Obj::immediate(Value::TRUE);
    /// `False`
    pub const FALSE: Obj = Obj::immediate(Value::FALSE);
    /// `...`
    pub const ELLIPSIS: Obj = Obj::immediate(Value::ELLIPSIS);
    /// `NotImplemented`
    pub const NOT_IMPLEMENTED: Obj = Obj::immediate(Value::NOT_IMPLEMENTED);

    const fn immediate(v: Value) -> Obj {
        assert!(!v.is_ptr() && v.0 != 0);
        match NonZeroU64::new(v.0) {
            Some(n) => Obj(n),
            None => panic!("empty value"),
        }
    }

    /// The raw word; the reference keeps its count.
    #[inline(always)]
    pub const fn value(&self) -> Value {
        Value(self.0.get())
    }
    /// Gives up the reference as a raw word that owns its count.
    #[inline(always)]
    pub fn into_value(self) -> Value {
        ManuallyDrop::new(self).value()
    }
    /// Takes over a raw word that owns a count.
    ///
    /// # Safety
    /// `v` is not empty and owns one count (O1).
    #[inline(always)]
    pub unsafe fn from_value(v: Value) -> Obj {
        debug_assert!(!v.is_empty());
        // SAFETY: the caller says that it is not empty.
        Obj(unsafe { NonZeroU64::new_unchecked(v.0) })
    }
    /// As `from_value`, empty becomes `None` (Rust's).
    ///
    /// # Safety
    /// `v` is empty or owns one count (O1).
    #[inline(always)]
    pub unsafe fn from_value_opt(v: Value) -> Option<Obj> {
        NonZeroU64::new(v.0).map(Obj)
    }
    /// A new reference to what a raw word points to.
    ///
    /// # Safety
    /// `v` is not empty and what it points to is alive, or readable in the sense of O2.
    #[inline(always)]
    pub unsafe fn from_borrowed(v: Value) -> Obj {
        if v.is_ptr() {
            // SAFETY: readable, says the caller.
            unsafe { rc::inc(v) };
        }
        // SAFETY: counted above.
        unsafe { Obj::from_value(v) }
    }
    /// Sees a word that holds a counted or borrowed, non-empty value as a reference.
    ///
    /// # Safety
    /// The word is not empty and does not change or lose its count for `'a`.
    #[inline(always)]
    pub unsafe fn ref_from<'a>(v: *const Value) -> &'a Obj {
        // SAFETY: `Obj` is a transparent non-zero u64, as is a non-empty `Value`.
        unsafe { &*v.cast::<Obj>() }
    }
    /// A float.
    #[inline(always)]
    pub fn float(x: f64) -> Obj {
        // SAFETY: immediates own nothing; a double's word is never 0.
        unsafe { Obj::from_value(Value::from_f64(x)) }
    }
    /// An integer that fits 49 bits (`Thread::int` takes any).
    #[inline(always)]
    pub fn small_int(n: i64) -> Obj {
        // SAFETY: immediates own nothing; a tagged integer is never 0.
        unsafe { Obj::from_value(Value::from_int(n)) }
    }
    /// `True` or `False`
    #[inline(always)]
    pub const fn bool(b: bool) -> Obj {
        if b { Obj::TRUE } else { Obj::FALSE }
    }
    /// `is`
    #[inline(always)]
    pub fn is(&self, other: &Obj) -> bool {
        self.0 == other.0
    }
    /// Whether it is `None`.
    #[inline(always)]
    pub fn is_none(&self) -> bool {
        self.value() == Value::NONE
    }
    /// Whether it is `NotImplemented`.
    #[inline(always)]
    pub fn is_not_implemented(&self) -> bool {
        self.value() == Value::NOT_IMPLEMENTED
    }
    /// The object's header, if it is on the heap.
    #[inline(always)]
    pub fn header(&self) -> Option<&Header> {
        let v = self.value();
        if v.is_ptr() {
            // SAFETY: a pointer value points to a live object (O1), which starts with its header.
            Some(unsafe { &*(v.0 as *const Header) })
        } else {
            None
        }
    }
    /// The shape id; 0 for an immediate.
    #[inline(always)]
    pub fn shape_id(&self) -> u32 {
        match self.header() {
            Some(h) => h.shape.load(Ordering::Acquire),
            None => 0,
        }
    }
    /// Whether it is a heap object of exactly the built-in type that `T` is the payload of.
    #[inline(always)]
    pub fn is_exact<T: Native>(&self) -> bool {
        let id = self.shape_id();
        id == T::SHAPE || T::ATTRS && id >= FIRST_FREE_SHAPE && super::layout::is_grown(id, T::TYPE)
    }
    /// The object as one with payload `T` if it is of exactly that built-in type.
    #[inline(always)]
    pub fn exact<T: Native>(&self) -> Option<&Py<T>> {
        if self.is_exact::<T>() {
            // SAFETY: objects of exactly a built-in type have its layout.
            Some(unsafe { self.cast_unchecked::<T>() })
        } else {
            None
        }
    }
    /// The object as one with payload `T` if its type is the built-in type of `T` or derives from it.
    #[inline(always)]
    pub fn cast<T: Native>(&self) -> Option<&Py<T>> {
        let id = self.shape_id();
        if id == T::SHAPE || (id != 0 && super::layout::derives(id, T::LAYOUT)) {
            // SAFETY: the layout starts with payload `T`.
            Some(unsafe { self.cast_unchecked::<T>() })
        } else {
            None
        }
    }
    /// The object as one with payload `T`.
    ///
    /// # Safety
    /// It has that payload.
    #[inline(always)]
    pub unsafe fn cast_unchecked<T: Native>(&self) -> &Py<T> {
        // SAFETY: `Py<T>` is a transparent `Obj`.
        unsafe { &*(self as *const Obj).cast::<Py<T>>() }
    }
    /// `cast` by value.
    pub fn into_py<T: Native>(self) -> Result<Py<T>, Obj> {
        if self.cast::<T>().is_some() {
            Ok(Py(self, PhantomData))
        } else {
            Err(self)
        }
    }
    /// The inline integer, if it is one (bool is not, big integers are not).
    #[inline(always)]
    pub fn as_small_int(&self) -> Option<i64> {
        let v = self.value();
        if v.is_int() { Some(v.as_int()) } else { None }
    }
    /// The double, if it is exactly a float.
    #[inline(always)]
    pub fn as_f64_exact(&self) -> Option<f64> {
        let v = self.value();
        if v.is_float() { Some(v.as_f64()) } else { None }
    }
}

impl Clone for Obj {
    #[inline(always)]
    fn clone(&self) -> Obj {
        // SAFETY: alive, since `self` owns a count.
        unsafe { Obj::from_borrowed(self.value()) }
    }
}

impl Drop for Obj {
    #[inline(always)]
    fn drop(&mut self) {
        let v = self.value();
        if v.is_ptr() {
            // SAFETY: owns a count (O1), given up here.
            unsafe { rc::dec(v) };
        }
    }
}

impl std::fmt::Debug for Obj {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let v = self.value();
        if v.is_int() {
            write!(f, "{}", v.as_int())
        } else if v.is_float() {
            write!(f, "{:?}", v.as_f64())
        } else if let Some(s) = self.exact::<super::string::Str>() {
            write!(f, "{:?}", s.to_rust())
        } else {
            write!(f, "<{:#x} shape {}>", v.0, self.shape_id())
        }
    }
}

/// An owned reference to an object whose payload is `T` (its type is `T`'s built-in type or derives from it).
#[repr(transparent)]
pub struct Py<T: Native>(Obj, PhantomData<T>);

impl<T: Native> Py<T> {
    /// Takes over a reference known to have the payload.
    ///
    /// # Safety
    /// `o` has payload `T`.
    #[inline(always)]
    pub unsafe fn from_obj_unchecked(o: Obj) -> Py<T> {
        Py(o, PhantomData)
    }
    /// The untyped reference.
    #[inline(always)]
    pub fn obj(&self) -> &Obj {
        &self.0
    }
    /// The untyped reference, owned.
    #[inline(always)]
    pub fn into_obj(self) -> Obj {
        self.0
    }
    /// The object's header.
    #[inline(always)]
    pub fn head(&self) -> &Header {
        // SAFETY: payloads exist in heap objects only.
        unsafe { &*(self.0.value().0 as *const Header) }
    }
}

impl<T: Native> Clone for Py<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        Py(self.0.clone(), PhantomData)
    }
}

impl<T: Native> Deref for Py<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the payload follows the header; `Py<T>` says that it is a `T`, alive while counted.
        unsafe { &*((self.0.value().0 + 16) as *const T) }
    }
}

impl<T: Native> From<Py<T>> for Obj {
    fn from(p: Py<T>) -> Obj {
        p.0
    }
}

/// The object that a payload belongs to, borrowed.
///
/// # Safety
/// `payload` is the payload of a live heap object (not a copy on the Rust stack).
#[inline(always)]
pub unsafe fn owner_of<T: Native>(payload: &T) -> ManuallyDrop<Py<T>> {
    let v = Value(payload as *const T as u64 - 16);
    // SAFETY: the caller says so; no count is taken, `ManuallyDrop` gives none back.
    ManuallyDrop::new(Py(unsafe { Obj::from_value(v) }, PhantomData))
}

/// A word in a heap object that holds a reference or nothing. Any thread may read it at any time; who writes holds the
/// object's lock in Multi, or uses `swap`.
#[repr(transparent)]
pub struct Slot(AtomicU64);

impl Default for Slot {
    fn default() -> Self {
        Slot::empty()
    }
}

impl Slot {
    /// A slot with this content.
    #[inline(always)]
    pub fn new(v: Option<Obj>) -> Slot {
        Slot(AtomicU64::new(own_published(v).0))
    }
    /// An empty slot.
    pub const fn empty() -> Slot {
        Slot(AtomicU64::new(0))
    }
    /// The raw word (O2).
    #[inline(always)]
    pub fn raw(&self) -> Value {
        Value(self.0.load(Ordering::Acquire))
    }
    /// Writes a raw word that owns its count, without releasing the old one.
    #[inline(always)]
    pub fn set_raw(&self, v: Value) {
        self.0.store(v.0, Ordering::Release);
    }
    /// A new reference to the content.
    #[inline(always)]
    pub fn get(&self) -> Option<Obj> {
        let v = self.raw();
        if v.is_empty() {
            None
        } else {
            // SAFETY: O2.
            Some(unsafe { Obj::from_borrowed(v) })
        }
    }
    /// Replaces the content and returns the old one. One plain store in Single, one exchange in Multi.
    #[inline(always)]
    pub fn swap(&self, th: &Thread, v: Option<Obj>) -> Option<Obj> {
        let new = own_published(v);
        let old = if th.multi() {
            self.0.swap(new.0, Ordering::AcqRel)
        } else {
            let old = self.0.load(Ordering::Relaxed);
            self.0.store(new.0, Ordering::Release);
            old
        };
        // SAFETY: the slot owned a count of its content.
        unsafe { Obj::from_value_opt(Value(old)) }
    }
    /// Replaces the content.
    #[inline(always)]
    pub fn set(&self, th: &Thread, v: Option<Obj>) {
        drop(self.swap(th, v));
    }
    /// Replaces the content if it is empty; gives `v` back otherwise.
    pub fn set_if_empty(&self, v: Obj) -> Result<(), Obj> {
        let new = own_published(Some(v));
        match self
            .0
            .compare_exchange(0, new.0, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => Ok(()),
            // SAFETY: it was not stored, so its count is still ours.
            Err(_) => Err(unsafe { Obj::from_value(new) }),
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // SAFETY: the slot owned a count of its content; nobody else sees it any more.
        drop(unsafe { Obj::from_value_opt(self.raw()) });
    }
}

/// A slot of an object with the flag `DEEP`: what is put there by who has the object alone stays unpublished until the object
/// is published (P3 of `threads::header`). So it goes with the object at once, as it does in Single.
pub struct DeepSlot(Slot);

impl DeepSlot {
    /// A slot with this content, published.
    pub fn new(v: Option<Obj>) -> DeepSlot {
        DeepSlot(Slot::new(v))
    }
    /// A slot with this content, of an object that gets the flag before anybody else has it.
    pub fn unpublished(v: Option<Obj>) -> DeepSlot {
        DeepSlot(Slot(AtomicU64::new(
            v.map_or(Value::EMPTY, Obj::into_value).0,
        )))
    }
    /// An empty slot.
    pub const fn empty() -> DeepSlot {
        DeepSlot(Slot::empty())
    }
    /// The raw word (O2).
    pub fn raw(&self) -> Value {
        self.0.raw()
    }
    /// A new reference to the content.
    pub fn get(&self) -> Option<Obj> {
        self.0.get()
    }
    /// Replaces the content. Another thread may have the object, unpublished too, and be reading the old content: so that is published.
    pub fn set(&self, th: &Thread, v: Option<Obj>) {
        let old = self.raw();
        if th.multi() && old.is_ptr() {
            // SAFETY: O2: whoever takes it out publishes it first.
            unsafe { rc::publish(old) };
        }
        self.0.set(th, v);
    }
    /// Takes the content out, by who has the object alone.
    pub fn take_alone(&self) -> Option<Obj> {
        let old = self.raw();
        self.0.set_raw(Value::EMPTY);
        // SAFETY: the slot owned a count of its content, and nobody else sees it.
        unsafe { Obj::from_value_opt(old) }
    }
    /// Fills the empty slot of an object with the flag, by who has the object alone.
    pub fn fill_alone(&self, v: Obj) {
        debug_assert!(self.raw().is_empty());
        self.0.set_raw(v.into_value());
    }
}

/// The word of a reference that is about to be stored on the heap: marks it PUBLISHED (O3).
#[inline(always)]
pub fn own_published(v: Option<Obj>) -> Value {
    match v {
        Some(o) => {
            let v = o.into_value();
            if v.is_ptr() {
                // SAFETY: alive, its count is held by the word.
                unsafe { rc::publish(v) };
            }
            v
        }
        None => Value::EMPTY,
    }
}

/// The layout of a payload type, for callers that have only the type parameter.
pub fn layout_of<T: Native>() -> &'static Layout {
    T::LAYOUT
}
