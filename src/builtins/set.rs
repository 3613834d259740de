//! `set`, `frozenset` and their iterator.

use super::common::*;
use crate::interp::ops::Next;
use crate::object::def::{MethodDef, TypeDef, type_flags};
use crate::object::dict::{Dict, unhashable_key};
use crate::object::iters::SetIter;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::set::{FrozenSet, Set, SetRef, SetTable, compare_quick};
use crate::object::sig::Args;
use crate::object::slots::{BinOp, CallArgs, CmpOp, Slots};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::compare::hash_small;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::StrBuf;
use threadsnake_threads::sync::atomic::Ordering;

const BOTH: Slots = Slots {
    repr: Some(repr),
    compare: Some(compare),
    iter: Some(iter),
    len: Some(|_, o| Ok(me(o).table.len())),
    contains: Some(|th, o, x| contains(th, me(o), x)),
    ..Slots::NONE
}
.bin(BinOp::And, |th, a, b| {
    both(a, b, |x, _| intersection(th, x, b))
})
.bin(BinOp::Or, |th, a, b| {
    both(a, b, |x, y| copy_then(th, x, |r| merge(th, r, y)))
})
.bin(BinOp::Sub, |th, a, b| {
    both(a, b, |x, _| difference(th, x, b))
})
.bin(BinOp::Xor, |th, a, b| {
    both(a, b, |x, _| symmetric(th, x, b))
});

macro_rules! common_methods {
    ($($extra:expr),* $(,)?) => {
        &[
            MethodDef::new("copy", "($self, /)", copy).doc("Return a shallow copy of a set."),
            MethodDef::new("difference", "($self, /, *others)", |th, a| {
                let mut s = make_like(th, me(a.get(0)), &me(a.get(0)).snapshot(th))?;
                for (i, o) in others(&a).iter().enumerate() {
                    if i == 0 {
                        s = difference(th, me(a.get(0)), o)?;
                    } else {
                        subtract(th, me(&s), o)?;
                    }
                }
                Ok(s)
            })
            .doc("Return a new set with elements in the set that are not in the others."),
            MethodDef::new("intersection", "($self, /, *others)", |th, a| {
                let all = others(&a);
                let mut s = make_like(th, me(a.get(0)), &me(a.get(0)).snapshot(th))?;
                for o in all {
                    s = intersection(th, me(&s), o)?;
                }
                Ok(s)
            })
            .doc("Return a new set with elements common to the set and all others."),
            MethodDef::new("isdisjoint", "($self, other, /)", isdisjoint)
                .doc("Return True if two sets have a null intersection."),
            MethodDef::new("issubset", "($self, other, /)", issubset)
                .doc("Report whether another set contains this set."),
            MethodDef::new("issuperset", "($self, other, /)", issuperset)
                .doc("Report whether this set contains another set."),
            MethodDef::new("symmetric_difference", "($self, other, /)", |th, a| {
                symmetric(th, me(a.get(0)), a.get(1))
            })
            .doc("Return a new set with elements in either the set or other but not both."),
            MethodDef::new("union", "($self, /, *others)", |th, a| {
                copy_then(th, me(a.get(0)), |r| others(&a).iter().try_for_each(|o| update_from(th, r, o)))
            })
            .doc("Return a new set with elements from the set and all others."),
            MethodDef::new("__reduce__", "($self, /)", reduce)
                .doc("Return state information for pickling."),
            MethodDef::new("__sizeof__", "($self, /)", |th, a| {
                Ok(count_obj(th, 16 + size_of::<FrozenSet>() + me(a.get(0)).table.bytes()))
            })
            .doc("S.__sizeof__() -> size of S in memory, in bytes."),
            MethodDef::class("__class_getitem__", "($cls, object, /)", |th, a| {
                class_getitem(th, a.get(0), a.get(1))
            })
            .doc("See PEP 585"),
            $($extra),*
        ]
    };
}

/// `set`
pub static DEF: TypeDef = TypeDef {
    slots: Slots { new: Some(new), init: Some(init), hash: Some(unhashable), ..BOTH }
        .ibin(BinOp::And, |th, a, b| in_place(a, b, |x, _| intersect_in_place(th, x, b)))
        .ibin(BinOp::Or, |th, a, b| in_place(a, b, |x, y| merge(th, x, y)))
        .ibin(BinOp::Sub, |th, a, b| in_place(a, b, |x, _| subtract(th, x, b)))
        .ibin(BinOp::Xor, |th, a, b| in_place(a, b, |x, _| toggle(th, x, b))),
    methods: common_methods!(
        MethodDef::new("add", "($self, object, /)", |th, a| {
            add(th, me(a.get(0)), a.get(1))?;
            Ok(Obj::NONE)
        })
        .doc("Add an element to a set.\n\nThis has no effect if the element is already present."),
        MethodDef::new("clear", "($self, /)", |th, a| {
            let s = me(a.get(0));
            s.table.clear(th, s.head);
            Ok(Obj::NONE)
        })
        .doc("Remove all elements from this set."),
        MethodDef::new("discard", "($self, object, /)", |th, a| {
            drop(remove_key(th, me(a.get(0)), a.get(1))?);
            Ok(Obj::NONE)
        })
        .doc("Remove an element from a set if it is a member.\n\nUnlike set.remove(), the discard() method does not raise\nan exception when an element is missing from the set."),
        MethodDef::new("difference_update", "($self, /, *others)", |th, a| {
            others(&a).iter().try_for_each(|o| subtract(th, me(a.get(0)), o)).map(|()| Obj::NONE)
        })
        .doc("Update the set, removing elements found in others."),
        MethodDef::new("intersection_update", "($self, /, *others)", |th, a| {
            let s = me(a.get(0));
            replace_by(th, s, || {
                let mut r = make_like(th, s, &s.snapshot(th))?;
                for o in others(&a) {
                    r = intersection(th, me(&r), o)?;
                }
                Ok(r)
            })?;
            Ok(Obj::NONE)
        })
        .doc("Update the set, keeping only elements found in it and all others."),
        MethodDef::new("pop", "($self, /)", |th, a| {
            let s = me(a.get(0));
            match s.table.pop(th, s.head) {
                Some(x) => Ok(x),
                None => {
                    let text = th.str("pop from an empty set")?;
                    Err(th.key_error(&text))
                }
            }
        })
        .doc("Remove and return an arbitrary set element.\n\nRaises KeyError if the set is empty."),
        MethodDef::new("remove", "($self, object, /)", |th, a| match remove_key(th, me(a.get(0)), a.get(1))? {
            Some(_) => Ok(Obj::NONE),
            None => Err(th.key_error(a.get(1))),
        })
        .doc("Remove an element from a set; it must be a member.\n\nIf the element is not a member, raise a KeyError."),
        MethodDef::new("symmetric_difference_update", "($self, other, /)", |th, a| {
            toggle(th, me(a.get(0)), a.get(1))?;
            Ok(Obj::NONE)
        })
        .doc("Update the set, keeping only elements found in either set, but not in both."),
        MethodDef::new("update", "($self, /, *others)", |th, a| {
            others(&a).iter().try_for_each(|o| update_from(th, me(a.get(0)), o)).map(|()| Obj::NONE)
        })
        .doc("Update the set, adding elements from all others."),
    ),
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF | type_flags::WEAKREFABLE,
    doc: "Build an unordered collection of unique elements.",
    ..TypeDef::new(TypeId::Set, "set", Set::LAYOUT)
};

/// `frozenset`
pub static FROZEN: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new_frozen),
        hash: Some(hash),
        ..BOTH
    },
    methods: common_methods!(),
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF | type_flags::WEAKREFABLE,
    doc: "Build an immutable unordered collection of unique elements.",
    ..TypeDef::new(TypeId::FrozenSet, "frozenset", FrozenSet::LAYOUT)
};

/// `set_iterator`
pub static ITER: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(self_iter),
        next: Some(iter_next),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__length_hint__", "($self, /)", |th, a| {
            let it = this::<SetIter>(a.get(0));
            let n = match it.seq.get() {
                Some(s) if me(&s).table.len() == it.used.load(Ordering::Relaxed) => {
                    it.left.load(Ordering::Relaxed)
                }
                _ => 0,
            };
            Ok(count_obj(th, n))
        }),
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            let it = this::<SetIter>(a.get(0));
            let mut items = Vec::new();
            if let Some(s) = it.seq.get() {
                let mut pos = it.index.load(Ordering::Relaxed);
                while let Some((_, x)) = me(&s).table.next_item(&mut pos) {
                    items.push(x);
                }
            }
            let args = th.tuple(vec![th.list(items)?])?;
            th.tuple(vec![builtin(th, "iter")?, args])
        }),
    ],
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::SetIter, "set_iterator", SetIter::LAYOUT)
};

/// The set that slots and methods are called on.
#[inline(always)]
fn me(o: &Obj) -> SetRef<'_> {
    match o.cast::<FrozenSet>() {
        Some(s) => SetRef {
            table: &s.table,
            head: s.head(),
            frozen: true,
        },
        None => of(this::<Set>(o)),
    }
}

/// A set as its table.
pub fn of(s: &Py<Set>) -> SetRef<'_> {
    SetRef {
        table: &s.table,
        head: s.head(),
        frozen: false,
    }
}

/// The `*others` of a method.
fn others<'a>(a: &Args<'a>) -> &'a [Obj] {
    a.opt(1)
        .and_then(|t| t.exact::<Tuple>())
        .map_or(&[][..], |t| t.items())
}

/// The hash of an item, with the message that names the set.
#[inline]
pub fn item_hash(th: &Thread, x: &Obj) -> Res<u64> {
    th.hash(x)
        .map(|h| h as u64)
        .map_err(|e| unhashable_key(th, x, e, "set element"))
}

/// The hash of what is looked for: a set stands for the frozenset of its items, which comes back to be compared.
fn search_hash(th: &Thread, x: &Obj) -> Res<(u64, Option<Obj>)> {
    match th.hash(x) {
        Ok(h) => Ok((h as u64, None)),
        Err(e) => match x.cast::<Set>() {
            Some(s) if is_type_error(th, &e) => {
                let f = frozen(th, &of(s).snapshot(th))?;
                Ok((th.hash(&f)? as u64, Some(f)))
            }
            _ => Err(unhashable_key(th, x, e, "set element")),
        },
    }
}

/// `x in set`
pub fn contains(th: &Thread, s: SetRef<'_>, x: &Obj) -> Res<bool> {
    let (h, frozen) = search_hash(th, x)?;
    s.contains(th, frozen.as_ref().unwrap_or(x), h)
}

fn remove_key(th: &Thread, s: SetRef<'_>, x: &Obj) -> Res<Option<Obj>> {
    let (h, frozen) = search_hash(th, x)?;
    s.table.remove(th, s.head, frozen.as_ref().unwrap_or(x), h)
}

/// `set.add(x)`
pub fn add(th: &Thread, s: SetRef<'_>, x: &Obj) -> Res<bool> {
    let h = item_hash(th, x)?;
    s.table.add(th, s.head, x, h)
}

fn frozen(th: &Thread, items: &crate::object::set::Snapshot) -> Res {
    let s = th.alloc(FrozenSet::new());
    s.table.merge(th, s.head(), items)?;
    Ok(s.into_obj())
}

/// A new set or frozenset, as `like` is, of these items.
fn make_like(th: &Thread, like: SetRef<'_>, items: &crate::object::set::Snapshot) -> Res {
    if like.frozen {
        return frozen(th, items);
    }
    let s = th.alloc(Set::new());
    s.table.merge(th, s.head(), items)?;
    Ok(s.into_obj())
}

fn empty_like(th: &Thread, like: SetRef<'_>) -> Obj {
    if like.frozen {
        th.alloc(FrozenSet::new()).into_obj()
    } else {
        th.alloc(Set::new()).into_obj()
    }
}

fn copy_then(th: &Thread, s: SetRef<'_>, f: impl FnOnce(SetRef<'_>) -> Res<()>) -> Res {
    let r = make_like(th, s, &s.snapshot(th))?;
    f(me(&r))?;
    Ok(r)
}

/// Runs `f` where both operands are sets.
fn both(a: &Obj, b: &Obj, f: impl FnOnce(SetRef<'_>, SetRef<'_>) -> Res) -> Res {
    match (SetRef::of(a), SetRef::of(b)) {
        (Some(x), Some(y)) => f(x, y),
        _ => Ok(Obj::NOT_IMPLEMENTED),
    }
}

fn in_place(a: &Obj, b: &Obj, f: impl FnOnce(SetRef<'_>, SetRef<'_>) -> Res<()>) -> Res {
    both(a, b, |x, y| f(x, y).map(|()| a.clone()))
}

/// Adds all items of another set.
pub fn merge(th: &Thread, s: SetRef<'_>, from: SetRef<'_>) -> Res<()> {
    if std::ptr::eq(s.table, from.table) {
        return Ok(());
    }
    s.table.merge(th, s.head, &from.snapshot(th))
}

/// `set.update(from)`
pub fn update_from(th: &Thread, s: SetRef<'_>, from: &Obj) -> Res<()> {
    if let Some(o) = SetRef::of(from) {
        return merge(th, s, o);
    }
    if let Some(d) = from.exact::<Dict>() {
        let items = d.snapshot(th);
        s.table.reserve(th, s.head, items.len())?;
        for (k, _, h) in &items {
            s.table.add(th, s.head, k, *h)?;
        }
        return Ok(());
    }
    for_each_with(
        th,
        from,
        &mut { s },
        |th, s, x| {
            let hash = match (x.as_small_int(), x.exact::<Str>()) {
                (Some(n), _) => hash_small(n) as u64,
                (_, Some(t)) => th.hash_of_str(t),
                _ => return Err(x),
            };
            match s.table.add_quick(th, s.head, &x, hash) {
                Some(Ok(_)) => Ok(()),
                // It is there by now, if there was no memory to make room for more.
                _ => Err(x),
            }
        },
        |th, s, x| add(th, *s, &x).map(|_| true),
    )
}

/// The items of an exact set or frozenset with their hashes, at one moment.
pub fn hashed_items(th: &Thread, o: &Obj) -> Option<Vec<(u64, Obj)>> {
    if !o.is_exact::<Set>() && !o.is_exact::<FrozenSet>() {
        return None;
    }
    Some(me(o).snapshot(th).items)
}

/// Exchanges the items of a set with those of a new one, if `seq` is still the set's. Says whether it was.
fn replace(th: &Thread, s: SetRef<'_>, new: &Obj, seq: Option<u32>) -> bool {
    let mut table = SetTable::new();
    let from = me(new);
    from.table.swap_with(th, from.head, &mut table, None);
    let done = s.table.swap_with(th, s.head, &mut table, seq);
    // The old items die here, outside the lock; in Multi readers may still be in the table, which therefore goes back
    // into an object.
    let grave = th.alloc(Set::new());
    grave.table.swap_with(th, grave.head(), &mut table, None);
    grave.table.clear(th, grave.head());
    done
}

/// A new set of the items of `s` that are in `other`.
fn intersection(th: &Thread, s: SetRef<'_>, other: &Obj) -> Res {
    let out = empty_like(th, s);
    let r = me(&out);
    if let Some(o) = SetRef::of(other) {
        if std::ptr::eq(s.table, o.table) {
            return make_like(th, s, &s.snapshot(th));
        }
        let (walk, ask) = if o.table.len() > s.table.len() {
            (s, o)
        } else {
            (o, s)
        };
        if let Some(done) = walk.table.select_quick(th, walk.head, ask.table, true, r) {
            return done.map(|()| out);
        }
        r.table.clear(th, r.head);
        for (h, x) in &walk.snapshot(th).items {
            if ask.contains(th, x, *h)? {
                r.table.add(th, r.head, x, *h)?;
            }
        }
        return Ok(out);
    }
    for_each(th, other, |x| {
        let h = item_hash(th, &x)?;
        if s.contains(th, &x, h)? {
            r.table.add(th, r.head, &x, h)?;
        }
        Ok(true)
    })?;
    Ok(out)
}

/// `a & b` (`And`) or `a - b` (`Sub`) of two sets that are exactly that, where no Python is asked; `None`: it would be.
pub fn combine_quick(th: &Thread, a: SetRef<'_>, b: SetRef<'_>, op: BinOp) -> Option<Res> {
    if std::ptr::eq(a.table, b.table) {
        return None;
    }
    let out = empty_like(th, a);
    let (walk, ask) = match op == BinOp::And && b.table.len() <= a.table.len() {
        true => (b, a),
        false => (a, b),
    };
    if op == BinOp::Sub && a.table.len() >> 2 > b.table.len() {
        return None;
    }
    let want = op == BinOp::And;
    let done = walk
        .table
        .select_quick(th, walk.head, ask.table, want, me(&out))?;
    Some(done.map(|()| out))
}

fn intersect_in_place(th: &Thread, s: SetRef<'_>, other: &Obj) -> Res<()> {
    replace_by(th, s, || intersection(th, s, other))
}

/// Puts what `make` has made of the set `s` in place of its items, if they have not changed meanwhile. If they change again
/// and again, items are taken out one by one: none that is added by another thread is lost.
fn replace_by(th: &Thread, s: SetRef<'_>, make: impl Fn() -> Res) -> Res<()> {
    for _ in 0..8 {
        let seq = s.table.seq();
        let r = make()?;
        if !th.multi() || s.table.seq() == seq {
            if replace(th, s, &r, th.multi().then_some(seq)) {
                return Ok(());
            }
        }
    }
    let before = s.snapshot(th);
    let r = make()?;
    for (h, x) in &before.items {
        if !me(&r).contains(th, x, *h)? {
            drop(s.table.remove(th, s.head, x, *h)?);
        }
    }
    Ok(())
}

/// A new set of the items of `s` that are not in `other`.
fn difference(th: &Thread, s: SetRef<'_>, other: &Obj) -> Res {
    let dict = other.exact::<Dict>();
    let set = SetRef::of(other);
    let others = set.map(|o| o.table.len()).or(dict.map(|d| d.len()));
    // Much smaller others are better taken out of a copy.
    if others.is_none_or(|n| s.table.len() >> 2 > n) {
        return copy_then(th, s, |r| subtract(th, r, other));
    }
    let out = empty_like(th, s);
    let r = me(&out);
    if let Some(o) = set {
        if let Some(done) = s.table.select_quick(th, s.head, o.table, false, r) {
            return done.map(|()| out);
        }
        r.table.clear(th, r.head);
    }
    for (h, x) in &s.snapshot(th).items {
        let there = match (set, dict) {
            (Some(o), _) => o.contains(th, x, *h)?,
            (_, Some(d)) => d.get_hashed(th, x, *h)?.is_some(),
            _ => false,
        };
        if !there {
            r.table.add(th, r.head, x, *h)?;
        }
    }
    Ok(out)
}

/// `set.difference_update(other)`
pub fn subtract(th: &Thread, s: SetRef<'_>, other: &Obj) -> Res<()> {
    if let Some(o) = SetRef::of(other) {
        if std::ptr::eq(s.table, o.table) {
            s.table.clear(th, s.head);
            return Ok(());
        }
        for (h, x) in &o.snapshot(th).items {
            drop(s.table.remove(th, s.head, x, *h)?);
        }
        return Ok(());
    }
    for_each(th, other, |x| {
        let h = item_hash(th, &x)?;
        drop(s.table.remove(th, s.head, &x, h)?);
        Ok(true)
    })
}

/// `set.symmetric_difference_update(other)`
pub fn toggle(th: &Thread, s: SetRef<'_>, other: &Obj) -> Res<()> {
    let items = if let Some(o) = SetRef::of(other) {
        if std::ptr::eq(s.table, o.table) {
            s.table.clear(th, s.head);
            return Ok(());
        }
        o.snapshot(th)
    } else {
        // An item that comes twice counts once.
        let once = th.alloc(Set::new());
        update_from(th, of(&once), other)?;
        of(&once).snapshot(th)
    };
    toggle_all(th, s, &items)
}

/// A new set, as `s` is, of what is in one of both: made from `other`, as CPython does, which shows in the order.
fn symmetric(th: &Thread, s: SetRef<'_>, other: &Obj) -> Res {
    let out = empty_like(th, s);
    let r = me(&out);
    update_from(th, r, other)?;
    toggle_all(th, r, &s.snapshot(th))?;
    Ok(out)
}

fn toggle_all(th: &Thread, s: SetRef<'_>, items: &crate::object::set::Snapshot) -> Res<()> {
    for (h, x) in &items.items {
        if s.table.remove(th, s.head, x, *h)?.is_none() {
            s.table.add(th, s.head, x, *h)?;
        }
    }
    Ok(())
}

fn new(th: &Thread, cls: &Py<Type>, _args: CallArgs<'_>) -> Res {
    Ok(th.alloc_as::<Set>(cls, Set::new())?.into_obj())
}

/// `set(items)`
pub fn set_of(th: &Thread, items: &Obj) -> Res {
    let s = th.alloc(Set::new()).into_obj();
    update_from(th, me(&s), items)?;
    Ok(s)
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    th.bind("set", "(iterable=(), /)", args, |a| {
        let s = me(o);
        if !s.table.is_empty() {
            s.table.clear(th, s.head);
        }
        match a.opt(0) {
            Some(it) => update_from(th, s, it),
            None => Ok(()),
        }
    })
}

fn new_frozen(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let exact = cls.id == Some(TypeId::FrozenSet);
    let args = args_of_new(th, cls, TypeId::FrozenSet, args);
    th.bind("frozenset", "(iterable=(), /)", args, |a| {
        if exact
            && let Some(it) = a.opt(0)
            && it.is_exact::<FrozenSet>()
        {
            return Ok(it.clone());
        }
        let s = th.alloc_as::<FrozenSet>(cls, FrozenSet::new())?;
        if let Some(it) = a.opt(0) {
            update_from(
                th,
                SetRef {
                    table: &s.table,
                    head: s.head(),
                    frozen: true,
                },
                it,
            )?;
        }
        Ok(s.into_obj())
    })
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let s = me(o);
    let name = th.type_name(o);
    if s.table.is_empty() {
        return th.str(&format!("{name}()"));
    }
    let Some(_inside) = th.repr_enter(o) else {
        return th.str(&format!("{name}(...)"));
    };
    let items = s.snapshot(th).items;
    let mut buf = StrBuf::new();
    let plain = o.is_exact::<Set>();
    if !plain {
        buf.push_utf8(&name);
        buf.push_ascii(b"(");
    }
    buf.push_ascii(b"{");
    for (i, (_, x)) in items.iter().enumerate() {
        if i > 0 {
            buf.push_ascii(b", ");
        }
        buf.push_str(th.repr(x)?.text());
    }
    buf.push_ascii(if plain { b"}" } else { b"})" });
    th.str_data(buf.finish())
}

fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    let s = this::<FrozenSet>(o);
    let known = s.hash.load(Ordering::Relaxed);
    if known != 0 {
        return Ok((known as i64).wrapping_sub(1));
    }
    // CPython's formula, without its entries that are empty.
    let (mut pos, mut h) = (0, 0u64);
    while let Some((x, item)) = s.table.next_item(&mut pos) {
        drop(item);
        h ^= ((x ^ 89_869_747) ^ (x << 16)).wrapping_mul(3_644_798_167);
    }
    h ^= (s.table.len() as u64 + 1).wrapping_mul(1_927_868_237);
    h ^= (h >> 11) ^ (h >> 25);
    h = h.wrapping_mul(69069).wrapping_add(907_133_923);
    if h == u64::MAX {
        h = 590_923_713;
    }
    s.hash.store(h.wrapping_add(1), Ordering::Relaxed);
    let _ = th;
    Ok(h as i64)
}

/// Whether all items of `a` are in `b`.
fn subset(th: &Thread, a: SetRef<'_>, b: SetRef<'_>) -> Res<bool> {
    unchanged(th, a, b, |a, b| {
        if a.table.len() > b.table.len() {
            return Ok(false);
        }
        if let Some(r) = a.table.subset_quick(th, b.table) {
            return Ok(r);
        }
        let mut pos = 0;
        while let Some((h, x)) = a.table.next_item(&mut pos) {
            if !b.contains(th, &x, h)? {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

/// What `f` finds when it looks at two sets that do not change meanwhile: if other threads change them again and again, it
/// looks at copies.
fn unchanged<R>(
    th: &Thread,
    a: SetRef<'_>,
    b: SetRef<'_>,
    f: impl Fn(SetRef<'_>, SetRef<'_>) -> Res<R>,
) -> Res<R> {
    for _ in 0..4 {
        let seqs = (a.table.seq(), b.table.seq());
        let r = f(a, b)?;
        if !th.multi() || seqs == (a.table.seq(), b.table.seq()) {
            return Ok(r);
        }
    }
    let (a, b) = (frozen(th, &a.snapshot(th))?, frozen(th, &b.snapshot(th))?);
    f(me(&a), me(&b))
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (SetRef::of(a), SetRef::of(b)) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if let Some(r) = compare_quick(th, x, y, op) {
        return Ok(Obj::bool(r));
    }
    unchanged(th, x, y, |x, y| {
        let (m, n) = (x.table.len(), y.table.len());
        Ok(Obj::bool(match op {
            CmpOp::Eq => m == n && subset(th, x, y)?,
            CmpOp::Ne => m != n || !subset(th, x, y)?,
            CmpOp::Lt => m < n && subset(th, x, y)?,
            CmpOp::Le => subset(th, x, y)?,
            CmpOp::Gt => m > n && subset(th, y, x)?,
            CmpOp::Ge => subset(th, y, x)?,
        }))
    })
}

fn iter(th: &Thread, o: &Obj) -> Res {
    Ok(th
        .alloc(SetIter::new(o.clone(), 0, me(o).table.len()))
        .into_obj())
}

fn copy(th: &Thread, a: Args<'_>) -> Res {
    if a.get(0).is_exact::<FrozenSet>() {
        return Ok(a.get(0).clone());
    }
    let s = me(a.get(0));
    make_like(th, s, &s.snapshot(th))
}

fn isdisjoint(th: &Thread, a: Args<'_>) -> Res {
    let s = me(a.get(0));
    let mut disjoint = true;
    if let Some(o) = SetRef::of(a.get(1)) {
        let (walk, ask) = if o.table.len() > s.table.len() {
            (s, o)
        } else {
            (o, s)
        };
        let mut pos = 0;
        while disjoint && let Some((h, x)) = walk.table.next_item(&mut pos) {
            disjoint = !ask.contains(th, &x, h)?;
        }
        return Ok(Obj::bool(disjoint));
    }
    for_each(th, a.get(1), |x| {
        let h = item_hash(th, &x)?;
        disjoint = !s.contains(th, &x, h)?;
        Ok(disjoint)
    })?;
    Ok(Obj::bool(disjoint))
}

fn issubset(th: &Thread, a: Args<'_>) -> Res {
    let s = me(a.get(0));
    if let Some(o) = SetRef::of(a.get(1)) {
        return Ok(Obj::bool(subset(th, s, o)?));
    }
    let common = intersection(th, s, a.get(1))?;
    Ok(Obj::bool(me(&common).table.len() == s.table.len()))
}

fn issuperset(th: &Thread, a: Args<'_>) -> Res {
    let s = me(a.get(0));
    if let Some(o) = SetRef::of(a.get(1)) {
        return Ok(Obj::bool(subset(th, o, s)?));
    }
    let mut all = true;
    for_each(th, a.get(1), |x| {
        let h = item_hash(th, &x)?;
        all = s.contains(th, &x, h)?;
        Ok(all)
    })?;
    Ok(Obj::bool(all))
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let items = me(o)
        .snapshot(th)
        .items
        .into_iter()
        .map(|(_, x)| x)
        .collect();
    let args = th.tuple(vec![th.list(items)?])?;
    let state = th.call_method(o, "__getstate__", &[])?;
    th.tuple(vec![th.type_of(o).obj().clone(), args, state])
}

/// [`iter_next`] where the set has not changed and is exactly that.
#[inline(never)]
pub fn next_quick(it: &Py<SetIter>) -> Next {
    let seq = it.seq.raw();
    if seq.is_empty() {
        return Next::End;
    }
    // SAFETY: a live object: the iterator's slot keeps it until a safepoint (O2 of `obj`), and none is here.
    let seq = unsafe { Obj::ref_from(&seq) };
    let Some(s) = SetRef::of_exact(seq) else {
        return Next::Other;
    };
    if s.table.len() != it.used.load(Ordering::Relaxed) {
        return Next::Other;
    }
    let mut pos = it.index.load(Ordering::Relaxed);
    let Some((_, x)) = s.table.next_item(&mut pos) else {
        // The slot's function lets go of the set.
        return Next::Other;
    };
    it.index.store(pos, Ordering::Relaxed);
    let left = it.left.load(Ordering::Relaxed).saturating_sub(1);
    it.left.store(left, Ordering::Relaxed);
    Next::Item(x.into_value())
}

/// Whether [`next_quick`] has an item.
pub fn has_next(it: &Py<SetIter>) -> bool {
    let seq = it.seq.raw();
    if seq.is_empty() {
        return false;
    }
    // SAFETY: as in `next_quick`.
    let seq = unsafe { Obj::ref_from(&seq) };
    SetRef::of_exact(seq).is_some_and(|s| {
        let mut pos = it.index.load(Ordering::Relaxed);
        s.table.len() == it.used.load(Ordering::Relaxed) && s.table.next_item(&mut pos).is_some()
    })
}

fn iter_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<SetIter>(o);
    let Some(seq) = it.seq.get() else {
        return Ok(None);
    };
    let s = me(&seq);
    if s.table.len() != it.used.load(Ordering::Relaxed) {
        it.used.store(usize::MAX, Ordering::Relaxed);
        return Err(th.runtime_error("Set changed size during iteration"));
    }
    let mut pos = it.index.load(Ordering::Relaxed);
    let item = s.table.next_item(&mut pos);
    it.index.store(pos, Ordering::Relaxed);
    match item {
        Some((_, x)) => {
            it.left.store(
                it.left.load(Ordering::Relaxed).saturating_sub(1),
                Ordering::Relaxed,
            );
            Ok(Some(x))
        }
        None => {
            it.seq.set(th, None);
            Ok(None)
        }
    }
}
