//! What sets do where no Python needs to be asked: their items compare as numbers, strings or by identity.
//!
//! `None` says that Python has to be asked: nothing has happened then, but where that is said.

use super::{DUMMY, SetRef, SetTable, Table};
use crate::object::obj::{Obj, own_published};
use crate::object::slots::CmpOp;
use crate::object::value::Value;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::header::Header;
use threadsnake_threads::sync::atomic::Ordering;

/// Where a key is, or would go.
enum Place {
    At,
    Free(usize),
}

impl Table {
    /// Where `key` is or would go.
    #[inline(never)]
    fn place_quick(&self, th: &Thread, key: Value, hash: u64) -> Option<Place> {
        self.probe(hash, |i, e| {
            let k = Value(e.key.load(Ordering::Acquire));
            if k.is_empty() {
                return Some(Some(Place::Free(i)));
            }
            if k == key {
                return Some(Some(Place::At));
            }
            if k.0 == DUMMY || e.hash.load(Ordering::Relaxed) != hash {
                return None;
            }
            // SAFETY: O2 of `obj`: both are readable, and nothing here polls.
            match unsafe { th.eq_quick(Obj::ref_from(&k), Obj::ref_from(&key)) } {
                Some(true) => Some(Some(Place::At)),
                Some(false) => None,
                None => Some(None),
            }
        })
    }

    /// Whether `key` is in here. Mostly the first place tells, without comparing.
    #[inline(always)]
    pub(super) fn has_quick(&self, th: &Thread, key: Value, hash: u64) -> Option<bool> {
        let first = self.entry(hash as usize & self.mask);
        let k = Value(first.key.load(Ordering::Acquire));
        if k == key {
            return Some(true);
        }
        if k.is_empty() {
            return Some(false);
        }
        Some(matches!(self.place_quick(th, key, hash)?, Place::At))
    }
}

impl SetTable {
    /// [`SetTable::contains`].
    pub fn contains_quick(&self, th: &Thread, key: &Obj, hash: u64) -> Option<bool> {
        match self.table() {
            Some(t) => t.has_quick(th, key.value(), hash),
            None => Some(false),
        }
    }

    /// [`SetTable::add`].
    #[inline(always)]
    pub fn add_quick(&self, th: &Thread, head: &Header, key: &Obj, hash: u64) -> Option<Res<bool>> {
        let _guard = th.lock_briefly(head);
        let t = match self.table() {
            Some(t) if !t.crowded() => t,
            _ => match self.more_room(th, head) {
                Ok(()) => self.table()?,
                Err(e) => return Some(Err(e)),
            },
        };
        let first = hash as usize & t.mask;
        let k = Value(t.entry(first).key.load(Ordering::Relaxed));
        let place = if k.is_empty() {
            first
        } else if k == key.value() {
            return Some(Ok(false));
        } else {
            match t.place_quick(th, key.value(), hash)? {
                Place::At => return Some(Ok(false)),
                Place::Free(i) => i,
            }
        };
        t.put_at(place, hash, own_published(Some(key.clone())));
        Some(self.added(th, head, t).map(|()| true))
    }

    /// Whether all items are in `other`.
    pub fn subset_quick(&self, th: &Thread, other: &SetTable) -> Option<bool> {
        let mut left = self.len();
        let (Some(t), Some(other)) = (self.table(), other.table()) else {
            return Some(left == 0);
        };
        for e in t.entries() {
            if left == 0 {
                break;
            }
            let k = Value(e.key.load(Ordering::Acquire));
            if k.0 > DUMMY {
                if !other.has_quick(th, k, e.hash.load(Ordering::Relaxed))? {
                    return Some(false);
                }
                left -= 1;
            }
        }
        Some(true)
    }

    /// Puts the items that are in `other` (`want`) or are not (`!want`) into the new set `out`, in order. `None`: `out` is
    /// half made.
    pub fn select_quick(
        &self,
        th: &Thread,
        head: &Header,
        other: &SetTable,
        want: bool,
        out: SetRef<'_>,
    ) -> Option<Res<()>> {
        let _guard = th.lock(head);
        let Some(t) = self.table() else {
            return Some(Ok(()));
        };
        for e in t.entries() {
            let k = Value(e.key.load(Ordering::Acquire));
            if k.0 <= DUMMY {
                continue;
            }
            let hash = e.hash.load(Ordering::Relaxed);
            let there = match other.table() {
                Some(o) => o.has_quick(th, k, hash)?,
                None => false,
            };
            if there == want {
                // SAFETY: a live item (S2).
                let k = unsafe { Obj::ref_from(&k) };
                if let Err(e) = out.table.put_locked(th, out.head, hash, k) {
                    return Some(Err(e));
                }
            }
        }
        Some(Ok(()))
    }

    /// The least (`Lt`) or greatest (`Gt`) of the items, if there are any, all inline integers, and they did not change
    /// meanwhile.
    pub fn extreme_int(&self, op: CmpOp) -> Option<i64> {
        let seq = self.seq();
        let mut best = None;
        for e in self.table()?.entries() {
            let k = Value(e.key.load(Ordering::Acquire));
            if k.0 <= DUMMY {
                continue;
            }
            if !k.is_int() {
                return None;
            }
            let n = k.as_int();
            if best.is_none_or(|b: i64| op.holds(n.cmp(&b))) {
                best = Some(n);
            }
        }
        best.filter(|_| self.seq() == seq)
    }
}

/// `a OP b` of two sets that are exactly that, and do not change meanwhile.
#[inline(never)]
pub fn compare_quick(th: &Thread, a: SetRef<'_>, b: SetRef<'_>, op: CmpOp) -> Option<bool> {
    let seqs = (a.table.seq(), b.table.seq());
    let (m, n) = (a.table.len(), b.table.len());
    let subset = |a: SetRef<'_>, b: SetRef<'_>| a.table.subset_quick(th, b.table);
    let r = match op {
        CmpOp::Eq => m == n && subset(a, b)?,
        CmpOp::Ne => m != n || !subset(a, b)?,
        CmpOp::Lt => m < n && subset(a, b)?,
        CmpOp::Le => m <= n && subset(a, b)?,
        CmpOp::Gt => m > n && subset(b, a)?,
        CmpOp::Ge => m >= n && subset(b, a)?,
    };
    (!th.multi() || seqs == (a.table.seq(), b.table.seq())).then_some(r)
}
