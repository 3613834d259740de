//! Snapshots: what an exit needs to know of the state.

use super::super::exit;
use super::{OWNER, RFrame, Recorder, Val, counted};
use crate::object::Value;
use threadsnake_jit::ir::{Snap, SnapEntry, SnapFrame, SnapVal, Snapshot, Type, boxed};
use threadsnake_threads::sync::Arc;

impl Recorder {
    /// The state before the instruction that is being recorded.
    pub fn before(&mut self) -> Snap {
        if let Some(s) = self.before {
            return s;
        }
        let s = self.snap(self.pc, exit::RESUME);
        self.before = Some(s);
        s
    }
    /// As [`Recorder::before`], for a guard whose exit is right only if it fails.
    pub fn before_otherwise(&mut self) -> Snap {
        let s = self.before();
        self.func.otherwise(s)
    }
    /// A new snapshot has to be made for what follows.
    pub fn forget_before(&mut self) {
        self.before = None;
    }
    /// The state now, going on at `pc`.
    pub fn snap(&mut self, pc: u32, how: u32) -> Snap {
        let s = self.snapshot(pc, how);
        self.add_snap(s)
    }
    fn add_snap(&mut self, s: Snapshot) -> Snap {
        let s = self.func.add_snap(s);
        if !self.inside.is_empty() {
            self.inner.insert(s.index() as u32, self.inside.clone());
        }
        let turns =
            |(n, f): (usize, &RFrame)| f.turns.iter().map(move |t| (n, *t)).collect::<Vec<_>>();
        let turned: Vec<_> = self.frames.iter().enumerate().flat_map(turns).collect();
        if !turned.is_empty() {
            self.turned.insert(s.index() as u32, turned);
        }
        s
    }
    /// As [`Recorder::snap`], not yet in the function.
    pub fn snapshot(&self, pc: u32, how: u32) -> Snapshot {
        let last = self.frames.len() - 1;
        let frames = self
            .frames
            .iter()
            .enumerate()
            .map(|(n, f)| {
                let mut listed = self.listed.borrow_mut();
                if listed.len() <= n {
                    listed.resize(n + 1, Arc::default());
                }
                // Mostly it is as it was.
                if !listed[n].iter().copied().eq(entries(n, f)) {
                    listed[n] = entries(n, f).collect::<Vec<_>>().into();
                }
                let regs = listed[n].clone();
                SnapFrame {
                    code: f.inlined as u64,
                    pc: if n == last { pc } else { f.resume },
                    how: if n == last { how } else { exit::RESUME },
                    regs,
                }
            })
            .collect();
        Snapshot {
            frames,
            release: self.drops.iter().filter_map(counted).collect(),
            otherwise: how == exit::RAISE,
            ..Snapshot::default()
        }
    }

    /// As [`Recorder::snap`], for a guard whose exit is right only if it fails.
    pub fn snap_otherwise(&mut self, pc: u32) -> Snap {
        let mut s = self.snapshot(pc, exit::RESUME);
        s.otherwise = true;
        self.add_snap(s)
    }
}

/// What a snapshot says of frame `n`.
fn entries(n: usize, f: &RFrame) -> impl Iterator<Item = SnapEntry> {
    let changed = f.regs.iter().enumerate().filter(|(_, r)| r.dirty);
    let regs = changed.map(|(r, reg)| entry(f.place(r), reg.val, reg.owned));
    let owner = (n > 0).then(|| entry(OWNER, f.owner.0, f.owner.1));
    let exc = (f.exc != Val::Empty).then(|| entry(exit::EXC, f.exc, true));
    regs.chain(owner).chain(exc)
}

fn entry(place: u32, val: Val, owned: bool) -> SnapEntry {
    let (val, pointer) = match val {
        Val::Int(v) | Val::Float(v) | Val::Bool(v) => (SnapVal::Value(v), false),
        Val::Obj(v) | Val::Any(v) => (SnapVal::Value(v), true),
        Val::Const(bits) => (SnapVal::Const(Type::Val, bits), Value(bits).is_ptr()),
        Val::Empty | Val::Unread => (SnapVal::Const(Type::Val, boxed::EMPTY), false),
    };
    SnapEntry {
        place,
        val,
        incref: pointer && !owned,
    }
}
