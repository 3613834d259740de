//! Order of decimals: by value, total, and by magnitude.

use super::*;
use std::cmp::Ordering;

/// Order of finite numbers and infinities by magnitude.
fn order_abs(a: &Dec, b: &Dec) -> Ordering {
    match (a.is_inf(), b.is_inf()) {
        (true, true) => return Ordering::Equal,
        (true, _) => return Ordering::Greater,
        (_, true) => return Ordering::Less,
        _ => {}
    }
    match (a.coef.is_zero(), b.coef.is_zero()) {
        (true, true) => return Ordering::Equal,
        (true, _) => return Ordering::Less,
        (_, true) => return Ordering::Greater,
        _ => {}
    }
    if a.exp == b.exp {
        return a.coef.order(&b.coef);
    }
    a.adjusted().cmp(&b.adjusted()).then_with(|| {
        // The exponents differ by less than the digits of the longer one.
        let n = a.exp.abs_diff(b.exp);
        if a.exp > b.exp {
            a.coef.shl(n).map_or(Ordering::Equal, |x| x.order(&b.coef))
        } else {
            b.coef.shl(n).map_or(Ordering::Equal, |y| a.coef.order(&y))
        }
    })
}

/// Order by value; `None` where one is a NaN.
pub fn order(a: &Dec, b: &Dec) -> Option<Ordering> {
    if a.is_nan() || b.is_nan() {
        return None;
    }
    if a.is_zero() && b.is_zero() {
        return Some(Ordering::Equal);
    }
    Some(match (a.neg && !a.is_zero(), b.neg && !b.is_zero()) {
        (true, true) => order_abs(b, a),
        (false, false) => order_abs(a, b),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

/// -1, 0 or 1 as a decimal, or NaN.
pub fn compare(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    match check_nans(&[a, b], c, st) {
        Some(nan) => nan,
        None => Dec::int(order(a, b).map_or(0, |o| o as i64)),
    }
}

/// The same; quiet NaNs signal, too.
pub fn compare_signal(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    match check_nans(&[a, b], c, st) {
        Some(nan) => {
            *st |= INVALID_OPERATION;
            nan
        }
        None => compare(a, b, c, st),
    }
}

/// Order of all numbers, NaNs and representations.
pub fn order_total(a: &Dec, b: &Dec) -> Ordering {
    if a.neg != b.neg {
        return b.neg.cmp(&a.neg);
    }
    let rank = |d: &Dec| match d.kind {
        Kind::Finite | Kind::Inf => 0,
        Kind::SNan => 1,
        Kind::Nan => 2,
    };
    let by_size = rank(a).cmp(&rank(b)).then_with(|| {
        if a.is_nan() {
            return a.coef.order(&b.coef);
        }
        order_abs(a, b).then_with(|| a.exp.cmp(&b.exp))
    });
    if a.neg { by_size.reverse() } else { by_size }
}

/// `order_total` as a decimal.
pub fn compare_total(a: &Dec, b: &Dec) -> Dec {
    Dec::int(order_total(a, b) as i64)
}

/// The same of the magnitudes.
pub fn compare_total_mag(a: &Dec, b: &Dec) -> Dec {
    compare_total(&a.clone().signed(false), &b.clone().signed(false))
}

fn extreme(a: &Dec, b: &Dec, mag: bool, want: Ordering, c: &Ctx, st: &mut Status) -> Dec {
    // A number is preferred to a quiet NaN.
    if a.is_qnan() && !b.is_nan() {
        return finish(b.clone(), c, st);
    }
    if b.is_qnan() && !a.is_nan() {
        return finish(a.clone(), c, st);
    }
    if let Some(nan) = check_nans(&[a, b], c, st) {
        return nan;
    }
    let by_value = if mag {
        order_abs(a, b)
    } else {
        order(a, b).unwrap_or(Ordering::Equal)
    };
    let o = by_value.then_with(|| order_total(a, b));
    let chosen = if o == want || o.is_eq() { a } else { b };
    finish(chosen.clone(), c, st)
}

/// The greater one.
pub fn max(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    extreme(a, b, false, Ordering::Greater, c, st)
}
/// The lesser one.
pub fn min(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    extreme(a, b, false, Ordering::Less, c, st)
}
/// The one of greater magnitude.
pub fn max_mag(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    extreme(a, b, true, Ordering::Greater, c, st)
}
/// The one of lesser magnitude.
pub fn min_mag(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    extreme(a, b, true, Ordering::Less, c, st)
}

/// Whether exponents (or kinds of what has none) are the same.
pub fn same_quantum(a: &Dec, b: &Dec) -> bool {
    match (a.is_finite(), b.is_finite()) {
        (true, true) => a.exp == b.exp,
        (false, false) => a.is_nan() == b.is_nan(),
        _ => false,
    }
}

/// Whether the number is finite, not zero, and has its full range of digits.
pub fn is_normal(a: &Dec, c: &Ctx) -> bool {
    a.is_finite() && !a.coef.is_zero() && a.adjusted() >= c.emin
}
/// Whether it is finite, not zero, and less than the least normal number.
pub fn is_subnormal(a: &Dec, c: &Ctx) -> bool {
    a.is_finite() && !a.coef.is_zero() && a.adjusted() < c.emin
}

/// What the number is, in words.
pub fn class(a: &Dec, c: &Ctx) -> &'static str {
    match a.kind {
        Kind::Nan => "NaN",
        Kind::SNan => "sNaN",
        Kind::Inf if a.neg => "-Infinity",
        Kind::Inf => "+Infinity",
        Kind::Finite => match (a.coef.is_zero(), is_subnormal(a, c), a.neg) {
            (true, _, true) => "-Zero",
            (true, _, false) => "+Zero",
            (_, true, true) => "-Subnormal",
            (_, true, false) => "+Subnormal",
            (_, _, true) => "-Normal",
            _ => "+Normal",
        },
    }
}
