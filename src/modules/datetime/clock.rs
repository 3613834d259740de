//! `time`: a time of day.

use super::calendar::{IsoTime, Span, Text, parse_time};
use super::date::{dunder_format, strptime};
use super::delta;
use super::fields::{Clock, Day, bytes_of, check_fold, check_midnight, invalid, unit};
use super::strftime::{self, Fields};
use super::zone;
use super::{int_or, pickled, text};
use crate::modules::prelude::*;
use crate::runtime::compare::hash_small;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

/// Payload of times of day.
pub struct Time {
    pub clock: Clock,
    pub fold: u8,
    /// The hash, 0: not asked for yet. Any thread may write the one right value.
    hash: AtomicU64,
    pub tz: Option<Obj>,
}

// SAFETY: the layout is of this very type.
unsafe impl Native for Time {
    const TYPE: TypeId = TypeId::DateTimeTime;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::of::<Time>("time");
        &L
    };
    fn traverse(&self, visit: Visit<'_>) {
        self.tz.trace(visit);
    }
}

fn payload(clock: Clock, tz: Option<Obj>, fold: u8) -> Time {
    Time {
        clock,
        fold,
        hash: AtomicU64::new(0),
        tz,
    }
}

/// A new object of the plain class.
pub fn make(th: &Thread, clock: Clock, tz: Option<Obj>, fold: u8) -> Obj {
    th.alloc(payload(clock, tz, fold)).into_obj()
}

fn time<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<Time>> {
    this::<Time>(th, o)
}

/// A time of a class; one that is not built in is called.
fn of_class(th: &Thread, cls: &Obj, clock: [i32; 4], tz: Option<Obj>, fold: u8) -> Res {
    if cls.is(th.ty(TypeId::DateTimeTime).obj()) {
        return Ok(make(th, Clock::checked(th, clock)?, tz, fold));
    }
    let [h, m, s, us] = clock.map(|n| Obj::small_int(n.into()));
    let args = [h, m, s, us, tz.unwrap_or(Obj::NONE)];
    match fold {
        0 => th.call(cls, &args),
        n => th.call_kw(cls, &args, &[("fold", Obj::small_int(n.into()))]),
    }
}

/// The time zone that comes with a pickled state.
pub fn pickled_zone(th: &Thread, o: Option<&Obj>) -> Res<Option<Obj>> {
    match o {
        Some(o) if !o.is_none() && !zone::is_zone(o) => Err(th.type_error("bad tzinfo state arg")),
        o => Ok(o.filter(|o| !o.is_none()).cloned()),
    }
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    if let ([o] | [o, _], true) = (args.all, args.kwnames.is_empty())
        && let Some(mut b) = pickled::<6>(th, o, "time", |hour| hour & 0x7f < 24, 0)?
    {
        let fold = b[0] >> 7;
        b[0] &= 0x7f;
        let tz = pickled_zone(th, args.all.get(1))?;
        return Ok(th
            .alloc_as(cls, payload(Clock::of_bytes(b), tz, fold))?
            .into_obj());
    }
    let sig = "(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)";
    th.bind("time", sig, args, |a| {
        let mut parts = [0; 4];
        for (i, p) in parts.iter_mut().enumerate() {
            *p = int_or(th, a.opt(i), 0)?;
        }
        let fold = int_or(th, a.opt(5), 0)?;
        let clock = Clock::checked(th, parts)?;
        let fold = check_fold(th, fold)?;
        let tz = zone::of_argument(th, a.opt(4))?;
        Ok(th.alloc_as(cls, payload(clock, tz, fold))?.into_obj())
    })
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let t = time(th, o)?;
    let c = t.clock;
    let mut out = format!("{}({}, {}", th.type_name_full(o), c.hour, c.minute);
    if c.second != 0 || c.us != 0 {
        out.push_str(&format!(", {}", c.second));
    }
    if c.us != 0 {
        out.push_str(&format!(", {}", c.us));
    }
    if let Some(tz) = &t.tz {
        out.push_str(&format!(", tzinfo={}", th.repr(tz)?.to_rust()));
    }
    if t.fold != 0 {
        out.push_str(", fold=1");
    }
    out.push(')');
    th.str(&out)
}

fn iso_text(th: &Thread, t: &Py<Time>, unit: super::calendar::Unit) -> Res {
    let mut out = Text::new();
    t.clock.write(&mut out, unit);
    if let Some(offset) = zone::offset(th, t.tz.as_ref(), &Obj::NONE)? {
        out.offset(offset, true);
    }
    th.str(out.as_str())
}

/// Microseconds from midnight in universal time.
fn in_utc(t: &Py<Time>, offset: Span) -> i64 {
    t.clock.micros() - offset.small_us().unwrap_or(0)
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let x = time(th, a)?;
    let Some(y) = b.cast::<Time>() else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let same = match (&x.tz, &y.tz) {
        (None, None) => true,
        (Some(p), Some(q)) => p.is(q),
        _ => false,
    };
    if same {
        return Ok(Obj::bool(op.holds(x.clock.cmp(&y.clock))));
    }
    let p = zone::offset(th, x.tz.as_ref(), &Obj::NONE)?;
    let q = zone::offset(th, y.tz.as_ref(), &Obj::NONE)?;
    let order = match (p, q) {
        _ if p == q => x.clock.cmp(&y.clock),
        (Some(p), Some(q)) => in_utc(x, p).cmp(&in_utc(y, q)),
        _ if op == CmpOp::Eq => return Ok(Obj::FALSE),
        _ if op == CmpOp::Ne => return Ok(Obj::TRUE),
        _ => return Err(th.type_error("can't compare offset-naive and offset-aware times")),
    };
    Ok(Obj::bool(op.holds(order)))
}

/// A hash of microseconds: times that people write are multiples of large powers of two, which tables would put at one place.
pub(super) fn scattered(us: i64) -> i64 {
    let n = (us as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash_small((n ^ n >> 32) as i64 >> 3)
}

fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    let t = time(th, o)?;
    let known = t.hash.load(Ordering::Relaxed);
    if known != 0 {
        return Ok(known as i64);
    }
    let h = match zone::offset(th, t.tz.as_ref(), &Obj::NONE)? {
        None => scattered(t.clock.micros()),
        Some(offset) => delta::hash_of(delta::fits(th, Span::new(0, 0, in_utc(t, offset)))?)?,
    };
    t.hash.store(h as u64, Ordering::Relaxed);
    Ok(h)
}

/// The time zone that a parsed text says.
pub fn parsed_zone(th: &Thread, t: &IsoTime) -> Res<Option<Obj>> {
    let Some((parts, negative)) = t.offset else {
        return Ok(None);
    };
    let us = Clock::checked(th, parts)?.micros();
    let us = if negative { -us } else { us };
    Ok(Some(zone::fixed(
        th,
        delta::fits(th, Span::new(0, 0, us))?,
        None,
    )?))
}

fn from_iso_format(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(1);
    let s = text(th, o, "fromisoformat() argument")?;
    let bytes = bytes_of(s);
    let rest = bytes.strip_prefix(b"T").unwrap_or(&bytes);
    let mut t = parse_time(rest).ok_or_else(|| invalid(th, o))?;
    let tz = parsed_zone(th, &t)?;
    check_midnight(th, t.clock)?;
    if t.clock[0] == 24 {
        t.clock[0] = 0;
    }
    of_class(th, a.get(0), t.clock, tz, 0)
}

fn replace(th: &Thread, a: Args<'_>) -> Res {
    let t = time(th, a.get(0))?;
    let c = t.clock;
    let clock = [
        int_or(th, a.opt(1), c.hour.into())?,
        int_or(th, a.opt(2), c.minute.into())?,
        int_or(th, a.opt(3), c.second.into())?,
        int_or(th, a.opt(4), c.us as i32)?,
    ];
    let fold = int_or(th, a.opt(6), t.fold.into())?;
    let tz = match a.opt(5) {
        Some(o) => zone::of_argument(th, Some(o))?,
        None => t.tz.clone(),
    };
    if fold != 0 && fold != 1 {
        // What is wrong with the rest is said first.
        Clock::checked(th, clock)?;
    }
    let fold = check_fold(th, fold)?;
    of_class(th, th.type_of(a.get(0)).obj(), clock, tz, fold)
}

fn reduce(th: &Thread, o: &Obj, protocol: i32) -> Res {
    let t = time(th, o)?;
    let mut state = t.clock.bytes();
    if protocol > 3 {
        state[0] |= t.fold << 7;
    }
    let state = th.bytes_joined(&[&state])?;
    let args = match &t.tz {
        Some(tz) => tuple_of(th, [state, tz.clone()])?,
        None => tuple_of(th, [state])?,
    };
    th.pair(th.type_of(o).obj().clone(), args)
}

/// What a time asks its zone about.
static NOTHING: &Obj = &Obj::NONE;

const REPLACE: &str = "($self, /, hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)";

/// The type.
pub static TIME: TypeDef = TypeDef {
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        str: Some(|th, o| match o.exact::<Time>() {
            Some(t) => iso_text(th, t, super::calendar::Unit::Auto),
            None => th.call_method(o, "isoformat", &[]),
        }),
        hash: Some(hash),
        compare: Some(compare),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::class("fromisoformat", "($cls, string, /)", from_iso_format)
            .doc("Construct a time from a string in ISO 8601 format."),
        MethodDef::class("strptime", "($cls, string, format, /)", |th, a| {
            strptime(th, a, "_strptime_datetime_time")
        })
        .doc("Parse string according to the given time format (like time.strptime())."),
        MethodDef::new("isoformat", "($self, /, timespec='auto')", |th, a| {
            let unit = unit(th, a.opt(1))?;
            iso_text(th, time(th, a.get(0))?, unit)
        })
        .doc("Return the time formatted according to ISO.\n\nThe full format is 'HH:MM:SS.mmmmmm+zz:zz'. By default, the fractional\npart is omitted if self.microsecond == 0."),
        MethodDef::new("strftime", "($self, /, format)", |th, a| {
            let f = text(th, a.get(1), "strftime() argument 'format'")?;
            let t = time(th, a.get(0))?;
            let fields = Fields {
                day: Day::of((1900, 1, 1)),
                clock: t.clock,
                weekday: 0,
                of_year: 1,
                tz: t.tz.as_ref().map(|tz| (tz, NOTHING)),
            };
            strftime::fill(th, f, &fields)
        })
        .doc("Format using strftime().\n\nThe date part of the timestamp passed to underlying strftime should not be used."),
        MethodDef::new("__format__", "($self, format, /)", dunder_format)
            .doc("Formats self with strftime."),
        MethodDef::new("utcoffset", "($self, /)", |th, a| {
            zone::utcoffset(th, time(th, a.get(0))?.tz.as_ref(), &Obj::NONE)
        })
        .doc("Return self.tzinfo.utcoffset(self)."),
        MethodDef::new("tzname", "($self, /)", |th, a| {
            zone::tzname(th, time(th, a.get(0))?.tz.as_ref(), &Obj::NONE)
        })
        .doc("Return self.tzinfo.tzname(self)."),
        MethodDef::new("dst", "($self, /)", |th, a| {
            zone::dst(th, time(th, a.get(0))?.tz.as_ref(), &Obj::NONE)
        })
        .doc("Return self.tzinfo.dst(self)."),
        MethodDef::new("replace", REPLACE, replace).doc("Return time with new specified fields."),
        MethodDef::new("__replace__", REPLACE, replace).doc("The same as replace()."),
        MethodDef::new("__reduce_ex__", "($self, proto, /)", |th, a| {
            reduce(th, a.get(0), super::int(th, a.get(1))?)
        })
        .doc("__reduce_ex__(proto) -> (cls, state)"),
        MethodDef::new("__reduce__", "($self, /)", |th, a| reduce(th, a.get(0), 2))
            .doc("__reduce__() -> (cls, state)"),
    ],
    getset: &[
        GetSetDef::ro("hour", |th, o| Ok(Obj::small_int(time(th, o)?.clock.hour.into()))),
        GetSetDef::ro("minute", |th, o| {
            Ok(Obj::small_int(time(th, o)?.clock.minute.into()))
        }),
        GetSetDef::ro("second", |th, o| {
            Ok(Obj::small_int(time(th, o)?.clock.second.into()))
        }),
        GetSetDef::ro("microsecond", |th, o| {
            Ok(Obj::small_int(time(th, o)?.clock.us.into()))
        }),
        GetSetDef::ro("tzinfo", |th, o| {
            Ok(time(th, o)?.tz.clone().unwrap_or(Obj::NONE))
        }),
        GetSetDef::ro("fold", |th, o| Ok(Obj::small_int(time(th, o)?.fold.into()))),
    ],
    init: Some(|th, t| {
        let last = Clock {
            hour: 23,
            minute: 59,
            second: 59,
            us: 999_999,
        };
        t.dict.set_str(th, "min", make(th, Clock::default(), None, 0))?;
        t.dict.set_str(th, "max", make(th, last, None, 0))?;
        t.dict
            .set_str(th, "resolution", delta::make(th, Span::MICROSECOND))
    }),
    doc: "time(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)\n--\n\nTime with time zone.\n\nAll arguments are optional. tzinfo may be None, or an instance of\na tzinfo subclass. The remaining arguments may be ints.",
    ..TypeDef::new(TypeId::DateTimeTime, "datetime.time", Time::LAYOUT)
};
