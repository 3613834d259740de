//! Square root, exponential and logarithms, correctly rounded (half to even).
//!
//! The functions that have no exact results are computed with a few digits more than asked for, in binary fixed point; if
//! that does not decide how to round, with twice as many more, and so on. An approximation is within one unit of its
//! last digit: guard bits see to that.

use super::coef::power_of_ten;
use super::*;
use dashu_int::ops::{BitTest, SquareRoot, UnsignedAbs};
use dashu_int::{IBig, UBig};

/// Digits more than asked for, at the first attempt.
const EXTRA: u64 = 8;
/// Bits for what the steps of a computation lose.
const GUARD: usize = 128;

/// Square root.
pub fn sqrt(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    let c = &c.rounded(Rounding::HalfEven);
    if let Some(nan) = check_nans(&[a], c, st) {
        return nan;
    }
    let half = a.exp >> 1;
    if a.is_zero() {
        return finish(Dec::zero(a.neg, half), c, st);
    }
    if a.neg {
        return Dec::nan(INVALID_OPERATION, st);
    }
    if a.is_inf() {
        return a.clone();
    }
    // An even exponent.
    let coef = if a.exp & 1 == 1 {
        a.coef.shl(1)
    } else {
        Some(a.coef.clone())
    };
    let Some(coef) = coef else {
        return Dec::nan(MALLOC, st);
    };
    let digits = coef.digits().div_ceil(2);
    let want = c.prec + 1;
    if want > digits && want - digits > 1_000_000 {
        // With a huge precision the exact root is looked for first.
        let n = coef.big();
        let root = n.sqrt();
        if &root * &root == *n {
            return finish(Dec::new(false, Coef::of(root), half), c, st);
        }
    }
    let (scaled, mut exact, exp) = if want >= digits {
        let n = want - digits;
        let Some(s) = coef.shl(2 * n) else {
            return Dec::nan(MALLOC, st);
        };
        (s, true, half - n as i64)
    } else {
        let n = digits - want;
        let (s, cut) = coef.shr(2 * n);
        (s, cut == coef::Cut::Exact, half + n as i64)
    };
    let n = scaled.big();
    let root = n.sqrt();
    exact = exact && &root * &root == *n;
    let mut q = Coef::of(root);
    let mut exp = exp;
    if exact {
        if exp < half {
            let (s, taken) = q.strip((half - exp) as u64);
            q = s;
            exp += taken as i64;
        } else {
            let Some(s) = q.shl((exp - half) as u64) else {
                return Dec::nan(MALLOC, st);
            };
            q = s;
            exp = half;
        }
    } else if matches!(q.last_digit(), 0 | 5) {
        q = q.next();
    }
    finish(Dec::new(false, q, exp), c, st)
}

/// `sum of 1 / ((2k + 1) * n**(2k + 1))`, times 2**bits.
fn atanh_inverse(n: u32, bits: usize) -> UBig {
    let square = UBig::from(n * n);
    let mut power = (UBig::ONE << bits) / n;
    let mut sum = power.clone();
    let mut k = 3u32;
    while !power.is_zero() {
        power /= &square;
        sum += &power / k;
        k += 2;
    }
    sum
}

/// Bits behind the point of the constants below.
const KNOWN_BITS: usize = 512;
/// The logarithm of 2, the lowest word first.
const LN_2: [u64; 8] = [
    0x2757_3b29_1169_b825,
    0xed2e_ae35_c138_2144,
    0x5595_52fb_4afa_1b10,
    0xe7b8_7620_6deb_ac98,
    0x8a0d_175b_8baa_fa2b,
    0x40f3_4326_7298_b62d,
    0xc9e3_b398_03f2_f6af,
    0xb172_17f7_d1cf_79ab,
];
/// The logarithm of 10.
const LN_10: [u64; 9] = [
    0xee3d_e210_0b94_5b59,
    0xb188_9061_042f_8b6b,
    0x31c3_2f00_b17c_35a0,
    0x58bc_0b5e_c6a0_4173,
    0x0f18_7a08_07c0_b5ca,
    0x8a3f_b3e7_6977_e43a,
    0xa95b_58ae_0b4c_28a3,
    0x4d76_3776_aaa2_b05b,
    0x0000_0000_0000_0002,
];

fn from_words(words: &[u64]) -> UBig {
    let mut bytes = [0; 72];
    for (to, w) in bytes.chunks_exact_mut(8).zip(words) {
        to.copy_from_slice(&w.to_le_bytes());
    }
    UBig::from_le_bytes(&bytes)
}

/// The logarithms of 2 and of 10, times 2**bits.
fn logs(bits: usize) -> (IBig, IBig) {
    if bits <= KNOWN_BITS {
        let of = |words: &[u64]| IBig::from(from_words(words) >> (KNOWN_BITS - bits));
        return (of(&LN_2), of(&LN_10));
    }
    series(bits)
}

/// The same, computed.
fn series(bits: usize) -> (IBig, IBig) {
    let w = bits + 32;
    let l = [31, 49, 161].map(|n| atanh_inverse(n, w));
    let of = |k: [u32; 3]| {
        let sum = &l[0] * k[0] + &l[1] * k[1] + &l[2] * k[2];
        IBig::from(sum >> 32)
    };
    (of([14, 10, 6]), of([46, 34, 20]))
}

/// `a * 2**bits`, rounded down; a is finite.
fn fixed(a: &Dec, bits: usize) -> IBig {
    let n = a.coef.big();
    let m = if a.exp >= 0 {
        (n.as_ref() * power_of_ten(a.exp as u64).as_ref()) << bits
    } else {
        (n.into_owned() << bits) / power_of_ten(a.exp.unsigned_abs()).as_ref()
    };
    if a.neg { -IBig::from(m) } else { IBig::from(m) }
}

/// How often an argument is made smaller before a series is summed.
fn reductions(bits: usize) -> usize {
    bits.isqrt() / 3 + 1
}

/// `ln(a) * 2**bits` of a positive number, and ln(10) to the same scale.
fn ln_fixed(a: &Dec, bits: usize) -> (IBig, IBig) {
    let s = reductions(bits);
    let w = bits + GUARD + 2 * s;
    let (ln2, ln10) = logs(w);
    let adjusted = a.adjusted();
    // The digits with the point behind the first one: from 1 to 10.
    let m = Dec::new(false, a.coef.clone(), a.exp - adjusted);
    let m = fixed(&m, w + 4).unsigned_abs();
    // Halved until it is between 3/4 and 3/2.
    let mut k = m.bit_len() as i64 - 1 - (w as i64 + 4);
    if m.bit(m.bit_len() - 2) {
        k += 1;
    }
    let mut x = m >> (k + 4) as usize;
    for _ in 0..s {
        x = (x << w).sqrt();
    }
    let one = IBig::ONE << w;
    let x = IBig::from(x);
    let z: IBig = ((&x - &one) << w) / (x + one);
    let square: IBig = (&z * &z) >> w;
    let (mut power, mut sum) = (z.clone(), z);
    let mut n = 3u32;
    while !power.is_zero() {
        power = shifted(power * &square, w);
        sum += &power / n;
        n += 2;
    }
    let ln = (sum << (s + 1)) + ln2 * k + &ln10 * adjusted;
    let down = w - bits;
    (ln >> down, ln10 >> down)
}

/// Divided by 2**n towards zero, so that series of negative numbers end, too.
fn shifted(x: IBig, n: usize) -> IBig {
    let (sign, m) = x.into_parts();
    IBig::from_parts(sign, m >> n)
}

/// Bits for so many decimal places.
fn bits_for(places: u64) -> usize {
    (places as f64 * std::f64::consts::LOG2_10) as usize + 16
}

/// `10**exp` with all digits of the precision, as the result of rounding.
fn inexact_one(exp: i64, c: &Ctx, st: &mut Status) -> Dec {
    *st |= INEXACT | ROUNDED;
    match Coef::ONE.shl(c.prec - 1) {
        Some(coef) => finish(Dec::new(false, coef, exp - (c.prec as i64 - 1)), c, st),
        None => Dec::nan(MALLOC, st),
    }
}

/// The result of which `n * 10**exp` is an approximation within one unit, if that decides it.
fn settle(neg: bool, n: UBig, exp: i64, c: &Ctx, st: &mut Status) -> Option<Dec> {
    if n.is_zero() {
        return None;
    }
    // 0.999… next to a power of ten is that power, and not below it: with three digits more than the precision it is.
    let coef = Coef::of(n.clone());
    let extra = coef.digits().saturating_sub(c.prec + 3);
    let (rounded, _) = finish::shift_rounded(&coef, neg, extra, c.rounding);
    if rounded.digits() > c.prec + 3 && coef.digits() + 1 == rounded.digits() + extra {
        let places = rounded.digits() - 1 + extra;
        return Some(inexact_one(exp + places as i64, c, st).signed(neg));
    }
    let at = |n: UBig| {
        let mut seen = 0;
        let d = finish(Dec::new(neg, Coef::of(n), exp), c, &mut seen);
        (d, seen)
    };
    let (low, low_seen) = at(&n - UBig::ONE);
    let (high, high_seen) = at(&n + UBig::ONE);
    let same = low.kind == high.kind && low.exp == high.exp && low.coef.order(&high.coef).is_eq();
    if !same || low_seen | ROUNDED | INEXACT != high_seen | ROUNDED | INEXACT {
        return None;
    }
    *st |= low_seen | high_seen | ROUNDED | INEXACT;
    Some(high)
}

/// Approximates with more and more digits until that decides the result.
fn until_decided(c: &Ctx, st: &mut Status, approximate: impl Fn(u64) -> (bool, UBig, i64)) -> Dec {
    if c.prec > MOST_DIGITS {
        return Dec::nan(MALLOC, st);
    }
    let mut extra = EXTRA;
    loop {
        let (neg, n, exp) = approximate(c.prec + extra);
        if let Some(d) = settle(neg, n, exp, c, st) {
            return d;
        }
        extra *= 2;
    }
}

/// e to the power of a.
pub fn exp(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    let c = &c.rounded(Rounding::HalfEven);
    if let Some(nan) = check_nans(&[a], c, st) {
        return nan;
    }
    if a.is_inf() {
        return if a.neg {
            Dec::zero(false, 0)
        } else {
            a.clone()
        };
    }
    if a.coef.is_zero() {
        return Dec::int(1);
    }
    let adjusted = a.adjusted();
    if adjusted > 19 {
        // Beyond all contexts.
        let exp = if a.neg { c.etiny() - 3 } else { c.emax + 1 };
        return finish(Dec::new(false, Coef::ONE, exp), c, st);
    }
    if adjusted < -(c.prec as i64 + 2) {
        // 1 and next to nothing.
        return inexact_one(0, c, st);
    }
    if c.prec + 3 > MAX_PREC as u64 {
        // The digits that decide the last one are beyond every context.
        return Dec::nan(INVALID_OPERATION, st);
    }
    until_decided(c, st, |digits| {
        let bits = bits_for(digits);
        let s = reductions(bits);
        let w = bits + GUARD + 2 * s;
        // The quotient by ln(10) has 65 bits at most.
        let wide = w + 80;
        let (_, ln10) = logs(wide);
        let x = fixed(a, wide);
        let mut k = &x / &ln10;
        if x < IBig::ZERO {
            k -= IBig::ONE;
        }
        let rest = (x - &k * ln10) >> 80;
        // e**(rest / 2**s), then squared s times.
        let r = rest >> s;
        let mut term = IBig::ONE << w;
        let mut sum = term.clone();
        let mut n = 1u32;
        while !term.is_zero() {
            term = ((term * &r) >> w) / n;
            sum += &term;
            n += 1;
        }
        for _ in 0..s {
            sum = (&sum * &sum) >> w;
        }
        let n = (sum.unsigned_abs() * power_of_ten(digits - 1).as_ref()) >> w;
        let k = i64::try_from(k).unwrap_or(if a.neg { -(1 << 62) } else { 1 << 62 });
        (false, n, k - (digits as i64 - 1))
    })
}

/// What both logarithms do with numbers that have none.
fn log_special(a: &Dec, c: &Ctx, st: &mut Status) -> Option<Dec> {
    if let Some(nan) = check_nans(&[a], c, st) {
        return Some(nan);
    }
    if a.is_zero() {
        return Some(Dec::inf(true));
    }
    if a.neg {
        return Some(Dec::nan(INVALID_OPERATION, st));
    }
    a.is_inf().then(|| Dec::inf(false))
}

/// A lower bound of the exponent of the first digit of a logarithm of a, which is not 1.
fn log_exponent(a: &Dec) -> i64 {
    let adjusted = a.adjusted();
    if !(-1..=0).contains(&adjusted) {
        return (adjusted.unsigned_abs().max(2) - 1).ilog10() as i64;
    }
    let d = sub(a, &Dec::int(1), &Ctx::MAX, &mut 0);
    d.adjusted() - 2
}

fn logarithm(
    a: &Dec,
    c: &Ctx,
    st: &mut Status,
    scale: impl Fn((IBig, IBig), usize) -> IBig,
) -> Dec {
    let first = log_exponent(a);
    until_decided(c, st, |digits| {
        let places = (digits as i64 - first).max(1) as u64;
        let bits = bits_for(places);
        let ln = scale(ln_fixed(a, bits), bits);
        let neg = ln < IBig::ZERO;
        let n = (ln.unsigned_abs() * power_of_ten(places).as_ref()) >> bits;
        (neg, n, -(places as i64))
    })
}

/// Natural logarithm.
pub fn ln(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    let c = &c.rounded(Rounding::HalfEven);
    if let Some(d) = log_special(a, c, st) {
        return d;
    }
    if order(a, &Dec::int(1)).is_some_and(|o| o.is_eq()) {
        return Dec::int(0);
    }
    logarithm(a, c, st, |(ln, _), _| ln)
}

/// Logarithm to base 10.
pub fn log10(a: &Dec, c: &Ctx, st: &mut Status) -> Dec {
    let c = &c.rounded(Rounding::HalfEven);
    if let Some(d) = log_special(a, c, st) {
        return d;
    }
    if a.is_power_of_ten() {
        return finish(Dec::int(a.adjusted()), c, st);
    }
    logarithm(a, c, st, |(ln, ln10), bits| (ln << bits) / ln10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(prec: u64) -> Ctx {
        Ctx {
            prec,
            emax: 999_999,
            emin: -999_999,
            ..Ctx::MAX
        }
    }
    fn num(s: &str) -> Dec {
        parse(s.as_bytes(), &mut 0).unwrap()
    }
    fn show(d: Dec) -> String {
        to_text(&d, false, true)
    }

    #[test]
    fn the_constants_are_what_the_series_gives() {
        let (l2, l10) = series(KNOWN_BITS + 64);
        let cut = |n: IBig| n >> 64;
        assert_eq!(cut(l2).unsigned_abs(), from_words(&LN_2));
        assert_eq!(cut(l10).unsigned_abs(), from_words(&LN_10));
    }

    #[test]
    fn known_values() {
        let c = at(28);
        let st = &mut 0;
        assert_eq!(
            show(exp(&num("1"), &c, st)),
            "2.718281828459045235360287471"
        );
        assert_eq!(
            show(exp(&num("-1"), &c, st)),
            "0.3678794411714423215955237702"
        );
        assert_eq!(
            show(ln(&num("2"), &c, st)),
            "0.6931471805599453094172321215"
        );
        assert_eq!(
            show(ln(&num("10"), &c, st)),
            "2.302585092994045684017991455"
        );
        assert_eq!(
            show(log10(&num("2"), &c, st)),
            "0.3010299956639811952137388947"
        );
        assert_eq!(show(log10(&num("1E+17"), &c, st)), "17");
        assert_eq!(
            show(sqrt(&num("2"), &c, st)),
            "1.414213562373095048801688724"
        );
        assert_eq!(show(sqrt(&num("0.25"), &c, st)), "0.5");
        assert_eq!(
            show(exp(&num("1E-40"), &c, st)),
            "1.000000000000000000000000000"
        );
        assert_eq!(show(exp(&num("9E9"), &c, st)), "Infinity");
    }

    #[test]
    fn logarithm_and_exponential_undo_each_other() {
        for s in [
            "1.5",
            "0.99999999999999",
            "1.0000000000000000000001",
            "7E-300",
            "3.25E+500",
        ] {
            for p in [9, 60, 400] {
                let l = ln(&num(s), &at(p + 10), &mut 0);
                let back = exp(&l, &at(p), &mut 0);
                let want = plus(&num(s), &at(p), &mut 0);
                assert_eq!(
                    order(&back, &want),
                    Some(std::cmp::Ordering::Equal),
                    "{s} {p}"
                );
            }
        }
    }
}
