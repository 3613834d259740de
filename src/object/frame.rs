//! Frames: the control record of a running function, the Python object that shows it, and generators, which own theirs.
//!
//! A thread's control records lie in one array (`Thread::frames`), its registers in another (`Thread::stack`); a call
//! pushes a record and a register window without touching the native stack. A generator's record and registers lie in
//! the generator object while it is suspended; its registers stay there while it runs.
//!
//! Invariants
//! - F1: a control record and its registers are touched by the thread that runs them only.
//! - F2: words of the register stack above the running frame's registers hold no references.
//! - F3: who moves a generator's `state` from CREATED or SUSPENDED to RUNNING (compare-and-swap) owns its record and
//!   registers until it stores another state.

use super::guarded::Guarded;
use super::layout::{Layout, Native, Visit};
use super::obj::{Obj, Slot};
use super::type_ids::TypeId;
use super::value::Value;
use crate::runtime::thread::Thread;
use std::cell::UnsafeCell;
use threadsnake_front::instr::Instr;
use threadsnake_threads::header::Header;
use threadsnake_threads::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, Ordering};

/// Frame flags.
pub mod flag {
    /// Leaving this frame leaves the interpreter loop that started it.
    pub const ENTRY: u8 = 1;
    /// The frame of a generator, coroutine or async generator.
    pub const GENERATOR: u8 = 2;
    /// `__init__` called by a class call: what it returns must be None, the instance is the result.
    pub const INIT: u8 = 4;
    /// The registers lie in a generator object, not on the thread's stack.
    pub const HEAP: u8 = 8;
    /// A generator that a `for` loop resumes: its end is not an exception (`ForIter`).
    pub const FOR_ITER: u8 = 16;
    /// Resumed by `Send`: its end branches.
    pub const SEND: u8 = 32;
    /// Of a function's frame, which cannot be `SEND`: the method of a binary operator (`interp::operator`).
    pub const OPERATOR: u8 = 32;
    /// The result of `__bool__`-like helper frames is not stored.
    pub const DISCARD: u8 = 64;
    /// Whoever watches the thread has been told that it runs (`interp::trace`).
    pub const TRACED: u8 = 128;
}

/// The control record of a running function (F1). Plain data.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Frame {
    /// Next instruction to run; the one after the current one while it runs.
    pub pc: *const Instr,
    /// Register 0.
    pub base: *mut Value,
    /// End of the registers that this frame uses on the thread's stack: where a callee's may begin.
    pub limit: *mut Value,
    /// Payload of the code object; the function or the caller's window keeps it alive.
    pub code: *const super::code::Code,
    /// Payload of the function; null for module and class code run without one.
    pub func: *const super::function::Function,
    /// The globals dict; kept alive by function, or by `owner`.
    pub globals: Value,
    /// The builtins dict.
    pub builtins: Value,
    /// Mapping of local names, owned; empty where locals are registers only.
    pub locals: Value,
    /// Exception being handled in this frame: borrowed from a register.
    pub exc: Value,
    /// What keeps code, function and globals alive, owned: the callable. Empty for generators (the object does).
    pub owner: Value,
    /// The frame object, owned, if one was made.
    pub object: Value,
    /// The generator object, borrowed from who resumes it.
    pub generator: Value,
    /// Register of the caller that gets the result.
    pub dst: u16,
    /// See [`flag`].
    pub flags: u8,
    /// Compiled code drops the frame's variables: whoever looks takes it for gone.
    pub ending: bool,
}

impl Frame {
    /// A record with nothing in it.
    pub const EMPTY: Frame = Frame {
        pc: std::ptr::null(),
        base: std::ptr::null_mut(),
        limit: std::ptr::null_mut(),
        code: std::ptr::null(),
        func: std::ptr::null(),
        globals: Value::EMPTY,
        builtins: Value::EMPTY,
        locals: Value::EMPTY,
        exc: Value::EMPTY,
        owner: Value::EMPTY,
        object: Value::EMPTY,
        generator: Value::EMPTY,
        dst: 0,
        flags: 0,
        ending: false,
    };
}

/// What a resumption of a generator, or of another iterator, gave.
pub enum Resumed {
    /// A value was yielded.
    Yielded(Obj),
    /// It returned.
    Returned(Obj),
}

/// Payload of frame objects.
pub struct FrameObj {
    /// `f_code`
    pub code: Obj,
    /// `f_globals`
    pub globals: Obj,
    /// `f_builtins`
    pub builtins: Obj,
    /// `f_locals` of module and class frames; for functions the snapshot taken when the frame ended.
    pub locals: Slot,
    /// `f_back`, once the frame has ended; while it runs the record below is asked.
    pub back: Slot,
    /// The record while the frame runs or is suspended; null afterwards. Used by the owning thread only.
    pub live: AtomicPtr<Frame>,
    /// Slot of the thread whose record it is.
    pub thread: AtomicU32,
    /// Index of the instruction when the frame ended, or last left an instruction.
    pub lasti: AtomicU32,
    /// Values of the variables when the frame ended.
    pub values: Guarded<Vec<Option<Obj>>>,
    /// `f_trace`
    pub trace: Slot,
    /// `NO_LINES`, `OPCODES`.
    pub trace_options: AtomicU8,
    /// The line that a trace function is told, while it runs; else 0. Written by the frame's thread.
    pub line: AtomicU32,
    /// What was written to `f_locals` under names that are no variables: a dict, made when needed.
    pub extra: Slot,
}

impl FrameObj {
    /// `f_trace_lines` is false.
    pub const NO_LINES: u8 = 1;
    /// `f_trace_opcodes` is true.
    pub const OPCODES: u8 = 2;
    /// A trace function is told that the frame starts: nothing of it has run.
    pub const AT_START: u8 = 4;
}

static FRAME: Layout = Layout::of::<FrameObj>("frame");

// SAFETY: FRAME is of this type.
unsafe impl Native for FrameObj {
    const TYPE: TypeId = TypeId::Frame;
    const LAYOUT: &'static Layout = &FRAME;
    fn traverse(&self, visit: Visit<'_>) {
        for o in [&self.code, &self.globals, &self.builtins] {
            visit(o.value());
        }
        for s in [&self.locals, &self.back, &self.trace, &self.extra] {
            visit(s.raw());
        }
        // SAFETY: the world is stopped.
        unsafe { self.values.peek() }
            .iter()
            .flatten()
            .for_each(|o| visit(o.value()));
    }
    fn clear(&self, th: &Thread) {
        self.locals.set(th, None);
        self.back.set(th, None);
        self.extra.set(th, None);
        // SAFETY: called on the payload of a live object.
        let me = unsafe { super::obj::owner_of(self) };
        let old = self.values.with(th, me.head(), std::mem::take);
        drop(old);
    }
}

/// States of a generator (F3).
pub mod state {
    /// Not started.
    pub const CREATED: u8 = 0;
    /// At a yield.
    pub const SUSPENDED: u8 = 1;
    /// Some thread runs it.
    pub const RUNNING: u8 = 2;
    /// Returned, raised or closed.
    pub const FINISHED: u8 = 3;
}

/// `delegate` of a generator that delegates to nothing.
pub const NO_DELEGATE: u32 = 0xFFFF;

/// Payload of generators, coroutines and async generators; `nregs` registers follow (F3): every word owns its reference.
#[repr(C)]
pub struct Generator {
    /// See [`state`].
    pub state: AtomicU8,
    /// Async generators: 1 while an `asend`/`athrow`/`aclose` is in progress; 2: closed; 4: hooks were called.
    pub async_flags: AtomicU8,
    /// Number of registers.
    nregs: u32,
    /// The suspended frame (F3).
    frame: UnsafeCell<Frame>,
    /// The function; keeps code and globals alive.
    pub func: Obj,
    /// The code object.
    pub code: Obj,
    /// `__name__`; empty: the code's.
    pub name: Slot,
    /// `__qualname__`; empty: the code's.
    pub qualname: Slot,
    /// `cr_origin`, or the finalizer hook of async generators.
    pub extra: Slot,
    /// Register of the iterator that `yield from` delegates to at the current yield, or [`NO_DELEGATE`] (F3; read by anyone).
    pub delegate: AtomicU32,
}

// SAFETY: F3.
unsafe impl Sync for Generator {}
// SAFETY: F3.
unsafe impl Send for Generator {}

static GENERATOR: Layout = Layout::of::<Generator>("generator").var();

// SAFETY: GENERATOR is of this type.
unsafe impl Native for Generator {
    const TYPE: TypeId = TypeId::Generator;
    const LAYOUT: &'static Layout = &GENERATOR;
    fn traverse(&self, visit: Visit<'_>) {
        for o in [&self.func, &self.code] {
            visit(o.value());
        }
        for s in [&self.name, &self.qualname, &self.extra] {
            visit(s.raw());
        }
        // The world is stopped; the words are valid even while some thread's frame runs on them.
        for i in 0..self.nregs() {
            // SAFETY: nobody writes now.
            visit(unsafe { *self.regs_ptr().add(i) });
        }
        // SAFETY: as above.
        let f = unsafe { &*self.frame.get() };
        if self.state.load(Ordering::Relaxed) != state::RUNNING {
            visit(f.locals);
            visit(f.object);
        }
    }
    fn clear(&self, th: &Thread) {
        if self.begin(state::SUSPENDED) || self.begin(state::CREATED) {
            // SAFETY: F3: it is ours now.
            unsafe { self.release_registers() };
            self.state.store(state::FINISHED, Ordering::Release);
        }
        self.extra.set(th, None);
    }
    fn var_bytes(&self) -> usize {
        self.nregs() * 8
    }
}

impl Generator {
    /// Writes the payload of a generator with `nregs` registers; its record ([`Generator::record_of`]) and the registers behind
    /// it the caller writes, before anyone sees the object.
    ///
    /// # Safety
    /// `p` is room for a generator, not initialised.
    #[inline(always)]
    pub unsafe fn write_head(
        p: *mut Generator,
        nregs: usize,
        func: Obj,
        code: Obj,
        name: Option<Obj>,
        qualname: Option<Obj>,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            (&raw mut (*p).state).write(AtomicU8::new(state::CREATED));
            (&raw mut (*p).async_flags).write(AtomicU8::new(0));
            (&raw mut (*p).nregs).write(nregs as u32);
            (&raw mut (*p).func).write(func);
            (&raw mut (*p).code).write(code);
            (&raw mut (*p).name).write(Slot::new(name));
            (&raw mut (*p).qualname).write(Slot::new(qualname));
            (&raw mut (*p).extra).write(Slot::empty());
            (&raw mut (*p).delegate).write(AtomicU32::new(NO_DELEGATE));
        }
    }
    /// Where the record of a generator lies that is being made.
    ///
    /// # Safety
    /// `p` is room for a generator.
    #[inline(always)]
    pub unsafe fn record_of(p: *mut Generator) -> *mut Frame {
        // SAFETY: the caller's promise.
        unsafe { (&raw mut (*p).frame).cast() }
    }
    /// `__name__`
    pub fn name_text(&self) -> Obj {
        let of_code = || {
            self.code
                .cast::<super::code::Code>()
                .map(|c| c.name.clone())
        };
        self.name.get().or_else(of_code).unwrap_or(Obj::NONE)
    }
    /// `__qualname__`
    pub fn qualname_text(&self) -> Obj {
        let of_code = || {
            self.code
                .cast::<super::code::Code>()
                .map(|c| c.qualname.clone())
        };
        self.qualname.get().or_else(of_code).unwrap_or(Obj::NONE)
    }
    /// Takes the generator for running if it is in state `from` (F3).
    #[inline(always)]
    pub fn begin(&self, from: u8) -> bool {
        self.state
            .compare_exchange(from, state::RUNNING, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
    /// The record (F3).
    #[inline(always)]
    pub fn frame_ptr(&self) -> *mut Frame {
        self.frame.get()
    }
    /// Register 0 (F3).
    #[inline(always)]
    pub fn regs_ptr(&self) -> *mut Value {
        (self as *const Generator).wrapping_add(1) as *mut Value
    }
    /// Number of registers.
    #[inline(always)]
    pub fn nregs(&self) -> usize {
        self.nregs as usize
    }
    /// Gives up everything that the frame holds.
    ///
    /// # Safety
    /// F3: the caller owns the frame.
    pub unsafe fn release_registers(&self) {
        // SAFETY: as the caller's.
        unsafe { self.leave_frame_object() };
        for i in (0..self.nregs()).rev() {
            // SAFETY: the caller's promise; each word owns its reference.
            unsafe {
                let v = std::ptr::replace(self.regs_ptr().add(i), Value::EMPTY);
                drop(Obj::from_value_opt(v));
            }
        }
        // SAFETY: as above.
        unsafe {
            let f = &mut *self.frame.get();
            let (l, o) = (
                std::mem::replace(&mut f.locals, Value::EMPTY),
                std::mem::replace(&mut f.object, Value::EMPTY),
            );
            drop(Obj::from_value_opt(l));
            drop(Obj::from_value_opt(o));
        }
    }
}

impl Generator {
    /// The generator that a suspended record lies in, unless that is about to go.
    ///
    /// # Safety
    /// `f` is the record of a generator ([`Generator::frame_ptr`]), found in its frame object, whose lock is held: the
    /// generator takes the frame object's word away under it before it goes.
    pub unsafe fn of_record(th: &Thread, f: *const Frame) -> Option<Obj> {
        let payload = f as u64 - std::mem::offset_of!(Generator, frame) as u64;
        let head = payload - size_of::<Header>() as u64;
        // SAFETY: the caller's promise; the header comes before the payload.
        unsafe {
            threadsnake_threads::refcount::try_inc(&*(head as *const Header), th.rec())
                .then(|| Obj::from_value(Value(head)))
        }
    }

    /// Gives the frame object, if somebody may still have it, the variables to keep: the record goes away.
    ///
    /// # Safety
    /// F3: the caller owns the frame.
    unsafe fn leave_frame_object(&self) {
        // SAFETY: the caller's promise; the word owns its reference.
        let (o, pc) = unsafe {
            let f = &mut *self.frame.get();
            let word = std::mem::replace(&mut f.object, Value::EMPTY);
            (Obj::from_value_opt(word), f.pc)
        };
        let Some(fo) = o.as_ref().and_then(|o| o.cast::<FrameObj>()) else {
            return;
        };
        let th = crate::runtime::thread::try_current();
        {
            // See `of_record`.
            let _lock = th.map(|th| th.lock(fo.head()));
            fo.live.store(std::ptr::null_mut(), Ordering::Release);
        }
        let (Some(th), Some(code)) = (th, self.code.cast::<super::code::Code>()) else {
            return;
        };
        let at = code.index_of(pc).saturating_sub(1);
        fo.lasti.store(at as u32, Ordering::Relaxed);
        let mut values: Vec<Option<Obj>> = (0..code.front.nlocals as usize)
            // SAFETY: registers of the frame, which own what they hold.
            .map(|i| unsafe { Obj::from_value_opt(*self.regs_ptr().add(i)) })
            .map(|o| std::mem::ManuallyDrop::new(o).as_ref().cloned())
            .collect();
        let closure = self
            .func
            .cast::<super::function::Function>()
            .and_then(|f| f.closure.clone());
        if let Some(t) = closure
            .as_ref()
            .and_then(|c| c.exact::<super::tuple::Tuple>())
        {
            values.extend(t.items().iter().cloned().map(Some));
        }
        let old = fo
            .values
            .with(th, fo.head(), |v| std::mem::replace(v, values));
        drop(old);
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        // One that has ended holds nothing.
        if *self.state.get_mut() != state::FINISHED {
            // SAFETY: nobody else refers to it.
            unsafe { self.release_registers() };
        }
    }
}
