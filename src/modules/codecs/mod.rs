//! `_codecs`: the registry of codecs and error handlers, and the codecs that are native. `encode` and `decode` here are
//! what `str.encode` and `bytes.decode` come to: known encodings directly, all others through the registry.

mod charmap;
mod convert;
mod escape;
mod faults;
mod registry;

use crate::modules::prelude::*;
pub use convert::{decode, encode};
pub use faults::{Errors, decode_error, encode_error};
pub use registry::lookup;

macro_rules! decoder {
    ($name:literal, $codec:ident) => {
        MethodDef::new($name, "(data, errors=None, final=False, /)", |th, a| {
            convert::decode_function(th, a, convert::Codec::$codec)
        })
    };
}
macro_rules! encoder {
    ($name:literal, $codec:ident) => {
        MethodDef::new($name, "(str, errors=None, /)", |th, a| {
            convert::encode_function(th, a, convert::Codec::$codec)
        })
    };
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("register", "(search_function, /)", registry::register),
        MethodDef::new("unregister", "(search_function, /)", registry::unregister),
        MethodDef::new("lookup", "(encoding, /)", |th, a| {
            let name = th.text_of(a.get(0), "lookup() argument")?.to_rust();
            registry::lookup(th, &name)
        }),
        MethodDef::new("_forget_codec", "(encoding, /)", registry::forget),
        MethodDef::new(
            "encode",
            "(obj, encoding='utf-8', errors='strict')",
            registry::encode_any,
        ),
        MethodDef::new(
            "decode",
            "(obj, encoding='utf-8', errors='strict')",
            registry::decode_any,
        ),
        MethodDef::new(
            "register_error",
            "(errors, handler, /)",
            registry::register_error,
        ),
        MethodDef::new(
            "_unregister_error",
            "(errors, /)",
            registry::unregister_error,
        ),
        MethodDef::new("lookup_error", "(name, /)", |th, a| {
            let name = th.text_of(a.get(0), "lookup_error() argument")?.to_rust();
            registry::lookup_error(th, &name)
        }),
        MethodDef::new("readbuffer_encode", "(data, errors=None, /)", |th, a| {
            let data = match a.get(0).cast::<Str>() {
                Some(s) => threadsnake_algo::text::codec::utf8_lossless(s.text()),
                None => th.bytes_like(a.get(0))?.bytes().to_vec(),
            };
            tuple_of(th, [th.bytes(&data)?, th.uint(data.len() as u64)])
        }),
        MethodDef::new(
            "escape_decode",
            "(data, errors=None, /)",
            escape::escape_decode,
        ),
        MethodDef::new(
            "escape_encode",
            "(data, errors=None, /)",
            escape::escape_encode,
        ),
        MethodDef::new(
            "unicode_escape_decode",
            "(data, errors=None, final=True, /)",
            escape::unicode_decode,
        ),
        MethodDef::new(
            "unicode_escape_encode",
            "(str, errors=None, /)",
            escape::unicode_encode,
        ),
        MethodDef::new(
            "raw_unicode_escape_decode",
            "(data, errors=None, final=True, /)",
            escape::raw_decode,
        ),
        MethodDef::new(
            "raw_unicode_escape_encode",
            "(str, errors=None, /)",
            escape::raw_encode,
        ),
        MethodDef::new(
            "utf_16_ex_decode",
            "(data, errors=None, byteorder=0, final=False, /)",
            |th, a| convert::decode_with_order(th, a, true),
        ),
        MethodDef::new(
            "utf_32_ex_decode",
            "(data, errors=None, byteorder=0, final=False, /)",
            |th, a| convert::decode_with_order(th, a, false),
        ),
        decoder!("utf_7_decode", Utf7),
        encoder!("utf_7_encode", Utf7),
        decoder!("utf_8_decode", Utf8),
        encoder!("utf_8_encode", Utf8),
        decoder!("utf_16_decode", Utf16),
        encoder!("utf_16_encode", Utf16),
        decoder!("utf_16_le_decode", Utf16Le),
        encoder!("utf_16_le_encode", Utf16Le),
        decoder!("utf_16_be_decode", Utf16Be),
        encoder!("utf_16_be_encode", Utf16Be),
        decoder!("utf_32_decode", Utf32),
        encoder!("utf_32_encode", Utf32),
        decoder!("utf_32_le_decode", Utf32Le),
        encoder!("utf_32_le_encode", Utf32Le),
        decoder!("utf_32_be_decode", Utf32Be),
        encoder!("utf_32_be_encode", Utf32Be),
        decoder!("ascii_decode", Ascii),
        encoder!("ascii_encode", Ascii),
        decoder!("latin_1_decode", Latin1),
        encoder!("latin_1_encode", Latin1),
        MethodDef::new("charmap_build", "(map, /)", charmap::build),
        MethodDef::new(
            "charmap_decode",
            "(data, errors=None, mapping=None, /)",
            charmap::decode,
        ),
        MethodDef::new(
            "charmap_encode",
            "(str, errors=None, mapping=None, /)",
            charmap::encode,
        ),
        MethodDef::new("_strict_errors", "(exception, /)", |th, a| {
            faults::handle(th, a, "strict")
        }),
        MethodDef::new("_ignore_errors", "(exception, /)", |th, a| {
            faults::handle(th, a, "ignore")
        }),
        MethodDef::new("_replace_errors", "(exception, /)", |th, a| {
            faults::handle(th, a, "replace")
        }),
        MethodDef::new("_xmlcharrefreplace_errors", "(exception, /)", |th, a| {
            faults::handle(th, a, "xmlcharrefreplace")
        }),
        MethodDef::new("_backslashreplace_errors", "(exception, /)", |th, a| {
            faults::handle(th, a, "backslashreplace")
        }),
        MethodDef::new("_namereplace_errors", "(exception, /)", |th, a| {
            faults::handle(th, a, "namereplace")
        }),
        MethodDef::new("_surrogatepass_errors", "(exception, /)", |th, a| {
            faults::handle(th, a, "surrogatepass")
        }),
        MethodDef::new("_surrogateescape_errors", "(exception, /)", |th, a| {
            faults::handle(th, a, "surrogateescape")
        }),
    ],
    ..ModuleDef::new("_codecs")
};
