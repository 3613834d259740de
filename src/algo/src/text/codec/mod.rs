//! Codecs between strings and bytes, with Python's error positions and reasons.
//!
//! What cannot be converted is a [`Fault`], handed to a callback which either gives a replacement and the place to go
//! on at, or an error of the caller's own (a Python exception). [`Policy`] has the handlers that Python predefines, so
//! that a caller only turns `Fault`s that stay into `UnicodeDecodeError`/`UnicodeEncodeError`.

pub mod east;
mod escape;
mod narrow;
mod policy;
mod utf16;
mod utf32;
mod utf7;
mod utf8;

pub use escape::{
    decode_raw_unicode_escape, decode_unicode_escape, encode_raw_unicode_escape,
    encode_unicode_escape,
};
pub use narrow::{decode_ascii, decode_latin1, encode_ascii, encode_latin1};
pub use policy::Policy;
pub use utf7::{decode_utf7, encode_utf7};
pub use utf8::{decode_utf8, encode_utf8, utf8_lossless};
pub use utf16::{decode_utf16, encode_utf16};
pub use utf32::{decode_utf32, encode_utf32};

use super::StrData;
use std::fmt;

/// A stretch that cannot be converted. Positions are bytes when decoding, code points when encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Python's name of the codec, as in the exception.
    pub encoding: &'static str,
    /// First place.
    pub start: usize,
    /// Place after the last.
    pub end: usize,
    /// Python's reason.
    pub reason: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "'{}' codec can't convert position {}-{}: {}",
            self.encoding, self.start, self.end, self.reason
        )
    }
}

/// What a handler puts in place of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replacement {
    /// Text (when decoding: appended; when encoding: encoded in turn, strictly).
    Text(StrData),
    /// Bytes, only when encoding.
    Bytes(Vec<u8>),
}

/// Byte order of UTF-16 and UTF-32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By byte order mark; native (little) without one. Encoding writes the mark.
    Native,
    /// Little endian, no mark.
    Little,
    /// Big endian, no mark.
    Big,
}

/// Result of decoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: StrData,
    /// Bytes used: fewer than given only when not final.
    pub consumed: usize,
    /// UTF-16/32: the order found (`Native` while unknown).
    pub order: Order,
}

impl Decoded {
    /// Of an encoding that has no byte order.
    pub fn new(text: StrData, consumed: usize) -> Decoded {
        Decoded {
            text,
            consumed,
            order: Order::Native,
        }
    }
}

/// Handler of faults: gives a replacement and where to go on.
pub type OnFault<'h, E> = &'h mut dyn FnMut(Fault) -> Result<(Replacement, usize), E>;

pub(crate) fn apply_decoded<E>(
    out: &mut super::StrBuf,
    fault: Fault,
    len: usize,
    on_fault: &mut dyn FnMut(Fault) -> Result<(Replacement, usize), E>,
) -> Result<usize, E> {
    let (r, next) = on_fault(fault)?;
    match r {
        Replacement::Text(t) => out.push_str(t.as_ref()),
        Replacement::Bytes(b) => out.extend(b.into_iter().map(u32::from)),
    }
    Ok(next.min(len))
}
