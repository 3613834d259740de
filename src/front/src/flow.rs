//! Where ways through a code meet, and which variables come there with what several instructions gave them.
//!
//! Reaching definitions over the variables (the registers below `nlocals`), as far as a reader needs them: for each variable
//! the one instruction that gave it its value, or that there are several, and whether it may be unbound. The state at an
//! instruction is the union over the ways that come there; a way into a handler may come from before or behind each
//! instruction that it covers.

use crate::code::{Code, flags};
use crate::opcode::{Op, Operand};
use crate::verify::{ends, target};
use std::collections::{BTreeSet, HashMap};

/// What a variable holds at an instruction, on all ways there.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Known {
    /// The instruction that wrote it: see [`PARAMETER`], [`NOBODY`] and [`SEVERAL`].
    by: u32,
    /// It may be unbound.
    unbound: bool,
}

/// It is as the call gave it.
const PARAMETER: u32 = u32::MAX;
/// Nothing wrote it.
const NOBODY: u32 = u32::MAX - 1;
/// Different instructions wrote it on different ways.
const SEVERAL: u32 = u32::MAX - 2;

/// A variable that several instructions may have written when ways meet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Merged {
    /// Its register.
    pub reg: u16,
    /// On some way it is unbound.
    pub unbound: bool,
}

/// Where ways meet.
#[derive(Debug)]
pub struct Join {
    /// Variables that they bring different values of.
    pub merged: Box<[Merged]>,
    /// Several of them come from before: it is not only that a loop comes round.
    pub forward: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Flow {
    joins: HashMap<u32, Join>,
    /// For each header of a loop the loop's number and its last instruction. Of loops that begin at the same place the number
    /// is that of the innermost, the end that of the outermost.
    loops: HashMap<u32, (usize, u32)>,
    returns: usize,
}

impl Flow {
    /// Of a code that passed [`crate::verify`].
    pub fn new(code: &Code) -> Flow {
        let n = code.instrs.len();
        let ways = ways(code);
        let mut at: Vec<Option<Vec<Known>>> = vec![None; n];
        let mut work = BTreeSet::from([0usize]);
        if n > 0 {
            at[0] = Some(entry(code));
        }
        let leads: Vec<bool> = leaders(code, &ways);
        while let Some(start) = work.pop_first() {
            let Some(mut state) = at[start].clone() else {
                continue;
            };
            let mut i = start;
            loop {
                let op = code.instrs[i].op();
                handled(code, i, &state, &mut at, &mut work);
                write(code, i, &mut state);
                handled(code, i, &state, &mut at, &mut work);
                if let Some(t) = target(code, i) {
                    join(&mut at, &mut work, t, &state);
                }
                i += 1;
                if ends(op) || i >= n {
                    break;
                }
                if leads[i] {
                    join(&mut at, &mut work, i, &state);
                    break;
                }
            }
        }
        let merged = |known: &Vec<Known>| -> Box<[Merged]> {
            let several = known.iter().enumerate();
            let several = several.filter(|(_, k)| k.by == SEVERAL);
            several
                .map(|(r, k)| Merged {
                    reg: r as u16,
                    unbound: k.unbound,
                })
                .collect()
        };
        let joins = (0..n).filter(|i| ways[*i].0 + ways[*i].1 > 1);
        let joins = joins.map(|i| {
            let join = Join {
                merged: at[i].as_ref().map(merged).unwrap_or_default(),
                forward: ways[i].0 > 1,
            };
            (i as u32, join)
        });
        let mut loops = HashMap::new();
        for i in 0..n {
            if let Some(t) = target(code, i).filter(|t| *t <= i) {
                let number = code.instrs[i].a();
                loops.entry(t as u32).or_insert((number, 0)).1 = i as u32;
            }
        }
        Flow {
            joins: joins.collect(),
            loops,
            returns: (code.instrs.iter())
                .filter(|i| matches!(i.op(), Op::Return | Op::ReturnNone))
                .count(),
        }
    }

    /// Where several ways without exceptions come to this instruction.
    pub fn join(&self, at: u32) -> Option<&Join> {
        self.joins.get(&at)
    }

    /// Whether this instruction is one of the loop with this header.
    pub fn is_within(&self, header: u32, at: u32) -> bool {
        let known = self.loops.get(&header);
        known.is_some_and(|(_, last)| (header..=*last).contains(&at))
    }

    /// The number of the loop with this header.
    pub fn loop_at(&self, header: u32) -> Option<usize> {
        self.loops.get(&header).map(|l| l.0)
    }

    /// In how many places the code returns.
    pub fn returns(&self) -> usize {
        self.returns
    }
}

/// How many instructions before it lead to each, and how many behind it, exceptions aside.
fn ways(code: &Code) -> Vec<(u32, u32)> {
    let mut ways = vec![(0, 0); code.instrs.len() + 1];
    for (i, ins) in code.instrs.iter().enumerate() {
        if !ends(ins.op()) {
            ways[i + 1].0 += 1;
        }
        match target(code, i) {
            Some(t) if t <= i => ways[t].1 += 1,
            Some(t) => ways[t].0 += 1,
            None => {}
        }
    }
    ways
}

/// Instructions at which a straight piece begins.
fn leaders(code: &Code, ways: &[(u32, u32)]) -> Vec<bool> {
    let mut leads: Vec<bool> = ways.iter().map(|w| w.0 + w.1 > 1).collect();
    for i in 0..code.instrs.len() {
        if let Some(t) = target(code, i) {
            leads[t] = true;
        }
    }
    for h in &code.handlers {
        leads[h.target as usize] = true;
    }
    leads
}

/// The variables at the first instruction.
fn entry(code: &Code) -> Vec<Known> {
    let more = [flags::VARARGS, flags::VARKEYWORDS];
    let more = more.iter().filter(|f| code.flags & **f != 0).count();
    let params = (code.argcount + code.kwonly) as usize + more;
    (0..code.nlocals as usize)
        .map(|r| Known {
            by: if r < params { PARAMETER } else { NOBODY },
            unbound: r >= params,
        })
        .collect()
}

/// What an instruction does to the variables.
fn write(code: &Code, i: usize, state: &mut [Known]) {
    let ins = code.instrs[i];
    let (a, b, c) = (ins.a(), ins.b(), ins.c());
    let mut set = |from: usize, n: usize, by: u32, unbound: bool| {
        for k in state.iter_mut().skip(from).take(n) {
            *k = Known { by, unbound };
        }
    };
    let me = i as u32;
    match ins.op() {
        Op::Release => set(a, b, me, true),
        Op::DeleteLocal => set(a, 1, me, true),
        Op::Unpack => set(a, c, me, false),
        Op::UnpackEx => set(a, (c & 255) + (c >> 8) + 1, me, false),
        Op::MakeCell => set(a, 1, me, false),
        Op::CheckBound => {
            if let Some(k) = state.get_mut(a) {
                k.unbound = false;
            }
        }
        op if op.operands()[0] == Operand::Dst => set(a, 1, me, false),
        // Other windows are of temporaries.
        _ => {}
    }
}

/// The state may be that in which the innermost handler of an instruction begins.
fn handled(
    code: &Code,
    i: usize,
    state: &[Known],
    at: &mut [Option<Vec<Known>>],
    work: &mut BTreeSet<usize>,
) {
    let covers = |h: &&crate::code::Handler| (h.start..h.end).contains(&(i as u32));
    if let Some(h) = code.handlers.iter().find(covers) {
        join(at, work, h.target as usize, state);
    }
}

fn join(at: &mut [Option<Vec<Known>>], work: &mut BTreeSet<usize>, to: usize, state: &[Known]) {
    match &mut at[to] {
        None => {
            at[to] = Some(state.to_vec());
            work.insert(to);
        }
        Some(old) => {
            let mut changed = false;
            for (a, b) in old.iter_mut().zip(state) {
                let both = Known {
                    by: if a.by == b.by { a.by } else { SEVERAL },
                    unbound: a.unbound | b.unbound,
                };
                changed |= *a != both;
                *a = both;
            }
            if changed {
                work.insert(to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Const;

    /// The flow of the first function of a module, and its variables' names by register.
    fn flow(source: &str) -> (Vec<String>, Flow) {
        let opts = crate::CompileOptions::default();
        let compiled = crate::compile(source, "t.py", crate::Mode::Exec, &opts);
        let code = compiled.expect("compiles").code;
        let f = code.consts.iter().find_map(|c| match c {
            Const::Code(f) => Some(f.clone()),
            _ => None,
        });
        let f = f.expect("a function");
        let names = f.varnames.iter();
        let names = names.map(|n| f.names[*n as usize].to_string());
        (names.collect(), Flow::new(&f))
    }

    /// All joins in order, as `name` or `name?` for each variable.
    fn told(source: &str) -> Vec<String> {
        let (names, flow) = flow(source);
        let mut at: Vec<u32> = flow.joins.keys().copied().collect();
        at.sort_unstable();
        let tell =
            |m: &Merged| format!("{}{}", names[m.reg as usize], ["", "?"][m.unbound as usize]);
        let joins = at.iter().filter_map(|i| flow.join(*i));
        joins
            .map(|j| j.merged.iter().map(tell).collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn variables_that_ways_bring_differently_are_named_where_they_meet() {
        let source = "def f(a, b):\n  c = 1\n  if a:\n    b = 2\n    d = 3\n  g(b)\n  return c\n";
        assert_eq!(told(source), ["b d?"]);
    }

    #[test]
    fn a_loop_brings_its_variables_back_to_its_header() {
        let source =
            "def f(xs):\n  n = 0\n  for x in xs:\n    if x:\n      n += x\n    y = n\n  return n\n";
        assert_eq!(told(source), ["n x? y?", "n y?"]);
    }

    #[test]
    fn a_handler_may_begin_before_and_behind_what_it_covers() {
        let source =
            "def f(a):\n  try:\n    x = a()\n    x = a()\n  except E:\n    pass\n  return x\n";
        assert_eq!(told(source), ["x?"]);
        let (_, flow) = flow(source);
        assert_eq!(flow.returns(), 1);
    }
}
