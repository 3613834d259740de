//! Unicode 16.0 character data: what CPython 3.14's `str` and `unicodedata` are built on.
//!
//! `tables.rs` is generated (`tools/gen_unicode.py`): a two-stage trie of small records, plus sorted side tables
//! for what few characters have. Lookups of a record are two loads; side tables are searched by halves.
//! Case mappings come from Rust's `char`, cut down to the characters that Unicode 16.0 assigns.

pub mod database;
mod tables;

/// What one character is. `category`, `bidi`, `width` index the short-name tables.
#[derive(Debug, Clone, Copy)]
pub struct Record {
    flags: u16,
    category: u8,
    bidi: u8,
    width: u8,
    combining: u8,
    decimal: u8,
    digit: u8,
}

const ALPHA: u16 = 1;
const DECIMAL: u16 = 2;
const DIGIT: u16 = 4;
const NUMERIC: u16 = 8;
const SPACE: u16 = 16;
const LOWER: u16 = 32;
const UPPER: u16 = 64;
const TITLE: u16 = 128;
const PRINTABLE: u16 = 256;
const XID_START: u16 = 512;
const XID_CONTINUE: u16 = 1024;
const CASED: u16 = 2048;
const CASE_IGNORABLE: u16 = 4096;
const MIRRORED: u16 = 8192;

#[inline]
fn record(c: u32) -> &'static Record {
    let block = tables::INDEX.get((c >> 7) as usize).copied().unwrap_or(0);
    let at = (usize::from(block) << 7) | (c & 127) as usize;
    &tables::RECORDS[usize::from(tables::DATA[at])]
}

#[inline]
fn has(c: u32, flag: u16) -> bool {
    record(c).flags & flag != 0
}

macro_rules! predicates {
    ($($(#[$doc:meta])* $name:ident = $flag:expr;)*) => {
        $($(#[$doc])* #[inline] pub fn $name(c: u32) -> bool { has(c, $flag) })*
    };
}

predicates! {
    /// General category L*.
    is_alpha = ALPHA;
    /// Has a decimal digit value (category Nd).
    is_decimal = DECIMAL;
    /// Has a digit value (superscripts and the like included).
    is_digit = DIGIT;
    /// Has a numeric value.
    is_numeric = NUMERIC;
    /// Python's white space: bidirectional class WS, B or S, or category Zs.
    is_space = SPACE;
    /// Derived property Lowercase.
    is_lower = LOWER;
    /// Derived property Uppercase.
    is_upper = UPPER;
    /// Category Lt.
    is_title = TITLE;
    /// `str.isprintable` for one character.
    is_printable = PRINTABLE;
    /// May start an identifier (underscore included).
    is_xid_start = XID_START;
    /// May continue an identifier.
    is_xid_continue = XID_CONTINUE;
    /// Cased and not case-ignorable: what the final sigma rule stops at.
    is_cased = CASED;
    /// Case-ignorable: what the final sigma rule skips.
    is_case_ignorable = CASE_IGNORABLE;
    /// `str.isalnum` for one character.
    is_alnum = ALPHA | DECIMAL | DIGIT | NUMERIC;
    /// Lower, upper or title case.
    has_case = LOWER | UPPER | TITLE;
}

/// A line boundary of `str.splitlines`.
#[inline]
pub fn is_linebreak(c: u32) -> bool {
    matches!(c, 0x0a..=0x0d | 0x1c..=0x1e | 0x85 | 0x2028 | 0x2029)
}

/// Decimal digit value (0 to 9).
#[inline]
pub fn decimal(c: u32) -> Option<u8> {
    if c < 128 {
        let d = c.wrapping_sub(48);
        return (d < 10).then_some(d as u8);
    }
    let d = record(c).decimal;
    (d != 255).then_some(d)
}

/// Digit value (0 to 9), superscripts and circled digits included.
pub fn digit(c: u32) -> Option<u8> {
    let d = record(c).digit;
    (d != 255).then_some(d)
}

/// One character mapped to one, two or three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping {
    chars: [u32; 3],
    len: u8,
}

impl Mapping {
    fn one(c: u32) -> Mapping {
        Mapping {
            chars: [c, 0, 0],
            len: 1,
        }
    }

    fn from_padded(chars: [u32; 3]) -> Mapping {
        let len = 1 + u8::from(chars[1] != 0) + u8::from(chars[2] != 0);
        Mapping { chars, len }
    }

    /// The characters mapped to.
    pub fn as_slice(&self) -> &[u32] {
        &self.chars[..usize::from(self.len)]
    }

    /// The first of them.
    pub fn first(&self) -> u32 {
        self.chars[0]
    }
}

fn side(table: &[(u32, [u32; 3])], c: u32) -> Option<Mapping> {
    let i = table.binary_search_by_key(&c, |e| e.0).ok()?;
    Some(Mapping::from_padded(table[i].1))
}

fn through<I: Iterator<Item = char>>(c: u32, f: impl Fn(char) -> I) -> Mapping {
    // Characters newer than Unicode 16.0 (category Cn here) keep their case.
    let Some(ch) = char::from_u32(c).filter(|_| record(c).category != 0) else {
        return Mapping::one(c);
    };
    let mut chars = [0; 3];
    for (slot, m) in chars.iter_mut().zip(f(ch)) {
        *slot = m as u32;
    }
    let m = Mapping::from_padded(chars);
    if m.as_slice().iter().any(|&x| record(x).category == 0) {
        Mapping::one(c)
    } else {
        m
    }
}

/// Full upper-case mapping.
pub fn to_upper(c: u32) -> Mapping {
    if c < 128 {
        return Mapping::one(u32::from((c as u8).to_ascii_uppercase()));
    }
    through(c, char::to_uppercase)
}

/// Full lower-case mapping (without the final sigma rule).
pub fn to_lower(c: u32) -> Mapping {
    if c < 128 {
        return Mapping::one(u32::from((c as u8).to_ascii_lowercase()));
    }
    through(c, char::to_lowercase)
}

/// Full title-case mapping.
pub fn to_title(c: u32) -> Mapping {
    side(&tables::TITLE, c).unwrap_or_else(|| to_upper(c))
}

/// Full case folding.
pub fn to_folded(c: u32) -> Mapping {
    side(&tables::FOLD, c).unwrap_or_else(|| to_lower(c))
}

/// The one-to-one lower case that the regular expression engine uses.
#[inline]
pub fn simple_lower(c: u32) -> u32 {
    match c {
        // Latin-1 but for the sign of multiplication.
        0xC0..=0xDE if c != 0xD7 => c + 32,
        0x80..0x100 => c,
        _ => to_lower(c).first(),
    }
}

/// The one-to-one upper case that the regular expression engine uses.
#[inline]
pub fn simple_upper(c: u32) -> u32 {
    to_upper(c).first()
}
