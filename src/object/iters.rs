//! Payloads of the iterators over built-in containers, and of the built-in iterator functions. The interpreter's fast
//! paths use them in place; their types are in `builtins`.
//!
//! - I1: an iterator that has reached its end has an empty `seq` and stays at its end.
//! - I2: threads that share an iterator may get an item twice or miss one; the index is only a number, every access
//!   through it is checked.

use super::dict::Dict;
use super::layout::{Layout, Native, Visit};
use super::obj::{Obj, Slot};
use super::type_ids::TypeId;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

macro_rules! seq_iters {
    ($($(#[$doc:meta])* $name:ident, $layout:ident, $text:literal;)*) => { $(
        $(#[$doc])*
        #[repr(C)]
        pub struct $name {
            /// The container (I1).
            pub seq: Slot,
            /// Where the next item is (I2).
            pub index: AtomicUsize,
        }

        static $layout: Layout = Layout::of::<$name>($text);

        // SAFETY: the layout is of this type.
        unsafe impl Native for $name {
            const TYPE: TypeId = TypeId::$name;
            const LAYOUT: &'static Layout = &$layout;
            fn traverse(&self, visit: Visit<'_>) {
                visit(self.seq.raw());
            }
            fn clear(&self, th: &Thread) {
                self.seq.set(th, None);
            }
        }

        impl $name {
            /// An iterator whose next item is at `index`.
            pub fn new(seq: Obj, index: usize) -> $name {
                $name { seq: Slot::new(Some(seq)), index: AtomicUsize::new(index) }
            }
        }
    )* };
}

seq_iters! {
    /// `iter(list)`
    ListIter, LIST, "list_iterator";
    /// `reversed(list)`: the index is one more than that of the next item.
    ListReverseIter, LIST_REV, "list_reverseiterator";
    /// `iter(tuple)`
    TupleIter, TUPLE, "tuple_iterator";
    /// `iter(x)` where x has `__getitem__` only.
    SeqIter, SEQ, "iterator";
    /// `reversed(x)` where x has `__len__` and `__getitem__`; the index is one more than that of the next item.
    Reversed, REVERSED, "reversed";
}

macro_rules! sized_iters {
    ($($(#[$doc:meta])* $name:ident, $layout:ident, $text:literal;)*) => { $(
        $(#[$doc])*
        #[repr(C)]
        pub struct $name {
            /// The container (I1).
            pub seq: Slot,
            /// Where the next entry is (I2).
            pub index: AtomicUsize,
            /// Its size when the iteration began; `usize::MAX` after it changed.
            pub used: AtomicUsize,
            /// Items left, as far as known.
            pub left: AtomicUsize,
        }

        static $layout: Layout = Layout::of::<$name>($text);

        // SAFETY: the layout is of this type.
        unsafe impl Native for $name {
            const TYPE: TypeId = TypeId::$name;
            const LAYOUT: &'static Layout = &$layout;
            fn traverse(&self, visit: Visit<'_>) {
                visit(self.seq.raw());
            }
            fn clear(&self, th: &Thread) {
                self.seq.set(th, None);
            }
        }

        impl $name {
            /// An iterator over a container of `used` items whose next entry is at `index`.
            pub fn new(seq: Obj, index: usize, used: usize) -> $name {
                $name {
                    seq: Slot::new(Some(seq)),
                    index: AtomicUsize::new(index),
                    used: AtomicUsize::new(used),
                    left: AtomicUsize::new(used),
                }
            }
        }
    )* };
}

sized_iters! {
    /// `iter(set)`, `iter(frozenset)`
    SetIter, SET, "set_iterator";
    /// `iter(dict)`
    DictKeyIter, DICT_KEY, "dict_keyiterator";
    /// `iter(dict.values())`
    DictValueIter, DICT_VALUE, "dict_valueiterator";
    /// `iter(dict.items())`
    DictItemIter, DICT_ITEM, "dict_itemiterator";
    /// `reversed(dict)`
    DictReverseKeyIter, DICT_RKEY, "dict_reversekeyiterator";
    /// `reversed(dict.values())`
    DictReverseValueIter, DICT_RVALUE, "dict_reversevalueiterator";
    /// `reversed(dict.items())`
    DictReverseItemIter, DICT_RITEM, "dict_reverseitemiterator";
}

/// What an iterator over a dict finds.
pub enum DictStep {
    /// A key and its value, and where the next entry is.
    Entry(Obj, Obj, usize),
    /// Nothing more, from there on.
    End(usize),
    /// The dict has another size than when the iteration began.
    Resized,
    /// There are more entries than there were.
    Changed,
}

/// Looks at the next entry of `d`, without changing anything. The numbers are those of its iterator; `back`: it goes backwards.
#[inline(always)]
pub fn look(d: &Dict, index: usize, used: usize, left: usize, back: bool) -> DictStep {
    if d.len() != used {
        return DictStep::Resized;
    }
    let mut pos = index;
    let entry = match back {
        true => d.prev_entry(&mut pos),
        false => d.next_entry(&mut pos),
    };
    match entry {
        None => DictStep::End(pos),
        Some(_) if left == 0 && !back => DictStep::Changed,
        Some((k, v)) => DictStep::Entry(k, v, pos),
    }
}

macro_rules! forward_dict_iters {
    ($($name:ident)*) => { $(
        impl $name {
            /// The next key and value, if that takes no more than to find them: `None` at the end, and where an error is
            /// to be raised; nothing has changed then.
            #[inline]
            pub fn next_quick(&self) -> Option<(Obj, Obj)> {
                let DictStep::Entry(k, v, pos) = self.look()? else {
                    return None;
                };
                self.index.store(pos, Ordering::Relaxed);
                let left = self.left.load(Ordering::Relaxed);
                self.left.store(left.saturating_sub(1), Ordering::Relaxed);
                Some((k, v))
            }
            /// Whether [`Self::next_quick`] gives something.
            pub fn has_next(&self) -> bool {
                matches!(self.look(), Some(DictStep::Entry(..)))
            }
            #[inline]
            fn look(&self) -> Option<DictStep> {
                let seq = self.seq.get()?;
                let [index, used, left] =
                    [&self.index, &self.used, &self.left].map(|n| n.load(Ordering::Relaxed));
                Some(look(seq.cast::<Dict>()?, index, used, left, false))
            }
        }
    )* };
}

forward_dict_iters! { DictKeyIter DictValueIter DictItemIter }

macro_rules! views {
    ($($(#[$doc:meta])* $name:ident, $layout:ident, $text:literal;)*) => { $(
        $(#[$doc])*
        #[repr(C)]
        pub struct $name {
            /// The dict.
            pub dict: Obj,
        }

        static $layout: Layout = Layout::of::<$name>($text);

        // SAFETY: the layout is of this type.
        unsafe impl Native for $name {
            const TYPE: TypeId = TypeId::$name;
            const LAYOUT: &'static Layout = &$layout;
            fn traverse(&self, visit: Visit<'_>) {
                visit(self.dict.value());
            }
        }
    )* };
}

views! {
    /// `dict.keys()`
    DictKeys, KEYS, "dict_keys";
    /// `dict.values()`
    DictValues, VALUES, "dict_values";
    /// `dict.items()`
    DictItems, ITEMS, "dict_items";
}

/// `iter(callable, sentinel)`
#[repr(C)]
pub struct CallableIter {
    /// What is called; empty at the end.
    pub callable: Slot,
    /// What ends it.
    pub sentinel: Slot,
}

static CALLABLE: Layout = Layout::of::<CallableIter>("callable_iterator");

// SAFETY: the layout is of this type.
unsafe impl Native for CallableIter {
    const TYPE: TypeId = TypeId::CallableIter;
    const LAYOUT: &'static Layout = &CALLABLE;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.callable.raw());
        visit(self.sentinel.raw());
    }
    fn clear(&self, th: &Thread) {
        self.callable.set(th, None);
        self.sentinel.set(th, None);
    }
}

/// `enumerate(iterable, start)`
#[repr(C)]
pub struct Enumerate {
    /// The iterator.
    pub iter: Obj,
    /// The next number, while `big` is empty.
    pub count: AtomicI64,
    /// The next number once it has left 64 bits.
    pub big: Slot,
}

static ENUMERATE: Layout = Layout::of::<Enumerate>("enumerate");

// SAFETY: the layout is of this type.
unsafe impl Native for Enumerate {
    const TYPE: TypeId = TypeId::Enumerate;
    const LAYOUT: &'static Layout = &ENUMERATE;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.iter.value());
        visit(self.big.raw());
    }
}

/// `zip(*iterables, strict)`
#[repr(C)]
pub struct Zip {
    /// Tuple of the iterators.
    pub iters: Obj,
    /// All must end together.
    pub strict: AtomicBool,
}

static ZIP: Layout = Layout::of::<Zip>("zip");

// SAFETY: the layout is of this type.
unsafe impl Native for Zip {
    const TYPE: TypeId = TypeId::Zip;
    const LAYOUT: &'static Layout = &ZIP;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.iters.value());
    }
}

/// `map(function, *iterables, strict)`
#[repr(C)]
pub struct Map {
    /// What is called.
    pub func: Obj,
    /// Tuple of the iterators.
    pub iters: Obj,
    /// All must end together.
    pub strict: AtomicBool,
}

static MAP: Layout = Layout::of::<Map>("map");

// SAFETY: the layout is of this type.
unsafe impl Native for Map {
    const TYPE: TypeId = TypeId::Map;
    const LAYOUT: &'static Layout = &MAP;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.func.value());
        visit(self.iters.value());
    }
}

/// `filter(function or None, iterable)`
#[repr(C)]
pub struct Filter {
    /// The predicate, or None.
    pub func: Obj,
    /// The iterator.
    pub iter: Obj,
}

static FILTER: Layout = Layout::of::<Filter>("filter");

// SAFETY: the layout is of this type.
unsafe impl Native for Filter {
    const TYPE: TypeId = TypeId::Filter;
    const LAYOUT: &'static Layout = &FILTER;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.func.value());
        visit(self.iter.value());
    }
}
