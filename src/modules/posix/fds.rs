//! Descriptors beyond plain reading and writing: at a place, from several buffers, from one to another; what the system says of
//! files; descriptors that are no files.

use super::consts::{CONFSTR, PATHCONF};
use super::files::{fd_arg, retry};
use super::path::{Target, c_path, decode, target};
use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use crate::modules::seq;

/// Most buffers of one call.
const MANY: usize = 1024;

fn whole(th: &Thread, n: i64) -> Res {
    Ok(th.int(n))
}

fn nothing(_: &Thread, _: i64) -> Res {
    Ok(Obj::NONE)
}

fn pread(th: &Thread, a: Args<'_>) -> Res {
    let (fd, n, at) = (
        fd_arg(th, a.get(0))?,
        th.index_i64(a.get(1))?,
        th.index_i64(a.get(2))?,
    );
    let Ok(n) = usize::try_from(n) else {
        return Err(th.os_error(libc::EINVAL, None));
    };
    th.reserve(n)?;
    let mut buf = vec![0u8; n];
    let got = retry(th, None, || {
        // SAFETY: room for `n` bytes.
        unsafe { libc::pread(fd, buf.as_mut_ptr().cast(), n, at) as i64 }
    })?;
    th.bytes(&buf[..got as usize])
}

fn pwrite(th: &Thread, a: Args<'_>) -> Res {
    let (fd, data, at) = (
        fd_arg(th, a.get(0))?,
        th.bytes_like(a.get(1))?,
        th.index_i64(a.get(2))?,
    );
    let n = retry(th, None, || {
        // SAFETY: so many bytes, held by the buffer.
        unsafe { libc::pwrite(fd, data.ptr().cast(), data.len(), at) as i64 }
    })?;
    whole(th, n)
}

/// The buffers of a sequence, and where they lie.
fn vectors(th: &Thread, o: &Obj, writable: bool) -> Res<(Vec<Buffer>, Vec<libc::iovec>)> {
    let mut all = Vec::new();
    for o in th.collect(o)? {
        all.push(th.buffer(&o, writable)?);
    }
    if all.len() > MANY {
        return Err(th.os_error(libc::EINVAL, None));
    }
    let place = |b: &Buffer| libc::iovec {
        iov_base: b.ptr().cast_mut().cast(),
        iov_len: b.len(),
    };
    let places = all.iter().map(place).collect();
    Ok((all, places))
}

/// `readv`, `writev` and those at a place (`at`, flags) as well.
fn many(th: &Thread, a: Args<'_>, reads: bool, placed: bool) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    let (_held, v) = vectors(th, a.get(1), reads)?;
    let (at, flags) = match placed {
        true => (
            th.index_i64(a.get(2))?,
            a.opt(3).map_or(Ok(0), |o| th.index_i64(o))? as i32,
        ),
        false => (0, 0),
    };
    let n = v.len() as i32;
    let r = retry(th, None, || {
        // SAFETY: `n` places, whose memory the buffers hold.
        unsafe {
            (match (reads, placed) {
                (true, false) => libc::readv(fd, v.as_ptr(), n),
                (false, false) => libc::writev(fd, v.as_ptr(), n),
                (true, true) => libc::preadv2(fd, v.as_ptr(), n, at, flags),
                (false, true) => libc::pwritev2(fd, v.as_ptr(), n, at, flags),
            }) as i64
        }
    })?;
    whole(th, r)
}

/// An offset that may be None: then it is the descriptor's own.
fn offset(th: &Thread, o: Option<&Obj>) -> Res<Option<i64>> {
    o.map(|o| th.index_i64(o)).transpose()
}

fn count(th: &Thread, o: &Obj) -> Res<usize> {
    usize::try_from(th.index_i64(o)?).map_err(|_| th.value_error("negative value for 'count'"))
}

fn sendfile(th: &Thread, a: Args<'_>) -> Res {
    let (to, from) = (fd_arg(th, a.get(0))?, fd_arg(th, a.get(1))?);
    let (mut at, n) = (offset(th, a.opt_not_none(2))?, count(th, a.get(3))?);
    let r = retry(th, None, || {
        let at = at
            .as_mut()
            .map_or(std::ptr::null_mut(), |at| at as *mut i64);
        // SAFETY: an offset or none.
        unsafe { libc::sendfile(to, from, at, n) as i64 }
    })?;
    whole(th, r)
}

fn copy_range(th: &Thread, a: Args<'_>) -> Res {
    let (from, to) = (fd_arg(th, a.get(0))?, fd_arg(th, a.get(1))?);
    let n = count(th, a.get(2))?;
    let mut here = offset(th, a.opt_not_none(3))?;
    let mut there = offset(th, a.opt_not_none(4))?;
    let r = retry(th, None, || {
        let place =
            |o: &mut Option<i64>| o.as_mut().map_or(std::ptr::null_mut(), |o| o as *mut i64);
        // SAFETY: offsets or none.
        unsafe { libc::copy_file_range(from, place(&mut here), to, place(&mut there), n, 0) as i64 }
    })?;
    whole(th, r)
}

/// A call with numbers, the first of which is a descriptor.
macro_rules! on_fd {
    ($name:literal, $sig:literal, $then:ident, $f:path $(, $i:literal)*) => {
        MethodDef::new($name, $sig, |th, a| {
            let fd = fd_arg(th, a.get(0))?;
            $(let _ = th.index_i64(a.get($i))?;)*
            // SAFETY: numbers only.
            let r = retry(th, None, || unsafe {
                $f(fd $(, th.index_i64(a.get($i)).unwrap_or(0) as _)*) as i64
            })?;
            $then(th, r)
        })
    };
}

/// A call that gives the number of its error.
fn errno(th: &Thread, a: Args<'_>, f: impl Fn(i32, i64, i64) -> i32) -> Res {
    let (fd, x, y) = (
        fd_arg(th, a.get(0))?,
        th.index_i64(a.get(1))?,
        th.index_i64(a.get(2))?,
    );
    match th.blocking(|| f(fd, x, y)) {
        0 => Ok(Obj::NONE),
        e => Err(th.os_error(e, None)),
    }
}

fn file_system(th: &Thread, o: &Obj) -> Res {
    let t = target(th, o, "statvfs")?;
    // SAFETY: zeroed is valid; the call fills it.
    let mut s: libc::statvfs = unsafe { std::mem::zeroed() };
    retry(th, Some(o), || {
        // SAFETY: a C string or a descriptor, and room for the answer.
        i64::from(unsafe {
            match &t {
                Target::Path(p) => libc::statvfs(p.as_ptr(), &mut s),
                Target::Fd(fd) => libc::fstatvfs(*fd, &mut s),
            }
        })
    })?;
    let n = |n: u64| th.uint(n);
    let items = vec![
        n(s.f_bsize),
        n(s.f_frsize),
        n(s.f_blocks),
        n(s.f_bfree),
        n(s.f_bavail),
        n(s.f_files),
        n(s.f_ffree),
        n(s.f_favail),
        n(s.f_flag),
        n(s.f_namemax),
    ];
    seq::make(th, TypeId::StatvfsResult, items, vec![n(s.f_fsid)])
}

fn memory_file(th: &Thread, a: Args<'_>) -> Res {
    let name = c_path(th, a.get(0), "memfd_create")?;
    let flags = match a.opt(1) {
        Some(o) => th.index_i64(o)? as u32,
        None => libc::MFD_CLOEXEC,
    };
    let fd = retry(th, None, || {
        // SAFETY: a C string.
        i64::from(unsafe { libc::memfd_create(name.as_ptr(), flags) })
    })?;
    whole(th, fd)
}

fn event(th: &Thread, a: Args<'_>) -> Res {
    let n = th.index_i64(a.get(0))? as u32;
    let flags = a
        .opt(1)
        .map_or(Ok(i64::from(libc::EFD_CLOEXEC)), |o| th.index_i64(o))? as i32;
    // SAFETY: numbers only.
    let fd = retry(th, None, || i64::from(unsafe { libc::eventfd(n, flags) }))?;
    whole(th, fd)
}

fn event_read(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    let mut n = 0u64;
    // SAFETY: room for the number.
    retry(th, None, || unsafe {
        i64::from(libc::eventfd_read(fd, &mut n))
    })?;
    Ok(th.uint(n))
}

fn event_write(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    let n = unsigned(th, a.get(1))?;
    retry(th, None, || {
        // SAFETY: numbers only.
        i64::from(unsafe { libc::eventfd_write(fd, n) })
    })?;
    Ok(Obj::NONE)
}

fn terminal_name(th: &Thread, a: Args<'_>) -> Res {
    let fd = fd_arg(th, a.get(0))?;
    let mut name = [0u8; 256];
    // SAFETY: room for so many bytes.
    match unsafe { libc::ttyname_r(fd, name.as_mut_ptr().cast(), name.len()) } {
        0 => {
            let n = name.iter().position(|c| *c == 0).unwrap_or(name.len());
            decode(th, &name[..n])
        }
        e => Err(th.os_error(e, None)),
    }
}

/// Says of an extended attribute's call what it said; `size` bytes at `buf` are the room for it.
type Ask<'a> = &'a dyn Fn(*mut libc::c_void, usize) -> isize;

/// An answer of unknown length.
fn answer(th: &Thread, file: &Obj, ask: Ask<'_>) -> Res<Vec<u8>> {
    for size in [128, 1 << 16] {
        let mut buf = vec![0u8; size];
        let (n, e) = th.blocking(|| (ask(buf.as_mut_ptr().cast(), size), last_errno()));
        match n {
            n if n >= 0 => {
                buf.truncate(n as usize);
                return Ok(buf);
            }
            _ if e == libc::ERANGE => {}
            _ => return Err(th.os_error(e, Some(file))),
        }
    }
    Err(th.os_error(libc::ERANGE, Some(file)))
}

fn follows(th: &Thread, o: Option<&Obj>) -> Res<bool> {
    o.map_or(Ok(true), |o| th.truthy(o))
}

fn get_attribute(th: &Thread, a: Args<'_>) -> Res {
    let t = target(th, a.get(0), "getxattr")?;
    let name = c_path(th, a.get(1), "getxattr")?;
    let follow = follows(th, a.opt(2))?;
    let ask = |buf, size| {
        // SAFETY: C strings, and room for `size` bytes.
        unsafe {
            match &t {
                Target::Path(p) if follow => libc::getxattr(p.as_ptr(), name.as_ptr(), buf, size),
                Target::Path(p) => libc::lgetxattr(p.as_ptr(), name.as_ptr(), buf, size),
                Target::Fd(fd) => libc::fgetxattr(*fd, name.as_ptr(), buf, size),
            }
        }
    };
    th.bytes(&answer(th, a.get(0), &ask)?)
}

fn list_attributes(th: &Thread, a: Args<'_>) -> Res {
    let dot = th.intern(".");
    let path = a.opt_not_none(0).unwrap_or(&dot);
    let t = target(th, path, "listxattr")?;
    let follow = follows(th, a.opt(1))?;
    let ask = |buf: *mut libc::c_void, size| {
        // SAFETY: a C string, and room for `size` bytes.
        unsafe {
            match &t {
                Target::Path(p) if follow => libc::listxattr(p.as_ptr(), buf.cast(), size),
                Target::Path(p) => libc::llistxattr(p.as_ptr(), buf.cast(), size),
                Target::Fd(fd) => libc::flistxattr(*fd, buf.cast(), size),
            }
        }
    };
    let all = answer(th, path, &ask)?;
    let names = all.split(|c| *c == 0).filter(|n| !n.is_empty());
    th.list(names.map(|n| decode(th, n)).collect::<Res<_>>()?)
}

fn set_attribute(th: &Thread, a: Args<'_>) -> Res {
    let t = target(th, a.get(0), "setxattr")?;
    let name = c_path(th, a.get(1), "setxattr")?;
    let value = th.bytes_like(a.get(2))?;
    let flags = a.opt(3).map_or(Ok(0), |o| th.index_i64(o))? as i32;
    let follow = follows(th, a.opt(4))?;
    let (n, v, len) = (name.as_ptr(), value.ptr().cast(), value.len());
    retry(th, Some(a.get(0)), || {
        // SAFETY: C strings, and `len` bytes that the buffer holds.
        i64::from(unsafe {
            match &t {
                Target::Path(p) if follow => libc::setxattr(p.as_ptr(), n, v, len, flags),
                Target::Path(p) => libc::lsetxattr(p.as_ptr(), n, v, len, flags),
                Target::Fd(fd) => libc::fsetxattr(*fd, n, v, len, flags),
            }
        })
    })?;
    Ok(Obj::NONE)
}

fn remove_attribute(th: &Thread, a: Args<'_>) -> Res {
    let t = target(th, a.get(0), "removexattr")?;
    let name = c_path(th, a.get(1), "removexattr")?;
    let follow = follows(th, a.opt(2))?;
    retry(th, Some(a.get(0)), || {
        // SAFETY: C strings.
        i64::from(unsafe {
            match &t {
                Target::Path(p) if follow => libc::removexattr(p.as_ptr(), name.as_ptr()),
                Target::Path(p) => libc::lremovexattr(p.as_ptr(), name.as_ptr()),
                Target::Fd(fd) => libc::fremovexattr(*fd, name.as_ptr()),
            }
        })
    })?;
    Ok(Obj::NONE)
}

/// A name or a number.
fn asked(th: &Thread, o: &Obj, number: impl Fn(&str) -> Option<i64>) -> Res<i32> {
    let n = match o.cast::<Str>() {
        Some(s) => number(&s.to_rust()),
        None if th.is_int(o) => Some(th.index_i64(o)?),
        None => return Err(th.type_error("configuration names must be strings or integers")),
    };
    match n {
        Some(n) => Ok(n as i32),
        None => Err(th.value_error("unrecognized configuration name")),
    }
}

fn limit(th: &Thread, a: Args<'_>) -> Res {
    let t = target(th, a.get(0), "pathconf")?;
    let place = |name: &str| PATHCONF.iter().position(|n| *n == name).map(|n| n as i64);
    let name = asked(th, a.get(1), place)?;
    let (r, e) = th.blocking(|| {
        // SAFETY: a C string or a descriptor; -1 may be an answer, so the error is cleared first.
        let r = unsafe {
            *libc::__errno_location() = 0;
            match &t {
                Target::Path(p) => libc::pathconf(p.as_ptr(), name),
                Target::Fd(fd) => libc::fpathconf(*fd, name),
            }
        };
        (r, last_errno())
    });
    match (r, e) {
        (-1, e) if e != 0 => Err(th.os_error(e, Some(a.get(0)))),
        (r, _) => Ok(th.int(r)),
    }
}

fn configured(th: &Thread, a: Args<'_>) -> Res {
    let number = |name: &str| CONFSTR.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    let name = asked(th, a.get(0), number)?;
    let mut buf = [0u8; 1024];
    // SAFETY: room for so many bytes.
    match unsafe { libc::confstr(name, buf.as_mut_ptr().cast(), buf.len()) } {
        0 => match last_errno() {
            libc::EINVAL => Err(th.os_error(libc::EINVAL, None)),
            _ => Ok(Obj::NONE),
        },
        n => decode(th, &buf[..(n - 1).min(buf.len())]),
    }
}

/// A number of 64 bits without a sign.
fn unsigned(th: &Thread, o: &Obj) -> Res<u64> {
    let n = th.index(o)?;
    match th.as_bigint(&n).map(u64::try_from) {
        Some(Ok(n)) => Ok(n),
        _ => Err(th.overflow_error("int does not fit 64 bits without a sign")),
    }
}

pub const METHODS: &[MethodDef] = &[
    MethodDef::new("pathconf", "(path, name)", limit),
    MethodDef::new("fpathconf", "(fd, name, /)", limit),
    MethodDef::new("confstr", "(name, /)", configured),
    MethodDef::new("pread", "(fd, length, offset, /)", pread),
    MethodDef::new("pwrite", "(fd, buffer, offset, /)", pwrite),
    MethodDef::new("readv", "(fd, buffers, /)", |th, a| {
        many(th, a, true, false)
    }),
    MethodDef::new("writev", "(fd, buffers, /)", |th, a| {
        many(th, a, false, false)
    }),
    MethodDef::new("preadv", "(fd, buffers, offset, flags=0, /)", |th, a| {
        many(th, a, true, true)
    }),
    MethodDef::new("pwritev", "(fd, buffers, offset, flags=0, /)", |th, a| {
        many(th, a, false, true)
    }),
    MethodDef::new("sendfile", "(out_fd, in_fd, offset, count)", sendfile),
    MethodDef::new(
        "copy_file_range",
        "(src, dst, count, offset_src=None, offset_dst=None)",
        copy_range,
    ),
    MethodDef::new(
        "posix_fadvise",
        "(fd, offset, length, advice, /)",
        |th, a| {
            let advice = th.index_i64(a.get(3))? as i32;
            // SAFETY: numbers only.
            errno(th, a, |fd, at, n| unsafe {
                libc::posix_fadvise(fd, at, n, advice)
            })
        },
    ),
    MethodDef::new("posix_fallocate", "(fd, offset, length, /)", |th, a| {
        // SAFETY: numbers only.
        errno(th, a, |fd, at, n| unsafe {
            libc::posix_fallocate(fd, at, n)
        })
    }),
    on_fd!(
        "lockf",
        "(fd, command, length, /)",
        nothing,
        libc::lockf,
        1,
        2
    ),
    on_fd!("fchdir", "(fd)", nothing, libc::fchdir),
    on_fd!("fchown", "(fd, uid, gid)", nothing, libc::fchown, 1, 2),
    MethodDef::new("lchown", "(path, uid, gid)", |th, a| {
        let p = c_path(th, a.get(0), "lchown")?;
        let (uid, gid) = (
            th.index_i64(a.get(1))? as u32,
            th.index_i64(a.get(2))? as u32,
        );
        retry(th, Some(a.get(0)), || {
            // SAFETY: a C string.
            i64::from(unsafe { libc::lchown(p.as_ptr(), uid, gid) })
        })?;
        Ok(Obj::NONE)
    }),
    MethodDef::new("statvfs", "(path)", |th, a| file_system(th, a.get(0))),
    MethodDef::new("fstatvfs", "(fd, /)", |th, a| {
        let fd = fd_arg(th, a.get(0))?;
        file_system(th, &Obj::small_int(fd.into()))
    }),
    MethodDef::new("sync", "()", |th, _| {
        // SAFETY: has no conditions.
        th.blocking(|| unsafe { libc::sync() });
        Ok(Obj::NONE)
    }),
    MethodDef::new("major", "(device, /)", |th, a| {
        Ok(th.uint(libc::major(unsigned(th, a.get(0))?).into()))
    }),
    MethodDef::new("minor", "(device, /)", |th, a| {
        Ok(th.uint(libc::minor(unsigned(th, a.get(0))?).into()))
    }),
    MethodDef::new("makedev", "(major, minor, /)", |th, a| {
        let (major, minor) = (
            th.index_i64(a.get(0))? as u32,
            th.index_i64(a.get(1))? as u32,
        );
        Ok(th.uint(libc::makedev(major, minor)))
    }),
    MethodDef::new("memfd_create", "(name, flags=MFD_CLOEXEC)", memory_file),
    MethodDef::new("eventfd", "(initval, flags=EFD_CLOEXEC)", event),
    MethodDef::new("eventfd_read", "(fd)", event_read),
    MethodDef::new("eventfd_write", "(fd, value)", event_write),
    MethodDef::new("ttyname", "(fd, /)", terminal_name),
    MethodDef::new("ctermid", "()", |th, _| th.str("/dev/tty")),
    MethodDef::new(
        "getxattr",
        "(path, attribute, *, follow_symlinks=True)",
        get_attribute,
    ),
    MethodDef::new(
        "setxattr",
        "(path, attribute, value, flags=0, *, follow_symlinks=True)",
        set_attribute,
    ),
    MethodDef::new(
        "listxattr",
        "(path=None, *, follow_symlinks=True)",
        list_attributes,
    ),
    MethodDef::new(
        "removexattr",
        "(path, attribute, *, follow_symlinks=True)",
        remove_attribute,
    ),
];
