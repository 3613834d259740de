//! The encodings in which each byte says what it is: a lead byte has its highest bit.

use super::{Name, SetName, Sets, Step};

/// Codes of Hong Kong's set that are a letter and a mark.
const JOINED: [(u32, u32, [u8; 2]); 4] = [
    (0xca, 0x304, [0x88, 0x62]),
    (0xca, 0x30c, [0x88, 0x64]),
    (0xea, 0x304, [0x88, 0xa3]),
    (0xea, 0x30c, [0x88, 0xa5]),
];
/// Characters of Microsoft's set of one byte that stand for bytes.
const CP932_BYTES: [(u8, u32); 5] = [
    (0x80, 0x80),
    (0xa0, 0xf8f0),
    (0xfd, 0xf8f1),
    (0xfe, 0xf8f2),
    (0xff, 0xf8f3),
];
/// Characters of the user: rows of 188 from here in Microsoft's set.
const USER: u32 = 0xe000;

pub(super) fn may_be_joined(c: u32) -> bool {
    JOINED.iter().any(|j| j.0 == c)
}

fn set(name: Name) -> SetName {
    match name {
        Name::Gb2312 => SetName::Gb2312,
        Name::Gbk => SetName::Gbk,
        Name::Gb18030 => SetName::Gb18030,
        Name::Big5 => SetName::Big5,
        Name::Cp950 => SetName::Cp950,
        Name::Hkscs => SetName::Hkscs,
        Name::EucJp => SetName::JisX0208,
        Name::ShiftJis => SetName::ShiftJis,
        Name::Cp932 => SetName::Cp932,
        Name::Cp949 => SetName::Cp949,
        _ => SetName::KsX1001,
    }
}

pub(super) fn step(name: Name, sets: &impl Sets, s: &[u8]) -> Step {
    let a = s[0];
    if a < 0x80 {
        return Step::Char(a.into(), 1);
    }
    let japanese = matches!(name, Name::ShiftJis | Name::Cp932);
    if japanese && (0xa1..=0xdf).contains(&a) {
        return Step::Char(0xff61 + u32::from(a - 0xa1), 1);
    }
    if name == Name::Cp932 {
        if let Some(x) = CP932_BYTES.iter().find(|x| x.0 == a) {
            return Step::Char(x.1, 1);
        }
    }
    let leads = match name {
        Name::ShiftJis => (0x81..=0x9f).contains(&a) || (0xe0..=0xea).contains(&a),
        Name::Cp932 => (0x81..=0x9f).contains(&a) || (0xe0..=0xfc).contains(&a),
        Name::EucJp | Name::EucKr | Name::Gb2312 => true,
        _ => (0x81..=0xfe).contains(&a),
    };
    if !leads && japanese {
        return Step::Bad(1);
    }
    let Some(&b) = s.get(1) else {
        return Step::More;
    };
    match name {
        Name::EucJp if a == 0x8e => {
            return match b {
                0xa1..=0xdf => Step::Char(0xff61 + u32::from(b - 0xa1), 2),
                _ => Step::Bad(1),
            };
        }
        Name::EucJp if a == 0x8f => {
            return match s.get(2) {
                None => Step::More,
                Some(&c) => match sets.set(SetName::JisX0212).char(b, c) {
                    Some(c) => Step::Char(c, 3),
                    None => Step::Bad(1),
                },
            };
        }
        Name::EucKr if [a, b] == [0xa4, 0xd4] => return jamo(s),
        Name::Gb18030 if b.is_ascii_digit() => return four(sets, s),
        Name::Hkscs => {
            if let Some(j) = JOINED.iter().find(|j| j.2 == [a, b]) {
                return Step::Two([j.0, j.1], 2);
            }
        }
        Name::Cp932 if (0xf0..=0xf9).contains(&a) => {
            let cell = match b {
                0x40..=0x7e => b - 0x40,
                0x80..=0xfc => b - 0x41,
                _ => return Step::Bad(1),
            };
            return Step::Char(USER + u32::from(a - 0xf0) * 188 + u32::from(cell), 2);
        }
        _ => {}
    }
    match sets.set(set(name)).char(a, b) {
        Some(c) if leads => Step::Char(c, 2),
        _ => Step::Bad(1),
    }
}

pub(super) fn put(
    name: Name,
    sets: &impl Sets,
    c: u32,
    next: Option<u32>,
    out: &mut Vec<u8>,
) -> Option<usize> {
    if c < 0x80 {
        out.push(c as u8);
        return Some(1);
    }
    match name {
        Name::EucJp | Name::ShiftJis if c == 0xa5 || c == 0x203e => {
            out.push(if c == 0xa5 { b'\\' } else { b'~' });
            return Some(1);
        }
        Name::EucJp | Name::ShiftJis | Name::Cp932 if (0xff61..=0xff9f).contains(&c) => {
            if name == Name::EucJp {
                out.push(0x8e);
            }
            out.push((c - 0xff61) as u8 + 0xa1);
            return Some(1);
        }
        Name::Cp932 => {
            if let Some(x) = CP932_BYTES.iter().find(|x| x.1 == c) {
                out.push(x.0);
                return Some(1);
            }
            if (USER..USER + 1880).contains(&c) {
                let (row, cell) = ((c - USER) / 188, ((c - USER) % 188) as u8);
                out.extend([0xf0 + row as u8, cell + if cell < 63 { 0x40 } else { 0x41 }]);
                return Some(1);
            }
        }
        Name::Hkscs => {
            if let Some(j) = JOINED.iter().find(|j| j.0 == c && Some(j.1) == next) {
                out.extend(j.2);
                return Some(2);
            }
        }
        _ => {}
    }
    if let Some(code) = sets.set(set(name)).code(c) {
        out.extend(code);
        return Some(1);
    }
    match name {
        Name::EucJp => {
            let code = sets.set(SetName::JisX0212).code(c)?;
            out.push(0x8f);
            out.extend(code);
        }
        Name::EucKr => out.extend(in_jamo(c)?),
        Name::Gb18030 => out.extend(in_four(sets, c)?),
        _ => return None,
    }
    Some(1)
}

// --- GB 18030 beyond two bytes: what has no code of two bytes, in the order of code points.

/// The first number of four bytes beyond the basic plane.
const BEYOND: u32 = 189_000;

fn four(sets: &impl Sets, s: &[u8]) -> Step {
    let Some(&[a, b, c, d]) = s.first_chunk::<4>() else {
        // The third of three tells.
        return match s.get(2) {
            Some(c) if !(0x81..=0xfe).contains(c) => Step::Bad(1),
            _ => Step::More,
        };
    };
    if a < 0x81 || !(0x81..=0xfe).contains(&c) || !d.is_ascii_digit() {
        return Step::Bad(1);
    }
    let n = ((u32::from(a - 0x81) * 10 + u32::from(b - 0x30)) * 126 + u32::from(c - 0x81)) * 10
        + u32::from(d - 0x30);
    if let Some(k) = n.checked_sub(BEYOND) {
        return match 0x1_0000 + k {
            c @ ..0x11_0000 => Step::Char(c, 4),
            _ => Step::Bad(1),
        };
    }
    match sets.set(SetName::Gb18030).without_code(n) {
        Some(c) => Step::Char(c, 4),
        None => Step::Bad(1),
    }
}

fn in_four(sets: &impl Sets, c: u32) -> Option<[u8; 4]> {
    let n = match c.checked_sub(0x1_0000) {
        Some(k) => BEYOND + k,
        None => sets.set(SetName::Gb18030).number_without_code(c)?,
    };
    Some([
        0x81 + (n / 12_600) as u8,
        0x30 + (n / 1260 % 10) as u8,
        0x81 + (n / 10 % 126) as u8,
        0x30 + (n % 10) as u8,
    ])
}

// --- Korean syllables that the set has not: a filler, and their three letters.

/// The letters, by the second byte of their code: those that begin, those in the middle, those that end (or none).
const BEGIN: [u8; 19] = [
    0xa1, 0xa2, 0xa4, 0xa7, 0xa8, 0xa9, 0xb1, 0xb2, 0xb3, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb,
    0xbc, 0xbd, 0xbe,
];
const MIDDLE: u8 = 0xbf;
const END: [u8; 28] = [
    0xd4, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0xb0,
    0xb1, 0xb2, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xba, 0xbb, 0xbc, 0xbd, 0xbe,
];
const SYLLABLES: u32 = 0xac00;

fn jamo(s: &[u8]) -> Step {
    let Some(&[_, _, x, a, y, b, z, c]) = s.first_chunk::<8>() else {
        return Step::More;
    };
    let begin = BEGIN.iter().position(|&k| k == a);
    let middle = b.checked_sub(MIDDLE).filter(|&k| k < 21);
    let end = END.iter().position(|&k| k == c);
    match (begin, middle, end) {
        (Some(a), Some(b), Some(c)) if [x, y, z] == [0xa4; 3] => Step::Char(
            SYLLABLES + (a as u32 * 21 + u32::from(b)) * 28 + c as u32,
            8,
        ),
        _ => Step::Bad(1),
    }
}

fn in_jamo(c: u32) -> Option<[u8; 8]> {
    let n = c.checked_sub(SYLLABLES).filter(|&n| n < 11_172)? as usize;
    let (a, b, c) = (BEGIN[n / 588], MIDDLE + (n / 28 % 21) as u8, END[n % 28]);
    Some([0xa4, 0xd4, 0xa4, a, 0xa4, b, 0xa4, c])
}
