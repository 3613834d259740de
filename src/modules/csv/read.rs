//! Rows of text.

use super::*;

/// Payload of readers.
pub struct Reader {
    pub(super) lines: Obj,
    pub(super) dialect: Py<Dialect>,
    pub(super) count: AtomicU64,
}
native!(Reader, CsvReader, "reader", lines, dialect);

/// The type of readers.
pub static READER: TypeDef = TypeDef {
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
        let empty = self.field.is_empty();
        let bare = std::mem::replace(&mut self.bare, false);
        let o = match self.d.quoting {
            STRINGS | NOTNULL if bare && empty => Obj::NONE,
            NONNUMERIC | STRINGS if bare && !empty => {
                let s = self.th.str_ref(self.field.as_ref())?;
                let float = self.th.ty(TypeId::Float).obj().clone();
                self.th.call(&float, &[s])?
            }
            _ => self.th.str_ref(self.field.as_ref())?,
        };
        self.field.clear();
        self.fields.push(o);
        Ok(())
    }
    fn too_large(&self) -> Exc {
        error(
            self.th,
            format!("field larger than field limit ({})", self.limit),
        )
    }
    fn add(&mut self, c: u32) -> Res<()> {
        if self.field.len() as i64 >= self.limit {
            return Err(self.too_large());
        }
        self.field.push(c);
        Ok(())
    }
    /// Takes in what stands at `from` of a line and is of no consequence, and says where it ends.
    #[inline]
    fn take_plain(&mut self, text: StrRef<'_>, units: &[u8], from: usize) -> Res<usize> {
        let begins = match self.at {
            At::StartRecord | At::StartField if !self.d.skip_space => true,
            At::InField | At::InQuoted => false,
            _ => return Ok(from),
        };
        let end = from + self.d.plain_run(&units[from..]);
        if end > from {
            if begins {
                self.bare = true;
                self.at = At::InField;
            }
            if (self.field.len() + end - from) as i64 > self.limit {
                return Err(self.too_large());
            }
            match text {
                StrRef::Ascii(_) => self.field.push_ascii(&units[from..end]),
                _ => self.field.push_str(text.slice(from, end)),
            }
        }
        Ok(end)
    }
    /// Takes in a line without its end.
    fn take_line(&mut self, text: StrRef<'_>) -> Res<()> {
        let units = narrow(text);
        let mut i = 0;
        while i < text.len() {
            if let Some(units) = units {
                i = self.take_plain(text, units, i)?;
                if i == units.len() {
                    break;
                }
            }
            self.take(Some(text.at(i)))?;
            i += 1;
        }
        self.take(None)
    }
    /// Takes in one character of a field outside quotes, or what ends it.
    fn take_bare(&mut self, c: Option<u32>) -> Res<()> {
        match c {
            Some(ch) if !is_newline(c) => {
                if Some(ch) == self.d.escape {
                    self.at = At::Escaped;
                } else if ch == self.d.delimiter {
                    self.save()?;
                    self.at = At::StartField;
                } else {
                    self.add(ch)?;
                    self.at = At::InField;
                }
                Ok(())
            }
            c => self.end_record(c),
        }
    }
    /// The last field of a record ends with this: the end of the line, or a character of it.
    fn end_record(&mut self, c: Option<u32>) -> Res<()> {
        self.save()?;
        self.at = match c {
            None => At::StartRecord,
            Some(_) => At::EatCrNl,
        };
        Ok(())
    }
    /// Takes in one character; `None`: the end of the line.
    fn take(&mut self, c: Option<u32>) -> Res<()> {
        let d = self.d;
        let newline = is_newline(c);
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
                    Some(ch) if !newline && Some(ch) == d.quote && d.quoting != NONE => {
                        self.bare = false;
                        self.at = At::InQuoted;
                    }
                    Some(32) if d.skip_space && d.escape != Some(32) => {}
                    c => self.take_bare(c)?,
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
            At::AfterEscapedCrNl | At::InField => self.take_bare(c)?,
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
                c => self.end_record(c)?,
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
        row.take_line(s.text())?;
        if row.at == At::StartRecord {
            break;
        }
        th.poll()?;
    }
    th.list(row.fields).map(Some)
}

fn is_newline(c: Option<u32>) -> bool {
    matches!(c, Some(10 | 13))
}
