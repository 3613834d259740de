//! Definite assignment: which `CheckBound` instructions can never raise.
//!
//! The lowering emits a check before every read of a local. A forward data-flow analysis over the finished instructions
//! (meet: intersection; an exception edge carries what is bound on entry to the block and not deleted in it) finds those
//! that are certainly bound, and the assembler removes them.

use super::unit::{NO_LABEL, Unit};
use crate::opcode::{Op, Operand};
use foldhash::{HashMap, HashMapExt};

#[derive(Clone, PartialEq)]
struct Bits(Vec<u64>);

impl Bits {
    fn set(&mut self, i: usize) {
        self.0[i / 64] |= 1 << (i % 64);
    }
    fn clear(&mut self, i: usize) {
        self.0[i / 64] &= !(1 << (i % 64));
    }
    fn has(&self, i: usize) -> bool {
        self.0[i / 64] >> (i % 64) & 1 != 0
    }
    /// Intersects; says whether anything changed.
    fn meet(&mut self, other: &Bits) -> bool {
        let mut changed = false;
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            changed |= *a & !b != 0;
            *a &= b;
        }
        changed
    }
}

/// Whether control never goes on to the next instruction.
pub(crate) fn ends_block(op: Op) -> bool {
    matches!(
        op,
        Op::Jump | Op::JumpBack | Op::Return | Op::ReturnNone | Op::Raise | Op::Reraise
    )
}

struct Flow<'u> {
    u: &'u Unit<'u>,
    bit: HashMap<u16, usize>,
}

impl Flow<'_> {
    /// Applies an instruction; `deleted` collects what it unbinds.
    fn step(&self, i: usize, bits: &mut Bits, mut deleted: Option<&mut Bits>) {
        let ins = &self.u.ins[i];
        match ins.op {
            Op::DeleteLocal => {
                if let Some(&b) = self.bit.get(&ins.a) {
                    bits.clear(b);
                    if let Some(d) = deleted.as_deref_mut() {
                        d.set(b);
                    }
                }
            }
            Op::Release | Op::Nop => {
                for r in ins.a..ins.a.saturating_add(ins.b) {
                    if let Some(&b) = self.bit.get(&r) {
                        bits.clear(b);
                        if let Some(d) = deleted.as_deref_mut() {
                            d.set(b);
                        }
                    }
                }
            }
            Op::CheckBound => {
                if let Some(&b) = self.bit.get(&ins.a) {
                    bits.set(b);
                }
            }
            Op::Unpack => {
                for r in ins.a..ins.a.saturating_add(ins.c) {
                    if let Some(&b) = self.bit.get(&r) {
                        bits.set(b);
                    }
                }
            }
            op if op.operands()[0] == Operand::Dst => {
                if let Some(&b) = self.bit.get(&ins.a) {
                    bits.set(b);
                }
            }
            _ => {}
        }
    }
}

/// Marks the checks that are not needed.
pub(super) fn needless_checks(u: &Unit<'_>, params: &[u16]) -> Vec<bool> {
    let n = u.ins.len();
    let mut dead = vec![false; n];
    let mut bit = HashMap::new();
    for ins in &u.ins {
        if ins.op == Op::CheckBound {
            let next = bit.len();
            bit.entry(ins.a).or_insert(next);
        }
    }
    for (i, ins) in u.ins.iter().enumerate() {
        dead[i] = ins.op == Op::Nop && ins.c != super::unit::LINE_MARK;
    }
    if bit.is_empty() {
        return dead;
    }
    let words = bit.len().div_ceil(64);
    let mut leader = vec![false; n + 1];
    leader[0] = true;
    for &l in &u.labels {
        if l != NO_LABEL {
            leader[l as usize] = true;
        }
    }
    for h in &u.handlers {
        leader[h.start as usize] = true;
        leader[h.end as usize] = true;
    }
    for (i, ins) in u.ins.iter().enumerate() {
        if ins.target != NO_LABEL || ends_block(ins.op) {
            leader[i + 1] = true;
        }
    }
    let starts: Vec<usize> = (0..n).filter(|&i| leader[i]).collect();
    let mut block_of = vec![usize::MAX; n + 1];
    for (b, &s) in starts.iter().enumerate() {
        block_of[s] = b;
    }
    // The innermost handler of each block.
    let mut handler: Vec<Option<usize>> = vec![None; starts.len()];
    for h in u.handlers.iter().rev() {
        let from = starts.partition_point(|&s| s < h.start as usize);
        let to = starts.partition_point(|&s| s < h.end as usize);
        for slot in &mut handler[from..to] {
            *slot = Some(u.labels[h.target as usize] as usize);
        }
    }
    let flow = Flow { u, bit };
    let full = Bits(vec![u64::MAX; words]);
    let mut state = vec![full; starts.len()];
    let mut seen = vec![false; starts.len()];
    let mut first = Bits(vec![0; words]);
    for p in params {
        if let Some(&b) = flow.bit.get(p) {
            first.set(b);
        }
    }
    state[0] = first;
    seen[0] = true;
    let mut work = std::collections::BTreeSet::from([0usize]);
    while let Some(b) = work.pop_first() {
        let mut bits = state[b].clone();
        let mut deleted = Bits(vec![0; words]);
        let end = starts.get(b + 1).copied().unwrap_or(n);
        let mut edges: Vec<(usize, Bits)> = Vec::new();
        for i in starts[b]..end {
            let ins = &u.ins[i];
            let before = (ins.op == Op::ForIter).then(|| bits.clone());
            flow.step(i, &mut bits, Some(&mut deleted));
            if ins.target != NO_LABEL {
                edges.push((
                    u.labels[ins.target as usize] as usize,
                    before.unwrap_or_else(|| bits.clone()),
                ));
            }
        }
        if end < n && !ends_block(u.ins[end - 1].op) {
            edges.push((end, bits));
        }
        if let Some(h) = handler[b] {
            let mut at = state[b].clone();
            for (a, d) in at.0.iter_mut().zip(&deleted.0) {
                *a &= !d;
            }
            edges.push((h, at));
        }
        for (to, bits) in edges {
            let Some(&t) = block_of.get(to) else { continue };
            if t == usize::MAX {
                continue;
            }
            let changed = state[t].meet(&bits);
            if changed || !seen[t] {
                seen[t] = true;
                work.insert(t);
            }
        }
    }
    for (b, &s) in starts.iter().enumerate() {
        let mut bits = state[b].clone();
        let end = starts.get(b + 1).copied().unwrap_or(n);
        for (i, d) in dead.iter_mut().enumerate().take(end).skip(s) {
            let ins = &u.ins[i];
            if ins.op == Op::CheckBound && flow.bit.get(&ins.a).is_some_and(|&x| bits.has(x)) {
                *d = true;
            }
            flow.step(i, &mut bits, None);
        }
    }
    dead
}
