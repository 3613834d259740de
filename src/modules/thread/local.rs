//! `_local`: an object with a dict for each thread.
//!
//! The dicts lie with the threads, by the number of the `_local` object: a thread that ends drops its own, and a `_local`
//! that dies drops the current thread's and leaves word for the others, which clean up when they next use one.

use crate::modules::prelude::*;
use foldhash::HashMap;
use threadsnake_threads::sync::Mutex;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

/// Payload of thread-local objects.
pub struct Local {
    number: u64,
    args: Obj,
    kwargs: Slot,
}
native!(Local, ThreadLocal, "_local", args, kwargs);

/// What a thread has of them.
#[derive(Default)]
struct Mine {
    dicts: Mutex<HashMap<u64, Obj>>,
    cleaned: AtomicU64,
}

/// Shared by the threads of a runtime.
#[derive(Default)]
struct Shared {
    next: AtomicU64,
    dead: Mutex<Vec<u64>>,
    deaths: AtomicU64,
}

impl Drop for Local {
    fn drop(&mut self) {
        // A runtime that ends drops what is left without a thread, and each thread's dicts went with it.
        let Some(th) = crate::runtime::thread::try_current() else {
            return;
        };
        let shared = th.rt().module_state::<Shared>();
        if th.multi() {
            shared.dead.lock().push(self.number);
            shared.deaths.fetch_add(1, Ordering::Release);
        }
        let old = th.locals.get::<Mine>().dicts.lock().remove(&self.number);
        drop(old);
    }
}

/// Drops what the dead left behind.
fn clean(th: &Thread, mine: &Mine, shared: &Shared) {
    let n = shared.deaths.load(Ordering::Acquire);
    let seen = mine.cleaned.swap(n, Ordering::Relaxed);
    if n == seen {
        return;
    }
    let _ = th;
    let dead: Vec<u64> = shared
        .dead
        .lock()
        .iter()
        .skip(seen as usize)
        .copied()
        .collect();
    let mut old = Vec::new();
    {
        let mut d = mine.dicts.lock();
        for k in dead {
            old.extend(d.remove(&k));
        }
    }
    drop(old);
}

/// The current thread's dict; made, and `__init__` called, at its first use.
fn dict(th: &Thread, o: &Obj) -> Res<Py<Dict>> {
    let l = this::<Local>(th, o)?;
    let mine = th.locals.get::<Mine>();
    clean(th, mine, th.rt().module_state::<Shared>());
    if let Some(d) = mine.dicts.lock().get(&l.number) {
        if let Some(d) = d.cast::<Dict>() {
            return Ok(d.clone());
        }
    }
    let d = th.new_dict()?;
    mine.dicts.lock().insert(l.number, d.obj().clone());
    let cls = th.type_of(o);
    if cls.id.is_none() && cls.slots().init.is_some() {
        let args = th.collect(&l.args)?;
        let (mut all, mut names) = (args, Vec::new());
        if let Some(kw) = l.kwargs.get() {
            if let Some(kw) = kw.cast::<Dict>() {
                for (k, v) in kw.items() {
                    names.push(k);
                    all.push(v);
                }
            }
        }
        if let Some(init) = cls.slots().init {
            let r = init(
                th,
                o,
                CallArgs {
                    all: &all,
                    kwnames: &names,
                },
            );
            if let Err(e) = r {
                let old = mine.dicts.lock().remove(&l.number);
                drop(old);
                return Err(e);
            }
        }
    }
    Ok(d)
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let own_init = cls.id.is_none()
        && th
            .type_lookup(cls, "__init__")
            .is_some_and(|f| f.exact::<crate::object::function::Function>().is_some());
    if !args.is_empty() && !own_init {
        return Err(th.type_error("Initialization arguments are not supported"));
    }
    let shared = th.rt().module_state::<Shared>();
    let kw = if args.kwnames.is_empty() {
        None
    } else {
        let d = th.new_dict()?;
        for (k, v) in args.keywords() {
            d.set_item(th, k, v.clone())?;
        }
        Some(d.into_obj())
    };
    let l = Local {
        number: shared.next.fetch_add(1, Ordering::Relaxed),
        args: th.tuple(args.positional().to_vec())?,
        kwargs: Slot::new(kw),
    };
    let o = th.alloc_as(cls, l)?;
    // The creating thread's `__init__` is called by `type.__call__`: its dict is there already.
    let d = th.new_dict()?;
    th.locals
        .get::<Mine>()
        .dicts
        .lock()
        .insert(o.number, d.into_obj());
    Ok(o.into_obj())
}

fn getattr(th: &Thread, o: &Obj, name: &Obj) -> Res {
    let d = dict(th, o)?;
    if name.is(&th.rt().names().__dict__) {
        return Ok(d.into_obj());
    }
    let t = th.type_of(o);
    let found = t.lookup(th, name);
    if let Some(f) = &found {
        let s = th.type_of(f).slots();
        if let (Some(get), true) = (s.get, s.set.is_some()) {
            return get(th, f, Some(o), Some(t.obj()));
        }
    }
    if let Some(v) = d.get_item(th, name)? {
        return Ok(v);
    }
    match found {
        Some(f) => match th.type_of(&f).slots().get {
            Some(get) => get(th, &f, Some(o), Some(t.obj())),
            None => Ok(f),
        },
        None => Err(th.no_attribute(o, name)),
    }
}

fn setattr(th: &Thread, o: &Obj, name: &Obj, v: Option<&Obj>) -> Res<()> {
    let d = dict(th, o)?;
    if name.is(&th.rt().names().__dict__) {
        return Err(th.attribute_error(format!(
            "'{}' object attribute '__dict__' is read-only",
            th.type_name(o)
        )));
    }
    if let Some(f) = th.type_of(o).lookup(th, name) {
        if let Some(set) = th.type_of(&f).slots().set {
            return set(th, &f, o, v);
        }
    }
    match v {
        Some(v) => d.set_item(th, name, v.clone()),
        None => match d.del_item(th, name)? {
            Some(_) => Ok(()),
            None => Err(th.no_attribute(o, name)),
        },
    }
}

/// `_local`
pub static DEF: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::WEAKREFABLE,
    slots: Slots {
        new: Some(new),
        init: Some(|_, _, _| Ok(())),
        getattr: Some(getattr),
        setattr: Some(setattr),
        ..Slots::NONE
    },
    ..TypeDef::new(TypeId::ThreadLocal, "_thread._local", Local::LAYOUT)
};
