//! `tuple` and its iterator.

use super::common::*;
use super::list::repeat_vec;
use crate::object::def::{MethodDef, TypeDef, type_flags};
use crate::object::iters::TupleIter;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slice::Part;
use crate::object::slots::{CallArgs, CmpOp, Slots};
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

/// `tuple`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        iter: Some(iter),
        len: Some(|_, o| Ok(this::<Tuple>(o).len())),
        getitem: Some(getitem),
        contains: Some(contains),
        concat: Some(concat),
        repeat: Some(repeat),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("count", "($self, value, /)", count)
            .doc("Return number of occurrences of value."),
        MethodDef::new(
            "index",
            "($self, value, start=0, stop=sys.maxsize, /)",
            index,
        )
        .doc("Return first index of value.\n\nRaises ValueError if the value is not present."),
        MethodDef::new("__getnewargs__", "($self, /)", getnewargs),
        MethodDef::class("__class_getitem__", "($cls, object, /)", |th, a| {
            class_getitem(th, a.get(0), a.get(1))
        })
        .doc("See PEP 585"),
    ],
    flags: type_flags::BASETYPE | type_flags::SEQUENCE | type_flags::MATCH_SELF,
    doc: "Built-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is initialized from iterable's items.\n\nIf the argument is a tuple, the return value is the same object.",
    ..TypeDef::new(TypeId::Tuple, "tuple", Tuple::LAYOUT)
};

/// `tuple_iterator`
pub static ITER: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(self_iter),
        next: Some(iter_next),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__length_hint__", "($self, /)", iter_hint),
        MethodDef::new("__reduce__", "($self, /)", iter_reduce),
        MethodDef::new("__setstate__", "($self, state, /)", iter_setstate),
    ],
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::TupleIter, "tuple_iterator", TupleIter::LAYOUT)
};

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let exact = cls.id == Some(TypeId::Tuple);
    let args = args_of_new(th, cls, TypeId::Tuple, args);
    th.bind("tuple", "(iterable=(), /)", args, |a| match a.opt(0) {
        None if exact => Ok(th.empty_tuple()),
        None => th.tuple_as(Some(cls), Vec::new()),
        Some(it) if exact && it.is_exact::<Tuple>() => Ok(it.clone()),
        Some(it) => {
            let items = th.collect(it)?;
            if exact {
                th.tuple(items)
            } else {
                th.tuple_as(Some(cls), items)
            }
        }
    })
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let items = this::<Tuple>(o).items();
    if items.is_empty() {
        return th.str("()");
    }
    match th.repr_enter(o) {
        None => th.str("(...)"),
        Some(_inside) => repr_items(th, "(", ")", true, |i| items.get(i).cloned()),
    }
}

const P1: u64 = 11_400_714_785_074_694_791;
const P2: u64 = 14_029_467_366_897_019_727;
const P5: u64 = 2_870_177_450_012_600_261;

/// CPython's hash of a sequence of hashes (after xxHash), the final word of `len` items.
pub fn hash_lanes(lanes: impl Iterator<Item = Res<i64>>, len: usize) -> Res<i64> {
    let mut acc = P5;
    for lane in lanes {
        acc = acc
            .wrapping_add((lane? as u64).wrapping_mul(P2))
            .rotate_left(31)
            .wrapping_mul(P1);
    }
    acc = acc.wrapping_add(len as u64 ^ P5 ^ 3_527_539);
    Ok(if acc == u64::MAX {
        1_546_275_796
    } else {
        acc as i64
    })
}

fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    let t = this::<Tuple>(o);
    if let Some(h) = t.cached_hash() {
        return Ok(h);
    }
    let _deep = th.enter("while hashing a tuple")?;
    let h = hash_lanes(t.items().iter().map(|x| th.hash(x)), t.len())?;
    t.hash.store((h as u64).wrapping_add(1), Ordering::Relaxed);
    Ok(h)
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (a.cast::<Tuple>(), b.cast::<Tuple>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let (x, y) = (x.items(), y.items());
    // Equal items first, then what decides; as CPython, `==` too goes item by item before it looks at the lengths.
    for (p, q) in x.iter().zip(y) {
        if !th.eq(p, q)? {
            return match op {
                CmpOp::Eq => Ok(Obj::FALSE),
                CmpOp::Ne => Ok(Obj::TRUE),
                _ => th.compare(p, q, op),
            };
        }
    }
    Ok(Obj::bool(op.holds(x.len().cmp(&y.len()))))
}

fn iter(th: &Thread, o: &Obj) -> Res {
    Ok(th.alloc(TupleIter::new(o.clone(), 0)).into_obj())
}

fn getitem(th: &Thread, o: &Obj, key: &Obj) -> Res {
    let t = this::<Tuple>(o);
    match seq_key(th, key, "tuple")? {
        Key::At(i) => match position(i, t.len()) {
            Some(i) => Ok(t.items()[i].clone()),
            None => Err(th.index_error("tuple index out of range")),
        },
        Key::Slice(s) => {
            let part = th.slice_bounds(s)?.of(t.len());
            if part.count == t.len() && part.step == 1 && o.is_exact::<Tuple>() {
                return Ok(o.clone());
            }
            items_of(th, t.items(), part)
        }
    }
}

/// A tuple of some of these items.
pub fn items_of(th: &Thread, items: &[Obj], part: Part) -> Res {
    match part.step {
        1 => th.tuple_of_items(&items[part.range()]),
        _ => th.tuple(part.indices().map(|i| items[i].clone()).collect()),
    }
}

fn contains(th: &Thread, o: &Obj, item: &Obj) -> Res<bool> {
    for x in this::<Tuple>(o).items() {
        if th.eq(x, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn concat(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let Some(x) = a.cast::<Tuple>() else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let Some(y) = b.cast::<Tuple>() else {
        return Err(th.type_error(format!(
            "can only concatenate tuple (not \"{}\") to tuple",
            th.type_name(b)
        )));
    };
    if x.is_empty() && b.is_exact::<Tuple>() {
        return Ok(b.clone());
    }
    if y.is_empty() && a.is_exact::<Tuple>() {
        return Ok(a.clone());
    }
    th.reserve((x.len() + y.len()) * 8)?;
    th.tuple([x.items(), y.items()].concat())
}

fn repeat(th: &Thread, a: &Obj, n: &Obj) -> Res {
    let times = repeat_count(th, n)?;
    let t = this::<Tuple>(a);
    if (t.is_empty() || times == 1) && a.is_exact::<Tuple>() {
        return Ok(a.clone());
    }
    th.tuple(repeat_vec(th, t.items(), times)?)
}

fn count(th: &Thread, a: Args<'_>) -> Res {
    let mut n = 0;
    for x in this::<Tuple>(a.get(0)).items() {
        n += th.eq(x, a.get(1))? as usize;
    }
    Ok(count_obj(th, n))
}

fn index(th: &Thread, a: Args<'_>) -> Res {
    let items = this::<Tuple>(a.get(0)).items();
    let start = clamp_bound(slice_bound(th, a.opt(2), 0)?, items.len());
    let stop = clamp_bound(slice_bound(th, a.opt(3), i64::MAX)?, items.len()).min(items.len());
    for (i, x) in items.iter().enumerate().take(stop).skip(start) {
        if th.eq(x, a.get(1))? {
            return Ok(count_obj(th, i));
        }
    }
    Err(th.value_error("tuple.index(x): x not in tuple"))
}

fn getnewargs(th: &Thread, a: Args<'_>) -> Res {
    let copy = th.tuple(this::<Tuple>(a.get(0)).items().to_vec())?;
    th.tuple(vec![copy])
}

fn iter_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<TupleIter>(o);
    let Some(seq) = it.seq.get() else {
        return Ok(None);
    };
    let i = it.index.load(Ordering::Relaxed);
    if let Some(item) = this::<Tuple>(&seq).items().get(i) {
        it.index.store(i + 1, Ordering::Relaxed);
        return Ok(Some(item.clone()));
    }
    it.seq.set(th, None);
    Ok(None)
}

fn iter_hint(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<TupleIter>(a.get(0));
    let n = it.seq.get().map_or(0, |s| {
        this::<Tuple>(&s)
            .len()
            .saturating_sub(it.index.load(Ordering::Relaxed))
    });
    Ok(count_obj(th, n))
}

fn iter_reduce(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<TupleIter>(a.get(0));
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

fn iter_setstate(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<TupleIter>(a.get(0));
    let i = index_or(th, a.get(1), TypeId::OverflowError)?;
    if let Some(s) = it.seq.get() {
        it.index.store(
            (i.max(0) as usize).min(this::<Tuple>(&s).len()),
            Ordering::Relaxed,
        );
    }
    Ok(Obj::NONE)
}
