//! The methods of `Decimal`.

use super::algo::{self, Dec, Rounding};
use super::context::{self, Context};
use super::convert::{self, as_class, number};
use super::current::current;
use super::number::{
    Binary, Decimal, Unary, check_text, in_context, make, text, to_float, to_int, value,
};
use super::state;
use super::tables::{binary_operations, question_operations, unary_operations};
use crate::builtins::number::IntRef;
use crate::modules::prelude::*;
use threadsnake_algo::decimal::{FormatError, Spec};

/// The context that argument `i` is, or the current one.
fn context_of(th: &Thread, a: Args<'_>, i: usize) -> Res<Py<Context>> {
    match a.opt_not_none(i) {
        Some(o) => Ok(context::of_arg(th, o)?.clone()),
        None => current(th),
    }
}

fn unary(th: &Thread, a: Args<'_>, f: Unary) -> Res {
    let c = context_of(th, a, 1)?;
    let x = value(th, a.get(0))?;
    in_context(th, &c, |c, st| f(x, c, st))
}

fn binary(th: &Thread, a: Args<'_>, f: Binary) -> Res {
    let c = context_of(th, a, 2)?;
    let (x, y) = (value(th, a.get(0))?, number(th, a.get(1))?);
    in_context(th, &c, |c, st| f(x, &y, c, st))
}

/// An operation that asks for no context; the argument is checked all the same.
fn plain(th: &Thread, a: Args<'_>, f: fn(&Dec, &Dec) -> Dec) -> Res {
    context_of(th, a, 2)?;
    let (x, y) = (value(th, a.get(0))?, number(th, a.get(1))?);
    Ok(make(th, f(x, &y)))
}

/// A question about a number.
fn asks(th: &Thread, a: Args<'_>, f: fn(&Dec) -> bool) -> Res {
    Ok(Obj::bool(f(value(th, a.get(0))?)))
}

/// One of `to_integral…(rounding=None, context=None)`.
fn integral(th: &Thread, a: Args<'_>, f: Unary) -> Res {
    let c = context_of(th, a, 2)?;
    let x = value(th, a.get(0))?;
    let rounding = match a.opt_not_none(1) {
        Some(r) => Some(convert::rounding(th, r)?),
        None => None,
    };
    in_context(th, &c, |c, st| {
        f(x, &c.rounded(rounding.unwrap_or(c.rounding)), st)
    })
}

fn quantize(th: &Thread, a: Args<'_>) -> Res {
    let c = context_of(th, a, 3)?;
    let rounding = match a.opt_not_none(2) {
        Some(r) => Some(convert::rounding(th, r)?),
        None => None,
    };
    let (x, y) = (value(th, a.get(0))?, number(th, a.get(1))?);
    in_context(th, &c, |c, st| {
        algo::quantize(x, &y, &c.rounded(rounding.unwrap_or(c.rounding)), st)
    })
}

fn fma(th: &Thread, a: Args<'_>) -> Res {
    let c = context_of(th, a, 3)?;
    let (x, y, z) = (
        value(th, a.get(0))?,
        number(th, a.get(1))?,
        number(th, a.get(2))?,
    );
    in_context(th, &c, |c, st| algo::fma(x, &y, &z, c, st))
}

/// `as_tuple()`
fn as_tuple(th: &Thread, a: Args<'_>) -> Res {
    let d = value(th, a.get(0))?;
    let digits = match d.kind {
        algo::Kind::Inf => vec![0],
        algo::Kind::Finite => d.coef.text().into_bytes(),
        _ if d.coef.is_zero() => Vec::new(),
        _ => d.coef.text().into_bytes(),
    };
    let digits = th.tuple_from(digits.iter().map(|c| Obj::small_int((c & 15).into())))?;
    let exp = match d.kind {
        algo::Kind::Inf => th.str("F")?,
        algo::Kind::Nan => th.str("n")?,
        algo::Kind::SNan => th.str("N")?,
        algo::Kind::Finite => th.int(d.exp),
    };
    let class = state(th).tuple.get(th)?;
    th.call(&class, &[Obj::small_int(d.neg.into()), digits, exp])
}

fn as_integer_ratio(th: &Thread, a: Args<'_>) -> Res {
    let d = value(th, a.get(0))?;
    if d.is_nan() {
        return Err(th.value_error("cannot convert NaN to integer ratio"));
    }
    if d.is_inf() {
        return Err(th.overflow_error("cannot convert Infinity to integer ratio"));
    }
    match algo::to_ratio(d) {
        Some((n, d)) => th.pair(th.bigint(n), th.bigint(d)),
        None => Err(th.memory_error()),
    }
}

fn round(th: &Thread, a: Args<'_>) -> Res {
    let d = value(th, a.get(0))?;
    let Some(n) = a.opt_not_none(1) else {
        return to_int(th, d, Rounding::HalfEven);
    };
    if !th.is_int(n) {
        return Err(th.type_error("optional arg must be an integer"));
    }
    let Some(n) = th.int_like_i64(n) else {
        return Err(th.overflow_error("Python int too large to convert to C ssize_t"));
    };
    let like = Dec::new(false, algo::Coef::ONE, n.saturating_neg());
    in_context(th, &current(th)?, |c, st| algo::quantize(d, &like, c, st))
}

fn format(th: &Thread, a: Args<'_>) -> Res {
    let d = value(th, a.get(0))?;
    let c = current(th)?;
    let Some(text) = a.get(1).cast::<Str>() else {
        return Err(th.type_error("format arg must be str"));
    };
    if text.is_empty() && a.opt(2).is_none() {
        check_text(th, d)?;
        return th.str(&algo::to_text(d, false, c.capitals()));
    }
    let Some(mut spec) = Spec::parse(text.text()) else {
        return Err(th.value_error("invalid format string"));
    };
    if spec.deprecated {
        th.warn(
            TypeId::DeprecationWarning,
            "Format specifier 'N' is deprecated and slated for removal in Python 3.18",
        )?;
    }
    if let Some(o) = a.opt(2) {
        let Some(dict) = o.cast::<Dict>() else {
            return Err(th.type_error("optional argument must be a dict"));
        };
        let get = |name: &str| match dict.get_str(th, name) {
            None => Ok(None),
            Some(o) => match o.cast::<Str>() {
                Some(s) => Ok(Some(s.to_rust())),
                None => Err(th.value_error("invalid override dict")),
            },
        };
        let invalid = || th.value_error("invalid override dict");
        match get("decimal_point")? {
            Some(p) if !p.is_empty() && p.len() <= 4 => spec.locale.point = p.into(),
            None if spec.localized => {}
            _ => return Err(invalid()),
        }
        match get("thousands_sep")? {
            Some(s) if s.len() > 4 => return Err(invalid()),
            Some(s) => spec.locale.separator = s.into(),
            None => {}
        }
        match get("grouping")? {
            Some(g) if !g.is_ascii() => return Err(invalid()),
            Some(g) => spec.locale.grouping = g.into_bytes().into(),
            None => {}
        }
    }
    match algo::format(d, &spec, c.ctx().rounding, c.capitals()) {
        Ok(s) => th.str_data(s),
        Err(FormatError::Memory) => Err(th.memory_error()),
        Err(FormatError::Limit) => {
            Err(th.value_error("format specification exceeds internal limits of _decimal"))
        }
    }
}

fn from_float(th: &Thread, a: Args<'_>) -> Res {
    let d = convert::from_float(th, a.get(1))?;
    as_class(th, a.get(0), d)
}

fn from_number(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(1);
    let d = if let Some(d) = o.cast::<Decimal>() {
        if d.obj().is_exact::<Decimal>() && a.get(0).is(th.ty(TypeId::Decimal).obj()) {
            return Ok(o.clone());
        }
        d.d.clone()
    } else if IntRef::of(o).is_some() || th.as_float(o).is_some() {
        convert::from_float(th, o)?
    } else {
        return Err(convert::refused(th, o));
    };
    as_class(th, a.get(0), d)
}

fn complex(th: &Thread, a: Args<'_>) -> Res {
    let x = to_float(th, value(th, a.get(0))?)?;
    let class = th.ty(TypeId::Complex).obj().clone();
    th.call(&class, &[Obj::float(x)])
}

fn itself(_: &Thread, a: Args<'_>) -> Res {
    Ok(a.get(0).clone())
}

fn signed(th: &Thread, a: Args<'_>, f: fn(bool) -> bool) -> Res {
    let d = value(th, a.get(0))?;
    Ok(make(th, d.clone().signed(f(d.neg))))
}

macro_rules! one {
    ($($name:literal $f:path;)*) => { [$(MethodDef::new($name, "($self, /, context=None)", |th, a| unary(th, a, $f))),*] };
}
macro_rules! two {
    ($($name:literal $f:expr;)*) => { [$(MethodDef::new($name, "($self, /, other, context=None)", |th, a| binary(th, a, $f))),*] };
}
macro_rules! questions {
    ($($name:literal $f:expr;)*) => { [$(MethodDef::new($name, "($self, /)", |th, a| asks(th, a, $f))),*] };
}

const ONE: &[MethodDef] = &unary_operations! { one };

const TWO: &[MethodDef] = &binary_operations! { two };

const QUESTIONS: &[MethodDef] = &question_operations! { questions
   "is_canonical" |_| true;
};

const OTHERS: &[MethodDef] = &[
    MethodDef::new(
        "to_integral",
        "($self, /, rounding=None, context=None)",
        |th, a| integral(th, a, algo::to_integral),
    ),
    MethodDef::new(
        "to_integral_value",
        "($self, /, rounding=None, context=None)",
        |th, a| integral(th, a, algo::to_integral),
    ),
    MethodDef::new(
        "to_integral_exact",
        "($self, /, rounding=None, context=None)",
        |th, a| integral(th, a, algo::to_integral_exact),
    ),
    MethodDef::new(
        "quantize",
        "($self, /, exp, rounding=None, context=None)",
        quantize,
    ),
    MethodDef::new("fma", "($self, /, other, third, context=None)", fma),
    MethodDef::new(
        "compare_total",
        "($self, /, other, context=None)",
        |th, a| plain(th, a, algo::compare_total),
    ),
    MethodDef::new(
        "compare_total_mag",
        "($self, /, other, context=None)",
        |th, a| plain(th, a, algo::compare_total_mag),
    ),
    MethodDef::new("copy_sign", "($self, /, other, context=None)", |th, a| {
        plain(th, a, |x, y| x.clone().signed(y.neg))
    }),
    MethodDef::new(
        "same_quantum",
        "($self, /, other, context=None)",
        |th, a| {
            context_of(th, a, 2)?;
            let (x, y) = (value(th, a.get(0))?, number(th, a.get(1))?);
            Ok(Obj::bool(algo::same_quantum(x, &y)))
        },
    ),
    MethodDef::new("is_normal", "($self, /, context=None)", |th, a| {
        let c = context_of(th, a, 1)?.ctx();
        Ok(Obj::bool(algo::is_normal(value(th, a.get(0))?, &c)))
    }),
    MethodDef::new("is_subnormal", "($self, /, context=None)", |th, a| {
        let c = context_of(th, a, 1)?.ctx();
        Ok(Obj::bool(algo::is_subnormal(value(th, a.get(0))?, &c)))
    }),
    MethodDef::new("number_class", "($self, /, context=None)", |th, a| {
        let c = context_of(th, a, 1)?.ctx();
        th.str(algo::class(value(th, a.get(0))?, &c))
    }),
    MethodDef::new("to_eng_string", "($self, /, context=None)", |th, a| {
        let c = context_of(th, a, 1)?;
        let d = value(th, a.get(0))?;
        check_text(th, d)?;
        th.str(&algo::to_text(d, true, c.capitals()))
    }),
    MethodDef::new("adjusted", "($self, /)", |th, a| {
        let d = value(th, a.get(0))?;
        Ok(th.int(if d.is_finite() { d.adjusted() } else { 0 }))
    }),
    MethodDef::new("canonical", "($self, /)", itself),
    MethodDef::new("conjugate", "($self, /)", itself),
    MethodDef::new("radix", "($self, /)", |th, _| Ok(make(th, Dec::int(10)))),
    MethodDef::new("copy_abs", "($self, /)", |th, a| signed(th, a, |_| false)),
    MethodDef::new("copy_negate", "($self, /)", |th, a| {
        signed(th, a, |neg| !neg)
    }),
    MethodDef::class("from_float", "($cls, f, /)", from_float),
    MethodDef::class("from_number", "($cls, number, /)", from_number),
    MethodDef::new("as_tuple", "($self, /)", as_tuple),
    MethodDef::new("as_integer_ratio", "($self, /)", as_integer_ratio),
    MethodDef::new("__copy__", "($self, /)", itself),
    MethodDef::new("__deepcopy__", "($self, memo, /)", itself),
    MethodDef::new(
        "__format__",
        "($self, format_spec, override=None, /)",
        format,
    ),
    MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let text = th.str(&text(th, value(th, a.get(0))?)?)?;
        let args = tuple_of(th, [text])?;
        th.pair(th.type_of(a.get(0)).obj().clone(), args)
    }),
    MethodDef::new("__round__", "($self, ndigits=None, /)", round),
    MethodDef::new("__ceil__", "($self, /)", |th, a| {
        to_int(th, value(th, a.get(0))?, Rounding::Ceiling)
    }),
    MethodDef::new("__floor__", "($self, /)", |th, a| {
        to_int(th, value(th, a.get(0))?, Rounding::Floor)
    }),
    MethodDef::new("__trunc__", "($self, /)", |th, a| {
        to_int(th, value(th, a.get(0))?, Rounding::Down)
    }),
    MethodDef::new("__complex__", "($self, /)", complex),
    MethodDef::new("__sizeof__", "($self, /)", |th, a| {
        let d = value(th, a.get(0))?;
        Ok(th.uint(72 + d.coef.digits().div_ceil(19).max(4) * 8))
    }),
];

/// All of them.
pub const METHODS: &[MethodDef] = {
    const N: usize = ONE.len() + TWO.len() + QUESTIONS.len() + OTHERS.len();
    static ALL: [MethodDef; N] = MethodDef::joined([ONE, TWO, QUESTIONS, OTHERS]);
    &ALL
};
