//! Sets of characters of two bytes: from the tables of the web's encodings (`encoding_rs`), with what Python's codecs of the
//! same names leave out and have otherwise.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS};
use std::collections::HashMap;

/// The sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetName {
    Gb2312,
    Gbk,
    Gb18030,
    Big5,
    Cp950,
    Hkscs,
    JisX0208,
    JisX0212,
    ShiftJis,
    Cp932,
    KsX1001,
    Cp949,
}

/// How many there are.
pub const SETS: usize = SetName::Cp949 as usize + 1;

/// How a set is made from the table that it is near to.
struct Rules {
    from: &'static Encoding,
    /// Put before the two bytes.
    prefix: &'static [u8],
    /// Both bytes have their highest bit.
    high: bool,
    /// Codes from … to that are left out.
    without: &'static [(u16, u16)],
    /// Codes from …, the character of the first, and how many follow each other in both.
    with: &'static [(u16, u32, u16)],
    /// Of several codes of a character the last is written, not the first.
    last: bool,
    /// What is written for a character whatever the above says.
    write: &'static [(u32, u16)],
}

const PLAIN: Rules = Rules {
    from: GBK,
    prefix: &[],
    high: false,
    without: &[],
    with: &[],
    last: false,
    write: &[],
};

/// The Cyrillic, Japanese and numbered part of ETEN's extension.
const ETEN: [(u16, u32, u16); 15] = [
    (0xc6a1, 0x30fe, 1),
    (0xc6a2, 0x309d, 2),
    (0xc6a4, 0x3005, 1),
    (0xc6a5, 0x3041, 83),
    (0xc6f8, 0x30a1, 7),
    (0xc740, 0x30a8, 63),
    (0xc7a1, 0x30e7, 16),
    (0xc7b1, 0x0414, 2),
    (0xc7b3, 0x0401, 1),
    (0xc7b4, 0x0416, 7),
    (0xc7bb, 0x0423, 19),
    (0xc7ce, 0x0451, 1),
    (0xc7cf, 0x0436, 26),
    (0xc7e9, 0x2460, 10),
    (0xc7f3, 0x2474, 10),
];

/// Where Big5 as Unicode's consortium lists it differs from Microsoft's.
const BIG5_SIGNS: [(u16, u32, u16); 10] = [
    (0xa145, 0x2022, 1),
    (0xa14e, 0xff64, 1),
    (0xa1c2, 0x203e, 1),
    (0xa1e3, 0x223c, 1),
    (0xa1f2, 0x2641, 1),
    (0xa1f3, 0x2609, 1),
    (0xa241, 0xff0f, 1),
    (0xa242, 0xff3c, 1),
    (0xa244, 0x00a5, 1),
    (0xa246, 0x00a2, 2),
];

#[rustfmt::skip]
const HKSCS_WITHOUT: &[(u16, u16)] = &[
    (0x877a, 0x87df), (0x8e69, 0x8e69), (0x8e6f, 0x8e6f),
    (0x8e7e, 0x8e7e), (0x8eab, 0x8eab), (0x8eb4, 0x8eb4), (0x8ecd, 0x8ecd), (0x8ed0, 0x8ed0), (0x8f57, 0x8f57), (0x8f69, 0x8f69),
    (0x8f6e, 0x8f6e), (0x8fcb, 0x8fcc), (0x8ffe, 0x8ffe), (0x906d, 0x906d), (0x907a, 0x907a), (0x90dc, 0x90dc), (0x90f1, 0x90f1),
    (0x91bf, 0x91bf), (0x9244, 0x9244), (0x92af, 0x92b2), (0x92c8, 0x92c8), (0x92d1, 0x92d1), (0x9447, 0x9447), (0x94ca, 0x94ca),
    (0x95d9, 0x95d9), (0x9644, 0x9644), (0x96ed, 0x96ed), (0x96fc, 0x96fc), (0x9b76, 0x9b76), (0x9b78, 0x9b78), (0x9b7b, 0x9b7b),
    (0x9bc6, 0x9bc6), (0x9bde, 0x9bde), (0x9bec, 0x9bec), (0x9bf6, 0x9bf6), (0x9c42, 0x9c42), (0x9c53, 0x9c53), (0x9c62, 0x9c62),
    (0x9c68, 0x9c68), (0x9c6b, 0x9c6b), (0x9c77, 0x9c77), (0x9cbc, 0x9cbd), (0x9cd0, 0x9cd0), (0x9d57, 0x9d57), (0x9d5a, 0x9d5a),
    (0x9dc4, 0x9dc4), (0x9ea9, 0x9ea9), (0x9eef, 0x9eef), (0x9efd, 0x9efd), (0x9f60, 0x9f60), (0x9f66, 0x9f66), (0x9fcb, 0x9fcb),
    (0x9fd8, 0x9fd8), (0xa063, 0xa063), (0xa077, 0xa077), (0xa0d5, 0xa0d5), (0xa0df, 0xa0df), (0xa0e4, 0xa0e4), (0xa3c0, 0xa3e1),
    (0xc6cf, 0xc6cf), (0xc6d3, 0xc6d3), (0xc6d5, 0xc6d5), (0xc6d7, 0xc6d7), (0xc6de, 0xc6df), (0xfa5f, 0xfa5f), (0xfa66, 0xfa66),
    (0xfabd, 0xfabd), (0xfac5, 0xfac5), (0xfad5, 0xfad5), (0xfb48, 0xfb48), (0xfbb8, 0xfbb8), (0xfbf3, 0xfbf3), (0xfbf9, 0xfbf9),
    (0xfc4f, 0xfc4f), (0xfc6c, 0xfc6c), (0xfcb9, 0xfcb9), (0xfce2, 0xfce2), (0xfcf1, 0xfcf1), (0xfdb7, 0xfdb8), (0xfdbb, 0xfdbb),
    (0xfdf1, 0xfdf1), (0xfe52, 0xfe52), (0xfe6f, 0xfe6f), (0xfeaa, 0xfeaa), (0xfedd, 0xfedd),
];

const fn joined<const N: usize>(
    a: [(u16, u32, u16); 15],
    b: &[(u16, u32, u16)],
) -> [(u16, u32, u16); N] {
    let mut all = [(0, 0, 0); N];
    let mut i = 0;
    while i < N {
        all[i] = if i < 15 { a[i] } else { b[i - 15] };
        i += 1;
    }
    all
}

static BIG5_WITH: [(u16, u32, u16); 25] = joined(ETEN, &BIG5_SIGNS);
static CP950_WITH: [(u16, u32, u16); 16] = joined(ETEN, &[(0xf9fe, 0x2593, 1)]);

impl SetName {
    fn rules(self) -> Rules {
        match self {
            SetName::Gb2312 => Rules {
                high: true,
                without: &[
                    (0xa2a1, 0xa2b0),
                    (0xa2e3, 0xa2e4),
                    (0xa2ef, 0xa2f0),
                    (0xa2fd, 0xa2fe),
                    (0xa4f4, 0xa4fe),
                    (0xa5f7, 0xa5fe),
                    (0xa6b9, 0xa6c0),
                    (0xa6d9, 0xa6fe),
                    (0xa7c2, 0xa7d0),
                    (0xa7f2, 0xa7fe),
                    (0xa8bb, 0xa8c4),
                    (0xa8ea, 0xa9a3),
                    (0xa9f0, 0xaffe),
                    (0xd7fa, 0xd7fe),
                    (0xf8a1, 0xfefe),
                ],
                with: &[(0xa1a4, 0x30fb, 1), (0xa1aa, 0x2015, 1)],
                ..PLAIN
            },
            SetName::Gbk => Rules {
                without: &[
                    (0xa140, 0xa1a0),
                    (0xa240, 0xa2a0),
                    (0xa2ab, 0xa2b0),
                    (0xa2e3, 0xa2e4),
                    (0xa2ef, 0xa2f0),
                    (0xa2fd, 0xa3a0),
                    (0xa440, 0xa4a0),
                    (0xa4f4, 0xa5a0),
                    (0xa5f7, 0xa6a0),
                    (0xa6b9, 0xa6c0),
                    (0xa6d9, 0xa6df),
                    (0xa6ec, 0xa6ed),
                    (0xa6f3, 0xa6f3),
                    (0xa6f6, 0xa7a0),
                    (0xa7c2, 0xa7d0),
                    (0xa7f2, 0xa7fe),
                    (0xa896, 0xa8a0),
                    (0xa8bc, 0xa8bc),
                    (0xa8bf, 0xa8bf),
                    (0xa8c1, 0xa8c4),
                    (0xa8ea, 0xa8fe),
                    (0xa958, 0xa958),
                    (0xa95b, 0xa95b),
                    (0xa95d, 0xa95f),
                    (0xa989, 0xa995),
                    (0xa997, 0xa9a3),
                    (0xa9f0, 0xa9fe),
                    (0xaaa1, 0xaafe),
                    (0xaba1, 0xabfe),
                    (0xaca1, 0xacfe),
                    (0xada1, 0xadfe),
                    (0xaea1, 0xaefe),
                    (0xafa1, 0xaffe),
                    (0xd7fa, 0xd7fe),
                    (0xf8a1, 0xf8fe),
                    (0xf9a1, 0xf9fe),
                    (0xfaa1, 0xfafe),
                    (0xfba1, 0xfbfe),
                    (0xfca1, 0xfcfe),
                    (0xfda1, 0xfdfe),
                    (0xfe50, 0xfefe),
                ],
                ..PLAIN
            },
            SetName::Gb18030 => Rules {
                from: GB18030,
                with: &[
                    (0xa3a0, 0xe5e5, 1),
                    (0xa6d9, 0xe78d, 7),
                    (0xa6ec, 0xe794, 2),
                    (0xa6f3, 0xe796, 1),
                    (0xa8bc, 0xe7c7, 1),
                    (0xfe59, 0xe81e, 1),
                    (0xfe61, 0xe826, 1),
                    (0xfe66, 0xe82b, 2),
                    (0xfe6d, 0xe832, 1),
                    (0xfe7e, 0xe843, 1),
                    (0xfe90, 0xe854, 1),
                    (0xfea0, 0xe864, 1),
                ],
                ..PLAIN
            },
            SetName::Big5 => Rules {
                from: BIG5,
                without: &[
                    (0x8740, 0xa0fe),
                    (0xa3c0, 0xa3e1),
                    (0xc7fd, 0xc8fe),
                    (0xf9d6, 0xfefe),
                ],
                with: &BIG5_WITH,
                last: true,
                ..PLAIN
            },
            SetName::Cp950 => Rules {
                from: BIG5,
                without: &[
                    (0x8740, 0xa0fe),
                    (0xa3c0, 0xa3e0),
                    (0xc7fd, 0xc8fe),
                    (0xfa40, 0xfefe),
                ],
                with: &CP950_WITH,
                write: &[
                    (0x5341, 0xa451),
                    (0x5345, 0xa4ca),
                    (0xa2, 0xa246),
                    (0xa3, 0xa247),
                    (0xa5, 0xa244),
                    (0x2022, 0xa145),
                    (0x203e, 0xa1c2),
                    (0x223c, 0xa1e3),
                    (0x2609, 0xa1f3),
                    (0x2641, 0xa1f2),
                    (0xff64, 0xa14e),
                ],
                ..PLAIN
            },
            SetName::Hkscs => Rules {
                from: BIG5,
                without: HKSCS_WITHOUT,
                with: &BIG5_SIGNS,
                last: true,
                ..PLAIN
            },
            SetName::JisX0208 => Rules {
                from: EUC_JP,
                high: true,
                without: &[(0xada1, 0xadfe), (0xf9a1, 0xfefe)],
                with: &[
                    (0xa1c1, 0x301c, 1),
                    (0xa1c2, 0x2016, 1),
                    (0xa1dd, 0x2212, 1),
                    (0xa1f1, 0xa2, 2),
                    (0xa2cc, 0xac, 1),
                ],
                ..PLAIN
            },
            SetName::JisX0212 => Rules {
                from: EUC_JP,
                prefix: &[0x8f],
                high: true,
                with: &[(0xa2b7, 0x7e, 1)],
                ..PLAIN
            },
            SetName::ShiftJis => Rules {
                from: SHIFT_JIS,
                without: &[(0x8740, 0x879c), (0xed40, 0xfcfc)],
                with: &[
                    (0x8160, 0x301c, 1),
                    (0x8161, 0x2016, 1),
                    (0x817c, 0x2212, 1),
                    (0x8191, 0xa2, 2),
                    (0x81ca, 0xac, 1),
                ],
                ..PLAIN
            },
            SetName::Cp932 => Rules {
                from: SHIFT_JIS,
                write: &[
                    (0xa2, 0x8191),
                    (0xa3, 0x8192),
                    (0xac, 0x81ca),
                    (0x2016, 0x8161),
                    (0x2212, 0x817c),
                    (0x301c, 0x8160),
                ],
                ..PLAIN
            },
            SetName::KsX1001 => Rules {
                from: EUC_KR,
                high: true,
                ..PLAIN
            },
            SetName::Cp949 => Rules {
                from: EUC_KR,
                ..PLAIN
            },
        }
    }
}

/// Characters of one set by their codes of two bytes, and the other way round.
pub struct Charset {
    decode: Box<[u32]>,
    encode: HashMap<u32, u16, foldhash::fast::FixedState>,
    /// For GB 18030 alone: the characters of the basic plane that have no code of two bytes, in order.
    others: Vec<u16>,
}

impl Charset {
    /// Makes the tables: some milliseconds.
    pub fn new(name: SetName) -> Charset {
        let rules = name.rules();
        let mut decode = vec![0; 0x1_0000].into_boxed_slice();
        let trail = if rules.high { 0xa1 } else { 0x30 };
        for lead in 0x81..=0xfeu16 {
            if rules.high && lead < 0xa1 {
                continue;
            }
            for code in (lead << 8 | trail)..=(lead << 8 | 0xfe) {
                if !rules.without.iter().any(|r| (r.0..=r.1).contains(&code)) {
                    decode[usize::from(code)] = of_table(&rules, code).unwrap_or(0);
                }
            }
        }
        for &(code, c, n) in rules.with {
            for k in 0..n {
                decode[usize::from(code + k)] = c + u32::from(k);
            }
        }
        let mut encode = HashMap::default();
        for (code, &c) in decode.iter().enumerate().filter(|x| *x.1 != 0) {
            match rules.last {
                true => drop(encode.insert(c, code as u16)),
                false => drop(encode.entry(c).or_insert(code as u16)),
            }
        }
        encode.extend(rules.write.iter().copied());
        let others = match name {
            SetName::Gb18030 => (0x80..=0xffffu16)
                .filter(|c| !(0xd800..0xe000).contains(c) && !encode.contains_key(&u32::from(*c)))
                .collect(),
            _ => Vec::new(),
        };
        Charset {
            decode,
            encode,
            others,
        }
    }

    /// The character of this number among those that have no code.
    pub(super) fn without_code(&self, n: u32) -> Option<u32> {
        self.others.get(n as usize).map(|&c| c.into())
    }

    /// And its number.
    pub(super) fn number_without_code(&self, c: u32) -> Option<u32> {
        let c = u16::try_from(c).ok()?;
        self.others.binary_search(&c).ok().map(|n| n as u32)
    }

    /// The character of two bytes.
    pub fn char(&self, lead: u8, trail: u8) -> Option<u32> {
        let c = self.decode[usize::from(lead) << 8 | usize::from(trail)];
        (c != 0).then_some(c)
    }

    /// The two bytes of a character.
    pub fn code(&self, c: u32) -> Option<[u8; 2]> {
        self.encode.get(&c).map(|code| code.to_be_bytes())
    }
}

/// What the web's table says.
fn of_table(rules: &Rules, code: u16) -> Option<u32> {
    let mut bytes = rules.prefix.to_vec();
    bytes.extend(code.to_be_bytes());
    let text = rules
        .from
        .decode_without_bom_handling_and_without_replacement(&bytes)?;
    let mut chars = text.chars();
    // Two characters are two bytes that stand for themselves, or a letter with a mark, which has no place here.
    match (chars.next(), chars.next()) {
        (Some(c), None) => Some(u32::from(c)),
        _ => None,
    }
}
