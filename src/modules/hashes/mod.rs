//! `_md5`, `_sha1`, `_sha2`: hash objects for `hashlib`. `digest` computes them, `keyed` what is made of them with a key, `sha3`
//! and `blake2` are modules of their own, `hashlib` is the one that stands for OpenSSL.

pub mod blake2;
mod digest;
pub mod hashlib;
mod keyed;
pub mod sha3;

use crate::builtins::bytes::hex_of;
use crate::modules::prelude::*;
use digest::{Algorithm, Digest};

/// Payload of hash objects.
pub struct Hash {
    state: Guarded<Digest>,
    algorithm: Algorithm,
}
native!(Hash, Hash, "hash");

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[
    &HASH,
    &hashlib::HMAC,
    &sha3::SHA3,
    &blake2::BLAKE2B,
    &blake2::BLAKE2S,
];

static HASH: TypeDef = TypeDef {
    slots: Slots {
        repr: Some(|th, o| {
            let h = this::<Hash>(th, o)?;
            th.str(&format!(
                "<{} _hashlib.HASH object @ {:#x}>",
                h.algorithm.name(),
                o.value().0
            ))
        }),
        ..Slots::NONE
    },
    flags: type_flags::NO_NEW,
    methods: &[
        MethodDef::new("update", "($self, obj, /)", |th, a| {
            let h = this::<Hash>(th, a.get(0))?;
            update(th, h, a.get(1))?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("digest", "($self, /)", |th, a| {
            let h = this::<Hash>(th, a.get(0))?;
            th.bytes(&finished(th, h))
        }),
        MethodDef::new("hexdigest", "($self, /)", |th, a| {
            let h = this::<Hash>(th, a.get(0))?;
            hex_of(th, &finished(th, h), None)
        }),
        MethodDef::new("copy", "($self, /)", |th, a| {
            let h = this::<Hash>(th, a.get(0))?;
            let state = h.state.with(th, h.head(), |d| d.clone());
            Ok(th
                .alloc(Hash {
                    state: Guarded::new(state),
                    algorithm: h.algorithm,
                })
                .into_obj())
        }),
    ],
    getset: &[
        GetSetDef::ro("name", |th, o| {
            th.str(this::<Hash>(th, o)?.algorithm.name())
        }),
        GetSetDef::ro("digest_size", |th, o| {
            Ok(th.int(this::<Hash>(th, o)?.algorithm.size() as i64))
        }),
        GetSetDef::ro("block_size", |th, o| {
            Ok(th.int(this::<Hash>(th, o)?.algorithm.block() as i64))
        }),
    ],
    ..TypeDef::new(TypeId::Hash, "_hashlib.HASH", Hash::LAYOUT)
};

const SIG: &str = "(data=b'', *, usedforsecurity=True, string=None)";

macro_rules! make {
    ($name:literal, $algorithm:ident) => {
        MethodDef::new($name, SIG, |th, a| new(th, a, Algorithm::$algorithm))
    };
}

/// Module `_md5`.
pub static MD5: ModuleDef = ModuleDef {
    functions: &[make!("md5", Md5)],
    ..ModuleDef::new("_md5")
};
/// Module `_sha1`.
pub static SHA1: ModuleDef = ModuleDef {
    functions: &[make!("sha1", Sha1)],
    ..ModuleDef::new("_sha1")
};
/// Module `_sha2`.
pub static SHA2: ModuleDef = ModuleDef {
    functions: &[
        make!("sha224", Sha224),
        make!("sha256", Sha256),
        make!("sha384", Sha384),
        make!("sha512", Sha512),
    ],
    ..ModuleDef::new("_sha2")
};

fn new(th: &Thread, a: Args<'_>, algorithm: Algorithm) -> Res {
    let h = th.alloc(Hash {
        state: Guarded::new(Digest::new(algorithm)),
        algorithm,
    });
    if let Some(data) = a.opt(0).or(a.opt_not_none(2)) {
        update(th, &h, data)?;
    }
    Ok(h.into_obj())
}

/// The bytes that an object gives to be hashed.
fn hashed(th: &Thread, data: &Obj) -> Res<Buffer> {
    if data.cast::<Str>().is_some() {
        return Err(th.type_error("Strings must be encoded before hashing"));
    }
    match th.buffer(data, false) {
        Err(e) if e.is(th, TypeId::TypeError) => {
            Err(th.type_error("object supporting the buffer API required"))
        }
        r => r,
    }
}

fn update(th: &Thread, h: &Py<Hash>, data: &Obj) -> Res<()> {
    let b = hashed(th, data)?;
    for part in b.bytes().chunks(1 << 20) {
        h.state.with(th, h.head(), |d| d.update(part));
        th.poll()?;
    }
    Ok(())
}

fn finished(th: &Thread, h: &Py<Hash>) -> Vec<u8> {
    h.state.with(th, h.head(), |d| d.clone()).finish()
}
