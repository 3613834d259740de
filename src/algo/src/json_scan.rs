//! The inner loops of `json`: scanning strings and numbers, writing escaped strings.

use crate::each_kind;
use crate::text::{StrBuf, StrData, StrRef, Unit};
use std::fmt;

/// JSONDecodeError: message and position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonError {
    /// Message without position.
    pub message: &'static str,
    /// Where.
    pub pos: usize,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for JsonError {}

fn hex4<U: Unit>(s: &[U], at: usize) -> Option<u32> {
    let digits = s.get(at..at + 4)?;
    digits.iter().try_fold(0, |v, d| {
        Some(v << 4 | char::from_u32(d.cp())?.to_digit(16)?)
    })
}

/// `scanstring(s, end, strict)`: `begin` is after the opening quote. Gives the text and the place after the closing one.
pub fn scan_string(
    s: StrRef<'_>,
    begin: usize,
    strict: bool,
) -> Result<(StrData, usize), JsonError> {
    each_kind!(s, u => scan_units(s, u, begin, strict))
}

fn scan_units<U: Unit>(
    s: StrRef<'_>,
    u: &[U],
    begin: usize,
    strict: bool,
) -> Result<(StrData, usize), JsonError> {
    let fail = |message, pos| Err(JsonError { message, pos });
    let unterminated = JsonError {
        message: "Unterminated string starting at",
        pos: begin.saturating_sub(1),
    };
    let mut out: Option<StrBuf> = None;
    let mut at = begin;
    loop {
        let rest = u.get(at..).ok_or(unterminated)?;
        let n = rest
            .iter()
            .position(|c| matches!(c.cp(), 0x22 | 0x5c | 0..=0x1f) && (strict || c.cp() > 0x1f));
        let stop = at + n.ok_or(unterminated)?;
        let chunk = s.slice(at, stop);
        match u[stop].cp() {
            0x22 => {
                let text = match out {
                    None => chunk.to_data(),
                    Some(mut b) => {
                        b.push_str(chunk);
                        b.finish()
                    }
                };
                return Ok((text, stop + 1));
            }
            0x5c => {}
            _ => return fail("Invalid control character at", stop),
        }
        let b = out.get_or_insert_with(|| StrBuf::with_capacity(stop - begin + 16));
        b.push_str(chunk);
        let c = u.get(stop + 1).ok_or(unterminated)?.cp();
        at = stop + 2;
        let plain = match char::from_u32(c) {
            Some(c @ ('"' | '\\' | '/')) => c as u32,
            Some('b') => 8,
            Some('f') => 12,
            Some('n') => 10,
            Some('r') => 13,
            Some('t') => 9,
            Some('u') => {
                if at + 4 >= u.len() {
                    return fail("Invalid \\uXXXX escape", stop + 1);
                }
                let Some(mut c) = hex4(u, at) else {
                    return fail("Invalid \\uXXXX escape", at - 1);
                };
                at += 4;
                let paired = (0xd800..0xdc00).contains(&c) && at + 6 < u.len();
                if paired && u[at].cp() == 0x5c && u[at + 1].cp() == 0x75 {
                    let Some(low) = hex4(u, at + 2) else {
                        return fail("Invalid \\uXXXX escape", at + 1);
                    };
                    if (0xdc00..0xe000).contains(&low) {
                        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                        at += 6;
                    }
                }
                c
            }
            _ => return fail("Invalid \\escape", stop),
        };
        b.push(plain);
    }
}

/// A number found by [`scan_number`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// Place after it.
    pub end: usize,
    /// Has a fraction or an exponent.
    pub is_float: bool,
}

/// A JSON number at `start`; `None` when there is none (StopIteration).
pub fn scan_number(s: StrRef<'_>, start: usize) -> Option<Number> {
    each_kind!(s, u => scan_number_units(u, start))
}

fn scan_number_units<U: Unit>(u: &[U], start: usize) -> Option<Number> {
    let digit = |i: usize| u.get(i).is_some_and(|c| (48..58).contains(&c.cp()));
    let is = |i: usize, set: &[u8]| {
        u.get(i)
            .is_some_and(|c| set.iter().any(|&b| u32::from(b) == c.cp()))
    };
    let digits = |mut i: usize| {
        while digit(i) {
            i += 1;
        }
        i
    };
    let mut i = start + usize::from(is(start, b"-"));
    if !digit(i) {
        return None;
    }
    i = if is(i, b"0") { i + 1 } else { digits(i) };
    let mut is_float = false;
    if is(i, b".") && digit(i + 1) {
        is_float = true;
        i = digits(i + 1);
    }
    if is(i, b"eE") {
        let j = i + 1 + usize::from(is(i + 1, b"+-"));
        if digit(j) {
            is_float = true;
            i = digits(j);
        }
    }
    Some(Number { end: i, is_float })
}

/// `encode_basestring_ascii` (`ascii_only`) or `encode_basestring`, quotes included.
pub fn escape(s: StrRef<'_>, ascii_only: bool) -> StrData {
    let mut out = StrBuf::with_capacity(s.len() + 2);
    escape_into(&mut out, s, ascii_only);
    out.finish()
}

/// The same, behind what is there.
pub fn escape_into(out: &mut StrBuf, s: StrRef<'_>, ascii_only: bool) {
    out.push(34);
    each_kind!(s, u => {
        let mut from = 0;
        for (i, c) in u.iter().enumerate() {
            let c = c.cp();
            if (32..127).contains(&c) && c != 34 && c != 92 || c >= 127 && (!ascii_only || c == 127) {
                continue;
            }
            out.push_str(s.slice(from, i));
            from = i + 1;
            push_escaped(out, c);
        }
        out.push_str(s.slice(from, u.len()));
    });
    out.push(34);
}

/// Four hexadecimal digits.
fn push_unit(out: &mut StrBuf, c: u32) {
    let digit = |shift: u32| b"0123456789abcdef"[(c >> shift & 15) as usize];
    out.push_ascii(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

fn push_escaped(out: &mut StrBuf, c: u32) {
    let short: &[u8] = match c {
        34 => b"\\\"",
        92 => b"\\\\",
        8 => b"\\b",
        9 => b"\\t",
        10 => b"\\n",
        12 => b"\\f",
        13 => b"\\r",
        0x10000.. => {
            push_unit(out, 0xd800 + ((c - 0x10000) >> 10));
            return push_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
        }
        _ => return push_unit(out, c),
    };
    out.push_ascii(short);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(s: &str) -> Result<(String, usize), (&'static str, usize)> {
        let d = StrData::from(s);
        scan_string(d.as_ref(), 1, true)
            .map(|(t, e)| (t.as_ref().to_string_lossy(), e))
            .map_err(|e| (e.message, e.pos))
    }

    #[test]
    fn strings_and_faults() {
        assert_eq!(scan("\"abc\" x"), Ok(("abc".into(), 5)));
        assert_eq!(
            scan("\"a\\n\\u00e9\\ud83d\\ude00\""),
            Ok(("a\né😀".into(), 23))
        );
        assert_eq!(scan("\"abc"), Err(("Unterminated string starting at", 0)));
        assert_eq!(scan("\"a\tb\""), Err(("Invalid control character at", 2)));
        assert_eq!(scan("\"a\\qb\""), Err(("Invalid \\escape", 2)));
        assert_eq!(scan("\"\\u12\""), Err(("Invalid \\uXXXX escape", 2)));
    }

    #[test]
    fn numbers() {
        let n = |s: &str| scan_number(StrRef::Ascii(s.as_bytes()), 0).map(|n| (n.end, n.is_float));
        assert_eq!(n("-12.5e+3,"), Some((8, true)));
        assert_eq!(
            (n("012"), n("1.x"), n("1e"), n("-"), n("x")),
            (
                Some((1, false)),
                Some((1, false)),
                Some((1, false)),
                None,
                None
            )
        );
    }

    #[test]
    fn escaping() {
        let d = StrData::from("a\"\u{e9}\u{1F600}\u{7f}\n\u{1}");
        assert_eq!(
            escape(d.as_ref(), true).as_ref().to_string_lossy(),
            "\"a\\\"\\u00e9\\ud83d\\ude00\u{7f}\\n\\u0001\""
        );
        assert_eq!(
            escape(d.as_ref(), false).as_ref().to_string_lossy(),
            "\"a\\\"\u{e9}\u{1F600}\u{7f}\\n\\u0001\""
        );
    }
}
