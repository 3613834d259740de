//! Where ways through a region meet.
//!
//! A trace follows one way. Where another way may come to the same instruction (after an `if`, after a call that may return
//! in several places, at the header of a copied inner loop) the recorder begins a block of its own, a [`Meeting`], whose
//! parameters are the values of the registers ([`Recorder::spread`]). A recording from a side exit that comes there with
//! registers of the same kinds ends with a jump to it: what follows is not recorded and not compiled a second time, so that
//! a program of many branches becomes a graph and not a tree of copies.
//!
//! Invariants
//! - M1: at a meeting each register of the trace has an SSA value that stands for it alone behind it: a parameter of the
//!   block, or for a register of the loop's frame that the way there did not change the value that the header has for it.
//!   So a register may be given another value there by renaming that in what the block dominates.
//! - M2: nothing but registers, function objects of frames and constants is carried over a meeting by the recorder; what
//!   else the code behind it uses is defined behind it, or dominates every way there (checked in [`Recorder::plan`]).
//! - M3: a way back to a meeting that is already behind the trace would be a loop without a safepoint; only the copied
//!   header of a loop, which begins with one, may be met from behind.

use super::exit::Inlined;
use super::multi::{Read, Write};
use super::recorder::{Abort, GONE, RFrame, Rec, Recorder, Reg, Val};
use super::region::Code;
use crate::object::Value;
use crate::object::code::Code as PyCode;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::ops::Range;
use threadsnake_jit::ir::cfg::Cfg;
use threadsnake_jit::ir::{Block, InstData, Lists, Op, Snap, SnapEntry, SnapVal, Succ, Value as V};
use threadsnake_threads::sync::Arc;

/// Meetings that one region may have.
const MAX_MEETINGS: usize = 64;

/// A place where ways may meet. See the module.
#[derive(Clone)]
pub struct Meeting {
    /// The block that begins there.
    pub block: Block,
    /// The instruction of the last frame that is next.
    pub pc: u32,
    /// The frames, with the values that registers have in `block`.
    pub frames: Vec<RFrame>,
    /// It is the header of a copy of an inner loop.
    pub copy: Option<Arc<Copied>>,
    /// Other names that what is behind has for registers: frame, register, name. In a loop of its own a register that is as
    /// its header has it goes by the header's name in snapshots; in a copy of that loop it does so, too.
    pub also: Vec<(usize, usize, V)>,
}

/// A copy of an inner loop.
pub struct Copied {
    /// `Kept::generation` of what was copied.
    pub generation: u64,
    /// What the snapshots of that are in the copy.
    pub snaps: HashMap<Snap, Snap>,
}

// SAFETY: the frames' pointers lead to codes that the region or what it keeps holds, and are followed by who records only;
// there are no generators' registers among them.
unsafe impl Send for Meeting {}
// SAFETY: as above.
unsafe impl Sync for Meeting {}

/// A register that has another value on the way that comes to a meeting.
#[derive(Clone)]
struct Differs {
    frame: usize,
    reg: usize,
    /// Its value behind the meeting.
    there: Val,
    /// On the way.
    here: Val,
    /// Behind the meeting a reference is held for it, on the way none.
    take: bool,
    /// The way changed a register of the loop's frame that was not changed before.
    changed: bool,
    /// No way there changed it: it is the same value, of which more may be known behind the meeting.
    same: bool,
    /// Other names that it has behind the meeting. One of another type is in snapshots only.
    also: SmallVec<[V; 2]>,
}

impl Differs {
    /// The names that it has behind the meeting.
    fn names(&self) -> impl Iterator<Item = V> {
        self.there
            .value()
            .into_iter()
            .chain(self.also.iter().copied())
    }
}

/// What a jump to a meeting takes. See [`Recorder::plan`].
pub struct Plan {
    differs: Vec<Differs>,
    /// Blocks that the meeting dominates.
    tail: Vec<Block>,
}

impl Recorder {
    /// A call of this code has returned into the running frame: whether it may return elsewhere, too.
    pub(super) fn came_back(&mut self, code: *const PyCode) {
        // SAFETY: kept alive by `keep`.
        self.came_back = unsafe { &*code }.front.flow().returns() > 1;
    }

    /// Whether frames are such as can be compared.
    pub(super) fn may_meet(&self) -> bool {
        !self.sinks && !self.frames.iter().any(RFrame::is_generator) && !self.handles()
    }

    /// The trace comes to instruction `index`: the meeting where it may end.
    pub(super) fn meeting(&mut self, index: u32) -> Option<usize> {
        if self.steps == 0 || self.left_inner || self.known_meetings == 0 || !self.may_meet() {
            return None;
        }
        self.alike(0..self.known_meetings, index, false)
            .into_iter()
            .find(|n| self.plan(*n).is_some())
    }

    /// The header of the copied inner loop that the trace comes back to at `index`, if it can go on there: it is a copy of
    /// what `code` was made of.
    pub(super) fn copied_header(&mut self, index: u32, code: &Code) -> Option<usize> {
        if !self.may_meet() {
            return None;
        }
        let same = |m: &Meeting| {
            let copy = m.copy.as_ref();
            copy.is_some_and(|c| c.generation == code.kept.generation)
        };
        self.alike(self.known_meetings..self.meetings.len(), index, true)
            .into_iter()
            .filter(|n| same(&self.meetings[*n]))
            .collect::<Vec<_>>()
            .into_iter()
            .find(|n| self.plan(*n).is_some())
    }

    /// Meetings at this instruction with as many frames, those that were made last first.
    fn alike(&self, which: Range<usize>, index: u32, copies: bool) -> Vec<usize> {
        let depth = self.frames.len();
        which
            .rev()
            .filter(|n| {
                let m = &self.meetings[*n];
                m.pc == index && m.frames.len() == depth && (!copies || m.copy.is_some())
            })
            .collect()
    }

    /// The trace goes on at instruction `index`: if another way may come there, it begins a block that can be jumped to.
    pub(super) fn mark(&mut self, index: u32) {
        let came_back = std::mem::take(&mut self.came_back);
        if self.meetings.len() >= MAX_MEETINGS || !self.may_meet() || self.drops_anything() {
            return;
        }
        let join = self.code().front.flow().join(index);
        if !came_back && !join.is_some_and(|j| j.forward) {
            return;
        }
        self.settle(index);
        let block = self.spread();
        self.meetings.push(Arc::new(Meeting {
            block,
            pc: index,
            frames: self.frames.clone(),
            copy: None,
            also: Vec::new(),
        }));
    }

    /// Before ways meet at `index` of the running frame: variables that other ways may bring with something else are made
    /// such as these have to be to go on here, too. What a variable holds is held for it, and one that may be unbound, or
    /// hold a constant, is a boxed value whose kind is looked at where it is read.
    pub(super) fn settle(&mut self, index: u32) {
        let Some(join) = self.code().front.flow().join(index) else {
            return;
        };
        let n = self.frames.len() - 1;
        for merged in &join.merged {
            let r = merged.reg as usize;
            let reg = self.frames[n].regs[r];
            if n == 0 && !reg.dirty {
                // As the header has it: that holds on every way that does not change it. What is known of it besides does not.
                if reg.val == Val::Unread && reg.init.is_none() {
                    self.take_unread(r);
                } else if let Some(val @ Val::Any(_)) = self.at_start(r) {
                    let reg = &mut self.frames[0].regs[r];
                    (reg.val, reg.owned) = (val, true);
                }
                continue;
            }
            let boxed = match reg.val {
                Val::Unread => continue,
                Val::Empty => true,
                Val::Const(bits) => merged.unbound || !is_number(Value(bits)),
                Val::Int(_) | Val::Any(_) => false,
                Val::Float(_) | Val::Bool(_) | Val::Obj(_) => merged.unbound,
            };
            if !reg.owned && Recorder::may_be_pointer(reg.val) {
                self.incref(reg.val);
            }
            let val = match boxed {
                true => Val::Any(self.boxed(reg.val)),
                false => reg.val,
            };
            self.frames[n].regs[r] = Reg {
                val,
                owned: Recorder::may_be_pointer(val),
                dirty: true,
                ..reg
            };
        }
    }

    /// Begins a block that has a parameter for each register, but for those of the loop's frame that were not changed (M1).
    pub(super) fn spread(&mut self) -> Block {
        let block = self.func.add_block();
        let mut succ = Succ {
            block,
            args: Default::default(),
        };
        for n in 0..self.frames.len() {
            // SAFETY: kept alive by the region or by `keep`.
            let nlocals = unsafe { &*self.frames[n].code }.front.nlocals as usize;
            for r in 0..self.frames[n].regs.len() {
                let reg = self.frames[n].regs[r];
                let iterates = |s: &usize| *s != GONE && self.places[*s].0 as usize == r;
                let frame = &self.frames[n];
                let known = r < frame.nregs() && frame.states.iter().any(iterates);
                if n == 0 && !reg.dirty || known {
                    // What is known of an iterator holds for that one only: so it keeps its name.
                    continue;
                }
                let val = match reg.val {
                    // Other ways may come with other numbers.
                    Val::Const(bits) if r < nlocals => self.number(bits),
                    v => v,
                };
                let Some(v) = val.value() else { continue };
                let p = self.func.add_param(block, self.func.ty(v));
                succ.args.push(v);
                self.frames[n].regs[r].val = val.with(p);
            }
        }
        let mut jump = InstData::new(Op::Jump, &[]);
        jump.succs.push(succ);
        let cur = self.cur;
        self.func.append(cur, jump);
        self.cur = block;
        self.forget_before();
        block
    }

    /// A constant number as a value; others as they are.
    fn number(&mut self, bits: u64) -> Val {
        let word = Value(bits);
        if word.is_int() {
            Val::Int(self.iconst(word.as_int()))
        } else if word.is_float() {
            Val::Float(self.b().fconst(word.as_f64()))
        } else if word.is_bool() {
            Val::Bool(self.b().constant(Op::Bconst, bits & 1))
        } else {
            Val::Const(bits)
        }
    }

    /// What the header has for a register of the loop's frame; `None`: it was not looked at.
    pub(super) fn at_start(&self, r: usize) -> Option<Val> {
        let reg = self.frames[0].regs[r];
        let init = reg.init?;
        Some(match reg.first {
            Val::Unread => Val::Any(init),
            v => v,
        })
    }

    /// What it takes to go on at a meeting from here; `None`: the registers do not fit.
    pub(super) fn plan(&mut self, k: usize) -> Option<Plan> {
        let m = &*self.meetings[k].clone();
        let mut differs = Vec::new();
        for (n, (there, here)) in m.frames.iter().zip(&self.frames).enumerate() {
            let last = n + 1 == self.frames.len();
            let same_call = |a: &Inlined, b: &Inlined| {
                a.func.0 == b.func.0 && (a.offset, a.dst, a.flags) == (b.offset, b.dst, b.flags)
            };
            let alike = there.code == here.code
                && there.offset == here.offset
                && there.nregs() == here.nregs()
                && there.owner == here.owner
                && (last || there.resume == here.resume)
                && (n == 0
                    || same_call(
                        &self.inlined[there.inlined - 1],
                        &self.inlined[here.inlined - 1],
                    ));
            if !alike || !self.same_states(there, here) {
                return None;
            }
            // SAFETY: kept alive by the region or by `keep`.
            let join = unsafe { &*there.code }.front.flow().join(m.pc);
            let merged = join.filter(|_| last).map_or(&[][..], |j| &j.merged);
            let unbound = |r: usize| merged.iter().any(|m| m.unbound && m.reg as usize == r);
            for r in 0..there.regs.len() {
                self.compare_register((n, r), there, here, &unbound, &mut differs)?;
            }
        }
        for d in &mut differs {
            let own = |a: &&(usize, usize, V)| (a.0, a.1) == (d.frame, d.reg);
            d.also.extend(m.also.iter().filter(own).map(|a| a.2));
        }
        // What is known of a value may have been found out before the ways parted.
        if differs.iter().any(|d| d.same) {
            let cfg = self.graph();
            let known = |d: &Differs| d.there.value().is_none_or(|v| self.reaches(&cfg, v));
            let changed = differs.iter().filter(|d| !d.same || !known(d));
            let changed: Vec<Differs> = changed.cloned().collect();
            if let Some(plan) = self.plan_with(m, changed)
                && self.names_all_parameters(m, &plan)
            {
                return Some(plan);
            }
        }
        self.plan_with(m, differs)
    }

    /// Whether a value is defined on every way that comes here.
    fn reaches(&self, cfg: &Cfg, v: V) -> bool {
        let defines = |b: &&Block| {
            let block = &self.func.blocks[b.index()];
            let mut insts = block.insts.iter();
            block.params.contains(&v) || insts.any(|i| self.func.inst(*i).result == Some(v))
        };
        let found = cfg.rpo.iter().find(defines);
        found.is_some_and(|b| cfg.dominates(*b, self.cur))
    }

    /// Whether a jump to a meeting has something for each of its parameters.
    fn names_all_parameters(&self, m: &Meeting, plan: &Plan) -> bool {
        let params = &self.func.blocks[m.block.index()].params;
        let named = |p: &V| plan.differs.iter().any(|d| d.there.value() == Some(*p));
        plan.tail.contains(&self.cur) || params.iter().all(named)
    }

    /// See [`Recorder::plan`].
    fn plan_with(&mut self, m: &Meeting, differs: Vec<Differs>) -> Option<Plan> {
        self.check_names(m, &differs)?;
        let tail = self.tail(m, &differs)?;
        Some(Plan { differs, tail })
    }

    /// Whether the frames keep the state of the same iterators.
    fn same_states(&self, a: &RFrame, b: &RFrame) -> bool {
        let within =
            |a: &RFrame, b: &RFrame| a.states.iter().all(|s| *s == GONE || b.states.contains(s));
        within(a, b) && within(b, a)
    }

    /// Compares register `r` of frame `n`; `unbound`: which of its variables may be unbound where the ways meet.
    fn compare_register(
        &self,
        (n, r): (usize, usize),
        there: &RFrame,
        here: &RFrame,
        unbound: &dyn Fn(usize) -> bool,
        differs: &mut Vec<Differs>,
    ) -> Option<()> {
        let nregs = there.nregs();
        let a = there.regs[r];
        let b = match r.checked_sub(nregs) {
            None => here.regs[r],
            Some(k) if there.states[k] == GONE => return Some(()),
            Some(k) => {
                let k = here.states.iter().position(|s| *s == there.states[k])?;
                here.regs[nregs + k]
            }
        };
        let value = |reg: Reg| match reg.val {
            Val::Unread if n == 0 => self.at_start(r).unwrap_or(Val::Unread),
            v => v,
        };
        let (x, y) = (value(a), value(b));
        let owned =
            |reg: Reg, v: Val| Recorder::may_be_pointer(v) && (reg.owned || reg.val == Val::Unread);
        let (kept, held) = (owned(a, x), owned(b, y));
        // The header's parameters are the code's own on every way, whether a way changed them or not.
        let as_at_start = || self.params.iter().any(|p| p.0 == r) && self.at_start(r) == Some(y);
        let changed = n == 0 && b.dirty && !a.dirty && !as_at_start();
        let nothing = |v| matches!(v, Val::Unread | Val::Empty);
        if nothing(x) && nothing(y) {
            return Some(());
        }
        // Behind the meeting a register that no way there has changed is what the header has for it, known to be this constant
        // or not.
        let equal = x == y && !(changed && matches!(x, Val::Const(_)));
        if equal && (!Recorder::may_be_pointer(x) || kept == held && !changed) {
            return Some(());
        }
        let iterates = |s: &usize| *s != GONE && self.places[*s].0 as usize == r;
        if r < nregs && there.states.iter().any(iterates) {
            // What is known of the iterator was found before.
            return None;
        }
        let fits = match (x, y) {
            _ if x == y => true,
            (Val::Int(_), Val::Int(_)) | (Val::Float(_), Val::Float(_)) => true,
            (Val::Bool(_), Val::Bool(_)) | (Val::Obj(_), Val::Obj(_)) => true,
            (Val::Int(_), Val::Const(c)) => Value(c).is_int(),
            (Val::Float(_), Val::Const(c)) => Value(c).is_float(),
            (Val::Bool(_), Val::Const(c)) => Value(c).is_bool(),
            (Val::Obj(_), Val::Const(c)) => Value(c).is_ptr(),
            (Val::Any(_), Val::Unread) => false,
            (Val::Any(_), Val::Empty) => unbound(r),
            (Val::Any(_), _) => true,
            // Its kind is checked on the way.
            (Val::Int(_), Val::Any(_)) => r < nregs && self.word_in(n, r).is_int(),
            (Val::Float(_), Val::Any(_)) => r < nregs && self.word_in(n, r).is_float(),
            (Val::Bool(_), Val::Any(_)) => r < nregs && self.word_in(n, r).is_bool(),
            (Val::Obj(_), Val::Any(_)) => r < nregs && self.word_in(n, r).is_ptr(),
            _ => false,
        };
        // A reference that is held on the way has nobody to drop it.
        if !fits || !kept && held && Recorder::may_be_pointer(x) {
            return None;
        }
        let mut also = SmallVec::new();
        if changed {
            let init = b.init?;
            also.extend(Some(init).filter(|i| x.value() != Some(*i)));
            if Recorder::may_be_pointer(y) && self.assumed_plain(r) {
                return None;
            }
        }
        differs.push(Differs {
            frame: n,
            reg: r,
            there: x,
            here: y,
            take: kept && !held && Recorder::may_be_pointer(y),
            changed,
            same: n == 0 && !a.dirty && !b.dirty && kept == held,
            also,
        });
        Some(())
    }

    /// M1: what is renamed stands for one register.
    fn check_names(&self, m: &Meeting, differs: &[Differs]) -> Option<()> {
        let params = &self.func.blocks[m.block.index()].params;
        if differs.iter().any(|d| d.there.value().is_none()) {
            return None;
        }
        for (d, v) in differs.iter().flat_map(|d| d.names().map(move |v| (d, v))) {
            if params.contains(&v) {
                continue;
            }
            let others = m.frames.iter().enumerate().flat_map(|(n, f)| {
                let regs = f.regs.iter().enumerate();
                regs.map(move |(r, reg)| (n, r, reg.val))
            });
            let mut others = others.filter(|(n, r, _)| (*n, *r) != (d.frame, d.reg));
            if others.any(|(_, _, val)| val.value() == Some(v)) {
                return None;
            }
        }
        Some(())
    }

    /// The blocks that a meeting dominates, if a jump there from here is right.
    fn tail(&mut self, m: &Meeting, differs: &[Differs]) -> Option<Vec<Block>> {
        let cfg = self.graph();
        let reached = |b: Block| cfg.order[b.index()] != usize::MAX;
        if !reached(m.block) || !reached(self.cur) {
            return None;
        }
        // M3.
        if m.copy.is_none() && cfg.dominates(m.block, self.cur) {
            return None;
        }
        let tail: Vec<Block> = cfg
            .rpo
            .iter()
            .copied()
            .filter(|b| cfg.dominates(m.block, *b))
            .collect();
        if m.copy.is_none() && self.leads_to(&cfg, m.block, self.cur) {
            return None;
        }
        let params = &self.func.blocks[m.block.index()].params;
        let renamed: Vec<V> = differs.iter().flat_map(Differs::names).collect();
        let ty = |v: V| self.func.ty(v);
        let of_other_type = |d: &Differs| -> Vec<V> {
            let own = d.there.value().map(ty);
            let also = d.also.iter().copied();
            also.filter(|v| Some(ty(*v)) != own).collect()
        };
        let boxed_too: Vec<V> = differs.iter().flat_map(of_other_type).collect();
        // What lies beyond, where yet other ways come to, would have to be told.
        let fresh =
            renamed.iter().any(|v| !params.contains(v)) || differs.iter().any(|d| d.changed);
        let mut inside = vec![false; self.func.blocks.len()];
        tail.iter().for_each(|b| inside[b.index()] = true);
        let mut defined: Vec<Option<Block>> = vec![None; self.func.values.len()];
        for b in &cfg.rpo {
            let block = &self.func.blocks[b.index()];
            for p in &block.params {
                defined[p.index()] = Some(*b);
            }
            for i in &block.insts {
                if let Some(v) = self.func.inst(*i).result {
                    defined[v.index()] = Some(*b);
                }
            }
        }
        for b in &tail {
            for s in self.func.succs(*b) {
                if s.args.iter().any(|v| boxed_too.contains(v)) {
                    return None;
                }
                let out = !inside[s.block.index()] && s.block != self.header;
                if out && fresh {
                    return None;
                }
            }
        }
        for b in self.behind(m.block) {
            for i in &self.func.blocks[b.index()].insts {
                // M2.
                let inst = self.func.inst(*i);
                let own = inside[b.index()];
                let mut good = !own || !inst.args.iter().any(|v| boxed_too.contains(v));
                self.func.for_each_use(inst, |v| {
                    good &= own && renamed.contains(&v)
                        || defined[v.index()].is_none_or(|d| {
                            // What the meeting does not dominate, but goes on to, lies behind its own definitions still.
                            inside[d.index()]
                                || cfg.dominates(d, self.cur)
                                || !own && !cfg.dominates(d, m.block)
                        });
                });
                if !good {
                    return None;
                }
            }
        }
        Some(tail)
    }

    /// The graph of the function, whose entry has no end while it is recorded.
    fn graph(&mut self) -> Cfg {
        let entry = self.func.entry();
        let mut d = InstData::new(Op::Jump, &[]);
        d.succs.push(Succ {
            block: self.header,
            args: Default::default(),
        });
        self.func.append(entry, d);
        let cfg = Cfg::new(&self.func);
        self.func.blocks[entry.index()].insts.pop();
        self.func.insts.pop();
        cfg
    }

    /// A block, and those that a way leads to from it that does not pass the header.
    fn behind(&self, block: Block) -> Vec<Block> {
        let mut seen = vec![false; self.func.blocks.len()];
        seen[block.index()] = true;
        let (mut all, mut next) = (vec![block], 0);
        while let Some(b) = all.get(next).copied() {
            next += 1;
            for s in self.func.succs(b) {
                let known = std::mem::replace(&mut seen[s.block.index()], true);
                if !known && s.block != self.header {
                    all.push(s.block);
                }
            }
        }
        all
    }

    /// Whether there is a way from `a` to `b` that does not pass the header.
    fn leads_to(&self, cfg: &Cfg, a: Block, b: Block) -> bool {
        let mut seen = vec![false; cfg.preds.len()];
        let mut work = vec![b];
        while let Some(x) = work.pop() {
            if x == a {
                return true;
            }
            if x == self.header || std::mem::replace(&mut seen[x.index()], true) {
                continue;
            }
            work.extend(cfg.preds[x.index()].iter().copied());
        }
        false
    }

    /// Jumps to a meeting: the way ends. What is behind the meeting has the registers as parameters then.
    pub(super) fn meet(&mut self, k: usize) -> Rec {
        let Plan { differs, tail } = self.plan(k).ok_or(Abort::Surprise)?;
        let block = self.meetings[k].block;
        let mut here = Vec::new();
        for d in &differs {
            here.push(self.converted(d)?);
        }
        for d in differs.iter().filter(|d| d.take) {
            self.incref(d.here);
        }
        let params = self.func.blocks[block.index()].params.clone();
        let named = |v: V| differs.iter().position(|d| d.there.value() == Some(v));
        // Behind the meeting itself a register may be what it was.
        let behind = tail.contains(&self.cur);
        let mut args = Vec::new();
        for p in &params {
            match named(*p) {
                Some(n) => args.push(here[n]),
                None if behind => args.push(*p),
                None => return Err(Abort::Surprise),
            }
        }
        // Registers that were the same on all ways so far.
        let mut map: HashMap<V, V> = HashMap::new();
        for (d, arg) in differs.iter().zip(&here) {
            let Some(v) = d.there.value() else {
                continue;
            };
            if params.contains(&v) {
                map.extend(d.also.iter().map(|also| (*also, v)));
                continue;
            }
            let p = self.func.add_param(block, self.func.ty(v));
            for i in &mut self.func.insts {
                for s in i.succs.iter_mut().filter(|s| s.block == block) {
                    s.args.push(v);
                }
            }
            args.push(*arg);
            map.extend(d.names().map(|name| (name, p)));
        }
        let mut jump = InstData::new(Op::Jump, &[]);
        jump.succs.push(Succ {
            block,
            args: args.into(),
        });
        let cur = self.cur;
        self.func.append(cur, jump);
        let missing: Vec<SnapEntry> = differs
            .iter()
            .filter(|d| d.changed)
            .filter_map(|d| {
                let v = d.there.value()?;
                Some(SnapEntry {
                    place: self.meetings[k].frames[0].place(d.reg),
                    val: SnapVal::Value(*map.get(&v).unwrap_or(&v)),
                    incref: false,
                })
            })
            .collect();
        self.rename_behind(&tail, &map, &missing);
        let there = self.meetings[k].clone();
        let behind = |m: &&mut Arc<Meeting>| tail.contains(&m.block);
        for m in self.meetings.iter_mut().filter(behind) {
            let m = Arc::make_mut(m);
            for f in &mut m.frames {
                f.rename(|v| *map.get(&v).unwrap_or(&v));
            }
            for (.., name) in &mut m.also {
                *name = *map.get(name).unwrap_or(name);
            }
            for d in differs.iter().filter(|d| d.frame == 0) {
                let Some(r) = there.frames[0].same_register(d.reg, &m.frames[0]) else {
                    continue;
                };
                let reg = &mut m.frames[0].regs[r];
                let v = d.there.value().map(|v| *map.get(&v).unwrap_or(&v));
                if let Some(v) = v.filter(|_| reg.val == Val::Unread) {
                    // What the header has is not what it holds any more.
                    reg.val = d.there.with(v);
                    reg.owned = Recorder::may_be_pointer(reg.val);
                }
                if d.changed && !reg.dirty {
                    // It went by the header's name in snapshots, if it had one of its own besides.
                    let other = v.filter(|v| reg.val.value() != Some(*v));
                    m.also.extend(other.map(|v| (0, r, v)));
                    reg.owned = Recorder::may_be_pointer(d.there);
                    reg.dirty = true;
                }
            }
        }
        Ok(())
    }

    /// The value of a register as what it is behind a meeting; may leave where it is not.
    fn converted(&mut self, d: &Differs) -> Rec<V> {
        let mut v = d.here;
        if let (Val::Any(a), false) = (v, matches!(d.there, Val::Any(_))) {
            let word = self.word_in(d.frame, d.reg);
            let s = self.before();
            v = self.of_kind(a, word, s)?;
        }
        let as_it_is = match (d.there, v) {
            (Val::Int(_), v) => self.int(v),
            (Val::Obj(_), v) => self.object(v),
            (Val::Float(_), Val::Float(x)) | (Val::Bool(_), Val::Bool(x)) => Some(x),
            (Val::Float(_), Val::Const(c)) => Some(self.b().fconst(Value(c).as_f64())),
            (Val::Bool(_), Val::Const(c)) => Some(self.b().constant(Op::Bconst, c & 1)),
            (Val::Any(_), v) => Some(self.boxed(v)),
            _ => None,
        };
        as_it_is.ok_or(Abort::Surprise)
    }

    /// Renames values in blocks, and completes their snapshots.
    fn rename_behind(&mut self, tail: &[Block], map: &HashMap<V, V>, missing: &[SnapEntry]) {
        let new = |v: V| *map.get(&v).unwrap_or(&v);
        let mut insts = vec![false; self.func.insts.len()];
        let mut snaps = vec![false; self.func.snaps.len()];
        for b in tail {
            for i in &self.func.blocks[b.index()].insts {
                insts[i.index()] = true;
                let d = &mut self.func.insts[i.index()];
                d.args.iter_mut().for_each(|v| *v = new(*v));
                let args = d.succs.iter_mut().flat_map(|s| s.args.iter_mut());
                args.for_each(|v| *v = new(*v));
                if let Some(s) = d.snap {
                    snaps[s.index()] = true;
                }
            }
        }
        if map.is_empty() && missing.is_empty() {
            return;
        }
        let of_writes = self.writes.iter().filter(|w| insts[w.store.index()]);
        let of_reads = self.reads.iter().filter(|r| insts[r.load.index()]);
        for s in of_writes.map(|w| w.snap).chain(of_reads.map(|r| r.snap)) {
            snaps[s.index()] = true;
        }
        let (mut lists, mut mapped) = (Lists::default(), Lists::default());
        for (n, s) in self.func.snaps.iter_mut().enumerate() {
            if !snaps[n] || s.frames.is_empty() {
                continue;
            }
            mapped.map(s, new);
            if missing.is_empty() {
                continue;
            }
            let complete = lists.change(&s.frames[0].regs, |list| {
                let has = |e: &&SnapEntry| !list.iter().any(|x| x.place == e.place);
                let more: Vec<SnapEntry> = missing.iter().filter(has).copied().collect();
                (!more.is_empty()).then(|| list.iter().copied().chain(more).collect())
            });
            if let Some(new) = complete {
                Arc::make_mut(s).frames[0].regs = new;
            }
        }
        for w in self.writes.iter_mut().filter(|w| insts[w.store.index()]) {
            rename_write(w, new);
        }
        for r in self.reads.iter_mut().filter(|r| insts[r.load.index()]) {
            rename_read(r, new);
        }
    }

    /// A register of a frame on the thread's stack now.
    fn word_in(&self, n: usize, r: usize) -> Value {
        // SAFETY: a register of a frame of the trace, whose record is as far above the loop's.
        unsafe { *(*self.root.add(n)).base.add(r) }
    }
}

/// Whether a word is a number that a register may hold unboxed.
fn is_number(w: Value) -> bool {
    w.is_int() || w.is_float() || w.is_bool()
}

impl RFrame {
    /// The register, or state behind them, of a frame of the same code that is what `r` is of this one.
    fn same_register(&self, r: usize, other: &RFrame) -> Option<usize> {
        let Some(k) = r.checked_sub(self.nregs()) else {
            return Some(r);
        };
        let number = self.states[k];
        let k = other.states.iter().position(|s| *s == number)?;
        Some(other.nregs() + k)
    }

    /// Renames the values that its registers hold.
    pub(super) fn rename(&mut self, new: impl Fn(V) -> V) {
        let val = |v: &mut Val| {
            if let Some(x) = v.value() {
                *v = v.with(new(x));
            }
        };
        for reg in &mut self.regs {
            val(&mut reg.val);
        }
        val(&mut self.owner.0);
    }

    /// As [`RFrame::rename`], and what the header has for them.
    pub(super) fn rename_all(&mut self, new: impl Fn(V) -> V) {
        self.rename(&new);
        for reg in &mut self.regs {
            reg.init = reg.init.map(&new);
            if let Some(x) = reg.first.value() {
                reg.first = reg.first.with(new(x));
            }
        }
    }
}

/// Renames what a write names.
pub(super) fn rename_write(w: &mut Write, new: impl Fn(V) -> V) {
    w.object = new(w.object);
    w.value = new(w.value);
    w.place = w.place.renamed(new);
}

/// Renames what a read names.
pub(super) fn rename_read(r: &mut Read, new: impl Fn(V) -> V) {
    r.array = new(r.array);
    r.index = new(r.index);
}
