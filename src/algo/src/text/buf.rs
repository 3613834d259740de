//! Building strings: starts as ASCII and widens when a code point needs it.

use super::StrRef;

/// An owned string in the narrowest kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StrData {
    /// Code points below 128.
    Ascii(Vec<u8>),
    /// Code points below 256, at least one above 127.
    Latin1(Vec<u8>),
    /// Code points below 65536, at least one above 255.
    Ucs2(Vec<u16>),
    /// At least one code point above 65535.
    Ucs4(Vec<u32>),
}

impl StrData {
    /// Borrows it.
    #[inline]
    pub fn as_ref(&self) -> StrRef<'_> {
        match self {
            StrData::Ascii(v) => StrRef::Ascii(v),
            StrData::Latin1(v) => StrRef::Latin1(v),
            StrData::Ucs2(v) => StrRef::Ucs2(v),
            StrData::Ucs4(v) => StrRef::Ucs4(v),
        }
    }
}

impl From<&str> for StrData {
    fn from(s: &str) -> StrData {
        if s.is_ascii() {
            return StrData::Ascii(s.as_bytes().to_vec());
        }
        let mut b = StrBuf::with_capacity(s.len());
        b.push_utf8(s);
        b.finish()
    }
}

impl From<&[u32]> for StrData {
    fn from(s: &[u32]) -> StrData {
        StrRef::Ucs4(s).to_data()
    }
}

/// A string being built.
#[derive(Debug, Clone)]
pub struct StrBuf {
    data: StrData,
}

impl Default for StrBuf {
    fn default() -> Self {
        StrBuf::new()
    }
}

impl StrBuf {
    /// Empty.
    pub fn new() -> StrBuf {
        StrBuf {
            data: StrData::Ascii(Vec::new()),
        }
    }

    /// Empty, with room for so many narrow code points.
    pub fn with_capacity(n: usize) -> StrBuf {
        StrBuf {
            data: StrData::Ascii(Vec::with_capacity(n)),
        }
    }

    /// Code points so far.
    pub fn len(&self) -> usize {
        self.data.as_ref().len()
    }

    /// Nothing so far.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is there so far.
    pub fn as_ref(&self) -> StrRef<'_> {
        self.data.as_ref()
    }

    /// Makes the kind wide enough for `max`.
    fn widen(&mut self, max: u32) {
        let old = std::mem::replace(&mut self.data, StrData::Ascii(Vec::new()));
        self.data = match (old, max) {
            (d @ StrData::Ascii(_), 0..128) | (d @ StrData::Latin1(_), 0..256) => d,
            (d @ StrData::Ucs2(_), 0..65536) | (d @ StrData::Ucs4(_), _) => d,
            (StrData::Ascii(v), 0..256) => StrData::Latin1(v),
            (StrData::Ascii(v) | StrData::Latin1(v), 0..65536) => {
                let mut w = Vec::with_capacity(v.capacity());
                w.extend(v.iter().map(|&c| u16::from(c)));
                StrData::Ucs2(w)
            }
            (d, _) => {
                let mut w = Vec::with_capacity(d.as_ref().len() + 8);
                w.extend(d.as_ref().chars());
                StrData::Ucs4(w)
            }
        };
    }

    /// Appends one code point.
    #[inline]
    pub fn push(&mut self, c: u32) {
        match &mut self.data {
            StrData::Ascii(v) if c < 128 => v.push(c as u8),
            StrData::Latin1(v) if c < 256 => v.push(c as u8),
            StrData::Ucs2(v) if c < 65536 => v.push(c as u16),
            StrData::Ucs4(v) => v.push(c),
            _ => {
                self.widen(c);
                self.push(c);
            }
        }
    }

    /// Appends code points.
    pub fn extend(&mut self, chars: impl IntoIterator<Item = u32>) {
        chars.into_iter().for_each(|c| self.push(c));
    }

    /// Appends one code point `n` times.
    pub fn push_n(&mut self, c: u32, n: usize) {
        if n == 0 {
            return;
        }
        self.push(c);
        let more = n - 1;
        match &mut self.data {
            StrData::Ascii(v) | StrData::Latin1(v) => v.resize(v.len() + more, c as u8),
            StrData::Ucs2(v) => v.resize(v.len() + more, c as u16),
            StrData::Ucs4(v) => v.resize(v.len() + more, c),
        }
    }

    /// Appends a string; the kind widens only as far as its characters need.
    #[inline]
    pub fn push_str(&mut self, s: StrRef<'_>) {
        match (&mut self.data, s) {
            (StrData::Ascii(v), StrRef::Ascii(u)) => v.extend_from_slice(u),
            _ => self.push_other(s),
        }
    }

    #[inline(never)]
    fn push_other(&mut self, s: StrRef<'_>) {
        if s.is_empty() {
            return;
        }
        match (&mut self.data, s) {
            (StrData::Ascii(v) | StrData::Latin1(v), StrRef::Ascii(u)) => {
                return v.extend_from_slice(u);
            }
            (StrData::Latin1(v), StrRef::Latin1(u)) => return v.extend_from_slice(u),
            (StrData::Ucs2(v), StrRef::Ucs2(u)) => return v.extend_from_slice(u),
            (StrData::Ucs4(v), StrRef::Ucs4(u)) => return v.extend_from_slice(u),
            _ => {}
        }
        self.widen(s.max_char());
        match (&mut self.data, s) {
            (StrData::Ascii(v) | StrData::Latin1(v), StrRef::Ascii(u) | StrRef::Latin1(u)) => {
                v.extend_from_slice(u)
            }
            (StrData::Ascii(v) | StrData::Latin1(v), s) => v.extend(s.chars().map(|c| c as u8)),
            (StrData::Ucs2(v), StrRef::Ascii(u) | StrRef::Latin1(u)) => {
                v.extend(u.iter().map(|&c| u16::from(c)))
            }
            (StrData::Ucs2(v), StrRef::Ucs2(u)) => v.extend_from_slice(u),
            (StrData::Ucs2(v), s) => v.extend(s.chars().map(|c| c as u16)),
            (StrData::Ucs4(v), s) => v.extend(s.chars()),
        }
    }

    /// Appends ASCII bytes. The caller knows that they are below 128.
    #[inline]
    pub fn push_ascii(&mut self, s: &[u8]) {
        debug_assert!(s.is_ascii());
        self.push_str(StrRef::Ascii(s));
    }

    /// Appends ASCII bytes between two quotation marks.
    #[inline]
    pub fn push_quoted(&mut self, s: &[u8]) {
        debug_assert!(s.is_ascii());
        match &mut self.data {
            StrData::Ascii(v) | StrData::Latin1(v) => {
                v.reserve(s.len() + 2);
                v.push(b'"');
                v.extend_from_slice(s);
                v.push(b'"');
            }
            _ => {
                self.push(b'"'.into());
                self.push_other(StrRef::Ascii(s));
                self.push(b'"'.into());
            }
        }
    }

    /// Appends Rust text.
    #[inline]
    pub fn push_utf8(&mut self, s: &str) {
        if s.is_ascii() {
            self.push_ascii(s.as_bytes());
        } else {
            s.chars().for_each(|c| self.push(c as u32));
        }
    }

    /// Takes everything away, and keeps the room for narrow code points.
    pub fn clear(&mut self) {
        let old = std::mem::replace(&mut self.data, StrData::Ascii(Vec::new()));
        if let StrData::Ascii(mut v) | StrData::Latin1(mut v) = old {
            v.clear();
            self.data = StrData::Ascii(v);
        }
    }

    /// The string.
    pub fn finish(self) -> StrData {
        self.data
    }
}
