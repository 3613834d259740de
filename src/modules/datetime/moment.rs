//! `datetime`: the object, its comparisons and its arithmetic.

use super::calendar::{Span, Text, Unit};
use super::clock::{pickled_zone, scattered};
use super::date::Date;
use super::delta::{self, span_of};
use super::fields::{Clock, Day, check_fold, micros, of_micros};
use super::moment_make::MAKERS;
use super::moment_methods::METHODS;
use super::zone;
use super::{int, int_or, pickled};
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

/// Payload of moments.
#[repr(C)]
pub struct DateTime {
    pub date: Date,
    pub clock: Clock,
    pub fold: u8,
    /// The hash, 0: not asked for yet. Any thread may write the one right value.
    hash: AtomicU64,
    pub tz: Option<Obj>,
}

// SAFETY: the layout is of this very type, which begins with a `Date`.
unsafe impl Native for DateTime {
    const TYPE: TypeId = TypeId::DateTimeDateTime;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::of::<DateTime>("datetime").extending(Date::LAYOUT);
        &L
    };
    fn traverse(&self, visit: Visit<'_>) {
        self.tz.trace(visit);
    }
}

impl DateTime {
    /// Microseconds since the day before the first one, as the wall shows them.
    #[inline]
    pub fn micros(&self) -> i64 {
        micros(self.date.day, self.clock)
    }
    /// Its numbers in one, so that earlier ones on the wall are less.
    #[inline]
    fn place(&self) -> u128 {
        let (d, c) = (self.date.day, self.clock);
        let day = (d.year as u64) << 16 | (d.month as u64) << 8 | d.day as u64;
        let time =
            (c.hour as u64) << 48 | (c.minute as u64) << 40 | (c.second as u64) << 32 | c.us as u64;
        (day as u128) << 64 | time as u128
    }
}

fn payload(day: Day, clock: Clock, tz: Option<Obj>, fold: u8) -> DateTime {
    DateTime {
        date: Date { day },
        clock,
        fold,
        hash: AtomicU64::new(0),
        tz,
    }
}

/// A new object of the plain class.
#[inline]
pub fn make(th: &Thread, day: Day, clock: Clock, tz: Option<Obj>, fold: u8) -> Obj {
    th.alloc(payload(day, clock, tz, fold)).into_obj()
}

/// The moment that `o` is.
#[inline]
pub fn moment<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<DateTime>> {
    this::<DateTime>(th, o)
}

/// A moment of a class, of numbers that may be out of range; a class that is not built in is called.
pub fn of_class(
    th: &Thread,
    cls: &Obj,
    day: [i32; 3],
    clock: [i32; 4],
    tz: Option<Obj>,
    fold: u8,
) -> Res {
    if cls.is(th.ty(TypeId::DateTimeDateTime).obj()) {
        let [y, m, d] = day;
        let day = Day::checked(th, y, m, d)?;
        return Ok(make(th, day, Clock::checked(th, clock)?, tz, fold));
    }
    let number = |n: i32| Obj::small_int(n.into());
    let [y, m, d] = day.map(number);
    let [h, mi, s, us] = clock.map(number);
    let args = [y, m, d, h, mi, s, us, tz.unwrap_or(Obj::NONE)];
    match fold {
        0 => th.call(cls, &args),
        n => th.call_kw(cls, &args, &[("fold", Obj::small_int(n.into()))]),
    }
}

/// The same of numbers that are in range.
#[inline]
pub fn of_fields(th: &Thread, cls: &Obj, day: Day, clock: Clock, tz: Option<Obj>, fold: u8) -> Res {
    if cls.is(th.ty(TypeId::DateTimeDateTime).obj()) {
        return Ok(make(th, day, clock, tz, fold));
    }
    let (y, m, d) = day.ymd();
    let parts = [
        clock.hour.into(),
        clock.minute.into(),
        clock.second.into(),
        clock.us as i32,
    ];
    of_class(th, cls, [y, m as i32, d as i32], parts, tz, fold)
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    if let ([o] | [o, _], true) = (args.all, args.kwnames.is_empty())
        && let Some(b) = pickled::<10>(th, o, "datetime", |m| (1..=12).contains(&(m & 0x7f)), 2)?
    {
        let [hi, lo, month, day, clock @ ..] = b;
        let tz = pickled_zone(th, args.all.get(1))?;
        let day = Day {
            year: u16::from_be_bytes([hi, lo]),
            month: month & 0x7f,
            day,
        };
        let p = payload(day, Clock::of_bytes(clock), tz, month >> 7);
        return Ok(th.alloc_as(cls, p)?.into_obj());
    }
    let sig =
        "(year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)";
    th.bind("datetime", sig, args, |a| {
        let (y, m, d) = (int(th, a.get(0))?, int(th, a.get(1))?, int(th, a.get(2))?);
        let mut parts = [0; 4];
        for (i, p) in parts.iter_mut().enumerate() {
            *p = int_or(th, a.opt(3 + i), 0)?;
        }
        let fold = int_or(th, a.opt(8), 0)?;
        let day = Day::checked(th, y, m, d)?;
        let clock = Clock::checked(th, parts)?;
        let fold = check_fold(th, fold)?;
        let tz = zone::of_argument(th, a.opt(7))?;
        if cls.obj().is(th.ty(TypeId::DateTimeDateTime).obj()) {
            return Ok(make(th, day, clock, tz, fold));
        }
        Ok(th.alloc_as(cls, payload(day, clock, tz, fold))?.into_obj())
    })
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let t = moment(th, o)?;
    let (y, m, d) = t.date.day.ymd();
    let c = t.clock;
    let name = th.type_name_full(o);
    let mut out = format!("{name}({y}, {m}, {d}, {}, {}", c.hour, c.minute);
    if c.second != 0 || c.us != 0 {
        out.push_str(&format!(", {}", c.second));
    }
    if c.us != 0 {
        out.push_str(&format!(", {}", c.us));
    }
    if t.fold != 0 {
        out.push_str(", fold=1");
    }
    if let Some(tz) = &t.tz {
        out.push_str(&format!(", tzinfo={}", th.repr(tz)?.to_rust()));
    }
    out.push(')');
    th.str(&out)
}

/// ISO's form, with a separator between day and time.
pub fn iso_text(th: &Thread, o: &Obj, separator: u32, unit: Unit) -> Res {
    let t = moment(th, o)?;
    let mut out = Text::new();
    t.date.day.write(&mut out);
    let at = out.as_str().len();
    out.push(
        u8::try_from(separator)
            .ok()
            .filter(u8::is_ascii)
            .unwrap_or(b'?'),
    );
    t.clock.write(&mut out, unit);
    if let Some(offset) = zone::offset(th, t.tz.as_ref(), o)? {
        out.offset(offset, true);
    }
    if separator < 128 {
        return th.str(out.as_str());
    }
    let mut wide = StrBuf::new();
    wide.push_utf8(&out.as_str()[..at]);
    wide.push(separator);
    wide.push_utf8(&out.as_str()[at + 1..]);
    th.str_data(wide.finish())
}

/// `t.utcoffset()` as a number.
#[inline]
pub fn offset(th: &Thread, t: &Py<DateTime>) -> Res<Option<Span>> {
    zone::offset(th, t.tz.as_ref(), t.obj())
}

/// Whether both have the same time zone, or none.
#[inline]
fn same_zone(x: &DateTime, y: &DateTime) -> bool {
    match (&x.tz, &y.tz) {
        (None, None) => true,
        (Some(p), Some(q)) => p.is(q),
        _ => false,
    }
}

/// Whether the offset would be another one with the other fold: such a time equals no time of another zone.
fn fold_matters(th: &Thread, t: &Py<DateTime>, offset: Option<Span>) -> Res<bool> {
    match &t.tz {
        Some(tz) if !tz.is_exact::<zone::TimeZone>() => {
            let p = payload(t.date.day, t.clock, t.tz.clone(), 1 - t.fold.min(1));
            let flipped = th.alloc_as(th.type_of(t.obj()), p)?;
            Ok(self::offset(th, &flipped)? != offset)
        }
        _ => Ok(false),
    }
}

/// Microseconds in universal time.
fn in_utc(t: &DateTime, offset: Option<Span>) -> i64 {
    t.micros() - offset.and_then(Span::small_us).unwrap_or(0)
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let x = moment(th, a)?;
    let Some(y) = b.cast::<DateTime>() else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let by_wall = || x.place().cmp(&y.place());
    if same_zone(x, y) {
        return Ok(Obj::bool(op.holds(by_wall())));
    }
    let (p, q) = (offset(th, x)?, offset(th, y)?);
    let equality = matches!(op, CmpOp::Eq | CmpOp::Ne);
    if p.is_some() != q.is_some() {
        return match equality {
            true => Ok(Obj::bool(op == CmpOp::Ne)),
            false => Err(th.type_error("can't compare offset-naive and offset-aware datetimes")),
        };
    }
    let mut order = if p == q {
        by_wall()
    } else {
        in_utc(x, p).cmp(&in_utc(y, q))
    };
    if equality && order.is_eq() && (fold_matters(th, x, p)? || fold_matters(th, y, q)?) {
        order = std::cmp::Ordering::Greater;
    }
    Ok(Obj::bool(op.holds(order)))
}

fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    let t = moment(th, o)?;
    let known = t.hash.load(Ordering::Relaxed);
    if known != 0 {
        return Ok(known as i64);
    }
    // Times that differ in their fold may be equal.
    let offset = if t.fold != 0 && t.tz.is_some() {
        let p = payload(t.date.day, t.clock, t.tz.clone(), 0);
        offset(th, &th.alloc_as(th.type_of(o), p)?)?
    } else {
        offset(th, t)?
    };
    let h = match offset {
        None => scattered(t.micros()),
        Some(_) => delta::hash_of(delta::fits(th, Span::new(0, 0, in_utc(t, offset)))?)?,
    };
    t.hash.store(h as u64, Ordering::Relaxed);
    Ok(h)
}

/// Day and time after a length of time.
pub fn shifted(th: &Thread, t: &DateTime, span: Span) -> Res<(Day, Clock)> {
    // All there are do not last so long.
    const MOST: u32 = 4_000_000;
    match span.small_us() {
        Some(us) if span.days.unsigned_abs() < MOST => of_micros(th, t.micros() + us),
        _ => Err(th.overflow_error("date value out of range")),
    }
}

/// `t + span`
pub fn plus(th: &Thread, t: &Py<DateTime>, span: Span) -> Res {
    let (day, clock) = shifted(th, t, span)?;
    of_fields(th, th.type_of(t.obj()).obj(), day, clock, t.tz.clone(), 0)
}

fn add(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let (t, span) = match (a.cast::<DateTime>(), b.cast::<DateTime>()) {
        (Some(t), None) => (t, span_of(b)),
        (None, Some(t)) => (t, span_of(a)),
        _ => return Ok(Obj::NOT_IMPLEMENTED),
    };
    match span {
        Some(s) => plus(th, t, s),
        None => Ok(Obj::NOT_IMPLEMENTED),
    }
}

/// `x - y` of moments.
pub fn difference(th: &Thread, x: &Py<DateTime>, y: &Py<DateTime>) -> Res<Span> {
    let us = if same_zone(x, y) {
        x.micros() - y.micros()
    } else {
        let (p, q) = (offset(th, x)?, offset(th, y)?);
        if p.is_some() != q.is_some() {
            return Err(th.type_error("can't subtract offset-naive and offset-aware datetimes"));
        }
        in_utc(x, p) - in_utc(y, q)
    };
    delta::fits(th, Span::new(0, 0, us))
}

fn sub(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let Some(x) = a.cast::<DateTime>() else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if let Some(y) = b.cast::<DateTime>() {
        return Ok(delta::make(th, difference(th, x, y)?));
    }
    match span_of(b) {
        Some(s) => match s.negated() {
            Ok(s) => plus(th, x, s),
            Err(_) => Err(th.overflow_error("date value out of range")),
        },
        None => Ok(Obj::NOT_IMPLEMENTED),
    }
}

/// The type.
pub static DATETIME: TypeDef = TypeDef {
    base: TypeId::DateTimeDate,
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        str: Some(|th, o| match o.is_exact::<DateTime>() {
            true => iso_text(th, o, b' '.into(), Unit::Auto),
            false => th.call_method(o, "isoformat", &[th.latin1_char(b' ')]),
        }),
        hash: Some(hash),
        compare: Some(compare),
        ..Slots::NONE
    }
    .bin(BinOp::Add, add)
    .bin(BinOp::Sub, sub),
    methods: {
        const N: usize = MAKERS.len() + METHODS.len();
        static ALL: [MethodDef; N] = MethodDef::joined([MAKERS, METHODS]);
        &ALL
    },
    getset: &[
        GetSetDef::ro("hour", |th, o| {
            Ok(Obj::small_int(moment(th, o)?.clock.hour.into()))
        }),
        GetSetDef::ro("minute", |th, o| {
            Ok(Obj::small_int(moment(th, o)?.clock.minute.into()))
        }),
        GetSetDef::ro("second", |th, o| {
            Ok(Obj::small_int(moment(th, o)?.clock.second.into()))
        }),
        GetSetDef::ro("microsecond", |th, o| {
            Ok(Obj::small_int(moment(th, o)?.clock.us.into()))
        }),
        GetSetDef::ro("tzinfo", |th, o| {
            Ok(moment(th, o)?.tz.clone().unwrap_or(Obj::NONE))
        }),
        GetSetDef::ro("fold", |th, o| {
            Ok(Obj::small_int(moment(th, o)?.fold.into()))
        }),
    ],
    init: Some(|th, t| {
        let last = Clock {
            hour: 23,
            minute: 59,
            second: 59,
            us: 999_999,
        };
        let min = make(th, Day::of((1, 1, 1)), Clock::default(), None, 0);
        t.dict.set_str(th, "min", min)?;
        let max = make(th, Day::of((9999, 12, 31)), last, None, 0);
        t.dict.set_str(th, "max", max)?;
        t.dict
            .set_str(th, "resolution", delta::make(th, Span::MICROSECOND))
    }),
    doc: "datetime(year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)\n--\n\nA combination of a date and a time.\n\nThe year, month and day arguments are required. tzinfo may be None, or an\ninstance of a tzinfo subclass. The remaining arguments may be ints.",
    ..TypeDef::new(
        TypeId::DateTimeDateTime,
        "datetime.datetime",
        DateTime::LAYOUT,
    )
};
