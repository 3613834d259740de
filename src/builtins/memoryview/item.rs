//! One item of a view: native formats of one character, as module `struct` defines them.

use crate::builtins::number::{IntRef, float_of};
use crate::object::bytes::Bytes;
use crate::object::obj::Obj;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;

/// A native format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Format {
    /// The character.
    pub code: u8,
    /// Whether it was written with `@`.
    at: bool,
}

impl Format {
    /// Unsigned bytes.
    pub const BYTE: Format = Format {
        code: b'B',
        at: false,
    };

    /// From text: one character, maybe after `@`.
    pub fn parse(s: &str) -> Option<Format> {
        let (at, c) = match s.as_bytes() {
            [b'@', c] => (true, *c),
            [c] => (false, *c),
            _ => return None,
        };
        let f = Format { code: c, at };
        (f.size() > 0).then_some(f)
    }
    /// As it was written.
    pub fn text(self) -> &'static str {
        const CODES: &str = "@c@b@B@?@h@H@i@I@l@L@q@Q@n@N@e@f@d@P";
        match CODES
            .bytes()
            .skip(1)
            .step_by(2)
            .position(|c| c == self.code)
        {
            Some(i) if self.at => &CODES[2 * i..2 * i + 2],
            Some(i) => &CODES[2 * i + 1..2 * i + 2],
            None => "B",
        }
    }
    /// Bytes of an item; 0 for an unknown format.
    pub fn size(self) -> usize {
        match self.code {
            b'c' | b'b' | b'B' | b'?' => 1,
            b'h' | b'H' | b'e' => 2,
            b'i' | b'I' | b'f' => 4,
            b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
            _ => 0,
        }
    }
    fn signed(self) -> bool {
        matches!(self.code, b'b' | b'h' | b'i' | b'l' | b'q' | b'n')
    }
    /// Whether items are bytes.
    pub fn is_bytes(self) -> bool {
        self.size() == 1 && self.code != b'?'
    }

    /// The object of an item.
    pub fn unpack(self, th: &Thread, raw: &[u8]) -> Res {
        let mut word = [0u8; 8];
        let n = raw.len().min(8);
        word[..n].copy_from_slice(&raw[..n]);
        let bits = u64::from_ne_bytes(word);
        Ok(match self.code {
            b'c' => return th.bytes(raw),
            b'?' => Obj::bool(bits != 0),
            b'f' => Obj::float(f64::from(f32::from_bits(bits as u32))),
            b'd' => Obj::float(f64::from_bits(bits)),
            b'e' => Obj::float(half_to_f64(bits as u16)),
            _ if self.signed() => {
                let unused = 64 - 8 * n as u32;
                th.int(((bits << unused) as i64) >> unused)
            }
            _ => th.uint(bits),
        })
    }

    /// The bytes of an item, in the first `size` of the result.
    pub fn pack(self, th: &Thread, o: &Obj) -> Res<[u8; 8]> {
        let wrong_type = || -> Exc {
            th.type_error(format!(
                "memoryview: invalid type for format '{}'",
                char::from(self.code)
            ))
        };
        let wrong_value = || -> Exc {
            th.value_error(format!(
                "memoryview: invalid value for format '{}'",
                char::from(self.code)
            ))
        };
        let word = |n: u64| n.to_ne_bytes();
        match self.code {
            b'c' => match o.cast::<Bytes>().map(|b| b.bytes()) {
                Some([b]) => Ok(word(u64::from(*b))),
                Some(_) => Err(wrong_value()),
                None => Err(wrong_type()),
            },
            b'?' => Ok(word(u64::from(th.truthy(o)?))),
            b'e' | b'f' | b'd' => {
                let slots = th.type_of(o).slots();
                if float_of(o).is_none() && slots.float.is_none() && slots.index.is_none() {
                    return Err(wrong_type());
                }
                let x = th.to_f64(o)?;
                Ok(match self.code {
                    b'd' => word(x.to_bits()),
                    b'f' => {
                        let y = x as f32;
                        if y.is_infinite() && x.is_finite() {
                            return Err(wrong_value());
                        }
                        word(u64::from(y.to_bits()))
                    }
                    _ => word(u64::from(f64_to_half(x).ok_or_else(wrong_value)?)),
                })
            }
            _ => {
                if o.as_small_int().is_none() && th.type_of(o).slots().index.is_none() {
                    return Err(wrong_type());
                }
                let i = th.index(o)?;
                let n = IntRef::of(&i).ok_or_else(wrong_type)?;
                let bits = 8 * self.size() as u32;
                let wide = match n {
                    IntRef::Small(n) => i128::from(n),
                    IntRef::Big(b) => i128::try_from(b).map_err(|_| wrong_value())?,
                };
                let (low, high) = if self.signed() {
                    (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1)
                } else {
                    (0, (1i128 << bits) - 1)
                };
                if wide < low || wide > high {
                    return Err(wrong_value());
                }
                Ok(word(wide as u64))
            }
        }
    }
}

/// IEEE half precision, exactly.
fn half_to_f64(h: u16) -> f64 {
    let (sign, e, m) = (h >> 15, h >> 10 & 31, f64::from(h & 1023));
    let x = match e {
        0 => m / 1024.0 * 2f64.powi(-14),
        31 if m == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + m / 1024.0) * 2f64.powi(i32::from(e) - 15),
    };
    if sign == 1 { -x } else { x }
}

/// To half precision, ties to even; `None` when it is too large.
fn f64_to_half(x: f64) -> Option<u16> {
    let sign = u16::from(x.is_sign_negative()) << 15;
    let a = x.abs();
    if a.is_nan() {
        return Some(sign | 0x7e00);
    }
    if a.is_infinite() {
        return Some(sign | 0x7c00);
    }
    if a < 2f64.powi(-14) {
        // Subnormal: a multiple of 2**-24; rounding up to the first normal number carries over by itself.
        return Some(sign | (a * 2f64.powi(24)).round_ties_even() as u16);
    }
    let e = (a.to_bits() >> 52) as i32 - 1023;
    let m = (a / 2f64.powi(e) * 1024.0).round_ties_even() as i32;
    let h = ((e + 15) << 10) + (m - 1024);
    if h >= 31 << 10 {
        None
    } else {
        Some(sign | h as u16)
    }
}
