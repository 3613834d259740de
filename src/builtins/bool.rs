//! `bool`: two immediates. Arithmetic is that of `int`, which is its base.

use super::number;
use crate::object::def::{TypeDef, type_flags};
use crate::object::int::BigInt;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::slots::{BinOp, CallArgs, Slots};
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// `bool`
pub static DEF: TypeDef = TypeDef {
    base: TypeId::Int,
    flags: type_flags::MATCH_SELF,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        invert: Some(invert),
        ..Slots::NONE
    }
    .bin(BinOp::And, and)
    .bin(BinOp::Or, or)
    .bin(BinOp::Xor, xor),
    doc: "Returns True when the argument is true, False otherwise.\nThe builtins True and False are the only two instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be subclassed.",
    ..TypeDef::new(TypeId::Bool, "bool", BigInt::LAYOUT)
};

fn new(th: &Thread, _cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    if !args.kwnames.is_empty() {
        return Err(th.type_error("bool() takes no keyword arguments"));
    }
    match args.all {
        [] => Ok(Obj::FALSE),
        [x] => Ok(Obj::bool(th.truthy(x)?)),
        all => Err(th.type_error(format!(
            "bool expected at most 1 argument, got {}",
            all.len()
        ))),
    }
}

fn repr(th: &Thread, o: &Obj) -> Res {
    Ok(th.intern(if o.is(&Obj::TRUE) { "True" } else { "False" }))
}

fn invert(th: &Thread, o: &Obj) -> Res {
    th.warn(
        TypeId::DeprecationWarning,
        "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise \
         inversion of the underlying int object and is usually not what you expect from the negation of a bool \
         object. Use the 'not' operator for boolean negation or ~int(x) for the bitwise inversion of the underlying \
         int.",
    )?;
    number::invert(th, o)
}

fn and(th: &Thread, a: &Obj, b: &Obj) -> Res {
    bitwise(th, BinOp::And, a, b)
}

fn or(th: &Thread, a: &Obj, b: &Obj) -> Res {
    bitwise(th, BinOp::Or, a, b)
}

fn xor(th: &Thread, a: &Obj, b: &Obj) -> Res {
    bitwise(th, BinOp::Xor, a, b)
}

fn bitwise(th: &Thread, op: BinOp, a: &Obj, b: &Obj) -> Res {
    match (number::IntRef::of(a), number::IntRef::of(b)) {
        (Some(_), Some(_)) => number::binary(th, op, a, b),
        _ => Ok(Obj::NOT_IMPLEMENTED),
    }
}
