//! Joining of equal computations, and removal of guards that an earlier guard implies.
//!
//! A pure operation equal to one that dominates it is that one. A guard without memory (tag, value, truth, overflow)
//! equal to a dominating one cannot fail. A guard also makes facts: after `guard_int v`, `is_int v` is true and `v` is
//! not empty; after `guard_true c`, `c` is true; after `guard_val v` the value is a constant.

use super::fold::constant;
use crate::ir::cfg::Cfg;
use crate::ir::{Block, Func, Helper, Inst, InstData, Op, Type, Value, boxed};
use foldhash::fast::FixedState;
use smallvec::SmallVec;
use std::collections::HashMap;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    op: Op,
    args: SmallVec<[Value; 4]>,
    imm: u64,
    helper: Option<Helper>,
}

/// What is known from some point on: the value of a computation, or that a guard holds.
#[derive(Clone, Copy)]
enum Known {
    Value(Value),
    Holds,
    Bool(bool),
    Bits(u64),
}

struct Gvn {
    table: HashMap<Key, Vec<(Block, Known)>, FixedState>,
    map: Vec<Value>,
}

/// Runs over the whole function; whether anything changed.
pub fn run(f: &mut Func, guards: bool) -> bool {
    let cfg = Cfg::new(f);
    let mut g = Gvn {
        table: HashMap::default(),
        map: f.identity_map(),
    };
    let mut changed = false;
    for &b in &cfg.rpo {
        let old = core::mem::take(&mut f.blocks[b.index()].insts);
        let mut kept = Vec::with_capacity(old.len());
        for i in old {
            let args: Vec<Value> = f.inst(i).args.iter().map(|v| g.find(*v)).collect();
            f.insts[i.index()].args = args.into();
            if guards && matches!(f.inst(i).op, Op::IncrefVal | Op::DecrefVal) {
                changed |= g.count(f, &cfg, b, i, &mut kept);
                continue;
            }
            let d = f.inst(i).clone();
            let Some(key) = g.key(f, &d, guards) else {
                kept.push(i);
                continue;
            };
            let known = g.lookup(&cfg, b, &key);
            let new = match (known, d.result) {
                (Some(Known::Value(v)), Some(_)) => Some(v),
                (Some(Known::Bool(t)), Some(r)) if f.ty(r) == Type::Bool => {
                    Some(constant_at(f, &mut g, Type::Bool, u64::from(t)))
                }
                (Some(Known::Holds | Known::Value(_)), None) => {
                    changed = true;
                    continue;
                }
                _ => None,
            };
            if let (Some(v), Some(r)) = (new, d.result) {
                g.map[r.index()] = v;
                changed = true;
                continue;
            }
            kept.push(i);
            let what = d.result.map_or(Known::Holds, Known::Value);
            g.table.entry(key).or_default().push((b, what));
            if guards {
                g.facts(f, b, &d);
            }
        }
        // New constants went into the entry while it was being walked.
        if b == f.entry() {
            let mut consts = core::mem::take(&mut f.blocks[0].insts);
            consts.append(&mut kept);
            f.blocks[0].insts = consts;
        } else {
            f.blocks[b.index()].insts = kept;
        }
        if guards {
            changed |= g.uses_of_facts(f, &cfg, b);
            if let Some(t) = f.blocks[b.index()]
                .insts
                .last()
                .map(|i| f.inst(*i).clone())
                .filter(|t| t.op == Op::Brif)
            {
                g.branch_facts(f, &cfg, b, &t);
            }
        }
    }
    f.rewrite_values(&g.map);
    changed
}

fn constant_at(f: &mut Func, g: &mut Gvn, ty: Type, bits: u64) -> Value {
    let v = constant(f, ty, bits);
    while g.map.len() < f.values.len() {
        g.map.push(Value::new(g.map.len()));
    }
    v
}

impl Gvn {
    fn find(&self, mut v: Value) -> Value {
        while self.map[v.index()] != v {
            v = self.map[v.index()];
        }
        v
    }

    /// The key under which equal instructions meet, if they may.
    fn key(&self, f: &Func, d: &InstData, guards: bool) -> Option<Key> {
        let memoryless = d.op.is_guard()
            && !d.op.is_term()
            && !matches!(
                d.op,
                Op::GuardShape | Op::Alloc | Op::DecrefGuard | Op::Safepoint | Op::Patch
            );
        if !(f.is_pure(d) || (memoryless && guards)) || (d.result.is_none() && d.op == Op::Call) {
            return None;
        }
        let mut args = d.args.clone();
        if d.op.commutes() {
            args.sort();
        }
        Some(Key {
            op: d.op,
            args,
            imm: d.imm,
            helper: d.helper,
        })
    }

    fn lookup(&self, cfg: &Cfg, b: Block, key: &Key) -> Option<Known> {
        self.table
            .get(key)?
            .iter()
            .rev()
            .find(|(a, _)| cfg.dominates(*a, b))
            .map(|(_, k)| *k)
    }

    /// A count of a boxed value whose tag is known: it goes, or counts the object.
    fn count(&mut self, f: &mut Func, cfg: &Cfg, b: Block, i: Inst, kept: &mut Vec<Inst>) -> bool {
        let v = f.inst(i).args[0];
        let key = |op| Key {
            op,
            args: SmallVec::from_slice(&[v]),
            imm: 0,
            helper: None,
        };
        match self.lookup(cfg, b, &key(Op::IsObj)) {
            Some(Known::Bool(false)) => return true,
            Some(Known::Bool(true)) => {}
            _ => {
                kept.push(i);
                return false;
            }
        }
        let obj = match self.lookup(cfg, b, &key(Op::UnboxObj)) {
            Some(Known::Value(o)) => o,
            _ => {
                let new = f.make_inst(InstData::new(Op::UnboxObj, &[v]));
                let Some(o) = f.inst(new).result else {
                    return false;
                };
                self.map.push(o);
                kept.push(new);
                self.table
                    .entry(key(Op::UnboxObj))
                    .or_default()
                    .push((b, Known::Value(o)));
                o
            }
        };
        let d = &mut f.insts[i.index()];
        d.op = if d.op == Op::IncrefVal {
            Op::Incref
        } else {
            Op::Decref
        };
        d.args[0] = obj;
        kept.push(i);
        true
    }

    fn fact(&mut self, b: Block, op: Op, args: &[Value], imm: u64, known: Known) {
        let key = Key {
            op,
            args: args.into(),
            imm,
            helper: None,
        };
        self.table.entry(key).or_default().push((b, known));
    }

    /// What a guard that holds says.
    fn facts(&mut self, f: &Func, b: Block, d: &InstData) {
        use Known::{Bool, Holds};
        let v = d.args.first().copied();
        match (d.op, v) {
            (Op::GuardInt, Some(v)) => self.tag(b, v, [true, false, false]),
            (Op::GuardFloat, Some(v)) => self.tag(b, v, [false, true, false]),
            (Op::GuardObj, Some(v)) => self.tag(b, v, [false, false, true]),
            (Op::GuardBool, Some(v)) => {
                self.tag(b, v, [false; 3]);
            }
            (Op::GuardFit, Some(v)) => self.fact(b, Op::Fits, &[v], 0, Bool(true)),
            (Op::GuardVal, Some(v)) => {
                self.fact(b, Op::GuardVal, &[v], 0, Known::Bits(d.imm));
                if d.imm != boxed::EMPTY {
                    self.fact(b, Op::GuardNotEmpty, &[v], 0, Holds);
                }
            }
            (Op::GuardTrue, Some(c)) => self.truth(f, b, c, true),
            (Op::GuardFalse, Some(c)) => self.truth(f, b, c, false),
            _ => {}
        }
    }

    fn tag(&mut self, b: Block, v: Value, [int, float, obj]: [bool; 3]) {
        self.fact(b, Op::IsInt, &[v], 0, Known::Bool(int));
        self.fact(b, Op::IsFloat, &[v], 0, Known::Bool(float));
        self.fact(b, Op::IsObj, &[v], 0, Known::Bool(obj));
        self.fact(b, Op::GuardNotEmpty, &[v], 0, Known::Holds);
    }

    /// `c` is known from `b` on: so are its negation and, for a comparison, the opposite one.
    fn truth(&mut self, f: &Func, b: Block, c: Value, t: bool) {
        self.fact(b, Op::Bnot, &[c], 0, Known::Bool(!t));
        self.fact(b, Op::GuardTrue, &[c], u64::MAX, Known::Bool(t));
        self.fact(
            b,
            if t { Op::GuardTrue } else { Op::GuardFalse },
            &[c],
            0,
            Known::Holds,
        );
        let Some(d) = f.def(c) else { return };
        if let Some(n) = d.op.negated() {
            self.comparison(b, n, &d.args, !t);
        }
        if let Some(s) = d.op.swapped() {
            let args = [d.args[1], d.args[0]];
            self.comparison(b, s, &args, t);
            if let Some(n) = s.negated() {
                self.comparison(b, n, &args, !t);
            }
        }
        let tags = match d.op {
            Op::IsInt => [true, false, false],
            Op::IsFloat => [false, true, false],
            Op::IsObj => [false, false, true],
            _ => return,
        };
        if t {
            self.tag(b, d.args[0], tags);
            let guard = [Op::GuardInt, Op::GuardFloat, Op::GuardObj]
                [tags.iter().position(|x| *x).unwrap_or(0)];
            self.fact(b, guard, &[d.args[0]], 0, Known::Holds);
        }
    }

    fn comparison(&mut self, b: Block, op: Op, args: &[Value], t: bool) {
        let mut args = args.to_vec();
        if op.commutes() {
            args.sort();
        }
        self.fact(b, op, &args, 0, Known::Bool(t));
    }

    /// A branch says in each successor that has no other predecessor how its condition is.
    fn branch_facts(&mut self, f: &Func, cfg: &Cfg, b: Block, t: &InstData) {
        if t.succs[0].block == t.succs[1].block {
            return;
        }
        let c = self.find(t.args[0]);
        for (s, truth) in t.succs.iter().zip([true, false]) {
            if cfg.preds[s.block.index()] == [b] {
                self.truth(f, s.block, c, truth);
            }
        }
    }

    /// Uses what is known of a branch's condition and of guarded values.
    fn uses_of_facts(&mut self, f: &mut Func, cfg: &Cfg, b: Block) -> bool {
        let Some(last) = f.blocks[b.index()].insts.last().copied() else {
            return false;
        };
        let mut changed = false;
        if f.inst(last).op == Op::Brif {
            let c = self.find(f.inst(last).args[0]);
            let key = Key {
                op: Op::GuardTrue,
                args: SmallVec::from_slice(&[c]),
                imm: u64::MAX,
                helper: None,
            };
            if let Some(Known::Bool(t)) = self.lookup(cfg, b, &key) {
                let v = constant_at(f, self, Type::Bool, u64::from(t));
                f.insts[last.index()].args[0] = v;
                changed = true;
            }
        }
        for n in 0..f.blocks[b.index()].insts.len() {
            let i = f.blocks[b.index()].insts[n];
            if !matches!(
                f.inst(i).op,
                Op::UnboxInt | Op::UnboxFloat | Op::UnboxBool | Op::UnboxObj | Op::Veq
            ) {
                continue;
            }
            for k in 0..f.inst(i).args.len() {
                let v = f.inst(i).args[k];
                let key = Key {
                    op: Op::GuardVal,
                    args: SmallVec::from_slice(&[v]),
                    imm: 0,
                    helper: None,
                };
                // In the guard's own block the use may come before it.
                let earlier = self
                    .table
                    .get(&key)
                    .into_iter()
                    .flatten()
                    .find(|(a, _)| *a != b && cfg.dominates(*a, b));
                if let Some((_, Known::Bits(bits))) = earlier.copied() {
                    let c = constant_at(f, self, Type::Val, bits);
                    f.insts[i.index()].args[k] = c;
                    changed = true;
                }
            }
        }
        changed
    }
}
