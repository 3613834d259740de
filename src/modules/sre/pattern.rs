//! `re.Pattern`.

use super::matches;
use super::run::{Cursor, Subject};
use super::scanner;
use super::template::Template;
use crate::modules::prelude::*;
use threadsnake_algo::sre::{Mode, Program};

/// Payload of patterns; nothing in it changes.
pub struct Pattern {
    pub(super) pattern: Obj,
    pub(super) flags: i64,
    pub(super) groups: usize,
    pub(super) group_index: Py<Dict>,
    /// Name of each group by number, or None.
    pub(super) names: Py<Tuple>,
    code: Vec<u32>,
    /// Boxed: it is aligned to a cache line, objects to 16 bytes.
    pub(super) program: Box<Program>,
    /// Whether it is for bytes; `None`: for either (patterns made without text).
    pub(super) is_bytes: Option<bool>,
}
native!(Pattern, SrePattern, "Pattern", pattern, group_index, names);

const SUBJECT: &str = "($self, /, string, pos=0, endpos=sys.maxsize)";

pub(super) static PATTERN: TypeDef = TypeDef {
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        ..Slots::NONE
    },
    flags: type_flags::NO_NEW | type_flags::WEAKREFABLE,
    methods: &[
        MethodDef::new("match", SUBJECT, |th, a| once(th, a, Mode::Match)),
        MethodDef::new("fullmatch", SUBJECT, |th, a| once(th, a, Mode::FullMatch)),
        MethodDef::new("search", SUBJECT, |th, a| once(th, a, Mode::Search)),
        MethodDef::new("findall", SUBJECT, find_all),
        MethodDef::new("finditer", SUBJECT, |th, a| {
            scanner::new(th, this::<Pattern>(th, a.get(0))?, a)
        }),
        MethodDef::new("scanner", SUBJECT, |th, a| {
            scanner::new(th, this::<Pattern>(th, a.get(0))?, a)
        }),
        MethodDef::new("split", "($self, /, string, maxsplit=0)", split),
        MethodDef::new("sub", "($self, /, repl, string, count=0)", |th, a| {
            Ok(substitute(th, a)?.0)
        }),
        MethodDef::new("subn", "($self, /, repl, string, count=0)", |th, a| {
            let (text, n) = substitute(th, a)?;
            tuple_of(th, [text, th.uint(n as u64)])
        }),
        MethodDef::new("__copy__", "($self, /)", |_, a| Ok(a.get(0).clone())),
        MethodDef::new("__deepcopy__", "($self, memo, /)", |_, a| {
            Ok(a.get(0).clone())
        }),
        CLASS_GETITEM,
    ],
    getset: &[
        GetSetDef::ro("pattern", |th, o| {
            Ok(this::<Pattern>(th, o)?.pattern.clone())
        }),
        GetSetDef::ro("flags", |th, o| Ok(th.int(this::<Pattern>(th, o)?.flags))),
        GetSetDef::ro("groups", |th, o| {
            Ok(th.uint(this::<Pattern>(th, o)?.groups as u64))
        }),
        GetSetDef::ro("groupindex", |th, o| {
            let d = this::<Pattern>(th, o)?.group_index.obj().clone();
            let proxy = th.ty(TypeId::MappingProxy).obj().clone();
            th.call(&proxy, &[d])
        }),
    ],
    doc: "Compiled regular expression object.",
    ..TypeDef::new(TypeId::SrePattern, "re.Pattern", Pattern::LAYOUT)
};

/// `_sre.compile`
pub(super) fn compile(th: &Thread, a: Args<'_>) -> Res {
    let pattern = a.get(0).clone();
    let flags = th.index_i64(a.get(1))?;
    let mut code = Vec::new();
    for word in th.collect(a.get(2))? {
        let n = th.index_i64(&word)?;
        code.push(
            u32::try_from(n)
                .map_err(|_| th.overflow_error("regular expression code size limit exceeded"))?,
        );
    }
    let groups = usize::try_from(th.index_i64(a.get(3))?)
        .map_err(|_| th.runtime_error("invalid SRE code"))?;
    let Some(group_index) = a.get(4).cast::<Dict>() else {
        return Err(th.type_error(format!(
            "compile() argument 'groupindex' must be dict, not {}",
            th.type_name(a.get(4))
        )));
    };
    let Some(names) = a.get(5).cast::<Tuple>() else {
        return Err(th.type_error(format!(
            "compile() argument 'indexgroup' must be tuple, not {}",
            th.type_name(a.get(5))
        )));
    };
    let is_bytes = match &pattern {
        p if p.is_none() => None,
        p if p.cast::<Str>().is_some() => Some(false),
        p => {
            drop(th.bytes_like(p)?);
            Some(true)
        }
    };
    let program = Program::new(&code, groups).map_err(|_| th.runtime_error("invalid SRE code"))?;
    let payload = Pattern {
        pattern,
        flags,
        groups,
        group_index: group_index.clone(),
        names: names.clone(),
        code,
        program: Box::new(program),
        is_bytes,
    };
    Ok(th.alloc(payload).into_obj())
}

impl Py<Pattern> {
    /// Number of the group that an argument names, `None` if there is none.
    pub(super) fn group_number(&self, th: &Thread, key: &Obj) -> Res<Option<usize>> {
        let n = match key.as_small_int() {
            Some(n) => n,
            None if th.type_of(key).slots().index.is_some() => th.index_clamped(key)?,
            None => match self.group_index.get_item(th, key) {
                Ok(Some(n)) => n.as_small_int().unwrap_or(-1),
                Ok(None) => return Ok(None),
                Err(e) if e.is(th, TypeId::TypeError) => return Ok(None),
                Err(e) => return Err(e),
            },
        };
        Ok(usize::try_from(n).ok().filter(|&n| n <= self.groups))
    }
}

fn once(th: &Thread, a: Args<'_>, mode: Mode) -> Res {
    let p = this::<Pattern>(th, a.get(0))?;
    let mut c = Cursor::new(th, p, a.get(1), a.opt(2), a.opt(3))?;
    match c.run(th, p, mode)? {
        true => matches::new(th, p, &c),
        false => Ok(Obj::NONE),
    }
}

/// What `findall` gives for a match: the text, the only group, or a tuple of the groups.
fn found(th: &Thread, p: &Pattern, c: &Cursor) -> Res {
    let group = |n: usize| match c.state.group(n) {
        Some((a, b)) => c.subject.slice(th, a, b),
        None => c.subject.slice(th, 0, 0),
    };
    match p.groups {
        0 => group(0),
        1 => group(1),
        n => th.tuple((1..=n).map(group).collect::<Res<Vec<Obj>>>()?),
    }
}

fn find_all(th: &Thread, a: Args<'_>) -> Res {
    let p = this::<Pattern>(th, a.get(0))?;
    let mut c = Cursor::new(th, p, a.get(1), a.opt(2), a.opt(3))?;
    let mut out = Vec::new();
    while c.find(th, p)? {
        out.push(found(th, p, &c)?);
        if out.len().is_multiple_of(1024) {
            th.poll()?;
        }
    }
    th.list(out)
}

fn split(th: &Thread, a: Args<'_>) -> Res {
    let p = this::<Pattern>(th, a.get(0))?;
    let mut c = Cursor::new(th, p, a.get(1), None, None)?;
    let max = a.opt(2).map_or(Ok(0), |n| th.index_i64(n))?;
    let (mut out, mut last, mut n) = (Vec::new(), 0, 0);
    while (max == 0 || n < max) && c.find(th, p)? {
        out.push(c.subject.slice(th, last, c.state.start)?);
        for g in 1..=p.groups {
            out.push(match c.state.group(g) {
                Some((x, y)) => c.subject.slice(th, x, y)?,
                None => Obj::NONE,
            });
        }
        last = c.state.end;
        n += 1;
        if n % 1024 == 0 {
            th.poll()?;
        }
    }
    out.push(c.subject.slice(th, last, c.end)?);
    th.list(out)
}

/// How a match is replaced.
enum Replacement {
    Literal(Obj),
    Template(Py<Template>),
    Call(Obj),
}

fn replacement(th: &Thread, p: &Py<Pattern>, repl: &Obj) -> Res<Replacement> {
    if th.type_of(repl).slots().call.is_some() {
        return Ok(Replacement::Call(repl.clone()));
    }
    let literal = match repl.cast::<Str>() {
        Some(s) => threadsnake_algo::text::find(s.text(), StrRef::Ascii(b"\\")).is_none(),
        None => match th.buffer(repl, false) {
            Ok(b) => !b.bytes().contains(&b'\\'),
            Err(e) if e.is(th, TypeId::TypeError) => false,
            Err(e) => return Err(e),
        },
    };
    if literal {
        return Ok(Replacement::Literal(repl.clone()));
    }
    let re = th.import("re")?;
    let made = th.call_method(&re, "_compile_template", &[p.obj().clone(), repl.clone()])?;
    match made.into_py::<Template>() {
        Ok(t) if t.chunks.is_empty() => Ok(Replacement::Literal(t.literal.clone())),
        Ok(t) => Ok(Replacement::Template(t)),
        Err(o) => Ok(Replacement::Literal(o)),
    }
}

fn substitute(th: &Thread, a: Args<'_>) -> Res<(Obj, usize)> {
    let p = this::<Pattern>(th, a.get(0))?;
    let how = replacement(th, p, a.get(1))?;
    let mut c = Cursor::new(th, p, a.get(2), None, None)?;
    let max = a.opt(3).map_or(Ok(0), |n| th.index_i64(n))?;
    let mut out = c.subject.joiner();
    let (mut last, mut n) = (0, 0usize);
    while (max == 0 || (n as i64) < max) && c.find(th, p)? {
        let (start, end) = (c.state.start, c.state.end);
        c.subject.append(&mut out, last, start);
        match &how {
            Replacement::Literal(o) => out.push(th, o, n)?,
            Replacement::Template(t) => t.append(th, &c.subject, |g| c.state.group(g), &mut out)?,
            Replacement::Call(f) => {
                let m = matches::new(th, p, &c)?;
                let r = th.call(f, &[m])?;
                if !r.is_none() {
                    out.push(th, &r, n)?;
                }
            }
        }
        last = end;
        n += 1;
        if n.is_multiple_of(1024) {
            th.poll()?;
        }
    }
    if n == 0 {
        return Ok((c.subject.slice(th, 0, c.end)?, 0));
    }
    c.subject.append(&mut out, last, c.end);
    Ok((out.finish(th)?, n))
}

/// What one match of a subject expands a template to; for `Match.expand`.
pub(super) fn expand(
    th: &Thread,
    p: &Py<Pattern>,
    template: &Obj,
    subject: &Subject,
    group: impl Fn(usize) -> Option<(usize, usize)>,
) -> Res {
    let re = th.import("re")?;
    let made = th.call_method(
        &re,
        "_compile_template",
        &[p.obj().clone(), template.clone()],
    )?;
    let t = made
        .into_py::<Template>()
        .map_err(|_| th.type_error("expected a template"))?;
    if t.chunks.is_empty() {
        return Ok(t.literal.clone());
    }
    let mut out = subject.joiner();
    t.append(th, subject, group, &mut out)?;
    out.finish(th)
}

fn repr(th: &Thread, o: &Obj) -> Res {
    const NAMES: [(&str, i64); 8] = [
        ("re.IGNORECASE", 2),
        ("re.LOCALE", 4),
        ("re.MULTILINE", 8),
        ("re.DOTALL", 16),
        ("re.UNICODE", 32),
        ("re.VERBOSE", 64),
        ("re.DEBUG", 128),
        ("re.ASCII", 256),
    ];
    let p = this::<Pattern>(th, o)?;
    let mut flags = p.flags;
    // The default of str patterns is not shown.
    if p.is_bytes == Some(false) && flags & (4 | 32 | 256) == 32 {
        flags &= !32;
    }
    let mut parts = Vec::new();
    for (name, bit) in NAMES {
        if flags & bit != 0 {
            parts.push(name.to_owned());
            flags &= !bit;
        }
    }
    if flags != 0 {
        parts.push(format!("0x{flags:x}"));
    }
    let text = th.repr(&p.pattern)?;
    let mut b = StrBuf::new();
    b.push_utf8("re.compile(");
    b.push_str(text.text().slice(0, 200));
    if !parts.is_empty() {
        b.push_utf8(", ");
        b.push_utf8(&parts.join("|"));
    }
    b.push_utf8(")");
    th.str_data(b.finish())
}

fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    let p = this::<Pattern>(th, o)?;
    let mut h = th.hash(&p.pattern)? as u64;
    for &w in &p.code {
        h = (h ^ u64::from(w))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(23);
    }
    let h = (h ^ p.flags as u64 ^ p.groups as u64) as i64;
    Ok(if h == -1 { -2 } else { h })
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y), CmpOp::Eq | CmpOp::Ne) = (a.cast::<Pattern>(), b.cast::<Pattern>(), op)
    else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let same = a.is(b)
        || x.flags == y.flags
            && x.is_bytes == y.is_bytes
            && x.code == y.code
            && th.eq(&x.pattern, &y.pattern)?;
    Ok(Obj::bool(same == (op == CmpOp::Eq)))
}
