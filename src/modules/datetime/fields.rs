//! The numbers that dates and times are made of, and their ranges.

use crate::modules::prelude::*;
use threadsnake_algo::calendar::{self, Text, Unit};

const DAY: i64 = 86_400_000_000;

/// A day. The order of the fields is that of days.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(C)]
pub struct Day {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

/// A time of day. The order of the fields is that of times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(C)]
pub struct Clock {
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub us: u32,
}

impl Day {
    /// Of numbers that are in range.
    #[inline]
    pub fn of(ymd: (i32, u32, u32)) -> Day {
        Day {
            year: ymd.0 as u16,
            month: ymd.1 as u8,
            day: ymd.2 as u8,
        }
    }
    /// Of numbers, or a ValueError.
    #[inline]
    pub fn checked(th: &Thread, year: i32, month: i32, day: i32) -> Res<Day> {
        check_year(th, year)?;
        if !(1..=12).contains(&month) {
            return Err(th.value_error(format!("month must be in 1..12, not {month}")));
        }
        let last = calendar::days_in_month(year, month as u32) as i32;
        if !(1..=last).contains(&day) {
            return Err(th.value_error(format!(
                "day {day} must be in range 1..{last} for month {month} in year {year}"
            )));
        }
        Ok(Day::of((year, month as u32, day as u32)))
    }
    #[inline]
    pub fn ymd(self) -> (i32, u32, u32) {
        (self.year.into(), self.month.into(), self.day.into())
    }
    #[inline]
    pub fn ordinal(self) -> i32 {
        let (y, m, d) = self.ymd();
        calendar::to_ordinal(y, m, d)
    }
    /// Monday is 0.
    #[inline]
    pub fn weekday(self) -> u32 {
        calendar::weekday_of(self.ordinal())
    }
    /// The day of the year, from 1.
    pub fn of_year(self) -> u32 {
        let (y, m, d) = self.ymd();
        calendar::days_before_month(y, m) + d
    }
    /// As ISO 8601 has it.
    pub fn write(self, t: &mut Text) {
        let (y, m, d) = self.ymd();
        t.date(y, m, d);
    }
    /// As it is pickled.
    pub fn bytes(self) -> [u8; 4] {
        let [hi, lo] = self.year.to_be_bytes();
        [hi, lo, self.month, self.day]
    }
}

/// A year that dates can have, or a ValueError.
pub fn check_year(th: &Thread, year: i32) -> Res<()> {
    if (calendar::MIN_YEAR..=calendar::MAX_YEAR).contains(&year) {
        return Ok(());
    }
    Err(th.value_error(format!("year must be in 1..9999, not {year}")))
}

impl Clock {
    /// Of numbers, or a ValueError.
    #[inline]
    pub fn checked(th: &Thread, [h, m, s, us]: [i32; 4]) -> Res<Clock> {
        let in_range = |n: i32, end: i32| (0..end).contains(&n);
        if in_range(h, 24) && in_range(m, 60) && in_range(s, 60) && in_range(us, 1_000_000) {
            return Ok(Clock {
                hour: h as u8,
                minute: m as u8,
                second: s as u8,
                us: us as u32,
            });
        }
        let parts = [
            ("hour", h, 24),
            ("minute", m, 60),
            ("second", s, 60),
            ("microsecond", us, 1_000_000),
        ];
        for (what, n, end) in parts {
            if !in_range(n, end) {
                let last = end - 1;
                return Err(th.value_error(format!("{what} must be in 0..{last}, not {n}")));
            }
        }
        Err(th.value_error("time out of range"))
    }
    /// Seconds since midnight.
    #[inline]
    pub fn secs(self) -> i64 {
        i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
    }
    /// Microseconds since midnight.
    #[inline]
    pub fn micros(self) -> i64 {
        self.secs() * 1_000_000 + i64::from(self.us)
    }
    /// Of microseconds since midnight.
    #[inline]
    pub fn of_micros(us: i64) -> Clock {
        let (secs, us) = ((us / 1_000_000) as u32, (us % 1_000_000) as u32);
        Clock {
            hour: (secs / 3600) as u8,
            minute: (secs / 60 % 60) as u8,
            second: (secs % 60) as u8,
            us,
        }
    }
    /// As ISO 8601 has it.
    pub fn write(self, t: &mut Text, unit: Unit) {
        t.time(
            self.hour.into(),
            self.minute.into(),
            self.second.into(),
            self.us,
            unit,
        );
    }
    /// As it is pickled.
    pub fn bytes(self) -> [u8; 6] {
        let [_, a, b, c] = self.us.to_be_bytes();
        [self.hour, self.minute, self.second, a, b, c]
    }
    /// Of what was pickled, without a check but for what would not fit; as CPython takes it.
    pub fn of_bytes(b: [u8; 6]) -> Clock {
        Clock {
            hour: b[0],
            minute: b[1],
            second: b[2],
            us: u32::from_be_bytes([0, b[3], b[4], b[5]]),
        }
    }
}

/// Microseconds since the day before the first one.
#[inline]
pub fn micros(day: Day, clock: Clock) -> i64 {
    i64::from(day.ordinal()) * DAY + clock.micros()
}

/// The inverse; OverflowError where there is no such day.
#[inline]
pub fn of_micros(th: &Thread, us: i64) -> Res<(Day, Clock)> {
    Ok((
        day_of(th, us.div_euclid(DAY))?,
        Clock::of_micros(us.rem_euclid(DAY)),
    ))
}

/// The day of a number, or an OverflowError.
#[inline]
pub fn day_of(th: &Thread, ordinal: i64) -> Res<Day> {
    if (1..=i64::from(calendar::MAX_ORDINAL)).contains(&ordinal) {
        return Ok(Day::of(calendar::from_ordinal(ordinal as i32)));
    }
    Err(th.overflow_error("date value out of range"))
}

/// `fold`, or a ValueError.
#[inline]
pub fn check_fold(th: &Thread, fold: i32) -> Res<u8> {
    match fold {
        0 | 1 => Ok(fold as u8),
        n => Err(th.value_error(format!("fold must be either 0 or 1, not {n}"))),
    }
}

/// The hour 24 begins and ends at midnight.
pub fn check_midnight(th: &Thread, clock: [i32; 4]) -> Res<()> {
    if clock[0] != 24 || clock == [24, 0, 0, 0] {
        return Ok(());
    }
    Err(th.value_error("minute, second, and microsecond must be 0 when hour is 24"))
}

/// The argument `timespec`.
pub fn unit(th: &Thread, o: Option<&Obj>) -> Res<Unit> {
    let Some(o) = o else {
        return Ok(Unit::Auto);
    };
    let name = super::text(th, o, "isoformat() argument 'timespec'")?;
    name.as_ascii()
        .and_then(Unit::parse)
        .ok_or_else(|| th.value_error("Unknown timespec value"))
}

/// A text's characters as bytes, for the parsers of `calendar`: what is not ASCII is 255.
pub fn bytes_of(s: &Py<Str>) -> std::borrow::Cow<'_, [u8]> {
    match s.as_ascii() {
        Some(t) => t.as_bytes().into(),
        None => s
            .text()
            .chars()
            .map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(255))
            .collect::<Vec<u8>>()
            .into(),
    }
}

/// A ValueError about a text that is none of ISO's forms.
#[cold]
pub fn invalid(th: &Thread, o: &Obj) -> Exc {
    match th.repr(o) {
        Ok(r) => th.value_error(format!("Invalid isoformat string: {}", r.to_rust())),
        Err(e) => e,
    }
}

/// A structure of time.
pub fn struct_time(th: &Thread, day: Day, clock: Clock, dst: i64) -> Res {
    let n = |n: i64| Obj::small_int(n);
    super::super::seq::make(
        th,
        TypeId::StructTime,
        vec![
            n(day.year.into()),
            n(day.month.into()),
            n(day.day.into()),
            n(clock.hour.into()),
            n(clock.minute.into()),
            n(clock.second.into()),
            n(day.weekday().into()),
            n(day.of_year().into()),
            n(dst),
        ],
        vec![Obj::NONE, Obj::NONE],
    )
}
