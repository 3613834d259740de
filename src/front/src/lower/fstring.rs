//! f-strings and t-strings.

use super::expr::MAX_WINDOW;
use super::strings::{self, join};
use super::{Compiler, Reg};
use crate::code::{Const, StrConst};
use crate::errors::Res;
use crate::opcode::Op;
use ruff_python_ast::*;

/// A piece of an interpolated string.
enum Piece<'a> {
    Text(StrConst),
    Value(&'a InterpolatedElement),
}

/// The text of a `{x = }` field as it is shown: comments are left out, their line ends stay.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quote, mut comment) = (None, false);
    for c in text.chars() {
        match (comment, quote) {
            (true, _) if c != '\n' => continue,
            (true, _) => comment = false,
            (false, Some(q)) if c == q => quote = None,
            (false, Some(_)) => {}
            (false, None) if c == '#' => {
                comment = true;
                continue;
            }
            (false, None) if c == '\'' || c == '"' => quote = Some(c),
            (false, None) => {}
        }
        out.push(c);
    }
    out
}

impl<'a> Compiler<'a> {
    pub(super) fn fstring(&mut self, f: &'a ExprFString, dst: Reg) -> Res<()> {
        let mut pieces = Vec::new();
        for part in f.value.as_slice() {
            match part {
                FStringPart::Literal(s) => {
                    let c = strings::part(self.source, s);
                    push(&mut pieces, c);
                }
                FStringPart::FString(f) => {
                    let raw = f.flags.prefix().is_raw();
                    self.pieces(&f.elements, raw, &mut pieces);
                }
            }
        }
        self.join_pieces(pieces, dst)
    }

    fn pieces(
        &self,
        elements: &'a [InterpolatedStringElement],
        raw: bool,
        out: &mut Vec<Piece<'a>>,
    ) {
        for e in elements {
            match e {
                InterpolatedStringElement::Literal(l) => {
                    let c = strings::piece(self.source, &l.value, l.range, raw);
                    push(out, c);
                }
                InterpolatedStringElement::Interpolation(i) => {
                    if let Some(d) = &i.debug_text {
                        push(out, StrConst::Text(without_comments(d.as_str()).into()));
                    }
                    out.push(Piece::Value(i));
                }
            }
        }
    }

    fn join_pieces(&mut self, pieces: Vec<Piece<'a>>, dst: Reg) -> Res<()> {
        if pieces.is_empty() {
            self.load_str("", dst);
            return Ok(());
        }
        if pieces.len() == 1 {
            return self.piece(pieces.into_iter().next(), dst);
        }
        let at = self.at;
        let w = self.mark();
        let mut n = 0;
        for p in pieces {
            if n == MAX_WINDOW {
                self.op(Op::BuildString, w, w, n as u16);
                self.free_to(w + 1);
                n = 1;
            }
            let r = self.alloc();
            self.piece(Some(p), r)?;
            n += 1;
        }
        self.at = at;
        self.op(Op::BuildString, dst, w, n as u16);
        Ok(())
    }

    fn piece(&mut self, p: Option<Piece<'a>>, dst: Reg) -> Res<()> {
        match p {
            Some(Piece::Text(t)) => self.load_const(Const::Str(t), dst),
            Some(Piece::Value(i)) => self.formatted(i, dst)?,
            None => {}
        }
        Ok(())
    }

    fn formatted(&mut self, i: &'a InterpolatedElement, dst: Reg) -> Res<()> {
        let saved = std::mem::replace(&mut self.at, i.range);
        let m = self.mark();
        let mut v = self.expr(&i.expression)?;
        let mut conversion = conversion(i);
        if conversion == 0 && i.debug_text.is_some() && i.format_spec.is_none() {
            conversion = 2;
        }
        self.at = i.range;
        if conversion != 0 {
            let t = self.temp();
            self.op_un(Op::Convert, t.reg, v, conversion);
            v = t;
        }
        match &i.format_spec {
            None => self.op_un(Op::FormatPlain, dst, v, 0),
            Some(spec) => {
                let s = self.temp();
                self.format_spec(spec, s.reg)?;
                self.op_bin(Op::Format, dst, v, s);
            }
        }
        self.free_to(m);
        self.at = saved;
        Ok(())
    }

    fn format_spec(&mut self, spec: &'a InterpolatedStringFormatSpec, dst: Reg) -> Res<()> {
        let mut pieces = Vec::new();
        self.pieces(&spec.elements, false, &mut pieces);
        let m = self.mark();
        self.join_pieces(pieces, dst)?;
        self.free_to(m);
        Ok(())
    }

    /// A t-string (PEP 750): strings and interpolations alternate.
    pub(super) fn tstring(&mut self, t: &'a ExprTString, dst: Reg) -> Res<()> {
        let mut pieces = Vec::new();
        for part in t.value.as_slice() {
            self.pieces(&part.elements, part.flags.prefix().is_raw(), &mut pieces);
        }
        let mut strings: Vec<Const> = Vec::new();
        let mut values = Vec::new();
        let mut text: Vec<StrConst> = Vec::new();
        for p in pieces {
            match p {
                Piece::Text(t) => text.push(t),
                Piece::Value(i) => {
                    strings.push(join(std::mem::take(&mut text)));
                    values.push(i);
                }
            }
        }
        strings.push(join(text));
        let w = self.alloc_n(2);
        self.load_const(Const::Tuple(strings.into()), w);
        if values.len() > MAX_WINDOW {
            self.op(Op::BuildList, w + 1, w + 2, 0);
            for i in values {
                let v = self.temp();
                self.interpolation(i, v.reg)?;
                self.op_mut(Op::ListAppend, w + 1, v);
                self.free_to(v.reg);
            }
            self.op(Op::ListToTuple, w + 1, w + 1, 0);
        } else {
            let items = self.mark();
            let n = values.len() as u16;
            for i in values {
                let r = self.alloc();
                self.interpolation(i, r)?;
            }
            self.op(Op::BuildTuple, w + 1, items, n);
        }
        self.op(Op::BuildTemplate, dst, w, 0);
        Ok(())
    }

    fn interpolation(&mut self, i: &'a InterpolatedElement, dst: Reg) -> Res<()> {
        let saved = std::mem::replace(&mut self.at, i.range);
        let m = self.mark();
        let w = self.alloc_n(3);
        self.expr_to(&i.expression, w)?;
        let mut conversion = conversion(i);
        if conversion == 0 && i.debug_text.is_some() && i.format_spec.is_none() {
            conversion = 2;
        }
        let text = strings::interpolation_text(self.source, i);
        self.load_str(&text, w + 1);
        match &i.format_spec {
            Some(spec) => self.format_spec(spec, w + 2)?,
            None => self.load_str("", w + 2),
        }
        // Convert's numbers are those of the conversion field.
        self.op(Op::BuildInterpolation, dst, w, conversion);
        self.free_to(m);
        self.at = saved;
        Ok(())
    }
}

fn conversion(i: &InterpolatedElement) -> u16 {
    match i.conversion {
        ConversionFlag::None => 0,
        ConversionFlag::Str => 1,
        ConversionFlag::Repr => 2,
        ConversionFlag::Ascii => 3,
    }
}

/// Appends text, merging it with text before.
fn push(pieces: &mut Vec<Piece<'_>>, text: StrConst) {
    if matches!(&text, StrConst::Text(t) if t.is_empty()) {
        return;
    }
    if let Some(Piece::Text(last)) = pieces.last_mut() {
        if let Const::Str(s) = join(vec![last.clone(), text]) {
            *last = s;
        }
        return;
    }
    pieces.push(Piece::Text(text));
}
