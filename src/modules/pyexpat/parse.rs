//! Documents: what has come is kept as text (`input`); each step takes one token off its front, or finds that the rest has not
//! come yet. `tag` has elements and their namespaces, `entity` references; the text of an internal entity is stepped through
//! in the place of its reference.

mod entity;
mod input;
mod tag;

pub(super) use entity::numbered;
use entity::reference;

use super::H;
use super::listen::{Listener, tell};
use crate::modules::prelude::*;
use memchr::{memchr_iter, memchr2, memmem, memrchr};
use std::borrow::Cow;
use std::collections::HashMap;
use threadsnake_threads::sync::{Arc, Mutex};

/// Where something is in the document.
#[derive(Clone, Copy, Debug)]
pub(in crate::modules) struct Place {
    pub line: u32,
    pub column: u32,
    pub byte: u32,
}

/// What is wrong, and where.
#[derive(Debug)]
pub(in crate::modules) struct Fault {
    pub code: u32,
    pub place: Place,
}

/// Why parsing stops.
pub(in crate::modules) enum Stop {
    Raised(Exc),
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(f: Fault) -> Stop {
        Stop::Fault(f)
    }
}

impl From<Exc> for Stop {
    fn from(e: Exc) -> Stop {
        Stop::Raised(e)
    }
}

pub(in crate::modules) type Step<T = ()> = Result<T, Stop>;

/// An entity that a document type declares.
#[derive(Clone)]
pub(super) enum Entity {
    Internal(String),
    /// System and public identifier, notation.
    External(String, Option<String>, Option<String>),
}

/// A declared attribute.
#[derive(Clone)]
pub(super) struct Attribute {
    pub name: String,
    pub kind: String,
    pub default: Option<String>,
}

/// What document types have declared. Shared with the parsers of external entities.
#[derive(Default)]
pub(super) struct Declared {
    pub entities: HashMap<String, Entity>,
    pub parameters: HashMap<String, Entity>,
    pub attributes: HashMap<String, Vec<Attribute>>,
    /// There may be declarations elsewhere.
    pub elsewhere: bool,
    pub standalone: bool,
}

pub(super) type Shared = Arc<Mutex<Declared>>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Start,
    Prolog,
    Content,
    Epilog,
}

/// A parser's state between two pieces of input.
pub(in crate::modules) struct State {
    text: String,
    /// Up to where `text` is done with.
    at: usize,
    /// Bytes whose encoding is not known yet, or of a character that is not complete.
    raw: Vec<u8>,
    encoding: Option<String>,
    /// How much there was when a token was found incomplete.
    waited: usize,
    place: Place,
    phase: Phase,
    stack: tag::Stack,
    separator: Option<String>,
    /// Prefix (empty: none) and URI, inner ones last.
    bound: Vec<(String, String)>,
    pub(super) declared: Shared,
    /// Names of the entities whose text is being stepped through.
    within: Vec<String>,
    /// Bytes that came from entities.
    expanded: usize,
    /// A part of a document type that is kept elsewhere.
    subset: bool,
    /// The content of an entity that is kept elsewhere.
    external: bool,
    pub(super) finished: bool,
}

impl State {
    pub(in crate::modules) fn new(encoding: Option<String>, separator: Option<String>) -> State {
        State {
            text: String::new(),
            at: 0,
            raw: Vec::new(),
            encoding,
            waited: 0,
            place: Place {
                line: 1,
                column: 0,
                byte: 0,
            },
            phase: Phase::Start,
            stack: tag::Stack::default(),
            separator,
            bound: Vec::new(),
            declared: Shared::default(),
            within: Vec::new(),
            expanded: 0,
            subset: false,
            external: false,
            finished: false,
        }
    }

    pub(super) fn external(
        encoding: Option<String>,
        separator: Option<String>,
        declared: Shared,
        subset: bool,
    ) -> State {
        State {
            declared,
            subset,
            external: true,
            ..State::new(encoding, separator)
        }
    }

    /// Nothing may come any more.
    pub(in crate::modules) fn finish(&mut self) {
        self.finished = true;
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// A fault at the start of the token.
    pub(in crate::modules) fn fault(&self, code: u32) -> Fault {
        self.fault_at(code, 0)
    }

    /// A fault `n` bytes into the token.
    pub(super) fn fault_at(&self, code: u32, n: usize) -> Fault {
        let mut place = self.place;
        if self.within.is_empty() {
            place.go_over(self.rest().get(..n).unwrap_or(""));
        }
        Fault { code, place }
    }

    fn advance(&mut self, n: usize) {
        if self.within.is_empty() {
            self.place.go_over(&self.text[self.at..self.at + n]);
        }
        self.at += n;
    }
}

impl Place {
    #[inline]
    fn go_over(&mut self, text: &str) {
        self.byte += text.len() as u32;
        let last = match memrchr(b'\n', text.as_bytes()) {
            None => text,
            Some(i) => {
                self.line += memchr_iter(b'\n', text.as_bytes()).count() as u32;
                self.column = 0;
                &text[i + 1..]
            }
        };
        self.column += last.chars().count() as u32;
    }
}

const fn ascii(start: bool) -> [bool; 128] {
    let mut table = [false; 128];
    let mut i = 0;
    while i < 128 {
        let c = i as u8;
        table[i] = c.is_ascii_alphabetic()
            || c == b'_'
            || c == b':'
            || !start && (c.is_ascii_digit() || c == b'-' || c == b'.');
        i += 1;
    }
    table
}

static NAME_START: [bool; 128] = ascii(true);
static NAME: [bool; 128] = ascii(false);

fn name_start(c: char) -> bool {
    match NAME_START.get(c as usize) {
        Some(b) => *b,
        None => c as u32 >= 0xC0 && c != '\u{d7}' && c != '\u{f7}',
    }
}

fn name_char(c: char) -> bool {
    match NAME.get(c as usize) {
        Some(b) => *b,
        None => name_start(c) || c == '\u{b7}',
    }
}

pub(super) fn space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Length of the name that the text starts with.
pub(super) fn name_len(s: &str) -> usize {
    if !s.starts_with(name_start) {
        return 0;
    }
    let plain = s
        .bytes()
        .position(|b| !NAME.get(usize::from(b)).is_some_and(|yes| *yes));
    match plain {
        Some(n) if s.as_bytes()[n] < 0x80 => n,
        Some(n) => n + s[n..].find(|c| !name_char(c)).unwrap_or(s.len() - n),
        None => s.len(),
    }
}

fn allowed(c: char) -> bool {
    c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}') || matches!(c, '\t' | '\n' | '\r')
}

/// Line ends as they are told.
pub(super) fn lines(s: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', s.as_bytes()).is_some() {
        Cow::Owned(s.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(s)
    }
}

pub(super) fn optional(th: &Thread, s: Option<&str>) -> Res {
    s.map_or(Ok(Obj::NONE), |s| th.str(s))
}

/// Works through what has come.
pub(in crate::modules) fn run(th: &Thread, p: &dyn Listener, s: &mut State, last: bool) -> Step {
    if s.subset {
        if last {
            let text = std::mem::take(&mut s.text);
            super::dtd::declarations(th, p, s, &text)?;
        }
        return Ok(());
    }
    if s.external && s.phase == Phase::Start {
        s.phase = Phase::Content;
    }
    let there = s.rest().len();
    if !last && p.defers() && there < 2 * s.waited {
        return Ok(());
    }
    while step(th, p, s, last)? {}
    if !last {
        s.waited = if s.rest().len() == there { there } else { 0 };
        return Ok(());
    }
    if !s.rest().is_empty() {
        return Err(s.fault(5).into());
    }
    if !s.external && (s.phase != Phase::Epilog || !s.stack.is_empty()) {
        return Err(s.fault(3).into());
    }
    if s.external && !s.stack.is_empty() {
        return Err(s.fault(13).into());
    }
    Ok(())
}

/// Takes one token off the front; `false`: there is none that is complete.
fn step(th: &Thread, p: &dyn Listener, s: &mut State, last: bool) -> Step<bool> {
    p.at(s.place);
    let rest = s.rest();
    let [first, ..] = rest.as_bytes() else {
        return Ok(false);
    };
    let content = s.phase == Phase::Content;
    match first {
        b'<' => {}
        b'&' if content => return reference(th, p, s),
        _ if content => return text(th, p, s, last),
        _ => {}
    }
    let known = ["<!--", "<![CDATA[", "<!DOCTYPE", "<?xml "];
    if !last
        && rest.len() < 9
        && known
            .iter()
            .any(|k| k.len() > rest.len() && k.starts_with(rest))
    {
        return Ok(false);
    }
    if s.phase == Phase::Start {
        if rest.starts_with("<?xml") && rest[5..].starts_with(space) {
            let Some(end) = rest.find("?>") else {
                return Ok(false);
            };
            s.phase = Phase::Prolog;
            declaration(th, p, s, end + 2)?;
        }
        s.phase = Phase::Prolog;
        return Ok(true);
    }
    if *first != b'<' {
        return between(th, p, s, last);
    }
    match rest.as_bytes().get(1) {
        None => Ok(false),
        Some(b'!') => declared(th, p, s, last),
        Some(b'?') => instruction(th, p, s),
        Some(b'/') if content => tag::end(th, p, s),
        _ if s.phase == Phase::Epilog => Err(s.fault(9).into()),
        Some(b'/') => Err(s.fault(4).into()),
        Some(_) if !rest[1..].starts_with(name_start) => Err(s.fault_at(4, 1).into()),
        Some(_) => tag::start(th, p, s),
    }
}

/// What starts with `<!`: comments, sections, document types.
fn declared(th: &Thread, p: &dyn Listener, s: &mut State, last: bool) -> Step<bool> {
    let rest = s.rest();
    if let Some(inside) = rest.strip_prefix("<!--") {
        let Some(end) = inside.find("--") else {
            return Ok(false);
        };
        let after = &rest[4 + end + 2..];
        if after.is_empty() {
            return Ok(false);
        }
        if !after.starts_with('>') {
            return Err(s.fault_at(4, 4 + end + 2).into());
        }
        let raw = &rest[..4 + end + 3];
        check(s, raw)?;
        let text = || Ok(vec![th.str(&lines(&raw[4..4 + end]))?]);
        tell(th, p, H::Comment, text, raw)?;
        s.advance(4 + end + 3);
        return Ok(true);
    }
    if rest.starts_with("<![CDATA[") && s.phase == Phase::Content {
        let Some(end) = rest.find("]]>") else {
            return if last {
                Err(s.fault(20).into())
            } else {
                Ok(false)
            };
        };
        let raw = &rest[..end + 3];
        check(s, raw)?;
        tell(th, p, H::StartCdata, || Ok(vec![]), "<![CDATA[")?;
        for (text, raw) in pieces(p, &raw[9..end]) {
            p.text(th, &text, raw)?;
        }
        tell(th, p, H::EndCdata, || Ok(vec![]), "]]>")?;
        s.advance(end + 3);
        return Ok(true);
    }
    if rest.starts_with("<!DOCTYPE") && s.phase == Phase::Prolog {
        return match super::dtd::end_of(rest) {
            Some(n) => {
                let raw = rest[..n].to_owned();
                super::dtd::doctype(th, p, s, &raw)?;
                s.advance(n);
                Ok(true)
            }
            None => Ok(false),
        };
    }
    let code = if s.phase == Phase::Epilog { 9 } else { 4 };
    Err(s.fault_at(code, usize::from(code == 4)).into())
}

/// `<?…?>`
fn instruction(th: &Thread, p: &dyn Listener, s: &mut State) -> Step<bool> {
    let rest = s.rest();
    let Some(end) = rest.find("?>") else {
        return Ok(false);
    };
    let len = end + 2;
    let raw = &rest[..len];
    let n = name_len(&raw[2..]);
    if n == 0 {
        return Err(s.fault_at(4, 2).into());
    }
    let target = &raw[2..2 + n];
    if target.eq_ignore_ascii_case("xml") {
        if s.external && s.place.byte == 0 {
            // A text declaration.
            s.advance(len);
            return Ok(true);
        }
        return Err(s.fault(if s.external { 31 } else { 17 }).into());
    }
    check(s, raw)?;
    let args = || {
        let data = lines(raw[2 + n..end].trim_start_matches(space));
        Ok(vec![p.name(th, target)?, th.str(&data)?])
    };
    tell(th, p, H::ProcessingInstruction, args, raw)?;
    s.advance(len);
    Ok(true)
}

/// What stands outside of elements and starts with no `<`.
fn between(th: &Thread, p: &dyn Listener, s: &mut State, last: bool) -> Step<bool> {
    let rest = s.rest();
    let n = rest.find(|c| !space(c)).unwrap_or(rest.len());
    if n > 0 {
        p.default(th, &rest[..n])?;
        s.advance(n);
        return Ok(true);
    }
    if s.phase == Phase::Epilog {
        return Err(s.fault(9).into());
    }
    // A name is a token that has no place here, unless what follows can stand after no name at all.
    match rest[name_len(rest)..].chars().next() {
        Some(c) if rest.starts_with(name_start) && !space(c) && !"%()|,[]>?*+\"'".contains(c) => {
            Err(s.fault_at(4, name_len(rest)).into())
        }
        None if !last => Ok(false),
        _ => Err(s.fault(2).into()),
    }
}

/// Text up to the next tag or reference.
fn text(th: &Thread, p: &dyn Listener, s: &mut State, last: bool) -> Step<bool> {
    let rest = s.rest();
    let mut n = memchr2(b'<', b'&', rest.as_bytes()).unwrap_or(rest.len());
    if n == rest.len() && !last {
        // What may be the start of a line end, or of the end of a section, waits.
        n = rest.trim_end_matches(['\r', ']']).len();
        if n == 0 {
            return Ok(false);
        }
    }
    let raw = &rest[..n];
    if let Some(i) = memmem::find(raw.as_bytes(), b"]]>") {
        return Err(s.fault_at(4, i + 2).into());
    }
    check(s, raw)?;
    if !p.by_lines() {
        p.text(th, &lines(raw), raw)?;
        s.advance(n);
        return Ok(true);
    }
    let stop = s.at + n;
    while s.at < stop {
        p.at(s.place);
        let raw = piece(&s.text[s.at..stop]);
        p.text(th, as_told(raw), raw)?;
        let n = raw.len();
        s.advance(n);
    }
    Ok(true)
}

/// The line, or the line end, that a text starts with.
fn piece(text: &str) -> &str {
    let n = match memchr2(b'\n', b'\r', text.as_bytes()) {
        Some(0) => 1 + usize::from(text.starts_with("\r\n")),
        Some(n) => n,
        None => text.len(),
    };
    &text[..n]
}

fn as_told(piece: &str) -> &str {
    if piece.starts_with('\r') { "\n" } else { piece }
}

/// A text as it is told and as it is written, in the pieces that the listener wants.
fn pieces<'a>(p: &dyn Listener, raw: &'a str) -> Vec<(Cow<'a, str>, &'a str)> {
    if !p.by_lines() {
        return vec![(lines(raw), raw)];
    }
    let mut out = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() {
        let raw = piece(rest);
        out.push((Cow::Borrowed(as_told(raw)), raw));
        rest = &rest[raw.len()..];
    }
    out
}

/// Whether all characters may stand in a document.
fn check(s: &State, raw: &str) -> Step {
    // The two characters above those that may not have bytes of 0xEF first.
    let plain = |b: u8| b >= b' ' && b != 0xEF || matches!(b, b'\t' | b'\n' | b'\r');
    if raw.bytes().fold(true, |all, b| all & plain(b)) {
        return Ok(());
    }
    match raw.char_indices().find(|(_, c)| !allowed(*c)) {
        Some((i, '\u{0}')) if raw[i + 1..].starts_with('\u{1}') => Err(s.fault_at(6, i).into()),
        Some((i, _)) => Err(s.fault_at(4, i).into()),
        None => Ok(()),
    }
}

/// `<?xml …?>`
fn declaration(th: &Thread, p: &dyn Listener, s: &mut State, n: usize) -> Step {
    let raw = s.rest()[..n].to_owned();
    let mut inside = &raw["<?xml".len()..raw.len() - 2];
    let mut part = |name: &str| -> Option<&str> {
        let at = inside
            .trim_start_matches(space)
            .strip_prefix(name)
            .filter(|_| inside.starts_with(space))?;
        let at = at.trim_start_matches(space).strip_prefix('=')?;
        let at = at.trim_start_matches(space);
        let quote = at.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, rest) = at[1..].split_once(quote)?;
        inside = rest;
        Some(value)
    };
    let (version, encoding) = (part("version"), part("encoding"));
    let standalone = match part("standalone") {
        Some("yes") => 1,
        Some("no") => 0,
        Some(_) => return Err(s.fault(30).into()),
        None => -1,
    };
    let Some(version) = version.filter(|_| inside.trim_start_matches(space).is_empty()) else {
        return Err(s.fault(30).into());
    };
    s.declared.lock().standalone = standalone == 1;
    let args = || {
        Ok(vec![
            th.str(version)?,
            optional(th, encoding)?,
            Obj::small_int(standalone),
        ])
    };
    tell(th, p, H::XmlDecl, args, &raw)?;
    s.advance(n);
    Ok(())
}
