//! Payloads of exceptions and tracebacks.

use super::layout::{Layout, Native, Visit};
use super::obj::{DeepSlot, Obj, Py, Slot};
use super::rc;
use super::type_ids::TypeId;
use super::value::Value;
use crate::runtime::thread::Thread;
use threadsnake_threads::header::PUBLISHED;
use threadsnake_threads::sync::atomic::{AtomicBool, AtomicU32};

/// Number of extra fields, see [`BaseException::extra`].
pub const EXTRA: usize = 6;

/// Payload of all exceptions.
pub struct BaseException {
    /// `args`: a tuple.
    pub args: Slot,
    /// `__traceback__`: a traceback, or what it is to be made of (`record::late`), or nothing.
    pub raw_traceback: DeepSlot,
    /// `__context__`
    pub context: Slot,
    /// `__cause__`
    pub cause: Slot,
    /// `__suppress_context__`
    pub suppress: AtomicBool,
    /// Fields of the built-in subclasses: StopIteration `value`; SystemExit `code`; KeyError none; OSError `errno strerror
    /// filename filename2 winerror characters_written`; ImportError `name path msg name_from`; NameError `name`;
    /// AttributeError `name obj`; SyntaxError `msg filename lineno offset text print_file_and_line` with `end_lineno
    /// end_offset` in the instance's attributes; Unicode errors `encoding object start end reason`; groups `message
    /// exceptions`.
    pub extra: [Slot; EXTRA],
}

static LAYOUT: Layout = Layout::of::<BaseException>("BaseException");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for BaseException {
    const TYPE: TypeId = TypeId::BaseException;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.raw_traceback.raw());
        for s in [&self.args, &self.context, &self.cause]
            .into_iter()
            .chain(&self.extra)
        {
            visit(s.raw());
        }
    }
    fn clear(&self, th: &Thread) {
        self.raw_traceback.set(th, None);
        for s in [&self.context, &self.cause].into_iter().chain(&self.extra) {
            s.set(th, None);
        }
    }
}

/// Payload of traceback entries.
pub struct Traceback {
    /// `tb_next`
    pub next: DeepSlot,
    /// `tb_frame`
    pub frame: DeepSlot,
    /// Index of the instruction.
    pub lasti: u32,
    /// `tb_lineno`; [`UNKNOWN`]: to be found by the instruction.
    pub line: AtomicU32,
}

/// See [`Traceback::line`].
pub const UNKNOWN: u32 = u32::MAX;

static TRACEBACK: Layout = Layout::of::<Traceback>("traceback");

// SAFETY: TRACEBACK is of this type.
unsafe impl Native for Traceback {
    const TYPE: TypeId = TypeId::Traceback;
    const LAYOUT: &'static Layout = &TRACEBACK;
    fn traverse(&self, visit: Visit<'_>) {
        visit(self.next.raw());
        visit(self.frame.raw());
    }
    fn clear(&self, th: &Thread) {
        self.next.set(th, None);
        self.frame.set(th, None);
    }
}

/// Publishes the tracebacks that an exception or a traceback refers to, and their frames (P3 of `threads::header`): the
/// last one first, so that what a published one refers to is published.
pub fn publish_held(o: &Obj) {
    let mut chain = Vec::new();
    let mut at = match o.cast::<BaseException>() {
        Some(e) => e.raw_traceback.raw(),
        None => o.value(),
    };
    // SAFETY: O2, and what is referred to from here is alive as long as the object.
    while let Some(tb) = unsafe { traceback(&at) } {
        if tb.head().has(PUBLISHED) {
            break;
        }
        chain.push(at);
        at = tb.next.raw();
    }
    for at in chain.into_iter().rev() {
        // SAFETY: as above.
        if let Some(tb) = unsafe { traceback(&at) } {
            // SAFETY: as above; the slot is never empty.
            unsafe { rc::publish(tb.frame.raw()) };
            if !tb.obj().is(o) {
                tb.head().set(PUBLISHED);
            }
        }
    }
}

/// The traceback that a word of a slot is.
///
/// # Safety
/// It is alive for as long as the word is borrowed.
unsafe fn traceback(v: &Value) -> Option<&Py<Traceback>> {
    if !v.is_ptr() {
        return None;
    }
    // SAFETY: the caller's promise.
    unsafe { Obj::ref_from(v) }.cast::<Traceback>()
}

impl BaseException {
    /// The payload of an exception with these arguments (a tuple).
    pub fn with_args(args: Obj) -> BaseException {
        BaseException {
            args: Slot::new(Some(args)),
            raw_traceback: DeepSlot::empty(),
            context: Slot::empty(),
            cause: Slot::empty(),
            suppress: AtomicBool::new(false),
            extra: [const { Slot::empty() }; EXTRA],
        }
    }
}

impl Py<BaseException> {
    /// Fills the fields that a built-in class takes from its arguments.
    pub fn fill_from_args(&self, th: &Thread, id: TypeId, args: &[Obj]) {
        let set = |i: usize, v: Option<&Obj>| self.extra[i].set(th, v.cloned());
        match id {
            TypeId::StopIteration | TypeId::StopAsyncIteration => set(0, args.first()),
            TypeId::SystemExit => match args {
                [] => {}
                [one] => set(0, Some(one)),
                _ => self.extra[0].set(th, self.args.get()),
            },
            TypeId::SyntaxError
            | TypeId::IndentationError
            | TypeId::TabError
            | TypeId::IncompleteInputError => {
                set(0, args.first());
            }
            TypeId::ImportError | TypeId::ModuleNotFoundError => {
                if let [one] = args {
                    set(2, Some(one));
                }
            }
            TypeId::UnicodeDecodeError | TypeId::UnicodeEncodeError if args.len() == 5 => {
                for (i, a) in args.iter().enumerate() {
                    set(i, Some(a));
                }
            }
            TypeId::UnicodeTranslateError if args.len() == 4 => {
                for (i, a) in args.iter().enumerate() {
                    set(i + 1, Some(a));
                }
            }
            _ if id >= TypeId::OSError && id <= TypeId::TimeoutError && args.len() >= 2 => {
                for (i, a) in args.iter().take(5).enumerate() {
                    match i {
                        3 => {}
                        4 => set(3, Some(a)),
                        _ => set(i, Some(a)),
                    }
                }
                if args.len() > 2 {
                    if let Ok(two) = th.tuple(args[..2].to_vec()) {
                        self.args.set(th, Some(two));
                    }
                }
            }
            _ => {}
        }
    }
}
