//! `_sha3`: SHA-3 and SHAKE (FIPS 202), a sponge over the permutation Keccak-f[1600].

use crate::builtins::bytes::hex_of;
use crate::modules::prelude::*;

/// Which.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Shake128,
    Shake256,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Sha224 => "sha3_224",
            Kind::Sha256 => "sha3_256",
            Kind::Sha384 => "sha3_384",
            Kind::Sha512 => "sha3_512",
            Kind::Shake128 => "shake_128",
            Kind::Shake256 => "shake_256",
        }
    }
    /// Bytes of the digest; 0 where the caller says.
    fn size(self) -> usize {
        match self {
            Kind::Sha224 => 28,
            Kind::Sha256 => 32,
            Kind::Sha384 => 48,
            Kind::Sha512 => 64,
            _ => 0,
        }
    }
    /// Bytes that are taken in between two permutations: the state without twice the strength.
    fn rate(self) -> usize {
        match self {
            Kind::Shake128 => 168,
            Kind::Shake256 => 136,
            _ => 200 - 2 * self.size(),
        }
    }
    /// What is put behind the message.
    fn suffix(self) -> u8 {
        if self.size() == 0 { 0x1f } else { 0x06 }
    }
}

#[derive(Clone)]
struct Sponge {
    kind: Kind,
    state: [u64; 25],
    /// Bytes taken in since the last permutation.
    at: usize,
}

/// The constants of the rounds, from the linear feedback shift register of the standard.
const ROUNDS: [u64; 24] = {
    let mut out = [0u64; 24];
    let mut lfsr = 1u8;
    let mut round = 0;
    while round < 24 {
        let mut j = 0;
        while j < 7 {
            if lfsr & 1 == 1 {
                out[round] |= 1 << ((1u32 << j) - 1);
            }
            let carry = lfsr & 0x80 != 0;
            lfsr <<= 1;
            if carry {
                lfsr ^= 0x71;
            }
            j += 1;
        }
        round += 1;
    }
    out
};

#[inline(always)]
fn column(a: &[u64; 25], x: usize) -> u64 {
    a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20]
}

/// Written out, so that the words stay in registers.
fn permute(state: &mut [u64; 25]) {
    let mut a = *state;
    for constant in ROUNDS {
        // θ
        let [p, q, r, s, t] = [
            column(&a, 0),
            column(&a, 1),
            column(&a, 2),
            column(&a, 3),
            column(&a, 4),
        ];
        let d = [
            t ^ q.rotate_left(1),
            p ^ r.rotate_left(1),
            q ^ s.rotate_left(1),
            r ^ t.rotate_left(1),
            s ^ p.rotate_left(1),
        ];
        // ρ and π: from where each word comes, and by how much it is turned.
        macro_rules! moved {
            ($($from:literal $turn:literal,)*) => {
                [$((a[$from] ^ d[$from % 5]).rotate_left($turn)),*]
            };
        }
        #[rustfmt::skip]
        let b = moved!(
            0 0, 6 44, 12 43, 18 21, 24 14,
            3 28, 9 20, 10 3, 16 45, 22 61,
            1 1, 7 6, 13 25, 19 8, 20 18,
            4 27, 5 36, 11 10, 17 15, 23 56,
            2 62, 8 55, 14 39, 15 41, 21 2,
        );
        // χ
        for row in [0, 5, 10, 15, 20] {
            let [p, q, r, s, t] = [b[row], b[row + 1], b[row + 2], b[row + 3], b[row + 4]];
            a[row] = p ^ (!q & r);
            a[row + 1] = q ^ (!r & s);
            a[row + 2] = r ^ (!s & t);
            a[row + 3] = s ^ (!t & p);
            a[row + 4] = t ^ (!p & q);
        }
        // ι
        a[0] ^= constant;
    }
    *state = a;
}

impl Sponge {
    fn new(kind: Kind) -> Sponge {
        Sponge {
            kind,
            state: [0; 25],
            at: 0,
        }
    }
    fn absorb(&mut self, byte: u8) {
        self.state[self.at / 8] ^= u64::from(byte) << (8 * (self.at % 8));
        self.moved(1);
    }
    fn moved(&mut self, bytes: usize) {
        self.at += bytes;
        if self.at == self.kind.rate() {
            permute(&mut self.state);
            self.at = 0;
        }
    }
    fn update(&mut self, bytes: &[u8]) {
        let to_word = bytes.len().min(self.at.wrapping_neg() % 8);
        let (first, rest) = bytes.split_at(to_word);
        first.iter().for_each(|b| self.absorb(*b));
        let (words, last) = rest.as_chunks::<8>();
        for word in words {
            self.state[self.at / 8] ^= u64::from_le_bytes(*word);
            self.moved(8);
        }
        last.iter().for_each(|b| self.absorb(*b));
    }
    fn finish(mut self, n: usize) -> Vec<u8> {
        let rate = self.kind.rate();
        self.state[self.at / 8] ^= u64::from(self.kind.suffix()) << (8 * (self.at % 8));
        self.state[(rate - 1) / 8] ^= 0x80 << (8 * ((rate - 1) % 8));
        let mut out = Vec::with_capacity(n);
        while out.len() < n {
            permute(&mut self.state);
            let bytes = self.state.iter().flat_map(|w| w.to_le_bytes()).take(rate);
            out.extend(bytes.take(n - out.len()));
        }
        out
    }
}

/// Payload of SHA-3 objects.
struct Sha3 {
    state: Guarded<Sponge>,
    kind: Kind,
}
native!(Sha3, Sha3, "sha3");

/// The types of this file.
pub static SHA3: TypeDef = TypeDef {
    slots: Slots {
        repr: Some(|th, o| {
            let name = this::<Sha3>(th, o)?.kind.name();
            th.str(&format!("<_sha3.{name} object at {:#x}>", o.value().0))
        }),
        ..Slots::NONE
    },
    flags: type_flags::NO_NEW,
    methods: &[
        MethodDef::new("update", "($self, data, /)", |th, a| {
            update(th, this::<Sha3>(th, a.get(0))?, a.get(1))?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("digest", "($self, /, length=0)", |th, a| {
            th.bytes(&finished(th, &a, "digest")?)
        }),
        MethodDef::new("hexdigest", "($self, /, length=0)", |th, a| {
            let b = finished(th, &a, "hexdigest")?;
            hex_of(th, &b, None)
        }),
        MethodDef::new("copy", "($self, /)", |th, a| {
            let h = this::<Sha3>(th, a.get(0))?;
            let state = h.state.with(th, h.head(), |s| s.clone());
            Ok(make(th, state).into_obj())
        }),
    ],
    getset: &[
        GetSetDef::ro("name", |th, o| th.str(this::<Sha3>(th, o)?.kind.name())),
        GetSetDef::ro("digest_size", |th, o| {
            Ok(th.uint(this::<Sha3>(th, o)?.kind.size() as u64))
        }),
        GetSetDef::ro("block_size", |th, o| {
            Ok(th.uint(this::<Sha3>(th, o)?.kind.rate() as u64))
        }),
    ],
    ..TypeDef::new(TypeId::Sha3, "_sha3.sha3", Sha3::LAYOUT)
};

fn make(th: &Thread, state: Sponge) -> Py<Sha3> {
    th.alloc(Sha3 {
        kind: state.kind,
        state: Guarded::new(state),
    })
}

const SIG: &str = "(data=b'', *, usedforsecurity=True, string=None)";

macro_rules! functions {
    ($($name:literal $kind:ident)*) => {
        &[$(MethodDef::new($name, SIG, |th, a| {
            let h = make(th, Sponge::new(Kind::$kind));
            if let Some(data) = a.opt(0).or(a.opt_not_none(2)) {
                update(th, &h, data)?;
            }
            Ok(h.into_obj())
        })),*]
    };
}

/// Module `_sha3`.
pub static MODULE: ModuleDef = ModuleDef {
    functions: functions! {
        "sha3_224" Sha224
        "sha3_256" Sha256
        "sha3_384" Sha384
        "sha3_512" Sha512
        "shake_128" Shake128
        "shake_256" Shake256
    },
    ..ModuleDef::new("_sha3")
};

fn update(th: &Thread, h: &Py<Sha3>, data: &Obj) -> Res<()> {
    let b = super::hashed(th, data)?;
    for part in b.bytes().chunks(1 << 18) {
        h.state.with(th, h.head(), |s| s.update(part));
        th.poll()?;
    }
    Ok(())
}

fn finished(th: &Thread, a: &Args<'_>, what: &str) -> Res<Vec<u8>> {
    let h = this::<Sha3>(th, a.get(0))?;
    let n = match (h.kind.size(), a.opt(1)) {
        (0, Some(n)) => {
            let n = th.index_clamped(n)?;
            if n < 0 {
                return Err(th.value_error("value must be positive"));
            }
            if n >= 1 << 29 {
                return Err(th.value_error("length is too large"));
            }
            n as usize
        }
        (0, None) => {
            return Err(th.type_error(format!(
                "{what}() missing required argument 'length' (pos 1)"
            )));
        }
        (_, Some(_)) => {
            return Err(th.type_error(format!("{what}() takes no arguments (1 given)")));
        }
        (n, None) => n,
    };
    th.reserve(n)?;
    Ok(h.state.with(th, h.head(), |s| s.clone()).finish(n))
}
