//! Replacing a word of an object in Multi: under the thread's own lock in line ([`OwnLock`]), the rest in the cold part.
//!
//! [`OwnLock`]: crate::options::OwnLock

use super::asm::{CMP32, Label, at, based, cond, r8, r16, r32, r64};
use super::emit::Emit;
use super::gpr::*;
use crate::ir::{Replace, boxed};
use crate::lower::lir::{Place, Replacing, Tag};
use iced_x86::{Code, Register};

/// The part of a [`Replacing`] behind the body.
pub(super) struct SlowReplace {
    /// The lock was taken: it is released first.
    release: Label,
    /// It was not.
    slow: Label,
    done: Label,
    inst: Replacing,
}

impl Emit<'_> {
    pub(super) fn replace(&mut self, i: Replacing) {
        let Some(own) = self.opts.layout.own_lock else {
            self.asm
                .error
                .get_or_insert("a lock of one's own that is unknown".into());
            return;
        };
        let (release, slow, done) = (self.asm.label(), self.asm.label(), self.asm.label());
        let (obj, old) = (i.obj.hw(), i.old.hw());
        if i.tagged {
            // What others do not know of yet is made known by the helper.
            let immediate = self.asm.label();
            let c = self.tag(Tag::Obj, i.new.hw());
            self.asm.jcc(c ^ 1, immediate);
            self.asm.mi(
                Code::Test_rm8_imm8,
                at(i.new.hw(), boxed::FLAGS),
                boxed::PUBLISHED,
            );
            self.asm.jcc(cond::E, slow);
            self.asm.bind(immediate);
        }
        let using = at(R15, own.using);
        self.untouched(i, own.maker, slow);
        self.asm.mi(Code::Cmp_rm64_imm8, using, 0);
        self.asm.jcc(cond::NE, slow);
        self.asm.mr(Code::Mov_rm64_r64, using, r64(obj));
        // A compiler's fence lies here: the other half is with who wants the lock.
        self.untouched(i, own.maker, release);
        let shape = |e: &mut Self, shape: u32| {
            e.asm.mi(CMP32.i32, at(obj, boxed::SHAPE), shape as i32);
            e.asm.jcc(cond::NE, release);
        };
        match i.what {
            Replace::Slot { offset, shape: s } => {
                shape(self, s);
                self.asm.rm(Code::Mov_r64_rm64, r64(old), at(obj, offset));
                self.asm.rr(Code::Test_rm64_r64, r64(old), r64(old));
                self.asm.jcc(cond::E, release);
                self.asm
                    .mr(Code::Mov_rm64_r64, at(obj, offset), r64(i.new.hw()));
            }
            Replace::Add {
                offset,
                shape: s,
                new,
            } => {
                shape(self, s);
                self.asm.mi(Code::Cmp_rm64_imm8, at(obj, offset), 0);
                self.asm.jcc(cond::NE, release);
                self.asm
                    .mr(Code::Mov_rm64_r64, at(obj, offset), r64(i.new.hw()));
                self.asm
                    .mi(Code::Mov_rm32_imm32, at(obj, boxed::SHAPE), new as i32);
                self.asm.constant(old, boxed::NONE);
            }
            Replace::Item { len, array, first } => {
                let item = self.item(i, (len, array, first), 8, release);
                self.asm.rm(Code::Mov_r64_rm64, r64(old), item);
                self.asm.mr(Code::Mov_rm64_r64, item, r64(i.new.hw()));
            }
            Replace::Number {
                len,
                array,
                first,
                width,
            } => {
                let item = self.item(i, (len, array, first), width, release);
                let new = i.new.hw();
                match width {
                    1 => self.asm.mr(Code::Mov_rm8_r8, item, r8(new)),
                    4 => self.asm.mr(Code::Mov_rm32_r32, item, r32(new)),
                    _ => self.asm.mr(Code::Mov_rm64_r64, item, r64(new)),
                }
                self.asm.constant(old, boxed::NONE);
            }
        }
        self.asm.mi(Code::Mov_rm64_imm32, using, 0);
        self.asm.bind(done);
        self.cold.replaces.push(SlowReplace {
            release,
            slow,
            done,
            inst: i,
        });
    }

    /// Goes to `otherwise` if the lock byte of the object is not 0, or its owner not `maker`.
    fn untouched(&mut self, i: Replacing, maker: i32, otherwise: Label) {
        self.asm
            .mi(Code::Cmp_rm8_imm8, at(i.obj.hw(), boxed::LOCK), 0);
        self.asm.jcc(cond::NE, otherwise);
        self.asm.rm(
            Code::Movzx_r32_rm16,
            r32(i.scratch.hw()),
            at(i.obj.hw(), boxed::OWNER),
        );
        self.asm
            .mr(Code::Cmp_rm16_r16, at(R15, maker), r16(i.scratch.hw()));
        self.asm.jcc(cond::NE, otherwise);
    }

    /// Goes to `otherwise` if there is no such item; the memory operand of the item of `width` bytes, with the storage in the
    /// scratch register. Of the object: how many there are, its storage, and the first one there.
    fn item(
        &mut self,
        i: Replacing,
        (len, array, first): (i32, i32, i32),
        width: u8,
        otherwise: Label,
    ) -> iced_x86::MemoryOperand {
        let scale = i32::from(width);
        let (index, disp) = match i.place {
            Place::Reg(r) => {
                self.asm
                    .mr(Code::Cmp_rm64_r64, at(i.obj.hw(), len), r64(r.hw()));
                (Some(r64(r.hw())), 0)
            }
            Place::Const(n) => {
                let n = n as i32;
                self.asm.mi(Code::Cmp_rm64_imm32, at(i.obj.hw(), len), n);
                (None, n * scale)
            }
        };
        // Not above it, as unsigned numbers.
        self.asm.jcc(cond::BE, otherwise);
        let scratch = i.scratch.hw();
        self.asm
            .rm(Code::Mov_r64_rm64, r64(scratch), at(i.obj.hw(), array));
        self.asm.rr(Code::Test_rm64_r64, r64(scratch), r64(scratch));
        self.asm.jcc(cond::E, otherwise);
        match index {
            None => at(scratch, first + disp),
            Some(index) => based(r64(scratch), index, width, first),
        }
    }

    /// The cold part of a [`Replacing`]: releases the lock, and calls the helper.
    pub(super) fn slow_replace(&mut self, s: &SlowReplace, save_all: Label) {
        let i = s.inst;
        if let Some(own) = self.opts.layout.own_lock {
            self.asm.bind(s.release);
            self.asm.mi(Code::Mov_rm64_imm32, at(R15, own.using), 0);
        }
        self.asm.bind(s.slow);
        self.asm.r(Code::Push_r64, r64(i.new.hw()));
        match i.place {
            Place::Const(bits) => {
                self.asm.constant(R11, bits);
                self.asm.r(Code::Push_r64, r64(R11));
            }
            Place::Reg(r) => self.asm.r(Code::Push_r64, r64(r.hw())),
        }
        self.asm.r(Code::Push_r64, r64(i.obj.hw()));
        let helper = &self.helpers[i.helper as usize];
        let (addr, name) = (helper.addr, helper.name.clone());
        self.slow_call(addr, &name, save_all);
        self.asm.r(Code::Pop_r64, r64(i.old.hw()));
        self.asm.rm(Code::Lea_r64_m, Register::RSP, at(RSP, 16));
        self.asm.jmp(s.done);
    }
}
