//! The abstract classes: `_IOBase`, `_RawIOBase`, `_BufferedIOBase`, `_TextIOBase`. Their methods go through Python's
//! methods of the object, so that classes written in Python can override any of them.

use super::{closed_error, unsupported};
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};

/// Payload of all streams.
#[repr(C)]
#[derive(Default)]
pub struct IoBase {
    /// Set by `close`.
    pub closed: AtomicBool,
}

native!(IoBase, IOBase, "_IOBase");

impl IoBase {
    /// Whether `close` has been called.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

const FLAGS: u32 =
    type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREFABLE | type_flags::HAS_DEL;

/// Flags of stream types.
pub const STREAM_FLAGS: u32 = FLAGS;

/// `_IOBase`
pub static IO_BASE: TypeDef = TypeDef {
    flags: FLAGS,
    slots: Slots {
        new: Some(new),
        init: Some(|_, _, _| Ok(())),
        iter: Some(|th, o| {
            check_closed(th, o)?;
            Ok(o.clone())
        }),
        next: Some(next),
        del: Some(finalise),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__del__", "($self, /)", |th, a| {
            finalise(th, a.get(0))?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("seek", "($self, offset, whence=0, /)", |th, _| {
            Err(unsupported(th, "seek"))
        }),
        MethodDef::new("tell", "($self, /)", |th, a| {
            th.call_method(a.get(0), "seek", &[Obj::small_int(0), Obj::small_int(1)])
        }),
        MethodDef::new("truncate", "($self, size=None, /)", |th, _| {
            Err(unsupported(th, "truncate"))
        }),
        MethodDef::new("fileno", "($self, /)", |th, _| {
            Err(unsupported(th, "fileno"))
        }),
        MethodDef::new("flush", "($self, /)", |th, a| {
            check_closed(th, a.get(0))?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("close", "($self, /)", close),
        MethodDef::new("readable", "($self, /)", |th, a| {
            check_closed(th, a.get(0))?;
            Ok(Obj::FALSE)
        }),
        MethodDef::new("writable", "($self, /)", |th, a| {
            check_closed(th, a.get(0))?;
            Ok(Obj::FALSE)
        }),
        MethodDef::new("seekable", "($self, /)", |th, a| {
            check_closed(th, a.get(0))?;
            Ok(Obj::FALSE)
        }),
        MethodDef::new("isatty", "($self, /)", |th, a| {
            check_closed(th, a.get(0))?;
            Ok(Obj::FALSE)
        }),
        MethodDef::new("readline", "($self, size=-1, /)", readline),
        MethodDef::new("readlines", "($self, hint=-1, /)", readlines),
        MethodDef::new("writelines", "($self, lines, /)", writelines),
        MethodDef::new("__enter__", "($self, /)", |th, a| {
            check_closed(th, a.get(0))?;
            Ok(a.get(0).clone())
        }),
        MethodDef::new("__exit__", "($self, /, *args)", |th, a| {
            th.call_method(a.get(0), "close", &[])
        }),
        MethodDef::new("_checkClosed", "($self, /)", |th, a| {
            check_closed(th, a.get(0))?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("_checkSeekable", "($self, /)", |th, a| {
            check_ability(th, a.get(0), "seekable", "File or stream is not seekable.")
        }),
        MethodDef::new("_checkReadable", "($self, /)", |th, a| {
            check_ability(th, a.get(0), "readable", "File or stream is not readable.")
        }),
        MethodDef::new("_checkWritable", "($self, /)", |th, a| {
            check_ability(th, a.get(0), "writable", "File or stream is not writable.")
        }),
    ],
    getset: &[GetSetDef::ro("closed", |_, o| {
        Ok(Obj::bool(o.cast::<IoBase>().is_some_and(|b| b.is_closed())))
    })],
    ..TypeDef::new(TypeId::IOBase, "_io._IOBase", IoBase::LAYOUT)
};

/// `_RawIOBase`
pub static RAW_BASE: TypeDef = TypeDef {
    base: TypeId::IOBase,
    flags: FLAGS,
    methods: &[
        MethodDef::new("read", "($self, size=-1, /)", raw_read),
        MethodDef::new("readall", "($self, /)", |th, a| raw_readall(th, a.get(0))),
        MethodDef::new("readinto", "($self, buffer, /)", |th, _| {
            Err(unsupported(th, "readinto"))
        }),
        MethodDef::new("write", "($self, b, /)", |th, _| {
            Err(unsupported(th, "write"))
        }),
    ],
    ..TypeDef::new(TypeId::RawIOBase, "_io._RawIOBase", IoBase::LAYOUT)
};

/// `_BufferedIOBase`
pub static BUFFERED_BASE: TypeDef = TypeDef {
    base: TypeId::IOBase,
    flags: FLAGS,
    methods: &[
        MethodDef::new("read", "($self, size=-1, /)", |th, _| {
            Err(unsupported(th, "read"))
        }),
        MethodDef::new("read1", "($self, size=-1, /)", |th, _| {
            Err(unsupported(th, "read1"))
        }),
        MethodDef::new("write", "($self, b, /)", |th, _| {
            Err(unsupported(th, "write"))
        }),
        MethodDef::new("detach", "($self, /)", |th, _| {
            Err(unsupported(th, "detach"))
        }),
        MethodDef::new("readinto", "($self, buffer, /)", |th, a| {
            into(th, a, "read")
        }),
        MethodDef::new("readinto1", "($self, buffer, /)", |th, a| {
            into(th, a, "read1")
        }),
    ],
    ..TypeDef::new(
        TypeId::BufferedIOBase,
        "_io._BufferedIOBase",
        IoBase::LAYOUT,
    )
};

/// `_TextIOBase`
pub static TEXT_BASE: TypeDef = TypeDef {
    base: TypeId::IOBase,
    flags: FLAGS,
    methods: &[
        MethodDef::new("read", "($self, size=-1, /)", |th, _| {
            Err(unsupported(th, "read"))
        }),
        MethodDef::new("readline", "($self, size=-1, /)", |th, _| {
            Err(unsupported(th, "readline"))
        }),
        MethodDef::new("write", "($self, s, /)", |th, _| {
            Err(unsupported(th, "write"))
        }),
        MethodDef::new("detach", "($self, /)", |th, _| {
            Err(unsupported(th, "detach"))
        }),
    ],
    getset: &[
        GetSetDef::ro("encoding", |_, _| Ok(Obj::NONE)),
        GetSetDef::ro("newlines", |_, _| Ok(Obj::NONE)),
        GetSetDef::ro("errors", |_, _| Ok(Obj::NONE)),
    ],
    ..TypeDef::new(TypeId::TextIOBase, "_io._TextIOBase", IoBase::LAYOUT)
};

fn new(th: &Thread, cls: &Py<Type>, _args: CallArgs<'_>) -> Res {
    Ok(th.alloc_as(cls, IoBase::default())?.into_obj())
}

/// Whether the stream says that it is closed.
pub fn says_closed(th: &Thread, o: &Obj) -> Res<bool> {
    match th.getattr_opt(o, "closed")? {
        Some(c) => th.truthy(&c),
        None => Ok(false),
    }
}

/// ValueError where the stream is closed.
pub fn check_closed(th: &Thread, o: &Obj) -> Res<()> {
    if says_closed(th, o)? {
        return Err(closed_error(th));
    }
    Ok(())
}

fn check_ability(th: &Thread, o: &Obj, what: &str, msg: &str) -> Res {
    let r = th.call_method(o, what, &[])?;
    if th.truthy(&r)? {
        Ok(Obj::TRUE)
    } else {
        Err(unsupported(th, msg))
    }
}

fn close(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let Some(b) = o.cast::<IoBase>() else {
        return Ok(Obj::NONE);
    };
    if b.is_closed() {
        return Ok(Obj::NONE);
    }
    let r = th.call_method(o, "flush", &[]);
    b.closed.store(true, Ordering::Release);
    r.map(|_| Obj::NONE)
}

/// `__del__`: closes what is open. Errors have nobody to go to.
fn finalise(th: &Thread, o: &Obj) -> Res<()> {
    // Nobody learns whether what was in memory only was closed.
    if let Some(TypeId::StringIO | TypeId::BytesIO) = th.type_of(o).id {
        return Ok(());
    }
    if !says_closed(th, o).unwrap_or(true) {
        drop(th.call_method(o, "close", &[]));
    }
    Ok(())
}

/// The bytes of an object that a read gave.
pub fn taken_bytes(th: &Thread, o: &Obj, what: &str) -> Res<Vec<u8>> {
    if !th.is_a(o, TypeId::Bytes) {
        return Err(th.type_error(format!(
            "{what} should have returned a bytes-like object, not '{}'",
            th.type_name(o)
        )));
    }
    Ok(th.bytes_like(o)?.bytes().to_vec())
}

/// A size argument: absent, None or negative is no limit.
pub fn size_arg(th: &Thread, a: &Args<'_>, i: usize) -> Res<Option<usize>> {
    match a.opt_not_none(i) {
        None => Ok(None),
        Some(o) => {
            if th.special(o, "__index__")?.is_none() {
                return Err(th.type_error(format!(
                    "argument should be integer or None, not '{}'",
                    th.type_name(o)
                )));
            }
            let n = th.index_i64(o)?;
            Ok(if n < 0 { None } else { Some(n as usize) })
        }
    }
}

fn readline(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let limit = size_arg(th, &a, 1)?.unwrap_or(usize::MAX);
    let peek = th.getattr_opt(o, "peek")?;
    let mut line = Vec::new();
    while line.len() < limit {
        let mut want = 1;
        if let Some(p) = &peek {
            let ahead = th.call(p, &[Obj::small_int(1)])?;
            let ahead = taken_bytes(th, &ahead, "peek()")?;
            if !ahead.is_empty() {
                want = ahead
                    .iter()
                    .position(|&b| b == b'\n')
                    .map_or(ahead.len(), |i| i + 1)
                    .min(limit - line.len());
            }
        }
        let r = th.call_method(o, "read", &[th.int(want as i64)])?;
        if !th.is_a(&r, TypeId::Bytes) {
            return Err(th.err(
                TypeId::OSError,
                format!(
                    "read() should have returned a bytes object, not '{}'",
                    th.type_name(&r)
                ),
            ));
        }
        let b = taken_bytes(th, &r, "read()")?;
        if b.is_empty() {
            break;
        }
        line.extend_from_slice(&b);
        if line.last() == Some(&b'\n') {
            break;
        }
        th.poll()?;
    }
    th.bytes(&line)
}

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let line = th.call_method(o, "readline", &[])?;
    Ok(if th.truthy(&line)? { Some(line) } else { None })
}

fn readlines(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let hint = size_arg(th, &a, 1)?
        .filter(|&n| n > 0)
        .unwrap_or(usize::MAX);
    let it = th.iter(o)?;
    let (mut out, mut total) = (Vec::new(), 0usize);
    while let Some(line) = th.next(&it)? {
        total = total.saturating_add(th.len(&line)?);
        out.push(line);
        if total >= hint {
            break;
        }
        if out.len() & 0xFFF == 0 {
            th.poll()?;
        }
    }
    th.list(out)
}

fn writelines(th: &Thread, a: Args<'_>) -> Res {
    check_closed(th, a.get(0))?;
    let it = th.iter(a.get(1))?;
    while let Some(line) = th.next(&it)? {
        th.call_method(a.get(0), "write", &[line])?;
        th.poll()?;
    }
    Ok(Obj::NONE)
}

/// Reads through `readinto` of a raw stream written in Python; `None`: nothing there now.
pub fn read_by_readinto(th: &Thread, raw: &Obj, n: usize) -> Res<Option<Vec<u8>>> {
    th.reserve(n)?;
    let b = th.call(th.ty(TypeId::ByteArray).obj(), &[th.int(n as i64)])?;
    let r = th.call_method(raw, "readinto", std::slice::from_ref(&b))?;
    if r.is_none() {
        return Ok(None);
    }
    let got = th.index_i64(&r)?;
    if got < 0 || got as usize > n {
        return Err(th.value_error(format!("readinto returned {got} outside buffer size {n}")));
    }
    Ok(Some(th.bytes_like(&b)?.bytes()[..got as usize].to_vec()))
}

fn raw_read(th: &Thread, a: Args<'_>) -> Res {
    match size_arg(th, &a, 1)? {
        None => th.call_method(a.get(0), "readall", &[]),
        Some(n) => match read_by_readinto(th, a.get(0), n)? {
            Some(v) => th.bytes(&v),
            None => Ok(Obj::NONE),
        },
    }
}

fn raw_readall(th: &Thread, o: &Obj) -> Res {
    let mut all = Vec::new();
    loop {
        let r = th.call_method(o, "read", &[Obj::small_int(super::BUFFER as i64)])?;
        if r.is_none() {
            if all.is_empty() {
                return Ok(Obj::NONE);
            }
            break;
        }
        let b = taken_bytes(th, &r, "read()")?;
        if b.is_empty() {
            break;
        }
        th.reserve(all.len() + b.len())?;
        all.extend_from_slice(&b);
        th.poll()?;
    }
    th.bytes(&all)
}

fn into(th: &Thread, a: Args<'_>, method: &str) -> Res {
    let buf = th.buffer(a.get(1), true)?;
    let r = th.call_method(a.get(0), method, &[th.int(buf.len() as i64)])?;
    let got = taken_bytes(th, &r, &format!("{method}()"))?;
    if got.len() > buf.len() {
        return Err(th.value_error(format!(
            "{method}() returned too much data: {} bytes requested, {} returned",
            buf.len(),
            got.len()
        )));
    }
    buf.write(0, &got);
    Ok(th.int(got.len() as i64))
}
