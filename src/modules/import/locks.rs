//! Who imports which module: threads that want a module which another one is importing wait for it, unless that would be a
//! deadlock (two threads importing two modules that import each other): then they get the module as it is, as CPython
//! does.
//!
//! - K1: a name is in `owners` from `acquire` until the `Claim` is dropped, `count` says how many there are.
//! - K2: `waiting` has an edge from a waiting thread to the name that it waits for; who would close a cycle does not wait.

use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use foldhash::HashMap;
use std::time::Duration;
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};
use threadsnake_threads::sync::{Condvar, Mutex};

/// See the module's head. Part of the runtime's state.
#[derive(Default)]
pub struct Importing {
    inner: Mutex<Inner>,
    done: Condvar,
    count: AtomicUsize,
}

#[derive(Default)]
struct Inner {
    owners: HashMap<Box<str>, u64>,
    waiting: HashMap<u64, Box<str>>,
}

/// What `acquire` found.
pub enum Claim<'a> {
    /// The name is the caller's until this is dropped.
    Mine(Held<'a>),
    /// The caller itself is importing it, or waiting would be a deadlock.
    Partial,
}

/// A claimed name.
pub struct Held<'a> {
    all: &'a Importing,
    name: Box<str>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut i = self.all.inner.lock();
        i.owners.remove(&self.name);
        self.all.count.fetch_sub(1, Ordering::Release);
        drop(i);
        self.all.done.notify_all();
    }
}

impl Importing {
    /// In a copy of the process: what other threads were importing is nobody's any more.
    pub fn after_fork(&self, th: &Thread) {
        // SAFETY: this is the only thread of the copy, and it is not in here.
        unsafe { threadsnake_threads::sync::renew(&self.inner) };
        let mut i = self.inner.lock();
        i.waiting.clear();
        i.owners.retain(|_, owner| *owner == th.ident);
        self.count.store(i.owners.len(), Ordering::Release);
    }
    /// Whether some thread is importing anything at all.
    pub fn any(&self) -> bool {
        self.count.load(Ordering::Acquire) != 0
    }
    /// Whether the module is being imported by some thread.
    pub fn is_importing(&self, name: &str) -> bool {
        self.any() && self.inner.lock().owners.contains_key(name)
    }

    /// Claims a name, waiting for whoever has it.
    pub fn acquire(&self, th: &Thread, name: &str) -> Res<Claim<'_>> {
        let me = th.ident;
        loop {
            {
                let mut i = self.inner.lock();
                match i.owners.get(name) {
                    None => {
                        i.owners.insert(name.into(), me);
                        self.count.fetch_add(1, Ordering::Release);
                        return Ok(Claim::Mine(Held {
                            all: self,
                            name: name.into(),
                        }));
                    }
                    Some(&o) if o == me => return Ok(Claim::Partial),
                    Some(&o) => {
                        // K2
                        let mut at = o;
                        let mut steps = 0;
                        while let Some(next) = i.waiting.get(&at).and_then(|n| i.owners.get(n)) {
                            at = *next;
                            steps += 1;
                            if at == me || steps > 4096 {
                                return Ok(Claim::Partial);
                            }
                        }
                        i.waiting.insert(me, name.into());
                    }
                }
            }
            th.blocking(|| {
                let mut i = self.inner.lock();
                if i.owners.contains_key(name) {
                    self.done.wait_for(&mut i, Duration::from_millis(50));
                }
            });
            self.inner.lock().waiting.remove(&me);
            th.poll()?;
        }
    }
}
