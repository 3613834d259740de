//! Iteration, ordering.

use crate::builtins::common::*;
use crate::builtins::sort::sort_vec;
use crate::object::iters::CallableIter;
use crate::object::obj::{Obj, Slot};
use crate::object::set::SetRef;
use crate::object::sig::Args;
use crate::object::slots::CmpOp;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::value::Value;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// `all(iterable)`
pub fn all(th: &Thread, a: Args<'_>) -> Res {
    let mut yes = true;
    for_each_with(
        th,
        a.get(0),
        &mut yes,
        |_, _, x| match x.value() {
            Value::TRUE => Ok(()),
            _ => Err(x),
        },
        |th, yes, x| {
            *yes = th.truthy(&x)?;
            Ok(*yes)
        },
    )?;
    Ok(Obj::bool(yes))
}

/// `any(iterable)`
pub fn any(th: &Thread, a: Args<'_>) -> Res {
    let mut found = false;
    for_each_with(
        th,
        a.get(0),
        &mut found,
        |_, _, x| match x.value() {
            Value::FALSE | Value::NONE => Ok(()),
            _ => Err(x),
        },
        |th, found, x| {
            *found = th.truthy(&x)?;
            Ok(!*found)
        },
    )?;
    Ok(Obj::bool(found))
}

/// `len(object)`
pub fn len(th: &Thread, a: Args<'_>) -> Res {
    Ok(count_obj(th, th.len(a.get(0))?))
}

/// `iter(object)`, `iter(callable, sentinel)`
pub fn iter(th: &Thread, a: Args<'_>) -> Res {
    let Some(sentinel) = a.opt(1) else {
        return th.iter(a.get(0));
    };
    let f = a.get(0);
    if th.type_of(f).slots().call.is_none() {
        return Err(th.type_error("iter(v, w): v must be callable"));
    }
    let it = CallableIter {
        callable: Slot::new(Some(f.clone())),
        sentinel: Slot::new(Some(sentinel.clone())),
    };
    Ok(th.alloc(it).into_obj())
}

/// `next(iterator[, default])`
pub fn next(th: &Thread, a: Args<'_>) -> Res {
    // Asked of the type itself: StopIteration keeps its value.
    let step = match th.type_of(a.get(0)).slots().next {
        Some(f) => f(th, a.get(0)),
        None => th.next(a.get(0)),
    };
    match (step, a.opt(1)) {
        (Ok(Some(x)), _) => Ok(x),
        (Ok(None), Some(default)) => Ok(default.clone()),
        (Ok(None), None) => Err(th.stop_iteration(None)),
        (Err(e), Some(default)) if e.is(th, TypeId::StopIteration) => Ok(default.clone()),
        (Err(e), _) => Err(e),
    }
}

/// `aiter(async_iterable)`
pub fn aiter(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let Some(f) = th.type_of(o).slots().aiter else {
        return Err(th.type_error(format!(
            "'{}' object is not an async iterable",
            th.type_name(o)
        )));
    };
    let it = f(th, o)?;
    if th.type_of(&it).slots().anext.is_none() {
        return Err(th.type_error(format!(
            "aiter() returned not an async iterator of type '{}'",
            th.type_name(&it)
        )));
    }
    Ok(it)
}

/// `anext(async_iterator[, default])`
pub fn anext(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let Some(f) = th.type_of(o).slots().anext else {
        return Err(th.type_error(format!(
            "'{}' object is not an async iterator",
            th.type_name(o)
        )));
    };
    let awaitable = f(th, o)?;
    match a.opt(1) {
        None => Ok(awaitable),
        Some(default) => {
            Ok(super::super::asyncgen::anext_default(th, awaitable, default.clone()).into_obj())
        }
    }
}

/// `sorted(iterable, key=None, reverse=False)`
pub fn sorted(th: &Thread, a: Args<'_>) -> Res {
    let mut items = th.collect(a.get(0))?;
    let reverse = match a.opt(2) {
        Some(r) => th.truthy(r)?,
        None => false,
    };
    sort_vec(th, &mut items, a.opt_not_none(1), reverse)?;
    th.list(items)
}

/// `max(…)`
pub fn max(th: &Thread, a: Args<'_>) -> Res {
    extreme(th, a, "max", CmpOp::Gt)
}

/// `min(…)`
pub fn min(th: &Thread, a: Args<'_>) -> Res {
    extreme(th, a, "min", CmpOp::Lt)
}

fn extreme(th: &Thread, a: Args<'_>, name: &str, op: CmpOp) -> Res {
    let args = this::<Tuple>(a.get(0)).items();
    let (key, default) = (a.opt_not_none(1), a.opt(2));
    let many;
    let items = match args {
        [] => return Err(th.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [one] => one,
        _ if default.is_some() => {
            return Err(th.type_error(format!(
                "Cannot specify a default for {name}() with multiple positional arguments"
            )));
        }
        [first, rest @ ..] if key.is_none() => {
            let mut best = first;
            for x in rest {
                if better(th, x, best, op)? {
                    best = x;
                }
            }
            return Ok(best.clone());
        }
        _ => {
            many = a.get(0);
            many
        }
    };
    let best = match key {
        Some(f) => extreme_by(th, items, f, op)?,
        None => extreme_of(th, items, op)?,
    };
    match (best, default) {
        (Some(x), _) => Ok(x),
        (None, Some(d)) => Ok(d.clone()),
        (None, None) => Err(th.value_error(format!("{name}() iterable argument is empty"))),
    }
}

/// The least or greatest item.
fn extreme_of(th: &Thread, items: &Obj, op: CmpOp) -> Res<Option<Obj>> {
    if let Some(n) = SetRef::of_exact(items).and_then(|s| s.table.extreme_int(op)) {
        return Ok(Some(Obj::small_int(n)));
    }
    let mut best = (op, None);
    for_each_with(
        th,
        items,
        &mut best,
        |_, (op, best), x| match (x.as_small_int(), best.as_ref().map(Obj::as_small_int)) {
            (Some(n), Some(Some(b))) => {
                if op.holds(n.cmp(&b)) {
                    *best = Some(x);
                }
                Ok(())
            }
            _ => Err(x),
        },
        |th, (op, best), x| {
            let better = match best {
                None => true,
                Some(b) => better(th, &x, b, *op)?,
            };
            if better {
                *best = Some(x);
            }
            Ok(true)
        },
    )?;
    Ok(best.1)
}

/// The item whose key is the least or greatest.
fn extreme_by(th: &Thread, items: &Obj, key: &Obj, op: CmpOp) -> Res<Option<Obj>> {
    let mut best: Option<(Obj, Obj)> = None;
    for_each(th, items, |x| {
        let k = th.call(key, std::slice::from_ref(&x))?;
        let better = match &best {
            None => true,
            Some((_, bk)) => better(th, &k, bk, op)?,
        };
        if better {
            best = Some((x, k));
        }
        Ok(true)
    })?;
    Ok(best.map(|(x, _)| x))
}

#[inline]
fn better(th: &Thread, x: &Obj, best: &Obj, op: CmpOp) -> Res<bool> {
    if let (Some(p), Some(q)) = (x.as_small_int(), best.as_small_int()) {
        return Ok(op.holds(p.cmp(&q)));
    }
    if let (Some(p), Some(q)) = (x.as_f64_exact(), best.as_f64_exact()) {
        return Ok(p.partial_cmp(&q).is_some_and(|o| op.holds(o)));
    }
    th.compare_bool(x, best, op)
}
