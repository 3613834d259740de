//! Loops: a first iteration before the loop, and hoisting out of it.
//!
//! After peeling, what the first iteration has computed, guarded and loaded is known at the loop's header, so that
//! joining, guard removal and forwarding take it out of the loop: the loads and guards of an invariant need no
//! hoisting past anything that could fail.

use crate::ir::cfg::{Cfg, Loop};
use crate::ir::func::Def;
use crate::ir::{Block, Func, InstData, Lists, Op, Snap, Type, Value};
use std::collections::HashMap;
use threadsnake_threads::sync::Arc;

/// The largest loop that is peeled, in instructions.
const PEEL_LIMIT: usize = 500;

/// Peels every innermost loop once; whether anything changed.
pub fn peel(f: &mut Func) -> bool {
    let headers: Vec<Block> = Cfg::new(f).loops.iter().map(|l| l.header).collect();
    let mut changed = false;
    for h in headers {
        let cfg = Cfg::new(f);
        let Some(l) = cfg.loop_of_header(h).cloned() else {
            continue;
        };
        let inner = cfg
            .loops
            .iter()
            .all(|o| o.header == h || !l.blocks.contains(&o.header));
        let size: usize = l
            .blocks
            .iter()
            .map(|b| f.blocks[b.index()].insts.len())
            .sum();
        if inner && size <= PEEL_LIMIT && close(f, &cfg, &l) {
            peel_one(f, &cfg, &l);
            changed = true;
        }
    }
    changed
}

/// Gives the blocks after a loop parameters for the loop's values that they use, so that the loop may be copied.
/// False if that is not possible; then nothing was changed.
fn close(f: &mut Func, cfg: &Cfg, l: &Loop) -> bool {
    let inside = |b: Block| l.blocks.contains(&b);
    let mut local = vec![false; f.values.len()];
    for b in &l.blocks {
        let block = &f.blocks[b.index()];
        block.params.iter().for_each(|v| local[v.index()] = true);
        block
            .insts
            .iter()
            .filter_map(|i| f.inst(*i).result)
            .for_each(|v| local[v.index()] = true);
    }
    let exits: Vec<Block> = {
        let mut e: Vec<Block> = l
            .blocks
            .iter()
            .flat_map(|b| f.succs(*b))
            .map(|s| s.block)
            .filter(|b| !inside(*b))
            .collect();
        e.sort();
        e.dedup();
        e
    };
    if exits
        .iter()
        .any(|e| cfg.preds[e.index()].iter().any(|p| !inside(*p)))
    {
        // Blocks reached from elsewhere as well: values go there only as arguments, or not at all.
        let uses_local = cfg.rpo.iter().filter(|b| !inside(**b)).any(|b| {
            let mut found = false;
            for i in &f.blocks[b.index()].insts {
                f.for_each_use(f.inst(*i), |v| found |= local[v.index()]);
            }
            found
        });
        return !uses_local;
    }
    // Which exit block dominates each outside block that uses a local value.
    let mut needs: Vec<(Block, Value)> = Vec::new();
    for &b in cfg.rpo.iter().filter(|b| !inside(**b)) {
        let mut used = Vec::new();
        for i in &f.blocks[b.index()].insts {
            f.for_each_use(f.inst(*i), |v| {
                if local[v.index()] {
                    used.push(v);
                }
            });
        }
        if used.is_empty() {
            continue;
        }
        let Some(e) = exits.iter().find(|e| cfg.dominates(**e, b)) else {
            return false;
        };
        needs.extend(used.into_iter().map(|v| (*e, v)));
    }
    needs.sort();
    needs.dedup();
    for (e, v) in needs {
        let p = f.add_param(e, f.ty(v));
        let mut preds = cfg.preds[e.index()].clone();
        preds.sort();
        preds.dedup();
        for pred in preds {
            let Some(last) = f.blocks[pred.index()].insts.last().copied() else {
                continue;
            };
            for s in f.insts[last.index()]
                .succs
                .iter_mut()
                .filter(|s| s.block == e)
            {
                s.args.push(v);
            }
        }
        let mut snaps = Snaps::default();
        for &b in cfg.rpo.iter().filter(|b| cfg.dominates(e, **b)) {
            for i in f.blocks[b.index()].insts.clone() {
                replace_in(f, i, &mut snaps, &|u| if u == v { p } else { u });
            }
        }
    }
    true
}

/// Replaces the operands of one instruction; its snapshot is copied first, as others may share it.
fn replace_in(f: &mut Func, i: crate::ir::Inst, snaps: &mut Snaps, map: &dyn Fn(Value) -> Value) {
    let d = &mut f.insts[i.index()];
    d.args.iter_mut().for_each(|v| *v = map(*v));
    d.succs
        .iter_mut()
        .flat_map(|s| s.args.iter_mut())
        .for_each(|v| *v = map(*v));
    if let Some(s) = d.snap {
        f.insts[i.index()].snap = Some(snaps.mapped(f, s, map));
    }
}

/// Snapshots with other values, for one map. (Where the map grows: what a snapshot names is in it before it is asked for.)
#[derive(Default)]
struct Snaps {
    lists: Lists,
    done: HashMap<Snap, Snap>,
}

impl Snaps {
    /// The same one if nothing changes, else a copy.
    fn mapped(&mut self, f: &mut Func, s: Snap, map: impl Fn(Value) -> Value) -> Snap {
        *self.done.entry(s).or_insert_with(|| {
            let mut new = f.snaps[s.index()].clone();
            self.lists.map(&mut new, map);
            if Arc::ptr_eq(&new, &f.snaps[s.index()]) {
                return s;
            }
            f.snaps.push(new);
            Snap::new(f.snaps.len() - 1)
        })
    }
}

fn peel_one(f: &mut Func, cfg: &Cfg, l: &Loop) {
    let mut values: HashMap<Value, Value> = HashMap::new();
    let mut blocks: HashMap<Block, Block> = HashMap::new();
    let mut snaps = Snaps::default();
    for b in &l.blocks {
        let copy = f.add_block();
        blocks.insert(*b, copy);
        for p in f.blocks[b.index()].params.clone() {
            let q = f.add_param(copy, f.ty(p));
            values.insert(p, q);
        }
    }
    // Reverse postorder: definitions before uses, except through parameters.
    for b in &l.blocks {
        let copy = blocks[b];
        for i in f.blocks[b.index()].insts.clone() {
            let mut d: InstData = f.inst(i).clone();
            if d.op == Op::Safepoint {
                continue;
            }
            let map = |v: Value| values.get(&v).copied().unwrap_or(v);
            d.args.iter_mut().for_each(|v| *v = map(*v));
            for s in &mut d.succs {
                s.args.iter_mut().for_each(|v| *v = map(*v));
                // The back edge of the copy enters the loop.
                if s.block != l.header
                    && let Some(c) = blocks.get(&s.block)
                {
                    s.block = *c;
                }
            }
            if let Some(s) = d.snap {
                d.snap = Some(snaps.mapped(f, s, map));
            }
            let old = d.result.take();
            let new = f.append(copy, d);
            if let (Some(o), Some(n)) = (old, f.inst(new).result) {
                values.insert(o, n);
            }
        }
    }
    for p in cfg.preds[l.header.index()]
        .iter()
        .filter(|p| !l.blocks.contains(p))
    {
        let Some(last) = f.blocks[p.index()].insts.last().copied() else {
            continue;
        };
        for s in f.insts[last.index()]
            .succs
            .iter_mut()
            .filter(|s| s.block == l.header)
        {
            s.block = blocks[&l.header];
        }
    }
}

/// Moves pure computations of invariant operands out of loops; whether anything changed.
pub fn hoist(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let mut changed = false;
    // Inner loops come after outer ones: from the inside out.
    for l in cfg.loops.iter().rev() {
        let entries: Vec<Block> = cfg.preds[l.header.index()]
            .iter()
            .copied()
            .filter(|p| !l.blocks.contains(p))
            .collect();
        let [pre] = entries[..] else { continue };
        if f.term(pre).is_none_or(|t| t.op != Op::Jump) {
            continue;
        }
        for &b in &l.blocks {
            for i in f.blocks[b.index()].insts.clone() {
                let d = f.inst(i);
                let cheap = matches!(f.result_type(d), Some(Type::Bool))
                    || matches!(d.op, Op::UnboxObj | Op::BoxObj | Op::ObjPtr);
                if !f.is_pure(d)
                    || d.snap.is_some()
                    || d.op.is_const()
                    || cheap
                    || !d.args.iter().all(|v| !defined_in(f, *v, l))
                {
                    continue;
                }
                f.blocks[b.index()].insts.retain(|x| *x != i);
                let insts = &mut f.blocks[pre.index()].insts;
                let end = insts.len() - 1;
                insts.insert(end, i);
                changed = true;
            }
        }
    }
    changed
}

fn defined_in(f: &Func, v: Value, l: &Loop) -> bool {
    match f.values[v.index()].def {
        Def::Param(b) => l.blocks.contains(&b),
        Def::Inst(i) => l
            .blocks
            .iter()
            .any(|b| f.blocks[b.index()].insts.contains(&i)),
        Def::None => false,
    }
}
