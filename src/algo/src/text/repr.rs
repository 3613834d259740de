//! `repr` and `ascii` of strings and bytes: Python's choice of quotes and escapes.

use super::{StrBuf, StrData, StrRef, Unit};
use crate::{each_kind, unicode};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `\xhh`, `\uhhhh` or `\Uhhhhhhhh`.
pub(crate) fn push_escape(out: &mut StrBuf, c: u32) {
    let (letter, digits) = match c {
        0..0x100 => (b'x', 2),
        0x100..0x10000 => (b'u', 4),
        _ => (b'U', 8),
    };
    out.push_ascii(&[b'\\', letter]);
    for i in (0..digits).rev() {
        out.push(u32::from(HEX[(c >> (4 * i)) as usize & 15]));
    }
}

fn quote_for(single: bool, double: bool) -> u32 {
    if single && !double { 0x22 } else { 0x27 }
}

fn quoted(s: StrRef<'_>, keep: fn(u32) -> bool) -> StrData {
    each_kind!(s, u => quoted_units(s, u, keep))
}

fn quoted_units<U: Unit>(s: StrRef<'_>, u: &[U], keep: fn(u32) -> bool) -> StrData {
    let has = |c: u32| U::from_cp(c).is_some_and(|c| U::position(u, c).is_some());
    let single = has(0x27);
    let quote = quote_for(single, single && has(0x22));
    let mut out = StrBuf::with_capacity(s.len() + 2);
    out.push(quote);
    // Runs that need no escape are copied whole.
    let mut from = 0;
    for (i, c) in u.iter().enumerate() {
        let c = c.cp();
        let plain = match c {
            0x5c => false,
            32..127 => c != quote,
            _ => c >= 128 && keep(c),
        };
        if plain {
            continue;
        }
        out.push_str(s.slice(from, i));
        from = i + 1;
        match c {
            9 => out.push_ascii(b"\\t"),
            10 => out.push_ascii(b"\\n"),
            13 => out.push_ascii(b"\\r"),
            0x5c => out.push_ascii(b"\\\\"),
            _ if c == quote => {
                out.push(0x5c);
                out.push(c);
            }
            _ => push_escape(&mut out, c),
        }
    }
    out.push_str(s.slice(from, u.len()));
    out.push(quote);
    out.finish()
}

/// `repr(str)`
pub fn repr(s: StrRef<'_>) -> StrData {
    quoted(s, unicode::is_printable)
}

/// `ascii(str)`
pub fn ascii(s: StrRef<'_>) -> StrData {
    quoted(s, |_| false)
}

/// `repr(bytes)`, with the `b` prefix.
pub fn bytes_repr(s: &[u8]) -> Vec<u8> {
    let quote = quote_for(s.contains(&b'\''), s.contains(&b'"')) as u8;
    let mut out = Vec::with_capacity(s.len() + 3);
    out.extend([b'b', quote]);
    for &c in s {
        match c {
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\\' => out.extend(b"\\\\"),
            _ if c == quote => out.extend([b'\\', c]),
            32..127 => out.push(c),
            _ => out.extend([
                b'\\',
                b'x',
                HEX[usize::from(c >> 4)],
                HEX[usize::from(c & 15)],
            ]),
        }
    }
    out.push(quote);
    out
}
