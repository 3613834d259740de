//! Parameters that are always boxes of one kind become parameters of the contents; the box, if anything but an exit
//! still wants it, is made in the block.

use super::fold::{const_op, constant};
use crate::ir::cfg::Cfg;
use crate::ir::func::Def;
use crate::ir::{Block, Func, InstData, Lists, Op, Type, Value, boxed};

/// What a value is a box of.
fn kind(f: &Func, v: Value) -> Option<Op> {
    let d = f.def(v)?;
    match d.op {
        Op::BoxInt | Op::BoxFloat | Op::BoxBool | Op::BoxObj => Some(d.op),
        Op::Vconst if boxed::is_int(d.imm) => Some(Op::BoxInt),
        Op::Vconst if boxed::is_float(d.imm) => Some(Op::BoxFloat),
        Op::Vconst if d.imm | 1 == boxed::TRUE => Some(Op::BoxBool),
        Op::Vconst if boxed::is_obj(d.imm) => Some(Op::BoxObj),
        _ => None,
    }
}

fn content_type(op: Op) -> Type {
    match op {
        Op::BoxInt => Type::I64,
        Op::BoxFloat => Type::F64,
        Op::BoxBool => Type::Bool,
        _ => Type::Obj,
    }
}

/// Unboxes parameters; whether anything changed.
pub fn run(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    // Boxed parameters with the kind that all arguments have, found by assuming the best and taking back.
    let mut kinds: Vec<Option<Op>> = vec![None; f.values.len()];
    let mut candidates: Vec<(Block, Value)> = Vec::new();
    for &b in cfg.rpo.iter().filter(|b| **b != f.entry()) {
        candidates.extend(
            f.blocks[b.index()]
                .params
                .iter()
                .filter(|p| f.ty(**p) == Type::Val)
                .map(|p| (b, *p)),
        );
    }
    let args_of = |f: &Func, b: Block, p: Value| -> Vec<Value> {
        let Some(n) = f.blocks[b.index()].params.iter().position(|x| *x == p) else {
            return Vec::new();
        };
        let mut preds = cfg.preds[b.index()].clone();
        preds.dedup();
        let succs = preds
            .iter()
            .flat_map(|p| f.succs(*p))
            .filter(|s| s.block == b);
        succs.map(|s| s.args[n]).collect()
    };
    // The first known kind is the guess; then what disagrees is dropped until all agree.
    loop {
        let mut changed = false;
        for &(b, p) in &candidates {
            if kinds[p.index()].is_some() {
                continue;
            }
            kinds[p.index()] = args_of(f, b, p)
                .into_iter()
                .find_map(|a| kind(f, a).or(kinds[a.index()]));
            changed |= kinds[p.index()].is_some();
        }
        if !changed {
            break;
        }
    }
    loop {
        let mut changed = false;
        for &(b, p) in &candidates {
            let k = kinds[p.index()];
            if k.is_some()
                && args_of(f, b, p)
                    .into_iter()
                    .any(|a| kind(f, a).or(kinds[a.index()]) != k)
            {
                kinds[p.index()] = None;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    candidates.retain(|(_, p)| kinds[p.index()].is_some());
    if candidates.is_empty() {
        return false;
    }
    rewrite(f, &cfg, &candidates, &kinds);
    true
}

fn rewrite(f: &mut Func, cfg: &Cfg, candidates: &[(Block, Value)], kinds: &[Option<Op>]) {
    let mut content: Vec<Option<Value>> = vec![None; f.values.len()];
    for &(b, p) in candidates {
        let Some(op) = kinds[p.index()] else { continue };
        let new = f.add_value(content_type(op), Def::Param(b));
        content[p.index()] = Some(new);
    }
    // Arguments first, while the old parameters are still in place.
    for &(b, p) in candidates {
        let Some(n) = f.blocks[b.index()].params.iter().position(|x| *x == p) else {
            continue;
        };
        let mut preds = cfg.preds[b.index()].clone();
        preds.sort();
        preds.dedup();
        for pred in preds {
            let Some(last) = f.blocks[pred.index()].insts.last().copied() else {
                continue;
            };
            for k in 0..f.inst(last).succs.len() {
                if f.inst(last).succs[k].block != b {
                    continue;
                }
                let a = f.inst(last).succs[k].args[n];
                let new = inside(f, &content, a);
                f.insts[last.index()].succs[k].args[n] = new;
            }
        }
    }
    for &(b, p) in candidates {
        let (Some(op), Some(new)) = (kinds[p.index()], content[p.index()]) else {
            continue;
        };
        for q in f.blocks[b.index()].params.iter_mut().filter(|q| **q == p) {
            *q = new;
        }
        let mut d = InstData::new(op, &[new]);
        d.result = Some(p);
        let i = crate::ir::Inst::new(f.insts.len());
        f.insts.push(d);
        f.values[p.index()].def = Def::Inst(i);
        // A safepoint stays first; exits name the contents.
        let first = f.blocks[b.index()]
            .insts
            .first()
            .is_some_and(|i| f.inst(*i).op == Op::Safepoint);
        f.blocks[b.index()].insts.insert(usize::from(first), i);
    }
    let unboxed = |v: Value| content.get(v.index()).copied().flatten().unwrap_or(v);
    let mut lists = Lists::default();
    for s in &mut f.snaps {
        lists.map(s, unboxed);
    }
}

/// The contents of a boxed argument.
fn inside(f: &mut Func, content: &[Option<Value>], a: Value) -> Value {
    if let Some(Some(new)) = content.get(a.index()) {
        return *new;
    }
    let Some(d) = f.def(a) else { return a };
    if d.op != Op::Vconst {
        return d.args[0];
    }
    let bits = d.imm;
    let (ty, bits) = match () {
        () if boxed::is_int(bits) => (Type::I64, boxed::to_int(bits) as u64),
        () if boxed::is_float(bits) => (Type::F64, boxed::to_float(bits)),
        () if bits | 1 == boxed::TRUE => (Type::Bool, bits & 1),
        () => (Type::Obj, bits),
    };
    debug_assert!(const_op(ty).is_const());
    constant(f, ty, bits)
}
