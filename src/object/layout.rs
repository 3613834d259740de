//! Native layouts: what the memory of an object looks like behind its header, and how to visit and drop it.
//!
//! Memory of an object: `[header 16][payload T][attribute area]`, the last only in instances of classes that allow
//! attributes. Variable-sized payloads (tuple, str, bytes) keep their items behind `T`; their attribute area, where a
//! subclass has one, comes after the items.

use super::type_ids::TypeId;
use super::value::Value;
use crate::runtime::thread::{self, Thread};

/// The visitor of the cycle collector: called with every reference that an object owns.
pub type Visit<'a> = &'a mut dyn FnMut(Value);

/// A payload type of heap objects.
///
/// # Safety
/// `LAYOUT` describes exactly this type (`Layout::of::<Self>()` or `Layout::var::<Self>()`), and `BASE`, where given, is
/// the first field of a `#[repr(C)]` payload.
pub unsafe trait Native: Sized + Send + Sync + 'static {
    /// The built-in type of which this is the payload.
    const TYPE: TypeId;
    /// A unique static.
    const LAYOUT: &'static Layout;
    /// Shape id of plain instances of `TYPE`.
    const SHAPE: u32 = Self::TYPE.root_shape();
    /// Whether plain instances of `TYPE` may have attributes, so that their shape need not be the root shape.
    const ATTRS: bool = false;
    /// Visits every reference that the payload owns. Called with the world stopped.
    fn traverse(&self, _visit: Visit<'_>) {}
    /// Gives up references so as to break cycles. Called outside any stop, on garbage only; the object must stay usable.
    fn clear(&self, _th: &Thread) {}
    /// Bytes of items behind the payload.
    fn var_bytes(&self) -> usize {
        0
    }
}

/// See the module's head. Compared by address.
pub struct Layout {
    /// For dumps.
    pub name: &'static str,
    /// Size of the payload in bytes, items not included.
    pub size: usize,
    /// Whether items follow the payload.
    pub variable: bool,
    /// The layout whose payload is the first field of this one.
    pub base: Option<&'static Layout>,
    /// Whether it can own references at all (objects without are not visited).
    pub traverse: Option<unsafe fn(*const u8, Visit<'_>)>,
    /// `Native::clear`
    pub clear: unsafe fn(*const u8, &Thread),
    /// Drops the payload in place.
    pub drop: Option<unsafe fn(*mut u8)>,
    /// Drops the payload and frees the object, which has no attribute area.
    pub free: unsafe fn(&Thread, *mut u8),
    /// `Native::var_bytes`
    pub var_bytes: unsafe fn(*const u8) -> usize,
}

impl Layout {
    /// The layout of payload `T` that owns references.
    pub const fn of<T: Native>(name: &'static str) -> Layout {
        Layout {
            name,
            size: size_of::<T>(),
            variable: false,
            base: None,
            // SAFETY: called with a pointer to a live `T` only.
            traverse: Some(|p, v| unsafe { (*p.cast::<T>()).traverse(v) }),
            // SAFETY: as above.
            clear: |p, th| unsafe { (*p.cast::<T>()).clear(th) },
            drop: if std::mem::needs_drop::<T>() {
                // SAFETY: called once, when the object dies.
                Some(|p| unsafe { p.cast::<T>().drop_in_place() })
            } else {
                None
            },
            // SAFETY: called once, with the object's address, when it dies.
            free: |th, h| unsafe {
                let p = h.add(16).cast::<T>();
                let bytes = 16 + size_of::<T>() + (*p).var_bytes();
                p.drop_in_place();
                th.heap().free(
                    std::ptr::NonNull::new_unchecked(h),
                    bytes.next_multiple_of(8),
                );
            },
            // SAFETY: as above.
            var_bytes: |p| unsafe { (*p.cast::<T>()).var_bytes() },
        }
    }
    /// The same for a payload that owns no references to other objects.
    pub const fn leaf<T: Native>(name: &'static str) -> Layout {
        let mut l = Layout::of::<T>(name);
        l.traverse = None;
        l
    }
    /// The same, with items behind it.
    pub const fn var(mut self) -> Layout {
        self.variable = true;
        self
    }
    /// The same, with the layout that it extends.
    pub const fn extending(mut self, base: &'static Layout) -> Layout {
        self.base = Some(base);
        self
    }
    /// Whether this is `other` or extends it.
    #[inline]
    pub fn is_or_extends(&self, other: &'static Layout) -> bool {
        let mut l = self;
        loop {
            if std::ptr::eq(l, other) {
                return true;
            }
            match l.base {
                Some(b) => l = b,
                None => return false,
            }
        }
    }
}

/// Whether objects of this shape (of the current runtime) start with the payload that `layout` describes.
pub fn derives(shape: u32, layout: &'static Layout) -> bool {
    let th = thread::current();
    th.shapes().get(shape).layout().is_or_extends(layout)
}

/// Whether a shape is one of the built-in type `id` itself, of instances that have got attributes.
#[cold]
#[inline(never)]
pub fn is_grown(shape: u32, id: TypeId) -> bool {
    let th = thread::current();
    th.shapes().get(shape).type_raw() == th.ty(id).obj().value()
}
