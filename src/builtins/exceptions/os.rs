//! `OSError`: the class follows from errno; the arguments are errno, text, file name, (winerror), second file name.

use super::base::{self, args_of, exc, instance_state, member, reduce_with};
use crate::object::def::{GetSetDef, MethodDef, TypeDef};
use crate::object::exception::BaseException;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::{CallArgs, Slots};
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::{Res, errno_class};
use crate::runtime::thread::Thread;
use threadsnake_algo::text::StrBuf;

/// Whether a class has an `__init__` of its own but the native `__new__`: then `__init__` takes the arguments apart,
/// otherwise `__new__` has done so already.
fn init_parses(cls: &Py<Type>) -> bool {
    let s = cls.slots();
    s.init
        .is_none_or(|f| f as usize != init as *const () as usize)
        && s.new
            .is_some_and(|f| f as usize == new as *const () as usize)
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let pos = args.positional();
    let late = init_parses(cls);
    let mut cls = cls.clone();
    if !late {
        if !args.kwnames.is_empty() {
            return Err(th.type_error(format!("{}() takes no keyword arguments", cls.name_text())));
        }
        if cls.id == Some(TypeId::OSError) && (2..=5).contains(&pos.len()) {
            if let Some(n) = th.int_like_i64(&pos[0]).and_then(|n| i32::try_from(n).ok()) {
                cls = th.ty(errno_class(n)).clone();
            }
        }
    }
    let empty = th.empty_tuple();
    let o = th
        .alloc_as::<BaseException>(&cls, BaseException::with_args(empty))?
        .into_obj();
    if !late {
        fill(th, &o, pos)?;
    }
    Ok(o)
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    if !init_parses(th.type_of(o)) {
        return Ok(());
    }
    base::no_keywords(th, o, args)?;
    fill(th, o, args.positional())
}

fn fill(th: &Thread, o: &Obj, pos: &[Obj]) -> Res<()> {
    let e = exc(o);
    let mut kept = pos;
    if (2..=5).contains(&pos.len()) {
        e.extra[0].set(th, Some(pos[0].clone()));
        e.extra[1].set(th, Some(pos[1].clone()));
        let given = |i: usize| pos.get(i).filter(|x| !x.is_none());
        if let Some(f) = given(2) {
            let number = th.is_a(o, TypeId::BlockingIOError)
                && (th.type_of(f).slots().index.is_some()
                    || th.type_of(f).slots().int.is_some()
                    || th.type_of(f).slots().float.is_some());
            if number {
                let n = th.index(f)?;
                e.extra[5].set(th, Some(n));
            } else {
                e.extra[2].set(th, Some(f.clone()));
                if let Some(f2) = given(4) {
                    e.extra[3].set(th, Some(f2.clone()));
                }
                kept = &pos[..2];
            }
        }
    }
    let t = th.tuple(kept.to_vec())?;
    e.args.set(th, Some(t));
    Ok(())
}

fn str(th: &Thread, o: &Obj) -> Res {
    let e = exc(o);
    let get = |i: usize| e.extra[i].get();
    let mut b = StrBuf::new();
    let head = |b: &mut StrBuf| -> Res<()> {
        b.push_ascii(b"[Errno ");
        b.push_str(th.to_str(&get(0).unwrap_or(Obj::NONE))?.text());
        b.push_ascii(b"] ");
        b.push_str(th.to_str(&get(1).unwrap_or(Obj::NONE))?.text());
        Ok(())
    };
    match (get(2), get(3)) {
        (Some(f), second) => {
            head(&mut b)?;
            b.push_ascii(b": ");
            b.push_str(th.repr(&f)?.text());
            if let Some(s) = second {
                b.push_ascii(b" -> ");
                b.push_str(th.repr(&s)?.text());
            }
        }
        (None, _) if get(0).is_some() && get(1).is_some() => head(&mut b)?,
        _ => return base::str(th, o),
    }
    th.str_data(b.finish())
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let e = exc(o);
    let mut args = args_of(th, e);
    if let (Some(t), Some(f)) = (
        args.cast::<Tuple>().filter(|t| t.len() == 2),
        e.extra[2].get(),
    ) {
        let mut all = t.items().to_vec();
        all.push(f);
        if let Some(f2) = e.extra[3].get() {
            all.extend([Obj::NONE, f2]);
        }
        args = th.tuple(all)?;
    }
    reduce_with(th, o, args, instance_state(th, o)?)
}

/// `OSError`
pub static DEF: TypeDef = TypeDef {
    base: TypeId::Exception,
    slots: Slots {
        new: Some(new),
        init: Some(init),
        str: Some(str),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", reduce)],
    getset: &[
        member!("errno", 0),
        member!("strerror", 1),
        member!("filename", 2),
        member!("filename2", 3),
        GetSetDef::rw(
            "characters_written",
            |th, o| match exc(o).extra[5].get() {
                Some(n) => Ok(n),
                None => Err(th.attribute_error("characters_written")),
            },
            |th, o, v| match v {
                Some(v) => {
                    let n = th.index(v)?;
                    exc(o).extra[5].set(th, Some(n));
                    Ok(())
                }
                None => match exc(o).extra[5].swap(th, None) {
                    Some(_) => Ok(()),
                    None => Err(th.attribute_error("characters_written")),
                },
            },
        ),
    ],
    flags: base::FLAGS,
    doc: "Base class for I/O related errors.",
    ..TypeDef::new(TypeId::OSError, "OSError", BaseException::LAYOUT)
};
