//! `round(x, ndigits)`: exact decimal rounding, ties to even on the exact value.

use super::FloatError;
use super::scaled::scaled;

/// `round(x, ndigits)` for a float; `ndigits` is clamped by the caller to i64.
pub fn round_digits(x: f64, ndigits: i64) -> Result<f64, FloatError> {
    // Beyond these the result is x itself or zero.
    if !x.is_finite() || x == 0.0 || ndigits > 323 {
        return Ok(x);
    }
    if ndigits < -308 {
        return Ok(0.0f64.copysign(x));
    }
    const EXACT: u128 = 1 << 53;
    let r = if let Ok(places) = usize::try_from(ndigits)
        && let Some(n @ ..EXACT) = scaled(x.abs(), places)
    {
        // Both are exact, so their quotient is the nearest.
        n as f64 / 10u128.pow(places as u32) as f64
    } else if ndigits >= 0 {
        format!("{:.*}", ndigits as usize, x.abs())
            .parse()
            .unwrap_or(x.abs())
    } else {
        to_tens(x.abs(), (-ndigits) as usize)
    };
    if r.is_infinite() {
        return Err(FloatError::RoundOverflow);
    }
    Ok(r.copysign(x))
}

/// To a multiple of `10**k`.
fn to_tens(x: f64, k: usize) -> f64 {
    // All digits of the whole part, and whether anything follows.
    let exact = format!("{:.0}", x.trunc());
    let sticky = x.fract() != 0.0;
    if exact.len() < k {
        return 0.0;
    }
    let (head, tail) = exact.as_bytes().split_at(exact.len() - k);
    let half: Vec<u8> = std::iter::once(b'5')
        .chain(std::iter::repeat_n(b'0', k - 1))
        .collect();
    let odd = head.last().is_some_and(|d| d % 2 == 1);
    let up = match tail.cmp(&half[..]) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => sticky || odd,
        std::cmp::Ordering::Less => false,
    };
    let mut digits = head.to_vec();
    if up {
        let mut i = digits.len();
        loop {
            if i == 0 {
                digits.insert(0, b'1');
                break;
            }
            i -= 1;
            if digits[i] != b'9' {
                digits[i] += 1;
                break;
            }
            digits[i] = b'0';
        }
    }
    let head = String::from_utf8(digits).unwrap_or_default();
    if head.is_empty() {
        0.0
    } else {
        format!("{head}e{k}").parse().unwrap_or(f64::INFINITY)
    }
}
