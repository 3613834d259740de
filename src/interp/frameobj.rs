//! Frame objects: made when a program asks for one (a traceback, `sys._getframe`), kept in step with the control record
//! while it runs, and given the variables when it ends.
//!
//! While compiled code runs for a record, what its frame looks like is asked of `record::inside`; the calls that became part
//! of the trace have no record, and get frame objects that are copies of how they stood then.

use crate::object::code::Code;
use crate::object::dict::Dict;
use crate::object::exception::{Traceback, UNKNOWN};
use crate::object::frame::{Frame, FrameObj, Generator, flag};
use crate::object::function::{Cell, Function};
use crate::object::guarded::Guarded;
use crate::object::obj::DeepSlot;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::{Obj, Py, Slot, Value};
use crate::record::inside::{self, Inlined, View};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use std::ptr::null_mut;
use threadsnake_front::code::Hidden;
use threadsnake_threads::header::DEEP;
use threadsnake_threads::refcount;
use threadsnake_threads::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, Ordering};

/// The code object of a record.
///
/// # Safety
/// `f` is a live record with code.
pub unsafe fn code_obj(f: *const Frame) -> Obj {
    // SAFETY: the payload belongs to a live code object.
    unsafe { crate::object::obj::owner_of(&*(*f).code).obj().clone() }
}

/// The frame object of a live record, made at first use.
///
/// # Safety
/// `f` is a live record of this thread with code.
pub unsafe fn frame_object(th: &Thread, f: *mut Frame) -> Obj {
    // SAFETY: the caller's promise.
    unsafe {
        if !(*f).object.is_empty() {
            return Obj::from_borrowed((*f).object);
        }
        let locals = if (*f).locals.is_empty() {
            None
        } else {
            Some(Obj::from_borrowed((*f).locals))
        };
        let o = th
            .alloc(FrameObj {
                code: code_obj(f),
                globals: Obj::from_borrowed((*f).globals),
                builtins: Obj::from_borrowed((*f).builtins),
                locals: Slot::new(locals),
                back: Slot::empty(),
                live: AtomicPtr::new(f),
                thread: AtomicU32::new(th.rec().slot.0 as u32),
                lasti: AtomicU32::new(index(f) as u32),
                values: Guarded::new(Vec::new()),
                trace: Slot::empty(),
                trace_options: AtomicU8::new(0),
                line: AtomicU32::new(0),
                extra: Slot::empty(),
            })
            .into_obj();
        (*f).object = o.clone().into_value();
        o
    }
}

/// Index of the instruction that a record is at (the last one begun).
///
/// # Safety
/// `f` is a live record with code.
pub unsafe fn index(f: *const Frame) -> usize {
    // SAFETY: the caller's promise.
    unsafe { (*(*f).code).index_of((*f).pc).saturating_sub(1) }
}

/// What compiled code that runs for a record of this thread says of it; `None`: none does.
///
/// # Safety
/// `f` is a live record of this thread.
pub unsafe fn view(th: &Thread, f: *const Frame) -> Option<View> {
    // SAFETY: the caller's promise.
    unsafe { inside::view(th, th, f) }
}

/// As [`index`], also while compiled code runs for the record.
///
/// # Safety
/// `f` is a live record of this thread with code.
pub unsafe fn index_now(th: &Thread, f: *const Frame) -> usize {
    // SAFETY: the caller's promise.
    unsafe { index_in(f, view(th, f).as_ref()) }
}

/// As [`index_now`].
///
/// # Safety
/// `f` is a live record with code, `view` its view.
unsafe fn index_in(f: *const Frame, view: Option<&View>) -> usize {
    match view.and_then(|v| v.pc) {
        Some(pc) => (pc as usize).saturating_sub(1),
        // SAFETY: the caller's promise.
        None => unsafe { index(f) },
    }
}

/// What register `r` of a record holds.
///
/// # Safety
/// `f` is a live record with code, `view` its view.
unsafe fn register(f: *const Frame, view: Option<&View>, r: usize) -> Value {
    match view.and_then(|v| v.register(r)) {
        Some(v) => v,
        // SAFETY: the caller's promise.
        None => unsafe { *(*f).base.add(r) },
    }
}

/// What a word of a frame refers to.
///
/// # Safety
/// A pointer is alive.
unsafe fn value(v: Value) -> Option<Obj> {
    // SAFETY: the caller's promise.
    (!v.is_empty()).then(|| unsafe { Obj::from_borrowed(v) })
}

/// The cells that a function closes over.
fn free_values(func: Option<&Function>) -> impl Iterator<Item = Option<Obj>> {
    let closure = func.and_then(|f| f.closure.as_ref());
    let cells = closure.and_then(|c| c.exact::<Tuple>());
    cells
        .map_or(&[][..], |t| t.items())
        .iter()
        .cloned()
        .map(Some)
}

/// A frame of this thread.
pub enum Place {
    /// With a record.
    Record(*mut Frame),
    /// A call that became part of compiled code which runs for this record: the innermost of these.
    Inlined(*mut Frame, Vec<Inlined>),
}

/// The `n`th frame of this thread, counted from the innermost.
pub fn place(th: &Thread, mut n: usize) -> Option<Place> {
    let mut f = th.top.get();
    while f > th.frames {
        // SAFETY: records between `frames` and `top` are live and this thread's own.
        unsafe {
            if (*f).ending {
                f = f.sub(1);
                continue;
            }
            let mut inlined = view(th, f).map_or_else(Vec::new, |v| v.inlined);
            if n < inlined.len() {
                inlined.truncate(inlined.len() - n);
                return Some(Place::Inlined(f, inlined));
            }
            n -= inlined.len();
            if n == 0 {
                return Some(Place::Record(f));
            }
            f = f.sub(1);
        }
        n -= 1;
    }
    None
}

/// The frame object of a place.
pub fn object_of(th: &Thread, place: Place) -> Obj {
    match place {
        // SAFETY: a live record of this thread.
        Place::Record(f) => unsafe { frame_object(th, f) },
        Place::Inlined(f, calls) => {
            // SAFETY: as above.
            let below = unsafe { frame_object(th, f) };
            calls
                .into_iter()
                .map(seen_call)
                .fold(below, |back, s| copy(th, s, Some(back)))
        }
    }
}

/// The frame object of the innermost frame that a record stands for.
///
/// # Safety
/// `f` is a live record of this thread with code.
unsafe fn innermost(th: &Thread, f: *mut Frame) -> Obj {
    // SAFETY: the caller's promise.
    match unsafe { view(th, f) } {
        Some(v) => object_of(th, Place::Inlined(f, v.inlined)),
        // SAFETY: the caller's promise.
        None => unsafe { frame_object(th, f) },
    }
}

/// Names and values of the variables of a call that became part of compiled code.
pub fn inlined_variables(call: Inlined) -> Vec<(Obj, Option<Obj>)> {
    let free = free_values(Some(&call.func)).collect();
    name_values(call.func.code(), call.values, free)
}

/// A call that became part of compiled code, as what was seen.
fn seen_call(call: Inlined) -> Seen {
    let mut values = call.values;
    values.extend(free_values(Some(&call.func)));
    Seen {
        code: call.func.code().obj().clone(),
        globals: call.func.globals.obj().clone(),
        builtins: call.func.builtins.obj().clone(),
        locals: None,
        index: call.index,
        values,
    }
}

/// The offset of an instruction as Python sees it (`f_lasti`, `tb_lasti`, `co_lines`, `sys.monitoring`): two for each, and
/// at 0 stands what CPython has there, a start in the line of the `def`.
pub fn offset(index: usize) -> u32 {
    2 * (index as u32 + 1)
}

/// Gives a frame object its own copy of the variables: its record goes away.
///
/// # Safety
/// `f` is the running record, its registers still valid.
pub unsafe fn detach(th: &Thread, f: *mut Frame) {
    // SAFETY: the caller's promise; the word owned the frame object.
    unsafe {
        let o = Obj::from_value(std::mem::replace(&mut (*f).object, Value::EMPTY));
        let Some(fo) = o.cast::<FrameObj>() else {
            return;
        };
        if refcount::is_uniquely_owned(fo.head(), th.rec()) {
            // Nobody will ask it: the exception that it was made for is gone.
            return;
        }
        fo.lasti.store(index(f) as u32, Ordering::Relaxed);
        fo.live.store(null_mut(), Ordering::Release);
        let n = (&*(*f).code).front.nlocals as usize;
        let values: Vec<Option<Obj>> = (0..n)
            .map(|i| {
                let v = *(*f).base.add(i);
                if v.is_empty() {
                    None
                } else {
                    Some(Obj::from_borrowed(v))
                }
            })
            .collect();
        let closure = if (*f).func.is_null() {
            None
        } else {
            (*(*f).func).closure.clone()
        };
        let mut values = values;
        if let Some(t) = closure.as_ref().and_then(|c| c.exact::<Tuple>()) {
            values.extend(t.items().iter().cloned().map(Some));
        }
        let old = fo
            .values
            .with(th, fo.head(), |v| std::mem::replace(v, values));
        drop(old);
        if (*f).flags & flag::GENERATOR == 0 || fo.back.raw().is_empty() {
            let below = below(f);
            if below > th.frames && !(*below).code.is_null() {
                fo.back.set(th, Some(innermost(th, below)));
            }
        }
    }
}

/// The record above which `f_back` finds the caller.
pub fn back(th: &Thread, fo: &Py<FrameObj>) -> Obj {
    let live = fo.live.load(Ordering::Acquire);
    if live.is_null() || fo.thread.load(Ordering::Relaxed) != th.rec().slot.0 as u32 {
        return fo.back.get().unwrap_or(Obj::NONE);
    }
    // SAFETY: a live record of this thread. A suspended generator's record is not in the thread's array.
    unsafe {
        if live <= th.frames || live > th.top.get() {
            return Obj::NONE;
        }
        let below = below(live);
        if below > th.frames && !(*below).code.is_null() {
            innermost(th, below)
        } else {
            Obj::NONE
        }
    }
}

/// The record below a live one that has not ended.
unsafe fn below(f: *mut Frame) -> *mut Frame {
    // SAFETY: the first record of a thread is not ending.
    unsafe {
        let mut below = f.sub(1);
        while (*below).ending {
            below = below.sub(1);
        }
        below
    }
}

/// Index of the instruction that a frame object's frame is at.
pub fn current_index(th: &Thread, fo: &Py<FrameObj>) -> usize {
    let live = fo.live.load(Ordering::Acquire);
    if live.is_null() || fo.thread.load(Ordering::Relaxed) != th.rec().slot.0 as u32 {
        return fo.lasti.load(Ordering::Relaxed) as usize;
    }
    // SAFETY: a live record of this thread.
    unsafe { index_now(th, live) }
}

/// Names and values of the variables of a live record, cells looked through.
///
/// # Safety
/// `f` is a live record of this thread with code.
pub unsafe fn variables(th: &Thread, f: *const Frame) -> Vec<(Obj, Option<Obj>)> {
    // SAFETY: the caller's promise.
    unsafe {
        let code = &*(*f).code;
        let view = view(th, f);
        let words: Vec<Option<Obj>> = (0..code.front.nlocals as usize)
            .map(|i| value(register(f, view.as_ref(), i)))
            .collect();
        let mut all = name_values(code, words, free_values(function(f)).collect());
        for (name, v) in hidden_in(f, view.as_ref()) {
            match all.iter_mut().find(|(n, _)| n.is(&name)) {
                Some(place) => place.1 = Some(v),
                None => all.push((name, Some(v))),
            }
        }
        all
    }
}

/// The variables of the inlined comprehensions that a record is in, as far as they have values; inner ones last.
///
/// # Safety
/// As [`variables`].
pub unsafe fn hidden(th: &Thread, f: *const Frame) -> Vec<(Obj, Obj)> {
    // SAFETY: the caller's promise.
    unsafe { hidden_in(f, view(th, f).as_ref()) }
}

/// As [`hidden`].
///
/// # Safety
/// `f` is a live record with code, `view` its view.
unsafe fn hidden_in(f: *const Frame, view: Option<&View>) -> Vec<(Obj, Obj)> {
    // SAFETY: the caller's promise.
    unsafe {
        let code = &*(*f).code;
        let at = index_in(f, view) as u32;
        let value = |h: &Hidden| {
            let v = value(register(f, view, h.reg as usize))?;
            match v.exact::<Cell>() {
                Some(c) if h.cell => c.v.get(),
                _ => Some(v),
            }
        };
        code.front
            .hidden
            .iter()
            .filter(|h| h.start <= at && at < h.end)
            .filter_map(|h| Some((code.names[h.name as usize].clone(), value(h)?)))
            .collect()
    }
}

/// Where a variable of a frame is.
enum Variable {
    Register { number: usize, cell: bool },
    Free(usize),
}

/// The place of the variable with this name (a string).
fn place_of(code: &Code, at: Option<u32>, name: &Str) -> Option<Variable> {
    let c = &code.front;
    let same = |i: u32| {
        let own = code.names[i as usize].cast::<Str>();
        own.is_some_and(|own| own.same(name))
    };
    let running = |h: &&Hidden| at.is_some_and(|at| h.start <= at && at < h.end);
    if let Some(h) = c.hidden.iter().rev().filter(running).find(|h| same(h.name)) {
        return Some(Variable::Register {
            number: h.reg as usize,
            cell: h.cell,
        });
    }
    if let Some(v) = c.cellvars.iter().find(|v| same(v.name)) {
        return Some(Variable::Register {
            number: v.reg as usize,
            cell: true,
        });
    }
    if let Some(number) = c.varnames.iter().position(|&n| same(n)) {
        return Some(Variable::Register {
            number,
            cell: false,
        });
    }
    c.freevars.iter().position(|&n| same(n)).map(Variable::Free)
}

/// Whether a frame has a variable of this name, with or without a value.
pub fn has_variable(th: &Thread, fo: &Py<FrameObj>, name: &Str) -> bool {
    let Some(code) = fo.code.cast::<Code>() else {
        return false;
    };
    let at = Some(current_index(th, fo) as u32);
    place_of(code, at, name).is_some()
}

/// Gives a variable of a frame a value: the frame sees it. `false`: it has none of this name.
pub fn set_variable(th: &Thread, fo: &Py<FrameObj>, name: &Str, value: Obj) -> Res<bool> {
    let Some(code) = fo.code.cast::<Code>() else {
        return Ok(false);
    };
    let live = fo.live.load(Ordering::Acquire);
    let at = Some(current_index(th, fo) as u32).filter(|_| !live.is_null());
    let Some(place) = place_of(code, at, name) else {
        return Ok(false);
    };
    let fill = |o: &Obj, value: Obj| {
        if let Some(c) = o.exact::<Cell>() {
            c.v.set(th, Some(value));
        }
    };
    if live.is_null() {
        let n = code.front.nlocals as usize;
        let number = match place {
            Variable::Register { number, .. } => number,
            Variable::Free(i) => n + i,
        };
        let old = fo.values.with(th, fo.head(), |v| v.get(number).cloned());
        let cell = !matches!(place, Variable::Register { cell: false, .. });
        match old.flatten().filter(|_| cell) {
            Some(o) => fill(&o, value),
            None => {
                let old = fo.values.with(th, fo.head(), |v| {
                    v.get_mut(number).and_then(|slot| slot.replace(value))
                });
                drop(old);
            }
        }
        return Ok(true);
    }
    let mine = fo.thread.load(Ordering::Relaxed) == th.rec().slot.0 as u32;
    let running = live > th.frames && live <= th.top.get();
    if !mine || (!running && th.multi()) {
        return Err(
            th.runtime_error("variables of a frame that another thread may run cannot be changed")
        );
    }
    // SAFETY: a live record of this thread, or one that is suspended while there is no other thread.
    unsafe {
        if view(th, live).is_some() && matches!(place, Variable::Register { cell: false, .. }) {
            return Err(th.runtime_error(
                "variables of a frame that is inside compiled code cannot be changed",
            ));
        }
        match place {
            Variable::Register { number, cell } => {
                let r = (*live).base.add(number);
                if cell && !(*r).is_empty() {
                    fill(&Obj::from_borrowed(*r), value);
                } else {
                    let old =
                        std::mem::replace(&mut *r, crate::object::obj::own_published(Some(value)));
                    super::reg::dec(th, old);
                }
            }
            Variable::Free(i) => {
                let closure = function(live).and_then(|f| f.closure.clone());
                if let Some(o) = closure
                    .as_ref()
                    .and_then(|c| c.exact::<Tuple>())
                    .and_then(|t| t.items().get(i))
                {
                    fill(o, value);
                }
            }
        }
    }
    Ok(true)
}

/// Names and values of the variables of a frame.
pub fn variables_of(th: &Thread, fo: &Py<FrameObj>) -> Vec<(Obj, Option<Obj>)> {
    let live = fo.live.load(Ordering::Acquire);
    if !live.is_null() && fo.thread.load(Ordering::Relaxed) == th.rec().slot.0 as u32 {
        // SAFETY: a live record of this thread.
        return unsafe { variables(th, live) };
    }
    let words = fo.values.with(th, fo.head(), |v| v.clone());
    let Some(code) = fo.code.cast::<Code>() else {
        return Vec::new();
    };
    let n = (code.front.nlocals as usize).min(words.len());
    let free = words[n..].to_vec();
    name_values(code, words[..n].to_vec(), free)
}

/// Pairs the words of variables with their names; `words` may be shorter (a frame that never started).
pub fn name_values(
    code: &Code,
    words: Vec<Option<Obj>>,
    free: Vec<Option<Obj>>,
) -> Vec<(Obj, Option<Obj>)> {
    let c = &code.front;
    let look = |o: Option<Obj>| match o {
        Some(o) => match o.exact::<Cell>() {
            Some(cell) => cell.v.get(),
            None => Some(o),
        },
        None => None,
    };
    let mut out: Vec<(Obj, Option<Obj>)> = Vec::new();
    let is_cell = |i: usize| c.cellvars.iter().any(|v| v.reg as usize == i);
    for (i, n) in c.varnames.iter().enumerate() {
        let v = words.get(i).cloned().flatten();
        let v = if is_cell(i) { look(v) } else { v };
        out.push((code.names[*n as usize].clone(), v));
    }
    for v in &c.cellvars {
        if (v.reg as usize) < c.varnames.len() {
            continue;
        }
        out.push((
            code.names[v.name as usize].clone(),
            look(words.get(v.reg as usize).cloned().flatten()),
        ));
    }
    for (n, v) in c.freevars.iter().zip(free) {
        out.push((code.names[*n as usize].clone(), look(v)));
    }
    out
}

/// `f_locals` of a frame object: the mapping of a module or class, a view of the variables of a function.
pub fn locals(th: &Thread, fo: &Py<FrameObj>) -> Res {
    if let Some(l) = fo.locals.get() {
        let live = fo.live.load(Ordering::Acquire);
        let mine = fo.thread.load(Ordering::Relaxed) == th.rec().slot.0 as u32;
        // SAFETY: a live record of this thread.
        if live.is_null() || !mine || unsafe { hidden(th, live) }.is_empty() {
            return Ok(l);
        }
    }
    Ok(crate::builtins::framelocals::of(th, fo))
}

/// A dict of the variables that have values.
pub fn dict_of(th: &Thread, vars: Vec<(Obj, Option<Obj>)>) -> Res<Py<Dict>> {
    let d = th.new_dict()?;
    for (k, v) in vars {
        if let Some(v) = v {
            d.set_item(th, &k, v)?;
        }
    }
    Ok(d)
}

/// A frame object for a generator that has not finished; not of one that another thread runs.
pub fn generator_frame(th: &Thread, g: &Py<Generator>) -> Option<Obj> {
    use crate::object::frame::state;
    if !g.begin(state::SUSPENDED) && !g.begin(state::CREATED) {
        return running_frame(th, g);
    }
    // SAFETY: F3: begun, so the record is ours until the state is put back.
    let o = unsafe { frame_object(th, g.frame_ptr()) };
    // SAFETY: as above.
    let started = unsafe { index(g.frame_ptr()) } > 0;
    g.state.store(
        if started {
            state::SUSPENDED
        } else {
            state::CREATED
        },
        Ordering::Release,
    );
    Some(o)
}

/// The frame object of a generator that this thread runs.
fn running_frame(th: &Thread, g: &Py<Generator>) -> Option<Obj> {
    if g.state.load(Ordering::Acquire) != crate::object::frame::state::RUNNING {
        return None;
    }
    let mut f = th.top.get();
    while f > th.frames {
        // SAFETY: records between `frames` and `top` are live and this thread's own.
        unsafe {
            if (*f).generator == g.obj().value() && !(*f).ending {
                return Some(frame_object(th, f));
            }
            // Compiled code may have resumed it.
            let mut inlined = view(th, f).map_or_else(Vec::new, |v| v.inlined);
            let is_it = |c: &Inlined| c.generator.as_ref().is_some_and(|x| x.is(g.obj()));
            if let Some(n) = inlined.iter().position(is_it) {
                inlined.truncate(n + 1);
                return Some(object_of(th, Place::Inlined(f, inlined)));
            }
            f = f.sub(1);
        }
    }
    None
}

/// `f_generator`: the generator whose frame it is, until that has ended.
pub fn generator_of(th: &Thread, fo: &Py<FrameObj>) -> Obj {
    let _lock = th.lock(fo.head());
    let live = fo.live.load(Ordering::Acquire);
    if live.is_null() || fo.thread.load(Ordering::Relaxed) != th.rec().slot.0 as u32 {
        return Obj::NONE;
    }
    // SAFETY: a live record of this thread, or that of a generator which is suspended: it lies in the generator, and the
    // lock is held.
    unsafe {
        if (*live).flags & flag::GENERATOR == 0 {
            return Obj::NONE;
        }
        match live > th.frames && live <= th.top.get() {
            true => Obj::from_borrowed((*live).generator),
            false => Generator::of_record(th, live).unwrap_or(Obj::NONE),
        }
    }
}

/// The function of a record, if it has one.
///
/// # Safety
/// `f` is a live record.
pub unsafe fn function<'a>(f: *const Frame) -> Option<&'a Function> {
    // SAFETY: the payload is kept alive by the frame.
    unsafe { (*f).func.as_ref() }
}

/// What is seen of a frame of a thread that stands still.
pub struct Seen {
    code: Obj,
    globals: Obj,
    builtins: Obj,
    locals: Option<Obj>,
    index: u32,
    values: Vec<Option<Obj>>,
}

/// The frames of a thread, innermost first.
///
/// # Safety
/// The thread stands still: the world is stopped.
pub unsafe fn seen(asker: &Thread, th: &Thread) -> Vec<Seen> {
    let mut found = Vec::new();
    let mut f = th.top.get();
    while f > th.frames {
        // SAFETY: records between `frames` and `top` are live, and do not change now.
        unsafe {
            if !(*f).code.is_null() && !(*f).ending {
                let n = (&*(*f).code).front.nlocals as usize;
                let mut view = inside::view(asker, th, f);
                if let Some(v) = &mut view {
                    let calls = std::mem::take(&mut v.inlined);
                    found.extend(calls.into_iter().rev().map(seen_call));
                }
                let mut values: Vec<Option<Obj>> = (0..n)
                    .map(|i| value(register(f, view.as_ref(), i)))
                    .collect();
                values.extend(free_values(function(f)));
                found.push(Seen {
                    code: code_obj(f),
                    globals: Obj::from_borrowed((*f).globals),
                    builtins: Obj::from_borrowed((*f).builtins),
                    locals: value((*f).locals),
                    index: index_in(f, view.as_ref()) as u32,
                    values,
                });
            }
            f = f.sub(1);
        }
    }
    found
}

/// The exception that a thread handles.
///
/// # Safety
/// The thread is the calling one, or stands still: the world is stopped.
pub unsafe fn handled(th: &Thread) -> Option<Obj> {
    let mut f = th.top.get();
    let mut inside = th.jit.inside.get();
    while f > th.frames {
        // SAFETY: as in `seen`; entries into compiled code lie on the stack of a thread that is in them.
        unsafe {
            if let Some(i) = inside.as_ref().filter(|i| i.frame() == f) {
                if !i.handled.get().is_empty() {
                    return Some(Obj::from_borrowed(i.handled.get()));
                }
                inside = i.outer();
            }
            if !(*f).exc.is_empty() {
                return Some(Obj::from_borrowed((*f).exc));
            }
            f = f.sub(1);
        }
    }
    None
}

/// An entry of a traceback before those of `next`: of a frame object and the number of an instruction.
pub fn entry(th: &Thread, next: Option<Obj>, frame: Obj, lasti: u32) -> Obj {
    let [next, frame] = [next, Some(frame)].map(DeepSlot::new);
    entry_of(th, next, frame, lasti).into_obj()
}

/// The same, and neither `next` nor the frame is published before the entry is.
pub fn entry_unpublished(th: &Thread, next: Option<Obj>, frame: Obj, lasti: u32) -> Obj {
    let [next, frame] = [next, Some(frame)].map(DeepSlot::unpublished);
    let tb = entry_of(th, next, frame, lasti);
    tb.head().set_alone(DEEP);
    tb.into_obj()
}

fn entry_of(th: &Thread, next: DeepSlot, frame: DeepSlot, lasti: u32) -> Py<Traceback> {
    th.alloc(Traceback {
        next,
        frame,
        lasti,
        line: AtomicU32::new(UNKNOWN),
    })
}

/// Entries of a traceback, before those of `next`, for the innermost `frames` of the frames that `view` shows above the record
/// with the frame object `root`, but for the innermost one if the exception is not a `fresh` one for that.
pub fn entries(
    th: &Thread,
    next: Option<Obj>,
    root: Obj,
    view: View,
    (frames, fresh): (usize, bool),
) -> Option<Obj> {
    let entry = |next, (frame, lasti)| Some(entry(th, next, frame, lasti));
    let index = view.pc.unwrap_or_default().saturating_sub(1);
    if view.inlined.is_empty() {
        return if fresh {
            entry(next, (root, index))
        } else {
            next
        };
    }
    let first = (view.inlined.len() + 1).saturating_sub(frames);
    let mut all = vec![(root.clone(), index)];
    let mut back = root;
    for call in view.inlined {
        let index = call.index;
        back = copy(th, seen_call(call), Some(back));
        all.push((back.clone(), index));
    }
    let seen = all.drain(first..).rev().skip(usize::from(!fresh));
    seen.fold(next, entry)
}

/// Frame objects of what was seen: the innermost, linked to the others.
pub fn of_seen(th: &Thread, frames: Vec<Seen>) -> Option<Obj> {
    let outermost_first = frames.into_iter().rev();
    outermost_first.fold(None, |back, s| Some(copy(th, s, back)))
}

/// The frame object of what was seen, a copy.
fn copy(th: &Thread, s: Seen, back: Option<Obj>) -> Obj {
    let fo = th.alloc(FrameObj {
        code: s.code,
        globals: s.globals,
        builtins: s.builtins,
        locals: Slot::new(s.locals),
        back: Slot::new(back),
        live: AtomicPtr::new(null_mut()),
        thread: AtomicU32::new(u32::MAX),
        lasti: AtomicU32::new(s.index),
        values: Guarded::new(s.values),
        trace: Slot::empty(),
        trace_options: AtomicU8::new(0),
        line: AtomicU32::new(0),
        extra: Slot::empty(),
    });
    fo.into_obj()
}
