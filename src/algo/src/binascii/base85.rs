//! Base 85 in its two forms: Adobe's, with short forms of zeros and spaces, and that of Git, with an alphabet of its own.

use super::{NONE, values};

/// Four bytes become five characters. Without `pad` the end is as short as the data.
pub fn b85encode(alphabet: &[u8; 85], data: &[u8], pad: bool, nuls: bool, spaces: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(4) * 5);
    for part in data.chunks(4) {
        let mut word = [0; 4];
        word[..part.len()].copy_from_slice(part);
        let mut n = u32::from_be_bytes(word);
        let whole = part.len() == 4 || pad;
        if nuls && n == 0 && whole {
            out.push(b'z');
        } else if spaces && n == 0x2020_2020 {
            out.push(b'y');
        } else {
            let mut five = [0; 5];
            for c in five.iter_mut().rev() {
                *c = alphabet[(n % 85) as usize];
                n /= 85;
            }
            let len = if whole { 5 } else { part.len() + 1 };
            out.extend(&five[..len]);
        }
    }
    out
}

/// What is wrong with characters that are to be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// One that means nothing, at this place.
    Character(usize),
    /// Five that are more than four bytes, from this place.
    Overflow(usize),
    /// A short form (`z`, `y`) among five.
    Inside(u8),
}

/// Decodes with an alphabet.
pub fn b85decode(alphabet: &[u8; 85], data: &[u8]) -> Result<Vec<u8>, Wrong> {
    let digit = values(alphabet);
    let mut out = Vec::with_capacity(data.len().div_ceil(5) * 4);
    for (k, part) in data.chunks(5).enumerate() {
        let mut n = 0u64;
        for j in 0..5 {
            // What is missing counts as the last character.
            let d = part.get(j).map_or(84, |&c| digit[usize::from(c)]);
            if d == NONE {
                return Err(Wrong::Character(5 * k + j));
            }
            n = n * 85 + u64::from(d);
        }
        let n = u32::try_from(n).map_err(|_| Wrong::Overflow(5 * k))?;
        out.extend(n.to_be_bytes());
    }
    out.truncate(out.len() - (5 - data.len() % 5) % 5);
    Ok(out)
}

/// Decodes Adobe's form.
pub fn a85decode(data: &[u8], spaces: bool, ignored: &[u8]) -> Result<Vec<u8>, Wrong> {
    let mut out = Vec::with_capacity(data.len().div_ceil(5) * 4);
    let (mut n, mut len) = (0u64, 0);
    for (at, &c) in data.iter().chain(b"uuuu").enumerate() {
        match c {
            b'!'..=b'u' => {
                n = n * 85 + u64::from(c - b'!');
                len += 1;
                if len == 5 {
                    let word = u32::try_from(n).map_err(|_| Wrong::Overflow(at))?;
                    out.extend(word.to_be_bytes());
                    (n, len) = (0, 0);
                }
            }
            b'z' | b'y' if c == b'z' || spaces => {
                if len != 0 {
                    return Err(Wrong::Inside(c));
                }
                out.extend(if c == b'z' { [0; 4] } else { [b' '; 4] });
            }
            _ if ignored.contains(&c) => {}
            _ => return Err(Wrong::Character(at)),
        }
    }
    // What is left of the four that were added was not needed.
    out.truncate(out.len().saturating_sub(4 - len));
    Ok(out)
}
