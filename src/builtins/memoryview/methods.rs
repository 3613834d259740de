//! Methods and attributes of `memoryview`.

use super::{
    Format, MemoryView, Shape, bytes_of, c_strides, item_at, owner, payload, released, view_of,
    with,
};
use crate::builtins::bytes::{hex_args, hex_of};
use crate::object::def::{GetSetDef, MethodDef};
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

pub(super) static METHODS: &[MethodDef] = &[
    MethodDef::new("release", "($self, /)", |th, a| release(th, a.get(0)))
        .doc("Release the underlying buffer exposed by the memoryview object."),
    MethodDef::new("tobytes", "($self, /, order='C')", tobytes)
        .doc("Return the data in the buffer as a byte string."),
    MethodDef::new(
        "hex",
        "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
        hex,
    )
    .doc("Return the data in the buffer as a str of hexadecimal numbers."),
    MethodDef::new("tolist", "($self, /)", tolist)
        .doc("Return the data in the buffer as a list of elements."),
    MethodDef::new("cast", "($self, /, format, shape=<unrepresentable>)", cast)
        .doc("Cast a memoryview to a new format or shape."),
    MethodDef::new("toreadonly", "($self, /)", toreadonly)
        .doc("Return a readonly version of the memoryview."),
    MethodDef::new("count", "($self, value, /)", count)
        .doc("Count the number of occurrences of a value."),
    MethodDef::new(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        index,
    )
    .doc("Return the index of the first occurrence of a value."),
    MethodDef::new("__enter__", "($self, /)", |th, a| {
        with(th, payload(th, a.get(0))?, |_| ())?;
        Ok(a.get(0).clone())
    }),
    MethodDef::new("__exit__", "($self, /, *args)", |th, a| {
        release(th, a.get(0))
    }),
    MethodDef::class("_from_flags", "($cls, /, object, flags)", |th, a| {
        super::of(th, a.get(1))
    }),
];

pub(super) static GETSET: &[GetSetDef] = &[
    GetSetDef::ro("obj", |th, o| owner(th, payload(th, o)?)),
    GetSetDef::ro("nbytes", |th, o| {
        live(th, o).map(|s| th.int(s.nbytes() as i64))
    }),
    GetSetDef::ro("readonly", |th, o| {
        live(th, o).map(|s| Obj::bool(s.readonly))
    }),
    GetSetDef::ro("itemsize", |th, o| {
        live(th, o).map(|s| th.int(s.format.size() as i64))
    }),
    GetSetDef::ro("format", |th, o| {
        live(th, o).and_then(|s| th.str(s.format.text()))
    }),
    GetSetDef::ro("ndim", |th, o| {
        live(th, o).map(|s| th.int(s.dims.len() as i64))
    }),
    GetSetDef::ro("shape", |th, o| {
        let dims = live(th, o)?.dims.iter().map(|&n| th.int(n as i64));
        th.tuple(dims.collect())
    }),
    GetSetDef::ro("strides", |th, o| {
        let strides = live(th, o)?.strides.iter().map(|&n| th.int(n as i64));
        th.tuple(strides.collect())
    }),
    GetSetDef::ro("suboffsets", |th, o| live(th, o).map(|_| th.empty_tuple())),
    GetSetDef::ro("c_contiguous", |th, o| {
        live(th, o).map(|s| Obj::bool(s.ordered(false)))
    }),
    GetSetDef::ro("f_contiguous", |th, o| {
        live(th, o).map(|s| Obj::bool(s.ordered(true)))
    }),
    GetSetDef::ro("contiguous", |th, o| {
        live(th, o).map(|s| Obj::bool(s.ordered(false) || s.ordered(true)))
    }),
];

/// The shape of a view that was not released.
fn live<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Shape> {
    let m = payload(th, o)?;
    with(th, m, |_| ())?;
    let m: &'a MemoryView = m;
    Ok(&m.shape)
}

fn release(th: &Thread, o: &Obj) -> Res {
    let m = payload(th, o)?;
    let taken = m
        .buffer
        .with(th, m.head(), |b| match m.exports.load(Ordering::Acquire) {
            0 => Ok(b.take()),
            n => Err(n),
        });
    match taken {
        Ok(buffer) => {
            drop(buffer);
            Ok(Obj::NONE)
        }
        Err(n) => {
            let s = if n == 1 { "" } else { "s" };
            Err(th.err(
                TypeId::BufferError,
                format!("memoryview has {n} exported buffer{s}"),
            ))
        }
    }
}

fn tobytes(th: &Thread, a: Args<'_>) -> Res {
    let m = payload(th, a.get(0))?;
    let fortran = match a.opt_not_none(1) {
        None => false,
        Some(o) => match o.cast::<Str>() {
            Some(s) if s.eq_rust("C") => false,
            Some(s) if s.eq_rust("F") => true,
            Some(s) if s.eq_rust("A") => m.shape.ordered(true) && !m.shape.ordered(false),
            Some(_) => return Err(th.value_error("order must be 'C', 'F' or 'A'")),
            None => {
                let ty = th.type_name(o);
                return Err(th.type_error(format!(
                    "tobytes() argument 'order' must be str or None, not {ty}"
                )));
            }
        },
    };
    let bytes = bytes_of(th, m)?;
    if !fortran || m.shape.dims.len() < 2 {
        return th.bytes(&bytes);
    }
    // Fortran order: the C order of the reversed dimensions.
    let mut turned = m.shape.clone();
    turned.dims.reverse();
    turned.strides.reverse();
    let size = turned.format.size();
    let out = with(th, m, |b| {
        let all = b.bytes();
        turned
            .offsets()
            .iter()
            .flat_map(|&at| all[at..at + size].to_vec())
            .collect::<Vec<u8>>()
    })?;
    th.bytes(&out)
}

fn hex(th: &Thread, a: Args<'_>) -> Res {
    let sep = hex_args(th, a.opt(1), a.opt(2))?;
    hex_of(th, &bytes_of(th, payload(th, a.get(0))?)?, sep)
}

fn nested(th: &Thread, items: &[Obj], dims: &[usize]) -> Res {
    match dims {
        [] => items.first().cloned().ok_or_else(|| released(th)),
        [_] => th.list(items.to_vec()),
        [0, ..] => th.list(Vec::new()),
        [n, rest @ ..] => {
            let each = items.len() / n;
            let rows = (0..*n).map(|i| nested(th, &items[i * each..(i + 1) * each], rest));
            th.list(rows.collect::<Res<Vec<Obj>>>()?)
        }
    }
}

/// Every item, in C order.
fn items(th: &Thread, m: &Py<MemoryView>) -> Res<Vec<Obj>> {
    let (bytes, format) = (bytes_of(th, m)?, m.shape.format);
    bytes
        .chunks_exact(format.size())
        .map(|raw| format.unpack(th, raw))
        .collect()
}

fn tolist(th: &Thread, a: Args<'_>) -> Res {
    let m = payload(th, a.get(0))?;
    nested(th, &items(th, m)?, &m.shape.dims)
}

fn toreadonly(th: &Thread, a: Args<'_>) -> Res {
    let m = payload(th, a.get(0))?;
    view_of(
        th,
        m,
        Shape {
            readonly: true,
            ..m.shape.clone()
        },
    )
}

fn count(th: &Thread, a: Args<'_>) -> Res {
    let m = payload(th, a.get(0))?;
    with(th, m, |_| ())?;
    if m.shape.dims.len() != 1 {
        return Err(th.not_implemented_error("multi-dimensional sub-views are not implemented"));
    }
    let mut n = 0;
    for o in items(th, m)? {
        n += i64::from(th.eq(&o, a.get(1))?);
    }
    Ok(th.int(n))
}

fn index(th: &Thread, a: Args<'_>) -> Res {
    let m = payload(th, a.get(0))?;
    with(th, m, |_| ())?;
    let [n] = m.shape.dims[..] else {
        return Err(th.not_implemented_error("multi-dimensional lookup is not implemented"));
    };
    let bound = |o: Option<&Obj>, default: i64| -> Res<usize> {
        let i = o.map_or(Ok(default), |o| th.index_clamped(o))?;
        let i = if i < 0 {
            i.saturating_add(n as i64).max(0)
        } else {
            i.min(n as i64)
        };
        Ok(i as usize)
    };
    let (start, stop) = (bound(a.opt(2), 0)?, bound(a.opt(3), i64::MAX)?);
    for i in start..stop {
        let at = m.shape.start as isize + i as isize * m.shape.strides[0];
        let o = item_at(th, m, at as usize)?;
        if th.eq(&o, a.get(1))? {
            return Ok(th.int(i as i64));
        }
    }
    Err(th.value_error("memoryview.index(x): x not found"))
}

fn cast(th: &Thread, a: Args<'_>) -> Res {
    let m = payload(th, a.get(0))?;
    with(th, m, |_| ())?;
    let Some(text) = a.get(1).cast::<Str>() else {
        let ty = th.type_name(a.get(1));
        return Err(th.type_error(format!("cast() argument 'format' must be str, not {ty}")));
    };
    let old = &m.shape;
    if !old.ordered(false) {
        return Err(th.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    if (a.opt(2).is_some() || old.dims.len() != 1) && old.dims.len() != 1 && a.opt(2).is_some() {
        return Err(th.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
    }
    let Some(format) = Format::parse(&text.to_rust()) else {
        return Err(th.value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    if !format.is_bytes() && !old.format.is_bytes() {
        return Err(th.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let (bytes, size) = (old.nbytes(), format.size());
    if bytes % size != 0 {
        return Err(th.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let dims = match a.opt(2) {
        None => vec![bytes / size],
        Some(o) => dimensions(th, o, bytes, size)?,
    };
    let strides = c_strides(&dims, size);
    view_of(
        th,
        m,
        Shape {
            format,
            start: old.start,
            dims,
            strides,
            readonly: old.readonly,
        },
    )
}

/// The `shape` argument of `cast`.
fn dimensions(th: &Thread, o: &Obj, bytes: usize, size: usize) -> Res<Vec<usize>> {
    if !th.is_a(o, TypeId::List) && !th.is_a(o, TypeId::Tuple) {
        return Err(th.type_error("shape must be a list or a tuple"));
    }
    let all = th.collect(o)?;
    if all.len() > 64 {
        return Err(th.value_error("memoryview: number of dimensions must not exceed 64"));
    }
    let mut dims = Vec::with_capacity(all.len());
    let mut product = size;
    for o in &all {
        let Some(n) = th.int_like_i64(o) else {
            return Err(th.type_error("memoryview.cast(): elements of shape must be integers"));
        };
        let n = usize::try_from(n).ok().filter(|&n| n > 0).ok_or_else(|| {
            th.value_error("memoryview.cast(): elements of shape must be integers > 0")
        })?;
        product = product
            .checked_mul(n)
            .ok_or_else(|| th.value_error("memoryview.cast(): product(shape) > SSIZE_MAX"))?;
        dims.push(n);
    }
    if product != bytes {
        return Err(th.type_error("memoryview: product(shape) * itemsize != buffer size"));
    }
    Ok(dims)
}
