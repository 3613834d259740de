//! What the frames of a thread look like while its compiled code is inside a call that runs Python or native code.
//!
//! The record of the loop's frame stands where the code was entered, and calls that became part of the trace have none.
//! Whoever looks (`sys._getframe`, a traceback, `locals`) asks here: the call's snapshot says what each frame holds at
//! that moment, and the values that it names lie in the stack frame of the compiled code (`Compiled::call_site`).
//! Nothing is changed by that but the `pc` of the loop's record, which the exit writes anyway: the code goes on as before.
//!
//! Each entry into compiled code is an [`Inside`] on the native stack, linked in `ThreadJit::inside`. It is read by its
//! thread, which is further up the stack, or while the thread stands still.
//!
//! A frame object of a call that became part of the trace is a copy of that moment: who keeps it does not see the call go on.
//!
//! Not shown: where a finaliser runs because compiled code dropped the last reference (or ran out of free cells), there is
//! no snapshot; the loop's frame then shows the variables that the code does not change, and the line of its header.

use super::exit::{OWNER, PLACE, blank, is_raw, look, owner};
use super::region::Code;
use crate::object::frame::{Frame, Generator, flag};
use crate::object::function::Function;
use crate::object::{Obj, Py, Value};
use crate::runtime::thread::Thread;
use std::cell::Cell;
use threadsnake_jit::ir::{SnapVal, Snapshot, boxed};
use threadsnake_jit::{ExitInfo, Rebuilt, read_at_call};

/// One entry into compiled code.
pub struct Inside {
    outer: *const Inside,
    code: *const Code,
    frame: *mut Frame,
    /// Frame pointer of the compiled code: written by whoever enters it.
    pub native: Cell<usize>,
}

impl Inside {
    /// About to enter `code` for the record `frame`. To be put into `ThreadJit::inside`.
    pub fn new(th: &Thread, code: &Code, frame: *mut Frame) -> Inside {
        Inside {
            outer: th.jit.inside.get(),
            code,
            frame,
            native: Cell::new(0),
        }
    }
    /// The one to put back.
    pub fn outer(&self) -> *const Inside {
        self.outer
    }
}

/// A call that became part of the trace, in the middle of its callee.
pub struct Inlined {
    /// The function.
    pub func: Py<Function>,
    /// Number of the instruction that it is at.
    pub index: u32,
    /// Its variables.
    pub values: Vec<Option<Obj>>,
    /// The generator that was resumed, if it is one.
    pub generator: Option<Obj>,
}

/// A record that compiled code runs for.
#[derive(Default)]
pub struct View {
    /// The next instruction; `None`: it is not known where the code is.
    pub pc: Option<u32>,
    /// The registers that differ from memory: valid until the running call ends.
    regs: Vec<(u32, Value)>,
    /// Calls inside, outermost first.
    pub inlined: Vec<Inlined>,
    /// Keeps what was made for this view.
    made: Vec<Obj>,
}

impl View {
    /// What register `r` holds, if that is not in memory.
    pub fn register(&self, r: usize) -> Option<Value> {
        let found = self.regs.iter().find(|(n, _)| *n as usize == r);
        found.map(|(_, v)| *v)
    }
}

/// What compiled code that runs for this record of `other` says of it; `None`: none does.
///
/// # Safety
/// `other` is the calling thread or stands still.
pub unsafe fn view(th: &Thread, other: &Thread, f: *const Frame) -> Option<View> {
    let mut at = other.jit.inside.get();
    // SAFETY: entries lie on the stack of a thread that is in them.
    unsafe {
        while let Some(inside) = at.as_ref() {
            if std::ptr::eq(inside.frame, f) {
                let code = &*inside.code;
                let native = inside.native.get();
                let site = (native != 0)
                    .then(|| code.compiled.call_site(native))
                    .flatten();
                return Some(site.map_or_else(View::default, |s| at_site(th, code, &s, native)));
            }
            at = inside.outer;
        }
    }
    None
}

/// # Safety
/// The code is in this call, its frame pointer is `native`, and it stays there.
unsafe fn at_site(th: &Thread, code: &Code, site: &ExitInfo, native: usize) -> View {
    let snap = &site.snap;
    // SAFETY: the caller's promise.
    let look = |v: &SnapVal| look(site, *v, |place| unsafe { read_at_call(native, place) });
    let objects = objects(th, snap, &look);
    let mut view = View::default();
    let word = |v: &SnapVal, made: &mut Vec<Obj>| match look(v) {
        Rebuilt::Boxed(bits) => Value(bits),
        Rebuilt::Ptr(_) => Value::EMPTY,
        Rebuilt::Virtual(n) => objects.get(n as usize).map_or(Value::EMPTY, Obj::value),
        Rebuilt::Big(n) => {
            let o = th.int(n);
            let v = o.value();
            made.push(o);
            v
        }
    };
    for (n, fr) in snap.frames.iter().enumerate() {
        let regs = fr
            .regs
            .iter()
            .filter(|e| e.place < PLACE && e.place != OWNER);
        if n == 0 {
            view.pc = Some(fr.pc);
            for e in regs {
                let v = word(&e.val, &mut view.made);
                view.regs.push((e.place, v));
            }
            continue;
        }
        let call = &code.kept.inlined[fr.code as usize - 1];
        let of_generator = match call.flags & flag::HEAP {
            0 => None,
            _ => {
                let Some(owner) = owner(fr).map(|e| word(&e.val, &mut view.made)) else {
                    continue;
                };
                // SAFETY: the owner is the generator that was resumed, alive as long as it runs.
                Some(unsafe { (Obj::from_borrowed(owner), generator(owner)) })
            }
        };
        let (generator, (func, mut values)) = match of_generator {
            Some((g, seen)) => (Some(g), seen),
            None => {
                // SAFETY: kept alive by the code.
                let known: &Py<Function> =
                    unsafe { crate::interp::reg::obj(&call.func).cast_unchecked::<Function>() };
                let own = owner(fr).map(|e| word(&e.val, &mut view.made));
                let own = own.filter(|v| v.is_ptr());
                // SAFETY: alive as long as the call runs.
                let own = own.as_ref().map(|v| unsafe { crate::interp::reg::obj(v) });
                let func = own.and_then(|o| o.exact::<Function>()).unwrap_or(known);
                let n = func.code().front.nlocals as usize;
                (None, (Py::clone(func), vec![None; n]))
            }
        };
        for e in regs {
            let v = word(&e.val, &mut view.made);
            if let Some(place) = values.get_mut(e.place as usize) {
                *place = match v.is_empty() {
                    true => None,
                    // SAFETY: alive while the call lasts, since the code needs it afterwards.
                    false => Some(unsafe { Obj::from_borrowed(v) }),
                };
            }
        }
        view.inlined.push(Inlined {
            func,
            index: fr.pc.saturating_sub(1),
            values,
            generator,
        });
    }
    view.made.extend(objects);
    view
}

/// Function and variables of a generator that compiled code has resumed, as far as they lie in it.
///
/// # Safety
/// `g` is one, which the thread that is looked at has begun (F3), and has a function.
unsafe fn generator(g: Value) -> (Py<Function>, Vec<Option<Obj>>) {
    // SAFETY: the caller's promise; the words own their references.
    unsafe {
        let g = crate::interp::reg::obj(&g).cast_unchecked::<Generator>();
        let func = Py::clone(g.func.cast_unchecked::<Function>());
        let n = (*(*g.frame_ptr()).code).nlocals as usize;
        let value = |r| match *g.regs_ptr().add(r) {
            v if v.is_empty() => None,
            v => Some(Obj::from_borrowed(v)),
        };
        (func, (0..n).map(value).collect())
    }
}

/// Copies of the objects that were never made.
fn objects(th: &Thread, snap: &Snapshot, look: &dyn Fn(&SnapVal) -> Rebuilt) -> Vec<Obj> {
    let made: Vec<Obj> = snap
        .virtuals
        .iter()
        // SAFETY: a fresh object, whose fields are written below.
        .map(|o| unsafe { Obj::from_value(Value(blank(th, o))) })
        .collect();
    for (o, obj) in snap.virtuals.iter().zip(&made) {
        for e in &o.fields {
            let raw = is_raw(&e.val);
            let owned = |v: Value| match v.is_empty() {
                true => v.0,
                // SAFETY: alive as above; the field owns its reference.
                false => unsafe { Obj::from_borrowed(v) }.into_value().0,
            };
            let bits = match look(&e.val) {
                Rebuilt::Boxed(bits) if raw => boxed::to_int(bits) as u64,
                Rebuilt::Big(n) if raw => n as u64,
                Rebuilt::Boxed(bits) => owned(Value(bits)),
                Rebuilt::Big(n) => th.int(n).into_value().0,
                Rebuilt::Ptr(p) => p,
                Rebuilt::Virtual(k) => owned(made[k as usize].value()),
            };
            // SAFETY: a field lies inside its object, which nobody else has.
            unsafe { ((obj.value().0 + u64::from(e.place)) as *mut u64).write(bits) };
        }
    }
    made
}
