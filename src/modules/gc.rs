//! `gc`.

use super::prelude::*;
use crate::builtins::collect::{self, collector};
use threadsnake_threads::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

struct State {
    callbacks: Slot,
    debug: AtomicI64,
    thresholds: [AtomicI64; 3],
    frozen: AtomicUsize,
}

impl Default for State {
    fn default() -> Self {
        State {
            callbacks: Slot::empty(),
            debug: AtomicI64::new(0),
            thresholds: [AtomicI64::new(2000), AtomicI64::new(10), AtomicI64::new(0)],
            frozen: AtomicUsize::new(0),
        }
    }
}

fn state(th: &Thread) -> &State {
    th.rt().module_state::<State>()
}

/// A collection, with `gc.callbacks` called before and after.
pub fn collect(th: &Thread, generation: i64) -> usize {
    notify(th, "start", generation, 0);
    let n = collect::collect(th);
    notify(th, "stop", generation, n);
    n
}

fn notify(th: &Thread, phase: &str, generation: i64, n: usize) {
    let Some(list) = state(th).callbacks.get() else {
        return;
    };
    let Some(l) = list.cast::<List>() else { return };
    if l.is_empty() {
        return;
    }
    for f in l.to_vec(th) {
        let r = (|| -> Res {
            let info = th.new_dict()?;
            info.set_str(th, "generation", Obj::small_int(generation))?;
            info.set_str(th, "collected", Obj::small_int(n as i64))?;
            info.set_str(th, "uncollectable", Obj::small_int(0))?;
            th.call(&f, &[th.str(phase)?, info.into_obj()])
        })();
        if let Err(e) = r {
            th.unraisable(e, "Exception ignored while calling GC callback", Some(&f));
        }
    }
}

/// `gc`
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("collect", "(generation=2)", |th, a| {
            let g = match a.opt(0) {
                Some(g) => th.index_i64(g)?,
                None => 2,
            };
            if !(0..=2).contains(&g) {
                return Err(th.value_error("invalid generation"));
            }
            let n = collect(th, g);
            // What the collection made unreachable goes now, in Multi too.
            th.rec().reclaim_now();
            Ok(Obj::small_int(n as i64))
        }),
        MethodDef::new("enable", "()", |th, _| {
            collector(th).enabled.store(true, Ordering::Relaxed);
            Ok(Obj::NONE)
        }),
        MethodDef::new("disable", "()", |th, _| {
            collector(th).enabled.store(false, Ordering::Relaxed);
            Ok(Obj::NONE)
        }),
        MethodDef::new("isenabled", "()", |th, _| {
            Ok(Obj::bool(collector(th).enabled.load(Ordering::Relaxed)))
        }),
        MethodDef::new("get_count", "()", |th, _| {
            th.tuple(vec![
                Obj::small_int(0),
                Obj::small_int(0),
                Obj::small_int(0),
            ])
        }),
        MethodDef::new("get_threshold", "()", |th, _| {
            th.tuple_from(
                state(th)
                    .thresholds
                    .iter()
                    .map(|t| Obj::small_int(t.load(Ordering::Relaxed))),
            )
        }),
        MethodDef::new(
            "set_threshold",
            "(threshold0, threshold1=10, threshold2=0, /)",
            |th, a| {
                for i in 0..3 {
                    if let Some(o) = a.opt(i) {
                        let n = th.index_i64(o)?;
                        state(th).thresholds[i]
                            .store(n.clamp(0, i64::from(i32::MAX)), Ordering::Relaxed);
                    }
                }
                // Zero turns collections off, as in CPython; the number itself has no meaning here.
                let on = state(th).thresholds[0].load(Ordering::Relaxed) != 0;
                collector(th).enabled.store(on, Ordering::Relaxed);
                Ok(Obj::NONE)
            },
        ),
        MethodDef::new("get_debug", "()", |th, _| {
            Ok(Obj::small_int(state(th).debug.load(Ordering::Relaxed)))
        }),
        MethodDef::new("set_debug", "(flags, /)", |th, a| {
            let n = th.index_i64(a.get(0))?;
            state(th).debug.store(n.clamp(0, 0xFFFF), Ordering::Relaxed);
            Ok(Obj::NONE)
        }),
        MethodDef::new("get_objects", "(generation=None)", |th, _| {
            let v = collect::select(th, &|_| true);
            th.list(v)
        }),
        MethodDef::new("get_referrers", "(*objs)", |th, a| {
            let targets = th.collect(a.get(0))?;
            let own = a.get(0).value();
            let v = collect::select(th, &|o| {
                o.value() != own && collect::refers_to(th, o, &targets)
            });
            th.list(v)
        }),
        MethodDef::new("get_referents", "(*objs)", |th, a| {
            let mut out = Vec::new();
            for o in th.collect(a.get(0))? {
                out.extend(collect::referents(th, &o));
            }
            th.list(out)
        }),
        MethodDef::new("is_tracked", "(obj, /)", |th, a| {
            Ok(Obj::bool(collect::is_tracked(th, a.get(0))))
        }),
        MethodDef::new("is_finalized", "(obj, /)", |_, a| {
            Ok(Obj::bool(a.get(0).header().is_some_and(|h| {
                h.has(threadsnake_threads::header::FINALIZED)
            })))
        }),
        MethodDef::new("freeze", "()", |th, _| {
            let n = collect::select(th, &|_| true).len();
            state(th).frozen.store(n, Ordering::Relaxed);
            Ok(Obj::NONE)
        }),
        MethodDef::new("unfreeze", "()", |th, _| {
            state(th).frozen.store(0, Ordering::Relaxed);
            Ok(Obj::NONE)
        }),
        MethodDef::new("get_freeze_count", "()", |th, _| {
            Ok(Obj::small_int(
                state(th).frozen.load(Ordering::Relaxed) as i64
            ))
        }),
        MethodDef::new("get_stats", "()", |th, _| {
            let c = collector(th);
            let mut out = Vec::new();
            for g in 0..3 {
                let d = th.new_dict()?;
                let pick = |n: usize| Obj::small_int(if g == 2 { n as i64 } else { 0 });
                d.set_str(th, "collections", pick(c.runs.load(Ordering::Relaxed)))?;
                d.set_str(th, "collected", pick(c.collected.load(Ordering::Relaxed)))?;
                d.set_str(th, "uncollectable", Obj::small_int(0))?;
                out.push(d.into_obj());
            }
            th.list(out)
        }),
    ],
    init: Some(|th, m| {
        let l = th.list(Vec::new())?;
        put(th, m, "callbacks", l.clone())?;
        state(th).callbacks.set(th, Some(l));
        put(th, m, "garbage", th.list(Vec::new())?)?;
        for (n, v) in [
            ("DEBUG_STATS", 1),
            ("DEBUG_COLLECTABLE", 2),
            ("DEBUG_UNCOLLECTABLE", 4),
            ("DEBUG_SAVEALL", 32),
            ("DEBUG_LEAK", 38),
        ] {
            put(th, m, n, Obj::small_int(v))?;
        }
        Ok(())
    }),
    ..ModuleDef::new("gc")
};
