//! Substring search, counting and replacement.
//!
//! Bytes use `memchr`'s searcher (vectorised, linear). Wider units scan for the first unit and compare; when the
//! comparisons outgrow the text, the rest is searched by Knuth-Morris-Pratt, so the whole stays linear.

use super::{StrBuf, StrData, StrRef, Unit};
use crate::each_kind;

impl Unit for u8 {
    #[inline(always)]
    fn cp(self) -> u32 {
        u32::from(self)
    }
    #[inline(always)]
    fn from_cp(c: u32) -> Option<u8> {
        u8::try_from(c).ok()
    }
    #[inline(always)]
    fn as_bytes(units: &[u8]) -> Option<&[u8]> {
        Some(units)
    }
    #[inline]
    fn position(hay: &[u8], unit: u8) -> Option<usize> {
        memchr::memchr(unit, hay)
    }
    #[inline]
    fn rposition(hay: &[u8], unit: u8) -> Option<usize> {
        memchr::memrchr(unit, hay)
    }
    fn search(hay: &[u8], needle: &[u8]) -> Option<usize> {
        memchr::memmem::find(hay, needle)
    }
    fn rsearch(hay: &[u8], needle: &[u8]) -> Option<usize> {
        memchr::memmem::rfind(hay, needle)
    }
}

macro_rules! wide_unit {
    ($t:ty) => {
        impl Unit for $t {
            #[inline(always)]
            fn cp(self) -> u32 {
                u32::from(self)
            }
            #[inline(always)]
            fn from_cp(c: u32) -> Option<$t> {
                <$t>::try_from(c).ok()
            }
            fn position(hay: &[$t], unit: $t) -> Option<usize> {
                position_wide(hay, unit)
            }
            fn rposition(hay: &[$t], unit: $t) -> Option<usize> {
                hay.iter().rposition(|&x| x == unit)
            }
            fn search(hay: &[$t], needle: &[$t]) -> Option<usize> {
                search_wide(hay, needle)
            }
            fn rsearch(hay: &[$t], needle: &[$t]) -> Option<usize> {
                rsearch_wide(hay, needle)
            }
        }
    };
}
wide_unit!(u16);
wide_unit!(u32);

/// Blocks of 32 are tested without leaving, which the compiler vectorises.
fn position_wide<U: Unit>(hay: &[U], unit: U) -> Option<usize> {
    let mut chunks = hay.chunks_exact(32);
    let mut base = 0;
    for chunk in &mut chunks {
        if chunk.iter().fold(false, |hit, &x| hit | (x == unit)) {
            break;
        }
        base += 32;
    }
    hay[base..]
        .iter()
        .position(|&x| x == unit)
        .map(|i| base + i)
}

fn search_wide<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    let (n, m) = (hay.len(), needle.len());
    if m > n {
        return None;
    }
    let last = needle[m - 1];
    let mut budget = 8 * n + 64;
    let mut at = 0;
    while at + m <= n {
        at += position_wide(&hay[at..=n - m], needle[0])?;
        if hay[at + m - 1] == last {
            let same = hay[at..at + m]
                .iter()
                .zip(needle)
                .take_while(|(a, b)| a == b)
                .count();
            if same == m {
                return Some(at);
            }
            if same >= budget {
                return kmp(&hay[at..], needle).map(|i| at + i);
            }
            budget -= same;
        }
        at += 1;
    }
    None
}

fn failure_table<U: Unit>(needle: &[U]) -> Vec<usize> {
    let mut table = vec![0; needle.len()];
    let mut k = 0;
    for i in 1..needle.len() {
        while k > 0 && needle[i] != needle[k] {
            k = table[k - 1];
        }
        if needle[i] == needle[k] {
            k += 1;
        }
        table[i] = k;
    }
    table
}

fn kmp<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    let table = failure_table(needle);
    let mut k = 0;
    for (i, &x) in hay.iter().enumerate() {
        while k > 0 && x != needle[k] {
            k = table[k - 1];
        }
        if x == needle[k] {
            k += 1;
        }
        if k == needle.len() {
            return Some(i + 1 - k);
        }
    }
    None
}

fn rsearch_wide<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    let (n, m) = (hay.len(), needle.len());
    if m > n {
        return None;
    }
    let mut budget = 8 * n + 64;
    for at in (0..=n - m).rev() {
        if hay[at] != needle[0] {
            continue;
        }
        let same = hay[at..at + m]
            .iter()
            .zip(needle)
            .take_while(|(a, b)| a == b)
            .count();
        if same == m {
            return Some(at);
        }
        if same >= budget {
            let back: Vec<U> = hay[..at + m].iter().rev().copied().collect();
            let pat: Vec<U> = needle.iter().rev().copied().collect();
            return kmp(&back, &pat).map(|i| back.len() - i - m);
        }
        budget -= same;
    }
    None
}

/// First place of `needle` in `hay`; an empty needle is at 0.
#[inline]
pub fn find_units<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    match needle {
        [] => Some(0),
        [one] => U::position(hay, *one),
        _ => U::search(hay, needle),
    }
}

/// Last place of `needle` in `hay`; an empty needle is at the end.
pub fn rfind_units<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    match needle {
        [] => Some(hay.len()),
        [one] => U::rposition(hay, *one),
        _ => U::rsearch(hay, needle),
    }
}

/// Non-overlapping occurrences; an empty needle counts the gaps.
pub fn count_units<U: Unit>(hay: &[U], needle: &[U], max: usize) -> usize {
    if needle.is_empty() {
        return (hay.len() + 1).min(max);
    }
    if let ([one], usize::MAX) = (needle, max) {
        return hay.iter().filter(|&u| u == one).count();
    }
    Occurrences::new(hay, needle).take(max).count()
}

/// Iterator over non-overlapping occurrences of a needle that is not empty.
pub struct Occurrences<'h, 'n, U> {
    hay: &'h [U],
    needle: &'n [U],
    at: usize,
    /// Prepared once for needles of several bytes.
    finder: Option<memchr::memmem::Finder<'n>>,
}

impl<'h, 'n, U: Unit> Occurrences<'h, 'n, U> {
    /// `needle` must not be empty (an empty one gives nothing).
    pub fn new(hay: &'h [U], needle: &'n [U]) -> Self {
        let at = if needle.is_empty() { hay.len() + 1 } else { 0 };
        let finder = U::as_bytes(needle)
            .filter(|n| n.len() > 1)
            .map(memchr::memmem::Finder::new);
        Occurrences {
            hay,
            needle,
            at,
            finder,
        }
    }
}

impl<U: Unit> Iterator for Occurrences<'_, '_, U> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.at > self.hay.len() {
            return None;
        }
        let rest = &self.hay[self.at..];
        let next = match (&self.finder, U::as_bytes(rest)) {
            (Some(f), Some(bytes)) => f.find(bytes),
            _ => find_units(rest, self.needle),
        };
        match next {
            Some(i) => {
                let found = self.at + i;
                self.at = found + self.needle.len();
                Some(found)
            }
            None => {
                self.at = self.hay.len() + 1;
                None
            }
        }
    }
}

/// A needle in the units of the text it is looked for in, copied only when kinds differ.
pub enum Units<'a, U> {
    /// Same kind.
    Borrowed(&'a [U]),
    /// Converted.
    Owned(Vec<U>),
}

impl<U> Units<'_, U> {
    /// The units.
    pub fn as_slice(&self) -> &[U] {
        match self {
            Units::Borrowed(s) => s,
            Units::Owned(v) => v,
        }
    }
}

/// Conversion of any string to one unit type; `None` when a character does not fit.
pub trait Convert: Unit {
    /// Converts or borrows.
    fn convert(s: StrRef<'_>) -> Option<Units<'_, Self>>;
}

fn converted<U: Unit>(s: StrRef<'_>) -> Option<Units<'static, U>> {
    s.chars()
        .map(U::from_cp)
        .collect::<Option<Vec<U>>>()
        .map(Units::Owned)
}

impl Convert for u8 {
    fn convert(s: StrRef<'_>) -> Option<Units<'_, u8>> {
        match s {
            StrRef::Ascii(u) | StrRef::Latin1(u) => Some(Units::Borrowed(u)),
            _ => converted(s),
        }
    }
}

impl Convert for u16 {
    fn convert(s: StrRef<'_>) -> Option<Units<'_, u16>> {
        match s {
            StrRef::Ucs2(u) => Some(Units::Borrowed(u)),
            _ => converted(s),
        }
    }
}

impl Convert for u32 {
    fn convert(s: StrRef<'_>) -> Option<Units<'_, u32>> {
        match s {
            StrRef::Ucs4(u) => Some(Units::Borrowed(u)),
            _ => converted(s),
        }
    }
}

pub(crate) fn units_of<'a, U: Convert>(_like: &[U], s: StrRef<'a>) -> Option<Units<'a, U>> {
    U::convert(s)
}

/// First place of a substring.
pub fn find(hay: StrRef<'_>, needle: StrRef<'_>) -> Option<usize> {
    if needle.len() > hay.len() {
        return None;
    }
    each_kind!(hay, h => units_of(h, needle).and_then(|n| find_units(h, n.as_slice())))
}

/// Last place of a substring.
pub fn rfind(hay: StrRef<'_>, needle: StrRef<'_>) -> Option<usize> {
    if needle.len() > hay.len() {
        return None;
    }
    each_kind!(hay, h => units_of(h, needle).and_then(|n| rfind_units(h, n.as_slice())))
}

/// Non-overlapping occurrences of a substring.
pub fn count(hay: StrRef<'_>, needle: StrRef<'_>) -> usize {
    if needle.len() > hay.len() {
        return 0;
    }
    each_kind!(hay, h => units_of(h, needle).map_or(0, |n| count_units(h, n.as_slice(), usize::MAX)))
}

/// `hay.replace(old, new, max)`; `None` means unchanged. `max` is `usize::MAX` for all.
/// The result's length is checked by the caller through [`count`] where memory is limited.
pub fn replace(hay: StrRef<'_>, old: StrRef<'_>, new: StrRef<'_>, max: usize) -> Option<StrData> {
    if max == 0 || old.len() > hay.len() {
        return None;
    }
    if old.is_empty() {
        let mut out = StrBuf::with_capacity(hay.len());
        for (n, c) in hay.chars().enumerate() {
            if n == max {
                out.push_str(hay.slice(n, hay.len()));
                return Some(out.finish());
            }
            out.push_str(new);
            out.push(c);
        }
        if hay.len() < max {
            out.push_str(new);
        }
        return Some(out.finish());
    }
    if let (StrRef::Ascii(h), StrRef::Ascii(o), StrRef::Ascii(n)) = (hay, old, new) {
        return replace_bytes(h, o, n, max).map(StrData::Ascii);
    }
    each_kind!(hay, h => {
        let needle = units_of(h, old)?;
        let mut places = Occurrences::new(h, needle.as_slice()).take(max).peekable();
        places.peek()?;
        let mut out = StrBuf::with_capacity(hay.len());
        let mut done = 0;
        for at in places {
            out.push_str(hay.slice(done, at));
            out.push_str(new);
            done = at + old.len();
        }
        out.push_str(hay.slice(done, hay.len()));
        Some(out.finish())
    })
}

/// `bytes.replace(old, new, max)` for an `old` that is not empty; `None` means unchanged.
pub fn replace_bytes(hay: &[u8], old: &[u8], new: &[u8], max: usize) -> Option<Vec<u8>> {
    if let ([from], [to], usize::MAX) = (old, new, max) {
        memchr::memchr(*from, hay)?;
        return Some(
            hay.iter()
                .map(|b| if b == from { *to } else { *b })
                .collect(),
        );
    }
    let mut places = Occurrences::new(hay, old).take(max).peekable();
    places.peek()?;
    let mut out = Vec::with_capacity(hay.len() + new.len());
    let mut done = 0;
    for at in places {
        out.extend_from_slice(&hay[done..at]);
        out.extend_from_slice(new);
        done = at + old.len();
    }
    out.extend_from_slice(&hay[done..]);
    Some(out)
}
