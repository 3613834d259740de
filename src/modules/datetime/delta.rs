//! `timedelta`

use super::calendar::{Span, SpanError};
use crate::builtins::number::{IntRef, float_of, int_divmod, int_truediv};
use crate::builtins::tuple::hash_lanes;
use crate::modules::prelude::*;
use crate::runtime::compare::hash_small;
use dashu_int::IBig;
use threadsnake_algo::int::{div_mod, from_f64};

/// Payload of lengths of time.
pub struct Delta {
    pub span: Span,
}

// SAFETY: the layout is of this very type.
unsafe impl Native for Delta {
    const TYPE: TypeId = TypeId::DateTimeDelta;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::leaf::<Delta>("timedelta");
        &L
    };
}

/// A new object of the plain class.
#[inline]
pub fn make(th: &Thread, span: Span) -> Obj {
    th.alloc(Delta { span }).into_obj()
}

/// The length that an object is.
#[inline]
pub fn span_of(o: &Obj) -> Option<Span> {
    o.cast::<Delta>().map(|d| d.span)
}

fn span(th: &Thread, o: &Obj) -> Res<Span> {
    Ok(this::<Delta>(th, o)?.span)
}

/// A length or an OverflowError.
#[inline]
pub fn fits(th: &Thread, r: Result<Span, SpanError>) -> Res<Span> {
    r.map_err(|e| too_long(th, e))
}

#[cold]
fn too_long(th: &Thread, e: SpanError) -> Exc {
    match e {
        SpanError::Days(n) if i32::try_from(n).is_ok() => {
            th.overflow_error(format!("days={n}; must have magnitude <= 999999999"))
        }
        _ => th.overflow_error("Python int too large to convert to C int"),
    }
}

fn result(th: &Thread, r: Result<Span, SpanError>) -> Res {
    Ok(make(th, fits(th, r)?))
}

/// All of a length in microseconds.
fn big(s: Span) -> IBig {
    IBig::from(s.total_us())
}

fn of_big(th: &Thread, us: &IBig) -> Res<Span> {
    fits(
        th,
        match i128::try_from(us) {
            Ok(us) => Span::from_us(us),
            Err(_) => Err(SpanError::Int),
        },
    )
}

/// Microseconds of one of each of the constructor's arguments, in their order.
const UNITS: [(&str, i64); 7] = [
    ("days", 86_400_000_000),
    ("seconds", 1_000_000),
    ("microseconds", 1),
    ("milliseconds", 1000),
    ("minutes", 60_000_000),
    ("hours", 3_600_000_000),
    ("weeks", 604_800_000_000),
];
/// The order in which they are added up.
const ORDER: [usize; 7] = [2, 3, 1, 4, 5, 0, 6];

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let sig = "(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)";
    th.bind("timedelta", sig, args, |a| {
        // Days and seconds of machine size: most.
        let small = |i: usize| match a.opt(i) {
            None => Some(0),
            Some(o) => o.as_small_int().filter(|n| n.unsigned_abs() < 1 << 40),
        };
        let quick = match (small(0), small(1), small(2)) {
            (Some(d), Some(s), Some(us)) if (3..7).all(|i| a.opt(i).is_none()) => {
                Some(Span::new(d, s, us))
            }
            _ => None,
        };
        let span = match quick {
            Some(r) => fits(th, r)?,
            None => sum(th, a)?,
        };
        if cls.obj().is(th.ty(TypeId::DateTimeDelta).obj()) {
            return Ok(make(th, span));
        }
        Ok(th.alloc_as(cls, Delta { span })?.into_obj())
    })
}

/// The sum of all arguments; fractions of microseconds are added up apart, and rounded half to even.
fn sum(th: &Thread, a: Args<'_>) -> Res<Span> {
    let mut whole = IBig::ZERO;
    let mut rest = 0.0;
    for i in ORDER {
        let Some(o) = a.opt(i) else {
            continue;
        };
        let (name, unit) = UNITS[i];
        if let Some(n) = IntRef::of(o) {
            whole += &*n.big() * IBig::from(unit);
        } else if let Some(x) = float_of(o) {
            let n = from_f64(x).ok_or_else(|| {
                if x.is_nan() {
                    th.value_error("cannot convert float NaN to integer")
                } else {
                    th.overflow_error("cannot convert float infinity to integer")
                }
            })?;
            whole += n * IBig::from(unit);
            let part = x.fract();
            if part != 0.0 {
                let part = part * unit as f64;
                whole += IBig::from(part.trunc() as i64);
                rest += part.fract();
            }
        } else {
            return Err(th.type_error(format!(
                "unsupported type for timedelta {name} component: {}",
                th.type_name_full(o)
            )));
        }
    }
    if rest != 0.0 {
        let mut n = rest.round();
        if (n - rest).abs() == 0.5 {
            let odd = if (&whole & IBig::ONE).is_zero() {
                0.0
            } else {
                1.0
            };
            n = 2.0 * ((rest + odd) * 0.5).round() - odd;
        }
        whole += IBig::from(n as i64);
    }
    of_big(th, &whole)
}

/// The whole number nearest to a quotient, half to even.
fn nearest(th: &Thread, n: &IBig, d: &IBig) -> Res<IBig> {
    let Ok((q, r)) = div_mod(n, d) else {
        return Err(th.zero_division("division by zero"));
    };
    // The remainder has the divisor's sign.
    let twice = IBig::from(2) * if *d < IBig::ZERO { -r } else { r };
    let d = if *d < IBig::ZERO { -d } else { d.clone() };
    let odd = !(&q & IBig::ONE).is_zero();
    Ok(match twice.cmp(&d) {
        std::cmp::Ordering::Greater => q + IBig::ONE,
        std::cmp::Ordering::Equal if odd => q + IBig::ONE,
        _ => q,
    })
}

/// A float as a ratio of integers; one of a class of its own is asked.
fn ratio(th: &Thread, o: &Obj, x: f64) -> Res<(IBig, IBig)> {
    if o.as_f64_exact().is_none() {
        let r = th.call_method(o, "as_integer_ratio", &[])?;
        let Some(t) = r.cast::<Tuple>() else {
            return Err(th.type_error(format!(
                "unexpected return type from as_integer_ratio(): expected tuple, not '{}'",
                th.type_name_full(&r)
            )));
        };
        let [n, d] = t.items() else {
            return Err(th.value_error("as_integer_ratio() must return a 2-tuple"));
        };
        return match (IntRef::of(n), IntRef::of(d)) {
            (Some(n), Some(d)) => Ok((n.big().into_owned(), d.big().into_owned())),
            _ => Err(th.type_error("as_integer_ratio() must return integers")),
        };
    }
    if x.is_nan() {
        return Err(th.value_error("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(th.overflow_error("cannot convert Infinity to integer ratio"));
    }
    // What is left of a double after its whole part is lifted out has no more than 1074 binary places.
    let (mut y, mut places) = (x, 0usize);
    while y.fract() != 0.0 {
        y *= 2.0;
        places += 1;
    }
    let n = from_f64(y).unwrap_or(IBig::ZERO);
    Ok((n, IBig::ONE << places))
}

fn mul(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let (s, o) = match (span_of(a), span_of(b)) {
        (Some(s), None) => (s, b),
        (None, Some(s)) => (s, a),
        _ => return Ok(Obj::NOT_IMPLEMENTED),
    };
    if let Some(n) = IntRef::of(o) {
        if let Some(us) = n
            .small()
            .and_then(|n| i128::from(n).checked_mul(s.total_us()))
        {
            return result(th, Span::from_us(us));
        }
        return Ok(make(th, of_big(th, &(&*n.big() * big(s)))?));
    }
    if let Some(x) = float_of(o) {
        let (n, d) = ratio(th, o, x)?;
        let us = nearest(th, &(n * big(s)), &d)?;
        return Ok(make(th, of_big(th, &us)?));
    }
    Ok(Obj::NOT_IMPLEMENTED)
}

/// The quotient of two numbers of microseconds.
fn true_quotient(th: &Thread, a: Span, b: Span) -> Res {
    const EXACT: u64 = 1 << 53;
    if let (Some(x), Some(y)) = (a.small_us(), b.small_us())
        && x.unsigned_abs() <= EXACT
        && y.unsigned_abs() <= EXACT
        && y != 0
    {
        return Ok(Obj::float(x as f64 / y as f64));
    }
    int_truediv(th, IntRef::new(&big(a)), IntRef::new(&big(b)))
}

fn truediv(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let Some(x) = span_of(a) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if let Some(y) = span_of(b) {
        return true_quotient(th, x, y);
    }
    let us = if let Some(n) = IntRef::of(b) {
        nearest(th, &big(x), &n.big())?
    } else if let Some(y) = float_of(b) {
        let (n, d) = ratio(th, b, y)?;
        nearest(th, &(d * big(x)), &n)?
    } else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    Ok(make(th, of_big(th, &us)?))
}

fn no_zero(th: &Thread, us: i128) -> Res<i128> {
    match us {
        0 => Err(th.zero_division("division by zero")),
        n => Ok(n),
    }
}

/// Quotient, rounded down, and remainder.
fn split(th: &Thread, a: Span, b: Span) -> Res<(i128, i128)> {
    let d = no_zero(th, b.total_us())?;
    let n = a.total_us();
    let (q, r) = (n / d, n % d);
    // Rounded to zero so far.
    Ok(match r != 0 && (r < 0) != (d < 0) {
        true => (q - 1, r + d),
        false => (q, r),
    })
}

fn whole(th: &Thread, n: i128) -> Obj {
    match i64::try_from(n) {
        Ok(n) => th.int(n),
        Err(_) => th.bigint(IBig::from(n)),
    }
}

fn floordiv(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let Some(x) = span_of(a) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if let Some(y) = span_of(b) {
        return Ok(whole(th, split(th, x, y)?.0));
    }
    let Some(n) = IntRef::of(b) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if n.is_zero() {
        return Err(th.zero_division("division by zero"));
    }
    let (q, _) = int_divmod(th, IntRef::new(&big(x)), n)?;
    match IntRef::of(&q) {
        Some(q) => Ok(make(th, of_big(th, &q.big())?)),
        None => Err(th.system_error("a quotient is no int")),
    }
}

fn rem(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let (Some(x), Some(y)) = (span_of(a), span_of(b)) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    result(th, Span::from_us(split(th, x, y)?.1))
}

fn divmod(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let (Some(x), Some(y)) = (span_of(a), span_of(b)) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let (q, r) = split(th, x, y)?;
    th.pair(whole(th, q), result(th, Span::from_us(r))?)
}

fn add(th: &Thread, a: &Obj, b: &Obj) -> Res {
    match (span_of(a), span_of(b)) {
        (Some(x), Some(y)) => result(th, x.plus(y)),
        _ => Ok(Obj::NOT_IMPLEMENTED),
    }
}

fn sub(th: &Thread, a: &Obj, b: &Obj) -> Res {
    match (span_of(a), span_of(b)) {
        (Some(x), Some(y)) => result(th, x.minus(y)),
        _ => Ok(Obj::NOT_IMPLEMENTED),
    }
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let x = span(th, a)?;
    match span_of(b) {
        Some(y) => Ok(Obj::bool(op.holds(x.cmp(&y)))),
        None => Ok(Obj::NOT_IMPLEMENTED),
    }
}

/// The hash of a length.
pub fn hash_of(s: Span) -> Res<i64> {
    let lanes = [s.days, s.secs, s.us].map(|n| Ok(hash_small(n.into())));
    hash_lanes(lanes.into_iter(), 3)
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let s = span(th, o)?;
    let mut parts: Vec<String> = Vec::new();
    for (name, n) in [
        ("days", s.days),
        ("seconds", s.secs),
        ("microseconds", s.us),
    ] {
        if n != 0 {
            parts.push(format!("{name}={n}"));
        }
    }
    let parts = match parts.is_empty() {
        true => "0".to_owned(),
        false => parts.join(", "),
    };
    th.str(&format!("{}({parts})", th.type_name_full(o)))
}

fn str(th: &Thread, o: &Obj) -> Res {
    let s = span(th, o)?;
    let days = match s.days {
        0 => String::new(),
        n @ (1 | -1) => format!("{n} day, "),
        n => format!("{n} days, "),
    };
    let us = match s.us {
        0 => String::new(),
        n => format!(".{n:06}"),
    };
    th.str(&format!(
        "{days}{}:{:02}:{:02}{us}",
        s.secs / 3600,
        s.secs / 60 % 60,
        s.secs % 60
    ))
}

/// The type.
pub static DELTA: TypeDef = TypeDef {
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        str: Some(str),
        hash: Some(|th, o| hash_of(span(th, o)?)),
        compare: Some(compare),
        bool: Some(|th, o| Ok(span(th, o)? != Span::ZERO)),
        neg: Some(|th, o| result(th, span(th, o)?.negated())),
        pos: Some(|th, o| Ok(make(th, span(th, o)?))),
        abs: Some(|th, o| match span(th, o)? {
            s if s.days < 0 => result(th, s.negated()),
            s => Ok(make(th, s)),
        }),
        ..Slots::NONE
    }
    .bin(BinOp::Add, add)
    .bin(BinOp::Sub, sub)
    .bin(BinOp::Mul, mul)
    .bin(BinOp::TrueDiv, truediv)
    .bin(BinOp::FloorDiv, floordiv)
    .bin(BinOp::Mod, rem)
    .bin(BinOp::DivMod, divmod),
    methods: &[
        MethodDef::new("total_seconds", "($self, /)", |th, a| {
            let second = Span {
                secs: 1,
                ..Span::ZERO
            };
            true_quotient(th, span(th, a.get(0))?, second)
        })
        .doc("Total seconds in the duration."),
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            let s = span(th, a.get(0))?;
            let n = |n: i32| Obj::small_int(n.into());
            let args = tuple_of(th, [n(s.days), n(s.secs), n(s.us)])?;
            th.pair(th.type_of(a.get(0)).obj().clone(), args)
        })
        .doc("__reduce__() -> (cls, state)"),
    ],
    init: Some(|th, t| {
        // Members, not computed attributes: so says `inspect.ismemberdescriptor`.
        static MEMBERS: [GetSetDef; 3] = [
            GetSetDef::ro("days", |th, o| Ok(Obj::small_int(span(th, o)?.days.into()))),
            GetSetDef::ro("seconds", |th, o| {
                Ok(Obj::small_int(span(th, o)?.secs.into()))
            }),
            GetSetDef::ro("microseconds", |th, o| {
                Ok(Obj::small_int(span(th, o)?.us.into()))
            }),
        ];
        for def in &MEMBERS {
            let o = crate::builtins::descriptors::native_member(th, def, t);
            t.dict.set_str(th, def.name, o)?;
        }
        t.dict.set_str(th, "min", make(th, Span::MIN))?;
        t.dict.set_str(th, "max", make(th, Span::MAX))?;
        t.dict
            .set_str(th, "resolution", make(th, Span::MICROSECOND))
    }),
    doc: "timedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)\n--\n\nDifference between two datetime values.\n\nAll arguments are optional and default to 0.\nArguments may be integers or floats, and may be positive or negative.",
    ..TypeDef::new(TypeId::DateTimeDelta, "datetime.timedelta", Delta::LAYOUT)
};
