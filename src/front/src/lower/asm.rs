//! From labels to offsets: removes what is not needed, widens branches that do not reach, makes the `Code`.

use super::Compiler;
use super::unit::{Ins, NO_LABEL};
use crate::code::{Code, Handler, Hidden, Pos};
use crate::errors::Res;
use crate::instr::Instr;
use crate::opcode::{Op, Operand};

/// Where a branch keeps its offset.
fn short_branch(op: Op) -> bool {
    op.operands()[2] == Operand::Off
}

/// Makes the code object of the current unit.
pub(super) fn assemble(c: &mut Compiler<'_>) -> Res<Code> {
    let entry: Vec<u16> = (0..c.u.nparams).collect();
    let mut dead = super::bound::needless_checks(&c.u, &entry);
    loop {
        let mut again = false;
        compact(c, &dead);
        dead = vec![false; c.u.ins.len()];
        for (i, ins) in c.u.ins.iter().enumerate() {
            if ins.op == Op::Jump && c.u.labels[ins.target as usize] as usize == i + 1 {
                dead[i] = true;
                again = true;
            }
        }
        again |= invert_branches(c, &mut dead);
        if !again {
            break;
        }
    }
    while widen(c) {}
    let u = &mut c.u;
    let mut instrs = Vec::with_capacity(u.ins.len());
    let mut positions: Vec<(u32, Pos)> = Vec::new();
    let mut last = None;
    for (i, ins) in u.ins.iter().enumerate() {
        if last != Some(ins.at) {
            last = Some(ins.at);
            let pos = if ins.at == super::nowhere() {
                Pos::default()
            } else {
                c.source.pos(ins.at)
            };
            positions.push((i as u32, pos));
        }
        instrs.push(encode(ins, i, &u.labels));
    }
    let handlers = u
        .handlers
        .iter()
        .filter(|h| h.start < h.end)
        .map(|h| Handler {
            start: h.start,
            end: h.end,
            target: u.labels[h.target as usize],
            depth: h.depth,
        })
        .collect();
    let code = Code {
        name: std::mem::take(&mut u.name),
        qualname: std::mem::take(&mut u.qualname),
        filename: c.filename.clone(),
        first_line: u.first_line,
        flags: u.code_flags,
        argcount: u.argcount,
        posonly: u.posonly,
        kwonly: u.kwonly,
        varnames: std::mem::take(&mut u.varnames),
        cellvars: std::mem::take(&mut u.cells),
        freevars: u
            .free
            .iter()
            .map(|f| u.name_index[c.t.names.text(*f)])
            .collect(),
        nlocals: u.nlocals,
        nregs: u.max as u16,
        nloops: u.loops,
        names: std::mem::take(&mut u.names),
        consts: std::mem::take(&mut u.consts),
        sites: std::mem::take(&mut u.sites),
        instrs,
        handlers,
        positions,
        hidden: u
            .hidden
            .iter()
            .map(|&(name, reg, cell, start, end)| Hidden {
                name,
                reg,
                cell,
                start: u.labels[start.0 as usize],
                end: u.labels[end.0 as usize],
            })
            .collect(),
        static_attributes: std::mem::take(&mut u.static_attributes),
    };
    #[cfg(debug_assertions)]
    if let Err(msg) = crate::verify::verify(&code) {
        let text = format!("compiler produced bad code for {}: {msg}", code.qualname);
        return Err(Box::new(crate::errors::SyntaxError::bare(
            crate::errors::ErrorKind::Memory,
            text,
        )));
    }
    Ok(code)
}

/// The branch taken when this one is not.
fn opposite(op: Op) -> Option<Op> {
    const PAIRS: [(Op, Op); 15] = [
        (Op::JumpIfTrue, Op::JumpIfFalse),
        (Op::JumpIfNone, Op::JumpIfNotNone),
        (Op::JumpLt, Op::JumpNotLt),
        (Op::JumpLe, Op::JumpNotLe),
        (Op::JumpEq, Op::JumpNotEq),
        (Op::JumpNe, Op::JumpNotNe),
        (Op::JumpGt, Op::JumpNotGt),
        (Op::JumpGe, Op::JumpNotGe),
        (Op::JumpLtImm, Op::JumpNotLtImm),
        (Op::JumpLeImm, Op::JumpNotLeImm),
        (Op::JumpEqImm, Op::JumpNotEqImm),
        (Op::JumpNeImm, Op::JumpNotNeImm),
        (Op::JumpGtImm, Op::JumpNotGtImm),
        (Op::JumpGeImm, Op::JumpNotGeImm),
        (Op::JumpIs, Op::JumpIsNot),
    ];
    PAIRS.iter().find_map(|&(a, b)| {
        if a == op {
            Some(b)
        } else if b == op {
            Some(a)
        } else {
            None
        }
    })
}

/// `branch over; jump there; over:` becomes the opposite branch there. Says whether it found any.
fn invert_branches(c: &mut Compiler<'_>, dead: &mut [bool]) -> bool {
    let n = c.u.ins.len();
    let mut entered = vec![false; n + 1];
    for &l in &c.u.labels {
        if l != NO_LABEL {
            entered[l as usize] = true;
        }
    }
    for h in &c.u.handlers {
        entered[h.start as usize] = true;
        entered[h.end as usize] = true;
    }
    let mut found = false;
    for i in 0..n.saturating_sub(1) {
        let (ins, next) = (c.u.ins[i], c.u.ins[i + 1]);
        if ins.target == NO_LABEL || next.op != Op::Jump || entered[i + 1] || dead[i] || dead[i + 1]
        {
            continue;
        }
        let over = c.u.labels[ins.target as usize] as usize == i + 2;
        if over && let Some(op) = opposite(ins.op) {
            c.u.ins[i].op = op;
            c.u.ins[i].target = next.target;
            dead[i + 1] = true;
            found = true;
        }
    }
    found
}

/// Drops the marked instructions and moves labels and handlers accordingly.
fn compact(c: &mut Compiler<'_>, dead: &[bool]) {
    if !dead.iter().any(|d| *d) {
        return;
    }
    let mut map = Vec::with_capacity(dead.len() + 1);
    let mut n = 0;
    for d in dead {
        map.push(n);
        n += u32::from(!d);
    }
    map.push(n);
    let mut i = 0;
    c.u.ins.retain(|_| {
        i += 1;
        !dead[i - 1]
    });
    remap(c, &map);
}

fn remap(c: &mut Compiler<'_>, map: &[u32]) {
    for l in &mut c.u.labels {
        if *l != NO_LABEL {
            *l = map[*l as usize];
        }
    }
    for h in &mut c.u.handlers {
        h.start = map[h.start as usize];
        h.end = map[h.end as usize];
    }
}

/// Replaces 16-bit branches that do not reach by a branch to a long jump. Says whether it found any.
fn widen(c: &mut Compiler<'_>) -> bool {
    let far: Vec<usize> = (0..c.u.ins.len())
        .filter(|&i| {
            let ins = &c.u.ins[i];
            short_branch(ins.op)
                && ins.target != NO_LABEL
                && i64::from(c.u.labels[ins.target as usize]) - (i as i64 + 1) > 32_000
        })
        .collect();
    if far.is_empty() {
        return false;
    }
    // branch near; jump over; near: jump far; over:
    let mut map = Vec::with_capacity(c.u.ins.len() + 1);
    let mut out: Vec<Ins> = Vec::with_capacity(c.u.ins.len() + 2 * far.len());
    let mut next = far.iter().peekable();
    let mut new_labels = Vec::new();
    for (i, ins) in c.u.ins.iter().enumerate() {
        map.push(out.len() as u32);
        if next.peek() == Some(&&i) {
            next.next();
            let near = c.u.labels.len() + new_labels.len();
            let over = near + 1;
            new_labels.push(out.len() as u32 + 2);
            new_labels.push(out.len() as u32 + 3);
            out.push(Ins {
                target: near as u32,
                ..*ins
            });
            let jump = Ins {
                op: Op::Jump,
                k: 0,
                a: 0,
                b: 0,
                c: 0,
                target: over as u32,
                at: ins.at,
            };
            out.push(jump);
            out.push(Ins {
                target: ins.target,
                ..jump
            });
        } else {
            out.push(*ins);
        }
    }
    map.push(out.len() as u32);
    remap(c, &map);
    c.u.labels.extend(new_labels);
    c.u.ins = out;
    true
}

fn encode(ins: &Ins, i: usize, labels: &[u32]) -> Instr {
    if ins.target == NO_LABEL {
        return Instr::abc(ins.op, ins.k, ins.a, ins.b, ins.c);
    }
    let offset = i64::from(labels[ins.target as usize]) - (i as i64 + 1);
    if short_branch(ins.op) {
        Instr::abc(ins.op, ins.k, ins.a, ins.b, offset as i16 as u16)
    } else {
        Instr::abx(ins.op, ins.k, ins.a, offset as i32 as u32)
    }
}
