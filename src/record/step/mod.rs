//! What each bytecode records. [`step()`] is called by the recording loop before each instruction: it looks at the registers
//! as they are and emits what the instruction will do to values of these kinds. The interpreter then executes it; what
//! only the execution tells (the kind of a call's result, which way a branch went) the next step finds.

mod ahead;
mod arith;
mod array;
mod attr;
mod call;
mod container;
mod dunder;
pub(super) mod fresh;
mod generator;
mod iterate;
mod lookup;
mod native;
mod other;
mod pairs;
mod raise;
mod slice;
mod special;
mod sum;

use super::layout::{CLOSURE_OF_PAYLOAD, FRAME_FUNC, FUNCTION_CLOSURE, RUNNING, THREAD, TOP};
use super::recorder::{Abort, MAX_STEPS, Pending, Rec, Recorder, Val};
use super::region::Code;
use super::{close, helpers, hot};
use crate::object::Value;
use crate::object::frame::{Frame, flag};
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use threadsnake_front::instr::{Instr, KILL_A, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;
use threadsnake_jit::ir::{AliasClass, Op as Ir, Type, Value as V};
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::Ordering;

pub(super) use call::EMPTY;
pub use raise::raised;

/// Instructions of a function called through a helper while its caller is recorded: it runs in the recording loop.
const MAX_SKIPPED: usize = 200_000;

/// Turns of inner loops that one trace may hold besides those that run in the inner loop's own code: the first turn of a sum
/// that begins as `0` and goes on as a float, for instance.
const MAX_TURNS: usize = 6;

/// Turns of one inner loop without code that a way through a region may hold.
const MAX_UNROLLED: usize = 4;

/// What `helpers::next` gives at the end: no Python value.
pub const END_OF_ITERATION: u64 = 3;

/// What the recording loop does next.
pub enum Next {
    /// Runs the instruction.
    Run,
    /// Ends: the recording is over, one way or the other, and the plain loop goes on with the record on top.
    Stop,
    /// Goes on with the record on top, without running anything.
    Reload,
    /// Goes on with the record on top, where this exception was raised.
    Raise(Exc),
}

/// What one instruction came to.
enum Came {
    /// Recorded.
    On,
    /// Into a call whose record has been pushed here.
    In,
    /// To the header.
    Round,
    /// To the header of an inner loop, which has this code.
    Inner(Arc<Code>),
    /// To the header of an inner loop that it has copied, from the middle of it: the meeting, and the loop's code.
    Again(usize, Arc<Code>),
    /// To where another way goes on: the meeting.
    Met(usize),
}

/// Records the instruction at `pc` of the running frame `f`.
///
/// # Safety
/// `f` is the running record, at `pc`; this thread is recording.
pub unsafe fn step(th: &Thread, f: *mut Frame, pc: *const Instr) -> Next {
    let Some(mut rec) = th.jit.recorder.borrow_mut().take() else {
        return Next::Stop;
    };
    // SAFETY: the caller's promise.
    match unsafe { rec.step(th, f, pc) } {
        Ok(Came::On) => {
            *th.jit.recorder.borrow_mut() = Some(rec);
            Next::Run
        }
        Ok(Came::In) => {
            *th.jit.recorder.borrow_mut() = Some(rec);
            Next::Reload
        }
        Ok(Came::Round) => {
            close::finish(th, *rec, None);
            Next::Stop
        }
        Ok(Came::Met(k)) => {
            close::finish(th, *rec, Some(k));
            Next::Stop
        }
        Ok(came @ (Came::Inner(_) | Came::Again(..))) => {
            // SAFETY: as above; the instruction is the loop's header.
            let ran = unsafe {
                match &came {
                    Came::Again(k, code) => rec.run_on(th, f, *k, code),
                    Came::Inner(code) => rec.run_inner(th, f, code),
                    _ => Err(Abort::Surprise),
                }
            };
            match ran {
                Ok(None) => {
                    *th.jit.recorder.borrow_mut() = Some(rec);
                    Next::Reload
                }
                Ok(Some(e)) => {
                    close::abandon(th, *rec, Abort::Left);
                    Next::Raise(e)
                }
                Err(why) => {
                    close::abandon(th, *rec, why);
                    Next::Stop
                }
            }
        }
        Err(why) => {
            close::abandon(th, *rec, why);
            Next::Stop
        }
    }
}

impl Recorder {
    unsafe fn step(&mut self, th: &Thread, f: *mut Frame, pc: *const Instr) -> Rec<Came> {
        // SAFETY: the running record and its code.
        let (index, i) = unsafe {
            let above = f.offset_from(self.root);
            if let Some(fresh) = self.raised.take()
                && above < self.frames.len() as isize
            {
                if above < 0 {
                    return Err(Abort::Left);
                }
                let index = (*(*f).code).index_of(pc) as u32;
                self.led(above as usize, index, fresh)?;
            }
            if let Some((next, n)) = self.skipping {
                if above >= self.frames.len() as isize {
                    self.skipping = Some((next, n + 1));
                    return match n {
                        MAX_SKIPPED.. => Err(Abort::TooLong),
                        _ => Ok(Came::On),
                    };
                }
                self.skipping = None;
                let item = matches!(self.pending, Pending::Next(_));
                if above == self.frames.len() as isize - 1 && !item && pc != self.at(next) {
                    // An exception came out of it.
                    return Err(Abort::Left);
                }
            }
            if above != self.frames.len() as isize - 1 || (*f).code != self.top().code {
                return Err(Abort::Frame);
            }
            // The registers must lie where the trace takes them to be: those of calls of a generator do so once the code runs
            // (`window`).
            let top = self.top();
            let of_heap = (*self.root).flags & flag::HEAP != 0 && above > 0;
            let base = match top.is_generator() {
                true => top.heap.cast_mut(),
                false if of_heap => (*f).base,
                false => (*self.root).base.add(top.offset),
            };
            if (*f).base != base {
                return Err(Abort::Frame);
            }
            (self.code().index_of(pc) as u32, *pc)
        };
        self.pc = index;
        self.forget_before();
        self.resolve(index)?;
        // The other way of a branch may have stayed inside.
        self.leave_loops(index);
        if let Some(last) = self.recorded {
            if index >= last {
                self.recorded = None;
            }
            if index <= last {
                return Ok(Came::On);
            }
        }
        let region = self.region;
        // SAFETY: regions live as long as the runtime.
        let at_header =
            self.frames.len() == 1 && !self.function && index == unsafe { (*region).header };
        // SAFETY: as above.
        if self.frames.len() == 1 && unsafe { (*region).is_outside(index) } {
            return Err(Abort::Left);
        }
        let returns = self.function
            && self.frames.len() == 1
            && matches!(i.op(), Op::Return | Op::ReturnNone);
        if at_header && self.steps > 0 || returns {
            if self.handles() {
                return Err(Abort::Surprise);
            }
            return Ok(Came::Round);
        }
        if let Some(k) = self.meeting(index) {
            return Ok(Came::Met(k));
        }
        let left_inner = std::mem::take(&mut self.left_inner);
        if !at_header && !left_inner && !self.handles() {
            if self.is_inside(index) {
                let code = self.code_of_loop(th, index).ok_or(Abort::InnerLoop)?;
                let k = self.copied_header(index, &code).ok_or(Abort::InnerLoop)?;
                self.steps += MAX_STEPS / 16;
                return Ok(Came::Again(k, code));
            }
            if let Some(code) = self.code_of_loop(th, index) {
                self.steps += 1;
                // What offers its items does so to native code.
                let offers = code.kept.sinks && self.frames.len() > 1;
                if !offers && code.kept.ir().is_some_and(|ir| self.fits(&ir)) {
                    return Ok(Came::Inner(code));
                }
            }
        }
        if !at_header && !left_inner && self.steps > 0 {
            self.mark(index);
        }
        self.before();
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(Abort::TooLong);
        }
        self.raise = None;
        self.record(th, i)?;
        Ok(match std::mem::take(&mut self.pushed) {
            true => Came::In,
            false => Came::On,
        })
    }

    /// An instruction of the running frame.
    fn at(&self, index: u32) -> *const Instr {
        self.code().start().wrapping_add(index as usize)
    }

    /// What the last instruction left open.
    pub(super) fn resolve(&mut self, index: u32) -> Rec {
        match std::mem::replace(&mut self.pending, Pending::None) {
            Pending::None => Ok(()),
            Pending::Kind(r) => {
                let word = self.word(r);
                let n = self.frames.len() - 1;
                let reg = self.frames[n].regs[r];
                let Val::Any(v) = reg.val else {
                    return Err(Abort::Surprise);
                };
                if word.is_empty() {
                    return Err(Abort::Surprise);
                }
                let s = self.before();
                let val = self.of_kind(v, word, s)?;
                let reg = &mut self.frames[n].regs[r];
                reg.val = val;
                reg.owned &= Recorder::may_be_pointer(val);
                self.forget_before();
                Ok(())
            }
            Pending::Next(next) => self.item(next, index),
            Pending::Branch(cond, taken, fall, python) => {
                if index != taken && index != fall {
                    return Err(Abort::Frame);
                }
                self.branch(cond, index == taken, taken, fall);
                if python {
                    self.patched(index);
                }
                self.flush(index);
                Ok(())
            }
        }
    }

    /// Guards that a condition is as it is now; the exit goes on where the other way leads.
    fn branch(&mut self, cond: V, now: bool, taken: u32, fall: u32) {
        let other = if now { fall } else { taken };
        let s = self.snap_otherwise(other);
        let op = if now { Ir::GuardTrue } else { Ir::GuardFalse };
        self.b().guard(op, &[cond], 0, s);
    }

    /// The instruction after this one.
    fn next_pc(&self) -> u32 {
        self.pc + 1
    }
    /// Where a branch of this instruction leads.
    fn target(&self, off: i64) -> u32 {
        (self.pc as i64 + 1 + off) as u32
    }

    /// The result of a helper that may have run Python: a new reference of a kind that the next step finds.
    fn result(&mut self, r: usize, v: V, next: u32) -> Rec {
        self.put(r, Val::Any(v), true)?;
        self.patched(next);
        self.next_finds_kind(r, next)
    }

    /// The result of a helper that has run none: as [`Recorder::result`].
    fn leaf_result(&mut self, r: usize, v: V, next: u32) -> Rec {
        self.put(r, Val::Any(v), true)?;
        self.next_finds_kind(r, next)
    }

    /// The end of an instruction whose result is in register `r`.
    fn next_finds_kind(&mut self, r: usize, next: u32) -> Rec {
        self.flush(next);
        self.pending = Pending::Kind(r);
        Ok(())
    }

    fn record(&mut self, th: &Thread, i: Instr) -> Rec {
        use Op::*;
        let next = self.next_pc();
        match i.op() {
            Nop | Ext | Jump => {}
            Move => {
                let n = self.frames.len() - 1;
                if self.frames[n].regs[i.b()].val == Val::Unread && self.word(i.b()).is_empty() {
                    return Err(Abort::Opcode(Move));
                }
                let (v, owned) = self.take(i.b(), i.k() & KILL_B != 0)?;
                self.put(i.a(), v, owned)?;
                self.flush(next);
            }
            LoadConst => {
                let o = &self.code().consts[i.bc() as usize];
                let bits = self.keep(o);
                self.put(i.a(), Val::Const(bits), false)?;
                self.flush(next);
            }
            LoadInt => {
                self.put(i.a(), Val::Const(Value::from_int(i.sbc() as i64).0), false)?;
                self.flush(next);
            }
            CheckBound => {
                if self.val(i.a())? == Val::Empty {
                    return Err(Abort::Surprise);
                }
            }
            Release => {
                for n in 0..i.b() {
                    let top = self.frames.len() - 1;
                    if self.frames[top].regs[i.a() + n].val == Val::Unread {
                        self.val(i.a() + n)?;
                    }
                    self.kill(i.a() + n)?;
                }
                self.flush(next);
            }
            LoadGlobal => self.load_global(th, i)?,
            StoreGlobal => self.store_global(i)?,
            LoadFree | StoreFree | LoadCell | StoreCell => self.cell(i)?,
            MakeCell | NewCell => self.make_cell(i)?,
            LoadFreeCell => {
                let (c, _) = self.free_cell(i.b())?;
                self.put(i.a(), c, false)?;
                self.flush(next);
            }
            LoadAttr => self.load_attr(th, i)?,
            StoreAttr => self.store_attr(th, i)?,
            LoadMethod => self.load_method(th, i)?,
            LoadSpecial => self.load_special(th, i)?,
            Add | Sub | Mul | TrueDiv | FloorDiv | Mod | Pow | MatMul | LShift | RShift
            | BitAnd | BitOr | BitXor | IAdd | ISub | IMul | ITrueDiv | IFloorDiv | IMod | IPow
            | IMatMul | ILShift | IRShift | IBitAnd | IBitOr | IBitXor | AddImm | SubImm
            | MulImm | FloorDivImm | ModImm | BitAndImm | LShiftImm | RShiftImm => {
                self.binary(th, i)?
            }
            Neg | Pos | Invert => self.unary(i)?,
            Not | Bool => {
                let t = match self.truth_of(th, i.b())? {
                    Ok(v) => v,
                    Err(v) => {
                        let t = self.truth_helper(v)?;
                        self.kills(i.k(), &[(KILL_B, i.b())])?;
                        let t = if i.op() == Not {
                            self.op(Ir::Bnot, &[t])
                        } else {
                            t
                        };
                        self.put(i.a(), Val::Bool(t), false)?;
                        self.patched(next);
                        self.flush(next);
                        return Ok(());
                    }
                };
                let t = if i.op() == Not {
                    self.op(Ir::Bnot, &[t])
                } else {
                    t
                };
                self.put(i.a(), Val::Bool(t), false)?;
                self.flush(next);
            }
            Lt | Le | Eq | Ne | Gt | Ge => self.compare(th, i)?,
            Is | IsNot => {
                let (x, y) = (self.val(i.b())?, self.val(i.c())?);
                let t = self.same(x, y);
                let t = if i.op() == IsNot {
                    self.op(Ir::Bnot, &[t])
                } else {
                    t
                };
                self.kills(i.k(), &[(KILL_B, i.b()), (KILL_C, i.c())])?;
                self.put(i.a(), Val::Bool(t), false)?;
                self.flush(next);
            }
            PushExc => self.push_exc(i)?,
            PopExc => self.pop_exc(i)?,
            MatchExc => self.match_exc(th, i)?,
            Raise => self.raise(i)?,
            Reraise => self.reraise(i)?,
            ExcArgs => self.exc_args(th, i)?,
            In | NotIn if self.membership(th, i)? => {}
            In | NotIn => {
                let (k, o) = (self.val(i.b())?, self.val(i.c())?);
                let (k, o) = (self.boxed(k), self.boxed(o));
                let v = self.python_helper("contains", helpers::contains as *const (), &[o, k])?;
                let t = self.op(Ir::UnboxBool, &[v]);
                let t = if i.op() == NotIn {
                    self.op(Ir::Bnot, &[t])
                } else {
                    t
                };
                self.kills(i.k(), &[(KILL_B, i.b()), (KILL_C, i.c())])?;
                self.put(i.a(), Val::Bool(t), false)?;
                self.patched(next);
                self.flush(next);
            }
            JumpBack if self.top().is_generator() => self.turn_of_generator(th, i)?,
            JumpBack => {
                // SAFETY: regions live as long as the runtime.
                let mine = unsafe { (*self.region).header };
                // Loops inside each other may begin at the same place: any way there closes the trace.
                let own =
                    self.frames.len() == 1 && !self.function && self.target(i.sbc() as i64) == mine;
                if !own {
                    let header = self.target(i.sbc() as i64);
                    if self.frames.len() == 1 && !self.function && (header..self.pc).contains(&mine)
                    {
                        // The loop around this one has a region of its own.
                        return Err(Abort::Left);
                    }
                    if self.is_inside(header) {
                        // The copy of its header is where it goes on.
                    } else if !self.goes_on_in_code(th, header) {
                        self.one_more_turn(i.a(), header)?;
                    }
                }
            }
            JumpIfTrue | JumpIfFalse => {
                let taken = self.target(i.sbc() as i64);
                let (t, python) = match self.truth_of(th, i.a())? {
                    Ok(t) => (t, false),
                    Err(v) => (self.truth_helper(v)?, true),
                };
                self.kills(i.k(), &[(KILL_A, i.a())])?;
                self.decide(t, i.op() == JumpIfTrue, taken, next, python);
            }
            JumpIfNone | JumpIfNotNone => {
                let x = self.val(i.a())?;
                let none = self.word(i.a()) == Value::NONE;
                let t = self.same(x, Val::Const(Value::NONE.0));
                self.kills(i.k(), &[(KILL_A, i.a())])?;
                let taken = self.target(i.sbc() as i64);
                let (y, n) = if i.op() == JumpIfNone {
                    (taken, next)
                } else {
                    (next, taken)
                };
                self.branch(t, none, y, n);
                self.flush(if none { y } else { n });
            }
            JumpIfEmpty => {
                self.val(i.a())?;
            }
            JumpIs | JumpIsNot => {
                let same = self.word(i.a()) == self.word(i.b());
                let (x, y) = (self.val(i.a())?, self.val(i.b())?);
                let t = self.same(x, y);
                self.kills(i.k(), &[(KILL_A, i.a()), (KILL_B, i.b())])?;
                let taken = self.target(i.sc() as i64);
                let (y, n) = if i.op() == JumpIs {
                    (taken, next)
                } else {
                    (next, taken)
                };
                self.branch(t, same, y, n);
                self.flush(if same { y } else { n });
            }
            JumpLt | JumpLe | JumpEq | JumpNe | JumpGt | JumpGe | JumpNotLt | JumpNotLe
            | JumpNotEq | JumpNotNe | JumpNotGt | JumpNotGe | JumpLtImm | JumpLeImm | JumpEqImm
            | JumpNeImm | JumpGtImm | JumpGeImm | JumpNotLtImm | JumpNotLeImm | JumpNotEqImm
            | JumpNotNeImm | JumpNotGtImm | JumpNotGeImm => self.compare_jump(th, i)?,
            GetIter => self.get_iter(i)?,
            ForIter => self.for_iter(th, i)?,
            Yield => self.yields(th, i)?,
            Send => self.send(th, i)?,
            GetYieldFromIter | GetAwaitable => self.own_iterator(i)?,
            Unpack => self.unpack(i)?,
            GetItem | GetItemImm => self.get_item(th, i)?,
            SetItem => self.set_item(th, i)?,
            GetSlice if self.get_slice(i)? => {}
            GetSlice => {
                let (o, a, b) = (self.val(i.b())?, self.val(i.c())?, self.val(i.c() + 1)?);
                let (o, a, b) = (self.boxed(o), self.boxed(a), self.boxed(b));
                let v =
                    self.python_helper("getslice", helpers::getslice as *const (), &[o, a, b])?;
                self.kill(i.c())?;
                self.kill(i.c() + 1)?;
                self.kills(i.k(), &[(KILL_B, i.b())])?;
                self.result(i.a(), v, next)?;
            }
            SetSlice if self.set_slice(i)? => {}
            SetSlice => {
                let (o, v) = (self.val(i.a())?, self.val(i.b())?);
                let (a, b) = (self.val(i.c())?, self.val(i.c() + 1)?);
                let (o, v) = (self.boxed(o), self.boxed(v));
                let (a, b) = (self.boxed(a), self.boxed(b));
                self.python_helper("setslice", helpers::setslice as *const (), &[o, a, b, v])?;
                self.kill(i.c())?;
                self.kill(i.c() + 1)?;
                self.kills(i.k(), &[(KILL_A, i.a()), (KILL_B, i.b())])?;
                self.patched(next);
                self.flush(next);
            }
            BuildTuple if self.classes(th, i)? => {}
            BuildTuple => self.build_tuple(i)?,
            BuildList => self.build_list(i)?,
            ListAppend => self.list_append(i)?,
            Call => self.call(th, i)?,
            Return | ReturnNone => self.ret(i)?,
            Convert | FormatPlain => {
                let x = self.val(i.b())?;
                let n = match (i.op(), i.c()) {
                    (FormatPlain, _) => 7,
                    (_, 1) => 5,
                    (_, 2) => 6,
                    _ => return Err(Abort::Opcode(Convert)),
                };
                let v = self.boxed(x);
                let n = self.iconst(n);
                let v = self.python_helper("text", helpers::unary as *const (), &[v, n])?;
                self.kills(i.k(), &[(KILL_B, i.b())])?;
                self.result(i.a(), v, next)?;
            }
            BuildSet => self.window(i, i.c(), 0)?,
            BuildDict => self.window(i, i.c() * 2, 1)?,
            BuildSlice if self.build_slice(i)? => {}
            BuildSlice => self.window(i, i.c(), 2)?,
            BuildString => self.window(i, i.c(), 3)?,
            SetAdd if self.set_add(th, i)? => {
                self.kills(i.k(), &[(KILL_B, i.b())])?;
                self.flush(next);
            }
            SetAdd => self.mutate(i, 0)?,
            ListExtend => self.mutate(i, 1)?,
            SetUpdate => self.mutate(i, 2)?,
            DictUpdate => self.mutate(i, 3)?,
            DictSet if self.dict_set(th, i)? => {
                self.kills(i.k(), &[(KILL_B, i.b()), (KILL_C, i.c())])?;
                self.flush(next);
            }
            DictSet => self.mutate(i, 4)?,
            DictMerge => self.mutate(i, 6)?,
            DelItem => self.mutate(i, 5)?,
            ImportName => self.import_name(i)?,
            ImportFrom => self.import_from(i)?,
            ListToTuple => self.unary_helper(i, 8)?,
            GetLen => self.unary_helper(i, 9)?,
            Format => self.format(i)?,
            MakeFunction => self.make_function(i)?,
            CallKw => self.call_kw(th, i)?,
            LoadSuperMethod => self.super_method(th, i)?,
            LoadSuperAttr => self.any_super(i)?,
            CallEx => self.call_ex(i)?,
            LoadBuiltin => {
                let bits = self.keep(th.rt().common(i.b()));
                self.put(i.a(), Val::Const(bits), false)?;
                self.flush(next);
            }
            SumAdd => self.sum_add(i)?,
            SumEnd => self.sum_end(i)?,
            op => return Err(Abort::Opcode(op)),
        }
        Ok(())
    }

    /// Whether the next turn of the loop at `header` begins in its code, if that takes the registers then.
    pub(super) fn goes_on_in_code(&mut self, th: &Thread, header: u32) -> bool {
        let goes = self.turns < MAX_TURNS && self.code_of_loop(th, header).is_some();
        self.turns += usize::from(goes);
        goes
    }

    /// An inner loop has no code yet: it is recorded at its next turn, unless that was tried.
    fn want_loop(&self, number: usize) {
        let code = self.code();
        // SAFETY: regions live as long as the runtime.
        let region = unsafe { code.regions[number].load(Ordering::Acquire).as_ref() };
        let untried = region.is_none_or(|r| r.state.lock().is_lukewarm());
        if untried {
            code.loops[number].store(hot::WANTED as u32, Ordering::Relaxed);
        }
    }

    /// The back edge of an inner loop that has no code: its next turn is recorded behind this one, if it is known by now
    /// that nothing better comes of it, which is so of loops of few turns.
    fn one_more_turn(&mut self, number: usize, header: u32) -> Rec {
        // SAFETY: regions live as long as the runtime.
        let region = unsafe { self.code().regions[number].load(Ordering::Acquire).as_ref() };
        let better = region.is_none_or(|r| {
            let state = r.state.lock();
            r.busy.load(Ordering::Acquire)
                || state.is_lukewarm()
                || state.kept.as_ref().is_some_and(|k| k.holds())
        });
        let turns = &mut self.top_mut().turns;
        turns.push(header);
        if better || turns.iter().filter(|h| **h == header).count() > MAX_UNROLLED {
            self.want_loop(number);
            return Err(Abort::InnerLoop);
        }
        Ok(())
    }

    /// A conditional jump whose way the next step finds.
    fn decide(&mut self, t: V, want: bool, taken: u32, next: u32, python: bool) {
        let (yes, no) = if want { (taken, next) } else { (next, taken) };
        self.pending = Pending::Branch(t, yes, no, python);
    }

    /// `x is y`
    fn same(&mut self, x: Val, y: Val) -> V {
        if let (Val::Obj(a), Val::Obj(b)) = (x, y) {
            return self.op(Ir::Oeq, &[a, b]);
        }
        match (self.plain_word(x), self.plain_word(y)) {
            (Some(a), Some(b)) => self.op(Ir::Veq, &[a, b]),
            _ => self.b().constant(Ir::Bconst, 0),
        }
    }

    /// A boxed word, without a check where that would need one: ints compare by value only in the `is` of small ones, which
    /// is what the interpreter does with words.
    fn plain_word(&mut self, v: Val) -> Option<V> {
        match v {
            Val::Empty | Val::Unread => None,
            v => Some(self.boxed(v)),
        }
    }

    /// The truth of a value; `Err`: its boxed form, to be asked by a helper.
    fn truth(&mut self, x: Val) -> Rec<Result<V, V>> {
        Ok(match x {
            Val::Bool(b) => Ok(b),
            Val::Int(n) => {
                let zero = self.iconst(0);
                Ok(self.op(Ir::Ine, &[n, zero]))
            }
            Val::Float(x) => {
                let zero = self.b().fconst(0.0);
                Ok(self.op(Ir::Fne, &[x, zero]))
            }
            Val::Const(bits) if !Value(bits).is_ptr() => {
                let w = Value(bits);
                let t = match crate::interp::fast::truth(w) {
                    Some(t) => t,
                    None => return Err(Abort::Surprise),
                };
                Ok(self.b().constant(Ir::Bconst, t as u64))
            }
            Val::Empty | Val::Unread => return Err(Abort::Surprise),
            x => Err(self.boxed(x)),
        })
    }

    /// As [`Recorder::truth`], of what register `r` holds.
    fn truth_of(&mut self, th: &Thread, r: usize) -> Rec<Result<V, V>> {
        let x = self.val(r)?;
        match self.truth_of_object(th, x, self.word(r))? {
            Some(t) => Ok(Ok(t)),
            None => self.truth(x),
        }
    }

    fn truth_helper(&mut self, v: V) -> Rec<V> {
        let n = self.iconst(4);
        let v = self.python_helper("truth", helpers::unary as *const (), &[v, n])?;
        Ok(self.op(Ir::UnboxBool, &[v]))
    }

    /// Cells and free variables.
    fn cell(&mut self, i: Instr) -> Rec {
        let next = self.next_pc();
        match i.op() {
            Op::LoadCell => {
                let c = self.val(i.b())?;
                self.load_cell(c, self.word(i.b()), i.a())
            }
            Op::LoadFree => {
                let (c, word) = self.free_cell(i.b())?;
                self.load_cell(c, word, i.a())
            }
            Op::StoreCell => {
                let c = self.val(i.a())?;
                self.store_cell(c, i, next)
            }
            Op::StoreFree => {
                let (c, _) = self.free_cell(i.a())?;
                self.store_cell(c, i, next)
            }
            op => Err(Abort::Opcode(op)),
        }
    }

    /// A cell of the running function's closure, and its word now: where the function is known the cell is a constant. That for
    /// which the code is entered may be another one each time, and so may a generator's.
    fn free_cell(&mut self, n: usize) -> Rec<(Val, Value)> {
        let f = self.running();
        // SAFETY: the running record's function; code with free variables has a closure of that many cells.
        let cell = unsafe {
            if (*f).func.is_null() {
                return Err(Abort::Surprise);
            }
            (*(*f).func)
                .closure
                .as_ref()
                .and_then(|c| c.exact::<crate::object::tuple::Tuple>())
                .map(|t| t.items()[n].clone())
        };
        let cell = cell.ok_or(Abort::Surprise)?;
        if self.top().is_generator() {
            return Ok((self.cell_of_generator(n)?, cell.value()));
        }
        if self.frames.len() == 1 {
            return Ok((self.own_cell(n), cell.value()));
        }
        if let Val::Obj(o) = self.top().owner.0 {
            return Ok((self.cell_of(o, FUNCTION_CLOSURE, n), cell.value()));
        }
        Ok((Val::Const(self.keep(&cell)), cell.value()))
    }

    /// A cell of the closure of the function for which the code runs.
    fn own_cell(&mut self, n: usize) -> Val {
        let mut p = self.func.thread();
        for off in [THREAD, TOP, FRAME_FUNC] {
            p = self.load(Ir::LoadPtr, &[p], off, RUNNING);
        }
        self.cell_of(p, CLOSURE_OF_PAYLOAD, n)
    }

    /// The running record.
    pub fn running(&self) -> *mut Frame {
        // SAFETY: `step` has checked how many records there are.
        unsafe { self.root.add(self.frames.len() - 1) }
    }

    fn load_cell(&mut self, cell: Val, now: Value, dst: usize) -> Rec {
        let next = self.next_pc();
        if !now.is_ptr() {
            return Err(Abort::Surprise);
        }
        let word = cell_word(now);
        if word.is_empty() {
            return Err(Abort::Surprise);
        }
        let c = self.object(cell).ok_or(Abort::Surprise)?;
        let v = self.load(
            Ir::LoadVal,
            &[c],
            super::layout::CELL_VALUE,
            AliasClass::CELL,
        );
        let s = self.before();
        let val = self.of_kind(v, word, s)?;
        self.put(dst, val, false)?;
        self.flush(next);
        Ok(())
    }

    fn store_cell(&mut self, cell: Val, i: Instr, next: u32) -> Rec {
        let x = self.val(i.b())?;
        let c = self.boxed(cell);
        let v = self.boxed(x);
        let classes = AliasClass::CELL.set();
        // A cell is shared: the helper swaps atomically and gives back what was there.
        self.owned_for_store(i.b(), i.k() & KILL_B != 0)?;
        let old = self
            .helper(
                "swap_cell",
                helpers::swap_cell as *const (),
                &[c, v],
                Some(Type::Val),
                super::recorder::Effects::Classes(classes, classes),
            )
            .ok_or(Abort::Surprise)?;
        self.drop_later(Val::Any(old), true);
        self.flush(next);
        Ok(())
    }

    /// The value in register `r` is about to be stored where it needs a reference of its own: gives that away if the
    /// register is killed and owns one, else takes one.
    pub(super) fn owned_for_store(&mut self, r: usize, killed: bool) -> Rec {
        let (v, owned) = self.take(r, killed)?;
        if !owned {
            self.incref(v);
        }
        Ok(())
    }
}

/// The content of a cell now.
fn cell_word(cell: Value) -> Value {
    // SAFETY: a live cell: held by a register or by the closure.
    unsafe {
        crate::interp::reg::obj(&cell)
            .cast_unchecked::<crate::object::function::Cell>()
            .v
            .raw()
    }
}
