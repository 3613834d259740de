//! Module objects.

use super::dict::Dict;
use super::layout::{Layout, Native, Visit};
use super::obj::{Py, owner_of};
use super::type_ids::TypeId;
use crate::runtime::thread::Thread;

/// Payload of modules.
pub struct Module {
    /// `__dict__`
    pub dict: Py<Dict>,
}

static LAYOUT: Layout = Layout::of::<Module>("module");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Module {
    const TYPE: TypeId = TypeId::Module;
    const LAYOUT: &'static Layout = &LAYOUT;
    const ATTRS: bool = true;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.dict.obj().value());
    }
    fn clear(&self, th: &Thread) {
        // SAFETY: called on the payload of a live object.
        let me = unsafe { owner_of(self) };
        me.dict.clear_all(th);
    }
}
