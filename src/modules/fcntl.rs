//! `fcntl`: control of descriptors, and file locks.

use super::io::file::last_errno;
use super::prelude::*;
use super::select::descriptor;

macro_rules! numbers {
    ($($name:ident)*) => { &[$( (stringify!($name), libc::$name as i64) ),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    FD_CLOEXEC F_DUPFD F_DUPFD_CLOEXEC F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_GETOWN F_SETOWN
    F_RDLCK F_WRLCK F_UNLCK F_GETPIPE_SZ F_SETPIPE_SZ F_ADD_SEALS F_GET_SEALS F_SEAL_SEAL F_SEAL_SHRINK F_SEAL_GROW
    F_SEAL_WRITE F_OFD_GETLK F_OFD_SETLK F_OFD_SETLKW F_GETLEASE F_SETLEASE F_NOTIFY LOCK_EX LOCK_NB LOCK_SH LOCK_UN
    FIONBIO FIONREAD FIOCLEX FIONCLEX TIOCGWINSZ TIOCSWINSZ
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("fcntl", "(fd, cmd, arg=0, /)", |th, a| {
            let fd = descriptor(th, a.get(0))?;
            let command = th.index_i64(a.get(1))? as i32;
            control(th, a.opt(2), 1024, true, |arg| {
                // SAFETY: a number or memory of ours; which of them it takes is the command's affair, as in C.
                unsafe { libc::fcntl(fd, command, arg) }
            })
        }),
        MethodDef::new(
            "ioctl",
            "(fd, request, arg=0, mutate_flag=True, /)",
            |th, a| {
                let fd = descriptor(th, a.get(0))?;
                let request = th.index_i64(a.get(1))? as libc::c_ulong;
                let mutate = a.opt(3).map_or(Ok(true), |o| th.truthy(o))?;
                control(th, a.opt(2), 1024, !mutate, |arg| {
                    // SAFETY: as for `fcntl`.
                    unsafe { libc::ioctl(fd, request, arg) }
                })
            },
        ),
        MethodDef::new("flock", "(fd, operation, /)", |th, a| {
            let fd = descriptor(th, a.get(0))?;
            let operation = th.index_i64(a.get(1))? as i32;
            retry(th, || {
                // SAFETY: no memory involved.
                unsafe { libc::flock(fd, operation) }
            })?;
            Ok(Obj::NONE)
        }),
        MethodDef::new(
            "lockf",
            "(fd, cmd, len=0, start=0, whence=0, /)",
            |th, a| {
                let fd = descriptor(th, a.get(0))?;
                let operation = th.index_i64(a.get(1))? as i32;
                let number = |i: usize| a.opt(i).map_or(Ok(0), |o| th.index_i64(o));
                // SAFETY: zeroed is a valid `flock`.
                let mut lock: libc::flock = unsafe { std::mem::zeroed() };
                lock.l_type = match operation & !libc::LOCK_NB {
                    libc::LOCK_UN => libc::F_UNLCK,
                    libc::LOCK_SH => libc::F_RDLCK,
                    libc::LOCK_EX => libc::F_WRLCK,
                    _ => return Err(th.value_error("unrecognized lockf argument")),
                } as i16;
                (lock.l_len, lock.l_start) = (number(2)?, number(3)?);
                lock.l_whence = number(4)? as i16;
                let command = if operation & libc::LOCK_NB != 0 {
                    libc::F_SETLK
                } else {
                    libc::F_SETLKW
                };
                retry(th, || {
                    // SAFETY: reads the structure.
                    unsafe { libc::fcntl(fd, command, &lock) }
                })?;
                Ok(Obj::NONE)
            },
        ),
    ],
    init: Some(|th, m| {
        NUMBERS
            .iter()
            .try_for_each(|&(name, n)| put(th, m, name, th.int(n)))
    }),
    doc: "This module performs file control and I/O control on file\ndescriptors.  It is an interface to the fcntl() and ioctl() Unix\nroutines.  File descriptors can be obtained with the fileno() method of\na file or socket object.",
    ..ModuleDef::new("fcntl")
};

fn retry(th: &Thread, mut f: impl FnMut() -> i32) -> Res<i32> {
    loop {
        let (r, e) = th.blocking(|| {
            let r = f();
            (r, last_errno())
        });
        match e {
            _ if r >= 0 => return Ok(r),
            libc::EINTR => th.poll()?,
            e => return Err(th.os_error(e, None)),
        }
    }
}

/// A call with a number or a buffer, which comes back as bytes (`copy`) or is changed in place.
fn control(
    th: &Thread,
    arg: Option<&Obj>,
    most: usize,
    copy: bool,
    f: impl Fn(libc::c_ulong) -> i32,
) -> Res {
    let Some(o) = arg else {
        return retry(th, || f(0)).map(|n| th.int(i64::from(n)));
    };
    if th.type_of(o).slots().buffer.is_none() {
        let n = th.index_i64(o)? as libc::c_ulong;
        return retry(th, || f(n)).map(|n| th.int(i64::from(n)));
    }
    let b = th.bytes_like(o)?;
    if b.len() > most && (copy || b.readonly) {
        return Err(th.value_error("fcntl argument 3 is too long"));
    }
    // The system may write more than the buffer has: it gets room of its own.
    let mut room = vec![0u8; b.len().max(most) + 16];
    room[..b.len()].copy_from_slice(b.bytes());
    let p = room.as_mut_ptr() as libc::c_ulong;
    let r = retry(th, || f(p))?;
    if copy || b.readonly {
        return th.bytes(&room[..b.len()]);
    }
    b.write(0, &room[..b.len()]);
    Ok(th.int(i64::from(r)))
}
