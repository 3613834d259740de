//! `TreeBuilder`: elements, text, comments and processing instructions to a tree.
//!
//! Its state is under the object's lock. Each call takes what it needs out, does its work (which may run Python: factories,
//! `append` of foreign elements), and puts the result in, so no lock is held meanwhile.

use super::element::{Element, make, shown};
use super::{dict_argument, error_class, state};
use crate::modules::prelude::*;

/// Text that has come since the last tag: objects that a program gave, then what the parser of documents gave.
#[derive(Default)]
struct Pending {
    objects: Vec<Obj>,
    text: String,
}
trace!(Pending, objects);

impl Pending {
    fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.text.is_empty()
    }

    /// All of it in one: a single object as it is.
    fn joined(mut self, th: &Thread) -> Res {
        if !self.text.is_empty() {
            let text = th.str(&self.text)?;
            if self.objects.is_empty() {
                return Ok(text);
            }
            self.objects.push(text);
        }
        match <[Obj; 1]>::try_from(self.objects) {
            Ok([one]) => Ok(one),
            Err(many) => th.call_method(&th.empty_str(), "join", &[th.list(many)?]),
        }
    }
}

/// What is put into a queue as it happens, and the queue's `append`.
#[derive(Default)]
pub struct Events {
    pub append: Option<Obj>,
    pub start: Option<Obj>,
    pub end: Option<Obj>,
    pub start_ns: Option<Obj>,
    pub end_ns: Option<Obj>,
    pub comment: Option<Obj>,
    pub instruction: Option<Obj>,
}
trace!(
    Events,
    append, start, end, start_ns, end_ns, comment, instruction
);

/// What a builder holds.
#[derive(Default)]
struct Inner {
    root: Option<Obj>,
    /// The innermost open element, and those around it.
    this: Option<Obj>,
    outer: Vec<Option<Obj>>,
    /// What text belongs to: before the end of this element, or after it.
    last: Option<Obj>,
    after: bool,
    pending: Pending,
    factory: Option<Obj>,
    comments: Option<Obj>,
    instructions: Option<Obj>,
    insert_comments: bool,
    insert_instructions: bool,
    events: Events,
}
trace!(
    Inner,
    root, this, outer, last, pending, factory, comments, instructions, events
);

/// Text that is to be stored: where, and whether after that element.
type Ready = Option<(Pending, Obj, bool)>;

impl Inner {
    fn ready(&mut self) -> Ready {
        if self.pending.is_empty() {
            return None;
        }
        let element = self.last.clone()?;
        Some((std::mem::take(&mut self.pending), element, self.after))
    }
    /// The queue's `append` and the event's name, if it is wanted.
    fn event(&self, of: fn(&Events) -> &Option<Obj>) -> Option<(Obj, Obj)> {
        let append = self.events.append.as_ref()?;
        Some((append.clone(), of(&self.events).clone()?))
    }
}

/// Payload of builders.
pub struct TreeBuilder {
    inner: Guarded<Inner>,
}
native!(TreeBuilder, XmlTreeBuilder, "TreeBuilder", inner);

fn tell(th: &Thread, event: Option<(Obj, Obj)>, what: Obj) -> Res<()> {
    if let Some((append, name)) = event {
        th.call(&append, &[th.pair(name, what)?])?;
    }
    Ok(())
}

/// Stores text.
fn store(th: &Thread, ready: Ready) -> Res<()> {
    let Some((pending, element, after)) = ready else {
        return Ok(());
    };
    let text = pending.joined(th)?;
    if let Some(e) = element.exact::<Element>() {
        let slot = if after { &e.tail } else { &e.text };
        if shown(slot).is_none() {
            slot.set(th, Some(text));
            return Ok(());
        }
    }
    let name = if after { "tail" } else { "text" };
    let text = match th.getattr(&element, name)? {
        old if old.is_none() => text,
        old => th.binary(BinOp::Add, &old, &text)?,
    };
    th.setattr(&element, name, text)
}

fn add(th: &Thread, parent: &Obj, child: &Obj) -> Res<()> {
    match (parent.exact::<Element>(), child.cast::<Element>()) {
        (Some(p), Some(_)) => p.push(th, child.clone()),
        _ => th
            .call_method(parent, "append", std::slice::from_ref(child))
            .map(drop),
    }
}

/// A new builder without factories of its own.
pub fn plain(th: &Thread) -> Py<TreeBuilder> {
    th.alloc(TreeBuilder {
        inner: Guarded::new(fresh(th)),
    })
}

fn fresh(th: &Thread) -> Inner {
    Inner {
        comments: state(th).comment.0.get(),
        instructions: state(th).instruction.0.get(),
        ..Inner::default()
    }
}

impl Py<TreeBuilder> {
    fn with<R>(&self, th: &Thread, f: impl FnOnce(&mut Inner) -> R) -> R {
        self.inner.with(th, self.head(), f)
    }

    /// An element begins. No dict: it has no attributes.
    pub fn start(&self, th: &Thread, tag: Obj, attrib: Option<Py<Dict>>) -> Res {
        let (ready, factory, this, second) = self.with(th, |i| {
            let second = i.this.is_none() && i.root.is_some();
            (i.ready(), i.factory.clone(), i.this.clone(), second)
        });
        store(th, ready)?;
        let node = match factory {
            None => make(th, tag, attrib).into_obj(),
            Some(f) => {
                let attrib = match attrib {
                    Some(d) => d,
                    None => th.new_dict()?,
                };
                th.call(&f, &[tag, attrib.into_obj()])?
            }
        };
        match &this {
            Some(parent) => add(th, parent, &node)?,
            None if second => {
                let text = th.str("multiple elements on top level")?;
                return Err(raise_class(th, &error_class(th)?, &[text]));
            }
            None => {}
        }
        let (_old, event) = self.with(th, |i| {
            let outer = i.this.replace(node.clone());
            if outer.is_none() && i.root.is_none() {
                i.root = Some(node.clone());
            }
            i.outer.push(outer);
            i.after = false;
            (i.last.replace(node.clone()), i.event(|e| &e.start))
        });
        tell(th, event, node.clone())?;
        Ok(node)
    }

    /// The innermost element ends.
    pub fn end(&self, th: &Thread) -> Res {
        store(th, self.with(th, Inner::ready))?;
        let (_old, node, event) = self.with(th, |i| {
            let Some(outer) = i.outer.pop() else {
                return (None, None, None);
            };
            let node = std::mem::replace(&mut i.this, outer);
            i.after = true;
            let old = std::mem::replace(&mut i.last, node.clone());
            (old, node, i.event(|e| &e.end))
        });
        let Some(node) = node else {
            return Err(th.index_error("pop from empty stack"));
        };
        tell(th, event, node.clone())?;
        Ok(node)
    }

    /// Text from a document.
    pub fn characters(&self, th: &Thread, text: &str) {
        self.with(th, |i| {
            if i.last.is_some() {
                i.pending.text.push_str(text);
            }
        });
    }

    /// Text as an object.
    pub fn data(&self, th: &Thread, data: &Obj) -> Res<()> {
        let before = self.with(th, |i| std::mem::take(&mut i.pending.text));
        let before = match before.is_empty() {
            true => None,
            false => Some(th.str(&before)?),
        };
        let new = data.clone();
        let unused = self.with(th, |i| {
            if i.last.is_none() {
                return Some(new);
            }
            i.pending.objects.extend(before);
            i.pending.objects.push(new);
            None
        });
        drop(unused);
        Ok(())
    }

    /// A comment, or a processing instruction with its target.
    pub fn aside(&self, th: &Thread, target: Option<&Obj>, text: &Obj) -> Res {
        let comment = target.is_none();
        let (ready, factory, insert, this) = self.with(th, |i| {
            let (factory, insert) = match comment {
                true => (&i.comments, i.insert_comments),
                false => (&i.instructions, i.insert_instructions),
            };
            let (factory, this) = (factory.clone(), i.this.clone());
            (i.ready(), factory, insert, this)
        });
        store(th, ready)?;
        let node = match (factory, target) {
            (Some(f), None) => th.call(&f, std::slice::from_ref(text))?,
            (Some(f), Some(target)) => th.call(&f, &[target.clone(), text.clone()])?,
            (None, None) => text.clone(),
            (None, Some(target)) => th.pair(target.clone(), text.clone())?,
        };
        let inserted = match (&this, insert) {
            (Some(parent), true) => {
                add(th, parent, &node)?;
                true
            }
            _ => false,
        };
        let (_old, event) = self.with(th, |i| {
            let old = match inserted {
                true => {
                    i.after = true;
                    i.last.replace(node.clone())
                }
                false => None,
            };
            let event = match comment {
                true => i.event(|e| &e.comment),
                false => i.event(|e| &e.instruction),
            };
            (old, event)
        });
        tell(th, event, node.clone())?;
        Ok(node)
    }

    /// A namespace begins: prefix and URI; or it ends.
    pub fn namespace(&self, th: &Thread, begins: Option<(Obj, Obj)>) -> Res<()> {
        let event = self.with(th, |i| match begins {
            Some(_) => i.event(|e| &e.start_ns),
            None => i.event(|e| &e.end_ns),
        });
        if event.is_none() {
            return Ok(());
        }
        let what = match begins {
            Some((prefix, uri)) => th.pair(prefix, uri)?,
            None => Obj::NONE,
        };
        tell(th, event, what)
    }

    /// Whether anybody wants to know of these: comments, processing instructions, namespaces that begin, that end.
    pub fn wants(&self, th: &Thread) -> [bool; 4] {
        self.with(th, |i| {
            let event = |o: &Option<Obj>| i.events.append.is_some() && o.is_some();
            [
                i.insert_comments || event(&i.events.comment),
                i.insert_instructions || event(&i.events.instruction),
                event(&i.events.start_ns),
                event(&i.events.end_ns),
            ]
        })
    }

    /// Reports from now on these events.
    pub fn report(&self, th: &Thread, events: Events) {
        let old = self.with(th, |i| std::mem::replace(&mut i.events, events));
        drop(old);
    }

    /// The tree.
    pub fn root(&self, th: &Thread) -> Obj {
        self.with(th, |i| i.root.clone()).unwrap_or(Obj::NONE)
    }
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    let sig = "(element_factory=None, *, comment_factory=None, pi_factory=None, insert_comments=False, insert_pis=False)";
    th.bind("TreeBuilder", sig, args, |a| {
        let (insert_comments, insert_instructions) = (a.flag(th, 3)?, a.flag(th, 4)?);
        let defaults = fresh(th);
        let comments = a.opt_not_none(1).cloned().or(defaults.comments);
        let instructions = a.opt_not_none(2).cloned().or(defaults.instructions);
        let b = this::<TreeBuilder>(th, o)?;
        let mut new = Inner {
            factory: a.opt_not_none(0).cloned(),
            insert_comments: insert_comments && comments.is_some(),
            insert_instructions: insert_instructions && instructions.is_some(),
            comments,
            instructions,
            ..Inner::default()
        };
        b.with(th, |i| {
            for (old, new) in [
                (&mut i.factory, &mut new.factory),
                (&mut i.comments, &mut new.comments),
                (&mut i.instructions, &mut new.instructions),
            ] {
                std::mem::swap(old, new);
            }
            i.insert_comments = new.insert_comments;
            i.insert_instructions = new.insert_instructions;
        });
        Ok(())
    })
}

fn builder<'a>(th: &Thread, a: Args<'a>) -> Res<&'a Py<TreeBuilder>> {
    this::<TreeBuilder>(th, a.get(0))
}

/// The type.
pub static BUILDER: TypeDef = TypeDef {
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(|th, cls, _| {
            let inner = Guarded::new(fresh(th));
            Ok(th.alloc_as(cls, TreeBuilder { inner })?.into_obj())
        }),
        init: Some(init),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("data", "($self, data, /)", |th, a| {
            builder(th, a)?.data(th, a.get(1))?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("start", "($self, tag, attrs, /)", |th, a| {
            let attrs = dict_argument(th, a.get(2), "start() argument 2")?;
            builder(th, a)?.start(th, a.get(1).clone(), Some(attrs.clone()))
        }),
        MethodDef::new("end", "($self, tag, /)", |th, a| builder(th, a)?.end(th)),
        MethodDef::new("comment", "($self, text, /)", |th, a| {
            builder(th, a)?.aside(th, None, a.get(1))
        }),
        MethodDef::new("pi", "($self, target, text=None, /)", |th, a| {
            let text = a.opt(2).cloned().unwrap_or(Obj::NONE);
            builder(th, a)?.aside(th, Some(a.get(1)), &text)
        }),
        MethodDef::new("close", "($self, /)", |th, a| Ok(builder(th, a)?.root(th))),
    ],
    ..TypeDef::new(
        TypeId::XmlTreeBuilder,
        "xml.etree.ElementTree.TreeBuilder",
        TreeBuilder::LAYOUT,
    )
};
