//! The textual form of a function. `parse(print(f))` is `f` up to instructions that belong to no block.

use super::entity::Snap;
use super::func::{AllocInfo, Func, HelperDecl, InstData, Replace, SnapEntry, SnapVal, Snapshot};
use super::op::{Imm, Op};
use super::types::{ClassSet, Type};
use core::fmt::{self, Display, Formatter, Write};

fn list<T: Display>(f: &mut impl Write, items: impl IntoIterator<Item = T>) -> fmt::Result {
    for (i, item) in items.into_iter().enumerate() {
        write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
    }
    Ok(())
}

fn classes(f: &mut impl Write, word: &str, set: ClassSet) -> fmt::Result {
    match set {
        ClassSet::NONE => Ok(()),
        ClassSet::ALL => write!(f, " {word} all"),
        _ => {
            write!(f, " {word} ")?;
            let names: Vec<String> = set.iter().map(|c| c.to_string()).collect();
            f.write_str(&names.join("|"))
        }
    }
}

fn helper(f: &mut impl Write, h: &HelperDecl) -> fmt::Result {
    write!(f, "{:?} (", h.name)?;
    list(f, &h.args)?;
    f.write_str(")")?;
    if let Some(t) = h.ret {
        write!(f, " -> {t}")?;
    }
    classes(f, "reads", h.reads)?;
    classes(f, "writes", h.writes)?;
    for (on, word) in [
        (h.raises, "raises"),
        (h.python, "python"),
        (h.pure, "pure"),
        (!h.multi, "single"),
    ] {
        if on {
            write!(f, " {word}")?;
        }
    }
    match h.replaces {
        None => Ok(()),
        Some(Replace::Slot { offset, shape }) => write!(f, " replaces slot {offset} {shape}"),
        Some(Replace::Add { offset, shape, new }) => {
            write!(f, " replaces add {offset} {shape} {new}")
        }
        Some(Replace::Item { len, array, first }) => {
            write!(f, " replaces item {len} {array} {first}")
        }
        Some(Replace::Number {
            len,
            array,
            first,
            width,
        }) => write!(f, " replaces number {len} {array} {first} {width}"),
    }
}

/// Prints a double so that it parses back to the same bits.
fn float(f: &mut impl Write, bits: u64) -> fmt::Result {
    let x = f64::from_bits(bits);
    if x.is_nan() {
        write!(f, "nan:{bits:#x}")
    } else {
        write!(f, "{x:?}")
    }
}

fn snap_val(f: &mut impl Write, v: &SnapVal) -> fmt::Result {
    match *v {
        SnapVal::Value(v) => write!(f, "{v}"),
        SnapVal::Const(Type::I64, b) => write!(f, "i64 {}", b as i64),
        SnapVal::Const(Type::F64, b) => {
            f.write_str("f64 ")?;
            float(f, b)
        }
        SnapVal::Const(t, b) => write!(f, "{t} {b:#x}"),
        SnapVal::Virtual(n) => write!(f, "virtual {n}"),
    }
}

fn entries(f: &mut impl Write, prefix: &str, list: &[SnapEntry]) -> fmt::Result {
    f.write_str("{")?;
    for (i, e) in list.iter().enumerate() {
        write!(
            f,
            "{}{prefix}{}: {}",
            if i == 0 { " " } else { ", " },
            e.place,
            if e.incref { "+" } else { "" }
        )?;
        snap_val(f, &e.val)?;
    }
    f.write_str(if list.is_empty() { "}" } else { " }" })
}

fn alloc(f: &mut impl Write, a: &AllocInfo) -> fmt::Result {
    write!(f, "size {} shape {} flags {}", a.size, a.shape, a.flags)
}

/// Prints a snapshot without its name.
pub fn snapshot(f: &mut impl Write, s: &Snapshot) -> fmt::Result {
    f.write_str("[")?;
    let mut first = true;
    let mut sep = |f: &mut dyn Write| {
        let r = f.write_str(if first { "" } else { "; " });
        first = false;
        r
    };
    for fr in &s.frames {
        sep(f)?;
        write!(f, "frame {:#x} pc {} how {} ", fr.code, fr.pc, fr.how)?;
        entries(f, "r", &fr.regs)?;
    }
    for o in &s.virtuals {
        sep(f)?;
        f.write_str("object ")?;
        alloc(f, &o.alloc)?;
        f.write_str(" ")?;
        entries(f, "", &o.fields)?;
    }
    if !s.release.is_empty() {
        sep(f)?;
        f.write_str("release ")?;
        list(f, &s.release)?;
    }
    if s.otherwise {
        sep(f)?;
        f.write_str("otherwise")?;
    }
    f.write_str("]")
}

/// Prints one instruction.
pub fn inst(f: &mut impl Write, d: &InstData) -> fmt::Result {
    if let Some(v) = d.result {
        write!(f, "{v} = ")?;
    }
    f.write_str(d.op.info().text)?;
    if d.op == Op::Call {
        if let Some(h) = d.helper {
            write!(f, " {h}")?;
        }
        f.write_str("(")?;
        list(f, &d.args)?;
        f.write_str(")")?;
    } else if !d.args.is_empty() {
        f.write_str(" ")?;
        list(f, &d.args)?;
    }
    match d.op.info().imm {
        Imm::No | Imm::Helper => {}
        Imm::Int => write!(f, " {}", d.imm as i64)?,
        Imm::Float => {
            f.write_str(" ")?;
            float(f, d.imm)?;
        }
        Imm::Bool => f.write_str(if d.imm != 0 { " true" } else { " false" })?,
        Imm::Word => write!(f, " {:#x}", d.imm)?,
        Imm::Mem => write!(f, " [{}] {}", d.mem.off, d.mem.class)?,
        Imm::Off => write!(f, " [{}]", d.imm as i64)?,
        Imm::Alloc => {
            f.write_str(" ")?;
            alloc(f, &d.alloc)?;
        }
    }
    for (i, s) in d.succs.iter().enumerate() {
        write!(
            f,
            "{} {}(",
            if i == 0 && d.args.is_empty() { "" } else { "," },
            s.block
        )?;
        list(f, &s.args)?;
        f.write_str(")")?;
    }
    if let Some(s) = d.snap {
        write!(f, " @{s}")?;
    }
    Ok(())
}

impl Display for Func {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "func {:?} {{", self.name)?;
        if !self.assumptions.is_empty() {
            f.write_str("assume ")?;
            list(f, &self.assumptions)?;
            f.write_str("\n")?;
        }
        for (i, h) in self.helpers.iter().enumerate() {
            write!(f, "helper h{i} ")?;
            helper(f, h)?;
            f.write_str("\n")?;
        }
        let mut used = vec![false; self.snaps.len()];
        for i in self.blocks.iter().flat_map(|b| &b.insts) {
            if let Some(s) = self.inst(*i).snap {
                used[s.index()] = true;
            }
        }
        for (i, s) in self.snaps.iter().enumerate().filter(|(i, _)| used[*i]) {
            write!(f, "snap {} ", Snap::new(i))?;
            snapshot(f, s)?;
            f.write_str("\n")?;
        }
        for (i, b) in self.blocks.iter().enumerate() {
            if i != 0 && b.insts.is_empty() {
                continue;
            }
            write!(f, "b{i}(")?;
            list(f, b.params.iter().map(|v| format!("{v}: {}", self.ty(*v))))?;
            f.write_str("):\n")?;
            for i in &b.insts {
                f.write_str("    ")?;
                inst(f, self.inst(*i))?;
                f.write_str("\n")?;
            }
        }
        f.write_str("}\n")
    }
}
