//! `_tokenize`: Python source as tokens, for `tokenize`.
//!
//! Several threads may ask one iterator: who asks first reads the source, the others wait for it.

mod lexer;

use super::codecs;
use crate::modules::prelude::*;
use lexer::{Fail, Lexer, Token, kind};
use std::time::Duration;
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};
use threadsnake_threads::sync::thread;

/// How long a thread sleeps between two looks whether another has read the source.
const PAUSE: Duration = Duration::from_millis(1);

/// Payload of iterators. The source is read and taken apart at the first `next`.
pub struct TokenizerIter {
    readline: Slot,
    encoding: Option<Obj>,
    extra: bool,
    ready: Guarded<Stage>,
    at: AtomicUsize,
}
native!(
    TokenizerIter,
    TokenizerIter,
    "TokenizerIter",
    readline,
    encoding
);

/// How far an iterator is.
#[derive(Default)]
enum Stage {
    #[default]
    Fresh,
    /// The thread of this number reads the source.
    Reading(u64),
    Ready(Ready),
}

/// All tokens, and the error behind the last, if there is one.
struct Ready {
    lines: Vec<String>,
    tokens: Vec<Token>,
    fail: Option<Fail>,
}

/// A token as Python sees it.
struct Shown {
    kind: i64,
    text: String,
    start: (usize, i64),
    end: (usize, i64),
    line: String,
}

impl Ready {
    /// As `tokenize` has it.
    fn full(&self, t: &Token) -> Shown {
        let place = |(row, col): (usize, usize)| (row, col as i64);
        Shown {
            kind: t.kind,
            text: t.text.clone(),
            start: place(t.start),
            end: place(t.end),
            line: self
                .lines
                .get(t.start.0 - 1..t.end.0.min(self.lines.len()))
                .unwrap_or(&[])
                .concat(),
        }
    }

    /// As the compiler has it: each operator has a number of its own, and what is no text has none.
    fn bare(&self, t: &Token, index: usize) -> Option<Shown> {
        let mut shown = self.full(t);
        match t.kind {
            kind::COMMENT | kind::NL => return None,
            kind::OP => shown.kind = kind::of_operator(&t.text),
            kind::NEWLINE => {
                shown.text.clear();
                shown.end = shown.start;
                // A comment before it is told as the end of the line.
                let before = index.checked_sub(1).map(|i| self.full(&self.tokens[i]));
                if let Some(c) = before.filter(|c| c.kind == kind::COMMENT) {
                    shown = Shown { kind: t.kind, ..c };
                }
            }
            kind::INDENT | kind::DEDENT | kind::ENDMARKER => {
                if self.lines.is_empty() {
                    return None;
                }
                let row = t.start.0.min(self.lines.len());
                shown.text.clear();
                (shown.start, shown.end) = ((row, -1), (row, -1));
                if row < t.start.0 {
                    let last = &self.lines[row - 1];
                    let blank = last.trim().is_empty();
                    shown.line = if blank { String::new() } else { last.clone() };
                }
            }
            _ => {}
        }
        Some(shown)
    }
}

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&ITER];

static ITER: TypeDef = TypeDef {
    slots: iterator(
        Some(|th, cls, args| {
            th.bind(
                "TokenizerIter",
                "(readline, *, encoding=None, extra_tokens=False)",
                args,
                |a| {
                    let payload = TokenizerIter {
                        readline: Slot::new(Some(a.get(0).clone())),
                        encoding: a.opt_not_none(1).cloned(),
                        extra: a.flag(th, 2)?,
                        ready: Guarded::new(Stage::Fresh),
                        at: AtomicUsize::new(0),
                    };
                    Ok(th.alloc_as::<TokenizerIter>(cls, payload)?.into_obj())
                },
            )
        }),
        next,
    ),
    ..TypeDef::new(
        TypeId::TokenizerIter,
        "_tokenize.TokenizerIter",
        TokenizerIter::LAYOUT,
    )
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    types: &[("TokenizerIter", TypeId::TokenizerIter)],
    ..ModuleDef::new("_tokenize")
};

/// Reads all lines.
fn source(th: &Thread, s: &TokenizerIter) -> Res<String> {
    let Some(readline) = s.readline.get() else {
        return Ok(String::new());
    };
    let mut text = String::new();
    loop {
        let line = match th.call(&readline, &[]) {
            Ok(l) => l,
            Err(e) if e.is(th, TypeId::StopIteration) => break,
            Err(e) => return Err(e),
        };
        let line = match &s.encoding {
            Some(enc) if line.cast::<Str>().is_none() => {
                let name = th.text_of(enc, "encoding")?.to_rust();
                codecs::decode(th, &line, &name, Some("strict"))?
            }
            _ => line,
        };
        let Some(l) = line.cast::<Str>() else {
            return Err(th.type_error(format!(
                "readline() returned a non-string object ({})",
                th.type_name(&line)
            )));
        };
        if l.is_empty() {
            break;
        }
        text.push_str(&l.to_rust());
        th.poll()?;
    }
    Ok(text)
}

/// Sees to it that the tokens are there.
fn prepare(th: &Thread, s: &Py<TokenizerIter>) -> Res<()> {
    let me = th.ident;
    loop {
        // `None`: they are; else who reads.
        let reads = s.ready.with(th, s.head(), |stage| match stage {
            Stage::Ready(_) => None,
            Stage::Reading(who) => Some(*who),
            Stage::Fresh => {
                *stage = Stage::Reading(me);
                Some(0)
            }
        });
        match reads {
            None => return Ok(()),
            Some(0) => break,
            Some(who) if who == me => {
                return Err(th.value_error("tokenizer is already executing"));
            }
            Some(_) => {
                th.poll()?;
                th.blocking(|| thread::sleep(PAUSE));
            }
        }
    }
    let read = source(th, s).map(|text| {
        let (lines, tokens, fail) = Lexer::new(&text).run();
        Stage::Ready(Ready {
            lines,
            tokens,
            fail,
        })
    });
    let (stage, r) = match read {
        Ok(stage) => {
            s.readline.set(th, None);
            (stage, Ok(()))
        }
        Err(e) => (Stage::Fresh, Err(e)),
    };
    s.ready.with(th, s.head(), |s| *s = stage);
    r
}

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let s = this::<TokenizerIter>(th, o)?;
    prepare(th, s)?;
    loop {
        let i = s.at.fetch_add(1, Ordering::Relaxed);
        let got = s.ready.with(th, s.head(), |stage| {
            let Stage::Ready(r) = stage else {
                return None;
            };
            match r.tokens.get(i) {
                Some(t) if s.extra => Some(Ok(Some(r.full(t)))),
                Some(t) => Some(Ok(r.bare(t, i))),
                None if i == r.tokens.len() => r.fail.clone().map(Err),
                None => None,
            }
        });
        match got {
            None => return Ok(None),
            Some(Err(f)) => return Err(syntax_error(th, f)),
            Some(Ok(None)) => {}
            Some(Ok(Some(t))) => {
                let place =
                    |(row, col): (usize, i64)| tuple_of(th, [th.uint(row as u64), th.int(col)]);
                let items = [
                    th.int(t.kind),
                    th.str(&t.text)?,
                    place(t.start)?,
                    place(t.end)?,
                    th.str(&t.line)?,
                ];
                return tuple_of(th, items).map(Some);
            }
        }
    }
}

fn syntax_error(th: &Thread, f: Fail) -> Exc {
    let made = (|| {
        let text = match &f.text {
            Some(t) => th.str(t)?,
            None => Obj::NONE,
        };
        let place = [
            th.str("<string>")?,
            th.uint(f.row as u64),
            th.uint(f.offset as u64),
            text,
            Obj::NONE,
            Obj::NONE,
        ];
        Ok([th.str(&f.message)?, tuple_of(th, place)?])
    })();
    let class = if f.indentation {
        TypeId::IndentationError
    } else {
        TypeId::SyntaxError
    };
    match made {
        // Called, so that it takes the place apart.
        Ok(args) => raise_class(th, th.ty(class).obj(), &args),
        Err(e) => e,
    }
}
