//! The methods of `Context`: the operations, in this context instead of the current one.

use super::algo::{self, Dec};
use super::context::{self, Context};
use super::convert::{self, number};
use super::number::{Binary, Decimal, Unary, check_text, divmod, in_context, make};
use super::tables::{binary_operations, question_operations, unary_operations};
use crate::modules::prelude::*;

fn unary(th: &Thread, a: Args<'_>, f: Unary) -> Res {
    let c = this::<Context>(th, a.get(0))?;
    let x = number(th, a.get(1))?;
    in_context(th, c, |c, st| f(&x, c, st))
}

fn binary(th: &Thread, a: Args<'_>, f: Binary) -> Res {
    let c = this::<Context>(th, a.get(0))?;
    let (x, y) = (number(th, a.get(1))?, number(th, a.get(2))?);
    in_context(th, c, |c, st| f(&x, &y, c, st))
}

fn asks(th: &Thread, a: Args<'_>, f: fn(&Dec) -> bool) -> Res {
    Ok(Obj::bool(f(&*number(th, a.get(1))?)))
}

fn text(th: &Thread, a: Args<'_>, eng: bool) -> Res {
    let c = this::<Context>(th, a.get(0))?;
    let d = number(th, a.get(1))?;
    check_text(th, &d)?;
    th.str(&algo::to_text(&d, eng, c.capitals()))
}

fn power(th: &Thread, a: Args<'_>) -> Res {
    let c = this::<Context>(th, a.get(0))?;
    let (x, y) = (number(th, a.get(1))?, number(th, a.get(2))?);
    match a.opt_not_none(3) {
        None => in_context(th, c, |c, st| algo::power(&x, &y, c, st)),
        Some(m) => {
            let m = number(th, m)?;
            in_context(th, c, |c, st| algo::power_mod(&x, &y, &m, c, st))
        }
    }
}

fn fma(th: &Thread, a: Args<'_>) -> Res {
    let c = this::<Context>(th, a.get(0))?;
    let (x, y, z) = (
        number(th, a.get(1))?,
        number(th, a.get(2))?,
        number(th, a.get(3))?,
    );
    in_context(th, c, |c, st| algo::fma(&x, &y, &z, c, st))
}

macro_rules! one {
    ($($name:literal $f:path;)*) => { [$(MethodDef::new($name, "($self, x, /)", |th, a| unary(th, a, $f))),*] };
}
macro_rules! two {
    ($($name:literal $f:expr;)*) => { [$(MethodDef::new($name, "($self, x, y, /)", |th, a| binary(th, a, $f))),*] };
}
macro_rules! questions {
    ($($name:literal $f:expr;)*) => { [$(MethodDef::new($name, "($self, x, /)", |th, a| asks(th, a, $f))),*] };
}

const ONE: &[MethodDef] = &unary_operations! { one
   "abs" algo::abs;
   "minus" algo::minus;
   "plus" algo::plus;
   "_apply" apply;
   "to_integral" algo::to_integral;
   "to_integral_value" algo::to_integral;
   "to_integral_exact" algo::to_integral_exact;
};

fn apply(x: &Dec, c: &algo::Ctx, st: &mut algo::Status) -> Dec {
    algo::finish(x.clone(), c, st)
}

const TWO: &[MethodDef] = &binary_operations! { two
   "add" algo::add;
   "subtract" algo::sub;
   "multiply" algo::mul;
   "divide" algo::div;
   "divide_int" algo::div_int;
   "remainder" algo::rem;
   "quantize" algo::quantize;
   "compare_total" |x, y, _, _| algo::compare_total(x, y);
   "compare_total_mag" |x, y, _, _| algo::compare_total_mag(x, y);
   "copy_sign" |x, y, _, _| x.clone().signed(y.neg);
};

const QUESTIONS: &[MethodDef] = &question_operations! { questions };

const OTHERS: &[MethodDef] = &[
    MethodDef::new("power", "($self, /, a, b, modulo=None)", power),
    MethodDef::new("fma", "($self, x, y, z, /)", fma),
    MethodDef::new("divmod", "($self, x, y, /)", |th, a| {
        let c = this::<Context>(th, a.get(0))?;
        let (x, y) = (number(th, a.get(1))?, number(th, a.get(2))?);
        divmod(th, &x, &y, c)
    }),
    MethodDef::new("same_quantum", "($self, x, y, /)", |th, a| {
        let (x, y) = (number(th, a.get(1))?, number(th, a.get(2))?);
        Ok(Obj::bool(algo::same_quantum(&x, &y)))
    }),
    MethodDef::new("is_normal", "($self, x, /)", |th, a| {
        let c = this::<Context>(th, a.get(0))?.ctx();
        Ok(Obj::bool(algo::is_normal(&*number(th, a.get(1))?, &c)))
    }),
    MethodDef::new("is_subnormal", "($self, x, /)", |th, a| {
        let c = this::<Context>(th, a.get(0))?.ctx();
        Ok(Obj::bool(algo::is_subnormal(&*number(th, a.get(1))?, &c)))
    }),
    MethodDef::new("is_canonical", "($self, x, /)", |th, a| {
        match a.get(1).cast::<Decimal>() {
            Some(_) => Ok(Obj::bool(true)),
            None => Err(th.type_error("argument must be a Decimal")),
        }
    }),
    MethodDef::new("canonical", "($self, x, /)", |th, a| {
        match a.get(1).cast::<Decimal>() {
            Some(_) => Ok(a.get(1).clone()),
            None => Err(th.type_error("argument must be a Decimal")),
        }
    }),
    MethodDef::new("number_class", "($self, x, /)", |th, a| {
        let c = this::<Context>(th, a.get(0))?.ctx();
        th.str(algo::class(&*number(th, a.get(1))?, &c))
    }),
    MethodDef::new("to_sci_string", "($self, x, /)", |th, a| text(th, a, false)),
    MethodDef::new("to_eng_string", "($self, x, /)", |th, a| text(th, a, true)),
    MethodDef::new("copy_abs", "($self, x, /)", |th, a| {
        Ok(make(th, number(th, a.get(1))?.into_owned().signed(false)))
    }),
    MethodDef::new("copy_negate", "($self, x, /)", |th, a| {
        let d = number(th, a.get(1))?.into_owned();
        let neg = !d.neg;
        Ok(make(th, d.signed(neg)))
    }),
    MethodDef::new("copy_decimal", "($self, x, /)", |th, a| {
        match a.get(1).exact::<Decimal>() {
            Some(d) => Ok(d.obj().clone()),
            None => Ok(make(th, number(th, a.get(1))?.into_owned())),
        }
    }),
    MethodDef::new("create_decimal", "($self, num='0', /)", |th, a| {
        let c = this::<Context>(th, a.get(0))?;
        let d = match a.opt(1) {
            Some(o) => convert::create(th, o, c)?,
            None => Dec::int(0),
        };
        Ok(make(th, d))
    }),
    MethodDef::new("create_decimal_from_float", "($self, f, /)", |th, a| {
        let c = this::<Context>(th, a.get(0))?;
        let d = convert::from_float(th, a.get(1))?;
        in_context(th, c, |c, st| algo::finish(d, c, st))
    }),
    MethodDef::new("radix", "($self, /)", |th, _| Ok(make(th, Dec::int(10)))),
    MethodDef::new("Etiny", "($self, /)", |th, a| {
        Ok(th.int(this::<Context>(th, a.get(0))?.ctx().etiny()))
    }),
    MethodDef::new("Etop", "($self, /)", |th, a| {
        Ok(th.int(this::<Context>(th, a.get(0))?.ctx().etop()))
    }),
    MethodDef::new("clear_flags", "($self, /)", |th, a| {
        this::<Context>(th, a.get(0))?.clear_flags();
        Ok(Obj::NONE)
    }),
    MethodDef::new("clear_traps", "($self, /)", |th, a| {
        this::<Context>(th, a.get(0))?.clear_traps();
        Ok(Obj::NONE)
    }),
    MethodDef::new("copy", "($self, /)", context::copy),
    MethodDef::new("__copy__", "($self, /)", context::copy),
    context::REDUCE,
];

/// All of them.
pub const METHODS: &[MethodDef] = {
    const N: usize = ONE.len() + TWO.len() + QUESTIONS.len() + OTHERS.len();
    static ALL: [MethodDef; N] = MethodDef::joined([ONE, TWO, QUESTIONS, OTHERS]);
    &ALL
};
