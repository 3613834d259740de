//! `complex`. Arithmetic follows C99: mixed operands keep the real one real, infinities survive products and quotients.

use super::number::Num;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::int::Complex;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::{BinOp, CallArgs, CmpOp, Slots};
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::compare::hash_address;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::float;
use threadsnake_algo::format_spec::{self, FormatSpec};

/// Real and imaginary part.
pub type Parts = (f64, f64);

/// `complex`
pub static DEF: TypeDef = TypeDef {
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(new),
        repr: Some(|th, o| value(th, o).and_then(|z| th.str(&float::complex_repr(z.0, z.1)))),
        hash: Some(hash),
        compare: Some(compare),
        bool: Some(|th, o| value(th, o).map(|z| z.0 != 0.0 || z.1 != 0.0)),
        pos: Some(|th, o| value(th, o).and_then(|z| make(th, z))),
        neg: Some(|th, o| value(th, o).and_then(|z| make(th, (-z.0, -z.1)))),
        abs: Some(abs),
        pow: Some(pow_slot),
        ..Slots::NONE
    }
    .bin(BinOp::Add, |th, a, b| binary(th, BinOp::Add, a, b))
    .bin(BinOp::Sub, |th, a, b| binary(th, BinOp::Sub, a, b))
    .bin(BinOp::Mul, |th, a, b| binary(th, BinOp::Mul, a, b))
    .bin(BinOp::TrueDiv, |th, a, b| binary(th, BinOp::TrueDiv, a, b)),
    methods: &[
        MethodDef::new("conjugate", "($self, /)", conjugate)
            .doc("Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j."),
        MethodDef::new("__complex__", "($self, /)", |th, a| {
            value(th, a.get(0)).and_then(|z| make(th, z))
        })
        .doc("Convert this value to exact type complex."),
        MethodDef::class("from_number", "($cls, number, /)", from_number)
            .doc("Convert number to a complex floating-point number."),
        MethodDef::new("__getnewargs__", "($self, /)", |th, a| {
            let z = value(th, a.get(0))?;
            th.tuple(vec![Obj::float(z.0), Obj::float(z.1)])
        }),
        MethodDef::new("__format__", "($self, format_spec, /)", format)
            .doc("Convert to a string according to format_spec."),
    ],
    getset: &[
        GetSetDef::ro("real", |th, o| value(th, o).map(|z| Obj::float(z.0))),
        GetSetDef::ro("imag", |th, o| value(th, o).map(|z| Obj::float(z.1))),
    ],
    doc: "complex(real=0, imag=0)\n--\n\nCreate a complex number from a string or numbers.\n\nIf a string is given, parse it as a complex number.\nIf a single number is given, convert it to a complex number.\nIf the 'real' or 'imag' arguments are given, create a complex number\nwith the specified real and imaginary components.",
    ..TypeDef::new(TypeId::Complex, "complex", Complex::LAYOUT)
};

fn make(th: &Thread, z: Parts) -> Res {
    Ok(th.alloc(Complex { re: z.0, im: z.1 }).into_obj())
}

/// The complex number that `o` is (no conversion).
pub fn complex_of(o: &Obj) -> Option<Parts> {
    o.cast::<Complex>().map(|z| (z.re, z.im))
}

fn value(th: &Thread, o: &Obj) -> Res<Parts> {
    complex_of(o)
        .ok_or_else(|| th.type_error(format!("a complex is required, not '{}'", th.type_name(o))))
}

/// An operand: complex, or real (int, float).
#[derive(Clone, Copy)]
enum Operand {
    Real(f64),
    Complex(Parts),
}

impl Operand {
    fn parts(self) -> Parts {
        match self {
            Operand::Real(x) => (x, 0.0),
            Operand::Complex(z) => z,
        }
    }
}

fn operand(th: &Thread, o: &Obj) -> Res<Option<Operand>> {
    if let Some(z) = complex_of(o) {
        return Ok(Some(Operand::Complex(z)));
    }
    match Num::of(o) {
        Some(n) => n.to_f64(th).map(|x| Some(Operand::Real(x))),
        None => Ok(None),
    }
}

fn binary(th: &Thread, op: BinOp, a: &Obj, b: &Obj) -> Res {
    use Operand::{Complex as C, Real as R};
    let (Some(a), Some(b)) = (operand(th, a)?, operand(th, b)?) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let z = match (op, a, b) {
        (BinOp::Add, C(a), R(b)) => (a.0 + b, a.1),
        (BinOp::Add, R(a), C(b)) => (a + b.0, b.1),
        (BinOp::Add, a, b) => (a.parts().0 + b.parts().0, a.parts().1 + b.parts().1),
        (BinOp::Sub, C(a), R(b)) => (a.0 - b, a.1),
        (BinOp::Sub, R(a), C(b)) => (a - b.0, -b.1),
        (BinOp::Sub, a, b) => (a.parts().0 - b.parts().0, a.parts().1 - b.parts().1),
        (BinOp::Mul, C(a), R(b)) => (a.0 * b, a.1 * b),
        (BinOp::Mul, R(a), C(b)) => (a * b.0, a * b.1),
        (BinOp::Mul, a, b) => product(a.parts(), b.parts()),
        (_, _, b) if b.parts() == (0.0, 0.0) => return Err(th.zero_division("division by zero")),
        (_, C(a), R(b)) => (a.0 / b, a.1 / b),
        (_, R(a), C(b)) => real_quotient(a, b),
        (_, a, b) => quotient(a.parts(), b.parts()),
    };
    make(th, z)
}

/// 1 or 0 with the sign of `x`: whether it is infinite.
fn boxed(x: f64) -> f64 {
    f64::from(u8::from(x.is_infinite())).copysign(x)
}

/// Zero with the sign of a NaN, for the recovery of infinities (C99 annex G.5.1).
fn zero_nan(x: f64) -> f64 {
    if x.is_nan() { 0.0f64.copysign(x) } else { x }
}

fn product(a: Parts, b: Parts) -> Parts {
    let (ac, bd, ad, bc) = (a.0 * b.0, a.1 * b.1, a.0 * b.1, a.1 * b.0);
    let z = (ac - bd, ad + bc);
    if !(z.0.is_nan() && z.1.is_nan()) {
        return z;
    }
    let (mut a, mut b) = (a, b);
    let mut again = false;
    if a.0.is_infinite() || a.1.is_infinite() {
        a = (boxed(a.0), boxed(a.1));
        b = (zero_nan(b.0), zero_nan(b.1));
        again = true;
    }
    if b.0.is_infinite() || b.1.is_infinite() {
        b = (boxed(b.0), boxed(b.1));
        a = (zero_nan(a.0), zero_nan(a.1));
        again = true;
    }
    if !again && (ac.is_infinite() || bd.is_infinite() || ad.is_infinite() || bc.is_infinite()) {
        a = (zero_nan(a.0), zero_nan(a.1));
        b = (zero_nan(b.0), zero_nan(b.1));
        again = true;
    }
    if !again {
        return z;
    }
    (
        f64::INFINITY * (a.0 * b.0 - a.1 * b.1),
        f64::INFINITY * (a.0 * b.1 + a.1 * b.0),
    )
}

/// Smith's division; `b` is not zero.
fn quotient(a: Parts, b: Parts) -> Parts {
    let z = if b.0.abs() >= b.1.abs() {
        let ratio = b.1 / b.0;
        let d = b.0 + b.1 * ratio;
        ((a.0 + a.1 * ratio) / d, (a.1 - a.0 * ratio) / d)
    } else if b.1.abs() >= b.0.abs() {
        let ratio = b.0 / b.1;
        let d = b.0 * ratio + b.1;
        ((a.0 * ratio + a.1) / d, (a.1 * ratio - a.0) / d)
    } else {
        (f64::NAN, f64::NAN)
    };
    if z.0.is_nan() && z.1.is_nan() {
        if (a.0.is_infinite() || a.1.is_infinite()) && b.0.is_finite() && b.1.is_finite() {
            let (x, y) = (boxed(a.0), boxed(a.1));
            return (
                f64::INFINITY * (x * b.0 + y * b.1),
                f64::INFINITY * (y * b.0 - x * b.1),
            );
        }
        if (b.0.is_infinite() || b.1.is_infinite()) && a.0.is_finite() && a.1.is_finite() {
            let (x, y) = (boxed(b.0), boxed(b.1));
            return (0.0 * (a.0 * x + a.1 * y), 0.0 * (a.1 * x - a.0 * y));
        }
    }
    z
}

/// A real number divided by a complex one that is not zero.
fn real_quotient(a: f64, b: Parts) -> Parts {
    let z = if b.0.abs() >= b.1.abs() {
        let ratio = b.1 / b.0;
        let d = b.0 + b.1 * ratio;
        (a / d, (-a * ratio) / d)
    } else if b.1.abs() >= b.0.abs() {
        let ratio = b.0 / b.1;
        let d = b.0 * ratio + b.1;
        ((a * ratio) / d, -a / d)
    } else {
        (f64::NAN, f64::NAN)
    };
    if z.0.is_nan() && z.1.is_nan() && a.is_finite() && (b.0.is_infinite() || b.1.is_infinite()) {
        let (x, y) = (boxed(b.0), boxed(b.1));
        return (0.0 * (a * x), 0.0 * (-a * y));
    }
    z
}

fn pow_slot(th: &Thread, a: &Obj, b: &Obj, m: &Obj) -> Res {
    let (Some(x), Some(y)) = (operand(th, a)?, operand(th, b)?) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if !m.is_none() {
        return Err(th.value_error("complex modulo"));
    }
    pow(th, x.parts(), y.parts())
}

const ZERO_POWER: &str = "zero to a negative or complex power";

/// `a ** b`
pub fn pow(th: &Thread, a: Parts, b: Parts) -> Res {
    let whole = b.1 == 0.0 && b.0.floor() == b.0 && b.0.abs() <= 100.0;
    let z = if whole {
        if b.0 < 0.0 && a == (0.0, 0.0) {
            return Err(th.zero_division(ZERO_POWER));
        }
        let n = b.0.abs() as u32;
        let p = power(a, n);
        if b.0 > 0.0 || n == 0 {
            p
        } else {
            quotient((1.0, 0.0), p)
        }
    } else if b == (0.0, 0.0) {
        (1.0, 0.0)
    } else if a == (0.0, 0.0) {
        if b.1 != 0.0 || b.0 < 0.0 {
            return Err(th.zero_division(ZERO_POWER));
        }
        (0.0, 0.0)
    } else {
        let abs = a.0.hypot(a.1);
        let mut len = abs.powf(b.0);
        let at = a.1.atan2(a.0);
        let mut phase = at * b.0;
        if b.1 != 0.0 {
            len *= (-at * b.1).exp();
            phase += b.1 * abs.ln();
        }
        if phase.is_infinite() {
            // What C's cos and sin call a domain error.
            return Err(th.zero_division(ZERO_POWER));
        }
        (len * phase.cos(), len * phase.sin())
    };
    if z.0.is_infinite() || z.1.is_infinite() {
        return Err(th.overflow_error("complex exponentiation"));
    }
    make(th, z)
}

/// A small whole power by squaring.
fn power(z: Parts, n: u32) -> Parts {
    let (mut r, mut p) = ((1.0, 0.0), z);
    let mut mask = 1;
    while mask > 0 && n >= mask {
        if n & mask != 0 {
            r = product(r, p);
        }
        mask <<= 1;
        p = product(p, p);
    }
    r
}

fn abs(th: &Thread, o: &Obj) -> Res {
    let z = value(th, o)?;
    let r = z.0.hypot(z.1);
    if r.is_infinite() && z.0.is_finite() && z.1.is_finite() {
        return Err(th.overflow_error("absolute value too large"));
    }
    Ok(Obj::float(r))
}

fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    let z = value(th, o)?;
    Ok(float::hash_complex(z.0, z.1, hash_address(o)))
}

fn compare(_th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let Some(a) = complex_of(a) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let same = match (complex_of(b), Num::of(b)) {
        (Some(b), _) => a == b,
        (None, Some(b)) => a.1 == 0.0 && super::number::compare_nums(Num::Float(a.0), b, CmpOp::Eq),
        _ => return Ok(Obj::NOT_IMPLEMENTED),
    };
    Ok(Obj::bool(same == (op == CmpOp::Eq)))
}

fn conjugate(th: &Thread, a: Args<'_>) -> Res {
    let z = value(th, a.get(0))?;
    make(th, (z.0, -z.1))
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("complex", "(real=0, imag=0)", args, |a| {
        let z = match (a.opt(0), a.opt(1)) {
            (Some(x), None) => from_one(
                th,
                x,
                "complex() argument must be a string or a number, not ",
            )?,
            (re, im) => {
                let (re, from_real) = re.map_or(Ok((0.0, None)), |o| component(th, o, "real"))?;
                let (im, from_imag) = im.map_or(Ok((0.0, None)), |o| component(th, o, "imag"))?;
                // Only complex arguments have parts to be added: adding 0.0 would lose the sign of a zero.
                let real = from_imag.map_or(re, |y| re - y);
                (real, from_real.map_or(im, |x| im + x))
            }
        };
        new_as(th, cls, z)
    })
}

fn new_as(th: &Thread, cls: &Py<Type>, z: Parts) -> Res {
    if cls.obj().is(th.ty(TypeId::Complex).obj()) {
        return make(th, z);
    }
    Ok(th
        .alloc_as::<Complex>(cls, Complex { re: z.0, im: z.1 })?
        .into_obj())
}

/// `complex(real, imag)`: one of the two, and its imaginary part where it is complex, which is accepted with a warning.
fn component(th: &Thread, o: &Obj, name: &str) -> Res<(f64, Option<f64>)> {
    let refused =
        |ty: String| format!("complex() argument '{name}' must be a real number, not {ty}");
    let mut z = complex_of(o);
    if z.is_none() && name == "real" {
        z = by_dunder(th, o)?;
    }
    if let Some((re, im)) = z {
        th.warn(TypeId::DeprecationWarning, &refused(th.type_name(o)))?;
        return Ok((re, Some(im)));
    }
    let slots = th.type_of(o).slots();
    if slots.float.is_none() && slots.index.is_none() {
        return Err(th.type_error(refused(th.type_name(o))));
    }
    Ok((th.to_f64(o)?, None))
}

/// What `__complex__` gives, for objects that have it.
fn by_dunder(th: &Thread, o: &Obj) -> Res<Option<Parts>> {
    if o.header().is_none() {
        return Ok(None);
    }
    let Some(f) = th.special(o, "__complex__")? else {
        return Ok(None);
    };
    let made = th.call(&f, &[])?;
    let Some(z) = complex_of(&made) else {
        let ty = th.type_name(&made);
        return Err(th.type_error(format!(
            "{}.__complex__() must return a complex, not {ty}",
            th.type_name(o)
        )));
    };
    if !made.is_exact::<Complex>() {
        let text = format!(
            "{}.__complex__() must return a complex, not {}.  The ability to return an instance of a strict subclass \
             of complex is deprecated, and may not be supported in a future version of Python.",
            th.type_name(o),
            th.type_name(&made)
        );
        th.warn(TypeId::DeprecationWarning, &text)?;
    }
    Ok(Some(z))
}

fn from_one(th: &Thread, x: &Obj, message: &str) -> Res<Parts> {
    if let Some(s) = x.cast::<Str>() {
        let digits = super::int::to_ascii_digits(s.text());
        return parse(super::int::strip_space(&digits))
            .ok_or_else(|| th.value_error("complex() arg is a malformed string"));
    }
    match number_parts(th, x)? {
        Some(z) => Ok(z),
        None => Err(th.type_error(format!("{message}{}", th.type_name(x)))),
    }
}

/// Any number: complex, `__complex__`, `__float__`, `__index__`.
pub fn number_parts(th: &Thread, x: &Obj) -> Res<Option<Parts>> {
    if x.is_exact::<Complex>() {
        return Ok(complex_of(x));
    }
    if let Some(z) = by_dunder(th, x)? {
        return Ok(Some(z));
    }
    if let Some(z) = complex_of(x) {
        return Ok(Some(z));
    }
    let slots = th.type_of(x).slots();
    if slots.float.is_none() && slots.index.is_none() {
        return Ok(None);
    }
    Ok(Some((th.to_f64(x)?, 0.0)))
}

fn from_number(th: &Thread, a: Args<'_>) -> Res {
    let x = a.get(1);
    let Some(z) = number_parts(th, x)? else {
        return Err(th.type_error(format!("must be real number, not {}", th.type_name(x))));
    };
    match a.get(0).cast::<Type>() {
        Some(c) if c.obj().is(th.ty(TypeId::Complex).obj()) => make(th, z),
        _ => {
            let plain = make(th, z)?;
            th.call(a.get(0), &[plain])
        }
    }
}

/// Length of the float literal at the front of `s`, its sign included.
fn literal(s: &[u8]) -> Option<usize> {
    let sign = usize::from(matches!(s.first(), Some(b'+' | b'-')));
    let t = &s[sign..];
    for word in [&b"infinity"[..], b"inf", b"nan"] {
        if t.len() >= word.len() && t[..word.len()].eq_ignore_ascii_case(word) {
            return Some(sign + word.len());
        }
    }
    let run = |from: usize| {
        t[from..]
            .iter()
            .take_while(|b| b.is_ascii_digit() || **b == b'_')
            .count()
    };
    let whole = run(0);
    let mut n = whole;
    let mut fraction = 0;
    if t.get(n) == Some(&b'.') {
        fraction = run(n + 1);
        n += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if let Some(b'e' | b'E') = t.get(n) {
        let signed = usize::from(matches!(t.get(n + 1), Some(b'+' | b'-')));
        let digits = if n + 1 + signed <= t.len() {
            run(n + 1 + signed)
        } else {
            0
        };
        if digits > 0 {
            n += 1 + signed + digits;
        }
    }
    Some(sign + n)
}

/// `complex(text)`, white space stripped.
fn parse(s: &[u8]) -> Option<Parts> {
    let s = match s {
        [b'(', inner @ .., b')'] => super::int::strip_space(inner),
        _ => s,
    };
    let is_j = |t: &[u8]| matches!(t, [b'j' | b'J']);
    let unit = |t: &[u8]| match t {
        [b'j' | b'J'] | [b'+', b'j' | b'J'] => Some(1.0),
        [b'-', b'j' | b'J'] => Some(-1.0),
        _ => None,
    };
    let Some(n) = literal(s) else {
        return unit(s).map(|y| (0.0, y));
    };
    let x = float::parse_float(&s[..n])?;
    let rest = &s[n..];
    match rest {
        [] => Some((x, 0.0)),
        _ if is_j(rest) => Some((0.0, x)),
        [b'+' | b'-', ..] => {
            if let Some(y) = unit(rest) {
                return Some((x, y));
            }
            let m = literal(rest)?;
            let y = float::parse_float(&rest[..m])?;
            is_j(&rest[m..]).then_some((x, y))
        }
        _ => None,
    }
}

fn format(th: &Thread, a: Args<'_>) -> Res {
    let spec = super::str::format_spec_text(th, a.get(1))?;
    if spec.is_empty() {
        return Ok(th.to_str(a.get(0))?.into_obj());
    }
    let ty = th.type_name(a.get(0));
    let spec = FormatSpec::parse_for_number(spec.text(), &ty)
        .map_err(|e| super::str::format_error(th, e))?;
    super::str::check_spec(th, &spec)?;
    let z = value(th, a.get(0))?;
    let text = format_spec::format_complex(z.0, z.1, &spec)
        .map_err(|e| super::str::format_error(th, e))?;
    th.str_data(text)
}
