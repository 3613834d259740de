//! Tests of one character: charset programs turned into tables.

use super::InvalidCode;
use super::compile::op;
use crate::unicode;

/// How a character is folded before a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    None,
    Ascii,
    Unicode,
    /// The C locale: both cases are tried.
    Locale,
}

impl Fold {
    pub(super) fn lower(self, c: u32) -> u32 {
        match self {
            Fold::None => c,
            Fold::Ascii => super::ascii_tolower(c),
            Fold::Unicode => unicode::simple_lower(c),
            Fold::Locale => super::ascii_tolower(c),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) enum Item {
    Negate,
    Literal(u32),
    Range(u32, u32),
    /// Range whose upper case counts too.
    RangeIgnore(u32, u32),
    Category(u32),
    /// 256 bits.
    Bitmap(Vec<u32>),
    /// Block numbers, and blocks of 256 bits.
    Big(Vec<u8>, Vec<u32>),
}

/// One character test: a table below 256, items above.
#[derive(Debug, Clone)]
pub(super) struct Set {
    pub(super) table: Box<[bool; 256]>,
    high: High,
}

#[derive(Debug, Clone)]
enum High {
    Always(bool),
    Items(Vec<Item>, Fold),
}

/// Whether the item, which is not `Negate`, has the character.
#[inline]
fn hits(item: &Item, c: u32) -> bool {
    match item {
        Item::Negate => false,
        Item::Literal(l) => c == *l,
        Item::Range(a, b) => *a <= c && c <= *b,
        Item::RangeIgnore(a, b) => {
            let up = unicode::simple_upper(c);
            (*a <= c && c <= *b) || (*a <= up && up <= *b)
        }
        Item::Category(k) => category(*k, c),
        Item::Bitmap(bits) => c < 256 && bits[(c >> 5) as usize] >> (c & 31) & 1 != 0,
        Item::Big(index, blocks) => {
            c < 65536 && {
                let block = usize::from(index[(c >> 8) as usize]);
                blocks[block * 8 + (c >> 5 & 7) as usize] >> (c & 31) & 1 != 0
            }
        }
    }
}

fn run_items(items: &[Item], c: u32) -> bool {
    let mut ok = true;
    for item in items {
        if matches!(item, Item::Negate) {
            ok = !ok;
        } else if hits(item, c) {
            return ok;
        }
    }
    !ok
}

/// What [`run_items`] says of each character below 256: each item marks what no earlier one has decided.
fn painted(items: &[Item]) -> [bool; 256] {
    let (mut ok, mut table, mut decided) = (true, [false; 256], [false; 256]);
    for item in items {
        let span = match item {
            Item::Negate => {
                ok = !ok;
                continue;
            }
            Item::Literal(l) => *l..=*l,
            Item::Range(a, b) => *a..=*b,
            _ => 0..=255,
        };
        for c in *span.start()..=(*span.end()).min(255) {
            let i = c as usize;
            if !decided[i] && hits(item, c) {
                (table[i], decided[i]) = (ok, true);
            }
        }
    }
    for (t, d) in table.iter_mut().zip(decided) {
        if !d {
            *t = !ok;
        }
    }
    table
}

fn folded(items: &[Item], fold: Fold, c: u32) -> bool {
    let lower = fold.lower(c);
    if run_items(items, lower) {
        return true;
    }
    if fold == Fold::Locale && c < 128 {
        let upper = u32::from((c as u8).to_ascii_uppercase());
        return upper != lower && run_items(items, upper);
    }
    false
}

impl Set {
    pub(super) fn new(items: Vec<Item>, fold: Fold) -> Set {
        let plain = painted(&items);
        let mut table = Box::new(plain);
        if fold != Fold::None {
            for (c, slot) in (0u32..).zip(table.iter_mut()) {
                let lower = fold.lower(c);
                *slot = match plain.get(lower as usize) {
                    Some(true) => true,
                    Some(false) if fold != Fold::Locale => false,
                    _ => folded(&items, fold, c),
                };
            }
        }
        Set {
            table,
            high: High::Items(items, fold),
        }
    }

    pub(super) fn constant(value: bool) -> Set {
        Set {
            table: Box::new([value; 256]),
            high: High::Always(value),
        }
    }

    /// An over-approximation given by its table; everything above is in.
    pub(super) fn approximate(table: Box<[bool; 256]>, high: bool) -> Set {
        Set {
            table,
            high: High::Always(high),
        }
    }

    /// Whether a character above 255 might be in.
    pub(super) fn may_be_high(&self) -> bool {
        match &self.high {
            High::Always(b) => *b,
            High::Items(items, _) => {
                !matches!(&items[..], [Item::Literal(c)] if *c < 128)
                    && !items.iter().all(|i| match i {
                        Item::Bitmap(_) => true,
                        Item::Range(_, b) => *b < 128,
                        Item::Literal(c) => *c < 128,
                        Item::Category(k) => *k < 10 && k % 2 == 0,
                        _ => false,
                    })
                    || matches!(&self.high, High::Items(_, f) if *f != Fold::None)
            }
        }
    }

    #[inline(always)]
    pub(super) fn has(&self, c: u32) -> bool {
        match self.table.get(c as usize) {
            Some(b) => *b,
            None => self.has_high(c),
        }
    }

    #[cold]
    fn has_high(&self, c: u32) -> bool {
        match &self.high {
            High::Always(b) => *b,
            High::Items(items, fold) => folded(items, *fold, c),
        }
    }
}

/// Reads a charset program up to its FAILURE, inside `code`.
pub(super) fn read_items(code: &[u32]) -> Result<Vec<Item>, InvalidCode> {
    let mut items = Vec::new();
    let mut i = 0;
    let word = |i: usize| code.get(i).copied().ok_or(InvalidCode);
    let words = |i: usize, n: usize| code.get(i..i + n).ok_or(InvalidCode);
    loop {
        match word(i)? {
            op::FAILURE => return Ok(items),
            op::NEGATE => {
                items.push(Item::Negate);
                i += 1;
            }
            op::LITERAL => {
                items.push(Item::Literal(word(i + 1)?));
                i += 2;
            }
            op::RANGE => {
                items.push(Item::Range(word(i + 1)?, word(i + 2)?));
                i += 3;
            }
            op::RANGE_UNI_IGNORE => {
                items.push(Item::RangeIgnore(word(i + 1)?, word(i + 2)?));
                i += 3;
            }
            op::CATEGORY => {
                let k = word(i + 1)?;
                if k >= 18 {
                    return Err(InvalidCode);
                }
                items.push(Item::Category(k));
                i += 2;
            }
            op::CHARSET => {
                items.push(Item::Bitmap(words(i + 1, 8)?.to_vec()));
                i += 9;
            }
            op::BIGCHARSET => {
                let blocks = word(i + 1)? as usize;
                if blocks > 256 {
                    return Err(InvalidCode);
                }
                let index: Vec<u8> = words(i + 2, 64)?
                    .iter()
                    .flat_map(|w| w.to_le_bytes())
                    .collect();
                if index.iter().any(|&b| usize::from(b) >= blocks) {
                    return Err(InvalidCode);
                }
                items.push(Item::Big(index, words(i + 66, blocks * 8)?.to_vec()));
                i += 66 + blocks * 8;
            }
            _ => return Err(InvalidCode),
        }
    }
}

fn ascii_word(c: u32) -> bool {
    c < 128 && (c as u8).is_ascii_alphanumeric() || c == 95
}

/// `\w` of Unicode patterns.
pub(super) fn unicode_word(c: u32) -> bool {
    if c < 128 {
        ascii_word(c)
    } else {
        unicode::is_alnum(c)
    }
}

/// `\w` of ASCII and locale patterns.
pub(super) fn plain_word(c: u32) -> bool {
    ascii_word(c)
}

/// A category by its number in `re._constants`.
pub(super) fn category(k: u32, c: u32) -> bool {
    let hit = match k >> 1 {
        0 => (48..58).contains(&c),
        1 => matches!(c, 9..=13 | 32),
        2 | 4 => ascii_word(c),
        3 => c == 10,
        5 => unicode::is_decimal(c),
        6 => crate::text::split::str_space(c),
        7 => unicode_word(c),
        _ => unicode::is_linebreak(c),
    };
    hit == (k & 1 == 0)
}
