//! `enumerate`.

use super::common::*;
use crate::object::def::{MethodDef, TypeDef, type_flags};
use crate::object::iters::Enumerate;
use crate::object::layout::Native;
use crate::object::obj::{Obj, Py, Slot};
use crate::object::slots::{BinOp, CallArgs, Slots};
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicI64, Ordering};

/// `enumerate`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        iter: Some(self_iter),
        next: Some(next),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            let it = this::<Enumerate>(a.get(0));
            let n = it
                .big
                .get()
                .unwrap_or_else(|| th.int(it.count.load(Ordering::Relaxed)));
            let args = th.tuple(vec![it.iter.clone(), n])?;
            th.tuple(vec![th.type_of(a.get(0)).obj().clone(), args])
        })
        .doc("Return state information for pickling."),
        MethodDef::class("__class_getitem__", "($cls, object, /)", |th, a| {
            class_getitem(th, a.get(0), a.get(1))
        })
        .doc("See PEP 585"),
    ],
    flags: type_flags::BASETYPE,
    doc: "enumerate(iterable, start=0)\n--\n\nReturn an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nThe enumerate object yields pairs containing a count (from start, which\ndefaults to zero) and a value yielded by the iterable argument.\n\nenumerate is useful for obtaining an indexed list:\n    (0, seq[0]), (1, seq[1]), (2, seq[2]), ...",
    ..TypeDef::new(TypeId::Enumerate, "enumerate", Enumerate::LAYOUT)
};

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    if args.is_empty() {
        return Err(th.type_error("enumerate() missing required argument 'iterable'"));
    }
    th.bind("enumerate", "(iterable, start=0)", args, |a| {
        let (mut count, mut big) = (0, None);
        if let Some(start) = a.opt(1) {
            let n = th.index(start)?;
            match th.int_like_i64(&n) {
                Some(i) => count = i,
                None => big = Some(n),
            }
        }
        let iter = th.iter(a.get(0))?;
        let it = Enumerate {
            iter,
            count: AtomicI64::new(count),
            big: Slot::new(big),
        };
        Ok(th.alloc_as::<Enumerate>(cls, it)?.into_obj())
    })
}

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let it = this::<Enumerate>(o);
    let Some(item) = th.next_within(&it.iter)? else {
        return Ok(None);
    };
    let n = if it.big.raw().is_empty() && it.count.load(Ordering::Relaxed) < i64::MAX {
        let n = if th.multi() {
            it.count.fetch_add(1, Ordering::Relaxed)
        } else {
            let n = it.count.load(Ordering::Relaxed);
            it.count.store(n + 1, Ordering::Relaxed);
            n
        };
        th.int(n)
    } else {
        let n = it.big.get().unwrap_or_else(|| th.int(i64::MAX));
        it.big
            .set(th, Some(th.binary(BinOp::Add, &n, &Obj::small_int(1))?));
        n
    };
    th.pair(n, item).map(Some)
}
