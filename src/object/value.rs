//! The 64-bit value: a NaN-boxed word in the form that leaves heap pointers bare.
//!
//! ```text
//! 0x0000_0000_0000_0000                 empty: no value (unbound local, deleted slot)
//! 0x0000_0000_0000_0002 … 0x0F          constants: None, False, True, Ellipsis, NotImplemented
//! 0x0000_0000_0000_0010 … 2^48          heap pointer (16-byte aligned)
//! 0x0002_0000_0000_0000 … 0xFFFB_…      a double: its bits + 2^49
//! 0xFFFE_0000_0000_0000 … 0xFFFF_…      an integer of 49 bits, two's complement in the low 49 bits
//! ```
//!
//! A NaN keeps its sign and loses its payload (`from_f64`), so that no double reaches the integer range.
//! `Value` is a plain word: it owns nothing. Raw values stay inside `object`, `interp`, `jit` glue; everything else uses
//! [`crate::object::Obj`].

/// A raw value word. Copying it counts nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Value(pub u64);

/// Added to a double's bits.
pub const DOUBLE_OFFSET: u64 = 1 << 49;
/// Tag of inline integers.
pub const INT_TAG: u64 = 0xFFFE << 48;
/// Largest inline integer.
pub const INT_MAX: i64 = (1 << 48) - 1;
/// Smallest inline integer.
pub const INT_MIN: i64 = -(1 << 48);
/// Pointers lie below this and at or above 16.
pub const PTR_END: u64 = 1 << 48;

impl Value {
    /// No value.
    pub const EMPTY: Value = Value(0);
    /// `None`
    pub const NONE: Value = Value(0x02);
    /// `False`
    pub const FALSE: Value = Value(0x06);
    /// `True`
    pub const TRUE: Value = Value(0x07);
    /// `...`
    pub const ELLIPSIS: Value = Value(0x0A);
    /// `NotImplemented`
    pub const NOT_IMPLEMENTED: Value = Value(0x0B);

    /// Whether it points to a heap object.
    #[inline(always)]
    pub const fn is_ptr(self) -> bool {
        // Nothing lies in the sixteen words from `PTR_END` on: so a shift tells, without a large constant.
        self.0.wrapping_sub(16) < PTR_END
    }
    /// Whether it is an inline integer.
    #[inline(always)]
    pub const fn is_int(self) -> bool {
        self.0 >= INT_TAG
    }
    /// Whether it is a double.
    #[inline(always)]
    pub const fn is_float(self) -> bool {
        self.0.wrapping_sub(DOUBLE_OFFSET) < INT_TAG - DOUBLE_OFFSET
    }
    /// Whether it is `True` or `False`.
    #[inline(always)]
    pub const fn is_bool(self) -> bool {
        self.0 & !1 == 0x06
    }
    /// The empty value.
    #[inline(always)]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// The inline integer; meaningful only where `is_int`.
    #[inline(always)]
    pub const fn as_int(self) -> i64 {
        ((self.0 << 15) as i64) >> 15
    }
    /// The double; meaningful only where `is_float`.
    #[inline(always)]
    pub const fn as_f64(self) -> f64 {
        f64::from_bits(self.0.wrapping_sub(DOUBLE_OFFSET))
    }
    /// The inline integer in the upper 49 bits of a word, zeros below: sums, differences, and products with a plain
    /// integer overflow there exactly where they are no inline integers.
    #[inline(always)]
    pub const fn int_at_top(self) -> i64 {
        (self.0 << 15) as i64
    }
    /// The inline integer that stands so.
    #[inline(always)]
    pub const fn of_top(n: i64) -> Value {
        Value(INT_TAG | n as u64 >> 15)
    }
    /// An inline integer; `n` must be in range.
    #[inline(always)]
    pub const fn from_int(n: i64) -> Value {
        debug_assert!(n >= INT_MIN && n <= INT_MAX);
        Value(INT_TAG | (n as u64 & ((1 << 49) - 1)))
    }
    /// An inline integer if it fits.
    #[inline(always)]
    pub const fn try_int(n: i64) -> Option<Value> {
        if n >= INT_MIN && n <= INT_MAX {
            Some(Value::from_int(n))
        } else {
            None
        }
    }
    /// A double that is the result of arithmetic (its NaNs have no payload that came from outside).
    #[inline(always)]
    pub const fn from_f64_arith(x: f64) -> Value {
        Value(x.to_bits().wrapping_add(DOUBLE_OFFSET))
    }
    /// Any double.
    #[inline(always)]
    pub const fn from_f64(x: f64) -> Value {
        let x = if x.is_nan() {
            if x.is_sign_negative() {
                f64::from_bits(0xFFF8 << 48)
            } else {
                f64::NAN
            }
        } else {
            x
        };
        Value::from_f64_arith(x)
    }
    /// `True` or `False`.
    #[inline(always)]
    pub const fn from_bool(b: bool) -> Value {
        Value(0x06 | b as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_value_is_told_from_the_others() {
        let ints = [0, 1, -1, INT_MAX, INT_MIN, 1 << 30, -(1 << 40)];
        for n in ints {
            let v = Value::from_int(n);
            assert!(v.is_int() && !v.is_float() && !v.is_ptr() && !v.is_bool());
            assert_eq!(v.as_int(), n);
            assert!(Value::of_top(v.int_at_top()) == v);
        }
        let floats = [
            0.0,
            -0.0,
            1.5,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MIN_POSITIVE,
            f64::MAX,
            f64::MIN,
            5e-324,
        ];
        for x in floats {
            let v = Value::from_f64(x);
            assert!(v.is_float() && !v.is_int() && !v.is_ptr() && !v.is_bool());
            assert_eq!(v.as_f64().to_bits(), x.to_bits());
        }
        for bits in [
            0x7FF8u64 << 48,
            0xFFF8 << 48,
            u64::MAX,
            0x7FF0_0000_0000_0001,
        ] {
            let v = Value::from_f64(f64::from_bits(bits));
            assert!(v.is_float() && v.as_f64().is_nan());
            assert_eq!(
                v.as_f64().is_sign_negative(),
                f64::from_bits(bits).is_sign_negative()
            );
        }
        for v in [
            Value::NONE,
            Value::TRUE,
            Value::FALSE,
            Value::ELLIPSIS,
            Value::NOT_IMPLEMENTED,
            Value::EMPTY,
        ] {
            assert!(!v.is_ptr() && !v.is_int() && !v.is_float());
        }
        assert!(Value::try_int(INT_MAX + 1).is_none() && Value::try_int(INT_MIN - 1).is_none());
    }
}
