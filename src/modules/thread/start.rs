//! Threads and their handles.
//!
//! A new OS thread attaches itself, calls the function, reports what it raised, drops all that it has, detaches, and only
//! then is its handle done. The runtime is in mode Multi before the thread is started.

use crate::modules::prelude::*;
use crate::modules::time;
use std::time::{Duration, Instant};
use threadsnake_threads::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use threadsnake_threads::sync::{Arc, Condvar, Mutex};

/// Native stack of a Python thread unless the program says otherwise: address space, committed as used.
const STACK: usize = 16 << 20;

/// What a handle and its thread share.
#[derive(Default)]
struct Inner {
    ident: AtomicU64,
    started: AtomicBool,
    done: Mutex<bool>,
    ended: Condvar,
}

impl Inner {
    fn is_done(&self) -> bool {
        *self.done.lock()
    }
    fn set_done(&self) {
        *self.done.lock() = true;
        self.ended.notify_all();
    }
    /// In a copy of the process: nobody waits, and nobody looks.
    fn renew(&self) {
        // SAFETY: `after_fork` calls this in the only thread of a copy, which is not in here.
        unsafe { threadsnake_threads::sync::renew(&self.done) };
    }
}

/// The threads of a runtime that Python started.
#[derive(Default)]
struct Threads {
    running: AtomicUsize,
    stack: AtomicUsize,
    /// Those that are waited for at the end.
    waited: Mutex<Vec<Arc<Inner>>>,
    main: AtomicU64,
}

fn threads(th: &Thread) -> &Threads {
    th.rt().module_state::<Threads>()
}

/// Notes which thread is the main one.
pub fn note_main(th: &Thread) {
    threads(th).main.store(th.ident, Ordering::Relaxed);
}

/// Whether this is the main thread.
pub fn is_main(th: &Thread) -> bool {
    let m = threads(th).main.load(Ordering::Relaxed);
    m == 0 || m == th.ident
}

/// After a fork, in the copy: this thread is the only one, and the main one.
pub fn after_fork(th: &Thread) {
    let t = threads(th);
    t.main.store(th.ident, Ordering::Relaxed);
    let mut mine = 0;
    crate::modules::import::importing(th).after_fork(th);
    for i in t.waited.lock().drain(..) {
        i.renew();
        match i.ident.load(Ordering::Relaxed) == th.ident {
            true => mine = 1,
            false => i.set_done(),
        }
    }
    t.running.store(mine, Ordering::Relaxed);
}

pub fn main_ident(th: &Thread, _a: Args<'_>) -> Res {
    let m = threads(th).main.load(Ordering::Relaxed);
    Ok(th.uint(if m == 0 { th.ident } else { m }))
}

/// Payload of handles.
#[derive(Default)]
pub struct Handle {
    inner: Arc<Inner>,
}
native!(Handle, ThreadHandle, "_ThreadHandle");

/// `_ThreadHandle`
pub static HANDLE: TypeDef = TypeDef {
    flags: type_flags::WEAKREFABLE,
    slots: Slots {
        new: Some(|th, cls, _| Ok(th.alloc_as(cls, Handle::default())?.into_obj())),
        repr: Some(|th, o| {
            let i = this::<Handle>(th, o)?.inner.ident.load(Ordering::Relaxed);
            th.str(&format!("<_ThreadHandle object: ident={i}>"))
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("join", "($self, timeout=None, /)", join),
        MethodDef::new("is_done", "($self, /)", |th, a| {
            Ok(Obj::bool(this::<Handle>(th, a.get(0))?.inner.is_done()))
        }),
        MethodDef::new("_set_done", "($self, /)", |th, a| {
            let i = &this::<Handle>(th, a.get(0))?.inner;
            if !i.started.load(Ordering::Relaxed) {
                return Err(th.runtime_error("thread not started"));
            }
            i.set_done();
            Ok(Obj::NONE)
        }),
    ],
    getset: &[GetSetDef::ro("ident", |th, o| {
        Ok(th.uint(this::<Handle>(th, o)?.inner.ident.load(Ordering::Relaxed)))
    })],
    ..TypeDef::new(
        TypeId::ThreadHandle,
        "_thread._ThreadHandle",
        Handle::LAYOUT,
    )
};

pub fn make_handle(th: &Thread, a: Args<'_>) -> Res {
    let h = Handle::default();
    let n = th.index_i64(a.get(0))?;
    h.inner.ident.store(n as u64, Ordering::Relaxed);
    h.inner.started.store(true, Ordering::Relaxed);
    Ok(th.alloc(h).into_obj())
}

fn wait(th: &Thread, i: &Inner, end: Option<Instant>) -> Res<bool> {
    time::wait_until(th, end, |slice| {
        let mut g = i.done.lock();
        if !*g {
            i.ended
                .wait_for(&mut g, slice.unwrap_or(Duration::from_millis(20)));
        }
        *g
    })
}

fn join(th: &Thread, a: Args<'_>) -> Res {
    let i = this::<Handle>(th, a.get(0))?.inner.clone();
    let end = match a.opt_not_none(1) {
        Some(t) => {
            let s = th.to_f64(t)?;
            if s < 0.0 {
                None
            } else {
                Instant::now().checked_add(time::duration(th, t, "")?)
            }
        }
        None => None,
    };
    if !i.started.load(Ordering::Acquire) {
        return Err(th.runtime_error("thread not started"));
    }
    if i.is_done() {
        return Ok(Obj::NONE);
    }
    if i.ident.load(Ordering::Relaxed) == th.ident {
        return Err(th.runtime_error("Cannot join current thread"));
    }
    wait(th, &i, end)?;
    Ok(Obj::NONE)
}

pub fn count(th: &Thread, _a: Args<'_>) -> Res {
    Ok(Obj::small_int(running(th) as i64))
}

/// How many threads Python code has started that have not ended.
pub fn running(th: &Thread) -> usize {
    threads(th).running.load(Ordering::Relaxed)
}

pub fn stack_size(th: &Thread, a: Args<'_>) -> Res {
    let s = &threads(th).stack;
    let old = s.load(Ordering::Relaxed);
    // Without an argument it is the system's own from now on.
    let n = match a.opt(0) {
        Some(n) => th.index_i64(n)?,
        None => 0,
    };
    if n < 0 {
        return Err(th.value_error("size must be 0 or a positive value"));
    }
    if n != 0 && n < 32 << 10 {
        return Err(th.value_error(format!("size not valid: {n} bytes")));
    }
    s.store(n as usize, Ordering::Relaxed);
    Ok(th.int(old as i64))
}

pub fn set_name(th: &Thread, a: Args<'_>) -> Res {
    let name = th.text_of(a.get(0), "name")?.to_rust();
    let mut short: String = name.chars().filter(|c| *c != '\0').collect();
    while short.len() > 15 {
        short.pop();
    }
    if let Ok(c) = std::ffi::CString::new(short) {
        // SAFETY: a C string of at most 16 bytes.
        unsafe { libc::pthread_setname_np(libc::pthread_self(), c.as_ptr()) };
    }
    Ok(Obj::NONE)
}

pub fn interrupt_main(th: &Thread, a: Args<'_>) -> Res {
    let n = match a.opt(0) {
        Some(n) => th.index_i64(n)?,
        None => 2,
    };
    if !(1..65).contains(&n) {
        return Err(th.value_error("signal number out of range"));
    }
    crate::modules::signal::simulate(th, n as i32);
    // In the main thread the handler runs before the call returns.
    th.poll()?;
    Ok(Obj::NONE)
}

/// What a new thread gets. Its references may only be dropped on an attached thread.
struct Job {
    f: Obj,
    args: Vec<Obj>,
    names: Vec<Obj>,
}

fn spawn(th: &Thread, job: Job, inner: Arc<Inner>, daemon: bool) -> Res<u64> {
    let rt = th.rt_arc().clone();
    let t = threads(th);
    let stack = match t.stack.load(Ordering::Relaxed) {
        0 => STACK,
        n => n.max(256 << 10),
    };
    // Before the new thread can touch anything.
    th.become_multi();
    publish(&job);
    t.running.fetch_add(1, Ordering::Relaxed);
    if !daemon {
        let mut w = t.waited.lock();
        w.retain(|i| !i.is_done());
        w.push(inner.clone());
    }
    inner.started.store(true, Ordering::Release);
    let theirs = inner.clone();
    let made = threadsnake_threads::sync::thread::Builder::new()
        .stack_size(stack)
        .spawn(move || {
            // SAFETY: no preconditions.
            let ident = unsafe { libc::pthread_self() } as u64;
            theirs.ident.store(ident, Ordering::Relaxed);
            match Thread::attach(&rt) {
                Ok(me) => {
                    run(&me, job);
                    drop(me);
                }
                // Without an attachment the references cannot be given up.
                Err(_) => std::mem::forget(job),
            }
            rt.module_state::<Threads>()
                .running
                .fetch_sub(1, Ordering::Relaxed);
            theirs.set_done();
        });
    match made {
        Ok(h) => {
            let id = std::os::unix::thread::JoinHandleExt::as_pthread_t(&h);
            inner.ident.store(id, Ordering::Relaxed);
            Ok(id)
        }
        Err(_) => {
            t.running.fetch_sub(1, Ordering::Relaxed);
            inner.started.store(false, Ordering::Release);
            inner.set_done();
            Err(th.runtime_error("can't start new thread"))
        }
    }
}

/// What goes to another thread can be seen by it.
fn publish(job: &Job) {
    for o in std::iter::once(&job.f).chain(&job.args).chain(&job.names) {
        if let Some(h) = o.header() {
            h.publish();
        }
    }
}

fn run(th: &Thread, job: Job) {
    let r = th.call_args(
        &job.f,
        CallArgs {
            all: &job.args,
            kwnames: &job.names,
        },
    );
    match r {
        Ok(v) => drop(v),
        Err(e) if e.is(th, TypeId::SystemExit) => {}
        Err(e) => th.unraisable(e, "Exception ignored in thread started by", Some(&job.f)),
    }
    drop(job);
}

pub fn start_new(th: &Thread, a: Args<'_>) -> Res {
    let f = a.get(0).clone();
    if th.type_of(&f).slots().call.is_none() {
        return Err(th.type_error("first arg must be callable"));
    }
    let Some(args) = a.get(1).cast::<Tuple>() else {
        return Err(th.type_error("2nd arg must be a tuple"));
    };
    let (mut all, mut names) = (args.items().to_vec(), Vec::new());
    if let Some(kw) = a.opt_not_none(2) {
        let Some(kw) = kw.cast::<Dict>() else {
            return Err(th.type_error("optional 3rd arg must be a dictionary"));
        };
        for (k, v) in kw.items() {
            names.push(k);
            all.push(v);
        }
    }
    let job = Job {
        f,
        args: all,
        names,
    };
    let id = spawn(th, job, Arc::new(Inner::default()), true)?;
    Ok(th.uint(id))
}

pub fn start_joinable(th: &Thread, a: Args<'_>) -> Res {
    let f = a.get(0).clone();
    if th.type_of(&f).slots().call.is_none() {
        return Err(th.type_error("thread function must be callable"));
    }
    let handle = match a.opt_not_none(1) {
        Some(h) => match h.exact::<Handle>() {
            Some(h) => h.clone(),
            None => return Err(th.type_error("'handle' must be a _ThreadHandle")),
        },
        None => th.alloc(Handle::default()),
    };
    let daemon = match a.opt(2) {
        Some(d) => th.truthy(d)?,
        None => true,
    };
    if handle.inner.started.load(Ordering::Acquire) {
        return Err(th.runtime_error("thread already started"));
    }
    let job = Job {
        f,
        args: Vec::new(),
        names: Vec::new(),
    };
    spawn(th, job, handle.inner.clone(), daemon)?;
    Ok(handle.into_obj())
}

/// Waits for all threads that are not daemons.
pub fn join_all(th: &Thread) -> Res<()> {
    loop {
        let next = {
            let mut w = threads(th).waited.lock();
            w.retain(|i| !i.is_done() && i.ident.load(Ordering::Relaxed) != th.ident);
            w.last().cloned()
        };
        match next {
            Some(i) => {
                wait(th, &i, None)?;
            }
            None => return Ok(()),
        }
    }
}

/// The end of the main program: `threading`'s own way of ending, then whatever is left is waited for.
pub fn shutdown(th: &Thread) {
    if let Some(m) = th.rt().modules().get_str(th, "threading") {
        if let Err(e) = th.call_method(&m, "_shutdown", &[]) {
            th.unraisable(e, "Exception ignored on threading shutdown", Some(&m));
        }
    }
    if let Err(e) = join_all(th) {
        th.unraisable(e, "Exception ignored on threading shutdown", None);
    }
}

/// `threading.excepthook`
pub fn excepthook(th: &Thread, a: Args<'_>) -> Res {
    let args = a.get(0);
    if !th.is_a(args, TypeId::ExceptHookArgs) {
        return Err(th.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    }
    let value = th.getattr(args, "exc_value")?;
    if th.is_a(&value, TypeId::SystemExit) {
        return Ok(Obj::NONE);
    }
    let thread = th.getattr(args, "thread")?;
    let err = match th.sys_get("stderr") {
        Some(s) if !s.is_none() => s,
        _ if thread.is_none() => return Ok(Obj::NONE),
        _ => {
            let s = th.getattr(&thread, "_stderr")?;
            if s.is_none() {
                return Ok(Obj::NONE);
            }
            s
        }
    };
    let name = if thread.is_none() {
        th.ident.to_string()
    } else {
        th.str_text(&th.getattr(&thread, "name")?)
    };
    let line = th.str(&format!("Exception in thread {name}:\n"))?;
    th.call_method(&err, "write", &[line])?;
    crate::modules::sys::print_exception(th, &value);
    Ok(Obj::NONE)
}
