//! `bytearray`: bytes in a guarded vector. While its bytes are lent (buffers, memoryviews), its size does not change.

use super::make::{byte, source};
use super::methods::table;
use super::{compare, concat, iter, modulo, repeat, search, stepped, view};
use crate::object::buffer::Buffer;
use crate::object::bytes::Bytes;
use crate::object::def::{MethodDef, TypeDef, type_flags};
use crate::object::guarded::Guarded;
use crate::object::layout::{Layout, Native};
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slice::Slice;
use crate::object::slots::{BinOp, CallArgs, Slots};
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_algo::text::{StrBuf, bytes_repr};
use threadsnake_threads::sync::atomic::{AtomicUsize, Ordering};

/// Payload of bytearrays.
pub struct ByteArray {
    pub(super) data: Guarded<Vec<u8>>,
    /// Buffers that are out; changed under the object's lock upwards, anywhere downwards.
    exports: AtomicUsize,
}

static LAYOUT: Layout = Layout::leaf::<ByteArray>("bytearray");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for ByteArray {
    const TYPE: TypeId = TypeId::ByteArray;
    const LAYOUT: &'static Layout = &LAYOUT;
}

/// `bytearray`
pub static DEF: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF,
    slots: Slots {
        new: Some(|th, cls, _| {
            if cls.obj().is(th.ty(TypeId::ByteArray).obj()) {
                return ByteArray::make(th, Vec::new());
            }
            Ok(th
                .alloc_as::<ByteArray>(cls, ByteArray::from_vec(Vec::new()))?
                .into_obj())
        }),
        init: Some(init),
        repr: Some(repr),
        hash: Some(crate::builtins::unhashable),
        compare: Some(compare),
        iter: Some(iter::array_iter),
        len: Some(|th, o| with(th, o, |v| v.len())),
        getitem: Some(getitem),
        setitem: Some(setitem),
        contains: Some(search::contains),
        concat: Some(concat),
        repeat: Some(repeat),
        iconcat: Some(iconcat),
        irepeat: Some(irepeat),
        buffer: Some(buffer),
        ..Slots::NONE
    }
    .bin(BinOp::Mod, modulo),
    methods: METHODS,
    doc: "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\nbytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> bytes array of size given by the parameter initialized with null bytes\nbytearray() -> empty bytes array",
    ..TypeDef::new(TypeId::ByteArray, "bytearray", ByteArray::LAYOUT)
};

static METHODS: &[MethodDef] = table![
    MethodDef::new("append", "($self, item, /)", super::array::append)
        .doc("Append a single item to the end of the bytearray."),
    MethodDef::new("clear", "($self, /)", super::array::clear)
        .doc("Remove all items from the bytearray."),
    MethodDef::new("copy", "($self, /)", super::array::copy).doc("Return a copy of B."),
    MethodDef::new(
        "extend",
        "($self, iterable_of_ints, /)",
        super::array::extend
    )
    .doc("Append all the items from the iterator or sequence to the end of the bytearray."),
    MethodDef::new("insert", "($self, index, item, /)", super::array::insert)
        .doc("Insert a single item into the bytearray before the given index."),
    MethodDef::new("pop", "($self, index=-1, /)", super::array::pop)
        .doc("Remove and return a single item from B."),
    MethodDef::new("remove", "($self, value, /)", super::array::remove)
        .doc("Remove the first occurrence of a value in the bytearray."),
    MethodDef::new("resize", "($self, size, /)", super::array::resize)
        .doc("Resize the internal buffer of bytearray to len."),
    MethodDef::new("reverse", "($self, /)", super::array::reverse)
        .doc("Reverse the order of the values in B in place."),
    MethodDef::new("__alloc__", "($self, /)", super::array::alloc)
        .doc("B.__alloc__() -> int\n\nReturn the number of bytes actually allocated."),
    MethodDef::new("__reduce__", "($self, /)", |th, a| super::array::reduce(
        th,
        a.get(0),
        2
    )),
    MethodDef::new("__reduce_ex__", "($self, proto=0, /)", |th, a| {
        let proto = a.opt(1).map_or(Ok(0), |o| th.index_i64(o))?;
        super::array::reduce(th, a.get(0), proto)
    }),
    MethodDef::new("__sizeof__", "($self, /)", |th, a| {
        Ok(th.int(56 + super::array::with(th, a.get(0), |v| v.capacity())? as i64))
    }),
];

impl ByteArray {
    fn from_vec(v: Vec<u8>) -> ByteArray {
        ByteArray {
            data: Guarded::new(v),
            exports: AtomicUsize::new(0),
        }
    }
    /// A new bytearray.
    pub fn make(th: &Thread, v: Vec<u8>) -> Res {
        Ok(th.alloc(ByteArray::from_vec(v)).into_obj())
    }
}

fn array<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<ByteArray>> {
    o.cast::<ByteArray>().ok_or_else(|| {
        th.type_error(format!(
            "descriptor requires a 'bytearray' object but received '{}'",
            th.type_name(o)
        ))
    })
}

/// Runs `f` with the bytes, exclusively. It must not change their number: `change` may.
fn with<R>(th: &Thread, o: &Obj, f: impl FnOnce(&mut Vec<u8>) -> R) -> Res<R> {
    let a = array(th, o)?;
    Ok(a.data.with(th, a.head(), f))
}

#[cold]
fn exported(th: &Thread) -> Exc {
    th.err(
        TypeId::BufferError,
        "Existing exports of data: object cannot be re-sized",
    )
}

/// Runs `f`, which may change the size: BufferError while bytes are lent.
fn change<R>(th: &Thread, o: &Obj, f: impl FnOnce(&mut Vec<u8>) -> R) -> Res<R> {
    let a = array(th, o)?;
    let done = a.data.with(th, a.head(), |v| {
        // Acquire: a buffer that has gone has done with the bytes.
        if a.exports.load(Ordering::Acquire) > 0 {
            None
        } else {
            Some(f(v))
        }
    });
    done.ok_or_else(|| exported(th))
}

fn buffer(th: &Thread, o: &Obj, _writable: bool) -> Res<Buffer> {
    let a = array(th, o)?;
    let (ptr, len) = a.data.with(th, a.head(), |v| {
        a.exports.fetch_add(1, Ordering::Relaxed);
        (v.as_ptr(), v.len())
    });
    let release = |o: &Obj| {
        if let Some(a) = o.cast::<ByteArray>() {
            // Release: what was done with the bytes is over for who changes the size next.
            a.exports.fetch_sub(1, Ordering::Release);
        }
    };
    // SAFETY: while `exports` is not zero nobody changes the vector's size, so it does not move.
    Ok(unsafe { Buffer::new(o.clone(), ptr, len, false, Some(release)) })
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    let v = if args.is_empty() {
        Vec::new()
    } else {
        th.bind(
            "bytearray",
            "(source=b'', encoding='utf-8', errors='strict')",
            args,
            |a| source(th, "bytearray", a.opt(0), a.opt(1), a.opt(2)),
        )?
    };
    change(th, o, |old| *old = v)
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let name = th.type_name(o);
    let inner = bytes_repr(&view(th, o)?);
    let mut out = StrBuf::with_capacity(inner.len() + name.len() + 2);
    out.push_utf8(&name);
    out.push_ascii(b"(");
    out.push_ascii(&inner);
    out.push_ascii(b")");
    th.str_data(out.finish())
}

fn is_index(th: &Thread, o: &Obj) -> bool {
    o.as_small_int().is_some() || th.type_of(o).slots().index.is_some()
}

fn bad_index(th: &Thread, key: &Obj) -> Exc {
    th.type_error(format!(
        "bytearray indices must be integers or slices, not {}",
        th.type_name(key)
    ))
}

fn getitem(th: &Thread, o: &Obj, key: &Obj) -> Res {
    if let Some(slice) = key.exact::<Slice>() {
        let len = with(th, o, |v| v.len())?;
        let (start, _, step, count) = th.slice_indices(slice, len)?;
        let part = with(th, o, |v| stepped(v, start, step, count))?;
        return ByteArray::make(th, part);
    }
    if !is_index(th, key) {
        return Err(bad_index(th, key));
    }
    let i = th.index_i64(key)?;
    let got = with(th, o, |v| {
        let at = if i < 0 { i + v.len() as i64 } else { i };
        usize::try_from(at).ok().and_then(|at| v.get(at).copied())
    })?;
    got.map(|b| Obj::small_int(i64::from(b)))
        .ok_or_else(|| th.index_error("bytearray index out of range"))
}

fn setitem(th: &Thread, o: &Obj, key: &Obj, value: Option<&Obj>) -> Res<()> {
    if let Some(slice) = key.exact::<Slice>() {
        return set_slice(th, o, slice, value);
    }
    if let (Some(a), Some(n), Some(b)) = (
        o.exact::<ByteArray>(),
        key.as_small_int(),
        value.and_then(|v| v.as_small_int()),
    ) {
        if let Ok(b) = u8::try_from(b) {
            let stored = a.data.with(th, a.head(), |v| {
                let at = if n < 0 { n + v.len() as i64 } else { n };
                // A negative one is beyond every end.
                v.get_mut(at as usize).map(|place| *place = b).is_some()
            });
            if stored {
                return Ok(());
            }
        }
    }
    if !is_index(th, key) {
        return Err(bad_index(th, key));
    }
    let i = th.index_i64(key)?;
    let place = |v: &Vec<u8>| {
        let at = if i < 0 { i + v.len() as i64 } else { i };
        usize::try_from(at).ok().filter(|&at| at < v.len())
    };
    let done = match value {
        Some(b) => {
            let b = byte(th, b, "byte must be in range(0, 256)")?;
            with(th, o, |v| place(v).map(|at| v[at] = b))?
        }
        None => change(th, o, |v| {
            place(v).map(|at| {
                v.remove(at);
            })
        })?,
    };
    done.ok_or_else(|| th.index_error("bytearray index out of range"))
}

/// The bytes that a slice is assigned.
fn assigned(th: &Thread, value: &Obj) -> Res<Vec<u8>> {
    if value.is_exact::<Bytes>() || value.cast::<ByteArray>().is_some() {
        return Ok(view(th, value)?.to_vec());
    }
    let slots = th.type_of(value).slots();
    let iterable = slots.iter.is_some() || slots.getitem.is_some() || slots.buffer.is_some();
    if value.cast::<Str>().is_some() || !iterable {
        return Err(
            th.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)")
        );
    }
    source(th, "bytearray", Some(value), None, None)
}

fn set_slice(th: &Thread, o: &Obj, slice: &Py<Slice>, value: Option<&Obj>) -> Res<()> {
    let new = value.map(|v| assigned(th, v)).transpose()?;
    let len = with(th, o, |v| v.len())?;
    let (start, stop, step, count) = th.slice_indices(slice, len)?;
    if step == 1 {
        let new = new.unwrap_or_default();
        // As many as before: allowed while bytes are lent, since nothing moves.
        let keeps = new.len() == count;
        let edit = move |v: &mut Vec<u8>| {
            let start = (start as usize).min(v.len());
            let end = (stop.max(0) as usize).clamp(start, v.len());
            if end - start == new.len() {
                v[start..end].copy_from_slice(&new);
            } else if !keeps {
                drop(v.splice(start..end, new));
            }
        };
        return if keeps {
            with(th, o, edit)
        } else {
            change(th, o, edit)
        };
    }
    match new {
        Some(new) if new.len() != count => {
            if new.is_empty() {
                return delete_stepped(th, o, start, step, count);
            }
            Err(th.value_error(format!(
                "attempt to assign bytes of size {} to extended slice of size {count}",
                new.len()
            )))
        }
        Some(new) => with(th, o, |v| {
            for (i, b) in new.into_iter().enumerate() {
                if let Some(slot) = v.get_mut((start + i as i64 * step) as usize) {
                    *slot = b;
                }
            }
        }),
        None => delete_stepped(th, o, start, step, count),
    }
}

fn delete_stepped(th: &Thread, o: &Obj, start: i64, step: i64, count: usize) -> Res<()> {
    if count == 0 {
        return Ok(());
    }
    let last = start + (count as i64 - 1) * step;
    let (low, high, gap) = (start.min(last), start.max(last), step.abs());
    change(th, o, |v| {
        let mut i = 0i64;
        v.retain(|_| {
            let gone = i >= low && i <= high && (i - low) % gap == 0;
            i += 1;
            !gone
        });
    })
}

fn iconcat(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let added = match super::view_opt(th, b)? {
        Some(v) => v.to_vec(),
        None => {
            let (left, right) = (th.type_name(a), th.type_name(b));
            return Err(th.type_error(format!("can't concat {right} to {left}")));
        }
    };
    append_all(th, a, &added)?;
    Ok(a.clone())
}

fn append_all(th: &Thread, o: &Obj, added: &[u8]) -> Res<()> {
    if added.len() > 4096 {
        th.reserve(added.len())?;
    }
    if added.is_empty() {
        return Ok(());
    }
    change(th, o, |v| v.extend_from_slice(added))
}

fn irepeat(th: &Thread, a: &Obj, n: &Obj) -> Res {
    let n = crate::builtins::str::repeat_count(th, n)?;
    let len = with(th, a, |v| v.len())?;
    let Some(total) = len.checked_mul(n) else {
        return Err(th.memory_error());
    };
    th.reserve(total)?;
    if n != 1 {
        change(th, a, |v| *v = v.repeat(n))?;
    }
    Ok(a.clone())
}

fn append(th: &Thread, a: Args<'_>) -> Res {
    let b = byte(th, a.get(1), "byte must be in range(0, 256)")?;
    change(th, a.get(0), |v| v.push(b))?;
    Ok(Obj::NONE)
}

fn clear(th: &Thread, a: Args<'_>) -> Res {
    change(th, a.get(0), |v| *v = Vec::new())?;
    Ok(Obj::NONE)
}

fn copy(th: &Thread, a: Args<'_>) -> Res {
    ByteArray::make(th, view(th, a.get(0))?.to_vec())
}

fn extend(th: &Thread, a: Args<'_>) -> Res {
    let x = a.get(1);
    if let Some(v) = super::view_opt(th, x)? {
        let added = v.to_vec();
        drop(v);
        append_all(th, a.get(0), &added)?;
        return Ok(Obj::NONE);
    }
    let slots = th.type_of(x).slots();
    if slots.iter.is_none() && slots.getitem.is_none() {
        return Err(th.type_error(format!("can't extend bytearray with {}", th.type_name(x))));
    }
    if x.cast::<Str>().is_some() {
        return Err(th.type_error("expected iterable of integers; got: 'str'"));
    }
    let it = th.iter(x)?;
    let mut added = Vec::new();
    while let Some(o) = th.next(&it)? {
        added.push(byte(th, &o, "byte must be in range(0, 256)")?);
    }
    append_all(th, a.get(0), &added)?;
    Ok(Obj::NONE)
}

fn insert(th: &Thread, a: Args<'_>) -> Res {
    let i = th.index_i64(a.get(1))?;
    let b = byte(th, a.get(2), "byte must be in range(0, 256)")?;
    change(th, a.get(0), |v| {
        let n = v.len() as i64;
        let at = if i < 0 { (i + n).max(0) } else { i.min(n) };
        v.insert(at as usize, b);
    })?;
    Ok(Obj::NONE)
}

fn pop(th: &Thread, a: Args<'_>) -> Res {
    let i = a.opt(1).map_or(Ok(-1), |o| th.index_i64(o))?;
    let got = change(th, a.get(0), |v| {
        let at = if i < 0 { i + v.len() as i64 } else { i };
        match usize::try_from(at) {
            _ if v.is_empty() => Err("pop from empty bytearray"),
            Ok(at) if at < v.len() => Ok(v.remove(at)),
            _ => Err("pop index out of range"),
        }
    })?;
    got.map(|b| Obj::small_int(i64::from(b)))
        .map_err(|m| th.index_error(m))
}

fn remove(th: &Thread, a: Args<'_>) -> Res {
    let b = byte(th, a.get(1), "byte must be in range(0, 256)")?;
    let found = change(th, a.get(0), |v| {
        v.iter().position(|&x| x == b).map(|i| v.remove(i))
    })?;
    match found {
        Some(_) => Ok(Obj::NONE),
        None => Err(th.value_error("value not found in bytearray")),
    }
}

fn resize(th: &Thread, a: Args<'_>) -> Res {
    let n = th.index_i64(a.get(1))?;
    let Ok(n) = usize::try_from(n) else {
        return Err(th.value_error(format!("Can only resize to positive sizes, got {n}")));
    };
    th.reserve(n)?;
    change(th, a.get(0), |v| v.resize(n, 0))?;
    Ok(Obj::NONE)
}

fn reverse(th: &Thread, a: Args<'_>) -> Res {
    with(th, a.get(0), |v| v.reverse())?;
    Ok(Obj::NONE)
}

fn alloc(th: &Thread, a: Args<'_>) -> Res {
    Ok(th.int(with(th, a.get(0), |v| {
        if v.capacity() == 0 {
            0
        } else {
            v.capacity() + 1
        }
    })? as i64))
}

fn reduce(th: &Thread, o: &Obj, proto: i64) -> Res {
    let bytes = view(th, o)?.to_vec();
    let args = if bytes.is_empty() {
        th.empty_tuple()
    } else if proto < 3 {
        let text = threadsnake_algo::text::codec::decode_latin1(&bytes);
        th.tuple(vec![th.str_data(text)?, th.str("latin-1")?])?
    } else {
        th.tuple(vec![th.bytes(&bytes)?])?
    };
    let state = th.getattr_opt(o, "__dict__")?.unwrap_or(Obj::NONE);
    th.tuple(vec![th.type_of(o).obj().clone(), args, state])
}
