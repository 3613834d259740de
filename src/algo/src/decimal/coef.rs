//! Coefficients: whole numbers that know their decimal digits. Those below 10**38 are machine words, the others binary
//! big integers; every value has one form only.

use dashu_int::UBig;
use dashu_int::ops::{BitTest, DivRem, UnsignedAbs};
use std::borrow::Cow;
use std::cmp::Ordering;

/// Coefficients of this many digits are kept in a machine word.
pub const SMALL_DIGITS: u64 = 38;
/// More digits than this no operation makes: it would take hours, and cannot be interrupted.
pub const MOST_DIGITS: u64 = 1_000_000_000;

/// The powers of ten that fit a machine word.
static POW10: [u128; 39] = {
    let mut t = [1u128; 39];
    let mut i = 1;
    while i < 39 {
        t[i] = t[i - 1] * 10;
        i += 1;
    }
    t
};

/// A coefficient.
#[derive(Clone, Debug)]
pub enum Coef {
    /// Below 10**38.
    Small(u128),
    /// From 10**38 on, with the number of its digits.
    Big(UBig, u64),
}

/// What a right shift has cut off, compared with half of the last place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Cut {
    /// Nothing, or zeros only.
    Exact,
    /// Less than half.
    Below,
    /// Exactly half.
    Half,
    /// More than half.
    Above,
}

/// `a / b` and `a % b` in the narrowest words that do.
#[inline(always)]
fn div_rem(a: u128, b: u128) -> (u128, u128) {
    if (a | b) >> 64 == 0 {
        let (a, b) = (a as u64, b as u64);
        ((a / b).into(), (a % b).into())
    } else {
        (a / b, a % b)
    }
}

/// Digits of a number below 10**38; 1 of zero.
#[inline]
fn digits_small(n: u128) -> u64 {
    // log10(2) is a little more than 1233 / 4096, and near enough for 128 bits.
    let bits = 128 - (n | 1).leading_zeros() as usize;
    let low = (bits * 1233) >> 12;
    (low + usize::from(n >= POW10[low])).max(1) as u64
}

/// 10**n in machine words or as a big integer.
pub fn power_of_ten(n: u64) -> Cow<'static, UBig> {
    Cow::Owned(match POW10.get(n as usize) {
        Some(p) => UBig::from(*p),
        None if n < 2 * SMALL_DIGITS => UBig::from(POW10[38]) * UBig::from(POW10[n as usize - 38]),
        None => UBig::from(5u8).pow(n as usize) << n as usize,
    })
}

fn digits_big(n: &UBig) -> u64 {
    let bits = n.bit_len();
    // The logarithm from the highest 64 bits: its error is far below the distance that is asked for.
    let shift = bits.saturating_sub(64);
    let top = u64::try_from(n >> shift).unwrap_or(u64::MAX);
    let log = (top as f64).log10() + shift as f64 * std::f64::consts::LOG10_2;
    let near = log.round();
    if (log - near).abs() > 1e-5 {
        return log.floor() as u64 + 1;
    }
    if *n >= *power_of_ten(near as u64) {
        near as u64 + 1
    } else {
        near as u64
    }
}

impl Coef {
    /// 0
    pub const ZERO: Coef = Coef::Small(0);
    /// 1
    pub const ONE: Coef = Coef::Small(1);

    /// Of a machine word.
    #[inline]
    pub fn new(n: u128) -> Coef {
        if n < POW10[38] {
            Coef::Small(n)
        } else {
            Coef::Big(UBig::from(n), 39)
        }
    }
    /// Of a big integer.
    pub fn of(n: UBig) -> Coef {
        match u128::try_from(&n) {
            Ok(n) => Coef::new(n),
            Err(_) => {
                let digits = digits_big(&n);
                Coef::Big(n, digits)
            }
        }
    }
    /// 10**n - 1
    pub fn nines(n: u64) -> Coef {
        match POW10.get(n as usize) {
            Some(p) => Coef::Small(p - 1),
            None => Coef::of(power_of_ten(n).into_owned() - UBig::ONE),
        }
    }
    /// As a big integer.
    pub fn big(&self) -> Cow<'_, UBig> {
        match self {
            Coef::Small(n) => Cow::Owned(UBig::from(*n)),
            Coef::Big(n, _) => Cow::Borrowed(n),
        }
    }
    /// Whether it is 0.
    #[inline]
    pub fn is_zero(&self) -> bool {
        matches!(self, Coef::Small(0))
    }
    /// Decimal digits; 0 has one.
    #[inline]
    pub fn digits(&self) -> u64 {
        match self {
            Coef::Small(n) => digits_small(*n),
            Coef::Big(_, d) => *d,
        }
    }
    /// Whether it is odd.
    pub fn is_odd(&self) -> bool {
        match self {
            Coef::Small(n) => n & 1 == 1,
            Coef::Big(n, _) => n.bit(0),
        }
    }
    /// The last digit.
    pub fn last_digit(&self) -> u8 {
        match self {
            Coef::Small(n) => (n % 10) as u8,
            Coef::Big(n, _) => n % 10u8,
        }
    }
    /// Times 10**n; `None` where that were too many digits.
    pub fn shl(&self, n: u64) -> Option<Coef> {
        if n == 0 || self.is_zero() {
            return Some(self.clone());
        }
        if let Coef::Small(c) = self
            && self.digits() + n <= SMALL_DIGITS
        {
            return Some(Coef::Small(c * POW10[n as usize]));
        }
        let digits = self.digits().checked_add(n).filter(|d| *d <= MOST_DIGITS)?;
        let c = self.big().as_ref() * power_of_ten(n).as_ref();
        Some(if digits <= SMALL_DIGITS {
            Coef::of(c)
        } else {
            Coef::Big(c, digits)
        })
    }
    /// Divided by 10**n, and what was cut off.
    pub fn shr(&self, n: u64) -> (Coef, Cut) {
        let digits = self.digits();
        if n == 0 || self.is_zero() {
            return (self.clone(), Cut::Exact);
        }
        if n > digits {
            return (Coef::ZERO, Cut::Below);
        }
        match self {
            Coef::Small(c) => {
                let p = POW10[n as usize];
                let (q, r) = div_rem(*c, p);
                (Coef::Small(q), cut(&r, &(p / 2)))
            }
            Coef::Big(c, _) => {
                let p = power_of_ten(n);
                let (q, r) = c.div_rem(p.as_ref());
                let cut = cut(&r, &(p.into_owned() >> 1));
                (Coef::of(q), cut)
            }
        }
    }
    /// The last n digits.
    pub fn tail(&self, n: u64) -> Coef {
        if n >= self.digits() {
            return self.clone();
        }
        match self {
            Coef::Small(c) => Coef::Small(div_rem(*c, POW10[n as usize]).1),
            Coef::Big(c, _) => Coef::of(c % power_of_ten(n).as_ref()),
        }
    }
    /// One more.
    pub fn next(&self) -> Coef {
        self.add(&Coef::ONE)
    }
    /// `self + other`
    #[inline]
    pub fn add(&self, other: &Coef) -> Coef {
        match (self, other) {
            (Coef::Small(a), Coef::Small(b)) => Coef::new(a + b),
            _ => Coef::of(self.big().as_ref() + other.big().as_ref()),
        }
    }
    /// `self - other`, which is not greater.
    #[inline]
    pub fn sub(&self, other: &Coef) -> Coef {
        match (self, other) {
            (Coef::Small(a), Coef::Small(b)) => Coef::Small(a.saturating_sub(*b)),
            _ => {
                let d = self.big().as_ibig() - other.big().as_ibig();
                Coef::of(d.unsigned_abs())
            }
        }
    }
    /// `self * other`; `None` where that were too many digits.
    #[inline]
    pub fn mul(&self, other: &Coef) -> Option<Coef> {
        if let (Coef::Small(a), Coef::Small(b)) = (self, other) {
            return Some(if (a | b) >> 64 == 0 {
                Coef::new(a * b)
            } else if let Some(n) = a.checked_mul(*b) {
                Coef::new(n)
            } else {
                Coef::of(UBig::from(*a) * UBig::from(*b))
            });
        }
        if self.digits() + other.digits() > MOST_DIGITS {
            return None;
        }
        if self.is_zero() || other.is_zero() {
            return Some(Coef::ZERO);
        }
        Some(Coef::of(self.big().as_ref() * other.big().as_ref()))
    }
    /// `self / other` and `self % other`; the divisor is not zero.
    pub fn div_rem(&self, other: &Coef) -> (Coef, Coef) {
        match (self, other) {
            (Coef::Small(a), Coef::Small(b)) => {
                let (q, r) = div_rem(*a, *b);
                (Coef::Small(q), Coef::Small(r))
            }
            _ => {
                let (q, r) = self.big().as_ref().div_rem(other.big().as_ref());
                (Coef::of(q), Coef::of(r))
            }
        }
    }
    /// Order by value.
    pub fn order(&self, other: &Coef) -> Ordering {
        match (self, other) {
            (Coef::Small(a), Coef::Small(b)) => a.cmp(b),
            (Coef::Small(_), _) => Ordering::Less,
            (_, Coef::Small(_)) => Ordering::Greater,
            (Coef::Big(a, _), Coef::Big(b, _)) => a.cmp(b),
        }
    }
    /// Without zeros at its end, of which at most so many are taken; and how many were.
    pub fn strip(&self, most: u64) -> (Coef, u64) {
        if self.is_zero() || most == 0 {
            return (self.clone(), 0);
        }
        let mut taken = 0;
        let mut c = match self {
            Coef::Small(n) => return strip_small(*n, most, 0),
            Coef::Big(n, _) => n.clone(),
        };
        // Each factor of ten has one of two: so many there are at most.
        let most = most.min(c.trailing_zeros().unwrap_or(0) as u64);
        let mut step = match most.checked_ilog2() {
            Some(b) => 1u64 << b,
            None => return (self.clone(), 0),
        };
        while step > 0 {
            if taken + step <= most && c.bit_len() as u64 > 3 * step {
                let (q, r) = (&c).div_rem(power_of_ten(step).as_ref());
                if r.is_zero() {
                    c = q;
                    taken += step;
                    continue;
                }
            }
            step /= 2;
        }
        (Coef::of(c), taken)
    }
    /// Its digits.
    pub fn text(&self) -> String {
        let mut out = String::with_capacity(self.digits() as usize);
        self.write(&mut out);
        out
    }
    /// Appends its digits.
    pub fn write(&self, out: &mut String) {
        match self {
            Coef::Small(n) if n >> 64 == 0 => {
                let (mut digits, mut at, mut rest) = ([b'0'; 20], 20, *n as u64);
                while at == 20 || rest > 0 {
                    at -= 1;
                    digits[at] = b'0' + (rest % 10) as u8;
                    rest /= 10;
                }
                out.extend(digits[at..].iter().map(|c| char::from(*c)));
            }
            Coef::Small(n) => out.push_str(&n.to_string()),
            Coef::Big(n, _) => out.push_str(&n.to_string()),
        }
    }
    /// Of digits, of which there is at least one, and no other character.
    pub fn parse(digits: &[u8]) -> Option<Coef> {
        let zeros = digits.iter().take_while(|c| **c == b'0').count();
        let digits = &digits[zeros..];
        if digits.len() as u64 > MOST_DIGITS {
            return None;
        }
        if digits.len() <= 19 {
            let n = digits
                .iter()
                .fold(0u64, |n, c| n * 10 + u64::from(c - b'0'));
            return Some(Coef::Small(n.into()));
        }
        if digits.len() as u64 <= SMALL_DIGITS {
            let n = digits
                .iter()
                .fold(0u128, |n, c| n * 10 + u128::from(c - b'0'));
            return Some(Coef::Small(n));
        }
        let text = std::str::from_utf8(digits).ok()?;
        let n = UBig::from_str_radix(text, 10).ok()?;
        Some(Coef::Big(n, digits.len() as u64))
    }
}

fn strip_small(mut n: u128, most: u64, mut taken: u64) -> (Coef, u64) {
    while taken < most {
        if n >> 64 == 0 {
            let mut low = n as u64;
            while taken < most && low.is_multiple_of(10) {
                low /= 10;
                taken += 1;
            }
            return (Coef::Small(low.into()), taken);
        }
        if !n.is_multiple_of(10) {
            break;
        }
        n /= 10;
        taken += 1;
    }
    (Coef::Small(n), taken)
}

fn cut<T: Ord + Default>(rest: &T, half: &T) -> Cut {
    if *rest == T::default() {
        return Cut::Exact;
    }
    match rest.cmp(half) {
        Ordering::Less => Cut::Below,
        Ordering::Equal => Cut::Half,
        Ordering::Greater => Cut::Above,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_text() {
        let mut n = UBig::ONE;
        for k in 0..400 {
            for d in [&n - UBig::ONE, n.clone(), &n + UBig::ONE] {
                let c = Coef::of(d.clone());
                assert_eq!(c.digits(), d.to_string().len() as u64, "{d}");
                assert_eq!(
                    Coef::parse(d.to_string().as_bytes()).unwrap().text(),
                    c.text()
                );
            }
            n = if k % 3 == 0 {
                n * UBig::from(7u8)
            } else {
                n * UBig::from(10u8)
            };
        }
        for k in 1..300 {
            assert_eq!(Coef::of(power_of_ten(k).into_owned()).digits(), k + 1);
            assert_eq!(Coef::nines(k).digits(), k);
        }
    }

    #[test]
    fn shifts_undo_each_other_and_strip_counts_zeros() {
        let one = Coef::parse(b"12345678901234567890123456789012345678901").unwrap();
        for n in [0, 1, 5, 37, 38, 39, 77, 400] {
            let big = one.shl(n).unwrap();
            assert_eq!(big.digits(), 41 + n);
            let (back, cut) = big.shr(n);
            assert_eq!((back.text(), cut), (one.text(), Cut::Exact));
            let (s, k) = big.strip(u64::MAX);
            assert_eq!((s.text(), k), (one.text(), n));
            assert_eq!(big.strip(3).1, n.min(3));
        }
        let c = Coef::new(125);
        assert_eq!(c.shr(2).1, Cut::Below);
        assert_eq!(c.shr(1).1, Cut::Half);
        assert_eq!(c.shr(3).1, Cut::Below);
        assert_eq!(c.shr(9).1, Cut::Below);
        assert_eq!(Coef::new(151).shr(2).1, Cut::Above);
    }
}
