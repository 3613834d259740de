//! Iterators over ranges, lists, tuples and bytes whose state stays in memory: that they have an item is checked before anything is
//! written, so that several can be advanced as one.

use super::super::layout::{
    BYTES_ITEMS, BYTES_LEN, ITER_INDEX, ITER_SEQ, LIST_LEN, RANGE_CUR, RANGE_LEFT, RANGE_STEP,
    TUPLE_ITEMS, TUPLE_LEN,
};
use super::super::recorder::{Abort, Rec, Recorder, Val};
use super::container::is;
use crate::builtins::bytes::iter::BytesIter;
use crate::interp::reg;
use crate::object::bytes::Bytes;
use crate::object::iters::{ListIter, TupleIter};
use crate::object::list::List;
use crate::object::range::RangeIter;
use crate::object::tuple::Tuple;
use crate::object::{Native, Obj, Value};
use threadsnake_jit::ir::{AliasClass, Op as Ir, Value as V};
use threadsnake_threads::sync::atomic::Ordering;

/// What is iterated over by an index.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sequence {
    List,
    Tuple,
    Bytes,
}

impl Sequence {
    /// Of what kind an object is, and of no class that derives from it.
    pub(super) fn exact(o: &Obj) -> Option<Sequence> {
        Some(if o.is_exact::<List>() {
            Sequence::List
        } else if o.is_exact::<Tuple>() {
            Sequence::Tuple
        } else if o.is_exact::<Bytes>() {
            Sequence::Bytes
        } else {
            return None;
        })
    }
    /// Of what kind a container is: one of these, or of a class that derives from it.
    fn of(seq: Value) -> Sequence {
        if derived::<List>(seq) {
            Sequence::List
        } else if derived::<Bytes>(seq) {
            Sequence::Bytes
        } else {
            Sequence::Tuple
        }
    }
}

/// An iterator that is about to give an item.
pub(super) struct Ahead {
    /// The item, borrowed.
    pub val: Val,
    /// What becomes of the iterator: the number to write, and where.
    writes: Vec<(V, i32)>,
    /// The iterator.
    pub it: V,
}

impl Recorder {
    /// The iterator, this word now, in that field of an object that never changes: guards that it has an item.
    pub(super) fn ahead(&mut self, of: V, field: i32, word: Value) -> Rec<Ahead> {
        let it = self.load(Ir::LoadVal, &[of], field, AliasClass::IMMUTABLE);
        let s = self.before();
        self.b().guard(Ir::GuardObj, &[it], 0, s);
        let it = self.op(Ir::UnboxObj, &[it]);
        self.ahead_of(it, word)
    }

    /// The iterator `it`, this word now: guards that it has an item.
    pub(super) fn ahead_of(&mut self, it: V, word: Value) -> Rec<Ahead> {
        // SAFETY: held by a register or an object.
        let shape = unsafe { reg::obj(&word) }.shape_id();
        self.guard(Ir::GuardShape, &[it], shape as u64);
        if is::<RangeIter>(word) {
            let left = self.load(Ir::LoadI64, &[it], RANGE_LEFT, AliasClass::ITER);
            let zero = self.iconst(0);
            let more = self.op(Ir::Igt, &[left, zero]);
            self.guard(Ir::GuardTrue, &[more], 0);
            let cur = self.load(Ir::LoadI64, &[it], RANGE_CUR, AliasClass::ITER);
            let step = self.load(Ir::LoadI64, &[it], RANGE_STEP, AliasClass::IMMUTABLE);
            let after = self.op(Ir::Iadd, &[cur, step]);
            let one = self.iconst(1);
            let less = self.op(Ir::Isub, &[left, one]);
            return Ok(Ahead {
                val: Val::Int(cur),
                writes: vec![(after, RANGE_CUR), (less, RANGE_LEFT)],
                it,
            });
        }
        let (kind, seq, item) = sequence(word).ok_or(Abort::Surprise)?;
        let v = self.load(Ir::LoadVal, &[it], ITER_SEQ, AliasClass::ITER);
        self.guard(Ir::GuardObj, &[v], 0);
        let o = self.op(Ir::UnboxObj, &[v]);
        // SAFETY: held by the iterator.
        let shape = unsafe { reg::obj(&seq) }.shape_id();
        self.guard(Ir::GuardShape, &[o], shape as u64);
        let index = self.load(Ir::LoadI64, &[it], ITER_INDEX, AliasClass::ITER);
        let (val, after) = self.item_ahead(o, index, kind, item)?;
        Ok(Ahead {
            val,
            writes: vec![(after, ITER_INDEX)],
            it,
        })
    }

    /// The length of an object of this kind.
    pub(super) fn length(&mut self, o: V, kind: Sequence) -> V {
        match kind {
            Sequence::List => self.load(Ir::LoadI64, &[o], LIST_LEN, AliasClass::LIST),
            Sequence::Tuple => self.load(Ir::LoadI64, &[o], TUPLE_LEN, AliasClass::IMMUTABLE),
            Sequence::Bytes => self.load(Ir::LoadI64, &[o], BYTES_LEN, AliasClass::IMMUTABLE),
        }
    }

    /// Byte `index` of a bytes object, which has it.
    pub(super) fn byte_at(&mut self, o: V, index: V) -> Val {
        let class = AliasClass::IMMUTABLE;
        Val::Int(self.load(Ir::LoadxU8, &[o, index], BYTES_ITEMS, class))
    }

    /// The item at this index of an object of this kind, which is `item` now: guards that there is one. Also the next index.
    pub(super) fn item_ahead(
        &mut self,
        o: V,
        index: V,
        kind: Sequence,
        item: Value,
    ) -> Rec<(Val, V)> {
        let len = self.length(o, kind);
        let more = self.op(Ir::Ult, &[index, len]);
        self.guard(Ir::GuardTrue, &[more], 0);
        let one = self.iconst(1);
        let v = match kind {
            Sequence::List => self.item_at(o, index),
            Sequence::Tuple => {
                let class = AliasClass::IMMUTABLE;
                self.load(Ir::LoadxVal, &[o, index], TUPLE_ITEMS, class)
            }
            Sequence::Bytes => {
                let byte = self.byte_at(o, index);
                return Ok((byte, self.op(Ir::Iadd, &[index, one])));
            }
        };
        let s = self.before();
        let val = self.of_kind(v, item, s)?;
        Ok((val, self.op(Ir::Iadd, &[index, one])))
    }

    pub(super) fn advance(&mut self, item: &Ahead) {
        for (v, off) in &item.writes {
            self.store_i64(item.it, *v, *off);
        }
    }

    pub(super) fn store_i64(&mut self, o: V, v: V, off: i32) {
        self.b().store(Ir::StoreI64, &[o, v], off, AliasClass::ITER);
    }
}

/// Whether it is an object of this built-in type or of one that derives from it.
pub(super) fn derived<T: Native>(v: Value) -> bool {
    // SAFETY: the word is held by a register, or by an object that is.
    v.is_ptr() && unsafe { reg::obj(&v) }.cast::<T>().is_some()
}

/// What an iterator over a list, a tuple or bytes goes over, and its next item, empty at the end. `None`: it is no such
/// iterator, or has come to its end before.
pub(super) fn sequence(word: Value) -> Option<(Sequence, Value, Value)> {
    // SAFETY: live objects, held by registers or by each other.
    unsafe {
        let it = reg::obj(&word);
        let (seq, index) = if let Some(it) = it.exact::<ListIter>() {
            (it.seq.raw(), it.index.load(Ordering::Relaxed))
        } else if let Some(it) = it.exact::<TupleIter>() {
            (it.seq.raw(), it.index.load(Ordering::Relaxed))
        } else {
            let it = it.exact::<BytesIter>()?;
            (it.seq.raw(), it.index.load(Ordering::Relaxed))
        };
        if !seq.is_ptr() {
            return None;
        }
        let (kind, o) = (Sequence::of(seq), reg::obj(&seq));
        // Also of subclasses, whose own ways to give items an iterator of this kind does not ask.
        let item = match kind {
            Sequence::List => o.cast_unchecked::<List>().raw_at(index),
            Sequence::Bytes => {
                let byte = o.cast_unchecked::<Bytes>().bytes().get(index);
                byte.map_or(Value::EMPTY, |b| Value::from_int(i64::from(*b)))
            }
            Sequence::Tuple => {
                let items = o.cast::<Tuple>()?.items();
                items.get(index).map_or(Value::EMPTY, Obj::value)
            }
        };
        Some((kind, seq, item))
    }
}

/// Whether it is an iterator over a range, a list, a tuple or bytes that has an item.
pub(super) fn has_next(word: Value) -> bool {
    if is::<RangeIter>(word) {
        // SAFETY: of that type.
        let r = unsafe { reg::obj(&word).cast_unchecked::<RangeIter>() };
        return r.remaining.load(Ordering::Relaxed) > 0;
    }
    word.is_ptr() && sequence(word).is_some_and(|(_, _, item)| !item.is_empty())
}
