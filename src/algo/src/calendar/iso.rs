//! Numbers out of ISO 8601: the forms that `fromisoformat` takes. Texts are bytes, one a character; a character that is
//! not ASCII is any byte above 127.

use super::from_iso_week;

/// A parsed time of day, parts of which may be out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IsoTime {
    /// Hour, minute, second, microsecond.
    pub clock: [i32; 4],
    /// The offset from UTC, if there is one: hour, minute, second, microsecond, and whether it is negative.
    pub offset: Option<([i32; 4], bool)>,
}

fn at(s: &[u8], i: usize) -> u8 {
    s.get(i).copied().unwrap_or(0)
}

/// The number that so many digits say.
fn digits(s: &[u8], from: usize, n: usize) -> Option<i32> {
    s.get(from..from + n)?.iter().try_fold(0, |v, c| {
        c.is_ascii_digit().then(|| v * 10 + i32::from(c - b'0'))
    })
}

/// Year, month and day of `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-Www`, `YYYYWww`, `YYYY-Www-D` or `YYYYWwwD`. Month and day may be
/// out of range, the year after the last one.
pub fn parse_date(s: &[u8]) -> Option<(i32, i32, i32)> {
    if !matches!(s.len(), 7 | 8 | 10) {
        return None;
    }
    let year = digits(s, 0, 4)?;
    let dash = at(s, 4) == b'-';
    let mut p = 4 + usize::from(dash);
    if at(s, p) == b'W' {
        let week = digits(s, p + 1, 2)?;
        p += 3;
        let day = if p < s.len() {
            if dash {
                if at(s, p) != b'-' {
                    return None;
                }
                p += 1;
            }
            p += 1;
            digits(s, p - 1, 1)?
        } else {
            1
        };
        let (y, m, d) = from_iso_week(year, week, day).ok()?;
        return (p == s.len()).then_some((y, m as i32, d as i32));
    }
    let month = digits(s, p, 2)?;
    p += 2;
    if dash {
        if at(s, p) != b'-' {
            return None;
        }
        p += 1;
    }
    let day = digits(s, p, 2)?;
    (p + 2 == s.len()).then_some((year, month, day))
}

/// Where the date ends in a text of at least 7 characters that has a date before a time of day, and any character between
/// them. `None`: it is neither.
pub fn separator(s: &[u8]) -> Option<usize> {
    if s.len() == 7 {
        return Some(7);
    }
    let digit = |i: usize| at(s, i).is_ascii_digit();
    if at(s, 4) == b'-' {
        if at(s, 5) != b'W' {
            return Some(10);
        }
        if s.len() > 8 && s[8] == b'-' {
            if s.len() == 9 {
                return None;
            }
            // A day of the week has one digit: two of them are an hour, after a dash as the separator.
            return Some(if s.len() > 10 && digit(10) { 8 } else { 10 });
        }
        return Some(8);
    }
    if at(s, 4) != b'W' {
        return Some(8);
    }
    let mut end = 7;
    while end < s.len() && digit(end) {
        end += 1;
    }
    Some(match end {
        7 | 8 => end,
        // A digit is the separator: the number of those behind it says whether a day of the week stands before it.
        n if n % 2 == 0 => 7,
        _ => 8,
    })
}

/// `HH[:?MM[:?SS[.,f+]]]` up to `end`; the flag says that something stands behind it.
fn clock(s: &[u8], start: usize, end: usize) -> Option<([i32; 4], bool)> {
    let mut out = [0; 4];
    let mut p = start;
    let mut colons = true;
    for (i, part) in out.iter_mut().take(3).enumerate() {
        *part = digits(s, p, 2)?;
        p += 2;
        let c = at(s, p);
        p += 1;
        if i == 0 {
            colons = c == b':';
        }
        if p >= end {
            return Some((out, p - 1 < s.len()));
        }
        match c {
            b':' if colons && i < 2 => {}
            b':' if colons => return None,
            b'.' | b',' if i < 2 => return None,
            b'.' | b',' => break,
            _ if colons => return None,
            _ => p -= 1,
        }
    }
    let width = (end - p).min(6);
    let mut us = digits(s, p, width)?;
    for _ in width..6 {
        us *= 10;
    }
    out[3] = us;
    p += width;
    while at(s, p).is_ascii_digit() {
        p += 1;
    }
    Some((out, p < s.len()))
}

/// A time of day, with or without an offset.
pub fn parse_time(s: &[u8]) -> Option<IsoTime> {
    let end = s
        .iter()
        .position(|c| matches!(c, b'+' | b'-' | b'Z'))
        .unwrap_or(s.len());
    let (time, rest) = clock(s, 0, end)?;
    let mut out = IsoTime {
        clock: time,
        offset: None,
    };
    if end == s.len() {
        return (!rest).then_some(out);
    }
    if s[end] == b'Z' {
        out.offset = Some(([0; 4], false));
        return (end + 1 == s.len()).then_some(out);
    }
    let (offset, rest) = clock(s, end + 1, s.len())?;
    out.offset = Some((offset, s[end] == b'-'));
    (!rest).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for s in [
            "2020-02-03",
            "20200203",
            "2020-W06-1",
            "2020W061",
            "2020-W06",
            "2020W06",
        ] {
            assert_eq!(parse_date(s.as_bytes()), Some((2020, 2, 3)), "{s}");
        }
        for s in [
            "2020-0203",
            "202002-03",
            "2020-W061",
            "2020W06-1",
            "2020-W60",
            "2020-2-03",
            "",
            "2020-02-033",
        ] {
            assert_eq!(parse_date(s.as_bytes()), None, "{s}");
        }
        assert_eq!(parse_date(b"2020-13-45"), Some((2020, 13, 45)));
    }

    #[test]
    fn times() {
        let t = |s: &str| parse_time(s.as_bytes()).map(|t| t.clock);
        assert_eq!(t("12"), Some([12, 0, 0, 0]));
        assert_eq!(t("1234"), Some([12, 34, 0, 0]));
        assert_eq!(t("12:34:56,5"), Some([12, 34, 56, 500_000]));
        assert_eq!(t("123456.1234567"), Some([12, 34, 56, 123_456]));
        for s in [
            "",
            "1",
            "12:",
            "12:3",
            "12:34:",
            "1234:56",
            "12:3456",
            "12.5",
            "12:34:56.",
            "12:34:56x",
            "12:34:56.1x",
        ] {
            assert_eq!(t(s), None, "{s}");
        }
    }

    #[test]
    fn offsets() {
        let t = |s: &str| parse_time(s.as_bytes()).and_then(|t| t.offset);
        assert_eq!(t("12:34"), None);
        assert_eq!(t("12Z"), Some(([0; 4], false)));
        assert_eq!(t("12-0530"), Some(([5, 30, 0, 0], true)));
        assert_eq!(t("12+05:30:01.5"), Some(([5, 30, 1, 500_000], false)));
        for s in ["12Zx", "12+", "12+5", "12+05:"] {
            assert_eq!(parse_time(s.as_bytes()), None, "{s}");
        }
    }

    #[test]
    fn separators() {
        for (s, n) in [
            ("2020-01-01T00", 10),
            ("20200101T00", 8),
            ("2020-W01-1T00", 10),
            ("2020-W01-00", 8),
            ("2020W01T00", 7),
            ("2020W011T00", 8),
            ("2020W01100", 7),
            ("2020W011100", 8),
        ] {
            assert_eq!(separator(s.as_bytes()), Some(n), "{s}");
        }
        assert_eq!(separator(b"2020-W01-"), None);
    }
}
