//! `try`.

use super::blocks::Block;
use super::{Compiler, Label, Reg, Val};
use crate::code::Const;
use crate::errors::Res;
use crate::opcode::Op;
use ruff_python_ast::*;

impl<'a> Compiler<'a> {
    pub(super) fn try_stmt(&mut self, t: &'a StmtTry) -> Res<()> {
        self.check_nesting(t.range)?;
        self.line_mark(t.range);
        if t.finalbody.is_empty() {
            return self.try_except(t);
        }
        let (handler, end) = (self.label(), self.label());
        self.u.blocks.push(Block::Finally(&t.finalbody));
        let depth = self.open_region(handler);
        if t.handlers.is_empty() {
            self.stmts(&t.body)?;
            self.stmts(&t.orelse)?;
        } else {
            self.try_except(t)?;
        }
        self.close_region();
        self.u.blocks.pop();
        self.u.blocks.push(Block::Inside("finally"));
        self.stmts(&t.finalbody)?;
        self.jump(end);
        // The way of an exception.
        let cleanup = self.enter_handler(handler, depth);
        self.stmts(&t.finalbody)?;
        self.close_region();
        self.u.blocks.pop();
        self.reraise_handled(depth);
        self.u.blocks.pop();
        self.handler_cleanup(cleanup, depth);
        self.free_to(depth);
        self.place(end);
        Ok(())
    }

    fn try_except(&mut self, t: &'a StmtTry) -> Res<()> {
        for (i, ExceptHandler::ExceptHandler(h)) in t.handlers.iter().enumerate() {
            if h.type_.is_none() && i + 1 < t.handlers.len() {
                return self.err(h.range, "default 'except:' must be last");
            }
        }
        let (handler, end) = (self.label(), self.label());
        let depth = self.open_region(handler);
        self.stmts(&t.body)?;
        self.close_region();
        self.stmts(&t.orelse)?;
        self.jump(end);
        if t.is_star {
            self.except_star(t, handler, depth, end)?;
        } else {
            let cleanup = self.enter_handler(handler, depth);
            for ExceptHandler::ExceptHandler(h) in &t.handlers {
                self.except_clause(h, depth, end)?;
            }
            self.close_region();
            self.u.blocks.pop();
            self.reraise_handled(depth);
            self.handler_cleanup(cleanup, depth);
        }
        self.free_to(depth);
        self.place(end);
        Ok(())
    }

    fn except_clause(
        &mut self,
        h: &'a ExceptHandlerExceptHandler,
        depth: Reg,
        end: Label,
    ) -> Res<()> {
        let next = self.label();
        self.at = h.range;
        if let Some(ty) = &h.type_ {
            let m = self.mark();
            let v = self.expr(ty)?;
            let hit = self.temp();
            self.op_bin(
                Op::MatchExc,
                hit.reg,
                Val {
                    reg: depth,
                    temp: false,
                },
                v,
            );
            self.branch(Op::JumpIfFalse, Some(hit), None, 0, next);
            self.free_to(m);
        }
        // Leaving the handler by falling through: the blocks are those of the clause, not of the search.
        match &h.name {
            Some(name) => {
                self.store_name(
                    name,
                    Val {
                        reg: depth,
                        temp: false,
                    },
                )?;
                let unbind = self.label();
                self.u.blocks.push(Block::Bound(name.as_str().into()));
                let inner = self.open_region(unbind);
                self.stmts(&h.body)?;
                self.close_region();
                self.u.blocks.pop();
                self.at = super::nowhere();
                if self.u.reachable {
                    self.finish_clause(Some(name), end)?;
                }
                self.u.reachable = false;
                self.place(unbind);
                let saved = self.mark();
                let exc = self.alloc();
                debug_assert_eq!(exc, inner);
                self.unbind(name)?;
                self.op_use1(
                    Op::Reraise,
                    Val {
                        reg: exc,
                        temp: true,
                    },
                    0,
                );
                self.u.reachable = false;
                self.free_to(saved);
            }
            None => {
                self.stmts(&h.body)?;
                self.at = super::nowhere();
                if self.u.reachable {
                    self.finish_clause(None, end)?;
                }
            }
        }
        self.u.reachable = false;
        self.place(next);
        Ok(())
    }

    /// `PopExc`, unbinding, jump; outside of the handler's own regions.
    fn finish_clause(&mut self, name: Option<&Identifier>, end: Label) -> Res<()> {
        let handling = self
            .u
            .blocks
            .iter()
            .rposition(|b| matches!(b, Block::Handling { .. }))
            .unwrap_or(0);
        self.unwind(handling)?;
        if let Some(n) = name {
            self.unbind(n)?;
        }
        self.jump(end);
        // The search for a clause goes on covered.
        self.reopen(handling);
        Ok(())
    }

    /// `except*` (PEP 654): R[depth] original, then the rest still unhandled and the list of raised exceptions.
    fn except_star(&mut self, t: &'a StmtTry, handler: Label, depth: Reg, end: Label) -> Res<()> {
        let cleanup = self.enter_handler(handler, depth);
        self.u.blocks.push(Block::Inside("except*"));
        let rest = self.alloc();
        let list = self.alloc();
        self.op(Op::Move, rest, depth, 0);
        self.op(Op::BuildList, list, list + 1, 0);
        let done = self.label();
        for ExceptHandler::ExceptHandler(h) in &t.handlers {
            let next = self.label();
            self.at = h.range;
            let m = self.mark();
            let Some(ty) = &h.type_ else {
                return self.err(h.range, "expected one or more exception types");
            };
            self.branch(
                Op::JumpIfNone,
                Some(Val {
                    reg: rest,
                    temp: false,
                }),
                None,
                0,
                done,
            );
            let matched = self.alloc_n(2);
            let v = self.expr(ty)?;
            self.op_bin(
                Op::MatchEg,
                matched,
                Val {
                    reg: rest,
                    temp: false,
                },
                v,
            );
            self.op_un(
                Op::Move,
                rest,
                Val {
                    reg: matched + 1,
                    temp: true,
                },
                0,
            );
            self.free_to(matched + 1);
            let miss = self.label();
            self.branch(
                Op::JumpIfNone,
                Some(Val {
                    reg: matched,
                    temp: false,
                }),
                None,
                0,
                miss,
            );
            // The part is what is being handled while the clause runs.
            self.alloc();
            self.op(Op::PushExc, matched, 0, 0);
            let raised = self.label();
            self.u.blocks.push(Block::Handling { depth: matched });
            if let Some(n) = &h.name {
                self.store_name(
                    n,
                    Val {
                        reg: matched,
                        temp: false,
                    },
                )?;
            }
            let inner = self.open_region(raised);
            self.stmts(&h.body)?;
            self.close_region();
            self.u.blocks.pop();
            self.at = super::nowhere();
            if let Some(n) = &h.name {
                self.unbind(n)?;
            }
            self.op(Op::PopExc, matched, 0, 0);
            self.jump(next);
            self.place(raised);
            self.u.top = u32::from(inner);
            let exc = self.alloc();
            if let Some(n) = &h.name {
                self.unbind(n)?;
            }
            self.op_mut(
                Op::ListAppend,
                list,
                Val {
                    reg: exc,
                    temp: true,
                },
            );
            self.op(Op::PopExc, matched, 0, 0);
            self.jump(next);
            self.place(miss);
            self.release(matched, 1);
            self.place(next);
            self.free_to(m);
        }
        self.place(done);
        self.at = super::nowhere();
        // What nobody handled is raised again with the rest.
        let m = self.mark();
        let none = self.label();
        self.branch(
            Op::JumpIfNone,
            Some(Val {
                reg: rest,
                temp: false,
            }),
            None,
            0,
            none,
        );
        self.op_mut(
            Op::ListAppend,
            list,
            Val {
                reg: rest,
                temp: true,
            },
        );
        self.place(none);
        let out = self.temp();
        let orig = Val {
            reg: depth,
            temp: false,
        };
        self.op_bin(
            Op::PrepReraiseStar,
            out.reg,
            orig,
            Val {
                reg: list,
                temp: true,
            },
        );
        self.release(rest, 1);
        let raise = self.label();
        self.branch(
            Op::JumpIfNotNone,
            Some(Val {
                reg: out.reg,
                temp: false,
            }),
            None,
            0,
            raise,
        );
        self.release(out.reg, 1);
        self.u.blocks.pop();
        self.close_region();
        self.u.blocks.pop();
        self.op(Op::PopExc, depth, 0, 0);
        self.jump(end);
        self.place(raise);
        self.op(Op::PopExc, depth, 0, 0);
        self.op_use1(Op::Reraise, out, 0);
        self.u.reachable = false;
        self.free_to(m);
        self.handler_cleanup(cleanup, depth);
        Ok(())
    }

    /// `None` in a register.
    pub(super) fn load_none(&mut self, dst: Reg) {
        self.load_const(Const::None, dst);
    }
}
