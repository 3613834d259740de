//! Typed IR in, machine code out.
//!
//! The crate knows nothing of Python. A recorder builds a [`ir::Func`], [`compile`] makes code for a [`Mode`] of it,
//! and the code leaves through numbered exits whose snapshots say what the interpreter's frames must look like.
//! Reading order: [`ir`] (what is compiled), [`opt`] (made better), [`lower`] (made machine-like, and where Single
//! and Multi differ), [`regalloc`], [`x64`], [`mem`], and [`compile()`](compile::compile), which is the whole way.
//!
//! # How a recorder uses it
//!
//! 1. `Func::new` gives an entry block with two parameters: the thread record and the register window. Load the
//!    registers that the trace reads from the window (class `frame`), guard their tags, unbox them.
//! 2. Keep a map from interpreter register to SSA value. Nothing is stored to the window inside the trace; a
//!    snapshot lists the registers that differ from the window, and the exit writes them.
//! 3. Every guard, checked operation, allocation, safepoint and exit names a snapshot: the state *before* the
//!    bytecode that would be executed again. After a call that had an effect, the state after it. A snapshot may hold
//!    integers, doubles and truth values unboxed: an `i64` stands for the Python int of that value.
//! 4. Close a loop with a jump to a block whose parameters are the registers that change; a `safepoint` comes first
//!    in that block. In Single it costs nothing: the back edge is a patch point. In Multi it tests the guard word.
//! 5. Reference counts: emit what the interpreter would do (`incref` when a value goes into a register or field,
//!    `decref` when it leaves). A snapshot's registers own what they hold; what is held otherwise at an exit goes into
//!    the snapshot's `release` list. The optimiser then removes the pairs that nothing can see.
//! 6. `alloc` makes an object with its header set; store all its fields. If it does not escape it is never made, and
//!    exits get a recipe ([`ir::VirtualObj`]). Objects whose shape has a finaliser are made by a helper instead.
//! 7. Facts that no guard checks are assumptions: list their numbers in `Func::assumptions`; loops then leave when
//!    one breaks. After a call that may run Python, add `patch` for those that the following code relies on.
//!    A `decref` may run a finaliser: given a snapshot of the state after it, it is such a place, on its slow path only.
//! 8. Calls to other compiled code: `enter` with the entry address (loaded from where publishing and breaking
//!    change it) and the callee's window. It gives the exit number; if that is `RETURNED` the value is in the thread
//!    record. If not, a helper must finish the callee's frame first: its exit buffer is the one that the next exit
//!    overwrites.
//! 9. [`compile`] for Single; keep the `Func`, packed ([`ir::Packed`]), and compile it again for Multi when that is wanted.
//! 10. Publish: check the assumptions again in the critical section in which the code becomes reachable. To break one,
//!     call [`Compiled::fire`] on the patch points that it fires; to make the code valid again, [`Compiled::restore`].
//! 11. [`Compiled::run`] returns an exit number. [`rebuild`] looks the snapshot's values up in the thread's
//!     [`ExitBuffer`] through [`ExitInfo::value`]; write the registers, take the references that are asked for, drop
//!     those of the release list, go on at the innermost frame's `pc`.
//!
//! When an exit has become hot, [`ir::region::split`] turns its guard in the kept `Func` into a branch; the recorder
//! goes on in the new block and jumps back into the function, which is then compiled again as one graph.
//!
//! What operations demand of operands is in the table ([`ir::op`]); the verifier checks types and dominance, not
//! facts: `box_int` wants an integer that fits 49 bits, `unbox_int` a value that is an inline integer, and so on. A
//! load must come after the guards that make it safe; loads are never moved above guards.
//!
//! # A counting loop
//!
//! ```
//! use threadsnake_jit::ir::{AliasClass, Builder, Func, Op, SnapEntry, SnapFrame, SnapVal, Snapshot, Type, boxed};
//! use threadsnake_jit::oracle::vm::{Slot, TestVm, World};
//! use threadsnake_jit::{CodeMemory, Mode, Rebuilt, compile, rebuild};
//!
//! // while i < n: i += 1        (i in register 0, n in register 1)
//! let mut f = Func::new("count");
//! let frame = |pc, regs: Vec<_>| SnapFrame { code: 0x1, pc, how: 0, regs: regs.into() };
//! let start = f.add_snap(Snapshot { frames: vec![frame(0, vec![])], ..Snapshot::default() });
//! let base = f.base();
//! let mut b = Builder::new(&mut f);
//! let mut int = |b: &mut Builder, off| {
//!     let v = b.load(Op::LoadVal, &[base], off, AliasClass::FRAME);
//!     b.guard(Op::GuardInt, &[v], 0, start);
//!     b.op(Op::UnboxInt, &[v])
//! };
//! let (i0, n) = (int(&mut b, 0), int(&mut b, 8));
//!
//! let head = b.func.add_block();
//! b.jump(head, &[i0]);
//! let i = b.func.add_param(head, Type::I64);
//! let reg = |v| vec![SnapEntry { place: 0, val: SnapVal::Value(v), incref: false }];
//! let again = b.func.add_snap(Snapshot { frames: vec![frame(2, reg(i))], ..Snapshot::default() });
//! let done = b.func.add_snap(Snapshot { frames: vec![frame(9, reg(i))], ..Snapshot::default() });
//! b.switch_to(head);
//! b.safepoint(again);
//! let more = b.op(Op::Ilt, &[i, n]);
//! b.guard(Op::GuardTrue, &[more], 0, done);
//! let one = b.iconst(1);
//! let next = b.checked(Op::IaddOvf, &[i, one], again);
//! b.jump(head, &[next]);
//!
//! let mem = CodeMemory::new(1 << 16)?;
//! let code = compile(&f, Mode::Single, &TestVm::options(), &mem)?;
//! // A world of the oracle stands in for the virtual machine here.
//! let mut vm = TestVm::new(&World { window: vec![Slot::int(3), Slot::int(10)], ..World::default() });
//! // SAFETY: the record and the window have the layout of the options.
//! let left = unsafe { code.run(vm.thread() as *mut u8, vm.base() as *mut u64) };
//! let exit = code.exits.get(left.exit as usize);
//! let state = rebuild(&exit.snap, |v| exit.value(vm.buffer(), v));
//! assert_eq!(state.frames[0].1, 9);
//! assert_eq!(state.frames[0].3, vec![(0, Rebuilt::Boxed(boxed::int(10)), false)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A float loop, and an object in a loop
//!
//! The same as text; `tests/ir/floats.ir` and `tests/ir/objects.ir` are the whole files, run in every way by the
//! tests. A double that a loop carries stays in a vector register, although each iteration boxes and unboxes it:
//!
//! ```
//! # use threadsnake_jit::{CodeMemory, Mode, Options, compile, ir::parse, oracle::vm::TestVm};
//! let f = parse(r#"
//! func "halve" {
//! snap s1 [frame 0x1 pc 3 how 0 { r0: v3 }]
//! b0(v0: ptr, v1: ptr):
//!     v2 = load_val v1 [0] frame
//!     jump b1(v2)
//! b1(v3: val):
//!     safepoint @s1
//!     guard_float v3 @s1
//!     v4 = unbox_float v3
//!     v5 = fconst 1.0
//!     v6 = fgt v4, v5
//!     guard_true v6 @s1
//!     v7 = fconst 0.5
//!     v8 = fmul v4, v7
//!     v9 = box_float v8
//!     jump b1(v9)
//! }
//! "#)?;
//! let mem = CodeMemory::new(1 << 16)?;
//! let code = compile(&f, Mode::Single, &Options { dump: true, ..TestVm::options() }, &mem)?;
//! let text = code.dumps.code.split(" loop:").last().unwrap_or("").split("cold:").next().unwrap_or("");
//! let words: Vec<_> = text.lines().filter_map(|l| l.split_whitespace().next()).collect();
//! // One comparison and one multiplication, both with constants in memory, one guard, one back edge.
//! assert_eq!(words, ["ucomisd", "jbe", "mulsd", "jmp"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A field read under a shape guard, with the counts that the interpreter would keep. The first iteration, peeled,
//! does it all; the loop that remains guards nothing about the object and does not touch its count:
//!
//! ```
//! # use threadsnake_jit::{CodeMemory, Mode, Options, compile, ir::parse, oracle::vm::TestVm};
//! let f = parse(r#"
//! func "add the field" {
//! snap s0 [frame 0x1 pc 0 how 0 {}]
//! snap s1 [frame 0x1 pc 3 how 0 { r1: v5 }]
//! snap s2 [frame 0x1 pc 3 how 0 { r1: v5 }; release v6]
//! b0(v0: ptr, v1: ptr):
//!     v2 = load_val v1 [0] frame
//!     v3 = load_val v1 [8] frame
//!     guard_float v3 @s0
//!     v4 = unbox_float v3
//!     jump b1(v4)
//! b1(v5: f64):
//!     safepoint @s1
//!     guard_obj v2 @s1
//!     v6 = unbox_obj v2
//!     guard_shape v6 0x7 @s1
//!     incref v6
//!     v7 = load_val v6 [16] slots
//!     guard_float v7 @s2
//!     v8 = unbox_float v7
//!     v9 = fadd v5, v8
//!     decref v6
//!     v10 = fconst 100.0
//!     v11 = flt v9, v10
//!     guard_true v11 @s1
//!     jump b1(v9)
//! }
//! "#)?;
//! let mem = CodeMemory::new(1 << 16)?;
//! let code = compile(&f, Mode::Single, &Options { dump: true, ..TestVm::options() }, &mem)?;
//! let last = &code.dumps.ir.last().expect("a pass that changed something").1;
//! let in_loop = last.split("safepoint").last().unwrap_or("");
//! for gone in ["guard_shape", "guard_obj", "guard_float", "incref", "decref", "load_val"] {
//!     assert!(!in_loop.contains(gone), "{gone} in {in_loop}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is unsafe here
//!
//! [`mem`] (mappings, patches), [`Compiled::run`], [`oracle::vm`] (a machine for tests), [`unwind`] and
//! [`gdb`] (registration with the unwinder and the debugger), [`profile`] (two system calls). Nothing else.

mod bytes;
pub mod compile;
pub mod exit;
pub mod exits;
pub mod gdb;
pub mod ir;
pub mod lower;
pub mod mem;
pub mod opt;
pub mod options;
pub mod oracle;
pub mod profile;
pub mod regalloc;
pub mod unwind;
pub mod x64;

pub use compile::{
    CompileError, Compiled, Dumps, Entry, Fires, Left, PatchPoint, Stats, compile, compile_owned,
    read_at_call,
};
pub use exit::{ExitBuffer, ExitInfo, Place, Rebuilt, State, rebuild};
pub use exits::Exits;
pub use mem::{CodeMemory, CodeMemoryError, CodeRange};
pub use options::{
    FreeLists, Mode, Options, OwnLock, Passes, PatchForm, RuntimeCalls, ThreadLayout, VmLayout,
};
pub use x64::PatchKind;

/// What [`Left::exit`] is when the code returned a value.
pub const RETURNED: u32 = u32::MAX;
