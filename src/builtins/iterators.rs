//! Iterators that belong to no container: over old-style sequences, over a callable, and `reversed`.

use super::common::*;
use crate::object::def::{MethodDef, TypeDef, type_flags};
use crate::object::dict::Dict;
use crate::object::iters::{CallableIter, Reversed, SeqIter};
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::{CallArgs, Slots};
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

/// `iterator`: over `__getitem__`
pub static SEQ: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(self_iter),
        next: Some(seq_next),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__length_hint__", "($self, /)", seq_hint),
        MethodDef::new("__reduce__", "($self, /)", seq_reduce),
        MethodDef::new("__setstate__", "($self, state, /)", seq_setstate),
    ],
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::SeqIter, "iterator", SeqIter::LAYOUT)
};

/// `callable_iterator`
pub static CALLABLE: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(self_iter),
        next: Some(call_next),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", call_reduce)],
    flags: type_flags::NO_NEW,
    ..TypeDef::new(
        TypeId::CallableIter,
        "callable_iterator",
        CallableIter::LAYOUT,
    )
};

/// `reversed`
pub static REVERSED: TypeDef = TypeDef {
    slots: Slots {
        new: Some(rev_new),
        iter: Some(self_iter),
        next: Some(rev_next),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__length_hint__", "($self, /)", rev_hint),
        MethodDef::new("__reduce__", "($self, /)", rev_reduce),
        MethodDef::new("__setstate__", "($self, state, /)", rev_setstate),
    ],
    flags: type_flags::BASETYPE,
    doc: "reversed(object, /)\n--\n\nReturn a reverse iterator over the values of the given sequence.",
    ..TypeDef::new(TypeId::Reversed, "reversed", Reversed::LAYOUT)
};

/// Whether an exception ends an iteration by index.
fn ends(th: &Thread, e: &Exc) -> bool {
    e.is(th, TypeId::IndexError) || e.is(th, TypeId::StopIteration)
}

fn seq_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<SeqIter>(o);
    let Some(seq) = it.seq.get() else {
        return Ok(None);
    };
    let i = it.index.load(Ordering::Relaxed);
    if i >= i64::MAX as usize {
        return Err(th.overflow_error("iter index too large"));
    }
    match th.getitem(&seq, &count_obj(th, i)) {
        Ok(x) => {
            it.index.store(i + 1, Ordering::Relaxed);
            Ok(Some(x))
        }
        Err(e) if ends(th, &e) => {
            it.seq.set(th, None);
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

fn seq_hint(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<SeqIter>(a.get(0));
    let Some(seq) = it.seq.get() else {
        return Ok(count_obj(th, 0));
    };
    if th.type_of(&seq).slots().len.is_none() {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let n = th.len(&seq)?;
    Ok(count_obj(
        th,
        n.saturating_sub(it.index.load(Ordering::Relaxed)),
    ))
}

fn seq_reduce(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<SeqIter>(a.get(0));
    let f = builtin(th, "iter")?;
    match it.seq.get() {
        Some(s) => {
            let args = th.tuple(vec![s])?;
            th.tuple(vec![
                f,
                args,
                count_obj(th, it.index.load(Ordering::Relaxed)),
            ])
        }
        None => {
            let args = th.tuple(vec![th.empty_tuple()])?;
            th.tuple(vec![f, args])
        }
    }
}

fn seq_setstate(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<SeqIter>(a.get(0));
    let i = index_or(th, a.get(1), TypeId::OverflowError)?;
    if it.seq.get().is_some() {
        it.index.store(i.max(0) as usize, Ordering::Relaxed);
    }
    Ok(Obj::NONE)
}

fn call_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<CallableIter>(o);
    let (Some(f), Some(sentinel)) = (it.callable.get(), it.sentinel.get()) else {
        return Ok(None);
    };
    match th.call(&f, &[]) {
        Ok(x) => {
            // The call may have ended this very iterator.
            if it.callable.raw().is_empty() {
                return Ok(None);
            }
            if !th.eq(&sentinel, &x)? {
                return Ok(Some(x));
            }
        }
        Err(e) if e.is(th, TypeId::StopIteration) => {}
        Err(e) => return Err(e),
    }
    it.callable.set(th, None);
    it.sentinel.set(th, None);
    Ok(None)
}

fn call_reduce(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<CallableIter>(a.get(0));
    let f = builtin(th, "iter")?;
    let args = match (it.callable.get(), it.sentinel.get()) {
        (Some(c), Some(s)) => th.tuple(vec![c, s])?,
        _ => th.tuple(vec![th.empty_tuple()])?,
    };
    th.tuple(vec![f, args])
}

fn rev_new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let args = args_of_new(th, cls, TypeId::Reversed, args);
    th.bind("reversed", "(object, /)", args, |a| {
        let seq = a.get(0);
        let refuse = || th.type_error(format!("'{}' object is not reversible", th.type_name(seq)));
        if let Some(f) = th.special(seq, "__reversed__")? {
            return if f.is_none() {
                Err(refuse())
            } else {
                th.call(&f, &[])
            };
        }
        if th.type_of(seq).slots().getitem.is_none() || seq.cast::<Dict>().is_some() {
            return Err(refuse());
        }
        let n = th.len(seq)?;
        Ok(th
            .alloc_as::<Reversed>(cls, Reversed::new(seq.clone(), n))?
            .into_obj())
    })
}

fn rev_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<Reversed>(o);
    let Some(seq) = it.seq.get() else {
        return Ok(None);
    };
    let i = it.index.load(Ordering::Relaxed);
    if i > 0 {
        match th.getitem(&seq, &count_obj(th, i - 1)) {
            Ok(x) => {
                it.index.store(i - 1, Ordering::Relaxed);
                return Ok(Some(x));
            }
            Err(e) if ends(th, &e) => {}
            Err(e) => return Err(e),
        }
    }
    it.seq.set(th, None);
    Ok(None)
}

fn rev_hint(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<Reversed>(a.get(0));
    let Some(seq) = it.seq.get() else {
        return Ok(count_obj(th, 0));
    };
    let i = it.index.load(Ordering::Relaxed);
    let n = th.len(&seq)?;
    Ok(count_obj(th, if n < i { 0 } else { i }))
}

fn rev_reduce(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<Reversed>(a.get(0));
    let cls = th.type_of(a.get(0)).obj().clone();
    match it.seq.get() {
        Some(s) => {
            let args = th.tuple(vec![s])?;
            th.tuple(vec![
                cls,
                args,
                th.int(it.index.load(Ordering::Relaxed) as i64 - 1),
            ])
        }
        None => {
            let args = th.tuple(vec![th.empty_tuple()])?;
            th.tuple(vec![cls, args])
        }
    }
}

fn rev_setstate(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<Reversed>(a.get(0));
    let i = index_or(th, a.get(1), TypeId::OverflowError)?;
    if let Some(s) = it.seq.get() {
        let n = th.len(&s)? as i64;
        it.index
            .store((i.clamp(-1, n - 1) + 1) as usize, Ordering::Relaxed);
    }
    Ok(Obj::NONE)
}

/// `iter(o)` for an object with `__getitem__` only.
pub fn seq_iter(th: &Thread, o: Obj) -> Obj {
    th.alloc(SeqIter::new(o, 0)).into_obj()
}
