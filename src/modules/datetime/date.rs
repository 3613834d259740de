//! `date`

use super::calendar::{self, IsoPart, Text, parse_date};
use super::delta::{self, span_of};
use super::fields::{Clock, Day, bytes_of, day_of, invalid, struct_time};
use super::moment::{self, DateTime};
use super::strftime::{self, Fields, short_day, short_month};
use super::{int, int_or, local, pickled, text, week};
use crate::modules::prelude::*;

/// Payload of dates, and the beginning of that of `datetime`; never changes.
#[repr(C)]
pub struct Date {
    pub day: Day,
}

// SAFETY: the layout is of this very type.
unsafe impl Native for Date {
    const TYPE: TypeId = TypeId::DateTimeDate;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::leaf::<Date>("date");
        &L
    };
}

/// A new object of the plain class.
#[inline]
fn make(th: &Thread, day: Day) -> Obj {
    th.alloc(Date { day }).into_obj()
}

/// The day of a date or of a moment.
#[inline]
pub fn day(th: &Thread, o: &Obj) -> Res<Day> {
    Ok(this::<Date>(th, o)?.day)
}

/// A date of a class; one that is not built in is called.
fn of_class(th: &Thread, cls: &Obj, year: i32, month: i32, day: i32) -> Res {
    if cls.is(th.ty(TypeId::DateTimeDate).obj()) {
        return Ok(make(th, Day::checked(th, year, month, day)?));
    }
    if cls.is(th.ty(TypeId::DateTimeDateTime).obj()) {
        let day = Day::checked(th, year, month, day)?;
        return Ok(moment::make(th, day, Clock::default(), None, 0));
    }
    th.call(cls, &[year, month, day].map(|n| Obj::small_int(n.into())))
}

fn of_day(th: &Thread, cls: &Obj, day: Day) -> Res {
    if cls.is(th.ty(TypeId::DateTimeDate).obj()) {
        return Ok(make(th, day));
    }
    let (y, m, d) = day.ymd();
    of_class(th, cls, y, m as i32, d as i32)
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    if let ([o], true) = (args.all, args.kwnames.is_empty())
        && let Some(b) = pickled::<4>(th, o, "date", |month| (1..=12).contains(&month), 2)?
    {
        let day = Day {
            year: u16::from_be_bytes([b[0], b[1]]),
            month: b[2],
            day: b[3],
        };
        return Ok(th.alloc_as(cls, Date { day })?.into_obj());
    }
    th.bind("date", "(year, month, day)", args, |a| {
        let (y, m, d) = (int(th, a.get(0))?, int(th, a.get(1))?, int(th, a.get(2))?);
        let day = Day::checked(th, y, m, d)?;
        if cls.obj().is(th.ty(TypeId::DateTimeDate).obj()) {
            return Ok(make(th, day));
        }
        Ok(th.alloc_as(cls, Date { day })?.into_obj())
    })
}

fn is_moment(o: &Obj) -> bool {
    o.is_exact::<DateTime>() || o.cast::<DateTime>().is_some()
}

/// A date that is no moment.
#[inline]
fn pure(o: &Obj) -> Option<Day> {
    match o.exact::<Date>() {
        Some(d) => Some(d.day),
        None if is_moment(o) => None,
        None => o.cast::<Date>().map(|d| d.day),
    }
}

fn plus(th: &Thread, o: &Obj, day: Day, days: i64) -> Res {
    let day = day_of(th, i64::from(day.ordinal()) + days)?;
    of_day(th, th.type_of(o).obj(), day)
}

fn add(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let (o, day, span) = match (pure(a), pure(b)) {
        (Some(d), None) => (a, d, span_of(b)),
        (None, Some(d)) => (b, d, span_of(a)),
        _ => return Ok(Obj::NOT_IMPLEMENTED),
    };
    match span {
        Some(s) => plus(th, o, day, s.days.into()),
        None => Ok(Obj::NOT_IMPLEMENTED),
    }
}

fn sub(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let Some(x) = pure(a) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if let Some(y) = pure(b) {
        let days = i64::from(x.ordinal()) - i64::from(y.ordinal());
        let span = delta::fits(th, calendar::Span::new(days, 0, 0))?;
        return Ok(delta::make(th, span));
    }
    match span_of(b) {
        Some(s) => plus(th, a, x, -i64::from(s.days)),
        None => Ok(Obj::NOT_IMPLEMENTED),
    }
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let x = day(th, a)?;
    // A moment is a date, but what a date has to say of it would be about its day alone.
    match pure(b) {
        Some(y) => Ok(Obj::bool(op.holds(x.cmp(&y)))),
        None => Ok(Obj::NOT_IMPLEMENTED),
    }
}

fn iso_text(th: &Thread, day: Day) -> Res {
    let mut t = Text::new();
    day.write(&mut t);
    th.str(t.as_str())
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let (y, m, d) = day(th, o)?.ymd();
    th.str(&format!("{}({y}, {m}, {d})", th.type_name_full(o)))
}

/// `date.today()`: what the class makes of a timestamp.
fn today(th: &Thread, a: Args<'_>) -> Res {
    let cls = a.get(0);
    if cls.is(th.ty(TypeId::DateTimeDate).obj()) {
        return Ok(make(th, local::day_at(th, local::now(th)?.0)?));
    }
    let now = local::time_time(th)?;
    th.call_method_obj(cls, &th.rt().names().fromtimestamp, &[now])
}

fn from_ordinal(th: &Thread, a: Args<'_>) -> Res {
    let n = int(th, a.get(1))?;
    if n < 1 {
        return Err(th.value_error("ordinal must be >= 1"));
    }
    let (y, m, d) = calendar::from_ordinal(n);
    of_class(th, a.get(0), y, m as i32, d as i32)
}

fn from_iso_format(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(1);
    let s = text(th, o, "fromisoformat() argument")?;
    match parse_date(&bytes_of(s)) {
        Some((y, m, d)) => of_class(th, a.get(0), y, m, d),
        None => Err(invalid(th, o)),
    }
}

fn from_iso_calendar(th: &Thread, a: Args<'_>) -> Res {
    let part = |i: usize| {
        int(th, a.get(i)).map_err(|e| match e.is(th, TypeId::OverflowError) {
            true => th.value_error("ISO calendar component out of range"),
            false => e,
        })
    };
    let (y, w, d) = (part(1)?, part(2)?, part(3)?);
    match calendar::from_iso_week(y, w, d) {
        Ok((y, m, d)) => of_class(th, a.get(0), y, m as i32, d as i32),
        Err(IsoPart::Year) => Err(th.value_error(format!("year must be in 1..9999, not {y}"))),
        Err(IsoPart::Week) => Err(th.value_error(format!("Invalid week: {w}"))),
        Err(IsoPart::Day) => Err(th.value_error(format!("Invalid weekday: {d} (range is [1, 7])"))),
    }
}

fn replace(th: &Thread, a: Args<'_>) -> Res {
    let (y, m, d) = day(th, a.get(0))?.ymd();
    let (y, m, d) = (
        int_or(th, a.opt(1), y)?,
        int_or(th, a.opt(2), m as i32)?,
        int_or(th, a.opt(3), d as i32)?,
    );
    of_class(th, th.type_of(a.get(0)).obj(), y, m, d)
}

/// `ctime()` of a day and a time.
pub fn ctime(th: &Thread, day: Day, clock: Clock) -> Res {
    let mut t = Text::new();
    let words = [short_day(day.weekday()), short_month(day.month)];
    for c in words.iter().flat_map(|w| w.bytes().chain([b' '])) {
        t.push(c);
    }
    match day.day {
        d @ 0..10 => t.push(b' ').digits(d.into(), 1),
        d => t.digits(d.into(), 2),
    };
    t.push(b' ');
    clock.write(&mut t, calendar::Unit::Seconds);
    t.push(b' ').digits(day.year.into(), 4);
    th.str(t.as_str())
}

/// What `timetuple()` gives an object of a class of its own.
fn fields_of_tuple<'a>(th: &Thread, o: &'a Obj) -> Res<Fields<'a>> {
    let tuple = th.call_method_obj(o, &th.rt().names().timetuple, &[])?;
    let items = th.collect(&tuple)?;
    let n = |i: usize| match items.get(i) {
        Some(o) => int(th, o),
        None => Err(th.type_error("illegal time tuple argument")),
    };
    let moment = o.cast::<DateTime>();
    let us = moment.map_or(0, |d| d.clock.us as i32);
    Ok(Fields {
        day: Day::checked(th, n(0)?, n(1)?, n(2)?)?,
        clock: Clock::checked(th, [n(3)?, n(4)?, n(5)?, us])?,
        weekday: n(6)?.rem_euclid(7) as u32,
        of_year: n(7)?.clamp(0, 366) as u32,
        tz: moment.and_then(|d| d.tz.as_ref()).map(|tz| (tz, o)),
    })
}

fn format(th: &Thread, o: &Obj, format: &Py<Str>) -> Res {
    let fields = if let Some(d) = o.exact::<Date>() {
        Fields {
            day: d.day,
            clock: Clock::default(),
            weekday: d.day.weekday(),
            of_year: d.day.of_year(),
            tz: None,
        }
    } else if let Some(d) = o.exact::<DateTime>() {
        // As `timetuple()` does it: a zone that cannot say is an error here, too.
        super::zone::dst(th, d.tz.as_ref(), o)?;
        Fields {
            day: d.date.day,
            clock: d.clock,
            weekday: d.date.day.weekday(),
            of_year: d.date.day.of_year(),
            tz: d.tz.as_ref().map(|tz| (tz, o)),
        }
    } else {
        fields_of_tuple(th, o)?
    };
    strftime::fill(th, format, &fields)
}

/// `__format__` of all three.
pub fn dunder_format(th: &Thread, a: Args<'_>) -> Res {
    let s = text(th, a.get(1), "__format__() argument")?;
    if s.is_empty() {
        return Ok(th.to_str(a.get(0))?.into_obj());
    }
    th.call_method_obj(
        a.get(0),
        &th.rt().names().strftime,
        std::slice::from_ref(a.get(1)),
    )
}

/// `strptime` of all three: `_strptime.name(cls, string, format)`.
pub fn strptime(th: &Thread, a: Args<'_>, name: &str) -> Res {
    text(th, a.get(1), "strptime() argument 1")?;
    text(th, a.get(2), "strptime() argument 2")?;
    let f = th.getattr(&th.import("_strptime")?, name)?;
    th.call(&f, &[a.get(0).clone(), a.get(1).clone(), a.get(2).clone()])
}

/// The type.
pub static DATE: TypeDef = TypeDef {
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        str: Some(|th, o| match o.exact::<Date>() {
            Some(d) => iso_text(th, d.day),
            None => th.call_method(o, "isoformat", &[]),
        }),
        hash: Some(|th, o| Ok(i64::from(day(th, o)?.ordinal()))),
        compare: Some(compare),
        ..Slots::NONE
    }
    .bin(BinOp::Add, add)
    .bin(BinOp::Sub, sub),
    methods: &[
        MethodDef::class("fromtimestamp", "($cls, timestamp, /)", |th, a| {
            let day = local::day_at(th, local::floor_seconds(th, a.get(1))?)?;
            of_day(th, a.get(0), day)
        })
        .doc("Create a date from a POSIX timestamp.\n\nThe timestamp is a number, e.g. created via time.time(), that is interpreted\nas local time."),
        MethodDef::class("fromordinal", "($cls, ordinal, /)", from_ordinal)
            .doc("Construct a date from a proleptic Gregorian ordinal.\n\nJanuary 1 of year 1 is day 1.  Only the year, month and day are\nnon-zero in the result."),
        MethodDef::class("fromisoformat", "($cls, string, /)", from_iso_format)
            .doc("Construct a date from a string in ISO 8601 format."),
        MethodDef::class(
            "fromisocalendar",
            "($cls, /, year, week, day)",
            from_iso_calendar,
        )
        .doc("Construct a date from the ISO year, week number and weekday.\n\nThis is the inverse of the date.isocalendar() function."),
        MethodDef::class("strptime", "($cls, string, format, /)", |th, a| {
            strptime(th, a, "_strptime_datetime_date")
        })
        .doc("Parse string according to the given date format (like time.strptime())."),
        MethodDef::class("today", "($cls, /)", today)
            .doc("Current date or datetime: same as self.__class__.fromtimestamp(time.time())."),
        MethodDef::new("ctime", "($self, /)", |th, a| {
            ctime(th, day(th, a.get(0))?, Clock::default())
        })
        .doc("Return ctime() style string."),
        MethodDef::new("strftime", "($self, /, format)", |th, a| {
            let f = text(th, a.get(1), "strftime() argument 'format'")?;
            format(th, a.get(0), f)
        })
        .doc("Format using strftime().\n\nExample: \"%d/%m/%Y, %H:%M:%S\"."),
        MethodDef::new("__format__", "($self, format, /)", dunder_format)
            .doc("Formats self with strftime."),
        MethodDef::new("isoformat", "($self, /)", |th, a| {
            iso_text(th, day(th, a.get(0))?)
        })
        .doc("Return string in ISO 8601 format, YYYY-MM-DD."),
        MethodDef::new("isoweekday", "($self, /)", |th, a| {
            Ok(Obj::small_int((day(th, a.get(0))?.weekday() + 1).into()))
        })
        .doc("Return the day of the week represented by the date.\n\nMonday == 1 ... Sunday == 7"),
        MethodDef::new("isocalendar", "($self, /)", |th, a| {
            let (y, m, d) = day(th, a.get(0))?.ymd();
            let (year, w, wd) = calendar::to_iso_week(y, m, d);
            week::make(th, year, w, wd)
        })
        .doc("Return a named tuple containing ISO year, week number, and weekday."),
        MethodDef::new("toordinal", "($self, /)", |th, a| {
            Ok(Obj::small_int(day(th, a.get(0))?.ordinal().into()))
        })
        .doc("Return proleptic Gregorian ordinal.\n\nJanuary 1 of year 1 is day 1.  Only the year, month and day values\ncontribute to the result."),
        MethodDef::new("weekday", "($self, /)", |th, a| {
            Ok(Obj::small_int(day(th, a.get(0))?.weekday().into()))
        })
        .doc("Return the day of the week represented by the date.\n\nMonday == 0 ... Sunday == 6"),
        MethodDef::new("timetuple", "($self, /)", |th, a| {
            struct_time(th, day(th, a.get(0))?, Clock::default(), -1)
        })
        .doc("Return time tuple, compatible with time.localtime()."),
        MethodDef::new(
            "replace",
            "($self, /, year=unchanged, month=unchanged, day=unchanged)",
            replace,
        )
        .doc("Return date with new specified fields."),
        MethodDef::new(
            "__replace__",
            "($self, /, year=unchanged, month=unchanged, day=unchanged)",
            replace,
        )
        .doc("The same as replace()."),
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            let state = th.bytes_joined(&[&day(th, a.get(0))?.bytes()])?;
            th.pair(
                th.type_of(a.get(0)).obj().clone(),
                tuple_of(th, [state])?,
            )
        })
        .doc("__reduce__() -> (cls, state)"),
    ],
    getset: &[
        GetSetDef::ro("year", |th, o| Ok(Obj::small_int(day(th, o)?.year.into()))),
        GetSetDef::ro("month", |th, o| Ok(Obj::small_int(day(th, o)?.month.into()))),
        GetSetDef::ro("day", |th, o| Ok(Obj::small_int(day(th, o)?.day.into()))),
    ],
    init: Some(|th, t| {
        t.dict.set_str(th, "min", make(th, Day::of((1, 1, 1))))?;
        t.dict.set_str(th, "max", make(th, Day::of((9999, 12, 31))))?;
        let day = delta::fits(th, calendar::Span::new(1, 0, 0))?;
        t.dict.set_str(th, "resolution", delta::make(th, day))
    }),
    doc: "date(year, month, day)\n--\n\nConcrete date type.",
    ..TypeDef::new(TypeId::DateTimeDate, "datetime.date", Date::LAYOUT)
};
