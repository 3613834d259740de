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

/// Writes the low bytes of a word, as many as there is room for.
#[inline]
fn store(word: u64, big_endian: bool, out: &mut [u8]) {
    macro_rules! sizes {
        ($($n:literal $t:ty),*) => {
            match out.len() {
                $($n => out.copy_from_slice(&match big_endian {
                    true => (word as $t).to_be_bytes(),
                    false => (word as $t).to_le_bytes(),
                }),)*
                _ => debug_assert!(false, "no such size"),
            }
        };
    }
    sizes!(1 u8, 2 u16, 4 u32, 8 u64);
}

/// The word that so few bytes are.
#[inline]
fn load(b: &[u8], big_endian: bool) -> u64 {
    macro_rules! sizes {
        ($($n:literal $t:ty),*) => {
            match b.len() {
                $($n => {
                    let mut all = [0; $n];
                    all.copy_from_slice(b);
                    match big_endian {
                        true => <$t>::from_be_bytes(all).into(),
                        false => <$t>::from_le_bytes(all).into(),
                    }
                })*
                _ => 0,
            }
        };
    }
    sizes!(1 u8, 2 u16, 4 u32, 8 u64)
}

/// Writes an integer; `false` (and nothing done) where it is out of range. `out` has the format's size.
#[inline]
pub fn pack_i64(style: Style, signed: bool, n: i64, out: &mut [u8]) -> bool {
    let shift = 64 - 8 * out.len() as u32;
    let fits = match signed {
        true => n << shift >> shift == n,
        false => n >= 0 && (n as u64) << shift >> shift == n as u64,
    };
    if fits {
        store(n as u64, style.big_endian, out);
    }
    fits
}

/// Reads an integer; an unsigned one of eight bytes may be beyond `i64`, then the word is its low half and `true` with it.
#[inline]
pub fn unpack_i64(style: Style, signed: bool, bytes: &[u8]) -> (i64, bool) {
    let word = load(bytes, style.big_endian) as i64;
    match signed {
        true => {
            let shift = 64 - 8 * bytes.len() as u32;
            (word << shift >> shift, false)
        }
        false => (word, word < 0),
    }
}

fn float_bytes(style: Style, code: char, x: f64, out: &mut [u8]) -> Result<(), StructError> {
    let word = match out.len() {
        2 => f64_to_f16(x)
            .ok_or(StructError::FloatOverflow(code))?
            .into(),
        4 => {
            let f = x as f32;
            // Native floats are cast as C does, to infinity.
            if f.is_infinite() && x.is_finite() && !style.native {
                return Err(StructError::FloatOverflow(code));
            }
            f.to_bits().into()
        }
        _ => x.to_bits(),
    };
    store(word, style.big_endian, out);
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
            store(n as u64, style.big_endian, out);
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

#[inline]
fn float_of(big_endian: bool, b: &[u8]) -> f64 {
    let word = load(b, big_endian);
    match b.len() {
        2 => f16_to_f64(word as u16),
        4 => f32::from_bits(word as u32).into(),
        _ => f64::from_bits(word),
    }
}

/// Reads a value; `bytes` has the format's size.
pub fn unpack(style: Style, code: char, bytes: &[u8]) -> Result<Scalar, StructError> {
    Ok(match kind_of(code) {
        Some(Kind::Int { signed }) => {
            let (n, beyond) = unpack_i64(style, signed, bytes);
            Scalar::Int(if beyond {
                i128::from(n as u64)
            } else {
                n.into()
            })
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
