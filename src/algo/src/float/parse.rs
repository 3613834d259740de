//! Reading floats.

/// `float(text)`: ASCII, white space stripped, digits of other scripts mapped by the caller. Underscores may stand
/// between digits. `None` is ValueError "could not convert string to float: " + repr.
pub fn parse_float(text: &[u8]) -> Option<f64> {
    let body = match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    };
    let named = |names: [&[u8]; 2]| names.iter().any(|n| body.eq_ignore_ascii_case(n));
    let sign = if text.first() == Some(&b'-') {
        -1.0
    } else {
        1.0
    };
    if named([b"inf", b"infinity"]) {
        return Some(f64::INFINITY.copysign(sign));
    }
    if body.eq_ignore_ascii_case(b"nan") {
        return Some(f64::NAN.copysign(sign));
    }
    // What is left must look like a number, so that no word of Rust's parser slips in.
    if !body
        .iter()
        .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-' | b'_'))
    {
        return None;
    }
    if !text.contains(&b'_') {
        return std::str::from_utf8(text).ok()?.parse().ok();
    }
    let mut plain = Vec::with_capacity(text.len());
    for (i, &b) in text.iter().enumerate() {
        if b == b'_' {
            let digit =
                |j: Option<usize>| j.and_then(|j| text.get(j)).is_some_and(u8::is_ascii_digit);
            if !digit(i.checked_sub(1)) || !digit(Some(i + 1)) {
                return None;
            }
        } else {
            plain.push(b);
        }
    }
    std::str::from_utf8(&plain).ok()?.parse().ok()
}
