//! UTF-7: what is not plain ASCII stands as UTF-16 in base 64, between `+` and `-`.

use super::{Decoded, Fault, OnFault, apply_decoded};
use crate::binascii::{BASE64 as DIGITS, value};
use crate::text::{StrBuf, StrRef};

fn digit(c: u8) -> Option<u32> {
    value(c).map(u32::from)
}

/// Whether a character is written as it is.
fn direct(c: u32) -> bool {
    match u8::try_from(c) {
        Ok(b'\t' | b'\n' | b'\r') => true,
        Ok(b'+' | b'\\' | b'~') => false,
        Ok(b) => (0x20..0x7f).contains(&b),
        Err(_) => false,
    }
}

/// Encodes, which never fails.
pub fn encode_utf7(s: StrRef<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    let (mut inside, mut bits, mut held) = (false, 0, 0u32);
    for c in s.chars() {
        if direct(c) || !inside && c == b'+'.into() {
            if inside {
                if bits > 0 {
                    out.push(DIGITS[(held << (6 - bits) & 63) as usize]);
                }
                (inside, bits, held) = (false, 0, 0);
                if c == b'-'.into() || digit(c as u8).is_some() {
                    out.push(b'-');
                }
            }
            out.push(c as u8);
            if c == b'+'.into() {
                out.push(b'-');
            }
            continue;
        }
        if !inside {
            out.push(b'+');
            inside = true;
        }
        let pair = match c.checked_sub(0x1_0000) {
            Some(k) => [Some(0xd800 + (k >> 10)), Some(0xdc00 + (k & 0x3ff))],
            None => [None, Some(c)],
        };
        for unit in pair.into_iter().flatten() {
            held = held << 16 | unit;
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(DIGITS[(held >> bits & 63) as usize]);
            }
            held &= (1 << bits) - 1;
        }
    }
    if bits > 0 {
        out.push(DIGITS[(held << (6 - bits) & 63) as usize]);
    }
    if inside {
        out.push(b'-');
    }
    out
}

/// What stands between `+` and its end.
struct Shift {
    /// Where the `+` is.
    start: usize,
    text: StrBuf,
    bits: u32,
    held: u32,
    /// A high surrogate that waits for its low one.
    high: Option<u32>,
}

impl Shift {
    fn push(&mut self, n: u32) {
        self.held = self.held << 6 | n;
        self.bits += 6;
        if self.bits < 16 {
            return;
        }
        self.bits -= 16;
        let unit = self.held >> self.bits;
        self.held &= (1 << self.bits) - 1;
        if let Some(high) = self.high.take() {
            if (0xdc00..0xe000).contains(&unit) {
                self.text
                    .push(0x1_0000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
                return;
            }
            self.text.push(high);
        }
        match unit {
            0xd800..0xdc00 => self.high = Some(unit),
            _ => self.text.push(unit),
        }
    }
}

/// Decodes. Where more is to come, a shift that has not ended is left for later.
pub fn decode_utf7<E>(s: &[u8], last: bool, on_fault: OnFault<'_, E>) -> Result<Decoded, E> {
    let mut out = StrBuf::with_capacity(s.len());
    let mut shift: Option<Shift> = None;
    let mut i = 0;
    loop {
        let (start, reason) = match (s.get(i).copied(), shift.take()) {
            (None, None) => break,
            (None, Some(sh)) if !last => {
                i = sh.start;
                break;
            }
            (None, Some(sh)) => {
                out.push_str(sh.text.as_ref());
                if sh.high.is_none() && sh.bits < 6 && sh.held == 0 {
                    break;
                }
                (sh.start, "unterminated shift sequence")
            }
            (Some(c), Some(mut sh)) => {
                if let Some(n) = digit(c) {
                    sh.push(n);
                    shift = Some(sh);
                    i += 1;
                    continue;
                }
                out.push_str(sh.text.as_ref());
                if sh.bits >= 6 {
                    i += 1;
                    (sh.start, "partial character in shift sequence")
                } else if sh.held != 0 {
                    i += 1;
                    (sh.start, "non-zero padding bits in shift sequence")
                } else {
                    if let Some(high) = sh.high.filter(|_| c < 0x80 && c != b'+') {
                        out.push(high);
                    }
                    i += usize::from(c == b'-');
                    continue;
                }
            }
            (Some(b'+'), None) => {
                let start = i;
                i += 1;
                match s.get(i) {
                    Some(b'-') => {
                        i += 1;
                        out.push(b'+'.into());
                        continue;
                    }
                    Some(&c) if digit(c).is_none() => {
                        i += 1;
                        (start, "ill-formed sequence")
                    }
                    _ => {
                        shift = Some(Shift {
                            start,
                            text: StrBuf::new(),
                            bits: 0,
                            held: 0,
                            high: None,
                        });
                        continue;
                    }
                }
            }
            (Some(c), None) => {
                i += 1;
                if c < 0x80 {
                    out.push(c.into());
                    continue;
                }
                (i - 1, "unexpected special character")
            }
        };
        let fault = Fault {
            encoding: "utf7",
            start,
            end: i,
            reason,
        };
        i = apply_decoded(&mut out, fault, s.len(), on_fault)?;
    }
    Ok(Decoded::new(out.finish(), i))
}
