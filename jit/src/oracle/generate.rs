//! Random functions for the oracle: typed, terminating, with loops, branches, memory, counts, objects, calls and
//! exits. The same seed gives the same function.

use super::vm::{Slot, World};
use crate::ir::op::{Imm, Kind, OPS};
use crate::ir::{
    AliasClass, AllocInfo, Block, Builder, ClassSet, Func, Helper, HelperDecl, InstData, Op, Snap,
    SnapEntry, SnapFrame, SnapVal, Snapshot, Type, Value, boxed,
};

/// A small generator of random numbers (xorshift64*).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// From a seed; any will do.
    pub fn new(seed: u64) -> Rng {
        Rng((seed ^ 0x9E37_79B9_7F4A_7C15) | 1)
    }
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
    /// Less than `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.bits() >> 33) as usize % n.max(1)
    }
    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
    fn pick<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        if list.is_empty() {
            None
        } else {
            Some(list[self.below(list.len())])
        }
    }
}

const INTS: &[i64] = &[
    0,
    1,
    -1,
    2,
    3,
    7,
    8,
    63,
    64,
    100,
    -128,
    1 << 31,
    (1 << 48) - 1,
    -(1 << 48),
    i64::MAX,
    i64::MIN,
];
const FLOATS: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.5,
    2.0,
    0.5,
    1e10,
    -1e300,
    5e-324,
    f64::INFINITY,
    f64::NAN,
];
/// Words of the window, from here on, are free for stores.
const SCRATCH: i32 = 128;

/// A function and a world to run it in.
pub fn generate(seed: u64) -> (Func, World) {
    let mut g = Gen {
        rng: Rng::new(seed),
        func: Func::new("random"),
        scope: Vec::new(),
        block: Block(0),
        base: Vec::new(),
        depth: 0,
    };
    let world = g.world();
    g.entry(&world);
    let n = 3 + g.rng.below(12);
    g.body(n);
    let snap = g.snap();
    if g.rng.chance(4) {
        let v = g.value(Type::Val);
        g.build().ret(v);
    } else {
        g.build().exit(snap);
    }
    (g.func, world)
}

struct Gen {
    rng: Rng,
    func: Func,
    /// Values that dominate the current place.
    scope: Vec<Value>,
    block: Block,
    /// Objects that are there for certain.
    base: Vec<Value>,
    depth: u32,
}

impl Gen {
    fn build(&mut self) -> Builder<'_> {
        let mut b = Builder::new(&mut self.func);
        b.switch_to(self.block);
        b
    }

    fn world(&mut self) -> World {
        let mut window = Vec::new();
        for _ in 0..4 {
            window.push(Slot::int(INTS[self.rng.below(11)]));
            window.push(Slot::float(FLOATS[self.rng.below(8)]));
        }
        for n in 0..4 {
            window.push(Slot::Obj(n));
        }
        let objects = (0..4)
            .map(|n| {
                let fields = (0..6)
                    .map(|k| match k % 3 {
                        0 => Slot::int(self.rng.below(50) as i64),
                        1 => Slot::float(FLOATS[self.rng.below(8)]),
                        _ => Slot::Obj(self.rng.below(4)),
                    })
                    .collect();
                (7 + n % 2, fields)
            })
            .collect();
        World {
            window,
            objects,
            allocations: 100_000,
        }
    }

    /// Loads the window, with guards.
    fn entry(&mut self, world: &World) {
        let base = self.func.base();
        let s = self.snap();
        for (n, slot) in world.window.iter().enumerate() {
            let off = 8 * n as i32;
            let mut b = Builder::new(&mut self.func);
            let v = b.load(Op::LoadVal, &[base], off, AliasClass::FRAME);
            let (guard, unbox) = match slot {
                Slot::Obj(_) => (Op::GuardObj, Op::UnboxObj),
                _ if n % 2 == 0 => (Op::GuardInt, Op::UnboxInt),
                _ => (Op::GuardFloat, Op::UnboxFloat),
            };
            b.guard(guard, &[v], 0, s);
            let u = b.op(unbox, &[v]);
            self.scope.extend([v, u]);
            if matches!(slot, Slot::Obj(_)) {
                self.base.push(u);
            }
        }
    }

    /// A value of a type: one in scope, or a constant.
    fn value(&mut self, ty: Type) -> Value {
        let fits: Vec<Value> = self
            .scope
            .iter()
            .copied()
            .filter(|v| self.func.ty(*v) == ty)
            .collect();
        // The latest values more often.
        let late = fits.len().saturating_sub(4);
        let list = if self.rng.chance(2) {
            &fits[late..]
        } else {
            &fits[..]
        };
        if let Some(v) = self.rng.pick(list).filter(|_| !self.rng.chance(6)) {
            return v;
        }
        let (op, bits) = match ty {
            Type::I64 => (Op::Iconst, INTS[self.rng.below(INTS.len())] as u64),
            Type::F64 => (Op::Fconst, FLOATS[self.rng.below(FLOATS.len())].to_bits()),
            Type::Bool => (Op::Bconst, self.rng.bits() & 1),
            Type::Val => (
                Op::Vconst,
                [2, 6, 7, crate::ir::boxed::int(5)][self.rng.below(4)],
            ),
            // Objects always come from the world.
            _ => return self.base[self.rng.below(self.base.len())],
        };
        self.build().constant(op, bits)
    }

    fn snap(&mut self) -> Snap {
        let mut regs = Vec::new();
        for place in 0..self.rng.below(6) as u32 {
            // Pointers that are no objects have no meaning in a frame.
            let Some(v) = self
                .rng
                .pick(&self.scope)
                .filter(|v| self.func.ty(*v) != Type::Ptr)
            else {
                continue;
            };
            regs.push(SnapEntry {
                place,
                val: SnapVal::Value(v),
                incref: false,
            });
        }
        let pc = self.func.snaps.len() as u32;
        let frame = SnapFrame {
            code: 0x10,
            pc,
            how: 0,
            regs: regs.into(),
        };
        self.func.add_snap(Snapshot {
            frames: vec![frame],
            ..Snapshot::default()
        })
    }

    fn body(&mut self, n: usize) {
        for _ in 0..n {
            match self.rng.below(20) {
                0..=8 => self.scalar(),
                9 | 10 => self.memory(),
                11 => self.counts(),
                12 => self.object(),
                13 => self.call(),
                14 => self.guard(),
                15 => self.boxes(),
                16 | 17 if self.depth < 2 => self.branch(),
                18 | 19 if self.depth < 2 => self.repeat(),
                _ => self.scalar(),
            }
        }
    }

    /// Any operation on scalars.
    fn scalar(&mut self) {
        let list: Vec<Op> = OPS
            .iter()
            .filter(|i| {
                let scalar = |t: &Kind| matches!(t, Kind::Is(Type::I64 | Type::F64 | Type::Bool));
                let guard = i.behaviour == crate::ir::op::Behaviour::CHECKED && i.result.is_some();
                (i.op.is_pure() || guard)
                    && i.imm == Imm::No
                    && !i.args.is_empty()
                    && i.args.iter().all(scalar)
            })
            .map(|i| i.op)
            // Their operands have conditions; `boxes` keeps them.
            .filter(|op| !matches!(op, Op::BoxInt | Op::BoxFloat | Op::Bitsf))
            .collect();
        let Some(op) = self.rng.pick(&list) else {
            return;
        };
        let args: Vec<Value> = op
            .info()
            .args
            .iter()
            .map(|k| if let Kind::Is(t) = k { *t } else { Type::Obj })
            .collect::<Vec<_>>()
            .into_iter()
            .map(|t| self.value(t))
            .collect();
        let mut d = InstData::new(op, &args);
        if op.is_guard() {
            d.snap = Some(self.snap());
        }
        if let Some(v) = self.build().push(d) {
            self.scope.push(v);
        }
    }

    /// A load or store of a field or of the window's free part, by constant or index.
    fn memory(&mut self) {
        let obj = self.value(Type::Obj);
        let field = 16 + 8 * self.rng.below(6) as i32;
        let scratch = SCRATCH + 8 * self.rng.below(8) as i32;
        let base = self.func.base();
        match self.rng.below(6) {
            0 => {
                let v = self
                    .build()
                    .load(Op::LoadVal, &[obj], field, AliasClass::SLOTS);
                self.scope.push(v);
            }
            1 => {
                // Only what a field held before: integers and doubles stay where they are.
                let v = self.value(Type::I64);
                let small = self.build().iconst(0xFFFF);
                let v = self.build().op(Op::Iand, &[v, small]);
                let v = self.build().op(Op::BoxInt, &[v]);
                self.build()
                    .store(Op::StoreVal, &[obj, v], 16, AliasClass::SLOTS);
            }
            2 => {
                let v = self.value(Type::F64);
                self.build()
                    .store(Op::StoreF64, &[base, v], scratch, AliasClass::BYTES);
            }
            3 => {
                let v = self
                    .build()
                    .load(Op::LoadF64, &[base], scratch, AliasClass::BYTES);
                let s = self.snap();
                // A pattern that no computation gives must not be boxed.
                let ok = self.build().op(Op::Feq, &[v, v]);
                self.build().guard(Op::GuardTrue, &[ok], 0, s);
                self.scope.push(v);
            }
            4 => {
                let (i, v) = (self.index(), self.value(Type::I64));
                let op = [Op::StorexI64, Op::StorexU32, Op::StorexU8][self.rng.below(3)];
                self.build()
                    .store(op, &[base, i, v], SCRATCH + 64, AliasClass::ITEMS);
            }
            _ => {
                let i = self.index();
                let op = [Op::LoadxI64, Op::LoadxU32, Op::LoadxI32, Op::LoadxU8][self.rng.below(4)];
                let v = self
                    .build()
                    .load(op, &[base, i], SCRATCH + 64, AliasClass::ITEMS);
                self.scope.push(v);
            }
        }
    }

    /// An index below 8.
    fn index(&mut self) -> Value {
        let v = self.value(Type::I64);
        let mask = self.build().iconst(7);
        self.build().op(Op::Iand, &[v, mask])
    }

    /// Takes a reference, does something, drops it.
    fn counts(&mut self) {
        let obj = self.value(Type::Obj);
        let boxed = self
            .rng
            .chance(3)
            .then(|| self.build().op(Op::BoxObj, &[obj]));
        match boxed {
            Some(v) => self.build().effect(Op::IncrefVal, &[v]),
            None => self.build().effect(Op::Incref, &[obj]),
        }
        let n = self.rng.below(3);
        for _ in 0..n {
            if self.rng.chance(2) {
                self.scalar()
            } else {
                self.memory()
            }
        }
        match boxed {
            Some(v) => self.build().effect(Op::DecrefVal, &[v]),
            None => {
                let op = [Op::Decref, Op::DecrefLeaf, Op::DecrefLive][self.rng.below(3)];
                self.build().effect(op, &[obj]);
            }
        }
    }

    /// A new object of shape 13 with a number and an object of the world in its fields, boxed.
    fn fresh(&mut self, x: Value) -> Value {
        let o = self.two_fields(x);
        let shape = self.build().iconst(13);
        self.build()
            .store(Op::StoreU32, &[o, shape], boxed::SHAPE, AliasClass::HEADER);
        self.build().op(Op::BoxObj, &[o])
    }

    /// Such an object, made from another one, which is dropped, early or late.
    fn next(&mut self, v: Value) -> Value {
        let s = match self.rng.chance(2) {
            true => self.snap_of(v),
            false => self.snap(),
        };
        self.build().guard(Op::GuardObj, &[v], 0, s);
        let old = self.build().op(Op::UnboxObj, &[v]);
        self.build().guard(Op::GuardShape, &[old], 13, s);
        let n = self
            .build()
            .load(Op::LoadVal, &[old], 16, AliasClass::SLOTS);
        self.build().guard(Op::GuardInt, &[n], 0, s);
        let n = self.build().op(Op::UnboxInt, &[n]);
        self.scope.push(n);
        let one = self.build().iconst(1);
        let n = self.build().op(Op::Iadd, &[n, one]);
        let early = self.rng.chance(2);
        if early {
            self.build().effect(Op::DecrefVal, &[v]);
        }
        let new = self.fresh(n);
        if !early {
            self.build().effect(Op::DecrefVal, &[v]);
        }
        new
    }

    /// A state that names an object and nothing else.
    fn snap_of(&mut self, v: Value) -> Snap {
        let frame = SnapFrame {
            code: 0x20,
            pc: 1,
            how: 0,
            regs: vec![SnapEntry {
                place: 0,
                val: SnapVal::Value(v),
                incref: false,
            }]
            .into(),
        };
        self.func.add_snap(Snapshot {
            frames: vec![frame],
            ..Snapshot::default()
        })
    }

    /// An object of shape 12 with a number and an object of the world in its fields.
    fn two_fields(&mut self, x: Value) -> Value {
        let s = self.snap();
        let o = self.build().alloc(
            AllocInfo {
                size: 32,
                shape: 12,
                flags: 0,
            },
            s,
        );
        let mask = self.build().iconst(0xFFFF_FFFF);
        let x = self.build().op(Op::Iand, &[x, mask]);
        let x = self.build().op(Op::BoxInt, &[x]);
        let y = self.value(Type::Obj);
        self.build().effect(Op::Incref, &[y]);
        let y = self.build().op(Op::BoxObj, &[y]);
        self.build()
            .store(Op::StoreVal, &[o, x], 16, AliasClass::SLOTS);
        self.build()
            .store(Op::StoreVal, &[o, y], 24, AliasClass::SLOTS);
        o
    }

    /// An object with two fields, written and read; it may be stored, and is dropped or kept.
    fn object(&mut self) {
        let s = self.snap();
        let x = self.value(Type::I64);
        let o = self.two_fields(x);
        if self.rng.chance(2) {
            let v = self.build().op(Op::BoxObj, &[o]);
            let s = self.snap_of(v);
            let c = self.value(Type::Bool);
            self.build().guard(Op::GuardTrue, &[c], 0, s);
        }
        self.build().guard(Op::GuardShape, &[o], 12, s);
        let back = self.build().load(Op::LoadVal, &[o], 16, AliasClass::SLOTS);
        let s = self.snap();
        self.build().guard(Op::GuardInt, &[back], 0, s);
        let n = self.build().op(Op::UnboxInt, &[back]);
        self.scope.push(n);
        self.build().effect(Op::Decref, &[o]);
    }

    fn helper(
        &mut self,
        name: &str,
        args: &[Type],
        ret: Type,
        pure: bool,
        writes: ClassSet,
    ) -> Helper {
        self.func.add_helper(HelperDecl {
            name: name.into(),
            addr: 0,
            args: args.into(),
            ret: Some(ret),
            reads: writes,
            writes,
            raises: false,
            python: false,
            pure,
            multi: true,
            replaces: None,
        })
    }

    fn call(&mut self) {
        let (h, types): (Helper, &[Type]) = match self.rng.below(4) {
            0 => (
                self.helper(
                    "mix",
                    &[Type::I64, Type::I64],
                    Type::I64,
                    true,
                    ClassSet::NONE,
                ),
                &[Type::I64, Type::I64],
            ),
            1 => (
                self.helper(
                    "hypot",
                    &[Type::F64, Type::F64],
                    Type::F64,
                    true,
                    ClassSet::NONE,
                ),
                &[Type::F64, Type::F64],
            ),
            2 => {
                let t: &[Type] = &[Type::F64, Type::I64, Type::F64];
                (self.helper("weigh", t, Type::F64, false, ClassSet::NONE), t)
            }
            _ => {
                let slots = AliasClass::SLOTS.set();
                (
                    self.helper("bump", &[Type::Obj, Type::I64], Type::I64, false, slots),
                    &[Type::Obj, Type::I64],
                )
            }
        };
        let args: Vec<Value> = types.iter().map(|t| self.value(*t)).collect();
        let snap = self.rng.chance(3).then(|| self.snap());
        if let Some(v) = self.build().call(h, &args, snap) {
            self.scope.push(v);
        }
        if snap.is_some() {
            let s = self.snap();
            self.build().patch(3, s);
        }
    }

    fn guard(&mut self) {
        let s = self.snap();
        match self.rng.below(5) {
            0 => {
                let c = self.value(Type::Bool);
                self.build().guard(Op::GuardTrue, &[c], 0, s);
            }
            1 => {
                let c = self.value(Type::Bool);
                self.build().guard(Op::GuardFalse, &[c], 0, s);
            }
            2 => {
                let o = self.value(Type::Obj);
                let shape = 7 + self.rng.below(2) as u64;
                self.build().guard(Op::GuardShape, &[o], shape, s);
            }
            3 => {
                let v = self.value(Type::Val);
                let op = [
                    Op::GuardInt,
                    Op::GuardFloat,
                    Op::GuardObj,
                    Op::GuardNotEmpty,
                    Op::GuardBool,
                ][self.rng.below(5)];
                self.build().guard(op, &[v], 0, s);
                let unbox = match op {
                    Op::GuardInt => Op::UnboxInt,
                    Op::GuardFloat => Op::UnboxFloat,
                    Op::GuardBool => Op::UnboxBool,
                    _ => return,
                };
                let u = self.build().op(unbox, &[v]);
                self.scope.push(u);
            }
            _ => {
                let x = self.value(Type::I64);
                self.build().guard(Op::GuardFit, &[x], 0, s);
                let v = self.build().op(Op::BoxInt, &[x]);
                self.scope.push(v);
            }
        }
    }

    fn boxes(&mut self) {
        match self.rng.below(4) {
            0 => {
                let x = self.value(Type::F64);
                let v = self.build().op(Op::BoxFloat, &[x]);
                self.scope.push(v);
            }
            1 => {
                let x = self.value(Type::Bool);
                let v = self.build().op(Op::BoxBool, &[x]);
                self.scope.push(v);
            }
            2 => {
                let v = self.value(Type::Val);
                let op = [Op::IsInt, Op::IsFloat, Op::IsObj][self.rng.below(3)];
                let c = self.build().op(op, &[v]);
                self.scope.push(c);
            }
            _ => {
                let (c, a, b) = (
                    self.value(Type::Bool),
                    self.value(Type::Val),
                    self.value(Type::Val),
                );
                let v = self.build().op(Op::Vsel, &[c, a, b]);
                let e = self.build().op(Op::Veq, &[a, v]);
                self.scope.extend([v, e]);
            }
        }
    }

    fn some_types(&mut self) -> Vec<Type> {
        let n = self.rng.below(4);
        (0..n)
            .map(|_| [Type::I64, Type::F64, Type::Bool, Type::Val][self.rng.below(4)])
            .collect()
    }

    /// Two ways that meet, or one that leaves.
    fn branch(&mut self) {
        self.depth += 1;
        let c = self.value(Type::Bool);
        let (then, other, join) = (
            self.func.add_block(),
            self.func.add_block(),
            self.func.add_block(),
        );
        self.build().brif(c, (then, &[]), (other, &[]));
        let types = self.some_types();
        let scope = self.scope.clone();
        for b in [then, other] {
            self.block = b;
            self.scope = scope.clone();
            let n = self.rng.below(4);
            self.body(n);
            if b == other && self.rng.chance(4) {
                let s = self.snap();
                self.build().exit(s);
            } else {
                let args: Vec<Value> = types.iter().map(|t| self.value(*t)).collect();
                self.build().jump(join, &args);
            }
        }
        self.block = join;
        self.scope = scope;
        for t in types {
            let p = self.func.add_param(join, t);
            self.scope.push(p);
        }
        self.depth -= 1;
    }

    /// A counted loop, left through a block behind it or through an exit.
    fn repeat(&mut self) {
        self.depth += 1;
        let (head, body, after) = (
            self.func.add_block(),
            self.func.add_block(),
            self.func.add_block(),
        );
        let types = self.some_types();
        let zero = self.build().iconst(0);
        let limit = 1 + self.rng.below(9) as i64;
        let limit = self.build().iconst(limit);
        let mut args = vec![zero];
        args.extend(types.iter().map(|t| self.value(*t)).collect::<Vec<_>>());
        // An object that each turn makes anew from the last one's.
        let carries = self.rng.chance(2).then(|| self.fresh(zero));
        args.extend(carries);
        self.build().jump(head, &args);
        self.block = head;
        let scope = self.scope.clone();
        let i = self.func.add_param(head, Type::I64);
        let params: Vec<Value> = types
            .iter()
            .map(|t| self.func.add_param(head, *t))
            .collect();
        let carried = carries.map(|_| self.func.add_param(head, Type::Val));
        self.scope.push(i);
        self.scope.extend(&params);
        if !self.rng.chance(4) {
            let s = self.snap();
            self.build().safepoint(s);
        }
        let c = self.build().op(Op::Ilt, &[i, limit]);
        let leave_by_exit = self.rng.chance(3);
        if leave_by_exit {
            let s = self.snap();
            self.build().guard(Op::GuardTrue, &[c], 0, s);
            self.build().jump(body, &[]);
        } else {
            self.build().brif(c, (body, &[]), (after, &[]));
        }
        self.block = body;
        let carries = carried.map(|v| self.next(v));
        let n = 1 + self.rng.below(7);
        self.body(n);
        let one = self.build().iconst(1);
        let s = self.snap();
        let next = self.build().checked(Op::IaddOvf, &[i, one], s);
        let mut args = vec![next];
        args.extend(types.iter().map(|t| self.value(*t)).collect::<Vec<_>>());
        args.extend(carries);
        self.build().jump(head, &args);
        self.depth -= 1;
        self.scope = scope;
        self.block = after;
        if let Some(v) = carried.filter(|_| !leave_by_exit) {
            self.build().effect(Op::DecrefVal, &[v]);
        }
        if !leave_by_exit {
            // The header dominates what comes after.
            self.scope.push(i);
            self.scope.extend(params);
        }
    }
}
