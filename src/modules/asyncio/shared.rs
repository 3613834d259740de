//! What `_asyncio` keeps for a runtime: the functions and classes of the package `asyncio` that it calls, looked up at
//! first use (the package imports this module while it is being imported itself), and calls into event loops.

use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::AtomicU64;

/// Something of the package `asyncio`, or of `traceback` and `weakref`.
#[derive(Clone, Copy)]
pub enum Known {
    CancelledError,
    InvalidStateError,
    FutureRepr,
    TaskRepr,
    TaskStack,
    TaskPrintStack,
    IsCoroutine,
    Policy,
    ExtractStack,
    WeakSet,
}

/// Module and name, by [`Known`].
const PLACES: [(&str, &str); 10] = [
    ("asyncio.exceptions", "CancelledError"),
    ("asyncio.exceptions", "InvalidStateError"),
    ("asyncio.base_futures", "_future_repr"),
    ("asyncio.base_tasks", "_task_repr"),
    ("asyncio.base_tasks", "_task_get_stack"),
    ("asyncio.base_tasks", "_task_print_stack"),
    ("asyncio.coroutines", "iscoroutine"),
    ("asyncio.events", "_get_event_loop_policy"),
    ("traceback", "extract_stack"),
    ("weakref", "WeakSet"),
];

/// A runtime's part.
pub struct Shared {
    known: [Slot; PLACES.len()],
    /// Number of the last task that got a name of ours. Counted by any thread; nothing else depends on it.
    pub names: AtomicU64,
    /// Tasks of other kinds that were registered: a `WeakSet`, made when first needed.
    pub foreign: Slot,
    /// Tasks in their first, eager step: a set, made when first needed.
    pub eager: Slot,
}

impl Default for Shared {
    fn default() -> Self {
        Shared {
            known: [const { Slot::empty() }; PLACES.len()],
            names: AtomicU64::new(0),
            foreign: Slot::empty(),
            eager: Slot::empty(),
        }
    }
}

/// The runtime's part.
#[inline]
pub fn shared(th: &Thread) -> &Shared {
    th.rt().module_state::<Shared>()
}

/// The thing itself.
pub fn known(th: &Thread, k: Known) -> Res {
    let slot = &shared(th).known[k as usize];
    if let Some(o) = slot.get() {
        return Ok(o);
    }
    let (module, name) = PLACES[k as usize];
    // The module itself, not the package that a dotted import gives.
    let found = th.import(module)?;
    let found = match th.rt().modules().get_str(th, module) {
        Some(m) => m,
        None => found,
    };
    keep_first(slot, th.getattr(&found, name)?)
}

/// What a slot holds once `new` has been offered for it.
pub fn keep_first(slot: &Slot, new: Obj) -> Res {
    match slot.set_if_empty(new.clone()) {
        Ok(()) => Ok(new),
        Err(_) => Ok(slot.get().unwrap_or(new)),
    }
}

/// An `InvalidStateError`.
#[cold]
pub fn invalid_state(th: &Thread, text: &str) -> Exc {
    match known(th, Known::InvalidStateError).and_then(|c| Ok((c, th.str(text)?))) {
        Ok((class, text)) => raise_class(th, &class, &[text]),
        Err(e) => e,
    }
}

/// Whether the exception is a `CancelledError`.
pub fn is_cancelled(th: &Thread, e: &Obj) -> Res<bool> {
    let class = known(th, Known::CancelledError)?;
    Ok(class
        .cast::<Type>()
        .is_some_and(|c| th.type_of(e).is_subtype_of(c)))
}

/// `loop.call_soon(callback, *arg, context=context)`
pub fn call_soon(
    th: &Thread,
    event_loop: &Obj,
    callback: Obj,
    arg: Option<&Obj>,
    context: &Obj,
) -> Res<()> {
    let n = th.rt().names();
    let method = th.getattr_obj(event_loop, &n.call_soon)?;
    let kwnames = std::slice::from_ref(&n.context);
    let r = match arg {
        Some(a) => th.call_args(
            &method,
            CallArgs {
                all: &[callback, a.clone(), context.clone()],
                kwnames,
            },
        ),
        None => th.call_args(
            &method,
            CallArgs {
                all: &[callback, context.clone()],
                kwnames,
            },
        ),
    };
    r.map(drop)
}

/// The object, about to be stored where other threads find it.
#[inline]
pub fn kept(o: Obj) -> Obj {
    if let Some(h) = o.header() {
        h.publish();
    }
    o
}
