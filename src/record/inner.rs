//! Loops inside the loop that is being recorded.
//!
//! When the trace comes to the header of one that has code, its kept function is copied in ([`Recorder::take_over`]), the
//! registers of the running frame being what its entry loads. Then its machine code is run, and the exit through which it
//! leaves says where the recording goes on: at the copy of that exit's guards. If that is in the middle of the loop, the
//! trace comes back to the header, whose copy is a meeting: there that way is joined to it, and the code is run again.
//!
//! Invariant
//! - N1: the state of an iterator that a copy keeps in a register is in no other place. So a trace that is inside a copy, in
//!   the same recording or in one from an exit of it, never copies that loop a second time: every snapshot says in which
//!   copies it is.

use super::copy::{Copy, above, renamed, shifted};
use super::exit::{self, Inlined};
use super::hot;
use super::join::{MAX_INSTS, joinable, open, size};
use super::layout::PAYLOAD;
use super::meet::{Copied, Meeting};
use super::recorder::{Abort, GONE, Rec, Recorder, Reg, Val};
use super::region::{Code, Inner, Ir, Kept};
use crate::object::frame::Frame;
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use smallvec::SmallVec;
use std::cmp;
use std::collections::HashMap;
use threadsnake_jit::ir::cfg::Cfg;
use threadsnake_jit::ir::{
    AliasClass, Block, InstData, Lists, Op, Snap, Snapshot, Succ, Value as V,
};
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::Ordering;
use threadsnake_threads::tier::Tier;

impl Recorder {
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
        let number = code.front.flow().loop_at(index)?;
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
        let snap = match unsafe { self.run_copied(th, f, code, &copied)? } {
            Ok(snap) => snap,
            Err(e) => return Ok(Some(e)),
        };
        self.go_on_from(snap)?;
        Ok(None)
    }

    /// Runs the code of a loop that has been copied; what is recorded next goes where the copy leaves as it has. Gives the
    /// copy's snapshot of that, or the exception with which the code left.
    ///
    /// # Safety
    /// `f` is the running record, at the header.
    unsafe fn run_copied(
        &mut self,
        th: &Thread,
        f: *mut Frame,
        code: &Code,
        copied: &Copied,
    ) -> Rec<Result<Snap, Exc>> {
        // SAFETY: as this function's.
        let (n, raised) = unsafe { hot::run(th, f, code) }.ok_or(Abort::InnerLoop)?;
        if let Some(e) = raised {
            return Ok(Err(e));
        }
        let info = code.compiled.exits.get(n);
        if !joinable(code, &info) {
            return Err(Abort::InnerLoop);
        }
        let snap = copied.snaps.get(&Snap::new(info.snap.origin as usize));
        let snap = *snap.ok_or(Abort::InnerLoop)?;
        self.cur = open(&mut self.func, snap, &self.writes).ok_or(Abort::InnerLoop)?;
        Ok(Ok(snap))
    }

    /// The frame with the copied loop, and those above it, become as this snapshot says.
    fn go_on_from(&mut self, snap: Snap) -> Rec {
        let at = self.frames.len() - 1;
        let mut s = Snapshot::clone(&self.func.snaps[snap.index()]);
        s.frames.drain(..at);
        if let Some(loops) = self.inner.get(&(snap.index() as u32)) {
            self.inside = loops.clone();
        }
        self.left_inner = true;
        self.apply(at, &s)
    }

    /// The trace has come back to the header of the inner loop that it copied, from the middle of it: that way is joined to
    /// the copy, the loop is run on, and the trace goes on from the exit through which it leaves. Gives the exception with
    /// which it did.
    ///
    /// # Safety
    /// `f` is the running record, at the header.
    pub(super) unsafe fn run_on(
        &mut self,
        th: &Thread,
        f: *mut Frame,
        k: usize,
        code: &Code,
    ) -> Rec<Option<Exc>> {
        self.meet(k)?;
        let m = Meeting::clone(&self.meetings[k]);
        let copied = m.copy.ok_or(Abort::Surprise)?;
        // SAFETY: as this function's.
        let snap = match unsafe { self.run_copied(th, f, code, &copied)? } {
            Ok(snap) => snap,
            Err(e) => return Ok(Some(e)),
        };
        self.put_back(m.frames);
        self.go_on_from(snap)?;
        Ok(None)
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
            running: match top {
                0 => None,
                _ => Some(self.payload_of_callee()?),
            },
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
                let deeper = deeper.map(|l| (l.0 + top, l.1));
                let around = self.inside.iter().copied();
                around.chain([own]).chain(deeper).collect()
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
                let m = copy.meeting(m, ir, &copied.snaps, &frames, (calls, places));
                self.meetings.extend(m.map(Arc::new));
            }
            self.meetings.push(Arc::new(Meeting {
                block: header,
                pc: self.pc,
                frames,
                copy: Some(copied.clone()),
                also: Vec::new(),
            }));
        }
        Ok(copied)
    }

    /// The payload of the function that runs, a call that became part of the trace.
    fn payload_of_callee(&mut self) -> Rec<V> {
        let func = match self.top().owner.0 {
            _ if self.top().is_generator() => self.function_of_generator()?,
            Val::Obj(o) => o,
            _ => {
                // SAFETY: the running record.
                let func = unsafe { (*self.running()).func };
                return Ok(self.b().constant(Op::Pconst, func as u64));
            }
        };
        let mut d = InstData::new(Op::Padd, &[func]);
        d.mem.off = PAYLOAD;
        d.imm = PAYLOAD as u64;
        Ok(self.b().push(d).unwrap_or(func))
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
            match there.val.value() {
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
                    reg.val = there.val.with(q);
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
        if self.top().is_generator()
            && self.frames[top].regs[r].val == Val::Unread
            && ir.header.regs[r].first == Val::Unread
        {
            return self.any_suspended(r);
        }
        if let Val::Any(v) = self.frames[top].regs[r].val {
            // Its kind is checked by the copy, where that asks for one.
            return Ok(v);
        }
        let v = self.val(r)?;
        Ok(self.boxed(v))
    }
}
