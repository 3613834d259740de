//! Copies and pickles of elements.

use super::element::{Element, make, shown};
use super::{dict_argument, state};
use crate::modules::prelude::*;

fn copy(th: &Thread, a: Args<'_>) -> Res {
    let e = this::<Element>(th, a.get(0))?;
    // The attributes are shared, as in CPython.
    let attrib = e.attributes().filter(|d| !d.is_empty());
    let new = make(th, shown(&e.tag), attrib);
    new.text.set(th, e.text.get());
    new.tail.set(th, e.tail.get());
    if let Some(l) = e.list() {
        new.children.set(th, Some(th.list(l.to_vec(th))?));
    }
    Ok(new.into_obj())
}

fn deepcopy(th: &Thread, a: Args<'_>) -> Res {
    let memo = dict_argument(th, a.get(1), "__deepcopy__() argument")?;
    deep(th, this::<Element>(th, a.get(0))?, memo)
}

fn deep(th: &Thread, e: &Py<Element>, memo: &Py<Dict>) -> Res {
    let _guard = th.enter(" while copying an Element")?;
    let tag = deep_of(th, &shown(&e.tag), memo)?;
    let attrib = match e.attributes() {
        Some(d) => deep_of(th, d.obj(), memo)?.into_py::<Dict>().ok(),
        None => None,
    };
    let new = make(th, tag, attrib);
    new.text.set(th, Some(deep_of(th, &shown(&e.text), memo)?));
    new.tail.set(th, Some(deep_of(th, &shown(&e.tail), memo)?));
    if let Some(l) = e.list() {
        let mut i = 0;
        while let Some(child) = l.get(th, i) {
            let child = deep_of(th, &child, memo)?;
            if child.cast::<Element>().is_none() {
                return Err(th.type_error(format!(
                    "expected an Element, not \"{}\"",
                    th.type_name_full(&child)
                )));
            }
            new.push(th, child)?;
            i += 1;
        }
    }
    memo.set_item(th, &th.uint(e.obj().value().0), new.obj().clone())?;
    Ok(new.into_obj())
}

/// A copy of a part. What `copy.deepcopy` would do is done here where that runs no Python.
fn deep_of(th: &Thread, o: &Obj, memo: &Py<Dict>) -> Res {
    let text = |o: &Obj| o.is_exact::<Str>();
    if o.is_none() || text(o) {
        return Ok(o.clone());
    }
    if let Some(d) = o.exact::<Dict>()
        && d.items().iter().all(|(k, v)| text(k) && text(v))
    {
        return Ok(d.copy(th)?.into_obj());
    }
    if let Some(e) = o.exact::<Element>() {
        return match memo.get_item(th, &th.uint(o.value().0))? {
            Some(known) => Ok(known),
            None => deep(th, e, memo),
        };
    }
    let f = state(th).deepcopy.get(th)?;
    th.call(&f, &[o.clone(), memo.obj().clone()])
}

fn getstate(th: &Thread, a: Args<'_>) -> Res {
    let e = this::<Element>(th, a.get(0))?;
    let children = e.list().map_or(Vec::new(), |l| l.to_vec(th));
    let attrib = match e.attributes() {
        Some(d) => d,
        None => th.new_dict()?,
    };
    let d = th.new_dict()?;
    d.set_str(th, "tag", shown(&e.tag))?;
    d.set_str(th, "_children", th.list(children)?)?;
    d.set_str(th, "attrib", attrib.into_obj())?;
    d.set_str(th, "text", shown(&e.text))?;
    d.set_str(th, "tail", shown(&e.tail))?;
    Ok(d.into_obj())
}

fn setstate(th: &Thread, a: Args<'_>) -> Res {
    let e = this::<Element>(th, a.get(0))?;
    let Some(d) = a.get(1).cast::<Dict>() else {
        let text = th.repr(a.get(1))?.to_rust();
        return Err(th.type_error(format!(
            "Don't know how to unpickle \"{text}\" as an Element"
        )));
    };
    let names = ["tag", "attrib", "text", "tail", "_children"];
    for (k, _) in d.items() {
        let name = th.str_text(&k);
        if !names.contains(&name.as_str()) {
            return Err(th.type_error(format!(
                "this function got an unexpected keyword argument '{name}'"
            )));
        }
    }
    let Some(tag) = d.get_str(th, "tag") else {
        return Err(th.type_error("tag may not be NULL"));
    };
    let children = match d.get_str(th, "_children") {
        None => Vec::new(),
        Some(o) => match o.cast::<List>() {
            Some(l) => l.to_vec(th),
            None => return Err(th.type_error("'_children' is not a list")),
        },
    };
    if let Some(other) = children.iter().find(|c| c.cast::<Element>().is_none()) {
        return Err(th.type_error(format!(
            "expected an Element, not \"{}\"",
            th.type_name_full(other)
        )));
    }
    let attrib = match d.get_str(th, "attrib").filter(|o| !o.is_none()) {
        Some(o) => Some(dict_argument(th, &o, "attrib")?.clone()),
        None => None,
    };
    e.tag.set(th, Some(tag));
    e.text.set(th, d.get_str(th, "text"));
    e.tail.set(th, d.get_str(th, "tail"));
    e.attrib.set(th, attrib.map(Py::into_obj));
    let children = match children.is_empty() {
        true => None,
        false => Some(th.list(children)?),
    };
    e.children.set(th, children);
    Ok(Obj::NONE)
}

fn sizeof(th: &Thread, a: Args<'_>) -> Res {
    let e = this::<Element>(th, a.get(0))?;
    let list = e.list().map_or(0, |l| l.array_bytes());
    Ok(th.uint((16 + size_of::<Element>() + list) as u64))
}

pub const METHODS: &[MethodDef] = &[
    MethodDef::new("__copy__", "($self, /)", copy),
    MethodDef::new("__deepcopy__", "($self, memo, /)", deepcopy),
    MethodDef::new("__getstate__", "($self, /)", getstate),
    MethodDef::new("__setstate__", "($self, state, /)", setstate),
    MethodDef::new("__sizeof__", "($self, /)", sizeof),
];
