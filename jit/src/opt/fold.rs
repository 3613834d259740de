//! Folding: constants, the rules of [`super::rules`], known branches, boxes in snapshots.
//!
//! All constants live in the entry block, each once. In a snapshot a box of something is replaced by the thing: the
//! exit boxes by type.

use super::rules::{Pat, Rule, RuleSet};
use crate::ir::func::Def;
use crate::ir::{
    Block, Func, Inst, InstData, Lists, Op, SnapEntry, SnapVal, Type, Value, boxed, eval,
};
use foldhash::fast::FixedState;
use std::collections::HashMap;
use threadsnake_threads::sync::Arc;

/// Folds until nothing changes; whether anything did.
pub fn run(f: &mut Func, rules: &RuleSet) -> bool {
    gather_constants(f);
    let mut any = false;
    // Each round handles what the last made possible; the rules shrink, so few rounds are needed.
    for _ in 0..8 {
        let mut fold = Fold {
            map: f.identity_map(),
            f,
            rules,
            changed: false,
        };
        fold.blocks();
        let (map, changed) = (fold.map, fold.changed);
        f.rewrite_values(&map);
        any |= changed;
        if !changed {
            break;
        }
    }
    any | unbox_snapshots(f)
}

/// The constant operation of a type.
pub fn const_op(ty: Type) -> Op {
    match ty {
        Type::I64 => Op::Iconst,
        Type::F64 => Op::Fconst,
        Type::Bool => Op::Bconst,
        Type::Val => Op::Vconst,
        Type::Obj => Op::Oconst,
        Type::Ptr => Op::Pconst,
    }
}

/// A constant, from the entry block.
pub fn constant(f: &mut Func, ty: Type, bits: u64) -> Value {
    let op = const_op(ty);
    for i in &f.blocks[0].insts {
        let d = f.inst(*i);
        match d.result {
            Some(v) if d.op == op && d.imm == bits => return v,
            _ if !d.op.is_const() => break,
            _ => {}
        }
    }
    let i = f.make_inst(InstData::new(op, &[]).imm(bits));
    f.blocks[0].insts.insert(0, i);
    // The instruction was made with a result.
    f.inst(i).result.unwrap_or(Value(0))
}

/// Moves all constants to the start of the entry and joins equal ones.
fn gather_constants(f: &mut Func) {
    let mut map = f.identity_map();
    let mut found: HashMap<(Op, u64), Value, FixedState> = HashMap::default();
    let mut first: Vec<Inst> = Vec::new();
    for b in 0..f.blocks.len() {
        let insts = core::mem::take(&mut f.blocks[b].insts);
        let (consts, rest): (Vec<Inst>, Vec<Inst>) =
            insts.into_iter().partition(|i| f.inst(*i).op.is_const());
        f.blocks[b].insts = rest;
        for i in consts {
            let d = f.inst(i);
            let Some(v) = d.result else { continue };
            match found.get(&(d.op, d.imm)) {
                Some(w) => map[v.index()] = *w,
                None => {
                    found.insert((d.op, d.imm), v);
                    first.push(i);
                }
            }
        }
    }
    first.append(&mut f.blocks[0].insts);
    f.blocks[0].insts = first;
    f.rewrite_values(&map);
}

/// Replaces boxes in snapshots by their contents.
fn unbox_snapshots(f: &mut Func) -> bool {
    let mut changed = false;
    let mut snaps = core::mem::take(&mut f.snaps);
    let content = |e: SnapVal| {
        let SnapVal::Value(v) = e else { return e };
        match f.def(v) {
            Some(d) if matches!(d.op, Op::BoxInt | Op::BoxFloat | Op::BoxBool | Op::BoxObj) => {
                SnapVal::Value(d.args[0])
            }
            Some(d) if d.op.is_const() => SnapVal::Const(f.ty(v), d.imm),
            _ => e,
        }
    };
    // What is in the box that was in a box.
    let content = |mut e: SnapEntry| {
        let mut inner = content(e.val);
        while inner != e.val {
            (e.val, inner) = (inner, content(inner));
        }
        e
    };
    let mut lists = Lists::default();
    for s in &mut snaps {
        for n in 0..s.frames.len() {
            let new = lists.change(&s.frames[n].regs, |list| {
                let same = list.iter().all(|e| content(*e) == *e);
                (!same).then(|| list.iter().map(|e| content(*e)).collect())
            });
            if let Some(new) = new {
                Arc::make_mut(s).frames[n].regs = new;
                changed = true;
            }
        }
        let mut fields = s.virtuals.iter().flat_map(|o| &o.fields);
        if fields.any(|e| content(*e) != *e) {
            let objects = &mut Arc::make_mut(s).virtuals;
            for e in objects.iter_mut().flat_map(|o| &mut o.fields) {
                *e = content(*e);
            }
            changed = true;
        }
    }
    f.snaps = snaps;
    changed
}

struct Fold<'a> {
    f: &'a mut Func,
    rules: &'a RuleSet,
    map: Vec<Value>,
    changed: bool,
}

/// What matched: variables, constants.
#[derive(Default, Clone, Copy)]
struct Bound {
    vars: [Option<Value>; 3],
    consts: [Option<u64>; 2],
}

enum Outcome {
    Keep,
    Remove,
    Replace(Value),
}

impl Fold<'_> {
    fn find(&self, mut v: Value) -> Value {
        while self.map[v.index()] != v {
            v = self.map[v.index()];
        }
        v
    }

    fn blocks(&mut self) {
        for b in 0..self.f.blocks.len() {
            let old = core::mem::take(&mut self.f.blocks[b].insts);
            for i in old {
                let args: Vec<Value> = self.f.inst(i).args.iter().map(|v| self.find(*v)).collect();
                self.f.insts[i.index()].args = args.into();
                match self.inst(b, i) {
                    Outcome::Keep => self.f.blocks[b].insts.push(i),
                    Outcome::Remove => self.changed = true,
                    Outcome::Replace(v) => {
                        self.changed = true;
                        if let Some(r) = self.f.inst(i).result {
                            self.map[r.index()] = v;
                        }
                    }
                }
            }
        }
    }

    fn inst(&mut self, b: usize, i: Inst) -> Outcome {
        let d = self.f.inst(i);
        let op = d.op;
        if op.is_const() {
            return Outcome::Keep;
        }
        if op == Op::Brif {
            self.branch(i);
            return Outcome::Keep;
        }
        if matches!(op, Op::IncrefVal | Op::DecrefVal | Op::Publish)
            && self
                .f
                .as_const(d.args[0])
                .is_some_and(|bits| !boxed::is_obj(bits))
        {
            return Outcome::Remove;
        }
        if let Some((op, off)) = self.direct(d) {
            let d = &mut self.f.insts[i.index()];
            d.op = op;
            d.args.remove(1);
            d.mem.off = off;
            self.changed = true;
            return Outcome::Keep;
        }
        let consts: Option<Vec<u64>> = d.args.iter().map(|v| self.f.as_const(*v)).collect();
        if let Some(a) = consts.filter(|_| !d.args.is_empty()) {
            let value = eval::pure(op, &a, d.imm).or_else(|| eval::guard(op, &a, d.imm).flatten());
            if let Some(bits) = value {
                return match d.result {
                    Some(r) => {
                        let ty = self.f.ty(r);
                        Outcome::Replace(self.constant(ty, bits))
                    }
                    None => Outcome::Remove,
                };
            }
        }
        for n in 0..self.rules.of(op).len() {
            let rule = &self.rules.of(op)[n];
            if let Some(bound) = self.matches(i, rule) {
                let to = rule.to.clone();
                if let Some(o) = self.replace(b, i, &to, &bound) {
                    return o;
                }
            }
        }
        Outcome::Keep
    }

    /// An access with a constant index as one without: its operation and offset.
    fn direct(&self, d: &InstData) -> Option<(Op, i32)> {
        let op = d.op.without_index()?;
        let index = i32::try_from(self.f.as_const(d.args[1])? as i64).ok()?;
        let off = index.checked_mul(d.op.width().into())?;
        Some((op, d.mem.off.checked_add(off)?))
    }

    fn constant(&mut self, ty: Type, bits: u64) -> Value {
        let v = constant(self.f, ty, bits);
        while self.map.len() < self.f.values.len() {
            self.map.push(Value::new(self.map.len()));
        }
        v
    }

    /// A branch on a constant becomes a jump, one on a negation is turned around.
    fn branch(&mut self, i: Inst) {
        let d = self.f.inst(i);
        if let Some(c) = self.f.as_const(d.args[0]) {
            let keep = d.succs[usize::from(c == 0)].clone();
            let d = &mut self.f.insts[i.index()];
            d.op = Op::Jump;
            d.args.clear();
            d.succs.clear();
            d.succs.push(keep);
            self.changed = true;
        } else if let Some(x) = self
            .f
            .def(d.args[0])
            .filter(|x| x.op == Op::Bnot)
            .map(|x| x.args[0])
        {
            let x = self.find(x);
            let d = &mut self.f.insts[i.index()];
            d.args[0] = x;
            d.succs.swap(0, 1);
            self.changed = true;
        }
    }

    fn matches(&self, i: Inst, rule: &Rule) -> Option<Bound> {
        let d = self.f.inst(i);
        let Pat::Op(_, pats) = &rule.from else {
            return None;
        };
        let mut bound = Bound::default();
        if !self.match_args(d, pats, &mut bound) {
            return None;
        }
        match rule.pow2 {
            Some(k) => {
                let c = bound.consts[k as usize]? as i64;
                (c > 1 && c & (c - 1) == 0).then_some(bound)
            }
            None => Some(bound),
        }
    }

    fn match_args(&self, d: &InstData, pats: &[Pat], bound: &mut Bound) -> bool {
        let saved = *bound;
        if d.args
            .iter()
            .zip(pats)
            .all(|(v, p)| self.match_value(*v, p, bound))
        {
            return true;
        }
        *bound = saved;
        if d.op.commutes() && d.args.len() == 2 {
            if d.args
                .iter()
                .rev()
                .zip(pats)
                .all(|(v, p)| self.match_value(*v, p, bound))
            {
                return true;
            }
            *bound = saved;
        }
        false
    }

    fn match_value(&self, v: Value, p: &Pat, bound: &mut Bound) -> bool {
        let v = self.find(v);
        match p {
            Pat::Var(n) => {
                let slot = &mut bound.vars[*n as usize];
                *slot.get_or_insert(v) == v
            }
            Pat::Const(n) => match self.f.as_const(v) {
                Some(c) => {
                    bound.consts[*n as usize] = Some(c);
                    true
                }
                None => false,
            },
            Pat::Lit(bits) => self.f.as_const(v) == Some(*bits),
            Pat::Op(op, pats) => self
                .f
                .def(v)
                .is_some_and(|d| d.op == *op && self.match_args(d, pats, bound)),
            Pat::Log2(_) | Pat::Nop => false,
        }
    }

    fn replace(&mut self, b: usize, i: Inst, to: &Pat, bound: &Bound) -> Option<Outcome> {
        if *to == Pat::Nop {
            return Some(Outcome::Remove);
        }
        let d = self.f.inst(i);
        let (op, result) = (d.op, d.result);
        match (to, result) {
            (Pat::Op(new, args), None) => {
                // A guard or count becomes another: in place, with its snapshot.
                let args: Option<Vec<Value>> =
                    args.iter().map(|a| self.build(b, a, None, bound)).collect();
                let (new, args) = (*new, args?);
                let d = &mut self.f.insts[i.index()];
                d.op = new;
                d.args = args.into();
                self.changed = true;
                Some(Outcome::Keep)
            }
            (_, Some(r)) => {
                let ty = self.f.ty(r);
                self.build(b, to, Some(ty), bound).map(Outcome::Replace)
            }
            _ => {
                debug_assert!(false, "a rule for {op:?} replaces nothing by a value");
                None
            }
        }
    }

    /// Makes the replacement's instructions, at the place of the instruction that is replaced.
    fn build(&mut self, b: usize, p: &Pat, ty: Option<Type>, bound: &Bound) -> Option<Value> {
        match p {
            Pat::Var(n) => bound.vars[*n as usize],
            Pat::Nop => None,
            Pat::Const(_) | Pat::Lit(_) | Pat::Log2(_) => {
                let bits = self.scalar(p, bound)?;
                Some(self.constant(ty?, bits))
            }
            Pat::Op(op, args) => {
                if let (Some(bits), Some(ty)) = (self.scalar(p, bound), op.info().result) {
                    return Some(self.constant(ty, bits));
                }
                let mut values = Vec::new();
                for (a, k) in args.iter().zip(op.info().args) {
                    let ty = if let crate::ir::op::Kind::Is(t) = k {
                        Some(*t)
                    } else {
                        None
                    };
                    values.push(self.build(b, a, ty, bound)?);
                }
                let new = self.f.append(Block::new(b), InstData::new(*op, &values));
                let v = self.f.inst(new).result?;
                self.map.push(v);
                Some(v)
            }
        }
    }

    /// The value of an expression of constants.
    fn scalar(&self, p: &Pat, bound: &Bound) -> Option<u64> {
        match p {
            Pat::Const(n) => bound.consts[*n as usize],
            Pat::Lit(bits) => Some(*bits),
            Pat::Log2(n) => bound.consts[*n as usize].map(|c| u64::from(c.trailing_zeros())),
            Pat::Op(op, args) => {
                let args: Option<Vec<u64>> = args.iter().map(|a| self.scalar(a, bound)).collect();
                eval::pure(*op, &args?, 0)
            }
            Pat::Var(_) | Pat::Nop => None,
        }
    }
}

/// Whether a value is a block parameter.
pub fn is_param(f: &Func, v: Value) -> bool {
    matches!(f.values[v.index()].def, Def::Param(_))
}
