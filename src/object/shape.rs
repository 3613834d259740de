//! Shapes (hidden classes): which attribute of an instance lies in which slot, and of which type the instance is.
//!
//! A shape is immutable but for caches. It lives in the runtime's table at `base + id * 64` and its id is the first word
//! of an object's header, so one 32-bit compare checks type and attribute layout at once.
//! Each type has a root shape (no attributes); setting a new attribute moves the instance along a transition. Too many
//! attributes, or a deletion, move it to the type's dictionary-mode shape, whose instances keep a dict in the `ext` word.
//!
//! What a lookup through the type finds is not the shape's business: inline caches that rely on it also compare the
//! version of the type (`Type::version`).
//!
//! Invariants
//! - S1: a shape's fields other than `map` and `children` are written before its id is published.
//! - S2: transitions of a shape are added under the lock of its `children`.
//! - S3: a shape lives as long as its type; types die only in the cycle collector, which counts instances as referrers.

use super::layout::Layout;
use super::value::Value;
use foldhash::HashMap;
use std::ptr::null_mut;
use threadsnake_threads::sync::Mutex;
use threadsnake_threads::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// Attributes beyond this number put an instance into dictionary mode.
pub const MAX_SLOTS: u16 = 128;
/// `attr_offset` of types whose instances have no attribute area.
pub const NO_ATTRS: u16 = 0;
/// `attr_offset` of types whose attribute area follows variable-sized items.
pub const VAR_ATTRS: u16 = u16::MAX;

/// Shape flags.
pub mod flag {
    /// Instances keep their attributes in a dict in the `ext` word.
    pub const DICT_MODE: u8 = 1;
    /// New attributes cannot be added (`__slots__` without `__dict__`).
    pub const FIXED: u8 = 2;
}

/// See the module's head.
#[repr(C, align(64))]
pub struct Shape {
    ty: AtomicU64,
    layout: AtomicPtr<Layout>,
    parent: u32,
    _pad: u32,
    /// Name that the last transition added (raw, interned).
    key: u64,
    /// Number of attributes.
    pub nslots: u16,
    /// Offset of the attribute area from the object's start; see `NO_ATTRS`, `VAR_ATTRS`.
    pub attr_offset: u16,
    /// Attributes that live inside the object; further ones in the overflow array.
    pub inline_cap: u8,
    /// See [`flag`].
    pub flags: u8,
    _pad2: u16,
    /// Name → slot, made at the first lookup.
    map: AtomicPtr<SlotMap>,
    children: AtomicPtr<Children>,
}

const _: () = assert!(size_of::<Shape>() == 64);

type SlotMap = HashMap<u64, u16>;
type Children = Mutex<HashMap<u64, u32>>;

impl Shape {
    /// Its type, as a raw word (S3).
    #[inline(always)]
    pub fn type_raw(&self) -> Value {
        Value(self.ty.load(Ordering::Relaxed))
    }
    /// The native layout of instances.
    #[inline(always)]
    pub fn layout(&self) -> &'static Layout {
        // SAFETY: set from a `&'static Layout` before the shape was published (S1).
        unsafe { &*self.layout.load(Ordering::Relaxed) }
    }
    /// Whether instances are in dictionary mode.
    #[inline(always)]
    pub fn dict_mode(&self) -> bool {
        self.flags & flag::DICT_MODE != 0
    }
    /// The shape without the last attribute; 0 for a root.
    pub fn parent(&self) -> u32 {
        self.parent
    }
    /// Name of the last attribute, raw.
    pub fn key(&self) -> Value {
        Value(self.key)
    }
}

/// The table of a runtime's shapes.
pub struct Shapes {
    base: *mut Shape,
    len: usize,
    next: Mutex<u32>,
}

// SAFETY: shapes are published by id after they are written (S1); mutable fields are atomics.
unsafe impl Send for Shapes {}
// SAFETY: as above.
unsafe impl Sync for Shapes {}

const RESERVE: usize = 1 << 22;

/// What a new root shape is made of.
#[derive(Clone, Copy)]
pub struct RootSpec {
    /// The type, raw.
    pub ty: Value,
    /// Native layout.
    pub layout: &'static Layout,
    /// See [`Shape::attr_offset`].
    pub attr_offset: u16,
    /// See [`Shape::inline_cap`].
    pub inline_cap: u8,
    /// See [`flag`].
    pub flags: u8,
    /// Slots that exist from the start (`__slots__`).
    pub nslots: u16,
}

impl Shapes {
    /// An empty table; ids start at `first` (those below are reserved for `set_root_at`). `None`: no address space.
    pub fn new(first: u32) -> Option<Shapes> {
        let len = RESERVE * size_of::<Shape>();
        // SAFETY: a fresh private mapping, committed lazily by the system.
        let p = unsafe {
            libc::mmap(
                null_mut(),
                len,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if p == libc::MAP_FAILED {
            return None;
        }
        Some(Shapes {
            base: p.cast(),
            len,
            next: Mutex::new(first),
        })
    }

    /// Address of shape 0, for compiled code.
    pub fn base(&self) -> *const Shape {
        self.base
    }

    /// The shape with this id, which came from an object's header or from this table.
    #[inline(always)]
    pub fn get(&self, id: u32) -> &Shape {
        debug_assert!(id != 0 && (id as usize) < RESERVE);
        // SAFETY: ids come from this table and are published after the shape is written (S1).
        unsafe { &*self.base.add(id as usize) }
    }

    fn write(&self, id: u32, s: Shape) {
        // SAFETY: `id` is fresh: nobody else knows it yet.
        unsafe { self.base.add(id as usize).write(s) };
    }

    fn fresh(&self) -> Option<u32> {
        let mut n = self.next.lock();
        if *n as usize + 1 >= RESERVE {
            return None;
        }
        *n += 1;
        Some(*n - 1)
    }

    fn root(spec: RootSpec) -> Shape {
        Shape {
            ty: AtomicU64::new(spec.ty.0),
            layout: AtomicPtr::new(spec.layout as *const Layout as *mut Layout),
            _pad: 0,
            parent: 0,
            key: 0,
            nslots: spec.nslots,
            attr_offset: spec.attr_offset,
            inline_cap: spec.inline_cap,
            flags: spec.flags,
            _pad2: 0,
            map: AtomicPtr::new(null_mut()),
            children: AtomicPtr::new(null_mut()),
        }
    }

    /// Makes the root shape of a built-in type at its fixed id.
    pub fn set_root_at(&self, id: u32, spec: RootSpec) {
        self.write(id, Self::root(spec));
    }

    /// Names the type of a root shape made before its type.
    pub fn set_type(&self, id: u32, ty: Value) {
        self.get(id).ty.store(ty.0, Ordering::Release);
    }

    /// A new root shape. `None`: the table is full.
    pub fn new_root(&self, spec: RootSpec) -> Option<u32> {
        let id = self.fresh()?;
        self.write(id, Self::root(spec));
        Some(id)
    }

    /// The transitions of a shape, made at the first question.
    fn children(s: &Shape) -> &Children {
        let mut kids = s.children.load(Ordering::Acquire);
        if kids.is_null() {
            let fresh = Box::into_raw(Box::new(Mutex::new(HashMap::default())));
            match s.children.compare_exchange(
                null_mut(),
                fresh,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => kids = fresh,
                Err(k) => {
                    // SAFETY: just made, not published.
                    drop(unsafe { Box::from_raw(fresh) });
                    kids = k;
                }
            }
        }
        // SAFETY: set once, freed with the table.
        unsafe { &*kids }
    }

    /// The dictionary-mode shape `id`, for an object that was made with room for `cap` attributes inside. `None`: the
    /// table is full.
    pub fn with_inline_cap(&self, id: u32, cap: u8) -> Option<u32> {
        let s = self.get(id);
        debug_assert!(s.dict_mode());
        if s.inline_cap == cap {
            return Some(id);
        }
        // Such a shape has no other transitions, and no name is so small a word.
        let mut kids = Self::children(s).lock();
        if let Some(&k) = kids.get(&cap.into()) {
            return Some(k);
        }
        let new = self.new_root(RootSpec {
            ty: s.type_raw(),
            layout: s.layout(),
            attr_offset: s.attr_offset,
            inline_cap: cap,
            flags: s.flags,
            nslots: s.nslots,
        })?;
        kids.insert(cap.into(), new);
        Some(new)
    }

    /// The shape reached from `id` by adding attribute `key` (interned, immortal), and whether it was made now.
    /// `None`: no more attributes fit, go to dictionary mode.
    pub fn child(&self, id: u32, key: Value) -> Option<(u32, bool)> {
        let s = self.get(id);
        let mut kids = Self::children(s).lock();
        if let Some(&k) = kids.get(&key.0) {
            return Some((k, false));
        }
        if s.nslots >= MAX_SLOTS || s.flags & flag::FIXED != 0 {
            return None;
        }
        let new = self.fresh()?;
        self.write(
            new,
            Shape {
                ty: AtomicU64::new(s.type_raw().0),
                layout: AtomicPtr::new(s.layout.load(Ordering::Relaxed)),
                _pad: 0,
                parent: id,
                key: key.0,
                nslots: s.nslots + 1,
                attr_offset: s.attr_offset,
                inline_cap: s.inline_cap,
                flags: s.flags,
                _pad2: 0,
                map: AtomicPtr::new(null_mut()),
                children: AtomicPtr::new(null_mut()),
            },
        );
        kids.insert(key.0, new);
        Some((new, true))
    }

    /// The slot of attribute `key` (interned) in instances of shape `id`.
    pub fn slot_of(&self, id: u32, key: Value) -> Option<u16> {
        let mut map = self.get(id).map.load(Ordering::Acquire);
        if map.is_null() {
            map = self.make_map(id);
        }
        // SAFETY: set once, freed with the table.
        unsafe { &*map }.get(&key.0).copied()
    }

    #[cold]
    fn make_map(&self, id: u32) -> *mut SlotMap {
        let mut m = SlotMap::default();
        let mut at = id;
        while at != 0 {
            let s = self.get(at);
            if s.key != 0 {
                m.insert(s.key, s.nslots - 1);
            }
            at = s.parent;
        }
        let fresh = Box::into_raw(Box::new(m));
        match self.get(id).map.compare_exchange(
            null_mut(),
            fresh,
            Ordering::AcqRel,
            Ordering::Acquire,
        ) {
            Ok(_) => fresh,
            Err(m) => {
                // SAFETY: just made, not published.
                drop(unsafe { Box::from_raw(fresh) });
                m
            }
        }
    }

    /// Attribute names of shape `id` in slot order (those of `__slots__` are not among them).
    pub fn keys(&self, id: u32) -> Vec<(Value, u16)> {
        let mut out = Vec::new();
        let mut at = id;
        while at != 0 {
            let s = self.get(at);
            if s.key != 0 {
                out.push((Value(s.key), s.nslots - 1));
            }
            at = s.parent;
        }
        out.reverse();
        out
    }

    /// Calls `f` for every shape that exists.
    pub fn each(&self, mut f: impl FnMut(u32, &Shape)) {
        let end = *self.next.lock();
        for id in 1..end {
            let s = self.get(id);
            if !s.type_raw().is_empty() {
                f(id, s);
            }
        }
    }
}

impl Drop for Shapes {
    fn drop(&mut self) {
        let end = *self.next.lock();
        for id in 1..end {
            let s = self.get(id);
            let (m, c) = (
                s.map.load(Ordering::Relaxed),
                s.children.load(Ordering::Relaxed),
            );
            // SAFETY: made by `Box::into_raw`, and nobody uses the table any more.
            unsafe {
                if !m.is_null() {
                    drop(Box::from_raw(m));
                }
                if !c.is_null() {
                    drop(Box::from_raw(c));
                }
            }
        }
        // SAFETY: mapped by `new`.
        unsafe { libc::munmap(self.base.cast(), self.len) };
    }
}
