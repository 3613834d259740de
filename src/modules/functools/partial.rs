//! `functools.partial` and its `Placeholder`.

use super::{bind_method, is_callable};
use crate::modules::prelude::*;

pub(super) struct Placeholder;
native!(Placeholder, Placeholder, "_PlaceholderType");

pub(super) static PLACEHOLDER: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, _cls, args| {
            if !args.all.is_empty() {
                return Err(th.type_error("_PlaceholderType takes no arguments"));
            }
            Ok(placeholder(th))
        }),
        repr: Some(|th, _| th.str("Placeholder")),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, _| {
        th.str("Placeholder")
    })],
    ..TypeDef::new(
        TypeId::Placeholder,
        "functools._PlaceholderType",
        Placeholder::LAYOUT,
    )
};

#[derive(Default)]
struct State {
    placeholder: Slot,
}

/// The runtime's `Placeholder`.
pub(super) fn placeholder(th: &Thread) -> Obj {
    let slot = &th.rt().module_state::<State>().placeholder;
    if let Some(p) = slot.get() {
        return p;
    }
    let fresh = th.alloc(Placeholder).into_obj();
    match slot.set_if_empty(fresh.clone()) {
        Ok(()) => fresh,
        Err(_) => slot.get().unwrap_or(fresh),
    }
}

fn is_placeholder(o: &Obj) -> bool {
    o.is_exact::<Placeholder>()
}

/// `func`, `args` (a tuple, placeholders included), `keywords` (a dict), replaced together by `__setstate__` only.
pub(super) struct Partial {
    state: Guarded<State3>,
}

#[derive(Default, Clone)]
struct State3 {
    func: Option<Obj>,
    args: Option<Py<Tuple>>,
    kw: Option<Py<Dict>>,
    /// How many of `args` are placeholders.
    holes: usize,
}
trace!(State3, func, args, kw);
native!(Partial, Partial, "partial", state);

pub(super) static PARTIAL: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        call: Some(call),
        repr: Some(repr),
        get: Some(bind_method),
        ..Slots::NONE
    },
    flags: type_flags::BASETYPE
        | type_flags::HAS_DICT
        | type_flags::WEAKREFABLE
        | type_flags::METHOD_DESCRIPTOR,
    methods: &[
        MethodDef::new("__reduce__", "($self, /)", reduce),
        MethodDef::new("__setstate__", "($self, state, /)", set_state),
        CLASS_GETITEM,
    ],
    getset: &[
        GetSetDef::ro("func", |th, o| Ok(get(th, o)?.func.unwrap_or(Obj::NONE))),
        GetSetDef::ro("args", |th, o| {
            Ok(get(th, o)?
                .args
                .map_or_else(|| th.empty_tuple(), Py::into_obj))
        }),
        GetSetDef::ro("keywords", |th, o| {
            Ok(get(th, o)?.kw.map_or(Obj::NONE, Py::into_obj))
        }),
    ],
    ..TypeDef::new(TypeId::Partial, "functools.partial", Partial::LAYOUT)
};

fn get(th: &Thread, o: &Obj) -> Res<State3> {
    let p = this::<Partial>(th, o)?;
    Ok(p.state.with(th, p.head(), |s| s.clone()))
}

fn as_tuple(th: &Thread, o: Obj) -> Res<Py<Tuple>> {
    o.into_py::<Tuple>()
        .map_err(|_| th.system_error("expected a tuple"))
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let pos = args.positional();
    let Some((func, rest)) = pos.split_first() else {
        return Err(th.type_error("type 'partial' takes at least one argument"));
    };
    if !is_callable(th, func) {
        return Err(th.type_error("the first argument must be callable"));
    }
    if rest.last().is_some_and(is_placeholder) {
        return Err(th.type_error("trailing Placeholders are not allowed"));
    }
    if args.keywords().any(|(_, v)| is_placeholder(v)) {
        return Err(th.type_error("Placeholder cannot be passed as a keyword argument"));
    }
    // A partial of a plain partial calls the inner function directly.
    let mut func = func.clone();
    let mut all: Vec<Obj> = Vec::new();
    let kw = th.new_dict()?;
    let inner = if func.is_exact::<Partial>() {
        Some(get(th, &func)?)
    } else {
        None
    };
    let mut rest = rest.iter();
    if let Some(State3 {
        func: Some(f),
        args: inner_args,
        kw: inner_kw,
        ..
    }) = inner
    {
        for x in inner_args.iter().flat_map(|t| t.items()) {
            match is_placeholder(x) {
                true => all.push(rest.next().unwrap_or(x).clone()),
                false => all.push(x.clone()),
            }
        }
        for (k, v) in inner_kw.iter().flat_map(|d| d.items()) {
            kw.set_item(th, &k, v)?;
        }
        func = f;
    }
    all.extend(rest.cloned());
    for (k, v) in args.keywords() {
        kw.set_item(th, k, v.clone())?;
    }
    let holes = all.iter().filter(|x| is_placeholder(x)).count();
    let args = as_tuple(th, th.tuple(all)?)?;
    let state = State3 {
        func: Some(func),
        args: Some(args),
        kw: Some(kw),
        holes,
    };
    Ok(th
        .alloc_as::<Partial>(
            cls,
            Partial {
                state: Guarded::new(state),
            },
        )?
        .into_obj())
}

fn call(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res {
    let s = get(th, o)?;
    let (Some(func), Some(own), Some(kw)) = (s.func, s.args, s.kw) else {
        return Err(th.system_error("partial object has been cleared"));
    };
    let given = args.positional();
    if given.len() < s.holes {
        return Err(th.type_error(format!(
            "missing positional arguments in 'partial' call; expected at least {}, got {}",
            s.holes,
            given.len()
        )));
    }
    let mut all = Vec::with_capacity(own.len() + args.all.len() + kw.len());
    let mut given = given.iter();
    for x in own.items() {
        match s.holes > 0 && is_placeholder(x) {
            true => all.extend(given.next().cloned()),
            false => all.push(x.clone()),
        }
    }
    all.extend(given.cloned());
    if kw.is_empty() {
        all.extend(args.keywords().map(|(_, v)| v.clone()));
        return th.call_args(
            &func,
            CallArgs {
                all: &all,
                kwnames: args.kwnames,
            },
        );
    }
    let mut names = Vec::new();
    let first = all.len();
    for (k, v) in kw.items() {
        names.push(k);
        all.push(v);
    }
    for (k, v) in args.keywords() {
        let mut at = None;
        for (i, name) in names.iter().enumerate() {
            if th.eq(name, k)? {
                at = Some(i);
                break;
            }
        }
        match at {
            Some(i) => all[first + i] = v.clone(),
            None => {
                names.push(k.clone());
                all.push(v.clone());
            }
        }
    }
    th.call_args(
        &func,
        CallArgs {
            all: &all,
            kwnames: &names,
        },
    )
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let ty = th.type_of(o).clone();
    let module = th.getattr(ty.obj(), "__module__")?;
    let qualname = th.getattr(ty.obj(), "__qualname__")?;
    let head = format!("{}.{}", th.str_text(&module), th.str_text(&qualname));
    let Some(_guard) = th.repr_enter(o) else {
        return th.str("...");
    };
    let s = get(th, o)?;
    let mut b = StrBuf::new();
    b.push_utf8(&head);
    b.push_utf8("(");
    b.push_str(th.repr(&s.func.unwrap_or(Obj::NONE))?.text());
    for x in s.args.iter().flat_map(|t| t.items()) {
        b.push_utf8(", ");
        b.push_str(th.repr(x)?.text());
    }
    for (k, v) in s.kw.iter().flat_map(|d| d.items()) {
        b.push_utf8(", ");
        b.push_str(th.to_str(&k)?.text());
        b.push_utf8("=");
        b.push_str(th.repr(&v)?.text());
    }
    b.push_utf8(")");
    th.str_data(b.finish())
}

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let s = get(th, o)?;
    let func = s.func.unwrap_or(Obj::NONE);
    let args = s.args.map_or_else(|| th.empty_tuple(), Py::into_obj);
    let kw = s.kw.map_or(Obj::NONE, Py::into_obj);
    let dict = match th.getattr_opt(o, "__dict__")? {
        Some(d) if th.len(&d)? > 0 => d,
        _ => Obj::NONE,
    };
    let state = tuple_of(th, [func.clone(), args, kw, dict])?;
    let make = tuple_of(th, [func])?;
    tuple_of(th, [th.type_of(o).obj().clone(), make, state])
}

fn set_state(th: &Thread, a: Args<'_>) -> Res {
    let invalid = || th.type_error("invalid partial state");
    let p = this::<Partial>(th, a.get(0))?;
    let state = a.get(1).cast::<Tuple>().ok_or_else(invalid)?;
    let [func, args, kw, dict] = state.items() else {
        return Err(invalid());
    };
    if !is_callable(th, func)
        || args.cast::<Tuple>().is_none()
        || !(kw.is_none() || kw.cast::<Dict>().is_some())
    {
        return Err(invalid());
    }
    // As in CPython the very objects that were given, where they are of the exact types.
    let args = match args.exact::<Tuple>() {
        Some(t) => t.clone(),
        None => as_tuple(th, th.tuple(th.collect(args)?)?)?,
    };
    if args.items().last().is_some_and(is_placeholder) {
        return Err(th.type_error("trailing Placeholders are not allowed"));
    }
    let holes = args.items().iter().filter(|x| is_placeholder(x)).count();
    let kw = match kw.cast::<Dict>() {
        Some(d) if d.obj().is_exact::<Dict>() => d.clone(),
        Some(d) => d.copy(th)?,
        None => th.new_dict()?,
    };
    let new = State3 {
        func: Some(func.clone()),
        args: Some(args),
        kw: Some(kw),
        holes,
    };
    let old = p.state.with(th, p.head(), |s| std::mem::replace(s, new));
    drop(old);
    let dict = match dict.is_none() {
        true => th.new_dict()?.into_obj(),
        false => dict.clone(),
    };
    th.setattr(p.obj(), "__dict__", dict)?;
    Ok(Obj::NONE)
}
