//! What of `base64` is too slow in Python: the loops of base 32 and 85. The library's module is run as it is, then these
//! functions take the place of those of their names.

use super::binascii::{ascii, done};
use crate::modules::prelude::*;
use threadsnake_algo::binascii::{self, Wrong};

/// The functions, put into the library's module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("_b32encode", "(alphabet, s)", |th, a| {
            let alphabet = alphabet::<32>(th, a.get(0))?;
            let data = th.bytes_like(a.get(1))?;
            th.bytes(&binascii::b32encode(&alphabet, data.bytes()))
        }),
        MethodDef::new("_b32decode", "(alphabet, s, casefold=False, map01=None)", b32decode),
        MethodDef::new(
            "_85encode",
            "(b, chars, chars2, pad=False, foldnuls=False, foldspaces=False)",
            |th, a| {
                let mut chars = [0; 85];
                for (to, c) in chars.iter_mut().zip(th.collect(a.get(1))?) {
                    *to = th.bytes_like(&c)?.bytes().first().copied().unwrap_or(0);
                }
                let data = th.bytes_like(a.get(0))?;
                th.bytes(&binascii::b85encode(&chars, data.bytes(), a.flag(th, 3)?, a.flag(th, 4)?, a.flag(th, 5)?))
            },
        ),
        MethodDef::new(
            "a85decode",
            "(b, *, foldspaces=False, adobe=False, ignorechars=b' \\t\\n\\r\\x0b')",
            a85decode,
        )
        .doc(
            "Decode the Ascii85 encoded bytes-like object or ASCII string b.\n\nfoldspaces: 'y' stands for four spaces. \
             adobe: the input ends with ~>, and may begin with <~.\nignorechars: bytes to ignore, by default all ASCII \
             whitespace.\n\nThe result is returned as a bytes object.",
        ),
        MethodDef::new("b85decode", "(b)", b85decode).doc(
            "Decode the base85-encoded bytes-like object or ASCII string b\n\nThe result is returned as a bytes object.",
        ),
    ],
    ..ModuleDef::new("base64")
};

fn alphabet<const N: usize>(th: &Thread, o: &Obj) -> Res<[u8; N]> {
    let bytes = th.bytes_like(o)?;
    bytes
        .bytes()
        .try_into()
        .map_err(|_| th.value_error(format!("an alphabet has {N} characters")))
}

/// The bytes of a bytes-like object, or of a str that is ASCII.
fn input(th: &Thread, o: &Obj) -> Res<Vec<u8>> {
    ascii(th, o, "a bytes-like object or ASCII string")
}

fn b32decode(th: &Thread, a: Args<'_>) -> Res {
    let alphabet = alphabet(th, a.get(0))?;
    let mut data = input(th, a.get(1))?;
    if let Some(one) = a.opt_not_none(3).filter(|_| data.len().is_multiple_of(8)) {
        let one = input(th, one)?;
        let &[one] = &one[..] else {
            return Err(th.err(TypeId::AssertionError, format!("b'{}'", one.escape_ascii())));
        };
        for c in &mut data {
            match *c {
                b'0' => *c = b'O',
                b'1' => *c = one,
                _ => {}
            }
        }
    }
    if a.flag(th, 2)? {
        data.make_ascii_uppercase();
    }
    done(th, binascii::b32decode(&alphabet, &data))
}

fn a85decode(th: &Thread, a: Args<'_>) -> Res {
    let data = input(th, a.get(0))?;
    let mut data = &data[..];
    if a.flag(th, 2)? {
        let Some(rest) = data.strip_suffix(b"~>") else {
            return Err(th.value_error("Ascii85 encoded byte sequences must end with b'~>'"));
        };
        data = rest.strip_prefix(b"<~").unwrap_or(rest);
    }
    let ignored = match a.opt(3) {
        Some(o) => th.bytes_like(o)?.bytes().to_vec(),
        None => b" \t\n\r\x0b".to_vec(),
    };
    match binascii::a85decode(data, a.flag(th, 1)?, &ignored) {
        Ok(out) => th.bytes(&out),
        Err(Wrong::Overflow(_)) => Err(th.value_error("Ascii85 overflow")),
        Err(Wrong::Inside(c)) => {
            Err(th.value_error(format!("{} inside Ascii85 5-tuple", char::from(c))))
        }
        Err(Wrong::Character(at)) => {
            Err(th.value_error(format!("Non-Ascii85 digit found: {}", char::from(data[at]))))
        }
    }
}

fn b85decode(th: &Thread, a: Args<'_>) -> Res {
    const ALPHABET: &[u8; 85] =
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    match binascii::b85decode(ALPHABET, &input(th, a.get(0))?) {
        Ok(out) => th.bytes(&out),
        Err(Wrong::Overflow(at)) => {
            Err(th.value_error(format!("base85 overflow in hunk starting at byte {at}")))
        }
        Err(Wrong::Character(at)) => {
            Err(th.value_error(format!("bad base85 character at position {at}")))
        }
        Err(Wrong::Inside(c)) => Err(th.system_error(format!("a short form: {c}"))),
    }
}
