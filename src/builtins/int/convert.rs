//! `int(…)` in all its forms.

use super::super::number::{self, IntRef};
use crate::object::int::BigInt;
use crate::object::obj::{Obj, Py};
use crate::object::slots::CallArgs;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use std::borrow::Cow;
use threadsnake_algo::int::{self as algo, Int, IntError};
use threadsnake_algo::text::StrRef;
use threadsnake_algo::text::split::str_space;
use threadsnake_algo::unicode;

/// `int.__new__`
pub(super) fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let made = if let ([x], true) = (args.all, args.kwnames.is_empty()) {
        int_of(th, x)?
    } else if args.kwnames.is_empty() && args.all.len() > 2 {
        return Err(th.type_error(format!(
            "int expected at most 2 arguments, got {}",
            args.all.len()
        )));
    } else {
        th.bind("int", "(x=0, /, base=10)", args, |a| {
            let Some(base) = a.opt(1) else {
                return match a.opt(0) {
                    Some(x) => int_of(th, x),
                    None => Ok(Obj::small_int(0)),
                };
            };
            let Some(x) = a.opt(0) else {
                return Err(th.type_error("int() missing string argument"));
            };
            let base = th.index_clamped(base)?;
            if base != 0 && !(2..=36).contains(&base) {
                return Err(th.value_error("int() base must be >= 2 and <= 36, or 0"));
            }
            if let Some(s) = x.cast::<Str>() {
                from_text(th, x, s.text(), base as u32)
            } else if th.is_a(x, TypeId::Bytes) || th.is_a(x, TypeId::ByteArray) {
                from_bytes(th, x, base as u32)
            } else {
                Err(th.type_error("int() can't convert non-string with explicit base"))
            }
        })?
    };
    if cls.obj().is(th.ty(TypeId::Int).obj()) {
        return super::itself(th, &made);
    }
    match IntRef::of(&made) {
        Some(n) => Ok(th
            .alloc_as::<BigInt>(
                cls,
                BigInt {
                    n: n.big().into_owned(),
                },
            )?
            .into_obj()),
        None => Err(th.system_error("int without a value")),
    }
}

/// `int(x)` of one argument.
fn int_of(th: &Thread, x: &Obj) -> Res {
    if x.value().is_int() {
        return Ok(x.clone());
    }
    if let Some(n) = x.exact::<Str>().and_then(|s| few_digits(s)) {
        return Ok(Obj::small_int(n));
    }
    if let Some(n) = int_of_number(th, x)? {
        return Ok(n);
    }
    if let Some(s) = x.cast::<Str>() {
        return from_text(th, x, s.text(), 10);
    }
    if th.is_a(x, TypeId::Bytes)
        || th.is_a(x, TypeId::ByteArray)
        || th.type_of(x).slots().buffer.is_some()
    {
        return from_bytes(th, x, 10);
    }
    Err(th.type_error(format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{}'",
        th.type_name(x)
    )))
}

/// The value of a text of few ASCII digits and nothing else.
#[inline]
fn few_digits(s: &Str) -> Option<i64> {
    let text = s.as_ascii()?.as_bytes();
    // 14 digits fit an inline integer.
    if text.is_empty() || text.len() > 14 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
}

/// The plain int that a number converts to through `__int__` or `__index__`; `None` when its type has neither.
pub fn int_of_number(th: &Thread, x: &Obj) -> Res<Option<Obj>> {
    let slots = th.type_of(x).slots();
    let (made, method) = match (slots.int, slots.index) {
        (Some(f), _) => (f(th, x)?, "__int__"),
        (None, Some(f)) => (f(th, x)?, "__index__"),
        (None, None) => return Ok(None),
    };
    if made.value().is_int() || made.is_exact::<BigInt>() {
        return Ok(Some(made));
    }
    let ty = th.type_name(&made);
    if IntRef::of(&made).is_none() {
        return Err(th.type_error(format!("{method} returned non-int (type {ty})")));
    }
    th.warn(
        TypeId::DeprecationWarning,
        &format!(
            "{method} returned non-int (type {ty}).  The ability to return an instance of a strict subclass of int is \
             deprecated, and may not be supported in a future version of Python."
        ),
    )?;
    super::itself(th, &made).map(Some)
}

/// Text with digits of all scripts as ASCII digits and white space as spaces; what is neither becomes `?`.
pub(crate) fn to_ascii_digits(s: StrRef<'_>) -> Cow<'_, [u8]> {
    if let StrRef::Ascii(u) = s {
        return Cow::Borrowed(u);
    }
    let ascii = |c: u32| match c {
        0..127 => c as u8,
        _ if str_space(c) => b' ',
        _ => unicode::decimal(c).map_or(b'?', |d| b'0' + d),
    };
    Cow::Owned(s.chars().map(ascii).collect())
}

/// What is left between white space.
pub(crate) fn strip_space(s: &[u8]) -> &[u8] {
    let space = |b: &u8| matches!(b, 9..=13 | 32);
    let start = s.iter().position(|b| !space(b)).unwrap_or(s.len());
    let end = s.iter().rposition(|b| !space(b)).map_or(start, |i| i + 1);
    &s[start..end]
}

/// `int(text, base)`; `o` is the object for the error message.
pub fn from_text(th: &Thread, o: &Obj, text: StrRef<'_>, base: u32) -> Res {
    let digits = to_ascii_digits(text);
    parse(th, o, &digits, base)
}

fn from_bytes(th: &Thread, o: &Obj, base: u32) -> Res {
    let buffer = th.bytes_like(o)?;
    // The message shows the bytes, whatever lent them.
    let digits = buffer.bytes().to_vec();
    drop(buffer);
    let shown = if th.is_a(o, TypeId::Bytes) {
        o.clone()
    } else {
        th.bytes(&digits)?
    };
    parse(th, &shown, &digits, base)
}

fn parse(th: &Thread, o: &Obj, digits: &[u8], base: u32) -> Res {
    match algo::parse_int(strip_space(digits), base, th.int_max_str_digits()) {
        Ok(Int::Small(n)) => Ok(th.int(n)),
        Ok(Int::Big(n)) => Ok(th.bigint(n)),
        Err(e) => Err(parse_error(th, o, e)),
    }
}

#[cold]
fn parse_error(th: &Thread, o: &Obj, e: IntError) -> Exc {
    if !matches!(e, IntError::InvalidLiteral(_)) {
        return number::int_error(th, e);
    }
    match th.repr(o) {
        Ok(r) => {
            let shown = r.text().slice(0, 200).to_string_lossy();
            th.value_error(format!("{e}: {shown}"))
        }
        Err(e) => e,
    }
}
