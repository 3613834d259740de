//! `select`: waiting for many descriptors. `epoll` has the edge to Linux's own interface.

mod epoll;
mod poll;

use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use crate::modules::socket::wait::Patience;
use std::mem::zeroed;

macro_rules! numbers {
    ($($name:ident)*) => { &[$( (stringify!($name), libc::$name as i64) ),*] };
}

static NUMBERS: &[(&str, i64)] = numbers! {
    POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL POLLRDNORM POLLRDBAND POLLWRNORM POLLWRBAND POLLRDHUP
    EPOLLIN EPOLLOUT EPOLLPRI EPOLLERR EPOLLHUP EPOLLRDHUP EPOLLONESHOT EPOLLEXCLUSIVE EPOLLRDNORM EPOLLRDBAND
    EPOLLWRNORM EPOLLWRBAND EPOLLMSG EPOLLWAKEUP EPOLL_CLOEXEC PIPE_BUF
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("select", "(rlist, wlist, xlist, timeout=None, /)", select),
        MethodDef::new("poll", "()", poll::new),
    ],
    types: &[("epoll", TypeId::SelectEpoll)],
    init: Some(|th, m| {
        put(th, m, "error", th.ty(TypeId::OSError).obj().clone())?;
        put(th, m, "EPOLLET", th.int(1 << 31))?;
        put(th, m, "POLLMSG", th.int(0x400))?;
        for &(name, n) in NUMBERS {
            put(th, m, name, th.int(n))?;
        }
        Ok(())
    }),
    doc: "This module supports asynchronous I/O on multiple file descriptors.\n\n*** IMPORTANT NOTICE ***\nOn Windows, only sockets are supported; on Unix, all file descriptors.",
    ..ModuleDef::new("select")
};

/// Its types.
pub static TYPES: &[&TypeDef] = &[&poll::POLL, &epoll::EPOLL];

/// The descriptor that an object stands for: an int, or what its `fileno()` gives.
pub fn descriptor(th: &Thread, o: &Obj) -> Res<i32> {
    let n = if th.is_int(o) {
        th.index_clamped(o)?
    } else {
        let Some(f) = th.getattr_opt(o, "fileno")? else {
            return Err(th.type_error("argument must be an int, or have a fileno() method."));
        };
        let n = th.call(&f, &[])?;
        if !th.is_int(&n) {
            return Err(th.type_error("fileno() returned a non-integer"));
        }
        th.index_clamped(&n)?
    };
    let Ok(fd) = i32::try_from(n) else {
        return Err(th.overflow_error("Python int too large to convert to C int"));
    };
    if fd < 0 {
        return Err(th.value_error(format!(
            "file descriptor cannot be a negative integer ({fd})"
        )));
    }
    Ok(fd)
}

/// A timeout in seconds or, for `poll`, milliseconds: `unit` nanoseconds each.
fn patience(th: &Thread, o: Option<&Obj>, unit: f64, negative_is_none: bool) -> Res<Patience> {
    let Some(o) = o.filter(|o| !o.is_none()) else {
        return Ok(Patience::Forever);
    };
    let x = match th.to_f64(o) {
        Ok(x) => x,
        Err(e) if e.is(th, TypeId::TypeError) => {
            return Err(th.type_error(format!(
                "timeout must be a real number or None, not {}",
                th.type_name(o)
            )));
        }
        Err(e) => return Err(e),
    };
    if x.is_nan() {
        return Err(th.value_error("Invalid value NaN (not a number)"));
    }
    if x < 0.0 {
        if negative_is_none {
            return Ok(Patience::Forever);
        }
        return Err(th.value_error("timeout must be non-negative"));
    }
    let ns = (x * unit).ceil();
    if ns >= i64::MAX as f64 {
        return Err(th.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    Ok(Patience::of(ns as i64))
}

/// Repeats a wait in slices until it has found something or the time is up; `f` gets milliseconds and gives a count.
fn in_slices(th: &Thread, patience: Patience, mut f: impl FnMut(i32) -> i32) -> Res<i32> {
    // The first look is at what is there already.
    let mut ms = Some(0);
    while let Some(slice) = ms {
        let (n, e) = th.blocking(|| {
            let n = f(slice);
            (n, last_errno())
        });
        if n > 0 {
            return Ok(n);
        }
        if n < 0 && e != libc::EINTR {
            return Err(th.os_error(e, None));
        }
        th.poll()?;
        ms = patience.slice();
    }
    Ok(0)
}

struct Set {
    objects: Vec<(i32, Obj)>,
    bits: libc::fd_set,
}

fn gather(th: &Thread, o: &Obj, highest: &mut i32) -> Res<Set> {
    let items = match th.collect(o) {
        Ok(v) => v,
        Err(e) if e.is(th, TypeId::TypeError) => {
            return Err(th.type_error("arguments 1-3 must be sequences"));
        }
        Err(e) => return Err(e),
    };
    // SAFETY: zeroed is an empty set.
    let mut bits: libc::fd_set = unsafe { zeroed() };
    let mut objects = Vec::with_capacity(items.len());
    for o in items {
        let fd = descriptor(th, &o)?;
        if fd as usize >= libc::FD_SETSIZE {
            return Err(th.value_error("filedescriptor out of range in select()"));
        }
        // SAFETY: below the size of a set.
        unsafe { libc::FD_SET(fd, &mut bits) };
        *highest = (*highest).max(fd);
        objects.push((fd, o));
    }
    Ok(Set { objects, bits })
}

/// `select(rlist, wlist, xlist, timeout=None)`
fn select(th: &Thread, a: Args<'_>) -> Res {
    let patience = patience(th, a.opt(3), 1e9, false)?;
    let mut highest = -1;
    let sets = [
        gather(th, a.get(0), &mut highest)?,
        gather(th, a.get(1), &mut highest)?,
        gather(th, a.get(2), &mut highest)?,
    ];
    let asked = [sets[0].bits, sets[1].bits, sets[2].bits];
    let mut ready = asked;
    let n = in_slices(th, patience, |ms| {
        ready = asked;
        let [r, w, x] = &mut ready;
        let mut t = libc::timeval {
            tv_sec: i64::from(ms / 1000),
            tv_usec: i64::from(ms % 1000) * 1000,
        };
        // SAFETY: three sets and a time of our own.
        unsafe { libc::select(highest + 1, r, w, x, &mut t) }
    })?;
    let mut out = Vec::with_capacity(3);
    for (set, bits) in sets.iter().zip(&ready) {
        let mut list = Vec::new();
        for (fd, o) in &set.objects {
            // SAFETY: below the size of a set.
            if n > 0 && unsafe { libc::FD_ISSET(*fd, bits) } {
                list.push(o.clone());
            }
        }
        out.push(th.list(list)?);
    }
    th.tuple(out)
}
