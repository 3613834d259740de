//! `format(Decimal, spec)`.

use super::coef::Cut;
use super::*;
use crate::text::{StrBuf, StrData, StrRef};
use std::borrow::Cow;

/// A parsed specification.
pub struct Spec {
    fill: u32,
    align: u8,
    /// `0` before the width.
    zeros: bool,
    sign: u8,
    no_neg_0: bool,
    alt: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<u64>,
    fraction: Option<char>,
    code: Option<u8>,
    /// Whether the locale says how numbers are written (`n`, `N`).
    pub localized: bool,
    /// Whether the code was `N`, which goes out of use.
    pub deprecated: bool,
    /// How numbers are written in the place of the code `n`, or instead of the usual way.
    pub locale: Locale,
}

/// Signs that a locale has its own of.
#[derive(Clone)]
pub struct Locale {
    /// Before the fraction.
    pub point: Cow<'static, str>,
    /// Between groups.
    pub separator: Cow<'static, str>,
    /// Sizes of the groups from the right; 0 repeats the last one, 127 ends them.
    pub grouping: Cow<'static, [u8]>,
}

/// Why there is no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FormatError {
    /// Too long.
    Memory,
    /// Longer than any number may be.
    Limit,
}

impl Spec {
    /// Reads `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`.
    pub fn parse(text: StrRef<'_>) -> Option<Spec> {
        let len = text.len();
        let byte = |i: usize| match i < len {
            true => u8::try_from(text.at(i)).unwrap_or(0),
            false => 0,
        };
        let is_align = |b: u8| matches!(b, b'<' | b'>' | b'=' | b'^');
        let mut s = Spec {
            fill: 32,
            align: b'>',
            zeros: false,
            sign: b'-',
            no_neg_0: false,
            alt: false,
            width: 0,
            grouping: None,
            precision: None,
            fraction: None,
            code: None,
            localized: false,
            deprecated: false,
            locale: Locale {
                point: Cow::Borrowed("."),
                separator: Cow::Borrowed(""),
                grouping: Cow::Borrowed(&[]),
            },
        };
        let mut i = 0;
        let mut aligned = false;
        if len > 1 && is_align(byte(1)) {
            (s.fill, s.align, i, aligned) = (text.at(0), byte(1), 2, true);
        } else if is_align(byte(0)) {
            (s.align, i, aligned) = (byte(0), 1, true);
        }
        if matches!(byte(i), b'+' | b'-' | b' ') {
            s.sign = byte(i);
            i += 1;
        }
        if byte(i) == b'z' {
            s.no_neg_0 = true;
            i += 1;
        }
        if byte(i) == b'#' {
            s.alt = true;
            i += 1;
        }
        if byte(i) == b'0' {
            if aligned {
                return None;
            }
            (s.fill, s.align, s.zeros) = (b'0'.into(), b'=', true);
            i += 1;
        }
        let number = |i: &mut usize| -> Option<Option<u64>> {
            let mut n: Option<u64> = None;
            while byte(*i).is_ascii_digit() {
                let d = u64::from(byte(*i) - b'0');
                n = Some(n.unwrap_or(0).checked_mul(10)?.checked_add(d)?);
                if n > Some(i64::MAX as u64) {
                    return None;
                }
                *i += 1;
            }
            Some(n)
        };
        s.width = number(&mut i)?.unwrap_or(0) as usize;
        if matches!(byte(i), b',' | b'_') {
            s.grouping = Some(byte(i).into());
            i += 1;
        }
        if byte(i) == b'.' {
            i += 1;
            s.precision = number(&mut i)?;
            if matches!(byte(i), b',' | b'_') {
                s.fraction = Some(byte(i).into());
                i += 1;
            } else if s.precision.is_none() {
                return None;
            }
        }
        if matches!(
            byte(i),
            b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n' | b'N' | b'%'
        ) {
            s.code = Some(byte(i));
            i += 1;
        }
        if matches!(s.code, Some(b'n' | b'N')) {
            if s.grouping.is_some() {
                return None;
            }
            s.localized = true;
            s.deprecated = s.code == Some(b'N');
            s.code = s.code.map(|c| if c == b'n' { b'g' } else { b'G' });
        } else if let Some(g) = s.grouping {
            s.locale.separator = Cow::Borrowed(if g == '_' { "_" } else { "," });
            s.locale.grouping = Cow::Borrowed(&[3, 0]);
        }
        (i == len).then_some(s)
    }
}

/// The number as the specification wants it, rounded as the context says.
pub fn format(
    a: &Dec,
    s: &Spec,
    rounding: Rounding,
    capitals: bool,
) -> Result<StrData, FormatError> {
    if s.width > MAX_PREC as usize || s.precision.is_some_and(|p| p > MAX_PREC as u64) {
        return Err(FormatError::Limit);
    }
    if s.width as u64 > MOST_DIGITS || s.precision.is_some_and(|p| p > MOST_DIGITS) {
        return Err(FormatError::Memory);
    }
    let mut d = a.clone();
    let code = s.code.unwrap_or(if capitals { b'G' } else { b'g' });
    if !d.is_finite() {
        let mut body = sign(d.neg, s).to_owned();
        let signs = body.len();
        body.push_str(&to_text(&d.signed(false), false, capitals));
        if code == b'%' {
            body.push('%');
        }
        // Zeros do not go before a word.
        let with = match s.zeros {
            true => (32, b'>'),
            false => (s.fill, s.align),
        };
        return Ok(pad(body, signs, s, with));
    }
    if code == b'%' {
        d.exp += 2;
    }
    let lower = code.to_ascii_lowercase();
    if let Some(p) = s.precision {
        match lower {
            b'e' => round_digits(&mut d, p + 1, rounding)?,
            b'f' | b'%' => {
                d = digits::rescale(&d, -(p as i64), rounding).ok_or(FormatError::Memory)?;
            }
            _ if d.coef.digits() > p => round_digits(&mut d, p.max(1), rounding)?,
            _ => {}
        }
    }
    if d.coef.is_zero() && d.exp > 0 && matches!(lower, b'f' | b'%') {
        d.exp = 0;
    }
    let neg = d.neg && !(s.no_neg_0 && d.coef.is_zero());
    let text = d.coef.text();
    let len = text.len() as i64;
    let left = d.exp + len;
    let place = match lower {
        b'e' => match (d.coef.is_zero(), s.precision) {
            (true, Some(p)) => 1 - p as i64,
            _ => 1,
        },
        b'f' | b'%' => left,
        _ if d.exp <= 0 && left > -6 => left,
        _ => 1,
    };
    if place.unsigned_abs() > MOST_DIGITS {
        return Err(FormatError::Memory);
    }
    let zeros = |n: i64| "0".repeat(n.max(0) as usize);
    let (whole, fraction) = if place < 0 {
        (Cow::Borrowed("0"), Cow::Owned(zeros(-place) + &text))
    } else if place > len {
        (
            Cow::Owned(text.clone() + &zeros(place - len)),
            Cow::Borrowed(""),
        )
    } else {
        let (w, f) = text.split_at(place as usize);
        (
            Cow::Borrowed(if w.is_empty() { "0" } else { w }),
            Cow::Borrowed(f),
        )
    };
    let exp = left - place;
    let write_tail = |out: &mut String| {
        if !fraction.is_empty() || s.alt {
            out.push_str(&s.locale.point);
            match s.fraction {
                None => out.push_str(&fraction),
                Some(sep) => {
                    for (i, ch) in fraction.chars().enumerate() {
                        if i > 0 && i % 3 == 0 {
                            out.push(sep);
                        }
                        out.push(ch);
                    }
                }
            }
        }
        if exp != 0 || lower == b'e' {
            out.push(if matches!(code, b'E' | b'G') {
                'E'
            } else {
                'e'
            });
            out.push_str(&format!("{exp:+}"));
        }
        if code == b'%' {
            out.push('%');
        }
    };
    let mut body = String::with_capacity(whole.len() + fraction.len() + 16);
    body.push_str(sign(neg, s));
    let signs = body.len();
    if s.zeros {
        let mut tail = String::new();
        write_tail(&mut tail);
        let least = s.width.saturating_sub(tail.chars().count() + signs);
        group(&mut body, &whole, &s.locale, least);
        body.push_str(&tail);
    } else {
        group(&mut body, &whole, &s.locale, 0);
        write_tail(&mut body);
    }
    Ok(pad(body, signs, s, (s.fill, s.align)))
}

/// The sign that stands before a number.
fn sign(neg: bool, s: &Spec) -> &'static str {
    match (neg, s.sign) {
        (true, _) => "-",
        (_, b'+') => "+",
        (_, b' ') => " ",
        _ => "",
    }
}

/// Rounded to so many digits; fewer get zeros.
fn round_digits(d: &mut Dec, n: u64, rounding: Rounding) -> Result<(), FormatError> {
    if d.coef.is_zero() {
        return Ok(());
    }
    let has = d.coef.digits();
    if has <= n {
        d.coef = d.coef.shl(n - has).ok_or(FormatError::Memory)?;
        d.exp -= (n - has) as i64;
        return Ok(());
    }
    let (coef, cut) = finish::shift_rounded(&d.coef, d.neg, has - n, rounding);
    let _: Cut = cut;
    d.coef = coef;
    d.exp += (has - n) as i64;
    if d.coef.digits() > n {
        d.coef = d.coef.shr(1).0;
        d.exp += 1;
    }
    Ok(())
}

/// Appends digits in groups, with zeros before them up to so many characters.
fn group(out: &mut String, digits: &str, l: &Locale, least: usize) {
    let first = match l.grouping.first() {
        Some(n) if *n > 0 && !l.separator.is_empty() => usize::from(*n),
        _ => usize::MAX,
    };
    if digits.len().max(least) <= first {
        out.extend(std::iter::repeat_n('0', least.saturating_sub(digits.len())));
        return out.push_str(digits);
    }
    let sep = l.separator.chars().count();
    let mut sizes = l.grouping.iter();
    let mut last = 0usize;
    let mut rest = digits.len();
    let mut room = least;
    // Groups, the last one first: zeros, and where their digits end.
    let mut groups: Vec<(usize, usize)> = Vec::with_capacity(8);
    loop {
        let size = match sizes.next() {
            Some(0) | None if last > 0 => last,
            Some(127) | Some(0) | None => usize::MAX,
            Some(n) => usize::from(*n),
        };
        last = size;
        if size == usize::MAX {
            if rest > 0 || room > 0 || groups.is_empty() {
                groups.push((room.saturating_sub(rest), rest));
            }
            break;
        }
        let want = size.min(rest.max(room).max(1));
        let take = want.min(rest);
        groups.push((want - take, rest));
        rest -= take;
        room = room.saturating_sub(want);
        if rest == 0 && room == 0 {
            break;
        }
        room = room.saturating_sub(sep);
        if rest == 0 && room == 0 {
            // No room for a zero behind one more separator: it gets one all the same.
            room = 1;
        }
    }
    let mut from = 0;
    for (i, (zeros, to)) in groups.iter().rev().enumerate() {
        if i > 0 {
            out.push_str(&l.separator);
        }
        out.extend(std::iter::repeat_n('0', *zeros));
        out.push_str(&digits[from..*to]);
        from = *to;
    }
}

/// A number whose first bytes are its sign, with what fills it up.
fn pad(all: String, signs: usize, s: &Spec, (fill, align): (u32, u8)) -> StrData {
    let n = s.width.saturating_sub(all.chars().count());
    if n == 0 && all.is_ascii() {
        return StrData::Ascii(all.into_bytes());
    }
    let (sign, body) = all.split_at(signs);
    let mut out = StrBuf::with_capacity(s.width.max(all.len() + 1));
    let text = |out: &mut StrBuf, t: &str| out.push_utf8(t);
    match align {
        b'<' => {
            text(&mut out, sign);
            text(&mut out, body);
            out.push_n(fill, n);
        }
        b'=' => {
            text(&mut out, sign);
            out.push_n(fill, n);
            text(&mut out, body);
        }
        b'^' => {
            out.push_n(fill, n / 2);
            text(&mut out, sign);
            text(&mut out, body);
            out.push_n(fill, n - n / 2);
        }
        _ => {
            out.push_n(fill, n);
            text(&mut out, sign);
            text(&mut out, body);
        }
    }
    out.finish()
}
