//! One value to and from bytes.

use super::{StructError, Style, f16_to_f64, f64_to_f16};

/// What a format character holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An integer: signed or not.
    Int {
        /// Has negative values.
        signed: bool,
    },
    /// A float.
    Float,
    /// A truth value.
    Bool,
    /// One byte, as bytes of length 1.
    Char,
    /// `s` and `p`.
    Bytes,
    /// Two floats (`F`, `D`).
    Complex,
    /// Padding.
    Pad,
}

/// Kind of a format character.
pub fn kind_of(code: char) -> Option<Kind> {
    Some(match code {
        'b' | 'h' | 'i' | 'l' | 'q' | 'n' => Kind::Int { signed: true },
        'B' | 'H' | 'I' | 'L' | 'Q' | 'N' | 'P' => Kind::Int { signed: false },
        'e' | 'f' | 'd' => Kind::Float,
        '?' => Kind::Bool,
        'c' => Kind::Char,
        's' | 'p' => Kind::Bytes,
        'F' | 'D' => Kind::Complex,
        'x' => Kind::Pad,
        _ => return None,
    })
}

/// A value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    /// Integers; the caller gives what does not fit i128 as `i128::MAX` or `i128::MIN`, which is out of every range.
    Int(i128),
    /// Floats.
    Float(f64),
    /// Truth values.
    Bool(bool),
    /// Bytes of length 1.
    Char(u8),
    /// Complex numbers.
    Complex(f64, f64),
}

fn store(bytes: &[u8], big_endian: bool, out: &mut [u8]) {
    for (i, b) in bytes.iter().take(out.len()).enumerate() {
        let at = if big_endian { out.len() - 1 - i } else { i };
        out[at] = *b;
    }
}

fn float_bytes(style: Style, code: char, x: f64, out: &mut [u8]) -> Result<(), StructError> {
    match out.len() {
        2 => {
            let h = f64_to_f16(x).ok_or(StructError::FloatOverflow(code))?;
            store(&h.to_le_bytes(), style.big_endian, out);
        }
        4 => {
            let f = x as f32;
            // Native floats are cast as C does, to infinity.
            if f.is_infinite() && x.is_finite() && !style.native {
                return Err(StructError::FloatOverflow(code));
            }
            store(&f.to_le_bytes(), style.big_endian, out);
        }
        _ => store(&x.to_le_bytes(), style.big_endian, out),
    }
    Ok(())
}

/// Writes a value; `out` has the format's size.
pub fn pack(style: Style, code: char, value: Scalar, out: &mut [u8]) -> Result<(), StructError> {
    match (kind_of(code), value) {
        (Some(Kind::Int { signed }), Scalar::Int(n)) => {
            let bits = 8 * out.len() as u32;
            let (min, max) = if signed {
                (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1)
            } else {
                (0, (1i128 << bits) - 1)
            };
            if n < min || n > max {
                return Err(StructError::Range { code, min, max });
            }
            store(&n.to_le_bytes(), style.big_endian, out);
        }
        (Some(Kind::Float), Scalar::Float(x)) => float_bytes(style, code, x, out)?,
        (Some(Kind::Complex), Scalar::Complex(re, im)) => {
            let (a, b) = out.split_at_mut(out.len() / 2);
            float_bytes(style, code, re, a)?;
            float_bytes(style, code, im, b)?;
        }
        (Some(Kind::Bool), Scalar::Bool(b)) => out.fill(u8::from(b)),
        (Some(Kind::Char), Scalar::Char(c)) => out.fill(c),
        (Some(Kind::Int { .. }), _) => {
            return Err(StructError::Message("required argument is not an integer"));
        }
        (Some(Kind::Float), _) => {
            return Err(StructError::Message("required argument is not a float"));
        }
        (Some(Kind::Complex), _) => {
            return Err(StructError::Message("required argument is not a complex"));
        }
        (Some(Kind::Char), _) => {
            return Err(StructError::Message(
                "char format requires a bytes object of length 1",
            ));
        }
        _ => return Err(StructError::Message("bad char in struct format")),
    }
    Ok(())
}

fn float_of(big_endian: bool, b: &[u8]) -> f64 {
    let mut le = [0u8; 8];
    for (i, x) in b.iter().take(8).enumerate() {
        le[if big_endian {
            b.len().min(8) - 1 - i
        } else {
            i
        }] = *x;
    }
    match b.len() {
        2 => f16_to_f64(u16::from_le_bytes([le[0], le[1]])),
        4 => f64::from(f32::from_le_bytes([le[0], le[1], le[2], le[3]])),
        _ => f64::from_le_bytes(le),
    }
}

/// Reads a value; `bytes` has the format's size.
pub fn unpack(style: Style, code: char, bytes: &[u8]) -> Result<Scalar, StructError> {
    Ok(match kind_of(code) {
        Some(Kind::Int { signed }) => {
            let mut n: i128 = 0;
            for i in 0..bytes.len() {
                let at = if style.big_endian {
                    i
                } else {
                    bytes.len() - 1 - i
                };
                n = n << 8 | i128::from(bytes[at]);
            }
            let bits = 8 * bytes.len() as u32;
            if signed && bits > 0 && n >> (bits - 1) & 1 == 1 {
                n -= 1 << bits;
            }
            Scalar::Int(n)
        }
        Some(Kind::Float) => Scalar::Float(float_of(style.big_endian, bytes)),
        Some(Kind::Complex) => {
            let (a, b) = bytes.split_at(bytes.len() / 2);
            Scalar::Complex(float_of(style.big_endian, a), float_of(style.big_endian, b))
        }
        Some(Kind::Bool) => Scalar::Bool(bytes.iter().any(|&b| b != 0)),
        Some(Kind::Char) => Scalar::Char(bytes.first().copied().unwrap_or(0)),
        _ => return Err(StructError::Message("bad char in struct format")),
    })
}
