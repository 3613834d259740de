//! Files, descriptors and the file system.

use super::path::{Target, c_path, decode, like, target};
use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use crate::modules::seq;

/// Runs a call that may block; interrupted ones are begun again.
pub fn retry(th: &Thread, file: Option<&Obj>, mut f: impl FnMut() -> i64) -> Res<i64> {
    loop {
        let (r, e) = th.blocking(|| {
            let r = f();
            (r, last_errno())
        });
        if r >= 0 {
            return Ok(r);
        }
        if e != libc::EINTR {
            return Err(th.os_error(e, file));
        }
        th.poll()?;
    }
}

/// The same for calls on two files.
fn retry2(th: &Thread, a: &Obj, b: &Obj, f: impl FnMut() -> i64) -> Res<i64> {
    retry(th, None, f).map_err(|e| {
        let Ok(Some(n)) = th.getattr_opt(e.obj(), "errno") else {
            return e;
        };
        let Some(n) = th.int_like_i64(&n) else {
            return e;
        };
        let text = crate::runtime::error::errno_text(n as i32);
        match th.str(&text) {
            Ok(t) => th.err_obj(
                crate::runtime::error::errno_class(n as i32),
                &[Obj::small_int(n), t, a.clone(), Obj::NONE, b.clone()],
            ),
            Err(e) => e,
        }
    })
}

pub fn fd_arg(th: &Thread, o: &Obj) -> Res<i32> {
    let n = match th.int_like_i64(o) {
        Some(n) => n,
        None => match th.getattr_opt(o, "fileno")? {
            Some(f) => th.index_i64(&th.call(&f, &[])?)?,
            None => {
                return Err(th.type_error("argument must be an int, or have a fileno() method."));
            }
        },
    };
    i32::try_from(n).map_err(|_| th.overflow_error("fd is greater than maximum"))
}

fn dir_fd(th: &Thread, a: &Args<'_>, i: usize) -> Res<i32> {
    match a.opt_not_none(i) {
        Some(o) => fd_arg(th, o),
        None => Ok(libc::AT_FDCWD),
    }
}

fn follow(th: &Thread, a: &Args<'_>, i: usize) -> Res<i32> {
    Ok(match a.opt(i) {
        Some(o) if !th.truthy(o)? => libc::AT_SYMLINK_NOFOLLOW,
        _ => 0,
    })
}

fn mode(th: &Thread, a: &Args<'_>, i: usize, default: u32) -> Res<u32> {
    match a.opt(i) {
        Some(m) => Ok(th.index_i64(m)? as u32),
        None => Ok(default),
    }
}

const NONE: Res = Ok(Obj::NONE);

pub fn open(th: &Thread, a: Args<'_>) -> Res {
    let p = c_path(th, a.get(0), "open")?;
    let flags = th.index_i64(a.get(1))? as i32 | libc::O_CLOEXEC;
    let m = mode(th, &a, 2, 0o777)?;
    let d = dir_fd(th, &a, 3)?;
    let fd = retry(th, Some(a.get(0)), || {
        // SAFETY: a C string.
        i64::from(unsafe { libc::openat(d, p.as_ptr(), flags, m) })
    })?;
    Ok(th.int(fd))
}

pub fn close(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    // SAFETY: the program's own descriptor.
    let (r, e) = th.blocking(|| (unsafe { libc::close(fd) }, last_errno()));
    if r != 0 && e != libc::EINTR {
        return Err(th.os_error(e, None));
    }
    NONE
}

pub fn closerange(th: &Thread, a: Args<'_>) -> Res {
    let (lo, hi) = (fd_arg(th, a.get(0))?, fd_arg(th, a.get(1))?);
    for fd in lo.max(0)..hi.min(1 << 20) {
        // SAFETY: the program asks for it.
        unsafe { libc::close(fd) };
    }
    NONE
}

pub fn read(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    let n = th.index_i64(a.get(1))?;
    if n < 0 {
        return Err(th.os_error(libc::EINVAL, None));
    }
    let n = (n as usize).min(0x7fff_f000);
    th.reserve(n)?;
    let mut buf = Vec::new();
    if buf.try_reserve_exact(n).is_err() {
        return Err(th.memory_error());
    }
    buf.resize(n, 0u8);
    let got = retry(th, None, || {
        // SAFETY: room for `n` bytes.
        unsafe { libc::read(fd, buf.as_mut_ptr().cast(), n) as i64 }
    })?;
    th.bytes(&buf[..got as usize])
}

pub fn readinto(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    let b = th.buffer(a.get(1), true)?;
    let mut buf = vec![0u8; b.len().min(0x7fff_f000)];
    let got = retry(th, None, || {
        // SAFETY: room for as many bytes.
        unsafe { libc::read(fd, buf.as_mut_ptr().cast(), buf.len()) as i64 }
    })?;
    b.write(0, &buf[..got as usize]);
    Ok(th.int(got))
}

pub fn write(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    let b = th.bytes_like(a.get(1))?;
    let n = retry(th, None, || {
        // SAFETY: that many bytes.
        unsafe { libc::write(fd, b.ptr().cast(), b.len()) as i64 }
    })?;
    Ok(th.int(n))
}

pub fn lseek(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    let (p, w) = (th.index_i64(a.get(1))?, th.index_i64(a.get(2))? as i32);
    // SAFETY: moves a position.
    let n = retry(th, None, || unsafe { libc::lseek(fd, p, w) })?;
    Ok(th.int(n))
}

pub fn fsync(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    // SAFETY: no memory involved.
    retry(th, None, || i64::from(unsafe { libc::fsync(fd) }))?;
    NONE
}

pub fn ftruncate(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    let n = th.index_i64(a.get(1))?;
    // SAFETY: no memory involved.
    retry(th, None, || i64::from(unsafe { libc::ftruncate(fd, n) }))?;
    NONE
}

pub fn truncate(th: &Thread, a: Args<'_>) -> Res {
    let n = th.index_i64(a.get(1))?;
    let t = target(th, a.get(0), "truncate")?;
    retry(th, Some(a.get(0)), || {
        // SAFETY: a C string or a descriptor.
        i64::from(unsafe {
            match &t {
                Target::Path(p) => libc::truncate(p.as_ptr(), n),
                Target::Fd(fd) => libc::ftruncate(*fd, n),
            }
        })
    })?;
    NONE
}

pub fn dup(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    let n = retry(th, None, || {
        // SAFETY: no memory involved.
        i64::from(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
    })?;
    Ok(th.int(n))
}

pub fn dup2(th: &Thread, a: Args<'_>) -> Res {
    let (x, y) = (fd_arg(th, a.get(0))?, fd_arg(th, a.get(1))?);
    let keep = match a.opt(2) {
        Some(o) => th.truthy(o)?,
        None => true,
    };
    let flags = if keep || x == y { 0 } else { libc::O_CLOEXEC };
    let n = retry(th, None, || {
        // SAFETY: no memory involved.
        i64::from(unsafe {
            if x == y {
                libc::dup2(x, y)
            } else {
                libc::dup3(x, y, flags)
            }
        })
    })?;
    Ok(th.int(n))
}

fn pipe_with(th: &Thread, flags: i32) -> Res {
    let mut fds = [0i32; 2];
    retry(th, None, || {
        // SAFETY: writes two descriptors.
        i64::from(unsafe { libc::pipe2(fds.as_mut_ptr(), flags) })
    })?;
    th.tuple(vec![
        Obj::small_int(i64::from(fds[0])),
        Obj::small_int(i64::from(fds[1])),
    ])
}

pub fn pipe(th: &Thread, _a: Args<'_>) -> Res {
    pipe_with(th, libc::O_CLOEXEC)
}

pub fn pipe2(th: &Thread, a: Args<'_>) -> Res {
    let f = th.index_i64(a.get(0))? as i32;
    pipe_with(th, f)
}

/// A new terminal: the end that a program drives it by, and the terminal.
pub fn openpty(th: &Thread, _a: Args<'_>) -> Res {
    let (mut master, mut slave) = (0i32, 0i32);
    retry(th, None, || {
        let (name, settings, size) = (std::ptr::null_mut(), std::ptr::null(), std::ptr::null());
        // SAFETY: writes two descriptors; no name, no settings, no size.
        i64::from(unsafe { libc::openpty(&mut master, &mut slave, name, settings, size) })
    })?;
    for fd in [master, slave] {
        retry(th, None, || {
            // SAFETY: no memory involved.
            i64::from(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) })
        })?;
    }
    th.tuple(vec![
        Obj::small_int(i64::from(master)),
        Obj::small_int(i64::from(slave)),
    ])
}

/// Makes a terminal the controlling one of a new session, and the three standard streams.
pub fn login_tty(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    // SAFETY: no memory involved.
    retry(th, None, || i64::from(unsafe { libc::login_tty(fd) }))?;
    Ok(Obj::NONE)
}

pub fn isatty(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    // SAFETY: asks about a descriptor.
    Ok(Obj::bool(unsafe { libc::isatty(fd) } == 1))
}

fn get_flags(th: &Thread, fd: i32, get: i32) -> Res<i32> {
    // SAFETY: asks about a descriptor.
    Ok(retry(th, None, || i64::from(unsafe { libc::fcntl(fd, get) }))? as i32)
}

pub fn get_inheritable(th: &Thread, a: Args<'_>) -> Res {
    let f = get_flags(th, fd_arg(th, a.get(0))?, libc::F_GETFD)?;
    Ok(Obj::bool(f & libc::FD_CLOEXEC == 0))
}

pub fn set_inheritable(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    let f = get_flags(th, fd, libc::F_GETFD)?;
    let f = if th.truthy(a.get(1))? {
        f & !libc::FD_CLOEXEC
    } else {
        f | libc::FD_CLOEXEC
    };
    retry(th, None, || {
        // SAFETY: no memory involved.
        i64::from(unsafe { libc::fcntl(fd, libc::F_SETFD, f) })
    })?;
    NONE
}

pub fn get_blocking(th: &Thread, a: Args<'_>) -> Res {
    let f = get_flags(th, fd_arg(th, a.get(0))?, libc::F_GETFL)?;
    Ok(Obj::bool(f & libc::O_NONBLOCK == 0))
}

pub fn set_blocking(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    let f = get_flags(th, fd, libc::F_GETFL)?;
    let f = if th.truthy(a.get(1))? {
        f & !libc::O_NONBLOCK
    } else {
        f | libc::O_NONBLOCK
    };
    retry(th, None, || {
        // SAFETY: no memory involved.
        i64::from(unsafe { libc::fcntl(fd, libc::F_SETFL, f) })
    })?;
    NONE
}

pub fn get_terminal_size(th: &Thread, a: Args<'_>) -> Res {
    let fd = match a.opt(0) {
        Some(o) => fd_arg(th, o)?,
        None => 1,
    };
    // SAFETY: zeroed is a valid `winsize`; the call fills it.
    let (r, w) = unsafe {
        let mut w: libc::winsize = std::mem::zeroed();
        (libc::ioctl(fd, libc::TIOCGWINSZ, &mut w), w)
    };
    if r != 0 {
        return Err(th.os_error(last_errno(), None));
    }
    seq::make(
        th,
        TypeId::TerminalSize,
        vec![
            Obj::small_int(i64::from(w.ws_col)),
            Obj::small_int(i64::from(w.ws_row)),
        ],
        vec![],
    )
}

/// A `stat_result`.
pub fn stat_object(th: &Thread, st: &libc::stat) -> Res {
    let n = |v: i64| th.int(v);
    let f = |s: i64, ns: i64| Obj::float(s as f64 + 1e-9 * ns as f64);
    let ns = |s: i64, ns: i64| th.int(s.saturating_mul(1_000_000_000).saturating_add(ns));
    seq::make(
        th,
        TypeId::StatResult,
        vec![
            n(i64::from(st.st_mode)),
            th.uint(st.st_ino),
            th.uint(st.st_dev),
            n(st.st_nlink as i64),
            n(i64::from(st.st_uid)),
            n(i64::from(st.st_gid)),
            n(st.st_size),
            n(st.st_atime),
            n(st.st_mtime),
            n(st.st_ctime),
        ],
        vec![
            f(st.st_atime, st.st_atime_nsec),
            f(st.st_mtime, st.st_mtime_nsec),
            f(st.st_ctime, st.st_ctime_nsec),
            ns(st.st_atime, st.st_atime_nsec),
            ns(st.st_mtime, st.st_mtime_nsec),
            ns(st.st_ctime, st.st_ctime_nsec),
            n(st.st_blksize),
            n(st.st_blocks),
            th.uint(st.st_rdev),
        ],
    )
}

/// `fstatat`
pub fn stat_at(th: &Thread, dir: i32, o: &Obj, flags: i32) -> Res<libc::stat> {
    // SAFETY: zeroed is a valid `stat`.
    let mut st: libc::stat = unsafe { std::mem::zeroed() };
    let t = target(th, o, "stat")?;
    retry(th, Some(o), || {
        // SAFETY: a C string or a descriptor; the struct is filled.
        i64::from(unsafe {
            match &t {
                Target::Path(p) => libc::fstatat(dir, p.as_ptr(), &mut st, flags),
                Target::Fd(fd) => libc::fstat(*fd, &mut st),
            }
        })
    })?;
    Ok(st)
}

pub fn stat(th: &Thread, a: Args<'_>) -> Res {
    let st = stat_at(th, dir_fd(th, &a, 1)?, a.get(0), follow(th, &a, 2)?)?;
    stat_object(th, &st)
}

pub fn lstat(th: &Thread, a: Args<'_>) -> Res {
    let st = stat_at(th, dir_fd(th, &a, 1)?, a.get(0), libc::AT_SYMLINK_NOFOLLOW)?;
    stat_object(th, &st)
}

pub fn fstat(th: &Thread, a: Args<'_>) -> Res {
    let fd = Obj::small_int(i64::from(fd_arg(th, a.get(0))?));
    let st = stat_at(th, libc::AT_FDCWD, &fd, 0)?;
    stat_object(th, &st)
}

pub fn access(th: &Thread, a: Args<'_>) -> Res {
    let p = c_path(th, a.get(0), "access")?;
    let m = th.index_i64(a.get(1))? as i32;
    let d = dir_fd(th, &a, 2)?;
    let mut flags = follow(th, &a, 4)?;
    if let Some(e) = a.opt(3) {
        if th.truthy(e)? {
            flags |= libc::AT_EACCESS;
        }
    }
    // SAFETY: a C string.
    let r = th.blocking(|| unsafe { libc::faccessat(d, p.as_ptr(), m, flags) });
    Ok(Obj::bool(r == 0))
}

pub fn chmod(th: &Thread, a: Args<'_>) -> Res {
    let m = th.index_i64(a.get(1))? as u32;
    let d = dir_fd(th, &a, 2)?;
    let t = target(th, a.get(0), "chmod")?;
    retry(th, Some(a.get(0)), || {
        // SAFETY: a C string or a descriptor.
        i64::from(unsafe {
            match &t {
                Target::Path(p) => libc::fchmodat(d, p.as_ptr(), m, 0),
                Target::Fd(fd) => libc::fchmod(*fd, m),
            }
        })
    })?;
    NONE
}

pub fn fchmod(th: &Thread, a: Args<'_>) -> Res {
    let (fd, m) = (fd_arg(th, a.get(0))?, th.index_i64(a.get(1))? as u32);
    // SAFETY: no memory involved.
    retry(th, None, || i64::from(unsafe { libc::fchmod(fd, m) }))?;
    NONE
}

pub fn chown(th: &Thread, a: Args<'_>) -> Res {
    let p = c_path(th, a.get(0), "chown")?;
    let (u, g) = (
        th.index_i64(a.get(1))? as u32,
        th.index_i64(a.get(2))? as u32,
    );
    let (d, f) = (dir_fd(th, &a, 3)?, follow(th, &a, 4)?);
    retry(th, Some(a.get(0)), || {
        // SAFETY: a C string.
        i64::from(unsafe { libc::fchownat(d, p.as_ptr(), u, g, f) })
    })?;
    NONE
}

pub fn umask(th: &Thread, a: Args<'_>) -> Res {
    let m = th.index_i64(a.get(0))? as libc::mode_t;
    // SAFETY: no memory involved.
    Ok(Obj::small_int(i64::from(unsafe { libc::umask(m) })))
}

pub fn utime(th: &Thread, a: Args<'_>) -> Res {
    let now = libc::timespec {
        tv_sec: 0,
        tv_nsec: libc::UTIME_NOW,
    };
    let mut ts = [now, now];
    if let Some(t) = a.opt_not_none(1) {
        if a.opt_not_none(2).is_some() {
            return Err(
                th.value_error("utime: you may specify either 'times' or 'ns' but not both")
            );
        }
        let items = th.collect(t)?;
        if items.len() != 2 {
            return Err(th.type_error("utime: 'times' must be either a tuple of two ints or None"));
        }
        for (slot, o) in ts.iter_mut().zip(&items) {
            let f = th.to_f64(o)?;
            slot.tv_sec = f.floor() as i64;
            slot.tv_nsec = ((f - f.floor()) * 1e9) as i64;
        }
    } else if let Some(n) = a.opt_not_none(2) {
        let items = th.collect(n)?;
        if items.len() != 2 {
            return Err(th.type_error("utime: 'ns' must be a tuple of two ints"));
        }
        for (slot, o) in ts.iter_mut().zip(&items) {
            let n = th.index_i64(o)?;
            slot.tv_sec = n.div_euclid(1_000_000_000);
            slot.tv_nsec = n.rem_euclid(1_000_000_000);
        }
    }
    let (d, f) = (dir_fd(th, &a, 3)?, follow(th, &a, 4)?);
    let t = target(th, a.get(0), "utime")?;
    retry(th, Some(a.get(0)), || {
        // SAFETY: a C string or a descriptor, two times.
        i64::from(unsafe {
            match &t {
                Target::Path(p) => libc::utimensat(d, p.as_ptr(), ts.as_ptr(), f),
                Target::Fd(fd) => libc::futimens(*fd, ts.as_ptr()),
            }
        })
    })?;
    NONE
}

pub fn link(th: &Thread, a: Args<'_>) -> Res {
    let (s, t) = (c_path(th, a.get(0), "link")?, c_path(th, a.get(1), "link")?);
    let (x, y) = (dir_fd(th, &a, 2)?, dir_fd(th, &a, 3)?);
    retry2(th, a.get(0), a.get(1), || {
        // SAFETY: C strings.
        i64::from(unsafe { libc::linkat(x, s.as_ptr(), y, t.as_ptr(), 0) })
    })?;
    NONE
}

pub fn symlink(th: &Thread, a: Args<'_>) -> Res {
    let (s, t) = (
        c_path(th, a.get(0), "symlink")?,
        c_path(th, a.get(1), "symlink")?,
    );
    let d = dir_fd(th, &a, 3)?;
    retry2(th, a.get(0), a.get(1), || {
        // SAFETY: C strings.
        i64::from(unsafe { libc::symlinkat(s.as_ptr(), d, t.as_ptr()) })
    })?;
    NONE
}

pub fn readlink(th: &Thread, a: Args<'_>) -> Res {
    let p = c_path(th, a.get(0), "readlink")?;
    let d = dir_fd(th, &a, 1)?;
    let mut buf = vec![0u8; 4096];
    let n = retry(th, Some(a.get(0)), || {
        // SAFETY: a C string, room for 4096 bytes.
        unsafe { libc::readlinkat(d, p.as_ptr(), buf.as_mut_ptr().cast(), 4096) as i64 }
    })?;
    like(th, a.get(0), &buf[..n as usize])
}

pub fn rename(th: &Thread, a: Args<'_>) -> Res {
    let (s, t) = (
        c_path(th, a.get(0), "rename")?,
        c_path(th, a.get(1), "rename")?,
    );
    let (x, y) = (dir_fd(th, &a, 2)?, dir_fd(th, &a, 3)?);
    retry2(th, a.get(0), a.get(1), || {
        // SAFETY: C strings.
        i64::from(unsafe { libc::renameat(x, s.as_ptr(), y, t.as_ptr()) })
    })?;
    NONE
}

pub fn unlink(th: &Thread, a: Args<'_>) -> Res {
    let p = c_path(th, a.get(0), "unlink")?;
    let d = dir_fd(th, &a, 1)?;
    retry(th, Some(a.get(0)), || {
        // SAFETY: a C string.
        i64::from(unsafe { libc::unlinkat(d, p.as_ptr(), 0) })
    })?;
    NONE
}

pub fn rmdir(th: &Thread, a: Args<'_>) -> Res {
    let p = c_path(th, a.get(0), "rmdir")?;
    let d = dir_fd(th, &a, 1)?;
    retry(th, Some(a.get(0)), || {
        // SAFETY: a C string.
        i64::from(unsafe { libc::unlinkat(d, p.as_ptr(), libc::AT_REMOVEDIR) })
    })?;
    NONE
}

pub fn mkdir(th: &Thread, a: Args<'_>) -> Res {
    let p = c_path(th, a.get(0), "mkdir")?;
    let m = mode(th, &a, 1, 0o777)?;
    let d = dir_fd(th, &a, 2)?;
    retry(th, Some(a.get(0)), || {
        // SAFETY: a C string.
        i64::from(unsafe { libc::mkdirat(d, p.as_ptr(), m) })
    })?;
    NONE
}

pub fn mkfifo(th: &Thread, a: Args<'_>) -> Res {
    let p = c_path(th, a.get(0), "mkfifo")?;
    let m = mode(th, &a, 1, 0o666)?;
    let d = dir_fd(th, &a, 2)?;
    retry(th, Some(a.get(0)), || {
        // SAFETY: a C string.
        i64::from(unsafe { libc::mkfifoat(d, p.as_ptr(), m) })
    })?;
    NONE
}

pub fn chdir(th: &Thread, a: Args<'_>) -> Res {
    let t = target(th, a.get(0), "chdir")?;
    retry(th, Some(a.get(0)), || {
        // SAFETY: a C string or a descriptor.
        i64::from(unsafe {
            match &t {
                Target::Path(p) => libc::chdir(p.as_ptr()),
                Target::Fd(fd) => libc::fchdir(*fd),
            }
        })
    })?;
    NONE
}

fn cwd(th: &Thread) -> Res<Vec<u8>> {
    if !th.rt().options.capabilities.files {
        return Err(th.os_error(libc::EACCES, None));
    }
    match std::env::current_dir() {
        Ok(d) => Ok(std::os::unix::ffi::OsStringExt::into_vec(
            d.into_os_string(),
        )),
        Err(e) => Err(th.io_error(&e, None)),
    }
}

pub fn getcwd(th: &Thread, _a: Args<'_>) -> Res {
    let d = cwd(th)?;
    decode(th, &d)
}

pub fn getcwdb(th: &Thread, _a: Args<'_>) -> Res {
    let d = cwd(th)?;
    th.bytes(&d)
}
