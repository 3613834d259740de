//! `map` and `filter`.

use super::common::*;
use super::zip::{iterators, row};
use crate::object::def::{MethodDef, TypeDef, type_flags};
use crate::object::iters::{Filter, Map};
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::slots::{CallArgs, Slots};
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};

/// `map`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        iter: Some(self_iter),
        next: Some(next),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            let it = this::<Map>(a.get(0));
            let mut args = vec![it.func.clone()];
            args.extend_from_slice(this::<Tuple>(&it.iters).items());
            let mut out = vec![th.type_of(a.get(0)).obj().clone(), th.tuple(args)?];
            if it.strict.load(Ordering::Relaxed) {
                out.push(Obj::TRUE);
            }
            th.tuple(out)
        })
        .doc("Return state information for pickling."),
        MethodDef::new("__setstate__", "($self, state, /)", |th, a| {
            this::<Map>(a.get(0))
                .strict
                .store(th.truthy(a.get(1))?, Ordering::Relaxed);
            Ok(Obj::NONE)
        })
        .doc("Set state information for unpickling."),
    ],
    flags: type_flags::BASETYPE,
    doc: "map(function, iterable, /, *iterables, strict=False)\n--\n\nMake an iterator that computes the function using arguments from\neach of the iterables.  Stops when the shortest iterable is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the others,\nraise a ValueError.",
    ..TypeDef::new(TypeId::Map, "map", Map::LAYOUT)
};

/// `filter`
pub static FILTER: TypeDef = TypeDef {
    slots: Slots {
        new: Some(filter_new),
        iter: Some(self_iter),
        next: Some(filter_next),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", |th, a| {
        let it = this::<Filter>(a.get(0));
        let args = th.tuple(vec![it.func.clone(), it.iter.clone()])?;
        th.tuple(vec![th.type_of(a.get(0)).obj().clone(), args])
    })
    .doc("Return state information for pickling.")],
    flags: type_flags::BASETYPE,
    doc: "filter(function, iterable, /)\n--\n\nReturn an iterator yielding those items of iterable for which function(item)\nis true. If function is None, return the items that are true.",
    ..TypeDef::new(TypeId::Filter, "filter", Filter::LAYOUT)
};

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("map", "(*args, strict=False)", args, |a| {
        let strict = match a.opt(1) {
            Some(s) => th.truthy(s)?,
            None => false,
        };
        let [func, iterables @ ..] = this::<Tuple>(a.get(0)).items() else {
            return Err(th.type_error("map() must have at least two arguments."));
        };
        if iterables.is_empty() {
            return Err(th.type_error("map() must have at least two arguments."));
        }
        let iters = iterators(th, iterables)?;
        let m = Map {
            func: func.clone(),
            iters,
            strict: AtomicBool::new(strict),
        };
        Ok(th.alloc_as::<Map>(cls, m)?.into_obj())
    })
}

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<Map>(o);
    if let [one] = this::<Tuple>(&it.iters).items() {
        return match th.next_within(one)? {
            Some(x) => th.call(&it.func, &[x]).map(Some),
            None => Ok(None),
        };
    }
    match row(th, &it.iters, it.strict.load(Ordering::Relaxed), "map")? {
        Some(row) => th.call(&it.func, &row).map(Some),
        None => Ok(None),
    }
}

fn filter_new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let args = args_of_new(th, cls, TypeId::Filter, args);
    th.bind("filter", "(function, iterable, /)", args, |a| {
        let iter = th.iter(a.get(1))?;
        Ok(th
            .alloc_as::<Filter>(
                cls,
                Filter {
                    func: a.get(0).clone(),
                    iter,
                },
            )?
            .into_obj())
    })
}

fn filter_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<Filter>(o);
    let plain = it.func.is_none() || it.func.is(th.ty(TypeId::Bool).obj());
    let mut n = 0u32;
    while let Some(x) = th.next_within(&it.iter)? {
        let keep = if plain {
            th.truthy(&x)?
        } else {
            th.truthy(&th.call(&it.func, std::slice::from_ref(&x))?)?
        };
        if keep {
            return Ok(Some(x));
        }
        n = n.wrapping_add(1);
        if n & 0xFFF == 0 {
            th.poll()?;
        }
    }
    Ok(None)
}
