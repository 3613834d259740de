//! What makes a `datetime`: its class methods.

use super::calendar::{days_in_month, parse_date, parse_time, separator};
use super::clock::{Time, parsed_zone};
use super::date::{Date, strptime};
use super::fields::{bytes_of, check_midnight, invalid};
use super::local::{self, Wall};
use super::moment::{of_class, of_fields};
use super::{text, type_of_argument, zone};
use crate::modules::prelude::*;

/// The moment of a class at a time since 1970: local time, or that of a zone.
fn at(th: &Thread, cls: &Obj, (secs, us): (i64, u32), tz: Option<Obj>) -> Res {
    let Some(tz) = tz else {
        return of_wall(th, cls, local::at(th, secs, us)?, None);
    };
    let utc = of_wall(th, cls, local::utc_at(th, secs, us)?, Some(tz.clone()))?;
    zone::fromutc(th, &tz, &utc)
}

fn of_wall(th: &Thread, cls: &Obj, w: Wall, tz: Option<Obj>) -> Res {
    of_fields(th, cls, w.day, w.clock, tz, w.fold)
}

fn now(th: &Thread, a: Args<'_>) -> Res {
    let tz = zone::of_argument(th, a.opt(1))?;
    at(th, a.get(0), local::now(th)?, tz)
}

fn from_timestamp(th: &Thread, a: Args<'_>) -> Res {
    let tz = zone::of_argument(th, a.opt(2))?;
    at(th, a.get(0), local::timestamp(th, a.get(1))?, tz)
}

fn utcnow(th: &Thread, a: Args<'_>) -> Res {
    th.warn(
        TypeId::DeprecationWarning,
        "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version. Use timezone-aware objects to represent datetimes in UTC: datetime.datetime.now(datetime.UTC).",
    )?;
    let (secs, us) = local::now(th)?;
    of_wall(th, a.get(0), local::utc_at(th, secs, us)?, None)
}

fn utc_from_timestamp(th: &Thread, a: Args<'_>) -> Res {
    th.warn(
        TypeId::DeprecationWarning,
        "datetime.datetime.utcfromtimestamp() is deprecated and scheduled for removal in a future version. Use timezone-aware objects to represent datetimes in UTC: datetime.datetime.fromtimestamp(timestamp, datetime.UTC).",
    )?;
    let (secs, us) = local::timestamp(th, a.get(1))?;
    of_wall(th, a.get(0), local::utc_at(th, secs, us)?, None)
}

fn combine(th: &Thread, a: Args<'_>) -> Res {
    let wrong = |o: &Obj, what: &str| {
        th.type_error(format!(
            "combine() argument '{what}' must be datetime.{what}, not {}",
            type_of_argument(th, o)
        ))
    };
    let Some(d) = a.get(1).cast::<Date>() else {
        return Err(wrong(a.get(1), "date"));
    };
    let Some(t) = a.get(2).cast::<Time>() else {
        return Err(wrong(a.get(2), "time"));
    };
    let tz = match a.opt(3) {
        Some(o) => zone::of_argument(th, Some(o))?,
        None => t.tz.clone(),
    };
    of_fields(th, a.get(0), d.day, t.clock, tz, t.fold)
}

fn from_iso_format(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(1);
    let bytes = bytes_of(text(th, o, "fromisoformat() argument")?);
    let wrong = || invalid(th, o);
    if bytes.len() < 7 {
        return Err(wrong());
    }
    let at = separator(&bytes).ok_or_else(wrong)?.min(bytes.len());
    let (mut y, mut m, mut d) = parse_date(&bytes[..at]).ok_or_else(wrong)?;
    let (mut clock, mut tz) = ([0; 4], None);
    if at < bytes.len() {
        let t = parse_time(&bytes[at + 1..]).ok_or_else(wrong)?;
        tz = parsed_zone(th, &t)?;
        clock = t.clock;
        check_midnight(th, clock)?;
    }
    if clock == [24, 0, 0, 0] && (1..=12).contains(&m) {
        // Midnight at the end of a day is that at the beginning of the next one.
        let last = days_in_month(y, m as u32) as i32;
        if d <= last {
            clock[0] = 0;
            d += 1;
            if d > last {
                (d, m) = (1, m + 1);
            }
            if m > 12 {
                (m, y) = (1, y + 1);
            }
        }
    }
    of_class(th, a.get(0), [y, m, d], clock, tz, 0)
}

/// The class methods.
pub const MAKERS: &[MethodDef] = &[
    MethodDef::class("now", "($cls, /, tz=None)", now)
        .doc("Returns new datetime object representing current time local to tz.\n\n  tz\n    Timezone object.\n\nIf no tz is specified, uses local timezone."),
    MethodDef::class("utcnow", "($cls, /)", utcnow)
        .doc("Return a new datetime representing UTC day and time."),
    MethodDef::class("fromtimestamp", "($cls, /, timestamp, tz=None)", from_timestamp)
        .doc("Create a datetime from a POSIX timestamp.\n\nThe timestamp is a number, e.g. created via time.time(), that is interpreted\nas local time."),
    MethodDef::class("utcfromtimestamp", "($cls, timestamp, /)", utc_from_timestamp)
        .doc("Create a naive UTC datetime from a POSIX timestamp."),
    MethodDef::class("strptime", "($cls, string, format, /)", |th, a| {
        strptime(th, a, "_strptime_datetime_datetime")
    })
    .doc("Parse string according to the given date and time format (like time.strptime())."),
    MethodDef::class("combine", "($cls, /, date, time, tzinfo=self.tzinfo)", combine)
        .doc("Construct a datetime from a given date and a given time."),
    MethodDef::class("fromisoformat", "($cls, string, /)", from_iso_format)
        .doc("Construct a date from a string in ISO 8601 format."),
];
