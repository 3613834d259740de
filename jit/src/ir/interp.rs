//! The reference interpreter: what a function means, without any back end.

use super::cfg::Cfg;
use super::entity::{Block, Snap, Value};
use super::eval;
use super::func::{AllocInfo, Func, HelperDecl, InstData};
use super::op::Op;
use super::types::boxed;

/// The world outside the function.
pub trait Host {
    /// Reads `width` bytes, zero-extended.
    fn load(&mut self, addr: u64, width: u8) -> u64;
    /// Writes the low `width` bytes of `val`.
    fn store(&mut self, addr: u64, width: u8, val: u64);
    /// Calls a helper.
    fn call(&mut self, helper: &HelperDecl, args: &[u64]) -> u64;
    /// Makes an object with its header, or has no memory.
    fn alloc(&mut self, info: AllocInfo) -> Option<u64>;
    /// Destroys an object whose count has become zero.
    fn destroy(&mut self, obj: u64);
    /// Whether somebody wants this thread to leave at this point.
    fn leave(&mut self, _at: Point) -> bool {
        false
    }
}

/// A place where others can make a thread leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Point {
    /// A safepoint, reached from outside the loop.
    Entry,
    /// A safepoint, reached by a back edge.
    BackEdge,
    /// A patch point.
    Patch,
}

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Left through a snapshot; the values it names, in the order of [`super::Snapshot::for_each`].
    Exit(Snap, Vec<u64>),
    /// Returned.
    Ret(u64),
    /// Used up its steps.
    Fuel,
    /// The function is ill-formed.
    Bad(String),
}

/// Runs `f` for at most `fuel` instructions.
pub fn run(f: &Func, host: &mut impl Host, thread: u64, base: u64, mut fuel: u64) -> Outcome {
    let mut regs = vec![0u64; f.values.len()];
    let mut args: Vec<u64> = vec![thread, base];
    let mut block = Block(0);
    let cfg = Cfg::new(f);
    let mut back_edge = false;
    loop {
        for (p, v) in f.blocks[block.index()].params.iter().zip(&args) {
            regs[p.index()] = *v;
        }
        let mut next = None;
        for i in &f.blocks[block.index()].insts {
            if fuel == 0 {
                return Outcome::Fuel;
            }
            fuel -= 1;
            let d = f.inst(*i);
            args.clear();
            args.extend(d.args.iter().map(|v| regs[v.index()]));
            match d.op {
                Op::Jump => next = Some(0),
                Op::Brif => next = Some(usize::from(args[0] == 0)),
                Op::Ret => return Outcome::Ret(args[0]),
                _ => match step(f, host, d, &args, back_edge) {
                    Step::Value(x) => {
                        if let Some(v) = d.result {
                            regs[v.index()] = x;
                        }
                    }
                    Step::Leave => {
                        let Some(snap) = d.snap else {
                            return Outcome::Bad("guard without snapshot".into());
                        };
                        let mut values = Vec::new();
                        f.snaps[snap.index()].for_each(|v: Value| values.push(regs[v.index()]));
                        return Outcome::Exit(snap, values);
                    }
                    Step::Bad => {
                        return Outcome::Bad(format!("cannot interpret {}", d.op.info().text));
                    }
                },
            }
            if let Some(n) = next {
                let s = &d.succs[n];
                args.clear();
                args.extend(s.args.iter().map(|v| regs[v.index()]));
                back_edge = cfg.is_back_edge(block, s.block);
                block = s.block;
            }
        }
        if next.is_none() {
            return Outcome::Bad("block without terminator".into());
        }
    }
}

enum Step {
    Value(u64),
    Leave,
    Bad,
}

fn step(f: &Func, host: &mut impl Host, d: &InstData, a: &[u64], back_edge: bool) -> Step {
    if let Some(x) = eval::pure(d.op, a, d.imm) {
        return Step::Value(x);
    }
    if let Some(r) = eval::guard(d.op, a, d.imm) {
        return r.map_or(Step::Leave, Step::Value);
    }
    let b = &d.op.info().behaviour;
    let width = d.op.width();
    if b.load || b.store {
        let mut addr = a[0].wrapping_add(d.mem.off as u64);
        if d.op.is_indexed() {
            addr = addr.wrapping_add(a[1].wrapping_mul(u64::from(width)));
        }
        if b.store {
            host.store(addr, width, a[a.len() - 1]);
            return Step::Value(0);
        }
        let x = host.load(addr, width);
        return Step::Value(if matches!(d.op, Op::LoadI32 | Op::LoadxI32) {
            x as i32 as u64
        } else {
            x
        });
    }
    let mut leave = false;
    match d.op {
        Op::GuardShape => leave = host.load(a[0].wrapping_add(boxed::SHAPE as u64), 4) != d.imm,
        Op::Incref => count(host, a[0], 1),
        Op::IncrefVal if boxed::is_obj(a[0]) => count(host, a[0], 1),
        Op::Decref | Op::DecrefLeaf | Op::DecrefLive => drop_one(host, a[0], &mut false),
        Op::DecrefVal if boxed::is_obj(a[0]) => drop_one(host, a[0], &mut false),
        Op::IncrefVal | Op::DecrefVal | Op::Publish => {}
        Op::DecrefGuard => {
            drop_one(host, a[0], &mut leave);
            return if leave { Step::Leave } else { Step::Value(0) };
        }
        Op::Alloc => return host.alloc(d.alloc).map_or(Step::Leave, Step::Value),
        Op::Call => {
            return match d.helper {
                Some(h) => Step::Value(host.call(&f.helpers[h.index()], a)),
                None => Step::Bad,
            };
        }
        Op::Safepoint => {
            leave = host.leave(if back_edge {
                Point::BackEdge
            } else {
                Point::Entry
            });
        }
        Op::Patch => leave = host.leave(Point::Patch),
        Op::Exit => leave = true,
        _ => return Step::Bad,
    }
    if leave && d.snap.is_some() {
        Step::Leave
    } else {
        Step::Value(0)
    }
}

fn count(host: &mut impl Host, obj: u64, by: u64) {
    let at = obj.wrapping_add(boxed::LOCAL as u64);
    let n = host.load(at, 4).wrapping_add(by) & 0xFFFF_FFFF;
    host.store(at, 4, n);
}

fn drop_one(host: &mut impl Host, obj: u64, zero: &mut bool) {
    count(host, obj, u64::MAX);
    if host.load(obj.wrapping_add(boxed::LOCAL as u64), 4) as i32 <= 0 {
        host.destroy(obj);
        *zero = true;
    }
}
