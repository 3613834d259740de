//! A function as bytes: a tenth of what it takes otherwise, for one that is kept in case that it is to be compiled again.
//!
//! After the types of the values and the places of the snapshots come the snapshots, the instructions and the blocks, in
//! order. An instruction is its operation, a byte that says which of its parts are there, its operands and those parts. The
//! lists of places that snapshots have in common are there once. What a value is defined by is found again.

use super::entity::{Block, Helper, Inst, Snap, Value};
use super::func::{
    AllocInfo, BlockData, Def, Func, HelperDecl, InstData, MemRef, SnapEntry, SnapFrame, Snapshot,
    Succ, ValueData, VirtualObj,
};
use super::op::OPS;
use super::types::AliasClass;
use crate::bytes::{self, Is, Lists, Reader, number};
use crate::exit::Place;
use foldhash::fast::FixedState;
use smallvec::SmallVec;
use std::collections::HashMap;
use threadsnake_threads::sync::Arc;

/// See the module.
#[derive(Debug)]
pub struct Packed {
    name: Box<str>,
    assumptions: Box<[u32]>,
    helpers: Box<[HelperDecl]>,
    bytes: Box<[u8]>,
    /// Where the instructions begin, and how many values, snapshots, instructions and blocks there are.
    start: usize,
    counts: [usize; 4],
}

const IMM: u8 = 1;
const MEM: u8 = 1 << 1;
const HELPER: u8 = 1 << 2;
const ALLOC: u8 = 1 << 3;
const SNAP: u8 = 1 << 4;
const SUCCS: u8 = 1 << 5;
const RESULT: u8 = 1 << 6;

fn values(out: &mut Vec<u8>, list: &[Value]) {
    number(out, list.len() as u64);
    list.iter().for_each(|v| number(out, u64::from(v.0)));
}

impl Packed {
    /// Packs a function.
    pub fn new(f: &Func) -> Packed {
        let mut bytes: Vec<u8> = f.values.iter().map(|v| bytes::code(v.ty)).collect();
        let mut lists = Lists::default();
        let mut rest = Vec::new();
        // Most lists are the same memory as one before.
        let mut known: HashMap<(*const SnapEntry, usize), u64, FixedState> = HashMap::default();
        for s in &f.snaps {
            snapshot(&mut rest, s, |entries| {
                let mut put = || lists.put(&mut bytes, entries, &|_| Is::Number);
                *known
                    .entry((entries.as_ptr(), entries.len()))
                    .or_insert_with(&mut put)
            });
        }
        for d in &f.insts {
            inst(&mut rest, d);
        }
        for b in &f.blocks {
            values(&mut rest, &b.params);
            number(&mut rest, b.insts.len() as u64);
            let mut last = 0u32;
            for i in &b.insts {
                // Mostly the next one.
                let step = i.0.wrapping_sub(last);
                number(&mut rest, u64::from(step));
                last = i.0;
            }
        }
        let start = bytes.len();
        bytes.append(&mut rest);
        let packed = Packed {
            name: f.name[..].into(),
            assumptions: f.assumptions[..].into(),
            helpers: f.helpers[..].into(),
            bytes: bytes.into(),
            start,
            counts: [f.values.len(), f.snaps.len(), f.insts.len(), f.blocks.len()],
        };
        debug_assert!(packed.unpack() == *f, "{f}");
        packed
    }

    /// The function, with room for a few more of everything.
    pub fn unpack(&self) -> Func {
        let [n_values, n_snaps, n_insts, n_blocks] = self.counts;
        let room = |n: usize| n + n / 8 + 32;
        let mut f = Func {
            name: self.name.to_string(),
            assumptions: self.assumptions.to_vec(),
            helpers: self.helpers.to_vec(),
            values: Vec::with_capacity(room(n_values)),
            snaps: Vec::with_capacity(room(n_snaps)),
            insts: Vec::with_capacity(room(n_insts)),
            blocks: Vec::with_capacity(n_blocks),
        };
        let of_type = |code: &u8| ValueData {
            ty: bytes::ty(*code),
            def: Def::None,
        };
        f.values.extend(self.bytes[..n_values].iter().map(of_type));
        let mut r = Reader {
            bytes: &self.bytes,
            at: self.start,
        };
        let empty: Arc<Snapshot> = Arc::default();
        let mut lists = HashMap::default();
        for _ in 0..n_snaps {
            let s = read_snapshot(&mut r, &mut lists);
            f.snaps.push(match s == *empty {
                true => empty.clone(),
                false => Arc::new(s),
            });
        }
        for n in 0..n_insts {
            let d = read_inst(&mut r);
            if let Some(v) = d.result {
                f.values[v.index()].def = Def::Inst(Inst::new(n));
            }
            f.insts.push(d);
        }
        for n in 0..n_blocks {
            let params = read_values(&mut r);
            for v in &params {
                f.values[v.index()].def = Def::Param(Block::new(n));
            }
            let mut last = 0u32;
            let insts = (0..r.word())
                .map(|_| {
                    last = last.wrapping_add(r.word());
                    Inst(last)
                })
                .collect();
            f.blocks.push(BlockData { params, insts });
        }
        f
    }

    /// Bytes that it takes, helpers not counted.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

fn read_values(r: &mut Reader<'_>) -> Vec<Value> {
    (0..r.word()).map(|_| Value(r.word())).collect()
}

/// Writes a snapshot; `list` gives the place of a list.
fn snapshot(out: &mut Vec<u8>, s: &Snapshot, mut list: impl FnMut(&[SnapEntry]) -> u64) {
    number(out, s.frames.len() as u64);
    number(out, u64::from(s.origin) << 1 | u64::from(s.otherwise));
    for f in &s.frames {
        number(out, f.code);
        number(out, u64::from(f.pc));
        number(out, u64::from(f.how));
        number(out, list(&f.regs));
    }
    number(out, s.virtuals.len() as u64);
    for o in &s.virtuals {
        number(out, u64::from(o.alloc.size));
        number(out, u64::from(o.alloc.shape));
        number(out, u64::from(o.alloc.flags));
        number(out, list(&o.fields));
    }
    values(out, &s.release);
}

/// `lists`: those that were read before, by their place.
fn read_snapshot(
    r: &mut Reader<'_>,
    lists: &mut HashMap<u32, Arc<[SnapEntry]>, FixedState>,
) -> Snapshot {
    let number_of = |_, place| match place {
        Place::Word(n) => Value(n),
        Place::Const(_) => Value(0),
    };
    let frames = r.word();
    let first = r.number();
    let frames = (0..frames)
        .map(|_| SnapFrame {
            code: r.number(),
            pc: r.word(),
            how: r.word(),
            regs: {
                let at = r.word();
                let read = || r.list_at(at, number_of).into();
                lists.entry(at).or_insert_with(read).clone()
            },
        })
        .collect();
    let virtuals = (0..r.word())
        .map(|_| VirtualObj {
            alloc: AllocInfo {
                size: r.word(),
                shape: r.word(),
                flags: r.number() as u8,
            },
            fields: r.list(number_of),
        })
        .collect();
    Snapshot {
        frames,
        virtuals,
        release: read_values(r),
        otherwise: first & 1 != 0,
        origin: (first >> 1) as u32,
    }
}

fn inst(out: &mut Vec<u8>, d: &InstData) {
    let plain = InstData::new(d.op, &[]);
    let part = |there: bool, bit: u8| u8::from(there) * bit;
    number(out, d.op as u64);
    out.push(
        part(d.imm != 0, IMM)
            | part(d.mem != plain.mem, MEM)
            | part(d.helper.is_some(), HELPER)
            | part(d.alloc != plain.alloc, ALLOC)
            | part(d.snap.is_some(), SNAP)
            | part(!d.succs.is_empty(), SUCCS)
            | part(d.result.is_some(), RESULT),
    );
    values(out, &d.args);
    if d.imm != 0 {
        number(out, d.imm);
    }
    if d.mem != plain.mem {
        number(out, u64::from(d.mem.off as u32));
        out.push(d.mem.class.0);
    }
    if let Some(h) = d.helper {
        number(out, u64::from(h.0));
    }
    if d.alloc != plain.alloc {
        number(out, u64::from(d.alloc.size));
        number(out, u64::from(d.alloc.shape));
        out.push(d.alloc.flags);
    }
    if let Some(s) = d.snap {
        number(out, u64::from(s.0));
    }
    if !d.succs.is_empty() {
        number(out, d.succs.len() as u64);
        for s in &d.succs {
            number(out, u64::from(s.block.0));
            values(out, &s.args);
        }
    }
    if let Some(v) = d.result {
        number(out, u64::from(v.0));
    }
}

fn read_inst(r: &mut Reader<'_>) -> InstData {
    let op = OPS[r.number() as usize].op;
    let parts = r.byte();
    let there = |bit| parts & bit != 0;
    let args = |r: &mut Reader<'_>| -> SmallVec<[Value; 4]> {
        (0..r.word()).map(|_| Value(r.word())).collect()
    };
    let mut d = InstData::new(op, &[]);
    d.args = args(r);
    if there(IMM) {
        d.imm = r.number();
    }
    if there(MEM) {
        d.mem = MemRef {
            off: r.word() as i32,
            class: AliasClass(r.byte()),
        };
    }
    if there(HELPER) {
        d.helper = Some(Helper(r.word()));
    }
    if there(ALLOC) {
        d.alloc = AllocInfo {
            size: r.word(),
            shape: r.word(),
            flags: r.byte(),
        };
    }
    if there(SNAP) {
        d.snap = Some(Snap(r.word()));
    }
    if there(SUCCS) {
        let succ = |r: &mut Reader<'_>| Succ {
            block: Block(r.word()),
            args: args(r),
        };
        d.succs = (0..r.word()).map(|_| succ(r)).collect();
    }
    if there(RESULT) {
        d.result = Some(Value(r.word()));
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{SnapVal, parse};
    use crate::oracle::generate::generate;

    #[test]
    fn what_was_packed_comes_out() {
        for seed in 0..200 {
            let f = generate(seed).0;
            assert_eq!(Packed::new(&f).unpack(), f, "seed {seed}");
        }
    }

    #[test]
    fn constants_objects_and_holes_come_out() {
        let mut f = parse(
            "func \"all\" {\nassume 7\nb0(v0: ptr, v1: ptr):\n    v2 = iconst -1\n    v3 = load_i64 v1 [-8] frame\n    \
             v4 = iadd v2, v3\n    v5 = box_int v4\n    ret v5\n}\n",
        )
        .expect("IR");
        let entry = |place, val| SnapEntry {
            place,
            val,
            incref: place == 1,
        };
        f.add_snap(Snapshot::default());
        f.add_snap(Snapshot {
            frames: vec![SnapFrame {
                code: u64::MAX,
                pc: 7,
                how: 1,
                regs: [
                    entry(0, SnapVal::Virtual(0)),
                    entry(1, SnapVal::Const(crate::ir::Type::Val, u64::MAX)),
                ]
                .into(),
            }],
            virtuals: vec![VirtualObj {
                alloc: AllocInfo {
                    size: 32,
                    shape: u32::MAX,
                    flags: 3,
                },
                fields: vec![entry(16, SnapVal::Value(Value(5)))],
            }],
            release: vec![Value(5)],
            otherwise: true,
            origin: u32::MAX,
        });
        // An instruction of no block, and a value that nothing defines.
        f.make_inst(InstData::new(crate::ir::Op::Iconst, &[]).imm(9));
        f.add_value(crate::ir::Type::Bool, Def::None);
        assert_eq!(Packed::new(&f).unpack(), f);
    }
}
