//! `attrgetter`, `itemgetter`, `methodcaller`.

use crate::modules::prelude::*;

// attrgetter

pub(super) struct AttrGetter {
    /// The names as given.
    names: Py<Tuple>,
    /// Each name's parts between dots, interned.
    paths: Vec<Vec<Obj>>,
}
native!(AttrGetter, AttrGetter, "attrgetter", names, paths);

pub(super) static ATTR_GETTER: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new_attr),
        call: Some(|th, o, args| {
            let x = one(th, "attrgetter", args)?;
            let s = this::<AttrGetter>(th, o)?;
            let get = |path: &[Obj]| {
                path.iter()
                    .try_fold(x.clone(), |v, name| th.getattr_obj(&v, name))
            };
            match s.paths.as_slice() {
                [path] => get(path),
                all => th.tuple(all.iter().map(|p| get(p)).collect::<Res<Vec<Obj>>>()?),
            }
        }),
        repr: Some(|th, o| show(th, o, &this::<AttrGetter>(th, o)?.names, None)),
        ..Slots::NONE
    },
    flags: type_flags::WEAKREFABLE,
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let s = this::<AttrGetter>(th, a.get(0))?;
        tuple_of(
            th,
            [th.type_of(a.get(0)).obj().clone(), s.names.obj().clone()],
        )
    })],
    ..TypeDef::new(
        TypeId::AttrGetter,
        "operator.attrgetter",
        AttrGetter::LAYOUT,
    )
};

fn new_attr(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    if !args.kwnames.is_empty() {
        return Err(th.type_error("attrgetter() takes no keyword arguments"));
    }
    if args.all.is_empty() {
        return Err(th.type_error("attrgetter expected 1 argument, got 0"));
    }
    let mut paths = Vec::new();
    for name in args.all {
        let Some(text) = name.cast::<Str>() else {
            return Err(th.type_error("attribute name must be a string"));
        };
        paths.push(
            text.to_rust()
                .split('.')
                .map(|part| th.intern(part))
                .collect(),
        );
    }
    let names = args_tuple(th, args.all)?;
    Ok(th
        .alloc_as::<AttrGetter>(cls, AttrGetter { names, paths })?
        .into_obj())
}

fn args_tuple(th: &Thread, all: &[Obj]) -> Res<Py<Tuple>> {
    th.tuple_from(all.iter().cloned())?
        .into_py::<Tuple>()
        .map_err(|_| th.system_error("expected a tuple"))
}

fn one<'a>(th: &Thread, name: &str, args: CallArgs<'a>) -> Res<&'a Obj> {
    if !args.kwnames.is_empty() {
        return Err(th.type_error(format!("{name}() takes no keyword arguments")));
    }
    match args.all {
        [x] => Ok(x),
        all => Err(th.type_error(format!("{name} expected 1 argument, got {}", all.len()))),
    }
}

/// `operator.itemgetter(1, 2)`
fn show(th: &Thread, o: &Obj, args: &Py<Tuple>, kw: Option<&[(Obj, Obj)]>) -> Res {
    let ty = th.type_of(o).clone();
    let head = format!("operator.{}", ty.name_text());
    let Some(_guard) = th.repr_enter(o) else {
        return th.str(&format!("{head}(...)"));
    };
    let mut b = StrBuf::new();
    b.push_utf8(&head);
    b.push_utf8("(");
    for (i, x) in args.items().iter().enumerate() {
        if i > 0 {
            b.push_utf8(", ");
        }
        b.push_str(th.repr(x)?.text());
    }
    for (k, v) in kw.unwrap_or(&[]) {
        b.push_utf8(", ");
        b.push_str(th.to_str(k)?.text());
        b.push_utf8("=");
        b.push_str(th.repr(v)?.text());
    }
    b.push_utf8(")");
    th.str_data(b.finish())
}

// itemgetter

pub(super) struct ItemGetter {
    items: Py<Tuple>,
}
native!(ItemGetter, ItemGetter, "itemgetter", items);

pub(super) static ITEM_GETTER: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            if !args.kwnames.is_empty() {
                return Err(th.type_error("itemgetter() takes no keyword arguments"));
            }
            if args.all.is_empty() {
                return Err(th.type_error("itemgetter expected 1 argument, got 0"));
            }
            let items = args_tuple(th, args.all)?;
            Ok(th
                .alloc_as::<ItemGetter>(cls, ItemGetter { items })?
                .into_obj())
        }),
        call: Some(|th, o, args| {
            let x = one(th, "itemgetter", args)?;
            let s = this::<ItemGetter>(th, o)?;
            match s.items.items() {
                [item] => {
                    if let (Some(t), Some(i)) = (x.exact::<Tuple>(), item.as_small_int())
                        && let Some(v) = usize::try_from(i).ok().and_then(|i| t.items().get(i))
                    {
                        return Ok(v.clone());
                    }
                    th.getitem(x, item)
                }
                all => th.tuple(
                    all.iter()
                        .map(|i| th.getitem(x, i))
                        .collect::<Res<Vec<Obj>>>()?,
                ),
            }
        }),
        repr: Some(|th, o| show(th, o, &this::<ItemGetter>(th, o)?.items, None)),
        ..Slots::NONE
    },
    flags: type_flags::WEAKREFABLE,
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let s = this::<ItemGetter>(th, a.get(0))?;
        tuple_of(
            th,
            [th.type_of(a.get(0)).obj().clone(), s.items.obj().clone()],
        )
    })],
    ..TypeDef::new(
        TypeId::ItemGetter,
        "operator.itemgetter",
        ItemGetter::LAYOUT,
    )
};

// methodcaller

pub(super) struct MethodCaller {
    /// The method's name, then the positional arguments.
    args: Py<Tuple>,
    /// The keyword arguments.
    kw: Vec<(Obj, Obj)>,
}
native!(MethodCaller, MethodCaller, "methodcaller", args, kw);

pub(super) static METHOD_CALLER: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, args| {
            let pos = args.positional();
            let Some(name) = pos.first() else {
                return Err(
                    th.type_error("methodcaller needs at least one argument, the method name")
                );
            };
            if name.cast::<Str>().is_none() {
                return Err(th.type_error("method name must be a string"));
            }
            let kw = args
                .keywords()
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
            let args = args_tuple(th, pos)?;
            Ok(th
                .alloc_as::<MethodCaller>(cls, MethodCaller { args, kw })?
                .into_obj())
        }),
        call: Some(|th, o, args| {
            let x = one(th, "methodcaller", args)?;
            let s = this::<MethodCaller>(th, o)?;
            let Some((name, rest)) = s.args.items().split_first() else {
                return Err(th.system_error("methodcaller without a name"));
            };
            let f = th.getattr_obj(x, name)?;
            if s.kw.is_empty() {
                return th.call(&f, rest);
            }
            let mut all = rest.to_vec();
            all.extend(s.kw.iter().map(|(_, v)| v.clone()));
            let names: Vec<Obj> = s.kw.iter().map(|(k, _)| k.clone()).collect();
            th.call_args(
                &f,
                CallArgs {
                    all: &all,
                    kwnames: &names,
                },
            )
        }),
        repr: Some(|th, o| {
            let s = this::<MethodCaller>(th, o)?;
            show(th, o, &s.args, Some(&s.kw))
        }),
        ..Slots::NONE
    },
    flags: type_flags::WEAKREFABLE,
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let s = this::<MethodCaller>(th, a.get(0))?;
        let ty = th.type_of(a.get(0)).obj().clone();
        if s.kw.is_empty() {
            return tuple_of(th, [ty, s.args.obj().clone()]);
        }
        let functools = th.import("functools")?;
        let partial = th.getattr(&functools, "partial")?;
        let Some((name, rest)) = s.args.items().split_first() else {
            return Ok(Obj::NONE);
        };
        let mut all = vec![ty, name.clone()];
        all.extend(s.kw.iter().map(|(_, v)| v.clone()));
        let names: Vec<Obj> = s.kw.iter().map(|(k, _)| k.clone()).collect();
        let make = th.call_args(
            &partial,
            CallArgs {
                all: &all,
                kwnames: &names,
            },
        )?;
        let rest = th.tuple_from(rest.iter().cloned())?;
        tuple_of(th, [make, rest])
    })],
    ..TypeDef::new(
        TypeId::MethodCaller,
        "operator.methodcaller",
        MethodCaller::LAYOUT,
    )
};
