//! The lowered form as text, for dumps.

use super::lir::{Base, LFunc, LInst, Loc, Mem, Rhs, Test, TestKind};
use core::fmt;

fn show_mem(m: &Mem) -> String {
    let mut s = match m.base {
        Base::Reg(r) => format!("[{r}"),
        Base::Thread => "[thread".into(),
        Base::Pool(n) => return format!("pool{n}"),
    };
    if let Some(i) = m.index {
        s += &format!(" + {i}*{}", m.scale);
    }
    if m.disp != 0 {
        s += &format!(
            " {} {}",
            if m.disp < 0 { '-' } else { '+' },
            m.disp.unsigned_abs()
        );
    }
    s + "]"
}

fn show_rhs(r: &Rhs) -> String {
    match r {
        Rhs::Reg(r) => r.to_string(),
        Rhs::Imm(n) => n.to_string(),
        Rhs::Mem(m) => show_mem(m),
    }
}

fn show_test(t: &Test) -> String {
    let not = if t.not { "not " } else { "" };
    match &t.kind {
        TestKind::Cmp(cc, w, a, b) => format!("{not}{cc:?}.{w:?} {}, {}", show_rhs(a), show_rhs(b)),
        TestKind::Fcmp(cc, a, b) => format!("{not}f{cc:?} {a}, {}", show_rhs(b)),
        TestKind::True(r) => format!("{not}{r}"),
        TestKind::Tag(t, r) => format!("{not}{t:?}? {r}"),
        TestKind::Fits(r) => format!("{not}fits {r}"),
    }
}

impl fmt::Display for LInst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LInst::Move { dst, src } => write!(f, "{dst} = {src}"),
            LInst::Entry { thread, base } => write!(f, "{thread}, {base} = entry"),
            LInst::Const { dst, bits } => write!(f, "{dst} = {bits:#x}"),
            LInst::Alu { op, dst, a, b } => write!(f, "{dst} = {op:?} {a}, {}", show_rhs(b)),
            LInst::AluOvf {
                op,
                dst,
                a,
                b,
                exit,
            } => write!(f, "{dst} = {op:?}Ovf {a}, {} !{exit}", show_rhs(b)),
            LInst::Shift { op, dst, a, b } => write!(f, "{dst} = {op:?} {a}, {}", show_rhs(b)),
            LInst::ShlOvf { dst, a, b, exit } => write!(f, "{dst} = ShlOvf {a}, {b} !{exit}"),
            LInst::Un { op, dst, a } => write!(f, "{dst} = {op:?} {a}"),
            LInst::Div {
                rem,
                dst,
                a,
                b,
                exit,
            } => {
                write!(
                    f,
                    "{dst} = {} {a}, {b} !{exit}",
                    if *rem { "Mod" } else { "Div" }
                )
            }
            LInst::Unbox { dst, src, exit, .. } => {
                write!(f, "{dst} = Unbox {}", show_rhs(src))?;
                exit.map_or(Ok(()), |e| write!(f, " !{e}"))
            }
            LInst::F2i { dst, a, exit } => write!(f, "{dst} = F2i {a} !{exit}"),
            LInst::Falu { op, dst, a, b } => write!(f, "{dst} = F{op:?} {a}, {}", show_rhs(b)),
            LInst::Set { dst, test } => write!(f, "{dst} = {}", show_test(test)),
            LInst::Select { dst, test, a, b } => {
                write!(f, "{dst} = {} ? {a} : {b}", show_test(test))
            }
            LInst::Guard { test, exit } => write!(f, "Guard {} !{exit}", show_test(test)),
            LInst::Load { dst, mem, width } => {
                write!(f, "{dst} = Load.{width:?} {}", show_mem(mem))
            }
            LInst::Store { mem, src, width } => {
                write!(f, "Store.{width:?} {}, {}", show_mem(mem), show_rhs(src))
            }
            LInst::Lea { dst, mem } => write!(f, "{dst} = Lea {}", show_mem(mem)),
            LInst::Call {
                helper,
                args,
                ret,
                exit,
            } => {
                if let Some(r) = ret {
                    write!(f, "{r} = ")?;
                }
                write!(f, "Call h{helper} {args:?}")?;
                exit.map_or(Ok(()), |e| write!(f, " !{e}"))
            }
            LInst::Enter { dst, entry, base } => write!(f, "{dst} = Enter {entry}, {base}"),
            LInst::RcInc { obj, owner, tagged } => {
                write!(f, "RcInc {obj} owner {owner:?} tagged {tagged}")
            }
            LInst::Publish { obj } => write!(f, "Publish {obj}"),
            LInst::RcDec {
                obj,
                owner,
                tagged,
                zero,
                exit,
            } => {
                write!(
                    f,
                    "RcDec {obj} owner {owner:?} tagged {tagged} zero {zero:?} {exit:?}"
                )
            }
            LInst::Alloc { dst, info, exit } => write!(
                f,
                "{dst} = Alloc {} shape {} !{exit}",
                info.size, info.shape
            ),
            LInst::Replace(i) => write!(
                f,
                "{} = Replace {:?} {} {:?} {} h{}",
                i.old, i.what, i.obj, i.place, i.new, i.helper
            ),
            LInst::LoopHead { exit } => write!(f, "LoopHead !{exit}"),
            LInst::PatchNop { exit } => write!(f, "PatchNop !{exit}"),
            LInst::Jump { to, args } => write!(f, "Jump L{to} {args:?}"),
            LInst::Br { test, then, other } => write!(f, "Br {} L{then} L{other}", show_test(test)),
            LInst::Exit { exit } => write!(f, "Exit !{exit}"),
            LInst::Ret { v } => write!(f, "Ret {v}"),
        }
    }
}

impl fmt::Display for LFunc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, b) in self.blocks.iter().enumerate() {
            writeln!(
                f,
                "L{n}{:?}:{}",
                b.params,
                if b.header { " ; loop" } else { "" }
            )?;
            for i in &b.insts {
                writeln!(f, "    {i}")?;
            }
        }
        for (n, e) in self.exits.iter().enumerate() {
            write!(f, "!{n} {} {}", e.op.info().text, e.snap)?;
            for (v, loc) in &e.vals {
                match loc {
                    Loc::Reg(r) => write!(f, " {v}={r}")?,
                    Loc::Const(c) => write!(f, " {v}={c:#x}")?,
                    Loc::Undone => write!(f, " {v}=undone")?,
                }
            }
            writeln!(f)?;
        }
        for (n, c) in self.pool.iter().enumerate() {
            writeln!(f, "pool{n} {c:#x}")?;
        }
        Ok(())
    }
}
