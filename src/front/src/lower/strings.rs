//! Literals: numbers, strings (decoded from the source where they hold lone surrogates), bytes, docstrings.

use super::Compiler;
use super::fold::int_const;
use crate::code::{Const, StrConst};
use crate::errors::{ErrorKind, Res};
use crate::source::Source;
use dashu_int::IBig;
use ruff_python_ast::*;
use ruff_text_size::{Ranged, TextRange};

/// The constant of a number.
pub(crate) fn number(src: &Source<'_>, n: &ExprNumberLiteral) -> Res<Const> {
    Ok(match &n.value {
        Number::Float(f) => Const::Float(*f),
        Number::Complex { real, imag } => Const::Complex(*real, *imag),
        Number::Int(i) => match i.as_i64() {
            Some(i) => Const::Int(i),
            None => big_int(src, &i.to_string(), n)?,
        },
    })
}

fn big_int(src: &Source<'_>, text: &str, n: &ExprNumberLiteral) -> Res<Const> {
    let (digits, radix) = match text.get(..2) {
        Some("0x" | "0X") => (&text[2..], 16),
        Some("0o" | "0O") => (&text[2..], 8),
        Some("0b" | "0B") => (&text[2..], 2),
        _ => (text, 10),
    };
    let digits = digits.replace('_', "");
    let fault = |msg: String| Err(src.error(ErrorKind::Syntax, n.range, msg));
    if radix == 10 && digits.len() > 4300 {
        return fault(format!(
            "Exceeds the limit (4300 digits) for integer string conversion: value has {} digits; use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid decimal conversion limits.",
            digits.len()
        ));
    }
    match IBig::from_str_radix(&digits, radix) {
        Ok(i) => Ok(int_const(i)),
        Err(_) => fault("invalid decimal literal".into()),
    }
}

/// The text of one string literal.
pub(crate) fn part(src: &Source<'_>, p: &StringLiteral) -> StrConst {
    let raw = p.flags.prefix().is_raw();
    if !raw && !src.is_tree() && p.value.contains('\u{fffd}') {
        let body = &src.text[p.content_range()];
        if let Some(points) = surrogates(body) {
            return StrConst::Points(points.into());
        }
    }
    StrConst::Text(p.value.clone())
}

/// Text of an f-string part, with its lone surrogates.
pub(crate) fn piece(src: &Source<'_>, value: &str, range: TextRange, raw: bool) -> StrConst {
    if !raw
        && !src.is_tree()
        && value.contains('\u{fffd}')
        && let Some(points) = surrogates(&src.text[range].replace("{{", "{").replace("}}", "}"))
    {
        return StrConst::Points(points.into());
    }
    StrConst::Text(value.into())
}

/// The source text of an expression in a t-string.
pub(crate) fn interpolation_text(src: &Source<'_>, i: &InterpolatedElement) -> String {
    if let Some(text) = src.interpolation(&i.node_index) {
        return text.to_owned();
    }
    if let Some(d) = &i.debug_text {
        // `{x = }` shows the text up to the `=`.
        let text = d.as_str().trim_end().trim_end_matches('=');
        return text.trim().to_owned();
    }
    // From the brace to the end of the expression, closing brackets that belong to it included.
    let start = usize::from(i.range.start()) + 1;
    let rest = &src.text[usize::from(i.expression.range().end())..usize::from(i.range.end())];
    let stop = rest.find(['!', ':', '}']).unwrap_or(0);
    let end = usize::from(i.expression.range().end()) + stop;
    src.text.get(start..end).unwrap_or("").trim().to_owned()
}

impl<'a> Compiler<'a> {
    /// The constant of a literal expression.
    pub(super) fn literal(&mut self, e: &'a Expr) -> Res<Const> {
        Ok(match e {
            Expr::NumberLiteral(n) => number(self.source, n)?,
            Expr::StringLiteral(s) => {
                let parts = s.value.as_slice().iter();
                join(parts.map(|p| part(self.source, p)).collect())
            }
            Expr::BytesLiteral(b) => Const::Bytes(b.value.bytes().collect::<Vec<u8>>().into()),
            Expr::BooleanLiteral(b) => Const::Bool(b.value),
            Expr::NoneLiteral(_) => Const::None,
            // In a tree that was given, `...` also stands for what has no literal.
            Expr::EllipsisLiteral(e) => match self.source.constant(&e.node_index) {
                Some(c) => c.clone(),
                None => Const::Ellipsis,
            },
            e => return self.err(e.range(), "not a literal"),
        })
    }

    /// The docstring that a body starts with, cleaned as the compiler of CPython does it.
    pub(super) fn docstring(&mut self, body: &'a [Stmt]) -> Option<Const> {
        if self.opts.optimize >= 2 {
            return None;
        }
        let Stmt::Expr(e) = body.first()? else {
            return None;
        };
        if !e.value.is_string_literal_expr() {
            return None;
        }
        match self.literal(&e.value).ok()? {
            Const::Str(StrConst::Text(t)) => Some(Const::Str(StrConst::Text(clean_doc(&t).into()))),
            c => Some(c),
        }
    }
}

/// Concatenates string constants.
pub(crate) fn join(parts: Vec<StrConst>) -> Const {
    if parts.iter().all(|p| matches!(p, StrConst::Text(_))) {
        let mut text = String::new();
        for p in &parts {
            if let StrConst::Text(t) = p {
                text.push_str(t);
            }
        }
        return Const::Str(StrConst::Text(text.into()));
    }
    let mut points = Vec::new();
    for p in parts {
        match p {
            StrConst::Text(t) => points.extend(t.chars().map(u32::from)),
            StrConst::Points(p) => points.extend(p),
        }
    }
    Const::Str(StrConst::Points(points.into()))
}

/// Decodes the escapes of a literal's body; `None` where no lone surrogate is among them.
fn surrogates(body: &str) -> Option<Vec<u32>> {
    let mut out = Vec::new();
    let mut found = false;
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c as u32);
            continue;
        }
        let c = chars.next()?;
        let hex = |n: usize, chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            (0..n).try_fold(0u32, |v, _| Some(v << 4 | chars.next()?.to_digit(16)?))
        };
        let point = match c {
            '\n' => continue,
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '\\' | '\'' | '"' => c as u32,
            'x' => hex(2, &mut chars)?,
            'u' => hex(4, &mut chars)?,
            'U' => hex(8, &mut chars)?,
            'N' => {
                chars.next();
                let name: String = chars.by_ref().take_while(|c| *c != '}').collect();
                unicode_names2::character(&name)? as u32
            }
            '0'..='7' => {
                let mut v = c.to_digit(8)?;
                for _ in 0..2 {
                    match chars.peek().and_then(|c| c.to_digit(8)) {
                        Some(d) => {
                            v = v * 8 + d;
                            chars.next();
                        }
                        None => break,
                    }
                }
                v
            }
            other => {
                out.push('\\' as u32);
                other as u32
            }
        };
        found |= (0xd800..0xe000).contains(&point);
        out.push(point);
    }
    found.then_some(out)
}

/// Removes the common indentation of the lines after the first (`inspect.cleandoc` without stripping blank lines).
fn clean_doc(doc: &str) -> String {
    let doc = expand_first(doc);
    let margin = doc
        .split('\n')
        .skip(1)
        .filter(|l| l.chars().any(|c| c != ' '))
        .map(|l| l.len() - l.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    let mut out = String::with_capacity(doc.len());
    for (i, line) in doc.split('\n').enumerate() {
        if i == 0 {
            out.push_str(line.trim_start_matches(' '));
        } else {
            out.push('\n');
            let n = margin.min(line.len() - line.trim_start_matches(' ').len());
            out.push_str(&line[n..]);
        }
    }
    out
}

/// Expands tabs to multiples of eight columns.
fn expand_first(doc: &str) -> std::borrow::Cow<'_, str> {
    if !doc.contains('\t') {
        return doc.into();
    }
    let mut out = String::new();
    let mut col = 0;
    for c in doc.chars() {
        match c {
            '\t' => {
                let n = 8 - col % 8;
                out.extend(std::iter::repeat_n(' ', n));
                col += n;
            }
            '\n' => {
                out.push(c);
                col = 0;
            }
            c => {
                out.push(c);
                col += 1;
            }
        }
    }
    out.into()
}
