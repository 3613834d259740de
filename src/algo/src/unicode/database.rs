//! The functions of `unicodedata`. Strings go in and out as code points.

use super::{Record, record, tables};
use unicode_normalization::char::{compose, decompose_canonical, decompose_compatible};

/// Version of the data.
pub const UNIDATA_VERSION: &str = "16.0.0";

/// Two-letter general category.
pub fn category(c: u32) -> &'static str {
    tables::CATEGORIES[usize::from(record(c).category)]
}

/// Bidirectional class, empty when there is none.
pub fn bidirectional(c: u32) -> &'static str {
    tables::BIDI[usize::from(record(c).bidi)]
}

/// Canonical combining class.
pub fn combining(c: u32) -> u8 {
    record(c).combining
}

/// East Asian width.
pub fn east_asian_width(c: u32) -> &'static str {
    tables::WIDTHS[usize::from(record(c).width)]
}

/// Mirrored in bidirectional text.
pub fn mirrored(c: u32) -> bool {
    let Record { flags, .. } = record(c);
    flags & super::MIRRORED != 0
}

/// Numeric value.
pub fn numeric(c: u32) -> Option<f64> {
    if let Some(d) = super::digit(c) {
        return Some(f64::from(d));
    }
    let i = tables::NUMERIC.binary_search_by_key(&c, |e| e.0).ok()?;
    Some(tables::NUMERIC[i].1)
}

/// Decomposition mapping as `unicodedata.decomposition` prints it, empty when there is none.
pub fn decomposition(c: u32) -> String {
    let Ok(i) = tables::DECOMPOSITION.binary_search_by_key(&c, |e| e.0) else {
        return String::new();
    };
    let (_, tag, start, len) = tables::DECOMPOSITION[i];
    let mut parts = Vec::new();
    if tag != 0 {
        parts.push(tables::TAGS[usize::from(tag)].to_owned());
    }
    let start = usize::from(start);
    for x in &tables::DECOMPOSITION_CHARS[start..start + usize::from(len)] {
        parts.push(format!("{x:04X}"));
    }
    parts.join(" ")
}

/// Name of a character, if it has one.
pub fn name(c: u32) -> Option<String> {
    if record(c).category == 0 {
        return None;
    }
    unicode_names2::name(char::from_u32(c)?).map(|n| n.to_string())
}

/// Character of a name (case ignored, aliases as the name table has them).
pub fn lookup(name: &str) -> Option<u32> {
    let c = unicode_names2::character(name)? as u32;
    (record(c).category != 0).then_some(c)
}

/// A normalization form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Canonical composition.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility composition.
    Nfkc,
    /// Compatibility decomposition.
    Nfkd,
}

impl Form {
    /// From Python's spelling; `None` is `ValueError("invalid normalization form")`.
    pub fn from_name(name: &str) -> Option<Form> {
        Some(match name {
            "NFC" => Form::Nfc,
            "NFD" => Form::Nfd,
            "NFKC" => Form::Nfkc,
            "NFKD" => Form::Nfkd,
            _ => return None,
        })
    }
}

/// Normalizes code points; lone surrogates pass through as starters.
pub fn normalize(form: Form, text: impl Iterator<Item = u32>) -> Vec<u32> {
    let compat = matches!(form, Form::Nfkc | Form::Nfkd);
    let mut out: Vec<u32> = Vec::new();
    for c in text {
        match char::from_u32(c) {
            // ASCII never decomposes; characters that 16.0 does not assign have no data.
            Some(ch) if c >= 128 && record(c).category != 0 => {
                let push = |x: char| out.push(x as u32);
                if compat {
                    decompose_compatible(ch, push)
                } else {
                    decompose_canonical(ch, push)
                }
            }
            _ => out.push(c),
        }
    }
    reorder(&mut out);
    if matches!(form, Form::Nfc | Form::Nfkc) {
        recompose(&out)
    } else {
        out
    }
}

/// Canonical ordering: runs of non-starters sorted by class, stably.
fn reorder(text: &mut [u32]) {
    let mut i = 0;
    while i < text.len() {
        if combining(text[i]) == 0 {
            i += 1;
            continue;
        }
        let start = i;
        while i < text.len() && combining(text[i]) != 0 {
            i += 1;
        }
        text[start..i].sort_by_key(|&c| combining(c));
    }
}

fn recompose(text: &[u32]) -> Vec<u32> {
    let mut out: Vec<u32> = Vec::with_capacity(text.len());
    let mut starter: Option<usize> = None;
    let mut last_class: Option<u8> = None;
    for &c in text {
        let class = combining(c);
        if let Some(s) = starter {
            // Blocked when a character between has the same or a higher class.
            let blocked = last_class.is_some_and(|l| l >= class || l == 0);
            let pair = char::from_u32(out[s]).zip(char::from_u32(c));
            if !blocked && let Some(joined) = pair.and_then(|(a, b)| compose(a, b)) {
                out[s] = joined as u32;
                continue;
            }
        }
        if class == 0 {
            starter = Some(out.len());
            last_class = None;
        } else {
            last_class = Some(class);
        }
        out.push(c);
    }
    out
}

/// Whether text is in a form already.
pub fn is_normalized(form: Form, text: &[u32]) -> bool {
    normalize(form, text.iter().copied()) == text
}
