//! `slice`.

use super::common::*;
use super::tuple::hash_lanes;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slice::{Bounds, Slice};
use crate::object::slots::{CallArgs, CmpOp, Slots};
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use dashu_int::IBig;
use threadsnake_algo::text::StrBuf;

/// `slice`
pub static DEF: TypeDef = TypeDef {
    slots: Slots { new: Some(new), repr: Some(repr), hash: Some(hash), compare: Some(compare), ..Slots::NONE },
    methods: &[
        MethodDef::new("indices", "($self, object, /)", indices).doc(
            "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, calculate the start and stop\nindices, and the stride length of the extended slice described by\nS. Out of bounds indices are clipped in a manner consistent with the\nhandling of normal slices.",
        ),
        MethodDef::new("__reduce__", "($self, /)", reduce).doc("Return state information for pickling."),
        MethodDef::class("__class_getitem__", "($cls, object, /)", |th, a| class_getitem(th, a.get(0), a.get(1)))
            .doc("See PEP 585"),
    ],
    getset: &[
        GetSetDef::ro("start", |_, o| Ok(this::<Slice>(o).start.clone())),
        GetSetDef::ro("stop", |_, o| Ok(this::<Slice>(o).stop.clone())),
        GetSetDef::ro("step", |_, o| Ok(this::<Slice>(o).step.clone())),
    ],
    flags: type_flags::IMMUTABLE,
    doc: "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.\n\nThis is used for extended slicing (e.g. a[0:10:2]).",
    ..TypeDef::new(TypeId::Slice, "slice", Slice::LAYOUT)
};

fn new(th: &Thread, _cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("slice", "(start, stop=None, step=None, /)", args, |a| {
        let (start, stop) = match a.opt(1) {
            None => (Obj::NONE, a.get(0).clone()),
            Some(stop) => (a.get(0).clone(), stop.clone()),
        };
        let step = a.opt(2).cloned().unwrap_or(Obj::NONE);
        Ok(th.alloc(Slice { start, stop, step }).into_obj())
    })
}

fn parts(s: &Slice) -> [&Obj; 3] {
    [&s.start, &s.stop, &s.step]
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let mut buf = StrBuf::new();
    buf.push_ascii(b"slice(");
    for (i, p) in parts(this::<Slice>(o)).into_iter().enumerate() {
        if i > 0 {
            buf.push_ascii(b", ");
        }
        buf.push_str(th.repr(p)?.text());
    }
    buf.push_ascii(b")");
    th.str_data(buf.finish())
}

fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    // As a tuple's, but the length is not mixed in.
    let h = hash_lanes(parts(this::<Slice>(o)).into_iter().map(|p| th.hash(p)), 0)?;
    let undone = (h as u64).wrapping_sub(2_870_177_450_012_600_261 ^ 3_527_539);
    Ok(if undone == u64::MAX {
        1_546_275_796
    } else {
        undone as i64
    })
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (a.cast::<Slice>(), b.cast::<Slice>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if a.is(b) {
        return Ok(Obj::bool(matches!(op, CmpOp::Eq | CmpOp::Le | CmpOp::Ge)));
    }
    let (x, y) = (parts(x), parts(y));
    compare_items(
        th,
        op,
        || (3, 3),
        |i| Some(((*x.get(i)?).clone(), (*y.get(i)?).clone())),
    )
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let args = th.tuple(parts(this::<Slice>(a.get(0))).map(|p| p.clone()).to_vec())?;
    th.tuple(vec![th.ty(TypeId::Slice).obj().clone(), args])
}

/// `operator.index` of a bound.
fn bound(th: &Thread, o: &Obj) -> Res<Option<IBig>> {
    if o.is_none() {
        return Ok(None);
    }
    if !has_index(th, o) {
        return Err(
            th.type_error("slice indices must be integers or None or have an __index__ method")
        );
    }
    let n = th.index(o)?;
    Ok(th.as_bigint(&n))
}

/// Over unlimited integers, unlike `Thread::slice_indices`.
fn indices(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Slice>(a.get(0));
    let n = th.index(a.get(1))?;
    let len = th.as_bigint(&n).unwrap_or(IBig::ZERO);
    if len < IBig::ZERO {
        return Err(th.value_error("length should not be negative"));
    }
    let step = bound(th, &s.step)?.unwrap_or(IBig::ONE);
    if step == IBig::ZERO {
        return Err(th.value_error("slice step cannot be zero"));
    }
    let down = step < IBig::ZERO;
    let (low, high) = if down {
        (-IBig::ONE, &len - IBig::ONE)
    } else {
        (IBig::ZERO, len.clone())
    };
    let clip = |b: Option<IBig>, default: &IBig| match b {
        None => default.clone(),
        Some(b) => {
            let b = if b < IBig::ZERO { b + &len } else { b };
            b.clamp(low.clone(), high.clone())
        }
    };
    let (first, last) = if down { (&high, &low) } else { (&low, &high) };
    let start = clip(bound(th, &s.start)?, first);
    let stop = clip(bound(th, &s.stop)?, last);
    th.tuple(vec![th.bigint(start), th.bigint(stop), th.bigint(step)])
}

impl Thread {
    /// The bounds of a slice, to be fitted to a length.
    pub fn slice_bounds(&self, s: &Py<Slice>) -> Res<Bounds> {
        let int = |o: &Obj| -> Res<Option<i64>> {
            match o.as_small_int() {
                Some(n) => Ok(Some(n)),
                None if o.is_none() => Ok(None),
                None if !has_index(self, o) => Err(self.type_error(
                    "slice indices must be integers or None or have an __index__ method",
                )),
                None => self.index_clamped(o).map(Some),
            }
        };
        let step = int(&s.step)?.unwrap_or(1);
        if step == 0 {
            return Err(self.value_error("slice step cannot be zero"));
        }
        Ok(Bounds {
            start: int(&s.start)?,
            stop: int(&s.stop)?,
            // So that the step can be negated.
            step: step.max(-i64::MAX),
        })
    }

    /// Start, stop, step and number of items of a slice over `len` items.
    pub fn slice_indices(&self, s: &Py<Slice>, len: usize) -> Res<(i64, i64, i64, usize)> {
        let part = self.slice_bounds(s)?.of(len);
        Ok((part.start, part.stop, part.step, part.count))
    }
}
