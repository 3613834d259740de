//! Newlines: the `newline` argument of text streams, and `IncrementalNewlineDecoder`.

use crate::modules::prelude::*;

/// Seen: `\r`.
pub const CR: u8 = 1;
/// Seen: `\n`.
pub const LF: u8 = 2;
/// Seen: `\r\n`.
pub const CRLF: u8 = 4;

/// The `newline` argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Newline {
    /// None: any end of line is read as `\n`.
    Universal,
    /// '': any end of line ends a line, nothing is translated.
    Raw,
    /// '\n'
    Lf,
    /// '\r'
    Cr,
    /// '\r\n'
    CrLf,
}

impl Newline {
    /// From the argument.
    pub fn parse(th: &Thread, o: Option<&Obj>) -> Res<Newline> {
        let Some(o) = o.filter(|o| !o.is_none()) else {
            return Ok(Newline::Universal);
        };
        let Some(s) = o.cast::<Str>() else {
            return Err(th.type_error(format!(
                "newline must be str or None, not {}",
                th.type_name(o)
            )));
        };
        Ok(match s.to_rust().as_str() {
            "" => Newline::Raw,
            "\n" => Newline::Lf,
            "\r" => Newline::Cr,
            "\r\n" => Newline::CrLf,
            _ => {
                return Err(
                    th.value_error(format!("illegal newline value: {}", th.repr(o)?.to_rust()))
                );
            }
        })
    }
    /// The argument.
    pub fn object(self, th: &Thread) -> Res {
        match self {
            Newline::Universal => Ok(Obj::NONE),
            Newline::Raw => th.str(""),
            Newline::Lf => th.str("\n"),
            Newline::Cr => th.str("\r"),
            Newline::CrLf => th.str("\r\n"),
        }
    }
}

/// `newlines`: what has been seen.
pub fn seen_object(th: &Thread, seen: u8) -> Res {
    let mut v = Vec::new();
    for (bit, s) in [(CR, "\r"), (LF, "\n"), (CRLF, "\r\n")] {
        if seen & bit != 0 {
            v.push(th.str(s)?);
        }
    }
    match v.len() {
        0 => Ok(Obj::NONE),
        1 => Ok(v.remove(0)),
        _ => th.tuple(v),
    }
}

/// Payload of newline decoders.
pub struct Decoder {
    inner: Slot,
    state: Guarded<State>,
}

#[derive(Default)]
struct State {
    translate: bool,
    pending_cr: bool,
    seen: u8,
}

native!(
    Decoder,
    IncrementalNewlineDecoder,
    "IncrementalNewlineDecoder",
    inner
);

/// `IncrementalNewlineDecoder`
pub static DEF: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::HAS_DICT,
    slots: Slots {
        new: Some(|th, cls, _| {
            let d = Decoder {
                inner: Slot::empty(),
                state: Guarded::new(State::default()),
            };
            Ok(th.alloc_as(cls, d)?.into_obj())
        }),
        init: Some(|th, o, args| {
            th.bind(
                "IncrementalNewlineDecoder",
                "(decoder, translate, errors='strict')",
                args,
                |a| {
                    let d = this::<Decoder>(th, o)?;
                    let t = th.truthy(a.get(1))?;
                    d.inner.set(th, a.opt_not_none(0).cloned());
                    d.state.with(th, d.head(), |s| {
                        *s = State {
                            translate: t,
                            ..State::default()
                        }
                    });
                    Ok(())
                },
            )
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("decode", "($self, input, final=False)", decode),
        MethodDef::new("getstate", "($self, /)", |th, a| {
            let d = this::<Decoder>(th, a.get(0))?;
            let (mut buf, mut flag) = (th.bytes(b"")?, 0);
            if let Some(i) = d.inner.get() {
                let r = th.collect(&th.call_method(&i, "getstate", &[])?)?;
                if let [b, f] = r.as_slice() {
                    buf = b.clone();
                    flag = th.index_i64(f)?;
                }
            }
            let p = d.state.with(th, d.head(), |s| s.pending_cr);
            th.tuple(vec![buf, th.int(flag << 1 | p as i64)])
        }),
        MethodDef::new("setstate", "($self, state, /)", |th, a| {
            let d = this::<Decoder>(th, a.get(0))?;
            let items = th.collect(a.get(1))?;
            let [b, f] = items.as_slice() else {
                return Err(th.type_error("state argument must be a tuple"));
            };
            let f = th.index_i64(f)?;
            d.state.with(th, d.head(), |s| s.pending_cr = f & 1 != 0);
            if let Some(i) = d.inner.get() {
                let st = th.tuple(vec![b.clone(), th.int(f >> 1)])?;
                th.call_method(&i, "setstate", &[st])?;
            }
            Ok(Obj::NONE)
        }),
        MethodDef::new("reset", "($self, /)", |th, a| {
            let d = this::<Decoder>(th, a.get(0))?;
            d.state.with(th, d.head(), |s| {
                s.pending_cr = false;
                s.seen = 0;
            });
            match d.inner.get() {
                Some(i) => th.call_method(&i, "reset", &[]),
                None => Ok(Obj::NONE),
            }
        }),
    ],
    getset: &[GetSetDef::ro("newlines", |th, o| {
        let d = this::<Decoder>(th, o)?;
        let s = d.state.with(th, d.head(), |s| s.seen);
        seen_object(th, s)
    })],
    doc: "IncrementalNewlineDecoder(decoder, translate, errors='strict')\n--\n\nA decoder that makes all line ends the same, and knows which it has seen.",
    ..TypeDef::new(
        TypeId::IncrementalNewlineDecoder,
        "_io.IncrementalNewlineDecoder",
        Decoder::LAYOUT,
    )
};

fn decode(th: &Thread, a: Args<'_>) -> Res {
    let d = this::<Decoder>(th, a.get(0))?;
    let last = match a.opt(2) {
        Some(f) => th.truthy(f)?,
        None => false,
    };
    let text = match d.inner.get() {
        Some(i) => th.call_method(&i, "decode", &[a.get(1).clone(), Obj::bool(last)])?,
        None => a.get(1).clone(),
    };
    let s = th.text_of(&text, "decoder output")?;
    let units: Vec<u32> = s.text().chars().collect();
    let mut out = StrBuf::with_capacity(units.len() + 1);
    d.state.with(th, d.head(), |st| {
        let mut i = 0;
        let mut cr = std::mem::take(&mut st.pending_cr);
        loop {
            if cr {
                cr = false;
                if i < units.len() && units[i] == 10 {
                    i += 1;
                    st.seen |= CRLF;
                    if !st.translate {
                        out.push(13);
                    }
                } else if i >= units.len() && !last {
                    st.pending_cr = true;
                    break;
                } else {
                    st.seen |= CR;
                    if !st.translate {
                        out.push(13);
                        continue;
                    }
                }
                out.push(10);
                continue;
            }
            let Some(&c) = units.get(i) else {
                break;
            };
            i += 1;
            match c {
                13 => cr = true,
                10 => {
                    st.seen |= LF;
                    out.push(10);
                }
                _ => out.push(c),
            }
        }
    });
    th.str_data(out.finish())
}
