//! Calls of the interpreter: Python functions by pushing a record, everything else natively.

use super::at::At;
use super::enter::{Exit, run};
use super::reg::{self, inc, take};
use crate::builtins::descriptors;
use crate::builtins::objecttype::Plain;
use crate::object::def::type_flags;
use crate::object::frame::{Frame, flag};
use crate::object::function::{BuiltinFunction, Function, Method, MethodDescriptor};
use crate::object::slots::CallArgs;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::object::{Native, Obj, Py, Value};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use smallvec::SmallVec;
use threadsnake_front::instr::{Instr, KILL_C};

/// What came of a call instruction.
pub enum Called {
    /// A record was pushed: go on there.
    Pushed,
    /// It is done.
    Done(Obj),
}

/// `Call` of a Python function with as many arguments as it has parameters, all plain, from a frame on the thread's stack:
/// its record is pushed. `false`: nothing has happened.
///
/// # Safety
/// As [`call`]; `w` is the window, `i` the instruction.
#[inline(always)]
pub unsafe fn enter_quick(th: &Thread, f: *mut Frame, w: *mut Value, i: At<'_>) -> bool {
    // SAFETY: the caller's promise; registers own their words (R1).
    unsafe {
        let callee = reg::obj(w);
        if !callee.is_exact::<Function>() {
            return false;
        }
        let code = callee.cast_unchecked::<Function>().code();
        let mut start = w.add(2);
        let mut argc = i.c();
        if i.k() & KILL_C != 0 && !(*w.add(1)).is_empty() {
            start = w.add(1);
            argc += 1;
        }
        if !code.simple || argc != code.nparams as usize || code.is_generator {
            return false;
        }
        if (*f).flags & flag::HEAP != 0 {
            // The registers of a generator lie elsewhere: the arguments move to the thread's stack.
            let to = (*f).limit;
            if !th.has_room(to.add(code.nregs as usize)) {
                return false;
            }
            for k in 0..argc {
                *to.add(k) = take(start.add(k));
            }
            start = to;
        } else if !th.has_room(start.add(code.nregs as usize)) {
            // The general way raises it.
            return false;
        }
        push_straight(th, take(w), start, i.a() as u16, 0);
        true
    }
}

/// `Call`, as [`call`]: of what is native and takes its arguments as they lie in the window with few questions, else the
/// general way.
///
/// # Safety
/// As [`call`].
#[inline(never)]
pub unsafe fn call_quick(th: &Thread, f: *mut Frame, i: Instr) -> Res<Called> {
    // SAFETY: the caller's promise; registers own their words (R1).
    unsafe {
        let n = i.c();
        let w = (*f).base.add(i.b());
        let method = i.k() & KILL_C != 0;
        let callee = reg::obj(w);
        let shape = callee.shape_id();
        if shape == Function::SHAPE {
            return call_plain(th, f, w, i);
        }
        if shape != MethodDescriptor::SHAPE && shape != BuiltinFunction::SHAPE {
            let free = !method || (*w.add(1)).is_empty();
            if shape == Method::SHAPE && free {
                // What it binds goes into the free place, as `LoadMethod` would have had it.
                let m = callee.cast_unchecked::<Method>();
                if m.func.is_exact::<Function>() {
                    let (func, me) = (m.func.value(), m.me.value());
                    inc(th, func);
                    inc(th, me);
                    let old = std::ptr::replace(w, func);
                    *w.add(1) = me;
                    reg::dec(th, old);
                    return call_function(th, f, w, w.add(1), n + 1, i.a() as u16, 0);
                }
            }
            if n == 1 && free && callee.is(th.ty(TypeId::Type).obj()) {
                return Ok(Called::Done(type_of_one(th, w)));
            }
            return call(th, f, i.b(), n, i.a() as u16, method);
        }
        let has_self = method && !(*w.add(1)).is_empty();
        let (start, argc) = if has_self {
            (w.add(1), n + 1)
        } else {
            (w.add(2), n)
        };
        let done = if shape == MethodDescriptor::SHAPE && argc > 0 {
            let m = callee.cast_unchecked::<MethodDescriptor>();
            let args = args_at(start, argc);
            if th.type_of(&args[0]).obj().is(&m.ty) {
                m.sig.bind_quick(args, |a| (m.def.f)(th, a))
            } else {
                None
            }
        } else if shape == BuiltinFunction::SHAPE {
            let b = callee.cast_unchecked::<BuiltinFunction>();
            match &b.me {
                None => b.sig.bind_quick(args_at(start, argc), |a| (b.def.f)(th, a)),
                Some(me) if !has_self => return call_bound(th, f, b, me, i),
                Some(_) => None,
            }
        } else {
            None
        };
        match done {
            Some(Ok(v)) => {
                reg::kill(th, w);
                reg::clear(th, start, argc);
                Ok(Called::Done(v))
            }
            Some(Err(e)) => Err(e),
            None => call(th, f, i.b(), n, i.a() as u16, method),
        }
    }
}

/// [`call_quick`] of a native function `b` that is bound to `me`.
///
/// # Safety
/// As [`call`]; the register behind the callee is free.
#[inline(never)]
unsafe fn call_bound(
    th: &Thread,
    f: *mut Frame,
    b: &Py<BuiltinFunction>,
    me: &Obj,
    i: Instr,
) -> Res<Called> {
    // SAFETY: the caller's promise.
    unsafe {
        let n = i.c();
        let w = (*f).base.add(i.b());
        let me = me.value();
        inc(th, me);
        *w.add(1) = me;
        let done = b
            .sig
            .bind_quick(args_at(w.add(1), n + 1), |a| (b.def.f)(th, a));
        match done {
            Some(r) => {
                let v = r?;
                reg::clear(th, w, n + 2);
                Ok(Called::Done(v))
            }
            None => {
                reg::kill(th, w.add(1));
                call(th, f, i.b(), n, i.a() as u16, i.k() & KILL_C != 0)
            }
        }
    }
}

/// [`call_quick`] of a Python function.
///
/// # Safety
/// As [`call`].
#[inline(never)]
unsafe fn call_plain(th: &Thread, f: *mut Frame, w: *mut Value, i: Instr) -> Res<Called> {
    // SAFETY: the caller's promise.
    unsafe {
        let (start, argc) = if i.k() & KILL_C != 0 && !(*w.add(1)).is_empty() {
            (w.add(1), i.c() + 1)
        } else {
            (w.add(2), i.c())
        };
        call_function(th, f, w, start, argc, i.a() as u16, 0)
    }
}

/// `type(o)`; the window `[type, empty, o]` is consumed.
///
/// # Safety
/// As [`call`].
#[inline(never)]
unsafe fn type_of_one(th: &Thread, w: *mut Value) -> Obj {
    // SAFETY: the caller's promise; what lies behind the callee is no reference (F2).
    unsafe {
        let v = th.type_of(reg::obj(w.add(2))).obj().clone();
        reg::kill(th, w);
        reg::kill(th, w.add(2));
        v
    }
}

/// `Call`: the callable in register `b`, perhaps a first argument in `b+1`, `n` arguments from `b+2` on.
///
/// # Safety
/// `f` is the running frame; the window is full but for `b+1`.
#[inline(never)]
pub unsafe fn call(
    th: &Thread,
    f: *mut Frame,
    b: usize,
    n: usize,
    dst: u16,
    method: bool,
) -> Res<Called> {
    // SAFETY: the caller's promise; registers own their words (R1).
    unsafe {
        let w = (*f).base.add(b);
        if !method {
            // A dead temporary may hold a stale immediate (F2), never a reference.
            *w.add(1) = Value::EMPTY;
        }
        loop {
            let callee = reg::obj(w);
            let has_self = !(*w.add(1)).is_empty();
            let (start, argc) = if has_self {
                (w.add(1), n + 1)
            } else {
                (w.add(2), n)
            };
            if callee.is_exact::<Function>() {
                return call_function(th, f, w, start, argc, dst, 0);
            }
            if let Some(bf) = callee.exact::<BuiltinFunction>() {
                let r = match &bf.me {
                    None => {
                        let args = args_at(start, argc);
                        descriptors::call_with_receiver(th, bf, CallArgs::pos(args))?
                    }
                    Some(me) if !has_self => {
                        // The bound argument takes the free place before the others.
                        let me = me.value();
                        inc(th, me);
                        *w.add(1) = me;
                        let args = args_at(w.add(1), n + 1);
                        descriptors::call_with_receiver(th, bf, CallArgs::pos(args))?
                    }
                    Some(_) => {
                        descriptors::call_builtin(th, bf, CallArgs::pos(args_at(start, argc)))?
                    }
                };
                reg::clear(th, w, n + 2);
                return Ok(Called::Done(r));
            }
            if let Some(m) = callee.exact::<Method>() {
                if !has_self {
                    let (func, me) = (m.func.clone(), m.me.clone());
                    let old = std::ptr::replace(w, func.into_value());
                    *w.add(1) = me.into_value();
                    reg::dec(th, old);
                    continue;
                }
            }
            if let Some(t) = callee.cast::<Type>() {
                if !has_self {
                    if let Some(r) = call_class(th, f, t, w, n, dst)? {
                        return Ok(r);
                    }
                }
            }
            let r = th.call_args(callee, CallArgs::pos(args_at(start, argc)))?;
            reg::clear(th, w, n + 2);
            return Ok(Called::Done(r));
        }
    }
}

/// The arguments that lie in registers.
unsafe fn args_at<'a>(p: *mut Value, n: usize) -> &'a [Obj] {
    // SAFETY: full registers; `Obj` is a transparent word.
    unsafe { std::slice::from_raw_parts(p.cast::<Obj>(), n) }
}

/// Calls the Python function in `*w` with the arguments at `start`; the window is consumed.
#[inline(always)]
unsafe fn call_function(
    th: &Thread,
    f: *mut Frame,
    w: *mut Value,
    start: *mut Value,
    argc: usize,
    dst: u16,
    flags: u8,
) -> Res<Called> {
    // SAFETY: as `call`.
    unsafe {
        let func = reg::obj(w).cast_unchecked::<Function>();
        let code = func.code();
        let heap = (*f).flags & flag::HEAP != 0;
        let nparams = code.nparams as usize;
        if code.is_generator && code.simple && argc == nparams && flags == 0 {
            // As deep as the frame that it stands for.
            th.check_room((*f).limit.add(code.nregs as usize))?;
            let owner = take(w);
            return super::generator::make_called(th, owner, start, argc).map(Called::Done);
        }
        if code.simple && argc <= nparams && !heap {
            th.check_room(start.add(code.nregs as usize))?;
            if argc < nparams && !th.fill_defaults(func, start, argc, nparams) {
                return call_general(th, f, w, start, argc, dst, flags);
            }
            push_straight(th, take(w), start, dst, flags);
            return Ok(Called::Pushed);
        }
        call_general(th, f, w, start, argc, dst, flags)
    }
}

/// [`call_function`] where the arguments cannot stay where they are.
#[inline(never)]
unsafe fn call_general(
    th: &Thread,
    f: *mut Frame,
    w: *mut Value,
    start: *mut Value,
    argc: usize,
    dst: u16,
    flags: u8,
) -> Res<Called> {
    // SAFETY: as `call`.
    unsafe {
        let func = reg::obj(w).cast_unchecked::<Function>();
        let code = func.code();
        let nparams = code.nparams as usize;
        // Arguments are bound to fresh registers above everything of this frame.
        let base = if flags & flag::INIT != 0 {
            (*f).limit.add(1)
        } else {
            (*f).limit
        };
        let nregs = code.nregs as usize;
        th.check_room(base.add(nregs + 1))?;
        let straight = code.simple && argc == nparams;
        if straight {
            for k in 0..argc {
                *base.add(k) = take(start.add(k));
            }
        } else {
            th.bind_function(func, CallArgs::pos(args_at(start, argc)), base)?;
            reg::clear(th, start, argc);
        }
        if flags & flag::INIT != 0 {
            *base.sub(1) = take(start.sub(1));
        }
        let owner = take(w);
        match straight {
            true => push_straight(th, owner, base, dst, flags),
            false => push_call(th, owner, base, dst, flags),
        }
        Ok(Called::Pushed)
    }
}

/// The function that an owned word points to.
unsafe fn func_of<'a>(v: &Value) -> &'a Py<Function> {
    // SAFETY: the caller has checked the type; only the payload's address is used after the word moves.
    unsafe { &*(v as *const Value).cast::<Py<Function>>() }
}

/// Pushes a call of the function that the owned word `owner` points to; its registers begin at `base`, and its locals are set.
///
/// # Safety
/// There is room for one more frame with the function's registers.
#[inline(always)]
unsafe fn push_call(th: &Thread, owner: Value, base: *mut Value, dst: u16, flags: u8) {
    // SAFETY: the caller's promise.
    unsafe {
        let frame = th.function_frame(func_of(&owner), owner, base, dst, flags);
        th.push_frame(frame);
    }
}

/// [`push_call`] of a simple function, each of whose parameters is set: the other locals are emptied.
///
/// # Safety
/// As [`push_call`].
#[inline(always)]
unsafe fn push_straight(th: &Thread, owner: Value, base: *mut Value, dst: u16, flags: u8) {
    // SAFETY: the caller's promise; the words hold immediates or nothing (F2).
    unsafe {
        empty_locals(func_of(&owner), base);
        push_call(th, owner, base, dst, flags);
    }
}

/// Empties the locals of a function that are no parameters.
///
/// # Safety
/// Its registers begin at `base`; those words hold immediates or nothing (F2).
#[inline(always)]
unsafe fn empty_locals(func: &Py<Function>, base: *mut Value) {
    let code = func.code();
    for k in code.nparams as usize..code.nlocals as usize {
        // SAFETY: the caller's promise.
        unsafe { *base.add(k) = Value::EMPTY };
    }
}

/// `Cls(…)` for the common case of a class written in Python whose `__new__` is `object`'s and whose `__init__` is a Python
/// function: the instance is made and `__init__` pushed. `None`: the general way.
unsafe fn call_class(
    th: &Thread,
    f: *mut Frame,
    t: &Py<Type>,
    w: *mut Value,
    n: usize,
    dst: u16,
) -> Res<Option<Called>> {
    let Some(init) = plain_class(th, t) else {
        return Ok(None);
    };
    // SAFETY: as `call`.
    unsafe {
        let me = th.alloc_as::<Plain>(t, Plain)?;
        // Window: [class, empty, args…] becomes [instance, instance, args…] with `__init__` as the callee.
        let class = take(w);
        let me = me.into_obj().into_value();
        inc(th, me);
        *w = me;
        *w.add(1) = me;
        reg::dec(th, class);
        let func_word = init.into_value();
        let r = push_init(th, f, func_word, w, n, dst);
        if r.is_err() {
            return r.map(Some);
        }
        Ok(Some(Called::Pushed))
    }
}

/// The `__init__` of a class whose instances are plain, whose `__new__` is `object`'s, and whose `__init__` is a Python
/// function.
pub(crate) fn plain_class(th: &Thread, t: &Py<Type>) -> Option<Obj> {
    if !t.has(type_flags::HEAP) || t.has(type_flags::ABSTRACT | type_flags::METATYPE) {
        return None;
    }
    if !plain_new(th, t) || !std::ptr::eq(t.layout, Plain::LAYOUT) || !plain_meta(th, t) {
        return None;
    }
    let init = t.lookup(th, &th.rt().names().__init__)?;
    init.is_exact::<Function>().then_some(init)
}

unsafe fn push_init(
    th: &Thread,
    f: *mut Frame,
    func_word: Value,
    w: *mut Value,
    n: usize,
    dst: u16,
) -> Res<Called> {
    // SAFETY: as `call`; `func_word` owns its reference.
    unsafe {
        let func = func_of(&func_word);
        let func: &Py<Function> = &*(func as *const Py<Function>);
        let code = func.code();
        let start = w.add(1);
        let argc = n + 1;
        let heap = (*f).flags & flag::HEAP != 0;
        let nlocals = code.nlocals as usize;
        let nparams = code.nparams as usize;
        let direct = code.simple && argc <= nparams && !heap && !code.is_generator;
        let mut base = if direct { start } else { (*f).limit.add(1) };
        let owned = Obj::from_value(func_word);
        th.check_room(base.add(code.nregs as usize))?;
        let direct = direct && (argc == nparams || th.fill_defaults(func, start, argc, nparams));
        if !direct && base == start {
            base = (*f).limit.add(1);
            th.check_room(base.add(code.nregs as usize))?;
        }
        if direct {
            for k in nparams..nlocals {
                *start.add(k) = Value::EMPTY;
            }
        } else {
            th.bind_function(func, CallArgs::pos(args_at(start, argc)), base)?;
            reg::clear(th, start, argc);
            *base.sub(1) = take(w);
        }
        push_call(th, owned.into_value(), base, dst, flag::INIT);
        Ok(Called::Pushed)
    }
}

/// Whether calling the class makes a plain instance.
fn plain_new(th: &Thread, t: &Py<Type>) -> bool {
    let object = th.ty(crate::object::type_ids::TypeId::Object);
    match (t.slots().new, object.slots().new) {
        (Some(a), Some(b)) => a as usize == b as usize,
        _ => false,
    }
}

/// Whether the class of the class has no `__call__` of its own.
fn plain_meta(th: &Thread, t: &Py<Type>) -> bool {
    let meta = th.type_of(t.obj());
    let ty = th.ty(crate::object::type_ids::TypeId::Type);
    match (meta.slots().call, ty.slots().call) {
        (Some(a), Some(b)) => a as usize == b as usize,
        _ => false,
    }
}

/// `CallKw`
///
/// # Safety
/// As [`call`]; the last `names.len()` arguments are keyword values.
pub unsafe fn call_kw(
    th: &Thread,
    f: *mut Frame,
    b: usize,
    n: usize,
    names: &[Obj],
    dst: u16,
    method: bool,
) -> Res<Called> {
    // SAFETY: the caller's promise.
    unsafe {
        let w = (*f).base.add(b);
        if !method {
            *w.add(1) = Value::EMPTY;
        }
        let mut callee = reg::obj(w);
        if let Some(m) = callee.exact::<Method>() {
            if (*w.add(1)).is_empty() {
                let (func, me) = (m.func.clone(), m.me.clone());
                let old = std::ptr::replace(w, func.into_value());
                *w.add(1) = me.into_value();
                reg::dec(th, old);
                callee = reg::obj(w);
            }
        }
        let has_self = !(*w.add(1)).is_empty();
        let (start, argc) = if has_self {
            (w.add(1), n + 1)
        } else {
            (w.add(2), n)
        };
        let args = CallArgs {
            all: args_at(start, argc),
            kwnames: names,
        };
        if let Some(func) = callee.exact::<Function>() {
            let base = (*f).limit;
            th.check_room(base.add(func.code().nregs as usize))?;
            th.bind_function(func, args, base)?;
            reg::clear(th, start, argc);
            push_call(th, take(w), base, dst, 0);
            return Ok(Called::Pushed);
        }
        let r = th.call_args(callee, args)?;
        reg::clear(th, w, n + 2);
        Ok(Called::Done(r))
    }
}

/// `CallEx`
///
/// # Safety
/// As [`call`]; `b+2` is a tuple, `b+3` a dict where `kw`.
pub unsafe fn call_ex(th: &Thread, f: *mut Frame, b: usize, kw: bool, dst: u16) -> Res<Called> {
    // SAFETY: the caller's promise.
    unsafe {
        let w = (*f).base.add(b);
        let callee = reg::obj(w);
        let positional = reg::obj(w.add(2))
            .exact::<Tuple>()
            .map_or(&[][..], |t| t.items());
        let mut all: SmallVec<[Obj; 8]> = SmallVec::new();
        let mut names: SmallVec<[Obj; 4]> = SmallVec::new();
        if kw {
            if let Some(d) = reg::obj(w.add(3)).cast::<crate::object::dict::Dict>() {
                if !d.is_empty() {
                    all.extend(positional.iter().cloned());
                }
                let mut pos = 0;
                while let Some((k, v)) = d.next_entry(&mut pos) {
                    names.push(th.intern_obj(&k));
                    all.push(v);
                }
            }
        }
        // Without keywords the arguments are the tuple's, which its register holds for the time of the binding, or of
        // the call.
        let args = CallArgs {
            all: if names.is_empty() { positional } else { &all },
            kwnames: &names,
        };
        if let Some(func) = callee.exact::<Function>() {
            let base = (*f).limit;
            th.check_room(base.add(func.code().nregs as usize))?;
            th.bind_function(func, args, base)?;
            drop(all);
            let owner = take(w);
            reg::clear(th, w, if kw { 4 } else { 3 });
            push_call(th, owner, base, dst, 0);
            return Ok(Called::Pushed);
        }
        let r = th.call_args(callee, args)?;
        reg::clear(th, w, if kw { 4 } else { 3 });
        Ok(Called::Done(r))
    }
}

/// Pushes a call of Python function `func` with these owned argument words; `false`: it needs the general way, which has
/// been taken care of by raising (never happens for getters of one argument that have one parameter).
///
/// # Safety
/// Called by the interpreter between instructions; the words own their references.
pub unsafe fn push_python(
    th: &Thread,
    func: Obj,
    args: &[Value],
    dst: u16,
    flags: u8,
) -> Res<bool> {
    // SAFETY: the caller's promise.
    unsafe {
        let base = (*th.top.get()).limit;
        let straight = func.exact::<Function>().is_some_and(|f| {
            let code = f.code();
            code.simple
                && args.len() == code.nparams as usize
                && th.has_room(base.add(code.nregs as usize))
        });
        if straight {
            for (k, v) in args.iter().enumerate() {
                *base.add(k) = *v;
            }
            push_straight(th, func.into_value(), base, dst, flags);
            return Ok(true);
        }
        let owned: SmallVec<[Obj; 3]> = args.iter().map(|&v| Obj::from_value(v)).collect();
        let Some(f) = func.exact::<Function>() else {
            return Err(th.system_error("push_python: not a function"));
        };
        th.check_room(base.add(f.code().nregs as usize))?;
        th.bind_function(f, CallArgs::pos(&owned), base)?;
        drop(owned);
        push_call(th, func.into_value(), base, dst, flags);
        Ok(true)
    }
}

/// `func(me, *args)`, or without `me`, from native code, where the function is simple and has as many parameters. `None`: nothing
/// has happened, it takes the general way.
pub fn call_straight(
    th: &Thread,
    func: &Py<Function>,
    me: Option<&Obj>,
    args: &[Obj],
) -> Option<Res> {
    let code = func.code();
    let own = usize::from(me.is_some());
    if !code.simple || args.len() + own != code.nparams as usize || th.native_stack_low() {
        return None;
    }
    // SAFETY: the record below is live; its limit is where free registers begin, and there is room.
    unsafe {
        let base = (*th.top.get()).limit;
        if !th.has_room(base.add(code.nregs as usize)) {
            return None;
        }
        for (k, o) in me.into_iter().chain(args).enumerate() {
            inc(th, o.value());
            *base.add(k) = o.value();
        }
        let owner = func.obj().clone().into_value();
        if code.is_generator {
            let made = super::generator::make_called(th, owner, base, args.len() + own);
            if made.is_err() {
                reg::clear(th, base, args.len() + own);
            }
            return Some(made);
        }
        push_straight(th, owner, base, 0, flag::ENTRY);
        Some(run(th, None).map(Exit::value))
    }
}

/// Calls a simple function whose arguments, as many as it has parameters, lie where its registers begin: they are taken over.
///
/// # Safety
/// Who calls keeps the function alive; the words are owned, and behind them on the thread's stack nothing is in use.
pub unsafe fn call_in_place(th: &Thread, func: &Py<Function>, base: *mut Value) -> Res {
    // SAFETY: the caller's promise.
    unsafe {
        let code = func.code();
        if th.native_stack_low() || !th.has_room(base.add(code.nregs as usize)) {
            reg::clear(th, base, code.nparams as usize);
            return Err(th.too_deep(""));
        }
        empty_locals(func, base);
        th.push_frame(th.function_frame(func, Value::EMPTY, base, 0, flag::ENTRY));
        run(th, None).map(Exit::value)
    }
}

/// A Python function called from native code: the `call` slot of functions.
pub fn call_python(th: &Thread, func: &Obj, args: CallArgs<'_>) -> Res {
    // Not `exact`: a function with attributes has another shape.
    let Some(f) = func.cast::<Function>() else {
        return Err(th.system_error("call slot of function on something else"));
    };
    if args.kwnames.is_empty() {
        if let Some(r) = call_straight(th, f, None, args.all) {
            return r;
        }
    }
    if th.native_stack_low() {
        return Err(th.too_deep(""));
    }
    // SAFETY: the record below is live; its limit is where free registers begin.
    unsafe {
        let base = (*th.top.get()).limit;
        th.check_room(base.add(f.code().nregs as usize))?;
        th.bind_function(f, args, base)?;
        push_call(th, func.clone().into_value(), base, 0, flag::ENTRY);
        Ok(run(th, None)?.value())
    }
}
