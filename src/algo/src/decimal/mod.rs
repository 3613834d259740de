//! Decimal arithmetic: the General Decimal Arithmetic Specification (version 1.70) over [`Dec`], with the choices that
//! it leaves open made as CPython's `decimal` makes them.
//!
//! An operation takes its operands, a [`Ctx`], and adds the conditions that it met to a [`Status`]. It never fails: an
//! error is a NaN and a condition. Which conditions are exceptions is up to the caller; [`MALLOC`] always is one.

mod arith;
mod coef;
mod compare;
mod convert;
mod digits;
mod elementary;
mod finish;
mod format;
mod near;
mod power;
mod text;

pub use arith::*;
pub use coef::{Coef, MOST_DIGITS};
pub use compare::*;
pub use convert::*;
pub use digits::*;
pub use elementary::{exp, ln, log10, sqrt};
pub use finish::finish;
pub use format::{FormatError, Spec, format};
pub use near::*;
pub use power::{power, power_mod};
pub use text::{parse, to_text};

/// Greatest precision.
pub const MAX_PREC: i64 = 999_999_999_999_999_999;
/// Greatest exponent.
pub const MAX_EMAX: i64 = 999_999_999_999_999_999;
/// Least exponent of a normal number.
pub const MIN_EMIN: i64 = -999_999_999_999_999_999;
/// Least exponent of all.
pub const MIN_ETINY: i64 = MIN_EMIN - (MAX_PREC - 1);

/// Conditions, one bit each.
pub type Status = u32;

macro_rules! conditions {
    ($($(#[$doc:meta])* $name:ident = $bit:literal;)*) => {
        $($(#[$doc])* pub const $name: Status = 1 << $bit;)*
    };
}

conditions! {
    /// The exponent was changed to fit.
    CLAMPED = 0;
    /// A string is no number.
    CONVERSION_SYNTAX = 1;
    /// A finite number divided by zero, or the exponent of zero.
    DIVISION_BY_ZERO = 2;
    /// The whole quotient has too many digits.
    DIVISION_IMPOSSIBLE = 3;
    /// 0 / 0
    DIVISION_UNDEFINED = 4;
    /// Digits other than zeros were lost.
    INEXACT = 5;
    /// The context does not allow the operation.
    INVALID_CONTEXT = 6;
    /// An operand for which the operation has no result.
    INVALID_OPERATION = 7;
    /// More digits than memory or patience have room for.
    MALLOC = 8;
    /// A float took part.
    FLOAT_OPERATION = 9;
    /// Too large.
    OVERFLOW = 10;
    /// Digits were lost.
    ROUNDED = 11;
    /// Below the least normal number.
    SUBNORMAL = 12;
    /// Subnormal and inexact.
    UNDERFLOW = 13;
}

/// The conditions that are InvalidOperation.
pub const INVALID: Status = CONVERSION_SYNTAX
    | DIVISION_IMPOSSIBLE
    | DIVISION_UNDEFINED
    | INVALID_CONTEXT
    | INVALID_OPERATION
    | MALLOC;
/// The conditions whose result is a NaN or infinite for want of a better one.
pub const ERRORS: Status = INVALID | DIVISION_BY_ZERO;

/// How to round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Rounding {
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    /// Towards infinity.
    Ceiling,
    /// Towards minus infinity.
    Floor,
    /// To the nearest; halves away from zero.
    HalfUp,
    /// To the nearest; halves towards zero.
    HalfDown,
    /// To the nearest; halves to the even digit.
    HalfEven,
    /// Away from zero where the last digit would be 0 or 5.
    Up05,
}

impl Rounding {
    /// All of them, by number.
    pub const ALL: [Rounding; 8] = [
        Rounding::Up,
        Rounding::Down,
        Rounding::Ceiling,
        Rounding::Floor,
        Rounding::HalfUp,
        Rounding::HalfDown,
        Rounding::HalfEven,
        Rounding::Up05,
    ];
    /// Its name in Python.
    pub fn name(self) -> &'static str {
        [
            "ROUND_UP",
            "ROUND_DOWN",
            "ROUND_CEILING",
            "ROUND_FLOOR",
            "ROUND_HALF_UP",
            "ROUND_HALF_DOWN",
            "ROUND_HALF_EVEN",
            "ROUND_05UP",
        ][self as usize]
    }
}

/// What an operation has to keep to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ctx {
    /// Digits of a result, at least one.
    pub prec: u64,
    /// Greatest exponent (of the first digit).
    pub emax: i64,
    /// Least exponent of a normal number.
    pub emin: i64,
    /// How to round.
    pub rounding: Rounding,
    /// Whether exponents are kept in the range of the interchange formats.
    pub clamp: bool,
}

impl Ctx {
    /// The widest one.
    pub const MAX: Ctx = Ctx {
        prec: MAX_PREC as u64,
        emax: MAX_EMAX,
        emin: MIN_EMIN,
        rounding: Rounding::HalfEven,
        clamp: false,
    };
    /// Least exponent of the last digit.
    pub fn etiny(&self) -> i64 {
        self.emin - (self.prec as i64 - 1)
    }
    /// Greatest exponent of the last digit of a number with all digits.
    pub fn etop(&self) -> i64 {
        self.emax - (self.prec as i64 - 1)
    }
    /// The same with another rounding.
    pub fn rounded(self, rounding: Rounding) -> Ctx {
        Ctx { rounding, ..self }
    }
}

/// What a number is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `coef * 10**exp`
    Finite,
    /// Infinite.
    Inf,
    /// A quiet NaN with the coefficient as its payload.
    Nan,
    /// A signalling one.
    SNan,
}

/// A decimal number. Infinities and NaNs have exponent 0.
#[derive(Clone, Debug)]
pub struct Dec {
    /// Its digits.
    pub coef: Coef,
    /// Exponent of the last digit.
    pub exp: i64,
    /// What it is.
    pub kind: Kind,
    /// Whether it is negative.
    pub neg: bool,
}

impl Dec {
    /// A finite number.
    #[inline]
    pub fn new(neg: bool, coef: Coef, exp: i64) -> Dec {
        Dec {
            coef,
            exp,
            kind: Kind::Finite,
            neg,
        }
    }
    /// A small whole number.
    pub fn int(n: i64) -> Dec {
        Dec::new(n < 0, Coef::Small(n.unsigned_abs().into()), 0)
    }
    /// Plus or minus zero.
    pub fn zero(neg: bool, exp: i64) -> Dec {
        Dec::new(neg, Coef::ZERO, exp)
    }
    /// An infinity.
    pub fn inf(neg: bool) -> Dec {
        Dec {
            kind: Kind::Inf,
            ..Dec::zero(neg, 0)
        }
    }
    /// NaN, for the reason that is added to the status.
    #[cold]
    pub fn nan(why: Status, status: &mut Status) -> Dec {
        *status |= why;
        Dec {
            kind: Kind::Nan,
            ..Dec::zero(false, 0)
        }
    }
    /// The same with another sign.
    pub fn signed(mut self, neg: bool) -> Dec {
        self.neg = neg;
        self
    }
    /// Whether it is neither infinite nor a NaN.
    #[inline]
    pub fn is_finite(&self) -> bool {
        self.kind == Kind::Finite
    }
    /// Whether it is infinite.
    pub fn is_inf(&self) -> bool {
        self.kind == Kind::Inf
    }
    /// Whether it is a NaN of either kind.
    pub fn is_nan(&self) -> bool {
        matches!(self.kind, Kind::Nan | Kind::SNan)
    }
    /// Whether it is a signalling NaN.
    pub fn is_snan(&self) -> bool {
        self.kind == Kind::SNan
    }
    /// Whether it is a quiet NaN.
    pub fn is_qnan(&self) -> bool {
        self.kind == Kind::Nan
    }
    /// Whether it is zero of either sign.
    #[inline]
    pub fn is_zero(&self) -> bool {
        self.is_finite() && self.coef.is_zero()
    }
    /// Exponent of the first digit.
    #[inline]
    pub fn adjusted(&self) -> i64 {
        self.exp + (self.coef.digits() as i64 - 1)
    }
    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        if !self.is_finite() {
            return false;
        }
        if self.exp >= 0 || self.coef.is_zero() {
            return true;
        }
        let n = self.exp.unsigned_abs();
        n < self.coef.digits() && self.coef.strip(n).1 == n
    }
    /// Whether it is odd, being a whole number.
    pub fn is_odd(&self) -> bool {
        match self.exp {
            0 => self.coef.is_odd(),
            1.. => false,
            e => self.coef.shr(e.unsigned_abs()).0.is_odd(),
        }
    }
    /// Whether it is 10**k, whatever the sign.
    pub fn is_power_of_ten(&self) -> bool {
        self.is_finite() && matches!(self.coef.strip(u64::MAX).0, Coef::Small(1))
    }
}

/// What an operation with a NaN among its operands gives: the first signalling one, else the first one.
#[inline]
pub fn check_nans(all: &[&Dec], c: &Ctx, status: &mut Status) -> Option<Dec> {
    if all.iter().all(|d| !d.is_nan()) {
        return None;
    }
    Some(first_nan(all, c, status))
}

#[cold]
fn first_nan(all: &[&Dec], c: &Ctx, status: &mut Status) -> Dec {
    let found = match all.iter().find(|d| d.is_snan()) {
        Some(d) => {
            *status |= INVALID_OPERATION;
            Some(d)
        }
        None => all.iter().find(|d| d.is_nan()),
    };
    let mut nan = match found {
        Some(d) => (**d).clone(),
        None => Dec::zero(false, 0),
    };
    nan.kind = Kind::Nan;
    finish::fix_nan(&mut nan, c);
    nan
}
