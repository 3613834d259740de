//! `str.format` and `str.format_map`.

use super::markup::{self, Access, Field, Key, Markup};
use super::{make, string};
use crate::object::obj::Obj;
use crate::object::sig::Args;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::{StrBuf, StrData, StrRef};

/// How fields without a name are numbered; one way for a whole format string.
enum Numbering {
    Unknown,
    Automatic(usize),
    Manual,
}

struct Formatter<'a> {
    th: &'a Thread,
    /// Positional arguments; `None` in `format_map`.
    args: Option<&'a [Obj]>,
    named: &'a Obj,
    numbering: Numbering,
}

pub(super) fn format(th: &Thread, a: Args<'_>) -> Res {
    let s = string(th, a.get(0))?;
    let args: &[Obj] = a
        .opt(1)
        .and_then(|t| t.cast::<Tuple>())
        .map_or(&[], |t| t.items());
    const NONE: &Obj = &Obj::NONE;
    run(th, s.text(), Some(args), a.opt(2).unwrap_or(NONE))
}

pub(super) fn format_map(th: &Thread, a: Args<'_>) -> Res {
    run(th, string(th, a.get(0))?.text(), None, a.get(1))
}

fn run(th: &Thread, text: StrRef<'_>, args: Option<&[Obj]>, named: &Obj) -> Res {
    let mut f = Formatter {
        th,
        args,
        named,
        numbering: Numbering::Unknown,
    };
    th.str_data(f.build(text, 2)?)
}

impl Formatter<'_> {
    fn build(&mut self, text: StrRef<'_>, depth: u32) -> Res<StrData> {
        let th = self.th;
        if depth == 0 {
            return Err(th.value_error("Max string recursion exceeded"));
        }
        let mut out = StrBuf::with_capacity(text.len() + 32);
        let mut markup = Markup::new(text);
        while let Some(step) = markup.step().map_err(|e| th.value_error(e))? {
            out.push_str(step.literal);
            if let Some(field) = step.field {
                self.field(&field, depth, &mut out)?;
            }
        }
        Ok(out.finish())
    }

    fn field(&mut self, field: &Field<'_>, depth: u32, out: &mut StrBuf) -> Res<()> {
        let th = self.th;
        let mut value = self.lookup(field.name)?;
        if let Some(c) = field.conversion {
            value = match char::from_u32(c) {
                Some('r') => th.repr(&value)?.into_obj(),
                Some('s') => th.to_str(&value)?.into_obj(),
                Some('a') => th.ascii(&value)?.into_obj(),
                Some(c @ '!'..='~') => {
                    return Err(th.value_error(format!("Unknown conversion specifier {c}")));
                }
                _ => return Err(th.value_error(format!("Unknown conversion specifier \\x{c:x}"))),
            };
        }
        if field.spec.is_empty()
            && let Some(s) = value.exact::<Str>()
        {
            out.push_str(s.text());
            return Ok(());
        }
        let spec = if field.nested {
            let text = self.build(field.spec, depth - 1)?;
            th.str_data(text)?
        } else {
            make(th, field.spec)?
        };
        let done = th.format(&value, &spec)?;
        match done.cast::<Str>() {
            Some(s) => out.push_str(s.text()),
            None => return Err(th.type_error("__format__ must return a str")),
        }
        Ok(())
    }

    fn lookup(&mut self, name: StrRef<'_>) -> Res {
        let th = self.th;
        let (first, mut path) = markup::first(name);
        let mut value = match markup::key(first).map_err(|e| th.value_error(e))? {
            Key::Number(n) => self.positional(Some(n))?,
            Key::Text(t) if t.is_empty() => self.positional(None)?,
            Key::Text(t) => {
                let key = make(th, t)?;
                if self.named.is_none() && self.args.is_some() {
                    return Err(th.key_error(&key));
                }
                th.getitem(self.named, &key)?
            }
        };
        while let Some(step) = path.step().map_err(|e| th.value_error(e))? {
            value = match step {
                Access::Attribute(n) => th.getattr_obj(&value, &make(th, n)?)?,
                Access::Item(Key::Number(n)) => th.getitem(&value, &th.uint(n as u64))?,
                Access::Item(Key::Text(t)) => th.getitem(&value, &make(th, t)?)?,
            };
        }
        Ok(value)
    }

    /// The positional argument of an explicit number, or the next one.
    fn positional(&mut self, number: Option<usize>) -> Res {
        let th = self.th;
        let index = match (number, &mut self.numbering) {
            (Some(_), Numbering::Automatic(_)) => {
                return Err(th.value_error(
                    "cannot switch from automatic field numbering to manual field specification",
                ));
            }
            (None, Numbering::Manual) => {
                return Err(th.value_error(
                    "cannot switch from manual field specification to automatic field numbering",
                ));
            }
            (Some(n), _) => {
                self.numbering = Numbering::Manual;
                n
            }
            (None, Numbering::Automatic(next)) => {
                *next += 1;
                *next - 1
            }
            (None, Numbering::Unknown) => {
                self.numbering = Numbering::Automatic(1);
                0
            }
        };
        let Some(args) = self.args else {
            return Err(th.value_error("Format string contains positional fields"));
        };
        args.get(index).cloned().ok_or_else(|| {
            th.index_error(format!(
                "Replacement index {index} out of range for positional args tuple"
            ))
        })
    }
}
