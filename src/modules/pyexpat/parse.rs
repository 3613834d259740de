//! Documents: decoding, tags, text, references, namespaces.
//!
//! What has come is kept as text; each step takes one token off its front, or finds that the rest has not come yet. The
//! text of an internal entity is stepped through in the place of its reference.

mod entity;

pub(super) use entity::numbered;
use entity::{attribute_value, reference};

use super::{H, Parser, flush};
use crate::modules::prelude::*;
use std::collections::HashMap;
use threadsnake_threads::sync::atomic::Ordering;
use threadsnake_threads::sync::{Arc, Mutex};

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Fault {
    pub code: u32,
    pub line: u32,
    pub column: u32,
    pub byte: u32,
}

/// Why parsing stops.
pub(super) enum Stop {
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

pub(super) type Step<T = ()> = Result<T, Stop>;

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

/// An element that is open.
struct Open {
    raw: String,
    name: String,
    /// Namespaces bound before it.
    bound: usize,
}

/// A parser's state between two pieces of input.
pub(super) struct State {
    text: String,
    /// Up to where `text` is done with.
    at: usize,
    /// Bytes whose encoding is not known yet, or of a character that is not complete.
    raw: Vec<u8>,
    encoding: Option<String>,
    /// The program or a mark at the start has said the encoding.
    fixed: bool,
    line: u32,
    column: u32,
    byte: u32,
    phase: Phase,
    stack: Vec<Open>,
    separator: Option<String>,
    /// Prefix (empty: none) and URI, inner ones last.
    bound: Vec<(String, String)>,
    pub declared: Shared,
    /// Names of the entities whose text is being stepped through.
    within: Vec<String>,
    /// Bytes that came from entities.
    expanded: usize,
    /// A part of a document type that is kept elsewhere.
    subset: bool,
    /// The content of an entity that is kept elsewhere.
    external: bool,
    pub finished: bool,
}

/// Bytes from entities that are let through whatever the size of the document, and how many times its size beyond that.
const EXPANSION: (usize, usize) = (8 << 20, 100);
/// Entities within entities.
const DEPTH: usize = 100;

impl State {
    pub fn new(encoding: Option<String>, separator: Option<String>) -> State {
        State {
            text: String::new(),
            at: 0,
            raw: Vec::new(),
            fixed: encoding.is_some(),
            encoding,
            line: 1,
            column: 0,
            byte: 0,
            phase: Phase::Start,
            stack: Vec::new(),
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

    pub fn external(
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

    /// Text was given, not bytes: what the document says of its encoding does not count.
    pub fn text_given(&mut self) {
        self.fixed = true;
        self.encoding = Some("utf-8".to_owned());
    }

    pub fn push_text(&mut self, s: &str) {
        if self.at > 64 << 10 {
            self.text.drain(..self.at);
            self.at = 0;
        }
        self.text.push_str(s);
    }

    /// Takes bytes in; `decode` knows the encodings that need tables.
    pub fn push_bytes(
        &mut self,
        bytes: &[u8],
        last: bool,
        decode: impl Fn(&[u8], &str) -> Res<String>,
    ) -> Step {
        self.raw.extend_from_slice(bytes);
        if self.encoding.is_none() {
            match find_encoding(&self.raw, last) {
                Some(name) => self.encoding = Some(name),
                None => return Ok(()),
            }
        }
        let name = self
            .encoding
            .clone()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let raw = std::mem::take(&mut self.raw);
        let text = match name.as_str() {
            "utf-8" | "utf8" | "us-ascii" | "ascii" => {
                let (good, bad) = match std::str::from_utf8(&raw) {
                    Ok(s) => (s, None),
                    Err(e) => {
                        let n = e.valid_up_to();
                        (
                            std::str::from_utf8(&raw[..n]).unwrap_or(""),
                            Some((n, e.error_len())),
                        )
                    }
                };
                self.push_text(good);
                match bad {
                    Some((n, None)) if !last => self.raw = raw[n..].to_vec(),
                    // Told when the text before it has been worked through.
                    Some((_, len)) => {
                        self.push_text("\u{0}");
                        if len.is_none() {
                            self.push_text("\u{1}");
                        }
                    }
                    None => {}
                }
                self.strip_mark();
                return Ok(());
            }
            "utf-16" | "utf-16le" | "utf-16be" => {
                let even = raw.len() & !1;
                self.raw = raw[even..].to_vec();
                if self.line == 1 && self.text.is_empty() && even >= 2 {
                    self.encoding = Some(match raw[..2] {
                        [0xFE, 0xFF] | [0, _] => "utf-16be".to_owned(),
                        _ => "utf-16le".to_owned(),
                    });
                }
                decode(&raw[..even], self.encoding.as_deref().unwrap_or("utf-16"))?
            }
            other => decode(&raw, other)?,
        };
        self.push_text(&text);
        self.strip_mark();
        Ok(())
    }

    fn strip_mark(&mut self) {
        if self.byte == 0 && self.at == 0 && self.text.starts_with('\u{feff}') {
            self.text.drain(..3);
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// A fault at the start of the token.
    pub fn fault(&self, code: u32) -> Fault {
        self.fault_at(code, 0)
    }

    /// A fault `n` bytes into the token.
    pub fn fault_at(&self, code: u32, n: usize) -> Fault {
        let (mut line, mut column) = (self.line, self.column);
        let mut byte = self.byte;
        if self.within.is_empty() {
            for c in self.rest().get(..n).unwrap_or("").chars() {
                count(c, &mut line, &mut column);
            }
            byte += n as u32;
        }
        Fault {
            code,
            line,
            column,
            byte,
        }
    }

    fn advance(&mut self, n: usize) {
        if self.within.is_empty() {
            let (mut line, mut column) = (self.line, self.column);
            for c in self.rest()[..n].chars() {
                count(c, &mut line, &mut column);
            }
            (self.line, self.column) = (line, column);
            self.byte += n as u32;
        }
        self.at += n;
    }
}

fn count(c: char, line: &mut u32, column: &mut u32) {
    if c == '\n' {
        *line += 1;
        *column = 0;
    } else {
        *column += 1;
    }
}

/// The encoding of a document that starts like this; `None` where more of it must come.
fn find_encoding(raw: &[u8], last: bool) -> Option<String> {
    let utf8 = || Some("utf-8".to_owned());
    match raw {
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, b'<', ..] | [b'<', 0, ..] => {
            return Some("utf-16".to_owned());
        }
        [0xEF, 0xBB, 0xBF, ..] => return utf8(),
        _ if raw.len() < 4 && !last => return None,
        _ => {}
    }
    if !raw.starts_with(b"<?xml") {
        return utf8();
    }
    let end = raw.windows(2).position(|w| w == b"?>");
    let Some(end) = end else {
        return if last || raw.len() > 1000 {
            utf8()
        } else {
            None
        };
    };
    let head = String::from_utf8_lossy(&raw[..end]).into_owned();
    match attribute_of(&head, "encoding") {
        Some(name) if name.to_ascii_lowercase().starts_with("utf-16") => utf8(),
        Some(name) => Some(name),
        None => utf8(),
    }
}

/// `name="value"` in a declaration.
fn attribute_of(head: &str, name: &str) -> Option<String> {
    let after = &head[head.find(name)? + name.len()..];
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after[1..].split(quote).next().map(str::to_owned)
}

pub(super) fn name_start(c: char) -> bool {
    c.is_ascii_alphabetic()
        || c == '_'
        || c == ':'
        || (c as u32 >= 0xC0 && c != '\u{d7}' && c != '\u{f7}')
}

pub(super) fn name_char(c: char) -> bool {
    name_start(c) || c.is_ascii_digit() || c == '-' || c == '.' || c == '\u{b7}'
}

pub(super) fn space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Length of the name that the text starts with.
pub(super) fn name_len(s: &str) -> usize {
    if !s.starts_with(name_start) {
        return 0;
    }
    s.find(|c| !name_char(c)).unwrap_or(s.len())
}

fn allowed(c: char) -> bool {
    c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}') || matches!(c, '\t' | '\n' | '\r')
}

/// Line ends as they are told.
pub(super) fn lines(s: &str) -> String {
    if s.contains('\r') {
        s.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        s.to_owned()
    }
}

/// A string of which there is one in the parser's table of names.
fn interned(th: &Thread, p: &Py<Parser>, s: &str) -> Res {
    let o = th.str(s)?;
    match p.intern.get() {
        Some(d) if !d.is_none() => match d.cast::<Dict>() {
            Some(d) => {
                if let Some(known) = d.get_item(th, &o)? {
                    return Ok(known);
                }
                d.set_item(th, &o, o.clone())?;
                Ok(o)
            }
            None => Ok(o),
        },
        _ => Ok(o),
    }
}

pub(super) fn optional(th: &Thread, s: Option<&str>) -> Res {
    s.map_or(Ok(Obj::NONE), |s| th.str(s))
}

/// Tells a handler; where there is none, the default one gets the text.
pub(super) fn tell(
    th: &Thread,
    p: &Py<Parser>,
    h: H,
    args: impl FnOnce() -> Res<Vec<Obj>>,
    raw: &str,
) -> Step<Option<Obj>> {
    match p.handler(h) {
        Some(f) => {
            flush(th, p)?;
            Ok(Some(th.call(&f, &args()?)?))
        }
        None => {
            tell_default(th, p, raw)?;
            Ok(None)
        }
    }
}

pub(super) fn tell_default(th: &Thread, p: &Py<Parser>, raw: &str) -> Step {
    let f = p
        .handler(H::DefaultExpand)
        .or_else(|| p.handler(H::Default));
    if let Some(f) = f
        && !raw.is_empty()
    {
        flush(th, p)?;
        th.call(&f, &[th.str(raw)?])?;
    }
    Ok(())
}

fn characters(th: &Thread, p: &Py<Parser>, text: &str, raw: &str) -> Step {
    let Some(f) = p.handler(H::CharacterData) else {
        return tell_default(th, p, raw);
    };
    if p.has(super::BUFFER_TEXT) {
        let size = p.buffer_size.load(Ordering::Relaxed) as usize;
        if p.waiting.with(th, p.head(), |w| w.len()) + text.len() > size {
            flush(th, p)?;
            if text.len() > size {
                th.call(&f, &[th.str(text)?])?;
                return Ok(());
            }
        }
        p.waiting.with(th, p.head(), |w| w.push_str(text));
        return Ok(());
    }
    th.call(&f, &[th.str(text)?])?;
    Ok(())
}

/// Works through what has come.
pub(super) fn run(th: &Thread, p: &Py<Parser>, s: &mut State, last: bool) -> Step {
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
    while step(th, p, s, last)? {}
    if !last {
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
fn step(th: &Thread, p: &Py<Parser>, s: &mut State, last: bool) -> Step<bool> {
    p.line.store(s.line, Ordering::Relaxed);
    p.column.store(s.column, Ordering::Relaxed);
    p.byte.store(s.byte, Ordering::Relaxed);
    let rest = s.rest();
    if rest.is_empty() {
        return Ok(false);
    }
    let known = ["<!--", "<![CDATA[", "<!DOCTYPE", "<?xml "];
    if !last
        && known
            .iter()
            .any(|k| k.len() > rest.len() && k.starts_with(rest))
    {
        return Ok(false);
    }
    if s.phase == Phase::Start {
        s.phase = Phase::Prolog;
        if s.rest().starts_with("<?xml") && s.rest()[5..].starts_with(space) {
            let Some(end) = s.rest().find("?>") else {
                s.phase = Phase::Start;
                return Ok(false);
            };
            declaration(th, p, s, end + 2)?;
            return Ok(true);
        }
        return Ok(true);
    }
    let content = s.phase == Phase::Content;
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
        let raw = rest[..4 + end + 3].to_owned();
        check(s, &raw)?;
        let text = lines(&raw[4..4 + end]);
        tell(th, p, H::Comment, || Ok(vec![th.str(&text)?]), &raw)?;
        s.advance(raw.len());
        return Ok(true);
    }
    if rest.starts_with("<![CDATA[") && content {
        let Some(end) = rest.find("]]>") else {
            return if last {
                Err(s.fault(20).into())
            } else {
                Ok(false)
            };
        };
        let raw = rest[..end + 3].to_owned();
        check(s, &raw)?;
        tell(th, p, H::StartCdata, || Ok(vec![]), "<![CDATA[")?;
        for (text, raw) in pieces(&raw[9..end]) {
            characters(th, p, &text, raw)?;
        }
        tell(th, p, H::EndCdata, || Ok(vec![]), "]]>")?;
        s.advance(raw.len());
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
    if rest.starts_with("<?") {
        let Some(end) = rest.find("?>") else {
            return Ok(false);
        };
        let raw = rest[..end + 2].to_owned();
        let n = name_len(&raw[2..]);
        if n == 0 {
            return Err(s.fault_at(4, 2).into());
        }
        let target = &raw[2..2 + n];
        if target.eq_ignore_ascii_case("xml") {
            let code = if s.external { 31 } else { 17 };
            if s.external && s.byte == 0 {
                // A text declaration.
                s.advance(raw.len());
                return Ok(true);
            }
            return Err(s.fault(code).into());
        }
        check(s, &raw)?;
        let data = lines(raw[2 + n..end].trim_start_matches(space));
        let args = || Ok(vec![interned(th, p, target)?, th.str(&data)?]);
        tell(th, p, H::ProcessingInstruction, args, &raw)?;
        s.advance(raw.len());
        return Ok(true);
    }
    if rest.starts_with("</") {
        if !content {
            return Err(s.fault(if s.phase == Phase::Epilog { 9 } else { 4 }).into());
        }
        let Some(end) = rest.find('>') else {
            return Ok(false);
        };
        let raw = rest[..=end].to_owned();
        return end_tag(th, p, s, &raw).map(|()| true);
    }
    if let Some(inside) = rest.strip_prefix('<') {
        if inside.is_empty() {
            return Ok(false);
        }
        if s.phase == Phase::Epilog {
            return Err(s.fault(9).into());
        }
        if !inside.starts_with(name_start) {
            return Err(s.fault_at(4, 1).into());
        }
        let Some(end) = tag_end(s)? else {
            return Ok(false);
        };
        let raw = s.rest()[..end].to_owned();
        return start_tag(th, p, s, &raw).map(|()| true);
    }
    if !content {
        let n = rest.find(|c| !space(c)).unwrap_or(rest.len());
        if n == 0 {
            return Err(s.fault(if s.phase == Phase::Epilog { 9 } else { 2 }).into());
        }
        let raw = rest[..n].to_owned();
        tell_default(th, p, &raw)?;
        s.advance(n);
        return Ok(true);
    }
    if rest.starts_with('&') {
        return reference(th, p, s);
    }
    let mut n = rest.find(['<', '&']).unwrap_or(rest.len());
    if n == rest.len() && !last {
        // What may be the start of a line end, or of the end of a section, waits.
        n = rest.trim_end_matches(['\r', ']']).len();
        if n == 0 {
            return Ok(false);
        }
    }
    let raw = rest[..n].to_owned();
    if let Some(i) = raw.find("]]>") {
        return Err(s.fault_at(4, i + 2).into());
    }
    check(s, &raw)?;
    for (text, raw) in pieces(&raw) {
        characters(th, p, &text, raw)?;
        s.advance(raw.len());
        p.line.store(s.line, Ordering::Relaxed);
        p.column.store(s.column, Ordering::Relaxed);
    }
    Ok(true)
}

/// Line ends and what is between them, as told and as written.
fn pieces(raw: &str) -> Vec<(String, &str)> {
    let mut out = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() {
        let n = match rest.find(['\n', '\r']) {
            Some(0) => 1 + usize::from(rest.starts_with("\r\n")),
            Some(n) => n,
            None => rest.len(),
        };
        let piece = &rest[..n];
        let text = if piece.starts_with(['\n', '\r']) {
            "\n"
        } else {
            piece
        };
        out.push((text.to_owned(), piece));
        rest = &rest[n..];
    }
    out
}

/// Whether all characters may stand in a document.
fn check(s: &State, raw: &str) -> Step {
    match raw.char_indices().find(|(_, c)| !allowed(*c)) {
        Some((i, '\u{0}')) if raw[i + 1..].starts_with('\u{1}') => Err(s.fault_at(6, i).into()),
        Some((i, _)) => Err(s.fault_at(4, i).into()),
        None => Ok(()),
    }
}

/// `<?xml …?>`
fn declaration(th: &Thread, p: &Py<Parser>, s: &mut State, n: usize) -> Step {
    let raw = s.rest()[..n].to_owned();
    let Some(version) = attribute_of(&raw, "version") else {
        return Err(s.fault(30).into());
    };
    let encoding = attribute_of(&raw, "encoding");
    let standalone = match attribute_of(&raw, "standalone").as_deref() {
        Some("yes") => 1,
        Some("no") => 0,
        Some(_) => return Err(s.fault(30).into()),
        None => -1,
    };
    s.declared.lock().standalone = standalone == 1;
    let args = || {
        Ok(vec![
            th.str(&version)?,
            optional(th, encoding.as_deref())?,
            Obj::small_int(standalone),
        ])
    };
    tell(th, p, H::XmlDecl, args, &raw)?;
    s.advance(n);
    Ok(())
}

/// Length of a start tag.
fn tag_end(s: &State) -> Step<Option<usize>> {
    let mut quote = None;
    for (i, c) in s.rest().char_indices().skip(1) {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (_, '<') => return Err(s.fault_at(4, i).into()),
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '>') => return Ok(Some(i + 1)),
            (None, _) if !allowed(c) => return Err(s.fault_at(4, i).into()),
            (None, _) => {}
        }
    }
    Ok(None)
}

fn start_tag(th: &Thread, p: &Py<Parser>, s: &mut State, raw: &str) -> Step {
    let empty = raw.ends_with("/>");
    let end = raw.len() - if empty { 2 } else { 1 };
    let n = 1 + name_len(&raw[1..]);
    let name = raw[1..n].to_owned();
    let mut attrs: Vec<(String, String)> = Vec::new();
    let mut at = n;
    while at < end {
        let gap = raw[at..end].find(|c| !space(c)).unwrap_or(end - at);
        at += gap;
        if at == end {
            break;
        }
        let len = name_len(&raw[at..end]);
        if len == 0 || gap == 0 {
            return Err(s.fault_at(4, at).into());
        }
        let key = &raw[at..at + len];
        let start = at;
        at += len;
        at += raw[at..end].find(|c| !space(c)).unwrap_or(end - at);
        if !raw[at..end].starts_with('=') {
            return Err(s.fault_at(4, at).into());
        }
        at += 1;
        at += raw[at..end].find(|c| !space(c)).unwrap_or(end - at);
        let Some(q) = raw[at..end]
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''))
        else {
            return Err(s.fault_at(4, at).into());
        };
        let Some(len) = raw[at + 1..end].find(q) else {
            return Err(s.fault_at(4, at).into());
        };
        let value = attribute_value(s, &raw[at + 1..at + 1 + len], at + 1, 0)?;
        if attrs.iter().any(|(k, _)| k == key) {
            return Err(s.fault_at(8, start).into());
        }
        attrs.push((key.to_owned(), value));
        at += len + 2;
    }
    let declared = s.declared.lock().attributes.get(&name).cloned();
    let mut specified = attrs.len();
    for a in declared.into_iter().flatten() {
        if a.kind != "CDATA"
            && let Some((_, v)) = attrs.iter_mut().find(|(k, _)| *k == a.name)
        {
            *v = v
                .split(' ')
                .filter(|w| !w.is_empty())
                .collect::<Vec<_>>()
                .join(" ");
        }
        if let Some(d) = a.default
            && !attrs.iter().any(|(k, _)| *k == a.name)
        {
            attrs.push((a.name, d));
        }
    }
    let before = s.bound.len();
    let mut full = name.clone();
    if s.separator.is_some() {
        let mut kept = Vec::new();
        for (i, (k, v)) in std::mem::take(&mut attrs).into_iter().enumerate() {
            let prefix = match k.split_once(':') {
                Some(("xmlns", prefix)) => prefix.to_owned(),
                None if k == "xmlns" => String::new(),
                _ => {
                    kept.push((i < specified, k, v));
                    continue;
                }
            };
            if v.is_empty() && !prefix.is_empty() {
                return Err(s.fault(28).into());
            }
            let args = || {
                let shown = Some(prefix.as_str()).filter(|p| !p.is_empty());
                let uri = Some(v.as_str()).filter(|v| !v.is_empty());
                Ok(vec![optional(th, shown)?, optional(th, uri)?])
            };
            tell(th, p, H::StartNamespaceDecl, args, "")?;
            s.bound.push((prefix, v));
        }
        specified = kept.iter().filter(|k| k.0).count();
        full = expand(p, s, &name, false)?;
        for (_, k, v) in kept {
            let k = expand(p, s, &k, true)?;
            if attrs.iter().any(|(other, _)| *other == k) {
                return Err(s.fault(8).into());
            }
            attrs.push((k, v));
        }
    }
    if p.has(super::SPECIFIED) {
        attrs.truncate(specified);
    }
    let args = || {
        let given = match p.has(super::ORDERED) {
            true => {
                let mut list = Vec::new();
                for (k, v) in &attrs {
                    list.push(interned(th, p, k)?);
                    list.push(th.str(v)?);
                }
                th.list(list)?
            }
            false => {
                let d = th.new_dict()?;
                for (k, v) in &attrs {
                    d.set_item(th, &interned(th, p, k)?, th.str(v)?)?;
                }
                d.into_obj()
            }
        };
        Ok(vec![interned(th, p, &full)?, given])
    };
    tell(th, p, H::StartElement, args, raw)?;
    s.phase = Phase::Content;
    s.stack.push(Open {
        raw: name,
        name: full,
        bound: before,
    });
    s.advance(raw.len());
    if empty {
        close(th, p, s, "")?;
    }
    Ok(())
}

fn end_tag(th: &Thread, p: &Py<Parser>, s: &mut State, raw: &str) -> Step {
    let name = raw[2..raw.len() - 1].trim_end_matches(space);
    if name_len(name) != name.len() || name.is_empty() {
        let n = 2 + name_len(name);
        return Err(s.fault_at(4, n).into());
    }
    let outside = s.stack.len() <= usize::from(s.external && s.stack.is_empty());
    match s.stack.last() {
        Some(open) if open.raw == name && !(outside && s.stack.is_empty()) => {}
        Some(_) => return Err(s.fault_at(7, 2).into()),
        None => return Err(s.fault(if s.external { 13 } else { 7 }).into()),
    }
    close(th, p, s, raw)?;
    s.advance(raw.len());
    Ok(())
}

/// Ends the innermost element.
fn close(th: &Thread, p: &Py<Parser>, s: &mut State, raw: &str) -> Step {
    let Some(open) = s.stack.pop() else {
        return Ok(());
    };
    tell(
        th,
        p,
        H::EndElement,
        || Ok(vec![interned(th, p, &open.name)?]),
        raw,
    )?;
    for (prefix, _) in s.bound.split_off(open.bound).into_iter().rev() {
        let shown = Some(prefix.as_str()).filter(|p| !p.is_empty());
        tell(
            th,
            p,
            H::EndNamespaceDecl,
            || Ok(vec![optional(th, shown)?]),
            "",
        )?;
    }
    if s.stack.is_empty() && !s.external && s.within.is_empty() {
        s.phase = Phase::Epilog;
    }
    Ok(())
}

/// A name with its namespace.
fn expand(p: &Py<Parser>, s: &State, name: &str, attribute: bool) -> Step<String> {
    let separator = s.separator.as_deref().unwrap_or("");
    let (prefix, local) = match name.split_once(':') {
        Some(pair) => pair,
        None if attribute => return Ok(name.to_owned()),
        None => ("", name),
    };
    let uri = match prefix {
        "xml" => Some("http://www.w3.org/XML/1998/namespace"),
        _ => s
            .bound
            .iter()
            .rev()
            .find(|(known, _)| known == prefix)
            .map(|(_, uri)| uri.as_str()),
    };
    match uri {
        None | Some("") if prefix.is_empty() => Ok(name.to_owned()),
        None | Some("") => Err(s.fault(27).into()),
        Some(uri) if p.has(super::PREFIXES) && !prefix.is_empty() => {
            Ok([uri, local, prefix].join(separator))
        }
        Some(uri) => Ok([uri, local].join(separator)),
    }
}
