//! Instructions that are left to helpers whatever they meet: containers being built, text, functions and cells.

use super::super::helpers;
use super::super::recorder::{Abort, Rec, Recorder, Val};
use crate::object::{Obj, Value};
use threadsnake_front::instr::{Instr, KILL_A, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;
use threadsnake_jit::ir::{AliasClass, ClassSet, Op as Ir, Value as V};

impl Recorder {
    /// Something made of a window: see [`helpers::window`].
    pub(super) fn window(&mut self, i: Instr, n: usize, kind: i64) -> Rec {
        let next = self.pc + 1;
        let p = self.borrow_window(i.b(), n)?;
        let (count, kind) = (self.iconst(n as i64), self.iconst(kind));
        let v = self.python_helper("window", helpers::window as *const (), &[p, count, kind])?;
        self.clear_window(i.b(), n)?;
        self.result(i.a(), v, next)
    }

    /// Copies the values of a window to memory, where they are borrowed, and gives its address.
    pub(super) fn borrow_window(&mut self, b: usize, n: usize) -> Rec<V> {
        self.lay_window(b, n, true)
    }

    /// As [`Recorder::borrow_window`], for what drops nothing.
    pub(super) fn lend_window(&mut self, b: usize, n: usize) -> Rec<V> {
        self.lay_window(b, n, false)
    }

    fn lay_window(&mut self, b: usize, n: usize, own: bool) -> Rec<V> {
        let mut words = Vec::with_capacity(n);
        for k in 0..n {
            let v = self.val(b + k)?;
            words.push(self.boxed(v));
        }
        if own {
            self.own_all();
        }
        let base = self.func.base();
        let offset = self.top().offset;
        self.need(offset + b + n + 1);
        for (k, w) in words.into_iter().enumerate() {
            let off = 8 * (offset + b + k) as i32;
            self.b()
                .store(Ir::StoreVal, &[base, w], off, AliasClass::FRAME);
        }
        Ok(self.address(b))
    }

    /// A change of `R[a]` by `R[b]` (and `R[c]`): see [`helpers::mutate`].
    pub(super) fn mutate(&mut self, i: Instr, kind: i64) -> Rec {
        let next = self.pc + 1;
        let (a, b) = (self.val(i.a())?, self.val(i.b())?);
        let c = match i.op() {
            Op::DictSet | Op::DictMerge => self.val(i.c())?,
            _ => Val::Const(Value::NONE.0),
        };
        let (a, b, c) = (self.boxed(a), self.boxed(b), self.boxed(c));
        let kind = self.iconst(kind);
        self.python_helper("mutate", helpers::mutate as *const (), &[a, b, c, kind])?;
        if i.op() == Op::DelItem {
            self.kills(i.k(), &[(KILL_A, i.a())])?;
        }
        self.kills(i.k(), &[(KILL_B, i.b())])?;
        if i.op() == Op::DictSet {
            self.kills(i.k(), &[(KILL_C, i.c())])?;
        }
        self.patched(next);
        self.flush(next);
        Ok(())
    }

    /// `ImportName`, in a function.
    pub(super) fn import_name(&mut self, i: Instr) -> Rec {
        // SAFETY: the running record.
        if !unsafe { (*self.running()).locals.is_empty() } {
            return Err(Abort::Opcode(Op::ImportName));
        }
        let (globals, builtins) = self.namespaces();
        // SAFETY: the instruction after this one holds more operands.
        let ext = unsafe { *self.at(self.pc + 1) };
        let from = self.code().consts[ext.bc() as usize].clone();
        let name = self.site_name(i.b());
        let words = [&builtins, &globals, &name, &from].map(|o| self.keep(o));
        let [b, g, n, from] = words.map(|w| self.b().constant(Ir::Vconst, w));
        let level = self.iconst(ext.a() as i64);
        let args = [b, g, n, from, level];
        let v = self.python_helper("import", helpers::imports::import_name as *const (), &args)?;
        self.pc += 1;
        self.result(i.a(), v, self.pc + 1)
    }

    /// `ImportFrom`
    pub(super) fn import_from(&mut self, i: Instr) -> Rec {
        let m = self.val(i.b())?;
        let m = self.boxed(m);
        let name = self.site_name(i.c());
        let name = self.keep(&name);
        let name = self.b().constant(Ir::Vconst, name);
        let from = helpers::imports::import_from as *const ();
        let v = self.python_helper("import_from", from, &[m, name])?;
        self.result(i.a(), v, self.pc + 1)
    }

    /// The globals and builtins of the running frame.
    fn namespaces(&self) -> (Obj, Obj) {
        let f = self.running();
        // SAFETY: the running record.
        unsafe {
            let [globals, builtins] = [(*f).globals, (*f).builtins];
            (Obj::from_borrowed(globals), Obj::from_borrowed(builtins))
        }
    }

    /// The name that a site is about.
    pub(super) fn site_name(&self, site: usize) -> Obj {
        // SAFETY: site names are interned and immortal.
        unsafe { Obj::from_borrowed(self.code().sites[site].name) }
    }

    /// `R[a] = op R[b]`, by the number that [`helpers::unary`] knows.
    pub(super) fn unary_helper(&mut self, i: Instr, number: i64) -> Rec {
        let x = self.val(i.b())?;
        let (v, n) = (self.boxed(x), self.iconst(number));
        let v = self.python_helper("unary", helpers::unary as *const (), &[v, n])?;
        self.kills(i.k(), &[(KILL_B, i.b())])?;
        self.result(i.a(), v, self.pc + 1)
    }

    pub(super) fn format(&mut self, i: Instr) -> Rec {
        let (x, y) = (self.val(i.b())?, self.val(i.c())?);
        let (x, y) = (self.boxed(x), self.boxed(y));
        let v = self.python_helper("format", helpers::format as *const (), &[x, y])?;
        self.kills(i.k(), &[(KILL_B, i.b()), (KILL_C, i.c())])?;
        self.result(i.a(), v, self.pc + 1)
    }

    /// A new cell with what a register holds, or with nothing.
    pub(super) fn make_cell(&mut self, i: Instr) -> Rec {
        let next = self.pc + 1;
        let n = self.frames.len() - 1;
        let r = i.a();
        let empty = self.b().constant(Ir::Vconst, Value::EMPTY.0);
        let v = if i.op() == Op::NewCell || self.word(r).is_empty() && n > 0 {
            empty
        } else {
            let v = self.val(r)?;
            let v = self.boxed(v);
            self.owned_for_store(r, true)?;
            v
        };
        let cell = helpers::cell as *const ();
        let c = self.leaf_helper("cell", cell, &[v], ClassSet::NONE)?;
        let o = self.op(Ir::UnboxObj, &[c]);
        self.put(r, Val::Obj(o), true)?;
        self.flush(next);
        Ok(())
    }

    /// `MakeFunction`: the code is a constant, the rest lies in the registers from `a + 1` on.
    pub(super) fn make_function(&mut self, i: Instr) -> Rec {
        let (globals, builtins) = self.namespaces();
        let code = self.code().consts[i.b()].clone();
        let n = (i.c() & 15).count_ones() as usize;
        let p = match n {
            0 => self.address(i.a() + 1),
            n => self.spill_window(i.a() + 1, n)?,
        };
        self.forget_before();
        let words = [&code, &globals, &builtins].map(|o| self.keep(o));
        let [c, g, b] = words.map(|w| self.b().constant(Ir::Vconst, w));
        let bits = self.iconst(i.c() as i64);
        let args = [c, g, b, p, bits];
        let classes = AliasClass::FRAME.set();
        let v = self.leaf_helper("function", helpers::function as *const (), &args, classes)?;
        let o = self.op(Ir::UnboxObj, &[v]);
        self.put(i.a(), Val::Obj(o), true)?;
        self.flush(self.pc + 1);
        Ok(())
    }
}
