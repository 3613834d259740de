//! Methods and attributes of `float`.

use super::super::number;
use super::value;
use crate::object::def::{GetSetDef, MethodDef};
use crate::object::obj::Obj;
use crate::object::sig::Args;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::float::{self as algo, HexError};
use threadsnake_algo::format_spec::{self, FormatSpec};

pub(super) static METHODS: &[MethodDef] = &[
    MethodDef::new("conjugate", "($self, /)", |th, a| {
        super::itself(th, a.get(0))
    })
    .doc("Return self, the complex conjugate of any float."),
    MethodDef::new("__trunc__", "($self, /)", |th, a| {
        super::to_int(th, a.get(0))
    })
    .doc("Return the Integral closest to x between 0 and x."),
    MethodDef::new("__floor__", "($self, /)", |th, a| {
        super::integer(th, value(th, a.get(0))?.floor())
    })
    .doc("Return the floor as an Integral."),
    MethodDef::new("__ceil__", "($self, /)", |th, a| {
        super::integer(th, value(th, a.get(0))?.ceil())
    })
    .doc("Return the ceiling as an Integral."),
    MethodDef::new("__round__", "($self, ndigits=None, /)", round)
        .doc("Return the Integral closest to x, rounding half toward even."),
    MethodDef::new("as_integer_ratio", "($self, /)", as_integer_ratio)
        .doc("Return a pair of integers, whose ratio is exactly equal to the original float."),
    MethodDef::class("from_number", "($cls, number, /)", from_number)
        .doc("Convert real number to a floating-point number."),
    MethodDef::class("fromhex", "($cls, string, /)", fromhex)
        .doc("Create a floating-point number from a hexadecimal string."),
    MethodDef::new("hex", "($self, /)", |th, a| {
        th.str(&algo::to_hex(value(th, a.get(0))?))
    })
    .doc("Return a hexadecimal representation of a floating-point number."),
    MethodDef::new("is_integer", "($self, /)", is_integer)
        .doc("Return True if the float is an integer."),
    MethodDef::new("__getnewargs__", "($self, /)", |th, a| {
        th.tuple(vec![super::itself(th, a.get(0))?])
    }),
    MethodDef::class("__getformat__", "($cls, typestr, /)", getformat),
    MethodDef::new("__format__", "($self, format_spec, /)", format)
        .doc("Formats the float according to format_spec."),
];

pub(super) static GETSET: &[GetSetDef] = &[
    GetSetDef::ro("real", super::itself),
    GetSetDef::ro("imag", |_, _| Ok(Obj::float(0.0))),
];

fn round(th: &Thread, a: Args<'_>) -> Res {
    let x = value(th, a.get(0))?;
    match a.opt_not_none(1) {
        None => super::integer(th, x.round_ties_even()),
        Some(digits) => {
            let digits = th.index_clamped(digits)?;
            algo::round_digits(x, digits)
                .map(Obj::float)
                .map_err(|e| number::float_error(th, e))
        }
    }
}

fn as_integer_ratio(th: &Thread, a: Args<'_>) -> Res {
    let (n, d) =
        algo::as_integer_ratio(value(th, a.get(0))?).map_err(|e| number::float_error(th, e))?;
    th.tuple(vec![th.bigint(n), th.bigint(d)])
}

/// An instance of `cls` with this value.
fn make(th: &Thread, cls: &Obj, x: f64) -> Res {
    match cls.cast::<Type>() {
        Some(c) if c.obj().is(th.ty(TypeId::Float).obj()) => Ok(Obj::float(x)),
        _ => th.call(cls, &[Obj::float(x)]),
    }
}

fn from_number(th: &Thread, a: Args<'_>) -> Res {
    let x = th.to_f64(a.get(1))?;
    make(th, a.get(0), x)
}

fn fromhex(th: &Thread, a: Args<'_>) -> Res {
    let Some(s) = a.get(1).cast::<Str>() else {
        return Err(th.type_error("bad argument type for built-in operation"));
    };
    let x = algo::from_hex(&s.to_rust()).map_err(|e| match e {
        HexError::Invalid => th.value_error(e.to_string()),
        HexError::TooLarge => th.overflow_error(e.to_string()),
    })?;
    make(th, a.get(0), x)
}

fn is_integer(th: &Thread, a: Args<'_>) -> Res {
    let x = value(th, a.get(0))?;
    Ok(Obj::bool(x.is_finite() && x.floor() == x))
}

fn getformat(th: &Thread, a: Args<'_>) -> Res {
    let Some(s) = a.get(1).cast::<Str>() else {
        return Err(th.type_error(format!(
            "__getformat__() argument must be str, not {}",
            th.type_name(a.get(1))
        )));
    };
    if s.eq_rust("double") || s.eq_rust("float") {
        return th.str(if cfg!(target_endian = "little") {
            "IEEE, little-endian"
        } else {
            "IEEE, big-endian"
        });
    }
    Err(th.value_error("__getformat__() argument 1 must be 'double' or 'float'"))
}

fn format(th: &Thread, a: Args<'_>) -> Res {
    let spec = super::super::str::format_spec_text(th, a.get(1))?;
    if spec.is_empty() {
        return Ok(th.to_str(a.get(0))?.into_obj());
    }
    let ty = th.type_name(a.get(0));
    let spec = FormatSpec::parse_for_number(spec.text(), &ty)
        .map_err(|e| super::super::str::format_error(th, e))?;
    super::super::str::check_spec(th, &spec)?;
    let text = format_spec::format_float(value(th, a.get(0))?, &spec, "float")
        .map_err(|e| super::super::str::format_error_of(th, ty, e))?;
    th.str_data(text)
}
