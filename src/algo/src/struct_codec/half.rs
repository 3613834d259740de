//! IEEE 754 binary16.

/// Value of a half float.
pub fn f16_to_f64(h: u16) -> f64 {
    let sign = if h >> 15 == 1 { -1.0 } else { 1.0 };
    let (e, m) = (i32::from(h >> 10 & 31), f64::from(h & 1023));
    sign * match e {
        0 => m * 2f64.powi(-24),
        31 if m == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + m) * 2f64.powi(e - 25),
    }
}

/// Nearest half float, ties to even; `None` when a finite value would overflow.
pub fn f64_to_f16(x: f64) -> Option<u16> {
    let sign = u16::from(x.is_sign_negative()) << 15;
    let a = x.abs();
    if a.is_nan() {
        return Some(sign | 0x7e00);
    }
    if a.is_infinite() {
        return Some(sign | 0x7c00);
    }
    // Below the least normal the unit is 2**-24.
    if a < 2f64.powi(-14) {
        return Some(sign | (a * 2f64.powi(24)).round_ties_even() as u16);
    }
    let e = (a.to_bits() >> 52) as i32 - 1023;
    if e > 15 {
        return None;
    }
    let m = (a * 2f64.powi(10 - e)).round_ties_even() as u32;
    // A mantissa that rounded up to 2048 carries into the exponent by itself.
    let bits = ((e + 14) as u32 * 1024) + m;
    if bits >= 0x7c00 {
        None
    } else {
        Some(sign | bits as u16)
    }
}
