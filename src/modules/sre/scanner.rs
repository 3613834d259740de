//! Scanners: one match after another. `finditer` gives one too.

use super::matches;
use super::pattern::Pattern;
use super::run::Cursor;
use crate::modules::prelude::*;
use threadsnake_algo::sre::Mode;

/// Payload of scanners.
pub struct Scanner {
    pattern: Py<Pattern>,
    /// The cursor, while nobody runs it; `None` also when the scanner is at its end.
    cursor: Guarded<Option<Box<Cursor>>>,
    string: Obj,
}
native!(Scanner, SreScanner, "SRE_Scanner", pattern, string);

pub(super) static SCANNER: TypeDef = TypeDef {
    slots: iterator(None, |th, o| step(th, o, Mode::Search)),
    flags: type_flags::NO_NEW,
    methods: &[
        MethodDef::new("match", "($self, /)", |th, a| {
            Ok(step(th, a.get(0), Mode::Match)?.unwrap_or(Obj::NONE))
        }),
        MethodDef::new("search", "($self, /)", |th, a| {
            Ok(step(th, a.get(0), Mode::Search)?.unwrap_or(Obj::NONE))
        }),
    ],
    getset: &[GetSetDef::ro("pattern", |th, o| {
        Ok(this::<Scanner>(th, o)?.pattern.obj().clone())
    })],
    ..TypeDef::new(TypeId::SreScanner, "_sre.SRE_Scanner", Scanner::LAYOUT)
};

pub(super) fn new(th: &Thread, p: &Py<Pattern>, a: Args<'_>) -> Res {
    let cursor = Cursor::new(th, p, a.get(1), a.opt(2), a.opt(3))?;
    let cursor = Guarded::new(Some(Box::new(cursor)));
    Ok(th
        .alloc(Scanner {
            pattern: p.clone(),
            cursor,
            string: a.get(1).clone(),
        })
        .into_obj())
}

fn step(th: &Thread, o: &Obj, mode: Mode) -> Res<Option<Obj>> {
    let s = this::<Scanner>(th, o)?;
    // Taken out while it runs: another thread that asks meanwhile finds the scanner at its end.
    let Some(mut c) = s.cursor.take(th, s.head()) else {
        return Ok(None);
    };
    let found = c.run(th, &s.pattern, mode)?;
    if !found {
        return Ok(None);
    }
    let m = matches::new(th, &s.pattern, &c)?;
    c.advance();
    drop(s.cursor.replace(th, s.head(), Some(c)));
    Ok(Some(m))
}
