//! Conditions: straight into branches.

use super::expr::cmp_op;
use super::fold::truth;
use super::{Compiler, Label, Val};
use crate::errors::Res;
use crate::opcode::Op;
use ruff_python_ast::*;
use ruff_text_size::Ranged;

impl<'a> Compiler<'a> {
    /// Jumps to `to` if the truth of `e` is `when`, else falls through.
    pub fn cond(&mut self, e: &'a Expr, when: bool, to: Label) -> Res<()> {
        let saved = std::mem::replace(&mut self.at, e.range());
        let m = self.mark();
        self.cond_inner(e, when, to)?;
        self.free_to(m);
        self.at = saved;
        Ok(())
    }

    fn cond_inner(&mut self, e: &'a Expr, when: bool, to: Label) -> Res<()> {
        if let Expr::Name(n) = e
            && n.id.as_str() == "__debug__"
        {
            if (self.opts.optimize == 0) == when {
                self.jump(to);
            }
            return Ok(());
        }
        if let Some(c) = self.try_const(e) {
            if truth(&c) == when {
                self.jump(to);
            }
            return Ok(());
        }
        match e {
            Expr::UnaryOp(u) if u.op == UnaryOp::Not => return self.cond(&u.operand, !when, to),
            Expr::BoolOp(b) => {
                let last = b.values.len() - 1;
                // `when` decides at once for `or` (true) and `and` (false).
                if (b.op == BoolOp::Or) == when {
                    for v in &b.values {
                        self.cond(v, when, to)?;
                    }
                } else {
                    let skip = self.label();
                    for v in &b.values[..last] {
                        self.cond(v, !when, skip)?;
                    }
                    self.cond(&b.values[last], when, to)?;
                    self.place(skip);
                }
                return Ok(());
            }
            Expr::If(i) => {
                let (other, end) = (self.label(), self.label());
                self.cond(&i.test, false, other)?;
                self.cond(&i.body, when, to)?;
                self.jump(end);
                self.place(other);
                self.cond(&i.orelse, when, to)?;
                self.place(end);
                return Ok(());
            }
            Expr::Compare(c) if c.ops.len() == 1 => {
                let (op, r) = (c.ops[0], &c.comparators[0]);
                if matches!(op, CmpOp::Is | CmpOp::IsNot) && r.is_none_literal_expr() {
                    let x = self.expr(&c.left)?;
                    let none = (op == CmpOp::Is) == when;
                    let op = if none {
                        Op::JumpIfNone
                    } else {
                        Op::JumpIfNotNone
                    };
                    self.branch(op, Some(x), None, 0, to);
                    return Ok(());
                }
                if let Some(imm) = self.small_imm(r)
                    && let Some(op) = jump_imm(op, when)
                {
                    let x = self.expr(&c.left)?;
                    self.branch(op, Some(x), None, imm as u16, to);
                    return Ok(());
                }
                if let Some(op) = jump_cmp(op, when) {
                    let x = self.expr_before(&c.left, &[r])?;
                    let y = self.expr(r)?;
                    self.branch(op, Some(x), Some(y), 0, to);
                    return Ok(());
                }
            }
            Expr::Compare(c) => return self.cond_chain(c, when, to),
            _ => {}
        }
        let v = self.expr(e)?;
        let op = if when {
            Op::JumpIfTrue
        } else {
            Op::JumpIfFalse
        };
        self.branch(op, Some(v), None, 0, to);
        Ok(())
    }

    fn cond_chain(&mut self, c: &'a ExprCompare, when: bool, to: Label) -> Res<()> {
        let first = self.mark();
        let mut x = self.expr_before(&c.left, &c.comparators.iter().collect::<Vec<_>>())?;
        let last = c.ops.len() - 1;
        let (fail, end) = (self.label(), self.label());
        let mut kept = false;
        for (i, (op, r)) in c.ops.iter().zip(&c.comparators).enumerate() {
            if i == last {
                match jump_cmp(*op, when) {
                    Some(op) => {
                        let y = self.expr(r)?;
                        self.branch(op, Some(x), Some(y), 0, to);
                    }
                    None => {
                        let y = self.compare_right(*op, r)?;
                        let t = self.temp();
                        self.op_bin(cmp_op(*op), t.reg, x, y);
                        let op = if when {
                            Op::JumpIfTrue
                        } else {
                            Op::JumpIfFalse
                        };
                        self.branch(op, Some(t), None, 0, to);
                    }
                }
                break;
            }
            let y = self.expr_before(r, &c.comparators[i + 1..].iter().collect::<Vec<_>>())?;
            kept |= y.temp;
            let keep = Val { temp: false, ..y };
            match jump_cmp(*op, false) {
                Some(op) => self.branch(op, Some(x), Some(keep), 0, fail),
                None => {
                    let t = self.temp();
                    self.op_bin(cmp_op(*op), t.reg, x, keep);
                    self.branch(Op::JumpIfFalse, Some(t), None, 0, fail);
                }
            }
            x = y;
        }
        if !kept && !when {
            // Nothing to clean: the failing comparisons could go to `to` at once.
            self.jump(end);
            self.place(fail);
            self.jump(to);
            self.place(end);
            return Ok(());
        }
        self.jump(end);
        self.place(fail);
        let n = self.u.top.saturating_sub(u32::from(first));
        if kept {
            self.release(first, n);
        }
        if !when {
            self.jump(to);
        }
        self.place(end);
        Ok(())
    }
}

/// The fused compare-and-branch, where there is one.
fn jump_cmp(op: CmpOp, when: bool) -> Option<Op> {
    Some(match (op, when) {
        (CmpOp::Lt, true) => Op::JumpLt,
        (CmpOp::LtE, true) => Op::JumpLe,
        (CmpOp::Eq, true) => Op::JumpEq,
        (CmpOp::NotEq, true) => Op::JumpNe,
        (CmpOp::Gt, true) => Op::JumpGt,
        (CmpOp::GtE, true) => Op::JumpGe,
        (CmpOp::Lt, false) => Op::JumpNotLt,
        (CmpOp::LtE, false) => Op::JumpNotLe,
        (CmpOp::Eq, false) => Op::JumpNotEq,
        (CmpOp::NotEq, false) => Op::JumpNotNe,
        (CmpOp::Gt, false) => Op::JumpNotGt,
        (CmpOp::GtE, false) => Op::JumpNotGe,
        (CmpOp::Is, true) | (CmpOp::IsNot, false) => Op::JumpIs,
        (CmpOp::IsNot, true) | (CmpOp::Is, false) => Op::JumpIsNot,
        (CmpOp::In | CmpOp::NotIn, _) => return None,
    })
}

fn jump_imm(op: CmpOp, when: bool) -> Option<Op> {
    Some(match (op, when) {
        (CmpOp::Lt, true) => Op::JumpLtImm,
        (CmpOp::LtE, true) => Op::JumpLeImm,
        (CmpOp::Eq, true) => Op::JumpEqImm,
        (CmpOp::NotEq, true) => Op::JumpNeImm,
        (CmpOp::Gt, true) => Op::JumpGtImm,
        (CmpOp::GtE, true) => Op::JumpGeImm,
        (CmpOp::Lt, false) => Op::JumpNotLtImm,
        (CmpOp::LtE, false) => Op::JumpNotLeImm,
        (CmpOp::Eq, false) => Op::JumpNotEqImm,
        (CmpOp::NotEq, false) => Op::JumpNotNeImm,
        (CmpOp::Gt, false) => Op::JumpNotGtImm,
        (CmpOp::GtE, false) => Op::JumpNotGeImm,
        _ => return None,
    })
}
