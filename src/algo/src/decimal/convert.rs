//! From and to other numbers.

use super::*;
use dashu_int::{IBig, Sign, UBig};

/// Of an integer, exactly.
pub fn from_int(n: &IBig) -> Dec {
    let (sign, m) = n.clone().into_parts();
    Dec::new(sign == Sign::Negative, Coef::of(m), 0)
}

/// Of a float, exactly.
pub fn from_f64(x: f64) -> Dec {
    let neg = x.is_sign_negative();
    if x.is_nan() {
        return Dec {
            kind: Kind::Nan,
            ..Dec::zero(neg, 0)
        };
    }
    if x.is_infinite() {
        return Dec::inf(neg);
    }
    let bits = x.to_bits();
    let (field, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
    let (mut m, mut e) = match field {
        0 => (fraction, -1074i64),
        _ => (fraction | 1 << 52, field as i64 - 1075),
    };
    if m == 0 {
        return Dec::zero(neg, 0);
    }
    let zeros = m.trailing_zeros() as i64;
    m >>= zeros;
    e += zeros;
    if e >= 0 {
        return Dec::new(neg, Coef::of(UBig::from(m) << e as usize), 0);
    }
    // m / 2**k is m * 5**k / 10**k.
    let k = e.unsigned_abs() as usize;
    Dec::new(neg, Coef::of(UBig::from(m) * UBig::from(5u8).pow(k)), e)
}

/// The nearest float of a finite number.
pub fn to_f64(a: &Dec) -> f64 {
    if let (Coef::Small(n), 0) = (&a.coef, a.exp)
        && *n < 1 << 53
    {
        let x = *n as f64;
        return if a.neg { -x } else { x };
    }
    let sign = if a.neg { "-" } else { "" };
    let text = format!("{sign}{}e{}", a.coef.text(), a.exp);
    text.parse().unwrap_or(f64::NAN)
}

/// The whole part of a finite number, rounded so; `None` where it has too many digits.
pub fn to_int(a: &Dec, rounding: Rounding) -> Option<IBig> {
    let d = digits::rescale(a, 0, rounding)?;
    let sign = if d.neg {
        Sign::Negative
    } else {
        Sign::Positive
    };
    Some(IBig::from_parts(sign, d.coef.big().into_owned()))
}

/// Numerator and denominator of a finite number in lowest terms; `None` where they have too many digits.
pub fn to_ratio(a: &Dec) -> Option<(IBig, IBig)> {
    if a.exp >= 0 || a.coef.is_zero() {
        return Some((to_int(a, Rounding::Down)?, IBig::ONE));
    }
    let (coef, taken) = a.coef.strip(a.exp.unsigned_abs());
    let left = a.exp.unsigned_abs() - taken;
    if left > MOST_DIGITS {
        return None;
    }
    let mut n = coef.big().into_owned();
    let k = left as usize;
    // What is in common are twos or fives, as many as there are.
    let twos = n.trailing_zeros().unwrap_or(0).min(k);
    n >>= twos;
    let five = UBig::from(5u8);
    let mut fives = 0;
    if k > 0 && (&n % &five).is_zero() {
        let mut m = n.clone();
        let all = m.remove(&five).unwrap_or(0);
        fives = all.min(k);
        n = if all > fives {
            m * five.pow(all - fives)
        } else {
            m
        };
    }
    let d = (five.pow(k - fives)) << (k - twos);
    let sign = if a.neg {
        Sign::Negative
    } else {
        Sign::Positive
    };
    Some((IBig::from_parts(sign, n), IBig::from(d)))
}

/// `hash(int)`'s modulus: 2**61 - 1.
const P: u128 = (1 << 61) - 1;

/// Hash of a finite number: that of the equal int, float or Fraction.
pub fn hash(a: &Dec) -> i64 {
    let c = match &a.coef {
        Coef::Small(n) => n % P,
        Coef::Big(n, _) => u128::try_from(n % UBig::from(P)).unwrap_or(0),
    };
    let base = if a.exp < 0 { INVERSE_OF_10 } else { 10 };
    let h = reduce(c * power_mod_p(base, a.exp.unsigned_abs())) as i64;
    match a.neg {
        true if h == 1 => -2,
        true => -h,
        false => h,
    }
}

/// `10 * INVERSE_OF_10 % P` is 1.
const INVERSE_OF_10: u128 = 2_075_258_708_292_324_556;

/// `x % P` of a product of two numbers below P: 2**61 is 1.
#[inline]
fn reduce(x: u128) -> u128 {
    let r = (x & P) + (x >> 61);
    if r >= P { r - P } else { r }
}

fn power_mod_p(mut base: u128, mut e: u64) -> u128 {
    let mut r = 1;
    while e > 0 {
        if e & 1 == 1 {
            r = reduce(r * base);
        }
        base = reduce(base * base);
        e >>= 1;
    }
    r
}

/// `n * d` of a finite number and a positive integer, exactly.
pub fn times_int(a: &Dec, d: &IBig) -> Option<Dec> {
    let (_, m) = d.clone().into_parts();
    Some(Dec {
        coef: a.coef.mul(&Coef::of(m))?,
        ..a.clone()
    })
}
