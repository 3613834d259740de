//! Base64 (RFC 4648), with the lenience of `binascii`.

use super::BinError;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn value(b: u8) -> Option<u8> {
    Some(match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// `b2a_base64(data, newline=newline)`
pub fn b2a_base64(data: &[u8], newline: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4 + 1);
    for c in data.chunks(3) {
        let n = c.iter().fold(0u32, |n, &b| n << 8 | u32::from(b)) << (8 * (3 - c.len()));
        for i in 0..4 {
            let six = (n >> (18 - 6 * i) & 63) as usize;
            out.push(if i <= c.len() { ALPHABET[six] } else { b'=' });
        }
    }
    if newline {
        out.push(b'\n');
    }
    out
}

/// `a2b_base64(text, strict_mode=strict)`
pub fn a2b_base64(text: &[u8], strict: bool) -> Result<Vec<u8>, BinError> {
    let fail = |m| Err(BinError::Message(m));
    if strict && text.first() == Some(&b'=') {
        return fail("Leading padding not allowed");
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut quad, mut left, mut pads, mut padding) = (0u8, 0u8, 0u8, false);
    for (i, &b) in text.iter().enumerate() {
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
