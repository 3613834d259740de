//! The codecs by a table: a str of 256 characters or a mapping for decoding, a mapping for encoding.

use super::convert::input;
use super::faults::Errors;
use crate::modules::prelude::*;
use threadsnake_algo::text::codec::{Decoded, Fault, OnFault, Replacement, decode_latin1};

const ENCODING: &str = "charmap";
const UNMAPPED: &str = "character maps to <undefined>";
/// What a decoding table says for a byte that stands for nothing.
const NOTHING: u32 = 0xfffe;

/// An encoding table from a decoding table: a dict from character to byte.
pub(super) fn build(th: &Thread, a: Args<'_>) -> Res {
    let s = th.text_of(a.get(0), "charmap_build() argument")?;
    let d = th.new_dict()?;
    for (i, c) in s.text().chars().enumerate() {
        if c != NOTHING {
            d.set_item(th, &th.int(i64::from(c)), th.int(i as i64))?;
        }
    }
    Ok(d.into_obj())
}

/// `mapping[n]`, `None` where there is nothing.
fn find(th: &Thread, mapping: &Obj, n: i64) -> Res<Option<Obj>> {
    match th.getitem(mapping, &th.int(n)) {
        Ok(o) if o.is_none() => Ok(None),
        Ok(o) => Ok(Some(o)),
        Err(e) if e.is(th, TypeId::LookupError) => Ok(None),
        Err(e) => Err(e),
    }
}

pub(super) fn decode(th: &Thread, a: Args<'_>) -> Res {
    let data = input(th, a.get(0))?;
    let errors = Errors::new(th, a.opt(1))?;
    let done = |text: StrData| tuple_of(th, [th.str_data(text)?, th.uint(data.len() as u64)]);
    let Some(mapping) = a.opt_not_none(2) else {
        return done(decode_latin1(&data));
    };
    let d = errors.decode(th, &data, |data, on| decode_by(th, mapping, data, on))?;
    done(d.text)
}

/// Decodes bytes by a table or a mapping.
fn decode_by(th: &Thread, mapping: &Obj, data: &[u8], on: OnFault<'_, Exc>) -> Res<Decoded> {
    let table = mapping.cast::<Str>();
    let mut out = StrBuf::with_capacity(data.len());
    let mut i = 0;
    while let Some(&b) = data.get(i) {
        let known = match table {
            Some(t) => match t.text().get(usize::from(b)) {
                Some(c) if c != NOTHING => {
                    out.push(c);
                    true
                }
                _ => false,
            },
            None => match find(th, mapping, i64::from(b))? {
                None => false,
                Some(o) => match (o.cast::<Str>(), o.as_small_int()) {
                    (Some(s), _) if s.len() == 1 && s.at(0) == NOTHING => false,
                    (Some(s), _) => {
                        out.push_str(s.text());
                        true
                    }
                    (None, Some(n)) if n == i64::from(NOTHING) => false,
                    (None, Some(n)) => match u32::try_from(n).ok().filter(|&c| c < 0x11_0000) {
                        Some(c) => {
                            out.push(c);
                            true
                        }
                        None => {
                            return Err(
                                th.type_error("character mapping must be in range(0x110000)")
                            );
                        }
                    },
                    _ => {
                        return Err(
                            th.type_error("character mapping must return integer, None or str")
                        );
                    }
                },
            },
        };
        if known {
            i += 1;
            continue;
        }
        let f = Fault {
            encoding: ENCODING,
            start: i,
            end: i + 1,
            reason: UNMAPPED,
        };
        let (r, next) = on(f)?;
        if let Replacement::Text(t) = r {
            out.push_str(t.as_ref());
        }
        i = next;
    }
    Ok(Decoded::new(out.finish(), i))
}

/// Appends the bytes of one character; `false`: it has none.
fn put_char(th: &Thread, mapping: Option<&Obj>, c: u32, out: &mut Vec<u8>) -> Res<bool> {
    let Some(mapping) = mapping else {
        if c < 256 {
            out.push(c as u8);
        }
        return Ok(c < 256);
    };
    let Some(o) = find(th, mapping, i64::from(c))? else {
        return Ok(false);
    };
    if let Some(n) = o.as_small_int() {
        match u8::try_from(n) {
            Ok(b) => out.push(b),
            Err(_) => return Err(th.type_error("character mapping must be in range(256)")),
        }
        return Ok(true);
    }
    if th.is_a(&o, TypeId::Bytes) {
        out.extend_from_slice(th.bytes_like(&o)?.bytes());
        return Ok(true);
    }
    Err(th.type_error(format!(
        "character mapping must return integer, bytes or None, not {}",
        th.type_name(&o)
    )))
}

pub(super) fn encode(th: &Thread, a: Args<'_>) -> Res {
    let s = th.text_of(a.get(0), "charmap_encode() argument 1")?;
    let errors = Errors::new(th, a.opt(1))?;
    let mapping = a.opt_not_none(2);
    let (text, n) = (s.text(), s.len());
    let mut out = Vec::with_capacity(n);
    let mut i = 0;
    while i < n {
        if put_char(th, mapping, text.at(i), &mut out)? {
            i += 1;
            continue;
        }
        // One fault for the whole run of characters without bytes.
        let mut end = i + 1;
        let mut scratch = Vec::new();
        while end < n && !put_char(th, mapping, text.at(end), &mut scratch)? {
            end += 1;
        }
        let f = Fault {
            encoding: ENCODING,
            start: i,
            end,
            reason: UNMAPPED,
        };
        let (r, next) = errors.on_encode(th, s, f)?;
        match r {
            Replacement::Bytes(b) => out.extend(b),
            Replacement::Text(t) => {
                for c in t.as_ref().chars() {
                    if !put_char(th, mapping, c, &mut out)? {
                        return Err(super::faults::encode_error(th, s, f)?);
                    }
                }
            }
        }
        i = next;
    }
    tuple_of(th, [th.bytes(&out)?, th.uint(n as u64)])
}
