//! The table of methods that `bytes` and `bytearray` share, and those of case, classes, stripping and padding.

use super::{ByteArray, itself, same, view};
use crate::builtins::str::arg;
use crate::object::bytes::Bytes;
use crate::object::def::MethodDef;
use crate::object::obj::Obj;
use crate::object::sig::Args;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::layout::center_margins;
use threadsnake_algo::text::split::{Ends, byte_space, strip_units};

/// The shared methods and `own` ones as one table.
macro_rules! table {
    ($($own:expr),* $(,)?) => {{
        use $crate::builtins::bytes::{hex, methods as m, search};
        use $crate::object::def::MethodDef;
        const TABLE: &[MethodDef] = &[
            MethodDef::new("capitalize", "($self, /)", m::capitalize),
            MethodDef::new("center", "($self, width, fillchar=b' ', /)", m::center),
            MethodDef::new("count", "($self, sub, start=None, end=None, /)", search::count),
            MethodDef::new("decode", "($self, /, encoding='utf-8', errors='strict')", m::decode)
                .doc("Decode the bytes using the codec registered for encoding."),
            MethodDef::new("endswith", "($self, suffix, start=None, end=None, /)", search::endswith),
            MethodDef::new("expandtabs", "($self, /, tabsize=8)", m::expandtabs),
            MethodDef::new("find", "($self, sub, start=None, end=None, /)", search::find),
            MethodDef::class("fromhex", "($cls, string, /)", hex::fromhex)
                .doc("Create a bytes object from a string of hexadecimal numbers."),
            MethodDef::new("hex", "($self, /, sep=<unrepresentable>, bytes_per_sep=1)", hex::hex)
                .doc("Create a string of hexadecimal numbers from a bytes object."),
            MethodDef::new("index", "($self, sub, start=None, end=None, /)", search::index),
            MethodDef::new("isalnum", "($self, /)", |th, a| m::all(th, a, |b| b.is_ascii_alphanumeric())),
            MethodDef::new("isalpha", "($self, /)", |th, a| m::all(th, a, |b| b.is_ascii_alphabetic())),
            MethodDef::new("isascii", "($self, /)", m::isascii),
            MethodDef::new("isdigit", "($self, /)", |th, a| m::all(th, a, |b| b.is_ascii_digit())),
            MethodDef::new("islower", "($self, /)", m::islower),
            MethodDef::new("isspace", "($self, /)", |th, a| m::all(th, a, |b| matches!(b, 9..=13 | 32))),
            MethodDef::new("istitle", "($self, /)", m::istitle),
            MethodDef::new("isupper", "($self, /)", m::isupper),
            MethodDef::new("join", "($self, iterable_of_bytes, /)", search::join)
                .doc("Concatenate any number of bytes objects."),
            MethodDef::new("ljust", "($self, width, fillchar=b' ', /)", m::ljust),
            MethodDef::new("lower", "($self, /)", |th, a| m::mapped(th, a, |b| b.to_ascii_lowercase())),
            MethodDef::new("lstrip", "($self, bytes=None, /)", m::lstrip),
            MethodDef::stat("maketrans", "(frm, to, /)", m::maketrans),
            MethodDef::new("partition", "($self, sep, /)", search::partition),
            MethodDef::new("removeprefix", "($self, prefix, /)", search::removeprefix),
            MethodDef::new("removesuffix", "($self, suffix, /)", search::removesuffix),
            MethodDef::new("replace", "($self, old, new, count=-1, /)", search::replace),
            MethodDef::new("rfind", "($self, sub, start=None, end=None, /)", search::rfind),
            MethodDef::new("rindex", "($self, sub, start=None, end=None, /)", search::rindex),
            MethodDef::new("rjust", "($self, width, fillchar=b' ', /)", m::rjust),
            MethodDef::new("rpartition", "($self, sep, /)", search::rpartition),
            MethodDef::new("rsplit", "($self, /, sep=None, maxsplit=-1)", search::rsplit),
            MethodDef::new("rstrip", "($self, bytes=None, /)", m::rstrip),
            MethodDef::new("split", "($self, /, sep=None, maxsplit=-1)", search::split),
            MethodDef::new("splitlines", "($self, /, keepends=False)", search::splitlines),
            MethodDef::new("startswith", "($self, prefix, start=None, end=None, /)", search::startswith),
            MethodDef::new("strip", "($self, bytes=None, /)", m::strip),
            MethodDef::new("swapcase", "($self, /)", |th, a| m::mapped(th, a, m::swapped)),
            MethodDef::new("title", "($self, /)", m::title),
            MethodDef::new("translate", "($self, table, /, delete=b'')", m::translate),
            MethodDef::new("upper", "($self, /)", |th, a| m::mapped(th, a, |b| b.to_ascii_uppercase())),
            MethodDef::new("zfill", "($self, width, /)", m::zfill),
            $($own),*
        ];
        TABLE
    }};
}
pub(super) use table;

pub(super) static METHODS: &[MethodDef] = table![
    MethodDef::new("__bytes__", "($self, /)", |th, a| {
        let o = a.get(0);
        if o.is_exact::<Bytes>() {
            Ok(o.clone())
        } else {
            th.bytes(&view(th, o)?)
        }
    })
    .doc("Convert this value to exact type bytes."),
    MethodDef::new("__getnewargs__", "($self, /)", |th, a| {
        let copy = th.bytes(&view(th, a.get(0))?)?;
        th.tuple(vec![copy])
    }),
    MethodDef::new("__sizeof__", "($self, /)", |th, a| Ok(
        th.int(33 + view(th, a.get(0))?.len() as i64)
    )),
];

pub(super) fn decode(th: &Thread, a: Args<'_>) -> Res {
    let encoding = a
        .opt(1)
        .map(|e| arg(th, e, "decode() argument 'encoding'"))
        .transpose()?;
    let errors = a
        .opt(2)
        .map(|e| arg(th, e, "decode() argument 'errors'"))
        .transpose()?;
    crate::builtins::codec::decode(th, a.get(0), encoding, errors)
}

pub(super) fn mapped(th: &Thread, a: Args<'_>, f: fn(&u8) -> u8) -> Res {
    let v = view(th, a.get(0))?.iter().map(f).collect();
    same(th, a.get(0), v)
}

pub(super) fn swapped(b: &u8) -> u8 {
    if b.is_ascii_lowercase() {
        b.to_ascii_uppercase()
    } else {
        b.to_ascii_lowercase()
    }
}

pub(super) fn capitalize(th: &Thread, a: Args<'_>) -> Res {
    let mut v = view(th, a.get(0))?.to_ascii_lowercase();
    if let Some(b) = v.first_mut() {
        b.make_ascii_uppercase();
    }
    same(th, a.get(0), v)
}

pub(super) fn title(th: &Thread, a: Args<'_>) -> Res {
    let mut v = view(th, a.get(0))?.to_vec();
    let mut within = false;
    for b in &mut v {
        *b = if within {
            b.to_ascii_lowercase()
        } else {
            b.to_ascii_uppercase()
        };
        within = b.is_ascii_alphabetic();
    }
    same(th, a.get(0), v)
}

pub(super) fn all(th: &Thread, a: Args<'_>, f: fn(&u8) -> bool) -> Res {
    let v = view(th, a.get(0))?;
    Ok(Obj::bool(!v.is_empty() && v.iter().all(f)))
}

pub(super) fn isascii(th: &Thread, a: Args<'_>) -> Res {
    Ok(Obj::bool(view(th, a.get(0))?.is_ascii()))
}

fn one_case(th: &Thread, a: Args<'_>, wanted: fn(&u8) -> bool, other: fn(&u8) -> bool) -> Res {
    let v = view(th, a.get(0))?;
    Ok(Obj::bool(v.iter().any(wanted) && !v.iter().any(other)))
}

pub(super) fn islower(th: &Thread, a: Args<'_>) -> Res {
    one_case(th, a, u8::is_ascii_lowercase, u8::is_ascii_uppercase)
}

pub(super) fn isupper(th: &Thread, a: Args<'_>) -> Res {
    one_case(th, a, u8::is_ascii_uppercase, u8::is_ascii_lowercase)
}

pub(super) fn istitle(th: &Thread, a: Args<'_>) -> Res {
    let (mut cased, mut within) = (false, false);
    for b in view(th, a.get(0))?.iter() {
        // An upper case letter starts a word, a lower case one continues it.
        if (b.is_ascii_uppercase() && within) || (b.is_ascii_lowercase() && !within) {
            return Ok(Obj::FALSE);
        }
        within = b.is_ascii_alphabetic();
        cased |= within;
    }
    Ok(Obj::bool(cased))
}

fn stripped(th: &Thread, a: Args<'_>, ends: Ends) -> Res {
    let chars = a.opt_not_none(1).map(|o| view(th, o)).transpose()?;
    let s = view(th, a.get(0))?;
    let (start, end) = match chars {
        None => strip_units(&s, ends, byte_space),
        Some(chars) => {
            let mut within = [false; 256];
            chars.iter().for_each(|&b| within[usize::from(b)] = true);
            strip_units(&s, ends, |c| {
                within.get(c as usize).copied().unwrap_or(false)
            })
        }
    };
    if (start, end) == (0, s.len()) {
        itself(th, a.get(0))
    } else {
        same(th, a.get(0), s[start..end].to_vec())
    }
}

pub(super) fn strip(th: &Thread, a: Args<'_>) -> Res {
    stripped(th, a, Ends::Both)
}

pub(super) fn lstrip(th: &Thread, a: Args<'_>) -> Res {
    stripped(th, a, Ends::Left)
}

pub(super) fn rstrip(th: &Thread, a: Args<'_>) -> Res {
    stripped(th, a, Ends::Right)
}

fn padded(
    th: &Thread,
    a: Args<'_>,
    name: &str,
    margins: fn(usize, usize) -> (usize, usize),
) -> Res {
    let width = usize::try_from(th.index_i64(a.get(1))?).unwrap_or(0);
    let fill = match a.opt(2) {
        None => b' ',
        Some(o) if o.cast::<Bytes>().is_some() || o.cast::<ByteArray>().is_some() => {
            match &*view(th, o)? {
                [b] => *b,
                v => {
                    let (ty, n) = (th.type_name(o), v.len());
                    return Err(th.type_error(format!(
                    "{name}(): argument 2 must be a byte string of length 1, not a {ty} object of length {n}"
                )));
                }
            }
        }
        Some(o) => {
            let ty = th.type_name(o);
            return Err(th.type_error(format!(
                "{name}() argument 2 must be a byte string of length 1, not {ty}"
            )));
        }
    };
    let s = view(th, a.get(0))?;
    if width <= s.len() {
        return itself(th, a.get(0));
    }
    th.reserve(width)?;
    let (left, right) = margins(s.len(), width);
    let mut out = vec![fill; left];
    out.extend_from_slice(&s);
    out.resize(left + s.len() + right, fill);
    same(th, a.get(0), out)
}

pub(super) fn center(th: &Thread, a: Args<'_>) -> Res {
    padded(th, a, "center", center_margins)
}

pub(super) fn ljust(th: &Thread, a: Args<'_>) -> Res {
    padded(th, a, "ljust", |len, width| (0, width - len))
}

pub(super) fn rjust(th: &Thread, a: Args<'_>) -> Res {
    padded(th, a, "rjust", |len, width| (width - len, 0))
}

pub(super) fn zfill(th: &Thread, a: Args<'_>) -> Res {
    let width = usize::try_from(th.index_i64(a.get(1))?).unwrap_or(0);
    let s = view(th, a.get(0))?;
    if width <= s.len() {
        return itself(th, a.get(0));
    }
    th.reserve(width)?;
    let signed = usize::from(matches!(s.first(), Some(b'+' | b'-')));
    let mut out = s[..signed].to_vec();
    out.resize(signed + width - s.len(), b'0');
    out.extend_from_slice(&s[signed..]);
    same(th, a.get(0), out)
}

pub(super) fn expandtabs(th: &Thread, a: Args<'_>) -> Res {
    let size = a.opt(1).map_or(Ok(8), |o| th.index_i64(o))?;
    if i32::try_from(size).is_err() {
        return Err(th.overflow_error("Python int too large to convert to C int"));
    }
    let size = usize::try_from(size).unwrap_or(0);
    let s = view(th, a.get(0))?;
    let tabs = s.iter().filter(|&&b| b == b'\t').count();
    th.reserve(s.len().saturating_add(tabs.saturating_mul(size)))?;
    let (mut out, mut column) = (Vec::with_capacity(s.len()), 0);
    for &b in s.iter() {
        match b {
            b'\t' => {
                if size > 0 {
                    let n = size - column % size;
                    out.resize(out.len() + n, b' ');
                    column += n;
                }
            }
            _ => {
                out.push(b);
                column = if matches!(b, b'\n' | b'\r') {
                    0
                } else {
                    column + 1
                };
            }
        }
    }
    same(th, a.get(0), out)
}

pub(super) fn maketrans(th: &Thread, a: Args<'_>) -> Res {
    let (from, to) = (view(th, a.get(0))?, view(th, a.get(1))?);
    if from.len() != to.len() {
        return Err(th.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (&f, &t) in from.iter().zip(to.iter()) {
        table[usize::from(f)] = t;
    }
    th.bytes(&table)
}

pub(super) fn translate(th: &Thread, a: Args<'_>) -> Res {
    let table = a.opt_not_none(1).map(|o| view(th, o)).transpose()?;
    if table.as_ref().is_some_and(|t| t.len() != 256) {
        return Err(th.value_error("translation table must be 256 characters long"));
    }
    let mut gone = [false; 256];
    if let Some(d) = a.opt(2) {
        view(th, d)?
            .iter()
            .for_each(|&b| gone[usize::from(b)] = true);
    }
    let s = view(th, a.get(0))?;
    let kept = s.iter().filter(|&&b| !gone[usize::from(b)]);
    let out: Vec<u8> = match &table {
        Some(t) => kept.map(|&b| t[usize::from(b)]).collect(),
        None => kept.copied().collect(),
    };
    if out == *s {
        itself(th, a.get(0))
    } else {
        same(th, a.get(0), out)
    }
}
