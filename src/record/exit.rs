//! From a snapshot back to frames and registers.
//!
//! A snapshot's first frame is the loop's, whose record is on top; the others are calls that were inlined and get records
//! of their own. Places from [`PLACE`] on are state of iterators that was kept in machine registers (a number in the
//! region's table); the place [`OWNER`] is a frame's function, [`EXC`] the exception that it handles.

use super::region::{Code, Kept};
use super::step::fresh::is_number;
use crate::interp::attr::publish_word;
use crate::interp::reg;
use crate::object::frame::{Frame, Generator, flag};
use crate::object::function::Function;
use crate::object::{Py, Value};
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use threadsnake_jit::ir::{SnapEntry, SnapFrame, SnapVal, Snapshot, Type, VirtualObj, boxed};
use threadsnake_jit::{ExitInfo, Place, Rebuilt};
use threadsnake_threads::sync::atomic::{AtomicI64, AtomicPtr, Ordering};

/// Place of a frame's function.
pub const OWNER: u32 = 0xFFFF;
/// Place of the exception that a frame handles, borrowed: the handler's register holds it.
pub const EXC: u32 = 0xFFFE;
/// First place of iterator state.
pub const PLACE: u32 = 0x8000;
/// `how` of a frame: go on at its pc.
pub const RESUME: u32 = 0;
/// `how` of a frame: the exception in `ThreadJit::raised` was raised by the instruction before its pc.
pub const RAISE: u32 = 1;

/// A call that was inlined.
#[derive(Clone, Copy)]
pub struct Inlined {
    /// The function called, or the code of a generator that was resumed (`flags` say so); kept alive by the region.
    pub func: Value,
    /// Offset of its register 0 from that of the loop's frame.
    pub offset: usize,
    /// Register of the caller that gets the result.
    pub dst: u16,
    /// Flags of the frame.
    pub flags: u8,
}

/// What is worked out of the exits of a piece of code, each when it is asked for the first time.
pub struct PerExit<T>(Box<[AtomicPtr<T>]>);

impl<T> PerExit<T> {
    /// Nothing yet, of so many exits.
    pub fn new(exits: usize) -> PerExit<T> {
        PerExit((0..exits).map(|_| AtomicPtr::default()).collect())
    }
    /// Of exit `n`; worked out by `make`.
    #[inline(always)]
    pub fn get(&self, n: usize, make: impl FnOnce() -> T) -> &T {
        // SAFETY: null, or made by `find`, and freed with `self`. Acquire: who sees the pointer sees what it leads to.
        match unsafe { self.0[n].load(Ordering::Acquire).as_ref() } {
            Some(found) => found,
            None => self.find(n, make()),
        }
    }
    #[cold]
    fn find(&self, n: usize, made: T) -> &T {
        let new = Box::into_raw(Box::new(made));
        let free = std::ptr::null_mut();
        match self.0[n].compare_exchange(free, new, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: lives as long as `self` from now on.
            Ok(_) => unsafe { &*new },
            // SAFETY: another thread was first: its one as above, this one was seen by nobody.
            Err(first) => unsafe {
                drop(Box::from_raw(new));
                &*first
            },
        }
    }
}

impl<T> Drop for PerExit<T> {
    fn drop(&mut self) {
        for way in &self.0 {
            let way = way.load(Ordering::Acquire);
            if !way.is_null() {
                // SAFETY: made by `find`; nobody has a reference to it that outlives `self`.
                drop(unsafe { Box::from_raw(way) });
            }
        }
    }
}

/// The way of an exit.
pub enum Way {
    /// One that changes registers of the loop's frame only.
    Short(Recipe),
    /// Any other.
    Long(ExitInfo),
}

impl Way {
    /// That of an exit.
    #[cold]
    fn new(info: ExitInfo) -> Way {
        Recipe::new(&info).map_or(Way::Long(info), Way::Short)
    }
}

/// The way of an exit that changes registers of the loop's frame only, worked out once.
pub struct Recipe {
    /// Where to go on.
    pc: u32,
    /// Register or place of iterator state, where the value is, its type, whether to take a reference.
    /// Registers come first: iterators must be there before their state is put back.
    moves: Box<[(u32, Place, Type, bool)]>,
}

impl Recipe {
    /// `None`: it takes more than that.
    fn new(info: &ExitInfo) -> Option<Recipe> {
        let snap = &info.snap;
        let [frame] = &snap.frames[..] else {
            return None;
        };
        if frame.how != RESUME || !snap.virtuals.is_empty() || !snap.release.is_empty() {
            return None;
        }
        let mut moves = frame
            .regs
            .iter()
            .map(|e| match e.val {
                SnapVal::Value(v) => {
                    let (ty, place) = info.values[v.index()];
                    Some((e.place, place, ty, e.incref))
                }
                SnapVal::Const(ty, bits) => Some((e.place, Place::Const(bits), ty, e.incref)),
                SnapVal::Virtual(_) => None,
            })
            .collect::<Option<Vec<_>>>()?;
        moves.sort_by_key(|m| m.0);
        let moves = moves.into();
        Some(Recipe {
            pc: frame.pc,
            moves,
        })
    }

    /// Follows it.
    ///
    /// # Safety
    /// As [`rebuild`].
    unsafe fn follow(&self, th: &Thread, f: *mut Frame, kept: &Kept) {
        let buffer = th.jit.exit_buffer();
        // SAFETY: the caller's promise.
        unsafe {
            for (place, from, ty, incref) in &self.moves {
                let v = Rebuilt::new(*ty, buffer.read(*from));
                let at = *place as usize;
                if is_state(*place) {
                    hoisted((*f).base, kept, *place, v);
                    continue;
                }
                let word = match v {
                    Rebuilt::Boxed(bits) | Rebuilt::Ptr(bits) => Value(bits),
                    Rebuilt::Big(n) => th.int(n).into_value(),
                    Rebuilt::Virtual(_) => Value::EMPTY,
                };
                if *incref {
                    reg::inc(th, word);
                }
                match *place {
                    EXC => (*f).exc = word,
                    _ => *(*f).base.add(at) = word,
                }
            }
            (*f).pc = (*(*f).code).start().add(self.pc as usize);
        }
    }
}

/// Rebuilds what the numbered exit of `code` describes. `f` is the record of the loop's frame, on top. Gives the exception that
/// was raised, if the exit is one for that.
///
/// # Safety
/// The code has just been left through that exit, on this thread.
pub unsafe fn rebuild(th: &Thread, f: *mut Frame, code: &Code, exit: usize) -> Option<Exc> {
    let way = || Way::new(code.compiled.exits.get(exit));
    let info = match code.ways.get(exit, way) {
        Way::Short(recipe) => {
            // SAFETY: the caller's promise.
            unsafe { recipe.follow(th, f, &code.kept) };
            return None;
        }
        Way::Long(info) => info,
    };
    let snap = &info.snap;
    let buffer = th.jit.exit_buffer();
    let look = |v: &SnapVal| look(info, *v, |place| Some(buffer.read(place)));
    // SAFETY: the caller's promise: the values are those of the snapshot, owned as it says.
    unsafe {
        let objects = objects(th, snap, &look);
        let word = |r: Rebuilt, incref: bool| -> Value {
            let v = match r {
                Rebuilt::Boxed(bits) => Value(bits),
                Rebuilt::Big(n) => return th.int(n).into_value(),
                Rebuilt::Ptr(bits) => Value(bits),
                // Built with one reference for each place that names it.
                Rebuilt::Virtual(n) => return Value(objects[n as usize]),
            };
            if incref {
                reg::inc(th, v);
            }
            v
        };
        let kept: &Kept = &code.kept;
        let mut how = RESUME;
        for (n, fr) in snap.frames.iter().enumerate() {
            how = fr.how;
            if n == 0 {
                for e in fr.regs.iter() {
                    match e.place {
                        EXC => (*f).exc = word(look(&e.val), false),
                        PLACE.. => {}
                        r => *(*f).base.add(r as usize) = word(look(&e.val), e.incref),
                    }
                }
                states((*f).base, kept, &fr.regs, &look);
                (*f).pc = (*(*f).code).start().add(fr.pc as usize);
                continue;
            }
            let call = &kept.inlined[fr.code as usize - 1];
            if call.flags & flag::HEAP != 0 {
                let base = generator(th, call, fr, &|e| word(look(&e.val), e.incref));
                if let Some(base) = base {
                    states(base, kept, &fr.regs, &look);
                }
                continue;
            }
            let func: &Py<Function> = reg::obj(&call.func).cast_unchecked::<Function>();
            let base = (*f).base.add(call.offset);
            let front = &func.code().front;
            for r in 0..front.nlocals as usize {
                *base.add(r) = Value::EMPTY;
            }
            let (mut owner, mut exc) = (Value::EMPTY, Value::EMPTY);
            for e in fr.regs.iter() {
                match e.place {
                    OWNER => owner = word(look(&e.val), e.incref),
                    EXC => exc = word(look(&e.val), false),
                    PLACE.. => {}
                    r => *base.add(r as usize) = word(look(&e.val), e.incref),
                }
            }
            states(base, kept, &fr.regs, &look);
            // It may be another one of the same code.
            let own = owner.is_ptr().then(|| reg::obj(&owner));
            let func = own.and_then(|o| o.exact::<Function>()).unwrap_or(func);
            let mut frame = th.function_frame(func, owner, base, call.dst, call.flags);
            frame.pc = func.code().start().add(fr.pc as usize);
            frame.exc = exc;
            th.push_frame(frame);
        }
        for v in &snap.release {
            let v = word(look(&SnapVal::Value(*v)), false);
            reg::dec(th, v);
        }
        if how == RAISE {
            return th.jit.raised.borrow_mut().take();
        }
        None
    }
}

/// Whether an exit through a snapshot is one for an exception.
pub(super) fn raises(s: &Snapshot) -> bool {
    s.frames.last().is_some_and(|f| f.how == RAISE)
}

/// Whether a place is that of state of an iterator.
pub(super) fn is_state(place: u32) -> bool {
    (PLACE..EXC).contains(&place)
}

/// The entry of a frame's function, or of its generator.
pub(super) fn owner(fr: &SnapFrame) -> Option<&SnapEntry> {
    fr.regs.iter().find(|e| e.place == OWNER)
}

/// A generator that was resumed: it has been begun, its registers lie in it. Gives where.
///
/// # Safety
/// `word` gives what an entry says, owned.
unsafe fn generator(
    th: &Thread,
    call: &Inlined,
    fr: &SnapFrame,
    word: &dyn Fn(&SnapEntry) -> Value,
) -> Option<*mut Value> {
    let gv = word(owner(fr)?);
    // SAFETY: the owner is the generator, which this thread has begun (F3 of `object::frame`).
    unsafe {
        let g = reg::obj(&gv).cast_unchecked::<Generator>();
        let (base, saved) = (g.regs_ptr(), g.frame_ptr());
        for e in fr.regs.iter().filter(|e| e.place < PLACE) {
            *base.add(e.place as usize) = word(e);
        }
        let frame = Frame {
            pc: (*(*saved).code).start().add(fr.pc as usize),
            base,
            limit: (*th.top.get()).limit,
            generator: gv,
            flags: call.flags,
            dst: call.dst,
            ending: false,
            ..*saved
        };
        th.push_frame(frame);
        Some(base)
    }
}

/// What a snapshot says, the values being where `read` finds them.
pub(super) fn look(
    info: &ExitInfo,
    v: SnapVal,
    read: impl FnOnce(Place) -> Option<u64>,
) -> Rebuilt {
    match v {
        SnapVal::Value(v) => {
            let (ty, place) = info.values[v.index()];
            read(place).map_or(Rebuilt::Boxed(boxed::EMPTY), |bits| Rebuilt::new(ty, bits))
        }
        SnapVal::Const(ty, bits) => Rebuilt::new(ty, bits),
        SnapVal::Virtual(n) => Rebuilt::Virtual(n),
    }
}

/// Puts all state of iterators of a frame back.
///
/// # Safety
/// The frame's registers are rebuilt.
unsafe fn states(
    base: *mut Value,
    kept: &Kept,
    regs: &[SnapEntry],
    look: &dyn Fn(&SnapVal) -> Rebuilt,
) {
    for e in regs {
        if is_state(e.place) {
            // SAFETY: passed on.
            unsafe { hoisted(base, kept, e.place, look(&e.val)) };
        }
    }
}

/// Puts state of an iterator back into it.
unsafe fn hoisted(base: *mut Value, kept: &Kept, place: u32, v: Rebuilt) {
    let (r, off) = kept.hoisted[(place - PLACE) as usize];
    let n = match v {
        Rebuilt::Boxed(bits) => boxed::to_int(bits),
        Rebuilt::Big(n) => n,
        Rebuilt::Ptr(n) => n as i64,
        Rebuilt::Virtual(_) => return,
    };
    // SAFETY: the register of the rebuilt frame holds the iterator, which nothing else refers to.
    unsafe {
        let it = *base.add(r as usize);
        debug_assert!(it.is_ptr());
        let p = (it.0 as usize + off as usize) as *const AtomicI64;
        (*p).store(n, Ordering::Relaxed);
    }
}

/// Builds the objects that were never made; each with as many references as places name it.
unsafe fn objects(th: &Thread, snap: &Snapshot, look: &dyn Fn(&SnapVal) -> Rebuilt) -> Vec<u64> {
    if snap.virtuals.is_empty() {
        return Vec::new();
    }
    let mut names = vec![0u32; snap.virtuals.len()];
    {
        let mut count = |v: &SnapVal| {
            if let SnapVal::Virtual(n) = v {
                names[*n as usize] += 1;
            }
        };
        snap.frames
            .iter()
            .flat_map(|f| f.regs.iter())
            .for_each(|e| count(&e.val));
        snap.virtuals
            .iter()
            .flat_map(|o| &o.fields)
            .for_each(|e| count(&e.val));
    }
    let made: Vec<u64> = snap.virtuals.iter().map(|o| blank(th, o)).collect();
    // SAFETY: fresh objects of that size; fields lie inside them, each field owns its reference.
    unsafe {
        for (n, o) in snap.virtuals.iter().enumerate() {
            for e in &o.fields {
                let p = (made[n] + e.place as u64) as *mut u64;
                let bits = match look(&e.val) {
                    Rebuilt::Boxed(bits) if is_raw(o, e) => boxed::to_int(bits) as u64,
                    Rebuilt::Boxed(bits) => {
                        if e.incref {
                            reg::inc(th, Value(bits));
                        }
                        bits
                    }
                    Rebuilt::Big(x) if is_raw(o, e) => x as u64,
                    Rebuilt::Big(x) => th.int(x).into_value().0,
                    Rebuilt::Ptr(p) => p,
                    Rebuilt::Virtual(k) => made[k as usize],
                };
                p.write(bits);
                if th.multi() && !is_raw(o, e) {
                    // P3 of `threads::header`.
                    publish_word(Value(bits));
                }
            }
        }
        for (n, p) in made.iter().enumerate() {
            for _ in 1..names[n] {
                reg::inc(th, Value(*p));
            }
        }
    }
    made
}

/// The memory of an object that was never made, with one reference; its fields are to be written.
pub(super) fn blank(th: &Thread, o: &VirtualObj) -> u64 {
    match th.raw_sized(o.alloc.shape, o.alloc.size as usize) {
        Some(p) => p.as_ptr() as u64,
        None => crate::runtime::create::out_of_memory(),
    }
}

/// Whether a field of an object holds an integer itself, and no value.
pub(super) fn is_raw(o: &VirtualObj, field: &SnapEntry) -> bool {
    is_number(o.alloc.shape, field.place)
}
