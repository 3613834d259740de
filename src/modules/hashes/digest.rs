//! MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4), the blocks of the latter two by crates, which ask what the processor can do.

use sha2::block_api::{compress256, compress512};
use threadsnake_threads::sync::LazyLock;

/// Which.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    /// Its name in `hashlib`.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "md5",
            Algorithm::Sha1 => "sha1",
            Algorithm::Sha224 => "sha224",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha384 => "sha384",
            Algorithm::Sha512 => "sha512",
        }
    }
    /// Bytes of the digest.
    pub fn size(self) -> usize {
        match self {
            Algorithm::Md5 => 16,
            Algorithm::Sha1 => 20,
            Algorithm::Sha224 => 28,
            Algorithm::Sha256 => 32,
            Algorithm::Sha384 => 48,
            Algorithm::Sha512 => 64,
        }
    }
    /// Bytes of a block.
    pub fn block(self) -> usize {
        if self.is_wide() { 128 } else { 64 }
    }
    fn is_wide(self) -> bool {
        matches!(self, Algorithm::Sha384 | Algorithm::Sha512)
    }
    /// What the state begins with.
    pub fn start(self) -> [u64; 8] {
        match self {
            Algorithm::Md5 => [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0, 0, 0, 0],
            Algorithm::Sha1 => [
                0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0, 0, 0, 0,
            ],
            Algorithm::Sha224 => [
                0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7,
                0xbefa4fa4,
            ],
            // The first bits of the fractional parts of the square roots of the first eight primes.
            Algorithm::Sha256 => Algorithm::Sha512.start().map(|w| w >> 32),
            Algorithm::Sha512 => [
                0x6a09e667f3bcc908,
                0xbb67ae8584caa73b,
                0x3c6ef372fe94f82b,
                0xa54ff53a5f1d36f1,
                0x510e527fade682d1,
                0x9b05688c2b3e6c1f,
                0x1f83d9abfb41bd6b,
                0x5be0cd19137e2179,
            ],
            // Of the ninth to sixteenth.
            Algorithm::Sha384 => [
                0xcbbb9d5dc1059ed8,
                0x629a292a367cd507,
                0x9159015a3070dd17,
                0x152fecd8f70e5939,
                0x67332667ffc00b31,
                0x8eb44a8768581511,
                0xdb0c2e0d64f98fa7,
                0x47b5481dbefa4fa4,
            ],
        }
    }
}

/// A digest being made.
#[derive(Clone)]
pub struct Digest {
    algorithm: Algorithm,
    state: State,
    /// The first `filled` bytes wait for the rest of their block.
    pending: [u8; 128],
    filled: usize,
    len: u128,
}

#[derive(Clone)]
enum State {
    Narrow([u32; 8]),
    Wide([u64; 8]),
}

impl State {
    /// Works through whole blocks.
    fn blocks(&mut self, algorithm: Algorithm, data: &[u8]) {
        match self {
            State::Wide(words) => compress512(words, data.as_chunks::<128>().0),
            State::Narrow(words) => {
                let blocks = data.as_chunks::<64>().0;
                match algorithm {
                    Algorithm::Md5 => blocks.iter().for_each(|b| md5(words, b)),
                    Algorithm::Sha1 => {
                        let [a, b, c, d, e, ..] = *words;
                        let mut five = [a, b, c, d, e];
                        sha1::block_api::compress(&mut five, blocks);
                        words[..5].copy_from_slice(&five);
                    }
                    _ => compress256(words, blocks),
                }
            }
        }
    }
}

impl Digest {
    /// Of nothing yet.
    pub fn new(algorithm: Algorithm) -> Digest {
        let start = algorithm.start();
        let state = match algorithm.is_wide() {
            true => State::Wide(start),
            false => State::Narrow(start.map(|w| w as u32)),
        };
        Digest {
            algorithm,
            state,
            pending: [0; 128],
            filled: 0,
            len: 0,
        }
    }

    /// Takes more bytes in.
    pub fn update(&mut self, mut data: &[u8]) {
        self.len += data.len() as u128;
        let block = self.algorithm.block();
        if self.filled > 0 {
            let n = (block - self.filled).min(data.len());
            self.pending[self.filled..self.filled + n].copy_from_slice(&data[..n]);
            self.filled += n;
            data = &data[n..];
            if self.filled < block {
                return;
            }
            self.state.blocks(self.algorithm, &self.pending[..block]);
        }
        let (whole, rest) = data.split_at(data.len() / block * block);
        self.state.blocks(self.algorithm, whole);
        self.pending[..rest.len()].copy_from_slice(rest);
        self.filled = rest.len();
    }

    /// The digest, in as many bytes as it has.
    pub fn finish(mut self) -> Vec<u8> {
        let mut out = [0; 64];
        self.write(&mut out);
        out[..self.algorithm.size()].to_vec()
    }

    /// Writes the digest to the beginning of `out`; what was taken in is gone then.
    pub fn write(&mut self, out: &mut [u8; 64]) {
        let block = self.algorithm.block();
        let tail = block / 8;
        self.pending[self.filled] = 0x80;
        self.pending[self.filled + 1..].fill(0);
        if self.filled >= block - tail {
            self.state.blocks(self.algorithm, &self.pending[..block]);
            self.pending.fill(0);
        }
        let bits = self.len * 8;
        let length = &mut self.pending[block - tail..block];
        match self.algorithm {
            Algorithm::Md5 => length.copy_from_slice(&(bits as u64).to_le_bytes()),
            _ => length.copy_from_slice(&bits.to_be_bytes()[16 - tail..]),
        }
        self.state.blocks(self.algorithm, &self.pending[..block]);
        match (&self.state, self.algorithm) {
            (State::Wide(words), _) => {
                let words = words.map(u64::to_be_bytes);
                out.copy_from_slice(words.as_flattened());
            }
            (State::Narrow(words), Algorithm::Md5) => {
                out[..32].copy_from_slice(words.map(u32::to_le_bytes).as_flattened());
            }
            (State::Narrow(words), _) => {
                out[..32].copy_from_slice(words.map(u32::to_be_bytes).as_flattened());
            }
        }
    }
}

/// `floor(2**32 * abs(sin(i + 1)))`
static SINES: LazyLock<[u32; 64]> =
    LazyLock::new(|| std::array::from_fn(|i| (((i + 1) as f64).sin().abs() * 4294967296.0) as u32));

fn md5(state: &mut [u32; 8], block: &[u8; 64]) {
    let sines = &*SINES;
    const TURNS: [[u32; 4]; 4] = [
        [7, 12, 17, 22],
        [5, 9, 14, 20],
        [4, 11, 16, 23],
        [6, 10, 15, 21],
    ];
    let words = block.as_chunks::<4>().0;
    let m: [u32; 16] = std::array::from_fn(|i| u32::from_le_bytes(words[i]));
    let [mut a, mut b, mut c, mut d, ..] = *state;
    for i in 0..64 {
        let (f, g) = match i / 16 {
            0 => ((b & c) | (!b & d), i),
            1 => ((d & b) | (!d & c), (5 * i + 1) % 16),
            2 => (b ^ c ^ d, (3 * i + 5) % 16),
            _ => (c ^ (b | !d), (7 * i) % 16),
        };
        let f = f.wrapping_add(a).wrapping_add(sines[i]).wrapping_add(m[g]);
        (a, d, c) = (d, c, b);
        b = b.wrapping_add(f.rotate_left(TURNS[i / 16][i % 4]));
    }
    for (s, v) in state.iter_mut().zip([a, b, c, d]) {
        *s = s.wrapping_add(v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(a: Algorithm, data: &[u8]) -> String {
        let mut d = Digest::new(a);
        for c in data.chunks(7) {
            d.update(c);
        }
        d.finish().iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn digests_are_those_of_the_standards() {
        assert_eq!(
            hex(Algorithm::Md5, b"abc"),
            "900150983cd24fb0d6963f7d28e17f72"
        );
        assert_eq!(
            hex(Algorithm::Sha1, b"abc"),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            hex(Algorithm::Sha256, b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(hex(Algorithm::Sha224, b"abc").starts_with("23097d223405d8228642a477bda255b3"));
        assert!(
            hex(Algorithm::Sha384, b"abc")
                .starts_with("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163")
        );
        assert!(
            hex(Algorithm::Sha512, b"abc")
                .starts_with("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2")
        );
        assert_eq!(hex(Algorithm::Md5, &[b'a'; 200]).len(), 32);
    }

    #[test]
    fn pieces_make_no_difference() {
        let data: Vec<u8> = (0..=255).cycle().take(300).collect();
        for a in [
            Algorithm::Md5,
            Algorithm::Sha1,
            Algorithm::Sha256,
            Algorithm::Sha512,
        ] {
            for len in [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 300] {
                let mut whole = Digest::new(a);
                whole.update(&data[..len]);
                let mut parts = Digest::new(a);
                data[..len].chunks(13).for_each(|c| parts.update(c));
                assert_eq!(whole.finish(), parts.finish(), "{a:?} {len}");
            }
        }
    }
}
