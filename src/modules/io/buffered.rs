//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`: one payload; `BufferedRWPair`: a reader and a writer.
//!
//! - B1: `raw`'s position is the stream's position plus the bytes read ahead (`rbuf[rpos..]`), minus the bytes in `wbuf`.
//! - B2: at most one of "read ahead" and "not yet written" is non-empty.
//! - B3: operations hold `lock`; the state is reached in short closures, never across a call.

use super::base::{self, IoBase, STREAM_FLAGS, size_arg};
use super::file::{self, FileIo};
use super::lock::IoLock;
use super::{plain, unsupported};
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::Ordering;

const READ: u8 = 1;
const WRITE: u8 = 2;

/// Payload of buffered streams.
#[repr(C)]
pub struct Buffered {
    /// Common part.
    pub base: IoBase,
    /// The raw stream.
    pub raw: Slot,
    lock: IoLock,
    state: Guarded<State>,
}

struct State {
    rbuf: Vec<u8>,
    rpos: usize,
    wbuf: Vec<u8>,
    size: usize,
    how: u8,
}

// SAFETY: the layout is of this type; its first field is the payload of its base.
unsafe impl Native for Buffered {
    const TYPE: TypeId = TypeId::BufferedReader;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::of::<Buffered>("BufferedReader").extending(IoBase::LAYOUT);
        &L
    };
    fn traverse(&self, visit: Visit<'_>) {
        self.raw.trace(visit);
    }
    fn clear(&self, th: &Thread) {
        self.raw.set(th, None);
    }
}

impl Buffered {
    fn new(raw: Option<Obj>, how: u8, size: usize) -> Buffered {
        Buffered {
            base: IoBase::default(),
            raw: Slot::new(raw),
            lock: IoLock::default(),
            state: Guarded::new(State {
                rbuf: Vec::new(),
                rpos: 0,
                wbuf: Vec::new(),
                size,
                how,
            }),
        }
    }
}

/// A reader over a raw stream.
pub fn reader(th: &Thread, raw: Obj, size: usize) -> Obj {
    th.alloc(Buffered::new(Some(raw), READ, size)).into_obj()
}

/// A writer over a raw stream.
pub fn writer(th: &Thread, raw: Obj, size: usize) -> Obj {
    th.alloc_id(
        TypeId::BufferedWriter,
        Buffered::new(Some(raw), WRITE, size),
    )
    .into_obj()
}

/// Both over a raw stream.
pub fn random(th: &Thread, raw: Obj, size: usize) -> Obj {
    th.alloc_id(
        TypeId::BufferedRandom,
        Buffered::new(Some(raw), READ | WRITE, size),
    )
    .into_obj()
}

const SLOTS: Slots = Slots {
    repr: Some(repr),
    next: Some(next),
    ..Slots::NONE
};

const READ_METHODS: &[MethodDef] = &[
    MethodDef::new("read", "($self, size=-1, /)", |th, a| {
        let b = this::<Buffered>(th, a.get(0))?;
        let n = size_arg(th, &a, 1)?;
        match read(th, b, n)? {
            Some(v) => th.bytes(&v),
            None => Ok(Obj::NONE),
        }
    }),
    MethodDef::new("read1", "($self, size=-1, /)", |th, a| {
        let b = this::<Buffered>(th, a.get(0))?;
        let n = size_arg(th, &a, 1)?;
        let v = read1(th, b, n)?;
        th.bytes(&v)
    }),
    MethodDef::new("peek", "($self, size=0, /)", |th, a| {
        let b = this::<Buffered>(th, a.get(0))?;
        let v = peek(th, b)?;
        th.bytes(&v)
    }),
    MethodDef::new("readinto", "($self, buffer, /)", |th, a| {
        let b = this::<Buffered>(th, a.get(0))?;
        let buf = th.buffer(a.get(1), true)?;
        match read(th, b, Some(buf.len()))? {
            Some(v) => {
                buf.write(0, &v);
                Ok(th.int(v.len() as i64))
            }
            None => Ok(Obj::NONE),
        }
    }),
    MethodDef::new("readinto1", "($self, buffer, /)", |th, a| {
        let b = this::<Buffered>(th, a.get(0))?;
        let buf = th.buffer(a.get(1), true)?;
        let v = read1(th, b, Some(buf.len()))?;
        buf.write(0, &v);
        Ok(th.int(v.len() as i64))
    }),
    MethodDef::new("readline", "($self, size=-1, /)", |th, a| {
        let b = this::<Buffered>(th, a.get(0))?;
        let n = size_arg(th, &a, 1)?;
        let v = readline(th, b, n)?;
        th.bytes(&v)
    }),
    SEEK,
    TELL,
    TRUNCATE,
    FLUSH,
    CLOSE,
    DETACH,
    FILENO,
    ISATTY,
    READABLE,
    WRITABLE,
    SEEKABLE,
    DEALLOC,
];
const WRITE_METHODS: &[MethodDef] = &[
    WRITE_METHOD,
    SEEK,
    TELL,
    TRUNCATE,
    FLUSH,
    CLOSE,
    DETACH,
    FILENO,
    ISATTY,
    READABLE,
    WRITABLE,
    SEEKABLE,
    DEALLOC,
];
const RANDOM_METHODS: &[MethodDef] = &[
    MethodDef::new("read", "($self, size=-1, /)", READ_METHODS[0].f),
    MethodDef::new("read1", "($self, size=-1, /)", READ_METHODS[1].f),
    MethodDef::new("peek", "($self, size=0, /)", READ_METHODS[2].f),
    MethodDef::new("readinto", "($self, buffer, /)", READ_METHODS[3].f),
    MethodDef::new("readinto1", "($self, buffer, /)", READ_METHODS[4].f),
    MethodDef::new("readline", "($self, size=-1, /)", READ_METHODS[5].f),
    WRITE_METHOD,
    SEEK,
    TELL,
    TRUNCATE,
    FLUSH,
    CLOSE,
    DETACH,
    FILENO,
    ISATTY,
    READABLE,
    WRITABLE,
    SEEKABLE,
    DEALLOC,
];

const WRITE_METHOD: MethodDef = MethodDef::new("write", "($self, buffer, /)", |th, a| {
    let b = this::<Buffered>(th, a.get(0))?;
    if a.get(1).cast::<Str>().is_some() {
        return Err(th.type_error("a bytes-like object is required, not 'str'"));
    }
    let buf = th.bytes_like(a.get(1))?;
    Ok(th.int(write(th, b, buf.bytes())? as i64))
});
const SEEK: MethodDef = MethodDef::new("seek", "($self, target, whence=0, /)", |th, a| {
    let b = this::<Buffered>(th, a.get(0))?;
    let whence = match a.opt(2) {
        Some(w) => th.index_i64(w)?,
        None => 0,
    };
    if !(0..=2).contains(&whence) {
        return Err(th.value_error(format!("whence value {whence} unsupported")));
    }
    let pos = th.index_i64(a.get(1))?;
    Ok(th.int(seek(th, b, pos, whence as i32)?))
});
const TELL: MethodDef = MethodDef::new("tell", "($self, /)", |th, a| {
    Ok(th.int(tell(th, this::<Buffered>(th, a.get(0))?)?))
});
const TRUNCATE: MethodDef = MethodDef::new("truncate", "($self, pos=None, /)", |th, a| {
    let b = this::<Buffered>(th, a.get(0))?;
    let _l = b.lock.lock(th);
    open_for(th, b, WRITE, "truncate")?;
    flush_writes(th, b)?;
    let pos = match a.opt_not_none(1) {
        Some(p) => p.clone(),
        None => th.int(tell(th, b)?),
    };
    let raw = raw(th, b)?;
    th.call_method(&raw, "truncate", &[pos])
});
const FLUSH: MethodDef = MethodDef::new("flush", "($self, /)", |th, a| {
    flush(th, this::<Buffered>(th, a.get(0))?)?;
    Ok(Obj::NONE)
});
const CLOSE: MethodDef = MethodDef::new("close", "($self, /)", close);
const DETACH: MethodDef = MethodDef::new("detach", "($self, /)", |th, a| {
    let b = this::<Buffered>(th, a.get(0))?;
    th.call_method(a.get(0), "flush", &[])?;
    match b.raw.swap(th, None) {
        Some(r) => Ok(r),
        None => Err(detached(th)),
    }
});
const FILENO: MethodDef = MethodDef::new("fileno", "($self, /)", |th, a| pass(th, a, "fileno"));
const ISATTY: MethodDef = MethodDef::new("isatty", "($self, /)", |th, a| pass(th, a, "isatty"));
const READABLE: MethodDef =
    MethodDef::new("readable", "($self, /)", |th, a| pass(th, a, "readable"));
const WRITABLE: MethodDef =
    MethodDef::new("writable", "($self, /)", |th, a| pass(th, a, "writable"));
const SEEKABLE: MethodDef =
    MethodDef::new("seekable", "($self, /)", |th, a| pass(th, a, "seekable"));
const DEALLOC: MethodDef =
    MethodDef::new("_dealloc_warn", "($self, source, /)", |_, _| Ok(Obj::NONE));

const GETSET: &[GetSetDef] = &[
    GetSetDef::ro("raw", |th, o| {
        Ok(this::<Buffered>(th, o)?.raw.get().unwrap_or(Obj::NONE))
    }),
    GetSetDef::ro("closed", |th, o| {
        let r = raw(th, this::<Buffered>(th, o)?)?;
        th.getattr(&r, "closed")
    }),
    GetSetDef::ro("name", |th, o| {
        let r = raw(th, this::<Buffered>(th, o)?)?;
        th.getattr(&r, "name")
    }),
    GetSetDef::ro("mode", |th, o| {
        let r = raw(th, this::<Buffered>(th, o)?)?;
        th.getattr(&r, "mode")
    }),
];

/// `BufferedReader`
pub static READER: TypeDef = TypeDef {
    base: TypeId::BufferedIOBase,
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(|th, cls, _| {
            Ok(th
                .alloc_as(cls, Buffered::new(None, READ, super::BUFFER))?
                .into_obj())
        }),
        init: Some(|th, o, args| init(th, o, args, "BufferedReader")),
        ..SLOTS
    },
    methods: READ_METHODS,
    getset: GETSET,
    doc: "BufferedReader(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffer before a raw stream that is read.",
    ..TypeDef::new(
        TypeId::BufferedReader,
        "_io.BufferedReader",
        Buffered::LAYOUT,
    )
};
/// `BufferedWriter`
pub static WRITER: TypeDef = TypeDef {
    base: TypeId::BufferedIOBase,
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(|th, cls, _| {
            Ok(th
                .alloc_as(cls, Buffered::new(None, WRITE, super::BUFFER))?
                .into_obj())
        }),
        init: Some(|th, o, args| init(th, o, args, "BufferedWriter")),
        repr: Some(repr),
        ..Slots::NONE
    },
    methods: WRITE_METHODS,
    getset: GETSET,
    doc: "BufferedWriter(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffer before a raw stream that is written.",
    ..TypeDef::new(
        TypeId::BufferedWriter,
        "_io.BufferedWriter",
        Buffered::LAYOUT,
    )
};
/// `BufferedRandom`
pub static RANDOM: TypeDef = TypeDef {
    base: TypeId::BufferedIOBase,
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(|th, cls, _| {
            Ok(th
                .alloc_as(cls, Buffered::new(None, READ | WRITE, super::BUFFER))?
                .into_obj())
        }),
        init: Some(|th, o, args| init(th, o, args, "BufferedRandom")),
        ..SLOTS
    },
    methods: RANDOM_METHODS,
    getset: GETSET,
    doc: "BufferedRandom(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffer before a raw stream that can be read, written and sought in.",
    ..TypeDef::new(
        TypeId::BufferedRandom,
        "_io.BufferedRandom",
        Buffered::LAYOUT,
    )
};

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>, name: &str) -> Res<()> {
    let b = this::<Buffered>(th, o)?;
    th.bind(name, "(raw, buffer_size=131072)", args, |a| {
        let size = match a.opt(1) {
            Some(n) => th.index_i64(n)?,
            None => super::BUFFER as i64,
        };
        if size <= 0 {
            return Err(th.value_error("buffer size must be strictly positive"));
        }
        let how = b.state.with(th, b.head(), |s| s.how);
        for (bit, what, msg) in [
            (READ, "readable", "File or stream is not readable."),
            (WRITE, "writable", "File or stream is not writable."),
        ] {
            if how & bit != 0 && !th.truthy(&th.call_method(a.get(0), what, &[])?)? {
                return Err(unsupported(th, msg));
            }
        }
        b.raw.set(th, Some(a.get(0).clone()));
        b.state.with(th, b.head(), |s| {
            s.size = size as usize;
            s.rbuf.clear();
            s.rpos = 0;
            s.wbuf.clear();
        });
        Ok(())
    })
}

/// Lets `&raw` stand for both an owned and a borrowed raw stream.
fn raw_ref<R: std::borrow::Borrow<Obj>>(r: &R) -> &Obj {
    r.borrow()
}

fn detached(th: &Thread) -> Exc {
    th.value_error("raw stream has been detached")
}

fn raw(th: &Thread, b: &Py<Buffered>) -> Res {
    b.raw.get().ok_or_else(|| detached(th))
}

fn pass(th: &Thread, a: Args<'_>, what: &str) -> Res {
    let r = raw(th, this::<Buffered>(th, a.get(0))?)?;
    th.call_method(&r, what, &[])
}

fn open_for(th: &Thread, b: &Py<Buffered>, bit: u8, what: &str) -> Res<Obj> {
    let raw = raw(th, b)?;
    let closed = match plain::<FileIo>(th, raw_ref(&raw)) {
        Some(f) => f.fd.load(Ordering::Acquire) < 0,
        None => base::says_closed(th, &raw)?,
    };
    if closed {
        return Err(th.value_error(format!("{what} of closed file")));
    }
    if b.state.with(th, b.head(), |s| s.how) & bit == 0 {
        return Err(unsupported(th, what));
    }
    Ok(raw)
}

/// Reads once from the raw stream; `None`: nothing there now.
fn raw_read(th: &Thread, raw: &Obj, n: usize, mut room: Vec<u8>) -> Res<Option<Vec<u8>>> {
    match plain::<FileIo>(th, raw_ref(&raw)) {
        Some(f) => {
            room.clear();
            Ok(file::read_onto(th, f, &mut room, n)?.map(|_| room))
        }
        None => base::read_by_readinto(th, raw, n),
    }
}

/// Writes all of `data` to the raw stream.
fn raw_write(th: &Thread, raw: &Obj, data: &[u8]) -> Res<usize> {
    let mut at = 0;
    while at < data.len() {
        let n = match plain::<FileIo>(th, raw_ref(&raw)) {
            Some(f) => file::write_some(th, f, &data[at..])?,
            None => {
                let r = th.call_method(raw, "write", &[th.bytes(&data[at..])?])?;
                if r.is_none() {
                    None
                } else {
                    let n = th.index_i64(&r)?;
                    if n < 0 || n as usize > data.len() - at {
                        return Err(th.err(
                            TypeId::OSError,
                            format!("raw write() returned invalid length {n} (should have been between 0 and {})", data.len() - at),
                        ));
                    }
                    Some(n as usize)
                }
            }
        };
        match n {
            Some(n) => at += n,
            None => return Ok(at),
        }
        if at < data.len() {
            th.poll()?;
        }
    }
    Ok(at)
}

/// Fills the read buffer once; says how many bytes came.
fn fill(th: &Thread, b: &Py<Buffered>, raw: &Obj) -> Res<Option<usize>> {
    let (size, room) = b.state.with(th, b.head(), |s| {
        let mut room = Vec::new();
        if s.rpos >= s.rbuf.len() {
            // All of it has been read: there is its room for more.
            s.rpos = 0;
            room = std::mem::take(&mut s.rbuf);
        }
        (s.size, room)
    });
    match raw_read(th, raw, size, room)? {
        None => Ok(None),
        Some(v) => {
            let n = v.len();
            b.state.with(th, b.head(), |s| {
                if s.rpos >= s.rbuf.len() {
                    s.rbuf = v;
                    s.rpos = 0;
                } else {
                    s.rbuf.extend_from_slice(&v);
                }
            });
            Ok(Some(n))
        }
    }
}

fn take(th: &Thread, b: &Py<Buffered>, n: usize) -> Vec<u8> {
    b.state.with(th, b.head(), |s| {
        let end = (s.rpos.saturating_add(n)).min(s.rbuf.len());
        let v = s.rbuf[s.rpos..end].to_vec();
        s.rpos = end;
        v
    })
}

fn ahead(th: &Thread, b: &Py<Buffered>) -> usize {
    b.state.with(th, b.head(), |s| s.rbuf.len() - s.rpos)
}

/// `read(n)`; everything without `n`. `None`: nothing there now.
pub fn read(th: &Thread, b: &Py<Buffered>, n: Option<usize>) -> Res<Option<Vec<u8>>> {
    let _l = b.lock.lock(th);
    let raw = open_for(th, b, READ, "read")?;
    flush_writes(th, b)?;
    let Some(n) = n else {
        let mut out = take(th, b, usize::MAX);
        let rest = match plain::<FileIo>(th, raw_ref(&raw)) {
            Some(f) => file::read_all(th, f)?,
            None => {
                let r = match th.getattr_opt(&raw, "readall")? {
                    Some(f) => th.call(&f, &[])?,
                    None => th.call_method(&raw, "read", &[])?,
                };
                if r.is_none() {
                    return Ok(if out.is_empty() { None } else { Some(out) });
                }
                base::taken_bytes(th, &r, "readall()")?
            }
        };
        if out.is_empty() {
            return Ok(Some(rest));
        }
        out.extend_from_slice(&rest);
        return Ok(Some(out));
    };
    let mut out = take(th, b, n);
    while out.len() < n {
        let want = n - out.len();
        let size = b.state.with(th, b.head(), |s| s.size);
        if want >= size {
            th.reserve(want)?;
            match raw_read(th, &raw, want.min(1 << 30), Vec::new())? {
                None if out.is_empty() => return Ok(None),
                None => break,
                Some(v) if v.is_empty() => break,
                Some(v) => out.extend_from_slice(&v),
            }
        } else {
            match fill(th, b, &raw)? {
                None if out.is_empty() => return Ok(None),
                None | Some(0) => break,
                Some(_) => out.extend_from_slice(&take(th, b, want)),
            }
        }
        th.poll()?;
    }
    Ok(Some(out))
}

/// `read1(n)`: at most one call of the raw stream.
pub fn read1(th: &Thread, b: &Py<Buffered>, n: Option<usize>) -> Res<Vec<u8>> {
    let _l = b.lock.lock(th);
    let raw = open_for(th, b, READ, "read")?;
    flush_writes(th, b)?;
    if ahead(th, b) == 0 && n != Some(0) {
        fill(th, b, &raw)?;
    }
    let size = b.state.with(th, b.head(), |s| s.size);
    Ok(take(th, b, n.unwrap_or(size)))
}

fn peek(th: &Thread, b: &Py<Buffered>) -> Res<Vec<u8>> {
    let _l = b.lock.lock(th);
    let raw = open_for(th, b, READ, "peek")?;
    flush_writes(th, b)?;
    if ahead(th, b) == 0 {
        fill(th, b, &raw)?;
    }
    Ok(b.state.with(th, b.head(), |s| s.rbuf[s.rpos..].to_vec()))
}

/// Where a byte first is.
pub fn find_byte(hay: &[u8], byte: u8) -> Option<usize> {
    // SAFETY: looks at `len` bytes.
    let p = unsafe { libc::memchr(hay.as_ptr().cast(), i32::from(byte), hay.len()) };
    if p.is_null() {
        None
    } else {
        Some(p as usize - hay.as_ptr() as usize)
    }
}

fn readline(th: &Thread, b: &Py<Buffered>, limit: Option<usize>) -> Res<Vec<u8>> {
    let _l = b.lock.lock(th);
    let raw = open_for(th, b, READ, "readline")?;
    flush_writes(th, b)?;
    let limit = limit.unwrap_or(usize::MAX);
    let mut out = Vec::new();
    while out.len() < limit {
        let (part, done) = b.state.with(th, b.head(), |s| {
            let rest = &s.rbuf[s.rpos..];
            let rest = &rest[..rest.len().min(limit - out.len())];
            let (n, done) = match find_byte(rest, b'\n') {
                Some(i) => (i + 1, true),
                None => (rest.len(), false),
            };
            let v = rest[..n].to_vec();
            s.rpos += n;
            (v, done)
        });
        if out.is_empty() {
            out = part;
        } else {
            out.extend_from_slice(&part);
        }
        if done || out.len() >= limit {
            break;
        }
        if let None | Some(0) = fill(th, b, &raw)? {
            break;
        }
        th.poll()?;
    }
    Ok(out)
}

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    if th.type_of(o).id.is_some() {
        let line = readline(th, this::<Buffered>(th, o)?, None)?;
        return if line.is_empty() {
            Ok(None)
        } else {
            th.bytes(&line).map(Some)
        };
    }
    let line = th.call_method(o, "readline", &[])?;
    Ok(if th.truthy(&line)? { Some(line) } else { None })
}

/// Writes out what waits.
fn flush_writes(th: &Thread, b: &Py<Buffered>) -> Res<()> {
    let data = b.state.with(th, b.head(), |s| {
        if s.wbuf.is_empty() {
            Vec::new()
        } else {
            std::mem::take(&mut s.wbuf)
        }
    });
    if data.is_empty() {
        return Ok(());
    }
    let raw = raw(th, b)?;
    let put_back = |at: usize| {
        b.state.with(th, b.head(), |s| {
            let mut rest = data[at..].to_vec();
            rest.append(&mut s.wbuf);
            s.wbuf = rest;
        })
    };
    match raw_write(th, &raw, &data) {
        Ok(n) if n == data.len() => {
            // The buffer is used again.
            b.state.with(th, b.head(), |s| {
                if s.wbuf.capacity() == 0 {
                    let mut d = data;
                    d.clear();
                    s.wbuf = d;
                }
            });
            Ok(())
        }
        Ok(n) => {
            put_back(n);
            Err(th.os_error(libc::EAGAIN, None))
        }
        Err(e) => {
            put_back(0);
            Err(e)
        }
    }
}

/// Gives up what was read ahead, and moves the raw position back to match (B1).
fn drop_ahead(th: &Thread, b: &Py<Buffered>, raw: &Obj) -> Res<()> {
    let n = ahead(th, b);
    if n > 0 {
        raw_seek(th, raw, -(n as i64), libc::SEEK_CUR)?;
    }
    b.state.with(th, b.head(), |s| {
        s.rbuf.clear();
        s.rpos = 0;
    });
    Ok(())
}

fn raw_seek(th: &Thread, raw: &Obj, pos: i64, whence: i32) -> Res<i64> {
    match plain::<FileIo>(th, raw_ref(&raw)) {
        Some(f) => file::seek(th, f, pos, whence),
        None => {
            let r = th.call_method(
                raw,
                "seek",
                &[th.int(pos), Obj::small_int(i64::from(whence))],
            )?;
            let n = th.index_i64(&r)?;
            if n < 0 {
                return Err(th.err(
                    TypeId::OSError,
                    format!("Raw stream returned invalid position {n}"),
                ));
            }
            Ok(n)
        }
    }
}

/// `write`
pub fn write(th: &Thread, b: &Py<Buffered>, data: &[u8]) -> Res<usize> {
    let _l = b.lock.lock(th);
    let raw = open_for(th, b, WRITE, "write")?;
    if ahead(th, b) > 0 {
        drop_ahead(th, b, &raw)?;
    }
    let fits = b.state.with(th, b.head(), |s| {
        if s.wbuf.len() + data.len() <= s.size {
            s.wbuf.extend_from_slice(data);
            true
        } else {
            false
        }
    });
    if !fits {
        flush_writes(th, b)?;
        let size = b.state.with(th, b.head(), |s| s.size);
        if data.len() >= size {
            let n = raw_write(th, &raw, data)?;
            if n < data.len() {
                return Err(th.os_error(libc::EAGAIN, None));
            }
        } else {
            b.state
                .with(th, b.head(), |s| s.wbuf.extend_from_slice(data));
        }
    }
    Ok(data.len())
}

/// `flush`
pub fn flush(th: &Thread, b: &Py<Buffered>) -> Res<()> {
    let _l = b.lock.lock(th);
    let raw = raw(th, b)?;
    let closed = match plain::<FileIo>(th, raw_ref(&raw)) {
        Some(f) => f.fd.load(Ordering::Acquire) < 0,
        None => base::says_closed(th, &raw)?,
    };
    if closed {
        return Err(th.value_error("flush of closed file"));
    }
    flush_writes(th, b)?;
    if plain::<FileIo>(th, raw_ref(&raw)).is_none() {
        th.call_method(&raw, "flush", &[])?;
    }
    Ok(())
}

/// `tell`
pub fn tell(th: &Thread, b: &Py<Buffered>) -> Res<i64> {
    let _l = b.lock.lock(th);
    let raw = raw(th, b)?;
    let at = match plain::<FileIo>(th, raw_ref(&raw)) {
        Some(f) => file::seek(th, f, 0, libc::SEEK_CUR)?,
        None => {
            let r = th.call_method(&raw, "tell", &[])?;
            th.index_i64(&r)?
        }
    };
    Ok(b.state.with(th, b.head(), |s| {
        at - (s.rbuf.len() - s.rpos) as i64 + s.wbuf.len() as i64
    }))
}

/// `seek`
pub fn seek(th: &Thread, b: &Py<Buffered>, pos: i64, whence: i32) -> Res<i64> {
    let _l = b.lock.lock(th);
    let raw = raw(th, b)?;
    if base::says_closed(th, &raw)? {
        return Err(th.value_error("seek of closed file"));
    }
    if plain::<FileIo>(th, raw_ref(&raw)).is_none() {
        let ok = th.call_method(&raw, "seekable", &[])?;
        if !th.truthy(&ok)? {
            return Err(unsupported(th, "File or stream is not seekable."));
        }
    }
    flush_writes(th, b)?;
    let n = ahead(th, b) as i64;
    let target = if whence == libc::SEEK_CUR {
        pos - n
    } else {
        pos
    };
    let at = raw_seek(th, &raw, target, whence)?;
    b.state.with(th, b.head(), |s| {
        s.rbuf.clear();
        s.rpos = 0;
    });
    Ok(at)
}

fn close(th: &Thread, a: Args<'_>) -> Res {
    let b = this::<Buffered>(th, a.get(0))?;
    let Some(raw) = b.raw.get() else {
        return Ok(Obj::NONE);
    };
    if base::says_closed(th, &raw)? {
        return Ok(Obj::NONE);
    }
    let flushed = th.call_method(a.get(0), "flush", &[]);
    b.base.closed.store(true, Ordering::Release);
    let closed = th.call_method(&raw, "close", &[]);
    b.state.with(th, b.head(), |s| s.wbuf.clear());
    flushed?;
    closed
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let cls = th.full_type_name(th.type_of(o))?;
    match th.getattr_opt(o, "name") {
        Ok(Some(n)) => {
            let r = th.repr(&n)?.to_rust();
            th.str(&format!("<{cls} name={r}>"))
        }
        _ => th.str(&format!("<{cls}>")),
    }
}

/// Payload of `BufferedRWPair`.
#[repr(C)]
pub struct Pair {
    /// Common part.
    pub base: IoBase,
    reader: Slot,
    writer: Slot,
}

// SAFETY: the layout is of this type; its first field is the payload of its base.
unsafe impl Native for Pair {
    const TYPE: TypeId = TypeId::BufferedRWPair;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::of::<Pair>("BufferedRWPair").extending(IoBase::LAYOUT);
        &L
    };
    fn traverse(&self, visit: Visit<'_>) {
        self.reader.trace(visit);
        self.writer.trace(visit);
    }
    fn clear(&self, th: &Thread) {
        self.reader.set(th, None);
        self.writer.set(th, None);
    }
}

fn half(th: &Thread, o: &Obj, write: bool) -> Res {
    let p = this::<Pair>(th, o)?;
    let s = if write { &p.writer } else { &p.reader };
    s.get()
        .ok_or_else(|| th.value_error("I/O operation on uninitialized object"))
}

macro_rules! to_half {
    ($name:literal, $sig:literal, $write:literal) => {
        MethodDef::new($name, $sig, |th, a| {
            let h = half(th, a.get(0), $write)?;
            let rest: Vec<Obj> = (1..a.len()).filter_map(|i| a.opt(i).cloned()).collect();
            th.call_method(&h, $name, &rest)
        })
    };
}

/// `BufferedRWPair`
pub static PAIR: TypeDef = TypeDef {
    base: TypeId::BufferedIOBase,
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(|th, cls, _| {
            let p = Pair {
                base: IoBase::default(),
                reader: Slot::empty(),
                writer: Slot::empty(),
            };
            Ok(th.alloc_as(cls, p)?.into_obj())
        }),
        init: Some(|th, o, args| {
            let p = this::<Pair>(th, o)?;
            th.bind(
                "BufferedRWPair",
                "(reader, writer, buffer_size=131072, /)",
                args,
                |a| {
                    for (i, what) in [(0, "readable"), (1, "writable")] {
                        if !th.truthy(&th.call_method(a.get(i), what, &[])?)? {
                            return Err(unsupported(th, &format!("File or stream is not {what}.")));
                        }
                    }
                    p.reader
                        .set(th, Some(reader(th, a.get(0).clone(), super::BUFFER)));
                    p.writer
                        .set(th, Some(writer(th, a.get(1).clone(), super::BUFFER)));
                    Ok(())
                },
            )
        }),
        ..Slots::NONE
    },
    methods: &[
        to_half!("read", "($self, size=-1, /)", false),
        to_half!("read1", "($self, size=-1, /)", false),
        to_half!("peek", "($self, size=0, /)", false),
        to_half!("readinto", "($self, buffer, /)", false),
        to_half!("readinto1", "($self, buffer, /)", false),
        to_half!("readline", "($self, size=-1, /)", false),
        to_half!("readable", "($self, /)", false),
        to_half!("write", "($self, buffer, /)", true),
        to_half!("flush", "($self, /)", true),
        to_half!("writable", "($self, /)", true),
        MethodDef::new("isatty", "($self, /)", |th, a| {
            let w = th.call_method(&half(th, a.get(0), true)?, "isatty", &[])?;
            if th.truthy(&w)? {
                return Ok(w);
            }
            th.call_method(&half(th, a.get(0), false)?, "isatty", &[])
        }),
        MethodDef::new("close", "($self, /)", |th, a| {
            let w = th.call_method(&half(th, a.get(0), true)?, "close", &[]);
            let r = th.call_method(&half(th, a.get(0), false)?, "close", &[]);
            w?;
            r
        }),
    ],
    getset: &[GetSetDef::ro("closed", |th, o| {
        th.getattr(&half(th, o, true)?, "closed")
    })],
    doc: "BufferedRWPair(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)\n--\n\nA buffer before two raw streams, one that is read and one that is written.",
    ..TypeDef::new(TypeId::BufferedRWPair, "_io.BufferedRWPair", Pair::LAYOUT)
};
