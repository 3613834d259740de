//! Iterators that pair items: pairwise, zip_longest.

use super::class;
use crate::modules::prelude::*;

// pairwise

pub(super) struct Pairwise {
    it: Slot,
    old: Slot,
}
native!(Pairwise, ItPairwise, "pairwise", it, old);

pub(super) static PAIRWISE: TypeDef = class(
    TypeId::ItPairwise,
    "itertools.pairwise",
    Pairwise::LAYOUT,
    |th, cls, args| {
        th.bind("pairwise", "(iterable, /)", args, |a| {
            let it = Slot::new(Some(th.iter(a.get(0))?));
            Ok(th
                .alloc_as::<Pairwise>(
                    cls,
                    Pairwise {
                        it,
                        old: Slot::empty(),
                    },
                )?
                .into_obj())
        })
    },
    |th, o| {
        let s = this::<Pairwise>(th, o)?;
        let Some(it) = s.it.get() else {
            return Ok(None);
        };
        let old = match s.old.get() {
            Some(x) => x,
            None => {
                let Some(x) = th.next_within(&it)? else {
                    s.it.set(th, None);
                    return Ok(None);
                };
                s.old.set(th, Some(x.clone()));
                // A re-entrant call may have ended the iterator.
                if s.it.raw().is_empty() {
                    s.old.set(th, None);
                    return Ok(None);
                }
                x
            }
        };
        let new = match th.next_within(&it) {
            Ok(Some(x)) => x,
            other => {
                s.it.set(th, None);
                s.old.set(th, None);
                return other;
            }
        };
        s.old.set(th, Some(new.clone()));
        tuple_of(th, [old, new]).map(Some)
    },
);

// zip_longest

pub(super) struct ZipLongest {
    state: Guarded<Vec<Option<Obj>>>,
    fill: Obj,
}
native!(ZipLongest, ItZipLongest, "zip_longest", state, fill);

pub(super) static ZIP_LONGEST: TypeDef = class(
    TypeId::ItZipLongest,
    "itertools.zip_longest",
    ZipLongest::LAYOUT,
    |th, cls, args| {
        for (k, _) in args.keywords() {
            if th.str_text(k) != "fillvalue" {
                return Err(th.type_error("zip_longest() got an unexpected keyword argument"));
            }
        }
        th.bind("zip_longest", "(*iterables, fillvalue=None)", args, |a| {
            let mut its = Vec::new();
            for x in this::<Tuple>(th, a.get(0))?.items() {
                its.push(Some(th.iter(x)?));
            }
            let fill = a.opt(1).cloned().unwrap_or(Obj::NONE);
            Ok(th
                .alloc_as::<ZipLongest>(
                    cls,
                    ZipLongest {
                        state: Guarded::new(its),
                        fill,
                    },
                )?
                .into_obj())
        })
    },
    |th, o| {
        let s = this::<ZipLongest>(th, o)?;
        let its = s.state.with(th, s.head(), |v| v.clone());
        let mut active = its.iter().flatten().count();
        if active == 0 {
            return Ok(None);
        }
        let mut out = Vec::with_capacity(its.len());
        for (i, it) in its.iter().enumerate() {
            let item = match it {
                None => None,
                Some(it) => match th.next(it) {
                    Ok(x) => x,
                    Err(e) => {
                        let old = s.state.with(th, s.head(), std::mem::take);
                        drop(old);
                        return Err(e);
                    }
                },
            };
            if it.is_some() && item.is_none() {
                active -= 1;
                let old = s
                    .state
                    .with(th, s.head(), |v| v.get_mut(i).and_then(Option::take));
                drop(old);
                if active == 0 {
                    return Ok(None);
                }
            }
            out.push(item.unwrap_or_else(|| s.fill.clone()));
        }
        th.tuple(out).map(Some)
    },
);
