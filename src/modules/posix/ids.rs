//! Who a process is, to whom it belongs, and how much of the processor it gets: ids, groups, sessions, priorities; and programs
//! that take its place.

use super::environ;
use super::path::{c_path, path_bytes};
use super::process::processes;
use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use crate::modules::resource;
use std::ffi::CString;
use std::ptr::null;

/// Argument `i` as a number of C.
fn number(th: &Thread, a: Args<'_>, i: usize) -> Res<i32> {
    i32::try_from(th.index_i64(a.get(i))?)
        .map_err(|_| th.overflow_error("signed integer is greater than maximum"))
}

/// A user's or group's id; -1 is the one that leaves things as they are.
fn id(th: &Thread, a: Args<'_>, i: usize) -> Res<u32> {
    match th.index_i64(a.get(i))? {
        -1 => Ok(u32::MAX),
        n => u32::try_from(n).map_err(|_| match n < 0 {
            true => th.overflow_error("uid is less than minimum"),
            false => th.overflow_error("uid is greater than maximum"),
        }),
    }
}

/// What a call gives, or its error.
fn told(th: &Thread, r: i32) -> Res {
    match r {
        -1 => Err(th.os_error(last_errno(), None)),
        n => Ok(Obj::small_int(n.into())),
    }
}

/// As [`told`], of calls that have nothing to say.
fn done(th: &Thread, r: i32) -> Res {
    told(th, r).map(|_| Obj::NONE)
}

/// A call with ids of users or groups; what it changes is the whole process.
macro_rules! set_ids {
    ($name:literal, $sig:literal, $f:path $(, $i:literal)*) => {
        MethodDef::new($name, $sig, |th, a| {
            processes(th)?;
            // SAFETY: numbers only.
            done(th, unsafe { $f($(id(th, a, $i)?),*) })
        })
    };
}

/// A call with numbers. `told`: what it gives is the answer.
macro_rules! with_numbers {
    ($name:literal, $sig:literal, $told:ident, $f:path $(, $i:literal)*) => {
        MethodDef::new($name, $sig, |th, a| {
            processes(th)?;
            // SAFETY: numbers only.
            $told(th, unsafe { $f($(number(th, a, $i)?),*) })
        })
    };
}

pub const METHODS: &[MethodDef] = &[
    with_numbers!("getpgid", "(pid)", told, libc::getpgid, 0),
    MethodDef::new("getpgrp", "()", |th, _| {
        // SAFETY: has no conditions.
        told(th, unsafe { libc::getpgrp() })
    }),
    with_numbers!("setpgid", "(pid, pgrp, /)", done, libc::setpgid, 0, 1),
    MethodDef::new("setpgrp", "()", |th, _| {
        processes(th)?;
        // SAFETY: numbers only.
        done(th, unsafe { libc::setpgid(0, 0) })
    }),
    with_numbers!("getsid", "(pid, /)", told, libc::getsid, 0),
    MethodDef::new("setsid", "()", |th, _| {
        processes(th)?;
        // SAFETY: has no conditions.
        done(th, unsafe { libc::setsid() })
    }),
    with_numbers!("killpg", "(pgid, signal, /)", done, libc::killpg, 0, 1),
    with_numbers!("tcgetpgrp", "(fd, /)", told, libc::tcgetpgrp, 0),
    with_numbers!("tcsetpgrp", "(fd, pgid, /)", done, libc::tcsetpgrp, 0, 1),
    MethodDef::new("getpriority", "(which, who)", priority),
    MethodDef::new("setpriority", "(which, who, priority)", |th, a| {
        processes(th)?;
        let (which, who) = (number(th, a, 0)?, number(th, a, 1)?);
        // SAFETY: numbers only.
        done(th, unsafe {
            libc::setpriority(which as _, who as _, number(th, a, 2)?)
        })
    }),
    MethodDef::new("nice", "(increment, /)", |th, a| {
        processes(th)?;
        let n = number(th, a, 0)?;
        // SAFETY: numbers only; -1 may be an answer, so the error is cleared first.
        let (r, e) = unsafe {
            *libc::__errno_location() = 0;
            (libc::nice(n), last_errno())
        };
        match r == -1 && e != 0 {
            true => Err(th.os_error(e, None)),
            false => Ok(Obj::small_int(r.into())),
        }
    }),
    set_ids!("setuid", "(uid, /)", libc::setuid, 0),
    set_ids!("setgid", "(gid, /)", libc::setgid, 0),
    set_ids!("seteuid", "(euid, /)", libc::seteuid, 0),
    set_ids!("setegid", "(egid, /)", libc::setegid, 0),
    set_ids!("setreuid", "(ruid, euid, /)", libc::setreuid, 0, 1),
    set_ids!("setregid", "(rgid, egid, /)", libc::setregid, 0, 1),
    set_ids!(
        "setresuid",
        "(ruid, euid, suid, /)",
        libc::setresuid,
        0,
        1,
        2
    ),
    set_ids!(
        "setresgid",
        "(rgid, egid, sgid, /)",
        libc::setresgid,
        0,
        1,
        2
    ),
    MethodDef::new("getresuid", "()", |th, _| three(th, libc::getresuid)),
    MethodDef::new("getresgid", "()", |th, _| three(th, libc::getresgid)),
    MethodDef::new("getgroups", "()", groups),
    MethodDef::new("setgroups", "(groups, /)", |th, a| {
        processes(th)?;
        let mut all = Vec::new();
        for o in th.collect(a.get(0))? {
            let n = u32::try_from(th.index_i64(&o)?);
            all.push(n.map_err(|_| th.value_error("groups must be integers"))?);
        }
        // SAFETY: as many as there are.
        done(th, unsafe { libc::setgroups(all.len(), all.as_ptr()) })
    }),
    MethodDef::new("getgrouplist", "(user, group, /)", group_list),
    MethodDef::new("initgroups", "(username, gid, /)", |th, a| {
        processes(th)?;
        let name = c_path(th, a.get(0), "initgroups")?;
        // SAFETY: a C string.
        done(th, unsafe {
            libc::initgroups(name.as_ptr(), id(th, a, 1)?)
        })
    }),
    with_numbers!(
        "sched_get_priority_max",
        "(policy)",
        told,
        libc::sched_get_priority_max,
        0
    ),
    with_numbers!(
        "sched_get_priority_min",
        "(policy)",
        told,
        libc::sched_get_priority_min,
        0
    ),
    with_numbers!(
        "sched_getscheduler",
        "(pid, /)",
        told,
        libc::sched_getscheduler,
        0
    ),
    MethodDef::new("sched_setaffinity", "(pid, mask, /)", set_affinity),
    MethodDef::new("wait", "()", |th, _| {
        let (pid, status, _) = wait(th, -1, 0)?;
        th.pair(pid, status)
    }),
    MethodDef::new("wait3", "(options)", |th, a| {
        let (pid, status, usage) = wait(th, -1, number(th, a, 0)?)?;
        tuple_of(th, [pid, status, usage_of(th, &usage)?])
    }),
    MethodDef::new("wait4", "(pid, options)", |th, a| {
        let (pid, status, usage) = wait(th, number(th, a, 0)?, number(th, a, 1)?)?;
        tuple_of(th, [pid, status, usage_of(th, &usage)?])
    }),
    MethodDef::new("WCOREDUMP", "(status, /)", |th, a| {
        Ok(Obj::bool(libc::WCOREDUMP(number(th, a, 0)?)))
    }),
    MethodDef::new("WIFCONTINUED", "(status)", |th, a| {
        Ok(Obj::bool(libc::WIFCONTINUED(number(th, a, 0)?)))
    }),
    MethodDef::new("execv", "(path, argv, /)", |th, a| execute(th, a, None)),
    MethodDef::new("execve", "(path, argv, env)", |th, a| {
        execute(th, a, Some(a.get(2)))
    }),
];

fn priority(th: &Thread, a: Args<'_>) -> Res {
    let (which, who) = (number(th, a, 0)?, number(th, a, 1)?);
    // SAFETY: numbers only; -1 may be an answer, so the error is cleared first.
    let (r, e) = unsafe {
        *libc::__errno_location() = 0;
        (libc::getpriority(which as _, who as _), last_errno())
    };
    match e {
        0 => Ok(Obj::small_int(r.into())),
        e => Err(th.os_error(e, None)),
    }
}

fn three(th: &Thread, f: unsafe extern "C" fn(*mut u32, *mut u32, *mut u32) -> i32) -> Res {
    let (mut real, mut effective, mut saved) = (0, 0, 0);
    // SAFETY: writes the three.
    done(th, unsafe { f(&mut real, &mut effective, &mut saved) })?;
    tuple_of(
        th,
        [real, effective, saved].map(|n| Obj::small_int(n.into())),
    )
}

fn groups(th: &Thread, _: Args<'_>) -> Res {
    loop {
        // SAFETY: asks how many there are.
        let n = unsafe { libc::getgroups(0, std::ptr::null_mut()) };
        let mut all = vec![0u32; n.max(0) as usize];
        // SAFETY: room for so many.
        let n = unsafe { libc::getgroups(n, all.as_mut_ptr()) };
        match n {
            -1 if last_errno() == libc::EINVAL => {}
            -1 => return Err(th.os_error(last_errno(), None)),
            n => {
                all.truncate(n as usize);
                return th.list(all.iter().map(|n| Obj::small_int((*n).into())).collect());
            }
        }
    }
}

fn group_list(th: &Thread, a: Args<'_>) -> Res {
    let name = c_path(th, a.get(0), "getgrouplist")?;
    let group = id(th, a, 1)?;
    let mut room = 32;
    loop {
        let mut all = vec![0u32; room as usize];
        let mut n = room;
        // SAFETY: a C string; room for `n`.
        let r = unsafe { libc::getgrouplist(name.as_ptr(), group, all.as_mut_ptr(), &mut n) };
        if r >= 0 {
            all.truncate(n as usize);
            return th.list(all.iter().map(|n| Obj::small_int((*n).into())).collect());
        }
        if room > 1 << 20 {
            return Err(th.os_error(libc::ENOMEM, None));
        }
        room = n.max(room * 2);
    }
}

fn set_affinity(th: &Thread, a: Args<'_>) -> Res {
    processes(th)?;
    let pid = number(th, a, 0)?;
    // SAFETY: zeroed is an empty set.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    for o in th.collect(a.get(1))? {
        let n = th.index_i64(&o)?;
        match usize::try_from(n) {
            // SAFETY: within the set.
            Ok(n) if n < 8 * size_of_val(&set) => unsafe { libc::CPU_SET(n, &mut set) },
            Ok(_) => return Err(th.value_error("CPU number too large")),
            Err(_) => return Err(th.value_error("negative CPU number")),
        }
    }
    // SAFETY: a set of this size.
    done(th, unsafe {
        libc::sched_setaffinity(pid, size_of_val(&set), &set)
    })
}

fn wait(th: &Thread, pid: i32, options: i32) -> Res<(Obj, Obj, libc::rusage)> {
    processes(th)?;
    loop {
        let mut status = 0;
        // SAFETY: zeroed is valid; the call writes both.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        let (r, e) = th.blocking(|| {
            // SAFETY: as above.
            let r = unsafe { libc::wait4(pid, &mut status, options, &mut usage) };
            (r, last_errno())
        });
        if r >= 0 {
            let (pid, status) = (Obj::small_int(r.into()), Obj::small_int(status.into()));
            return Ok((pid, status, usage));
        }
        if e != libc::EINTR {
            return Err(th.os_error(e, None));
        }
        th.poll()?;
    }
}

fn execute(th: &Thread, a: Args<'_>, env: Option<&Obj>) -> Res {
    processes(th)?;
    let what = if env.is_some() { "execve" } else { "execv" };
    let path = c_path(th, a.get(0), what)?;
    let given = a.get(1);
    if given.cast::<List>().is_none() && given.cast::<Tuple>().is_none() {
        return Err(th.type_error(format!("{what}: argv must be a tuple or list")));
    }
    let text = |o: &Obj| -> Res<CString> {
        CString::new(path_bytes(th, o, what)?).map_err(|_| th.value_error("embedded null byte"))
    };
    let argv: Vec<CString> = th.collect(given)?.iter().map(text).collect::<Res<_>>()?;
    if argv.first().is_none_or(|first| first.is_empty()) {
        let wrong = match argv.is_empty() {
            true => format!("{what}: argv must not be empty"),
            false => format!("{what}: argv first element cannot be empty"),
        };
        return Err(th.value_error(wrong));
    }
    let env = match env {
        None => environ::block(th),
        Some(env) => {
            let mut lines = Vec::new();
            for pair in th.collect(&th.call_method(env, "items", &[])?)? {
                let pair = th.collect(&pair)?;
                let [k, v] = pair.as_slice() else {
                    return Err(th.type_error("env.keys() or env.values() is not a list"));
                };
                let (k, v) = (path_bytes(th, k, what)?, path_bytes(th, v, what)?);
                if k.is_empty() || k[1..].contains(&b'=') {
                    return Err(th.value_error("illegal environment variable name"));
                }
                let line = CString::new([k, v].join(&b'='));
                lines.push(line.map_err(|_| th.value_error("embedded null byte"))?);
            }
            Some(lines)
        }
    };
    let pointers = |all: &[CString]| -> Vec<*const libc::c_char> {
        all.iter().map(|s| s.as_ptr()).chain([null()]).collect()
    };
    let argv = pointers(&argv);
    // SAFETY: C strings, lists that end with null. What comes back is an error.
    unsafe {
        match &env {
            None => libc::execv(path.as_ptr(), argv.as_ptr()),
            Some(env) => libc::execve(path.as_ptr(), argv.as_ptr(), pointers(env).as_ptr()),
        }
    };
    Err(th.os_error(last_errno(), Some(a.get(0))))
}

fn usage_of(th: &Thread, u: &libc::rusage) -> Res {
    // The class is `resource`'s.
    drop(th.import("resource")?);
    resource::usage_object(th, u)
}
