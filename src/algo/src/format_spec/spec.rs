//! Reading a specification.

use super::FormatError;
use crate::text::StrRef;
use crate::unicode;

/// Where the padding goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`
    AfterSign,
}

/// Separator of groups of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// `,` every three
    Comma,
    /// `_` every three
    Underscore,
    /// `_` every four (binary, octal, hexadecimal)
    UnderscoreFour,
}

impl Grouping {
    pub(super) fn char(self) -> char {
        if self == Grouping::Comma { ',' } else { '_' }
    }

    pub(super) fn size(self) -> usize {
        if self == Grouping::UnderscoreFour {
            4
        } else {
            3
        }
    }
}

/// A parsed specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatSpec {
    /// Fill character (default space).
    pub fill: u32,
    /// Alignment.
    pub align: Align,
    /// Whether the specification itself said `=` or another alignment.
    pub align_given: bool,
    /// `+`, `-` or space.
    pub sign: Option<char>,
    /// `z`
    pub no_neg_0: bool,
    /// `#`
    pub alt: bool,
    /// Minimal width.
    pub width: Option<usize>,
    /// Grouping of the whole part.
    pub grouping: Option<Grouping>,
    /// Grouping of the fraction.
    pub fraction_grouping: Option<Grouping>,
    /// Precision.
    pub precision: Option<usize>,
    /// Type code, as written.
    pub code: Option<u32>,
}

fn align_of(c: Option<u32>) -> Option<Align> {
    Some(match char::from_u32(c?)? {
        '<' => Align::Left,
        '>' => Align::Right,
        '^' => Align::Center,
        '=' => Align::AfterSign,
        _ => return None,
    })
}

/// Digits at `at`: the number, if there is one.
fn integer(s: StrRef<'_>, at: &mut usize) -> Result<Option<usize>, FormatError> {
    let mut value: Option<usize> = None;
    while let Some(d) = s.get(*at).and_then(unicode::decimal) {
        let next = value
            .unwrap_or(0)
            .checked_mul(10)
            .and_then(|v| v.checked_add(usize::from(d)));
        match next.filter(|&v| v <= isize::MAX as usize) {
            Some(v) => value = Some(v),
            None => {
                return Err(FormatError::Message(
                    "Too many decimal digits in format string",
                ));
            }
        }
        *at += 1;
    }
    Ok(value)
}

impl FormatSpec {
    /// For numbers, which align right.
    pub fn parse_for_number(s: StrRef<'_>, type_name: &str) -> Result<FormatSpec, FormatError> {
        Self::parse(s, Align::Right, type_name)
    }

    /// For strings, which align left and whose default code is `s`.
    pub fn parse_for_str(s: StrRef<'_>, type_name: &str) -> Result<FormatSpec, FormatError> {
        let mut spec = Self::parse(s, Align::Left, type_name)?;
        let code = *spec.code.get_or_insert(u32::from(b's'));
        // A string's default code counts as a code when grouping is checked.
        if let (Some(g), 0x73) = (spec.grouping, code) {
            return Err(FormatError::Grouping {
                grouping: g.char(),
                code,
            });
        }
        Ok(spec)
    }

    fn parse(
        s: StrRef<'_>,
        default_align: Align,
        type_name: &str,
    ) -> Result<FormatSpec, FormatError> {
        let mut spec = FormatSpec {
            fill: 32,
            align: default_align,
            align_given: false,
            sign: None,
            no_neg_0: false,
            alt: false,
            width: None,
            grouping: None,
            fraction_grouping: None,
            precision: None,
            code: None,
        };
        let mut at = 0;
        let mut fill_given = false;
        if let Some(a) = align_of(s.get(1)) {
            (spec.fill, spec.align, spec.align_given, fill_given) = (s.at(0), a, true, true);
            at = 2;
        } else if let Some(a) = align_of(s.get(0)) {
            (spec.align, spec.align_given) = (a, true);
            at = 1;
        }
        let is = |at: usize, c: char| s.get(at) == Some(c as u32);
        if let Some(c @ ('+' | '-' | ' ')) = s.get(at).and_then(char::from_u32) {
            spec.sign = Some(c);
            at += 1;
        }
        if is(at, 'z') {
            spec.no_neg_0 = true;
            at += 1;
        }
        if is(at, '#') {
            spec.alt = true;
            at += 1;
        }
        if !fill_given && is(at, '0') {
            spec.fill = 48;
            if !spec.align_given && default_align == Align::Right {
                spec.align = Align::AfterSign;
            }
            at += 1;
        }
        spec.width = integer(s, &mut at)?;
        spec.grouping = grouping(s, &mut at)?;
        if is(at, '.') {
            at += 1;
            let start = at;
            spec.precision = integer(s, &mut at)?;
            spec.fraction_grouping = grouping(s, &mut at)?;
            if at == start {
                return Err(FormatError::Message("Format specifier missing precision"));
            }
        }
        if s.len() > at + 1 {
            let spec = s.to_string_lossy();
            return Err(FormatError::Invalid {
                spec,
                type_name: type_name.to_owned(),
            });
        }
        spec.code = s.get(at);
        if let Some(g) = spec.grouping {
            match spec.code.map(|c| char::from_u32(c).unwrap_or('\0')) {
                None | Some('d' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F') => {}
                Some('b' | 'o' | 'x' | 'X') if g == Grouping::Underscore => {
                    spec.grouping = Some(Grouping::UnderscoreFour);
                }
                Some(c) => {
                    return Err(FormatError::Grouping {
                        grouping: g.char(),
                        code: c as u32,
                    });
                }
            }
        }
        if let (Some(g), Some(0x6e)) = (spec.fraction_grouping, spec.code) {
            return Err(FormatError::Grouping {
                grouping: g.char(),
                code: 0x6e,
            });
        }
        Ok(spec)
    }

    pub(super) fn unknown_code(&self, type_name: &str) -> FormatError {
        FormatError::UnknownCode {
            code: self.code.unwrap_or(0),
            type_name: type_name.to_owned(),
        }
    }

    /// Padding left and right of something so long.
    pub(super) fn margins(&self, len: usize) -> (usize, usize) {
        let total = self.width.unwrap_or(0).saturating_sub(len);
        match self.align {
            Align::Left => (0, total),
            Align::Right | Align::AfterSign => (total, 0),
            Align::Center => (total / 2, total - total / 2),
        }
    }
}

fn grouping(s: StrRef<'_>, at: &mut usize) -> Result<Option<Grouping>, FormatError> {
    let both = FormatError::Message("Cannot specify both ',' and '_'.");
    let mut g = None;
    if s.get(*at) == Some(u32::from(b',')) {
        g = Some(Grouping::Comma);
        *at += 1;
    }
    if s.get(*at) == Some(u32::from(b'_')) {
        if g.is_some() {
            return Err(both);
        }
        g = Some(Grouping::Underscore);
        *at += 1;
    }
    if s.get(*at) == Some(u32::from(b',')) && g == Some(Grouping::Underscore) {
        return Err(both);
    }
    Ok(g)
}
