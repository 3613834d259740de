//! `float.hex` and `float.fromhex`.

use std::fmt;

/// `x.hex()`
pub fn to_hex(x: f64) -> String {
    if !x.is_finite() {
        return super::repr(x);
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    let bits = x.to_bits();
    let (m, e) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7ff) as i32);
    match (m, e) {
        (0, 0) => format!("{sign}0x0.0p+0"),
        (_, 0) => format!("{sign}0x0.{m:013x}p-1022"),
        _ => format!("{sign}0x1.{m:013x}p{:+}", e - 1023),
    }
}

/// Errors of `float.fromhex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HexError {
    /// ValueError.
    Invalid,
    /// OverflowError.
    TooLarge,
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HexError::Invalid => "invalid hexadecimal floating-point string",
            HexError::TooLarge => "hexadecimal value too large to represent as a float",
        })
    }
}

impl std::error::Error for HexError {}

/// `float.fromhex(text)`; white space around is allowed.
pub fn from_hex(text: &str) -> Result<f64, HexError> {
    let s = text.trim_matches(|c: char| matches!(c, ' ' | '\t'..='\r'));
    let (negative, s) = match s.as_bytes().first() {
        Some(b'-') => (true, &s[1..]),
        Some(b'+') => (false, &s[1..]),
        _ => (false, s),
    };
    let sign = |f: f64| if negative { -f } else { f };
    match s.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => return Ok(sign(f64::INFINITY)),
        "nan" => return Ok(sign(f64::NAN)),
        _ => {}
    }
    let s = s
        .strip_prefix("0x")
        .or_else(|| s.strip_prefix("0X"))
        .unwrap_or(s);
    let (digits, exp) = match s.find(['p', 'P']) {
        Some(i) => (&s[..i], Some(&s[i + 1..])),
        None => (s, None),
    };
    let (whole, frac) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + frac.len() == 0
        || !whole
            .bytes()
            .chain(frac.bytes())
            .all(|b| b.is_ascii_hexdigit())
    {
        return Err(HexError::Invalid);
    }
    let mut e: i64 = 0;
    if let Some(x) = exp {
        let d = x.strip_prefix(['+', '-']).unwrap_or(x);
        if d.is_empty() || !d.bytes().all(|b| b.is_ascii_digit()) {
            return Err(HexError::Invalid);
        }
        let v = d.parse::<i64>().unwrap_or(1 << 40).min(1 << 40);
        e = if x.starts_with('-') { -v } else { v };
    }
    // Up to 60 bits of mantissa, what follows folded into the lowest.
    let (mut m, mut sticky) = (0u64, false);
    e -= 4 * frac.len() as i64;
    for b in whole.bytes().chain(frac.bytes()) {
        let d = u64::from(char::from(b).to_digit(16).unwrap_or(0));
        if m >> 60 == 0 {
            m = m << 4 | d;
        } else {
            sticky |= d != 0;
            e += 4;
        }
    }
    let f = crate::int::scale(m | u64::from(sticky), e);
    if f.is_infinite() {
        Err(HexError::TooLarge)
    } else {
        Ok(sign(f))
    }
}
