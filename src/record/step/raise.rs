//! Exceptions that are raised and handled within a trace.
//!
//! An instruction that may raise leaves the trace with the exception ([`exit::RAISE`]). Where that is the way that is taken,
//! the recorder follows the exception to its handler: the tables of the frames say which it is, so that compiled code
//! neither looks for it nor builds the frames. A helper takes the exception and gives it its traceback.
//!
//! Which exception a frame of the trace handles is known to the recorder ([`RFrame::exc`]). Who asks meanwhile
//! (`sys.exception`, the context of other exceptions) is told of the innermost one by the entry into compiled code
//! (`Inside::handled`).
//!
//! [`RFrame::exc`]: super::super::recorder::RFrame::exc

use super::super::exit;
use super::super::helpers::exceptions;
use super::super::join::open;
use super::super::recorder::{Abort, Effects, Pending, RaisePoint, Rec, Recorder, Val};
use crate::interp::{matching, reg};
use crate::object::def::type_flags;
use crate::object::frame::Frame;
use crate::object::{Obj, Value};
use crate::runtime::thread::Thread;
use threadsnake_front::code::Handler;
use threadsnake_front::instr::{Instr, KILL_A, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;
use threadsnake_jit::ir::{Block, ClassSet, Op as Ir, Snap, Type, Value as V};

/// An exception is about to be led to its handler: it was raised by the running instruction of `f`, freshly or again.
///
/// # Safety
/// `f` is the running record; this thread is recording.
pub unsafe fn raised(th: &Thread, f: *mut Frame, fresh: bool) {
    if let Some(rec) = th.jit.recorder.borrow_mut().as_mut() {
        // SAFETY: both are records of this thread.
        let above = unsafe { f.offset_from(rec.root) };
        // What was called raised it, and the frames of the trace get it afresh.
        rec.raised = Some(fresh || above >= rec.frames.len() as isize);
    }
}

impl Recorder {
    /// Whether a frame of the trace handles an exception.
    pub(in crate::record) fn handles(&self) -> bool {
        self.frames.iter().any(|f| f.exc != Val::Empty)
    }

    /// The instruction may raise, and what is so then is what `snap` says. `guarded`: guards leave through it then.
    pub(in crate::record) fn may_raise(&mut self, snap: Snap, guarded: bool) {
        self.raise = Some(RaisePoint {
            snap,
            guarded,
            frames: self.frames.clone(),
            drops: self.drops.clone(),
        });
    }

    /// The exception of the instruction recorded last has led to instruction `index` of frame `n`: the trace goes on there.
    pub(super) fn led(&mut self, n: usize, index: u32, fresh: bool) -> Rec {
        self.skipping = None;
        self.recorded = None;
        self.came_back = false;
        let point = self.raise.take().ok_or(Abort::Left)?;
        let depth = self.handler(&point, n, index).ok_or(Abort::Left)?.depth as usize;
        if point.guarded {
            self.other_way(&point)?;
        }
        self.pending = Pending::None;
        self.put_back(point.frames);
        self.drops = point.drops;
        self.forget_before();
        let e = self.caught(n, depth, fresh)?;
        for frame in self.frames.split_off(n + 1).into_iter().rev() {
            for r in frame.regs[..frame.nregs()].iter().rev() {
                self.drop_later(r.val, r.owned);
            }
            self.drop_later(frame.owner.0, frame.owner.1);
        }
        for r in depth..self.top().nregs() {
            if self.top().regs[r].val != Val::Unread {
                self.kill(r)?;
            }
        }
        self.put(depth, Val::Obj(e), true)?;
        self.pc = index;
        self.flush(index);
        Ok(())
    }

    /// Takes the exception that has been raised, for register `depth` of frame `n`, which holds it now: only one of the same
    /// class is taken.
    fn caught(&mut self, n: usize, depth: usize, fresh: bool) -> Rec<V> {
        // SAFETY: a record of this thread, where the exception has been led.
        let shape = unsafe {
            let at = (*self.root.add(n)).base.add(depth);
            reg::obj(&*at).shape_id()
        };
        let snap = self.snap(self.pc + 1, exit::RAISE);
        let all = Effects::Classes(ClassSet::ALL, ClassSet::NONE);
        let e = self
            .helper(
                "raised",
                exceptions::raised as *const (),
                &[],
                Some(Type::Val),
                all,
            )
            .ok_or(Abort::Surprise)?;
        let e = self.op(Ir::UnboxObj, &[e]);
        self.b().guard(Ir::GuardShape, &[e], shape as u64, snap);
        // Who traces has to see the exception.
        self.b().patch(0, snap);
        let frames = self.iconst((self.frames.len() - n) as i64);
        let fresh = self.iconst(fresh.into());
        self.helper_at(
            "catch",
            exceptions::catch as *const (),
            &[frames, fresh],
            None,
            all,
            Some(snap),
        );
        Ok(e)
    }

    /// The handler at instruction `index` of frame `n`, if what was raised there leads to it.
    fn handler(&self, point: &RaisePoint, n: usize, index: u32) -> Option<&'static Handler> {
        let frames = &point.frames;
        if frames.len() != self.frames.len() || frames[n..].iter().any(|f| f.is_generator()) {
            return None;
        }
        let find = |k: usize| {
            let last = k + 1 == frames.len();
            let at = if last { self.pc } else { frames[k].resume - 1 };
            // SAFETY: kept alive by the region or by `keep`, both longer than the recording.
            let handlers = unsafe { &(&*frames[k].code).front.handlers };
            handlers.iter().find(|h| h.start <= at && at < h.end)
        };
        if (n + 1..frames.len()).any(|k| find(k).is_some()) {
            return None;
        }
        // SAFETY: regions live as long as the runtime; kept alive as above.
        let stays = self.function
            || n > 0
            || unsafe {
                let header = (*self.region).header;
                (&*frames[0].code).front.flow().is_within(header, index)
            };
        find(n).filter(|h| stays && h.target == index)
    }

    /// What was recorded of an instruction that has raised is the way on which it does not: that way ends here, and the
    /// trace goes on where the guards do not pass.
    fn other_way(&mut self, point: &RaisePoint) -> Rec {
        let side = open(&mut self.func, point.snap, &self.writes).ok_or(Abort::Surprise)?;
        self.cur = self.end_of_way(side);
        let next = self.pc + 1;
        let snap = match self.pending {
            Pending::None | Pending::Kind(_) => self.snap(next, exit::RESUME),
            Pending::Branch(cond, taken, fall, python) => {
                let other = self.snap_otherwise(fall);
                self.b().guard(Ir::GuardTrue, &[cond], 0, other);
                if python {
                    self.patched(taken);
                }
                self.snap(taken, exit::RESUME)
            }
            Pending::Next(_) => return Err(Abort::Surprise),
        };
        self.b().exit(snap);
        self.cur = side;
        Ok(())
    }

    /// The block in which what was recorded last is, now that guards of the current one lead to `side`.
    fn end_of_way(&self, side: Block) -> Block {
        let mut block = self.cur;
        loop {
            let last = self.func.blocks[block.index()].insts.last();
            let succs = last.map_or(&[][..], |i| &self.func.inst(*i).succs);
            match succs.iter().find(|s| s.block != side) {
                Some(next) if succs.len() == 2 => block = next.block,
                _ => return block,
            }
        }
    }

    /// Tells who asks which exception the innermost frame handles that handles one. `more`: so many frames more than before
    /// handle one.
    fn now_handled(&mut self, more: i64) {
        let mut innermost = self.frames.iter().rev().map(|f| f.exc);
        let e = innermost.find(|e| *e != Val::Empty);
        let e = self.boxed(e.unwrap_or(Val::Empty));
        let more = self.iconst(more);
        self.helper(
            "handled",
            exceptions::handled as *const (),
            &[e, more],
            None,
            Effects::Classes(ClassSet::NONE, ClassSet::NONE),
        );
    }

    /// `PushExc`
    pub(super) fn push_exc(&mut self, i: Instr) -> Rec {
        let n = self.frames.len() - 1;
        let old = self.frames[n].exc;
        // SAFETY: the running record.
        let none = unsafe { (*self.running()).exc.is_empty() };
        if self.top().is_generator() || none != (old == Val::Empty) {
            return Err(Abort::Opcode(Op::PushExc));
        }
        let e = self.val(i.a())?;
        let e = self.object(e).ok_or(Abort::Surprise)?;
        self.put(i.a() + 1, old, false)?;
        self.frames[n].exc = Val::Obj(e);
        self.now_handled(none.into());
        self.flush(self.pc + 1);
        Ok(())
    }

    /// `PopExc`
    pub(super) fn pop_exc(&mut self, i: Instr) -> Rec {
        let n = self.frames.len() - 1;
        let old = self.frames[n].regs[i.a() + 1].val;
        if self.frames[n].exc == Val::Empty || !matches!(old, Val::Empty | Val::Obj(_)) {
            return Err(Abort::Opcode(Op::PopExc));
        }
        self.frames[n].exc = old;
        self.now_handled(-i64::from(old == Val::Empty));
        self.kill(i.a() + 1)?;
        self.kill(i.a())?;
        self.flush(self.pc + 1);
        Ok(())
    }

    /// `MatchExc`
    pub(super) fn match_exc(&mut self, th: &Thread, i: Instr) -> Rec {
        let next = self.pc + 1;
        let (e, t) = (self.val(i.b())?, self.val(i.c())?);
        let (e_word, t_word) = (self.word(i.b()), self.word(i.c()));
        // SAFETY: held by registers.
        let (e_now, t_now) = unsafe { (reg::obj(&e_word), reg::obj(&t_word)) };
        let known = match t {
            Val::Const(_) => self.known_match(th, e_now, t_now),
            _ => None,
        };
        if let (Some(is), Some(o)) = (known, self.object(e)) {
            self.guard(Ir::GuardShape, &[o], e_now.shape_id() as u64);
            self.kills(i.k(), &[(KILL_B, i.b()), (KILL_C, i.c())])?;
            self.put(i.a(), Val::Const(Value::from_bool(is).0), false)?;
            self.flush(next);
            return Ok(());
        }
        let (e, t) = (self.boxed(e), self.boxed(t));
        let v = self.reading_helper(
            "match_exc",
            exceptions::matches as *const (),
            &[e, t],
            ClassSet::ALL,
        )?;
        self.kills(i.k(), &[(KILL_B, i.b()), (KILL_C, i.c())])?;
        self.leaf_result(i.a(), v, next)
    }

    /// `ExcArgs`
    pub(super) fn exc_args(&mut self, th: &Thread, i: Instr) -> Rec {
        let (e, word) = (self.val(i.b())?, self.word(i.b()));
        let o = self.object(e).ok_or(Abort::Surprise)?;
        // SAFETY: held by a register.
        let now = unsafe { reg::obj(&word) };
        self.guard(Ir::GuardShape, &[o], now.shape_id() as u64);
        let class = self.keep(th.type_of(now).obj());
        let boxed = self.boxed(e);
        let addr = exceptions::traceback as *const ();
        let tb = self.python_helper("traceback", addr, &[boxed])?;
        let (e, owned) = self.take(i.b(), i.k() & KILL_B != 0)?;
        self.put(i.a(), Val::Const(class), false)?;
        self.put(i.a() + 1, e, owned)?;
        self.result(i.a() + 2, tb, self.pc + 1)
    }

    /// `Raise`
    pub(super) fn raise(&mut self, i: Instr) -> Rec {
        let (mut x, mut cause) = (Val::Empty, Val::Empty);
        if i.c() > 0 {
            x = self.val(i.a())?;
        } else if !self.handles() {
            return Err(Abort::Opcode(Op::Raise));
        }
        if i.c() == 2 {
            cause = self.val(i.b())?;
        }
        let (x, cause) = (self.boxed(x), self.boxed(cause));
        self.raised_by(i, "raise", exceptions::raise as *const (), &[x, cause])
    }

    /// `Reraise`
    pub(super) fn reraise(&mut self, i: Instr) -> Rec {
        let e = self.val(i.a())?;
        let e = self.boxed(e);
        self.raised_by(i, "reraise", exceptions::reraise as *const (), &[e])
    }

    /// An instruction that raises, always, by a helper.
    fn raised_by(&mut self, i: Instr, name: &'static str, addr: *const (), args: &[V]) -> Rec {
        self.own_all();
        let snap = self.snap(self.pc + 1, exit::RAISE);
        self.helper_at(name, addr, args, None, Effects::Python, Some(snap));
        self.kills(i.k(), &[(KILL_A, i.a()), (KILL_B, i.b())])?;
        let snap = self.snap(self.pc + 1, exit::RAISE);
        self.may_raise(snap, false);
        Ok(())
    }

    /// Whether this makes the `(A, B)` of an `except` clause, which only the next instruction sees, of known classes.
    fn is_of_classes(&self, i: Instr) -> bool {
        let next = self.code().front.instrs.get(self.pc as usize + 1);
        let only = |m: &Instr| m.op() == Op::MatchExc && m.c() == i.a() && m.k() & KILL_C != 0;
        let known = |k: usize| matches!(self.top().regs[i.b() + k].val, Val::Const(_));
        i.op() == Op::BuildTuple && next.is_some_and(only) && (0..i.c()).all(known)
    }

    /// The tuple of an `except` clause is made now, once. Whether this makes one.
    pub(super) fn classes(&mut self, th: &Thread, i: Instr) -> Rec<bool> {
        if !self.is_of_classes(i) {
            return Ok(false);
        }
        // SAFETY: registers own what they hold.
        let class = |k| unsafe { Obj::from_borrowed(self.word(i.b() + k)) };
        let classes = th.tuple((0..i.c()).map(class).collect());
        let classes = classes.map_err(|_| Abort::Surprise)?;
        let bits = self.keep(&classes);
        self.clear_window(i.b(), i.c())?;
        self.put(i.a(), Val::Const(bits), false)?;
        self.flush(self.pc + 1);
        Ok(true)
    }

    /// Whether an exception matches a class or a tuple of classes, if that is so for all of its class as long as that does
    /// not change.
    fn known_match(&mut self, th: &Thread, e: &Obj, t: &Obj) -> Option<bool> {
        let class = th.type_of(e);
        if !class.has(type_flags::IMMUTABLE) && !self.assume_type(th, class) {
            return None;
        }
        matching::match_exception(th, e, t).ok()
    }
}
