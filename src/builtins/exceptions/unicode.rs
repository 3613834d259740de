//! Unicode errors: what could not be encoded, decoded or translated, and where.

use super::base::{self, exc, member};
use crate::object::def::TypeDef;
use crate::object::exception::BaseException;
use crate::object::layout::Native;
use crate::object::obj::Obj;
use crate::object::slots::{CallArgs, Slots};
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::StrBuf;

/// Fields: encoding, object, start, end, reason. Translation errors have no encoding.
fn init(th: &Thread, o: &Obj, args: CallArgs<'_>, encoding: bool, bytes: bool) -> Res<()> {
    base::init(th, o, args)?;
    let pos = args.positional();
    let want = if encoding { 5 } else { 4 };
    if pos.len() != want {
        return Err(th.type_error(format!(
            "function takes exactly {want} arguments ({} given)",
            pos.len()
        )));
    }
    let first = usize::from(!encoding);
    let wrong = |i: usize, what: &str| {
        th.type_error(format!(
            "argument {} must be {what}, not {}",
            i + 1,
            th.type_name(&pos[i])
        ))
    };
    let mut object = pos[1 - first].clone();
    for (i, v) in pos.iter().enumerate() {
        let field = i + first;
        match field {
            0 | 4 if v.cast::<Str>().is_none() => return Err(wrong(i, "str")),
            1 if bytes && th.is_a(v, TypeId::Bytes) => {}
            1 if bytes => {
                th.bytes_like(v)?;
                object = th.call(th.ty(TypeId::Bytes).obj(), std::slice::from_ref(v))?;
            }
            1 if v.cast::<Str>().is_none() => return Err(wrong(i, "str")),
            2 | 3 => {
                th.index_i64(v)?;
            }
            _ => {}
        }
    }
    let e = exc(o);
    for (i, v) in pos.iter().enumerate() {
        let v = if i + first == 1 {
            object.clone()
        } else {
            v.clone()
        };
        e.extra[i + first].set(th, Some(v));
    }
    Ok(())
}

struct Fields {
    encoding: Obj,
    object: Obj,
    start: i64,
    end: i64,
    reason: Obj,
}

fn fields(th: &Thread, o: &Obj) -> Option<Fields> {
    let e = exc(o);
    let get = |i: usize| e.extra[i].get();
    let n = |i: usize| get(i).and_then(|v| th.int_like_i64(&v)).unwrap_or(0);
    Some(Fields {
        encoding: get(0).unwrap_or(Obj::NONE),
        object: get(1)?,
        start: n(2),
        end: n(3),
        reason: get(4)?,
    })
}

fn text(th: &Thread, parts: &[&str], more: &Obj) -> Res {
    let mut b = StrBuf::new();
    for p in parts {
        b.push_utf8(p);
    }
    b.push_str(th.to_str(more)?.text());
    th.str_data(b.finish())
}

/// Start and end as they are, but not below 0 and the end not beyond the object.
fn range(f: &Fields, len: i64) -> (i64, i64) {
    (f.start.max(0), f.end.min(len).max(0))
}

fn decode_str(th: &Thread, o: &Obj) -> Res {
    let Some(f) = fields(th, o) else {
        return Ok(th.empty_str());
    };
    let enc = th.to_str(&f.encoding)?.to_rust();
    let buffer = th.bytes_like(&f.object)?;
    let bytes = buffer.bytes();
    let (start, end) = range(&f, bytes.len() as i64);
    let what = match bytes.get(start as usize) {
        Some(b) if end == start + 1 => {
            format!("'{enc}' codec can't decode byte 0x{b:02x} in position {start}: ")
        }
        _ => format!(
            "'{enc}' codec can't decode bytes in position {start}-{}: ",
            end - 1
        ),
    };
    text(th, &[&what], &f.reason)
}

fn escaped(c: u32) -> String {
    match c {
        0..=0xFF => format!("\\x{c:02x}"),
        0x100..=0xFFFF => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}

fn char_str(th: &Thread, o: &Obj, head: impl Fn(&str) -> String) -> Res {
    let Some(f) = fields(th, o) else {
        return Ok(th.empty_str());
    };
    let enc = th.to_str(&f.encoding)?.to_rust();
    let Some(s) = f.object.cast::<Str>() else {
        return Err(th.type_error("object attribute must be unicode"));
    };
    let (start, end) = range(&f, s.len() as i64);
    let what = if end == start + 1 && (start as usize) < s.len() {
        format!(
            "{} character '{}' in position {start}: ",
            head(&enc),
            escaped(s.at(start as usize))
        )
    } else {
        format!(
            "{} characters in position {start}-{}: ",
            head(&enc),
            end - 1
        )
    };
    text(th, &[&what], &f.reason)
}

/// `UnicodeDecodeError`
pub static DECODE: TypeDef = TypeDef {
    base: TypeId::UnicodeError,
    slots: Slots {
        init: Some(|th, o, args| init(th, o, args, true, true)),
        str: Some(decode_str),
        ..Slots::NONE
    },
    getset: FIELDS,
    flags: base::FLAGS,
    doc: "Unicode decoding error.",
    ..TypeDef::new(
        TypeId::UnicodeDecodeError,
        "UnicodeDecodeError",
        BaseException::LAYOUT,
    )
};

/// `UnicodeEncodeError`
pub static ENCODE: TypeDef = TypeDef {
    base: TypeId::UnicodeError,
    slots: Slots {
        init: Some(|th, o, args| init(th, o, args, true, false)),
        str: Some(|th, o| char_str(th, o, |enc| format!("'{enc}' codec can't encode"))),
        ..Slots::NONE
    },
    getset: FIELDS,
    flags: base::FLAGS,
    doc: "Unicode encoding error.",
    ..TypeDef::new(
        TypeId::UnicodeEncodeError,
        "UnicodeEncodeError",
        BaseException::LAYOUT,
    )
};

/// `UnicodeTranslateError`
pub static TRANSLATE: TypeDef = TypeDef {
    base: TypeId::UnicodeError,
    slots: Slots {
        init: Some(|th, o, args| init(th, o, args, false, false)),
        str: Some(|th, o| char_str(th, o, |_| "can't translate".to_owned())),
        ..Slots::NONE
    },
    getset: FIELDS,
    flags: base::FLAGS,
    doc: "Unicode translation error.",
    ..TypeDef::new(
        TypeId::UnicodeTranslateError,
        "UnicodeTranslateError",
        BaseException::LAYOUT,
    )
};

const FIELDS: &[crate::object::def::GetSetDef] = &[
    member!("encoding", 0),
    member!("object", 1),
    member!("start", 2),
    member!("end", 3),
    member!("reason", 4),
];
