//! Slice objects.

use super::layout::{Layout, Native, Visit};
use super::obj::Obj;
use super::type_ids::TypeId;

/// Payload of slices; immutable.
#[repr(C)]
pub struct Slice {
    /// First index, or None.
    pub start: Obj,
    /// End, or None.
    pub stop: Obj,
    /// Step, or None.
    pub step: Obj,
}

static LAYOUT: Layout = Layout::of::<Slice>("slice");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Slice {
    const TYPE: TypeId = TypeId::Slice;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.start.value());
        visit(self.stop.value());
        visit(self.step.value());
    }
}
