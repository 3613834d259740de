//! Operators on numbers: inline for ints and floats of the kinds seen, else a helper.

use super::super::helpers::{self, Operator};
use super::super::recorder::{Abort, Rec, Recorder, Val};
use super::container::is;
use crate::interp::operator::of;
use crate::interp::{fast, reg};
use crate::object::bytes::Bytes;
use crate::object::int::BigInt;
use crate::object::list::List;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::{Native, Value};
use crate::runtime::thread::Thread;
use threadsnake_front::instr::{Instr, KILL_A, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;
use threadsnake_jit::ir::{AliasClass, ClassSet, Op as Ir, Type, Value as V};

/// The operator of an instruction, whether it is an assignment's, and whether its second operand is an immediate.
fn operator(i: Instr) -> Option<(Operator, bool, bool)> {
    match i.op() {
        Op::Pow => Some((Operator::Pow, false, false)),
        Op::IPow => Some((Operator::Pow, true, false)),
        _ => of(i).map(|(op, inplace, imm)| (Operator::Of(op), inplace, imm)),
    }
}

/// The comparison, the sense of the jump, and whether the second operand is an immediate.
fn comparison(op: Op) -> Option<(CmpOp, bool, bool)> {
    use Op::*;
    Some(match op {
        Lt | JumpLt => (CmpOp::Lt, true, false),
        Le | JumpLe => (CmpOp::Le, true, false),
        Eq | JumpEq => (CmpOp::Eq, true, false),
        Ne | JumpNe => (CmpOp::Ne, true, false),
        Gt | JumpGt => (CmpOp::Gt, true, false),
        Ge | JumpGe => (CmpOp::Ge, true, false),
        JumpNotLt => (CmpOp::Lt, false, false),
        JumpNotLe => (CmpOp::Le, false, false),
        JumpNotEq => (CmpOp::Eq, false, false),
        JumpNotNe => (CmpOp::Ne, false, false),
        JumpNotGt => (CmpOp::Gt, false, false),
        JumpNotGe => (CmpOp::Ge, false, false),
        JumpLtImm => (CmpOp::Lt, true, true),
        JumpLeImm => (CmpOp::Le, true, true),
        JumpEqImm => (CmpOp::Eq, true, true),
        JumpNeImm => (CmpOp::Ne, true, true),
        JumpGtImm => (CmpOp::Gt, true, true),
        JumpGeImm => (CmpOp::Ge, true, true),
        JumpNotLtImm => (CmpOp::Lt, false, true),
        JumpNotLeImm => (CmpOp::Le, false, true),
        JumpNotEqImm => (CmpOp::Eq, false, true),
        JumpNotNeImm => (CmpOp::Ne, false, true),
        JumpNotGtImm => (CmpOp::Gt, false, true),
        JumpNotGeImm => (CmpOp::Ge, false, true),
        _ => return None,
    })
}

/// What an operator on operands that are these words, and their like, reads and writes where it runs no Python, and drops
/// nothing.
fn touched(op: BinOp, inplace: bool, x: Value, y: Value) -> Option<ClassSet> {
    let int = |v: Value| v.is_int() || is::<BigInt>(v);
    let both = |f: fn(Value) -> bool| f(x) && f(y);
    let plain = match op {
        BinOp::Add => {
            if both(is::<List>) {
                return Some(AliasClass::LIST.set().union(AliasClass::ITEMS.set()));
            }
            both(is::<Str>) || both(is::<Bytes>) || both(is::<Tuple>)
        }
        BinOp::Mul => {
            if is::<List>(x) && y.is_int() && !inplace {
                return Some(AliasClass::LIST.set().union(AliasClass::ITEMS.set()));
            }
            (is::<Str>(x) || is::<Bytes>(x) || is::<Tuple>(x)) && y.is_int()
        }
        _ => false,
    };
    let of_ints = op != BinOp::MatMul && (x.is_ptr() || y.is_ptr()) && int(x) && int(y);
    (plain || of_ints).then_some(ClassSet::NONE)
}

impl Recorder {
    /// Whether a value is an int that the compiled code has as such.
    pub(super) fn is_int(v: Val) -> bool {
        matches!(v, Val::Int(_)) || matches!(v, Val::Const(b) if Value(b).is_int())
    }
    /// The same of floats.
    pub(super) fn is_float(v: Val) -> bool {
        matches!(v, Val::Float(_)) || matches!(v, Val::Const(b) if Value(b).is_float())
    }
    pub(super) fn is_number(v: Val) -> bool {
        Self::is_int(v) || Self::is_float(v)
    }
    /// As a double. An int must be exact as one.
    pub(super) fn float(&mut self, v: Val) -> Option<V> {
        match v {
            Val::Float(x) => Some(x),
            Val::Const(b) if Value(b).is_float() => Some(self.b().fconst(Value(b).as_f64())),
            v => {
                let n = self.int(v)?;
                if matches!(v, Val::Int(_)) {
                    self.guard(Ir::GuardFit, &[n], 0);
                }
                Some(self.op(Ir::I2f, &[n]))
            }
        }
    }

    pub(super) fn binary(&mut self, th: &Thread, i: Instr) -> Rec {
        let (op, inplace, imm) = operator(i).ok_or(Abort::Opcode(i.op()))?;
        let next = self.pc + 1;
        let x = self.val(i.b())?;
        let (y, wy) = if imm {
            let w = Value::from_int(i.sc() as i64);
            (Val::Const(w.0), w)
        } else {
            (self.val(i.c())?, self.word(i.c()))
        };
        let wx = self.word(i.b());
        if Self::is_number(x) && Self::is_number(y) {
            if let Some(v) = self.arith(op, x, y, wx, wy)? {
                if i.k() & KILL_B != 0 {
                    self.kill(i.b())?;
                }
                if !imm && i.k() & KILL_C != 0 {
                    self.kill(i.c())?;
                }
                self.put(i.a(), v, false)?;
                self.flush(next);
                return Ok(());
            }
        }
        if let Operator::Of(op) = op
            && wx.is_ptr()
            && self.operator_method(th, i, (op, inplace, imm), (y, wy))?
        {
            return Ok(());
        }
        let n = helpers::OPERATORS
            .iter()
            .position(|o| *o == op)
            .unwrap_or(0) as i64;
        if let (Operator::Of(op), false) = (op, inplace || imm)
            && let Some(v) = self.combined(th, (op, n), (x, wx), (y, wy))?
        {
            self.kills(i.k(), &[(KILL_B, i.b()), (KILL_C, i.c())])?;
            return self.leaf_result(i.a(), v, next);
        }
        let (a, b) = (self.boxed(x), self.boxed(y));
        let n = self.iconst(n | if inplace { 256 } else { 0 });
        let (addr, args) = (helpers::binary as *const (), [a, b, n]);
        let touched = match op {
            Operator::Of(op) => touched(op, inplace, wx, wy),
            Operator::Pow => None,
        };
        let v = match touched {
            Some(classes) => {
                self.of_this_kind(x, wx)?;
                self.of_this_kind(y, wy)?;
                self.leaf_helper("binary_leaf", addr, &args, classes)?
            }
            None => self.python_helper("binary", addr, &args)?,
        };
        self.kills(i.k(), &[(KILL_B, i.b())])?;
        if !imm {
            self.kills(i.k(), &[(KILL_C, i.c())])?;
        }
        match touched {
            Some(_) => self.leaf_result(i.a(), v, next),
            None => self.result(i.a(), v, next),
        }
    }

    /// Guards that an object, which is this word now, stays one of its shape.
    pub(super) fn of_this_kind(&mut self, x: Val, word: Value) -> Rec {
        if word.is_ptr() {
            let o = self.object(x).ok_or(Abort::Surprise)?;
            // SAFETY: held by a register.
            let shape = unsafe { reg::obj(&word) }.shape_id();
            self.guard(Ir::GuardShape, &[o], shape as u64);
        }
        Ok(())
    }

    /// An operator on numbers; `None`: not of these kinds, or not with these values.
    fn arith(&mut self, op: Operator, x: Val, y: Val, wx: Value, wy: Value) -> Rec<Option<Val>> {
        if Self::is_int(x) && Self::is_int(y) {
            return match op {
                Operator::Of(op) => self.int_arith(op, x, y, wx, wy),
                Operator::Pow => Ok(None),
            };
        }
        let plain = match op {
            Operator::Of(BinOp::Add) => Some(Ir::Fadd),
            Operator::Of(BinOp::Sub) => Some(Ir::Fsub),
            Operator::Of(BinOp::Mul) => Some(Ir::Fmul),
            Operator::Of(BinOp::TrueDiv) => Some(Ir::Fdiv),
            Operator::Pow | Operator::Of(BinOp::Mod | BinOp::FloorDiv) => None,
            _ => return Ok(None),
        };
        let number = |w: Value| {
            if w.is_int() {
                w.as_int() as f64
            } else {
                w.as_f64()
            }
        };
        let (nx, ny) = (number(wx), number(wy));
        let (Some(a), Some(b)) = (self.float(x), self.float(y)) else {
            return Ok(None);
        };
        if op == Operator::Of(BinOp::TrueDiv) {
            if ny == 0.0 {
                return Ok(None);
            }
            let zero = self.b().fconst(0.0);
            let ok = self.op(Ir::Fne, &[b, zero]);
            self.guard(Ir::GuardTrue, &[ok], 0);
        }
        if let Some(ir) = plain {
            return Ok(Some(Val::Float(self.op(ir, &[a, b]))));
        }
        let (name, addr, finite): (_, *const (), bool) = match op {
            Operator::Pow => (
                "float_pow",
                helpers::float_pow as *const (),
                nx.powf(ny).is_finite(),
            ),
            Operator::Of(BinOp::Mod) => ("float_mod", helpers::float_mod as *const (), ny != 0.0),
            _ => (
                "float_floordiv",
                helpers::float_floordiv as *const (),
                ny != 0.0,
            ),
        };
        if !finite {
            return Ok(None);
        }
        let r = self.pure_float(name, addr, &[a, b])?;
        // What raises or leaves the reals is no finite number here.
        let inf = self.b().fconst(f64::INFINITY);
        let abs = self.op(Ir::Fabs, &[r]);
        let ok = self.op(Ir::Flt, &[abs, inf]);
        self.guard(Ir::GuardTrue, &[ok], 0);
        Ok(Some(Val::Float(r)))
    }

    /// A helper on doubles that depends on nothing else.
    pub(super) fn pure_float(&mut self, name: &'static str, addr: *const (), args: &[V]) -> Rec<V> {
        let types = args.iter().map(|v| self.func.ty(*v)).collect();
        let h = self.func.add_helper(threadsnake_jit::ir::HelperDecl {
            name: name.into(),
            addr: addr as u64,
            args: types,
            ret: Some(Type::F64),
            reads: ClassSet::NONE,
            writes: ClassSet::NONE,
            raises: false,
            python: false,
            pure: true,
            multi: true,
            replaces: None,
        });
        self.b().call(h, args, None).ok_or(Abort::Surprise)
    }

    pub(super) fn int_arith(
        &mut self,
        op: BinOp,
        x: Val,
        y: Val,
        wx: Value,
        wy: Value,
    ) -> Rec<Option<Val>> {
        // What the interpreter does not do inline with these very values is left to a helper. The words may be of big
        // ints where the code has them as 64-bit numbers.
        let ok = match op {
            BinOp::Add => fast::add(wx, wy).is_some(),
            BinOp::Sub => fast::sub(wx, wy).is_some(),
            BinOp::Mul => fast::mul(wx, wy).is_some(),
            BinOp::And | BinOp::Or | BinOp::Xor => wx.is_int() && wy.is_int(),
            BinOp::TrueDiv => fast::truediv(wx, wy).is_some(),
            BinOp::FloorDiv | BinOp::Mod => wx.is_int() && wy.is_int() && wy.as_int() != 0,
            BinOp::LShift => fast::lshift(wx, wy).is_some(),
            BinOp::RShift => fast::rshift(wx, wy).is_some() && wy.as_int() < 64,
            _ => false,
        };
        if !ok {
            return Ok(None);
        }
        let (Some(a), Some(b)) = (self.int(x), self.int(y)) else {
            return Ok(None);
        };
        Ok(Some(match op {
            BinOp::Add => Val::Int(self.checked(Ir::IaddOvf, &[a, b])),
            BinOp::Sub => Val::Int(self.checked(Ir::IsubOvf, &[a, b])),
            BinOp::Mul => Val::Int(self.checked(Ir::ImulOvf, &[a, b])),
            BinOp::And => Val::Int(self.op(Ir::Iand, &[a, b])),
            BinOp::Or => Val::Int(self.op(Ir::Ior, &[a, b])),
            BinOp::Xor => Val::Int(self.op(Ir::Ixor, &[a, b])),
            BinOp::FloorDiv => Val::Int(self.checked(Ir::Idiv, &[a, b])),
            BinOp::Mod => Val::Int(self.checked(Ir::Imod, &[a, b])),
            BinOp::LShift => Val::Int(self.checked(Ir::IshlOvf, &[a, b])),
            BinOp::RShift => {
                let limit = self.iconst(64);
                let ok = self.op(Ir::Ult, &[b, limit]);
                self.guard(Ir::GuardTrue, &[ok], 0);
                Val::Int(self.op(Ir::Isar, &[a, b]))
            }
            BinOp::TrueDiv => {
                let zero = self.iconst(0);
                let ok = self.op(Ir::Ine, &[b, zero]);
                self.guard(Ir::GuardTrue, &[ok], 0);
                let (Some(a), Some(b)) = (self.float(x), self.float(y)) else {
                    return Ok(None);
                };
                Val::Float(self.op(Ir::Fdiv, &[a, b]))
            }
            _ => return Ok(None),
        }))
    }

    pub(super) fn unary(&mut self, i: Instr) -> Rec {
        let next = self.pc + 1;
        let x = self.val(i.b())?;
        let w = self.word(i.b());
        let v = match (i.op(), x) {
            (Op::Neg, Val::Float(f)) => Some(Val::Float(self.op(Ir::Fneg, &[f]))),
            (Op::Neg, Val::Int(n)) if fast::neg(w).is_some() => {
                let zero = self.iconst(0);
                Some(Val::Int(self.checked(Ir::IsubOvf, &[zero, n])))
            }
            (Op::Invert, Val::Int(n)) => Some(Val::Int(self.op(Ir::Inot, &[n]))),
            (Op::Pos, Val::Int(_) | Val::Float(_)) => Some(x),
            _ => None,
        };
        if let Some(v) = v {
            self.kills(i.k(), &[(KILL_B, i.b())])?;
            self.put(i.a(), v, false)?;
            self.flush(next);
            return Ok(());
        }
        let n = match i.op() {
            Op::Neg => 0,
            Op::Pos => 1,
            _ => 2,
        };
        let b = self.boxed(x);
        let n = self.iconst(n);
        let v = self.python_helper("unary", helpers::unary as *const (), &[b, n])?;
        self.kills(i.k(), &[(KILL_B, i.b())])?;
        self.result(i.a(), v, next)
    }

    /// A comparison of numbers, as a truth value; `None`: of something else.
    fn number_compare(&mut self, op: CmpOp, x: Val, y: Val) -> Option<V> {
        if Self::is_int(x) && Self::is_int(y) {
            let (a, b) = (self.int(x)?, self.int(y)?);
            let ir = match op {
                CmpOp::Lt => Ir::Ilt,
                CmpOp::Le => Ir::Ile,
                CmpOp::Eq => Ir::Ieq,
                CmpOp::Ne => Ir::Ine,
                CmpOp::Gt => Ir::Igt,
                CmpOp::Ge => Ir::Ige,
            };
            return Some(self.op(ir, &[a, b]));
        }
        if !Self::is_number(x) || !Self::is_number(y) {
            return None;
        }
        let (a, b) = (self.float(x)?, self.float(y)?);
        let ir = match op {
            CmpOp::Lt => Ir::Flt,
            CmpOp::Le => Ir::Fle,
            CmpOp::Eq => Ir::Feq,
            CmpOp::Ne => Ir::Fne,
            CmpOp::Gt => Ir::Fgt,
            CmpOp::Ge => Ir::Fge,
        };
        Some(self.op(ir, &[a, b]))
    }

    pub(super) fn compare(&mut self, th: &Thread, i: Instr) -> Rec {
        let (op, _, _) = comparison(i.op()).ok_or(Abort::Opcode(i.op()))?;
        let next = self.pc + 1;
        let (x, y) = (self.val(i.b())?, self.val(i.c())?);
        let words = (self.word(i.b()), self.word(i.c()));
        if let Some(t) = self.plain_compare(th, op, (x, words.0), (y, words.1))? {
            self.kills(i.k(), &[(KILL_B, i.b()), (KILL_C, i.c())])?;
            self.put(i.a(), Val::Bool(t), false)?;
            self.flush(next);
            return Ok(());
        }
        let v = self.compare_helper(op, x, y, false)?;
        self.kills(i.k(), &[(KILL_B, i.b()), (KILL_C, i.c())])?;
        self.result(i.a(), v, next)
    }

    /// A comparison that asks no Python code: of numbers, and `==` and `!=` of two strs. Values with the words that they have
    /// now.
    fn plain_compare(
        &mut self,
        th: &Thread,
        op: CmpOp,
        x: (Val, Value),
        y: (Val, Value),
    ) -> Rec<Option<V>> {
        if let Some(t) = self.number_compare(op, x.0, y.0) {
            return Ok(Some(t));
        }
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) || !is::<Str>(x.1) || !is::<Str>(y.1) {
            return self.quick_compare(th, op, x, y);
        }
        let (Some(a), Some(b)) = (self.object(x.0), self.object(y.0)) else {
            return Ok(None);
        };
        self.guard(Ir::GuardShape, &[a], Str::SHAPE as u64);
        self.guard(Ir::GuardShape, &[b], Str::SHAPE as u64);
        let addr = helpers::same_str as *const ();
        let n = self.runtime("same_str", addr, &[a, b], ClassSet::NONE)?;
        let zero = self.iconst(0);
        let t = match op {
            CmpOp::Eq => Ir::Ine,
            _ => Ir::Ieq,
        };
        Ok(Some(self.op(t, &[n, zero])))
    }

    fn compare_helper(&mut self, op: CmpOp, x: Val, y: Val, truth: bool) -> Rec<V> {
        let (a, b) = (self.boxed(x), self.boxed(y));
        let n = helpers::CMPOPS.iter().position(|o| *o == op).unwrap_or(0) as i64;
        let n = self.iconst(n | if truth { 256 } else { 0 });
        self.python_helper("compare", helpers::compare as *const (), &[a, b, n])
    }

    pub(super) fn compare_jump(&mut self, th: &Thread, i: Instr) -> Rec {
        let (op, want, imm) = comparison(i.op()).ok_or(Abort::Opcode(i.op()))?;
        let next = self.pc + 1;
        let taken = self.target(i.sc() as i64);
        let x = self.val(i.a())?;
        let (y, yw) = if imm {
            let w = Value::from_int(i.sb() as i64);
            (Val::Const(w.0), w)
        } else {
            (self.val(i.b())?, self.word(i.b()))
        };
        let (t, python) = match self.plain_compare(th, op, (x, self.word(i.a())), (y, yw))? {
            Some(t) => (t, false),
            None => {
                let v = self.compare_helper(op, x, y, true)?;
                (self.op(Ir::UnboxBool, &[v]), true)
            }
        };
        self.kills(i.k(), &[(KILL_A, i.a())])?;
        if !imm {
            self.kills(i.k(), &[(KILL_B, i.b())])?;
        }
        self.decide(t, want, taken, next, python);
        Ok(())
    }
}
