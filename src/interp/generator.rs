//! Generators and coroutines: making, resuming, throwing, closing.

use super::enter::{Exit, run};
use super::ops::{Next, next_fast};
use super::reg;
use crate::object::code::Code;
pub use crate::object::frame::Resumed;
use crate::object::frame::{Frame, FrameObj, Generator, flag, state};
use crate::object::function::Function;
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Py, Slot, Value};
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_front::code::flags as co;
use threadsnake_threads::sync::atomic::Ordering;

/// What kind of object the code's functions give.
#[inline(always)]
fn type_id(code: &Code) -> TypeId {
    if code.has(co::COROUTINE) {
        TypeId::Coroutine
    } else if code.has(co::ASYNC_GENERATOR) {
        TypeId::AsyncGenerator
    } else {
        TypeId::Generator
    }
}

/// The names of a generator of function `func`, where they differ from its code's.
#[inline(always)]
fn own_names(func: Option<&Function>, code: &Code) -> (Option<Obj>, Option<Obj>) {
    let Some(func) = func else {
        return (None, None);
    };
    let differs = |s: &Slot, o: &Obj| {
        if s.raw() == o.value() { None } else { s.get() }
    };
    (
        differs(&func.name, &code.name),
        differs(&func.qualname, &code.qualname),
    )
}

/// Allocates the object and moves the registers of the function's arguments, `n` words from `args` on, into it.
#[inline(always)]
unsafe fn build(
    th: &Thread,
    code: &Code,
    record: Frame,
    func: Obj,
    code_obj: Obj,
    args: *mut Value,
    n: usize,
) -> Res<Py<Generator>> {
    // SAFETY: as the callers'.
    unsafe {
        let nregs = code.nregs as usize;
        let (name, qualname) = own_names(record.func.as_ref(), code);
        let head = Generator::head(record, nregs, func, code_obj, name, qualname);
        let g = th.alloc_var_id(type_id(code), head, nregs * 8, |p| {
            let p = p.cast::<Value>();
            for i in 0..n {
                // Like what it puts there itself, not published: who reads a generator's registers has begun it (F3).
                p.add(i).write(reg::take(args.add(i)));
            }
            for i in n..nregs {
                p.add(i).write(Value::EMPTY);
            }
        })?;
        (*g.frame_ptr()).base = g.regs_ptr();
        Ok(g)
    }
}

/// Turns the running frame (at its first instruction) into a generator object: its registers move there.
///
/// # Safety
/// The running frame is a generator function's that has just been entered.
pub unsafe fn make(th: &Thread, f: *mut Frame) -> Res {
    // SAFETY: the caller's promise.
    unsafe {
        let code = &*(*f).code;
        let record = Frame {
            base: std::ptr::null_mut(),
            limit: std::ptr::null_mut(),
            owner: Value::EMPTY,
            flags: flag::GENERATOR | flag::HEAP,
            ending: false,
            dst: 0,
            ..*f
        };
        let owner = std::mem::replace(&mut (*f).owner, Value::EMPTY);
        let func = Obj::from_value_opt(owner).unwrap_or(Obj::NONE);
        (*f).locals = Value::EMPTY;
        (*f).object = Value::EMPTY;
        let code_obj = super::frameobj::code_obj(f);
        let n = code.nlocals as usize;
        let g = build(th, code, record, func, code_obj, (*f).base, n)?;
        if !(*g.frame_ptr()).object.is_empty() {
            relink(&*g.frame_ptr(), g.frame_ptr());
        }
        Ok(g.into_obj())
    }
}

/// What a call of generator function `func` (an owned word) gives, whose arguments are the `n` words at `args`, one for
/// each parameter. Its first instruction, `ReturnGenerator`, counts as executed.
///
/// # Safety
/// The function's code is a generator's; the words own their references and are emptied.
pub unsafe fn make_called(th: &Thread, func: Value, args: *mut Value, n: usize) -> Res {
    // SAFETY: the caller's promise.
    unsafe {
        let owned = Obj::from_value(func);
        let fo: &Py<Function> = owned.cast_unchecked::<Function>();
        let payload: *const Function = &**fo;
        let code_obj = fo.code().obj().clone();
        let code: &Code = &*((*payload).code() as *const Py<Code>);
        let record = Frame {
            pc: code.entry.add(1),
            base: std::ptr::null_mut(),
            limit: std::ptr::null_mut(),
            code,
            func: payload,
            globals: fo.globals.obj().value(),
            builtins: fo.builtins.obj().value(),
            locals: Value::EMPTY,
            exc: Value::EMPTY,
            owner: Value::EMPTY,
            object: Value::EMPTY,
            generator: Value::EMPTY,
            dst: 0,
            flags: flag::GENERATOR | flag::HEAP,
            ending: false,
        };
        build(th, code, record, owned, code_obj, args, n).map(Py::into_obj)
    }
}

/// Tells the frame object where the record is now.
unsafe fn relink(f: &Frame, at: *mut Frame) {
    // SAFETY: the word is a frame object that the record owns.
    unsafe {
        let o = Obj::ref_from(&f.object);
        if let Some(fo) = o.cast::<FrameObj>() {
            fo.live.store(at, Ordering::Release);
        }
    }
}

/// Pushes the record of a generator that has been begun (F3). The value sent goes into the register that its yield names.
///
/// # Safety
/// `g` is RUNNING by this thread's doing; the room was checked.
#[inline]
pub unsafe fn push(
    th: &Thread,
    g: &Py<Generator>,
    sent: Value,
    started: bool,
    dst: u16,
    flags: u8,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let saved = g.frame_ptr();
        let base = g.regs_ptr();
        let f = Frame {
            base,
            limit: (*th.top.get()).limit,
            generator: g.obj().value(),
            flags: flag::GENERATOR | flag::HEAP | flags,
            dst,
            ending: false,
            ..*saved
        };
        (*saved).locals = Value::EMPTY;
        (*saved).object = Value::EMPTY;
        if started {
            // `pc` is behind the Yield instruction whose operand a names the register.
            let i = *f.pc.sub(1);
            reg::set(th, base.add(i.a()), sent);
        }
        if !f.exc.is_empty() {
            th.handling.set(th.handling.get() + 1);
        }
        let has_object = !f.object.is_empty();
        let p = th.push_frame(f);
        if has_object {
            relink(&*p, p);
        }
    }
}

/// Saves the running record into its generator at a yield and pops it. The state is stored last (F3).
///
/// # Safety
/// `f` is the running record, of a generator.
#[inline]
pub unsafe fn suspend(th: &Thread, f: *mut Frame, delegate: u32) {
    // SAFETY: the caller's promise.
    unsafe {
        let gv = (*f).generator;
        let g = reg::obj(&gv).cast_unchecked::<Generator>();
        let saved = g.frame_ptr();
        // The rest of the record has not changed since it was pushed.
        (*saved).pc = (*f).pc;
        (*saved).exc = (*f).exc;
        (*saved).locals = (*f).locals;
        (*saved).object = (*f).object;
        if !(*f).object.is_empty() {
            relink(&*saved, saved);
        }
        if !(*f).exc.is_empty() {
            th.handling.set(th.handling.get() - 1);
        }
        g.delegate.store(delegate, Ordering::Relaxed);
        th.pop_frame();
        g.state.store(state::SUSPENDED, Ordering::Release);
    }
}

/// What kind of object, for messages.
pub fn kind(th: &Thread, g: &Obj) -> &'static str {
    match th.type_of(g).id {
        Some(TypeId::Coroutine) => "coroutine",
        Some(TypeId::AsyncGenerator) => "async generator",
        _ => "generator",
    }
}

/// Takes the generator for running: whether it has started before. `None`: it is finished.
#[inline(always)]
pub fn begin(th: &Thread, g: &Py<Generator>) -> Res<Option<bool>> {
    match try_begin(th, g) {
        Some(started) => Ok(Some(started)),
        None => begin_slow(th, g),
    }
}

/// As [`begin`] of one that is suspended or not begun; `None`: it is not, or another thread takes it.
#[inline(always)]
pub fn try_begin(th: &Thread, g: &Py<Generator>) -> Option<bool> {
    let now = g.state.load(Ordering::Acquire);
    if now > state::SUSPENDED {
        return None;
    }
    if !th.multi() {
        // Nobody else can take it meanwhile.
        g.state.store(state::RUNNING, Ordering::Relaxed);
    } else if !g.begin(now) {
        return None;
    }
    Some(now == state::SUSPENDED)
}

/// Whether a suspended frame is nothing but registers and a place: it handles no exception, has no mapping of locals, and no
/// frame object.
pub fn is_plain(f: &Frame) -> bool {
    f.exc.is_empty() && f.locals.is_empty() && f.object.is_empty()
}

#[inline(never)]
fn begin_slow(th: &Thread, g: &Py<Generator>) -> Res<Option<bool>> {
    loop {
        match g.state.load(Ordering::Acquire) {
            state::SUSPENDED => {
                if g.begin(state::SUSPENDED) {
                    return Ok(Some(true));
                }
            }
            state::CREATED => {
                if g.begin(state::CREATED) {
                    return Ok(Some(false));
                }
            }
            state::RUNNING => {
                return Err(th.value_error(format!("{} already executing", kind(th, g.obj()))));
            }
            _ => return Ok(None),
        }
    }
}

/// Puts a generator that was begun but not run back.
#[cold]
#[inline(never)]
pub fn put_back(g: &Py<Generator>, started: bool) {
    let back = if started {
        state::SUSPENDED
    } else {
        state::CREATED
    };
    g.state.store(back, Ordering::Release);
}

/// `next(g)` from the loop: pushes the generator's record above the registers that end at `limit`; `to`: where its value
/// goes, and the flags. `false`: it had finished before.
///
/// # Safety
/// The register that holds `g` is the running record's.
#[inline(always)]
pub unsafe fn enter(th: &Thread, limit: *mut Value, g: &Py<Generator>, to: (u16, u8)) -> Res<bool> {
    let Some(started) = begin(th, g)? else {
        return Ok(false);
    };
    if !th.has_room(limit) {
        put_back(g, started);
        return Err(th.too_deep(""));
    }
    // SAFETY: it is ours to run. It is held for the time of that: the register may be overwritten meanwhile.
    unsafe {
        super::reg::inc(th, g.obj().value());
        push(th, g, Value::NONE, started, to.0, to.1);
    }
    Ok(true)
}

/// `g.send(value)`; `None` for a value means `next(g)`. `Ok(None)`: it had finished before.
pub fn resume(th: &Thread, g: &Py<Generator>, value: Option<Obj>) -> Res<Option<Resumed>> {
    let Some(started) = begin(th, g)? else {
        return Ok(None);
    };
    if !started && value.as_ref().is_some_and(|v| !v.is_none()) {
        put_back(g, false);
        return Err(th.type_error(format!(
            "can't send non-None value to a just-started {}",
            kind(th, g.obj())
        )));
    }
    // SAFETY: the empty first record exists always.
    let limit = unsafe { (*th.top.get()).limit };
    if let Err(e) = th.check_room(limit) {
        put_back(g, started);
        return Err(e);
    }
    let sent = value.unwrap_or(Obj::NONE).into_value();
    // SAFETY: begun above.
    let exit = unsafe {
        push(th, g, sent, started, 0, flag::ENTRY);
        run(th, None)
    };
    finish(exit)
}

/// `next(g)`; `None`: it has ended. As [`resume`] without a value, without its detours.
#[inline]
pub fn next(th: &Thread, g: &Py<Generator>) -> Res<Option<Obj>> {
    let Some(started) = begin(th, g)? else {
        return Ok(None);
    };
    // SAFETY: the empty first record exists always; the generator was begun.
    unsafe {
        if !th.has_room((*th.top.get()).limit) {
            put_back(g, started);
            return Err(th.too_deep(""));
        }
        push(th, g, Value::NONE, started, 0, flag::ENTRY);
        match run(th, None)? {
            Exit::Yielded(v) => Ok(Some(v)),
            Exit::Returned(v) if v.is_none() => Ok(None),
            Exit::Returned(v) => Err(th.stop_iteration(Some(v))),
        }
    }
}

fn finish(exit: Result<Exit, Exc>) -> Res<Option<Resumed>> {
    match exit? {
        Exit::Yielded(v) => Ok(Some(Resumed::Yielded(v))),
        Exit::Returned(v) => Ok(Some(Resumed::Returned(v))),
    }
}

/// Raises `e` at the place where the generator is suspended. `Err` if it comes out again.
pub fn throw_here(th: &Thread, g: &Py<Generator>, e: Exc) -> Res<Option<Resumed>> {
    let Some(started) = begin(th, g)? else {
        return Err(e);
    };
    if !started {
        // An exception at the very start: no handler can be there, but the traceback names the line.
        // SAFETY: begun above.
        unsafe { g.release_registers() };
        g.state.store(state::FINISHED, Ordering::Release);
        return Err(e);
    }
    // SAFETY: the empty first record exists always.
    let limit = unsafe { (*th.top.get()).limit };
    if let Err(e) = th.check_room(limit) {
        g.state.store(state::SUSPENDED, Ordering::Release);
        return Err(e);
    }
    // SAFETY: begun above.
    let exit = unsafe {
        push(th, g, Value::NONE, started, 0, flag::ENTRY);
        run(th, Some(e))
    };
    finish(exit)
}

/// Ends a suspended generator in which GeneratorExit would meet no handler, without raising it. `false`: nothing has
/// happened.
pub fn close_quietly(g: &Generator) -> bool {
    if !g.begin(state::SUSPENDED) {
        return false;
    }
    // SAFETY: F3: begun.
    unsafe {
        let f = g.frame_ptr();
        let code = &*(*f).code;
        let at = super::frameobj::index(f) as u32;
        let quiet = g.delegate.load(Ordering::Relaxed) >= g.nregs() as u32
            && (*f).object.is_empty()
            && code
                .front
                .handlers
                .iter()
                .filter(|h| h.start <= at && at < h.end)
                .all(|h| code.is_stop_guard(h.target as usize));
        if !quiet {
            g.state.store(state::SUSPENDED, Ordering::Release);
            return false;
        }
        g.release_registers();
        g.state.store(state::FINISHED, Ordering::Release);
        true
    }
}

/// The iterator that a suspended generator delegates to.
pub fn delegate(g: &Py<Generator>) -> Option<Obj> {
    let d = g.delegate.load(Ordering::Relaxed);
    if d >= g.nregs() as u32 || !g.begin(state::SUSPENDED) {
        return None;
    }
    // SAFETY: F3: begun.
    let o = unsafe {
        let v = *g.regs_ptr().add(d as usize);
        if v.is_empty() {
            None
        } else {
            Some(Obj::from_borrowed(v))
        }
    };
    g.state.store(state::SUSPENDED, Ordering::Release);
    o
}

/// Sends `v` into any iterator, as `yield from` does.
pub fn send_into(th: &Thread, it: &Obj, v: &Obj) -> Res<Resumed> {
    if let Some(send) = th.type_of(it).slots().send {
        return send(th, it, v);
    }
    if v.is_none() {
        // SAFETY: a live object.
        match unsafe { next_fast(th, it.value()) } {
            // SAFETY: an item's word owns its reference.
            Next::Item(x) => return Ok(Resumed::Yielded(unsafe { Obj::from_value(x) })),
            Next::End => return Ok(Resumed::Returned(Obj::NONE)),
            Next::Generator | Next::Other => {}
        }
    }
    if let Some(g) = it.cast::<Generator>() {
        if th.type_of(it).id != Some(TypeId::AsyncGenerator) {
            return match resume(th, g, Some(v.clone()))? {
                Some(r) => Ok(r),
                None if th.type_of(it).id == Some(TypeId::Coroutine) => {
                    Err(th.runtime_error("cannot reuse already awaited coroutine"))
                }
                None => Ok(Resumed::Returned(Obj::NONE)),
            };
        }
    }
    let r = if v.is_none() && th.type_of(it).slots().next.is_some() {
        match th.type_of(it).slots().next {
            Some(f) => f(th, it),
            None => Ok(None),
        }
    } else {
        th.call_method_obj(it, &th.rt().names().send, std::slice::from_ref(v))
            .map(Some)
    };
    match r {
        Ok(Some(v)) => Ok(Resumed::Yielded(v)),
        Ok(None) => Ok(Resumed::Returned(Obj::NONE)),
        Err(e) if e.is(th, TypeId::StopIteration) => {
            Ok(Resumed::Returned(e.0.extra[0].get().unwrap_or(Obj::NONE)))
        }
        Err(e) => Err(e),
    }
}

/// Resumes a generator whose delegate (`yield from`, `await`) ended with `value` while something was thrown into it: goes on
/// behind the `Send`, as if the delegate had returned. The generator must be suspended at a delegating yield.
pub fn resume_after_delegate(th: &Thread, g: &Py<Generator>, value: Obj) -> Res<Option<Resumed>> {
    if !g.begin(state::SUSPENDED) {
        return Err(th.value_error(format!("{} already executing", kind(th, g.obj()))));
    }
    // SAFETY: begun (F3). The compiler puts the JumpBack to the `Send` directly behind a delegating Yield
    // (`threadsnake_front::opcode`), so both instructions and the Ext word exist.
    let exit = unsafe {
        let f = g.frame_ptr();
        let back = *(*f).pc;
        let send = (*f).pc.add(1).offset(back.sbc() as isize);
        let ext = *send.add(1);
        let dst = (*send).a();
        let limit = (*th.top.get()).limit;
        if let Err(e) = th.check_room(limit) {
            g.state.store(state::SUSPENDED, Ordering::Release);
            return Err(e);
        }
        (*f).pc = send.add(2).offset(ext.sbc() as isize);
        push(th, g, Value::NONE, false, 0, flag::ENTRY);
        reg::set(
            th,
            g.regs_ptr().add(dst),
            crate::object::obj::own_published(Some(value)),
        );
        run(th, None)
    };
    finish(exit)
}
