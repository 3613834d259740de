//! Error handlers: the predefined ones natively, others as Python functions; and the exceptions that stay.

use super::registry;
use crate::modules::prelude::*;
use threadsnake_algo::text::StrBuf;
use threadsnake_algo::text::codec::{Decoded, Fault, OnFault, Policy, Replacement};

/// How faults are handled.
pub enum Errors {
    /// Predefined.
    Known(Policy),
    /// Registered under this name.
    Named(String),
}

impl Errors {
    /// From the `errors` argument; absent or None: strict.
    pub fn new(th: &Thread, o: Option<&Obj>) -> Res<Errors> {
        match o.filter(|o| !o.is_none()) {
            None => Ok(Errors::Known(Policy::Strict)),
            Some(o) => Ok(Errors::from_name(
                &th.text_of(o, "argument 'errors'")?.to_rust(),
            )),
        }
    }
    /// From a name.
    pub fn from_name(name: &str) -> Errors {
        match Policy::from_name(name) {
            Some(p) => Errors::Known(p),
            None => Errors::Named(name.to_owned()),
        }
    }

    /// Decodes `data` by `run`. A registered handler may put other bytes into the exception: from where it says, decoding
    /// goes on in them.
    pub fn decode(
        &self,
        th: &Thread,
        data: &[u8],
        mut run: impl FnMut(&[u8], OnFault<'_, Exc>) -> Res<Decoded>,
    ) -> Res<Decoded> {
        let mut moved = None;
        let mut d = run(data, &mut |f| self.on_decode(th, data, f, &mut moved))?;
        while let Some((data, at)) = moved.take() {
            let data: Vec<u8> = data;
            let rest = run(&data[at..], &mut |mut f| {
                f.start += at;
                f.end += at;
                let (r, next) = self.on_decode(th, &data, f, &mut moved)?;
                // A place before that where decoding began again is in other bytes, so to say.
                match next.checked_sub(at) {
                    Some(next) => Ok((r, next)),
                    None => {
                        moved = Some((data.clone(), next));
                        Ok((r, data.len() - at))
                    }
                }
            })?;
            let mut text = StrBuf::new();
            text.push_str(d.text.as_ref());
            text.push_str(rest.text.as_ref());
            d = Decoded {
                text: text.finish(),
                consumed: at + rest.consumed,
                order: rest.order,
            };
        }
        Ok(d)
    }

    /// Handles a fault of decoding `data`. Where the handler gave other bytes, they are put into `moved` with the place to go
    /// on at, and what decodes `data` is sent to its end.
    fn on_decode(
        &self,
        th: &Thread,
        data: &[u8],
        fault: Fault,
        moved: &mut Option<(Vec<u8>, usize)>,
    ) -> Res<(Replacement, usize)> {
        match self {
            Errors::Known(p) => p
                .decode(data, fault)
                .or_else(|f| Err(decode_error(th, data, f)?)),
            Errors::Named(name) => {
                let e = decode_error(th, data, fault)?;
                let (text, next) = self.call(th, name, &e)?;
                let Some(text) = text.cast::<Str>() else {
                    return Err(
                        th.type_error("decoding error handler must return (str, int) tuple")
                    );
                };
                let object = th.getattr(e.obj(), "object")?;
                if !th.is_a(&object, TypeId::Bytes) {
                    return Err(th.type_error("object attribute must be bytes"));
                }
                let now = th.bytes_like(&object)?;
                let next = place(th, next, now.bytes().len())?;
                let r = Replacement::Text(text.text().to_data());
                if now.bytes() == data {
                    return Ok((r, next));
                }
                *moved = Some((now.bytes().to_vec(), next));
                Ok((r, data.len()))
            }
        }
    }

    /// Handles a fault of encoding `text`.
    pub fn on_encode(
        &self,
        th: &Thread,
        text: &Py<Str>,
        fault: Fault,
    ) -> Res<(Replacement, usize)> {
        match self {
            Errors::Known(p) => p
                .encode(text.text(), fault)
                .or_else(|f| Err(encode_error(th, text, f)?)),
            Errors::Named(name) => {
                let e = encode_error(th, text, fault)?;
                let (r, next) = self.call(th, name, &e)?;
                let next = place(th, next, text.len())?;
                if let Some(s) = r.cast::<Str>() {
                    return Ok((Replacement::Text(s.text().to_data()), next));
                }
                if th.is_a(&r, TypeId::Bytes) {
                    return Ok((
                        Replacement::Bytes(th.bytes_like(&r)?.bytes().to_vec()),
                        next,
                    ));
                }
                Err(th.type_error("encoding error handler must return (str/bytes, int) tuple"))
            }
        }
    }

    /// Calls a registered handler: what it gives, and the place to go on at, from the end if it is negative.
    fn call(&self, th: &Thread, name: &str, e: &Exc) -> Res<(Obj, i64)> {
        let handler = registry::lookup_error(th, name)?;
        let r = th.call(&handler, std::slice::from_ref(e.obj()))?;
        let Some([what, next]) = r.cast::<Tuple>().map(|t| t.items()) else {
            return Err(th.type_error(if e.is(th, TypeId::UnicodeDecodeError) {
                "decoding error handler must return (str, int) tuple"
            } else {
                "encoding error handler must return (str/bytes, int) tuple"
            }));
        };
        Ok((what.clone(), th.index_i64(next)?))
    }
}

/// The place that a handler gave, in what has this length.
fn place(th: &Thread, n: i64, len: usize) -> Res<usize> {
    let at = if n < 0 { n + len as i64 } else { n };
    match usize::try_from(at).ok().filter(|&at| at <= len) {
        Some(at) => Ok(at),
        None => Err(th.index_error(format!("position {n} from error handler out of bounds"))),
    }
}

/// The UnicodeDecodeError of a fault.
pub fn decode_error(th: &Thread, data: &[u8], f: Fault) -> Res<Exc> {
    let args = [
        th.str(f.encoding)?,
        th.bytes(data)?,
        th.uint(f.start as u64),
        th.uint(f.end as u64),
        th.str(f.reason)?,
    ];
    Ok(th.err_obj(TypeId::UnicodeDecodeError, &args))
}

/// The UnicodeEncodeError of a fault.
pub fn encode_error(th: &Thread, text: &Py<Str>, f: Fault) -> Res<Exc> {
    let args = [
        th.str(f.encoding)?,
        text.obj().clone(),
        th.uint(f.start as u64),
        th.uint(f.end as u64),
        th.str(f.reason)?,
    ];
    Ok(th.err_obj(TypeId::UnicodeEncodeError, &args))
}

/// The encodings that `surrogatepass` knows, as the codecs name them.
fn known_encoding(name: &str) -> &'static str {
    match name.to_ascii_lowercase().replace('_', "-").as_str() {
        "utf-8" | "utf8" | "cp65001" => "utf-8",
        "utf-16" | "utf16" => "utf-16",
        "utf-16-le" | "utf-16le" => "utf-16-le",
        "utf-16-be" | "utf-16be" => "utf-16-be",
        "utf-32" | "utf32" => "utf-32",
        "utf-32-le" | "utf-32le" => "utf-32-le",
        "utf-32-be" | "utf-32be" => "utf-32-be",
        _ => "",
    }
}

/// A predefined handler as a Python function of the exception.
pub(super) fn handle(th: &Thread, a: Args<'_>, name: &str) -> Res {
    let e = a.get(0);
    let unicode = [
        TypeId::UnicodeEncodeError,
        TypeId::UnicodeDecodeError,
        TypeId::UnicodeTranslateError,
    ]
    .map(|t| th.is_a(e, t));
    if name == "strict" {
        return Err(if th.is_a(e, TypeId::BaseException) {
            raise(th, e)
        } else {
            th.type_error("codec must pass exception instance")
        });
    }
    let wrong = || {
        th.type_error(format!(
            "don't know how to handle {} in error callback",
            th.type_name(e)
        ))
    };
    if !unicode.contains(&true) {
        return Err(wrong());
    }
    let Some(policy) = Policy::from_name(name) else {
        return Err(wrong());
    };
    let object = th.getattr(e, "object")?;
    let (start, end) = (
        th.index_clamped(&th.getattr(e, "start")?)?,
        th.index_clamped(&th.getattr(e, "end")?)?,
    );
    let encoding = match unicode[2] {
        true => "",
        false => known_encoding(&th.str_text(&th.getattr(e, "encoding")?)),
    };
    let fault = |len: usize| {
        let start = (start.max(0) as usize).min(len.saturating_sub(1));
        Fault {
            encoding,
            start,
            end: (end.max(0) as usize).clamp(start.min(len), len),
            reason: "",
        }
    };
    let done = if unicode[1] {
        if matches!(policy, Policy::XmlCharRefReplace | Policy::NameReplace) {
            return Err(wrong());
        }
        let data = th.bytes_like(&object)?;
        policy.decode(data.bytes(), fault(data.len()))
    } else {
        let text = th.text_of(&object, "object attribute")?;
        if unicode[2] {
            match policy {
                Policy::SurrogateEscape
                | Policy::SurrogatePass
                | Policy::XmlCharRefReplace
                | Policy::NameReplace => {
                    return Err(wrong());
                }
                // Translating replaces by the replacement character, encoding by a question mark.
                Policy::Replace => {
                    let f = fault(text.len());
                    let mut b = StrBuf::new();
                    b.push_n(0xfffd, f.end - f.start);
                    Ok((Replacement::Text(b.finish()), f.end))
                }
                p => p.encode(text.text(), fault(text.len())),
            }
        } else {
            policy.encode(text.text(), fault(text.len()))
        }
    };
    match done {
        Ok((Replacement::Text(t), next)) => tuple_of(th, [th.str_data(t)?, th.uint(next as u64)]),
        Ok((Replacement::Bytes(b), next)) => tuple_of(th, [th.bytes(&b)?, th.uint(next as u64)]),
        Err(_) => Err(raise(th, e)),
    }
}
