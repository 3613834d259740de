//! What each thread is running: its loop, and the task that the loop has entered.
//!
//! Both lie with the thread, which alone writes them. Others look for the task of a loop that runs elsewhere
//! (`current_task(loop)`): every thread that ever ran a loop is listed with the runtime.

use super::shared::{self, Known};
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};
use threadsnake_threads::sync::{Arc, Mutex, Weak};

/// A thread's loop and task. Written by the thread itself, read by any.
struct Running {
    event_loop: Slot,
    task: Slot,
}

/// The part that lies with the thread.
struct Mine {
    running: Arc<Running>,
    /// Whether `Everyone` knows of it. The thread's own.
    listed: AtomicBool,
}

impl Default for Mine {
    fn default() -> Self {
        Mine {
            running: Arc::new(Running {
                event_loop: Slot::empty(),
                task: Slot::empty(),
            }),
            listed: AtomicBool::new(false),
        }
    }
}

/// The threads of a runtime that have run a loop.
#[derive(Default)]
struct Everyone(Mutex<Vec<Weak<Running>>>);

fn mine(th: &Thread) -> &Mine {
    th.locals.get::<Mine>()
}

fn list(th: &Thread, m: &Mine) {
    if !m.listed.swap(true, Ordering::Relaxed) {
        let mut all = th.rt().module_state::<Everyone>().0.lock();
        all.retain(|w| w.strong_count() > 0);
        all.push(Arc::downgrade(&m.running));
    }
}

/// The calling thread's loop.
#[inline]
pub fn running_loop(th: &Thread) -> Option<Obj> {
    mine(th).running.event_loop.get()
}

/// The calling thread's loop; an error where there is none.
pub fn loop_or_error(th: &Thread) -> Res {
    running_loop(th).ok_or_else(|| th.runtime_error("no running event loop"))
}

/// The calling thread's loop, or the one that the policy gives.
pub fn loop_or_policy(th: &Thread) -> Res {
    if let Some(l) = running_loop(th) {
        return Ok(l);
    }
    let policy = th.call(&shared::known(th, Known::Policy)?, &[])?;
    th.call_method(&policy, "get_event_loop", &[])
}

/// The calling thread's loop must be this one.
fn check_loop(th: &Thread, m: &Mine, event_loop: &Obj) -> Res<()> {
    if m.running.event_loop.raw() == event_loop.value() {
        return Ok(());
    }
    let shown = th.repr(event_loop)?.to_rust();
    Err(th.runtime_error(format!("loop {shown} is not the running loop")))
}

/// The loop begins to run the task.
#[inline]
pub fn enter(th: &Thread, event_loop: &Obj, task: &Obj) -> Res<()> {
    let m = mine(th);
    check_loop(th, m, event_loop)?;
    if let Some(other) = m.running.task.get() {
        let (task, other) = (th.repr(task)?.to_rust(), th.repr(&other)?.to_rust());
        return Err(th.runtime_error(format!(
            "Cannot enter into task {task} while another task {other} is being executed."
        )));
    }
    m.running.task.set(th, Some(task.clone()));
    Ok(())
}

/// The loop stops running the task.
#[inline]
pub fn leave(th: &Thread, event_loop: &Obj, task: &Obj) -> Res<()> {
    let m = mine(th);
    check_loop(th, m, event_loop)?;
    if m.running.task.raw() != task.value() {
        let now = m.running.task.get().unwrap_or(Obj::NONE);
        let (task, now) = (th.repr(task)?.to_rust(), th.repr(&now)?.to_rust());
        return Err(th.runtime_error(format!(
            "Invalid attempt to leave task {task} while task {now} is entered."
        )));
    }
    m.running.task.set(th, None);
    Ok(())
}

/// The loop runs this task (None: no task); gives the one that it ran before.
pub fn swap(th: &Thread, event_loop: &Obj, task: Option<&Obj>) -> Res<Option<Obj>> {
    let m = mine(th);
    check_loop(th, m, event_loop)?;
    Ok(m.running.task.swap(th, task.cloned()))
}

pub(super) fn get_running_loop(th: &Thread, _: Args<'_>) -> Res {
    loop_or_error(th)
}

pub(super) fn running_loop_or_none(th: &Thread, _: Args<'_>) -> Res {
    Ok(running_loop(th).unwrap_or(Obj::NONE))
}

pub(super) fn get_event_loop(th: &Thread, _: Args<'_>) -> Res {
    loop_or_policy(th)
}

pub(super) fn set_running_loop(th: &Thread, a: Args<'_>) -> Res {
    let m = mine(th);
    list(th, m);
    let new = Some(a.get(0).clone()).filter(|l| !l.is_none());
    m.running.event_loop.set(th, new);
    Ok(Obj::NONE)
}

pub(super) fn enter_task(th: &Thread, a: Args<'_>) -> Res {
    enter(th, a.get(0), a.get(1))?;
    Ok(Obj::NONE)
}

pub(super) fn leave_task(th: &Thread, a: Args<'_>) -> Res {
    leave(th, a.get(0), a.get(1))?;
    Ok(Obj::NONE)
}

pub(super) fn swap_current_task(th: &Thread, a: Args<'_>) -> Res {
    let task = Some(a.get(1)).filter(|t| !t.is_none());
    Ok(swap(th, a.get(0), task)?.unwrap_or(Obj::NONE))
}

pub(super) fn current_task(th: &Thread, a: Args<'_>) -> Res {
    let event_loop = match a.opt(0).filter(|l| !l.is_none()) {
        Some(l) => l.clone(),
        None => loop_or_error(th)?,
    };
    let own = &mine(th).running;
    if own.event_loop.raw() == event_loop.value() {
        return Ok(own.task.get().unwrap_or(Obj::NONE));
    }
    // Kept until the lock is free again: the last one drops references.
    let others: Vec<Arc<Running>> = {
        let all = th.rt().module_state::<Everyone>().0.lock();
        all.iter().filter_map(Weak::upgrade).collect()
    };
    let found = others
        .iter()
        .find(|r| r.event_loop.raw() == event_loop.value());
    Ok(found.and_then(|r| r.task.get()).unwrap_or(Obj::NONE))
}
