//! `%`-formatting of `str` and `bytes`: reads the directives and lays out what the caller converts.
//!
//! [`format`] walks the format string and asks a [`PercentArgs`] for each value in the form that the directive needs.
//! For `bytes` the format string is given as [`StrRef::Latin1`], and the result's units are the bytes.

use crate::float::{Flags, float_to_string};
use crate::text::{StrBuf, StrData, StrRef};
use dashu_int::{IBig, Sign};
use std::fmt;

/// What is wrong with a format string. `Display` is CPython's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PercentError {
    /// ValueError
    IncompleteKey,
    /// ValueError
    Incomplete,
    /// ValueError
    WidthTooBig,
    /// ValueError
    PrecisionTooBig,
    /// ValueError: no such directive.
    Unsupported {
        /// The character.
        code: u32,
        /// Where it is.
        index: usize,
    },
    /// ValueError: more digits than `sys.get_int_max_str_digits()`.
    DigitLimit(usize),
}

impl fmt::Display for PercentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            PercentError::IncompleteKey => f.write_str("incomplete format key"),
            PercentError::Incomplete => f.write_str("incomplete format"),
            PercentError::WidthTooBig => f.write_str("width too big"),
            PercentError::PrecisionTooBig => f.write_str("precision too big"),
            PercentError::Unsupported { code, index } => {
                let shown = char::from_u32(code)
                    .filter(|_| (32..127).contains(&code))
                    .unwrap_or('?');
                write!(
                    f,
                    "unsupported format character '{shown}' (0x{code:x}) at index {index}"
                )
            }
            PercentError::DigitLimit(limit) => {
                write!(f, "{}", crate::int::IntError::DigitLimit(limit))
            }
        }
    }
}

impl std::error::Error for PercentError {}

/// What a directive wants of its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// `%s` (for bytes, `%b` and `%s`)
    Str,
    /// `%r`
    Repr,
    /// `%a` (and bytes' `%r`)
    Ascii,
    /// `%c`: one character
    Char,
}

/// The arguments, in the caller's hands. Each of the value methods takes the next argument, or the one that
/// [`PercentArgs::select`] has named just before.
pub trait PercentArgs {
    /// A Python exception.
    type Error;
    /// `%(key)…`: the next value is looked up in the mapping.
    fn select(&mut self, key: StrRef<'_>) -> Result<(), Self::Error>;
    /// The value of a `*`: TypeError "* wants int" when it is none.
    fn star(&mut self) -> Result<i64, Self::Error>;
    /// As text.
    fn text(&mut self, kind: TextKind) -> Result<StrData, Self::Error>;
    /// As an integer, for `d i u o x X` (`code` for messages: `%d` accepts floats, `%x` does not).
    fn int(&mut self, code: char) -> Result<IBig, Self::Error>;
    /// As a float.
    fn float(&mut self) -> Result<f64, Self::Error>;
    /// `sys.get_int_max_str_digits()`.
    fn digit_limit(&self) -> usize {
        4300
    }
    /// Checks that so many more characters may be made (width or precision of a hostile format); after the value is taken.
    fn reserve(&mut self, _chars: usize) -> Result<(), Self::Error> {
        Ok(())
    }
    /// The exception of a format error.
    fn error(&mut self, e: PercentError) -> Self::Error;
}

#[derive(Default, Clone, Copy)]
struct Directive {
    left: bool,
    plus: bool,
    space: bool,
    alt: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

fn number<A: PercentArgs>(
    s: StrRef<'_>,
    at: &mut usize,
    args: &mut A,
    too_big: PercentError,
) -> Result<Option<usize>, A::Error> {
    let mut value: Option<usize> = None;
    while let Some(c @ 48..=57) = s.get(*at) {
        let v = value.unwrap_or(0) * 10 + (c - 48) as usize;
        if v > i32::MAX as usize * 4 {
            return Err(args.error(too_big));
        }
        value = Some(v);
        *at += 1;
    }
    Ok(value)
}

/// Formats. `bytes` selects the directives of `bytes`.
pub fn format<A: PercentArgs>(
    s: StrRef<'_>,
    bytes: bool,
    args: &mut A,
) -> Result<StrData, A::Error> {
    let mut out = StrBuf::with_capacity(s.len() + 32);
    let mut at = 0;
    loop {
        let rest = s.slice(at, s.len());
        let Some(n) = crate::text::find(rest, StrRef::Ascii(b"%")) else {
            out.push_str(rest);
            return Ok(out.finish());
        };
        out.push_str(rest.slice(0, n));
        at += n + 1;
        at = directive(s, at, bytes, args, &mut out)?;
    }
}

fn directive<A: PercentArgs>(
    s: StrRef<'_>,
    mut at: usize,
    bytes: bool,
    args: &mut A,
    out: &mut StrBuf,
) -> Result<usize, A::Error> {
    let is = |at: usize, c: char| s.get(at) == Some(c as u32);
    let first = at;
    if is(at, '(') {
        let start = at + 1;
        let mut depth = 1;
        at = start;
        while depth > 0 {
            match s.get(at) {
                None => return Err(args.error(PercentError::IncompleteKey)),
                Some(0x28) => depth += 1,
                Some(0x29) => depth -= 1,
                _ => {}
            }
            at += 1;
        }
        args.select(s.slice(start, at - 1))?;
    }
    let mut d = Directive::default();
    while let Some(c) = s.get(at).and_then(char::from_u32) {
        match c {
            '-' => d.left = true,
            '+' => d.plus = true,
            ' ' => d.space = true,
            '#' => d.alt = true,
            '0' => d.zero = true,
            _ => break,
        }
        at += 1;
    }
    if is(at, '*') {
        at += 1;
        let w = args.star()?;
        d.left |= w < 0;
        d.width = usize::try_from(w.unsigned_abs()).unwrap_or(usize::MAX);
    } else {
        d.width = number(s, &mut at, args, PercentError::WidthTooBig)?.unwrap_or(0);
    }
    if is(at, '.') {
        at += 1;
        d.precision = if is(at, '*') {
            at += 1;
            Some(usize::try_from(args.star()?).unwrap_or(0))
        } else {
            Some(number(s, &mut at, args, PercentError::PrecisionTooBig)?.unwrap_or(0))
        };
    }
    if matches!(s.get(at), Some(0x68 | 0x6c | 0x4c)) {
        at += 1;
    }
    let Some(code) = s.get(at) else {
        return Err(args.error(PercentError::Incomplete));
    };
    let c = char::from_u32(code).unwrap_or('\0');
    match c {
        '%' if at == first => out.push(37),
        's' | 'b' | 'r' | 'a' | 'c' if c != 'b' || bytes => {
            let kind = match c {
                's' | 'b' => TextKind::Str,
                'r' if !bytes => TextKind::Repr,
                'c' => TextKind::Char,
                _ => TextKind::Ascii,
            };
            let t = args.text(kind)?;
            args.reserve(d.width)?;
            let cut = if c == 'c' { None } else { d.precision };
            let t = t.as_ref().slice(0, cut.unwrap_or(usize::MAX));
            pad(out, &d, "", "", t, false);
        }
        'd' | 'i' | 'u' | 'o' | 'x' | 'X' => {
            let n = args.int(c)?;
            args.reserve(d.width.max(d.precision.unwrap_or(0)))?;
            let digits = match c {
                'o' => crate::int::to_base(&n, 8),
                'x' => crate::int::to_base(&n, 16),
                'X' => crate::int::to_base(&n, 16).to_ascii_uppercase(),
                _ => {
                    let limit = args.digit_limit();
                    crate::int::to_decimal(&n, limit)
                        .map_err(|_| args.error(PercentError::DigitLimit(limit)))?
                }
            };
            let digits = digits.trim_start_matches('-');
            let missing = d.precision.unwrap_or(0).saturating_sub(digits.len());
            let digits = "0".repeat(missing) + digits;
            let prefix = match (d.alt, c) {
                (true, 'o') => "0o",
                (true, 'x') => "0x",
                (true, 'X') => "0X",
                _ => "",
            };
            let sign = sign(&d, n.sign() == Sign::Negative);
            pad(
                out,
                &d,
                sign,
                prefix,
                StrRef::Ascii(digits.as_bytes()),
                true,
            );
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let x = args.float()?;
            args.reserve(d.width.max(d.precision.unwrap_or(0)))?;
            let flags = Flags {
                alt: d.alt,
                ..Flags::default()
            };
            let t = float_to_string(x, c, d.precision.unwrap_or(6), flags);
            let (negative, t) = t.strip_prefix('-').map_or((false, &t[..]), |r| (true, r));
            pad(
                out,
                &d,
                sign(&d, negative),
                "",
                StrRef::Ascii(t.as_bytes()),
                true,
            );
        }
        _ => return Err(args.error(PercentError::Unsupported { code, index: at })),
    }
    Ok(at + 1)
}

fn sign(d: &Directive, negative: bool) -> &'static str {
    match (negative, d.plus, d.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn pad(out: &mut StrBuf, d: &Directive, sign: &str, prefix: &str, body: StrRef<'_>, numeric: bool) {
    let fill = d
        .width
        .saturating_sub(sign.len() + prefix.len() + body.len());
    let zeros = numeric && d.zero && !d.left;
    if !d.left && !zeros {
        out.push_n(32, fill);
    }
    out.push_utf8(sign);
    out.push_utf8(prefix);
    if zeros {
        out.push_n(48, fill);
    }
    out.push_str(body);
    if d.left {
        out.push_n(32, fill);
    }
}
