//! The slow paths of instructions that match: exceptions against `except` clauses, subjects against patterns.

use crate::object::Obj;
use crate::object::code::Code;
use crate::object::def::type_flags;
use crate::object::exception::BaseException;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_front::code::flags as co;
use threadsnake_threads::sync::atomic::Ordering;

/// Whether an exception matches the type or tuple of an `except` clause.
pub fn match_exception(th: &Thread, e: &Obj, t: &Obj) -> Res<bool> {
    check_catchable(th, t)?;
    Ok(matches(th, e, t))
}

fn check_catchable(th: &Thread, t: &Obj) -> Res<()> {
    let ok = |t: &Obj| super::unwind::is_exception_class(t);
    let good = match t.cast::<Tuple>() {
        Some(tuple) => tuple.items().iter().all(ok),
        None => ok(t),
    };
    if good {
        Ok(())
    } else {
        Err(th.type_error("catching classes that do not inherit from BaseException is not allowed"))
    }
}

fn matches(th: &Thread, e: &Obj, t: &Obj) -> bool {
    match t.cast::<Tuple>() {
        Some(tuple) => tuple.items().iter().any(|x| matches(th, e, x)),
        None => t
            .cast::<Type>()
            .is_some_and(|t| th.type_of(e).is_subtype_of(t)),
    }
}

/// The part of an exception (group) that an `except*` clause takes, and the rest.
pub fn match_group(th: &Thread, e: &Obj, t: &Obj) -> Res<(Obj, Obj)> {
    check_catchable(th, t)?;
    let group = th.ty(TypeId::BaseExceptionGroup);
    let is_group = |t: &Obj| t.cast::<Type>().is_some_and(|t| t.is_subtype_of(group));
    let bad = match t.cast::<Tuple>() {
        Some(tuple) => tuple.items().iter().any(is_group),
        None => is_group(t),
    };
    if bad {
        return Err(th.type_error(
            "catching ExceptionGroup with except* is not allowed. Use except instead.",
        ));
    }
    if e.is_none() {
        return Ok((Obj::NONE, Obj::NONE));
    }
    if matches(th, e, t) {
        if th.is_a(e, TypeId::BaseExceptionGroup) {
            return Ok((e.clone(), Obj::NONE));
        }
        // A naked exception is wrapped.
        let list = th.tuple(vec![e.clone()])?;
        let id = if th.is_a(e, TypeId::Exception) {
            TypeId::ExceptionGroup
        } else {
            TypeId::BaseExceptionGroup
        };
        let g = th.call(th.ty(id).obj(), &[th.empty_str(), list])?;
        if let (Some(g), Some(e)) = (g.cast::<BaseException>(), e.cast::<BaseException>()) {
            g.raw_traceback.set(th, e.raw_traceback.get());
        }
        return Ok((g, Obj::NONE));
    }
    if th.is_a(e, TypeId::BaseExceptionGroup) {
        let r = th.call_method(e, "split", std::slice::from_ref(t))?;
        let Some(pair) = r.cast::<Tuple>().filter(|p| p.len() >= 2) else {
            return Err(th.type_error(format!("{}.split must return a 2-tuple", th.type_name(e))));
        };
        return Ok((pair.items()[0].clone(), pair.items()[1].clone()));
    }
    Ok((Obj::NONE, e.clone()))
}

/// The exception to raise after `except*` clauses: `list` holds what they raised and the unhandled rest.
pub fn prep_reraise_star(th: &Thread, orig: &Obj, list: &Obj) -> Res {
    crate::builtins::exceptions::prep_reraise_star(th, orig, list)
}

/// StopIteration leaving a generator becomes RuntimeError.
pub fn stop_iter_to_runtime(th: &Thread, code: &Code, e: &Obj) -> Option<Obj> {
    let msg = if th.is_a(e, TypeId::StopIteration) {
        if code.has(co::ASYNC_GENERATOR) {
            "async generator raised StopIteration"
        } else if code.has(co::COROUTINE) {
            "coroutine raised StopIteration"
        } else {
            "generator raised StopIteration"
        }
    } else if code.has(co::ASYNC_GENERATOR) && th.is_a(e, TypeId::StopAsyncIteration) {
        "async generator raised StopAsyncIteration"
    } else {
        return None;
    };
    let n = th.runtime_error(msg);
    n.0.cause.set(th, Some(e.clone()));
    n.0.context.set(th, Some(e.clone()));
    n.0.suppress.store(true, Ordering::Relaxed);
    Some(n.into_obj())
}

/// Whether sequence patterns match it.
pub fn match_sequence(th: &Thread, o: &Obj) -> Res {
    Ok(Obj::bool(th.type_of(o).has(type_flags::SEQUENCE)))
}

/// Whether mapping patterns match it.
pub fn match_mapping(th: &Thread, o: &Obj) -> Res {
    Ok(Obj::bool(th.type_of(o).has(type_flags::MAPPING)))
}

/// The values of a mapping at keys, or None.
pub fn match_keys(th: &Thread, m: &Obj, keys: &Obj) -> Res {
    let keys = th.collect(keys)?;
    let mut seen: Vec<Obj> = Vec::new();
    let get = if keys.is_empty() {
        Obj::NONE
    } else {
        th.getattr(m, "get")?
    };
    let dummy = th.call(th.ty(TypeId::Object).obj(), &[])?;
    let mut out = Vec::new();
    for k in keys {
        for s in &seen {
            if th.eq(s, &k)? {
                return Err(th.value_error(format!(
                    "mapping pattern checks duplicate key ({})",
                    th.repr(&k)?.to_rust()
                )));
            }
        }
        let v = th.call(&get, &[k.clone(), dummy.clone()])?;
        if v.is(&dummy) {
            return Ok(Obj::NONE);
        }
        seen.push(k);
        out.push(v);
    }
    th.tuple(out)
}

/// The attributes that a class pattern binds, or None.
pub fn match_class(th: &Thread, o: &Obj, cls: &Obj, npos: usize, kw: &Obj) -> Res {
    let Some(t) = cls.cast::<Type>() else {
        return Err(th.type_error("called match pattern must be a class"));
    };
    if !th.isinstance(o, cls)? {
        return Ok(Obj::NONE);
    }
    let mut out = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let repeat = |th: &Thread, n: &str| {
        th.type_error(format!(
            "{}() got multiple sub-patterns for attribute '{n}'",
            t.name_text()
        ))
    };
    if npos > 0 {
        let args = th.getattr_opt_obj(cls, &th.rt().names().__match_args__)?;
        let (names, match_self): (Vec<Obj>, bool) = match &args {
            Some(a) => match a.cast::<Tuple>() {
                Some(tu) => (tu.items().to_vec(), false),
                None => {
                    return Err(th.type_error(format!(
                        "{}.__match_args__ must be a tuple (got {})",
                        t.name_text(),
                        th.type_name(a)
                    )));
                }
            },
            None => (Vec::new(), t.has(type_flags::MATCH_SELF)),
        };
        let allowed = if match_self { 1 } else { names.len() };
        if npos > allowed {
            return Err(th.type_error(format!(
                "{}() accepts {allowed} positional sub-pattern{} ({npos} given)",
                t.name_text(),
                if allowed == 1 { "" } else { "s" }
            )));
        }
        if match_self {
            out.push(o.clone());
        } else {
            for n in &names[..npos] {
                if n.cast::<Str>().is_none() {
                    return Err(th.type_error(format!(
                        "__match_args__ elements must be strings (got {})",
                        th.type_name(n)
                    )));
                }
                let text = th.str_text(n);
                if seen.contains(&text) {
                    return Err(repeat(th, &text));
                }
                seen.push(text);
                match th.getattr_opt_obj(o, n)? {
                    Some(v) => out.push(v),
                    None => return Ok(Obj::NONE),
                }
            }
        }
    }
    for n in th.collect(kw)? {
        let text = th.str_text(&n);
        if seen.contains(&text) {
            return Err(repeat(th, &text));
        }
        seen.push(text);
        match th.getattr_opt_obj(o, &n)? {
            Some(v) => out.push(v),
            None => return Ok(Obj::NONE),
        }
    }
    th.tuple(out)
}
