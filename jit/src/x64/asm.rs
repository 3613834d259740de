//! A thin assembler: iced-x86 encodes, labels and their fix-ups are ours. Errors are kept and reported at the end.

use super::gpr::*;
use crate::lower::lir::{Base, Cc, Class, Mem, Reg, Rhs};
use iced_x86::{Code, Encoder, IcedError, Instruction, MemoryOperand, Register};

/// A position that is not known yet, or is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Label(u32);

/// Bytes under construction. Positions are offsets from the start of the code, which is 16-aligned in memory.
pub(super) struct Asm {
    enc: Encoder,
    pos: u32,
    labels: Vec<Option<u32>>,
    fixups: Vec<(u32, Label)>,
    pub(super) error: Option<String>,
}

const GPR: [Register; 16] = [
    Register::RAX,
    Register::RCX,
    Register::RDX,
    Register::RBX,
    Register::RSP,
    Register::RBP,
    Register::RSI,
    Register::RDI,
    Register::R8,
    Register::R9,
    Register::R10,
    Register::R11,
    Register::R12,
    Register::R13,
    Register::R14,
    Register::R15,
];

/// The 64-bit register with that number.
pub(super) fn r64(n: u8) -> Register {
    GPR[n as usize & 15]
}
/// Its low 32 bits.
pub(super) fn r32(n: u8) -> Register {
    r64(n).full_register32()
}
/// Its low 16 bits.
pub(super) fn r16(n: u8) -> Register {
    Register::AX + u32::from(n & 15)
}
/// Its low 8 bits.
pub(super) fn r8(n: u8) -> Register {
    const LOW: [Register; 4] = [Register::SPL, Register::BPL, Register::SIL, Register::DIL];
    match n & 15 {
        n @ 0..=3 => Register::AL + u32::from(n),
        n @ 4..=7 => LOW[n as usize - 4],
        n => Register::R8L + u32::from(n - 8),
    }
}
/// A vector register.
pub(super) fn xmm(n: u8) -> Register {
    Register::XMM0 + u32::from(n & 15)
}
/// The full-width register of a place.
pub(super) fn full(r: Reg) -> Register {
    match r {
        Reg::P(n, Class::Float) => xmm(n),
        r => r64(r.hw()),
    }
}

/// The operations that exist as register/memory with register or immediate: their encodings.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub rr: Code,
    pub rm: Code,
    pub i8: Code,
    pub i32: Code,
}

macro_rules! group {
    ($name:ident, $rr:ident, $rm:ident, $i8:ident, $i32:ident) => {
        pub(super) const $name: Group = Group {
            rr: Code::$rr,
            rm: Code::$rm,
            i8: Code::$i8,
            i32: Code::$i32,
        };
    };
}
group!(
    ADD,
    Add_r64_rm64,
    Add_r64_rm64,
    Add_rm64_imm8,
    Add_rm64_imm32
);
group!(
    SUB,
    Sub_r64_rm64,
    Sub_r64_rm64,
    Sub_rm64_imm8,
    Sub_rm64_imm32
);
group!(
    AND,
    And_r64_rm64,
    And_r64_rm64,
    And_rm64_imm8,
    And_rm64_imm32
);
group!(OR, Or_r64_rm64, Or_r64_rm64, Or_rm64_imm8, Or_rm64_imm32);
group!(
    XOR,
    Xor_r64_rm64,
    Xor_r64_rm64,
    Xor_rm64_imm8,
    Xor_rm64_imm32
);
group!(
    CMP,
    Cmp_r64_rm64,
    Cmp_r64_rm64,
    Cmp_rm64_imm8,
    Cmp_rm64_imm32
);
group!(
    CMP32,
    Cmp_r32_rm32,
    Cmp_r32_rm32,
    Cmp_rm32_imm8,
    Cmp_rm32_imm32
);

impl Asm {
    pub(super) fn new() -> Result<Asm, IcedError> {
        let enc = Encoder::try_with_capacity(64, 4096)?;
        Ok(Asm {
            enc,
            pos: 0,
            labels: Vec::new(),
            fixups: Vec::new(),
            error: None,
        })
    }

    pub(super) fn pos(&self) -> u32 {
        self.pos
    }
    pub(super) fn byte(&mut self, b: u8) {
        self.enc.write_u8(b);
        self.pos += 1;
    }
    pub(super) fn bytes(&mut self, b: &[u8]) {
        b.iter().for_each(|b| self.byte(*b));
    }

    /// Encodes an instruction that was made.
    pub(super) fn put(&mut self, i: Result<Instruction, IcedError>) {
        match i.and_then(|i| self.enc.encode(&i, u64::from(self.pos))) {
            Ok(n) => self.pos += n as u32,
            Err(e) => {
                self.error.get_or_insert(e.to_string());
            }
        }
    }
    pub(super) fn op0(&mut self, code: Code) {
        self.put(Ok(Instruction::with(code)));
    }
    pub(super) fn r(&mut self, code: Code, a: Register) {
        self.put(Instruction::with1(code, a));
    }
    pub(super) fn rr(&mut self, code: Code, a: Register, b: Register) {
        self.put(Instruction::with2(code, a, b));
    }
    pub(super) fn rm(&mut self, code: Code, a: Register, m: MemoryOperand) {
        self.put(Instruction::with2(code, a, m));
    }
    pub(super) fn mr(&mut self, code: Code, m: MemoryOperand, a: Register) {
        self.put(Instruction::with2(code, m, a));
    }
    pub(super) fn ri(&mut self, code: Code, a: Register, n: i32) {
        self.put(Instruction::with2(code, a, n));
    }
    pub(super) fn mi(&mut self, code: Code, m: MemoryOperand, n: i32) {
        self.put(Instruction::with2(code, m, n));
    }

    /// `op a, b` for a group.
    pub(super) fn alu(&mut self, g: Group, a: u8, b: Rhs) {
        match b {
            Rhs::Reg(r) => self.rr(g.rr, r64(a), full(r)),
            Rhs::Mem(m) => self.rm(g.rm, r64(a), mem(&m)),
            Rhs::Imm(n) if i8::try_from(n).is_ok() => self.ri(g.i8, r64(a), n),
            Rhs::Imm(n) => self.ri(g.i32, r64(a), n),
        }
    }
    pub(super) fn mov(&mut self, dst: u8, src: u8) {
        if dst != src {
            self.rr(Code::Mov_r64_rm64, r64(dst), r64(src));
        }
    }
    /// Sets a register, in the shortest form that leaves the flags alone.
    pub(super) fn constant(&mut self, dst: u8, bits: u64) {
        if u32::try_from(bits).is_ok() {
            self.put(Instruction::with2(
                Code::Mov_r32_imm32,
                r32(dst),
                bits as u32,
            ));
        } else if i32::try_from(bits as i64).is_ok() {
            self.ri(Code::Mov_rm64_imm32, r64(dst), bits as i32);
        } else {
            self.put(Instruction::with2(Code::Mov_r64_imm64, r64(dst), bits));
        }
    }
    /// Shift by an immediate.
    pub(super) fn shift(&mut self, code: Code, dst: u8, n: i32) {
        self.put(Instruction::with2(code, r64(dst), n));
    }

    pub(super) fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }
    pub(super) fn bind(&mut self, l: Label) {
        self.labels[l.0 as usize] = Some(self.pos);
    }
    pub(super) fn position(&self, l: Label) -> Option<u32> {
        self.labels[l.0 as usize]
    }
    /// `jmp rel32`.
    pub(super) fn jmp(&mut self, l: Label) {
        self.byte(0xE9);
        self.rel32(l);
    }
    /// `jmp rel32` whose displacement is 4-byte aligned, padded by prefixes that mean nothing on a jump; the
    /// position of the displacement.
    pub(super) fn jmp_aligned(&mut self, l: Label) -> u32 {
        while !(self.pos + 1).is_multiple_of(4) {
            self.byte(0x2E);
        }
        self.byte(0xE9);
        let at = self.pos;
        self.rel32(l);
        at
    }
    /// `jcc rel32`, condition by its hardware number.
    pub(super) fn jcc(&mut self, cc: u8, l: Label) {
        self.bytes(&[0x0F, 0x80 | cc]);
        self.rel32(l);
    }
    /// `call rel32`.
    pub(super) fn call(&mut self, l: Label) {
        self.byte(0xE8);
        self.rel32(l);
    }
    fn rel32(&mut self, l: Label) {
        self.fixups.push((self.pos, l));
        self.bytes(&[0; 4]);
    }
    /// One-instruction fillers up to the alignment.
    pub(super) fn align(&mut self, to: u32) {
        while !self.pos.is_multiple_of(to) {
            let n = (to - self.pos % to).min(9);
            self.nop(n);
        }
    }
    /// One filler instruction of 1 to 9 bytes, in the forms that the manuals recommend.
    pub(super) fn nop(&mut self, n: u32) {
        const FORMS: [&[u8]; 9] = [
            &[0x90],
            &[0x66, 0x90],
            &[0x0F, 0x1F, 0x00],
            &[0x0F, 0x1F, 0x40, 0],
            &[0x0F, 0x1F, 0x44, 0, 0],
            &[0x66, 0x0F, 0x1F, 0x44, 0, 0],
            &[0x0F, 0x1F, 0x80, 0, 0, 0, 0],
            &[0x0F, 0x1F, 0x84, 0, 0, 0, 0, 0],
            &[0x66, 0x0F, 0x1F, 0x84, 0, 0, 0, 0, 0],
        ];
        self.bytes(FORMS[(n as usize - 1).min(8)]);
    }

    /// Resolves the labels and hands the bytes over.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, String> {
        if let Some(e) = self.error {
            return Err(e);
        }
        let mut bytes = self.enc.take_buffer();
        for (at, l) in self.fixups {
            let Some(to) = self.labels[l.0 as usize] else {
                return Err("label without position".into());
            };
            let rel = (to as i32).wrapping_sub(at as i32 + 4);
            bytes[at as usize..at as usize + 4].copy_from_slice(&rel.to_le_bytes());
        }
        Ok(bytes)
    }
}

/// Encodes a memory operand; the constant pool lies at position 0.
pub(super) fn mem(m: &Mem) -> MemoryOperand {
    let base = match m.base {
        Base::Reg(r) => full(r),
        Base::Thread => r64(R15),
        Base::Pool(n) => return MemoryOperand::with_base_displ(Register::RIP, i64::from(n) * 8),
    };
    let index = m.index.map_or(Register::None, full);
    based(base, index, m.scale, m.disp)
}

pub(super) fn based(base: Register, index: Register, scale: u8, disp: i32) -> MemoryOperand {
    MemoryOperand::new(
        base,
        index,
        u32::from(scale),
        i64::from(disp),
        u32::from(disp != 0),
        false,
        Register::None,
    )
}

/// `[reg + disp]`.
pub(super) fn at(base: u8, disp: i32) -> MemoryOperand {
    based(r64(base), Register::None, 1, disp)
}

/// Hardware numbers of conditions.
pub(super) mod cond {
    pub const O: u8 = 0x0;
    pub const B: u8 = 0x2;
    pub const AE: u8 = 0x3;
    pub const E: u8 = 0x4;
    pub const NE: u8 = 0x5;
    pub const BE: u8 = 0x6;
    pub const A: u8 = 0x7;
    pub const NS: u8 = 0x9;
    pub const P: u8 = 0xA;
    pub const NP: u8 = 0xB;
    pub const L: u8 = 0xC;
    pub const GE: u8 = 0xD;
    pub const LE: u8 = 0xE;
    pub const G: u8 = 0xF;
}

pub(super) fn cc(c: Cc) -> u8 {
    use cond::*;
    match c {
        Cc::Eq => E,
        Cc::Ne => NE,
        Cc::Lt => L,
        Cc::Le => LE,
        Cc::Gt => G,
        Cc::Ge => GE,
        Cc::Ult => B,
        Cc::Uge => AE,
        Cc::Ule => BE,
        Cc::Ugt => A,
    }
}

/// The `setcc` code of a hardware condition.
pub(super) fn setcc(c: u8) -> Code {
    const T: [Code; 16] = [
        Code::Seto_rm8,
        Code::Setno_rm8,
        Code::Setb_rm8,
        Code::Setae_rm8,
        Code::Sete_rm8,
        Code::Setne_rm8,
        Code::Setbe_rm8,
        Code::Seta_rm8,
        Code::Sets_rm8,
        Code::Setns_rm8,
        Code::Setp_rm8,
        Code::Setnp_rm8,
        Code::Setl_rm8,
        Code::Setge_rm8,
        Code::Setle_rm8,
        Code::Setg_rm8,
    ];
    T[c as usize & 15]
}

/// The `cmovcc r64, r/m64` code of a hardware condition.
pub(super) fn cmovcc(c: u8) -> Code {
    const T: [Code; 16] = [
        Code::Cmovo_r64_rm64,
        Code::Cmovno_r64_rm64,
        Code::Cmovb_r64_rm64,
        Code::Cmovae_r64_rm64,
        Code::Cmove_r64_rm64,
        Code::Cmovne_r64_rm64,
        Code::Cmovbe_r64_rm64,
        Code::Cmova_r64_rm64,
        Code::Cmovs_r64_rm64,
        Code::Cmovns_r64_rm64,
        Code::Cmovp_r64_rm64,
        Code::Cmovnp_r64_rm64,
        Code::Cmovl_r64_rm64,
        Code::Cmovge_r64_rm64,
        Code::Cmovle_r64_rm64,
        Code::Cmovg_r64_rm64,
    ];
    T[c as usize & 15]
}
