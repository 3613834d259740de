//! The type `Future`, as Python sees it. Tasks share most of it.

use super::future::{self, AwaitedBy, Future, Inner};
use super::iter::await_;
use super::shared::{Known, kept, known};
use crate::modules::contextvars;
use crate::modules::prelude::*;

fn me<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<Future>> {
    this::<Future>(th, o)
}

/// A word that a future holds, or None.
fn word(th: &Thread, o: &Obj, f: impl FnOnce(&mut Inner) -> Option<Obj>) -> Res {
    Ok(me(th, o)?.with(th, f).unwrap_or(Obj::NONE))
}

/// The same of one that must have been initialised.
fn checked(th: &Thread, o: &Obj, f: impl FnOnce(&mut Inner) -> Option<Obj>) -> Res {
    let found = me(th, o)?.with(th, |s| s.event_loop.is_some().then(|| f(s)));
    found
        .map(|w| w.unwrap_or(Obj::NONE))
        .ok_or_else(|| future::uninitialised(th))
}

/// The value that an attribute is set to; deleting it is an error.
pub(super) fn new_value<'a>(th: &Thread, o: &Obj, name: &str, v: Option<&'a Obj>) -> Res<&'a Obj> {
    v.ok_or_else(|| {
        let class = match o.cast::<super::task::Task>() {
            Some(_) => "Task",
            None => "Future",
        };
        th.attribute_error(format!(
            "attribute '{name}' of '_asyncio.{class}' objects cannot be deleted"
        ))
    })
}

fn callbacks(th: &Thread, o: &Obj) -> Res {
    let f = me(th, o)?;
    future::event_loop(th, f)?;
    let list = f.with(th, |s| s.callbacks.clone());
    if list.is_empty() {
        return Ok(Obj::NONE);
    }
    let mut pairs = Vec::with_capacity(list.len());
    for (function, context) in list {
        pairs.push(th.pair(function, context)?);
    }
    th.list(pairs)
}

fn awaited_by(th: &Thread, o: &Obj) -> Res {
    let items = match me(th, o)?.with(th, |s| s.awaited_by.clone()) {
        AwaitedBy::None => return Ok(Obj::NONE),
        AwaitedBy::One(o) => th.list(vec![o])?,
        AwaitedBy::Set(s) => s,
    };
    th.call(th.ty(TypeId::FrozenSet).obj(), &[items])
}

static ATTRIBUTES: &[GetSetDef] = &[
    GetSetDef::ro("_state", |th, o| {
        let f = me(th, o)?;
        future::event_loop(th, f)?;
        Ok(th.intern(f.with(th, |s| s.phase).name()))
    }),
    GetSetDef::rw(
        "_asyncio_future_blocking",
        |th, o| {
            Ok(Obj::bool(
                me(th, o)?.with(th, |s| s.event_loop.is_some() && s.blocking),
            ))
        },
        |th, o, v| {
            let f = me(th, o)?;
            future::event_loop(th, f)?;
            let on = th.truthy(new_value(th, o, "_asyncio_future_blocking", v)?)?;
            f.with(th, |s| s.blocking = on);
            Ok(())
        },
    ),
    GetSetDef::ro("_loop", |th, o| word(th, o, |s| s.event_loop.clone())),
    GetSetDef::ro("_callbacks", callbacks),
    GetSetDef::ro("_result", |th, o| checked(th, o, |s| s.result.clone())),
    GetSetDef::ro("_exception", |th, o| {
        checked(th, o, |s| s.exception.clone())
    }),
    GetSetDef::rw(
        "_log_traceback",
        |th, o| checked(th, o, |s| Some(Obj::bool(s.log_tb))),
        |th, o, v| {
            if th.truthy(new_value(th, o, "_log_traceback", v)?)? {
                return Err(th.value_error("_log_traceback can only be set to False"));
            }
            me(th, o)?.with(th, |s| s.log_tb = false);
            Ok(())
        },
    ),
    GetSetDef::ro("_source_traceback", |th, o| {
        word(th, o, |s| s.source_tb.clone())
    }),
    GetSetDef::rw(
        "_cancel_message",
        |th, o| word(th, o, |s| s.cancel_msg.clone()),
        |th, o, v| {
            let v = kept(new_value(th, o, "_cancel_message", v)?.clone());
            let old = me(th, o)?.with(th, |s| s.cancel_msg.replace(v));
            drop(old);
            Ok(())
        },
    ),
    GetSetDef::ro("_asyncio_awaited_by", awaited_by),
];

fn add_done_callback(th: &Thread, a: Args<'_>) -> Res {
    let context = match a.opt(2) {
        Some(c) => c.clone(),
        None => contextvars::copy_current(th)?.into_obj(),
    };
    future::add_callback(th, me(th, a.get(0))?, a.get(1).clone(), context)?;
    Ok(Obj::NONE)
}

static METHODS: &[MethodDef] = &[
    MethodDef::new("result", "($self, /)", |th, a| {
        future::result(th, me(th, a.get(0))?)
    })
    .doc("Return the result this future represents."),
    MethodDef::new("exception", "($self, /)", |th, a| {
        future::exception(th, me(th, a.get(0))?)
    })
    .doc("Return the exception that was set on this future."),
    MethodDef::new("set_result", "($self, result, /)", |th, a| {
        future::set_result(th, me(th, a.get(0))?, a.get(1).clone())?;
        Ok(Obj::NONE)
    })
    .doc("Mark the future done and set its result."),
    MethodDef::new("set_exception", "($self, exception, /)", |th, a| {
        future::set_exception(th, me(th, a.get(0))?, a.get(1))?;
        Ok(Obj::NONE)
    })
    .doc("Mark the future done and set an exception."),
    MethodDef::new(
        "add_done_callback",
        "($self, fn, /, *, context=<unrepresentable>)",
        add_done_callback,
    )
    .doc("Add a callback to be run when the future becomes done."),
    MethodDef::new("remove_done_callback", "($self, fn, /)", |th, a| {
        let n = future::remove_callback(th, me(th, a.get(0))?, a.get(1))?;
        Ok(th.uint(n as u64))
    })
    .doc("Remove all instances of a callback from the \"call when done\" list."),
    MethodDef::new("cancel", "($self, /, msg=None)", |th, a| {
        let f = me(th, a.get(0))?;
        future::event_loop(th, f)?;
        Ok(Obj::bool(future::cancel(th, f, a.opt(1).cloned())?))
    })
    .doc("Cancel the future and schedule callbacks."),
    MethodDef::new("cancelled", "($self, /)", |th, a| {
        let f = me(th, a.get(0))?;
        Ok(Obj::bool(
            f.with(th, |s| s.phase == future::Phase::Cancelled),
        ))
    })
    .doc("Return True if the future was cancelled."),
    MethodDef::new("done", "($self, /)", |th, a| {
        Ok(Obj::bool(future::is_done(th, me(th, a.get(0))?)))
    })
    .doc("Return True if the future is done."),
    MethodDef::new("get_loop", "($self, /)", |th, a| {
        future::event_loop(th, me(th, a.get(0))?)
    })
    .doc("Return the event loop the Future is bound to."),
    MethodDef::new("_make_cancelled_error", "($self, /)", |th, a| {
        future::cancelled_error(th, me(th, a.get(0))?)
    })
    .doc("Create the CancelledError to raise if the Future is cancelled."),
    CLASS_GETITEM,
];

/// `Future`
pub(super) static FUTURE: TypeDef = TypeDef {
    flags: type_flags::BASETYPE
        | type_flags::HAS_DICT
        | type_flags::WEAKREFABLE
        | type_flags::HAS_DEL,
    slots: Slots {
        new: Some(|th, cls, _| Ok(th.alloc_as(cls, Future::blank())?.into_obj())),
        init: Some(|th, o, args| {
            th.bind("Future", "(*, loop=None)", args, |a| {
                future::init(th, me(th, o)?, a.opt(0))
            })
        }),
        repr: Some(|th, o| {
            future::event_loop(th, me(th, o)?)?;
            th.call(&known(th, Known::FutureRepr)?, std::slice::from_ref(o))
        }),
        iter: Some(await_),
        await_: Some(await_),
        del: Some(|th, o| future::report(th, me(th, o)?)),
        ..Slots::NONE
    },
    methods: METHODS,
    getset: ATTRIBUTES,
    doc: "Future(*, loop=None)\n--\n\nThis class is *almost* compatible with concurrent.futures.Future.\n\n    Differences:\n\n    \
          - result() and exception() do not take a timeout argument and\n      \
          raise an exception when the future isn't done yet.\n\n    \
          - Callbacks registered with add_done_callback() are always called\n      \
          via the event loop's call_soon_threadsafe().\n\n    \
          - This class is not compatible with the wait() and as_completed()\n      \
          methods in the concurrent.futures package.",
    ..TypeDef::new(TypeId::Future, "_asyncio.Future", Future::LAYOUT)
};
