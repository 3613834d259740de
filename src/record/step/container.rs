//! Items of lists and tuples, and making them.

use super::super::helpers;
use super::super::layout::{LIST_ARRAY, LIST_ITEMS, LIST_LEN, TUPLE_ITEMS, TUPLE_LEN};
use super::super::multi::{Place, Read, Room, Write};
use super::super::recorder::{Abort, Effects, Rec, Recorder, Val};
use super::ahead::Sequence;
use super::dunder::Operand;
use crate::interp::{fast, reg};
use crate::object::bytes::Bytes;
use crate::object::frame::flag;
use crate::object::list::List;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::{Native, Value};
use crate::runtime::thread::Thread;
use threadsnake_front::instr::{Instr, KILL_A, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;
use threadsnake_jit::ir::{AliasClass, ClassSet, InstData, Op as Ir, Snap, Type, Value as V};

/// Whether a word that a register holds is exactly of that type.
pub(super) fn is<T: Native>(v: Value) -> bool {
    // SAFETY: the word is held by a register.
    v.is_ptr() && unsafe { reg::obj(&v) }.is_exact::<T>()
}

impl Recorder {
    /// Checks an index against a length; a negative one counts from the end. `now`: the index at the moment.
    pub(super) fn in_range(&mut self, index: V, len: V, now: i64) -> V {
        let zero = self.iconst(0);
        let at = if now < 0 {
            let neg = self.op(Ir::Ilt, &[index, zero]);
            self.guard(Ir::GuardTrue, &[neg], 0);
            self.op(Ir::Iadd, &[index, len])
        } else {
            index
        };
        // Unsigned: a negative number is out of range.
        let ok = self.op(Ir::Ult, &[at, len]);
        self.guard(Ir::GuardTrue, &[ok], 0);
        at
    }

    pub(super) fn get_item(&mut self, th: &Thread, i: Instr) -> Rec {
        let next = self.pc + 1;
        let imm = i.op() == Op::GetItemImm;
        let x = self.val(i.b())?;
        let word = self.word(i.b());
        let (k, kw) = if imm {
            let w = Value::from_int(i.sc() as i64);
            (Val::Const(w.0), w)
        } else {
            (self.val(i.c())?, self.word(i.c()))
        };
        if kw.is_int() && (is::<List>(word) || is::<Tuple>(word)) {
            let list = is::<List>(word);
            let n = kw.as_int();
            // SAFETY: of that type, held by a register.
            let (len, item) = unsafe {
                let o = reg::obj(&word);
                if list {
                    let l = o.cast_unchecked::<List>();
                    let at = if n < 0 { n + l.len() as i64 } else { n };
                    (l.len() as i64, l.raw_at(at.max(0) as usize))
                } else {
                    let t = o.cast_unchecked::<Tuple>();
                    let at = if n < 0 { n + t.len() as i64 } else { n };
                    let w = t.items().get(at.max(0) as usize);
                    (t.len() as i64, w.map_or(Value::EMPTY, |w| w.value()))
                }
            };
            if n < len && n >= -len && !item.is_empty() {
                if let (Some(o), Some(index)) = (self.object(x), self.int(k)) {
                    let v = if list {
                        self.list_item(o, index, n)
                    } else {
                        self.guard(Ir::GuardShape, &[o], Tuple::SHAPE as u64);
                        let len = self.load(Ir::LoadI64, &[o], TUPLE_LEN, AliasClass::IMMUTABLE);
                        let at = self.in_range(index, len, n);
                        self.load(Ir::LoadxVal, &[o, at], TUPLE_ITEMS, AliasClass::IMMUTABLE)
                    };
                    let s = self.before();
                    let val = self.of_kind(v, item, s)?;
                    if i.k() & KILL_B != 0 {
                        self.kill(i.b())?;
                    }
                    if !imm {
                        self.kills(i.k(), &[(KILL_C, i.c())])?;
                    }
                    self.put(i.a(), val, false)?;
                    self.flush(next);
                    return Ok(());
                }
            }
        }
        if self.array_get(i, x, k, kw)? {
            return Ok(());
        }
        if kw.is_int() && (is::<Str>(word) || is::<Bytes>(word)) {
            // SAFETY: held by a register.
            let item = fast::char_or_byte(th, unsafe { reg::obj(&word) }, kw.as_int());
            if let (false, Some(o), Some(n)) = (item.is_empty(), self.object(x), self.int(k)) {
                // SAFETY: as above.
                let shape = unsafe { reg::obj(&word) }.shape_id();
                self.guard(Ir::GuardShape, &[o], shape as u64);
                if is::<Bytes>(word) {
                    let len = self.length(o, Sequence::Bytes);
                    let at = self.in_range(n, len, kw.as_int());
                    let byte = self.byte_at(o, at);
                    self.drop_operands(i)?;
                    self.put(i.a(), byte, false)?;
                    self.flush(next);
                    return Ok(());
                }
                let nothing = Effects::Classes(ClassSet::NONE, ClassSet::NONE);
                let char_at = helpers::char_at as *const ();
                let v = self.trying_helper("char_at", char_at, &[o, n], nothing)?;
                // Kept by the runtime.
                let s = self.before();
                let val = self.of_kind(v, item, s)?;
                self.drop_operands(i)?;
                self.put(i.a(), val, false)?;
                self.flush(next);
                return Ok(());
            }
        }
        let key = match imm {
            true => Operand::Word(kw),
            false => Operand::Register(i.c(), i.k() & KILL_C != 0),
        };
        if let Some(v) = self.dict_item(th, i.b(), k, kw)? {
            self.drop_operands(i)?;
            return self.leaf_result(i.a(), v, next);
        }
        let operands = [Operand::Register(i.b(), i.k() & KILL_B != 0), key];
        if self.special(th, i, &th.rt().names().__getitem__, &operands, 0)? {
            return Ok(());
        }
        let (o, k) = (self.boxed(x), self.boxed(k));
        let v = self.python_helper("getitem", helpers::getitem as *const (), &[o, k])?;
        self.drop_operands(i)?;
        self.result(i.a(), v, next)
    }

    /// The operands of a `GetItem` or `GetItemImm` have been used.
    pub(super) fn drop_operands(&mut self, i: Instr) -> Rec {
        self.kills(i.k(), &[(KILL_B, i.b())])?;
        if i.op() != Op::GetItemImm {
            self.kills(i.k(), &[(KILL_C, i.c())])?;
        }
        Ok(())
    }

    /// Item `index` of an object that is checked to be a list.
    fn list_item(&mut self, o: V, index: V, now: i64) -> V {
        self.guard(Ir::GuardShape, &[o], List::SHAPE as u64);
        let len = self.load(Ir::LoadI64, &[o], LIST_LEN, AliasClass::LIST);
        let at = self.in_range(index, len, now);
        self.item_at(o, at)
    }

    /// Item `at` of a list, which is in range now. (In Multi the storage may be another by then: `multi` checks that.)
    pub(super) fn item_at(&mut self, o: V, at: V) -> V {
        let array = self.storage_of(o);
        self.item_of(array, at)
    }

    fn storage_of(&mut self, o: V) -> V {
        self.load(Ir::LoadPtr, &[o], LIST_ARRAY, AliasClass::LIST)
    }

    /// The same of a list whose storage was loaded.
    fn item_of(&mut self, array: V, at: V) -> V {
        let snap = self.before();
        let cur = self.cur;
        let mut d = InstData::new(Ir::LoadxVal, &[array, at]);
        d.mem.off = LIST_ITEMS;
        d.mem.class = AliasClass::ITEMS;
        let load = self.func.append(cur, d);
        self.reads.push(Read {
            load,
            array,
            index: at,
            room: Room::Items,
            snap,
        });
        self.func.inst(load).result.unwrap_or(at)
    }

    pub(super) fn set_item(&mut self, th: &Thread, i: Instr) -> Rec {
        let next = self.pc + 1;
        let (x, k, value) = (self.val(i.a())?, self.val(i.b())?, self.val(i.c())?);
        let (word, kw) = (self.word(i.a()), self.word(i.b()));
        if kw.is_int() && is::<List>(word) {
            let n = kw.as_int();
            // SAFETY: a list, held by a register.
            let (len, old_word) = unsafe {
                let l = reg::obj(&word).cast_unchecked::<List>();
                let at = if n < 0 { n + l.len() as i64 } else { n };
                (l.len() as i64, l.raw_at(at.max(0) as usize))
            };
            if n < len && n >= -len && !old_word.is_empty() {
                if let (Some(o), Some(index)) = (self.object(x), self.int(k)) {
                    self.guard(Ir::GuardShape, &[o], List::SHAPE as u64);
                    let len = self.load(Ir::LoadI64, &[o], LIST_LEN, AliasClass::LIST);
                    let at = self.in_range(index, len, n);
                    let array = self.storage_of(o);
                    let new = self.boxed(value);
                    let snap = self.before();
                    self.replace_item(
                        o,
                        array,
                        at,
                        new,
                        old_word,
                        snap,
                        (i.c(), i.k() & KILL_C != 0),
                    )?;
                    self.kills(i.k(), &[(KILL_A, i.a()), (KILL_B, i.b())])?;
                    self.flush(next);
                    return Ok(());
                }
            }
        }
        if self.array_set(i, x, k, value)? {
            return Ok(());
        }
        if self.dict_set(th, i)? {
            self.kills(i.k(), &[(KILL_A, i.a()), (KILL_B, i.b()), (KILL_C, i.c())])?;
            self.flush(next);
            return Ok(());
        }
        let operands = [
            Operand::Register(i.a(), i.k() & KILL_A != 0),
            Operand::Register(i.b(), i.k() & KILL_B != 0),
            Operand::Register(i.c(), i.k() & KILL_C != 0),
        ];
        if self.special(
            th,
            i,
            &th.rt().names().__setitem__,
            &operands,
            flag::DISCARD,
        )? {
            return Ok(());
        }
        let (o, k, v) = (self.boxed(x), self.boxed(k), self.boxed(value));
        self.python_helper("setitem", helpers::setitem as *const (), &[o, k, v])?;
        self.kills(i.k(), &[(KILL_A, i.a()), (KILL_B, i.b()), (KILL_C, i.c())])?;
        self.patched(next);
        self.flush(next);
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn replace_item(
        &mut self,
        list: V,
        array: V,
        at: V,
        new: V,
        old_word: Value,
        snap: Snap,
        from: (usize, bool),
    ) -> Rec {
        let cur = self.cur;
        let mut d = InstData::new(Ir::LoadxVal, &[array, at]);
        d.mem.off = LIST_ITEMS;
        d.mem.class = AliasClass::ITEMS;
        let load = self.func.append(cur, d);
        let old = self.func.inst(load).result.ok_or(Abort::Surprise)?;
        let plain = !old_word.is_ptr();
        let also = if plain {
            self.check_plain(old, snap)
        } else {
            Vec::new()
        };
        self.owned_for_store(from.0, from.1)?;
        let mut d = InstData::new(Ir::StorexVal, &[array, at, new]);
        d.mem.off = LIST_ITEMS;
        d.mem.class = AliasClass::ITEMS;
        let store = self.func.append(cur, d);
        self.writes.push(Write {
            load: Some(load),
            store,
            also,
            drops: plain,
            object: list,
            value: new,
            place: Place::Item(at),
            snap,
        });
        if !plain {
            self.drop_later(Val::Any(old), true);
        }
        Ok(())
    }

    pub(super) fn unpack(&mut self, i: Instr) -> Rec {
        let next = self.pc + 1;
        let x = self.val(i.b())?;
        let word = self.word(i.b());
        let n = i.c();
        let list = is::<List>(word);
        // SAFETY: of that type, held by a register.
        let items: Vec<Value> = unsafe {
            if list {
                let l = reg::obj(&word).cast_unchecked::<List>();
                (0..l.len()).map(|k| l.raw_at(k)).collect()
            } else if is::<Tuple>(word) {
                let t = reg::obj(&word).cast_unchecked::<Tuple>();
                t.items().iter().map(|o| o.value()).collect()
            } else {
                return Err(Abort::Opcode(i.op()));
            }
        };
        if items.len() != n {
            return Err(Abort::Surprise);
        }
        let o = self.object(x).ok_or(Abort::Surprise)?;
        let want = self.iconst(n as i64);
        if list {
            // One item after the other, as an index gives them.
            self.guard(Ir::GuardShape, &[o], List::SHAPE as u64);
            let len = self.load(Ir::LoadI64, &[o], LIST_LEN, AliasClass::LIST);
            let ok = self.op(Ir::Ieq, &[len, want]);
            self.guard(Ir::GuardTrue, &[ok], 0);
        }
        let array = if list {
            self.storage_of(o)
        } else {
            self.guard(Ir::GuardShape, &[o], Tuple::SHAPE as u64);
            let len = self.load(Ir::LoadI64, &[o], TUPLE_LEN, AliasClass::IMMUTABLE);
            let ok = self.op(Ir::Ieq, &[len, want]);
            self.guard(Ir::GuardTrue, &[ok], 0);
            o
        };
        let s = self.before();
        let mut vals = Vec::with_capacity(n);
        for (k, w) in items.iter().enumerate() {
            let v = if list {
                let at = self.iconst(k as i64);
                self.item_of(array, at)
            } else {
                let off = TUPLE_ITEMS + 8 * k as i32;
                self.load(Ir::LoadVal, &[array], off, AliasClass::IMMUTABLE)
            };
            vals.push(self.of_kind(v, *w, s)?);
        }
        let kill = i.k() & KILL_B != 0;
        if kill || (i.b() >= i.a() && i.b() < i.a() + n) {
            // The items must outlive what holds them.
            for v in &vals {
                self.incref(*v);
            }
        }
        let owned = kill || (i.b() >= i.a() && i.b() < i.a() + n);
        self.kills(i.k(), &[(KILL_B, i.b())])?;
        for (k, v) in vals.into_iter().enumerate() {
            self.put(i.a() + k, v, owned)?;
        }
        self.flush(next);
        Ok(())
    }

    /// Moves the values of a window to memory, each with a reference, and gives its address.
    pub(super) fn spill_window(&mut self, b: usize, n: usize) -> Rec<V> {
        let mut words = Vec::with_capacity(n);
        for k in 0..n {
            let v = self.val(b + k)?;
            words.push(self.boxed(v));
        }
        let base = self.func.base();
        let offset = self.top().offset;
        self.need(offset + b + n + 1);
        for (k, w) in words.into_iter().enumerate() {
            self.owned_for_store(b + k, true)?;
            let off = 8 * (offset + b + k) as i32;
            self.b()
                .store(Ir::StoreVal, &[base, w], off, AliasClass::FRAME);
        }
        Ok(self.address(b))
    }

    pub(super) fn build_list(&mut self, i: Instr) -> Rec {
        self.build(i, "list", helpers::list as *const ())
    }

    pub(super) fn build(&mut self, i: Instr, name: &'static str, addr: *const ()) -> Rec {
        let next = self.pc + 1;
        let n = i.c();
        let p = self.spill_window(i.b(), n)?;
        let count = self.iconst(n as i64);
        let v = self.leaf_helper(name, addr, &[p, count], AliasClass::FRAME.set())?;
        let o = self.op(Ir::UnboxObj, &[v]);
        self.put(i.a(), Val::Obj(o), true)?;
        self.flush(next);
        Ok(())
    }

    pub(super) fn list_append(&mut self, i: Instr) -> Rec {
        let next = self.pc + 1;
        let (l, v) = (self.val(i.a())?, self.val(i.b())?);
        let (lb, vb) = (self.boxed(l), self.boxed(v));
        self.append(lb, vb, i.b(), i.k() & KILL_B != 0)?;
        self.flush(next);
        Ok(())
    }

    /// `list.append` of an exact list; the value is that of register `from`.
    pub(super) fn append(&mut self, list: V, value: V, from: usize, killed: bool) -> Rec {
        let raise = self.snap(self.pc + 1, super::super::exit::RAISE);
        self.owned_for_store(from, killed)?;
        let classes = AliasClass::LIST.set().union(AliasClass::ITEMS.set());
        let done = self
            .helper(
                "append",
                helpers::append as *const (),
                &[list, value],
                Some(Type::Val),
                Effects::Classes(classes, classes),
            )
            .ok_or(Abort::Surprise)?;
        self.b().guard(Ir::GuardNotEmpty, &[done], 0, raise);
        Ok(())
    }
}
