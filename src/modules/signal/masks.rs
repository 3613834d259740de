//! Signals that a thread holds back, and waiting for them.

use super::{allowed, number};
use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use crate::modules::seq;
use std::time::{Duration, Instant};

fn empty() -> libc::sigset_t {
    // SAFETY: the call fills the set.
    unsafe {
        let mut s: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut s);
        s
    }
}

fn set_of(th: &Thread, o: &Obj) -> Res<libc::sigset_t> {
    let mut set = empty();
    for o in th.collect(o)? {
        let n = number(th, &o)?;
        // Two are the C library's own.
        if (32..34).contains(&n) {
            return Err(th.value_error("invalid signal number"));
        }
        // SAFETY: a set that is filled, a number that is one.
        unsafe { libc::sigaddset(&mut set, n) };
    }
    Ok(set)
}

/// The numbers of a set as a Python set.
fn shown(th: &Thread, set: &libc::sigset_t) -> Res {
    // SAFETY: a set that is filled.
    let within = |n: &i32| unsafe { libc::sigismember(set, *n) } == 1;
    let all = (1..=super::LAST).filter(within);
    let all = th.list(all.map(|n| Obj::small_int(n.into())).collect())?;
    th.call(th.ty(TypeId::Set).obj(), &[all])
}

fn mask(th: &Thread, a: Args<'_>) -> Res {
    allowed(th)?;
    let how = th.index_i64(a.get(0))? as i32;
    let set = set_of(th, a.get(1))?;
    let mut old = empty();
    // SAFETY: sets that are filled.
    match unsafe { libc::pthread_sigmask(how, &set, &mut old) } {
        0 => {
            // What was held back may have come at once.
            th.poll()?;
            shown(th, &old)
        }
        e => Err(th.os_error(e, None)),
    }
}

fn pending(th: &Thread, _: Args<'_>) -> Res {
    let mut set = empty();
    // SAFETY: a set that is filled.
    match unsafe { libc::sigpending(&mut set) } {
        0 => shown(th, &set),
        _ => Err(th.os_error(last_errno(), None)),
    }
}

fn wait(th: &Thread, a: Args<'_>) -> Res {
    allowed(th)?;
    let set = set_of(th, a.get(0))?;
    let mut n = 0;
    // SAFETY: a set that is filled, room for the number.
    match th.blocking(|| unsafe { libc::sigwait(&set, &mut n) }) {
        0 => Ok(Obj::small_int(n.into())),
        e => Err(th.os_error(e, None)),
    }
}

/// Waits until a signal comes, or so long.
fn wait_info(th: &Thread, set: &Obj, timeout: Option<Duration>) -> Res {
    allowed(th)?;
    let set = set_of(th, set)?;
    let end = timeout.and_then(|t| Instant::now().checked_add(t));
    loop {
        let left = end.map(|e| e.saturating_duration_since(Instant::now()));
        let (n, info, e) = th.blocking(|| {
            // SAFETY: zeroed is valid; sets and times that are filled, room for the answer.
            unsafe {
                let mut info: libc::siginfo_t = std::mem::zeroed();
                let n = match left {
                    None => libc::sigwaitinfo(&set, &mut info),
                    Some(t) => {
                        let t = libc::timespec {
                            tv_sec: t.as_secs() as i64,
                            tv_nsec: t.subsec_nanos().into(),
                        };
                        libc::sigtimedwait(&set, &mut info, &t)
                    }
                };
                (n, info, last_errno())
            }
        });
        if n >= 0 {
            return described(th, &info);
        }
        match e {
            libc::EAGAIN => return Ok(Obj::NONE),
            libc::EINTR => th.poll()?,
            e => return Err(th.os_error(e, None)),
        }
    }
}

fn described(th: &Thread, info: &libc::siginfo_t) -> Res {
    // SAFETY: the system has filled all of it; what a signal does not have is some number.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    let n = |n: i64| Obj::small_int(n);
    let items = vec![
        n(info.si_signo.into()),
        n(info.si_code.into()),
        n(info.si_errno.into()),
        n(pid.into()),
        n(uid.into()),
        n(status.into()),
        n(0),
    ];
    seq::make(th, TypeId::StructSiginfo, items, vec![])
}

fn timed_wait(th: &Thread, a: Args<'_>) -> Res {
    let seconds = th.to_f64(a.get(1))?;
    if seconds < 0.0 {
        return Err(th.value_error("timeout must be non-negative"));
    }
    let timeout = Duration::try_from_secs_f64(seconds)
        .map_err(|_| th.overflow_error("timeout is too large"))?;
    wait_info(th, a.get(0), Some(timeout))
}

pub const METHODS: &[MethodDef] = &[
    MethodDef::new("pthread_sigmask", "(how, mask, /)", mask),
    MethodDef::new("sigpending", "()", pending),
    MethodDef::new("sigwait", "(sigset, /)", wait),
    MethodDef::new("sigwaitinfo", "(sigset, /)", |th, a| {
        wait_info(th, a.get(0), None)
    }),
    MethodDef::new("sigtimedwait", "(sigset, timeout, /)", timed_wait),
];
