//! Which registers there are, and what instructions want of them.

use super::gpr::*;
use crate::lower::lir::{Class, LInst, Reg, Role};
use crate::regalloc::{Target, set};
use regalloc2::{MachineEnv, OperandConstraint, OperandKind, OperandPos, PReg, PRegSet, RegClass};

/// Integer arguments of a call, System V.
pub(super) const ARGS: [u8; 6] = [RDI, RSI, RDX, RCX, R8, R9];
/// Registers that a call destroys, besides r11.
pub(super) const CALLER_SAVED: [u8; 8] = [RAX, RCX, RDX, RSI, RDI, R8, R9, R10];
/// Registers that a call keeps, besides rbp and r15.
pub(super) const CALLEE_SAVED: [u8; 4] = [RBX, R12, R13, R14];
/// Allocatable vector registers; a call destroys all.
pub(super) const FLOATS: [u8; 15] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];

/// The x86-64 target.
#[derive(Debug)]
pub struct X64;

fn fixed(n: u8, c: Class) -> OperandConstraint {
    OperandConstraint::FixedReg(match c {
        Class::Int => PReg::new(n as usize, RegClass::Int),
        Class::Float => PReg::new(n as usize, RegClass::Float),
    })
}

impl Target for X64 {
    fn constraint(
        &self,
        role: Role,
        c: Class,
        next: usize,
    ) -> (OperandConstraint, OperandKind, OperandPos) {
        use OperandConstraint::{Any, Reg, Reuse};
        use OperandKind::{Def, Use};
        use OperandPos::{Early, Late};
        match role {
            Role::Use => (Reg, Use, Early),
            Role::UseLate => (Reg, Use, Late),
            Role::Def => (Reg, Def, Late),
            Role::DefEarly => (Reg, Def, Early),
            Role::DefReuse => (Reuse(next), Def, Late),
            Role::Count => (fixed(RCX, c), Use, Early),
            Role::Dividend => (fixed(RAX, c), Use, Early),
            Role::Quotient => (fixed(RAX, c), Def, Late),
            Role::Remainder => (fixed(RDX, c), Def, Late),
            Role::Arg(n) if c == Class::Float => (fixed(n, c), Use, Early),
            Role::Arg(n) => (fixed(ARGS[n as usize], c), Use, Early),
            Role::Result => (fixed(0, c), Def, Late),
            Role::Return => (fixed(RDX, c), Use, Early),
            Role::Param(n) => (fixed(ARGS[n as usize], c), Def, Late),
            Role::Exit => (Any, Use, Early),
            Role::ExitLate => (Any, Use, Late),
        }
    }

    fn clobbers(&self, inst: &LInst) -> PRegSet {
        match inst {
            LInst::Call { ret, exit, .. } => {
                let mut s = set(&CALLER_SAVED, Class::Int);
                s.union_from(set(&FLOATS, Class::Float));
                if exit.is_some() {
                    // Who looks at the frame during the call finds the exit's values in stack slots.
                    s.union_from(set(&CALLEE_SAVED, Class::Int));
                }
                if let Some(Reg::V(_, c) | Reg::P(_, c)) = ret {
                    let class = if *c == Class::Float {
                        RegClass::Float
                    } else {
                        RegClass::Int
                    };
                    s.remove(PReg::new(0, class));
                }
                s
            }
            LInst::Enter { .. } => {
                let mut s = set(&CALLER_SAVED[1..], Class::Int);
                s.union_from(set(&FLOATS, Class::Float));
                s
            }
            LInst::Div { rem: true, .. } => set(&[RAX], Class::Int),
            LInst::Div { rem: false, .. } => set(&[RDX], Class::Int),
            _ => PRegSet::empty(),
        }
    }

    fn env(&self, chaos: u64) -> MachineEnv {
        let mut ints = vec![RAX, RCX, RDX, RSI, RDI, R8, R9, R10];
        let mut saved = CALLEE_SAVED.to_vec();
        let mut floats = FLOATS.to_vec();
        if chaos != 0 {
            // Arguments, shifts and divisions need the first registers; of the rest some are taken away.
            saved.retain(|r| chaos >> (r + 8) & 1 == 0);
            floats.truncate(8 + (chaos >> 4) as usize % 3);
            if chaos & 4 != 0 {
                core::mem::swap(&mut ints, &mut saved);
            }
        }
        MachineEnv {
            preferred_regs_by_class: [
                set(&ints, Class::Int),
                set(&floats, Class::Float),
                PRegSet::empty(),
            ],
            non_preferred_regs_by_class: [
                set(&saved, Class::Int),
                PRegSet::empty(),
                PRegSet::empty(),
            ],
            scratch_by_class: [
                Some(PReg::new(R11 as usize, RegClass::Int)),
                Some(PReg::new(15, RegClass::Float)),
                None,
            ],
            fixed_stack_slots: Vec::new(),
        }
    }
}
