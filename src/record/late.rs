//! Tracebacks of exceptions that were raised and handled inside a trace, made when somebody asks for them.
//!
//! The frames of such a traceback were never there: to make them costs more than to raise the exception, and most handlers
//! look at its class only. So an exception that compiled code catches gets a [`Late`] in the place of its traceback: where
//! the code was, and the values that the snapshot of that place names. Whoever asks for the traceback
//! ([`traceback`](fn@traceback), the one way to it) gets what [`inside`] makes of them.
//!
//! Two threads that ask at once may get entries that are equal and not the same.

use super::inside::{self, Site, View};
use super::region::Kept;
use crate::interp::frameobj;
use crate::object::def::TypeDef;
use crate::object::exception::BaseException;
use crate::object::frame::flag;
use crate::object::layout::{Layout, Native, Visit};
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Slot, Value};
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use smallvec::SmallVec;
use threadsnake_jit::ir::SnapFrame;
use threadsnake_jit::read_at_call;
use threadsnake_threads::sync::Arc;

/// Payload of a traceback that is to be made.
pub struct Late {
    kept: Arc<Kept>,
    site: Arc<Site>,
    /// What the places of the site held; references are owned.
    values: SmallVec<[u64; 8]>,
    /// The frame object of the record for which the code ran.
    root: Obj,
    /// How many frames get an entry, from the innermost on, and whether the innermost does.
    frames: usize,
    fresh: bool,
    /// The traceback that there was before.
    next: Slot,
}

static LAYOUT: Layout = Layout::of::<Late>("late traceback");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Late {
    const TYPE: TypeId = TypeId::LateTraceback;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.root.value());
        visit(self.next.raw());
        for (place, bits) in self.site.places.iter().zip(&self.values) {
            if owns(place.1, *bits) {
                visit(Value(*bits));
            }
        }
    }
    fn clear(&self, _th: &Thread) {
        // The exception that has it is what a cycle is cut at.
    }
}

/// Whether a reference is held for a word of a place that is counted: not where it is empty, of a variable that is unbound.
fn owns(counted: bool, bits: u64) -> bool {
    counted && Value(bits).is_ptr()
}

impl Drop for Late {
    fn drop(&mut self) {
        for (place, bits) in self.site.places.iter().zip(&self.values) {
            if owns(place.1, *bits) {
                // SAFETY: owned since `Late` was made.
                drop(unsafe { Obj::from_value(Value(*bits)) });
            }
        }
    }
}

/// Compiled code that runs for the record on top has raised `e`, and leads it to a handler in the `frames`th frame from the
/// innermost: the traceback gets an entry for each of these frames, but for the innermost one if the exception is not a
/// `fresh` one for that.
///
/// # Safety
/// The code is in a call whose snapshot tells where that was.
pub unsafe fn add(th: &Thread, e: &Exc, frames: usize, fresh: bool) {
    // SAFETY: the caller's promise; the running record, which has code; values are alive while the code is in the call.
    unsafe {
        let f = th.top.get();
        let Some((kept, site, native)) = inside::site(th, f) else {
            return;
        };
        let root = frameobj::frame_object(th, f);
        let snap = &site.info.snap;
        let of_generator =
            |fr: &SnapFrame| kept.inlined[fr.code as usize - 1].flags & flag::HEAP != 0;
        if snap.frames.len() == 1 || snap.frames[1..].iter().any(of_generator) {
            let view = match &snap.frames[..] {
                [only] => View::at(only.pc),
                _ => inside::at_site(th, kept, &site.info, &|p| read_at_call(native, p)),
            };
            let next = traceback(th, &e.0);
            let made = frameobj::entries(th, next, root, view, (frames, fresh));
            e.0.raw_traceback.set(th, made);
            return;
        }
        let values = site.places.iter().map(|(place, counted)| {
            let bits = read_at_call(native, *place).unwrap_or(0);
            match owns(*counted, bits) {
                true => Obj::from_borrowed(Value(bits)).into_value().0,
                false => bits,
            }
        });
        let late = th.alloc(Late {
            values: values.collect(),
            kept: kept.clone(),
            site: site.clone(),
            root,
            frames,
            fresh,
            next: Slot::new(e.0.raw_traceback.get()),
        });
        e.0.raw_traceback.set(th, Some(late.into_obj()));
    }
}

/// The traceback of an exception.
pub fn traceback(th: &Thread, e: &BaseException) -> Option<Obj> {
    let tb = e.raw_traceback.get()?;
    if tb.exact::<Late>().is_none() {
        return Some(tb);
    }
    let made = made(th, tb);
    e.raw_traceback.set(th, made.clone());
    made
}

/// The same, taken out of an exception that this thread has alone.
pub fn take_alone(th: &Thread, e: &BaseException) -> Option<Obj> {
    e.raw_traceback.take_alone().and_then(|tb| made(th, tb))
}

/// The entries of a traceback.
fn made(th: &Thread, tb: Obj) -> Option<Obj> {
    let Some(late) = tb.exact::<Late>() else {
        return Some(tb);
    };
    let next = late.next.get().and_then(|tb| made(th, tb));
    let read = |place| {
        let at = late.site.places.iter().position(|(p, _)| *p == place);
        at.map(|n| late.values[n])
    };
    let view = inside::at_site(th, &late.kept, &late.site.info, &read);
    let root = late.root.clone();
    frameobj::entries(th, next, root, view, (late.frames, late.fresh))
}

/// `late traceback`: nobody sees one.
pub static DEF: TypeDef = TypeDef::new(TypeId::LateTraceback, "late traceback", Late::LAYOUT);
