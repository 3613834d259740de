//! Calls: Python functions become part of the trace, known builtins become IR, others are called through a helper.

use super::super::exit::Inlined;
use super::super::facts::Fact;
use super::super::helpers;
use super::super::layout::{FUNCTION_CODE, FUNCTION_GLOBALS, METHOD_FUNC, METHOD_ME};
use super::super::recorder::{Abort, MAX_DEPTH, RFrame, Rec, Recorder, Reg, Val};
use super::super::region::recorded_size;
use crate::interp::{call, operator, reg};
use crate::object::frame::flag;
use crate::object::function::{BuiltinFunction, Function, Method, MethodDescriptor};
use crate::object::tuple::Tuple;
use crate::object::types::Type as PyType;
use crate::object::{Native, Obj, Py, Value};
use crate::runtime::thread::Thread;
use threadsnake_front::instr::{Instr, KILL_B, KILL_C};
use threadsnake_front::opcode::Op;
use threadsnake_jit::ir::{AliasClass, Op as Ir};

/// Whether a builtin called with so many arguments is one of [`FRAME_LOOKERS`] that does so then.
pub(super) fn looks_at_frames(name: &str, argc: usize) -> bool {
    let of_argument = matches!(name, "vars" | "dir") && argc > 0;
    FRAME_LOOKERS.contains(&name) && !of_argument
}

/// Builtins that do to the frame of their caller more than to look at it (for that see `inside`), or give it a frame object
/// of its own, which is to follow it.
const FRAME_LOOKERS: &[&str] = &[
    "locals",
    "vars",
    "dir",
    "eval",
    "exec",
    "super",
    "__import__",
    "_getframe",
    "_current_frames",
    "breakpoint",
    "__build_class__",
    "settrace",
    "setprofile",
];

/// Recorded instructions of a function with loops beyond which it is called and does not become part of a trace.
const MAX_WITH_LOOPS: usize = 200;
/// Instructions of a function up to which recursion becomes part of a trace, once.
const MAX_UNROLLED: usize = 48;

/// A call: what is called, its window, the arguments in it (a bound one with them), the instruction.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub callee: Val,
    pub b: usize,
    pub start: usize,
    pub argc: usize,
    pub i: Instr,
}

impl Recorder {
    pub(super) fn call(&mut self, th: &Thread, i: Instr) -> Rec {
        let (b, n) = (i.b(), i.c());
        let method = i.k() & KILL_C != 0;
        if !method {
            self.blank(b + 1);
        }
        let callee = self.val(b)?;
        let word = self.word(b);
        let has_self = method && !self.word(b + 1).is_empty();
        self.agree(b + 1, has_self)?;
        if !word.is_ptr() {
            return Err(Abort::Call("what is called"));
        }
        // SAFETY: held by a register.
        let f = unsafe { reg::obj(&word) }.clone();
        let (start, argc) = if has_self { (b + 1, n + 1) } else { (b + 2, n) };
        #[rustfmt::skip]
        let at = At { callee, b, start, argc, i };
        if let Some(func) = f.exact::<Function>() {
            if self.can_enter(func) && enough(func, argc) {
                match made_anew(callee, func, argc) {
                    true => self.same_code(callee, func)?,
                    false => self.known(callee, &f)?,
                }
                return self.enter(th, func, b, start, argc, i.a() as u16, 0);
            }
            let code = func.code();
            if code.is_generator && code.simple && argc == code.nparams as usize {
                return self.make_generator(th, func, at);
            }
            if code.simple && !code.is_generator && enough(func, argc) && self.assume_code(th, func)
            {
                self.call_known(func, at)?;
            } else {
                self.general(at)?;
            }
            if !code.is_generator {
                self.skipping = Some((self.pc + 1, 0));
            }
            return Ok(());
        }
        if let Some(m) = f.exact::<Method>().filter(|_| !has_self) {
            return self.method(th, m, callee, b, i);
        }
        if let Some(bf) = f.exact::<BuiltinFunction>() {
            if looks_at_frames(bf.def.name, argc) {
                return Err(Abort::Call("a builtin that looks at frames"));
            }
            if bf.me.is_none() && self.builtin(th, &f, bf.def.name, at)? {
                return Ok(());
            }
        }
        if let Some(m) = f.exact::<MethodDescriptor>() {
            if looks_at_frames(m.def.name, argc) {
                return Err(Abort::Call("a builtin that looks at frames"));
            }
            if self.descriptor(th, &f, m, at)? {
                return Ok(());
            }
        }
        if self.native(th, &f, at)? {
            return Ok(());
        }
        if let Some(t) = f.cast::<PyType>() {
            let one = argc == 1 && !has_self;
            if !has_self && self.range(t, &f, at)? {
                return Ok(());
            }
            if one && (self.collects(t, &f, at)? || self.converts(t, &f, at)?) {
                return Ok(());
            }
            if std::ptr::eq(t, th.ty(crate::object::type_ids::TypeId::Super)) {
                return Err(Abort::Call("super"));
            }
            if !has_self {
                if let Some(init) = call::plain_class(th, t) {
                    // What is made lies below the registers of its `__init__`: for a generator in no register of its own.
                    let plain = !self.top().is_generator()
                        && init
                            .exact::<Function>()
                            .is_some_and(|f| self.can_enter(f) && enough(f, argc + 1));
                    if plain {
                        return self.instantiate(th, t, &init, callee, b, argc, i);
                    }
                    self.general(at)?;
                    self.skipping = Some((self.pc + 1, 0));
                    return Ok(());
                }
            }
        }
        self.general(at)
    }

    /// Whether a Python function becomes part of the trace; else it is called.
    pub(super) fn can_enter(&self, func: &Py<Function>) -> bool {
        let code = func.code();
        let own = self
            .frames
            .iter()
            .filter(|f| std::ptr::eq(f.code, &raw const **code))
            .count();
        let called = self.called.contains(&(&raw const **code as usize));
        let loops = code.front.nloops > 0;
        // Recursion is unrolled once, where that leads to few ways only.
        let small = !loops && code.front.instrs.len() <= MAX_UNROLLED;
        let unrolled = if small { own > 1 } else { own > 0 };
        // The ways through loops and what they call are many: once is enough, in the code of the function itself.
        let large = || loops && recorded_size(code) > MAX_WITH_LOOPS;
        code.simple
            && !code.is_generator
            && !unrolled
            && self.frames.len() <= MAX_DEPTH
            && !called
            && !large()
    }

    /// A bound method object: what it binds takes the free place in the window.
    fn method(&mut self, th: &Thread, m: &Method, callee: Val, b: usize, i: Instr) -> Rec {
        let o = self.object(callee).ok_or(Abort::Surprise)?;
        let (func, me) = (m.func.clone(), m.me.clone());
        let constant = matches!(callee, Val::Const(_));
        let (func_val, me_val) = if constant {
            (Val::Const(self.keep(&func)), Val::Const(self.keep(&me)))
        } else {
            self.guard(Ir::GuardShape, &[o], Method::SHAPE as u64);
            let fv = self.load(Ir::LoadVal, &[o], METHOD_FUNC, AliasClass::IMMUTABLE);
            let mv = self.load(Ir::LoadVal, &[o], METHOD_ME, AliasClass::IMMUTABLE);
            let s = self.before();
            let fv = self.of_kind(fv, func.value(), s)?;
            (fv, self.of_kind(mv, me.value(), s)?)
        };
        let can = |f: &&Py<Function>| self.can_enter(f) && enough(f, i.c() + 1);
        let Some(f) = func.exact::<Function>().filter(can) else {
            return Err(Abort::Call("a bound method of this kind"));
        };
        self.know_kinds(b + 2, i.c())?;
        self.known(func_val, &func)?;
        // Both outlive the method object, which goes.
        self.incref(me_val);
        let f = f.clone();
        self.put(b, Val::Const(func.value().0), false)?;
        self.put(b + 1, me_val, true)?;
        self.enter(th, &f, b, b + 1, i.c() + 1, i.a() as u16, 0)
    }

    /// Checks now of what kinds these registers are: once the window has been changed, nothing may leave to before the call.
    fn know_kinds(&mut self, start: usize, n: usize) -> Rec {
        for r in start..start + n {
            self.val(r)?;
        }
        Ok(())
    }

    /// The trace and the interpreter must have found the same kind of method: one with a `self` beside it, or one without.
    fn agree(&self, r: usize, has_self: bool) -> Rec {
        match (self.top().regs[r].val != Val::Empty) == has_self {
            true => Ok(()),
            false => Err(Abort::Surprise),
        }
    }

    /// A register of the window that the instruction ignores and empties.
    fn blank(&mut self, r: usize) {
        let n = self.frames.len() - 1;
        self.forget_states(n, r);
        let reg = &mut self.frames[n].regs[r];
        reg.val = Val::Empty;
        reg.owned = false;
        reg.dirty = true;
    }

    /// Guards that a value is this very object, and keeps it.
    pub(super) fn known(&mut self, v: Val, o: &Obj) -> Rec {
        let bits = self.keep(o);
        match v {
            Val::Const(b) if b == bits => Ok(()),
            v => {
                let b = self.boxed(v);
                self.guard(Ir::GuardVal, &[b], bits);
                Ok(())
            }
        }
    }

    /// Any other call: the arguments go through the window, in memory.
    fn general(&mut self, at: At) -> Rec {
        #[rustfmt::skip]
        let At { callee, b, start, argc, i } = at;
        let next = self.pc + 1;
        let f = self.boxed(callee);
        let p = self.borrow_window(start, argc)?;
        let n = self.iconst(argc as i64);
        let v = self.python_helper("call", helpers::call as *const (), &[f, p, n])?;
        self.clear_window(b, i.c() + 2)?;
        self.result(i.a(), v, next)
    }

    /// A call of this simple Python function that does not become part of the trace: its arguments, and the defaults of
    /// the others, become its registers where they are.
    fn call_known(&mut self, func: &Py<Function>, at: At) -> Rec {
        #[rustfmt::skip]
        let At { callee, b, start, argc, i } = at;
        let next = self.pc + 1;
        self.known(callee, func.obj())?;
        let p = self.spill_window(start, argc)?;
        let (base, offset) = (self.func.base(), self.top().offset + start);
        self.need(offset + func.code().nregs as usize + 1);
        for (k, o) in defaults(func, argc)?.iter().enumerate() {
            let v = Val::Const(self.keep(o));
            self.incref(v);
            let w = self.boxed(v);
            let off = 8 * (offset + argc + k) as i32;
            self.b()
                .store(Ir::StoreVal, &[base, w], off, AliasClass::FRAME);
        }
        let f = Val::Const(self.keep(func.obj()));
        let f = self.boxed(f);
        let v = self.python_helper("call_known", helpers::call_known as *const (), &[f, p])?;
        self.clear_window(b, i.c() + 2)?;
        self.result(i.a(), v, next)
    }

    /// Drops what a window holds.
    pub(super) fn clear_window(&mut self, b: usize, n: usize) -> Rec {
        for k in 0..n {
            let top = self.frames.len() - 1;
            if self.frames[top].regs[b + k].val != Val::Unread {
                self.kill(b + k)?;
            }
        }
        Ok(())
    }

    /// A Python function is called: its frame becomes part of the trace. The arguments are `argc` registers from `start`
    /// on; defaults follow them.
    #[allow(clippy::too_many_arguments)]
    fn enter(
        &mut self,
        th: &Thread,
        func: &Py<Function>,
        b: usize,
        start: usize,
        argc: usize,
        dst: u16,
        flags: u8,
    ) -> Rec {
        if flags != 0 || !made_anew(self.top().regs[b].val, func, argc) {
            self.assume_function(th, func)?;
        }
        let mut regs = Vec::with_capacity(func.code().front.nregs as usize);
        for k in 0..argc {
            let (val, owned) = self.take(start + k, true)?;
            regs.push(argument(val, owned));
        }
        for o in defaults(func, argc)? {
            regs.push(argument(Val::Const(self.keep(&o)), false));
        }
        let owner = match flags & flag::INIT {
            0 => self.take(b, true)?,
            _ => (Val::Const(func.obj().value().0), false),
        };
        // Where the interpreter puts the callee's registers: over the window, if that lies on the stack.
        let top = self.top();
        let base = top.offset + if top.is_generator() { 0 } else { start };
        self.push_frame(func, regs, base, dst, flags, owner)
    }

    /// Guards that a callee is a function of the same code and globals: its closure may be another one.
    pub(super) fn same_code(&mut self, callee: Val, func: &Py<Function>) -> Rec {
        let o = self.object(callee).ok_or(Abort::Surprise)?;
        self.guard(Ir::GuardShape, &[o], func.obj().shape_id() as u64);
        let code = self.load(Ir::LoadVal, &[o], FUNCTION_CODE, AliasClass::SLOTS);
        let bits = self.keep(func.code().obj());
        self.guard(Ir::GuardVal, &[code], bits);
        let globals = self.load(Ir::LoadVal, &[o], FUNCTION_GLOBALS, AliasClass::IMMUTABLE);
        let bits = self.keep(func.globals.obj());
        self.guard(Ir::GuardVal, &[globals], bits);
        self.keep(func.obj());
        Ok(())
    }

    /// Where the registers of a frame begin that does not lie over its caller's window.
    pub(super) fn above(&self, caller: &crate::object::code::Code) -> usize {
        let top = self.top();
        match top.is_generator() {
            true => top.offset,
            false => top.offset + caller.front.nregs as usize,
        }
    }

    /// The function's code and defaults are taken for constants.
    pub(super) fn assume_function(&mut self, th: &Thread, func: &Py<Function>) -> Rec {
        if !self.can_enter(func) {
            return Err(Abort::Call("a function of this kind, or recursion"));
        }
        match self.assume_code(th, func) {
            true => Ok(()),
            false => Err(Abort::Call("a function whose code keeps changing")),
        }
    }

    /// As [`Recorder::assume_function`], of any function; `false`: they keep changing.
    pub(super) fn assume_code(&mut self, th: &Thread, func: &Py<Function>) -> bool {
        if !self.assume(th, Fact::Function(func.obj().value().0)) {
            return false;
        }
        func.version_for_cache(th);
        self.keep(func.obj());
        self.keep(func.code().obj());
        true
    }

    /// The trace goes on in a new frame with these registers (parameters first), `base` registers above the loop's.
    pub(super) fn push_frame(
        &mut self,
        func: &Py<Function>,
        mut regs: Vec<Reg>,
        base: usize,
        dst: u16,
        flags: u8,
        owner: (Val, bool),
    ) -> Rec {
        let code = func.code().clone();
        let nregs = code.front.nregs as usize;
        regs.resize(nregs, EMPTY);
        let resume = self.pc + 1;
        self.top_mut().resume = resume;
        self.inlined.push(Inlined {
            func: func.obj().value(),
            offset: base,
            dst,
            flags,
        });
        self.need(base + nregs);
        let n = self.inlined.len();
        self.frames.push(RFrame {
            owner,
            ..RFrame::new(&raw const *code, regs, base, n)
        });
        self.depth = self.depth.max(self.frames.len() - 1);
        self.flush(0);
        Ok(())
    }

    /// A call with keywords. Those of a plain Python function are put where its parameters are.
    pub(super) fn call_kw(&mut self, th: &Thread, i: Instr) -> Rec {
        let (b, n) = (i.b(), i.c());
        // SAFETY: the instruction after this one holds more operands.
        let ext = unsafe { *self.at(self.pc + 1) };
        let names = self.code().consts[ext.bc() as usize].clone();
        if i.k() & KILL_C == 0 {
            self.blank(b + 1);
        }
        let callee = self.val(b)?;
        let word = self.word(b);
        let has_self = i.k() & KILL_C != 0 && !self.word(b + 1).is_empty();
        self.agree(b + 1, has_self)?;
        if !word.is_ptr() {
            return Err(Abort::Call("what is called"));
        }
        // SAFETY: held by a register.
        let f = unsafe { reg::obj(&word) }.clone();
        let (start, argc) = if has_self { (b + 1, n + 1) } else { (b + 2, n) };
        if let Some(bf) = f.exact::<BuiltinFunction>() {
            if looks_at_frames(bf.def.name, argc) {
                return Err(Abort::Call("a builtin that looks at frames"));
            }
        }
        self.pc += 1;
        if let Some(func) = f.exact::<Function>() {
            let bound = match self.can_enter(func) {
                true => arguments(func, start, argc, &names),
                false => None,
            };
            if let Some(bound) = bound {
                self.known(callee, &f)?;
                self.assume_function(th, func)?;
                let mut regs = Vec::with_capacity(bound.len());
                for a in bound {
                    regs.push(match a {
                        Argument::Register(r) => {
                            let (val, owned) = self.take(r, true)?;
                            argument(val, owned)
                        }
                        Argument::Default(o) => argument(Val::Const(self.keep(&o)), false),
                    });
                }
                let owner = self.take(b, true)?;
                // SAFETY: the caller's code.
                let caller = unsafe { &*self.top().code };
                let base = self.above(caller);
                return self.push_frame(func, regs, base, i.a() as u16, 0, owner);
            }
        }
        self.pc -= 1;
        let f_val = self.boxed(callee);
        let p = self.borrow_window(start, argc)?;
        let count = self.iconst(argc as i64);
        let names = self.keep(&names);
        let names = self.b().constant(Ir::Vconst, names);
        self.pc += 1;
        let args = [f_val, p, count, names];
        let v = self.python_helper("call_kw", helpers::call_kw as *const (), &args)?;
        self.clear_window(b, n + 2)?;
        let next = self.pc + 1;
        self.result(i.a(), v, next)?;
        // What is bound is called in a record of its own, too.
        let called = f.exact::<Method>().map_or(&f, |m| &m.func);
        if called
            .exact::<Function>()
            .is_some_and(|f| !f.code().is_generator)
        {
            self.skipping = Some((next, 0));
        }
        Ok(())
    }

    /// A property whose getter is a Python function.
    pub(super) fn enter_getter(&mut self, th: &Thread, getter: &Obj, i: Instr) -> Rec {
        let Some(func) = getter.exact::<Function>() else {
            return Err(Abort::Call("a property"));
        };
        if func.code().nparams != 1 {
            return Err(Abort::Call("a property"));
        }
        self.assume_function(th, func)?;
        let (me, owned) = self.take(i.b(), i.k() & threadsnake_front::instr::KILL_B != 0)?;
        // SAFETY: the caller's code.
        let caller = unsafe { &*self.top().code };
        let base = self.above(caller);
        let owner = (Val::Const(getter.value().0), false);
        let regs = vec![argument(me, owned)];
        self.push_frame(func, regs, base, i.a() as u16, 0, owner)
    }

    /// `Cls(…)` of a plain class with a Python `__init__`.
    #[allow(clippy::too_many_arguments)]
    fn instantiate(
        &mut self,
        th: &Thread,
        t: &Py<PyType>,
        init: &Obj,
        callee: Val,
        b: usize,
        argc: usize,
        i: Instr,
    ) -> Rec {
        let Some(func) = init.exact::<Function>() else {
            return Err(Abort::Call("a class"));
        };
        let code = func.code();
        if !self.can_enter(func) || argc + 1 > code.nparams as usize {
            return Err(Abort::Call("a class"));
        }
        self.know_kinds(b + 2, argc)?;
        self.known(callee, t.obj())?;
        if !self.assume_type(th, t) {
            return Err(Abort::Call("a class that keeps changing"));
        }
        self.keep(init);
        let o = self.instance(th, t)?;
        // [class, empty, args…] becomes [instance, instance, args…]: one reference for the caller, one for `self`.
        self.put(b, Val::Obj(o), true)?;
        self.put(b + 1, Val::Obj(o), false)?;
        self.forget_before();
        self.enter(th, func, b, b + 1, argc + 1, i.a() as u16, flag::INIT)
    }

    /// An operator's method returns what is in the register: that is no `NotImplemented`.
    fn never_declines(&mut self, r: usize) -> Rec {
        let declines = Value::NOT_IMPLEMENTED;
        if self.word(r) == declines {
            return Err(Abort::Call(
                "an operator that its first operand does not know",
            ));
        }
        if let Val::Any(v) = self.val(r)? {
            let declines = self.b().constant(Ir::Vconst, declines.0);
            let is = self.op(Ir::Veq, &[v, declines]);
            self.guard(Ir::GuardFalse, &[is], 0);
        }
        Ok(())
    }

    pub(super) fn ret(&mut self, i: Instr) -> Rec {
        if self.frames.len() == 1 {
            return Err(Abort::Left);
        }
        let n = self.top().inlined;
        let asks =
            n != 0 && !self.top().is_generator() && self.inlined[n - 1].flags & flag::OPERATOR != 0;
        if asks && i.op() == Op::Return {
            self.never_declines(i.a())?;
        }
        let (v, owned) = match i.op() {
            Op::Return => self.take(i.a(), true)?,
            _ => (Val::Const(Value::NONE.0), false),
        };
        // Borrowed from a register of the frame that ends: counted before that goes.
        let held = self.top().regs.iter().any(|r| r.owned);
        let owned = if !owned && held && matches!(v, Val::Obj(_) | Val::Any(_)) {
            self.incref(v);
            true
        } else {
            owned
        };
        if self.top().is_generator() {
            return self.end_generator(v, owned);
        }
        let Some(frame) = self.frames.pop() else {
            return Err(Abort::Left);
        };
        self.came_back(frame.code);
        let nlocals = {
            // SAFETY: kept alive by `keep`.
            unsafe { &*frame.code }.front.nlocals as usize
        };
        for r in frame.regs[..nlocals].iter().rev() {
            self.drop_later(r.val, r.owned);
        }
        let (o, own) = frame.owner;
        self.drop_later(o, own);
        let call = &self.inlined[frame.inlined - 1];
        let (dst, flags) = (call.dst as usize, call.flags);
        let resume = self.top().resume;
        if flags & flag::INIT != 0 {
            if v != Val::Const(Value::NONE.0) {
                return Err(Abort::Surprise);
            }
            // The instance lies in the caller's window, just below the callee's registers.
            let at = frame.offset - 1 - self.top().offset;
            if at >= self.top().regs.len() {
                return Err(Abort::Surprise);
            }
            let (me, owned) = self.take(at, true)?;
            self.put(dst, me, owned)?;
        } else if flags & flag::DISCARD != 0 {
            self.drop_later(v, owned);
        } else if asks {
            // SAFETY: the caller's instruction before the one at which it goes on.
            let i = unsafe { *self.at(resume - 1) };
            let (_, _, imm) = operator::of(i).ok_or(Abort::Surprise)?;
            self.kills(i.k(), &[(KILL_B, i.b())])?;
            if !imm {
                self.kills(i.k(), &[(KILL_C, i.c())])?;
            }
            self.put(dst, v, owned)?;
        } else {
            self.put(dst, v, owned)?;
        }
        self.flush(resume);
        Ok(())
    }
}

/// A register of an inlined frame before it is written.
/// Whether the function can be called with so many positional arguments.
fn enough(func: &Py<Function>, argc: usize) -> bool {
    defaults(func, argc).is_ok()
}

/// Whether it is a function with a closure, which may be another one of the same code the next time.
fn made_anew(callee: Val, func: &Py<Function>, argc: usize) -> bool {
    let made = matches!(callee, Val::Obj(_)) && func.closure.is_some();
    made && argc == func.code().nparams as usize
}

/// The defaults of the parameters that get none of `argc` positional arguments.
fn defaults(func: &Py<Function>, argc: usize) -> Rec<Vec<Obj>> {
    let nparams = func.code().nparams as usize;
    let missing = nparams.checked_sub(argc).ok_or(Abort::Surprise)?;
    let defaults = func.defaults.get();
    let d = defaults.as_ref().and_then(|d| d.exact::<Tuple>());
    let items = d.map_or(&[][..], |d| d.items());
    let first = items.len().checked_sub(missing).ok_or(Abort::Surprise)?;
    Ok(items[first..].to_vec())
}

/// A parameter's register.
pub(super) fn argument(val: Val, owned: bool) -> Reg {
    Reg {
        val,
        owned,
        dirty: true,
        ..EMPTY
    }
}

/// Where the value of a parameter comes from.
enum Argument {
    Register(usize),
    Default(Obj),
}

/// The parameters of a plain function for `argc` registers from `start` on, of which the last are keyword arguments with
/// these names. `None`: they do not fit.
fn arguments(func: &Py<Function>, start: usize, argc: usize, names: &Obj) -> Option<Vec<Argument>> {
    let code = func.code();
    let names = names.exact::<Tuple>()?.items();
    let nparams = code.nparams as usize;
    let positional = argc.checked_sub(names.len())?;
    if positional > nparams {
        return None;
    }
    let mut out: Vec<Option<Argument>> = (0..nparams)
        .map(|k| (k < positional).then_some(Argument::Register(start + k)))
        .collect();
    for (k, name) in names.iter().enumerate() {
        let is = |v: &u32| code.names[*v as usize].is(name);
        let at = code.front.varnames[..nparams].iter().position(is)?;
        if at < code.front.posonly as usize || out[at].is_some() {
            return None;
        }
        out[at] = Some(Argument::Register(start + positional + k));
    }
    let defaults = func.defaults.get();
    let items = defaults
        .as_ref()
        .and_then(|d| d.exact::<Tuple>())
        .map_or(&[][..], |d| d.items());
    let first = nparams.checked_sub(items.len())?;
    out.into_iter()
        .enumerate()
        .map(|(k, a)| {
            a.or_else(|| {
                let o = items.get(k.checked_sub(first)?)?;
                Some(Argument::Default(o.clone()))
            })
        })
        .collect()
}

pub(in super::super) const EMPTY: Reg = Reg {
    val: Val::Empty,
    owned: false,
    dirty: false,
    init: None,
    first: Val::Empty,
};
