//! `str`.
//!
//! `methods` is the table with case, classes, stripping and padding; `search` finds, cuts, joins and replaces; `markup` reads
//! `str.format` strings and `format` applies them; `percent` is `%`; `translate`, `iter` say what they are. The algorithms
//! are in `threadsnake_algo::text`.

mod format;
mod iter;
pub mod markup;
mod methods;
mod percent;
mod search;
mod spec;
mod translate;

use crate::object::def::{TypeDef, type_flags};
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::slice::{Part, Slice};
use crate::object::slots::{BinOp, CallArgs, CmpOp, Slots};
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::{self, StrData, StrRef};

pub use iter::ITER_DEF;
pub(crate) use percent::Values as PercentValues;
pub use search::{concat, join_items, max_cuts, span};
pub use spec::{check_spec, check_width, format_error, format_error_of, format_spec_text};

/// `str`
pub static DEF: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF,
    slots: Slots {
        new: Some(new),
        repr: Some(|th, o| th.str_data(text::repr(string(th, o)?.text()))),
        str: Some(itself),
        hash: Some(|th, o| Ok(th.hash_of_str(string(th, o)?) as i64)),
        compare: Some(compare),
        iter: Some(iter::iter),
        len: Some(|th, o| Ok(string(th, o)?.len())),
        getitem: Some(getitem),
        contains: Some(search::contains),
        concat: Some(search::concat),
        repeat: Some(repeat),
        ..Slots::NONE
    }
    .bin(BinOp::Mod, percent::modulo),
    methods: methods::METHODS,
    doc: "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).\nencoding defaults to 'utf-8'.\nerrors defaults to 'strict'.",
    ..TypeDef::new(TypeId::Str, "str", Str::LAYOUT)
};

/// The string that `o` is.
pub fn string<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<Str>> {
    o.cast::<Str>().ok_or_else(|| {
        th.type_error(format!(
            "descriptor requires a 'str' object but received '{}'",
            th.type_name(o)
        ))
    })
}

/// A string argument; `what` names it in the TypeError: "`what` must be str, not T".
pub fn arg<'a>(th: &Thread, o: &'a Obj, what: &str) -> Res<&'a Py<Str>> {
    o.cast::<Str>().ok_or_else(|| {
        let ty = if o.is_none() {
            "None".to_owned()
        } else {
            th.type_name(o)
        };
        th.type_error(format!("{what} must be str, not {ty}"))
    })
}

/// Part of a string as an object: cached for single narrow characters.
#[inline]
pub fn part(th: &Thread, s: StrRef<'_>, start: usize, end: usize) -> Res {
    make(th, s.slice(start, end))
}

/// A string object of a text whose kind may be wider than needed.
#[inline]
pub fn make(th: &Thread, s: StrRef<'_>) -> Res {
    let narrowest = match s {
        StrRef::Ascii(_) => true,
        StrRef::Latin1(u) => !u.is_ascii(),
        StrRef::Ucs2(u) => u.iter().any(|&c| c > 0xff),
        StrRef::Ucs4(u) => u.iter().any(|&c| c > 0xffff),
    };
    if narrowest {
        th.str_ref(s)
    } else {
        th.str_data(s.to_data())
    }
}

/// A string of one code point.
#[inline]
pub fn char_obj(th: &Thread, c: u32) -> Res {
    match c {
        0..0x100 => Ok(th.latin1_char(c as u8)),
        0x100..0x10000 => th.str_ref(StrRef::Ucs2(&[c as u16])),
        _ => th.str_ref(StrRef::Ucs4(&[c])),
    }
}

/// The same text as an object of exactly `str`.
pub fn itself(th: &Thread, o: &Obj) -> Res {
    if o.is_exact::<Str>() {
        Ok(o.clone())
    } else {
        make(th, string(th, o)?.text())
    }
}

fn compare(_th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(a), Some(b)) = (a.cast::<Str>(), b.cast::<Str>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let (x, y): (&Str, &Str) = (a, b);
    Ok(Obj::bool(match op {
        CmpOp::Eq => x.same(y),
        CmpOp::Ne => !x.same(y),
        _ => op.holds(x.text().cmp(&y.text())),
    }))
}

fn getitem(th: &Thread, o: &Obj, key: &Obj) -> Res {
    let s = string(th, o)?;
    if let Some(i) = key.as_small_int() {
        let len = s.len() as i64;
        let at = if i < 0 { i + len } else { i };
        if at < 0 || at >= len {
            return Err(th.index_error("string index out of range"));
        }
        return char_obj(th, s.at(at as usize));
    }
    if let Some(slice) = key.exact::<Slice>() {
        return sliced(th, o, s, th.slice_bounds(slice)?.of(s.len()));
    }
    if th.type_of(key).slots().index.is_none() {
        return Err(th.type_error(format!(
            "string indices must be integers, not '{}'",
            th.type_name(key)
        )));
    }
    let at = th.seq_index(key, s.len(), "string index out of range")?;
    char_obj(th, s.at(at))
}

/// Whether `part` occurs in `s`.
pub fn has_part(s: StrRef<'_>, part: StrRef<'_>) -> bool {
    threadsnake_algo::text::find(s, part).is_some()
}

/// A slice of `s`, which is the text of `o`.
pub fn sliced(th: &Thread, o: &Obj, s: &Py<Str>, p: Part) -> Res {
    if p.step != 1 {
        return stepped(th, s.text(), p.start, p.step, p.count);
    }
    if p.count == s.len() {
        return itself(th, o);
    }
    let range = p.range();
    part(th, s.text(), range.start, range.end)
}

/// `s[start::step]` of `count` code points.
fn stepped(th: &Thread, s: StrRef<'_>, start: i64, step: i64, count: usize) -> Res {
    fn pick<T: Copy>(u: &[T], start: i64, step: i64, count: usize) -> Vec<T> {
        (0..count as i64)
            .map(|i| u[(start + i * step) as usize])
            .collect()
    }
    th.reserve(count * 4)?;
    match s {
        StrRef::Ascii(u) => th.str_data(StrData::Ascii(pick(u, start, step, count))),
        StrRef::Latin1(u) => make(th, StrRef::Latin1(&pick(u, start, step, count))),
        StrRef::Ucs2(u) => make(th, StrRef::Ucs2(&pick(u, start, step, count))),
        StrRef::Ucs4(u) => make(th, StrRef::Ucs4(&pick(u, start, step, count))),
    }
}

/// The count of a repetition: an index, negative as 0; OverflowError beyond a machine word.
pub fn repeat_count(th: &Thread, n: &Obj) -> Res<usize> {
    if let Some(n) = n.as_small_int() {
        return Ok(n.max(0) as usize);
    }
    if th.type_of(n).slots().index.is_none() {
        return Err(th.type_error(format!(
            "can't multiply sequence by non-int of type '{}'",
            th.type_name(n)
        )));
    }
    let i = th.index(n)?;
    match super::number::IntRef::of(&i).and_then(super::number::IntRef::small) {
        Some(n) => Ok(n.max(0) as usize),
        None => Err(th.overflow_error(format!(
            "cannot fit '{}' into an index-sized integer",
            th.type_name(n)
        ))),
    }
}

fn repeat(th: &Thread, o: &Obj, n: &Obj) -> Res {
    let s = string(th, o)?;
    let n = repeat_count(th, n)?;
    if n == 1 {
        return itself(th, o);
    }
    let Some(bytes) = s.raw_bytes().len().checked_mul(n) else {
        return Err(th.memory_error());
    };
    th.reserve(bytes)?;
    th.str_data(match s.text() {
        StrRef::Ascii(u) => StrData::Ascii(u.repeat(n)),
        _ if n == 0 => StrData::Ascii(Vec::new()),
        StrRef::Latin1(u) => StrData::Latin1(u.repeat(n)),
        StrRef::Ucs2(u) => StrData::Ucs2(u.repeat(n)),
        StrRef::Ucs4(u) => StrData::Ucs4(u.repeat(n)),
    })
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let made = if let ([x], true) = (args.all, args.kwnames.is_empty()) {
        th.to_str(x)?.into_obj()
    } else {
        th.bind(
            "str",
            "(object='', encoding='utf-8', errors='strict')",
            args,
            |a| {
                let (object, encoding, errors) = (a.opt(0), a.opt(1), a.opt(2));
                if encoding.is_none() && errors.is_none() {
                    return match object {
                        Some(x) => Ok(th.to_str(x)?.into_obj()),
                        None => Ok(th.empty_str()),
                    };
                }
                let encoding = encoding
                    .map(|e| arg(th, e, "str() argument 'encoding'"))
                    .transpose()?;
                let errors = errors
                    .map(|e| arg(th, e, "str() argument 'errors'"))
                    .transpose()?;
                let Some(x) = object else {
                    return Ok(th.empty_str());
                };
                if x.cast::<Str>().is_some() {
                    return Err(th.type_error("decoding str is not supported"));
                }
                if th.type_of(x).slots().buffer.is_none() {
                    return Err(th.type_error(format!(
                        "decoding to str: need a bytes-like object, {} found",
                        th.type_name(x)
                    )));
                }
                super::codec::decode(th, x, encoding, errors)
            },
        )?
    };
    if cls.obj().is(th.ty(TypeId::Str).obj()) {
        return Ok(made);
    }
    let s = string(th, &made)?;
    th.str_ref_as(Some(cls), s.text())
}
