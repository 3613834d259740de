//! The instruction that the loop is at, read from the code operand by operand.
//!
//! Taking fields out of a word that is held in a register costs two or three machine instructions each and the register;
//! reading one from memory costs one. Out of line, where few operands are read once, the word is passed ([`At::word`]).

use threadsnake_front::instr::Instr;

#[cfg(target_endian = "big")]
compile_error!(
    "the fields of an instruction are read as they lie in memory on little-endian machines"
);

/// Where the running instruction is.
#[derive(Clone, Copy)]
pub struct At<'a>(&'a Instr);

impl<'a> At<'a> {
    /// At this instruction.
    #[inline(always)]
    pub fn new(i: &'a Instr) -> Self {
        At(i)
    }
    /// The whole of it.
    #[inline(always)]
    pub fn word(self) -> Instr {
        *self.0
    }
    #[inline(always)]
    fn byte(self, n: usize) -> u8 {
        debug_assert!(n < 8);
        // SAFETY: one of the eight bytes of the word.
        unsafe { *(self.0 as *const Instr).cast::<u8>().add(n) }
    }
    #[inline(always)]
    fn half(self, n: usize) -> u16 {
        debug_assert!(n < 4);
        // SAFETY: one of the four halves of a half of the word, which is aligned.
        unsafe { *(self.0 as *const Instr).cast::<u16>().add(n) }
    }
    /// The number of the opcode.
    #[inline(always)]
    pub fn opcode(self) -> u8 {
        self.byte(0)
    }
    /// The kill mask.
    #[inline(always)]
    pub fn k(self) -> u8 {
        self.byte(1)
    }
    /// Operand a.
    #[inline(always)]
    pub fn a(self) -> usize {
        self.half(1) as usize
    }
    /// Operand b.
    #[inline(always)]
    pub fn b(self) -> usize {
        self.half(2) as usize
    }
    /// Operand c.
    #[inline(always)]
    pub fn c(self) -> usize {
        self.half(3) as usize
    }
    /// Operand b as a signed immediate.
    #[inline(always)]
    pub fn sb(self) -> i16 {
        self.half(2) as i16
    }
    /// Operand c as a signed immediate or branch offset.
    #[inline(always)]
    pub fn sc(self) -> i16 {
        self.half(3) as i16
    }
    /// The 32-bit operand.
    #[inline(always)]
    pub fn bc(self) -> u32 {
        // SAFETY: the upper half of the word, which is aligned.
        unsafe { *(self.0 as *const Instr).cast::<u32>().add(1) }
    }
    /// The 32-bit operand as a signed immediate or branch offset.
    #[inline(always)]
    pub fn sbc(self) -> i32 {
        self.bc() as i32
    }
}
