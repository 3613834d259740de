//! `atexit`: functions to call when the runtime ends.

use crate::modules::prelude::*;
use threadsnake_threads::sync::Mutex;

/// A registered call.
#[derive(Clone)]
struct Entry {
    f: Obj,
    args: Vec<Obj>,
    names: Vec<Obj>,
}

#[derive(Default)]
struct State {
    entries: Mutex<Vec<Entry>>,
}

fn state(th: &Thread) -> &State {
    th.rt().module_state::<State>()
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("register", "(func, /, *args, **kwargs)", register),
        MethodDef::new("unregister", "(func, /)", unregister),
        MethodDef::new("_clear", "()", |th, _| {
            let old = std::mem::take(&mut *state(th).entries.lock());
            drop(old);
            Ok(Obj::NONE)
        }),
        MethodDef::new("_run_exitfuncs", "()", |th, _| {
            run(th);
            Ok(Obj::NONE)
        }),
        MethodDef::new("_ncallbacks", "()", |th, _| {
            let n = state(th).entries.lock().len();
            Ok(th.uint(n as u64))
        }),
    ],
    doc: "Allow programmer to define multiple exit functions to be executed upon normal program termination.",
    ..ModuleDef::new("atexit")
};

/// Calls what is registered, last first, until nothing is left; errors go to `sys.unraisablehook`.
pub fn run(th: &Thread) {
    loop {
        let last = state(th).entries.lock().pop();
        let Some(e) = last else { return };
        if let Err(err) = th.call_args(
            &e.f,
            CallArgs {
                all: &e.args,
                kwnames: &e.names,
            },
        ) {
            th.unraisable(err, "Exception ignored in atexit callback", Some(&e.f));
        }
    }
}

fn register(th: &Thread, a: Args<'_>) -> Res {
    let f = a.get(0);
    if th.type_of(f).slots().call.is_none() {
        return Err(th.type_error("the first argument must be callable"));
    }
    let mut args = this::<Tuple>(th, a.get(1))?.items().to_vec();
    let mut names = Vec::new();
    for (k, v) in this::<Dict>(th, a.get(2))?.items() {
        names.push(k);
        args.push(v);
    }
    state(th).entries.lock().push(Entry {
        f: f.clone(),
        args,
        names,
    });
    Ok(f.clone())
}

fn unregister(th: &Thread, a: Args<'_>) -> Res {
    // Comparing runs Python: on a copy.
    let all: Vec<Entry> = state(th).entries.lock().clone();
    let mut kept = Vec::new();
    for e in all {
        if !th.eq(&e.f, a.get(0))? {
            kept.push(e);
        }
    }
    let old = std::mem::replace(&mut *state(th).entries.lock(), kept);
    drop(old);
    Ok(Obj::NONE)
}
