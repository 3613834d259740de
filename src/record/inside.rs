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

use super::exit::{PLACE, blank, is_raw, look, owner};
use super::region::{Code, Kept};
use crate::object::frame::{Frame, Generator, flag};
use crate::object::function::Function;
use crate::object::{Obj, Py, Value};
use crate::runtime::thread::Thread;
use std::cell::Cell;
use threadsnake_jit::ir::{SnapVal, Snapshot, Type, boxed};
use threadsnake_jit::{ExitInfo, Place, Rebuilt, read_at_call};
use threadsnake_threads::sync::Arc;

/// One entry into compiled code.
pub struct Inside {
    outer: *const Inside,
    code: *const Code,
    frame: *mut Frame,
    /// Frame pointer of the compiled code: written by whoever enters it.
    pub native: Cell<usize>,
    /// The exception that the innermost frame of the trace handles that handles one since the code was entered; borrowed
    /// from that frame's handler.
    pub handled: Cell<Value>,
}

impl Inside {
    /// About to enter `code` for the record `frame`. To be put into `ThreadJit::inside`.
    pub fn new(th: &Thread, code: &Code, frame: *mut Frame) -> Inside {
        Inside {
            outer: th.jit.inside.get(),
            code,
            frame,
            native: Cell::new(0),
            handled: Cell::new(Value::EMPTY),
        }
    }
    /// The one to put back.
    pub fn outer(&self) -> *const Inside {
        self.outer
    }
    /// The record that the code was entered for.
    pub fn frame(&self) -> *mut Frame {
        self.frame
    }
    /// See [`site`].
    ///
    /// # Safety
    /// The thread is in the code, and stays there.
    unsafe fn site<'a>(&self) -> Option<(&'a Arc<Kept>, &'a Arc<Site>, usize)> {
        let native = self.native.get();
        if native == 0 {
            return None;
        }
        // SAFETY: the caller's promise: code lives as long as somebody is in it.
        unsafe {
            let code = &*self.code;
            let n = code.compiled.call_site(native)?;
            let site = || Arc::new(Site::new(code.compiled.exits.get(n)));
            Some((&code.kept, code.sites.get(n, site), native))
        }
    }
}

/// A call that compiled code makes.
pub struct Site {
    /// Its snapshot, and where the values are.
    pub info: ExitInfo,
    /// The places of values that the frames of inlined calls name, and objects that were never made; whether a reference
    /// may be there.
    pub places: Vec<(Place, bool)>,
}

impl Site {
    fn new(info: ExitInfo) -> Site {
        let snap = &info.snap;
        let frames = snap.frames.iter().skip(1).flat_map(|f| f.regs.iter());
        let objects = snap.virtuals.iter().flat_map(|o| o.fields.iter());
        let mut places: Vec<(Place, bool)> = Vec::new();
        for e in frames.chain(objects) {
            let SnapVal::Value(v) = e.val else { continue };
            let (ty, place) = info.values[v.index()];
            let counted = matches!(ty, Type::Obj | Type::Val);
            match places.iter_mut().find(|(p, _)| *p == place) {
                _ if matches!(place, Place::Const(_)) => {}
                Some(known) => known.1 |= counted,
                None => places.push((place, counted)),
            }
        }
        Site { info, places }
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
    /// Of one frame, of which only the next instruction is asked.
    pub(super) fn at(pc: u32) -> View {
        View {
            pc: Some(pc),
            ..View::default()
        }
    }
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
    // SAFETY: the caller's promise.
    unsafe {
        let inside = entry(other, f)?;
        let Some((kept, site, native)) = inside.site() else {
            return Some(View::default());
        };
        let read = |place| read_at_call(native, place);
        Some(at_site(th, kept, &site.info, &read))
    }
}

/// The innermost entry into compiled code that runs for this record of a thread.
///
/// # Safety
/// As [`view`].
unsafe fn entry<'a>(th: &Thread, f: *const Frame) -> Option<&'a Inside> {
    let mut at = th.jit.inside.get();
    // SAFETY: entries lie on the stack of a thread that is in them.
    while let Some(inside) = unsafe { at.as_ref() } {
        if std::ptr::eq(inside.frame, f) {
            return Some(inside);
        }
        at = inside.outer;
    }
    None
}

/// The call in which compiled code is that runs for this record of the calling thread: what belongs to the code, what its
/// snapshot says, and the code's frame pointer.
///
/// # Safety
/// `f` is a record of the thread.
pub(super) unsafe fn site<'a>(
    th: &Thread,
    f: *const Frame,
) -> Option<(&'a Arc<Kept>, &'a Arc<Site>, usize)> {
    // SAFETY: passed on.
    unsafe { entry(th, f)?.site() }
}

/// What a call's snapshot says. `read` gives the value of a place; it is alive.
pub(super) fn at_site(
    th: &Thread,
    kept: &Kept,
    site: &ExitInfo,
    read: &dyn Fn(Place) -> Option<u64>,
) -> View {
    let snap = &site.snap;
    let look = |v: &SnapVal| look(site, *v, read);
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
        let regs = fr.regs.iter().filter(|e| e.place < PLACE);
        if n == 0 {
            view.pc = Some(fr.pc);
            for e in regs {
                let v = word(&e.val, &mut view.made);
                view.regs.push((e.place, v));
            }
            continue;
        }
        let call = &kept.inlined[fr.code as usize - 1];
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
            let raw = is_raw(o, e);
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
            // SAFETY: a field lies inside its object, which nobody else has; what it owns is alive.
            unsafe {
                if th.multi() && !raw {
                    crate::interp::attr::publish_word(Value(bits));
                }
                ((obj.value().0 + u64::from(e.place)) as *mut u64).write(bits);
            }
        }
    }
    made
}
