//! `for` loops. The state of a range or list iterator that a register of the loop's own frame holds, and that nobody else
//! refers to, is kept in machine registers; exits put it back. Other iterators are advanced in memory or by a helper.

use super::super::helpers;
use super::super::layout::{ITER_INDEX, ITER_SEQ, RANGE_CUR, RANGE_LEFT, RANGE_STEP};
use super::super::recorder::{Abort, NextItem, Pending, Rec, Recorder, Reg, Val};
use super::END_OF_ITERATION;
use super::ahead::{Sequence, sequence};
use super::container::is;
use crate::builtins::bytes::iter::BytesIter;
use crate::interp::reg;
use crate::object::frame::{Generator, flag};
use crate::object::iters::{ListIter, TupleIter};
use crate::object::range::RangeIter;
use crate::object::type_ids::TypeId;
use crate::object::{Native, Value};
use crate::runtime::thread::Thread;
use threadsnake_front::instr::{Instr, KILL_B};
use threadsnake_jit::ir::{AliasClass, Builder, ClassSet, Op as Ir, Value as V};
use threadsnake_threads::header::Header;
use threadsnake_threads::sync::atomic::Ordering;

/// The eight bytes from the local count on: 1 where one register alone refers to the object.
pub(super) fn counts(v: Value) -> u64 {
    // SAFETY: a live object.
    let h = unsafe { &*(v.0 as *const Header) };
    u64::from(h.local.load(Ordering::Relaxed)) | u64::from(h.shared.load(Ordering::Relaxed)) << 32
}

/// Built-in types whose iterators are made without running Python.
const PLAIN: &[TypeId] = &[
    TypeId::List,
    TypeId::Tuple,
    TypeId::Range,
    TypeId::Dict,
    TypeId::DictKeys,
    TypeId::DictValues,
    TypeId::DictItems,
    TypeId::Set,
    TypeId::FrozenSet,
    TypeId::Str,
    TypeId::Bytes,
];

/// Built-in iterators: each is its own.
const ITERATORS: &[TypeId] = &[
    TypeId::Generator,
    TypeId::Enumerate,
    TypeId::Zip,
    TypeId::Map,
    TypeId::RangeIter,
    TypeId::ListIter,
    TypeId::TupleIter,
    TypeId::BytesIter,
    TypeId::SetIter,
    TypeId::DictKeyIter,
    TypeId::DictValueIter,
    TypeId::DictItemIter,
];

impl Recorder {
    /// `GetIter`
    pub(super) fn get_iter(&mut self, i: Instr) -> Rec {
        let next = self.pc + 1;
        let x = self.val(i.b())?;
        let word = self.word(i.b());
        let shape = match word.is_ptr() {
            // SAFETY: held by a register.
            true => unsafe { reg::obj(&word) }.shape_id(),
            false => 0,
        };
        let is_one = |ids: &[TypeId]| ids.iter().any(|t| t.root_shape() == shape);
        let (plain, iterator) = (is_one(PLAIN), is_one(ITERATORS));
        if shape != 0 && (plain || iterator) {
            let o = self.object(x).ok_or(Abort::Surprise)?;
            self.guard(Ir::GuardShape, &[o], shape as u64);
            if iterator {
                let (v, owned) = self.take(i.b(), i.k() & KILL_B != 0)?;
                self.put(i.a(), v, owned)?;
                self.flush(next);
                return Ok(());
            }
        }
        if plain && self.fresh_iter(i, x, word)? {
            return Ok(());
        }
        let (v, n) = (self.boxed(x), self.iconst(3));
        let addr = helpers::unary as *const ();
        if !plain {
            let v = self.python_helper("iter", addr, &[v, n])?;
            self.kills(i.k(), &[(KILL_B, i.b())])?;
            return self.result(i.a(), v, next);
        }
        let v = self.leaf_helper("iter", addr, &[v, n], ClassSet::NONE)?;
        self.kills(i.k(), &[(KILL_B, i.b())])?;
        self.leaf_result(i.a(), v, next)
    }

    pub(super) fn for_iter(&mut self, th: &Thread, i: Instr) -> Rec {
        let next = self.pc + 1;
        let word = self.word(i.b());
        if is::<Generator>(word) && self.resumes(th, i, word, flag::FOR_ITER)? {
            return Ok(());
        }
        if is::<RangeIter>(word) {
            return self.for_range(i, word, next);
        }
        if is::<ListIter>(word) || is::<TupleIter>(word) || is::<BytesIter>(word) {
            return self.for_sequence(i, word, next);
        }
        if self.for_pair(i, word)? || self.for_dict(i, word, None)? {
            return Ok(());
        }
        let x = self.val(i.b())?;
        let it = self.boxed(x);
        let v = self.python_helper("next", helpers::iterate::next as *const (), &[it])?;
        let end = self.b().constant(Ir::Vconst, END_OF_ITERATION);
        let at_end = self.op(Ir::Veq, &[v, end]);
        self.pending = Pending::Next(NextItem {
            regs: (i.a(), i.b()),
            item: v,
            at_end,
            ways: (next, self.target(i.sc() as i64)),
        });
        if is::<Generator>(word) {
            self.skipping = Some((next, 0));
        }
        Ok(())
    }

    /// What a general iterator gave, once it is known: the trace goes on at `index`.
    pub(super) fn item(&mut self, x: NextItem, index: u32) -> Rec {
        let n = self.frames.len() - 1;
        let ((a, b), (more, end)) = (x.regs, x.ways);
        if index == more {
            // At the end the register is emptied and the branch taken: the exit goes there.
            let saved = self.frames[n].regs[b];
            self.kill_quietly(n, b);
            self.drop_later(saved.val, saved.owned);
            let s = self.snap_otherwise(end);
            self.b().guard(Ir::GuardFalse, &[x.at_end], 0, s);
            self.undrop(saved.owned && Recorder::may_be_pointer(saved.val));
            self.frames[n].regs[b] = saved;
            self.result(a, x.item, more)?;
            return self.resolve(index);
        }
        let saved = self.frames[n].regs[a];
        if index != end || saved.val == Val::Unread {
            return Err(Abort::Left);
        }
        // There is none; the exit has one.
        self.frames[n].regs[a] = Reg {
            val: Val::Any(x.item),
            owned: true,
            dirty: true,
            ..saved
        };
        self.drop_later(saved.val, saved.owned);
        let s = self.snap_otherwise(more);
        self.b().guard(Ir::GuardTrue, &[x.at_end], 0, s);
        self.undrop(saved.owned && Recorder::may_be_pointer(saved.val));
        self.frames[n].regs[a] = saved;
        self.kill(b)?;
        self.patched(end);
        self.flush(end);
        Ok(())
    }

    /// Whether the entry may look into iterators: that of a loop, before anything else was recorded from it. (A side exit may
    /// meet another kind of iterator in the same register.)
    fn may_hoist(&self) -> bool {
        self.frames.len() == 1 && !self.function && self.origin.is_none()
    }

    /// Whether a register of the loop's frame holds what the entry has loaded, under the name that it has there.
    fn is_of_entry(&self, r: usize) -> bool {
        let reg = self.frames[0].regs[r];
        !reg.dirty && reg.init.is_some() && reg.val.value() == reg.init
    }

    /// The place in which `field` of the iterator in register `r` is kept, if it is or can be.
    fn hoist(&mut self, r: usize, field: i32, word: Value) -> Rec<Option<usize>> {
        if let Some(k) = self.known_state(r, Some(field)) {
            return Ok(Some(k));
        }
        if !self.may_hoist() {
            return Ok(None);
        }
        if self.frames[0].regs[r].dirty || counts(word) != 1 {
            return Ok(None);
        }
        let Val::Obj(it) = self.val(r)? else {
            return Ok(None);
        };
        if !self.is_of_entry(r) {
            return Ok(None);
        }
        let snap = self.entry_snap;
        let mut b = Builder::new(&mut self.func);
        let n = b.load(Ir::LoadI64, &[it], 4, AliasClass::REFCOUNT);
        let one = b.iconst(1);
        let alone = b.op(Ir::Ieq, &[n, one]);
        b.guard(Ir::GuardTrue, &[alone], 0, snap);
        let v = b.load(Ir::LoadI64, &[it], field, AliasClass::ITER);
        self.places.push((r as u16, field));
        let number = self.places.len() - 1;
        let k = self.frames[0].state(number);
        self.frames[0].regs[k] = Reg {
            val: Val::Int(v),
            owned: false,
            dirty: false,
            init: Some(v),
            first: Val::Int(v),
        };
        Ok(Some(k))
    }

    /// The register that stands for a field, or for any, of the iterator in register `r` of the running frame.
    fn known_state(&self, r: usize, field: Option<i32>) -> Option<usize> {
        let top = self.top();
        top.states
            .iter()
            .position(|s| {
                self.places
                    .get(*s)
                    .is_some_and(|p| p.0 as usize == r && field.is_none_or(|f| f == p.1))
            })
            .map(|k| top.nregs() + k)
    }

    /// A shape guard in the entry: for objects that a register of the loop's frame held from the start.
    fn entry_guard(&mut self, o: V, shape: u32) {
        let snap = self.entry_snap;
        Builder::new(&mut self.func).guard(Ir::GuardShape, &[o], shape as u64, snap);
    }

    fn for_range(&mut self, i: Instr, word: Value, next: u32) -> Rec {
        // SAFETY: of that type, held by a register.
        let (left_now, cur_now) = unsafe {
            let r = reg::obj(&word).cast_unchecked::<RangeIter>();
            (
                r.remaining.load(Ordering::Relaxed),
                r.cur.load(Ordering::Relaxed),
            )
        };
        let x = self.val(i.b())?;
        let o = self.object(x).ok_or(Abort::Surprise)?;
        let fresh = self.may_hoist() && self.is_of_entry(i.b());
        let known = self.known_state(i.b(), None).is_some();
        if fresh && !known {
            self.entry_guard(o, RangeIter::SHAPE);
        }
        let places = match self.hoist(i.b(), RANGE_CUR, word)? {
            Some(c) => self.hoist(i.b(), RANGE_LEFT, word)?.map(|l| (c, l)),
            None => None,
        };
        if let Some((c, l)) = places {
            let regs = &self.top().regs;
            let (Val::Int(cur), Val::Int(left)) = (regs[c].val, regs[l].val) else {
                return Err(Abort::Surprise);
            };
            if left_now <= 0 {
                let zero = self.iconst(0);
                let more = self.op(Ir::Igt, &[left, zero]);
                return self.for_end(i, more, false);
            }
            if self.top().regs[c].init.is_none() {
                // The state of an inner loop that was left and comes round again.
                return Err(Abort::InnerLoop);
            }
            let step = {
                let mut b = Builder::new(&mut self.func);
                // The step of an iterator never changes; the object is that of the entry.
                b.load(Ir::LoadI64, &[o], RANGE_STEP, AliasClass::IMMUTABLE)
            };
            let zero = self.iconst(0);
            let more = self.op(Ir::Igt, &[left, zero]);
            self.guard(Ir::GuardTrue, &[more], 0);
            let after = self.op(Ir::Iadd, &[cur, step]);
            let one = self.iconst(1);
            let less = self.op(Ir::Isub, &[left, one]);
            self.put(c, Val::Int(after), false)?;
            self.put(l, Val::Int(less), false)?;
            self.put(i.a(), Val::Int(cur), false)?;
            self.flush(next);
            return Ok(());
        }
        if left_now <= 0 {
            // Leaves the inner loop: the other way is an exit.
            self.guard(Ir::GuardShape, &[o], RangeIter::SHAPE as u64);
            let left = self.load(Ir::LoadI64, &[o], RANGE_LEFT, AliasClass::ITER);
            let zero = self.iconst(0);
            let more = self.op(Ir::Igt, &[left, zero]);
            return self.for_end(i, more, false);
        }
        if Value::try_int(cur_now).is_none() {
            return Err(Abort::Surprise);
        }
        self.step_in_memory(i, o, word, next)
    }

    /// The iterator `o` in register `b`, which has an item, is advanced in memory.
    fn step_in_memory(&mut self, i: Instr, o: V, word: Value, next: u32) -> Rec {
        let item = self.ahead_of(o, word)?;
        self.advance(&item);
        self.forget_before();
        self.put(i.a(), item.val, false)?;
        self.flush(next);
        Ok(())
    }

    /// What a register holds is counted, if it is borrowed: from a variable, or from an object that others may have.
    pub(super) fn count_register(&mut self, r: usize) {
        let n = self.frames.len() - 1;
        let reg = &mut self.frames[n].regs[r];
        if reg.owned || !Recorder::may_be_pointer(reg.val) {
            return;
        }
        (reg.owned, reg.dirty) = (true, true);
        let val = reg.val;
        self.incref(val);
        self.forget_before();
    }

    /// Guards that nothing but the register that it is in, which is counted, refers to an object.
    pub(super) fn guard_alone(&mut self, o: V) {
        let n = self.load(Ir::LoadI64, &[o], 4, AliasClass::REFCOUNT);
        let one = self.iconst(1);
        let alone = self.op(Ir::Ieq, &[n, one]);
        self.guard(Ir::GuardTrue, &[alone], 0);
    }

    /// The loop ends here: `cond` is `now`, the register is emptied and the branch taken.
    fn for_end(&mut self, i: Instr, cond: V, now: bool) -> Rec {
        let op = if now { Ir::GuardTrue } else { Ir::GuardFalse };
        self.guard(op, &[cond], 0);
        self.kill(i.b())?;
        let taken = self.target(i.sc() as i64);
        self.flush(taken);
        Ok(())
    }

    fn for_sequence(&mut self, i: Instr, word: Value, next: u32) -> Rec {
        // SAFETY: held by a register.
        let shape = unsafe { reg::obj(&word) }.shape_id();
        let (kind, seq, item) = sequence(word).ok_or(Abort::Left)?;
        let x = self.val(i.b())?;
        let it = self.object(x).ok_or(Abort::Surprise)?;
        // SAFETY: held by the iterator.
        let seq_shape = unsafe { reg::obj(&seq) }.shape_id();
        let fresh = self.may_hoist() && self.is_of_entry(i.b());
        let known = self.known_state(i.b(), None).is_some();
        if fresh && !known {
            self.entry_guard(it, shape);
        }
        let Some(p) = self.hoist(i.b(), ITER_INDEX, word)? else {
            if !item.is_empty() {
                return self.step_in_memory(i, it, word, next);
            }
            // The end of an inner loop. The iterator goes with it, so that its end need not be marked.
            self.guard(Ir::GuardShape, &[it], shape as u64);
            let index = self.load(Ir::LoadI64, &[it], ITER_INDEX, AliasClass::ITER);
            self.count_register(i.b());
            self.guard_alone(it);
            return self.inner_sequence_end(i, it, index, (kind, seq_shape), item);
        };
        let Val::Int(index) = self.top().regs[p].val else {
            return Err(Abort::Surprise);
        };
        if self.top().regs[p].init.is_none() {
            return self.inner_sequence_end(i, it, index, (kind, seq_shape), item);
        }
        if item.is_empty() {
            return Err(Abort::Left);
        }
        // What an iterator goes over changes only at its end, after which the code is not entered again.
        let snap = self.entry_snap;
        let mut b = Builder::new(&mut self.func);
        let v = b.load(Ir::LoadVal, &[it], ITER_SEQ, AliasClass::ITER);
        b.guard(Ir::GuardObj, &[v], 0, snap);
        let o = b.op(Ir::UnboxObj, &[v]);
        b.guard(Ir::GuardShape, &[o], seq_shape as u64, snap);
        let (val, after) = self.item_ahead(o, index, kind, item)?;
        self.put(p, Val::Int(after), false)?;
        self.put(i.a(), val, false)?;
        self.flush(next);
        Ok(())
    }

    /// The end of an inner loop over a sequence.
    fn inner_sequence_end(
        &mut self,
        i: Instr,
        it: V,
        index: V,
        (kind, shape): (Sequence, u32),
        item: Value,
    ) -> Rec {
        if !item.is_empty() {
            return Err(Abort::InnerLoop);
        }
        let v = self.load(Ir::LoadVal, &[it], ITER_SEQ, AliasClass::ITER);
        self.guard(Ir::GuardObj, &[v], 0);
        let o = self.op(Ir::UnboxObj, &[v]);
        self.guard(Ir::GuardShape, &[o], shape as u64);
        let len = self.length(o, kind);
        let more = self.op(Ir::Ult, &[index, len]);
        self.for_end(i, more, false)
    }

    /// Empties a register for the time of a snapshot.
    pub(in crate::record) fn kill_quietly(&mut self, n: usize, r: usize) {
        let reg = &mut self.frames[n].regs[r];
        reg.val = Val::Empty;
        reg.owned = false;
        reg.dirty = true;
    }
}
