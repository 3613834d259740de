//! `_blake2`: BLAKE2b and BLAKE2s (RFC 7693), with keys, salts and the parameters of tree hashing.

use crate::builtins::bytes::hex_of;
use crate::modules::prelude::*;

/// The order in which each round takes the words of the message.
const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// Four columns, then four diagonals.
const LANES: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

/// The wide form works on words of 64 bits, the narrow one on words of 32; both live in `u64`s here.
#[derive(Clone)]
struct Blake {
    wide: bool,
    h: [u64; 8],
    counter: u128,
    block: Vec<u8>,
    size: usize,
    last_node: bool,
}

impl Blake {
    fn block_size(wide: bool) -> usize {
        if wide { 128 } else { 64 }
    }
    fn start(wide: bool) -> [u64; 8] {
        // Those of SHA-512 and SHA-256.
        let a = if wide {
            super::digest::Algorithm::Sha512
        } else {
            super::digest::Algorithm::Sha256
        };
        a.start()
    }
    fn new(wide: bool, parameters: &[u8], size: usize, last_node: bool) -> Blake {
        let mut h = Blake::start(wide);
        let width = if wide { 8 } else { 4 };
        for (word, b) in h.iter_mut().zip(parameters.chunks_exact(width)) {
            *word ^= read(b);
        }
        Blake {
            wide,
            h,
            counter: 0,
            block: Vec::new(),
            size,
            last_node,
        }
    }
    fn feed(&mut self, bytes: &[u8]) {
        let size = Blake::block_size(self.wide);
        let mut rest = bytes;
        if !self.block.is_empty() {
            let n = (size - self.block.len()).min(rest.len());
            self.block.extend_from_slice(&rest[..n]);
            rest = &rest[n..];
            // A full block goes when more comes: the last one is treated apart.
            if rest.is_empty() {
                return;
            }
            let full = std::mem::take(&mut self.block);
            self.compress(&full, size, false);
        }
        while rest.len() > size {
            self.compress(&rest[..size], size, false);
            rest = &rest[size..];
        }
        self.block.extend_from_slice(rest);
    }
    /// Works through a block of which `len` bytes are the message's.
    fn compress(&mut self, block: &[u8], len: usize, last: bool) {
        self.counter += len as u128;
        let start = Blake::start(self.wide);
        let ends = [last, last && self.last_node];
        match self.wide {
            true => wide(&mut self.h, start, block, self.counter, ends),
            false => narrow(&mut self.h, start, block, self.counter, ends),
        }
    }
    fn finish(mut self) -> Vec<u8> {
        let mut block = std::mem::take(&mut self.block);
        let len = block.len();
        block.resize(Blake::block_size(self.wide), 0);
        self.compress(&block, len, true);
        let width = if self.wide { 8 } else { 4 };
        let bytes = self
            .h
            .iter()
            .flat_map(|w| w.to_le_bytes().into_iter().take(width));
        bytes.take(self.size).collect()
    }
}

macro_rules! compression {
    ($name:ident, $word:ident, $rounds:literal, $turns:expr) => {
        fn $name(h: &mut [u64; 8], start: [u64; 8], block: &[u8], counter: u128, ends: [bool; 2]) {
            const TURNS: [u32; 4] = $turns;
            let words = block.as_chunks::<{ $word::BITS as usize / 8 }>().0;
            let mut m = [0; 16];
            for (to, word) in m.iter_mut().zip(words) {
                *to = $word::from_le_bytes(*word);
            }
            let mut v = [0; 16];
            for (to, word) in v.iter_mut().zip(h.iter().chain(&start)) {
                *to = *word as $word;
            }
            v[12] ^= counter as $word;
            v[13] ^= (counter >> $word::BITS) as $word;
            for (i, _) in ends.iter().enumerate().filter(|(_, end)| **end) {
                v[14 + i] = !v[14 + i];
            }
            for r in 0..$rounds {
                let s = &SIGMA[r % 10];
                for i in 0..8 {
                    let [a, b, c, d] = LANES[i];
                    let (x, y) = (m[s[2 * i] % 16], m[s[2 * i + 1] % 16]);
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
                    v[d] = (v[d] ^ v[a]).rotate_right(TURNS[0]);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(TURNS[1]);
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
                    v[d] = (v[d] ^ v[a]).rotate_right(TURNS[2]);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(TURNS[3]);
                }
            }
            for i in 0..8 {
                h[i] ^= (v[i] ^ v[i + 8]) as u64;
            }
        }
    };
}

compression!(wide, u64, 12, [32, 24, 16, 63]);
compression!(narrow, u32, 10, [16, 12, 8, 7]);

fn read(b: &[u8]) -> u64 {
    let mut word = [0u8; 8];
    word[..b.len()].copy_from_slice(b);
    u64::from_le_bytes(word)
}

/// Payload of BLAKE2 objects.
struct Blake2 {
    state: Guarded<Blake>,
    wide: bool,
    size: usize,
}

macro_rules! blake {
    ($payload:ident $id:ident $def:ident $name:literal $wide:literal) => {
        /// Its own payload, so that it has a layout of its own.
        #[repr(transparent)]
        struct $payload(Blake2);
        native!($payload, $id, $name);

        /// The type.
        pub static $def: TypeDef = TypeDef {
            slots: Slots {
                new: Some(|th, cls, args| {
                    let b = make(th, $name, $wide, args)?;
                    Ok(th.alloc_as::<$payload>(cls, $payload(b))?.into_obj())
                }),
                ..Slots::NONE
            },
            methods: &[
                MethodDef::new("update", "($self, data, /)", |th, a| {
                    let p = this::<$payload>(th, a.get(0))?;
                    update(th, &p.0, p.head(), a.get(1))?;
                    Ok(Obj::NONE)
                }),
                MethodDef::new("digest", "($self, /)", |th, a| {
                    let p = this::<$payload>(th, a.get(0))?;
                    th.bytes(&finished(th, &p.0, p.head()))
                }),
                MethodDef::new("hexdigest", "($self, /)", |th, a| {
                    let p = this::<$payload>(th, a.get(0))?;
                    let b = finished(th, &p.0, p.head());
                    hex_of(th, &b, None)
                }),
                MethodDef::new("copy", "($self, /)", |th, a| {
                    let p = this::<$payload>(th, a.get(0))?;
                    let state = p.0.state.with(th, p.head(), |s| s.clone());
                    let copy = Blake2 {
                        wide: p.0.wide,
                        size: p.0.size,
                        state: Guarded::new(state),
                    };
                    Ok(th.alloc($payload(copy)).into_obj())
                }),
            ],
            getset: &[
                GetSetDef::ro("name", |th, _| th.str($name)),
                GetSetDef::ro("digest_size", |th, o| {
                    Ok(th.uint(this::<$payload>(th, o)?.0.size as u64))
                }),
                GetSetDef::ro("block_size", |th, _| {
                    Ok(th.uint(Blake::block_size($wide) as u64))
                }),
            ],
            init: Some(|th, t| constants(th, t, $wide)),
            flags: type_flags::BASETYPE,
            ..TypeDef::new(TypeId::$id, concat!("_blake2.", $name), $payload::LAYOUT)
        };
    };
}

blake! { Wide Blake2b BLAKE2B "blake2b" true }
blake! { Narrow Blake2s BLAKE2S "blake2s" false }

/// Module `_blake2`.
pub static MODULE: ModuleDef = ModuleDef {
    types: &[("blake2b", TypeId::Blake2b), ("blake2s", TypeId::Blake2s)],
    ..ModuleDef::new("_blake2")
};

fn constants(th: &Thread, t: &Py<Type>, wide: bool) -> Res<()> {
    let full = if wide { 64 } else { 32 };
    for (name, n) in [
        ("SALT_SIZE", full / 4),
        ("PERSON_SIZE", full / 4),
        ("MAX_KEY_SIZE", full),
        ("MAX_DIGEST_SIZE", full),
    ] {
        t.dict.set_str(th, name, Obj::small_int(n))?;
    }
    Ok(())
}

fn make(th: &Thread, name: &'static str, wide: bool, args: CallArgs<'_>) -> Res<Blake2> {
    let full = if wide { 64usize } else { 32 };
    let sig = if wide {
        "(data=b'', /, *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)"
    } else {
        "(data=b'', /, *, digest_size=32, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)"
    };
    th.bind(name, sig, args, |a| {
        let number = |i: usize, default: i64, low: i64, high: i64, what: &str| -> Res<u64> {
            let n = a.opt(i).map_or(Ok(default), |o| th.index_clamped(o))?;
            if n < low || n > high {
                return Err(th.value_error(what));
            }
            Ok(n as u64)
        };
        let bytes = |i: usize, most: usize, what: &str| -> Res<Vec<u8>> {
            let Some(o) = a.opt(i) else {
                return Ok(Vec::new());
            };
            let b = th.bytes_like(o)?.bytes().to_vec();
            if b.len() > most {
                return Err(th.value_error(format!("maximum {what} length is {most} bytes")));
            }
            Ok(b)
        };
        let size = number(
            1,
            full as i64,
            1,
            full as i64,
            &format!(
                "digest_size for {name} must be between 1 and {full} bytes, here it is out of range"
            ),
        )? as usize;
        let key = bytes(2, full, "key")?;
        let salt = bytes(3, full / 4, "salt")?;
        let person = bytes(4, full / 4, "person")?;
        let fanout = number(5, 1, 0, 255, "fanout must be between 0 and 255")?;
        let depth = number(6, 1, 1, 255, "depth must be between 1 and 255")?;
        let leaf = number(7, 0, 0, i64::from(u32::MAX), "leaf_size is too large")?;
        let most = if wide { i64::MAX } else { (1 << 48) - 1 };
        let offset = number(8, 0, 0, most, "node_offset is too large")?;
        let node_depth = number(9, 0, 0, 255, "node_depth must be between 0 and 255")?;
        let inner = number(
            10,
            0,
            0,
            full as i64,
            &format!("inner_size must be between 0 and is {full}"),
        )?;
        let last_node = a.flag(th, 11)?;
        let mut p = vec![size as u8, key.len() as u8, fanout as u8, depth as u8];
        p.extend_from_slice(&(leaf as u32).to_le_bytes());
        p.extend_from_slice(&offset.to_le_bytes()[..if wide { 8 } else { 6 }]);
        p.extend_from_slice(&[node_depth as u8, inner as u8]);
        p.resize(full / 2, 0);
        p.extend_from_slice(&salt);
        p.resize(full * 3 / 4, 0);
        p.extend_from_slice(&person);
        p.resize(full, 0);
        let mut state = Blake::new(wide, &p, size, last_node);
        if !key.is_empty() {
            let mut first = key;
            first.resize(Blake::block_size(wide), 0);
            state.feed(&first);
        }
        if let Some(data) = a.opt(0).or(a.opt_not_none(13)) {
            state.feed(super::hashed(th, data)?.bytes());
        }
        Ok(Blake2 {
            state: Guarded::new(state),
            wide,
            size,
        })
    })
}

fn update(th: &Thread, b: &Blake2, head: &Header, data: &Obj) -> Res<()> {
    let data = super::hashed(th, data)?;
    for part in data.bytes().chunks(1 << 20) {
        b.state.with(th, head, |s| s.feed(part));
        th.poll()?;
    }
    Ok(())
}

fn finished(th: &Thread, b: &Blake2, head: &Header) -> Vec<u8> {
    b.state.with(th, head, |s| s.clone()).finish()
}
