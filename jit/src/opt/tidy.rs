//! Tidying: dead code and parameters, parameters with one possible value, straight-line blocks joined,
//! unreachable blocks emptied.

use crate::ir::cfg::Cfg;
use crate::ir::func::Def;
use crate::ir::{Block, Func, Inst, Op, Value};

/// Tidies; whether anything changed.
pub fn run(f: &mut Func) -> bool {
    let mut changed = unreachable(f);
    changed |= join_blocks(f);
    while single_valued_params(f) {
        changed = true;
    }
    changed | dead_code(f)
}

/// Empties blocks that cannot be reached.
fn unreachable(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let mut changed = false;
    for (n, b) in f.blocks.iter_mut().enumerate() {
        if cfg.order[n] == usize::MAX && !(b.insts.is_empty() && b.params.is_empty()) {
            b.insts.clear();
            b.params.clear();
            changed = true;
        }
    }
    changed
}

/// Appends a block to its only predecessor if that only jumps to it.
fn join_blocks(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let mut map = f.identity_map();
    let mut changed = false;
    for &b in cfg.rpo.iter().rev() {
        let Some(t) = f.term(b).filter(|t| t.op == Op::Jump) else {
            continue;
        };
        let s = t.succs[0].clone();
        let next = s.block;
        let starts_with_safepoint = f.blocks[next.index()]
            .insts
            .first()
            .is_some_and(|i| f.inst(*i).op == Op::Safepoint);
        if next == f.entry()
            || next == b
            || cfg.preds[next.index()].len() != 1
            || starts_with_safepoint
        {
            continue;
        }
        let params = core::mem::take(&mut f.blocks[next.index()].params);
        for (p, a) in params.iter().zip(&s.args) {
            map[p.index()] = *a;
        }
        let moved = core::mem::take(&mut f.blocks[next.index()].insts);
        let insts = &mut f.blocks[b.index()].insts;
        insts.pop();
        insts.extend(moved);
        changed = true;
    }
    f.rewrite_values(&map);
    changed
}

/// Replaces parameters that always get the same value.
fn single_valued_params(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let mut map = f.identity_map();
    let mut changed = false;
    for &b in &cfg.rpo {
        if b == f.entry() {
            continue;
        }
        let mut n = 0;
        while n < f.blocks[b.index()].params.len() {
            let p = f.blocks[b.index()].params[n];
            let mut only = None;
            let mut same = true;
            for &pred in &cfg.preds[b.index()] {
                for s in f.succs(pred).iter().filter(|s| s.block == b) {
                    let mut a = s.args[n];
                    while map[a.index()] != a {
                        a = map[a.index()];
                    }
                    same &= a == p || *only.get_or_insert(a) == a;
                }
            }
            match only.filter(|_| same) {
                Some(v) => {
                    map[p.index()] = v;
                    remove_param(f, &cfg, b, n);
                    changed = true;
                }
                None => n += 1,
            }
        }
    }
    f.rewrite_values(&map);
    changed
}

/// Removes parameter `n` of `b` and the arguments for it.
pub fn remove_param(f: &mut Func, cfg: &Cfg, b: Block, n: usize) {
    let p = f.blocks[b.index()].params.remove(n);
    f.values[p.index()].def = Def::None;
    let mut preds = cfg.preds[b.index()].clone();
    preds.dedup();
    for pred in preds {
        let Some(last) = f.blocks[pred.index()].insts.last().copied() else {
            continue;
        };
        for s in f.insts[last.index()]
            .succs
            .iter_mut()
            .filter(|s| s.block == b)
        {
            if s.args.len() > f.blocks[b.index()].params.len() {
                s.args.remove(n);
            }
        }
    }
}

/// Removes instructions and parameters that nothing needs.
fn dead_code(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let mut live = vec![false; f.values.len()];
    let mut work: Vec<Value> = Vec::new();
    let needed = |f: &Func, i: &Inst| {
        let d = f.inst(*i);
        d.op.is_term() || f.must_stay(d)
    };
    for &b in &cfg.rpo {
        for i in f.blocks[b.index()].insts.iter().filter(|i| needed(f, i)) {
            let d = f.inst(*i);
            work.extend(d.args.iter().copied());
            if let Some(s) = d.snap {
                f.snaps[s.index()].for_each(|v| work.push(v));
            }
        }
    }
    while let Some(v) = work.pop() {
        if core::mem::replace(&mut live[v.index()], true) {
            continue;
        }
        match f.values[v.index()].def {
            Def::Inst(i) => f.for_each_use(f.inst(i), |u| work.push(u)),
            Def::Param(b) => {
                let Some(n) = f.blocks[b.index()].params.iter().position(|p| *p == v) else {
                    continue;
                };
                for pred in &cfg.preds[b.index()] {
                    work.extend(
                        f.succs(*pred)
                            .iter()
                            .filter(|s| s.block == b)
                            .map(|s| s.args[n]),
                    );
                }
            }
            Def::None => {}
        }
    }
    let mut changed = false;
    for &b in &cfg.rpo {
        let insts = core::mem::take(&mut f.blocks[b.index()].insts);
        let kept: Vec<Inst> = insts
            .iter()
            .copied()
            .filter(|i| needed(f, i) || f.inst(*i).result.is_some_and(|v| live[v.index()]))
            .collect();
        changed |= kept.len() != insts.len();
        f.blocks[b.index()].insts = kept;
        if b == f.entry() {
            continue;
        }
        for n in (0..f.blocks[b.index()].params.len()).rev() {
            if !live[f.blocks[b.index()].params[n].index()] {
                remove_param(f, &cfg, b, n);
                changed = true;
            }
        }
    }
    changed
}
