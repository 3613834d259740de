//! Decompressing piece by piece, whatever the compression is: what the decompressors of `zlib` and `bz2` have in common.

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
const ROOM: (usize, usize) = (16 << 10, 1 << 20);

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
        let mut room = ROOM.0;
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
