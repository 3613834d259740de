//! Keyed hashes of text and bytes: SipHash-1-3 (Aumasson and Bernstein), as CPython uses for `str` and `bytes`.
//!
//! A string is hashed over its units in the narrowest kind, so pass strings as stored, not wide slices of them.

use crate::text::StrRef;

/// Key of a runtime, random or from `PYTHONHASHSEED`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HashKey {
    /// First half.
    pub k0: u64,
    /// Second half.
    pub k1: u64,
}

impl HashKey {
    /// The key that CPython derives from `PYTHONHASHSEED=seed` (0: no randomisation, a zero key).
    pub fn from_seed(seed: u32) -> HashKey {
        if seed == 0 {
            return HashKey::default();
        }
        let mut x = seed;
        let mut bytes = [0u8; 24];
        for b in &mut bytes {
            x = x.wrapping_mul(214013).wrapping_add(2531011);
            *b = (x >> 16) as u8;
        }
        let word = |i: usize| {
            bytes[i..i + 8]
                .iter()
                .rev()
                .fold(0u64, |w, &b| w << 8 | u64::from(b))
        };
        HashKey {
            k0: word(0),
            k1: word(8),
        }
    }
}

struct Sip {
    v: [u64; 4],
}

impl Sip {
    fn new(key: HashKey) -> Sip {
        Sip {
            v: [
                key.k0 ^ 0x736f6d6570736575,
                key.k1 ^ 0x646f72616e646f6d,
                key.k0 ^ 0x6c7967656e657261,
                key.k1 ^ 0x7465646279746573,
            ],
        }
    }

    #[inline(always)]
    fn round(&mut self) {
        let [v0, v1, v2, v3] = &mut self.v;
        *v0 = v0.wrapping_add(*v1);
        *v1 = v1.rotate_left(13) ^ *v0;
        *v0 = v0.rotate_left(32);
        *v2 = v2.wrapping_add(*v3);
        *v3 = v3.rotate_left(16) ^ *v2;
        *v0 = v0.wrapping_add(*v3);
        *v3 = v3.rotate_left(21) ^ *v0;
        *v2 = v2.wrapping_add(*v1);
        *v1 = v1.rotate_left(17) ^ *v2;
        *v2 = v2.rotate_left(32);
    }

    #[inline(always)]
    fn word(&mut self, m: u64) {
        self.v[3] ^= m;
        self.round();
        self.v[0] ^= m;
    }

    /// `tail` holds the bytes after the last full word, `len` is the length in bytes.
    fn finish(mut self, tail: u64, len: usize) -> u64 {
        self.word((len as u64) << 56 | tail);
        self.v[2] ^= 0xff;
        self.round();
        self.round();
        self.round();
        self.v[0] ^ self.v[1] ^ self.v[2] ^ self.v[3]
    }
}

fn python(h: u64) -> i64 {
    let h = h as i64;
    if h == -1 { -2 } else { h }
}

/// `hash(bytes)`; empty is 0.
pub fn hash_bytes(key: HashKey, s: &[u8]) -> i64 {
    if s.is_empty() {
        return 0;
    }
    let mut sip = Sip::new(key);
    let mut chunks = s.chunks_exact(8);
    for c in &mut chunks {
        sip.word(u64::from_le_bytes([
            c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7],
        ]));
    }
    let tail = chunks
        .remainder()
        .iter()
        .rev()
        .fold(0u64, |w, &b| w << 8 | u64::from(b));
    python(sip.finish(tail, s.len()))
}

/// `hash(str)`; empty is 0.
pub fn hash_str(key: HashKey, s: StrRef<'_>) -> i64 {
    match s {
        StrRef::Ascii(u) | StrRef::Latin1(u) => hash_bytes(key, u),
        StrRef::Ucs2(u) => hash_words(key, u, 2, |&c| u64::from(c)),
        StrRef::Ucs4(u) => hash_words(key, u, 4, |&c| u64::from(c)),
    }
}

fn hash_words<T>(key: HashKey, s: &[T], width: usize, get: impl Fn(&T) -> u64) -> i64 {
    if s.is_empty() {
        return 0;
    }
    let mut sip = Sip::new(key);
    let join = |c: &[T]| c.iter().rev().fold(0u64, |w, x| w << (8 * width) | get(x));
    let mut chunks = s.chunks_exact(8 / width);
    for c in &mut chunks {
        sip.word(join(c));
    }
    let tail = join(chunks.remainder());
    python(sip.finish(tail, s.len() * width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_cpythons_for_a_given_seed() {
        let key = HashKey::from_seed(123);
        assert_eq!(hash_bytes(key, b"hello"), EXPECT_HELLO);
        assert_eq!(hash_bytes(key, b"hello world, longer"), EXPECT_LONG);
        let wide: Vec<u16> = "\u{4e2d}\u{6587}abc".encode_utf16().collect();
        assert_eq!(hash_str(key, StrRef::Ucs2(&wide)), EXPECT_WIDE);
        assert_eq!(hash_bytes(HashKey::from_seed(0), b"a"), EXPECT_ZERO);
    }

    const EXPECT_HELLO: i64 = -3279083332786498951;
    const EXPECT_LONG: i64 = -1653595560028821877;
    const EXPECT_WIDE: i64 = 1937846151347007182;
    const EXPECT_ZERO: i64 = 4644417185603328019;
}
