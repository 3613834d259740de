//! Tasks: futures that run a coroutine. How they run it is `step`'s.

use super::future::{self, Future};
use super::registry::{self, Place};
use super::running;
use super::shared::{Known, kept, known, shared};
use super::step;
use crate::modules::contextvars;
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::Ordering;

/// A task's name.
#[derive(Clone, Default)]
pub enum Name {
    /// It is not initialised.
    #[default]
    None,
    /// `Task-N`
    Number(u64),
    /// Given.
    Text(Obj),
}

/// What a task holds besides its future's part.
#[derive(Default)]
pub struct TaskInner {
    pub coro: Option<Obj>,
    pub context: Option<Obj>,
    pub name: Name,
    /// What it waits for.
    pub waiter: Option<Obj>,
    /// `cancelling()`
    pub cancels: i64,
    /// The next step throws `CancelledError`.
    pub must_cancel: bool,
    /// To be destroyed while it is pending is worth a message.
    pub log_destroy: bool,
}

impl Trace for TaskInner {
    fn trace(&self, visit: Visit<'_>) {
        for o in [&self.coro, &self.context, &self.waiter] {
            o.trace(visit);
        }
        if let Name::Text(o) = &self.name {
            visit(o.value());
        }
    }
}

/// Payload of tasks.
#[repr(C)]
pub struct Task {
    future: Future,
    inner: Guarded<TaskInner>,
    place: Place,
}

static LAYOUT: Layout = Layout::of::<Task>("Task").extending(Future::LAYOUT);

// SAFETY: LAYOUT is of this type; the future is its first field.
unsafe impl Native for Task {
    const TYPE: TypeId = TypeId::Task;
    const LAYOUT: &'static Layout = &LAYOUT;
    const ATTRS: bool = true;
    fn traverse(&self, visit: Visit<'_>) {
        self.future.traverse(visit);
        self.inner.trace(visit);
    }
    fn clear(&self, th: &Thread) {
        self.future.clear(th);
        // SAFETY: called on the payload of a live object.
        let me = unsafe { crate::object::obj::owner_of(self) };
        self.inner.sever(th, me.head());
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // A runtime that ends drops what is left without a thread, and the list with it.
        if let Some(th) = crate::runtime::thread::try_current() {
            let address = self as *const Task as u64 - size_of::<Header>() as u64;
            registry::remove(th, address, &self.place);
        }
    }
}

impl Task {
    /// One that is not initialised.
    pub fn blank() -> Task {
        Task {
            future: Future::blank(),
            inner: Guarded::new(TaskInner::default()),
            place: Place::nowhere(),
        }
    }
    /// Where it is listed.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

impl Py<Task> {
    /// The task as a future.
    #[inline]
    pub fn future(&self) -> &Py<Future> {
        // SAFETY: the payload begins with the future's.
        unsafe { self.obj().cast_unchecked::<Future>() }
    }
    /// Runs `f` with what it holds (G1, G2 of `object::guarded`).
    #[inline]
    pub fn with<R>(&self, th: &Thread, f: impl FnOnce(&mut TaskInner) -> R) -> R {
        self.inner.with(th, self.head(), f)
    }
}

/// Whether the object is a coroutine, as `asyncio` understands it.
fn is_coroutine(th: &Thread, o: &Obj) -> Res<bool> {
    if th.type_of(o).id == Some(TypeId::Coroutine) {
        return Ok(true);
    }
    let r = th.call(&known(th, Known::IsCoroutine)?, std::slice::from_ref(o))?;
    th.truthy(&r)
}

/// The name that an argument stands for.
fn name_of(th: &Thread, o: &Obj) -> Res<Name> {
    Ok(Name::Text(kept(match o.is_exact::<Str>() {
        true => o.clone(),
        false => th.to_str(o)?.into_obj(),
    })))
}

/// `Task.__init__(coro, *, loop, name, context, eager_start)`
pub fn init(th: &Thread, t: &Py<Task>, a: Args<'_>) -> Res<()> {
    let coro = a.get(0);
    let given = |i: usize| a.opt(i).filter(|o| !o.is_none());
    future::init(th, t.future(), given(1))?;
    if !is_coroutine(th, coro)? {
        t.with(th, |s| s.log_destroy = false);
        let shown = th.repr(coro)?.to_rust();
        return Err(th.type_error(format!("a coroutine was expected, got {shown}")));
    }
    let name = match given(2) {
        Some(o) => name_of(th, o)?,
        None => Name::Number(shared(th).names.fetch_add(1, Ordering::Relaxed) + 1),
    };
    let context = match given(3) {
        Some(c) => c.clone(),
        None => contextvars::copy_current(th)?.into_obj(),
    };
    let eager = match a.opt(4) {
        Some(o) => th.truthy(o)?,
        None => false,
    };
    let new = TaskInner {
        coro: Some(kept(coro.clone())),
        context: Some(kept(context)),
        name,
        log_destroy: true,
        ..TaskInner::default()
    };
    let old = t.with(th, |s| std::mem::replace(s, new));
    drop(old);
    if eager {
        let event_loop = future::event_loop(th, t.future())?;
        let running = th.call_method_obj(&event_loop, &th.rt().names().is_running, &[])?;
        if th.truthy(&running)? {
            return start_eagerly(th, t, &event_loop);
        }
    }
    step::call_step_soon(th, t, None)?;
    registry::add(th, t);
    Ok(())
}

/// The first step at once, in the task's context; after it the task that was running before runs on.
fn start_eagerly(th: &Thread, t: &Py<Task>, event_loop: &Obj) -> Res<()> {
    let _depth = th.enter("")?;
    let before = running::swap(th, event_loop, Some(t.obj()))?;
    registry::add_eager(th, t.obj())?;
    let context = t.with(th, |s| s.context.clone()).unwrap_or(Obj::NONE);
    let entered = contextvars::enter(th, &context)?;
    let step = step::run_step(th, t, None);
    let swapped = running::swap(th, event_loop, before.as_ref());
    let unregistered = registry::remove_eager(th, t.obj());
    contextvars::leave(th, entered);
    if future::is_done(th, t.future()) {
        let coro = t.with(th, |s| s.coro.take());
        drop(coro);
    } else {
        registry::add(th, t);
    }
    step?;
    swapped?;
    unregistered
}

/// `cancel(msg)`: whether it will be thrown into the coroutine.
pub fn cancel(th: &Thread, t: &Py<Task>, msg: Option<&Obj>) -> Res<bool> {
    let pending = t.future().with(th, |s| {
        s.log_tb = false;
        s.phase == future::Phase::Pending
    });
    if !pending {
        return Ok(false);
    }
    let waiter = t.with(th, |s| {
        s.cancels += 1;
        s.waiter.clone()
    });
    let msg = msg.cloned().unwrap_or(Obj::NONE);
    if let Some(w) = waiter {
        if cancel_any(th, &w, &msg)? {
            return Ok(true);
        }
    }
    t.with(th, |s| s.must_cancel = true);
    let old = t.future().with(th, |s| s.cancel_msg.replace(kept(msg)));
    drop(old);
    Ok(true)
}

/// `future.cancel(msg=msg)` of a future of any kind.
pub fn cancel_any(th: &Thread, o: &Obj, msg: &Obj) -> Res<bool> {
    if let Some(t) = o.exact::<Task>() {
        let _depth = th.enter("")?;
        return cancel(th, t, Some(msg));
    }
    if let Some(f) = o.exact::<Future>() {
        return future::cancel(th, f, Some(msg.clone()));
    }
    let n = th.rt().names();
    let m = th.getattr_obj(o, &n.cancel)?;
    let r = th.call_args(
        &m,
        CallArgs {
            all: std::slice::from_ref(msg),
            kwnames: std::slice::from_ref(&n.msg),
        },
    )?;
    th.truthy(&r)
}

/// `uncancel()`: how many requests are left.
pub fn uncancel(th: &Thread, t: &Py<Task>) -> i64 {
    t.with(th, |s| {
        if s.cancels > 0 {
            s.cancels -= 1;
            if s.cancels == 0 {
                s.must_cancel = false;
            }
        }
        s.cancels
    })
}

/// `get_name()`
pub fn name(th: &Thread, t: &Py<Task>) -> Res {
    match t.with(th, |s| s.name.clone()) {
        Name::None => Ok(Obj::NONE),
        Name::Text(o) => Ok(o),
        Name::Number(n) => th.str(&format!("Task-{n}")),
    }
}

/// `set_name(value)`
pub fn set_name(th: &Thread, t: &Py<Task>, value: &Obj) -> Res<()> {
    let new = name_of(th, value)?;
    let old = t.with(th, |s| std::mem::replace(&mut s.name, new));
    drop(old);
    Ok(())
}

/// Tells the loop of a task that dies before it is done.
pub fn report(th: &Thread, t: &Py<Task>) -> Res<()> {
    let pending = t.future().with(th, |s| {
        (s.phase == future::Phase::Pending).then(|| (s.source_tb.clone(), s.event_loop.clone()))
    });
    if let Some((source, Some(event_loop))) = pending {
        if t.with(th, |s| s.log_destroy) {
            let context = th.new_dict()?;
            context.set_str(th, "task", t.obj().clone())?;
            context.set_str(
                th,
                "message",
                th.str("Task was destroyed but it is pending!")?,
            )?;
            if let Some(s) = source {
                context.set_str(th, "source_traceback", s)?;
            }
            future::tell_loop(th, &event_loop, context)?;
        }
    }
    future::report(th, t.future())
}
