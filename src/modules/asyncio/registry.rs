//! The tasks that are not done, for `all_tasks`.
//!
//! A task that is waiting is referred to by what it waits for; the registry must not keep it alive. It holds addresses:
//!
//! - R1: a task that is listed knows its shard and its place there. The shard is chosen once by a compare-and-swap (that of
//!   the thread that lists it), places are read and written under the shard's lock.
//! - R2: a task takes itself out when it is done, and at the latest when its payload is dropped, under the shard's lock: so
//!   while that is held, each address in the shard is a task's.
//! - R3: who reads an address counts it by `upgrade_raw`, which refuses a task that dies; it is PUBLISHED when it is
//!   listed, so in Multi one whose count came to zero waits for a grace period, and may be counted again until then.
//! - R4: under a shard's lock no Python runs and nothing is dropped.

use super::future;
use super::shared::{Known, keep_first, known, shared};
use super::task::Task;
use crate::builtins::weakref::upgrade_raw;
use crate::modules::prelude::*;
use crate::object::set::Set;
use threadsnake_threads::sync::Mutex;
use threadsnake_threads::sync::atomic::{AtomicU32, Ordering};

const SHARDS: usize = 64;
const NOWHERE: u32 = u32::MAX;

/// The tasks that threads of one number in the runtime have listed: addresses of their headers.
#[repr(align(64))]
#[derive(Default)]
struct Shard(Mutex<Vec<u64>>);

struct Shards([Shard; SHARDS]);

impl Default for Shards {
    fn default() -> Self {
        Shards(std::array::from_fn(|_| Shard::default()))
    }
}

/// Where a task is listed (R1).
pub struct Place {
    shard: AtomicU32,
    at: AtomicU32,
}

impl Place {
    /// Nowhere.
    pub const fn nowhere() -> Place {
        Place {
            shard: AtomicU32::new(NOWHERE),
            at: AtomicU32::new(NOWHERE),
        }
    }
}

/// Lists the task.
pub fn add(th: &Thread, task: &Py<Task>) {
    let mine = th.slot() as u32 % SHARDS as u32;
    let place = task.place();
    if place
        .shard
        .compare_exchange(NOWHERE, mine, Ordering::AcqRel, Ordering::Acquire)
        .is_err()
    {
        return;
    }
    // R3
    task.head().publish();
    let mut list = th.rt().module_state::<Shards>().0[mine as usize].0.lock();
    place.at.store(list.len() as u32, Ordering::Relaxed);
    list.push(task.obj().value().0);
}

/// Takes the task with this address out, if it is listed.
pub fn remove(th: &Thread, address: u64, place: &Place) {
    let shard = place.shard.load(Ordering::Acquire);
    if shard == NOWHERE {
        return;
    }
    let mut list = th.rt().module_state::<Shards>().0[shard as usize].0.lock();
    let at = place.at.load(Ordering::Relaxed) as usize;
    // Not so where it is about to be listed by another thread, or where the runtime ends and has dropped the list.
    if list.get(at) != Some(&address) {
        return;
    }
    list.swap_remove(at);
    if let Some(moved) = list.get(at) {
        // SAFETY: R2: a task's address. Only the place is touched, which is atomic.
        let moved = unsafe { &*((*moved + size_of::<Header>() as u64) as *const Task) };
        moved.place().at.store(at as u32, Ordering::Relaxed);
    }
    place.at.store(NOWHERE, Ordering::Relaxed);
    place.shard.store(NOWHERE, Ordering::Release);
}

/// The tasks that are listed.
fn listed(th: &Thread) -> Vec<Obj> {
    let mut found = Vec::new();
    for shard in &th.rt().module_state::<Shards>().0 {
        let list = shard.0.lock();
        // R3
        found.extend(list.iter().filter_map(|a| upgrade_raw(th, *a)));
    }
    found
}

fn foreign(th: &Thread) -> Res {
    let slot = &shared(th).foreign;
    match slot.get() {
        Some(s) => Ok(s),
        None => keep_first(slot, th.call(&known(th, Known::WeakSet)?, &[])?),
    }
}

fn eager(th: &Thread) -> Res<Py<Set>> {
    let slot = &shared(th).eager;
    let s = match slot.get() {
        Some(s) => s,
        None => keep_first(slot, th.call(th.ty(TypeId::Set).obj(), &[])?)?,
    };
    s.into_py::<Set>()
        .map_err(|_| th.system_error("the set of eager tasks is none"))
}

/// The task is in its first, eager step.
pub fn add_eager(th: &Thread, task: &Obj) -> Res<()> {
    let hash = th.hash(task)? as u64;
    let s = eager(th)?;
    s.table.add(th, s.head(), task, hash).map(drop)
}

/// Its first step is done.
pub fn remove_eager(th: &Thread, task: &Obj) -> Res<()> {
    let hash = th.hash(task)? as u64;
    let s = eager(th)?;
    s.table.remove(th, s.head(), task, hash).map(drop)
}

pub(super) fn register(th: &Thread, a: Args<'_>) -> Res {
    match a.get(0).cast::<Task>() {
        Some(t) => {
            add(th, t);
            Ok(Obj::NONE)
        }
        None => th.call_method(&foreign(th)?, "add", &[a.get(0).clone()]),
    }
}

pub(super) fn unregister(th: &Thread, a: Args<'_>) -> Res {
    match a.get(0).cast::<Task>() {
        Some(t) => {
            remove(th, t.obj().value().0, t.place());
            Ok(Obj::NONE)
        }
        None => th.call_method(&foreign(th)?, "discard", &[a.get(0).clone()]),
    }
}

pub(super) fn register_eager(th: &Thread, a: Args<'_>) -> Res {
    add_eager(th, a.get(0))?;
    Ok(Obj::NONE)
}

pub(super) fn unregister_eager(th: &Thread, a: Args<'_>) -> Res {
    remove_eager(th, a.get(0))?;
    Ok(Obj::NONE)
}

pub(super) fn all_tasks(th: &Thread, a: Args<'_>) -> Res {
    let event_loop = match a.opt(0).filter(|l| !l.is_none()) {
        Some(l) => l.clone(),
        None => super::running::loop_or_error(th)?,
    };
    // The eager ones first: one that becomes an ordinary task meanwhile is not missed.
    let mut tasks = match shared(th).eager.get() {
        Some(s) => match s.cast::<Set>() {
            Some(s) => s.table.items_now(th, s.head()),
            None => Vec::new(),
        },
        None => Vec::new(),
    };
    tasks.append(&mut listed(th));
    if let Some(s) = shared(th).foreign.get() {
        tasks.append(&mut th.collect(&s)?);
    }
    let mut wanted = Vec::new();
    for t in tasks {
        let done = match t.exact::<Task>() {
            Some(t) => future::is_done(th, t.future()),
            None => {
                let done = th.call_method_obj(&t, &th.rt().names().done, &[])?;
                th.truthy(&done)?
            }
        };
        if !done && future_loop(th, &t)?.is(&event_loop) {
            wanted.push(t);
        }
    }
    let wanted = th.list(wanted)?;
    th.call(th.ty(TypeId::Set).obj(), &[wanted])
}

/// The loop of a future of any kind.
pub fn future_loop(th: &Thread, o: &Obj) -> Res {
    if let Some(f) = future::own(o) {
        return Ok(f.with(th, |s| s.event_loop.clone()).unwrap_or(Obj::NONE));
    }
    let n = th.rt().names();
    match th.getattr_opt_obj(o, &n.get_loop)? {
        Some(get) => th.call(&get, &[]),
        None => th.getattr_obj(o, &n._loop),
    }
}
