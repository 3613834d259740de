//! What compiled code calls to go through iterators and to resume generators. As the other helpers.

use super::{guarded, obj, thread};
use crate::builtins::{list, set};
use crate::interp::ops::Next;
use crate::interp::{generator, reg, sink};
use crate::object::frame::{Generator, state};
use crate::object::function::Function;
use crate::object::iters::{DictItemIter, DictKeyIter, DictValueIter, SetIter};
use crate::object::list::List;
use crate::object::tuple::Tuple;
use crate::object::{Obj, Value};
use crate::record::step::END_OF_ITERATION;
use threadsnake_front::instr::Instr;
use threadsnake_threads::record::ThreadRecord;
use threadsnake_threads::sync::atomic::Ordering;

/// `next(it)` for any iterator but a generator that the recorder follows: the item, `NotImplemented`'s word at the end.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn next(rec: *const ThreadRecord, it: u64) -> u64 {
    // SAFETY: a live value.
    let (th, it) = unsafe { (thread(rec), obj(&it)) };
    guarded(th, || {
        let next = match it.exact::<Generator>() {
            Some(g) => generator::next_item(th, g),
            None => th.next(it),
        };
        Ok(next?.map_or(Value(END_OF_ITERATION), Obj::into_value))
    })
}

/// `tuple(x)`, `list(x)`, `set(x)`, by number.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn collect(rec: *const ThreadRecord, x: u64, kind: u64) -> u64 {
    // SAFETY: a live value.
    let (th, x) = unsafe { (thread(rec), obj(&x)) };
    guarded(th, || {
        let made = match kind {
            0 if x.is_exact::<Tuple>() => x.clone(),
            0 => th.tuple(th.collect(x)?)?,
            1 => {
                let l = th.alloc(List::new());
                list::extend_list(th, &l, x)?;
                l.into_obj()
            }
            _ => set::set_of(th, x)?,
        };
        Ok(made.into_value())
    })
}

/// The next key of a dict's iterator; empty: its end, or an error, which it is for the interpreter to find. Runs no Python.
///
/// # Safety
/// Called by compiled code; an iterator of that type.
pub unsafe extern "C" fn dict_key(_rec: *const ThreadRecord, it: u64) -> u64 {
    // SAFETY: the caller's promise.
    let next = unsafe { obj(&it).cast_unchecked::<DictKeyIter>() }.next_quick();
    next.map_or(Value::EMPTY.0, |(k, _)| k.into_value().0)
}

/// As [`dict_key`]: the next value.
///
/// # Safety
/// As [`dict_key`].
pub unsafe extern "C" fn dict_value(_rec: *const ThreadRecord, it: u64) -> u64 {
    // SAFETY: the caller's promise.
    let next = unsafe { obj(&it).cast_unchecked::<DictValueIter>() }.next_quick();
    next.map_or(Value::EMPTY.0, |(_, v)| v.into_value().0)
}

/// As [`dict_key`]: the next item of a set's iterator.
///
/// # Safety
/// As [`dict_key`].
pub unsafe extern "C" fn set_item(_rec: *const ThreadRecord, it: u64) -> u64 {
    // SAFETY: the caller's promise.
    match set::next_quick(unsafe { obj(&it).cast_unchecked::<SetIter>() }) {
        Next::Item(v) => v.0,
        _ => Value::EMPTY.0,
    }
}

/// As [`dict_key`]: the value goes to `to`.
///
/// # Safety
/// As [`dict_key`]; an empty word of the register window.
pub unsafe extern "C" fn dict_item(_rec: *const ThreadRecord, it: u64, to: *mut Value) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        let Some((k, v)) = obj(&it).cast_unchecked::<DictItemIter>().next_quick() else {
            return Value::EMPTY.0;
        };
        *to = v.into_value();
        k.into_value().0
    }
}

/// Offers what the running record, a generator's, yields to the native code that runs it; empty: it is not taken.
///
/// # Safety
/// Called by compiled code that runs for the record on top.
pub unsafe extern "C" fn offer(rec: *const ThreadRecord, v: u64) -> u64 {
    // SAFETY: a live value.
    unsafe {
        let th = thread(rec);
        guarded(th, || {
            let taken = sink::offer(th, th.top.get(), obj(&v).clone());
            Ok(taken.map_or(Value::EMPTY, |()| Value::NONE))
        })
    }
}

/// Takes a generator, which is suspended at `pc` and runs with these globals, for running. Empty: it stands elsewhere, is not
/// suspended, or somebody has got hold of its frame.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn begin_generator(
    rec: *const ThreadRecord,
    g: u64,
    pc: u64,
    globals: u64,
) -> u64 {
    // SAFETY: a live generator; its record is looked at once it has been begun (F3 of `object::frame`).
    unsafe {
        let (th, g) = (thread(rec), obj(&g).cast_unchecked::<Generator>());
        let Some(started) = generator::try_begin(th, g) else {
            return Value::EMPTY.0;
        };
        let f = &*g.frame_ptr();
        if f.pc as u64 == pc && f.globals.0 == globals && generator::is_plain(f) {
            return Value::NONE.0;
        }
        generator::put_back(g, started);
        Value::EMPTY.0
    }
}

/// A generator of this function, whose parameters are the `n` values at `p`: they are taken over.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn make_generator(
    rec: *const ThreadRecord,
    f: u64,
    p: *mut Value,
    n: u64,
) -> u64 {
    // SAFETY: a generator function with so many parameters; owned values.
    unsafe {
        let (th, f) = (thread(rec), obj(&f));
        guarded(th, || {
            // As deep as the frame that it stands for; the window itself may lie in a generator.
            let limit = (*th.top.get()).limit;
            if !th.has_room(limit.add(f.cast_unchecked::<Function>().code().nregs as usize)) {
                for k in 0..n as usize {
                    reg::dec(th, reg::take(p.add(k)));
                }
                return Err(th.too_deep(""));
            }
            let f = f.clone().into_value();
            Ok(generator::make_called(th, f, p, n as usize)?.into_value())
        })
    }
}

/// The end of what [`begin_generator`] began: the generator is suspended at `pc`, where it delegates to that register (or to
/// none). Its registers have been written.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn suspend_generator(
    _rec: *const ThreadRecord,
    g: u64,
    pc: u64,
    delegate: u64,
) {
    // SAFETY: a live generator that this thread has begun (F3).
    unsafe {
        let g = obj(&g).cast_unchecked::<Generator>();
        (*g.frame_ptr()).pc = pc as *const Instr;
        g.delegate.store(delegate as u32, Ordering::Relaxed);
        g.state.store(state::SUSPENDED, Ordering::Release);
    }
}

/// The other end: the generator has returned. Its registers have been written, and are given up; gives `None`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn finish_generator(rec: *const ThreadRecord, g: u64) -> u64 {
    // SAFETY: a live generator that this thread has begun (F3), and which nobody begins again.
    unsafe {
        let (th, g) = (thread(rec), obj(&g).cast_unchecked::<Generator>());
        guarded(th, || {
            g.release_registers();
            g.state.store(state::FINISHED, Ordering::Release);
            Ok(Value::NONE)
        })
    }
}
