//! `list` and its iterators.

use super::common::*;
use super::sort;
use crate::object::def::{MethodDef, TypeDef, type_flags};
use crate::object::iters::{ListIter, ListReverseIter};
use crate::object::layout::Native;
use crate::object::list::{List, drop_last_first};
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::{CallArgs, CmpOp, Slots};
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

/// `list`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        hash: Some(unhashable),
        compare: Some(compare),
        iter: Some(iter),
        len: Some(|_, o| Ok(this::<List>(o).len())),
        getitem: Some(getitem),
        setitem: Some(setitem),
        contains: Some(contains),
        concat: Some(concat),
        repeat: Some(repeat),
        iconcat: Some(iconcat),
        irepeat: Some(irepeat),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("append", "($self, object, /)", append).doc("Append object to the end of the list."),
        MethodDef::new("clear", "($self, /)", clear).doc("Remove all items from list."),
        MethodDef::new("copy", "($self, /)", copy).doc("Return a shallow copy of the list."),
        MethodDef::new("count", "($self, value, /)", count).doc("Return number of occurrences of value."),
        MethodDef::new("extend", "($self, iterable, /)", extend)
            .doc("Extend list by appending elements from the iterable."),
        MethodDef::new("index", "($self, value, start=0, stop=sys.maxsize, /)", index)
            .doc("Return first index of value.\n\nRaises ValueError if the value is not present."),
        MethodDef::new("insert", "($self, index, object, /)", insert).doc("Insert object before index."),
        MethodDef::new("pop", "($self, index=-1, /)", pop).doc(
            "Remove and return item at index (default last).\n\nRaises IndexError if list is empty or index is out of range.",
        ),
        MethodDef::new("remove", "($self, value, /)", remove)
            .doc("Remove first occurrence of value.\n\nRaises ValueError if the value is not present."),
        MethodDef::new("reverse", "($self, /)", reverse).doc("Reverse *IN PLACE*."),
        MethodDef::new("sort", "($self, /, *, key=None, reverse=False)", sort_method)
            .doc("Sort the list in ascending order and return None."),
        MethodDef::new("__reversed__", "($self, /)", reversed).doc("Return a reverse iterator over the list."),
        MethodDef::new("__sizeof__", "($self, /)", sizeof).doc("Return the size of the list in memory, in bytes."),
        MethodDef::class("__class_getitem__", "($cls, object, /)", |th, a| class_getitem(th, a.get(0), a.get(1)))
            .doc("See PEP 585"),
    ],
    flags: type_flags::BASETYPE | type_flags::SEQUENCE | type_flags::MATCH_SELF,
    doc: "Built-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\nThe argument must be an iterable if specified.",
    ..TypeDef::new(TypeId::List, "list", List::LAYOUT)
};

/// `list_iterator`
pub static ITER: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(self_iter),
        next: Some(iter_next),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__length_hint__", "($self, /)", iter_hint),
        MethodDef::new("__reduce__", "($self, /)", iter_reduce),
        MethodDef::new("__setstate__", "($self, state, /)", iter_setstate),
    ],
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::ListIter, "list_iterator", ListIter::LAYOUT)
};

/// `list_reverseiterator`
pub static REVERSE_ITER: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(self_iter),
        next: Some(rev_next),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__length_hint__", "($self, /)", rev_hint),
        MethodDef::new("__reduce__", "($self, /)", rev_reduce),
        MethodDef::new("__setstate__", "($self, state, /)", rev_setstate),
    ],
    flags: type_flags::NO_NEW,
    ..TypeDef::new(
        TypeId::ListReverseIter,
        "list_reverseiterator",
        ListReverseIter::LAYOUT,
    )
};

fn new(th: &Thread, cls: &Py<Type>, _args: CallArgs<'_>) -> Res {
    Ok(th.alloc_as::<List>(cls, List::new())?.into_obj())
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    // A class with a `__new__` of its own may take keyword arguments there.
    let own_new = match (th.type_of(o).slots().new, th.ty(TypeId::List).slots().new) {
        (Some(f), Some(g)) => !std::ptr::fn_addr_eq(f, g),
        _ => false,
    };
    let args = if own_new {
        CallArgs::pos(args.positional())
    } else {
        args
    };
    th.bind("list", "(iterable=(), /)", args, |a| {
        let list = this::<List>(o);
        if !list.is_empty() {
            drop(list.take_all(th));
        }
        match a.opt(0) {
            Some(it) => extend_list(th, list, it),
            None => Ok(()),
        }
    })
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let list = this::<List>(o);
    if list.is_empty() {
        return th.str("[]");
    }
    match th.repr_enter(o) {
        None => th.str("[...]"),
        Some(_inside) => repr_items(th, "[", "]", false, |i| list.get(th, i)),
    }
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (a.cast::<List>(), b.cast::<List>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    compare_items(
        th,
        op,
        || (x.len(), y.len()),
        |i| Some((x.get(th, i)?, y.get(th, i)?)),
    )
}

fn iter(th: &Thread, o: &Obj) -> Res {
    Ok(th.alloc(ListIter::new(o.clone(), 0)).into_obj())
}

fn getitem(th: &Thread, o: &Obj, key: &Obj) -> Res {
    let list = this::<List>(o);
    match seq_key(th, key, "list")? {
        Key::At(i) => list
            .get_at(th, i)
            .ok_or_else(|| th.index_error("list index out of range")),
        Key::Slice(s) => {
            let bounds = th.slice_bounds(s)?;
            list.slice_list(th, bounds).map(Py::into_obj)
        }
    }
}

fn setitem(th: &Thread, o: &Obj, key: &Obj, value: Option<&Obj>) -> Res<()> {
    let list = this::<List>(o);
    match (seq_key(th, key, "list")?, value) {
        (Key::At(i), Some(v)) => list
            .set_at(th, i, v.clone())
            .map_err(|_| th.index_error("list assignment index out of range")),
        (Key::At(i), None) => match list.remove(th, i) {
            Some(_) => Ok(()),
            None => Err(th.index_error("list assignment index out of range")),
        },
        (Key::Slice(s), Some(v)) => {
            let items = collect_or(th, v, "must assign iterable to extended slice")?;
            let bounds = th.slice_bounds(s)?;
            if bounds.step == 1 {
                drop_last_first(list.set_slice(th, bounds, items)?);
                return Ok(());
            }
            match list.set_step(th, bounds, items) {
                Ok(old) => drop(old),
                Err((count, items)) => {
                    return Err(th.value_error(format!(
                        "attempt to assign sequence of size {} to extended slice of size {count}",
                        items.len()
                    )));
                }
            }
            Ok(())
        }
        (Key::Slice(s), None) => {
            let bounds = th.slice_bounds(s)?;
            if bounds.step == 1 {
                drop_last_first(list.set_slice(th, bounds, Vec::new())?);
            } else {
                drop(list.remove_slice(th, bounds));
            }
            Ok(())
        }
    }
}

fn contains(th: &Thread, o: &Obj, item: &Obj) -> Res<bool> {
    Ok(find(th, this::<List>(o), item, 0, usize::MAX)?.is_some())
}

/// Where the first of the items `start..stop` is that equals this one, and that item, at one moment. `None`: comparing would
/// ask Python.
pub fn find_quick(
    th: &Thread,
    list: &Py<List>,
    item: &Obj,
    start: usize,
    stop: usize,
) -> Option<Option<(usize, Obj)>> {
    let (mut found, mut plain) = (None, true);
    list.walk(th, start, stop, |i, x| {
        match th.eq_quick(x, item) {
            Some(true) => found = Some((i, x.clone())),
            Some(false) => {}
            None => plain = false,
        }
        plain && found.is_none()
    });
    plain.then_some(found)
}

/// The first item in `start..stop` that equals `item`, and its index.
fn find(
    th: &Thread,
    list: &Py<List>,
    item: &Obj,
    start: usize,
    stop: usize,
) -> Res<Option<(usize, Obj)>> {
    if th.multi()
        && let Some(found) = find_quick(th, list, item, start, stop)
    {
        return Ok(found);
    }
    let mut i = start;
    while i < stop
        && let Some(x) = list.get(th, i)
    {
        if th.eq(&x, item)? {
            return Ok(Some((i, x)));
        }
        i += 1;
        if i & 0xFFF == 0 {
            th.poll()?;
        }
    }
    Ok(None)
}

fn concat(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let Some(x) = a.cast::<List>() else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let Some(y) = b.cast::<List>() else {
        return Err(th.type_error(format!(
            "can only concatenate list (not \"{}\") to list",
            th.type_name(b)
        )));
    };
    x.joined(th, y).map(Py::into_obj)
}

fn repeat(th: &Thread, a: &Obj, n: &Obj) -> Res {
    let times = repeat_count(th, n)?;
    let list = this::<List>(a);
    if list.len() == 1
        && let Some(one) = list.get(th, 0)
    {
        return crate::object::list::list_of_same(th, &one, times).map(Py::into_obj);
    }
    let items = list.to_vec(th);
    th.list(repeat_vec(th, &items, times)?)
}

/// Items repeated, the memory asked for first.
pub fn repeat_vec(th: &Thread, items: &[Obj], times: usize) -> Res<Vec<Obj>> {
    if items.is_empty() || times == 0 {
        return Ok(Vec::new());
    }
    let total = items
        .len()
        .checked_mul(times)
        .filter(|n| *n < isize::MAX as usize / 16);
    let Some(total) = total else {
        return Err(th.memory_error());
    };
    th.reserve(total * 8)?;
    let mut out = Vec::new();
    if out.try_reserve_exact(total).is_err() {
        return Err(th.memory_error());
    }
    for _ in 0..times {
        out.extend_from_slice(items);
    }
    Ok(out)
}

fn iconcat(th: &Thread, a: &Obj, b: &Obj) -> Res {
    extend_list(th, this::<List>(a), b)?;
    Ok(a.clone())
}

fn irepeat(th: &Thread, a: &Obj, n: &Obj) -> Res {
    let list = this::<List>(a);
    match repeat_count(th, n)? {
        0 => drop(list.take_all(th)),
        1 => {}
        times => list.repeat_in_place(th, times)?,
    }
    Ok(a.clone())
}

fn append(th: &Thread, a: Args<'_>) -> Res {
    this::<List>(a.get(0)).push(th, a.get(1).clone())?;
    Ok(Obj::NONE)
}

fn clear(th: &Thread, a: Args<'_>) -> Res {
    let mut items = this::<List>(a.get(0)).take_all(th);
    // The last item dies first, as in CPython.
    while items.pop().is_some() {}
    Ok(Obj::NONE)
}

fn copy(th: &Thread, a: Args<'_>) -> Res {
    let list = this::<List>(a.get(0));
    let new = th.new_list();
    new.extend_list(th, list)?;
    Ok(new.into_obj())
}

fn count(th: &Thread, a: Args<'_>) -> Res {
    let (list, item) = (this::<List>(a.get(0)), a.get(1));
    let mut n = 0;
    if th.multi() {
        // As in `find_quick`.
        let mut plain = true;
        list.walk(th, 0, usize::MAX, |_, x| {
            let same = th.eq_simple(x, item);
            plain = same.is_some();
            n += usize::from(same == Some(true));
            plain
        });
        if plain {
            return Ok(count_obj(th, n));
        }
        n = 0;
    }
    for_each_index(th, list, |x| {
        n += th.eq(x, item)? as usize;
        Ok(())
    })?;
    Ok(count_obj(th, n))
}

fn for_each_index(th: &Thread, list: &Py<List>, mut f: impl FnMut(&Obj) -> Res<()>) -> Res<()> {
    let mut i = 0;
    while let Some(x) = list.get(th, i) {
        f(&x)?;
        i += 1;
        if i & 0xFFF == 0 {
            th.poll()?;
        }
    }
    Ok(())
}

fn extend(th: &Thread, a: Args<'_>) -> Res {
    extend_list(th, this::<List>(a.get(0)), a.get(1))?;
    Ok(Obj::NONE)
}

/// `list.extend(iterable)`
pub fn extend_list(th: &Thread, list: &Py<List>, iterable: &Obj) -> Res<()> {
    if let Some(l) = iterable.exact::<List>() {
        if th.multi() || std::ptr::eq::<List>(&**l, &**list) {
            return list.extend_vec(th, l.to_vec(th));
        }
        return list.extend_list(th, l);
    }
    if let Some(t) = iterable.exact::<Tuple>() {
        return list.extend_slice(th, t.items());
    }
    if let Some(all) = th.collect_at_once(iterable)? {
        return list.extend_vec(th, all);
    }
    let it = th.iter(iterable)?;
    // Only asked for its errors: the list grows geometrically anyway.
    th.length_hint(iterable, 8)?;
    let mut n = 0u32;
    while let Some(item) = th.next(&it)? {
        list.push(th, item)?;
        n = n.wrapping_add(1);
        if n & 0xFFF == 0 {
            th.poll()?;
        }
    }
    Ok(())
}

fn index(th: &Thread, a: Args<'_>) -> Res {
    let list = this::<List>(a.get(0));
    let start = clamp_bound(slice_bound(th, a.opt(2), 0)?, list.len());
    let stop = clamp_bound(slice_bound(th, a.opt(3), i64::MAX)?, list.len());
    match find(th, list, a.get(1), start, stop)? {
        Some((i, _)) => Ok(count_obj(th, i)),
        None => Err(th.value_error("list.index(x): x not in list")),
    }
}

fn insert(th: &Thread, a: Args<'_>) -> Res {
    let list = this::<List>(a.get(0));
    let i = index_or(th, a.get(1), TypeId::OverflowError)?;
    list.insert(th, clamp_bound(i, list.len()), a.get(2).clone())?;
    Ok(Obj::NONE)
}

fn pop(th: &Thread, a: Args<'_>) -> Res {
    let list = this::<List>(a.get(0));
    let popped = match a.opt(1) {
        None => list.pop_last(th),
        Some(i) => {
            let i = index_or(th, i, TypeId::IndexError)?;
            if list.is_empty() {
                None
            } else {
                match list.remove(th, i) {
                    Some(x) => Some(x),
                    None => return Err(th.index_error("pop index out of range")),
                }
            }
        }
    };
    popped.ok_or_else(|| th.index_error("pop from empty list"))
}

fn remove(th: &Thread, a: Args<'_>) -> Res {
    let list = this::<List>(a.get(0));
    while let Some((i, item)) = find(th, list, a.get(1), 0, usize::MAX)? {
        // Where another thread has moved it meanwhile, it is looked for again. Without others the item at that place goes,
        // whatever the comparison has done to the list.
        let gone = if th.multi() {
            list.remove_same(th, i, &item)
        } else {
            drop(list.remove(th, i as i64));
            true
        };
        if gone {
            return Ok(Obj::NONE);
        }
    }
    Err(th.value_error("list.remove(x): x not in list"))
}

fn reverse(th: &Thread, a: Args<'_>) -> Res {
    this::<List>(a.get(0)).reverse(th);
    Ok(Obj::NONE)
}

fn sort_method(th: &Thread, a: Args<'_>) -> Res {
    let reverse = match a.opt(2) {
        Some(r) => th.truthy(r)?,
        None => false,
    };
    sort::sort_list(th, this::<List>(a.get(0)), a.opt_not_none(1), reverse)?;
    Ok(Obj::NONE)
}

fn reversed(th: &Thread, a: Args<'_>) -> Res {
    let list = this::<List>(a.get(0));
    Ok(th
        .alloc(ListReverseIter::new(list.obj().clone(), list.len()))
        .into_obj())
}

fn sizeof(th: &Thread, a: Args<'_>) -> Res {
    Ok(count_obj(
        th,
        16 + size_of::<List>() + this::<List>(a.get(0)).array_bytes(),
    ))
}

fn iter_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<ListIter>(o);
    let Some(seq) = it.seq.get() else {
        return Ok(None);
    };
    let i = it.index.load(Ordering::Relaxed);
    if let Some(item) = this::<List>(&seq).get(th, i) {
        it.index.store(i + 1, Ordering::Relaxed);
        return Ok(Some(item));
    }
    it.seq.set(th, None);
    Ok(None)
}

fn iter_hint(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<ListIter>(a.get(0));
    let n = it.seq.get().map_or(0, |s| {
        this::<List>(&s)
            .len()
            .saturating_sub(it.index.load(Ordering::Relaxed))
    });
    Ok(count_obj(th, n))
}

fn iter_reduce(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<ListIter>(a.get(0));
    let f = builtin(th, "iter")?;
    match it.seq.get() {
        Some(s) => {
            let args = th.tuple(vec![s])?;
            th.tuple(vec![
                f,
                args,
                count_obj(th, it.index.load(Ordering::Relaxed)),
            ])
        }
        None => {
            let args = th.tuple(vec![th.list(Vec::new())?])?;
            th.tuple(vec![f, args])
        }
    }
}

fn iter_setstate(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<ListIter>(a.get(0));
    let i = index_or(th, a.get(1), TypeId::OverflowError)?;
    if let Some(s) = it.seq.get() {
        it.index.store(
            (i.max(0) as usize).min(this::<List>(&s).len()),
            Ordering::Relaxed,
        );
    }
    Ok(Obj::NONE)
}

fn rev_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<ListReverseIter>(o);
    let Some(seq) = it.seq.get() else {
        return Ok(None);
    };
    let i = it.index.load(Ordering::Relaxed);
    if i > 0
        && let Some(item) = this::<List>(&seq).get(th, i - 1)
    {
        it.index.store(i - 1, Ordering::Relaxed);
        return Ok(Some(item));
    }
    it.seq.set(th, None);
    Ok(None)
}

fn rev_hint(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<ListReverseIter>(a.get(0));
    let i = it.index.load(Ordering::Relaxed);
    let n = it
        .seq
        .get()
        .map_or(0, |s| if this::<List>(&s).len() < i { 0 } else { i });
    Ok(count_obj(th, n))
}

fn rev_reduce(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<ListReverseIter>(a.get(0));
    match it.seq.get() {
        Some(s) => {
            let args = th.tuple(vec![s])?;
            let i = it.index.load(Ordering::Relaxed) as i64 - 1;
            th.tuple(vec![builtin(th, "reversed")?, args, th.int(i)])
        }
        None => {
            let args = th.tuple(vec![th.list(Vec::new())?])?;
            th.tuple(vec![builtin(th, "iter")?, args])
        }
    }
}

fn rev_setstate(th: &Thread, a: Args<'_>) -> Res {
    let it = this::<ListReverseIter>(a.get(0));
    let i = index_or(th, a.get(1), TypeId::OverflowError)?;
    if let Some(s) = it.seq.get() {
        let n = this::<List>(&s).len() as i64;
        it.index
            .store((i.clamp(-1, n - 1) + 1) as usize, Ordering::Relaxed);
    }
    Ok(Obj::NONE)
}
