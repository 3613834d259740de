//! What `await future` steps through: it yields the future until that is done, then returns its result.

use super::future::{self, Future, Phase};
use crate::modules::prelude::*;
use crate::object::exception::BaseException;
use crate::object::frame::Resumed;

/// Payload of the iterators.
pub struct FutureIter {
    future: Slot,
}
native!(FutureIter, FutureIter, "FutureIter", future);

/// `future.__await__()`
pub fn await_(th: &Thread, o: &Obj) -> Res {
    let f = this::<Future>(th, o)?;
    if f.with(th, |s| s.event_loop.is_none()) {
        return Err(future::uninitialised(th));
    }
    let future = Slot::new(Some(o.clone()));
    Ok(th.alloc(FutureIter { future }).into_obj())
}

/// One step, whatever is sent in.
fn send(th: &Thread, o: &Obj, _value: &Obj) -> Res<Resumed> {
    let Some(f) = this::<FutureIter>(th, o)?.future.get() else {
        return Ok(Resumed::Returned(Obj::NONE));
    };
    let fut = this::<Future>(th, &f)?;
    let pending = fut.with(th, |s| match s.phase {
        Phase::Pending => Some(std::mem::replace(&mut s.blocking, true)),
        _ => None,
    });
    match pending {
        None => Ok(Resumed::Returned(future::result(th, fut)?)),
        Some(false) => Ok(Resumed::Yielded(f)),
        Some(true) => Err(th.runtime_error("await wasn't used with future")),
    }
}

fn next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    match send(th, o, &Obj::NONE)? {
        Resumed::Yielded(v) => Ok(Some(v)),
        Resumed::Returned(v) if v.is_none() => Ok(None),
        Resumed::Returned(v) => Err(th.stop_iteration(Some(v))),
    }
}

fn throw(th: &Thread, a: Args<'_>) -> Res {
    if a.opt(2).is_some() {
        th.warn(
            TypeId::DeprecationWarning,
            "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.",
        )?;
    }
    let is_exception = match a.get(1).cast::<Type>() {
        Some(t) => t.is_subtype_of(th.ty(TypeId::BaseException)),
        None => a.get(1).cast::<BaseException>().is_some(),
    };
    if !is_exception {
        return Err(th.type_error(
            "exceptions must be classes deriving BaseException or instances of such a class",
        ));
    }
    let e = crate::builtins::generator::thrown(th, a.get(1), a.opt(2), a.opt(3))?;
    this::<FutureIter>(th, a.get(0))?.future.set(th, None);
    Err(e)
}

/// `FutureIter`
pub(super) static FUTURE_ITER: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    slots: Slots {
        send: Some(send),
        ..iterator(None, next)
    },
    methods: &[
        MethodDef::new("send", "($self, value, /)", |th, a| {
            match send(th, a.get(0), a.get(1))? {
                Resumed::Yielded(v) => Ok(v),
                Resumed::Returned(v) => Err(crate::builtins::generator::stop(th, v)),
            }
        }),
        MethodDef::new("throw", "($self, type, value=None, tb=None, /)", throw),
        MethodDef::new("close", "($self, /)", |th, a| {
            this::<FutureIter>(th, a.get(0))?.future.set(th, None);
            Ok(Obj::NONE)
        }),
    ],
    ..TypeDef::new(
        TypeId::FutureIter,
        "_asyncio.FutureIter",
        FutureIter::LAYOUT,
    )
};
