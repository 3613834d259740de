//! Cutting: split, splitlines, partition, strip. Results are ranges of units.
//!
//! `&[U]` functions serve `bytes` too; the white-space test is a parameter ([`str_space`], [`byte_space`]).

use super::find::{Occurrences, units_of};
use super::{StrRef, Unit, rfind_units};
use crate::{each_kind, unicode};

/// A part of a string: start and end.
pub type Span = (usize, usize);

/// White space of `str`.
#[inline]
pub fn str_space(c: u32) -> bool {
    if c < 128 {
        matches!(c, 9..=13 | 28..=32)
    } else {
        unicode::is_space(c)
    }
}

/// White space of `bytes`.
#[inline]
pub fn byte_space(c: u32) -> bool {
    matches!(c, 9..=13 | 32)
}

/// Parts that there is room for at once.
const FEW: usize = 10;

/// `split()` at runs of white space, at most `max` cuts (`usize::MAX` for all).
pub fn split_space_units<U: Unit>(s: &[U], max: usize, space: impl Fn(u32) -> bool) -> Vec<Span> {
    let mut out = Vec::with_capacity(FEW.min(s.len()));
    let mut i = 0;
    loop {
        while i < s.len() && space(s[i].cp()) {
            i += 1;
        }
        if i >= s.len() {
            return out;
        }
        if out.len() == max {
            out.push((i, s.len()));
            return out;
        }
        let start = i;
        while i < s.len() && !space(s[i].cp()) {
            i += 1;
        }
        out.push((start, i));
    }
}

/// `rsplit()` at runs of white space.
pub fn rsplit_space_units<U: Unit>(s: &[U], max: usize, space: impl Fn(u32) -> bool) -> Vec<Span> {
    let mut out = Vec::new();
    let mut i = s.len();
    loop {
        while i > 0 && space(s[i - 1].cp()) {
            i -= 1;
        }
        if i == 0 {
            break;
        }
        if out.len() == max {
            out.push((0, i));
            break;
        }
        let end = i;
        while i > 0 && !space(s[i - 1].cp()) {
            i -= 1;
        }
        out.push((i, end));
    }
    out.reverse();
    out
}

/// `split(sep)` with a separator that is not empty.
pub fn split_units<U: Unit>(s: &[U], sep: &[U], max: usize) -> Vec<Span> {
    let mut out = Vec::with_capacity(FEW.min(s.len()));
    let mut start = 0;
    for at in Occurrences::new(s, sep).take(max) {
        out.push((start, at));
        start = at + sep.len();
    }
    out.push((start, s.len()));
    out
}

/// `rsplit(sep)` with a separator that is not empty.
pub fn rsplit_units<U: Unit>(s: &[U], sep: &[U], max: usize) -> Vec<Span> {
    let mut out = Vec::new();
    let mut end = s.len();
    while out.len() < max && !sep.is_empty() {
        let Some(at) = rfind_units(&s[..end], sep) else {
            break;
        };
        out.push((at + sep.len(), end));
        end = at;
    }
    out.push((0, end));
    out.reverse();
    out
}

/// `splitlines`. `breaks` tells line boundaries; `\r\n` counts as one.
pub fn splitlines_units<U: Unit>(
    s: &[U],
    keep_ends: bool,
    breaks: impl Fn(u32) -> bool,
) -> Vec<Span> {
    let mut out = Vec::new();
    let mut i = 0;
    while i < s.len() {
        let start = i;
        while i < s.len() && !breaks(s[i].cp()) {
            i += 1;
        }
        let end = i;
        if i < s.len() {
            let crlf = s[i].cp() == 13 && s.get(i + 1).is_some_and(|c| c.cp() == 10);
            i += 1 + usize::from(crlf);
        }
        out.push((start, if keep_ends { i } else { end }));
    }
    out
}

/// Which ends `strip` works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// `strip`
    Both,
    /// `lstrip`
    Left,
    /// `rstrip`
    Right,
}

/// What is left after stripping units for which `strip` holds.
pub fn strip_units<U: Unit>(s: &[U], ends: Ends, strip: impl Fn(u32) -> bool) -> Span {
    let (mut a, mut b) = (0, s.len());
    if ends != Ends::Right {
        while a < b && strip(s[a].cp()) {
            a += 1;
        }
    }
    if ends != Ends::Left {
        while b > a && strip(s[b - 1].cp()) {
            b -= 1;
        }
    }
    (a, b)
}

/// `s.split(None, max)`.
pub fn split_space(s: StrRef<'_>, max: usize) -> Vec<Span> {
    each_kind!(s, u => split_space_units(u, max, str_space))
}

/// `s.rsplit(None, max)`.
pub fn rsplit_space(s: StrRef<'_>, max: usize) -> Vec<Span> {
    each_kind!(s, u => rsplit_space_units(u, max, str_space))
}

/// `s.split(sep, max)`; the caller has refused an empty separator.
pub fn split(s: StrRef<'_>, sep: StrRef<'_>, max: usize) -> Vec<Span> {
    each_kind!(s, u => match units_of(u, sep) {
        Some(sep) => split_units(u, sep.as_slice(), max),
        None => vec![(0, u.len())],
    })
}

/// `s.rsplit(sep, max)`; the caller has refused an empty separator.
pub fn rsplit(s: StrRef<'_>, sep: StrRef<'_>, max: usize) -> Vec<Span> {
    each_kind!(s, u => match units_of(u, sep) {
        Some(sep) => rsplit_units(u, sep.as_slice(), max),
        None => vec![(0, u.len())],
    })
}

/// `str.splitlines`.
pub fn splitlines(s: StrRef<'_>, keep_ends: bool) -> Vec<Span> {
    each_kind!(s, u => splitlines_units(u, keep_ends, unicode::is_linebreak))
}

/// `str.strip()` of white space.
pub fn strip_space(s: StrRef<'_>, ends: Ends) -> Span {
    each_kind!(s, u => strip_units(u, ends, str_space))
}

/// `str.strip(chars)`.
pub fn strip_chars(s: StrRef<'_>, chars: StrRef<'_>, ends: Ends) -> Span {
    let mut ascii = [false; 128];
    let mut wide = Vec::new();
    for c in chars.chars() {
        match ascii.get_mut(c as usize) {
            Some(slot) => *slot = true,
            None => wide.push(c),
        }
    }
    let within = |c: u32| {
        ascii
            .get(c as usize)
            .copied()
            .unwrap_or_else(|| wide.contains(&c))
    };
    each_kind!(s, u => strip_units(u, ends, within))
}

/// Where `partition` cuts; `None` when the separator is not there.
pub fn partition(s: StrRef<'_>, sep: StrRef<'_>) -> Option<Span> {
    super::find(s, sep).map(|i| (i, i + sep.len()))
}

/// Where `rpartition` cuts; `None` when the separator is not there.
pub fn rpartition(s: StrRef<'_>, sep: StrRef<'_>) -> Option<Span> {
    super::rfind(s, sep).map(|i| (i, i + sep.len()))
}
