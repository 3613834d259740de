//! `str.encode` and `bytes.decode`: the codecs and error handlers that the runtime has built in. Other names are looked up
//! in the registry of the `_codecs` module, where that can be imported.

use super::str::arg;
use crate::object::obj::{Obj, Py};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_algo::text::codec::{self, Decoded, Fault, Order, Policy, Replacement};
use threadsnake_algo::text::{StrData, StrRef};

/// A codec that is built in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    /// UTF-8
    Utf8,
    /// UTF-16, with or without a byte order mark.
    Utf16(Order),
    /// UTF-32, with or without a byte order mark.
    Utf32(Order),
    /// Latin-1
    Latin1,
    /// ASCII
    Ascii,
    /// Backslash escapes as in string literals.
    UnicodeEscape,
    /// Only `\u` and `\U` escapes.
    RawUnicodeEscape,
}

impl Codec {
    /// By Python's name or a common alias.
    pub fn from_name(name: &str) -> Option<Codec> {
        let mut plain = String::with_capacity(name.len());
        for c in name.chars() {
            if c.is_ascii_alphanumeric() || c == '.' {
                plain.push(c.to_ascii_lowercase());
            } else if !plain.ends_with('_') {
                plain.push('_');
            }
        }
        Some(match plain.as_str() {
            "utf_8" | "utf8" | "u8" | "utf" | "cp65001" | "utf8_ucs2" | "utf8_ucs4" => Codec::Utf8,
            "utf_16" | "utf16" | "u16" => Codec::Utf16(Order::Native),
            "utf_16_le" | "utf_16le" | "utf16le" | "unicodelittleunmarked" => {
                Codec::Utf16(Order::Little)
            }
            "utf_16_be" | "utf_16be" | "utf16be" | "unicodebigunmarked" => Codec::Utf16(Order::Big),
            "utf_32" | "utf32" | "u32" => Codec::Utf32(Order::Native),
            "utf_32_le" | "utf_32le" | "utf32le" => Codec::Utf32(Order::Little),
            "utf_32_be" | "utf_32be" | "utf32be" => Codec::Utf32(Order::Big),
            "latin_1" | "latin1" | "latin" | "l1" | "iso_8859_1" | "iso8859_1" | "iso8859"
            | "8859" | "cp819" => Codec::Latin1,
            "ascii" | "us_ascii" | "646" | "iso646_us" | "ansi_x3.4_1968" => Codec::Ascii,
            "unicode_escape" => Codec::UnicodeEscape,
            "raw_unicode_escape" => Codec::RawUnicodeEscape,
            _ => return None,
        })
    }
}

/// `str.encode(encoding, errors)`
pub fn encode(th: &Thread, o: &Obj, encoding: Option<&Py<Str>>, errors: Option<&Py<Str>>) -> Res {
    let codec = match encoding {
        None => Codec::Utf8,
        Some(name) => match Codec::from_name(&name.to_rust()) {
            Some(c) => c,
            None => return by_registry(th, o, name, errors, true),
        },
    };
    let bytes = encode_with(th, codec, o, errors.map(|e| e.obj()))?;
    th.bytes(&bytes)
}

/// `bytes.decode(encoding, errors)` of any object with a buffer.
pub fn decode(th: &Thread, o: &Obj, encoding: Option<&Py<Str>>, errors: Option<&Py<Str>>) -> Res {
    let codec = match encoding {
        None => Codec::Utf8,
        Some(name) => match Codec::from_name(&name.to_rust()) {
            Some(c) => c,
            None => return by_registry(th, o, name, errors, false),
        },
    };
    let buffer = th.buffer(o, false)?;
    let d = decode_with(th, codec, buffer.bytes(), errors.map(|e| e.obj()), true)?;
    th.str_data(d.text)
}

/// Encodes the str `o` with a built-in codec; `errors` is a str or absent.
pub fn encode_with(th: &Thread, codec: Codec, o: &Obj, errors: Option<&Obj>) -> Res<Vec<u8>> {
    let s = arg(th, o, "encode() argument")?;
    let text = s.text();
    let policy = Handler::new(th, errors)?;
    let mut on_fault = |fault: Fault| policy.encode(th, o, text, fault);
    match codec {
        Codec::Utf8 => codec::encode_utf8(text, &mut on_fault),
        Codec::Utf16(order) => codec::encode_utf16(text, order, &mut on_fault),
        Codec::Utf32(order) => codec::encode_utf32(text, order, &mut on_fault),
        Codec::Latin1 => codec::encode_latin1(text, &mut on_fault),
        Codec::Ascii => codec::encode_ascii(text, &mut on_fault),
        Codec::UnicodeEscape => Ok(codec::encode_unicode_escape(text)),
        Codec::RawUnicodeEscape => Ok(codec::encode_raw_unicode_escape(text)),
    }
}

/// Decodes with a built-in codec; without `last`, what is cut off at the end is left unconsumed.
pub fn decode_with(
    th: &Thread,
    codec: Codec,
    input: &[u8],
    errors: Option<&Obj>,
    last: bool,
) -> Res<Decoded> {
    let policy = Handler::new(th, errors)?;
    if input.len() > 1 << 16 {
        th.reserve(input.len())?;
    }
    let whole = |text: StrData| Decoded {
        text,
        consumed: input.len(),
        order: Order::Native,
    };
    let mut on_fault = |fault: Fault| policy.decode(th, input, fault);
    match codec {
        Codec::Utf8 => codec::decode_utf8(input, last, &mut on_fault),
        Codec::Utf16(order) => codec::decode_utf16(input, order, last, &mut on_fault),
        Codec::Utf32(order) => codec::decode_utf32(input, order, last, &mut on_fault),
        Codec::Latin1 => Ok(whole(codec::decode_latin1(input))),
        Codec::Ascii => codec::decode_ascii(input, &mut on_fault),
        Codec::RawUnicodeEscape => codec::decode_raw_unicode_escape(input, last, &mut on_fault),
        Codec::UnicodeEscape => {
            let mut unknown = None;
            let made = codec::decode_unicode_escape(
                input,
                last,
                &mut |at| unknown = unknown.or(Some(at)),
                &mut on_fault,
            )?;
            if let Some(c) = unknown.and_then(|at| input.get(at)) {
                let shown = char::from(*c);
                th.warn(
                    TypeId::DeprecationWarning,
                    &format!(
                        "\"\\{shown}\" is an invalid escape sequence. Such sequences will not work in the future. "
                    ),
                )?;
            }
            Ok(made)
        }
    }
}

/// An error handler: predefined, or a name to be looked up when the first fault needs it.
enum Handler {
    Known(Policy),
    Named(String),
}

impl Handler {
    fn new(th: &Thread, errors: Option<&Obj>) -> Res<Handler> {
        let Some(errors) = errors else {
            return Ok(Handler::Known(Policy::Strict));
        };
        let name = arg(th, errors, "errors")?.to_rust();
        Ok(match Policy::from_name(&name) {
            Some(p) => Handler::Known(p),
            None => Handler::Named(name),
        })
    }

    fn encode(
        &self,
        th: &Thread,
        o: &Obj,
        text: StrRef<'_>,
        fault: Fault,
    ) -> Res<(Replacement, usize)> {
        let name = match self {
            Handler::Known(p) => {
                return p
                    .encode(text, fault)
                    .map_err(|f| unicode_error(th, TypeId::UnicodeEncodeError, o, f));
            }
            Handler::Named(name) => name,
        };
        let problem = unicode_error(th, TypeId::UnicodeEncodeError, o, fault);
        let (made, at) = call_handler(th, name, problem, text.len(), true)?;
        if let Some(s) = made.cast::<Str>() {
            return Ok((Replacement::Text(s.text().to_data()), at));
        }
        if !th.is_a(&made, TypeId::Bytes) {
            return Err(th.type_error("encoding error handler must return (str/bytes, int) tuple"));
        }
        Ok((
            Replacement::Bytes(th.bytes_like(&made)?.bytes().to_vec()),
            at,
        ))
    }

    fn decode(&self, th: &Thread, input: &[u8], fault: Fault) -> Res<(Replacement, usize)> {
        let problem = |f: Fault| match th.bytes(input) {
            Ok(o) => unicode_error(th, TypeId::UnicodeDecodeError, &o, f),
            Err(e) => e,
        };
        let name = match self {
            Handler::Known(Policy::XmlCharRefReplace | Policy::NameReplace) => {
                return Err(
                    th.type_error("don't know how to handle UnicodeDecodeError in error callback")
                );
            }
            Handler::Known(p) => return p.decode(input, fault).map_err(problem),
            Handler::Named(name) => name,
        };
        let (made, at) = call_handler(th, name, problem(fault), input.len(), false)?;
        match made.cast::<Str>() {
            Some(s) => Ok((Replacement::Text(s.text().to_data()), at)),
            None => Err(th.type_error("decoding error handler must return (str, int) tuple")),
        }
    }
}

/// `UnicodeEncodeError` or `UnicodeDecodeError` of a fault in `o`.
#[cold]
pub fn unicode_error(th: &Thread, ty: TypeId, o: &Obj, f: Fault) -> Exc {
    let made = th.str(f.encoding).and_then(|encoding| {
        let reason = th.str(f.reason)?;
        Ok([
            encoding,
            o.clone(),
            th.uint(f.start as u64),
            th.uint(f.end as u64),
            reason,
        ])
    });
    match made {
        Ok(args) => th.err_obj(ty, &args),
        Err(e) => e,
    }
}

/// Calls a registered error handler: its replacement, and where to go on.
fn call_handler(
    th: &Thread,
    name: &str,
    problem: Exc,
    len: usize,
    encoding: bool,
) -> Res<(Obj, usize)> {
    let handler = match th
        .import("_codecs")
        .and_then(|m| th.getattr(&m, "lookup_error"))
    {
        Ok(f) => th.call(&f, &[th.str(name)?])?,
        Err(_) => {
            return Err(th.err(
                TypeId::LookupError,
                &format!("unknown error handler name '{name}'"),
            ));
        }
    };
    let made = th.call(&handler, &[problem.obj().clone()])?;
    let wrong = || {
        th.type_error(if encoding {
            "encoding error handler must return (str/bytes, int) tuple"
        } else {
            "decoding error handler must return (str, int) tuple"
        })
    };
    let Some(pair) = made.cast::<Tuple>() else {
        return Err(wrong());
    };
    let [replacement, at] = pair.items() else {
        return Err(wrong());
    };
    if th.type_of(at).slots().index.is_none() {
        return Err(wrong());
    }
    let at = th.index_i64(at)?;
    let place = if at < 0 { at + len as i64 } else { at };
    match usize::try_from(place) {
        Ok(p) if p <= len => Ok((replacement.clone(), p)),
        _ => Err(th.index_error(format!("position {at} from error handler out of bounds"))),
    }
}

/// Encodes or decodes with a codec of `_codecs`' registry.
fn by_registry(
    th: &Thread,
    o: &Obj,
    name: &Py<Str>,
    errors: Option<&Py<Str>>,
    encoding: bool,
) -> Res {
    let shown = name.to_rust();
    let lookup = match th.import("_codecs").and_then(|m| th.getattr(&m, "lookup")) {
        Ok(f) => f,
        Err(_) => return Err(th.err(TypeId::LookupError, &format!("unknown encoding: {shown}"))),
    };
    let info = th.call(&lookup, &[name.obj().clone()])?;
    let verb = if encoding { "encode" } else { "decode" };
    if let Some(flag) = th.getattr_opt(&info, "_is_text_encoding")? {
        if !th.truthy(&flag)? {
            return Err(th.err(
                TypeId::LookupError,
                &format!("'{shown}' is not a text encoding; use codecs.{verb}() to handle arbitrary codecs"),
            ));
        }
    }
    let f = th.getitem(&info, &Obj::small_int(if encoding { 0 } else { 1 }))?;
    let made = match errors {
        Some(e) => th.call(&f, &[o.clone(), e.obj().clone()])?,
        None => th.call(&f, &[o.clone()])?,
    };
    let part = made.cast::<Tuple>().and_then(|t| match t.items() {
        [first, _] => Some(first.clone()),
        _ => None,
    });
    let Some(result) = part else {
        return Err(th.type_error(format!("{verb}r must return a tuple (object, integer)")));
    };
    let right = if encoding {
        th.is_a(&result, TypeId::Bytes)
    } else {
        result.cast::<Str>().is_some()
    };
    if right {
        return Ok(result);
    }
    let ty = th.type_name(&result);
    let (wanted, noun) = if encoding {
        ("bytes", "encoder")
    } else {
        ("str", "decoder")
    };
    Err(th.type_error(format!(
        "'{shown}' {noun} returned '{ty}' instead of '{wanted}'; use codecs.{verb}() to {verb} to arbitrary types"
    )))
}
