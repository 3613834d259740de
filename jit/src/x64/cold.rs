//! The cold part: what lies behind the body of a function. Slow paths of reference counts and allocation, one stub
//! an exit, and one tail that all stubs share.
//!
//! An exit stub undoes its instruction if that is what its location map says, and puts its number into `r11`. The
//! tail writes to the exit buffer every register and slot that some exit of the function names, then leaves.

use super::asm::{ADD, Asm, Label, SUB, at, cond, r64, xmm};
use super::emit::{Emit, Flags, slot};
use super::gpr::*;
use super::regs::CALLER_SAVED;
use super::replace::SlowReplace;
use crate::exit::ExitBuffer;
use crate::ir::AllocInfo;
use crate::lower::lir::{Alu, Class, ExitId, LFunc, LInst, Loc, Reg, Rhs, Tag};
use crate::options::Mode;
use iced_x86::{Code, Register};

/// What a patch point looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PatchKind {
    /// The 4-byte aligned displacement of a jump.
    Jump,
    /// A 5-byte filler inside an aligned word of 8 bytes, to be replaced by a jump.
    Nop,
}

/// A patch point: offsets into the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PatchSite {
    /// What is patched.
    pub kind: PatchKind,
    /// The displacement, or the filler.
    pub at: u32,
    /// The exit that is then taken.
    pub exit: ExitId,
    /// Where that exit's stub begins.
    pub stub: u32,
}

/// A call with a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallSite {
    /// Offset of the return address.
    pub returns_to: u32,
    /// The exit whose locations hold during the call.
    pub exit: ExitId,
}

/// Encoded code and what is known about it. All positions are offsets.
#[derive(Clone, Debug)]
pub struct Emitted {
    /// The bytes: constant pool, hot part, cold part.
    pub code: Vec<u8>,
    /// Where the function is entered.
    pub entry: u32,
    /// Where the hot part ends and the cold part begins.
    pub cold: u32,
    /// Where each block begins.
    pub block_starts: Vec<(u32, u32)>,
    /// Where each exit's stub begins.
    pub stubs: Vec<u32>,
    /// Patch points.
    pub patches: Vec<PatchSite>,
    /// Calls with snapshots.
    pub calls: Vec<CallSite>,
    /// For each exit, the register in which an undone operand is found.
    pub undone: Vec<Option<u8>>,
    /// Names of called addresses: (end of the instruction that loads the address, name).
    pub names: Vec<(u32, String)>,
}

/// A slow path that calls `fn(thread, obj)` and saves every register.
pub(super) struct Slow {
    pub at: Label,
    pub back: Label,
    pub obj: u8,
    pub addr: u64,
    pub name: &'static str,
    /// Leaves afterwards.
    pub exit: Option<ExitId>,
    /// The way back is a patch point: a finaliser may have broken what the code relies on.
    pub patch: Option<ExitId>,
}

/// What the cold part will contain.
pub(super) struct Cold {
    pub entry: u32,
    pub exits: Vec<Label>,
    pub epilogue: Label,
    pub undo: Vec<Option<(Alu, u8, Rhs)>>,
    pub heads: Vec<(u32, ExitId)>,
    pub head_moves: Vec<(ExitId, Vec<LInst>)>,
    pub block_starts: Vec<(u32, u32)>,
    pub calls: Vec<CallSite>,
    pub names: Vec<(u32, String)>,
    pub slow: Vec<Slow>,
    /// Guards for doubles that found a NaN: slow path, way back, the boxed value, exit.
    pub nans: Vec<(Label, Label, Rhs, ExitId)>,
    pub allocs: Vec<(Label, Label, u8, AllocInfo, ExitId)>,
    pub replaces: Vec<SlowReplace>,
    patches: Vec<(PatchKind, u32, ExitId)>,
}

impl Cold {
    pub(super) fn new(f: &LFunc, _mode: Mode, asm: &mut Asm) -> Cold {
        Cold {
            entry: 0,
            exits: f.exits.iter().map(|_| asm.label()).collect(),
            epilogue: asm.label(),
            undo: vec![None; f.exits.len()],
            heads: Vec::new(),
            head_moves: Vec::new(),
            block_starts: Vec::new(),
            calls: Vec::new(),
            names: Vec::new(),
            slow: Vec::new(),
            nans: Vec::new(),
            allocs: Vec::new(),
            replaces: Vec::new(),
            patches: Vec::new(),
        }
    }

    pub(super) fn patch(&mut self, kind: PatchKind, at: u32, exit: ExitId) {
        self.patches.push((kind, at, exit));
    }
}

impl Emit<'_> {
    /// Emits the cold part and hands everything over.
    pub(super) fn finish_cold(mut self) -> Result<Emitted, String> {
        let cold = self.asm.pos();
        for (slow, done, src, exit) in core::mem::take(&mut self.cold.nans) {
            self.asm.bind(slow);
            match src {
                Rhs::Mem(m) => self
                    .asm
                    .rm(Code::Mov_r64_rm64, r64(R11), super::asm::mem(&m)),
                Rhs::Reg(r) => self.asm.mov(R11, r.hw()),
                Rhs::Imm(_) => {}
            }
            let c = self.tag(Tag::Float, R11);
            self.exit_if(Flags::One(c ^ 1), exit);
            self.asm.jmp(done);
        }
        let save_all = self.asm.label();
        let slow = core::mem::take(&mut self.cold.slow);
        let allocs = core::mem::take(&mut self.cold.allocs);
        for s in &slow {
            self.asm.bind(s.at);
            self.asm.r(Code::Push_r64, r64(s.obj));
            self.slow_call(s.addr, s.name, save_all);
            self.asm.rm(Code::Lea_r64_m, Register::RSP, at(RSP, 8));
            match (s.exit, s.patch) {
                (Some(e), _) => self.asm.jmp(self.cold.exits[e as usize]),
                (None, Some(e)) => {
                    let at = self.asm.jmp_aligned(s.back);
                    self.cold.patch(PatchKind::Jump, at, e);
                }
                (None, None) => self.asm.jmp(s.back),
            }
        }
        for (l, done, dst, info, exit) in &allocs {
            self.asm.bind(*l);
            self.asm
                .constant(R11, u64::from(info.shape) | u64::from(info.flags) << 32);
            self.asm.r(Code::Push_r64, r64(R11));
            self.asm.constant(R11, u64::from(info.size));
            self.asm.r(Code::Push_r64, r64(R11));
            self.slow_call(self.opts.layout.calls.alloc, "rt.alloc", save_all);
            self.asm.r(Code::Pop_r64, r64(*dst));
            self.asm.rm(Code::Lea_r64_m, Register::RSP, at(RSP, 8));
            self.asm.rr(Code::Test_rm64_r64, r64(*dst), r64(*dst));
            self.exit_if(Flags::One(cond::E), *exit);
            self.asm.jmp(*done);
        }
        let replaces = core::mem::take(&mut self.cold.replaces);
        for s in &replaces {
            self.slow_replace(s, save_all);
        }
        if !(slow.is_empty() && allocs.is_empty() && replaces.is_empty()) {
            self.save_all(save_all);
        }
        let tail = self.asm.label();
        for n in 0..self.f.exits.len() {
            self.stub(n, tail);
        }
        self.tail(tail);
        let stubs: Vec<u32> = self
            .cold
            .exits
            .iter()
            .map(|l| self.asm.position(*l).unwrap_or(0))
            .collect();
        let patches = self
            .cold
            .patches
            .iter()
            .map(|&(kind, at, exit)| PatchSite {
                kind,
                at,
                exit,
                stub: stubs[exit as usize],
            })
            .collect();
        let undone = self
            .cold
            .undo
            .iter()
            .map(|u| u.map(|(_, dst, _)| dst))
            .collect();
        let Cold {
            entry,
            block_starts,
            calls,
            names,
            ..
        } = self.cold;
        Ok(Emitted {
            code: self.asm.finish()?,
            entry,
            cold,
            block_starts,
            stubs,
            patches,
            calls,
            undone,
            names,
        })
    }

    /// Calls the routine that saves everything; the address goes in `r11`, arguments lie on the stack.
    pub(super) fn slow_call(&mut self, addr: u64, name: &str, save_all: Label) {
        self.asm.put(iced_x86::Instruction::with2(
            Code::Mov_r64_imm64,
            r64(R11),
            addr,
        ));
        self.cold.names.push((self.asm.pos(), name.to_string()));
        self.asm.call(save_all);
    }

    /// The routine that all slow paths share. On its stack: return address, first argument (replaced by the
    /// result), second and third argument, where there are so many. It keeps every register but `r11`, and aligns the stack.
    fn save_all(&mut self, l: Label) {
        let a = &mut self.asm;
        a.bind(l);
        a.r(Code::Push_r64, Register::RBP);
        a.mov(RBP, RSP);
        for r in CALLER_SAVED {
            a.r(Code::Push_r64, r64(r));
        }
        a.alu(SUB, RSP, Rhs::Imm(16 * 8));
        for x in 0..15u8 {
            a.mr(Code::Movsd_xmmm64_xmm, at(RSP, i32::from(x) * 8), xmm(x));
        }
        a.mov(RDI, R15);
        a.rm(Code::Mov_r64_rm64, r64(RSI), at(RBP, 16));
        a.rm(Code::Mov_r64_rm64, r64(RDX), at(RBP, 24));
        a.rm(Code::Mov_r64_rm64, r64(RCX), at(RBP, 32));
        a.ri(Code::And_rm64_imm8, Register::RSP, -16);
        a.r(Code::Call_rm64, r64(R11));
        a.rm(
            Code::Lea_r64_m,
            Register::RSP,
            at(RBP, -8 * (16 + CALLER_SAVED.len() as i32)),
        );
        a.mr(Code::Mov_rm64_r64, at(RBP, 16), r64(RAX));
        for x in 0..15u8 {
            a.rm(Code::Movsd_xmm_xmmm64, xmm(x), at(RSP, i32::from(x) * 8));
        }
        a.alu(ADD, RSP, Rhs::Imm(16 * 8));
        for r in CALLER_SAVED.iter().rev() {
            a.r(Code::Pop_r64, r64(*r));
        }
        a.r(Code::Pop_r64, Register::RBP);
        a.op0(Code::Retnq);
    }

    fn stub(&mut self, n: usize, tail: Label) {
        let l = self.cold.exits[n];
        self.asm.bind(l);
        let moves = self
            .cold
            .head_moves
            .iter()
            .find(|(e, _)| *e as usize == n)
            .map(|(_, m)| m.clone());
        for m in moves.iter().flatten() {
            if let LInst::Move { dst, src } = m {
                self.place_move(*dst, *src);
            }
        }
        let undone = self.f.exits[n].vals.iter().any(|(_, l)| *l == Loc::Undone);
        if let (true, Some((op, dst, b))) = (undone, self.cold.undo[n]) {
            let back = if op == Alu::Add { Alu::Sub } else { Alu::Add };
            self.alu(back, dst, dst, b);
        }
        self.asm.constant(R11, n as u64);
        self.asm.jmp(tail);
    }

    /// The place of each register and slot that an exit names, as indices of the exit buffer.
    fn tail(&mut self, tail: Label) {
        let mut places: Vec<Reg> = Vec::new();
        // Those of calls are looked at while the call lasts, and never taken.
        let mut taken = vec![true; self.f.exits.len()];
        for c in &self.cold.calls {
            taken[c.exit as usize] = false;
        }
        for (n, e) in self.f.exits.iter().enumerate().filter(|(n, _)| taken[*n]) {
            for (_, loc) in &e.vals {
                let r = match *loc {
                    Loc::Reg(r) => r,
                    Loc::Undone => match self.cold.undo[n] {
                        Some((_, dst, _)) => Reg::P(dst, Class::Int),
                        None => continue,
                    },
                    Loc::Const(_) => continue,
                };
                if !places.contains(&r) {
                    places.push(r);
                }
            }
        }
        let buffer = self.opts.layout.thread.exit_buffer;
        let word = |r: Reg| ExitBuffer::index(r) as i32 * 8;
        self.asm.bind(tail);
        // rax carries the buffer's address; its own value goes through the frame's scratch word.
        let scratch = at(RBP, -48);
        self.asm.mr(Code::Mov_rm64_r64, scratch, r64(RAX));
        let data = self.data(RAX);
        let a = &mut self.asm;
        a.rm(Code::Mov_r64_rm64, r64(RAX), at(data, buffer));
        for r in &places {
            match *r {
                Reg::P(RAX, Class::Int) | Reg::S(_) => {}
                Reg::P(n, Class::Int) => a.mr(Code::Mov_rm64_r64, at(RAX, word(*r)), r64(n)),
                Reg::P(n, Class::Float) => a.mr(Code::Movsd_xmmm64_xmm, at(RAX, word(*r)), xmm(n)),
                Reg::V(..) => {}
            }
        }
        for r in &places {
            let from = match *r {
                Reg::P(RAX, Class::Int) => scratch,
                Reg::S(n) => slot(n),
                _ => continue,
            };
            a.rm(Code::Mov_r64_rm64, r64(RCX), from);
            a.mr(Code::Mov_rm64_r64, at(RAX, word(*r)), r64(RCX));
        }
        a.rr(Code::Mov_r32_rm32, Register::EAX, Register::R11D);
        a.rr(Code::Xor_r32_rm32, Register::EDX, Register::EDX);
        let epilogue = self.cold.epilogue;
        a.bind(epilogue);
        a.rm(Code::Lea_r64_m, Register::RSP, at(RBP, -40));
        for r in [R15, R14, R13, R12, RBX] {
            a.r(Code::Pop_r64, r64(r));
        }
        a.r(Code::Pop_r64, Register::RBP);
        a.op0(Code::Retnq);
    }
}
