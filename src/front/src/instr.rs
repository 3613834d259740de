//! The instruction word: 64 bits, fixed width.
//!
//! ```text
//!  bits  0..8   opcode
//!  bits  8..16  k: kill mask (bit 0: operand a, bit 1: b, bit 2: c)
//!  bits 16..32  a
//!  bits 32..48  b
//!  bits 48..64  c      (b and c together: one 32-bit operand, `bc`)
//! ```
//!
//! A *killed* source register gives up its value to the instruction: the register is empty afterwards. The compiler
//! sets the bit where a temporary is read for the last time, never on a local variable, and never on a register that is
//! also the destination (writing a register releases what it held).

use crate::opcode::Op;

/// One instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Instr(pub u64);

/// Kill-mask bits.
pub const KILL_A: u8 = 1;
/// See [`KILL_A`].
pub const KILL_B: u8 = 2;
/// See [`KILL_A`].
pub const KILL_C: u8 = 4;

impl Instr {
    /// An instruction with three 16-bit operands.
    pub const fn abc(op: Op, k: u8, a: u16, b: u16, c: u16) -> Self {
        Self(op as u64 | (k as u64) << 8 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }
    /// An instruction with one 16-bit operand and one 32-bit operand.
    pub const fn abx(op: Op, k: u8, a: u16, bc: u32) -> Self {
        Self(op as u64 | (k as u64) << 8 | (a as u64) << 16 | (bc as u64) << 32)
    }
    /// The opcode.
    #[inline(always)]
    pub const fn op(self) -> Op {
        Op::from_u8(self.0 as u8)
    }
    /// The kill mask.
    #[inline(always)]
    pub const fn k(self) -> u8 {
        (self.0 >> 8) as u8
    }
    /// Operand a.
    #[inline(always)]
    pub const fn a(self) -> usize {
        (self.0 >> 16) as u16 as usize
    }
    /// Operand b.
    #[inline(always)]
    pub const fn b(self) -> usize {
        (self.0 >> 32) as u16 as usize
    }
    /// Operand c.
    #[inline(always)]
    pub const fn c(self) -> usize {
        (self.0 >> 48) as usize
    }
    /// Operand b as a signed immediate.
    #[inline(always)]
    pub const fn sb(self) -> i16 {
        (self.0 >> 32) as i16
    }
    /// Operand c as a signed immediate or branch offset.
    #[inline(always)]
    pub const fn sc(self) -> i16 {
        (self.0 >> 48) as i16
    }
    /// The 32-bit operand.
    #[inline(always)]
    pub const fn bc(self) -> u32 {
        (self.0 >> 32) as u32
    }
    /// The 32-bit operand as a signed immediate or branch offset.
    #[inline(always)]
    pub const fn sbc(self) -> i32 {
        (self.0 >> 32) as i32
    }
}

impl std::fmt::Debug for Instr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} k={} {} {} {}",
            self.op().name(),
            self.k(),
            self.a(),
            self.b(),
            self.c()
        )
    }
}
