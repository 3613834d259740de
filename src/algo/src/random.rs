//! The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) exactly as `_random.Random` uses it.

use dashu_int::{IBig, UBig};

const N: usize = 624;
const M: usize = 397;

/// Generator state. 624 words and a position.
#[derive(Debug, Clone)]
pub struct Twister {
    state: Box<[u32; N]>,
    index: usize,
}

impl Default for Twister {
    fn default() -> Twister {
        Twister::from_int(&IBig::ZERO)
    }
}

impl Twister {
    /// `seed(n)` of an integer: its absolute value in words of 32 bits, lowest first.
    pub fn from_int(n: &IBig) -> Twister {
        let bytes = n.clone().into_parts().1.to_le_bytes();
        let mut key: Vec<u32> = bytes
            .chunks(4)
            .map(|c| c.iter().rev().fold(0u32, |w, &b| w << 8 | u32::from(b)))
            .collect();
        if key.is_empty() {
            key.push(0);
        }
        Twister::from_key(&key)
    }

    fn from_word(s: u32) -> Twister {
        let mut state = Box::new([0u32; N]);
        state[0] = s;
        for i in 1..N {
            let p = state[i - 1];
            state[i] = 1812433253u32
                .wrapping_mul(p ^ (p >> 30))
                .wrapping_add(i as u32);
        }
        Twister { state, index: N }
    }

    /// Seeding by an array (`init_by_array`). An empty key counts as one zero.
    pub fn from_key(key: &[u32]) -> Twister {
        let key = if key.is_empty() { &[0][..] } else { key };
        let mut t = Twister::from_word(19650218);
        let s = &mut t.state;
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let mix = (s[i - 1] ^ (s[i - 1] >> 30)).wrapping_mul(1664525);
            s[i] = (s[i] ^ mix).wrapping_add(key[j]).wrapping_add(j as u32);
            i += 1;
            j = (j + 1) % key.len();
            if i >= N {
                s[0] = s[N - 1];
                i = 1;
            }
        }
        for _ in 0..N - 1 {
            let mix = (s[i - 1] ^ (s[i - 1] >> 30)).wrapping_mul(1566083941);
            s[i] = (s[i] ^ mix).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                s[0] = s[N - 1];
                i = 1;
            }
        }
        s[0] = 0x8000_0000;
        t
    }

    fn refill(&mut self) {
        let s = &mut self.state;
        for i in 0..N {
            let y = (s[i] & 0x8000_0000) | (s[(i + 1) % N] & 0x7fff_ffff);
            let mag = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            s[i] = s[(i + M) % N] ^ (y >> 1) ^ mag;
        }
        self.index = 0;
    }

    /// 32 random bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= N {
            self.refill();
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// `random()`: 53 bits in [0, 1).
    #[inline]
    pub fn random(&mut self) -> f64 {
        let a = f64::from(self.next_u32() >> 5);
        let b = f64::from(self.next_u32() >> 6);
        (a * 67108864.0 + b) * (1.0 / 9007199254740992.0)
    }

    /// `getrandbits(k)` for `k` up to 64.
    #[inline]
    pub fn bits64(&mut self, k: u32) -> u64 {
        match k {
            0 => 0,
            1..=32 => u64::from(self.next_u32() >> (32 - k)),
            _ => {
                let low = u64::from(self.next_u32());
                low | u64::from(self.next_u32() >> (64 - k.min(64))) << 32
            }
        }
    }

    /// `getrandbits(k)`; the caller bounds `k`.
    pub fn bits(&mut self, k: usize) -> IBig {
        let mut bytes = Vec::with_capacity(k / 8 + 4);
        let mut left = k;
        while left > 0 {
            let mut w = self.next_u32();
            if left < 32 {
                w >>= 32 - left;
            }
            bytes.extend(w.to_le_bytes());
            left = left.saturating_sub(32);
        }
        IBig::from(UBig::from_le_bytes(&bytes))
    }

    /// `getstate()`: 624 words, then the position.
    pub fn state(&self) -> Vec<u32> {
        self.state
            .iter()
            .copied()
            .chain([self.index as u32])
            .collect()
    }

    /// `setstate()`; false (ValueError "invalid state") when the length or the position is wrong.
    pub fn set_state(&mut self, words: &[u32]) -> bool {
        match (<&[u32; N]>::try_from(words.get(..N).unwrap_or(&[])), words) {
            (Ok(state), [.., index]) if words.len() == N + 1 && *index as usize <= N => {
                *self.state = *state;
                self.index = *index as usize;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeded_sequences_are_cpythons() {
        let mut t = Twister::from_int(&IBig::from(42));
        assert_eq!(t.random(), 0.6394267984578837);
        assert_eq!(t.random(), 0.025010755222666936);
        assert_eq!(t.bits64(40), 267469214295);
        let mut t = Twister::from_int(&"-123456789012345678901234567890".parse().unwrap());
        assert_eq!(t.random(), 0.7275084571578186);
        assert_eq!(t.bits(100).to_string(), "634761180877100312839650170270");
        let mut u = Twister::default();
        assert!(u.set_state(&t.state()));
        assert_eq!(u.next_u32(), t.next_u32());
        assert!(!u.set_state(&[1, 2]));
    }
}
