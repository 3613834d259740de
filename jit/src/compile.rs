//! The whole way: verify, optimise, lower, allocate, encode, publish.

use crate::exit::{ExitBuffer, MAX_SLOTS, Place};
use crate::exits::{Exits, Packer};
use crate::ir::{Func, Op, Snapshot, Type, Value, VerifyError, verify, verify::verify_multi};
use crate::lower::lir::{LFunc, Loc};
use crate::lower::lower;
use crate::mem::{CodeMemory, CodeMemoryError, CodeRange};
use crate::opt::optimise;
use crate::options::{Mode, Options};
use crate::regalloc::allocate;
use crate::x64::{self, PatchKind, X64};
use core::fmt;
use std::time::{Duration, Instant};
use threadsnake_threads::sync::Arc;

/// Why a function was not compiled. The interpreter goes on; [`CompileError::is_bug`] tells what to report.
#[derive(Clone, PartialEq, Debug)]
pub enum CompileError {
    /// The function is ill-formed: a bug of the recorder, or of the named pass.
    Invalid(&'static str, VerifyError),
    /// More instructions than [`Options::max_insts`].
    TooLarge(usize),
    /// More spill slots than an exit buffer holds.
    TooManySlots(u32),
    /// Register allocation failed.
    Registers(String),
    /// An instruction could not be encoded.
    Encoding(String),
    /// No code memory.
    Memory(CodeMemoryError),
    /// Something in the compiler panicked.
    Panicked(String),
    /// This machine is not x86-64 with SSE 4.1.
    Machine,
}

impl CompileError {
    /// Whether this is a fault of this program and not of the function or machine.
    pub fn is_bug(&self) -> bool {
        matches!(
            self,
            CompileError::Invalid(..)
                | CompileError::Registers(_)
                | CompileError::Encoding(_)
                | CompileError::Panicked(_)
        )
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CompileError::Invalid(pass, e) => write!(f, "ill-formed after {pass}: {e}"),
            CompileError::TooLarge(n) => write!(f, "too large: {n} instructions"),
            CompileError::TooManySlots(n) => write!(f, "too many spill slots: {n}"),
            CompileError::Registers(e) => write!(f, "register allocation: {e}"),
            CompileError::Encoding(e) => write!(f, "encoding: {e}"),
            CompileError::Memory(e) => e.fmt(f),
            CompileError::Panicked(e) => write!(f, "the compiler panicked: {e}"),
            CompileError::Machine => f.write_str("this processor has no back end here"),
        }
    }
}

impl std::error::Error for CompileError {}

/// What compiled code returns.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Left {
    /// Index into [`Compiled::exits`], or [`crate::RETURNED`].
    pub exit: u64,
    /// The value of `ret`.
    pub value: u64,
}

/// Which broken assumptions fire a patch point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fires {
    /// Any of the function's ([`Func::assumptions`]): the back edge of a loop.
    Any,
    /// This one.
    One(u32),
}

/// A place in the code that can be made to leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PatchPoint {
    /// What fires it.
    pub fires: Fires,
    /// The exit that is then taken.
    pub exit: u32,
    /// What it looks like. A `Jump` may be patched at any time; a `Nop` while all threads are stopped.
    pub kind: PatchKind,
    at: u32,
    before: u64,
    after: u64,
}

/// A call that others may look at while it runs.
#[derive(Clone, Copy, Debug)]
struct CallSite {
    /// Where it returns to, from the beginning of the code.
    returns_to: u32,
    /// The exit with the snapshot of the call.
    exit: u32,
}

/// The raw bits of one of an exit's values during the call that it belongs to, whose values all lie in slots or are
/// constant; `frame` as for [`Compiled::call_site`].
///
/// # Safety
/// The code is in this call.
pub unsafe fn read_at_call(frame: usize, place: Place) -> Option<u64> {
    if let Place::Const(bits) = place {
        return Some(bits);
    }
    let off = frame_offset(place)?;
    // SAFETY: a spill slot of a frame that stays where it is.
    Some(unsafe { (frame.wrapping_add_signed(off as isize) as *const u64).read() })
}

/// Figures about a compilation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Time in all.
    pub total: Duration,
    /// Of which in optimisation.
    pub optimise: Duration,
    /// Of which in register allocation.
    pub allocate: Duration,
    /// Of which in encoding.
    pub encode: Duration,
    /// Instructions in blocks before and after optimisation.
    pub insts: (usize, usize),
    /// Of which calls, after optimisation.
    pub calls: usize,
    /// Bytes of code: expected path, and everything.
    pub bytes: (usize, usize),
    /// Exits.
    pub exits: usize,
    /// Spill slots.
    pub slots: usize,
}

/// Text of each stage, if it was asked for.
#[derive(Clone, Debug, Default)]
pub struct Dumps {
    /// (pass, IR after it); the first is the IR as it came.
    pub ir: Vec<(&'static str, String)>,
    /// The lowered form.
    pub lowered: String,
    /// The lowered form with registers.
    pub allocated: String,
    /// The listing.
    pub code: String,
}

/// Compiled code. Owns its memory until [`Compiled::release`].
#[derive(Debug)]
pub struct Compiled {
    /// Where it is entered: `extern "C" fn(thread, base) -> Left`.
    pub entry: usize,
    /// Exits by number.
    pub exits: Exits,
    /// Places that can be made to leave.
    pub patch_points: Box<[PatchPoint]>,
    /// Calls with snapshots, by address.
    call_sites: Box<[CallSite]>,
    /// Where the code begins.
    start: usize,
    /// Figures.
    pub stats: Stats,
    /// Text of each stage.
    pub dumps: Dumps,
    /// The tier.
    pub mode: Mode,
    range: CodeRange,
}

/// The signature of compiled code.
pub type Entry = unsafe extern "C" fn(thread: *mut u8, base: *mut u64) -> Left;

impl Compiled {
    /// Runs the code.
    ///
    /// # Safety
    /// `thread` points to a record with the layout that the code was compiled for, its exit buffer included; `base`
    /// to the register window that the recorded code expects; all assumptions hold; the memory was not released;
    /// helpers have the declared signatures.
    pub unsafe fn run(&self, thread: *mut u8, base: *mut u64) -> Left {
        // SAFETY: the address is that of code with this signature.
        let f: Entry = unsafe { core::mem::transmute::<usize, Entry>(self.entry) };
        // SAFETY: passed on to the caller.
        unsafe { f(thread, base) }
    }

    /// Makes the code leave at this point from now on. Cheap, idempotent, allocates nothing.
    pub fn fire(&self, mem: &CodeMemory, p: &PatchPoint) -> bool {
        self.store(mem, p, p.after)
    }

    /// Undoes [`Compiled::fire`].
    pub fn restore(&self, mem: &CodeMemory, p: &PatchPoint) -> bool {
        self.store(mem, p, p.before)
    }

    /// As [`Compiled::run`], and leaves the frame pointer of the code in `frame`.
    ///
    /// # Safety
    /// As for [`Compiled::run`].
    #[cfg(target_arch = "x86_64")]
    pub unsafe fn run_seen(&self, thread: *mut u8, base: *mut u64, frame: *mut usize) -> Left {
        let (exit, value);
        // SAFETY: a call by the C convention; below the return address the prologue pushes the old frame pointer, and
        // that is where its own points. The rest is passed on to the caller.
        unsafe {
            core::arch::asm!(
                "lea r10, [rsp - 16]",
                "mov [{frame}], r10",
                "call {entry}",
                out("r10") _,
                frame = in(reg) frame,
                entry = in(reg) self.entry,
                inout("rdi") thread => _,
                inout("rsi") base => _,
                lateout("rax") exit,
                lateout("rdx") value,
                clobber_abi("C"),
            );
        }
        Left { exit, value }
    }

    /// As [`Compiled::run`]; here no frame is found.
    ///
    /// # Safety
    /// As for [`Compiled::run`].
    #[cfg(not(target_arch = "x86_64"))]
    pub unsafe fn run_seen(&self, thread: *mut u8, base: *mut u64, frame: *mut usize) -> Left {
        // SAFETY: passed on.
        unsafe {
            frame.write(0);
            self.run(thread, base)
        }
    }

    /// How many calls can be looked at while they run.
    pub fn calls(&self) -> usize {
        self.call_sites.len()
    }

    /// The number of the exit that has the snapshot of the call that the code is in; `None`: that has none. Its values are
    /// read by [`read_at_call`].
    ///
    /// # Safety
    /// `frame` is where [`Compiled::run_seen`] said, and the code is in a call: the running thread is further up the stack,
    /// or stands still there.
    pub unsafe fn call_site(&self, frame: usize) -> Option<usize> {
        // As in the prologue: five saved registers, one word of scratch, the slots, to an odd number of words.
        let words = 5 + ((self.stats.slots + 1) | 1);
        // SAFETY: what was pushed last below the frame is a return address, or an operand of a slow path.
        let returns_to = unsafe { ((frame - 8 * (words + 1)) as *const usize).read() };
        let returns_to = returns_to.wrapping_sub(self.start);
        let at = self
            .call_sites
            .binary_search_by_key(&returns_to, |s| s.returns_to as usize);
        at.ok().map(|n| self.call_sites[n].exit as usize)
    }

    /// Bytes that it takes, about: the code, and what belongs to it.
    pub fn bytes(&self) -> usize {
        self.range.len()
            + self.exits.bytes()
            + size_of_val(&self.patch_points[..])
            + size_of_val(&self.call_sites[..])
    }

    fn store(&self, mem: &CodeMemory, p: &PatchPoint, word: u64) -> bool {
        match p.kind {
            PatchKind::Jump => mem.patch32(&self.range, p.at, word as u32),
            PatchKind::Nop => mem.patch64(&self.range, p.at, word),
        }
    }

    /// The executable addresses of the bytes that a patch point changes.
    pub fn patched_bytes(&self, mem: &CodeMemory, p: &PatchPoint) -> core::ops::Range<usize> {
        let word = mem.address(&self.range) + p.at as usize;
        match p.kind {
            PatchKind::Jump => word..word + 4,
            PatchKind::Nop => {
                let differ = |n: &usize| p.before.to_le_bytes()[*n] != p.after.to_le_bytes()[*n];
                let first = (0..8).find(differ).unwrap_or(0);
                word + first..word + first + 5
            }
        }
    }

    /// The addresses of the code.
    pub fn addresses(&self, mem: &CodeMemory) -> core::ops::Range<usize> {
        let start = mem.address(&self.range);
        start..start + self.range.len()
    }

    /// Gives the memory back, if that has not been done.
    ///
    /// # Safety
    /// As for [`CodeMemory::release`]; the code is not run again.
    pub unsafe fn release(&mut self, mem: &CodeMemory) {
        // SAFETY: passed on to the caller.
        unsafe { mem.release(self.range.take()) }
    }
}

/// Compiles a function for a mode. A panic inside, of ours or of a library's, becomes an error.
///
/// # Errors
/// See [`CompileError`].
pub fn compile(
    func: &Func,
    mode: Mode,
    opts: &Options,
    mem: &CodeMemory,
) -> Result<Compiled, CompileError> {
    compile_owned(func.copy(), mode, opts, mem)
}

/// As [`compile`], of a function that is not needed any more.
///
/// # Errors
/// See [`CompileError`].
pub fn compile_owned(
    func: Func,
    mode: Mode,
    opts: &Options,
    mem: &CodeMemory,
) -> Result<Compiled, CompileError> {
    let run = std::panic::AssertUnwindSafe(|| compile_inner(func, mode, opts, mem));
    std::panic::catch_unwind(run).unwrap_or_else(|e| {
        let text = e.downcast_ref::<String>().cloned();
        let text = text.or_else(|| e.downcast_ref::<&str>().map(|s| (*s).to_string()));
        Err(CompileError::Panicked(text.unwrap_or_default()))
    })
}

/// Calls of helpers and native functions in a function's blocks.
fn calls(f: &Func) -> usize {
    let insts = f.blocks.iter().flat_map(|b| &b.insts);
    insts.filter(|i| f.inst(**i).op == Op::Call).count()
}

fn compile_inner(
    mut f: Func,
    mode: Mode,
    opts: &Options,
    mem: &CodeMemory,
) -> Result<Compiled, CompileError> {
    #[cfg(target_arch = "x86_64")]
    let fit = std::arch::is_x86_feature_detected!("sse4.1");
    #[cfg(not(target_arch = "x86_64"))]
    let fit = false;
    if !fit {
        return Err(CompileError::Machine);
    }
    let start = Instant::now();
    let size = |f: &Func| f.blocks.iter().map(|b| b.insts.len()).sum::<usize>();
    let recorded = size(&f);
    if recorded > opts.max_insts {
        return Err(CompileError::TooLarge(recorded));
    }
    verify(&f).map_err(|e| CompileError::Invalid("recording", e))?;
    if mode == Mode::Multi {
        verify_multi(&f).map_err(|e| CompileError::Invalid("recording", e))?;
    }
    let mut dumps = Dumps::default();
    f.forget_unused_snaps([]);
    optimise(&mut f, mode, opts, &mut dumps.ir)?;
    let mut stats = Stats {
        optimise: start.elapsed(),
        insts: (recorded, size(&f)),
        calls: calls(&f),
        ..Stats::default()
    };

    f.forget_unused_snaps([]);
    let mut l = lower(&f, mode, opts);
    if opts.dump {
        dumps.lowered = l.to_string();
    }
    let optimised = opts.dump.then(|| f.to_string());
    // Allocating registers takes the most room: what is not needed any more goes before.
    let types: Vec<Type> = f.values.iter().map(|v| v.ty).collect();
    let (snaps, helpers) = {
        let Func { snaps, helpers, .. } = f;
        (snaps, helpers)
    };
    let at = Instant::now();
    allocate(&mut l, &X64, opts.check, opts.chaos).map_err(|e| {
        // The text is what finds the fault.
        CompileError::Registers(match &optimised {
            Some(f) => format!("{e}\n{f}\n{}", dumps.lowered),
            None => e,
        })
    })?;
    stats.allocate = at.elapsed();
    if l.slots as usize > MAX_SLOTS {
        return Err(CompileError::TooManySlots(l.slots));
    }
    if opts.dump {
        dumps.allocated = l.to_string();
    }
    let at = Instant::now();
    let e = x64::emit(&l, &helpers, mode, opts).map_err(CompileError::Encoding)?;
    stats.encode = at.elapsed();
    if opts.dump {
        dumps.code = x64::listing::listing(&e, &l);
    }

    let range = mem.publish(&e.code).map_err(CompileError::Memory)?;
    let start_of_code = mem.address(&range);
    let mut exits = Packer::default();
    let mut places = vec![(Type::Val, Place::Const(0)); types.len()];
    for n in 0..l.exits.len() {
        pack(&mut exits, &snaps, &types, &l, n, &e.undone, &mut places);
    }
    let exits = exits.finish();
    let patch_points = e
        .patches
        .iter()
        .map(|p| patch_point(p, &e.code, l.exits[p.exit as usize].assumption))
        .collect();
    let call_sites = e
        .calls
        .iter()
        .map(|c| CallSite {
            returns_to: c.returns_to,
            exit: c.exit,
        })
        .collect();
    stats.bytes = (e.cold as usize, e.code.len());
    stats.exits = exits.len();
    stats.slots = l.slots as usize;
    stats.total = start.elapsed();
    let entry = start_of_code + e.entry as usize;
    Ok(Compiled {
        entry,
        exits,
        patch_points,
        call_sites,
        start: start_of_code,
        stats,
        dumps,
        mode,
        range,
    })
}

fn frame_offset(p: Place) -> Option<i32> {
    match p {
        Place::Word(n) if n >= 32 => Some(-8 * (n as i32 - 32 + 7)),
        _ => None,
    }
}

/// `places`: room for one of each value.
fn pack(
    out: &mut Packer,
    snaps: &[Arc<Snapshot>],
    types: &[Type],
    l: &LFunc,
    n: usize,
    undone: &[Option<u8>],
    places: &mut [(Type, Place)],
) {
    let e = &l.exits[n];
    let place = |loc: &Loc| match *loc {
        Loc::Reg(r) => Place::Word(ExitBuffer::index(r) as u32),
        Loc::Const(c) => Place::Const(c),
        Loc::Undone => Place::Word(u32::from(undone[n].unwrap_or(0))),
    };
    for (v, loc) in &e.vals {
        places[v.index()] = (types[v.index()], place(loc));
    }
    out.add(e.op, &snaps[e.snap.index()], |v: Value| places[v.index()]);
}

/// Computes the words before and after.
fn patch_point(p: &x64::PatchSite, code: &[u8], assumption: Option<u32>) -> PatchPoint {
    let word = |at: u32, n: usize| {
        let mut w = [0u8; 8];
        w[..n].copy_from_slice(&code[at as usize..at as usize + n]);
        u64::from_le_bytes(w)
    };
    let fires = assumption.map_or(Fires::Any, Fires::One);
    match p.kind {
        PatchKind::Jump => {
            let rel = p.stub.wrapping_sub(p.at + 4);
            PatchPoint {
                fires,
                exit: p.exit,
                kind: p.kind,
                at: p.at,
                before: word(p.at, 4),
                after: u64::from(rel),
            }
        }
        PatchKind::Nop => {
            let at = p.at & !7;
            let before = word(at, 8);
            let mut w = before.to_le_bytes();
            let k = (p.at - at) as usize;
            w[k] = 0xE9;
            w[k + 1..k + 5].copy_from_slice(&p.stub.wrapping_sub(p.at + 5).to_le_bytes());
            PatchPoint {
                fires,
                exit: p.exit,
                kind: p.kind,
                at,
                before,
                after: u64::from_le_bytes(w),
            }
        }
    }
}
