//! `for a, b in …` over `enumerate`, `zip` and the items of a dict: the tuple is not built.
//!
//! The loop's `ForIter` and the `Unpack` behind it are recorded as one: nothing leaves between them. What is iterated over
//! inside an `enumerate` or a `zip` is advanced in memory, if it is over a range, a list or a tuple.

use super::super::helpers;
use super::super::layout::{ENUMERATE_COUNT, ENUMERATE_ITER, TUPLE_ITEMS, TUPLE_LEN, ZIP_ITERS};
use super::super::recorder::{Abort, Effects, Rec, Recorder, Val};
use super::ahead::{Ahead, has_next};
use super::container::is;
use crate::interp::reg;
use crate::object::iters::{DictItemIter, DictKeyIter, DictValueIter, Enumerate, SetIter, Zip};
use crate::object::tuple::Tuple;
use crate::object::{Obj, Value};
use threadsnake_front::instr::{Instr, KILL_B};
use threadsnake_front::opcode::Op;
use threadsnake_jit::ir::{AliasClass, Op as Ir, Value as V, boxed};
use threadsnake_threads::sync::atomic::Ordering;

/// Iterators that a `zip` may have here.
const MAX_ZIPPED: usize = 4;

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

    /// The object in register `r`, an iterator of this shape that nobody else refers to: what it does next is its business
    /// alone, also where other threads run.
    fn own_iterator_in(&mut self, r: usize, word: Value) -> Rec<V> {
        let x = self.val(r)?;
        let o = self.object(x).ok_or(Abort::Surprise)?;
        // SAFETY: held by a register.
        let shape = unsafe { reg::obj(&word) }.shape_id();
        self.guard(Ir::GuardShape, &[o], shape as u64);
        self.count_register(r);
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
        self.store_i64(o, after, ENUMERATE_COUNT);
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

    /// A `ForIter` over a dict or a set: its iterator gives a key, a value, or both, which `u` takes apart. `false`: it is another
    /// iterator, or has come to its end.
    pub(super) fn for_dict(&mut self, i: Instr, word: Value, u: Option<Instr>) -> Rec<bool> {
        // SAFETY: held by a register.
        let it = unsafe { reg::obj(&word) };
        let (has, helper): (_, *const ()) = if let Some(it) = it.exact::<DictItemIter>() {
            // The helper gives no tuple.
            (
                u.is_some() && it.has_next(),
                helpers::iterate::dict_item as *const (),
            )
        } else if let Some(it) = it.exact::<DictKeyIter>() {
            (it.has_next(), helpers::iterate::dict_key as *const ())
        } else if let Some(it) = it.exact::<DictValueIter>() {
            (it.has_next(), helpers::iterate::dict_value as *const ())
        } else if let Some(it) = it.exact::<SetIter>() {
            (
                crate::builtins::set::has_next(it),
                helpers::iterate::set_item as *const (),
            )
        } else {
            (false, std::ptr::null())
        };
        if !has {
            return Ok(false);
        }
        let o = self.own_iterator_in(i.b(), word)?;
        let gv = self.op(Ir::BoxObj, &[o]);
        let written = match u {
            Some(_) => AliasClass::FRAME.set().union(AliasClass::ITER.set()),
            None => AliasClass::ITER.set(),
        };
        let effects = Effects::Classes(written.union(AliasClass::DICT.set()), written);
        let mut args = vec![gv];
        if u.is_some() {
            let p = self.address(i.a());
            args.push(p);
        }
        let v = self.trying_helper("dict_next", helper, &args, effects)?;
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
