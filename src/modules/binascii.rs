//! `binascii`: between bytes and their encodings in ASCII.

use crate::modules::prelude::*;
use threadsnake_algo::binascii::{self, BinError};

#[derive(Default)]
struct State {
    error: Slot0,
    incomplete: Slot0,
}

/// An empty slot as the default.
#[derive(Default)]
struct Slot0(Slot);

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("a2b_base64", "(data, /, *, strict_mode=False)", |th, a| {
            let strict = a.flag(th, 1)?;
            let out = binascii::a2b_base64(&ascii(th, a.get(0), WANTED)?, strict);
            done(th, out)
        }),
        MethodDef::new("b2a_base64", "(data, /, *, newline=True)", |th, a| {
            let newline = a.opt(1).map_or(Ok(true), |o| th.truthy(o))?;
            th.bytes(&binascii::b2a_base64(
                th.bytes_like(a.get(0))?.bytes(),
                newline,
            ))
        }),
        MethodDef::new("a2b_hex", "(hexstr, /)", |th, a| {
            let out = binascii::unhexlify(&ascii(th, a.get(0), WANTED)?);
            done(th, out)
        }),
        MethodDef::new("unhexlify", "(hexstr, /)", |th, a| {
            let out = binascii::unhexlify(&ascii(th, a.get(0), WANTED)?);
            done(th, out)
        }),
        MethodDef::new("b2a_hex", "(data, sep='', bytes_per_sep=1)", hexlify),
        MethodDef::new("hexlify", "(data, sep='', bytes_per_sep=1)", hexlify),
        MethodDef::new("a2b_qp", "(data, header=False)", |th, a| {
            th.bytes(&binascii::a2b_qp(
                &ascii(th, a.get(0), WANTED)?,
                a.flag(th, 1)?,
            ))
        }),
        MethodDef::new(
            "b2a_qp",
            "(data, quotetabs=False, istext=True, header=False)",
            |th, a| {
                let text = a.opt(2).map_or(Ok(true), |o| th.truthy(o))?;
                let data = th.bytes_like(a.get(0))?;
                th.bytes(&binascii::b2a_qp(
                    data.bytes(),
                    a.flag(th, 1)?,
                    text,
                    a.flag(th, 3)?,
                ))
            },
        ),
        MethodDef::new("a2b_uu", "(data, /)", |th, a| {
            let out = binascii::a2b_uu(&ascii(th, a.get(0), WANTED)?);
            done(th, out)
        }),
        MethodDef::new("b2a_uu", "(data, /, *, backtick=False)", |th, a| {
            let out = binascii::b2a_uu(th.bytes_like(a.get(0))?.bytes(), a.flag(th, 1)?);
            done(th, out)
        }),
        MethodDef::new("crc32", "(data, crc=0, /)", |th, a| {
            let crc = checksum(th, a.opt(1), 0)?;
            Ok(th.uint(u64::from(binascii::crc32(
                th.bytes_like(a.get(0))?.bytes(),
                crc,
            ))))
        }),
        MethodDef::new("crc_hqx", "(data, crc, /)", |th, a| {
            let crc = checksum(th, a.opt(1), 0)? as u16;
            Ok(th.uint(u64::from(binascii::crc_hqx(
                th.bytes_like(a.get(0))?.bytes(),
                crc,
            ))))
        }),
    ],
    init: Some(|th, m| {
        let s = th.rt().module_state::<State>();
        put(
            th,
            m,
            "Error",
            exception_class(th, &s.error.0, "binascii", "Error", TypeId::ValueError)?,
        )?;
        put(
            th,
            m,
            "Incomplete",
            exception_class(
                th,
                &s.incomplete.0,
                "binascii",
                "Incomplete",
                TypeId::Exception,
            )?,
        )
    }),
    doc: "Conversion between binary data and ASCII",
    ..ModuleDef::new("binascii")
};

/// A running checksum given as any integer.
pub(super) fn checksum(th: &Thread, o: Option<&Obj>, default: u32) -> Res<u32> {
    match o {
        None => Ok(default),
        Some(o) => {
            let n = th.index(o)?;
            Ok(match n.as_small_int() {
                Some(n) => n as u32,
                None => {
                    let low = th.binary(BinOp::And, &n, &th.uint(0xffff_ffff))?;
                    th.index_i64(&low)? as u32
                }
            })
        }
    }
}

/// What the functions of this module take as text.
const WANTED: &str = "bytes, buffer or ASCII string";

/// ASCII text or bytes; `wanted` is what an argument that is neither should have been.
pub(super) fn ascii(th: &Thread, o: &Obj, wanted: &str) -> Res<Vec<u8>> {
    if let Some(s) = o.cast::<Str>() {
        return match s.as_ascii() {
            Some(t) => Ok(t.as_bytes().to_vec()),
            None => Err(th.value_error("string argument should contain only ASCII characters")),
        };
    }
    match th.bytes_like(o) {
        Ok(b) => Ok(b.bytes().to_vec()),
        Err(e) if e.is(th, TypeId::TypeError) => Err(th.type_error(format!(
            "argument should be {wanted}, not '{}'",
            th.type_name(o)
        ))),
        Err(e) => Err(e),
    }
}

pub(super) fn done(th: &Thread, r: Result<Vec<u8>, BinError>) -> Res {
    match r {
        Ok(v) => th.bytes(&v),
        Err(e) => {
            let class = exception_class(
                th,
                &th.rt().module_state::<State>().error.0,
                "binascii",
                "Error",
                TypeId::ValueError,
            )?;
            Err(raise_class(th, &class, &[th.str(&e.to_string())?]))
        }
    }
}

fn hexlify(th: &Thread, a: Args<'_>) -> Res {
    let sep = match a.opt(1) {
        None => None,
        Some(s) => {
            let text = ascii(th, s, WANTED)?;
            match text.as_slice() {
                [c] => Some(*c),
                _ => return Err(th.value_error("sep must be length 1.")),
            }
        }
    };
    let per = a.opt(2).map_or(Ok(1), |o| th.index_i64(o))?;
    th.bytes(&binascii::hexlify(
        th.bytes_like(a.get(0))?.bytes(),
        sep,
        per,
    ))
}
