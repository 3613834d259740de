//! Finding, cutting, joining and replacing of bytes.

use super::{View, itself, same, view, view_opt};
use crate::builtins::number::IntRef;
use crate::builtins::str::{join_items, max_cuts, span};
use crate::object::bytes::Bytes;
use crate::object::obj::Obj;
use crate::object::sig::Args;
use crate::object::tuple::Tuple;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::split::{self, Span, byte_space};
use threadsnake_algo::text::{self, StrData, StrRef};

/// What is looked for: bytes, or one byte given as an int.
enum Needle<'a> {
    Bytes(View<'a>),
    One([u8; 1]),
}

impl Needle<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Needle::Bytes(v) => v,
            Needle::One(b) => b,
        }
    }
}

fn one(th: &Thread, o: &Obj) -> Res<Needle<'static>> {
    let i = th.index(o)?;
    match IntRef::of(&i)
        .and_then(IntRef::small)
        .and_then(|n| u8::try_from(n).ok())
    {
        Some(b) => Ok(Needle::One([b])),
        None => Err(th.value_error("byte must be in range(0, 256)")),
    }
}

fn needle<'a>(th: &'a Thread, o: &'a Obj) -> Res<Needle<'a>> {
    if let Some(v) = view_opt(th, o)? {
        return Ok(Needle::Bytes(v));
    }
    if th.type_of(o).slots().index.is_some() {
        return one(th, o);
    }
    Err(th.type_error(format!(
        "argument should be integer or bytes-like object, not '{}'",
        th.type_name(o)
    )))
}

pub(super) fn contains(th: &Thread, o: &Obj, item: &Obj) -> Res<bool> {
    let sub = if th.type_of(item).slots().index.is_some() {
        one(th, item)?
    } else {
        Needle::Bytes(view(th, item)?)
    };
    let s = view(th, o)?;
    Ok(text::find_units(&s, sub.bytes()).is_some())
}

fn search(th: &Thread, a: Args<'_>, f: fn(&[u8], &[u8]) -> Option<usize>) -> Res<Option<usize>> {
    let sub = needle(th, a.get(1))?;
    let s = view(th, a.get(0))?;
    Ok(match span(th, a.opt(2), a.opt(3), s.len())? {
        Some((start, end)) => f(&s[start..end], sub.bytes()).map(|i| i + start),
        None => None,
    })
}

fn position(th: &Thread, at: Option<usize>) -> Res {
    Ok(th.int(at.map_or(-1, |i| i as i64)))
}

pub(super) fn find(th: &Thread, a: Args<'_>) -> Res {
    position(th, search(th, a, text::find_units)?)
}

pub(super) fn rfind(th: &Thread, a: Args<'_>) -> Res {
    position(th, search(th, a, text::rfind_units)?)
}

pub(super) fn index(th: &Thread, a: Args<'_>) -> Res {
    match search(th, a, text::find_units)? {
        None => Err(th.value_error("subsection not found")),
        at => position(th, at),
    }
}

pub(super) fn rindex(th: &Thread, a: Args<'_>) -> Res {
    match search(th, a, text::rfind_units)? {
        None => Err(th.value_error("subsection not found")),
        at => position(th, at),
    }
}

pub(super) fn count(th: &Thread, a: Args<'_>) -> Res {
    let sub = needle(th, a.get(1))?;
    let s = view(th, a.get(0))?;
    let n = match span(th, a.opt(2), a.opt(3), s.len())? {
        Some((start, end)) => text::count_units(&s[start..end], sub.bytes(), usize::MAX),
        None => 0,
    };
    Ok(th.int(n as i64))
}

fn edge(th: &Thread, a: Args<'_>, name: &str, f: fn(&[u8], &[u8]) -> bool) -> Res {
    let x = a.get(1);
    let s = view(th, a.get(0))?;
    let at = span(th, a.opt(2), a.opt(3), s.len())?;
    let test = |p: &[u8]| at.is_some_and(|(start, end)| f(&s[start..end], p));
    if let Some(t) = x.cast::<Tuple>() {
        for p in t.items() {
            if test(&view(th, p)?) {
                return Ok(Obj::TRUE);
            }
        }
        return Ok(Obj::FALSE);
    }
    match view_opt(th, x)? {
        Some(p) => Ok(Obj::bool(test(&p))),
        None => {
            let ty = th.type_name(x);
            Err(th.type_error(format!(
                "{name} first arg must be bytes or a tuple of bytes, not {ty}"
            )))
        }
    }
}

pub(super) fn startswith(th: &Thread, a: Args<'_>) -> Res {
    edge(th, a, "startswith", |s, p| s.starts_with(p))
}

pub(super) fn endswith(th: &Thread, a: Args<'_>) -> Res {
    edge(th, a, "endswith", |s, p| s.ends_with(p))
}

pub(super) fn removeprefix(th: &Thread, a: Args<'_>) -> Res {
    let p = view(th, a.get(1))?;
    let s = view(th, a.get(0))?;
    match s.strip_prefix(&*p) {
        Some(rest) if !p.is_empty() => same(th, a.get(0), rest.to_vec()),
        _ => itself(th, a.get(0)),
    }
}

pub(super) fn removesuffix(th: &Thread, a: Args<'_>) -> Res {
    let p = view(th, a.get(1))?;
    let s = view(th, a.get(0))?;
    match s.strip_suffix(&*p) {
        Some(rest) if !p.is_empty() => same(th, a.get(0), rest.to_vec()),
        _ => itself(th, a.get(0)),
    }
}

fn parts(th: &Thread, o: &Obj, s: &[u8], spans: &[Span]) -> Res {
    if let [(0, end)] = spans
        && *end == s.len()
    {
        return th.list(vec![itself(th, o)?]);
    }
    let items = spans
        .iter()
        .map(|&(start, end)| same(th, o, s[start..end].to_vec()));
    th.list(items.collect::<Res<Vec<Obj>>>()?)
}

fn cut(th: &Thread, a: Args<'_>, from_left: bool) -> Res {
    let max = max_cuts(th, a.opt(2))?;
    let sep = a.opt_not_none(1).map(|o| view(th, o)).transpose()?;
    let s = view(th, a.get(0))?;
    let spans = match sep {
        None if from_left => split::split_space_units(&s, max, byte_space),
        None => split::rsplit_space_units(&s, max, byte_space),
        Some(sep) if sep.is_empty() => return Err(th.value_error("empty separator")),
        Some(sep) if from_left => split::split_units(&s, &sep, max),
        Some(sep) => split::rsplit_units(&s, &sep, max),
    };
    parts(th, a.get(0), &s, &spans)
}

pub(super) fn split(th: &Thread, a: Args<'_>) -> Res {
    cut(th, a, true)
}

pub(super) fn rsplit(th: &Thread, a: Args<'_>) -> Res {
    cut(th, a, false)
}

pub(super) fn splitlines(th: &Thread, a: Args<'_>) -> Res {
    let keep = a.flag(th, 1)?;
    let s = view(th, a.get(0))?;
    let spans = split::splitlines_units(&s, keep, |c| matches!(c, 10 | 13));
    parts(th, a.get(0), &s, &spans)
}

fn three(th: &Thread, o: &Obj, sep: &Obj, from_left: bool) -> Res {
    let p = view(th, sep)?;
    if p.is_empty() {
        return Err(th.value_error("empty separator"));
    }
    let s = view(th, o)?;
    let at = if from_left {
        text::find_units(&s, &p)
    } else {
        text::rfind_units(&s, &p)
    };
    let part = |r: &[u8]| same(th, o, r.to_vec());
    th.tuple(match at {
        Some(i) => {
            let middle = if sep.is_exact::<Bytes>() && o.cast::<Bytes>().is_some() {
                sep.clone()
            } else {
                part(&p)?
            };
            vec![part(&s[..i])?, middle, part(&s[i + p.len()..])?]
        }
        None if from_left => vec![itself(th, o)?, part(&[])?, part(&[])?],
        None => vec![part(&[])?, part(&[])?, itself(th, o)?],
    })
}

pub(super) fn partition(th: &Thread, a: Args<'_>) -> Res {
    three(th, a.get(0), a.get(1), true)
}

pub(super) fn rpartition(th: &Thread, a: Args<'_>) -> Res {
    three(th, a.get(0), a.get(1), false)
}

pub(super) fn replace(th: &Thread, a: Args<'_>) -> Res {
    let (old, new) = (view(th, a.get(1))?, view(th, a.get(2))?);
    let max = max_cuts(th, a.opt(3))?;
    let s = view(th, a.get(0))?;
    if new.len() > old.len() {
        let n = text::count_units(&s, &old, max);
        th.reserve(
            s.len()
                .saturating_add(n.saturating_mul(new.len() - old.len())),
        )?;
    }
    match text::replace(
        StrRef::Latin1(&s),
        StrRef::Latin1(&old),
        StrRef::Latin1(&new),
        max,
    ) {
        Some(StrData::Ascii(v) | StrData::Latin1(v)) => same(th, a.get(0), v),
        _ => itself(th, a.get(0)),
    }
}

pub(super) fn join(th: &Thread, a: Args<'_>) -> Res {
    let items = join_items(th, a.get(1))?;
    if let ([one], true) = (&items[..], a.get(0).cast::<Bytes>().is_some())
        && one.is_exact::<Bytes>()
    {
        return Ok(one.clone());
    }
    let mut views = Vec::with_capacity(items.len());
    let mut len = 0usize;
    for (i, o) in items.iter().enumerate() {
        let Some(v) = view_opt(th, o)? else {
            let ty = th.type_name(o);
            return Err(th.type_error(format!(
                "sequence item {i}: expected a bytes-like object, {ty} found"
            )));
        };
        len = len.saturating_add(v.len());
        views.push(v);
    }
    let sep = view(th, a.get(0))?;
    len = len.saturating_add(sep.len().saturating_mul(items.len().saturating_sub(1)));
    th.reserve(len)?;
    let mut out = Vec::with_capacity(len);
    for (i, v) in views.iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(&sep);
        }
        out.extend_from_slice(v);
    }
    drop((views, sep));
    same(th, a.get(0), out)
}
