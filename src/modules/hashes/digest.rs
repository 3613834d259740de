//! MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4).

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
            // The first 32 (64) bits of the fractional parts of the square roots of the first eight primes.
            Algorithm::Sha256 => const { fractions(&[2, 3, 5, 7, 11, 13, 17, 19], 2, 32) },
            Algorithm::Sha512 => const { fractions(&[2, 3, 5, 7, 11, 13, 17, 19], 2, 64) },
            // Of the ninth to sixteenth.
            Algorithm::Sha384 => const { fractions(&[23, 29, 31, 37, 41, 43, 47, 53], 2, 64) },
        }
    }
}

/// The first `bits` bits of the fractional part of the `root`-th root of each prime.
const fn fractions<const N: usize>(primes: &[u64; N], root: u32, bits: u32) -> [u64; N] {
    let mut out = [0; N];
    let mut i = 0;
    while i < N {
        out[i] = fraction(primes[i], root, bits);
        i += 1;
    }
    out
}

/// `floor(p**(1/root) * 2**bits) mod 2**bits`, by trying bits from the top: x is right if x**root <= p << (root * bits).
const fn fraction(p: u64, root: u32, bits: u32) -> u64 {
    // The root of a prime below 2**9 is below 2**5.
    let mut x: u128 = 0;
    let mut bit = bits + 5;
    while bit > 0 {
        bit -= 1;
        let try_x = x | (1 << bit);
        if fits(try_x, root, p, bits) {
            x = try_x;
        }
    }
    (x & ((1u128 << bits) - 1)) as u64
}

/// Whether `x**root <= p << (root * bits)`, in words of 32 bits.
const fn fits(x: u128, root: u32, p: u64, bits: u32) -> bool {
    let mut power = [0u64; 10];
    power[0] = 1;
    let mut n = 0;
    while n < root {
        power = times(power, x);
        n += 1;
    }
    let mut limit = [0u64; 10];
    let shift = (root * bits) as usize;
    limit[shift / 32] = p;
    let mut i = 10;
    while i > 0 {
        i -= 1;
        if power[i] != limit[i] {
            return power[i] < limit[i];
        }
    }
    true
}

/// A number of ten words of 32 bits times one of three.
const fn times(a: [u64; 10], x: u128) -> [u64; 10] {
    let mut out = [0u64; 10];
    let mut j = 0;
    while j < 3 {
        let digit = ((x >> (32 * j)) & 0xffff_ffff) as u64;
        let mut carry = 0u64;
        let mut i = 0;
        while i + j < 10 {
            let v = out[i + j] + a[i] * digit + carry;
            out[i + j] = v & 0xffff_ffff;
            carry = v >> 32;
            i += 1;
        }
        j += 1;
    }
    out
}

const fn first_primes<const N: usize>() -> [u64; N] {
    let mut out = [0; N];
    let (mut n, mut k) = (2, 0);
    while k < N {
        let (mut d, mut prime) = (2, true);
        while d * d <= n {
            if n % d == 0 {
                prime = false;
            }
            d += 1;
        }
        if prime {
            out[k] = n;
            k += 1;
        }
        n += 1;
    }
    out
}

/// The fractional parts of the cube roots of the first primes.
static K256: [u64; 64] = fractions(&first_primes::<64>(), 3, 32);
static K512: [u64; 80] = fractions(&first_primes::<80>(), 3, 64);

/// A digest being made.
#[derive(Clone)]
pub struct Digest {
    algorithm: Algorithm,
    state: [u64; 8],
    pending: Vec<u8>,
    len: u128,
}

impl Digest {
    /// Of nothing yet.
    pub fn new(algorithm: Algorithm) -> Digest {
        Digest {
            algorithm,
            state: algorithm.start(),
            pending: Vec::new(),
            len: 0,
        }
    }

    /// Takes more bytes in.
    pub fn update(&mut self, mut data: &[u8]) {
        self.len += data.len() as u128;
        let block = self.algorithm.block();
        if !self.pending.is_empty() {
            let n = (block - self.pending.len()).min(data.len());
            self.pending.extend_from_slice(&data[..n]);
            data = &data[n..];
            if self.pending.len() < block {
                return;
            }
            let full = std::mem::take(&mut self.pending);
            self.block(&full);
        }
        let whole = data.len() / block * block;
        for b in data[..whole].chunks_exact(block) {
            self.block(b);
        }
        self.pending.extend_from_slice(&data[whole..]);
    }

    /// The digest.
    pub fn finish(mut self) -> Vec<u8> {
        let block = self.algorithm.block();
        let bits = self.len * 8;
        let tail = block / 8;
        let mut last = std::mem::take(&mut self.pending);
        last.push(0x80);
        while last.len() % block != block - tail {
            last.push(0);
        }
        if self.algorithm == Algorithm::Md5 {
            last.extend((bits as u64).to_le_bytes());
        } else if tail == 8 {
            last.extend((bits as u64).to_be_bytes());
        } else {
            last.extend(bits.to_be_bytes());
        }
        for b in last.chunks_exact(block) {
            self.block(b);
        }
        let mut out = Vec::with_capacity(64);
        for w in self.state {
            match self.algorithm {
                Algorithm::Md5 => out.extend((w as u32).to_le_bytes()),
                a if a.is_wide() => out.extend(w.to_be_bytes()),
                _ => out.extend((w as u32).to_be_bytes()),
            }
        }
        out.truncate(self.algorithm.size());
        out
    }

    fn block(&mut self, b: &[u8]) {
        match self.algorithm {
            Algorithm::Md5 => md5(&mut self.state, b),
            Algorithm::Sha1 => sha1(&mut self.state, b),
            a if a.is_wide() => sha512(&mut self.state, b),
            _ => sha256(&mut self.state, b),
        }
    }
}

fn words32<const BIG: bool>(b: &[u8]) -> [u32; 16] {
    let mut w = [0; 16];
    for (w, c) in w.iter_mut().zip(b.chunks_exact(4)) {
        let c = [c[0], c[1], c[2], c[3]];
        *w = if BIG {
            u32::from_be_bytes(c)
        } else {
            u32::from_le_bytes(c)
        };
    }
    w
}

fn narrow<const N: usize>(state: &[u64; 8]) -> [u32; N] {
    std::array::from_fn(|i| state[i] as u32)
}

fn add_narrow<const N: usize>(state: &mut [u64; 8], v: [u32; N]) {
    for (s, v) in state.iter_mut().zip(v) {
        *s = u64::from((*s as u32).wrapping_add(v));
    }
}

/// `floor(2**32 * abs(sin(i + 1)))`
static SINES: LazyLock<[u32; 64]> =
    LazyLock::new(|| std::array::from_fn(|i| (((i + 1) as f64).sin().abs() * 4294967296.0) as u32));

fn md5(state: &mut [u64; 8], block: &[u8]) {
    let sines = &*SINES;
    const TURNS: [[u32; 4]; 4] = [
        [7, 12, 17, 22],
        [5, 9, 14, 20],
        [4, 11, 16, 23],
        [6, 10, 15, 21],
    ];
    let m = words32::<false>(block);
    let [mut a, mut b, mut c, mut d] = narrow::<4>(state);
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
    add_narrow(state, [a, b, c, d]);
}

fn sha1(state: &mut [u64; 8], block: &[u8]) {
    let mut w = [0u32; 80];
    w[..16].copy_from_slice(&words32::<true>(block));
    for i in 16..80 {
        w[i] = (w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16]).rotate_left(1);
    }
    let [mut a, mut b, mut c, mut d, mut e] = narrow::<5>(state);
    for (i, w) in w.iter().enumerate() {
        let (f, k) = match i / 20 {
            0 => ((b & c) | (!b & d), 0x5a827999),
            1 => (b ^ c ^ d, 0x6ed9eba1),
            2 => ((b & c) | (b & d) | (c & d), 0x8f1bbcdcu32),
            _ => (b ^ c ^ d, 0xca62c1d6),
        };
        let t = a
            .rotate_left(5)
            .wrapping_add(f)
            .wrapping_add(e)
            .wrapping_add(k)
            .wrapping_add(*w);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, t);
    }
    add_narrow(state, [a, b, c, d, e]);
}

fn sha256(state: &mut [u64; 8], block: &[u8]) {
    let mut w = [0u32; 64];
    w[..16].copy_from_slice(&words32::<true>(block));
    for i in 16..64 {
        let (x, y) = (w[i - 15], w[i - 2]);
        let s0 = x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3);
        let s1 = y.rotate_right(17) ^ y.rotate_right(19) ^ (y >> 10);
        w[i] = w[i - 16]
            .wrapping_add(s0)
            .wrapping_add(w[i - 7])
            .wrapping_add(s1);
    }
    let mut v = narrow::<8>(state);
    for i in 0..64 {
        let [a, b, c, d, e, f, g, h] = v;
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let ch = (e & f) ^ (!e & g);
        let t1 = h
            .wrapping_add(s1)
            .wrapping_add(ch)
            .wrapping_add(K256[i] as u32)
            .wrapping_add(w[i]);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let maj = (a & b) ^ (a & c) ^ (b & c);
        v = [
            t1.wrapping_add(s0.wrapping_add(maj)),
            a,
            b,
            c,
            d.wrapping_add(t1),
            e,
            f,
            g,
        ];
    }
    add_narrow(state, v);
}

fn sha512(state: &mut [u64; 8], block: &[u8]) {
    let mut w = [0u64; 80];
    for (w, c) in w.iter_mut().zip(block.chunks_exact(8)) {
        *w = c.iter().fold(0, |n, &b| n << 8 | u64::from(b));
    }
    for i in 16..80 {
        let (x, y) = (w[i - 15], w[i - 2]);
        let s0 = x.rotate_right(1) ^ x.rotate_right(8) ^ (x >> 7);
        let s1 = y.rotate_right(19) ^ y.rotate_right(61) ^ (y >> 6);
        w[i] = w[i - 16]
            .wrapping_add(s0)
            .wrapping_add(w[i - 7])
            .wrapping_add(s1);
    }
    let mut v = *state;
    for i in 0..80 {
        let [a, b, c, d, e, f, g, h] = v;
        let s1 = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
        let ch = (e & f) ^ (!e & g);
        let t1 = h
            .wrapping_add(s1)
            .wrapping_add(ch)
            .wrapping_add(K512[i])
            .wrapping_add(w[i]);
        let s0 = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
        let maj = (a & b) ^ (a & c) ^ (b & c);
        v = [
            t1.wrapping_add(s0.wrapping_add(maj)),
            a,
            b,
            c,
            d.wrapping_add(t1),
            e,
            f,
            g,
        ];
    }
    for (s, v) in state.iter_mut().zip(v) {
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
}
