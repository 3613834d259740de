//! `groupby` and the iterators over one group that it gives.

use super::class;
use crate::modules::prelude::*;

pub(super) struct Groupby {
    it: Obj,
    key: Option<Obj>,
    state: Guarded<State>,
}
#[derive(Default)]
struct State {
    target: Option<Obj>,
    current_key: Option<Obj>,
    current_value: Option<Obj>,
    /// Number of the group that may still read; older ones are at their end.
    group: u64,
}
trace!(State, target, current_key, current_value);
native!(Groupby, ItGroupby, "groupby", it, key, state);

pub(super) struct Grouper {
    parent: Py<Groupby>,
    target: Obj,
    group: u64,
}
native!(Grouper, ItGrouper, "_grouper", parent, target);

pub(super) static GROUPBY: TypeDef = class(
    TypeId::ItGroupby,
    "itertools.groupby",
    Groupby::LAYOUT,
    |th, cls, args| {
        th.bind("groupby", "(iterable, key=None)", args, |a| {
            let (it, key) = (th.iter(a.get(0))?, a.opt_not_none(1).cloned());
            Ok(th
                .alloc_as::<Groupby>(
                    cls,
                    Groupby {
                        it,
                        key,
                        state: Guarded::new(State::default()),
                    },
                )?
                .into_obj())
        })
    },
    groupby_next,
);

pub(super) static GROUPER: TypeDef = class(
    TypeId::ItGrouper,
    "itertools._grouper",
    Grouper::LAYOUT,
    |th, _cls, args| {
        th.bind("_grouper", "(parent, tgtkey, /)", args, |a| {
            let Some(parent) = a.get(0).cast::<Groupby>() else {
                return Err(th.type_error("incorrect usage of internal _grouper"));
            };
            let group = parent.state.with(th, parent.head(), |s| {
                s.group += 1;
                s.group
            });
            Ok(th
                .alloc(Grouper {
                    parent: parent.clone(),
                    target: a.get(1).clone(),
                    group,
                })
                .into_obj())
        })
    },
    grouper_next,
);

/// Reads one item; `false` at the end.
fn step(th: &Thread, s: &Py<Groupby>) -> Res<bool> {
    let Some(value) = th.next(&s.it)? else {
        return Ok(false);
    };
    let key = match &s.key {
        None => value.clone(),
        Some(f) => th.call(f, std::slice::from_ref(&value))?,
    };
    let old = s.state.with(th, s.head(), |g| {
        (g.current_value.replace(value), g.current_key.replace(key))
    });
    drop(old);
    Ok(true)
}

fn groupby_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let s = this::<Groupby>(th, o)?;
    s.state.with(th, s.head(), |g| g.group += 1);
    loop {
        let (target, key) = s
            .state
            .with(th, s.head(), |g| (g.target.clone(), g.current_key.clone()));
        match (target, key) {
            (_, None) => {}
            (None, Some(_)) => break,
            (Some(t), Some(k)) => {
                if !th.eq(&t, &k)? {
                    break;
                }
            }
        }
        th.poll()?;
        if !step(th, s)? {
            return Ok(None);
        }
    }
    let (key, group, old) = s.state.with(th, s.head(), |g| {
        g.group += 1;
        let key = g.current_key.clone();
        let old = std::mem::replace(&mut g.target, key.clone());
        (key, g.group, old)
    });
    drop(old);
    let Some(key) = key else { return Ok(None) };
    let grouper = th.alloc(Grouper {
        parent: s.clone(),
        target: key.clone(),
        group,
    });
    tuple_of(th, [key, grouper.into_obj()]).map(Some)
}

fn grouper_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let g = this::<Grouper>(th, o)?;
    let s = &g.parent;
    let (group, have) = s
        .state
        .with(th, s.head(), |p| (p.group, p.current_value.is_some()));
    if group != g.group {
        return Ok(None);
    }
    if !have && !step(th, s)? {
        return Ok(None);
    }
    let Some(key) = s.state.with(th, s.head(), |p| p.current_key.clone()) else {
        return Ok(None);
    };
    if !th.eq(&g.target, &key)? {
        return Ok(None);
    }
    let (value, key) = s.state.with(th, s.head(), |p| {
        (p.current_value.take(), p.current_key.take())
    });
    drop(key);
    Ok(value)
}
