//! `_datetime`: dates, times of day, lengths of time and time zones. The calendar itself is `threadsnake_algo::calendar`;
//! here are the objects around it, which never change: `delta` (timedelta), `date`, `clock` (time), `moment` (datetime),
//! `zone` (tzinfo, timezone), `week` (what `isocalendar()` gives). `fields` are the numbers that they are made of, `local` is
//! the system's local time, `strftime` fills formats.

mod clock;
mod date;
mod delta;
mod fields;
mod local;
mod moment;
mod moment_make;
mod moment_methods;
mod strftime;
mod week;
mod zone;

use crate::modules::prelude::*;
use threadsnake_algo::calendar;

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[
    &delta::DELTA,
    &date::DATE,
    &clock::TIME,
    &moment::DATETIME,
    &zone::TZINFO,
    &zone::TIMEZONE,
    &week::ISO_CALENDAR_DATE,
];

/// What a runtime keeps.
#[derive(Default)]
struct State {
    /// `timezone.utc`. Filled when the runtime starts, never changed.
    utc: Slot,
}

fn state(th: &Thread) -> &State {
    th.rt().module_state::<State>()
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    types: &[
        ("date", TypeId::DateTimeDate),
        ("datetime", TypeId::DateTimeDateTime),
        ("time", TypeId::DateTimeTime),
        ("timedelta", TypeId::DateTimeDelta),
        ("timezone", TypeId::DateTimeTz),
        ("tzinfo", TypeId::DateTimeTzInfo),
    ],
    init: Some(|th, m| {
        put(th, m, "MINYEAR", Obj::small_int(calendar::MIN_YEAR.into()))?;
        put(th, m, "MAXYEAR", Obj::small_int(calendar::MAX_YEAR.into()))?;
        put(th, m, "UTC", zone::utc(th)?)
    }),
    doc: "Fast implementation of the datetime module.",
    ..ModuleDef::new("_datetime")
};

/// An argument that is an int of C.
#[inline]
fn int(th: &Thread, o: &Obj) -> Res<i32> {
    match o.as_small_int().map(i32::try_from) {
        Some(Ok(n)) => Ok(n),
        _ => int_slow(th, o),
    }
}

#[cold]
fn int_slow(th: &Thread, o: &Obj) -> Res<i32> {
    let n = th.index(o)?;
    match th.int_like_i64(&n).map(i32::try_from) {
        Some(Ok(n)) => Ok(n),
        _ => Err(th.overflow_error("Python int too large to convert to C int")),
    }
}

/// An optional argument that is an int of C.
#[inline]
fn int_or(th: &Thread, o: Option<&Obj>, default: i32) -> Res<i32> {
    match o {
        Some(o) => int(th, o),
        None => Ok(default),
    }
}

/// An argument that has to be a str.
fn text<'a>(th: &Thread, o: &'a Obj, what: &str) -> Res<&'a Py<Str>> {
    o.cast::<Str>().ok_or_else(|| {
        th.type_error(format!(
            "{what} must be str, not {}",
            type_of_argument(th, o)
        ))
    })
}

/// The name of an argument's type as messages about arguments have it.
fn type_of_argument(th: &Thread, o: &Obj) -> String {
    if o.is_none() {
        return "None".to_owned();
    }
    th.type_name_full(o)
}

/// The state that `pickle` hands to a constructor: a bytes object of `len` bytes, or a str of as many characters, as a
/// pickle of Python 2 is read. `sane` says whether they can be one at all.
fn pickled<const N: usize>(
    th: &Thread,
    o: &Obj,
    what: &str,
    sane: impl Fn(u32) -> bool,
    place: usize,
) -> Res<Option<[u8; N]>> {
    if let Some(b) = o.cast::<crate::object::bytes::Bytes>() {
        return Ok(<[u8; N]>::try_from(b.bytes())
            .ok()
            .filter(|s| sane(u32::from(s[place]))));
    }
    let Some(s) = o.cast::<Str>() else {
        return Ok(None);
    };
    if s.len() != N || !sane(s.at(place)) {
        return Ok(None);
    }
    let mut out = [0; N];
    for (i, b) in out.iter_mut().enumerate() {
        *b = u8::try_from(s.at(i)).map_err(|_| {
            th.value_error(format!(
                "Failed to encode latin1 string when unpickling a {what} object. pickle.load(data, encoding='latin1') is assumed."
            ))
        })?;
    }
    Ok(Some(out))
}
