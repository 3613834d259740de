//! What changes the order of a dict's entries: for `OrderedDict`.
//!
//! To the end an entry is moved by appending it anew; to the front by writing it into the gap before the first entry, which
//! a new table is given when there is none. Either way the new place is published before the old one is emptied (D5), so a
//! reader without lock finds the key at every moment.

use super::{Dict, Found, Table};
use crate::object::obj::{Obj, Py};
use crate::object::value::Value;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

impl Table {
    /// Whether no live entry comes after (before) entry `i`.
    fn is_outermost(&self, i: usize, last: bool) -> bool {
        let empty = |n: usize| self.entry(n).key.load(Ordering::Relaxed) == 0;
        if last {
            let mut top = self.top.load(Ordering::Relaxed) as usize;
            while top > i + 1 && empty(top - 1) {
                top -= 1;
            }
            self.top.store(top as u32, Ordering::Relaxed);
            top == i + 1
        } else {
            let mut first = self.first.load(Ordering::Relaxed) as usize;
            while first < i && empty(first) {
                first += 1;
            }
            self.first.store(first as u32, Ordering::Release);
            first == i
        }
    }

    /// Moves entry `i` beyond all others; there is room (D2, D5).
    fn move_entry(&self, i: usize, last: bool) {
        let e = self.entry(i);
        let hash = e.hash.load(Ordering::Relaxed);
        let key = Value(e.key.load(Ordering::Relaxed));
        let value = Value(e.value.load(Ordering::Relaxed));
        if last {
            self.append(hash, key, value);
        } else {
            let n = self.gap.load(Ordering::Relaxed) - 1;
            self.put(n, hash, key, value);
            self.gap.store(n, Ordering::Relaxed);
            self.first.store(n, Ordering::Release);
        }
        // The references are the new entry's. The key first, as in `remove_at`.
        e.key.store(0, Ordering::Release);
        e.value.store(0, Ordering::Release);
        self.left_behind(i);
    }

    fn has_room(&self, last: bool) -> bool {
        if last {
            self.len.load(Ordering::Relaxed) < self.cap
        } else {
            self.gap.load(Ordering::Relaxed) > 0
        }
    }
}

impl Py<Dict> {
    /// Moves a key behind (before) all others; says whether it is there.
    pub fn move_to_end(&self, th: &Thread, key: &Obj, hash: u64, last: bool) -> Res<bool> {
        loop {
            let seq = self.seq();
            let i = match self.probe(th, key, hash)? {
                Found::Changed => continue,
                Found::No => return Ok(false),
                Found::At(i) => i,
            };
            let _guard = th.lock(self.head());
            if self.seq() != seq {
                continue;
            }
            let Some(t) = self.table() else {
                return Ok(false);
            };
            if t.is_outermost(i, last) {
                return Ok(true);
            }
            if t.has_room(last) {
                t.move_entry(i, last);
                self.bump();
                return Ok(true);
            }
            // The entries have other numbers afterwards.
            if last {
                self.grow(th)?;
            } else {
                self.make_gap(th)?;
            }
        }
    }

    /// A new table with room at the front for half as many entries as there are (D2 held).
    fn make_gap(&self, th: &Thread) -> Res<()> {
        let used = self.used.load(Ordering::Relaxed);
        let gap = used / 2 + 4;
        let new = Table::new(th, used * 2 + gap)?;
        // SAFETY: the new table is ours, with room for all behind the gap.
        unsafe {
            for cell in [&(*new).len, &(*new).top, &(*new).first, &(*new).gap] {
                cell.store(gap as u32, Ordering::Relaxed);
            }
            self.move_to(th, new);
        }
        Ok(())
    }

    /// Takes out the first item.
    pub fn pop_first(&self, th: &Thread) -> Option<(Obj, Obj)> {
        let gone = self.take_first(th);
        if let Some((k, _)) = &gone {
            self.tell(th, k);
        }
        gone
    }

    fn take_first(&self, th: &Thread) -> Option<(Obj, Obj)> {
        let _guard = th.lock(self.head());
        let t = self.table()?;
        let len = t.len.load(Ordering::Relaxed) as usize;
        let first = t.first.load(Ordering::Relaxed) as usize;
        let at = (first..len).find(|i| t.entry(*i).key.load(Ordering::Relaxed) != 0)?;
        t.first.store(at as u32, Ordering::Release);
        match self.remove_at(t, at) {
            (Some(k), Some(v)) => Some((k, v)),
            _ => None,
        }
    }

    /// The keys of one moment, in order.
    pub fn keys_now(&self, th: &Thread) -> Vec<Obj> {
        self.snapshot(th).into_iter().map(|kv| kv.0).collect()
    }
}
