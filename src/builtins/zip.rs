//! `zip`.

use super::common::*;
use crate::object::def::{MethodDef, TypeDef, type_flags};
use crate::object::iters::Zip;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py};
use crate::object::slots::{CallArgs, Slots};
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use smallvec::SmallVec;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};

/// `zip`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        iter: Some(self_iter),
        next: Some(next),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            let it = this::<Zip>(a.get(0));
            let cls = th.type_of(a.get(0)).obj().clone();
            if it.strict.load(Ordering::Relaxed) {
                th.tuple(vec![cls, it.iters.clone(), Obj::TRUE])
            } else {
                th.tuple(vec![cls, it.iters.clone()])
            }
        })
        .doc("Return state information for pickling."),
        MethodDef::new("__setstate__", "($self, state, /)", |th, a| {
            this::<Zip>(a.get(0))
                .strict
                .store(th.truthy(a.get(1))?, Ordering::Relaxed);
            Ok(Obj::NONE)
        })
        .doc("Set state information for unpickling."),
    ],
    flags: type_flags::BASETYPE,
    doc: "zip(*iterables, strict=False)\n--\n\nThe zip object yields n-length tuples, where n is the number of iterables\npassed as positional arguments to zip().  The i-th element in every tuple\ncomes from the i-th iterable argument to zip().  This continues until the\nshortest argument is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the others,\nraise a ValueError.\n\n   >>> list(zip('abcdefg', range(3), range(4)))\n   [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]",
    ..TypeDef::new(TypeId::Zip, "zip", Zip::LAYOUT)
};

/// A tuple of the iterators of some iterables.
pub fn iterators(th: &Thread, iterables: &[Obj]) -> Res {
    let mut its = Vec::with_capacity(iterables.len());
    for o in iterables {
        its.push(th.iter(o)?);
    }
    th.tuple(its)
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("zip", "(*iterables, strict=False)", args, |a| {
        let strict = match a.opt(1) {
            Some(s) => th.truthy(s)?,
            None => false,
        };
        let iters = iterators(th, this::<Tuple>(a.get(0)).items())?;
        Ok(th
            .alloc_as::<Zip>(
                cls,
                Zip {
                    iters,
                    strict: AtomicBool::new(strict),
                },
            )?
            .into_obj())
    })
}

/// The next item of each iterator; `None` where one has ended. `name` is for the messages of strict ones.
pub fn row(th: &Thread, iters: &Obj, strict: bool, name: &str) -> Res<Option<SmallVec<[Obj; 4]>>> {
    let iters = this::<Tuple>(iters).items();
    let mut row = SmallVec::with_capacity(iters.len());
    for it in iters {
        // How the first of strict ones ends is not told: the others have to end as well.
        let next = if strict {
            th.next(it)
        } else {
            th.next_within(it)
        };
        match next? {
            Some(x) => row.push(x),
            None if strict => return uneven(th, iters, row.len(), name).map(|()| None),
            None => return Ok(None),
        }
    }
    Ok(Some(row))
}

/// Iterator number `ended` has ended: all must.
#[cold]
fn uneven(th: &Thread, iters: &[Obj], ended: usize, name: &str) -> Res<()> {
    let say = |at: usize, word: &str| {
        let others = if at == 1 { " " } else { "s 1-" };
        th.value_error(format!(
            "{name}() argument {} is {word} than argument{others}{at}",
            at + 1
        ))
    };
    if ended > 0 {
        return Err(say(ended, "shorter"));
    }
    for (i, it) in iters.iter().enumerate().skip(1) {
        if th.next(it)?.is_some() {
            return Err(say(i, "longer"));
        }
    }
    Ok(())
}

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<Zip>(o);
    let iters = this::<Tuple>(&it.iters).items();
    if iters.is_empty() {
        return Ok(None);
    }
    if let [a, b] = iters
        && !it.strict.load(Ordering::Relaxed)
    {
        let Some(x) = th.next_within(a)? else {
            return Ok(None);
        };
        return match th.next_within(b)? {
            Some(y) => th.pair(x, y).map(Some),
            None => Ok(None),
        };
    }
    match row(th, &it.iters, it.strict.load(Ordering::Relaxed), "zip")? {
        Some(row) => th.tuple_from(row.into_iter()).map(Some),
        None => Ok(None),
    }
}
