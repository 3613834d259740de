//! Loads from memory whose contents are known, shapes that are known, stores that are overwritten.
//!
//! Forward over the graph: what is known at the start of a block is what all predecessors agree on; at a loop
//! header, what the way in knows and the loop does not write. In Multi a safepoint forgets everything that another
//! thread may have written since: everything but immutable memory, the register window and the thread record.

use crate::ir::cfg::Cfg;
use crate::ir::{AliasClass, Block, ClassSet, Func, Inst, InstData, Op, Value, boxed};
use crate::options::Mode;

/// A fact: reading with this operation at this place gives this value.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Entry {
    op: Op,
    base: Value,
    index: Option<Value>,
    off: i32,
    class: AliasClass,
    value: Value,
}

#[derive(Clone, Default, Debug)]
struct Facts {
    entries: Vec<Entry>,
    /// Object, shape.
    shapes: Vec<(Value, u64)>,
}

impl Facts {
    fn kill(&mut self, set: ClassSet) {
        if !set.is_empty() {
            self.entries.retain(|e| !set.has(e.class));
            if set.has(AliasClass::HEADER) {
                self.shapes.clear();
            }
        }
    }
    fn meet(&mut self, other: &Facts) {
        self.entries.retain(|e| other.entries.contains(e));
        self.shapes.retain(|e| other.shapes.contains(e));
    }
}

/// What a safepoint lets others write in this mode.
fn written_at_safepoint(mode: Mode) -> ClassSet {
    match mode {
        Mode::Single => ClassSet::NONE,
        Mode::Multi => {
            let own = AliasClass::FRAME.set().union(AliasClass::THREAD.set());
            ClassSet(ClassSet::ALL.0 & !own.0)
        }
    }
}

/// What an instruction writes, safepoints included.
pub fn writes(f: &Func, d: &InstData, mode: Mode) -> ClassSet {
    let set = f.writes(d);
    if d.op == Op::Safepoint {
        set.union(written_at_safepoint(mode))
    } else {
        set
    }
}

/// Forwards loads and removes shape guards and dead stores; whether anything changed.
pub fn run(f: &mut Func, mode: Mode) -> bool {
    let cfg = Cfg::new(f);
    let mut out: Vec<Option<Facts>> = vec![None; f.blocks.len()];
    let mut map = f.identity_map();
    let mut changed = false;
    for &b in &cfg.rpo {
        let mut facts = start(f, &cfg, b, &out, mode);
        let old = core::mem::take(&mut f.blocks[b.index()].insts);
        let mut kept = Vec::with_capacity(old.len());
        for i in old {
            let find = |mut v: Value| {
                while map[v.index()] != v {
                    v = map[v.index()];
                }
                v
            };
            let args: Vec<Value> = f.inst(i).args.iter().map(|v| find(*v)).collect();
            f.insts[i.index()].args = args.into();
            match step(f, &mut facts, f.inst(i), mode) {
                Step::Keep => kept.push(i),
                Step::Remove => changed = true,
                Step::Value(v) => {
                    changed = true;
                    if let Some(r) = f.inst(i).result {
                        map[r.index()] = v;
                    }
                }
            }
        }
        f.blocks[b.index()].insts = kept;
        out[b.index()] = Some(facts);
    }
    f.rewrite_values(&map);
    changed | dead_stores(f)
}

fn start(f: &Func, cfg: &Cfg, b: Block, out: &[Option<Facts>], mode: Mode) -> Facts {
    let mut facts: Option<Facts> = None;
    for p in &cfg.preds[b.index()] {
        if cfg.dominates(b, *p) {
            continue;
        }
        // A predecessor that was not visited and is no back edge: an irreducible graph; know nothing.
        let Some(known) = &out[p.index()] else {
            return Facts::default();
        };
        match &mut facts {
            None => facts = Some(known.clone()),
            Some(facts) => facts.meet(known),
        }
    }
    let mut facts = facts.unwrap_or_default();
    if let Some(l) = cfg.loop_of_header(b) {
        let insts = l.blocks.iter().flat_map(|b| &f.blocks[b.index()].insts);
        let set = insts.fold(ClassSet::NONE, |s, i| s.union(writes(f, f.inst(*i), mode)));
        facts.kill(set);
    }
    facts
}

enum Step {
    Keep,
    Remove,
    Value(Value),
}

fn step(f: &Func, facts: &mut Facts, d: &InstData, mode: Mode) -> Step {
    let beh = &d.op.info().behaviour;
    if beh.load {
        let e = entry(d, d.op);
        let known = facts.entries.iter().find(|x| {
            (x.op, x.base, x.index, x.off, x.class) == (e.op, e.base, e.index, e.off, e.class)
        });
        if let Some(known) = known {
            return Step::Value(known.value);
        }
        if let Some(value) = d.result {
            facts.entries.push(Entry { value, ..e });
        }
        return Step::Keep;
    }
    if beh.store {
        let at = entry(d, d.op);
        // What is immutable is written once, before it is read.
        if at.class != AliasClass::IMMUTABLE {
            facts
                .entries
                .retain(|x| x.class != at.class || !may_overlap(f, x, &at));
        }
        if let Some(load) = load_of_store(d.op)
            && let Some(&value) = d.args.last()
        {
            facts.entries.push(Entry {
                op: load,
                value,
                ..at
            });
        }
        if at.class == AliasClass::HEADER {
            facts.shapes.clear();
            if let (Op::StoreU32, boxed::SHAPE, Some(shape)) =
                (d.op, d.mem.off, d.args.get(1).and_then(|v| f.as_const(*v)))
            {
                facts.shapes.push((d.args[0], shape));
            }
        }
        return Step::Keep;
    }
    match d.op {
        Op::GuardShape => {
            if facts.shapes.contains(&(d.args[0], d.imm)) {
                return Step::Remove;
            }
            facts.shapes.retain(|s| s.0 != d.args[0]);
            facts.shapes.push((d.args[0], d.imm));
        }
        Op::Alloc => {
            if let Some(o) = d.result {
                facts.shapes.push((o, u64::from(d.alloc.shape)));
            }
        }
        _ => facts.kill(writes(f, d, mode)),
    }
    Step::Keep
}

fn entry(d: &InstData, op: Op) -> Entry {
    Entry {
        op,
        base: d.args[0],
        index: op.is_indexed().then(|| d.args[1]),
        off: d.mem.off,
        class: d.mem.class,
        value: d.args[0],
    }
}

fn load_of_store(op: Op) -> Option<Op> {
    use Op::*;
    [
        LoadVal, LoadI64, LoadF64, LoadPtr, LoadxVal, LoadxI64, LoadxF64,
    ]
    .into_iter()
    .find(|l| l.store_of_load() == Some(op))
}

/// Whether two accesses of one class may touch the same bytes.
fn may_overlap(f: &Func, a: &Entry, b: &Entry) -> bool {
    let offset = |e: &Entry| -> Option<i64> {
        let scale = i64::from(e.op.width());
        match e.index {
            None => Some(i64::from(e.off)),
            Some(i) => (f.as_const(i)? as i64)
                .checked_mul(scale)?
                .checked_add(i64::from(e.off)),
        }
    };
    match (offset(a), offset(b)) {
        (Some(x), Some(y)) => x < y + i64::from(b.op.width()) && y < x + i64::from(a.op.width()),
        _ => true,
    }
}

/// Removes a store that a later one of the same block overwrites before anybody can look.
fn dead_stores(f: &mut Func) -> bool {
    let mut changed = false;
    for b in 0..f.blocks.len() {
        let insts = f.blocks[b].insts.clone();
        let dead: Vec<Inst> = (0..insts.len())
            .filter(|n| is_dead(f, &insts, *n))
            .map(|n| insts[n])
            .collect();
        if !dead.is_empty() {
            f.blocks[b].insts.retain(|i| !dead.contains(i));
            changed = true;
        }
    }
    changed
}

fn is_dead(f: &Func, insts: &[Inst], n: usize) -> bool {
    let d = f.inst(insts[n]);
    if !d.op.info().behaviour.store {
        return false;
    }
    for i in &insts[n + 1..] {
        let x = f.inst(*i);
        let same_place = x.op == d.op
            && x.mem == d.mem
            && x.args[..x.args.len() - 1] == d.args[..d.args.len() - 1];
        if x.op.info().behaviour.store && same_place {
            return true;
        }
        if x.op.is_guard() || x.op.is_term() || x.op == Op::Call || f.reads(x).has(d.mem.class) {
            return false;
        }
    }
    false
}
