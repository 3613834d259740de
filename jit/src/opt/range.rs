//! Ranges of integers: overflow checks that cannot fail, comparisons that are decided, bounds checks that a
//! comparison before implies.
//!
//! Each value has an interval, computed to a fixed point over the graph with widening at parameters; at a use it is
//! narrowed by the comparisons that are known there (guards and branches that dominate it). Only a fixed point is
//! used: if the rounds run out nothing is changed.

use super::fold::constant;
use crate::ir::cfg::Cfg;
use crate::ir::{Block, Func, Inst, Op, Type, Value};

/// Inclusive bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Iv {
    lo: i64,
    hi: i64,
}

const FULL: Iv = Iv {
    lo: i64::MIN,
    hi: i64::MAX,
};
const SMALL: Iv = Iv {
    lo: -(1 << 48),
    hi: (1 << 48) - 1,
};

impl Iv {
    fn join(self, o: Iv) -> Iv {
        Iv {
            lo: self.lo.min(o.lo),
            hi: self.hi.max(o.hi),
        }
    }
    /// The part in both; an empty part means that the place is never reached, and any answer is right.
    fn cut(self, lo: i64, hi: i64) -> Iv {
        let (lo, hi) = (self.lo.max(lo), self.hi.min(hi));
        if lo <= hi { Iv { lo, hi } } else { self }
    }
    fn contains(self, o: Iv) -> bool {
        self.lo <= o.lo && o.hi <= self.hi
    }
}

/// A comparison that is known from a place on.
struct Fact {
    block: Block,
    /// Instructions of the block before this position do not know it.
    after: usize,
    op: Op,
    a: Value,
    b: Value,
}

struct Ranges<'a> {
    f: &'a Func,
    cfg: &'a Cfg,
    iv: Vec<Option<Iv>>,
    facts: Vec<Fact>,
}

/// Rewrites what ranges decide; whether anything changed.
pub fn run(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let facts = facts(f, &cfg);
    let mut r = Ranges {
        f,
        cfg: &cfg,
        iv: vec![None; f.values.len()],
        facts,
    };
    if !r.fixed_point() {
        return false;
    }
    let mut rewrites: Vec<(Block, Inst, New)> = Vec::new();
    for &b in &cfg.rpo {
        for (n, i) in f.blocks[b.index()].insts.iter().enumerate() {
            if let Some(new) = r.decide(b, n, *i) {
                rewrites.push((b, *i, new));
            }
        }
    }
    let changed = !rewrites.is_empty();
    apply(f, rewrites);
    changed
}

enum New {
    Op(Op),
    Remove,
    Bool(bool),
}

fn apply(f: &mut Func, rewrites: Vec<(Block, Inst, New)>) {
    let mut map = f.identity_map();
    for (b, i, new) in rewrites {
        match new {
            New::Op(op) => {
                let d = &mut f.insts[i.index()];
                d.op = op;
                d.snap = None;
            }
            New::Remove => f.blocks[b.index()].insts.retain(|x| *x != i),
            New::Bool(t) => {
                let Some(r) = f.inst(i).result else { continue };
                let v = constant(f, Type::Bool, u64::from(t));
                while map.len() < f.values.len() {
                    map.push(Value::new(map.len()));
                }
                map[r.index()] = v;
                f.blocks[b.index()].insts.retain(|x| *x != i);
            }
        }
    }
    f.rewrite_values(&map);
}

/// The comparisons that guards and branches establish.
fn facts(f: &Func, cfg: &Cfg) -> Vec<Fact> {
    let mut out = Vec::new();
    let mut fits = Vec::new();
    let mut add = |block: Block, after: usize, c: Value, truth: bool| {
        let Some(d) = f.def(c) else { return };
        let op = if truth { Some(d.op) } else { d.op.negated() };
        if let Some(op @ (Op::Ilt | Op::Ile | Op::Igt | Op::Ige | Op::Ieq | Op::Ult)) = op {
            out.push(Fact {
                block,
                after,
                op,
                a: d.args[0],
                b: d.args[1],
            });
        }
    };
    for &b in &cfg.rpo {
        for (n, i) in f.blocks[b.index()].insts.iter().enumerate() {
            let d = f.inst(*i);
            match d.op {
                Op::GuardTrue => add(b, n + 1, d.args[0], true),
                Op::GuardFalse => add(b, n + 1, d.args[0], false),
                Op::GuardFit => fits.push((b, n + 1, d.args[0])),
                Op::Brif if d.succs[0].block != d.succs[1].block => {
                    for (s, truth) in d.succs.iter().zip([true, false]) {
                        if cfg.preds[s.block.index()] == [b] {
                            add(s.block, 0, d.args[0], truth);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    out.extend(fits.into_iter().map(|(block, after, a)| Fact {
        block,
        after,
        op: Op::Fits,
        a,
        b: a,
    }));
    out
}

impl Ranges<'_> {
    fn known_at(&self, fact: &Fact, b: Block, n: usize) -> bool {
        if fact.block == b {
            fact.after <= n
        } else {
            self.cfg.dominates(fact.block, b)
        }
    }

    fn base(&self, v: Value) -> Option<Iv> {
        match self.f.as_const(v) {
            Some(c) => Some(Iv {
                lo: c as i64,
                hi: c as i64,
            }),
            None => self.iv[v.index()],
        }
    }

    /// The interval of `v` at instruction `n` of `b`.
    fn at(&self, v: Value, b: Block, n: usize) -> Option<Iv> {
        let mut iv = self.base(v)?;
        for fact in self
            .facts
            .iter()
            .filter(|x| (x.a == v || x.b == v) && self.known_at(x, b, n))
        {
            if fact.op == Op::Fits {
                iv = iv.cut(SMALL.lo, SMALL.hi);
                continue;
            }
            let other = if fact.a == v { fact.b } else { fact.a };
            // A value whose interval is not known yet narrows as if it could be anything.
            let o = self.base(other).unwrap_or(FULL);
            let op = if fact.a == v {
                Some(fact.op)
            } else {
                fact.op.swapped()
            };
            iv = match op {
                Some(Op::Ilt) => iv.cut(i64::MIN, o.hi.saturating_sub(1)),
                Some(Op::Ile) => iv.cut(i64::MIN, o.hi),
                Some(Op::Igt) => iv.cut(o.lo.saturating_add(1), i64::MAX),
                Some(Op::Ige) => iv.cut(o.lo, i64::MAX),
                Some(Op::Ieq) => iv.cut(o.lo, o.hi),
                Some(Op::Ult) if o.lo >= 0 => iv.cut(0, o.hi.saturating_sub(1)),
                _ => iv,
            };
        }
        Some(iv)
    }

    fn fixed_point(&mut self) -> bool {
        for round in 0..16 {
            let mut changed = false;
            for &b in &self.cfg.rpo {
                for n in 0..self.f.blocks[b.index()].params.len() {
                    changed |= self.param(b, n, round);
                }
                for (n, i) in self.f.blocks[b.index()].insts.iter().enumerate() {
                    let Some(v) = self
                        .f
                        .inst(*i)
                        .result
                        .filter(|v| self.f.ty(*v) == Type::I64)
                    else {
                        continue;
                    };
                    let new = self.result(b, n, *i);
                    if new != self.iv[v.index()] {
                        self.iv[v.index()] = new;
                        changed = true;
                    }
                }
            }
            if !changed {
                return true;
            }
        }
        false
    }

    fn param(&mut self, b: Block, n: usize, round: u32) -> bool {
        let p = self.f.blocks[b.index()].params[n];
        if self.f.ty(p) != Type::I64 {
            return false;
        }
        let old = self.iv[p.index()];
        let mut new = old;
        for &pred in &self.cfg.preds[b.index()] {
            let end = self.f.blocks[pred.index()].insts.len();
            for s in self.f.succs(pred).iter().filter(|s| s.block == b) {
                if let Some(iv) = self.at(s.args[n], pred, end) {
                    new = Some(new.map_or(iv, |x| x.join(iv)));
                }
            }
        }
        if round >= 3
            && let (Some(o), Some(x)) = (old, new)
        {
            new = Some(Iv {
                lo: if x.lo < o.lo { i64::MIN } else { x.lo },
                hi: if x.hi > o.hi { i64::MAX } else { x.hi },
            });
        }
        self.iv[p.index()] = new;
        new != old
    }

    fn result(&self, b: Block, n: usize, i: Inst) -> Option<Iv> {
        let d = self.f.inst(i);
        let arg = |k: usize| self.at(d.args[k], b, n);
        Some(match d.op {
            Op::Iadd | Op::Isub | Op::Imul | Op::IaddOvf | Op::IsubOvf | Op::ImulOvf => {
                let (lo, hi) = exact(d.op, arg(0)?, arg(1)?);
                match (i64::try_from(lo), i64::try_from(hi)) {
                    (Ok(lo), Ok(hi)) => Iv { lo, hi },
                    // A checked operation that goes on stayed in range; a wrapping one may be anywhere.
                    _ if d.op.is_guard() => Iv {
                        lo: lo.clamp(i64::MIN.into(), i64::MAX.into()) as i64,
                        hi: hi.clamp(i64::MIN.into(), i64::MAX.into()) as i64,
                    },
                    _ => FULL,
                }
            }
            Op::Ineg => {
                let x = arg(0)?;
                if x.lo == i64::MIN {
                    FULL
                } else {
                    Iv {
                        lo: -x.hi,
                        hi: -x.lo,
                    }
                }
            }
            Op::Iand => match (arg(0)?, arg(1)?) {
                (x, y) if x.lo >= 0 && y.lo >= 0 => Iv {
                    lo: 0,
                    hi: x.hi.min(y.hi),
                },
                (_, y) if y.lo >= 0 => Iv { lo: 0, hi: y.hi },
                (x, _) if x.lo >= 0 => Iv { lo: 0, hi: x.hi },
                _ => FULL,
            },
            Op::Isar => match self.f.as_const(d.args[1]) {
                Some(k) => {
                    let x = arg(0)?;
                    Iv {
                        lo: x.lo >> (k & 63),
                        hi: x.hi >> (k & 63),
                    }
                }
                None => FULL,
            },
            Op::Ishr => match self.f.as_const(d.args[1]).map(|k| k & 63) {
                Some(k @ 1..) => Iv {
                    lo: 0,
                    hi: (u64::MAX >> k) as i64,
                },
                _ => FULL,
            },
            Op::Imod => match self.f.as_const(d.args[1]).map(|k| k as i64) {
                Some(k @ 1..) => Iv { lo: 0, hi: k - 1 },
                _ => FULL,
            },
            Op::Isel => arg(1)?.join(arg(2)?),
            Op::UnboxInt => SMALL,
            Op::B2i => Iv { lo: 0, hi: 1 },
            Op::LoadU32 | Op::LoadxU32 => Iv {
                lo: 0,
                hi: u32::MAX.into(),
            },
            Op::LoadI32 | Op::LoadxI32 => Iv {
                lo: i32::MIN.into(),
                hi: i32::MAX.into(),
            },
            Op::LoadU8 | Op::LoadxU8 => Iv { lo: 0, hi: 255 },
            Op::Iconst => Iv {
                lo: d.imm as i64,
                hi: d.imm as i64,
            },
            _ => FULL,
        })
    }

    fn decide(&self, b: Block, n: usize, i: Inst) -> Option<New> {
        let d = self.f.inst(i);
        let arg = |k: usize| self.at(d.args[k], b, n);
        match d.op {
            Op::IaddOvf | Op::IsubOvf | Op::ImulOvf => {
                let (lo, hi) = exact(d.op, arg(0)?, arg(1)?);
                let fits = i64::try_from(lo).is_ok() && i64::try_from(hi).is_ok();
                let plain = match d.op {
                    Op::IaddOvf => Op::Iadd,
                    Op::IsubOvf => Op::Isub,
                    _ => Op::Imul,
                };
                fits.then_some(New::Op(plain))
            }
            Op::GuardFit => SMALL.contains(arg(0)?).then_some(New::Remove),
            Op::Fits => SMALL.contains(arg(0)?).then_some(New::Bool(true)),
            Op::Ilt | Op::Ile | Op::Igt | Op::Ige | Op::Ieq | Op::Ine | Op::Ult | Op::Uge => {
                let (x, y) = (arg(0)?, arg(1)?);
                if let Some(t) = compare(d.op, x, y) {
                    return Some(New::Bool(t));
                }
                match d.op {
                    // Signed from here on, so that it meets the loop's own comparison.
                    Op::Ult if x.lo >= 0 && y.lo >= 0 => Some(New::Op(Op::Ilt)),
                    Op::Uge if x.lo >= 0 && y.lo >= 0 => Some(New::Op(Op::Ige)),
                    // `i < n` is known and `i` is not negative: so `n` is not either.
                    Op::Ult if x.lo >= 0 && self.less(d.args[0], d.args[1], b, n) => {
                        Some(New::Bool(true))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether `a < b`, signed, is known at a place.
    fn less(&self, a: Value, b: Value, block: Block, n: usize) -> bool {
        self.facts.iter().any(|x| {
            let yes = (x.op == Op::Ilt && x.a == a && x.b == b)
                || (x.op == Op::Igt && x.a == b && x.b == a);
            yes && self.known_at(x, block, n)
        })
    }
}

/// The bounds of a result, without wrapping.
fn exact(op: Op, a: Iv, b: Iv) -> (i128, i128) {
    let w = |x: i64| i128::from(x);
    match op {
        Op::Iadd | Op::IaddOvf => (w(a.lo) + w(b.lo), w(a.hi) + w(b.hi)),
        Op::Isub | Op::IsubOvf => (w(a.lo) - w(b.hi), w(a.hi) - w(b.lo)),
        _ => {
            let p = [
                w(a.lo) * w(b.lo),
                w(a.lo) * w(b.hi),
                w(a.hi) * w(b.lo),
                w(a.hi) * w(b.hi),
            ];
            (
                p.into_iter().min().unwrap_or(0),
                p.into_iter().max().unwrap_or(0),
            )
        }
    }
}

/// The answer of a comparison, if the ranges decide it.
fn compare(op: Op, x: Iv, y: Iv) -> Option<bool> {
    let always = |yes: bool, no: bool| {
        if yes {
            Some(true)
        } else if no {
            Some(false)
        } else {
            None
        }
    };
    match op {
        Op::Ilt => always(x.hi < y.lo, x.lo >= y.hi),
        Op::Ile => always(x.hi <= y.lo, x.lo > y.hi),
        Op::Igt => always(x.lo > y.hi, x.hi <= y.lo),
        Op::Ige => always(x.lo >= y.hi, x.hi < y.lo),
        Op::Ieq => always(x.lo == x.hi && x == y, x.hi < y.lo || x.lo > y.hi),
        Op::Ine => always(x.hi < y.lo || x.lo > y.hi, x.lo == x.hi && x == y),
        Op::Ult if x.lo >= 0 && y.lo >= 0 => compare(Op::Ilt, x, y),
        Op::Uge if x.lo >= 0 && y.lo >= 0 => compare(Op::Ige, x, y),
        _ => None,
    }
}
