//! The function of an inner loop, copied into that of the loop around it: its values, blocks, snapshots and meetings under
//! new names, the window shifted to where the frame lies.

use super::exit;
use super::layout::{FRAME_FUNC, RUNNING};
use super::meet::{Copied, Meeting};
use super::multi::{Read, Write};
use super::recorder::{GONE, RFrame, Reg, Val};
use super::region::Ir;
use std::collections::HashMap;
use threadsnake_jit::ir::{
    Block, Func, Inst, Lists, Op, Snap, SnapEntry, SnapFrame, Snapshot, Value as V,
};
use threadsnake_threads::sync::Arc;

/// What an inner function's entities are in the outer one.
pub(super) struct Copy {
    pub(super) values: HashMap<V, V>,
    pub(super) blocks: HashMap<Block, Block>,
    pub(super) snaps: HashMap<Snap, Snap>,
    pub(super) insts: HashMap<Inst, Inst>,
    /// The inner window.
    pub(super) base: V,
    /// Bytes from the outer window to the inner one.
    pub(super) shift: i32,
    /// The function of a call that became part of the trace, in which the loop is.
    pub(super) running: Option<V>,
}

impl Copy {
    pub(super) fn value(&self, v: V) -> V {
        self.values.get(&v).copied().unwrap_or(v)
    }

    pub(super) fn inst(
        &mut self,
        f: &mut Func,
        inner: &Func,
        to: Block,
        i: Inst,
        snap: Option<Snap>,
    ) {
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
    pub(super) fn meeting(
        &self,
        m: &Meeting,
        ir: &Ir,
        snaps: &HashMap<Snap, Snap>,
        frames: &[RFrame],
        (calls, places): (usize, usize),
    ) -> Option<Meeting> {
        let block = *self.blocks.get(&m.block)?;
        let mut all = frames.to_vec();
        let own_frame = all.len().checked_sub(1)?;
        let also = m.also.iter();
        let mut also: Vec<_> = also
            .map(|(n, r, v)| (own_frame + n, *r, self.value(*v)))
            .collect();
        let (own, deeper) = m.frames.split_first()?;
        let (top, nregs) = (all.last_mut()?, own.nregs());
        for (r, reg) in own.regs[..nregs].iter().enumerate() {
            if reg.val != Val::Unread {
                let there = top.regs[r];
                // As the header had it: what snapshots call it.
                let header = ir.header.regs[r].val.value().filter(|_| !reg.dirty);
                if header.is_some_and(|v| reg.val.value() != Some(v)) {
                    also.extend(header.map(|v| (own_frame, r, self.value(v))));
                }
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
            also,
        })
    }

    pub(super) fn write(&self, w: &Write) -> Option<Write> {
        let inst = |i: &Inst| self.insts.get(i).copied();
        Some(Write {
            load: w.load.as_ref().and_then(inst),
            store: inst(&w.store)?,
            also: w.also.iter().filter_map(inst).collect(),
            drops: w.drops,
            object: self.value(w.object),
            value: self.value(w.value),
            place: w.place.renamed(|v| self.value(v)),
            snap: *self.snaps.get(&w.snap)?,
        })
    }

    pub(super) fn read(&self, r: &Read) -> Option<Read> {
        Some(Read {
            load: *self.insts.get(&r.load)?,
            array: self.value(r.array),
            index: self.value(r.index),
            room: r.room,
            snap: *self.snaps.get(&r.snap)?,
        })
    }
}

/// A snapshot of an inner function with the values, calls and places of the outer one.
pub(super) fn shifted(
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
        let state = |e: &SnapEntry| exit::is_state(e.place);
        if places != 0 && f.regs.iter().any(state) {
            for e in Arc::make_mut(&mut f.regs).iter_mut().filter(|e| state(e)) {
                e.place += places as u32;
            }
        }
    }
    s
}

/// The state of an inner loop on top of the frames that are there: its first frame is the last of those.
pub(super) fn above(outer: &Snapshot, mut s: Snapshot) -> Snapshot {
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

/// What a register of an inner loop holds in its copy.
pub(super) fn renamed(v: Val, values: &HashMap<V, V>) -> Val {
    match v.value() {
        Some(x) => v.with(*values.get(&x).unwrap_or(&x)),
        None => v,
    }
}
