//! Entries of attribute inline caches. An entry is immutable; a site points to one and replaces it as a whole, so that a
//! reader never sees half of one and half of another. A replaced entry is retired.
//!
//! An entry holds for objects of shape `shape` while the version cell still says `version`.

use super::obj::Obj;
use super::value::Value;
use threadsnake_threads::sync::atomic::{AtomicU32, Ordering};

/// What a lookup found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Found {
    /// Instance attribute in inline slot `index` at byte offset `offset`.
    Inline,
    /// Instance attribute in slot `index`, behind the overflow array.
    Overflow,
    /// A method (function or method descriptor) found on the type: `value`.
    Method,
    /// Anything else found on the type that is returned as it is: `raw`, in class number `index` of the MRO.
    TypeValue,
    /// A property whose getter is the function `value`.
    Property,
    /// A fixed slot (`__slots__`), number `index`, at byte offset `offset`.
    Fixed,
    /// Attribute of a module: entry `index` of dict table `aux`.
    Module,
    /// Attribute of the type object itself (found by the type's own MRO, no metatype descriptor in the way): as `TypeValue`;
    /// valid for the type object whose version is `aux`.
    OfType,
    /// Store: a new attribute; moves to shape `aux`, inline slot at `offset`.
    Add,
    /// A getset descriptor or anything else with a native getter: `value` is the descriptor.
    Descriptor,
    /// Instance attribute of an instance in dictionary mode, nothing on the type overrides it.
    DictMode,
}

/// See the module's head.
pub struct Entry {
    /// Shape of the object.
    pub shape: u32,
    /// Version of the type when the lookup was done.
    pub version: u32,
    /// Where the version is now.
    pub version_cell: *const AtomicU32,
    /// Kind.
    pub found: Found,
    /// See [`Found`].
    pub offset: u16,
    /// See [`Found`].
    pub index: u32,
    /// See [`Found`].
    pub aux: u32,
    /// See [`Found`].
    pub value: Option<Obj>,
    /// See [`Found`]. Uncounted, so that the entry does not outlive what it names: L1 and L2 of `object::lookup` hold for it.
    pub raw: Value,
    /// The name of which `raw` is the value (interned, immortal), where there is one.
    pub name: Value,
    /// The next entry of a polymorphic site.
    pub next: *const Entry,
    /// How many entries from here on.
    pub depth: u32,
}

impl Entry {
    /// Whether the entry holds for an object of this shape.
    #[inline(always)]
    pub fn holds(&self, shape: u32) -> bool {
        // SAFETY: the version cell lies in the type of the shape, which lives while an object of the shape does.
        self.shape == shape
            && unsafe { (*self.version_cell).load(Ordering::Relaxed) } == self.version
    }
}

/// Frees an entry and what follows it.
///
/// # Safety
/// `e` came from `Box::into_raw(Box<Entry>)` and is no longer used.
pub unsafe fn free_entry(e: *mut ()) {
    let mut e = e.cast::<Entry>();
    while !e.is_null() {
        // SAFETY: the caller's promise.
        let b = unsafe { Box::from_raw(e) };
        e = b.next.cast_mut();
    }
}
