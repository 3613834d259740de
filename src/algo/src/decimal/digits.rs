//! Operations on the digits and the exponent of a number.

use super::coef::Cut;
use super::finish::shift_rounded;
use super::*;

/// a with the exponent of b.
pub fn quantize(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if !(a.is_finite() && b.is_finite()) {
        if let Some(nan) = check_nans(&[a, b], c, st) {
            return nan;
        }
        return if a.is_inf() && b.is_inf() {
            a.clone()
        } else {
            Dec::nan(INVALID_OPERATION, st)
        };
    }
    if b.exp > c.emax || b.exp < c.etiny() {
        return Dec::nan(INVALID_OPERATION, st);
    }
    if a.coef.is_zero() {
        return finish(Dec::zero(a.neg, b.exp), c, st);
    }
    let shift = a.exp - b.exp;
    if a.coef.digits() as i64 + shift > c.prec as i64 {
        return Dec::nan(INVALID_OPERATION, st);
    }
    let mut seen = 0;
    let coef = if shift >= 0 {
        match a.coef.shl(shift as u64) {
            Some(coef) => coef,
            None => return Dec::nan(MALLOC, st),
        }
    } else {
        let (coef, cut) = shift_rounded(&a.coef, a.neg, shift.unsigned_abs(), c.rounding);
        seen |= ROUNDED;
        if cut != Cut::Exact {
            seen |= INEXACT;
        }
        coef
    };
    let d = Dec::new(a.neg, coef, b.exp);
    if d.coef.digits() > c.prec || d.adjusted() > c.emax {
        return Dec::nan(INVALID_OPERATION, st);
    }
    *st |= seen;
    finish(d, c, st)
}

/// a with another exponent, rounded but not bounded in its digits; `None` where they were too many.
pub(super) fn rescale(a: &Dec, exp: i64, rounding: Rounding) -> Option<Dec> {
    let coef = if a.exp >= exp {
        a.coef.shl((a.exp - exp) as u64)?
    } else {
        shift_rounded(&a.coef, a.neg, (exp - a.exp) as u64, rounding).0
    };
    Some(Dec::new(a.neg, coef, exp))
}

/// Rounded to a whole number, silently but for NaNs.
pub fn to_integral(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    to_integral_of(a, c, &mut 0, st)
}

/// The same, telling whether digits were lost.
pub fn to_integral_exact(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    let mut lost = 0;
    let d = to_integral_of(a, c, &mut lost, st);
    *st |= lost;
    d
}

fn to_integral_of(a: &Dec, c: &Ctx, lost: &mut Status, st: &mut Status) -> Dec {
    if let Some(nan) = check_nans(&[a], c, st) {
        return nan;
    }
    if a.is_inf() || a.exp >= 0 {
        return a.clone();
    }
    if a.coef.is_zero() {
        return Dec::zero(a.neg, 0);
    }
    let (coef, cut) = shift_rounded(&a.coef, a.neg, a.exp.unsigned_abs(), c.rounding);
    *lost |= ROUNDED;
    if cut != Cut::Exact {
        *lost |= INEXACT;
    }
    Dec::new(a.neg, coef, 0)
}

/// Without zeros at its end.
pub fn reduce(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if let Some(nan) = check_nans(&[a], c, st) {
        return nan;
    }
    if a.is_inf() {
        return a.clone();
    }
    let mut d = finish(a.clone(), c, st);
    if !d.is_finite() {
        return d;
    }
    if d.coef.is_zero() {
        return Dec::zero(d.neg, 0);
    }
    let most = if c.clamp { c.etop() } else { c.emax };
    let (coef, taken) = d.coef.strip(most.saturating_sub(d.exp).max(0) as u64);
    d.coef = coef;
    d.exp += taken as i64;
    d
}

/// The exponent of the first digit, as a number.
pub fn logb(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if let Some(nan) = check_nans(&[a], c, st) {
        return nan;
    }
    if a.is_inf() {
        return Dec::inf(false);
    }
    if a.coef.is_zero() {
        *st |= DIVISION_BY_ZERO;
        return Dec::inf(true);
    }
    finish(Dec::int(a.adjusted()), c, st)
}

/// The whole number that the second operand of a shift is, if it is one with exponent 0.
fn count(b: &Dec) -> Option<i64> {
    match (&b.coef, b.exp) {
        _ if !b.is_finite() => None,
        (Coef::Small(n), 0) => {
            let n = i64::try_from(*n).ok()?;
            Some(if b.neg { -n } else { n })
        }
        _ => None,
    }
}

/// `a * 10**b`
pub fn scaleb(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if let Some(nan) = check_nans(&[a, b], c, st) {
        return nan;
    }
    let most = (2 * (c.emax as i128 + c.prec as i128)) as i64;
    let Some(n) = count(b).filter(|n| n.unsigned_abs() <= most as u64) else {
        return Dec::nan(INVALID_OPERATION, st);
    };
    if a.is_inf() {
        return a.clone();
    }
    let mut d = a.clone();
    // Far outside any context: where exactly does not matter.
    d.exp = (d.exp as i128 + n as i128).clamp(-(1 << 62), 1 << 62) as i64;
    finish(d, c, st)
}

/// The number of places of a shift or rotation of `a` by `b`; `Err`: the result, where nothing is to be moved.
fn moved(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Result<i64, Dec> {
    if let Some(nan) = check_nans(&[a, b], c, st) {
        return Err(nan);
    }
    match count(b).filter(|n| n.unsigned_abs() <= c.prec) {
        None => Err(Dec::nan(INVALID_OPERATION, st)),
        Some(_) if a.is_inf() => Err(a.clone()),
        Some(n) => Ok(n),
    }
}

/// Digits moved to the left or, for negative b, to the right.
pub fn shift(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    let n = match moved(a, b, c, st) {
        Ok(n) => n,
        Err(result) => return result,
    };
    let mut d = a.clone();
    let kept = a.coef.tail(c.prec);
    d.coef = if n >= 0 {
        match kept.tail(c.prec - n as u64).shl(n as u64) {
            _ if n as u64 == c.prec => Coef::ZERO,
            Some(coef) => coef,
            None => return Dec::nan(MALLOC, st),
        }
    } else {
        kept.shr(n.unsigned_abs()).0
    };
    d
}

/// Digits rotated within the precision.
pub fn rotate(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    let n = match moved(a, b, c, st) {
        Ok(n) => n,
        Err(result) => return result,
    };
    // To the left by n is to the right by the rest of the digits.
    let left = if n >= 0 {
        n as u64
    } else {
        c.prec - n.unsigned_abs()
    };
    let kept = a.coef.tail(c.prec);
    let right = c.prec - left;
    let mut d = a.clone();
    let (high, low) = if right == 0 {
        (Coef::ZERO, kept)
    } else {
        (kept.tail(right), kept.shr(right).0)
    };
    d.coef = match high.shl(left) {
        Some(high) => high.add(&low),
        None => return Dec::nan(MALLOC, st),
    };
    d
}

/// The digits of a logical operand, the last one first.
fn logical_digits(a: &Dec, c: &Ctx) -> Option<Vec<bool>> {
    if !a.is_finite() || a.neg || a.exp != 0 {
        return None;
    }
    let text = a.coef.text();
    let bits: Option<Vec<bool>> = text
        .bytes()
        .rev()
        .map(|d| match d {
            b'0' => Some(false),
            b'1' => Some(true),
            _ => None,
        })
        .collect();
    let mut bits = bits?;
    bits.truncate(c.prec as usize);
    Some(bits)
}

fn from_bits(bits: impl DoubleEndedIterator<Item = bool>) -> Option<Dec> {
    let text: Vec<u8> = bits.rev().map(|b| b'0' + u8::from(b)).collect();
    Some(Dec::new(false, Coef::parse(&text)?, 0))
}

/// `&`, `|`, `^` of numbers that consist of zeros and ones.
pub fn logical(a: &Dec, b: &Dec, f: fn(bool, bool) -> bool, c: &Ctx, st: &mut Status) -> Dec {
    let made = || {
        let (x, y) = (logical_digits(a, c)?, logical_digits(b, c)?);
        let at = |v: &Vec<bool>, i: usize| v.get(i).copied().unwrap_or(false);
        from_bits((0..x.len().max(y.len())).map(|i| f(at(&x, i), at(&y, i))))
    };
    made().unwrap_or_else(|| Dec::nan(INVALID_OPERATION, st))
}

/// Ones for zeros and zeros for ones, in all digits of the precision.
pub fn logical_invert(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if c.prec > MOST_DIGITS {
        return Dec::nan(MALLOC, st);
    }
    let made = || {
        let x = logical_digits(a, c)?;
        from_bits((0..c.prec as usize).map(|i| !x.get(i).copied().unwrap_or(false)))
    };
    made().unwrap_or_else(|| Dec::nan(INVALID_OPERATION, st))
}
