//! An element as a sequence of its children.

use super::element::Element;
use super::{argument_type, element_argument};
use crate::modules::prelude::*;
use crate::object::slice::Slice;

pub fn len(th: &Thread, o: &Obj) -> Res<usize> {
    Ok(this::<Element>(th, o)?.list().map_or(0, |l| l.len()))
}

pub fn truth(th: &Thread, o: &Obj) -> Res<bool> {
    th.warn(
        TypeId::DeprecationWarning,
        "Testing an element's truth value will always return True in future versions.  Use specific 'len(elem)' or 'elem is not None' test instead.",
    )?;
    Ok(len(th, o)? != 0)
}

/// A key: a number or a slice.
enum Key<'a> {
    At(i64),
    Slice(&'a Obj),
}

fn key<'a>(th: &Thread, o: &'a Obj) -> Res<Key<'a>> {
    if let Some(n) = o.as_small_int() {
        return Ok(Key::At(n));
    }
    if o.cast::<Slice>().is_some() {
        return Ok(Key::Slice(o));
    }
    if th.type_of(o).slots().index.is_none() {
        return Err(th.type_error("element indices must be integers"));
    }
    th.index_i64(o).map(Key::At)
}

pub fn getitem(th: &Thread, o: &Obj, k: &Obj) -> Res {
    let list = this::<Element>(th, o)?.list();
    match key(th, k)? {
        Key::At(n) => list
            .and_then(|l| l.get_at(th, n))
            .ok_or_else(|| th.index_error("child index out of range")),
        Key::Slice(s) => match list {
            Some(l) => th.getitem(l.obj(), s),
            None => th.list(Vec::new()),
        },
    }
}

pub fn setitem(th: &Thread, o: &Obj, k: &Obj, value: Option<&Obj>) -> Res<()> {
    let e = this::<Element>(th, o)?;
    match (key(th, k)?, value) {
        (Key::At(n), value) => {
            let out = || th.index_error("child assignment index out of range");
            let list = e.list().ok_or_else(out)?;
            match value {
                None => list.remove(th, n).map(drop).ok_or_else(out),
                Some(v) if list.get_at(th, n).is_some() => {
                    checked(th, v)?;
                    list.set_at(th, n, v.clone()).map_err(|_| out())
                }
                Some(_) => Err(out()),
            }
        }
        (Key::Slice(s), None) => match e.list() {
            Some(l) => th.delitem(l.obj(), s),
            None => Ok(()),
        },
        (Key::Slice(s), Some(v)) => {
            let new = elements(th, v)?;
            th.setitem(e.list_made(th).obj(), s, &th.list(new)?)
        }
    }
}

fn checked(th: &Thread, o: &Obj) -> Res<()> {
    match o.cast::<Element>() {
        Some(_) => Ok(()),
        None => Err(th.type_error(format!(
            "expected an Element, not \"{}\"",
            th.type_name_full(o)
        ))),
    }
}

/// The items of an iterable, all of which are elements.
fn elements(th: &Thread, o: &Obj) -> Res<Vec<Obj>> {
    let all = th.collect(o).map_err(|e| {
        if e.is(th, TypeId::TypeError) && th.iter(o).is_err() {
            return th.type_error(format!(
                "expected sequence, not \"{}\"",
                argument_type(th, o)
            ));
        }
        e
    })?;
    for x in &all {
        checked(th, x)?;
    }
    Ok(all)
}

fn append(th: &Thread, a: Args<'_>) -> Res {
    let e = this::<Element>(th, a.get(0))?;
    element_argument(th, a.get(1), "append() argument")?;
    e.push(th, a.get(1).clone())?;
    Ok(Obj::NONE)
}

fn extend(th: &Thread, a: Args<'_>) -> Res {
    let e = this::<Element>(th, a.get(0))?;
    let new = elements(th, a.get(1))?;
    if !new.is_empty() {
        e.list_made(th).extend_vec(th, new)?;
    }
    Ok(Obj::NONE)
}

fn insert(th: &Thread, a: Args<'_>) -> Res {
    let e = this::<Element>(th, a.get(0))?;
    let n = th.index_i64(a.get(1))?;
    element_argument(th, a.get(2), "insert() argument 2")?;
    let list = e.list_made(th);
    let n = match n < 0 {
        true => n.saturating_add(list.len() as i64).max(0),
        false => n,
    };
    list.insert(th, n as usize, a.get(2).clone())?;
    Ok(Obj::NONE)
}

/// Removes the very element, or else one that says it is equal.
fn remove(th: &Thread, a: Args<'_>) -> Res {
    let e = this::<Element>(th, a.get(0))?;
    let x = a.get(1);
    element_argument(th, x, "remove() argument")?;
    let missing = || th.value_error("Element.remove(x): element not found");
    let list = e.list().ok_or_else(missing)?;
    for same in [true, false] {
        let mut i = 0;
        while let Some(child) = list.get(th, i) {
            let found = match same {
                true => child.is(x),
                false => th.eq(&child, x)?,
            };
            if found && list.remove_same(th, i, &child) {
                return Ok(Obj::NONE);
            }
            i += 1;
        }
    }
    Err(missing())
}

pub const METHODS: &[MethodDef] = &[
    MethodDef::new("append", "($self, subelement, /)", append),
    MethodDef::new("extend", "($self, elements, /)", extend),
    MethodDef::new("insert", "($self, index, subelement, /)", insert),
    MethodDef::new("remove", "($self, subelement, /)", remove),
];
