//! `sys`.

use super::prelude::*;
use super::seq;
use crate::interp::trace;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

mod info;
mod jit;
mod monitoring;
mod names;
mod others;
mod report;

pub use report::print_exception;

/// The names of the standard streams, and of what they were at first.
pub const STREAMS: [&str; 6] = [
    "stdin",
    "stdout",
    "stderr",
    "__stdin__",
    "__stdout__",
    "__stderr__",
];

/// `sys`
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("displayhook", "(object, /)", displayhook),
        MethodDef::new("excepthook", "(exctype, value, traceback, /)", excepthook),
        MethodDef::new("unraisablehook", "(unraisable, /)", unraisablehook),
        MethodDef::new("breakpointhook", "(*args, **kws)", breakpointhook),
        MethodDef::new("exc_info", "()", exc_info),
        MethodDef::new("exception", "()", |th, _| {
            Ok(th.exc_info().unwrap_or(Obj::NONE))
        }),
        MethodDef::new("exit", "(status=None, /)", exit),
        MethodDef::new("getdefaultencoding", "()", |th, _| th.str("utf-8")),
        MethodDef::new("getfilesystemencoding", "()", |th, _| th.str("utf-8")),
        MethodDef::new("getfilesystemencodeerrors", "()", |th, _| {
            th.str("surrogateescape")
        }),
        MethodDef::new("getrecursionlimit", "()", |th, _| {
            Ok(Obj::small_int(
                th.rt().recursion_limit.load(Ordering::Relaxed) as i64,
            ))
        }),
        MethodDef::new("setrecursionlimit", "(limit, /)", setrecursionlimit),
        MethodDef::new("getrefcount", "(object, /)", getrefcount),
        MethodDef::new("getsizeof", "(object, default=None)", getsizeof),
        MethodDef::new("getswitchinterval", "()", |th, _| {
            let bits = th
                .rt()
                .module_state::<SwitchInterval>()
                .0
                .load(Ordering::Relaxed);
            Ok(Obj::float(f64::from_bits(bits)))
        }),
        MethodDef::new("setswitchinterval", "(interval, /)", setswitchinterval),
        MethodDef::new("get_int_max_str_digits", "()", |th, _| {
            Ok(Obj::small_int(th.int_max_str_digits() as i64))
        }),
        MethodDef::new("set_int_max_str_digits", "(maxdigits)", set_digits),
        MethodDef::new("intern", "(string, /)", intern),
        MethodDef::new("_is_interned", "(string, /)", |th, a| {
            Ok(Obj::bool(th.text_of(a.get(0), "argument")?.is_interned()))
        }),
        MethodDef::new("is_finalizing", "()", |th, _| {
            Ok(Obj::bool(super::import::finish::is_finalizing(th)))
        }),
        // What is left of a class that another has taken the place of; its descriptor of weak references goes.
        MethodDef::new("_clear_type_descriptors", "(type, /)", |th, a| {
            let name = th.intern("__weakref__");
            match th.delattr_obj(a.get(0), &name) {
                Err(e) if e.is(th, TypeId::AttributeError) => Ok(Obj::NONE),
                r => r.map(|()| Obj::NONE),
            }
        }),
        MethodDef::new("_is_gil_enabled", "()", |_, _| Ok(Obj::FALSE)),
        MethodDef::new("_is_immortal", "(op, /)", |_, a| {
            Ok(Obj::bool(a.get(0).header().is_none_or(|h| h.is_immortal())))
        }),
        MethodDef::new("_getframe", "(depth=0, /)", getframe),
        MethodDef::new("_getframemodulename", "(depth=0)", getframemodulename),
        MethodDef::new("_current_frames", "()", others::current_frames),
        MethodDef::new("_current_exceptions", "()", others::current_exceptions),
        MethodDef::new("_clear_type_cache", "()", |_, _| Ok(Obj::NONE)),
        MethodDef::new("_clear_internal_caches", "()", |_, _| Ok(Obj::NONE)),
        MethodDef::new("_debugmallocstats", "()", |_, _| Ok(Obj::NONE)),
        MethodDef::new("getallocatedblocks", "()", |th, _| {
            Ok(Obj::small_int((th.rt().memory() / 64) as i64))
        }),
        MethodDef::new(
            "getunicodeinternedsize",
            "(*, _only_immortal=False)",
            |th, _| Ok(Obj::small_int(th.rt().interner.len() as i64)),
        ),
        MethodDef::new("gettrace", "()", |th, _| {
            Ok(th.tracing.trace_function().unwrap_or(Obj::NONE))
        }),
        MethodDef::new("settrace", "(function, /)", |th, a| {
            trace::set_trace(th, hook(a));
            Ok(Obj::NONE)
        }),
        MethodDef::new("_settraceallthreads", "(arg, /)", |th, a| {
            trace::all_threads(th, hook(a), false);
            Ok(Obj::NONE)
        }),
        MethodDef::new("getprofile", "()", |th, _| {
            Ok(th.tracing.profile_function().unwrap_or(Obj::NONE))
        }),
        MethodDef::new("setprofile", "(function, /)", |th, a| {
            trace::set_profile(th, hook(a));
            Ok(Obj::NONE)
        }),
        MethodDef::new("_setprofileallthreads", "(arg, /)", |th, a| {
            trace::all_threads(th, hook(a), true);
            Ok(Obj::NONE)
        }),
        MethodDef::new("call_tracing", "(func, args, /)", |th, a| {
            let Some(args) = a.get(1).cast::<Tuple>() else {
                return Err(th.type_error(format!(
                    "call_tracing() argument 2 must be tuple, not {}",
                    th.type_name(a.get(1))
                )));
            };
            trace::call_tracing(th, a.get(0), args.items())
        }),
        MethodDef::new("audit", "(event, /, *args)", |_, _| Ok(Obj::NONE)),
        MethodDef::new("addaudithook", "(hook)", |th, _| {
            Err(th.not_implemented_error("sys.addaudithook: there are no audit events"))
        }),
        MethodDef::new("get_asyncgen_hooks", "()", get_asyncgen_hooks),
        MethodDef::new(
            "set_asyncgen_hooks",
            "(firstiter=None, finalizer=None)",
            set_asyncgen_hooks,
        ),
        MethodDef::new("get_coroutine_origin_tracking_depth", "()", |_, _| {
            Ok(Obj::small_int(0))
        }),
        MethodDef::new("set_coroutine_origin_tracking_depth", "(depth)", |_, _| {
            Ok(Obj::NONE)
        }),
        MethodDef::new("_get_cpu_count_config", "()", |_, _| Ok(Obj::small_int(-1))),
        MethodDef::new("is_stack_trampoline_active", "()", |_, _| Ok(Obj::FALSE)),
        MethodDef::new("is_remote_debug_enabled", "()", |_, _| Ok(Obj::FALSE)),
    ],
    doc: "This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.",
    ..ModuleDef::new("sys")
};

/// Fills what depends on the runtime.
pub fn start(th: &Thread) -> Res<()> {
    info::fill(th)?;
    match th.rt().sys.get() {
        Some(sys) => {
            let m = super::import::make_native(th, &jit::MODULE)?;
            sys.set_str(th, "_jit", m.into_obj())?;
            monitoring::start(th, sys)
        }
        None => Ok(()),
    }
}

/// Finalizer and first-iteration hooks of asynchronous generators: per thread.
#[derive(Default)]
pub struct AsyncGenHooks {
    hooks: threadsnake_threads::sync::Mutex<(Option<Obj>, Option<Obj>)>,
}

/// The current thread's hooks: `firstiter`, `finalizer`.
pub fn asyncgen_hooks(th: &Thread) -> (Option<Obj>, Option<Obj>) {
    th.locals.get::<AsyncGenHooks>().hooks.lock().clone()
}

fn get_asyncgen_hooks(th: &Thread, _a: Args<'_>) -> Res {
    let (a, b) = asyncgen_hooks(th);
    seq::make(
        th,
        TypeId::AsyncGenHooks,
        vec![a.unwrap_or(Obj::NONE), b.unwrap_or(Obj::NONE)],
        vec![],
    )
}

fn set_asyncgen_hooks(th: &Thread, a: Args<'_>) -> Res {
    let (mut f, mut g) = asyncgen_hooks(th);
    for (i, slot) in [&mut f, &mut g].into_iter().enumerate() {
        if let Some(o) = a.opt(i) {
            *slot = if o.is_none() { None } else { Some(o.clone()) };
        }
    }
    let old = std::mem::replace(&mut *th.locals.get::<AsyncGenHooks>().hooks.lock(), (f, g));
    drop(old);
    Ok(Obj::NONE)
}

/// A function to be called, or `None` for no more.
fn hook(a: Args<'_>) -> Option<Obj> {
    Some(a.get(0)).filter(|f| !f.is_none()).cloned()
}

fn exc_info(th: &Thread, _a: Args<'_>) -> Res {
    match th.exc_info() {
        Some(e) => {
            let t = th.type_of(&e).obj().clone();
            let tb = th.getattr(&e, "__traceback__")?;
            th.tuple(vec![t, e, tb])
        }
        None => th.tuple(vec![Obj::NONE, Obj::NONE, Obj::NONE]),
    }
}

/// `sys.exit`, and the builtins `exit` and `quit`.
pub fn exit(th: &Thread, a: Args<'_>) -> Res {
    let args: Vec<Obj> = match a.opt_not_none(0) {
        Some(o) => match o.cast::<Tuple>() {
            Some(t) => t.items().to_vec(),
            None => vec![o.clone()],
        },
        None => Vec::new(),
    };
    Err(th.err_obj(TypeId::SystemExit, &args))
}

fn setrecursionlimit(th: &Thread, a: Args<'_>) -> Res {
    let n = th.index_i64(a.get(0))?;
    if n < 1 {
        return Err(th.value_error("recursion limit must be greater or equal than 1"));
    }
    let depth = th.depth.get();
    if depth >= n as usize {
        return Err(th.recursion_error(format!(
            "cannot set the recursion limit to {n} at the recursion depth {depth}: the limit is too low"
        )));
    }
    th.rt().recursion_limit.store(n as usize, Ordering::Relaxed);
    Ok(Obj::NONE)
}

fn getrefcount(th: &Thread, a: Args<'_>) -> Res {
    Ok(match a.get(0).header() {
        Some(h) if h.is_immortal() => Obj::small_int(i64::from(u32::MAX)),
        Some(h) => Obj::small_int(th.rt().domain.count_of(h).max(1)),
        None => Obj::small_int(i64::from(u32::MAX)),
    })
}

fn getsizeof(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let r = match th.special(o, "__sizeof__")? {
        Some(f) => th.call(&f, &[]),
        None => return Ok(Obj::small_int(16)),
    };
    let r = match (r, a.opt(1)) {
        (Ok(r), _) => r,
        (Err(e), Some(d)) if e.is(th, TypeId::TypeError) => {
            let _ = e;
            return Ok(d.clone());
        }
        (Err(e), _) => return Err(e),
    };
    let n = th.index_i64(&r)?;
    if n < 0 {
        return Err(th.value_error("__sizeof__() should return >= 0"));
    }
    Ok(th.int(n))
}

/// What `sys.setswitchinterval` was told. Threads do not take turns here, so it is only kept.
struct SwitchInterval(AtomicU64);

impl Default for SwitchInterval {
    fn default() -> Self {
        SwitchInterval(AtomicU64::new(0.005f64.to_bits()))
    }
}

fn setswitchinterval(th: &Thread, a: Args<'_>) -> Res {
    let seconds = th.to_f64(a.get(0))?;
    if seconds <= 0.0 {
        return Err(th.value_error("switch interval must be strictly positive"));
    }
    let kept = &th.rt().module_state::<SwitchInterval>().0;
    kept.store(seconds.to_bits(), Ordering::Relaxed);
    Ok(Obj::NONE)
}

fn set_digits(th: &Thread, a: Args<'_>) -> Res {
    let n = th.index_i64(a.get(0))?;
    if n != 0 && n < 640 {
        return Err(th.value_error("maxdigits must be 0 or larger than 640"));
    }
    th.rt()
        .int_max_str_digits
        .store(n as usize, Ordering::Relaxed);
    Ok(Obj::NONE)
}

fn intern(th: &Thread, a: Args<'_>) -> Res {
    if a.get(0).exact::<Str>().is_none() {
        return Err(if a.get(0).cast::<Str>().is_some() {
            th.type_error(format!("can't intern {}", th.type_name(a.get(0))))
        } else {
            th.type_error(format!(
                "intern() argument must be str, not {}",
                th.type_name(a.get(0))
            ))
        });
    }
    Ok(th.intern_obj(a.get(0)))
}

fn getframe(th: &Thread, a: Args<'_>) -> Res {
    let n = match a.opt(0) {
        Some(o) => th.index_i64(o)?.max(0) as usize,
        None => 0,
    };
    match crate::interp::api::frame_at(th, n) {
        Some(f) => Ok(f),
        None => Err(th.value_error("call stack is not deep enough")),
    }
}

fn getframemodulename(th: &Thread, a: Args<'_>) -> Res {
    let n = match a.opt(0) {
        Some(o) => th.index_i64(o)?.max(0) as usize,
        None => 0,
    };
    match crate::interp::api::globals_at(th, n) {
        Some(g) => Ok(g.get_str(th, "__name__").unwrap_or(Obj::NONE)),
        None => Ok(Obj::NONE),
    }
}

fn displayhook(th: &Thread, a: Args<'_>) -> Res {
    let v = a.get(0);
    if v.is_none() {
        return Ok(Obj::NONE);
    }
    let b = th.rt().builtins();
    b.set_str(th, "_", Obj::NONE)?;
    let out = match th.sys_get("stdout") {
        Some(o) if !o.is_none() => o,
        _ => return Err(th.runtime_error("lost sys.stdout")),
    };
    let text = th.repr(v)?;
    th.call_method(&out, "write", &[text.into_obj()])?;
    th.call_method(&out, "write", &[th.str("\n")?])?;
    b.set_str(th, "_", v.clone())?;
    Ok(Obj::NONE)
}

fn excepthook(th: &Thread, a: Args<'_>) -> Res {
    let v = a.get(1);
    if let Some(tb) = a.opt_not_none(2) {
        if th.is_a(v, TypeId::BaseException)
            && th
                .getattr_opt(v, "__traceback__")?
                .is_none_or(|t| t.is_none())
        {
            drop(th.setattr(v, "__traceback__", tb.clone()));
        }
    }
    if !th.is_a(v, TypeId::BaseException) {
        let text = format!(
            "TypeError: print_exception(): Exception expected for value, {} found\n",
            th.type_name(v)
        );
        if let Some(f) = th.sys_get("stderr").filter(|f| !f.is_none()) {
            crate::modules::io::write_str(th, &f, &th.str(&text)?)?;
        }
        return Ok(Obj::NONE);
    }
    report::print_exception(th, v);
    Ok(Obj::NONE)
}

fn unraisablehook(th: &Thread, a: Args<'_>) -> Res {
    report::print_unraisable(th, a.get(0))?;
    Ok(Obj::NONE)
}

/// Calls what the environment variable `PYTHONBREAKPOINT` names; nothing where it is `0`, the debugger where it is empty.
fn breakpointhook(th: &Thread, a: Args<'_>) -> Res {
    let os = th.import("os")?;
    let environ = th.getattr(&os, "environ")?;
    let name = th.call_method(&environ, "get", &[th.str("PYTHONBREAKPOINT")?])?;
    let name = if name.is_none() {
        String::new()
    } else {
        th.str_text(&name)
    };
    let path = match name.as_str() {
        "0" => return Ok(Obj::NONE),
        "" => "pdb.set_trace",
        other => other,
    };
    let (module, attr) = path.rsplit_once('.').unwrap_or(("builtins", path));
    let unusable = [
        TypeId::ImportError,
        TypeId::AttributeError,
        TypeId::ValueError,
    ];
    let hook = match th.import(module).and_then(|m| th.getattr(&m, attr)) {
        Ok(f) => f,
        Err(e) if unusable.iter().any(|t| e.is(th, *t)) => {
            let text = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{name}\"");
            th.warn(TypeId::RuntimeWarning, &text)?;
            return Ok(Obj::NONE);
        }
        Err(e) => return Err(e),
    };
    let mut all = th.collect(a.get(0))?;
    let mut names = Vec::new();
    if let Some(kw) = a.get(1).cast::<Dict>() {
        for (k, v) in kw.items() {
            names.push(k);
            all.push(v);
        }
    }
    th.call_args(
        &hook,
        CallArgs {
            all: &all,
            kwnames: &names,
        },
    )
}
