//! `XMLParser`: tells a target what a document says. A `TreeBuilder` is told at once, any other target by calls of its methods.
//!
//! A parser that works has taken its state out of the object, so that Python code may run meanwhile; another use of it finds
//! it busy.

use super::builder::{Events, TreeBuilder, plain};
use super::error_class;
use crate::modules::prelude::*;
use crate::modules::pyexpat::listen::{Attr, Listener};
use crate::modules::pyexpat::parse::{self, Fault, Place, Step, Stop};
use crate::modules::pyexpat::{H, message};
use crate::object::bytes::Bytes;
use foldhash::HashMap;
use std::cell::{Cell, RefCell};

macro_rules! handlers {
    ($($field:ident $name:literal),* $(,)?) => {
        /// Methods of a target; none where it is a `TreeBuilder`.
        #[derive(Clone, Default)]
        struct Handlers { $($field: Option<Obj>,)* }
        trace!(Handlers, $($field),*);
        impl Handlers {
            fn of(th: &Thread, target: &Obj) -> Res<Handlers> {
                Ok(Handlers { $($field: th.getattr_opt(target, $name)?,)* })
            }
        }
    };
}

handlers! {
    start "start", end "end", data "data", comment "comment", instruction "pi", doctype "doctype",
    start_ns "start_ns", end_ns "end_ns", close "close",
}

/// What a parser holds while it does not work.
#[derive(Default)]
struct Inner {
    state: Option<Box<parse::State>>,
    handlers: Handlers,
    names: Names,
    /// `__init__` has been called.
    ready: bool,
}
trace!(Inner, handlers);

/// Names of the document as objects, with braces around their namespaces.
type Names = HashMap<Box<str>, Obj>;

/// Payload of parsers.
pub struct XmlParser {
    inner: Guarded<Inner>,
    target: Slot,
    entity: Slot,
}
native!(XmlParser, XmlTreeParser, "XMLParser", inner, target, entity);

/// What is told while a parser works.
struct Told<'a> {
    parser: &'a Py<XmlParser>,
    builder: Option<Py<TreeBuilder>>,
    /// As `TreeBuilder::wants` says: comments, processing instructions, namespaces that begin, that end.
    wants: Cell<[bool; 4]>,
    handlers: Handlers,
    names: RefCell<Names>,
    place: Cell<Place>,
    defers: bool,
}

impl Told<'_> {
    fn call(th: &Thread, f: &Option<Obj>, args: &[Obj]) -> Res {
        match f {
            Some(f) => th.call(f, args),
            None => Ok(Obj::NONE),
        }
    }
}

fn or_empty(th: &Thread, o: &Obj) -> Obj {
    if o.is_none() {
        th.empty_str()
    } else {
        o.clone()
    }
}

impl Listener for Told<'_> {
    fn at(&self, place: Place) {
        self.place.set(place);
    }
    fn hears(&self, h: H) -> bool {
        let [comments, instructions, starts, ends] = self.wants.get();
        let to = &self.handlers;
        match h {
            H::Comment => comments || to.comment.is_some(),
            H::ProcessingInstruction => instructions || to.instruction.is_some(),
            H::StartNamespaceDecl => starts || to.start_ns.is_some(),
            H::EndNamespaceDecl => ends || to.end_ns.is_some(),
            H::StartDoctype => true,
            _ => false,
        }
    }
    fn tell(&self, th: &Thread, h: H, args: &[Obj]) -> Res {
        let to = &self.handlers;
        match (h, &self.builder, args) {
            (H::Comment, Some(b), [text]) => b.aside(th, None, text),
            (H::Comment, None, _) => Told::call(th, &to.comment, args),
            (H::ProcessingInstruction, Some(b), [target, text]) => b.aside(th, Some(target), text),
            (H::ProcessingInstruction, None, _) => Told::call(th, &to.instruction, args),
            (H::StartNamespaceDecl, b, [prefix, uri]) => {
                let (prefix, uri) = (or_empty(th, prefix), or_empty(th, uri));
                match b {
                    Some(b) => b.namespace(th, Some((prefix, uri))).map(|()| Obj::NONE),
                    None => Told::call(th, &to.start_ns, &[prefix, uri]),
                }
            }
            (H::EndNamespaceDecl, b, [prefix]) => match b {
                Some(b) => b.namespace(th, None).map(|()| Obj::NONE),
                None => Told::call(th, &to.end_ns, &[or_empty(th, prefix)]),
            },
            (H::StartDoctype, _, [name, system, public, _]) => {
                let args = [name.clone(), public.clone(), system.clone()];
                if to.doctype.is_some() {
                    return Told::call(th, &to.doctype, &args);
                }
                if th.getattr_opt(self.parser.obj(), "doctype")?.is_some() {
                    let text = "The doctype() method of XMLParser is ignored.  Define doctype() method on the TreeBuilder target.";
                    th.warn(TypeId::RuntimeWarning, text)?;
                }
                Ok(Obj::NONE)
            }
            _ => Ok(Obj::NONE),
        }
    }
    /// An entity that the document does not declare may be one of the parser's own table.
    fn default(&self, th: &Thread, raw: &str) -> Step {
        let Some(name) = raw.strip_prefix('&').and_then(|r| r.strip_suffix(';')) else {
            return Ok(());
        };
        let table = self.parser.entity.get();
        let value = match table.as_ref().and_then(|d| d.cast::<Dict>()) {
            Some(d) => d.get_item(th, &th.str(name)?)?,
            None => None,
        };
        match (value, &self.builder) {
            (Some(v), Some(b)) => b.data(th, &v)?,
            (Some(v), None) => drop(Told::call(th, &self.handlers.data, &[v])?),
            (None, _) => {
                let shown: String = raw.chars().take(100).collect();
                let fault = Fault {
                    code: 11,
                    place: self.place.get(),
                };
                let text = format!("undefined entity {shown}");
                return Err(parse_error(th, &text, &fault).into());
            }
        }
        Ok(())
    }
    fn leaves_entities(&self) -> bool {
        false
    }
    fn start(&self, th: &Thread, name: &str, attrs: &[Attr<'_>], _: &str) -> Step {
        if self.builder.is_none() && self.handlers.start.is_none() {
            return Ok(());
        }
        let tag = self.name(th, name)?;
        let mut attrib = None;
        if !attrs.is_empty() || self.builder.is_none() {
            let d = th.new_dict()?;
            for (k, v) in attrs {
                d.set_item(th, &self.name(th, k)?, th.str(v)?)?;
            }
            attrib = Some(d);
        }
        match (&self.builder, attrib) {
            (Some(b), attrib) => drop(b.start(th, tag, attrib)?),
            (None, Some(attrib)) => {
                let args = [tag, attrib.into_obj()];
                drop(Told::call(th, &self.handlers.start, &args)?);
            }
            (None, None) => {}
        }
        Ok(())
    }
    fn end(&self, th: &Thread, name: &str, _: &str) -> Step {
        match &self.builder {
            Some(b) => drop(b.end(th)?),
            None if self.handlers.end.is_none() => {}
            None => {
                let tag = self.name(th, name)?;
                drop(Told::call(th, &self.handlers.end, &[tag])?);
            }
        }
        Ok(())
    }
    fn text(&self, th: &Thread, text: &str, _: &str) -> Step {
        match &self.builder {
            Some(b) => b.characters(th, text),
            None if self.handlers.data.is_none() => {}
            None => drop(Told::call(th, &self.handlers.data, &[th.str(text)?])?),
        }
        Ok(())
    }
    fn by_lines(&self) -> bool {
        self.builder.is_none()
    }
    fn name(&self, th: &Thread, name: &str) -> Res {
        if let Some(known) = self.names.borrow().get(name) {
            return Ok(known.clone());
        }
        let o = match name.contains('}') {
            true => th.str(&format!("{{{name}"))?,
            false => th.str(name)?,
        };
        self.names.borrow_mut().insert(name.into(), o.clone());
        Ok(o)
    }
    fn base(&self) -> Obj {
        Obj::NONE
    }
    fn keeps_prefixes(&self) -> bool {
        false
    }
    fn specified_only(&self) -> bool {
        false
    }
    fn defers(&self) -> bool {
        self.defers
    }
}

fn parse_error(th: &Thread, what: &str, fault: &Fault) -> Exc {
    let (line, column) = (fault.place.line, fault.place.column);
    let number = |n: u32| Obj::small_int(n.into());
    let made = (|| {
        let text = th.str(&format!("{what}: line {line}, column {column}"))?;
        let e = raise_class(th, &error_class(th)?, &[text]);
        th.setattr(e.obj(), "code", number(fault.code))?;
        let position = th.pair(number(line), number(column))?;
        th.setattr(e.obj(), "position", position)?;
        Ok(e)
    })();
    made.unwrap_or_else(|e| e)
}

fn parser<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<XmlParser>> {
    let p = this::<XmlParser>(th, o)?;
    match p.with(th, |i| i.ready) {
        true => Ok(p),
        false => Err(th.value_error("XMLParser.__init__() wasn't called")),
    }
}

impl Py<XmlParser> {
    fn with<R>(&self, th: &Thread, f: impl FnOnce(&mut Inner) -> R) -> R {
        self.inner.with(th, self.head(), f)
    }

    /// The builder that the target is, if it is one.
    fn builder(&self) -> Option<Py<TreeBuilder>> {
        let target = self.target.get()?;
        match target.is_exact::<TreeBuilder>() {
            true => target.into_py::<TreeBuilder>().ok(),
            false => None,
        }
    }

    /// Parses what has come; no data and `last`: the document ends.
    fn feed(&self, th: &Thread, data: Option<&Obj>, last: bool, defers: bool) -> Res<()> {
        let taken = self.with(th, |i| {
            let state = i.state.take()?;
            Some((state, i.handlers.clone(), std::mem::take(&mut i.names)))
        });
        let Some((mut state, handlers, names)) = taken else {
            return Err(th.runtime_error("the parser is in use"));
        };
        let builder = self.builder();
        let told = Told {
            parser: self,
            wants: Cell::new(builder.as_ref().map_or([false; 4], |b| b.wants(th))),
            builder,
            handlers,
            names: RefCell::new(names),
            place: Cell::new(state.fault(0).place),
            defers,
        };
        let r = (|| {
            match data {
                Some(data) => state.push(th, data, last)?,
                None => state.push_nothing(last)?,
            }
            parse::run(th, &told, &mut state, last)?;
            if last {
                state.finish();
            }
            Ok(())
        })();
        let names = told.names.take();
        self.with(th, |i| {
            i.state = Some(state);
            i.names = names;
        });
        match r {
            Ok(()) => Ok(()),
            Err(Stop::Raised(e)) => Err(e),
            Err(Stop::Fault(f)) => Err(parse_error(th, message(f.code), &f)),
        }
    }
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    th.bind("XMLParser", "(*, target=None, encoding=None)", args, |a| {
        let encoding = match a.opt_not_none(1) {
            None => None,
            Some(e) => match e.cast::<Str>() {
                Some(s) => Some(s.to_rust()),
                None => {
                    return Err(th.type_error(format!(
                        "XMLParser() argument 'encoding' must be str or None, not {}",
                        th.type_name_full(e)
                    )));
                }
            },
        };
        let p = this::<XmlParser>(th, o)?;
        let target = match a.opt_not_none(0) {
            Some(t) => t.clone(),
            None => plain(th).into_obj(),
        };
        let handlers = match target.is_exact::<TreeBuilder>() {
            true => Handlers::default(),
            false => Handlers::of(th, &target)?,
        };
        let state = parse::State::new(encoding, Some("}".to_owned()));
        p.entity.set(th, Some(th.new_dict()?.into_obj()));
        p.target.set(th, Some(target));
        let new = Inner {
            state: Some(Box::new(state)),
            handlers,
            names: Names::default(),
            ready: true,
        };
        let old = p.with(th, |i| std::mem::replace(i, new));
        drop(old);
        Ok(())
    })
}

fn feed(th: &Thread, a: Args<'_>) -> Res {
    parser(th, a.get(0))?.feed(th, Some(a.get(1)), false, true)?;
    Ok(Obj::NONE)
}

fn close(th: &Thread, a: Args<'_>) -> Res {
    let p = parser(th, a.get(0))?;
    p.feed(th, None, true, true)?;
    match p.builder() {
        Some(b) => Ok(b.root(th)),
        None => Told::call(th, &p.with(th, |i| i.handlers.close.clone()), &[]),
    }
}

fn parse_whole(th: &Thread, a: Args<'_>) -> Res {
    let p = parser(th, a.get(0))?;
    let read = th.getattr(a.get(1), "read")?;
    loop {
        let data = th.call(&read, &[Obj::small_int(64 << 10)])?;
        let some = match (data.cast::<Str>(), data.cast::<Bytes>()) {
            (Some(s), _) => !s.is_empty(),
            (None, Some(b)) => !b.bytes().is_empty(),
            (None, None) => false,
        };
        if !some {
            break;
        }
        p.feed(th, Some(&data), false, true)?;
    }
    p.feed(th, None, true, true)?;
    Ok(p.builder().map_or(Obj::NONE, |b| b.root(th)))
}

fn set_events(th: &Thread, a: Args<'_>) -> Res {
    let p = parser(th, a.get(0))?;
    let Some(builder) = p.builder() else {
        return Err(
            th.type_error("event handling only supported for ElementTree.TreeBuilder targets")
        );
    };
    let mut events = Events {
        append: Some(th.getattr(a.get(1), "append")?),
        ..Events::default()
    };
    let Some(names) = a.opt_not_none(2) else {
        events.end = Some(th.intern("end"));
        builder.report(th, events);
        return Ok(Obj::NONE);
    };
    let names = th.collect(names).map_err(|e| {
        match e.is(th, TypeId::TypeError) && th.iter(names).is_err() {
            true => th.type_error("events must be a sequence"),
            false => e,
        }
    })?;
    for o in names {
        let name = match (o.cast::<Str>(), o.cast::<Bytes>()) {
            (Some(s), _) => s.to_rust(),
            (None, Some(b)) => String::from_utf8_lossy(b.bytes()).into_owned(),
            (None, None) => return Err(th.value_error("invalid events sequence")),
        };
        let place = match name.as_str() {
            "start" => &mut events.start,
            "end" => &mut events.end,
            "start-ns" => &mut events.start_ns,
            "end-ns" => &mut events.end_ns,
            "comment" => &mut events.comment,
            "pi" => &mut events.instruction,
            _ => return Err(th.value_error(format!("unknown event '{name}'"))),
        };
        *place = Some(o);
    }
    builder.report(th, events);
    Ok(Obj::NONE)
}

/// The type.
pub static PARSER: TypeDef = TypeDef {
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(|th, cls, _| {
            let payload = XmlParser {
                inner: Guarded::new(Inner::default()),
                target: Slot::empty(),
                entity: Slot::empty(),
            };
            Ok(th.alloc_as(cls, payload)?.into_obj())
        }),
        init: Some(init),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("feed", "($self, data, /)", feed),
        MethodDef::new("close", "($self, /)", close),
        MethodDef::new("flush", "($self, /)", |th, a| {
            parser(th, a.get(0))?.feed(th, None, false, false)?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("_parse_whole", "($self, file, /)", parse_whole),
        MethodDef::new(
            "_setevents",
            "($self, events_queue, events_to_report=None, /)",
            set_events,
        ),
    ],
    getset: &[GetSetDef::ro("version", |th, _| th.str("Expat 2.7.1"))],
    init: Some(|th, t| {
        static MEMBERS: [GetSetDef; 2] = [
            GetSetDef::ro("entity", |th, o| {
                Ok(this::<XmlParser>(th, o)?.entity.get().unwrap_or(Obj::NONE))
            }),
            GetSetDef::ro("target", |th, o| {
                Ok(this::<XmlParser>(th, o)?.target.get().unwrap_or(Obj::NONE))
            }),
        ];
        for def in &MEMBERS {
            let o = crate::builtins::descriptors::native_member(th, def, t);
            t.dict.set_str(th, def.name, o)?;
        }
        Ok(())
    }),
    ..TypeDef::new(
        TypeId::XmlTreeParser,
        "xml.etree.ElementTree.XMLParser",
        XmlParser::LAYOUT,
    )
};
