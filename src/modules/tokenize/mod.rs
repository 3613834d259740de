//! `_tokenize`: Python source as tokens, for `tokenize`.

mod lexer;

use super::codecs;
use crate::modules::prelude::*;
use lexer::{Fail, Lexer, Token};
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};

/// Payload of iterators. The source is read and taken apart at the first `next`.
pub struct TokenizerIter {
    readline: Slot,
    encoding: Option<Obj>,
    extra: bool,
    ready: Guarded<Option<Ready>>,
    at: AtomicUsize,
}
native!(
    TokenizerIter,
    TokenizerIter,
    "TokenizerIter",
    readline,
    encoding
);

/// All tokens, and the error behind the last, if there is one.
struct Ready {
    lines: Vec<String>,
    tokens: Vec<Token>,
    fail: Option<Fail>,
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
                        extra: a.opt(2).map_or(Ok(false), |o| th.truthy(o))?,
                        ready: Guarded::new(None),
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

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let s = this::<TokenizerIter>(th, o)?;
    if !s.ready.with(th, s.head(), |r| r.is_some()) {
        let text = source(th, s)?;
        let (lines, tokens, fail) = Lexer::new(&text).run();
        s.ready.with(th, s.head(), |r| {
            *r = Some(Ready {
                lines,
                tokens,
                fail,
            })
        });
        s.readline.set(th, None);
    }
    loop {
        let i = s.at.fetch_add(1, Ordering::Relaxed);
        let got = s.ready.with(th, s.head(), |r| {
            let r = r.as_ref()?;
            match r.tokens.get(i) {
                Some(t) => {
                    let line: String = r
                        .lines
                        .get(t.start.0 - 1..t.end.0.min(r.lines.len()))
                        .unwrap_or(&[])
                        .concat();
                    Some(Ok((t.clone(), line)))
                }
                None if i == r.tokens.len() => r.fail.clone().map(Err),
                None => None,
            }
        });
        match got {
            None => return Ok(None),
            Some(Err(f)) => return Err(syntax_error(th, f)),
            Some(Ok((t, _))) if !s.extra && t.is_extra() => {}
            Some(Ok((t, line))) => {
                let place = |(row, col): (usize, usize)| {
                    tuple_of(th, [th.uint(row as u64), th.uint(col as u64)])
                };
                let items = [
                    th.int(t.kind),
                    th.str(&t.text)?,
                    place(t.start)?,
                    place(t.end)?,
                    th.str(&line)?,
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
