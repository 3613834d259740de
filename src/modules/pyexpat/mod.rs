//! `pyexpat`: a parser of XML that does not validate, with Expat's handlers, for `xml.etree`, `xml.dom` and `xml.sax`.
//!
//! `parse` takes documents apart, `dtd` the declarations of a document type, `listen` says who is told, `names` has the tables
//! of errors. Entities that are kept elsewhere are never fetched: `ExternalEntityRefHandler` is told of them.
//!
//! A parser belongs to one thread at a time: its state is taken out while it parses, and who comes meanwhile gets an error.

mod dtd;
pub(super) mod listen;
mod names;
pub(super) mod parse;

use crate::modules::prelude::*;
use listen::Listener;
use names::ERRORS;
pub(super) use names::message;
use parse::{Fault, State};
use threadsnake_threads::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// The handlers, in the order of `Parser::handlers`.
const HANDLERS: [&str; 22] = [
    "StartElementHandler",
    "EndElementHandler",
    "ProcessingInstructionHandler",
    "CharacterDataHandler",
    "UnparsedEntityDeclHandler",
    "NotationDeclHandler",
    "StartNamespaceDeclHandler",
    "EndNamespaceDeclHandler",
    "CommentHandler",
    "StartCdataSectionHandler",
    "EndCdataSectionHandler",
    "DefaultHandler",
    "DefaultHandlerExpand",
    "NotStandaloneHandler",
    "ExternalEntityRefHandler",
    "StartDoctypeDeclHandler",
    "EndDoctypeDeclHandler",
    "EntityDeclHandler",
    "XmlDeclHandler",
    "ElementDeclHandler",
    "AttlistDeclHandler",
    "SkippedEntityHandler",
];

/// Numbers of handlers.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum H {
    StartElement,
    EndElement,
    ProcessingInstruction,
    CharacterData,
    UnparsedEntityDecl,
    NotationDecl,
    StartNamespaceDecl,
    EndNamespaceDecl,
    Comment,
    StartCdata,
    EndCdata,
    Default,
    DefaultExpand,
    NotStandalone,
    ExternalEntityRef,
    StartDoctype,
    EndDoctype,
    EntityDecl,
    XmlDecl,
    ElementDecl,
    AttlistDecl,
    SkippedEntity,
}

/// What may be switched on; one bit each of `Parser::switches`.
const BUFFER_TEXT: u32 = 1;
const ORDERED: u32 = 2;
const SPECIFIED: u32 = 4;
const PREFIXES: u32 = 8;
const DEFERRAL: u32 = 16;

/// Payload of parsers.
pub struct Parser {
    handlers: [Slot; HANDLERS.len()],
    state: Guarded<Option<Box<State>>>,
    /// What the document declares, and how names and namespaces are joined: for parsers of its external entities.
    declared: parse::Shared,
    separator: Option<String>,
    /// Text that waits for the rest of it (`buffer_text`).
    waiting: Guarded<String>,
    base: Slot,
    intern: Slot,
    switches: AtomicU32,
    buffer_size: AtomicU32,
    /// Where the event is that is being told: line, column, byte.
    line: AtomicU32,
    column: AtomicU32,
    byte: AtomicU32,
    error: AtomicU32,
    parsing: AtomicBool,
}

static LAYOUT: Layout = Layout::of::<Parser>("xmlparser");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Parser {
    const TYPE: TypeId = TypeId::XmlParser;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        for s in self.handlers.iter().chain([&self.base, &self.intern]) {
            visit(s.raw());
        }
    }
    fn clear(&self, th: &Thread) {
        for s in &self.handlers {
            s.set(th, None);
        }
        self.intern.set(th, None);
    }
}

#[derive(Default)]
struct Errors {
    class: Slot2,
}

/// A slot that starts empty.
#[derive(Default)]
struct Slot2(Slot);

fn error_class(th: &Thread) -> Res {
    let slot = &th.rt().module_state::<Errors>().class.0;
    exception_class(
        th,
        slot,
        "xml.parsers.expat",
        "ExpatError",
        TypeId::Exception,
    )
}

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&PARSER];

macro_rules! handler {
    ($n:literal) => {
        GetSetDef::rw(
            HANDLERS[$n],
            |th, o| {
                Ok(this::<Parser>(th, o)?.handlers[$n]
                    .get()
                    .unwrap_or(Obj::NONE))
            },
            |th, o, v| set_handler(th, o, $n, v),
        )
    };
}

macro_rules! switch {
    ($name:literal, $bit:ident) => {
        GetSetDef::rw(
            $name,
            |th, o| Ok(Obj::bool(this::<Parser>(th, o)?.has($bit))),
            |th, o, v| set_switch(th, o, $bit, v),
        )
    };
}

macro_rules! number {
    ($name:literal, $field:ident) => {
        GetSetDef::ro($name, |th, o| {
            let n = this::<Parser>(th, o)?.$field.load(Ordering::Relaxed);
            Ok(Obj::small_int(i64::from(n)))
        })
    };
}

static ATTRS: &[GetSetDef] = &[
    handler!(0),
    handler!(1),
    handler!(2),
    handler!(3),
    handler!(4),
    handler!(5),
    handler!(6),
    handler!(7),
    handler!(8),
    handler!(9),
    handler!(10),
    handler!(11),
    handler!(12),
    handler!(13),
    handler!(14),
    handler!(15),
    handler!(16),
    handler!(17),
    handler!(18),
    handler!(19),
    handler!(20),
    handler!(21),
    switch!("buffer_text", BUFFER_TEXT),
    switch!("ordered_attributes", ORDERED),
    switch!("specified_attributes", SPECIFIED),
    switch!("namespace_prefixes", PREFIXES),
    number!("CurrentLineNumber", line),
    number!("CurrentColumnNumber", column),
    number!("CurrentByteIndex", byte),
    number!("ErrorLineNumber", line),
    number!("ErrorColumnNumber", column),
    number!("ErrorByteIndex", byte),
    number!("ErrorCode", error),
    GetSetDef::rw(
        "buffer_size",
        |th, o| {
            let n = this::<Parser>(th, o)?.buffer_size.load(Ordering::Relaxed);
            Ok(Obj::small_int(i64::from(n)))
        },
        set_buffer_size,
    ),
    GetSetDef::ro("buffer_used", |th, o| {
        let p = this::<Parser>(th, o)?;
        Ok(th.uint(p.waiting.with(th, p.head(), |w| w.len()) as u64))
    }),
    GetSetDef::ro("intern", |th, o| {
        Ok(this::<Parser>(th, o)?.intern.get().unwrap_or(Obj::NONE))
    }),
    GetSetDef::ro("base", |th, o| {
        Ok(this::<Parser>(th, o)?.base.get().unwrap_or(Obj::NONE))
    }),
];

static PARSER: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    methods: &[
        MethodDef::new("Parse", "($self, data, isfinal=False, /)", |th, a| {
            let last = a.flag(th, 2)?;
            parse_more(th, a.get(0), a.get(1), last)
        }),
        MethodDef::new("ParseFile", "($self, file, /)", |th, a| {
            loop {
                let data = th.call_method(a.get(1), "read", &[Obj::small_int(2048)])?;
                if data.cast::<Str>().is_none() && th.buffer(&data, false).is_err() {
                    return Err(th.type_error(format!(
                        "read() did not return a bytes object (type={})",
                        th.type_name(&data)
                    )));
                }
                let last = th.len(&data)? == 0;
                let r = parse_more(th, a.get(0), &data, last)?;
                if last {
                    return Ok(r);
                }
            }
        }),
        MethodDef::new("SetBase", "($self, base, /)", |th, a| {
            this::<Parser>(th, a.get(0))?
                .base
                .set(th, Some(a.get(1).clone()));
            Ok(Obj::NONE)
        }),
        MethodDef::new("GetBase", "($self, /)", |th, a| {
            Ok(this::<Parser>(th, a.get(0))?
                .base
                .get()
                .unwrap_or(Obj::NONE))
        }),
        MethodDef::new("GetInputContext", "($self, /)", |_, _| Ok(Obj::NONE)),
        MethodDef::new(
            "ExternalEntityParserCreate",
            "($self, context, encoding=None, /)",
            external,
        ),
        MethodDef::new("SetParamEntityParsing", "($self, flag, /)", |_, _| {
            Ok(Obj::small_int(1))
        }),
        MethodDef::new("UseForeignDTD", "($self, flag=True, /)", |_, _| {
            Ok(Obj::NONE)
        }),
        MethodDef::new(
            "SetReparseDeferralEnabled",
            "($self, enabled, /)",
            |th, a| {
                set_switch(th, a.get(0), DEFERRAL, Some(a.get(1)))?;
                Ok(Obj::NONE)
            },
        ),
        MethodDef::new("GetReparseDeferralEnabled", "($self, /)", |th, a| {
            Ok(Obj::bool(this::<Parser>(th, a.get(0))?.has(DEFERRAL)))
        }),
    ],
    getset: ATTRS,
    doc: "XML parser",
    ..TypeDef::new(TypeId::XmlParser, "pyexpat.xmlparser", Parser::LAYOUT)
};

impl Parser {
    fn has(&self, bit: u32) -> bool {
        self.switches.load(Ordering::Relaxed) & bit != 0
    }
    fn handler(&self, h: H) -> Option<Obj> {
        self.handlers[h as usize].get()
    }
}

fn set_handler(th: &Thread, o: &Obj, n: usize, v: Option<&Obj>) -> Res<()> {
    let p = this::<Parser>(th, o)?;
    let Some(v) = v else {
        return Err(th.runtime_error("Cannot delete attribute"));
    };
    if n == H::CharacterData as usize {
        // What was read so far is the old one's.
        flush(th, p)?;
    }
    p.handlers[n].set(th, Some(v.clone()).filter(|v| !v.is_none()));
    Ok(())
}

fn set_switch(th: &Thread, o: &Obj, bit: u32, v: Option<&Obj>) -> Res<()> {
    let p = this::<Parser>(th, o)?;
    let Some(v) = v else {
        return Err(th.runtime_error("Cannot delete attribute"));
    };
    if th.truthy(v)? {
        p.switches.fetch_or(bit, Ordering::Relaxed);
    } else {
        p.switches.fetch_and(!bit, Ordering::Relaxed);
        if bit == BUFFER_TEXT {
            flush(th, p)?;
        }
    }
    Ok(())
}

fn set_buffer_size(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let p = this::<Parser>(th, o)?;
    let Some(v) = v else {
        return Err(th.runtime_error("Cannot delete attribute"));
    };
    if th.int_like_i64(v).is_none() && !th.is_a(v, TypeId::Int) {
        return Err(th.type_error("buffer_size must be an integer"));
    }
    match th.index_i64(v).ok().and_then(|n| u32::try_from(n).ok()) {
        Some(n) if n > 0 && n <= i32::MAX as u32 => {
            flush(th, p)?;
            p.buffer_size.store(n, Ordering::Relaxed);
            Ok(())
        }
        Some(_) | None => Err(th.value_error("buffer_size must be greater than zero")),
    }
}

/// Tells the handler of text what waits.
fn flush(th: &Thread, p: &Py<Parser>) -> Res<()> {
    let text = p.waiting.take(th, p.head());
    if text.is_empty() {
        return Ok(());
    }
    match p.handler(H::CharacterData) {
        Some(f) => th.call(&f, &[th.str(&text)?]).map(drop),
        None => Ok(()),
    }
}

fn raise(th: &Thread, p: &Py<Parser>, fault: &Fault) -> Exc {
    let place = fault.place;
    p.at(place);
    p.error.store(fault.code, Ordering::Relaxed);
    let text = format!(
        "{}: line {}, column {}",
        message(fault.code),
        place.line,
        place.column
    );
    let made = (|| {
        let class = error_class(th)?;
        let e = raise_class(th, &class, &[th.str(&text)?]);
        let number = |n: u32| Obj::small_int(i64::from(n));
        th.setattr(e.0.obj(), "code", number(fault.code))?;
        th.setattr(e.0.obj(), "offset", number(place.column))?;
        th.setattr(e.0.obj(), "lineno", number(place.line))?;
        Ok(e)
    })();
    made.unwrap_or_else(|e| e)
}

fn parse_more(th: &Thread, o: &Obj, data: &Obj, last: bool) -> Res {
    let p = this::<Parser>(th, o)?.clone();
    if p.parsing.swap(true, Ordering::AcqRel) {
        return Err(th.runtime_error("the parser is in use"));
    }
    let taken = p.state.with(th, p.head(), Option::take);
    let Some(mut state) = taken else {
        p.parsing.store(false, Ordering::Release);
        return Err(th.runtime_error("the parser is in use"));
    };
    let r = feed(th, &p, &mut state, data, last);
    p.state.with(th, p.head(), |s| *s = Some(state));
    p.parsing.store(false, Ordering::Release);
    match r {
        Ok(()) => Ok(Obj::small_int(1)),
        Err(parse::Stop::Raised(e)) => Err(e),
        Err(parse::Stop::Fault(f)) => {
            flush(th, &p)?;
            Err(raise(th, &p, &f))
        }
    }
}

fn feed(
    th: &Thread,
    p: &Py<Parser>,
    state: &mut State,
    data: &Obj,
    last: bool,
) -> Result<(), parse::Stop> {
    state.push(th, data, last)?;
    parse::run(th, p, state, last)?;
    if last {
        state.finish();
    }
    flush(th, p)?;
    Ok(())
}

fn make(th: &Thread, state: State, separator: Option<String>, intern: Obj) -> Py<Parser> {
    th.alloc(Parser {
        declared: state.declared.clone(),
        separator,
        handlers: [const { Slot::empty() }; HANDLERS.len()],
        state: Guarded::new(Some(Box::new(state))),
        waiting: Guarded::new(String::new()),
        base: Slot::empty(),
        intern: Slot::new(Some(intern)),
        switches: AtomicU32::new(DEFERRAL),
        buffer_size: AtomicU32::new(8192),
        line: AtomicU32::new(1),
        column: AtomicU32::new(0),
        byte: AtomicU32::new(0),
        error: AtomicU32::new(0),
        parsing: AtomicBool::new(false),
    })
}

fn create(th: &Thread, a: Args<'_>) -> Res {
    let encoding = match a.opt_not_none(0) {
        Some(e) => Some(
            th.text_of(e, "ParserCreate() argument 'encoding'")?
                .to_rust(),
        ),
        None => None,
    };
    let separator = match a.opt_not_none(1) {
        Some(s) => {
            let what = "ParserCreate() argument 'namespace_separator'";
            let Some(text) = s.cast::<Str>() else {
                return Err(th.type_error(format!(
                    "{what} must be str or None, not {}",
                    th.type_name(s)
                )));
            };
            let text = text.to_rust();
            if text.chars().count() > 1 {
                return Err(th.value_error(
                    "namespace_separator must be at most one character, omitted, or None",
                ));
            }
            Some(text)
        }
        None => None,
    };
    let intern = match a.opt(2) {
        None => th.new_dict()?.into_obj(),
        Some(o) if o.is_none() => Obj::NONE,
        Some(o) if o.cast::<Dict>().is_some() => o.clone(),
        Some(_) => return Err(th.type_error("intern must be a dictionary")),
    };
    let state = State::new(encoding, separator.clone());
    Ok(make(th, state, separator, intern).into_obj())
}

/// A parser for an entity of the document: the same handlers, entities and namespaces.
fn external(th: &Thread, a: Args<'_>) -> Res {
    let p = this::<Parser>(th, a.get(0))?;
    let encoding = match a.opt_not_none(2) {
        Some(e) => Some(th.text_of(e, "encoding")?.to_rust()),
        None => None,
    };
    let subset = a.get(1).is_none();
    let (separator, declared) = (p.separator.clone(), p.declared.clone());
    let state = State::external(encoding, separator.clone(), declared, subset);
    let new = make(th, state, separator, p.intern.get().unwrap_or(Obj::NONE));
    for (to, from) in new.handlers.iter().zip(&p.handlers) {
        to.set(th, from.get());
    }
    new.base.set(th, p.base.get());
    new.switches
        .store(p.switches.load(Ordering::Relaxed), Ordering::Relaxed);
    Ok(new.into_obj())
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "ParserCreate",
            "(encoding=None, namespace_separator=None, intern=<unrepresentable>)",
            create,
        ),
        MethodDef::new("ErrorString", "(code, /)", |th, a| {
            let n = th.index_i64(a.get(0))?;
            match u32::try_from(n).ok().map(message) {
                Some("") | None => Ok(Obj::NONE),
                Some(text) => th.str(text),
            }
        }),
    ],
    types: &[("XMLParserType", TypeId::XmlParser)],
    init: Some(|th, m| {
        let class = error_class(th)?;
        put(th, m, "error", class.clone())?;
        put(th, m, "ExpatError", class)?;
        let text = |s: &str| th.str(s);
        put(th, m, "EXPAT_VERSION", text("expat_2.7.1")?)?;
        put(th, m, "native_encoding", text("UTF-8")?)?;
        let version = [2, 7, 1].map(Obj::small_int);
        put(th, m, "version_info", tuple_of(th, version)?)?;
        let features = [
            ("sizeof(XML_Char)", 1),
            ("sizeof(XML_LChar)", 1),
            ("XML_DTD", 0),
            ("XML_NS", 0),
        ];
        let mut list = Vec::new();
        for (name, n) in features {
            list.push(tuple_of(th, [text(name)?, Obj::small_int(n)])?);
        }
        put(th, m, "features", th.list(list)?)?;
        for (name, n) in [
            ("XML_PARAM_ENTITY_PARSING_NEVER", 0),
            ("XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE", 1),
            ("XML_PARAM_ENTITY_PARSING_ALWAYS", 2),
        ] {
            put(th, m, name, Obj::small_int(n))?;
        }
        let part = |def: &'static ModuleDef| -> Res<Py<Module>> {
            let sub = crate::modules::import::make_native(th, def)?;
            let name = text(def.name)?;
            th.rt().modules().set_item(th, &name, sub.obj().clone())?;
            Ok(sub)
        };
        let model = part(&MODEL)?;
        for (n, name) in ["EMPTY", "ANY", "MIXED", "NAME", "CHOICE", "SEQ"]
            .iter()
            .enumerate()
        {
            put(
                th,
                &model,
                &format!("XML_CTYPE_{name}"),
                Obj::small_int(n as i64 + 1),
            )?;
        }
        for (n, name) in ["NONE", "OPT", "REP", "PLUS"].iter().enumerate() {
            put(
                th,
                &model,
                &format!("XML_CQUANT_{name}"),
                Obj::small_int(n as i64),
            )?;
        }
        put(th, m, "model", model.into_obj())?;
        let errors = part(&ERROR_NAMES)?;
        let (codes, messages) = (th.new_dict()?, th.new_dict()?);
        for &(code, name, words) in ERRORS {
            let (code, words) = (Obj::small_int(i64::from(code)), text(words)?);
            put(th, &errors, name, words.clone())?;
            codes.set_item(th, &words, code.clone())?;
            messages.set_item(th, &code, words)?;
        }
        put(th, &errors, "codes", codes.into_obj())?;
        put(th, &errors, "messages", messages.into_obj())?;
        put(th, m, "errors", errors.into_obj())
    }),
    doc: "Python wrapper for Expat parser.",
    ..ModuleDef::new("pyexpat")
};

static MODEL: ModuleDef = ModuleDef {
    doc: "Constants used to interpret content model information.",
    ..ModuleDef::new("pyexpat.model")
};

static ERROR_NAMES: ModuleDef = ModuleDef {
    doc: "Constants used to describe error conditions.",
    ..ModuleDef::new("pyexpat.errors")
};
