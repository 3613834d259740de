//! Objects that a trace makes itself, field by field, so that those that do not leave it need not be made: tuples, ranges, and
//! iterators over ranges, lists, tuples and bytes.
//!
//! Fields that never change are of the immutable class: nobody has read them before they are written.

use super::super::helpers;
use super::super::layout::{ITER_INDEX, ITER_SEQ, RANGE, RANGE_CUR, RANGE_LEFT, RANGE_STEP};
use super::super::layout::{PAYLOAD, TUPLE_HASH, TUPLE_ITEMS, TUPLE_LEN};
use super::super::multi::{Place, Write};
use super::super::recorder::{Abort, Rec, Recorder, Val};
use super::ahead::Sequence;
use super::call::At;
use crate::builtins::bytes::iter::BytesIter;
use crate::interp::reg;
use crate::object::iters::{ListIter, TupleIter};
use crate::object::range::{Range, RangeIter};
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type as PyType;
use crate::object::{Native, Obj, Py, Value};
use core::mem::offset_of;
use threadsnake_front::instr::{Instr, KILL_B};
use threadsnake_jit::ir::{AliasClass, AllocInfo, InstData, Op as Ir, Value as V};

/// So many items at most are put into a tuple one by one.
const LONGEST: usize = 16;

impl Recorder {
    /// A new object of a native type, its fields to be written.
    fn fresh<T: Native>(&mut self, shape: u32, more: usize) -> Rec<V> {
        let mut d = InstData::new(Ir::Alloc, &[]).at(self.before());
        d.alloc = AllocInfo {
            size: PAYLOAD as u32 + (size_of::<T>() + more) as u32,
            shape,
            flags: 0,
        };
        let cur = self.cur;
        let made = self.func.append(cur, d);
        self.func.inst(made).result.ok_or(Abort::Surprise)
    }

    /// Writes an integer into a new object.
    fn first_number(&mut self, o: V, n: V, off: i32, class: AliasClass) {
        self.b().store(Ir::StoreI64, &[o, n], off, class);
    }

    /// Writes a value, of which a reference is given away, into a new object.
    fn first_value(&mut self, o: V, v: V, pointer: bool, off: i32, class: AliasClass) {
        let snap = self.before();
        let mut d = InstData::new(Ir::StoreVal, &[o, v]);
        d.mem.off = off;
        d.mem.class = class;
        let cur = self.cur;
        let store = self.func.append(cur, d);
        if pointer {
            self.writes.push(Write {
                load: None,
                store,
                also: Vec::new(),
                drops: false,
                object: o,
                value: v,
                place: Place::New,
                snap,
            });
        }
    }

    pub(super) fn build_tuple(&mut self, i: Instr) -> Rec {
        let n = i.c();
        if n == 0 {
            return Err(Abort::Opcode(i.op()));
        }
        if n > LONGEST {
            return self.build(i, "tuple", helpers::tuple as *const ());
        }
        let mut items = Vec::with_capacity(n);
        for k in 0..n {
            let v = self.val(i.b() + k)?;
            items.push((self.boxed(v), Self::may_be_pointer(v)));
        }
        let class = AliasClass::IMMUTABLE;
        let t = self.fresh::<Tuple>(Tuple::SHAPE, 8 * n)?;
        let (len, no_hash) = (self.iconst(n as i64), self.iconst(0));
        self.first_number(t, len, TUPLE_LEN, class);
        self.first_number(t, no_hash, TUPLE_HASH, class);
        for (k, (item, pointer)) in items.into_iter().enumerate() {
            self.owned_for_store(i.b() + k, true)?;
            self.first_value(t, item, pointer, TUPLE_ITEMS + 8 * k as i32, class);
        }
        self.put(i.a(), Val::Obj(t), true)?;
        self.flush(self.pc + 1);
        Ok(())
    }

    /// `range(…)` of inline integers. `false`: another class, or other arguments.
    pub(super) fn range(&mut self, t: &Py<PyType>, f: &Obj, at: At) -> Rec<bool> {
        if t.id != Some(TypeId::Range) || !(1..=3).contains(&at.argc) {
            return Ok(false);
        }
        let mut args = [None; 3];
        for (k, arg) in args.iter_mut().enumerate().take(at.argc) {
            let v = self.val(at.start + k)?;
            if !self.word(at.start + k).is_int() {
                return Ok(false);
            }
            let n = self.int(v).ok_or(Abort::Surprise)?;
            if !matches!(v, Val::Const(_)) {
                // Then no difference of two of them overflows.
                self.guard(Ir::GuardFit, &[n], 0);
            }
            *arg = Some(n);
        }
        let step_now = match at.argc {
            3 => self.word(at.start + 2).as_int(),
            _ => 1,
        };
        if step_now == 0 {
            return Ok(false);
        }
        self.known(at.callee, f)?;
        let zero = self.iconst(0);
        let (start, stop) = match args {
            [Some(stop), None, _] => (zero, stop),
            [Some(start), Some(stop), _] => (start, stop),
            _ => return Err(Abort::Surprise),
        };
        let step = match args[2] {
            Some(step) => step,
            None => self.iconst(1),
        };
        let len = self.range_len(start, stop, step, step_now)?;
        let r = self.fresh::<Range>(Range::SHAPE, 0)?;
        let fields = [
            (start, RANGE.start),
            (stop, RANGE.stop),
            (step, RANGE.step),
            (len, RANGE.len),
            (zero, RANGE.big),
        ];
        for (n, off) in fields {
            self.first_number(r, n, off, AliasClass::IMMUTABLE);
        }
        self.clear_window(at.b, at.i.c() + 2)?;
        self.put(at.i.a(), Val::Obj(r), true)?;
        self.flush(self.pc + 1);
        Ok(true)
    }

    /// How many items a range of inline integers has, whose step has the sign that it has now: that is checked.
    fn range_len(&mut self, start: V, stop: V, step: V, step_now: i64) -> Rec<V> {
        let (zero, one) = (self.iconst(0), self.iconst(1));
        let up = step_now > 0;
        let (low, high) = if up { (start, stop) } else { (stop, start) };
        let some = self.op(Ir::Ilt, &[low, high]);
        let span = self.op(Ir::Isub, &[high, low]);
        let known = self.func.as_const(step).is_some();
        if known && step_now == 1 {
            return Ok(self.op(Ir::Isel, &[some, span, zero]));
        }
        let sign = if up { Ir::Igt } else { Ir::Ilt };
        let ok = self.op(sign, &[step, zero]);
        self.guard(Ir::GuardTrue, &[ok], 0);
        let by = match up {
            true => step,
            false => self.op(Ir::Ineg, &[step]),
        };
        let last = self.op(Ir::Isub, &[span, one]);
        let whole = self.checked(Ir::Idiv, &[last, by]);
        let len = self.op(Ir::Iadd, &[whole, one]);
        Ok(self.op(Ir::Isel, &[some, len, zero]))
    }

    /// The iterator of a range of 64-bit numbers, a list or a tuple, which is this word now. `false`: of something else.
    pub(super) fn fresh_iter(&mut self, i: Instr, x: Val, word: Value) -> Rec<bool> {
        let Some(o) = self.object(x) else {
            return Ok(false);
        };
        // SAFETY: held by a register.
        let obj = unsafe { reg::obj(&word) };
        let zero = self.iconst(0);
        let it = if let Some(r) = obj.exact::<Range>() {
            if r.big.is_some() {
                return Ok(false);
            }
            let mut load = |off| self.load(Ir::LoadI64, &[o], off, AliasClass::IMMUTABLE);
            let (start, step) = (load(RANGE.start), load(RANGE.step));
            let (len, big) = (load(RANGE.len), load(RANGE.big));
            let small = self.op(Ir::Ieq, &[big, zero]);
            self.guard(Ir::GuardTrue, &[small], 0);
            let it = self.fresh::<RangeIter>(RangeIter::SHAPE, 0)?;
            self.first_number(it, start, RANGE_CUR, AliasClass::ITER);
            self.first_number(it, step, RANGE_STEP, AliasClass::IMMUTABLE);
            self.first_number(it, len, RANGE_LEFT, AliasClass::ITER);
            self.kills(i.k(), &[(KILL_B, i.b())])?;
            it
        } else {
            let shape = match Sequence::exact(obj) {
                Some(Sequence::List) => ListIter::SHAPE,
                Some(Sequence::Tuple) => TupleIter::SHAPE,
                Some(Sequence::Bytes) => BytesIter::SHAPE,
                None => return Ok(false),
            };
            let it = self.fresh::<ListIter>(shape, 0)?;
            let v = self.boxed(x);
            self.owned_for_store(i.b(), i.k() & KILL_B != 0)?;
            self.first_value(it, v, true, ITER_SEQ, AliasClass::ITER);
            self.first_number(it, zero, ITER_INDEX, AliasClass::ITER);
            it
        };
        self.put(i.a(), Val::Obj(it), true)?;
        self.flush(self.pc + 1);
        Ok(true)
    }
}

/// Whether bytes of a native object are an integer, and no value: all but the items of tuples and what iterators go over.
pub(in crate::record) fn is_number(shape: u32, off: u32) -> bool {
    let off = off as i32;
    match shape {
        Tuple::SHAPE => off < TUPLE_ITEMS,
        Range::SHAPE | RangeIter::SHAPE => true,
        ListIter::SHAPE | TupleIter::SHAPE | BytesIter::SHAPE => off == ITER_INDEX,
        _ => false,
    }
}

// They have the same fields.
const _: () = assert!(size_of::<ListIter>() == size_of::<TupleIter>());
const _: () = assert!(size_of::<ListIter>() == size_of::<BytesIter>());
const _: () = assert!(offset_of!(ListIter, index) == offset_of!(BytesIter, index));
