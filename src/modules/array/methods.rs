//! The methods of arrays.

use super::kind::Kind;
use super::store::{Array, word_of};
use super::{make, pickle};
use crate::builtins::common::{clamp_bound, slice_bound};
use crate::modules::prelude::*;
use crate::object::bytes::Bytes;

pub static METHODS: &[MethodDef] = &[
    MethodDef::new("append", "($self, v, /)", |th, a| {
        let me = this::<Array>(th, a.get(0))?;
        let w = me.kind.pack(th, a.get(1))?;
        me.push(th, w)?;
        Ok(Obj::NONE)
    })
    .doc("Append new value v to the end of the array."),
    MethodDef::new("buffer_info", "($self, /)", |th, a| {
        let me = this::<Array>(th, a.get(0))?;
        let address = th.uint(me.address() as u64);
        tuple_of(th, [address, th.uint(me.len() as u64)])
    })
    .doc("Return a tuple (address, length) giving the current memory address and the length in items of the buffer used to hold array's contents."),
    MethodDef::new("byteswap", "($self, /)", |th, a| {
        let me = this::<Array>(th, a.get(0))?;
        let unused = 64 - 8 * me.kind.width as u32;
        me.rewrite(th, |i, _, at| at(i).swap_bytes() >> unused);
        Ok(Obj::NONE)
    })
    .doc("Byteswap all items of the array."),
    MethodDef::new("clear", "($self, /)", |th, a| {
        this::<Array>(th, a.get(0))?.splice(th, 0, usize::MAX, &[])?;
        Ok(Obj::NONE)
    })
    .doc("Remove all items from the array."),
    MethodDef::new("count", "($self, v, /)", |th, a| {
        let me = this::<Array>(th, a.get(0))?;
        let (mut n, mut at) = (0, 0);
        while let Some(i) = find(th, me, a.get(1), at, usize::MAX)? {
            n += 1;
            at = i + 1;
        }
        Ok(th.int(n))
    })
    .doc("Return number of occurrences of v in the array."),
    MethodDef::new("extend", "($self, bb, /)", |th, a| {
        extend(th, this::<Array>(th, a.get(0))?, a.get(1))?;
        Ok(Obj::NONE)
    })
    .doc("Append items to the end of the array."),
    MethodDef::new("frombytes", "($self, buffer, /)", |th, a| {
        append_bytes(th, this::<Array>(th, a.get(0))?, a.get(1))?;
        Ok(Obj::NONE)
    })
    .doc("Appends items from the string, interpreting it as an array of machine values, as if it had been read from a file using the fromfile() method."),
    MethodDef::new("fromfile", "($self, f, n, /)", from_file)
        .doc("Read n objects from the file object f and append them to the end of the array."),
    MethodDef::new("fromlist", "($self, list, /)", from_list)
        .doc("Append items to array from list."),
    MethodDef::new("fromunicode", "($self, ustr, /)", from_unicode)
        .doc("Extends this array with data from the unicode string ustr."),
    MethodDef::new("index", "($self, v, start=0, stop=sys.maxsize, /)", |th, a| {
        let me = this::<Array>(th, a.get(0))?;
        let start = clamp_bound(slice_bound(th, a.opt(2), 0)?, me.len());
        let stop = clamp_bound(slice_bound(th, a.opt(3), i64::MAX)?, me.len());
        match find(th, me, a.get(1), start, stop)? {
            Some(i) => Ok(th.uint(i as u64)),
            None => Err(th.value_error("array.index(x): x not in array")),
        }
    })
    .doc("Return index of first occurrence of v in the array."),
    MethodDef::new("insert", "($self, i, v, /)", |th, a| {
        let me = this::<Array>(th, a.get(0))?;
        let i = th.index_i64(a.get(1))?;
        let w = me.kind.pack(th, a.get(2))?;
        let at = clamp_bound(i, me.len());
        me.splice(th, at, at, &w.to_ne_bytes()[..me.kind.width])?;
        Ok(Obj::NONE)
    })
    .doc("Insert a new item v into the array before position i."),
    MethodDef::new("pop", "($self, i=-1, /)", |th, a| {
        let me = this::<Array>(th, a.get(0))?;
        let i = a.opt(1).map_or(Ok(-1), |o| th.index_i64(o))?;
        let n = me.len();
        if n == 0 {
            return Err(th.index_error("pop from empty array"));
        }
        let at = crate::builtins::common::position(i, n)
            .ok_or_else(|| th.index_error("pop index out of range"))?;
        let old = me.splice(th, at, at + 1, &[])?;
        if old.is_empty() {
            return Err(th.index_error("pop index out of range"));
        }
        me.kind.unpack(th, word_of(&old))
    })
    .doc("Return the i-th element and delete it from the array.\n\ni defaults to -1."),
    MethodDef::new("remove", "($self, v, /)", |th, a| {
        let me = this::<Array>(th, a.get(0))?;
        match find(th, me, a.get(1), 0, usize::MAX)? {
            Some(i) => {
                me.splice(th, i, i + 1, &[])?;
                Ok(Obj::NONE)
            }
            None => Err(th.value_error("array.remove(x): x not in array")),
        }
    })
    .doc("Remove the first occurrence of v in the array."),
    MethodDef::new("reverse", "($self, /)", |th, a| {
        this::<Array>(th, a.get(0))?.rewrite(th, |i, n, at| at(n - 1 - i));
        Ok(Obj::NONE)
    })
    .doc("Reverse the order of the items in the array."),
    MethodDef::new("tobytes", "($self, /)", |th, a| {
        let all = this::<Array>(th, a.get(0))?.all(th)?;
        th.bytes(&all)
    })
    .doc("Convert the array to an array of machine values and return the bytes representation."),
    MethodDef::new("tofile", "($self, f, /)", to_file)
        .doc("Write all items (as machine values) to the file object f."),
    MethodDef::new("tolist", "($self, /)", |th, a| {
        list(th, this::<Array>(th, a.get(0))?)
    })
    .doc("Convert array to an ordinary list with the same items."),
    MethodDef::new("tounicode", "($self, /)", |th, a| {
        let me = this::<Array>(th, a.get(0))?;
        if !me.kind.is_char() {
            return Err(th.value_error(
                "tounicode() may only be called on unicode type arrays ('u' or 'w')",
            ));
        }
        text(th, me)
    })
    .doc("Extends this array with data from the unicode string ustr."),
    MethodDef::new("__copy__", "($self, /)", copy).doc("Return a copy of the array."),
    MethodDef::new("__deepcopy__", "($self, unused, /)", copy).doc("Return a copy of the array."),
    MethodDef::new("__reduce_ex__", "($self, value, /)", pickle::reduce)
        .doc("Return state information for pickling."),
    MethodDef::new("__sizeof__", "($self, /)", |th, a| {
        let me = this::<Array>(th, a.get(0))?;
        Ok(th.uint(80 + me.capacity() as u64))
    })
    .doc("Size of the array in memory, in bytes."),
    CLASS_GETITEM,
];

fn copy(th: &Thread, a: Args<'_>) -> Res {
    let me = this::<Array>(th, a.get(0))?;
    let all = me.all(th)?;
    make(th, me.kind, &all)
}

/// First place in `start..stop` of an item equal to `x`.
pub fn find(th: &Thread, a: &Py<Array>, x: &Obj, start: usize, stop: usize) -> Res<Option<usize>> {
    let mut i = start;
    while i < stop {
        let Some(w) = a.word(i) else { return Ok(None) };
        let item = a.kind.unpack(th, w)?;
        // A NaN differs even from itself.
        if th.truthy(&th.compare(&item, x, CmpOp::Eq)?)? {
            return Ok(Some(i));
        }
        i += 1;
        if i.is_multiple_of(1024) {
            th.poll()?;
        }
    }
    Ok(None)
}

/// The items as a list.
pub fn list(th: &Thread, a: &Py<Array>) -> Res {
    let all = a.all(th)?;
    th.reserve(all.len() / a.kind.width * 8)?;
    let items: Res<Vec<Obj>> = all
        .chunks_exact(a.kind.width)
        .map(|b| a.kind.unpack(th, word_of(b)))
        .collect();
    th.list(items?)
}

/// The items of an array of characters as a str.
pub fn text(th: &Thread, a: &Py<Array>) -> Res {
    let all = a.all(th)?;
    if a.kind.code == b'w' {
        return th.call_method(&th.bytes(&all)?, "decode", &[th.str("utf-32-le")?]);
    }
    let mut out = StrBuf::with_capacity(all.len() / 4);
    for b in all.chunks_exact(4) {
        let c = word_of(b) as u32;
        if c > 0x10_ffff {
            return Err(th.value_error(format!(
                "character U+{c:x} is not in range [U+0000; U+10ffff]"
            )));
        }
        out.push(c);
    }
    th.str_data(out.finish())
}

/// `array.extend(other)`
pub fn extend(th: &Thread, a: &Py<Array>, other: &Obj) -> Res<()> {
    match other.cast::<Array>() {
        Some(o) if o.kind.code != a.kind.code => {
            Err(th.type_error("can only extend with array of same kind"))
        }
        Some(o) => {
            let all = o.all(th)?;
            a.splice(th, usize::MAX, usize::MAX, &all).map(drop)
        }
        None => extend_items(th, a, other),
    }
}

/// Appends each item of an iterable, as it comes.
pub fn extend_items(th: &Thread, a: &Py<Array>, iterable: &Obj) -> Res<()> {
    crate::builtins::common::for_each(th, iterable, |item| {
        let w = a.kind.pack(th, &item)?;
        a.push(th, w)?;
        Ok(true)
    })
}

/// `array.frombytes(source)`
pub fn append_bytes(th: &Thread, a: &Py<Array>, source: &Obj) -> Res<()> {
    let bytes = th.bytes_like(source)?;
    if !bytes.len().is_multiple_of(a.kind.width) {
        return Err(th.value_error("bytes length not a multiple of item size"));
    }
    // A copy: the source may be this very array.
    let copy = bytes.bytes().to_vec();
    drop(bytes);
    a.splice(th, usize::MAX, usize::MAX, &copy).map(drop)
}

fn from_file(th: &Thread, a: Args<'_>) -> Res {
    let me = this::<Array>(th, a.get(0))?;
    let n = th.index_i64(a.get(2))?;
    if n < 0 {
        return Err(th.value_error("negative count"));
    }
    let Some(want) = (n as usize).checked_mul(me.kind.width) else {
        return Err(th.memory_error());
    };
    let got = th.call_method(a.get(1), "read", &[th.uint(want as u64)])?;
    let Some(bytes) = got.cast::<Bytes>() else {
        return Err(th.type_error("read() didn't return bytes"));
    };
    let enough = bytes.bytes().len() == want;
    append_bytes(th, me, &got)?;
    if enough {
        Ok(Obj::NONE)
    } else {
        Err(th.err(TypeId::EOFError, "read() didn't return enough bytes"))
    }
}

fn to_file(th: &Thread, a: Args<'_>) -> Res {
    const PIECE: usize = 64 * 1024;
    let me = this::<Array>(th, a.get(0))?;
    for piece in me.all(th)?.chunks(PIECE) {
        let b = th.bytes(piece)?;
        th.call_method(a.get(1), "write", &[b])?;
    }
    Ok(Obj::NONE)
}

fn from_list(th: &Thread, a: Args<'_>) -> Res {
    let me = this::<Array>(th, a.get(0))?;
    let Some(list) = a.get(1).cast::<List>() else {
        return Err(th.type_error("arg must be list"));
    };
    // All or nothing: an item that does not fit leaves the array as it was.
    let n = list.len();
    let mut bytes = Vec::with_capacity(n * me.kind.width);
    for i in 0..n {
        let changed = || th.runtime_error("list changed size during iteration");
        let item = list.get(th, i).ok_or_else(changed)?;
        let w = me.kind.pack(th, &item)?;
        if list.len() != n {
            return Err(changed());
        }
        bytes.extend_from_slice(&w.to_ne_bytes()[..me.kind.width]);
    }
    me.splice(th, usize::MAX, usize::MAX, &bytes)?;
    Ok(Obj::NONE)
}

fn from_unicode(th: &Thread, a: Args<'_>) -> Res {
    let me = this::<Array>(th, a.get(0))?;
    let Some(s) = a.get(1).cast::<Str>() else {
        return Err(th.type_error(format!(
            "fromunicode() argument must be str, not {}",
            th.type_name(a.get(1))
        )));
    };
    if !me.kind.is_char() {
        return Err(
            th.value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')")
        );
    }
    let bytes: Vec<u8> = s.text().chars().flat_map(u32::to_ne_bytes).collect();
    me.splice(th, usize::MAX, usize::MAX, &bytes)?;
    Ok(Obj::NONE)
}

/// Whether `kind` holds what the machine format says without conversion.
pub fn native(kind: &Kind, machine: i64) -> bool {
    i64::from(kind.machine) == machine
}
