//! Builtins that go over a generator expression: beside the call of `any(x for …)` stands a loop over the same generator, so
//! that both become part of a trace as any other loop and its generator do. The interpreter makes the call (native code
//! resumes a generator faster than a loop does); what is recorded takes the loop.
//!
//! The name may be bound to something else: the loop is taken where it is the builtin, else the generator is an argument as
//! any other. What can be seen is the same: order of evaluation, lines, errors, when the generator is closed.
//!
//! The window is that of the call, `R[w]` the function and `R[w+2]` the generator; behind it lie what is gathered, and the
//! item, which is empty at the header of the loop as all temporaries are.

use super::{Compiler, Label, Reg, Val};
use crate::code::{Common, Const};
use crate::errors::Res;
use crate::opcode::Op;
use crate::symbols::{key, tag};
use ruff_python_ast::*;
use ruff_text_size::Ranged;

/// What becomes of the items.
enum Way {
    /// Gathered by this instruction into what this one makes; then perhaps a tuple of it.
    Gather(Op, Op, bool),
    /// A list is the argument.
    Listed,
    /// The first whose truth is this decides.
    Decide(bool),
    /// The first, replaced by each for which this comparison with it does not hold for a jump.
    Best(Op),
    /// Added up.
    Sum,
}

impl<'a> Compiler<'a> {
    /// Whether a call is of a name that such a builtin has, with a generator expression as its only argument.
    fn consumes(&self, c: &'a ExprCall) -> Option<(Common, Way, &'a ExprGenerator)> {
        let g = self.only_generator(c)?;
        let Expr::Name(n) = &*c.func else { return None };
        let builtin = Common::named(n.id.as_str())?;
        Some((builtin, Way::of(builtin)?, g))
    }

    fn only_generator(&self, c: &'a ExprCall) -> Option<&'a ExprGenerator> {
        let ([Expr::Generator(g)], []) = (&*c.arguments.args, &*c.arguments.keywords) else {
            return None;
        };
        let scope = self.t.keys[&(key(g), tag::MAIN)];
        (!self.t.scopes[scope].awaits).then_some(g)
    }

    /// The call of such a builtin, or of `join` of a literal. `false`: it is none.
    pub(super) fn consume(&mut self, c: &'a ExprCall, dst: Reg) -> Res<bool> {
        let Some((builtin, way, g)) = self.consumes(c) else {
            return Ok(false);
        };
        let m = self.mark();
        let w = self.alloc_n(2);
        self.expr_to(&c.func, w)?;
        let it = self.alloc();
        self.generator(g, it)?;
        // A sum has a second register.
        let (into, second, item) = (self.temp(), self.temp(), self.temp());
        self.at = c.range();
        let (call, end) = (self.label(), self.label());
        self.op(Op::LoadBuiltin, item.reg, builtin as u16, 0);
        let func = Val {
            reg: w,
            temp: false,
        };
        self.branch(Op::JumpIsNot, Some(func), Some(item), 0, call);
        match way {
            Way::Gather(build, add, tuple) => {
                self.gather(build, add, it, into, item);
                self.release(w, 1);
                match tuple {
                    true => self.op_un(Op::ListToTuple, dst, into, 0),
                    false => self.mov(dst, into),
                }
                self.jump(end);
            }
            Way::Listed => {
                self.gather(Op::BuildList, Op::ListAppend, it, into, item);
                self.mov(it, into);
            }
            Way::Decide(when) => {
                let (found, none) = (self.label(), self.label());
                let (top, number) = self.begin_items(it, item.reg, none);
                let op = if when {
                    Op::JumpIfTrue
                } else {
                    Op::JumpIfFalse
                };
                self.branch(op, Some(item), None, 0, found);
                self.jump_back(number, top);
                self.place(none);
                self.release(w, 1);
                self.load_const(Const::Bool(!when), dst);
                self.jump(end);
                self.place(found);
                self.release(w, 3);
                self.load_const(Const::Bool(when), dst);
                self.jump(end);
            }
            Way::Best(no_better) => {
                let (empty, worse) = (self.label(), self.label());
                let (cont, over) = (self.label(), self.label());
                self.for_iter_to(into.reg, it, empty);
                let (top, number) = self.begin_items(it, item.reg, over);
                let kept = |v: Val| Some(Val { temp: false, ..v });
                self.branch(no_better, kept(item), kept(into), 0, worse);
                self.mov(into.reg, item);
                self.jump(cont);
                self.place(worse);
                self.release(item.reg, 1);
                self.place(cont);
                self.jump_back(number, top);
                self.place(over);
                self.release(w, 1);
                self.mov(dst, into);
                self.jump(end);
                // The builtin says what is wrong.
                self.place(empty);
                self.op(Op::BuildTuple, it, it, 0);
            }
            Way::Sum => {
                let over = self.label();
                self.load_const(Const::Int(0), into.reg);
                self.load_const(Const::Int(0), second.reg);
                // The first item apart: from then on the sum is of one kind.
                self.for_iter_to(item.reg, it, over);
                self.op_mut(Op::SumAdd, into.reg, item);
                let (top, number) = self.begin_items(it, item.reg, over);
                self.op_mut(Op::SumAdd, into.reg, item);
                self.jump_back(number, top);
                self.place(over);
                self.release(w, 1);
                self.op(Op::SumEnd, dst, into.reg, 0);
                self.jump(end);
            }
        }
        self.place(call);
        self.op(Op::Call, dst, w, 1);
        self.place(end);
        self.free_to(m);
        Ok(true)
    }

    /// The argument of `join` of a literal: it is made a list first, as the method does. `false`: this call is none.
    pub(super) fn joined(&mut self, c: &'a ExprCall, arg: Reg) -> Res<bool> {
        let Expr::Attribute(a) = &*c.func else {
            return Ok(false);
        };
        let literal = matches!(&*a.value, Expr::StringLiteral(_) | Expr::BytesLiteral(_));
        let Some(g) = self
            .only_generator(c)
            .filter(|_| literal && a.attr.as_str() == "join")
        else {
            return Ok(false);
        };
        self.generator(g, arg)?;
        let m = self.mark();
        let (into, item) = (self.temp(), self.temp());
        self.at = c.range();
        self.gather(Op::BuildList, Op::ListAppend, arg, into, item);
        self.mov(arg, into);
        self.free_to(m);
        Ok(true)
    }

    /// Puts all items into something new in the temporary `into`.
    fn gather(&mut self, build: Op, add: Op, it: Reg, into: Val, item: Val) {
        let over = self.label();
        self.op(build, into.reg, item.reg, 0);
        let (top, number) = self.begin_items(it, item.reg, over);
        self.op_mut(add, into.reg, item);
        self.jump_back(number, top);
        self.place(over);
    }

    fn begin_items(&mut self, it: Reg, item: Reg, over: Label) -> (Label, u16) {
        let (top, number) = (self.label(), self.new_loop());
        self.place(top);
        self.for_iter_to(item, it, over);
        (top, number)
    }
}

impl Way {
    fn of(builtin: Common) -> Option<Way> {
        Some(match builtin {
            Common::All => Way::Decide(false),
            Common::Any => Way::Decide(true),
            Common::List => Way::Gather(Op::BuildList, Op::ListAppend, false),
            Common::Tuple => Way::Gather(Op::BuildList, Op::ListAppend, true),
            Common::Set => Way::Gather(Op::BuildSet, Op::SetAdd, false),
            Common::Max => Way::Best(Op::JumpNotGt),
            Common::Min => Way::Best(Op::JumpNotLt),
            Common::Sum => Way::Sum,
            Common::Sorted => Way::Listed,
            Common::AssertionError => return None,
        })
    }
}
