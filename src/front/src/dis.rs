//! The disassembler: stable text, for people and for golden tests.

use crate::code::{Code, Common, Const, StrConst};
use crate::instr::Instr;
use crate::opcode::{Op, Operand};
use std::fmt::Write;

/// Prints a code object and those nested in it.
pub fn disassemble(code: &Code) -> String {
    let mut out = String::new();
    let mut queue = vec![code];
    while let Some(c) = queue.pop() {
        one(&mut out, c);
        let inner: Vec<&Code> = c
            .consts
            .iter()
            .filter_map(|k| match k {
                Const::Code(c) => Some(&**c),
                _ => None,
            })
            .collect();
        queue.extend(inner.into_iter().rev());
    }
    out
}

fn one(out: &mut String, c: &Code) {
    let names = |list: &[u32]| {
        list.iter()
            .map(|n| &*c.names[*n as usize])
            .collect::<Vec<_>>()
            .join(" ")
    };
    let _ = writeln!(
        out,
        "code {} line {} flags {:#x}",
        c.qualname, c.first_line, c.flags
    );
    let _ = writeln!(
        out,
        "  args {} posonly {} kwonly {} locals {} regs {} loops {}",
        c.argcount, c.posonly, c.kwonly, c.nlocals, c.nregs, c.nloops
    );
    if !c.varnames.is_empty() {
        let _ = writeln!(out, "  vars {}", names(&c.varnames));
    }
    for cell in &c.cellvars {
        let _ = writeln!(out, "  cell r{} {}", cell.reg, c.names[cell.name as usize]);
    }
    if !c.freevars.is_empty() {
        let _ = writeln!(out, "  free {}", names(&c.freevars));
    }
    let mut line = 0;
    for (i, ins) in c.instrs.iter().enumerate() {
        let at = c.pos(i).line;
        let mark = if at != line && at != 0 {
            format!("{at:5}")
        } else {
            "     ".into()
        };
        line = at;
        let _ = write!(out, "{mark} {i:4} {}", ins.op().name());
        for text in operands(c, i) {
            let _ = write!(out, " {text}");
        }
        out.push('\n');
    }
    for h in &c.handlers {
        let _ = writeln!(
            out,
            "  handler {}..{} -> {} depth r{}",
            h.start, h.end, h.target, h.depth
        );
    }
    out.push('\n');
}

/// The operands of an instruction as text.
pub fn operands(c: &Code, i: usize) -> Vec<String> {
    let ins = c.instrs[i];
    if ins.op() == Op::Ext {
        return vec![ins.a().to_string(), ins.bc().to_string()];
    }
    let values = [ins.a(), ins.b(), ins.c()];
    let name = |n: usize| c.names.get(n).map_or("?", |n| n).to_owned();
    let site = |n: usize| c.sites.get(n).map_or("?".into(), |s| name(s.name as usize));
    let mut all = Vec::new();
    for (j, kind) in ins.op().operands().into_iter().enumerate() {
        let v = values[j];
        let killed = ins.k() >> j & 1 != 0;
        all.push(match kind {
            Operand::None => continue,
            Operand::Src | Operand::Dst | Operand::Mut | Operand::Win | Operand::WinDst => {
                format!("r{v}{}", if killed { "!" } else { "" })
            }
            Operand::Num => v.to_string(),
            Operand::Builtin => Common::ALL.get(v).map_or("?", |c| c.1).to_owned(),
            Operand::Imm => format!(
                "#{}{}",
                v as u16 as i16,
                if killed { " inplace" } else { "" }
            ),
            Operand::Off | Operand::Off32 => match target(ins, i) {
                Some(t) => format!("->{t}"),
                None => continue,
            },
            Operand::Site => site(v),
            Operand::Name => name(v),
            Operand::Const32 => c.consts.get(ins.bc() as usize).map_or("?".into(), constant),
            Operand::Imm32 => format!("#{}", ins.sbc()),
            Operand::Site32 => site(ins.bc() as usize),
        });
    }
    all
}

/// The instruction that instruction `i` may jump to.
pub fn target(ins: Instr, i: usize) -> Option<i64> {
    let values = [ins.a(), ins.b(), ins.c()];
    let by = ins
        .op()
        .operands()
        .into_iter()
        .zip(values)
        .find_map(|(kind, v)| match kind {
            Operand::Off => Some(i64::from(v as u16 as i16)),
            Operand::Off32 => Some(i64::from(ins.sbc())),
            _ => None,
        })?;
    Some(i as i64 + 1 + by)
}

/// A constant as text.
fn constant(k: &Const) -> String {
    let all = |v: &[Const]| v.iter().map(constant).collect::<Vec<_>>().join(", ");
    match k {
        Const::None => "None".into(),
        Const::Bool(b) => if *b { "True" } else { "False" }.into(),
        Const::Ellipsis => "Ellipsis".into(),
        Const::Int(i) => i.to_string(),
        Const::BigInt(i) => i.to_string(),
        Const::Float(f) => format!("{f:?}"),
        Const::Complex(r, i) => format!("({r:?}{i:+?}j)"),
        Const::Str(StrConst::Text(t)) => format!("{t:?}"),
        Const::Str(StrConst::Points(p)) => format!("points{p:x?}"),
        Const::Bytes(b) => format!("b\"{}\"", b.escape_ascii()),
        Const::Tuple(v) => format!("({})", all(v)),
        Const::FrozenSet(v) => format!("frozenset({})", all(v)),
        Const::Slice(v) => format!("slice({})", all(&v[..])),
        Const::Code(c) => format!("<code {}>", c.qualname),
    }
}
