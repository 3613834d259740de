//! `_csv`: reading and writing of tables as text. Here are the dialects; `read` and `write` do the rest.

mod read;
mod write;

use crate::modules::prelude::*;
use threadsnake_threads::sync::Mutex;
use threadsnake_threads::sync::atomic::{AtomicI64, AtomicU64, Ordering};

const MINIMAL: i64 = 0;
const ALL: i64 = 1;
const NONNUMERIC: i64 = 2;
const NONE: i64 = 3;
const STRINGS: i64 = 4;
const NOTNULL: i64 = 5;

struct State {
    error: Slot,
    dialects: Slot,
    limit: AtomicI64,
    making: Mutex<()>,
}

impl Default for State {
    fn default() -> Self {
        State {
            error: Slot::empty(),
            dialects: Slot::empty(),
            limit: AtomicI64::new(131_072),
            making: Mutex::new(()),
        }
    }
}

fn state(th: &Thread) -> &State {
    th.rt().module_state::<State>()
}

fn error(th: &Thread, message: impl AsRef<str>) -> Exc {
    let class = exception_class(th, &state(th).error, "_csv", "Error", TypeId::Exception);
    match (class, th.str(message.as_ref())) {
        (Ok(c), Ok(m)) => raise_class(th, &c, &[m]),
        (Err(e), _) | (_, Err(e)) => e,
    }
}

/// The registered dialects, a dict.
fn dialects(th: &Thread) -> Res<Py<Dict>> {
    let slot = &state(th).dialects;
    if slot.raw().is_empty() {
        let fresh = th.new_dict()?.into_obj();
        let _one = state(th).making.lock();
        // Another thread may have been first; then ours is not needed.
        drop(slot.set_if_empty(fresh));
    }
    slot.get()
        .and_then(|o| o.into_py::<Dict>().ok())
        .ok_or_else(|| th.system_error("no dialects"))
}

/// Payload of dialects; nothing in it changes.
#[derive(Clone)]
pub struct Dialect {
    delimiter: u32,
    quote: Option<u32>,
    escape: Option<u32>,
    double: bool,
    skip_space: bool,
    strict: bool,
    quoting: i64,
    terminator: Py<Str>,
    /// Which of the first code points are of no consequence inside a field: no delimiter, no quote, no escape, no part of
    /// a line's end.
    plain: [bool; 256],
}
native!(Dialect, CsvDialect, "Dialect", terminator);

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&DIALECT, &read::READER, &write::WRITER];

fn one_char(th: &Thread, c: u32) -> Res {
    let mut b = StrBuf::new();
    b.push(c);
    th.str_data(b.finish())
}

static DIALECT: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            let base = args.positional().first().cloned();
            new_dialect(th, cls, base.as_ref(), &keywords(th, args)).map(Py::into_obj)
        }),
        ..Slots::NONE
    },
    flags: type_flags::BASETYPE,
    getset: &[
        GetSetDef::ro("delimiter", |th, o| {
            one_char(th, this::<Dialect>(th, o)?.delimiter)
        }),
        GetSetDef::ro("quotechar", |th, o| {
            this::<Dialect>(th, o)?
                .quote
                .map_or(Ok(Obj::NONE), |c| one_char(th, c))
        }),
        GetSetDef::ro("escapechar", |th, o| {
            this::<Dialect>(th, o)?
                .escape
                .map_or(Ok(Obj::NONE), |c| one_char(th, c))
        }),
        GetSetDef::ro("doublequote", |th, o| {
            Ok(Obj::bool(this::<Dialect>(th, o)?.double))
        }),
        GetSetDef::ro("skipinitialspace", |th, o| {
            Ok(Obj::bool(this::<Dialect>(th, o)?.skip_space))
        }),
        GetSetDef::ro("strict", |th, o| {
            Ok(Obj::bool(this::<Dialect>(th, o)?.strict))
        }),
        GetSetDef::ro("quoting", |th, o| {
            Ok(th.int(this::<Dialect>(th, o)?.quoting))
        }),
        GetSetDef::ro("lineterminator", |th, o| {
            Ok(this::<Dialect>(th, o)?.terminator.obj().clone())
        }),
    ],
    ..TypeDef::new(TypeId::CsvDialect, "_csv.Dialect", Dialect::LAYOUT)
};

type Keywords = Vec<(String, Obj)>;

fn keywords(th: &Thread, args: CallArgs<'_>) -> Keywords {
    args.keywords()
        .map(|(k, v)| (th.str_text(k), v.clone()))
        .collect()
}

fn new_dialect(th: &Thread, cls: &Py<Type>, base: Option<&Obj>, kw: &Keywords) -> Res<Py<Dialect>> {
    const NAMES: [&str; 9] = [
        "dialect",
        "delimiter",
        "doublequote",
        "escapechar",
        "lineterminator",
        "quotechar",
        "quoting",
        "skipinitialspace",
        "strict",
    ];
    for (k, _) in kw {
        if !NAMES.contains(&k.as_str()) {
            return Err(th.type_error(format!(
                "this function got an unexpected keyword argument '{k}'"
            )));
        }
    }
    let given = |name: &str| kw.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone());
    let mut base = base
        .cloned()
        .or_else(|| given("dialect"))
        .filter(|b| !b.is_none());
    if let Some(b) = &base
        && b.cast::<Str>().is_some()
    {
        base = Some(find_dialect(th, b)?);
    }
    if let Some(d) = base.as_ref().and_then(|b| b.exact::<Dialect>())
        && kw.iter().all(|(k, _)| k == "dialect")
    {
        return Ok(d.clone());
    }
    let get = |name: &str| -> Res<Option<Obj>> {
        match (given(name), &base) {
            (Some(v), _) => Ok(Some(v)),
            (None, Some(b)) => th.getattr_opt(b, name),
            (None, None) => Ok(None),
        }
    };
    let character = |name: &str, default: Option<u32>| -> Res<Option<u32>> {
        match get(name)? {
            None => Ok(default),
            Some(o) if o.is_none() => Ok(None),
            Some(o) => match o.cast::<Str>() {
                Some(s) if s.len() == 1 => Ok(Some(s.at(0))),
                Some(s) => Err(th.type_error(format!(
                    "\"{name}\" must be a unicode character or None, not a string of length {}",
                    s.len()
                ))),
                None => Err(th.type_error(format!(
                    "\"{name}\" must be a unicode character or None, not {}",
                    th.type_name(&o)
                ))),
            },
        }
    };
    let truth = |name: &str, default: bool| -> Res<bool> {
        match get(name)? {
            None => Ok(default),
            Some(o) => th.truthy(&o),
        }
    };
    let delimiter = match get("delimiter")? {
        None => u32::from(','),
        Some(o) => match o.cast::<Str>() {
            Some(s) if s.len() == 1 => s.at(0),
            Some(s) => {
                return Err(th.type_error(format!(
                    "\"delimiter\" must be a unicode character, not a string of length {}",
                    s.len()
                )));
            }
            None => {
                return Err(th.type_error(format!(
                    "\"delimiter\" must be a unicode character, not {}",
                    th.type_name(&o)
                )));
            }
        },
    };
    let quote = character("quotechar", Some(u32::from('"')))?;
    let escape = character("escapechar", None)?;
    let quoting = match get("quoting")? {
        // Without a quote character nothing can be quoted.
        None if quote.is_none() => NONE,
        None => MINIMAL,
        Some(o) if o.as_small_int().is_some() => th.index_i64(&o)?,
        Some(_) => return Err(th.type_error("\"quoting\" must be an integer")),
    };
    let terminator = match get("lineterminator")? {
        None => th.str("\r\n")?,
        Some(o) if o.cast::<Str>().is_some() => o,
        Some(o) => {
            return Err(th.type_error(format!(
                "\"lineterminator\" must be a string, not {}",
                th.type_name(&o)
            )));
        }
    };
    let terminator = terminator
        .into_py::<Str>()
        .map_err(|_| th.system_error("expected a string"))?;
    if !(MINIMAL..=NOTNULL).contains(&quoting) {
        return Err(th.type_error("bad \"quoting\" value"));
    }
    if quoting != NONE && quote.is_none() {
        return Err(th.type_error("quotechar must be set if quoting enabled"));
    }
    let skip_space = truth("skipinitialspace", false)?;
    // Spaces that are skipped may be delimiters all the same.
    for (name, c, space) in [
        ("delimiter", Some(delimiter), true),
        ("escapechar", escape, !skip_space),
        ("quotechar", quote, !skip_space),
    ] {
        if c.is_some_and(|c| c == 10 || c == 13 || c == 32 && !space) {
            return Err(th.value_error(format!("bad {name} value")));
        }
        if c.is_some_and(|c| terminator.text().chars().any(|t| t == c)) {
            return Err(th.value_error(format!("bad {name} or lineterminator value")));
        }
    }
    for (a, x, b, y) in [
        ("delimiter", Some(delimiter), "escapechar", escape),
        ("delimiter", Some(delimiter), "quotechar", quote),
        ("escapechar", escape, "quotechar", quote),
    ] {
        if x.is_some() && x == y {
            return Err(th.value_error(format!("bad {a} or {b} value")));
        }
    }
    let mut plain = [true; 256];
    let of_end = terminator.text().chars().chain([10, 13]);
    for c in of_end.chain([delimiter]).chain(quote).chain(escape) {
        if let Some(p) = plain.get_mut(c as usize) {
            *p = false;
        }
    }
    let payload = Dialect {
        delimiter,
        quote,
        escape,
        double: truth("doublequote", true)?,
        skip_space,
        strict: truth("strict", false)?,
        quoting,
        terminator,
        plain,
    };
    th.alloc_as::<Dialect>(cls, payload)
}

impl Dialect {
    /// How many code points at the beginning are of no consequence inside a field.
    #[inline]
    fn plain_run(&self, text: &[u8]) -> usize {
        let end = text.iter().position(|c| !self.plain[usize::from(*c)]);
        end.unwrap_or(text.len())
    }
}

/// The code points of a text whose units are bytes.
#[inline]
fn narrow(text: StrRef<'_>) -> Option<&[u8]> {
    match text {
        StrRef::Ascii(u) | StrRef::Latin1(u) => Some(u),
        _ => None,
    }
}

fn find_dialect(th: &Thread, name: &Obj) -> Res {
    match dialects(th)?.get_item(th, name)? {
        Some(d) => Ok(d),
        None => Err(error(th, "unknown dialect")),
    }
}

/// The first positional argument and the dialect that the rest say.
fn split_args(th: &Thread, a: Args<'_>) -> Res<Py<Dialect>> {
    let mut kw = Keywords::new();
    for (k, v) in this::<Dict>(th, a.get(2))?.items() {
        kw.push((th.str_text(&k), v));
    }
    new_dialect(th, &th.ty(TypeId::CsvDialect).clone(), a.opt(1), &kw)
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "reader",
            "(iterable, dialect='excel', /, **fmtparams)",
            |th, a| {
                let lines = th.iter(a.get(0))?;
                let dialect = split_args(th, a)?;
                Ok(th
                    .alloc(read::Reader {
                        lines,
                        dialect,
                        count: AtomicU64::new(0),
                    })
                    .into_obj())
            },
        ),
        MethodDef::new(
            "writer",
            "(fileobj, dialect='excel', /, **fmtparams)",
            |th, a| {
                let dialect = split_args(th, a)?;
                match th.getattr_opt(a.get(0), "write")? {
                    Some(write) => Ok(th.alloc(write::Writer { write, dialect }).into_obj()),
                    None => Err(th.type_error("argument 1 must have a \"write\" method")),
                }
            },
        ),
        MethodDef::new(
            "register_dialect",
            "(name, dialect=<unrepresentable>, /, **fmtparams)",
            |th, a| {
                if a.get(0).cast::<Str>().is_none() {
                    return Err(th.type_error("dialect name must be a string"));
                }
                let dialect = split_args(th, a)?;
                dialects(th)?.set_item(th, a.get(0), dialect.into_obj())?;
                Ok(Obj::NONE)
            },
        ),
        MethodDef::new("unregister_dialect", "(name)", |th, a| {
            match dialects(th)?.del_item(th, a.get(0))? {
                Some(_) => Ok(Obj::NONE),
                None => Err(error(th, "unknown dialect")),
            }
        }),
        MethodDef::new("get_dialect", "(name)", |th, a| find_dialect(th, a.get(0))),
        MethodDef::new("list_dialects", "()", |th, _| {
            th.list_of(dialects(th)?.obj()).map(Py::into_obj)
        }),
        MethodDef::new(
            "field_size_limit",
            "(new_limit=<unrepresentable>)",
            |th, a| {
                let limit = &state(th).limit;
                let old = limit.load(Ordering::Relaxed);
                if let Some(n) = a.opt(0) {
                    if !th.is_a(n, TypeId::Int) {
                        return Err(th.type_error("limit must be an integer"));
                    }
                    limit.store(th.index_i64(n)?, Ordering::Relaxed);
                }
                Ok(th.int(old))
            },
        ),
    ],
    types: &[
        ("Dialect", TypeId::CsvDialect),
        ("Reader", TypeId::CsvReader),
        ("Writer", TypeId::CsvWriter),
    ],
    init: Some(|th, m| {
        for (name, n) in [
            ("QUOTE_MINIMAL", MINIMAL),
            ("QUOTE_ALL", ALL),
            ("QUOTE_NONNUMERIC", NONNUMERIC),
            ("QUOTE_NONE", NONE),
            ("QUOTE_STRINGS", STRINGS),
            ("QUOTE_NOTNULL", NOTNULL),
        ] {
            put(th, m, name, th.int(n))?;
        }
        put(th, m, "_dialects", dialects(th)?.into_obj())?;
        put(
            th,
            m,
            "Error",
            exception_class(th, &state(th).error, "_csv", "Error", TypeId::Exception)?,
        )
    }),
    doc: "CSV parsing and writing.\n",
    ..ModuleDef::new("_csv")
};
