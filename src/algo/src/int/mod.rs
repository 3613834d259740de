//! Integer arithmetic as Python's `int` defines it, over `dashu_int::IBig`.
//!
//! `parse` reads and writes digits, `ops` has the operators, `bytes` the conversions to and from bytes.
//! A big-integer operation cannot be interrupted, so whatever could grow without bound takes a limit in bits and fails
//! with [`IntError::TooLarge`] (a MemoryError or a limit's error, as the caller likes).

mod bytes;
mod ops;
mod parse;

pub use bytes::{from_bytes, to_bytes};
pub(crate) use ops::scale;
pub use ops::*;
pub use parse::{parse_int, to_base, to_decimal};

use dashu_int::IBig;
use std::fmt;

/// What can go wrong. `Display` is CPython's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntError {
    /// ValueError: not a literal in this base. The caller adds the literal's repr after `: `.
    InvalidLiteral(u32),
    /// ValueError: a base other than 0 or 2 to 36.
    BadBase,
    /// ValueError: more digits than the limit when reading.
    TooManyDigits {
        /// The limit.
        limit: usize,
        /// Digits given.
        found: usize,
    },
    /// ValueError: more digits than the limit when writing.
    DigitLimit(usize),
    /// ZeroDivisionError with CPython's message.
    ZeroDivision(&'static str),
    /// ValueError: negative shift count.
    NegativeShift,
    /// OverflowError: the result could never be stored.
    ShiftTooLarge,
    /// OverflowError: int too large to convert to float.
    FloatOverflow,
    /// OverflowError: integer division result too large for a float.
    DivisionOverflow,
    /// OverflowError of `to_bytes`.
    BytesOverflow(&'static str),
    /// ValueError: base is not invertible for the given modulus.
    NotInvertible,
    /// ValueError: isqrt of a negative number.
    NegativeSqrt,
    /// The result would exceed the caller's limit.
    TooLarge,
}

impl fmt::Display for IntError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IntError::InvalidLiteral(base) => {
                write!(f, "invalid literal for int() with base {base}")
            }
            IntError::BadBase => f.write_str("int() base must be >= 2 and <= 36, or 0"),
            IntError::TooManyDigits { limit, found } => write!(
                f,
                "Exceeds the limit ({limit} digits) for integer string conversion: value has {found} digits; \
                 use sys.set_int_max_str_digits() to increase the limit"
            ),
            IntError::DigitLimit(limit) => write!(
                f,
                "Exceeds the limit ({limit} digits) for integer string conversion; \
                 use sys.set_int_max_str_digits() to increase the limit"
            ),
            IntError::ZeroDivision(m) | IntError::BytesOverflow(m) => f.write_str(m),
            IntError::NegativeShift => f.write_str("negative shift count"),
            IntError::ShiftTooLarge => f.write_str("too many digits in integer"),
            IntError::FloatOverflow => f.write_str("int too large to convert to float"),
            IntError::DivisionOverflow => {
                f.write_str("integer division result too large for a float")
            }
            IntError::NotInvertible => f.write_str("base is not invertible for the given modulus"),
            IntError::NegativeSqrt => f.write_str("isqrt() argument must be nonnegative"),
            IntError::TooLarge => f.write_str("integer too large"),
        }
    }
}

impl std::error::Error for IntError {}

/// An integer that stays small where it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Int {
    /// Fits 64 bits.
    Small(i64),
    /// Does not.
    Big(IBig),
}

impl Int {
    /// From a big integer, small if it fits.
    pub fn from_big(b: IBig) -> Int {
        match i64::try_from(&b) {
            Ok(n) => Int::Small(n),
            Err(_) => Int::Big(b),
        }
    }

    /// As a big integer.
    pub fn into_big(self) -> IBig {
        match self {
            Int::Small(n) => IBig::from(n),
            Int::Big(b) => b,
        }
    }
}
