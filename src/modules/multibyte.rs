//! `_multibytecodec`, and the modules by which `encodings` asks for its codecs: those of East Asia (`algo::text::codec::east`).
//!
//! The sets of characters are made when they are asked for first, and kept by the runtime.

use super::codecs::Errors;
use crate::modules::prelude::*;
use crate::object::guarded::Guarded;
use dashu_int::IBig;
use threadsnake_algo::text::codec::Decoded;
use threadsnake_algo::text::codec::east::{
    self, Charset, Encoded, Name, SETS, SetName, Sets, State,
};
use threadsnake_threads::sync::OnceLock;

/// The sets of a runtime.
#[derive(Default)]
struct Tables([OnceLock<Charset>; SETS]);

impl Sets for &Tables {
    fn set(&self, name: SetName) -> &Charset {
        self.0[name as usize].get_or_init(|| Charset::new(name))
    }
}

fn tables(th: &Thread) -> &Tables {
    th.rt().module_state()
}

macro_rules! modules {
    ($($id:ident $name:literal,)*) => {
        $(
            /// Gives codecs by their names.
            pub static $id: ModuleDef = ModuleDef {
                functions: &[MethodDef::new("getcodec", "(encoding, /)", get_codec)],
                ..ModuleDef::new($name)
            };
        )*
    };
}

modules! {
    CN "_codecs_cn",
    HK "_codecs_hk",
    ISO2022 "_codecs_iso2022",
    JP "_codecs_jp",
    KR "_codecs_kr",
    TW "_codecs_tw",
}

/// The module of the classes.
pub static MODULE: ModuleDef = ModuleDef {
    types: &[
        ("MultibyteIncrementalDecoder", TypeId::MultibyteDecoder),
        ("MultibyteIncrementalEncoder", TypeId::MultibyteEncoder),
        ("MultibyteStreamReader", TypeId::MultibyteReader),
        ("MultibyteStreamWriter", TypeId::MultibyteWriter),
    ],
    ..ModuleDef::new("_multibytecodec")
};

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&CODEC, &ENCODER, &DECODER, &READER, &WRITER];

fn get_codec(th: &Thread, a: Args<'_>) -> Res {
    let name = th.text_of(a.get(0), "getcodec() argument")?.to_rust();
    match Name::from_python(&name) {
        Some(name) => Ok(th.alloc(Codec { name }).into_obj()),
        None => Err(th.lookup_error("no such codec is supported.")),
    }
}

fn decode(
    th: &Thread,
    name: Name,
    errors: &Errors,
    state: &mut State,
    data: &[u8],
    last: bool,
) -> Res<Decoded> {
    errors.decode(th, data, |data, on| {
        east::decode(name, &tables(th), state, data, last, on)
    })
}

fn encode(
    th: &Thread,
    name: Name,
    errors: &Errors,
    state: &mut State,
    text: &Py<Str>,
    last: bool,
) -> Res<Encoded> {
    let mut on = |f| errors.on_encode(th, text, f);
    east::encode(name, &tables(th), state, text.text(), last, &mut on)
}

fn text_arg<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<Str>> {
    o.cast::<Str>().ok_or_else(|| {
        th.type_error(format!(
            "couldn't convert the object to str: it is {}",
            th.type_name(o)
        ))
    })
}

// --- the codec itself

/// Payload of codecs.
pub struct Codec {
    name: Name,
}
native!(Codec, MultibyteCodec, "MultibyteCodec");

static CODEC: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    methods: &[
        MethodDef::new("encode", "($self, /, input, errors=None)", |th, a| {
            let name = this::<Codec>(th, a.get(0))?.name;
            let text = text_arg(th, a.get(1))?;
            let errors = Errors::new(th, a.opt(2))?;
            let r = encode(th, name, &errors, &mut State::default(), text, true)?;
            tuple_of(th, [th.bytes(&r.bytes)?, th.uint(text.len() as u64)])
        }),
        MethodDef::new("decode", "($self, /, input, errors=None)", |th, a| {
            let name = this::<Codec>(th, a.get(0))?.name;
            let data = th.bytes_like(a.get(1))?;
            let errors = Errors::new(th, a.opt(2))?;
            let r = decode(th, name, &errors, &mut State::default(), data.bytes(), true)?;
            tuple_of(th, [th.str_data(r.text)?, th.uint(r.consumed as u64)])
        }),
    ],
    ..TypeDef::new(
        TypeId::MultibyteCodec,
        "_multibytecodec.MultibyteCodec",
        Codec::LAYOUT,
    )
};

/// The codec that a class names by its attribute `codec`.
fn codec_of(th: &Thread, class: &Py<Type>) -> Res<Name> {
    let codec = th.getattr(class.obj(), "codec")?;
    match codec.cast::<Codec>() {
        Some(c) => Ok(c.name),
        None => Err(th.type_error("codec is unexpected type")),
    }
}

/// `errors` as it is kept: the name.
fn errors_arg(th: &Thread, o: Option<&Obj>) -> Res {
    match o.filter(|o| !o.is_none()) {
        None => th.str("strict"),
        Some(o) => Ok(th.text_of(o, "errors")?.obj().clone()),
    }
}

// --- one after another

/// Where an incremental codec stands.
#[derive(Default)]
struct Place {
    state: State,
    /// Bytes of what is not whole yet, or the UTF-8 form of a character that may be joined by the next.
    pending: Vec<u8>,
}

/// Payload of incremental encoders and decoders, and of stream readers and writers, which have a stream as well.
struct Half {
    name: Name,
    errors: Slot,
    stream: Option<Obj>,
    place: Guarded<Place>,
}

impl Half {
    fn new(th: &Thread, class: &Py<Type>, errors: Option<&Obj>, stream: Option<Obj>) -> Res<Half> {
        let (name, errors) = (codec_of(th, class)?, errors_arg(th, errors)?);
        let slot = Slot::default();
        slot.set(th, Some(errors));
        Ok(Half {
            name,
            errors: slot,
            stream,
            place: Guarded::new(Place::default()),
        })
    }
    fn handler(&self, th: &Thread) -> Res<Errors> {
        Errors::new(th, self.errors.get().as_ref())
    }
    fn stream(&self) -> Obj {
        self.stream.clone().unwrap_or(Obj::NONE)
    }
}

impl Trace for Half {
    fn trace(&self, visit: Visit<'_>) {
        self.errors.trace(visit);
        self.stream.trace(visit);
    }
}

macro_rules! halves {
    ($($t:ident $id:ident $name:literal $stream:literal;)*) => {
        $(
            /// Payload: see [`Half`].
            pub struct $t {
                half: Half,
            }
            native!($t, $id, $name, half);
            impl AsHalf for $t {
                const NAME: &str = $name;
                const STREAM: bool = $stream;
                fn new(half: Half) -> $t {
                    $t { half }
                }
                fn half(&self) -> &Half {
                    &self.half
                }
            }
        )*
    };
}
halves! {
    Encoder MultibyteEncoder "MultibyteIncrementalEncoder" false;
    Decoder MultibyteDecoder "MultibyteIncrementalDecoder" false;
    Reader MultibyteReader "MultibyteStreamReader" true;
    Writer MultibyteWriter "MultibyteStreamWriter" true;
}

trait AsHalf: Native {
    /// Of the class, as messages have it.
    const NAME: &str;
    /// Whether it has a stream.
    const STREAM: bool;
    fn new(half: Half) -> Self;
    fn half(&self) -> &Half;
}

/// How one is made.
const fn slots<T: AsHalf>() -> Slots {
    Slots {
        new: Some(make::<T>),
        // All is done: the classes of `codecs` that come after in the order of bases have nothing to do.
        init: Some(|_, _, _| Ok(())),
        ..Slots::NONE
    }
}

fn make<T: AsHalf>(th: &Thread, class: &Py<Type>, args: CallArgs<'_>) -> Res {
    let parameters = match T::STREAM {
        true => "(stream, errors='strict')",
        false => "(errors='strict')",
    };
    th.bind(T::NAME, parameters, args, |a| {
        let stream = T::STREAM.then(|| a.get(0).clone());
        let half = Half::new(th, class, a.opt(T::STREAM as usize), stream)?;
        Ok(th.alloc_as(class, T::new(half))?.into_obj())
    })
}

/// Takes the place of `h`, to be put back.
fn take<T: AsHalf>(th: &Thread, h: &Py<T>) -> Place {
    h.half().place.with(th, h.head(), std::mem::take)
}

fn put_back<T: AsHalf>(th: &Thread, h: &Py<T>, place: Place) {
    h.half().place.with(th, h.head(), |p| *p = place);
}

/// Decodes what is pending and `data`.
fn decode_more<T: AsHalf>(th: &Thread, h: &Py<T>, data: &[u8], last: bool) -> Res<StrData> {
    let errors = h.half().handler(th)?;
    let mut place = take(th, h);
    let mut all = std::mem::take(&mut place.pending);
    all.extend_from_slice(data);
    let before = place.state;
    match decode(th, h.half().name, &errors, &mut place.state, &all, last) {
        Ok(d) => {
            place.pending = all.split_off(d.consumed.min(all.len()));
            put_back(th, h, place);
            Ok(d.text)
        }
        Err(e) => {
            // Nothing of it is taken.
            all.truncate(all.len() - data.len());
            (place.state, place.pending) = (before, all);
            put_back(th, h, place);
            Err(e)
        }
    }
}

/// Encodes what is pending and `text`.
fn encode_more<T: AsHalf>(th: &Thread, h: &Py<T>, text: &Py<Str>, last: bool) -> Res<Vec<u8>> {
    let errors = h.half().handler(th)?;
    let mut place = take(th, h);
    let mut all = StrBuf::new();
    all.push_utf8(&String::from_utf8_lossy(&place.pending));
    all.push_str(text.text());
    let whole = th.str_data(all.finish())?;
    let Some(whole) = whole.cast::<Str>() else {
        return Err(th.system_error("a str that is none"));
    };
    let r = encode(th, h.half().name, &errors, &mut place.state, whole, last);
    if let Ok(r) = &r {
        let rest = whole.text().slice(r.consumed, whole.len()).to_data();
        place.pending = rest
            .as_ref()
            .chars()
            .filter_map(char::from_u32)
            .collect::<String>()
            .into_bytes();
    }
    put_back(th, h, place);
    r.map(|r| r.bytes)
}

fn reset<T: AsHalf>(th: &Thread, a: Args<'_>) -> Res {
    drop(take(th, this::<T>(th, a.get(0))?));
    Ok(Obj::NONE)
}

fn errors<T: AsHalf>(th: &Thread, o: &Obj) -> Res {
    Ok(this::<T>(th, o)?.half().errors.get().unwrap_or(Obj::NONE))
}

fn set_errors<T: AsHalf>(th: &Thread, o: &Obj, value: Option<&Obj>) -> Res<()> {
    let Some(value) = value.filter(|v| th.is_a(v, TypeId::Str)) else {
        return Err(th.type_error("errors must be a string"));
    };
    this::<T>(th, o)?.half().errors.set(th, Some(value.clone()));
    Ok(())
}

static ENCODER: TypeDef = TypeDef {
    slots: slots::<Encoder>(),
    flags: type_flags::BASETYPE,
    methods: &[
        MethodDef::new("encode", "($self, /, input, final=False)", |th, a| {
            let last = a.flag(th, 2)?;
            let h = this::<Encoder>(th, a.get(0))?;
            th.bytes(&encode_more(th, h, text_arg(th, a.get(1))?, last)?)
        }),
        MethodDef::new("getstate", "($self, /)", |th, a| {
            let h = this::<Encoder>(th, a.get(0))?;
            let bytes = h.half().place.with(th, h.head(), |p| {
                let mut bytes = vec![p.pending.len() as u8];
                bytes.extend(&p.pending);
                if p.state != State::default() {
                    bytes.extend(p.state.to_bytes());
                }
                bytes
            });
            Ok(th.bigint(IBig::from_le_bytes(&[&bytes[..], &[0]].concat())))
        }),
        MethodDef::new("setstate", "($self, state, /)", |th, a| {
            let bytes = number(th, a.get(1))?.to_le_bytes();
            let n = bytes.first().map_or(0, |&n| usize::from(n));
            let (pending, state) = match bytes.get(1..) {
                Some(rest) if n <= rest.len() => rest.split_at(n),
                _ if n == 0 => (&[][..], &[][..]),
                _ => return Err(th.err(TypeId::UnicodeError, "pending buffer too large")),
            };
            let place = Place {
                state: state_of(state),
                pending: pending.to_vec(),
            };
            put_back(th, this::<Encoder>(th, a.get(0))?, place);
            Ok(Obj::NONE)
        }),
        MethodDef::new("reset", "($self, /)", reset::<Encoder>),
    ],
    getset: &[GetSetDef::rw(
        "errors",
        errors::<Encoder>,
        set_errors::<Encoder>,
    )],
    ..TypeDef::new(
        TypeId::MultibyteEncoder,
        "_multibytecodec.MultibyteIncrementalEncoder",
        Encoder::LAYOUT,
    )
};

fn number(th: &Thread, o: &Obj) -> Res<IBig> {
    th.as_bigint(o)
        .ok_or_else(|| th.type_error(format!("a state is an int, not {}", th.type_name(o))))
}

/// A state from bytes, zeros where they end.
fn state_of(bytes: &[u8]) -> State {
    let mut all = [0; 8];
    for (to, from) in all.iter_mut().zip(bytes) {
        *to = *from;
    }
    State::from_bytes(all)
}

static DECODER: TypeDef = TypeDef {
    slots: slots::<Decoder>(),
    flags: type_flags::BASETYPE,
    methods: &[
        MethodDef::new("decode", "($self, /, input, final=False)", |th, a| {
            let last = a.flag(th, 2)?;
            let data = th.bytes_like(a.get(1))?;
            th.str_data(decode_more(
                th,
                this::<Decoder>(th, a.get(0))?,
                data.bytes(),
                last,
            )?)
        }),
        MethodDef::new("getstate", "($self, /)", |th, a| {
            let h = this::<Decoder>(th, a.get(0))?;
            let (pending, state) = h
                .half()
                .place
                .with(th, h.head(), |p| (p.pending.clone(), p.state));
            let state = match state == State::default() {
                true => 0,
                false => u64::from_le_bytes(state.to_bytes()),
            };
            tuple_of(th, [th.bytes(&pending)?, th.uint(state)])
        }),
        MethodDef::new("setstate", "($self, state, /)", |th, a| {
            let Some([pending, state]) = a.get(1).cast::<Tuple>().map(|t| t.items()) else {
                return Err(th.type_error("setstate(): state must be a tuple of two"));
            };
            let place = Place {
                state: state_of(&number(th, state)?.to_le_bytes()),
                pending: th.bytes_like(pending)?.bytes().to_vec(),
            };
            put_back(th, this::<Decoder>(th, a.get(0))?, place);
            Ok(Obj::NONE)
        }),
        MethodDef::new("reset", "($self, /)", reset::<Decoder>),
    ],
    getset: &[GetSetDef::rw(
        "errors",
        errors::<Decoder>,
        set_errors::<Decoder>,
    )],
    ..TypeDef::new(
        TypeId::MultibyteDecoder,
        "_multibytecodec.MultibyteIncrementalDecoder",
        Decoder::LAYOUT,
    )
};

// --- streams

/// Reads by a method of the stream, until there is text or nothing more to read.
fn read(th: &Thread, h: &Py<Reader>, method: &str, size: Option<&Obj>) -> Res<StrData> {
    let size = match size.filter(|o| !o.is_none()) {
        Some(o) => th.index_i64(o)?,
        None => -1,
    };
    if size == 0 {
        return Ok(StrBuf::new().finish());
    }
    loop {
        let args = if size < 0 { vec![] } else { vec![th.int(size)] };
        let read = th.call_method(&h.half().stream(), method, &args)?;
        if !th.is_a(&read, TypeId::Bytes) {
            return Err(th.type_error(format!(
                "stream function returned a non-bytes object ({})",
                th.type_name(&read)
            )));
        }
        let data = th.bytes_like(&read)?;
        let last = size < 0 || data.bytes().is_empty();
        let text = decode_more(th, h, data.bytes(), last)?;
        if last || !text.as_ref().is_empty() {
            return Ok(text);
        }
    }
}

static READER: TypeDef = TypeDef {
    slots: slots::<Reader>(),
    flags: type_flags::BASETYPE,
    methods: &[
        MethodDef::new("read", "($self, sizeobj=None, /)", |th, a| {
            th.str_data(read(th, this(th, a.get(0))?, "read", a.opt(1))?)
        }),
        MethodDef::new("readline", "($self, sizeobj=None, /)", |th, a| {
            th.str_data(read(th, this(th, a.get(0))?, "readline", a.opt(1))?)
        }),
        MethodDef::new("readlines", "($self, sizehintobj=None, /)", |th, a| {
            let text = th.str_data(read(th, this(th, a.get(0))?, "read", a.opt(1))?)?;
            th.call_method(&text, "splitlines", &[Obj::bool(true)])
        }),
        MethodDef::new("reset", "($self, /)", reset::<Reader>),
    ],
    getset: &[
        GetSetDef::rw("errors", errors::<Reader>, set_errors::<Reader>),
        GetSetDef::ro("stream", |th, o| Ok(this::<Reader>(th, o)?.half().stream())),
    ],
    ..TypeDef::new(
        TypeId::MultibyteReader,
        "_multibytecodec.MultibyteStreamReader",
        Reader::LAYOUT,
    )
};

fn write(th: &Thread, h: &Py<Writer>, text: &Obj) -> Res<()> {
    let bytes = encode_more(th, h, text_arg(th, text)?, false)?;
    let bytes = th.bytes(&bytes)?;
    th.call_method(&h.half().stream(), "write", &[bytes])
        .map(drop)
}

static WRITER: TypeDef = TypeDef {
    slots: slots::<Writer>(),
    flags: type_flags::BASETYPE,
    methods: &[
        MethodDef::new("write", "($self, strobj, /)", |th, a| {
            write(th, this(th, a.get(0))?, a.get(1))?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("writelines", "($self, lines, /)", |th, a| {
            for line in th.collect(a.get(1))? {
                write(th, this(th, a.get(0))?, &line)?;
            }
            Ok(Obj::NONE)
        }),
        MethodDef::new("reset", "($self, /)", |th, a| {
            let h = this::<Writer>(th, a.get(0))?;
            // As CPython: where nothing waits, there is no way back to ASCII either.
            if h.half().place.with(th, h.head(), |p| p.pending.is_empty()) {
                return Ok(Obj::NONE);
            }
            let nothing = th.str("")?;
            let bytes = encode_more(th, h, text_arg(th, &nothing)?, true)?;
            if !bytes.is_empty() {
                let bytes = th.bytes(&bytes)?;
                drop(th.call_method(&h.half().stream(), "write", &[bytes])?);
            }
            Ok(Obj::NONE)
        }),
    ],
    getset: &[
        GetSetDef::rw("errors", errors::<Writer>, set_errors::<Writer>),
        GetSetDef::ro("stream", |th, o| Ok(this::<Writer>(th, o)?.half().stream())),
    ],
    ..TypeDef::new(
        TypeId::MultibyteWriter,
        "_multibytecodec.MultibyteStreamWriter",
        Writer::LAYOUT,
    )
};
