//! Operators.

use super::IntError;
use dashu_int::fast_div::ConstDivisor;
use dashu_int::ops::{BitTest, DivRem, Gcd, SquareRoot};
use dashu_int::{IBig, Sign, UBig};
use std::borrow::Cow;

/// `a // b` and `a % b` with the remainder's sign that of `b`.
pub fn div_mod(a: &IBig, b: &IBig) -> Result<(IBig, IBig), IntError> {
    if b.is_zero() {
        return Err(IntError::ZeroDivision("division by zero"));
    }
    let (q, r) = a.div_rem(b);
    if !r.is_zero() && (r.sign() == Sign::Negative) != (b.sign() == Sign::Negative) {
        return Ok((q - IBig::ONE, r + b));
    }
    Ok((q, r))
}

/// `a // b`
pub fn floor_div(a: &IBig, b: &IBig) -> Result<IBig, IntError> {
    div_mod(a, b).map(|p| p.0)
}

/// `a % b`
pub fn modulo(a: &IBig, b: &IBig) -> Result<IBig, IntError> {
    div_mod(a, b).map(|p| p.1)
}

/// `a // b` and `a % b` of machine integers; `None` when the quotient does not fit. `b` is not zero.
#[inline]
pub fn div_mod_i64(a: i64, b: i64) -> Option<(i64, i64)> {
    let (q, r) = (a.checked_div(b)?, a.checked_rem(b)?);
    Some(if r != 0 && (r ^ b) < 0 {
        (q - 1, r + b)
    } else {
        (q, r)
    })
}

fn magnitude(n: &IBig) -> UBig {
    n.clone().into_parts().1
}

fn is_negative(n: &IBig) -> bool {
    n.sign() == Sign::Negative
}

/// `int.bit_length`
pub fn bit_length(n: &IBig) -> usize {
    let (_, words) = n.as_sign_words();
    words
        .last()
        .map_or(0, |w| words.len() * 64 - w.leading_zeros() as usize)
}

/// `int.bit_count`
pub fn bit_count(n: &IBig) -> usize {
    n.as_sign_words()
        .1
        .iter()
        .map(|w| w.count_ones() as usize)
        .sum()
}

/// `a ** e` for `e >= 0`, refused when the result could need more than `max_bits` bits.
pub fn pow(a: &IBig, e: &IBig, max_bits: usize) -> Result<IBig, IntError> {
    if e.is_zero() || a.is_one() {
        return Ok(IBig::ONE);
    }
    if a.is_zero() {
        return Ok(IBig::ZERO);
    }
    if *a == IBig::NEG_ONE {
        return Ok(if e.bit(0) { IBig::NEG_ONE } else { IBig::ONE });
    }
    let e = usize::try_from(e).map_err(|_| IntError::TooLarge)?;
    let bits = bit_length(a)
        .saturating_sub(1)
        .checked_mul(e)
        .ok_or(IntError::TooLarge)?;
    if bits > max_bits || e > max_bits {
        return Err(IntError::TooLarge);
    }
    Ok(a.pow(e))
}

/// `pow(a, e, m)`: the result has the sign of `m`; a negative exponent needs an inverse.
pub fn pow_mod(a: &IBig, e: &IBig, m: &IBig) -> Result<IBig, IntError> {
    if m.is_zero() {
        return Err(IntError::ZeroDivision("pow() 3rd argument cannot be 0"));
    }
    let modulus = magnitude(m);
    let negative = is_negative(m);
    let base = modulo(a, &IBig::from(modulus.clone()))?;
    let (base, e) = if is_negative(e) {
        (invert(&base, &modulus)?, -e)
    } else {
        (base, e.clone())
    };
    let r = if modulus.is_one() {
        UBig::ZERO
    } else {
        let ring = ConstDivisor::new(modulus.clone());
        ring.reduce(magnitude(&base)).pow(&magnitude(&e)).residue()
    };
    let r = IBig::from(r);
    Ok(if negative && !r.is_zero() { r + m } else { r })
}

/// Inverse of `a` modulo `m` by the extended Euclidean algorithm.
fn invert(a: &IBig, m: &UBig) -> Result<IBig, IntError> {
    let m = IBig::from(m.clone());
    let (mut r0, mut r1) = (m.clone(), a.clone());
    let (mut t0, mut t1) = (IBig::ZERO, IBig::ONE);
    while !r1.is_zero() {
        let (q, r) = (&r0).div_rem(&r1);
        let t = &t0 - &q * &t1;
        (r0, r1) = (r1, r);
        (t0, t1) = (t1, t);
    }
    if !r0.is_one() {
        return Err(IntError::NotInvertible);
    }
    modulo(&t0, &m)
}

/// `a << n`; `n` is any integer, the result at most `max_bits` bits.
pub fn shl(a: &IBig, n: &IBig, max_bits: usize) -> Result<IBig, IntError> {
    if is_negative(n) {
        return Err(IntError::NegativeShift);
    }
    if a.is_zero() {
        return Ok(IBig::ZERO);
    }
    let n = usize::try_from(n).map_err(|_| IntError::ShiftTooLarge)?;
    if bit_length(a).checked_add(n).is_none_or(|b| b > max_bits) {
        return Err(IntError::TooLarge);
    }
    Ok(a << n)
}

/// `a >> n`, rounding to minus infinity.
pub fn shr(a: &IBig, n: &IBig) -> Result<IBig, IntError> {
    if is_negative(n) {
        return Err(IntError::NegativeShift);
    }
    let gone = || {
        if is_negative(a) {
            IBig::NEG_ONE
        } else {
            IBig::ZERO
        }
    };
    match usize::try_from(n) {
        Ok(n) if n <= bit_length(a) => {
            let (sign, mag) = a.clone().into_parts();
            let lost = sign == Sign::Negative && mag.trailing_zeros().is_some_and(|z| z < n);
            let q = IBig::from_parts(sign, mag >> n);
            Ok(if lost { q - IBig::ONE } else { q })
        }
        _ => Ok(gone()),
    }
}

/// `a & b` on two's complement.
pub fn bit_and(a: &IBig, b: &IBig) -> IBig {
    a & b
}

/// `a | b` on two's complement.
pub fn bit_or(a: &IBig, b: &IBig) -> IBig {
    a | b
}

/// `a ^ b` on two's complement.
pub fn bit_xor(a: &IBig, b: &IBig) -> IBig {
    a ^ b
}

/// `~a`
pub fn invert_bits(a: &IBig) -> IBig {
    -(a + IBig::ONE)
}

/// `math.gcd` of two.
pub fn gcd(a: &IBig, b: &IBig) -> IBig {
    match (a.is_zero(), b.is_zero()) {
        (true, _) => IBig::from(magnitude(b)),
        (_, true) => IBig::from(magnitude(a)),
        _ => IBig::from(a.gcd(b)),
    }
}

/// `math.lcm` of two.
pub fn lcm(a: &IBig, b: &IBig) -> IBig {
    if a.is_zero() || b.is_zero() {
        return IBig::ZERO;
    }
    let g = gcd(a, b);
    IBig::from(magnitude(&(a / g * b)))
}

/// `math.isqrt`
pub fn isqrt(n: &IBig) -> Result<IBig, IntError> {
    if is_negative(n) {
        return Err(IntError::NegativeSqrt);
    }
    Ok(IBig::from(SquareRoot::sqrt(&magnitude(n))))
}

/// The 64 highest bits of a magnitude with everything below folded into the lowest (sticky), and the shift.
fn top_bits(n: &IBig) -> (u64, usize) {
    let (_, words) = n.as_sign_words();
    let bits = bit_length(n);
    if bits <= 64 {
        return (words.first().copied().unwrap_or(0), 0);
    }
    let shift = bits - 64;
    let (w, b) = (shift / 64, shift % 64);
    let mut top = words[w] >> b;
    if b > 0 {
        top |= words[w + 1] << (64 - b);
    }
    let below = words[..w].iter().any(|&x| x != 0) || (b > 0 && words[w] << (64 - b) != 0);
    (top | u64::from(below), shift)
}

/// `float(int)`: nearest, ties to even.
pub fn to_f64(n: &IBig) -> Result<f64, IntError> {
    let (top, shift) = top_bits(n);
    if shift > 960 {
        return Err(IntError::FloatOverflow);
    }
    // Both steps are exact or correctly rounded: a power of two scales without rounding here.
    let f = top as f64 * pow2(shift as i32);
    if f.is_infinite() {
        return Err(IntError::FloatOverflow);
    }
    Ok(if is_negative(n) { -f } else { f })
}

/// 2 to a power between -1022 and 1023.
fn pow2(e: i32) -> f64 {
    f64::from_bits(((e + 1023) as u64) << 52)
}

/// `mantissa * 2**e`, correctly rounded once.
pub(crate) fn scale(m: u64, e: i64) -> f64 {
    let bits = 64 - i64::from(m.leading_zeros());
    if m == 0 || bits + e < -1100 {
        return 0.0;
    }
    if bits + e > 1024 {
        return f64::INFINITY;
    }
    // Bits that a normal or subnormal result can hold.
    let keep = (bits + e + 1074).min(53);
    if keep < 0 {
        return 0.0;
    }
    let drop = bits - keep;
    let (mut q, e) = if drop > 0 {
        let q = if drop >= 64 { 0 } else { m >> drop };
        let rest = if drop >= 64 { m } else { m & ((1 << drop) - 1) };
        let half = 1u64 << (drop - 1);
        (
            q + u64::from(rest > half || (rest == half && q & 1 == 1)),
            e + drop,
        )
    } else {
        (m, e)
    };
    let mut f = 1.0;
    let mut e = e;
    while q & 1 == 0 && q != 0 {
        q >>= 1;
        e += 1;
    }
    if e < -1022 {
        f *= pow2(-1022);
        e += 1022;
        let low = pow2(e.max(-60) as i32);
        return q as f64 * low * f;
    }
    if e > 1023 {
        return f64::INFINITY;
    }
    q as f64 * pow2(e as i32) * f
}

/// `a / b`, correctly rounded.
pub fn true_div(a: &IBig, b: &IBig) -> Result<f64, IntError> {
    if b.is_zero() {
        return Err(IntError::ZeroDivision("division by zero"));
    }
    let negative = is_negative(a) != is_negative(b);
    let sign = |f: f64| if negative { -f } else { f };
    if a.is_zero() {
        return Ok(sign(0.0));
    }
    let exact = |n: &IBig| bit_length(n) <= 53;
    if exact(a) && exact(b) {
        return Ok(to_f64(a)? / to_f64(b)?);
    }
    // A quotient of 64 to 65 bits, the remainder as a sticky bit.
    let diff = bit_length(a) as i64 - bit_length(b) as i64;
    if diff > 1025 {
        return Err(IntError::DivisionOverflow);
    }
    if diff < -1100 {
        return Ok(sign(0.0));
    }
    let shift = 63 - diff;
    let (x, y) = (magnitude(a), magnitude(b));
    let (x, y) = if shift >= 0 {
        (x << shift as usize, y)
    } else {
        (x, y << (-shift) as usize)
    };
    let (q, r) = x.div_rem(&y);
    let q = u64::try_from(&q).map_err(|_| IntError::DivisionOverflow)?;
    let f = scale(q | u64::from(!r.is_zero()), -shift);
    if f.is_infinite() {
        Err(IntError::DivisionOverflow)
    } else {
        Ok(sign(f))
    }
}

/// `round(n, -digits)` for `digits > 0`: to a multiple of a power of ten, ties to even.
pub fn round_to_power_of_ten(n: &IBig, digits: usize) -> IBig {
    // More digits than the number has: zero.
    if digits > bit_length(n) / 3 + 2 {
        return IBig::ZERO;
    }
    let p = IBig::from(10).pow(digits);
    let half = &p / IBig::from(2);
    let Ok((q, r)) = div_mod(n, &p) else {
        return n.clone();
    };
    let up = r > half || (r == half && q.bit(0));
    (if up { q + IBig::ONE } else { q }) * p
}

/// The integer part of a finite float; `None` for infinities and NaN.
pub fn from_f64(f: f64) -> Option<IBig> {
    if !f.is_finite() {
        return None;
    }
    let (m, e, negative) = crate::float::decompose(f.trunc());
    let n = if e >= 0 {
        IBig::from(m) << e as usize
    } else {
        IBig::from(m >> (-e).min(63))
    };
    Some(if negative { -n } else { n })
}

/// Order of an integer and a finite or infinite float; `None` for NaN.
pub fn cmp_f64(n: &IBig, f: f64) -> Option<std::cmp::Ordering> {
    use std::cmp::Ordering;
    if f.is_nan() {
        return None;
    }
    if f.is_infinite() {
        return Some(if f > 0.0 {
            Ordering::Less
        } else {
            Ordering::Greater
        });
    }
    let whole = from_f64(f)?;
    let frac = f - f.trunc();
    Some(
        n.cmp(&whole)
            .then_with(|| 0.0f64.partial_cmp(&frac).unwrap_or(Ordering::Equal)),
    )
}

/// Borrowed or made big form of a machine integer, for mixed operands.
pub fn widen(n: i64) -> Cow<'static, IBig> {
    Cow::Owned(IBig::from(n))
}
