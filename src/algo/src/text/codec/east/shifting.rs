//! The encodings of seven bits, in which sequences say what the bytes after them mean: HZ, and those of ISO 2022.

use super::{Name, SetName, Sets, Step};
use encoding_rs::ISO_8859_7;

const ESC: u8 = 0x1b;
const SHIFT_OUT: u8 = 0x0e;
const SHIFT_IN: u8 = 0x0f;
const LF: u8 = b'\n';
/// A sequence is at most this long.
const LONGEST: usize = 16;

/// A set that a sequence designates: its letter, with [`WIDE`] for two bytes.
type Mark = u8;
const WIDE: u8 = 0x80;
const ASCII: Mark = b'B';
const JIS_ROMAN: Mark = b'J';
const JIS_KANA: Mark = b'I';
const JIS_0208: Mark = b'B' | WIDE;
const JIS_0208_OLD: Mark = b'@' | WIDE;
const JIS_0212: Mark = b'D' | WIDE;
const KOREAN: Mark = b'C' | WIDE;
const CHINESE: Mark = b'A' | WIDE;
const LATIN_1: Mark = b'A';
const GREEK: Mark = b'F';

/// Where a text in such an encoding stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State {
    /// What is designated in place 0, 1, 2.
    sets: [Mark; 3],
    /// Place 1 is in use, not 0 (HZ: Chinese).
    shifted: bool,
    /// Inside a sequence of another kind, which goes through.
    through: bool,
}

impl Default for State {
    fn default() -> State {
        State {
            sets: [ASCII; 3],
            shifted: false,
            through: false,
        }
    }
}

impl State {
    /// As eight bytes, for `getstate`.
    pub fn to_bytes(self) -> [u8; 8] {
        let [a, b, c] = self.sets;
        [a, b, c, self.shifted.into(), self.through.into(), 0, 0, 0]
    }
    /// And back.
    pub fn from_bytes(b: [u8; 8]) -> State {
        match b {
            [0, 0, 0, ..] => State::default(),
            _ => State {
                sets: [b[0], b[1], b[2]],
                shifted: b[3] != 0,
                through: b[4] != 0,
            },
        }
    }
}

/// The sets of an encoding, in the order in which a character is looked for.
fn marks(name: Name) -> &'static [Mark] {
    match name {
        Name::Iso2022Kr => &[KOREAN],
        Name::Iso2022Jp => &[JIS_0208, JIS_ROMAN, JIS_0208_OLD],
        Name::Iso2022Jp1 => &[JIS_0208, JIS_0212, JIS_ROMAN, JIS_0208_OLD],
        Name::Iso2022Jp2 => &[
            JIS_0208,
            JIS_0212,
            KOREAN,
            CHINESE,
            JIS_ROMAN,
            JIS_0208_OLD,
            LATIN_1,
            GREEK,
        ],
        _ => &[JIS_0208, JIS_0212, JIS_ROMAN, JIS_KANA, JIS_0208_OLD],
    }
}

fn wide(mark: Mark) -> SetName {
    match mark {
        JIS_0212 => SetName::JisX0212,
        KOREAN => SetName::KsX1001,
        CHINESE => SetName::Gb2312,
        _ => SetName::JisX0208,
    }
}

pub(super) fn hz(sets: &impl Sets, state: &mut State, s: &[u8]) -> Step {
    let a = s[0];
    if a >= 0x80 {
        return Step::Bad(1);
    }
    if a != b'~' && !state.shifted {
        return Step::Char(a.into(), 1);
    }
    let Some(&b) = s.get(1) else {
        return Step::More;
    };
    if a == b'~' {
        match (b, state.shifted) {
            (b'~', false) => return Step::Char(b'~'.into(), 2),
            (b'{', false) => state.shifted = true,
            (b'}', true) => state.shifted = false,
            (LF, false) => {}
            _ => return Step::Bad(1),
        }
        return Step::Silent(2);
    }
    match sets.set(SetName::Gb2312).char(a | 0x80, b | 0x80) {
        Some(c) if b < 0x80 => Step::Char(c, 2),
        _ => Step::Bad(1),
    }
}

pub(super) fn put_hz(
    sets: &impl Sets,
    state: &mut State,
    c: u32,
    out: &mut Vec<u8>,
) -> Option<usize> {
    if c < 0x80 {
        if std::mem::take(&mut state.shifted) {
            out.extend(b"~}");
        }
        if c == b'~'.into() {
            out.push(b'~');
        }
        out.push(c as u8);
        return Some(1);
    }
    let code = sets.set(SetName::Gb2312).code(c)?;
    if !std::mem::replace(&mut state.shifted, true) {
        out.extend(b"~{");
    }
    out.extend(code.map(|b| b & 0x7f));
    Some(1)
}

fn ends(c: u8) -> bool {
    c.is_ascii_uppercase() || c == b'@'
}

pub(super) fn step(name: Name, sets: &impl Sets, state: &mut State, s: &[u8]) -> Step {
    let a = s[0];
    let plain = Step::Char(a.into(), 1);
    if state.through {
        state.through = !ends(a);
        return plain;
    }
    match a {
        ESC => {
            let Some(&b) = s.get(1) else {
                return Step::More;
            };
            match b {
                b'(' | b')' | b'$' | b'.' | b'&' => sequence(name, state, s),
                b'N' if name == Name::Iso2022Jp2 => single(state, s),
                _ => {
                    state.through = true;
                    plain
                }
            }
        }
        SHIFT_OUT | SHIFT_IN if name == Name::Iso2022Kr => {
            state.shifted = a == SHIFT_OUT;
            Step::Silent(1)
        }
        LF => {
            state.shifted = false;
            plain
        }
        ..0x20 => plain,
        0x80.. => Step::Bad(1),
        _ => match state.sets[usize::from(state.shifted)] {
            ASCII => plain,
            JIS_ROMAN => match a {
                b'\\' => Step::Char(0xa5, 1),
                b'~' => Step::Char(0x203e, 1),
                _ => plain,
            },
            JIS_KANA => match a {
                0x21..=0x5f => Step::Char(0xff61 + u32::from(a - 0x21), 1),
                _ => Step::Bad(1),
            },
            mark if mark & WIDE == 0 => Step::Bad(1),
            mark => match s.get(1) {
                None => Step::More,
                Some(&b) => match sets.set(wide(mark)).char(a | 0x80, b | 0x80) {
                    Some(c) if b < 0x80 => Step::Char(c, 2),
                    _ => Step::Bad(2),
                },
            },
        },
    }
}

/// A sequence that designates a set.
fn sequence(name: Name, state: &mut State, s: &[u8]) -> Step {
    let mut n = 1;
    let len = loop {
        match s.get(n) {
            None => return Step::More,
            Some(&c) if ends(c) && !(c == b'@' && s[n - 1] == b'&') => break n + 1,
            Some(_) => n += 1,
        }
        if n >= LONGEST {
            return Step::Bad(1);
        }
    };
    let (mark, place) = match &s[1..len] {
        [b'$', c] => (c | WIDE, 0),
        [b'(', c] => (*c, 0),
        [b')', c] => (*c, 1),
        [b'.', c] if name == Name::Iso2022Jp2 => (*c, 2),
        [b'$', b'(', c] => (c | WIDE, 0),
        [b'$', b')', c] => (c | WIDE, 1),
        [b'&', b'@', ESC, b'$', b'B'] if name != Name::Iso2022Kr => (JIS_0208, 0),
        _ => return Step::Bad(len),
    };
    if mark != ASCII && !marks(name).contains(&mark) {
        return Step::Bad(len);
    }
    state.sets[place] = mark;
    Step::Silent(len)
}

/// One character of what place 2 holds.
fn single(state: &State, s: &[u8]) -> Step {
    let Some(&c) = s.get(2) else {
        return Step::More;
    };
    match state.sets[2] {
        GREEK if c >= 0x80 => Step::Char(u32::from(c) - 0x80, 3),
        _ if c >= 0x80 => Step::Bad(3),
        LATIN_1 => Step::Char(u32::from(c) + 0x80, 3),
        // The euro, the drachma and the subscribed iota came later.
        GREEK if !matches!(c | 0x80, 0xa4 | 0xa5 | 0xaa) => {
            let text = ISO_8859_7
                .decode_without_bom_handling_and_without_replacement(&[c | 0x80])
                .map(String::from);
            match text.as_deref().and_then(|t| t.chars().next()) {
                Some(c) => Step::Char(c.into(), 3),
                None => Step::Bad(3),
            }
        }
        ASCII => Step::Char(c.into(), 3),
        _ => Step::Bad(3),
    }
}

/// The bytes of a character in a set, if it has them.
fn in_set(sets: &impl Sets, mark: Mark, c: u32) -> Option<([u8; 2], usize)> {
    match mark {
        JIS_ROMAN => match c {
            0xa5 => Some(([b'\\', 0], 1)),
            0x203e => Some(([b'~', 0], 1)),
            _ => None,
        },
        JIS_KANA => match c {
            0xff61..=0xff9f => Some(([(c - 0xff61) as u8 + 0x21, 0], 1)),
            _ => None,
        },
        LATIN_1 | GREEK => None,
        _ => Some((sets.set(wide(mark)).code(c)?.map(|b| b & 0x7f), 2)),
    }
}

pub(super) fn put(
    name: Name,
    sets: &impl Sets,
    state: &mut State,
    c: u32,
    out: &mut Vec<u8>,
) -> Option<usize> {
    if c < 0x80 {
        leave(name, state, out);
        out.push(c as u8);
        return Some(1);
    }
    let (mark, (bytes, n)) = marks(name)
        .iter()
        .find_map(|&m| Some((m, in_set(sets, m, c)?)))?;
    let place = usize::from(name == Name::Iso2022Kr);
    if state.sets[place] != mark {
        out.push(ESC);
        match (mark & WIDE != 0, place) {
            (true, 0) if mark == JIS_0208 => out.push(b'$'),
            (true, 0) => out.extend(b"$("),
            (true, _) => out.extend(b"$)"),
            (false, _) => out.push(b'('),
        }
        out.push(mark & !WIDE);
        state.sets[place] = mark;
    }
    if place == 1 && !std::mem::replace(&mut state.shifted, true) {
        out.push(SHIFT_OUT);
    }
    out.extend(&bytes[..n]);
    Some(1)
}

/// Goes back to ASCII.
fn leave(name: Name, state: &mut State, out: &mut Vec<u8>) {
    if std::mem::take(&mut state.shifted) {
        match name {
            Name::Hz => out.extend(b"~}"),
            _ => out.push(SHIFT_IN),
        }
    }
    if std::mem::replace(&mut state.sets[0], ASCII) != ASCII {
        out.extend([ESC, b'(', ASCII]);
    }
}

/// The end of a text.
pub(super) fn end(name: Name, state: &mut State, out: &mut Vec<u8>) {
    leave(name, state, out);
    *state = State::default();
}
