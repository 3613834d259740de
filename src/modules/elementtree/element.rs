//! `Element` and `SubElement`.
//!
//! An element owns its children in a list of its own and its attributes in a dict, each made when it is first needed. Its
//! fields are slots: threads may read and set them at any time, and the list and the dict look after themselves.

use super::{argument_type, children, copying, dict_argument, element_argument, find, walk};
use crate::modules::prelude::*;

/// Payload of elements. An empty slot is None, or nothing yet.
pub struct Element {
    pub(super) tag: Slot,
    pub(super) text: Slot,
    pub(super) tail: Slot,
    pub(super) attrib: Slot,
    pub(super) children: Slot,
}
native!(
    Element, XmlElement, "Element", tag, text, tail, attrib, children
);

impl Element {
    fn empty() -> Element {
        Element {
            tag: Slot::empty(),
            text: Slot::empty(),
            tail: Slot::empty(),
            attrib: Slot::empty(),
            children: Slot::empty(),
        }
    }
}

/// A new element of the plain class. The dict becomes its own.
#[inline]
pub fn make(th: &Thread, tag: Obj, attrib: Option<Py<Dict>>) -> Py<Element> {
    th.alloc(Element {
        tag: Slot::new(Some(tag)),
        attrib: Slot::new(attrib.map(Py::into_obj)),
        ..Element::empty()
    })
}

/// What a slot holds as Python sees it.
#[inline]
pub fn shown(slot: &Slot) -> Obj {
    slot.get().unwrap_or(Obj::NONE)
}

impl Py<Element> {
    /// The dict of its attributes, if there is one.
    pub fn attributes(&self) -> Option<Py<Dict>> {
        self.attrib.get()?.into_py::<Dict>().ok()
    }

    /// The same, made if need be.
    pub fn attributes_made(&self, th: &Thread) -> Res<Py<Dict>> {
        loop {
            if let Some(d) = self.attributes() {
                return Ok(d);
            }
            let new = th.new_dict()?;
            if self.attrib.set_if_empty(new.obj().clone()).is_ok() {
                return Ok(new);
            }
        }
    }

    /// The list of its children, if it has had any.
    #[inline]
    pub fn list(&self) -> Option<Py<List>> {
        self.children.get()?.into_py::<List>().ok()
    }

    /// The same, made if need be.
    pub fn list_made(&self, th: &Thread) -> Py<List> {
        loop {
            if let Some(l) = self.list() {
                return l;
            }
            let new = th.new_list();
            if self.children.set_if_empty(new.obj().clone()).is_ok() {
                return new;
            }
        }
    }

    /// Appends a child.
    #[inline]
    pub fn push(&self, th: &Thread, child: Obj) -> Res<()> {
        self.list_made(th).push(th, child)
    }

    /// Takes everything away but the tag.
    pub fn clear_all(&self, th: &Thread) {
        for slot in [&self.attrib, &self.children, &self.text, &self.tail] {
            slot.set(th, None);
        }
    }
}

/// The attributes of a new element: a copy of the dict, and what was given by name. None where there are none.
fn attributes(
    th: &Thread,
    given: Option<&Py<Dict>>,
    extra: Option<Py<Dict>>,
) -> Res<Option<Py<Dict>>> {
    let (base, extra) = match (given, extra) {
        (None, None) => return Ok(None),
        (Some(d), extra) => (d.copy(th)?, extra),
        (None, Some(extra)) => match extra.del_item(th, &th.intern("attrib"))? {
            None => (extra, None),
            Some(o) => match o.cast::<Dict>() {
                Some(d) => (d.copy(th)?, Some(extra)),
                None => {
                    return Err(th.type_error(format!(
                        "attrib must be dict, not {}",
                        th.type_name_full(&o)
                    )));
                }
            },
        },
    };
    for (k, v) in extra.iter().flat_map(|d| d.items()) {
        base.set_item(th, &k, v)?;
    }
    Ok(Some(base).filter(|d| !d.is_empty()))
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    let e = this::<Element>(th, o)?;
    let (tag, given) = match args.positional() {
        [tag] => (tag, None),
        [tag, attrib] => (
            tag,
            Some(dict_argument(th, attrib, "Element() argument 2")?),
        ),
        other => {
            let (word, n) = match other.len() {
                0 => ("least 1 argument", 0),
                n => ("most 2 arguments", n),
            };
            return Err(th.type_error(format!("Element() takes at {word} ({n} given)")));
        }
    };
    let extra = match args.kwnames.is_empty() {
        true => None,
        false => {
            let d = th.new_dict()?;
            for (k, v) in args.keywords() {
                d.set_item(th, k, v.clone())?;
            }
            Some(d)
        }
    };
    let attrib = attributes(th, given, extra)?;
    e.clear_all(th);
    e.tag.set(th, Some(tag.clone()));
    e.attrib.set(th, attrib.map(Py::into_obj));
    Ok(())
}

/// `SubElement(parent, tag, attrib={}, **extra)`
pub fn sub_element(th: &Thread, a: Args<'_>) -> Res {
    let parent = element_argument(th, a.get(0), "SubElement() argument 1")?;
    let given = match a.opt(2) {
        Some(o) => Some(dict_argument(th, o, "SubElement() argument 3")?),
        None => None,
    };
    let extra = a
        .opt(3)
        .and_then(|d| d.clone().into_py::<Dict>().ok())
        .filter(|d| !d.is_empty());
    let attrib = attributes(th, given, extra)?;
    let new = make(th, a.get(1).clone(), attrib);
    parent.push(th, new.obj().clone())?;
    Ok(new.into_obj())
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let Some(_guard) = th.repr_enter(o) else {
        return Err(th.runtime_error(format!(
            "reentrant call inside {}.__repr__",
            th.type_name_full(o)
        )));
    };
    let tag = th.repr(&shown(&this::<Element>(th, o)?.tag))?;
    let mut b = StrBuf::new();
    b.push_utf8("<Element ");
    b.push_str(tag.text());
    b.push_utf8(&format!(" at {:#x}>", o.value().0));
    th.str_data(b.finish())
}

/// An attribute that holds any object and can not be deleted.
macro_rules! field {
    ($name:ident) => {
        GetSetDef::rw(
            stringify!($name),
            |th, o| Ok(shown(&this::<Element>(th, o)?.$name)),
            |th, o, v| {
                let e = this::<Element>(th, o)?;
                e.$name.set(th, Some(set_to(th, v)?.clone()));
                Ok(())
            },
        )
    };
}

fn set_to<'a>(th: &Thread, v: Option<&'a Obj>) -> Res<&'a Obj> {
    v.ok_or_else(|| th.attribute_error("can't delete element attribute"))
}

fn set_attrib(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let v = set_to(th, v)?;
    if v.cast::<Dict>().is_none() {
        return Err(th.type_error(format!("attrib must be dict, not {}", argument_type(th, v))));
    }
    this::<Element>(th, o)?.attrib.set(th, Some(v.clone()));
    Ok(())
}

fn get(th: &Thread, a: Args<'_>) -> Res {
    let e = this::<Element>(th, a.get(0))?;
    let found = match e.attributes() {
        Some(d) => d.get_item(th, a.get(1))?,
        None => None,
    };
    Ok(found.unwrap_or_else(|| a.opt(2).cloned().unwrap_or(Obj::NONE)))
}

fn set(th: &Thread, a: Args<'_>) -> Res {
    let e = this::<Element>(th, a.get(0))?;
    e.attributes_made(th)?
        .set_item(th, a.get(1), a.get(2).clone())?;
    Ok(Obj::NONE)
}

fn keys(th: &Thread, a: Args<'_>) -> Res {
    let all = this::<Element>(th, a.get(0))?.attributes();
    th.list(all.map_or(Vec::new(), |d| {
        d.items().into_iter().map(|(k, _)| k).collect()
    }))
}

fn items(th: &Thread, a: Args<'_>) -> Res {
    let all = this::<Element>(th, a.get(0))?.attributes();
    let mut out = Vec::new();
    for (k, v) in all.iter().flat_map(|d| d.items()) {
        out.push(th.pair(k, v)?);
    }
    th.list(out)
}

fn make_element(th: &Thread, a: Args<'_>) -> Res {
    let attrib = dict_argument(th, a.get(2), "makeelement() argument 2")?.copy(th)?;
    let attrib = Some(attrib).filter(|d| !d.is_empty());
    Ok(make(th, a.get(1).clone(), attrib).into_obj())
}

/// Methods of an element itself.
const METHODS: &[MethodDef] = &[
    MethodDef::new("clear", "($self, /)", |th, a| {
        this::<Element>(th, a.get(0))?.clear_all(th);
        Ok(Obj::NONE)
    }),
    MethodDef::new("get", "($self, /, key, default=None)", get),
    MethodDef::new("set", "($self, key, value, /)", set),
    MethodDef::new("items", "($self, /)", items),
    MethodDef::new("keys", "($self, /)", keys),
    MethodDef::new("makeelement", "($self, tag, attrib, /)", make_element),
];

const COUNT: usize = METHODS.len()
    + children::METHODS.len()
    + find::METHODS.len()
    + walk::METHODS.len()
    + copying::METHODS.len();

static ALL: [MethodDef; COUNT] = MethodDef::joined([
    METHODS,
    children::METHODS,
    find::METHODS,
    walk::METHODS,
    copying::METHODS,
]);

/// The type.
pub static ELEMENT: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::WEAKREFABLE,
    slots: Slots {
        new: Some(|th, cls, _| Ok(th.alloc_as(cls, Element::empty())?.into_obj())),
        init: Some(init),
        repr: Some(repr),
        len: Some(children::len),
        bool: Some(children::truth),
        getitem: Some(children::getitem),
        setitem: Some(children::setitem),
        ..Slots::NONE
    },
    methods: &ALL,
    getset: &[
        field!(tag),
        field!(text),
        field!(tail),
        GetSetDef::rw(
            "attrib",
            |th, o| {
                let e = this::<Element>(th, o)?;
                Ok(e.attributes_made(th)?.into_obj())
            },
            set_attrib,
        ),
    ],
    ..TypeDef::new(
        TypeId::XmlElement,
        "xml.etree.ElementTree.Element",
        Element::LAYOUT,
    )
};
