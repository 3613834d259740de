//! `_multiprocessing`: semaphores with names, which processes share; and `_posixshmem`, memory with names.

use super::io::file::last_errno;
use super::prelude::*;
use super::time;
use std::ffi::CString;
use std::time::Instant;
use threadsnake_threads::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Kind of a semaphore that its owner may take again; the other kind has no owner.
const RECURSIVE: i64 = 0;
const SEMAPHORE: i64 = 1;

/// The largest value of a semaphore.
const LARGEST: i64 = i32::MAX as i64;

/// Payload of semaphores. `count`: how often this process has taken it; `owner`: the thread that did so last.
pub struct Sem {
    handle: *mut libc::sem_t,
    kind: i64,
    largest: i64,
    name: Option<CString>,
    count: AtomicI64,
    owner: AtomicU64,
}
native!(Sem, SemLock, "SemLock");

// SAFETY: the system's semaphores are made to be used by several threads; the rest is atomic or never changes.
unsafe impl Send for Sem {}
// SAFETY: as above.
unsafe impl Sync for Sem {}

impl Drop for Sem {
    fn drop(&mut self) {
        // SAFETY: opened by `open`; nobody uses it any more.
        unsafe { libc::sem_close(self.handle) };
    }
}

impl Sem {
    fn mine(&self, th: &Thread) -> bool {
        self.count.load(Ordering::Relaxed) > 0 && self.owner.load(Ordering::Relaxed) == th.ident
    }
    fn taken(&self, th: &Thread) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.owner.store(th.ident, Ordering::Relaxed);
    }
    fn try_take(&self) -> bool {
        // SAFETY: an open semaphore.
        unsafe { libc::sem_trywait(self.handle) == 0 }
    }
    fn value(&self, th: &Thread) -> Res<i64> {
        let mut n = 0;
        // SAFETY: an open semaphore, a number of ours.
        if unsafe { libc::sem_getvalue(self.handle, &mut n) } < 0 {
            return Err(th.os_error(last_errno(), None));
        }
        // A negative one counts those who wait.
        Ok(i64::from(n).max(0))
    }
}

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&SEM];

/// `_multiprocessing`
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[MethodDef::new("sem_unlink", "(name, /)", |th, a| {
        let name = named(th, a.get(0))?;
        // SAFETY: a string that ends with 0.
        done(th, unsafe { libc::sem_unlink(name.as_ptr()) })
    })],
    types: &[("SemLock", TypeId::SemLock)],
    init: Some(|th, m| {
        let flags = th.new_dict()?;
        for name in ["HAVE_SEM_OPEN", "HAVE_SEM_TIMEDWAIT"] {
            flags.set_str(th, name, Obj::small_int(1))?;
        }
        put(th, m, "flags", flags.into_obj())
    }),
    ..ModuleDef::new("_multiprocessing")
};

/// `_posixshmem`
pub static SHARED_MEMORY: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("shm_open", "(path, flags, mode=511)", |th, a| {
            let name = named(th, a.get(0))?;
            let flags = th.index_i64(a.get(1))? as i32 | libc::O_CLOEXEC;
            let mode = a.opt(2).map_or(Ok(0o777), |o| th.index_i64(o))? as libc::mode_t;
            // SAFETY: a string that ends with 0.
            let fd = unsafe { libc::shm_open(name.as_ptr(), flags, mode) };
            done(th, fd)?;
            Ok(Obj::small_int(fd.into()))
        }),
        MethodDef::new("shm_unlink", "(path)", |th, a| {
            let name = named(th, a.get(0))?;
            // SAFETY: a string that ends with 0.
            done(th, unsafe { libc::shm_unlink(name.as_ptr()) })
        }),
    ],
    ..ModuleDef::new("_posixshmem")
};

fn named(th: &Thread, o: &Obj) -> Res<CString> {
    let text = th.text_of(o, "name")?.to_rust();
    CString::new(text).map_err(|_| th.value_error("embedded null character"))
}

fn done(th: &Thread, r: i32) -> Res {
    match r {
        0.. => Ok(Obj::NONE),
        _ => Err(th.os_error(last_errno(), None)),
    }
}

/// Opens a semaphore: a new one with a first value, or one that is there.
fn open(th: &Thread, name: &CString, first: Option<u32>) -> Res<*mut libc::sem_t> {
    let (flags, mode) = (libc::O_CREAT | libc::O_EXCL, 0o600 as libc::c_uint);
    // SAFETY: a string that ends with 0; a mode and a value go with O_CREAT.
    let handle = unsafe {
        match first {
            Some(value) => libc::sem_open(name.as_ptr(), flags, mode, value),
            None => libc::sem_open(name.as_ptr(), 0),
        }
    };
    match handle == libc::SEM_FAILED {
        true => Err(th.os_error(last_errno(), None)),
        false => Ok(handle),
    }
}

fn new(th: &Thread, args: CallArgs<'_>) -> Res {
    th.bind(
        "SemLock",
        "(kind, value, maxvalue, name, unlink)",
        args,
        |a| {
            let number = |i: usize| th.index_i64(a.get(i));
            let (kind, value, largest) = (number(0)?, number(1)?, number(2)?);
            if !matches!(kind, RECURSIVE | SEMAPHORE) {
                return Err(th.value_error("unrecognized kind"));
            }
            let Ok(first) = u32::try_from(value) else {
                return Err(th.os_error(libc::EINVAL, None));
            };
            let name = named(th, a.get(3))?;
            let handle = open(th, &name, Some(first))?;
            let gone = a.flag(th, 4)?;
            let sem = Sem {
                handle,
                kind,
                largest,
                name: (!gone).then(|| name.clone()),
                count: AtomicI64::new(0),
                owner: AtomicU64::new(0),
            };
            if gone {
                // SAFETY: a string that ends with 0.
                done(th, unsafe { libc::sem_unlink(name.as_ptr()) })?;
            }
            Ok(th.alloc(sem).into_obj())
        },
    )
}

fn acquire(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Sem>(th, a.get(0))?;
    let block = a.opt(1).map_or(Ok(true), |o| th.truthy(o))?;
    let limit = match a.opt_not_none(2) {
        Some(t) => Some(th.to_f64(t)?.max(0.0)),
        None => None,
    };
    if s.kind == RECURSIVE && s.mine(th) {
        s.count.fetch_add(1, Ordering::Relaxed);
        return Ok(Obj::TRUE);
    }
    let mut got = s.try_take();
    if !got && block {
        let end = limit.and_then(|t| {
            let length = std::time::Duration::try_from_secs_f64(t).ok()?;
            Instant::now().checked_add(length)
        });
        got = time::wait_until(th, end, |slice| wait(s, slice.unwrap_or(time::SLICE)))?;
    }
    if got {
        s.taken(th);
    }
    Ok(Obj::bool(got))
}

/// Waits so long for a semaphore; whether it was taken.
fn wait(s: &Sem, length: std::time::Duration) -> bool {
    // SAFETY: zeroed is a valid `timespec`, which the system fills in.
    let mut end: libc::timespec = unsafe { std::mem::zeroed() };
    // SAFETY: a structure of ours.
    unsafe { libc::clock_gettime(libc::CLOCK_REALTIME, &mut end) };
    let nanoseconds = end.tv_nsec + i64::from(length.subsec_nanos());
    end.tv_sec += length.as_secs() as i64 + nanoseconds / 1_000_000_000;
    end.tv_nsec = nanoseconds % 1_000_000_000;
    // SAFETY: an open semaphore, a moment.
    unsafe { libc::sem_timedwait(s.handle, &end) == 0 }
}

fn release(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<Sem>(th, a.get(0))?;
    if s.kind == RECURSIVE {
        if !s.mine(th) {
            let class = th.ty(TypeId::AssertionError).obj().clone();
            let text = th.str("attempt to release recursive lock not owned by thread")?;
            return Err(raise_class(th, &class, &[text]));
        }
        if s.count.load(Ordering::Relaxed) > 1 {
            s.count.fetch_sub(1, Ordering::Relaxed);
            return Ok(Obj::NONE);
        }
    } else if s.value(th)? >= s.largest {
        return Err(th.value_error("semaphore or lock released too many times"));
    }
    s.count.fetch_sub(1, Ordering::Relaxed);
    // SAFETY: an open semaphore.
    done(th, unsafe { libc::sem_post(s.handle) })
}

/// `SemLock`
static SEM: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, _, args| new(th, args)),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::ro("handle", |th, o| {
            Ok(th.uint(this::<Sem>(th, o)?.handle as u64))
        }),
        GetSetDef::ro("kind", |th, o| Ok(Obj::small_int(this::<Sem>(th, o)?.kind))),
        GetSetDef::ro("maxvalue", |th, o| {
            Ok(Obj::small_int(this::<Sem>(th, o)?.largest))
        }),
        GetSetDef::ro("name", |th, o| match &this::<Sem>(th, o)?.name {
            Some(name) => th.str(&name.to_string_lossy()),
            None => Ok(Obj::NONE),
        }),
    ],
    methods: &[
        MethodDef::new("acquire", "($self, block=True, timeout=None)", acquire),
        MethodDef::new("release", "($self, /)", release),
        MethodDef::new("__enter__", "($self, /)", |th, a| {
            acquire(th, Args::of(&[Some(a.get(0).clone()), None, None]))
        }),
        MethodDef::new("__exit__", "($self, /, *exc_info)", release),
        MethodDef::new("_count", "($self, /)", |th, a| {
            Ok(Obj::small_int(
                this::<Sem>(th, a.get(0))?.count.load(Ordering::Relaxed),
            ))
        }),
        MethodDef::new("_is_mine", "($self, /)", |th, a| {
            Ok(Obj::bool(this::<Sem>(th, a.get(0))?.mine(th)))
        }),
        MethodDef::new("_get_value", "($self, /)", |th, a| {
            Ok(Obj::small_int(this::<Sem>(th, a.get(0))?.value(th)?))
        }),
        MethodDef::new("_is_zero", "($self, /)", |th, a| {
            Ok(Obj::bool(this::<Sem>(th, a.get(0))?.value(th)? == 0))
        }),
        MethodDef::new("_after_fork", "($self, /)", |th, a| {
            this::<Sem>(th, a.get(0))?.count.store(0, Ordering::Relaxed);
            Ok(Obj::NONE)
        }),
        MethodDef::class(
            "_rebuild",
            "($cls, handle, kind, maxvalue, name, /)",
            |th, a| {
                let number = |i: usize| th.index_i64(a.get(i));
                // A number that stands for a semaphore of another process stands for nothing here.
                let Some(name) = a.opt_not_none(4) else {
                    return Err(th.value_error("a semaphore without a name cannot be opened again"));
                };
                let name = named(th, name)?;
                let sem = Sem {
                    handle: open(th, &name, None)?,
                    kind: number(2)?,
                    largest: number(3)?,
                    name: Some(name),
                    count: AtomicI64::new(0),
                    owner: AtomicU64::new(0),
                };
                Ok(th.alloc(sem).into_obj())
            },
        ),
    ],
    init: Some(|th, t| t.dict.set_str(th, "SEM_VALUE_MAX", Obj::small_int(LARGEST))),
    doc: "Semaphore/Mutex type",
    ..TypeDef::new(TypeId::SemLock, "_multiprocessing.SemLock", Sem::LAYOUT)
};
