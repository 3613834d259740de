//! The encodings of East Asia of several bytes a character: one step of decoding, one of encoding, and the loops around them.
//!
//! Which bytes are of one character, and what is wrong with those that are of none, is as CPython's codecs have it.

mod charset;
mod plain;
mod shifting;

pub use charset::{Charset, SETS, SetName};
pub use shifting::State;

use super::{Decoded, Fault, OnFault, Replacement, apply_decoded};
use crate::text::{StrBuf, StrRef};

/// The encodings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name {
    Gb2312,
    Gbk,
    Gb18030,
    Hz,
    Big5,
    Cp950,
    Hkscs,
    EucJp,
    ShiftJis,
    Cp932,
    EucKr,
    Cp949,
    Iso2022Kr,
    Iso2022Jp,
    Iso2022Jp1,
    Iso2022Jp2,
    Iso2022JpExt,
}

impl Name {
    /// In the order of their numbers, with the names that Python gives them.
    const ALL: [(Name, &str); 17] = [
        (Name::Gb2312, "gb2312"),
        (Name::Gbk, "gbk"),
        (Name::Gb18030, "gb18030"),
        (Name::Hz, "hz"),
        (Name::Big5, "big5"),
        (Name::Cp950, "cp950"),
        (Name::Hkscs, "big5hkscs"),
        (Name::EucJp, "euc_jp"),
        (Name::ShiftJis, "shift_jis"),
        (Name::Cp932, "cp932"),
        (Name::EucKr, "euc_kr"),
        (Name::Cp949, "cp949"),
        (Name::Iso2022Kr, "iso2022_kr"),
        (Name::Iso2022Jp, "iso2022_jp"),
        (Name::Iso2022Jp1, "iso2022_jp_1"),
        (Name::Iso2022Jp2, "iso2022_jp_2"),
        (Name::Iso2022JpExt, "iso2022_jp_ext"),
    ];

    /// By the name that Python gives it.
    pub fn from_python(name: &str) -> Option<Name> {
        let found = Name::ALL.iter().find(|(_, n)| *n == name);
        found.map(|(n, _)| *n)
    }

    /// Python's name of it.
    pub fn python(self) -> &'static str {
        Name::ALL[self as usize].1
    }
}

/// Where the sets come from: they are made when they are asked for first.
pub trait Sets {
    /// The set of that name.
    fn set(&self, name: SetName) -> &Charset;
}

/// What the next bytes are.
enum Step {
    /// A character of so many bytes.
    Char(u32, usize),
    /// Two characters.
    Two([u32; 2], usize),
    /// So many bytes that stand for nothing by themselves.
    Silent(usize),
    /// So many bytes that stand for nothing at all.
    Bad(usize),
    /// The beginning of something.
    More,
}

/// Decodes, going on in `state`.
pub fn decode<E>(
    name: Name,
    sets: &impl Sets,
    state: &mut State,
    s: &[u8],
    last: bool,
    on_fault: OnFault<'_, E>,
) -> Result<Decoded, E> {
    let mut out = StrBuf::with_capacity(s.len());
    let mut i = 0;
    while i < s.len() {
        let rest = &s[i..];
        let fault = |len, reason| Fault {
            encoding: name.python(),
            start: i,
            end: i + len,
            reason,
        };
        let fault = match step(name, sets, state, rest) {
            Step::Char(c, n) => {
                out.push(c);
                i += n;
                continue;
            }
            Step::Two(c, n) => {
                out.extend(c);
                i += n;
                continue;
            }
            Step::Silent(n) => {
                i += n;
                continue;
            }
            Step::More if !last => break,
            Step::More => fault(rest.len(), "incomplete multibyte sequence"),
            Step::Bad(n) => fault(n, "illegal multibyte sequence"),
        };
        i = apply_decoded(&mut out, fault, s.len(), on_fault)?;
    }
    Ok(Decoded::new(out.finish(), i))
}

fn step(name: Name, sets: &impl Sets, state: &mut State, s: &[u8]) -> Step {
    match name {
        Name::Hz => shifting::hz(sets, state, s),
        Name::Iso2022Kr
        | Name::Iso2022Jp
        | Name::Iso2022Jp1
        | Name::Iso2022Jp2
        | Name::Iso2022JpExt => shifting::step(name, sets, state, s),
        _ => plain::step(name, sets, s),
    }
}

/// What encoding came to.
pub struct Encoded {
    pub bytes: Vec<u8>,
    /// Characters used: all but one that may yet become another with the next, where more is to come.
    pub consumed: usize,
}

/// Encodes, going on in `state`; after the last the state is as at the beginning.
pub fn encode<E>(
    name: Name,
    sets: &impl Sets,
    state: &mut State,
    s: StrRef<'_>,
    last: bool,
    on_fault: OnFault<'_, E>,
) -> Result<Encoded, E> {
    let mut out = Vec::with_capacity(s.len() * 2);
    let mut i = 0;
    while let Some(c) = s.get(i) {
        let next = s.get(i + 1);
        if name == Name::Hkscs && next.is_none() && !last && plain::may_be_joined(c) {
            break;
        }
        if let Some(n) = put(name, sets, state, c, next, &mut out) {
            i += n;
            continue;
        }
        let fault = Fault {
            encoding: name.python(),
            start: i,
            end: i + 1,
            reason: "illegal multibyte sequence",
        };
        let (r, next) = on_fault(fault)?;
        match r {
            Replacement::Bytes(b) => out.extend(b),
            Replacement::Text(t) => {
                for c in t.as_ref().chars() {
                    if put(name, sets, state, c, None, &mut out).is_none() {
                        // What is put in its place has to be right.
                        on_fault(fault)?;
                    }
                }
            }
        }
        i = next;
    }
    if last {
        shifting::end(name, state, &mut out);
    }
    Ok(Encoded {
        bytes: out,
        consumed: i,
    })
}

/// Appends the bytes of a character, or of it and the next; so many they were.
fn put(
    name: Name,
    sets: &impl Sets,
    state: &mut State,
    c: u32,
    next: Option<u32>,
    out: &mut Vec<u8>,
) -> Option<usize> {
    match name {
        Name::Hz => shifting::put_hz(sets, state, c, out),
        Name::Iso2022Kr
        | Name::Iso2022Jp
        | Name::Iso2022Jp1
        | Name::Iso2022Jp2
        | Name::Iso2022JpExt => shifting::put(name, sets, state, c, out),
        _ => plain::put(name, sets, c, next, out),
    }
}
