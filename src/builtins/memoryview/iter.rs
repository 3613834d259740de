//! `iter(memoryview)`.

use super::{MemoryView, item_at, payload};
use crate::object::def::{TypeDef, type_flags};
use crate::object::layout::{Layout, Native, Visit};
use crate::object::obj::{Obj, Slot};
use crate::object::slots::Slots;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};

/// Payload of memoryview iterators; an exhausted one has let its view go.
pub struct MemoryIter {
    seq: Slot,
    index: AtomicUsize,
}

static LAYOUT: Layout = Layout::of::<MemoryIter>("memory_iterator");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for MemoryIter {
    const TYPE: TypeId = TypeId::MemoryIter;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.seq.raw());
    }
    fn clear(&self, th: &Thread) {
        self.seq.set(th, None);
    }
}

/// `memory_iterator`
pub static ITER_DEF: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(crate::builtins::self_iter),
        next: Some(next),
        ..Slots::NONE
    },
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::MemoryIter, "memory_iterator", MemoryIter::LAYOUT)
};

pub(super) fn iter(th: &Thread, o: &Obj) -> Res {
    let m = payload(th, o)?;
    super::with(th, m, |_| ())?;
    match m.shape.dims.len() {
        0 => Err(th.type_error("invalid indexing of 0-dim memory")),
        1 => Ok(th
            .alloc(MemoryIter {
                seq: Slot::new(Some(o.clone())),
                index: AtomicUsize::new(0),
            })
            .into_obj()),
        _ => Err(th.not_implemented_error("multi-dimensional sub-views are not implemented")),
    }
}

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let Some(it) = o.exact::<MemoryIter>() else {
        return Ok(None);
    };
    let Some(seq) = it.seq.get() else {
        return Ok(None);
    };
    let Some(m) = seq.cast::<MemoryView>() else {
        return Ok(None);
    };
    let i = it.index.load(Ordering::Relaxed);
    if m.shape.dims.first().is_none_or(|&n| i >= n) {
        it.seq.set(th, None);
        return Ok(None);
    }
    it.index.store(i + 1, Ordering::Relaxed);
    let at = m.shape.start as isize + i as isize * m.shape.strides[0];
    item_at(th, m, at as usize).map(Some)
}
