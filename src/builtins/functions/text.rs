//! Strings, `print`, `input`.

use crate::builtins::common::*;
use crate::object::obj::Obj;
use crate::object::sig::Args;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::StrBuf;

/// `repr(object)`
pub fn repr(th: &Thread, a: Args<'_>) -> Res {
    Ok(th.repr(a.get(0))?.into_obj())
}

/// `ascii(object)`
pub fn ascii(th: &Thread, a: Args<'_>) -> Res {
    Ok(th.ascii(a.get(0))?.into_obj())
}

/// `chr(i)`
pub fn chr(th: &Thread, a: Args<'_>) -> Res {
    let n = th.index(a.get(0))?;
    let c = n
        .as_small_int()
        .and_then(|n| u32::try_from(n).ok())
        .filter(|c| *c < 0x11_0000);
    let Some(c) = c else {
        return Err(th.value_error("chr() arg not in range(0x110000)"));
    };
    let mut buf = StrBuf::new();
    buf.push(c);
    th.str_data(buf.finish())
}

/// `ord(character)`
pub fn ord(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let len = if let Some(s) = o.cast::<Str>() {
        if s.len() == 1 {
            return Ok(th.int(i64::from(s.at(0))));
        }
        ("string", s.len())
    } else if th.is_a(o, TypeId::Bytes) || th.is_a(o, TypeId::ByteArray) {
        let b = th.bytes_like(o)?;
        if let [c] = b.bytes() {
            return Ok(th.int(i64::from(*c)));
        }
        (
            if th.is_a(o, TypeId::Bytes) {
                "bytes"
            } else {
                "bytearray"
            },
            b.len(),
        )
    } else {
        return Err(th.type_error(format!(
            "ord() expected string of length 1, but {} found",
            th.type_name(o)
        )));
    };
    Err(th.type_error(format!(
        "ord() expected a character, but {} of length {} found",
        len.0, len.1
    )))
}

/// `format(value, format_spec='')`
pub fn format(th: &Thread, a: Args<'_>) -> Res {
    let empty;
    let spec = match a.opt(1) {
        Some(s) if s.cast::<Str>().is_none() => {
            return Err(th.type_error(format!(
                "format() argument 2 must be str, not {}",
                th.type_name(s)
            )));
        }
        Some(s) => s,
        None => {
            empty = th.str("")?;
            &empty
        }
    };
    th.format(a.get(0), spec)
}

fn text_or_none<'a>(th: &Thread, o: Option<&'a Obj>, what: &str) -> Res<Option<&'a Obj>> {
    match o {
        Some(o) if o.cast::<Str>().is_none() => Err(th.type_error(format!(
            "{what} must be None or a string, not {}",
            th.type_name(o)
        ))),
        o => Ok(o),
    }
}

/// `print(*args, sep=' ', end='\n', file=None, flush=False)`
pub fn print(th: &Thread, a: Args<'_>) -> Res {
    let file = match a.opt_not_none(3) {
        Some(f) => f.clone(),
        None => match th.sys_get("stdout") {
            None => return Err(th.runtime_error("lost sys.stdout")),
            Some(f) if f.is_none() => return Ok(Obj::NONE),
            Some(f) => f,
        },
    };
    let sep = text_or_none(th, a.opt_not_none(1), "sep")?;
    let end = text_or_none(th, a.opt_not_none(2), "end")?;
    let items = this::<Tuple>(a.get(0)).items();
    // A stream of ours gets the line in one piece, so that lines of several threads do not mix; a stream written in
    // Python sees the same calls as on CPython.
    if th.type_of(&file).id == Some(TypeId::TextIOWrapper) {
        let mut buf = StrBuf::new();
        let mut failed = None;
        for (i, o) in items.iter().enumerate() {
            if i > 0 {
                push(&mut buf, sep, b" ");
            }
            match th.to_str(o) {
                Ok(s) => buf.push_str(s.text()),
                Err(e) => {
                    failed = Some(e);
                    break;
                }
            }
        }
        if failed.is_none() {
            push(&mut buf, end, b"\n");
        }
        if !buf.is_empty() {
            let line = th.str_data(buf.finish())?;
            th.call_method(&file, "write", &[line])?;
        }
        if let Some(e) = failed {
            return Err(e);
        }
    } else {
        let write = th.getattr(&file, "write")?;
        let or =
            |o: Option<&Obj>, default: &str| o.map_or_else(|| th.str(default), |o| Ok(o.clone()));
        for (i, o) in items.iter().enumerate() {
            if i > 0 {
                th.call(&write, &[or(sep, " ")?])?;
            }
            let s = th.to_str(o)?.into_obj();
            th.call(&write, &[s])?;
        }
        th.call(&write, &[or(end, "\n")?])?;
    }
    if let Some(f) = a.opt(4)
        && th.truthy(f)?
    {
        th.call_method(&file, "flush", &[])?;
    }
    Ok(Obj::NONE)
}

fn push(buf: &mut StrBuf, text: Option<&Obj>, default: &[u8]) {
    match text.and_then(|t| t.cast::<Str>()) {
        Some(s) => buf.push_str(s.text()),
        None => buf.push_ascii(default),
    }
}

/// `input(prompt='')`
pub fn input(th: &Thread, a: Args<'_>) -> Res {
    let stream = |name: &str| match th.sys_get(name) {
        Some(f) if !f.is_none() => Ok(f),
        _ => Err(th.runtime_error(format!("input(): lost sys.{name}"))),
    };
    let (stdin, stdout, stderr) = (stream("stdin")?, stream("stdout")?, stream("stderr")?);
    let flush = |f: &Obj| match th.call_method(f, "flush", &[]) {
        Ok(_) => Ok(()),
        Err(e) if e.is(th, TypeId::Exception) => Ok(()),
        Err(e) => Err(e),
    };
    flush(&stderr)?;
    if let Some(p) = a.opt(0) {
        let text = th.to_str(p)?.into_obj();
        th.call_method(&stdout, "write", &[text])?;
    }
    flush(&stdout)?;
    let line = th.call_method(&stdin, "readline", &[])?;
    let Some(s) = line.cast::<Str>() else {
        return Err(th.type_error("object.readline() returned non-string"));
    };
    match s.len() {
        0 => Err(th.err(TypeId::EOFError, "EOF when reading a line")),
        n if s.at(n - 1) == u32::from(b'\n') => th.str_ref(s.text().slice(0, n - 1)),
        _ => Ok(line.clone()),
    }
}
