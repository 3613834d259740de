//! What hash functions are put to with a key or a password: HMAC (RFC 2104), PBKDF2 (RFC 8018) and scrypt (RFC 7914).

use super::digest::{Algorithm, Digest};

/// A keyed digest being made.
#[derive(Clone)]
pub struct Hmac {
    size: usize,
    inner: Digest,
    outer: Digest,
}

impl Hmac {
    /// Of nothing yet.
    pub fn new(algorithm: Algorithm, key: &[u8]) -> Hmac {
        let mut block = vec![0u8; algorithm.block()];
        if key.len() > block.len() {
            let mut d = Digest::new(algorithm);
            d.update(key);
            let short = d.finish();
            block[..short.len()].copy_from_slice(&short);
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let padded = |with: u8| {
            let mut d = Digest::new(algorithm);
            d.update(&block.iter().map(|b| b ^ with).collect::<Vec<u8>>());
            d
        };
        Hmac {
            size: algorithm.size(),
            inner: padded(0x36),
            outer: padded(0x5c),
        }
    }

    /// Takes more bytes in.
    pub fn update(&mut self, data: &[u8]) {
        self.inner.update(data);
    }

    /// The digest.
    pub fn finish(mut self) -> Vec<u8> {
        let mut out = [0; 64];
        self.write(&mut out);
        out[..self.size].to_vec()
    }

    fn write(&mut self, out: &mut [u8; 64]) {
        self.inner.write(out);
        self.outer.update(&out[..self.size]);
        self.outer.write(out);
    }
}

/// `len` bytes from a password.
pub fn pbkdf2(
    algorithm: Algorithm,
    password: &[u8],
    salt: &[u8],
    rounds: u64,
    len: usize,
) -> Vec<u8> {
    let (keyed, size) = (Hmac::new(algorithm, password), algorithm.size());
    let mut out = Vec::with_capacity(len + size);
    let mut number = 1u32;
    while out.len() < len {
        let mut first = keyed.clone();
        first.update(salt);
        first.update(&number.to_be_bytes());
        let mut last = [0; 64];
        first.write(&mut last);
        let mut sum = last;
        for _ in 1..rounds {
            let mut next = keyed.clone();
            next.update(&last[..size]);
            next.write(&mut last);
            for (s, b) in sum.iter_mut().zip(&last) {
                *s ^= b;
            }
        }
        out.extend(&sum[..size]);
        number += 1;
    }
    out.truncate(len);
    out
}

/// Words of a block of Salsa20.
type Block = [u32; 16];

fn salsa(b: &mut Block) {
    const ROUND: [[usize; 4]; 8] = [
        [0, 4, 8, 12],
        [5, 9, 13, 1],
        [10, 14, 2, 6],
        [15, 3, 7, 11],
        [0, 1, 2, 3],
        [5, 6, 7, 4],
        [10, 11, 8, 9],
        [15, 12, 13, 14],
    ];
    let mut x = *b;
    for _ in 0..4 {
        for [p, q, r, s] in ROUND {
            x[q] ^= x[p].wrapping_add(x[s]).rotate_left(7);
            x[r] ^= x[q].wrapping_add(x[p]).rotate_left(9);
            x[s] ^= x[r].wrapping_add(x[q]).rotate_left(13);
            x[p] ^= x[s].wrapping_add(x[r]).rotate_left(18);
        }
    }
    for (b, x) in b.iter_mut().zip(x) {
        *b = b.wrapping_add(x);
    }
}

/// Mixes the `2 * r` blocks of `b`.
fn mix(b: &mut [Block], scratch: &mut [Block]) {
    let half = b.len() / 2;
    let mut x = b[b.len() - 1];
    for (i, block) in b.iter().enumerate() {
        for (x, w) in x.iter_mut().zip(block) {
            *x ^= w;
        }
        salsa(&mut x);
        // The even ones first, then the odd ones.
        scratch[i / 2 + half * (i % 2)] = x;
    }
    b.copy_from_slice(scratch);
}

/// `len` bytes from a password, hard to get by much memory: `n` times `128 * r` bytes, `p` times.
pub fn scrypt(password: &[u8], salt: &[u8], n: usize, r: usize, p: usize, len: usize) -> Vec<u8> {
    let width = 2 * r;
    let bytes = pbkdf2(Algorithm::Sha256, password, salt, 1, p * 128 * r);
    let mut mixed = Vec::with_capacity(bytes.len());
    let mut table = vec![[0u32; 16]; n * width];
    let mut scratch = vec![[0u32; 16]; width];
    for part in bytes.chunks_exact(128 * r) {
        let mut b = vec![[0u32; 16]; width];
        for (word, four) in b.as_flattened_mut().iter_mut().zip(part.chunks_exact(4)) {
            *word = four.iter().rev().fold(0, |w, c| w << 8 | u32::from(*c));
        }
        for kept in table.chunks_exact_mut(width) {
            kept.copy_from_slice(&b);
            mix(&mut b, &mut scratch);
        }
        for _ in 0..n {
            let at = b[width - 1][0] as usize & (n - 1);
            let kept = table[at * width..(at + 1) * width].as_flattened();
            for (word, k) in b.as_flattened_mut().iter_mut().zip(kept) {
                *word ^= k;
            }
            mix(&mut b, &mut scratch);
        }
        mixed.extend(b.as_flattened().iter().flat_map(|w| w.to_le_bytes()));
    }
    pbkdf2(Algorithm::Sha256, password, &mixed, 1, len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(b: &[u8]) -> String {
        b.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn digests_are_those_of_the_standards() {
        let mut h = Hmac::new(Algorithm::Md5, b"Jefe");
        h.update(b"what do ya want for nothing?");
        assert_eq!(hex(&h.finish()), "750c783e6ab0b503eaa86e310a5db738");
        assert_eq!(
            hex(&pbkdf2(Algorithm::Sha1, b"password", b"salt", 2, 20)),
            "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"
        );
        assert_eq!(
            hex(&scrypt(b"", b"", 16, 1, 1, 16)),
            "77d6576238657b203b19ca42c18a0497"
        );
    }
}
