//! Decompressing piece by piece, whatever the compression is: what the decompressors of `zlib` and `bz2` have in common.

use crate::modules::prelude::*;

/// What one step has done.
pub struct Step {
    pub used: usize,
    pub made: usize,
    /// The stream has ended.
    pub end: bool,
}

/// A compression.
pub trait Codec {
    /// Why it cannot go on.
    type Fault;
    /// Reads some of `input`, writes some of `output`. If it does neither, it needs more of one of them.
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Self::Fault>;
}

/// Bytes that the output grows by at first, and at most.
pub const ROOM: (usize, usize) = (16 << 10, 1 << 20);

/// A stream that is being read.
pub struct Stream<C> {
    pub codec: C,
    pub eof: bool,
    /// What stood behind the end.
    pub unused: Vec<u8>,
    /// What has been taken in, but not worked through.
    pub tail: Vec<u8>,
    /// More may come without more input.
    more: bool,
}

impl<C: Codec> Stream<C> {
    /// One that nothing has been read of.
    pub fn new(codec: C) -> Stream<C> {
        Stream {
            codec,
            eof: false,
            unused: Vec::new(),
            tail: Vec::new(),
            more: false,
        }
    }

    /// Whether nothing can come out before more is put in.
    pub fn needs_input(&self) -> bool {
        !self.eof && !self.more
    }

    /// Works through `data`, until `out` has `max` bytes. The rest of the data is in `tail` then, or `unused`.
    pub fn read(&mut self, mut data: &[u8], max: usize, out: &mut Vec<u8>) -> Result<(), C::Fault> {
        let mut room = data.len().saturating_mul(4).clamp(256, ROOM.0);
        while !self.eof && out.len() < max {
            let start = out.len();
            out.resize(start + room.min(max - start), 0);
            let step = self.codec.step(data, &mut out[start..]);
            let Ok(Step { used, made, end }) = step else {
                out.truncate(start);
                return step.map(drop);
            };
            let full = start + made == out.len();
            out.truncate(start + made);
            data = &data[used..];
            self.eof = end;
            if !full && (used == 0 || data.is_empty()) {
                break;
            }
            room = (room * 2).min(ROOM.1);
        }
        self.tail.clear();
        let rest = match self.eof {
            true => &mut self.unused,
            false => &mut self.tail,
        };
        rest.extend_from_slice(data);
        self.more = !self.tail.is_empty() || out.len() >= max;
        Ok(())
    }

    /// As `read`, but of what was left over as well.
    pub fn go_on(&mut self, data: &[u8], max: usize, out: &mut Vec<u8>) -> Result<(), C::Fault> {
        let mut all = std::mem::take(&mut self.tail);
        if all.is_empty() {
            return self.read(data, max, out);
        }
        all.extend_from_slice(data);
        self.read(&all, max, out)
    }
}

/// A decompressor as Python sees it.
pub trait Decompressor: Native {
    type Codec: Codec;
    fn stream(&self) -> &Guarded<Stream<Self::Codec>>;
    /// The exception for why it cannot go on.
    fn failed(th: &Thread, fault: <Self::Codec as Codec>::Fault) -> Exc;
}

/// What `ask` says of the stream of a decompressor.
fn asked<D: Decompressor, R>(
    th: &Thread,
    o: &Obj,
    ask: impl FnOnce(&Stream<D::Codec>) -> R,
) -> Res<R> {
    let d = this::<D>(th, o)?;
    Ok(d.stream().with(th, d.head(), |s| ask(s)))
}

/// `eof`
pub fn eof<D: Decompressor>(th: &Thread, o: &Obj) -> Res {
    asked::<D, _>(th, o, |s| s.eof).map(Obj::bool)
}

/// `unused_data`
pub fn unused_data<D: Decompressor>(th: &Thread, o: &Obj) -> Res {
    th.bytes(&asked::<D, _>(th, o, |s| s.unused.clone())?)
}

/// `unconsumed_tail`
pub fn unconsumed_tail<D: Decompressor>(th: &Thread, o: &Obj) -> Res {
    th.bytes(&asked::<D, _>(th, o, |s| s.tail.clone())?)
}

/// `needs_input`
pub fn needs_input<D: Decompressor>(th: &Thread, o: &Obj) -> Res {
    asked::<D, _>(th, o, Stream::needs_input).map(Obj::bool)
}

/// `decompress(data, max_length=-1)`
pub fn decompress<D: Decompressor>(th: &Thread, a: Args<'_>) -> Res {
    let d = this::<D>(th, a.get(0))?;
    let data = th.bytes_like(a.get(1))?;
    let max = a.opt(2).map_or(Ok(-1), |o| th.index_i64(o))?;
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let mut out = Vec::new();
    let r = d.stream().with(th, d.head(), |s| {
        (!s.eof).then(|| s.go_on(data.bytes(), max, &mut out))
    });
    match r {
        Some(Ok(())) => th.bytes(&out),
        Some(Err(fault)) => Err(D::failed(th, fault)),
        None => Err(th.err(TypeId::EOFError, "End of stream already reached")),
    }
}
