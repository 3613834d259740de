//! `itertools`: iterators over iterators. One file for each family; the state that `next` changes is guarded by the
//! object's lock, and no Python code runs under it: two threads in one iterator may see an item twice or not at all where
//! it takes several steps to make one, but nothing invented.

mod combine;
mod group;
mod pass;
mod tee;
mod zip;

use crate::modules::prelude::*;

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[
    &pass::ACCUMULATE,
    &pass::BATCHED,
    &pass::CHAIN,
    &pass::COMPRESS,
    &pass::COUNT,
    &pass::CYCLE,
    &pass::DROPWHILE,
    &pass::FILTERFALSE,
    &pass::ISLICE,
    &pass::REPEAT,
    &pass::STARMAP,
    &pass::TAKEWHILE,
    &zip::PAIRWISE,
    &zip::ZIP_LONGEST,
    &combine::COMBINATIONS,
    &combine::COMBINATIONS_WR,
    &combine::PERMUTATIONS,
    &combine::PRODUCT,
    &group::GROUPBY,
    &group::GROUPER,
    &tee::TEE,
    &tee::TEE_DATA,
];

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[MethodDef::new("tee", "(iterable, n=2, /)", tee::tee)],
    types: &[
        ("accumulate", TypeId::ItAccumulate),
        ("batched", TypeId::ItBatched),
        ("chain", TypeId::ItChain),
        ("combinations", TypeId::ItCombinations),
        ("combinations_with_replacement", TypeId::ItCombinationsWr),
        ("compress", TypeId::ItCompress),
        ("count", TypeId::ItCount),
        ("cycle", TypeId::ItCycle),
        ("dropwhile", TypeId::ItDropwhile),
        ("filterfalse", TypeId::ItFilterfalse),
        ("groupby", TypeId::ItGroupby),
        ("_grouper", TypeId::ItGrouper),
        ("islice", TypeId::ItIslice),
        ("pairwise", TypeId::ItPairwise),
        ("permutations", TypeId::ItPermutations),
        ("product", TypeId::ItProduct),
        ("repeat", TypeId::ItRepeat),
        ("starmap", TypeId::ItStarmap),
        ("takewhile", TypeId::ItTakewhile),
        ("_tee", TypeId::ItTee),
        ("_tee_dataobject", TypeId::ItTeeData),
        ("zip_longest", TypeId::ItZipLongest),
    ],
    doc: "Functional tools for creating and using iterators.",
    ..ModuleDef::new("itertools")
};

/// The definition of an iterator class of this module.
const fn class(
    id: TypeId,
    name: &'static str,
    layout: &'static Layout,
    new: fn(&Thread, &Py<Type>, CallArgs<'_>) -> Res,
    next: fn(&Thread, &Obj) -> Res<Option<Obj>>,
) -> TypeDef {
    TypeDef {
        slots: iterator(Some(new), next),
        flags: type_flags::BASETYPE,
        ..TypeDef::new(id, name, layout)
    }
}
