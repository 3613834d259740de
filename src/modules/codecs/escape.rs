//! The codecs of escapes: bytes literals, `unicode_escape`, `raw_unicode_escape`.

use super::convert::input;
use super::faults::Errors;
use crate::modules::prelude::*;
use threadsnake_algo::text::codec::{
    decode_raw_unicode_escape, decode_unicode_escape, encode_raw_unicode_escape,
    encode_unicode_escape,
};

fn with_length(th: &Thread, o: Obj, n: usize) -> Res {
    tuple_of(th, [o, th.uint(n as u64)])
}

pub(super) fn escape_decode(th: &Thread, a: Args<'_>) -> Res {
    let data = input(th, a.get(0))?;
    let errors = match a.opt_not_none(1) {
        None => "strict".to_owned(),
        Some(o) => th.text_of(o, "argument 'errors'")?.to_rust(),
    };
    let mut out = Vec::with_capacity(data.len());
    let mut i = 0;
    while let Some(&c) = data.get(i) {
        i += 1;
        if c != b'\\' {
            out.push(c);
            continue;
        }
        let Some(&e) = data.get(i) else {
            return Err(th.value_error("Trailing \\ in string"));
        };
        i += 1;
        match e {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(e),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b't' => out.push(9),
            b'n' => out.push(10),
            b'r' => out.push(13),
            b'v' => out.push(11),
            b'a' => out.push(7),
            b'0'..=b'7' => {
                let mut n = u32::from(e - b'0');
                for _ in 0..2 {
                    let Some(d @ b'0'..=b'7') = data.get(i) else {
                        break;
                    };
                    n = n * 8 + u32::from(d - b'0');
                    i += 1;
                }
                out.push(n as u8);
            }
            b'x' => {
                let digit = |k: usize| data.get(k).and_then(|&d| char::from(d).to_digit(16));
                match (digit(i), digit(i + 1)) {
                    (Some(x), Some(y)) => {
                        out.push((x * 16 + y) as u8);
                        i += 2;
                    }
                    (x, _) => {
                        match errors.as_str() {
                            "strict" => {
                                let at = i - 2;
                                return Err(
                                    th.value_error(format!("invalid \\x escape at position {at}"))
                                );
                            }
                            "replace" => out.push(b'?'),
                            "ignore" => {}
                            other => {
                                return Err(th.value_error(format!(
                                    "decoding error; unknown error handling code: {other}"
                                )));
                            }
                        }
                        i += usize::from(x.is_some());
                    }
                }
            }
            _ => out.extend([b'\\', e]),
        }
    }
    with_length(th, th.bytes(&out)?, data.len())
}

pub(super) fn escape_encode(th: &Thread, a: Args<'_>) -> Res {
    if !th.is_a(a.get(0), TypeId::Bytes) {
        return Err(th.type_error(format!(
            "escape_encode() argument 1 must be bytes, not {}",
            th.type_name(a.get(0))
        )));
    }
    let data = th.bytes_like(a.get(0))?;
    let mut out = Vec::with_capacity(data.len());
    for &c in data.bytes() {
        match c {
            b'\'' | b'\\' => out.extend([b'\\', c]),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            32..127 => out.push(c),
            _ => out.extend(format!("\\x{c:02x}").bytes()),
        }
    }
    with_length(th, th.bytes(&out)?, data.len())
}

pub(super) fn unicode_decode(th: &Thread, a: Args<'_>) -> Res {
    let data = input(th, a.get(0))?;
    let errors = Errors::new(th, a.opt(1))?;
    let last = a.opt(2).map_or(Ok(true), |o| th.truthy(o))?;
    let mut unknown = None;
    let d = errors.decode(th, &data, |data, on| {
        decode_unicode_escape(data, last, &mut |at| unknown = unknown.or(Some(at)), on)
    })?;
    if let Some(&c) = unknown.and_then(|at| data.get(at + 1)) {
        let text = if c.is_ascii_digit() {
            "\"\\{}\" is an invalid octal escape sequence"
        } else {
            "\"\\{}\" is an invalid escape sequence"
        };
        th.warn(
            TypeId::DeprecationWarning,
            &text.replace("{}", &char::from(c).to_string()),
        )?;
    }
    with_length(th, th.str_data(d.text)?, d.consumed)
}

pub(super) fn raw_decode(th: &Thread, a: Args<'_>) -> Res {
    let data = input(th, a.get(0))?;
    let errors = Errors::new(th, a.opt(1))?;
    let last = a.opt(2).map_or(Ok(true), |o| th.truthy(o))?;
    let d = errors.decode(th, &data, |data, on| {
        decode_raw_unicode_escape(data, last, on)
    })?;
    with_length(th, th.str_data(d.text)?, d.consumed)
}

pub(super) fn unicode_encode(th: &Thread, a: Args<'_>) -> Res {
    let s = th.text_of(a.get(0), "unicode_escape_encode() argument 1")?;
    with_length(th, th.bytes(&encode_unicode_escape(s.text()))?, s.len())
}

pub(super) fn raw_encode(th: &Thread, a: Args<'_>) -> Res {
    let s = th.text_of(a.get(0), "raw_unicode_escape_encode() argument 1")?;
    with_length(th, th.bytes(&encode_raw_unicode_escape(s.text()))?, s.len())
}
