//! `BaseException` itself, and what its descendants share.

use crate::builtins::common::this;
use crate::builtins::objecttype;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::dict::Dict;
use crate::object::exception::{BaseException, Traceback};
use crate::object::layout::Native;
use crate::object::list::List;
use crate::object::obj::{Obj, Py, Slot};
use crate::object::sig::Args;
use crate::object::slots::{CallArgs, Slots};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::record::late;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::StrBuf;
use threadsnake_threads::sync::atomic::Ordering;

/// The payload of an exception.
#[inline(always)]
pub fn exc(o: &Obj) -> &Py<BaseException> {
    this::<BaseException>(o)
}

/// Flags of every exception class.
pub const FLAGS: u32 = type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::EXCEPTION;

/// The `args` of an exception.
pub fn args_of(th: &Thread, e: &BaseException) -> Obj {
    e.args.get().unwrap_or_else(|| th.empty_tuple())
}

/// `__new__`: keeps the positional arguments, ignores keywords (`__init__` complains about them).
pub fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let tuple = th.tuple(args.positional().to_vec())?;
    th.alloc_as::<BaseException>(cls, BaseException::with_args(tuple))
        .map(Py::into_obj)
}

/// `__init__`
pub fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    no_keywords(th, o, args)?;
    set_args(th, o, args)
}

/// Refuses keyword arguments.
pub fn no_keywords(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    if args.kwnames.is_empty() {
        return Ok(());
    }
    Err(th.type_error(format!("{}() takes no keyword arguments", th.type_name(o))))
}

/// Sets `args` to the positional arguments of a call.
pub fn set_args(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    let pos = args.positional();
    let e = exc(o);
    let old = args_of(th, e);
    let same = old
        .exact::<Tuple>()
        .is_some_and(|t| t.len() == pos.len() && t.items().iter().zip(pos).all(|(a, b)| a.is(b)));
    if !same {
        let t = th.tuple(pos.to_vec())?;
        e.args.set(th, Some(t));
    }
    Ok(())
}

/// Keyword arguments by name, those that are allowed; `fname` for messages.
pub fn keywords<const N: usize>(
    th: &Thread,
    args: CallArgs<'_>,
    fname: &str,
    names: [&str; N],
) -> Res<[Option<Obj>; N]> {
    let mut out = [const { None }; N];
    for (k, v) in args.keywords() {
        let text = th.str_text(k);
        match names.iter().position(|n| *n == text) {
            Some(i) => out[i] = Some(v.clone()),
            None => {
                return Err(th.type_error(format!(
                    "{fname}() got an unexpected keyword argument '{text}'"
                )));
            }
        }
    }
    Ok(out)
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let args = args_of(th, exc(o));
    let mut b = StrBuf::new();
    b.push_utf8(&th.type_name(o));
    match args.cast::<Tuple>() {
        Some(t) if t.len() == 1 => {
            b.push_ascii(b"(");
            b.push_str(th.repr(&t.items()[0])?.text());
            b.push_ascii(b")");
        }
        _ => b.push_str(th.repr(&args)?.text()),
    }
    th.str_data(b.finish())
}

/// `BaseException.__str__`
pub fn str(th: &Thread, o: &Obj) -> Res {
    let args = args_of(th, exc(o));
    match args.cast::<Tuple>().map(|t| t.items()) {
        Some([]) => Ok(th.empty_str()),
        Some([one]) => th.to_str(one).map(Py::into_obj),
        _ => th.to_str(&args).map(Py::into_obj),
    }
}

/// The instance attributes as a new dict; `None` where there are none.
pub fn instance_state(th: &Thread, o: &Obj) -> Res<Option<Py<Dict>>> {
    let items = o.instance_items(th);
    if items.is_empty() {
        return Ok(None);
    }
    let d = th.new_dict()?;
    for (k, v) in items {
        d.set_item(th, &k, v)?;
    }
    Ok(Some(d))
}

/// `(type, args)` or `(type, args, state)`
pub fn reduce_with(th: &Thread, o: &Obj, args: Obj, state: Option<Py<Dict>>) -> Res {
    let mut parts = vec![th.type_of(o).obj().clone(), args];
    parts.extend(state.map(Py::into_obj));
    th.tuple(parts)
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    reduce_with(th, o, args_of(th, exc(o)), instance_state(th, o)?)
}

fn setstate(th: &Thread, a: Args<'_>) -> Res {
    let (o, state) = (a.get(0), a.get(1));
    if state.is_none() {
        return Ok(Obj::NONE);
    }
    let Some(d) = state.cast::<Dict>() else {
        return Err(th.type_error("state is not a dictionary"));
    };
    for (k, v) in d.items() {
        th.setattr_obj(o, &k, &v)?;
    }
    Ok(Obj::NONE)
}

fn set_traceback(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let Some(v) = v else {
        return Err(th.type_error("__traceback__ may not be deleted"));
    };
    if v.is_none() {
        exc(o).raw_traceback.set(th, None);
    } else if v.cast::<Traceback>().is_some() {
        exc(o).raw_traceback.set(th, Some(v.clone()));
    } else {
        return Err(th.type_error("__traceback__ must be a traceback or None"));
    }
    Ok(())
}

fn link<'a>(th: &Thread, v: Option<&'a Obj>, attr: &str, what: &str) -> Res<Option<&'a Obj>> {
    match v {
        None => Err(th.type_error(format!("{attr} may not be deleted"))),
        Some(v) if v.is_none() => Ok(None),
        Some(v) if v.cast::<BaseException>().is_some() => Ok(Some(v)),
        Some(_) => Err(th.type_error(format!(
            "exception {what} must be None or derive from BaseException"
        ))),
    }
}

fn or_none(s: &Slot) -> Res {
    Ok(s.get().unwrap_or(Obj::NONE))
}

fn add_note(th: &Thread, a: Args<'_>) -> Res {
    let (o, note) = (a.get(0), a.get(1));
    if note.cast::<Str>().is_none() {
        return Err(th.type_error(format!("note must be a str, not '{}'", th.type_name(note))));
    }
    add_note_obj(th, o, note)?;
    Ok(Obj::NONE)
}

/// Appends to `__notes__`.
pub fn add_note_obj(th: &Thread, o: &Obj, note: &Obj) -> Res<()> {
    let n = th.rt().names();
    match th.getattr_opt_obj(o, &n.__notes__)? {
        Some(l) => match l.cast::<List>() {
            Some(l) => l.push(th, note.clone()),
            None => Err(th.type_error("Cannot add note: __notes__ is not a list")),
        },
        None => {
            let l = th.list(vec![note.clone()])?;
            th.setattr_obj(o, &n.__notes__, &l)
        }
    }
}

/// `BaseException`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        str: Some(str),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::rw("__dict__", objecttype::get_dict, objecttype::set_dict),
        GetSetDef::rw(
            "args",
            |th, o| Ok(args_of(th, exc(o))),
            |th, o, v| {
                let Some(v) = v else {
                    return Err(th.type_error("args may not be deleted"));
                };
                let t = th.tuple(th.collect(v)?)?;
                exc(o).args.set(th, Some(t));
                Ok(())
            },
        ),
        GetSetDef::rw(
            "__traceback__",
            |th, o| Ok(late::traceback(th, exc(o)).unwrap_or(Obj::NONE)),
            set_traceback,
        ),
        GetSetDef::rw(
            "__context__",
            |_, o| or_none(&exc(o).context),
            |th, o, v| {
                let v = link(th, v, "__context__", "context")?;
                exc(o).context.set(th, v.cloned());
                Ok(())
            },
        ),
        GetSetDef::rw(
            "__cause__",
            |_, o| or_none(&exc(o).cause),
            |th, o, v| {
                let v = link(th, v, "__cause__", "cause")?;
                exc(o).cause.set(th, v.cloned());
                exc(o).suppress.store(true, Ordering::Relaxed);
                Ok(())
            },
        ),
        GetSetDef::rw(
            "__suppress_context__",
            |_, o| Ok(Obj::bool(exc(o).suppress.load(Ordering::Relaxed))),
            |th, o, v| {
                let Some(v) = v else {
                    return Err(th.type_error("can't delete numeric/char attribute"));
                };
                if !v.is(&Obj::TRUE) && !v.is(&Obj::FALSE) {
                    return Err(th.type_error("attribute value type must be bool"));
                }
                exc(o).suppress.store(v.is(&Obj::TRUE), Ordering::Relaxed);
                Ok(())
            },
        ),
    ],
    methods: &[
        MethodDef::new("__reduce__", "($self, /)", reduce),
        MethodDef::new("__setstate__", "($self, state, /)", setstate),
        MethodDef::new("with_traceback", "($self, object, /)", |th, a| {
            set_traceback(th, a.get(0), Some(a.get(1)))?;
            Ok(a.get(0).clone())
        })
        .doc("Set self.__traceback__ to tb and return self."),
        MethodDef::new("add_note", "($self, object, /)", add_note)
            .doc("Add a note to the exception"),
    ],
    flags: FLAGS,
    doc: "Common base class for all exceptions",
    ..TypeDef::new(
        TypeId::BaseException,
        "BaseException",
        BaseException::LAYOUT,
    )
};

/// A member that holds any object, None while empty.
macro_rules! member {
    ($name:literal, $i:expr) => {
        crate::object::def::GetSetDef::rw(
            $name,
            |_, o| {
                Ok($crate::builtins::exceptions::base::exc(o).extra[$i]
                    .get()
                    .unwrap_or($crate::object::Obj::NONE))
            },
            |th, o, v| {
                $crate::builtins::exceptions::base::exc(o).extra[$i].set(th, v.cloned());
                Ok(())
            },
        )
    };
}
pub(super) use member;
