//! Hashes of numbers: equal numbers of any type hash alike, by reduction modulo the prime 2**61 - 1.

use crate::int;
use dashu_int::{IBig, Sign};

const BITS: u32 = 61;
const MODULUS: u64 = (1 << BITS) - 1;
/// Hash of positive infinity.
pub const HASH_INF: i64 = 314159;
/// Factor of the imaginary part.
const HASH_IMAG: u64 = 1000003;

fn fix(h: i64) -> i64 {
    if h == -1 { -2 } else { h }
}

fn signed(h: u64, negative: bool) -> i64 {
    fix(if negative { -(h as i64) } else { h as i64 })
}

/// Hash of a float; `None` for NaN, which hashes by identity.
pub fn hash_f64(x: f64) -> Option<i64> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { HASH_INF } else { -HASH_INF });
    }
    let (m, e, negative) = super::decompose(x);
    if m == 0 {
        return Some(0);
    }
    // 2**61 is 1 here: a power of two is a rotation of 61 bits.
    let turn = e.rem_euclid(BITS as i32) as u32;
    let m = m % MODULUS;
    let h = if turn == 0 {
        m
    } else {
        (m << turn & MODULUS) | m >> (BITS - turn)
    };
    Some(signed(h % MODULUS, negative))
}

/// Hash of a machine integer.
#[inline]
pub fn hash_i64(n: i64) -> i64 {
    signed(n.unsigned_abs() % MODULUS, n < 0)
}

/// Hash of a big integer.
pub fn hash_int(n: &IBig) -> i64 {
    let (sign, words) = n.as_sign_words();
    let mut h: u64 = 0;
    for &w in words.iter().rev() {
        // h * 2**64 + w, where 2**64 is 8.
        h = ((u128::from(h) * 8 + u128::from(w)) % u128::from(MODULUS)) as u64;
    }
    signed(h, sign == Sign::Negative)
}

/// Hash of a complex number; a NaN part is given the identity hash by the caller.
pub fn hash_complex(real: f64, imag: f64, identity: i64) -> i64 {
    let part = |x: f64| hash_f64(x).unwrap_or(identity) as u64;
    fix(part(real).wrapping_add(HASH_IMAG.wrapping_mul(part(imag))) as i64)
}

/// Hash of a fraction `n / d` in lowest terms with `d > 0`, as `fractions` defines it.
pub fn hash_fraction(n: &IBig, d: &IBig) -> i64 {
    let p = IBig::from(MODULUS);
    match int::pow_mod(d, &IBig::from(-1), &p) {
        Err(_) => {
            if n.sign() == Sign::Negative {
                -HASH_INF
            } else {
                HASH_INF
            }
        }
        Ok(inv) => {
            let mag = IBig::from(n.clone().into_parts().1);
            let h = int::modulo(&(mag * inv), &p)
                .ok()
                .and_then(|h| u64::try_from(&h).ok())
                .unwrap_or(0);
            signed(h, n.sign() == Sign::Negative)
        }
    }
}
