//! What takes the place of parts of `dis`: the library's reads CPython's bytecode, and this runtime has one of its own.
//!
//! The rest of the library's module stays: what it prints are our instructions. An instruction's `argrepr` are its operands
//! as `threadsnake dis` prints them, `argval` is what the most telling of them stands for, `arg` its number. Offsets are
//! those of `co_lines` and `f_lasti` (`interp::frameobj::offset`); at 0 there is no instruction.

use crate::interp::frameobj::offset;
use crate::modules::prelude::*;
use crate::object::code::Code;
use threadsnake_front::dis;
use threadsnake_front::instr::Instr;
use threadsnake_front::opcode::{self, Op, Operand};

/// The functions, put into the library's module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        // As long as the code, so that widths come out right; what is in it is the code object.
        MethodDef::new("_get_code_array", "(co, adaptive)", |th, a| {
            let co = a.get(0);
            let n = co.cast::<Code>().map_or(0, |c| c.front.instrs.len());
            th.list(vec![co.clone(); offset(n) as usize])
        }),
        MethodDef::new("_get_instructions_bytes", INSTRUCTIONS, instructions),
        MethodDef::new("_parse_exception_table", "(code)", handlers),
        MethodDef::new("findlabels", "(code)", |th, a| {
            let instrs = decoded(th, a.get(0))?;
            let mut labels: Vec<i64> = Vec::new();
            for (i, ins) in instrs.iter().enumerate() {
                labels.extend(target(*ins, i).filter(|t| !labels.contains(t)));
            }
            th.list(labels.into_iter().map(Obj::small_int).collect())
        })
        .doc("Detect all offsets in a byte code which are jump targets.\n\nReturn the list of offsets."),
    ],
    init: Some(tables),
    ..ModuleDef::new("dis")
};

const INSTRUCTIONS: &str = "(code, linestarts=None, line_offset=0, co_positions=None, original_code=None, arg_resolver=None)";

/// The instructions in the bytes of `co_code`.
fn decoded(th: &Thread, code: &Obj) -> Res<Vec<Instr>> {
    let bytes = th.bytes_like(code)?;
    let words = bytes.bytes().chunks_exact(8);
    if !words.remainder().is_empty()
        || words
            .clone()
            .any(|w| usize::from(w[0]) >= opcode::ALL.len())
    {
        return Err(th.value_error("these are no instructions of this runtime"));
    }
    let word = |w: &[u8]| w.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b));
    Ok(words.map(|w| Instr(word(w))).collect())
}

/// Where an instruction jumps to, as an offset.
fn target(ins: Instr, i: usize) -> Option<i64> {
    dis::target(ins, i).map(|t| 2 * t + 2)
}

/// The most telling operand: what `arg` and `argval` are about.
fn telling(ins: Instr) -> Option<(Operand, i64)> {
    let mut first = None;
    for (kind, v) in ins
        .op()
        .operands()
        .into_iter()
        .zip([ins.a(), ins.b(), ins.c()])
    {
        let found = match kind {
            Operand::None => continue,
            Operand::Off | Operand::Imm => (kind, i64::from(v as u16 as i16)),
            Operand::Off32 | Operand::Imm32 => (kind, i64::from(ins.sbc())),
            Operand::Const32 | Operand::Site32 => (kind, i64::from(ins.bc())),
            Operand::Site | Operand::Name | Operand::Builtin => (kind, v as i64),
            _ => {
                first = first.or(Some((kind, v as i64)));
                continue;
            }
        };
        return Some(found);
    }
    first
}

/// `_get_instructions_bytes(code, …)`: an iterator over `dis.Instruction`s, of what `_get_code_array` gave, or of bytes.
fn instructions(th: &Thread, a: Args<'_>) -> Res {
    let class = th.getattr(&super::import::import_absolute(th, "dis")?, "Instruction")?;
    let places = th.getattr(&super::import::import_absolute(th, "dis")?, "Positions")?;
    let list = a.get(0).cast::<List>();
    let object = list.and_then(|l| l.get(th, 0));
    let code = object.as_ref().and_then(|o| o.cast::<Code>());
    let instrs = match code {
        Some(c) => c.front.instrs.to_vec(),
        None if list.is_some() => Vec::new(),
        None => decoded(th, a.get(0))?,
    };
    let starts = a.opt_not_none(1);
    let more = a.opt(2).map_or(Ok(0), |n| th.index_i64(n))?;
    let positions = a
        .opt_not_none(3)
        .map_or(Ok(Vec::new()), |p| th.collect(p))?;
    let line_at = |at: i64| -> Res<Option<Obj>> {
        starts.map_or(Ok(None), |s| match s.cast::<Dict>() {
            Some(d) => d.get_item(th, &Obj::small_int(at)),
            None => Ok(None),
        })
    };
    let mut line = Obj::NONE;
    let mut out = Vec::with_capacity(instrs.len());
    for (i, ins) in instrs.iter().enumerate() {
        let at = i64::from(offset(i));
        let mut start = line_at(at)?;
        if i == 0 && start.is_none() {
            // The start of the code is in the same line, and no instruction.
            start = line_at(0)?;
        }
        if let Some(n) = &start {
            line = match n.as_small_int() {
                Some(n) => Obj::small_int(n + more),
                None => n.clone(),
            };
        }
        let label = |at: i64| match a.opt_not_none(5) {
            Some(r) => th.call_method(r, "get_label_for_offset", &[Obj::small_int(at)]),
            None => Ok(Obj::NONE),
        };
        let told = telling(*ins);
        let arg = told.map_or(Obj::NONE, |(_, n)| Obj::small_int(n));
        let goal = target(*ins, i);
        let value = match (told, code) {
            _ if goal.is_some() => goal.map_or(Obj::NONE, Obj::small_int),
            (Some((Operand::Const32, n)), Some(c)) => {
                c.consts.get(n as usize).cloned().unwrap_or(Obj::NONE)
            }
            (Some((Operand::Name, n)), Some(c)) => {
                c.names.get(n as usize).cloned().unwrap_or(Obj::NONE)
            }
            (Some((Operand::Site | Operand::Site32, n)), Some(c)) => {
                match c.front.sites.get(n as usize) {
                    Some(s) => c.names[s.name as usize].clone(),
                    None => Obj::NONE,
                }
            }
            _ => arg.clone(),
        };
        let mut texts = code.map_or(Vec::new(), |c| dis::operands(&c.front, i));
        if let Some(t) = goal {
            texts.retain(|t| !t.starts_with("->"));
            let label = label(t)?;
            if !label.is_none() {
                texts.push(format!("to L{}", th.index_i64(&label)?));
            }
        }
        let place = match positions.get(i + 1) {
            Some(p) => th.call(&places, &th.collect(p)?)?,
            None => th.call(&places, &[])?,
        };
        let offset = Obj::small_int(at);
        out.push(th.call(
            &class,
            &[
                th.intern(ins.op().name()),
                Obj::small_int(ins.op() as i64),
                arg,
                value,
                th.str(&texts.join(" "))?,
                offset.clone(),
                offset,
                Obj::bool(start.is_some()),
                line.clone(),
                label(at)?,
                place,
            ],
        )?);
    }
    th.iter(&th.list(out)?)
}

/// `_parse_exception_table(code)`: the handlers.
fn handlers(th: &Thread, a: Args<'_>) -> Res {
    let class = th.getattr(
        &super::import::import_absolute(th, "dis")?,
        "_ExceptionTableEntry",
    )?;
    let Some(code) = a.get(0).cast::<Code>() else {
        return th.list(Vec::new());
    };
    let entry = |h: &threadsnake_front::code::Handler| {
        let at = |i: u32| Obj::small_int(i64::from(offset(i as usize)));
        let depth = Obj::small_int(i64::from(h.depth));
        th.call(
            &class,
            &[at(h.start), at(h.end), at(h.target), depth, Obj::FALSE],
        )
    };
    th.list(
        code.front
            .handlers
            .iter()
            .map(entry)
            .collect::<Res<Vec<Obj>>>()?,
    )
}

/// The tables of opcodes: names and numbers, and which have which kind of operand.
fn tables(th: &Thread, m: &Py<Module>) -> Res<()> {
    let number = |op: &Op| Obj::small_int(*op as i64);
    let mut names = opcode::ALL
        .iter()
        .map(|op| th.intern(op.name()))
        .collect::<Vec<_>>();
    for n in names.len()..256 {
        names.push(th.str(&format!("<{n}>"))?);
    }
    let names = th.list(names)?;
    let map = th.new_dict()?;
    for op in opcode::ALL {
        map.set_str(th, op.name(), number(op))?;
    }
    for (name, value) in [
        ("opname", &names),
        ("_all_opname", &names),
        ("opmap", map.obj()),
        ("_all_opmap", map.obj()),
    ] {
        put(th, m, name, value.clone())?;
    }
    let with = |wanted: &dyn Fn(Operand) -> bool| {
        let has = |op: &&Op| op.operands().into_iter().any(wanted);
        th.list(opcode::ALL.iter().filter(has).map(number).collect())
    };
    use Operand::{Const32, Name, None as Nothing, Off, Off32, Site, Site32};
    let jumps = with(&|k| matches!(k, Off | Off32))?;
    put(th, m, "hasarg", with(&|k| k != Nothing)?)?;
    put(th, m, "hasconst", with(&|k| k == Const32)?)?;
    put(
        th,
        m,
        "hasname",
        with(&|k| matches!(k, Name | Site | Site32))?,
    )?;
    put(th, m, "hasjump", jumps.clone())?;
    put(th, m, "hasjrel", jumps)?;
    for none in ["hasjabs", "haslocal", "hasfree", "hascompare", "hasexc"] {
        put(th, m, none, th.list(Vec::new())?)?;
    }
    Ok(())
}
