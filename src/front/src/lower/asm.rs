//! From labels to offsets: removes what is not needed, widens branches that do not reach, makes the `Code`.

use super::Compiler;
use super::unit::{Ins, NO_LABEL};
use crate::code::{Code, Handler, Hidden, Pos};
use crate::errors::Res;
use crate::instr::Instr;
use crate::opcode::{Op, Operand};
use foldhash::{HashMap, HashMapExt};
use std::collections::VecDeque;

/// Where a branch keeps its offset.
fn short_branch(op: Op) -> bool {
    op.operands()[2] == Operand::Off
}

/// Makes the code object of the current unit.
pub(super) fn assemble(c: &mut Compiler<'_>) -> Res<Code> {
    let entry: Vec<u16> = (0..c.u.nparams).collect();
    let mut dead = super::bound::needless_checks(&c.u, &entry);
    seen_anyway(c, &mut dead);
    loop {
        let mut again = false;
        compact(c, &dead);
        dead = vec![false; c.u.ins.len()];
        for (i, ins) in c.u.ins.iter().enumerate() {
            let there = || c.u.labels[ins.target as usize] as usize == i + 1;
            if ins.op == Op::Jump && ins.at == super::nowhere() && there() {
                dead[i] = true;
                again = true;
            }
        }
        again |= invert_branches(c, &mut dead);
        if !again {
            break;
        }
    }
    place_returns(c);
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
        let mark = ins.op == Op::Nop;
        let bare = Ins { c: 0, ..*ins };
        instrs.push(encode(if mark { &bare } else { ins }, i, &u.labels));
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
        flow: Default::default(),
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

/// The line of an instruction that has one.
fn line_of(c: &Compiler<'_>, i: usize) -> Option<u32> {
    let at = c.u.ins[i].at;
    (at != super::nowhere()).then(|| c.source.pos(at).line)
}

/// Gives the returns that are in no line of their own the line that ran before them: `return None` at a function's end, and
/// a return by way of `finally`. Where several ways lead to a `return None`, each has one of its own: a jump to it becomes
/// it, and behind the last instruction is one for each line with a branch to it.
fn place_returns(c: &mut Compiler<'_>) {
    let is_end = |op: Op| matches!(op, Op::Return | Op::ReturnNone);
    let mut ends: VecDeque<usize> = (0..c.u.ins.len())
        .filter(|&i| is_end(c.u.ins[i].op) && line_of(c, i).is_none())
        .collect();
    // What ran last before an instruction that comes after another.
    let before = |c: &Compiler<'_>, i: usize| {
        let own = |n: &usize| !c.u.ins[*n].op.between_lines() && line_of(c, *n).is_some();
        (0..i).rev().find(own).map(|n| c.u.ins[n].at)
    };
    let mut into: Vec<Vec<usize>> = vec![Vec::new(); c.u.ins.len() + 1];
    if !ends.is_empty() {
        for (i, ins) in c.u.ins.iter().enumerate() {
            if ins.target != NO_LABEL {
                into[c.u.labels[ins.target as usize] as usize].push(i);
            }
        }
    }
    while let Some(end) = ends.pop_front() {
        if c.u.ins[end].at == super::nowhere()
            && end > 0
            && !ends_block(c.u.ins[end - 1].op)
            && let Some(at) = before(c, end)
        {
            c.u.ins[end].at = at;
        }
        if c.u.ins[end].op == Op::Return {
            continue;
        }
        // Labels of the copies, by line.
        let mut copies: HashMap<u32, u32> = HashMap::new();
        for i in std::mem::take(&mut into[end]) {
            let Some(at) = before(c, i + 1) else {
                continue;
            };
            let copy = Ins { at, ..c.u.ins[end] };
            if c.u.ins[i].op == Op::Jump && line_of(c, i).is_none() {
                c.u.ins[i] = copy;
                ends.push_back(i);
                continue;
            }
            let line = c.source.pos(at).line;
            if line_of(c, end).is_none() {
                c.u.ins[end].at = at;
            }
            if line_of(c, end) == Some(line) {
                continue;
            }
            let label = match copies.get(&line) {
                Some(&label) => label,
                None => {
                    let label = c.u.labels.len() as u32;
                    c.u.labels.push(c.u.ins.len() as u32);
                    c.u.ins.push(copy);
                    copies.insert(line, label);
                    label
                }
            };
            c.u.ins[i].target = label;
        }
    }
}

/// What cannot be fallen through.
fn ends_block(op: Op) -> bool {
    matches!(
        op,
        Op::Jump | Op::JumpBack | Op::Return | Op::ReturnNone | Op::Raise | Op::Reraise
    )
}

/// Marks the `Nop`s of lines in which the next instruction is as well.
fn seen_anyway(c: &Compiler<'_>, dead: &mut [bool]) {
    let line = |i: usize| line_of(c, i);
    for (i, ins) in c.u.ins.iter().enumerate() {
        if ins.op == Op::Nop && !dead[i] {
            let next = (i + 1..c.u.ins.len()).find(|&n| !dead[n] && !c.u.ins[n].op.between_lines());
            dead[i] = next.is_some_and(|n| line(n) == line(i));
        }
    }
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
        if next.at != super::nowhere() && line_of(c, i + 1) != line_of(c, i) {
            // `break` or `continue` in a line of its own, which is seen when it runs.
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
