//! Running a pattern's program on a subject, str or bytes-like.

use super::pattern::Pattern;
use crate::modules::prelude::*;
use threadsnake_algo::each_kind;
use threadsnake_algo::sre::{Abort, Mode, Options, State};

/// The subject of a match: the object, and its bytes where it is not a str.
pub(super) struct Subject {
    pub(super) object: Obj,
    bytes: Option<Buffer>,
    pub(super) len: usize,
}

impl Subject {
    /// Checks that the object suits the pattern.
    pub(super) fn new(th: &Thread, p: &Pattern, o: &Obj) -> Res<Subject> {
        if let Some(s) = o.cast::<Str>() {
            if p.is_bytes == Some(true) {
                return Err(th.type_error("cannot use a bytes pattern on a string-like object"));
            }
            return Ok(Subject {
                object: o.clone(),
                bytes: None,
                len: s.len(),
            });
        }
        let bytes = th
            .buffer(o, false)
            .map_err(|e| match e.is(th, TypeId::TypeError) {
                true => th.type_error(format!(
                    "expected string or bytes-like object, got '{}'",
                    th.type_name(o)
                )),
                false => e,
            })?;
        if p.is_bytes == Some(false) {
            return Err(th.type_error("cannot use a string pattern on a bytes-like object"));
        }
        let len = bytes.len();
        Ok(Subject {
            object: o.clone(),
            bytes: Some(bytes),
            len,
        })
    }

    pub(super) fn is_bytes(&self) -> bool {
        self.bytes.is_some()
    }

    fn text(&self) -> StrRef<'_> {
        match (&self.bytes, self.object.cast::<Str>()) {
            (Some(b), _) => StrRef::Latin1(b.bytes()),
            (None, Some(s)) => s.text(),
            (None, None) => StrRef::Ascii(&[]),
        }
    }

    /// Part of the subject, as the kind of object that it is.
    pub(super) fn slice(&self, th: &Thread, start: usize, end: usize) -> Res {
        let (start, end) = (start.min(self.len), end.min(self.len));
        match (&self.bytes, self.object.cast::<Str>()) {
            (Some(b), _) => {
                if start == 0
                    && end == self.len
                    && self.object.shape_id() == TypeId::Bytes.root_shape()
                {
                    return Ok(self.object.clone());
                }
                th.bytes(b.bytes().get(start..end).unwrap_or(&[]))
            }
            (None, Some(s)) => substr(th, s, start, end),
            (None, None) => th.str(""),
        }
    }

    /// A text being put together from parts of this subject.
    pub(super) fn joiner(&self) -> Joiner {
        match self.is_bytes() {
            true => Joiner::Bytes(Vec::new()),
            false => Joiner::Text(StrBuf::new()),
        }
    }

    /// Appends part of the subject.
    pub(super) fn append(&self, to: &mut Joiner, start: usize, end: usize) {
        match to {
            Joiner::Bytes(v) => {
                let b = self.bytes.as_ref().map_or(&[][..], |b| b.bytes());
                v.extend_from_slice(b.get(start..end).unwrap_or(&[]));
            }
            Joiner::Text(b) => b.push_str(self.text().slice(start, end)),
        }
    }
}

/// Text or bytes being put together.
pub(super) enum Joiner {
    Text(StrBuf),
    Bytes(Vec<u8>),
}

impl Joiner {
    /// Appends an object of the right kind; `at` is its number for the message.
    pub(super) fn push(&mut self, th: &Thread, o: &Obj, at: usize) -> Res<()> {
        match self {
            Joiner::Text(b) => match o.cast::<Str>() {
                Some(s) => b.push_str(s.text()),
                None => {
                    return Err(th.type_error(format!(
                        "sequence item {at}: expected str instance, {} found",
                        th.type_name(o)
                    )));
                }
            },
            Joiner::Bytes(v) => match th.buffer(o, false) {
                Ok(b) => v.extend_from_slice(b.bytes()),
                Err(e) if e.is(th, TypeId::TypeError) => {
                    return Err(th.type_error(format!(
                        "sequence item {at}: expected a bytes-like object, {} found",
                        th.type_name(o)
                    )));
                }
                Err(e) => return Err(e),
            },
        }
        Ok(())
    }
    pub(super) fn finish(self, th: &Thread) -> Res {
        match self {
            Joiner::Text(b) => th.str_data(b.finish()),
            Joiner::Bytes(v) => th.bytes(&v),
        }
    }
}

/// A subject, the stretch of it that is looked at, and where to go on.
pub(super) struct Cursor {
    pub(super) subject: Subject,
    /// First place of the stretch, as asked for.
    pub(super) pos: usize,
    pub(super) end: usize,
    /// Where the next search starts.
    pub(super) at: usize,
    must_advance: bool,
    pub(super) state: State,
}

impl Cursor {
    pub(super) fn new(
        th: &Thread,
        p: &Pattern,
        o: &Obj,
        pos: Option<&Obj>,
        end: Option<&Obj>,
    ) -> Res<Cursor> {
        let subject = Subject::new(th, p, o)?;
        let bound = |n: Option<&Obj>, default: usize| -> Res<usize> {
            Ok(match n {
                None => default,
                Some(n) => (th.index_clamped(n)?.max(0) as usize).min(subject.len),
            })
        };
        let end = bound(end, subject.len)?;
        let pos = bound(pos, 0)?.min(subject.len);
        // A start behind the end matches nothing; places are kept as the subject's.
        Ok(Cursor {
            pos,
            end,
            at: pos,
            must_advance: false,
            state: State::new(),
            subject,
        })
    }

    /// Runs the program once from where the cursor stands.
    pub(super) fn run(&mut self, th: &Thread, p: &Pattern, mode: Mode) -> Res<bool> {
        if self.at > self.end {
            return Ok(false);
        }
        let mut options = Options::new(mode, self.at);
        options.must_advance = self.must_advance;
        let mut failed = None;
        let state = &mut self.state;
        let text = match (&self.subject.bytes, self.subject.object.cast::<Str>()) {
            (Some(b), _) => StrRef::Latin1(b.bytes()),
            (None, Some(s)) => s.text(),
            (None, None) => StrRef::Ascii(&[]),
        };
        let end = self.end;
        let mut poll = || match th.poll() {
            Ok(()) => true,
            Err(e) => {
                failed = Some(e);
                false
            }
        };
        let result =
            each_kind!(text, u => p.program.run(&u[..end.min(u.len())], options, state, &mut poll));
        match (result, failed) {
            (_, Some(e)) => Err(e),
            (Ok(found), None) => Ok(found),
            (Err(Abort::Memory | Abort::Interrupted), None) => Err(th.memory_error()),
        }
    }

    /// The next match, searched for, and moves behind it.
    pub(super) fn find(&mut self, th: &Thread, p: &Pattern) -> Res<bool> {
        let found = self.run(th, p, Mode::Search)?;
        if found {
            self.advance();
        }
        Ok(found)
    }

    /// Moves behind the match that was found.
    pub(super) fn advance(&mut self) {
        self.must_advance = self.state.end == self.state.start;
        self.at = self.state.end;
    }
}
