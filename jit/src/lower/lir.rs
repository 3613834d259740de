//! The lowered form: what to do on some machine with registers, for one mode, before and after register
//! allocation. It has memory operands, small immediates, tests fused into guards, and exits; it does not know how
//! an instruction is encoded or which registers there are.

use crate::ir::{AllocInfo, Op, Replace, Snap, Value};
use core::fmt;

/// Which registers can hold something.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Class {
    /// General registers.
    Int,
    /// Vector registers.
    Float,
}

/// A place: virtual before register allocation, a register or (only in exits) a stack slot after.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reg {
    /// Not yet assigned.
    V(u32, Class),
    /// A machine register by hardware number.
    P(u8, Class),
    /// A spill slot.
    S(u32),
}

impl Reg {
    /// The machine register's number. Only instructions after register allocation are asked.
    pub fn hw(self) -> u8 {
        match self {
            Reg::P(n, _) => n,
            _ => 0,
        }
    }
}

impl fmt::Display for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reg::V(n, Class::Int) => write!(f, "%{n}"),
            Reg::V(n, Class::Float) => write!(f, "%f{n}"),
            Reg::P(n, Class::Int) => write!(f, "r{n}"),
            Reg::P(n, Class::Float) => write!(f, "x{n}"),
            Reg::S(n) => write!(f, "slot{n}"),
        }
    }
}

impl fmt::Debug for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The base of a memory operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Base {
    /// A register.
    Reg(Reg),
    /// The thread record, which has a register of its own.
    Thread,
    /// An entry of the function's constant pool.
    Pool(u32),
}

/// A memory operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mem {
    /// Base.
    pub base: Base,
    /// Index, multiplied by `scale`.
    pub index: Option<Reg>,
    /// 1, 2, 4 or 8.
    pub scale: u8,
    /// Added.
    pub disp: i32,
}

impl Mem {
    /// `[base + disp]`.
    pub fn at(base: Reg, disp: i32) -> Mem {
        Mem {
            base: Base::Reg(base),
            index: None,
            scale: 1,
            disp,
        }
    }
    /// `[thread + disp]`.
    pub fn thread(disp: i32) -> Mem {
        Mem {
            base: Base::Thread,
            index: None,
            scale: 1,
            disp,
        }
    }
    /// A constant of the pool.
    pub fn pool(n: u32) -> Mem {
        Mem {
            base: Base::Pool(n),
            index: None,
            scale: 1,
            disp: 0,
        }
    }
}

/// The second operand of many instructions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rhs {
    /// A register.
    Reg(Reg),
    /// A small constant, sign-extended.
    Imm(i32),
    /// Memory.
    Mem(Mem),
}

/// Integer arithmetic of two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Alu {
    Add,
    Sub,
    And,
    Or,
    Xor,
    Mul,
}

/// Shifts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Sh {
    Shl,
    Sar,
    Shr,
}

/// Double arithmetic of two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Fp {
    Add,
    Sub,
    Mul,
    Div,
}

/// Operations of one operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Un {
    Neg,
    Not,
    Fneg,
    Fabs,
    Fsqrt,
    Ffloor,
    Fceil,
    Ftrunc,
    /// Integer to double.
    I2f,
    /// Bits of a double.
    Fbits,
    /// Double of bits.
    Bitsf,
    BoxInt,
    UnboxInt,
    BoxFloat,
}

/// Integer conditions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Cc {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Ult,
    Uge,
    Ule,
    Ugt,
}

impl Cc {
    /// The opposite condition.
    pub fn opposite(self) -> Cc {
        match self {
            Cc::Eq => Cc::Ne,
            Cc::Ne => Cc::Eq,
            Cc::Lt => Cc::Ge,
            Cc::Le => Cc::Gt,
            Cc::Gt => Cc::Le,
            Cc::Ge => Cc::Lt,
            Cc::Ult => Cc::Uge,
            Cc::Uge => Cc::Ult,
            Cc::Ule => Cc::Ugt,
            Cc::Ugt => Cc::Ule,
        }
    }
    /// The condition for exchanged operands.
    pub fn swapped(self) -> Cc {
        match self {
            Cc::Lt => Cc::Gt,
            Cc::Le => Cc::Ge,
            Cc::Gt => Cc::Lt,
            Cc::Ge => Cc::Le,
            Cc::Ult => Cc::Ugt,
            Cc::Uge => Cc::Ule,
            Cc::Ule => Cc::Uge,
            Cc::Ugt => Cc::Ult,
            c => c,
        }
    }
}

/// Double conditions; the others come by exchanging operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Fcc {
    Eq,
    Ne,
    Gt,
    Ge,
}

/// Tags of boxed values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Tag {
    Int,
    Float,
    Obj,
}

/// Width of an access or comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Width {
    U8,
    U32,
    I32,
    W64,
    F64,
}

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TestKind {
    /// Integer comparison; at most one side is memory.
    Cmp(Cc, Width, Rhs, Rhs),
    /// Double comparison.
    Fcmp(Fcc, Reg, Rhs),
    /// The register is not 0.
    True(Reg),
    /// The boxed value has this tag.
    Tag(Tag, Reg),
    /// The integer fits an inline payload.
    Fits(Reg),
}

/// A question and whether its answer is turned around.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Test {
    /// The question.
    pub kind: TestKind,
    /// Turn the answer around.
    pub not: bool,
}

/// Names an exit of the function: its position in [`LFunc::exits`].
pub type ExitId = u32;

/// What happens when a count reaches zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Zero {
    /// It cannot.
    Never,
    /// The destroying helper is called.
    Destroy,
    /// The destroying helper is called and the code leaves.
    Leave,
}

/// An argument that only some ways of an instruction need.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// It is made there.
    Const(u64),
    /// It is at hand.
    Reg(Reg),
}

/// The operands of [`LInst::Replace`]. `tagged`: the new word may be a pointer.
#[derive(Clone, Copy, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Replacing {
    pub what: Replace,
    pub old: Reg,
    pub scratch: Reg,
    pub obj: Reg,
    pub place: Place,
    pub new: Reg,
    pub tagged: bool,
    pub helper: u32,
}

/// An instruction.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum LInst {
    /// A copy; after register allocation also from and to stack slots.
    Move {
        dst: Reg,
        src: Reg,
    },
    /// Receives the parameters.
    Entry {
        thread: Reg,
        base: Reg,
    },
    Const {
        dst: Reg,
        bits: u64,
    },
    Alu {
        op: Alu,
        dst: Reg,
        a: Reg,
        b: Rhs,
    },
    /// Leaves on signed overflow.
    AluOvf {
        op: Alu,
        dst: Reg,
        a: Reg,
        b: Rhs,
        exit: ExitId,
    },
    Shift {
        op: Sh,
        dst: Reg,
        a: Reg,
        b: Rhs,
    },
    ShlOvf {
        dst: Reg,
        a: Reg,
        b: Reg,
        exit: ExitId,
    },
    Un {
        op: Un,
        dst: Reg,
        a: Reg,
    },
    /// The double of a boxed value, by subtracting `bias` (a pair in the pool); with an exit, leaves if the value is
    /// no double.
    Unbox {
        dst: Reg,
        src: Rhs,
        bias: Mem,
        exit: Option<ExitId>,
    },
    /// Floor division or remainder.
    Div {
        rem: bool,
        dst: Reg,
        a: Reg,
        b: Reg,
        exit: ExitId,
    },
    F2i {
        dst: Reg,
        a: Reg,
        exit: ExitId,
    },
    Falu {
        op: Fp,
        dst: Reg,
        a: Reg,
        b: Rhs,
    },
    Set {
        dst: Reg,
        test: Test,
    },
    Select {
        dst: Reg,
        test: Test,
        a: Reg,
        b: Reg,
    },
    /// Leaves unless the test holds.
    Guard {
        test: Test,
        exit: ExitId,
    },
    Load {
        dst: Reg,
        mem: Mem,
        width: Width,
    },
    Store {
        mem: Mem,
        src: Rhs,
        width: Width,
    },
    Lea {
        dst: Reg,
        mem: Mem,
    },
    Call {
        helper: u32,
        args: Vec<Reg>,
        ret: Option<Reg>,
        exit: Option<ExitId>,
    },
    /// Calls compiled code.
    Enter {
        dst: Reg,
        entry: Reg,
        base: Reg,
    },
    /// Takes a reference; `owner` holds this thread's owner slot in Multi. `tagged`: a boxed value, perhaps no pointer.
    RcInc {
        obj: Reg,
        owner: Option<Reg>,
        tagged: bool,
    },
    /// Marks an object as one that others may find; a boxed value, perhaps no pointer.
    Publish {
        obj: Reg,
    },
    /// Drops a reference.
    RcDec {
        obj: Reg,
        owner: Option<Reg>,
        tagged: bool,
        zero: Zero,
        exit: Option<ExitId>,
    },
    Alloc {
        dst: Reg,
        info: AllocInfo,
        exit: ExitId,
    },
    /// Replaces a boxed word of an object, in Multi: under the thread's own lock, or else by the helper.
    Replace(Replacing),
    /// Head of a loop whose back edges may be patched to leave through `exit`.
    LoopHead {
        exit: ExitId,
    },
    /// A place that may be patched to leave.
    PatchNop {
        exit: ExitId,
    },
    Jump {
        to: u32,
        args: Vec<Reg>,
    },
    Br {
        test: Test,
        then: u32,
        other: u32,
    },
    Exit {
        exit: ExitId,
    },
    Ret {
        v: Reg,
    },
}

/// What an operand is to its instruction; the target turns it into a constraint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Read at the start.
    Use,
    /// Read until the end: shares no register with results.
    UseLate,
    /// Written at the end.
    Def,
    /// Written while operands are still read.
    DefEarly,
    /// Written at the end; on two-operand machines into the register of the next operand.
    DefReuse,
    /// Count of a shift.
    Count,
    /// Dividend, and quotient or remainder.
    Dividend,
    /// Quotient.
    Quotient,
    /// Remainder.
    Remainder,
    /// Argument of a call by position within its class.
    Arg(u8),
    /// Result of a call.
    Result,
    /// Value returned beside the exit id.
    Return,
    /// Parameter of the function by position.
    Param(u8),
    /// Anywhere, also in memory; read by an exit before the instruction's results are written.
    Exit,
    /// The same, read after they are written.
    ExitLate,
}

type Visit<'a> = &'a mut dyn FnMut(&mut Reg, Role);

fn mem(m: &mut Mem, f: Visit<'_>, role: Role) {
    if let Base::Reg(r) = &mut m.base {
        f(r, role);
    }
    if let Some(r) = &mut m.index {
        f(r, role);
    }
}

fn rhs(r: &mut Rhs, f: Visit<'_>, role: Role) {
    match r {
        Rhs::Reg(r) => f(r, role),
        Rhs::Mem(m) => mem(m, f, role),
        Rhs::Imm(_) => {}
    }
}

fn test(t: &mut Test, f: Visit<'_>, role: Role) {
    match &mut t.kind {
        TestKind::Cmp(_, _, a, b) => {
            rhs(a, f, role);
            rhs(b, f, role);
        }
        TestKind::Fcmp(_, a, b) => {
            f(a, role);
            rhs(b, f, role);
        }
        TestKind::True(r) | TestKind::Tag(_, r) | TestKind::Fits(r) => f(r, role),
    }
}

impl LInst {
    /// Calls `f` with each register of the instruction (not of its exit, nor block arguments), always in the same
    /// order: the one place that knows where registers are.
    pub fn visit(&mut self, f: Visit<'_>) {
        use Role::*;
        match self {
            LInst::Entry { thread, base } => {
                f(thread, Param(0));
                f(base, Param(1));
            }
            LInst::Const { dst, .. } => f(dst, Def),
            LInst::Alu { dst, a, b, .. }
            | LInst::AluOvf { dst, a, b, .. }
            | LInst::Falu { dst, a, b, .. } => {
                f(dst, DefReuse);
                f(a, Use);
                rhs(b, f, Use);
            }
            LInst::Shift { dst, a, b, .. } => {
                f(dst, DefReuse);
                f(a, Use);
                rhs(b, f, Count);
            }
            LInst::ShlOvf { dst, a, b, .. } => {
                f(dst, DefEarly);
                f(a, Use);
                f(b, Count);
            }
            LInst::Un { op, dst, a } => {
                let reuse = matches!(
                    op,
                    Un::Neg | Un::Not | Un::BoxInt | Un::UnboxInt | Un::Fneg | Un::Fabs
                );
                f(dst, if reuse { DefReuse } else { Def });
                f(a, Use);
            }
            LInst::Unbox { dst, src, .. } => {
                f(dst, Def);
                rhs(src, f, Use);
            }
            LInst::Div { rem, dst, a, b, .. } => {
                f(dst, if *rem { Remainder } else { Quotient });
                f(a, Dividend);
                f(b, UseLate);
            }
            LInst::F2i { dst, a, .. } => {
                f(dst, Def);
                f(a, UseLate);
            }
            LInst::Set { dst, test: t } => {
                f(dst, Def);
                test(t, f, Use);
            }
            LInst::Select { dst, test: t, a, b } => {
                f(dst, DefReuse);
                f(b, Use);
                f(a, UseLate);
                test(t, f, UseLate);
            }
            LInst::Guard { test: t, .. } | LInst::Br { test: t, .. } => test(t, f, Use),
            LInst::Load { dst, mem: m, .. } | LInst::Lea { dst, mem: m } => {
                f(dst, Def);
                mem(m, f, Use);
            }
            LInst::Store { mem: m, src, .. } => {
                mem(m, f, Use);
                rhs(src, f, Use);
            }
            LInst::Call { args, ret, .. } => {
                let (mut ints, mut floats) = (0, 0);
                for r in args {
                    let n = match r {
                        Reg::V(_, Class::Float) | Reg::P(_, Class::Float) => &mut floats,
                        _ => &mut ints,
                    };
                    *n += 1;
                    let n = *n - 1;
                    f(r, Arg(n));
                }
                if let Some(r) = ret {
                    f(r, Result);
                }
            }
            LInst::Enter { dst, entry, base } => {
                f(base, Arg(1));
                f(entry, Arg(2));
                f(dst, Result);
            }
            LInst::RcInc { obj, owner, .. } | LInst::RcDec { obj, owner, .. } => {
                f(obj, Use);
                if let Some(r) = owner {
                    f(r, Use);
                }
            }
            LInst::Publish { obj } => f(obj, Use),
            LInst::Alloc { dst, .. } => f(dst, DefEarly),
            LInst::Replace(Replacing {
                old,
                scratch,
                obj,
                place,
                new,
                ..
            }) => {
                f(old, DefEarly);
                f(scratch, DefEarly);
                f(obj, UseLate);
                if let Place::Reg(r) = place {
                    f(r, UseLate);
                }
                f(new, UseLate);
            }
            LInst::Ret { v } => f(v, Return),
            LInst::Move { dst, src } => {
                f(dst, Def);
                f(src, Use);
            }
            LInst::LoopHead { .. }
            | LInst::PatchNop { .. }
            | LInst::Jump { .. }
            | LInst::Exit { .. } => {}
        }
    }

    /// The exit of the instruction, and whether it is taken after results were written.
    pub fn exit(&self) -> Option<(ExitId, bool)> {
        Some(match *self {
            LInst::AluOvf { exit, .. }
            | LInst::ShlOvf { exit, .. }
            | LInst::Div { exit, .. }
            | LInst::F2i { exit, .. }
            | LInst::Alloc { exit, .. } => (exit, true),
            LInst::Call {
                exit: Some(exit), ..
            } => (exit, true),
            LInst::Unbox {
                exit: Some(exit), ..
            } => (exit, true),
            LInst::RcDec {
                exit: Some(exit), ..
            } => (exit, false),
            LInst::Guard { exit, .. }
            | LInst::LoopHead { exit }
            | LInst::PatchNop { exit }
            | LInst::Exit { exit } => (exit, false),
            _ => return None,
        })
    }

    /// The blocks that the instruction goes to.
    pub fn targets(&self) -> Vec<u32> {
        match *self {
            LInst::Jump { to, .. } => vec![to],
            LInst::Br { then, other, .. } => vec![then, other],
            _ => Vec::new(),
        }
    }

    /// Ends a block without going to another.
    pub fn leaves(&self) -> bool {
        matches!(self, LInst::Exit { .. } | LInst::Ret { .. })
    }
}

/// Where an exit finds a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loc {
    /// In a register or slot.
    Reg(Reg),
    /// It is this constant.
    Const(u64),
    /// In the place of the instruction's result, once the instruction is undone.
    Undone,
}

/// An exit.
#[derive(Clone, Debug, PartialEq)]
pub struct LExit {
    /// The state to rebuild.
    pub snap: Snap,
    /// The operation that leaves: the reason.
    pub op: Op,
    /// Each value of the snapshot once, and where it is.
    pub vals: Vec<(Value, Loc)>,
    /// Assumption, if it is a patch point for one.
    pub assumption: Option<u32>,
}

/// A block.
#[derive(Clone, Debug, Default)]
pub struct LBlock {
    /// Parameters.
    pub params: Vec<Reg>,
    /// Instructions.
    pub insts: Vec<LInst>,
    /// Is a loop header.
    pub header: bool,
}

/// A lowered function. Blocks are in the order of emission, the entry first.
#[derive(Clone, Debug, Default)]
pub struct LFunc {
    /// Blocks.
    pub blocks: Vec<LBlock>,
    /// Exits.
    pub exits: Vec<LExit>,
    /// Constants to be loaded from memory.
    pub pool: Vec<u64>,
    /// Number of virtual registers.
    pub vregs: u32,
    /// Spill slots, after register allocation.
    pub slots: u32,
}
