//! `_signal`, and how signals reach Python.
//!
//! The handler that the system calls only sets a bit and asks the main thread for a look at its next safepoint; there
//! the Python handlers run. A process has one set of signal handlers, so at most one runtime of it gets signals: the one
//! whose host asked for them (the command does).
//!
//! - G1: `TARGET` is the record of a thread that stays attached until the process ends.

mod masks;

use super::prelude::*;
use super::thread;
use threadsnake_threads::record::{PENDING, ThreadRecord};
use threadsnake_threads::sync::Mutex;
use threadsnake_threads::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering};

static TARGET: AtomicPtr<ThreadRecord> = AtomicPtr::new(std::ptr::null_mut());
static ARRIVED: AtomicU64 = AtomicU64::new(0);
static WAKEUP: AtomicI32 = AtomicI32::new(-1);

/// The last signal number there is.
const LAST: i32 = 64;

#[derive(Default)]
struct State {
    handlers: Mutex<foldhash::HashMap<i32, Obj>>,
    /// Bits of signals that only this runtime was told of.
    simulated: AtomicU64,
}

extern "C" fn arrived(n: i32) {
    // Only atomics and `write`: nothing here may lock or allocate.
    ARRIVED.fetch_or(1 << (n - 1), Ordering::Release);
    let t = TARGET.load(Ordering::Acquire);
    if !t.is_null() {
        // SAFETY: G1.
        unsafe { (*t).request(PENDING) };
    }
    let fd = WAKEUP.load(Ordering::Relaxed);
    if fd >= 0 {
        let b = n as u8;
        // SAFETY: one byte.
        unsafe { libc::write(fd, (&raw const b).cast(), 1) };
    }
}

fn set_action(n: i32, handler: libc::sighandler_t) -> i32 {
    // SAFETY: zeroed is a valid `sigaction`; the handler is one of ours or a constant.
    unsafe {
        let mut a: libc::sigaction = std::mem::zeroed();
        a.sa_sigaction = handler;
        libc::sigaction(n, &a, std::ptr::null_mut())
    }
}

/// Makes this thread the one that gets signals, and Ctrl-C a KeyboardInterrupt. The thread stays attached until the
/// process ends (G1).
pub fn install_interrupt(th: &Thread) {
    thread::note_main(th);
    let rec: *const ThreadRecord = th.rec();
    TARGET.store(rec.cast_mut(), Ordering::Release);
    set_action(libc::SIGINT, arrived as *const () as libc::sighandler_t);
    set_action(libc::SIGPIPE, libc::SIG_IGN);
}

/// From now on signals go to the other threads of the process.
pub fn leave_to_others() {
    // SAFETY: the set is filled before it is used; only the calling thread's mask changes.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &all, std::ptr::null_mut());
    }
}

/// As if signal `n` had arrived for this runtime.
pub fn simulate(th: &Thread, n: i32) {
    th.rt()
        .module_state::<State>()
        .simulated
        .fetch_or(1 << (n - 1), Ordering::Release);
    if gets_signals(th) {
        // SAFETY: G1.
        unsafe { (*TARGET.load(Ordering::Acquire)).request(PENDING) };
    } else {
        th.rec().request(PENDING);
    }
}

/// Whether this runtime is the one that the process's signals go to.
fn gets_signals(th: &Thread) -> bool {
    let t = TARGET.load(Ordering::Acquire);
    // SAFETY: G1.
    !t.is_null() && std::ptr::eq(unsafe { (*t).domain() }, &*th.rt().domain)
}

/// Runs the Python handlers of what has arrived. On the main thread.
pub fn deliver(th: &Thread) -> Res<()> {
    let st = th.rt().module_state::<State>();
    let mut bits = st.simulated.swap(0, Ordering::AcqRel);
    let rec: *const ThreadRecord = th.rec();
    if std::ptr::eq(TARGET.load(Ordering::Acquire), rec) {
        bits |= ARRIVED.swap(0, Ordering::AcqRel);
    }
    while bits != 0 {
        let n = bits.trailing_zeros() as i32 + 1;
        bits &= bits - 1;
        let h = st.handlers.lock().get(&n).cloned();
        let r = match h {
            Some(h) if th.type_of(&h).slots().call.is_some() && th.int_like_i64(&h).is_none() => {
                let frame = crate::interp::api::frame_at(th, 0).unwrap_or(Obj::NONE);
                th.call(&h, &[Obj::small_int(i64::from(n)), frame])
                    .map(drop)
            }
            Some(_) => Ok(()),
            None if n == libc::SIGINT => Err(th.err_obj(TypeId::KeyboardInterrupt, &[])),
            None => Ok(()),
        };
        if r.is_err() {
            // The rest comes later.
            st.simulated.fetch_or(bits, Ordering::Release);
            if bits != 0 {
                th.rec().request(PENDING);
            }
            return r;
        }
    }
    Ok(())
}

fn number(th: &Thread, o: &Obj) -> Res<i32> {
    let n = th.index_i64(o)?;
    if !(1..=i64::from(LAST)).contains(&n) {
        return Err(th.value_error("signal number out of range"));
    }
    Ok(n as i32)
}

fn allowed(th: &Thread) -> Res<()> {
    if th.rt().options.capabilities.process {
        return Ok(());
    }
    Err(th.err(
        TypeId::PermissionError,
        "this runtime has not been given access to signals",
    ))
}

fn current(th: &Thread, n: i32) -> Res {
    if let Some(h) = th.rt().module_state::<State>().handlers.lock().get(&n) {
        return Ok(h.clone());
    }
    if n == libc::SIGINT {
        let m = th.import("_signal")?;
        return th.getattr(&m, "default_int_handler");
    }
    Ok(Obj::small_int(if n == libc::SIGPIPE { 1 } else { 0 }))
}

fn signal(th: &Thread, a: Args<'_>) -> Res {
    allowed(th)?;
    if !thread::is_main(th) || !gets_signals(th) {
        return Err(th.value_error("signal only works in main thread of the main interpreter"));
    }
    let n = number(th, a.get(0))?;
    let h = a.get(1);
    let action = match th.int_like_i64(h) {
        Some(0) => libc::SIG_DFL,
        Some(1) => libc::SIG_IGN,
        None if th.type_of(h).slots().call.is_some() => arrived as *const () as libc::sighandler_t,
        _ => {
            return Err(th.type_error(
                "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object",
            ));
        }
    };
    let old = current(th, n)?;
    let before = th
        .rt()
        .module_state::<State>()
        .handlers
        .lock()
        .insert(n, h.clone());
    drop(before);
    if set_action(n, action) != 0 {
        return Err(th.os_error(super::io::file::last_errno(), None));
    }
    Ok(old)
}

fn timer(th: &Thread, t: &libc::itimerval) -> Res {
    let f = |v: &libc::timeval| Obj::float(v.tv_sec as f64 + v.tv_usec as f64 * 1e-6);
    th.tuple(vec![f(&t.it_value), f(&t.it_interval)])
}

fn setitimer(th: &Thread, a: Args<'_>) -> Res {
    allowed(th)?;
    let which = th.index_i64(a.get(0))? as _;
    let tv = |o: Option<&Obj>| -> Res<libc::timeval> {
        let s = match o {
            Some(o) => th.to_f64(o)?,
            None => 0.0,
        };
        Ok(libc::timeval {
            tv_sec: s.trunc() as i64,
            tv_usec: (s.fract() * 1e6) as i64,
        })
    };
    let new = libc::itimerval {
        it_value: tv(a.opt(1))?,
        it_interval: tv(a.opt(2))?,
    };
    // SAFETY: zeroed is a valid `itimerval`; the call fills it.
    let (r, old) = unsafe {
        let mut old: libc::itimerval = std::mem::zeroed();
        (libc::setitimer(which, &new, &mut old), old)
    };
    if r != 0 {
        return Err(th.os_error(super::io::file::last_errno(), None));
    }
    timer(th, &old)
}

/// The functions but for those of `masks`.
const METHODS: &[MethodDef] = &[
    MethodDef::new("signal", "(signalnum, handler, /)", signal),
    MethodDef::new("getsignal", "(signalnum, /)", |th, a| {
        let n = number(th, a.get(0))?;
        current(th, n)
    }),
    MethodDef::new("default_int_handler", "(signalnum, frame, /)", |th, _| {
        Err(th.err_obj(TypeId::KeyboardInterrupt, &[]))
    }),
    MethodDef::new("raise_signal", "(signalnum, /)", |th, a| {
        allowed(th)?;
        let n = number(th, a.get(0))?;
        // SAFETY: no memory involved.
        if unsafe { libc::raise(n) } != 0 {
            return Err(th.os_error(super::io::file::last_errno(), None));
        }
        th.poll()?;
        Ok(Obj::NONE)
    }),
    MethodDef::new("alarm", "(seconds, /)", |th, a| {
        allowed(th)?;
        let n = th.index_i64(a.get(0))?;
        // SAFETY: no memory involved.
        Ok(Obj::small_int(i64::from(unsafe { libc::alarm(n as u32) })))
    }),
    MethodDef::new("setitimer", "(which, seconds, interval=0.0, /)", setitimer),
    MethodDef::new("getitimer", "(which, /)", |th, a| {
        let which = th.index_i64(a.get(0))? as _;
        // SAFETY: zeroed is a valid `itimerval`; the call fills it.
        let (r, t) = unsafe {
            let mut t: libc::itimerval = std::mem::zeroed();
            (libc::getitimer(which, &mut t), t)
        };
        if r != 0 {
            return Err(th.os_error(super::io::file::last_errno(), None));
        }
        timer(th, &t)
    }),
    MethodDef::new("pause", "()", |th, _| {
        // SAFETY: no memory involved.
        th.blocking(|| unsafe { libc::pause() });
        th.poll()?;
        Ok(Obj::NONE)
    }),
    MethodDef::new("siginterrupt", "(signalnum, flag, /)", |_, _| Ok(Obj::NONE)),
    MethodDef::new(
        "set_wakeup_fd",
        "(fd, /, *, warn_on_full_buffer=True)",
        |th, a| {
            allowed(th)?;
            let fd = th.index_i64(a.get(0))? as i32;
            Ok(Obj::small_int(i64::from(WAKEUP.swap(fd, Ordering::AcqRel))))
        },
    ),
    MethodDef::new("strsignal", "(signalnum, /)", |th, a| {
        let n = number(th, a.get(0))?;
        // SAFETY: libc gives a C string that stays until the next call on this thread.
        let s = unsafe {
            let p = libc::strsignal(n);
            if p.is_null() {
                return Ok(Obj::NONE);
            }
            std::ffi::CStr::from_ptr(p).to_string_lossy().into_owned()
        };
        th.str(&s)
    }),
    MethodDef::new("valid_signals", "()", |th, _| {
        let l: Vec<Obj> = (1..=LAST)
            .filter(|n| !(32..34).contains(n))
            .map(|n| Obj::small_int(i64::from(n)))
            .collect();
        let l = th.list(l)?;
        th.call(th.ty(TypeId::Set).obj(), &[l])
    }),
    MethodDef::new("pthread_kill", "(thread_id, signalnum, /)", |th, a| {
        allowed(th)?;
        let n = number(th, a.get(1))?;
        let id = th.index_i64(a.get(0))?;
        if id as u64 != th.ident {
            return Err(th.not_implemented_error(
                "signal.pthread_kill: only the calling thread can be signalled",
            ));
        }
        // SAFETY: the calling thread exists.
        unsafe { libc::pthread_kill(libc::pthread_self(), n) };
        th.poll()?;
        Ok(Obj::NONE)
    }),
];

static ALL: [MethodDef; METHODS.len() + masks::METHODS.len()] =
    MethodDef::joined([METHODS, masks::METHODS]);

/// `_signal`
pub static MODULE: ModuleDef = ModuleDef {
    functions: &ALL,
    types: &[("struct_siginfo", TypeId::StructSiginfo)],
    init: Some(|th, m| {
        for (n, v) in [
            ("SIG_DFL", 0),
            ("SIG_IGN", 1),
            ("SIG_BLOCK", libc::SIG_BLOCK),
            ("SIG_UNBLOCK", libc::SIG_UNBLOCK),
            ("SIG_SETMASK", libc::SIG_SETMASK),
            ("NSIG", LAST + 1),
            ("SIGHUP", libc::SIGHUP),
            ("SIGINT", libc::SIGINT),
            ("SIGQUIT", libc::SIGQUIT),
            ("SIGILL", libc::SIGILL),
            ("SIGTRAP", libc::SIGTRAP),
            ("SIGABRT", libc::SIGABRT),
            ("SIGIOT", libc::SIGABRT),
            ("SIGBUS", libc::SIGBUS),
            ("SIGFPE", libc::SIGFPE),
            ("SIGKILL", libc::SIGKILL),
            ("SIGUSR1", libc::SIGUSR1),
            ("SIGSEGV", libc::SIGSEGV),
            ("SIGUSR2", libc::SIGUSR2),
            ("SIGPIPE", libc::SIGPIPE),
            ("SIGALRM", libc::SIGALRM),
            ("SIGTERM", libc::SIGTERM),
            ("SIGSTKFLT", libc::SIGSTKFLT),
            ("SIGCHLD", libc::SIGCHLD),
            ("SIGCLD", libc::SIGCHLD),
            ("SIGCONT", libc::SIGCONT),
            ("SIGSTOP", libc::SIGSTOP),
            ("SIGTSTP", libc::SIGTSTP),
            ("SIGTTIN", libc::SIGTTIN),
            ("SIGTTOU", libc::SIGTTOU),
            ("SIGURG", libc::SIGURG),
            ("SIGXCPU", libc::SIGXCPU),
            ("SIGXFSZ", libc::SIGXFSZ),
            ("SIGVTALRM", libc::SIGVTALRM),
            ("SIGPROF", libc::SIGPROF),
            ("SIGWINCH", libc::SIGWINCH),
            ("SIGIO", libc::SIGIO),
            ("SIGPOLL", libc::SIGIO),
            ("SIGPWR", libc::SIGPWR),
            ("SIGSYS", libc::SIGSYS),
            ("SIGRTMIN", 34),
            ("SIGRTMAX", LAST),
            ("ITIMER_REAL", 0),
            ("ITIMER_VIRTUAL", 1),
            ("ITIMER_PROF", 2),
        ] {
            put(th, m, n, Obj::small_int(i64::from(v)))?;
        }
        put(th, m, "ItimerError", th.ty(TypeId::OSError).obj().clone())
    }),
    ..ModuleDef::new("_signal")
};
