//! `sum(x for …)`, item by item: ints, and floats with their rounding errors, as numbers; everything else by helpers. There
//! were ints only so far where what rounding has lost is an int.

use super::super::helpers::sums;
use super::super::recorder::{Abort, Effects, Rec, Recorder, Val};
use crate::object::Value;
use crate::object::slots::BinOp;
use threadsnake_front::instr::{Instr, KILL_B};
use threadsnake_jit::ir::{ClassSet, Op as Ir, Type, Value as V};

impl Recorder {
    /// `SumAdd`
    pub(super) fn sum_add(&mut self, i: Instr) -> Rec {
        let (a, b, next) = (i.a(), i.b(), self.pc + 1);
        let (so_far, lost, x) = (self.val(a)?, self.val(a + 1)?, self.val(b)?);
        if let Some(v) = self.sum_of_ints(i, so_far, lost, x)? {
            self.kills(i.k(), &[(KILL_B, b)])?;
            self.put(a, v, false)?;
            self.flush(next);
            return Ok(());
        }
        if let Some((v, l)) = self.sum_of_floats(so_far, lost, x)? {
            self.kills(i.k(), &[(KILL_B, b)])?;
            self.put(a, Val::Float(v), false)?;
            self.put(a + 1, Val::Float(l), false)?;
            self.flush(next);
            return Ok(());
        }
        let args = [self.boxed(so_far), self.boxed(lost), self.boxed(x)];
        let v = self.python_helper("sum_add", sums::add as *const (), &args)?;
        let none = Effects::Classes(ClassSet::NONE, ClassSet::NONE);
        let l = self
            .helper(
                "sum_lost",
                sums::lost as *const (),
                &[],
                Some(Type::Val),
                none,
            )
            .ok_or(Abort::Surprise)?;
        self.kills(i.k(), &[(KILL_B, b)])?;
        self.put(a + 1, Val::Any(l), true)?;
        self.result(a, v, next)
    }

    fn sum_of_ints(&mut self, i: Instr, so_far: Val, lost: Val, x: Val) -> Rec<Option<Val>> {
        if !Self::is_int(lost) {
            return Ok(None);
        }
        let (x, word) = match x {
            Val::Bool(t) => {
                let n = self.word(i.b()) == Value::TRUE;
                (Val::Int(self.op(Ir::B2i, &[t])), Value::from_int(n as i64))
            }
            x => (x, self.word(i.b())),
        };
        self.int_arith(BinOp::Add, so_far, x, self.word(i.a()), word)
    }

    /// As doubles: the sum and its error, without a branch (Knuth's TwoSum: the same error, exactly).
    fn sum_of_floats(&mut self, so_far: Val, lost: Val, x: Val) -> Rec<Option<(V, V)>> {
        if Self::is_int(lost) && Self::is_number(so_far) && Self::is_float(x) {
            let (Some(s), Some(y)) = (self.float(so_far), self.float(x)) else {
                return Ok(None);
            };
            let zero = self.b().fconst(0.0);
            return Ok(Some((self.op(Ir::Fadd, &[s, y]), zero)));
        }
        if !(Self::is_float(so_far) && Self::is_float(lost) && Self::is_number(x)) {
            return Ok(None);
        }
        let (Some(s), Some(l), Some(y)) = (self.float(so_far), self.float(lost), self.float(x))
        else {
            return Ok(None);
        };
        let t = self.op(Ir::Fadd, &[s, y]);
        let back = self.op(Ir::Fsub, &[t, s]);
        let of_sum = self.op(Ir::Fsub, &[t, back]);
        let (d, e) = (
            self.op(Ir::Fsub, &[s, of_sum]),
            self.op(Ir::Fsub, &[y, back]),
        );
        let error = self.op(Ir::Fadd, &[d, e]);
        Ok(Some((t, self.op(Ir::Fadd, &[l, error]))))
    }

    /// `SumEnd`
    pub(super) fn sum_end(&mut self, i: Instr) -> Rec {
        let (b, next) = (i.b(), self.pc + 1);
        let (so_far, lost) = (self.val(b)?, self.val(b + 1)?);
        let number = Self::is_number(so_far);
        let (val, owned) = match (number, lost) {
            (true, lost) if Self::is_int(lost) => self.take(b, true)?,
            (true, Val::Float(_)) => {
                let (Some(s), Some(l)) = (self.float(so_far), self.float(lost)) else {
                    return Err(Abort::Surprise);
                };
                let size = self.op(Ir::Fabs, &[l]);
                let infinite = self.b().fconst(f64::INFINITY);
                let finite = self.op(Ir::Flt, &[size, infinite]);
                self.guard(Ir::GuardTrue, &[finite], 0);
                (Val::Float(self.op(Ir::Fadd, &[s, l])), false)
            }
            _ => {
                let args = [self.boxed(so_far), self.boxed(lost)];
                let v =
                    self.leaf_helper("sum_total", sums::total as *const (), &args, ClassSet::NONE)?;
                self.kill(b)?;
                self.kill(b + 1)?;
                return self.leaf_result(i.a(), v, next);
            }
        };
        self.kill(b)?;
        self.kill(b + 1)?;
        self.put(i.a(), val, owned)?;
        self.flush(next);
        Ok(())
    }
}
