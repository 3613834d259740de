//! `cmp_to_key`: objects that compare through a function of two arguments.

use crate::modules::prelude::*;

pub(super) struct CmpKey {
    cmp: Obj,
    object: Slot,
}
native!(CmpKey, CmpKey, "KeyWrapper", cmp, object);

pub(super) static CMP_KEY: TypeDef = TypeDef {
    slots: Slots {
        call: Some(|th, o, args| {
            th.bind("K", "(obj)", args, |a| {
                let cmp = this::<CmpKey>(th, o)?.cmp.clone();
                Ok(th
                    .alloc(CmpKey {
                        cmp,
                        object: Slot::new(Some(a.get(0).clone())),
                    })
                    .into_obj())
            })
        }),
        compare: Some(compare),
        hash: Some(crate::builtins::unhashable),
        ..Slots::NONE
    },
    flags: type_flags::NO_NEW,
    getset: &[GetSetDef::rw(
        "obj",
        |th, o| Ok(this::<CmpKey>(th, o)?.object.get().unwrap_or(Obj::NONE)),
        |th, o, v| {
            this::<CmpKey>(th, o)?.object.set(th, v.cloned());
            Ok(())
        },
    )],
    ..TypeDef::new(TypeId::CmpKey, "functools.KeyWrapper", CmpKey::LAYOUT)
};

pub(super) fn cmp_to_key(th: &Thread, a: Args<'_>) -> Res {
    Ok(th
        .alloc(CmpKey {
            cmp: a.get(0).clone(),
            object: Slot::empty(),
        })
        .into_obj())
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (a.cast::<CmpKey>(), b.cast::<CmpKey>()) else {
        return Err(th.type_error("other argument must be K instance"));
    };
    let (Some(p), Some(q)) = (x.object.get(), y.object.get()) else {
        return Err(th.attribute_error("object"));
    };
    let r = th.call(&x.cmp, &[p, q])?;
    if let Some(n) = r.as_small_int() {
        return Ok(Obj::bool(op.holds(n.cmp(&0))));
    }
    th.compare(&r, &Obj::small_int(0), op)
}
