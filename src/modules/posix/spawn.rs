//! Copies of the process (`fork`), other programs (`posix_spawn`), and what becomes of them (`waitid`).
//!
//! A copy gets code memory of its own: the file that it is in is shared between processes.
//!
//! A copy has one thread, the one that made it. The world is stopped meanwhile, and the thread that compiles has nothing to
//! do; so no lock of the runtime is held by a thread that the copy has not. The others' records stay attached and blocked,
//! as they are in the stop. Locks of the program's own that they hold stay held, as in CPython, which warns as well.

use super::path::{c_path, path_bytes};
use super::process::processes;
use crate::modules::io::file::last_errno;
use crate::modules::prelude::*;
use crate::modules::{seq, thread};
use std::ffi::CString;
use threadsnake_threads::sync::Mutex;

/// What is to be called around a fork.
#[derive(Default)]
struct Hooks(Mutex<[Vec<Obj>; 3]>);

const BEFORE: usize = 0;
const IN_CHILD: usize = 1;
const IN_PARENT: usize = 2;

pub fn register(th: &Thread, a: Args<'_>) -> Res {
    let given = [a.opt_not_none(0), a.opt_not_none(1), a.opt_not_none(2)];
    if given.iter().all(Option::is_none) {
        return Err(th.type_error("At least one argument is required."));
    }
    for f in given.iter().flatten() {
        if th.type_of(f).slots().call.is_none() {
            return Err(th.type_error(format!("'{}' object is not callable", th.type_name(f))));
        }
    }
    let hooks = th.rt().module_state::<Hooks>();
    let mut hooks = hooks.0.lock();
    for (list, f) in hooks.iter_mut().zip(given) {
        if let Some(f) = f {
            list.push(f.clone());
        }
    }
    Ok(Obj::NONE)
}

fn run_hooks(th: &Thread, which: usize) {
    let mut list = th.rt().module_state::<Hooks>().0.lock()[which].clone();
    if which == BEFORE {
        list.reverse();
    }
    for f in list {
        if let Err(e) = th.call(&f, &[]) {
            th.unraisable(e, "Exception ignored in fork hook", Some(&f));
        }
    }
}

/// Makes the copy by `f`, and sees to it that the copy can go on.
fn forked(th: &Thread, name: &str, f: impl FnOnce() -> i32) -> Res<i32> {
    processes(th)?;
    run_hooks(th, BEFORE);
    let jit = th.rt().jit();
    let worker = &jit.worker;
    worker.settle();
    let domain = &th.rt().domain;
    let (pid, errno, several) = domain.stop_the_world(th.rec(), |world| {
        worker.settle();
        let Ok(code) = jit.memory_in_use().map(|m| m.copy()).transpose() else {
            return (-1, libc::ENOMEM, false);
        };
        let mut errno = 0;
        let pid = jit.ticker.over_copy(domain, || {
            domain.copy_process(th.rec(), || {
                let pid = f();
                errno = last_errno();
                pid
            })
        });
        if let (0, Some(memory), Some(code)) = (pid, jit.memory_in_use(), code)
            && memory.adopt(&code).is_err()
        {
            // SAFETY: does not return; the code that runs here may be gone.
            unsafe { libc::_exit(libc::ENOMEM) };
        }
        (pid, errno, world.threads().count() > 1)
    });
    if pid == 0 {
        worker.forget();
        thread::after_fork(th);
        run_hooks(th, IN_CHILD);
        return Ok(0);
    }
    run_hooks(th, IN_PARENT);
    if pid < 0 {
        return Err(th.os_error(errno, None));
    }
    if several {
        let text = format!(
            "This process (pid={}) is multi-threaded, use of {name}() may lead to deadlocks in the child.",
            std::process::id()
        );
        th.warn(TypeId::DeprecationWarning, &text)?;
    }
    Ok(pid)
}

pub fn fork(th: &Thread, _a: Args<'_>) -> Res {
    // SAFETY: the copy goes on in this thread; see the module's head.
    let pid = forked(th, "fork", || unsafe { libc::fork() })?;
    Ok(th.int(pid.into()))
}

pub fn forkpty(th: &Thread, _a: Args<'_>) -> Res {
    let mut master = -1;
    // SAFETY: as `fork`; the descriptor is written to a place of ours.
    let pid = forked(th, "forkpty", || unsafe {
        libc::forkpty(
            &mut master,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
        )
    })?;
    tuple_of(th, [th.int(pid.into()), th.int(master.into())])
}

fn strings(th: &Thread, o: &Obj, what: &str) -> Res<Vec<CString>> {
    let c = |o: &Obj| {
        CString::new(path_bytes(th, o, what)?).map_err(|_| th.value_error("embedded null byte"))
    };
    th.collect(o)?.iter().map(c).collect()
}

/// `name=value` of each item of a mapping.
fn lines(th: &Thread, env: &Obj, what: &str) -> Res<Vec<CString>> {
    let mut all = Vec::new();
    for item in th.collect(&th.call_method(env, "items", &[])?)? {
        let Some([k, v]) = item.cast::<Tuple>().map(|t| t.items()) else {
            return Err(th.type_error("env must be a mapping"));
        };
        let (k, v) = (path_bytes(th, k, what)?, path_bytes(th, v, what)?);
        if k.is_empty() || k.contains(&b'=') {
            return Err(th.value_error("illegal environment variable name"));
        }
        all.push(
            CString::new([k, v].join(&b'=')).map_err(|_| th.value_error("embedded null byte"))?,
        );
    }
    Ok(all)
}

fn pointers(list: &[CString]) -> Vec<*mut libc::c_char> {
    let all = list.iter().map(|s| s.as_ptr().cast_mut());
    all.chain(std::iter::once(std::ptr::null_mut())).collect()
}

/// A set of signals from their numbers.
fn signals(th: &Thread, o: &Obj) -> Res<libc::sigset_t> {
    // SAFETY: the set is made empty before it is used.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        for n in th.collect(o)? {
            let n = th.index_i64(&n)?;
            if !(1..65).contains(&n) || libc::sigaddset(&mut set, n as i32) != 0 {
                return Err(th.value_error(format!("signal number {n} out of range [1; 64]")));
            }
        }
        Ok(set)
    }
}

/// The attributes and file actions of a spawn, given back when it is done.
struct Wishes {
    attributes: libc::posix_spawnattr_t,
    actions: libc::posix_spawn_file_actions_t,
    /// Paths that the actions name.
    paths: Vec<CString>,
}

impl Wishes {
    fn new() -> Wishes {
        // SAFETY: both are initialised by the functions that are there for it.
        unsafe {
            let mut w = Wishes {
                attributes: std::mem::zeroed(),
                actions: std::mem::zeroed(),
                paths: Vec::new(),
            };
            libc::posix_spawnattr_init(&mut w.attributes);
            libc::posix_spawn_file_actions_init(&mut w.actions);
            w
        }
    }

    fn action(&mut self, th: &Thread, o: &Obj) -> Res<()> {
        let wrong = || th.type_error("Each file_actions element must be a non-empty tuple");
        let Some(parts) = o.cast::<Tuple>().map(|t| t.items()) else {
            return Err(wrong());
        };
        let Some((kind, rest)) = parts.split_first() else {
            return Err(wrong());
        };
        let int = |o: &Obj| th.index_i64(o).map(|n| n as i32);
        // SAFETY: initialised actions; paths that live as long.
        let failed = unsafe {
            match (th.index_i64(kind)?, rest) {
                (0, [fd, path, flags, mode]) => {
                    let path = c_path(th, path, "posix_spawn")?;
                    let failed = libc::posix_spawn_file_actions_addopen(
                        &mut self.actions,
                        int(fd)?,
                        path.as_ptr(),
                        int(flags)?,
                        th.index_i64(mode)? as libc::mode_t,
                    );
                    self.paths.push(path);
                    failed
                }
                (1, [fd]) => libc::posix_spawn_file_actions_addclose(&mut self.actions, int(fd)?),
                (2, [fd, to]) => {
                    libc::posix_spawn_file_actions_adddup2(&mut self.actions, int(fd)?, int(to)?)
                }
                (0..=2, _) => {
                    return Err(th.type_error("A file_actions tuple has the wrong length"));
                }
                _ => return Err(th.type_error("Unknown file_actions identifier")),
            }
        };
        match failed {
            0 => Ok(()),
            e => Err(th.os_error(e, None)),
        }
    }
}

impl Drop for Wishes {
    fn drop(&mut self) {
        // SAFETY: initialised by `new`.
        unsafe {
            libc::posix_spawnattr_destroy(&mut self.attributes);
            libc::posix_spawn_file_actions_destroy(&mut self.actions);
        }
    }
}

/// The parameters of both forms.
pub const SPAWN: &str = "(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None)";

pub fn spawn(th: &Thread, a: Args<'_>) -> Res {
    start(th, a, "posix_spawn", libc::posix_spawn)
}

pub fn spawnp(th: &Thread, a: Args<'_>) -> Res {
    start(th, a, "posix_spawnp", libc::posix_spawnp)
}

type Spawn = unsafe extern "C" fn(
    *mut libc::pid_t,
    *const libc::c_char,
    *const libc::posix_spawn_file_actions_t,
    *const libc::posix_spawnattr_t,
    *const *mut libc::c_char,
    *const *mut libc::c_char,
) -> i32;

fn start(th: &Thread, a: Args<'_>, name: &str, f: Spawn) -> Res {
    processes(th)?;
    let path = c_path(th, a.get(0), name)?;
    let argv = strings(th, a.get(1), name)?;
    if argv.is_empty() {
        return Err(th.value_error(format!("{name}: argv must not be empty")));
    }
    let env = match a.get(2).is_none() {
        true => super::environ::block(th),
        false => Some(lines(th, a.get(2), name)?),
    };
    let mut wishes = Wishes::new();
    for action in a
        .opt_not_none(3)
        .map_or(Ok(Vec::new()), |o| th.collect(o))?
    {
        wishes.action(th, &action)?;
    }
    if a.opt_not_none(9).is_some() {
        return Err(th.not_implemented_error(format!("{name}: scheduler is not supported")));
    }
    let mut flags = 0;
    // SAFETY: initialised attributes.
    unsafe {
        let w = &mut wishes.attributes;
        if let Some(group) = a.opt_not_none(4) {
            flags |= libc::POSIX_SPAWN_SETPGROUP;
            libc::posix_spawnattr_setpgroup(w, th.index_i64(group)? as i32);
        }
        if a.flag(th, 5)? {
            flags |= libc::POSIX_SPAWN_RESETIDS;
        }
        if a.flag(th, 6)? {
            flags |= SETSID;
        }
        if let Some(o) = a.opt(7) {
            flags |= libc::POSIX_SPAWN_SETSIGMASK;
            libc::posix_spawnattr_setsigmask(w, &signals(th, o)?);
        }
        if let Some(o) = a.opt(8) {
            flags |= libc::POSIX_SPAWN_SETSIGDEF;
            libc::posix_spawnattr_setsigdefault(w, &signals(th, o)?);
        }
        libc::posix_spawnattr_setflags(w, flags as libc::c_short);
    }
    let (argv, env) = (pointers(&argv), env.map(|e| (pointers(&e), e)));
    let own = std::ptr::addr_of!(environ);
    let mut pid = 0;
    // SAFETY: C strings, lists that end with null; the process's own environment is changed by nobody.
    let failed = unsafe {
        let env = match &env {
            Some((list, _)) => list.as_ptr(),
            None => *own,
        };
        f(
            &mut pid,
            path.as_ptr(),
            &wishes.actions,
            &wishes.attributes,
            argv.as_ptr(),
            env,
        )
    };
    match failed {
        0 => Ok(th.int(pid.into())),
        e => Err(th.os_error(e, Some(a.get(0)))),
    }
}

/// `POSIX_SPAWN_SETSID`, which `libc` does not name.
const SETSID: i32 = 0x80;

unsafe extern "C" {
    static environ: *const *mut libc::c_char;
}

pub fn waitid(th: &Thread, a: Args<'_>) -> Res {
    processes(th)?;
    let kind = th.index_i64(a.get(0))? as libc::idtype_t;
    let (id, options) = (th.index_i64(a.get(1))?, th.index_i64(a.get(2))? as i32);
    loop {
        // SAFETY: the structure is written before it is read, and has the fields of a child then.
        let (r, e, [pid, uid, signo, status, code]) = th.blocking(|| unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            let r = libc::waitid(kind, id as libc::id_t, &mut info, options);
            let e = last_errno();
            let fields = [
                i64::from(info.si_pid()),
                i64::from(info.si_uid()),
                i64::from(info.si_signo),
                i64::from(info.si_status()),
                i64::from(info.si_code),
            ];
            (r, e, fields)
        });
        if r == 0 {
            if pid == 0 {
                return Ok(Obj::NONE);
            }
            let items = [pid, uid, signo, status, code].map(|n| th.int(n));
            return seq::make(th, TypeId::WaitidResult, items.to_vec(), vec![]);
        }
        if e != libc::EINTR {
            return Err(th.os_error(e, None));
        }
        th.poll()?;
    }
}
