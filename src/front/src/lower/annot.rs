//! Annotations (PEP 649): functions that evaluate them when they are asked for.

use super::{Compiler, Reg, Val};
use crate::code::Const;
use crate::errors::Res;
use crate::opcode::Op;
use crate::symbols::{ScopeId, ScopeKind, param_annotations, tag};
use crate::unparse::unparse;
use ruff_python_ast::*;
use ruff_text_size::Ranged;

/// Statements annotating a simple name in `body` and the blocks in it, and whether they may not be reached.
fn annotated<'a>(body: &'a [Stmt], conditional: bool, out: &mut Vec<(&'a StmtAnnAssign, bool)>) {
    for s in body {
        match s {
            Stmt::AnnAssign(a) if a.simple && a.target.is_name_expr() => out.push((a, conditional)),
            Stmt::If(i) => {
                annotated(&i.body, true, out);
                i.elif_else_clauses
                    .iter()
                    .for_each(|c| annotated(&c.body, true, out));
            }
            Stmt::For(f) => {
                annotated(&f.body, true, out);
                annotated(&f.orelse, true, out);
            }
            Stmt::While(f) => {
                annotated(&f.body, true, out);
                annotated(&f.orelse, true, out);
            }
            Stmt::With(w) => annotated(&w.body, true, out),
            Stmt::Match(m) => m.cases.iter().for_each(|c| annotated(&c.body, true, out)),
            Stmt::Try(t) => {
                annotated(&t.body, true, out);
                for ExceptHandler::ExceptHandler(h) in &t.handlers {
                    annotated(&h.body, true, out);
                }
                annotated(&t.orelse, true, out);
                annotated(&t.finalbody, true, out);
            }
            _ => {}
        }
    }
}

impl<'a> Compiler<'a> {
    /// At the start of a class or module: makes the function that evaluates its annotations.
    pub(super) fn annotations_setup(&mut self, scope: ScopeId, body: &'a [Stmt]) -> Res<()> {
        if !self.t.scopes[scope].has_annotations {
            return Ok(());
        }
        if self.opts.future_annotations {
            self.op(Op::SetupAnnotations, 0, 0, 0);
            return Ok(());
        }
        let module = self.t.scopes[scope].kind == ScopeKind::Module;
        let mut list = Vec::new();
        annotated(body, module, &mut list);
        let mut next = 0;
        for (a, conditional) in &list {
            if *conditional {
                self.u
                    .conditional
                    .insert(std::ptr::from_ref(*a) as usize, next);
                next += 1;
            }
        }
        let numbers: Vec<Option<u32>> = list
            .iter()
            .map(|(a, _)| {
                self.u
                    .conditional
                    .get(&(std::ptr::from_ref(*a) as usize))
                    .copied()
            })
            .collect();
        let m = self.mark();
        if next > 0 {
            let t = self.temp();
            self.op(Op::BuildSet, t.reg, t.reg + 1, 0);
            self.store_name_text("__conditional_annotations__", t)?;
            self.free_to(m);
        }
        let Some(&inner) = self.t.keys.get(&(scope, tag::ANNOTATION)) else {
            return Ok(());
        };
        let f = self.alloc();
        let at = self.at;
        self.enter_evaluator(inner, "__annotate__", at, "format");
        let dict = self.alloc();
        self.op(Op::BuildDict, dict, dict + 1, 0);
        for ((a, _), number) in list.iter().zip(numbers) {
            let Expr::Name(n) = &*a.target else { continue };
            let skip = self.label();
            let m = self.mark();
            self.at = a.annotation.range();
            if let Some(i) = number {
                let x = self.temp();
                self.load_const(Const::Int(i64::from(i)), x.reg);
                let set = self.temp();
                self.name_to("__conditional_annotations__", set.reg);
                self.op_bin(Op::In, x.reg, x, set);
                self.branch(Op::JumpIfFalse, Some(x), None, 0, skip);
                self.free_to(m);
            }
            let name = self.mangled(&n.id);
            self.annotation_item(dict, &name, &a.annotation)?;
            self.free_to(m);
            self.place(skip);
        }
        self.emit_return(Val {
            reg: dict,
            temp: true,
        });
        let code = self.leave()?;
        self.closure(code, f, Default::default())?;
        let name = if module {
            "__annotate__"
        } else {
            "__annotate_func__"
        };
        self.store_name_text(name, Val { reg: f, temp: true })?;
        self.free_to(m);
        Ok(())
    }

    /// Enters the unit of an annotation-like scope, which is called with a format.
    pub(super) fn enter_evaluator(
        &mut self,
        scope: ScopeId,
        name: &str,
        range: ruff_text_size::TextRange,
        param: &str,
    ) {
        self.enter(scope, name, range);
        self.u.argcount = 1;
        self.u.posonly = 1;
        self.begin_unit();
        // Formats beyond VALUE_WITH_FAKE_GLOBALS are not for compiled code.
        let fine = self.label();
        let v = self.name_val(param);
        self.branch(Op::JumpNotGtImm, Some(v), None, 2, fine);
        let m = self.mark();
        let e = self.temp();
        let s = self.shared_site(Op::LoadGlobal, "NotImplementedError");
        self.op_bc(Op::LoadGlobal, 0, e.reg, s);
        self.op_use2(
            Op::Raise,
            e,
            Val {
                reg: 0,
                temp: false,
            },
            1,
        );
        self.u.reachable = false;
        self.free_to(m);
        self.place(fine);
    }

    /// `R[dict][name] = annotation`
    fn annotation_item(&mut self, dict: Reg, name: &str, e: &'a Expr) -> Res<()> {
        let m = self.mark();
        let k = self.temp();
        self.load_str(name, k.reg);
        let v = if self.opts.future_annotations {
            let v = self.temp();
            let text = unparse(e, self.source);
            self.load_str(&text, v.reg);
            v
        } else if let Expr::Starred(s) = e {
            // *args: *Ts
            let it = self.expr(&s.value)?;
            let v = self.temp();
            self.op_un(Op::Unpack, v.reg, it, 1);
            v
        } else {
            self.expr(e)?
        };
        self.op_use3(
            Op::DictSet,
            Val {
                reg: dict,
                temp: false,
            },
            k,
            v,
        );
        self.free_to(m);
        Ok(())
    }

    /// The annotate function of a function, in the temporary `dst`, the topmost.
    pub(super) fn function_annotate(
        &mut self,
        f: &'a StmtFunctionDef,
        scope: ScopeId,
        dst: Reg,
    ) -> Res<()> {
        let at = self.at;
        self.enter_evaluator(scope, "__annotate__", at, "format");
        let dict = self.alloc();
        self.op(Op::BuildDict, dict, dict + 1, 0);
        for (name, e) in param_annotations(&f.parameters) {
            self.at = e.range();
            let name = self.mangled(name);
            self.annotation_item(dict, &name, e)?;
        }
        if let Some(r) = &f.returns {
            self.at = r.range();
            self.annotation_item(dict, "return", r)?;
        }
        self.emit_return(Val {
            reg: dict,
            temp: true,
        });
        let code = self.leave()?;
        self.closure(code, dst, Default::default())?;
        self.at = at;
        Ok(())
    }

    /// `target: annotation = value`
    pub(super) fn ann_assign(&mut self, a: &'a StmtAnnAssign) -> Res<()> {
        if let Some(v) = &a.value {
            self.assign(std::slice::from_ref(&*a.target), v)?;
        }
        self.at = a.range;
        let kind = self.t.scopes[self.u.scope].kind;
        let m = self.mark();
        match &*a.target {
            Expr::Name(n) if a.simple && !kind.fast() => {
                if self.opts.future_annotations {
                    let v = self.temp();
                    let text = unparse(&a.annotation, self.source);
                    self.load_str(&text, v.reg);
                    let d = self.temp();
                    self.name_to("__annotations__", d.reg);
                    let k = self.temp();
                    let name = self.mangled(&n.id);
                    self.load_str(&name, k.reg);
                    self.op_use3(Op::SetItem, d, k, v);
                } else if let Some(&i) = self.u.conditional.get(&(std::ptr::from_ref(a) as usize)) {
                    let set = self.temp();
                    self.name_to("__conditional_annotations__", set.reg);
                    let v = self.temp();
                    self.load_const(Const::Int(i64::from(i)), v.reg);
                    self.op_mut(Op::SetAdd, set.reg, v);
                    self.release(set.reg, 1);
                }
            }
            Expr::Name(_) => {}
            Expr::Attribute(t) if a.value.is_none() => self.discard(&t.value)?,
            Expr::Subscript(t) if a.value.is_none() => {
                self.discard(&t.value)?;
                self.discard(&t.slice)?;
            }
            Expr::Attribute(_) | Expr::Subscript(_) => {}
            t => {
                let what = if t.is_list_expr() { "list" } else { "tuple" };
                return self.err(
                    t.range(),
                    format!("only single target (not {what}) can be annotated"),
                );
            }
        }
        let simple = a.simple && a.target.is_name_expr();
        if !(simple || kind.fast() || self.opts.future_annotations) {
            self.discard(&a.annotation)?;
        }
        self.free_to(m);
        Ok(())
    }
}
