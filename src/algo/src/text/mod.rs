//! Python's strings as slices of code units, and the algorithms of `str` over them.
//!
//! A string is stored in the narrowest of four kinds (PEP 393). [`StrRef`] borrows one; a slice of a string keeps its
//! kind even where a narrower one would do, so every function here accepts such slices. [`StrBuf`] builds a string and
//! finishes into the narrowest [`StrData`]. Positions and lengths count code points (which are code units here).
//! Functions that cut give ranges and let the caller slice. What `bytes` shares is generic over [`Unit`].

mod buf;
pub mod case;
pub mod classify;
pub mod codec;
mod find;
pub mod layout;
mod repr;
pub mod split;

pub use buf::{StrBuf, StrData};
pub use find::{
    Units, count, count_units, find, find_units, replace, replace_bytes, rfind, rfind_units,
};
pub use repr::{ascii, bytes_repr, repr};

/// One code unit of a string or of bytes.
pub trait Unit: Copy + Eq + Ord + std::fmt::Debug + 'static {
    /// Its code point.
    fn cp(self) -> u32;
    /// The unit of a code point, if it fits.
    fn from_cp(c: u32) -> Option<Self>;
    /// The units as bytes, where they are bytes.
    fn as_bytes(_units: &[Self]) -> Option<&[u8]> {
        None
    }
    /// First place of a unit.
    fn position(hay: &[Self], unit: Self) -> Option<usize>;
    /// Last place of a unit.
    fn rposition(hay: &[Self], unit: Self) -> Option<usize>;
    /// Substring search, first place. `needle` has at least two units.
    fn search(hay: &[Self], needle: &[Self]) -> Option<usize>;
    /// Substring search, last place. `needle` has at least two units.
    fn rsearch(hay: &[Self], needle: &[Self]) -> Option<usize>;
}

/// A borrowed string. `Ascii` has units below 128; the others may hold anything that fits, lone surrogates included.
#[derive(Debug, Clone, Copy)]
pub enum StrRef<'a> {
    /// Code points below 128.
    Ascii(&'a [u8]),
    /// Code points below 256.
    Latin1(&'a [u8]),
    /// Code points below 65536.
    Ucs2(&'a [u16]),
    /// Any code points.
    Ucs4(&'a [u32]),
}

/// Runs one body for whichever unit type a [`StrRef`] has.
#[macro_export]
macro_rules! each_kind {
    ($s:expr, $u:ident => $body:expr) => {
        match $s {
            $crate::text::StrRef::Ascii($u) | $crate::text::StrRef::Latin1($u) => $body,
            $crate::text::StrRef::Ucs2($u) => $body,
            $crate::text::StrRef::Ucs4($u) => $body,
        }
    };
}

impl<'a> StrRef<'a> {
    /// Length in code points.
    #[inline]
    pub fn len(self) -> usize {
        each_kind!(self, u => u.len())
    }

    /// No code points.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The code point at a place; panics out of range as slices do.
    #[inline]
    pub fn at(self, i: usize) -> u32 {
        each_kind!(self, u => u[i].cp())
    }

    /// The code point at a place.
    #[inline]
    pub fn get(self, i: usize) -> Option<u32> {
        each_kind!(self, u => u.get(i).map(|x| x.cp()))
    }

    /// The part from `start` to `end`, clamped to the length.
    pub fn slice(self, start: usize, end: usize) -> StrRef<'a> {
        let end = end.min(self.len());
        let start = start.min(end);
        match self {
            StrRef::Ascii(u) => StrRef::Ascii(&u[start..end]),
            StrRef::Latin1(u) => StrRef::Latin1(&u[start..end]),
            StrRef::Ucs2(u) => StrRef::Ucs2(&u[start..end]),
            StrRef::Ucs4(u) => StrRef::Ucs4(&u[start..end]),
        }
    }

    /// Code points in order.
    #[inline]
    pub fn chars(self) -> Chars<'a> {
        Chars {
            text: self,
            front: 0,
            back: self.len(),
        }
    }

    /// The highest code point, 0 for an empty string (what fixes the narrowest kind).
    pub fn max_char(self) -> u32 {
        match self {
            StrRef::Ascii(_) => 127,
            StrRef::Latin1(u) => u.iter().fold(0u8, |m, &c| m | c).into(),
            StrRef::Ucs2(u) => u.iter().fold(0u16, |m, &c| m.max(c)).into(),
            StrRef::Ucs4(u) => u.iter().fold(0u32, |m, &c| m.max(c)),
        }
    }

    /// Whether every code point is below 128.
    pub fn is_ascii(self) -> bool {
        match self {
            StrRef::Ascii(_) => true,
            StrRef::Latin1(u) => u.is_ascii(),
            StrRef::Ucs2(u) => u.iter().all(|&c| c < 128),
            StrRef::Ucs4(u) => u.iter().all(|&c| c < 128),
        }
    }

    /// As Rust text without copying, when ASCII.
    pub fn as_ascii_str(self) -> Option<&'a str> {
        match self {
            StrRef::Ascii(u) => std::str::from_utf8(u).ok(),
            _ => None,
        }
    }

    /// As Rust text, lone surrogates replaced by U+FFFD.
    pub fn to_string_lossy(self) -> String {
        if let Some(s) = self.as_ascii_str() {
            return s.to_owned();
        }
        self.chars()
            .map(|c| char::from_u32(c).unwrap_or('\u{fffd}'))
            .collect()
    }

    /// As Rust text; `None` with a lone surrogate.
    pub fn to_string_strict(self) -> Option<String> {
        if let Some(s) = self.as_ascii_str() {
            return Some(s.to_owned());
        }
        self.chars().map(char::from_u32).collect()
    }

    /// An owned copy in the narrowest kind.
    pub fn to_data(self) -> StrData {
        let mut b = StrBuf::with_capacity(self.len());
        b.push_str(self);
        b.finish()
    }

    /// Writes the code points into as many places.
    pub fn copy_to(self, out: &mut [u32]) {
        each_kind!(self, u => out.iter_mut().zip(u).for_each(|(to, c)| *to = c.cp()))
    }

    /// Appends the code points.
    pub fn append_to(self, out: &mut Vec<u32>) {
        each_kind!(self, u => out.extend(u.iter().map(|c| c.cp())))
    }

    /// Begins with `other`.
    pub fn starts_with(self, other: StrRef<'_>) -> bool {
        other.len() <= self.len() && self.slice(0, other.len()) == other
    }

    /// Ends with `other`.
    pub fn ends_with(self, other: StrRef<'_>) -> bool {
        other.len() <= self.len() && self.slice(self.len() - other.len(), self.len()) == other
    }
}

/// Equal code points, kinds aside.
impl PartialEq for StrRef<'_> {
    fn eq(&self, other: &StrRef<'_>) -> bool {
        if self.len() != other.len() {
            return false;
        }
        match (*self, *other) {
            (StrRef::Ascii(a) | StrRef::Latin1(a), StrRef::Ascii(b) | StrRef::Latin1(b)) => a == b,
            (StrRef::Ucs2(a), StrRef::Ucs2(b)) => a == b,
            (StrRef::Ucs4(a), StrRef::Ucs4(b)) => a == b,
            (a, b) => a.chars().eq(b.chars()),
        }
    }
}

impl Eq for StrRef<'_> {}

/// Order by code points.
impl Ord for StrRef<'_> {
    fn cmp(&self, other: &StrRef<'_>) -> std::cmp::Ordering {
        match (*self, *other) {
            (StrRef::Ascii(a) | StrRef::Latin1(a), StrRef::Ascii(b) | StrRef::Latin1(b)) => {
                a.cmp(b)
            }
            (StrRef::Ucs2(a), StrRef::Ucs2(b)) => a.cmp(b),
            (StrRef::Ucs4(a), StrRef::Ucs4(b)) => a.cmp(b),
            (a, b) => a.chars().cmp(b.chars()),
        }
    }
}

impl PartialOrd for StrRef<'_> {
    fn partial_cmp(&self, other: &StrRef<'_>) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Code points of a [`StrRef`], from both ends.
#[derive(Debug, Clone)]
pub struct Chars<'a> {
    text: StrRef<'a>,
    front: usize,
    back: usize,
}

impl Iterator for Chars<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.front >= self.back {
            return None;
        }
        self.front += 1;
        Some(self.text.at(self.front - 1))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.back - self.front, Some(self.back - self.front))
    }
}

impl DoubleEndedIterator for Chars<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        if self.front >= self.back {
            return None;
        }
        self.back -= 1;
        Some(self.text.at(self.back))
    }
}

impl ExactSizeIterator for Chars<'_> {}
