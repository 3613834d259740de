//! How a task runs its coroutine: a step resumes it until it yields what it waits for, has that call the task back when it
//! is done, and so on until it returns or raises.

use super::future;
use super::registry::future_loop;
use super::running;
use super::shared::{call_soon, invalid_state, is_cancelled, kept};
use super::task::{Task, cancel_any};
use crate::interp::generator::send_into;
use crate::modules::prelude::*;
use crate::object::frame::{Generator, Resumed};
use crate::object::function::BuiltinFunction;

/// Payload of what the loop calls for a step: the task, and what to throw into its coroutine.
pub struct TaskStep {
    task: Obj,
    exception: Slot,
}
native!(TaskStep, TaskStep, "TaskStepMethWrapper", task, exception);

/// `TaskStepMethWrapper`
pub(super) static TASK_STEP: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    slots: Slots {
        call: Some(|th, o, args| {
            if !args.kwnames.is_empty() {
                return Err(th.type_error("function takes no keyword arguments"));
            }
            if !args.all.is_empty() {
                return Err(th.type_error("function takes no positional arguments"));
            }
            let s = this::<TaskStep>(th, o)?;
            let exception = s.exception.swap(th, None);
            step(
                th,
                this::<Task>(th, &s.task)?,
                exception.map(|e| raise(th, &e)),
            )
        }),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::ro("__self__", |th, o| {
            Ok(this::<TaskStep>(th, o)?.task.clone())
        }),
        GetSetDef::ro("__name__", |th, o| {
            let task = this::<TaskStep>(th, o)?.task.clone();
            th.getattr(th.type_of(&task).obj(), "__name__")
        }),
        GetSetDef::ro("__qualname__", |th, o| {
            let task = this::<TaskStep>(th, o)?.task.clone();
            th.getattr(th.type_of(&task).obj(), "__qualname__")
        }),
    ],
    ..TypeDef::new(
        TypeId::TaskStep,
        "_asyncio.TaskStepMethWrapper",
        TaskStep::LAYOUT,
    )
};

/// What a future calls when it is done for which a task waits.
static WAKEUP: MethodDef = MethodDef::new("task_wakeup", "($self, future, /)", |th, a| {
    wakeup(th, this::<Task>(th, a.get(0))?, a.get(1))
});

fn wakeup_of(th: &Thread, t: &Py<Task>) -> Obj {
    th.alloc(BuiltinFunction {
        def: &WAKEUP,
        sig: th.sig(WAKEUP.sig),
        me: Some(kept(t.obj().clone())),
        owner: None,
        module: Slot::empty(),
    })
    .into_obj()
}

/// Has the loop take the task's next step soon, which throws `exception`.
pub fn call_step_soon(th: &Thread, t: &Py<Task>, exception: Option<Obj>) -> Res<()> {
    let event_loop = future::event_loop(th, t.future())?;
    let context = t.with(th, |s| s.context.clone()).unwrap_or(Obj::NONE);
    let step = th.alloc(TaskStep {
        task: kept(t.obj().clone()),
        exception: Slot::new(exception),
    });
    call_soon(th, &event_loop, step.into_obj(), None, &context)
}

/// A step of the task, entered by its loop.
pub fn step(th: &Thread, t: &Py<Task>, exception: Option<Exc>) -> Res {
    let event_loop = future::event_loop(th, t.future())?;
    running::enter(th, &event_loop, t.obj())?;
    let r = run_step(th, t, exception);
    match (r, running::leave(th, &event_loop, t.obj())) {
        (Ok(()), Ok(())) => Ok(Obj::NONE),
        (Ok(()), Err(e)) | (Err(e), Ok(())) => Err(e),
        (Err(first), Err(e)) => {
            e.0.context.set(th, Some(first.into_obj()));
            Err(e)
        }
    }
}

/// The future that a task waited for is done.
fn wakeup(th: &Thread, t: &Py<Task>, done: &Obj) -> Res {
    future::discard_awaited_by(th, done, t.obj())?;
    let r = match future::own(done) {
        Some(f) => future::result(th, f),
        None => th.call_method_obj(done, &th.rt().names().result, &[]),
    };
    match r {
        // The iterator of the future asks for the result itself.
        Ok(_) => step(th, t, None),
        Err(e) => step(th, t, Some(e)),
    }
}

/// Resumes the coroutine, throwing `exception`, and sees to what comes of it.
pub fn run_step(th: &Thread, t: &Py<Task>, exception: Option<Exc>) -> Res<()> {
    let f = t.future();
    let mut exception = exception;
    if future::is_done(th, f) {
        let task = th.repr(t.obj())?.to_rust();
        let thrown = match &exception {
            Some(e) => th.repr(e.obj())?.to_rust(),
            None => "None".to_owned(),
        };
        return Err(invalid_state(
            th,
            &format!("__step(): already done: {task} {thrown}"),
        ));
    }
    let (coro, must_cancel, waiter) = t.with(th, |s| {
        let must_cancel = std::mem::take(&mut s.must_cancel);
        (s.coro.clone(), must_cancel, s.waiter.take())
    });
    drop(waiter);
    if must_cancel {
        let is_one = match &exception {
            Some(e) => is_cancelled(th, e.obj())?,
            None => false,
        };
        if !is_one {
            exception = Some(raise(th, &future::cancelled_error(th, f)?));
        }
    }
    let Some(coro) = coro else {
        return Err(th.runtime_error("uninitialized Task object"));
    };
    let resumed = match exception {
        None => send_into(th, &coro, &Obj::NONE),
        Some(e) => throw_into(th, &coro, e),
    };
    match resumed {
        Ok(Resumed::Yielded(v)) => wait_for(th, t, v),
        Ok(Resumed::Returned(v)) => {
            // Cancelled right before it ended.
            if t.with(th, |s| std::mem::take(&mut s.must_cancel)) {
                let msg = f.with(th, |s| s.cancel_msg.clone());
                future::cancel(th, f, msg)?;
                return Ok(());
            }
            future::set_result(th, f, v)
        }
        Err(e) if is_cancelled(th, e.obj())? => {
            let e = kept(e.into_obj());
            let old = f.with(th, |s| s.cancelled_exc.replace(e));
            drop(old);
            future::cancel(th, f, None)?;
            Ok(())
        }
        Err(e) => {
            future::set_exception(th, f, e.obj())?;
            match e.is(th, TypeId::KeyboardInterrupt) || e.is(th, TypeId::SystemExit) {
                true => Err(e),
                false => Ok(()),
            }
        }
    }
}

/// `coro.throw(exception)`
fn throw_into(th: &Thread, coro: &Obj, exception: Exc) -> Res<Resumed> {
    let throw = &th.rt().names().throw;
    match th.call_method_obj(coro, throw, &[exception.into_obj()]) {
        Ok(v) => Ok(Resumed::Yielded(v)),
        Err(e) if e.is(th, TypeId::StopIteration) => {
            Ok(Resumed::Returned(e.0.extra[0].get().unwrap_or(Obj::NONE)))
        }
        Err(e) => Err(e),
    }
}

/// The coroutine has yielded `v`, which should be a future that it awaits, or None.
fn wait_for(th: &Thread, t: &Py<Task>, v: Obj) -> Res<()> {
    if v.is_none() {
        return call_step_soon(th, t, None);
    }
    if v.is(t.obj()) {
        return fail(th, t, "Task cannot await on itself: ", t.obj(), None);
    }
    let own_loop = future::event_loop(th, t.future())?;
    if let Some(f) = future::own(&v) {
        // Whether its loop is the task's, and whether `await` has yielded it.
        let (same, blocking) = f.with(th, |s| {
            let same = s.event_loop.as_ref().is_some_and(|l| l.is(&own_loop));
            let blocking = s.blocking;
            if same {
                s.blocking = false;
            }
            (same, blocking)
        });
        if !same || !blocking {
            return refuse(th, t, &v, same);
        }
        future::add_awaited_by(th, &v, t.obj())?;
        let context = t.with(th, |s| s.context.clone()).unwrap_or(Obj::NONE);
        future::add_callback(th, f, wakeup_of(th, t), context)?;
        return waiting(th, t, v);
    }
    let n = th.rt().names();
    let blocking = th.getattr_opt_obj(&v, &n._asyncio_future_blocking)?;
    if let Some(blocking) = blocking.filter(|b| !b.is_none()) {
        let blocking = th.truthy(&blocking)?;
        let same = future_loop(th, &v)?.is(&own_loop);
        if !same || !blocking {
            return refuse(th, t, &v, same);
        }
        future::add_awaited_by(th, &v, t.obj())?;
        th.setattr_obj(&v, &n._asyncio_future_blocking, &Obj::FALSE)?;
        let add = th.getattr_obj(&v, &n.add_done_callback)?;
        let context = t.with(th, |s| s.context.clone()).unwrap_or(Obj::NONE);
        th.call_args(
            &add,
            CallArgs {
                all: &[wakeup_of(th, t), context],
                kwnames: std::slice::from_ref(&n.context),
            },
        )?;
        return waiting(th, t, v);
    }
    let is_generator = v.cast::<Generator>().is_some() && th.is_a(&v, TypeId::Generator);
    match is_generator {
        true => fail(
            th,
            t,
            "yield was used instead of yield from for generator in task ",
            t.obj(),
            Some((" with ", &v, "")),
        ),
        false => fail(th, t, "Task got bad yield: ", &v, None),
    }
}

/// The task waits for `v`, whose callback is in place.
fn waiting(th: &Thread, t: &Py<Task>, v: Obj) -> Res<()> {
    let v = kept(v);
    let new = v.clone();
    let (old, must_cancel) = t.with(th, |s| (s.waiter.replace(new), s.must_cancel));
    drop(old);
    if must_cancel {
        let msg = t.future().with(th, |s| s.cancel_msg.clone());
        if cancel_any(th, &v, &msg.unwrap_or(Obj::NONE))? {
            t.with(th, |s| s.must_cancel = false);
        }
    }
    Ok(())
}

/// A future that was yielded, but is of another loop or was not awaited.
#[cold]
fn refuse(th: &Thread, t: &Py<Task>, v: &Obj, same_loop: bool) -> Res<()> {
    match same_loop {
        false => fail(
            th,
            t,
            "Task ",
            t.obj(),
            Some((" got Future ", v, " attached to a different loop")),
        ),
        true => fail(
            th,
            t,
            "yield was used instead of yield from in task ",
            t.obj(),
            Some((" with ", v, "")),
        ),
    }
}

/// The next step throws a RuntimeError.
#[cold]
fn fail(
    th: &Thread,
    t: &Py<Task>,
    text: &str,
    what: &Obj,
    rest: Option<(&str, &Obj, &str)>,
) -> Res<()> {
    let mut all = format!("{text}{}", th.repr(what)?.to_rust());
    if let Some((between, other, end)) = rest {
        all.push_str(between);
        all.push_str(&th.repr(other)?.to_rust());
        all.push_str(end);
    }
    let e = th.runtime_error(all);
    call_step_soon(th, t, Some(e.into_obj()))
}
