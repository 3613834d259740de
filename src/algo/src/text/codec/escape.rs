//! `unicode_escape` and `raw_unicode_escape`.

use super::{Decoded, Fault, OnFault, apply_decoded};
use crate::text::{StrBuf, StrRef};
use crate::unicode::database;

fn hex(s: &[u8], max: usize) -> (u32, usize) {
    let n = s
        .iter()
        .take(max)
        .take_while(|b| b.is_ascii_hexdigit())
        .count();
    let v = s[..n].iter().fold(0u32, |v, &b| {
        v << 4 | char::from(b).to_digit(16).unwrap_or(0)
    });
    (v, n)
}

/// Decodes `unicode_escape`. `on_unknown` hears of each unknown escape (`\z`, `\777`) with its position, once the
/// caller wants to warn. When not `last`, an escape cut off at the end is left unconsumed.
pub fn decode_unicode_escape<E>(
    s: &[u8],
    last: bool,
    on_unknown: &mut dyn FnMut(usize),
    on_fault: OnFault<'_, E>,
) -> Result<Decoded, E> {
    let mut out = StrBuf::with_capacity(s.len());
    let mut i = 0;
    while i < s.len() {
        if s[i] != b'\\' {
            out.push(u32::from(s[i]));
            i += 1;
            continue;
        }
        let mut fault = |out: &mut StrBuf, end: usize, reason: &'static str| {
            let f = Fault {
                encoding: "unicodeescape",
                start: i,
                end,
                reason,
            };
            apply_decoded(out, f, s.len(), on_fault)
        };
        let Some(&kind) = s.get(i + 1) else {
            if !last {
                break;
            }
            i = fault(&mut out, s.len(), "\\ at end of string")?;
            continue;
        };
        let simple = match kind {
            b'\n' => {
                i += 2;
                continue;
            }
            b'\\' | b'\'' | b'"' => Some(kind),
            b'b' => Some(8),
            b'f' => Some(12),
            b't' => Some(9),
            b'n' => Some(10),
            b'r' => Some(13),
            b'v' => Some(11),
            b'a' => Some(7),
            _ => None,
        };
        if let Some(c) = simple {
            out.push(u32::from(c));
            i += 2;
            continue;
        }
        match kind {
            b'0'..=b'7' => {
                let n = s[i + 1..]
                    .iter()
                    .take(3)
                    .take_while(|b| (b'0'..=b'7').contains(b))
                    .count();
                if n < 3 && i + 1 + n == s.len() && !last {
                    break;
                }
                let v = s[i + 1..i + 1 + n]
                    .iter()
                    .fold(0u32, |v, &b| v << 3 | u32::from(b - b'0'));
                if v > 0o377 {
                    on_unknown(i);
                }
                out.push(v);
                i += 1 + n;
            }
            b'x' | b'u' | b'U' => {
                let (width, reason) = match kind {
                    b'x' => (2, "truncated \\xXX escape"),
                    b'u' => (4, "truncated \\uXXXX escape"),
                    _ => (8, "truncated \\UXXXXXXXX escape"),
                };
                let (v, n) = hex(&s[i + 2..], width);
                if n < width {
                    if !last && i + 2 + n == s.len() {
                        break;
                    }
                    i = fault(&mut out, i + 2 + n, reason)?;
                } else if v > 0x10ffff {
                    i = fault(&mut out, i + 2 + n, "illegal Unicode character")?;
                } else {
                    out.push(v);
                    i += 2 + n;
                }
            }
            b'N' => {
                let rest = &s[i + 2..];
                let close = rest.iter().position(|&b| b == b'}');
                match (rest.first(), close) {
                    (None, _) | (Some(b'{'), None) if !last => break,
                    (Some(b'{'), Some(end)) if end > 1 => {
                        let name = std::str::from_utf8(&rest[1..end]).ok();
                        match name.and_then(database::lookup) {
                            Some(c) => {
                                out.push(c);
                                i += 3 + end;
                            }
                            None => {
                                i = fault(&mut out, i + 3 + end, "unknown Unicode character name")?
                            }
                        }
                    }
                    (Some(b'{'), Some(_)) => {
                        i = fault(&mut out, i + 3, "malformed \\N character escape")?;
                    }
                    (Some(b'{'), None) => {
                        i = fault(&mut out, s.len(), "malformed \\N character escape")?
                    }
                    _ => i = fault(&mut out, i + 2, "malformed \\N character escape")?,
                }
            }
            _ => {
                on_unknown(i);
                out.push(0x5c);
                out.push(u32::from(kind));
                i += 2;
            }
        }
    }
    Ok(Decoded::new(out.finish(), i))
}

/// Decodes `raw_unicode_escape`: only `\u` and `\U`, after an odd number of backslashes.
pub fn decode_raw_unicode_escape<E>(
    s: &[u8],
    last: bool,
    on_fault: OnFault<'_, E>,
) -> Result<Decoded, E> {
    let mut out = StrBuf::with_capacity(s.len());
    let mut i = 0;
    while i < s.len() {
        let kind = s.get(i + 1).copied();
        if s[i] != b'\\' || (kind.is_none() && last) {
            out.push(u32::from(s[i]));
            i += 1;
            continue;
        }
        let (width, reason) = match kind {
            None => break,
            Some(b'u') => (4, "truncated \\uXXXX escape"),
            Some(b'U') => (8, "truncated \\UXXXXXXXX escape"),
            Some(c) => {
                out.push(0x5c);
                out.push(u32::from(c));
                i += 2;
                continue;
            }
        };
        let (v, n) = hex(&s[i + 2..], width);
        let reason = match (n < width, v) {
            (true, _) if !last && i + 2 + n == s.len() => break,
            (true, _) => reason,
            (false, 0..=0x10ffff) => {
                out.push(v);
                i += 2 + n;
                continue;
            }
            _ => "\\Uxxxxxxxx out of range",
        };
        let fault = Fault {
            encoding: "rawunicodeescape",
            start: i,
            end: i + 2 + n,
            reason,
        };
        i = apply_decoded(&mut out, fault, s.len(), on_fault)?;
    }
    Ok(Decoded::new(out.finish(), i))
}

/// Encodes `unicode_escape`.
pub fn encode_unicode_escape(s: StrRef<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    for c in s.chars() {
        match c {
            9 => out.extend(b"\\t"),
            10 => out.extend(b"\\n"),
            13 => out.extend(b"\\r"),
            0x5c => out.extend(b"\\\\"),
            32..127 => out.push(c as u8),
            0..0x100 => out.extend(format!("\\x{c:02x}").bytes()),
            0x100..0x10000 => out.extend(format!("\\u{c:04x}").bytes()),
            _ => out.extend(format!("\\U{c:08x}").bytes()),
        }
    }
    out
}

/// Encodes `raw_unicode_escape`.
pub fn encode_raw_unicode_escape(s: StrRef<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    for c in s.chars() {
        match c {
            0..0x100 => out.push(c as u8),
            0x100..0x10000 => out.extend(format!("\\u{c:04x}").bytes()),
            _ => out.extend(format!("\\U{c:08x}").bytes()),
        }
    }
    out
}
