//! The four operations of arithmetic, remainders, and what is made of them.

use super::*;
use std::cmp::Ordering;

/// `+a`
pub fn plus(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if let Some(nan) = check_nans(&[a], c, st) {
        return nan;
    }
    let neg = a.neg && (!a.is_zero() || c.rounding == Rounding::Floor);
    finish(a.clone().signed(neg), c, st)
}

/// `-a`
pub fn minus(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if let Some(nan) = check_nans(&[a], c, st) {
        return nan;
    }
    let neg = !a.neg && (!a.is_zero() || c.rounding == Rounding::Floor);
    finish(a.clone().signed(neg), c, st)
}

/// `abs(a)`
pub fn abs(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    match check_nans(&[a], c, st) {
        Some(nan) => nan,
        None if a.neg => minus(a, c, st),
        None => plus(a, c, st),
    }
}

/// `a + b`
#[inline]
pub fn add(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    add_signed(a, b, b.neg, c, st)
}

/// `a - b`
#[inline]
pub fn sub(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    add_signed(a, b, !b.neg, c, st)
}

fn add_signed(a: &Dec, b: &Dec, b_neg: bool, c: &Ctx, st: &mut Status) -> Dec {
    if !(a.is_finite() && b.is_finite()) {
        if let Some(nan) = check_nans(&[a, b], c, st) {
            return nan;
        }
        return match (a.is_inf(), b.is_inf()) {
            (true, true) if a.neg != b_neg => Dec::nan(INVALID_OPERATION, st),
            (true, _) => a.clone(),
            _ => b.clone().signed(b_neg),
        };
    }
    if a.exp == b.exp {
        return sum(&a.coef, a.neg, &b.coef, b_neg, a.exp, c, st);
    }
    // The one with the higher exponent is written with that of the other.
    let ((big, big_neg), (small, small_neg)) = if a.exp > b.exp {
        ((a, a.neg), (b, b_neg))
    } else {
        ((b, b_neg), (a, a.neg))
    };
    if big.coef.is_zero() {
        return sum(&big.coef, big_neg, &small.coef, small_neg, small.exp, c, st);
    }
    // A number far below the last digit of the result does as well as any other one there.
    let digits = big.coef.digits() as i64;
    let prec = c.prec as i64;
    let far = big.exp - 1 + if digits > prec { 0 } else { digits - prec - 1 };
    let tiny;
    let (low, exp) = if small.adjusted() < far {
        tiny = if small.coef.is_zero() {
            Coef::ZERO
        } else {
            Coef::ONE
        };
        (&tiny, far)
    } else {
        (&small.coef, small.exp)
    };
    let Some(high) = big.coef.shl((big.exp - exp) as u64) else {
        return Dec::nan(MALLOC, st);
    };
    sum(&high, big_neg, low, small_neg, exp, c, st)
}

#[inline]
fn sum(a: &Coef, a_neg: bool, b: &Coef, b_neg: bool, exp: i64, c: &Ctx, st: &mut Status) -> Dec {
    if a_neg == b_neg {
        return finish(Dec::new(a_neg, a.add(b), exp), c, st);
    }
    let (neg, coef) = match a.order(b) {
        Ordering::Equal => (c.rounding == Rounding::Floor, Coef::ZERO),
        Ordering::Greater => (a_neg, a.sub(b)),
        Ordering::Less => (b_neg, b.sub(a)),
    };
    finish(Dec::new(neg, coef, exp), c, st)
}

/// `a * b`, not yet fitted.
fn product(a: &Dec, b: &Dec, st: &mut Status) -> Dec {
    let neg = a.neg != b.neg;
    if !(a.is_finite() && b.is_finite()) {
        if a.is_zero() || b.is_zero() {
            return Dec::nan(INVALID_OPERATION, st);
        }
        return Dec::inf(neg);
    }
    match a.coef.mul(&b.coef) {
        Some(coef) => Dec::new(neg, coef, a.exp + b.exp),
        None => Dec::nan(MALLOC, st),
    }
}

/// `a * b`
#[inline]
pub fn mul(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if let Some(nan) = check_nans(&[a, b], c, st) {
        return nan;
    }
    let p = product(a, b, st);
    finish(p, c, st)
}

/// `a * b + d`, rounded once.
pub fn fma(a: &Dec, b: &Dec, d: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    // A product that is none comes before what the third operand may be.
    let none = a.is_inf() && b.is_zero() || a.is_zero() && b.is_inf();
    if none {
        return Dec::nan(INVALID_OPERATION, st);
    }
    if let Some(nan) = check_nans(&[a, b, d], c, st) {
        return nan;
    }
    let p = product(a, b, st);
    if p.is_nan() {
        return p;
    }
    add(&p, d, c, st)
}

/// `a / b`
pub fn div(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    let neg = a.neg != b.neg;
    if !(a.is_finite() && b.is_finite()) {
        if let Some(nan) = check_nans(&[a, b], c, st) {
            return nan;
        }
        return match (a.is_inf(), b.is_inf()) {
            (true, true) => Dec::nan(INVALID_OPERATION, st),
            (true, _) => Dec::inf(neg),
            _ => {
                *st |= CLAMPED;
                Dec::zero(neg, c.etiny())
            }
        };
    }
    if b.coef.is_zero() {
        if a.coef.is_zero() {
            return Dec::nan(DIVISION_UNDEFINED, st);
        }
        *st |= DIVISION_BY_ZERO;
        return Dec::inf(neg);
    }
    let ideal = a.exp - b.exp;
    if a.coef.is_zero() {
        return finish(Dec::zero(neg, ideal), c, st);
    }
    // An exact quotient has few digits: with a huge precision it is looked for first.
    let enough = a.coef.digits() + 4 * b.coef.digits();
    if c.prec > 1_000_000 && c.prec > enough {
        let narrow = Ctx { prec: enough, ..*c };
        let (d, exact) = quotient(a, b, neg, &narrow, st);
        if exact {
            return finish(d, c, st);
        }
    }
    let (d, _) = quotient(a, b, neg, c, st);
    finish(d, c, st)
}

/// The quotient with one digit more than the precision, and whether it is exact.
fn quotient(a: &Dec, b: &Dec, neg: bool, c: &Ctx, st: &mut Status) -> (Dec, bool) {
    let ideal = a.exp - b.exp;
    let shift = b.coef.digits() as i64 - a.coef.digits() as i64 + c.prec as i64 + 1;
    let (mut exp, n) = (ideal - shift, shift.unsigned_abs());
    let parts = if shift >= 0 {
        a.coef.shl(n).map(|x| x.div_rem(&b.coef))
    } else {
        b.coef.shl(n).map(|y| a.coef.div_rem(&y))
    };
    let Some((mut q, r)) = parts else {
        return (Dec::nan(MALLOC, st), false);
    };
    if !r.is_zero() {
        // A last digit that is no tie tells the rounding that more came behind it.
        if matches!(q.last_digit(), 0 | 5) {
            q = q.next();
        }
        return (Dec::new(neg, q, exp), false);
    }
    if exp < ideal {
        let (s, taken) = q.strip((ideal - exp) as u64);
        q = s;
        exp += taken as i64;
    }
    (Dec::new(neg, q, exp), true)
}

/// Quotient and remainder of finite numbers, the divisor not zero; `None` where the quotient has too many digits.
fn whole(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Option<(Dec, Dec)> {
    let neg = a.neg != b.neg;
    let ideal = a.exp.min(b.exp);
    if a.coef.is_zero() {
        return Some((Dec::zero(neg, 0), Dec::zero(a.neg, ideal)));
    }
    let too_large = |st: &mut Status| {
        *st |= MALLOC;
        None
    };
    if a.adjusted() < b.adjusted() {
        let r = if a.exp <= b.exp {
            a.clone()
        } else {
            match a.coef.shl((a.exp - b.exp) as u64) {
                Some(r) => Dec::new(a.neg, r, b.exp),
                None => return too_large(st),
            }
        };
        return Some((Dec::zero(neg, 0), r));
    }
    if a.adjusted() - b.adjusted() > c.prec as i64 {
        *st |= DIVISION_IMPOSSIBLE;
        return None;
    }
    let shift = a.exp - b.exp;
    let n = shift.unsigned_abs();
    let parts = if shift >= 0 {
        a.coef.shl(n).map(|x| x.div_rem(&b.coef))
    } else {
        b.coef.shl(n).map(|y| a.coef.div_rem(&y))
    };
    let Some((q, r)) = parts else {
        return too_large(st);
    };
    if q.digits() > c.prec {
        *st |= DIVISION_IMPOSSIBLE;
        return None;
    }
    Some((Dec::new(neg, q, 0), Dec::new(a.neg, r, ideal)))
}

/// `divmod(a, b)`, truncating.
pub fn divmod(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> (Dec, Dec) {
    if let Some(nan) = check_nans(&[a, b], c, st) {
        return (nan.clone(), nan);
    }
    let neg = a.neg != b.neg;
    let nan = |why, st: &mut Status| {
        let n = Dec::nan(why, st);
        (n.clone(), n)
    };
    if a.is_inf() {
        if b.is_inf() {
            return nan(INVALID_OPERATION, st);
        }
        return (Dec::inf(neg), Dec::nan(INVALID_OPERATION, st));
    }
    if b.is_inf() {
        return (Dec::zero(neg, 0), finish(a.clone(), c, st));
    }
    if b.coef.is_zero() {
        if a.coef.is_zero() {
            return nan(DIVISION_UNDEFINED, st);
        }
        return (
            Dec::inf(neg),
            Dec::nan(INVALID_OPERATION | DIVISION_BY_ZERO, st),
        );
    }
    match whole(a, b, c, st) {
        Some((q, r)) => (finish(q, c, st), finish(r, c, st)),
        None => nan(0, st),
    }
}

/// `a // b`, truncating.
pub fn div_int(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if let Some(nan) = check_nans(&[a, b], c, st) {
        return nan;
    }
    let neg = a.neg != b.neg;
    match (a.is_inf(), b.is_inf()) {
        (true, true) => return Dec::nan(INVALID_OPERATION, st),
        (true, _) => return Dec::inf(neg),
        (_, true) => return Dec::zero(neg, 0),
        _ => {}
    }
    if b.coef.is_zero() {
        if a.coef.is_zero() {
            return Dec::nan(DIVISION_UNDEFINED, st);
        }
        *st |= DIVISION_BY_ZERO;
        return Dec::inf(neg);
    }
    match whole(a, b, c, st) {
        Some((q, _)) => finish(q, c, st),
        None => Dec::nan(0, st),
    }
}

/// What the remainders have in common.
fn remainder_special(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Option<Dec> {
    if let Some(nan) = check_nans(&[a, b], c, st) {
        return Some(nan);
    }
    if a.is_inf() {
        return Some(Dec::nan(INVALID_OPERATION, st));
    }
    if b.is_inf() {
        return Some(finish(a.clone(), c, st));
    }
    if b.coef.is_zero() {
        let why = if a.coef.is_zero() {
            DIVISION_UNDEFINED
        } else {
            INVALID_OPERATION
        };
        return Some(Dec::nan(why, st));
    }
    None
}

/// `a % b`, with the sign of a.
pub fn rem(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if let Some(d) = remainder_special(a, b, c, st) {
        return d;
    }
    match whole(a, b, c, st) {
        Some((_, r)) => finish(r, c, st),
        None => Dec::nan(0, st),
    }
}

/// The remainder that is nearest to zero; of two the one with the even quotient.
pub fn rem_near(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if let Some(d) = remainder_special(a, b, c, st) {
        return d;
    }
    let Some((q, r)) = whole(a, b, c, st) else {
        return Dec::nan(0, st);
    };
    let Some(twice) = r.coef.mul(&Coef::Small(2)) else {
        return Dec::nan(MALLOC, st);
    };
    let twice = Dec::new(false, twice, r.exp);
    let by = b.clone().signed(false);
    let above = match order(&twice, &by) {
        Some(Ordering::Greater) => true,
        Some(Ordering::Equal) => q.coef.is_odd(),
        _ => false,
    };
    let (mut r, mut q) = (r, q.coef);
    if above {
        // The exponents are not far apart: b is not greater than 2r, and r not greater than b.
        let Some(by) = by.coef.shl((b.exp - r.exp) as u64) else {
            return Dec::nan(MALLOC, st);
        };
        r = Dec::new(!r.neg, by.sub(&r.coef), r.exp);
        q = q.next();
    }
    if q.digits() > c.prec {
        return Dec::nan(DIVISION_IMPOSSIBLE, st);
    }
    finish(r, c, st)
}
