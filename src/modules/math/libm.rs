//! Functions of the system's mathematical library that Rust's `f64` has not, or has with less precision.

unsafe extern "C" {
    #[link_name = "acosh"]
    safe fn c_acosh(x: f64) -> f64;
    #[link_name = "asinh"]
    safe fn c_asinh(x: f64) -> f64;
    #[link_name = "atanh"]
    safe fn c_atanh(x: f64) -> f64;
    #[link_name = "erf"]
    safe fn c_erf(x: f64) -> f64;
    #[link_name = "erfc"]
    safe fn c_erfc(x: f64) -> f64;
    #[link_name = "tgamma"]
    safe fn c_tgamma(x: f64) -> f64;
    #[link_name = "remainder"]
    safe fn c_remainder(x: f64, y: f64) -> f64;
    #[link_name = "lgamma_r"]
    fn c_lgamma_r(x: f64, sign: *mut i32) -> f64;
}

/// Inverse hyperbolic cosine.
pub fn acosh(x: f64) -> f64 {
    c_acosh(x)
}
/// Inverse hyperbolic sine.
pub fn asinh(x: f64) -> f64 {
    c_asinh(x)
}
/// Inverse hyperbolic tangent.
pub fn atanh(x: f64) -> f64 {
    c_atanh(x)
}
/// Error function.
pub fn erf(x: f64) -> f64 {
    c_erf(x)
}
/// Complementary error function.
pub fn erfc(x: f64) -> f64 {
    c_erfc(x)
}
/// Gamma function.
pub fn gamma(x: f64) -> f64 {
    c_tgamma(x)
}
/// IEEE 754 remainder.
pub fn remainder(x: f64, y: f64) -> f64 {
    c_remainder(x, y)
}
/// Logarithm of the absolute value of the gamma function.
pub fn lgamma(x: f64) -> f64 {
    let mut sign = 0;
    // SAFETY: writes the sign and nothing else.
    unsafe { c_lgamma_r(x, &mut sign) }
}
