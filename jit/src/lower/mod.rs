//! From IR to the lowered form, for one mode. Single and Multi differ here and nowhere else: reference counts,
//! safepoints, allocation.
//!
//! Blocks are laid out in reverse postorder, so that the expected successor of a branch follows it; edges that
//! need moves get blocks of their own. A comparison or load with one use nearby is not computed for itself but
//! becomes part of the instruction that uses it.

pub mod lir;
mod replace;
mod select;
mod show;

use crate::ir::cfg::Cfg;
use crate::ir::{Block, Func, InstData, Op, Value};
use crate::options::{Mode, Options};
use lir::{Class, ExitId, LBlock, LExit, LFunc, LInst, Loc, Reg};

/// Lowers a verified function.
pub fn lower(f: &Func, mode: Mode, opts: &Options) -> LFunc {
    let cfg = Cfg::new(f);
    let mut lw = Lower {
        f,
        mode,
        opts,
        uses: f.use_counts(),
        regs: vec![None; f.values.len()],
        fused: vec![false; f.values.len()],
        out: LFunc::default(),
        current: Vec::new(),
        owner: None,
        guards: 0,
        unboxed_at_guard: vec![None; f.values.len()],
        done: vec![false; f.values.len()],
        named: vec![0; f.values.len()],
    };
    // Positions of IR blocks in the output; edge blocks are inserted after the block that branches.
    let mut position = vec![u32::MAX; f.blocks.len()];
    let mut n = 0;
    for &b in &cfg.rpo {
        position[b.index()] = n;
        n += 1 + lw.edge_blocks(&cfg, b).into_iter().filter(|e| *e).count() as u32;
    }
    for &b in &cfg.rpo {
        let mut block = LBlock {
            header: cfg.loop_of_header(b).is_some(),
            ..LBlock::default()
        };
        if b != f.entry() {
            block.params = f.blocks[b.index()]
                .params
                .iter()
                .map(|v| lw.reg(*v))
                .collect();
        } else {
            let (thread, base) = (lw.reg(f.thread()), lw.reg(f.base()));
            lw.current.push(LInst::Entry { thread, base });
            if mode == Mode::Multi && lw.has_counts() {
                lw.load_owner();
            }
        }
        lw.find_fused(b);
        let insts = &f.blocks[b.index()].insts;
        let (last, body) = match insts.split_last() {
            Some((last, body)) => (f.inst(*last), body),
            None => continue,
        };
        for i in body {
            lw.inst(f.inst(*i));
        }
        let edges = lw.edge_blocks(&cfg, b);
        lw.terminator(last, &edges, &position, position[b.index()]);
        block.insts = core::mem::take(&mut lw.current);
        lw.out.blocks.push(block);
        for (k, _) in edges.iter().enumerate().filter(|(_, e)| **e) {
            let s = &last.succs[k];
            let args = s.args.iter().map(|v| lw.use_reg(*v)).collect();
            lw.current.push(LInst::Jump {
                to: position[s.block.index()],
                args,
            });
            let insts = core::mem::take(&mut lw.current);
            lw.out.blocks.push(LBlock {
                insts,
                ..LBlock::default()
            });
        }
    }
    lw.out
}

/// The state of one lowering.
struct Lower<'a> {
    f: &'a Func,
    mode: Mode,
    opts: &'a Options,
    uses: Vec<u32>,
    regs: Vec<Option<Reg>>,
    /// Values that are part of the instruction that uses them.
    fused: Vec<bool>,
    out: LFunc,
    current: Vec<LInst>,
    /// Multi: this thread's owner slot.
    owner: Option<Reg>,
    /// Guards so far, for `Options::exit_every`.
    guards: u32,
    /// For a value that is guarded to be a double: the unboxed form that the guard computes as well.
    unboxed_at_guard: Vec<Option<Value>>,
    /// Results that an earlier instruction has computed.
    done: Vec<bool>,
    /// For each value the number of the last exit that names it, counted from 1.
    named: Vec<u32>,
}

impl Lower<'_> {
    fn new_reg(&mut self, class: Class) -> Reg {
        self.out.vregs += 1;
        Reg::V(self.out.vregs - 1, class)
    }

    /// The register of a value: made at its first mention.
    fn reg(&mut self, v: Value) -> Reg {
        if let Some(r) = self.regs[v.index()] {
            return r;
        }
        let class = if self.f.ty(v).is_float() {
            Class::Float
        } else {
            Class::Int
        };
        let r = self.new_reg(class);
        self.regs[v.index()] = Some(r);
        r
    }

    /// The successors of `b` that need an edge block.
    fn edge_blocks(&self, cfg: &Cfg, b: Block) -> Vec<bool> {
        let succs = self.f.succs(b);
        if succs.len() < 2 {
            return vec![false; succs.len()];
        }
        succs
            .iter()
            .map(|s| !s.args.is_empty() || cfg.preds[s.block.index()].len() > 1)
            .collect()
    }

    fn has_counts(&self) -> bool {
        use Op::*;
        let mut insts = self
            .f
            .blocks
            .iter()
            .flat_map(|b| &b.insts)
            .map(|i| self.f.inst(*i).op);
        insts.any(|op| {
            matches!(
                op,
                Incref | Decref | DecrefLeaf | DecrefLive | DecrefGuard | IncrefVal | DecrefVal
            )
        })
    }

    /// Registers an exit of `d`: each value of the snapshot once.
    fn exit(&mut self, d: &InstData) -> ExitId {
        let Some(snap) = d.snap else { return 0 };
        let mut seen: Vec<Value> = Vec::new();
        let number = self.out.exits.len() as u32 + 1;
        self.f.snaps[snap.index()].for_each(|v| {
            if std::mem::replace(&mut self.named[v.index()], number) != number {
                seen.push(v);
            }
        });
        let vals = seen
            .into_iter()
            .map(|v| match self.f.as_const(v) {
                Some(c) => (v, Loc::Const(c)),
                None => (v, Loc::Reg(self.reg(v))),
            })
            .collect();
        let assumption = (d.op == Op::Patch).then_some(d.imm as u32);
        self.out.exits.push(LExit {
            snap,
            op: d.op,
            vals,
            assumption,
        });
        self.out.exits.len() as ExitId - 1
    }

    fn terminator(&mut self, d: &InstData, edges: &[bool], position: &[u32], here: u32) {
        let target = |k: usize| match edges[k] {
            true => here + 1 + edges[..k].iter().filter(|e| **e).count() as u32,
            false => position[d.succs[k].block.index()],
        };
        match d.op {
            Op::Jump => {
                let args = d.succs[0].args.iter().map(|v| self.use_reg(*v)).collect();
                self.current.push(LInst::Jump {
                    to: target(0),
                    args,
                });
            }
            Op::Brif => {
                let test = self.test(d.args[0], false);
                self.current.push(LInst::Br {
                    test,
                    then: target(0),
                    other: target(1),
                });
            }
            Op::Ret => {
                let v = self.use_reg(d.args[0]);
                self.current.push(LInst::Ret { v });
            }
            _ => {
                let exit = self.exit(d);
                self.current.push(LInst::Exit { exit });
            }
        }
    }
}
