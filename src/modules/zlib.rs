//! `zlib`: deflate compression.

use super::binascii::checksum;
use super::packed::{self, Codec, ROOM, Step, Stream};
use crate::modules::prelude::*;
use threadsnake_algo::binascii;
use threadsnake_threads::sync::Mutex;
use zlib_rs::{
    Deflate, DeflateConfig, DeflateError, DeflateFlush, Inflate, InflateError, InflateFlush,
    Status, Strategy,
};

#[derive(Default)]
struct State {
    error: Slot,
    /// The compressor that `compress()` used last, with its level and window; it takes long to make one.
    deflater: Mutex<Option<(i64, i64, Deflater)>>,
    /// The decompressor that `decompress()` used last, with the usual window.
    inflater: Mutex<Option<Inflater>>,
}

/// Payload of `compressobj()`.
pub struct Compress {
    state: Guarded<Option<Box<Deflater>>>,
}
native!(Compress, ZlibCompress, "Compress");

/// Payload of `_ZlibDecompressor`: as `decompressobj()`, but keeps what it has not worked through.
pub struct Decompressor {
    state: Guarded<Stream<Inflater>>,
}
native!(Decompressor, ZlibDecompressor, "_ZlibDecompressor");

/// Payload of `decompressobj()`.
pub struct Decompress {
    state: Guarded<Stream<Inflater>>,
}
native!(Decompress, ZlibDecompress, "Decompress");

macro_rules! decompressor {
    ($name:ident) => {
        impl packed::Decompressor for $name {
            type Codec = Inflater;
            fn stream(&self) -> &Guarded<Stream<Inflater>> {
                &self.state
            }
            fn failed(th: &Thread, Fault(code, doing, message): Fault) -> Exc {
                failed(th, code, doing, message)
            }
        }
    };
}
decompressor!(Decompressor);
decompressor!(Decompress);

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&COMPRESS, &DECOMPRESS, &DECOMPRESSOR];

const MAX_WBITS: i64 = 15;

fn invalid_option(th: &Thread) -> Exc {
    th.value_error("Invalid initialization option")
}

fn error(th: &Thread, message: &str) -> Exc {
    let class = exception_class(
        th,
        &th.rt().module_state::<State>().error,
        "zlib",
        "error",
        TypeId::Exception,
    );
    match (class, th.str(message)) {
        (Ok(c), Ok(m)) => raise_class(th, &c, &[m]),
        (Err(e), _) | (_, Err(e)) => e,
    }
}

/// What the library says of itself, or what stands for it.
fn failed(th: &Thread, code: i32, doing: &str, message: Option<&str>) -> Exc {
    let message = message.or(match code {
        -5 => Some("incomplete or truncated stream"),
        -3 => Some("invalid input data"),
        -2 => Some("inconsistent stream state"),
        _ => None,
    });
    let message = message.map_or(String::new(), |m| format!(": {m}"));
    error(th, &format!("Error {code} while {doing}{message}"))
}

// compression

struct Deflater(Deflate);

impl Deflater {
    /// `None`: that is no compression. The arguments are those of `compressobj()`.
    fn new(level: i64, wbits: i64, mem_level: i64, strategy: i64) -> Option<Deflater> {
        let window = matches!(wbits, -15..=-9 | 9..=15 | 25..=31);
        let strategy = Strategy::try_from(i32::try_from(strategy).ok()?).ok()?;
        if !window || !(-1..=9).contains(&level) || !(1..=9).contains(&mem_level) {
            return None;
        }
        Some(Deflater(Deflate::new_with_config(DeflateConfig {
            level: level as i32,
            window_bits: wbits as i32,
            mem_level: mem_level as i32,
            strategy,
            ..DeflateConfig::default()
        })))
    }

    fn push(
        &mut self,
        mut data: &[u8],
        flush: DeflateFlush,
        out: &mut Vec<u8>,
    ) -> Result<(), DeflateError> {
        let mut room = 256 + data.len().min(1 << 20) / 2;
        loop {
            let start = out.len();
            out.resize(start + room, 0);
            let before = (self.0.total_in(), self.0.total_out());
            let status = self.0.compress(data, &mut out[start..], flush);
            let used = (self.0.total_in() - before.0) as usize;
            let made = (self.0.total_out() - before.1) as usize;
            let full = made == room;
            out.truncate(start + made);
            data = &data[used..];
            if status? == Status::StreamEnd || (!full && (data.is_empty() || used + made == 0)) {
                return Ok(());
            }
            room = (room * 2).min(ROOM.1);
        }
    }
}

/// An argument that is a number.
fn number(th: &Thread, a: &Args<'_>, i: usize, default: i64) -> Res<i64> {
    a.opt(i).map_or(Ok(default), |o| th.index_i64(o))
}

fn compress_once(th: &Thread, a: Args<'_>) -> Res {
    let data = th.bytes_like(a.get(0))?;
    let (level, wbits) = (number(th, &a, 1, -1)?, number(th, &a, 2, MAX_WBITS)?);
    let idle = &th.rt().module_state::<State>().deflater;
    let last = idle.lock().take_if(|(l, w, _)| (*l, *w) == (level, wbits));
    let made = match last {
        Some((_, _, mut d)) => {
            d.0.reset();
            Some(d)
        }
        None => Deflater::new(level, wbits, 8, 0),
    };
    let Some(mut d) = made else {
        return Err(error(th, "Bad compression level"));
    };
    th.reserve(data.len() / 2)?;
    let mut out = Vec::new();
    let mut rest = data.bytes();
    loop {
        let (part, after) = rest.split_at(rest.len().min(1 << 20));
        let flush = match after.is_empty() {
            true => DeflateFlush::Finish,
            false => DeflateFlush::NoFlush,
        };
        if let Err(e) = d.push(part, flush, &mut out) {
            return Err(failed(
                th,
                e as i32,
                "compressing data",
                d.0.error_message(),
            ));
        }
        if after.is_empty() {
            drop(idle.lock().replace((level, wbits, d)));
            return th.bytes(&out);
        }
        rest = after;
        th.poll()?;
    }
}

static COMPRESS: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    methods: &[
        MethodDef::new("compress", "($self, data, /)", |th, a| {
            let data = th.bytes_like(a.get(1))?;
            let c = this::<Compress>(th, a.get(0))?;
            deflate(th, c, data.bytes(), DeflateFlush::NoFlush)
        }),
        MethodDef::new("flush", "($self, mode=zlib.Z_FINISH, /)", |th, a| {
            let c = this::<Compress>(th, a.get(0))?;
            let flush = match number(th, &a, 1, 4)? {
                0 => return th.bytes(&[]),
                1 => DeflateFlush::PartialFlush,
                2 => DeflateFlush::SyncFlush,
                3 => DeflateFlush::FullFlush,
                4 => DeflateFlush::Finish,
                5 => DeflateFlush::Block,
                _ => return Err(failed(th, -2, "flushing data", None)),
            };
            deflate(th, c, &[], flush)
        }),
    ],
    ..TypeDef::new(TypeId::ZlibCompress, "zlib.Compress", Compress::LAYOUT)
};

fn deflate(th: &Thread, c: &Py<Compress>, data: &[u8], flush: DeflateFlush) -> Res {
    // Taken out while it works: others find it finished.
    let Some(mut d) = c.state.take(th, c.head()) else {
        return Err(failed(th, -2, "compressing data", None));
    };
    let mut out = Vec::new();
    let r = d.push(data, flush, &mut out);
    let r = r.map_err(|e| failed(th, e as i32, "compressing data", d.0.error_message()));
    if flush != DeflateFlush::Finish {
        drop(c.state.replace(th, c.head(), Some(d)));
    }
    r.and_then(|()| th.bytes(&out))
}

// decompression

pub struct Inflater {
    core: Inflate,
    /// What is to be given to a stream that asks for it.
    dictionary: Vec<u8>,
}

/// A stream's fault, in the words of an exception.
pub struct Fault(i32, &'static str, Option<&'static str>);

impl Inflater {
    /// `None`: there is no such form. For a raw stream the dictionary is due at once.
    fn new(wbits: i64, dictionary: &[u8]) -> Result<Option<Inflater>, Fault> {
        let mut core = match wbits {
            -15..=-8 => Inflate::new(false, -wbits as u8),
            0 | 8..=15 | 24..=31 | 40..=47 => Inflate::new(true, wbits as u8),
            // The window is in the header.
            16 | 32 => Inflate::new(true, wbits as u8 + 15),
            _ => return Ok(None),
        };
        if wbits < 0 && !dictionary.is_empty() {
            core.set_dictionary(dictionary)
                .map_err(|e| fault(&core, e, DICTIONARY))?;
        }
        let dictionary = dictionary.to_vec();
        Ok(Some(Inflater { core, dictionary }))
    }

    /// From the arguments of a constructor.
    fn from_args(th: &Thread, a: &Args<'_>) -> Res<Inflater> {
        let wbits = number(th, a, 0, MAX_WBITS)?;
        let dictionary = a.opt(1).map(|d| th.bytes_like(d)).transpose()?;
        match Inflater::new(wbits, dictionary.as_ref().map_or(&[], |d| d.bytes())) {
            Ok(Some(i)) => Ok(i),
            Ok(None) => Err(invalid_option(th)),
            Err(Fault(code, doing, m)) => Err(failed(th, code, doing, m)),
        }
    }
}

const DICTIONARY: &str = "setting zdict";

fn fault(core: &Inflate, e: InflateError, doing: &'static str) -> Fault {
    let code = match e {
        InflateError::NeedDict { .. } => 2,
        InflateError::StreamError => -2,
        InflateError::DataError => -3,
        InflateError::MemError => -4,
    };
    Fault(code, doing, core.error_message())
}

impl Codec for Inflater {
    type Fault = Fault;
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Fault> {
        let core = &mut self.core;
        let before = (core.total_in(), core.total_out());
        let mut status = core.decompress(input, output, InflateFlush::SyncFlush);
        if let (Err(InflateError::NeedDict { .. }), false) = (status, self.dictionary.is_empty()) {
            // Asked for in the header: nothing has come out yet.
            let set = core.set_dictionary(&self.dictionary);
            set.map_err(|e| fault(core, e, DICTIONARY))?;
            let used = (core.total_in() - before.0) as usize;
            status = core.decompress(&input[used..], output, InflateFlush::SyncFlush);
        }
        match status {
            Ok(status) => Ok(Step {
                used: (core.total_in() - before.0) as usize,
                made: (core.total_out() - before.1) as usize,
                end: status == Status::StreamEnd,
            }),
            Err(e) => Err(fault(core, e, "decompressing data")),
        }
    }
}

fn decompress_once(th: &Thread, a: Args<'_>) -> Res {
    let data = th.bytes_like(a.get(0))?;
    let wbits = number(th, &a, 1, MAX_WBITS)?;
    let idle = &th.rt().module_state::<State>().inflater;
    let last = match wbits {
        MAX_WBITS => idle.lock().take(),
        _ => None,
    };
    let made = match last {
        Some(mut i) => {
            i.core.reset(true);
            Ok(Some(i))
        }
        None => Inflater::new(wbits, &[]),
    };
    let inflater = match made {
        Ok(Some(i)) => i,
        _ => return Err(failed(th, -2, "preparing to decompress data", None)),
    };
    let mut d = Stream::new(inflater);
    let mut out = Vec::new();
    let mut rest = data.bytes();
    loop {
        // By pieces, so that a small input with a huge content meets the memory limit, not the end of memory.
        let (before, limit) = (out.len(), out.len() + (16 << 20));
        let read = d.read(rest, limit, &mut out);
        if let Err(Fault(code, doing, m)) = read {
            return Err(failed(th, code, doing, m));
        }
        th.reserve(out.len() - before)?;
        th.poll()?;
        rest = &rest[rest.len() - d.tail.len()..];
        if d.eof {
            if wbits == MAX_WBITS {
                drop(idle.lock().replace(d.codec));
            }
            return th.bytes(&out);
        }
        if out.len() == before {
            return Err(failed(th, -5, "decompressing data", None));
        }
    }
}

static DECOMPRESS: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    methods: &[
        MethodDef::new("decompress", "($self, data, /, max_length=0)", |th, a| {
            let max = match usize::try_from(number(th, &a, 2, 0)?) {
                Ok(0) => usize::MAX,
                Ok(n) => n,
                Err(_) => return Err(th.value_error("max_length must be non-negative")),
            };
            let data = th.bytes_like(a.get(1))?;
            inflate_more(th, this::<Decompress>(th, a.get(0))?, data.bytes(), max)
        }),
        MethodDef::new("flush", "($self, length=zlib.DEF_BUF_SIZE, /)", |th, a| {
            let d = this::<Decompress>(th, a.get(0))?;
            if let Some(n) = a.opt(1)
                && th.index_i64(n)? <= 0
            {
                return Err(th.value_error("length must be greater than zero"));
            }
            let tail = d.state.with(th, d.head(), |s| std::mem::take(&mut s.tail));
            inflate_more(th, d, &tail, usize::MAX)
        }),
    ],
    getset: &[
        GetSetDef::ro("eof", packed::eof::<Decompress>),
        GetSetDef::ro("unused_data", packed::unused_data::<Decompress>),
        GetSetDef::ro("unconsumed_tail", packed::unconsumed_tail::<Decompress>),
    ],
    ..TypeDef::new(
        TypeId::ZlibDecompress,
        "zlib.Decompress",
        Decompress::LAYOUT,
    )
};

fn inflate_more(th: &Thread, d: &Py<Decompress>, data: &[u8], max: usize) -> Res {
    let mut out = Vec::new();
    let r = d.state.with(th, d.head(), |s| s.read(data, max, &mut out));
    match r {
        Ok(()) => th.bytes(&out),
        Err(Fault(code, doing, m)) => Err(failed(th, code, doing, m)),
    }
}

static DECOMPRESSOR: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            let sig = "(wbits=15, zdict=b'')";
            th.bind("_ZlibDecompressor", sig, args, |a| {
                let state = Guarded::new(Stream::new(Inflater::from_args(th, &a)?));
                Ok(th.alloc_as(cls, Decompressor { state })?.into_obj())
            })
        }),
        ..Slots::NONE
    },
    methods: &[MethodDef::new(
        "decompress",
        "($self, /, data, max_length=-1)",
        packed::decompress::<Decompressor>,
    )],
    getset: &[
        GetSetDef::ro("eof", packed::eof::<Decompressor>),
        GetSetDef::ro("unused_data", packed::unused_data::<Decompressor>),
        GetSetDef::ro("needs_input", packed::needs_input::<Decompressor>),
    ],
    ..TypeDef::new(
        TypeId::ZlibDecompressor,
        "zlib._ZlibDecompressor",
        Decompressor::LAYOUT,
    )
};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("compress", "(data, /, level=-1, wbits=15)", compress_once),
        MethodDef::new(
            "decompress",
            "(data, /, wbits=15, bufsize=16384)",
            decompress_once,
        ),
        MethodDef::new(
            "compressobj",
            "(level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=None)",
            |th, a| {
                let n = |i, default| number(th, &a, i, default);
                let (level, wbits, mem, strategy) =
                    (n(0, -1)?, n(2, MAX_WBITS)?, n(3, 8)?, n(4, 0)?);
                let d = match n(1, 8)? {
                    8 => Deflater::new(level, wbits, mem, strategy),
                    _ => None,
                };
                let Some(mut d) = d else {
                    return Err(invalid_option(th));
                };
                if let Some(dictionary) = a.opt_not_none(5)
                    && d.0
                        .set_dictionary(th.bytes_like(dictionary)?.bytes())
                        .is_err()
                {
                    return Err(th.value_error("Invalid dictionary"));
                }
                let state = Guarded::new(Some(Box::new(d)));
                Ok(th.alloc(Compress { state }).into_obj())
            },
        ),
        MethodDef::new("decompressobj", "(wbits=15, zdict=b'')", |th, a| {
            let state = Guarded::new(Stream::new(Inflater::from_args(th, &a)?));
            Ok(th.alloc(Decompress { state }).into_obj())
        }),
        MethodDef::new("crc32", "(data, value=0, /)", |th, a| {
            let v = checksum(th, a.opt(1), 0)?;
            Ok(th.uint(u64::from(binascii::crc32(
                th.bytes_like(a.get(0))?.bytes(),
                v,
            ))))
        }),
        MethodDef::new("adler32", "(data, value=1, /)", |th, a| {
            let v = checksum(th, a.opt(1), 1)?;
            Ok(th.uint(u64::from(binascii::adler32(
                th.bytes_like(a.get(0))?.bytes(),
                v,
            ))))
        }),
    ],
    types: &[("_ZlibDecompressor", TypeId::ZlibDecompressor)],
    init: Some(|th, m| {
        for (name, n) in [
            ("MAX_WBITS", MAX_WBITS),
            ("DEFLATED", 8),
            ("DEF_MEM_LEVEL", 8),
            ("DEF_BUF_SIZE", 16384),
            ("Z_BEST_COMPRESSION", 9),
            ("Z_BEST_SPEED", 1),
            ("Z_DEFAULT_COMPRESSION", -1),
            ("Z_DEFAULT_STRATEGY", 0),
            ("Z_FILTERED", 1),
            ("Z_HUFFMAN_ONLY", 2),
            ("Z_RLE", 3),
            ("Z_FIXED", 4),
            ("Z_NO_COMPRESSION", 0),
            ("Z_NO_FLUSH", 0),
            ("Z_PARTIAL_FLUSH", 1),
            ("Z_SYNC_FLUSH", 2),
            ("Z_FULL_FLUSH", 3),
            ("Z_FINISH", 4),
            ("Z_BLOCK", 5),
            ("Z_TREES", 6),
        ] {
            put(th, m, name, th.int(n))?;
        }
        for name in ["ZLIB_VERSION", "ZLIB_RUNTIME_VERSION"] {
            let v = th.str("1.3.1")?;
            put(th, m, name, v)?;
        }
        let class = exception_class(
            th,
            &th.rt().module_state::<State>().error,
            "zlib",
            "error",
            TypeId::Exception,
        )?;
        put(th, m, "error", class)
    }),
    doc: "The functions in this module allow compression and decompression using the zlib library.",
    ..ModuleDef::new("zlib")
};
