//! The neighbours of a number.

use super::*;
use std::cmp::Ordering;

/// Below everything that a context can tell from zero.
fn tiny(c: &Ctx, neg: bool) -> Dec {
    Dec::new(neg, Coef::ONE, c.etiny() - 1)
}

fn greatest(c: &Ctx, neg: bool, st: &mut Status) -> Dec {
    if c.prec > MOST_DIGITS {
        return Dec::nan(MALLOC, st);
    }
    Dec::new(neg, Coef::nines(c.prec), c.etop())
}

/// The neighbour above (or below) a number that is no NaN.
fn step(a: &Dec, up: bool, c: &Ctx, st: &mut Status) -> Dec {
    if a.is_inf() {
        return if a.neg == up {
            greatest(c, a.neg, st)
        } else {
            a.clone()
        };
    }
    let c = &c.rounded(if up {
        Rounding::Ceiling
    } else {
        Rounding::Floor
    });
    let mut seen = 0;
    let fitted = finish(a.clone(), c, &mut seen);
    *st |= seen & MALLOC;
    if seen & (INEXACT | ERRORS) != 0 {
        return fitted;
    }
    let mut seen = 0;
    let d = add(a, &tiny(c, !up), c, &mut seen);
    *st |= seen & MALLOC;
    d
}

/// The least number above.
pub fn next_plus(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    match check_nans(&[a], c, st) {
        Some(nan) => nan,
        None => step(a, true, c, st),
    }
}

/// The greatest number below.
pub fn next_minus(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    match check_nans(&[a], c, st) {
        Some(nan) => nan,
        None => step(a, false, c, st),
    }
}

/// The neighbour of a in the direction of b.
pub fn next_toward(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if let Some(nan) = check_nans(&[a, b], c, st) {
        return nan;
    }
    let d = match order(a, b) {
        Some(Ordering::Less) => step(a, true, c, st),
        Some(Ordering::Greater) => step(a, false, c, st),
        _ => return a.clone().signed(b.neg),
    };
    if d.is_inf() {
        *st |= OVERFLOW | ROUNDED | INEXACT;
    } else if d.is_finite() && d.adjusted() < c.emin {
        *st |= UNDERFLOW | SUBNORMAL | ROUNDED | INEXACT;
        if d.coef.is_zero() {
            *st |= CLAMPED;
        }
    }
    d
}
