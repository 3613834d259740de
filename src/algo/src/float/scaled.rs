//! Decimal digits by integers: exact wherever a double and a power of ten fit into 128 bits, which most do that people
//! write.

/// The largest power of ten that is tried: 53 bits times `10**22` stay below 127.
const MOST: usize = 22;

/// `x * 10**places`, rounded half to even, of a number that is finite and not negative; `None`: it does not fit.
pub fn scaled(x: f64, places: usize) -> Option<u128> {
    if places > MOST {
        return None;
    }
    let bits = x.to_bits();
    let (raw, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    let (mantissa, exp) = match raw {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, raw - 1075),
    };
    let n = u128::from(mantissa) * 10u128.pow(places as u32);
    if exp >= 0 {
        return (n.leading_zeros() as i32 > exp).then(|| n << exp);
    }
    let cut = exp.unsigned_abs();
    if cut >= 128 {
        // `n` is below 2**127, less than half of the last place.
        return Some(0);
    }
    let (whole, rest, half) = (n >> cut, n & ((1 << cut) - 1), 1 << (cut - 1));
    let up = rest > half || rest == half && whole & 1 == 1;
    Some(whole + u128::from(up))
}

/// So many significant digits of a number that is finite and not negative, and how many places of them stand behind the
/// point; `None` for zero as well.
pub fn significant(x: f64, digits: usize) -> Option<(u128, usize)> {
    if x == 0.0 || digits > MOST {
        return None;
    }
    let places = digits as i32 - 1 - x.log10().floor() as i32;
    // The estimate may be off by one, and rounding may carry into a further digit.
    for places in [places, places - 1, places + 1] {
        let places = usize::try_from(places).ok()?;
        let n = scaled(x, places)?;
        if n > 0 && n.ilog10() as usize + 1 == digits {
            return Some((n, places));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_say_what_formatting_says() {
        let mut seed = 1u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed >> 11
        };
        for round in 0..20_000 {
            let x = match round % 4 {
                0 => f64::from_bits(next() << 10 & !(1 << 63)),
                1 => next() as f64 / 1024.0,
                2 => (next() % 100_000) as f64 / 1000.0,
                _ => (next() % 1000) as f64 / 8.0,
            };
            if !x.is_finite() {
                continue;
            }
            for places in 0..=MOST {
                if let Some(n) = scaled(x, places) {
                    let text = format!("{x:.places$}").replace('.', "");
                    let text = text.trim_start_matches('0');
                    assert_eq!(
                        n.to_string(),
                        if text.is_empty() { "0" } else { text },
                        "{x:e} {places}"
                    );
                }
            }
            for digits in 1..18 {
                if let Some((n, places)) = significant(x, digits) {
                    let text = format!("{:.*e}", digits - 1, x);
                    let (mantissa, exp) = text.split_once('e').unwrap();
                    assert_eq!(n.to_string(), mantissa.replace('.', ""), "{x:e} {digits}");
                    let exp: i32 = exp.parse().unwrap();
                    assert_eq!(places as i32, digits as i32 - 1 - exp, "{x:e} {digits}");
                }
            }
        }
    }
}
