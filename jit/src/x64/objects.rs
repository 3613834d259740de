//! Reference counts and allocation: the fast path in line, the rest in the cold part.

use super::asm::{at, cond, r16, r32, r64, xmm};
use super::cold::Slow;
use super::emit::Emit;
use super::gpr::*;
use crate::ir::boxed;
use crate::lower::lir::{ExitId, Reg, Tag, Zero};
use iced_x86::Code;

impl Emit<'_> {
    /// Reference counting: `dec` is None to take one.
    pub(super) fn count(
        &mut self,
        obj: Reg,
        owner: Option<Reg>,
        tagged: bool,
        dec: Option<(Zero, Option<ExitId>)>,
    ) {
        let o = obj.hw();
        let done = self.asm.label();
        if tagged {
            let c = self.tag(Tag::Obj, o);
            self.asm.jcc(c ^ 1, done);
        }
        let slow = self.asm.label();
        if let Some(w) = owner {
            self.asm
                .mr(Code::Cmp_rm16_r16, at(o, boxed::OWNER), r16(w.hw()));
            self.asm.jcc(cond::NE, slow);
        }
        let local = at(o, boxed::LOCAL);
        let zero = self.asm.label();
        match dec {
            None => self.asm.mi(Code::Add_rm32_imm8, local, 1),
            Some((z, _)) => {
                self.asm.mi(Code::Sub_rm32_imm8, local, 1);
                // Not above zero, as a signed number: others may hold what this part of the count lacks.
                if z != Zero::Never {
                    self.asm.jcc(cond::LE, zero);
                }
            }
        }
        self.asm.bind(done);
        let calls = self.opts.layout.calls;
        if owner.is_some() {
            let (addr, name) = match dec {
                None => (calls.incref_shared, "rt.incref_shared"),
                Some(_) => (calls.decref_shared, "rt.decref_shared"),
            };
            self.cold.slow.push(Slow {
                at: slow,
                back: done,
                obj: o,
                addr,
                name,
                exit: None,
                patch: None,
            });
        }
        if let Some((z, exit)) = dec.filter(|d| d.0 != Zero::Never) {
            let patch = exit.filter(|_| z == Zero::Destroy);
            let exit = exit.filter(|_| z == Zero::Leave);
            self.cold.slow.push(Slow {
                at: zero,
                back: done,
                obj: o,
                addr: calls.zero,
                name: "rt.zero",
                exit,
                patch,
            });
        }
    }

    /// Marks an object as one that others may find.
    pub(super) fn publish(&mut self, o: u8) {
        let (slow, done) = (self.asm.label(), self.asm.label());
        let c = self.tag(Tag::Obj, o);
        self.asm.jcc(c ^ 1, done);
        self.asm
            .mi(Code::Test_rm8_imm8, at(o, boxed::FLAGS), boxed::PUBLISHED);
        self.asm.jcc(cond::E, slow);
        self.asm.bind(done);
        self.cold.slow.push(Slow {
            at: slow,
            back: done,
            obj: o,
            addr: self.opts.layout.calls.publish,
            name: "rt.publish",
            exit: None,
            patch: None,
        });
    }

    /// The register that holds the address of the machine's data for the thread, loaded if need be.
    pub(super) fn data(&mut self, scratch: u8) -> u8 {
        match self.opts.layout.thread.data {
            Some(off) => {
                self.asm.rm(Code::Mov_r64_rm64, r64(scratch), at(R15, off));
                scratch
            }
            None => R15,
        }
    }

    pub(super) fn alloc(&mut self, dst: u8, info: crate::ir::AllocInfo, exit: ExitId) {
        let (slow, done) = (self.asm.label(), self.asm.label());
        let t = self.opts.layout.thread;
        let class = |l: &crate::options::FreeLists| {
            let class = l.classes.get(info.size.div_ceil(16) as usize);
            class.map(|c| i32::from(*c))
        };
        match t.free_lists.and_then(|l| Some((class(&l)?, l))) {
            Some((class, l)) => {
                let mut base = self.data(R11);
                if let Some(holder) = l.holder {
                    self.asm.rm(Code::Mov_r64_rm64, r64(R11), at(base, holder));
                    base = R11;
                }
                let head = at(base, l.heads + class * 8);
                self.asm.rm(Code::Mov_r64_rm64, r64(dst), head);
                self.asm.rr(Code::Test_rm64_r64, r64(dst), r64(dst));
                self.asm.jcc(cond::E, slow);
                self.asm
                    .rm(Code::Movsd_xmm_xmmm64, xmm(15), at(dst, l.link));
                self.asm.mr(Code::Movsd_xmmm64_xmm, head, xmm(15));
                if let Some(allocated) = l.allocated {
                    self.asm.mi(Code::Add_rm32_imm8, at(base, allocated), 1);
                }
                self.asm.mi(
                    Code::Mov_rm32_imm32,
                    at(dst, boxed::SHAPE),
                    info.shape as i32,
                );
                self.asm.mi(Code::Mov_rm32_imm32, at(dst, boxed::LOCAL), 1);
                self.asm.mi(Code::Mov_rm32_imm32, at(dst, boxed::SHARED), 0);
                // Owner, lock and flags are one word.
                self.asm
                    .rm(Code::Movzx_r32_rm16, r32(R11), at(R15, t.owner_slot));
                if info.flags != 0 {
                    self.asm.ri(
                        Code::Or_rm32_imm32,
                        r32(R11),
                        (u32::from(info.flags) << 24) as i32,
                    );
                }
                self.asm
                    .mr(Code::Mov_rm32_r32, at(dst, boxed::OWNER), r32(R11));
            }
            None => self.asm.jmp(slow),
        }
        self.asm.bind(done);
        self.cold.allocs.push((slow, done, dst, info, exit));
    }
}
