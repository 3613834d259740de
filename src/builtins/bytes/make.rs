//! `bytes(…)`, and what turns objects into bytes.

use super::view;
use crate::builtins::number::IntRef;
use crate::builtins::str::arg;
use crate::object::bytes::Bytes;
use crate::object::obj::{Obj, Py};
use crate::object::slots::CallArgs;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// What `__bytes__` gives; `None` for objects without it.
pub(super) fn by_dunder(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    if o.header().is_none() {
        return Ok(None);
    }
    let Some(f) = th.special(o, "__bytes__")? else {
        return Ok(None);
    };
    let made = th.call(&f, &[])?;
    if made.cast::<Bytes>().is_none() {
        return Err(th.type_error(format!(
            "__bytes__ returned non-bytes (type {})",
            th.type_name(&made)
        )));
    }
    Ok(Some(made))
}

pub(super) fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let made = if args.is_empty() {
        th.bytes(&[])?
    } else {
        th.bind(
            "bytes",
            "(source=b'', encoding='utf-8', errors='strict')",
            args,
            |a| {
                if let (Some(x), None, None) = (a.opt(0), a.opt(1), a.opt(2)) {
                    if x.is_exact::<Bytes>() {
                        return Ok(x.clone());
                    }
                    if let Some(made) = by_dunder(th, x)? {
                        return Ok(made);
                    }
                }
                let v = source(th, "bytes", a.opt(0), a.opt(1), a.opt(2))?;
                th.bytes(&v)
            },
        )?
    };
    if cls.obj().is(th.ty(TypeId::Bytes).obj()) {
        return Ok(made);
    }
    let v = view(th, &made)?;
    th.bytes_as(cls, &v)
}

/// The arguments of `bytes` and `bytearray`.
pub(super) fn source(
    th: &Thread,
    name: &str,
    x: Option<&Obj>,
    encoding: Option<&Obj>,
    errors: Option<&Obj>,
) -> Res<Vec<u8>> {
    let encoding = encoding
        .map(|e| arg(th, e, &format!("{name}() argument 'encoding'")))
        .transpose()?;
    let errors = errors
        .map(|e| arg(th, e, &format!("{name}() argument 'errors'")))
        .transpose()?;
    let text = x.filter(|x| x.cast::<Str>().is_some());
    if let Some(s) = text {
        if encoding.is_none() {
            return Err(th.type_error("string argument without an encoding"));
        }
        let made = crate::builtins::codec::encode(th, s, encoding, errors)?;
        return Ok(view(th, &made)?.to_vec());
    }
    if encoding.is_some() {
        return Err(th.type_error("encoding without a string argument"));
    }
    if errors.is_some() {
        return Err(th.type_error("errors without a string argument"));
    }
    let Some(x) = x else { return Ok(Vec::new()) };
    if x.is_exact::<crate::builtins::memoryview::MemoryView>() {
        // Its items in order, wherever they lie.
        let made = th.call_method(x, "tobytes", &[])?;
        return Ok(view(th, &made)?.to_vec());
    }
    if th.type_of(x).slots().index.is_some() {
        match th.index(x) {
            Ok(i) => return zeros(th, x, IntRef::of(&i).and_then(IntRef::small)),
            Err(e) if e.is(th, TypeId::TypeError) => {}
            Err(e) => return Err(e),
        }
    }
    let range = if name == "bytes" {
        "bytes must be in range(0, 256)"
    } else {
        "byte must be in range(0, 256)"
    };
    to_vec(th, x, name, range)
}

fn zeros(th: &Thread, x: &Obj, n: Option<i64>) -> Res<Vec<u8>> {
    let Some(n) = n else {
        let ty = th.type_name(x);
        return Err(th.overflow_error(format!("cannot fit '{ty}' into an index-sized integer")));
    };
    let Ok(n) = usize::try_from(n) else {
        return Err(th.value_error("negative count"));
    };
    th.reserve(n)?;
    Ok(vec![0; n])
}

/// One byte of an iterable.
pub(super) fn byte(th: &Thread, o: &Obj, range: &str) -> Res<u8> {
    let n = match o.as_small_int() {
        Some(n) => Some(n),
        None => IntRef::of(&th.index(o)?).and_then(IntRef::small),
    };
    n.and_then(|n| u8::try_from(n).ok())
        .ok_or_else(|| th.value_error(range))
}

fn to_vec(th: &Thread, x: &Obj, name: &str, range: &str) -> Res<Vec<u8>> {
    if let Some(v) = super::view_opt(th, x)? {
        return Ok(v.to_vec());
    }
    let slots = th.type_of(x).slots();
    let refused = || {
        th.type_error(format!(
            "cannot convert '{}' object to {name}",
            th.type_name(x)
        ))
    };
    if x.cast::<Str>().is_some() || (slots.iter.is_none() && slots.getitem.is_none()) {
        return Err(refused());
    }
    let it = match th.iter(x) {
        Ok(it) => it,
        Err(e) if e.is(th, TypeId::TypeError) => return Err(refused()),
        Err(e) => return Err(e),
    };
    let mut out = Vec::new();
    while let Some(o) = th.next(&it)? {
        out.push(byte(th, &o, range)?);
        if out.len() % 4096 == 0 {
            th.poll()?;
        }
    }
    Ok(out)
}

/// The bytes of a buffer, of `__bytes__`, or of an iterable of ints (`PyObject_Bytes`).
pub fn object_to_vec(th: &Thread, x: &Obj) -> Res<Vec<u8>> {
    if let Some(b) = x.exact::<Bytes>() {
        return Ok(b.bytes().to_vec());
    }
    if let Some(made) = by_dunder(th, x)? {
        return Ok(view(th, &made)?.to_vec());
    }
    to_vec(th, x, "bytes", "bytes must be in range(0, 256)")
}
