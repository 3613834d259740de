//! A recording in progress: what each register holds, as SSA values; snapshots; reference counts.
//!
//! The trace is a loop: an entry block that loads registers from the window and checks what they hold, and a header block
//! in which the body begins. A register of the loop's frame is loaded at its first use, in the entry. Those that the body
//! changes become parameters of the header when the loop is closed.
//!
//! Counts: a register's value is *owned* (the code holds a reference for it) or *borrowed* (something else keeps it alive:
//! the window, a container that was not touched since, the code's own constants). Borrowed values cost nothing; an exit
//! takes the reference. Before anything that may drop references elsewhere, they are counted ([`Recorder::own_all`]).

mod snapshots;
mod values;

pub use values::Val;

use super::exit::{self, Inlined};
use super::facts::Fact;
use super::meet::Meeting;
use super::multi::{Read, Write};
use super::region::{Inner, Region};
use crate::object::code::Code as PyCode;
use crate::object::frame::Frame;
use crate::object::types::Type as PyType;
use crate::object::{Obj, Py, Value};
use crate::runtime::thread::Thread;
use std::cell::RefCell;
use std::collections::HashMap;
use threadsnake_front::code::Hidden;
use threadsnake_front::opcode::Op as ByteOp;
use threadsnake_jit::ir::{
    AliasClass, Block, Builder, ClassSet, Func, HelperDecl, Op, Snap, SnapEntry, SnapFrame,
    Snapshot, Type, Value as V,
};
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};
use threadsnake_threads::watch::Assumption;

/// Why a recording was given up. Feeds reports; the interpreter goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Abort {
    /// This instruction is not recorded.
    Opcode(ByteOp),
    /// A call of this kind is not recorded.
    Call(&'static str),
    /// Another loop began inside this one.
    InnerLoop,
    /// The frame of the loop was left.
    Left,
    /// The running frame is not the one that was expected: an exception, or a generator.
    Frame,
    /// The trace became too long.
    TooLong,
    /// Too many calls inside each other.
    TooDeep,
    /// A register holds another type at the end of the loop than at its start.
    Unstable(u16),
    /// The instruction raised, or took a way that was not foreseen.
    Surprise,
}

impl std::fmt::Display for Abort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Abort::Opcode(op) => write!(f, "{} is not recorded", op.name()),
            Abort::Call(what) => write!(f, "{what} is not recorded"),
            Abort::InnerLoop => f.write_str("another loop began inside"),
            Abort::Left => f.write_str("the loop was left"),
            Abort::Frame => f.write_str("the frame changed in a way that is not recorded"),
            Abort::TooLong => f.write_str("the trace became too long"),
            Abort::TooDeep => f.write_str("calls are nested too deeply"),
            Abort::Unstable(r) => write!(f, "register {r} changes its type in the loop"),
            Abort::Surprise => f.write_str("an instruction took a way that was not foreseen"),
        }
    }
}

/// The result of recording something.
pub type Rec<T = ()> = Result<T, Abort>;

/// One register.
#[derive(Clone, Copy, Debug)]
pub struct Reg {
    /// What it holds.
    pub val: Val,
    /// A reference is held for it by the code.
    pub owned: bool,
    /// Differs from the window's word.
    pub dirty: bool,
    /// The value at the header, once it was loaded.
    pub init: Option<V>,
    /// What the body took it to be there; `Unread` if it wrote it first.
    pub first: Val,
}

impl Reg {
    /// Not looked at yet.
    pub const UNREAD: Reg = Reg {
        val: Val::Unread,
        owned: false,
        dirty: false,
        init: None,
        first: Val::Unread,
    };
}

/// A frame of the trace.
#[derive(Clone)]
pub struct RFrame {
    /// Its code.
    pub code: *const PyCode,
    /// Its registers, and behind them, in the loop's frame, state of iterators.
    pub regs: Vec<Reg>,
    /// Offset of its register 0 from that of the loop's frame.
    pub offset: usize,
    /// Number in the table of inlined frames; the loop's frame has none.
    pub inlined: usize,
    /// Where it goes on after the call that it is in.
    pub resume: u32,
    /// The function, and whether a reference is held for it.
    pub owner: (Val, bool),
    /// For each register beyond those of the code: which state of an iterator it is, as a number in
    /// [`Recorder::places`]; [`GONE`]: of one that is not there any more. See `step::iterate`.
    pub states: Vec<usize>,
    /// The registers of a generator, which lie in its object; null: they lie on the thread's stack. The generator is
    /// `owner`, `offset` is where a callee's registers begin. See `step::generator`.
    pub heap: *const Value,
    /// Headers of inner loops whose turns have been recorded one after the other, each as often as that happened.
    pub turns: Vec<u32>,
    /// The exception that it handles, borrowed from the handler's register; `Empty`: none.
    pub exc: Val,
}

/// See [`RFrame::states`].
pub const GONE: usize = usize::MAX;

impl RFrame {
    /// A frame on the thread's stack that has just been entered; see the fields.
    pub fn new(code: *const PyCode, regs: Vec<Reg>, offset: usize, inlined: usize) -> RFrame {
        RFrame {
            code,
            regs,
            offset,
            inlined,
            resume: 0,
            owner: (Val::Empty, false),
            states: Vec::new(),
            heap: std::ptr::null(),
            turns: Vec::new(),
            exc: Val::Empty,
        }
    }
    /// Whether it is a generator's.
    pub fn is_generator(&self) -> bool {
        !self.heap.is_null()
    }
    /// Number of registers of the code.
    pub fn nregs(&self) -> usize {
        self.regs.len() - self.states.len()
    }
    /// Place of a register, or of a state behind them, in snapshots.
    pub fn place(&self, r: usize) -> u32 {
        match r.checked_sub(self.nregs()) {
            None => r as u32,
            Some(k) => exit::PLACE + self.states[k] as u32,
        }
    }
    /// The register behind the others that stands for this state; makes it if it is not there.
    pub fn state(&mut self, number: usize) -> usize {
        if let Some(k) = self.states.iter().position(|s| *s == number) {
            return self.nregs() + k;
        }
        self.states.push(number);
        self.regs.push(Reg::UNREAD);
        self.regs.len() - 1
    }
}

/// The next recording's number.
static GENERATION: AtomicU64 = AtomicU64::new(1);

/// What the next instruction will tell.
#[derive(Clone, Copy)]
pub enum Pending {
    /// Nothing.
    None,
    /// Of which kind the value of this register is.
    Kind(usize),
    /// Whether an iterator gave an item.
    Next(NextItem),
    /// Which way a branch went: its condition, where each way leads, and whether Python code may have run before it.
    Branch(V, u32, u32, bool),
}

/// See [`Pending::Next`].
#[derive(Clone, Copy)]
pub struct NextItem {
    /// Registers of the item and of the iterator.
    pub regs: (usize, usize),
    /// What the iterator gave.
    pub item: V,
    /// Whether that says that there is none.
    pub at_end: V,
    /// Where each way leads: with an item, without.
    pub ways: (u32, u32),
}

/// Where an instruction may raise. See `step::raise`.
#[derive(Clone)]
pub struct RaisePoint {
    /// The state there.
    pub snap: Snap,
    /// The guards that leave through that lead there; else the trace is there.
    pub guarded: bool,
    /// The frames there.
    pub frames: Vec<RFrame>,
    /// References to drop there.
    pub drops: Vec<Val>,
}

/// Frames that may be inlined into each other.
pub const MAX_DEPTH: usize = 10;
/// Bytecodes of one trace.
pub const MAX_STEPS: usize = 4000;
/// Place of a frame's function in snapshots.
pub const OWNER: u32 = exit::OWNER;

/// See the module.
pub struct Recorder {
    /// The IR so far.
    pub func: Func,
    /// Where instructions go.
    pub cur: Block,
    /// The header block.
    pub header: Block,
    /// State at the entry.
    pub entry_snap: Snap,
    /// What is recorded.
    pub region: *const Region,
    /// That is a whole function: it ends at its return.
    pub function: bool,
    /// See `State::loose`.
    pub loose: Vec<u16>,
    /// See `State::called`.
    pub called: Vec<usize>,
    /// A Python function that is called through a helper runs now: the instruction after the call, and how many of the
    /// function's have run.
    pub skipping: Option<(u32, usize)>,
    /// Frames, the loop's first.
    pub frames: Vec<RFrame>,
    /// Table of inlined frames.
    pub inlined: Vec<Inlined>,
    /// Iterator state that is kept in machine registers: register and field offset of each.
    pub places: Vec<(u16, i32)>,
    /// Registers and states of the loop's frame that are parameters of the header already, and what the entry gives for
    /// them: of the region that grows.
    pub params: Vec<(usize, V)>,
    /// See `Kept::joined`.
    pub joined: Vec<u32>,
    /// When it began: `state::thread_time`.
    pub began: u64,
    /// See `Kept::generation`.
    pub generation: u64,
    /// The exit from which it is recorded; `None`: from the header.
    pub origin: Option<u32>,
    /// Copied inner loops that the trace is inside of.
    pub inside: Inner,
    /// For snapshots inside copies of inner loops: the loops.
    pub inner: HashMap<u32, Inner>,
    /// Snapshots that were made after turns of inner loops: for each turn the number of the frame and the header.
    pub turned: HashMap<u32, Vec<(usize, u32)>>,
    /// Where ways may meet: see [`super::meet`].
    pub meetings: Vec<Arc<Meeting>>,
    /// So many of them were there when it began.
    pub known_meetings: usize,
    /// A call that may return in several places has just returned.
    pub came_back: bool,
    /// The instruction's call has been pushed by the recorder.
    pub pushed: bool,
    /// Turns of inner loops that were recorded because their code does not take the registers as they are.
    pub turns: usize,
    /// An inner loop has just been left: its header, if that is where this goes on, is not its beginning.
    pub left_inner: bool,
    /// Stores to shared objects.
    pub writes: Vec<Write>,
    /// Reads of items of lists.
    pub reads: Vec<Read>,
    /// Facts.
    pub facts: Vec<(Fact, Arc<Assumption>)>,
    /// Facts that broke before.
    pub distrusted: Vec<Fact>,
    /// Objects that the code names.
    pub keep: Vec<Obj>,
    /// See [`Pending`].
    pub pending: Pending,
    /// The running record of the loop.
    pub root: *mut Frame,
    /// The root is a generator's, whose items native code takes where it yields.
    pub sinks: bool,
    /// This instruction was recorded with the one before it.
    pub recorded: Option<u32>,
    /// Where the instruction that was recorded last may raise.
    pub raise: Option<RaisePoint>,
    /// It has raised, or what it called: whether the exception is a fresh one for its frame.
    pub raised: Option<bool>,
    /// Instructions so far.
    pub steps: usize,
    /// Registers needed above the loop's register 0.
    pub registers: usize,
    /// Frames needed.
    pub depth: usize,
    /// References to drop at the end of the instruction.
    pub(super) drops: Vec<Val>,
    /// The snapshot before the instruction, if one was made.
    before: Option<Snap>,
    /// The list of each frame in the last snapshot: the next one shares it if nothing has changed.
    pub(super) listed: RefCell<Vec<Arc<[SnapEntry]>>>,
    /// Index of the instruction.
    pub pc: u32,
}

// SAFETY: a recorder stays with its thread; the pointers are that thread's record and a region, which is shared.
unsafe impl Send for Recorder {}

impl Recorder {
    /// Begins at the header of a loop.
    ///
    /// # Safety
    /// `f` is the running record, about to execute the header of the region's loop.
    pub unsafe fn new(region: &Region, f: *mut Frame) -> Recorder {
        let code: &PyCode = &region.code;
        let function = region.is_function();
        let name = match function {
            true => code.front.qualname.to_string(),
            false => format!("{} loop {}", code.front.qualname, region.number),
        };
        let mut func = Func::new(&name);
        func.assumptions = vec![0];
        let header = func.add_block();
        let frame = |pc| SnapFrame {
            code: 0,
            pc,
            how: exit::RESUME,
            regs: Arc::default(),
        };
        let entry_snap = func.add_snap(Snapshot {
            frames: vec![frame(region.header)],
            ..Snapshot::default()
        });
        let head_snap = func.add_snap(Snapshot {
            frames: vec![frame(region.header)],
            ..Snapshot::default()
        });
        if !function {
            let mut b = Builder::new(&mut func);
            b.switch_to(header);
            b.safepoint(head_snap);
        }
        let nregs = code.front.nregs as usize;
        let mut regs = vec![Reg::UNREAD; nregs];
        if function {
            // Variables that are no parameters are unbound at the entry.
            for reg in &mut regs[code.nparams as usize..code.front.nlocals as usize] {
                (reg.val, reg.dirty) = (Val::Empty, true);
            }
        }
        let (distrusted, loose, called) = {
            let state = region.state.lock();
            (
                state.distrusted.clone(),
                state.loose.clone(),
                state.called.clone(),
            )
        };
        Recorder {
            func,
            cur: header,
            header,
            entry_snap,
            region,
            function,
            loose,
            called,
            skipping: None,
            frames: vec![RFrame::new(code, regs, 0, 0)],
            inlined: Vec::new(),
            places: Vec::new(),
            params: Vec::new(),
            joined: Vec::new(),
            began: super::state::thread_time(),
            generation: GENERATION.fetch_add(1, Ordering::Relaxed),
            origin: None,
            inside: Inner::default(),
            inner: HashMap::new(),
            turned: HashMap::new(),
            meetings: Vec::new(),
            known_meetings: 0,
            came_back: false,
            pushed: false,
            turns: 0,
            left_inner: false,
            writes: Vec::new(),
            reads: Vec::new(),
            facts: Vec::new(),
            distrusted,
            keep: Vec::new(),
            pending: Pending::None,
            root: f,
            sinks: false,
            recorded: None,
            raise: None,
            raised: None,
            steps: 0,
            registers: nregs,
            depth: 0,
            drops: Vec::new(),
            before: None,
            listed: RefCell::default(),
            pc: region.header,
        }
    }

    /// The running frame.
    pub fn top(&self) -> &RFrame {
        &self.frames[self.frames.len() - 1]
    }
    /// The running frame.
    pub fn top_mut(&mut self) -> &mut RFrame {
        let n = self.frames.len() - 1;
        &mut self.frames[n]
    }
    /// The code of the running frame, if it is that of a call or of a generator that was resumed.
    pub fn callee(&self) -> Option<usize> {
        (self.frames.len() > 1).then_some(self.top().code as usize)
    }
    /// The code of the running frame.
    pub fn code(&self) -> &'static PyCode {
        // SAFETY: kept alive by the region or by `keep`, both longer than the recording.
        unsafe { &*self.top().code }
    }
    /// Keeps an object alive as long as the code, and gives its word.
    pub fn keep(&mut self, o: &Obj) -> u64 {
        if o.header().is_some() && !self.keep.iter().any(|k| k.is(o)) {
            self.keep.push(o.clone());
        }
        o.value().0
    }
    /// Assumes a fact; it must be read afterwards. `false`: it broke before, do without.
    pub fn assume(&mut self, th: &Thread, fact: Fact) -> bool {
        if self.distrusted.contains(&fact) {
            return false;
        }
        if !self.facts.iter().any(|(f, _)| *f == fact) {
            let a = th.rt().jit().watchers.assume(&fact);
            self.facts.push((fact, a));
        }
        true
    }

    /// Assumes that look-ups through a type find what they find from now on, and keeps it. `false`: as [`Recorder::assume`].
    pub fn assume_type(&mut self, th: &Thread, t: &Py<PyType>) -> bool {
        if !self.assume(th, Fact::of_type(t)) {
            return false;
        }
        // Only changes of a type that has a version are told.
        t.version_for_cache(th);
        self.keep(t.obj());
        true
    }

    // --- instructions

    /// Builds in the body.
    pub fn b(&mut self) -> Builder<'_> {
        let cur = self.cur;
        let mut b = Builder::new(&mut self.func);
        b.switch_to(cur);
        b
    }
    /// Builds in the entry.
    pub fn entry(&mut self) -> Builder<'_> {
        Builder::new(&mut self.func)
    }
    /// A pure operation.
    pub fn op(&mut self, op: Op, args: &[V]) -> V {
        self.b().op(op, args)
    }
    /// A checked operation that leaves to before the instruction.
    pub fn checked(&mut self, op: Op, args: &[V]) -> V {
        let s = self.before();
        self.b().checked(op, args, s)
    }
    /// A guard that leaves to before the instruction.
    pub fn guard(&mut self, op: Op, args: &[V], imm: u64) {
        let s = self.before();
        self.b().guard(op, args, imm, s);
    }
    /// A load.
    pub fn load(&mut self, op: Op, args: &[V], off: i32, class: AliasClass) -> V {
        self.b().load(op, args, off, class)
    }
    /// An integer constant.
    pub fn iconst(&mut self, n: i64) -> V {
        self.b().iconst(n)
    }

    // --- registers

    /// Writes a register of the running frame; what it held is dropped at the end of the instruction.
    pub fn put(&mut self, r: usize, val: Val, owned: bool) -> Rec {
        let n = self.frames.len() - 1;
        self.put_in(n, r, val, owned)
    }

    /// Writes a register of a frame.
    pub fn put_in(&mut self, n: usize, r: usize, val: Val, owned: bool) -> Rec {
        let old = self.frames[n].regs[r];
        if old.val == Val::Unread {
            // One of a generator is a temporary, which holds nothing that the compiler did not read.
            if n == 0 {
                self.first_write(r, val)?;
            }
        } else if old.owned && Self::may_be_pointer(old.val) {
            self.drops.push(old.val);
        }
        let reg = &mut self.frames[n].regs[r];
        reg.val = val;
        reg.owned = owned && Self::may_be_pointer(val);
        reg.dirty = true;
        self.forget_states(n, r);
        Ok(())
    }

    /// The iterator that a register held is gone, and with it the state that was kept for it.
    pub fn forget_states(&mut self, n: usize, r: usize) {
        let nregs = self.frames[n].nregs();
        for k in 0..self.frames[n].states.len() {
            let s = self.frames[n].states[k];
            if s != GONE
                && self.places[s].0 as usize == r
                && self.frames[n].regs[nregs + k].init.is_none()
            {
                self.frames[n].states[k] = GONE;
                self.frames[n].regs[nregs + k] = Reg::UNREAD;
            }
        }
    }

    /// Whether a register of the loop's frame is that of a variable, also of a comprehension around the header: such a one
    /// may hold something there that nothing reads.
    pub(super) fn is_variable(&self, r: usize) -> bool {
        // SAFETY: the loop's code and regions live as long as the runtime.
        let (code, at) = unsafe { (&*self.frames[0].code, (*self.region).header) };
        let of_comprehension = |h: &Hidden| h.reg as usize == r && h.start <= at && at < h.end;
        r < code.front.nlocals as usize || code.front.hidden.iter().any(of_comprehension)
    }

    /// A register of the loop's frame is written before it is read: a variable keeps its old value for exits before this.
    fn first_write(&mut self, r: usize, new: Val) -> Rec {
        if !self.is_variable(r) {
            // A temporary: dead at the header, or the compiler would not write it before reading it.
            return Ok(());
        }
        // SAFETY: a register of the loop's frame, which the trace has not changed.
        let word = unsafe { *(*self.root).base.add(r) };
        let (base, snap) = (self.func.base(), self.entry_snap);
        let v = self
            .entry()
            .load(Op::LoadVal, &[base], 8 * r as i32, AliasClass::FRAME);
        let loose = self.function || self.loose.contains(&(r as u16));
        if !loose && !word.is_ptr() && !Self::may_be_pointer(new) {
            // Most likely it never holds an object: so nothing has to be dropped here. Closing checks it.
            let is = self.entry().op(Op::IsObj, &[v]);
            self.entry().guard(Op::GuardFalse, &[is], 0, snap);
        } else {
            self.drops.push(Val::Any(v));
        }
        self.frames[0].regs[r].init = Some(v);
        Ok(())
    }

    /// Takes the value out of a register whose kill bit is set, else gives it borrowed.
    pub fn take(&mut self, r: usize, killed: bool) -> Rec<(Val, bool)> {
        let val = self.val(r)?;
        if !killed {
            return Ok((val, false));
        }
        let n = self.frames.len() - 1;
        let owned = self.frames[n].regs[r].owned;
        // A guard on another operand leaves to where this one is still there.
        let asked = |reg: &Reg| matches!(reg.val, Val::Any(_));
        if self.before.is_none() && self.frames[n].regs.iter().any(asked) {
            self.before();
        }
        self.emptied(n, r);
        Ok((val, owned))
    }

    fn emptied(&mut self, n: usize, r: usize) {
        let reg = &mut self.frames[n].regs[r];
        reg.val = Val::Empty;
        reg.owned = false;
        reg.dirty = true;
        self.forget_states(n, r);
    }

    /// Empties a register; what it held is dropped at the end of the instruction. Of which kind it is need not be known: a
    /// guard here would leave to before an instruction that may have done its work already.
    pub fn kill(&mut self, r: usize) -> Rec {
        let n = self.frames.len() - 1;
        let reg = self.frames[n].regs[r];
        let (v, owned) = match reg.val {
            Val::Any(_) => {
                self.emptied(n, r);
                (reg.val, reg.owned)
            }
            _ => self.take(r, true)?,
        };
        self.drop_later(v, owned);
        Ok(())
    }

    /// Empties the registers whose kill bits are set.
    pub fn kills(&mut self, k: u8, which: &[(u8, usize)]) -> Rec {
        for (bit, r) in which {
            if k & bit != 0 {
                self.kill(*r)?;
            }
        }
        Ok(())
    }

    /// A reference that the code holds is dropped at the end of the instruction.
    pub fn drop_later(&mut self, v: Val, owned: bool) {
        if owned && Self::may_be_pointer(v) {
            self.drops.push(v);
        }
    }

    /// Whether references are to be dropped at the end of the instruction.
    pub fn drops_anything(&self) -> bool {
        self.drops.iter().any(|v| counted(v).is_some())
    }

    /// Takes back the last reference that was to be dropped.
    pub fn undrop(&mut self, was: bool) {
        if was {
            self.drops.pop();
        }
    }

    /// Counts everything that is borrowed: before something that may drop references elsewhere.
    pub fn own_all(&mut self) {
        let mut todo = Vec::new();
        for f in &mut self.frames {
            for r in &mut f.regs {
                // Constants are kept alive by the code.
                if !r.owned && r.dirty && matches!(r.val, Val::Obj(_) | Val::Any(_)) {
                    r.owned = true;
                    todo.push(r.val);
                }
            }
            if !f.owner.1 && matches!(f.owner.0, Val::Obj(_) | Val::Any(_)) {
                f.owner.1 = true;
                todo.push(f.owner.0);
            }
        }
        if !todo.is_empty() {
            self.before = None;
        }
        for v in todo {
            self.incref(v);
        }
    }

    /// The end of an instruction: drops what it dropped. The state is that at `pc`.
    pub fn flush(&mut self, pc: u32) {
        self.before = None;
        self.drops.retain(|v| counted(v).is_some());
        if self.drops.is_empty() {
            return;
        }
        self.own_all();
        while !self.drops.is_empty() {
            let v = self.drops.remove(0);
            let s = self.snap(pc, exit::RESUME);
            let (op, x) = match v {
                Val::Obj(o) => (Op::Decref, o),
                Val::Any(a) => (Op::DecrefVal, a),
                _ => continue,
            };
            let cur = self.cur;
            let mut b = Builder::new(&mut self.func);
            b.switch_to(cur);
            b.push(threadsnake_jit::ir::InstData::new(op, &[x]).at(s));
        }
    }

    // --- calls of helpers

    /// Calls a helper: the thread record first. `python`: it may run Python code, so that a patch point follows (by the
    /// caller, with [`Recorder::patched`]); `reads` and `writes`: memory it touches otherwise.
    pub fn helper(
        &mut self,
        name: &'static str,
        addr: *const (),
        args: &[V],
        ret: Option<Type>,
        effects: Effects,
    ) -> Option<V> {
        self.helper_at(name, addr, args, ret, effects, None)
    }

    /// As [`Recorder::helper`]; `snap` is what the frames look like to those who ask meanwhile.
    pub fn helper_at(
        &mut self,
        name: &'static str,
        addr: *const (),
        args: &[V],
        ret: Option<Type>,
        effects: Effects,
        snap: Option<Snap>,
    ) -> Option<V> {
        let mut all = vec![self.func.thread()];
        all.extend_from_slice(args);
        let types: Vec<Type> = all.iter().map(|v| self.func.ty(*v)).collect();
        let python = effects == Effects::Python;
        let (reads, writes) = match effects {
            Effects::Python => (ClassSet::ALL, ClassSet::ALL),
            Effects::Classes(r, w) => (r, w),
        };
        let h = self.func.add_helper(HelperDecl {
            name: name.into(),
            addr: addr as u64,
            args: types,
            ret,
            reads,
            writes,
            raises: true,
            python,
            pure: false,
            multi: true,
            replaces: None,
        });
        self.b().call(h, &all, snap)
    }

    /// A helper that may run Python code and raise: the state before is what an exception finds. The result is a new
    /// reference.
    pub fn python_helper(&mut self, name: &'static str, addr: *const (), args: &[V]) -> Rec<V> {
        self.own_all();
        let raise = self.snap(self.pc + 1, exit::RAISE);
        let v = self
            .helper_at(
                name,
                addr,
                args,
                Some(Type::Val),
                Effects::Python,
                Some(raise),
            )
            .ok_or(Abort::Surprise)?;
        self.b().guard(Op::GuardNotEmpty, &[v], 0, raise);
        self.may_raise(raise, true);
        Ok(v)
    }

    /// A helper that runs no Python and touches these classes only, and may raise. The result is a new reference.
    pub fn leaf_helper(
        &mut self,
        name: &'static str,
        addr: *const (),
        args: &[V],
        classes: ClassSet,
    ) -> Rec<V> {
        self.raising_helper(name, addr, args, Effects::Classes(classes, classes))
    }

    /// As [`Recorder::leaf_helper`], of one that reads these classes and writes none.
    pub fn reading_helper(
        &mut self,
        name: &'static str,
        addr: *const (),
        args: &[V],
        reads: ClassSet,
    ) -> Rec<V> {
        self.raising_helper(name, addr, args, Effects::Classes(reads, ClassSet::NONE))
    }

    fn raising_helper(
        &mut self,
        name: &'static str,
        addr: *const (),
        args: &[V],
        effects: Effects,
    ) -> Rec<V> {
        let raise = self.snap(self.pc + 1, exit::RAISE);
        let v = self
            .helper(name, addr, args, Some(Type::Val), effects)
            .ok_or(Abort::Surprise)?;
        self.b().guard(Op::GuardNotEmpty, &[v], 0, raise);
        self.may_raise(raise, true);
        Ok(v)
    }

    /// A helper that runs no Python; where it gives nothing it has done nothing, and the interpreter does the instruction.
    pub fn trying_helper(
        &mut self,
        name: &'static str,
        addr: *const (),
        args: &[V],
        effects: Effects,
    ) -> Rec<V> {
        let v = self
            .helper(name, addr, args, Some(Type::Val), effects)
            .ok_or(Abort::Surprise)?;
        let s = self.before_otherwise();
        self.b().guard(Op::GuardNotEmpty, &[v], 0, s);
        self.forget_before();
        Ok(v)
    }

    /// The place after a call that may have run Python code, once its result is in its register; the state is that at
    /// `pc`.
    pub fn patched(&mut self, pc: u32) {
        let s = self.snap(pc, exit::RESUME);
        self.b().patch(0, s);
        self.before = None;
    }

    /// Address of register `r` of the running frame.
    pub fn address(&mut self, r: usize) -> V {
        let off = 8 * (self.top().offset + r) as i32;
        self.need(self.top().offset + r + 1);
        let base = self.func.base();
        let mut d = threadsnake_jit::ir::InstData::new(Op::Padd, &[base]);
        d.mem.off = off;
        d.imm = off as i64 as u64;
        let thread = self.func.thread();
        self.b().push(d).unwrap_or(thread)
    }

    /// So many registers are needed above the loop's register 0.
    pub fn need(&mut self, n: usize) {
        self.registers = self.registers.max(n);
    }
}

/// What a helper may do.
#[derive(Clone, Copy, PartialEq)]
pub enum Effects {
    /// Anything.
    Python,
    /// Reads and writes these classes only, and runs no Python code.
    Classes(ClassSet, ClassSet),
}

/// The SSA value of something counted.
fn counted(v: &Val) -> Option<V> {
    match v {
        Val::Obj(v) | Val::Any(v) => Some(*v),
        _ => None,
    }
}
