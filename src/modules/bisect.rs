//! `_bisect`: binary search in sorted sequences.

use crate::modules::prelude::*;

const SIG: &str = "(a, x, lo=0, hi=None, *, key=None)";

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("bisect_left", SIG, |th, a| {
            Ok(th.uint(search(th, a, true, false)? as u64))
        }),
        MethodDef::new("bisect_right", SIG, |th, a| {
            Ok(th.uint(search(th, a, false, false)? as u64))
        }),
        MethodDef::new("bisect", SIG, |th, a| {
            Ok(th.uint(search(th, a, false, false)? as u64))
        }),
        MethodDef::new("insort_left", SIG, |th, a| insort(th, a, true)),
        MethodDef::new("insort_right", SIG, |th, a| insort(th, a, false)),
        MethodDef::new("insort", SIG, |th, a| insort(th, a, false)),
    ],
    doc: "Bisection algorithms.",
    ..ModuleDef::new("_bisect")
};

/// `a < b`
#[inline]
pub(super) fn less(th: &Thread, a: &Obj, b: &Obj) -> Res<bool> {
    match th.compare_simple(a, b, CmpOp::Lt) {
        Some(r) => Ok(r),
        None => th.compare_bool(a, b, CmpOp::Lt),
    }
}

/// The place for `x`, before (`left`) or after equal items. `key_x`: the key function is applied to `x` too (insort).
fn search(th: &Thread, a: Args<'_>, left: bool, key_x: bool) -> Res<usize> {
    let (seq, x) = (a.get(0), a.get(1));
    let mut lo = match a.opt(2) {
        None => 0,
        Some(n) => usize::try_from(th.index_i64(n)?)
            .map_err(|_| th.value_error("lo must be non-negative"))?,
    };
    let list = seq.exact::<List>();
    let mut hi = match a.opt_not_none(3) {
        Some(n) => th.index_i64(n)?.max(0) as usize,
        None => match list {
            Some(l) => l.len(),
            None => th.len(seq)?,
        },
    };
    let key = a.opt_not_none(4);
    let keyed;
    let x = match key {
        Some(k) if key_x => {
            keyed = th.call(k, std::slice::from_ref(x))?;
            &keyed
        }
        _ => x,
    };
    while lo < hi {
        let mid = lo + (hi - lo) / 2;
        let item = match list {
            Some(l) => l
                .get(th, mid)
                .ok_or_else(|| th.index_error("list index out of range"))?,
            None => th.getitem(seq, &th.uint(mid as u64))?,
        };
        let item = match key {
            Some(k) => th.call(k, &[item])?,
            None => item,
        };
        let right = if left {
            less(th, &item, x)?
        } else {
            !less(th, x, &item)?
        };
        if right {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    Ok(lo)
}

fn insort(th: &Thread, a: Args<'_>, left: bool) -> Res {
    let at = search(th, a, left, true)?;
    let (seq, x) = (a.get(0), a.get(1));
    match seq.exact::<List>() {
        Some(l) => l.insert(th, at, x.clone())?,
        None => drop(th.call_method(seq, "insert", &[th.uint(at as u64), x.clone()])?),
    }
    Ok(Obj::NONE)
}
