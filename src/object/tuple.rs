//! Tuples: immutable, items behind the payload.

use super::layout::{Layout, Native, Visit};
use super::obj::Obj;
use super::type_ids::TypeId;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

/// Payload of tuples; `len` items follow.
#[repr(C)]
pub struct Tuple {
    len: usize,
    /// Hash + 1, or 0: not computed. Any thread may write the one right value.
    pub hash: AtomicU64,
}

static LAYOUT: Layout = Layout::of::<Tuple>("tuple").var();

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Tuple {
    const TYPE: TypeId = TypeId::Tuple;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        for o in self.items() {
            visit(o.value());
        }
    }
    fn var_bytes(&self) -> usize {
        self.len * 8
    }
}

impl Tuple {
    /// The payload for `len` items, which the caller writes behind it before anyone sees the object.
    pub fn head(len: usize) -> Tuple {
        Tuple {
            len,
            hash: AtomicU64::new(0),
        }
    }
    /// The items. (A tuple that its maker has not finished never leaves the maker's hands.)
    #[inline(always)]
    pub fn items(&self) -> &[Obj] {
        // SAFETY: `len` owned, non-empty words follow the payload.
        unsafe { std::slice::from_raw_parts((self as *const Tuple).add(1).cast::<Obj>(), self.len) }
    }
    /// Number of items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }
    /// Whether it is `()`.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// The cached hash.
    pub fn cached_hash(&self) -> Option<i64> {
        match self.hash.load(Ordering::Relaxed) {
            0 => None,
            h => Some((h as i64).wrapping_sub(1)),
        }
    }
}

impl Drop for Tuple {
    fn drop(&mut self) {
        // SAFETY: the items are owned and die with the tuple.
        unsafe { super::rc::dec_words((self as *const Tuple).add(1).cast(), self.len) };
    }
}
