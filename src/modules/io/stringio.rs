//! `StringIO`: a text file in memory.

use super::base::{IoBase, STREAM_FLAGS, size_arg};
use super::closed_error;
use super::newline::Newline;
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::Ordering;

/// Payload of text streams in memory.
#[repr(C)]
pub struct StringIo {
    /// Common part.
    pub base: IoBase,
    state: Guarded<State>,
}

struct State {
    data: Vec<u32>,
    pos: usize,
    newline: Newline,
    seen: u8,
}

// SAFETY: the layout is of this type; its first field is the payload of its base.
unsafe impl Native for StringIo {
    const TYPE: TypeId = TypeId::StringIO;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::of::<StringIo>("StringIO").extending(IoBase::LAYOUT);
        &L
    };
}

/// `StringIO`
pub static DEF: TypeDef = TypeDef {
    base: TypeId::TextIOBase,
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(|th, cls, _| {
            let b = StringIo {
                base: IoBase::default(),
                state: Guarded::new(State {
                    data: Vec::new(),
                    pos: 0,
                    newline: Newline::Lf,
                    seen: 0,
                }),
            };
            Ok(th.alloc_as(cls, b)?.into_obj())
        }),
        init: Some(init),
        next: Some(|th, o| {
            if th.type_of(o).id.is_none() {
                let line = th.call_method(o, "readline", &[])?;
                return Ok(if th.truthy(&line)? { Some(line) } else { None });
            }
            let line = readline(th, o, usize::MAX)?;
            match line.as_ref().is_empty() {
                true => Ok(None),
                false => th.str_data(line).map(Some),
            }
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("read", "($self, size=-1, /)", |th, a| {
            let n = size_arg(th, &a, 1)?.unwrap_or(usize::MAX);
            let v = with(th, a.get(0), |s| s.take(n))?;
            th.str_data(v)
        }),
        MethodDef::new("readline", "($self, size=-1, /)", |th, a| {
            let n = size_arg(th, &a, 1)?.unwrap_or(usize::MAX);
            let v = readline(th, a.get(0), n)?;
            th.str_data(v)
        }),
        MethodDef::new("write", "($self, s, /)", |th, a| {
            let Some(s) = a.get(1).cast::<Str>() else {
                return Err(th.type_error(format!(
                    "string argument expected, got '{}'",
                    th.type_name(a.get(1))
                )));
            };
            let n = s.len();
            write(th, a.get(0), s)?;
            Ok(th.int(n as i64))
        }),
        MethodDef::new("getvalue", "($self, /)", |th, a| {
            let v = with(th, a.get(0), |s| text(&s.data))?;
            th.str_data(v)
        }),
        MethodDef::new("seek", "($self, pos, whence=0, /)", seek),
        MethodDef::new("tell", "($self, /)", |th, a| {
            let n = with(th, a.get(0), |s| s.pos)?;
            Ok(th.int(n as i64))
        }),
        MethodDef::new("truncate", "($self, pos=None, /)", |th, a| {
            let n = match a.opt_not_none(1) {
                Some(n) => {
                    let n = th.index_i64(n)?;
                    if n < 0 {
                        return Err(th.value_error(format!("Negative size value {n}")));
                    }
                    n as usize
                }
                None => with(th, a.get(0), |s| s.pos)?,
            };
            with(th, a.get(0), |s| s.data.truncate(n))?;
            Ok(th.int(n as i64))
        }),
        MethodDef::new("close", "($self, /)", |th, a| {
            let b = this::<StringIo>(th, a.get(0))?;
            b.base.closed.store(true, Ordering::Release);
            let old = b.state.with(th, b.head(), |s| std::mem::take(&mut s.data));
            drop(old);
            Ok(Obj::NONE)
        }),
        MethodDef::new("flush", "($self, /)", |th, a| {
            with(th, a.get(0), |_| Obj::NONE)
        }),
        MethodDef::new("isatty", "($self, /)", |th, a| {
            with(th, a.get(0), |_| Obj::FALSE)
        }),
        MethodDef::new("readable", "($self, /)", |th, a| {
            with(th, a.get(0), |_| Obj::TRUE)
        }),
        MethodDef::new("writable", "($self, /)", |th, a| {
            with(th, a.get(0), |_| Obj::TRUE)
        }),
        MethodDef::new("seekable", "($self, /)", |th, a| {
            with(th, a.get(0), |_| Obj::TRUE)
        }),
        MethodDef::new("__getstate__", "($self, /)", |th, a| {
            let (v, p, nl) = with(th, a.get(0), |s| (text(&s.data), s.pos, s.newline))?;
            let d = match a.get(0).instance_dict(th)? {
                Some(d) => d.copy(th)?.into_obj(),
                None => Obj::NONE,
            };
            th.tuple(vec![th.str_data(v)?, nl.object(th)?, th.int(p as i64), d])
        }),
        MethodDef::new("__setstate__", "($self, state, /)", |th, a| {
            let items = th.collect(a.get(1))?;
            let [v, nl, p, d] = items.as_slice() else {
                return Err(th.type_error("StringIO.__setstate__ argument should be 4-tuple"));
            };
            let nl = Newline::parse(th, Some(nl))?;
            let p = th.index_i64(p)?.max(0) as usize;
            let mut units = Vec::new();
            th.text_of(v, "initial value")?.text().append_to(&mut units);
            with(th, a.get(0), |s| {
                s.data = units;
                s.pos = p;
                s.newline = nl;
            })?;
            if let Some(d) = d.cast::<Dict>() {
                for (k, v) in d.items() {
                    th.setattr_obj(a.get(0), &k, &v)?;
                }
            }
            Ok(Obj::NONE)
        }),
    ],
    getset: &[
        GetSetDef::ro("closed", |th, o| {
            Ok(Obj::bool(this::<StringIo>(th, o)?.base.is_closed()))
        }),
        GetSetDef::ro("line_buffering", |th, o| with(th, o, |_| Obj::FALSE)),
        GetSetDef::ro("newlines", |th, o| {
            let seen = with(th, o, |s| s.seen)?;
            super::newline::seen_object(th, seen)
        }),
    ],
    doc: "StringIO(initial_value='', newline='\\n')\n--\n\nA text stream in memory.",
    ..TypeDef::new(TypeId::StringIO, "_io.StringIO", StringIo::LAYOUT)
};

impl State {
    fn take(&mut self, n: usize) -> StrData {
        let start = self.pos.min(self.data.len());
        let end = start.saturating_add(n).min(self.data.len());
        self.pos += end - start;
        text(&self.data[start..end])
    }

    /// Writes at the present place.
    fn put(&mut self, text: StrRef<'_>) {
        if text.is_empty() {
            return;
        }
        if self.pos > self.data.len() {
            self.data.resize(self.pos, 0);
        }
        let (at, n) = (self.pos, text.len());
        let over = (self.data.len() - at).min(n);
        text.slice(0, over).copy_to(&mut self.data[at..at + over]);
        text.slice(over, n).append_to(&mut self.data);
        self.pos += n;
    }
}

/// Code points as a string.
fn text(v: &[u32]) -> StrData {
    StrRef::Ucs4(v).to_data()
}

/// The place of the first of these code points.
fn place_of(v: &[u32], wanted: u32) -> Option<usize> {
    // Several at a time, without an early end.
    const STEP: usize = 16;
    let has = |part: &[u32]| part.iter().fold(false, |yes, c| yes | (*c == wanted));
    let skip = STEP * v.chunks(STEP).take_while(|part| !has(part)).count();
    let i = v.get(skip..)?.iter().position(|c| *c == wanted)?;
    Some(skip + i)
}

fn with<R>(th: &Thread, o: &Obj, f: impl FnOnce(&mut State) -> R) -> Res<R> {
    let b = this::<StringIo>(th, o)?;
    if b.base.is_closed() {
        return Err(closed_error(th));
    }
    Ok(b.state.with(th, b.head(), f))
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    th.bind("StringIO", "(initial_value='', newline='\\n')", args, |a| {
        let newline = match a.opt(1) {
            Some(n) => Newline::parse(th, Some(n))?,
            None => Newline::Lf,
        };
        let b = this::<StringIo>(th, o)?;
        b.base.closed.store(false, Ordering::Release);
        with(th, o, |s| {
            s.data = Vec::new();
            s.pos = 0;
            s.seen = 0;
            s.newline = newline;
        })?;
        if let Some(v) = a.opt_not_none(0) {
            let Some(v) = v.cast::<Str>() else {
                return Err(th.type_error(format!(
                    "initial_value must be str or None, not {}",
                    th.type_name(v)
                )));
            };
            write(th, o, v)?;
            with(th, o, |s| s.pos = 0)?;
        }
        Ok(())
    })
}

fn write(th: &Thread, o: &Obj, s: &Py<Str>) -> Res<()> {
    th.reserve(s.len() * 4)?;
    let newline = with(th, o, |t| t.newline)?;
    if newline == Newline::Lf {
        return with(th, o, |t| t.put(s.text()));
    }
    let mut seen = 0;
    let mut units = Vec::with_capacity(s.len());
    let mut it = s.text().chars().peekable();
    while let Some(c) = it.next() {
        match (newline, c) {
            (Newline::Universal | Newline::Raw, 13) => {
                let two = it.next_if_eq(&10).is_some();
                seen |= match two {
                    true => super::newline::CRLF,
                    false => super::newline::CR,
                };
                match newline {
                    Newline::Universal => units.push(10),
                    _ if two => units.extend([13, 10]),
                    _ => units.push(13),
                }
            }
            (Newline::Universal | Newline::Raw, 10) => {
                seen |= super::newline::LF;
                units.push(10);
            }
            (Newline::Cr, 10) => units.push(13),
            (Newline::CrLf, 10) => units.extend([13, 10]),
            _ => units.push(c),
        }
    }
    with(th, o, |t| {
        t.seen |= seen;
        t.put(StrRef::Ucs4(&units));
    })
}

fn readline(th: &Thread, o: &Obj, limit: usize) -> Res<StrData> {
    with(th, o, |s| {
        let start = s.pos.min(s.data.len());
        let rest = &s.data[start..];
        let n = match s.newline {
            Newline::Lf | Newline::Universal => place_of(rest, 10).map(|i| i + 1),
            Newline::Cr => place_of(rest, 13).map(|i| i + 1),
            Newline::CrLf => rest.windows(2).position(|w| w == [13, 10]).map(|i| i + 2),
            Newline::Raw => rest.iter().position(|&c| c == 10 || c == 13).map(|i| {
                if rest[i] == 13 && rest.get(i + 1) == Some(&10) {
                    i + 2
                } else {
                    i + 1
                }
            }),
        };
        s.take(n.unwrap_or(rest.len()).min(limit))
    })
}

fn seek(th: &Thread, a: Args<'_>) -> Res {
    let whence = match a.opt(2) {
        Some(w) => th.index_i64(w)?,
        None => 0,
    };
    let pos = th.index_i64(a.get(1))?;
    if !(0..=2).contains(&whence) {
        return Err(th.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)")));
    }
    if whence == 0 && pos < 0 {
        return Err(th.value_error(format!("Negative seek position {pos}")));
    }
    if whence != 0 && pos != 0 {
        return Err(th.err(TypeId::OSError, "Can't do nonzero cur-relative seeks"));
    }
    let n = with(th, a.get(0), |s| {
        match whence {
            0 => s.pos = pos as usize,
            1 => {}
            _ => s.pos = s.data.len(),
        }
        s.pos
    })?;
    Ok(th.int(n as i64))
}
