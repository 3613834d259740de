//! Statements.

use super::blocks::Block;
use super::names::Access;
use super::{Compiler, Val};
use crate::Mode;
use crate::code::{Common, Const, StrConst, flags};
use crate::errors::{ErrorKind, Res, SyntaxError};
use crate::opcode::Op;
use crate::symbols::ScopeKind;
use ruff_python_ast::*;
use ruff_text_size::{Ranged, TextRange};

impl<'a> Compiler<'a> {
    pub(super) fn stmts(&mut self, body: &'a [Stmt]) -> Res<()> {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    pub(super) fn stmt(&mut self, s: &'a Stmt) -> Res<()> {
        self.at = s.range();
        if self.u.overflow {
            return Err(Box::new(SyntaxError::bare(
                ErrorKind::Memory,
                "code object is too large",
            )));
        }
        match s {
            Stmt::FunctionDef(f) => self.function_def(f)?,
            Stmt::ClassDef(c) => self.class_def(c)?,
            Stmt::Return(r) => self.return_stmt(r)?,
            Stmt::Delete(d) => d.targets.iter().try_for_each(|t| self.delete(t))?,
            Stmt::TypeAlias(a) => self.type_alias(a)?,
            Stmt::Assign(a) => self.assign(&a.targets, &a.value)?,
            Stmt::AugAssign(a) => self.aug_assign(a)?,
            Stmt::AnnAssign(a) => self.ann_assign(a)?,
            Stmt::For(f) if f.is_async => self.async_for(f)?,
            Stmt::For(f) => self.for_stmt(f)?,
            Stmt::While(w) => self.while_stmt(w)?,
            Stmt::If(i) => self.if_stmt(i)?,
            Stmt::With(w) => self.with_stmt(w, 0)?,
            Stmt::Match(m) => self.match_stmt(m)?,
            Stmt::Raise(r) => self.raise(r)?,
            Stmt::Try(t) => self.try_stmt(t)?,
            Stmt::Assert(a) => self.assert_stmt(a)?,
            Stmt::Import(i) => self.import(i)?,
            Stmt::ImportFrom(i) => self.import_from(i)?,
            Stmt::Global(_) | Stmt::Nonlocal(_) => {}
            Stmt::Pass(p) => self.line_mark(p.range),
            Stmt::Expr(e) => {
                if self.mode == Mode::Single
                    && self.t.scopes[self.u.scope].kind == ScopeKind::Module
                {
                    let m = self.mark();
                    let v = self.expr(&e.value)?;
                    self.op_use1(Op::PrintExpr, v, 0);
                    self.free_to(m);
                } else if self.try_const(&e.value).is_none() {
                    if matches!(*e.value, Expr::Name(_)) {
                        // Nothing may be left of it but that it was there.
                        self.line_mark(e.range);
                    }
                    self.discard(&e.value)?;
                } else {
                    self.line_mark(e.range);
                }
            }
            Stmt::Break(b) => self.break_stmt(b.range, true)?,
            Stmt::Continue(b) => self.break_stmt(b.range, false)?,
            Stmt::IpyEscapeCommand(i) => return self.err(i.range, "invalid syntax"),
        }
        Ok(())
    }

    fn warn_finally(&mut self, what: &str, range: TextRange, to: usize) {
        if self.u.blocks[to..]
            .iter()
            .any(|b| matches!(b, Block::Inside("finally")))
        {
            self.warn(range, format!("'{what}' in a 'finally' block"));
        }
    }

    fn not_in_group(&mut self, range: TextRange, to: usize) -> Res<()> {
        if self.u.blocks[to..]
            .iter()
            .any(|b| matches!(b, Block::Inside("except*")))
        {
            return self.err(
                range,
                "'break', 'continue' and 'return' cannot appear in an except* block",
            );
        }
        Ok(())
    }

    fn return_stmt(&mut self, r: &'a StmtReturn) -> Res<()> {
        let kind = self.t.scopes[self.u.scope].kind;
        if !matches!(kind, ScopeKind::Function | ScopeKind::Lambda) {
            return self.err(r.range, "'return' outside function");
        }
        if r.value.is_some() && self.u.code_flags & flags::ASYNC_GENERATOR != 0 {
            return self.err(r.range, "'return' with value in async generator");
        }
        self.not_in_group(r.range, 0)?;
        self.warn_finally("return", r.range, 0);
        let m = self.mark();
        match &r.value {
            None => {
                self.leave_all(r.range)?;
                self.emit_return_none();
            }
            Some(e) => match self.try_const(e) {
                Some(c) => {
                    self.leave_all(r.range)?;
                    if matches!(c, Const::None) {
                        self.emit_return_none();
                    } else {
                        let v = self.temp();
                        self.load_const(c, v.reg);
                        self.emit_return(v);
                    }
                }
                None => {
                    let mut v = self.expr(e)?;
                    let runs_code = self.leaving_runs_code(0);
                    if !v.temp && runs_code {
                        let t = self.temp();
                        self.mov(t.reg, v);
                        v = t;
                    }
                    self.at = r.range;
                    self.unwind(0)?;
                    if runs_code {
                        self.at = super::nowhere();
                    }
                    self.emit_return(v);
                }
            },
        }
        self.free_to(m);
        Ok(())
    }

    /// Leaves all blocks for a `return` of something that is not computed.
    fn leave_all(&mut self, at: TextRange) -> Res<()> {
        if !self.leaving_runs_code(0) {
            return self.unwind(0);
        }
        self.line_mark(at);
        self.unwind(0)?;
        // It returns from the line that ran last.
        self.at = super::nowhere();
        Ok(())
    }

    fn break_stmt(&mut self, range: TextRange, is_break: bool) -> Res<()> {
        let Some(i) = self
            .u
            .blocks
            .iter()
            .rposition(|b| matches!(b, Block::Loop { .. }))
        else {
            self.not_in_group(range, 0)?;
            let msg = if is_break {
                "'break' outside loop"
            } else {
                "'continue' not properly in loop"
            };
            return self.err(range, msg);
        };
        self.not_in_group(range, i)?;
        self.warn_finally(if is_break { "break" } else { "continue" }, range, i);
        let Block::Loop { brk, cont, .. } = self.u.blocks[i] else {
            return Ok(());
        };
        let (to, label) = if is_break { (i, brk) } else { (i + 1, cont) };
        if self.leaving_runs_code(to) {
            self.line_mark(range);
            self.unwind(to)?;
            self.jump(label);
        } else {
            self.unwind(to)?;
            self.at = range;
            self.jump_here(label);
        }
        Ok(())
    }

    fn if_stmt(&mut self, s: &'a StmtIf) -> Res<()> {
        let end = self.label();
        let mut next = self.label();
        self.warn_tuple(&s.test);
        if self.try_const(&s.test).is_some() {
            self.line_mark(s.test.range());
        }
        self.cond(&s.test, false, next)?;
        self.stmts(&s.body)?;
        let last = s.elif_else_clauses.len();
        for (i, c) in s.elif_else_clauses.iter().enumerate() {
            self.jump(end);
            self.place(next);
            next = self.label();
            if let Some(t) = &c.test {
                self.at = t.range();
                self.cond(t, false, next)?;
            }
            self.stmts(&c.body)?;
            if i + 1 == last {
                break;
            }
        }
        self.place(next);
        self.place(end);
        Ok(())
    }

    fn warn_tuple(&mut self, _test: &Expr) {}

    fn while_stmt(&mut self, s: &'a StmtWhile) -> Res<()> {
        self.check_nesting(s.range)?;
        let (top, cont, exit, end) = (self.label(), self.label(), self.label(), self.label());
        let number = self.new_loop();
        self.place(top);
        if self.try_const(&s.test).is_some() {
            self.line_mark(s.test.range());
        }
        self.cond(&s.test, false, exit)?;
        self.u.blocks.push(Block::Loop {
            brk: end,
            cont,
            iter: None,
        });
        self.stmts(&s.body)?;
        self.u.blocks.pop();
        self.place(cont);
        self.at = s.test.range();
        self.jump_back(number, top);
        self.place(exit);
        self.stmts(&s.orelse)?;
        self.place(end);
        Ok(())
    }

    fn for_stmt(&mut self, s: &'a StmtFor) -> Res<()> {
        self.check_nesting(s.range)?;
        let (top, cont, exit, end) = (self.label(), self.label(), self.label(), self.label());
        let it = self.iterator(&s.iter)?;
        let number = self.new_loop();
        self.place(top);
        self.for_iter(it, &s.target, exit)?;
        self.u.blocks.push(Block::Loop {
            brk: end,
            cont,
            iter: Some(it),
        });
        self.stmts(&s.body)?;
        self.u.blocks.pop();
        self.place(cont);
        self.at = s.iter.range();
        self.jump_back(number, top);
        self.place(exit);
        self.free_to(it);
        self.stmts(&s.orelse)?;
        self.place(end);
        Ok(())
    }

    /// The iterator of an iterable, in a new temporary.
    pub(super) fn iterator(&mut self, iterable: &'a Expr) -> Res<u16> {
        let it = self.alloc();
        let v = if iterable.is_name_expr() {
            self.expr(iterable)?
        } else {
            self.expr_to(iterable, it)?;
            Val {
                reg: it,
                temp: true,
            }
        };
        let saved = std::mem::replace(&mut self.at, iterable.range());
        self.op_un(Op::GetIter, it, v, 0);
        self.at = saved;
        self.free_to(it + 1);
        Ok(it)
    }

    /// The next item of the iterator to the target; `exit` at the end.
    pub(super) fn for_iter(&mut self, it: u16, target: &'a Expr, exit: super::Label) -> Res<()> {
        let m = self.mark();
        if let Expr::Name(n) = target {
            let name = self.mangled(&n.id);
            if let Access::Local(reg) = self.access(&name) {
                self.for_iter_to(reg, it, exit);
                return Ok(());
            }
        }
        let v = self.temp();
        self.for_iter_to(v.reg, it, exit);
        self.store(target, v)?;
        self.free_to(m);
        Ok(())
    }

    pub(super) fn for_iter_to(&mut self, dst: u16, it: u16, exit: super::Label) {
        if self.u.reachable {
            self.u.used[exit.0 as usize] = true;
            self.raw(Op::ForIter, 0, dst, it, 0, exit.0);
        }
    }

    pub(super) fn async_for(&mut self, s: &'a StmtFor) -> Res<()> {
        if !self.in_async() {
            let kind = self.t.scopes[self.u.scope].kind;
            let msg = if kind.fast() {
                "'async for' outside async function"
            } else {
                "'async for' outside function"
            };
            return self.err(
                s.range,
                msg.replace("outside function", "outside async function"),
            );
        }
        let (top, cont, exit, end) = (self.label(), self.label(), self.label(), self.label());
        let it = self.alloc();
        self.expr_to(&s.iter, it)?;
        self.at = s.iter.range();
        self.op(Op::GetAIter, it, it, 0);
        let number = self.new_loop();
        self.place(top);
        let depth = self.async_next(it, &s.target, exit)?;
        self.u.blocks.push(Block::Loop {
            brk: end,
            cont,
            iter: Some(it),
        });
        self.stmts(&s.body)?;
        self.u.blocks.pop();
        self.place(cont);
        self.at = s.iter.range();
        self.jump_back(number, top);
        self.async_end(it, depth, exit);
        self.free_to(it);
        self.stmts(&s.orelse)?;
        self.place(end);
        Ok(())
    }

    /// Awaits the next item of the asynchronous iterator; an exception goes to `exit`.
    pub(super) fn async_next(&mut self, it: u16, target: &'a Expr, exit: super::Label) -> Res<u16> {
        let depth = self.open_region(exit);
        let v = self.temp();
        let aw = self.alloc();
        self.op(Op::GetANext, aw, it, 0);
        self.send_loop(aw, v.reg);
        self.close_region();
        self.free_to(v.reg + 1);
        self.store(target, v)?;
        self.free_to(v.reg);
        Ok(depth)
    }

    /// The handler of `async_next`: ends the loop or raises.
    pub(super) fn async_end(&mut self, it: u16, depth: u16, exit: super::Label) {
        self.u.reachable = false;
        self.place(exit);
        self.u.top = u32::from(depth);
        let exc = self.alloc();
        self.op(Op::EndAsyncFor, exc, it, 0);
        self.free_to(exc);
    }

    fn raise(&mut self, r: &'a StmtRaise) -> Res<()> {
        let m = self.mark();
        let none = Val {
            reg: 0,
            temp: false,
        };
        match (&r.exc, &r.cause) {
            (Some(e), Some(c)) => {
                let x = self.expr_before(e, &[c])?;
                let y = self.expr(c)?;
                self.op_use2(Op::Raise, x, y, 2);
            }
            (Some(e), None) => {
                let x = self.expr(e)?;
                self.op_use2(Op::Raise, x, none, 1);
            }
            _ => self.op(Op::Raise, 0, 0, 0),
        }
        self.u.reachable = false;
        self.free_to(m);
        Ok(())
    }

    fn assert_stmt(&mut self, a: &'a StmtAssert) -> Res<()> {
        if matches!(&*a.test, Expr::Tuple(t) if !t.elts.is_empty()) {
            self.warn(
                a.range,
                "assertion is always true, perhaps remove parentheses?",
            );
        }
        if self.opts.optimize > 0 {
            return Ok(());
        }
        let end = self.label();
        self.cond(&a.test, true, end)?;
        let m = self.mark();
        self.at = a.test.range();
        let none = Val {
            reg: 0,
            temp: false,
        };
        match &a.msg {
            None => {
                let t = self.temp();
                self.op(Op::LoadBuiltin, t.reg, Common::AssertionError as u16, 0);
                self.op_use2(Op::Raise, t, none, 1);
            }
            Some(msg) => {
                let w = self.alloc_n(2);
                self.op(Op::LoadBuiltin, w, Common::AssertionError as u16, 0);
                let r = self.alloc();
                self.expr_to(msg, r)?;
                self.at = a.test.range();
                self.op(Op::Call, w, w, 1);
                self.op_use2(Op::Raise, Val { reg: w, temp: true }, none, 1);
            }
        }
        self.u.reachable = false;
        self.free_to(m);
        self.place(end);
        Ok(())
    }

    fn import_name(&mut self, dst: u16, name: &str, level: u32, from: Const) {
        let s = self.site(name);
        self.op(Op::ImportName, dst, s, 0);
        let k = self.constant(from);
        self.op_bc(Op::Ext, 0, level as u16, k);
    }

    fn import(&mut self, i: &'a StmtImport) -> Res<()> {
        for a in &i.names {
            let m = self.mark();
            let v = self.temp();
            self.import_name(v.reg, &a.name, 0, Const::None);
            match &a.asname {
                Some(asname) => {
                    // import a.b.c as d: the attributes, as `from` finds them.
                    for part in a.name.split('.').skip(1) {
                        let s = self.site(part);
                        let next = self.temp();
                        self.op(Op::ImportFrom, next.reg, v.reg, s);
                        self.release(v.reg, 1);
                        self.mov(v.reg, next);
                        self.free_to(v.reg + 1);
                    }
                    self.store_name(asname, v)?;
                }
                None => {
                    let first = a.name.split('.').next().unwrap_or("");
                    self.store_name(first, v)?;
                }
            }
            self.free_to(m);
        }
        Ok(())
    }

    fn import_from(&mut self, i: &'a StmtImportFrom) -> Res<()> {
        let module = i.module.as_ref().map_or("", |m| m.as_str());
        if module == "__future__" && i.level == 0 && i.range.end() > self.future_end {
            return self.err(
                i.range,
                "from __future__ imports must occur at the beginning of the file",
            );
        }
        let m = self.mark();
        let names: Vec<Const> = i
            .names
            .iter()
            .map(|a| Const::Str(StrConst::Text(a.name.as_str().into())))
            .collect();
        let v = self.temp();
        self.import_name(v.reg, module, i.level, Const::Tuple(names.into()));
        if i.names.len() == 1 && i.names[0].name.as_str() == "*" {
            self.op_use1(Op::ImportStar, v, 0);
            self.free_to(m);
            return Ok(());
        }
        for a in &i.names {
            let s = self.site(&a.name);
            let t = self.temp();
            self.op(Op::ImportFrom, t.reg, v.reg, s);
            self.store_name(a.asname.as_ref().unwrap_or(&a.name), t)?;
            self.free_to(t.reg);
        }
        self.release(v.reg, 1);
        self.free_to(m);
        Ok(())
    }

    /// `Const` for a name.
    pub(super) fn str_const(text: &str) -> Const {
        Const::Str(StrConst::Text(text.into()))
    }
}
