//! Expressions.

use super::fold::small_int;
use super::{Compiler, Reg, Val};
use crate::code::{Const, flags};
use crate::errors::Res;
use crate::opcode::Op;
use crate::symbols::{ScopeKind, def};
use ruff_python_ast::*;
use ruff_text_size::{Ranged, TextRange};

/// Windows of calls and displays are at most this long; longer ones are built step by step.
pub(super) const MAX_WINDOW: usize = 200;

impl<'a> Compiler<'a> {
    /// The value of an expression, in place where it is a local.
    pub fn expr(&mut self, e: &'a Expr) -> Res<Val> {
        if let Expr::Name(n) = e {
            let saved = std::mem::replace(&mut self.at, n.range);
            let name = self.mangled(&n.id);
            if &*name == "__debug__" {
                self.at = saved;
                let v = self.temp();
                self.load_const(Const::Bool(self.opts.optimize == 0), v.reg);
                return Ok(v);
            }
            let v = self.name_val(&name);
            self.at = saved;
            return Ok(v);
        }
        let v = self.temp();
        self.expr_to(e, v.reg)?;
        Ok(v)
    }

    /// As `expr`, but safe when `later` is evaluated before the value is used: an assignment expression there may rebind
    /// the local.
    pub fn expr_before(&mut self, e: &'a Expr, later: &[&'a Expr]) -> Res<Val> {
        let v = self.expr(e)?;
        if !v.temp
            && let Expr::Name(n) = e
            && self.has_walrus(&n.id)
            && later.iter().any(|l| rebinds(l, &n.id))
        {
            let t = self.temp();
            self.mov(t.reg, v);
            return Ok(t);
        }
        Ok(v)
    }

    fn has_walrus(&self, name: &str) -> bool {
        let name = self.mangled(name);
        self.t.names.find(&name).is_some_and(|id| {
            self.u.scopes.iter().any(|s| {
                self.t.scopes[*s]
                    .get(id)
                    .is_some_and(|y| y.flags & def::WALRUS != 0)
            })
        })
    }

    /// As `expr`; a value that needs a temporary goes into `dst` if that is one.
    fn expr_reuse(&mut self, e: &'a Expr, dst: Reg, later: &[&'a Expr]) -> Res<Val> {
        if !self.is_var(dst) && !e.is_name_expr() {
            self.expr_to(e, dst)?;
            return Ok(Val {
                reg: dst,
                temp: true,
            });
        }
        self.expr_before(e, later)
    }

    /// Evaluates for the effects.
    pub fn discard(&mut self, e: &'a Expr) -> Res<()> {
        let m = self.mark();
        let v = self.expr(e)?;
        self.drop_val(v);
        self.free_to(m);
        Ok(())
    }

    /// Evaluates into a new temporary, then moves to the variable `dst` (I2).
    fn through_temp(&mut self, e: &'a Expr, dst: Reg) -> Res<()> {
        let v = self.temp();
        self.expr_to(e, v.reg)?;
        self.mov(dst, v);
        self.free_to(v.reg);
        Ok(())
    }

    /// `R[dst] = e`
    pub fn expr_to(&mut self, e: &'a Expr, dst: Reg) -> Res<()> {
        let saved = std::mem::replace(&mut self.at, e.range());
        let m = self.mark();
        self.expr_inner(e, dst)?;
        self.free_to(m);
        self.at = saved;
        Ok(())
    }

    fn expr_inner(&mut self, e: &'a Expr, dst: Reg) -> Res<()> {
        if let Some(c) = self.try_const(e) {
            self.load_const(c, dst);
            return Ok(());
        }
        match e {
            Expr::Name(n) => {
                let name = self.mangled(&n.id);
                if &*name == "__debug__" {
                    self.load_const(Const::Bool(self.opts.optimize == 0), dst);
                } else {
                    self.name_to(&name, dst);
                }
            }
            Expr::BinOp(b) => self.bin_op(b, dst)?,
            Expr::UnaryOp(u) => {
                let v = self.expr_reuse(&u.operand, dst, &[])?;
                let op = match u.op {
                    UnaryOp::Invert => Op::Invert,
                    UnaryOp::Not => Op::Not,
                    UnaryOp::UAdd => Op::Pos,
                    UnaryOp::USub => Op::Neg,
                };
                self.op_un(op, dst, v, 0);
            }
            Expr::Compare(c) => self.compare(c, e, dst)?,
            Expr::Call(c) => self.call(c, dst)?,
            Expr::Attribute(a) => {
                if self.super_attr(a, dst)? {
                    return Ok(());
                }
                let v = self.expr_reuse(&a.value, dst, &[])?;
                self.at_attribute(a.range, a.attr.range);
                let name = self.mangled(&a.attr);
                let s = self.site(&name);
                self.op_un(Op::LoadAttr, dst, v, s);
            }
            Expr::Subscript(s) => self.subscript(s, dst)?,
            Expr::BoolOp(_) | Expr::Named(_) | Expr::Await(_) | Expr::YieldFrom(_)
                if self.is_var(dst) =>
            {
                self.through_temp(e, dst)?;
            }
            Expr::BoolOp(b) => {
                let end = self.label();
                let last = b.values.len() - 1;
                let op = if b.op == BoolOp::And {
                    Op::JumpIfFalse
                } else {
                    Op::JumpIfTrue
                };
                for (i, v) in b.values.iter().enumerate() {
                    self.expr_to(v, dst)?;
                    if i < last {
                        self.branch(
                            op,
                            Some(Val {
                                reg: dst,
                                temp: false,
                            }),
                            None,
                            0,
                            end,
                        );
                    }
                }
                self.place(end);
            }
            Expr::Named(n) => {
                if let Expr::Name(t) = &*n.target {
                    self.expr_to(&n.value, dst)?;
                    self.at = t.range;
                    self.store_name(
                        &t.id,
                        Val {
                            reg: dst,
                            temp: false,
                        },
                    )?;
                }
            }
            Expr::If(i) => {
                let (other, end) = (self.label(), self.label());
                self.cond(&i.test, false, other)?;
                self.expr_to(&i.body, dst)?;
                self.jump(end);
                self.place(other);
                self.expr_to(&i.orelse, dst)?;
                self.place(end);
            }
            Expr::Lambda(l) => self.lambda(l, dst)?,
            Expr::Tuple(t) => self.tuple(&t.elts, dst)?,
            Expr::List(t) => self.display(&t.elts, dst, false)?,
            Expr::Set(t) => self.display(&t.elts, dst, true)?,
            Expr::Dict(d) => self.dict(d, dst)?,
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) => {
                if self.is_var(dst) {
                    self.through_temp(e, dst)?;
                } else {
                    self.comprehension(e, dst)?;
                }
            }
            Expr::Generator(g) => self.generator(g, dst)?,
            Expr::Await(a) => {
                self.check_await(a.range)?;
                let v = self.expr(&a.value)?;
                let it = self.temp();
                self.op_un(Op::GetAwaitable, it.reg, v, 0);
                self.send_loop(it.reg, dst);
            }
            Expr::Yield(y) => {
                let range = y.range;
                self.check_yield(range, "yield")?;
                let mut v = match &y.value {
                    Some(e) => self.expr(e)?,
                    None => {
                        let v = self.temp();
                        self.load_const(Const::None, v.reg);
                        v
                    }
                };
                if self.u.code_flags & flags::ASYNC_GENERATOR != 0 {
                    let w = self.temp();
                    self.op_un(Op::AsyncGenWrap, w.reg, v, 0);
                    v = w;
                }
                self.op_un(Op::Yield, dst, v, u16::MAX);
            }
            Expr::YieldFrom(y) => {
                self.check_yield(y.range, "yield from")?;
                if self.in_async() {
                    return self.err(y.range, "'yield from' inside async function");
                }
                let v = self.expr(&y.value)?;
                let it = self.temp();
                self.op_un(Op::GetYieldFromIter, it.reg, v, 0);
                self.send_loop(it.reg, dst);
            }
            Expr::FString(f) => self.fstring(f, dst)?,
            Expr::TString(t) => self.tstring(t, dst)?,
            Expr::Starred(s) => return self.err(s.range, "can't use starred expression here"),
            Expr::Slice(s) => self.slice(s, dst)?,
            Expr::IpyEscapeCommand(i) => return self.err(i.range, "invalid syntax"),
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => {
                let c = self.literal(e)?;
                self.load_const(c, dst);
            }
        }
        Ok(())
    }

    /// Positions an attribute look-up: where the expression spans lines, at the attribute.
    pub fn at_attribute(&mut self, whole: TextRange, attr: TextRange) {
        let first = self.line_of(whole);
        self.at = if self.line_of(attr) != first {
            TextRange::new(attr.start(), whole.end())
        } else {
            whole
        };
    }

    pub fn check_await(&mut self, range: TextRange) -> Res<()> {
        let kind = self.t.scopes[self.u.scope].kind;
        if self.in_async() || kind == ScopeKind::Generator {
            return Ok(());
        }
        if kind == ScopeKind::Function || kind == ScopeKind::Lambda {
            return self.err(range, "'await' outside async function");
        }
        self.err(range, "'await' outside function")
    }

    fn check_yield(&mut self, range: TextRange, word: &str) -> Res<()> {
        if self.t.scopes[self.u.scope].kind.fast() {
            return Ok(());
        }
        self.err(range, format!("'{word}' outside function"))
    }

    /// Delegates to the iterator in the temporary `it` until it returns; its value goes to the temporary `dst`. The
    /// instruction after the `Yield` is the jump back to the `Send`: `throw()` relies on it.
    pub fn send_loop(&mut self, it: Reg, dst: Reg) {
        let send = self.temp();
        self.load_const(Const::None, send.reg);
        let (top, done) = (self.label(), self.label());
        let number = self.new_loop();
        self.place(top);
        let item = self.alloc();
        self.op(Op::Send, item, it, send.reg);
        if self.u.reachable {
            self.u.used[done.0 as usize] = true;
            self.raw(Op::Ext, 0, 0, 0, 0, done.0);
        }
        self.op_un(
            Op::Yield,
            send.reg,
            Val {
                reg: item,
                temp: true,
            },
            it,
        );
        self.jump_back(number, top);
        self.place(done);
        self.release(it, 1);
        self.mov(
            dst,
            Val {
                reg: item,
                temp: true,
            },
        );
        self.free_to(send.reg);
    }

    fn bin_op(&mut self, b: &'a ExprBinOp, dst: Reg) -> Res<()> {
        if let Some(imm) = self.small_imm(&b.right)
            && let Some(op) = imm_op(b.op)
        {
            let x = self.expr_reuse(&b.left, dst, &[])?;
            self.raw(
                op,
                if x.temp && x.reg != dst { 2 } else { 0 },
                dst,
                x.reg,
                imm as u16,
                u32::MAX,
            );
            return Ok(());
        }
        let x = self.expr_reuse(&b.left, dst, &[&b.right])?;
        let y = self.expr(&b.right)?;
        self.op_bin(bin_op(b.op), dst, x, y);
        Ok(())
    }

    /// The expression's value where it is an integer that fits an immediate.
    pub fn small_imm(&mut self, e: &'a Expr) -> Option<i16> {
        match e {
            Expr::NumberLiteral(_) | Expr::UnaryOp(_) => small_int(&self.try_const(e)?),
            _ => None,
        }
    }

    fn compare(&mut self, c: &'a ExprCompare, e: &'a Expr, dst: Reg) -> Res<()> {
        self.warn_compare(c);
        if c.ops.len() == 1 {
            let x = self.expr_reuse(&c.left, dst, &[&c.comparators[0]])?;
            let y = self.compare_right(c.ops[0], &c.comparators[0])?;
            self.op_bin(cmp_op(c.ops[0]), dst, x, y);
            return Ok(());
        }
        if self.is_var(dst) {
            return self.through_temp(e, dst);
        }
        // a < b < c: each middle value is kept for the next comparison.
        let end = self.label();
        let first = self.mark();
        let mut x = self.expr_before(&c.left, &c.comparators.iter().collect::<Vec<_>>())?;
        let last = c.ops.len() - 1;
        let fail = self.label();
        for (i, (op, r)) in c.ops.iter().zip(&c.comparators).enumerate() {
            let y = if i < last {
                self.expr_before(r, &c.comparators[i + 1..].iter().collect::<Vec<_>>())?
            } else {
                self.compare_right(*op, r)?
            };
            if i == last {
                self.op_bin(cmp_op(*op), dst, x, y);
            } else {
                self.op_bin(cmp_op(*op), dst, x, Val { temp: false, ..y });
                self.branch(
                    Op::JumpIfFalse,
                    Some(Val {
                        reg: dst,
                        temp: false,
                    }),
                    None,
                    0,
                    fail,
                );
            }
            x = y;
        }
        self.jump(end);
        self.place(fail);
        let n = self.u.top.saturating_sub(u32::from(first));
        self.release(first, n);
        self.place(end);
        Ok(())
    }

    /// The right side of a comparison; a display on the right of `in` becomes a constant.
    pub fn compare_right(&mut self, op: CmpOp, e: &'a Expr) -> Res<Val> {
        if matches!(op, CmpOp::In | CmpOp::NotIn)
            && let Some(c) = self.const_container(e)
        {
            let v = self.temp();
            self.load_const(c, v.reg);
            return Ok(v);
        }
        self.expr(e)
    }

    fn warn_compare(&mut self, c: &'a ExprCompare) {
        for (i, op) in c.ops.iter().enumerate() {
            if !matches!(op, CmpOp::Is | CmpOp::IsNot) {
                continue;
            }
            let left = if i == 0 {
                &*c.left
            } else {
                &c.comparators[i - 1]
            };
            for e in [left, &c.comparators[i]] {
                let what = match e {
                    Expr::NumberLiteral(n) => match n.value {
                        Number::Int(_) => "int",
                        Number::Float(_) => "float",
                        Number::Complex { .. } => "complex",
                    },
                    Expr::StringLiteral(_) => "str",
                    Expr::BytesLiteral(_) => "bytes",
                    Expr::Tuple(_) => "tuple",
                    _ => continue,
                };
                let (op, instead) = if *op == CmpOp::Is {
                    ("is", "==")
                } else {
                    ("is not", "!=")
                };
                self.warn(
                    c.range,
                    format!("\"{op}\" with '{what}' literal. Did you mean \"{instead}\"?"),
                );
                break;
            }
        }
    }

    /// Evaluates `elts` into consecutive new temporaries.
    pub fn window(&mut self, elts: &'a [Expr]) -> Res<Reg> {
        let w = self.mark();
        for e in elts {
            let r = self.alloc();
            self.expr_to(e, r)?;
        }
        Ok(w)
    }

    fn tuple(&mut self, elts: &'a [Expr], dst: Reg) -> Res<()> {
        if elts.len() > MAX_WINDOW || elts.iter().any(Expr::is_starred_expr) {
            let list = self.temp();
            self.display(elts, list.reg, false)?;
            self.op_un(Op::ListToTuple, dst, list, 0);
            return Ok(());
        }
        let w = self.window(elts)?;
        self.op(Op::BuildTuple, dst, w, elts.len() as u16);
        Ok(())
    }

    /// A list or set display. Also used for the arguments of a call with `*`.
    pub fn display(&mut self, elts: &'a [Expr], dst: Reg, set: bool) -> Res<()> {
        let (build, append, extend) = if set {
            (Op::BuildSet, Op::SetAdd, Op::SetUpdate)
        } else {
            (Op::BuildList, Op::ListAppend, Op::ListExtend)
        };
        let plain = elts
            .iter()
            .take(MAX_WINDOW)
            .take_while(|e| !e.is_starred_expr())
            .count();
        if plain == elts.len() {
            let w = self.window(elts)?;
            self.op(build, dst, w, elts.len() as u16);
            return Ok(());
        }
        let into = if self.is_var(dst) { self.alloc() } else { dst };
        let m = self.mark();
        let w = self.window(&elts[..plain])?;
        self.op(build, into, w, plain as u16);
        self.free_to(m);
        for e in &elts[plain..] {
            let (v, op) = match e {
                Expr::Starred(s) => (self.expr(&s.value)?, extend),
                e => (self.expr(e)?, append),
            };
            self.op_mut(op, into, v);
            self.free_to(m);
        }
        self.mov(
            dst,
            Val {
                reg: into,
                temp: true,
            },
        );
        Ok(())
    }

    fn dict(&mut self, d: &'a ExprDict, dst: Reg) -> Res<()> {
        let plain = d
            .items
            .iter()
            .take(MAX_WINDOW / 2)
            .take_while(|i| i.key.is_some())
            .count();
        let into = if self.is_var(dst) && plain < d.items.len() {
            self.alloc()
        } else {
            dst
        };
        let w = self.mark();
        for i in &d.items[..plain] {
            if let Some(k) = &i.key {
                let r = self.alloc();
                self.expr_to(k, r)?;
                let r = self.alloc();
                self.expr_to(&i.value, r)?;
            }
        }
        self.op(Op::BuildDict, into, w, plain as u16);
        self.free_to(w);
        for i in &d.items[plain..] {
            match &i.key {
                Some(k) => {
                    let kv = self.expr_before(k, &[&i.value])?;
                    let v = self.expr(&i.value)?;
                    let dict = Val {
                        reg: into,
                        temp: false,
                    };
                    self.op_use3(Op::DictSet, dict, kv, v);
                }
                None => {
                    let v = self.expr(&i.value)?;
                    self.op_mut(Op::DictUpdate, into, v);
                }
            }
            self.free_to(w);
        }
        self.mov(
            dst,
            Val {
                reg: into,
                temp: true,
            },
        );
        Ok(())
    }
}

/// Whether evaluating `e` may rebind the local `name`.
pub(super) fn rebinds(e: &Expr, name: &str) -> bool {
    use ruff_python_ast::visitor::{Visitor, walk_expr};
    struct Find<'n>(&'n str, bool);
    impl<'a> Visitor<'a> for Find<'_> {
        fn visit_expr(&mut self, e: &'a Expr) {
            if let Expr::Named(n) = e
                && let Expr::Name(t) = &*n.target
                && t.id.as_str() == self.0
            {
                self.1 = true;
            }
            walk_expr(self, e);
        }
    }
    let mut f = Find(name, false);
    f.visit_expr(e);
    f.1
}

pub(super) fn bin_op(op: Operator) -> Op {
    match op {
        Operator::Add => Op::Add,
        Operator::Sub => Op::Sub,
        Operator::Mult => Op::Mul,
        Operator::MatMult => Op::MatMul,
        Operator::Div => Op::TrueDiv,
        Operator::Mod => Op::Mod,
        Operator::Pow => Op::Pow,
        Operator::LShift => Op::LShift,
        Operator::RShift => Op::RShift,
        Operator::BitOr => Op::BitOr,
        Operator::BitXor => Op::BitXor,
        Operator::BitAnd => Op::BitAnd,
        Operator::FloorDiv => Op::FloorDiv,
    }
}

pub(super) fn imm_op(op: Operator) -> Option<Op> {
    Some(match op {
        Operator::Add => Op::AddImm,
        Operator::Sub => Op::SubImm,
        Operator::Mult => Op::MulImm,
        Operator::Mod => Op::ModImm,
        Operator::FloorDiv => Op::FloorDivImm,
        Operator::LShift => Op::LShiftImm,
        Operator::RShift => Op::RShiftImm,
        Operator::BitAnd => Op::BitAndImm,
        _ => return None,
    })
}

pub(super) fn cmp_op(op: CmpOp) -> Op {
    match op {
        CmpOp::Eq => Op::Eq,
        CmpOp::NotEq => Op::Ne,
        CmpOp::Lt => Op::Lt,
        CmpOp::LtE => Op::Le,
        CmpOp::Gt => Op::Gt,
        CmpOp::GtE => Op::Ge,
        CmpOp::Is => Op::Is,
        CmpOp::IsNot => Op::IsNot,
        CmpOp::In => Op::In,
        CmpOp::NotIn => Op::NotIn,
    }
}
