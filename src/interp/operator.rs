//! Binary operators whose method, written in Python, runs in a record of its own (`flag::OPERATOR`): what comes after it.
//!
//! The interpreter runs such methods inside a native call. A recording cannot follow there, so it pushes the record; and where its
//! code leaves in the middle of one, the interpreter goes on in that record. The operands stay in their registers until the
//! method has returned: it may decline, and then the other operand is asked.

use super::reg::{self, kill};
use crate::object::slots::BinOp;
use crate::object::{Obj, Value};
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use threadsnake_front::instr::{Instr, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;

/// The operator of an instruction but `**`, whether it is an assignment's, and whether its second operand is an immediate.
pub fn of(i: Instr) -> Option<(BinOp, bool, bool)> {
    use Op::*;
    let (op, inplace, imm) = match i.op() {
        Add => (BinOp::Add, false, false),
        Sub => (BinOp::Sub, false, false),
        Mul => (BinOp::Mul, false, false),
        TrueDiv => (BinOp::TrueDiv, false, false),
        FloorDiv => (BinOp::FloorDiv, false, false),
        Mod => (BinOp::Mod, false, false),
        MatMul => (BinOp::MatMul, false, false),
        LShift => (BinOp::LShift, false, false),
        RShift => (BinOp::RShift, false, false),
        BitAnd => (BinOp::And, false, false),
        BitOr => (BinOp::Or, false, false),
        BitXor => (BinOp::Xor, false, false),
        IAdd => (BinOp::Add, true, false),
        ISub => (BinOp::Sub, true, false),
        IMul => (BinOp::Mul, true, false),
        ITrueDiv => (BinOp::TrueDiv, true, false),
        IFloorDiv => (BinOp::FloorDiv, true, false),
        IMod => (BinOp::Mod, true, false),
        IMatMul => (BinOp::MatMul, true, false),
        ILShift => (BinOp::LShift, true, false),
        IRShift => (BinOp::RShift, true, false),
        IBitAnd => (BinOp::And, true, false),
        IBitOr => (BinOp::Or, true, false),
        IBitXor => (BinOp::Xor, true, false),
        AddImm => (BinOp::Add, false, true),
        SubImm => (BinOp::Sub, false, true),
        MulImm => (BinOp::Mul, false, true),
        FloorDivImm => (BinOp::FloorDiv, false, true),
        ModImm => (BinOp::Mod, false, true),
        BitAndImm => (BinOp::And, false, true),
        LShiftImm => (BinOp::LShift, false, true),
        RShiftImm => (BinOp::RShift, false, true),
        _ => return None,
    };
    Some((op, inplace || imm && i.k() & KILL_C != 0, imm))
}

/// The method of the first operand has returned `v`: the result of the instruction `i`, whose operands go.
///
/// # Safety
/// `base` are the registers of the running record, in which `i` was executed; `v` is owned by the caller.
#[inline(never)]
pub unsafe fn returned(th: &Thread, base: *mut Value, i: Instr, v: Value) -> Result<Value, Exc> {
    // SAFETY: the caller's promise: the operands are in their registers, alive.
    unsafe {
        let (op, inplace, imm) = of(i).unwrap_or((BinOp::Add, false, false));
        let mut v = v;
        if v == Value::NOT_IMPLEMENTED {
            let a = reg::obj(base.add(i.b())).clone();
            let b = match imm {
                true => Obj::from_value(Value::from_int(i64::from(i.sc()))),
                false => reg::obj(base.add(i.c())).clone(),
            };
            v = th.declined(op, &a, &b, inplace)?.into_value();
        }
        if i.k() & KILL_B != 0 {
            kill(th, base.add(i.b()));
        }
        if !imm && i.k() & KILL_C != 0 {
            kill(th, base.add(i.c()));
        }
        Ok(v)
    }
}
