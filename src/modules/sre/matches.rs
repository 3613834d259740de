//! `re.Match`.

use super::pattern::{self, Pattern};
use super::run::{Cursor, Subject};
use crate::modules::prelude::*;
use threadsnake_algo::sre::UNSET;

/// Payload of matches; nothing in it changes.
pub struct Match {
    string: Obj,
    pattern: Py<Pattern>,
    pos: usize,
    end: usize,
    last_index: usize,
    /// Start and end of each group in turn, the whole match first; `UNSET` where it took no part.
    marks: Vec<usize>,
}
native!(Match, SreMatch, "Match", string, pattern);

pub(super) static MATCH: TypeDef = TypeDef {
    slots: Slots {
        repr: Some(repr),
        getitem: Some(|th, o, key| one(th, this::<Match>(th, o)?, key)),
        ..Slots::NONE
    },
    flags: type_flags::NO_NEW,
    methods: &[
        MethodDef::new("group", "($self, /, *groups)", group),
        MethodDef::new("groups", "($self, /, default=None)", groups),
        MethodDef::new("groupdict", "($self, /, default=None)", group_dict),
        MethodDef::new("start", "($self, group=0, /)", |th, a| {
            Ok(place(th, span(th, a)?.0))
        }),
        MethodDef::new("end", "($self, group=0, /)", |th, a| {
            Ok(place(th, span(th, a)?.1))
        }),
        MethodDef::new("span", "($self, group=0, /)", |th, a| {
            let (x, y) = span(th, a)?;
            tuple_of(th, [place(th, x), place(th, y)])
        }),
        MethodDef::new("expand", "($self, /, template)", |th, a| {
            let m = this::<Match>(th, a.get(0))?;
            let s = Subject::new(th, &m.pattern, &m.string)?;
            pattern::expand(th, &m.pattern, a.get(1), &s, |g| m.at(g))
        }),
        MethodDef::new("__copy__", "($self, /)", |_, a| Ok(a.get(0).clone())),
        MethodDef::new("__deepcopy__", "($self, memo, /)", |_, a| {
            Ok(a.get(0).clone())
        }),
        CLASS_GETITEM,
    ],
    getset: &[
        GetSetDef::ro("string", |th, o| Ok(this::<Match>(th, o)?.string.clone())),
        GetSetDef::ro("re", |th, o| {
            Ok(this::<Match>(th, o)?.pattern.obj().clone())
        }),
        GetSetDef::ro("pos", |th, o| Ok(place(th, this::<Match>(th, o)?.pos))),
        GetSetDef::ro("endpos", |th, o| Ok(place(th, this::<Match>(th, o)?.end))),
        GetSetDef::ro("lastindex", |th, o| {
            Ok(match this::<Match>(th, o)?.last_index {
                0 => Obj::NONE,
                n => th.uint(n as u64),
            })
        }),
        GetSetDef::ro("lastgroup", |th, o| {
            let m = this::<Match>(th, o)?;
            Ok(match m.last_index {
                0 => Obj::NONE,
                n => m.pattern.names.items().get(n).cloned().unwrap_or(Obj::NONE),
            })
        }),
        GetSetDef::ro("regs", |th, o| {
            let m = this::<Match>(th, o)?;
            let pairs = m
                .marks
                .chunks(2)
                .map(|c| tuple_of(th, [place(th, c[0]), place(th, c[1])]));
            th.tuple(pairs.collect::<Res<Vec<Obj>>>()?)
        }),
    ],
    doc: "The result of re.match() and re.search().",
    ..TypeDef::new(TypeId::SreMatch, "re.Match", Match::LAYOUT)
};

/// The match that a cursor has found.
pub(super) fn new(th: &Thread, p: &Py<Pattern>, c: &Cursor) -> Res {
    let mut marks = Vec::with_capacity(2 * p.groups + 2);
    marks.extend([c.state.start, c.state.end]);
    for g in 1..=p.groups {
        let (a, b) = c.state.group(g).unwrap_or((UNSET, UNSET));
        marks.extend([a, b]);
    }
    let payload = Match {
        string: c.subject.object.clone(),
        pattern: p.clone(),
        pos: c.pos,
        end: c.end,
        last_index: c.state.last_index,
        marks,
    };
    Ok(th.alloc(payload).into_obj())
}

fn place(th: &Thread, n: usize) -> Obj {
    if n == UNSET {
        Obj::small_int(-1)
    } else {
        th.uint(n as u64)
    }
}

impl Match {
    fn at(&self, g: usize) -> Option<(usize, usize)> {
        let (a, b) = (*self.marks.get(2 * g)?, *self.marks.get(2 * g + 1)?);
        (a != UNSET && b != UNSET).then_some((a, b))
    }
    /// The text of a group.
    fn text(&self, th: &Thread, g: usize, default: &Obj) -> Res {
        let Some((a, b)) = self.at(g) else {
            return Ok(default.clone());
        };
        match self.string.cast::<Str>() {
            Some(s) => substr(th, s, a.min(s.len()), b.min(s.len())),
            None => Subject::new(th, &self.pattern, &self.string)?.slice(th, a, b),
        }
    }
}

fn number(th: &Thread, m: &Match, key: &Obj) -> Res<usize> {
    m.pattern
        .group_number(th, key)?
        .ok_or_else(|| th.index_error("no such group"))
}

fn one(th: &Thread, m: &Match, key: &Obj) -> Res {
    m.text(th, number(th, m, key)?, &Obj::NONE)
}

fn group(th: &Thread, a: Args<'_>) -> Res {
    let m = this::<Match>(th, a.get(0))?;
    match this::<Tuple>(th, a.get(1))?.items() {
        [] => m.text(th, 0, &Obj::NONE),
        [key] => one(th, m, key),
        keys => th.tuple(
            keys.iter()
                .map(|k| one(th, m, k))
                .collect::<Res<Vec<Obj>>>()?,
        ),
    }
}

fn groups(th: &Thread, a: Args<'_>) -> Res {
    let m = this::<Match>(th, a.get(0))?;
    let none = Obj::NONE;
    let default = a.opt(1).unwrap_or(&none);
    th.tuple(
        (1..=m.pattern.groups)
            .map(|g| m.text(th, g, default))
            .collect::<Res<Vec<Obj>>>()?,
    )
}

fn group_dict(th: &Thread, a: Args<'_>) -> Res {
    let m = this::<Match>(th, a.get(0))?;
    let none = Obj::NONE;
    let default = a.opt(1).unwrap_or(&none);
    let out = th.new_dict()?;
    for (name, g) in m.pattern.group_index.items() {
        let g = g
            .as_small_int()
            .and_then(|g| usize::try_from(g).ok())
            .unwrap_or(0);
        out.set_item(th, &name, m.text(th, g, default)?)?;
    }
    Ok(out.into_obj())
}

fn span(th: &Thread, a: Args<'_>) -> Res<(usize, usize)> {
    let m = this::<Match>(th, a.get(0))?;
    let g = match a.opt(1) {
        None => 0,
        Some(key) => number(th, m, key)?,
    };
    Ok((
        m.marks.get(2 * g).copied().unwrap_or(UNSET),
        m.marks.get(2 * g + 1).copied().unwrap_or(UNSET),
    ))
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let m = this::<Match>(th, o)?;
    let text = m.text(th, 0, &Obj::NONE)?;
    let mut b = StrBuf::new();
    let (x, y) = m.at(0).unwrap_or((0, 0));
    b.push_utf8(&format!("<{} object; span=({x}, {y}), match=", "re.Match"));
    b.push_str(th.repr(&text)?.text().slice(0, 50));
    b.push_utf8(">");
    th.str_data(b.finish())
}
