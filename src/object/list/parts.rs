//! Parts of lists: what slices read, replace and remove, each as one operation. L1 and L2 of the parent hold here too.

use super::{Array, BothLocked, List, drop_last_first};
use crate::object::obj::{Obj, Py, own_published};
use crate::object::rc;
use crate::object::slice::{Bounds, Part};
use crate::object::value::Value;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use smallvec::SmallVec;
use std::ops::Range;
use threadsnake_threads::refcount;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

impl Py<List> {
    /// Replaces items `start..end` (clamped) by `items`; returns what was there. The one place where items move.
    pub fn splice(&self, th: &Thread, start: usize, end: usize, items: Vec<Obj>) -> Res<Vec<Obj>> {
        self.splice_part(th, |n| start.min(n)..end.clamp(start.min(n), n), items)
    }

    /// `self[bounds] = items` for bounds with step 1; returns what was there.
    pub fn set_slice(&self, th: &Thread, bounds: Bounds, items: Vec<Obj>) -> Res<Vec<Obj>> {
        debug_assert_eq!(bounds.step, 1);
        self.splice_part(th, |n| bounds.of(n).range(), items)
    }

    fn splice_part(
        &self,
        th: &Thread,
        part: impl FnOnce(usize) -> Range<usize>,
        items: Vec<Obj>,
    ) -> Res<Vec<Obj>> {
        let come = items.len();
        let mut items = std::mem::ManuallyDrop::new(items);
        // SAFETY: the vector's items are given away: its buffer is freed empty below.
        let r = unsafe { self.splice_words(th, part, items.as_ptr().cast(), come) };
        if r.is_ok() {
            // SAFETY: their references are the list's now.
            unsafe { items.set_len(0) };
        }
        drop(std::mem::ManuallyDrop::into_inner(items));
        r
    }

    /// `self[bounds] = other` for bounds with step 1, `other` another list. `None`: the general way.
    pub fn assign_slice(&self, th: &Thread, bounds: Bounds, other: &Py<List>) -> Option<Res<()>> {
        if std::ptr::eq(self.head(), other.head()) {
            return None;
        }
        let guards = BothLocked::new(th, self, other);
        let come = other.len();
        let Range { start, end } = bounds.of(self.len()).range();
        if end - start != come {
            drop(guards);
            if th.multi() {
                return None;
            }
            let words: Vec<Obj> = other.to_vec(th);
            return Some(self.splice(th, start, end, words).map(drop_last_first));
        }
        let (Some(a), Some(b)) = (self.array(), other.array()) else {
            return Some(Ok(()));
        };
        let mut old: SmallVec<[Obj; 16]> = SmallVec::with_capacity(come);
        for i in 0..come {
            // SAFETY: alive items of both lists; nobody else changes them (L1), and nothing is dropped before the end.
            unsafe {
                let v = Obj::from_borrowed(Value(b.at(i).load(Ordering::Relaxed)));
                let w = a.at(start + i).load(Ordering::Relaxed);
                a.at(start + i)
                    .store(own_published(Some(v)).0, Ordering::Release);
                old.push(Obj::from_value(Value(w)));
            }
        }
        drop(guards);
        // The last first, as in CPython.
        while let Some(o) = old.pop() {
            drop(o);
        }
        Some(Ok(()))
    }

    /// `self[bounds] = other`, without running Python: where nothing that goes is an object. `false`: not so, or it takes more
    /// than that, and then nothing has happened. With `take`, `other` is to be this thread's alone, and is emptied.
    pub fn assign_plain(&self, th: &Thread, bounds: Bounds, other: &Py<List>, take: bool) -> bool {
        if std::ptr::eq(self.head(), other.head())
            || take && !refcount::is_uniquely_owned(other.head(), th.rec())
        {
            return false;
        }
        let _guards = BothLocked::new(th, self, other);
        let (n, come) = (self.len(), other.len());
        let part = bounds.of(n);
        if !self.is_plain(part) {
            return false;
        }
        let new_len = n - part.count + come;
        if part.count != come {
            if part.step != 1 || self.reserve_locked(th, new_len, n == 0).is_err() {
                return false;
            }
            if let Some(a) = self.array() {
                let Range { start, end } = part.range();
                a.shift(th, end, start + come, n - end);
            }
        }
        let Some(a) = self.array() else { return true };
        if let Some(b) = other.array() {
            let filled = Part {
                count: come,
                ..part
            };
            for (i, at) in filled.indices().enumerate() {
                let v = Value(b.at(i).load(Ordering::Relaxed));
                if v.is_ptr() && !take {
                    // SAFETY: an item below `len` is alive, and published (L1, L2).
                    unsafe { rc::inc_by(th, v) };
                }
                a.at(at).store(v.0, Ordering::Release);
            }
            if take {
                // Their references are this list's now.
                other.len.store(0, Ordering::Release);
                for i in 0..come {
                    b.at(i).store(0, Ordering::Release);
                }
            }
        }
        if part.count != come {
            self.len.store(new_len, Ordering::Release);
            for i in new_len..n {
                a.at(i).store(0, Ordering::Release);
            }
        }
        true
    }

    /// `self[to] = other[from]` for parts of as many items, as [`Py::assign_plain`]; `other` may be this list.
    pub fn copy_part(&self, th: &Thread, to: Bounds, other: &Py<List>, from: Bounds) -> bool {
        let _guards = BothLocked::new(th, self, other);
        let (to, from) = (to.of(self.len()), from.of(other.len()));
        if to.count != from.count {
            return false;
        }
        let (Some(a), Some(b)) = (self.array(), other.array()) else {
            return true;
        };
        if from.step == -1
            && std::ptr::eq(self.head(), other.head())
            && (to.step, to.start) == (1, from.start + 1 - from.count as i64)
        {
            // It turns round: all of them stay.
            let (mut i, mut j) = (to.start as usize, from.start as usize);
            while i < j {
                let (x, y) = (
                    a.at(i).load(Ordering::Relaxed),
                    a.at(j).load(Ordering::Relaxed),
                );
                a.at(i).store(y, Ordering::Release);
                a.at(j).store(x, Ordering::Release);
                (i, j) = (i + 1, j - 1);
            }
            return true;
        }
        if !self.is_plain(to) {
            return false;
        }
        let mut small = [0u64; 16];
        let mut large = Vec::new();
        let words = match small.get_mut(..from.count) {
            Some(words) => words,
            None => {
                large.resize(from.count, 0);
                &mut large[..]
            }
        };
        for (w, at) in words.iter_mut().zip(from.indices()) {
            *w = b.at(at).load(Ordering::Relaxed);
            if Value(*w).is_ptr() {
                // SAFETY: an item below `len` is alive, and published (L1, L2).
                unsafe { rc::inc_by(th, Value(*w)) };
            }
        }
        for (w, at) in words.iter().zip(to.indices()) {
            a.at(at).store(*w, Ordering::Release);
        }
        true
    }

    /// Whether none of these items is an object (L1 held).
    fn is_plain(&self, part: Part) -> bool {
        let plain = |w: &AtomicU64| !Value(w.load(Ordering::Relaxed)).is_ptr();
        let Some(a) = self.array() else { return true };
        match part.step {
            1 => part.range().all(|i| plain(a.at(i))),
            _ => part.indices().all(|i| plain(a.at(i))),
        }
    }

    /// `del self[bounds]` where none of these is an object; else `false`, and nothing has happened.
    pub fn remove_plain(&self, th: &Thread, bounds: Bounds) -> bool {
        let _guard = th.lock(self.head());
        let plain = self.is_plain(bounds.of(self.len.load(Ordering::Relaxed)));
        if plain {
            self.remove_slice(th, bounds);
        }
        plain
    }

    /// Whether `self[bounds]` seems to hold no object now.
    pub fn part_is_plain_now(&self, bounds: Bounds) -> bool {
        let mut part = bounds.of(self.len()).indices();
        part.all(|i| !self.raw_at(i).is_ptr())
    }

    /// Items `start..end`, clamped.
    pub fn slice_vec(&self, th: &Thread, start: usize, end: usize) -> Vec<Obj> {
        let _guard = th.lock_briefly(self.head());
        let n = self.len.load(Ordering::Relaxed);
        let Some(a) = self.array() else {
            return Vec::new();
        };
        let end = end.min(n);
        // SAFETY: items below `len` are alive (L1).
        (start.min(end)..end)
            .map(|i| unsafe { Obj::from_borrowed(Value(a.at(i).load(Ordering::Relaxed))) })
            .collect()
    }

    /// `self[bounds] = items`, item by item; returns what was there. Where the numbers differ: the list's, and `items` back.
    pub fn set_step(
        &self,
        th: &Thread,
        bounds: Bounds,
        items: Vec<Obj>,
    ) -> Result<Vec<Obj>, (usize, Vec<Obj>)> {
        let _guard = th.lock(self.head());
        let part = bounds.of(self.len.load(Ordering::Relaxed));
        let a = match self.array() {
            Some(a) if part.count == items.len() => a,
            None if items.is_empty() => return Ok(items),
            _ => return Err((part.count, items)),
        };
        let mut old = Vec::with_capacity(items.len());
        for (i, item) in part.indices().zip(items) {
            let was = a.at(i).load(Ordering::Relaxed);
            a.at(i)
                .store(own_published(Some(item)).0, Ordering::Release);
            // SAFETY: the list owned it.
            old.extend(unsafe { Obj::from_value_opt(Value(was)) });
        }
        Ok(old)
    }

    /// `del self[bounds]`; returns what was there, in order of the indices.
    pub fn remove_slice(&self, th: &Thread, bounds: Bounds) -> Vec<Obj> {
        let _guard = th.lock(self.head());
        let n = self.len.load(Ordering::Relaxed);
        let Part {
            start, step, count, ..
        } = bounds.of(n).upwards();
        let (Some(a), true) = (self.array(), count > 0) else {
            return Vec::new();
        };
        let (start, step) = (start as usize, step as usize);
        let (mut old, mut to) = (Vec::with_capacity(count), start);
        for from in start..n {
            let w = a.at(from).load(Ordering::Relaxed);
            if old.len() < count && (from - start).is_multiple_of(step) {
                // SAFETY: the list owned it; the word is overwritten below.
                old.extend(unsafe { Obj::from_value_opt(Value(w)) });
            } else {
                a.at(to).store(w, Ordering::Release);
                to += 1;
            }
        }
        self.len.store(to, Ordering::Release);
        for i in to..n {
            a.at(i).store(0, Ordering::Release);
        }
        old
    }

    /// `self[bounds]`, of one moment.
    pub fn slice_list(&self, th: &Thread, bounds: Bounds) -> Res<Py<List>> {
        let l = th.alloc(List::new());
        let _guard = th.lock_briefly(self.head());
        let part = bounds.of(self.len.load(Ordering::Relaxed));
        let (Some(a), true) = (self.array(), part.count > 0) else {
            return Ok(l);
        };
        let new = Array::alloc(th, part.count)?;
        for (done, at) in part.indices().enumerate() {
            let v = Value(a.at(at).load(Ordering::Relaxed));
            // SAFETY: an item below `len` is alive (L1); room for `count` words. It is published already.
            unsafe {
                if v.is_ptr() {
                    rc::inc_by(th, v);
                }
                (*new).items().cast::<Value>().add(done).write(v);
            }
        }
        l.array.store(new, Ordering::Release);
        l.len.store(part.count, Ordering::Release);
        Ok(l)
    }
}
