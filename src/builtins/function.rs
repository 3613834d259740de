//! Python functions.

use super::common::this;
use super::objecttype;
use crate::object::code::Code;
use crate::object::def::{GetSetDef, TypeDef, type_flags};
use crate::object::dict::Dict;
use crate::object::function::{Cell, Function};
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py, Slot};
use crate::object::slots::{CallArgs, Slots};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

fn func(o: &Obj) -> &Py<Function> {
    this::<Function>(o)
}

/// Code or defaults changed: whoever relied on them must look again.
fn bump(th: &Thread, f: &Function) {
    if f.version.load(Ordering::Relaxed) != 0 {
        f.version.store(th.rt().next_version(), Ordering::Release);
        crate::record::facts::function_changed(th, f);
    }
}

fn new(th: &Thread, _cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind(
        "function",
        "(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)",
        args,
        |a| {
            let Some(code) = a.get(0).cast::<Code>() else {
                return Err(th.type_error(format!(
                    "function() argument 'code' must be code, not {}",
                    th.type_name(a.get(0))
                )));
            };
            let Some(globals) = a.get(1).cast::<Dict>() else {
                return Err(th.type_error(format!(
                    "function() argument 'globals' must be dict, not {}",
                    th.type_name(a.get(1))
                )));
            };
            if a.opt_not_none(2).is_some_and(|n| n.cast::<Str>().is_none()) {
                return Err(th.type_error("arg 3 (name) must be None or string"));
            }
            if a.opt_not_none(3)
                .is_some_and(|n| n.cast::<Tuple>().is_none())
            {
                return Err(th.type_error("arg 4 (defaults) must be None or tuple"));
            }
            let nfree = code.front.freevars.len();
            let closure = a.opt_not_none(4);
            match closure {
                Some(c) => {
                    let Some(t) = c.exact::<Tuple>() else {
                        return Err(th.type_error("arg 5 (closure) must be None or tuple"));
                    };
                    if t.len() != nfree {
                        return Err(th.value_error(format!(
                            "{} requires closure of length {nfree}, not {}",
                            th.str_text(&code.name),
                            t.len()
                        )));
                    }
                    if let Some(bad) = t.items().iter().find(|x| x.cast::<Cell>().is_none()) {
                        return Err(th.type_error(format!(
                            "arg 5 (closure) expected cell, found {}",
                            th.type_name(bad)
                        )));
                    }
                }
                None if nfree > 0 => {
                    return Err(th.type_error("arg 5 (closure) must be tuple"));
                }
                None => {}
            }
            if a.opt_not_none(5)
                .is_some_and(|n| n.cast::<Dict>().is_none())
            {
                return Err(th.type_error("arg 6 (kwdefaults) must be None or dict"));
            }
            let f = crate::interp::api::function_of(th, code, globals, closure.cloned())?;
            if code.has(threadsnake_front::code::flags::HAS_DOCSTRING) {
                f.doc.set(th, code.consts.first().cloned());
            }
            if let Some(n) = a.opt_not_none(2) {
                f.name.set(th, Some(n.clone()));
            }
            f.defaults.set(th, a.opt_not_none(3).cloned());
            f.kwdefaults.set(th, a.opt_not_none(5).cloned());
            Ok(f.into_obj())
        },
    )
}

fn or_none(s: &Slot) -> Res {
    Ok(s.get().unwrap_or(Obj::NONE))
}

fn set_code(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let f = func(o);
    let Some(c) = v.and_then(|v| v.cast::<Code>()) else {
        return Err(th.type_error("__code__ must be set to a code object"));
    };
    let have = f
        .closure
        .as_ref()
        .and_then(|c| c.exact::<Tuple>().map(|t| t.len()))
        .unwrap_or(0);
    let want = c.front.freevars.len();
    if want != have {
        return Err(th.value_error(format!(
            "{}() requires a code object with {have} free vars, not {want}",
            f.name.get().map(|n| th.str_text(&n)).unwrap_or_default()
        )));
    }
    bump(th, f);
    f.code.set(th, Some(c.obj().clone()));
    bump(th, f);
    Ok(())
}

fn set_text(th: &Thread, s: &Slot, name: &str, v: Option<&Obj>) -> Res<()> {
    match v {
        Some(v) if v.cast::<Str>().is_some() => {
            s.set(th, Some(v.clone()));
            Ok(())
        }
        _ => Err(th.type_error(format!("{name} must be set to a string object"))),
    }
}

/// The dict that `__annotate__(1)` gives.
pub fn call_annotate(th: &Thread, annotate: &Obj) -> Res {
    let d = th.call(annotate, &[Obj::small_int(1)])?;
    if d.cast::<Dict>().is_none() {
        return Err(th.type_error(format!(
            "__annotate__() must return a dict, not {}",
            th.type_name(&d)
        )));
    }
    Ok(d)
}

fn annotations(th: &Thread, o: &Obj) -> Res {
    let f = func(o);
    if let Some(a) = f.annotations.get() {
        return Ok(a);
    }
    let made = match f.annotate.get().filter(|a| !a.is_none()) {
        Some(a) => {
            let d = call_annotate(th, &a)?;
            if d.cast::<Dict>().is_some_and(|d| d.is_empty()) {
                th.new_dict()?.into_obj()
            } else {
                d
            }
        }
        None => th.new_dict()?.into_obj(),
    };
    match f.annotations.set_if_empty(made.clone()) {
        Ok(()) => Ok(made),
        Err(_) => Ok(f.annotations.get().unwrap_or(made)),
    }
}

fn set_annotations(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let f = func(o);
    let v = v.filter(|v| !v.is_none());
    if v.is_some_and(|v| v.cast::<Dict>().is_none()) {
        return Err(th.type_error("__annotations__ must be set to a dict object"));
    }
    f.annotations.set(th, v.cloned());
    f.annotate.set(th, None);
    Ok(())
}

fn set_annotate(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let f = func(o);
    match v {
        None => Err(th.type_error("__annotate__ cannot be deleted")),
        Some(v) if v.is_none() => {
            f.annotate.set(th, None);
            Ok(())
        }
        Some(v) if th.type_of(v).slots().call.is_some() => {
            f.annotate.set(th, Some(v.clone()));
            f.annotations.set(th, None);
            Ok(())
        }
        Some(_) => Err(th.type_error("__annotate__ must be callable or None")),
    }
}

/// `function`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        call: Some(crate::interp::call::call_python),
        repr: Some(|th, o| {
            let q = func(o).qualname.get().map(|q| th.str_text(&q));
            th.str(&format!(
                "<function {} at {:#x}>",
                q.unwrap_or_default(),
                o.value().0
            ))
        }),
        get: Some(|th, f, obj, _| {
            Ok(match obj {
                Some(o) => th.bound(f.clone(), o.clone()),
                None => f.clone(),
            })
        }),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::rw("__code__", |_, o| or_none(&func(o).code), set_code),
        GetSetDef::ro("__globals__", |_, o| Ok(func(o).globals.obj().clone())),
        GetSetDef::ro("__builtins__", |_, o| Ok(func(o).builtins.obj().clone())),
        GetSetDef::ro("__closure__", |_, o| {
            Ok(func(o).closure.clone().unwrap_or(Obj::NONE))
        }),
        GetSetDef::rw(
            "__name__",
            |_, o| or_none(&func(o).name),
            |th, o, v| set_text(th, &func(o).name, "__name__", v),
        ),
        GetSetDef::rw(
            "__qualname__",
            |_, o| or_none(&func(o).qualname),
            |th, o, v| set_text(th, &func(o).qualname, "__qualname__", v),
        ),
        GetSetDef::rw(
            "__defaults__",
            |_, o| or_none(&func(o).defaults),
            |th, o, v| {
                let v = v.filter(|v| !v.is_none());
                if v.is_some_and(|v| v.cast::<Tuple>().is_none()) {
                    return Err(th.type_error("__defaults__ must be set to a tuple object"));
                }
                func(o).defaults.set(th, v.cloned());
                bump(th, func(o));
                Ok(())
            },
        ),
        GetSetDef::rw(
            "__kwdefaults__",
            |_, o| or_none(&func(o).kwdefaults),
            |th, o, v| {
                let v = v.filter(|v| !v.is_none());
                if v.is_some_and(|v| v.cast::<Dict>().is_none()) {
                    return Err(th.type_error("__kwdefaults__ must be set to a dict object"));
                }
                func(o).kwdefaults.set(th, v.cloned());
                bump(th, func(o));
                Ok(())
            },
        ),
        GetSetDef::rw(
            "__doc__",
            |_, o| or_none(&func(o).doc),
            |th, o, v| {
                func(o).doc.set(th, v.cloned());
                Ok(())
            },
        ),
        GetSetDef::rw(
            "__module__",
            |_, o| or_none(&func(o).module),
            |th, o, v| {
                func(o).module.set(th, v.cloned());
                Ok(())
            },
        ),
        GetSetDef::rw("__annotations__", annotations, set_annotations),
        GetSetDef::rw(
            "__annotate__",
            |_, o| or_none(&func(o).annotate),
            set_annotate,
        ),
        GetSetDef::rw(
            "__type_params__",
            |th, o| {
                Ok(func(o)
                    .type_params
                    .get()
                    .unwrap_or_else(|| th.empty_tuple()))
            },
            |th, o, v| match v {
                Some(v) if v.cast::<Tuple>().is_some() => {
                    func(o).type_params.set(th, Some(v.clone()));
                    Ok(())
                }
                _ => Err(th.type_error("__type_params__ must be set to a tuple")),
            },
        ),
        GetSetDef::rw("__dict__", objecttype::get_dict, objecttype::set_dict),
    ],
    flags: type_flags::HAS_DICT | type_flags::WEAKREFABLE | type_flags::METHOD_DESCRIPTOR,
    doc: "function(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)\n--\n\nCreate a function object.",
    ..TypeDef::new(TypeId::Function, "function", Function::LAYOUT)
};
