//! Finding, cutting, joining and replacing.

use super::{arg, itself, make, part, string};
use crate::object::list::List;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::string::{Str, StrKind};
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use smallvec::SmallVec;
use threadsnake_algo::text::split::{self, Span};
use threadsnake_algo::text::{self, StrBuf, StrData, StrRef};

/// `start` and `end` arguments of a search, clamped to `len`; `None` when nothing can be found, not even an empty text.
pub fn span(
    th: &Thread,
    start: Option<&Obj>,
    end: Option<&Obj>,
    len: usize,
) -> Res<Option<(usize, usize)>> {
    let bound = |o: Option<&Obj>, default: i64| match o {
        Some(o) if !o.is_none() => {
            if let Some(n) = o.as_small_int() {
                return Ok(n);
            }
            if th.type_of(o).slots().index.is_none() {
                return Err(th.type_error(
                    "slice indices must be integers or None or have an __index__ method",
                ));
            }
            th.index_clamped(o)
        }
        _ => Ok(default),
    };
    let n = len as i64;
    let (start, end) = (bound(start, 0)?, bound(end, i64::MAX)?);
    let end = if end < 0 {
        (end + n).max(0)
    } else {
        end.min(n)
    };
    let start = if start < 0 {
        start.saturating_add(n).max(0)
    } else {
        start
    };
    Ok(if start > end {
        None
    } else {
        Some((start as usize, end as usize))
    })
}

type Found = (Option<usize>, usize);

/// Self, argument and span of a search.
fn search(
    th: &Thread,
    a: Args<'_>,
    name: &str,
    f: fn(StrRef<'_>, StrRef<'_>) -> Option<usize>,
) -> Res<Option<usize>> {
    let s = string(th, a.get(0))?;
    let sub = match a.get(1).cast::<Str>() {
        Some(sub) => sub,
        None => arg(th, a.get(1), &format!("{name}() argument 1"))?,
    };
    let found: Found = match span(th, a.opt(2), a.opt(3), s.len())? {
        Some((start, end)) => (f(s.text().slice(start, end), sub.text()), start),
        None => (None, 0),
    };
    Ok(found.0.map(|i| i + found.1))
}

fn position(th: &Thread, at: Option<usize>) -> Res {
    Ok(th.int(at.map_or(-1, |i| i as i64)))
}

pub(super) fn find(th: &Thread, a: Args<'_>) -> Res {
    position(th, search(th, a, "find", text::find)?)
}

pub(super) fn rfind(th: &Thread, a: Args<'_>) -> Res {
    position(th, search(th, a, "rfind", text::rfind)?)
}

pub(super) fn index(th: &Thread, a: Args<'_>) -> Res {
    match search(th, a, "index", text::find)? {
        None => Err(th.value_error("substring not found")),
        at => position(th, at),
    }
}

pub(super) fn rindex(th: &Thread, a: Args<'_>) -> Res {
    match search(th, a, "rindex", text::rfind)? {
        None => Err(th.value_error("substring not found")),
        at => position(th, at),
    }
}

pub(super) fn count(th: &Thread, a: Args<'_>) -> Res {
    let s = string(th, a.get(0))?;
    let sub = arg(th, a.get(1), "count() argument 1")?;
    let n = match span(th, a.opt(2), a.opt(3), s.len())? {
        Some((start, end)) => text::count(s.text().slice(start, end), sub.text()),
        None => 0,
    };
    Ok(th.int(n as i64))
}

pub(super) fn contains(th: &Thread, o: &Obj, item: &Obj) -> Res<bool> {
    let s = string(th, o)?;
    let Some(sub) = item.cast::<Str>() else {
        return Err(th.type_error(format!(
            "'in <string>' requires string as left operand, not {}",
            th.type_name(item)
        )));
    };
    Ok(text::find(s.text(), sub.text()).is_some())
}

fn edge(th: &Thread, a: Args<'_>, name: &str, f: fn(StrRef<'_>, StrRef<'_>) -> bool) -> Res {
    let s = string(th, a.get(0))?;
    let at = span(th, a.opt(2), a.opt(3), s.len())?;
    let test = |p: &Str| at.is_some_and(|(start, end)| f(s.text().slice(start, end), p.text()));
    let x = a.get(1);
    if let Some(p) = x.cast::<Str>() {
        return Ok(Obj::bool(test(p)));
    }
    let Some(t) = x.cast::<Tuple>() else {
        let ty = th.type_name(x);
        return Err(th.type_error(format!(
            "{name} first arg must be str or a tuple of str, not {ty}"
        )));
    };
    for p in t.items() {
        let Some(p) = p.cast::<Str>() else {
            let ty = th.type_name(p);
            return Err(th.type_error(format!("tuple for {name} must only contain str, not {ty}")));
        };
        if test(p) {
            return Ok(Obj::TRUE);
        }
    }
    Ok(Obj::FALSE)
}

pub(super) fn startswith(th: &Thread, a: Args<'_>) -> Res {
    edge(th, a, "startswith", |s, p| s.starts_with(p))
}

pub(super) fn endswith(th: &Thread, a: Args<'_>) -> Res {
    edge(th, a, "endswith", |s, p| s.ends_with(p))
}

pub(super) fn removeprefix(th: &Thread, a: Args<'_>) -> Res {
    let s = string(th, a.get(0))?;
    let p = arg(th, a.get(1), "removeprefix() argument")?;
    if s.text().starts_with(p.text()) {
        part(th, s.text(), p.len(), s.len())
    } else {
        itself(th, a.get(0))
    }
}

pub(super) fn removesuffix(th: &Thread, a: Args<'_>) -> Res {
    let s = string(th, a.get(0))?;
    let p = arg(th, a.get(1), "removesuffix() argument")?;
    if !p.is_empty() && s.text().ends_with(p.text()) {
        part(th, s.text(), 0, s.len() - p.len())
    } else {
        itself(th, a.get(0))
    }
}

/// A list of parts of a string.
fn parts(th: &Thread, o: &Obj, s: StrRef<'_>, spans: &[Span]) -> Res {
    if let [(0, end)] = spans
        && *end == s.len()
    {
        return th.list(vec![itself(th, o)?]);
    }
    let mut items = Vec::with_capacity(spans.len());
    for &(start, end) in spans {
        items.push(part(th, s, start, end)?);
    }
    th.list(items)
}

/// A limit on cuts: negative means none.
pub fn max_cuts(th: &Thread, o: Option<&Obj>) -> Res<usize> {
    match o {
        Some(o) => Ok(usize::try_from(th.index_i64(o)?).unwrap_or(usize::MAX)),
        None => Ok(usize::MAX),
    }
}

fn cut(
    th: &Thread,
    a: Args<'_>,
    space: fn(StrRef<'_>, usize) -> Vec<Span>,
    at: fn(StrRef<'_>, StrRef<'_>, usize) -> Vec<Span>,
) -> Res {
    let s = string(th, a.get(0))?;
    let max = max_cuts(th, a.opt(2))?;
    let spans = match a.opt_not_none(1) {
        None => space(s.text(), max),
        Some(sep) => {
            let sep = sep.cast::<Str>().ok_or_else(|| {
                th.type_error(format!("must be str or None, not {}", th.type_name(sep)))
            })?;
            if sep.is_empty() {
                return Err(th.value_error("empty separator"));
            }
            at(s.text(), sep.text(), max)
        }
    };
    parts(th, a.get(0), s.text(), &spans)
}

pub(super) fn split(th: &Thread, a: Args<'_>) -> Res {
    cut(th, a, split::split_space, split::split)
}

pub(super) fn rsplit(th: &Thread, a: Args<'_>) -> Res {
    cut(th, a, split::rsplit_space, split::rsplit)
}

pub(super) fn splitlines(th: &Thread, a: Args<'_>) -> Res {
    let s = string(th, a.get(0))?;
    let keep = a.flag(th, 1)?;
    parts(th, a.get(0), s.text(), &split::splitlines(s.text(), keep))
}

fn three(th: &Thread, o: &Obj, sep: &Obj, from_left: bool) -> Res {
    let s = string(th, o)?;
    let Some(p) = sep.cast::<Str>() else {
        return Err(th.type_error(format!("must be str, not {}", th.type_name(sep))));
    };
    if p.is_empty() {
        return Err(th.value_error("empty separator"));
    }
    let t = s.text();
    let at = if from_left {
        split::partition(t, p.text())
    } else {
        split::rpartition(t, p.text())
    };
    let empty = || th.empty_str();
    th.tuple(match at {
        Some((start, end)) => vec![
            part(th, t, 0, start)?,
            itself(th, sep)?,
            part(th, t, end, t.len())?,
        ],
        None if from_left => vec![itself(th, o)?, empty(), empty()],
        None => vec![empty(), empty(), itself(th, o)?],
    })
}

pub(super) fn partition(th: &Thread, a: Args<'_>) -> Res {
    three(th, a.get(0), a.get(1), true)
}

pub(super) fn rpartition(th: &Thread, a: Args<'_>) -> Res {
    three(th, a.get(0), a.get(1), false)
}

pub(super) fn replace(th: &Thread, a: Args<'_>) -> Res {
    let s = string(th, a.get(0))?;
    let old = arg(th, a.get(1), "replace() argument 1")?;
    let new = arg(th, a.get(2), "replace() argument 2")?;
    let max = max_cuts(th, a.opt(3))?;
    if new.len() > old.len() && s.len() > 4096 {
        let n = text::count(s.text(), old.text()).min(max);
        let len = s
            .len()
            .saturating_add(n.saturating_mul(new.len() - old.len()));
        let width = s.kind().width().max(new.kind().width());
        th.reserve(len.saturating_mul(width))?;
    } else if new.len() > 4096 {
        th.reserve(new.len().saturating_mul(s.len() + 1).saturating_mul(4))?;
    }
    match text::replace(s.text(), old.text(), new.text(), max) {
        Some(t) => th.str_data(t),
        None => itself(th, a.get(0)),
    }
}

/// `a + b`
pub fn concat(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let Some(x) = a.cast::<Str>() else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let Some(y) = b.cast::<Str>() else {
        return Err(th.type_error(format!(
            "can only concatenate str (not \"{}\") to str",
            th.type_name_full(b)
        )));
    };
    if x.is_empty() {
        return itself(th, b);
    }
    if y.is_empty() {
        return itself(th, a);
    }
    let width = x.kind().width().max(y.kind().width());
    let bytes = x.len().saturating_add(y.len()).saturating_mul(width);
    if bytes > 4096 {
        th.reserve(bytes)?;
    }
    if x.kind() == y.kind() {
        return th.str_joined(x.kind(), &[x.raw_bytes(), y.raw_bytes()]);
    }
    th.str_data(match (x.text(), y.text()) {
        (StrRef::Ascii(u) | StrRef::Latin1(u), StrRef::Ascii(v) | StrRef::Latin1(v)) => {
            StrData::Latin1([u, v].concat())
        }
        (u, v) => {
            let mut out = StrBuf::with_capacity(u.len() + v.len());
            out.push_str(u);
            out.push_str(v);
            out.finish()
        }
    })
}

/// The items of what is joined; "can only join an iterable" for anything else.
pub fn join_items(th: &Thread, o: &Obj) -> Res<Vec<Obj>> {
    if o.is_exact::<List>() || o.is_exact::<Tuple>() {
        return th.collect(o);
    }
    let slots = th.type_of(o).slots();
    if slots.iter.is_none() && slots.getitem.is_none() {
        return Err(th.type_error("can only join an iterable"));
    }
    match th.iter(o) {
        Ok(it) if it.is(o) => th.collect(&it),
        Ok(_) => th.collect(o),
        Err(e) if e.is(th, TypeId::TypeError) => Err(th.type_error("can only join an iterable")),
        Err(e) => Err(e),
    }
}

pub(super) fn join(th: &Thread, a: Args<'_>) -> Res {
    let sep = string(th, a.get(0))?;
    let items = join_items(th, a.get(1))?;
    join_strings(th, sep, &items)
}

/// `sep.join(items)`
pub(super) fn join_strings(th: &Thread, sep: &Py<Str>, items: &[Obj]) -> Res {
    let (mut len, mut width, mut ascii) = (0usize, 1, sep.as_ascii().is_some() || items.len() < 2);
    for (i, o) in items.iter().enumerate() {
        let Some(s) = o.cast::<Str>() else {
            let ty = th.type_name(o);
            return Err(th.type_error(format!(
                "sequence item {i}: expected str instance, {ty} found"
            )));
        };
        len = len.saturating_add(s.len());
        width = width.max(s.kind().width());
        ascii &= s.as_ascii().is_some();
    }
    if let [one] = items {
        return itself(th, one);
    }
    len = len.saturating_add(sep.len().saturating_mul(items.len().saturating_sub(1)));
    if len > 4096 {
        th.reserve(len.saturating_mul(width.max(sep.kind().width())))?;
    }
    if ascii {
        let mut parts: SmallVec<[&[u8]; 32]> = SmallVec::new();
        for (i, o) in items.iter().enumerate() {
            if i > 0 && !sep.is_empty() {
                parts.push(sep.raw_bytes());
            }
            if let Some(s) = o.cast::<Str>() {
                parts.push(s.raw_bytes());
            }
        }
        return match len {
            0 | 1 => make(th, StrRef::Ascii(&parts.concat())),
            _ => th.str_joined(StrKind::Ascii, &parts),
        };
    }
    let mut out = StrBuf::with_capacity(len);
    for (i, o) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(sep.text());
        }
        if let Some(s) = o.cast::<Str>() {
            out.push_str(s.text());
        }
    }
    th.str_data(out.finish())
}
