//! `_hashlib`: what `hashlib` and `hmac` ask OpenSSL for elsewhere; the digests are those of the other modules here.

use super::digest::Algorithm;
use super::keyed::{self, Hmac};
use super::{SIG, hashed, new};
use crate::builtins::bytes::hex_of;
use crate::modules::prelude::*;
use crate::object::function::BuiltinFunction;

/// What a runtime keeps.
#[derive(Default)]
struct State {
    unsupported: Slot,
}

const ALL: [Algorithm; 6] = [
    Algorithm::Md5,
    Algorithm::Sha1,
    Algorithm::Sha224,
    Algorithm::Sha256,
    Algorithm::Sha384,
    Algorithm::Sha512,
];

fn by_name(name: &str) -> Option<Algorithm> {
    let plain = |s: &str| s.to_ascii_lowercase().replace('-', "");
    ALL.into_iter().find(|a| plain(name) == a.name())
}

macro_rules! make {
    ($name:literal, $algorithm:ident) => {
        MethodDef::new($name, SIG, |th, a| new(th, a, Algorithm::$algorithm))
    };
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "new",
            "(name, data=b'', *, usedforsecurity=True, string=None)",
            |th, a| {
                let name = name_of(th, a.get(0), "new() argument 'name'")?;
                let Some(algorithm) = by_name(&name) else {
                    return Err(th.value_error(format!("unsupported hash type {name}")));
                };
                let data = [a.opt(1).cloned(), a.opt(2).cloned(), a.opt(3).cloned()];
                new(th, Args::of(&data), algorithm)
            },
        ),
        make!("openssl_md5", Md5),
        make!("openssl_sha1", Sha1),
        make!("openssl_sha224", Sha224),
        make!("openssl_sha256", Sha256),
        make!("openssl_sha384", Sha384),
        make!("openssl_sha512", Sha512),
        MethodDef::new("hmac_new", "(key, msg=b'', digestmod=None)", |th, a| {
            let Some(d) = a.opt_not_none(2) else {
                return Err(th.type_error("Missing required parameter 'digestmod'."));
            };
            let algorithm = algorithm(th, d)?;
            let state = Hmac::new(algorithm, hashed(th, a.get(0))?.bytes());
            let h = th.alloc(HmacObject {
                state: Guarded::new(state),
                algorithm,
            });
            if let Some(data) = a.opt_not_none(1) {
                h.update(th, data)?;
            }
            Ok(h.into_obj())
        }),
        MethodDef::new("hmac_digest", "(key, msg, digest)", |th, a| {
            let algorithm = algorithm(th, a.get(2))?;
            let mut h = Hmac::new(algorithm, hashed(th, a.get(0))?.bytes());
            h.update(hashed(th, a.get(1))?.bytes());
            th.bytes(&h.finish())
        }),
        MethodDef::new(
            "pbkdf2_hmac",
            "(hash_name, password, salt, iterations, dklen=None)",
            pbkdf2,
        ),
        MethodDef::new(
            "scrypt",
            "(password, *, salt, n, r, p, maxmem=0, dklen=64)",
            scrypt,
        ),
        MethodDef::new("get_fips_mode", "()", |_, _| Ok(Obj::small_int(0))),
    ],
    types: &[("HASH", TypeId::Hash), ("HMAC", TypeId::Hmac)],
    init: Some(|th, m| {
        put(th, m, "UnsupportedDigestmodError", unsupported_class(th)?)?;
        let operator = th.import("_operator")?;
        let compare = th.getattr(&operator, "_compare_digest")?;
        put(th, m, "compare_digest", compare)?;
        let names: Res<Vec<Obj>> = ALL.iter().map(|a| th.str(a.name())).collect();
        let names = th.call(th.ty(TypeId::FrozenSet).obj(), &[th.list(names?)?])?;
        put(th, m, "openssl_md_meth_names", names)
    }),
    ..ModuleDef::new("_hashlib")
};

fn unsupported_class(th: &Thread) -> Res {
    exception_class(
        th,
        &th.rt().module_state::<State>().unsupported,
        "_hashlib",
        "UnsupportedDigestmodError",
        TypeId::ValueError,
    )
}

fn name_of(th: &Thread, o: &Obj, what: &str) -> Res<String> {
    match o.cast::<Str>() {
        Some(s) => Ok(s.to_rust()),
        None => Err(th.type_error(format!("{what} must be str, not {}", th.type_name(o)))),
    }
}

/// The algorithm that a name or one of this module's functions says.
fn algorithm(th: &Thread, o: &Obj) -> Res<Algorithm> {
    let name = match (o.cast::<Str>(), o.cast::<BuiltinFunction>()) {
        (Some(s), _) => s.to_rust(),
        (None, Some(f)) => f.def.name.trim_start_matches("openssl_").to_owned(),
        (None, None) => th.repr(o)?.to_rust(),
    };
    match by_name(&name) {
        Some(a) => Ok(a),
        None => {
            let text = th.str(&format!("unsupported hash type {name}"))?;
            Err(raise_class(th, &unsupported_class(th)?, &[text]))
        }
    }
}

/// Payload of HMAC objects.
pub struct HmacObject {
    state: Guarded<Hmac>,
    algorithm: Algorithm,
}
native!(HmacObject, Hmac, "HMAC");

impl Py<HmacObject> {
    fn update(&self, th: &Thread, data: &Obj) -> Res<()> {
        let b = hashed(th, data)?;
        for part in b.bytes().chunks(1 << 20) {
            self.state.with(th, self.head(), |h| h.update(part));
            th.poll()?;
        }
        Ok(())
    }
    fn digest(&self, th: &Thread) -> Vec<u8> {
        self.state.with(th, self.head(), |h| h.clone()).finish()
    }
}

fn hmac<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<HmacObject>> {
    this::<HmacObject>(th, o)
}

/// The type.
pub static HMAC: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    slots: Slots {
        repr: Some(|th, o| {
            let name = hmac(th, o)?.algorithm.name();
            th.str(&format!("<{name} HMAC object @ {:#x}>", o.value().0))
        }),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("update", "($self, /, msg)", |th, a| {
            hmac(th, a.get(0))?.update(th, a.get(1))?;
            Ok(Obj::NONE)
        }),
        MethodDef::new("digest", "($self, /)", |th, a| {
            th.bytes(&hmac(th, a.get(0))?.digest(th))
        }),
        MethodDef::new("hexdigest", "($self, /)", |th, a| {
            let b = hmac(th, a.get(0))?.digest(th);
            hex_of(th, &b, None)
        }),
        MethodDef::new("copy", "($self, /)", |th, a| {
            let h = hmac(th, a.get(0))?;
            let state = h.state.with(th, h.head(), |s| s.clone());
            let copy = HmacObject {
                state: Guarded::new(state),
                algorithm: h.algorithm,
            };
            Ok(th.alloc(copy).into_obj())
        }),
    ],
    getset: &[
        GetSetDef::ro("name", |th, o| {
            th.str(&format!("hmac-{}", hmac(th, o)?.algorithm.name()))
        }),
        GetSetDef::ro("digest_size", |th, o| {
            Ok(th.uint(hmac(th, o)?.algorithm.size() as u64))
        }),
        GetSetDef::ro("block_size", |th, o| {
            Ok(th.uint(hmac(th, o)?.algorithm.block() as u64))
        }),
    ],
    ..TypeDef::new(TypeId::Hmac, "_hashlib.HMAC", HmacObject::LAYOUT)
};

fn pbkdf2(th: &Thread, a: Args<'_>) -> Res {
    name_of(th, a.get(0), "pbkdf2_hmac() argument 'hash_name'")?;
    let algorithm = algorithm(th, a.get(0))?;
    let (password, salt) = (hashed(th, a.get(1))?, hashed(th, a.get(2))?);
    let rounds = th.index_i64(a.get(3))?;
    if rounds < 1 {
        return Err(th.value_error("iteration value must be greater than 0."));
    }
    if rounds > i64::from(i32::MAX) {
        return Err(th.overflow_error("iteration value is too great."));
    }
    let len = match a.opt_not_none(4) {
        None => algorithm.size() as i64,
        Some(o) => th.index_i64(o)?,
    };
    if len < 1 {
        return Err(th.value_error("key length must be greater than 0."));
    }
    if len > i64::from(i32::MAX) {
        return Err(th.overflow_error("key length is too great."));
    }
    th.reserve(len as usize)?;
    let (password, salt) = (password.bytes().to_vec(), salt.bytes().to_vec());
    let key =
        th.blocking(|| keyed::pbkdf2(algorithm, &password, &salt, rounds as u64, len as usize));
    th.bytes(&key)
}

fn scrypt(th: &Thread, a: Args<'_>) -> Res {
    let (password, salt) = (hashed(th, a.get(0))?, hashed(th, a.get(1))?);
    let number = |i: usize, what: &str| -> Res<u64> {
        u64::try_from(th.index_i64(a.get(i))?)
            .map_err(|_| th.value_error(format!("{what} must be positive")))
    };
    let (n, r, p) = (number(2, "n")?, number(3, "r")?, number(4, "p")?);
    if n < 2 || !n.is_power_of_two() {
        return Err(th.value_error("n must be a power of 2."));
    }
    let most = match a.opt(5).map_or(Ok(0), |o| th.index_i64(o))? {
        most @ 0..=0x7fff_ffff => most as u64,
        _ => return Err(th.value_error("maxmem must be positive and smaller than 2147483647")),
    };
    let len = match a.opt(6).map_or(Ok(64), |o| th.index_i64(o))? {
        len @ 1..=0x7fff_ffff => len as usize,
        _ => return Err(th.value_error("dklen must be greater than 0 and smaller than 2147483647")),
    };
    // What it takes: the table, the blocks.
    let need = n
        .checked_add(p)
        .and_then(|n| n.checked_add(2))
        .and_then(|n| n.checked_mul(128))
        .and_then(|n| n.checked_mul(r));
    let limit = if most == 0 { 32 << 20 } else { most };
    if r == 0 || p == 0 || r.saturating_mul(p) >= 1 << 30 || need.is_none_or(|n| n > limit) {
        return Err(th.value_error("Invalid parameter combination for n, r, p, maxmem."));
    }
    th.reserve(need.unwrap_or(0) as usize)?;
    let (password, salt) = (password.bytes().to_vec(), salt.bytes().to_vec());
    let key =
        th.blocking(|| keyed::scrypt(&password, &salt, n as usize, r as usize, p as usize, len));
    th.bytes(&key)
}
