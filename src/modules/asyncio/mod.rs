//! `_asyncio`: futures, tasks, and what each thread is running.
//!
//! - `future` is what futures are and do, `future_type` how Python sees it, `iter` what awaiting one steps through;
//! - `task` and `task_type` the same for tasks, `step` how a task runs its coroutine;
//! - `registry` knows the tasks that are not done, `running` the loop and the task of each thread;
//! - `shared` is what a runtime keeps: the parts of the package `asyncio` that are called, and counters.
//!
//! A future belongs to the thread of its loop. Others may use it all the same: its state is under its lock, so what goes
//! wrong then is the order of things, as in CPython, and nothing else.

mod future;
mod future_type;
mod iter;
mod registry;
mod running;
mod shared;
mod step;
mod task;
mod task_type;

use crate::modules::prelude::*;

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[
    &future_type::FUTURE,
    &task_type::TASK,
    &iter::FUTURE_ITER,
    &step::TASK_STEP,
];

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("current_task", "(loop=None)", running::current_task)
            .doc("Return a currently executed task."),
        MethodDef::new("get_event_loop", "()", running::get_event_loop)
            .doc("Return an asyncio event loop."),
        MethodDef::new("get_running_loop", "()", running::get_running_loop)
            .doc("Return the running event loop.  Raise a RuntimeError if there is none."),
        MethodDef::new("_get_running_loop", "()", running::running_loop_or_none)
            .doc("Return the running event loop or None."),
        MethodDef::new("_set_running_loop", "(loop, /)", running::set_running_loop)
            .doc("Set the running event loop."),
        MethodDef::new("_register_task", "(task)", registry::register)
            .doc("Register a new task in asyncio as executed by loop."),
        MethodDef::new("_register_eager_task", "(task)", registry::register_eager)
            .doc("Register a new task in asyncio as eagerly executed."),
        MethodDef::new("_unregister_task", "(task)", registry::unregister)
            .doc("Unregister a task."),
        MethodDef::new(
            "_unregister_eager_task",
            "(task)",
            registry::unregister_eager,
        )
        .doc("Unregister a task."),
        MethodDef::new("_enter_task", "(loop, task)", running::enter_task)
            .doc("Enter into task execution or resume suspended task."),
        MethodDef::new("_leave_task", "(loop, task)", running::leave_task)
            .doc("Leave task execution or suspend a task."),
        MethodDef::new(
            "_swap_current_task",
            "(loop, task)",
            running::swap_current_task,
        )
        .doc("Temporarily swap in the supplied task and return the original one (or None)."),
        MethodDef::new("all_tasks", "(loop=None)", registry::all_tasks)
            .doc("Return a set of all tasks for the loop."),
        MethodDef::new("future_add_to_awaited_by", "(fut, waiter, /)", |th, a| {
            future::add_awaited_by(th, a.get(0), a.get(1))?;
            Ok(Obj::NONE)
        })
        .doc("Record that `fut` is awaited on by `waiter`."),
        MethodDef::new(
            "future_discard_from_awaited_by",
            "(fut, waiter, /)",
            |th, a| {
                future::discard_awaited_by(th, a.get(0), a.get(1))?;
                Ok(Obj::NONE)
            },
        ),
    ],
    types: &[("Future", TypeId::Future), ("Task", TypeId::Task)],
    doc: "Accelerator module for asyncio",
    ..ModuleDef::new("_asyncio")
};
