//! Subscripts and slices.

use super::{Compiler, Reg, Val};
use crate::code::Const;
use crate::errors::Res;
use crate::opcode::Op;
use ruff_python_ast::*;

impl<'a> Compiler<'a> {
    /// `R[dst] = value[index]`
    pub(super) fn subscript(&mut self, s: &'a ExprSubscript, dst: Reg) -> Res<()> {
        self.warn_subscript(s);
        let into = if self.is_var(dst) || s.value.is_name_expr() {
            None
        } else {
            Some(dst)
        };
        let x = match into {
            Some(dst) => {
                self.expr_to(&s.value, dst)?;
                Val {
                    reg: dst,
                    temp: true,
                }
            }
            None => self.expr_before(&s.value, &[&s.slice])?,
        };
        if let Some((lower, upper)) = self.plain_slice(&s.slice) {
            let w = self.bounds(lower, upper)?;
            self.op_un(Op::GetSlice, dst, x, w);
            return Ok(());
        }
        if let Some(imm) = self.small_imm(&s.slice) {
            self.op_un(Op::GetItemImm, dst, x, imm as u16);
            return Ok(());
        }
        let y = self.expr(&s.slice)?;
        self.op_bin(Op::GetItem, dst, x, y);
        Ok(())
    }

    fn warn_subscript(&mut self, s: &ExprSubscript) {
        let index_bad = matches!(
            &*s.slice,
            Expr::StringLiteral(_)
                | Expr::FString(_)
                | Expr::Tuple(_)
                | Expr::List(_)
                | Expr::NoneLiteral(_)
        );
        let what = match &*s.value {
            Expr::Tuple(_) if index_bad => "tuple",
            Expr::List(_) if index_bad => "list",
            Expr::StringLiteral(_) if index_bad => "str",
            Expr::NumberLiteral(_) => {
                self.warn(
                    s.range,
                    "'int' object is not subscriptable; perhaps you missed a comma?",
                );
                return;
            }
            Expr::NoneLiteral(_) => {
                self.warn(
                    s.range,
                    "'NoneType' object is not subscriptable; perhaps you missed a comma?",
                );
                return;
            }
            _ => return,
        };
        let index = match &*s.slice {
            Expr::StringLiteral(_) | Expr::FString(_) => "str",
            Expr::Tuple(_) => "tuple",
            Expr::List(_) => "list",
            _ => "NoneType",
        };
        self.warn(
            s.range,
            format!("{what} indices must be integers or slices, not {index}; perhaps you missed a comma?"),
        );
    }

    /// The bounds of a slice without step that is not constant.
    pub(super) fn plain_slice(
        &mut self,
        e: &'a Expr,
    ) -> Option<(Option<&'a Expr>, Option<&'a Expr>)> {
        match e {
            Expr::Slice(s) if s.step.is_none() => Some((s.lower.as_deref(), s.upper.as_deref())),
            _ => None,
        }
    }

    /// Evaluates bounds into a window of two.
    pub(super) fn bounds(&mut self, lower: Option<&'a Expr>, upper: Option<&'a Expr>) -> Res<Reg> {
        let w = self.mark();
        for e in [lower, upper] {
            let r = self.alloc();
            match e {
                Some(e) => self.expr_to(e, r)?,
                None => self.load_const(Const::None, r),
            }
        }
        Ok(w)
    }

    /// A slice object.
    pub(super) fn slice(&mut self, s: &'a ExprSlice, dst: Reg) -> Res<()> {
        let w = self.bounds(s.lower.as_deref(), s.upper.as_deref())?;
        let mut n = 2;
        if let Some(step) = &s.step {
            let r = self.alloc();
            self.expr_to(step, r)?;
            n = 3;
        }
        self.op(Op::BuildSlice, dst, w, n);
        Ok(())
    }
}
