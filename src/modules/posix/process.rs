//! Processes, the environment, the machine.

use super::environ;
use super::path::c_path;
use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use crate::modules::seq;
use std::ffi::{CStr, CString};
use std::ptr::null;

fn refuse(th: &Thread, what: &str) -> Exc {
    th.err(
        TypeId::PermissionError,
        format!("this runtime has not been given access to {what}"),
    )
}

/// An error where the program may not do anything to processes.
pub fn processes(th: &Thread) -> Res<()> {
    if th.rt().options.capabilities.process {
        Ok(())
    } else {
        Err(refuse(th, "processes"))
    }
}

/// An id of the process.
pub fn id(th: &Thread, f: impl FnOnce(&Thread) -> i64) -> Res {
    if !th.rt().options.capabilities.environment {
        return Err(refuse(th, "the environment"));
    }
    Ok(th.int(f(th)))
}

pub fn kill(th: &Thread, a: Args<'_>) -> Res {
    processes(th)?;
    let (p, s) = (
        th.index_i64(a.get(0))? as i32,
        th.index_i64(a.get(1))? as i32,
    );
    // SAFETY: no memory involved.
    if unsafe { libc::kill(p, s) } != 0 {
        return Err(th.os_error(last_errno(), None));
    }
    // A signal to ourselves is handled at once, as in CPython.
    th.poll()?;
    Ok(Obj::NONE)
}

pub fn exit_now(th: &Thread, a: Args<'_>) -> Res {
    processes(th)?;
    let n = th.index_i64(a.get(0))? as i32;
    // SAFETY: does not return.
    unsafe { libc::_exit(n) }
}

pub fn abort(th: &Thread, _a: Args<'_>) -> Res {
    processes(th)?;
    std::process::abort()
}

pub fn cpu_count(_th: &Thread, _a: Args<'_>) -> Res {
    // SAFETY: asks for a number.
    let n = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
    Ok(if n > 0 { Obj::small_int(n) } else { Obj::NONE })
}

pub fn sched_getaffinity(th: &Thread, a: Args<'_>) -> Res {
    let pid = th.index_i64(a.get(0))? as i32;
    // SAFETY: zeroed is an empty set; the call fills it.
    let (r, set) = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        (
            libc::sched_getaffinity(pid, size_of::<libc::cpu_set_t>(), &mut set),
            set,
        )
    };
    if r != 0 {
        return Err(th.os_error(last_errno(), None));
    }
    // SAFETY: below the set's size.
    let cpus: Vec<Obj> = (0..1024usize)
        .filter(|&i| unsafe { libc::CPU_ISSET(i, &set) })
        .map(|i| Obj::small_int(i as i64))
        .collect();
    let l = th.list(cpus)?;
    th.call(th.ty(TypeId::Set).obj(), &[l])
}

pub fn getloadavg(th: &Thread, _a: Args<'_>) -> Res {
    let mut v = [0f64; 3];
    // SAFETY: room for three.
    if unsafe { libc::getloadavg(v.as_mut_ptr(), 3) } != 3 {
        return Err(th.err(TypeId::OSError, "Load averages are unobtainable"));
    }
    th.tuple_from(v.into_iter().map(Obj::float))
}

pub fn uname(th: &Thread, _a: Args<'_>) -> Res {
    // SAFETY: zeroed is a valid `utsname`; the call fills it.
    let u = unsafe {
        let mut u: libc::utsname = std::mem::zeroed();
        libc::uname(&mut u);
        u
    };
    let mut items = Vec::new();
    for f in [&u.sysname, &u.nodename, &u.release, &u.version, &u.machine] {
        // SAFETY: the fields are C strings.
        let s = unsafe { CStr::from_ptr(f.as_ptr()) };
        items.push(th.str(&s.to_string_lossy())?);
    }
    seq::make(th, TypeId::UnameResult, items, vec![])
}

pub fn times(th: &Thread, _a: Args<'_>) -> Res {
    // SAFETY: zeroed is a valid `tms`; the call fills it.
    let (e, t, hz) = unsafe {
        let mut t: libc::tms = std::mem::zeroed();
        let e = libc::times(&mut t);
        (e, t, libc::sysconf(libc::_SC_CLK_TCK) as f64)
    };
    let f = |n: i64| Obj::float(n as f64 / hz);
    seq::make(
        th,
        TypeId::TimesResult,
        vec![
            f(t.tms_utime),
            f(t.tms_stime),
            f(t.tms_cutime),
            f(t.tms_cstime),
            f(e),
        ],
        vec![],
    )
}

pub fn urandom(th: &Thread, a: Args<'_>) -> Res {
    let n = th.index_i64(a.get(0))?;
    if n < 0 {
        return Err(th.value_error("negative argument not allowed"));
    }
    th.reserve(n as usize)?;
    let mut v = Vec::new();
    if v.try_reserve_exact(n as usize).is_err() {
        return Err(th.memory_error());
    }
    v.resize(n as usize, 0u8);
    let mut at = 0;
    while at < v.len() {
        // SAFETY: room for the rest.
        let r = unsafe { libc::getrandom(v[at..].as_mut_ptr().cast(), v.len() - at, 0) };
        if r < 0 {
            let e = last_errno();
            if e != libc::EINTR {
                return Err(th.os_error(e, None));
            }
            th.poll()?;
        } else {
            at += r as usize;
        }
    }
    th.bytes(&v)
}

pub fn sysconf(th: &Thread, a: Args<'_>) -> Res {
    let n = match a.get(0).cast::<Str>() {
        Some(s) => match s.to_rust().as_str() {
            "SC_NPROCESSORS_ONLN" => libc::_SC_NPROCESSORS_ONLN,
            "SC_NPROCESSORS_CONF" => libc::_SC_NPROCESSORS_CONF,
            "SC_PAGESIZE" | "SC_PAGE_SIZE" => libc::_SC_PAGESIZE,
            "SC_CLK_TCK" => libc::_SC_CLK_TCK,
            "SC_OPEN_MAX" => libc::_SC_OPEN_MAX,
            "SC_PHYS_PAGES" => libc::_SC_PHYS_PAGES,
            "SC_AVPHYS_PAGES" => libc::_SC_AVPHYS_PAGES,
            "SC_IOV_MAX" => libc::_SC_IOV_MAX,
            "SC_ARG_MAX" => libc::_SC_ARG_MAX,
            _ => return Err(th.value_error("unrecognized configuration name")),
        },
        None => th.index_i64(a.get(0))? as i32,
    };
    // SAFETY: asks for a number.
    Ok(th.int(unsafe { libc::sysconf(n) }))
}

pub fn waitpid(th: &Thread, a: Args<'_>) -> Res {
    processes(th)?;
    let (p, o) = (
        th.index_i64(a.get(0))? as i32,
        th.index_i64(a.get(1))? as i32,
    );
    loop {
        let mut status = 0;
        let (r, e) = th.blocking(|| {
            // SAFETY: writes the status.
            (unsafe { libc::waitpid(p, &mut status, o) }, last_errno())
        });
        if r >= 0 {
            return th.tuple(vec![
                Obj::small_int(i64::from(r)),
                Obj::small_int(i64::from(status)),
            ]);
        }
        if e != libc::EINTR {
            return Err(th.os_error(e, None));
        }
        th.poll()?;
    }
}

pub fn exitcode(th: &Thread, a: Args<'_>) -> Res {
    let s = th.index_i64(a.get(0))? as i32;
    let n = if libc::WIFEXITED(s) {
        libc::WEXITSTATUS(s)
    } else if libc::WIFSIGNALED(s) {
        -libc::WTERMSIG(s)
    } else {
        return Err(th.value_error(format!(
            "process was stopped by signal {}",
            libc::WSTOPSIG(s)
        )));
    };
    Ok(Obj::small_int(i64::from(n)))
}

pub fn system(th: &Thread, a: Args<'_>) -> Res {
    processes(th)?;
    let c: CString = c_path(th, a.get(0), "system")?;
    let env = environ::block(th);
    let r = th.blocking(|| match &env {
        // SAFETY: a C string.
        None => unsafe { libc::system(c.as_ptr()) },
        Some(env) => shell(&c, env),
    });
    Ok(Obj::small_int(i64::from(r)))
}

/// What `system` of C does, in another environment: the status of the shell.
fn shell(command: &CStr, env: &[CString]) -> i32 {
    let argv = [c"sh".as_ptr(), c"-c".as_ptr(), command.as_ptr(), null()];
    let mut lines: Vec<*const libc::c_char> = env.iter().map(|e| e.as_ptr()).collect();
    lines.push(null());
    let (mut pid, mut status) = (0, 0);
    // SAFETY: C strings, lists that end with null, structures that are filled before they are used. The signals of the
    // terminal are the shell's while it runs.
    unsafe {
        let (mut old_int, mut old_quit) = (std::mem::zeroed(), std::mem::zeroed());
        let mut attributes = std::mem::zeroed();
        let mut ignore: libc::sigaction = std::mem::zeroed();
        ignore.sa_sigaction = libc::SIG_IGN;
        libc::sigaction(libc::SIGINT, &ignore, &mut old_int);
        libc::sigaction(libc::SIGQUIT, &ignore, &mut old_quit);
        libc::posix_spawnattr_init(&mut attributes);
        let mut defaults = std::mem::zeroed();
        libc::sigemptyset(&mut defaults);
        for (signal, old) in [(libc::SIGINT, &old_int), (libc::SIGQUIT, &old_quit)] {
            if old.sa_sigaction != libc::SIG_IGN {
                libc::sigaddset(&mut defaults, signal);
            }
        }
        libc::posix_spawnattr_setsigdefault(&mut attributes, &defaults);
        libc::posix_spawnattr_setflags(&mut attributes, libc::POSIX_SPAWN_SETSIGDEF as _);
        let failed = libc::posix_spawn(
            &mut pid,
            c"/bin/sh".as_ptr(),
            null(),
            &attributes,
            argv.as_ptr().cast(),
            lines.as_ptr().cast(),
        );
        libc::posix_spawnattr_destroy(&mut attributes);
        if failed != 0 {
            status = 127 << 8;
        } else {
            while libc::waitpid(pid, &mut status, 0) == -1 {
                if last_errno() != libc::EINTR {
                    status = -1;
                    break;
                }
            }
        }
        libc::sigaction(libc::SIGINT, &old_int, std::ptr::null_mut());
        libc::sigaction(libc::SIGQUIT, &old_quit, std::ptr::null_mut());
    }
    status
}
