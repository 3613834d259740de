//! `_json`: the scanner and the encoder of `json`.

mod encoder;
mod scanner;

use crate::modules::prelude::*;
use threadsnake_algo::json_scan;

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&scanner::SCANNER, &encoder::ENCODER];

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    // The encoder knows the first two by their place.
    functions: &[
        MethodDef::new("encode_basestring_ascii", "(string, /)", |th, a| {
            escape(th, a.get(0), true)
        }),
        MethodDef::new("encode_basestring", "(string, /)", |th, a| {
            escape(th, a.get(0), false)
        }),
        MethodDef::new("scanstring", "(string, end, strict=True, /)", scan_string),
    ],
    types: &[
        ("make_scanner", TypeId::JsonScanner),
        ("make_encoder", TypeId::JsonEncoder),
    ],
    doc: "json speedups",
    ..ModuleDef::new("_json")
};

fn escape(th: &Thread, o: &Obj, ascii: bool) -> Res {
    match o.cast::<Str>() {
        Some(s) => th.str_data(json_scan::escape(s.text(), ascii)),
        None => Err(th.type_error(format!(
            "first argument must be a string, not {}",
            th.type_name(o)
        ))),
    }
}

fn scan_string(th: &Thread, a: Args<'_>) -> Res {
    let Some(s) = a.get(0).cast::<Str>() else {
        return Err(th.type_error(format!(
            "first argument must be a string, not {}",
            th.type_name(a.get(0))
        )));
    };
    let end = th.index_i64(a.get(1))?;
    let strict = a.opt(2).map_or(Ok(true), |o| th.truthy(o))?;
    let Some(end) = usize::try_from(end).ok().filter(|&e| e <= s.len()) else {
        return Err(th.value_error("end is out of bounds"));
    };
    match json_scan::scan_string(s.text(), end, strict) {
        Ok((text, end)) => tuple_of(th, [th.str_data(text)?, th.uint(end as u64)]),
        Err(e) => Err(decode_error(th, s.obj(), e.message, e.pos)),
    }
}

/// `json.JSONDecodeError(message, doc, pos)`
fn decode_error(th: &Thread, doc: &Obj, message: &str, pos: usize) -> Exc {
    let made = th
        .import("json.decoder")
        .and_then(|_| th.import("json"))
        .and_then(|m| th.getattr(&m, "JSONDecodeError"))
        .and_then(|c| th.call(&c, &[th.str(message)?, doc.clone(), th.uint(pos as u64)]));
    match made {
        Ok(e) => raise(th, &e),
        Err(e) => e,
    }
}
