//! `for a, b in …` over `enumerate`, `zip` and the items of a dict: the tuple is not built.
//!
//! The loop's `ForIter` and the `Unpack` behind it are recorded as one: nothing leaves between them. What is iterated over
//! inside an `enumerate` or a `zip` is advanced in memory, if it is over a range, a list or a tuple.

use super::super::helpers;
use super::super::layout::{
    ENUMERATE_COUNT, ENUMERATE_ITER, ITER_INDEX, ITER_SEQ, LIST_LEN, RANGE_CUR, RANGE_LEFT,
    RANGE_STEP, TUPLE_ITEMS, TUPLE_LEN, ZIP_ITERS,
};
use super::super::recorder::{Abort, Effects, Rec, Recorder, Val};
use super::container::is;
use super::iterate::derived;
use crate::interp::reg;
use crate::object::iters::{
    DictItemIter, DictKeyIter, DictValueIter, Enumerate, ListIter, TupleIter, Zip,
};
use crate::object::list::List;
use crate::object::range::RangeIter;
use crate::object::tuple::Tuple;
use crate::object::{Obj, Value};
use threadsnake_front::instr::{Instr, KILL_B};
use threadsnake_front::opcode::Op;
use threadsnake_jit::ir::{AliasClass, Op as Ir, Type, Value as V, boxed};
use threadsnake_threads::sync::atomic::Ordering;

/// Iterators that a `zip` may have here.
const MAX_ZIPPED: usize = 4;

/// An iterator that is about to give an item.
struct Ahead {
    /// The item, borrowed.
    val: Val,
    /// What becomes of the iterator: the number to write, and where.
    writes: Vec<(V, i32)>,
    /// The iterator.
    it: V,
}

impl Recorder {
    /// A `ForIter` over an iterator that is this word and gives tuples, which the next instruction takes apart.
    pub(super) fn for_pair(&mut self, i: Instr, word: Value) -> Rec<bool> {
        // SAFETY: no `ForIter` is the last instruction.
        let u = unsafe { *self.at(self.pc + 1) };
        if u.op() != Op::Unpack || u.b() != i.a() || u.k() & KILL_B == 0 {
            return Ok(false);
        }
        let done = if is::<DictItemIter>(word) {
            u.c() == 2 && self.for_dict(i, word, Some(u))?
        } else if is::<Enumerate>(word) {
            u.c() == 2 && self.for_enumerate(i, u, word)?
        } else {
            is::<Zip>(word) && self.for_zip(i, u, word)?
        };
        if done {
            self.recorded = Some(self.pc + 1);
        }
        Ok(done)
    }

    /// A `ForIter` over the keys or values of a dict.
    pub(super) fn for_dict_part(&mut self, i: Instr, word: Value) -> Rec<bool> {
        let part = is::<DictKeyIter>(word) || is::<DictValueIter>(word);
        Ok(part && self.for_dict(i, word, None)?)
    }

    /// The object in register `r`, an iterator of this shape that nobody else refers to: what it does next is its business
    /// alone, also where other threads run.
    fn own_iterator_in(&mut self, r: usize, word: Value) -> Rec<V> {
        let x = self.val(r)?;
        let o = self.object(x).ok_or(Abort::Surprise)?;
        // SAFETY: held by a register.
        let shape = unsafe { reg::obj(&word) }.shape_id();
        self.guard(Ir::GuardShape, &[o], shape as u64);
        self.guard_alone(o);
        Ok(o)
    }

    fn for_enumerate(&mut self, i: Instr, u: Instr, word: Value) -> Rec<bool> {
        // SAFETY: of that type, held by a register.
        let e = unsafe { reg::obj(&word).cast_unchecked::<Enumerate>() };
        let inner = e.iter.value();
        if e.count.load(Ordering::Relaxed) == i64::MAX || !has_next(inner) {
            return Ok(false);
        }
        let o = self.own_iterator_in(i.b(), word)?;
        let item = self.ahead(o, ENUMERATE_ITER, inner)?;
        let n = self.load(Ir::LoadI64, &[o], ENUMERATE_COUNT, AliasClass::ITER);
        let one = self.iconst(1);
        let after = self.checked(Ir::IaddOvf, &[n, one]);
        self.advance(&item);
        self.write(o, after, ENUMERATE_COUNT);
        self.forget_before();
        self.put(u.a(), Val::Int(n), false)?;
        self.put(u.a() + 1, item.val, false)?;
        self.flush(self.pc + 2);
        Ok(true)
    }

    fn for_zip(&mut self, i: Instr, u: Instr, word: Value) -> Rec<bool> {
        // SAFETY: of that type, held by a register; its tuple does not change.
        let z = unsafe { reg::obj(&word).cast_unchecked::<Zip>() };
        let Some(iters) = z.iters.exact::<Tuple>() else {
            return Ok(false);
        };
        let words: Vec<Value> = iters.items().iter().map(Obj::value).collect();
        let same = |a: usize| words[..a].contains(&words[a]);
        if words.len() != u.c()
            || words.len() > MAX_ZIPPED
            || (0..words.len()).any(|k| same(k) || !has_next(words[k]))
        {
            return Ok(false);
        }
        let o = self.own_iterator_in(i.b(), word)?;
        let t = self.load(Ir::LoadVal, &[o], ZIP_ITERS, AliasClass::IMMUTABLE);
        let t = self.op(Ir::UnboxObj, &[t]);
        let len = self.load(Ir::LoadI64, &[t], TUPLE_LEN, AliasClass::IMMUTABLE);
        let want = self.iconst(words.len() as i64);
        let ok = self.op(Ir::Ieq, &[len, want]);
        self.guard(Ir::GuardTrue, &[ok], 0);
        let mut items: Vec<Ahead> = Vec::with_capacity(words.len());
        for (k, w) in words.iter().enumerate() {
            let item = self.ahead(t, TUPLE_ITEMS + 8 * k as i32, *w)?;
            for other in &items {
                // One iterator twice gives two of its items.
                let same = self.op(Ir::Oeq, &[other.it, item.it]);
                self.guard(Ir::GuardFalse, &[same], 0);
            }
            items.push(item);
        }
        for item in &items {
            self.advance(item);
        }
        self.forget_before();
        for (k, item) in items.iter().enumerate() {
            self.put(u.a() + k, item.val, false)?;
        }
        self.flush(self.pc + 2);
        Ok(true)
    }

    /// The iterator, this word now, in that field of an object that never changes: guards that it has an item.
    fn ahead(&mut self, of: V, field: i32, word: Value) -> Rec<Ahead> {
        let it = self.load(Ir::LoadVal, &[of], field, AliasClass::IMMUTABLE);
        let s = self.before();
        self.b().guard(Ir::GuardObj, &[it], 0, s);
        let it = self.op(Ir::UnboxObj, &[it]);
        // SAFETY: held by the object.
        let shape = unsafe { reg::obj(&word) }.shape_id();
        self.guard(Ir::GuardShape, &[it], shape as u64);
        let one = self.iconst(1);
        if is::<RangeIter>(word) {
            let left = self.load(Ir::LoadI64, &[it], RANGE_LEFT, AliasClass::ITER);
            let zero = self.iconst(0);
            let more = self.op(Ir::Igt, &[left, zero]);
            self.guard(Ir::GuardTrue, &[more], 0);
            let cur = self.load(Ir::LoadI64, &[it], RANGE_CUR, AliasClass::ITER);
            let step = self.load(Ir::LoadI64, &[it], RANGE_STEP, AliasClass::IMMUTABLE);
            let after = self.op(Ir::Iadd, &[cur, step]);
            let less = self.op(Ir::Isub, &[left, one]);
            return Ok(Ahead {
                val: Val::Int(cur),
                writes: vec![(after, RANGE_CUR), (less, RANGE_LEFT)],
                it,
            });
        }
        let (seq, item) = next_item(word).ok_or(Abort::Surprise)?;
        let list = derived::<List>(seq);
        let v = self.load(Ir::LoadVal, &[it], ITER_SEQ, AliasClass::ITER);
        self.guard(Ir::GuardObj, &[v], 0);
        let o = self.op(Ir::UnboxObj, &[v]);
        // SAFETY: held by the iterator.
        let shape = unsafe { reg::obj(&seq) }.shape_id();
        self.guard(Ir::GuardShape, &[o], shape as u64);
        let index = self.load(Ir::LoadI64, &[it], ITER_INDEX, AliasClass::ITER);
        let (len, class) = match list {
            true => (LIST_LEN, AliasClass::LIST),
            false => (TUPLE_LEN, AliasClass::IMMUTABLE),
        };
        let len = self.load(Ir::LoadI64, &[o], len, class);
        let more = self.op(Ir::Ult, &[index, len]);
        self.guard(Ir::GuardTrue, &[more], 0);
        let v = match list {
            true => self.item_at(o, index),
            false => {
                let class = AliasClass::IMMUTABLE;
                self.load(Ir::LoadxVal, &[o, index], TUPLE_ITEMS, class)
            }
        };
        let s = self.before();
        let val = self.of_kind(v, item, s)?;
        let after = self.op(Ir::Iadd, &[index, one]);
        Ok(Ahead {
            val,
            writes: vec![(after, ITER_INDEX)],
            it,
        })
    }

    fn advance(&mut self, item: &Ahead) {
        for (v, off) in &item.writes {
            self.write(item.it, *v, *off);
        }
    }

    fn write(&mut self, o: V, v: V, off: i32) {
        self.b().store(Ir::StoreI64, &[o, v], off, AliasClass::ITER);
    }

    /// An iterator over a dict gives a key, a value, or both, which `u` takes apart.
    fn for_dict(&mut self, i: Instr, word: Value, u: Option<Instr>) -> Rec<bool> {
        // SAFETY: held by a register.
        let it = unsafe { reg::obj(&word) };
        let has = match u {
            Some(_) => it.cast::<DictItemIter>().is_some_and(|x| x.has_next()),
            None if is::<DictKeyIter>(word) => {
                it.cast::<DictKeyIter>().is_some_and(|x| x.has_next())
            }
            None => it.cast::<DictValueIter>().is_some_and(|x| x.has_next()),
        };
        if !has {
            return Ok(false);
        }
        let o = self.own_iterator_in(i.b(), word)?;
        let gv = self.op(Ir::BoxObj, &[o]);
        let (touched, helper): (_, *const ()) = match u {
            Some(_) => (
                AliasClass::FRAME.set(),
                helpers::iterate::dict_item as *const (),
            ),
            None if is::<DictKeyIter>(word) => (
                AliasClass::ITER.set(),
                helpers::iterate::dict_key as *const (),
            ),
            None => (
                AliasClass::ITER.set(),
                helpers::iterate::dict_value as *const (),
            ),
        };
        let classes = touched.union(AliasClass::ITER.set());
        let effects = Effects::Classes(classes.union(AliasClass::DICT.set()), classes);
        let mut args = vec![gv];
        if u.is_some() {
            let p = self.address(i.a());
            args.push(p);
        }
        let v = self
            .helper("dict_next", helper, &args, Some(Type::Val), effects)
            .ok_or(Abort::Surprise)?;
        // The exit is right only if nothing was given.
        let s = self.before_otherwise();
        self.b().guard(Ir::GuardNotEmpty, &[v], 0, s);
        self.forget_before();
        let Some(u) = u else {
            self.put(i.a(), Val::Any(v), true)?;
            self.flush(self.pc + 1);
            return Ok(true);
        };
        let (base, off) = (self.func.base(), 8 * (self.top().offset + i.a()) as i32);
        let value = self.load(Ir::LoadVal, &[base], off, AliasClass::FRAME);
        let empty = self.b().constant(Ir::Vconst, boxed::EMPTY);
        self.b()
            .store(Ir::StoreVal, &[base, empty], off, AliasClass::FRAME);
        self.put(u.a(), Val::Any(v), true)?;
        self.put(u.a() + 1, Val::Any(value), true)?;
        self.flush(self.pc + 2);
        Ok(true)
    }
}

/// What a list or tuple iterator goes over, and its next item; `None`: there is none, or it is no such iterator.
fn next_item(word: Value) -> Option<(Value, Value)> {
    // SAFETY: live objects, held by registers or by each other; both kinds of iterators have the same payload.
    unsafe {
        let it = reg::obj(&word);
        let (seq, index) = if it.is_exact::<ListIter>() {
            let it = it.cast_unchecked::<ListIter>();
            (it.seq.raw(), it.index.load(Ordering::Relaxed))
        } else if it.is_exact::<TupleIter>() {
            let it = it.cast_unchecked::<TupleIter>();
            (it.seq.raw(), it.index.load(Ordering::Relaxed))
        } else {
            return None;
        };
        let item = if derived::<List>(seq) {
            reg::obj(&seq).cast_unchecked::<List>().raw_at(index)
        } else if derived::<Tuple>(seq) {
            let t = reg::obj(&seq).cast_unchecked::<Tuple>();
            t.items().get(index).map_or(Value::EMPTY, Obj::value)
        } else {
            return None;
        };
        (!item.is_empty()).then_some((seq, item))
    }
}

/// Whether it is an iterator over a range, a list or a tuple that has an item.
fn has_next(word: Value) -> bool {
    if is::<RangeIter>(word) {
        // SAFETY: of that type.
        let r = unsafe { reg::obj(&word).cast_unchecked::<RangeIter>() };
        return r.remaining.load(Ordering::Relaxed) > 0;
    }
    word.is_ptr() && next_item(word).is_some()
}
