//! The views of dicts (`keys()`, `values()`, `items()`) and the iterators over dicts.

use super::common::*;
use super::set;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::dict::{Dict, key_hash};
use crate::object::iters::*;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::set::{Set, SetRef};
use crate::object::sig::Args;
use crate::object::slots::{BinOp, CmpOp, Slots};
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};

/// Where a reverse iteration starts: beyond every entry.
pub const END: usize = usize::MAX;

const SET_LIKE: Slots = Slots {
    compare: Some(compare),
    repr: Some(repr),
    len: Some(len),
    ..Slots::NONE
}
.bin(BinOp::And, and)
.bin(BinOp::Or, or)
.bin(BinOp::Sub, sub)
.bin(BinOp::Xor, xor);

/// `dict_keys`
pub static KEYS: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(keys_iter),
        contains: Some(keys_contain),
        hash: Some(unhashable),
        ..SET_LIKE
    },
    methods: &[
        MethodDef::new("isdisjoint", "($self, other, /)", isdisjoint)
            .doc("Return True if the view and the given iterable have a null intersection."),
        MethodDef::new("__reversed__", "($self, /)", |th, a| {
            let d = dict_of(a.get(0));
            Ok(th
                .alloc(DictReverseKeyIter::new(d.obj().clone(), END, d.len()))
                .into_obj())
        })
        .doc("Return a reverse iterator over the dict keys."),
    ],
    getset: MAPPING,
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::DictKeys, "dict_keys", DictKeys::LAYOUT)
};

/// `dict_items`
pub static ITEMS: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(items_iter),
        contains: Some(items_contain),
        hash: Some(unhashable),
        ..SET_LIKE
    },
    methods: &[
        MethodDef::new("isdisjoint", "($self, other, /)", isdisjoint)
            .doc("Return True if the view and the given iterable have a null intersection."),
        MethodDef::new("__reversed__", "($self, /)", |th, a| {
            let d = dict_of(a.get(0));
            Ok(th
                .alloc(DictReverseItemIter::new(d.obj().clone(), END, d.len()))
                .into_obj())
        })
        .doc("Return a reverse iterator over the dict items."),
    ],
    getset: MAPPING,
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::DictItems, "dict_items", DictItems::LAYOUT)
};

/// `dict_values`
pub static VALUES: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(values_iter),
        repr: Some(repr),
        len: Some(len),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__reversed__", "($self, /)", |th, a| {
        let d = dict_of(a.get(0));
        Ok(th
            .alloc(DictReverseValueIter::new(d.obj().clone(), END, d.len()))
            .into_obj())
    })
    .doc("Return a reverse iterator over the dict values.")],
    getset: MAPPING,
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::DictValues, "dict_values", DictValues::LAYOUT)
};

const MAPPING: &[GetSetDef] = &[GetSetDef::ro("mapping", |th, o| {
    th.call(
        th.ty(TypeId::MappingProxy).obj(),
        std::slice::from_ref(dict_of(o).obj()),
    )
})];

/// The dict of a view (the three views have one layout).
fn dict_of(view: &Obj) -> &Py<Dict> {
    let view = match (view.cast::<DictKeys>(), view.cast::<DictItems>()) {
        (Some(k), _) => &k.dict,
        (_, Some(i)) => &i.dict,
        _ => &this::<DictValues>(view).dict,
    };
    this::<Dict>(view)
}

fn is_keys(o: &Obj) -> bool {
    o.cast::<DictKeys>().is_some()
}

fn is_set_view(o: &Obj) -> bool {
    is_keys(o) || o.cast::<DictItems>().is_some()
}

fn len(_th: &Thread, o: &Obj) -> Res<usize> {
    Ok(dict_of(o).len())
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let Some(_inside) = th.repr_enter(o) else {
        return th.str("...");
    };
    let items = th.list(th.collect(o)?)?;
    let text = th.repr(&items)?;
    let mut buf = threadsnake_algo::text::StrBuf::new();
    buf.push_utf8(&th.type_name(o));
    buf.push_ascii(b"(");
    buf.push_str(text.text());
    buf.push_ascii(b")");
    th.str_data(buf.finish())
}

fn keys_iter(th: &Thread, o: &Obj) -> Res {
    let d = dict_of(o);
    Ok(th
        .alloc(DictKeyIter::new(d.obj().clone(), 0, d.len()))
        .into_obj())
}

fn values_iter(th: &Thread, o: &Obj) -> Res {
    let d = dict_of(o);
    Ok(th
        .alloc(DictValueIter::new(d.obj().clone(), 0, d.len()))
        .into_obj())
}

fn items_iter(th: &Thread, o: &Obj) -> Res {
    let d = dict_of(o);
    Ok(th
        .alloc(DictItemIter::new(d.obj().clone(), 0, d.len()))
        .into_obj())
}

fn keys_contain(th: &Thread, o: &Obj, key: &Obj) -> Res<bool> {
    Ok(dict_of(o).get_item(th, key)?.is_some())
}

fn items_contain(th: &Thread, o: &Obj, pair: &Obj) -> Res<bool> {
    let Some([k, v]) = pair.cast::<Tuple>().map(|t| t.items()) else {
        return Ok(false);
    };
    let d = dict_of(o);
    let hash = key_hash(th, k)?;
    match d.get_hashed(th, k, hash)? {
        Some(w) => th.eq(&w, v),
        None => Ok(false),
    }
}

/// Whether every item of `a` is in `b`.
fn all_in(th: &Thread, a: &Obj, b: &Obj) -> Res<bool> {
    let mut all = true;
    for_each(th, a, |x| {
        all = th.contains(b, &x)?;
        Ok(all)
    })?;
    Ok(all)
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    if !is_set_view(a) || !(is_set_view(b) || SetRef::of(b).is_some()) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let (m, n) = (th.len(a)?, th.len(b)?);
    Ok(Obj::bool(match op {
        CmpOp::Eq => m == n && all_in(th, a, b)?,
        CmpOp::Ne => m != n || !all_in(th, a, b)?,
        CmpOp::Lt => m < n && all_in(th, a, b)?,
        CmpOp::Le => m <= n && all_in(th, a, b)?,
        CmpOp::Gt => m > n && all_in(th, b, a)?,
        CmpOp::Ge => m >= n && all_in(th, b, a)?,
    }))
}

/// A new set of what an operand gives.
fn to_set(th: &Thread, o: &Obj) -> Res<Py<Set>> {
    let s = th.alloc(Set::new());
    set::update_from(th, set::of(&s), o)?;
    Ok(s)
}

fn and(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let (view, other) = if is_set_view(a) { (a, b) } else { (b, a) };
    if !is_set_view(view) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let result = th.alloc(Set::new());
    // Of two views the smaller one is gone through.
    let (walk, ask) = if is_set_view(other) && dict_of(other).len() > dict_of(view).len() {
        (view, other)
    } else {
        (other, view)
    };
    for_each(th, walk, |x| {
        if th.contains(ask, &x)? {
            set::add(th, set::of(&result), &x)?;
        }
        Ok(true)
    })?;
    Ok(result.into_obj())
}

fn or(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let s = to_set(th, a)?;
    set::update_from(th, set::of(&s), b)?;
    Ok(s.into_obj())
}

fn sub(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let s = to_set(th, a)?;
    set::subtract(th, set::of(&s), b)?;
    Ok(s.into_obj())
}

fn xor(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let s = to_set(th, a)?;
    set::toggle(th, set::of(&s), b)?;
    Ok(s.into_obj())
}

fn isdisjoint(th: &Thread, a: Args<'_>) -> Res {
    let (view, other) = (a.get(0), a.get(1));
    if view.is(other) {
        return Ok(Obj::bool(dict_of(view).is_empty()));
    }
    let mut disjoint = true;
    for_each(th, other, |x| {
        disjoint = !th.contains(view, &x)?;
        Ok(disjoint)
    })?;
    Ok(Obj::bool(disjoint))
}

/// What an iterator gives of an entry.
type Make = fn(&Thread, Obj, Obj) -> Res;

fn make_key(_th: &Thread, k: Obj, v: Obj) -> Res {
    drop(v);
    Ok(k)
}
fn make_value(_th: &Thread, k: Obj, v: Obj) -> Res {
    drop(k);
    Ok(v)
}
fn make_item(th: &Thread, k: Obj, v: Obj) -> Res {
    th.pair(k, v)
}

/// One step of any dict iterator.
#[inline(always)]
fn step(
    th: &Thread,
    seq: &crate::object::obj::Slot,
    index: &AtomicUsize,
    used: &AtomicUsize,
    left: &AtomicUsize,
    back: bool,
    make: Make,
) -> Res<Option<Obj>> {
    let Some(o) = seq.get() else { return Ok(None) };
    let n = left.load(Ordering::Relaxed);
    let found = look(
        this::<Dict>(&o),
        index.load(Ordering::Relaxed),
        used.load(Ordering::Relaxed),
        n,
        back,
    );
    let (k, v) = match found {
        DictStep::Entry(k, v, pos) => {
            index.store(pos, Ordering::Relaxed);
            left.store(n.saturating_sub(1), Ordering::Relaxed);
            (k, v)
        }
        DictStep::End(pos) => {
            index.store(pos, Ordering::Relaxed);
            seq.set(th, None);
            return Ok(None);
        }
        DictStep::Resized => {
            // It stays so, whatever happens to the dict.
            used.store(usize::MAX, Ordering::Relaxed);
            return Err(th.runtime_error("dictionary changed size during iteration"));
        }
        DictStep::Changed => {
            seq.set(th, None);
            return Err(th.runtime_error("dictionary keys changed during iteration"));
        }
    };
    make(th, k, v).map(Some)
}

macro_rules! dict_iters {
    ($($name:ident: $ty:ident, $text:literal, $back:literal, $make:ident;)*) => { $(
        #[doc = concat!("`", $text, "`")]
        pub static $name: TypeDef = TypeDef {
            slots: Slots {
                iter: Some(self_iter),
                next: Some(|th, o| {
                    let it = this::<$ty>(o);
                    step(th, &it.seq, &it.index, &it.used, &it.left, $back, $make)
                }),
                ..Slots::NONE
            },
            methods: &[
                MethodDef::new("__length_hint__", "($self, /)", |th, a| {
                    let it = this::<$ty>(a.get(0));
                    let n = match it.seq.get() {
                        Some(d) if this::<Dict>(&d).len() == it.used.load(Ordering::Relaxed) => {
                            it.left.load(Ordering::Relaxed)
                        }
                        _ => 0,
                    };
                    Ok(count_obj(th, n))
                }),
                MethodDef::new("__reduce__", "($self, /)", |th, a| {
                    // The rest as a list, from an iterator of its own: this one does not move.
                    let it = this::<$ty>(a.get(0));
                    let mut items = Vec::new();
                    if let Some(d) = it.seq.get() {
                        let copy = $ty::new(d, it.index.load(Ordering::Relaxed), it.used.load(Ordering::Relaxed));
                        copy.left.store(it.left.load(Ordering::Relaxed), Ordering::Relaxed);
                        while let Some(x) =
                            step(th, &copy.seq, &copy.index, &copy.used, &copy.left, $back, $make)?
                        {
                            items.push(x);
                        }
                    }
                    let args = th.tuple(vec![th.list(items)?])?;
                    th.tuple(vec![builtin(th, "iter")?, args])
                }),
            ],
            flags: type_flags::NO_NEW,
            ..TypeDef::new(TypeId::$ty, $text, $ty::LAYOUT)
        };
    )* };
}

dict_iters! {
    KEY_ITER: DictKeyIter, "dict_keyiterator", false, make_key;
    VALUE_ITER: DictValueIter, "dict_valueiterator", false, make_value;
    ITEM_ITER: DictItemIter, "dict_itemiterator", false, make_item;
    REVERSE_KEY_ITER: DictReverseKeyIter, "dict_reversekeyiterator", true, make_key;
    REVERSE_VALUE_ITER: DictReverseValueIter, "dict_reversevalueiterator", true, make_value;
    REVERSE_ITEM_ITER: DictReverseItemIter, "dict_reverseitemiterator", true, make_item;
}
