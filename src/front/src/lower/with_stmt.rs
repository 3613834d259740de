//! `with`. Five registers: exit function, its self, and three that stay empty for the arguments of its call.

use super::blocks::Block;
use super::{Compiler, Reg, Val};
use crate::errors::Res;
use crate::opcode::Op;
use ruff_python_ast::*;
use ruff_text_size::Ranged;

impl<'a> Compiler<'a> {
    pub(super) fn with_stmt(&mut self, w: &'a StmtWith, i: usize) -> Res<()> {
        let Some(item) = w.items.get(i) else {
            return self.stmts(&w.body);
        };
        self.check_nesting(w.range)?;
        if w.is_async && !self.in_async() {
            return self.err(w.range, "'async with' outside async function");
        }
        let at = item.context_expr.range();
        let base = self.alloc_n(5);
        let ctx = self.expr(&item.context_expr)?;
        self.at = at;
        let (exit, enter) = if w.is_async { (3, 2) } else { (1, 0) };
        self.op(Op::LoadSpecial, base, ctx.reg, exit);
        let value = Val {
            reg: base + 5,
            temp: true,
        };
        let win = self.alloc_n(2).max(base + 6);
        self.alloc();
        self.op_un(Op::LoadSpecial, win, ctx, enter);
        self.op_method(Op::Call, value.reg, win, 0);
        if w.is_async {
            let entered = self.await_value(value, 1);
            self.mov(value.reg, entered);
        }
        let (handler, end) = (self.label(), self.label());
        self.free_to(value.reg);
        self.u.blocks.push(Block::With {
            base,
            is_async: w.is_async,
            at,
        });
        let depth = self.open_region(handler);
        self.alloc();
        match &item.optional_vars {
            Some(t) => self.store(t, value)?,
            None => self.drop_val(value),
        }
        self.free_to(value.reg);
        self.with_stmt(w, i + 1)?;
        self.close_region();
        self.u.blocks.pop();
        self.at = at;
        self.call_exit(base, w.is_async);
        self.jump(end);
        // The way of an exception.
        let cleanup = self.enter_handler(handler, depth);
        self.at = at;
        let (mut r, call) = self.exit_window(base);
        self.op(Op::ExcArgs, call + 2, depth, 0);
        self.op_method(Op::Call, r.reg, call, 3);
        self.free_to(r.reg + 1);
        if w.is_async {
            r = self.await_value(r, 2);
        }
        let suppressed = self.label();
        self.branch(Op::JumpIfTrue, Some(r), None, 0, suppressed);
        self.close_region();
        self.u.blocks.pop();
        self.reraise_handled(depth);
        self.place(suppressed);
        self.op(Op::PopExc, depth, 0, 0);
        self.jump(end);
        self.handler_cleanup(cleanup, depth);
        self.free_to(base);
        self.place(end);
        Ok(())
    }

    /// Awaits the temporary `v`; the result is a new temporary.
    fn await_value(&mut self, v: Val, kind: u16) -> Val {
        let out = self.temp();
        let it = self.temp();
        self.op_un(Op::GetAwaitable, it.reg, v, kind);
        self.send_loop(it.reg, out.reg);
        self.free_to(out.reg + 1);
        out
    }

    /// Moves the exit function and its `self` to a window above everything live (a callee's registers start in its
    /// window), with a register for the result below it.
    fn exit_window(&mut self, base: Reg) -> (Val, Reg) {
        let r = self.temp();
        let call = self.alloc_n(5);
        for i in 0..2 {
            let from = Val {
                reg: base + i,
                temp: true,
            };
            self.mov(call + i, from);
        }
        (r, call)
    }

    /// Calls the exit function with three `None` and drops the result.
    pub(super) fn call_exit(&mut self, base: Reg, is_async: bool) {
        let (mut r, call) = self.exit_window(base);
        for i in 2..5 {
            self.load_none(call + i);
        }
        self.op_method(Op::Call, r.reg, call, 3);
        self.free_to(r.reg + 1);
        if is_async {
            r = self.await_value(r, 2);
        }
        self.drop_val(r);
    }
}
