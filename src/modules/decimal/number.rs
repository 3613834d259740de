//! `Decimal`: the object, its operators and comparisons.

use super::algo::{self, Ctx, Dec, Rounding, Status};
use super::context::{self, Context};
use super::convert::{self, operand};
use super::current::current;
use super::signals::note;
use super::{methods, state};
use crate::builtins::number::{IntRef, float_of};
use crate::modules::prelude::*;
use crate::object::int::Complex;
use crate::runtime::compare::hash_address;

/// Payload of decimals; never changes.
pub struct Decimal {
    /// The number.
    pub d: Dec,
}

// SAFETY: the layout is of this very type.
unsafe impl Native for Decimal {
    const TYPE: TypeId = TypeId::Decimal;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::leaf::<Decimal>("Decimal");
        &L
    };
}

/// A new object of the plain class.
#[inline]
pub fn make(th: &Thread, d: Dec) -> Obj {
    th.alloc(Decimal { d }).into_obj()
}

/// The number of a Decimal.
#[inline]
pub fn value<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Dec> {
    Ok(&this::<Decimal>(th, o)?.d)
}

/// An operation of two numbers.
pub type Binary = fn(&Dec, &Dec, &Ctx, &mut Status) -> Dec;
/// An operation of one.
pub type Unary = fn(&Dec, &Ctx, &mut Status) -> Dec;

/// The result of an operation in a context.
#[inline]
pub fn in_context(th: &Thread, c: &Py<Context>, f: impl FnOnce(&Ctx, &mut Status) -> Dec) -> Res {
    let mut st = 0;
    let d = f(&c.ctx(), &mut st);
    note(th, c, st)?;
    Ok(make(th, d))
}

#[inline]
fn binary(th: &Thread, a: &Obj, b: &Obj, f: Binary) -> Res {
    let (Some(x), Some(y)) = (operand(a), operand(b)) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    in_context(th, &current(th)?, |c, st| f(&x, &y, c, st))
}

fn unary(th: &Thread, o: &Obj, f: Unary) -> Res {
    let x = value(th, o)?;
    in_context(th, &current(th)?, |c, st| f(x, c, st))
}

/// `divmod(a, b)` in a context.
pub fn divmod(th: &Thread, a: &Dec, b: &Dec, c: &Py<Context>) -> Res {
    let mut st = 0;
    let (q, r) = algo::divmod(a, b, &c.ctx(), &mut st);
    note(th, c, st)?;
    th.pair(make(th, q), make(th, r))
}

fn pow(th: &Thread, a: &Obj, b: &Obj, m: &Obj) -> Res {
    let (Some(x), Some(y)) = (operand(a), operand(b)) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let c = current(th)?;
    if m.is_none() {
        return in_context(th, &c, |c, st| algo::power(&x, &y, c, st));
    }
    match operand(m) {
        Some(m) => in_context(th, &c, |c, st| algo::power_mod(&x, &y, &m, c, st)),
        None => Ok(Obj::NOT_IMPLEMENTED),
    }
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("Decimal", "(value='0', context=None)", args, |a| {
        let c = match a.opt_not_none(1) {
            Some(o) => context::of_arg(th, o)?.clone(),
            None => current(th)?,
        };
        let plain = cls.obj().is(th.ty(TypeId::Decimal).obj());
        let d = match a.opt(0) {
            None => Dec::int(0),
            Some(o) if plain && o.is_exact::<Decimal>() => return Ok(o.clone()),
            Some(o) => convert::from_object(th, o, &c)?,
        };
        if plain {
            return Ok(make(th, d));
        }
        Ok(th.alloc_as(cls, Decimal { d })?.into_obj())
    })
}

/// The number as text, as the current context has it.
pub fn text(th: &Thread, d: &Dec) -> Res<String> {
    let capitals = current(th)?.capitals();
    check_text(th, d)?;
    Ok(algo::to_text(d, false, capitals))
}

/// Asks for the memory that a numeral needs.
pub fn check_text(th: &Thread, d: &Dec) -> Res<()> {
    match d.coef.digits() {
        n @ 4097.. => th.reserve(2 * n as usize),
        _ => Ok(()),
    }
}

/// The whole number next to a finite one, or an exception.
pub fn to_int(th: &Thread, d: &Dec, rounding: Rounding) -> Res {
    if d.is_nan() {
        return Err(th.value_error("cannot convert NaN to integer"));
    }
    if d.is_inf() {
        return Err(th.overflow_error("cannot convert Infinity to integer"));
    }
    match algo::to_int(d, rounding) {
        Some(n) => Ok(th.bigint(n)),
        None => Err(th.memory_error()),
    }
}

/// `float(d)`
pub fn to_float(th: &Thread, d: &Dec) -> Res<f64> {
    let sign = if d.neg { -1.0 } else { 1.0f64 };
    match d.kind {
        algo::Kind::SNan => Err(th.value_error("cannot convert signaling NaN to float")),
        algo::Kind::Nan => Ok(f64::NAN.copysign(sign)),
        algo::Kind::Inf => Ok(f64::INFINITY * sign),
        algo::Kind::Finite => Ok(algo::to_f64(d)),
    }
}

fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    let d = value(th, o)?;
    match d.kind {
        algo::Kind::SNan => Err(th.type_error("Cannot hash a signaling NaN value")),
        algo::Kind::Nan => Ok(hash_address(o)),
        algo::Kind::Inf => Ok(if d.neg { -314_159 } else { 314_159 }),
        algo::Kind::Finite => Ok(algo::hash(d)),
    }
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let x = value(th, a)?;
    if let Some(y) = operand(b) {
        return ordered(th, x, &y, op);
    }
    let equality = matches!(op, CmpOp::Eq | CmpOp::Ne);
    let float = match b.cast::<Complex>() {
        Some(z) if equality && z.im == 0.0 => Some(z.re),
        Some(_) => return Ok(Obj::NOT_IMPLEMENTED),
        None => float_of(b),
    };
    if let Some(y) = float {
        let c = current(th)?;
        if equality {
            // Noted, but no exception.
            c.note(algo::FLOAT_OPERATION);
        } else {
            note(th, &c, algo::FLOAT_OPERATION)?;
        }
        return ordered(th, x, &algo::from_f64(y), op);
    }
    if b.header().is_none() || !th.isinstance(b, &state(th).rational.get(th)?)? {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let (n, d) = (th.getattr(b, "numerator")?, th.getattr(b, "denominator")?);
    let (Some(n), Some(d)) = (IntRef::of(&n), IntRef::of(&d)) else {
        return Err(th.type_error("numerator and denominator must be integers"));
    };
    let scaled = if x.is_finite() {
        match algo::times_int(x, &d.big()) {
            Some(d) => d,
            None => return Err(th.memory_error()),
        }
    } else {
        x.clone()
    };
    ordered(th, &scaled, &convert::of_int(n), op)
}

#[inline]
fn ordered(th: &Thread, a: &Dec, b: &Dec, op: CmpOp) -> Res {
    if let Some(o) = algo::order(a, b) {
        return Ok(Obj::bool(op.holds(o)));
    }
    // Without an order: only a quiet NaN may be compared for equality without a word.
    let quiet = matches!(op, CmpOp::Eq | CmpOp::Ne);
    if !quiet || a.is_snan() || b.is_snan() {
        note(th, &current(th)?, algo::INVALID_OPERATION)?;
    }
    Ok(Obj::bool(op == CmpOp::Ne))
}

/// The type.
pub static DECIMAL: TypeDef = TypeDef {
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(new),
        repr: Some(|th, o| th.str(&format!("Decimal('{}')", text(th, value(th, o)?)?))),
        str: Some(|th, o| th.str(&text(th, value(th, o)?)?)),
        hash: Some(hash),
        compare: Some(compare),
        bool: Some(|th, o| Ok(!value(th, o)?.is_zero())),
        int: Some(|th, o| to_int(th, value(th, o)?, Rounding::Down)),
        float: Some(|th, o| Ok(Obj::float(to_float(th, value(th, o)?)?))),
        neg: Some(|th, o| unary(th, o, algo::minus)),
        pos: Some(|th, o| unary(th, o, algo::plus)),
        abs: Some(|th, o| unary(th, o, algo::abs)),
        pow: Some(pow),
        ..Slots::NONE
    }
    .bin(BinOp::Add, |th, a, b| binary(th, a, b, algo::add))
    .bin(BinOp::Sub, |th, a, b| binary(th, a, b, algo::sub))
    .bin(BinOp::Mul, |th, a, b| binary(th, a, b, algo::mul))
    .bin(BinOp::TrueDiv, |th, a, b| binary(th, a, b, algo::div))
    .bin(BinOp::FloorDiv, |th, a, b| binary(th, a, b, algo::div_int))
    .bin(BinOp::Mod, |th, a, b| binary(th, a, b, algo::rem))
    .bin(BinOp::DivMod, |th, a, b| match (operand(a), operand(b)) {
        (Some(x), Some(y)) => divmod(th, &x, &y, &current(th)?),
        _ => Ok(Obj::NOT_IMPLEMENTED),
    }),
    methods: methods::METHODS,
    getset: &[
        GetSetDef::ro("real", |_, o| Ok(o.clone())),
        GetSetDef::ro("imag", |th, _| Ok(make(th, Dec::int(0)))),
    ],
    doc: "Decimal(value='0', context=None)\n--\n\nConstruct a new Decimal object.\n\nvalue can be an integer, string, tuple, or another Decimal object.  If\nno value is given, return Decimal('0'). The context does not affect\nthe conversion and is only passed to determine if the InvalidOperation\ntrap is active.",
    ..TypeDef::new(TypeId::Decimal, "decimal.Decimal", Decimal::LAYOUT)
};
