//! Strings: immutable, PEP 393 kinds, code units behind the payload; interned strings.

use super::layout::{Layout, Native};
use super::type_ids::TypeId;
use super::value::Value;
use threadsnake_algo::text::StrRef;
use threadsnake_threads::header::Header;
use threadsnake_threads::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// How the code units are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum StrKind {
    /// Below 128, one byte each.
    Ascii,
    /// Below 256, one byte each.
    Latin1,
    /// Two bytes each.
    Ucs2,
    /// Four bytes each.
    Ucs4,
}

impl StrKind {
    /// Bytes of a code unit.
    pub const fn width(self) -> usize {
        match self {
            StrKind::Ascii | StrKind::Latin1 => 1,
            StrKind::Ucs2 => 2,
            StrKind::Ucs4 => 4,
        }
    }
}

/// Stands for a hash that was not computed: no hash is -1.
pub const NO_HASH: u64 = u64::MAX;

/// Payload of strings; `len` code units follow.
#[repr(C)]
pub struct Str {
    /// Hash, or [`NO_HASH`]. Any thread may write the one right value.
    hash: AtomicU64,
    len: usize,
    kind: StrKind,
    /// 1: interned (this very object stands for its text). Written under the intern table's lock.
    pub interned: AtomicU8,
}

static LAYOUT: Layout = Layout::leaf::<Str>("str").var();

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Str {
    const TYPE: TypeId = TypeId::Str;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn var_bytes(&self) -> usize {
        self.len * self.kind.width()
    }
}

impl Str {
    /// The payload for `len` units, which the caller writes behind it before anyone sees the object.
    pub fn head(len: usize, kind: StrKind) -> Str {
        Str {
            hash: AtomicU64::new(NO_HASH),
            len,
            kind,
            interned: AtomicU8::new(0),
        }
    }
    /// Number of code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }
    /// Whether it is `''`.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// Kind of the units.
    #[inline(always)]
    pub fn kind(&self) -> StrKind {
        self.kind
    }
    #[inline(always)]
    fn data<T>(&self) -> &[T] {
        // SAFETY: `len` units of the kind's width follow the payload (24 bytes, 8-aligned), written before publication.
        unsafe {
            let p = (self as *const Str).cast::<u8>().add(super::string::UNITS);
            std::slice::from_raw_parts(p.cast::<T>(), self.len)
        }
    }
    /// The text, borrowed.
    #[inline(always)]
    pub fn text(&self) -> StrRef<'_> {
        match self.kind {
            StrKind::Ascii => StrRef::Ascii(self.data::<u8>()),
            StrKind::Latin1 => StrRef::Latin1(self.data::<u8>()),
            StrKind::Ucs2 => StrRef::Ucs2(self.data::<u16>()),
            StrKind::Ucs4 => StrRef::Ucs4(self.data::<u32>()),
        }
    }
    /// The raw bytes of the units.
    pub fn raw_bytes(&self) -> &[u8] {
        // SAFETY: as `data`.
        unsafe {
            std::slice::from_raw_parts(self.data::<u8>().as_ptr(), self.len * self.kind.width())
        }
    }
    /// The text where it is ASCII.
    #[inline(always)]
    pub fn as_ascii(&self) -> Option<&str> {
        match self.kind {
            // SAFETY: units below 128 are UTF-8.
            StrKind::Ascii => Some(unsafe { std::str::from_utf8_unchecked(self.data::<u8>()) }),
            _ => None,
        }
    }
    /// The code point at `i`; panics out of range.
    #[inline(always)]
    pub fn at(&self, i: usize) -> u32 {
        self.text().at(i)
    }
    /// As a Rust string; lone surrogates become U+FFFD.
    pub fn to_rust(&self) -> String {
        match self.as_ascii() {
            Some(s) => s.to_owned(),
            None => {
                let t = self.text();
                (0..t.len())
                    .map(|i| char::from_u32(t.at(i)).unwrap_or('\u{FFFD}'))
                    .collect()
            }
        }
    }
    /// As a Rust string, if it has no lone surrogates.
    pub fn to_rust_exact(&self) -> Option<String> {
        let t = self.text();
        (0..t.len()).map(|i| char::from_u32(t.at(i))).collect()
    }
    /// Whether the text equals a Rust string.
    pub fn eq_rust(&self, s: &str) -> bool {
        match self.as_ascii() {
            Some(a) => a == s,
            None => {
                let t = self.text();
                let mut n = 0;
                for c in s.chars() {
                    if n >= t.len() || t.at(n) != c as u32 {
                        return false;
                    }
                    n += 1;
                }
                n == t.len()
            }
        }
    }
    /// Whether two strings have the same text.
    #[inline]
    pub fn same(&self, o: &Str) -> bool {
        self.len == o.len && self.kind == o.kind && self.raw_bytes() == o.raw_bytes()
    }
    /// Which of two strings comes first.
    #[inline]
    pub fn order(&self, o: &Str) -> std::cmp::Ordering {
        match (self.as_ascii(), o.as_ascii()) {
            (Some(x), Some(y)) => x.cmp(y),
            _ => self.text().cmp(&o.text()),
        }
    }
    /// The hash, if it was computed.
    #[inline(always)]
    pub fn cached_hash(&self) -> Option<u64> {
        match self.hash.load(Ordering::Relaxed) {
            NO_HASH => None,
            h => Some(h),
        }
    }
    /// The hash of an interned string.
    #[inline(always)]
    pub fn known_hash(&self) -> u64 {
        let h = self.hash.load(Ordering::Relaxed);
        debug_assert!(h != NO_HASH);
        h
    }
    /// Remembers the hash.
    pub fn set_hash(&self, h: u64) {
        self.hash.store(h, Ordering::Relaxed);
    }
    /// Whether this object stands for its text in the intern table.
    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.interned.load(Ordering::Relaxed) != 0
    }
}

/// Offset of the first code unit from the payload's start.
pub const UNITS: usize = size_of::<Str>();

/// Whether two heap words are strings (or of classes that derive from str) of the same text.
///
/// # Safety
/// Both point to readable objects.
pub unsafe fn same_text(a: Value, b: Value) -> bool {
    // SAFETY: readable, says the caller; both start with a header.
    unsafe {
        let is_str = |v: Value| {
            let id = (*(v.0 as *const Header)).shape.load(Ordering::Acquire);
            id == Str::SHAPE || super::layout::derives(id, &LAYOUT)
        };
        if !a.is_ptr() || !b.is_ptr() || !is_str(a) || !is_str(b) {
            return false;
        }
        let (a, b) = (&*((a.0 + 16) as *const Str), &*((b.0 + 16) as *const Str));
        a.same(b)
    }
}
