//! Elements: their tags, attributes and namespaces.

use super::super::H;
use super::super::listen::{Attr, Listener, tell};
use super::entity::attribute_value;
use super::{Phase, State, Step, check, name_len, optional, space};
use crate::modules::prelude::*;
use memchr::memchr;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::ops::Range;

/// The elements that are open.
#[derive(Default)]
pub(super) struct Stack {
    /// Their names as written, one after the other.
    names: String,
    open: Vec<Open>,
}

struct Open {
    /// Where its name begins in `names`.
    name: usize,
    /// Namespaces bound before it.
    bound: usize,
}

impl Stack {
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
    pub fn len(&self) -> usize {
        self.open.len()
    }
    fn push(&mut self, name: &str, bound: usize) {
        let at = self.names.len();
        self.names.push_str(name);
        self.open.push(Open { name: at, bound });
    }
    /// The name of the innermost element, and how many namespaces were bound before it.
    fn last(&self) -> Option<(&str, usize)> {
        let open = self.open.last()?;
        Some((&self.names[open.name..], open.bound))
    }
    fn pop(&mut self) {
        if let Some(open) = self.open.pop() {
            self.names.truncate(open.name);
        }
    }
}

/// An attribute in a tag: where its name and its value are, and the value where it is not as written.
struct Part {
    key: Range<usize>,
    value: Range<usize>,
    made: Option<String>,
}

type Parts = SmallVec<[Part; 4]>;

/// Length of the start tag that the rest begins with, `None` where it has not come to its end.
fn length(s: &State) -> Step<Option<usize>> {
    let rest = s.rest();
    let bytes = rest.as_bytes();
    let mut i = 1;
    while let Some(b) = bytes.get(i) {
        match b {
            b'"' | b'\'' => {
                let inside = &bytes[i + 1..];
                let end = memchr(*b, inside);
                if let Some(n) = memchr(b'<', &inside[..end.unwrap_or(inside.len())]) {
                    return Err(s.fault_at(4, i + 1 + n).into());
                }
                match end {
                    Some(n) => i += n + 1,
                    None => return Ok(None),
                }
            }
            b'>' => {
                check(s, &rest[..=i])?;
                return Ok(Some(i + 1));
            }
            b'<' => return Err(s.fault_at(4, i).into()),
            b if *b < b' ' && !space(char::from(*b)) => return Err(s.fault_at(4, i).into()),
            _ => {}
        }
        i += 1;
    }
    Ok(None)
}

/// The attributes between two places of the tag.
fn parts(s: &mut State, from: usize, end: usize) -> Step<Parts> {
    let mut out = Parts::new();
    let mut at = from;
    loop {
        let raw = &s.rest()[..end];
        let gap = spaces(&raw[at..]);
        at += gap;
        if at == end {
            return Ok(out);
        }
        let key = at..at + name_len(&raw[at..]);
        if key.is_empty() || gap == 0 {
            return Err(s.fault_at(4, at).into());
        }
        at = key.end + spaces(&raw[key.end..]);
        if !raw[at..].starts_with('=') {
            return Err(s.fault_at(4, at).into());
        }
        at += 1;
        at += spaces(&raw[at..]);
        let Some(quote @ (b'"' | b'\'')) = raw.as_bytes().get(at) else {
            return Err(s.fault_at(4, at).into());
        };
        at += 1;
        let Some(len) = memchr(*quote, &raw.as_bytes()[at..]) else {
            return Err(s.fault_at(4, at - 1).into());
        };
        let value = at..at + len;
        if out.iter().any(|p| raw[p.key.clone()] == raw[key.clone()]) {
            return Err(s.fault_at(8, key.start).into());
        }
        let written = &raw[value.clone()];
        let special = |b: u8| b < b' ' || b == b'&' || b == b'<';
        let made = match written.bytes().any(special) {
            false => None,
            true => {
                let written = written.to_owned();
                Some(attribute_value(s, &written, at, 0)?)
            }
        };
        out.push(Part {
            key,
            value: value.clone(),
            made,
        });
        at = value.end + 1;
    }
}

fn spaces(text: &str) -> usize {
    let other = |b: u8| !matches!(b, b' ' | b'\t' | b'\n' | b'\r');
    text.bytes().position(other).unwrap_or(text.len())
}

/// `<name …>`
pub(super) fn start(th: &Thread, p: &dyn Listener, s: &mut State) -> Step<bool> {
    let Some(len) = length(s)? else {
        return Ok(false);
    };
    let empty = s.rest()[..len].ends_with("/>");
    let end = len - if empty { 2 } else { 1 };
    let n = 1 + name_len(&s.rest()[1..end]);
    let parts = match n == end {
        true => Parts::new(),
        false => parts(s, n, end)?,
    };
    let before = s.bound.len();
    if s.separator.is_some() {
        bind(th, p, s, &parts)?;
    }
    tell_start(th, p, s, &parts, len, n)?;
    s.phase = Phase::Content;
    s.stack.push(&s.text[s.at + 1..s.at + n], before);
    s.advance(len);
    if empty {
        if p.hears(H::StartElement) {
            p.at(s.place);
        }
        close(th, p, s, 0)?;
    }
    Ok(true)
}

/// The prefix that an attribute binds; empty for the namespace of names without.
fn bound_prefix(key: &str) -> Option<&str> {
    let rest = key.strip_prefix("xmlns")?;
    if rest.is_empty() {
        return Some("");
    }
    rest.strip_prefix(':')
}

/// Binds the namespaces that the attributes name.
fn bind(th: &Thread, p: &dyn Listener, s: &mut State, parts: &[Part]) -> Step {
    for part in parts {
        let rest = s.rest();
        let Some(prefix) = bound_prefix(&rest[part.key.clone()]) else {
            continue;
        };
        let uri = match &part.made {
            Some(v) => v.as_str(),
            None => &rest[part.value.clone()],
        };
        if uri.is_empty() && !prefix.is_empty() {
            return Err(s.fault(28).into());
        }
        let args = || {
            let shown = Some(prefix).filter(|p| !p.is_empty());
            let uri = Some(uri).filter(|v| !v.is_empty());
            Ok(vec![optional(th, shown)?, optional(th, uri)?])
        };
        tell(th, p, H::StartNamespaceDecl, args, "")?;
        let new = (prefix.to_owned(), uri.to_owned());
        s.bound.push(new);
    }
    Ok(())
}

fn tell_start(
    th: &Thread,
    p: &dyn Listener,
    s: &State,
    parts: &[Part],
    len: usize,
    n: usize,
) -> Step {
    let raw = &s.rest()[..len];
    let name = &raw[1..n];
    let mut attrs: SmallVec<[(bool, Attr<'_>); 4]> = SmallVec::new();
    for part in parts {
        let value = match &part.made {
            Some(v) => Cow::Borrowed(v.as_str()),
            None => Cow::Borrowed(&raw[part.value.clone()]),
        };
        attrs.push((true, (Cow::Borrowed(&raw[part.key.clone()]), value)));
    }
    let declared = {
        let d = s.declared.lock();
        match d.attributes.is_empty() {
            true => None,
            false => d.attributes.get(name).cloned(),
        }
    };
    for a in declared.into_iter().flatten() {
        let given = attrs.iter_mut().find(|(_, (k, _))| **k == a.name);
        match (given, a.default) {
            (Some((_, (_, v))), _) => {
                if a.kind != "CDATA" {
                    let words: Vec<&str> = v.split(' ').filter(|w| !w.is_empty()).collect();
                    *v = Cow::Owned(words.join(" "));
                }
            }
            (None, Some(d)) => attrs.push((false, (Cow::Owned(a.name), Cow::Owned(d)))),
            (None, None) => {}
        }
    }
    if s.separator.is_some() {
        attrs.retain(|(_, (k, _))| bound_prefix(k).is_none());
        for i in 0..attrs.len() {
            if let Some(long) = expand(p, s, &attrs[i].1.0, true)? {
                if attrs[..i].iter().any(|(_, (other, _))| *other == long) {
                    return Err(s.fault(8).into());
                }
                attrs[i].1.0 = Cow::Owned(long);
            }
        }
    }
    if p.specified_only() {
        attrs.retain(|(specified, _)| *specified);
    }
    let attrs: SmallVec<[Attr<'_>; 4]> = attrs.into_iter().map(|(_, a)| a).collect();
    match expand(p, s, name, false)? {
        Some(long) => p.start(th, &long, &attrs, raw),
        None => p.start(th, name, &attrs, raw),
    }
}

/// `</name>`
pub(super) fn end(th: &Thread, p: &dyn Listener, s: &mut State) -> Step<bool> {
    let rest = s.rest();
    let Some(end) = memchr(b'>', rest.as_bytes()) else {
        return Ok(false);
    };
    let name = rest[2..end].trim_end_matches(space);
    match s.stack.last() {
        Some((open, _)) if open == name => {}
        _ if name_len(name) != name.len() || name.is_empty() => {
            return Err(s.fault_at(4, 2 + name_len(name)).into());
        }
        Some(_) => return Err(s.fault_at(7, 2).into()),
        None if s.external => return Err(s.fault(13).into()),
        None => return Err(s.fault(7).into()),
    }
    close(th, p, s, end + 1)?;
    s.advance(end + 1);
    Ok(true)
}

/// Ends the innermost element; `len` is the length of its end tag.
fn close(th: &Thread, p: &dyn Listener, s: &mut State, len: usize) -> Step {
    let Some((name, before)) = s.stack.last() else {
        return Ok(());
    };
    let raw = &s.rest()[..len];
    let told = match expand(p, s, name, false)? {
        Some(long) => p.end(th, &long, raw),
        None => p.end(th, name, raw),
    };
    s.stack.pop();
    told?;
    while s.bound.len() > before {
        let Some((prefix, _)) = s.bound.pop() else {
            break;
        };
        let shown = Some(prefix.as_str()).filter(|p| !p.is_empty());
        let args = || Ok(vec![optional(th, shown)?]);
        tell(th, p, H::EndNamespaceDecl, args, "")?;
    }
    if s.stack.is_empty() && !s.external && s.within.is_empty() {
        s.phase = Phase::Epilog;
    }
    Ok(())
}

/// A name with its namespace; `None`: it is as written.
fn expand(p: &dyn Listener, s: &State, name: &str, attribute: bool) -> Step<Option<String>> {
    let Some(separator) = s.separator.as_deref() else {
        return Ok(None);
    };
    let (prefix, local) = match memchr(b':', name.as_bytes()) {
        Some(i) => (&name[..i], &name[i + 1..]),
        None if attribute => return Ok(None),
        None => ("", name),
    };
    let uri = match prefix {
        "xml" => Some("http://www.w3.org/XML/1998/namespace"),
        _ => {
            let known = s.bound.iter().rev().find(|(known, _)| known == prefix);
            known.map(|(_, uri)| uri.as_str())
        }
    };
    match uri {
        None | Some("") if prefix.is_empty() => Ok(None),
        None | Some("") => Err(s.fault(27).into()),
        Some(uri) if p.keeps_prefixes() && !prefix.is_empty() => {
            Ok(Some([uri, local, prefix].join(separator)))
        }
        Some(uri) => Ok(Some([uri, local].join(separator))),
    }
}
