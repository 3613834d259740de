//! `tzinfo`, `timezone`, and what dates and times ask them.

use super::calendar::{Span, Text};
use super::delta::{self, Delta, span_of};
use super::moment::{self, DateTime};
use super::{state, text, type_of_argument};
use crate::modules::prelude::*;

/// Payload of time zones: nothing of its own.
#[repr(C)]
pub struct TzInfo {
    /// A payload has a size.
    _reserved: u64,
}

// SAFETY: the layout is of this very type.
unsafe impl Native for TzInfo {
    const TYPE: TypeId = TypeId::DateTimeTzInfo;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::leaf::<TzInfo>("tzinfo");
        &L
    };
}

/// Payload of zones of a fixed offset; never changes.
#[repr(C)]
pub struct TimeZone {
    _base: TzInfo,
    span: Span,
    /// The same as an object.
    offset: Obj,
    name: Option<Obj>,
}

// SAFETY: the layout is of this very type, which begins with a `TzInfo`.
unsafe impl Native for TimeZone {
    const TYPE: TypeId = TypeId::DateTimeTz;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::of::<TimeZone>("timezone").extending(TzInfo::LAYOUT);
        &L
    };
    fn traverse(&self, visit: Visit<'_>) {
        self.offset.trace(visit);
        self.name.trace(visit);
    }
}

/// `timezone.utc`
pub fn utc(th: &Thread) -> Res {
    state(th)
        .utc
        .get()
        .ok_or_else(|| th.runtime_error("module _datetime is not initialised"))
}

/// A zone of a fixed offset, which is below a day.
pub fn fixed(th: &Thread, span: Span, name: Option<Obj>) -> Res {
    if name.is_none() && span == Span::ZERO {
        return utc(th);
    }
    Ok(make(th, span, delta::make(th, span), name))
}

fn make(th: &Thread, span: Span, offset: Obj, name: Option<Obj>) -> Obj {
    let _base = TzInfo { _reserved: 0 };
    th.alloc(TimeZone {
        _base,
        span,
        offset,
        name,
    })
    .into_obj()
}

/// The argument `tzinfo`: a time zone, or None.
#[inline]
pub fn of_argument(th: &Thread, o: Option<&Obj>) -> Res<Option<Obj>> {
    match o {
        None => Ok(None),
        Some(o) if o.is_none() => Ok(None),
        Some(o) if is_zone(o) => Ok(Some(o.clone())),
        Some(o) => Err(th.type_error(format!(
            "tzinfo argument must be None or of a tzinfo subclass, not type '{}'",
            th.type_name_full(o)
        ))),
    }
}

#[inline]
pub fn is_zone(o: &Obj) -> bool {
    o.is_exact::<TimeZone>() || o.cast::<TzInfo>().is_some()
}

#[cold]
fn out_of_range(th: &Thread, offset: &Obj) -> Exc {
    match th.repr(offset) {
        Ok(r) => th.value_error(format!(
            "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {}",
            r.to_rust()
        )),
        Err(e) => e,
    }
}

/// What a zone's method `name`, `utcoffset` or `dst`, says of `about`: None or a timedelta below a day.
fn asked(th: &Thread, tz: &Obj, name: &Obj, about: &Obj) -> Res {
    let o = th.call_method_obj(tz, name, std::slice::from_ref(about))?;
    if o.is_none() {
        return Ok(o);
    }
    match span_of(&o) {
        Some(s) if s.below_a_day() => Ok(o),
        Some(_) => Err(out_of_range(th, &o)),
        None => Err(th.type_error(format!(
            "tzinfo.{}() must return None or timedelta, not '{}'",
            th.str_text(name),
            th.type_name_full(&o)
        ))),
    }
}

/// `tz.utcoffset(about)`
pub fn utcoffset(th: &Thread, tz: Option<&Obj>, about: &Obj) -> Res {
    match tz {
        None => Ok(Obj::NONE),
        Some(tz) => match tz.exact::<TimeZone>() {
            Some(z) => Ok(z.offset.clone()),
            None => asked(th, tz, &th.rt().names().utcoffset, about),
        },
    }
}

/// The same as a number.
#[inline]
pub fn offset(th: &Thread, tz: Option<&Obj>, about: &Obj) -> Res<Option<Span>> {
    match tz {
        None => Ok(None),
        Some(tz) => match tz.exact::<TimeZone>() {
            Some(z) => Ok(Some(z.span)),
            None => Ok(span_of(&asked(th, tz, &th.rt().names().utcoffset, about)?)),
        },
    }
}

/// `tz.dst(about)`
pub fn dst(th: &Thread, tz: Option<&Obj>, about: &Obj) -> Res {
    match tz {
        None => Ok(Obj::NONE),
        Some(tz) if tz.is_exact::<TimeZone>() => Ok(Obj::NONE),
        Some(tz) => asked(th, tz, &th.rt().names().dst, about),
    }
}

/// `tz.tzname(about)`
pub fn tzname(th: &Thread, tz: Option<&Obj>, about: &Obj) -> Res {
    let Some(tz) = tz else {
        return Ok(Obj::NONE);
    };
    if let Some(z) = tz.exact::<TimeZone>() {
        return name_of(th, z);
    }
    let o = th.call_method_obj(tz, &th.rt().names().tzname, std::slice::from_ref(about))?;
    if o.is_none() || o.cast::<Str>().is_some() {
        return Ok(o);
    }
    Err(th.type_error(format!(
        "tzinfo.tzname() must return None or a string, not '{}'",
        th.type_name_full(&o)
    )))
}

/// `tz.fromutc(moment)`
pub fn fromutc(th: &Thread, tz: &Obj, moment: &Obj) -> Res {
    if let (Some(z), Some(d)) = (tz.exact::<TimeZone>(), moment.exact::<DateTime>()) {
        return fixed_fromutc(th, z, d);
    }
    th.call_method_obj(tz, &th.rt().names().fromutc, std::slice::from_ref(moment))
}

fn fixed_fromutc(th: &Thread, z: &Py<TimeZone>, d: &Py<DateTime>) -> Res {
    if !d.tz.as_ref().is_some_and(|t| t.is(z.obj())) {
        return Err(th.value_error("fromutc: dt.tzinfo is not self"));
    }
    moment::plus(th, d, z.span)
}

fn abstract_method(th: &Thread, name: &str) -> Exc {
    th.not_implemented_error(format!("a tzinfo subclass must implement {name}()"))
}

fn moment_argument<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<DateTime>> {
    o.cast::<DateTime>()
        .ok_or_else(|| th.type_error("fromutc: argument must be a datetime"))
}

/// `tzinfo.fromutc`: for zones whose standard offset never changes.
fn general_fromutc(th: &Thread, a: Args<'_>) -> Res {
    let (me, o) = (a.get(0), a.get(1));
    let d = moment_argument(th, o)?;
    if !d.tz.as_ref().is_some_and(|t| t.is(me)) {
        return Err(th.value_error("fromutc: dt.tzinfo is not self"));
    }
    let Some(off) = offset(th, Some(me), o)? else {
        return Err(th.value_error("fromutc: non-None utcoffset() result required"));
    };
    let Some(daylight) = span_of(&dst(th, Some(me), o)?) else {
        return Err(th.value_error("fromutc: non-None dst() result required"));
    };
    let standard = delta::fits(th, off.minus(daylight))?;
    let result = moment::plus(th, d, standard)?;
    let Some(daylight) = span_of(&dst(th, Some(me), &result)?) else {
        return Err(th.value_error("fromutc: tz.dst() gave inconsistent results; cannot convert"));
    };
    if daylight == Span::ZERO {
        return Ok(result);
    }
    moment::plus(th, moment_argument(th, &result)?, daylight)
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let me = a.get(0);
    let args = match th.getattr_opt(me, "__getinitargs__")? {
        Some(f) => th.call(&f, &[])?,
        None => th.empty_tuple(),
    };
    let state = th.call_method(me, "__getstate__", &[])?;
    tuple_of(th, [th.type_of(me).obj().clone(), args, state])
}

/// `tzinfo`
pub static TZINFO: TypeDef = TypeDef {
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(|th, cls, _| {
            if cls.obj().is(th.ty(TypeId::DateTimeTzInfo).obj()) {
                return Ok(th.alloc(TzInfo { _reserved: 0 }).into_obj());
            }
            Ok(th.alloc_as(cls, TzInfo { _reserved: 0 })?.into_obj())
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("tzname", "($self, dt, /)", |th, _| {
            Err(abstract_method(th, "tzname"))
        })
        .doc("datetime -> string name of time zone."),
        MethodDef::new("utcoffset", "($self, dt, /)", |th, _| {
            Err(abstract_method(th, "utcoffset"))
        })
        .doc(
            "datetime -> timedelta showing offset from UTC, negative values indicating West of UTC",
        ),
        MethodDef::new("dst", "($self, dt, /)", |th, _| {
            Err(abstract_method(th, "dst"))
        })
        .doc("datetime -> DST offset as timedelta positive east of UTC."),
        MethodDef::new("fromutc", "($self, dt, /)", general_fromutc)
            .doc("datetime in UTC -> datetime in local time."),
        MethodDef::new("__reduce__", "($self, /)", reduce).doc("-> (cls, state)"),
    ],
    doc: "Abstract base class for time zone info objects.",
    ..TypeDef::new(TypeId::DateTimeTzInfo, "datetime.tzinfo", TzInfo::LAYOUT)
};

fn zone<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<TimeZone>> {
    this::<TimeZone>(th, o)
}

/// Without a name of its own, a zone is called after its offset.
fn name_of(th: &Thread, z: &Py<TimeZone>) -> Res {
    if let Some(name) = &z.name {
        return Ok(name.clone());
    }
    if z.span == Span::ZERO {
        return th.str("UTC");
    }
    let mut t = Text::new();
    for c in b"UTC" {
        t.push(*c);
    }
    th.str(t.offset(z.span, true).as_str())
}

fn new(th: &Thread, args: CallArgs<'_>) -> Res {
    th.bind("timezone", "(offset, name=None)", args, |a| {
        let o = a.get(0);
        let Some(d) = o.cast::<Delta>() else {
            return Err(th.type_error(format!(
                "timezone() argument 'offset' must be datetime.timedelta, not {}",
                type_of_argument(th, o)
            )));
        };
        let name = match a.opt(1) {
            Some(n) => Some(text(th, n, "timezone() argument 'name'")?.obj().clone()),
            None if d.span == Span::ZERO => return utc(th),
            None => None,
        };
        if !d.span.below_a_day() {
            return Err(out_of_range(th, o));
        }
        Ok(make(th, d.span, o.clone(), name))
    })
}

/// The argument of `utcoffset` and the like: a moment, or None.
fn about(th: &Thread, a: Args<'_>, name: &str) -> Res<()> {
    let o = a.get(1);
    if o.is_none() || o.cast::<DateTime>().is_some() {
        return Ok(());
    }
    Err(th.type_error(format!(
        "{name}(dt) argument must be a datetime instance or None, not {}",
        th.type_name_full(o)
    )))
}

fn repr(th: &Thread, o: &Obj) -> Res {
    if o.is(&utc(th)?) {
        return th.str("datetime.timezone.utc");
    }
    let z = zone(th, o)?;
    let offset = th.repr(&z.offset)?.to_rust();
    let name = match &z.name {
        Some(n) => format!(", {}", th.repr(n)?.to_rust()),
        None => String::new(),
    };
    th.str(&format!("{}({offset}{name})", th.type_name_full(o)))
}

/// `timezone`
pub static TIMEZONE: TypeDef = TypeDef {
    base: TypeId::DateTimeTzInfo,
    slots: Slots {
        new: Some(|th, _, args| new(th, args)),
        repr: Some(repr),
        str: Some(|th, o| name_of(th, zone(th, o)?)),
        hash: Some(|th, o| delta::hash_of(zone(th, o)?.span)),
        compare: Some(|th, a, b, op| {
            let x = zone(th, a)?;
            match (op, b.cast::<TimeZone>()) {
                (CmpOp::Eq | CmpOp::Ne, Some(y)) => Ok(Obj::bool(op.holds(x.span.cmp(&y.span)))),
                _ => Ok(Obj::NOT_IMPLEMENTED),
            }
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("tzname", "($self, dt, /)", |th, a| {
            about(th, a, "tzname")?;
            name_of(th, zone(th, a.get(0))?)
        })
        .doc("If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'."),
        MethodDef::new("utcoffset", "($self, dt, /)", |th, a| {
            about(th, a, "utcoffset")?;
            Ok(zone(th, a.get(0))?.offset.clone())
        })
        .doc("Return fixed offset."),
        MethodDef::new("dst", "($self, dt, /)", |th, a| {
            about(th, a, "dst")?;
            Ok(Obj::NONE)
        })
        .doc("Return None."),
        MethodDef::new("fromutc", "($self, dt, /)", |th, a| {
            let z = zone(th, a.get(0))?;
            fixed_fromutc(th, z, moment_argument(th, a.get(1))?)
        })
        .doc("datetime in UTC -> datetime in local time."),
        MethodDef::new("__getinitargs__", "($self, /)", |th, a| {
            let z = zone(th, a.get(0))?;
            match &z.name {
                Some(n) => tuple_of(th, [z.offset.clone(), n.clone()]),
                None => tuple_of(th, [z.offset.clone()]),
            }
        })
        .doc("pickle support"),
    ],
    init: Some(|th, t| {
        let utc = make(th, Span::ZERO, delta::make(th, Span::ZERO), None);
        drop(state(th).utc.set_if_empty(utc.clone()));
        t.dict.set_str(th, "utc", utc)?;
        // To the minute, as ever; zones nearer to a day are possible all the same.
        for (name, minutes) in [("min", -1439), ("max", 1439)] {
            let span = delta::fits(th, Span::new(0, minutes * 60, 0))?;
            t.dict.set_str(th, name, fixed(th, span, None)?)?;
        }
        Ok(())
    }),
    doc: "timezone(offset, name=None)\n--\n\nFixed offset from UTC implementation of tzinfo.",
    ..TypeDef::new(TypeId::DateTimeTz, "datetime.timezone", TimeZone::LAYOUT)
};
