//! Items of `array.array`: numbers as they lie in memory, without an object or a box between.

use super::super::layout::{ARRAY, ARRAY_BLOCK, ARRAY_FLOATS, ARRAY_INTS, ARRAY_ITEMS};
use super::super::layout::{ARRAY_KIND, ARRAY_LEN};
use super::super::multi::{Place, Read, Room, Write};
use super::super::recorder::{Rec, Recorder, Val};
use super::container::is;
use crate::interp::reg;
use crate::modules::array::{Array, Plain};
use crate::object::{Native, Value};
use threadsnake_front::instr::{Instr, KILL_A, KILL_B, KILL_C};
use threadsnake_jit::ir::{AliasClass, InstData, Op as Ir, Snap, Value as V};

/// An item that the trace reads or writes.
struct Item {
    plain: Plain,
    /// Bytes.
    width: u8,
    array: V,
    /// Address of the block.
    block: V,
    /// Its number, in range.
    at: V,
    snap: Snap,
}

impl Item {
    fn class(&self) -> AliasClass {
        match self.plain {
            Plain::F64 => ARRAY_FLOATS,
            _ => ARRAY_INTS,
        }
    }
    fn access(&self, op: Ir, args: &[V]) -> InstData {
        let mut d = InstData::new(op, args);
        d.mem.off = ARRAY_ITEMS;
        d.mem.class = self.class();
        d
    }
}

/// Whether item `k` of an array is no number just now.
fn is_nan(array: Value, k: Value) -> bool {
    // SAFETY: an array, held by a register.
    let a = unsafe { reg::obj(&array).cast_unchecked::<Array>() };
    if a.kind.plain() != Some(Plain::F64) || !k.is_int() {
        return false;
    }
    let n = k.as_int();
    let at = if n < 0 { n + a.len() as i64 } else { n };
    a.word(at.max(0) as usize)
        .is_some_and(|w| f64::from_bits(w).is_nan())
}

impl Recorder {
    /// Number of items of an object that is now an array, which is checked.
    pub(super) fn array_len(&mut self, o: V) -> V {
        self.guard(Ir::GuardShape, &[o], Array::SHAPE as u64);
        self.load(Ir::LoadI64, &[o], ARRAY_LEN, ARRAY)
    }

    /// Item `k` of `x`, which is now the array `word`, if that is one of plain items and has it: `k` is now `kw`.
    fn array_place(&mut self, x: Val, word: Value, k: Val, kw: Value) -> Option<Item> {
        if !kw.is_int() {
            return None;
        }
        // SAFETY: an array, held by a register.
        let a = unsafe { reg::obj(&word).cast_unchecked::<Array>() };
        let (plain, n, len) = (a.kind.plain()?, kw.as_int(), a.len() as i64);
        if n >= len || n < -len {
            return None;
        }
        let (o, index) = (self.object(x)?, self.int(k)?);
        let len = self.array_len(o);
        let kind = self.load(Ir::LoadPtr, &[o], ARRAY_KIND, AliasClass::IMMUTABLE);
        let same = self
            .b()
            .constant(Ir::Pconst, std::ptr::from_ref(a.kind) as u64);
        let same = self.op(Ir::Peq, &[kind, same]);
        self.guard(Ir::GuardTrue, &[same], 0);
        let at = self.in_range(index, len, n);
        Some(Item {
            plain,
            width: a.kind.width as u8,
            array: o,
            block: self.load(Ir::LoadPtr, &[o], ARRAY_BLOCK, ARRAY),
            at,
            snap: self.before(),
        })
    }

    /// `x[k]` for an array; whether it is one of plain items that has this one.
    pub(super) fn array_get(&mut self, i: Instr, x: Val, k: Val, kw: Value) -> Rec<bool> {
        let word = self.word(i.b());
        if !is::<Array>(word) || is_nan(word, kw) {
            return Ok(false);
        }
        let Some(item) = self.array_place(x, word, k, kw) else {
            return Ok(false);
        };
        let op = match item.plain {
            Plain::F64 => Ir::LoadxF64,
            Plain::I64 { .. } => Ir::LoadxI64,
            Plain::I32 => Ir::LoadxI32,
            Plain::U32 => Ir::LoadxU32,
            Plain::U8 => Ir::LoadxU8,
        };
        let cur = self.cur;
        let load = self
            .func
            .append(cur, item.access(op, &[item.block, item.at]));
        let v = self.func.inst(load).result.unwrap_or(item.at);
        self.reads.push(Read {
            load,
            array: item.block,
            index: item.at,
            room: Room::Bytes(item.width),
            snap: item.snap,
        });
        let val = match item.plain {
            Plain::F64 => {
                // Not every pattern that is no number has a boxed form.
                let number = self.op(Ir::Fge, &[v, v]);
                self.guard(Ir::GuardTrue, &[number], 0);
                Val::Float(v)
            }
            Plain::I64 { negative: false } => {
                self.not_negative(v);
                Val::Int(v)
            }
            _ => Val::Int(v),
        };
        self.drop_operands(i)?;
        self.put(i.a(), val, false)?;
        self.flush(self.pc + 1);
        Ok(true)
    }

    /// `x[k] = value` for an array; whether it is one of plain items that has this one, and can have this value.
    pub(super) fn array_set(&mut self, i: Instr, x: Val, k: Val, value: Val) -> Rec<bool> {
        let (word, kw) = (self.word(i.a()), self.word(i.b()));
        if !is::<Array>(word) {
            return Ok(false);
        }
        // SAFETY: an array, held by a register.
        let kind = unsafe { reg::obj(&word).cast_unchecked::<Array>() }.kind;
        let (Some(plain), now) = (kind.plain(), self.word(i.c())) else {
            return Ok(false);
        };
        let fits = match plain {
            Plain::F64 => now.is_float() || now.is_int(),
            Plain::I64 { negative } => now.is_int() && (negative || now.as_int() >= 0),
            Plain::I32 => now.is_int() && i32::try_from(now.as_int()).is_ok(),
            Plain::U32 => now.is_int() && u32::try_from(now.as_int()).is_ok(),
            Plain::U8 => now.is_int() && u8::try_from(now.as_int()).is_ok(),
        };
        if !fits {
            return Ok(false);
        }
        let Some(item) = self.array_place(x, word, k, kw) else {
            return Ok(false);
        };
        let Some(new) = self.as_item(value, plain) else {
            return Ok(false);
        };
        let op = match (plain, item.width) {
            (Plain::F64, _) => Ir::StorexF64,
            (_, 8) => Ir::StorexI64,
            (_, 4) => Ir::StorexU32,
            _ => Ir::StorexU8,
        };
        let cur = self.cur;
        let store = self
            .func
            .append(cur, item.access(op, &[item.block, item.at, new]));
        self.writes.push(Write {
            load: None,
            store,
            also: Vec::new(),
            drops: false,
            object: item.array,
            value: new,
            place: Place::Number(item.at, item.width),
            snap: item.snap,
        });
        self.kills(i.k(), &[(KILL_A, i.a()), (KILL_B, i.b()), (KILL_C, i.c())])?;
        self.flush(self.pc + 1);
        Ok(true)
    }

    /// A value as an item is; checks that it can be one.
    fn as_item(&mut self, value: Val, plain: Plain) -> Option<V> {
        if plain == Plain::F64 {
            return self.float(value);
        }
        let n = self.int(value)?;
        let (low, count) = match plain {
            Plain::I64 { negative: true } | Plain::F64 => return Some(n),
            Plain::I64 { negative: false } => {
                self.not_negative(n);
                return Some(n);
            }
            Plain::I32 => (i64::from(i32::MIN), 1 << 32),
            Plain::U32 => (0, 1 << 32),
            Plain::U8 => (0, 1 << 8),
        };
        let mut from_low = n;
        if low != 0 {
            let low = self.iconst(-low);
            from_low = self.op(Ir::Iadd, &[n, low]);
        }
        let count = self.iconst(count);
        let ok = self.op(Ir::Ult, &[from_low, count]);
        self.guard(Ir::GuardTrue, &[ok], 0);
        Some(n)
    }

    fn not_negative(&mut self, n: V) {
        let zero = self.iconst(0);
        let ok = self.op(Ir::Ige, &[n, zero]);
        self.guard(Ir::GuardTrue, &[ok], 0);
    }
}
