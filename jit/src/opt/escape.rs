//! Objects that need not exist.
//!
//! An `alloc` whose object is only read, written, counted, compared by shape and named by snapshots is not made: its
//! fields become SSA values, its reference count is followed at compile time, and an exit that names it gets a
//! recipe. Where paths join, fields become block parameters; the tidy pass removes those that never differ.
//!
//! - E1 a virtual object that is named k times by a rebuilt state is built with k references;
//! - E2 fields of type val or obj own a reference to what they hold; when the count reaches zero they are dropped;
//! - E3 an object that could be a block argument, an operand of a call, or stored where others look, is made;
//! - E4 where paths join, the count is the same on all of them, or the object is made.
//!
//! An object may be stored in a field of another that is not made either.

use super::fold::constant;
use super::tidy;
use crate::ir::cfg::Cfg;
use crate::ir::{
    AllocInfo, Block, Func, Inst, InstData, Op, Snap, SnapEntry, SnapVal, Snapshot, Type, Value,
    VirtualObj,
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Removes allocations; whether anything changed.
pub fn run(f: &mut Func) -> bool {
    let mut banned: HashSet<Value> = HashSet::new();
    loop {
        let cands = candidates(f, &banned);
        if cands.is_empty() {
            return false;
        }
        let mut copy = f.clone();
        let cfg = Cfg::new(&copy);
        let map = copy.identity_map();
        let mut e = Escape {
            f: &mut copy,
            cfg: &cfg,
            cands: &cands,
            map,
            out: HashMap::new(),
            joins: Vec::new(),
        };
        match e.rewrite() {
            Ok(()) => {
                let map = core::mem::take(&mut e.map);
                copy.rewrite_values(&map);
                tidy::run(&mut copy);
                *f = copy;
                return true;
            }
            Err(v) => {
                banned.insert(v);
            }
        }
    }
}

/// What is known of an object that may stay unmade.
#[derive(Clone, Debug)]
struct Cand {
    info: AllocInfo,
    block: Block,
    /// Types of the fields that are accessed, by offset.
    fields: BTreeMap<i32, Type>,
}

type Cands = HashMap<Value, Cand>;

/// The object behind a value.
fn root(f: &Func, mut v: Value) -> Value {
    while let Some(d) = f
        .def(v)
        .filter(|d| matches!(d.op, Op::BoxObj | Op::UnboxObj))
    {
        v = d.args[0];
    }
    v
}

fn candidates(f: &Func, banned: &HashSet<Value>) -> Cands {
    let mut cands = Cands::new();
    for (n, b) in f.blocks.iter().enumerate() {
        for i in &b.insts {
            let d = f.inst(*i);
            if let (Op::Alloc, Some(v)) = (d.op, d.result.filter(|v| !banned.contains(v))) {
                cands.insert(
                    v,
                    Cand {
                        info: d.alloc,
                        block: Block::new(n),
                        fields: BTreeMap::new(),
                    },
                );
            }
        }
    }
    // Storing one object in another needs the other to be a candidate: repeat until nothing is taken back.
    while !cands.is_empty() {
        let mut bad: Vec<Value> = Vec::new();
        for i in f.blocks.iter().flat_map(|b| &b.insts) {
            uses(f, f.inst(*i), &mut cands, &mut bad);
        }
        if bad.is_empty() {
            break;
        }
        bad.iter().for_each(|v| {
            cands.remove(v);
        });
        cands.values_mut().for_each(|c| c.fields.clear());
    }
    cands
}

/// Notes the fields that an instruction touches and the candidates that it lets escape.
fn uses(f: &Func, d: &InstData, cands: &mut Cands, bad: &mut Vec<Value>) {
    let arg = |n: usize| root(f, d.args[n]);
    for s in d.succs.iter().flat_map(|s| &s.args) {
        bad.push(root(f, *s));
    }
    if let Some(s) = d.snap {
        bad.extend(f.snaps[s.index()].release.iter().map(|v| root(f, *v)));
    }
    use Op::*;
    match d.op {
        LoadVal | LoadI64 | LoadF64 | LoadPtr | LoadObj => {
            let ty = d.op.info().result;
            field(cands, arg(0), d.mem.off, ty, bad);
        }
        StoreVal | StoreI64 | StoreF64 | StorePtr => {
            field(cands, arg(0), d.mem.off, Some(f.ty(d.args[1])), bad);
            let stored = arg(1);
            if !cands.contains_key(&arg(0)) || stored == arg(0) {
                bad.push(stored);
            }
        }
        GuardShape => {
            if cands
                .get(&arg(0))
                .is_some_and(|c| u64::from(c.info.shape) != d.imm)
            {
                bad.push(arg(0));
            }
        }
        Incref | IncrefVal | Decref | DecrefLeaf | DecrefLive | DecrefVal | BoxObj | UnboxObj => {}
        _ => bad.extend(d.args.iter().map(|v| root(f, *v))),
    }
    bad.retain(|v| cands.contains_key(v));
}

fn field(cands: &mut Cands, base: Value, off: i32, ty: Option<Type>, bad: &mut Vec<Value>) {
    let (Some(c), Some(ty)) = (cands.get_mut(&base), ty) else {
        return;
    };
    let inside = off >= 16 && off % 8 == 0 && off + 8 <= c.info.size as i32;
    if !inside || *c.fields.entry(off).or_insert(ty) != ty {
        bad.push(base);
    }
}

/// An unmade object at some place.
#[derive(Clone, PartialEq, Debug)]
struct State {
    fields: BTreeMap<i32, Value>,
    count: i32,
}

type States = HashMap<Value, State>;

struct Escape<'a> {
    f: &'a mut Func,
    cfg: &'a Cfg,
    cands: &'a Cands,
    map: Vec<Value>,
    out: HashMap<Block, States>,
    /// Parameters that were added: block, object, offset; in the order of the block's parameters.
    joins: Vec<(Block, Value, i32)>,
}

type Res<T> = Result<T, Value>;

impl Escape<'_> {
    fn find(&self, mut v: Value) -> Value {
        while self.map[v.index()] != v {
            v = self.map[v.index()];
        }
        v
    }

    fn rewrite(&mut self) -> Res<()> {
        for b in self.cfg.rpo.clone() {
            let mut states = self.start(b)?;
            let old = core::mem::take(&mut self.f.blocks[b.index()].insts);
            for i in old {
                self.inst(b, i, &mut states)?;
            }
            self.out.insert(b, states);
        }
        self.fill_joins()
    }

    /// The states at the start of a block.
    fn start(&mut self, b: Block) -> Res<States> {
        let preds = self.cfg.preds[b.index()].clone();
        let Some(first) = preds.iter().find_map(|p| self.out.get(p)).cloned() else {
            return Ok(States::new());
        };
        if preds.len() == 1 {
            return Ok(first);
        }
        let mut states = States::new();
        let mut known: Vec<(Value, State)> = first.into_iter().collect();
        known.sort_by_key(|k| k.0);
        for (v, mut s) in known {
            let c = &self.cands[&v];
            if c.block == b || !self.cfg.dominates(c.block, b) {
                continue;
            }
            for (off, ty) in &c.fields {
                let p = self.f.add_param(b, *ty);
                self.map.push(p);
                self.joins.push((b, v, *off));
                s.fields.insert(*off, p);
            }
            states.insert(v, s);
        }
        Ok(states)
    }

    /// Passes the fields along the edges into joins; checks that the counts agree (E4).
    fn fill_joins(&mut self) -> Res<()> {
        let joins = core::mem::take(&mut self.joins);
        for (b, v, off) in joins {
            let mut preds = self.cfg.preds[b.index()].clone();
            preds.sort();
            preds.dedup();
            let mut count = None;
            for p in preds {
                let Some(s) = self.out.get(&p).and_then(|s| s.get(&v)).cloned() else {
                    return Err(v);
                };
                if *count.get_or_insert(s.count) != s.count {
                    return Err(v);
                }
                let a = match s.fields.get(&off) {
                    Some(a) => *a,
                    None => self.zero(self.cands[&v].fields[&off]),
                };
                if self.cands.contains_key(&root(self.f, a)) {
                    // An object in a field of another, carried over a join: made.
                    return Err(root(self.f, a));
                }
                let Some(last) = self.f.blocks[p.index()].insts.last().copied() else {
                    continue;
                };
                for s in self.f.insts[last.index()]
                    .succs
                    .iter_mut()
                    .filter(|s| s.block == b)
                {
                    s.args.push(a);
                }
            }
        }
        Ok(())
    }

    fn zero(&mut self, ty: Type) -> Value {
        let v = constant(self.f, ty, 0);
        while self.map.len() < self.f.values.len() {
            self.map.push(Value::new(self.map.len()));
        }
        v
    }

    fn inst(&mut self, b: Block, i: Inst, states: &mut States) -> Res<()> {
        let args: Vec<Value> = self.f.inst(i).args.iter().map(|v| self.find(*v)).collect();
        self.f.insts[i.index()].args = args.into();
        let d = self.f.inst(i).clone();
        if let Some(s) = d.snap {
            let new = self.snapshot(s, states)?;
            self.f.insts[i.index()].snap = Some(new);
        }
        let base = d
            .args
            .first()
            .map(|v| root(self.f, *v))
            .filter(|v| self.cands.contains_key(v));
        use Op::*;
        match (d.op, base) {
            (Alloc, _) if d.result.is_some_and(|v| self.cands.contains_key(&v)) => {
                if let Some(v) = d.result {
                    states.insert(
                        v,
                        State {
                            fields: BTreeMap::new(),
                            count: 1,
                        },
                    );
                }
            }
            (LoadVal | LoadI64 | LoadF64 | LoadPtr | LoadObj, Some(o)) => {
                let known = states.get(&o).ok_or(o)?.fields.get(&d.mem.off).copied();
                let value = match (known, d.op.info().result) {
                    (Some(v), _) => v,
                    (None, Some(ty)) => self.zero(ty),
                    (None, None) => return Err(o),
                };
                if let Some(r) = d.result {
                    self.map[r.index()] = value;
                }
            }
            (StoreVal | StoreI64 | StoreF64 | StorePtr, Some(o)) => {
                states
                    .get_mut(&o)
                    .ok_or(o)?
                    .fields
                    .insert(d.mem.off, d.args[1]);
            }
            (GuardShape, Some(_)) => {}
            (Incref | IncrefVal, Some(o)) => states.get_mut(&o).ok_or(o)?.count += 1,
            (Decref | DecrefLeaf | DecrefLive | DecrefVal, Some(o)) => {
                self.drop_one(b, o, states)?
            }
            _ => self.f.blocks[b.index()].insts.push(i),
        }
        Ok(())
    }

    /// Drops a reference to an unmade object; with the last one those that its fields own go (E2).
    fn drop_one(&mut self, b: Block, o: Value, states: &mut States) -> Res<()> {
        let s = states.get_mut(&o).ok_or(o)?;
        s.count -= 1;
        match s.count {
            0 => {}
            1.. => return Ok(()),
            _ => return Err(o),
        }
        let fields: Vec<Value> = s.fields.values().copied().collect();
        for v in fields {
            let inner = root(self.f, v);
            let op = match self.f.ty(v) {
                Type::Val => Op::DecrefVal,
                Type::Obj => Op::Decref,
                _ => continue,
            };
            if self.cands.contains_key(&inner) {
                self.drop_one(b, inner, states)?;
            } else {
                self.f.append(b, InstData::new(op, &[v]));
            }
        }
        Ok(())
    }

    /// The snapshot with recipes in place of unmade objects. Snapshots may be shared, so each use gets its own.
    fn snapshot(&mut self, s: Snap, states: &States) -> Res<Snap> {
        let mut snap = Snapshot::clone(&self.f.snaps[s.index()]);
        snap.map_values(|v| self.find(v));
        let mut made: Vec<Value> = Vec::new();
        let first = snap.virtuals.len() as u32;
        let mut entries = core::mem::take(&mut snap);
        entries.edit(|e| self.entry(e, first, &mut made, states))?;
        let mut n = 0;
        while n < made.len() {
            let o = made[n];
            n += 1;
            let state = states.get(&o).ok_or(o)?;
            let mut fields = Vec::new();
            for (off, v) in &state.fields {
                let mut e = SnapEntry {
                    place: *off as u32,
                    val: SnapVal::Value(*v),
                    incref: false,
                };
                self.entry(&mut e, first, &mut made, states)?;
                fields.push(e);
            }
            entries.virtuals.push(VirtualObj {
                alloc: self.cands[&o].info,
                fields,
            });
        }
        let snap: Snapshot = entries;
        Ok(if snap == *self.f.snaps[s.index()] {
            s
        } else {
            self.f.add_snap(snap)
        })
    }

    fn entry(
        &self,
        e: &mut SnapEntry,
        first: u32,
        made: &mut Vec<Value>,
        states: &States,
    ) -> Res<()> {
        let SnapVal::Value(v) = e.val else {
            return Ok(());
        };
        let o = root(self.f, v);
        if !self.cands.contains_key(&o) {
            return Ok(());
        }
        if !states.contains_key(&o) {
            return Err(o);
        }
        let n = made.iter().position(|m| *m == o).unwrap_or_else(|| {
            made.push(o);
            made.len() - 1
        });
        *e = SnapEntry {
            place: e.place,
            val: SnapVal::Virtual(first + n as u32),
            incref: false,
        };
        Ok(())
    }
}
