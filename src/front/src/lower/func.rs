//! Functions and lambdas.

use super::{Compiler, Reg, Val};
use crate::code::{Code, Const, flags};
use crate::errors::Res;
use crate::opcode::Op;
use crate::source::Source;
use crate::symbols::{ScopeKind, defaults_empty, key, tag};
use ruff_python_ast::*;
use ruff_text_size::{Ranged, TextRange};
use threadsnake_threads::sync::Arc;

/// What a function object is made with besides its code: registers of values already evaluated.
#[derive(Default, Clone, Copy)]
pub(super) struct Extras {
    pub defaults: bool,
    pub kwdefaults: bool,
    pub annotate: bool,
}

impl<'a> Compiler<'a> {
    /// Makes the function of `code` in the temporary `dst`, the topmost; defaults and keyword defaults are in the
    /// registers behind it in this order, the annotate function after them, as `extras` says.
    pub(super) fn closure(&mut self, code: Arc<Code>, dst: Reg, extras: Extras) -> Res<()> {
        let m = self.mark();
        let mut mask = 0;
        if extras.defaults {
            mask |= 1;
        }
        if extras.kwdefaults {
            mask |= 2;
        }
        if !code.freevars.is_empty() {
            mask |= 4;
            let at = dst + 1 + u16::from(extras.defaults) + u16::from(extras.kwdefaults);
            let top = self
                .u
                .top
                .max(u32::from(at) + 1 + u32::from(extras.annotate));
            self.u.top = top;
            self.u.max = self.u.max.max(top);
            if extras.annotate {
                // The closure comes before the annotate function.
                self.op_un(
                    Op::Move,
                    at + 1,
                    Val {
                        reg: at,
                        temp: true,
                    },
                    0,
                );
            }
            let w = self.mark();
            for f in &code.freevars {
                let r = self.alloc();
                let name = &code.names[*f as usize];
                let id = self.t.names.id(name);
                self.cell_to(id, r);
            }
            self.op(Op::BuildTuple, at, w, code.freevars.len() as u16);
            self.free_to(w);
        }
        if extras.annotate {
            mask |= 8;
        }
        let k = self.constant(Const::Code(code));
        if k > u32::from(u16::MAX) {
            self.u.overflow = true;
        }
        self.op(Op::MakeFunction, dst, k as u16, mask);
        self.free_to(m.max(dst + 1));
        Ok(())
    }

    /// Evaluates defaults into the registers from the stack top on. Says which there are.
    pub(super) fn defaults(&mut self, p: &'a Parameters) -> Res<Extras> {
        let (no_pos, no_kw) = defaults_empty(p);
        if !no_pos {
            let r = self.alloc();
            let list: Vec<&'a Expr> = p
                .posonlyargs
                .iter()
                .chain(p.args.iter())
                .filter_map(|d| d.default.as_deref())
                .collect();
            let consts = list
                .iter()
                .map(|e| self.try_const(e))
                .collect::<Option<Vec<_>>>();
            match consts {
                Some(c) => self.load_const(Const::Tuple(c.into()), r),
                None if list.len() > super::expr::MAX_WINDOW => {
                    self.op(Op::BuildList, r, r + 1, 0);
                    for e in list {
                        let v = self.expr(e)?;
                        self.op_mut(Op::ListAppend, r, v);
                        self.free_to(r + 1);
                    }
                    self.op(Op::ListToTuple, r, r, 0);
                }
                None => {
                    let w = self.mark();
                    for e in &list {
                        let t = self.alloc();
                        self.expr_to(e, t)?;
                    }
                    self.op(Op::BuildTuple, r, w, list.len() as u16);
                }
            }
            self.free_to(r + 1);
        }
        if !no_kw {
            let r = self.alloc();
            self.op(Op::BuildDict, r, r + 1, 0);
            for d in p.kwonlyargs.iter() {
                if let Some(e) = &d.default {
                    let k = self.temp();
                    let name = self.mangled(&d.parameter.name);
                    self.load_str(&name, k.reg);
                    let v = self.expr(e)?;
                    self.op_use3(
                        Op::DictSet,
                        Val {
                            reg: r,
                            temp: false,
                        },
                        k,
                        v,
                    );
                    self.free_to(r + 1);
                }
            }
        }
        Ok(Extras {
            defaults: !no_pos,
            kwdefaults: !no_kw,
            annotate: false,
        })
    }

    /// Sets the parameter counts of the unit.
    pub(super) fn parameters(&mut self, p: Option<&Parameters>) {
        let Some(p) = p else { return };
        self.u.posonly = p.posonlyargs.len() as u32;
        self.u.argcount = (p.posonlyargs.len() + p.args.len()) as u32;
        self.u.kwonly = p.kwonlyargs.len() as u32;
        if p.vararg.is_some() {
            self.u.code_flags |= flags::VARARGS;
        }
        if p.kwarg.is_some() {
            self.u.code_flags |= flags::VARKEYWORDS;
        }
    }

    pub(super) fn lambda(&mut self, l: &'a ExprLambda, dst: Reg) -> Res<()> {
        let f = self.alloc();
        let extras = match &l.parameters {
            Some(p) => self.defaults(p)?,
            None => Extras::default(),
        };
        let scope = self.t.keys[&(key(l), tag::MAIN)];
        self.enter(scope, "<lambda>", l.range);
        self.parameters(l.parameters.as_deref());
        if self.t.scopes[scope].generator {
            self.u.code_flags |= flags::GENERATOR;
        }
        self.begin_unit();
        let v = self.expr(&l.body)?;
        self.at = l.body.range();
        self.emit_return(v);
        let code = self.leave()?;
        self.closure(code, f, extras)?;
        self.mov(dst, Val { reg: f, temp: true });
        Ok(())
    }

    pub(super) fn function_def(&mut self, f: &'a StmtFunctionDef) -> Res<()> {
        let m = self.mark();
        let decorators = self.decorators(&f.decorator_list)?;
        let target = self.alloc();
        let first = f.decorator_list.first().map_or(f.range, |d| d.range);
        let line_range = Source::span(first.start(), f.range.end());
        let at = Source::span(self.def_start(f), f.range.end());
        self.at = at;
        match &f.type_params {
            None => {
                let extras = self.defaults(&f.parameters)?;
                self.function_body(f, target, extras, line_range)?;
            }
            Some(tp) => self.generic_function(f, tp, target, line_range)?,
        }
        let v = self.apply_decorators(&f.decorator_list, decorators, target);
        self.at = at;
        self.store_name(&f.name, v)?;
        self.free_to(m);
        Ok(())
    }

    /// The functions of the decorators, each in a window of its own.
    pub(super) fn decorators(&mut self, list: &'a [Decorator]) -> Res<Reg> {
        let w = self.mark();
        for d in list {
            let r = self.alloc_n(2);
            self.expr_to(&d.expression, r)?;
        }
        Ok(w)
    }

    /// Calls the decorators on the object in `target`, which is directly behind their windows.
    pub(super) fn apply_decorators(&mut self, list: &'a [Decorator], w: Reg, target: Reg) -> Val {
        let mut arg = target;
        for (i, d) in list.iter().enumerate().rev() {
            // With more than there are registers it is nonsense, and the unit is refused at its end.
            let win = w.wrapping_add(2u16.wrapping_mul(i as u16));
            self.at = d.expression.range();
            // The argument is at win + 2: the object itself, or the inner decorator's result moved there.
            self.mov(
                win.wrapping_add(2),
                Val {
                    reg: arg,
                    temp: true,
                },
            );
            self.op(Op::Call, win, win, 1);
            arg = win;
        }
        Val {
            reg: arg,
            temp: true,
        }
    }

    /// Compiles the body and makes the function in `target`, behind which the defaults are.
    pub(super) fn function_body(
        &mut self,
        f: &'a StmtFunctionDef,
        target: Reg,
        mut extras: Extras,
        line_range: TextRange,
    ) -> Res<()> {
        let at = self.at;
        if let Some(&annotations) = self.t.keys.get(&(key(f), tag::ANNOTATION)) {
            let r = self.alloc();
            self.function_annotate(f, annotations, r)?;
            extras.annotate = true;
        }
        let scope = self.t.keys[&(key(f), tag::MAIN)];
        let in_class = self.t.scopes[self.u.scope].kind == ScopeKind::Class;
        let is_generator = self.t.scopes[scope].generator;
        self.enter(scope, &f.name, line_range);
        self.u.code_flags |= match (f.is_async, is_generator) {
            (true, true) => flags::ASYNC_GENERATOR,
            (true, false) => flags::COROUTINE,
            (false, true) => flags::GENERATOR,
            (false, false) => 0,
        };
        if in_class {
            self.u.code_flags |= flags::METHOD;
        }
        self.parameters(Some(&f.parameters));
        let mut body: &'a [Stmt] = &f.body;
        if let Some(doc) = self.docstring(body) {
            self.constant(doc);
            self.u.code_flags |= flags::HAS_DOCSTRING;
            body = &body[1..];
        }
        self.at = at;
        self.begin_unit();
        self.stmts(body)?;
        if self.u.reachable {
            self.at = super::nowhere();
            self.emit_return_none();
        }
        let code = self.leave()?;
        self.at = at;
        self.closure(code, target, extras)
    }

    /// Where `def` or `async def` starts, decorators left out.
    pub(super) fn def_start(&self, f: &StmtFunctionDef) -> ruff_text_size::TextSize {
        // The statement's range starts at the first decorator; `def` is after the last one.
        match f.decorator_list.last() {
            Some(_) if !self.source.is_tree() => {
                let word = if f.is_async { 10 } else { 4 };
                let name = f.name.range.start();
                name - ruff_text_size::TextSize::from(word.min(u32::from(name)))
            }
            _ => f.range.start(),
        }
    }
}
