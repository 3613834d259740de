//! `int`: immediates of 49 bits, `BigInt` beyond and for instances of subclasses.
//!
//! `convert` has `int(…)`, `methods` the rest of the methods; arithmetic lives in `builtins::number`.

mod convert;
mod methods;

use super::number::{self, IntRef};
use crate::object::def::{TypeDef, type_flags};
use crate::object::int::BigInt;
use crate::object::layout::Native;
use crate::object::obj::Obj;
use crate::object::slots::{BinOp, CmpOp, Slots};
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

pub use convert::{from_text, int_of_number};
pub(crate) use convert::{strip_space, to_ascii_digits};

/// `int`
pub static DEF: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF,
    slots: Slots {
        new: Some(convert::new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        bool: Some(|_, o| Ok(!IntRef::of(o).is_some_and(IntRef::is_zero))),
        int: Some(itself),
        index: Some(itself),
        pos: Some(itself),
        float: Some(to_float),
        neg: Some(number::neg),
        abs: Some(abs),
        invert: Some(number::invert),
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
    .bin(BinOp::DivMod, |th, a, b| binary(th, BinOp::DivMod, a, b))
    .bin(BinOp::LShift, |th, a, b| binary(th, BinOp::LShift, a, b))
    .bin(BinOp::RShift, |th, a, b| binary(th, BinOp::RShift, a, b))
    .bin(BinOp::And, |th, a, b| binary(th, BinOp::And, a, b))
    .bin(BinOp::Or, |th, a, b| binary(th, BinOp::Or, a, b))
    .bin(BinOp::Xor, |th, a, b| binary(th, BinOp::Xor, a, b)),
    methods: methods::METHODS,
    getset: methods::GETSET,
    doc: "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.",
    ..TypeDef::new(TypeId::Int, "int", BigInt::LAYOUT)
};

fn binary(th: &Thread, op: BinOp, a: &Obj, b: &Obj) -> Res {
    match (IntRef::of(a), IntRef::of(b)) {
        (Some(x), Some(y)) => number::int_binary(th, op, x, y),
        _ => Ok(Obj::NOT_IMPLEMENTED),
    }
}

fn pow(th: &Thread, a: &Obj, b: &Obj, m: &Obj) -> Res {
    let (Some(x), Some(y)) = (IntRef::of(a), IntRef::of(b)) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if m.is_none() {
        return number::int_pow(th, x, y);
    }
    match IntRef::of(m) {
        Some(m) => number::int_pow_mod(th, x, y, m),
        None => Ok(Obj::NOT_IMPLEMENTED),
    }
}

fn repr(th: &Thread, o: &Obj) -> Res {
    if let Some(n) = o.as_small_int() {
        return small_repr(th, n);
    }
    match IntRef::of(o) {
        Some(n) => th.str(&n.decimal(th)?),
        None => Err(th.system_error("int without a value")),
    }
}

/// The decimal text of an inline integer, which has at most 15 digits.
fn small_repr(th: &Thread, n: i64) -> Res {
    let mut text = [0u8; 24];
    let mut at = text.len();
    let mut left = n.unsigned_abs();
    loop {
        at -= 1;
        text[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if n < 0 {
        at -= 1;
        text[at] = b'-';
    }
    th.str_ref(threadsnake_algo::text::StrRef::Ascii(&text[at..]))
}

fn hash(_th: &Thread, o: &Obj) -> Res<i64> {
    Ok(IntRef::of(o).map_or(0, IntRef::hash))
}

fn compare(_th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    Ok(match (IntRef::of(a), IntRef::of(b)) {
        (Some(x), Some(y)) => Obj::bool(op.holds(number::int_cmp(x, y))),
        _ => Obj::NOT_IMPLEMENTED,
    })
}

/// The same number as a plain int.
pub fn itself(th: &Thread, o: &Obj) -> Res {
    if o.value().is_int() || o.is_exact::<BigInt>() {
        return Ok(o.clone());
    }
    match IntRef::of(o) {
        Some(n) => Ok(n.to_obj(th)),
        None => Err(th.system_error("int without a value")),
    }
}

fn to_float(th: &Thread, o: &Obj) -> Res {
    match IntRef::of(o) {
        Some(n) => n.to_f64(th).map(Obj::float),
        None => Err(th.system_error("int without a value")),
    }
}

fn abs(th: &Thread, o: &Obj) -> Res {
    match IntRef::of(o) {
        Some(n) if n.is_negative() => number::neg(th, o),
        _ => itself(th, o),
    }
}
