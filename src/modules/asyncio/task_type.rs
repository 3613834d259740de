//! The type `Task`, as Python sees it: what it has besides `Future`'s.

use super::future;
use super::future_type::new_value;
use super::shared::{Known, known};
use super::task::{self, Task, TaskInner};
use crate::modules::prelude::*;

fn me<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<Task>> {
    this::<Task>(th, o)
}

fn word(th: &Thread, o: &Obj, f: impl FnOnce(&mut TaskInner) -> Option<Obj>) -> Res {
    Ok(me(th, o)?.with(th, f).unwrap_or(Obj::NONE))
}

/// Calls a function of `asyncio.base_tasks` with the task and all arguments, absent ones as None.
fn by_package(th: &Thread, k: Known, a: Args<'_>, n: usize) -> Res {
    let args: Vec<Obj> = (0..n)
        .map(|i| a.opt(i).cloned().unwrap_or(Obj::NONE))
        .collect();
    th.call(&known(th, k)?, &args)
}

static METHODS: &[MethodDef] = &[
    MethodDef::new("set_result", "($self, result, /)", |th, _| {
        Err(th.runtime_error("Task does not support set_result operation"))
    }),
    MethodDef::new("set_exception", "($self, exception, /)", |th, _| {
        Err(th.runtime_error("Task does not support set_exception operation"))
    }),
    MethodDef::new("cancel", "($self, /, msg=None)", |th, a| {
        Ok(Obj::bool(task::cancel(th, me(th, a.get(0))?, a.opt(1))?))
    })
    .doc("Request that this task cancel itself."),
    MethodDef::new("cancelling", "($self, /)", |th, a| {
        Ok(th.int(me(th, a.get(0))?.with(th, |s| s.cancels)))
    })
    .doc("Return the count of the task's cancellation requests."),
    MethodDef::new("uncancel", "($self, /)", |th, a| {
        Ok(th.int(task::uncancel(th, me(th, a.get(0))?)))
    })
    .doc("Decrement the task's count of cancellation requests."),
    MethodDef::new("get_stack", "($self, /, *, limit=None)", |th, a| {
        by_package(th, Known::TaskStack, a, 2)
    })
    .doc("Return the list of stack frames for this task's coroutine."),
    MethodDef::new(
        "print_stack",
        "($self, /, *, limit=None, file=None)",
        |th, a| by_package(th, Known::TaskPrintStack, a, 3),
    )
    .doc("Print the stack or traceback for this task's coroutine."),
    MethodDef::new("get_name", "($self, /)", |th, a| {
        task::name(th, me(th, a.get(0))?)
    }),
    MethodDef::new("set_name", "($self, value, /)", |th, a| {
        task::set_name(th, me(th, a.get(0))?, a.get(1))?;
        Ok(Obj::NONE)
    }),
    MethodDef::new("get_coro", "($self, /)", |th, a| {
        word(th, a.get(0), |s| s.coro.clone())
    }),
    MethodDef::new("get_context", "($self, /)", |th, a| {
        word(th, a.get(0), |s| s.context.clone())
    }),
    CLASS_GETITEM,
];

static ATTRIBUTES: &[GetSetDef] = &[
    GetSetDef::rw(
        "_log_destroy_pending",
        |th, o| Ok(Obj::bool(me(th, o)?.with(th, |s| s.log_destroy))),
        |th, o, v| {
            let on = th.truthy(new_value(th, o, "_log_destroy_pending", v)?)?;
            me(th, o)?.with(th, |s| s.log_destroy = on);
            Ok(())
        },
    ),
    GetSetDef::ro("_must_cancel", |th, o| {
        Ok(Obj::bool(me(th, o)?.with(th, |s| s.must_cancel)))
    }),
    GetSetDef::ro("_coro", |th, o| word(th, o, |s| s.coro.clone())),
    GetSetDef::ro("_fut_waiter", |th, o| word(th, o, |s| s.waiter.clone())),
];

/// `Task`
pub(super) static TASK: TypeDef = TypeDef {
    base: TypeId::Future,
    flags: type_flags::BASETYPE
        | type_flags::HAS_DICT
        | type_flags::WEAKREFABLE
        | type_flags::HAS_DEL,
    slots: Slots {
        new: Some(|th, cls, _| Ok(th.alloc_as(cls, Task::blank())?.into_obj())),
        init: Some(|th, o, args| {
            th.bind(
                "Task",
                "(coro, *, loop=None, name=None, context=None, eager_start=False)",
                args,
                |a| task::init(th, me(th, o)?, a),
            )
        }),
        repr: Some(|th, o| {
            future::event_loop(th, me(th, o)?.future())?;
            th.call(&known(th, Known::TaskRepr)?, std::slice::from_ref(o))
        }),
        del: Some(|th, o| task::report(th, me(th, o)?)),
        ..Slots::NONE
    },
    methods: METHODS,
    getset: ATTRIBUTES,
    doc: "Task(coro, *, loop=None, name=None, context=None, eager_start=False)\n--\n\nA coroutine wrapped in a Future.",
    ..TypeDef::new(TypeId::Task, "_asyncio.Task", Task::LAYOUT)
};
