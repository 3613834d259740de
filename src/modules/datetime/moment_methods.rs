//! The methods of `datetime`.

use super::calendar::{EPOCH_ORDINAL, Span};
use super::date::{Date, ctime};
use super::delta::{self, span_of};
use super::fields::{Clock, Day, check_fold, struct_time, unit};
use super::moment::{DateTime, iso_text, moment, of_class, of_fields, offset, shifted};
use super::{clock, int, int_or, local, type_of_argument, zone};
use crate::modules::prelude::*;

/// Microseconds until 1970.
const EPOCH: i64 = EPOCH_ORDINAL as i64 * 86_400_000_000;

fn me<'a>(th: &Thread, a: Args<'a>) -> Res<&'a Py<DateTime>> {
    moment(th, a.get(0))
}

/// A moment in universal time.
fn utc_micros(th: &Thread, t: &Py<DateTime>) -> Res<Option<i64>> {
    let offset = offset(th, t)?;
    Ok(offset.map(|s| t.micros() - s.small_us().unwrap_or(0)))
}

fn timestamp(th: &Thread, a: Args<'_>) -> Res {
    let t = me(th, a)?;
    if t.tz.is_some() {
        let Some(us) = utc_micros(th, t)? else {
            return Err(th.type_error("can't subtract offset-naive and offset-aware datetimes"));
        };
        let us = us - EPOCH;
        // Exact where the operands are, which they are for 285 years about 1970.
        if us.unsigned_abs() <= 1 << 53 {
            return Ok(Obj::float(us as f64 / 1e6));
        }
        let span = delta::fits(th, Span::new(0, 0, us))?;
        return th.call_method(&delta::make(th, span), "total_seconds", &[]);
    }
    let secs = local::moment_of(th, t.date.day, t.clock, t.fold != 0)?;
    Ok(Obj::float(secs as f64 + f64::from(t.clock.us) / 1e6))
}

fn astimezone(th: &Thread, a: Args<'_>) -> Res {
    let t = me(th, a)?;
    let target = zone::of_argument(th, a.opt(1))?;
    let here = || local::zone_of(th, t.date.day, t.clock, t.fold != 0);
    let mut own = match &t.tz {
        Some(tz) => tz.clone(),
        None => here()?,
    };
    if target.as_ref().is_some_and(|z| z.is(&own)) {
        return Ok(t.obj().clone());
    }
    let offset = match zone::offset(th, Some(&own), t.obj())? {
        Some(s) => s,
        None => {
            own = here()?;
            if target.as_ref().is_some_and(|z| z.is(&own)) {
                return Ok(t.obj().clone());
            }
            zone::offset(th, Some(&own), t.obj())?.unwrap_or(Span::ZERO)
        }
    };
    let (day, clock) = match offset.negated() {
        Ok(s) => shifted(th, t, s)?,
        Err(_) => return Err(th.overflow_error("date value out of range")),
    };
    let target = match target {
        Some(z) => z,
        None => {
            let us = super::fields::micros(day, clock) - EPOCH;
            local::zone_at(th, us.div_euclid(1_000_000))?
        }
    };
    let cls = th.type_of(t.obj()).obj();
    let utc = of_fields(th, cls, day, clock, Some(target.clone()), 0)?;
    zone::fromutc(th, &target, &utc)
}

fn timetuple(th: &Thread, a: Args<'_>) -> Res {
    let t = me(th, a)?;
    let dst = match span_of(&zone::dst(th, t.tz.as_ref(), t.obj())?) {
        Some(s) => i64::from(s != Span::ZERO),
        None => -1,
    };
    struct_time(th, t.date.day, t.clock, dst)
}

fn utctimetuple(th: &Thread, a: Args<'_>) -> Res {
    let t = me(th, a)?;
    let (day, clock) = match offset(th, t)? {
        Some(s) if s != Span::ZERO => shifted(th, t, delta::fits(th, s.negated())?)?,
        _ => (t.date.day, t.clock),
    };
    struct_time(th, day, clock, 0)
}

fn isoformat(th: &Thread, a: Args<'_>) -> Res {
    let separator = match a.opt(1) {
        None => u32::from(b'T'),
        Some(o) => match o.cast::<Str>() {
            Some(s) if s.len() == 1 => s.at(0),
            Some(s) => {
                return Err(th.type_error(format!(
                    "isoformat(): argument 'sep' must be a unicode character, not a string of length {}",
                    s.len()
                )));
            }
            None => {
                return Err(th.type_error(format!(
                    "isoformat() argument 'sep' must be a unicode character, not {}",
                    type_of_argument(th, o)
                )));
            }
        },
    };
    iso_text(th, a.get(0), separator, unit(th, a.opt(2))?)
}

fn replace(th: &Thread, a: Args<'_>) -> Res {
    let t = me(th, a)?;
    let (y, m, d) = t.date.day.ymd();
    let c = t.clock;
    let day = [
        int_or(th, a.opt(1), y)?,
        int_or(th, a.opt(2), m as i32)?,
        int_or(th, a.opt(3), d as i32)?,
    ];
    let clock = [
        int_or(th, a.opt(4), c.hour.into())?,
        int_or(th, a.opt(5), c.minute.into())?,
        int_or(th, a.opt(6), c.second.into())?,
        int_or(th, a.opt(7), c.us as i32)?,
    ];
    let fold = int_or(th, a.opt(9), t.fold.into())?;
    let tz = match a.opt(8) {
        Some(o) => zone::of_argument(th, Some(o))?,
        None => t.tz.clone(),
    };
    if fold != 0 && fold != 1 {
        // What is wrong with the rest is said first.
        Day::checked(th, day[0], day[1], day[2])?;
        Clock::checked(th, clock)?;
    }
    let fold = check_fold(th, fold)?;
    of_class(th, th.type_of(t.obj()).obj(), day, clock, tz, fold)
}

fn reduce(th: &Thread, o: &Obj, protocol: i32) -> Res {
    let t = moment(th, o)?;
    let mut day = t.date.day.bytes();
    if protocol > 3 {
        day[2] |= t.fold << 7;
    }
    let state = th.bytes_joined(&[&day, &t.clock.bytes()])?;
    let args = match &t.tz {
        Some(tz) => tuple_of(th, [state, tz.clone()])?,
        None => tuple_of(th, [state])?,
    };
    th.pair(th.type_of(o).obj().clone(), args)
}

const REPLACE: &str = "($self, /, year=unchanged, month=unchanged, day=unchanged, hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)";

/// The methods.
pub const METHODS: &[MethodDef] = &[
    MethodDef::new("date", "($self, /)", |th, a| {
        let day = me(th, a)?.date.day;
        Ok(th.alloc(Date { day }).into_obj())
    })
    .doc("Return date object with same year, month and day."),
    MethodDef::new("time", "($self, /)", |th, a| {
        let t = me(th, a)?;
        Ok(clock::make(th, t.clock, None, t.fold))
    })
    .doc("Return time object with same time but with tzinfo=None."),
    MethodDef::new("timetz", "($self, /)", |th, a| {
        let t = me(th, a)?;
        Ok(clock::make(th, t.clock, t.tz.clone(), t.fold))
    })
    .doc("Return time object with same time and tzinfo."),
    MethodDef::new("ctime", "($self, /)", |th, a| {
        let t = me(th, a)?;
        let whole = Clock { us: 0, ..t.clock };
        ctime(th, t.date.day, whole)
    })
    .doc("Return ctime() style string."),
    MethodDef::new("timetuple", "($self, /)", timetuple)
        .doc("Return time tuple, compatible with time.localtime()."),
    MethodDef::new("timestamp", "($self, /)", timestamp)
        .doc("Return POSIX timestamp as float."),
    MethodDef::new("utctimetuple", "($self, /)", utctimetuple)
        .doc("Return UTC time tuple, compatible with time.localtime()."),
    MethodDef::new("isoformat", "($self, /, sep='T', timespec='auto')", isoformat)
        .doc("Return the time formatted according to ISO.\n\nThe full format looks like 'YYYY-MM-DD HH:MM:SS.mmmmmm'.\nBy default, the fractional part is omitted if self.microsecond == 0."),
    MethodDef::new("utcoffset", "($self, /)", |th, a| {
        let t = me(th, a)?;
        zone::utcoffset(th, t.tz.as_ref(), t.obj())
    })
    .doc("Return self.tzinfo.utcoffset(self)."),
    MethodDef::new("tzname", "($self, /)", |th, a| {
        let t = me(th, a)?;
        zone::tzname(th, t.tz.as_ref(), t.obj())
    })
    .doc("Return self.tzinfo.tzname(self)."),
    MethodDef::new("dst", "($self, /)", |th, a| {
        let t = me(th, a)?;
        zone::dst(th, t.tz.as_ref(), t.obj())
    })
    .doc("Return self.tzinfo.dst(self)."),
    MethodDef::new("replace", REPLACE, replace).doc("Return datetime with new specified fields."),
    MethodDef::new("__replace__", REPLACE, replace).doc("The same as replace()."),
    MethodDef::new("astimezone", "($self, /, tz=None)", astimezone)
        .doc("Convert to local time in new timezone tz."),
    MethodDef::new("__reduce_ex__", "($self, proto, /)", |th, a| {
        reduce(th, a.get(0), int(th, a.get(1))?)
    })
    .doc("__reduce_ex__(proto) -> (cls, state)"),
    MethodDef::new("__reduce__", "($self, /)", |th, a| reduce(th, a.get(0), 2))
        .doc("__reduce__() -> (cls, state)"),
];
