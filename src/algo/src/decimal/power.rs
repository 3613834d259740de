//! Powers.

use super::*;
use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;

/// Far outside every context.
const FAR: i64 = 2_000_000_000_000_000_001;

fn one_padded(neg: bool, shift: u64, st: &mut Status) -> Dec {
    match Coef::ONE.shl(shift) {
        Some(coef) => Dec::new(neg, coef, -(shift as i64)),
        None => Dec::nan(MALLOC, st),
    }
}

/// Decimal digits of an exponent.
fn exp_digits(n: i64) -> i64 {
    n.unsigned_abs()
        .checked_ilog10()
        .map_or(1, |d| d as i64 + 1)
}

/// A lower bound of `log10(abs(log10(abs(x))))`, rounded down; x is not 1.
fn log_log_bound(x: &Dec) -> i64 {
    match x.adjusted() {
        t @ 1.. => exp_digits(t) - 1,
        t if t < -1 => exp_digits(t + 1) - 1,
        t => {
            let x = x.clone().signed(false);
            let d = sub(&x, &Dec::int(1), &Ctx::MAX, &mut 0);
            d.adjusted() - if t == 0 { 2 } else { 1 }
        }
    }
}

/// `a ** b`
pub fn power(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if let Some(nan) = check_nans(&[a, b], c, st) {
        return nan;
    }
    let whole = b.is_integer();
    let neg = whole && a.neg && b.is_odd();
    if a.is_zero() {
        if b.is_zero() {
            return Dec::nan(INVALID_OPERATION, st);
        }
        return if b.neg {
            Dec::inf(neg)
        } else {
            Dec::zero(neg, 0)
        };
    }
    if a.neg && (!whole || b.is_inf()) {
        return Dec::nan(INVALID_OPERATION, st);
    }
    let to_one = if a.is_inf() {
        std::cmp::Ordering::Greater
    } else {
        let magnitude = a.clone().signed(false);
        order(&magnitude, &Dec::int(1)).unwrap_or(std::cmp::Ordering::Equal)
    };
    if b.is_inf() {
        if to_one.is_eq() {
            *st |= INEXACT | ROUNDED;
            return one_padded(neg, c.prec - 1, st);
        }
        return if to_one.is_gt() == b.neg {
            Dec::zero(neg, 0)
        } else {
            Dec::inf(neg)
        };
    }
    if a.is_inf() {
        return match (b.is_zero(), b.neg) {
            (true, _) => Dec::int(1).signed(neg),
            (_, true) => Dec::zero(neg, 0),
            _ => Dec::inf(neg),
        };
    }
    if b.is_zero() {
        return Dec::int(1);
    }
    if to_one.is_eq() {
        return power_of_one(a, b, whole, neg, c, st);
    }
    // Far above or below every number.
    let below_one = a.adjusted() < 0;
    let bound = log_log_bound(a) + b.adjusted();
    if below_one == b.neg {
        if exp_digits(c.emax) < bound {
            return finish(Dec::new(neg, Coef::ONE, FAR), c, st);
        }
    } else if exp_digits(c.etiny()) < bound {
        return finish(Dec::new(neg, Coef::ONE, c.etiny() - 1), c, st);
    }
    let mut d = if whole {
        whole_power(a, b, neg, c, st)
    } else {
        real_power(a, b, c, st)
    };
    if d.is_inf() {
        // For the roundings that go to the greatest number instead.
        d = Dec::new(neg, Coef::ONE, FAR);
    }
    finish(d, c, st)
}

fn power_of_one(a: &Dec, b: &Dec, whole: bool, neg: bool, c: &Ctx, st: &mut Status) -> Dec {
    let most = c.prec - 1;
    if !whole {
        *st |= INEXACT | ROUNDED;
        return one_padded(neg, most, st);
    }
    if b.neg {
        return Dec::int(1).signed(neg);
    }
    // As many zeros as an exact power has, if their number is one that the context has, and if there is room.
    let zeros = Dec::int(a.exp.saturating_neg());
    let times = mul(b, &zeros, c, &mut 0);
    let shift = match to_u64(&times) {
        _ if times.is_zero() => 0,
        Some(n) if times.is_integer() && n <= most => n,
        _ => {
            *st |= ROUNDED;
            most
        }
    };
    one_padded(neg, shift, st)
}

/// The magnitude of a whole number where it fits a machine word.
fn to_u64(b: &Dec) -> Option<u64> {
    let n = match b.exp {
        0 => b.coef.clone(),
        e @ 1.. if b.coef.digits() as i64 + e <= 20 => b.coef.shl(e as u64)?,
        1.. => return None,
        e => b.coef.shr(e.unsigned_abs()).0,
    };
    match n {
        Coef::Small(n) => u64::try_from(n).ok(),
        Coef::Big(..) => None,
    }
}

fn whole_power(a: &Dec, b: &Dec, neg: bool, c: &Ctx, st: &mut Status) -> Dec {
    let mut work = Ctx {
        prec: (c.prec as i64 + b.coef.digits() as i64 + b.exp + 2).clamp(1, MAX_PREC) as u64,
        clamp: false,
        ..c.rounded(Rounding::HalfEven)
    };
    let mut base = a.clone();
    if b.neg {
        work.prec += 1;
        let mut seen = 0;
        base = div(&Dec::int(1), a, &work, &mut seen);
        *st |= seen;
        if seen & ERRORS != 0 {
            return Dec::nan(0, st);
        }
    }
    let mut d = match to_u64(b) {
        Some(n) => by_bits(&base, n, &work, st),
        None => by_halving(&base, b, &work, st),
    };
    d.neg = neg;
    d
}

/// Squares and products, from the highest bit of the exponent down.
fn by_bits(base: &Dec, n: u64, c: &Ctx, st: &mut Status) -> Dec {
    let mut d = base.clone();
    let mut bit = 1u64 << n.ilog2();
    loop {
        bit >>= 1;
        if bit == 0 {
            return d;
        }
        let mut seen = 0;
        d = mul(&d, &d, c, &mut seen);
        if n & bit != 0 {
            d = mul(&d, base, c, &mut seen);
        }
        *st |= seen;
        if !d.is_finite() || d.coef.is_zero() && seen & CLAMPED != 0 {
            return d;
        }
    }
}

/// The same for an exponent that no machine word holds, from the lowest bit up.
fn by_halving(base: &Dec, n: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    let (mut d, mut base) = (Dec::int(1), base.clone());
    let Some(n) = to_int(&n.clone().signed(false), Rounding::Down) else {
        return Dec::nan(MALLOC, st);
    };
    let bytes = n.to_le_bytes();
    for (i, byte) in bytes.iter().enumerate() {
        for k in 0..8 {
            if byte >> k & 1 == 1 {
                d = mul(&d, &base, c, st);
            }
            if i + 1 == bytes.len() && byte >> k <= 1 {
                return d;
            }
            base = mul(&base, &base, c, st);
            if !d.is_finite() || d.coef.is_zero() {
                return d;
            }
        }
    }
    d
}

/// By logarithm and exponential, with so many digits that only a result next to a tie may be rounded wrongly.
fn real_power(a: &Dec, b: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    let work = Ctx {
        prec: a.coef.digits().max(c.prec) + 23,
        ..Ctx::MAX
    };
    let l = ln(a, &work, st_ignored(&mut 0));
    let product = mul(&l, b, &work, st_ignored(&mut 0));
    let d = exp(&product, &work, st);
    if d.is_finite() && order(&d, &Dec::int(1)).is_some_and(|o| o.is_eq()) {
        return one_padded(false, c.prec - 1, st);
    }
    d
}

/// Conditions of a step that do not matter to the result's.
fn st_ignored(st: &mut Status) -> &mut Status {
    st
}

/// `a ** b % m` of whole numbers.
pub fn power_mod(a: &Dec, b: &Dec, m: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    if let Some(nan) = check_nans(&[a, b, m], c, st) {
        return nan;
    }
    if !(a.is_integer() && b.is_integer() && m.is_integer())
        || m.is_zero()
        || m.adjusted() >= c.prec as i64
        || b.neg && !b.is_zero()
    {
        return Dec::nan(INVALID_OPERATION, st);
    }
    let neg = a.neg && b.is_odd();
    let Some(by) = to_int(&m.clone().signed(false), Rounding::Down) else {
        return Dec::nan(MALLOC, st);
    };
    let (_, by) = by.into_parts();
    if b.is_zero() {
        if a.is_zero() {
            return Dec::nan(INVALID_OPERATION, st);
        }
        return Dec::int(i64::from(!by.is_one()));
    }
    if by.is_one() {
        return Dec::zero(neg, 0);
    }
    let ring = ConstDivisor::new(by);
    let ten = ring.reduce(UBig::from(10u8));
    let to_u = |n: &Coef, e: i64| match e {
        0.. => n.big().into_owned(),
        _ => n.shr(e.unsigned_abs()).0.big().into_owned(),
    };
    let mut base = ring.reduce(to_u(&a.coef, a.exp));
    if a.exp > 0 {
        base *= ten.pow(&UBig::from(a.exp as u64));
    }
    for _ in 0..b.exp.max(0) {
        base = base.pow(&UBig::from(10u8));
    }
    let r = base.pow(&to_u(&b.coef, b.exp)).residue();
    Dec::new(neg, Coef::of(r), 0)
}
