//! `Element.iter` and `Element.itertext`: all elements of a tree in the order of the document, or the texts within.
//!
//! The way from the root to where the iterator stands is a stack under the iterator's lock. The children are looked up without
//! it: another thread may go on meanwhile, then each of the two gets some of the elements.

use super::element::{Element, shown};
use crate::modules::prelude::*;
use crate::object::bytes::Bytes;

/// An element whose children are being gone through, and the number of the next one.
struct Level {
    element: Py<Element>,
    next: usize,
}
trace!(Level, element);

/// Where an iterator stands.
#[derive(Default)]
struct Way {
    /// What has not been begun with.
    root: Option<Py<Element>>,
    stack: Vec<Level>,
    /// The tag that is looked for; `None`: any.
    tag: Option<Obj>,
    /// Texts are given, not elements.
    text: bool,
}
trace!(Way, root, stack, tag);

/// Payload of the iterators.
pub struct Walk {
    way: Guarded<Way>,
}
native!(Walk, XmlElementIter, "_element_iterator", way);

fn make(th: &Thread, root: &Obj, tag: Option<Obj>, text: bool) -> Res {
    let way = Way {
        root: Some(this::<Element>(th, root)?.clone()),
        stack: Vec::new(),
        tag,
        text,
    };
    Ok(th
        .alloc(Walk {
            way: Guarded::new(way),
        })
        .into_obj())
}

/// What a step finds on the stack.
enum Top {
    Root(Py<Element>),
    Child(Py<Element>, usize),
    End,
}

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<Walk>(th, o)?;
    let mut turns = 0u32;
    loop {
        turns = turns.wrapping_add(1);
        if turns.is_multiple_of(1024) {
            th.poll()?;
        }
        let (top, text) = it.way.with(th, it.head(), |w| {
            let top = match w.stack.last_mut() {
                Some(level) => {
                    level.next += 1;
                    Top::Child(level.element.clone(), level.next - 1)
                }
                None => w.root.take().map_or(Top::End, Top::Root),
            };
            (top, w.text)
        });
        let element = match top {
            Top::End => return Ok(None),
            Top::Root(e) => e,
            Top::Child(parent, n) => match parent.list().and_then(|l| l.get(th, n)) {
                Some(child) => match child.into_py::<Element>() {
                    Ok(e) => e,
                    Err(other) => {
                        return Err(th.attribute_error(format!(
                            "'{}' object has no attribute 'iter'",
                            th.type_name(&other)
                        )));
                    }
                },
                None => {
                    // What comes after the root's own end is not within it.
                    let (gone, within) = it.way.with(th, it.head(), |w| {
                        let here = |l: &Level| l.element.obj().is(parent.obj());
                        let gone = match w.stack.last().is_some_and(here) {
                            true => w.stack.pop(),
                            false => None,
                        };
                        (gone, !w.stack.is_empty())
                    });
                    if text && within && gone.is_some() {
                        let tail = shown(&parent.tail);
                        if !tail.is_none() && th.truthy(&tail)? {
                            return Ok(Some(tail));
                        }
                    }
                    continue;
                }
            },
        };
        let level = Level {
            element: element.clone(),
            next: 0,
        };
        let tag = it.way.with(th, it.head(), |w| {
            w.stack.push(level);
            w.tag.clone()
        });
        if text {
            let text = shown(&element.text);
            if !text.is_none() && th.truthy(&text)? {
                return Ok(Some(text));
            }
            continue;
        }
        match tag {
            Some(tag) if !th.eq(&shown(&element.tag), &tag)? => {}
            _ => return Ok(Some(element.into_obj())),
        }
    }
}

fn iter(th: &Thread, a: Args<'_>) -> Res {
    let any = |o: &&Obj| {
        let star = o.cast::<Str>().is_some_and(|s| s.eq_rust("*"));
        star || o.cast::<Bytes>().is_some_and(|b| b.bytes() == b"*")
    };
    let tag = a.opt_not_none(1).filter(|o| !any(o)).cloned();
    make(th, a.get(0), tag, false)
}

pub const METHODS: &[MethodDef] = &[
    MethodDef::new("iter", "($self, /, tag=None)", iter),
    MethodDef::new("itertext", "($self, /)", |th, a| {
        make(th, a.get(0), None, true)
    }),
];

/// The type.
pub static WALK: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    slots: iterator(None, next),
    ..TypeDef::new(
        TypeId::XmlElementIter,
        "_elementtree._element_iterator",
        Walk::LAYOUT,
    )
};
