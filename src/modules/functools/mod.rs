//! `_functools`: partial, reduce, cmp_to_key, lru_cache.

mod cmp_key;
mod lru;
mod partial;

use crate::modules::prelude::*;

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[
    &partial::PARTIAL,
    &partial::PLACEHOLDER,
    &cmp_key::CMP_KEY,
    &lru::LRU_CACHE,
];

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new(
            "reduce",
            "(function, iterable, /, initial=functools._initial_missing)",
            reduce,
        ),
        MethodDef::new("cmp_to_key", "(mycmp)", cmp_key::cmp_to_key),
    ],
    types: &[
        ("partial", TypeId::Partial),
        ("_PlaceholderType", TypeId::Placeholder),
        ("_lru_cache_wrapper", TypeId::LruCache),
    ],
    init: Some(|th, m| put(th, m, "Placeholder", partial::placeholder(th))),
    doc: "Tools that operate on functions.",
    ..ModuleDef::new("_functools")
};

fn reduce(th: &Thread, a: Args<'_>) -> Res {
    let f = a.get(0);
    let it = match th.iter(a.get(1)) {
        Ok(it) => it,
        Err(e) if e.is(th, TypeId::TypeError) => {
            return Err(th.type_error("reduce() arg 2 must support iteration"));
        }
        Err(e) => return Err(e),
    };
    let mut acc = match a.opt(2) {
        Some(x) => x.clone(),
        None => match th.next(&it)? {
            Some(x) => x,
            None => return Err(th.type_error("reduce() of empty iterable with no initial value")),
        },
    };
    while let Some(x) = th.next(&it)? {
        acc = th.call(f, &[acc, x])?;
        th.poll()?;
    }
    Ok(acc)
}

/// A function that is found on a class binds to the instance.
fn bind_method(th: &Thread, f: &Obj, instance: Option<&Obj>, _owner: Option<&Obj>) -> Res {
    match instance {
        Some(o) if !o.is_none() => {
            let method = th.ty(TypeId::Method).obj().clone();
            th.call(&method, &[f.clone(), o.clone()])
        }
        _ => Ok(f.clone()),
    }
}

fn is_callable(th: &Thread, o: &Obj) -> bool {
    th.type_of(o).slots().call.is_some()
}
