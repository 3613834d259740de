//! `zlib`: deflate compression.

use super::binascii::checksum;
use crate::modules::prelude::*;
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};
use threadsnake_algo::binascii;

#[derive(Default)]
struct State {
    error: Slot,
}

/// Payload of `compressobj()`.
pub struct Compress {
    state: Guarded<Option<Box<Deflater>>>,
}
native!(Compress, ZlibCompress, "Compress");

/// Payload of `_ZlibDecompressor`: as `decompressobj()`, but keeps what it has not worked through.
pub struct Decompressor {
    state: Guarded<Pulled>,
}
native!(Decompressor, ZlibDecompressor, "_ZlibDecompressor");

struct Pulled {
    inflater: Inflater,
    /// More may come without more input.
    more: bool,
}

/// Payload of `decompressobj()`.
pub struct Decompress {
    state: Guarded<Inflater>,
}
native!(Decompress, ZlibDecompress, "Decompress");

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&COMPRESS, &DECOMPRESS, &DECOMPRESSOR];

const MAX_WBITS: i64 = 15;
const CHUNK: usize = 64 << 10;

/// What frames the deflated data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Raw,
    Zlib,
    Gzip,
    /// Zlib or gzip, told by the header.
    Auto,
}

fn frame(th: &Thread, wbits: Option<&Obj>) -> Res<Frame> {
    match wbits.map_or(Ok(MAX_WBITS), |o| th.index_i64(o))? {
        -15..=-8 => Ok(Frame::Raw),
        0 | 8..=15 => Ok(Frame::Zlib),
        24..=31 => Ok(Frame::Gzip),
        40..=47 => Ok(Frame::Auto),
        _ => Err(th.value_error("Invalid initialization option")),
    }
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

// compression

struct Deflater {
    core: CompressorOxide,
    gzip: bool,
    started: bool,
    crc: u32,
    len: u32,
}

impl Deflater {
    fn new(level: i32, f: Frame) -> Deflater {
        let window = if f == Frame::Zlib || f == Frame::Auto {
            15
        } else {
            -15
        };
        let flags = create_comp_flags_from_zip_params(level, window, 0);
        Deflater {
            core: CompressorOxide::new(flags),
            gzip: f == Frame::Gzip,
            started: false,
            crc: 0,
            len: 0,
        }
    }

    fn push(&mut self, mut data: &[u8], flush: TDEFLFlush, out: &mut Vec<u8>) -> bool {
        if self.gzip && !self.started {
            self.started = true;
            out.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
        }
        if self.gzip {
            self.crc = binascii::crc32(data, self.crc);
            self.len = self.len.wrapping_add(data.len() as u32);
        }
        let mut buffer = vec![0; CHUNK.min(data.len() + 256)];
        loop {
            let (status, used, made) = compress(&mut self.core, data, &mut buffer, flush);
            out.extend_from_slice(&buffer[..made]);
            data = &data[used..];
            match status {
                TDEFLStatus::Done => {
                    if self.gzip {
                        out.extend(self.crc.to_le_bytes());
                        out.extend(self.len.to_le_bytes());
                    }
                    return true;
                }
                TDEFLStatus::Okay if !data.is_empty() || made == buffer.len() => {}
                TDEFLStatus::Okay => return true,
                _ => return false,
            }
        }
    }
}

fn level(th: &Thread, o: Option<&Obj>) -> Res<i32> {
    match o.map_or(Ok(-1), |o| th.index_i64(o))? {
        -1 => Ok(6),
        n @ 0..=9 => Ok(n as i32),
        _ => Err(error(th, "Bad compression level")),
    }
}

fn compress_once(th: &Thread, a: Args<'_>) -> Res {
    let mut d = Deflater::new(level(th, a.opt(1))?, frame(th, a.opt(2))?);
    let data = th.bytes_like(a.get(0))?;
    th.reserve(data.len() / 2)?;
    let mut out = Vec::new();
    for part in data.bytes().chunks(1 << 20) {
        if !d.push(part, TDEFLFlush::None, &mut out) {
            return Err(error(th, "Error -2 while compressing data"));
        }
        th.poll()?;
    }
    if !d.push(&[], TDEFLFlush::Finish, &mut out) {
        return Err(error(th, "Error -2 while finishing compression"));
    }
    th.bytes(&out)
}

static COMPRESS: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    methods: &[
        MethodDef::new("compress", "($self, data, /)", |th, a| {
            let data = th.bytes_like(a.get(1))?;
            deflate(
                th,
                this::<Compress>(th, a.get(0))?,
                data.bytes(),
                TDEFLFlush::None,
                false,
            )
        }),
        MethodDef::new("flush", "($self, mode=zlib.Z_FINISH, /)", |th, a| {
            let c = this::<Compress>(th, a.get(0))?;
            match a.opt(1).map_or(Ok(4), |o| th.index_i64(o))? {
                0 => th.bytes(&[]),
                4 => deflate(th, c, &[], TDEFLFlush::Finish, true),
                3 => deflate(th, c, &[], TDEFLFlush::Full, false),
                _ => deflate(th, c, &[], TDEFLFlush::Sync, false),
            }
        }),
    ],
    ..TypeDef::new(TypeId::ZlibCompress, "zlib.Compress", Compress::LAYOUT)
};

fn deflate(th: &Thread, c: &Py<Compress>, data: &[u8], flush: TDEFLFlush, last: bool) -> Res {
    // Taken out while it works: others find it finished.
    let Some(mut d) = c.state.take(th, c.head()) else {
        return Err(error(
            th,
            "Error -2 while compressing data: inconsistent stream state",
        ));
    };
    let mut out = Vec::new();
    let ok = d.push(data, flush, &mut out);
    if !last {
        drop(c.state.replace(th, c.head(), Some(d)));
    }
    if ok {
        th.bytes(&out)
    } else {
        Err(error(
            th,
            "Error -2 while compressing data: inconsistent stream state",
        ))
    }
}

// decompression

#[derive(Default)]
struct Inflater {
    core: Option<Box<InflateState>>,
    /// Gzip: still to come of the header (`None`: it has been read).
    header: Option<Vec<u8>>,
    auto: bool,
    gzip: bool,
    trailer: Vec<u8>,
    crc: u32,
    len: u32,
    ended: bool,
    eof: bool,
    unused: Vec<u8>,
    tail: Vec<u8>,
}

enum Inflated {
    Ok,
    Data(&'static str),
}

/// Length of a gzip header, `None` if there is not enough yet, `Err` if it is none.
fn gzip_header(b: &[u8]) -> Result<Option<usize>, ()> {
    if b.iter().zip([0x1f, 0x8b, 8]).any(|(x, y)| *x != y) {
        return Err(());
    }
    if b.len() < 10 {
        return Ok(None);
    }
    let flags = b[3];
    let mut at = 10;
    if flags & 4 != 0 {
        let Some([x, y]) = b.get(at..at + 2) else {
            return Ok(None);
        };
        at += 2 + usize::from(u16::from_le_bytes([*x, *y]));
    }
    for bit in [8, 16] {
        if flags & bit != 0 {
            let Some(n) = b.get(at..).and_then(|r| r.iter().position(|&c| c == 0)) else {
                return Ok(None);
            };
            at += n + 1;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    Ok(if b.len() >= at { Some(at) } else { None })
}

impl Inflater {
    fn new(f: Frame) -> Inflater {
        let format = if f == Frame::Zlib {
            DataFormat::Zlib
        } else {
            DataFormat::Raw
        };
        Inflater {
            core: Some(InflateState::new_boxed(format)),
            header: (f == Frame::Gzip || f == Frame::Auto).then(Vec::new),
            auto: f == Frame::Auto,
            gzip: f == Frame::Gzip,
            ..Inflater::default()
        }
    }

    /// Takes data in; `max` bounds what comes out (0: nothing does).
    fn push(&mut self, data: &[u8], max: usize, out: &mut Vec<u8>) -> Inflated {
        let joined;
        let mut data = data;
        if let Some(mut h) = self.header.take() {
            h.extend_from_slice(data);
            if self.auto && !h.is_empty() {
                self.auto = false;
                if h[0] == 0x1f {
                    self.gzip = true;
                } else {
                    self.core = Some(InflateState::new_boxed(DataFormat::Zlib));
                }
            }
            if self.gzip || h.is_empty() {
                match gzip_header(&h) {
                    Err(()) => return Inflated::Data("incorrect header check"),
                    Ok(None) => {
                        self.header = Some(h);
                        return Inflated::Ok;
                    }
                    Ok(Some(n)) => {
                        h.drain(..n);
                    }
                }
            }
            joined = h;
            data = &joined;
        }
        let limit = if max == 0 { usize::MAX } else { max };
        let mut buffer = vec![0; CHUNK];
        while !self.ended {
            let room = (limit - out.len()).min(buffer.len());
            if room == 0 {
                break;
            }
            let Some(core) = &mut self.core else {
                return Inflated::Data("invalid stream");
            };
            let r = inflate(core, data, &mut buffer[..room], MZFlush::None);
            let made = &buffer[..r.bytes_written];
            if self.gzip {
                self.crc = binascii::crc32(made, self.crc);
                self.len = self.len.wrapping_add(made.len() as u32);
            }
            out.extend_from_slice(made);
            data = &data[r.bytes_consumed..];
            match r.status {
                Ok(MZStatus::StreamEnd) => self.ended = true,
                Ok(_) if r.bytes_written == 0 && r.bytes_consumed == 0 => break,
                Ok(_) => {}
                Err(MZError::Buf) => break,
                Err(_) => return Inflated::Data("invalid block type"),
            }
        }
        if self.ended && !self.eof {
            if self.gzip {
                let n = (8 - self.trailer.len()).min(data.len());
                self.trailer.extend_from_slice(&data[..n]);
                data = &data[n..];
                if let [a, b, c, d, e, f, g, h] = *self.trailer.as_slice() {
                    if u32::from_le_bytes([a, b, c, d]) != self.crc {
                        return Inflated::Data("incorrect data check");
                    }
                    if u32::from_le_bytes([e, f, g, h]) != self.len {
                        return Inflated::Data("incorrect length check");
                    }
                    self.eof = true;
                }
            } else {
                self.eof = true;
            }
        }
        self.tail.clear();
        if self.eof {
            self.unused.extend_from_slice(data);
        } else {
            self.tail.extend_from_slice(data);
        }
        Inflated::Ok
    }
}

fn decompress_once(th: &Thread, a: Args<'_>) -> Res {
    let mut d = Inflater::new(frame(th, a.opt(1))?);
    let data = th.bytes_like(a.get(0))?;
    let mut out = Vec::new();
    let mut rest = data.bytes().to_vec();
    loop {
        // By pieces, so that a small input with a huge content meets the memory limit, not the end of memory.
        let before = out.len();
        let mut piece = Vec::new();
        if let Inflated::Data(m) = d.push(&rest, 16 << 20, &mut piece) {
            return Err(error(
                th,
                &format!("Error -3 while decompressing data: {m}"),
            ));
        }
        th.reserve(piece.len())?;
        out.extend_from_slice(&piece);
        th.poll()?;
        rest = std::mem::take(&mut d.tail);
        if d.eof {
            return th.bytes(&out);
        }
        if out.len() == before {
            return Err(error(
                th,
                "Error -5 while decompressing data: incomplete or truncated stream",
            ));
        }
    }
}

static DECOMPRESS: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    methods: &[
        MethodDef::new("decompress", "($self, data, /, max_length=0)", |th, a| {
            let max = a.opt(2).map_or(Ok(0), |o| th.index_i64(o))?;
            let Ok(max) = usize::try_from(max) else {
                return Err(th.value_error("max_length must be non-negative"));
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
            inflate_more(th, d, &tail, 0)
        }),
    ],
    getset: &[
        GetSetDef::ro("eof", |th, o| {
            let d = this::<Decompress>(th, o)?;
            Ok(Obj::bool(d.state.with(th, d.head(), |s| s.eof)))
        }),
        GetSetDef::ro("unused_data", |th, o| {
            let d = this::<Decompress>(th, o)?;
            th.bytes(&d.state.with(th, d.head(), |s| s.unused.clone()))
        }),
        GetSetDef::ro("unconsumed_tail", |th, o| {
            let d = this::<Decompress>(th, o)?;
            th.bytes(&d.state.with(th, d.head(), |s| s.tail.clone()))
        }),
    ],
    ..TypeDef::new(
        TypeId::ZlibDecompress,
        "zlib.Decompress",
        Decompress::LAYOUT,
    )
};

fn inflate_more(th: &Thread, d: &Py<Decompress>, data: &[u8], max: usize) -> Res {
    let mut out = Vec::new();
    let r = d.state.with(th, d.head(), |s| s.push(data, max, &mut out));
    match r {
        Inflated::Ok => th.bytes(&out),
        Inflated::Data(m) => Err(error(
            th,
            &format!("Error -3 while decompressing data: {m}"),
        )),
    }
}

static DECOMPRESSOR: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            let sig = "(wbits=15, zdict=b'')";
            th.bind("_ZlibDecompressor", sig, args, |a| {
                if let Some(d) = a.opt_not_none(1)
                    && th.len(d)? > 0
                {
                    return Err(th.not_implemented_error("zlib dictionaries are not supported"));
                }
                let state = Guarded::new(Pulled {
                    inflater: Inflater::new(frame(th, a.opt(0))?),
                    more: false,
                });
                Ok(th.alloc_as(cls, Decompressor { state })?.into_obj())
            })
        }),
        ..Slots::NONE
    },
    methods: &[MethodDef::new(
        "decompress",
        "($self, /, data, max_length=-1)",
        pull,
    )],
    getset: &[
        GetSetDef::ro("eof", |th, o| {
            let d = this::<Decompressor>(th, o)?;
            Ok(Obj::bool(d.state.with(th, d.head(), |s| s.inflater.eof)))
        }),
        GetSetDef::ro("unused_data", |th, o| {
            let d = this::<Decompressor>(th, o)?;
            th.bytes(&d.state.with(th, d.head(), |s| s.inflater.unused.clone()))
        }),
        GetSetDef::ro("needs_input", |th, o| {
            let d = this::<Decompressor>(th, o)?;
            Ok(Obj::bool(
                d.state.with(th, d.head(), |s| !s.inflater.eof && !s.more),
            ))
        }),
    ],
    ..TypeDef::new(
        TypeId::ZlibDecompressor,
        "zlib._ZlibDecompressor",
        Decompressor::LAYOUT,
    )
};

fn pull(th: &Thread, a: Args<'_>) -> Res {
    let d = this::<Decompressor>(th, a.get(0))?;
    let data = th.bytes_like(a.get(1))?;
    let max = match a.opt(2) {
        Some(n) => th.index_i64(n)?,
        None => -1,
    };
    let mut out = Vec::new();
    let r = d.state.with(th, d.head(), |s| {
        if s.inflater.eof {
            return None;
        }
        let mut all = std::mem::take(&mut s.inflater.tail);
        all.extend_from_slice(data.bytes());
        if max == 0 {
            s.more = !all.is_empty();
            s.inflater.tail = all;
            return Some(Inflated::Ok);
        }
        let limit = usize::try_from(max).unwrap_or(0);
        let r = s.inflater.push(&all, limit, &mut out);
        s.more = !s.inflater.tail.is_empty() || (limit != 0 && out.len() >= limit);
        Some(r)
    });
    match r {
        Some(Inflated::Ok) => th.bytes(&out),
        Some(Inflated::Data(m)) => Err(error(
            th,
            &format!("Error -3 while decompressing data: {m}"),
        )),
        None => Err(th.err(TypeId::EOFError, "End of stream already reached")),
    }
}

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
                if a.opt_not_none(5).is_some() {
                    return Err(th.not_implemented_error("zlib dictionaries are not supported"));
                }
                let d = Deflater::new(level(th, a.opt(0))?, frame(th, a.opt(2))?);
                Ok(th
                    .alloc(Compress {
                        state: Guarded::new(Some(Box::new(d))),
                    })
                    .into_obj())
            },
        ),
        MethodDef::new("decompressobj", "(wbits=15, zdict=b'')", |th, a| {
            if let Some(d) = a.opt_not_none(1)
                && th.len(d)? > 0
            {
                return Err(th.not_implemented_error("zlib dictionaries are not supported"));
            }
            let d = Inflater::new(frame(th, a.opt(0))?);
            Ok(th
                .alloc(Decompress {
                    state: Guarded::new(d),
                })
                .into_obj())
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
