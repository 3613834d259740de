//! `resource`: limits of the process, and what it has used.

use super::io::file::last_errno;
use super::prelude::*;
use super::seq;

macro_rules! numbers {
    ($($name:ident)*) => { &[$( (stringify!($name), libc::$name as i64) ),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    RLIMIT_AS RLIMIT_CORE RLIMIT_CPU RLIMIT_DATA RLIMIT_FSIZE RLIMIT_MEMLOCK RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_NOFILE
    RLIMIT_NPROC RLIMIT_RSS RLIMIT_RTPRIO RLIMIT_RTTIME RLIMIT_SIGPENDING RLIMIT_STACK RUSAGE_CHILDREN RUSAGE_SELF
    RUSAGE_THREAD
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("getrlimit", "(resource, /)", |th, a| {
            allowed(th)?;
            let which = which(th, a.get(0))?;
            let mut l = libc::rlimit {
                rlim_cur: 0,
                rlim_max: 0,
            };
            // SAFETY: fills the structure.
            if unsafe { libc::getrlimit(which, &mut l) } < 0 {
                return Err(th.os_error(last_errno(), None));
            }
            tuple_of(th, [limit(th, l.rlim_cur), limit(th, l.rlim_max)])
        }),
        MethodDef::new("setrlimit", "(resource, limits, /)", |th, a| {
            allowed(th)?;
            let which = which(th, a.get(0))?;
            let items = th.collect(a.get(1))?;
            let [soft, hard] = &items[..] else {
                return Err(th.value_error("expected a tuple of 2 integers"));
            };
            let l = libc::rlimit {
                rlim_cur: th.index_i64(soft)? as libc::rlim_t,
                rlim_max: th.index_i64(hard)? as libc::rlim_t,
            };
            // SAFETY: reads the structure.
            if unsafe { libc::setrlimit(which, &l) } < 0 {
                return match last_errno() {
                    libc::EINVAL => Err(th.value_error("current limit exceeds maximum limit")),
                    libc::EPERM => Err(th.value_error("not allowed to raise maximum limit")),
                    e => Err(th.os_error(e, None)),
                };
            }
            Ok(Obj::NONE)
        }),
        MethodDef::new("getrusage", "(who, /)", |th, a| {
            allowed(th)?;
            let who = th.index_i64(a.get(0))? as i32;
            // SAFETY: zeroed is a valid `rusage`; the call fills it.
            let (r, u) = unsafe {
                let mut u: libc::rusage = std::mem::zeroed();
                (libc::getrusage(who, &mut u), u)
            };
            if r < 0 {
                return match last_errno() {
                    libc::EINVAL => Err(th.value_error("invalid who parameter")),
                    e => Err(th.os_error(e, None)),
                };
            }
            usage_object(th, &u)
        }),
        MethodDef::new("getpagesize", "()", |th, _| {
            // SAFETY: asks for a number.
            Ok(th.int(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }))
        }),
    ],
    types: &[("struct_rusage", TypeId::StructRusage)],
    init: Some(|th, m| {
        put(th, m, "error", th.ty(TypeId::OSError).obj().clone())?;
        put(th, m, "RLIM_INFINITY", Obj::small_int(-1))?;
        put(th, m, "RLIMIT_OFILE", th.int(libc::RLIMIT_NOFILE as i64))?;
        NUMBERS
            .iter()
            .try_for_each(|&(name, n)| put(th, m, name, th.int(n)))
    }),
    ..ModuleDef::new("resource")
};

fn allowed(th: &Thread) -> Res<()> {
    if th.rt().options.capabilities.process {
        return Ok(());
    }
    Err(th.err(
        TypeId::PermissionError,
        "this runtime has not been given access to its process",
    ))
}

fn which(th: &Thread, o: &Obj) -> Res<libc::__rlimit_resource_t> {
    match th.index_i64(o)? {
        n if (0..16).contains(&n) => Ok(n as libc::__rlimit_resource_t),
        _ => Err(th.value_error("invalid resource specified")),
    }
}

fn limit(th: &Thread, n: libc::rlim_t) -> Obj {
    if n == libc::RLIM_INFINITY {
        Obj::small_int(-1)
    } else {
        th.uint(n)
    }
}

/// What the system says of a process, as a `struct_rusage`.
pub fn usage_object(th: &Thread, u: &libc::rusage) -> Res {
    let time = |t: libc::timeval| Obj::float(t.tv_sec as f64 + t.tv_usec as f64 * 1e-6);
    let counts = [
        u.ru_maxrss,
        u.ru_ixrss,
        u.ru_idrss,
        u.ru_isrss,
        u.ru_minflt,
        u.ru_majflt,
        u.ru_nswap,
        u.ru_inblock,
        u.ru_oublock,
        u.ru_msgsnd,
        u.ru_msgrcv,
        u.ru_nsignals,
        u.ru_nvcsw,
        u.ru_nivcsw,
    ];
    let mut items = vec![time(u.ru_utime), time(u.ru_stime)];
    items.extend(counts.map(|n| th.int(n)));
    seq::make(th, TypeId::StructRusage, items, vec![])
}
