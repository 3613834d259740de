//! What the `__format__` methods of built-in types share.

use crate::object::obj::{Obj, Py};
use crate::object::string::Str;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_algo::format_spec::{FormatError, FormatSpec};

/// The argument of `__format__`.
pub fn format_spec_text<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<Str>> {
    super::arg(th, o, "__format__() argument")
}

/// The exception of a format error.
#[cold]
pub fn format_error(th: &Thread, e: FormatError) -> Exc {
    match e {
        FormatError::CharRange | FormatError::CharOverflow => th.overflow_error(e.to_string()),
        _ => th.value_error(e.to_string()),
    }
}

/// The same for a value whose type is called `ty`, which may be a subclass.
#[cold]
pub fn format_error_of(th: &Thread, ty: String, e: FormatError) -> Exc {
    match e {
        FormatError::UnknownCode { code, .. } => format_error(
            th,
            FormatError::UnknownCode {
                code,
                type_name: ty,
            },
        ),
        e => format_error(th, e),
    }
}

/// Holds width and precision of a number's specification against the memory limit.
pub fn check_spec(th: &Thread, spec: &FormatSpec) -> Res<()> {
    let precision = spec.precision.unwrap_or(0);
    if i32::try_from(precision).is_err() {
        return Err(th.value_error("precision too big"));
    }
    check_width(th, spec.width.unwrap_or(0).saturating_add(precision))
}

/// Asks for memory for so many characters, where they are many.
pub fn check_width(th: &Thread, chars: usize) -> Res<()> {
    if chars > 4096 {
        th.reserve(chars.saturating_mul(4))
    } else {
        Ok(())
    }
}
