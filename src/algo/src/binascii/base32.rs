//! Base 32, with an alphabet that is given.

use super::{BinError, NONE, values};

/// Five bytes become eight characters, padded with `=`.
pub fn b32encode(alphabet: &[u8; 32], data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(5) * 8);
    for part in data.chunks(5) {
        let mut word = [0; 8];
        word[3..3 + part.len()].copy_from_slice(part);
        let n = u64::from_be_bytes(word);
        let digits = (part.len() * 8).div_ceil(5);
        for k in 0..8 {
            out.push(match k < digits {
                true => alphabet[(n >> (35 - 5 * k) & 31) as usize],
                false => b'=',
            });
        }
    }
    out
}

/// And back; letters are taken as they are.
pub fn b32decode(alphabet: &[u8; 32], data: &[u8]) -> Result<Vec<u8>, BinError> {
    if !data.len().is_multiple_of(8) {
        return Err(BinError::Message("Incorrect padding"));
    }
    let digit = values(alphabet);
    let end = data.iter().rposition(|&c| c != b'=').map_or(0, |n| n + 1);
    let mut out = Vec::with_capacity(data.len() / 8 * 5);
    for part in data[..end].chunks(8) {
        let mut n = 0u64;
        for &c in part {
            match digit[usize::from(c)] {
                NONE => return Err(BinError::Message("Non-base32 digit found")),
                d => n = n << 5 | u64::from(d),
            }
        }
        n <<= 5 * (8 - part.len());
        out.extend(&n.to_be_bytes()[3..]);
    }
    let left = match data.len() - end {
        0 => 0,
        1 => 1,
        3 => 2,
        4 => 3,
        6 => 4,
        _ => return Err(BinError::Message("Incorrect padding")),
    };
    out.truncate(out.len().saturating_sub(left));
    Ok(out)
}
