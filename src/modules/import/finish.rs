//! The end of a program: its modules go, so that what they hold is finalised (files are written out, `__del__` runs).
//!
//! 1. The program's modules leave `sys.modules`, `__main__` first, then those imported last first. They lose what has a
//!    finaliser, then what else is neither class, function, module nor plain data: finalisers see the globals that they
//!    use as they were. A collection takes what is left of it in cycles.
//! 2. What classes, closures and compiled code keep is finalised where it is: streams after the rest, and before the
//!    streams that they write to.
//!
//! The library's own modules and the native ones stay as they are: a finaliser may use them, and the process is about to
//! end. So does everything while a daemon thread is left, which goes on using it.

use super::{find_native, library};
use crate::builtins::collect;
use crate::modules::prelude::*;
use crate::object::bytes::Bytes;
use crate::object::function::{BuiltinFunction, Function};
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};

/// Whether the program has ended.
#[derive(Default)]
struct Ending(AtomicBool);

/// `sys.is_finalizing()`
pub fn is_finalizing(th: &Thread) -> bool {
    th.rt().module_state::<Ending>().0.load(Ordering::Relaxed)
}

/// See the module's head. Errors go to `sys.unraisablehook`.
pub fn finish(th: &Thread) {
    th.rt()
        .module_state::<Ending>()
        .0
        .store(true, Ordering::Relaxed);
    if crate::modules::thread::running(th) > 0 {
        return;
    }
    // What a session and the last exception keep.
    if let Some(sys) = th.rt().sys.get() {
        for name in ["last_exc", "last_type", "last_value", "last_traceback"] {
            drop(sys.del_item(th, &th.intern(name)));
        }
    }
    drop(th.rt().builtins().del_item(th, &th.intern("_")));
    for d in take_modules(th) {
        clear(th, &d, |name, v| is_private(name) && has_finaliser(th, v));
        clear(th, &d, |_, v| has_finaliser(th, v));
        clear(th, &d, |_, v| !is_used(th, v));
    }
    th.rec().reclaim_now();
    let known = standard_streams(th);
    let unfinalised = || {
        let mut left = collect::unfinalised(th);
        left.retain(|o| !known.iter().any(|k| k.is(o)));
        left
    };
    if unfinalised().is_empty() {
        return;
    }
    collect::collect(th);
    th.rec().reclaim_now();
    let mut left = unfinalised();
    left.sort_by_key(|o| depth(th, o));
    for o in &left {
        collect::finalise(th, o);
    }
}

/// Takes the program's modules out of `sys.modules`: what is in them.
fn take_modules(th: &Thread) -> Vec<Py<Dict>> {
    let all = th.rt().modules();
    let mut taken = Vec::new();
    for (name, m, _) in all.snapshot(th) {
        let module = m.cast::<Module>();
        if module.is_some_and(|m| stays(th, &name, m)) {
            continue;
        }
        taken.extend(module.map(|m| m.dict.clone()));
        drop(all.del_item(th, &name));
    }
    // `__main__` is the first of all.
    if let Some((_, imported)) = taken.split_first_mut() {
        imported.reverse();
    }
    taken
}

/// Whether a module is native, or of the embedded library.
fn stays(th: &Thread, name: &Obj, m: &Py<Module>) -> bool {
    let name = th.str_text(name);
    match m.dict.get_str(th, "__file__") {
        Some(file) => library::find_path(&th.str_text(&file)).is_some(),
        None => name != "__main__" && (name == "sys" || find_native(&name).is_some()),
    }
}

/// The standard streams, and what they write to: these stay open.
fn standard_streams(th: &Thread) -> Vec<Obj> {
    let mut all = Vec::new();
    for name in crate::modules::sys::STREAMS {
        let mut stream = th.sys_get(name);
        for part in ["buffer", "raw", "raw"] {
            let Some(o) = stream else { break };
            stream = th.getattr_opt(&o, part).ok().flatten();
            all.push(o);
        }
    }
    all
}

/// How far down a stream writes: text streams are over buffers, these over files.
fn depth(th: &Thread, o: &Obj) -> usize {
    let kinds = [
        TypeId::TextIOBase,
        TypeId::BufferedIOBase,
        TypeId::RawIOBase,
    ];
    kinds
        .iter()
        .position(|t| th.is_a(o, *t))
        .map_or(0, |i| i + 1)
}

fn is_private(name: &str) -> bool {
    name.starts_with('_') && !name.starts_with("__")
}

fn has_finaliser(th: &Thread, v: &Obj) -> bool {
    th.type_of(v).has(type_flags::HAS_DEL)
}

/// What finalisers use, and what holds nothing.
fn is_used(th: &Thread, v: &Obj) -> bool {
    let plain =
        v.is_exact::<Str>() || v.is_exact::<Bytes>() || th.type_of(v).slots().index.is_some();
    plain
        || th.is_a(v, TypeId::Type)
        || v.cast::<Function>().is_some()
        || v.cast::<BuiltinFunction>().is_some()
        || v.cast::<Module>().is_some()
}

/// Lets go of some of what a module holds.
fn clear(th: &Thread, d: &Py<Dict>, which: impl Fn(&str, &Obj) -> bool) {
    for (k, v, _) in d.snapshot(th) {
        let name = th.str_text(&k);
        if name != "__builtins__" && !v.is_none() && which(&name, &v) {
            drop(v);
            drop(d.set_item(th, &k, Obj::NONE));
        }
    }
}
