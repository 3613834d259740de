//! Arithmetic and comparison of ints, bools and floats in any representation: inline, big, and instances of subclasses.
//!
//! The interpreter has its own paths for small operands and comes here when they overflow or differ; the slots of
//! `int`, `bool` and `float` come here too. The binary functions answer `NotImplemented` for operands that are no
//! numbers of these types.

use crate::object::int::{BigInt, FloatBox};
use crate::object::obj::Obj;
use crate::object::slots::{BinOp, CmpOp};
use crate::object::type_ids::TypeId;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use dashu_int::IBig;
use std::borrow::Cow;
use std::cmp::Ordering;
use threadsnake_algo::float::{self, FloatError};
use threadsnake_algo::int::{self as algo, IntError};

/// No integer gets more bits than this, memory or not: an operation on one could not be interrupted for minutes.
const MAX_BITS: usize = 1 << 36;
/// From this many bits on memory is asked for before a result is made.
const ASK_BITS: usize = 1 << 16;

/// An integer operand: machine word where it fits, whatever its representation.
#[derive(Clone, Copy)]
pub enum IntRef<'a> {
    /// Fits 64 bits.
    Small(i64),
    /// Does not.
    Big(&'a IBig),
}

impl<'a> IntRef<'a> {
    /// The integer that `o` is: int, bool or an instance of a subclass.
    #[inline(always)]
    pub fn of(o: &'a Obj) -> Option<IntRef<'a>> {
        let v = o.value();
        if v.is_int() {
            return Some(IntRef::Small(v.as_int()));
        }
        if v.is_ptr() {
            return o.cast::<BigInt>().map(|b| IntRef::new(&b.n));
        }
        if v.is_bool() {
            Some(IntRef::Small(v.0 as i64 & 1))
        } else {
            None
        }
    }
    /// Of a big integer.
    #[inline]
    pub fn new(n: &'a IBig) -> IntRef<'a> {
        match i64::try_from(n) {
            Ok(n) => IntRef::Small(n),
            Err(_) => IntRef::Big(n),
        }
    }
    /// In the big form.
    #[inline]
    pub fn big(self) -> Cow<'a, IBig> {
        match self {
            IntRef::Small(n) => Cow::Owned(IBig::from(n)),
            IntRef::Big(n) => Cow::Borrowed(n),
        }
    }
    /// The machine word, if it fits one.
    #[inline(always)]
    pub fn small(self) -> Option<i64> {
        match self {
            IntRef::Small(n) => Some(n),
            IntRef::Big(_) => None,
        }
    }
    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        match self {
            IntRef::Small(n) => n < 0,
            IntRef::Big(n) => *n < IBig::ZERO,
        }
    }
    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        matches!(self, IntRef::Small(0))
    }
    /// As a new object of exactly `int`.
    pub fn to_obj(self, th: &Thread) -> Obj {
        match self {
            IntRef::Small(n) => th.int(n),
            IntRef::Big(n) => th.bigint(n.clone()),
        }
    }
    /// Nearest float, or OverflowError.
    #[inline]
    pub fn to_f64(self, th: &Thread) -> Res<f64> {
        match self {
            IntRef::Small(n) => Ok(n as f64),
            IntRef::Big(n) => algo::to_f64(n).map_err(|e| int_error(th, e)),
        }
    }
    /// Number of bits of the magnitude.
    pub fn bits(self) -> usize {
        match self {
            IntRef::Small(n) => 64 - n.unsigned_abs().leading_zeros() as usize,
            IntRef::Big(n) => algo::bit_length(n),
        }
    }
    /// `hash(int)`
    pub fn hash(self) -> i64 {
        match self {
            IntRef::Small(n) => float::hash_i64(n),
            IntRef::Big(n) => float::hash_int(n),
        }
    }
    /// Decimal digits, within the limit of the runtime.
    pub fn decimal(self, th: &Thread) -> Res<String> {
        match self {
            IntRef::Small(n) => Ok(n.to_string()),
            IntRef::Big(n) => {
                algo::to_decimal(n, th.int_max_str_digits()).map_err(|e| int_error(th, e))
            }
        }
    }
}

/// A number operand of `int`, `float` or a class that derives from them.
#[derive(Clone, Copy)]
pub enum Num<'a> {
    /// An integer.
    Int(IntRef<'a>),
    /// A float.
    Float(f64),
}

impl<'a> Num<'a> {
    /// The number that `o` is.
    #[inline]
    pub fn of(o: &'a Obj) -> Option<Num<'a>> {
        match o.as_f64_exact() {
            Some(x) => Some(Num::Float(x)),
            None => match IntRef::of(o) {
                Some(n) => Some(Num::Int(n)),
                None => o.cast::<FloatBox>().map(|b| Num::Float(b.x)),
            },
        }
    }
    /// As a float.
    #[inline]
    pub fn to_f64(self, th: &Thread) -> Res<f64> {
        match self {
            Num::Float(x) => Ok(x),
            Num::Int(n) => n.to_f64(th),
        }
    }
}

/// The float that `o` is: a plain one or an instance of a subclass.
#[inline]
pub fn float_of(o: &Obj) -> Option<f64> {
    match o.as_f64_exact() {
        Some(x) => Some(x),
        None => o.cast::<FloatBox>().map(|b| b.x),
    }
}

/// The exception of an error of integer arithmetic.
#[cold]
pub fn int_error(th: &Thread, e: IntError) -> Exc {
    match e {
        IntError::TooLarge => th.memory_error(),
        IntError::ZeroDivision(m) => th.zero_division(m),
        IntError::ShiftTooLarge
        | IntError::FloatOverflow
        | IntError::DivisionOverflow
        | IntError::BytesOverflow(_) => th.overflow_error(e.to_string()),
        _ => th.value_error(e.to_string()),
    }
}

/// The exception of an error of float arithmetic.
#[cold]
pub fn float_error(th: &Thread, e: FloatError) -> Exc {
    match e {
        FloatError::ZeroDivision => th.zero_division(e.to_string()),
        FloatError::Infinity(_) | FloatError::RoundOverflow => th.overflow_error(e.to_string()),
        FloatError::Nan(_) => th.value_error(e.to_string()),
    }
}

fn ask(th: &Thread, bits: usize) -> Res<()> {
    if bits > MAX_BITS {
        return Err(th.memory_error());
    }
    if bits > ASK_BITS {
        th.reserve(bits / 8)
    } else {
        Ok(())
    }
}

/// `a + b` of integers.
pub fn int_add(th: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> Res {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b) {
        return Ok(match x.checked_add(y) {
            Some(n) => th.int(n),
            None => th.bigint(IBig::from(x) + IBig::from(y)),
        });
    }
    ask(th, a.bits().max(b.bits()))?;
    Ok(th.bigint(&*a.big() + &*b.big()))
}

/// `a - b` of integers.
pub fn int_sub(th: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> Res {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b) {
        return Ok(match x.checked_sub(y) {
            Some(n) => th.int(n),
            None => th.bigint(IBig::from(x) - IBig::from(y)),
        });
    }
    ask(th, a.bits().max(b.bits()))?;
    Ok(th.bigint(&*a.big() - &*b.big()))
}

/// `a * b` of integers.
pub fn int_mul(th: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> Res {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b) {
        return Ok(match x.checked_mul(y) {
            Some(n) => th.int(n),
            None => th.bigint(IBig::from(i128::from(x) * i128::from(y))),
        });
    }
    ask(th, a.bits().saturating_add(b.bits()))?;
    Ok(th.bigint(&*a.big() * &*b.big()))
}

/// `a / b` of integers, correctly rounded.
pub fn int_truediv(th: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> Res {
    const EXACT: u64 = 1 << 53;
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b)
        && y != 0
        && x.unsigned_abs() <= EXACT
        && y.unsigned_abs() <= EXACT
    {
        return Ok(Obj::float(x as f64 / y as f64));
    }
    algo::true_div(&a.big(), &b.big())
        .map(Obj::float)
        .map_err(|e| int_error(th, e))
}

/// `divmod(a, b)` of integers.
pub fn int_divmod(th: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> Res<(Obj, Obj)> {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b)
        && y != 0
        && let Some((q, r)) = algo::div_mod_i64(x, y)
    {
        return Ok((th.int(q), th.int(r)));
    }
    let (q, r) = algo::div_mod(&a.big(), &b.big()).map_err(|e| int_error(th, e))?;
    Ok((th.bigint(q), th.bigint(r)))
}

/// `a // b` of integers.
pub fn int_floordiv(th: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> Res {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b)
        && y != 0
        && let Some((q, _)) = algo::div_mod_i64(x, y)
    {
        return Ok(th.int(q));
    }
    algo::floor_div(&a.big(), &b.big())
        .map(|n| th.bigint(n))
        .map_err(|e| int_error(th, e))
}

/// `a % b` of integers.
pub fn int_mod(th: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> Res {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b)
        && y != 0
    {
        // The one quotient that does not fit has remainder 0.
        return Ok(th.int(algo::div_mod_i64(x, y).map_or(0, |p| p.1)));
    }
    algo::modulo(&a.big(), &b.big())
        .map(|n| th.bigint(n))
        .map_err(|e| int_error(th, e))
}

/// `a << b`
pub fn int_shl(th: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> Res {
    if let (IntRef::Small(x), IntRef::Small(n @ 0..=62)) = (a, b)
        && a.bits() + (n as usize) < 64
    {
        return Ok(th.int(x << n));
    }
    if let Some(n @ 0..) = b.small()
        && !a.is_zero()
    {
        ask(th, a.bits().saturating_add(n as usize))?;
    }
    algo::shl(&a.big(), &b.big(), MAX_BITS)
        .map(|n| th.bigint(n))
        .map_err(|e| int_error(th, e))
}

/// `a >> b`
pub fn int_shr(th: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> Res {
    if let (IntRef::Small(x), IntRef::Small(n @ 0..)) = (a, b) {
        return Ok(th.int(x >> n.min(63)));
    }
    algo::shr(&a.big(), &b.big())
        .map(|n| th.bigint(n))
        .map_err(|e| int_error(th, e))
}

/// `&`, `|`, `^` of integers.
pub fn int_bitwise(th: &Thread, op: BinOp, a: IntRef<'_>, b: IntRef<'_>) -> Res {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b) {
        return Ok(th.int(match op {
            BinOp::And => x & y,
            BinOp::Or => x | y,
            _ => x ^ y,
        }));
    }
    let (a, b) = (a.big(), b.big());
    Ok(th.bigint(match op {
        BinOp::And => algo::bit_and(&a, &b),
        BinOp::Or => algo::bit_or(&a, &b),
        _ => algo::bit_xor(&a, &b),
    }))
}

/// `a ** b` of integers; a negative exponent gives a float.
pub fn int_pow(th: &Thread, a: IntRef<'_>, b: IntRef<'_>) -> Res {
    if b.is_negative() {
        return float_pow(th, a.to_f64(th)?, b.to_f64(th)?);
    }
    if let (IntRef::Small(x), Some(e)) = (a, b.small().and_then(|e| u32::try_from(e).ok()))
        && let Some(n) = x.checked_pow(e)
    {
        return Ok(th.int(n));
    }
    let trivial = matches!(a, IntRef::Small(-1..=1));
    if let (Some(e), false) = (b.small(), trivial) {
        ask(th, a.bits().saturating_sub(1).saturating_mul(e as usize))?;
    }
    algo::pow(&a.big(), &b.big(), MAX_BITS)
        .map(|n| th.bigint(n))
        .map_err(|e| int_error(th, e))
}

/// `pow(a, b, m)` of integers.
pub fn int_pow_mod(th: &Thread, a: IntRef<'_>, b: IntRef<'_>, m: IntRef<'_>) -> Res {
    if m.is_zero() {
        return Err(th.value_error("pow() 3rd argument cannot be 0"));
    }
    algo::pow_mod(&a.big(), &b.big(), &m.big())
        .map(|n| th.bigint(n))
        .map_err(|e| int_error(th, e))
}

/// Order of two integers.
#[inline]
pub fn int_cmp(a: IntRef<'_>, b: IntRef<'_>) -> Ordering {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => x.cmp(&y),
        _ => a.big().as_ref().cmp(b.big().as_ref()),
    }
}

/// Order of an integer and a float by exact value; `None` for NaN.
pub fn int_float_cmp(a: IntRef<'_>, b: f64) -> Option<Ordering> {
    if let IntRef::Small(x) = a
        && x.unsigned_abs() <= 1 << 53
    {
        return (x as f64).partial_cmp(&b);
    }
    algo::cmp_f64(&a.big(), b)
}

/// Order of two numbers by exact value; `None` when one is NaN.
pub fn order(a: Num<'_>, b: Num<'_>) -> Option<Ordering> {
    match (a, b) {
        (Num::Int(x), Num::Int(y)) => Some(int_cmp(x, y)),
        (Num::Int(x), Num::Float(y)) => int_float_cmp(x, y),
        (Num::Float(x), Num::Int(y)) => int_float_cmp(y, x).map(Ordering::reverse),
        (Num::Float(x), Num::Float(y)) => x.partial_cmp(&y),
    }
}

/// A rich comparison of two numbers.
#[inline]
pub fn compare_nums(a: Num<'_>, b: Num<'_>, op: CmpOp) -> bool {
    match order(a, b) {
        Some(o) => op.holds(o),
        None => op == CmpOp::Ne,
    }
}

/// `a ** b` of floats; a complex number for a fractional power of a negative one.
pub fn float_pow(th: &Thread, a: f64, b: f64) -> Res {
    if b == 0.0 || a == 1.0 {
        return Ok(Obj::float(1.0));
    }
    if a.is_nan() || b.is_nan() {
        return Ok(Obj::float(if a.is_nan() { a } else { b }));
    }
    if a.is_finite() && b.is_finite() {
        if a == 0.0 && b < 0.0 {
            return Err(th.zero_division("zero to a negative power"));
        }
        if a < 0.0 && b != b.floor() {
            return super::complex::pow(th, (a, 0.0), (b, 0.0));
        }
    }
    let r = a.powf(b);
    if r.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(range_error(th));
    }
    Ok(Obj::float(r))
}

/// OverflowError as C's `ERANGE` gives it.
#[cold]
pub fn range_error(th: &Thread) -> Exc {
    match th.str("Numerical result out of range") {
        Ok(text) => th.err_obj(TypeId::OverflowError, &[Obj::small_int(34), text]),
        Err(e) => e,
    }
}

fn float_binary(th: &Thread, op: BinOp, a: f64, b: f64) -> Res {
    let value = match op {
        BinOp::Add => a + b,
        BinOp::Sub => a - b,
        BinOp::Mul => a * b,
        BinOp::TrueDiv if b == 0.0 => return Err(th.zero_division("division by zero")),
        BinOp::TrueDiv => a / b,
        BinOp::FloorDiv => float::div_mod(a, b).map_err(|e| float_error(th, e))?.0,
        BinOp::Mod => float::modulo(a, b).map_err(|e| float_error(th, e))?,
        BinOp::DivMod => {
            let (q, r) = float::div_mod(a, b).map_err(|e| float_error(th, e))?;
            return th.tuple(vec![Obj::float(q), Obj::float(r)]);
        }
        _ => return Ok(Obj::NOT_IMPLEMENTED),
    };
    Ok(Obj::float(value))
}

/// A binary operator of two integers.
pub fn int_binary(th: &Thread, op: BinOp, a: IntRef<'_>, b: IntRef<'_>) -> Res {
    match op {
        BinOp::Add => int_add(th, a, b),
        BinOp::Sub => int_sub(th, a, b),
        BinOp::Mul => int_mul(th, a, b),
        BinOp::TrueDiv => int_truediv(th, a, b),
        BinOp::FloorDiv => int_floordiv(th, a, b),
        BinOp::Mod => int_mod(th, a, b),
        BinOp::LShift => int_shl(th, a, b),
        BinOp::RShift => int_shr(th, a, b),
        BinOp::And | BinOp::Or | BinOp::Xor => int_bitwise(th, op, a, b),
        BinOp::DivMod => {
            let (q, r) = int_divmod(th, a, b)?;
            th.tuple(vec![q, r])
        }
        BinOp::MatMul => Ok(Obj::NOT_IMPLEMENTED),
    }
}

/// A binary operator of two numbers; `NotImplemented` when an operand is none. Two bools give a bool for `&`, `|`, `^`.
#[inline]
pub fn binary(th: &Thread, op: BinOp, a: &Obj, b: &Obj) -> Res {
    let (Some(x), Some(y)) = (Num::of(a), Num::of(b)) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    match (x, y) {
        (Num::Int(x), Num::Int(y)) => {
            let r = int_binary(th, op, x, y)?;
            if a.value().is_bool()
                && b.value().is_bool()
                && matches!(op, BinOp::And | BinOp::Or | BinOp::Xor)
            {
                return Ok(Obj::bool(r.as_small_int() == Some(1)));
            }
            Ok(r)
        }
        _ if matches!(
            op,
            BinOp::LShift | BinOp::RShift | BinOp::And | BinOp::Or | BinOp::Xor | BinOp::MatMul
        ) =>
        {
            Ok(Obj::NOT_IMPLEMENTED)
        }
        _ => float_binary(th, op, x.to_f64(th)?, y.to_f64(th)?),
    }
}

macro_rules! operators {
    ($($(#[$doc:meta])* $name:ident = $op:ident;)*) => {
        $($(#[$doc])* pub fn $name(th: &Thread, a: &Obj, b: &Obj) -> Res { binary(th, BinOp::$op, a, b) })*
    };
}

operators! {
    /// `a + b`
    add = Add;
    /// `a - b`
    sub = Sub;
    /// `a * b`
    mul = Mul;
    /// `a / b`
    truediv = TrueDiv;
    /// `a // b`
    floordiv = FloorDiv;
    /// `a % b`
    modulo = Mod;
    /// `divmod(a, b)`
    divmod = DivMod;
    /// `a << b`
    lshift = LShift;
    /// `a >> b`
    rshift = RShift;
    /// `a & b`
    and = And;
    /// `a | b`
    or = Or;
    /// `a ^ b`
    xor = Xor;
}

/// `a ** b` of numbers; `NotImplemented` when an operand is none.
pub fn pow(th: &Thread, a: &Obj, b: &Obj) -> Res {
    match (Num::of(a), Num::of(b)) {
        (Some(Num::Int(x)), Some(Num::Int(y))) => int_pow(th, x, y),
        (Some(x), Some(y)) => float_pow(th, x.to_f64(th)?, y.to_f64(th)?),
        _ => Ok(Obj::NOT_IMPLEMENTED),
    }
}

/// `-a`; `NotImplemented` when it is no number.
pub fn neg(th: &Thread, a: &Obj) -> Res {
    Ok(match Num::of(a) {
        Some(Num::Float(x)) => Obj::float(-x),
        Some(Num::Int(IntRef::Small(n))) => match n.checked_neg() {
            Some(n) => th.int(n),
            None => th.bigint(-IBig::from(n)),
        },
        Some(Num::Int(IntRef::Big(n))) => th.bigint(-n),
        None => Obj::NOT_IMPLEMENTED,
    })
}

/// `~a`; `NotImplemented` when it is no integer.
pub fn invert(th: &Thread, a: &Obj) -> Res {
    Ok(match IntRef::of(a) {
        Some(IntRef::Small(n)) => th.int(!n),
        Some(IntRef::Big(n)) => th.bigint(algo::invert_bits(n)),
        None => Obj::NOT_IMPLEMENTED,
    })
}

/// A rich comparison; `None` when an operand is no number.
#[inline]
pub fn compare(a: &Obj, b: &Obj, op: CmpOp) -> Option<bool> {
    Some(compare_nums(Num::of(a)?, Num::of(b)?, op))
}
