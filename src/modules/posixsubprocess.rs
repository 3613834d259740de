//! `_posixsubprocess`: starting another program.
//!
//! Between `fork` and `exec` the child is a copy of one thread of a process that has many: locks of the others stay as
//! they were, so the child calls nothing that is not safe in a signal handler, and allocates nothing. Everything that it
//! needs is laid out before the fork. `preexec_fn` would run Python there, and is refused.

use super::io::file::last_errno;
use super::prelude::*;
use std::ffi::CString;
use std::ptr::null;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[MethodDef::new(
        "fork_exec",
        "(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, /)",
        fork_exec,
    )
    .doc("Spawn a fresh new child process.")],
    doc: "A POSIX helper for the subprocess module.",
    ..ModuleDef::new("_posixsubprocess")
};

/// What the child does, in full.
struct Plan {
    executables: Vec<CString>,
    argv: Vec<*const libc::c_char>,
    /// Null where the child keeps the environment.
    env: *const *const libc::c_char,
    cwd: Option<CString>,
    close_fds: bool,
    keep: Vec<i32>,
    p2c: [i32; 2],
    c2p: [i32; 2],
    err: [i32; 2],
    errpipe: [i32; 2],
    restore_signals: bool,
    setsid: bool,
    pgid: i32,
    groups: Option<Vec<libc::gid_t>>,
    gid: Option<libc::gid_t>,
    uid: Option<libc::uid_t>,
    umask: i32,
}

fn c_string(th: &Thread, o: &Obj) -> Res<CString> {
    let b = super::posix::path_bytes(th, o, "fork_exec")?;
    CString::new(b).map_err(|_| th.value_error("embedded null byte"))
}

fn strings(th: &Thread, o: &Obj) -> Res<Vec<CString>> {
    th.collect(o)?.iter().map(|o| c_string(th, o)).collect()
}

fn pointers(list: &[CString]) -> Vec<*const libc::c_char> {
    let all = list.iter().map(|s| s.as_ptr());
    all.chain(std::iter::once(null())).collect()
}

fn fork_exec(th: &Thread, a: Args<'_>) -> Res {
    if !th.rt().options.capabilities.process {
        return Err(th.err(
            TypeId::PermissionError,
            "this runtime has not been given access to processes",
        ));
    }
    if !a.get(21).is_none() {
        return Err(th.not_implemented_error(
            "preexec_fn is not supported: it would run Python between fork and exec, in a copy of one thread of many",
        ));
    }
    let number = |i: usize| th.index_i64(a.get(i)).map(|n| n as i32);
    let id = |i: usize| match a.get(i) {
        o if o.is_none() => Ok(None),
        o => th.index_i64(o).map(|n| Some(n as u32)),
    };
    let args = strings(th, a.get(0))?;
    let env = match a.get(5) {
        o if o.is_none() => super::posix::environ::block(th),
        o => Some(strings(th, o)?),
    };
    let env_pointers = env.as_ref().map(|e| pointers(e));
    let mut keep = Vec::new();
    for o in th.collect(a.get(3))? {
        let fd = th.index_i64(&o)?;
        let Some(fd) = i32::try_from(fd).ok().filter(|&fd| fd >= 0) else {
            return Err(th.value_error("bad value(s) in fds_to_keep"));
        };
        if keep.last().is_some_and(|&last| last >= fd) {
            return Err(th.value_error("bad value(s) in fds_to_keep"));
        }
        keep.push(fd);
    }
    let groups = match a.get(18) {
        o if o.is_none() => None,
        o => {
            let all: Res<Vec<u32>> = th
                .collect(o)?
                .iter()
                .map(|o| th.index_i64(o).map(|n| n as u32))
                .collect();
            Some(all?)
        }
    };
    let plan = Plan {
        executables: strings(th, a.get(1))?,
        argv: pointers(&args),
        env: env_pointers.as_ref().map_or(null(), |e| e.as_ptr()),
        cwd: match a.get(4) {
            o if o.is_none() => None,
            o => Some(c_string(th, o)?),
        },
        close_fds: th.truthy(a.get(2))?,
        keep,
        p2c: [number(6)?, number(7)?],
        c2p: [number(8)?, number(9)?],
        err: [number(10)?, number(11)?],
        errpipe: [number(12)?, number(13)?],
        restore_signals: th.truthy(a.get(14))?,
        setsid: th.truthy(a.get(15))?,
        pgid: number(16)?,
        gid: id(17)?,
        groups,
        uid: id(19)?,
        umask: number(20)?,
    };
    if plan.close_fds && plan.errpipe[1] < 3 {
        return Err(th.value_error("errpipe_write must be >= 3"));
    }
    let (pid, errno) = th.blocking(|| spawn(&plan));
    if pid < 0 {
        return Err(th.os_error(errno, None));
    }
    Ok(th.int(i64::from(pid)))
}

fn spawn(plan: &Plan) -> (libc::pid_t, i32) {
    // SAFETY: signals are held back over the fork, so that no handler of ours runs in the child. The child runs `child`,
    // which keeps to what may be called there, and never returns.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut old: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &all, &mut old);
        let pid = libc::fork();
        if pid == 0 {
            child(plan, &old);
        }
        let errno = last_errno();
        libc::pthread_sigmask(libc::SIG_SETMASK, &old, std::ptr::null_mut());
        (pid, errno)
    }
}

/// # Safety
/// In the child of a fork, signals held back.
unsafe fn child(plan: &Plan, mask: &libc::sigset_t) -> ! {
    // SAFETY: as the caller says; only calls that are safe in a signal handler.
    unsafe {
        let stage = match prepare(plan, mask) {
            Ok(()) => "",
            Err(stage) => stage,
        };
        let mut errno = *libc::__errno_location();
        if stage.is_empty() {
            errno = execute(plan);
        }
        report(plan.errpipe[1], errno, stage);
        libc::_exit(255)
    }
}

/// `Err(what)` with errno set; `what` is told to the parent.
///
/// # Safety
/// As `child`.
unsafe fn prepare(plan: &Plan, mask: &libc::sigset_t) -> Result<(), &'static str> {
    // SAFETY: as the caller says.
    unsafe {
        // Handlers are ours, and belong to the parent.
        for n in 1..=64 {
            let mut old: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(n, null(), &mut old) == 0
                && old.sa_sigaction != libc::SIG_IGN
                && old.sa_sigaction != libc::SIG_DFL
            {
                libc::signal(n, libc::SIG_DFL);
            }
        }
        let ok = |r: i32| if r < 0 { Err("noexec") } else { Ok(()) };
        for &fd in &plan.keep {
            if fd != plan.errpipe[1] {
                let flags = libc::fcntl(fd, libc::F_GETFD);
                if flags >= 0 {
                    libc::fcntl(fd, libc::F_SETFD, flags & !libc::FD_CLOEXEC);
                }
            }
        }
        for fd in [plan.p2c[1], plan.c2p[0], plan.err[0]] {
            if fd >= 0 {
                libc::close(fd);
            }
        }
        libc::close(plan.errpipe[0]);
        // What is to become 1 or 2 must not lie where 0 or 1 is put before.
        let (mut out, mut err) = (plan.c2p[1], plan.err[1]);
        if out == 0 {
            out = libc::dup(out);
            ok(out)?;
        }
        while err == 0 || err == 1 {
            err = libc::dup(err);
            ok(err)?;
        }
        for (from, to) in [(plan.p2c[0], 0), (out, 1), (err, 2)] {
            if from == to {
                let flags = libc::fcntl(from, libc::F_GETFD);
                libc::fcntl(from, libc::F_SETFD, flags & !libc::FD_CLOEXEC);
            } else if from >= 0 {
                ok(libc::dup2(from, to))?;
            }
        }
        if let Some(cwd) = &plan.cwd {
            if libc::chdir(cwd.as_ptr()) < 0 {
                return Err("noexec:chdir");
            }
        }
        if plan.umask >= 0 {
            libc::umask(plan.umask as libc::mode_t);
        }
        if plan.restore_signals {
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, mask, std::ptr::null_mut());
        if plan.setsid {
            libc::setsid();
        }
        if plan.pgid >= 0 {
            ok(libc::setpgid(0, plan.pgid))?;
        }
        if let Some(g) = &plan.groups {
            ok(libc::setgroups(g.len(), g.as_ptr()))?;
        }
        if let Some(gid) = plan.gid {
            ok(libc::setregid(gid, gid))?;
        }
        if let Some(uid) = plan.uid {
            ok(libc::setreuid(uid, uid))?;
        }
        if plan.close_fds {
            close_others(&plan.keep);
        }
        Ok(())
    }
}

/// Closes every descriptor from 3 on but those in `keep`, which is sorted.
///
/// # Safety
/// As `child`.
unsafe fn close_others(keep: &[i32]) {
    let range = |from: i32, to: u32| {
        if from as u32 <= to {
            // SAFETY: as the caller says; no memory involved.
            let r = unsafe { libc::syscall(libc::SYS_close_range, from as u32, to, 0u32) };
            if r < 0 {
                for fd in from..to.min(65_535) as i32 + 1 {
                    // SAFETY: as above.
                    unsafe { libc::close(fd) };
                }
            }
        }
    };
    let mut from = 3;
    for &fd in keep {
        if fd >= from {
            if fd > from {
                range(from, fd as u32 - 1);
            }
            from = fd + 1;
        }
    }
    range(from, u32::MAX);
}

/// Tries each program; gives the error that counts.
///
/// # Safety
/// As `child`.
unsafe fn execute(plan: &Plan) -> i32 {
    let mut saved = 0;
    for e in &plan.executables {
        // SAFETY: C strings, lists that end with null.
        unsafe {
            if plan.env.is_null() {
                libc::execv(e.as_ptr(), plan.argv.as_ptr());
            } else {
                libc::execve(e.as_ptr(), plan.argv.as_ptr(), plan.env);
            }
            let errno = *libc::__errno_location();
            if errno != libc::ENOENT && errno != libc::ENOTDIR && saved == 0 {
                saved = errno;
            }
            if saved == 0 && std::ptr::eq(e, plan.executables.last().unwrap_or(e)) {
                saved = errno;
            }
        }
    }
    saved
}

/// `OSError:<errno, hexadecimal>:<stage>` for the parent.
///
/// # Safety
/// As `child`.
unsafe fn report(fd: i32, errno: i32, stage: &str) {
    let mut digits = [0u8; 8];
    let mut at = digits.len();
    let mut n = errno as u32;
    while n > 0 || at == digits.len() {
        at -= 1;
        digits[at] = b"0123456789ABCDEF"[(n & 15) as usize];
        n >>= 4;
    }
    for part in [b"OSError:", &digits[at..], b":", stage.as_bytes()] {
        // SAFETY: that many bytes.
        unsafe { libc::write(fd, part.as_ptr().cast(), part.len()) };
    }
}
