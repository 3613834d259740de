//! Padding and tabs. Lengths that a caller asks for are checked by the caller against memory.

use super::{StrBuf, StrData, StrRef};

/// `expandtabs`; `None` when the result would be longer than `limit`.
pub fn expandtabs(s: StrRef<'_>, size: usize, limit: usize) -> Option<StrData> {
    let mut out = StrBuf::with_capacity(s.len());
    let mut column = 0usize;
    for c in s.chars() {
        match c {
            9 => {
                if size > 0 {
                    let n = size - column % size;
                    if n > limit.saturating_sub(out.len()) {
                        return None;
                    }
                    out.push_n(32, n);
                    column += n;
                }
            }
            10 | 13 => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    Some(out.finish())
}

/// Adds fill on both sides.
pub fn pad(s: StrRef<'_>, left: usize, right: usize, fill: u32) -> StrData {
    let mut out = StrBuf::with_capacity(s.len() + left + right);
    out.push_n(fill, left);
    out.push_str(s);
    out.push_n(fill, right);
    out.finish()
}

/// Fill on the left and right for `str.center` (CPython puts the odd one left when the width is odd).
pub fn center_margins(len: usize, width: usize) -> (usize, usize) {
    let margin = width.saturating_sub(len);
    let left = margin / 2 + (margin & width & 1);
    (left, margin - left)
}

/// `str.center`
pub fn center(s: StrRef<'_>, width: usize, fill: u32) -> StrData {
    let (left, right) = center_margins(s.len(), width);
    pad(s, left, right, fill)
}

/// `str.ljust`
pub fn ljust(s: StrRef<'_>, width: usize, fill: u32) -> StrData {
    pad(s, 0, width.saturating_sub(s.len()), fill)
}

/// `str.rjust`
pub fn rjust(s: StrRef<'_>, width: usize, fill: u32) -> StrData {
    pad(s, width.saturating_sub(s.len()), 0, fill)
}

/// `str.zfill`
pub fn zfill(s: StrRef<'_>, width: usize) -> StrData {
    let zeros = width.saturating_sub(s.len());
    let mut out = StrBuf::with_capacity(s.len() + zeros);
    let signed = matches!(s.get(0), Some(0x2b | 0x2d));
    if signed {
        out.push_str(s.slice(0, 1));
    }
    out.push_n(48, zeros);
    out.push_str(s.slice(usize::from(signed), s.len()));
    out.finish()
}

/// What `str.translate`'s table gives for one character.
#[derive(Debug, Clone)]
pub enum Translated {
    /// Keep it.
    Same,
    /// Drop it.
    Deleted,
    /// One other character.
    Char(u32),
    /// A string.
    Text(StrData),
}

/// `str.translate`; ASCII results are remembered, so that the table is asked once for each ASCII character.
pub fn translate<E>(
    s: StrRef<'_>,
    mut table: impl FnMut(u32) -> Result<Translated, E>,
) -> Result<StrData, E> {
    let mut seen: [Option<Translated>; 128] = [const { None }; 128];
    let mut out = StrBuf::with_capacity(s.len());
    let mut fresh;
    for c in s.chars() {
        let t = match seen.get_mut(c as usize) {
            Some(slot) => {
                if slot.is_none() {
                    *slot = Some(table(c)?);
                }
                slot.as_ref().unwrap_or(&Translated::Same)
            }
            None => {
                fresh = table(c)?;
                &fresh
            }
        };
        match t {
            Translated::Same => out.push(c),
            Translated::Deleted => {}
            Translated::Char(x) => out.push(*x),
            Translated::Text(t) => out.push_str(t.as_ref()),
        }
    }
    Ok(out.finish())
}
