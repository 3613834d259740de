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
        doc: doc(id),
        ..TypeDef::new(id, name, layout)
    }
}

/// How a class is called, and what its iterators give.
const fn doc(id: TypeId) -> &'static str {
    match id {
        TypeId::ItAccumulate => {
            "accumulate(iterable, func=None, *, initial=None)\n--\n\nRunning totals of the items."
        }
        TypeId::ItBatched => {
            "batched(iterable, n, *, strict=False)\n--\n\nTuples of n items each; the last may be shorter."
        }
        TypeId::ItChain => "chain(*iterables)\n--\n\nThe items of one iterable after the other.",
        TypeId::ItCombinations => {
            "combinations(iterable, r)\n--\n\nAll choices of r items, in order, no item twice."
        }
        TypeId::ItCombinationsWr => {
            "combinations_with_replacement(iterable, r)\n--\n\nAll choices of r items, in order, the same item as often as it may be."
        }
        TypeId::ItCompress => "compress(data, selectors)\n--\n\nThe items whose selector is true.",
        TypeId::ItCount => "count(start=0, step=1)\n--\n\nNumbers without end.",
        TypeId::ItCycle => "cycle(iterable, /)\n--\n\nThe items over and over.",
        TypeId::ItDropwhile => {
            "dropwhile(predicate, iterable, /)\n--\n\nThe items from the first on for which the predicate is false."
        }
        TypeId::ItFilterfalse => {
            "filterfalse(function, iterable, /)\n--\n\nThe items for which the function is false."
        }
        TypeId::ItGroupby => {
            "groupby(iterable, key=None)\n--\n\nKeys, each with the items that follow each other and have it."
        }
        TypeId::ItPairwise => "pairwise(iterable, /)\n--\n\nEach item with the one after it.",
        TypeId::ItPermutations => {
            "permutations(iterable, r=None)\n--\n\nAll orders of r of the items."
        }
        TypeId::ItProduct => {
            "product(*iterables, repeat=1)\n--\n\nAll tuples with an item of each iterable."
        }
        TypeId::ItStarmap => {
            "starmap(function, iterable, /)\n--\n\nWhat the function gives for each tuple of arguments."
        }
        TypeId::ItTakewhile => {
            "takewhile(predicate, iterable, /)\n--\n\nThe items before the first one for which the predicate is false."
        }
        TypeId::ItZipLongest => {
            "zip_longest(*iterables, fillvalue=None)\n--\n\nTuples of the items at the same place, as many as the longest iterable has."
        }
        _ => "",
    }
}
