//! `array`: compact sequences of numbers or characters. `kind` says what an item is, `store` where the items lie,
//! `methods` has the methods, `pickle` the machine formats.

mod kind;
mod methods;
mod pickle;
pub(crate) mod store;

pub(crate) use kind::Plain;
pub(crate) use store::Array;

use crate::builtins::common::{has_index, position, repeat_count};
use crate::modules::prelude::*;
use crate::object::slice::Slice;
use kind::{KINDS, Kind};
use std::cmp::Ordering::Equal;
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[MethodDef::new(
        "_array_reconstructor",
        "(arraytype, typecode, mformat_code, items, /)",
        pickle::reconstruct,
    )
    .doc("Internal. Used for pickling support.")],
    types: &[("array", TypeId::Array), ("ArrayType", TypeId::Array)],
    init: Some(|th, m| {
        let all: String = KINDS.iter().map(Kind::letter).collect();
        put(th, m, "typecodes", th.str(&all)?)?;
        let abc = th.import("collections.abc")?;
        let base = th.getattr(&abc, "MutableSequence")?;
        th.call_method(&base, "register", &[th.ty(TypeId::Array).obj().clone()])?;
        Ok(())
    }),
    doc: "This module defines an object type which can efficiently represent\nan array of basic values: characters, integers, floating-point\nnumbers.  Arrays are sequence types and behave very much like lists,\nexcept that the type of objects stored in them is constrained.\n",
    ..ModuleDef::new("array")
};

/// Its types.
pub static TYPES: &[&TypeDef] = &[&ARRAY, &ITER];

static ARRAY: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(crate::builtins::unhashable),
        compare: Some(compare),
        iter: Some(|th, o| {
            Ok(th
                .alloc(ArrayIter {
                    array: Slot::new(Some(o.clone())),
                    index: AtomicUsize::new(0),
                })
                .into_obj())
        }),
        len: Some(|th, o| Ok(this::<Array>(th, o)?.len())),
        getitem: Some(getitem),
        setitem: Some(setitem),
        contains: Some(|th, o, x| {
            let found = methods::find(th, this::<Array>(th, o)?, x, 0, usize::MAX)?;
            Ok(found.is_some())
        }),
        concat: Some(concat),
        repeat: Some(repeat),
        iconcat: Some(|th, o, b| {
            let a = this::<Array>(th, o)?;
            if b.cast::<Array>().is_none() {
                return Err(th.type_error(format!(
                    "can only extend array with array (not \"{}\")",
                    th.type_name(b)
                )));
            }
            methods::extend(th, a, b)?;
            Ok(o.clone())
        }),
        irepeat: Some(|th, o, n| {
            let a = this::<Array>(th, o)?;
            let all = repeated(th, a, n)?;
            a.splice(th, 0, usize::MAX, &all)?;
            Ok(o.clone())
        }),
        buffer: Some(|th, o, _| Ok(this::<Array>(th, o)?.lend(th))),
        ..Slots::NONE
    },
    flags: type_flags::BASETYPE | type_flags::SEQUENCE | type_flags::WEAKREFABLE,
    methods: methods::METHODS,
    getset: &[
        GetSetDef::ro("typecode", |th, o| {
            th.str(&this::<Array>(th, o)?.kind.letter().to_string())
        }),
        GetSetDef::ro("itemsize", |th, o| {
            Ok(th.uint(this::<Array>(th, o)?.kind.width as u64))
        }),
    ],
    doc: "array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode, and\ninitialized from the optional initializer value, which must be a list,\nstring or iterable over elements of the appropriate type.",
    ..TypeDef::new(TypeId::Array, "array.array", Array::LAYOUT)
};

/// An array of exactly `array.array`, with these items.
fn make(th: &Thread, kind: &'static Kind, bytes: &[u8]) -> Res {
    let a = th.alloc(Array::new(kind));
    a.splice(th, 0, 0, bytes)?;
    Ok(a.into_obj())
}

/// The kind that an argument names; `None` if it names none.
fn kind_arg(th: &Thread, o: &Obj, function: &str, place: &str) -> Res<Option<&'static Kind>> {
    let Some(s) = o.cast::<Str>() else {
        return Err(th.type_error(format!(
            "{function}() argument {place} must be a unicode character, not {}",
            th.type_name(o)
        )));
    };
    if s.len() != 1 {
        return Err(th.type_error(format!(
            "{function}() argument {place} must be a unicode character, not a string of length {}",
            s.len()
        )));
    }
    Ok(Kind::of(s.at(0)))
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    if !args.kwnames.is_empty() && cls.obj().is(th.ty(TypeId::Array).obj()) {
        return Err(th.type_error("array.array() takes no keyword arguments"));
    }
    let given = args.positional();
    if given.is_empty() || given.len() > 2 {
        let (most, n) = if given.is_empty() {
            ("least", 1)
        } else {
            ("most", 2)
        };
        return Err(th.type_error(format!(
            "array() takes at {most} {n} argument{} ({} given)",
            if n == 1 { "" } else { "s" },
            given.len()
        )));
    }
    let Some(kind) = kind_arg(th, &given[0], "array", "1")? else {
        return Err(
            th.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)")
        );
    };
    if kind.code == b'u' {
        th.warn(
            TypeId::DeprecationWarning,
            "The 'u' type code is deprecated and will be removed in Python 3.16",
        )?;
    }
    if let Some(source) = given.get(1) {
        if source.cast::<Str>().is_some() && !kind.is_char() {
            return Err(th.type_error(format!(
                "cannot use a str to initialize an array with typecode '{}'",
                kind.letter()
            )));
        }
        if let Some(other) = source.cast::<Array>() {
            if other.kind.is_char() && !kind.is_char() {
                return Err(th.type_error(format!(
                    "cannot use a unicode array to initialize an array with typecode '{}'",
                    kind.letter()
                )));
            }
        }
    }
    let a = th.alloc_as::<Array>(cls, Array::new(kind))?;
    if let Some(source) = given.get(1) {
        fill(th, &a, source)?;
    }
    Ok(a.into_obj())
}

/// The items of the constructor's second argument.
fn fill(th: &Thread, a: &Py<Array>, source: &Obj) -> Res<()> {
    use crate::object::bytes::Bytes;
    if let Some(s) = source.cast::<Str>() {
        let mut bytes = Vec::with_capacity(4 * s.len());
        for c in s.text().chars() {
            bytes.extend_from_slice(&c.to_ne_bytes());
        }
        a.splice(th, 0, 0, &bytes)?;
        return Ok(());
    }
    if source.cast::<Bytes>().is_some() || th.is_a(source, TypeId::ByteArray) {
        return methods::append_bytes(th, a, source);
    }
    if source
        .cast::<Array>()
        .is_some_and(|o| o.kind.code == a.kind.code)
    {
        return methods::extend(th, a, source);
    }
    methods::extend_items(th, a, source)
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let a = this::<Array>(th, o)?;
    let name = th.type_of(o).name_text();
    let name = name.rsplit('.').next().unwrap_or_default();
    let code = a.kind.letter();
    let mut out = StrBuf::new();
    out.push_utf8(&format!("{name}('{code}'"));
    if a.len() > 0 {
        out.push_ascii(b", ");
        let items = if a.kind.is_char() {
            methods::text(th, a)?
        } else {
            methods::list(th, a)?
        };
        out.push_str(th.repr(&items)?.text());
    }
    out.push_ascii(b")");
    th.str_data(out.finish())
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (a.cast::<Array>(), b.cast::<Array>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if matches!(op, CmpOp::Eq | CmpOp::Ne) && x.len() != y.len() {
        return Ok(Obj::bool(op == CmpOp::Ne));
    }
    let same_kind = x.kind.code == y.kind.code;
    let mut i = 0;
    while let (Some(p), Some(q)) = (x.word(i), y.word(i)) {
        i += 1;
        if i.is_multiple_of(4096) {
            th.poll()?;
        }
        if same_kind && p == q && x.kind.is_int() {
            continue;
        }
        let (p, q) = (x.kind.unpack(th, p)?, y.kind.unpack(th, q)?);
        // A NaN differs even from itself.
        if !th.truthy(&th.compare(&p, &q, CmpOp::Eq)?)? {
            return match op {
                CmpOp::Eq => Ok(Obj::FALSE),
                CmpOp::Ne => Ok(Obj::TRUE),
                _ => th.compare(&p, &q, op),
            };
        }
    }
    let order = x.len().cmp(&y.len());
    Ok(Obj::bool(match op {
        CmpOp::Eq => order == Equal,
        CmpOp::Ne => order != Equal,
        _ => op.holds(order),
    }))
}

fn bad_key(th: &Thread) -> Exc {
    th.type_error("array indices must be integers")
}

fn index(th: &Thread, key: &Obj) -> Res<i64> {
    if let Some(n) = key.as_small_int() {
        return Ok(n);
    }
    if !has_index(th, key) {
        return Err(bad_key(th));
    }
    crate::builtins::common::index_or(th, key, TypeId::IndexError)
}

fn getitem(th: &Thread, o: &Obj, key: &Obj) -> Res {
    let a = this::<Array>(th, o)?;
    if let Some(slice) = key.exact::<Slice>() {
        let (start, _, step, count) = th.slice_indices(slice, a.len())?;
        let part = a.bytes(th, start, step, count)?;
        return make(th, a.kind, &part);
    }
    let i = index(th, key)?;
    match position(i, a.len()).and_then(|i| a.word(i)) {
        Some(w) => a.kind.unpack(th, w),
        None => Err(th.index_error("array index out of range")),
    }
}

fn setitem(th: &Thread, o: &Obj, key: &Obj, value: Option<&Obj>) -> Res<()> {
    let a = this::<Array>(th, o)?;
    if let Some(slice) = key.exact::<Slice>() {
        return set_slice(th, a, slice, value);
    }
    let i = index(th, key)?;
    let bad = || th.index_error("array assignment index out of range");
    match value {
        Some(v) => {
            // The place is checked before the item is looked at, and again when it is put there.
            if position(i, a.len()).is_none() {
                return Err(bad());
            }
            let w = a.kind.pack(th, v)?;
            match position(i, a.len()).map(|i| a.set(th, i, w)) {
                Some(true) => Ok(()),
                _ => Err(bad()),
            }
        }
        None => {
            let at = position(i, a.len()).ok_or_else(bad)?;
            a.splice(th, at, at + 1, &[])?;
            Ok(())
        }
    }
}

fn set_slice(th: &Thread, a: &Py<Array>, slice: &Py<Slice>, value: Option<&Obj>) -> Res<()> {
    let new = match value {
        None => None,
        Some(v) => {
            let Some(other) = v.cast::<Array>() else {
                return Err(th.type_error(format!(
                    "can only assign array (not \"{}\") to array slice",
                    th.type_name(v)
                )));
            };
            if other.kind.code != a.kind.code {
                return Err(th.type_error("bad argument type for built-in operation"));
            }
            Some(other.all(th)?)
        }
    };
    let width = a.kind.width;
    let (start, stop, step, count) = th.slice_indices(slice, a.len())?;
    if step == 1 {
        let (start, stop) = (start as usize, stop.max(start) as usize);
        a.splice(th, start, stop, &new.unwrap_or_default())?;
        return Ok(());
    }
    let new = match new {
        None => return delete_stepped(th, a, start, step, count),
        Some(new) => new,
    };
    if new.is_empty() {
        return delete_stepped(th, a, start, step, count);
    }
    if new.len() / width != count {
        return Err(th.value_error(format!(
            "attempt to assign array of size {} to extended slice of size {count}",
            new.len() / width
        )));
    }
    for (i, b) in new.chunks_exact(width).enumerate() {
        a.set(th, (start + i as i64 * step) as usize, store::word_of(b));
    }
    Ok(())
}

fn delete_stepped(th: &Thread, a: &Py<Array>, start: i64, step: i64, count: usize) -> Res<()> {
    if count == 0 {
        return Ok(());
    }
    let last = start + (count as i64 - 1) * step;
    let (low, high, gap) = (start.min(last), start.max(last), step.abs());
    let width = a.kind.width;
    let all = a.bytes(th, 0, 1, usize::MAX)?;
    let kept: Vec<u8> = all
        .chunks_exact(width)
        .enumerate()
        .filter(|&(i, _)| {
            let i = i as i64;
            !(i >= low && i <= high && (i - low) % gap == 0)
        })
        .flat_map(|(_, b)| b.iter().copied())
        .collect();
    a.splice(th, 0, all.len() / width, &kept)?;
    Ok(())
}

fn concat(th: &Thread, o: &Obj, b: &Obj) -> Res {
    let a = this::<Array>(th, o)?;
    let Some(other) = b.cast::<Array>() else {
        return Err(th.type_error(format!(
            "can only append array (not \"{}\") to array",
            th.type_name(b)
        )));
    };
    if other.kind.code != a.kind.code {
        return Err(th.type_error("bad argument type for built-in operation"));
    }
    let mut all = a.all(th)?;
    all.extend(other.all(th)?);
    make(th, a.kind, &all)
}

fn repeated(th: &Thread, a: &Py<Array>, n: &Obj) -> Res<Vec<u8>> {
    let n = repeat_count(th, n)?;
    let all = a.all(th)?;
    match all.len().checked_mul(n) {
        Some(total) if total < isize::MAX as usize / 4 => th.reserve(total)?,
        _ => return Err(th.memory_error()),
    }
    Ok(all.repeat(n))
}

fn repeat(th: &Thread, o: &Obj, n: &Obj) -> Res {
    let a = this::<Array>(th, o)?;
    let all = repeated(th, a, n)?;
    make(th, a.kind, &all)
}

/// Payload of `iter(array)`. Threads that share one may see an item twice.
struct ArrayIter {
    /// The array; empty at the end.
    array: Slot,
    /// Written by who iterates, without order: it guards nothing.
    index: AtomicUsize,
}
native!(ArrayIter, ArrayIter, "array.arrayiterator", array);

static ITER: TypeDef = TypeDef {
    slots: iterator(None, next),
    methods: &[
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            let it = this::<ArrayIter>(th, a.get(0))?;
            let builtins = th.import("builtins")?;
            let iter = th.getattr(&builtins, "iter")?;
            match it.array.get() {
                Some(array) => {
                    let i = th.uint(it.index.load(Ordering::Relaxed) as u64);
                    let args = tuple_of(th, [array])?;
                    tuple_of(th, [iter, args, i])
                }
                None => {
                    let args = tuple_of(th, [th.empty_tuple()])?;
                    tuple_of(th, [iter, args])
                }
            }
        }),
        MethodDef::new("__setstate__", "($self, state, /)", |th, a| {
            let it = this::<ArrayIter>(th, a.get(0))?;
            let i = th.index_i64(a.get(1))?.max(0) as usize;
            if let Some(array) = it.array.get() {
                let n = this::<Array>(th, &array)?.len();
                it.index.store(i.min(n), Ordering::Relaxed);
            }
            Ok(Obj::NONE)
        }),
    ],
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::ArrayIter, "array.arrayiterator", ArrayIter::LAYOUT)
};

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<ArrayIter>(th, o)?;
    let Some(array) = it.array.get() else {
        return Ok(None);
    };
    let a = this::<Array>(th, &array)?;
    let i = it.index.load(Ordering::Relaxed);
    match a.word(i) {
        Some(w) => {
            it.index.store(i + 1, Ordering::Relaxed);
            a.kind.unpack(th, w).map(Some)
        }
        None => {
            it.array.set(th, None);
            Ok(None)
        }
    }
}
