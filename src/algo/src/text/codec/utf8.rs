//! UTF-8.

use super::{Decoded, Fault, OnFault, Replacement, apply_decoded};
use crate::each_kind;
use crate::text::{StrBuf, StrData, StrRef, Unit};

const CONTINUATION: &str = "invalid continuation byte";

/// Length and reason of a fault.
type BadSequence = (usize, &'static str);

/// One character at the front of `s`, or the length and reason of a fault; `None` when cut off but right so far.
fn sequence(s: &[u8]) -> Option<Result<(u32, usize), BadSequence>> {
    let b = s[0];
    let (need, low, high) = match b {
        0xc2..=0xdf => (2, 0x80, 0xbf),
        0xe0 => (3, 0xa0, 0xbf),
        0xe1..=0xec | 0xee | 0xef => (3, 0x80, 0xbf),
        0xed => (3, 0x80, 0x9f),
        0xf0 => (4, 0x90, 0xbf),
        0xf1..=0xf3 => (4, 0x80, 0xbf),
        0xf4 => (4, 0x80, 0x8f),
        _ => return Some(Err((1, "invalid start byte"))),
    };
    let mut c = u32::from(b) & (0x7f >> need);
    for i in 1..need {
        let &x = s.get(i)?;
        let (l, h) = if i == 1 { (low, high) } else { (0x80, 0xbf) };
        if x < l || x > h {
            return Some(Err((i, CONTINUATION)));
        }
        c = c << 6 | u32::from(x & 0x3f);
    }
    Some(Ok((c, need)))
}

/// Decodes; when not `last`, a sequence cut off at the end is left unconsumed.
pub fn decode_utf8<E>(s: &[u8], last: bool, on_fault: OnFault<'_, E>) -> Result<Decoded, E> {
    if s.is_ascii() {
        return Ok(Decoded::new(StrData::Ascii(s.to_vec()), s.len()));
    }
    let mut out = StrBuf::with_capacity(s.len());
    let mut i = 0;
    while i < s.len() {
        if s[i] < 128 {
            let n = s[i..].iter().position(|&b| b >= 128).unwrap_or(s.len() - i);
            out.push_ascii(&s[i..i + n]);
            i += n;
            continue;
        }
        let (len, reason) = match sequence(&s[i..]) {
            Some(Ok((c, n))) => {
                out.push(c);
                i += n;
                continue;
            }
            Some(Err(fault)) => fault,
            None if !last => break,
            None => (s.len() - i, "unexpected end of data"),
        };
        let fault = Fault {
            encoding: "utf-8",
            start: i,
            end: i + len,
            reason,
        };
        i = apply_decoded(&mut out, fault, s.len(), on_fault)?;
    }
    Ok(Decoded::new(out.finish(), i))
}

fn push(out: &mut Vec<u8>, c: u32) {
    match c {
        0..0x80 => out.push(c as u8),
        0x80..0x800 => out.extend([0xc0 | (c >> 6) as u8, 0x80 | (c & 63) as u8]),
        0x800..0x10000 => out.extend([
            0xe0 | (c >> 12) as u8,
            0x80 | (c >> 6 & 63) as u8,
            0x80 | (c & 63) as u8,
        ]),
        _ => out.extend([
            0xf0 | (c >> 18) as u8,
            0x80 | (c >> 12 & 63) as u8,
            0x80 | (c >> 6 & 63) as u8,
            0x80 | (c & 63) as u8,
        ]),
    }
}

/// UTF-8 with surrogates written as they are (the form `surrogatepass` gives).
pub fn utf8_lossless(s: StrRef<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    s.chars().for_each(|c| push(&mut out, c));
    out
}

/// Encodes; surrogates are faults, one for each run.
pub fn encode_utf8<E>(s: StrRef<'_>, on_fault: OnFault<'_, E>) -> Result<Vec<u8>, E> {
    if let StrRef::Ascii(u) = s {
        return Ok(u.to_vec());
    }
    each_kind!(s, u => encode_units(s, u, on_fault))
}

fn encode_units<U: Unit, E>(
    s: StrRef<'_>,
    u: &[U],
    on_fault: OnFault<'_, E>,
) -> Result<Vec<u8>, E> {
    let mut out = Vec::with_capacity(s.len() * 2);
    let mut i = 0;
    while i < u.len() {
        // ASCII runs in one go.
        let run = u[i..].iter().take_while(|c| c.cp() < 128).count();
        out.extend(u[i..i + run].iter().map(|c| c.cp() as u8));
        i += run;
        let Some(c) = u.get(i).map(|c| c.cp()) else {
            break;
        };
        if !(0xd800..0xe000).contains(&c) {
            push(&mut out, c);
            i += 1;
            continue;
        }
        let end = i + s
            .slice(i, s.len())
            .chars()
            .take_while(|c| (0xd800..0xe000).contains(c))
            .count();
        let fault = Fault {
            encoding: "utf-8",
            start: i,
            end,
            reason: "surrogates not allowed",
        };
        let (r, next) = on_fault(fault)?;
        match r {
            Replacement::Bytes(b) => out.extend(b),
            Replacement::Text(t) => {
                if t.as_ref().chars().any(|c| (0xd800..0xe000).contains(&c)) {
                    on_fault(fault).map(|_| ())?;
                }
                out.extend(utf8_lossless(t.as_ref()));
            }
        }
        i = next.min(s.len());
    }
    Ok(out)
}
