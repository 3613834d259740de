//! Constant expressions.

use super::Compiler;
use crate::code::{Const, StrConst};
use dashu_int::IBig;
use ruff_python_ast::*;

/// Folded integers have at most this many bits, folded strings this many bytes, folded tuples this many items.
const MAX_BITS: usize = 128;
const MAX_STR: usize = 4096;

/// An integer that fits an immediate operand.
pub(super) fn small_int(c: &Const) -> Option<i16> {
    match c {
        Const::Int(i) => i16::try_from(*i).ok(),
        _ => None,
    }
}

/// `bool(c)`
pub(super) fn truth(c: &Const) -> bool {
    match c {
        Const::None => false,
        Const::Bool(b) => *b,
        Const::Ellipsis | Const::Code(_) | Const::Slice(_) | Const::BigInt(_) => true,
        Const::Int(i) => *i != 0,
        Const::Float(f) => *f != 0.0,
        Const::Complex(r, i) => *r != 0.0 || *i != 0.0,
        Const::Str(StrConst::Text(t)) => !t.is_empty(),
        Const::Str(StrConst::Points(p)) => !p.is_empty(),
        Const::Bytes(b) => !b.is_empty(),
        Const::Tuple(t) | Const::FrozenSet(t) => !t.is_empty(),
    }
}

/// An integer constant of any size.
pub(super) fn int_const(i: IBig) -> Const {
    match i64::try_from(&i) {
        Ok(small) => Const::Int(small),
        Err(_) => Const::BigInt(Box::new(i)),
    }
}

fn as_int(c: &Const) -> Option<IBig> {
    match c {
        Const::Int(i) => Some(IBig::from(*i)),
        Const::BigInt(i) => Some((**i).clone()),
        Const::Bool(b) => Some(IBig::from(u8::from(*b))),
        _ => None,
    }
}

fn as_float(c: &Const) -> Option<f64> {
    match c {
        Const::Float(f) => Some(*f),
        Const::Int(i) if i.unsigned_abs() < 1 << 53 => Some(*i as f64),
        Const::Bool(b) => Some(f64::from(u8::from(*b))),
        _ => None,
    }
}

fn bits(i: &IBig) -> usize {
    use dashu_int::ops::BitTest;
    i.bit_len()
}

impl<'a> Compiler<'a> {
    /// The value of a constant expression.
    pub(super) fn try_const(&mut self, e: &'a Expr) -> Option<Const> {
        match e {
            Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => self.literal(e).ok(),
            Expr::UnaryOp(u) => {
                let c = self.try_const(&u.operand)?;
                unary(u.op, &c)
            }
            Expr::BinOp(b) => {
                let id = std::ptr::from_ref(b) as usize;
                if self.not_const.contains(&id) {
                    return None;
                }
                let right = self.try_const(&b.right);
                let folded = match right {
                    Some(r) => self.try_const(&b.left).and_then(|l| binary(b.op, &l, &r)),
                    None => None,
                };
                if folded.is_none() {
                    self.not_const.insert(id);
                }
                folded
            }
            Expr::Tuple(t) if t.elts.len() <= 4096 => {
                let items = t
                    .elts
                    .iter()
                    .map(|e| self.try_const(e))
                    .collect::<Option<Vec<_>>>()?;
                Some(Const::Tuple(items.into()))
            }
            _ => None,
        }
    }

    /// `[1, 2]` and `{1, 2}` on the right of `in`.
    pub(super) fn const_container(&mut self, e: &'a Expr) -> Option<Const> {
        match e {
            Expr::List(l) => {
                let items = l
                    .elts
                    .iter()
                    .map(|e| self.try_const(e))
                    .collect::<Option<Vec<_>>>()?;
                Some(Const::Tuple(items.into()))
            }
            Expr::Set(l) => {
                let items = l
                    .elts
                    .iter()
                    .map(|e| self.try_const(e))
                    .collect::<Option<Vec<_>>>()?;
                Some(Const::FrozenSet(items.into()))
            }
            _ => None,
        }
    }
}

fn unary(op: UnaryOp, c: &Const) -> Option<Const> {
    match op {
        UnaryOp::Not => match c {
            Const::Tuple(_) | Const::Str(_) | Const::Bytes(_) | Const::Ellipsis => None,
            c => Some(Const::Bool(!truth(c))),
        },
        UnaryOp::Invert => match c {
            Const::Bool(_) => None,
            c => as_int(c).map(|i| int_const(-i - IBig::ONE)),
        },
        UnaryOp::UAdd | UnaryOp::USub => {
            let neg = op == UnaryOp::USub;
            match c {
                Const::Float(f) => Some(Const::Float(if neg { -f } else { *f })),
                Const::Complex(r, i) => Some(if neg {
                    Const::Complex(-r, -i)
                } else {
                    Const::Complex(*r, *i)
                }),
                c => as_int(c).map(|i| int_const(if neg { -i } else { i })),
            }
        }
    }
}

fn binary(op: Operator, l: &Const, r: &Const) -> Option<Const> {
    if let (Some(a), Some(b)) = (as_int(l), as_int(r)) {
        return int_binary(op, a, b);
    }
    match (l, r) {
        (Const::Complex(..), _) | (_, Const::Complex(..)) => return complex_binary(op, l, r),
        (Const::Str(StrConst::Text(a)), Const::Str(StrConst::Text(b))) if op == Operator::Add => {
            return (a.len() + b.len() <= MAX_STR)
                .then(|| Const::Str(StrConst::Text(format!("{a}{b}").into())));
        }
        (Const::Str(StrConst::Text(a)), Const::Int(n)) if op == Operator::Mult => {
            let n = usize::try_from(*n).unwrap_or(0);
            return (a.len().checked_mul(n)? <= MAX_STR)
                .then(|| Const::Str(StrConst::Text(a.repeat(n).into())));
        }
        (Const::Bytes(a), Const::Bytes(b)) if op == Operator::Add => {
            return (a.len() + b.len() <= MAX_STR)
                .then(|| Const::Bytes([&a[..], &b[..]].concat().into()));
        }
        (Const::Bytes(a), Const::Int(n)) if op == Operator::Mult => {
            let n = usize::try_from(*n).unwrap_or(0);
            return (a.len().checked_mul(n)? <= MAX_STR).then(|| Const::Bytes(a.repeat(n).into()));
        }
        (Const::Tuple(a), Const::Int(n)) if op == Operator::Mult => {
            let n = usize::try_from(*n).unwrap_or(0);
            if a.len().checked_mul(n)? > 256 {
                return None;
            }
            let items: Vec<Const> = (0..n).flat_map(|_| a.iter().cloned()).collect();
            return Some(Const::Tuple(items.into()));
        }
        _ => {}
    }
    let (a, b) = (as_float(l)?, as_float(r)?);
    Some(Const::Float(match op {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mult => a * b,
        Operator::Div if b != 0.0 => a / b,
        _ => return None,
    }))
}

fn complex_binary(op: Operator, l: &Const, r: &Const) -> Option<Const> {
    let (a, b) = match (l, r) {
        (Const::Complex(..), Const::Complex(..)) => return None,
        (_, Const::Complex(0.0, im)) => (as_float(l)?, *im),
        _ => return None,
    };
    match op {
        Operator::Add => Some(Const::Complex(a, b)),
        Operator::Sub => Some(Const::Complex(a, -b)),
        _ => None,
    }
}

fn int_binary(op: Operator, a: IBig, b: IBig) -> Option<Const> {
    let zero = IBig::ZERO;
    Some(int_const(match op {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mult => {
            if bits(&a) + bits(&b) > MAX_BITS {
                return None;
            }
            a * b
        }
        Operator::FloorDiv | Operator::Mod => {
            if b == zero {
                return None;
            }
            let mut q = &a / &b;
            let mut r = a - &q * &b;
            if r != zero && (r < zero) != (b < zero) {
                q -= IBig::ONE;
                r += &b;
            }
            if op == Operator::Mod { r } else { q }
        }
        Operator::Div => {
            let (x, y) = (as_float(&int_const(a))?, as_float(&int_const(b))?);
            if y == 0.0 {
                return None;
            }
            return Some(Const::Float(x / y));
        }
        Operator::Pow => {
            let n = usize::try_from(&b).ok()?;
            if bits(&a).checked_mul(n)? > MAX_BITS {
                return None;
            }
            a.pow(n)
        }
        Operator::LShift => {
            let n = usize::try_from(&b).ok()?;
            if bits(&a).checked_add(n)? > MAX_BITS {
                return None;
            }
            a << n
        }
        Operator::RShift => {
            let n = usize::try_from(&b).ok()?;
            a >> n
        }
        Operator::BitAnd => a & b,
        Operator::BitOr => a | b,
        Operator::BitXor => a ^ b,
        Operator::MatMult => return None,
    }))
}
