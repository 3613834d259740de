//! Regions: a side exit that has become hot is recorded and joined to its function.
//!
//! [`split`] turns a guard of a kept function into a branch. The way that passes goes on as before, in a block of its
//! own; the other way is a new block that leaves through the guard's snapshot. The recorder removes that `exit` and
//! records on from the snapshot's state: every value of the snapshot is there. At the end it jumps to any block of the
//! function whose parameters it can give (the loop's header, or a block where the ways meet), and the whole function
//! is compiled again as one graph.

use super::entity::{Block, Inst, Snap};
use super::func::{Func, InstData, Succ};
use super::op::Op;
use super::types::{AliasClass, Type, boxed};
use crate::opt::fold::constant;

/// The place where a guard was turned into a branch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Joint {
    /// Where the guard passes: the rest of its block.
    pub pass: Block,
    /// Where it does not: holds only an `exit`.
    pub side: Block,
    /// The state there.
    pub snap: Snap,
}

/// The guards of a function that name a snapshot, with their blocks: an exit is known by its snapshot.
pub fn guards_of(f: &Func, snap: Snap) -> Vec<(Block, Inst)> {
    let mut out = Vec::new();
    for (n, b) in f.blocks.iter().enumerate() {
        out.extend(
            b.insts
                .iter()
                .filter(|i| f.inst(**i).snap == Some(snap))
                .map(|i| (Block::new(n), *i)),
        );
    }
    out
}

/// Turns a guard into a branch. `None` if the instruction is no guard of that block whose condition is a truth value:
/// checked arithmetic, allocation and safepoints stay exits.
pub fn split(f: &mut Func, block: Block, guard: Inst) -> Option<Joint> {
    let at = f.blocks[block.index()]
        .insts
        .iter()
        .position(|i| *i == guard)?;
    let d = f.inst(guard).clone();
    let (snap, v) = (d.snap?, *d.args.first()?);
    // What is computed instead of the guard, and whether the guard passes when it is true.
    let mut before: Vec<InstData> = Vec::new();
    let mut passes = true;
    match d.op {
        Op::GuardTrue => {}
        Op::GuardFalse => passes = false,
        Op::GuardInt => before.push(InstData::new(Op::IsInt, &[v])),
        Op::GuardFloat => before.push(InstData::new(Op::IsFloat, &[v])),
        Op::GuardObj => before.push(InstData::new(Op::IsObj, &[v])),
        Op::GuardFit => before.push(InstData::new(Op::Fits, &[v])),
        Op::GuardVal => {
            let c = constant(f, Type::Val, d.imm);
            before.push(InstData::new(Op::Veq, &[v, c]));
        }
        Op::GuardNotEmpty => {
            let c = constant(f, Type::Val, boxed::EMPTY);
            before.push(InstData::new(Op::Veq, &[v, c]));
            passes = false;
        }
        Op::GuardBool => {
            let (t, u) = (
                constant(f, Type::Val, boxed::TRUE),
                constant(f, Type::Val, boxed::FALSE),
            );
            let first = f.make_inst(InstData::new(Op::Veq, &[v, t]));
            let second = f.make_inst(InstData::new(Op::Veq, &[v, u]));
            let (a, b) = (f.inst(first).result?, f.inst(second).result?);
            let at = f.blocks[block.index()]
                .insts
                .iter()
                .position(|i| *i == guard)?;
            f.blocks[block.index()]
                .insts
                .splice(at..at, [first, second]);
            before.push(InstData::new(Op::Bor, &[a, b]));
        }
        Op::GuardShape => {
            let c = constant(f, Type::I64, d.imm);
            let mut load = InstData::new(Op::LoadU32, &[v]);
            load.mem = super::func::MemRef {
                off: boxed::SHAPE,
                class: AliasClass::HEADER,
            };
            let i = f.make_inst(load);
            let shape = f.inst(i).result?;
            let at = f.blocks[block.index()]
                .insts
                .iter()
                .position(|i| *i == guard)?;
            f.blocks[block.index()].insts.insert(at, i);
            before.push(InstData::new(Op::Ieq, &[shape, c]));
        }
        _ => return None,
    }
    // Constants may have been added to the entry, which may be this block.
    let at = f.blocks[block.index()]
        .insts
        .iter()
        .position(|i| *i == guard)
        .unwrap_or(at);
    let (pass, side) = (f.add_block(), f.add_block());
    let rest = f.blocks[block.index()].insts.split_off(at);
    f.blocks[pass.index()].insts = rest[1..].to_vec();
    let mut cond = v;
    for d in before {
        let i = f.append(block, d);
        cond = f.inst(i).result?;
    }
    let mut branch = InstData::new(Op::Brif, &[cond]);
    let edge = |block| Succ {
        block,
        args: Default::default(),
    };
    branch.succs.push(edge(if passes { pass } else { side }));
    branch.succs.push(edge(if passes { side } else { pass }));
    f.append(block, branch);
    f.append(side, InstData::new(Op::Exit, &[]).at(snap));
    Some(Joint { pass, side, snap })
}
