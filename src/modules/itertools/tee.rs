//! `tee`: independent iterators over one. Items that not all have read yet live in a chain of blocks; each iterator points
//! to the block that it is in, so that a block dies when the last iterator has left it.

use super::class;
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};

const BLOCK: usize = 57;

/// One block of items.
pub(super) struct TeeData {
    it: Obj,
    items: Guarded<Vec<Obj>>,
    next: Slot,
    /// Somebody is reading from `it` for this block.
    running: AtomicBool,
}
native!(TeeData, ItTeeData, "_tee_dataobject", it, items, next);

/// One of the iterators.
pub(super) struct Tee {
    state: Guarded<State>,
}
#[derive(Default)]
struct State {
    data: Option<Py<TeeData>>,
    at: usize,
}
trace!(State, data);
native!(Tee, ItTee, "_tee", state);

pub(super) static TEE_DATA: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    ..TypeDef::new(
        TypeId::ItTeeData,
        "itertools._tee_dataobject",
        TeeData::LAYOUT,
    )
};

pub(super) static TEE: TypeDef = TypeDef {
    methods: &[MethodDef::new("__copy__", "($self, /)", copy)],
    ..class(
        TypeId::ItTee,
        "itertools._tee",
        Tee::LAYOUT,
        |th, _cls, args| {
            th.bind("_tee", "(iterable, /)", args, |a| {
                Ok(from_iterable(th, a.get(0))?.into_obj())
            })
        },
        tee_next,
    )
};

fn block(th: &Thread, it: Obj) -> Py<TeeData> {
    th.alloc(TeeData {
        it,
        items: Guarded::new(Vec::new()),
        next: Slot::empty(),
        running: AtomicBool::new(false),
    })
}

fn duplicate(th: &Thread, t: &Py<Tee>) -> Py<Tee> {
    let (data, at) = t.state.with(th, t.head(), |s| (s.data.clone(), s.at));
    th.alloc(Tee {
        state: Guarded::new(State { data, at }),
    })
}

fn from_iterable(th: &Thread, iterable: &Obj) -> Res<Py<Tee>> {
    let it = th.iter(iterable)?;
    if let Some(t) = it.exact::<Tee>() {
        return Ok(duplicate(th, t));
    }
    let data = Some(block(th, it));
    Ok(th.alloc(Tee {
        state: Guarded::new(State { data, at: 0 }),
    }))
}

fn copy(th: &Thread, a: Args<'_>) -> Res {
    Ok(duplicate(th, this::<Tee>(th, a.get(0))?).into_obj())
}

/// `itertools.tee(iterable, n=2)`
pub(super) fn tee(th: &Thread, a: Args<'_>) -> Res {
    let n = match a.opt(1) {
        None => 2,
        Some(n) => {
            usize::try_from(th.index_i64(n)?).map_err(|_| th.value_error("n must be >= 0"))?
        }
    };
    if n == 0 {
        return Ok(th.empty_tuple());
    }
    th.reserve(n.saturating_mul(64))?;
    let first = from_iterable(th, a.get(0))?;
    let mut all = vec![first.clone().into_obj()];
    for _ in 1..n {
        all.push(duplicate(th, &first).into_obj());
    }
    th.tuple(all)
}

/// Item `i` of a block, read from the source if nobody has yet.
fn item(th: &Thread, data: &Py<TeeData>, i: usize) -> Res<Option<Obj>> {
    if let Some(x) = data.items.with(th, data.head(), |v| v.get(i).cloned()) {
        return Ok(Some(x));
    }
    if data.running.swap(true, Ordering::Acquire) {
        return Err(th.runtime_error("cannot re-enter the tee iterator"));
    }
    // Another thread may have read it between the look and the claim.
    let got = match data.items.with(th, data.head(), |v| v.get(i).cloned()) {
        Some(x) => Ok(Some(x)),
        None => th.next(&data.it).inspect(|x| {
            if let Some(x) = x {
                let keep = x.clone();
                data.items.with(th, data.head(), |v| v.push(keep));
            }
        }),
    };
    data.running.store(false, Ordering::Release);
    got
}

fn tee_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let s = this::<Tee>(th, o)?;
    let (data, at) = s.state.with(th, s.head(), |t| (t.data.clone(), t.at));
    let Some(mut data) = data else {
        return Ok(None);
    };
    let mut at = at;
    if at >= BLOCK {
        let next = match data.next.get() {
            Some(n) => n,
            None => {
                let fresh = block(th, data.it.clone()).into_obj();
                match data.next.set_if_empty(fresh.clone()) {
                    Ok(()) => fresh,
                    Err(_) => data.next.get().unwrap_or(fresh),
                }
            }
        };
        data = next
            .into_py::<TeeData>()
            .map_err(|_| th.system_error("tee block of a wrong type"))?;
        at = 0;
    }
    let Some(x) = item(th, &data, at)? else {
        return Ok(None);
    };
    let old = s.state.with(th, s.head(), |t| {
        t.at = at + 1;
        t.data.replace(data)
    });
    drop(old);
    Ok(Some(x))
}
