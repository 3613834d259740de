//! The proleptic Gregorian calendar: days and dates, ISO weeks, lengths of time, the ISO 8601 forms of all of them, and
//! time zones.
//!
//! Days are numbered as `date.toordinal()` has it: 1 January of the year 1 is day 1.

mod iso;
mod span;
mod text;
mod zone;

pub use iso::{IsoTime, parse_date, parse_time, separator};
pub use span::{Span, SpanError};
pub use text::{Text, Unit};
pub use zone::{Local, Zone};

/// The first year.
pub const MIN_YEAR: i32 = 1;
/// The last year.
pub const MAX_YEAR: i32 = 9999;
/// The number of the last day of the last year.
pub const MAX_ORDINAL: i32 = 3_652_059;
/// The number of 1 January 1970.
pub const EPOCH_ORDINAL: i32 = 719_163;

/// Days before each month of a common year; the place of month 0 is not used.
const BEFORE: [u16; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// Whether a year has 366 days.
#[inline]
pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month (1 to 12).
#[inline]
pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days before 1 January of a year.
#[inline]
fn days_before_year(year: i32) -> i32 {
    let y = year - 1;
    y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400)
}

/// The day of the year before the first day of a month (1 to 12).
#[inline]
pub fn days_before_month(year: i32, month: u32) -> u32 {
    u32::from(BEFORE[month as usize % 13]) + u32::from(month > 2 && is_leap(year))
}

/// The number of a day.
#[inline]
pub fn to_ordinal(year: i32, month: u32, day: u32) -> i32 {
    days_before_year(year) + (days_before_month(year, month) + day) as i32
}

/// Year, month and day of a number from 1.
#[inline]
pub fn from_ordinal(n: i32) -> (i32, u32, u32) {
    // Counted from 1 March of the year 0: the leap day is the last of its year.
    let z = n as u32 + 305;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = (yoe + era * 400) as i32 + i32::from(month <= 2);
    (year, month, day)
}

/// Day of the week of a numbered day; Monday is 0.
#[inline]
pub fn weekday_of(ordinal: i32) -> u32 {
    (ordinal + 6).rem_euclid(7) as u32
}

/// The number of the Monday with which the ISO year begins.
fn iso_start(year: i32) -> i32 {
    let first = to_ordinal(year, 1, 1);
    let weekday = weekday_of(first) as i32;
    first - weekday + if weekday > 3 { 7 } else { 0 }
}

/// ISO year, week and day of the week (Monday is 1).
pub fn to_iso_week(year: i32, month: u32, day: u32) -> (i32, u32, u32) {
    let today = to_ordinal(year, month, day);
    let mut year = year;
    let mut start = iso_start(year);
    if today < start {
        year -= 1;
        start = iso_start(year);
    } else if today >= start + 363 && today >= iso_start(year + 1) {
        year += 1;
        start = iso_start(year);
    }
    let n = (today - start) as u32;
    (year, n / 7 + 1, n % 7 + 1)
}

/// Which part of an ISO week date is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsoPart {
    /// The year.
    Year,
    /// The week.
    Week,
    /// The day of the week.
    Day,
}

/// The date of an ISO week date; it may lie in the year after the last one.
pub fn from_iso_week(year: i32, week: i32, day: i32) -> Result<(i32, u32, u32), IsoPart> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(IsoPart::Year);
    }
    let start = iso_start(year);
    let weeks = (iso_start(year + 1) - start) / 7;
    if !(1..=weeks).contains(&week) {
        return Err(IsoPart::Week);
    }
    if !(1..=7).contains(&day) {
        return Err(IsoPart::Day);
    }
    Ok(from_ordinal(start + (week - 1) * 7 + day - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        let (mut y, mut m, mut d) = (1, 1, 1);
        for n in 1..=MAX_ORDINAL {
            assert_eq!(from_ordinal(n), (y, m, d));
            assert_eq!(to_ordinal(y, m, d), n);
            d += 1;
            if d > days_in_month(y, m) {
                (d, m) = (1, m + 1);
            }
            if m > 12 {
                (m, y) = (1, y + 1);
            }
        }
        assert_eq!((y, m, d), (10_000, 1, 1));
        assert_eq!(to_ordinal(1970, 1, 1), EPOCH_ORDINAL);
    }

    #[test]
    fn weeks_are_inverse() {
        for n in 1..=MAX_ORDINAL {
            let (y, m, d) = from_ordinal(n);
            let (iy, w, wd) = to_iso_week(y, m, d);
            assert_eq!(wd, weekday_of(n) + 1);
            if iy >= 1 {
                assert_eq!(from_iso_week(iy, w as i32, wd as i32), Ok((y, m, d)));
            }
        }
        assert_eq!(to_iso_week(2005, 1, 1), (2004, 53, 6));
        assert_eq!(to_iso_week(2008, 12, 29), (2009, 1, 1));
        assert_eq!(from_iso_week(2021, 53, 1), Err(IsoPart::Week));
        assert_eq!(from_iso_week(0, 1, 1), Err(IsoPart::Year));
        assert_eq!(from_iso_week(2020, 53, 8), Err(IsoPart::Day));
        assert_eq!(from_iso_week(9999, 52, 7), Ok((10_000, 1, 2)));
    }
}
