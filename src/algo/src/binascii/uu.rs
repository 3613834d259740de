//! One line of uuencoded data.

use super::BinError;

/// `b2a_uu(data, backtick=backtick)`
pub fn b2a_uu(data: &[u8], backtick: bool) -> Result<Vec<u8>, BinError> {
    if data.len() > 45 {
        return Err(BinError::Message("At most 45 bytes at once"));
    }
    let show = |v: u8| if v == 0 && backtick { b'`' } else { v + b' ' };
    let mut out = vec![show(data.len() as u8)];
    for c in data.chunks(3) {
        let n = c.iter().fold(0u32, |n, &b| n << 8 | u32::from(b)) << (8 * (3 - c.len()));
        out.extend((0..4).map(|i| show((n >> (18 - 6 * i) & 63) as u8)));
    }
    out.push(b'\n');
    Ok(out)
}

/// `a2b_uu(line)`
pub fn a2b_uu(line: &[u8]) -> Result<Vec<u8>, BinError> {
    let Some(&first) = line.first() else {
        return Ok(Vec::new());
    };
    let len = usize::from(first.wrapping_sub(b' ') & 63);
    let mut out = Vec::with_capacity(len);
    let mut rest = &line[1..];
    let (mut left, mut bits) = (0u32, 0);
    while out.len() < len {
        // Spaces stripped from the end, and the end itself, are zeros.
        let v = match rest.first() {
            None | Some(b'\n' | b'\r') => 0,
            Some(b @ b' '..=b'`') => (b - b' ') & 63,
            Some(_) => return Err(BinError::Message("Illegal char")),
        };
        rest = rest.get(1..).unwrap_or(&[]);
        left = left << 6 | u32::from(v);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((left >> bits) as u8);
            left &= (1 << bits) - 1;
        }
    }
    if rest
        .iter()
        .any(|b| !matches!(b, b' ' | b'`' | b'\n' | b'\r'))
    {
        return Err(BinError::Message("Trailing garbage"));
    }
    Ok(out)
}
