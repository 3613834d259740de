//! The error handlers that Python predefines.

use super::{Fault, Replacement};
use crate::text::{StrBuf, StrRef};
use crate::unicode::database;
use std::fmt::Write;

/// A predefined handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Every fault is an error.
    Strict,
    /// Leaves it out.
    Ignore,
    /// `?` or U+FFFD.
    Replace,
    /// `\xhh`, `\uhhhh`, `\Uhhhhhhhh`.
    BackslashReplace,
    /// Bytes 128 to 255 as U+DC80 to U+DCFF and back.
    SurrogateEscape,
    /// UTF codecs: surrogates as they are.
    SurrogatePass,
    /// Encoding only: `&#nnn;`.
    XmlCharRefReplace,
    /// Encoding only: `\N{...}`.
    NameReplace,
}

impl Policy {
    /// From Python's name; others are looked up in `codecs`' registry by the caller.
    pub fn from_name(name: &str) -> Option<Policy> {
        Some(match name {
            "strict" => Policy::Strict,
            "ignore" => Policy::Ignore,
            "replace" => Policy::Replace,
            "backslashreplace" => Policy::BackslashReplace,
            "surrogateescape" => Policy::SurrogateEscape,
            "surrogatepass" => Policy::SurrogatePass,
            "xmlcharrefreplace" => Policy::XmlCharRefReplace,
            "namereplace" => Policy::NameReplace,
            _ => return None,
        })
    }

    /// Handles a fault of decoding; the fault itself comes back when it stays an error.
    pub fn decode(self, input: &[u8], fault: Fault) -> Result<(Replacement, usize), Fault> {
        let bad = input
            .get(fault.start..fault.end.min(input.len()))
            .unwrap_or(&[]);
        let mut out = StrBuf::new();
        let mut next = fault.end;
        match self {
            Policy::Strict | Policy::XmlCharRefReplace | Policy::NameReplace => return Err(fault),
            Policy::Ignore => {}
            Policy::Replace => out.push(0xfffd),
            Policy::BackslashReplace => {
                for b in bad {
                    out.push_utf8(&format!("\\x{b:02x}"));
                }
            }
            Policy::SurrogateEscape => {
                let high = bad.iter().take_while(|&&b| b >= 128).take(4);
                high.for_each(|&b| out.push(0xdc00 + u32::from(b)));
                if out.is_empty() {
                    return Err(fault);
                }
                next = fault.start + out.len();
            }
            Policy::SurrogatePass => {
                let (c, n) = surrogate_at(&input[fault.start.min(input.len())..], fault.encoding)
                    .ok_or(fault)?;
                out.push(c);
                next = fault.start + n;
            }
        }
        Ok((Replacement::Text(out.finish()), next))
    }

    /// Handles a fault of encoding; the fault itself comes back when it stays an error.
    pub fn encode(self, input: StrRef<'_>, fault: Fault) -> Result<(Replacement, usize), Fault> {
        let bad = input.slice(fault.start, fault.end);
        let mut out = StrBuf::new();
        match self {
            Policy::Strict => return Err(fault),
            Policy::Ignore => {}
            Policy::Replace => out.push_n(63, bad.len()),
            Policy::BackslashReplace => bad
                .chars()
                .for_each(|c| crate::text::repr::push_escape(&mut out, c)),
            Policy::XmlCharRefReplace => {
                let mut t = String::new();
                for c in bad.chars() {
                    let _ = write!(t, "&#{c};");
                }
                out.push_utf8(&t);
            }
            Policy::NameReplace => {
                for c in bad.chars() {
                    match database::name(c) {
                        Some(n) => out.push_utf8(&format!("\\N{{{n}}}")),
                        None => crate::text::repr::push_escape(&mut out, c),
                    }
                }
            }
            Policy::SurrogateEscape => {
                let bytes = bad
                    .chars()
                    .map(|c| (0xdc80..0xdd00).contains(&c).then(|| (c - 0xdc00) as u8));
                let bytes = bytes.collect::<Option<Vec<u8>>>().ok_or(fault)?;
                return Ok((Replacement::Bytes(bytes), fault.end));
            }
            Policy::SurrogatePass => {
                if bad.chars().any(|c| !(0xd800..0xe000).contains(&c)) {
                    return Err(fault);
                }
                let mut bytes = Vec::new();
                for c in bad.chars() {
                    let c16 = c as u16;
                    match fault.encoding {
                        "utf-8" => {
                            bytes.extend([0xed, 0x80 | (c >> 6 & 63) as u8, 0x80 | (c & 63) as u8])
                        }
                        "utf-16" | "utf-16-le" => bytes.extend(c16.to_le_bytes()),
                        "utf-16-be" => bytes.extend(c16.to_be_bytes()),
                        "utf-32" | "utf-32-le" => bytes.extend(c.to_le_bytes()),
                        "utf-32-be" => bytes.extend(c.to_be_bytes()),
                        _ => return Err(fault),
                    }
                }
                return Ok((Replacement::Bytes(bytes), fault.end));
            }
        }
        Ok((Replacement::Text(out.finish()), fault.end))
    }
}

fn surrogate_at(s: &[u8], encoding: &str) -> Option<(u32, usize)> {
    let (c, n) = match encoding {
        "utf-8" => match s {
            [0xed, b @ 0x80..=0xbf, c @ 0x80..=0xbf, ..] => {
                (0xd000 | u32::from(b & 63) << 6 | u32::from(c & 63), 3)
            }
            _ => return None,
        },
        "utf-16" | "utf-16-le" => (u32::from(u16::from_le_bytes(*s.first_chunk()?)), 2),
        "utf-16-be" => (u32::from(u16::from_be_bytes(*s.first_chunk()?)), 2),
        "utf-32" | "utf-32-le" => (u32::from_le_bytes(*s.first_chunk()?), 4),
        "utf-32-be" => (u32::from_be_bytes(*s.first_chunk()?), 4),
        _ => return None,
    };
    (0xd800..0xe000).contains(&c).then_some((c, n))
}
