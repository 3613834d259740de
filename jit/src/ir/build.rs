//! A builder that appends instructions at the end of a current block. Each instruction is checked against the
//! table only by the verifier; the builder itself never fails.

use super::entity::{Block, Helper, Snap, Value};
use super::func::{AllocInfo, Func, InstData, MemRef, Succ};
use super::op::Op;
use super::types::AliasClass;

/// Appends instructions to one block at a time.
#[derive(Debug)]
pub struct Builder<'f> {
    /// The function under construction.
    pub func: &'f mut Func,
    block: Block,
}

impl<'f> Builder<'f> {
    /// Builds at the end of the entry block.
    pub fn new(func: &'f mut Func) -> Builder<'f> {
        let block = func.entry();
        Builder { func, block }
    }
    /// Builds at the end of `block` from now on.
    pub fn switch_to(&mut self, block: Block) {
        self.block = block;
    }
    /// The current block.
    pub fn block(&self) -> Block {
        self.block
    }
    /// Appends any instruction; its result, if it has one.
    pub fn push(&mut self, data: InstData) -> Option<Value> {
        let i = self.func.append(self.block, data);
        self.func.inst(i).result
    }
    /// Appends an instruction that has a result. The thread parameter stands in if the operation has none, which
    /// the verifier then reports by its type.
    fn value(&mut self, data: InstData) -> Value {
        let thread = self.func.thread();
        self.push(data).unwrap_or(thread)
    }
    /// A pure operation.
    pub fn op(&mut self, op: Op, args: &[Value]) -> Value {
        self.value(InstData::new(op, args))
    }
    /// A checked operation: leaves through `snap`, or has a result.
    pub fn checked(&mut self, op: Op, args: &[Value], snap: Snap) -> Value {
        self.value(InstData::new(op, args).at(snap))
    }
    /// An operation with an effect and no result (reference counts).
    pub fn effect(&mut self, op: Op, args: &[Value]) {
        self.push(InstData::new(op, args));
    }
    /// A guard.
    pub fn guard(&mut self, op: Op, args: &[Value], imm: u64, snap: Snap) {
        self.push(InstData::new(op, args).imm(imm).at(snap));
    }
    /// An integer constant.
    pub fn iconst(&mut self, x: i64) -> Value {
        self.value(InstData::new(Op::Iconst, &[]).imm(x as u64))
    }
    /// A double constant.
    pub fn fconst(&mut self, x: f64) -> Value {
        self.value(InstData::new(Op::Fconst, &[]).imm(x.to_bits()))
    }
    /// A boxed, object, pointer or truth constant.
    pub fn constant(&mut self, op: Op, bits: u64) -> Value {
        self.value(InstData::new(op, &[]).imm(bits))
    }
    /// A load; `args` is the base, and the index if the operation has one.
    pub fn load(&mut self, op: Op, args: &[Value], off: i32, class: AliasClass) -> Value {
        let mut d = InstData::new(op, args);
        d.mem = MemRef { off, class };
        self.value(d)
    }
    /// A store; `args` is the base, the index if there is one, and the value.
    pub fn store(&mut self, op: Op, args: &[Value], off: i32, class: AliasClass) {
        let mut d = InstData::new(op, args);
        d.mem = MemRef { off, class };
        self.push(d);
    }
    /// A new object.
    pub fn alloc(&mut self, info: AllocInfo, snap: Snap) -> Value {
        let mut d = InstData::new(Op::Alloc, &[]).at(snap);
        d.alloc = info;
        self.value(d)
    }
    /// A call of a helper. With a snapshot, the values that it names are in stack slots during the call.
    pub fn call(&mut self, helper: Helper, args: &[Value], snap: Option<Snap>) -> Option<Value> {
        let mut d = InstData::new(Op::Call, args);
        d.helper = Some(helper);
        d.snap = snap;
        self.push(d)
    }
    /// The safepoint at the head of a loop.
    pub fn safepoint(&mut self, snap: Snap) {
        self.push(InstData::new(Op::Safepoint, &[]).at(snap));
    }
    /// A patch point for an assumption.
    pub fn patch(&mut self, assumption: u32, snap: Snap) {
        self.push(
            InstData::new(Op::Patch, &[])
                .imm(u64::from(assumption))
                .at(snap),
        );
    }
    /// Ends the block with a jump.
    pub fn jump(&mut self, block: Block, args: &[Value]) {
        let mut d = InstData::new(Op::Jump, &[]);
        d.succs.push(Succ {
            block,
            args: args.into(),
        });
        self.push(d);
    }
    /// Ends the block with a branch.
    pub fn brif(&mut self, cond: Value, then: (Block, &[Value]), other: (Block, &[Value])) {
        let mut d = InstData::new(Op::Brif, &[cond]);
        d.succs.push(Succ {
            block: then.0,
            args: then.1.into(),
        });
        d.succs.push(Succ {
            block: other.0,
            args: other.1.into(),
        });
        self.push(d);
    }
    /// Ends the block by leaving.
    pub fn exit(&mut self, snap: Snap) {
        self.push(InstData::new(Op::Exit, &[]).at(snap));
    }
    /// Ends the block by returning a value to the caller of the code.
    pub fn ret(&mut self, v: Value) {
        self.push(InstData::new(Op::Ret, &[v]));
    }
}
