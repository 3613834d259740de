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
use threadsnake_front::instr::KILL_B;
use threadsnake_front::opcode::Op;
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

/// Allocates the object and moves the registers of the function's arguments, `n` words from `args` on, into it; `write` writes
/// the record, but for its base.
///
/// # Safety
/// The words own their references; `payload` is the function's, or null.
#[inline(always)]
unsafe fn build(
    th: &Thread,
    code: &Code,
    (func, payload): (Obj, *const Function),
    code_obj: Obj,
    args: *mut Value,
    n: usize,
    write: impl FnOnce(*mut Frame),
) -> Res<Py<Generator>> {
    // SAFETY: as the callers'; the closure writes head, record and registers.
    unsafe {
        let nregs = code.nregs as usize;
        let (name, qualname) = own_names(payload.as_ref(), code);
        th.alloc_var_in_place(type_id(code), nregs * 8, |g: *mut Generator| {
            Generator::write_head(g, nregs, func, code_obj, name, qualname);
            let p = g.add(1).cast::<Value>();
            for i in 0..n {
                // Like what it puts there itself, not published: who reads a generator's registers has begun it (F3).
                p.add(i).write(reg::take(args.add(i)));
            }
            for i in n..nregs {
                p.add(i).write(Value::EMPTY);
            }
            let record = Generator::record_of(g);
            write(record);
            (*record).base = p;
        })
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
        let func = (func, (*f).func);
        let g = build(th, code, func, code_obj, (*f).base, n, |p| p.write(record))?;
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
        let (globals, builtins) = (fo.globals.obj().value(), fo.builtins.obj().value());
        let pc = code.entry.add(1);
        let g = build(th, code, (owned, payload), code_obj, args, n, |p| {
            p.write(Frame {
                pc,
                base: std::ptr::null_mut(),
                limit: std::ptr::null_mut(),
                code,
                func: payload,
                globals,
                builtins,
                locals: Value::EMPTY,
                exc: Value::EMPTY,
                owner: Value::EMPTY,
                object: Value::EMPTY,
                generator: Value::EMPTY,
                dst: 0,
                flags: flag::GENERATOR | flag::HEAP,
                ending: false,
            })
        });
        g.map(Py::into_obj)
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
        if started {
            // `pc` is behind the Yield instruction whose operand a names the register.
            let i = *(*g.frame_ptr()).pc.sub(1);
            reg::set(th, g.regs_ptr().add(i.a()), sent);
        }
        push_record(th, g, dst, flags);
    }
}

/// As [`push`], of a generator whose registers are as they have to be.
///
/// # Safety
/// As [`push`].
#[inline(always)]
unsafe fn push_record(th: &Thread, g: &Py<Generator>, dst: u16, flags: u8) {
    // SAFETY: the caller's promise; its record has base, flags and the rest as they were made.
    unsafe {
        let saved = g.frame_ptr();
        let limit = (*th.top.get()).limit;
        let p = th.push_frame(*saved);
        (*p).limit = limit;
        (*p).generator = g.obj().value();
        (*p).flags = flag::GENERATOR | flag::HEAP | flags;
        (*p).dst = dst;
        if !is_plain(&*saved) {
            take_over(th, saved, p);
        }
    }
}

/// What the saved record owns belongs to the pushed one from now on.
#[cold]
#[inline(never)]
unsafe fn take_over(th: &Thread, saved: *mut Frame, p: *mut Frame) {
    // SAFETY: as `push`.
    unsafe {
        (*saved).locals = Value::EMPTY;
        (*saved).object = Value::EMPTY;
        if !(*p).exc.is_empty() {
            th.handling.set(th.handling.get() + 1);
        }
        if !(*p).object.is_empty() {
            relink(&*p, p);
        }
    }
}

/// A generator has been resumed, and its record is on top. While the one on top stands at a `Send` of `None` to a plain
/// generator or coroutine that is suspended, that one is resumed as well, which is what the `JumpBack` to the `Send` and this
/// would come to: through a chain of `yield from` nothing but records is pushed.
///
/// # Safety
/// `g` is the generator of the running record, which has just been pushed.
#[inline(never)]
pub unsafe fn descend(th: &Thread, g: *const Generator) {
    // SAFETY: the caller's promise; each generator is held by who runs it, and begun (F3). The compiler puts the JumpBack to the
    // `Send` directly behind a delegating Yield (`threadsnake_front::opcode`).
    unsafe {
        let mut g = g;
        let multi = th.multi();
        let limit = (*th.top.get()).limit;
        loop {
            let d = (*g).delegate.load(Ordering::Relaxed) as usize;
            if d >= (*g).nregs() || th.rec().guard.load(Ordering::Relaxed) != 0 {
                return;
            }
            let f = th.top.get();
            let word = *(*f).base.add(d);
            if !word.is_ptr() || !is_generator_or_coroutine(reg::obj(&word)) {
                return;
            }
            let next = reg::obj(&word).cast_unchecked::<Generator>();
            let back = *(*f).pc;
            let send = (*f).pc.add(1).offset(back.sbc() as isize);
            let sent = (*f).base.add((*send).c());
            if *sent != Value::NONE || !th.has_room(limit) {
                return;
            }
            if multi {
                if !next.begin(state::SUSPENDED) {
                    return;
                }
            } else if next.state.load(Ordering::Relaxed) == state::SUSPENDED {
                next.state.store(state::RUNNING, Ordering::Relaxed);
            } else {
                return;
            }
            *sent = Value::EMPTY;
            (*f).pc = send.add(2);
            reg::inc(th, word);
            // What its own `Yield` gives.
            let given = next.regs_ptr().add((*(*next.frame_ptr()).pc.sub(1)).a());
            reg::set(th, given, Value::NONE);
            push_record(th, next, (*send).a() as u16, flag::SEND);
            g = &raw const **next;
        }
    }
}

/// A generator or coroutine that a `Send` has resumed has yielded: its record is gone, and what it yielded goes into register
/// `dst` of the one on top. While that is one that only hands it on and was resumed by a `Send` or a `for` loop, it is suspended
/// as well. Gives the register of the record that is on top then.
///
/// # Safety
/// The running record stands behind its `Send`; `held` is the reference to the generator of the record that is gone.
#[inline(never)]
pub unsafe fn ascend(th: &Thread, mut dst: u16, mut held: Value) -> (u16, Value) {
    // SAFETY: the caller's promise.
    unsafe {
        loop {
            let f = th.top.get();
            let y = *(*f).pc;
            let hands_on = y.op() == Op::Yield && y.b() == dst as usize && y.k() & KILL_B != 0;
            if !hands_on
                || (*f).flags & flag::ENTRY != 0
                || !(*(*f).base.add(dst as usize)).is_empty()
            {
                return (dst, held);
            }
            (*f).pc = (*f).pc.add(1);
            let (owner, flags) = ((*f).generator, (*f).flags);
            dst = (*f).dst;
            suspend(th, f, y.c() as u32);
            reg::dec(th, held);
            held = owner;
            if flags & flag::SEND == 0 {
                return (dst, held);
            }
        }
    }
}

/// Whether it is a generator or coroutine, which `Send` resumes without asking.
#[inline(always)]
pub fn is_generator_or_coroutine(o: &Obj) -> bool {
    o.is_exact::<Generator>() || o.shape_id() == TypeId::Coroutine.root_shape()
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
        if !is_plain(&*f) {
            given_back(th, saved);
        }
        g.delegate.store(delegate, Ordering::Relaxed);
        th.pop_frame();
        g.state.store(state::SUSPENDED, Ordering::Release);
    }
}

/// The rest of [`suspend`] where the frame is more than registers and a place.
#[cold]
#[inline(never)]
unsafe fn given_back(th: &Thread, saved: *mut Frame) {
    // SAFETY: as `suspend`.
    unsafe {
        if !(*saved).object.is_empty() {
            relink(&*saved, saved);
        }
        if !(*saved).exc.is_empty() {
            th.handling.set(th.handling.get() - 1);
        }
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
#[inline(always)]
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
    match go_on(th, g)? {
        Some(Exit::Yielded(v)) => Ok(Some(v)),
        Some(Exit::Returned(v)) if !v.is_none() => Err(th.stop_iteration(Some(v))),
        _ => Ok(None),
    }
}

/// As [`next`], for who does not ask what the generator returns.
pub fn next_item(th: &Thread, g: &Py<Generator>) -> Res<Option<Obj>> {
    match go_on(th, g)? {
        Some(Exit::Yielded(v)) => Ok(Some(v)),
        _ => Ok(None),
    }
}

/// Runs the generator to its next `yield` or its end. `None`: it is finished.
#[inline(always)]
fn go_on(th: &Thread, g: &Py<Generator>) -> Res<Option<Exit>> {
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
        run(th, None).map(Some)
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
