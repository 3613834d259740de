//! Values of registers: of which kinds they are, how they are read, and their other forms.

use super::{Abort, RFrame, Rec, Recorder, Reg};
use crate::object::Value;
use threadsnake_jit::ir::{AliasClass, Block, Builder, Func, Op, Snap, Value as V, boxed};

/// What a register holds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Val {
    /// Not looked at yet: what the window holds. Only in the loop's frame, and in those of generators.
    Unread,
    /// Nothing.
    Empty,
    /// A Python int, as an i64 (not necessarily an inline one).
    Int(V),
    /// A float, as an f64.
    Float(V),
    /// A bool, as a truth value.
    Bool(V),
    /// A heap object.
    Obj(V),
    /// Anything, boxed; but a variable that may be unbound ([`Recorder::settle`]), not empty.
    Any(V),
    /// This very word.
    Const(u64),
}

impl Val {
    /// The SSA value, if it has one.
    pub fn value(self) -> Option<V> {
        match self {
            Val::Int(v) | Val::Float(v) | Val::Bool(v) | Val::Obj(v) | Val::Any(v) => Some(v),
            _ => None,
        }
    }
    /// The same kind of value, under another name.
    pub fn with(self, name: V) -> Val {
        match self {
            Val::Int(_) => Val::Int(name),
            Val::Float(_) => Val::Float(name),
            Val::Bool(_) => Val::Bool(name),
            Val::Obj(_) => Val::Obj(name),
            Val::Any(_) => Val::Any(name),
            v => v,
        }
    }
}

impl Recorder {
    /// Of which kind a word is, as a value whose boxed form is `v`: guards that it is so in the body.
    pub fn of_kind(&mut self, v: V, word: Value, snap: Snap) -> Rec<Val> {
        let cur = self.cur;
        kind_of(&mut self.func, cur, v, word, snap)
    }

    /// What register `r` of the running frame holds.
    pub fn val(&mut self, r: usize) -> Rec<Val> {
        let n = self.frames.len() - 1;
        if self.frames[n].regs[r].val == Val::Unread {
            match n {
                0 => self.first_read(r)?,
                _ => self.read_suspended(r)?,
            }
        }
        if let Val::Any(v) = self.frames[n].regs[r].val {
            let word = self.word(r);
            if !word.is_empty() {
                // Of a kind that nothing has asked for yet.
                let s = self.before();
                let val = self.of_kind(v, word, s)?;
                let reg = &mut self.frames[n].regs[r];
                reg.val = val;
                reg.owned &= Recorder::may_be_pointer(val);
            } else if r < self.code().front.nlocals as usize {
                // A variable that is bound on some ways only.
                self.guard(Op::GuardVal, &[v], boxed::EMPTY);
                let reg = &mut self.frames[n].regs[r];
                (reg.val, reg.owned) = (Val::Empty, false);
            }
        }
        Ok(self.frames[n].regs[r].val)
    }

    /// Loads a register of the loop's frame, in the entry.
    pub fn first_read(&mut self, r: usize) -> Rec {
        debug_assert!(self.frames.len() == 1);
        // SAFETY: a register of the running frame, which the trace has not changed.
        let word = unsafe { *(*self.root).base.add(r) };
        let (entry, snap) = (self.func.entry(), self.entry_snap);
        let base = self.func.base();
        let v = self
            .entry()
            .load(Op::LoadVal, &[base], 8 * r as i32, AliasClass::FRAME);
        if self.function || self.loose.contains(&(r as u16)) {
            // Checked where it is used.
            let val = Val::Any(v);
            self.frames[0].regs[r] = Reg {
                val,
                owned: true,
                dirty: false,
                init: Some(v),
                first: val,
            };
            if word.is_empty() {
                self.guard(Op::GuardVal, &[v], Value::EMPTY.0);
                let reg = &mut self.frames[0].regs[r];
                (reg.val, reg.owned) = (Val::Empty, false);
            }
            return Ok(());
        }
        if word.is_empty() {
            self.entry().guard(Op::GuardVal, &[v], Value::EMPTY.0, snap);
            self.frames[0].regs[r] = Reg {
                val: Val::Empty,
                init: Some(v),
                first: Val::Empty,
                ..Reg::UNREAD
            };
            return Ok(());
        }
        let val = kind_of(&mut self.func, entry, v, word, snap)?;
        let init = match val {
            Val::Int(v) | Val::Float(v) | Val::Bool(v) | Val::Obj(v) => v,
            _ => v,
        };
        self.frames[0].regs[r] = Reg {
            val,
            owned: matches!(val, Val::Obj(_) | Val::Any(_)),
            dirty: false,
            init: Some(init),
            first: val,
        };
        Ok(())
    }

    /// Loads a register of the loop's frame that nothing has asked for yet, in the entry, of whatever kind it is there.
    pub fn take_unread(&mut self, r: usize) -> V {
        let base = self.func.base();
        let v = self
            .entry()
            .load(Op::LoadVal, &[base], 8 * r as i32, AliasClass::FRAME);
        self.frames[0].regs[r] = Reg {
            val: Val::Any(v),
            owned: true,
            dirty: false,
            init: Some(v),
            first: Val::Unread,
        };
        v
    }

    /// The frames are again as they were. What was loaded from the loop's frame since then stays known as what the header has:
    /// loaded a second time it would be another value, and who uses the first would not see what later turns put there.
    pub fn put_back(&mut self, frames: Vec<RFrame>) {
        let since = std::mem::replace(&mut self.frames, frames);
        for (r, now) in since[0].regs.iter().enumerate() {
            let Some(reg) = self.frames[0].regs.get_mut(r) else {
                break;
            };
            if reg.init.is_none() && now.init.is_some() {
                (reg.init, reg.first) = (now.init, now.first);
                if reg.val == Val::Unread {
                    self.put_back_to_start(r);
                }
            }
        }
    }

    /// The word in register `r` of the running frame now.
    pub fn word(&self, r: usize) -> Value {
        let top = self.top();
        // SAFETY: a register of the running frame, whose record is as far above the loop's.
        unsafe {
            match top.is_generator() {
                true => *top.heap.add(r),
                false => *(*self.root.add(self.frames.len() - 1)).base.add(r),
            }
        }
    }

    /// A value boxed. An int must be known to be inline, or is checked to be.
    pub fn boxed(&mut self, v: Val) -> V {
        match v {
            Val::Int(i) => {
                self.guard(Op::GuardFit, &[i], 0);
                self.op(Op::BoxInt, &[i])
            }
            Val::Float(f) => self.op(Op::BoxFloat, &[f]),
            Val::Bool(b) => self.op(Op::BoxBool, &[b]),
            Val::Obj(o) => self.op(Op::BoxObj, &[o]),
            Val::Any(v) => v,
            Val::Const(bits) => self.b().constant(Op::Vconst, bits),
            Val::Empty | Val::Unread => self.b().constant(Op::Vconst, boxed::EMPTY),
        }
    }

    /// A heap object of a value known to be one.
    pub fn object(&mut self, v: Val) -> Option<V> {
        match v {
            Val::Obj(o) => Some(o),
            Val::Const(bits) if Value(bits).is_ptr() => Some(self.b().constant(Op::Oconst, bits)),
            _ => None,
        }
    }

    /// As an integer, where it is an int.
    pub fn int(&mut self, v: Val) -> Option<V> {
        match v {
            Val::Int(i) => Some(i),
            Val::Const(bits) if Value(bits).is_int() => Some(self.iconst(Value(bits).as_int())),
            _ => None,
        }
    }

    /// Whether a reference may have to be held for it.
    pub fn may_be_pointer(v: Val) -> bool {
        match v {
            Val::Obj(_) | Val::Any(_) => true,
            Val::Const(bits) => Value(bits).is_ptr(),
            _ => false,
        }
    }

    /// Takes a reference.
    pub fn incref(&mut self, v: Val) {
        match v {
            Val::Obj(o) => self.b().effect(Op::Incref, &[o]),
            Val::Any(a) => self.b().effect(Op::IncrefVal, &[a]),
            Val::Const(bits) if Value(bits).is_ptr() => {
                let o = self.b().constant(Op::Oconst, bits);
                self.b().effect(Op::Incref, &[o]);
            }
            _ => {}
        }
    }
}

/// Guards in `block` that the boxed value `v` is of the kind of `word`.
fn kind_of(func: &mut Func, block: Block, v: V, word: Value, snap: Snap) -> Rec<Val> {
    let mut b = Builder::new(func);
    b.switch_to(block);
    Ok(if word.is_int() {
        b.guard(Op::GuardInt, &[v], 0, snap);
        Val::Int(b.op(Op::UnboxInt, &[v]))
    } else if word.is_float() {
        b.guard(Op::GuardFloat, &[v], 0, snap);
        Val::Float(b.op(Op::UnboxFloat, &[v]))
    } else if word.is_bool() {
        b.guard(Op::GuardBool, &[v], 0, snap);
        Val::Bool(b.op(Op::UnboxBool, &[v]))
    } else if word.is_ptr() {
        b.guard(Op::GuardObj, &[v], 0, snap);
        Val::Obj(b.op(Op::UnboxObj, &[v]))
    } else if word.is_empty() {
        return Err(Abort::Surprise);
    } else {
        b.guard(Op::GuardVal, &[v], word.0, snap);
        Val::Const(word.0)
    })
}
