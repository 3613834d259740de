//! Futures: what they hold, and what can be done with them.

use super::registry;
use super::shared::{Known, call_soon, invalid_state, kept, known};
use super::task::Task;
use crate::modules::prelude::*;
use crate::object::exception::BaseException;
use crate::record::late;
use smallvec::SmallVec;

/// How far a future is.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Neither done nor cancelled.
    #[default]
    Pending,
    /// Cancelled.
    Cancelled,
    /// It has a result or an exception.
    Finished,
}

impl Phase {
    /// As Python says it.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Pending => "PENDING",
            Phase::Cancelled => "CANCELLED",
            Phase::Finished => "FINISHED",
        }
    }
}

/// Functions to call when a future is done, each with its context.
pub type Callbacks = SmallVec<[(Obj, Obj); 1]>;

/// Who awaits a future.
#[derive(Clone, Default)]
pub enum AwaitedBy {
    /// Nobody.
    #[default]
    None,
    /// One future or task.
    One(Obj),
    /// Several: a set.
    Set(Obj),
}

/// What a future holds.
#[derive(Default)]
pub struct Inner {
    /// Its loop; none before it is initialised.
    pub event_loop: Option<Obj>,
    pub callbacks: Callbacks,
    pub result: Option<Obj>,
    pub exception: Option<Obj>,
    /// The traceback of the exception when it was set.
    pub exception_tb: Option<Obj>,
    /// Where it was made, in debug mode.
    pub source_tb: Option<Obj>,
    pub cancel_msg: Option<Obj>,
    /// The `CancelledError` that ended a task, to be raised once.
    pub cancelled_exc: Option<Obj>,
    pub awaited_by: AwaitedBy,
    pub phase: Phase,
    /// It was yielded by `await`, not by `yield`.
    pub blocking: bool,
    /// Its exception is to be logged, because nobody has asked for it.
    pub log_tb: bool,
}

impl Trace for Inner {
    fn trace(&self, visit: Visit<'_>) {
        let words = [
            &self.event_loop,
            &self.result,
            &self.exception,
            &self.exception_tb,
            &self.source_tb,
            &self.cancel_msg,
            &self.cancelled_exc,
        ];
        for o in words {
            o.trace(visit);
        }
        for (f, context) in &self.callbacks {
            visit(f.value());
            visit(context.value());
        }
        if let AwaitedBy::One(o) | AwaitedBy::Set(o) = &self.awaited_by {
            visit(o.value());
        }
    }
}

/// Payload of futures.
#[repr(C)]
pub struct Future {
    inner: Guarded<Inner>,
}

static LAYOUT: Layout = Layout::of::<Future>("Future");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Future {
    const TYPE: TypeId = TypeId::Future;
    const LAYOUT: &'static Layout = &LAYOUT;
    const ATTRS: bool = true;
    fn traverse(&self, visit: Visit<'_>) {
        self.inner.trace(visit);
    }
    fn clear(&self, th: &Thread) {
        // SAFETY: called on the payload of a live object; that of a task begins with its future's.
        let me = unsafe { crate::object::obj::owner_of(self) };
        self.inner.sever(th, me.head());
    }
}

impl Future {
    /// One that is not initialised.
    pub fn blank() -> Future {
        Future {
            inner: Guarded::new(Inner::default()),
        }
    }
}

impl Py<Future> {
    /// Runs `f` with what it holds (G1, G2 of `object::guarded`).
    #[inline]
    pub fn with<R>(&self, th: &Thread, f: impl FnOnce(&mut Inner) -> R) -> R {
        self.inner.with(th, self.head(), f)
    }
}

/// The object as a future that no class written in Python has changed: exactly a `Future` or a `Task`.
#[inline]
pub fn own(o: &Obj) -> Option<&Py<Future>> {
    match o.is_exact::<Future>() || o.is_exact::<Task>() {
        // SAFETY: the payload of a task begins with its future's.
        true => Some(unsafe { o.cast_unchecked::<Future>() }),
        false => None,
    }
}

/// That of a future whose `__init__` was not called.
#[cold]
pub fn uninitialised(th: &Thread) -> Exc {
    th.runtime_error("Future object is not initialized.")
}

/// Its loop.
pub fn event_loop(th: &Thread, f: &Py<Future>) -> Res {
    f.with(th, |s| s.event_loop.clone())
        .ok_or_else(|| uninitialised(th))
}

/// `Future.__init__(loop=event_loop)`
pub fn init(th: &Thread, f: &Py<Future>, event_loop: Option<&Obj>) -> Res<()> {
    let event_loop = match event_loop.filter(|l| !l.is_none()) {
        Some(l) => l.clone(),
        None => super::running::loop_or_policy(th)?,
    };
    let new = Inner {
        event_loop: Some(kept(event_loop.clone())),
        ..Inner::default()
    };
    let old = f.with(th, |s| std::mem::replace(s, new));
    drop(old);
    let debug = th.call_method_obj(&event_loop, &th.rt().names().get_debug, &[])?;
    if th.truthy(&debug)? {
        let stack = th.call(&known(th, Known::ExtractStack)?, &[])?;
        let old = f.with(th, |s| s.source_tb.replace(kept(stack)));
        drop(old);
    }
    Ok(())
}

/// Whether it is done or cancelled.
#[inline]
pub fn is_done(th: &Thread, f: &Py<Future>) -> bool {
    f.with(th, |s| s.phase != Phase::Pending)
}

/// Has the loop call those that wait for it to be done.
fn schedule(th: &Thread, f: &Py<Future>) -> Res<()> {
    if let Some(t) = f.obj().cast::<Task>() {
        registry::remove(th, t.obj().value().0, t.place());
    }
    let (callbacks, event_loop) = f.with(th, |s| {
        (std::mem::take(&mut s.callbacks), s.event_loop.clone())
    });
    let Some(event_loop) = event_loop else {
        return Ok(());
    };
    for (function, context) in callbacks {
        call_soon(th, &event_loop, function, Some(f.obj()), &context)?;
    }
    Ok(())
}

/// Takes it from pending to finished; what `change` takes out is dropped after. `None`: it was not pending.
fn finish<R>(th: &Thread, f: &Py<Future>, change: impl FnOnce(&mut Inner) -> R) -> Option<R> {
    let done = f.with(th, |s| match s.phase {
        Phase::Pending => {
            s.phase = Phase::Finished;
            Ok(change(s))
        }
        // What it holds is dropped outside (G1).
        _ => Err(change),
    });
    done.ok()
}

/// It must have been initialised.
fn check(th: &Thread, f: &Py<Future>) -> Res<()> {
    event_loop(th, f).map(drop)
}

/// `set_result`, also of tasks.
pub fn set_result(th: &Thread, f: &Py<Future>, result: Obj) -> Res<()> {
    check(th, f)?;
    let result = kept(result);
    match finish(th, f, |s| s.result.replace(result)) {
        None => Err(invalid_state(th, "invalid state")),
        Some(old) => {
            drop(old);
            schedule(th, f)
        }
    }
}

/// `set_exception`, also of tasks.
pub fn set_exception(th: &Thread, f: &Py<Future>, exception: &Obj) -> Res<()> {
    check(th, f)?;
    if is_done(th, f) {
        return Err(invalid_state(th, "invalid state"));
    }
    let made = match exception.cast::<Type>() {
        Some(t) if t.is_subtype_of(th.ty(TypeId::BaseException)) => th.call(exception, &[])?,
        _ => exception.clone(),
    };
    let Some(e) = made.cast::<BaseException>() else {
        return Err(th.type_error("invalid exception object"));
    };
    let e = match th.is_a(&made, TypeId::StopIteration) {
        false => e.clone(),
        true => {
            let new = th.runtime_error(
                "StopIteration interacts badly with generators and cannot be raised into a Future",
            );
            new.0.cause.set(th, Some(made.clone()));
            new.0.context.set(th, Some(made.clone()));
            new.0
                .suppress
                .store(true, threadsnake_threads::sync::atomic::Ordering::Relaxed);
            new.0
        }
    };
    let traceback = late::traceback(th, &e).map(kept);
    let e = kept(e.into_obj());
    let done = finish(th, f, |s| {
        s.log_tb = true;
        (
            s.exception.replace(e),
            std::mem::replace(&mut s.exception_tb, traceback),
        )
    });
    match done {
        None => Err(invalid_state(th, "invalid state")),
        Some(old) => {
            drop(old);
            schedule(th, f)
        }
    }
}

/// `Future.cancel`: whether it was pending.
pub fn cancel(th: &Thread, f: &Py<Future>, msg: Option<Obj>) -> Res<bool> {
    let mut msg = msg.map(kept);
    let done = f.with(th, |s| {
        s.log_tb = false;
        let pending = s.phase == Phase::Pending;
        if pending {
            s.phase = Phase::Cancelled;
            std::mem::swap(&mut s.cancel_msg, &mut msg);
        }
        pending
    });
    drop(msg);
    if done {
        schedule(th, f)?;
    }
    Ok(done)
}

/// The `CancelledError` to raise, made unless a task has ended by one.
pub fn cancelled_error(th: &Thread, f: &Py<Future>) -> Res {
    let (ready, msg) = f.with(th, |s| (s.cancelled_exc.take(), s.cancel_msg.clone()));
    if let Some(e) = ready {
        return Ok(e);
    }
    let class = known(th, Known::CancelledError)?;
    match msg.filter(|m| !m.is_none()) {
        Some(m) => th.call(&class, &[m]),
        None => th.call(&class, &[]),
    }
}

/// What a future comes to.
enum Outcome {
    Uninitialised,
    Pending,
    Cancelled,
    Result(Obj),
    Raise(Obj, Option<Obj>),
}

/// `result()`
pub fn result(th: &Thread, f: &Py<Future>) -> Res {
    let outcome = f.with(th, |s| match s.phase {
        _ if s.event_loop.is_none() => Outcome::Uninitialised,
        Phase::Pending => Outcome::Pending,
        Phase::Cancelled => Outcome::Cancelled,
        Phase::Finished => {
            s.log_tb = false;
            match &s.exception {
                Some(e) => Outcome::Raise(e.clone(), s.exception_tb.clone()),
                None => Outcome::Result(s.result.clone().unwrap_or(Obj::NONE)),
            }
        }
    });
    match outcome {
        Outcome::Result(r) => Ok(r),
        Outcome::Uninitialised => Err(invalid_state(th, "Future object is not initialized.")),
        Outcome::Pending => Err(invalid_state(th, "Result is not set.")),
        Outcome::Cancelled => Err(raise(th, &cancelled_error(th, f)?)),
        Outcome::Raise(e, traceback) => {
            let e = raise(th, &e);
            e.0.raw_traceback.set(th, traceback);
            Err(e)
        }
    }
}

/// `exception()`
pub fn exception(th: &Thread, f: &Py<Future>) -> Res {
    let outcome = f.with(th, |s| match s.phase {
        _ if s.event_loop.is_none() => Outcome::Uninitialised,
        Phase::Pending => Outcome::Pending,
        Phase::Cancelled => Outcome::Cancelled,
        Phase::Finished => {
            if s.exception.is_some() {
                s.log_tb = false;
            }
            Outcome::Result(s.exception.clone().unwrap_or(Obj::NONE))
        }
    });
    match outcome {
        Outcome::Result(r) | Outcome::Raise(r, _) => Ok(r),
        Outcome::Uninitialised => Err(invalid_state(th, "Future object is not initialized.")),
        Outcome::Pending => Err(invalid_state(th, "Exception is not set.")),
        Outcome::Cancelled => Err(raise(th, &cancelled_error(th, f)?)),
    }
}

/// `add_done_callback(function, context=context)`
pub fn add_callback(th: &Thread, f: &Py<Future>, function: Obj, context: Obj) -> Res<()> {
    let entry = (kept(function), kept(context));
    let done = f.with(th, |s| match (s.phase, &s.event_loop) {
        (_, None) => Err((None, entry)),
        (Phase::Pending, _) => {
            s.callbacks.push(entry);
            Ok(())
        }
        (_, Some(l)) => Err((Some(l.clone()), entry)),
    });
    match done {
        Ok(()) => Ok(()),
        Err((None, _)) => Err(th.runtime_error("uninitialized Future object")),
        Err((Some(l), (function, context))) => call_soon(th, &l, function, Some(f.obj()), &context),
    }
}

/// `remove_done_callback(function)`: how many there were.
pub fn remove_callback(th: &Thread, f: &Py<Future>, function: &Obj) -> Res<usize> {
    check(th, f)?;
    let now = f.with(th, |s| s.callbacks.clone());
    let mut gone = Callbacks::new();
    for entry in now {
        if entry.0.is(function) || th.eq(&entry.0, function)? {
            gone.push(entry);
        }
    }
    // Comparing may have changed the list: of those that are still there, the ones that were found equal go.
    let mut out = Callbacks::new();
    f.with(th, |s| {
        let before = std::mem::take(&mut s.callbacks);
        for entry in before {
            let same = |g: &(Obj, Obj)| g.0.is(&entry.0) && g.1.is(&entry.1);
            match gone.iter().any(same) {
                true => out.push(entry),
                false => s.callbacks.push(entry),
            }
        }
    });
    Ok(out.len())
}

/// Records that `future` is awaited by `waiter`, where both are ours.
pub fn add_awaited_by(th: &Thread, future: &Obj, waiter: &Obj) -> Res<()> {
    let (Some(f), Some(_)) = (future.cast::<Future>(), waiter.cast::<Future>()) else {
        return Ok(());
    };
    let mut new = Some(kept(waiter.clone()));
    let others = f.with(th, |s| match &s.awaited_by {
        AwaitedBy::None => {
            if let Some(new) = new.take() {
                s.awaited_by = AwaitedBy::One(new);
            }
            AwaitedBy::None
        }
        some => some.clone(),
    });
    match others {
        AwaitedBy::None => Ok(()),
        AwaitedBy::One(o) if o.is(waiter) => Ok(()),
        AwaitedBy::One(o) => {
            let both = th.list(vec![o.clone(), waiter.clone()])?;
            let set = kept(th.call(th.ty(TypeId::Set).obj(), &[both])?);
            let mut both = AwaitedBy::Set(set);
            let done = f.with(th, |s| match &s.awaited_by {
                AwaitedBy::One(now) if now.is(&o) => {
                    std::mem::swap(&mut s.awaited_by, &mut both);
                    true
                }
                _ => false,
            });
            drop(both);
            match done {
                true => Ok(()),
                false => add_awaited_by(th, future, waiter),
            }
        }
        AwaitedBy::Set(s) => th
            .call_method(&s, "add", std::slice::from_ref(waiter))
            .map(drop),
    }
}

/// Undoes [`add_awaited_by`].
pub fn discard_awaited_by(th: &Thread, future: &Obj, waiter: &Obj) -> Res<()> {
    let (Some(f), Some(_)) = (future.cast::<Future>(), waiter.cast::<Future>()) else {
        return Ok(());
    };
    let found = f.with(th, |s| match &s.awaited_by {
        AwaitedBy::One(o) if o.is(waiter) => std::mem::take(&mut s.awaited_by),
        AwaitedBy::Set(o) => AwaitedBy::Set(o.clone()),
        _ => AwaitedBy::None,
    });
    match found {
        AwaitedBy::Set(s) => th
            .call_method(&s, "discard", std::slice::from_ref(waiter))
            .map(drop),
        _ => Ok(()),
    }
}

/// Tells the loop of a future that dies with an exception that nobody has asked for.
pub fn report(th: &Thread, f: &Py<Future>) -> Res<()> {
    let (exception, source, event_loop) = match f.with(th, |s| {
        let log = std::mem::take(&mut s.log_tb);
        log.then(|| {
            (
                s.exception.clone(),
                s.source_tb.clone(),
                s.event_loop.clone(),
            )
        })
    }) {
        Some((Some(e), source, Some(l))) => (e, source, l),
        _ => return Ok(()),
    };
    let text = format!("{} exception was never retrieved", th.type_name(f.obj()));
    let context = th.new_dict()?;
    context.set_str(th, "message", th.str(&text)?)?;
    context.set_str(th, "exception", exception)?;
    context.set_str(th, "future", f.obj().clone())?;
    if let Some(s) = source {
        context.set_str(th, "source_traceback", s)?;
    }
    tell_loop(th, &event_loop, context)
}

/// `loop.call_exception_handler(context)`; what that raises is unraisable.
pub fn tell_loop(th: &Thread, event_loop: &Obj, context: Py<Dict>) -> Res<()> {
    let name = &th.rt().names().call_exception_handler;
    if let Err(e) = th.call_method_obj(event_loop, name, &[context.into_obj()]) {
        th.unraisable(
            e,
            "Exception ignored while calling exception handler",
            Some(event_loop),
        );
    }
    Ok(())
}
