//! x86-64: constraints of register allocation, encoding through iced-x86, stubs, listings.
//!
//! Register use: `r15` the thread record, `rbp` the frame, `r11` and `xmm15` scratch inside one instruction; the
//! rest is allocated. Frame, from `rbp` downward: the five saved registers rbx, r12 to r15, then one word of
//! scratch for exits, then the spill slots. The frame has the same form in every function, so one unwinding
//! description fits all.

mod asm;
mod cold;
mod emit;
pub mod listing;
mod objects;
mod regs;
mod replace;

pub use cold::{Emitted, PatchKind, PatchSite};
pub use emit::emit;
pub use regs::X64;

/// Hardware numbers of general registers.
pub(crate) mod gpr {
    pub const RAX: u8 = 0;
    pub const RCX: u8 = 1;
    pub const RDX: u8 = 2;
    pub const RBX: u8 = 3;
    pub const RSP: u8 = 4;
    pub const RBP: u8 = 5;
    pub const RSI: u8 = 6;
    pub const RDI: u8 = 7;
    pub const R8: u8 = 8;
    pub const R9: u8 = 9;
    pub const R10: u8 = 10;
    pub const R11: u8 = 11;
    pub const R12: u8 = 12;
    pub const R13: u8 = 13;
    pub const R14: u8 = 14;
    pub const R15: u8 = 15;
}
