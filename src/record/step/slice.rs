//! Slices: their bounds are integers of the code, and no slice object is made.
//!
//! `o[i:j]` has instructions of its own; `o[i:j:k]` builds a slice that the next instruction takes. The two are recorded as
//! one: nothing leaves between them.

use super::super::helpers::slices;
use super::super::recorder::{Abort, Effects, Rec, Recorder, Val};
use super::container::is;
use super::iterate::counts;
use crate::interp::reg;
use crate::object::bytes::Bytes;
use crate::object::list::List;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::{Native, Value};
use threadsnake_front::instr::{Instr, KILL_A, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;
use threadsnake_jit::ir::{AliasClass, ClassSet, Op as Ir, Value as V};

/// Bounds as the helpers take them, and what they are now.
struct Bounds {
    vals: [V; 3],
    now: crate::object::slice::Bounds,
}

/// Length, storage and items of lists.
const OF_LISTS: ClassSet = AliasClass::LIST.set().union(AliasClass::ITEMS.set());

impl Recorder {
    /// The bounds of a slice that lie in `n` (2 or 3) registers from `first` on, where they are integers or `None`.
    fn bounds(&mut self, first: usize, n: usize) -> Rec<Option<Bounds>> {
        let is_bound = |w: Value| w.is_int() || w == Value::NONE;
        let words = [0, 1, 2].map(|k| {
            if k < n {
                self.word(first + k)
            } else {
                Value::NONE
            }
        });
        let step = match words[2] {
            w if w.is_int() => w.as_int(),
            _ => 1,
        };
        if !words.iter().all(|w| is_bound(*w)) || step == 0 {
            return Ok(None);
        }
        let (low, high) = match step > 0 {
            true => (0, i64::MAX),
            false => (i64::MAX, i64::MIN),
        };
        let absent = [low, high, 1];
        let mut vals = [self.func.thread(); 3];
        for (k, v) in vals.iter_mut().enumerate() {
            let val = match k < n {
                true => self.val(first + k)?,
                false => Val::Const(Value::NONE.0),
            };
            *v = match self.int(val) {
                Some(v) => v,
                None if val == Val::Const(Value::NONE.0) => self.iconst(absent[k]),
                None => return Ok(None),
            };
            if k == 2 && matches!(val, Val::Int(_)) {
                // What is left out goes the other way if the sign does.
                let zero = self.iconst(0);
                let way = if step > 0 { Ir::Igt } else { Ir::Ilt };
                let ok = self.op(way, &[*v, zero]);
                self.guard(Ir::GuardTrue, &[ok], 0);
            }
        }
        let bound = |w: Value| w.is_int().then(|| w.as_int());
        let now = crate::object::slice::Bounds {
            start: bound(words[0]),
            stop: bound(words[1]),
            step,
        };
        Ok(Some(Bounds { vals, now }))
    }

    /// A slice of the object in register `r`, for objects whose slices are made without running Python.
    fn part(&mut self, r: usize, bounds: &Bounds) -> Rec<Option<V>> {
        let x = self.val(r)?;
        let word = self.word(r);
        let (name, addr, reads): (_, *const (), _) = if is::<List>(word) {
            ("list_part", slices::list_part as *const (), OF_LISTS)
        } else if is::<Str>(word) {
            ("str_part", slices::str_part as *const (), ClassSet::NONE)
        } else if is::<Tuple>(word) {
            (
                "tuple_part",
                slices::tuple_part as *const (),
                ClassSet::NONE,
            )
        } else if is::<Bytes>(word) {
            (
                "bytes_part",
                slices::bytes_part as *const (),
                ClassSet::NONE,
            )
        } else {
            return Ok(None);
        };
        let Some(o) = self.object(x) else {
            return Ok(None);
        };
        // SAFETY: held by a register.
        let shape = unsafe { reg::obj(&word) }.shape_id();
        self.guard(Ir::GuardShape, &[o], shape as u64);
        let [start, stop, step] = bounds.vals;
        let v = self.reading_helper(name, addr, &[o, start, stop, step], reads)?;
        Ok(Some(self.op(Ir::UnboxObj, &[v])))
    }

    /// `GetSlice`; `false`: not of these kinds.
    pub(super) fn get_slice(&mut self, i: Instr) -> Rec<bool> {
        let Some(bounds) = self.bounds(i.c(), 2)? else {
            return Ok(false);
        };
        if self.copies(&bounds, (i.c(), 2), i, self.pc)? {
            return Ok(true);
        }
        let Some(o) = self.part(i.b(), &bounds)? else {
            return Ok(false);
        };
        self.clear_window(i.c(), 2)?;
        self.kills(i.k(), &[(KILL_B, i.b())])?;
        self.put(i.a(), Val::Obj(o), true)?;
        self.flush(self.pc + 1);
        Ok(true)
    }

    /// `SetSlice`; as [`Recorder::get_slice`].
    pub(super) fn set_slice(&mut self, i: Instr) -> Rec<bool> {
        let Some(bounds) = self.bounds(i.c(), 2)? else {
            return Ok(false);
        };
        if !self.assign_part(i.a(), &bounds, i.b(), i.k() & KILL_B != 0)? {
            return Ok(false);
        }
        self.clear_window(i.c(), 2)?;
        self.kills(i.k(), &[(KILL_A, i.a())])?;
        self.flush(self.pc + 1);
        Ok(true)
    }

    /// `R[list][bounds] = R[from]` for two exact lists, where no object goes: the one in `from` is given up if `kill` says
    /// so.
    fn assign_part(&mut self, list: usize, bounds: &Bounds, from: usize, kill: bool) -> Rec<bool> {
        let (to, new) = (self.word(list), self.word(from));
        if !is::<List>(to) || !is::<List>(new) || to == new {
            return Ok(false);
        }
        // SAFETY: of that type, held by registers.
        let (to, new) = unsafe { (reg::obj(&to), reg::obj(&new)) };
        // SAFETY: as above.
        let (to, come) = unsafe {
            let come = new.cast_unchecked::<List>().len();
            (to.cast_unchecked::<List>(), come)
        };
        let part = bounds.now.of(to.len());
        let fits = part.step == 1 || part.count == come;
        if !fits || !to.part_is_plain_now(bounds.now) {
            return Ok(false);
        }
        let (x, y) = (self.val(list)?, self.val(from)?);
        let (Some(o), Some(p)) = (self.object(x), self.object(y)) else {
            return Ok(false);
        };
        self.guard(Ir::GuardShape, &[o], List::SHAPE as u64);
        self.guard(Ir::GuardShape, &[p], List::SHAPE as u64);
        let take = kill && self.is_owned(from) && counts(new.value()) == 1;
        let [start, stop, step] = bounds.vals;
        // Whether the list is this code's alone is seen from its count.
        let (name, addr, touched): (_, *const (), _) = match take {
            true => (
                "move_part",
                slices::move_part as *const (),
                OF_LISTS.union(AliasClass::REFCOUNT.set()),
            ),
            false => ("set_part", slices::set_part as *const (), OF_LISTS),
        };
        let effects = Effects::Classes(touched, touched);
        self.trying_helper(name, addr, &[o, start, stop, step, p], effects)?;
        if take {
            self.take(from, true)?;
        } else if kill {
            self.kill(from)?;
        }
        Ok(true)
    }

    /// `BuildSlice`, the slice going to the next instruction and no further.
    pub(super) fn build_slice(&mut self, i: Instr) -> Rec<bool> {
        // SAFETY: no `BuildSlice` is the last instruction.
        let u = unsafe { *self.at(self.pc + 1) };
        let only = match u.op() {
            Op::GetItem => u.c() == i.a() && u.b() != i.a() && u.k() & KILL_C != 0,
            Op::SetItem | Op::DelItem => u.b() == i.a() && u.a() != i.a() && u.k() & KILL_B != 0,
            _ => false,
        };
        if !only || u.op() == Op::SetItem && u.c() == i.a() {
            return Ok(false);
        }
        let Some(bounds) = self.bounds(i.b(), i.c())? else {
            return Ok(false);
        };
        if u.op() == Op::GetItem && self.copies(&bounds, (i.b(), i.c()), u, self.pc + 1)? {
            self.put(i.a(), Val::Empty, false)?;
            return Ok(true);
        }
        let done = match u.op() {
            Op::GetItem => {
                // What is raised is raised by the second one.
                self.before();
                self.pc += 1;
                let part = self.part(u.b(), &bounds);
                self.pc -= 1;
                match part? {
                    Some(o) => {
                        self.clear_window(i.b(), i.c())?;
                        self.put(i.a(), Val::Empty, false)?;
                        self.kills(u.k(), &[(KILL_B, u.b())])?;
                        self.put(u.a(), Val::Obj(o), true)?;
                        true
                    }
                    None => false,
                }
            }
            Op::SetItem => {
                let done = self.assign_part(u.a(), &bounds, u.c(), u.k() & KILL_C != 0)?;
                if done {
                    self.clear_window(i.b(), i.c())?;
                    self.put(i.a(), Val::Empty, false)?;
                    self.kills(u.k(), &[(KILL_A, u.a())])?;
                }
                done
            }
            _ => {
                let done = self.delete_part(u.a(), &bounds)?;
                if done {
                    self.clear_window(i.b(), i.c())?;
                    self.put(i.a(), Val::Empty, false)?;
                    self.kills(u.k(), &[(KILL_A, u.a())])?;
                }
                done
            }
        };
        if done {
            self.recorded = Some(self.pc + 1);
            self.flush(self.pc + 2);
        }
        Ok(done)
    }

    /// `del R[list][bounds]`, where no object goes.
    fn delete_part(&mut self, list: usize, bounds: &Bounds) -> Rec<bool> {
        let word = self.word(list);
        if !is::<List>(word) {
            return Ok(false);
        }
        // SAFETY: of that type, held by a register.
        let l = unsafe { reg::obj(&word).cast_unchecked::<List>() };
        if !l.part_is_plain_now(bounds.now) {
            return Ok(false);
        }
        let x = self.val(list)?;
        let Some(o) = self.object(x) else {
            return Ok(false);
        };
        self.guard(Ir::GuardShape, &[o], List::SHAPE as u64);
        let [start, stop, step] = bounds.vals;
        let addr = slices::del_part as *const ();
        let effects = Effects::Classes(OF_LISTS, OF_LISTS);
        self.trying_helper("del_part", addr, &[o, start, stop, step], effects)?;
        Ok(true)
    }

    /// A slice of a list that is stored in a slice of a list, a few instructions on which do nothing but work out the bounds: the
    /// items are copied, and no list is made. `get` is the instruction at `at` that takes the slice, whose bounds are in the
    /// registers of `window`.
    fn copies(
        &mut self,
        bounds: &Bounds,
        window: (usize, usize),
        get: Instr,
        at: u32,
    ) -> Rec<bool> {
        let (from, part) = (get.b(), get.a());
        let mut pc = at + 1;
        let mut between: Vec<Instr> = Vec::new();
        let set = loop {
            // SAFETY: none of these is the last instruction.
            let u = unsafe { *self.at(pc) };
            match u.op() {
                Op::SetSlice => break u,
                Op::LoadConst | Op::LoadInt | Op::Move | Op::AddImm | Op::SubImm
                    if between.len() < 4 =>
                {
                    between.push(u)
                }
                _ => return Ok(false),
            }
            pc += 1;
        };
        let (list, first) = (set.a(), set.c());
        if set.b() != part || set.k() & KILL_B == 0 || list == part {
            return Ok(false);
        }
        // What the bounds will be.
        let mut words = [Value::EMPTY; 2];
        for u in &between {
            let Some(k) = u.a().checked_sub(first).filter(|k| *k < 2) else {
                return Ok(false);
            };
            let source = || match u.b().checked_sub(first) {
                Some(k) if k < 2 => words[k],
                _ if u.k() & KILL_B != 0 || u.b() == part => Value::EMPTY,
                _ => self.word(u.b()),
            };
            let sum = |n: i64| match source() {
                w if w.is_int() => Value::try_int(w.as_int() + n).unwrap_or(Value::EMPTY),
                _ => Value::EMPTY,
            };
            words[k] = match u.op() {
                Op::LoadConst => self.code().consts[u.bc() as usize].value(),
                Op::LoadInt => Value::from_int(u.sbc() as i64),
                Op::Move => source(),
                Op::AddImm => sum(u.sc() as i64),
                _ => sum(-(u.sc() as i64)),
            };
        }
        if !words.iter().all(|w| w.is_int() || *w == Value::NONE) {
            return Ok(false);
        }
        let (lw, fw) = (self.word(list), self.word(from));
        if !is::<List>(lw) || !is::<List>(fw) {
            return Ok(false);
        }
        // SAFETY: of that type, held by registers.
        let (l, f) = unsafe {
            let (l, f) = (reg::obj(&lw), reg::obj(&fw));
            (l.cast_unchecked::<List>(), f.cast_unchecked::<List>())
        };
        let bound = |w: Value| w.is_int().then(|| w.as_int());
        let to = crate::object::slice::Bounds {
            start: bound(words[0]),
            stop: bound(words[1]),
            step: 1,
        };
        if to.of(l.len()).count != bounds.now.of(f.len()).count || !l.part_is_plain_now(to) {
            return Ok(false);
        }
        let (x, y) = (self.val(list)?, self.val(from)?);
        let (Some(o), Some(from_list)) = (self.object(x), self.object(y)) else {
            return Ok(false);
        };
        self.guard(Ir::GuardShape, &[o], List::SHAPE as u64);
        self.guard(Ir::GuardShape, &[from_list], List::SHAPE as u64);
        let mut vals = Vec::with_capacity(5);
        for k in 0..window.1 {
            vals.push(self.val(window.0 + k)?);
        }
        for u in between {
            let val = match u.op() {
                Op::LoadConst => Val::Const(self.code().consts[u.bc() as usize].value().0),
                Op::LoadInt => Val::Const(Value::from_int(u.sbc() as i64).0),
                Op::Move => self.val(u.b())?,
                op => {
                    let x = self.val(u.b())?;
                    let x = self.int(x).ok_or(Abort::Surprise)?;
                    let n = self.iconst(u.sc() as i64);
                    let ir = if op == Op::AddImm {
                        Ir::IaddOvf
                    } else {
                        Ir::IsubOvf
                    };
                    Val::Int(self.checked(ir, &[x, n]))
                }
            };
            self.put(u.a(), val, false)?;
        }
        vals.splice(0..0, [self.val(first)?, self.val(first + 1)?]);
        // The two windows may lie over each other: the bounds are handed over above them.
        let words: Vec<V> = vals.iter().map(|v| self.boxed(*v)).collect();
        let above = self.code().front.nregs as usize;
        let p = self.address(above);
        self.need(self.top().offset + above + words.len() + 1);
        let base = self.func.base();
        for (k, w) in words.iter().enumerate() {
            let off = 8 * (self.top().offset + above + k) as i32;
            self.b()
                .store(Ir::StoreVal, &[base, *w], off, AliasClass::FRAME);
        }
        let n = self.iconst(window.1 as i64);
        let touched = OF_LISTS.union(AliasClass::FRAME.set());
        let effects = Effects::Classes(touched, touched);
        let addr = slices::copy_part as *const ();
        self.trying_helper("copy_part", addr, &[o, from_list, p, n], effects)?;
        self.clear_window(window.0, window.1)?;
        self.clear_window(first, 2)?;
        self.put(part, Val::Empty, false)?;
        self.kills(get.k(), &[(KILL_B, from)])?;
        self.kills(set.k(), &[(KILL_A, list)])?;
        self.recorded = Some(pc);
        self.flush(pc + 1);
        Ok(true)
    }

    /// Whether the code holds a reference for what a register of the running frame holds.
    fn is_owned(&self, r: usize) -> bool {
        self.top().regs[r].owned
    }
}
