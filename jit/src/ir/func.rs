//! A function of the IR: tables of values, instructions, blocks, snapshots and helpers.

use super::entity::{Block, Helper, Inst, Snap, Value};
use super::op::{Imm, Op};
use super::types::{AliasClass, ClassSet, Type};
use foldhash::fast::FixedState;
use smallvec::SmallVec;
use std::collections::HashMap;
use threadsnake_threads::sync::Arc;

/// Where a memory access goes, besides its base and index operands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MemRef {
    /// Added to the base.
    pub off: i32,
    /// The class of memory.
    pub class: AliasClass,
}

/// An edge to a block, with the values of its parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Succ {
    /// Where it goes.
    pub block: Block,
    /// One value for each parameter.
    pub args: SmallVec<[Value; 4]>,
}

/// An object that `alloc` makes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct AllocInfo {
    /// Bytes, header included.
    pub size: u32,
    /// Shape id.
    pub shape: u32,
    /// Flags byte of the header.
    pub flags: u8,
}

/// An instruction. All have the same form; what is used depends on the operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InstData {
    /// The operation.
    pub op: Op,
    /// Operands.
    pub args: SmallVec<[Value; 4]>,
    /// Immediate: constant, shape id, assumption id, offset.
    pub imm: u64,
    /// For loads and stores.
    pub mem: MemRef,
    /// For calls.
    pub helper: Option<Helper>,
    /// For `alloc`.
    pub alloc: AllocInfo,
    /// For guards, and for calls that may be seen from outside.
    pub snap: Option<Snap>,
    /// For terminators.
    pub succs: Vec<Succ>,
    /// The value defined.
    pub result: Option<Value>,
}

impl InstData {
    /// An instruction without immediate, snapshot or result.
    pub fn new(op: Op, args: &[Value]) -> InstData {
        InstData {
            op,
            args: args.into(),
            imm: 0,
            mem: MemRef {
                off: 0,
                class: AliasClass::IMMUTABLE,
            },
            helper: None,
            alloc: AllocInfo::default(),
            snap: None,
            succs: Vec::new(),
            result: None,
        }
    }
    /// The same with an immediate.
    pub fn imm(mut self, imm: u64) -> InstData {
        self.imm = imm;
        self
    }
    /// The same with a snapshot.
    pub fn at(mut self, snap: Snap) -> InstData {
        self.snap = Some(snap);
        self
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Def {
    /// Parameter of a block.
    Param(Block),
    /// Result of an instruction.
    Inst(Inst),
    /// Nothing any more.
    None,
}

/// A value's type and definition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ValueData {
    /// Its type.
    pub ty: Type,
    /// Where it comes from.
    pub def: Def,
}

/// A block: its parameters and its instructions, the last of which is a terminator.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BlockData {
    /// Parameters.
    pub params: Vec<Value>,
    /// Instructions in order.
    pub insts: Vec<Inst>,
}

/// What a snapshot says about one place of the interpreter.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SnapVal {
    /// An SSA value; its type says how it is to be boxed.
    Value(Value),
    /// A constant, as raw bits of the type.
    Const(Type, u64),
    /// An object of the snapshot's list, to be built.
    Virtual(u32),
}

/// One place of a frame or field, and what belongs into it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SnapEntry {
    /// Register index in a frame, byte offset in an object.
    pub place: u32,
    /// What to put there.
    pub val: SnapVal,
    /// The exit must take a reference for this place: the code did not.
    pub incref: bool,
}

/// One interpreter frame to rebuild, outermost first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SnapFrame {
    /// The code object, opaque.
    pub code: u64,
    /// Where to go on.
    pub pc: u32,
    /// How to go on (plain, raise the pending exception, ...), opaque.
    pub how: u32,
    /// Registers that differ from what the register window in memory holds; shared with other snapshots, as those of a
    /// caller do not change while its callee runs.
    pub regs: Arc<[SnapEntry]>,
}

/// An object that was never built, and is if the exit is taken.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VirtualObj {
    /// Size, shape and flags.
    pub alloc: AllocInfo,
    /// Its fields.
    pub fields: Vec<SnapEntry>,
}

/// The interpreter state that an exit rebuilds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Snapshot {
    /// Frames, outermost first.
    pub frames: Vec<SnapFrame>,
    /// Objects that entries of frames, or each other's fields, name.
    pub virtuals: Vec<VirtualObj>,
    /// Values whose reference the exit drops, after the frames are rebuilt.
    pub release: Vec<Value>,
    /// The state is right only where the guard really fails (the other way of a branch, an exception): a test that forces
    /// exits must not force this one.
    pub otherwise: bool,
    /// Number of the snapshot of the recording that this one came from: copies that passes make keep it. Not part of the
    /// textual form.
    pub origin: u32,
}

impl Snapshot {
    /// Calls `f` with each SSA value, in order.
    pub fn for_each(&self, mut f: impl FnMut(Value)) {
        for e in self.entries() {
            if let SnapVal::Value(v) = e.val {
                f(v);
            }
        }
        self.release.iter().for_each(|v| f(*v));
    }

    /// All entries of frames and virtual objects.
    pub fn entries(&self) -> impl Iterator<Item = &SnapEntry> {
        self.frames
            .iter()
            .flat_map(|f| f.regs.iter())
            .chain(self.virtuals.iter().flat_map(|o| &o.fields))
    }

    /// How many SSA values its entries name, and those that it releases.
    pub fn values(&self) -> usize {
        let is_value = |e: &&SnapEntry| matches!(e.val, SnapVal::Value(_));
        self.entries().filter(is_value).count() + self.release.len()
    }

    /// Calls `f` with each entry of frames and virtual objects, to be changed. What it leaves alone stays shared.
    pub fn edit<E>(&mut self, mut f: impl FnMut(&mut SnapEntry) -> Result<(), E>) -> Result<(), E> {
        for frame in &mut self.frames {
            for n in 0..frame.regs.len() {
                let mut e = frame.regs[n];
                f(&mut e)?;
                if e != frame.regs[n] {
                    Arc::make_mut(&mut frame.regs)[n] = e;
                }
            }
        }
        self.virtuals
            .iter_mut()
            .flat_map(|o| &mut o.fields)
            .try_for_each(f)
    }

    /// Replaces each SSA value by what `f` says.
    pub fn map_values(&mut self, mut f: impl FnMut(Value) -> Value) {
        let done: Result<(), core::convert::Infallible> = self.edit(|e| {
            if let SnapVal::Value(v) = &mut e.val {
                *v = f(*v);
            }
            Ok(())
        });
        let Ok(()) = done;
        for v in &mut self.release {
            *v = f(*v);
        }
    }
}

/// A list of entries, and what has become of it.
type OldAndNew = (Arc<[SnapEntry]>, Arc<[SnapEntry]>);

/// Changes lists of entries that snapshots share, each once, so that they stay shared. For one way of changing them.
#[derive(Default)]
pub struct Lists {
    // By address; the old one is kept, so that its address stays its own.
    done: HashMap<*const SnapEntry, OldAndNew, FixedState>,
}

impl Lists {
    /// What `f` makes of the list: `None` if nothing changes.
    pub fn change(
        &mut self,
        list: &Arc<[SnapEntry]>,
        f: impl FnOnce(&[SnapEntry]) -> Option<Arc<[SnapEntry]>>,
    ) -> Option<Arc<[SnapEntry]>> {
        if list.len() < 3 {
            // Not worth remembering.
            return f(list);
        }
        let make = || (list.clone(), f(list).unwrap_or_else(|| list.clone()));
        let (old, new) = self.done.entry(list.as_ptr()).or_insert_with(make);
        (!Arc::ptr_eq(old, new)).then(|| new.clone())
    }

    /// Replaces each SSA value of a snapshot, which is copied only if something changes.
    pub fn map(&mut self, s: &mut Arc<Snapshot>, f: impl Fn(Value) -> Value) {
        let mapped = |e: &SnapEntry| SnapEntry {
            val: match e.val {
                SnapVal::Value(v) => SnapVal::Value(f(v)),
                val => val,
            },
            ..*e
        };
        for n in 0..s.frames.len() {
            let new = self.change(&s.frames[n].regs, |list| {
                let same = list.iter().all(|e| mapped(e) == *e);
                (!same).then(|| list.iter().map(mapped).collect())
            });
            if let Some(new) = new {
                Arc::make_mut(s).frames[n].regs = new;
            }
        }
        let fields = |s: &Snapshot| {
            let mut fields = s.virtuals.iter().flat_map(|o| &o.fields);
            fields.any(|e| mapped(e) != *e)
        };
        if fields(s) || s.release.iter().any(|v| f(*v) != *v) {
            let s = Arc::make_mut(s);
            for e in s.virtuals.iter_mut().flat_map(|o| &mut o.fields) {
                *e = mapped(e);
            }
            s.release.iter_mut().for_each(|v| *v = f(*v));
        }
    }
}

/// What a helper `(thread, object, place, new) -> old` does in its usual case: it replaces a boxed word of an object. Multi code
/// does so in line where it needs nobody's leave: [`crate::OwnLock`]. In all other cases it calls the helper.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Replace {
    /// The word at `offset` of objects of this shape, if it is not empty.
    Slot {
        /// From the object.
        offset: i32,
        /// The object's.
        shape: u32,
    },
    /// The empty word at `offset` of objects of this shape, which get the shape `new`. What was there is `None`.
    Add {
        /// From the object.
        offset: i32,
        /// The object's before.
        shape: u32,
        /// And after.
        new: u32,
    },
    /// The word with the number `place`, of those that the object has.
    Item {
        /// Offset in the object of how many there are.
        len: i32,
        /// Offset of a pointer to their storage, or null.
        array: i32,
        /// Offset of the first one there.
        first: i32,
    },
    /// As `Item`, but the words are numbers of `width` bytes; `place` and `new` are integers. What was there is not told, but
    /// given as `None`.
    Number {
        /// Offset in the object of how many there are.
        len: i32,
        /// Offset of a pointer to their storage, or null.
        array: i32,
        /// Offset of the first one there.
        first: i32,
        /// 1, 4 or 8.
        width: u8,
    },
}

/// A function outside compiled code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HelperDecl {
    /// Stable name for listings.
    pub name: String,
    /// Its address, in this process. `extern "C"`.
    pub addr: u64,
    /// Types of its parameters: at most six integers or pointers and eight doubles.
    pub args: Vec<Type>,
    /// Type of its result.
    pub ret: Option<Type>,
    /// Memory that it reads.
    pub reads: ClassSet,
    /// Memory that it writes.
    pub writes: ClassSet,
    /// May leave a Python exception pending.
    pub raises: bool,
    /// May run Python code.
    pub python: bool,
    /// Total, and depends on nothing but its arguments: equal calls are joined, unused ones dropped.
    pub pure: bool,
    /// May be called from Multi code.
    pub multi: bool,
    /// What it mostly does.
    pub replaces: Option<Replace>,
}

/// A function of the IR: one trace or region.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Func {
    /// Name for listings.
    pub name: String,
    /// Assumptions that hold for the whole function: its loop back edges, or its safepoints, watch them.
    pub assumptions: Vec<u32>,
    /// All values.
    pub values: Vec<ValueData>,
    /// All instructions, also those that belong to no block any more.
    pub insts: Vec<InstData>,
    /// All blocks; the first is the entry, with the parameters (thread, base).
    pub blocks: Vec<BlockData>,
    /// All snapshots; shared with the functions that this one was copied from and to, until one changes them.
    pub snaps: Vec<Arc<Snapshot>>,
    /// All helpers.
    pub helpers: Vec<HelperDecl>,
}

impl Func {
    /// An empty function with an entry block that has the parameters (thread, base).
    pub fn new(name: &str) -> Func {
        let mut f = Func {
            name: name.into(),
            ..Func::default()
        };
        let entry = f.add_block();
        f.add_param(entry, Type::Ptr);
        f.add_param(entry, Type::Ptr);
        f
    }

    /// The entry block.
    pub fn entry(&self) -> Block {
        Block(0)
    }
    /// The thread record, first parameter of the entry.
    pub fn thread(&self) -> Value {
        self.blocks[0].params[0]
    }
    /// The register window, second parameter of the entry.
    pub fn base(&self) -> Value {
        self.blocks[0].params[1]
    }

    /// Adds an empty block.
    pub fn add_block(&mut self) -> Block {
        self.blocks.push(BlockData::default());
        Block::new(self.blocks.len() - 1)
    }
    /// Adds a parameter to a block.
    pub fn add_param(&mut self, block: Block, ty: Type) -> Value {
        let v = self.add_value(ty, Def::Param(block));
        self.blocks[block.index()].params.push(v);
        v
    }
    /// Adds a value.
    pub fn add_value(&mut self, ty: Type, def: Def) -> Value {
        self.values.push(ValueData { ty, def });
        Value::new(self.values.len() - 1)
    }
    /// Adds an instruction to no block yet; makes its result.
    pub fn make_inst(&mut self, mut data: InstData) -> Inst {
        let inst = Inst::new(self.insts.len());
        if let Some(ty) = self.result_type(&data) {
            data.result = Some(self.add_value(ty, Def::Inst(inst)));
        }
        self.insts.push(data);
        inst
    }
    /// Adds an instruction at the end of a block.
    pub fn append(&mut self, block: Block, data: InstData) -> Inst {
        let inst = self.make_inst(data);
        self.blocks[block.index()].insts.push(inst);
        inst
    }
    /// Adds a snapshot.
    pub fn add_snap(&mut self, snap: Snapshot) -> Snap {
        self.snaps.push(Arc::new(snap));
        Snap::new(self.snaps.len() - 1)
    }
    /// A copy of a snapshot for a guard whose exit is right only if it fails.
    pub fn otherwise(&mut self, snap: Snap) -> Snap {
        let mut s = Snapshot::clone(&self.snaps[snap.index()]);
        s.otherwise = true;
        self.add_snap(s)
    }
    /// Adds a helper, or finds the equal one.
    pub fn add_helper(&mut self, decl: HelperDecl) -> Helper {
        if let Some(i) = self.helpers.iter().position(|h| *h == decl) {
            return Helper::new(i);
        }
        self.helpers.push(decl);
        Helper::new(self.helpers.len() - 1)
    }

    /// The object behind a value, boxed or not.
    pub fn root(&self, mut v: Value) -> Value {
        while let Some(d) = self
            .def(v)
            .filter(|d| matches!(d.op, Op::BoxObj | Op::UnboxObj))
        {
            v = d.args[0];
        }
        v
    }

    /// The type of a value.
    pub fn ty(&self, v: Value) -> Type {
        self.values[v.index()].ty
    }
    /// An instruction.
    pub fn inst(&self, i: Inst) -> &InstData {
        &self.insts[i.index()]
    }
    /// The instruction that defines a value, if one does.
    pub fn def(&self, v: Value) -> Option<&InstData> {
        match self.values[v.index()].def {
            Def::Inst(i) => Some(&self.insts[i.index()]),
            _ => None,
        }
    }
    /// The bits of a constant value.
    pub fn as_const(&self, v: Value) -> Option<u64> {
        self.def(v).filter(|d| d.op.is_const()).map(|d| d.imm)
    }
    /// The terminator of a block that has one.
    pub fn term(&self, b: Block) -> Option<&InstData> {
        let last = *self.blocks[b.index()].insts.last()?;
        Some(self.inst(last)).filter(|d| d.op.is_term())
    }
    /// The edges out of a block.
    pub fn succs(&self, b: Block) -> &[Succ] {
        self.term(b).map_or(&[], |t| &t.succs)
    }
    /// Memory that an instruction reads: its row, its class, or its helper's declaration.
    pub fn reads(&self, d: &InstData) -> ClassSet {
        let b = &d.op.info().behaviour;
        let mut set = b.reads;
        if b.load {
            set = set.union(d.mem.class.set());
        }
        d.helper
            .map_or(set, |h| set.union(self.helpers[h.index()].reads))
    }
    /// Memory that an instruction writes.
    pub fn writes(&self, d: &InstData) -> ClassSet {
        let b = &d.op.info().behaviour;
        let mut set = b.writes;
        if b.store && d.mem.class != AliasClass::IMMUTABLE {
            set = set.union(d.mem.class.set());
        }
        d.helper
            .map_or(set, |h| set.union(self.helpers[h.index()].writes))
    }
    /// Whether an instruction may run Python code, and so break assumptions.
    pub fn may_run_python(&self, d: &InstData) -> bool {
        d.op.info().behaviour.python || d.helper.is_some_and(|h| self.helpers[h.index()].python)
    }
    /// No effect, total, depends on its operands only.
    pub fn is_pure(&self, d: &InstData) -> bool {
        d.op.is_pure()
            || (d.op == Op::Call && d.helper.is_some_and(|h| self.helpers[h.index()].pure))
    }
    /// Must stay even if its result is not used.
    pub fn must_stay(&self, d: &InstData) -> bool {
        d.op.info().behaviour.keep && !self.is_pure(d)
    }
    /// The type of the result that an instruction would have.
    pub fn result_type(&self, d: &InstData) -> Option<Type> {
        match d.op.info().imm {
            Imm::Helper => d
                .helper
                .and_then(|h| self.helpers.get(h.index()))
                .and_then(|h| h.ret),
            _ => d.op.info().result,
        }
    }

    /// Calls `f` with each operand of an instruction: arguments, block arguments, values of its snapshot.
    pub fn for_each_use(&self, d: &InstData, mut f: impl FnMut(Value)) {
        d.args.iter().for_each(|v| f(*v));
        d.succs.iter().flat_map(|s| &s.args).for_each(|v| f(*v));
        if let Some(s) = d.snap {
            self.snaps[s.index()].for_each(f);
        }
    }

    /// How often each value is used by instructions of blocks, snapshots counted.
    pub fn use_counts(&self) -> Vec<u32> {
        let mut n = vec![0; self.values.len()];
        for b in &self.blocks {
            for i in &b.insts {
                self.for_each_use(self.inst(*i), |v| n[v.index()] += 1);
            }
        }
        n
    }

    /// Replaces every use of each value by what `map` says, through chains.
    pub fn rewrite_values(&mut self, map: &[Value]) {
        if map.iter().enumerate().all(|(n, v)| v.index() == n) {
            return;
        }
        let find = |mut v: Value| {
            while map[v.index()] != v {
                v = map[v.index()];
            }
            v
        };
        for d in &mut self.insts {
            d.args.iter_mut().for_each(|v| *v = find(*v));
            d.succs
                .iter_mut()
                .flat_map(|s| s.args.iter_mut())
                .for_each(|v| *v = find(*v));
        }
        let mut lists = Lists::default();
        for s in &mut self.snaps {
            lists.map(s, find);
        }
    }

    /// Empties the snapshots that neither `more` nor an instruction of a block names, so that nothing looks at them again.
    pub fn forget_unused_snaps(&mut self, more: impl IntoIterator<Item = Snap>) {
        let mut used = vec![false; self.snaps.len()];
        more.into_iter().for_each(|s| used[s.index()] = true);
        for i in self.blocks.iter().flat_map(|b| &b.insts) {
            if let Some(s) = self.inst(*i).snap {
                used[s.index()] = true;
            }
        }
        let empty: Arc<Snapshot> = Arc::default();
        for (s, used) in self.snaps.iter_mut().zip(used) {
            if !used {
                *s = empty.clone();
            }
        }
    }

    /// A copy with room for a few more of everything, so that the first that is added does not double what it takes.
    pub fn copy(&self) -> Func {
        fn roomy<T: Clone>(v: &[T]) -> Vec<T> {
            let mut new = Vec::with_capacity(v.len() + v.len() / 8 + 32);
            new.extend_from_slice(v);
            new
        }
        Func {
            name: self.name.clone(),
            assumptions: self.assumptions.clone(),
            values: roomy(&self.values),
            insts: roomy(&self.insts),
            blocks: self.blocks.clone(),
            snaps: roomy(&self.snaps),
            helpers: self.helpers.clone(),
        }
    }

    /// Drops the instructions that belong to no block, if they are many; the others get new numbers.
    pub fn compact(&mut self) {
        let live: usize = self.blocks.iter().map(|b| b.insts.len()).sum();
        if self.insts.len() < live + live / 4 + 64 {
            return;
        }
        for v in &mut self.values {
            if matches!(v.def, Def::Inst(_)) {
                v.def = Def::None;
            }
        }
        let mut insts = Vec::with_capacity(live + live / 8 + 32);
        let empty = || InstData::new(Op::Exit, &[]);
        for i in self.blocks.iter_mut().flat_map(|b| &mut b.insts) {
            let d = core::mem::replace(&mut self.insts[i.index()], empty());
            *i = Inst::new(insts.len());
            if let Some(v) = d.result {
                self.values[v.index()].def = Def::Inst(*i);
            }
            insts.push(d);
        }
        self.insts = insts;
    }

    /// The map that changes nothing, for [`Func::rewrite_values`].
    pub fn identity_map(&self) -> Vec<Value> {
        (0..self.values.len()).map(Value::new).collect()
    }
}
