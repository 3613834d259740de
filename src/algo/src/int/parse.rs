//! Reading and writing digits.

use super::{Int, IntError};
use dashu_int::{IBig, Sign, UBig};

/// `int(text, base)`. `text` has its white space stripped and non-ASCII digits mapped to ASCII already. `limit` is
/// `sys.get_int_max_str_digits()` (0: none); it does not hold for bases that are powers of two.
pub fn parse_int(text: &[u8], base: u32, limit: usize) -> Result<Int, IntError> {
    if base == 1 || base > 36 {
        return Err(IntError::BadBase);
    }
    let invalid = IntError::InvalidLiteral(base);
    let (negative, mut s) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let prefix = match s {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    let mut radix = base;
    if prefix != 0 && (base == 0 || base == prefix) {
        radix = prefix;
        s = &s[2..];
        // One underscore may follow the prefix.
        if let [b'_', rest @ ..] = s {
            s = rest;
        }
    } else if base == 0 {
        radix = 10;
        // A decimal literal has no leading zero unless it is zero.
        if s.first() == Some(&b'0') && s.iter().any(|b| !matches!(b, b'0' | b'_')) {
            return Err(invalid);
        }
    }
    let mut digits = Vec::with_capacity(s.len());
    let mut after_digit = false;
    for &b in s {
        if b == b'_' {
            if !after_digit {
                return Err(invalid);
            }
            after_digit = false;
            continue;
        }
        if char::from(b).to_digit(radix).is_none() {
            return Err(invalid);
        }
        digits.push(b);
        after_digit = true;
    }
    if !after_digit {
        return Err(invalid);
    }
    if limit > 0 && digits.len() > limit && !radix.is_power_of_two() {
        return Err(IntError::TooManyDigits {
            limit,
            found: digits.len(),
        });
    }
    let digits = std::str::from_utf8(&digits).map_err(|_| invalid.clone())?;
    if digits.len() <= 12 {
        let n = i64::from_str_radix(digits, radix).map_err(|_| invalid)?;
        return Ok(Int::Small(if negative { -n } else { n }));
    }
    let n = UBig::from_str_radix(digits, radix).map_err(|_| invalid)?;
    let sign = if negative {
        Sign::Negative
    } else {
        Sign::Positive
    };
    Ok(Int::from_big(IBig::from_parts(sign, n)))
}

/// Digits without prefix, in lower case; a minus sign in front. `base` is 2 to 36, others give base 10.
pub fn to_base(n: &IBig, base: u32) -> String {
    let base = u8::try_from(base)
        .ok()
        .filter(|b| (2..=36).contains(b))
        .unwrap_or(10);
    n.in_radix(base).to_string()
}

/// `str(int)` with the digit limit (0: none).
pub fn to_decimal(n: &IBig, limit: usize) -> Result<String, IntError> {
    let error = IntError::DigitLimit(limit);
    // Refuses before the quadratic work: bits / log2(10) is a lower bound of the digits.
    if limit > 0 && super::bit_length(n) / 10 * 3 > limit + 3 {
        return Err(error);
    }
    let s = n.to_string();
    let digits = s.len() - usize::from(s.starts_with('-'));
    if limit > 0 && digits > limit {
        Err(error)
    } else {
        Ok(s)
    }
}
