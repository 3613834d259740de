//! Typed IR in, machine code out.

pub mod compile;
pub mod exit;
pub mod ir;
pub mod lower;
pub mod mem;
pub mod opt;
pub mod options;
pub mod oracle;
pub mod regalloc;
pub mod x64;

pub use compile::{
    CallSite, CompileError, Compiled, Dumps, Entry, Fires, Left, PatchPoint, Stats, compile,
};
pub use exit::{ExitBuffer, ExitInfo, Place, Rebuilt, State, rebuild};
pub use mem::{CodeMemory, CodeMemoryError, CodeRange};
pub use options::{
    FreeLists, Mode, Options, Passes, PatchForm, RuntimeCalls, ThreadLayout, VmLayout,
};
pub use x64::PatchKind;

/// What [`Left::exit`] is when the code returned a value.
pub const RETURNED: u32 = u32::MAX;
