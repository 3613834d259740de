//! Instruction selection: one IR instruction to lowered ones, with its fused operands.

use super::Lower;
use super::lir::{
    Alu, Class, Fcc, Fp, LInst, Mem, Reg, Rhs, Sh, Tag, Test, TestKind, Un, Width, Zero,
};
use super::lir::{Base, Cc};
use crate::ir::{AliasClass, Block, InstData, Op, Type, Value, boxed};
use crate::options::{Mode, PatchForm};

/// The condition of an integer or bit comparison.
fn int_cc(op: Op) -> Option<Cc> {
    Some(match op {
        Op::Ieq | Op::Veq | Op::Oeq | Op::Peq => Cc::Eq,
        Op::Ine => Cc::Ne,
        Op::Ilt => Cc::Lt,
        Op::Ile => Cc::Le,
        Op::Igt => Cc::Gt,
        Op::Ige => Cc::Ge,
        Op::Ult => Cc::Ult,
        Op::Uge => Cc::Uge,
        _ => return None,
    })
}

/// The condition of a double comparison, and whether the operands are exchanged.
fn float_cc(op: Op) -> Option<(Fcc, bool)> {
    Some(match op {
        Op::Feq => (Fcc::Eq, false),
        Op::Fne => (Fcc::Ne, false),
        Op::Fgt => (Fcc::Gt, false),
        Op::Fge => (Fcc::Ge, false),
        Op::Flt => (Fcc::Gt, true),
        Op::Fle => (Fcc::Ge, true),
        _ => return None,
    })
}

/// Makes a truth value that a test can ask directly.
fn is_question(op: Op) -> bool {
    int_cc(op).is_some()
        || float_cc(op).is_some()
        || matches!(
            op,
            Op::IsInt | Op::IsFloat | Op::IsObj | Op::Fits | Op::Bnot
        )
}

/// Can take its last operand from memory.
fn takes_memory(op: Op) -> bool {
    use Op::*;
    int_cc(op).is_some()
        || float_cc(op).is_some_and(|(_, swapped)| !swapped)
        || matches!(
            op,
            Iadd | Isub
                | Iand
                | Ior
                | Ixor
                | Imul
                | IaddOvf
                | IsubOvf
                | ImulOvf
                | Fadd
                | Fsub
                | Fmul
                | Fdiv
                | UnboxFloat
        )
}

impl Lower<'_> {
    /// Marks the questions and loads of a block that become part of their single user.
    pub(super) fn find_fused(&mut self, b: Block) {
        let f = self.f;
        let insts = &f.blocks[b.index()].insts;
        for (n, i) in insts.iter().enumerate() {
            let user = f.inst(*i);
            let asks = matches!(
                user.op,
                Op::GuardTrue
                    | Op::GuardFalse
                    | Op::Brif
                    | Op::Isel
                    | Op::Fsel
                    | Op::Vsel
                    | Op::Bnot
            );
            if asks && let Some(&c) = user.args.first() {
                let here = f.def(c).is_some_and(|d| is_question(d.op))
                    && insts[..n].iter().any(|j| f.inst(*j).result == Some(c));
                if here && self.uses[c.index()] == 1 {
                    self.fused[c.index()] = true;
                }
            }
            if user.op == Op::GuardFloat {
                self.fuse_unbox(insts, n, user);
            }
            if takes_memory(user.op)
                && let Some(&v) = user.args.last()
            {
                self.fuse_load(insts, n, user, v);
            }
        }
    }

    /// A guard for a double computes the double, if the value is unboxed later in the block; and if nothing else
    /// wants the boxed value, its load is part of that.
    fn fuse_unbox(&mut self, insts: &[crate::ir::Inst], n: usize, guard: &InstData) {
        let f = self.f;
        let v = guard.args[0];
        let unbox = insts[n..]
            .iter()
            .map(|i| f.inst(*i))
            .find(|d| d.op == Op::UnboxFloat && d.args[0] == v);
        let Some(u) = unbox
            .and_then(|d| d.result)
            .filter(|u| self.uses[u.index()] != 0)
        else {
            return;
        };
        // An unboxed form from before the guard keeps its own instruction; so does a second one.
        if self.unboxed_at_guard[v.index()].is_some() || self.opts.exit_every != 0 {
            return;
        }
        self.unboxed_at_guard[v.index()] = Some(u);
        let Some(d) = f
            .def(v)
            .filter(|d| matches!(d.op, Op::LoadVal | Op::LoadxVal))
        else {
            return;
        };
        let Some(at) = insts[..n].iter().position(|j| f.inst(*j).result == Some(v)) else {
            return;
        };
        let written = insts[at + 1..n]
            .iter()
            .any(|j| f.writes(f.inst(*j)).has(d.mem.class));
        // In Multi the slow path, which reads the value again, might find another one.
        let steady = self.mode == Mode::Single || d.mem.class == AliasClass::IMMUTABLE;
        if self.uses[v.index()] == 2 && !written && steady {
            self.fused[v.index()] = true;
        }
    }

    /// A constant twice in the pool, at a multiple of 16.
    fn pool_pair(&mut self, bits: u64) -> Mem {
        let pool = &mut self.out.pool;
        let at = (0..pool.len())
            .step_by(2)
            .find(|n| pool[*n] == bits && pool.get(n + 1) == Some(&bits));
        let n = at.unwrap_or_else(|| {
            if !pool.len().is_multiple_of(2) {
                pool.push(0);
            }
            pool.extend([bits, bits]);
            pool.len() - 2
        });
        Mem::pool(n as u32)
    }

    fn unbox(&mut self, v: Value, dst: Reg, exit: Option<u32>) {
        let src = match self.f.def(v).filter(|_| self.fused[v.index()]) {
            Some(d) => Rhs::Mem(self.mem(d)),
            None => Rhs::Reg(self.use_reg(v)),
        };
        let bias = self.pool_pair(boxed::FLOAT_OFFSET);
        self.current.push(LInst::Unbox {
            dst,
            src,
            bias,
            exit,
        });
    }

    /// A load as last operand: single use, full width, same block, and no write to its class in between. The user
    /// may itself be asked later (a fused comparison), so nothing may write up to that place either; therefore a
    /// comparison takes memory only if its own user is the next instruction.
    fn fuse_load(&mut self, insts: &[crate::ir::Inst], n: usize, user: &InstData, v: Value) {
        let f = self.f;
        let Some(d) = f.def(v) else { return };
        let wide = matches!(
            d.op,
            Op::LoadVal
                | Op::LoadI64
                | Op::LoadF64
                | Op::LoadPtr
                | Op::LoadxVal
                | Op::LoadxI64
                | Op::LoadxF64
        );
        if !wide || self.uses[v.index()] != 1 || user.args.iter().filter(|a| **a == v).count() != 1
        {
            return;
        }
        let Some(at) = insts[..n].iter().position(|j| f.inst(*j).result == Some(v)) else {
            return;
        };
        if insts[at + 1..n]
            .iter()
            .any(|j| f.writes(f.inst(*j)).has(d.mem.class))
        {
            return;
        }
        if is_question(user.op) {
            let next = insts.get(n + 1).map(|j| f.inst(*j));
            if !next.is_some_and(|x| x.args.first() == user.result.as_ref() && x.op != Op::Bnot) {
                return;
            }
        }
        self.fused[v.index()] = true;
    }

    /// The value in a register: constants are made here.
    pub(super) fn use_reg(&mut self, v: Value) -> Reg {
        let Some(bits) = self.f.as_const(v) else {
            return self.reg(v);
        };
        if self.f.ty(v).is_float() {
            let dst = self.new_reg(Class::Float);
            let mem = self.pool(bits);
            self.current.push(LInst::Load {
                dst,
                mem,
                width: Width::F64,
            });
            return dst;
        }
        let dst = self.new_reg(Class::Int);
        self.current.push(LInst::Const { dst, bits });
        dst
    }

    /// A copy of the value: for an operand that must be in a register which the instruction destroys, while its
    /// exit may want the value later.
    fn copy(&mut self, v: Value) -> Reg {
        let src = self.use_reg(v);
        let class = if self.f.ty(v).is_float() {
            Class::Float
        } else {
            Class::Int
        };
        let dst = self.new_reg(class);
        self.current.push(LInst::Move { dst, src });
        dst
    }

    fn pool(&mut self, bits: u64) -> Mem {
        let n = match self.out.pool.iter().position(|c| *c == bits) {
            Some(n) => n,
            None => {
                self.out.pool.push(bits);
                self.out.pool.len() - 1
            }
        };
        Mem::pool(n as u32)
    }

    fn small(&self, v: Value) -> Option<i32> {
        if self.f.ty(v).is_float() {
            return None;
        }
        i32::try_from(self.f.as_const(v)? as i64).ok()
    }

    /// The value as a second operand.
    fn rhs(&mut self, v: Value) -> Rhs {
        if let Some(n) = self.small(v) {
            return Rhs::Imm(n);
        }
        if self.fused[v.index()]
            && let Some(d) = self.f.def(v)
        {
            return Rhs::Mem(self.mem(d));
        }
        if self.f.ty(v) == Type::F64
            && let Some(bits) = self.f.as_const(v)
        {
            return Rhs::Mem(self.pool(bits));
        }
        Rhs::Reg(self.use_reg(v))
    }

    /// The memory operand of a load or store.
    fn mem(&mut self, d: &InstData) -> Mem {
        let scale = d.op.width();
        let mut disp = d.mem.off;
        let mut index = None;
        if d.op.is_indexed() {
            match self
                .small(d.args[1])
                .and_then(|n| n.checked_mul(i32::from(scale))?.checked_add(disp))
            {
                Some(n) => disp = n,
                None => index = Some(self.use_reg(d.args[1])),
            }
        }
        if d.args[0] == self.f.thread() {
            return Mem {
                base: Base::Thread,
                index,
                scale,
                disp,
            };
        }
        Mem {
            base: Base::Reg(self.use_reg(d.args[0])),
            index,
            scale,
            disp,
        }
    }

    /// The question whether `c` is true.
    pub(super) fn test(&mut self, c: Value, not: bool) -> Test {
        let f = self.f;
        if let Some(d) = f.def(c).filter(|_| self.fused[c.index()]) {
            return self.question(d, not);
        }
        Test {
            kind: TestKind::True(self.use_reg(c)),
            not,
        }
    }

    fn question(&mut self, d: &InstData, not: bool) -> Test {
        let a = |n: usize| d.args[n];
        if let Some(cc) = int_cc(d.op) {
            // A constant on the left goes to the right, unless what is there comes from memory.
            let swap = self.f.as_const(a(0)).is_some()
                && self.f.as_const(a(1)).is_none()
                && !self.fused[a(1).index()];
            let (l, r, cc) = if swap {
                (a(1), a(0), cc.swapped())
            } else {
                (a(0), a(1), cc)
            };
            let l = Rhs::Reg(self.use_reg(l));
            let kind = TestKind::Cmp(cc, Width::W64, l, self.rhs(r));
            return Test { kind, not };
        }
        if let Some((cc, swapped)) = float_cc(d.op) {
            let (l, r) = if swapped { (a(1), a(0)) } else { (a(0), a(1)) };
            let l = self.use_reg(l);
            return Test {
                kind: TestKind::Fcmp(cc, l, self.rhs(r)),
                not,
            };
        }
        let tag = match d.op {
            Op::IsInt => Tag::Int,
            Op::IsFloat => Tag::Float,
            Op::IsObj => Tag::Obj,
            Op::Fits => {
                return Test {
                    kind: TestKind::Fits(self.use_reg(a(0))),
                    not,
                };
            }
            _ => return self.test(a(0), !not),
        };
        Test {
            kind: TestKind::Tag(tag, self.use_reg(a(0))),
            not,
        }
    }

    /// Lowers one instruction that is no terminator.
    pub(super) fn inst(&mut self, d: &InstData) {
        use Op::*;
        if d.op.is_const()
            || d.result
                .is_some_and(|v| self.fused[v.index()] || self.done[v.index()])
        {
            return;
        }
        if d.result.is_some_and(|v| self.uses[v.index()] == 0) && !self.f.must_stay(d) {
            return;
        }
        if is_question(d.op) {
            let test = self.question(d, false);
            let dst = self.result(d);
            return self.current.push(LInst::Set { dst, test });
        }
        match d.op {
            Iadd | Isub | Imul | Iand | Ior | Ixor | Band | Bor | Bxor => self.alu(d),
            IaddOvf | IsubOvf | ImulOvf => self.alu_ovf(d),
            Ineg => self.un(Un::Neg, d),
            Inot => self.un(Un::Not, d),
            Ishl | Isar | Ishr => {
                let op = match d.op {
                    Ishl => Sh::Shl,
                    Isar => Sh::Sar,
                    _ => Sh::Shr,
                };
                let a = self.use_reg(d.args[0]);
                let b = match self.small(d.args[1]) {
                    Some(n) => Rhs::Imm(n & 63),
                    None => Rhs::Reg(self.use_reg(d.args[1])),
                };
                let dst = self.result(d);
                self.current.push(LInst::Shift { op, dst, a, b });
            }
            IshlOvf => {
                let (a, b) = (self.use_reg(d.args[0]), self.use_reg(d.args[1]));
                let (exit, dst) = (self.exit(d), self.result(d));
                self.current.push(LInst::ShlOvf { dst, a, b, exit });
            }
            Idiv | Imod => {
                let (a, b) = (self.copy(d.args[0]), self.use_reg(d.args[1]));
                let (exit, dst) = (self.exit(d), self.result(d));
                self.current.push(LInst::Div {
                    rem: d.op == Imod,
                    dst,
                    a,
                    b,
                    exit,
                });
            }
            Isel | Fsel | Vsel => {
                let (a, b) = (self.use_reg(d.args[1]), self.use_reg(d.args[2]));
                let test = self.test(d.args[0], false);
                let dst = self.result(d);
                self.current.push(LInst::Select { dst, test, a, b });
            }
            Fadd | Fsub | Fmul | Fdiv => {
                let op = match d.op {
                    Fadd => Fp::Add,
                    Fsub => Fp::Sub,
                    Fmul => Fp::Mul,
                    _ => Fp::Div,
                };
                let a = self.use_reg(d.args[0]);
                let b = self.rhs(d.args[1]);
                let dst = self.result(d);
                self.current.push(LInst::Falu { op, dst, a, b });
            }
            Fneg => self.un(Un::Fneg, d),
            Fabs => self.un(Un::Fabs, d),
            Fsqrt => self.un(Un::Fsqrt, d),
            Ffloor => self.un(Un::Ffloor, d),
            Fceil => self.un(Un::Fceil, d),
            Ftrunc => self.un(Un::Ftrunc, d),
            I2f => self.un(Un::I2f, d),
            Fbits => self.un(Un::Fbits, d),
            Bitsf => self.un(Un::Bitsf, d),
            BoxInt => self.un(Un::BoxInt, d),
            UnboxInt => self.un(Un::UnboxInt, d),
            BoxFloat => self.un(Un::BoxFloat, d),
            UnboxFloat => {
                let dst = self.result(d);
                self.unbox(d.args[0], dst, None);
            }
            F2i => {
                let a = self.use_reg(d.args[0]);
                let (exit, dst) = (self.exit(d), self.result(d));
                self.current.push(LInst::F2i { dst, a, exit });
            }
            // False is 6 and True is 7.
            BoxBool => self.alu_imm(Alu::Add, d, boxed::FALSE as i32),
            UnboxBool => self.alu_imm(Alu::And, d, 1),
            B2i | BoxObj | UnboxObj | ObjPtr => self.alias(d),
            Padd => {
                let mem = Mem::at(self.use_reg(d.args[0]), d.imm as i32);
                let dst = self.result(d);
                self.current.push(LInst::Lea { dst, mem });
            }
            _ if d.op.info().behaviour.load => {
                let (mem, width) = (self.mem(d), width(d.op));
                let dst = self.result(d);
                self.current.push(LInst::Load { dst, mem, width });
            }
            _ if d.op.info().behaviour.store => {
                let (mem, width) = (self.mem(d), width(d.op));
                let v = d.args[d.args.len() - 1];
                let src = match self.small(v) {
                    Some(n) => Rhs::Imm(n),
                    None => Rhs::Reg(self.use_reg(v)),
                };
                self.current.push(LInst::Store { mem, src, width });
            }
            _ => self.effect(d),
        }
    }

    fn effect(&mut self, d: &InstData) {
        use Op::*;
        match d.op {
            GuardTrue | GuardFalse => {
                let test = self.test(d.args[0], d.op == GuardFalse);
                self.guard(d, test.kind, test.not);
            }
            GuardShape => {
                let a = Rhs::Mem(Mem::at(self.use_reg(d.args[0]), boxed::SHAPE));
                // Compared as 32 bits: the immediate's sign does not matter.
                self.guard(
                    d,
                    TestKind::Cmp(Cc::Eq, Width::U32, a, Rhs::Imm(d.imm as u32 as i32)),
                    false,
                );
            }
            GuardVal => {
                let a = Rhs::Reg(self.use_reg(d.args[0]));
                let b = match i32::try_from(d.imm as i64) {
                    Ok(n) => Rhs::Imm(n),
                    Err(_) => {
                        let dst = self.new_reg(Class::Int);
                        self.current.push(LInst::Const { dst, bits: d.imm });
                        Rhs::Reg(dst)
                    }
                };
                self.guard(d, TestKind::Cmp(Cc::Eq, Width::W64, a, b), false);
            }
            GuardFloat
                if self.unboxed_at_guard[d.args[0].index()]
                    .is_some_and(|u| !self.done[u.index()]) =>
            {
                let v = d.args[0];
                let Some(u) = self.unboxed_at_guard[v.index()] else {
                    return;
                };
                self.done[u.index()] = true;
                let (exit, dst) = (self.exit(d), self.reg(u));
                self.unbox(v, dst, Some(exit));
            }
            GuardObj | GuardInt | GuardFloat => {
                let tag = match d.op {
                    GuardObj => Tag::Obj,
                    GuardInt => Tag::Int,
                    _ => Tag::Float,
                };
                let r = self.use_reg(d.args[0]);
                self.guard(d, TestKind::Tag(tag, r), false);
            }
            GuardBool => {
                // False is 6, True is 7: the value without its last bit is 6.
                let (a, dst) = (self.use_reg(d.args[0]), self.new_reg(Class::Int));
                self.current.push(LInst::Alu {
                    op: Alu::And,
                    dst,
                    a,
                    b: Rhs::Imm(-2),
                });
                let kind = TestKind::Cmp(
                    Cc::Eq,
                    Width::W64,
                    Rhs::Reg(dst),
                    Rhs::Imm(boxed::FALSE as i32),
                );
                self.guard(d, kind, false);
            }
            GuardNotEmpty => {
                let r = self.use_reg(d.args[0]);
                self.guard(d, TestKind::True(r), false);
            }
            GuardFit => {
                let r = self.use_reg(d.args[0]);
                self.guard(d, TestKind::Fits(r), false);
            }
            Incref | IncrefVal => {
                let obj = self.use_reg(d.args[0]);
                self.current.push(LInst::RcInc {
                    obj,
                    owner: self.owner,
                    tagged: d.op == IncrefVal,
                });
            }
            Publish if self.mode == Mode::Multi => {
                let obj = self.use_reg(d.args[0]);
                self.current.push(LInst::Publish { obj });
            }
            Decref | DecrefLeaf | DecrefLive | DecrefGuard | DecrefVal => {
                let obj = self.use_reg(d.args[0]);
                let (zero, exit) = match d.op {
                    DecrefLive => (Zero::Never, None),
                    DecrefGuard => (Zero::Leave, Some(self.exit(d))),
                    _ => (Zero::Destroy, d.snap.map(|_| self.exit(d))),
                };
                self.current.push(LInst::RcDec {
                    obj,
                    owner: self.owner,
                    tagged: d.op == DecrefVal,
                    zero,
                    exit,
                });
            }
            Alloc => {
                let (exit, dst) = (self.exit(d), self.result(d));
                let mut info = d.alloc;
                if self.mode == Mode::Single {
                    info.flags |= self.opts.layout.thread.single_flags;
                }
                self.current.push(LInst::Alloc { dst, info, exit });
            }
            Call if self.replace(d) => {}
            Call => {
                let seen = d.snap.is_some();
                let args = d
                    .args
                    .iter()
                    .map(|v| {
                        if seen {
                            self.copy(*v)
                        } else {
                            self.use_reg(*v)
                        }
                    })
                    .collect();
                let exit = d.snap.map(|_| self.exit(d));
                let ret = d.result.map(|v| self.reg(v));
                let helper = d.helper.map_or(0, |h| h.0);
                self.current.push(LInst::Call {
                    helper,
                    args,
                    ret,
                    exit,
                });
            }
            Enter => {
                let (entry, base) = (self.use_reg(d.args[0]), self.use_reg(d.args[1]));
                let dst = self.result(d);
                self.current.push(LInst::Enter { dst, entry, base });
            }
            Safepoint => self.safepoint(d),
            Patch => {
                let exit = self.exit(d);
                self.current.push(LInst::PatchNop { exit });
            }
            _ => {}
        }
    }

    /// Single: the back edges themselves, or a flag. Multi: the guard word.
    fn safepoint(&mut self, d: &InstData) {
        let t = &self.opts.layout.thread;
        let zero = Rhs::Imm(0);
        match (self.mode, self.opts.patch_form) {
            (Mode::Single, PatchForm::Displacement) => {
                let exit = self.exit(d);
                self.current.push(LInst::LoopHead { exit });
            }
            (Mode::Single, PatchForm::Flag) => {
                let flag = Rhs::Mem(Mem::thread(t.flag));
                self.guard(d, TestKind::Cmp(Cc::Eq, Width::U32, flag, zero), false);
            }
            (Mode::Multi, _) => {
                let word = Rhs::Mem(Mem::thread(t.guard_word));
                let least = Rhs::Imm(t.guard_least);
                self.guard(d, TestKind::Cmp(Cc::Ult, Width::U32, word, least), false);
            }
        }
    }

    /// Loads this thread's owner slot, once, at entry. The four bytes there hold more than the slot; comparisons
    /// use the low 16 bits only.
    pub(super) fn load_owner(&mut self) {
        let dst = self.new_reg(Class::Int);
        let mem = Mem::thread(self.opts.layout.thread.owner_slot);
        self.current.push(LInst::Load {
            dst,
            mem,
            width: Width::U32,
        });
        self.owner = Some(dst);
    }

    fn guard(&mut self, d: &InstData, mut kind: TestKind, mut not: bool) {
        let exit = self.exit(d);
        let forced = d.snap.is_some_and(|s| !self.f.snaps[s.index()].otherwise);
        if self.opts.exit_every != 0 && forced {
            self.guards += 1;
            if self.guards.is_multiple_of(self.opts.exit_every) {
                let dst = self.new_reg(Class::Int);
                self.current.push(LInst::Const { dst, bits: 0 });
                (kind, not) = (TestKind::True(dst), false);
            }
        }
        self.current.push(LInst::Guard {
            test: Test { kind, not },
            exit,
        });
    }

    fn result(&mut self, d: &InstData) -> Reg {
        match d.result {
            Some(v) => self.reg(v),
            None => self.new_reg(Class::Int),
        }
    }

    fn un(&mut self, op: Un, d: &InstData) {
        let a = self.use_reg(d.args[0]);
        let dst = self.result(d);
        self.current.push(LInst::Un { op, dst, a });
    }

    fn alu_imm(&mut self, op: Alu, d: &InstData, n: i32) {
        let a = self.use_reg(d.args[0]);
        let dst = self.result(d);
        self.current.push(LInst::Alu {
            op,
            dst,
            a,
            b: Rhs::Imm(n),
        });
    }

    /// The result is the operand's register.
    fn alias(&mut self, d: &InstData) {
        let r = self.use_reg(d.args[0]);
        if let Some(v) = d.result {
            self.regs[v.index()] = Some(r);
        }
    }

    fn alu_parts(&mut self, d: &InstData) -> (Alu, Reg, Reg, Rhs) {
        use Op::*;
        let op = match d.op {
            Iadd | IaddOvf => Alu::Add,
            Isub | IsubOvf => Alu::Sub,
            Imul | ImulOvf => Alu::Mul,
            Iand | Band => Alu::And,
            Ior | Bor => Alu::Or,
            _ => Alu::Xor,
        };
        let (mut l, mut r) = (d.args[0], d.args[1]);
        if d.op.commutes()
            && self.small(l).is_some()
            && self.small(r).is_none()
            && !self.fused[r.index()]
        {
            (l, r) = (r, l);
        }
        let a = self.use_reg(l);
        let b = self.rhs(r);
        (op, self.result(d), a, b)
    }

    fn alu(&mut self, d: &InstData) {
        let (op, dst, a, b) = self.alu_parts(d);
        self.current.push(LInst::Alu { op, dst, a, b });
    }

    fn alu_ovf(&mut self, d: &InstData) {
        let exit = self.exit(d);
        let (op, dst, a, b) = self.alu_parts(d);
        self.current.push(LInst::AluOvf {
            op,
            dst,
            a,
            b,
            exit,
        });
    }
}

/// The width of a load or store.
fn width(op: Op) -> Width {
    match op {
        Op::LoadF64 | Op::LoadxF64 | Op::StoreF64 | Op::StorexF64 => Width::F64,
        Op::LoadI32 | Op::LoadxI32 => Width::I32,
        _ => match op.width() {
            1 => Width::U8,
            4 => Width::U32,
            _ => Width::W64,
        },
    }
}
