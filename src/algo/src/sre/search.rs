//! Where a match may start: by literal prefix, by first character, or anywhere.

use super::compile::{Anchor, Program};
use super::exec::{Run, Slot};
use super::{Abort, Mode, Options, POLL_INTERVAL, State, UNSET};
use crate::text::{Unit, find_units};

pub(super) fn run<U: Unit>(
    program: &Program,
    text: &[U],
    options: Options,
    state: &mut State,
    poll: &mut dyn FnMut() -> bool,
) -> Result<bool, Abort> {
    state.marks.clear();
    state.marks.resize(2 * program.groups, UNSET);
    state.slots.clear();
    state.slots.resize(program.slots, Slot::default());
    let start = options.start;
    if start > text.len() || text.len() - start < program.min_width {
        return Ok(false);
    }
    let mut r = Run {
        program,
        text,
        full: options.mode == Mode::FullMatch,
        not_at: if options.must_advance { start } else { UNSET },
        max_stack: options.max_stack,
        steps: POLL_INTERVAL,
        poll,
    };
    let found = if options.mode == Mode::Search {
        search(&mut r, state, start)?
    } else {
        r.attempt(state, start)?.map(|e| (start, e))
    };
    if let Some((s, e)) = found {
        (state.start, state.end) = (s, e);
    }
    Ok(found.is_some())
}

fn search<U: Unit>(
    r: &mut Run<'_, U>,
    state: &mut State,
    start: usize,
) -> Result<Option<(usize, usize)>, Abort> {
    let program = r.program;
    let text = r.text;
    // No match can start behind this.
    let last = text.len() - program.min_width;
    let mut at = start;
    if !program.prefix.is_empty() {
        let Some(prefix) = program
            .prefix
            .iter()
            .map(|&c| U::from_cp(c))
            .collect::<Option<Vec<U>>>()
        else {
            return Ok(None);
        };
        while at <= last {
            let Some(i) = U::find_with(program.finder.as_ref(), &text[at..], &prefix) else {
                break;
            };
            at += i;
            if program.whole_literal {
                return Ok(Some((at, at + prefix.len())));
            }
            if let Some(end) = r.attempt(state, at)? {
                return Ok(Some((at, end)));
            }
            r.spend(1 + i / 32)?;
            r.not_at = UNSET;
            at += 1;
        }
        return Ok(None);
    }
    while at <= last {
        let from = at;
        match program.anchor {
            Anchor::Anywhere => {}
            Anchor::Text if at > 0 => return Ok(None),
            Anchor::Text => {}
            Anchor::Line => {
                if at > 0 && text[at - 1].cp() != 10 {
                    let feed = U::from_cp(10).and_then(|u| U::position(&text[at..], u));
                    let Some(i) = feed else { return Ok(None) };
                    at += i + 1;
                    if at > last {
                        return Ok(None);
                    }
                }
            }
        }
        if program.anchor == Anchor::Anywhere
            && let Some(filter) = &program.filter
        {
            let Some(i) = filter.find(text, at, last) else {
                return Ok(None);
            };
            at = i;
        }
        if let Some(end) = r.attempt(state, at)? {
            return Ok(Some((at, end)));
        }
        r.spend(1 + (at - from) / 32)?;
        r.not_at = UNSET;
        at += 1;
    }
    Ok(None)
}

/// Literal search with a prepared searcher for bytes.
pub(super) trait FindWith: Unit {
    fn find_with(
        finder: Option<&memchr::memmem::Finder<'static>>,
        hay: &[Self],
        needle: &[Self],
    ) -> Option<usize>;
}

impl<U: Unit> FindWith for U {
    #[inline]
    fn find_with(
        finder: Option<&memchr::memmem::Finder<'static>>,
        hay: &[U],
        needle: &[U],
    ) -> Option<usize> {
        match (finder, U::as_bytes(hay)) {
            (Some(f), Some(bytes)) => f.find(bytes),
            _ => find_units(hay, needle),
        }
    }
}
