//! `lock` and `RLock`.
//!
//! - A lock is one word: 0 free, 1 taken. Who finds it taken counts itself in `waiting` and sleeps on the word; who lets
//!   go while `waiting` is not 0 wakes one. The kernel looks at the word again before it lets anybody sleep, so no wake-up is
//!   lost.
//! - Nothing else belongs to a lock: in a copy of the process it can be used whatever other threads were doing with it.

use crate::modules::prelude::*;
use crate::modules::time;
use std::time::Instant;
use threadsnake_threads::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use threadsnake_threads::sync::{sleep_on, wake_one};

#[derive(Default)]
struct Raw {
    taken: AtomicU32,
    waiting: AtomicU32,
}

impl Raw {
    fn try_take(&self) -> bool {
        // Acquire: what the last holder did is seen.
        self.taken
            .compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }
    /// Takes it; `false`: the time is over.
    fn take(&self, th: &Thread, end: Option<Instant>) -> Res<bool> {
        if self.try_take() {
            return Ok(true);
        }
        for _ in 0..64 {
            std::hint::spin_loop();
            if self.try_take() {
                return Ok(true);
            }
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let r = time::wait_until(th, end, |slice| {
            if self.try_take() {
                return true;
            }
            sleep_on(&self.taken, 1, slice.unwrap_or(time::SLICE));
            self.try_take()
        });
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        r
    }
    /// Lets go; `false`: it was free.
    fn give(&self) -> bool {
        // SeqCst: ordered before the look at `waiting`, as the waiter's count is before its last try.
        if self.taken.swap(0, Ordering::SeqCst) == 0 {
            return false;
        }
        if self.waiting.load(Ordering::SeqCst) > 0 {
            wake_one(&self.taken);
        }
        true
    }
    /// In a copy of the process: free, whoever had it.
    fn renew(&self) {
        self.waiting.store(0, Ordering::Relaxed);
        self.taken.store(0, Ordering::Release);
    }
}

/// Payload of locks.
#[derive(Default)]
pub struct Lock {
    raw: Raw,
}
native!(Lock, ThreadLock, "lock");

/// A free lock.
pub fn new_lock(th: &Thread) -> Obj {
    th.alloc(Lock::default()).into_obj()
}

/// The moment when a wait ends: `None` without limit; `Err` in the inner result: do not wait at all.
fn deadline(th: &Thread, a: &Args<'_>) -> Res<Result<Option<Instant>, ()>> {
    let blocking = match a.opt(1) {
        Some(b) => th.truthy(b)?,
        None => true,
    };
    let Some(t) = a.opt(2) else {
        return Ok(if blocking { Ok(None) } else { Err(()) });
    };
    let s = th.to_f64(t)?;
    if s == -1.0 {
        return Ok(if blocking { Ok(None) } else { Err(()) });
    }
    if !blocking {
        return Err(th.value_error("can't specify a timeout for a non-blocking call"));
    }
    if s < 0.0 {
        return Err(th.value_error("timeout value must be a non-negative number"));
    }
    if s > 9_223_372_036.0 {
        return Err(th.overflow_error("timeout value is too large"));
    }
    let d = time::duration(th, t, "timeout value must be a non-negative number")?;
    if d.is_zero() {
        return Ok(Err(()));
    }
    Ok(Ok(Instant::now().checked_add(d)))
}

fn acquire(th: &Thread, a: Args<'_>) -> Res {
    let l = this::<Lock>(th, a.get(0))?;
    // A timeout that makes no sense is an error also where nobody has to wait.
    let limits = match a.opt(1).or(a.opt(2)) {
        Some(_) => Some(deadline(th, &a)?),
        None => None,
    };
    if l.raw.try_take() {
        return Ok(Obj::TRUE);
    }
    match limits.unwrap_or(Ok(None)) {
        Err(()) => Ok(Obj::FALSE),
        Ok(end) => Ok(Obj::bool(l.raw.take(th, end)?)),
    }
}

fn release(th: &Thread, a: Args<'_>) -> Res {
    if this::<Lock>(th, a.get(0))?.raw.give() {
        Ok(Obj::NONE)
    } else {
        Err(th.runtime_error("release unlocked lock"))
    }
}

fn locked(th: &Thread, a: Args<'_>) -> Res {
    let l = this::<Lock>(th, a.get(0))?;
    Ok(Obj::bool(l.raw.taken.load(Ordering::Acquire) != 0))
}

fn describe(th: &Thread, o: &Obj, taken: bool, more: &str) -> Res {
    let name = th.full_type_name(th.type_of(o))?;
    let state = if taken { "locked" } else { "unlocked" };
    th.str(&format!(
        "<{state} {name} object{more} at {:#x}>",
        o.value().0
    ))
}

/// `lock`
pub static LOCK: TypeDef = TypeDef {
    flags: type_flags::WEAKREFABLE,
    slots: Slots {
        new: Some(|th, _, args| {
            if !args.is_empty() {
                return Err(th.type_error("lock() takes no arguments"));
            }
            Ok(new_lock(th))
        }),
        repr: Some(|th, o| {
            let t = this::<Lock>(th, o)?.raw.taken.load(Ordering::Acquire) != 0;
            describe(th, o, t, "")
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("acquire", "($self, blocking=True, timeout=-1)", acquire),
        MethodDef::new(
            "acquire_lock",
            "($self, blocking=True, timeout=-1)",
            acquire,
        ),
        MethodDef::new("release", "($self, /)", release),
        MethodDef::new("release_lock", "($self, /)", release),
        MethodDef::new("locked", "($self, /)", locked),
        MethodDef::new("locked_lock", "($self, /)", locked),
        MethodDef::new("__enter__", "($self, /)", |th, a| {
            let l = this::<Lock>(th, a.get(0))?;
            Ok(Obj::bool(l.raw.take(th, None)?))
        }),
        MethodDef::new("__exit__", "($self, /, *exc_info)", release),
        MethodDef::new("_at_fork_reinit", "($self, /)", |th, a| {
            this::<Lock>(th, a.get(0))?.raw.renew();
            Ok(Obj::NONE)
        }),
    ],
    ..TypeDef::new(TypeId::ThreadLock, "_thread.lock", Lock::LAYOUT)
};

/// Payload of re-entrant locks; only the owner changes `count`.
#[derive(Default)]
pub struct RLock {
    raw: Raw,
    owner: AtomicU64,
    count: AtomicU64,
}
native!(RLock, ThreadRLock, "RLock");

impl RLock {
    fn mine(&self, th: &Thread) -> bool {
        self.owner.load(Ordering::Relaxed) == th.ident
    }
    fn own(&self, th: &Thread, n: u64) {
        self.owner.store(th.ident, Ordering::Relaxed);
        self.count.store(n, Ordering::Relaxed);
    }
    /// Takes it once more if the caller has it.
    fn again(&self, th: &Thread) -> bool {
        if self.mine(th) {
            self.count.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        false
    }
}

fn racquire(th: &Thread, a: Args<'_>) -> Res {
    let l = this::<RLock>(th, a.get(0))?;
    let limits = match a.opt(1).or(a.opt(2)) {
        Some(_) => Some(deadline(th, &a)?),
        None => None,
    };
    if l.again(th) {
        return Ok(Obj::TRUE);
    }
    if !l.raw.try_take() {
        match limits.unwrap_or(Ok(None)) {
            Err(()) => return Ok(Obj::FALSE),
            Ok(end) => {
                if !l.raw.take(th, end)? {
                    return Ok(Obj::FALSE);
                }
            }
        }
    }
    l.own(th, 1);
    Ok(Obj::TRUE)
}

fn rrelease(th: &Thread, a: Args<'_>) -> Res {
    let l = this::<RLock>(th, a.get(0))?;
    if !l.mine(th) || l.count.load(Ordering::Relaxed) == 0 {
        return Err(th.runtime_error("cannot release un-acquired lock"));
    }
    if l.count.fetch_sub(1, Ordering::Relaxed) == 1 {
        l.owner.store(0, Ordering::Relaxed);
        l.raw.give();
    }
    Ok(Obj::NONE)
}

/// `RLock`
pub static RLOCK: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::WEAKREFABLE,
    slots: Slots {
        new: Some(|th, cls, _| Ok(th.alloc_as(cls, RLock::default())?.into_obj())),
        repr: Some(|th, o| {
            let l = this::<RLock>(th, o)?;
            let n = l.count.load(Ordering::Relaxed);
            let more = format!(" owner={} count={n}", l.owner.load(Ordering::Relaxed));
            describe(th, o, n > 0, &more)
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("acquire", "($self, blocking=True, timeout=-1)", racquire),
        MethodDef::new("release", "($self, /)", rrelease),
        MethodDef::new("locked", "($self, /)", |th, a| {
            let l = this::<RLock>(th, a.get(0))?;
            Ok(Obj::bool(l.count.load(Ordering::Relaxed) > 0))
        }),
        MethodDef::new("__enter__", "($self, /)", |th, a| {
            let l = this::<RLock>(th, a.get(0))?;
            if !l.again(th) {
                l.raw.take(th, None)?;
                l.own(th, 1);
            }
            Ok(Obj::TRUE)
        }),
        MethodDef::new("__exit__", "($self, /, *exc_info)", rrelease),
        MethodDef::new("_is_owned", "($self, /)", |th, a| {
            Ok(Obj::bool(this::<RLock>(th, a.get(0))?.mine(th)))
        }),
        MethodDef::new("_recursion_count", "($self, /)", |th, a| {
            let l = this::<RLock>(th, a.get(0))?;
            Ok(th.uint(if l.mine(th) {
                l.count.load(Ordering::Relaxed)
            } else {
                0
            }))
        }),
        MethodDef::new("_release_save", "($self, /)", |th, a| {
            let l = this::<RLock>(th, a.get(0))?;
            if !l.mine(th) {
                return Err(th.runtime_error("cannot release un-acquired lock"));
            }
            let n = l.count.swap(0, Ordering::Relaxed);
            l.owner.store(0, Ordering::Relaxed);
            l.raw.give();
            th.tuple(vec![th.uint(n), th.uint(th.ident)])
        }),
        MethodDef::new("_acquire_restore", "($self, state, /)", |th, a| {
            let l = this::<RLock>(th, a.get(0))?;
            let s = th.collect(a.get(1))?;
            let n = match s.first() {
                Some(n) => th.index_i64(n)?.max(1) as u64,
                None => 1,
            };
            // Must have it again even if somebody interrupts.
            let mut late = None;
            loop {
                match l.raw.take(th, None) {
                    Ok(_) => break,
                    Err(e) => late = Some(e),
                }
            }
            l.own(th, n);
            match late {
                Some(e) => Err(e),
                None => Ok(Obj::NONE),
            }
        }),
        MethodDef::new("_at_fork_reinit", "($self, /)", |th, a| {
            let l = this::<RLock>(th, a.get(0))?;
            l.owner.store(0, Ordering::Relaxed);
            l.count.store(0, Ordering::Relaxed);
            l.raw.renew();
            Ok(Obj::NONE)
        }),
    ],
    ..TypeDef::new(TypeId::ThreadRLock, "_thread.RLock", RLock::LAYOUT)
};
