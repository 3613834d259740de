//! `deque`: a double-ended queue, each single operation one step under the object's lock.

use super::deque_iter;
use crate::modules::prelude::*;
use std::collections::VecDeque;

/// Payload of deques.
pub struct Deque {
    pub(super) state: Guarded<State>,
}

/// What the lock guards.
#[derive(Default)]
pub(super) struct State {
    pub(super) items: VecDeque<Obj>,
    pub(super) max: Option<usize>,
    /// Counts changes of length or order, for iterators.
    pub(super) version: u64,
}
trace!(State, items);
native!(Deque, Deque, "deque", state);

pub(super) const MUTATED: &str = "deque mutated during iteration";

pub(super) static DEQUE: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, _| {
            Ok(th
                .alloc_as::<Deque>(
                    cls,
                    Deque {
                        state: Guarded::new(State::default()),
                    },
                )?
                .into_obj())
        }),
        init: Some(init),
        repr: Some(repr),
        hash: Some(crate::builtins::unhashable),
        compare: Some(compare),
        iter: Some(|th, o| deque_iter::new(th, this::<Deque>(th, o)?)),
        len: Some(|th, o| Ok(this::<Deque>(th, o)?.size(th))),
        getitem: Some(getitem),
        setitem: Some(setitem),
        contains: Some(|th, o, x| Ok(find(th, this::<Deque>(th, o)?, x, 0, usize::MAX)?.is_some())),
        concat: Some(concat),
        repeat: Some(|th, a, b| repeat(th, a, b, false)),
        iconcat: Some(|th, o, b| {
            extend_with(th, this::<Deque>(th, o)?, b, false)?;
            Ok(o.clone())
        }),
        irepeat: Some(|th, a, b| repeat(th, a, b, true)),
        ..Slots::NONE
    },
    flags: type_flags::BASETYPE | type_flags::SEQUENCE | type_flags::WEAKREFABLE,
    methods: &[
        MethodDef::new("append", "($self, item, /)", |th, a| {
            this::<Deque>(th, a.get(0))?.push(th, a.get(1).clone(), false);
            Ok(Obj::NONE)
        }),
        MethodDef::new("appendleft", "($self, item, /)", |th, a| {
            this::<Deque>(th, a.get(0))?.push(th, a.get(1).clone(), true);
            Ok(Obj::NONE)
        }),
        MethodDef::new("pop", "($self, /)", |th, a| pop(th, a.get(0), false)),
        MethodDef::new("popleft", "($self, /)", |th, a| pop(th, a.get(0), true)),
        MethodDef::new("extend", "($self, iterable, /)", |th, a| {
            extend_with(th, this::<Deque>(th, a.get(0))?, a.get(1), false)
        }),
        MethodDef::new("extendleft", "($self, iterable, /)", |th, a| {
            extend_with(th, this::<Deque>(th, a.get(0))?, a.get(1), true)
        }),
        MethodDef::new("clear", "($self, /)", clear),
        MethodDef::new("copy", "($self, /)", copy),
        MethodDef::new("__copy__", "($self, /)", copy),
        MethodDef::new("count", "($self, value, /)", count),
        MethodDef::new(
            "index",
            "($self, value, start=0, stop=sys.maxsize, /)",
            index,
        ),
        MethodDef::new("insert", "($self, index, value, /)", insert),
        MethodDef::new("remove", "($self, value, /)", remove),
        MethodDef::new("reverse", "($self, /)", |th, a| {
            let d = this::<Deque>(th, a.get(0))?;
            d.state
                .with(th, d.head(), |s| s.items.make_contiguous().reverse());
            Ok(Obj::NONE)
        }),
        MethodDef::new("rotate", "($self, n=1, /)", rotate),
        MethodDef::new("__reversed__", "($self, /)", |th, a| {
            deque_iter::new_reverse(th, this::<Deque>(th, a.get(0))?)
        }),
        MethodDef::new("__reduce__", "($self, /)", reduce),
        MethodDef::new("__sizeof__", "($self, /)", |th, a| {
            Ok(th.int(96 + 8 * this::<Deque>(th, a.get(0))?.size(th) as i64))
        }),
        CLASS_GETITEM,
    ],
    getset: &[GetSetDef::ro("maxlen", |th, o| {
        let d = this::<Deque>(th, o)?;
        Ok(d.max(th).map_or(Obj::NONE, |m| th.uint(m as u64)))
    })],
    doc: "A list-like sequence optimized for data accesses near its endpoints.",
    ..TypeDef::new(TypeId::Deque, "collections.deque", Deque::LAYOUT)
};

impl Py<Deque> {
    pub(super) fn size(&self, th: &Thread) -> usize {
        self.state.with(th, self.head(), |s| s.items.len())
    }
    fn max(&self, th: &Thread) -> Option<usize> {
        self.state.with(th, self.head(), |s| s.max)
    }
    fn snapshot(&self, th: &Thread) -> Vec<Obj> {
        self.state
            .with(th, self.head(), |s| s.items.iter().cloned().collect())
    }
    fn at(&self, th: &Thread, i: usize) -> (Option<Obj>, u64) {
        self.state
            .with(th, self.head(), |s| (s.items.get(i).cloned(), s.version))
    }
    /// Appends at the right or left; what a bounded deque loses for it is dropped after the lock.
    fn push(&self, th: &Thread, item: Obj, left: bool) {
        let lost = self.state.with(th, self.head(), |s| {
            s.version += 1;
            if s.max == Some(0) {
                return Some(item);
            }
            let full = s.max.is_some_and(|m| s.items.len() >= m);
            if left {
                s.items.push_front(item);
                if full { s.items.pop_back() } else { None }
            } else {
                s.items.push_back(item);
                if full { s.items.pop_front() } else { None }
            }
        });
        drop(lost);
    }
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    th.bind("deque", "(iterable=(), maxlen=None)", args, |a| {
        let d = this::<Deque>(th, o)?;
        let max = match a.opt_not_none(1) {
            None => None,
            Some(m) if th.is_a(m, TypeId::Int) => Some(
                usize::try_from(th.index_i64(m)?)
                    .map_err(|_| th.value_error("maxlen must be non-negative"))?,
            ),
            Some(_) => return Err(th.type_error("an integer is required")),
        };
        let old = d.state.with(th, d.head(), |s| {
            s.max = max;
            s.version += 1;
            std::mem::take(&mut s.items)
        });
        drop(old);
        match a.opt(0) {
            Some(items) => extend_with(th, d, items, false).map(drop),
            None => Ok(()),
        }
    })
}

fn extend_with(th: &Thread, d: &Py<Deque>, iterable: &Obj, left: bool) -> Res {
    if iterable.is(d.obj()) {
        for x in d.snapshot(th) {
            d.push(th, x, left);
        }
        return Ok(Obj::NONE);
    }
    let it = th.iter(iterable)?;
    let mut n = 0u32;
    while let Some(x) = th.next(&it)? {
        d.push(th, x, left);
        n = n.wrapping_add(1);
        if n.is_multiple_of(1024) {
            th.poll()?;
        }
    }
    Ok(Obj::NONE)
}

fn pop(th: &Thread, o: &Obj, left: bool) -> Res {
    let d = this::<Deque>(th, o)?;
    let x = d.state.with(th, d.head(), |s| {
        s.version += 1;
        if left {
            s.items.pop_front()
        } else {
            s.items.pop_back()
        }
    });
    x.ok_or_else(|| th.index_error("pop from an empty deque"))
}

fn clear(th: &Thread, a: Args<'_>) -> Res {
    let d = this::<Deque>(th, a.get(0))?;
    let old = d.state.with(th, d.head(), |s| {
        s.version += 1;
        std::mem::take(&mut s.items)
    });
    drop(old);
    Ok(Obj::NONE)
}

fn copy(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let d = this::<Deque>(th, o)?;
    if o.is_exact::<Deque>() {
        let state = d.state.with(th, d.head(), |s| State {
            items: s.items.clone(),
            max: s.max,
            version: 0,
        });
        return Ok(th
            .alloc(Deque {
                state: Guarded::new(state),
            })
            .into_obj());
    }
    let ty = th.type_of(o).obj().clone();
    match d.max(th) {
        None => th.call(&ty, std::slice::from_ref(o)),
        Some(m) => th.call(&ty, &[o.clone(), th.uint(m as u64)]),
    }
}

/// First place in `start..stop` of an item equal to `x`, and the version in which it was. Comparing may run Python, and
/// other threads run: a change meanwhile is an error.
fn find(
    th: &Thread,
    d: &Py<Deque>,
    x: &Obj,
    start: usize,
    stop: usize,
) -> Res<Option<(usize, u64)>> {
    let (mut item, version) = d.at(th, start);
    let mut i = start;
    while i < stop {
        let Some(it) = item else { return Ok(None) };
        let same = th.eq(&it, x)?;
        let (next, now) = d.at(th, i + 1);
        if now != version {
            return Err(th.runtime_error(MUTATED));
        }
        if same {
            return Ok(Some((i, version)));
        }
        item = next;
        i += 1;
        if i.is_multiple_of(1024) {
            th.poll()?;
        }
    }
    Ok(None)
}

fn count(th: &Thread, a: Args<'_>) -> Res {
    let d = this::<Deque>(th, a.get(0))?;
    let (mut n, mut at) = (0, 0);
    while let Some((i, _)) = find(th, d, a.get(1), at, usize::MAX)? {
        n += 1;
        at = i + 1;
    }
    Ok(th.int(n))
}

fn clamp(i: i64, len: usize) -> usize {
    let len = len as i64;
    (if i < 0 {
        (i.saturating_add(len)).max(0)
    } else {
        i.min(len)
    }) as usize
}

fn index(th: &Thread, a: Args<'_>) -> Res {
    let d = this::<Deque>(th, a.get(0))?;
    let len = d.size(th);
    let start = a.opt(2).map_or(Ok(0), |o| th.index_clamped(o))?;
    let stop = a.opt(3).map_or(Ok(i64::MAX), |o| th.index_clamped(o))?;
    match find(th, d, a.get(1), clamp(start, len), clamp(stop, len))? {
        Some((i, _)) => Ok(th.uint(i as u64)),
        None => {
            let r = th.repr(a.get(1))?.to_rust();
            Err(th.value_error(format!("{r} is not in deque")))
        }
    }
}

fn insert(th: &Thread, a: Args<'_>) -> Res {
    let d = this::<Deque>(th, a.get(0))?;
    let i = th.index_i64(a.get(1))?;
    let mut item = Some(a.get(2).clone());
    let full = d.state.with(th, d.head(), |s| {
        if s.max.is_some_and(|m| s.items.len() >= m) {
            return true;
        }
        let at = clamp(i, s.items.len());
        s.version += 1;
        if let Some(x) = item.take() {
            s.items.insert(at, x);
        }
        false
    });
    if full {
        Err(th.index_error("deque already at its maximum size"))
    } else {
        Ok(Obj::NONE)
    }
}

fn remove(th: &Thread, a: Args<'_>) -> Res {
    let d = this::<Deque>(th, a.get(0))?;
    let changed = || th.index_error("deque mutated during remove().");
    let found = match find(th, d, a.get(1), 0, usize::MAX) {
        Err(e) if e.is(th, TypeId::RuntimeError) => {
            return Err(
                match th.str_text(&th.to_str(e.obj())?.into_obj()) == MUTATED {
                    true => changed(),
                    false => e,
                },
            );
        }
        other => other?,
    };
    let Some((i, version)) = found else {
        return Err(th.value_error("deque.remove(x): x not in deque"));
    };
    let gone = d.state.with(th, d.head(), |s| {
        if s.version != version {
            return None;
        }
        s.version += 1;
        s.items.remove(i)
    });
    gone.map(|_| Obj::NONE).ok_or_else(changed)
}

fn rotate(th: &Thread, a: Args<'_>) -> Res {
    let d = this::<Deque>(th, a.get(0))?;
    let n = a.opt(1).map_or(Ok(1), |o| th.index_i64(o))?;
    d.state.with(th, d.head(), |s| {
        let len = s.items.len() as i64;
        if len > 1 {
            s.version += 1;
            s.items.rotate_right(n.rem_euclid(len) as usize);
        }
    });
    Ok(Obj::NONE)
}

/// The number that `key` is, of an item yet to be found: negative ones count from the end.
fn number(th: &Thread, key: &Obj) -> Res<i64> {
    match th.index_i64(key) {
        Err(e) if e.is(th, TypeId::TypeError) => Err(th.type_error(format!(
            "sequence index must be integer, not '{}'",
            th.type_name(key)
        ))),
        n => n,
    }
}

/// Where item number `n` lies, if it exists.
fn place(s: &State, n: i64) -> Option<usize> {
    let len = s.items.len() as i64;
    let at = if n < 0 { n.saturating_add(len) } else { n };
    (0..len).contains(&at).then_some(at as usize)
}

fn getitem(th: &Thread, o: &Obj, key: &Obj) -> Res {
    let d = this::<Deque>(th, o)?;
    let n = number(th, key)?;
    d.state
        .with(th, d.head(), |s| {
            place(s, n).and_then(|i| s.items.get(i).cloned())
        })
        .ok_or_else(|| th.index_error("deque index out of range"))
}

fn setitem(th: &Thread, o: &Obj, key: &Obj, value: Option<&Obj>) -> Res<()> {
    let d = this::<Deque>(th, o)?;
    let n = number(th, key)?;
    let mut new = value.cloned();
    let old = d.state.with(th, d.head(), |s| {
        let i = place(s, n)?;
        match new.take() {
            Some(v) => s.items.get_mut(i).map(|x| std::mem::replace(x, v)),
            None => {
                s.version += 1;
                s.items.remove(i)
            }
        }
    });
    match old {
        Some(_) => Ok(()),
        None => Err(th.index_error("deque index out of range")),
    }
}

fn concat(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let Some(d) = a.cast::<Deque>() else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let Some(other) = b.cast::<Deque>() else {
        return Err(th.type_error(format!(
            "can only concatenate deque (not \"{}\") to deque",
            th.type_name(b)
        )));
    };
    let new = th.call_method(a, "copy", &[])?;
    let Some(n) = new.cast::<Deque>() else {
        return Err(th.type_error(format!(
            "{}() must return a deque, not {}",
            "copy",
            th.type_name(&new)
        )));
    };
    let _ = d;
    for x in other.snapshot(th) {
        n.push(th, x, false);
    }
    Ok(new)
}

fn repeat(th: &Thread, o: &Obj, times: &Obj, in_place: bool) -> Res {
    let n = th.index_i64(times)?.max(0) as usize;
    let target = if in_place {
        o.clone()
    } else {
        th.call_method(o, "copy", &[])?
    };
    let d = this::<Deque>(th, &target)?;
    if n == 0 {
        let old = d.state.with(th, d.head(), |s| {
            s.version += 1;
            std::mem::take(&mut s.items)
        });
        drop(old);
        return Ok(target);
    }
    loop {
        let (len, max) = (d.size(th), d.max(th));
        let total = len
            .checked_mul(n)
            .filter(|&t| t < (isize::MAX as usize) / 16);
        let Some(total) = total.or(max) else {
            return Err(th.memory_error());
        };
        let total = total.min(max.unwrap_or(usize::MAX));
        th.reserve(total.saturating_mul(8))?;
        // A bounded deque only keeps the end of the repetition.
        let rounds = match max {
            Some(m) if len != 0 => (n - 1).min(m / len + 2),
            _ if len == 0 => 0,
            _ => n - 1,
        };
        let lost = d.state.with(th, d.head(), |s| {
            if s.items.len() != len || s.max != max {
                return None;
            }
            s.version += 1;
            let mut items = std::mem::take(&mut s.items);
            // What is given up here is dropped after the lock (G1).
            let once: Vec<Obj> = items.iter().cloned().collect();
            let mut lost = Vec::new();
            for _ in 0..rounds {
                items.extend(once.iter().cloned());
                let surplus = max.map_or(0, |m| items.len().saturating_sub(m));
                lost.extend(items.drain(..surplus));
            }
            lost.extend(once);
            s.items = items;
            Some(lost)
        });
        if lost.is_some() {
            return Ok(target);
        }
    }
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (a.cast::<Deque>(), b.cast::<Deque>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let _guard = th.enter(" in comparison")?;
    let (xs, ys) = (x.snapshot(th), y.snapshot(th));
    if matches!(op, CmpOp::Eq | CmpOp::Ne) && xs.len() != ys.len() {
        return Ok(Obj::bool(op == CmpOp::Ne));
    }
    for (p, q) in xs.iter().zip(&ys) {
        if !th.eq(p, q)? {
            return match op {
                CmpOp::Eq => Ok(Obj::FALSE),
                CmpOp::Ne => Ok(Obj::TRUE),
                _ => th.compare(p, q, op),
            };
        }
    }
    Ok(Obj::bool(op.holds(xs.len().cmp(&ys.len()))))
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let d = this::<Deque>(th, o)?;
    let Some(_guard) = th.repr_enter(o) else {
        return th.str("[...]");
    };
    let mut b = StrBuf::new();
    b.push_utf8(&th.type_of(o).name_text());
    b.push_utf8("([");
    for (i, x) in d.snapshot(th).iter().enumerate() {
        if i > 0 {
            b.push_utf8(", ");
        }
        b.push_str(th.repr(x)?.text());
    }
    b.push_utf8("]");
    if let Some(m) = d.max(th) {
        b.push_utf8(&format!(", maxlen={m}"));
    }
    b.push_utf8(")");
    th.str_data(b.finish())
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let d = this::<Deque>(th, o)?;
    let state = th.call_method(o, "__getstate__", &[])?;
    let args = match d.max(th) {
        None => th.empty_tuple(),
        Some(m) => tuple_of(th, [th.empty_tuple(), th.uint(m as u64)])?,
    };
    tuple_of(th, [th.type_of(o).obj().clone(), args, state, th.iter(o)?])
}
