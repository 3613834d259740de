//! `_thread`: starting and joining threads, locks, thread-local data. `threading` of the library stands on top.
//!
//! `lock` has the locks, `local` the thread-local objects, `start` threads and their handles, `queue` is `_queue`.

mod local;
mod lock;
mod queue;
mod start;

use super::prelude::*;

pub use queue::MODULE as QUEUE;
pub use start::{after_fork, is_main, note_main, running, shutdown};

/// `_thread`
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "start_new_thread",
            "(function, args, kwargs=None, /)",
            start::start_new,
        ),
        MethodDef::new(
            "start_new",
            "(function, args, kwargs=None, /)",
            start::start_new,
        ),
        MethodDef::new(
            "start_joinable_thread",
            "(function, handle=None, daemon=True)",
            start::start_joinable,
        ),
        MethodDef::new("_make_thread_handle", "(ident, /)", start::make_handle),
        MethodDef::new("_get_main_thread_ident", "()", start::main_ident),
        MethodDef::new("_is_main_interpreter", "()", |_, _| Ok(Obj::TRUE)),
        MethodDef::new("daemon_threads_allowed", "()", |_, _| Ok(Obj::TRUE)),
        MethodDef::new("_shutdown", "()", |th, _| {
            start::join_all(th)?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("allocate_lock", "()", |th, _| Ok(lock::new_lock(th))),
        MethodDef::new("allocate", "()", |th, _| Ok(lock::new_lock(th))),
        MethodDef::new("get_ident", "()", |th, _| Ok(th.uint(th.ident))),
        MethodDef::new("get_native_id", "()", |_, _| {
            // SAFETY: asks for a number.
            Ok(Obj::small_int(unsafe { libc::syscall(libc::SYS_gettid) }))
        }),
        MethodDef::new("_count", "()", start::count),
        MethodDef::new("stack_size", "(size=0, /)", start::stack_size),
        MethodDef::new("set_name", "(name)", start::set_name),
        MethodDef::new("interrupt_main", "(signum=2, /)", start::interrupt_main),
        MethodDef::new("exit", "()", |th, _| {
            Err(th.err_obj(TypeId::SystemExit, &[]))
        }),
        MethodDef::new("exit_thread", "()", |th, _| {
            Err(th.err_obj(TypeId::SystemExit, &[]))
        }),
        MethodDef::new("_excepthook", "(args, /)", start::excepthook),
    ],
    types: &[
        ("LockType", TypeId::ThreadLock),
        ("lock", TypeId::ThreadLock),
        ("RLock", TypeId::ThreadRLock),
        ("_local", TypeId::ThreadLocal),
        ("_ThreadHandle", TypeId::ThreadHandle),
        ("_ExceptHookArgs", TypeId::ExceptHookArgs),
    ],
    init: Some(|th, m| {
        put(th, m, "error", th.ty(TypeId::RuntimeError).obj().clone())?;
        put(th, m, "TIMEOUT_MAX", Obj::float(9_223_372_036.0))
    }),
    ..ModuleDef::new("_thread")
};

/// The types of this module and of `_queue`.
pub static TYPES: &[&TypeDef] = &[
    &lock::LOCK,
    &lock::RLOCK,
    &local::DEF,
    &start::HANDLE,
    &queue::DEF,
];
