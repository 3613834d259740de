//! `TextIOWrapper`.
//!
//! Reading keeps *bytes*: a line is found in them and decoded by itself, so there is no second buffer of text and `tell` is
//! a subtraction. Encodings other than UTF-8, ASCII and Latin-1 go through their incremental codec and are kept as UTF-8
//! (surrogates included).
//!
//! - X1: `input[at..]` are bytes read from `buffer` and not yet given out.
//! - X2: `output` are encoded bytes not yet given to `buffer`.
//! - X3: operations hold `lock`; the state is reached in short closures.

mod read;

use super::base::{self, IoBase, STREAM_FLAGS, size_arg};
use super::buffered::{self, Buffered, find_byte};
use super::lock::IoLock;
use super::newline::{self, Newline};
use super::unsupported;
use crate::modules::prelude::*;
use read::{next, read, readline};
use threadsnake_algo::text::codec;
use threadsnake_threads::sync::atomic::Ordering;

const CHUNK: usize = 8192;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Utf8,
    Ascii,
    Latin1,
    Other,
}

impl Kind {
    fn of(name: &str) -> Kind {
        let n: String = name
            .chars()
            .map(|c| {
                if c == '-' || c == ' ' {
                    '_'
                } else {
                    c.to_ascii_lowercase()
                }
            })
            .collect();
        match n.as_str() {
            "utf_8" | "utf8" | "u8" | "utf" | "cp65001" => Kind::Utf8,
            "ascii" | "us_ascii" | "646" | "ansi_x3.4_1968" => Kind::Ascii,
            "latin_1" | "latin1" | "iso_8859_1" | "iso8859_1" | "l1" | "8859" | "cp819" => {
                Kind::Latin1
            }
            _ => Kind::Other,
        }
    }
}

/// Payload of text streams.
#[repr(C)]
pub struct TextIo {
    /// Common part.
    pub base: IoBase,
    buffer: Slot,
    encoding: Slot,
    errors: Slot,
    decoder: Slot,
    encoder: Slot,
    lock: IoLock,
    state: Guarded<State>,
}

struct State {
    kind: Kind,
    newline: Newline,
    line_buffering: bool,
    write_through: bool,
    input: Vec<u8>,
    at: usize,
    eof: bool,
    output: Vec<u8>,
    seen: u8,
}

// SAFETY: the layout is of this type; its first field is the payload of its base.
unsafe impl Native for TextIo {
    const TYPE: TypeId = TypeId::TextIOWrapper;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::of::<TextIo>("TextIOWrapper").extending(IoBase::LAYOUT);
        &L
    };
    fn traverse(&self, visit: Visit<'_>) {
        for s in [
            &self.buffer,
            &self.encoding,
            &self.errors,
            &self.decoder,
            &self.encoder,
        ] {
            s.trace(visit);
        }
    }
    fn clear(&self, th: &Thread) {
        self.buffer.set(th, None);
    }
}

fn blank() -> TextIo {
    TextIo {
        base: IoBase::default(),
        buffer: Slot::empty(),
        encoding: Slot::empty(),
        errors: Slot::empty(),
        decoder: Slot::empty(),
        encoder: Slot::empty(),
        lock: IoLock::default(),
        state: Guarded::new(State {
            kind: Kind::Utf8,
            newline: Newline::Universal,
            line_buffering: false,
            write_through: false,
            input: Vec::new(),
            at: 0,
            eof: false,
            output: Vec::new(),
            seen: 0,
        }),
    }
}

/// `TextIOWrapper`
pub static DEF: TypeDef = TypeDef {
    base: TypeId::TextIOBase,
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(|th, cls, _| Ok(th.alloc_as(cls, blank())?.into_obj())),
        init: Some(init),
        repr: Some(repr),
        next: Some(next),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("read", "($self, size=-1, /)", |th, a| {
            let n = size_arg(th, &a, 1)?;
            read(th, this::<TextIo>(th, a.get(0))?, n)
        }),
        MethodDef::new("readline", "($self, size=-1, /)", |th, a| {
            let n = size_arg(th, &a, 1)?;
            readline(th, this::<TextIo>(th, a.get(0))?, n)
        }),
        MethodDef::new("write", "($self, text, /)", |th, a| {
            let Some(s) = a.get(1).cast::<Str>() else {
                return Err(th.type_error(format!(
                    "write() argument must be str, not {}",
                    th.type_name(a.get(1))
                )));
            };
            write_text(th, this::<TextIo>(th, a.get(0))?, s)
        }),
        MethodDef::new("flush", "($self, /)", |th, a| {
            let t = this::<TextIo>(th, a.get(0))?;
            flush(th, t)?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("close", "($self, /)", close),
        MethodDef::new("detach", "($self, /)", |th, a| {
            th.call_method(a.get(0), "flush", &[])?;
            let t = this::<TextIo>(th, a.get(0))?;
            t.buffer.swap(th, None).ok_or_else(|| detached(th))
        }),
        MethodDef::new("tell", "($self, /)", |th, a| {
            let n = tell(th, this::<TextIo>(th, a.get(0))?)?;
            Ok(th.int(n))
        }),
        MethodDef::new("seek", "($self, cookie, whence=0, /)", seek),
        MethodDef::new("truncate", "($self, pos=None, /)", |th, a| {
            let t = this::<TextIo>(th, a.get(0))?;
            flush(th, t)?;
            let pos = match a.opt_not_none(1) {
                Some(p) => p.clone(),
                None => th.int(tell(th, t)?),
            };
            th.call_method(&buffer(th, t)?, "truncate", &[pos])
        }),
        MethodDef::new(
            "reconfigure",
            "($self, *, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)",
            reconfigure,
        ),
        MethodDef::new("fileno", "($self, /)", |th, a| pass(th, a, "fileno")),
        MethodDef::new("isatty", "($self, /)", |th, a| pass(th, a, "isatty")),
        MethodDef::new("readable", "($self, /)", |th, a| pass(th, a, "readable")),
        MethodDef::new("writable", "($self, /)", |th, a| pass(th, a, "writable")),
        MethodDef::new("seekable", "($self, /)", |th, a| pass(th, a, "seekable")),
    ],
    getset: &[
        GetSetDef::ro("buffer", |th, o| {
            Ok(this::<TextIo>(th, o)?.buffer.get().unwrap_or(Obj::NONE))
        }),
        GetSetDef::ro("encoding", |th, o| {
            Ok(this::<TextIo>(th, o)?.encoding.get().unwrap_or(Obj::NONE))
        }),
        GetSetDef::ro("errors", |th, o| {
            Ok(this::<TextIo>(th, o)?.errors.get().unwrap_or(Obj::NONE))
        }),
        GetSetDef::ro("newlines", |th, o| {
            let t = this::<TextIo>(th, o)?;
            newline::seen_object(th, t.state.with(th, t.head(), |s| s.seen))
        }),
        GetSetDef::ro("line_buffering", |th, o| {
            let t = this::<TextIo>(th, o)?;
            Ok(Obj::bool(t.state.with(th, t.head(), |s| s.line_buffering)))
        }),
        GetSetDef::ro("write_through", |th, o| {
            let t = this::<TextIo>(th, o)?;
            Ok(Obj::bool(t.state.with(th, t.head(), |s| s.write_through)))
        }),
        GetSetDef::rw(
            "_CHUNK_SIZE",
            |_, _| Ok(Obj::small_int(CHUNK as i64)),
            |_, _, _| Ok(()),
        ),
        GetSetDef::ro("closed", |th, o| {
            th.getattr(&buffer(th, this::<TextIo>(th, o)?)?, "closed")
        }),
        GetSetDef::ro("name", |th, o| {
            th.getattr(&buffer(th, this::<TextIo>(th, o)?)?, "name")
        }),
    ],
    doc: "TextIOWrapper(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)\n--\n\nA text stream over a buffered binary one.",
    ..TypeDef::new(TypeId::TextIOWrapper, "_io.TextIOWrapper", TextIo::LAYOUT)
};

/// UTF-8 text over a buffer: the standard streams.
pub fn over(
    th: &Thread,
    buffer: Obj,
    errors: &str,
    line_buffering: bool,
    write_through: bool,
) -> Res {
    let errors = th.str(errors)?;
    make(
        th,
        buffer,
        None,
        Some(&errors),
        None,
        line_buffering,
        write_through,
    )
}

/// Text over a buffer.
pub fn make(
    th: &Thread,
    buffer: Obj,
    encoding: Option<&Obj>,
    errors: Option<&Obj>,
    newline: Option<&Obj>,
    line_buffering: bool,
    write_through: bool,
) -> Res {
    let t = th.alloc(blank());
    setup(
        th,
        &t,
        buffer,
        encoding,
        errors,
        newline,
        line_buffering,
        write_through,
    )?;
    Ok(t.into_obj())
}

#[allow(clippy::too_many_arguments)]
fn setup(
    th: &Thread,
    t: &Py<TextIo>,
    buffer: Obj,
    encoding: Option<&Obj>,
    errors: Option<&Obj>,
    newline: Option<&Obj>,
    line_buffering: bool,
    write_through: bool,
) -> Res<()> {
    let encoding = match encoding {
        None => th.intern("utf-8"),
        Some(e) => {
            let s = th.text_of(e, "TextIOWrapper() argument 'encoding'")?;
            if s.eq_rust("locale") {
                th.intern("utf-8")
            } else {
                e.clone()
            }
        }
    };
    let name = th.str_text(&encoding);
    if name.contains('\0') {
        return Err(th.value_error("embedded null character"));
    }
    let errors = match errors {
        None => th.intern("strict"),
        Some(e) => {
            th.text_of(e, "TextIOWrapper() argument 'errors'")?;
            e.clone()
        }
    };
    let newline = Newline::parse(th, newline)?;
    let kind = Kind::of(&name);
    if kind == Kind::Other {
        let info = th.call_method(
            &th.import("codecs")?,
            "lookup",
            std::slice::from_ref(&encoding),
        )?;
        if let Some(text) = th.getattr_opt(&info, "_is_text_encoding")? {
            if !th.truthy(&text)? {
                return Err(th.lookup_error(format!(
                    "'{name}' is not a text encoding; use codecs.open() to handle arbitrary codecs"
                )));
            }
        }
        let d = th.call_method(&info, "incrementaldecoder", std::slice::from_ref(&errors))?;
        let e = th.call_method(&info, "incrementalencoder", std::slice::from_ref(&errors))?;
        t.decoder.set(th, Some(d));
        t.encoder.set(th, Some(e));
    }
    t.buffer.set(th, Some(buffer));
    t.encoding.set(th, Some(encoding));
    t.errors.set(th, Some(errors));
    t.state.with(th, t.head(), |s| {
        s.kind = kind;
        s.newline = newline;
        s.line_buffering = line_buffering;
        s.write_through = write_through;
        s.input.clear();
        s.at = 0;
        s.eof = false;
        s.output.clear();
    });
    Ok(())
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    th.bind(
        "TextIOWrapper",
        "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)",
        args,
        |a| {
            let flag = |i: usize| match a.opt(i) {
                Some(f) => th.truthy(f),
                None => Ok(false),
            };
            let (lb, wt) = (flag(4)?, flag(5)?);
            setup(
                th,
                this::<TextIo>(th, o)?,
                a.get(0).clone(),
                a.opt_not_none(1),
                a.opt_not_none(2),
                a.opt(3),
                lb,
                wt,
            )
        },
    )
}

fn detached(th: &Thread) -> Exc {
    th.value_error("underlying buffer has been detached")
}

fn buffer(th: &Thread, t: &Py<TextIo>) -> Res {
    t.buffer.get().ok_or_else(|| detached(th))
}

fn pass(th: &Thread, a: Args<'_>, what: &str) -> Res {
    let b = buffer(th, this::<TextIo>(th, a.get(0))?)?;
    th.call_method(&b, what, &[])
}

fn check_open(th: &Thread, t: &Py<TextIo>) -> Res {
    let b = buffer(th, t)?;
    let closed = match super::plain::<Buffered>(th, &b) {
        Some(x) => x.base.is_closed(),
        None => th.type_of(&b).id != Some(TypeId::BufferedWriter) && base::says_closed(th, &b)?,
    };
    if closed || t.base.is_closed() {
        return Err(super::closed_error(th));
    }
    Ok(b)
}

/// Whether a buffer is one of ours, to be used without a detour.
fn own_buffer(th: &Thread, b: &Obj) -> bool {
    matches!(
        th.type_of(b).id,
        Some(TypeId::BufferedReader | TypeId::BufferedWriter | TypeId::BufferedRandom)
    )
}

// --- writing

/// `write`
pub fn write_text(th: &Thread, t: &Py<TextIo>, s: &Py<Str>) -> Res {
    let _l = t.lock.lock(th);
    let b = check_open(th, t)?;
    if th.type_of(&b).id == Some(TypeId::BufferedReader) {
        return Err(unsupported(th, "not writable"));
    }
    let (kind, nl) = t.state.with(th, t.head(), |x| (x.kind, x.newline));
    let translated;
    let mut s = s;
    if matches!(nl, Newline::Cr | Newline::CrLf) {
        let to = if nl == Newline::Cr { "\r" } else { "\r\n" };
        let o = th.call_method(s.obj(), "replace", &[th.str("\n")?, th.str(to)?])?;
        translated = th.text_of(&o, "text")?.clone();
        s = &translated;
    }
    let n = th.int(s.len() as i64);
    let encoded;
    let bytes: &[u8] = match (kind, s.text()) {
        (Kind::Utf8 | Kind::Ascii | Kind::Latin1, StrRef::Ascii(u)) => u,
        (Kind::Latin1, StrRef::Latin1(u)) => u,
        (Kind::Utf8, text) => match codec::encode_utf8(text, &mut |f| Err(f)) {
            Ok(v) => {
                encoded = v;
                &encoded
            }
            Err(_) => {
                encoded = encode_slow(th, t, s, kind)?;
                &encoded
            }
        },
        _ => {
            encoded = encode_slow(th, t, s, kind)?;
            &encoded
        }
    };
    let flush_now = t.state.with(th, t.head(), |x| {
        x.output.extend_from_slice(bytes);
        if x.write_through {
            return Some(false);
        }
        if x.line_buffering
            && (find_byte(bytes, b'\n').is_some() || find_byte(bytes, b'\r').is_some())
        {
            return Some(true);
        }
        if x.output.len() >= CHUNK {
            Some(false)
        } else {
            None
        }
    });
    if let Some(through) = flush_now {
        give_out(th, t, &b)?;
        if through {
            flush_buffer(th, &b)?;
        }
    }
    // Written text makes what was read ahead stale.
    drop_input(th, t, &b)?;
    Ok(n)
}

fn encode_slow(th: &Thread, t: &Py<TextIo>, s: &Py<Str>, kind: Kind) -> Res<Vec<u8>> {
    let r = if kind == Kind::Other {
        match t.encoder.get() {
            Some(e) => th.call_method(&e, "encode", std::slice::from_ref(s.obj()))?,
            None => return Err(th.lookup_error("no encoder")),
        }
    } else {
        let enc = t.encoding.get().unwrap_or(Obj::NONE);
        let errors = t.errors.get().unwrap_or(Obj::NONE);
        th.call_method(s.obj(), "encode", &[enc, errors])?
    };
    base::taken_bytes(th, &r, "encoder")
}

/// Gives encoded text to the buffer (X2).
fn give_out(th: &Thread, t: &Py<TextIo>, b: &Obj) -> Res<()> {
    let data = t
        .state
        .with(th, t.head(), |x| std::mem::take(&mut x.output));
    if data.is_empty() {
        return Ok(());
    }
    let r = match b.cast::<Buffered>() {
        Some(w) if own_buffer(th, b) => buffered::write(th, w, &data).map(drop),
        _ => th
            .bytes(&data)
            .and_then(|d| th.call_method(b, "write", &[d]))
            .map(drop),
    };
    t.state.with(th, t.head(), |x| {
        if x.output.capacity() == 0 {
            let mut d = data;
            d.clear();
            x.output = d;
        }
    });
    r
}

fn flush_buffer(th: &Thread, b: &Obj) -> Res<()> {
    match b.cast::<Buffered>() {
        Some(w) if own_buffer(th, b) => buffered::flush(th, w),
        _ => th.call_method(b, "flush", &[]).map(drop),
    }
}

/// `flush`
pub fn flush(th: &Thread, t: &Py<TextIo>) -> Res<()> {
    let _l = t.lock.lock(th);
    let b = check_open(th, t)?;
    give_out(th, t, &b)?;
    flush_buffer(th, &b)
}

fn drop_input(th: &Thread, t: &Py<TextIo>, b: &Obj) -> Res<()> {
    let n = t.state.with(th, t.head(), |x| {
        let n = x.input.len() - x.at;
        x.input.clear();
        x.at = 0;
        x.eof = false;
        if x.kind == Kind::Other { 0 } else { n }
    });
    if n > 0 {
        th.call_method(b, "seek", &[th.int(-(n as i64)), Obj::small_int(1)])?;
    }
    Ok(())
}

// --- positions

fn tell(th: &Thread, t: &Py<TextIo>) -> Res<i64> {
    let _l = t.lock.lock(th);
    let b = check_open(th, t)?;
    if !th.truthy(&th.call_method(&b, "seekable", &[])?)? {
        return Err(unsupported(th, "underlying stream is not seekable"));
    }
    give_out(th, t, &b)?;
    flush_buffer(th, &b)?;
    let pos = th.index_i64(&th.call_method(&b, "tell", &[])?)?;
    let (n, other) = t.state.with(th, t.head(), |x| {
        (x.input.len() - x.at, x.kind == Kind::Other)
    });
    if other && n > 0 {
        return Err(th.err(
            TypeId::OSError,
            "can't reconstruct logical file position inside a chunk of this encoding",
        ));
    }
    Ok(pos - n as i64)
}

fn seek(th: &Thread, a: Args<'_>) -> Res {
    let t = this::<TextIo>(th, a.get(0))?;
    let _l = t.lock.lock(th);
    let whence = match a.opt(2) {
        Some(w) => th.index_i64(w)?,
        None => 0,
    };
    let b = check_open(th, t)?;
    if !th.truthy(&th.call_method(&b, "seekable", &[])?)? {
        return Err(unsupported(th, "underlying stream is not seekable"));
    }
    let zero = th.int_like_i64(a.get(1)) == Some(0);
    let target = match whence {
        0 => {
            let n = th.index_i64(a.get(1))?;
            if n < 0 {
                return Err(th.value_error(format!("negative seek position {n}")));
            }
            n
        }
        1 if zero => tell(th, t)?,
        1 => return Err(unsupported(th, "can't do nonzero cur-relative seeks")),
        2 if zero => 0,
        2 => return Err(unsupported(th, "can't do nonzero end-relative seeks")),
        n => {
            return Err(th.value_error(format!("invalid whence ({n}, should be 0, 1 or 2)")));
        }
    };
    give_out(th, t, &b)?;
    flush_buffer(th, &b)?;
    t.state.with(th, t.head(), |x| {
        x.input.clear();
        x.at = 0;
        x.eof = false;
    });
    for c in [&t.decoder, &t.encoder] {
        if let Some(c) = c.get() {
            th.call_method(&c, "reset", &[])?;
        }
    }
    let w = Obj::small_int(if whence == 2 { 2 } else { 0 });
    let r = th.call_method(&b, "seek", &[th.int(target), w])?;
    if let (Some(e), true) = (t.encoder.get(), th.int_like_i64(&r) != Some(0)) {
        // No second byte order mark.
        th.call_method(&e, "setstate", &[Obj::small_int(0)])?;
    }
    Ok(r)
}

fn reconfigure(th: &Thread, a: Args<'_>) -> Res {
    let t = this::<TextIo>(th, a.get(0))?;
    flush(th, t)?;
    let b = buffer(th, t)?;
    let reading = t.state.with(th, t.head(), |x| !x.input.is_empty());
    if reading && (1..=3).any(|i| a.opt_not_none(i).is_some()) {
        return Err(unsupported(
            th,
            "It is not possible to set the encoding or newline of stream after the first read",
        ));
    }
    let (lb, wt, nl) = t.state.with(th, t.head(), |x| {
        (x.line_buffering, x.write_through, x.newline)
    });
    let lb = match a.opt_not_none(4) {
        Some(f) => th.truthy(f)?,
        None => lb,
    };
    let wt = match a.opt_not_none(5) {
        Some(f) => th.truthy(f)?,
        None => wt,
    };
    let nl = match a.opt(3) {
        Some(n) => n.clone(),
        None => nl.object(th)?,
    };
    let encoding = a.opt_not_none(1).cloned().or_else(|| t.encoding.get());
    let errors = match (a.opt_not_none(2), a.opt_not_none(1)) {
        (Some(e), _) => Some(e.clone()),
        (None, Some(_)) => None,
        (None, None) => t.errors.get(),
    };
    setup(
        th,
        t,
        b,
        encoding.as_ref(),
        errors.as_ref(),
        Some(&nl),
        lb,
        wt,
    )?;
    Ok(Obj::NONE)
}

fn close(th: &Thread, a: Args<'_>) -> Res {
    let t = this::<TextIo>(th, a.get(0))?;
    let Some(b) = t.buffer.get() else {
        return Ok(Obj::NONE);
    };
    if base::says_closed(th, &b)? {
        return Ok(Obj::NONE);
    }
    let flushed = th.call_method(a.get(0), "flush", &[]);
    let closed = th.call_method(&b, "close", &[]);
    t.base.closed.store(true, Ordering::Release);
    flushed?;
    closed
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let t = this::<TextIo>(th, o)?;
    let mut text = format!("<{}", th.full_type_name(th.type_of(o))?);
    if let Ok(Some(n)) = th.getattr_opt(o, "name") {
        text.push_str(&format!(" name={}", th.repr(&n)?.to_rust()));
    }
    if let Ok(Some(m)) = th.getattr_opt(o, "mode") {
        text.push_str(&format!(" mode={}", th.repr(&m)?.to_rust()));
    }
    let e = t.encoding.get().unwrap_or(Obj::NONE);
    text.push_str(&format!(" encoding={}>", th.repr(&e)?.to_rust()));
    th.str(&text)
}
