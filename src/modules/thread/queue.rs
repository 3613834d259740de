//! `_queue`: `SimpleQueue`, an unbounded queue.

use crate::modules::prelude::*;
use crate::modules::time;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};
use threadsnake_threads::sync::{Condvar, Mutex};

/// `_queue`
pub static MODULE: ModuleDef = ModuleDef {
    types: &[("SimpleQueue", TypeId::SimpleQueue)],
    init: Some(|th, m| {
        let c = empty_class(th)?;
        put(th, m, "Empty", c)
    }),
    ..ModuleDef::new("_queue")
};

#[derive(Default)]
struct State(Slot);

fn empty_class(th: &Thread) -> Res {
    let s = &th.rt().module_state::<State>().0;
    exception_class(th, s, "_queue", "Empty", TypeId::Exception)
}

/// Payload of queues. `len` is the number of items, for those who wait.
#[derive(Default)]
pub struct Queue {
    items: Cell,
    len: AtomicUsize,
    waiting: AtomicUsize,
    mutex: Mutex<()>,
    more: Condvar,
}

struct Cell(Guarded<VecDeque<Obj>>);
impl Default for Cell {
    fn default() -> Self {
        Cell(Guarded::new(VecDeque::new()))
    }
}
impl Trace for Cell {
    fn trace(&self, visit: Visit<'_>) {
        self.0.trace(visit);
    }
    fn sever(&self, th: &Thread, head: &Header) {
        self.0.sever(th, head);
    }
}
native!(Queue, SimpleQueue, "SimpleQueue", items);

impl Py<Queue> {
    fn push(&self, th: &Thread, o: Obj) {
        if let Some(h) = o.header() {
            h.publish();
        }
        self.items.0.with(th, self.head(), |q| q.push_back(o));
        // SeqCst: ordered before the look at `waiting`, as a waiter's count is before its last look at `len`.
        self.len.fetch_add(1, Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            let g = self.mutex.lock();
            self.more.notify_one();
            drop(g);
        }
    }
    fn pop(&self, th: &Thread) -> Option<Obj> {
        let o = self.items.0.with(th, self.head(), VecDeque::pop_front)?;
        self.len.fetch_sub(1, Ordering::SeqCst);
        Some(o)
    }
}

fn put_item(th: &Thread, a: Args<'_>) -> Res {
    this::<Queue>(th, a.get(0))?.push(th, a.get(1).clone());
    Ok(Obj::NONE)
}

fn get(th: &Thread, a: Args<'_>) -> Res {
    let q = this::<Queue>(th, a.get(0))?;
    let block = match a.opt(1) {
        Some(b) => th.truthy(b)?,
        None => true,
    };
    if let (Some(t), true) = (a.opt_not_none(2), block)
        && th.to_f64(t)? < 0.0
    {
        return Err(th.value_error("'timeout' must be a non-negative number"));
    }
    if let Some(o) = q.pop(th) {
        return Ok(o);
    }
    if !block {
        let c = empty_class(th)?;
        return Err(raise_class(th, &c, &[]));
    }
    let end = match a.opt_not_none(2) {
        Some(t) => {
            let d = time::duration(th, t, "'timeout' must be a non-negative number")?;
            Instant::now().checked_add(d)
        }
        None => None,
    };
    q.waiting.fetch_add(1, Ordering::SeqCst);
    let r = loop {
        if let Some(o) = q.pop(th) {
            break Ok(Some(o));
        }
        match time::wait_until(th, end, |slice| {
            let mut g = q.mutex.lock();
            if q.len.load(Ordering::SeqCst) == 0 {
                q.more
                    .wait_for(&mut g, slice.unwrap_or(Duration::from_millis(20)));
            }
            q.len.load(Ordering::SeqCst) > 0
        }) {
            Ok(true) => {}
            Ok(false) => break Ok(q.pop(th)),
            Err(e) => break Err(e),
        }
    };
    q.waiting.fetch_sub(1, Ordering::SeqCst);
    match r? {
        Some(o) => Ok(o),
        None => {
            let c = empty_class(th)?;
            Err(raise_class(th, &c, &[]))
        }
    }
}

/// `SimpleQueue`
pub static DEF: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::WEAKREFABLE,
    slots: Slots {
        new: Some(|th, cls, _| Ok(th.alloc_as(cls, Queue::default())?.into_obj())),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("put", "($self, item, block=True, timeout=None)", put_item),
        MethodDef::new("put_nowait", "($self, item)", put_item),
        MethodDef::new("get", "($self, block=True, timeout=None)", get),
        MethodDef::new("get_nowait", "($self, /)", |th, a| {
            match this::<Queue>(th, a.get(0))?.pop(th) {
                Some(o) => Ok(o),
                None => {
                    let c = empty_class(th)?;
                    Err(raise_class(th, &c, &[]))
                }
            }
        }),
        MethodDef::new("empty", "($self, /)", |th, a| {
            let q = this::<Queue>(th, a.get(0))?;
            Ok(Obj::bool(q.len.load(Ordering::Relaxed) == 0))
        }),
        MethodDef::new("qsize", "($self, /)", |th, a| {
            let q = this::<Queue>(th, a.get(0))?;
            Ok(Obj::small_int(q.len.load(Ordering::Relaxed) as i64))
        }),
        CLASS_GETITEM,
    ],
    ..TypeDef::new(TypeId::SimpleQueue, "_queue.SimpleQueue", Queue::LAYOUT)
};
