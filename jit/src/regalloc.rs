//! Register allocation over a lowered function, by `regalloc2`.
//!
//! An exit's values are operands of the instruction that leaves, with the constraint "anywhere": they cost no
//! register and are found where they happen to be. An addition or subtraction that leaves on overflow would keep
//! its first operand alive past itself if its exit names it; instead the exit undoes the operation (`Loc::Undone`)
//! and so the addition can work in place.

use crate::lower::lir::{Alu, Class, LFunc, LInst, Loc, Reg, Rhs, Role};
use regalloc2::{
    Allocation, Block, Edit, Function, Inst, InstRange, MachineEnv, Operand, OperandConstraint,
    OperandKind, OperandPos, PReg, PRegSet, RegClass, RegallocOptions, VReg,
};

/// What register allocation needs to know about a machine.
pub trait Target {
    /// Constraint and position of an operand; `next` is the position of the operand that follows.
    fn constraint(
        &self,
        role: Role,
        class: Class,
        next: usize,
    ) -> (OperandConstraint, OperandKind, OperandPos);
    /// Registers that an instruction destroys, besides its results.
    fn clobbers(&self, inst: &LInst) -> PRegSet;
    /// The registers to allocate; a seed other than 0 asks for few and in random order.
    fn env(&self, chaos: u64) -> MachineEnv;
}

/// The function as `regalloc2` wants to see it.
struct View {
    blocks: Vec<ViewBlock>,
    /// Operands of all instructions, and where those of each end.
    operands: Vec<Operand>,
    ends: Vec<u32>,
    clobbers: Vec<PRegSet>,
    branch: Vec<u8>,
    /// Arguments of the jumps, by block.
    jump_args: Vec<Vec<VReg>>,
    vregs: usize,
}

struct ViewBlock {
    range: InstRange,
    succs: Vec<Block>,
    preds: Vec<Block>,
    params: Vec<VReg>,
}

const LEAVES: u8 = 1;
const BRANCHES: u8 = 2;

fn class(c: Class) -> RegClass {
    match c {
        Class::Int => RegClass::Int,
        Class::Float => RegClass::Float,
    }
}

fn vreg(r: Reg) -> VReg {
    match r {
        Reg::V(n, c) => VReg::new(n as usize, class(c)),
        _ => VReg::invalid(),
    }
}

impl View {
    fn new(f: &mut LFunc, target: &dyn Target) -> View {
        let mut view = View {
            blocks: Vec::new(),
            operands: Vec::new(),
            ends: Vec::new(),
            clobbers: Vec::new(),
            branch: Vec::new(),
            jump_args: Vec::new(),
            vregs: f.vregs as usize,
        };
        let (blocks, exits) = (&mut f.blocks, &mut f.exits);
        for b in blocks.iter_mut() {
            let start = view.ends.len();
            let mut args = Vec::new();
            let mut succs = Vec::new();
            for inst in &mut b.insts {
                let ops = &mut view.operands;
                let first = ops.len();
                undo_in_exit(inst, exits);
                inst.visit(&mut |r, role| {
                    if let Reg::V(_, c) = *r {
                        let (constraint, kind, pos) =
                            target.constraint(role, c, ops.len() - first + 1);
                        ops.push(Operand::new(vreg(*r), constraint, kind, pos));
                    }
                });
                if let Some((e, late)) = inst.exit() {
                    let role = if late { Role::ExitLate } else { Role::Exit };
                    for (_, loc) in &exits[e as usize].vals {
                        if let Loc::Reg(r @ Reg::V(_, c)) = *loc {
                            let (constraint, kind, pos) = target.constraint(role, c, 0);
                            ops.push(Operand::new(vreg(r), constraint, kind, pos));
                        }
                    }
                }
                let targets = inst.targets();
                view.branch.push(if inst.leaves() {
                    LEAVES
                } else {
                    u8::from(!targets.is_empty()) * BRANCHES
                });
                succs.extend(targets.iter().map(|t| Block::new(*t as usize)));
                if let LInst::Jump { args: given, .. } = inst {
                    args = given.iter().map(|r| vreg(*r)).collect();
                }
                view.clobbers.push(target.clobbers(inst));
                view.ends.push(view.operands.len() as u32);
            }
            view.jump_args.push(args);
            let range = InstRange::new(Inst::new(start), Inst::new(view.ends.len()));
            let params = b.params.iter().map(|r| vreg(*r)).collect();
            view.blocks.push(ViewBlock {
                range,
                succs,
                preds: Vec::new(),
                params,
            });
        }
        for n in 0..view.blocks.len() {
            for t in view.blocks[n].succs.clone() {
                view.blocks[t.index()].preds.push(Block::new(n));
            }
        }
        view
    }
}

/// Marks the first operand of an addition or subtraction as undone in its exit, where that is possible.
fn undo_in_exit(inst: &LInst, exits: &mut [crate::lower::lir::LExit]) {
    let LInst::AluOvf {
        op: Alu::Add | Alu::Sub,
        a,
        b,
        exit,
        ..
    } = inst
    else {
        return;
    };
    let clean = match b {
        Rhs::Imm(_) => true,
        Rhs::Reg(r) => r != a,
        Rhs::Mem(_) => false,
    };
    if clean {
        for (_, loc) in &mut exits[*exit as usize].vals {
            if *loc == Loc::Reg(*a) {
                *loc = Loc::Undone;
            }
        }
    }
}

impl Function for View {
    fn num_insts(&self) -> usize {
        self.ends.len()
    }
    fn num_blocks(&self) -> usize {
        self.blocks.len()
    }
    fn entry_block(&self) -> Block {
        Block::new(0)
    }
    fn block_insns(&self, block: Block) -> InstRange {
        self.blocks[block.index()].range
    }
    fn block_succs(&self, block: Block) -> &[Block] {
        &self.blocks[block.index()].succs
    }
    fn block_preds(&self, block: Block) -> &[Block] {
        &self.blocks[block.index()].preds
    }
    fn block_params(&self, block: Block) -> &[VReg] {
        &self.blocks[block.index()].params
    }
    fn is_ret(&self, insn: Inst) -> bool {
        self.branch[insn.index()] == LEAVES
    }
    fn is_branch(&self, insn: Inst) -> bool {
        self.branch[insn.index()] == BRANCHES
    }
    fn branch_blockparams(&self, block: Block, _: Inst, _: usize) -> &[VReg] {
        &self.jump_args[block.index()]
    }
    fn inst_operands(&self, insn: Inst) -> &[Operand] {
        let n = insn.index();
        let first = n.checked_sub(1).map_or(0, |p| self.ends[p] as usize);
        &self.operands[first..self.ends[n] as usize]
    }
    fn inst_clobbers(&self, insn: Inst) -> PRegSet {
        self.clobbers[insn.index()]
    }
    fn num_vregs(&self) -> usize {
        self.vregs
    }
    fn spillslot_size(&self, _: RegClass) -> usize {
        1
    }
}

fn place(a: Allocation) -> Reg {
    if let Some(p) = a.as_reg() {
        let c = if p.class() == RegClass::Float {
            Class::Float
        } else {
            Class::Int
        };
        return Reg::P(p.hw_enc() as u8, c);
    }
    Reg::S(a.as_stack().map_or(0, |s| s.index() as u32))
}

/// Replaces virtual registers by places and inserts the moves.
///
/// # Errors
/// What `regalloc2` or, with `check`, its checker said. It is always a bug of ours or a function that is too large.
pub fn allocate(f: &mut LFunc, target: &dyn Target, check: bool, chaos: u64) -> Result<(), String> {
    let view = View::new(f, target);
    let env = target.env(chaos);
    let run = |algorithm| {
        let options = RegallocOptions {
            verbose_log: false,
            validate_ssa: check,
            algorithm,
        };
        regalloc2::run(&view, &env, &options)
    };
    // One chaos seed in four uses the allocator that spills at every turn; it wants more exit values in registers
    // than there may be, and then the other one is used.
    let spilling = (chaos % 4 == 1)
        .then(|| run(regalloc2::Algorithm::Fastalloc).ok())
        .flatten();
    let out = match spilling {
        Some(out) => out,
        None => run(regalloc2::Algorithm::Ion).map_err(|e| e.to_string())?,
    };
    if check {
        let mut checker = regalloc2::checker::Checker::new(&view, &env);
        checker.prepare(&out);
        checker
            .run()
            .map_err(|e| format!("register allocation is wrong: {e:?}"))?;
    }
    f.slots = out.num_spillslots as u32;
    let mut edits = out.edits.iter().peekable();
    let mut n = 0;
    for b in &mut f.blocks {
        let old = core::mem::take(&mut b.insts);
        for mut inst in old {
            let at = Inst::new(n);
            n += 1;
            while let Some((_, Edit::Move { from, to })) =
                edits.next_if(|(p, _)| *p <= regalloc2::ProgPoint::before(at))
            {
                b.insts.push(LInst::Move {
                    dst: place(*to),
                    src: place(*from),
                });
            }
            let mut allocs = out.inst_allocs(at).iter();
            let mut assign = |r: &mut Reg| {
                if let (Reg::V(..), Some(a)) = (*r, allocs.next()) {
                    *r = place(*a);
                }
            };
            inst.visit(&mut |r, _| assign(r));
            if let Some((e, _)) = inst.exit() {
                for (_, loc) in &mut f.exits[e as usize].vals {
                    if let Loc::Reg(r) = loc {
                        assign(r);
                    }
                }
            }
            if let LInst::Jump { args, .. } = &mut inst {
                args.clear();
            }
            b.insts.push(inst);
            while let Some((_, Edit::Move { from, to })) =
                edits.next_if(|(p, _)| *p <= regalloc2::ProgPoint::after(at))
            {
                b.insts.push(LInst::Move {
                    dst: place(*to),
                    src: place(*from),
                });
            }
        }
        b.params.clear();
    }
    Ok(())
}

/// A set of machine registers.
pub fn set(regs: &[u8], c: Class) -> PRegSet {
    regs.iter()
        .map(|r| PReg::new(*r as usize, class(c)))
        .collect()
}
