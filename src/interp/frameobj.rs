//! Frame objects: made when a program asks for one (a traceback, `sys._getframe`), kept in step with the control record
//! while it runs, and given the variables when it ends.

use crate::object::code::Code;
use crate::object::dict::Dict;
use crate::object::frame::{Frame, FrameObj, Generator, flag};
use crate::object::function::{Cell, Function};
use crate::object::guarded::Guarded;
use crate::object::tuple::Tuple;
use crate::object::{Obj, Py, Slot, Value};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use std::ptr::null_mut;
use threadsnake_threads::refcount;
use threadsnake_threads::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

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
            let below = f.sub(1);
            if below > th.frames && !(*below).code.is_null() {
                fo.back.set(th, Some(frame_object(th, below)));
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
        let below = live.sub(1);
        if below > th.frames && !(*below).code.is_null() {
            frame_object(th, below)
        } else {
            Obj::NONE
        }
    }
}

/// Index of the instruction that a frame object's frame is at.
pub fn current_index(th: &Thread, fo: &Py<FrameObj>) -> usize {
    let live = fo.live.load(Ordering::Acquire);
    if live.is_null() || fo.thread.load(Ordering::Relaxed) != th.rec().slot.0 as u32 {
        return fo.lasti.load(Ordering::Relaxed) as usize;
    }
    // SAFETY: a live record of this thread.
    unsafe { index(live) }
}

/// Names and values of the variables of a live record, cells looked through.
///
/// # Safety
/// `f` is a live record of this thread with code.
pub unsafe fn variables(f: *const Frame) -> Vec<(Obj, Option<Obj>)> {
    // SAFETY: the caller's promise.
    unsafe {
        let code = &*(*f).code;
        let value = |v: Value| {
            if v.is_empty() {
                None
            } else {
                Some(Obj::from_borrowed(v))
            }
        };
        let words: Vec<Option<Obj>> = (0..code.front.nlocals as usize)
            .map(|i| value(*(*f).base.add(i)))
            .collect();
        let closure = if (*f).func.is_null() {
            None
        } else {
            (*(*f).func).closure.clone()
        };
        let free = closure
            .as_ref()
            .and_then(|c| c.exact::<Tuple>())
            .map(|t| t.items().to_vec());
        name_values(
            code,
            words,
            free.unwrap_or_default().into_iter().map(Some).collect(),
        )
    }
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

/// `f_locals` of a frame object, as a fresh dict for functions.
pub fn locals(th: &Thread, fo: &Py<FrameObj>) -> Res {
    if let Some(l) = fo.locals.get() {
        return Ok(l);
    }
    let live = fo.live.load(Ordering::Acquire);
    let vars = if !live.is_null() && fo.thread.load(Ordering::Relaxed) == th.rec().slot.0 as u32 {
        // SAFETY: a live record of this thread.
        unsafe { variables(live) }
    } else {
        let words = fo.values.with(th, fo.head(), |v| v.clone());
        let Some(code) = fo.code.cast::<Code>() else {
            return Ok(th.new_dict()?.into_obj());
        };
        let n = (code.front.nlocals as usize).min(words.len());
        let free = words[n..].to_vec();
        name_values(code, words[..n].to_vec(), free)
    };
    dict_of(th, vars).map(Py::into_obj)
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

/// A frame object for a suspended or finished generator.
pub fn generator_frame(th: &Thread, g: &Py<Generator>) -> Option<Obj> {
    use crate::object::frame::state;
    if !g.begin(state::SUSPENDED) && !g.begin(state::CREATED) {
        return None;
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

/// The function of a record, if it has one.
///
/// # Safety
/// `f` is a live record.
pub unsafe fn function<'a>(f: *const Frame) -> Option<&'a Function> {
    // SAFETY: the payload is kept alive by the frame.
    unsafe { (*f).func.as_ref() }
}
