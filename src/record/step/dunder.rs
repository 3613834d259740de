//! Special methods written in Python become part of the trace, like any call. The interpreter itself would run them inside a
//! native call, where the recorder cannot follow: so the record is pushed here, and the recording loop goes on in it.

use super::super::recorder::{Abort, Rec, Recorder, Reg, Val};
use super::call::argument;
use crate::interp::reg;
use crate::object::def::type_flags;
use crate::object::frame::flag;
use crate::object::function::Function;
use crate::object::slots::BinOp;
use crate::object::{Obj, Value};
use crate::runtime::thread::Thread;
use threadsnake_front::instr::Instr;
use threadsnake_jit::ir::Op as Ir;

/// An operand of an instruction.
#[derive(Clone, Copy)]
pub(super) enum Operand {
    /// In a register, which the instruction empties or not.
    Register(usize, bool),
    /// An immediate.
    Word(Value),
}

impl Recorder {
    /// The method of a binary operator's first operand, if that is the one asked first and is written in Python. See
    /// `interp::operator`.
    pub(super) fn operator_method(
        &mut self,
        th: &Thread,
        i: Instr,
        (op, inplace, imm): (BinOp, bool, bool),
        (y, wy): (Val, Value),
    ) -> Rec<bool> {
        let word = self.word(i.b());
        // SAFETY: words of live registers; a pointer, as the caller has seen.
        let (a, b) = unsafe { (Obj::from_borrowed(word), Obj::from_borrowed(wy)) };
        let (ta, tb) = (th.type_of(&a).clone(), th.type_of(&b).clone());
        let [plain, _, in_place] = &th.rt().names().binary[op as usize];
        let in_place =
            Some(in_place).filter(|_| inplace && ta.slots().inplace[op as usize].is_some());
        let first = ta.obj().is(tb.obj()) || !tb.is_subtype_of(&ta);
        if !ta.has(type_flags::HEAP) || in_place.is_none() && !first {
            return Ok(false);
        }
        // A subclass of the first operand's class would be asked first.
        if wy.is_ptr() {
            if tb.has(type_flags::HEAP) && !self.assume_type(th, &tb) {
                return Ok(false);
            }
            self.of_this_kind(y, wy)?;
        } else if Self::may_be_pointer(y) {
            let y = self.boxed(y);
            let is = self.op(Ir::IsObj, &[y]);
            self.guard(Ir::GuardFalse, &[is], 0);
        }
        let second = match imm {
            true => Operand::Word(wy),
            false => Operand::Register(i.c(), false),
        };
        let operands = [Operand::Register(i.b(), false), second];
        let name = in_place.unwrap_or(plain);
        self.special(th, i, name, &operands, flag::OPERATOR)
    }

    /// `type(o).name(o, …)` for the first of the operands, `o`; the result goes where the instruction says, or nowhere
    /// (`flag::DISCARD`).
    /// `false`: that is no plain Python function, and nothing has happened.
    pub(super) fn special(
        &mut self,
        th: &Thread,
        i: Instr,
        name: &Obj,
        operands: &[Operand],
        flags: u8,
    ) -> Rec<bool> {
        let Operand::Register(first, _) = operands[0] else {
            return Ok(false);
        };
        let word = self.word(first);
        let f = self.running();
        // SAFETY: the running record; a live object in its register.
        let (heap, o) = unsafe { ((*f).flags & flag::HEAP != 0, reg::obj(&word).clone()) };
        if !word.is_ptr() || heap {
            return Ok(false);
        }
        let t = th.type_of(&o).clone();
        let Some(found) = t.lookup(th, name) else {
            return Ok(false);
        };
        let Some(func) = found.exact::<Function>().filter(|f| self.can_enter(f)) else {
            return Ok(false);
        };
        // SAFETY: the caller's code.
        let above = unsafe { &*self.top().code }.front.nregs as usize;
        // SAFETY: the running record's registers, inside the thread's stack.
        let base = unsafe { (*f).base.add(above) };
        let code = func.code();
        // SAFETY: compared only.
        let limit = unsafe { base.add(code.nregs as usize + 1) };
        if operands.len() != code.nparams as usize || !th.has_room(limit) {
            return Ok(false);
        }
        if !self.assume_type(th, &t) {
            return Ok(false);
        }
        self.assume_function(th, func)?;
        let x = self.val(first)?;
        let object = self.object(x).ok_or(Abort::Surprise)?;
        self.guard(Ir::GuardShape, &[object], o.shape_id() as u64);
        for a in operands {
            if let Operand::Register(r, _) = a {
                self.val(*r)?;
            }
        }
        let mut regs: Vec<Reg> = Vec::with_capacity(operands.len());
        for a in operands {
            regs.push(match *a {
                Operand::Register(r, killed) => {
                    let (val, owned) = self.take(r, killed)?;
                    argument(val, owned)
                }
                Operand::Word(w) => argument(Val::Const(w.0), false),
            });
        }
        let dst = match flags {
            flag::DISCARD => 0,
            _ => i.a() as u16,
        };
        let owner = (Val::Const(found.value().0), false);
        let offset = self.top().offset + above;
        self.push_frame(func, regs, offset, dst, flags, owner)?;
        // SAFETY: the record is the running one, at this instruction; there is room; each word gets a reference of its own,
        // or takes that of a register that the instruction empties.
        unsafe {
            for (k, a) in operands.iter().enumerate() {
                let w = match *a {
                    Operand::Register(r, true) => reg::take((*f).base.add(r)),
                    Operand::Register(r, false) => {
                        let w = *(*f).base.add(r);
                        reg::inc(th, w);
                        w
                    }
                    Operand::Word(w) => w,
                };
                *base.add(k) = w;
            }
            for k in operands.len()..code.nlocals as usize {
                *base.add(k) = Value::EMPTY;
            }
            (*f).pc = (*f).pc.add(1);
            let frame = th.function_frame(func, found.clone().into_value(), base, dst, flags);
            th.push_frame(frame);
        }
        self.pushed = true;
        Ok(true)
    }
}
