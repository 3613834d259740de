//! `bytes` and `bytearray`. What both have is written once over borrowed bytes (`methods`, `search`), and gives a result of
//! the type of the object that it was called on.
//!
//! `make` is `bytes(…)` and what converts objects to bytes; `array` is `bytearray`; `hex`, `iter` say what they are.

mod array;
mod hex;
pub mod iter;
mod make;
mod methods;
mod search;

use crate::object::buffer::Buffer;
use crate::object::bytes::Bytes;
use crate::object::def::{TypeDef, type_flags};
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::slice::{Part, Slice};
use crate::object::slots::{BinOp, CmpOp, Slots};
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::compare::hash_bytes;
use crate::runtime::error::Res;
use crate::runtime::thread::{Locked, Thread};
use std::ops::Deref;
use threadsnake_algo::percent::{self, TextKind};
use threadsnake_algo::text::{self, StrData, StrRef};

pub use array::{ByteArray, DEF as ARRAY_DEF};
pub use hex::{hex_args, hex_of};
pub use iter::{ARRAY_ITER_DEF, ITER_DEF};
pub use make::object_to_vec;

/// `bytes`
pub static DEF: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::MATCH_SELF,
    slots: Slots {
        new: Some(make::new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        iter: Some(iter::iter),
        len: Some(|th, o| Ok(view(th, o)?.len())),
        getitem: Some(getitem),
        contains: Some(search::contains),
        concat: Some(concat),
        repeat: Some(repeat),
        buffer: Some(buffer),
        ..Slots::NONE
    }
    .bin(BinOp::Mod, modulo),
    methods: methods::METHODS,
    doc: "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object",
    ..TypeDef::new(TypeId::Bytes, "bytes", Bytes::LAYOUT)
};

impl Thread {
    /// A `bytes` object.
    pub fn bytes(&self, b: &[u8]) -> Res {
        // SAFETY: the payload says how many bytes follow.
        unsafe { self.alloc_var_as(None, Bytes::head(b.len()), b) }.map(Py::into_obj)
    }
    /// An instance of a class that derives from `bytes`.
    fn bytes_as(&self, cls: &Py<Type>, b: &[u8]) -> Res {
        if !std::ptr::eq(cls.layout, Bytes::LAYOUT) {
            return Err(self.type_error(format!("cannot create '{}' instances", cls.name_text())));
        }
        // SAFETY: as above; the layout was compared.
        unsafe { self.alloc_var_as(Some(cls), Bytes::head(b.len()), b) }.map(Py::into_obj)
    }
}

/// The bytes of an object: those of `bytes` in place, of others lent.
pub enum View<'a> {
    /// In place.
    Own(&'a [u8]),
    /// Lent; the lender does not change size meanwhile. Its lock is held too, so that nobody writes into them in place, but for
    /// those who got the memory by way of another object (a memoryview), and while this thread blocks.
    Lent { _lock: Locked<'a>, bytes: Buffer },
}

impl Deref for View<'_> {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            View::Own(b) => b,
            View::Lent { bytes, .. } => bytes.bytes(),
        }
    }
}

/// The bytes of any bytes-like object; TypeError "a bytes-like object is required, not 'T'".
#[inline]
pub fn view<'a>(th: &'a Thread, o: &'a Obj) -> Res<View<'a>> {
    match o.cast::<Bytes>() {
        Some(b) => Ok(View::Own(b.bytes())),
        None => {
            let bytes = th.bytes_like(o)?;
            Ok(View::Lent {
                _lock: th.lock_object(o),
                bytes,
            })
        }
    }
}

/// The bytes of a bytes-like object; `None` for others.
pub fn view_opt<'a>(th: &'a Thread, o: &'a Obj) -> Res<Option<View<'a>>> {
    if th.type_of(o).slots().buffer.is_none() {
        Ok(None)
    } else {
        view(th, o).map(Some)
    }
}

/// A result of the type of `like`: bytearray for one, bytes for anything else.
pub fn same(th: &Thread, like: &Obj, bytes: Vec<u8>) -> Res {
    if like.cast::<ByteArray>().is_some() {
        ByteArray::make(th, bytes)
    } else {
        th.bytes(&bytes)
    }
}

/// The object itself where it is plain bytes, else a copy of its type.
pub fn itself(th: &Thread, o: &Obj) -> Res {
    if o.is_exact::<Bytes>() {
        Ok(o.clone())
    } else {
        same(th, o, view(th, o)?.to_vec())
    }
}

fn repr(th: &Thread, o: &Obj) -> Res {
    th.str_data(StrData::Ascii(text::bytes_repr(&view(th, o)?)))
}

fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    let Some(b) = o.cast::<Bytes>() else {
        return Ok(0);
    };
    Ok(match b.cached_hash() {
        Some(h) => h as i64,
        None => {
            let h = hash_bytes(th.rt().hash_key(), b.bytes());
            b.set_hash(h);
            h as i64
        }
    })
}

/// Rich comparison with any bytes-like object.
pub(super) fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    if let (Some(x), Some(y)) = (a.exact::<Bytes>(), b.exact::<Bytes>()) {
        let (x, y) = (x.bytes(), y.bytes());
        return Ok(Obj::bool(match op {
            CmpOp::Eq => x == y,
            CmpOp::Ne => x != y,
            _ => op.holds(x.cmp(y)),
        }));
    }
    let is_bytes = |o: &Obj| o.cast::<Bytes>().is_some() || o.cast::<ByteArray>().is_some();
    if !is_bytes(a) || (!is_bytes(b) && (a.cast::<Bytes>().is_some() || b.header().is_none())) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let (x, y) = (view(th, a)?, view_opt(th, b)?);
    let Some(y) = y else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let (x, y): (&[u8], &[u8]) = (&x, &y);
    Ok(Obj::bool(match op {
        CmpOp::Eq => x == y,
        CmpOp::Ne => x != y,
        _ => op.holds(x.cmp(y)),
    }))
}

/// `s[start::step]` of `count` bytes.
pub(super) fn stepped(s: &[u8], start: i64, step: i64, count: usize) -> Vec<u8> {
    if step == 1 {
        return s
            .get(start as usize..start as usize + count)
            .unwrap_or(&[])
            .to_vec();
    }
    (0..count as i64)
        .filter_map(|i| s.get((start + i * step) as usize).copied())
        .collect()
}

/// A slice of `s`, which are the bytes of `o`.
pub fn sliced(th: &Thread, o: &Obj, s: &[u8], p: Part) -> Res {
    if p.step != 1 {
        return th.bytes(&stepped(s, p.start, p.step, p.count));
    }
    if p.count == s.len() {
        return itself(th, o);
    }
    th.bytes(&s[p.range()])
}

fn getitem(th: &Thread, o: &Obj, key: &Obj) -> Res {
    let Some(b) = o.cast::<Bytes>() else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    let s = b.bytes();
    if let Some(slice) = key.exact::<Slice>() {
        return sliced(th, o, s, th.slice_bounds(slice)?.of(s.len()));
    }
    if key.as_small_int().is_none() && th.type_of(key).slots().index.is_none() {
        let ty = th.type_name(key);
        return Err(th.type_error(format!("byte indices must be integers or slices, not {ty}")));
    }
    let at = th.seq_index(key, s.len(), "index out of range")?;
    Ok(Obj::small_int(i64::from(s[at])))
}

/// `a + b`; the result has the type of `a`.
pub(super) fn concat(th: &Thread, a: &Obj, b: &Obj) -> Res {
    if let (Some(x), Some(y)) = (a.exact::<Bytes>(), b.exact::<Bytes>())
        && !x.bytes().is_empty()
        && !y.bytes().is_empty()
    {
        return th.bytes_joined(&[x.bytes(), y.bytes()]);
    }
    let (Some(x), Some(y)) = (view_opt(th, a)?, view_opt(th, b)?) else {
        let (left, right) = (th.type_name(a), th.type_name(b));
        return Err(th.type_error(format!("can't concat {right} to {left}")));
    };
    if x.is_empty() && a.is_exact::<Bytes>() && b.is_exact::<Bytes>() {
        return Ok(b.clone());
    }
    if y.is_empty() && a.is_exact::<Bytes>() {
        return Ok(a.clone());
    }
    th.reserve(x.len().saturating_add(y.len()))?;
    same(th, a, [&*x, &*y].concat())
}

/// `a * n`
pub(super) fn repeat(th: &Thread, a: &Obj, n: &Obj) -> Res {
    let n = super::str::repeat_count(th, n)?;
    let x = view(th, a)?;
    if n == 1 && a.is_exact::<Bytes>() {
        return Ok(a.clone());
    }
    let Some(len) = x.len().checked_mul(n) else {
        return Err(th.memory_error());
    };
    th.reserve(len)?;
    same(th, a, x.repeat(n))
}

fn buffer(th: &Thread, o: &Obj, writable: bool) -> Res<Buffer> {
    if writable {
        return Err(th.err(TypeId::BufferError, "Object is not writable."));
    }
    let Some(b) = o.cast::<Bytes>() else {
        return Err(th.system_error("bytes without a payload"));
    };
    let s = b.bytes();
    // SAFETY: the bytes lie in the object, which the buffer keeps alive.
    Ok(unsafe { Buffer::new(o.clone(), s.as_ptr(), s.len(), true, None) })
}

/// `bytes % args`
pub(super) fn modulo(th: &Thread, a: &Obj, b: &Obj) -> Res {
    if a.cast::<Bytes>().is_none() && a.cast::<ByteArray>().is_none() {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let format = view(th, a)?;
    let mut values = super::str::PercentValues::new(th, b, true);
    let out = percent::format(StrRef::Latin1(&format), true, &mut values)?;
    values.finish()?;
    match out {
        StrData::Ascii(v) | StrData::Latin1(v) => same(th, a, v),
        wide => same(th, a, wide.as_ref().chars().map(|c| c as u8).collect()),
    }
}

/// The bytes that `%b`, `%s` and `%c` take.
pub(super) fn percent_text(th: &Thread, o: &Obj, kind: TextKind) -> Res<Vec<u8>> {
    if kind == TextKind::Char {
        return percent_char(th, o).map(|b| vec![b]);
    }
    if let Some(v) = view_opt(th, o)? {
        return Ok(v.to_vec());
    }
    if let Some(made) = make::by_dunder(th, o)? {
        return Ok(view(th, &made)?.to_vec());
    }
    Err(th.type_error(format!(
        "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
        th.type_name(o)
    )))
}

fn percent_char(th: &Thread, o: &Obj) -> Res<u8> {
    const WANTED: &str = "%c requires an integer in range(256) or a single byte, not";
    if o.cast::<Bytes>().is_some() || o.cast::<ByteArray>().is_some() {
        let v = view(th, o)?;
        if let [b] = &*v {
            return Ok(*b);
        }
        let (ty, n) = (th.type_name(o), v.len());
        return Err(th.type_error(format!("{WANTED} a {ty} object of length {n}")));
    }
    if th.type_of(o).slots().index.is_none() {
        return Err(th.type_error(format!("{WANTED} {}", th.type_name(o))));
    }
    let i = th.index(o)?;
    let n = super::number::IntRef::of(&i).and_then(super::number::IntRef::small);
    n.and_then(|n| u8::try_from(n).ok())
        .ok_or_else(|| th.overflow_error("%c arg not in range(256)"))
}
