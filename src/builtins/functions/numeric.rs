//! Numbers.

use crate::object::obj::Obj;
use crate::object::sig::Args;
use crate::object::slots::BinOp;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use dashu_int::IBig;

/// `abs(number)`
pub fn abs(th: &Thread, a: Args<'_>) -> Res {
    th.unary_abs(a.get(0))
}

/// `divmod(x, y)`
pub fn divmod(th: &Thread, a: Args<'_>) -> Res {
    th.binary(BinOp::DivMod, a.get(0), a.get(1))
}

/// `pow(base, exp, mod=None)`
pub fn pow(th: &Thread, a: Args<'_>) -> Res {
    th.pow(a.get(0), a.get(1), a.opt(2).unwrap_or(&Obj::NONE))
}

/// `round(number, ndigits=None)`
pub fn round(th: &Thread, a: Args<'_>) -> Res {
    let x = a.get(0);
    let Some(f) = th.special(x, "__round__")? else {
        return Err(th.type_error(format!(
            "type {} doesn't define __round__ method",
            th.type_name(x)
        )));
    };
    match a.opt_not_none(1) {
        None => th.call(&f, &[]),
        Some(n) => th.call(&f, std::slice::from_ref(n)),
    }
}

fn in_base(th: &Thread, o: &Obj, base: u32, prefix: &str) -> Res {
    let n = th.index(o)?;
    let n = th.as_bigint(&n).unwrap_or(IBig::ZERO);
    let (sign, digits) = match threadsnake_algo::int::to_base(&n, base) {
        d if d.starts_with('-') => ("-", d[1..].to_owned()),
        d => ("", d),
    };
    th.str(&format!("{sign}{prefix}{digits}"))
}

/// `bin(number)`
pub fn bin(th: &Thread, a: Args<'_>) -> Res {
    in_base(th, a.get(0), 2, "0b")
}

/// `oct(number)`
pub fn oct(th: &Thread, a: Args<'_>) -> Res {
    in_base(th, a.get(0), 8, "0o")
}

/// `hex(number)`
pub fn hex(th: &Thread, a: Args<'_>) -> Res {
    in_base(th, a.get(0), 16, "0x")
}
