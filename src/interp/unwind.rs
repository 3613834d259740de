//! Exceptions on their way out: tracebacks, context, handlers.

use super::{frameobj, reg, trace};
use crate::object::exception::{BaseException, Traceback};
use crate::object::frame::{Frame, Generator, flag, state};
use crate::object::{Obj, Py};
use crate::record::late;
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use threadsnake_threads::header::DEEP;
use threadsnake_threads::refcount;
use threadsnake_threads::sync::atomic::Ordering;

/// Where an exception led.
pub enum Landed {
    /// A handler in the running frame: continue there.
    Handler,
    /// Out of the frame that `run` was started for.
    Out(Exc),
}

/// Adds an entry for the running instruction of `f` to the exception's traceback.
///
/// # Safety
/// `f` is a live record of this thread with code.
pub unsafe fn add_traceback(th: &Thread, f: *mut Frame, e: &Exc) {
    // SAFETY: the caller's promise.
    unsafe {
        let index = frameobj::index(f);
        let frame = frameobj::frame_object(th, f);
        let head = e.0.head();
        if th.multi() && refcount::private_count(head, th.rec()) == 1 {
            let next = late::take_alone(th, &e.0);
            let tb = frameobj::entry_unpublished(th, next, frame, index as u32);
            head.set_alone(DEEP);
            e.0.raw_traceback.fill_alone(tb);
            return;
        }
        let tb = frameobj::entry(th, late::traceback(th, &e.0), frame, index as u32);
        e.0.raw_traceback.set(th, Some(tb));
    }
}

/// Finds the handler of an exception raised by the running instruction (its number in `(*top).pc`, one ahead), popping
/// frames without one. `fresh`: the running frame gets a traceback entry (not after `Reraise`).
///
/// # Safety
/// Frames up to the ENTRY one are this call of `run`'s.
pub unsafe fn unwind(th: &Thread, mut e: Exc, mut fresh: bool) -> Landed {
    loop {
        let watched = th.tracing.watch.get() != 0;
        let f = th.top.get();
        // SAFETY: the running record.
        unsafe {
            let code = &*(*f).code;
            let at = frameobj::index(f) as u32;
            if fresh {
                add_traceback(th, f, &e);
            }
            if watched {
                e = trace::raised(th, f, e, !fresh);
            }
            let h = code
                .front
                .handlers
                .iter()
                .find(|h| h.start <= at && at < h.end);
            if watched {
                e = trace::landed(th, f, e, h.is_none());
            }
            if let Some(h) = h {
                let depth = h.depth as usize;
                reg::clear(th, (*f).base.add(depth), code.front.nregs as usize - depth);
                *(*f).base.add(depth) = e.into_obj().into_value();
                (*f).pc = code.start().add(h.target as usize);
                return Landed::Handler;
            }
            // Out of this frame. What was raised again counts as raised where its traceback says.
            if !fresh
                && let Some(tb) = late::traceback(th, &e.0)
                && let Some(tb) = tb.cast::<Traceback>()
                && tb.frame.raw() == (*f).object
            {
                (*f).pc = code.start().add(tb.lasti as usize + 1);
            }
            let flags = (*f).flags;
            let owner = (*f).owner;
            let generator = (*f).generator;
            let instance_below = flags & flag::INIT != 0;
            let base = (*f).base;
            th.leave(f, code.front.nregs as usize);
            th.pop_frame();
            reg::dec(th, owner);
            if instance_below {
                reg::kill(th, base.sub(1));
            }
            if flags & flag::GENERATOR != 0 && !generator.is_empty() {
                let g = reg::obj(&generator).cast_unchecked::<Generator>();
                g.state.store(state::FINISHED, Ordering::Release);
                if flags & flag::ENTRY == 0 {
                    // The resumer in this loop held the generator for the time of its run.
                    reg::dec(th, generator);
                }
            }
            if flags & flag::ENTRY != 0 {
                return Landed::Out(e);
            }
            fresh = true;
        }
    }
}

/// Sets `__context__` of a newly raised exception to the one being handled, cutting cycles.
pub fn set_context(th: &Thread, e: &Py<BaseException>) {
    let Some(handled) = super::api::handled_exception(th) else {
        return;
    };
    if handled.is(e.obj()) {
        return;
    }
    // Walk the chain: where `e` already stands in it, cut there.
    let mut at = handled.clone();
    let mut steps = 0;
    while let Some(x) = at.cast::<BaseException>() {
        let Some(next) = x.context.get() else { break };
        if next.is(e.obj()) {
            x.context.set(th, None);
            break;
        }
        at = next;
        steps += 1;
        if steps > 10_000 {
            break;
        }
    }
    e.context.set(th, Some(handled));
}

/// The exception of `raise x` / `raise x from cause`.
pub fn make_exception(th: &Thread, x: &Obj, cause: Option<&Obj>) -> Exc {
    let exc = match instantiate(th, x) {
        Ok(e) => e,
        Err(e) => return e,
    };
    if let Some(c) = cause {
        if c.is_none() {
            exc.cause.set(th, None);
        } else {
            match instantiate_cause(th, c) {
                Ok(c) => exc.cause.set(th, Some(c.into_obj())),
                Err(e) => return e,
            }
        }
        exc.suppress.store(true, Ordering::Relaxed);
    }
    set_context(th, &exc);
    Exc(exc)
}

fn instantiate(th: &Thread, x: &Obj) -> Result<Py<BaseException>, Exc> {
    if let Some(e) = x.cast::<BaseException>() {
        return Ok(e.clone());
    }
    if is_exception_class(x) {
        let o = th.call(x, &[])?;
        return match o.into_py::<BaseException>() {
            Ok(e) => Ok(e),
            Err(o) => Err(th.type_error(format!(
                "calling {} should have returned an instance of BaseException, not {}",
                th.repr(x)?.to_rust(),
                th.repr(th.type_of(&o).obj())?.to_rust()
            ))),
        };
    }
    Err(th.type_error("exceptions must derive from BaseException"))
}

fn instantiate_cause(th: &Thread, x: &Obj) -> Result<Py<BaseException>, Exc> {
    if x.cast::<BaseException>().is_none() && !is_exception_class(x) {
        return Err(th.type_error("exception causes must derive from BaseException"));
    }
    instantiate(th, x)
}

/// Whether `x` is a class that derives from BaseException.
pub fn is_exception_class(x: &Obj) -> bool {
    x.cast::<crate::object::types::Type>()
        .is_some_and(|t| t.has(crate::object::def::type_flags::EXCEPTION))
}

/// Gives a native function's exception its context.
#[inline]
pub fn contextualise(th: &Thread, e: &Exc) {
    if th.handling.get() > 0 && e.0.context.raw().is_empty() {
        set_context(th, &e.0);
    }
}
