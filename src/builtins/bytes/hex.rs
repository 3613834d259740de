//! `hex` and `fromhex`.

use super::{ByteArray, view};
use crate::object::obj::Obj;
use crate::object::sig::Args;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::StrData;

/// The separator and group size that `hex` takes.
pub fn hex_args(th: &Thread, sep: Option<&Obj>, group: Option<&Obj>) -> Res<Option<(u8, i64)>> {
    let Some(sep) = sep else { return Ok(None) };
    let group = group.map_or(Ok(1), |o| th.index_i64(o))?;
    if i32::try_from(group).is_err() {
        return Err(th.overflow_error("Python int too large to convert to C int"));
    }
    if th.len(sep)? != 1 {
        return Err(th.value_error("sep must be length 1."));
    }
    let c = if let Some(s) = sep.cast::<Str>() {
        match u8::try_from(s.at(0)) {
            Ok(b) if b < 128 => b,
            _ => return Err(th.value_error("sep must be ASCII.")),
        }
    } else if th.is_a(sep, TypeId::Bytes) {
        match view(th, sep)?[0] {
            b if b < 128 => b,
            _ => return Err(th.value_error("sep must be ASCII.")),
        }
    } else {
        return Err(th.type_error("sep must be str or bytes."));
    };
    Ok(Some((c, group)))
}

/// Digits of bytes, with a separator between groups counted from the right (from the left for a negative size).
pub fn hex_of(th: &Thread, bytes: &[u8], sep: Option<(u8, i64)>) -> Res {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    th.reserve(bytes.len().saturating_mul(3))?;
    let mut out = Vec::with_capacity(bytes.len() * 3);
    let n = bytes.len();
    for (i, &b) in bytes.iter().enumerate() {
        if let Some((c, group)) = sep {
            let size = usize::try_from(group.unsigned_abs()).unwrap_or(usize::MAX);
            let place = if group > 0 { n - i } else { i };
            if i > 0 && size > 0 && place % size == 0 {
                out.push(c);
            }
        }
        out.push(DIGITS[usize::from(b >> 4)]);
        out.push(DIGITS[usize::from(b & 15)]);
    }
    th.str_data(StrData::Ascii(out))
}

pub(super) fn hex(th: &Thread, a: Args<'_>) -> Res {
    let sep = hex_args(th, a.opt(1), a.opt(2))?;
    let v = view(th, a.get(0))?;
    hex_of(th, &v, sep)
}

pub(super) fn fromhex(th: &Thread, a: Args<'_>) -> Res {
    let x = a.get(1);
    let digits: Vec<u32> = if let Some(s) = x.cast::<Str>() {
        s.text().chars().collect()
    } else if let Some(v) = super::view_opt(th, x)? {
        v.iter().map(|&b| u32::from(b)).collect()
    } else {
        return Err(th.type_error(format!(
            "fromhex() argument must be str or bytes-like, not {}",
            th.type_name(x)
        )));
    };
    let value = |c: Option<&u32>| {
        c.and_then(|&c| char::from_u32(c))
            .and_then(|c| c.to_digit(16))
    };
    let mut out = Vec::with_capacity(digits.len() / 2);
    let mut i = 0;
    while i < digits.len() {
        if matches!(digits[i], 9..=13 | 32) {
            i += 1;
            continue;
        }
        let (high, low) = (value(digits.get(i)), value(digits.get(i + 1)));
        match (high, low) {
            (Some(h), Some(l)) => out.push((h * 16 + l) as u8),
            (Some(_), None) if i + 1 >= digits.len() => {
                return Err(th.value_error(
                    "fromhex() arg must contain an even number of hexadecimal digits",
                ));
            }
            (h, _) => {
                let at = i + usize::from(h.is_some());
                return Err(th.value_error(format!(
                    "non-hexadecimal number found in fromhex() arg at position {at}"
                )));
            }
        }
        i += 2;
    }
    let cls = a.get(0);
    if cls.is(th.ty(TypeId::ByteArray).obj()) {
        return ByteArray::make(th, out);
    }
    let plain = th.bytes(&out)?;
    match cls.cast::<Type>() {
        Some(c) if c.obj().is(th.ty(TypeId::Bytes).obj()) => Ok(plain),
        _ => th.call(cls, &[plain]),
    }
}
