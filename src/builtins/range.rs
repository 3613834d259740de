//! `range` and its iterators.

use super::common::*;
use super::tuple::hash_lanes;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::guarded::Guarded;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::range::{BigRange, LongRangeIter, Range, RangeIter};
use crate::object::sig::Args;
use crate::object::slots::{CallArgs, CmpOp, Slots};
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use dashu_int::IBig;
use threadsnake_threads::sync::atomic::Ordering;

/// `range`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        iter: Some(iter),
        bool: Some(|_, o| {
            let r = this::<Range>(o);
            Ok(r.big.as_ref().map_or(r.len != 0, |b| b.len != IBig::ZERO))
        }),
        len: Some(len),
        getitem: Some(getitem),
        contains: Some(contains),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("count", "($self, value, /)", count)
            .doc("rangeobject.count(value) -> integer -- return number of occurrences of value"),
        MethodDef::new("index", "($self, value, /)", index).doc(
            "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present.",
        ),
        MethodDef::new("__reversed__", "($self, /)", reversed).doc("Return a reverse iterator."),
        MethodDef::new("__reduce__", "($self, /)", reduce),
    ],
    getset: &[
        GetSetDef::ro("start", |th, o| Ok(numbers(th, this::<Range>(o)).0)),
        GetSetDef::ro("stop", |th, o| Ok(numbers(th, this::<Range>(o)).1)),
        GetSetDef::ro("step", |th, o| Ok(numbers(th, this::<Range>(o)).2)),
    ],
    flags: type_flags::SEQUENCE,
    doc: "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a sequence of integers from start (inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the valid indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or decrement).",
    ..TypeDef::new(TypeId::Range, "range", Range::LAYOUT)
};

/// `range_iterator`
pub static ITER: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(self_iter),
        next: Some(|th, o| Ok(this::<RangeIter>(o).next().map(|n| th.int(n)))),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__length_hint__", "($self, /)", |th, a| {
            Ok(th.int(
                this::<RangeIter>(a.get(0))
                    .remaining
                    .load(Ordering::Relaxed)
                    .max(0),
            ))
        }),
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            let it = this::<RangeIter>(a.get(0));
            let (cur, left) = (
                it.cur.load(Ordering::Relaxed),
                it.remaining.load(Ordering::Relaxed).max(0),
            );
            let stop = IBig::from(cur) + IBig::from(left) * IBig::from(it.step);
            reduce_iter(th, IBig::from(cur), stop, IBig::from(it.step))
        }),
        MethodDef::new("__setstate__", "($self, state, /)", |th, a| {
            let it = this::<RangeIter>(a.get(0));
            let left = it.remaining.load(Ordering::Relaxed).max(0);
            let n = th.index_clamped(a.get(1))?.clamp(0, left);
            it.cur.fetch_add(n.wrapping_mul(it.step), Ordering::Relaxed);
            it.remaining.store(left - n, Ordering::Relaxed);
            Ok(Obj::NONE)
        }),
    ],
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::RangeIter, "range_iterator", RangeIter::LAYOUT)
};

/// `longrange_iterator`
pub static LONG_ITER: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(self_iter),
        next: Some(|th, o| {
            let it = this::<LongRangeIter>(o);
            let next = it.state.with(th, it.head(), |(cur, left)| {
                if *left <= IBig::ZERO {
                    return None;
                }
                *left -= IBig::ONE;
                let n = cur.clone();
                *cur += &it.step;
                Some(n)
            });
            Ok(next.map(|n| th.bigint(n)))
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__length_hint__", "($self, /)", |th, a| {
            let it = this::<LongRangeIter>(a.get(0));
            Ok(th.bigint(it.state.with(th, it.head(), |s| s.1.clone())))
        }),
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            let it = this::<LongRangeIter>(a.get(0));
            let (cur, left) = it.state.with(th, it.head(), |s| s.clone());
            let stop = &cur + left * &it.step;
            reduce_iter(th, cur, stop, it.step.clone())
        }),
        MethodDef::new("__setstate__", "($self, state, /)", |th, a| {
            let it = this::<LongRangeIter>(a.get(0));
            let n = th.index(a.get(1))?;
            let n = th.as_bigint(&n).unwrap_or(IBig::ZERO);
            it.state.with(th, it.head(), |(cur, left)| {
                let n = n.clamp(IBig::ZERO, left.clone());
                *cur += &n * &it.step;
                *left -= n;
            });
            Ok(Obj::NONE)
        }),
    ],
    flags: type_flags::NO_NEW,
    ..TypeDef::new(
        TypeId::LongRangeIter,
        "longrange_iterator",
        LongRangeIter::LAYOUT,
    )
};

fn reduce_iter(th: &Thread, start: IBig, stop: IBig, step: IBig) -> Res {
    let range = th.alloc(Range::from_big(start, stop, step)).into_obj();
    let args = th.tuple(vec![range])?;
    th.tuple(vec![builtin(th, "iter")?, args, Obj::NONE])
}

fn new(th: &Thread, _cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    if args.kwnames.is_empty() {
        let int = |n: usize| args.positional().get(n).and_then(Obj::as_small_int);
        let numbers = match args.positional().len() {
            1 => int(0).map(|stop| (0, stop, 1)),
            2 => int(0).zip(int(1)).map(|(start, stop)| (start, stop, 1)),
            3 => int(0).zip(int(1)).zip(int(2)).map(|((x, y), z)| (x, y, z)),
            _ => None,
        };
        if let Some(r) = numbers.and_then(|(x, y, z)| Range::small(x, y, z)) {
            return Ok(th.alloc(r).into_obj());
        }
    }
    th.bind("range", "(start, stop=0, step=1, /)", args, |a| {
        let zero = Obj::small_int(0);
        let one = Obj::small_int(1);
        let (start, stop) = match a.opt(1) {
            None => (&zero, a.get(0)),
            Some(stop) => (a.get(0), stop),
        };
        let step = a.opt(2).unwrap_or(&one);
        let int = |o: &Obj| -> Res<IBig> {
            let n = th.index(o)?;
            Ok(th.as_bigint(&n).unwrap_or(IBig::ZERO))
        };
        let (x, y, z) = (int(start)?, int(stop)?, int(step)?);
        if z == IBig::ZERO {
            return Err(th.value_error("range() arg 3 must not be zero"));
        }
        Ok(th.alloc(Range::from_big(x, y, z)).into_obj())
    })
}

/// Start, stop and step as objects.
fn numbers(th: &Thread, r: &Range) -> (Obj, Obj, Obj) {
    match &r.big {
        None => (th.int(r.start), th.int(r.stop), th.int(r.step)),
        Some(b) => (
            th.bigint(b.start.clone()),
            th.bigint(b.stop.clone()),
            th.bigint(b.step.clone()),
        ),
    }
}

/// The range in big integers, for the paths that need not be fast.
fn widened(r: &Range) -> BigRange {
    match &r.big {
        Some(b) => (**b).clone(),
        None => BigRange {
            start: IBig::from(r.start),
            stop: IBig::from(r.stop),
            step: IBig::from(r.step),
            len: IBig::from(r.len),
        },
    }
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let (start, stop, step) = numbers(th, this::<Range>(o));
    let mut text = String::from("range(");
    text.push_str(&th.repr(&start)?.to_rust());
    text.push_str(", ");
    text.push_str(&th.repr(&stop)?.to_rust());
    if step.as_small_int() != Some(1) {
        text.push_str(", ");
        text.push_str(&th.repr(&step)?.to_rust());
    }
    text.push(')');
    th.str(&text)
}

/// What makes two ranges equal: length, first item, step (as far as they matter).
fn essence(th: &Thread, r: &Range) -> [Obj; 3] {
    let (start, _, step) = numbers(th, r);
    let len = len_obj(th, r);
    match len.as_small_int() {
        Some(0) => [len, Obj::NONE, Obj::NONE],
        Some(1) => [len, start, Obj::NONE],
        _ => [len, start, step],
    }
}

fn len_obj(th: &Thread, r: &Range) -> Obj {
    match &r.big {
        None => th.int(r.len),
        Some(b) => th.bigint(b.len.clone()),
    }
}

fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    let e = essence(th, this::<Range>(o));
    hash_lanes(e.iter().map(|x| th.hash(x)), 3)
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (a.cast::<Range>(), b.cast::<Range>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let mut same = true;
    for (p, q) in essence(th, x).iter().zip(&essence(th, y)) {
        same = same && th.eq(p, q)?;
    }
    Ok(Obj::bool(same == (op == CmpOp::Eq)))
}

fn len(th: &Thread, o: &Obj) -> Res<usize> {
    let r = this::<Range>(o);
    match &r.big {
        None => Ok(r.len as usize),
        Some(b) => i64::try_from(&b.len)
            .map(|n| n as usize)
            .map_err(|_| th.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

fn iter(th: &Thread, o: &Obj) -> Res {
    let r = this::<Range>(o);
    Ok(match &r.big {
        None => th.alloc(RangeIter::new(r.start, r.step, r.len)).into_obj(),
        Some(b) => long_iter(th, b.start.clone(), b.step.clone(), b.len.clone()),
    })
}

fn long_iter(th: &Thread, start: IBig, step: IBig, len: IBig) -> Obj {
    th.alloc(LongRangeIter {
        state: Guarded::new((start, len)),
        step,
    })
    .into_obj()
}

fn reversed(th: &Thread, a: Args<'_>) -> Res {
    let r = this::<Range>(a.get(0));
    if r.big.is_none()
        && let Some(step) = r.step.checked_neg()
    {
        let last = r.start.wrapping_add(r.step.wrapping_mul(r.len - 1));
        // One step past the first item stays in range of 64 bits, or else the big form is taken.
        if r.len == 0
            || last
                .checked_add(step.wrapping_mul(r.len - 1))
                .is_some_and(|f| f.checked_add(step).is_some())
        {
            return Ok(th.alloc(RangeIter::new(last, step, r.len)).into_obj());
        }
    }
    let b = widened(r);
    let last = &b.start + (&b.len - IBig::ONE) * &b.step;
    Ok(long_iter(th, last, -b.step, b.len))
}

fn getitem(th: &Thread, o: &Obj, key: &Obj) -> Res {
    let r = this::<Range>(o);
    if let (None, Some(i)) = (&r.big, key.as_small_int()) {
        return match position(i, r.len as usize) {
            Some(i) => Ok(th.int(r.start + i as i64 * r.step)),
            None => Err(th.index_error("range object index out of range")),
        };
    }
    if let Some(s) = key.exact::<crate::object::slice::Slice>() {
        return slice(th, r, s);
    }
    if !has_index(th, key) {
        return Err(th.type_error(format!(
            "range indices must be integers or slices, not {}",
            th.type_name(key)
        )));
    }
    let b = widened(r);
    let i = th.index(key)?;
    let i = th.as_bigint(&i).unwrap_or(IBig::ZERO);
    let i = if i < IBig::ZERO { i + &b.len } else { i };
    if i < IBig::ZERO || i >= b.len {
        return Err(th.index_error("range object index out of range"));
    }
    Ok(th.bigint(b.start + i * b.step))
}

fn slice(th: &Thread, r: &Range, s: &Py<crate::object::slice::Slice>) -> Res {
    let b = widened(r);
    let bounds = th.call_method(s.obj(), "indices", &[th.bigint(b.len.clone())])?;
    let part = |i: usize| -> Res<IBig> {
        let n = th.getitem(&bounds, &Obj::small_int(i as i64))?;
        Ok(th.as_bigint(&n).unwrap_or(IBig::ZERO))
    };
    let (start, stop, step) = (part(0)?, part(1)?, part(2)?);
    let at = |i: IBig| &b.start + i * &b.step;
    Ok(th
        .alloc(Range::from_big(at(start), at(stop), step * &b.step))
        .into_obj())
}

/// Where an integer stands in the range.
fn place(r: &Range, n: &IBig) -> Option<IBig> {
    let b = widened(r);
    let off = n - &b.start;
    if b.len == IBig::ZERO || &off % &b.step != IBig::ZERO {
        return None;
    }
    let i = off / b.step;
    if i >= IBig::ZERO && i < b.len {
        Some(i)
    } else {
        None
    }
}

/// Where an object stands: integers by arithmetic, others by comparing them with every item.
fn find(th: &Thread, o: &Obj, x: &Obj) -> Res<Option<Obj>> {
    let r = this::<Range>(o);
    if let (None, Some(n)) = (&r.big, x.as_small_int()) {
        let off = n as i128 - r.start as i128;
        let i = off / r.step as i128;
        let inside = off % r.step as i128 == 0 && i >= 0 && i < r.len as i128;
        return Ok(if inside { Some(th.int(i as i64)) } else { None });
    }
    let exact = x.as_small_int().is_some()
        || x.value().is_bool()
        || th
            .type_of(x)
            .id
            .is_some_and(|t| t == TypeId::Int || t == TypeId::Bool);
    if exact && let Some(n) = th.as_bigint(x) {
        return Ok(place(r, &n).map(|i| th.bigint(i)));
    }
    let it = iter(th, o)?;
    let mut i = 0i64;
    while let Some(item) = th.next(&it)? {
        if th.eq(&item, x)? {
            return Ok(Some(th.int(i)));
        }
        i += 1;
        if i & 0xFFF == 0 {
            th.poll()?;
        }
    }
    Ok(None)
}

fn contains(th: &Thread, o: &Obj, x: &Obj) -> Res<bool> {
    Ok(find(th, o, x)?.is_some())
}

fn count(th: &Thread, a: Args<'_>) -> Res {
    let (o, x) = (a.get(0), a.get(1));
    if x.as_small_int().is_some() || x.value().is_bool() || th.type_of(x).id == Some(TypeId::Int) {
        return Ok(Obj::small_int(find(th, o, x)?.is_some() as i64));
    }
    let mut n = 0;
    for_each(th, o, |item| {
        n += th.eq(&item, x)? as usize;
        Ok(true)
    })?;
    Ok(count_obj(th, n))
}

fn index(th: &Thread, a: Args<'_>) -> Res {
    match find(th, a.get(0), a.get(1))? {
        Some(i) => Ok(i),
        None => Err(th.value_error("range.index(x): x not in range")),
    }
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let (start, stop, step) = numbers(th, this::<Range>(a.get(0)));
    let args = th.tuple(vec![start, stop, step])?;
    th.tuple(vec![th.ty(TypeId::Range).obj().clone(), args])
}
