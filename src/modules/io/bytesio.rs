//! `BytesIO`: a file of bytes in memory.

use super::base::{IoBase, STREAM_FLAGS, size_arg};
use super::closed_error;
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::Ordering;

/// Payload of byte streams in memory.
#[repr(C)]
pub struct BytesIo {
    /// Common part.
    pub base: IoBase,
    state: Guarded<State>,
}

#[derive(Default)]
struct State {
    data: Vec<u8>,
    pos: usize,
    exports: usize,
}

// SAFETY: the layout is of this type; its first field is the payload of its base.
unsafe impl Native for BytesIo {
    const TYPE: TypeId = TypeId::BytesIO;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::of::<BytesIo>("BytesIO").extending(IoBase::LAYOUT);
        &L
    };
}

/// `BytesIO`
pub static DEF: TypeDef = TypeDef {
    base: TypeId::BufferedIOBase,
    flags: STREAM_FLAGS,
    slots: Slots {
        new: Some(|th, cls, _| {
            let b = BytesIo {
                base: IoBase::default(),
                state: Guarded::new(State::default()),
            };
            Ok(th.alloc_as(cls, b)?.into_obj())
        }),
        init: Some(init),
        next: Some(|th, o| {
            let line = readline(th, o, None)?;
            if line.is_empty() {
                Ok(None)
            } else {
                th.bytes(&line).map(Some)
            }
        }),
        buffer: Some(lend),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("read", "($self, size=-1, /)", read),
        MethodDef::new("read1", "($self, size=-1, /)", read),
        MethodDef::new("readline", "($self, size=-1, /)", |th, a| {
            let n = size_arg(th, &a, 1)?;
            let v = readline(th, a.get(0), n)?;
            th.bytes(&v)
        }),
        MethodDef::new("readlines", "($self, size=None, /)", |th, a| {
            let hint = size_arg(th, &a, 1)?
                .filter(|&n| n > 0)
                .unwrap_or(usize::MAX);
            let (mut out, mut total) = (Vec::new(), 0usize);
            loop {
                let line = readline(th, a.get(0), None)?;
                if line.is_empty() {
                    break;
                }
                total += line.len();
                out.push(th.bytes(&line)?);
                if total >= hint {
                    break;
                }
            }
            th.list(out)
        }),
        MethodDef::new("readinto", "($self, buffer, /)", |th, a| {
            let buf = th.buffer(a.get(1), true)?;
            let v = with(th, a.get(0), |s| s.take(buf.len()))?;
            buf.write(0, &v);
            Ok(th.int(v.len() as i64))
        }),
        MethodDef::new("write", "($self, b, /)", |th, a| {
            let b = th.bytes_like(a.get(1))?;
            let n = write(th, a.get(0), b.bytes())?;
            Ok(th.int(n as i64))
        }),
        MethodDef::new("seek", "($self, pos, whence=0, /)", seek),
        MethodDef::new("tell", "($self, /)", |th, a| {
            let n = with(th, a.get(0), |s| s.pos)?;
            Ok(th.int(n as i64))
        }),
        MethodDef::new("truncate", "($self, size=None, /)", |th, a| {
            let n = match a.opt_not_none(1) {
                Some(n) => {
                    let n = th.index_i64(n)?;
                    if n < 0 {
                        return Err(th.value_error(format!("negative size value {n}")));
                    }
                    n as usize
                }
                None => with(th, a.get(0), |s| s.pos)?,
            };
            resizable(th, a.get(0))?;
            with(th, a.get(0), |s| s.data.truncate(n))?;
            Ok(th.int(n as i64))
        }),
        MethodDef::new("getvalue", "($self, /)", |th, a| {
            let v = with(th, a.get(0), |s| s.data.clone())?;
            th.bytes(&v)
        }),
        MethodDef::new("getbuffer", "($self, /)", |th, a| {
            with(th, a.get(0), |_| ())?;
            th.call(
                th.ty(TypeId::MemoryView).obj(),
                std::slice::from_ref(a.get(0)),
            )
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
        MethodDef::new("close", "($self, /)", |th, a| {
            let b = this::<BytesIo>(th, a.get(0))?;
            resizable(th, a.get(0))?;
            b.base.closed.store(true, Ordering::Release);
            let old = b.state.with(th, b.head(), |s| std::mem::take(&mut s.data));
            drop(old);
            Ok(Obj::NONE)
        }),
        MethodDef::new("__getstate__", "($self, /)", |th, a| {
            let (v, p) = with(th, a.get(0), |s| (s.data.clone(), s.pos))?;
            let d = match a.get(0).instance_dict(th)? {
                Some(d) => d.copy(th)?.into_obj(),
                None => Obj::NONE,
            };
            th.tuple(vec![th.bytes(&v)?, th.int(p as i64), d])
        }),
        MethodDef::new("__setstate__", "($self, state, /)", |th, a| {
            let items = th.collect(a.get(1))?;
            let [v, p, d] = items.as_slice() else {
                return Err(th.type_error("BytesIO.__setstate__ argument should be 3-tuple"));
            };
            let v = th.bytes_like(v)?.bytes().to_vec();
            let p = th.index_i64(p)?.max(0) as usize;
            with(th, a.get(0), |s| {
                s.data = v;
                s.pos = p;
            })?;
            if let Some(d) = d.cast::<Dict>() {
                for (k, v) in d.items() {
                    th.setattr_obj(a.get(0), &k, &v)?;
                }
            }
            Ok(Obj::NONE)
        }),
    ],
    getset: &[GetSetDef::ro("closed", |th, o| {
        Ok(Obj::bool(this::<BytesIo>(th, o)?.base.is_closed()))
    })],
    doc: "BytesIO(initial_bytes=b'')\n--\n\nA binary stream in memory.",
    ..TypeDef::new(TypeId::BytesIO, "_io.BytesIO", BytesIo::LAYOUT)
};

impl State {
    fn take(&mut self, n: usize) -> Vec<u8> {
        let start = self.pos.min(self.data.len());
        let end = start.saturating_add(n).min(self.data.len());
        self.pos += end - start;
        self.data[start..end].to_vec()
    }
}

fn with<R>(th: &Thread, o: &Obj, f: impl FnOnce(&mut State) -> R) -> Res<R> {
    let b = this::<BytesIo>(th, o)?;
    if b.base.is_closed() {
        return Err(closed_error(th));
    }
    Ok(b.state.with(th, b.head(), f))
}

fn resizable(th: &Thread, o: &Obj) -> Res<()> {
    let b = this::<BytesIo>(th, o)?;
    if b.state.with(th, b.head(), |s| s.exports) > 0 {
        return Err(th.buffer_error("Existing exports of data: object cannot be re-sized"));
    }
    Ok(())
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    th.bind("BytesIO", "(initial_bytes=b'')", args, |a| {
        let data = match a.opt_not_none(0) {
            Some(b) => th.bytes_like(b)?.bytes().to_vec(),
            None => Vec::new(),
        };
        let b = this::<BytesIo>(th, o)?;
        resizable(th, o)?;
        b.base.closed.store(false, Ordering::Release);
        let old = b.state.replace(
            th,
            b.head(),
            State {
                data,
                pos: 0,
                exports: 0,
            },
        );
        drop(old);
        Ok(())
    })
}

fn read(th: &Thread, a: Args<'_>) -> Res {
    let n = size_arg(th, &a, 1)?.unwrap_or(usize::MAX);
    let v = with(th, a.get(0), |s| s.take(n))?;
    th.bytes(&v)
}

fn readline(th: &Thread, o: &Obj, limit: Option<usize>) -> Res<Vec<u8>> {
    with(th, o, |s| {
        let start = s.pos.min(s.data.len());
        let rest = &s.data[start..];
        let n = super::buffered::find_byte(rest, b'\n').map_or(rest.len(), |i| i + 1);
        s.take(n.min(limit.unwrap_or(usize::MAX)))
    })
}

fn write(th: &Thread, o: &Obj, data: &[u8]) -> Res<usize> {
    with(th, o, |_| ())?;
    resizable(th, o)?;
    let far = with(th, o, |s| s.pos)?;
    th.reserve(far.saturating_add(data.len()))?;
    with(th, o, |s| {
        if data.is_empty() {
            return 0;
        }
        if s.pos > s.data.len() {
            s.data.resize(s.pos, 0);
        }
        let over = (s.data.len() - s.pos).min(data.len());
        s.data[s.pos..s.pos + over].copy_from_slice(&data[..over]);
        s.data.extend_from_slice(&data[over..]);
        s.pos += data.len();
        data.len()
    })
}

fn seek(th: &Thread, a: Args<'_>) -> Res {
    let whence = match a.opt(2) {
        Some(w) => th.index_i64(w)?,
        None => 0,
    };
    let pos = th.index_i64(a.get(1))?;
    if !(0..=2).contains(&whence) {
        return Err(th.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)")));
    }
    if whence == 0 && pos < 0 {
        return Err(th.value_error(format!("negative seek value {pos}")));
    }
    let n = with(th, a.get(0), |s| {
        let from = match whence {
            0 => 0,
            1 => s.pos as i64,
            _ => s.data.len() as i64,
        };
        s.pos = from.saturating_add(pos).max(0) as usize;
        s.pos
    })?;
    Ok(th.int(n as i64))
}

/// The buffer protocol of `getbuffer`'s memory view.
pub fn lend(th: &Thread, o: &Obj, _writable: bool) -> Res<Buffer> {
    let (p, n) = with(th, o, |s| {
        s.exports += 1;
        (s.data.as_mut_ptr() as *const u8, s.data.len())
    })?;
    // SAFETY: while there are exports the vector is not resized; the release gives the export back.
    Ok(unsafe {
        Buffer::new(
            o.clone(),
            p,
            n,
            false,
            Some(|o| {
                if let Some(b) = o.cast::<BytesIo>() {
                    let th = crate::runtime::thread::current();
                    b.state.with(th, b.head(), |s| s.exports -= 1);
                }
            }),
        )
    })
}
