//! Search functions, the cache of codecs found, and error handlers by name.

use super::convert;
use super::faults::Errors;
use crate::modules::prelude::*;
use std::collections::HashMap;
use threadsnake_threads::sync::Mutex;

#[derive(Default)]
struct State {
    search: Mutex<Vec<Obj>>,
    found: Mutex<HashMap<String, Obj>>,
    handlers: Mutex<HashMap<String, Obj>>,
}

fn state(th: &Thread) -> &State {
    th.rt().module_state::<State>()
}

pub(super) fn register(th: &Thread, a: Args<'_>) -> Res {
    if th.type_of(a.get(0)).slots().call.is_none() {
        return Err(th.type_error("argument must be callable"));
    }
    state(th).search.lock().push(a.get(0).clone());
    Ok(Obj::NONE)
}

pub(super) fn unregister(th: &Thread, a: Args<'_>) -> Res {
    let s = state(th);
    let gone = {
        let mut search = s.search.lock();
        search
            .iter()
            .position(|f| f.is(a.get(0)))
            .map(|i| search.remove(i))
    };
    if gone.is_some() {
        let old = std::mem::take(&mut *s.found.lock());
        drop(old);
    }
    Ok(Obj::NONE)
}

pub(super) fn forget(th: &Thread, a: Args<'_>) -> Res {
    let name = normal(&th.text_of(a.get(0), "_forget_codec() argument")?.to_rust());
    let old = state(th).found.lock().remove(&name);
    drop(old);
    Ok(Obj::NONE)
}

/// Lower case, runs of anything but letters, digits and dots as one underscore.
fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else if c.is_ascii() {
            gap = true;
        }
    }
    out
}

/// The `CodecInfo` of an encoding.
pub fn lookup(th: &Thread, name: &str) -> Res {
    if name.contains('\0') {
        return Err(th.value_error("embedded null character"));
    }
    let key = normal(name);
    let s = state(th);
    if let Some(c) = s.found.lock().get(&key).cloned() {
        return Ok(c);
    }
    let empty = s.search.lock().is_empty();
    if empty {
        // Its import registers the search function of the library's codecs.
        th.import("encodings")?;
    }
    let functions = s.search.lock().clone();
    let arg = th.str(&key)?;
    for f in functions {
        let r = th.call(&f, std::slice::from_ref(&arg))?;
        if r.is_none() {
            continue;
        }
        if r.cast::<Tuple>().is_none_or(|t| t.len() != 4) {
            return Err(th.type_error("codec search functions must return 4-tuples"));
        }
        let old = s.found.lock().insert(key, r.clone());
        drop(old);
        return Ok(r);
    }
    Err(th.lookup_error(format!("unknown encoding: {name}")))
}

fn names(th: &Thread, a: Args<'_>) -> Res<(String, Option<String>)> {
    let encoding = match a.opt(1) {
        Some(o) => th.text_of(o, "argument 'encoding'")?.to_rust(),
        None => "utf-8".to_owned(),
    };
    let errors = match a.opt(2) {
        Some(o) => Some(th.text_of(o, "argument 'errors'")?.to_rust()),
        None => None,
    };
    Ok((encoding, errors))
}

/// Calls the encoder (0) or decoder (1) of a registered codec.
pub(super) fn run(th: &Thread, which: usize, o: &Obj, encoding: &str, errors: Option<&str>) -> Res {
    let codec = lookup(th, encoding)?;
    let Some(f) = codec.cast::<Tuple>().and_then(|t| t.items().get(which)) else {
        return Err(th.type_error("codec search functions must return 4-tuples"));
    };
    let mut args = vec![o.clone()];
    if let Some(e) = errors {
        args.push(th.str(e)?);
    }
    let r = match th.call(f, &args) {
        Ok(r) => r,
        Err(e) => {
            let what = if which == 0 { "encoding" } else { "decoding" };
            let note = th.str(&format!("{what} with '{encoding}' codec failed"))?;
            crate::builtins::exceptions::base::add_note_obj(th, e.0.obj(), &note)?;
            return Err(e);
        }
    };
    match r.cast::<Tuple>().map(|t| t.items()) {
        Some([value, _]) => Ok(value.clone()),
        _ => Err(th.type_error(if which == 0 {
            "encoder must return a tuple (object, integer)"
        } else {
            "decoder must return a tuple (object,integer)"
        })),
    }
}

pub(super) fn encode_any(th: &Thread, a: Args<'_>) -> Res {
    let (encoding, errors) = names(th, a)?;
    run(th, 0, a.get(0), &encoding, errors.as_deref())
}

pub(super) fn decode_any(th: &Thread, a: Args<'_>) -> Res {
    let (encoding, errors) = names(th, a)?;
    run(th, 1, a.get(0), &encoding, errors.as_deref())
}

pub(super) fn register_error(th: &Thread, a: Args<'_>) -> Res {
    let name = th
        .text_of(a.get(0), "register_error() argument 1")?
        .to_rust();
    if th.type_of(a.get(1)).slots().call.is_none() {
        return Err(th.type_error("handler must be callable"));
    }
    let old = state(th).handlers.lock().insert(name, a.get(1).clone());
    drop(old);
    Ok(Obj::NONE)
}

pub(super) fn unregister_error(th: &Thread, a: Args<'_>) -> Res {
    let name = th
        .text_of(a.get(0), "_unregister_error() argument")?
        .to_rust();
    if matches!(Errors::from_name(&name), Errors::Known(_)) {
        return Err(th.value_error(format!(
            "cannot un-register built-in error handler '{name}'"
        )));
    }
    let old = state(th).handlers.lock().remove(&name);
    Ok(Obj::bool(old.is_some()))
}

/// The handler of a name.
pub(super) fn lookup_error(th: &Thread, name: &str) -> Res {
    if let Some(h) = state(th).handlers.lock().get(name).cloned() {
        return Ok(h);
    }
    if matches!(Errors::from_name(name), Errors::Known(_)) {
        return th.getattr(&th.import("_codecs")?, &format!("_{name}_errors"));
    }
    Err(th.lookup_error(format!("unknown error handler name '{name}'")))
}

/// `convert`'s codec of a name, without the registry.
pub(super) fn native(name: &str) -> Option<convert::Codec> {
    use convert::Codec;
    Some(match normal(name).as_str() {
        "utf_8" | "utf8" | "u8" | "cp65001" => Codec::Utf8,
        "ascii" | "us_ascii" | "646" => Codec::Ascii,
        "latin_1" | "latin1" | "iso_8859_1" | "iso8859_1" | "8859" | "l1" => Codec::Latin1,
        "utf_16" | "utf16" => Codec::Utf16,
        "utf_16_le" | "utf_16le" => Codec::Utf16Le,
        "utf_16_be" | "utf_16be" => Codec::Utf16Be,
        "utf_32" | "utf32" => Codec::Utf32,
        "utf_32_le" | "utf_32le" => Codec::Utf32Le,
        "utf_32_be" | "utf_32be" => Codec::Utf32Be,
        _ => return None,
    })
}
