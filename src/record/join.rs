//! Growing a region: a side exit that is taken often is recorded from the state of its snapshot ([`Recorder::resume`]). Its
//! guards become branches of the kept function, the recording goes on in the block where they do not pass, and ends at the
//! header like the first one, or where ways meet. The whole function is then compiled again.

use super::close;
use super::exit::{self, Inlined};
use super::hot;
use super::multi::Write;
use super::recorder::{Abort, RFrame, Rec, Recorder, Reg, Val};
use super::region::{Code, Kept, Region};
use super::step::EMPTY;
use crate::object::code::Code as PyCode;
use crate::object::frame::{Frame, flag};
use crate::object::function::Function;
use crate::runtime::thread::Thread;
use threadsnake_front::opcode::Op as Bytecode;
use threadsnake_jit::ExitInfo;
use threadsnake_jit::ir::region::{guards_of, split};
use threadsnake_jit::ir::{
    Block, Func, Inst, InstData, Op, Snap, SnapEntry, SnapVal, Snapshot, Succ, Type, boxed,
};
use threadsnake_threads::sync::atomic::Ordering;

/// Side exits that one region may take in.
const MAX_JOINED: usize = 48;
/// Instructions beyond which a region does not grow.
pub(super) const MAX_INSTS: usize = 6000;
/// As [`MAX_INSTS`], of a recording of which the optimiser leaves little.
const MAX_RECORDED: usize = 40_000;

/// Begins to record from exit `n` of `code`, which has just been left through it: `f` is the record of the loop's frame,
/// and those above it have been rebuilt. `false`: this exit stays an exit.
///
/// # Safety
/// As said; between two instructions.
pub unsafe fn begin(th: &Thread, f: *mut Frame, code: &Code, n: usize) -> bool {
    let region = code.region();
    if th.jit.recording.get() || !th.rt().jit().affordable() {
        return false;
    }
    let info = code.compiled.exits.get(n);
    let origin = info.snap.origin;
    if !comes_back(code, &info) || region.busy.swap(true, Ordering::AcqRel) {
        return false;
    }
    // The function may have grown since this code was made of it: its snapshots keep their numbers.
    let times = u64::from(code.taken[n].load(Ordering::Relaxed));
    let kept = {
        let mut state = region.state.lock();
        let kept = state.kept.clone().filter(|k| {
            may_grow(code, k)
                && !state.tried.contains(&origin)
                && (times * LEAVING >= k.size as u64 / RECORDING || unlimited(th))
        });
        if kept.is_some() {
            state.tried.push(origin);
        }
        kept
    };
    // SAFETY: the caller's promise.
    let rec = kept.and_then(|k| unsafe { Recorder::resume(region, f, &k, origin) });
    let Some(rec) = rec.filter(|_| th.rt().jit().may_record()) else {
        region.busy.store(false, Ordering::Release);
        return false;
    };
    hot::record(th, rec);
    true
}

/// Compiles a region that has grown since `code` was made of it, if that is due: as much time has been lost by leaving
/// `code` as compiling will take, or this is not the time to wait (`now`). Whether it has grown.
pub fn compile_grown(th: &Thread, code: &Code, now: bool) -> bool {
    let region = code.region();
    let kept = region.state.lock().kept.clone();
    let Some(kept) = kept.filter(|k| k.generation == code.kept.generation && k.holds()) else {
        return false;
    };
    let grown = !joined_since(code, &kept).is_empty();
    let due = (now || due(th, code, &kept)) && th.rt().jit().affordable();
    if grown && due && !region.busy.swap(true, Ordering::AcqRel) {
        close::compile_tier(th, region, &kept);
    }
    grown
}

/// See [`compile_grown`].
pub fn due(th: &Thread, code: &Code, kept: &Kept) -> bool {
    unlimited(th) || code.lost.load(Ordering::Relaxed) * LEAVING >= kept.size as u64 * COMPILING
}

/// `code` has been left through exit `n` so many times again: notes it, where the recording has grown from there since.
pub fn note_lost(code: &Code, n: usize, times: u64) {
    let kept = code.region().state.lock().kept.clone();
    let joined = kept.as_ref().map_or(&[][..], |k| joined_since(code, k));
    if !joined.is_empty() && joined.contains(&code.compiled.exits.get(n).snap.origin) {
        let lost = code.lost.load(Ordering::Relaxed);
        code.lost.store(lost + times, Ordering::Relaxed);
    }
}

/// The side exits that have been joined to a recording since `code` was made of it; none where it is another one by now.
fn joined_since<'a>(code: &Code, kept: &'a Kept) -> &'a [u32] {
    match kept.generation == code.kept.generation {
        true => kept.joined.get(code.kept.joined.len()..).unwrap_or(&[]),
        false => &[],
    }
}

/// Whether `code` is left often enough through exits from which its region may grow: then it will be better.
pub fn will_grow(code: &Code) -> bool {
    let state = code.region().state.lock();
    if !state.kept.as_ref().is_some_and(|k| may_grow(code, k)) {
        return false;
    }
    let (mut all, mut open) = (0, 0);
    for (n, taken) in code.taken.iter().enumerate() {
        let taken = u64::from(taken.load(Ordering::Relaxed));
        all += taken;
        if taken > 0 {
            let info = code.compiled.exits.get(n);
            if comes_back(code, &info) && !state.tried.contains(&info.snap.origin) {
                open += taken;
            }
        }
    }
    open * OPEN >= all
}

/// See [`will_grow`]: one exit in so many.
const OPEN: u64 = 8;

/// Whether compiling may take what it takes.
fn unlimited(th: &Thread) -> bool {
    th.rt().jit().options.budget == 0
}

/// Microseconds that leaving code and coming back costs, interpreted instructions between included.
const LEAVING: u64 = 2;
/// Microseconds that compiling takes for each instruction.
const COMPILING: u64 = 5;
/// So many instructions of what is there are made ready in a microsecond for a recording that goes on from them.
const RECORDING: u64 = 2;

/// Instructions of a function.
pub(super) fn size(f: &Func) -> usize {
    f.blocks.iter().map(|b| b.insts.len()).sum()
}

/// Whether `code` was made of a recording, or of what that has grown from, and it is small enough to grow.
fn may_grow(code: &Code, kept: &Kept) -> bool {
    let optimised = code.compiled.stats.insts.1;
    let small = kept.size <= MAX_INSTS || kept.size <= MAX_RECORDED && optimised <= MAX_INSTS / 4;
    kept.generation == code.kept.generation && kept.joined.len() < MAX_JOINED && small
}

/// Values that all exits of a function name together: what the allocator of registers has to find places for.
pub(super) fn weight(f: &Func) -> usize {
    let insts = f.blocks.iter().flat_map(|b| &b.insts);
    let snaps = insts.filter_map(|i| f.inst(*i).snap);
    snaps.map(|s| f.snaps[s.index()].values()).sum()
}

/// Whether a recording could go on from this exit at all.
pub(super) fn joinable(code: &Code, info: &ExitInfo) -> bool {
    let s = &info.snap;
    s.origin as usize != code.kept.entry_snap.index()
        && (info.reason.starts_with("guard") || info.reason == "exit")
}

/// Whether a recording from this exit could come to its region's header or return: [`joinable`], and not a way out of the
/// loop, which recordings of the loop around it go on along.
fn comes_back(code: &Code, info: &ExitInfo) -> bool {
    let region = code.region();
    let leads_out = match &info.snap.frames[..] {
        [frame] if frame.how == exit::RESUME => {
            region.is_outside(frame.pc) || ends(region, frame.pc, info.reason)
        }
        _ => false,
    };
    !leads_out && joinable(code, info)
}

/// Whether an exit to instruction `pc` is the end of a region's own `for` loop, found by a guard of this kind at its header: there is
/// no item. (Items of another kind than was recorded are found there too, by other guards of the same snapshot.)
fn ends(region: &Region, pc: u32, reason: &str) -> bool {
    let of_end = matches!(reason, "guard_true" | "guard_false" | "guard_not_empty");
    let at_header = !region.is_function() && pc == region.header;
    of_end && at_header && region.code.front.instrs[pc as usize].op() == Bytecode::ForIter
}

/// Makes branches of the guards that leave through a snapshot; the block where they do not pass, emptied. Where a block
/// ends there, what it is followed by. `None`: there are none that can be made so.
pub(super) fn open(f: &mut Func, snap: Snap, writes: &[Write]) -> Option<Block> {
    let single = |i: Inst| writes.iter().any(|w| w.also.contains(&i));
    let mut side: Option<Block> = None;
    let mut passed: Vec<Inst> = Vec::new();
    let end = guards_of(f, snap)
        .into_iter()
        .find(|(_, i)| f.inst(*i).op == Op::Exit);
    if let Some((block, _)) = end {
        let next = f.add_block();
        f.blocks[block.index()].insts.pop();
        let mut jump = InstData::new(Op::Jump, &[]);
        jump.succs.push(Succ {
            block: next,
            args: Default::default(),
        });
        f.append(block, jump);
        side = Some(next);
    }
    while let Some((block, i)) = guards_of(f, snap)
        .into_iter()
        .find(|(_, i)| !passed.contains(i) && !single(*i) && f.inst(*i).op != Op::Exit)
    {
        passed.push(i);
        let Some(joint) = split(f, block, i) else {
            continue;
        };
        match side {
            None => side = Some(joint.side),
            Some(first) => {
                for s in f.insts.iter_mut().flat_map(|d| d.succs.iter_mut()) {
                    if s.block == joint.side {
                        s.block = first;
                    }
                }
                f.blocks[joint.side.index()].insts.clear();
            }
        }
    }
    let side = side?;
    f.blocks[side.index()].insts.clear();
    Some(side)
}

impl Recorder {
    /// Goes on from a snapshot of a region's kept function. `None`: its guards cannot become branches.
    ///
    /// # Safety
    /// `f` is the record of the loop's frame; the state is that of the snapshot, the frames above rebuilt.
    unsafe fn resume(region: &Region, f: *mut Frame, kept: &Kept, origin: u32) -> Option<Recorder> {
        let ir = kept.ir()?;
        // SAFETY: the caller's promise.
        let mut rec = unsafe { Recorder::new(region, f) };
        rec.func = ir.func.unpack();
        let entry = rec.func.entry();
        rec.func.blocks[entry.index()]
            .insts
            .truncate(ir.header.entry_len);
        let snap = Snap::new(origin as usize);
        rec.cur = open(&mut rec.func, snap, &ir.writes)?;
        rec.header = ir.header.block;
        rec.entry_snap = ir.header.entry_snap;
        rec.frames[0].regs = ir.header.regs.clone();
        rec.frames[0].states = ir.header.states.clone();
        rec.params = ir.header.params.clone();
        rec.inlined = kept.inlined.to_vec();
        rec.places = kept.hoisted.to_vec();
        rec.writes = ir.writes.clone();
        rec.reads = ir.reads.clone();
        rec.facts = kept.facts.clone();
        rec.keep = kept.keep.clone();
        rec.registers = kept.registers;
        rec.depth = kept.depth;
        rec.sinks = kept.sinks;
        rec.joined = kept.joined.clone();
        rec.joined.push(origin);
        rec.generation = kept.generation;
        rec.origin = Some(origin);
        rec.inner = ir.inner.clone();
        rec.turned = ir.turned.clone();
        rec.meetings = ir.meetings.clone();
        rec.known_meetings = rec.meetings.len();
        if let Some(loops) = ir.inner.get(&origin) {
            rec.inside = loops.clone();
            rec.left_inner = true;
        }
        let s = rec.func.snaps[snap.index()].clone();
        rec.apply(0, &s).ok()?;
        for (n, header) in rec.turned.get(&origin).cloned().unwrap_or_default() {
            rec.frames[n].turns.push(header);
        }
        if exit::raises(&s) {
            rec.may_raise(snap, false);
        }
        Some(rec)
    }

    /// The state becomes that of a snapshot, whose first frame is frame `at`.
    pub(super) fn apply(&mut self, at: usize, s: &Snapshot) -> Rec {
        let mut pc = 0;
        for (n, fr) in s.frames.iter().enumerate() {
            let n = at + n;
            if n > at {
                let call: Inlined = *self
                    .inlined
                    .get(fr.code as usize - 1)
                    .ok_or(Abort::Surprise)?;
                let of_generator = call.flags & flag::HEAP != 0;
                // SAFETY: the function is kept alive by the region; its code by the region or `keep`.
                let code: *const PyCode = unsafe {
                    let f = crate::interp::reg::obj(&call.func);
                    match of_generator {
                        true => &raw const **f.cast_unchecked::<PyCode>(),
                        false => &raw const **f.cast_unchecked::<Function>().code(),
                    }
                };
                let fresh = if of_generator { Reg::UNREAD } else { EMPTY };
                self.frames.push(RFrame {
                    heap: match of_generator {
                        // SAFETY: the frames are rebuilt: this is its record.
                        true => unsafe { (*self.root.add(n)).base.cast_const() },
                        false => std::ptr::null(),
                    },
                    ..RFrame::new(
                        code,
                        // SAFETY: as above.
                        vec![fresh; unsafe { &*code }.front.nregs as usize],
                        call.offset,
                        fr.code as usize,
                    )
                });
            }
            self.frames[n].resume = fr.pc;
            pc = fr.pc;
            for e in fr.regs.iter() {
                let val = self.of_entry(e)?;
                let owned = !e.incref && Recorder::may_be_pointer(val);
                match e.place {
                    exit::OWNER => {
                        self.frames[n].owner = (val, owned);
                        continue;
                    }
                    exit::EXC => {
                        self.frames[n].exc = val;
                        continue;
                    }
                    _ => {}
                }
                let r = match e.place.checked_sub(exit::PLACE) {
                    Some(k) => self.frames[n].state(k as usize),
                    None => e.place as usize,
                };
                if n == 0 && self.is_at_start(r, val, owned) {
                    self.put_back_to_start(r);
                    continue;
                }
                let reg = &mut self.frames[n].regs[r];
                reg.val = val;
                reg.owned = owned;
                reg.dirty = true;
                if self.frames[n].is_generator() {
                    // What lies in its place is not known.
                    self.frames[n].regs[r].first = Val::Const(boxed::NONE);
                }
            }
        }
        for v in &s.release {
            let v = match self.func.ty(*v) {
                Type::Obj => Val::Obj(*v),
                _ => Val::Any(*v),
            };
            self.drops.push(v);
        }
        self.pc = pc;
        self.forget_before();
        for n in at + 1..self.frames.len() {
            self.take_registers(n)?;
        }
        if exit::raises(s) {
            // What is to be dropped is dropped where the exception leads.
            self.pc = pc - 1;
            return Ok(());
        }
        self.flush(pc);
        Ok(())
    }

    /// Whether a snapshot that has `val` for a register of the loop's frame says that it is as the header has it: so do all
    /// of the registers that another way changes.
    fn is_at_start(&self, r: usize, val: Val, owned: bool) -> bool {
        let init = self.frames[0].regs[r].init;
        init.is_some()
            && val.value() == init
            && owned == Recorder::may_be_pointer(val)
            && self.params.iter().any(|p| p.0 == r)
    }

    /// A register of the loop's frame that this way has not changed is as the header has it.
    pub(super) fn put_back_to_start(&mut self, r: usize) {
        if let Some(val) = self.at_start(r) {
            let reg = &mut self.frames[0].regs[r];
            (reg.val, reg.owned, reg.dirty) = (val, Recorder::may_be_pointer(val), false);
        }
    }

    fn of_entry(&self, e: &SnapEntry) -> Rec<Val> {
        Ok(match e.val {
            SnapVal::Value(v) => match self.func.ty(v) {
                Type::I64 => Val::Int(v),
                Type::F64 => Val::Float(v),
                Type::Bool => Val::Bool(v),
                Type::Obj => Val::Obj(v),
                Type::Val => Val::Any(v),
                Type::Ptr => return Err(Abort::Surprise),
            },
            SnapVal::Const(Type::Val, boxed::EMPTY) => Val::Empty,
            SnapVal::Const(Type::Val, bits) => Val::Const(bits),
            _ => return Err(Abort::Surprise),
        })
    }
}
