//! `sys.settrace` and `sys.setprofile`.

use super::{At, Event, With, unwatched};
use crate::object::Obj;
use crate::object::Py;
use crate::object::frame::FrameObj;
use crate::object::function::{BuiltinFunction, MethodDescriptor};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::record;
use threadsnake_threads::sync::Mutex;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

/// `sys.settrace`
pub fn set_trace(th: &Thread, f: Option<Obj>) {
    let old = th.tracing.trace.replace(f);
    th.tracing.update();
    drop(old);
}

/// `sys.setprofile`
pub fn set_profile(th: &Thread, f: Option<Obj>) {
    let old = th.tracing.profile.replace(f);
    th.tracing.update();
    drop(old);
}

/// What all threads are asked to do. `number` is written under the lock, and read without it to see whether there is
/// something new.
#[derive(Default)]
struct Requests {
    number: AtomicU64,
    /// Function of `settrace`, and of `setprofile`, each with the number of its request.
    wanted: Mutex<[(u64, Option<Obj>); 2]>,
}

/// `threading.settrace_all_threads` (`profile`: `setprofile_all_threads`): the others follow at their next safepoint.
pub fn all_threads(th: &Thread, f: Option<Obj>, profile: bool) {
    let r = th.rt().module_state::<Requests>();
    let old = {
        let mut wanted = r.wanted.lock();
        let n = r.number.load(Ordering::Relaxed) + 1;
        r.number.store(n, Ordering::Release);
        std::mem::replace(&mut wanted[usize::from(profile)], (n, f.clone()))
    };
    drop(old);
    follow(th);
    th.rt().domain.request_all(record::PENDING);
}

/// A new thread follows later requests only.
pub fn begin(th: &Thread) {
    let n = th
        .rt()
        .module_state::<Requests>()
        .number
        .load(Ordering::Acquire);
    th.tracing.seen.set(n);
    super::monitor::refresh(th);
}

fn follow(th: &Thread) {
    let r = th.rt().module_state::<Requests>();
    let now = r.number.load(Ordering::Acquire);
    let seen = th.tracing.seen.replace(now);
    if seen == now {
        return;
    }
    let wanted = r.wanted.lock().clone();
    if wanted[0].0 > seen {
        set_trace(th, wanted[0].1.clone());
    }
    if wanted[1].0 > seen {
        set_profile(th, wanted[1].1.clone());
    }
}

/// At a safepoint: follows what other threads have asked for.
pub fn refresh(th: &Thread) {
    follow(th);
    super::monitor::refresh(th);
}

/// Calls the function for `sys.settrace` that an event is for.
pub(super) fn trace(th: &Thread, at: &At, event: Event, with: &With<'_>) -> Res<()> {
    let start = matches!(event, Event::Start | Event::Resume | Event::Throw);
    let what = match event {
        _ if start => "call",
        Event::Line => "line",
        Event::Return | Event::Yield | Event::Unwind => "return",
        Event::Raise | Event::StopIteration => "exception",
        Event::Instruction => "opcode",
        _ => return Ok(()),
    };
    let Some(global) = th.tracing.trace_function() else {
        return Ok(());
    };
    // Without a frame object there is no local function.
    // SAFETY: the running record.
    if !start && unsafe { (*at.f).object.is_empty() } {
        return Ok(());
    }
    let Some(frame) = at.frame_payload(th) else {
        return Ok(());
    };
    let f = if start {
        global
    } else {
        match frame.trace.get() {
            Some(f) => f,
            None => return Ok(()),
        }
    };
    let options = frame.trace_options.load(Ordering::Relaxed);
    if (event == Event::Line && options & FrameObj::NO_LINES != 0)
        || (event == Event::Instruction && options & FrameObj::OPCODES == 0)
    {
        return Ok(());
    }
    let arg = match (event, with) {
        (Event::Return | Event::Yield, With::Value(v)) => (*v).clone(),
        (Event::Raise | Event::StopIteration, With::Value(e)) => exception_args(th, e)?,
        _ => Obj::NONE,
    };
    let line = at.start_line(th, event);
    match call(th, (&frame, line, event == Event::Start), &f, what, arg) {
        Ok(r) => {
            if !r.is_none() {
                frame.trace.set(th, Some(r));
            } else if start {
                frame.trace.set(th, None);
            }
            Ok(())
        }
        Err(e) => {
            set_trace(th, None);
            frame.trace.set(th, None);
            Err(e)
        }
    }
}

/// Calls the function of `sys.setprofile`.
pub(super) fn profile(th: &Thread, at: &At, event: Event, with: &With<'_>) -> Res<()> {
    let start = matches!(event, Event::Start | Event::Resume | Event::Throw);
    let what = match event {
        _ if start => "call",
        Event::Return | Event::Yield | Event::Unwind => "return",
        Event::Call => "c_call",
        Event::CReturn => "c_return",
        Event::CRaise => "c_exception",
        _ => return Ok(()),
    };
    let arg = match (event, with) {
        (Event::Return | Event::Yield, With::Value(v)) => (*v).clone(),
        (_, With::Call(f, first)) => match native_function(th, f, *first)? {
            Some(f) => f,
            None => return Ok(()),
        },
        _ => Obj::NONE,
    };
    let (Some(f), Some(frame)) = (th.tracing.profile_function(), at.frame_payload(th)) else {
        return Ok(());
    };
    let line = at.start_line(th, event);
    match call(th, (&frame, line, event == Event::Start), &f, what, arg) {
        Ok(_) => Ok(()),
        Err(e) => {
            set_profile(th, None);
            Err(e)
        }
    }
}

/// The built-in function of a call: what is called itself, or a method bound to its first argument.
fn native_function(th: &Thread, f: &Obj, first: Option<&Obj>) -> Res<Option<Obj>> {
    if f.exact::<BuiltinFunction>().is_some() {
        return Ok(Some(f.clone()));
    }
    match (f.exact::<MethodDescriptor>(), first) {
        (Some(_), Some(me)) => {
            let class = th.type_of(me).obj().clone();
            th.call_method(f, "__get__", &[me.clone(), class]).map(Some)
        }
        _ => Ok(None),
    }
}

fn exception_args(th: &Thread, e: &Obj) -> Res {
    let t = th.type_of(e).obj().clone();
    let tb = th.getattr_opt(e, "__traceback__")?.unwrap_or(Obj::NONE);
    th.tuple(vec![t, e.clone(), tb])
}

/// Calls `f`. `start`: the frame has not run anything yet.
fn call(
    th: &Thread,
    (frame, line, start): (&Py<FrameObj>, u32, bool),
    f: &Obj,
    what: &str,
    arg: Obj,
) -> Res {
    let what = th.intern(what);
    frame.line.store(line, Ordering::Relaxed);
    if start {
        frame
            .trace_options
            .fetch_or(FrameObj::AT_START, Ordering::Relaxed);
    }
    let r = unwatched(th, || th.call(f, &[frame.obj().clone(), what, arg]));
    frame
        .trace_options
        .fetch_and(!FrameObj::AT_START, Ordering::Relaxed);
    frame.line.store(0, Ordering::Relaxed);
    r
}
