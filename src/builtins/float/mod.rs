//! `float`: always an immediate, but for instances of subclasses (`FloatBox`).

mod methods;

use super::number::{self, Num, float_of};
use crate::builtins::common::args_of_new;
use crate::object::def::{TypeDef, type_flags};
use crate::object::int::FloatBox;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::slots::{BinOp, CallArgs, CmpOp, Slots};
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::compare::hash_address;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_algo::float as algo;

/// `float`
pub static DEF: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        bool: Some(|_, o| Ok(float_of(o).is_some_and(|x| x != 0.0))),
        int: Some(to_int),
        float: Some(itself),
        pos: Some(itself),
        neg: Some(number::neg),
        abs: Some(|_, o| Ok(float_of(o).map_or(Obj::NOT_IMPLEMENTED, |x| Obj::float(x.abs())))),
        pow: Some(pow),
        ..Slots::NONE
    }
    .bin(BinOp::Add, |th, a, b| binary(th, BinOp::Add, a, b))
    .bin(BinOp::Sub, |th, a, b| binary(th, BinOp::Sub, a, b))
    .bin(BinOp::Mul, |th, a, b| binary(th, BinOp::Mul, a, b))
    .bin(BinOp::TrueDiv, |th, a, b| binary(th, BinOp::TrueDiv, a, b))
    .bin(BinOp::FloorDiv, |th, a, b| {
        binary(th, BinOp::FloorDiv, a, b)
    })
    .bin(BinOp::Mod, |th, a, b| binary(th, BinOp::Mod, a, b))
    .bin(BinOp::DivMod, |th, a, b| binary(th, BinOp::DivMod, a, b)),
    methods: methods::METHODS,
    getset: methods::GETSET,
    doc: "Convert a string or number to a floating-point number, if possible.",
    ..TypeDef::new(TypeId::Float, "float", FloatBox::LAYOUT)
};

fn binary(th: &Thread, op: BinOp, a: &Obj, b: &Obj) -> Res {
    number::binary(th, op, a, b)
}

fn pow(th: &Thread, a: &Obj, b: &Obj, m: &Obj) -> Res {
    let (Some(x), Some(y)) = (Num::of(a), Num::of(b)) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if !m.is_none() {
        return Err(
            th.type_error("pow() 3rd argument not allowed unless all arguments are integers")
        );
    }
    number::float_pow(th, x.to_f64(th)?, y.to_f64(th)?)
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let x = if let ([x], true) = (args.all, args.kwnames.is_empty()) {
        float_from(th, x)?
    } else {
        let args = args_of_new(th, cls, TypeId::Float, args);
        th.bind("float", "(x=0, /)", args, |a| {
            a.opt(0).map_or(Ok(0.0), |x| float_from(th, x))
        })?
    };
    if cls.obj().is(th.ty(TypeId::Float).obj()) {
        return Ok(Obj::float(x));
    }
    Ok(th.alloc_as::<FloatBox>(cls, FloatBox { x })?.into_obj())
}

/// `float(x)` of one argument.
fn float_from(th: &Thread, x: &Obj) -> Res<f64> {
    if let Some(n) = x.as_f64_exact() {
        return Ok(n);
    }
    // `__float__` first: subclasses of float and str may have their own.
    let slots = th.type_of(x).slots();
    if slots.float.is_some() || slots.index.is_some() {
        return th.converted_f64(x);
    }
    if let Some(s) = x.cast::<Str>() {
        let digits = super::int::to_ascii_digits(s.text());
        return parse(th, x, &digits);
    }
    if slots.buffer.is_some() {
        let bytes = th.bytes_like(x)?.bytes().to_vec();
        return parse(th, x, &bytes);
    }
    Err(th.type_error(format!(
        "float() argument must be a string or a real number, not '{}'",
        th.type_name(x)
    )))
}

fn parse(th: &Thread, o: &Obj, digits: &[u8]) -> Res<f64> {
    algo::parse_float(super::int::strip_space(digits)).ok_or_else(|| match th.repr(o) {
        Ok(r) => th.value_error(format!(
            "could not convert string to float: {}",
            r.to_rust()
        )),
        Err(e) => e,
    })
}

fn repr(th: &Thread, o: &Obj) -> Res {
    th.str(&algo::repr(value(th, o)?))
}

fn value(th: &Thread, o: &Obj) -> Res<f64> {
    float_of(o).ok_or_else(|| no_float(th, o))
}

#[cold]
fn no_float(th: &Thread, o: &Obj) -> Exc {
    th.type_error(format!("a float is required, not '{}'", th.type_name(o)))
}

fn hash(_th: &Thread, o: &Obj) -> Res<i64> {
    // A NaN hashes by identity; as immediates all of them are the same object.
    Ok(float_of(o)
        .and_then(algo::hash_f64)
        .unwrap_or_else(|| hash_address(o)))
}

fn compare(_th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    Ok(number::compare(a, b, op).map_or(Obj::NOT_IMPLEMENTED, Obj::bool))
}

fn to_int(th: &Thread, o: &Obj) -> Res {
    integer(th, value(th, o)?)
}

/// `int(x)`: the whole part.
pub(super) fn integer(th: &Thread, x: f64) -> Res {
    // Whole parts below 2**63 convert exactly.
    if x.abs() < 9.2e18 {
        return Ok(th.int(x as i64));
    }
    algo::to_int(x)
        .map(|n| th.bigint(n))
        .map_err(|e| number::float_error(th, e))
}

/// The same number as a plain float.
fn itself(th: &Thread, o: &Obj) -> Res {
    value(th, o).map(Obj::float)
}
