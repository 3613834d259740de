//! Assignment, augmented assignment and deletion targets.

use super::expr::{imm_op, rebinds};
use super::names::Access;
use super::{Compiler, Reg, Val};
use crate::errors::Res;
use crate::opcode::Op;
use ruff_python_ast::*;
use ruff_text_size::Ranged;

impl<'a> Compiler<'a> {
    /// `targets = value`
    pub(super) fn assign(&mut self, targets: &'a [Expr], value: &'a Expr) -> Res<()> {
        let m = self.mark();
        if let [target] = targets {
            if let Expr::Name(n) = target {
                let name = self.mangled(&n.id);
                if let Access::Local(reg) = self.access(&name) {
                    self.expr_to(value, reg)?;
                    self.free_to(m);
                    return Ok(());
                }
            }
            if self.assign_pairwise(target, value)? {
                self.free_to(m);
                return Ok(());
            }
        }
        let mut v = self.expr(value)?;
        if !v.temp
            && let Expr::Name(n) = value
            && targets.iter().any(|t| {
                if targets.len() > 1 {
                    binds(t, &n.id)
                } else {
                    rebinds(t, &n.id)
                }
            })
        {
            let t = self.temp();
            self.mov(t.reg, v);
            v = t;
        }
        let last = targets.len() - 1;
        for (i, t) in targets.iter().enumerate() {
            self.store(
                t,
                Val {
                    temp: v.temp && i == last,
                    ..v
                },
            )?;
        }
        self.free_to(m);
        Ok(())
    }

    /// `a, b = x, y`: no tuple is made.
    fn assign_pairwise(&mut self, target: &'a Expr, value: &'a Expr) -> Res<bool> {
        let (Expr::Tuple(t), Expr::Tuple(v)) = (target, value) else {
            return Ok(false);
        };
        let n = t.elts.len();
        if n != v.elts.len()
            || n > 8
            || n == 0
            || t.elts.iter().chain(&v.elts).any(Expr::is_starred_expr)
            || self.try_const(value).is_some() && n > 3
        {
            return Ok(false);
        }
        let mut vals = Vec::with_capacity(n);
        for (i, e) in v.elts.iter().enumerate() {
            let later: Vec<&Expr> = v.elts[i + 1..].iter().collect();
            let mut val = self.expr_before(e, &later)?;
            // A local that an earlier target rebinds before its turn.
            if !val.temp
                && let Expr::Name(name) = e
                && (t.elts[..i].iter().any(|x| binds(x, &name.id))
                    || t.elts.iter().any(|x| rebinds(x, &name.id)))
            {
                let tmp = self.temp();
                self.mov(tmp.reg, val);
                val = tmp;
            }
            vals.push(val);
        }
        for (target, val) in t.elts.iter().zip(vals) {
            self.store(target, val)?;
        }
        Ok(true)
    }

    /// Assigns a value to a target; a temporary is consumed.
    pub(super) fn store(&mut self, target: &'a Expr, v: Val) -> Res<()> {
        let saved = std::mem::replace(&mut self.at, target.range());
        let m = self.mark();
        match target {
            Expr::Name(n) => self.store_name(&n.id, v)?,
            Expr::Attribute(a) => {
                self.note_static_attribute(a);
                let x = self.expr(&a.value)?;
                self.at_attribute(a.range, a.attr.range);
                let name = self.mangled(&a.attr);
                let s = self.site(&name);
                self.op_use2(Op::StoreAttr, x, v, s);
            }
            Expr::Subscript(s) => {
                let x = self.expr_before(&s.value, &[&s.slice])?;
                if let Some((lower, upper)) = self.plain_slice(&s.slice) {
                    let w = self.bounds(lower, upper)?;
                    self.op_use2(Op::SetSlice, x, v, w);
                } else {
                    let i = self.expr(&s.slice)?;
                    self.op_use3(Op::SetItem, x, i, v);
                }
            }
            Expr::Tuple(ExprTuple { elts, .. }) | Expr::List(ExprList { elts, .. }) => {
                let star = elts.iter().position(Expr::is_starred_expr);
                if let Some(first) = self.locals_in_a_row(elts) {
                    let k = if v.temp { 2 } else { 0 };
                    self.raw(Op::Unpack, k, first, v.reg, elts.len() as u16, u32::MAX);
                    self.free_to(m);
                    self.at = saved;
                    return Ok(());
                }
                let w = self.alloc_n(elts.len() as u32);
                match star {
                    None => {
                        let n = elts.len();
                        if n > 60_000 {
                            return self.err(target.range(), "too many expressions in assignment");
                        }
                        self.raw(
                            Op::Unpack,
                            if v.temp { 2 } else { 0 },
                            w,
                            v.reg,
                            n as u16,
                            u32::MAX,
                        );
                    }
                    Some(at) => {
                        let after = elts.len() - at - 1;
                        if elts[at + 1..].iter().any(Expr::is_starred_expr) {
                            return self
                                .err(target.range(), "multiple starred expressions in assignment");
                        }
                        if at > 255 || after > 255 {
                            return self.err(
                                target.range(),
                                "too many expressions in star-unpacking assignment",
                            );
                        }
                        let n = (at | after << 8) as u16;
                        self.raw(
                            Op::UnpackEx,
                            if v.temp { 2 } else { 0 },
                            w,
                            v.reg,
                            n,
                            u32::MAX,
                        );
                    }
                }
                for (i, t) in elts.iter().enumerate() {
                    let t = if let Expr::Starred(s) = t {
                        &*s.value
                    } else {
                        t
                    };
                    self.store(
                        t,
                        Val {
                            reg: w + i as u16,
                            temp: true,
                        },
                    )?;
                }
            }
            Expr::Starred(s) => {
                return self.err(
                    s.range,
                    "starred assignment target must be in a list or tuple",
                );
            }
            e => {
                return self.err(
                    e.range(),
                    format!("cannot assign to {}", crate::parse_errors::describe(e)),
                );
            }
        }
        self.free_to(m);
        self.at = saved;
        Ok(())
    }

    /// The first register of targets that are local variables in registers one after the other.
    fn locals_in_a_row(&self, elts: &[Expr]) -> Option<Reg> {
        let local = |e: &Expr| match e {
            Expr::Name(n) => match self.access(&self.mangled(&n.id)) {
                Access::Local(reg) => Some(reg),
                _ => None,
            },
            _ => None,
        };
        let first = local(elts.first()?)?;
        let follow = |(i, e): (usize, &Expr)| local(e).map(usize::from) == Some(first as usize + i);
        elts.iter().enumerate().all(follow).then_some(first)
    }

    fn note_static_attribute(&mut self, a: &ExprAttribute) {
        if !matches!(&*a.value, Expr::Name(n) if n.id.as_str() == "self") {
            return;
        }
        let name = self.mangled(&a.attr);
        for u in self.outer.iter_mut().rev() {
            if self.t.scopes[u.scope].kind == crate::symbols::ScopeKind::Class {
                let n = u.name(&name);
                if !u.static_attributes.contains(&n) {
                    u.static_attributes.push(n);
                }
                return;
            }
        }
    }

    /// `target op= value`
    pub(super) fn aug_assign(&mut self, s: &'a StmtAugAssign) -> Res<()> {
        let m = self.mark();
        let imm = imm_op(s.op).and_then(|op| Some((op, self.small_imm(&s.value)?)));
        match &*s.target {
            Expr::Name(n) => {
                self.at = n.range;
                let name = self.mangled(&n.id);
                let mut x = self.name_val(&name);
                if !x.temp && rebinds(&s.value, &n.id) {
                    let t = self.temp();
                    self.mov(t.reg, x);
                    x = t;
                }
                let local = if let Access::Local(r) = self.access(&name) {
                    Some(r)
                } else {
                    None
                };
                let dst = local.unwrap_or(x.reg);
                self.in_place(s, x, imm, dst)?;
                if local.is_none() {
                    self.store_name(
                        &n.id,
                        Val {
                            reg: dst,
                            temp: true,
                        },
                    )?;
                }
            }
            Expr::Attribute(a) => {
                let x = self.expr_before(&a.value, &[&s.value])?;
                self.at_attribute(a.range, a.attr.range);
                let name = self.mangled(&a.attr);
                let site = self.site(&name);
                let t = self.temp();
                self.op(Op::LoadAttr, t.reg, x.reg, site);
                self.in_place(s, t, imm, t.reg)?;
                self.at_attribute(a.range, a.attr.range);
                let site = self.site(&name);
                self.op_use2(Op::StoreAttr, x, t, site);
                self.note_static_attribute(a);
            }
            Expr::Subscript(sub) => {
                let x = self.expr_before(&sub.value, &[&sub.slice, &s.value])?;
                let mut i = self.expr_before(&sub.slice, &[&s.value])?;
                if !i.temp && x.reg == i.reg {
                    i = Val { temp: false, ..i };
                }
                self.at = sub.range;
                let t = self.temp();
                self.op(Op::GetItem, t.reg, x.reg, i.reg);
                self.in_place(s, t, imm, t.reg)?;
                self.at = sub.range;
                self.op_use3(Op::SetItem, x, i, t);
            }
            e => {
                let what = crate::parse_errors::describe(e);
                return self.err(
                    e.range(),
                    format!("'{what}' is an illegal expression for augmented assignment"),
                );
            }
        }
        self.free_to(m);
        Ok(())
    }

    fn in_place(
        &mut self,
        s: &'a StmtAugAssign,
        x: Val,
        imm: Option<(Op, i16)>,
        dst: u16,
    ) -> Res<()> {
        let kill = if x.temp && x.reg != dst {
            crate::instr::KILL_B
        } else {
            0
        };
        if let Some((op, imm)) = imm {
            self.at = s.range;
            self.raw(
                op,
                kill | crate::instr::KILL_C,
                dst,
                x.reg,
                imm as u16,
                u32::MAX,
            );
            return Ok(());
        }
        let y = self.expr(&s.value)?;
        self.at = s.range;
        let op = match s.op {
            Operator::Add => Op::IAdd,
            Operator::Sub => Op::ISub,
            Operator::Mult => Op::IMul,
            Operator::MatMult => Op::IMatMul,
            Operator::Div => Op::ITrueDiv,
            Operator::Mod => Op::IMod,
            Operator::Pow => Op::IPow,
            Operator::LShift => Op::ILShift,
            Operator::RShift => Op::IRShift,
            Operator::BitOr => Op::IBitOr,
            Operator::BitXor => Op::IBitXor,
            Operator::BitAnd => Op::IBitAnd,
            Operator::FloorDiv => Op::IFloorDiv,
        };
        self.op_bin(op, dst, x, y);
        Ok(())
    }

    /// `del target`
    pub(super) fn delete(&mut self, target: &'a Expr) -> Res<()> {
        let saved = std::mem::replace(&mut self.at, target.range());
        let m = self.mark();
        match target {
            Expr::Name(n) => self.delete_name(&n.id),
            Expr::Attribute(a) => {
                let x = self.expr(&a.value)?;
                self.at_attribute(a.range, a.attr.range);
                let name = self.mangled(&a.attr);
                let s = self.site(&name);
                self.op_use1(Op::DeleteAttr, x, u32::from(s));
            }
            Expr::Subscript(s) => {
                let x = self.expr_before(&s.value, &[&s.slice])?;
                let i = self.expr(&s.slice)?;
                self.op_use2(Op::DelItem, x, i, 0);
            }
            Expr::Tuple(ExprTuple { elts, .. }) | Expr::List(ExprList { elts, .. }) => {
                elts.iter().try_for_each(|e| self.delete(e))?;
            }
            e => {
                return self.err(
                    e.range(),
                    format!("cannot delete {}", crate::parse_errors::describe(e)),
                );
            }
        }
        self.free_to(m);
        self.at = saved;
        Ok(())
    }
}

/// Whether assigning to `target` binds the name.
pub(super) fn binds(target: &Expr, name: &str) -> bool {
    match target {
        Expr::Name(n) => n.id.as_str() == name,
        Expr::Tuple(t) => t.elts.iter().any(|e| binds(e, name)),
        Expr::List(t) => t.elts.iter().any(|e| binds(e, name)),
        Expr::Starred(s) => binds(&s.value, name),
        e => rebinds(e, name),
    }
}
