//! The verifier: what every pass may rely on and must keep.
//!
//! - V1 every block that is reachable ends in its only terminator, and jumps to existing blocks with one argument
//!   of the right type for each parameter; the entry has the parameters (ptr, ptr) and no predecessors;
//! - V2 operands, results and immediates are those of the table, helpers' those of their declaration;
//! - V3 a use is dominated by its definition, uses in snapshots included;
//! - V4 a guard has a snapshot; snapshots name existing virtual objects and no cycle is longer than the list;
//! - V5 a safepoint is the first instruction of its block;
//! - V6 for Multi: operations and helpers are legal there.

use super::cfg::Cfg;
use super::entity::{Block, Inst};
use super::func::{Def, Func, InstData, SnapVal};
use super::op::{Imm, Kind, Op};
use super::types::Type;
use core::fmt;

/// A fault of a function. It is always a bug of the recorder or of a pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// The instruction, printed.
    pub at: String,
    /// What was wrong.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}

impl std::error::Error for VerifyError {}

type Res = Result<(), VerifyError>;

fn err(at: impl fmt::Display, message: impl Into<String>) -> Res {
    Err(VerifyError {
        at: at.to_string(),
        message: message.into(),
    })
}

fn show(d: &InstData) -> String {
    let mut s = String::new();
    // Writing into a String cannot fail.
    let _ = super::print::inst(&mut s, d);
    s
}

/// Checks a function.
///
/// # Errors
/// The first fault found.
pub fn verify(f: &Func) -> Res {
    if f.blocks.is_empty() {
        return err(&f.name, "no blocks");
    }
    let entry: Vec<Type> = f.blocks[0].params.iter().map(|v| f.ty(*v)).collect();
    if entry != [Type::Ptr, Type::Ptr] {
        return err("b0", "the entry takes (ptr, ptr)");
    }
    for b in 0..f.blocks.len() {
        structure(f, Block::new(b))?;
    }
    let cfg = Cfg::new(f);
    if !cfg.preds[0].is_empty() {
        return err("b0", "the entry has a predecessor");
    }
    // Position of each definition: (block, index in block), parameters before everything.
    let mut defined: Vec<Option<(Block, usize)>> = vec![None; f.values.len()];
    for &b in &cfg.rpo {
        for v in &f.blocks[b.index()].params {
            if f.values[v.index()].def != Def::Param(b) || defined[v.index()].is_some() {
                return err(v, "parameter with another definition");
            }
            defined[v.index()] = Some((b, 0));
        }
        for (n, i) in f.blocks[b.index()].insts.iter().enumerate() {
            if let Some(v) = f.inst(*i).result {
                if f.values[v.index()].def != Def::Inst(*i) || defined[v.index()].is_some() {
                    return err(show(f.inst(*i)), "result with another definition");
                }
                defined[v.index()] = Some((b, n + 1));
            }
        }
    }
    for &b in &cfg.rpo {
        for (n, i) in f.blocks[b.index()].insts.iter().enumerate() {
            let d = f.inst(*i);
            types(f, d)?;
            let mut bad = None;
            f.for_each_use(d, |v| match defined.get(v.index()).copied().flatten() {
                Some((db, dn)) if (db == b && dn <= n) || (db != b && cfg.dominates(db, b)) => {}
                _ => bad = Some(v),
            });
            if let Some(v) = bad {
                return err(
                    show(d),
                    format!("{v} is used where its definition does not reach (V3)"),
                );
            }
            if d.op == Op::Safepoint && n != 0 {
                return err(show(d), "a safepoint is first in its block (V5)");
            }
        }
    }
    Ok(())
}

/// Checks that every operation is legal in Multi code.
///
/// # Errors
/// The first that is not.
pub fn verify_multi(f: &Func) -> Res {
    for i in f.blocks.iter().flat_map(|b| &b.insts) {
        let d = f.inst(*i);
        let helper_ok = d.helper.is_none_or(|h| f.helpers[h.index()].multi);
        if !d.op.info().behaviour.multi || !helper_ok {
            return err(show(d), "not legal in Multi code (V6)");
        }
    }
    Ok(())
}

fn structure(f: &Func, b: Block) -> Res {
    let insts = &f.blocks[b.index()].insts;
    // A block that a pass has emptied is unreachable; Cfg::new would find a jump to it below.
    for (n, i) in insts.iter().enumerate() {
        let Some(d) = f.insts.get(i.index()) else {
            return err(b, "instruction out of range");
        };
        if d.op.is_term() != (n + 1 == insts.len()) {
            return err(
                show(d),
                "a terminator ends its block and nothing else does (V1)",
            );
        }
        for s in &d.succs {
            match f.blocks.get(s.block.index()) {
                Some(t) if t.insts.is_empty() => {
                    return err(show(d), "jump to an empty block (V1)");
                }
                Some(t) if t.params.len() != s.args.len() => {
                    return err(
                        show(d),
                        format!("{} takes {} arguments (V1)", s.block, t.params.len()),
                    );
                }
                Some(_) => {}
                None => return err(show(d), "jump to no block (V1)"),
            }
        }
        let want = match d.op {
            Op::Jump => 1,
            Op::Brif => 2,
            _ => 0,
        };
        if d.succs.len() != want {
            return err(show(d), "wrong number of successors (V1)");
        }
        let mut known = true;
        d.args
            .iter()
            .chain(d.succs.iter().flat_map(|s| &s.args))
            .chain(&d.result)
            .for_each(|v| {
                known &= v.index() < f.values.len();
            });
        if let Some(s) = d.snap {
            match f.snaps.get(s.index()) {
                Some(s) => s.for_each(|v| known &= v.index() < f.values.len()),
                None => return err(show(d), "no such snapshot (V4)"),
            }
        }
        if !known {
            return err(show(d), "no such value");
        }
    }
    if b.0 == 0 && insts.is_empty() {
        err(b, "the entry is empty (V1)")
    } else {
        Ok(())
    }
}

fn types(f: &Func, d: &InstData) -> Res {
    let info = d.op.info();
    if info.imm == Imm::Helper {
        let Some(h) = d.helper.and_then(|h| f.helpers.get(h.index())) else {
            return err(show(d), "no such helper (V2)");
        };
        let got: Vec<Type> = d.args.iter().map(|v| f.ty(*v)).collect();
        if got != h.args {
            return err(show(d), format!("{} takes {:?} (V2)", h.name, h.args));
        }
        let floats = got.iter().filter(|t| t.is_float()).count();
        if floats > 8 || got.len() - floats > 6 {
            return err(show(d), "too many arguments for registers (V2)");
        }
    } else {
        if d.args.len() != info.args.len() {
            return err(show(d), "wrong number of operands (V2)");
        }
        for (v, kind) in d.args.iter().zip(info.args) {
            let ty = f.ty(*v);
            let ok = match kind {
                Kind::Is(t) => *t == ty,
                Kind::Base => matches!(ty, Type::Obj | Type::Ptr),
            };
            if !ok {
                return err(show(d), format!("{v} has type {ty} (V2)"));
            }
        }
    }
    let want = f.result_type(d);
    if want != d.result.map(|v| f.ty(v)) && !(want.is_some() && d.result.is_none()) {
        return err(show(d), "wrong result (V2)");
    }
    if want.is_some() && d.result.is_none() && d.op != Op::Call {
        return err(show(d), "the result has no name (V2)");
    }
    if info.imm == Imm::Off && i32::try_from(d.imm as i64).is_err() {
        return err(show(d), "offset out of range (V2)");
    }
    if d.op == Op::Alloc && (d.alloc.size < 16 || !d.alloc.size.is_multiple_of(8)) {
        return err(
            show(d),
            "an object is at least 16 bytes, in multiples of 8 (V2)",
        );
    }
    for s in &d.succs {
        for (v, p) in s.args.iter().zip(&f.blocks[s.block.index()].params) {
            if f.ty(*v) != f.ty(*p) {
                return err(show(d), format!("{p} has type {} (V1)", f.ty(*p)));
            }
        }
    }
    if info.behaviour.guard && d.snap.is_none() {
        return err(show(d), "a guard needs a snapshot (V4)");
    }
    if let Some(s) = d.snap {
        let s = &f.snaps[s.index()];
        let bad = |v: &SnapVal| matches!(v, SnapVal::Virtual(n) if *n as usize >= s.virtuals.len());
        let entries = s
            .frames
            .iter()
            .flat_map(|f| f.regs.iter())
            .chain(s.virtuals.iter().flat_map(|o| &o.fields));
        if entries.clone().any(|e| bad(&e.val)) {
            return err(show(d), "no such virtual object (V4)");
        }
    }
    Ok(())
}

/// The instruction as text, for messages.
pub fn describe(f: &Func, i: Inst) -> String {
    show(f.inst(i))
}
