//! `_collections`: deque, defaultdict, OrderedDict, and what `collections` builds namedtuple and Counter on.

mod defaultdict;
mod deque;
mod deque_iter;
mod ordereddict;
mod tuplegetter;

use crate::modules::prelude::*;

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[
    &deque::DEQUE,
    &deque_iter::DEQUE_ITER,
    &deque_iter::DEQUE_REVERSE_ITER,
    &defaultdict::DEFAULT_DICT,
    &tuplegetter::TUPLE_GETTER,
    &ordereddict::ORDERED_DICT,
];

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[MethodDef::new(
        "_count_elements",
        "(mapping, iterable, /)",
        count_elements,
    )],
    types: &[
        ("deque", TypeId::Deque),
        ("_deque_iterator", TypeId::DequeIter),
        ("_deque_reverse_iterator", TypeId::DequeReverseIter),
        ("defaultdict", TypeId::DefaultDict),
        ("_tuplegetter", TypeId::TupleGetter),
        ("OrderedDict", TypeId::OrderedDict),
    ],
    ..ModuleDef::new("_collections")
};

/// The items of what is exactly a deque, at one moment.
pub fn deque_now(th: &Thread, o: &Obj) -> Option<Vec<Obj>> {
    let d = o.exact::<deque::Deque>()?;
    Some(
        d.state
            .with(th, d.head(), |s| s.items.iter().cloned().collect()),
    )
}

/// Counts the items of an iterable into a mapping.
fn count_elements(th: &Thread, a: Args<'_>) -> Res {
    let mapping = a.get(0);
    let it = th.iter(a.get(1))?;
    let one = Obj::small_int(1);
    let ty = th.type_of(mapping);
    let plain = |name: &str| match (
        th.type_lookup(ty, name),
        th.type_lookup(th.ty(TypeId::Dict), name),
    ) {
        (Some(x), Some(y)) => x.is(&y),
        _ => false,
    };
    if let Some(d) = mapping.cast::<Dict>()
        && plain("get")
        && plain("__setitem__")
    {
        let mut n = 0u32;
        while let Some(x) = th.next(&it)? {
            let hash = th.hash(&x)? as u64;
            let new = match d.get_hashed(th, &x, hash)? {
                None => one.clone(),
                Some(old) => match old.as_small_int() {
                    Some(k) => th.int(k + 1),
                    None => th.binary(BinOp::Add, &old, &one)?,
                },
            };
            drop(d.insert_hashed(th, &x, hash, new)?);
            n = n.wrapping_add(1);
            if n.is_multiple_of(1024) {
                th.poll()?;
            }
        }
        return Ok(Obj::NONE);
    }
    let get = th.getattr(mapping, "get")?;
    while let Some(x) = th.next(&it)? {
        let old = th.call(&get, &[x.clone(), Obj::small_int(0)])?;
        let new = th.binary(BinOp::Add, &old, &one)?;
        th.setitem(mapping, &x, &new)?;
    }
    Ok(Obj::NONE)
}
