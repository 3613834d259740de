//! `math` on floats.

use super::libm;
use crate::modules::prelude::*;
use threadsnake_algo::{float, int};

/// `f(x)`. A NaN that was none before, or an infinity that was none (unless the function `overflows`), is a ValueError
/// which says what was expected.
pub(super) fn plain(
    th: &Thread,
    a: Args<'_>,
    f: fn(f64) -> f64,
    expected: &str,
    overflows: Option<()>,
) -> Res {
    let x = match a.get(0).as_f64_exact() {
        Some(x) => x,
        None => th.to_f64(a.get(0))?,
    };
    let r = f(x);
    if r.is_finite() || (r.is_nan() && x.is_nan()) {
        return Ok(Obj::float(r));
    }
    if r.is_infinite() && x.is_infinite() {
        return Ok(Obj::float(r));
    }
    if r.is_infinite() && overflows.is_some() {
        return Err(range(th));
    }
    Err(match expected {
        "" => domain(th),
        e => th.value_error(format!("expected {e}, got {}", float::repr(x))),
    })
}

fn domain(th: &Thread) -> Exc {
    th.value_error("math domain error")
}

fn range(th: &Thread) -> Exc {
    th.overflow_error("math range error")
}

fn two(th: &Thread, a: Args<'_>) -> Res<(f64, f64)> {
    Ok((th.to_f64(a.get(0))?, th.to_f64(a.get(1))?))
}

pub(super) fn atan2(th: &Thread, a: Args<'_>) -> Res {
    let (y, x) = two(th, a)?;
    Ok(Obj::float(y.atan2(x)))
}

/// `ceil` and `floor`: the type's method, or through a float.
pub(super) fn rounded(th: &Thread, o: &Obj, method: &str, f: fn(f64) -> f64) -> Res {
    if o.as_f64_exact().is_none()
        && let Some(m) = th.special(o, method)?
    {
        return th.call(&m, &[]);
    }
    let x = f(th.to_f64(o)?);
    if x.abs() < 1e15 {
        return Ok(th.int(x as i64));
    }
    to_int(th, x)
}

fn to_int(th: &Thread, x: f64) -> Res {
    match float::to_int(x) {
        Ok(n) => Ok(th.bigint(n)),
        Err(e @ float::FloatError::Nan(_)) => Err(th.value_error(e.to_string())),
        Err(e) => Err(th.overflow_error(e.to_string())),
    }
}

pub(super) fn trunc(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    if let Some(x) = o.as_f64_exact() {
        return if x.abs() < 1e15 {
            Ok(th.int(x as i64))
        } else {
            to_int(th, x.trunc())
        };
    }
    match th.special(o, "__trunc__")? {
        Some(m) => th.call(&m, &[]),
        None => Err(th.type_error(format!(
            "type {} doesn't define __trunc__ method",
            th.type_name(o)
        ))),
    }
}

pub(super) fn fma(th: &Thread, a: Args<'_>) -> Res {
    let (x, y, z) = (
        th.to_f64(a.get(0))?,
        th.to_f64(a.get(1))?,
        th.to_f64(a.get(2))?,
    );
    let r = x.mul_add(y, z);
    if r.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(th.value_error("invalid operation in fma"));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(th.overflow_error("overflow in fma"));
    }
    Ok(Obj::float(r))
}

pub(super) fn fmod(th: &Thread, a: Args<'_>) -> Res {
    let (x, y) = two(th, a)?;
    if y.is_infinite() && x.is_finite() {
        return Ok(Obj::float(x));
    }
    let r = x % y;
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain(th));
    }
    Ok(Obj::float(r))
}

pub(super) fn remainder(th: &Thread, a: Args<'_>) -> Res {
    let (x, y) = two(th, a)?;
    let r = libm::remainder(x, y);
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain(th));
    }
    Ok(Obj::float(r))
}

/// Mantissa in [0.5, 1) and exponent.
pub(super) fn split_exponent(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (x, adjust) = if x.abs() < f64::MIN_POSITIVE {
        (x * 2f64.powi(54), -54)
    } else {
        (x, 0)
    };
    let bits = x.to_bits();
    let e = ((bits >> 52) & 0x7ff) as i32 - 1022;
    (
        f64::from_bits(bits & !(0x7ff << 52) | (1022 << 52)),
        e + adjust,
    )
}

pub(super) fn frexp(th: &Thread, a: Args<'_>) -> Res {
    let (m, e) = split_exponent(th.to_f64(a.get(0))?);
    tuple_of(th, [Obj::float(m), th.int(i64::from(e))])
}

/// `x * 2**e`, rounded once.
pub(super) fn scale(x: f64, e: i64) -> f64 {
    let (m, own) = split_exponent(x);
    if m == 0.0 || !m.is_finite() {
        return x;
    }
    let e = e.clamp(-10_000, 10_000) as i32 + own;
    if e > 1024 {
        return f64::INFINITY.copysign(x);
    }
    if e < -1080 {
        return 0f64.copysign(x);
    }
    let power = |e: i32| f64::from_bits(((e + 1023) as u64) << 52);
    if e > -1021 {
        // The result is normal: both steps are exact.
        return m * 2.0 * power(e - 1);
    }
    // Subnormal: bring it just above the border exactly, then round once.
    m * power(e + 1000) * power(-1000)
}

pub(super) fn ldexp(th: &Thread, a: Args<'_>) -> Res {
    let x = th.to_f64(a.get(0))?;
    if !th.is_a(a.get(1), TypeId::Int) {
        return Err(th.type_error("Expected an int as second argument to ldexp."));
    }
    let e = th.index_clamped(a.get(1))?;
    let r = scale(x, e);
    if r.is_infinite() && x.is_finite() {
        Err(range(th))
    } else {
        Ok(Obj::float(r))
    }
}

pub(super) fn gamma(th: &Thread, a: Args<'_>) -> Res {
    let x = th.to_f64(a.get(0))?;
    if x == 0.0 || x == f64::NEG_INFINITY || (x < 0.0 && x == x.floor()) {
        return Err(th.value_error(format!(
            "expected a noninteger or positive integer, got {}",
            float::repr(x)
        )));
    }
    // Small factorials exactly.
    if x > 0.0 && x <= 23.0 && x == x.floor() {
        return Ok(Obj::float((1..x as u64).fold(1.0, |p, k| p * k as f64)));
    }
    let r = libm::gamma(x);
    if r.is_infinite() && x.is_finite() {
        Err(range(th))
    } else {
        Ok(Obj::float(r))
    }
}

pub(super) fn lgamma(th: &Thread, a: Args<'_>) -> Res {
    let x = th.to_f64(a.get(0))?;
    if x.is_infinite() {
        return Ok(Obj::float(f64::INFINITY));
    }
    if x <= 0.0 && x == x.floor() {
        return Err(th.value_error(format!(
            "expected a noninteger or positive integer, got {}",
            float::repr(x)
        )));
    }
    let r = libm::lgamma(x);
    if r.is_infinite() && x.is_finite() {
        Err(range(th))
    } else {
        Ok(Obj::float(r))
    }
}

/// The logarithm of an int or float; ints may be larger than any float.
pub(super) fn log_of(th: &Thread, o: &Obj, f: fn(f64) -> f64) -> Res<f64> {
    if th.is_a(o, TypeId::Int) {
        if let Some(n) = o.as_small_int() {
            if n <= 0 {
                return Err(th.value_error("expected a positive input"));
            }
            return Ok(f(n as f64));
        }
        let Some(n) = th.as_bigint(o) else {
            return Err(th.system_error("int without a value"));
        };
        if n <= dashu_int::IBig::ZERO {
            return Err(th.value_error("expected a positive input"));
        }
        if let Ok(x) = int::to_f64(&n) {
            return Ok(f(x));
        }
        let bits = int::bit_length(&n);
        let shift = bits - 64;
        let top = int::to_f64(&(n >> shift)).unwrap_or(f64::MAX);
        return Ok(f(top) + f(2.0) * shift as f64);
    }
    let x = th.to_f64(o)?;
    if x.is_nan() || x == f64::INFINITY {
        return Ok(x);
    }
    if x <= 0.0 {
        return Err(th.value_error(format!("expected a positive input, got {}", float::repr(x))));
    }
    Ok(f(x))
}

pub(super) fn log(th: &Thread, a: Args<'_>) -> Res {
    let n = log_of(th, a.get(0), f64::ln)?;
    match a.opt(1) {
        None => Ok(Obj::float(n)),
        Some(base) => {
            let d = log_of(th, base, f64::ln)?;
            if d == 0.0 {
                return Err(th.zero_division("division by zero"));
            }
            Ok(Obj::float(n / d))
        }
    }
}

pub(super) fn modf(th: &Thread, a: Args<'_>) -> Res {
    let x = th.to_f64(a.get(0))?;
    let (f, i) = if x.is_infinite() {
        (0f64.copysign(x), x)
    } else {
        ((x - x.trunc()).copysign(x), x.trunc())
    };
    tuple_of(th, [Obj::float(f), Obj::float(i)])
}

/// Place of a float in the order of all, from the negative to the positive.
fn order(x: f64) -> i64 {
    let b = x.to_bits() as i64;
    if b < 0 { i64::MIN.wrapping_sub(b) } else { b }
}

pub(super) fn nextafter(th: &Thread, a: Args<'_>) -> Res {
    let (x, y) = two(th, a)?;
    let steps = match a.opt_not_none(2) {
        None => 1u64,
        Some(n) => {
            let n = th.index(n)?;
            let Some(big) = th.as_bigint(&n) else {
                return Err(th.system_error("int without a value"));
            };
            if big < dashu_int::IBig::ZERO {
                return Err(th.value_error("steps must be a non-negative integer"));
            }
            u64::try_from(&big).unwrap_or(u64::MAX)
        }
    };
    if steps == 0 {
        return Ok(Obj::float(x));
    }
    if x.is_nan() || y.is_nan() {
        return Ok(Obj::float(f64::NAN));
    }
    if x == y {
        return Ok(Obj::float(y));
    }
    let (from, to) = (i128::from(order(x)), i128::from(order(y)));
    let way = i128::from(steps).min((to - from).abs());
    let at = (if to > from { from + way } else { from - way }) as i64;
    let bits = if at < 0 {
        i64::MIN.wrapping_sub(at)
    } else {
        at
    } as u64;
    let r = f64::from_bits(bits);
    // Going down to zero from above gives zero; from below, negative zero.
    Ok(Obj::float(if r == 0.0 && at != to as i64 {
        0f64.copysign(x)
    } else if r == 0.0 {
        y_zero(x, y)
    } else {
        r
    }))
}

fn y_zero(x: f64, y: f64) -> f64 {
    if y == 0.0 { y } else { 0f64.copysign(x) }
}

pub(super) fn pow(th: &Thread, a: Args<'_>) -> Res {
    let (x, y) = two(th, a)?;
    let r = x.powf(y);
    if x.is_finite() && y.is_finite() {
        if r.is_nan() || (x == 0.0 && r.is_infinite()) {
            return Err(domain(th));
        }
        if r.is_infinite() {
            return Err(range(th));
        }
    }
    Ok(Obj::float(r))
}

pub(super) fn is_close(th: &Thread, a: Args<'_>) -> Res {
    let (x, y) = two(th, a)?;
    let rel = a.opt(2).map_or(Ok(1e-9), |o| th.to_f64(o))?;
    let abs = a.opt(3).map_or(Ok(0.0), |o| th.to_f64(o))?;
    if rel < 0.0 || abs < 0.0 {
        return Err(th.value_error("tolerances must be non-negative"));
    }
    if x == y {
        return Ok(Obj::TRUE);
    }
    if x.is_infinite() || y.is_infinite() {
        return Ok(Obj::FALSE);
    }
    let diff = (x - y).abs();
    Ok(Obj::bool(
        diff <= (rel * y).abs() || diff <= (rel * x).abs() || diff <= abs,
    ))
}

pub(super) fn ulp(th: &Thread, a: Args<'_>) -> Res {
    let x = th.to_f64(a.get(0))?.abs();
    Ok(Obj::float(if x.is_nan() || x.is_infinite() {
        x
    } else if x == f64::MAX {
        x - f64::from_bits(x.to_bits() - 1)
    } else {
        f64::from_bits(x.to_bits() + 1) - x
    }))
}
