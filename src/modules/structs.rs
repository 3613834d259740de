//! `_struct`: values packed into bytes.

use crate::modules::prelude::*;
use dashu_int::IBig;
use smallvec::SmallVec;
use std::collections::HashMap;
use threadsnake_algo::struct_codec::{self, Field, Kind, Layout as Format, Scalar, StructError};
use threadsnake_threads::sync::{Arc, Mutex};

/// What the module keeps: its exception class and the formats used of late.
struct State {
    error: Slot,
    formats: Mutex<HashMap<Vec<u8>, Arc<Format>, foldhash::fast::RandomState>>,
}

impl Default for State {
    fn default() -> Self {
        State {
            error: Slot::empty(),
            formats: Mutex::new(HashMap::default()),
        }
    }
}

const MAX_FORMATS: usize = 100;

/// A compiled format.
pub struct Struct {
    text: Guarded<Option<Obj>>,
    format: Guarded<Option<Arc<Format>>>,
}
native!(Struct, Struct, "Struct", text);

/// Iterator of `iter_unpack`.
pub struct StructUnpackIter {
    format: Arc<Format>,
    data: Slot,
    at: threadsnake_threads::sync::atomic::AtomicUsize,
}
native!(StructUnpackIter, StructUnpackIter, "unpack_iterator", data);

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&STRUCT, &UNPACK_ITER];

static STRUCT: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            th.bind("Struct", "(format)", args, |a| {
                let (text, format) = compiled(th, a.get(0))?;
                let payload = Struct {
                    text: Guarded::new(Some(text)),
                    format: Guarded::new(Some(format)),
                };
                Ok(th.alloc_as::<Struct>(cls, payload)?.into_obj())
            })
        }),
        init: Some(|th, o, args| {
            th.bind("Struct", "(format)", args, |a| {
                let s = this::<Struct>(th, o)?;
                let (text, format) = compiled(th, a.get(0))?;
                drop(s.text.replace(th, s.head(), Some(text)));
                drop(s.format.replace(th, s.head(), Some(format)));
                Ok(())
            })
        }),
        repr: Some(|th, o| {
            let text = text_of(th, this::<Struct>(th, o)?);
            let text = th.repr(&text)?.to_rust();
            th.str(&format!("{}({text})", th.type_of(o).name_text()))
        }),
        ..Slots::NONE
    },
    flags: type_flags::BASETYPE | type_flags::WEAKREFABLE,
    methods: &[
        MethodDef::new("pack", "($self, /, *values...)", |th, a| {
            pack(th, &*format_of(th, a.get(0))?, a.rest(1), "pack")
        }),
        MethodDef::new(
            "pack_into",
            "($self, buffer, offset, /, *values...)",
            |th, a| {
                pack_into(
                    th,
                    &*format_of(th, a.get(0))?,
                    a.get(1),
                    a.get(2),
                    a.rest(3),
                )
            },
        ),
        MethodDef::new("unpack", "($self, buffer, /)", |th, a| {
            unpack(th, &*format_of(th, a.get(0))?, a.get(1))
        }),
        MethodDef::new("unpack_from", "($self, /, buffer, offset=0)", |th, a| {
            unpack_from(th, &*format_of(th, a.get(0))?, a.get(1), a.opt(2))
        }),
        MethodDef::new("iter_unpack", "($self, buffer, /)", |th, a| {
            iter_unpack(th, format_of(th, a.get(0))?, a.get(1))
        }),
        MethodDef::new("__sizeof__", "($self, /)", |th, a| {
            Ok(th.int(56 + 32 * format_of(th, a.get(0))?.fields.len() as i64))
        }),
    ],
    getset: &[
        GetSetDef::ro("format", |th, o| Ok(text_of(th, this::<Struct>(th, o)?))),
        GetSetDef::ro("size", |th, o| Ok(th.uint(format_of(th, o)?.size as u64))),
    ],
    ..TypeDef::new(TypeId::Struct, "_struct.Struct", Struct::LAYOUT)
};

static UNPACK_ITER: TypeDef = TypeDef {
    slots: iterator(None, iter_next),
    flags: type_flags::NO_NEW,
    methods: &[MethodDef::new("__length_hint__", "($self, /)", |th, a| {
        use threadsnake_threads::sync::atomic::Ordering;
        let s = this::<StructUnpackIter>(th, a.get(0))?;
        let left = match s.data.get() {
            None => 0,
            Some(d) => {
                th.buffer(&d, false)?
                    .len()
                    .saturating_sub(s.at.load(Ordering::Relaxed))
                    / s.format.size
            }
        };
        Ok(th.uint(left as u64))
    })],
    ..TypeDef::new(
        TypeId::StructUnpackIter,
        "_struct.unpack_iterator",
        StructUnpackIter::LAYOUT,
    )
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("calcsize", "(format, /)", |th, a| {
            Ok(th.uint(compiled(th, a.get(0))?.1.size as u64))
        }),
        MethodDef::new("pack", "(format, /, *values...)", |th, a| {
            pack(th, &compiled(th, a.get(0))?.1, a.rest(1), "pack")
        }),
        MethodDef::new(
            "pack_into",
            "(format, buffer, offset, /, *values...)",
            |th, a| {
                let format = compiled(th, a.get(0))?.1;
                pack_into(th, &format, a.get(1), a.get(2), a.rest(3))
            },
        ),
        MethodDef::new("unpack", "(format, buffer, /)", |th, a| {
            unpack(th, &compiled(th, a.get(0))?.1, a.get(1))
        }),
        MethodDef::new("unpack_from", "(format, /, buffer, offset=0)", |th, a| {
            unpack_from(th, &compiled(th, a.get(0))?.1, a.get(1), a.opt(2))
        }),
        MethodDef::new("iter_unpack", "(format, buffer, /)", |th, a| {
            iter_unpack(th, compiled(th, a.get(0))?.1, a.get(1))
        }),
        MethodDef::new("_clearcache", "()", |th, _| {
            th.rt().module_state::<State>().formats.lock().clear();
            Ok(Obj::NONE)
        }),
    ],
    types: &[("Struct", TypeId::Struct)],
    init: Some(|th, m| {
        let class = error_class(th)?;
        put(th, m, "error", class)
    }),
    doc: "Functions to convert between Python values and C structs.",
    ..ModuleDef::new("_struct")
};

fn error_class(th: &Thread) -> Res {
    exception_class(
        th,
        &th.rt().module_state::<State>().error,
        "struct",
        "error",
        TypeId::Exception,
    )
}

fn error(th: &Thread, message: &str) -> Exc {
    match (error_class(th), th.str(message)) {
        (Ok(c), Ok(m)) => raise_class(th, &c, &[m]),
        (Err(e), _) | (_, Err(e)) => e,
    }
}

fn struct_error(th: &Thread, e: StructError) -> Exc {
    match e {
        StructError::FloatOverflow(_) => th.overflow_error(e.to_string()),
        e => error(th, &e.to_string()),
    }
}

/// A format from its text (str or bytes), and that text as str.
fn compiled(th: &Thread, text: &Obj) -> Res<(Obj, Arc<Format>)> {
    let buffer;
    let (shown, key) = if let Some(s) = text.cast::<Str>() {
        let Some(t) = s.as_ascii() else {
            return Err(th.err(
                TypeId::UnicodeEncodeError,
                "'ascii' codec can't encode characters in struct format",
            ));
        };
        (text.clone(), t.as_bytes())
    } else if th.is_a(text, TypeId::Bytes) {
        buffer = th.bytes_like(text)?;
        let shown: String = buffer.bytes().iter().map(|&c| char::from(c)).collect();
        (th.str(&shown)?, buffer.bytes())
    } else {
        return Err(th.type_error(format!(
            "Struct() argument 1 must be a str or bytes object, not {}",
            th.type_name(text)
        )));
    };
    let formats = &th.rt().module_state::<State>().formats;
    let known = formats.lock().get(key).cloned();
    if let Some(f) = known {
        return Ok((shown, f));
    }
    let f = Arc::new(Format::parse(key).map_err(|e| struct_error(th, e))?);
    let mut cache = formats.lock();
    if cache.len() >= MAX_FORMATS {
        cache.clear();
    }
    cache.insert(key.to_vec(), f.clone());
    drop(cache);
    Ok((shown, f))
}

fn format_of(th: &Thread, o: &Obj) -> Res<Arc<Format>> {
    let s = this::<Struct>(th, o)?;
    match s.format.with(th, s.head(), |f| f.clone()) {
        Some(f) => Ok(f),
        None => Err(th.runtime_error("Struct object is not initialized")),
    }
}

fn text_of(th: &Thread, s: &Py<Struct>) -> Obj {
    s.text
        .with(th, s.head(), |t| t.clone())
        .unwrap_or(Obj::NONE)
}

fn scalar(th: &Thread, field: &Field, kind: Kind, x: &Obj) -> Res<Scalar> {
    Ok(match kind {
        Kind::Int { .. } => {
            let n = if th.is_a(x, TypeId::Int) {
                x.clone()
            } else if th.type_of(x).slots().index.is_some() {
                th.index(x)?
            } else {
                return Err(error(th, "required argument is not an integer"));
            };
            match n.as_small_int() {
                Some(n) => Scalar::Int(i128::from(n)),
                None => {
                    let big = th.as_bigint(&n).unwrap_or(IBig::ZERO);
                    Scalar::Int(i128::try_from(&big).unwrap_or(if big < IBig::ZERO {
                        i128::MIN
                    } else {
                        i128::MAX
                    }))
                }
            }
        }
        Kind::Float => match th.to_f64(x) {
            Ok(f) => Scalar::Float(f),
            Err(e) if e.is(th, TypeId::TypeError) => {
                return Err(error(th, "required argument is not a float"));
            }
            Err(e) => return Err(e),
        },
        Kind::Bool => Scalar::Bool(th.truthy(x)?),
        Kind::Char => {
            let byte = if th.is_a(x, TypeId::Bytes) {
                th.bytes_like(x).ok()
            } else {
                None
            };
            match byte.as_ref().map(|b| b.bytes()) {
                Some([c]) => Scalar::Char(*c),
                _ => return Err(error(th, "char format requires a bytes object of length 1")),
            }
        }
        Kind::Complex => match x.cast::<crate::object::int::Complex>() {
            Some(c) => Scalar::Complex(c.re, c.im),
            None => match th.to_f64(x) {
                Ok(f) => Scalar::Complex(f, 0.0),
                Err(_) => return Err(error(th, "required argument is not a complex")),
            },
        },
        Kind::Bytes | Kind::Pad => {
            return Err(th.system_error(format!("'{}' has no scalar", field.code)));
        }
    })
}

fn fill(th: &Thread, f: &Format, values: &[Obj], out: &mut [u8]) -> Res<()> {
    let mut values = values.iter();
    for field in &f.fields {
        let places = &mut out[field.offset..][..field.count * field.size];
        for i in 0..field.count {
            let Some(x) = values.next() else {
                return Ok(());
            };
            put_value(th, f, field, x, &mut places[i * field.size..][..field.size])?;
        }
    }
    Ok(())
}

/// Writes one value where it belongs.
#[inline]
fn put_value(th: &Thread, f: &Format, field: &Field, x: &Obj, place: &mut [u8]) -> Res<()> {
    match field.kind {
        Kind::Int { signed } => {
            if let Some(n) = x.as_small_int()
                && struct_codec::pack_i64(f.style, signed, n, place)
            {
                return Ok(());
            }
        }
        Kind::Bytes => {
            if !th.is_a(x, TypeId::Bytes) && !th.is_a(x, TypeId::ByteArray) {
                return Err(error(
                    th,
                    &format!("argument for '{}' must be a bytes object", field.code),
                ));
            }
            let b = th.bytes_like(x)?;
            if field.code == 's' {
                let n = b.len().min(place.len());
                place[..n].copy_from_slice(&b.bytes()[..n]);
            } else if let Some((len, rest)) = place.split_first_mut() {
                let n = b.len().min(rest.len());
                rest[..n].copy_from_slice(&b.bytes()[..n]);
                *len = n.min(255) as u8;
            }
            return Ok(());
        }
        _ => {}
    }
    let value = scalar(th, field, field.kind, x)?;
    struct_codec::pack(f.style, field.code, value, place).map_err(|e| struct_error(th, e))
}

/// What is being packed.
type Room = SmallVec<[u8; 64]>;

fn count_check(th: &Thread, f: &Format, given: usize, what: &str) -> Res<()> {
    if given == f.values {
        return Ok(());
    }
    Err(error(
        th,
        &format!(
            "{what} expected {} items for packing (got {given})",
            f.values
        ),
    ))
}

fn pack(th: &Thread, f: &Format, values: &[Obj], what: &str) -> Res {
    count_check(th, f, values.len(), what)?;
    th.reserve(f.size)?;
    let mut out: Room = SmallVec::from_elem(0, f.size);
    fill(th, f, values, &mut out)?;
    th.bytes(&out)
}

fn pack_into(th: &Thread, f: &Format, target: &Obj, offset: &Obj, values: &[Obj]) -> Res {
    count_check(th, f, values.len(), "pack_into")?;
    let buffer = match th.buffer(target, true) {
        Ok(b) => b,
        Err(e) if e.is(th, TypeId::TypeError) => {
            return Err(th.type_error(
                "pack_into() argument 1 must be read-write bytes-like object, not ".to_owned()
                    + &th.type_name(target),
            ));
        }
        Err(e) => return Err(e),
    };
    let at = th.index_i64(offset)?;
    let len = buffer.len() as i64;
    let size = f.size as i64;
    if at < 0 && at + size > 0 {
        return Err(error(
            th,
            &format!("no space to pack {size} bytes at offset {at}"),
        ));
    }
    let start = if at < 0 { at + len } else { at };
    if start < 0 {
        return Err(error(
            th,
            &format!("offset {at} out of range for {len}-byte buffer"),
        ));
    }
    if len - start < size {
        return Err(error(
            th,
            &format!(
                "pack_into requires a buffer of at least {} bytes for packing {size} bytes at offset {start} (actual \
                 buffer size is {len})",
                start + size
            ),
        ));
    }
    let mut out: Room = SmallVec::from_elem(0, f.size);
    fill(th, f, values, &mut out)?;
    // The conversions may have run Python, but a lent buffer keeps its size.
    buffer.write(start as usize, &out);
    Ok(Obj::NONE)
}

fn values(th: &Thread, f: &Format, bytes: &[u8]) -> Res {
    let mut out: SmallVec<[Obj; 8]> = SmallVec::with_capacity(f.values);
    for field in &f.fields {
        let places = &bytes[field.offset..][..field.count * field.size];
        for i in 0..field.count {
            out.push(value(
                th,
                f,
                field,
                &places[i * field.size..][..field.size],
            )?);
        }
    }
    th.tuple_of_small(out)
}

/// The value that so many bytes are.
#[inline]
fn value(th: &Thread, f: &Format, field: &Field, place: &[u8]) -> Res {
    if let Kind::Int { signed } = field.kind {
        return Ok(match struct_codec::unpack_i64(f.style, signed, place) {
            (n, true) => th.uint(n as u64),
            (n, false) => th.int(n),
        });
    }
    match field.code {
        's' => return th.bytes(place),
        'p' => {
            let (&n, rest) = place.split_first().unwrap_or((&0, &[]));
            return th.bytes(&rest[..usize::from(n).min(rest.len())]);
        }
        _ => {}
    }
    let scalar = struct_codec::unpack(f.style, field.code, place);
    Ok(match scalar.map_err(|e| struct_error(th, e))? {
        Scalar::Int(n) => match i64::try_from(n) {
            Ok(n) => th.int(n),
            Err(_) => th.uint(n as u64),
        },
        Scalar::Float(x) => Obj::float(x),
        Scalar::Bool(b) => Obj::bool(b),
        Scalar::Char(c) => th.bytes(&[c])?,
        Scalar::Complex(re, im) => th.alloc(crate::object::int::Complex { re, im }).into_obj(),
    })
}

fn unpack(th: &Thread, f: &Format, data: &Obj) -> Res {
    let b = th.bytes_like(data)?;
    if b.len() != f.size {
        return Err(error(
            th,
            &format!("unpack requires a buffer of {} bytes", f.size),
        ));
    }
    values(th, f, b.bytes())
}

fn unpack_from(th: &Thread, f: &Format, data: &Obj, offset: Option<&Obj>) -> Res {
    let b = th.bytes_like(data)?;
    let at = offset.map_or(Ok(0), |o| th.index_i64(o))?;
    let (len, size) = (b.len() as i64, f.size as i64);
    if at < 0 && at + size > 0 {
        return Err(error(
            th,
            &format!("not enough data to unpack {size} bytes at offset {at}"),
        ));
    }
    let start = if at < 0 { at + len } else { at };
    if start < 0 {
        return Err(error(
            th,
            &format!("offset {at} out of range for {len}-byte buffer"),
        ));
    }
    if len - start < size {
        return Err(error(
            th,
            &format!(
                "unpack_from requires a buffer of at least {} bytes for unpacking {size} bytes at offset {start} \
                 (actual buffer size is {len})",
                start + size
            ),
        ));
    }
    values(th, f, &b.bytes()[start as usize..][..f.size])
}

fn iter_unpack(th: &Thread, format: Arc<Format>, data: &Obj) -> Res {
    if format.size == 0 {
        return Err(error(
            th,
            "cannot iteratively unpack with a struct of length 0",
        ));
    }
    let b = th.bytes_like(data)?;
    if b.len() % format.size != 0 {
        return Err(error(
            th,
            &format!(
                "iterative unpacking requires a buffer of a multiple of {} bytes",
                format.size
            ),
        ));
    }
    let data = Slot::new(Some(data.clone()));
    let at = threadsnake_threads::sync::atomic::AtomicUsize::new(0);
    Ok(th.alloc(StructUnpackIter { format, data, at }).into_obj())
}

fn iter_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    use threadsnake_threads::sync::atomic::Ordering;
    let s = this::<StructUnpackIter>(th, o)?;
    let Some(data) = s.data.get() else {
        return Ok(None);
    };
    let b = th.bytes_like(&data)?;
    let at = s.at.fetch_add(s.format.size, Ordering::Relaxed);
    match b.bytes().get(at..at.saturating_add(s.format.size)) {
        Some(part) => values(th, &s.format, part).map(Some),
        None => {
            s.data.set(th, None);
            Ok(None)
        }
    }
}
