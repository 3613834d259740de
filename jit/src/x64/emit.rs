//! From the lowered form with registers to bytes: the hot part. The expected path falls through; what is not
//! expected is a forward branch to the cold part, see [`super::cold`].

use super::asm::{
    self, ADD, AND, Asm, CMP, CMP32, Group, Label, OR, SUB, XOR, at, cond, mem, r8, r32, r64, xmm,
};
use super::cold::{CallSite, Cold, Emitted, PatchKind};
use super::gpr::*;
use crate::ir::{HelperDecl, boxed};
use crate::lower::lir::{
    Alu, Class, ExitId, Fcc, Fp, LFunc, LInst, Reg, Rhs, Sh, Tag, Test, TestKind, Un, Width,
};
use crate::options::{Mode, Options};
use iced_x86::{Code, Register};

/// When a test holds, in terms of flags.
#[derive(Clone, Copy)]
pub(super) enum Flags {
    /// This condition.
    One(u8),
    /// Equal and not unordered.
    Equal,
    /// Not equal, or unordered.
    NotEqual,
}

impl Flags {
    fn not(self) -> Flags {
        match self {
            Flags::One(c) => Flags::One(c ^ 1),
            Flags::Equal => Flags::NotEqual,
            Flags::NotEqual => Flags::Equal,
        }
    }
}

pub(super) struct Emit<'a> {
    pub f: &'a LFunc,
    pub helpers: &'a [HelperDecl],
    pub opts: &'a Options,
    pub asm: Asm,
    pub blocks: Vec<Label>,
    pub cold: Cold,
}

/// Encodes an allocated function. The code is independent of where it will lie.
///
/// # Errors
/// An instruction that cannot be encoded: a bug of ours.
pub fn emit(
    f: &LFunc,
    helpers: &[HelperDecl],
    mode: Mode,
    opts: &Options,
) -> Result<Emitted, String> {
    let mut asm = Asm::new().map_err(|e| e.to_string())?;
    for c in &f.pool {
        asm.bytes(&c.to_le_bytes());
    }
    asm.align(16);
    let blocks = f.blocks.iter().map(|_| asm.label()).collect();
    let cold = Cold::new(f, mode, &mut asm);
    let mut e = Emit {
        f,
        helpers,
        opts,
        asm,
        blocks,
        cold,
    };
    e.cold.entry = e.asm.pos();
    e.prologue();
    for n in 0..f.blocks.len() {
        if n != 0 && e.only_jump(n).is_some() {
            continue;
        }
        if f.blocks[n].header {
            e.asm.align(16);
        }
        let l = e.blocks[n];
        e.asm.bind(l);
        e.cold.block_starts.push((e.asm.pos(), n as u32));
        for (k, inst) in f.blocks[n].insts.iter().enumerate() {
            if matches!(inst, LInst::LoopHead { .. }) {
                // What register allocation put before the head belongs to whoever leaves at a patched back edge.
                e.cold.head_moves.push((
                    inst.exit().map_or(0, |x| x.0),
                    f.blocks[n].insts[..k].to_vec(),
                ));
            }
            e.inst(n, inst);
        }
    }
    e.finish_cold()
}

impl Emit<'_> {
    /// Where a block goes that does nothing but jump forward. Such a block is not emitted; who goes to it goes on.
    fn only_jump(&self, n: usize) -> Option<usize> {
        match self.f.blocks[n].insts[..] {
            [LInst::Jump { to, .. }] if to as usize > n => Some(to as usize),
            _ => None,
        }
    }

    /// The block that is reached by going to block `n`.
    fn reached(&self, mut n: usize) -> usize {
        while let Some(to) = self.only_jump(n) {
            n = to;
        }
        n
    }

    /// Whether going to block `to` is to go on after block `n`.
    fn falls_through(&self, n: usize, to: usize) -> bool {
        to > n && (n + 1..to).all(|k| self.only_jump(k).is_some())
    }

    fn prologue(&mut self) {
        self.asm.r(Code::Push_r64, Register::RBP);
        self.asm.mov(RBP, RSP);
        for r in [RBX, R12, R13, R14, R15] {
            self.asm.r(Code::Push_r64, r64(r));
        }
        // With the return address and six pushes the stack is 8 off 16; one scratch word and the slots follow.
        let words = (self.f.slots as i32 + 1) | 1;
        self.asm.alu(SUB, RSP, Rhs::Imm(words * 8));
        self.asm.mov(R15, RDI);
    }

    /// Jumps to `l` if the flags say so.
    pub(super) fn branch_if(&mut self, flags: Flags, l: Label) {
        match flags {
            Flags::One(c) => self.asm.jcc(c, l),
            Flags::NotEqual => {
                self.asm.jcc(cond::NE, l);
                self.asm.jcc(cond::P, l);
            }
            Flags::Equal => {
                let over = self.asm.label();
                self.asm.jcc(cond::P, over);
                self.asm.jcc(cond::E, l);
                self.asm.bind(over);
            }
        }
    }

    /// Leaves through `exit` if the flags say so.
    pub(super) fn exit_if(&mut self, flags: Flags, exit: ExitId) {
        let l = self.cold.exits[exit as usize];
        self.branch_if(flags, l);
    }

    /// Sets the flags and says when the test holds.
    fn test(&mut self, t: &Test) -> Flags {
        let flags = match t.kind {
            TestKind::Cmp(c, w, a, b) => Flags::One(self.compare(c, w, a, b)),
            TestKind::Fcmp(c, a, b) => {
                let code = Code::Ucomisd_xmm_xmmm64;
                match b {
                    Rhs::Mem(m) => self.asm.rm(code, asm::full(a), mem(&m)),
                    Rhs::Reg(r) => self.asm.rr(code, asm::full(a), asm::full(r)),
                    Rhs::Imm(_) => {}
                }
                match c {
                    Fcc::Eq => Flags::Equal,
                    Fcc::Ne => Flags::NotEqual,
                    Fcc::Gt => Flags::One(cond::A),
                    Fcc::Ge => Flags::One(cond::AE),
                }
            }
            TestKind::True(r) => {
                self.asm.rr(Code::Test_rm64_r64, r64(r.hw()), r64(r.hw()));
                Flags::One(cond::NE)
            }
            TestKind::Tag(tag, r) => Flags::One(self.tag(tag, r.hw())),
            TestKind::Fits(r) => {
                self.asm.mov(R11, r.hw());
                self.asm.shift(Code::Shl_rm64_imm8, R11, 15);
                self.asm.shift(Code::Sar_rm64_imm8, R11, 15);
                self.asm.alu(CMP, R11, Rhs::Reg(r));
                Flags::One(cond::E)
            }
        };
        if t.not { flags.not() } else { flags }
    }

    /// The condition under which the value has the tag.
    pub(super) fn tag(&mut self, tag: Tag, r: u8) -> u8 {
        let a = &mut self.asm;
        match tag {
            // The upper 15 bits of an integer are ones.
            Tag::Int => {
                a.mov(R11, r);
                a.shift(Code::Shr_rm64_imm8, R11, 49);
                a.ri(CMP32.i32, r32(R11), 0x7FFF);
                cond::E
            }
            // The upper 15 bits of a double are from 1 to 0x7FFE.
            Tag::Float => {
                a.mov(R11, r);
                a.shift(Code::Shr_rm64_imm8, R11, 49);
                a.ri(Code::Sub_rm32_imm8, r32(R11), 1);
                a.ri(CMP32.i32, r32(R11), 0x7FFE);
                cond::B
            }
            // A pointer is from 16 up to 2^48; below are other immediates, above are doubles from 2^49 on.
            Tag::Obj => {
                a.rm(Code::Lea_r64_m, r64(R11), at(r, -16));
                a.shift(Code::Shr_rm64_imm8, R11, 48);
                cond::E
            }
        }
    }

    fn compare(&mut self, c: crate::lower::lir::Cc, w: Width, a: Rhs, b: Rhs) -> u8 {
        match (a, b, w) {
            (Rhs::Mem(m), Rhs::Imm(n), Width::U8) => self.asm.mi(Code::Cmp_rm8_imm8, mem(&m), n),
            (Rhs::Mem(m), Rhs::Imm(n), Width::U32) => {
                let small = i8::try_from(n).is_ok();
                self.asm
                    .mi(if small { CMP32.i8 } else { CMP32.i32 }, mem(&m), n);
            }
            // Sets the same flags as a comparison with 0.
            (Rhs::Reg(r), Rhs::Imm(0), _) => {
                self.asm.rr(Code::Test_rm64_r64, r64(r.hw()), r64(r.hw()));
            }
            (Rhs::Reg(r), b, _) => self.asm.alu(CMP, r.hw(), b),
            _ => {
                self.asm
                    .error
                    .get_or_insert("comparison in an unexpected form".into());
            }
        }
        asm::cc(c)
    }

    fn inst(&mut self, block: usize, inst: &LInst) {
        match inst {
            LInst::Move { dst, src } => self.place_move(*dst, *src),
            // The prologue has copied the thread; its argument register still holds it.
            LInst::Entry { .. } => {}
            LInst::Const { dst, bits } => self.asm.constant(dst.hw(), *bits),
            LInst::Alu { op, dst, a, b } => self.alu(*op, dst.hw(), a.hw(), *b),
            LInst::AluOvf {
                op,
                dst,
                a,
                b,
                exit,
            } => {
                self.alu(*op, dst.hw(), a.hw(), *b);
                if matches!(op, Alu::Add | Alu::Sub) {
                    self.cold.undo[*exit as usize] = Some((*op, dst.hw(), *b));
                }
                self.exit_if(Flags::One(cond::O), *exit);
            }
            LInst::Shift { op, dst, b, .. } => {
                let (by_cl, by_imm) = match op {
                    Sh::Shl => (Code::Shl_rm64_CL, Code::Shl_rm64_imm8),
                    Sh::Sar => (Code::Sar_rm64_CL, Code::Sar_rm64_imm8),
                    Sh::Shr => (Code::Shr_rm64_CL, Code::Shr_rm64_imm8),
                };
                match b {
                    Rhs::Imm(n) => self.asm.shift(by_imm, dst.hw(), *n),
                    _ => self.asm.rr(by_cl, r64(dst.hw()), Register::CL),
                }
            }
            LInst::ShlOvf { dst, a, exit, .. } => {
                self.asm.alu(CMP, RCX, Rhs::Imm(64));
                self.exit_if(Flags::One(cond::AE), *exit);
                self.asm.mov(dst.hw(), a.hw());
                self.asm.rr(Code::Shl_rm64_CL, r64(dst.hw()), Register::CL);
                self.asm.mov(R11, dst.hw());
                self.asm.rr(Code::Sar_rm64_CL, r64(R11), Register::CL);
                self.asm.alu(CMP, R11, Rhs::Reg(*a));
                self.exit_if(Flags::One(cond::NE), *exit);
            }
            LInst::Un { op, dst, a } => self.un(*op, *dst, *a),
            LInst::Div { rem, b, exit, .. } => self.div(*rem, *b, *exit),
            LInst::F2i { dst, a, exit } => {
                self.asm
                    .rr(Code::Cvttsd2si_r64_xmmm64, r64(dst.hw()), asm::full(*a));
                // What does not fit gives the smallest integer, the only one that cannot lose 1.
                self.asm.alu(CMP, dst.hw(), Rhs::Imm(1));
                self.exit_if(Flags::One(cond::O), *exit);
            }
            LInst::Unbox {
                dst,
                src,
                bias,
                exit,
            } => {
                let x = asm::full(*dst);
                match src {
                    Rhs::Mem(m) => self.asm.rm(Code::Movsd_xmm_xmmm64, x, mem(m)),
                    Rhs::Reg(r) => self.asm.rr(Code::Movq_xmm_rm64, x, r64(r.hw())),
                    Rhs::Imm(_) => {}
                }
                self.asm.rm(Code::Psubq_xmm_xmmm128, x, mem(bias));
                if let Some(exit) = exit {
                    // What is no double has become a NaN. The slow path tells it from a NaN that is one.
                    self.asm.rr(Code::Ucomisd_xmm_xmmm64, x, x);
                    let (slow, done) = (self.asm.label(), self.asm.label());
                    self.asm.jcc(cond::P, slow);
                    self.asm.bind(done);
                    self.cold.nans.push((slow, done, *src, *exit));
                }
            }
            LInst::Falu { op, dst, b, .. } => {
                let code = match op {
                    Fp::Add => Code::Addsd_xmm_xmmm64,
                    Fp::Sub => Code::Subsd_xmm_xmmm64,
                    Fp::Mul => Code::Mulsd_xmm_xmmm64,
                    Fp::Div => Code::Divsd_xmm_xmmm64,
                };
                match b {
                    Rhs::Mem(m) => self.asm.rm(code, asm::full(*dst), mem(m)),
                    Rhs::Reg(r) => self.asm.rr(code, asm::full(*dst), asm::full(*r)),
                    Rhs::Imm(_) => {}
                }
            }
            LInst::Set { dst, test } => {
                let flags = self.test(test);
                self.set(flags, dst.hw());
            }
            LInst::Select { dst, test, a, .. } => {
                let flags = self.test(test);
                match (flags, dst) {
                    (Flags::One(c), Reg::P(_, Class::Int)) => {
                        self.asm.rr(asm::cmovcc(c), r64(dst.hw()), r64(a.hw()))
                    }
                    _ => {
                        let over = self.asm.label();
                        self.branch_if(flags.not(), over);
                        self.place_move(*dst, *a);
                        self.asm.bind(over);
                    }
                }
            }
            LInst::Guard { test, exit } => {
                let flags = self.test(test);
                self.exit_if(flags.not(), *exit);
            }
            LInst::Load { dst, mem: m, width } => {
                let (code, reg) = match width {
                    Width::U8 => (Code::Movzx_r32_rm8, r32(dst.hw())),
                    Width::U32 => (Code::Mov_r32_rm32, r32(dst.hw())),
                    Width::I32 => (Code::Movsxd_r64_rm32, r64(dst.hw())),
                    Width::W64 => (Code::Mov_r64_rm64, r64(dst.hw())),
                    Width::F64 => (Code::Movsd_xmm_xmmm64, xmm(dst.hw())),
                };
                self.asm.rm(code, reg, mem(m));
            }
            LInst::Store { mem: m, src, width } => self.store(m, *src, *width),
            LInst::Lea { dst, mem: m } => self.asm.rm(Code::Lea_r64_m, r64(dst.hw()), mem(m)),
            LInst::Call { helper, exit, .. } => {
                let h = &self.helpers[*helper as usize];
                self.call_address(h.addr, &h.name);
                if let Some(e) = exit {
                    self.cold.calls.push(CallSite {
                        returns_to: self.asm.pos(),
                        exit: *e,
                    });
                }
            }
            LInst::Enter { entry, .. } => {
                self.asm.mov(RDI, R15);
                self.asm.r(Code::Call_rm64, r64(entry.hw()));
            }
            LInst::RcInc { obj, owner, tagged } => self.count(*obj, *owner, *tagged, None),
            LInst::Publish { obj } => self.publish(obj.hw()),
            LInst::RcDec {
                obj,
                owner,
                tagged,
                zero,
                exit,
            } => self.count(*obj, *owner, *tagged, Some((*zero, *exit))),
            LInst::Alloc { dst, info, exit } => self.alloc(dst.hw(), *info, *exit),
            LInst::Replace(i) => self.replace(*i),
            LInst::LoopHead { exit } => self.cold.heads.push((block as u32, *exit)),
            LInst::PatchNop { exit } => {
                // Inside one aligned word of 8 bytes, so that one store replaces it.
                while self.asm.pos() % 8 > 3 {
                    self.asm.nop(8 - self.asm.pos() % 8);
                }
                let at = self.asm.pos();
                self.asm.nop(5);
                self.cold.patch(PatchKind::Nop, at, *exit);
            }
            LInst::Jump { to, .. } => self.jump(block, *to),
            LInst::Br { test, then, other } => {
                let flags = self.test(test);
                let (then, other) = (self.reached(*then as usize), self.reached(*other as usize));
                if self.falls_through(block, other) {
                    let l = self.blocks[then];
                    self.branch_if(flags, l);
                } else {
                    let l = self.blocks[other];
                    self.branch_if(flags.not(), l);
                    self.jump(block, then as u32);
                }
            }
            LInst::Exit { exit } => {
                let l = self.cold.exits[*exit as usize];
                self.asm.jmp(l);
            }
            LInst::Ret { v } => {
                let base = self.data(R11);
                let returned = at(base, self.opts.layout.thread.returned);
                self.asm.mr(Code::Mov_rm64_r64, returned, r64(v.hw()));
                self.asm.constant(RAX, u64::from(crate::RETURNED));
                let l = self.cold.epilogue;
                self.asm.jmp(l);
            }
        }
    }

    /// Goes to a block: falls through, jumps, or jumps back through a patchable displacement.
    fn jump(&mut self, block: usize, to: u32) {
        let to = self.reached(to as usize) as u32;
        let l = self.blocks[to as usize];
        if self.falls_through(block, to as usize) {
            return;
        }
        let head = self.cold.heads.iter().find(|(b, _)| *b == to).copied();
        match head.filter(|_| to as usize <= block) {
            Some((_, exit)) => {
                let at = self.asm.jmp_aligned(l);
                self.cold.patch(PatchKind::Jump, at, exit);
            }
            None => self.asm.jmp(l),
        }
    }

    pub(super) fn set(&mut self, flags: Flags, dst: u8) {
        let (d8, d32) = (r8(dst), r32(dst));
        match flags {
            Flags::One(c) => self.asm.r(asm::setcc(c), d8),
            Flags::Equal => {
                self.asm.r(asm::setcc(cond::NP), r8(R11));
                self.asm.r(asm::setcc(cond::E), d8);
                self.asm.rr(Code::And_rm8_r8, d8, r8(R11));
            }
            Flags::NotEqual => {
                self.asm.r(asm::setcc(cond::P), r8(R11));
                self.asm.r(asm::setcc(cond::NE), d8);
                self.asm.rr(Code::Or_rm8_r8, d8, r8(R11));
            }
        }
        self.asm.rr(Code::Movzx_r32_rm8, d32, d8);
    }

    pub(super) fn place_move(&mut self, dst: Reg, src: Reg) {
        match (dst, src) {
            (Reg::S(n), Reg::P(r, Class::Int)) => self.asm.mr(Code::Mov_rm64_r64, slot(n), r64(r)),
            (Reg::S(n), Reg::P(r, Class::Float)) => {
                self.asm.mr(Code::Movsd_xmmm64_xmm, slot(n), xmm(r))
            }
            (Reg::P(r, Class::Int), Reg::S(n)) => self.asm.rm(Code::Mov_r64_rm64, r64(r), slot(n)),
            (Reg::P(r, Class::Float), Reg::S(n)) => {
                self.asm.rm(Code::Movsd_xmm_xmmm64, xmm(r), slot(n))
            }
            (Reg::P(d, Class::Int), Reg::P(s, Class::Int)) => self.asm.mov(d, s),
            (Reg::P(d, Class::Float), Reg::P(s, Class::Float)) => {
                if d != s {
                    self.asm.rr(Code::Movaps_xmm_xmmm128, xmm(d), xmm(s));
                }
            }
            _ => {
                self.asm
                    .error
                    .get_or_insert(format!("cannot move {src} to {dst}"));
            }
        }
    }

    fn group(op: Alu) -> Option<Group> {
        Some(match op {
            Alu::Add => ADD,
            Alu::Sub => SUB,
            Alu::And => AND,
            Alu::Or => OR,
            Alu::Xor => XOR,
            Alu::Mul => return None,
        })
    }

    pub(super) fn alu(&mut self, op: Alu, dst: u8, a: u8, b: Rhs) {
        match (Self::group(op), b) {
            (Some(g), b) => {
                self.asm.mov(dst, a);
                self.asm.alu(g, dst, b);
            }
            (None, Rhs::Imm(n)) => {
                let small = i8::try_from(n).is_ok();
                let code = if small {
                    Code::Imul_r64_rm64_imm8
                } else {
                    Code::Imul_r64_rm64_imm32
                };
                self.asm
                    .put(iced_x86::Instruction::with3(code, r64(dst), r64(a), n));
            }
            (None, Rhs::Reg(r)) => self.asm.rr(Code::Imul_r64_rm64, r64(dst), r64(r.hw())),
            (None, Rhs::Mem(m)) => self.asm.rm(Code::Imul_r64_rm64, r64(dst), mem(&m)),
        }
    }

    fn store(&mut self, m: &crate::lower::lir::Mem, src: Rhs, width: Width) {
        let m = mem(m);
        match (src, width) {
            (Rhs::Imm(n), Width::U8) => self.asm.mi(Code::Mov_rm8_imm8, m, i32::from(n as i8)),
            (Rhs::Imm(n), Width::U32 | Width::I32) => self.asm.mi(Code::Mov_rm32_imm32, m, n),
            (Rhs::Imm(n), _) => self.asm.mi(Code::Mov_rm64_imm32, m, n),
            (Rhs::Reg(r), Width::U8) => self.asm.mr(Code::Mov_rm8_r8, m, r8(r.hw())),
            (Rhs::Reg(r), Width::U32 | Width::I32) => {
                self.asm.mr(Code::Mov_rm32_r32, m, r32(r.hw()))
            }
            (Rhs::Reg(r), Width::W64) => self.asm.mr(Code::Mov_rm64_r64, m, r64(r.hw())),
            (Rhs::Reg(r), Width::F64) => self.asm.mr(Code::Movsd_xmmm64_xmm, m, xmm(r.hw())),
            (Rhs::Mem(_), _) => {
                self.asm.error.get_or_insert("store of memory".into());
            }
        }
    }

    fn un(&mut self, op: Un, dst: Reg, a: Reg) {
        let (d, s) = (dst.hw(), a.hw());
        let (df, sf) = (xmm(d), xmm(s));
        let asm = &mut self.asm;
        let round = |asm: &mut Asm, n: i32| {
            asm.put(iced_x86::Instruction::with3(
                Code::Roundsd_xmm_xmmm64_imm8,
                df,
                sf,
                n,
            ));
        };
        match op {
            Un::Neg => asm.r(Code::Neg_rm64, r64(d)),
            Un::Not => asm.r(Code::Not_rm64, r64(d)),
            Un::Fneg | Un::Fabs => {
                let neg = op == Un::Fneg;
                asm.constant(R11, if neg { 1 << 63 } else { !(1 << 63) });
                asm.rr(Code::Movq_xmm_rm64, xmm(15), r64(R11));
                asm.rr(
                    if neg {
                        Code::Xorpd_xmm_xmmm128
                    } else {
                        Code::Andpd_xmm_xmmm128
                    },
                    df,
                    xmm(15),
                );
            }
            Un::Fsqrt => asm.rr(Code::Sqrtsd_xmm_xmmm64, df, sf),
            Un::Ffloor => round(asm, 9),
            Un::Fceil => round(asm, 10),
            Un::Ftrunc => round(asm, 11),
            Un::I2f => {
                // The conversion keeps the upper half, and so would wait for the register's last value.
                asm.rr(Code::Xorps_xmm_xmmm128, df, df);
                asm.rr(Code::Cvtsi2sd_xmm_rm64, df, r64(s));
            }
            Un::Fbits => asm.rr(Code::Movq_rm64_xmm, r64(d), sf),
            Un::Bitsf => asm.rr(Code::Movq_xmm_rm64, df, r64(s)),
            Un::BoxInt => {
                // Fifteen ones go in below and are rotated to the top.
                asm.shift(Code::Shl_rm64_imm8, d, 15);
                asm.alu(OR, d, Rhs::Imm(0x7FFF));
                asm.shift(Code::Ror_rm64_imm8, d, 15);
            }
            Un::UnboxInt => {
                asm.shift(Code::Shl_rm64_imm8, d, 15);
                asm.shift(Code::Sar_rm64_imm8, d, 15);
            }
            Un::BoxFloat => {
                asm.constant(R11, boxed::FLOAT_OFFSET);
                asm.rr(Code::Movq_rm64_xmm, r64(d), sf);
                asm.rr(Code::Add_r64_rm64, r64(d), r64(R11));
            }
        }
    }

    /// Floor division: dividend in rax; quotient to rax or remainder to rdx.
    fn div(&mut self, rem: bool, b: Reg, exit: ExitId) {
        let n = b.hw();
        let (go, done) = (self.asm.label(), self.asm.label());
        self.asm.rr(Code::Test_rm64_r64, r64(n), r64(n));
        self.exit_if(Flags::One(cond::E), exit);
        self.asm.alu(CMP, n, Rhs::Imm(-1));
        self.asm.jcc(cond::NE, go);
        self.asm.mov(R11, RAX);
        self.asm.r(Code::Neg_rm64, r64(R11));
        self.exit_if(Flags::One(cond::O), exit);
        self.asm.bind(go);
        self.asm.op0(Code::Cqo);
        self.asm.r(Code::Idiv_rm64, r64(n));
        // Toward minus infinity: correct if the remainder is not 0 and its sign is not the divisor's.
        self.asm.rr(Code::Test_rm64_r64, r64(RDX), r64(RDX));
        self.asm.jcc(cond::E, done);
        self.asm.mov(R11, RDX);
        self.asm.alu(XOR, R11, Rhs::Reg(b));
        self.asm.jcc(cond::NS, done);
        match rem {
            true => self.asm.alu(ADD, RDX, Rhs::Reg(b)),
            false => self.asm.alu(SUB, RAX, Rhs::Imm(1)),
        }
        self.asm.bind(done);
    }

    /// `call` of an absolute address; the listing prints `name`.
    pub(super) fn call_address(&mut self, addr: u64, name: &str) {
        self.asm.put(iced_x86::Instruction::with2(
            Code::Mov_r64_imm64,
            r64(R11),
            addr,
        ));
        self.cold.names.push((self.asm.pos(), name.to_string()));
        self.asm.r(Code::Call_rm64, r64(R11));
    }
}

/// The memory of a spill slot.
pub(super) fn slot(n: u32) -> iced_x86::MemoryOperand {
    at(RBP, slot_offset(n))
}

/// Offset of a spill slot from `rbp`.
pub(super) fn slot_offset(n: u32) -> i32 {
    -8 * (n as i32 + 7)
}
