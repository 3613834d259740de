//! `SyntaxError`: where in the source.

use super::base::{self, exc, member};
use crate::object::def::{GetSetDef, TypeDef};
use crate::object::exception::BaseException;
use crate::object::layout::Native;
use crate::object::obj::Obj;
use crate::object::slots::{CallArgs, Slots};
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::StrBuf;

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    base::init(th, o, args)?;
    let pos = args.positional();
    let e = exc(o);
    if let Some(m) = pos.first() {
        e.extra[0].set(th, Some(m.clone()));
    }
    if let [_, info] = pos {
        let info = th.collect(info)?;
        if info.len() < 4 || info.len() > 7 {
            let (word, n) = if info.len() < 4 {
                ("at least", 4)
            } else {
                ("at most", 7)
            };
            return Err(th.type_error(format!(
                "function takes {word} {n} arguments ({} given)",
                info.len()
            )));
        }
        for (i, v) in info[..4].iter().enumerate() {
            e.extra[1 + i].set(th, Some(v.clone()));
        }
        for (i, n) in [(4, "end_lineno"), (5, "end_offset"), (6, "_metadata")] {
            if let Some(v) = info.get(i) {
                o.set_instance_attr(th, &th.intern(n), v.clone())?;
            }
        }
        if info.len() == 5 {
            return Err(th.type_error("end_offset must be provided when end_lineno is provided"));
        }
    }
    Ok(())
}

fn str(th: &Thread, o: &Obj) -> Res {
    let e = exc(o);
    let msg = e.extra[0].get().unwrap_or(Obj::NONE);
    let msg = th.to_str(&msg)?;
    let file = e.extra[1].get().filter(|f| f.cast::<Str>().is_some());
    let line = e.extra[2].get().and_then(|l| l.as_small_int());
    if file.is_none() && line.is_none() {
        return Ok(msg.into_obj());
    }
    let mut b = StrBuf::new();
    b.push_str(msg.text());
    b.push_ascii(b" (");
    if let Some(f) = &file {
        let name = th.str_text(f);
        b.push_utf8(name.rsplit('/').next().unwrap_or(""));
    }
    if let Some(l) = line {
        let sep = if file.is_some() { ", " } else { "" };
        b.push_utf8(&format!("{sep}line {l}"));
    }
    b.push_ascii(b")");
    th.str_data(b.finish())
}

fn attr(th: &Thread, o: &Obj, name: &str) -> Res {
    Ok(o.instance_attr(th, &th.intern(name)).unwrap_or(Obj::NONE))
}

fn set_attr(th: &Thread, o: &Obj, name: &str, v: Option<&Obj>) -> Res<()> {
    let n = th.intern(name);
    match v {
        Some(v) => o.set_instance_attr(th, &n, v.clone()).map(drop),
        None => o.del_instance_attr(th, &n).map(drop),
    }
}

/// `SyntaxError`
pub static DEF: TypeDef = TypeDef {
    base: TypeId::Exception,
    slots: Slots {
        init: Some(init),
        str: Some(str),
        ..Slots::NONE
    },
    getset: &[
        member!("msg", 0),
        member!("filename", 1),
        member!("lineno", 2),
        member!("offset", 3),
        member!("text", 4),
        GetSetDef::rw(
            "end_lineno",
            |th, o| attr(th, o, "end_lineno"),
            |th, o, v| set_attr(th, o, "end_lineno", v),
        ),
        GetSetDef::rw(
            "end_offset",
            |th, o| attr(th, o, "end_offset"),
            |th, o, v| set_attr(th, o, "end_offset", v),
        ),
        GetSetDef::rw(
            "_metadata",
            |th, o| attr(th, o, "_metadata"),
            |th, o, v| set_attr(th, o, "_metadata", v),
        ),
        member!("print_file_and_line", 5),
    ],
    flags: base::FLAGS,
    doc: "Invalid syntax.",
    ..TypeDef::new(TypeId::SyntaxError, "SyntaxError", BaseException::LAYOUT)
};
