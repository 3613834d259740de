//! `_string`: format strings taken apart, for `string.Formatter`.

use crate::modules::prelude::*;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("formatter_parser", "(string, /)", parser),
        MethodDef::new("formatter_field_name_split", "(string, /)", field_name),
    ],
    doc: "string helper module",
    ..ModuleDef::new("_string")
};

fn is(t: StrRef<'_>, i: usize, c: char) -> bool {
    t.get(i) == Some(c as u32)
}

/// An iterator of `(literal, field name, format spec, conversion)`.
fn parser(th: &Thread, a: Args<'_>) -> Res {
    let Some(s) = a.get(0).cast::<Str>() else {
        return Err(th.type_error(format!("expected str, got {}", th.type_name(a.get(0)))));
    };
    let (t, n) = (s.text(), s.len());
    let mut out = Vec::new();
    let fail = |m: &str| Err(th.value_error(m));
    let mut i = 0;
    while i < n {
        // Literal text, up to a field or a doubled brace (which is kept as one).
        let start = i;
        let mut literal_end = n;
        let mut field = false;
        while i < n {
            let brace = if is(t, i, '{') {
                '{'
            } else if is(t, i, '}') {
                '}'
            } else {
                i += 1;
                continue;
            };
            if is(t, i + 1, brace) {
                literal_end = i + 1;
                i += 2;
            } else if brace == '}' {
                return fail("Single '}' encountered in format string");
            } else if i + 1 >= n {
                return fail("Single '{' encountered in format string");
            } else {
                literal_end = i;
                i += 1;
                field = true;
            }
            break;
        }
        let literal = substr(th, s, start, literal_end)?;
        if !field {
            out.push(tuple_of(th, [literal, Obj::NONE, Obj::NONE, Obj::NONE])?);
            continue;
        }
        // The field's name, in which brackets hide the signs that end it.
        let name_start = i;
        let mut bracket = false;
        loop {
            match t.get(i).and_then(char::from_u32) {
                None if i >= n => return fail("expected '}' before end of string"),
                Some('{') => return fail("unexpected '{' in field name"),
                Some('[') => bracket = true,
                Some(']') => bracket = false,
                Some('}' | ':' | '!') if !bracket => break,
                _ => {}
            }
            i += 1;
        }
        let name = substr(th, s, name_start, i)?;
        let mut conversion = Obj::NONE;
        if is(t, i, '!') {
            if i + 1 >= n {
                return fail("end of string while looking for conversion specifier");
            }
            conversion = substr(th, s, i + 1, i + 2)?;
            i += 2;
            if i >= n {
                return fail("unmatched '{' in format spec");
            }
            if !is(t, i, ':') && !is(t, i, '}') {
                return fail("expected ':' after conversion specifier");
            }
        }
        let spec = if is(t, i, ':') {
            i += 1;
            let spec_start = i;
            let mut depth = 1;
            while i < n {
                if is(t, i, '{') {
                    depth += 1;
                } else if is(t, i, '}') {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                i += 1;
            }
            if i >= n {
                return fail("unmatched '{' in format spec");
            }
            substr(th, s, spec_start, i)?
        } else {
            th.str("")?
        };
        i += 1;
        out.push(tuple_of(th, [literal, name, spec, conversion])?);
    }
    th.iter(&th.list(out)?)
}

/// A number, if the text is all digits.
fn number(th: &Thread, t: StrRef<'_>) -> Res<Option<Obj>> {
    let text = t.to_string_lossy();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    match text.parse::<i64>() {
        Ok(n) => Ok(Some(th.int(n))),
        Err(_) => Err(th.value_error("Too many decimal digits in format string")),
    }
}

/// The first part, and an iterator of `(is attribute, name or number)` over the rest.
fn field_name(th: &Thread, a: Args<'_>) -> Res {
    let Some(s) = a.get(0).cast::<Str>() else {
        return Err(th.type_error(format!("expected str, got {}", th.type_name(a.get(0)))));
    };
    let (t, n) = (s.text(), s.len());
    let end = (0..n)
        .find(|&i| is(t, i, '.') || is(t, i, '['))
        .unwrap_or(n);
    let first = match number(th, t.slice(0, end))? {
        Some(n) => n,
        None => substr(th, s, 0, end)?,
    };
    let mut rest = Vec::new();
    let mut i = end;
    while i < n {
        let attribute = is(t, i, '.');
        if !attribute && !is(t, i, '[') {
            return Err(th.value_error("Only '.' or '[' may follow ']' in format field specifier"));
        }
        let start = i + 1;
        let stop = if attribute {
            (start..n)
                .find(|&j| is(t, j, '.') || is(t, j, '['))
                .unwrap_or(n)
        } else {
            match (start..n).find(|&j| is(t, j, ']')) {
                Some(j) => j,
                None => return Err(th.value_error("Missing ']' in format string")),
            }
        };
        if start == stop {
            return Err(th.value_error("Empty attribute in format string"));
        }
        let key = match if attribute {
            None
        } else {
            number(th, t.slice(start, stop))?
        } {
            Some(n) => n,
            None => substr(th, s, start, stop)?,
        };
        rest.push(tuple_of(th, [Obj::bool(attribute), key])?);
        i = if attribute { stop } else { stop + 1 };
    }
    let rest = th.iter(&th.list(rest)?)?;
    tuple_of(th, [first, rest])
}
