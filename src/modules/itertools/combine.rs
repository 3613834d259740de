//! Iterators over selections of a pool: product, permutations, combinations, combinations_with_replacement.
//!
//! Each keeps its pool unchanged and the indices of the selection that comes next.

use super::class;
use crate::modules::prelude::*;

/// Indices of the next selection; `None`: at the end.
#[derive(Default)]
struct State {
    indices: Option<Vec<usize>>,
    cycles: Vec<usize>,
}
trace!(State);

/// The size argument, checked.
fn size(th: &Thread, o: &Obj) -> Res<usize> {
    let n = th.index_i64(o)?;
    usize::try_from(n).map_err(|_| th.value_error("r must be non-negative"))
}

/// The items at the indices of the selection, and the next selection made by `advance` (`false`: that was the last).
fn select(
    th: &Thread,
    state: &Guarded<State>,
    head: &Header,
    item: impl Fn(usize, usize) -> Obj,
    advance: impl FnOnce(&mut Vec<usize>, &mut Vec<usize>) -> bool,
) -> Res<Option<Obj>> {
    let items: Option<Vec<Obj>> = state.with(th, head, |s| {
        let State { indices, cycles } = s;
        let list = indices.as_mut()?;
        let items = list
            .iter()
            .enumerate()
            .map(|(i, &at)| item(i, at))
            .collect();
        if !advance(list, cycles) {
            *indices = None;
        }
        Some(items)
    });
    match items {
        Some(items) => th.tuple(items).map(Some),
        None => Ok(None),
    }
}

// product

pub(super) struct Product {
    pools: Vec<Vec<Obj>>,
    state: Guarded<State>,
}
native!(Product, ItProduct, "product", pools);

pub(super) static PRODUCT: TypeDef = class(
    TypeId::ItProduct,
    "itertools.product",
    Product::LAYOUT,
    |th, cls, args| {
        th.bind("product", "(*iterables, repeat=1)", args, |a| {
            let repeat = match a.opt(1) {
                None => 1,
                Some(n) => usize::try_from(th.index_i64(n)?)
                    .map_err(|_| th.value_error("repeat argument cannot be negative"))?,
            };
            let mut pools = Vec::new();
            if repeat > 0 {
                for x in this::<Tuple>(th, a.get(0))?.items() {
                    pools.push(th.collect(x)?);
                }
            }
            let n = match pools.len().checked_mul(repeat) {
                Some(n) if n < (isize::MAX as usize) / 64 => n,
                _ => return Err(th.overflow_error("repeat argument too large")),
            };
            if repeat > 1 {
                th.reserve(n * size_of::<Vec<Obj>>())?;
                let once = pools.clone();
                for _ in 1..repeat {
                    pools.extend(once.iter().cloned());
                }
            }
            let indices = if pools.iter().any(Vec::is_empty) {
                None
            } else {
                Some(vec![0; n])
            };
            let state = Guarded::new(State {
                indices,
                cycles: Vec::new(),
            });
            Ok(th
                .alloc_as::<Product>(cls, Product { pools, state })?
                .into_obj())
        })
    },
    |th, o| {
        let s = this::<Product>(th, o)?;
        select(
            th,
            &s.state,
            s.head(),
            |i, at| s.pools[i][at].clone(),
            |v, _| {
                for i in (0..v.len()).rev() {
                    v[i] += 1;
                    if v[i] < s.pools[i].len() {
                        return true;
                    }
                    v[i] = 0;
                }
                false
            },
        )
    },
);

// permutations

pub(super) struct Permutations {
    pool: Vec<Obj>,
    r: usize,
    state: Guarded<State>,
}
native!(Permutations, ItPermutations, "permutations", pool);

pub(super) static PERMUTATIONS: TypeDef = class(
    TypeId::ItPermutations,
    "itertools.permutations",
    Permutations::LAYOUT,
    |th, cls, args| {
        th.bind("permutations", "(iterable, r=None)", args, |a| {
            let pool = th.collect(a.get(0))?;
            let n = pool.len();
            let r = match a.opt_not_none(1) {
                None => n,
                Some(o) if th.is_a(o, TypeId::Int) => size(th, o)?,
                Some(_) => return Err(th.type_error("Expected int as r")),
            };
            // All indices are kept: the first `r` are the selection.
            let state = if r > n {
                State::default()
            } else {
                State {
                    indices: Some((0..n).collect()),
                    cycles: (0..r).map(|i| n - i).collect(),
                }
            };
            Ok(th
                .alloc_as::<Permutations>(
                    cls,
                    Permutations {
                        pool,
                        r,
                        state: Guarded::new(state),
                    },
                )?
                .into_obj())
        })
    },
    |th, o| {
        let s = this::<Permutations>(th, o)?;
        let items: Option<Vec<Obj>> = s.state.with(th, s.head(), |st| {
            let State { indices, cycles } = st;
            let list = indices.as_mut()?;
            let items = list[..s.r].iter().map(|&at| s.pool[at].clone()).collect();
            let mut more = false;
            for i in (0..s.r).rev() {
                cycles[i] -= 1;
                if cycles[i] == 0 {
                    list[i..].rotate_left(1);
                    cycles[i] = list.len() - i;
                } else {
                    let j = list.len() - cycles[i];
                    list.swap(i, j);
                    more = true;
                    break;
                }
            }
            if !more {
                *indices = None;
            }
            Some(items)
        });
        match items {
            Some(items) => th.tuple(items).map(Some),
            None => Ok(None),
        }
    },
);

// combinations

pub(super) struct Combinations {
    pool: Vec<Obj>,
    state: Guarded<State>,
}
native!(Combinations, ItCombinations, "combinations", pool);

pub(super) static COMBINATIONS: TypeDef = class(
    TypeId::ItCombinations,
    "itertools.combinations",
    Combinations::LAYOUT,
    |th, cls, args| {
        th.bind("combinations", "(iterable, r)", args, |a| {
            let pool = th.collect(a.get(0))?;
            let r = size(th, a.get(1))?;
            let indices = if r > pool.len() {
                None
            } else {
                Some((0..r).collect())
            };
            let state = Guarded::new(State {
                indices,
                cycles: Vec::new(),
            });
            Ok(th
                .alloc_as::<Combinations>(cls, Combinations { pool, state })?
                .into_obj())
        })
    },
    |th, o| {
        let s = this::<Combinations>(th, o)?;
        let n = s.pool.len();
        select(
            th,
            &s.state,
            s.head(),
            |_, at| s.pool[at].clone(),
            |v, _| {
                let r = v.len();
                let Some(i) = (0..r).rev().find(|&i| v[i] != i + n - r) else {
                    return false;
                };
                v[i] += 1;
                for j in i + 1..r {
                    v[j] = v[j - 1] + 1;
                }
                true
            },
        )
    },
);

// combinations_with_replacement

pub(super) struct CombinationsWr {
    pool: Vec<Obj>,
    state: Guarded<State>,
}
native!(
    CombinationsWr,
    ItCombinationsWr,
    "combinations_with_replacement",
    pool
);

pub(super) static COMBINATIONS_WR: TypeDef = class(
    TypeId::ItCombinationsWr,
    "itertools.combinations_with_replacement",
    CombinationsWr::LAYOUT,
    |th, cls, args| {
        th.bind(
            "combinations_with_replacement",
            "(iterable, r)",
            args,
            |a| {
                let pool = th.collect(a.get(0))?;
                let r = size(th, a.get(1))?;
                let indices = if pool.is_empty() && r > 0 {
                    None
                } else {
                    th.reserve(r.saturating_mul(8))?;
                    Some(vec![0; r])
                };
                let state = Guarded::new(State {
                    indices,
                    cycles: Vec::new(),
                });
                Ok(th
                    .alloc_as::<CombinationsWr>(cls, CombinationsWr { pool, state })?
                    .into_obj())
            },
        )
    },
    |th, o| {
        let s = this::<CombinationsWr>(th, o)?;
        let n = s.pool.len();
        select(
            th,
            &s.state,
            s.head(),
            |_, at| s.pool[at].clone(),
            |v, _| {
                let Some(i) = (0..v.len()).rev().find(|&i| v[i] != n - 1) else {
                    return false;
                };
                let next = v[i] + 1;
                v[i..].fill(next);
                true
            },
        )
    },
);
