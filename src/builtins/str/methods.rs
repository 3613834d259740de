//! The table of methods, and those of case, classes, stripping and padding.

use super::{arg, format, itself, part, search, string, translate};
use crate::object::def::MethodDef;
use crate::object::obj::Obj;
use crate::object::sig::Args;
use crate::object::string::Str;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::format_spec::{self, FormatSpec};
use threadsnake_algo::text::split::{self, Ends};
use threadsnake_algo::text::{StrData, StrRef, case, classify, layout};

pub(super) static METHODS: &[MethodDef] = &[
    MethodDef::new("encode", "($self, /, encoding='utf-8', errors='strict')", encode)
        .doc("Encode the string using the codec registered for encoding."),
    MethodDef::new("replace", "($self, old, new, /, count=-1)", search::replace)
        .doc("Return a copy with all occurrences of substring old replaced by new."),
    MethodDef::new("split", "($self, /, sep=None, maxsplit=-1)", search::split)
        .doc("Return a list of the substrings in the string, using sep as the separator string."),
    MethodDef::new("rsplit", "($self, /, sep=None, maxsplit=-1)", search::rsplit)
        .doc("Return a list of the substrings in the string, using sep as the separator string."),
    MethodDef::new("join", "($self, iterable, /)", search::join).doc("Concatenate any number of strings."),
    MethodDef::new("capitalize", "($self, /)", |th, a| mapped(th, a, case::capitalize))
        .doc("Return a capitalized version of the string."),
    MethodDef::new("casefold", "($self, /)", |th, a| mapped(th, a, case::casefold))
        .doc("Return a version of the string suitable for caseless comparisons."),
    MethodDef::new("title", "($self, /)", |th, a| mapped(th, a, case::title))
        .doc("Return a version of the string where each word is titlecased."),
    MethodDef::new("center", "($self, width, fillchar=' ', /)", |th, a| pad(th, a, layout::center))
        .doc("Return a centered string of length width."),
    MethodDef::new("count", "($self, sub, start=None, end=None, /)", search::count)
        .doc("Return the number of non-overlapping occurrences of substring sub in string S[start:end]."),
    MethodDef::new("expandtabs", "($self, /, tabsize=8)", expandtabs)
        .doc("Return a copy where all tab characters are expanded using spaces."),
    MethodDef::new("find", "($self, sub, start=None, end=None, /)", search::find)
        .doc("Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end]."),
    MethodDef::new("partition", "($self, sep, /)", search::partition)
        .doc("Partition the string into three parts using the given separator."),
    MethodDef::new("index", "($self, sub, start=None, end=None, /)", search::index)
        .doc("Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end]."),
    MethodDef::new("ljust", "($self, width, fillchar=' ', /)", |th, a| pad(th, a, layout::ljust))
        .doc("Return a left-justified string of length width."),
    MethodDef::new("lower", "($self, /)", |th, a| mapped(th, a, case::lower))
        .doc("Return a copy of the string converted to lowercase."),
    MethodDef::new("lstrip", "($self, chars=None, /)", |th, a| strip(th, a, "lstrip", Ends::Left))
        .doc("Return a copy of the string with leading whitespace removed."),
    MethodDef::new("rfind", "($self, sub, start=None, end=None, /)", search::rfind)
        .doc("Return the highest index in S where substring sub is found, such that sub is contained within S[start:end]."),
    MethodDef::new("rindex", "($self, sub, start=None, end=None, /)", search::rindex)
        .doc("Return the highest index in S where substring sub is found, such that sub is contained within S[start:end]."),
    MethodDef::new("rjust", "($self, width, fillchar=' ', /)", |th, a| pad(th, a, layout::rjust))
        .doc("Return a right-justified string of length width."),
    MethodDef::new("rstrip", "($self, chars=None, /)", |th, a| strip(th, a, "rstrip", Ends::Right))
        .doc("Return a copy of the string with trailing whitespace removed."),
    MethodDef::new("rpartition", "($self, sep, /)", search::rpartition)
        .doc("Partition the string into three parts using the given separator."),
    MethodDef::new("splitlines", "($self, /, keepends=False)", search::splitlines)
        .doc("Return a list of the lines in the string, breaking at line boundaries."),
    MethodDef::new("strip", "($self, chars=None, /)", |th, a| strip(th, a, "strip", Ends::Both))
        .doc("Return a copy of the string with leading and trailing whitespace removed."),
    MethodDef::new("swapcase", "($self, /)", |th, a| mapped(th, a, case::swapcase))
        .doc("Convert uppercase characters to lowercase and lowercase characters to uppercase."),
    MethodDef::new("translate", "($self, table, /)", translate::translate)
        .doc("Replace each character in the string using the given translation table."),
    MethodDef::new("upper", "($self, /)", |th, a| mapped(th, a, case::upper))
        .doc("Return a copy of the string converted to uppercase."),
    MethodDef::new("startswith", "($self, prefix, start=None, end=None, /)", search::startswith)
        .doc("Return True if the string starts with the specified prefix, False otherwise."),
    MethodDef::new("endswith", "($self, suffix, start=None, end=None, /)", search::endswith)
        .doc("Return True if the string ends with the specified suffix, False otherwise."),
    MethodDef::new("removeprefix", "($self, prefix, /)", search::removeprefix)
        .doc("Return a str with the given prefix string removed if present."),
    MethodDef::new("removesuffix", "($self, suffix, /)", search::removesuffix)
        .doc("Return a str with the given suffix string removed if present."),
    MethodDef::new("isascii", "($self, /)", |th, a| Ok(Obj::bool(string(th, a.get(0))?.as_ascii().is_some())))
        .doc("Return True if all characters in the string are ASCII, False otherwise."),
    MethodDef::new("islower", "($self, /)", |th, a| test(th, a, classify::is_lower))
        .doc("Return True if the string is a lowercase string, False otherwise."),
    MethodDef::new("isupper", "($self, /)", |th, a| test(th, a, classify::is_upper))
        .doc("Return True if the string is an uppercase string, False otherwise."),
    MethodDef::new("istitle", "($self, /)", |th, a| test(th, a, classify::is_title))
        .doc("Return True if the string is a title-cased string, False otherwise."),
    MethodDef::new("isspace", "($self, /)", |th, a| test(th, a, classify::is_space))
        .doc("Return True if the string is a whitespace string, False otherwise."),
    MethodDef::new("isdecimal", "($self, /)", |th, a| test(th, a, classify::is_decimal))
        .doc("Return True if the string is a decimal string, False otherwise."),
    MethodDef::new("isdigit", "($self, /)", |th, a| test(th, a, classify::is_digit))
        .doc("Return True if the string is a digit string, False otherwise."),
    MethodDef::new("isnumeric", "($self, /)", |th, a| test(th, a, classify::is_numeric))
        .doc("Return True if the string is a numeric string, False otherwise."),
    MethodDef::new("isalpha", "($self, /)", |th, a| test(th, a, classify::is_alpha))
        .doc("Return True if the string is an alphabetic string, False otherwise."),
    MethodDef::new("isalnum", "($self, /)", |th, a| test(th, a, classify::is_alnum))
        .doc("Return True if the string is an alpha-numeric string, False otherwise."),
    MethodDef::new("isidentifier", "($self, /)", |th, a| test(th, a, classify::is_identifier))
        .doc("Return True if the string is a valid Python identifier, False otherwise."),
    MethodDef::new("isprintable", "($self, /)", |th, a| test(th, a, classify::is_printable))
        .doc("Return True if all characters in the string are printable, False otherwise."),
    MethodDef::new("zfill", "($self, width, /)", zfill)
        .doc("Pad a numeric string with zeros on the left, to fill a field of the given width."),
    MethodDef::new("format", "($self, /, *args, **kwargs)", format::format)
        .doc("Return a formatted version of the string, using substitutions from args and kwargs."),
    MethodDef::new("format_map", "($self, mapping, /)", format::format_map)
        .doc("Return a formatted version of the string, using substitutions from mapping."),
    MethodDef::stat("maketrans", "(x, y=<unrepresentable>, z=<unrepresentable>, /)", translate::maketrans)
        .doc("Return a translation table usable for str.translate()."),
    MethodDef::new("__format__", "($self, format_spec, /)", dunder_format)
        .doc("Return a formatted version of the string as described by format_spec."),
    MethodDef::new("__sizeof__", "($self, /)", sizeof).doc("Return the size of the string in memory, in bytes."),
    MethodDef::new("__getnewargs__", "($self, /)", |th, a| {
        let s = string(th, a.get(0))?;
        th.tuple(vec![th.str_data(s.text().to_data())?])
    }),
];

fn encode(th: &Thread, a: Args<'_>) -> Res {
    let encoding = a
        .opt(1)
        .map(|e| arg(th, e, "encode() argument 'encoding'"))
        .transpose()?;
    let errors = a
        .opt(2)
        .map(|e| arg(th, e, "encode() argument 'errors'"))
        .transpose()?;
    crate::builtins::codec::encode(th, a.get(0), encoding, errors)
}

fn mapped(th: &Thread, a: Args<'_>, f: fn(StrRef<'_>) -> StrData) -> Res {
    let s = string(th, a.get(0))?;
    if s.is_empty() {
        Ok(th.empty_str())
    } else {
        th.str_data(f(s.text()))
    }
}

fn test(th: &Thread, a: Args<'_>, f: fn(StrRef<'_>) -> bool) -> Res {
    Ok(Obj::bool(f(string(th, a.get(0))?.text())))
}

fn width(th: &Thread, o: &Obj) -> Res<usize> {
    let n = usize::try_from(th.index_i64(o)?).unwrap_or(0);
    if n > 4096 {
        th.reserve(n.saturating_mul(4))?;
    }
    Ok(n)
}

fn pad(th: &Thread, a: Args<'_>, f: fn(StrRef<'_>, usize, u32) -> StrData) -> Res {
    let s = string(th, a.get(0))?;
    let width = width(th, a.get(1))?;
    let fill = match a.opt(2) {
        None => 32,
        Some(o) => match o.cast::<Str>() {
            Some(c) if c.len() == 1 => c.at(0),
            Some(_) => {
                return Err(th.type_error("The fill character must be exactly one character long"));
            }
            None => {
                let ty = th.type_name(o);
                return Err(th.type_error(format!(
                    "The fill character must be a unicode character, not {ty}"
                )));
            }
        },
    };
    if width <= s.len() {
        itself(th, a.get(0))
    } else {
        th.str_data(f(s.text(), width, fill))
    }
}

fn zfill(th: &Thread, a: Args<'_>) -> Res {
    let s = string(th, a.get(0))?;
    let width = width(th, a.get(1))?;
    if width <= s.len() {
        itself(th, a.get(0))
    } else {
        th.str_data(layout::zfill(s.text(), width))
    }
}

fn expandtabs(th: &Thread, a: Args<'_>) -> Res {
    let s = string(th, a.get(0))?;
    let size = a.opt(1).map_or(Ok(8), |o| th.index_i64(o))?;
    if i32::try_from(size).is_err() {
        return Err(th.overflow_error("Python int too large to convert to C int"));
    }
    let size = usize::try_from(size).unwrap_or(0);
    let tabs = threadsnake_algo::text::count(s.text(), StrRef::Ascii(b"\t"));
    let most = s.len().saturating_add(tabs.saturating_mul(size));
    if most > 4096 {
        th.reserve(most.saturating_mul(s.kind().width()))?;
    }
    match layout::expandtabs(s.text(), size, most) {
        Some(t) => th.str_data(t),
        None => Err(th.overflow_error("new string is too long")),
    }
}

fn strip(th: &Thread, a: Args<'_>, name: &str, ends: Ends) -> Res {
    let s = string(th, a.get(0))?;
    let (start, end) = match a.opt_not_none(1) {
        None => split::strip_space(s.text(), ends),
        Some(o) => match o.cast::<Str>() {
            Some(chars) => split::strip_chars(s.text(), chars.text(), ends),
            None => return Err(th.type_error(format!("{name} arg must be None or str"))),
        },
    };
    if (start, end) == (0, s.len()) {
        itself(th, a.get(0))
    } else {
        part(th, s.text(), start, end)
    }
}

fn dunder_format(th: &Thread, a: Args<'_>) -> Res {
    let spec = super::format_spec_text(th, a.get(1))?;
    if spec.is_empty() {
        return Ok(th.to_str(a.get(0))?.into_obj());
    }
    let s = string(th, a.get(0))?;
    let ty = th.type_name(a.get(0));
    let spec =
        FormatSpec::parse_for_str(spec.text(), &ty).map_err(|e| super::format_error(th, e))?;
    super::check_width(th, spec.width.unwrap_or(0))?;
    th.str_data(format_spec::format_str(s.text(), &spec).map_err(|e| super::format_error(th, e))?)
}

/// As CPython counts: heads of 40 (ASCII) and 56 bytes, and one unit more than there are.
fn sizeof(th: &Thread, a: Args<'_>) -> Res {
    let s = string(th, a.get(0))?;
    let head = if s.as_ascii().is_some() { 40 } else { 56 };
    Ok(th.int((head + (s.len() + 1) * s.kind().width()) as i64))
}
