//! Objects that need not exist.
//!
//! An `alloc` whose object is only read, written, counted, compared by shape, given another shape, and named by snapshots is
//! not made: its fields become SSA values, its shape and reference count are followed at compile time, and an exit that names
//! it gets a recipe. Where paths join, fields become block parameters; the tidy pass removes those that never differ. So does a
//! block parameter that can only be an unmade object: it stands for the one that comes along the edge, whose own name ends there.
//!
//! - E1 a virtual object that is named k times by a rebuilt state is built with k references;
//! - E2 fields of type val or obj own a reference to what they hold; when the count reaches zero they are dropped;
//! - E3 an object that could be what another block argument may be, an operand of a call, or stored where others look, is made;
//! - E4 where paths join, the count and the shape are the same on all of them, or the object is made;
//! - E5 an object is made that frames name while a call runs Python: who looks at them finds the object itself, and may change it.
//!
//! An object may be stored in a field of another that is not made either.

use super::fold::constant;
use super::tidy;
use crate::ir::cfg::Cfg;
use crate::ir::{
    AllocInfo, Block, Func, Inst, InstData, Op, Snap, SnapEntry, SnapVal, Snapshot, Type, Value,
    VirtualObj, boxed,
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// So many objects are found to be needed after all before nothing is tried any more.
const MOST: usize = 32;

/// Removes allocations; whether anything changed.
pub fn run(f: &mut Func) -> bool {
    let mut banned: HashSet<Value> = HashSet::new();
    loop {
        let cfg = Cfg::new(f);
        let cands = candidates(f, &cfg, &banned);
        if cands.is_empty() || banned.len() > MOST {
            return false;
        }
        let mut copy = f.clone();
        let map = copy.identity_map();
        let mut e = Escape {
            f: &mut copy,
            cfg: &cfg,
            cands: &cands,
            map,
            out: HashMap::new(),
            joins: Vec::new(),
            joined: Vec::new(),
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
    /// It is a parameter of its block, with this position, and what comes there.
    comes: Option<(usize, Vec<Value>)>,
}

type Cands = HashMap<Value, Cand>;

/// An edge: the block before, its last instruction, and which of the successors.
type Edge = (Block, Inst, usize);

/// The edges to a block.
fn edges(f: &Func, cfg: &Cfg, b: Block) -> Vec<Edge> {
    let mut preds = cfg.preds[b.index()].clone();
    preds.sort();
    preds.dedup();
    let mut edges = Vec::new();
    for p in preds {
        if let Some(last) = f.blocks[p.index()].insts.last() {
            let succs = f.inst(*last).succs.iter().enumerate();
            let to = succs.filter(|(_, s)| s.block == b);
            edges.extend(to.map(|(n, _)| (p, *last, n)));
        }
    }
    edges
}

/// What comes along each edge to a parameter of a block.
fn incoming(f: &Func, cfg: &Cfg, b: Block, n: usize) -> Vec<Value> {
    let args = edges(f, cfg, b).into_iter();
    args.filter_map(|(_, last, succ)| f.inst(last).succs[succ].args.get(n).map(|v| f.root(*v)))
        .collect()
}

fn candidates(f: &Func, cfg: &Cfg, banned: &HashSet<Value>) -> Cands {
    let mut cands = Cands::new();
    for &block in &cfg.rpo {
        for i in &f.blocks[block.index()].insts {
            let d = f.inst(*i);
            if let (Op::Alloc, Some(v)) = (d.op, d.result.filter(|v| !banned.contains(v))) {
                let new = Cand {
                    info: d.alloc,
                    block,
                    fields: BTreeMap::new(),
                    comes: None,
                };
                cands.insert(v, new);
            }
        }
    }
    if cands.is_empty() {
        return cands;
    }
    for &block in &cfg.rpo[1..] {
        for (n, p) in f.blocks[block.index()].params.iter().enumerate() {
            if matches!(f.ty(*p), Type::Val | Type::Obj) && !banned.contains(p) {
                let new = Cand {
                    info: AllocInfo::default(),
                    block,
                    fields: BTreeMap::new(),
                    comes: Some((n, incoming(f, cfg, block, n))),
                };
                cands.insert(*p, new);
            }
        }
    }
    // Storing one object in another needs the other to be a candidate, and so does passing one along: repeat until nothing is
    // taken back.
    loop {
        let mut bad: Vec<Value> = Vec::new();
        let lost = |c: &Cand| {
            let comes = c.comes.iter().flat_map(|c| &c.1);
            comes.into_iter().any(|v| !cands.contains_key(v))
        };
        bad.extend(cands.iter().filter(|c| lost(c.1)).map(|c| *c.0));
        if bad.is_empty() {
            for i in cfg.rpo.iter().flat_map(|b| &f.blocks[b.index()].insts) {
                uses(f, f.inst(*i), &mut cands, &mut bad);
            }
        }
        if bad.is_empty() {
            unify(&mut cands, &mut bad);
        }
        if bad.is_empty() {
            break;
        }
        bad.iter().for_each(|v| {
            cands.remove(v);
        });
        cands.values_mut().for_each(|c| c.fields.clear());
    }
    if cands.values().all(|c| c.comes.is_some()) {
        cands.clear();
    }
    cands
}

/// A parameter has the size and the fields of all that comes there.
fn unify(cands: &mut Cands, bad: &mut Vec<Value>) {
    let mut params: Vec<Value> = Vec::new();
    params.extend(cands.iter().filter(|c| c.1.comes.is_some()).map(|c| *c.0));
    params.sort();
    let mut changed = true;
    while changed {
        changed = false;
        for p in &params {
            let Some((_, comes)) = cands[p].comes.clone() else {
                continue;
            };
            for o in comes {
                let (size, fields) = (cands[&o].info.size, cands[&o].fields.clone());
                let Some(c) = cands.get_mut(p) else { continue };
                if size != 0 && size != c.info.size {
                    if c.info.size != 0 {
                        return bad.push(*p);
                    }
                    c.info.size = size;
                    changed = true;
                }
                for (off, ty) in fields {
                    let known = *c.fields.entry(off).or_insert_with(|| {
                        changed = true;
                        ty
                    });
                    if known != ty {
                        return bad.push(*p);
                    }
                }
            }
        }
    }
    // What goes round and comes from nowhere, or has fields outside of what comes there.
    bad.extend(params.iter().filter(|p| {
        let c = &cands[*p];
        c.info.size == 0 || c.fields.keys().any(|off| off + 8 > c.info.size as i32)
    }));
}

/// Notes the fields that an instruction touches and the candidates that it lets escape.
fn uses(f: &Func, d: &InstData, cands: &mut Cands, bad: &mut Vec<Value>) {
    let arg = |n: usize| f.root(d.args[n]);
    for s in &d.succs {
        let params = &f.blocks[s.block.index()].params;
        for (v, p) in s.args.iter().zip(params) {
            if !cands.contains_key(p) {
                bad.push(f.root(*v));
            }
        }
    }
    if let Some(s) = d.snap {
        let snap = &f.snaps[s.index()];
        let python = d.helper.is_some_and(|h| f.helpers[h.index()].python);
        if python || d.op == Op::Enter {
            snap.for_each(|v| bad.push(f.root(v)));
        }
        bad.extend(snap.release.iter().map(|v| f.root(*v)));
    }
    use Op::*;
    match d.op {
        LoadI64 if d.mem.off == boxed::LOCAL => {}
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
        // Checked where the shape is known.
        GuardShape => {}
        StoreU32 if new_shape(f, d).is_some() => {}
        Incref | IncrefVal | Decref | DecrefLeaf | DecrefLive | DecrefVal | Publish | BoxObj
        | UnboxObj | GuardObj | IsObj => {}
        _ => bad.extend(d.args.iter().map(|v| f.root(*v))),
    }
    bad.retain(|v| cands.contains_key(v));
}

/// The shape that the instruction gives an object.
fn new_shape(f: &Func, d: &InstData) -> Option<u32> {
    let is_shape = d.op == Op::StoreU32 && d.mem.off == boxed::SHAPE;
    f.as_const(*d.args.get(1)?)
        .filter(|_| is_shape)
        .map(|n| n as u32)
}

fn field(cands: &mut Cands, base: Value, off: i32, ty: Option<Type>, bad: &mut Vec<Value>) {
    let (Some(c), Some(ty)) = (cands.get_mut(&base), ty) else {
        return;
    };
    // Of a parameter that is not known yet: see `unify`.
    let size = if c.comes.is_some() {
        i32::MAX
    } else {
        c.info.size as i32
    };
    let inside = off >= 16 && off % 8 == 0 && off <= size - 8;
    if !inside || *c.fields.entry(off).or_insert(ty) != ty {
        bad.push(base);
    }
}

/// An unmade object at some place.
#[derive(Clone, PartialEq, Debug)]
struct State {
    fields: BTreeMap<i32, Value>,
    count: i32,
    shape: u32,
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
    /// Objects that are unmade where paths join.
    joined: Vec<(Block, Value)>,
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
        let edges = self.edges(b);
        let Some(edge) = edges.iter().find(|e| self.out.contains_key(&e.0)).copied() else {
            return Ok(States::new());
        };
        let first = self.out[&edge.0].clone();
        let mut params: Vec<Value> = self.f.blocks[b.index()].params.clone();
        params.retain(|p| self.cands.contains_key(p));
        let mut states = States::new();
        if edges.len() == 1 {
            states = first;
            for p in &params {
                let o = self.before(b, *p, edge)?;
                let s = states.remove(&o).ok_or(o)?;
                states.insert(*p, s);
                self.joined.push((b, *p));
            }
            return Ok(states);
        }
        // What comes to a parameter has no other name from here on.
        let mut moved: HashSet<Value> = HashSet::new();
        for p in &params {
            let comes = self.cands[p].comes.iter().flat_map(|c| c.1.iter());
            moved.extend(comes.filter(|o| *o != p));
        }
        let mut known: Vec<(Value, State)> = first
            .iter()
            .filter(|(v, _)| {
                let c = &self.cands[*v];
                c.block != b && self.cfg.dominates(c.block, b) && !moved.contains(v)
            })
            .map(|(v, s)| (*v, s.clone()))
            .collect();
        known.sort_by_key(|k| k.0);
        for p in params {
            let o = self.before(b, p, edge)?;
            known.push((p, first.get(&o).ok_or(o)?.clone()));
        }
        for (v, mut s) in known {
            for (off, ty) in &self.cands[&v].fields {
                let p = self.f.add_param(b, *ty);
                self.map.push(p);
                self.joins.push((b, v, *off));
                s.fields.insert(*off, p);
            }
            self.joined.push((b, v));
            states.insert(v, s);
        }
        Ok(states)
    }

    fn edges(&self, b: Block) -> Vec<Edge> {
        edges(self.f, self.cfg, b)
    }

    /// What an unmade object, known by this name behind a join, is called before it.
    fn before(&self, b: Block, v: Value, (_, last, n): Edge) -> Res<Value> {
        match &self.cands[&v].comes {
            Some((at, _)) if self.cands[&v].block == b => {
                let args = &self.f.inst(last).succs[n].args;
                Ok(self.f.root(self.find(*args.get(*at).ok_or(v)?)))
            }
            _ => Ok(v),
        }
    }

    /// Passes the fields along the edges into joins; checks that counts and shapes agree (E4).
    fn fill_joins(&mut self) -> Res<()> {
        let joined = core::mem::take(&mut self.joined);
        let mut came: HashSet<(Inst, usize, Value)> = HashSet::new();
        for (b, v) in &joined {
            let mut first = None;
            for edge in self.edges(*b) {
                let o = self.before(*b, *v, edge)?;
                // One object under two names could not be told from two objects.
                if !came.insert((edge.1, edge.2, o)) {
                    return Err(o);
                }
                let s = self.out.get(&edge.0).and_then(|s| s.get(&o)).ok_or(o)?;
                if *first.get_or_insert((s.count, s.shape)) != (s.count, s.shape) {
                    return Err(*v);
                }
            }
        }
        let joins = core::mem::take(&mut self.joins);
        for (b, v, off) in joins {
            for edge in self.edges(b) {
                let o = self.before(b, v, edge)?;
                let states = self.out.get(&edge.0).ok_or(o)?;
                let a = match states.get(&o).ok_or(o)?.fields.get(&off) {
                    Some(a) => self.find(*a),
                    None => self.zero(self.cands[&v].fields[&off]),
                };
                if self.cands.contains_key(&self.f.root(a)) {
                    // An object in a field of another, carried over a join: made.
                    return Err(self.f.root(a));
                }
                self.f.insts[edge.1.index()].succs[edge.2].args.push(a);
            }
        }
        // The parameters themselves go, the last ones first.
        let mut gone: Vec<(Block, usize)> = Vec::new();
        for (b, v) in joined {
            let c = &self.cands[&v];
            gone.extend(c.comes.iter().filter(|_| c.block == b).map(|c| (b, c.0)));
        }
        gone.sort_by_key(|g| std::cmp::Reverse(g.1));
        for (b, at) in gone {
            for edge in self.edges(b) {
                self.f.insts[edge.1.index()].succs[edge.2].args.remove(at);
            }
            self.f.blocks[b.index()].params.remove(at);
        }
        Ok(())
    }

    fn constant(&mut self, ty: Type, bits: u64) -> Value {
        let v = constant(self.f, ty, bits);
        while self.map.len() < self.f.values.len() {
            self.map.push(Value::new(self.map.len()));
        }
        v
    }

    fn zero(&mut self, ty: Type) -> Value {
        self.constant(ty, 0)
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
            .map(|v| self.f.root(*v))
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
                            shape: d.alloc.shape,
                        },
                    );
                }
            }
            (LoadI64, Some(o)) if d.mem.off == boxed::LOCAL => {
                // How many refer to it from other threads is behind: none.
                let count = states.get(&o).ok_or(o)?.count;
                let count = self.constant(Type::I64, count as u64);
                if let Some(r) = d.result {
                    self.map[r.index()] = count;
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
            (GuardShape, Some(o)) if u64::from(states.get(&o).ok_or(o)?.shape) == d.imm => {}
            // It always leaves: the object is made for it.
            (GuardShape, Some(o)) => return Err(o),
            (StoreU32, Some(o)) => {
                states.get_mut(&o).ok_or(o)?.shape = new_shape(self.f, &d).ok_or(o)?;
            }
            (Publish | GuardObj, Some(_)) => {}
            (IsObj, Some(_)) => {
                let yes = self.constant(Type::Bool, 1);
                if let Some(r) = d.result {
                    self.map[r.index()] = yes;
                }
            }
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
            let inner = self.f.root(v);
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
            let shape = state.shape;
            entries.virtuals.push(VirtualObj {
                alloc: AllocInfo {
                    shape,
                    ..self.cands[&o].info
                },
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
        let o = self.f.root(v);
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
