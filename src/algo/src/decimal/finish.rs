//! How a result is made to fit its context.

use super::*;
use crate::decimal::coef::Cut;

/// Cuts the payload of a NaN to the digits that the context has for it.
pub(super) fn fix_nan(d: &mut Dec, c: &Ctx) {
    let room = c.prec - u64::from(c.clamp);
    if d.coef.digits() > room {
        d.coef = d.coef.tail(room);
    }
}

/// Whether what was cut off rounds the rest up.
pub(super) fn rounds_up(coef: &Coef, neg: bool, cut: Cut, rounding: Rounding) -> bool {
    if cut == Cut::Exact {
        return false;
    }
    match rounding {
        Rounding::Down => false,
        Rounding::Up => true,
        Rounding::Ceiling => !neg,
        Rounding::Floor => neg,
        Rounding::HalfUp => cut >= Cut::Half,
        Rounding::HalfDown => cut > Cut::Half,
        Rounding::HalfEven => cut > Cut::Half || cut == Cut::Half && coef.is_odd(),
        Rounding::Up05 => matches!(coef.last_digit(), 0 | 5),
    }
}

/// The coefficient without its last digits, rounded; and what was cut off.
pub(super) fn shift_rounded(coef: &Coef, neg: bool, n: u64, rounding: Rounding) -> (Coef, Cut) {
    let (mut q, cut) = coef.shr(n);
    if rounds_up(&q, neg, cut, rounding) {
        q = q.next();
    }
    (q, cut)
}

/// The result as the context has it.
#[inline]
pub fn finish(d: Dec, c: &Ctx, status: &mut Status) -> Dec {
    if d.is_finite() {
        let digits = d.coef.digits();
        let adjusted = d.exp + (digits as i64 - 1);
        if digits <= c.prec
            && adjusted <= c.emax
            && adjusted >= c.emin
            && !(c.clamp && d.exp > c.etop())
        {
            return d;
        }
    }
    fit(d, c, status)
}

fn fit(mut d: Dec, c: &Ctx, status: &mut Status) -> Dec {
    if !d.is_finite() {
        if d.is_nan() {
            fix_nan(&mut d, c);
        }
        return d;
    }
    fit_exponent(&mut d, c, status);
    if d.is_finite() && d.coef.digits() > c.prec {
        let n = d.coef.digits() - c.prec;
        let (q, cut) = shift_rounded(&d.coef, d.neg, n, c.rounding);
        d.coef = q;
        d.exp += n as i64;
        *status |= ROUNDED;
        if cut != Cut::Exact {
            *status |= INEXACT;
        }
        if d.coef.digits() > c.prec {
            // 99…9 has become 100…0.
            d.coef = d.coef.shr(1).0;
            d.exp += 1;
            fit_exponent(&mut d, c, status);
        }
    }
    d
}

fn overflow(d: &mut Dec, c: &Ctx, status: &mut Status) {
    let greatest = match c.rounding {
        Rounding::Down | Rounding::Up05 => true,
        Rounding::Ceiling => d.neg,
        Rounding::Floor => !d.neg,
        _ => false,
    };
    *status |= OVERFLOW | INEXACT | ROUNDED;
    if !greatest {
        *d = Dec::inf(d.neg);
        return;
    }
    if c.prec > MOST_DIGITS {
        *d = Dec::nan(MALLOC, status);
        return;
    }
    d.coef = Coef::nines(c.prec);
    d.exp = c.etop();
}

fn fit_exponent(d: &mut Dec, c: &Ctx, status: &mut Status) {
    let adjusted = d.adjusted();
    let zero = d.coef.is_zero();
    if adjusted > c.emax {
        if zero {
            d.exp = if c.clamp { c.etop() } else { c.emax };
            *status |= CLAMPED;
        } else {
            overflow(d, c, status);
        }
    } else if c.clamp && d.exp > c.etop() {
        *status |= CLAMPED;
        match d.coef.shl((d.exp - c.etop()) as u64) {
            Some(coef) => d.coef = coef,
            None => {
                *d = Dec::nan(MALLOC, status);
                return;
            }
        }
        d.exp = c.etop();
        if !zero && adjusted < c.emin {
            *status |= SUBNORMAL;
        }
    } else if adjusted < c.emin {
        let etiny = c.etiny();
        if zero {
            if d.exp < etiny {
                d.exp = etiny;
                *status |= CLAMPED;
            }
            return;
        }
        *status |= SUBNORMAL;
        if d.exp < etiny {
            let n = (etiny - d.exp) as u64;
            let (q, cut) = shift_rounded(&d.coef, d.neg, n, c.rounding);
            d.coef = q;
            d.exp = etiny;
            *status |= ROUNDED;
            if cut != Cut::Exact {
                *status |= INEXACT | UNDERFLOW;
                if d.coef.is_zero() {
                    *status |= CLAMPED;
                }
            }
        }
    }
}
