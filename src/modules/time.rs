//! `time`.

pub mod zone;

use super::prelude::*;
use super::seq;
use std::ffi::CString;
use std::time::{Duration, Instant};
use threadsnake_algo::calendar;

/// `time`
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("time", "()", |th, _| read_f(th, libc::CLOCK_REALTIME)),
        MethodDef::new("time_ns", "()", |th, _| read_ns(th, libc::CLOCK_REALTIME)),
        MethodDef::new("monotonic", "()", |th, _| read_f(th, libc::CLOCK_MONOTONIC)),
        MethodDef::new("monotonic_ns", "()", |th, _| {
            read_ns(th, libc::CLOCK_MONOTONIC)
        }),
        MethodDef::new("perf_counter", "()", |th, _| {
            read_f(th, libc::CLOCK_MONOTONIC)
        }),
        MethodDef::new("perf_counter_ns", "()", |th, _| {
            read_ns(th, libc::CLOCK_MONOTONIC)
        }),
        MethodDef::new("process_time", "()", |th, _| {
            read_f(th, libc::CLOCK_PROCESS_CPUTIME_ID)
        }),
        MethodDef::new("process_time_ns", "()", |th, _| {
            read_ns(th, libc::CLOCK_PROCESS_CPUTIME_ID)
        }),
        MethodDef::new("thread_time", "()", |th, _| {
            read_f(th, libc::CLOCK_THREAD_CPUTIME_ID)
        }),
        MethodDef::new("thread_time_ns", "()", |th, _| {
            read_ns(th, libc::CLOCK_THREAD_CPUTIME_ID)
        }),
        MethodDef::new("clock_gettime", "(clk_id, /)", |th, a| {
            read_f(th, th.index_i64(a.get(0))? as libc::clockid_t)
        }),
        MethodDef::new("clock_gettime_ns", "(clk_id, /)", |th, a| {
            read_ns(th, th.index_i64(a.get(0))? as libc::clockid_t)
        }),
        MethodDef::new("clock_getres", "(clk_id, /)", |th, a| {
            let id = th.index_i64(a.get(0))? as libc::clockid_t;
            let mut t = libc::timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            // SAFETY: writes the struct.
            if unsafe { libc::clock_getres(id, &mut t) } != 0 {
                return Err(th.os_error(super::io::file::last_errno(), None));
            }
            Ok(Obj::float(t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9))
        }),
        MethodDef::new("get_clock_info", "(name, /)", clock_info),
        MethodDef::new("sleep", "(seconds, /)", sleep),
        MethodDef::new("gmtime", "(seconds=None, /)", |th, a| {
            broken_down(th, a, false)
        }),
        MethodDef::new("localtime", "(seconds=None, /)", |th, a| {
            broken_down(th, a, true)
        }),
        MethodDef::new("mktime", "(tuple, /)", mktime),
        MethodDef::new("strftime", "(format, tuple=None, /)", strftime),
        MethodDef::new(
            "strptime",
            "(string, format='%a %b %d %H:%M:%S %Y', /)",
            |th, a| {
                let m = th.import("_strptime")?;
                let f = th.getattr(&m, "_strptime_time")?;
                let args: Vec<Obj> = (0..2).filter_map(|i| a.opt(i).cloned()).collect();
                th.call(&f, &args)
            },
        ),
        MethodDef::new("asctime", "(tuple=None, /)", |th, a| {
            let tm = tuple_or_now(th, a.opt(0))?;
            th.str(&asctime(&tm))
        }),
        MethodDef::new("ctime", "(seconds=None, /)", |th, a| {
            let tm = to_tm(th, seconds(th, a.opt_not_none(0))?, true)?;
            th.str(&asctime(&tm))
        }),
        MethodDef::new("tzset", "()", |th, _| {
            zone::reset(th);
            let m = th.import("time")?;
            zone_names(th, &m)?;
            Ok(Obj::NONE)
        }),
    ],
    types: &[("struct_time", TypeId::StructTime)],
    init: Some(|th, m| {
        put(th, m, "_STRUCT_TM_ITEMS", Obj::small_int(11))?;
        for (n, v) in [
            ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
            ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
            ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
            ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
            ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
            ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
            ("CLOCK_TAI", libc::CLOCK_TAI),
        ] {
            put(th, m, n, Obj::small_int(i64::from(v)))?;
        }
        zone_names(th, m.obj())
    }),
    ..ModuleDef::new("time")
};

fn allowed(th: &Thread) -> Res<()> {
    if th.rt().options.capabilities.clock {
        return Ok(());
    }
    Err(th.err(
        TypeId::PermissionError,
        "this runtime has not been given access to clocks",
    ))
}

/// What a clock of the system shows; `None`: `errno` says why not.
pub fn clock(id: libc::clockid_t) -> Option<libc::timespec> {
    let mut t = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: writes the struct.
    (unsafe { libc::clock_gettime(id, &mut t) } == 0).then_some(t)
}

/// The same, or an exception.
pub fn read(th: &Thread, id: libc::clockid_t) -> Res<libc::timespec> {
    allowed(th)?;
    clock(id).ok_or_else(|| th.os_error(super::io::file::last_errno(), None))
}

/// What a clock shows in seconds.
pub fn read_f(th: &Thread, id: libc::clockid_t) -> Res {
    let t = read(th, id)?;
    Ok(Obj::float(t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9))
}

fn read_ns(th: &Thread, id: libc::clockid_t) -> Res {
    let t = read(th, id)?;
    Ok(th.int(t.tv_sec * 1_000_000_000 + t.tv_nsec))
}

fn clock_info(th: &Thread, a: Args<'_>) -> Res {
    let name = th
        .text_of(a.get(0), "get_clock_info() argument 1")?
        .to_rust();
    let (how, monotonic, adjustable) = match name.as_str() {
        "monotonic" | "perf_counter" => ("clock_gettime(CLOCK_MONOTONIC)", true, false),
        "time" => ("clock_gettime(CLOCK_REALTIME)", false, true),
        "process_time" => ("clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", true, false),
        "thread_time" => ("clock_gettime(CLOCK_THREAD_CPUTIME_ID)", true, false),
        _ => return Err(th.value_error("unknown clock")),
    };
    let ns = th.call(th.ty(TypeId::SimpleNamespace).obj(), &[])?;
    th.setattr(&ns, "implementation", th.str(how)?)?;
    th.setattr(&ns, "monotonic", Obj::bool(monotonic))?;
    th.setattr(&ns, "adjustable", Obj::bool(adjustable))?;
    th.setattr(&ns, "resolution", Obj::float(1e-9))?;
    Ok(ns)
}

/// A time-out in seconds as a duration; errors as `time.sleep` and locks give them.
pub fn duration(th: &Thread, o: &Obj, negative: &str) -> Res<Duration> {
    let s = th.to_f64(o).map_err(|e| {
        if e.is(th, TypeId::TypeError) {
            th.type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                th.type_name(o)
            ))
        } else {
            e
        }
    })?;
    if s.is_nan() {
        return Err(th.value_error("Invalid value NaN (not a number)"));
    }
    if s < 0.0 {
        return Err(th.value_error(negative));
    }
    // 2**63 nanoseconds.
    if s > 9_223_372_036.854_775 {
        return Err(th.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    Ok(Duration::from_secs_f64(s))
}

/// Waits until a moment in slices, so that requests of others are seen; `done` says that it need wait no more.
pub fn wait_until(
    th: &Thread,
    end: Option<Instant>,
    mut step: impl FnMut(Option<Duration>) -> bool,
) -> Res<bool> {
    loop {
        let left = match end {
            Some(e) => {
                let now = Instant::now();
                if now >= e {
                    return Ok(false);
                }
                Some(e - now)
            }
            None => None,
        };
        let slice = left.map_or(SLICE, |l| l.min(SLICE));
        if th.blocking(|| step(Some(slice))) {
            return Ok(true);
        }
        th.poll()?;
    }
}

/// Longest wait without a look at the guard word.
pub const SLICE: Duration = Duration::from_millis(20);

fn sleep(th: &Thread, a: Args<'_>) -> Res {
    allowed(th)?;
    let d = duration(th, a.get(0), "sleep length must be non-negative")?;
    if d.is_zero() {
        th.blocking(threadsnake_threads::sync::thread::yield_now);
        th.poll()?;
        return Ok(Obj::NONE);
    }
    wait_until(th, Instant::now().checked_add(d), |slice| {
        threadsnake_threads::sync::thread::sleep(slice.unwrap_or(SLICE));
        false
    })?;
    Ok(Obj::NONE)
}

fn seconds(th: &Thread, o: Option<&Obj>) -> Res<i64> {
    match o {
        None => Ok(read(th, libc::CLOCK_REALTIME)?.tv_sec),
        Some(o) => match o.as_f64_exact() {
            Some(f) if f.is_nan() => Err(th.value_error("Invalid value NaN (not a number)")),
            Some(f) if f.abs() > 9e18 => {
                Err(th.overflow_error("timestamp out of range for platform time_t"))
            }
            Some(f) => Ok(f.floor() as i64),
            None => th.index_i64(o).map_err(|e| {
                if e.is(th, TypeId::OverflowError) {
                    th.overflow_error("timestamp out of range for platform time_t")
                } else {
                    e
                }
            }),
        },
    }
}

/// A moment as C's structure, without the zone's name, or an OSError.
pub fn to_tm(th: &Thread, t: i64, local: bool) -> Res<libc::tm> {
    let (offset, summer) = match local {
        true => {
            let zone = zone::local(th);
            let shown = zone.at(t);
            (i64::from(shown.offset), shown.summer)
        }
        false => (0, false),
    };
    let wall = t.saturating_add(offset);
    // SAFETY: zeroed is a valid `tm`; the call fills it.
    let (p, mut tm) = unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        (libc::gmtime_r(&wall, &mut tm), tm)
    };
    if p.is_null() {
        return Err(th.os_error(libc::EOVERFLOW, None));
    }
    tm.tm_isdst = summer.into();
    tm.tm_gmtoff = offset;
    tm.tm_zone = std::ptr::null();
    Ok(tm)
}

fn tm_object(th: &Thread, tm: &libc::tm, zone: &str, offset: i64) -> Res {
    let n = |v: i32| Obj::small_int(i64::from(v));
    seq::make(
        th,
        TypeId::StructTime,
        vec![
            th.int(i64::from(tm.tm_year) + 1900),
            n(tm.tm_mon + 1),
            n(tm.tm_mday),
            n(tm.tm_hour),
            n(tm.tm_min),
            n(tm.tm_sec),
            n((tm.tm_wday + 6) % 7),
            n(tm.tm_yday + 1),
            n(tm.tm_isdst),
        ],
        vec![th.str(zone)?, Obj::small_int(offset)],
    )
}

fn broken_down(th: &Thread, a: Args<'_>, local: bool) -> Res {
    let t = seconds(th, a.opt_not_none(0))?;
    let tm = to_tm(th, t, local)?;
    if !local {
        return tm_object(th, &tm, "UTC", 0);
    }
    let zone = zone::local(th);
    tm_object(th, &tm, &zone.at(t).name, tm.tm_gmtoff)
}

fn from_tuple(th: &Thread, o: &Obj) -> Res<libc::tm> {
    let Some(t) = o.cast::<Tuple>() else {
        return Err(th.type_error("Tuple or struct_time argument required"));
    };
    if t.len() != 9 {
        return Err(th.type_error("illegal time tuple argument"));
    }
    let mut v = [0i32; 9];
    for (i, x) in v.iter_mut().enumerate() {
        let n = th.index_i64(&t.items()[i])?;
        *x = i32::try_from(n)
            .map_err(|_| th.overflow_error("signed integer is greater than maximum"))?;
    }
    // SAFETY: zeroed is a valid `tm`.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    tm.tm_year = v[0]
        .checked_sub(1900)
        .ok_or_else(|| th.overflow_error("year out of range"))?;
    tm.tm_mon = v[1] - 1;
    tm.tm_mday = v[2];
    tm.tm_hour = v[3];
    tm.tm_min = v[4];
    tm.tm_sec = v[5];
    tm.tm_wday = v[6].wrapping_add(1) % 7;
    tm.tm_yday = v[7] - 1;
    tm.tm_isdst = v[8];
    if let Some(g) = o.instance_attr(th, &th.intern("tm_gmtoff")) {
        tm.tm_gmtoff = th.int_like_i64(&g).unwrap_or(0);
    }
    Ok(tm)
}

fn check(th: &Thread, tm: &mut libc::tm) -> Res<()> {
    if tm.tm_mon == -1 {
        tm.tm_mon = 0;
    }
    if tm.tm_mday == 0 {
        tm.tm_mday = 1;
    }
    if tm.tm_yday == -1 {
        tm.tm_yday = 0;
    }
    for (v, lo, hi, what) in [
        (tm.tm_mon, 0, 11, "month out of range"),
        (tm.tm_mday, 1, 31, "day of month out of range"),
        (tm.tm_hour, 0, 23, "hour out of range"),
        (tm.tm_min, 0, 59, "minute out of range"),
        (tm.tm_sec, 0, 61, "seconds out of range"),
        (tm.tm_wday, 0, 6, "day of week out of range"),
        (tm.tm_yday, 0, 365, "day of year out of range"),
    ] {
        if v < lo || v > hi {
            return Err(th.value_error(what));
        }
    }
    Ok(())
}

fn tuple_or_now(th: &Thread, o: Option<&Obj>) -> Res<libc::tm> {
    let mut tm = match o {
        Some(o) => from_tuple(th, o)?,
        None => to_tm(th, seconds(th, None)?, true)?,
    };
    check(th, &mut tm)?;
    Ok(tm)
}

fn asctime(tm: &libc::tm) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    format!(
        "{} {}{:3} {:02}:{:02}:{:02} {}",
        DAYS[tm.tm_wday.rem_euclid(7) as usize],
        MONTHS[tm.tm_mon.rem_euclid(12) as usize],
        tm.tm_mday,
        tm.tm_hour,
        tm.tm_min,
        tm.tm_sec,
        i64::from(tm.tm_year) + 1900
    )
}

fn mktime(th: &Thread, a: Args<'_>) -> Res {
    let mut tm = from_tuple(th, a.get(0))?;
    let summer = match tm.tm_isdst {
        n if n < 0 => None,
        n => Some(n > 0),
    };
    tm.tm_wday = -1;
    // SAFETY: works on the struct.
    let wall = unsafe { libc::timegm(&mut tm) };
    if wall == -1 && tm.tm_wday == -1 {
        return Err(th.overflow_error("mktime argument out of range"));
    }
    Ok(Obj::float(zone::local(th).moment(wall, summer) as f64))
}

fn strftime(th: &Thread, a: Args<'_>) -> Res {
    let format = th.text_of(a.get(0), "strftime() argument 1")?;
    let tm = tuple_or_now(th, a.opt(1))?;
    let named = match a.opt(1) {
        Some(o) => o.instance_attr(th, &th.intern("tm_zone")),
        None => None,
    };
    let zone = match (named.as_ref().and_then(|o| o.cast::<Str>()), tm.tm_isdst) {
        (Some(s), _) => s.to_rust(),
        (None, n) if n < 0 => String::new(),
        (None, n) => {
            let [standard, summer] = zones(th)?;
            if n > 0 { summer.name } else { standard.name }
        }
    };
    let mut out = StrBuf::new();
    // The C library gets runs of ASCII without NUL, at which it would stop; what is between them stands for itself.
    let text = format.text();
    let mut start = 0;
    for i in 0..=text.len() {
        let c = text.get(i);
        if matches!(c, Some(1..128)) {
            continue;
        }
        let run = text.slice(start, i).to_string_lossy();
        if !run.is_empty() {
            out.push_utf8(&format_tm(th, &run, &tm, &zone)?);
        }
        if let Some(c) = c {
            out.push(c);
        }
        start = i + 1;
    }
    th.str_data(out.finish())
}

/// A format without NUL, filled in by the C library; `zone` is the zone's name.
pub fn format_tm(th: &Thread, format: &str, tm: &libc::tm, zone: &str) -> Res<String> {
    let zone = CString::new(zone).unwrap_or_default();
    let mut tm = *tm;
    tm.tm_zone = zone.as_ptr();
    // A first character of ours: a text of no length is no failure then.
    let Ok(c) = CString::new(format!("x{format}")) else {
        return Ok(String::new());
    };
    let mut cap = 256 + format.len() * 4;
    loop {
        let mut buf = vec![0u8; cap];
        // SAFETY: room for `cap` bytes.
        let n = unsafe { libc::strftime(buf.as_mut_ptr().cast(), cap, c.as_ptr(), &tm) };
        if n > 0 {
            return Ok(String::from_utf8_lossy(&buf[1..n]).into_owned());
        }
        cap *= 4;
        if cap > 1 << 24 {
            return Err(th.memory_error());
        }
    }
}

/// Standard and summer time of the zone, as they are this year; the same twice where there is no summer time.
fn zones(th: &Thread) -> Res<[calendar::Local; 2]> {
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    let now = match th.rt().options.capabilities.clock {
        true => read(th, libc::CLOCK_REALTIME)?.tv_sec,
        false => 0,
    };
    let january = now.div_euclid(YEAR) * YEAR;
    let zone = zone::local(th);
    let of = |t: i64| zone.at(t).clone();
    let (winter, july) = (of(january), of(january + YEAR / 2));
    // South of the equator it is summer in January.
    Ok(match winter.offset > july.offset {
        true => [july, winter],
        false => [winter, july],
    })
}

fn zone_names(th: &Thread, m: &Obj) -> Res<()> {
    let [standard, summer] = zones(th)?;
    let number = |n: i32| Obj::small_int(n.into());
    th.setattr(m, "timezone", number(-standard.offset))?;
    th.setattr(m, "altzone", number(-summer.offset))?;
    let two = standard.offset != summer.offset;
    th.setattr(m, "daylight", number(two.into()))?;
    let names = th.tuple(vec![th.str(&standard.name)?, th.str(&summer.name)?])?;
    th.setattr(m, "tzname", names)
}
