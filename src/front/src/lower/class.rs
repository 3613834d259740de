//! Classes.

use super::{Compiler, Reg, Val};
use crate::code::{Code, Const};
use crate::errors::Res;
use crate::opcode::Op;
use crate::source::Source;
use crate::symbols::{key, tag};
use ruff_python_ast::*;
use ruff_text_size::{Ranged, TextRange, TextSize};
use threadsnake_threads::sync::Arc;

impl<'a> Compiler<'a> {
    pub(super) fn class_def(&mut self, c: &'a StmtClassDef) -> Res<()> {
        let m = self.mark();
        let decorators = self.decorators(&c.decorator_list)?;
        let target = self.alloc();
        let first = c.decorator_list.first().map_or(c.range, |d| d.range);
        let line_range = Source::span(first.start(), c.range.end());
        let start = match c.decorator_list.last() {
            Some(_) if !self.source.is_tree() => {
                c.name.range.start() - TextSize::from(6.min(u32::from(c.name.range.start())))
            }
            _ => c.range.start(),
        };
        self.at = Source::span(start, c.range.end());
        let at = self.at;
        match &c.type_params {
            None => self.class_build(c, target, line_range, None)?,
            Some(tp) => self.generic_class(c, tp, target, line_range)?,
        }
        let v = self.apply_decorators(&c.decorator_list, decorators, target);
        self.at = at;
        self.store_name(&c.name, v)?;
        self.free_to(m);
        Ok(())
    }

    /// `R[target] = __build_class__(body, name, *bases, **keywords)`; `generic` is appended to the bases.
    pub(super) fn class_build(
        &mut self,
        c: &'a StmtClassDef,
        target: Reg,
        line_range: TextRange,
        generic: Option<&str>,
    ) -> Res<()> {
        let at = self.at;
        let code = self.class_body(c, line_range)?;
        let m = self.mark();
        let w = self.alloc_n(2);
        self.op(Op::LoadBuildClass, w, 0, 0);
        let f = self.alloc();
        self.closure(code, f, Default::default())?;
        let name = self.alloc();
        self.load_str(&c.name, name);
        let (args, keywords): (&'a [Expr], &'a [Keyword]) = match &c.arguments {
            Some(a) => (&a.args, &a.keywords),
            None => (&[], &[]),
        };
        self.check_keywords(keywords)?;
        if self.wide(args, keywords) {
            self.class_call_ex(w, f, args, keywords, generic, target)?;
        } else {
            for e in args {
                let r = self.alloc();
                self.expr_to(e, r)?;
            }
            let mut n = 2 + args.len() + keywords.len();
            if let Some(g) = generic {
                let r = self.alloc();
                self.name_to(g, r);
                n += 1;
            }
            let mut names = Vec::new();
            for k in keywords {
                let r = self.alloc();
                self.expr_to(&k.value, r)?;
                if let Some(n) = &k.arg {
                    names.push(Self::str_const(&self.mangled(n)));
                }
            }
            self.at = at;
            if names.is_empty() {
                self.op(Op::Call, target, w, n as u16);
            } else {
                self.call_kw(target, w, n as u16, names, false);
            }
        }
        self.free_to(m);
        Ok(())
    }

    /// The call of `__build_class__` with `*bases` or `**keywords`: body and name are put in front of the bases.
    fn class_call_ex(
        &mut self,
        w: Reg,
        f: Reg,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        generic: Option<&str>,
        target: Reg,
    ) -> Res<()> {
        // R[f] and R[f + 1] are body and name; a list of them is extended by the bases, and moved to the window.
        self.op(Op::BuildList, f, f, 2);
        self.free_to(f + 1);
        for e in args {
            let m = self.mark();
            match e {
                Expr::Starred(s) => {
                    let v = self.expr(&s.value)?;
                    self.op_mut(Op::ListExtend, f, v);
                }
                e => {
                    let v = self.expr(e)?;
                    self.op_mut(Op::ListAppend, f, v);
                }
            }
            self.free_to(m);
        }
        if let Some(g) = generic {
            let v = self.temp();
            self.name_to(g, v.reg);
            self.op_mut(Op::ListAppend, f, v);
            self.free_to(v.reg);
        }
        self.op(Op::ListToTuple, f, f, 0);
        if !keywords.is_empty() {
            self.call_dict(w, keywords)?;
        }
        self.op(Op::CallEx, target, w, u16::from(!keywords.is_empty()));
        Ok(())
    }

    fn class_body(&mut self, c: &'a StmtClassDef, line_range: TextRange) -> Res<Arc<Code>> {
        let scope = self.t.keys[&(key(c), tag::MAIN)];
        let at = self.at;
        self.enter(scope, &c.name, line_range);
        // The body's first instructions belong to its first line.
        self.at = TextRange::new(line_range.start(), line_range.start());
        self.begin_unit();
        let t = self.temp();
        let s = self.shared_site(Op::LoadName, "__name__");
        self.op_bc(Op::LoadName, 0, t.reg, s);
        self.store_name_text("__module__", t)?;
        let qualname = self.u.qualname.clone();
        self.load_str(&qualname, t.reg);
        self.store_name_text("__qualname__", t)?;
        self.load_const(Const::Int(i64::from(self.u.first_line)), t.reg);
        self.store_name_text("__firstlineno__", t)?;
        let classdict = self.t.scopes[scope].needs_classdict;
        if classdict {
            self.op(Op::LoadLocals, t.reg, 0, 0);
            self.store_name_text("__classdict__", t)?;
        }
        if c.type_params.is_some() {
            self.name_to(".type_params", t.reg);
            self.store_name_text("__type_params__", t)?;
        }
        self.free_to(t.reg);
        self.annotations_setup(scope, &c.body)?;
        let mut body: &'a [Stmt] = &c.body;
        if let Some(doc) = self.docstring(body) {
            self.at = body[0].range();
            let t = self.temp();
            self.load_const(doc, t.reg);
            self.store_name_text("__doc__", t)?;
            self.free_to(t.reg);
            body = &body[1..];
        }
        self.stmts(body)?;
        self.at = super::nowhere();
        let t = self.temp();
        let attributes: Vec<Const> = self
            .u
            .static_attributes
            .iter()
            .map(|n| Self::str_const(&self.u.names[*n as usize]))
            .collect();
        self.load_const(Const::Tuple(attributes.into()), t.reg);
        self.store_name_text("__static_attributes__", t)?;
        if classdict {
            self.cell_value("__classdict__", t.reg);
            self.store_name_text("__classdictcell__", t)?;
        }
        let has_class_cell = self
            .u
            .cells
            .iter()
            .any(|cell| &*self.u.names[cell.name as usize] == "__class__");
        if has_class_cell {
            self.cell_value("__class__", t.reg);
            self.store_name_text("__classcell__", Val { temp: false, ..t })?;
            self.emit_return(t);
        } else {
            self.emit_return_none();
        }
        let code = self.leave()?;
        self.at = at;
        Ok(code)
    }

    fn cell_value(&mut self, name: &str, dst: Reg) {
        let id = self.t.names.id(name);
        self.cell_to(id, dst);
    }
}
