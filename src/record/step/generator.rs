//! Generators and coroutines that a trace resumes: their frames are not pushed.
//!
//! The interpreter resumes a generator by pushing a record whose registers lie in the generator. A trace begins it
//! (`helpers::begin_generator`, which also checks where it stands), loads its registers when they are needed, and at its
//! `Yield` stores those that have changed and says so (`helpers::suspend_generator`). In between the generator is RUNNING
//! (F3 of `object::frame`), so that nobody else touches its registers; an exit pushes the record that is missing.
//!
//! The collector does look at them: so the objects that they hold move into the trace when the generator is resumed
//! ([`Recorder::take_registers`]), and their places are empty until it is suspended.

use super::super::exit::Inlined;
use super::super::helpers;
use super::super::layout::{
    FUNCTION_CLOSURE, GENERATOR_DELEGATE, GENERATOR_FUNC, GENERATOR_REGS, TUPLE_ITEMS,
};
use super::super::recorder::{Abort, Effects, MAX_DEPTH, RFrame, Rec, Recorder, Reg, Val};
use super::call::{At, EMPTY};
use super::container::is;
use crate::interp::{generator, reg, sink};
use crate::object::frame::{Frame, Generator, NO_DELEGATE, flag};
use crate::object::function::Function;
use crate::object::type_ids::TypeId;
use crate::object::{Py, Value};
use crate::runtime::thread::Thread;
use threadsnake_front::instr::{Instr, KILL_B};
use threadsnake_front::opcode::Op;
use threadsnake_jit::ir::{AliasClass, ClassSet, Op as Ir, Value as V, boxed};

/// Turns of one of its loops that a generator may take between two items.
const MAX_TURNS: usize = 3;

/// What the helpers that begin and suspend a generator touch.
const GENERATOR: Effects = Effects::Classes(AliasClass::ITER.set(), AliasClass::ITER.set());

/// Whether it is a coroutine.
fn is_coroutine(word: Value) -> bool {
    // SAFETY: held by a register.
    word.is_ptr() && unsafe { reg::obj(&word) }.shape_id() == TypeId::Coroutine.root_shape()
}

impl Recorder {
    /// The generator in register `b` of the instruction, which is this word, is resumed; `how` is the flag of its frame.
    /// `false`: not one that can be followed.
    pub(super) fn resumes(&mut self, th: &Thread, i: Instr, word: Value, how: u8) -> Rec<bool> {
        // SAFETY: held by a register.
        let g = unsafe { reg::obj(&word).cast_unchecked::<Generator>() }.clone();
        let Some(started) = generator::try_begin(th, &g) else {
            return Ok(false);
        };
        // SAFETY: F3: begun, until it is put back.
        let r = unsafe { self.resume_begun(i, &g, started, how) };
        generator::put_back(&g, started);
        r
    }

    /// # Safety
    /// The generator has been begun by this thread, and is not run yet.
    unsafe fn resume_begun(
        &mut self,
        i: Instr,
        g: &Py<Generator>,
        started: bool,
        how: u8,
    ) -> Rec<bool> {
        // SAFETY: the caller's promise.
        let f: Frame = unsafe { *g.frame_ptr() };
        // SAFETY: the generator keeps its code alive.
        let code = unsafe { &*f.code };
        let same = self.frames.iter().filter(|x| x.code == f.code).count();
        if same >= 2
            || self.called.contains(&(f.code as usize))
            || self.frames.len() > MAX_DEPTH
            || !generator::is_plain(&f)
            || !g.func.is_exact::<Function>()
        {
            return Ok(false);
        }
        let x = self.val(i.b())?;
        let o = self.object(x).ok_or(Abort::Surprise)?;
        self.guard(Ir::GuardShape, &[o], g.obj().shape_id() as u64);
        let gv = self.boxed(x);
        self.keep(&g.code);
        self.keep(
            g.func
                .cast::<Function>()
                .ok_or(Abort::Surprise)?
                .globals
                .obj(),
        );
        let pc = self.iconst(f.pc as i64);
        let globals = self.iconst(f.globals.0 as i64);
        let begin = helpers::iterate::begin_generator as *const ();
        self.trying_helper("begin_generator", begin, &[gv, pc, globals], GENERATOR)?;

        // SAFETY: the caller's code.
        let offset = self.above(unsafe { &*self.top().code });
        self.top_mut().resume = self.pc + if how == flag::SEND { 2 } else { 1 };
        self.inlined.push(Inlined {
            func: g.code.value(),
            offset,
            dst: i.a() as u16,
            flags: flag::GENERATOR | flag::HEAP | how,
        });
        let regs = vec![Reg::UNREAD; code.front.nregs as usize];
        self.frames.push(RFrame {
            owner: (x, false),
            heap: g.regs_ptr(),
            ..RFrame::new(f.code, regs, offset, self.inlined.len())
        });
        self.depth = self.depth.max(self.frames.len() - 1);
        self.pc = code.index_of(f.pc) as u32;
        self.forget_before();
        self.take_registers(self.frames.len() - 1)?;
        if started {
            // What is sent goes where the `Yield` says.
            // SAFETY: the instruction before that of a suspended generator.
            let to = unsafe { (*f.pc.sub(1)).a() };
            self.put(to, Val::Const(Value::NONE.0), false)?;
        }
        self.flush(self.pc);
        Ok(true)
    }

    /// The generator of frame `n`.
    fn generator(&mut self, n: usize) -> Rec<V> {
        let owner = self.frames[n].owner.0;
        self.object(owner).ok_or(Abort::Surprise)
    }

    /// What is to be known of a generator's registers when it has just been begun: objects move into the trace, unless they
    /// are there already; variables are checked to be of the kinds that they are of, since an instruction that writes them
    /// may do so when it cannot leave any more. Nothing is to be done for other frames.
    pub(in crate::record) fn take_registers(&mut self, n: usize) -> Rec {
        if !self.frames[n].is_generator() {
            return Ok(());
        }
        // SAFETY: kept alive by `keep`.
        let nlocals = unsafe { &*self.frames[n].code }.front.nlocals as usize;
        let g = self.generator(n)?;
        let mut taken = Vec::new();
        for r in 0..self.frames[n].regs.len() {
            // SAFETY: a register of a generator that this thread runs, or has begun.
            let word = unsafe { *self.frames[n].heap.add(r) };
            if self.frames[n].regs[r].val != Val::Unread {
                continue;
            }
            if word.is_ptr() {
                let (v, s) = (self.suspended(g, r), self.before());
                taken.push((r, self.of_kind(v, word, s)?));
            } else if r < nlocals {
                self.read_plain(n, g, r, word)?;
            }
        }
        let empty = self.b().constant(Ir::Vconst, boxed::EMPTY);
        for (r, val) in taken {
            self.store_suspended(g, r, empty);
            self.frames[n].regs[r] = Reg {
                owned: true,
                dirty: true,
                val,
                ..EMPTY
            };
        }
        self.forget_before();
        Ok(())
    }

    fn suspended(&mut self, g: V, r: usize) -> V {
        let off = GENERATOR_REGS + 8 * r as i32;
        self.load(Ir::LoadVal, &[g], off, AliasClass::ITER)
    }

    fn store_suspended(&mut self, g: V, r: usize, v: V) {
        let off = GENERATOR_REGS + 8 * r as i32;
        self.b().store(Ir::StoreVal, &[g, v], off, AliasClass::ITER);
    }

    /// Loads a temporary of the generator that runs, of whatever kind it is there.
    pub(in crate::record) fn any_suspended(&mut self, r: usize) -> Rec<V> {
        let g = self.generator(self.frames.len() - 1)?;
        Ok(self.suspended(g, r))
    }

    /// Loads a temporary of the generator that runs, which holds no object.
    pub(in crate::record) fn read_suspended(&mut self, r: usize) -> Rec {
        let n = self.frames.len() - 1;
        let word = self.word(r);
        if word.is_ptr() || !self.top().is_generator() {
            return Err(Abort::Surprise);
        }
        let g = self.generator(n)?;
        self.read_plain(n, g, r, word)
    }

    /// Register `r` of frame `n`, the generator `g`, holds this word, which is no object.
    fn read_plain(&mut self, n: usize, g: V, r: usize, word: Value) -> Rec {
        let (v, s) = (self.suspended(g, r), self.before());
        let val = if word.is_empty() {
            self.b().guard(Ir::GuardVal, &[v], boxed::EMPTY, s);
            Val::Empty
        } else {
            self.of_kind(v, word, s)?
        };
        self.frames[n].regs[r] = Reg {
            val,
            first: val,
            ..EMPTY
        };
        Ok(())
    }

    /// The states of iterators that are kept in machine registers go back into them.
    fn store_states(&mut self) -> Rec {
        let n = self.frames.len() - 1;
        let nregs = self.frames[n].nregs();
        for k in 0..self.frames[n].states.len() {
            let Some((r, field)) = self.places.get(self.frames[n].states[k]).copied() else {
                continue;
            };
            let (it, state) = (
                self.frames[n].regs[r as usize].val,
                self.frames[n].regs[nregs + k].val,
            );
            let Val::Int(state) = state else { continue };
            let it = match it {
                Val::Any(v) => self.op(Ir::UnboxObj, &[v]),
                it => self.object(it).ok_or(Abort::Surprise)?,
            };
            self.store_i64(it, state, field);
        }
        Ok(())
    }

    /// Writes what differs from the generator's own registers, which own what they hold.
    fn store_registers(&mut self) -> Rec<V> {
        self.store_states()?;
        let n = self.frames.len() - 1;
        let g = self.generator(n)?;
        let differs = |reg: &Reg| {
            // Its place is empty: it was so, or was emptied.
            let empty = matches!(reg.first, Val::Unread | Val::Empty);
            reg.dirty && !(reg.val == Val::Empty && empty)
        };
        let regs: Vec<(usize, Reg)> = self.frames[n]
            .regs
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, reg)| differs(reg))
            .collect();
        // Boxing may leave, writing may not.
        let mut words = Vec::with_capacity(regs.len());
        for (_, reg) in &regs {
            words.push(self.boxed(reg.val));
        }
        for ((r, reg), w) in regs.into_iter().zip(words) {
            if !reg.owned {
                self.incref(reg.val);
            }
            self.store_suspended(g, r, w);
        }
        Ok(g)
    }

    /// `Yield` of a generator that was resumed in the trace, or of the root, where native code takes the items.
    pub(super) fn yields(&mut self, th: &Thread, i: Instr) -> Rec {
        if !self.top().is_generator() {
            return match self.frames.len() == 1 && sink::takes(th, self.root) {
                true => self.offers(i),
                false => Err(Abort::Opcode(Op::Yield)),
            };
        }
        let (v, owned) = self.take(i.b(), i.k() & KILL_B != 0)?;
        let counted = matches!(v, Val::Obj(_) | Val::Any(_));
        let g = self.store_registers()?;
        if counted && !owned {
            // The generator may drop it when it goes on.
            self.incref(v);
        }
        let pc = self.iconst(self.at(self.pc + 1) as i64);
        let delegate = self.iconst(i.c() as i64);
        let gv = self.op(Ir::BoxObj, &[g]);
        let suspend = helpers::iterate::suspend_generator as *const ();
        let args = [gv, pc, delegate];
        self.helper("suspend_generator", suspend, &args, None, GENERATOR);
        let frame = self.frames.pop().ok_or(Abort::Left)?;
        let dst = self.inlined[frame.inlined - 1].dst as usize;
        self.drop_later(frame.owner.0, frame.owner.1);
        self.put(dst, v, owned || counted)?;
        let resume = self.top().resume;
        self.flush(resume);
        Ok(())
    }

    /// `Yield` of the root, whose items native code takes without running Python (K3 of `interp::sink`).
    fn offers(&mut self, i: Instr) -> Rec {
        self.sinks = true;
        let x = self.val(i.b())?;
        let w = self.boxed(x);
        let effects = Effects::Classes(ClassSet::ALL, ClassSet::ALL);
        let offer = helpers::iterate::offer as *const ();
        self.trying_helper("offer", offer, &[w], effects)?;
        self.kills(i.k(), &[(KILL_B, i.b())])?;
        self.put(i.a(), Val::Const(Value::NONE.0), false)?;
        self.flush(self.pc + 1);
        Ok(())
    }

    /// The generator that was resumed in the trace returns `v`.
    pub(super) fn end_generator(&mut self, v: Val, owned: bool) -> Rec {
        let g = self.store_registers()?;
        let frame = self.frames.pop().ok_or(Abort::Left)?;
        let call = self.inlined[frame.inlined - 1];
        // The instruction, or its second half, that resumed it.
        self.pc = self.top().resume - 1;
        self.forget_before();
        let gv = self.op(Ir::BoxObj, &[g]);
        self.python_helper(
            "finish_generator",
            helpers::iterate::finish_generator as *const (),
            &[gv],
        )?;
        self.drop_later(frame.owner.0, frame.owner.1);
        // SAFETY: an instruction of the running frame.
        let at = unsafe { *self.at(self.pc) };
        let to = if call.flags & flag::FOR_ITER != 0 {
            self.drop_later(v, owned);
            self.kill(at.b())?;
            self.target(at.sc() as i64)
        } else {
            self.put(call.dst as usize, v, owned)?;
            self.target(at.sbc() as i64)
        };
        self.patched(to);
        self.flush(to);
        Ok(())
    }

    /// A back edge in a generator: a loop that yields in each of its turns is none of the trace's.
    pub(super) fn turn_of_generator(&mut self, th: &Thread, i: Instr) -> Rec {
        let header = self.target(i.sbc() as i64);
        if self.is_inside(header) || self.goes_on_in_code(th, header) {
            return Ok(());
        }
        // SAFETY: an instruction of the running frame.
        if unsafe { *self.at(header) }.op() == Op::Send {
            return Ok(());
        }
        let turns = &mut self.top_mut().turns;
        turns.push(header);
        match turns.iter().filter(|h| **h == header).count() > MAX_TURNS {
            true => Err(Abort::InnerLoop),
            false => Ok(()),
        }
    }

    /// `Send`, of `None`, to a generator or coroutine.
    pub(super) fn send(&mut self, th: &Thread, i: Instr) -> Rec {
        let word = self.word(i.b());
        let known = is::<Generator>(word) || is_coroutine(word);
        if !known || self.val(i.c())? != Val::Const(Value::NONE.0) {
            return Err(Abort::Opcode(Op::Send));
        }
        self.kill(i.c())?;
        match self.resumes(th, i, word, flag::SEND)? {
            true => Ok(()),
            false => Err(Abort::Opcode(Op::Send)),
        }
    }

    /// `GetYieldFromIter` of a generator and `GetAwaitable` of a coroutine: each is its own iterator.
    pub(super) fn own_iterator(&mut self, i: Instr) -> Rec {
        let word = self.word(i.b());
        let awaited = i.op() == Op::GetAwaitable;
        if !(if awaited {
            is_coroutine(word)
        } else {
            is::<Generator>(word)
        }) {
            return Err(Abort::Opcode(i.op()));
        }
        let x = self.val(i.b())?;
        let o = self.object(x).ok_or(Abort::Surprise)?;
        // SAFETY: held by a register.
        let shape = unsafe { reg::obj(&word) }.shape_id();
        self.guard(Ir::GuardShape, &[o], shape as u64);
        if awaited {
            // Nobody awaits it already.
            let delegate = self.load(Ir::LoadU32, &[o], GENERATOR_DELEGATE, AliasClass::ITER);
            let none = self.iconst(NO_DELEGATE.into());
            let free = self.op(Ir::Ieq, &[delegate, none]);
            self.guard(Ir::GuardTrue, &[free], 0);
        }
        let (v, owned) = self.take(i.b(), i.k() & KILL_B != 0)?;
        self.put(i.a(), v, owned)?;
        self.flush(self.pc + 1);
        Ok(())
    }

    /// A cell of the closure of the generator that runs: each may have a function of its own.
    pub(super) fn cell_of_generator(&mut self, n: usize) -> Rec<Val> {
        let f = self.function_of_generator()?;
        Ok(self.cell_of(f, FUNCTION_CLOSURE, n))
    }

    /// The function of the generator that runs.
    pub(in crate::record) fn function_of_generator(&mut self) -> Rec<V> {
        let g = self.generator(self.frames.len() - 1)?;
        let f = self.load(Ir::LoadVal, &[g], GENERATOR_FUNC, AliasClass::IMMUTABLE);
        Ok(self.op(Ir::UnboxObj, &[f]))
    }

    /// A cell of the closure that lies there.
    pub(super) fn cell_of(&mut self, base: V, closure: i32, n: usize) -> Val {
        let mut o = base;
        for off in [closure, TUPLE_ITEMS + 8 * n as i32] {
            let v = self.load(Ir::LoadVal, &[o], off, AliasClass::IMMUTABLE);
            o = self.op(Ir::UnboxObj, &[v]);
        }
        Val::Obj(o)
    }

    /// A call of this simple generator function with as many arguments as it has parameters: they move into the object. A
    /// function that is no constant is made anew each time, of the same code.
    pub(super) fn make_generator(&mut self, th: &Thread, func: &Py<Function>, at: At) -> Rec {
        let next = self.pc + 1;
        let known = matches!(at.callee, Val::Const(_)) && self.assume_code(th, func);
        if known {
            self.known(at.callee, func.obj())?;
        } else {
            self.same_code(at.callee, func)?;
        }
        let p = self.spill_window(at.start, at.argc)?;
        let f = self.boxed(at.callee);
        let n = self.iconst(at.argc as i64);
        let make = helpers::iterate::make_generator as *const ();
        let classes = AliasClass::FRAME.set();
        let v = self.leaf_helper("make_generator", make, &[f, p, n], classes)?;
        let o = self.op(Ir::UnboxObj, &[v]);
        self.clear_window(at.b, at.i.c() + 2)?;
        self.put(at.i.a(), Val::Obj(o), true)?;
        self.flush(next);
        Ok(())
    }
}
