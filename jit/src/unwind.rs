//! Unwinding through compiled code.
//!
//! All compiled functions have the same frame (see [`crate::x64`]), so one description covers a whole arena: the
//! caller's frame address is `rbp + 16`, and the saved registers lie below `rbp`. It is exact wherever something can
//! be called; between the first instructions of a prologue it is not, which only a sampling profiler can see, and
//! that follows frame pointers anyway. The routine that slow paths share has a frame of its own with the same `rbp`
//! chain; the values of saved registers that an unwinder computes there are replaced by the right ones one frame on.

use crate::mem::CodeMemory;
use gimli::write::{
    Address, CallFrameInstruction, CommonInformationEntry, EhFrame, EndianVec,
    FrameDescriptionEntry, FrameTable,
};
use gimli::{Encoding, Format, LittleEndian, Register, X86_64};

unsafe extern "C" {
    // Of the unwinder that the standard library links.
    fn __register_frame(begin: *const u8);
    fn __deregister_frame(begin: *const u8);
}

/// The description of an arena, known to the unwinder while this lives. Must not outlive the arena.
#[derive(Debug)]
pub struct Registered {
    // Read by the unwinder at its address.
    table: Box<[u8]>,
}

/// The bytes of `.eh_frame` for code from `start`, ended by a zero length.
fn table(start: u64, len: u32) -> Result<Vec<u8>, gimli::write::Error> {
    let encoding = Encoding {
        format: Format::Dwarf32,
        version: 1,
        address_size: 8,
    };
    let mut cie = CommonInformationEntry::new(encoding, 1, -8, X86_64::RA);
    cie.add_instruction(CallFrameInstruction::Cfa(X86_64::RBP, 16));
    let saved: [(Register, i32); 7] = [
        (X86_64::RA, -8),
        (X86_64::RBP, -16),
        (X86_64::RBX, -24),
        (X86_64::R12, -32),
        (X86_64::R13, -40),
        (X86_64::R14, -48),
        (X86_64::R15, -56),
    ];
    for (r, at) in saved {
        cie.add_instruction(CallFrameInstruction::Offset(r, at));
    }
    let mut frames = FrameTable::default();
    let id = frames.add_cie(cie);
    frames.add_fde(
        id,
        FrameDescriptionEntry::new(Address::Constant(start), len),
    );
    let mut out = EhFrame(EndianVec::new(LittleEndian));
    frames.write_eh_frame(&mut out)?;
    let mut bytes = out.0.into_vec();
    bytes.extend([0; 4]);
    Ok(bytes)
}

/// Tells the unwinder about an arena. `None` if the description cannot be made.
pub fn register(mem: &CodeMemory) -> Option<Registered> {
    let addresses = mem.addresses();
    let table = table(addresses.start as u64, u32::try_from(addresses.len()).ok()?)
        .ok()?
        .into_boxed_slice();
    // SAFETY: the table is well formed, ends in a zero length, and stays where it is until it is deregistered.
    unsafe { __register_frame(table.as_ptr()) };
    Some(Registered { table })
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: registered with this address, and not deregistered yet.
        unsafe { __deregister_frame(self.table.as_ptr()) };
    }
}
