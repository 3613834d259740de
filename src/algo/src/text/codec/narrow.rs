//! ASCII and Latin-1.

use super::{Decoded, Fault, OnFault, Replacement, apply_decoded};
use crate::text::{StrBuf, StrData, StrRef};

/// Decodes ASCII.
pub fn decode_ascii<E>(s: &[u8], on_fault: OnFault<'_, E>) -> Result<Decoded, E> {
    let mut out = StrBuf::with_capacity(s.len());
    let mut i = 0;
    while i < s.len() {
        let n = s[i..].iter().position(|&b| b >= 128).unwrap_or(s.len() - i);
        out.push_ascii(&s[i..i + n]);
        i += n;
        if i < s.len() {
            let fault = Fault {
                encoding: "ascii",
                start: i,
                end: i + 1,
                reason: "ordinal not in range(128)",
            };
            i = apply_decoded(&mut out, fault, s.len(), on_fault)?;
        }
    }
    Ok(Decoded::new(out.finish(), i))
}

/// Decodes Latin-1, which never fails.
pub fn decode_latin1(s: &[u8]) -> StrData {
    if s.is_ascii() {
        StrData::Ascii(s.to_vec())
    } else {
        StrData::Latin1(s.to_vec())
    }
}

/// Encodes to ASCII.
pub fn encode_ascii<E>(s: StrRef<'_>, on_fault: OnFault<'_, E>) -> Result<Vec<u8>, E> {
    encode(s, 128, "ascii", "ordinal not in range(128)", on_fault)
}

/// Encodes to Latin-1.
pub fn encode_latin1<E>(s: StrRef<'_>, on_fault: OnFault<'_, E>) -> Result<Vec<u8>, E> {
    encode(s, 256, "latin-1", "ordinal not in range(256)", on_fault)
}

fn encode<E>(
    s: StrRef<'_>,
    limit: u32,
    encoding: &'static str,
    reason: &'static str,
    on_fault: OnFault<'_, E>,
) -> Result<Vec<u8>, E> {
    match s {
        StrRef::Ascii(u) => return Ok(u.to_vec()),
        StrRef::Latin1(u) if limit == 256 => return Ok(u.to_vec()),
        _ => {}
    }
    let mut out = Vec::with_capacity(s.len());
    let mut i = 0;
    while i < s.len() {
        let c = s.at(i);
        if c < limit {
            out.push(c as u8);
            i += 1;
            continue;
        }
        let end = i + s
            .slice(i, s.len())
            .chars()
            .take_while(|&c| c >= limit)
            .count();
        let fault = Fault {
            encoding,
            start: i,
            end,
            reason,
        };
        let (r, next) = on_fault(fault)?;
        match r {
            Replacement::Bytes(b) => out.extend(b),
            Replacement::Text(t) => {
                if t.as_ref().chars().any(|c| c >= limit) {
                    on_fault(fault).map(|_| ())?;
                }
                out.extend(t.as_ref().chars().map(|c| c as u8));
            }
        }
        i = next.min(s.len());
    }
    Ok(out)
}
