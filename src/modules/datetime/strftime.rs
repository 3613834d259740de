//! Formats of `strftime`. What says something of microseconds or of the time zone is ours, what says numbers is written here at
//! once, the rest is the C library's.

use super::calendar::Text;
use super::delta::span_of;
use super::fields::{Clock, Day};
use super::zone;
use crate::modules::prelude::*;
use crate::modules::time;

/// What is formatted.
pub struct Fields<'a> {
    pub day: Day,
    pub clock: Clock,
    pub weekday: u32,
    pub of_year: u32,
    /// The time zone, and what it is asked about.
    pub tz: Option<(&'a Obj, &'a Obj)>,
}

impl Fields<'_> {
    fn tm(&self) -> libc::tm {
        // SAFETY: zeroed is a valid `tm`.
        let mut tm: libc::tm = unsafe { std::mem::zeroed() };
        tm.tm_year = i32::from(self.day.year) - 1900;
        tm.tm_mon = i32::from(self.day.month) - 1;
        tm.tm_mday = self.day.day.into();
        tm.tm_hour = self.clock.hour.into();
        tm.tm_min = self.clock.minute.into();
        tm.tm_sec = self.clock.second.into();
        tm.tm_wday = (self.weekday as i32 + 1) % 7;
        tm.tm_yday = self.of_year as i32 - 1;
        tm.tm_isdst = -1;
        tm
    }
    fn offset(&self, th: &Thread, colons: bool, out: &mut StrBuf) -> Res<()> {
        if let Some((tz, about)) = self.tz
            && let Some(span) = span_of(&zone::utcoffset(th, Some(tz), about)?)
        {
            out.push_ascii(Text::new().offset(span, colons).as_str().as_bytes());
        }
        Ok(())
    }
    fn name(&self, th: &Thread, out: &mut StrBuf) -> Res<()> {
        let Some((tz, about)) = self.tz else {
            return Ok(());
        };
        let name = zone::tzname(th, Some(tz), about)?;
        if let Some(s) = name.exact::<Str>() {
            out.push_str(s.text());
        } else if !name.is_none() {
            // CPython asks the name itself to double what would be a directive.
            let sign = |s: &str| th.str(s);
            let doubled = th.call_method(&name, "replace", &[sign("%")?, sign("%%")?])?;
            let Some(s) = doubled.cast::<Str>() else {
                return Err(th.type_error("tzname.replace() did not return a string"));
            };
            let mut chars = s.text().chars().peekable();
            while let Some(c) = chars.next() {
                out.push(c);
                if c == u32::from(b'%') {
                    chars.next_if_eq(&c);
                }
            }
        }
        Ok(())
    }
}

/// The names of the C locale, which is the only one.
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day's short name.
pub fn short_day(weekday: u32) -> &'static str {
    &DAYS[weekday as usize % 7][..3]
}

/// A month's short name.
pub fn short_month(month: u8) -> &'static str {
    &MONTHS[(month as usize + 11) % 12][..3]
}

/// What one letter stands for; false: it is the C library's.
fn simple(f: &Fields<'_>, c: u8, out: &mut StrBuf) -> bool {
    let (year, month, day) = f.day.ymd();
    let year = year as u32;
    let (hour, minute, second) = (
        u32::from(f.clock.hour),
        u32::from(f.clock.minute),
        u32::from(f.clock.second),
    );
    let mut t = Text::new();
    match c {
        b'Y' => t.digits(year, 4),
        b'C' => t.digits(year / 100, 2),
        b'y' => t.digits(year % 100, 2),
        b'm' => t.digits(month, 2),
        b'd' => t.digits(day, 2),
        b'H' => t.digits(hour, 2),
        b'I' => t.digits((hour + 11) % 12 + 1, 2),
        b'M' => t.digits(minute, 2),
        b'S' => t.digits(second, 2),
        b'f' => t.digits(f.clock.us, 6),
        b'j' => t.digits(f.of_year, 3),
        b'F' => t.date(year as i32, month, day),
        b'T' => t
            .digits(hour, 2)
            .push(b':')
            .digits(minute, 2)
            .push(b':')
            .digits(second, 2),
        b'R' => t.digits(hour, 2).push(b':').digits(minute, 2),
        b'w' => t.digits((f.weekday + 1) % 7, 1),
        b'u' => t.digits(f.weekday + 1, 1),
        b'%' => t.push(b'%'),
        _ => {
            let name = match c {
                b'a' => short_day(f.weekday),
                b'A' => DAYS[f.weekday as usize % 7],
                b'b' | b'h' => short_month(f.day.month),
                b'B' => MONTHS[(month as usize + 11) % 12],
                b'p' if hour < 12 => "AM",
                b'p' => "PM",
                _ => return false,
            };
            out.push_ascii(name.as_bytes());
            return true;
        }
    };
    out.push_ascii(t.as_str().as_bytes());
    true
}

/// The format filled in.
pub fn fill(th: &Thread, format: &Py<Str>, f: &Fields<'_>) -> Res {
    let s = format.text();
    let mut out = StrBuf::with_capacity(s.len() + 16);
    let at = |i: usize| {
        s.get(i)
            .and_then(|c| u8::try_from(c).ok())
            .filter(u8::is_ascii)
    };
    let mut i = 0;
    while i < s.len() {
        let c = s.at(i);
        i += 1;
        if c != u32::from(b'%') {
            out.push(c);
            continue;
        }
        match at(i) {
            Some(b'z') => f.offset(th, false, &mut out)?,
            Some(b'Z') => f.name(th, &mut out)?,
            Some(b':') if at(i + 1) == Some(b'z') => {
                i += 1;
                f.offset(th, true, &mut out)?;
            }
            Some(b'G') if f.day.year < 1000 => {
                let year = time::format_tm(th, "%G", &f.tm(), "")?;
                let pad = 4usize.saturating_sub(year.len());
                out.push_n(u32::from(b'0'), pad);
                out.push_utf8(&year);
            }
            Some(c) if simple(f, c, &mut out) => {}
            _ => {
                i = general(th, s, i, f, &mut out)?;
                continue;
            }
        }
        i += 1;
    }
    th.str_data(out.finish())
}

/// What stands after a per cent sign at `i`, with its flags and its width, by the C library. Gives what comes next.
fn general(
    th: &Thread,
    s: StrRef<'_>,
    start: usize,
    f: &Fields<'_>,
    out: &mut StrBuf,
) -> Res<usize> {
    let mut i = start;
    let is = |i: usize, set: &[u8]| {
        s.get(i)
            .and_then(|c| u8::try_from(c).ok())
            .is_some_and(|c| set.contains(&c))
    };
    while is(i, b"_-0^#+123456789") {
        i += 1;
    }
    if is(i, b"EO") {
        i += 1;
    }
    match s.get(i).and_then(|c| u8::try_from(c).ok()) {
        Some(c) if c.is_ascii_alphabetic() || c == b'%' => {
            let directive = format!("%{}", s.slice(start, i + 1).to_string_lossy());
            out.push_utf8(&time::format_tm(th, &directive, &f.tm(), "")?);
            Ok(i + 1)
        }
        // No directive: as it stands.
        _ => {
            out.push(u32::from(b'%'));
            Ok(start)
        }
    }
}
