//! Growing a region, in two ways that share their machinery.
//!
//! **A side exit** that is taken often is recorded from the state of its snapshot ([`Recorder::resume`]): its guards become
//! branches of the kept function, the recording goes on in the block where they do not pass, and ends at the header like
//! the first one. The whole function is then compiled again.
//!
//! **A loop inside the loop** that is being recorded, when the trace comes to its header: its kept function is copied in
//! ([`Recorder::take_over`]), the registers of the running frame being what its entry loads. Then its machine code is run,
//! and the exit through which it leaves says where the recording goes on: at the copy of that exit's guards.

use super::close;
use super::exit::{self, Inlined};
use super::hot;
use super::layout::{FRAME_FUNC, PAYLOAD, RUNNING};
use super::meet::{Copied, Meeting};
use super::multi::{Place, Read, Write};
use super::recorder::{Abort, GONE, RFrame, Rec, Recorder, Reg, Val};
use super::region::{Code, Inner, Ir, Kept, Region};
use super::step::EMPTY;
use crate::object::code::Code as PyCode;
use crate::object::frame::{Frame, flag};
use crate::object::function::Function;
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use smallvec::SmallVec;
use std::cmp;
use std::collections::HashMap;
use threadsnake_front::opcode::Op as ByteOp;
use threadsnake_jit::ExitInfo;
use threadsnake_jit::ir::cfg::Cfg;
use threadsnake_jit::ir::region::{guards_of, split};
use threadsnake_jit::ir::{
    AliasClass, Block, Func, Inst, InstData, Lists, Op, Snap, SnapEntry, SnapFrame, SnapVal,
    Snapshot, Succ, Type, Value as V, boxed,
};
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::Ordering;
use threadsnake_threads::tier::Tier;

/// Side exits that one region may take in.
const MAX_JOINED: usize = 48;
/// Instructions beyond which a region does not grow.
const MAX_INSTS: usize = 6000;
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
    if !joinable(code, &info) || region.busy.swap(true, Ordering::AcqRel) {
        return false;
    }
    // The function may have grown since this code was made of it: its snapshots keep their numbers.
    let kept = {
        let mut state = region.state.lock();
        let kept = state.kept.clone().filter(|k| {
            k.generation == code.kept.generation
                && k.joined < MAX_JOINED
                && may_grow(code, k)
                && !state.tried.contains(&origin)
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
    let grown = kept.joined > code.kept.joined;
    let due = (now || due(code, &kept)) && th.rt().jit().affordable();
    if grown && due && !region.busy.swap(true, Ordering::AcqRel) {
        close::compile_tier(th, region, &kept);
    }
    grown
}

/// See [`compile_grown`].
pub fn due(code: &Code, kept: &Kept) -> bool {
    code.entered.load(Ordering::Relaxed) * LEAVING >= kept.size as u64 * COMPILING
}

/// Microseconds that leaving code and coming back costs, interpreted instructions between included.
const LEAVING: u64 = 2;
/// Microseconds that compiling takes for each instruction.
const COMPILING: u64 = 5;

/// Instructions of a function.
pub(super) fn size(f: &Func) -> usize {
    f.blocks.iter().map(|b| b.insts.len()).sum()
}

/// Whether a recording is small enough to grow. `code` was made of it, or of what it has grown from.
fn may_grow(code: &Code, kept: &Kept) -> bool {
    let optimised = code.compiled.stats.insts.1;
    kept.size <= MAX_INSTS || kept.size <= MAX_RECORDED && optimised <= MAX_INSTS / 4
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
        && s.frames.last().is_some_and(|f| f.how == exit::RESUME)
        && info.reason.starts_with("guard")
}

/// Makes branches of the guards that leave through a snapshot; the block where they do not pass, emptied. `None`: there
/// are none that can be made so.
pub(super) fn open(f: &mut Func, snap: Snap, writes: &[Write]) -> Option<Block> {
    let single = |i: Inst| writes.iter().any(|w| w.also.contains(&i));
    let mut side: Option<Block> = None;
    let mut passed: Vec<Inst> = Vec::new();
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
        rec.joined = kept.joined + 1;
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
                if e.place == exit::OWNER {
                    self.frames[n].owner = (val, owned);
                    continue;
                }
                let r = match e.place.checked_sub(exit::PLACE) {
                    Some(k) => self.frames[n].state(k as usize),
                    None => e.place as usize,
                };
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
        self.flush(pc);
        Ok(())
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

    /// Whether the trace is inside the copy of the loop of the running frame whose header is at `index`.
    pub(super) fn is_inside(&self, index: u32) -> bool {
        self.inside.contains(&(self.frames.len(), index))
    }

    /// The trace comes to instruction `index`: it has left loops that this is not inside of.
    pub(super) fn leave_loops(&mut self, index: u32) {
        if self.inside.is_empty() {
            return;
        }
        let (depth, flow) = (self.frames.len(), self.code().front.flow());
        let within = |(n, header): &&(usize, u32)| match n.cmp(&depth) {
            cmp::Ordering::Less => true,
            cmp::Ordering::Equal => flow.is_within(*header, index),
            cmp::Ordering::Greater => false,
        };
        if !self.inside.iter().all(|l| within(&l)) {
            self.inside = self.inside.iter().filter(within).copied().collect();
        }
    }

    /// The code for the tier of the thread's mode of the loop, other than the recorded one, whose header is at `index` of the
    /// running frame.
    pub(super) fn code_of_loop(&self, th: &Thread, index: u32) -> Option<Arc<Code>> {
        let code = self.code();
        let number = loop_at(code, index)?;
        let region = code.regions[number].load(Ordering::Acquire);
        // SAFETY: regions live as long as the runtime.
        let region = unsafe { region.as_ref() }?;
        if std::ptr::eq(region, self.region) {
            return None;
        }
        let tier = Tier::of(th.rec());
        let state = region.state.lock();
        let k = state.kept.as_ref().filter(|k| k.holds())?;
        let codes = &mut state.codes.iter().rev();
        codes
            .find(|c| {
                c.tier == tier
                    && c.valid.load(Ordering::Acquire)
                    && c.kept.generation == k.generation
            })
            .cloned()
    }

    /// Whether the registers of the running frame are of the kinds that an inner loop's entry checks.
    pub(super) fn fits(&self, ir: &Ir) -> bool {
        let nregs = self.top().nregs();
        ir.header.regs[..nregs].iter().enumerate().all(|(r, reg)| {
            let word = self.word(r);
            reg.init.is_none()
                || match reg.first {
                    Val::Int(_) => word.is_int(),
                    Val::Float(_) => word.is_float(),
                    Val::Bool(_) => word.is_bool(),
                    Val::Obj(_) => word.is_ptr(),
                    Val::Const(bits) => word.0 == bits,
                    Val::Empty => word.is_empty(),
                    Val::Any(_) | Val::Unread => true,
                }
        })
    }

    /// The trace has come to the header of an inner loop: takes it over, runs it, and goes on from the exit through which it
    /// left. Gives the exception with which it did.
    ///
    /// # Safety
    /// `f` is the running record, at the header.
    pub(super) unsafe fn run_inner(
        &mut self,
        th: &Thread,
        f: *mut Frame,
        code: &Code,
    ) -> Rec<Option<Exc>> {
        let kept = &code.kept;
        // SAFETY: the running record.
        unsafe {
            if (*f).globals != kept.globals {
                return Err(Abort::InnerLoop);
            }
        }
        if size(&self.func) + kept.size > MAX_INSTS {
            return Err(Abort::TooLong);
        }
        let ir = kept.ir().ok_or(Abort::InnerLoop)?;
        let copied = self.take_over(kept, &ir)?;
        // SAFETY: as this function's.
        let Some((n, raised)) = (unsafe { hot::run(th, f, code) }) else {
            return Err(Abort::InnerLoop);
        };
        if raised.is_some() {
            return Ok(raised);
        }
        let info = code.compiled.exits.get(n);
        let origin = info.snap.origin;
        if !joinable(code, &info) {
            return Err(Abort::InnerLoop);
        }
        let snap = copied.snaps.get(&Snap::new(origin as usize));
        let snap = *snap.ok_or(Abort::InnerLoop)?;
        self.cur = open(&mut self.func, snap, &self.writes).ok_or(Abort::InnerLoop)?;
        let at = self.frames.len() - 1;
        let mut s = Snapshot::clone(&self.func.snaps[snap.index()]);
        s.frames.drain(..at);
        self.comes_from(snap);
        self.left_inner = true;
        self.apply(at, &s)?;
        Ok(None)
    }

    /// The trace goes on from this snapshot of a copied loop: it is inside that, and inside the loops that were copied into it.
    pub(super) fn comes_from(&mut self, snap: Snap) {
        if let Some(loops) = self.inner.get(&(snap.index() as u32)) {
            let new = loops.iter().filter(|l| !self.inside.contains(l));
            self.inside = self.inside.iter().chain(new).copied().collect();
        }
    }

    /// Copies the function of an inner loop, at whose header the running frame is, to here.
    fn take_over(&mut self, kept: &Kept, ir: &Ir) -> Rec<Arc<Copied>> {
        self.own_all();
        let may_meet = self.may_meet();
        if may_meet {
            self.settle(self.pc);
            self.spread();
        }
        let inner = &ir.func.unpack();
        let top = self.frames.len() - 1;
        let offset = self.top().offset;
        let shift = 8 * offset as i32;
        let mut copy = Copy {
            values: HashMap::new(),
            blocks: HashMap::new(),
            snaps: HashMap::new(),
            insts: HashMap::new(),
            base: inner.base(),
            shift,
            running: (top > 0).then(|| self.payload_of_callee()),
        };
        copy.values.insert(inner.thread(), self.func.thread());
        copy.values.insert(inner.base(), self.func.base());
        // The entry: what it loads from registers is here already.
        let nregs = self.top().nregs();
        let entry = inner.entry();
        for i in &inner.blocks[entry.index()].insts[..ir.header.entry_len] {
            let d = inner.inst(*i);
            if d.op == Op::LoadVal
                && d.args[0] == inner.base()
                && d.mem.class == AliasClass::FRAME
                && ((d.mem.off / 8) as usize) < nregs
            {
                let r = (d.mem.off / 8) as usize;
                let v = self.register(ir, top, r)?;
                if let Some(old) = d.result {
                    copy.values.insert(old, v);
                }
                continue;
            }
            let snap = d.snap.map(|_| self.before());
            let cur = self.cur;
            copy.inst(&mut self.func, inner, cur, *i, snap);
        }
        // What the loop changes it owns.
        for (r, _) in &ir.header.params {
            let reg = &mut self.frames[top].regs;
            if let Some(reg) = reg.get_mut(*r).filter(|_| *r < nregs) {
                if Recorder::may_be_pointer(reg.val) && !reg.owned {
                    reg.owned = true;
                    let v = reg.val;
                    self.incref(v);
                }
            }
        }
        let order = Cfg::new(inner).rpo;
        let mut args: SmallVec<[V; 4]> = ir
            .header
            .params
            .iter()
            .map(|(_, v)| copy.value(*v))
            .collect();
        for b in order.iter().filter(|b| **b != entry) {
            let new = self.func.add_block();
            copy.blocks.insert(*b, new);
            for p in &inner.blocks[b.index()].params {
                let q = self.func.add_param(new, inner.ty(*p));
                copy.values.insert(*p, q);
            }
        }
        let header = copy.blocks[&ir.header.block];
        let mut meeting = None;
        let mut more: Vec<V> = Vec::new();
        if may_meet {
            more = self.at_copied_header(ir, top, header, &mut copy, &mut args);
            meeting = Some(self.frames.clone());
        }
        let outer = self.snapshot(self.pc, exit::RESUME);
        let mut d = InstData::new(Op::Jump, &[]);
        d.succs.push(Succ {
            block: header,
            args,
        });
        let cur = self.cur;
        self.func.append(cur, d);
        let (calls, places) = (self.inlined.len(), self.places.len());
        let mut lists = Lists::default();
        for b in order.iter().filter(|b| **b != entry) {
            let to = copy.blocks[b];
            for i in &inner.blocks[b.index()].insts {
                let snap = inner.inst(*i).snap.map(|s| {
                    *copy.snaps.entry(s).or_insert_with(|| {
                        let s = &inner.snaps[s.index()];
                        let s = shifted(&mut lists, s, &copy.values, calls, places);
                        self.func.add_snap(above(&outer, s))
                    })
                });
                copy.inst(&mut self.func, inner, to, *i, snap);
            }
            if let Some(last) = self.func.blocks[to.index()].insts.last().copied() {
                let ways = self.func.insts[last.index()].succs.iter_mut();
                for s in ways.filter(|s| s.block == header) {
                    s.args.extend_from_slice(&more);
                }
            }
        }
        self.inlined.extend(kept.inlined.iter().map(|c| Inlined {
            offset: c.offset + offset,
            ..*c
        }));
        self.places.extend_from_slice(&kept.hoisted);
        // Few differ.
        let mut known: HashMap<Option<&Inner>, Inner> = HashMap::new();
        for (old, new) in &copy.snaps {
            let deeper = ir.inner.get(&(old.index() as u32));
            let own = (top + 1, self.pc);
            let loops = known.entry(deeper).or_insert_with(|| {
                let deeper = deeper.into_iter().flat_map(|d| d.iter());
                let loops = deeper.map(|l| (l.0 + top, l.1));
                std::iter::once(own).chain(loops).collect()
            });
            self.inner.insert(new.index() as u32, loops.clone());
        }
        for (fact, a) in &kept.facts {
            if !self.facts.iter().any(|f| f.0 == *fact) {
                self.facts.push((*fact, a.clone()));
            }
        }
        for o in &kept.keep {
            self.keep(o);
        }
        self.writes
            .extend(ir.writes.iter().filter_map(|w| copy.write(w)));
        self.reads
            .extend(ir.reads.iter().filter_map(|r| copy.read(r)));
        self.need(offset + kept.registers);
        self.sinks |= kept.sinks;
        self.depth = self.depth.max(top + kept.depth);
        self.forget_before();
        let copied = Arc::new(Copied {
            generation: kept.generation,
            snaps: std::mem::take(&mut copy.snaps),
        });
        if let Some(mut frames) = meeting {
            // Only the copied header has these from the start; behind it snapshots say what is there.
            for (r, val, owned) in self.changed_by(ir, &copy.values) {
                let reg = &mut frames[top].regs[r];
                (reg.val, reg.owned, reg.dirty) = (val, owned, true);
            }
            let nregs = frames[top].nregs();
            for (k, s) in ir.header.states.iter().enumerate() {
                let reg = ir.header.regs[nregs + k];
                let changed = ir.header.params.iter().any(|p| p.0 == nregs + k);
                if *s != GONE && changed {
                    let r = frames[top].state(places + *s);
                    let val = renamed(reg.val, &copy.values);
                    frames[top].regs[r] = Reg {
                        val,
                        dirty: true,
                        ..Reg::UNREAD
                    };
                }
            }
            for m in &ir.meetings {
                let m = copy.meeting(m, &copied.snaps, &frames, (calls, places));
                self.meetings.extend(m.map(Arc::new));
            }
            self.meetings.push(Arc::new(Meeting {
                block: header,
                pc: self.pc,
                frames,
                copy: Some(copied.clone()),
            }));
        }
        Ok(copied)
    }

    /// The payload of the function that runs, a call that became part of the trace.
    fn payload_of_callee(&mut self) -> V {
        match self.top().owner.0 {
            Val::Obj(o) => {
                let mut d = InstData::new(Op::Padd, &[o]);
                d.mem.off = PAYLOAD;
                d.imm = PAYLOAD as u64;
                self.b().push(d).unwrap_or(o)
            }
            _ => {
                // SAFETY: the running record.
                let func = unsafe { (*self.running()).func };
                self.b().constant(Op::Pconst, func as u64)
            }
        }
    }

    /// The registers that an inner loop changes, as they are at the header of its copy: what each holds, and whether a
    /// reference is held for it.
    fn changed_by(&self, ir: &Ir, values: &HashMap<V, V>) -> Vec<(usize, Val, bool)> {
        let nregs = self.top().nregs();
        let changed = ir.header.params.iter().map(|p| p.0).filter(|r| *r < nregs);
        changed
            .map(|r| {
                let val = renamed(ir.header.regs[r].val, values);
                (r, val, Recorder::may_be_pointer(val))
            })
            .collect()
    }

    /// Parameters of a copied header for the registers that the loop reads and does not change: a way through it that is
    /// recorded later may. Gives them; `args` is what the jump there takes.
    fn at_copied_header(
        &mut self,
        ir: &Ir,
        top: usize,
        header: Block,
        copy: &mut Copy,
        args: &mut SmallVec<[V; 4]>,
    ) -> Vec<V> {
        let mut more = Vec::new();
        for r in 0..self.top().nregs() {
            let there = ir.header.regs[r];
            if there.init.is_none() || ir.header.params.iter().any(|p| p.0 == r) {
                continue;
            }
            match super::meet::value_of(there.val) {
                Some(old) => {
                    let v = copy.value(old);
                    let q = self.func.add_param(header, self.func.ty(v));
                    args.push(v);
                    more.push(q);
                    copy.values.insert(old, q);
                    let reg = self.frames[top].regs[r];
                    if !reg.owned && Recorder::may_be_pointer(reg.val) {
                        self.incref(reg.val);
                    }
                    let reg = &mut self.frames[top].regs[r];
                    reg.val = super::meet::with_value(there.val, q);
                    reg.owned = Recorder::may_be_pointer(reg.val);
                }
                // What the entry found holds for the whole loop.
                None if matches!(there.val, Val::Const(_)) => {
                    let reg = &mut self.frames[top].regs[r];
                    (reg.val, reg.owned) = (there.val, false);
                }
                None => {}
            }
        }
        more
    }

    /// The boxed value of a register for the entry of an inner loop.
    fn register(&mut self, ir: &Ir, top: usize, r: usize) -> Rec<V> {
        let unread = top == 0 && self.frames[0].regs[r].val == Val::Unread;
        if unread && ir.header.regs[r].first == Val::Unread {
            // The loop writes it before it reads it.
            return Ok(self.take_unread(r));
        }
        if let Val::Any(v) = self.frames[top].regs[r].val {
            // Its kind is checked by the copy, where that asks for one.
            return Ok(v);
        }
        let v = self.val(r)?;
        Ok(self.boxed(v))
    }
}

/// What a register of an inner loop holds in its copy.
fn renamed(v: Val, values: &HashMap<V, V>) -> Val {
    match super::meet::value_of(v) {
        Some(x) => super::meet::with_value(v, *values.get(&x).unwrap_or(&x)),
        None => v,
    }
}

/// The loop of a code object whose header is at this instruction.
fn loop_at(code: &PyCode, index: u32) -> Option<usize> {
    let instrs = &code.front.instrs;
    instrs
        .iter()
        .enumerate()
        .filter(|(_, i)| i.op() == ByteOp::JumpBack)
        .find(|(n, i)| *n as i64 + 1 + i.sbc() as i64 == index as i64)
        .map(|(_, i)| i.a())
}

/// What an inner function's entities are in the outer one.
struct Copy {
    values: HashMap<V, V>,
    blocks: HashMap<Block, Block>,
    snaps: HashMap<Snap, Snap>,
    insts: HashMap<Inst, Inst>,
    /// The inner window.
    base: V,
    /// Bytes from the outer window to the inner one.
    shift: i32,
    /// The function of a call that became part of the trace, in which the loop is.
    running: Option<V>,
}

impl Copy {
    fn value(&self, v: V) -> V {
        self.values.get(&v).copied().unwrap_or(v)
    }

    fn inst(&mut self, f: &mut Func, inner: &Func, to: Block, i: Inst, snap: Option<Snap>) {
        let mut d = inner.inst(i).clone();
        if let (Some(func), Some(result)) = (self.running, d.result)
            && (d.mem.class, d.mem.off) == (RUNNING, FRAME_FUNC)
        {
            self.values.insert(result, func);
            return;
        }
        if d.args.first() == Some(&self.base) {
            d.mem.off += self.shift;
            if d.op == Op::Padd {
                d.imm = d.mem.off as i64 as u64;
            }
        }
        d.args.iter_mut().for_each(|v| *v = self.value(*v));
        for s in &mut d.succs {
            s.block = self.blocks[&s.block];
            s.args.iter_mut().for_each(|v| *v = self.value(*v));
        }
        d.helper = d
            .helper
            .map(|h| f.add_helper(inner.helpers[h.index()].clone()));
        d.snap = snap;
        let old = d.result.take();
        let new = f.append(to, d);
        self.insts.insert(i, new);
        if let (Some(o), Some(n)) = (old, f.inst(new).result) {
            self.values.insert(o, n);
        }
    }

    /// A meeting of the inner function in the outer one, whose frames are `frames` at the header of the copy; `calls` and
    /// `places`: those that the outer function had before. `None`: ways do not come there any more.
    fn meeting(
        &self,
        m: &Meeting,
        snaps: &HashMap<Snap, Snap>,
        frames: &[RFrame],
        (calls, places): (usize, usize),
    ) -> Option<Meeting> {
        let block = *self.blocks.get(&m.block)?;
        let mut all = frames.to_vec();
        let (own, deeper) = m.frames.split_first()?;
        let (top, nregs) = (all.last_mut()?, own.nregs());
        for (r, reg) in own.regs[..nregs].iter().enumerate() {
            if reg.val != Val::Unread {
                let there = top.regs[r];
                top.regs[r] = Reg {
                    val: renamed(reg.val, &self.values),
                    owned: if reg.dirty { reg.owned } else { there.owned },
                    dirty: true,
                    ..there
                };
            }
        }
        top.resume = own.resume;
        let state = |s: usize| if s == GONE { GONE } else { places + s };
        for (k, s) in own.states.iter().enumerate().filter(|(_, s)| **s != GONE) {
            let r = top.state(state(*s));
            top.regs[r] = Reg {
                val: renamed(own.regs[nregs + k].val, &self.values),
                dirty: true,
                ..Reg::UNREAD
            };
        }
        let offset = top.offset;
        for f in deeper {
            let mut f = f.clone();
            f.rename_all(|v| self.value(v));
            f.offset += offset;
            f.inlined += calls;
            f.states.iter_mut().for_each(|s| *s = state(*s));
            all.push(f);
        }
        let copy = m.copy.as_ref().map(|known| {
            let now = known.snaps.iter();
            let now = now.filter_map(|(a, b)| Some((*a, *snaps.get(b)?)));
            Arc::new(Copied {
                generation: known.generation,
                snaps: now.collect(),
            })
        });
        Some(Meeting {
            block,
            pc: m.pc,
            frames: all,
            copy,
        })
    }

    fn write(&self, w: &Write) -> Option<Write> {
        let inst = |i: &Inst| self.insts.get(i).copied();
        Some(Write {
            load: w.load.as_ref().and_then(inst),
            store: inst(&w.store)?,
            also: w.also.iter().filter_map(inst).collect(),
            drops: w.drops,
            object: self.value(w.object),
            value: self.value(w.value),
            place: match w.place {
                Place::Item(v) => Place::Item(self.value(v)),
                p => p,
            },
            snap: *self.snaps.get(&w.snap)?,
        })
    }

    fn read(&self, r: &Read) -> Option<Read> {
        Some(Read {
            load: *self.insts.get(&r.load)?,
            array: self.value(r.array),
            index: self.value(r.index),
            snap: *self.snaps.get(&r.snap)?,
        })
    }
}

/// A snapshot of an inner function with the values, calls and places of the outer one.
fn shifted(
    lists: &mut Lists,
    s: &Arc<Snapshot>,
    values: &HashMap<V, V>,
    calls: usize,
    places: usize,
) -> Snapshot {
    let mut s = s.clone();
    lists.map(&mut s, |v| values.get(&v).copied().unwrap_or(v));
    let mut s = Arc::unwrap_or_clone(s);
    for (n, f) in s.frames.iter_mut().enumerate() {
        if n > 0 {
            f.code += calls as u64;
        }
        let state = |e: &SnapEntry| e.place >= exit::PLACE && e.place != exit::OWNER;
        if places != 0 && f.regs.iter().any(state) {
            for e in Arc::make_mut(&mut f.regs).iter_mut().filter(|e| state(e)) {
                e.place += places as u32;
            }
        }
    }
    s
}

/// The state of an inner loop on top of the frames that are there: its first frame is the last of those.
fn above(outer: &Snapshot, mut s: Snapshot) -> Snapshot {
    let mut frames: Vec<SnapFrame> = outer.frames.clone();
    let rest = s.frames.split_off(1);
    if let (Some(top), Some(first)) = (frames.last_mut(), s.frames.pop()) {
        let kept = top
            .regs
            .iter()
            .filter(|e| !first.regs.iter().any(|f| f.place == e.place));
        top.regs = first.regs.iter().chain(kept).copied().collect();
        (top.pc, top.how) = (first.pc, first.how);
    }
    frames.extend(rest);
    s.frames = frames;
    s
}
