//! When a loop is recorded, entered, or left alone.
//!
//! Each loop has a counter in its code object (`Code::loops`), read as an i32: it counts up at each back edge. Each function
//! has one (`Code::calls`) that counts calls. At the
//! thread's threshold [`back_edge`] looks. A loop with code keeps its counter at [`ALWAYS`], so that every back edge
//! looks; one that is to be left alone for a while starts again from a number below zero.

use super::close;
use super::exit;
use super::inside::Inside;
use super::join;
use super::recorder::Recorder;
use super::region::{Code, Region, State};
use super::state::Jit;
use super::window;
use crate::interp::{reg, sink, slow};
use crate::object::code::Code as PyCode;
use crate::object::frame::{Frame, flag};
use crate::object::{Py, Value};
use crate::runtime::error::Exc;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::Mutex;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};
use threadsnake_threads::tier::{Tier, TierEntry};

/// What code says that has returned.
const RETURNED: usize = threadsnake_jit::RETURNED as usize;
/// The counter of a loop that has code.
const ALWAYS: i32 = i32::MAX / 2;
/// The counter of a loop that a recording of a loop around it waits for: it is recorded at its next turn.
pub const WANTED: i32 = i32::MAX / 4;

/// What the interpreter does next.
pub enum After {
    /// Goes on.
    Go,
    /// Goes on with the record on top.
    Reload,
    /// Goes on with the record on top, where this exception was raised.
    Raise(Exc),
    /// Goes on in the recording loop, where this exception was raised if there is one.
    Record(Option<Exc>),
    /// The function has returned this, owned, to that register of its caller; its record is gone.
    Returned(Value, usize),
}

/// A hot back edge, or (with the number of loops) a hot entry: `f` is the running record, its pc the header.
///
/// # Safety
/// Called by the interpreter between instructions.
#[cold]
#[inline(never)]
pub unsafe fn back_edge(th: &Thread, f: *mut Frame, number: usize) -> After {
    // SAFETY: the running record and its code.
    let code = unsafe { &*(*f).code };
    let region = match code.regions[number].load(Ordering::Acquire) {
        p if p.is_null() => new_region(th, code, number, f),
        p => p,
    };
    // SAFETY: regions live as long as the runtime.
    let region = unsafe { &*region };
    let entry = region.entry.enter(th.rec()).cast::<Code>();
    // SAFETY: G1; passed on.
    unsafe {
        match entry.as_ref() {
            // Compiled since `entry` looked: for the next call.
            Some(_) if region.is_function() => return After::Go,
            Some(c) => return enter(th, f, c),
            None => {}
        }
    }
    let jit = th.rt().jit();
    if th.jit.recording.get() || region.busy.swap(true, Ordering::AcqRel) {
        // Somebody records it, or it is being compiled.
        again_soon(jit, region, 3);
        return After::Go;
    }
    let kept = region.state.lock().kept.clone();
    if let Some(kept) = kept {
        // Recorded already: the other tier is made from that.
        if kept.holds() {
            close::compile_tier(th, region, &kept);
            return After::Go;
        }
        region.state.lock().kept = None;
    }
    if !lately(jit, region) {
        again_after(jit, region, (limit(jit, region) / PART).max(1));
        region.busy.store(false, Ordering::Release);
        return After::Go;
    }
    if !jit.affordable() {
        again_soon(jit, region, 5);
        region.busy.store(false, Ordering::Release);
        return After::Go;
    }
    if !jit.may_record() {
        back_off(jit, region, 0, true);
        region.busy.store(false, Ordering::Release);
        return After::Go;
    }
    // SAFETY: the running record is at the header.
    record(th, unsafe { Recorder::new(region, f) });
    After::Record(None)
}

/// Whether a region that has been counted to its threshold is hot, and not lukewarm: whether it has been counted a part further in
/// little time, or a long way, or a recording waits for it. What runs now and then finds its code, and what belongs to it, in
/// no cache, and recording it costs more than it saves in seconds.
fn lately(jit: &Jit, region: &Region) -> bool {
    let asked = jit.options.wait || jit.options.budget == 0;
    let wanted = region.heat().load(Ordering::Relaxed) as i32 >= WANTED;
    let time = match region.is_function() {
        _ if asked || wanted => u64::MAX,
        true => CALLED,
        false => TURNED,
    };
    region
        .state
        .lock()
        .counted_to_threshold(jit.elapsed(), time)
}

/// A region that may be lukewarm is looked at again after one in so many of the counts to its threshold.
const PART: i32 = 8;
/// Microseconds in which a loop that is hot is counted so far: 5000 turns a second.
const TURNED: u64 = 12_500;
/// As [`TURNED`], of a function: 6500 calls a second.
const CALLED: u64 = 40_000;
/// A region that is not hot is recorded when it has been counted so often.
const ROUNDS: u32 = 56;

impl State {
    /// Whether the region has not been found hot yet.
    pub fn is_lukewarm(&self) -> bool {
        self.rounds < ROUNDS
    }
    /// The region has been counted to its threshold: whether it is hot, that being done in less than `time`, or is now.
    fn counted_to_threshold(&mut self, now: u64, time: u64) -> bool {
        let quick = now.saturating_sub(self.counted) < time;
        self.counted = now;
        self.rounds = match quick || !self.is_lukewarm() {
            true => ROUNDS,
            false => self.rounds + 1,
        };
        !self.is_lukewarm()
    }
}

/// The recording begins: the recording loop is next.
pub fn record(th: &Thread, rec: Recorder) {
    let jit = th.rt().jit();
    // K1 of `worker`.
    drop(jit.worker.spent());
    jit.collect(th);
    th.jit.recording.set(true);
    *th.jit.recorder.borrow_mut() = Some(Box::new(rec));
}

/// A hot entry of a function: `f` is its record, just pushed.
///
/// # Safety
/// As [`back_edge`].
#[inline(never)]
pub unsafe fn entry(th: &Thread, f: *mut Frame) -> After {
    // SAFETY: the running record and its code; regions live as long as the runtime; G1.
    unsafe {
        let code = &*(*f).code;
        if code.is_generator || (*f).pc != code.entry {
            return After::Go;
        }
        let region = code.regions.last().map(|r| r.load(Ordering::Acquire));
        let region = region.and_then(|r| r.as_ref());
        match region.and_then(|r| r.entry.enter(th.rec()).cast::<Code>().as_ref()) {
            Some(c) => call(th, f, c),
            None => back_edge(th, f, code.front.nloops as usize),
        }
    }
}

/// Runs the compiled code of a function, whose record has just been pushed.
#[inline(always)]
unsafe fn call(th: &Thread, f: *mut Frame, c: &Code) -> After {
    // SAFETY: passed on.
    entered(th, c, || unsafe {
        let Some((n, v, entry)) = cross::<true>(th, f, c) else {
            return After::Go;
        };
        if n == RETURNED {
            return returned(th, f, c, v, entry.sampled);
        }
        let raised = land(th, f, c, n, entry);
        look(th, f, c, n, raised)
    })
}

/// Runs `f`, which may enter `code` and looks at it afterwards: G1 of `region`. No safepoint lies between this and the look
/// into the table.
#[inline(always)]
fn entered<R>(th: &Thread, code: &Code, f: impl FnOnce() -> R) -> R {
    th.rec().with_activation(std::ptr::from_ref(code).cast(), f)
}

fn new_region(th: &Thread, code: &PyCode, number: usize, f: *mut Frame) -> *const Region {
    // SAFETY: the payload of a live object.
    let owner: Py<PyCode> = Py::clone(&*unsafe { crate::object::obj::owner_of(code) });
    // SAFETY: the running record.
    let header = code.index_of(unsafe { (*f).pc }) as u32;
    let region = Arc::new(Region {
        code: owner,
        number: number as u16,
        header,
        entry: TierEntry::new(),
        state: Mutex::new(State::default()),
        busy: AtomicBool::new(false),
    });
    let p = Arc::as_ptr(&region).cast_mut();
    match code.regions[number].compare_exchange(
        std::ptr::null_mut(),
        p,
        Ordering::AcqRel,
        Ordering::Acquire,
    ) {
        Ok(_) => th.rt().jit().add_region(region),
        Err(other) => other,
    }
}

/// The code of a function has returned `v`, owned, and dropped its variables: the record goes. `sampled`: the code is to be
/// judged.
#[inline(always)]
unsafe fn returned(th: &Thread, f: *mut Frame, c: &Code, v: Value, sampled: bool) -> After {
    // SAFETY: `f` is the record on top, and owns what it names.
    unsafe {
        if c.tier == Tier::Multi && !th.multi() && v.is_ptr() {
            // As in `land`.
            crate::object::rc::publish(v);
        }
        if !(*f).object.is_empty() {
            // Nobody sees a frame that ends; whoever did must not be left with a record that is gone.
            th.leave(f, 0);
        }
        let (owner, flags, dst, base) = ((*f).owner, (*f).flags, (*f).dst as usize, (*f).base);
        th.pop_frame();
        reg::dec(th, owner);
        if sampled {
            judge_returned(th, c);
        }
        if flags & (flag::INIT | flag::DISCARD | flag::OPERATOR) == 0 {
            return After::Returned(v, dst);
        }
        if flags & flag::OPERATOR != 0 {
            let f = th.top.get();
            let i = *(*f).pc.sub(1);
            return match crate::interp::operator::returned(th, (*f).base, i, v) {
                Ok(v) => After::Returned(v, dst),
                Err(e) => After::Raise(e),
            };
        }
        if flags & flag::DISCARD != 0 {
            reg::dec(th, v);
            return After::Reload;
        }
        match slow::made(th, reg::take(base.sub(1)), v) {
            Ok(v) => After::Returned(v, dst),
            Err(e) => After::Raise(e),
        }
    }
}

/// Runs compiled code until it leaves, and looks at what to do with the exit.
unsafe fn enter(th: &Thread, f: *mut Frame, c: &Code) -> After {
    // SAFETY: passed on.
    entered(th, c, || unsafe {
        let Some((n, _, entry)) = cross::<false>(th, f, c) else {
            return After::Go;
        };
        let raised = land(th, f, c, n, entry);
        look(th, f, c, n, raised)
    })
}

/// What to do with an exit whose frames have been rebuilt.
unsafe fn look(th: &Thread, f: *mut Frame, c: &Code, n: usize, raised: Option<Exc>) -> After {
    if raised.is_none() && th.rec().guard.load(Ordering::Relaxed) != 0 {
        if let Err(e) = th.poll() {
            return After::Raise(e);
        }
    }
    let taken = c.taken[n].load(Ordering::Relaxed);
    let mask = th.jit.exit_mask.get();
    if taken & mask == 0 {
        join::note_lost(c, n, u64::from(mask) + 1);
        // SAFETY: the code was left through that exit and the frames are rebuilt.
        if unsafe { join::begin(th, f, c, n) } {
            return After::Record(raised);
        }
        join::compile_grown(th, c, false);
        th.rt().jit().collect(th);
    }
    raised.map_or(After::Reload, After::Raise)
}

/// The count at which a region's counter is looked at.
fn limit(jit: &Jit, region: &Region) -> i32 {
    let (turns, calls) = jit.thresholds();
    match region.is_function() {
        true => calls,
        false => turns,
    }
}

/// Runs compiled code of a loop until it leaves: the number of the exit, and the exception if it is one for that. The frames are
/// rebuilt. `None`: it was not entered.
///
/// # Safety
/// `f` is the running record, at the header; between two instructions.
pub unsafe fn run(th: &Thread, f: *mut Frame, c: &Code) -> Option<(usize, Option<Exc>)> {
    // SAFETY: passed on.
    entered(th, c, || unsafe {
        let (n, _, entry) = cross::<false>(th, f, c)?;
        Some((n, land(th, f, c, n, entry)))
    })
}

/// What was noted of an entry into compiled code.
#[derive(Clone, Copy)]
struct Entry {
    /// How many entries this one stands for, which was timed; 0: it was not.
    timed: u64,
    /// When it was left, as a time stamp, if it was timed.
    ended: u64,
    /// The code is to be judged.
    sampled: bool,
}

/// Runs compiled code, a function's or a loop's, until it leaves: the number of the exit, or [`RETURNED`] and what was returned.
/// `None`: it was not entered.
///
/// # Safety
/// As [`run`]; inside [`entered`]. A function's was found for the mode that the thread is in.
#[inline(always)]
unsafe fn cross<const FUNCTION: bool>(
    th: &Thread,
    f: *mut Frame,
    c: &Code,
) -> Option<(usize, Value, Entry)> {
    let kept = &c.kept;
    // SAFETY: the running record.
    unsafe {
        if (*f).globals != kept.globals {
            return None;
        }
        if !FUNCTION && kept.sinks && !sink::takes(th, f) {
            return None;
        }
        // A record that runs a function's code is no generator's.
        let on_heap = !FUNCTION && (*f).flags & flag::HEAP != 0;
        let limit = (*f).limit;
        let window = if on_heap { limit } else { (*f).base };
        let room = window.add(kept.registers + 1).max(limit);
        if th.depth.get() + kept.depth + 1 >= th.rt().recursion_limit.load(Ordering::Relaxed)
            || room.add(64) >= th.stack_end
            || th.top.get().add(kept.depth) >= th.frames_end
            || th.native_stack_low()
        {
            return None;
        }
        // No safepoint, where the mode may change, lies between this and the look into the table.
        debug_assert!(!FUNCTION || Tier::of(th.rec()) == c.tier);
        if !FUNCTION && Tier::of(th.rec()) != c.tier {
            return None;
        }
        let outer = th.jit.current.enter(th.rec(), c, c.tier == Tier::Multi)?;
        let (timed, sampled) = match c.tier {
            Tier::Single => {
                let entered = c.entered.load(Ordering::Relaxed).wrapping_add(1);
                c.entered.store(entered, Ordering::Relaxed);
                // The clock costs as much as a short piece of code: one entry in eight is timed, but not every eighth,
                // since calls of a recursion come in a rhythm.
                let one = (entered.wrapping_mul(0x9E37_79B9) >> 16).is_multiple_of(TIMED);
                (if one { TIMED } else { 0 }, entered & (SAMPLE - 1) == 0)
            }
            Tier::Multi => counted_in_multi(th, c),
        };
        if on_heap {
            window::borrow(f);
        }
        (*f).limit = room;
        let base = (*f).base;
        let rec: *const threadsnake_threads::record::ThreadRecord = th.rec();
        let began = if timed != 0 { time_stamp() } else { 0 };
        let inside = Inside::new(th, c, f);
        th.jit.inside.set(&raw const inside);
        let left = c
            .compiled
            .run_seen(rec.cast_mut().cast(), base.cast(), inside.native.as_ptr());
        th.jit.inside.set(inside.outer());
        let mut ended = 0;
        if timed != 0 {
            ended = time_stamp();
            let inside = ended.saturating_sub(began + STAMP) * timed;
            c.inside.store(
                c.inside.load(Ordering::Relaxed).wrapping_add(inside),
                Ordering::Relaxed,
            );
        }
        (*f).limit = match on_heap {
            true => window::end(f),
            false => limit,
        };
        th.jit.current.leave(outer);
        let entry = Entry {
            timed,
            ended,
            sampled,
        };
        Some((left.exit as usize, Value(left.value), entry))
    }
}

/// An entry in Multi, where one in so many is counted and timed for all: threads would take the line from each other. How many it
/// stands for, and whether the code is to be judged after it.
#[inline(never)]
fn counted_in_multi(th: &Thread, c: &Code) -> (u64, bool) {
    if !th.jit.one_in(COUNTED as u32) {
        return (0, false);
    }
    let entered = c.entered.load(Ordering::Relaxed).wrapping_add(COUNTED);
    c.entered.store(entered, Ordering::Relaxed);
    (COUNTED, entered & (SAMPLE - 1) == 0)
}

/// Rebuilds the frames after the code was left through an exit; gives the exception if it is one for that.
unsafe fn land(th: &Thread, f: *mut Frame, c: &Code, n: usize, entry: Entry) -> Option<Exc> {
    c.taken[n].store(
        c.taken[n].load(Ordering::Relaxed).wrapping_add(1),
        Ordering::Relaxed,
    );
    // SAFETY: it has just been left through that exit.
    let raised = unsafe { exit::rebuild(th, f, c, n) };
    if c.tier == Tier::Multi && !th.multi() {
        // The mode became Single while registers were in the code's hands: see `Thread::publish_registers`.
        th.publish_registers();
    }
    // SAFETY: the frames are rebuilt.
    unsafe { window::give_back(th, f) };
    if entry.timed != 0 {
        // What interrupts this is no part of it.
        let outside = 2 * time_stamp().wrapping_sub(entry.ended).min(LONGEST) * entry.timed;
        c.outside.store(
            c.outside.load(Ordering::Relaxed).wrapping_add(outside),
            Ordering::Relaxed,
        );
    }
    if entry.sampled {
        worthwhile(th, c);
    }
    raised
}

/// The code of a function has returned, and is to be judged.
#[cold]
#[inline(never)]
fn judge_returned(th: &Thread, c: &Code) {
    join::compile_grown(th, c, false);
    worthwhile(th, c);
}

/// Of so many entries one is timed.
const TIMED: u64 = 8;
/// In Multi one entry in so many is counted, and timed.
const COUNTED: u64 = 16;
/// Entries between two looks at whether code is worth entering.
const SAMPLE: u64 = 64;
/// Entries between two looks at whether code that is not worth entering may become so.
const LOOK: u64 = 1024;
/// Entries of a piece of code before it is judged for the first time, and then at each power of two, up to [`LOOK`].
const EARLIEST: u64 = 128;
/// Entries of a piece of code that may still grow before it is not entered for a while; its hot exits are found by then.
const GROWING: u64 = 4096;
/// Time stamp counts that getting into code and returning cost at least.
const ENTERING: u64 = 60;
/// The most that getting out through an exit is taken to cost; getting in is taken to cost as much.
const LONGEST: u64 = 4000;
/// Time stamp counts that reading the time takes.
const STAMP: u64 = 24;
/// See [`saved`].
const CALL: u64 = 200;

/// What the interpreter would have taken longer, of time stamp counts spent in code of so many instructions, so many of them calls: five
/// times as long again for what the code does itself, and no longer for what it calls, each call being taken to last as long as
/// [`CALL`] of its instructions.
fn saved(inside: u64, insts: usize, calls: usize) -> u64 {
    let (all, calls) = (insts as u64, calls as u64 * CALL);
    // So much time that nothing overflows.
    5 * inside.min(1 << 40) * all / (all + calls).max(1)
}

/// Code whose leaving costs more than it saves: the loop is left to the interpreter for a while.
#[cold]
fn worthwhile(th: &Thread, c: &Code) {
    let inside = c.inside.swap(0, Ordering::Relaxed);
    let outside = c.outside.swap(0, Ordering::Relaxed) + SAMPLE * ENTERING;
    let entered = c.entered.load(Ordering::Relaxed) & !(SAMPLE - 1);
    let stats = &c.compiled.stats;
    let saved = saved(inside, stats.insts.1, stats.calls);
    if entered < EARLIEST || saved >= outside || th.rt().jit().options.keep {
        return;
    }
    // What is young grows by and by.
    let young = entered < GROWING;
    if join::compile_grown(th, c, !young) {
        return;
    }
    let region = c.region();
    if !(entered.is_power_of_two() || entered & (LOOK - 1) == 0) {
        // What follows takes its time.
        return;
    }
    let grows = join::will_grow(c);
    if grows && (young || th.rt().jit().affordable()) {
        return;
    }
    let misses = {
        let mut state = region.state.lock();
        state.misses += u32::from(!grows);
        state.misses
    };
    // Iterations, not entries: thousands of them before the code is tried again.
    let wait = 4000i32.saturating_mul(1 << misses.min(14));
    let threshold = limit(th.rt().jit(), region);
    region
        .heat()
        .store(threshold.saturating_sub(wait) as u32, Ordering::Relaxed);
}

/// The processor's time stamp counter.
#[inline(always)]
fn time_stamp() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 has it.
    return unsafe { core::arch::x86_64::_rdtsc() };
    #[cfg(not(target_arch = "x86_64"))]
    0
}

/// Every back edge of the loop looks for code from now on.
pub fn always(region: &Region) {
    region.heat().store(ALWAYS as u32, Ordering::Relaxed);
}

/// The loop is left alone for a while that grows with its failures; `forever`: for good.
pub fn back_off(jit: &Jit, region: &Region, failures: u32, forever: bool) {
    let threshold = limit(jit, region);
    let wait = if forever {
        i32::MAX / 2
    } else {
        // Exponential, with jitter from the address, so that loops do not fall into step.
        let jitter = (region as *const Region as usize >> 6) as i32 & 63;
        threshold
            .saturating_mul(1 << failures.min(10))
            .saturating_add(jitter)
    };
    region
        .heat()
        .store((threshold - wait) as u32, Ordering::Relaxed);
}

/// Waits a few turns: for a loop inside, which is recorded next, or for the compiler.
pub fn again_soon(jit: &Jit, region: &Region, failures: u32) {
    again_after(jit, region, 8 << failures.min(10));
}

/// The loop is looked at again after so many turns.
pub fn again_after(jit: &Jit, region: &Region, turns: i32) {
    let heat = limit(jit, region).saturating_sub(turns);
    region.heat().store(heat as u32, Ordering::Relaxed);
}

/// A fact that this code relied on has broken.
pub fn code_broke(jit: &Jit, code: &Arc<Code>) {
    let region = code.region();
    let mut state = region.state.lock();
    for (fact, a) in &code.kept.facts {
        if !a.is_valid() {
            // The second time it is not relied on any more.
            let known = state.broken.iter().filter(|f| *f == fact).count();
            state.broken.push(*fact);
            if known >= 1 && !state.distrusted.contains(fact) {
                state.distrusted.push(*fact);
            }
        }
    }
    if state
        .kept
        .as_ref()
        .is_some_and(|k| Arc::ptr_eq(k, &code.kept))
    {
        state.kept = None;
        code.kept.forget();
    }
    jit.bury(&mut state, |c| Arc::ptr_eq(c, code));
    drop(state);
    // It may be recorded again after a while.
    region.heat().store((-2000i32) as u32, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_quickly_is_hot() {
        let mut s = State::default();
        assert!(s.counted_to_threshold(TURNED - 1, TURNED));
        // And stays so.
        assert!(s.counted_to_threshold(20 * TURNED, TURNED));
    }

    #[test]
    fn what_is_counted_slowly_is_hot_after_some_rounds() {
        let mut s = State::default();
        for n in 1..u64::from(ROUNDS) {
            assert!(!s.counted_to_threshold(n * TURNED, TURNED), "round {n}");
            assert!(s.is_lukewarm());
        }
        assert!(s.counted_to_threshold(u64::from(ROUNDS) * TURNED, TURNED));
    }

    #[test]
    fn what_begins_late_is_hot_in_its_second_round() {
        let mut s = State::default();
        assert!(!s.counted_to_threshold(9 * TURNED, TURNED));
        assert!(s.counted_to_threshold(9 * TURNED + 50, TURNED));
    }

    #[test]
    fn calls_save_nothing() {
        assert_eq!(saved(1000, 100, 0), 5000);
        assert!(saved(1000, 100, 10) < 500);
        assert_eq!(saved(1000, 0, 0), 0);
        assert!(saved(u64::MAX, 6000, 0) > saved(1 << 30, 6000, 0));
    }
}
