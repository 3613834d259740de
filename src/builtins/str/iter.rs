//! `iter(str)`.

use crate::object::def::{MethodDef, TypeDef};
use crate::object::layout::{Layout, Native, Visit};
use crate::object::obj::{Obj, Slot};
use crate::object::sig::Args;
use crate::object::slots::Slots;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};

/// Payload of string iterators: an exhausted one has let its string go. Threads that share one may see a character twice.
pub struct StrIter {
    seq: Slot,
    index: AtomicUsize,
}

static LAYOUT: Layout = Layout::of::<StrIter>("str_iterator");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for StrIter {
    const TYPE: TypeId = TypeId::StrIter;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.seq.raw());
    }
    fn clear(&self, th: &Thread) {
        self.seq.set(th, None);
    }
}

/// `str_iterator`
pub static ITER_DEF: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(crate::builtins::self_iter),
        next: Some(next),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__length_hint__", "($self, /)", length_hint),
        MethodDef::new("__reduce__", "($self, /)", reduce),
        MethodDef::new("__setstate__", "($self, state, /)", setstate),
    ],
    flags: crate::object::def::type_flags::NO_NEW,
    ..TypeDef::new(TypeId::StrIter, "str_iterator", StrIter::LAYOUT)
};

pub(super) fn iter(th: &Thread, o: &Obj) -> Res {
    Ok(th
        .alloc(StrIter {
            seq: Slot::new(Some(o.clone())),
            index: AtomicUsize::new(0),
        })
        .into_obj())
}

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let Some(it) = o.exact::<StrIter>() else {
        return Ok(None);
    };
    let seq = it.seq.raw();
    if !seq.is_ptr() {
        return Ok(None);
    }
    // SAFETY: O2 of `object::obj`: readable until the next safepoint, also where another thread ends the iteration. Only
    // strings are put there.
    let s = unsafe { Obj::ref_from(&seq).cast_unchecked::<Str>() };
    let i = it.index.load(Ordering::Relaxed);
    match s.text().get(i) {
        Some(c) => {
            it.index.store(i + 1, Ordering::Relaxed);
            super::char_obj(th, c).map(Some)
        }
        None => {
            it.seq.set(th, None);
            Ok(None)
        }
    }
}

fn left(it: &StrIter) -> usize {
    let len = it
        .seq
        .get()
        .and_then(|s| s.cast::<Str>().map(|s| s.len()))
        .unwrap_or(0);
    len.saturating_sub(it.index.load(Ordering::Relaxed))
}

fn length_hint(th: &Thread, a: Args<'_>) -> Res {
    Ok(th.int(a.get(0).exact::<StrIter>().map_or(0, |it| left(it)) as i64))
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let iter = th.getattr(&th.import("builtins")?, "iter")?;
    match a
        .get(0)
        .exact::<StrIter>()
        .and_then(|it| it.seq.get().map(|s| (it, s)))
    {
        Some((it, seq)) => {
            let at = th.int(it.index.load(Ordering::Relaxed) as i64);
            th.tuple(vec![iter, th.tuple(vec![seq])?, at])
        }
        None => th.tuple(vec![iter, th.tuple(vec![th.empty_str()])?]),
    }
}

fn setstate(th: &Thread, a: Args<'_>) -> Res {
    let at = th.index_i64(a.get(1))?.max(0) as usize;
    if let Some(it) = a.get(0).exact::<StrIter>() {
        let len = it
            .seq
            .get()
            .and_then(|s| s.cast::<Str>().map(|s| s.len()))
            .unwrap_or(0);
        it.index.store(at.min(len), Ordering::Relaxed);
    }
    Ok(Obj::NONE)
}
