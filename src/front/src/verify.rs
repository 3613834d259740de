//! The verifier: checks that code keeps the contract of the opcode table. Runs on every code object in debug builds.
//!
//! Abstract interpretation over the instructions. A temporary is empty, full, or either (two bits); states meet by union
//! at block starts. Checked
//! - V1: operands, constants, names, sites, branches and handlers are in range, branches land on no `Ext`;
//! - V2: a temporary that is read is full; what windows consume is full; a kill is on a temporary that is not the
//!   destination;
//! - V3: at `Return` every temporary is empty;
//! - V4: only `JumpBack` goes backward, and its loop number is in range.
//!
//! Not checked: that variables are assigned before they are read (that is `lower::bound`'s work).

use crate::code::{Code, Common};
use crate::instr::Instr;
use crate::opcode::{Op, Operand};
use std::collections::BTreeSet;

const EMPTY: u8 = 1;
const FULL: u8 = 2;

/// Checks a code object (not those nested in it).
///
/// # Errors
/// What is wrong, in words.
pub fn verify(code: &Code) -> Result<(), String> {
    let n = code.instrs.len();
    if n == 0 {
        return Err("no instructions".into());
    }
    shape(code)?;
    let mut leader = vec![false; n + 1];
    for (i, ins) in code.instrs.iter().enumerate() {
        if let Some(t) = target(code, i) {
            leader[t] = true;
            leader[i + 1] = true;
        }
        if ends(ins.op()) {
            leader[i + 1] = true;
        }
    }
    for h in &code.handlers {
        leader[h.start as usize] = true;
        leader[h.end as usize] = true;
        leader[h.target as usize] = true;
    }
    let params = code.argcount
        + code.kwonly
        + u32::from(code.flags & crate::code::flags::VARARGS != 0)
        + u32::from(code.flags & crate::code::flags::VARKEYWORDS != 0);
    let mut entry = vec![EMPTY; code.nregs as usize];
    for r in entry.iter_mut().take(params as usize) {
        *r = FULL;
    }
    let mut at: Vec<Option<Vec<u8>>> = vec![None; n + 1];
    at[0] = Some(entry);
    let mut work = BTreeSet::from([0usize]);
    // The innermost handler of each instruction: the first that covers it.
    let mut covered: Vec<Option<usize>> = vec![None; n];
    for (k, h) in code.handlers.iter().enumerate().rev() {
        for slot in &mut covered[h.start as usize..h.end as usize] {
            *slot = Some(k);
        }
    }
    let mut v = Verifier {
        code,
        state: Vec::new(),
    };
    while let Some(start) = work.pop_first() {
        let Some(s) = &at[start] else { continue };
        v.state = s.clone();
        let mut i = start;
        loop {
            let ins = code.instrs[i];
            let before = v.state.clone();
            let handler = covered[i].map(|k| &code.handlers[k]);
            let branch_state = v.step(i).map_err(|e| format!("at {i} ({ins:?}): {e}"))?;
            if let Some(h) = handler
                && may_raise(ins.op())
            {
                let mut s: Vec<u8> = before.iter().zip(&v.state).map(|(a, b)| a | b).collect();
                for r in s.iter_mut().skip(h.depth as usize) {
                    *r = EMPTY;
                }
                match s.get_mut(h.depth as usize) {
                    Some(r) => *r = FULL,
                    None => return Err(format!("handler of {i} has no register {}", h.depth)),
                }
                join(&mut at, &mut work, h.target as usize, &s);
            }
            if let Some(t) = target(code, i) {
                let s = branch_state.unwrap_or_else(|| v.state.clone());
                join(&mut at, &mut work, t, &s);
            }
            if ends(ins.op()) {
                break;
            }
            i += 1;
            if i >= n {
                return Err("control runs off the end".into());
            }
            if leader[i] {
                let s = v.state.clone();
                join(&mut at, &mut work, i, &s);
                break;
            }
        }
    }
    Ok(())
}

fn join(at: &mut [Option<Vec<u8>>], work: &mut BTreeSet<usize>, to: usize, s: &[u8]) {
    match &mut at[to] {
        None => {
            at[to] = Some(s.to_vec());
            work.insert(to);
        }
        Some(old) => {
            let mut changed = false;
            for (a, b) in old.iter_mut().zip(s) {
                changed |= *a | b != *a;
                *a |= b;
            }
            if changed {
                work.insert(to);
            }
        }
    }
}

/// Whether control does not go on behind it.
pub(crate) fn ends(op: Op) -> bool {
    matches!(
        op,
        Op::Jump | Op::JumpBack | Op::Return | Op::ReturnNone | Op::Raise | Op::Reraise
    )
}

fn may_raise(op: Op) -> bool {
    !matches!(
        op,
        Op::Nop
            | Op::Ext
            | Op::Move
            | Op::LoadConst
            | Op::LoadInt
            | Op::Release
            | Op::Jump
            | Op::Return
            | Op::ReturnNone
            | Op::PopExc
            | Op::PushExc
            | Op::JumpIfNone
            | Op::JumpIfNotNone
            | Op::JumpIs
            | Op::JumpIsNot
    )
}

/// Where an instruction may branch to.
pub(crate) fn target(code: &Code, i: usize) -> Option<usize> {
    let ins = code.instrs[i];
    let offset = match ins.op() {
        Op::Ext if i > 0 && code.instrs[i - 1].op() == Op::Send => i64::from(ins.sbc()),
        op if op.operands()[2] == Operand::Off => i64::from(ins.sc()),
        op if op.operands()[1] == Operand::Off32 => i64::from(ins.sbc()),
        _ => return None,
    };
    usize::try_from(i as i64 + 1 + offset).ok()
}

/// V1 and V4.
fn shape(code: &Code) -> Result<(), String> {
    let n = code.instrs.len();
    for (i, ins) in code.instrs.iter().enumerate() {
        let fail = |what: &str| Err(format!("at {i} ({ins:?}): {what}"));
        let values = [ins.a(), ins.b(), ins.c()];
        for (kind, v) in ins.op().operands().into_iter().zip(values) {
            let fine = match kind {
                Operand::Dst | Operand::Src | Operand::Mut => {
                    v < code.nregs as usize || unread(ins)
                }
                Operand::Win | Operand::WinDst => v <= code.nregs as usize,
                Operand::Name => v < code.names.len(),
                Operand::Builtin => v < Common::ALL.len(),
                Operand::Site => v < code.sites.len(),
                Operand::Site32 => (ins.bc() as usize) < code.sites.len(),
                Operand::Const32 => (ins.bc() as usize) < code.consts.len(),
                _ => true,
            };
            if !fine {
                return fail("operand out of range");
            }
        }
        if let Some(t) = target(code, i) {
            if t >= n || code.instrs[t].op() == Op::Ext {
                return fail("bad branch target");
            }
            if (t <= i) != (ins.op() == Op::JumpBack) {
                return fail("branch in the wrong direction");
            }
        }
        if ins.op() == Op::JumpBack && ins.a() >= code.nloops as usize {
            return fail("bad loop number");
        }
    }
    for h in &code.handlers {
        if h.start >= h.end || h.end as usize > n || h.target as usize >= n {
            return Err(format!("bad handler {h:?}"));
        }
    }
    Ok(())
}

/// Instructions some of whose register operands mean nothing.
fn unread(ins: &Instr) -> bool {
    ins.op() == Op::Raise && ins.c() < 2
}

struct Verifier<'c> {
    code: &'c Code,
    state: Vec<u8>,
}

impl Verifier<'_> {
    fn need(&self, r: usize) -> Result<(), String> {
        if r < self.code.nlocals as usize {
            return Ok(());
        }
        match self.state.get(r) {
            Some(&FULL) => Ok(()),
            Some(s) => Err(format!(
                "r{r} is {}",
                if *s == EMPTY {
                    "empty"
                } else {
                    "empty or full"
                }
            )),
            None => Err(format!("r{r} is out of range")),
        }
    }

    fn set(&mut self, r: usize, s: u8) -> Result<(), String> {
        match self.state.get_mut(r) {
            Some(slot) => {
                *slot = s;
                Ok(())
            }
            None => Err(format!("r{r} is out of range")),
        }
    }

    fn consume(&mut self, from: usize, n: usize) -> Result<(), String> {
        for r in from..from + n {
            self.need(r)?;
            self.set(r, EMPTY)?;
        }
        Ok(())
    }

    fn fill(&mut self, from: usize, n: usize) -> Result<(), String> {
        (from..from + n).try_for_each(|r| self.set(r, FULL))
    }

    /// Executes an instruction abstractly. Returns the state at its branch target where that differs.
    fn step(&mut self, i: usize) -> Result<Option<Vec<u8>>, String> {
        let ins = self.code.instrs[i];
        let (op, a, b, c) = (ins.op(), ins.a(), ins.b(), ins.c());
        if op == Op::Ext {
            return Ok(None);
        }
        let kinds = op.operands();
        let values = [a, b, c];
        // Reads.
        let reads = match op {
            Op::Raise => c.min(2),
            _ => 3,
        };
        for j in 0..reads {
            if kinds[j] == Operand::Src
                && op != Op::CheckBound
                && !(op == Op::Move && values[j] >= self.code.nlocals as usize)
            {
                self.need(values[j])?;
            }
            if kinds[j] == Operand::Mut
                && !matches!(op, Op::Release | Op::MakeCell | Op::DeleteLocal)
            {
                self.need(values[j])?;
            }
        }
        // Windows.
        match op {
            Op::Call | Op::CallKw => {
                self.consume(b, 1)?;
                self.set(b + 1, EMPTY)?;
                self.consume(b + 2, c)?;
            }
            Op::CallEx => {
                self.consume(b, 1)?;
                self.set(b + 1, EMPTY)?;
                self.consume(b + 2, 1 + c)?;
            }
            Op::BuildTuple | Op::BuildList | Op::BuildSet | Op::BuildSlice | Op::BuildString => {
                self.consume(b, c)?
            }
            Op::BuildDict => self.consume(b, 2 * c)?,
            Op::BuildTemplate | Op::SumEnd => self.consume(b, 2)?,
            Op::SumAdd => self.need(a + 1)?,
            Op::BuildInterpolation | Op::TypeAlias | Op::LoadSuperAttr | Op::LoadSuperMethod => {
                self.consume(b, 3)?
            }
            Op::GetSlice | Op::SetSlice => self.consume(c, 2)?,
            Op::MakeFunction => self.consume(a + 1, c.count_ones() as usize)?,
            _ => {}
        }
        // Kills.
        for j in 0..3 {
            if ins.k() >> j & 1 == 0 || kinds[j] != Operand::Src {
                continue;
            }
            if values[j] < self.code.nlocals as usize {
                return Err(format!("kills the variable r{}", values[j]));
            }
            if matches!(kinds[0], Operand::Dst) && values[j] == a {
                return Err("kills its destination".into());
            }
            self.set(values[j], EMPTY)?;
        }
        let mut branch = None;
        // Writes.
        match op {
            Op::ForIter => {
                let mut s = self.state.clone();
                s[b] = EMPTY;
                branch = Some(s);
                self.set(a, FULL)?;
            }
            Op::Release => (a..a + b).try_for_each(|r| self.set(r, EMPTY))?,
            Op::DeleteLocal => self.set(a, EMPTY)?,
            Op::CheckBound => self.set(a, FULL)?,
            Op::Unpack => self.fill(a, c)?,
            Op::UnpackEx => self.fill(a, (c & 255) + (c >> 8) + 1)?,
            Op::LoadMethod | Op::LoadSuperMethod | Op::LoadSpecial => {
                self.set(a, FULL)?;
                self.set(a + 1, EMPTY | FULL)?;
            }
            Op::MatchEg => self.fill(a, 2)?,
            Op::ExcArgs => self.fill(a, 3)?,
            Op::PushExc => self.set(a + 1, FULL)?,
            Op::PopExc => self.consume(a, 2)?,
            Op::EndAsyncFor => {
                self.set(a, EMPTY)?;
                self.set(b, EMPTY)?;
            }
            Op::Send => {
                self.set(c, EMPTY)?;
                self.set(a, FULL)?;
            }
            _ if kinds[0] == Operand::Dst => self.set(a, FULL)?,
            _ => {}
        }
        if matches!(op, Op::Return | Op::ReturnNone) {
            for r in self.code.nlocals as usize..self.state.len() {
                if self.state[r] != EMPTY {
                    return Err(format!("r{r} is not empty at return"));
                }
            }
        }
        Ok(branch)
    }
}
