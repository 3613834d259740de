//! `select.epoll`

use super::{descriptor, in_slices, patience};
use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::{AtomicI32, Ordering};

/// Payload of epoll objects.
struct Epoll {
    /// -1 when closed; who swaps that in closes it. Relaxed: the number stands for itself.
    fd: AtomicI32,
}
native!(Epoll, SelectEpoll, "select.epoll");

impl Drop for Epoll {
    fn drop(&mut self) {
        self.close();
    }
}

impl Epoll {
    fn close(&self) -> i32 {
        match self.fd.swap(-1, Ordering::Relaxed) {
            -1 => 0,
            // SAFETY: the object's own descriptor.
            fd => unsafe { libc::close(fd) },
        }
    }
}

pub static EPOLL: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::class("fromfd", "($cls, fd, /)", |th, a| {
            let fd = th.index_i64(a.get(1))? as i32;
            make(th, this::<Type>(th, a.get(0))?, fd)
        }),
        MethodDef::new("close", "($self, /)", |th, a| {
            if this::<Epoll>(th, a.get(0))?.close() < 0 {
                return Err(th.os_error(last_errno(), None));
            }
            Ok(Obj::NONE)
        }),
        MethodDef::new("fileno", "($self, /)", |th, a| {
            Ok(Obj::small_int(i64::from(open(th, a.get(0))?)))
        }),
        MethodDef::new("register", "($self, fd, eventmask=7)", |th, a| {
            let events = match a.opt(2) {
                Some(o) => mask(th, o)?,
                None => (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32,
            };
            control(th, &a, libc::EPOLL_CTL_ADD, events)
        }),
        MethodDef::new("modify", "($self, fd, eventmask)", |th, a| {
            let events = mask(th, a.get(2))?;
            control(th, &a, libc::EPOLL_CTL_MOD, events)
        }),
        MethodDef::new("unregister", "($self, fd)", |th, a| {
            control(th, &a, libc::EPOLL_CTL_DEL, 0)
        }),
        MethodDef::new("poll", "($self, timeout=None, maxevents=-1)", poll),
        MethodDef::new("__enter__", "($self, /)", |th, a| {
            open(th, a.get(0))?;
            Ok(a.get(0).clone())
        }),
        MethodDef::new(
            "__exit__",
            "($self, exc_type=None, exc_value=None, exc_tb=None, /)",
            |th, a| th.call_method(a.get(0), "close", &[]),
        ),
    ],
    getset: &[GetSetDef::ro("closed", |th, o| {
        let fd = this::<Epoll>(th, o)?.fd.load(Ordering::Relaxed);
        Ok(Obj::bool(fd < 0))
    })],
    doc: "select.epoll(sizehint=-1, flags=0)\n\nReturns an epolling object\n\nsizehint must be a positive integer or -1 for the default size. The\nsizehint is used to optimize internal data structures. It doesn't limit\nthe maximum number of monitored events.",
    ..TypeDef::new(TypeId::SelectEpoll, "select.epoll", Epoll::LAYOUT)
};

fn make(th: &Thread, cls: &Py<Type>, fd: i32) -> Res {
    let e = Epoll {
        fd: AtomicI32::new(fd),
    };
    Ok(th.alloc_as::<Epoll>(cls, e)?.into_obj())
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("epoll", "(sizehint=-1, flags=0)", args, |a| {
        let hint = a.opt(0).map_or(Ok(-1), |o| th.index_i64(o))?;
        if hint != -1 && hint <= 0 {
            return Err(th.value_error("sizehint must be positive or -1"));
        }
        let flags = a.opt(1).map_or(Ok(0), |o| th.index_i64(o))?;
        if flags & !i64::from(libc::EPOLL_CLOEXEC) != 0 {
            return Err(th.err(TypeId::OSError, "invalid flags"));
        }
        // SAFETY: no memory involved.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(th.os_error(last_errno(), None));
        }
        make(th, cls, fd)
    })
}

fn open(th: &Thread, o: &Obj) -> Res<i32> {
    match this::<Epoll>(th, o)?.fd.load(Ordering::Relaxed) {
        fd if fd >= 0 => Ok(fd),
        _ => Err(th.value_error("I/O operation on closed epoll object")),
    }
}

fn mask(th: &Thread, o: &Obj) -> Res<u32> {
    let n = th.index_clamped(o)?;
    if n < 0 {
        return Err(th.value_error("Cannot convert negative int"));
    }
    u32::try_from(n).map_err(|_| th.overflow_error("Python int too large for C unsigned int"))
}

fn control(th: &Thread, a: &Args<'_>, operation: i32, events: u32) -> Res {
    let epoll = open(th, a.get(0))?;
    let fd = descriptor(th, a.get(1))?;
    let mut event = libc::epoll_event {
        events,
        u64: fd as u64,
    };
    // SAFETY: reads one event.
    if unsafe { libc::epoll_ctl(epoll, operation, fd, &mut event) } < 0 {
        return Err(th.os_error(last_errno(), None));
    }
    Ok(Obj::NONE)
}

fn poll(th: &Thread, a: Args<'_>) -> Res {
    let epoll = open(th, a.get(0))?;
    let patience = patience(th, a.opt(1), 1e9, true)?;
    let most = match a.opt(2).map_or(Ok(-1), |o| th.index_i64(o))? {
        -1 => 1023,
        n if n > 0 => n.min(1 << 20),
        n => {
            return Err(th.value_error(format!("maxevents must be greater than 0, got {n}")));
        }
    } as usize;
    let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; most];
    let n = in_slices(th, patience, |ms| {
        // SAFETY: room for that many events.
        unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), most as i32, ms) }
    })?;
    let mut out = Vec::with_capacity(n as usize);
    for e in &events[..n as usize] {
        let (fd, bits) = (e.u64 as i32, e.events);
        let pair = [Obj::small_int(i64::from(fd)), th.uint(u64::from(bits))];
        out.push(tuple_of(th, pair)?);
    }
    th.list(out)
}
