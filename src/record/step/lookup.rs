//! Looking into dicts, sets and other containers with keys that ask no Python: helpers that run none, where they find what
//! they look for. Whether they do is tried when the instruction is recorded.

use super::super::helpers::{self, lookups};
use super::super::recorder::{Effects, Rec, Recorder, Val};
use super::container::is;
use crate::interp::reg;
use crate::object::Value;
use crate::object::dict::Dict;
use crate::object::list::List;
use crate::object::set::Set;
use crate::object::slots::{BinOp, CmpOp};
use crate::runtime::thread::Thread;
use threadsnake_front::instr::{Instr, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;
use threadsnake_jit::ir::{AliasClass, ClassSet, Op as Ir, Value as V};

/// Dicts and sets.
const TABLES: ClassSet = AliasClass::DICT.set();
/// Reads containers of any kind.
const READS: Effects = Effects::Classes(ClassSet::ALL, ClassSet::NONE);

impl Recorder {
    /// The object in register `r`, checked to be of the type that this word is of.
    fn of_this_type(&mut self, r: usize, word: Value) -> Rec<Option<V>> {
        let x = self.val(r)?;
        let Some(o) = self.object(x) else {
            return Ok(None);
        };
        // SAFETY: held by a register.
        let shape = unsafe { reg::obj(&word) }.shape_id();
        self.guard(Ir::GuardShape, &[o], shape as u64);
        Ok(Some(o))
    }

    /// `In` and `NotIn`; `false`: Python may be asked.
    pub(super) fn membership(&mut self, th: &Thread, i: Instr) -> Rec<bool> {
        let (kw, word) = (self.word(i.b()), self.word(i.c()));
        if !word.is_ptr() || kw.is_empty() || self.comes_from_here() {
            return Ok(false);
        }
        // SAFETY: held by registers.
        let known = unsafe { lookups::has_quick(th, reg::obj(&word), reg::obj(&kw)) };
        if known.is_none() {
            return Ok(false);
        }
        let Some(o) = self.of_this_type(i.c(), word)? else {
            return Ok(false);
        };
        let k = self.val(i.b())?;
        let k = self.boxed(k);
        let addr = lookups::contains as *const ();
        let v = self.trying_helper("has", addr, &[o, k], READS)?;
        let mut t = self.op(Ir::UnboxBool, &[v]);
        if i.op() == Op::NotIn {
            t = self.op(Ir::Bnot, &[t]);
        }
        self.kills(i.k(), &[(KILL_B, i.b()), (KILL_C, i.c())])?;
        self.put(i.a(), Val::Bool(t), false)?;
        self.flush(self.pc + 1);
        Ok(true)
    }

    /// `a OP b` for sets, and for what compares without asking Python. `None`: neither.
    pub(super) fn quick_compare(
        &mut self,
        th: &Thread,
        op: CmpOp,
        x: (Val, Value),
        y: (Val, Value),
    ) -> Rec<Option<V>> {
        if x.1.is_empty() || y.1.is_empty() || self.comes_from_here() {
            return Ok(None);
        }
        // SAFETY: held by registers.
        let (a, b) = unsafe { (reg::obj(&x.1), reg::obj(&y.1)) };
        let equality = matches!(op, CmpOp::Eq | CmpOp::Ne);
        let (name, addr, n): (_, *const (), _) = if lookups::compare_sets(th, a, b, op).is_some() {
            let n = helpers::CMPOPS.iter().position(|o| *o == op).unwrap_or(0);
            ("set_compare", lookups::set_compare as *const (), n)
        } else if equality && lookups::is_equal(th, a, b).is_some() {
            let n = (op == CmpOp::Ne) as usize;
            ("equal", lookups::equal as *const (), n)
        } else {
            return Ok(None);
        };
        let (p, q) = (self.boxed(x.0), self.boxed(y.0));
        let n = self.iconst(n as i64);
        let reads = Effects::Classes(TABLES, ClassSet::NONE);
        let v = self.trying_helper(name, addr, &[p, q, n], reads)?;
        Ok(Some(self.op(Ir::UnboxBool, &[v])))
    }

    /// `a OP b`, a new set of two, the operator by number. `None`: not of such.
    pub(super) fn combined(
        &mut self,
        th: &Thread,
        (op, n): (BinOp, i64),
        x: (Val, Value),
        y: (Val, Value),
    ) -> Rec<Option<V>> {
        let sets = matches!(op, BinOp::And | BinOp::Sub) && x.1.is_ptr() && y.1.is_ptr();
        if !sets || self.comes_from_here() {
            return Ok(None);
        }
        // SAFETY: held by registers.
        let quick = unsafe { lookups::combine_sets(th, reg::obj(&x.1), reg::obj(&y.1), op) };
        if quick.is_none() {
            return Ok(None);
        }
        let (p, q) = (self.boxed(x.0), self.boxed(y.0));
        let n = self.iconst(n);
        let addr = lookups::set_combine as *const ();
        let reads = Effects::Classes(TABLES, ClassSet::NONE);
        self.trying_helper("set_combine", addr, &[p, q, n], reads)
            .map(Some)
    }

    /// `min` (`Lt`) or `max` (`Gt`) of the set in register `r`, all of whose items are inline integers.
    pub(super) fn extreme(&mut self, r: usize, op: CmpOp) -> Rec<Option<V>> {
        let word = self.word(r);
        // SAFETY: held by a register.
        if !word.is_ptr() || unsafe { lookups::extreme_of(reg::obj(&word), op) }.is_none() {
            return Ok(None);
        }
        let Some(o) = self.of_this_type(r, word)? else {
            return Ok(None);
        };
        let n = helpers::CMPOPS.iter().position(|o| *o == op).unwrap_or(0);
        let n = self.iconst(n as i64);
        let reads = Effects::Classes(TABLES, ClassSet::NONE);
        let v = self.trying_helper("extreme", lookups::extreme as *const (), &[o, n], reads)?;
        Ok(Some(self.op(Ir::UnboxInt, &[v])))
    }

    /// `R[b][key]` of an exact dict that has it: the item, owned. The key is that word now.
    pub(super) fn dict_item(&mut self, th: &Thread, b: usize, k: Val, kw: Value) -> Rec<Option<V>> {
        let word = self.word(b);
        if !is::<Dict>(word) || kw.is_empty() || self.comes_from_here() {
            return Ok(None);
        }
        // SAFETY: held by registers.
        let (d, key) = unsafe { (reg::obj(&word).cast_unchecked::<Dict>(), reg::obj(&kw)) };
        let hash = lookups::plain_hash(th, key);
        if !hash.is_some_and(|h| matches!(d.get_quick(th, key, h), Some(Some(_)))) {
            return Ok(None);
        }
        let Some(o) = self.of_this_type(b, word)? else {
            return Ok(None);
        };
        let k = self.boxed(k);
        let addr = lookups::dict_item as *const ();
        let reads = Effects::Classes(TABLES, ClassSet::NONE);
        self.trying_helper("dict_item", addr, &[o, k], reads)
            .map(Some)
    }

    /// `R[a][R[b]] = R[c]` of an exact dict, where no object is replaced; the registers are not killed. `false`: not so.
    pub(super) fn dict_set(&mut self, th: &Thread, i: Instr) -> Rec<bool> {
        let (word, kw, vw) = (self.word(i.a()), self.word(i.b()), self.word(i.c()));
        let known = !kw.is_empty() && !vw.is_empty();
        if !is::<Dict>(word) || !known || self.comes_from_here() {
            return Ok(false);
        }
        // SAFETY: held by registers.
        let takes = unsafe { lookups::dict_takes(th, reg::obj(&word), reg::obj(&kw)) };
        if !takes {
            return Ok(false);
        }
        let Some(o) = self.of_this_type(i.a(), word)? else {
            return Ok(false);
        };
        let (k, v) = (self.val(i.b())?, self.val(i.c())?);
        let (k, v) = (self.boxed(k), self.boxed(v));
        let addr = lookups::dict_set as *const ();
        let touched = Effects::Classes(TABLES, TABLES);
        self.trying_helper("dict_set", addr, &[o, k, v], touched)?;
        Ok(true)
    }

    /// `SetAdd`; the register is not killed. `false`: Python may be asked.
    pub(super) fn set_add(&mut self, th: &Thread, i: Instr) -> Rec<bool> {
        let kw = self.word(i.b());
        // SAFETY: held by a register.
        let plain = !kw.is_empty() && unsafe { lookups::plain_hash(th, reg::obj(&kw)) }.is_some();
        if !plain || self.comes_from_here() {
            return Ok(false);
        }
        let (s, k) = (self.val(i.a())?, self.val(i.b())?);
        let (s, k) = (self.boxed(s), self.boxed(k));
        let addr = lookups::set_add as *const ();
        self.trying_helper("set_add", addr, &[s, k], Effects::Classes(TABLES, TABLES))?;
        Ok(true)
    }

    /// A method of an exact dict or set that looks for a key, by its name, the arguments being the registers from `start` on:
    /// what it gives, and whether the code holds a reference for it.
    pub(super) fn looking_method(
        &mut self,
        th: &Thread,
        name: &str,
        (start, argc): (usize, usize),
    ) -> Rec<Option<(Val, bool)>> {
        let (word, kw) = (self.word(start), self.word(start + 1));
        if kw.is_empty() || self.comes_from_here() {
            return Ok(None);
        }
        // SAFETY: held by registers.
        let (me, key) = unsafe { (reg::obj(&word), reg::obj(&kw)) };
        let Some(hash) = lookups::plain_hash(th, key) else {
            return Ok(None);
        };
        if name == "remove" && is::<List>(word) && argc == 2 {
            // SAFETY: of that type.
            let l = unsafe { me.cast_unchecked::<List>() };
            if lookups::place_of(th, l, key).is_none() {
                return Ok(None);
            }
            let Some(o) = self.of_this_type(start, word)? else {
                return Ok(None);
            };
            let k = self.val(start + 1)?;
            let k = self.boxed(k);
            let classes = [AliasClass::LIST, AliasClass::ITEMS, AliasClass::REFCOUNT];
            let touched = classes.iter().fold(ClassSet::NONE, |s, c| s.union(c.set()));
            let effects = Effects::Classes(touched, touched);
            self.trying_helper("remove", lookups::remove as *const (), &[o, k], effects)?;
            return Ok(Some((Val::Const(Value::NONE.0), false)));
        }
        let of_dict = name == "get" && is::<Dict>(word) && argc <= 3;
        let of_set = name == "add" && is::<Set>(word) && argc == 2;
        if of_dict {
            let d = me.exact::<Dict>();
            if d.is_none_or(|d| d.get_quick(th, key, hash).is_none()) {
                return Ok(None);
            }
        } else if !of_set {
            return Ok(None);
        }
        let Some(o) = self.of_this_type(start, word)? else {
            return Ok(None);
        };
        let k = self.val(start + 1)?;
        let k = self.boxed(k);
        if of_set {
            let addr = lookups::set_add as *const ();
            self.trying_helper("set_add", addr, &[o, k], Effects::Classes(TABLES, TABLES))?;
            return Ok(Some((Val::Const(Value::NONE.0), false)));
        }
        let other = match argc {
            3 => self.val(start + 2)?,
            _ => Val::Const(Value::NONE.0),
        };
        let other = self.boxed(other);
        let addr = lookups::dict_get as *const ();
        let reads = Effects::Classes(TABLES, ClassSet::NONE);
        let v = self.trying_helper("dict_get", addr, &[o, k, other], reads)?;
        Ok(Some((Val::Any(v), true)))
    }
}
