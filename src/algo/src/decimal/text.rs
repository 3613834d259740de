//! Numerals: reading them and writing them.

use super::*;

/// The number that a numeral says, not fitted to any context. `None`: it is no numeral. A coefficient or an exponent
/// beyond all bounds gives [`MALLOC`] or an exponent far outside any context.
pub fn parse(text: &[u8], st: &mut Status) -> Option<Dec> {
    let (neg, rest) = match text.first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if !matches!(rest.first(), Some(b'0'..=b'9' | b'.')) {
        return special(neg, rest, st);
    }
    let whole = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    let (mut digits, mut after) = (&rest[..whole], &rest[whole..]);
    let mut point = 0;
    let joined;
    if let Some(b'.') = after.first() {
        let n = after[1..].iter().take_while(|c| c.is_ascii_digit()).count();
        let fraction = &after[1..=n];
        after = &after[n + 1..];
        point = n as i64;
        if digits.is_empty() {
            digits = fraction;
        } else if n > 0 {
            joined = [digits, fraction].concat();
            digits = &joined;
        }
    }
    if digits.is_empty() {
        return None;
    }
    let mut exp = 0i64;
    if let Some(b'e' | b'E') = after.first() {
        let (minus, e) = match after.get(1) {
            Some(b'-') => (true, &after[2..]),
            Some(b'+') => (false, &after[2..]),
            _ => (false, &after[1..]),
        };
        if e.is_empty() || !e.iter().all(u8::is_ascii_digit) {
            return None;
        }
        // Far beyond all contexts, and still far from the end of the range.
        exp = e.iter().fold(0i64, |n, c| {
            n.saturating_mul(10)
                .saturating_add(i64::from(c - b'0'))
                .min(4_000_000_000_000_000_000)
        });
        if minus {
            exp = -exp;
        }
        after = &[];
    }
    if !after.is_empty() {
        return None;
    }
    match Coef::parse(digits) {
        Some(coef) => Some(Dec::new(neg, coef, exp - point)),
        None => Some(Dec::nan(MALLOC, st)),
    }
}

fn special(neg: bool, text: &[u8], st: &mut Status) -> Option<Dec> {
    let lower = text.to_ascii_lowercase();
    if lower == b"inf" || lower == b"infinity" {
        return Some(Dec::inf(neg));
    }
    let (kind, payload) = if let Some(p) = lower.strip_prefix(b"nan") {
        (Kind::Nan, p)
    } else {
        (Kind::SNan, lower.strip_prefix(b"snan")?)
    };
    if !payload.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let Some(coef) = Coef::parse(payload) else {
        return Some(Dec::nan(MALLOC, st));
    };
    Some(Dec {
        coef,
        exp: 0,
        kind,
        neg,
    })
}

/// The number as a numeral: scientific or, for `eng`, with exponents that are multiples of three.
pub fn to_text(a: &Dec, eng: bool, capitals: bool) -> String {
    let sign = if a.neg { "-" } else { "" };
    let payload = || match a.coef.is_zero() {
        true => String::new(),
        false => a.coef.text(),
    };
    match a.kind {
        Kind::Inf => return format!("{sign}Infinity"),
        Kind::Nan => return format!("{sign}NaN{}", payload()),
        Kind::SNan => return format!("{sign}sNaN{}", payload()),
        Kind::Finite => {}
    }
    let len = a.coef.digits() as i64;
    let left = a.exp + len;
    // Places before the point.
    let place = if a.exp <= 0 && left > -6 {
        left
    } else if !eng {
        1
    } else if a.coef.is_zero() {
        (left + 1).rem_euclid(3) - 1
    } else {
        (left - 1).rem_euclid(3) + 1
    };
    let mut out = String::with_capacity(len as usize + 8);
    out.push_str(sign);
    if place <= 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', place.unsigned_abs() as usize));
        a.coef.write(&mut out);
    } else {
        a.coef.write(&mut out);
        if place >= len {
            out.extend(std::iter::repeat_n('0', (place - len) as usize));
        } else {
            out.insert(sign.len() + place as usize, '.');
        }
    }
    if left != place {
        out.push(if capitals { 'E' } else { 'e' });
        out.push_str(&format!("{:+}", left - place));
    }
    out
}
