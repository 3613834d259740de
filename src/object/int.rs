//! Integers that do not fit a value word.

use super::layout::{Layout, Native};
use super::type_ids::TypeId;
use dashu_int::IBig;

/// Payload of heap integers, and of instances of classes that derive from int (there it may be small).
pub struct BigInt {
    /// The number.
    pub n: IBig,
}

static LAYOUT: Layout = Layout::leaf::<BigInt>("int");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for BigInt {
    const TYPE: TypeId = TypeId::Int;
    const LAYOUT: &'static Layout = &LAYOUT;
}

/// Payload of instances of classes that derive from float (a plain float is a value word).
pub struct FloatBox {
    /// The number.
    pub x: f64,
}

static FLOAT_LAYOUT: Layout = Layout::leaf::<FloatBox>("float");

// SAFETY: FLOAT_LAYOUT is of this type.
unsafe impl Native for FloatBox {
    const TYPE: TypeId = TypeId::Float;
    const LAYOUT: &'static Layout = &FLOAT_LAYOUT;
}

/// Payload of complex numbers.
pub struct Complex {
    /// Real part.
    pub re: f64,
    /// Imaginary part.
    pub im: f64,
}

static COMPLEX_LAYOUT: Layout = Layout::leaf::<Complex>("complex");

// SAFETY: COMPLEX_LAYOUT is of this type.
unsafe impl Native for Complex {
    const TYPE: TypeId = TypeId::Complex;
    const LAYOUT: &'static Layout = &COMPLEX_LAYOUT;
}
