//! Tracing: `sys.settrace`, `sys.setprofile` and `sys.monitoring` as the interpreter sees them.
//!
//! The loop is compiled a third time (`run::execute`), and only that form asks [`step`] before each instruction. Which form
//! runs is looked up where a loop starts, after a native call, and at safepoints: code that nobody watches pays nothing.
//! Compiled code is not entered from the watching form, and a thread that is told by another to watch leaves it at its
//! next back edge.
//!
//! - T1: `watch` says what the thread has to look for now. It is zero while one of the thread's own callbacks runs, so that
//!   callbacks are not watched themselves; everything else that changes it goes through [`Tracing::update`].
//! - T2: a frame whose record is flagged `TRACED` has been announced (`call`) and has the topmost mark of its address.

mod legacy;
pub mod monitor;

pub use legacy::{all_threads, begin, refresh, set_profile, set_trace};

use super::{frameobj, reg};
use crate::object::code::Code;
use crate::object::frame::{Frame, FrameObj, flag};
use crate::object::function::{Function, Method};
use crate::object::{Obj, Value};
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use std::cell::{Cell, RefCell};
use threadsnake_front::instr::{Instr, KILL_C};
use threadsnake_front::opcode::Op;

/// `Tracing::watch`: there is a function of `sys.settrace`.
pub const TRACE: u8 = 1;
/// There is a function of `sys.setprofile`.
pub const PROFILE: u8 = 2;
/// Some tool of `sys.monitoring` has asked for events.
pub const MONITOR: u8 = 4;

/// What can happen; the numbers are the bits of `sys.monitoring.events`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Event {
    Start,
    Resume,
    Return,
    Yield,
    Call,
    Line,
    Instruction,
    Jump,
    BranchLeft,
    BranchRight,
    StopIteration,
    Raise,
    Handled,
    Unwind,
    Throw,
    Reraise,
    CReturn,
    CRaise,
}

/// What is known of a watched frame between two of its instructions.
struct Mark {
    /// Address of the record.
    frame: usize,
    /// The instruction run last, or `NONE`.
    prev: u32,
    /// The line that it was in; 0 before the first. Jumps belong to no line.
    line: u32,
    /// It was a jump back.
    back: bool,
    /// A native callable that the instruction before called, and its first argument.
    native: Option<(Obj, Option<Obj>)>,
}

const NONE: u32 = u32::MAX;

/// What a thread keeps. Its own; other threads ask through `Runtime` (`legacy::all_threads`, `monitor`).
#[derive(Default)]
pub struct Tracing {
    /// T1.
    pub watch: Cell<u8>,
    /// How many callbacks are running.
    busy: Cell<u32>,
    trace: RefCell<Option<Obj>>,
    profile: RefCell<Option<Obj>>,
    monitored: Cell<bool>,
    /// The last request to all threads that was followed.
    seen: Cell<u64>,
    marks: RefCell<Vec<Mark>>,
}

impl Tracing {
    /// What `watch` has to be (T1).
    fn wanted(&self) -> u8 {
        let mut w = 0;
        if self.busy.get() == 0 {
            if self.trace.borrow().is_some() {
                w |= TRACE;
            }
            if self.profile.borrow().is_some() {
                w |= PROFILE;
            }
            if self.monitored.get() {
                w |= MONITOR;
            }
        }
        w
    }
    /// Sets `watch` after a change.
    fn update(&self) {
        let w = self.wanted();
        if self.busy.get() == 0 && w != self.watch.get() {
            // What was called before somebody else watched is not reported as returned.
            let old: Vec<_> = self
                .marks
                .borrow_mut()
                .iter_mut()
                .map(|m| m.native.take())
                .collect();
            drop(old);
        }
        self.watch.set(w);
    }
    /// What `sys.gettrace` gives.
    pub fn trace_function(&self) -> Option<Obj> {
        self.trace.borrow().clone()
    }
    /// What `sys.getprofile` gives.
    pub fn profile_function(&self) -> Option<Obj> {
        self.profile.borrow().clone()
    }
    /// Gives up what it holds: the thread ends.
    pub fn clear(&self) {
        let old = (self.trace.take(), self.profile.take(), self.marks.take());
        self.watch.set(0);
        drop(old);
    }
}

/// Runs a callback: nothing that it does is watched.
fn unwatched<R>(th: &Thread, f: impl FnOnce() -> R) -> R {
    let t = &th.tracing;
    t.busy.set(t.busy.get() + 1);
    t.watch.set(0);
    let r = f();
    t.busy.set(t.busy.get() - 1);
    t.watch.set(t.wanted());
    r
}

/// `sys.call_tracing`: calls with tracing on, from inside a callback.
pub fn call_tracing(th: &Thread, f: &Obj, args: &[Obj]) -> Res {
    let t = &th.tracing;
    let busy = t.busy.replace(0);
    t.update();
    let r = th.call(f, args);
    t.busy.set(busy);
    t.update();
    r
}

/// The place of an event.
pub struct At {
    /// The record; its pc is one ahead of the instruction.
    f: *mut Frame,
    /// The instruction's number.
    index: u32,
}

/// What an event carries.
pub enum With<'a> {
    Nothing,
    /// A value, or an exception.
    Value(&'a Obj),
    /// A callable and its first argument.
    Call(&'a Obj, Option<&'a Obj>),
    /// Where a branch leads.
    To(u32),
}

/// Tells everyone who watches.
fn fire(th: &Thread, at: &At, event: Event, with: &With<'_>) -> Res<()> {
    if th.tracing.watch.get() & MONITOR != 0 {
        monitor::fire(th, at, event, with)?;
    }
    if th.tracing.watch.get() & PROFILE != 0 {
        legacy::profile(th, at, event, with)?;
    }
    if th.tracing.watch.get() & TRACE != 0 {
        legacy::trace(th, at, event, with)?;
    }
    Ok(())
}

/// Runs `f` with the mark of a record, which is made where there is none.
fn with_mark<R>(th: &Thread, frame: *mut Frame, f: impl FnOnce(&mut Mark) -> R) -> R {
    let frame = frame as usize;
    let mut old = Vec::new();
    let r = {
        let mut marks = th.tracing.marks.borrow_mut();
        while marks.last().is_some_and(|m| m.frame > frame) {
            old.extend(marks.pop());
        }
        if marks.last().is_none_or(|m| m.frame != frame) {
            marks.push(Mark {
                frame,
                prev: NONE,
                line: 0,
                back: false,
                native: None,
            });
        }
        let last = marks.len() - 1;
        f(&mut marks[last])
    };
    // What dies may run code that comes back here.
    drop(old);
    r
}

/// Before an instruction of the watching loop, whose place is in the record. `false`: nobody watches any more. On an
/// exception the record is as if the instruction had raised it.
///
/// # Safety
/// `f` is the running record; its pc is that of the next instruction.
pub unsafe fn step(th: &Thread, f: *mut Frame) -> Res<bool> {
    if th.tracing.watch.get() == 0 {
        return Ok(false);
    }
    // SAFETY: the running record and its code.
    let (code, i, at) = unsafe {
        let pc = (*f).pc;
        let code = &*(*f).code;
        let at = At {
            f,
            index: code.index_of(pc) as u32,
        };
        if (*pc).op() == Op::ReturnGenerator {
            return Ok(true);
        }
        (*f).pc = pc.add(1);
        (code, *pc, at)
    };
    // SAFETY: as above.
    unsafe { announce(th, code, &at)? };
    // SAFETY: as above.
    unsafe { before(th, code, i, &at)? };
    let line = code.line_of(at.index as usize);
    with_mark(th, f, |m| {
        m.prev = at.index;
        match i.op() {
            Op::JumpBack => m.back = true,
            op if op.between_lines() => {}
            _ => {
                m.back = false;
                if line != 0 {
                    m.line = line;
                }
            }
        }
    });
    // SAFETY: as above; callbacks do not move it.
    unsafe { (*f).pc = (*f).pc.sub(1) };
    Ok(true)
}

/// Reports a frame that runs its first instruction, or its first after a yield.
unsafe fn announce(th: &Thread, code: &Code, at: &At) -> Res<()> {
    // SAFETY: the caller's record.
    unsafe {
        if (*at.f).flags & flag::TRACED != 0 {
            return Ok(());
        }
        (*at.f).flags |= flag::TRACED;
    }
    let at_op = |n: u32| code.front.instrs[n as usize].op();
    let first = at.index == 0 || (at.index == 1 && at_op(0) == Op::ReturnGenerator);
    // One that was running already when somebody began to watch is not reported.
    let resumed = !first && at_op(at.index - 1) == Op::Yield;
    let old = with_mark(th, at.f, |m| {
        m.prev = if first { NONE } else { at.index - 1 };
        m.line = match first {
            true => 0,
            false => code.line_of(at.index as usize - 1),
        };
        m.back = false;
        m.native.take()
    });
    drop(old);
    if first {
        return fire(th, at, Event::Start, &With::Nothing);
    }
    if resumed {
        return fire(th, at, Event::Resume, &With::Nothing);
    }
    Ok(())
}

/// The events of an instruction about to run.
unsafe fn before(th: &Thread, code: &Code, i: Instr, at: &At) -> Res<()> {
    let (prev, known, back, native) =
        with_mark(th, at.f, |m| (m.prev, m.line, m.back, m.native.take()));
    if let Some((callable, arg)) = native {
        let before = At {
            f: at.f,
            index: prev,
        };
        let with = With::Call(&callable, arg.as_ref());
        fire(th, &before, Event::CReturn, &with)?;
    }
    let watch = th.tracing.watch.get();
    if prev != NONE && watch & MONITOR != 0 {
        branched(th, code, prev, at)?;
    }
    let line = code.line_of(at.index as usize);
    if line != 0 && !i.op().between_lines() && watch & (TRACE | MONITOR) != 0 {
        if line != known {
            fire(th, at, Event::Line, &With::Nothing)?;
        } else if watch & TRACE != 0 && back {
            // A loop in one line: only `sys.settrace` sees its turns.
            legacy::trace(th, at, Event::Line, &With::Nothing)?;
        }
    }
    if watch & (TRACE | MONITOR) != 0 {
        fire(th, at, Event::Instruction, &With::Nothing)?;
    }
    // SAFETY: operands of the running frame's instruction.
    unsafe {
        let r = |n: usize| (*at.f).base.add(n);
        match i.op() {
            Op::Return => fire(
                th,
                at,
                Event::Return,
                &With::Value(&reg::obj(r(i.a())).clone()),
            ),
            Op::ReturnNone => fire(th, at, Event::Return, &With::Value(&Obj::NONE)),
            Op::Yield => fire(
                th,
                at,
                Event::Yield,
                &With::Value(&reg::obj(r(i.b())).clone()),
            ),
            Op::Call | Op::CallKw | Op::CallEx => calls(th, i, at),
            _ => Ok(()),
        }
    }
}

/// `CALL`; what is no Python function gets `C_RETURN` or `C_RAISE` afterwards.
unsafe fn calls(th: &Thread, i: Instr, at: &At) -> Res<()> {
    // SAFETY: the window of a call.
    let (callable, arg) = unsafe {
        let w = (*at.f).base.add(i.b());
        let callable = reg::obj(w).clone();
        let word = |v: Value| {
            if v.is_empty() {
                None
            } else {
                Some(Obj::from_borrowed(v))
            }
        };
        let me = match i.op() {
            Op::CallEx => None,
            _ if i.k() & KILL_C != 0 => word(*w.add(1)),
            _ => None,
        };
        let first = match i.op() {
            Op::CallEx => reg::obj(w.add(2))
                .exact::<crate::object::tuple::Tuple>()
                .and_then(|t| t.items().first().cloned()),
            _ if i.c() > 0 => word(*w.add(2)),
            _ => None,
        };
        (callable, me.or(first))
    };
    let (callable, arg) = match callable.exact::<Method>() {
        Some(m) => (m.func.clone(), Some(m.me.clone())),
        None => (callable, arg),
    };
    fire(th, at, Event::Call, &With::Call(&callable, arg.as_ref()))?;
    if callable.exact::<Function>().is_none() && th.tracing.watch.get() != 0 {
        with_mark(th, at.f, |m| m.native = Some((callable, arg)));
    }
    Ok(())
}

/// Which way a branch went that was the instruction before.
fn branched(th: &Thread, code: &Code, prev: u32, at: &At) -> Res<()> {
    let op = code.front.instrs[prev as usize].op();
    let before = At {
        f: at.f,
        index: prev,
    };
    let event = match op {
        Op::Jump | Op::JumpBack => Event::Jump,
        Op::ForIter => match at.index == prev + 1 {
            true => Event::BranchLeft,
            false => Event::BranchRight,
        },
        _ if (Op::JumpIfTrue..=Op::JumpIsNot).contains(&op) => match at.index == prev + 1 {
            true => Event::BranchLeft,
            false => Event::BranchRight,
        },
        _ => return Ok(()),
    };
    fire(th, &before, event, &With::To(at.index))
}

/// An exception has reached the running record. What comes back is what goes on: a callback may have raised another one.
///
/// # Safety
/// `f` is the running record; its pc is one ahead of the instruction that raised.
pub unsafe fn raised(th: &Thread, f: *mut Frame, e: Exc, again: bool) -> Exc {
    // SAFETY: the caller's promise.
    let at = unsafe { here(f) };
    let value = e.0.obj().clone();
    let report = || -> Res<()> {
        // SAFETY: as above.
        unsafe {
            let thrown = (*f).flags & (flag::TRACED | flag::GENERATOR) == flag::GENERATOR
                && (&*(*f).code).front.instrs[at.index as usize].op() == Op::Yield;
            if (*f).flags & flag::TRACED == 0 {
                (*f).flags |= flag::TRACED;
                let line = (&*(*f).code).line_of(at.index as usize);
                with_mark(th, f, |m| (m.prev, m.line) = (at.index, line));
            }
            if thrown {
                fire(th, &at, Event::Throw, &With::Value(&value))?;
            }
        }
        let native = with_mark(th, f, |m| m.native.take());
        if let Some((callable, arg)) = native {
            fire(th, &at, Event::CRaise, &With::Call(&callable, arg.as_ref()))?;
        }
        let event = if again { Event::Reraise } else { Event::Raise };
        fire(th, &at, event, &With::Value(&value))
    };
    match report() {
        Ok(()) => e,
        Err(other) => other,
    }
}

/// A handler of the running record has the exception, or the record is left with it (`out`).
///
/// # Safety
/// As [`raised`].
pub unsafe fn landed(th: &Thread, f: *mut Frame, e: Exc, out: bool) -> Exc {
    // SAFETY: the caller's promise.
    let at = unsafe { here(f) };
    let value = e.0.obj().clone();
    let event = if out { Event::Unwind } else { Event::Handled };
    match fire(th, &at, event, &With::Value(&value)) {
        Ok(()) => e,
        Err(other) => other,
    }
}

unsafe fn here(f: *mut Frame) -> At {
    At {
        f,
        // SAFETY: the callers' running record.
        index: unsafe { frameobj::index(f) } as u32,
    }
}

impl At {
    fn frame(&self, th: &Thread) -> Obj {
        // SAFETY: the running record.
        unsafe { frameobj::frame_object(th, self.f) }
    }
    fn code(&self) -> Obj {
        // SAFETY: as above.
        unsafe { frameobj::code_obj(self.f) }
    }
    /// Its line; what belongs to none is where the instruction before was.
    fn line(&self, th: &Thread) -> u32 {
        // SAFETY: as above.
        match unsafe { (*(*self.f).code).line_of(self.index as usize) } {
            0 => with_mark(th, self.f, |m| m.line),
            line => line,
        }
    }
    /// The line where the function begins.
    fn first_line(&self) -> u32 {
        // SAFETY: as above.
        unsafe { (&*(*self.f).code).front.first_line }
    }
    /// The line that a start or a resumption is told to be in: that of the `def`, or of the `yield`.
    fn start_line(&self, th: &Thread, event: Event) -> u32 {
        match event {
            Event::Start => self.first_line(),
            // SAFETY: as above.
            Event::Resume if self.index > 0 => unsafe {
                (*(*self.f).code).line_of(self.index as usize - 1)
            },
            _ => self.line(th),
        }
    }
    fn frame_payload(&self, th: &Thread) -> Option<crate::object::Py<FrameObj>> {
        self.frame(th).into_py::<FrameObj>().ok()
    }
}
