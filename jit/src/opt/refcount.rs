//! Pairs of taking and dropping a reference that nothing in between can see.
//!
//! In one block, `incref x ... decref x` goes if nothing in between may drop another reference, since that other
//! reference may be what keeps `x` alive in between. An exit in between that hands `x` to a frame takes the
//! reference itself (the entry is marked); one that would drop it does not. In Multi a reference must not be left
//! out across a safepoint.

use crate::ir::{AliasClass, Func, Inst, Op, SnapVal, Snapshot, Value};
use crate::options::Mode;

/// Removes pairs; whether anything changed.
pub fn run(f: &mut Func, mode: Mode) -> bool {
    let mut changed = false;
    while (0..f.blocks.len()).fold(false, |any, b| any | block(f, b, mode)) {
        changed = true;
    }
    changed
}

fn block(f: &mut Func, b: usize, mode: Mode) -> bool {
    let mut changed = false;
    // From the last one that takes: inner pairs go before those around them.
    for from in (0..f.blocks[b].insts.len()).rev() {
        let insts = &f.blocks[b].insts;
        if insts.get(from).is_none_or(|i| !takes(f.inst(*i).op)) {
            continue;
        }
        let Some((to, snaps)) = partner(f, insts, from, mode) else {
            continue;
        };
        for (n, snap) in snaps {
            let i = f.blocks[b].insts[n];
            let s = f.add_snap(snap);
            f.insts[i.index()].snap = Some(s);
        }
        f.blocks[b].insts.remove(to);
        f.blocks[b].insts.remove(from);
        changed = true;
    }
    changed
}

/// The object that is counted: boxes and unboxed forms of one are the same.
fn root(f: &Func, mut v: Value) -> Value {
    while let Some(d) = f
        .def(v)
        .filter(|d| matches!(d.op, Op::BoxObj | Op::UnboxObj))
    {
        v = d.args[0];
    }
    v
}

fn takes(op: Op) -> bool {
    matches!(op, Op::Incref | Op::IncrefVal)
}

fn drops(op: Op) -> bool {
    matches!(
        op,
        Op::Decref | Op::DecrefLeaf | Op::DecrefLive | Op::DecrefGuard | Op::DecrefVal
    )
}

/// Where the reference that is taken at `from` is dropped, and the snapshots between for a world without it.
type Partner = (usize, Vec<(usize, Snapshot)>);

fn partner(f: &Func, insts: &[Inst], from: usize, mode: Mode) -> Option<Partner> {
    let x = root(f, f.inst(insts[from]).args[0]);
    let mut snaps = Vec::new();
    for (n, i) in insts.iter().enumerate().skip(from + 1) {
        let d = f.inst(*i);
        if drops(d.op) {
            return (root(f, d.args[0]) == x).then_some((n, snaps));
        }
        let loads = d.op.info().behaviour.load && d.mem.class == AliasClass::REFCOUNT;
        let sees_counts = loads || f.writes(d).has(AliasClass::REFCOUNT) && !takes(d.op);
        if sees_counts
            || d.op.is_term()
            || d.op == Op::Ret
            || (d.op == Op::Safepoint && mode == Mode::Multi)
        {
            return None;
        }
        if let Some(s) = d.snap {
            snaps.push((n, with_reference(f, &f.snaps[s.index()], x)?));
        }
    }
    None
}

/// The snapshot for a world in which the code holds one reference to `x` less.
fn with_reference(f: &Func, s: &Snapshot, x: Value) -> Option<Snapshot> {
    let mut s: Snapshot = s.clone();
    if let Some(n) = s.release.iter().position(|v| root(f, *v) == x) {
        s.release.remove(n);
        return Some(s);
    }
    let mut found = false;
    let done: Result<(), core::convert::Infallible> = s.edit(|e| {
        if !found && !e.incref && matches!(e.val, SnapVal::Value(v) if root(f, v) == x) {
            (e.incref, found) = (true, true);
        }
        Ok(())
    });
    let Ok(()) = done;
    found.then_some(s)
}
