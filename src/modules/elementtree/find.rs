//! Searches. A plain name is compared with the tags of the children here; paths are `xml.etree.ElementPath`'s.

use super::element::{Element, shown};
use super::state;
use crate::modules::prelude::*;
use crate::object::bytes::Bytes;

/// Whether `path` may be more than the name of children.
fn is_path(path: &Obj) -> bool {
    if let Some(s) = path.cast::<Str>() {
        return match s.as_ascii() {
            Some(t) => special(t.bytes()),
            None => special((0..s.len()).map(|i| u8::try_from(s.at(i)).unwrap_or(b'x'))),
        };
    }
    match path.cast::<Bytes>() {
        Some(b) => special(b.bytes().iter().copied()),
        None => true,
    }
}

/// Whether there is a sign of a path outside of braces, or a wildcard of namespaces at the start.
fn special(text: impl Iterator<Item = u8> + Clone) -> bool {
    let mut head = text.clone();
    if let (Some(b'{'), second, third) = (head.next(), head.next(), head.next())
        && (second == Some(b'}') && third.is_some() || second == Some(b'*') && third == Some(b'}'))
    {
        return true;
    }
    let mut outside = true;
    for c in text {
        match c {
            b'{' => outside = false,
            b'}' => outside = true,
            b'/' | b'*' | b'[' | b'@' | b'.' if outside => return true,
            _ => {}
        }
    }
    false
}

/// The children with this tag, until `f` has enough.
fn each(th: &Thread, e: &Py<Element>, tag: &Obj, mut f: impl FnMut(Obj) -> Res<bool>) -> Res<()> {
    let Some(list) = e.list() else {
        return Ok(());
    };
    let mut i = 0;
    while let Some(child) = list.get(th, i) {
        let same = match child.cast::<Element>() {
            Some(c) => th.eq(&shown(&c.tag), tag)?,
            None => false,
        };
        if same && f(child)? {
            break;
        }
        i += 1;
        if i & 0xFFF == 0 {
            th.poll()?;
        }
    }
    Ok(())
}

fn first(th: &Thread, e: &Py<Element>, tag: &Obj) -> Res<Option<Obj>> {
    let mut found = None;
    each(th, e, tag, |child| {
        found = Some(child);
        Ok(true)
    })?;
    Ok(found)
}

/// Whether the search is `ElementPath`'s: path, namespaces.
fn elsewhere(path: &Obj, namespaces: Option<&Obj>) -> bool {
    namespaces.is_some() || is_path(path)
}

fn ask(th: &Thread, name: &str, args: &[Obj]) -> Res {
    th.call_method(&state(th).paths.get(th)?, name, args)
}

fn none_or(o: Option<&Obj>) -> Obj {
    o.cloned().unwrap_or(Obj::NONE)
}

fn find(th: &Thread, a: Args<'_>) -> Res {
    let (me, path) = (a.get(0), a.get(1));
    let e = this::<Element>(th, me)?;
    if elsewhere(path, a.opt_not_none(2)) {
        return ask(th, "find", &[me.clone(), path.clone(), none_or(a.opt(2))]);
    }
    Ok(first(th, e, path)?.unwrap_or(Obj::NONE))
}

fn findtext(th: &Thread, a: Args<'_>) -> Res {
    let (me, path) = (a.get(0), a.get(1));
    let e = this::<Element>(th, me)?;
    if elsewhere(path, a.opt_not_none(3)) {
        let args = [
            me.clone(),
            path.clone(),
            none_or(a.opt(2)),
            none_or(a.opt(3)),
        ];
        return ask(th, "findtext", &args);
    }
    match first(th, e, path)? {
        None => Ok(none_or(a.opt(2))),
        Some(child) => match shown(&this::<Element>(th, &child)?.text) {
            text if text.is_none() => Ok(th.empty_str()),
            text => Ok(text),
        },
    }
}

fn findall(th: &Thread, a: Args<'_>) -> Res {
    let (me, path) = (a.get(0), a.get(1));
    let e = this::<Element>(th, me)?;
    if elsewhere(path, a.opt_not_none(2)) {
        return ask(
            th,
            "findall",
            &[me.clone(), path.clone(), none_or(a.opt(2))],
        );
    }
    let mut out = Vec::new();
    each(th, e, path, |child| {
        out.push(child);
        Ok(false)
    })?;
    th.list(out)
}

fn iterfind(th: &Thread, a: Args<'_>) -> Res {
    let args = [a.get(0).clone(), a.get(1).clone(), none_or(a.opt(2))];
    ask(th, "iterfind", &args)
}

pub const METHODS: &[MethodDef] = &[
    MethodDef::new("find", "($self, /, path, namespaces=None)", find),
    MethodDef::new(
        "findtext",
        "($self, /, path, default=None, namespaces=None)",
        findtext,
    ),
    MethodDef::new("findall", "($self, /, path, namespaces=None)", findall),
    MethodDef::new("iterfind", "($self, /, path, namespaces=None)", iterfind),
];
