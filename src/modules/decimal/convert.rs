//! What becomes a Decimal, and how.

use super::algo::{self, Ctx, Dec, Kind, Status};
use super::context::Context;
use super::current;
use super::number::{Decimal, make};
use super::signals::note;
use crate::builtins::number::{IntRef, float_of};
use crate::modules::prelude::*;
use std::borrow::Cow;

/// The number that an operand of arithmetic is: Decimal or int.
#[inline]
pub fn operand(o: &Obj) -> Option<Cow<'_, Dec>> {
    match o.cast::<Decimal>() {
        Some(d) => Some(Cow::Borrowed(&d.d)),
        None => IntRef::of(o).map(|n| Cow::Owned(of_int(n))),
    }
}

/// The same; anything else is a TypeError.
pub fn number<'a>(th: &Thread, o: &'a Obj) -> Res<Cow<'a, Dec>> {
    operand(o).ok_or_else(|| refused(th, o))
}

#[cold]
pub fn refused(th: &Thread, o: &Obj) -> Exc {
    th.type_error(format!(
        "conversion from {} to Decimal is not supported",
        th.type_name(o)
    ))
}

/// Of an integer, exactly.
pub fn of_int(n: IntRef<'_>) -> Dec {
    match n {
        IntRef::Small(n) => Dec::int(n),
        IntRef::Big(n) => algo::from_int(n),
    }
}

/// A number that has to be representable as it is.
fn exact(d: Dec, st: &mut Status) -> Dec {
    let mut seen = 0;
    let d = algo::finish(d, &Ctx::MAX, &mut seen);
    *st |= seen & algo::ERRORS;
    if seen & (algo::INEXACT | algo::ROUNDED | algo::CLAMPED) != 0 {
        return Dec::nan(algo::INVALID_OPERATION, st);
    }
    d
}

/// The number that a str says, as it stands; NaN and a condition if it says none.
fn from_str(s: &Py<Str>, lenient: bool, st: &mut Status) -> Dec {
    let ascii;
    let text: &[u8] = match s.as_ascii() {
        Some(t) => t.as_bytes(),
        None => {
            ascii = crate::builtins::int::to_ascii_digits(s.text());
            &ascii
        }
    };
    let joined: Vec<u8>;
    let mut text = text;
    if lenient {
        text = crate::builtins::int::strip_space(text);
        if text.contains(&b'_') {
            joined = text.iter().copied().filter(|c| *c != b'_').collect();
            text = &joined;
        }
    }
    match algo::parse(text, st) {
        Some(d) => d,
        None => Dec::nan(algo::CONVERSION_SYNTAX, st),
    }
}

/// The number that `(sign, digits, exponent)` says, as it stands.
fn from_tuple(th: &Thread, o: &Obj, st: &mut Status) -> Res<Dec> {
    let items = th.collect(o)?;
    let [sign, digits, exp] = items.as_slice() else {
        return Err(th.value_error("argument must be a sequence of length 3"));
    };
    let neg = match th.int_like_i64(sign) {
        Some(n @ 0..=1) if th.is_int(sign) => n == 1,
        _ => {
            return Err(th.value_error("sign must be an integer with the value 0 or 1"));
        }
    };
    let (kind, exp) = if let Some(s) = exp.cast::<Str>() {
        if s.eq_rust("F") {
            return Ok(Dec::inf(neg));
        } else if s.eq_rust("n") {
            (Kind::Nan, 0)
        } else if s.eq_rust("N") {
            (Kind::SNan, 0)
        } else {
            return Err(
                th.value_error("string argument in the third position must be 'F', 'n' or 'N'")
            );
        }
    } else {
        if !th.is_int(exp) {
            return Err(th.value_error("exponent must be an integer"));
        }
        (Kind::Finite, th.index_i64(exp)?)
    };
    let wrong = || th.value_error("coefficient must be a tuple of digits");
    if digits.cast::<Tuple>().is_none() && digits.cast::<List>().is_none() {
        return Err(wrong());
    }
    let mut text = vec![b'0'];
    for d in th.collect(digits)? {
        match th.int_like_i64(&d) {
            Some(n @ 0..=9) if th.is_int(&d) => text.push(b'0' + n as u8),
            _ => return Err(wrong()),
        }
    }
    let Some(coef) = algo::Coef::parse(&text) else {
        return Ok(Dec::nan(algo::MALLOC, st));
    };
    // Far outside every context is far enough.
    const FAR: i64 = 4_000_000_000_000_000_000;
    Ok(Dec {
        coef,
        exp: exp.clamp(-FAR, FAR),
        kind,
        neg,
    })
}

/// What `Decimal(value)` is, exactly. The context only says which conditions are exceptions.
pub fn from_object(th: &Thread, o: &Obj, c: &Py<Context>) -> Res<Dec> {
    let mut st = 0;
    let d = if let Some(d) = operand(o) {
        exact(d.into_owned(), &mut st)
    } else if let Some(s) = o.cast::<Str>() {
        exact(from_str(s, true, &mut st), &mut st)
    } else if o.cast::<Tuple>().is_some() || o.cast::<List>().is_some() {
        exact(from_tuple(th, o, &mut st)?, &mut st)
    } else if let Some(x) = float_of(o) {
        st |= algo::FLOAT_OPERATION;
        algo::from_f64(x)
    } else {
        return Err(refused(th, o));
    };
    note(th, c, st)?;
    Ok(d)
}

/// What `context.create_decimal(value)` is: rounded.
pub fn create(th: &Thread, o: &Obj, c: &Py<Context>) -> Res<Dec> {
    let ctx = c.ctx();
    let mut st = 0;
    let d = if let Some(d) = operand(o) {
        d.into_owned()
    } else if let Some(s) = o.cast::<Str>() {
        from_str(s, false, &mut st)
    } else if o.cast::<Tuple>().is_some() || o.cast::<List>().is_some() {
        from_tuple(th, o, &mut st)?
    } else if let Some(x) = float_of(o) {
        st |= algo::FLOAT_OPERATION;
        note(th, c, st)?;
        algo::from_f64(x)
    } else {
        return Err(refused(th, o));
    };
    let room = ctx.prec - u64::from(ctx.clamp);
    let d = if d.is_nan() && !d.coef.is_zero() && d.coef.digits() > room {
        Dec::nan(algo::CONVERSION_SYNTAX, &mut st)
    } else {
        algo::finish(d, &ctx, &mut st)
    };
    note(th, c, st)?;
    Ok(d)
}

/// Of an int or a float, exactly.
pub fn from_float(th: &Thread, o: &Obj) -> Res<Dec> {
    if let Some(n) = IntRef::of(o) {
        let mut st = 0;
        let d = exact(of_int(n), &mut st);
        note(th, &current::current(th)?, st)?;
        return Ok(d);
    }
    match float_of(o) {
        Some(x) => Ok(algo::from_f64(x)),
        None => Err(th.type_error("argument must be int or float")),
    }
}

/// The Decimal as an instance of a class, which its constructor makes if it is none of ours.
pub fn as_class(th: &Thread, cls: &Obj, d: Dec) -> Res {
    let made = make(th, d);
    if cls.is(th.ty(TypeId::Decimal).obj()) {
        return Ok(made);
    }
    th.call(cls, &[made])
}

/// The rounding that a str names.
pub fn rounding(th: &Thread, o: &Obj) -> Res<algo::Rounding> {
    if let Some(s) = o.cast::<Str>()
        && let Some(r) = algo::Rounding::ALL.iter().find(|r| s.eq_rust(r.name()))
    {
        return Ok(*r);
    }
    Err(th.type_error("valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]"))
}
