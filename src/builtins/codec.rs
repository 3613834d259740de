//! `str.encode` and `bytes.decode`: thin, over the codecs of `modules::codecs`.

use crate::modules::codecs;
use crate::object::bytes::Bytes;
use crate::object::obj::{Obj, Py};
use crate::object::string::Str;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// `str.encode(encoding, errors)`
pub fn encode(th: &Thread, o: &Obj, encoding: Option<&Py<Str>>, errors: Option<&Py<Str>>) -> Res {
    let s = super::str::arg(th, o, "encode() argument")?;
    if let (Some(ascii), true) = (s.as_ascii(), encoding.is_none_or(is_utf8)) {
        return th.bytes(ascii.as_bytes());
    }
    let errors = errors.map(|e| e.to_rust());
    codecs::encode(th, s, &name(encoding), errors.as_deref())
}

/// `bytes.decode(encoding, errors)` of any object with a buffer.
pub fn decode(th: &Thread, o: &Obj, encoding: Option<&Py<Str>>, errors: Option<&Py<Str>>) -> Res {
    if let (Some(b), true) = (o.exact::<Bytes>(), encoding.is_none_or(is_utf8)) {
        if let Ok(text) = std::str::from_utf8(b.bytes()) {
            return th.str(text);
        }
    }
    let errors = errors.map(|e| e.to_rust());
    codecs::decode(th, o, &name(encoding), errors.as_deref())
}

fn is_utf8(name: &Py<Str>) -> bool {
    name.eq_rust("utf-8") || name.eq_rust("utf8")
}

fn name(encoding: Option<&Py<Str>>) -> String {
    encoding.map_or_else(|| "utf-8".to_owned(), |e| e.to_rust())
}
