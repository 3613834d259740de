//! `dict`. Its views and iterators are in `dict_views`.

use super::common::*;
use super::dict_views;
use crate::object::def::{MethodDef, TypeDef, type_flags};
use crate::object::dict::{Dict, key_hash};
use crate::object::iters::{DictItems, DictKeyIter, DictKeys, DictReverseKeyIter, DictValues};
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::{BinOp, CallArgs, CmpOp, Slots};
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::StrBuf;

/// `dict`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        hash: Some(unhashable),
        compare: Some(compare),
        iter: Some(iter),
        len: Some(|_, o| Ok(this::<Dict>(o).len())),
        getitem: Some(getitem),
        setitem: Some(setitem),
        contains: Some(contains),
        ..Slots::NONE
    }
    .bin(BinOp::Or, or)
    .ibin(BinOp::Or, ior),
    methods: &[
        MethodDef::new("clear", "($self, /)", clear).doc("Remove all items from the dict."),
        MethodDef::new("copy", "($self, /)", copy).doc("Return a shallow copy of the dict."),
        MethodDef::class("fromkeys", "($cls, iterable, value=None, /)", fromkeys)
            .doc("Create a new dictionary with keys from iterable and values set to value."),
        MethodDef::new("get", "($self, key, default=None, /)", get)
            .doc("Return the value for key if key is in the dictionary, else default."),
        MethodDef::new("items", "($self, /)", |th, a| Ok(th.alloc(DictItems { dict: a.get(0).clone() }).into_obj()))
            .doc("Return a set-like object providing a view on the dict's items."),
        MethodDef::new("keys", "($self, /)", |th, a| Ok(th.alloc(DictKeys { dict: a.get(0).clone() }).into_obj()))
            .doc("Return a set-like object providing a view on the dict's keys."),
        MethodDef::new("values", "($self, /)", |th, a| {
            Ok(th.alloc(DictValues { dict: a.get(0).clone() }).into_obj())
        })
        .doc("Return an object providing a view on the dict's values."),
        MethodDef::new("pop", "($self, key, default=<unrepresentable>, /)", pop).doc(
            "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
        ),
        MethodDef::new("popitem", "($self, /)", popitem)
            .doc("Remove and return a (key, value) pair as a 2-tuple.\n\nPairs are returned in LIFO (last-in, first-out) order.\nRaises KeyError if the dict is empty."),
        MethodDef::new("setdefault", "($self, key, default=None, /)", setdefault).doc(
            "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
        ),
        MethodDef::new("update", "($self, *args, **kwargs)", update).doc(
            "D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.",
        ),
        MethodDef::new("__reversed__", "($self, /)", reversed).doc("Return a reverse iterator over the dict keys."),
        MethodDef::new("__sizeof__", "($self, /)", |th, a| {
            let d = this::<Dict>(a.get(0));
            Ok(count_obj(th, 16 + size_of::<Dict>() + d.table_bytes()))
        })
        .doc("Return the size of the dict in memory."),
        MethodDef::class("__class_getitem__", "($cls, object, /)", |th, a| class_getitem(th, a.get(0), a.get(1)))
            .doc("See PEP 585"),
    ],
    flags: type_flags::BASETYPE | type_flags::MAPPING | type_flags::MATCH_SELF,
    doc: "dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\ndict(iterable) -> new dictionary initialized as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\ndict(**kwargs) -> new dictionary initialized with the name=value pairs\n    in the keyword argument list.  For example:  dict(one=1, two=2)",
    ..TypeDef::new(TypeId::Dict, "dict", Dict::LAYOUT)
};

fn new(th: &Thread, cls: &Py<Type>, _args: CallArgs<'_>) -> Res {
    Ok(th.alloc_as::<Dict>(cls, Dict::new())?.into_obj())
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    update_args(th, this::<Dict>(o), "dict", args)
}

fn update_args(th: &Thread, d: &Py<Dict>, name: &str, args: CallArgs<'_>) -> Res<()> {
    let pos = args.positional();
    if pos.len() > 1 {
        return Err(th.type_error(format!(
            "{name} expected at most 1 argument, got {}",
            pos.len()
        )));
    }
    if let Some(from) = pos.first() {
        update_from(th, d, from)?;
    }
    for (k, v) in args.keywords() {
        d.set_item(th, k, v.clone())?;
    }
    Ok(())
}

/// `d.update(from)`: another dict, a mapping with `keys()`, or pairs.
pub fn update_from(th: &Thread, d: &Py<Dict>, from: &Obj) -> Res<()> {
    if from.is_exact::<Dict>() || plain_dict(th, from) {
        return merge_dict(th, d, this::<Dict>(from));
    }
    match th.getattr_opt(from, "keys")? {
        Some(keys) => merge_mapping(th, d, from, &keys),
        None => merge_pairs(th, d, from),
    }
}

/// Whether it is a dict whose class iterates as dict does.
fn plain_dict(th: &Thread, o: &Obj) -> bool {
    let iter: crate::object::slots::UnaryFn = iter;
    o.cast::<Dict>().is_some()
        && th
            .type_of(o)
            .slots()
            .iter
            .is_some_and(|f| std::ptr::fn_addr_eq(f, iter))
}

/// Whether the class of the key has no `__eq__` written in Python.
fn is_plain(th: &Thread, k: &Obj) -> bool {
    th.type_of(k).id.is_some() || th.is_compared_as_object(k)
}

fn merge_dict(th: &Thread, d: &Py<Dict>, from: &Py<Dict>) -> Res<()> {
    if d.obj().is(from.obj()) {
        return Ok(());
    }
    if d.is_empty() && d.fill_from(th, from)? {
        return Ok(());
    }
    for (k, v, h) in from.snapshot(th) {
        let seq = from.seq();
        drop(d.insert_hashed(th, &k, h, v)?);
        // An `__eq__` can have changed it; or, in Multi, another thread, of which the items of one moment are independent.
        if from.seq() != seq && !(th.multi() && is_plain(th, &k)) {
            return Err(th.runtime_error("dict mutated during update"));
        }
    }
    Ok(())
}

/// Merges any mapping, given its bound `keys`.
fn merge_mapping(th: &Thread, d: &Py<Dict>, from: &Obj, keys: &Obj) -> Res<()> {
    let keys = th.call(keys, &[])?;
    for_each(th, &keys, |k| {
        let v = th.getitem(from, &k)?;
        d.set_item(th, &k, v)?;
        Ok(true)
    })
}

fn merge_pairs(th: &Thread, d: &Py<Dict>, from: &Obj) -> Res<()> {
    let mut i = 0;
    for_each(th, from, |pair| {
        match pair
            .exact::<crate::object::tuple::Tuple>()
            .map(|t| t.items())
        {
            Some([k, v]) => d.set_item(th, k, v.clone())?,
            _ => merge_pair(th, d, &pair, i)?,
        }
        i += 1;
        Ok(true)
    })
}

/// Sets what a pair that may be anything says; it is number `i` of several.
fn merge_pair(th: &Thread, d: &Py<Dict>, pair: &Obj, i: usize) -> Res<()> {
    let kv = collect_or(
        th,
        pair,
        &format!("cannot convert dictionary update sequence element #{i} to a sequence"),
    )?;
    match kv.as_slice() {
        [k, v] => d.set_item(th, k, v.clone()),
        _ => Err(th.value_error(format!(
            "dictionary update sequence element #{i} has length {}; 2 is required",
            kv.len()
        ))),
    }
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let d = this::<Dict>(o);
    if d.is_empty() {
        return th.str("{}");
    }
    let Some(_inside) = th.repr_enter(o) else {
        return th.str("{...}");
    };
    let mut buf = StrBuf::new();
    buf.push_ascii(b"{");
    let (mut pos, mut first) = (0, true);
    while let Some((k, v)) = d.next_entry(&mut pos) {
        if !first {
            buf.push_ascii(b", ");
        }
        first = false;
        buf.push_str(th.repr(&k)?.text());
        buf.push_ascii(b": ");
        buf.push_str(th.repr(&v)?.text());
    }
    buf.push_ascii(b"}");
    th.str_data(buf.finish())
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (a.cast::<Dict>(), b.cast::<Dict>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    match op {
        CmpOp::Eq => Ok(Obj::bool(equal(th, x, y)?)),
        CmpOp::Ne => Ok(Obj::bool(!equal(th, x, y)?)),
        _ => Ok(Obj::NOT_IMPLEMENTED),
    }
}

fn equal(th: &Thread, x: &Py<Dict>, y: &Py<Dict>) -> Res<bool> {
    if x.len() != y.len() {
        return Ok(false);
    }
    let mut pos = 0;
    while let Some((k, v, h)) = x.next_entry_hashed(&mut pos) {
        match y.get_hashed(th, &k, h)? {
            Some(w) if th.eq(&v, &w)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn iter(th: &Thread, o: &Obj) -> Res {
    let n = this::<Dict>(o).len();
    Ok(th.alloc(DictKeyIter::new(o.clone(), 0, n)).into_obj())
}

fn getitem(th: &Thread, o: &Obj, key: &Obj) -> Res {
    let d = this::<Dict>(o);
    let hash = key_hash(th, key)?;
    if let Some(v) = d.get_hashed(th, key, hash)? {
        return Ok(v);
    }
    if !o.is_exact::<Dict>()
        && let Some(missing) = th.special(o, "__missing__")?
    {
        return th.call(&missing, std::slice::from_ref(key));
    }
    Err(th.key_error(key))
}

fn setitem(th: &Thread, o: &Obj, key: &Obj, value: Option<&Obj>) -> Res<()> {
    let d = this::<Dict>(o);
    match value {
        Some(v) => d.set_item(th, key, v.clone()),
        None => match d.del_item(th, key)? {
            Some(_) => Ok(()),
            None => Err(th.key_error(key)),
        },
    }
}

fn contains(th: &Thread, o: &Obj, key: &Obj) -> Res<bool> {
    Ok(this::<Dict>(o).get_item(th, key)?.is_some())
}

fn or(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let (Some(x), Some(y)) = (a.cast::<Dict>(), b.cast::<Dict>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let d = x.copy(th)?;
    merge_dict(th, &d, y)?;
    Ok(d.into_obj())
}

fn ior(th: &Thread, a: &Obj, b: &Obj) -> Res {
    update_from(th, this::<Dict>(a), b)?;
    Ok(a.clone())
}

fn clear(th: &Thread, a: Args<'_>) -> Res {
    this::<Dict>(a.get(0)).clear_all(th);
    Ok(Obj::NONE)
}

fn copy(th: &Thread, a: Args<'_>) -> Res {
    Ok(this::<Dict>(a.get(0)).copy(th)?.into_obj())
}

fn fromkeys(th: &Thread, a: Args<'_>) -> Res {
    let value = a.opt(2).cloned().unwrap_or(Obj::NONE);
    let made = th.call(a.get(0), &[])?;
    if let Some(d) = made.exact::<Dict>() {
        // The hashes of a dict's keys and of a set's items are known.
        if let Some(from) = a.get(1).exact::<Dict>() {
            for (k, _, h) in from.snapshot(th) {
                drop(d.insert_hashed(th, &k, h, value.clone())?);
            }
            return Ok(made);
        }
        if let Some(from) = super::set::hashed_items(th, a.get(1)) {
            for (h, k) in from {
                drop(d.insert_hashed(th, &k, h, value.clone())?);
            }
            return Ok(made);
        }
        for_each(th, a.get(1), |k| {
            d.set_item(th, &k, value.clone())?;
            Ok(true)
        })?;
    } else {
        for_each(th, a.get(1), |k| {
            th.setitem(&made, &k, &value)?;
            Ok(true)
        })?;
    }
    Ok(made)
}

fn get(th: &Thread, a: Args<'_>) -> Res {
    match this::<Dict>(a.get(0)).get_item(th, a.get(1))? {
        Some(v) => Ok(v),
        None => Ok(a.opt(2).cloned().unwrap_or(Obj::NONE)),
    }
}

fn pop(th: &Thread, a: Args<'_>) -> Res {
    let d = this::<Dict>(a.get(0));
    // An empty dict asks for no hash, as CPython.
    let found = if d.is_empty() {
        None
    } else {
        d.del_item(th, a.get(1))?
    };
    match (found, a.opt(2)) {
        (Some(v), _) => Ok(v),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(th.key_error(a.get(1))),
    }
}

fn popitem(th: &Thread, a: Args<'_>) -> Res {
    match this::<Dict>(a.get(0)).pop_last(th) {
        Some((k, v)) => th.tuple(vec![k, v]),
        None => {
            let text = th.str("popitem(): dictionary is empty")?;
            Err(th.key_error(&text))
        }
    }
}

fn setdefault(th: &Thread, a: Args<'_>) -> Res {
    let default = a.opt(2).cloned().unwrap_or(Obj::NONE);
    Ok(this::<Dict>(a.get(0)).set_default(th, a.get(1), default)?.0)
}

fn update(th: &Thread, a: Args<'_>) -> Res {
    let d = this::<Dict>(a.get(0));
    if let Some(args) = a.opt(1) {
        let args = args
            .exact::<crate::object::tuple::Tuple>()
            .map_or(&[][..], |t| t.items());
        if args.len() > 1 {
            return Err(th.type_error(format!(
                "update expected at most 1 argument, got {}",
                args.len()
            )));
        }
        if let Some(from) = args.first() {
            update_from(th, d, from)?;
        }
    }
    if let Some(kw) = a.opt(2).and_then(|k| k.exact::<Dict>()) {
        merge_dict(th, d, kw)?;
    }
    Ok(Obj::NONE)
}

fn reversed(th: &Thread, a: Args<'_>) -> Res {
    let d = this::<Dict>(a.get(0));
    Ok(th
        .alloc(DictReverseKeyIter::new(
            d.obj().clone(),
            dict_views::END,
            d.len(),
        ))
        .into_obj())
}
