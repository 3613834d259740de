//! Where the registers of a generator lie while compiled code runs for it: on the thread's stack, where its record's limit
//! is, so that calls that became part of the trace find theirs above, as those of any other function.
//!
//! 1. [`borrow`]: the words move there, and their places in the object are empty: the collector looks at both.
//! 2. The code runs, and an exit rebuilds the frames ([`super::exit`]).
//! 3. [`give_back`]: the words move back. Those of calls stay, which the interpreter finds by their own records.

use crate::interp::reg;
use crate::object::Value;
use crate::object::frame::{Frame, Generator, flag};
use crate::runtime::thread::Thread;

/// The registers of a generator in its object.
///
/// # Safety
/// `f` is the record of one that this thread runs.
unsafe fn home(f: *const Frame) -> *mut Value {
    // SAFETY: F3 of `object::frame`; the generator is held by who resumed it.
    unsafe { reg::obj(&(*f).generator).cast_unchecked::<Generator>() }.regs_ptr()
}

/// The number of registers of a record.
unsafe fn count(f: *const Frame) -> usize {
    // SAFETY: a record's code is alive.
    unsafe { (*(*f).code).nregs as usize }
}

/// The registers move to the stack.
///
/// # Safety
/// `f` is the record on top, a generator's; the words from its limit on are free, and there is room.
pub unsafe fn borrow(f: *mut Frame) {
    // SAFETY: the caller's promise.
    unsafe {
        let (from, to) = ((*f).base, (*f).limit);
        for r in 0..count(f) {
            to.add(r).write(reg::take(from.add(r)));
        }
        (*f).base = to;
    }
}

/// The end of registers on the stack.
///
/// # Safety
/// `f` is a record.
pub unsafe fn end(f: *const Frame) -> *mut Value {
    // SAFETY: the caller's promise.
    unsafe { (*f).base.add(count(f)) }
}

/// The registers of a generator move back into it, if they are on the stack.
///
/// # Safety
/// `f` is a record of this thread; those above are of calls that compiled code made for it.
pub unsafe fn give_back(th: &Thread, f: *mut Frame) {
    // SAFETY: the caller's promise.
    unsafe {
        if (*f).flags & flag::HEAP == 0 {
            return;
        }
        let (from, to, n) = ((*f).base, home(f), count(f));
        if from == to {
            return;
        }
        let above = f.add(1);
        let mut mine = n;
        if above <= th.top.get() && (*above).flags & flag::HEAP == 0 {
            // The registers of a call begin where its arguments were; what `__init__` is called for lies below them.
            let below = (*above).base.offset_from(from) as usize;
            mine = n.min(below - ((*above).flags & flag::INIT != 0) as usize);
        }
        for r in 0..mine {
            to.add(r).write(reg::take(from.add(r)));
        }
        for r in mine..n {
            to.add(r).write(Value::EMPTY);
        }
        (*f).base = to;
        (*f).limit = from;
    }
}
