//! Rows as text.

use super::*;

/// Payload of writers.
pub struct Writer {
    pub(super) write: Obj,
    pub(super) dialect: Py<Dialect>,
}
native!(Writer, CsvWriter, "writer", write, dialect);

/// The type of writers.
pub static WRITER: TypeDef = TypeDef {
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
    let (mut n, mut null) = (0, false);
    while let Some(o) = th.next(&it)? {
        if n > 0 {
            out.push(d.delimiter);
        }
        let quoted = match d.quoting {
            NONNUMERIC => !is_number(th, &o),
            ALL => true,
            STRINGS => o.cast::<Str>().is_some(),
            NOTNULL => !o.is_none(),
            _ => false,
        };
        null = o.is_none();
        let text = if null { None } else { Some(th.to_str(&o)?) };
        field(th, d, text.as_ref().map(|t| t.text()), quoted, &mut out)?;
        n += 1;
    }
    if n > 0 && out.is_empty() {
        if d.quoting == NONE || null && empty_is_none(d) {
            return Err(error(th, "single empty field record must be quoted"));
        }
        let q = d.quote.unwrap_or(u32::from('"'));
        out.push_n(q, 2);
    }
    out.push_str(d.terminator.text());
    let text = th.str_data(out.finish())?;
    th.call(&w.write, &[text])
}

/// Whether a value is written as a number.
fn is_number(th: &Thread, o: &Obj) -> bool {
    let s = th.type_of(o).slots();
    s.index.is_some() || s.int.is_some() || s.float.is_some() || th.is_a(o, TypeId::Complex)
}

/// The styles in which an unquoted empty field means None.
fn empty_is_none(d: &Dialect) -> bool {
    matches!(d.quoting, STRINGS | NOTNULL)
}

/// Appends one field, quoted where it must be or is to be.
fn field(
    th: &Thread,
    d: &Dialect,
    text: Option<StrRef<'_>>,
    quoted: bool,
    out: &mut StrBuf,
) -> Res<()> {
    let mut quoted = quoted;
    if text.is_none_or(StrRef::is_empty) && d.skip_space && d.delimiter == 32 {
        // The reader would skip it together with the space behind it.
        if d.quoting == NONE || text.is_none() && empty_is_none(d) {
            return Err(error(
                th,
                "empty field must be quoted if delimiter is a space and skipinitialspace is true",
            ));
        }
        quoted = true;
    }
    let text = text.unwrap_or(StrRef::Ascii(b""));
    if !quoted && narrow(text).is_some_and(|u| d.plain_run(u) == u.len()) {
        out.push_str(text);
        return Ok(());
    }
    let mut body = StrBuf::with_capacity(text.len());
    for c in text.chars() {
        let special = match d.plain.get(c as usize) {
            Some(plain) => !plain,
            None => {
                c == d.delimiter
                    || Some(c) == d.escape
                    || Some(c) == d.quote
                    || d.terminator.text().chars().any(|t| t == c)
            }
        };
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
