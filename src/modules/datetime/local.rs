//! The system's local time. Seconds count from the day before the first one, so that they are those of `fields`.

use super::calendar::{self, EPOCH_ORDINAL, Span};
use super::fields::{Clock, Day, check_year};
use super::zone;
use crate::modules::prelude::*;
use crate::modules::time;

/// Seconds until 1970.
pub const EPOCH: i64 = EPOCH_ORDINAL as i64 * 86_400;
/// How far back a clock may have been put.
const MAX_FOLD: i64 = 24 * 3600;

/// Time as the wall shows it.
pub struct Wall {
    pub day: Day,
    pub clock: Clock,
    pub fold: u8,
}

fn seconds(th: &Thread, year: i32, month: u32, day: u32, clock: Clock) -> Res<i64> {
    check_year(th, year)?;
    Ok(i64::from(calendar::to_ordinal(year, month, day)) * 86_400 + clock.secs())
}

/// Year, month, day and time of day of a structure of C; a leap second is the second before it.
fn parts(tm: &libc::tm) -> (i32, u32, u32, Clock) {
    let clock = Clock {
        hour: tm.tm_hour as u8,
        minute: tm.tm_min as u8,
        second: tm.tm_sec.min(59) as u8,
        us: 0,
    };
    let year = tm.tm_year.saturating_add(1900);
    (year, tm.tm_mon as u32 + 1, tm.tm_mday as u32, clock)
}

/// What a wall clock shows at a moment.
fn shown(th: &Thread, t: i64) -> Res<i64> {
    let tm = time::to_tm(th, t - EPOCH, true)?;
    let (y, m, d, clock) = parts(&tm);
    seconds(th, y, m, d, clock)
}

/// Local time at a moment, in seconds since 1970.
pub fn at(th: &Thread, t: i64, us: u32) -> Res<Wall> {
    let tm = time::to_tm(th, t, true)?;
    let (y, m, d, mut clock) = parts(&tm);
    let here = seconds(th, y, m, d, clock)?;
    // A day ago the clock may have been ahead: then this time may be the second one of its name.
    let before = shown(th, EPOCH + t - MAX_FOLD)?;
    let change = here - before - MAX_FOLD;
    let fold = change < 0 && shown(th, EPOCH + t + change)? == here;
    clock.us = us;
    Ok(Wall {
        day: Day::of((y, m, d)),
        clock,
        fold: fold.into(),
    })
}

/// The local day at a moment, in seconds since 1970.
pub fn day_at(th: &Thread, t: i64) -> Res<Day> {
    let tm = time::to_tm(th, t, true)?;
    let (y, m, d, _) = parts(&tm);
    check_year(th, y)?;
    Ok(Day::of((y, m, d)))
}

/// Universal time at a moment, in seconds since 1970.
pub fn utc_at(th: &Thread, t: i64, us: u32) -> Res<Wall> {
    let ordinal = t.div_euclid(86_400) + i64::from(EPOCH_ORDINAL);
    if !(1..=i64::from(calendar::MAX_ORDINAL)).contains(&ordinal) {
        let tm = time::to_tm(th, t, false)?;
        check_year(th, tm.tm_year.saturating_add(1900))?;
    }
    let secs = t.rem_euclid(86_400);
    Ok(Wall {
        day: Day::of(calendar::from_ordinal(ordinal as i32)),
        clock: Clock::of_micros(secs * 1_000_000 + i64::from(us)),
        fold: 0,
    })
}

/// The moment at which the wall shows a time, in seconds since 1970. Of two such moments `fold` chooses; where there is
/// none, the clock has been put forward, and either neighbour's offset holds.
pub fn moment_of(th: &Thread, day: Day, clock: Clock, fold: bool) -> Res<i64> {
    let (y, m, d) = day.ymd();
    let t = seconds(th, y, m, d, clock)?;
    let a = shown(th, t)? - t;
    let u1 = t - a;
    let t1 = shown(th, u1)?;
    let b = if t1 == t {
        let other = if fold { u1 + MAX_FOLD } else { u1 - MAX_FOLD };
        let b = shown(th, other)? - other;
        if a == b {
            return Ok(u1 - EPOCH);
        }
        b
    } else {
        t1 - u1
    };
    let u2 = t - b;
    if shown(th, u2)? == t {
        return Ok(u2 - EPOCH);
    }
    let u = match (t1 == t, fold) {
        (true, _) => u1,
        (false, true) => u1.min(u2),
        (false, false) => u1.max(u2),
    };
    Ok(u - EPOCH)
}

/// The local time zone in which the wall shows a time: where the clock has been put forward, the zone
/// before that is the one of `fold` 0.
pub fn zone_of(th: &Thread, day: Day, clock: Clock, fold: bool) -> Res {
    let t = moment_of(th, day, clock, fold)?;
    let other = moment_of(th, day, clock, !fold)?;
    zone_at(
        th,
        match other != t && (other > t) == fold {
            true => other,
            false => t,
        },
    )
}

/// The time zone of local time at a moment, in seconds since 1970.
pub fn zone_at(th: &Thread, t: i64) -> Res {
    let here = time::zone::local(th);
    let shown = here.at(t);
    let span = super::delta::fits(th, Span::new(0, shown.offset.into(), 0))?;
    zone::fixed(th, span, Some(th.str(&shown.name)?))
}

/// Now, in seconds since 1970 and microseconds.
pub fn now(th: &Thread) -> Res<(i64, u32)> {
    let t = time::read(th, libc::CLOCK_REALTIME)?;
    Ok((t.tv_sec, (t.tv_nsec / 1000) as u32))
}

/// `time.time()`, as an object.
pub fn time_time(th: &Thread) -> Res {
    time::read_f(th, libc::CLOCK_REALTIME)
}

#[cold]
fn out_of_range(th: &Thread) -> Exc {
    th.overflow_error("timestamp out of range for platform time_t")
}

fn whole(th: &Thread, o: &Obj) -> Res<i64> {
    let n = th.index(o)?;
    th.int_like_i64(&n).ok_or_else(|| out_of_range(th))
}

fn in_range(th: &Thread, x: f64) -> Res<i64> {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x) {
        return Ok(x as i64);
    }
    Err(out_of_range(th))
}

fn a_number(th: &Thread, x: f64) -> Res<f64> {
    if x.is_nan() {
        return Err(th.value_error("Invalid value NaN (not a number)"));
    }
    Ok(x)
}

/// A timestamp in whole seconds, rounded down.
pub fn floor_seconds(th: &Thread, o: &Obj) -> Res<i64> {
    match th.as_float(o) {
        Some(x) => in_range(th, a_number(th, x)?.floor()),
        None => whole(th, o),
    }
}

/// A timestamp in seconds and microseconds, rounded half to even.
pub fn timestamp(th: &Thread, o: &Obj) -> Res<(i64, u32)> {
    let Some(x) = th.as_float(o) else {
        return Ok((whole(th, o)?, 0));
    };
    let x = a_number(th, x)?;
    let mut secs = x.trunc();
    // An infinite one has no fraction, and is out of range.
    let mut us = match x.is_finite() {
        true => ((x - secs) * 1e6).round_ties_even(),
        false => 0.0,
    };
    if us >= 1e6 {
        us -= 1e6;
        secs += 1.0;
    } else if us < 0.0 {
        us += 1e6;
        secs -= 1.0;
    }
    Ok((in_range(th, secs)?, us as u32))
}
