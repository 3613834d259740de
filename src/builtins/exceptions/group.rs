//! Exception groups (PEP 654): making, splitting, and what is raised after `except*`.

use super::base::{self, exc};
use crate::object::def::{GetSetDef, MethodDef, TypeDef};
use crate::object::exception::BaseException;
use crate::object::layout::Native;
use crate::object::list::List;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::{CallArgs, Slots};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let pos = args.positional();
    let [msg, excs] = pos else {
        return Err(th.type_error(format!(
            "BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)",
            pos.len()
        )));
    };
    if msg.cast::<Str>().is_none() {
        return Err(th.type_error(format!(
            "BaseExceptionGroup.__new__() argument 1 must be str, not {}",
            th.type_name(msg)
        )));
    }
    if th.type_of(excs).slots().getitem.is_none() || th.is_a(excs, TypeId::Dict) {
        return Err(th.type_error("second argument (exceptions) must be a sequence"));
    }
    let items = th.collect(excs)?;
    if items.is_empty() {
        return Err(th.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut nested_base = false;
    for (i, e) in items.iter().enumerate() {
        if e.cast::<BaseException>().is_none() {
            return Err(th.value_error(format!(
                "Item {i} of second argument (exceptions) is not an exception"
            )));
        }
        nested_base |= !th.is_a(e, TypeId::Exception);
    }
    let mut cls = cls.clone();
    if cls.id == Some(TypeId::BaseExceptionGroup) {
        if !nested_base {
            cls = th.ty(TypeId::ExceptionGroup).clone();
        }
    } else if nested_base && cls.id == Some(TypeId::ExceptionGroup) {
        return Err(th.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    } else if nested_base && cls.is_subtype_of(th.ty(TypeId::Exception)) {
        return Err(th.type_error(format!(
            "Cannot nest BaseExceptions in '{}'",
            cls.name_text()
        )));
    }
    let tuple = th.tuple(pos.to_vec())?;
    let g = th.alloc_as::<BaseException>(&cls, BaseException::with_args(tuple))?;
    g.extra[0].set(th, Some(msg.clone()));
    let items = th.tuple(items)?;
    g.extra[1].set(th, Some(items));
    Ok(g.into_obj())
}

/// The exceptions of a group.
pub fn members(e: &BaseException) -> Vec<Obj> {
    e.extra[1]
        .get()
        .and_then(|t| t.exact::<Tuple>().map(|t| t.items().to_vec()))
        .unwrap_or_default()
}

/// Whether it is a group.
pub fn is_group(th: &Thread, o: &Obj) -> bool {
    th.is_a(o, TypeId::BaseExceptionGroup)
}

fn str(th: &Thread, o: &Obj) -> Res {
    let e = exc(o);
    let msg = th.to_str(&e.extra[0].get().unwrap_or(Obj::NONE))?;
    let n = members(e).len();
    th.str(&format!(
        "{} ({n} sub-exception{})",
        msg.to_rust(),
        if n == 1 { "" } else { "s" }
    ))
}

/// A group like `orig` with these exceptions: made by `derive`, with the traceback, links and notes of `orig`.
fn subset(th: &Thread, orig: &Obj, excs: Vec<Obj>) -> Res {
    if excs.is_empty() {
        return Ok(Obj::NONE);
    }
    let list = th.list(excs)?;
    let g = th.call_method(orig, "derive", &[list])?;
    if !is_group(th, &g) {
        return Err(th.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    let (from, to) = (exc(orig), exc(&g));
    to.raw_traceback.set(th, from.raw_traceback.get());
    to.context.set(th, from.context.get());
    to.cause.set(th, from.cause.get());
    to.suppress
        .store(from.suppress.load(Ordering::Relaxed), Ordering::Relaxed);
    let n = &th.rt().names().__notes__;
    if let Some(notes) = th.getattr_opt_obj(orig, n)? {
        if notes.cast::<List>().is_some() || notes.cast::<Tuple>().is_some() {
            let copy = th.list(th.collect(&notes)?)?;
            th.setattr_obj(&g, n, &copy)?;
        }
    }
    Ok(g)
}

enum Matcher<'a> {
    Types(&'a Obj),
    Callable(&'a Obj),
    Leaves(&'a [Obj]),
}

fn matcher<'a>(th: &Thread, o: &'a Obj) -> Res<Matcher<'a>> {
    let is_class = |o: &Obj| crate::builtins::exceptions::is_exception_class(o);
    if is_class(o)
        || o.cast::<Tuple>()
            .is_some_and(|t| t.items().iter().all(is_class))
    {
        return Ok(Matcher::Types(o));
    }
    if o.cast::<Type>().is_none() && th.type_of(o).slots().call.is_some() {
        return Ok(Matcher::Callable(o));
    }
    Err(th.type_error(
        "expected an exception type, a tuple of exception types, or a callable (other than a class)",
    ))
}

fn matches(th: &Thread, e: &Obj, m: &Matcher<'_>) -> Res<bool> {
    match m {
        Matcher::Types(t) => match t.cast::<Tuple>() {
            Some(ts) => Ok(ts.items().iter().any(|t| {
                t.cast::<Type>()
                    .is_some_and(|t| th.type_of(e).is_subtype_of(t))
            })),
            None => Ok(t
                .cast::<Type>()
                .is_some_and(|t| th.type_of(e).is_subtype_of(t))),
        },
        Matcher::Callable(f) => {
            let r = th.call(f, std::slice::from_ref(e))?;
            th.truthy(&r)
        }
        Matcher::Leaves(l) => Ok(!is_group(th, e) && l.iter().any(|x| x.is(e))),
    }
}

/// The matching part of an exception and, where asked for, the rest.
fn split_by(th: &Thread, e: &Obj, m: &Matcher<'_>, rest: bool) -> Res<(Obj, Obj)> {
    if matches(th, e, m)? {
        return Ok((e.clone(), Obj::NONE));
    }
    if !is_group(th, e) {
        return Ok((Obj::NONE, if rest { e.clone() } else { Obj::NONE }));
    }
    let _d = th.enter("in exceptiongroup_split_recursive")?;
    let (mut yes, mut no) = (Vec::new(), Vec::new());
    for x in members(exc(e)) {
        let (a, b) = split_by(th, &x, m, rest)?;
        if !a.is_none() {
            yes.push(a);
        }
        if rest && !b.is_none() {
            no.push(b);
        }
    }
    let a = subset(th, e, yes)?;
    let b = if rest { subset(th, e, no)? } else { Obj::NONE };
    Ok((a, b))
}

fn leaves(th: &Thread, e: &Obj, out: &mut Vec<Obj>) -> Res<()> {
    if e.is_none() {
        return Ok(());
    }
    if !is_group(th, e) {
        out.push(e.clone());
        return Ok(());
    }
    let _d = th.enter("in collect_exception_group_leaf_ids")?;
    for x in members(exc(e)) {
        leaves(th, &x, out)?;
    }
    Ok(())
}

/// Same notes, traceback, cause and context: such a group was raised again, not made anew.
fn same_metadata(th: &Thread, a: &Obj, b: &Obj) -> Res<bool> {
    let (x, y) = (exc(a), exc(b));
    let same = |p: Option<Obj>, q: Option<Obj>| match (p, q) {
        (Some(p), Some(q)) => p.is(&q),
        (None, None) => true,
        _ => false,
    };
    let n = &th.rt().names().__notes__;
    Ok(same(a.instance_attr(th, n), b.instance_attr(th, n))
        && same(x.raw_traceback.get(), y.raw_traceback.get())
        && same(x.cause.get(), y.cause.get())
        && same(x.context.get(), y.context.get()))
}

/// What to raise after the `except*` clauses for `orig`; `list` holds what they raised and the unhandled rest.
pub fn prep_reraise_star(th: &Thread, orig: &Obj, list: &Obj) -> Res {
    let excs: Vec<Obj> = th
        .collect(list)?
        .into_iter()
        .filter(|e| !e.is_none())
        .collect();
    if excs.is_empty() {
        return Ok(Obj::NONE);
    }
    if !is_group(th, orig) {
        // A naked exception was wrapped: only one clause could run.
        return Ok(excs[0].clone());
    }
    let (mut raised, mut kept) = (Vec::new(), Vec::new());
    for e in excs {
        if is_group(th, &e) && same_metadata(th, &e, orig)? {
            leaves(th, &e, &mut kept)?;
        } else {
            raised.push(e);
        }
    }
    let again = if kept.is_empty() {
        Obj::NONE
    } else {
        split_by(th, orig, &Matcher::Leaves(&kept), false)?.0
    };
    if raised.is_empty() {
        return Ok(again);
    }
    if !again.is_none() {
        raised.push(again);
    }
    if raised.len() == 1 {
        return Ok(raised.remove(0));
    }
    let list = th.list(raised)?;
    th.call(
        th.ty(TypeId::BaseExceptionGroup).obj(),
        &[th.empty_str(), list],
    )
}

fn split(th: &Thread, a: Args<'_>) -> Res {
    let m = matcher(th, a.get(1))?;
    let (x, y) = split_by(th, a.get(0), &m, true)?;
    th.tuple(vec![x, y])
}

fn subgroup(th: &Thread, a: Args<'_>) -> Res {
    let m = matcher(th, a.get(1))?;
    Ok(split_by(th, a.get(0), &m, false)?.0)
}

/// `BaseExceptionGroup`
pub static BASE: TypeDef = TypeDef {
    base: TypeId::BaseException,
    slots: Slots {
        new: Some(new),
        init: Some(base::init),
        str: Some(str),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::class(
            "__class_getitem__",
            "($cls, item, /)",
            crate::builtins::descriptors::generic_alias,
        ),
        MethodDef::new("derive", "($self, excs, /)", |th, a| {
            let msg = exc(a.get(0)).extra[0].get().unwrap_or(Obj::NONE);
            th.call(
                th.ty(TypeId::BaseExceptionGroup).obj(),
                &[msg, a.get(1).clone()],
            )
        }),
        MethodDef::new("split", "($self, matcher_value, /)", split),
        MethodDef::new("subgroup", "($self, matcher_value, /)", subgroup),
    ],
    getset: &[
        GetSetDef::ro("message", |_, o| {
            Ok(exc(o).extra[0].get().unwrap_or(Obj::NONE))
        }),
        GetSetDef::ro("exceptions", |_, o| {
            Ok(exc(o).extra[1].get().unwrap_or(Obj::NONE))
        }),
    ],
    flags: base::FLAGS,
    doc: "A combination of multiple unrelated exceptions.",
    ..TypeDef::new(
        TypeId::BaseExceptionGroup,
        "BaseExceptionGroup",
        BaseException::LAYOUT,
    )
};

/// `ExceptionGroup`, which has two bases.
pub static GROUP: TypeDef = TypeDef {
    base: TypeId::BaseExceptionGroup,
    init: Some(|th, t| {
        let id = |i| th.ty(i).obj().clone();
        let (b, e) = (id(TypeId::BaseExceptionGroup), id(TypeId::Exception));
        let bases = th.tuple(vec![b.clone(), e.clone()])?;
        t.bases.set(th, Some(bases));
        let mro = th.tuple(vec![
            t.obj().clone(),
            b,
            e,
            id(TypeId::BaseException),
            id(TypeId::Object),
        ])?;
        t.mro.set(th, Some(mro));
        th.ty(TypeId::Exception)
            .subclasses
            .lock()
            .push(t.obj().value());
        Ok(())
    }),
    flags: base::FLAGS,
    ..TypeDef::new(
        TypeId::ExceptionGroup,
        "ExceptionGroup",
        BaseException::LAYOUT,
    )
};
