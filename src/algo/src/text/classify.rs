//! The `is…` methods of `str`.

use super::StrRef;
use crate::unicode;

fn all(s: StrRef<'_>, f: impl Fn(u32) -> bool) -> bool {
    !s.is_empty() && s.chars().all(f)
}

/// `str.isalpha`
pub fn is_alpha(s: StrRef<'_>) -> bool {
    all(s, unicode::is_alpha)
}

/// `str.isalnum`
pub fn is_alnum(s: StrRef<'_>) -> bool {
    all(s, unicode::is_alnum)
}

/// `str.isdecimal`
pub fn is_decimal(s: StrRef<'_>) -> bool {
    all(s, unicode::is_decimal)
}

/// `str.isdigit`
pub fn is_digit(s: StrRef<'_>) -> bool {
    all(s, unicode::is_digit)
}

/// `str.isnumeric`
pub fn is_numeric(s: StrRef<'_>) -> bool {
    all(s, unicode::is_numeric)
}

/// `str.isspace`
pub fn is_space(s: StrRef<'_>) -> bool {
    all(s, super::split::str_space)
}

/// `str.isprintable` (the empty string is)
pub fn is_printable(s: StrRef<'_>) -> bool {
    s.chars().all(unicode::is_printable)
}

/// `str.isidentifier`
pub fn is_identifier(s: StrRef<'_>) -> bool {
    let mut chars = s.chars();
    chars.next().is_some_and(unicode::is_xid_start) && chars.all(unicode::is_xid_continue)
}

fn one_case(s: StrRef<'_>, wanted: impl Fn(u32) -> bool, other: impl Fn(u32) -> bool) -> bool {
    let mut cased = false;
    for c in s.chars() {
        if other(c) || unicode::is_title(c) {
            return false;
        }
        cased |= wanted(c);
    }
    cased
}

/// `str.islower`
pub fn is_lower(s: StrRef<'_>) -> bool {
    one_case(s, unicode::is_lower, unicode::is_upper)
}

/// `str.isupper`
pub fn is_upper(s: StrRef<'_>) -> bool {
    one_case(s, unicode::is_upper, unicode::is_lower)
}

/// `str.istitle`
pub fn is_title(s: StrRef<'_>) -> bool {
    let (mut cased, mut within) = (false, false);
    for c in s.chars() {
        if unicode::is_upper(c) || unicode::is_title(c) {
            if within {
                return false;
            }
            (within, cased) = (true, true);
        } else if unicode::is_lower(c) {
            if !within {
                return false;
            }
            cased = true;
        } else {
            within = false;
        }
    }
    cased
}
