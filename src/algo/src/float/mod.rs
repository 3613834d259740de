//! Floating point as Python's `float` defines it: text both ways, exact rounding, division, hashes.

mod hash;
mod hex;
mod parse;
mod round;
mod scaled;
mod show;

pub use hash::{HASH_INF, hash_complex, hash_f64, hash_fraction, hash_i64, hash_int};
pub use hex::{HexError, from_hex, to_hex};
pub use parse::parse_float;
pub use round::round_digits;
pub use show::{Flags, complex_repr, float_to_string, repr};

use crate::int::IntError;
use dashu_int::IBig;
use std::fmt;

/// What can go wrong with floats. `Display` is CPython's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FloatError {
    /// OverflowError of `as_integer_ratio` and `int()`.
    Infinity(&'static str),
    /// ValueError of `as_integer_ratio` and `int()`.
    Nan(&'static str),
    /// OverflowError of `round`.
    RoundOverflow,
    /// ZeroDivisionError.
    ZeroDivision,
}

impl fmt::Display for FloatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FloatError::Infinity(m) | FloatError::Nan(m) => m,
            FloatError::RoundOverflow => "rounded value too large to represent",
            FloatError::ZeroDivision => "division by zero",
        })
    }
}

impl std::error::Error for FloatError {}

/// Mantissa, exponent of two and sign of a finite float: `(-1)**sign * m * 2**e`.
pub fn decompose(x: f64) -> (u64, i32, bool) {
    let bits = x.to_bits();
    let e = (bits >> 52 & 0x7ff) as i32;
    let m = bits & ((1 << 52) - 1);
    let (m, e) = if e == 0 {
        (m, -1074)
    } else {
        (m | 1 << 52, e - 1075)
    };
    (m, e, x.is_sign_negative())
}

/// `float.as_integer_ratio`
pub fn as_integer_ratio(x: f64) -> Result<(IBig, IBig), FloatError> {
    if x.is_nan() {
        return Err(FloatError::Nan("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(FloatError::Infinity(
            "cannot convert Infinity to integer ratio",
        ));
    }
    let (mut m, mut e, negative) = decompose(x);
    if m == 0 {
        return Ok((IBig::ZERO, IBig::ONE));
    }
    let zeros = m.trailing_zeros();
    m >>= zeros;
    e += zeros as i32;
    let (mut n, mut d) = (IBig::from(m), IBig::ONE);
    if e >= 0 {
        n <<= e as usize;
    } else {
        d <<= (-e) as usize;
    }
    Ok((if negative { -n } else { n }, d))
}

/// `int(x)`
pub fn to_int(x: f64) -> Result<IBig, FloatError> {
    if x.is_nan() {
        return Err(FloatError::Nan("cannot convert float NaN to integer"));
    }
    crate::int::from_f64(x).ok_or(FloatError::Infinity(
        "cannot convert float infinity to integer",
    ))
}

/// `divmod(a, b)` of floats.
pub fn div_mod(a: f64, b: f64) -> Result<(f64, f64), FloatError> {
    if b == 0.0 {
        return Err(FloatError::ZeroDivision);
    }
    let mut m = a % b;
    let mut div = (a - m) / b;
    if m != 0.0 {
        if (b < 0.0) != (m < 0.0) {
            m += b;
            div -= 1.0;
        }
    } else {
        m = 0.0f64.copysign(b);
    }
    let floor = if div != 0.0 {
        let f = div.floor();
        if div - f > 0.5 { f + 1.0 } else { f }
    } else {
        0.0f64.copysign(a / b)
    };
    Ok((floor, m))
}

/// `a % b`
#[inline]
pub fn modulo(a: f64, b: f64) -> Result<f64, FloatError> {
    if b == 0.0 {
        return Err(FloatError::ZeroDivision);
    }
    let m = a % b;
    if m == 0.0 {
        return Ok(0.0f64.copysign(b));
    }
    Ok(if (b < 0.0) != (m < 0.0) { m + b } else { m })
}

/// `float(int)` of a machine integer, exact or rounded to even.
pub fn from_int(n: &IBig) -> Result<f64, IntError> {
    crate::int::to_f64(n)
}
