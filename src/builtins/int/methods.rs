//! Methods and attributes of `int`.

use super::super::number::{self, IntRef};
use crate::object::def::{GetSetDef, MethodDef};
use crate::object::obj::Obj;
use crate::object::sig::Args;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::format_spec::{self, FormatSpec};
use threadsnake_algo::int as algo;

pub(super) static METHODS: &[MethodDef] = &[
    MethodDef::new("conjugate", "($self, /)", plain).doc("Returns self, the complex conjugate of any int."),
    MethodDef::new("bit_length", "($self, /)", bit_length)
        .doc("Number of bits necessary to represent self in binary."),
    MethodDef::new("bit_count", "($self, /)", bit_count)
        .doc("Number of ones in the binary representation of the absolute value of self."),
    MethodDef::new("to_bytes", "($self, /, length=1, byteorder='big', *, signed=False)", to_bytes)
        .doc("Return an array of bytes representing an integer."),
    MethodDef::class("from_bytes", "($cls, /, bytes, byteorder='big', *, signed=False)", from_bytes)
        .doc("Return the integer represented by the given array of bytes."),
    MethodDef::new("as_integer_ratio", "($self, /)", as_integer_ratio)
        .doc("Return a pair of integers, whose ratio is equal to the original int."),
    MethodDef::new("is_integer", "($self, /)", |_, _| Ok(Obj::TRUE))
        .doc("Returns True. Exists for duck type compatibility with float.is_integer."),
    MethodDef::new("__trunc__", "($self, /)", plain).doc("Truncating an Integral returns itself."),
    MethodDef::new("__floor__", "($self, /)", plain).doc("Flooring an Integral returns itself."),
    MethodDef::new("__ceil__", "($self, /)", plain).doc("Ceiling of an Integral returns itself."),
    MethodDef::new("__round__", "($self, ndigits=None, /)", round)
        .doc("Rounding an Integral returns itself.\n\nRounding with an ndigits argument also returns an integer."),
    MethodDef::new("__getnewargs__", "($self, /)", getnewargs),
    MethodDef::new("__format__", "($self, format_spec, /)", format)
        .doc("Convert to a string according to format_spec."),
    MethodDef::new("__sizeof__", "($self, /)", sizeof).doc("Returns size in memory, in bytes."),
];

pub(super) static GETSET: &[GetSetDef] = &[
    GetSetDef::ro("real", super::itself),
    GetSetDef::ro("imag", |_, _| Ok(Obj::small_int(0))),
    GetSetDef::ro("numerator", super::itself),
    GetSetDef::ro("denominator", |_, _| Ok(Obj::small_int(1))),
];

fn value<'a>(th: &Thread, o: &'a Obj) -> Res<IntRef<'a>> {
    IntRef::of(o)
        .ok_or_else(|| th.type_error(format!("an int is required, not '{}'", th.type_name(o))))
}

fn plain(th: &Thread, a: Args<'_>) -> Res {
    super::itself(th, a.get(0))
}

fn bit_length(th: &Thread, a: Args<'_>) -> Res {
    Ok(th.int(value(th, a.get(0))?.bits() as i64))
}

fn bit_count(th: &Thread, a: Args<'_>) -> Res {
    Ok(th.int(match value(th, a.get(0))? {
        IntRef::Small(n) => i64::from(n.unsigned_abs().count_ones()),
        IntRef::Big(n) => algo::bit_count(n) as i64,
    }))
}

/// Whether the `byteorder` argument says big endian.
fn big_endian(th: &Thread, method: &str, o: Option<&Obj>) -> Res<bool> {
    let Some(o) = o else { return Ok(true) };
    let Some(s) = o.cast::<crate::object::string::Str>() else {
        return Err(th.type_error(format!(
            "{method}() argument 'byteorder' must be str, not {}",
            th.type_name(o)
        )));
    };
    if s.eq_rust("big") {
        Ok(true)
    } else if s.eq_rust("little") {
        Ok(false)
    } else {
        Err(th.value_error("byteorder must be either 'little' or 'big'"))
    }
}

fn to_bytes(th: &Thread, a: Args<'_>) -> Res {
    let length = a.opt(1).map_or(Ok(1), |o| th.index_i64(o))?;
    let big = big_endian(th, "to_bytes", a.opt(2))?;
    let signed = a.flag(th, 3)?;
    let Ok(length) = usize::try_from(length) else {
        return Err(th.value_error("length argument must be non-negative"));
    };
    let n = value(th, a.get(0))?;
    if n.bits() / 8 > length {
        // Refused before room for the bytes is asked for.
        let message = if n.is_negative() && !signed {
            "can't convert negative int to unsigned"
        } else {
            "int too big to convert"
        };
        return Err(th.overflow_error(message));
    }
    th.reserve(length)?;
    let bytes =
        algo::to_bytes(&n.big(), length, big, signed).map_err(|e| number::int_error(th, e))?;
    th.bytes(&bytes)
}

fn from_bytes(th: &Thread, a: Args<'_>) -> Res {
    let big = big_endian(th, "from_bytes", a.opt(2))?;
    let signed = a.flag(th, 3)?;
    let bytes = super::super::bytes::object_to_vec(th, a.get(1))?;
    let n = th.bigint(algo::from_bytes(&bytes, big, signed));
    match a.get(0).cast::<Type>() {
        Some(cls) if cls.obj().is(th.ty(TypeId::Int).obj()) => Ok(n),
        _ => th.call(a.get(0), &[n]),
    }
}

fn as_integer_ratio(th: &Thread, a: Args<'_>) -> Res {
    th.tuple(vec![super::itself(th, a.get(0))?, Obj::small_int(1)])
}

fn round(th: &Thread, a: Args<'_>) -> Res {
    let Some(digits) = a.opt_not_none(1) else {
        return super::itself(th, a.get(0));
    };
    let digits = th.index_clamped(digits)?;
    if digits >= 0 {
        return super::itself(th, a.get(0));
    }
    let n = value(th, a.get(0))?;
    let digits = usize::try_from(digits.unsigned_abs()).unwrap_or(usize::MAX);
    Ok(th.bigint(algo::round_to_power_of_ten(&n.big(), digits)))
}

fn getnewargs(th: &Thread, a: Args<'_>) -> Res {
    th.tuple(vec![super::itself(th, a.get(0))?])
}

/// As CPython counts: a head of 24 bytes and 4 for each 30 bits.
fn sizeof(th: &Thread, a: Args<'_>) -> Res {
    let digits = value(th, a.get(0))?.bits().div_ceil(30).max(1);
    Ok(th.int(24 + 4 * digits as i64))
}

fn format(th: &Thread, a: Args<'_>) -> Res {
    let spec = super::super::str::format_spec_text(th, a.get(1))?;
    if spec.is_empty() {
        return Ok(th.to_str(a.get(0))?.into_obj());
    }
    let n = value(th, a.get(0))?;
    let ty = th.type_name(a.get(0));
    let spec = FormatSpec::parse_for_number(spec.text(), &ty)
        .map_err(|e| super::super::str::format_error(th, e))?;
    super::super::str::check_spec(th, &spec)?;
    let text = format_spec::format_int(&n.big(), &spec, th.int_max_str_digits())
        .map_err(|e| super::super::str::format_error_of(th, ty, e))?;
    match text {
        Some(t) => th.str_data(t),
        None => Err(th.overflow_error("int too large to convert to float")),
    }
}
