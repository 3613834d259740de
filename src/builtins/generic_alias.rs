//! `types.GenericAlias`: `list[int]`. Also what it shares with unions: parameters and their substitution.

use super::common::this;
use crate::modules::prelude::native;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::layout::Native;
use crate::object::list::List;
use crate::object::obj::{Obj, Py, Slot};
use crate::object::sig::Args;
use crate::object::slots::{BinOp, CallArgs, CmpOp, Slots};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};

/// Payload of generic aliases.
pub struct Alias {
    origin: Obj,
    args: Obj,
    parameters: Slot,
    starred: bool,
}

native!(
    Alias,
    GenericAlias,
    "GenericAlias",
    origin,
    args,
    parameters
);

/// Payload of the iterator that unpacking (`*tuple[int, str]`) uses: gives its object once.
pub struct Once {
    item: Obj,
    done: AtomicBool,
}

native!(Once, Spare1, "generic_alias_iterator", item);

fn ga(o: &Obj) -> &Py<Alias> {
    this::<Alias>(o)
}

/// `origin[args]`; `args` is made a tuple if it is none.
pub fn make(th: &Thread, origin: Obj, args: Obj, starred: bool) -> Res {
    let args = if args.cast::<Tuple>().is_some() {
        args
    } else {
        th.tuple(vec![args])?
    };
    Ok(th
        .alloc(Alias {
            origin,
            args,
            parameters: Slot::empty(),
            starred,
        })
        .into_obj())
}

/// How a type is written in the repr of an alias or a union.
pub fn type_repr(th: &Thread, o: &Obj) -> Res<String> {
    if o.is(&Obj::ELLIPSIS) {
        return Ok("...".to_owned());
    }
    let plain = |o: &Obj| -> Res<String> { Ok(th.repr(o)?.to_rust()) };
    if th.getattr_opt(o, "__origin__")?.is_some() && th.getattr_opt(o, "__args__")?.is_some() {
        return plain(o);
    }
    let (Some(q), Some(m)) = (
        th.getattr_opt(o, "__qualname__")?,
        th.getattr_opt(o, "__module__")?,
    ) else {
        return plain(o);
    };
    if m.is_none() {
        return plain(o);
    }
    match m.cast::<Str>() {
        Some(s) if s.eq_rust("builtins") => Ok(th.to_str(&q)?.to_rust()),
        _ => Ok(format!(
            "{}.{}",
            th.to_str(&m)?.to_rust(),
            th.to_str(&q)?.to_rust()
        )),
    }
}

fn item_repr(th: &Thread, o: &Obj) -> Res<String> {
    match o.cast::<List>() {
        Some(l) => {
            let parts = l
                .to_vec(th)
                .iter()
                .map(|x| type_repr(th, x))
                .collect::<Res<Vec<_>>>()?;
            Ok(format!("[{}]", parts.join(", ")))
        }
        None => type_repr(th, o),
    }
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let a = ga(o);
    let args = items(&a.args);
    let inner = if args.is_empty() {
        "()".to_owned()
    } else {
        args.iter()
            .map(|x| item_repr(th, x))
            .collect::<Res<Vec<_>>>()?
            .join(", ")
    };
    let star = if a.starred { "*" } else { "" };
    th.str(&format!("{star}{}[{inner}]", type_repr(th, &a.origin)?))
}

/// The items of a tuple object.
pub fn items(o: &Obj) -> &[Obj] {
    match o.cast::<Tuple>() {
        Some(t) => t.items(),
        None => &[],
    }
}

fn add_unique(out: &mut Vec<Obj>, o: &Obj) {
    if !out.iter().any(|x| x.is(o)) {
        out.push(o.clone());
    }
}

/// The type parameters that stand in `args`, each once.
pub fn parameters_of(th: &Thread, args: &[Obj]) -> Res<Vec<Obj>> {
    let mut out = Vec::new();
    for a in args {
        if a.cast::<Type>().is_some() {
            continue;
        }
        if th.getattr_opt(a, "__typing_subst__")?.is_some() {
            add_unique(&mut out, a);
            continue;
        }
        let sub = match th.getattr_opt(a, "__parameters__")? {
            Some(p) if p.cast::<Tuple>().is_some() => items(&p).to_vec(),
            _ => match a.cast::<List>() {
                Some(l) => parameters_of(th, &l.to_vec(th))?,
                None => parameters_of_nested(th, a)?,
            },
        };
        for p in &sub {
            add_unique(&mut out, p);
        }
    }
    Ok(out)
}

fn parameters_of_nested(th: &Thread, a: &Obj) -> Res<Vec<Obj>> {
    match a.cast::<Tuple>() {
        Some(t) => {
            let _d = th.enter("in type parameters")?;
            parameters_of(th, t.items())
        }
        None => Ok(Vec::new()),
    }
}

/// Replaces unpacked tuples of known length by their items.
fn unpack_args(th: &Thread, item: &Obj) -> Res<Vec<Obj>> {
    let given: Vec<Obj> = match item.cast::<Tuple>() {
        Some(t) => t.items().to_vec(),
        None => vec![item.clone()],
    };
    let mut out = Vec::new();
    for x in given {
        if x.cast::<Type>().is_none() {
            if let Some(sub) = th.getattr_opt(&x, "__typing_unpacked_tuple_args__")? {
                let known = sub.cast::<Tuple>().is_some()
                    && !items(&sub).last().is_some_and(|l| l.is(&Obj::ELLIPSIS));
                if known {
                    out.extend_from_slice(items(&sub));
                    continue;
                }
            }
        }
        out.push(x);
    }
    Ok(out)
}

/// `args` with `params` replaced as subscribing `me` with `item` says.
pub fn substitute(
    th: &Thread,
    me: &Obj,
    args: &[Obj],
    params: &[Obj],
    item: &Obj,
) -> Res<Vec<Obj>> {
    if params.is_empty() {
        return Err(th.type_error(format!("{} is not a generic class", th.repr(me)?.to_rust())));
    }
    let mut given = unpack_args(th, item)?;
    for p in params {
        if let Some(f) = th
            .getattr_opt(p, "__typing_prepare_subst__")?
            .filter(|f| !f.is_none())
        {
            let t = th.tuple(given.clone())?;
            let r = th.call(&f, &[me.clone(), t])?;
            given = match r.cast::<Tuple>() {
                Some(t) => t.items().to_vec(),
                None => vec![r],
            };
        }
    }
    if given.len() != params.len() {
        return Err(th.type_error(format!(
            "Too {} arguments for {}; actual {}, expected {}",
            if given.len() > params.len() {
                "many"
            } else {
                "few"
            },
            th.repr(me)?.to_rust(),
            given.len(),
            params.len()
        )));
    }
    substitute_in(th, args, params, &given)
}

fn substitute_in(th: &Thread, args: &[Obj], params: &[Obj], given: &[Obj]) -> Res<Vec<Obj>> {
    let _d = th.enter("in type parameters")?;
    let mut out = Vec::new();
    for a in args {
        if a.cast::<Type>().is_some() {
            out.push(a.clone());
            continue;
        }
        if let Some(t) = a.cast::<Tuple>() {
            let sub = substitute_in(th, t.items(), params, given)?;
            out.push(th.tuple(sub)?);
            continue;
        }
        if let Some(l) = a.cast::<List>() {
            let sub = substitute_in(th, &l.to_vec(th), params, given)?;
            out.push(th.list(sub)?);
            continue;
        }
        let unpack = match th.getattr_opt(a, "__typing_is_unpacked_typevartuple__")? {
            Some(u) => th.truthy(&u)?,
            None => false,
        };
        let new = match th.getattr_opt(a, "__typing_subst__")? {
            Some(f) => match params.iter().position(|p| p.is(a)) {
                Some(i) => th.call(&f, std::slice::from_ref(&given[i]))?,
                None => a.clone(),
            },
            None => sub_params(th, a, params, given)?,
        };
        if unpack {
            match new.cast::<Tuple>() {
                Some(t) => out.extend_from_slice(t.items()),
                None => {
                    return Err(th.type_error(format!(
                        "expected __typing_subst__ of {} objects to return a tuple, not {}",
                        th.type_name(a),
                        th.type_name(&new)
                    )));
                }
            }
        } else {
            out.push(new);
        }
    }
    Ok(out)
}

/// An argument that itself has parameters: subscribed with what they stand for.
fn sub_params(th: &Thread, a: &Obj, params: &[Obj], given: &[Obj]) -> Res {
    let Some(own) = th.getattr_opt(a, "__parameters__")? else {
        return Ok(a.clone());
    };
    if items(&own).is_empty() {
        return Ok(a.clone());
    }
    let mut subs = Vec::new();
    for p in items(&own) {
        match params.iter().position(|x| x.is(p)) {
            Some(i) => {
                let g = &given[i];
                let many = th.type_of(p).slots().iter.is_some();
                match g.cast::<Tuple>() {
                    Some(t) if many => subs.extend_from_slice(t.items()),
                    _ => subs.push(g.clone()),
                }
            }
            None => subs.push(p.clone()),
        }
    }
    let t = th.tuple(subs)?;
    th.getitem(a, &t)
}

fn parameters(th: &Thread, o: &Obj) -> Res {
    let a = ga(o);
    if let Some(p) = a.parameters.get() {
        return Ok(p);
    }
    let p = th.tuple(parameters_of(th, items(&a.args))?)?;
    a.parameters.set(th, Some(p.clone()));
    Ok(p)
}

fn getitem(th: &Thread, o: &Obj, item: &Obj) -> Res {
    let a = ga(o);
    let params = parameters(th, o)?;
    let new = substitute(th, o, items(&a.args), items(&params), item)?;
    let t = th.tuple(new)?;
    make(th, a.origin.clone(), t, a.starred)
}

/// Attributes that the alias has itself; the others are the origin's.
const OWN: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
    "__copy__",
    "__deepcopy__",
    "__bases__",
];

fn getattr(th: &Thread, o: &Obj, name: &Obj) -> Res {
    if let Some(s) = name.cast::<Str>() {
        if OWN.iter().any(|n| s.eq_rust(n)) {
            return th.generic_getattr(o, name);
        }
    }
    th.getattr_obj(&ga(o).origin, name)
}

fn call(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res {
    let made = th.call_args(&ga(o).origin, args)?;
    match th.setattr_obj(&made, &th.rt().names().__orig_class__, o) {
        Err(e) if !e.is(th, TypeId::AttributeError) && !e.is(th, TypeId::TypeError) => Err(e),
        _ => Ok(made),
    }
}

fn refuse(th: &Thread, what: &str) -> Res {
    Err(th.type_error(format!(
        "{what}() argument 2 cannot be a parameterized generic"
    )))
}

fn reduce(th: &Thread, args: Args<'_>) -> Res {
    let a = ga(args.get(0));
    let cls = th.ty(TypeId::GenericAlias).obj().clone();
    if a.starred {
        let plain = make(th, a.origin.clone(), a.args.clone(), false)?;
        let it = th.iter(&plain)?;
        let next = super::common::builtin(th, "next")?;
        let t = th.tuple(vec![it])?;
        return th.tuple(vec![next, t]);
    }
    let t = th.tuple(vec![a.origin.clone(), a.args.clone()])?;
    th.tuple(vec![cls, t])
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (a.cast::<Alias>(), b.cast::<Alias>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let same = x.starred == y.starred && th.eq(&x.origin, &y.origin)? && th.eq(&x.args, &y.args)?;
    Ok(Obj::bool(same == (op == CmpOp::Eq)))
}

/// `types.GenericAlias`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            th.bind("GenericAlias", "(origin, args, /)", args, |a| {
                let args = a.get(1);
                let args = match args.cast::<Tuple>() {
                    Some(_) => args.clone(),
                    None => th.tuple(vec![args.clone()])?,
                };
                let p = Alias {
                    origin: a.get(0).clone(),
                    args,
                    parameters: Slot::empty(),
                    starred: false,
                };
                th.alloc_as::<Alias>(cls, p).map(Py::into_obj)
            })
        }),
        repr: Some(repr),
        hash: Some(|th, o| Ok(th.hash(&ga(o).origin)? ^ th.hash(&ga(o).args)?)),
        compare: Some(compare),
        getattr: Some(getattr),
        call: Some(call),
        getitem: Some(getitem),
        iter: Some(|th, o| {
            let a = ga(o);
            let s = make(th, a.origin.clone(), a.args.clone(), true)?;
            Ok(th
                .alloc(Once {
                    item: s,
                    done: AtomicBool::new(false),
                })
                .into_obj())
        }),
        ..Slots::NONE
    }
    .bin(BinOp::Or, super::union_or),
    getset: &[
        GetSetDef::ro("__origin__", |_, o| Ok(ga(o).origin.clone())),
        GetSetDef::ro("__args__", |_, o| Ok(ga(o).args.clone())),
        GetSetDef::ro("__parameters__", parameters),
        GetSetDef::ro("__unpacked__", |_, o| Ok(Obj::bool(ga(o).starred))),
        GetSetDef::ro("__typing_unpacked_tuple_args__", |th, o| {
            let a = ga(o);
            if a.starred && a.origin.is(th.ty(TypeId::Tuple).obj()) {
                Ok(a.args.clone())
            } else {
                Ok(Obj::NONE)
            }
        }),
    ],
    methods: &[
        MethodDef::new("__mro_entries__", "($self, bases, /)", |th, a| {
            th.tuple(vec![ga(a.get(0)).origin.clone()])
        }),
        MethodDef::new("__instancecheck__", "($self, instance, /)", |th, _| {
            refuse(th, "isinstance")
        }),
        MethodDef::new("__subclasscheck__", "($self, subclass, /)", |th, _| {
            refuse(th, "issubclass")
        }),
        MethodDef::new("__reduce__", "($self, /)", reduce),
        MethodDef::new("__dir__", "($self, /)", |th, a| {
            let d = th.call_method(&ga(a.get(0)).origin, "__dir__", &[]);
            let d = match d {
                Ok(d) => d,
                Err(_) => th.list(Vec::new())?,
            };
            let mut v = th.collect(&d)?;
            v.extend(OWN.iter().map(|n| th.intern(n)));
            th.list(v)
        }),
    ],
    flags: type_flags::BASETYPE | type_flags::WEAKREFABLE,
    doc: "Represent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ is (int,).",
    ..TypeDef::new(TypeId::GenericAlias, "types.GenericAlias", Alias::LAYOUT)
};

/// The iterator of unpacking.
pub static ITER: TypeDef = TypeDef {
    slots: Slots {
        iter: Some(super::self_iter),
        next: Some(|_, o| {
            let i = this::<Once>(o);
            Ok(if i.done.swap(true, Ordering::AcqRel) {
                None
            } else {
                Some(i.item.clone())
            })
        }),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let i = this::<Once>(a.get(0));
        let iter = super::common::builtin(th, "iter")?;
        let arg = if i.done.load(Ordering::Acquire) {
            th.empty_tuple()
        } else {
            let x = ga(&i.item);
            make(th, x.origin.clone(), x.args.clone(), false)?
        };
        let t = th.tuple(vec![arg])?;
        th.tuple(vec![iter, t])
    })],
    ..TypeDef::new(TypeId::Spare1, "generic_alias_iterator", Once::LAYOUT)
};
