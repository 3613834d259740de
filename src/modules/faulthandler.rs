//! `faulthandler`: tracebacks on demand. A crash of the process is a fault of the runtime, not something that a program
//! can bring about, so there is nothing to watch for: `enable` is remembered, no more.

use super::prelude::*;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};

/// Whether `enable` was called. Relaxed: it guards nothing.
#[derive(Default)]
struct State {
    on: AtomicBool,
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "enable",
            "(file=sys.stderr, all_threads=True, c_stack=True)",
            |th, _| {
                th.rt()
                    .module_state::<State>()
                    .on
                    .store(true, Ordering::Relaxed);
                Ok(Obj::NONE)
            },
        ),
        MethodDef::new("disable", "()", |th, _| {
            let on = th
                .rt()
                .module_state::<State>()
                .on
                .swap(false, Ordering::Relaxed);
            Ok(Obj::bool(on))
        }),
        MethodDef::new("is_enabled", "()", |th, _| {
            let on = th.rt().module_state::<State>().on.load(Ordering::Relaxed);
            Ok(Obj::bool(on))
        }),
        MethodDef::new(
            "dump_traceback",
            "(file=sys.stderr, all_threads=True)",
            |th, a| {
                // Other threads' frames cannot be looked at.
                let file = match a.opt_not_none(0) {
                    Some(f) if th.is_int(f) => {
                        let io = th.import("io")?;
                        let open = th.getattr(&io, "open")?;
                        th.call_kw(
                            &open,
                            &[f.clone(), th.str("w")?],
                            &[("closefd", Obj::FALSE)],
                        )?
                    }
                    Some(f) => f.clone(),
                    None => th.sys_get("stderr").unwrap_or(Obj::NONE),
                };
                let traceback = th.import("traceback")?;
                let print = th.getattr(&traceback, "print_stack")?;
                let write = th.getattr(&file, "write")?;
                th.call(
                    &write,
                    &[th.str("Current thread (most recent call last):\n")?],
                )?;
                th.call_kw(&print, &[], &[("file", file.clone())])?;
                th.call_method(&file, "flush", &[])?;
                Ok(Obj::NONE)
            },
        ),
        MethodDef::new(
            "dump_traceback_later",
            "(timeout, repeat=False, file=sys.stderr, exit=False)",
            |th, _| Err(refused(th, "dump_traceback_later")),
        ),
        MethodDef::new("cancel_dump_traceback_later", "()", |_, _| Ok(Obj::NONE)),
        MethodDef::new(
            "register",
            "(signum, file=sys.stderr, all_threads=True, chain=False)",
            |th, _| Err(refused(th, "register")),
        ),
        MethodDef::new("unregister", "(signum, /)", |_, _| Ok(Obj::FALSE)),
    ],
    ..ModuleDef::new("faulthandler")
};

fn refused(th: &Thread, what: &str) -> Exc {
    th.not_implemented_error(format!(
        "faulthandler.{what}: a running thread's frames cannot be looked at from another"
    ))
}
