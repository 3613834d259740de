//! Base64 (RFC 4648), with the lenience of `binascii`.

use super::{BinError, NONE, values};

/// The digits.
pub(crate) const ALPHABET: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of each byte as a digit, or [`NONE`].
const VALUES: [u8; 256] = values(ALPHABET);

/// The value of a byte as a digit.
pub(crate) fn value(b: u8) -> Option<u8> {
    Some(VALUES[usize::from(b)]).filter(|&v| v != NONE)
}

/// `b2a_base64(data, newline=newline)`
pub fn b2a_base64(data: &[u8], newline: bool) -> Vec<u8> {
    let digit = |n: u32, shift: u32| ALPHABET[(n >> shift & 63) as usize];
    let mut out = vec![b'='; data.len().div_ceil(3) * 4];
    let whole = data.chunks_exact(3);
    let rest = whole.remainder();
    for (c, o) in whole.zip(out.chunks_exact_mut(4)) {
        let n = u32::from(c[0]) << 16 | u32::from(c[1]) << 8 | u32::from(c[2]);
        o.copy_from_slice(&[digit(n, 18), digit(n, 12), digit(n, 6), digit(n, 0)]);
    }
    if let (&[first, ref second @ ..], Some(o)) = (rest, out.chunks_exact_mut(4).last()) {
        let n = u32::from(first) << 16 | u32::from(second.first().copied().unwrap_or(0)) << 8;
        o[0] = digit(n, 18);
        o[1] = digit(n, 12);
        if !second.is_empty() {
            o[2] = digit(n, 6);
        }
    }
    if newline {
        out.push(b'\n');
    }
    out
}

/// Decodes the whole groups of four digits at the beginning, and returns how many bytes of the text they are.
fn whole_groups(text: &[u8], out: &mut Vec<u8>) -> usize {
    let mut taken = 0;
    for group in text.chunks_exact(4) {
        let v = [group[0], group[1], group[2], group[3]].map(|b| VALUES[usize::from(b)]);
        // Digits are below 64, so that any other byte shows in the highest bit.
        if (v[0] | v[1] | v[2] | v[3]) & 0x80 != 0 {
            break;
        }
        out.extend([
            v[0] << 2 | v[1] >> 4,
            v[1] << 4 | v[2] >> 2,
            v[2] << 6 | v[3],
        ]);
        taken += 4;
    }
    taken
}

/// `a2b_base64(text, strict_mode=strict)`
pub fn a2b_base64(text: &[u8], strict: bool) -> Result<Vec<u8>, BinError> {
    let fail = |m| Err(BinError::Message(m));
    if strict && text.first() == Some(&b'=') {
        return fail("Leading padding not allowed");
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut quad, mut left, mut pads, mut padding) = (0u8, 0u8, 0u8, false);
    let taken = whole_groups(text, &mut out);
    for (i, &b) in text.iter().enumerate().skip(taken) {
        if b == b'=' {
            padding = true;
            if strict && quad == 0 {
                return fail("Excess padding not allowed");
            }
            if quad >= 2 {
                pads += 1;
                if quad + pads >= 4 {
                    if strict && i + 1 < text.len() {
                        return fail("Excess data after padding");
                    }
                    return Ok(out);
                }
            }
            continue;
        }
        let Some(v) = value(b) else {
            if strict {
                return fail("Only base64 data is allowed");
            }
            continue;
        };
        if strict && padding {
            return fail("Discontinuous padding not allowed");
        }
        pads = 0;
        match quad {
            0 => {}
            1 => out.push(left << 2 | v >> 4),
            2 => out.push(left << 4 | v >> 2),
            _ => out.push(left << 6 | v),
        }
        left = v;
        quad = (quad + 1) % 4;
    }
    match quad {
        0 => Ok(out),
        1 => Err(BinError::DataCharacters(out.len() / 3 * 4 + 1)),
        _ => fail("Incorrect padding"),
    }
}
