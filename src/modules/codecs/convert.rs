//! The codecs that need no tables.

use super::faults::Errors;
use super::registry;
use crate::modules::prelude::*;
use threadsnake_algo::text::codec::{
    self, Decoded, Fault, Order, Replacement, decode_ascii, decode_latin1, decode_utf7,
    decode_utf8, decode_utf16, decode_utf32, encode_ascii, encode_latin1, encode_utf7, encode_utf8,
    encode_utf16, encode_utf32,
};

/// A native codec.
#[derive(Clone, Copy)]
pub(super) enum Codec {
    Utf7,
    Utf8,
    Ascii,
    Latin1,
    Utf16,
    Utf16Le,
    Utf16Be,
    Utf32,
    Utf32Le,
    Utf32Be,
}

impl Codec {
    pub(super) fn encode(self, th: &Thread, s: &Py<Str>, errors: &Errors) -> Res<Vec<u8>> {
        let t = s.text();
        let mut on = |f: Fault| -> Res<(Replacement, usize)> { errors.on_encode(th, s, f) };
        match self {
            Codec::Utf7 => Ok(encode_utf7(t)),
            Codec::Utf8 => encode_utf8(t, &mut on),
            Codec::Ascii => encode_ascii(t, &mut on),
            Codec::Latin1 => encode_latin1(t, &mut on),
            Codec::Utf16 => encode_utf16(t, Order::Native, &mut on),
            Codec::Utf16Le => encode_utf16(t, Order::Little, &mut on),
            Codec::Utf16Be => encode_utf16(t, Order::Big, &mut on),
            Codec::Utf32 => encode_utf32(t, Order::Native, &mut on),
            Codec::Utf32Le => encode_utf32(t, Order::Little, &mut on),
            Codec::Utf32Be => encode_utf32(t, Order::Big, &mut on),
        }
    }

    pub(super) fn decode(
        self,
        th: &Thread,
        data: &[u8],
        last: bool,
        errors: &Errors,
    ) -> Res<Decoded> {
        errors.decode(th, data, |data, on| match self {
            Codec::Utf7 => decode_utf7(data, last, on),
            Codec::Utf8 => decode_utf8(data, last, on),
            Codec::Ascii => decode_ascii(data, on),
            Codec::Latin1 => Ok(Decoded::new(decode_latin1(data), data.len())),
            Codec::Utf16 => decode_utf16(data, Order::Native, last, on),
            Codec::Utf16Le => decode_utf16(data, Order::Little, last, on),
            Codec::Utf16Be => decode_utf16(data, Order::Big, last, on),
            Codec::Utf32 => decode_utf32(data, Order::Native, last, on),
            Codec::Utf32Le => decode_utf32(data, Order::Little, last, on),
            Codec::Utf32Be => decode_utf32(data, Order::Big, last, on),
        })
    }
}

/// `s.encode(encoding, errors)`
pub fn encode(th: &Thread, s: &Py<Str>, encoding: &str, errors: Option<&str>) -> Res {
    if let Some(c) = registry::native(encoding) {
        let out = c.encode(th, s, &Errors::from_name(errors.unwrap_or("strict")))?;
        return th.bytes(&out);
    }
    let r = registry::run(th, 0, s.obj(), encoding, errors)?;
    if th.is_a(&r, TypeId::Bytes) {
        return Ok(r);
    }
    Err(th.type_error(format!(
        "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
        th.type_name(&r)
    )))
}

/// `data.decode(encoding, errors)` of bytes, or of what `o` lends.
pub fn decode(th: &Thread, o: &Obj, encoding: &str, errors: Option<&str>) -> Res {
    if let Some(c) = registry::native(encoding) {
        let data = th.bytes_like(o)?;
        let d = c.decode(
            th,
            data.bytes(),
            true,
            &Errors::from_name(errors.unwrap_or("strict")),
        )?;
        return th.str_data(d.text);
    }
    let r = registry::run(th, 1, o, encoding, errors)?;
    if r.cast::<Str>().is_some() {
        return Ok(r);
    }
    Err(th.type_error(format!(
        "'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types",
        th.type_name(&r)
    )))
}

/// The bytes to decode: bytes-like, or the UTF-8 form of a str.
pub(super) fn input(th: &Thread, o: &Obj) -> Res<Vec<u8>> {
    match o.cast::<Str>() {
        Some(s) => Ok(codec::utf8_lossless(s.text())),
        None => Ok(th.bytes_like(o)?.bytes().to_vec()),
    }
}

pub(super) fn decode_function(th: &Thread, a: Args<'_>, c: Codec) -> Res {
    let errors = Errors::new(th, a.opt(1))?;
    // ASCII and Latin-1 decode everything at once whatever the third argument.
    let last = a.flag(th, 2)?;
    let data = th.bytes_like(a.get(0))?;
    let d = c.decode(th, data.bytes(), last, &errors)?;
    tuple_of(th, [th.str_data(d.text)?, th.uint(d.consumed as u64)])
}

pub(super) fn encode_function(th: &Thread, a: Args<'_>, c: Codec) -> Res {
    let Some(s) = a.get(0).cast::<Str>() else {
        return Err(th.type_error(format!(
            "encode() argument 1 must be str, not {}",
            th.type_name(a.get(0))
        )));
    };
    let out = c.encode(th, s, &Errors::new(th, a.opt(1))?)?;
    tuple_of(th, [th.bytes(&out)?, th.uint(s.len() as u64)])
}

/// `utf_16_ex_decode` and `utf_32_ex_decode`: the byte order goes in and out (-1 little, 0 by mark, 1 big).
pub(super) fn decode_with_order(th: &Thread, a: Args<'_>, sixteen: bool) -> Res {
    let errors = Errors::new(th, a.opt(1))?;
    let order = match a.opt(2).map_or(Ok(0), |o| th.index_i64(o))? {
        0 => Order::Native,
        n if n < 0 => Order::Little,
        _ => Order::Big,
    };
    let last = a.flag(th, 3)?;
    let data = th.bytes_like(a.get(0))?;
    let d = errors.decode(th, data.bytes(), |data, on| match sixteen {
        true => decode_utf16(data, order, last, on),
        false => decode_utf32(data, order, last, on),
    })?;
    let order = match d.order {
        Order::Native => 0,
        Order::Little => -1,
        Order::Big => 1,
    };
    tuple_of(
        th,
        [
            th.str_data(d.text)?,
            th.uint(d.consumed as u64),
            th.int(order),
        ],
    )
}
