//! `select.poll`

use super::{descriptor, in_slices, patience};
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};

/// Payload of poll objects.
struct Poll {
    /// What is watched, in the order in which it was registered first.
    watched: Guarded<Vec<(i32, i16)>>,
    /// Whether a thread is in `poll` (it would report what another has just changed). Acquire and Release pair its users.
    busy: AtomicBool,
}
native!(Poll, SelectPoll, "select.poll");

pub static POLL: TypeDef = TypeDef {
    methods: &[
        MethodDef::new("register", "($self, fd, eventmask=7, /)", |th, a| {
            let p = this::<Poll>(th, a.get(0))?;
            let fd = descriptor(th, a.get(1))?;
            let events = match a.opt(2) {
                Some(o) => mask(th, o)?,
                None => libc::POLLIN | libc::POLLPRI | libc::POLLOUT,
            };
            p.watched.with(th, p.head(), |v| {
                match v.iter_mut().find(|(f, _)| *f == fd) {
                    Some(entry) => entry.1 = events,
                    None => v.push((fd, events)),
                }
            });
            Ok(Obj::NONE)
        }),
        MethodDef::new("modify", "($self, fd, eventmask, /)", |th, a| {
            let p = this::<Poll>(th, a.get(0))?;
            let fd = descriptor(th, a.get(1))?;
            let events = mask(th, a.get(2))?;
            let known = p.watched.with(th, p.head(), |v| {
                let entry = v.iter_mut().find(|(f, _)| *f == fd);
                entry.map(|e| e.1 = events).is_some()
            });
            if known {
                Ok(Obj::NONE)
            } else {
                Err(th.os_error(libc::ENOENT, None))
            }
        }),
        MethodDef::new("unregister", "($self, fd, /)", |th, a| {
            let p = this::<Poll>(th, a.get(0))?;
            let fd = descriptor(th, a.get(1))?;
            let known = p.watched.with(th, p.head(), |v| {
                let at = v.iter().position(|(f, _)| *f == fd);
                at.map(|i| v.remove(i)).is_some()
            });
            if known {
                Ok(Obj::NONE)
            } else {
                Err(th.key_error(&Obj::small_int(i64::from(fd))))
            }
        }),
        MethodDef::new("poll", "($self, timeout=None, /)", poll),
    ],
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::SelectPoll, "select.poll", Poll::LAYOUT)
};

fn mask(th: &Thread, o: &Obj) -> Res<i16> {
    let n = th.index_clamped(o)?;
    if n < 0 {
        return Err(th.value_error("Cannot convert negative int"));
    }
    match u16::try_from(n) {
        Ok(n) => Ok(n as i16),
        Err(_) => Err(th.overflow_error("Python int too large for C unsigned short")),
    }
}

/// `select.poll()`
pub fn new(th: &Thread, _a: Args<'_>) -> Res {
    Ok(th
        .alloc(Poll {
            watched: Guarded::new(Vec::new()),
            busy: AtomicBool::new(false),
        })
        .into_obj())
}

fn poll(th: &Thread, a: Args<'_>) -> Res {
    let p = this::<Poll>(th, a.get(0))?;
    let patience = patience(th, a.opt(1), 1e6, true)?;
    if p.busy.swap(true, Ordering::Acquire) {
        return Err(th.runtime_error("concurrent poll() invocation"));
    }
    let mut fds: Vec<libc::pollfd> = p.watched.with(th, p.head(), |v| {
        v.iter()
            .map(|&(fd, events)| libc::pollfd {
                fd,
                events,
                revents: 0,
            })
            .collect()
    });
    let found = in_slices(th, patience, |ms| {
        // SAFETY: that many entries.
        unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, ms) }
    });
    p.busy.store(false, Ordering::Release);
    found?;
    let mut out = Vec::new();
    for f in fds.iter().filter(|f| f.revents != 0) {
        let events = Obj::small_int(i64::from(f.revents as u16));
        out.push(tuple_of(th, [Obj::small_int(i64::from(f.fd)), events])?);
    }
    th.list(out)
}
