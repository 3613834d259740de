//! `_csv`: reading and writing of tables as text.

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
}
native!(Dialect, CsvDialect, "Dialect", terminator);

/// Payload of readers.
pub struct Reader {
    lines: Obj,
    dialect: Py<Dialect>,
    count: AtomicU64,
}
native!(Reader, CsvReader, "reader", lines, dialect);

/// Payload of writers.
pub struct Writer {
    write: Obj,
    dialect: Py<Dialect>,
}
native!(Writer, CsvWriter, "writer", write, dialect);

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&DIALECT, &READER, &WRITER];

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
    let bad = |c: u32| c == 10 || c == 13 || (skip_space && c == 32);
    for (name, c) in [
        ("delimiter", Some(delimiter)),
        ("escapechar", escape),
        ("quotechar", quote),
    ] {
        if c.is_some_and(bad) {
            return Err(th.value_error(format!("bad {name} value")));
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
    let payload = Dialect {
        delimiter,
        quote,
        escape,
        double: truth("doublequote", true)?,
        skip_space,
        strict: truth("strict", false)?,
        quoting,
        terminator,
    };
    th.alloc_as::<Dialect>(cls, payload)
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
                    .alloc(Reader {
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
                    Some(write) => Ok(th.alloc(Writer { write, dialect }).into_obj()),
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

// reading

static READER: TypeDef = TypeDef {
    slots: iterator(None, next_row),
    flags: type_flags::NO_NEW,
    getset: &[
        GetSetDef::ro("dialect", |th, o| {
            Ok(this::<Reader>(th, o)?.dialect.obj().clone())
        }),
        GetSetDef::ro("line_num", |th, o| {
            Ok(th.uint(this::<Reader>(th, o)?.count.load(Ordering::Relaxed)))
        }),
    ],
    ..TypeDef::new(TypeId::CsvReader, "_csv.reader", Reader::LAYOUT)
};

#[derive(Clone, Copy, PartialEq)]
enum At {
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuoted,
    EscapedInQuoted,
    QuoteInQuoted,
    EatCrNl,
    AfterEscapedCrNl,
}

struct Row<'a> {
    th: &'a Thread,
    d: &'a Dialect,
    fields: Vec<Obj>,
    field: StrBuf,
    /// The field had no quotes: it may be a number or None.
    bare: bool,
    at: At,
    limit: i64,
}

impl Row<'_> {
    fn save(&mut self) -> Res<()> {
        let text = std::mem::take(&mut self.field);
        let empty = text.is_empty();
        let bare = std::mem::replace(&mut self.bare, false);
        let o = match self.d.quoting {
            STRINGS | NOTNULL if bare && empty => Obj::NONE,
            NONNUMERIC | STRINGS if bare && !(empty && self.d.quoting == STRINGS) => {
                let s = self.th.str_data(text.finish())?;
                let float = self.th.ty(TypeId::Float).obj().clone();
                self.th.call(&float, &[s])?
            }
            _ => self.th.str_data(text.finish())?,
        };
        self.fields.push(o);
        Ok(())
    }
    fn add(&mut self, c: u32) -> Res<()> {
        if self.field.len() as i64 >= self.limit {
            return Err(error(
                self.th,
                format!("field larger than field limit ({})", self.limit),
            ));
        }
        self.field.push(c);
        Ok(())
    }
    /// Takes in one character; `None`: the end of the line.
    fn take(&mut self, c: Option<u32>) -> Res<()> {
        let d = self.d;
        let newline = matches!(c, Some(10 | 13));
        let ended = |c: Option<u32>| {
            if c.is_none() {
                At::StartRecord
            } else {
                At::EatCrNl
            }
        };
        if self.at == At::StartRecord {
            match c {
                None => return Ok(()),
                Some(_) if newline => {
                    self.at = At::EatCrNl;
                    return Ok(());
                }
                _ => self.at = At::StartField,
            }
        }
        match self.at {
            At::StartRecord => {}
            At::StartField => {
                self.bare = true;
                match c {
                    Some(ch) if !newline => {
                        if Some(ch) == d.quote && d.quoting != NONE {
                            self.bare = false;
                            self.at = At::InQuoted;
                        } else if Some(ch) == d.escape {
                            self.at = At::Escaped;
                        } else if ch == 32 && d.skip_space {
                        } else if ch == d.delimiter {
                            self.save()?;
                        } else {
                            self.add(ch)?;
                            self.at = At::InField;
                        }
                    }
                    _ => {
                        self.save()?;
                        self.at = ended(c);
                    }
                }
            }
            At::Escaped => match c {
                Some(ch) if newline => {
                    self.add(ch)?;
                    self.at = At::AfterEscapedCrNl;
                }
                c => {
                    self.add(c.unwrap_or(10))?;
                    self.at = At::InField;
                }
            },
            At::AfterEscapedCrNl if c.is_none() => {}
            At::AfterEscapedCrNl | At::InField => match c {
                Some(ch) if !newline => {
                    if Some(ch) == d.escape {
                        self.at = At::Escaped;
                    } else if ch == d.delimiter {
                        self.save()?;
                        self.at = At::StartField;
                    } else {
                        self.add(ch)?;
                        self.at = At::InField;
                    }
                }
                _ => {
                    self.save()?;
                    self.at = ended(c);
                }
            },
            At::InQuoted => match c {
                None => {}
                Some(ch) if Some(ch) == d.escape => self.at = At::EscapedInQuoted,
                Some(ch) if Some(ch) == d.quote && d.quoting != NONE => {
                    self.at = if d.double {
                        At::QuoteInQuoted
                    } else {
                        At::InField
                    };
                }
                Some(ch) => self.add(ch)?,
            },
            At::EscapedInQuoted => {
                self.add(c.unwrap_or(10))?;
                self.at = At::InQuoted;
            }
            At::QuoteInQuoted => match c {
                Some(ch) if Some(ch) == d.quote && d.quoting != NONE => {
                    self.add(ch)?;
                    self.at = At::InQuoted;
                }
                Some(ch) if ch == d.delimiter => {
                    self.save()?;
                    self.at = At::StartField;
                }
                Some(ch) if !newline => {
                    if d.strict {
                        let (x, y) = (shown(d.delimiter), d.quote.map_or(String::new(), shown));
                        return Err(error(self.th, format!("'{x}' expected after '{y}'")));
                    }
                    self.add(ch)?;
                    self.at = At::InField;
                }
                _ => {
                    self.save()?;
                    self.at = ended(c);
                }
            },
            At::EatCrNl => match c {
                Some(_) if newline => {}
                None => self.at = At::StartRecord,
                Some(_) => {
                    return Err(error(
                        self.th,
                        "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                    ));
                }
            },
        }
        Ok(())
    }
}

fn shown(c: u32) -> String {
    char::from_u32(c).map_or(String::new(), String::from)
}

fn next_row(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let r = this::<Reader>(th, o)?;
    let mut row = Row {
        th,
        d: &r.dialect,
        fields: Vec::new(),
        field: StrBuf::new(),
        bare: false,
        at: At::StartRecord,
        limit: state(th).limit.load(Ordering::Relaxed),
    };
    loop {
        let Some(line) = th.next(&r.lines)? else {
            if !row.field.is_empty() || matches!(row.at, At::InQuoted | At::EscapedInQuoted) {
                if r.dialect.strict {
                    return Err(error(th, "unexpected end of data"));
                }
                row.save()?;
                break;
            }
            return Ok(None);
        };
        let Some(s) = line.cast::<Str>() else {
            return Err(error(
                th,
                format!(
                    "iterator should return strings, not {} (the file should be opened in text mode)",
                    th.type_name(&line)
                ),
            ));
        };
        r.count.fetch_add(1, Ordering::Relaxed);
        for c in s.text().chars() {
            row.take(Some(c))?;
        }
        row.take(None)?;
        if row.at == At::StartRecord {
            break;
        }
        th.poll()?;
    }
    th.list(row.fields).map(Some)
}

// writing

static WRITER: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    methods: &[
        MethodDef::new("writerow", "($self, row, /)", |th, a| {
            write_row(th, this::<Writer>(th, a.get(0))?, a.get(1))
        }),
        MethodDef::new("writerows", "($self, rows, /)", |th, a| {
            let w = this::<Writer>(th, a.get(0))?;
            let it = th.iter(a.get(1))?;
            while let Some(row) = th.next(&it)? {
                write_row(th, w, &row)?;
            }
            Ok(Obj::NONE)
        }),
    ],
    getset: &[GetSetDef::ro("dialect", |th, o| {
        Ok(this::<Writer>(th, o)?.dialect.obj().clone())
    })],
    ..TypeDef::new(TypeId::CsvWriter, "_csv.writer", Writer::LAYOUT)
};

fn write_row(th: &Thread, w: &Py<Writer>, row: &Obj) -> Res {
    let it = match th.iter(row) {
        Ok(it) => it,
        Err(e) if e.is(th, TypeId::TypeError) => {
            return Err(error(
                th,
                format!("iterable expected, not {}", th.type_name(row)),
            ));
        }
        Err(e) => return Err(e),
    };
    let d = &*w.dialect;
    let mut out = StrBuf::new();
    let mut n = 0;
    let mut only_empty = false;
    while let Some(o) = th.next(&it)? {
        if n > 0 {
            out.push(d.delimiter);
        }
        let number = th.is_a(&o, TypeId::Int) || th.is_a(&o, TypeId::Float);
        let quoted = match d.quoting {
            NONNUMERIC => !number,
            ALL => true,
            STRINGS => o.cast::<Str>().is_some(),
            NOTNULL => !o.is_none(),
            _ => false,
        };
        let text = if o.is_none() {
            None
        } else {
            Some(th.to_str(&o)?)
        };
        only_empty = n == 0 && text.as_ref().is_none_or(|t| t.is_empty()) && !quoted;
        field(
            th,
            d,
            text.as_ref().map_or(StrRef::Ascii(b""), |t| t.text()),
            quoted,
            &mut out,
        )?;
        n += 1;
    }
    if n == 1 && only_empty {
        if d.quoting == NONE || empty_is_none(d) {
            return Err(error(th, "single empty field record must be quoted"));
        }
        let q = d.quote.unwrap_or(u32::from('"'));
        out.push_n(q, 2);
    }
    out.push_str(d.terminator.text());
    let text = th.str_data(out.finish())?;
    th.call(&w.write, &[text])
}

/// The styles in which an unquoted empty field means None.
fn empty_is_none(d: &Dialect) -> bool {
    matches!(d.quoting, STRINGS | NOTNULL)
}

/// Appends one field, quoted where it must be or is to be.
fn field(th: &Thread, d: &Dialect, text: StrRef<'_>, quoted: bool, out: &mut StrBuf) -> Res<()> {
    let mut quoted = quoted;
    let mut body = StrBuf::with_capacity(text.len());
    // A space where the reader would skip it.
    if d.skip_space && d.delimiter == 32 && text.is_empty() {
        quoted = true;
    }
    for c in text.chars() {
        let special = c == d.delimiter
            || Some(c) == d.escape
            || Some(c) == d.quote
            || c == 10
            || c == 13
            || d.terminator.text().chars().any(|t| t == c);
        if special {
            let mut escape = false;
            if d.quoting == NONE {
                escape = true;
            } else if Some(c) == d.quote {
                if d.double {
                    body.push(c);
                    quoted = true;
                } else {
                    escape = true;
                }
            } else if Some(c) == d.escape {
                escape = true;
            } else {
                quoted = true;
            }
            if escape {
                match d.escape {
                    Some(e) => body.push(e),
                    None => return Err(error(th, "need to escape, but no escapechar set")),
                }
            }
        }
        body.push(c);
    }
    match (quoted, d.quote) {
        (true, Some(q)) => {
            out.push(q);
            out.push_str(body.as_ref());
            out.push(q);
        }
        _ => out.push_str(body.as_ref()),
    }
    Ok(())
}
