//! Case conversions of `str`: full Unicode mappings with the final sigma rule.

use super::{StrBuf, StrData, StrRef, Unit};
use crate::{each_kind, unicode};

const SIGMA: u32 = 0x3a3;

/// Lower case of the sigma at `i`: final when a cased letter is before it and none after (ignorables skipped).
fn lower_sigma(s: StrRef<'_>, i: usize) -> u32 {
    let stop = |c: &u32| !unicode::is_case_ignorable(*c);
    let before = s
        .slice(0, i)
        .chars()
        .rev()
        .find(stop)
        .is_some_and(unicode::is_cased);
    let after = s
        .slice(i + 1, s.len())
        .chars()
        .find(stop)
        .is_some_and(unicode::is_cased);
    if before && !after { 0x3c2 } else { 0x3c3 }
}

fn push_lower(out: &mut StrBuf, s: StrRef<'_>, i: usize, c: u32) {
    if c == SIGMA {
        out.push(lower_sigma(s, i));
    } else {
        out.extend(unicode::to_lower(c).as_slice().iter().copied());
    }
}

/// `str.upper`
pub fn upper(s: StrRef<'_>) -> StrData {
    if let StrRef::Ascii(u) = s {
        return StrData::Ascii(u.to_ascii_uppercase());
    }
    map(s, u8::to_ascii_uppercase, unicode::to_upper)
}

/// `str.lower`
pub fn lower(s: StrRef<'_>) -> StrData {
    if let StrRef::Ascii(u) = s {
        return StrData::Ascii(u.to_ascii_lowercase());
    }
    let mut out = StrBuf::with_capacity(s.len());
    each_kind!(s, u => {
        for (i, c) in u.iter().enumerate() {
            match c.cp() {
                c @ 0..128 => out.push((c as u8).to_ascii_lowercase().into()),
                c => push_lower(&mut out, s, i, c),
            }
        }
    });
    out.finish()
}

/// `str.casefold`
pub fn casefold(s: StrRef<'_>) -> StrData {
    if let StrRef::Ascii(u) = s {
        return StrData::Ascii(u.to_ascii_lowercase());
    }
    map(s, u8::to_ascii_lowercase, unicode::to_folded)
}

fn map(s: StrRef<'_>, ascii: fn(&u8) -> u8, f: fn(u32) -> unicode::Mapping) -> StrData {
    let mut out = StrBuf::with_capacity(s.len());
    each_kind!(s, u => {
        for c in u {
            match c.cp() {
                c @ 0..128 => out.push(ascii(&(c as u8)).into()),
                c => out.extend(f(c).as_slice().iter().copied()),
            }
        }
    });
    out.finish()
}

/// `str.swapcase`
pub fn swapcase(s: StrRef<'_>) -> StrData {
    let mut out = StrBuf::with_capacity(s.len());
    for (i, c) in s.chars().enumerate() {
        if unicode::is_upper(c) {
            push_lower(&mut out, s, i, c);
        } else if unicode::is_lower(c) {
            out.extend(unicode::to_upper(c).as_slice().iter().copied());
        } else {
            out.push(c);
        }
    }
    out.finish()
}

/// `str.title`
pub fn title(s: StrRef<'_>) -> StrData {
    let mut out = StrBuf::with_capacity(s.len());
    let mut within = false;
    for (i, c) in s.chars().enumerate() {
        if within {
            push_lower(&mut out, s, i, c);
        } else {
            out.extend(unicode::to_title(c).as_slice().iter().copied());
        }
        within = unicode::has_case(c);
    }
    out.finish()
}

/// `str.capitalize`
pub fn capitalize(s: StrRef<'_>) -> StrData {
    let mut out = StrBuf::with_capacity(s.len());
    for (i, c) in s.chars().enumerate() {
        if i == 0 {
            out.extend(unicode::to_title(c).as_slice().iter().copied());
        } else {
            push_lower(&mut out, s, i, c);
        }
    }
    out.finish()
}
