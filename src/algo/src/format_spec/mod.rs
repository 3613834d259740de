//! The format mini-language of `format()`, f-strings and `str.format` for numbers and strings.
//!
//! `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`. [`FormatSpec::parse`] reads it; one
//! function for each type formats. Width and precision are not bounded here: the caller checks [`FormatSpec::width`]
//! and [`FormatSpec::precision`] against its memory limit first.

mod number;
mod spec;

pub use number::{format_complex, format_float, format_int, format_int_digits};
pub use spec::{Align, FormatSpec, Grouping};

use crate::text::{StrBuf, StrData, StrRef};
use std::fmt;

/// What is wrong with a specification. `Display` is CPython's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatError {
    /// ValueError with a fixed message.
    Message(&'static str),
    /// ValueError: the specification does not parse.
    Invalid {
        /// The specification.
        spec: String,
        /// The type's name.
        type_name: String,
    },
    /// ValueError: this type has no such code.
    UnknownCode {
        /// The code.
        code: u32,
        /// The type's name.
        type_name: String,
    },
    /// ValueError: grouping and code do not go together.
    Grouping {
        /// `,` or `_`.
        grouping: char,
        /// The code.
        code: u32,
    },
    /// OverflowError: `c` of a number that is no code point.
    CharRange,
    /// OverflowError: `c` of a number that is no machine integer.
    CharOverflow,
    /// ValueError: more digits than `sys.get_int_max_str_digits()`.
    DigitLimit(usize),
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |code: u32| match code {
            33..=127 => char::from(code as u8).to_string(),
            _ => format!("\\x{code:x}"),
        };
        match self {
            FormatError::Message(m) => f.write_str(m),
            FormatError::Invalid { spec, type_name } => {
                write!(
                    f,
                    "Invalid format specifier '{spec}' for object of type '{type_name}'"
                )
            }
            FormatError::UnknownCode { code, type_name } => {
                write!(
                    f,
                    "Unknown format code '{}' for object of type '{type_name}'",
                    shown(*code)
                )
            }
            FormatError::Grouping { grouping, code } => {
                write!(f, "Cannot specify '{grouping}' with '{}'.", shown(*code))
            }
            FormatError::CharRange => f.write_str("%c arg not in range(0x110000)"),
            FormatError::CharOverflow => f.write_str("Python int too large to convert to C long"),
            FormatError::DigitLimit(limit) => {
                write!(f, "{}", crate::int::IntError::DigitLimit(*limit))
            }
        }
    }
}

impl std::error::Error for FormatError {}

/// `format(str, spec)`; parse with [`FormatSpec::parse_for_str`].
pub fn format_str(s: StrRef<'_>, spec: &FormatSpec) -> Result<StrData, FormatError> {
    match spec.sign {
        Some(' ') => {
            return Err(FormatError::Message(
                "Space not allowed in string format specifier",
            ));
        }
        Some(_) => {
            return Err(FormatError::Message(
                "Sign not allowed in string format specifier",
            ));
        }
        None => {}
    }
    if spec.no_neg_0 {
        return Err(FormatError::Message(
            "Negative zero coercion (z) not allowed in string format specifier",
        ));
    }
    if spec.alt {
        return Err(FormatError::Message(
            "Alternate form (#) not allowed in string format specifier",
        ));
    }
    if spec.align == Align::AfterSign {
        return Err(FormatError::Message(
            "'=' alignment not allowed in string format specifier",
        ));
    }
    if spec.code != Some(u32::from(b's')) && spec.code.is_some() {
        return Err(spec.unknown_code("str"));
    }
    let s = s.slice(0, spec.precision.unwrap_or(usize::MAX));
    let mut out = StrBuf::with_capacity(s.len().max(spec.width.unwrap_or(0)));
    let (left, right) = spec.margins(s.len());
    out.push_n(spec.fill, left);
    out.push_str(s);
    out.push_n(spec.fill, right);
    Ok(out.finish())
}
