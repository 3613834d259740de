//! Iterators over a deque, from the left and from the right.

use super::deque::{Deque, MUTATED};
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};

pub(super) struct DequeIter {
    deque: Slot,
    version: u64,
    at: AtomicUsize,
}
native!(DequeIter, DequeIter, "_deque_iterator", deque);

pub(super) struct DequeReverseIter {
    deque: Slot,
    version: u64,
    at: AtomicUsize,
}
native!(
    DequeReverseIter,
    DequeReverseIter,
    "_deque_reverse_iterator",
    deque
);

macro_rules! definition {
    ($t:ident, $id:ident, $name:literal, $new:ident, $reverse:literal) => {
        TypeDef {
            slots: iterator(
                Some(|th, _cls, args| {
                    th.bind($name, "(deque, index=0, /)", args, |a| {
                        let d = this::<Deque>(th, a.get(0))?;
                        let it = $new(th, d)?;
                        if let (Some(i), Some(t)) = (a.opt(1), it.cast::<$t>()) {
                            t.at.store(th.index_i64(i)?.max(0) as usize, Ordering::Relaxed);
                        }
                        Ok(it)
                    })
                }),
                |th, o| {
                    let t = this::<$t>(th, o)?;
                    step(th, &t.deque, t.version, &t.at, $reverse)
                },
            ),
            methods: &[
                MethodDef::new("__length_hint__", "($self, /)", |th, a| {
                    let t = this::<$t>(th, a.get(0))?;
                    left(th, &t.deque, &t.at)
                }),
                MethodDef::new("__reduce__", "($self, /)", |th, a| {
                    let t = this::<$t>(th, a.get(0))?;
                    let d = t.deque.get().unwrap_or(Obj::NONE);
                    let args = tuple_of(th, [d, th.uint(t.at.load(Ordering::Relaxed) as u64)])?;
                    tuple_of(th, [th.type_of(a.get(0)).obj().clone(), args])
                }),
            ],
            ..TypeDef::new(TypeId::$id, concat!("_collections.", $name), $t::LAYOUT)
        }
    };
}

pub(super) static DEQUE_ITER: TypeDef =
    definition!(DequeIter, DequeIter, "_deque_iterator", new, false);
pub(super) static DEQUE_REVERSE_ITER: TypeDef = definition!(
    DequeReverseIter,
    DequeReverseIter,
    "_deque_reverse_iterator",
    new_reverse,
    true
);

pub(super) fn new(th: &Thread, d: &Py<Deque>) -> Res {
    let version = d.state.with(th, d.head(), |s| s.version);
    let deque = Slot::new(Some(d.obj().clone()));
    Ok(th
        .alloc(DequeIter {
            deque,
            version,
            at: AtomicUsize::new(0),
        })
        .into_obj())
}

pub(super) fn new_reverse(th: &Thread, d: &Py<Deque>) -> Res {
    let version = d.state.with(th, d.head(), |s| s.version);
    let deque = Slot::new(Some(d.obj().clone()));
    Ok(th
        .alloc(DequeReverseIter {
            deque,
            version,
            at: AtomicUsize::new(0),
        })
        .into_obj())
}

fn step(
    th: &Thread,
    deque: &Slot,
    version: u64,
    at: &AtomicUsize,
    reverse: bool,
) -> Res<Option<Obj>> {
    let Some(o) = deque.get() else {
        return Ok(None);
    };
    let d = this::<Deque>(th, &o)?;
    let i = at.load(Ordering::Relaxed);
    let got = d.state.with(th, d.head(), |s| {
        let len = s.items.len();
        if i >= len {
            return Ok(None);
        }
        if s.version != version {
            return Err(());
        }
        Ok(s.items.get(if reverse { len - 1 - i } else { i }).cloned())
    });
    match got {
        Ok(Some(x)) => {
            at.store(i + 1, Ordering::Relaxed);
            Ok(Some(x))
        }
        Ok(None) => {
            deque.set(th, None);
            Ok(None)
        }
        Err(()) => {
            deque.set(th, None);
            Err(th.runtime_error(MUTATED))
        }
    }
}

fn left(th: &Thread, deque: &Slot, at: &AtomicUsize) -> Res {
    let n = match deque.get() {
        None => 0,
        Some(o) => this::<Deque>(th, &o)?
            .size(th)
            .saturating_sub(at.load(Ordering::Relaxed)),
    };
    Ok(th.uint(n as u64))
}
