//! Writing floats: shortest digits from `zmij`, exact digits from Rust, the layout as Python wants it.

use super::scaled::{scaled, significant};

/// Options of [`float_to_string`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// `#`: keep the point and trailing zeros.
    pub alt: bool,
    /// A sign also on positive numbers.
    pub sign: bool,
    /// `.0` after what would look like an integer.
    pub add_dot_0: bool,
    /// Negative zero (after rounding) is written without its sign.
    pub no_neg_0: bool,
}

/// Significant digits and the place of the decimal point (0.DIGITS times ten to it).
struct Digits {
    text: Vec<u8>,
    point: i32,
}

/// Digits of a finite, non-negative number from text like `1.5e-7`, `123.0`, `0.001`.
fn split(text: &str) -> Digits {
    let (mantissa, exp) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exp: i32 = exp.parse().unwrap_or(0);
    let (whole, frac) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(frac.bytes()).collect();
    let mut point = whole.len() as i32 + exp;
    let zeros = digits.iter().take_while(|&&d| d == b'0').count();
    if zeros == digits.len() {
        return Digits {
            text: vec![b'0'],
            point: 1,
        };
    }
    digits.drain(..zeros);
    point -= zeros as i32;
    Digits {
        text: digits,
        point,
    }
}

fn trimmed(mut d: Digits) -> Digits {
    while d.text.len() > 1 && d.text.last() == Some(&b'0') {
        d.text.pop();
    }
    d
}

fn shortest(x: f64) -> Digits {
    trimmed(split(zmij::Buffer::new().format_finite(x)))
}

/// No double has more digits than this after its first; what is asked beyond is zeros.
const MAX_DIGITS: usize = 1100;

/// The digits of a whole number of which so many stand behind the point.
fn of_whole(n: u128, places: usize) -> Digits {
    let text = match u64::try_from(n) {
        Ok(n) => n.to_string(),
        Err(_) => n.to_string(),
    };
    Digits {
        point: if n == 0 {
            1
        } else {
            text.len() as i32 - places as i32
        },
        text: text.into_bytes(),
    }
}

/// So many places behind the point.
fn fixed(x: f64, places: usize) -> Digits {
    match scaled(x, places) {
        Some(n) => of_whole(n, places),
        None => split(&format!("{:.*}", places.min(MAX_DIGITS), x)),
    }
}

/// So many digits.
fn rounded(x: f64, digits: usize) -> Digits {
    match significant(x, digits) {
        Some((n, places)) => of_whole(n, places),
        None => split(&format!("{:.*e}", (digits - 1).min(MAX_DIGITS), x)),
    }
}

/// `repr(x)`
pub fn repr(x: f64) -> String {
    float_to_string(
        x,
        'r',
        0,
        Flags {
            add_dot_0: true,
            ..Flags::default()
        },
    )
}

/// `PyOS_double_to_string`: code `e f g E F G r n %` (`%` is `f` of 100 x with a percent sign; `n` is `g`).
/// `precision` is ignored for `r`; the caller bounds it against memory.
pub fn float_to_string(x: f64, code: char, precision: usize, flags: Flags) -> String {
    let upper = code.is_ascii_uppercase();
    let mut out = String::with_capacity(24);
    let value = if code == '%' { x * 100.0 } else { x };
    let mut negative = value.is_sign_negative();
    let mag = value.abs();
    if !mag.is_finite() {
        let word = match (mag.is_nan(), upper) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        };
        push_sign(&mut out, negative && !mag.is_nan(), flags);
        out.push_str(word);
    } else {
        let mut precision = precision;
        let kind = match code.to_ascii_lowercase() {
            '%' => 'f',
            'n' => 'g',
            k => k,
        };
        let (d, wanted, mut exponent) = match kind {
            'e' => {
                precision += 1;
                let d = rounded(mag, precision);
                (d, precision as i64, true)
            }
            'f' => {
                let d = trimmed(fixed(mag, precision));
                let wanted = i64::from(d.point) + precision as i64;
                (d, wanted, false)
            }
            'g' => {
                precision = precision.max(1);
                let d = trimmed(rounded(mag, precision));
                let e = d.point <= -4
                    || i64::from(d.point) > precision as i64 - i64::from(flags.add_dot_0);
                let wanted = if flags.alt {
                    precision as i64
                } else {
                    d.text.len() as i64
                };
                (d, wanted, e)
            }
            _ => {
                let d = shortest(mag);
                let e = d.point <= -4 || d.point > 16;
                let wanted = d.text.len() as i64;
                (d, wanted, e)
            }
        };
        if d.text == b"0" {
            negative &= !flags.no_neg_0;
            exponent &= kind == 'e';
        }
        push_sign(&mut out, negative, flags);
        lay_out(&mut out, d, wanted, exponent, flags, upper);
    }
    if code == '%' {
        out.push('%');
    }
    out
}

fn push_sign(out: &mut String, negative: bool, flags: Flags) {
    if negative {
        out.push('-');
    } else if flags.sign {
        out.push('+');
    }
}

/// Writes digits with the point in place. `wanted`: virtual digits, counted from the first.
fn lay_out(out: &mut String, d: Digits, wanted: i64, exponent: bool, flags: Flags, upper: bool) {
    let mut point = i64::from(d.point);
    let exp = point - 1;
    if exponent {
        point = 1;
    }
    let end = if !exponent && flags.add_dot_0 {
        wanted.max(point + 1)
    } else {
        wanted.max(point)
    };
    let start = if point <= 0 { point - 1 } else { 0 };
    let digit = |i: i64| {
        usize::try_from(i)
            .ok()
            .and_then(|i| d.text.get(i))
            .map_or('0', |&b| char::from(b))
    };
    for i in start..point.max(start) {
        out.push(digit(i));
    }
    if point <= 0 {
        // start..point gave the single zero before the point.
        debug_assert!(out.ends_with('0'));
    }
    if end > point || flags.alt {
        out.push('.');
    }
    for i in point..end {
        out.push(digit(i));
    }
    if exponent {
        out.push(if upper { 'E' } else { 'e' });
        out.push(if exp < 0 { '-' } else { '+' });
        out.push_str(&format!("{:02}", exp.abs()));
    }
}

/// `repr(complex)`
pub fn complex_repr(real: f64, imag: f64) -> String {
    let plain = |x, sign| {
        float_to_string(
            x,
            'r',
            0,
            Flags {
                sign,
                ..Flags::default()
            },
        )
    };
    if real == 0.0 && !real.is_sign_negative() {
        return format!("{}j", plain(imag, false));
    }
    format!("({}{}j)", plain(real, false), plain(imag, true))
}
