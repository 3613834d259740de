//! Format strings of the `struct` module, and the conversion of single values to and from bytes.
//!
//! [`Layout::parse`] gives each value's place; the caller walks [`Layout::fields`], converting its objects to a
//! [`Scalar`] and back. `memoryview` and `array` use the same conversions.

mod half;
mod item;

pub use half::{f16_to_f64, f64_to_f16};
pub use item::{Kind, Scalar, kind_of, pack, pack_i64, unpack, unpack_i64};

use std::fmt;

/// `struct.error`, unless said otherwise. `Display` is CPython's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StructError {
    /// Fixed message.
    Message(&'static str),
    /// An integer out of its format's range.
    Range {
        /// Format character.
        code: char,
        /// Lowest allowed.
        min: i128,
        /// Highest allowed.
        max: i128,
    },
    /// OverflowError.
    FloatOverflow(char),
}

impl fmt::Display for StructError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StructError::Message(m) => f.write_str(m),
            StructError::Range { code, min, max } => {
                write!(f, "'{code}' format requires {min} <= number <= {max}")
            }
            StructError::FloatOverflow(code) => {
                write!(f, "float too large to pack with {code} format")
            }
        }
    }
}

impl std::error::Error for StructError {}

/// Byte order, sizes and alignment: the first character of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Most significant byte first.
    pub big_endian: bool,
    /// Native sizes (`@`), with alignment.
    pub native: bool,
}

/// One run of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Format character.
    pub code: char,
    /// What it holds.
    pub kind: Kind,
    /// Offset of the first in bytes.
    pub offset: usize,
    /// Bytes of one value (`s` and `p`: of the whole).
    pub size: usize,
    /// Number of values (`s` and `p`: 1).
    pub count: usize,
}

/// A parsed format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Byte order and sizes.
    pub style: Style,
    /// Runs of values, padding left out.
    pub fields: Vec<Field>,
    /// Total size in bytes.
    pub size: usize,
    /// Number of values.
    pub values: usize,
}

/// Size and alignment of a format character.
fn measure(code: char, native: bool) -> Option<usize> {
    Some(match code {
        'x' | 'b' | 'B' | 'c' | 's' | 'p' | '?' => 1,
        'h' | 'H' | 'e' => 2,
        'i' | 'I' | 'f' => 4,
        'l' | 'L' => {
            if native {
                8
            } else {
                4
            }
        }
        'q' | 'Q' | 'd' | 'F' => 8,
        'D' => 16,
        'n' | 'N' | 'P' if native => 8,
        _ => return None,
    })
}

impl Layout {
    /// Reads a format.
    pub fn parse(format: &[u8]) -> Result<Layout, StructError> {
        let fail = |m| Err(StructError::Message(m));
        if format.contains(&0) {
            return fail("embedded null character");
        }
        let (style, rest) = match format.first() {
            Some(b'@') => (
                Style {
                    big_endian: false,
                    native: true,
                },
                &format[1..],
            ),
            Some(b'=' | b'<') => (
                Style {
                    big_endian: false,
                    native: false,
                },
                &format[1..],
            ),
            Some(b'>' | b'!') => (
                Style {
                    big_endian: true,
                    native: false,
                },
                &format[1..],
            ),
            _ => (
                Style {
                    big_endian: false,
                    native: true,
                },
                format,
            ),
        };
        let too_long = StructError::Message("total struct size too long");
        let mut layout = Layout {
            style,
            fields: Vec::new(),
            size: 0,
            values: 0,
        };
        let mut i = 0;
        while i < rest.len() {
            let mut count = 1usize;
            if rest[i].is_ascii_whitespace() || rest[i] == 11 {
                i += 1;
                continue;
            }
            if rest[i].is_ascii_digit() {
                count = 0;
                while let Some(d) = rest.get(i).filter(|b| b.is_ascii_digit()) {
                    let next = count
                        .checked_mul(10)
                        .and_then(|c| c.checked_add(usize::from(d - b'0')));
                    count = next
                        .filter(|&c| c <= isize::MAX as usize)
                        .ok_or(too_long.clone())?;
                    i += 1;
                }
                if i >= rest.len() {
                    return fail("repeat count given without format specifier");
                }
            }
            let code = char::from(rest[i]);
            i += 1;
            let (Some(size), Some(kind)) = (measure(code, style.native), kind_of(code)) else {
                return fail("bad char in struct format");
            };
            if style.native {
                let align = match code {
                    'F' => 4,
                    'D' => 8,
                    _ => size,
                };
                layout.size = layout
                    .size
                    .checked_next_multiple_of(align)
                    .ok_or(too_long.clone())?;
            }
            let total = size
                .checked_mul(count)
                .and_then(|n| n.checked_add(layout.size));
            let total = total
                .filter(|&n| n <= isize::MAX as usize)
                .ok_or(too_long.clone())?;
            let offset = layout.size;
            layout.size = total;
            match code {
                'x' => {}
                's' | 'p' => {
                    layout.fields.push(Field {
                        code,
                        kind,
                        offset,
                        size: count,
                        count: 1,
                    });
                    layout.values += 1;
                }
                _ if count > 0 => {
                    layout.fields.push(Field {
                        code,
                        kind,
                        offset,
                        size,
                        count,
                    });
                    layout.values += count;
                }
                _ => {}
            }
        }
        Ok(layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(f: &str) -> Result<usize, String> {
        Layout::parse(f.as_bytes())
            .map(|l| l.size)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn sizes_are_cpythons() {
        for (f, n) in [
            ("@3xi", 8),
            ("0i", 0),
            ("3s", 3),
            ("p", 1),
            (">hxI", 7),
            ("b 2h", 6),
            ("<2h", 4),
            ("b0q", 8),
            ("=bq", 9),
        ] {
            assert_eq!(size(f), Ok(n), "{f}");
        }
        for (f, m) in [
            ("z", "bad char in struct format"),
            ("3", "repeat count given without format specifier"),
            ("3 ", "bad char in struct format"),
            ("<n", "bad char in struct format"),
            ("99999999999999999999b", "total struct size too long"),
            ("9223372036854775807q", "total struct size too long"),
            ("b\0", "embedded null character"),
            ("i<", "bad char in struct format"),
        ] {
            assert_eq!(size(f), Err(m.into()), "{f}");
        }
    }

    #[test]
    fn values_round_trip() {
        for big_endian in [false, true] {
            let style = Style {
                big_endian,
                native: false,
            };
            for (code, v) in [
                ('b', Scalar::Int(-3)),
                ('H', Scalar::Int(65535)),
                ('q', Scalar::Int(i64::MIN.into())),
                ('Q', Scalar::Int(u64::MAX.into())),
                ('d', Scalar::Float(0.1)),
                ('f', Scalar::Float(0.5)),
                ('e', Scalar::Float(-1.5)),
                ('?', Scalar::Bool(true)),
                ('c', Scalar::Char(b'x')),
            ] {
                let mut buf = [0; 8];
                let n = measure(code, false).unwrap();
                pack(style, code, v, &mut buf[..n]).unwrap();
                assert_eq!(unpack(style, code, &buf[..n]), Ok(v), "{code}");
            }
        }
        let style = Style {
            big_endian: false,
            native: false,
        };
        let mut b = [0; 8];
        let e = pack(style, 'b', Scalar::Int(200), &mut b[..1]).unwrap_err();
        assert_eq!(e.to_string(), "'b' format requires -128 <= number <= 127");
        let e = pack(style, 'e', Scalar::Float(1e10), &mut b[..2]).unwrap_err();
        assert_eq!(e.to_string(), "float too large to pack with e format");
        assert!(pack(style, 'f', Scalar::Float(1e40), &mut b[..4]).is_err());
        assert!(
            pack(
                Style {
                    native: true,
                    ..style
                },
                'f',
                Scalar::Float(1e40),
                &mut b[..4]
            )
            .is_ok()
        );
    }

    #[test]
    fn every_half_round_trips() {
        for h in 0..=u16::MAX {
            let f = f16_to_f64(h);
            if !f.is_nan() {
                assert_eq!(f64_to_f16(f), Some(h));
            }
        }
        assert_eq!(f64_to_f16(65519.9), Some(0x7bff));
        assert_eq!(f64_to_f16(65520.0), None);
        assert_eq!(
            (
                f64_to_f16(2f64.powi(-25)),
                f64_to_f16(2f64.powi(-25) * 1.01)
            ),
            (Some(0), Some(1))
        );
        assert_eq!(f64_to_f16(2049.0), Some(0x6800));
    }
}
