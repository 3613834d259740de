//! Iterators that pass items of one iterator (or none) on: accumulate, batched, chain, compress, count, cycle, dropwhile,
//! filterfalse, islice, repeat, starmap, takewhile.

use super::class;
use crate::modules::prelude::*;
use crate::object::value::{INT_MAX, INT_MIN};
use threadsnake_threads::sync::atomic::{AtomicBool, AtomicI64, Ordering};

// accumulate

pub(super) struct Accumulate {
    it: Obj,
    func: Option<Obj>,
    total: Slot,
    initial: Slot,
}
native!(
    Accumulate,
    ItAccumulate,
    "accumulate",
    it,
    func,
    total,
    initial
);

pub(super) static ACCUMULATE: TypeDef = class(
    TypeId::ItAccumulate,
    "itertools.accumulate",
    Accumulate::LAYOUT,
    |th, cls, args| {
        th.bind(
            "accumulate",
            "(iterable, func=None, *, initial=None)",
            args,
            |a| {
                let it = th.iter(a.get(0))?;
                let func = a.opt_not_none(1).cloned();
                let initial = Slot::new(a.opt_not_none(2).cloned());
                Ok(th
                    .alloc_as::<Accumulate>(
                        cls,
                        Accumulate {
                            it,
                            func,
                            total: Slot::empty(),
                            initial,
                        },
                    )?
                    .into_obj())
            },
        )
    },
    |th, o| {
        let s = this::<Accumulate>(th, o)?;
        if !s.initial.raw().is_empty()
            && let Some(first) = s.initial.swap(th, None)
        {
            s.total.set(th, Some(first.clone()));
            return Ok(Some(first));
        }
        let Some(item) = th.next_within(&s.it)? else {
            return Ok(None);
        };
        let new = match (s.total.get(), &s.func) {
            (None, _) => item,
            (Some(t), None) => th.binary(BinOp::Add, &t, &item)?,
            (Some(t), Some(f)) => th.call(f, &[t, item])?,
        };
        s.total.set(th, Some(new.clone()));
        Ok(Some(new))
    },
);

// batched

pub(super) struct Batched {
    it: Slot,
    n: usize,
    strict: bool,
}
native!(Batched, ItBatched, "batched", it);

pub(super) static BATCHED: TypeDef = class(
    TypeId::ItBatched,
    "itertools.batched",
    Batched::LAYOUT,
    |th, cls, args| {
        th.bind("batched", "(iterable, n, *, strict=False)", args, |a| {
            let n = th.index_i64(a.get(1))?;
            if n < 1 {
                return Err(th.value_error("n must be at least one"));
            }
            let strict = a.flag(th, 2)?;
            let it = Slot::new(Some(th.iter(a.get(0))?));
            Ok(th
                .alloc_as::<Batched>(
                    cls,
                    Batched {
                        it,
                        n: n as usize,
                        strict,
                    },
                )?
                .into_obj())
        })
    },
    |th, o| {
        let s = this::<Batched>(th, o)?;
        let Some(it) = s.it.get() else {
            return Ok(None);
        };
        let mut items = Vec::with_capacity(s.n.min(64));
        while items.len() < s.n {
            match th.next(&it)? {
                Some(x) => items.push(x),
                None => {
                    s.it.set(th, None);
                    if items.is_empty() {
                        return Ok(None);
                    }
                    if s.strict {
                        return Err(th.value_error("batched(): incomplete batch"));
                    }
                    break;
                }
            }
        }
        th.tuple(items).map(Some)
    },
);

// chain

pub(super) struct Chain {
    source: Slot,
    active: Slot,
}
native!(Chain, ItChain, "chain", source, active);

pub(super) static CHAIN: TypeDef = TypeDef {
    methods: &[
        MethodDef::class("from_iterable", "($type, iterable, /)", chain_from_iterable),
        CLASS_GETITEM,
    ],
    ..class(
        TypeId::ItChain,
        "itertools.chain",
        Chain::LAYOUT,
        |th, cls, args| {
            th.bind("chain", "(*iterables)", args, |a| {
                new_chain(th, cls, a.get(0))
            })
        },
        chain_next,
    )
};

fn new_chain(th: &Thread, cls: &Py<Type>, iterables: &Obj) -> Res {
    let source = Slot::new(Some(th.iter(iterables)?));
    Ok(th
        .alloc_as::<Chain>(
            cls,
            Chain {
                source,
                active: Slot::empty(),
            },
        )?
        .into_obj())
}

fn chain_from_iterable(th: &Thread, a: Args<'_>) -> Res {
    new_chain(th, this::<Type>(th, a.get(0))?, a.get(1))
}

fn chain_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let s = this::<Chain>(th, o)?;
    loop {
        if let Some(it) = s.active.get() {
            if let Some(x) = th.next(&it)? {
                return Ok(Some(x));
            }
            // Only if no other thread has gone on to the next iterable meanwhile.
            if s.active.raw() == it.value() {
                s.active.set(th, None);
            }
            continue;
        }
        let Some(source) = s.source.get() else {
            return Ok(None);
        };
        match th.next(&source) {
            Ok(Some(x)) => match th.iter(&x) {
                Ok(it) => s.active.set(th, Some(it)),
                Err(e) => {
                    s.source.set(th, None);
                    return Err(e);
                }
            },
            Ok(None) => {
                s.source.set(th, None);
                return Ok(None);
            }
            Err(e) => {
                s.source.set(th, None);
                return Err(e);
            }
        }
    }
}

// compress

pub(super) struct Compress {
    data: Obj,
    selectors: Obj,
}
native!(Compress, ItCompress, "compress", data, selectors);

pub(super) static COMPRESS: TypeDef = class(
    TypeId::ItCompress,
    "itertools.compress",
    Compress::LAYOUT,
    |th, cls, args| {
        th.bind("compress", "(data, selectors)", args, |a| {
            let (data, selectors) = (th.iter(a.get(0))?, th.iter(a.get(1))?);
            Ok(th
                .alloc_as::<Compress>(cls, Compress { data, selectors })?
                .into_obj())
        })
    },
    |th, o| {
        let s = this::<Compress>(th, o)?;
        loop {
            th.poll()?;
            let Some(x) = th.next_within(&s.data)? else {
                return Ok(None);
            };
            let Some(sel) = th.next_within(&s.selectors)? else {
                return Ok(None);
            };
            if th.truthy(&sel)? {
                return Ok(Some(x));
            }
        }
    },
);

// count

pub(super) struct Count {
    /// The next number where the step is 1 and the start fits a value word.
    fast: Option<AtomicI64>,
    state: Guarded<CountState>,
}
#[derive(Default)]
struct CountState {
    next: Option<Obj>,
    step: Option<Obj>,
}
trace!(CountState, next, step);
native!(Count, ItCount, "count", state);

pub(super) static COUNT: TypeDef = TypeDef {
    slots: Slots {
        repr: Some(count_repr),
        ..iterator(Some(new_count), count_next)
    },
    ..class(
        TypeId::ItCount,
        "itertools.count",
        Count::LAYOUT,
        new_count,
        count_next,
    )
};

fn is_number(th: &Thread, o: &Obj) -> bool {
    let slots = th.type_of(o).slots();
    o.as_small_int().is_some()
        || o.as_f64_exact().is_some()
        || th.is_a(o, TypeId::Complex)
        || slots.index.is_some()
        || slots.float.is_some()
        || slots.int.is_some()
}

fn new_count(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("count", "(start=0, step=1)", args, |a| {
        let zero = Obj::small_int(0);
        let one = Obj::small_int(1);
        let start = a.opt(0).unwrap_or(&zero);
        let step = a.opt(1).unwrap_or(&one);
        if !is_number(th, start) || !is_number(th, step) {
            return Err(th.type_error("a number is required"));
        }
        let payload = match (start.as_small_int(), step.as_small_int()) {
            (Some(n), Some(1)) => Count {
                fast: Some(AtomicI64::new(n)),
                state: Guarded::new(CountState::default()),
            },
            _ => Count {
                fast: None,
                state: Guarded::new(CountState {
                    next: Some(start.clone()),
                    step: Some(step.clone()),
                }),
            },
        };
        Ok(th.alloc_as::<Count>(cls, payload)?.into_obj())
    })
}

fn count_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let s = this::<Count>(th, o)?;
    if let Some(n) = &s.fast {
        // One atomic step, so that threads which share a counter never get the same number.
        let old = if th.multi() {
            n.fetch_add(1, Ordering::Relaxed)
        } else {
            let old = n.load(Ordering::Relaxed);
            n.store(old.wrapping_add(1), Ordering::Relaxed);
            old
        };
        return Ok(Some(th.int(old)));
    }
    let quick = s.state.with(th, s.head(), |c| {
        let (n, step) = (
            c.next.as_ref()?.as_small_int()?,
            c.step.as_ref()?.as_small_int()?,
        );
        let new = n + step;
        if !(INT_MIN..=INT_MAX).contains(&new) {
            return None;
        }
        // Both are immediates: nothing is dropped here.
        c.next.replace(Obj::small_int(new))
    });
    if quick.is_some() {
        return Ok(quick);
    }
    let (next, step) = s
        .state
        .with(th, s.head(), |c| (c.next.clone(), c.step.clone()));
    let (Some(next), Some(step)) = (next, step) else {
        return Ok(None);
    };
    let new = th.binary(BinOp::Add, &next, &step)?;
    let old = s.state.with(th, s.head(), |c| c.next.replace(new));
    drop(old);
    Ok(Some(next))
}

fn count_repr(th: &Thread, o: &Obj) -> Res {
    let s = this::<Count>(th, o)?;
    let name = th.type_of(o).name_text();
    if let Some(n) = &s.fast {
        return th.str(&format!("{name}({})", n.load(Ordering::Relaxed)));
    }
    let (next, step) = s
        .state
        .with(th, s.head(), |c| (c.next.clone(), c.step.clone()));
    let (Some(next), Some(step)) = (next, step) else {
        return th.str(&name);
    };
    let next = th.repr(&next)?.to_rust();
    if step.as_small_int() == Some(1) {
        return th.str(&format!("{name}({next})"));
    }
    let step = th.repr(&step)?.to_rust();
    th.str(&format!("{name}({next}, {step})"))
}

// cycle

pub(super) struct Cycle {
    state: Guarded<CycleState>,
}
#[derive(Default)]
struct CycleState {
    it: Option<Obj>,
    saved: Vec<Obj>,
    at: usize,
}
trace!(CycleState, it, saved);
native!(Cycle, ItCycle, "cycle", state);

pub(super) static CYCLE: TypeDef = class(
    TypeId::ItCycle,
    "itertools.cycle",
    Cycle::LAYOUT,
    |th, cls, args| {
        th.bind("cycle", "(iterable, /)", args, |a| {
            let it = Some(th.iter(a.get(0))?);
            let state = Guarded::new(CycleState {
                it,
                saved: Vec::new(),
                at: 0,
            });
            Ok(th.alloc_as::<Cycle>(cls, Cycle { state })?.into_obj())
        })
    },
    |th, o| {
        let s = this::<Cycle>(th, o)?;
        if let Some(it) = s.state.with(th, s.head(), |c| c.it.clone()) {
            if let Some(x) = th.next(&it)? {
                let keep = x.clone();
                s.state.with(th, s.head(), |c| c.saved.push(keep));
                return Ok(Some(x));
            }
            let old = s.state.with(th, s.head(), |c| c.it.take());
            drop(old);
        }
        Ok(s.state.with(th, s.head(), |c| {
            if c.at >= c.saved.len() {
                c.at = 0;
            }
            c.at += 1;
            c.saved.get(c.at - 1).cloned()
        }))
    },
);

// dropwhile, takewhile, filterfalse

pub(super) struct Dropwhile {
    func: Obj,
    it: Obj,
    started: AtomicBool,
}
native!(Dropwhile, ItDropwhile, "dropwhile", func, it);

pub(super) static DROPWHILE: TypeDef = class(
    TypeId::ItDropwhile,
    "itertools.dropwhile",
    Dropwhile::LAYOUT,
    |th, cls, args| {
        th.bind("dropwhile", "(predicate, iterable, /)", args, |a| {
            let (func, it) = (a.get(0).clone(), th.iter(a.get(1))?);
            Ok(th
                .alloc_as::<Dropwhile>(
                    cls,
                    Dropwhile {
                        func,
                        it,
                        started: AtomicBool::new(false),
                    },
                )?
                .into_obj())
        })
    },
    |th, o| {
        let s = this::<Dropwhile>(th, o)?;
        loop {
            let Some(x) = th.next_within(&s.it)? else {
                return Ok(None);
            };
            if s.started.load(Ordering::Relaxed) {
                return Ok(Some(x));
            }
            th.poll()?;
            let r = th.call(&s.func, std::slice::from_ref(&x))?;
            if !th.truthy(&r)? {
                s.started.store(true, Ordering::Relaxed);
                return Ok(Some(x));
            }
        }
    },
);

pub(super) struct Takewhile {
    func: Obj,
    it: Obj,
    stopped: AtomicBool,
}
native!(Takewhile, ItTakewhile, "takewhile", func, it);

pub(super) static TAKEWHILE: TypeDef = class(
    TypeId::ItTakewhile,
    "itertools.takewhile",
    Takewhile::LAYOUT,
    |th, cls, args| {
        th.bind("takewhile", "(predicate, iterable, /)", args, |a| {
            let (func, it) = (a.get(0).clone(), th.iter(a.get(1))?);
            Ok(th
                .alloc_as::<Takewhile>(
                    cls,
                    Takewhile {
                        func,
                        it,
                        stopped: AtomicBool::new(false),
                    },
                )?
                .into_obj())
        })
    },
    |th, o| {
        let s = this::<Takewhile>(th, o)?;
        if s.stopped.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let Some(x) = th.next_within(&s.it)? else {
            return Ok(None);
        };
        let r = th.call(&s.func, std::slice::from_ref(&x))?;
        if th.truthy(&r)? {
            return Ok(Some(x));
        }
        s.stopped.store(true, Ordering::Relaxed);
        Ok(None)
    },
);

pub(super) struct Filterfalse {
    func: Option<Obj>,
    it: Obj,
}
native!(Filterfalse, ItFilterfalse, "filterfalse", func, it);

pub(super) static FILTERFALSE: TypeDef = class(
    TypeId::ItFilterfalse,
    "itertools.filterfalse",
    Filterfalse::LAYOUT,
    |th, cls, args| {
        th.bind("filterfalse", "(function, iterable, /)", args, |a| {
            let f = a.get(0);
            let func = if f.is_none() || f.is(th.ty(TypeId::Bool).obj()) {
                None
            } else {
                Some(f.clone())
            };
            let it = th.iter(a.get(1))?;
            Ok(th
                .alloc_as::<Filterfalse>(cls, Filterfalse { func, it })?
                .into_obj())
        })
    },
    |th, o| {
        let s = this::<Filterfalse>(th, o)?;
        loop {
            th.poll()?;
            let Some(x) = th.next_within(&s.it)? else {
                return Ok(None);
            };
            let yes = match &s.func {
                None => th.truthy(&x)?,
                Some(f) => th.truthy(&th.call(f, std::slice::from_ref(&x))?)?,
            };
            if !yes {
                return Ok(Some(x));
            }
        }
    },
);

// islice

pub(super) struct Islice {
    it: Slot,
    state: Guarded<IsliceState>,
    stop: i64,
    step: i64,
}
#[derive(Default)]
struct IsliceState {
    next: i64,
    count: i64,
}
trace!(IsliceState);
native!(Islice, ItIslice, "islice", it);

const BAD_STOP: &str =
    "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
const BAD_INDEX: &str = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
const BAD_STEP: &str = "Step for islice() must be a positive integer or None.";

fn islice_index(th: &Thread, o: Option<&Obj>, default: i64, message: &str) -> Res<i64> {
    match o {
        None => Ok(default),
        Some(o) => match th.index_i64(o) {
            Ok(n) if n >= 0 => Ok(n),
            _ => Err(th.value_error(message)),
        },
    }
}

pub(super) static ISLICE: TypeDef = class(
    TypeId::ItIslice,
    "itertools.islice",
    Islice::LAYOUT,
    |th, cls, args| {
        th.bind(
            "islice",
            "(iterable, start, stop=None, step=None, /)",
            args,
            |a| {
                let (start, stop) = match a.opt(2) {
                    // One bound: it is the stop.
                    None => (0, islice_index(th, a.opt_not_none(1), -1, BAD_STOP)?),
                    Some(_) => {
                        let stop = islice_index(th, a.opt_not_none(2), -1, BAD_STOP)?;
                        (islice_index(th, a.opt_not_none(1), 0, BAD_INDEX)?, stop)
                    }
                };
                let step = islice_index(th, a.opt_not_none(3), 1, BAD_STEP)?;
                if step < 1 {
                    return Err(th.value_error(BAD_STEP));
                }
                let it = Slot::new(Some(th.iter(a.get(0))?));
                let state = Guarded::new(IsliceState {
                    next: start,
                    count: 0,
                });
                Ok(th
                    .alloc_as::<Islice>(
                        cls,
                        Islice {
                            it,
                            state,
                            stop,
                            step,
                        },
                    )?
                    .into_obj())
            },
        )
    },
    |th, o| {
        let s = this::<Islice>(th, o)?;
        let Some(it) = s.it.get() else {
            return Ok(None);
        };
        loop {
            let (next, count) = s.state.with(th, s.head(), |i| (i.next, i.count));
            if s.stop >= 0 && count >= s.stop && count >= next {
                break;
            }
            let x = match th.next_within(&it) {
                Ok(Some(x)) => x,
                end => {
                    s.it.set(th, None);
                    return end;
                }
            };
            let take = s.state.with(th, s.head(), |i| {
                i.count += 1;
                if i.count <= i.next {
                    return false;
                }
                let after = i.next.checked_add(s.step).unwrap_or(i64::MAX);
                i.next = if s.stop >= 0 {
                    after.min(s.stop)
                } else {
                    after
                };
                true
            });
            if take {
                return Ok(Some(x));
            }
            th.poll()?;
        }
        s.it.set(th, None);
        Ok(None)
    },
);

// repeat

pub(super) struct Repeat {
    item: Obj,
    /// Times left, -1: for ever.
    left: AtomicI64,
}
native!(Repeat, ItRepeat, "repeat", item);

pub(super) static REPEAT: TypeDef = TypeDef {
    slots: Slots {
        repr: Some(repeat_repr),
        ..iterator(Some(new_repeat), repeat_next)
    },
    methods: &[MethodDef::new("__length_hint__", "($self, /)", repeat_hint)],
    ..class(
        TypeId::ItRepeat,
        "itertools.repeat",
        Repeat::LAYOUT,
        new_repeat,
        repeat_next,
    )
};

fn new_repeat(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind("repeat", "(object, times=None)", args, |a| {
        let left = match a.opt(1) {
            None => -1,
            Some(n) => th.index_i64(n)?.max(0),
        };
        let item = a.get(0).clone();
        Ok(th
            .alloc_as::<Repeat>(
                cls,
                Repeat {
                    item,
                    left: AtomicI64::new(left),
                },
            )?
            .into_obj())
    })
}

fn repeat_next(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    let s = this::<Repeat>(th, o)?;
    let n = s.left.load(Ordering::Relaxed);
    if n < 0 {
        return Ok(Some(s.item.clone()));
    }
    let got = s
        .left
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| {
            if n > 0 { Some(n - 1) } else { None }
        });
    Ok(got.ok().map(|_| s.item.clone()))
}

fn repeat_repr(th: &Thread, o: &Obj) -> Res {
    let s = this::<Repeat>(th, o)?;
    let (name, item, n) = (
        th.type_of(o).name_text(),
        th.repr(&s.item)?.to_rust(),
        s.left.load(Ordering::Relaxed),
    );
    if n < 0 {
        th.str(&format!("{name}({item})"))
    } else {
        th.str(&format!("{name}({item}, {n})"))
    }
}

fn repeat_hint(th: &Thread, a: Args<'_>) -> Res {
    match this::<Repeat>(th, a.get(0))?.left.load(Ordering::Relaxed) {
        n if n < 0 => Err(th.type_error("len() of unsized object")),
        n => Ok(th.int(n)),
    }
}

// starmap

pub(super) struct Starmap {
    func: Obj,
    it: Obj,
}
native!(Starmap, ItStarmap, "starmap", func, it);

pub(super) static STARMAP: TypeDef = class(
    TypeId::ItStarmap,
    "itertools.starmap",
    Starmap::LAYOUT,
    |th, cls, args| {
        th.bind("starmap", "(function, iterable, /)", args, |a| {
            let (func, it) = (a.get(0).clone(), th.iter(a.get(1))?);
            Ok(th
                .alloc_as::<Starmap>(cls, Starmap { func, it })?
                .into_obj())
        })
    },
    |th, o| {
        let s = this::<Starmap>(th, o)?;
        let Some(x) = th.next_within(&s.it)? else {
            return Ok(None);
        };
        match x.exact::<Tuple>() {
            Some(t) => th.call(&s.func, t.items()).map(Some),
            None => {
                let items = th.collect(&x)?;
                th.call(&s.func, &items).map(Some)
            }
        }
    },
);
