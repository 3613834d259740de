//! Formatting of ints, floats and complex numbers.

use super::{Align, FormatError, FormatSpec, Grouping};
use crate::float::{Flags, float_to_string};
use crate::text::{StrBuf, StrData};
use dashu_int::{IBig, Sign};

/// A number in parts, ready to be grouped and padded.
struct Parts<'a> {
    negative: bool,
    prefix: &'a str,
    whole: &'a str,
    /// Point, fraction, exponent, percent sign.
    rest: String,
}

/// Groups `digits` from the right, with zeros in front until `min_width` characters.
fn group(digits: &str, g: Option<Grouping>, min_width: usize) -> String {
    let Some(g) = g else {
        return format!(
            "{}{digits}",
            "0".repeat(min_width.saturating_sub(digits.len()))
        );
    };
    let mut out: Vec<u8> = Vec::new();
    let bytes = digits.as_bytes();
    let mut remaining = bytes.len();
    let mut width = min_width as isize;
    let mut first = true;
    loop {
        let take = g
            .size()
            .min(remaining.max(usize::try_from(width).unwrap_or(0)).max(1));
        if !first {
            out.push(g.char() as u8);
        }
        first = false;
        let real = take.min(remaining);
        out.extend(bytes[remaining - real..remaining].iter().rev());
        out.extend(std::iter::repeat_n(b'0', take - real));
        remaining -= real;
        width -= take as isize;
        if remaining == 0 && width <= 0 {
            break;
        }
        width -= 1;
    }
    out.reverse();
    String::from_utf8(out).unwrap_or_default()
}

/// Groups the digits after a point, from the left.
fn group_fraction(rest: &str, g: Option<Grouping>) -> String {
    let Some((g, tail)) = g.zip(rest.strip_prefix('.')) else {
        return rest.to_owned();
    };
    let n = tail.bytes().take_while(u8::is_ascii_digit).count();
    let mut out = String::from(".");
    for (i, c) in tail[..n].chars().enumerate() {
        if i > 0 && i % g.size() == 0 {
            out.push(g.char());
        }
        out.push(c);
    }
    out + &tail[n..]
}

fn sign_of(spec: &FormatSpec, negative: bool) -> &'static str {
    match (negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    }
}

fn assemble(p: &Parts<'_>, spec: &FormatSpec) -> StrData {
    let sign = sign_of(spec, p.negative);
    let fixed = sign.len() + p.prefix.len() + p.rest.len();
    let zero_filled = spec.fill == 48 && spec.align == Align::AfterSign;
    let min_width = if zero_filled {
        spec.width.unwrap_or(0).saturating_sub(fixed)
    } else {
        0
    };
    // Infinities and NaN have no digits: their zeros are not grouped.
    let grouping = spec.grouping.filter(|_| !p.whole.is_empty());
    let whole = group(p.whole, grouping, min_width);
    let len = fixed + whole.len();
    let (left, right) = spec.margins(len);
    let mut out = StrBuf::with_capacity(len + left + right);
    if spec.align == Align::AfterSign {
        out.push_utf8(sign);
        out.push_utf8(p.prefix);
        out.push_n(spec.fill, left);
    } else {
        out.push_n(spec.fill, left);
        out.push_utf8(sign);
        out.push_utf8(p.prefix);
    }
    out.push_utf8(&whole);
    out.push_utf8(&p.rest);
    out.push_n(spec.fill, right);
    out.finish()
}

/// `format(int, spec)`. Float codes convert the number, which may overflow: then `None` and the caller raises
/// OverflowError "int too large to convert to float".
pub fn format_int(
    n: &IBig,
    spec: &FormatSpec,
    digit_limit: usize,
) -> Result<Option<StrData>, FormatError> {
    let code = spec.code.map_or('d', |c| char::from_u32(c).unwrap_or('\0'));
    match code {
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => {
            let Ok(f) = crate::int::to_f64(n) else {
                return Ok(None);
            };
            return format_float(f, spec, "int").map(Some);
        }
        'b' | 'o' | 'x' | 'X' | 'd' | 'n' | 'c' => {}
        _ => return Err(spec.unknown_code("int")),
    }
    if spec.precision.is_some() {
        return Err(FormatError::Message(
            "Precision not allowed in integer format specifier",
        ));
    }
    if spec.no_neg_0 {
        return Err(FormatError::Message(
            "Negative zero coercion (z) not allowed in integer format specifier",
        ));
    }
    if code == 'c' {
        return format_char(n, spec).map(Some);
    }
    let (negative, digits) = (
        n.sign() == Sign::Negative,
        match code {
            'b' => crate::int::to_base(n, 2),
            'o' => crate::int::to_base(n, 8),
            'x' => crate::int::to_base(n, 16),
            'X' => crate::int::to_base(n, 16).to_ascii_uppercase(),
            _ => crate::int::to_decimal(n, digit_limit)
                .map_err(|_| FormatError::DigitLimit(digit_limit))?,
        },
    );
    Ok(Some(format_int_digits(
        digits.trim_start_matches('-'),
        negative,
        code,
        spec,
    )))
}

/// The layout half of [`format_int`], for callers that have the digits: no sign, no prefix.
pub fn format_int_digits(digits: &str, negative: bool, code: char, spec: &FormatSpec) -> StrData {
    let prefix = match (spec.alt, code) {
        (true, 'b') => "0b",
        (true, 'o') => "0o",
        (true, 'x') => "0x",
        (true, 'X') => "0X",
        _ => "",
    };
    assemble(
        &Parts {
            negative,
            prefix,
            whole: digits,
            rest: String::new(),
        },
        spec,
    )
}

fn format_char(n: &IBig, spec: &FormatSpec) -> Result<StrData, FormatError> {
    if spec.sign.is_some() {
        return Err(FormatError::Message(
            "Sign not allowed with integer format specifier 'c'",
        ));
    }
    if spec.alt {
        return Err(FormatError::Message(
            "Alternate form (#) not allowed with integer format specifier 'c'",
        ));
    }
    if i64::try_from(n).is_err() {
        return Err(FormatError::CharOverflow);
    }
    let c = u32::try_from(n)
        .ok()
        .filter(|&c| c < 0x110000)
        .ok_or(FormatError::CharRange)?;
    let (left, right) = spec.margins(1);
    let mut out = StrBuf::new();
    out.push_n(spec.fill, left);
    out.push(c);
    out.push_n(spec.fill, right);
    Ok(out.finish())
}

/// Text of a float by a specification, its sign apart.
fn float_text(x: f64, spec: &FormatSpec, default: (char, bool)) -> (bool, String) {
    let (mut code, mut add_dot_0) = default;
    if let Some(c) = spec.code.and_then(char::from_u32) {
        (code, add_dot_0) = (c, false);
    }
    let precision = match spec.precision {
        Some(p) => {
            if code == 'r' {
                code = 'g';
            }
            p
        }
        None => 6,
    };
    let flags = Flags {
        alt: spec.alt,
        sign: false,
        add_dot_0,
        no_neg_0: spec.no_neg_0,
    };
    let s = float_to_string(x, code, precision, flags);
    match s.strip_prefix('-') {
        Some(rest) => (true, rest.to_owned()),
        None => (false, s),
    }
}

fn split_float(text: &str) -> (&str, &str) {
    let n = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(n)
}

/// `format(float, spec)`.
pub fn format_float(x: f64, spec: &FormatSpec, type_name: &str) -> Result<StrData, FormatError> {
    match spec.code.map(|c| char::from_u32(c).unwrap_or('\0')) {
        None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') => {}
        Some(_) => return Err(spec.unknown_code(type_name)),
    }
    let (negative, text) = float_text(x, spec, ('r', true));
    let (whole, rest) = split_float(&text);
    let rest = group_fraction(rest, spec.fraction_grouping);
    Ok(assemble(
        &Parts {
            negative,
            prefix: "",
            whole,
            rest,
        },
        spec,
    ))
}

/// `format(complex, spec)`.
pub fn format_complex(real: f64, imag: f64, spec: &FormatSpec) -> Result<StrData, FormatError> {
    match spec.code.map(|c| char::from_u32(c).unwrap_or('\0')) {
        None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n') => {}
        Some(_) => return Err(spec.unknown_code("complex")),
    }
    if spec.fill == 48 {
        return Err(FormatError::Message(
            "Zero padding is not allowed in complex format specifier",
        ));
    }
    if spec.align == Align::AfterSign {
        return Err(FormatError::Message(
            "'=' alignment flag is not allowed in complex format specifier",
        ));
    }
    // Without a code: as repr, real part left out when it is positive zero.
    let plain = spec.code.is_none();
    let skip_real = plain && real == 0.0 && !real.is_sign_negative();
    let inner = FormatSpec {
        width: None,
        ..spec.clone()
    };
    let part = |x: f64, spec: &FormatSpec| {
        let (negative, text) = float_text(x, spec, ('r', false));
        let (whole, rest) = split_float(&text);
        assemble(
            &Parts {
                negative,
                prefix: "",
                whole,
                rest: group_fraction(rest, spec.fraction_grouping),
            },
            spec,
        )
    };
    let mut body = StrBuf::new();
    if plain && !skip_real {
        body.push(u32::from(b'('));
    }
    if skip_real {
        body.push_str(part(imag, &inner).as_ref());
    } else {
        body.push_str(part(real, &inner).as_ref());
        body.push_str(
            part(
                imag,
                &FormatSpec {
                    sign: Some('+'),
                    ..inner
                },
            )
            .as_ref(),
        );
    }
    body.push(u32::from(b'j'));
    if plain && !skip_real {
        body.push(u32::from(b')'));
    }
    let (left, right) = spec.margins(body.len());
    let mut out = StrBuf::new();
    out.push_n(spec.fill, left);
    out.push_str(body.as_ref());
    out.push_n(spec.fill, right);
    Ok(out.finish())
}
