//! The end of a recording: the loop is closed, compiled for the tier of the thread's mode, and published.

use super::exit;
use super::helpers::exceptions;
use super::layout;
use super::multi;
use super::recorder::{Abort, Effects, GONE, Rec, Recorder, Reg, Val};
use super::region::{self, Code, Header, Ir, Kept, Region};
use super::state::{Jit, thread_time};
use crate::interp::reg;
use crate::object::Py;
use crate::object::frame::flag;
use crate::object::function::Function;
use crate::runtime::runtime::JitMode;
use crate::runtime::thread::Thread;
use threadsnake_front::opcode::Op as ByteOp;
use threadsnake_jit::ir::{
    AliasClass, Builder, ClassSet, InstData, Lists, Op, Packed, Snap, SnapEntry, SnapVal, Succ,
    Type, Value as V, boxed,
};
use threadsnake_jit::{CompileError, Mode, compile_owned};
use threadsnake_threads::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use threadsnake_threads::sync::{Arc, Mutex};
use threadsnake_threads::tier::Tier;

/// See [`give_up`].
const MAX_DROPPED: u32 = 4;
/// Recordings that may find a loop at its last turn before that counts as a failure.
const MAX_LAST_TURNS: u32 = 12;
/// How often a loop waits for what is inside it. A long recording that comes to nothing counts for several: see [`weight`].
const MAX_WAITS: u32 = 24;
/// Failures in a row after which a loop is left alone.
const MAX_FAILURES: u32 = 6;

/// The header has come round again, or this meeting has been reached.
pub fn finish(th: &Thread, mut rec: Recorder, met: Option<usize>) {
    th.jit.recording.set(false);
    rec.count_time(th);
    // SAFETY: regions live as long as the runtime.
    let region = unsafe { &*rec.region };
    if met.is_some() {
        let counters = &th.rt().jit().counters;
        counters.add(&counters.met, 1);
    }
    let header = match rec.close(met) {
        Ok(h) => h,
        Err(why) => return abandon(th, rec, why),
    };
    for (n, s) in rec.func.snaps.iter_mut().enumerate() {
        if s.origin != n as u32 && !s.frames.is_empty() {
            Arc::make_mut(s).origin = n as u32;
        }
    }
    let kept = Arc::new(Kept {
        size: super::join::size(&rec.func),
        entry_snap: header.entry_snap,
        ir: Mutex::new(Some(Arc::new(Ir {
            func: Packed::new(&rec.func),
            header,
            inner: rec.inner,
            turned: rec.turned,
            meetings: rec.meetings,
            writes: rec.writes,
            reads: rec.reads,
        }))),
        joined: rec.joined,
        generation: rec.generation,
        inlined: rec.inlined.into(),
        hoisted: rec.places.into(),
        facts: rec.facts,
        keep: rec.keep,
        // SAFETY: the record of the loop's frame is still there: the loop has just come round.
        globals: unsafe { (*rec.root).globals },
        registers: rec.registers,
        depth: rec.depth,
        sinks: rec.sinks,
    });
    set_back(th.rt().jit(), &kept);
    {
        let mut state = region.state.lock();
        state.kept = Some(kept.clone());
        state.failures = 0;
        state.last_turns = 0;
        if rec.origin.is_none() {
            state.tried.clear();
            state.waiting.clear();
        }
    }
    // A region that has grown is compiled when that has paid.
    let tier = Tier::of(th.rec());
    let current = {
        let state = region.state.lock();
        let live = |c: &&Arc<Code>| c.tier == tier && c.kept.generation == kept.generation;
        state.codes.iter().rev().find(live).cloned()
    };
    if current.is_none_or(|c| super::join::due(th, &c, &kept)) {
        compile_tier(th, region, &kept);
    } else {
        region.busy.store(false, Ordering::Release);
    }
}

/// Functions that have become part of a recording are called less from now on: those that have been called nearly often enough
/// to be recorded themselves, as all of a chain of calls have, wait to see whether they are called elsewhere.
fn set_back(jit: &Jit, kept: &Kept) {
    let back = jit.thresholds().1 / 4;
    for call in kept.inlined.iter().filter(|c| c.flags & flag::HEAP == 0) {
        // SAFETY: the function is kept alive by the recording.
        let func: &Py<Function> = unsafe { reg::obj(&call.func).cast_unchecked() };
        let code = func.code();
        let calls = code.calls.load(Ordering::Relaxed) as i32;
        let unknown = code.regions[code.front.nloops as usize].load(Ordering::Acquire);
        if unknown.is_null() && calls > 2 * back {
            code.calls.store((calls - back) as u32, Ordering::Relaxed);
        }
    }
}

/// The recording came to nothing.
pub fn abandon(th: &Thread, mut rec: Recorder, why: Abort) {
    th.jit.recording.set(false);
    rec.count_time(th);
    // SAFETY: regions live as long as the runtime.
    let region = unsafe { &*rec.region };
    let mut what = format!("{why} (at instruction {})", rec.pc);
    let weight = weight(&rec);
    // It may be different where the function in which that was is called.
    let mut anew = false;
    let inside = matches!(
        why,
        Abort::Opcode(_) | Abort::Call(_) | Abort::Surprise | Abort::Frame
    );
    let loops = why == Abort::InnerLoop && rec.top().is_generator();
    if (inside || loops)
        && let Some(code) = rec.callee()
    {
        let mut state = region.state.lock();
        if loops && !state.looping.contains(&code) {
            // Its loop may have code the next time.
            state.looping.push(code);
        } else if !state.called.contains(&code) {
            state.called.push(code);
            anew = true;
        }
    }
    if let Some(n) = rec.origin {
        what += &format!(", from exit {n}");
        note(th, region, what);
        if why == Abort::InnerLoop {
            match rec.inner.contains_key(&n) {
                true => give_up(th, region),
                // The loop inside may have code the next time.
                false => {
                    let mut state = region.state.lock();
                    state.waiting.extend((0..weight).map(|_| n));
                    if state.waiting.iter().filter(|w| **w == n).count() < MAX_WAITS as usize {
                        state.tried.retain(|t| *t != n);
                    }
                }
            }
        }
        if anew {
            region.state.lock().tried.retain(|t| *t != n);
        }
        if let Abort::Unstable(r) = why {
            // Recorded again, with what is at the header then as it comes.
            region.state.lock().loose.push(r);
            give_up(th, region);
        }
        region.busy.store(false, Ordering::Release);
        return;
    }
    drop(rec);
    if why == Abort::Left && !region.is_function() {
        // It was the last turn. The next recording may begin at another one.
        let n = {
            let mut state = region.state.lock();
            state.last_turns += 1;
            state.last_turns
        };
        if n < MAX_LAST_TURNS {
            note(th, region, what);
            // Not always the same number, which might be that of the loop's turns.
            super::hot::again_after(th.rt().jit(), region, 3 + 5 * (n * n) as i32);
            region.busy.store(false, Ordering::Release);
            return;
        }
    }
    if let Abort::Unstable(r) = why {
        let mut state = region.state.lock();
        if !state.loose.contains(&r) {
            state.loose.push(r);
        }
    }
    let soon = anew || matches!(why, Abort::InnerLoop | Abort::Unstable(_));
    fail(th, region, what, soon.then_some(weight));
}

/// For how many short ones a recording counts that came to nothing.
fn weight(rec: &Recorder) -> u32 {
    1 + (rec.steps / 32).min(7) as u32
}

/// The recording loop was left by leaving its entry frame.
pub fn forget(th: &Thread) {
    let rec = th.jit.recorder.borrow_mut().take();
    if let Some(rec) = rec {
        abandon(th, *rec, Abort::Left);
    }
}

/// Keeps a reason for reports.
fn note(th: &Thread, region: &Region, why: String) {
    let jit = th.rt().jit();
    jit.counters.add(&jit.counters.abandoned, 1);
    let mut state = region.state.lock();
    if !state.reasons.contains(&why) {
        state.reasons.push(why);
    }
}

/// What was recorded is dropped, to be recorded again. For one, when a loop inside this one, copied when it was younger, is
/// often left in the middle: the loop itself will take that exit in, if it is run for itself again.
fn give_up(th: &Thread, region: &Region) {
    let mut state = region.state.lock();
    state.dropped += 1;
    let n = state.dropped;
    if n > MAX_DROPPED {
        return;
    }
    state.kept = None;
    state.tried.clear();
    state.waiting.clear();
    for c in &state.codes {
        c.supersede();
        c.kept.forget();
    }
    let jit = th.rt().jit();
    jit.bury(&mut state, |_| true);
    drop(state);
    super::hot::again_soon(jit, region, 3 + 2 * n);
}

/// `soon`: it waits for another loop, which is recorded next; the recording's weight.
fn fail(th: &Thread, region: &Region, why: String, soon: Option<u32>) {
    note(th, region, why);
    let failures = {
        let mut state = region.state.lock();
        state.failures += soon.unwrap_or(1);
        state.failures
    };
    if soon.is_some() && failures < MAX_WAITS {
        super::hot::again_soon(th.rt().jit(), region, failures);
    } else {
        super::hot::back_off(th.rt().jit(), region, failures, failures >= MAX_FAILURES);
    }
    region.busy.store(false, Ordering::Release);
}

/// Has a recording compiled for the tier of the thread's mode. The region is busy until that has been done (K2 of `worker`).
pub fn compile_tier(th: &Thread, region: &Region, kept: &Arc<Kept>) {
    let jit: &Jit = th.rt().jit();
    let tier = Tier::of(th.rec());
    if tier == Tier::Multi {
        jit.ticker.begin(&th.rt().domain);
    }
    if !(jit.in_background() && jit.worker.add(jit, region, kept, tier)) {
        compile_now(jit, region, kept, tier);
    }
}

/// Compiles a recording and publishes the code, if its facts still hold. The region is not busy any more then.
pub fn compile_now(jit: &Jit, region: &Region, kept: &Arc<Kept>, tier: Tier) {
    compile_and_publish(jit, region, kept, tier);
    region.busy.store(false, Ordering::Release);
    if kept.size >= LARGE {
        give_back();
    }
}

/// Instructions of a recording whose compilation needs so much memory that it is given back afterwards.
const LARGE: usize = 400;

/// Lets the system have what the allocator keeps after something large.
fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it may be called at any time, from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}

fn compile_and_publish(jit: &Jit, region: &Region, kept: &Arc<Kept>, tier: Tier) {
    let mode = match tier {
        Tier::Single => Mode::Single,
        Tier::Multi => Mode::Multi,
    };
    let allowed = match jit.mode {
        JitMode::Off => false,
        JitMode::Single => tier == Tier::Single,
        JitMode::Multi => tier == Tier::Multi,
        JitMode::Auto => true,
    };
    let Some(memory) = jit.memory().filter(|_| allowed) else {
        super::hot::back_off(jit, region, MAX_FAILURES, true);
        return;
    };
    let Some(ir) = kept.ir() else { return };
    let options = jit.compiler_options();
    let func = ir.func.unpack();
    let weight = match jit.options.stats {
        true => super::join::weight(&func),
        false => 0,
    };
    let func = match tier {
        Tier::Single => func,
        Tier::Multi => multi::transform(func, &ir.writes, &ir.reads),
    };
    let name = func.name.clone();
    // Something may take its place meanwhile.
    drop(ir);
    let began = thread_time();
    let compiled = compile_owned(func, mode, &options, memory);
    let spent = thread_time() - began;
    jit.counters.add(&jit.counters.compile_us, spent);
    let compiled = match compiled {
        Ok(c) => c,
        Err(e) => {
            jit.counters.add(&jit.counters.failed, 1);
            if e.is_bug() && (cfg!(debug_assertions) || jit.options.stats) {
                eprintln!("threadsnake: compiling {name}: {e}");
                if let Some(ir) = kept.ir().filter(|_| jit.options.dump) {
                    eprintln!("{}", ir.func.unpack());
                }
            }
            let mut state = region.state.lock();
            state.failures += 1;
            state.reasons.push(e.to_string());
            drop(state);
            let forever = matches!(e, CompileError::Machine | CompileError::TooLarge(_));
            super::hot::back_off(jit, region, MAX_FAILURES, forever || e.is_bug());
            return;
        }
    };
    let counter = match tier {
        Tier::Single => &jit.counters.compiled_single,
        Tier::Multi => &jit.counters.compiled_multi,
    };
    jit.counters.add(counter, 1);
    jit.counters
        .add(&jit.counters.code_bytes, compiled.stats.bytes.1 as u64);
    let taken = (0..compiled.exits.len())
        .map(|_| AtomicU32::new(0))
        .collect();
    let code = Arc::new(Code {
        ways: exit::PerExit::new(compiled.exits.len()),
        sites: exit::PerExit::new(compiled.exits.len()),
        inside: AtomicU64::new(0),
        outside: AtomicU64::new(0),
        lost: AtomicU64::new(0),
        compiled,
        kept: kept.clone(),
        region,
        tier,
        valid: AtomicBool::new(true),
        fired: AtomicBool::new(false),
        memory: memory.clone(),
        taken,
        weight,
        entered: AtomicU64::new(0),
    });
    let deps = region::dependencies(&code);
    let published = jit.watchers.publish(&deps, || {
        region
            .entry
            .publish(tier, Arc::as_ptr(&code).cast_mut().cast())
    });
    let mut state = region.state.lock();
    match published {
        Ok(_) => {
            // The other tier is made anew when it is wanted.
            let older = |old: &Arc<Code>| !Arc::ptr_eq(&old.kept, kept);
            for old in state.codes.iter().filter(|c| older(c)) {
                old.supersede();
                old.kept.forget();
            }
            jit.bury(&mut state, |c| older(c) || c.tier == tier);
            state.codes.push(code.clone());
            drop(state);
            jit.profiling
                .lock()
                .tell(&jit.options, region, &code, memory);
            super::hot::always(region);
        }
        Err(broken) => {
            code.supersede();
            state.kept = None;
            state.distrusted.push(broken.0);
            drop(state);
            super::hot::back_off(jit, region, 1, false);
        }
    }
}

impl Recorder {
    /// Adds the time since it began, or since this was last called, to that of recording.
    fn count_time(&mut self, th: &Thread) {
        let now = thread_time();
        let c = &th.rt().jit().counters;
        // The clock starts anew in a copy of the process, which may have been made meanwhile.
        let spent = now.saturating_sub(std::mem::replace(&mut self.began, now));
        c.add(&c.record_us, spent);
    }

    /// Makes a loop of the trace: ends it with a jump to the header, or to a meeting.
    fn close(&mut self, met: Option<usize>) -> Rec<Header> {
        if !self.function && met.is_none() {
            // SAFETY: regions live as long as the runtime.
            self.pc = unsafe { (*self.region).header };
        }
        self.forget_before();
        let result = match self.function && met.is_none() {
            true => Some(self.returned()?),
            false => None,
        };
        let nregs = self.frames[0].nregs();
        for (k, s) in self.frames[0].states.iter().enumerate() {
            let own = self.frames[0].regs[nregs + k].init.is_some();
            if *s != GONE && own {
                let r = self.places[*s].0;
                if self.frames[0].regs[r as usize].dirty {
                    return Err(Abort::Unstable(r));
                }
            }
        }
        if met.is_none() {
            self.put_states_back();
        }
        let known = self.params.len();
        let mut params: Vec<(usize, V, Type)> = Vec::new();
        let mut entry_args: Vec<V> = self.params.iter().map(|p| p.1).collect();
        let mut back_args: Vec<Option<V>> = vec![None; known];
        for r in 0..self.frames[0].regs.len() {
            let reg = self.frames[0].regs[r];
            if !reg.dirty {
                if let Some(k) = self.params.iter().position(|p| p.0 == r) {
                    back_args[k] = reg.init;
                }
                continue;
            }
            let open = matches!(reg.val, Val::Any(_)) && !matches!(reg.first, Val::Any(_));
            if open && met.is_none() && r < nregs && !self.function && !self.word(r).is_empty() {
                // Of a kind that nothing has asked for yet.
                self.val(r)?;
            }
            let reg = self.frames[0].regs[r];
            let Some(init) = reg.init else {
                // A temporary, dead at the header.
                let live = reg.owned || (self.is_variable(r) && reg.val != Val::Empty);
                if live && !self.function && met.is_none() {
                    return Err(Abort::Unstable(r as u16));
                }
                continue;
            };
            let ty = self.func.ty(init);
            if self.function || met.is_some() {
                if !self.params.iter().any(|p| p.0 == r) {
                    params.push((r, init, ty));
                    entry_args.push(init);
                }
                continue;
            }
            let new = match (reg.first, reg.val) {
                (Val::Any(_), v) => Some(self.boxed(v)),
                (Val::Int(_), v) => self.int(v),
                (Val::Float(_), Val::Float(x)) => Some(x),
                (Val::Float(_), Val::Const(b)) if crate::object::Value(b).is_float() => {
                    Some(self.b().fconst(crate::object::Value(b).as_f64()))
                }
                (Val::Bool(_), Val::Bool(x)) => Some(x),
                (Val::Bool(_), Val::Const(b)) if b | 1 == boxed::TRUE => {
                    Some(self.b().constant(Op::Bconst, b & 1))
                }
                (Val::Obj(_), v @ (Val::Obj(_) | Val::Const(_))) => self.object(v),
                (Val::Const(a), Val::Const(b)) if a == b => Some(init),
                (Val::Empty, Val::Empty) => Some(init),
                (Val::Unread, v) => {
                    // Written before it was read: any kind, but what `first_write` took for granted must be so.
                    let pointer = Recorder::may_be_pointer(v);
                    if pointer && self.assumed_plain(r) {
                        return Err(Abort::Unstable(r as u16));
                    }
                    Some(self.boxed(v))
                }
                _ => None,
            };
            let new = new.ok_or(Abort::Unstable(r as u16))?;
            if Recorder::may_be_pointer(reg.val) && !reg.owned {
                self.incref(reg.val);
            }
            if let Some(k) = self.params.iter().position(|p| p.0 == r) {
                back_args[k] = Some(new);
                continue;
            }
            params.push((r, init, ty));
            entry_args.push(init);
            back_args.push(Some(new));
        }
        // The jump to a meeting may leave, too: its snapshot is completed with the others.
        let last = met.map(|_| self.before());
        // The body is complete: the values at the header become its parameters.
        let header = self.header;
        let cur = self.cur;
        if let Some(v) = result {
            self.func.append(cur, InstData::new(Op::Ret, &[v]));
        } else if met.is_none() {
            let back_args: Option<Vec<V>> = back_args.into_iter().collect();
            let mut d = InstData::new(Op::Jump, &[]);
            d.succs.push(Succ {
                block: header,
                args: back_args.ok_or(Abort::Surprise)?.into(),
            });
            self.func.append(cur, d);
        }
        let mut map: Vec<V> = self.func.identity_map();
        for (n, (r, init, ty)) in params.iter().enumerate() {
            let p = self.func.add_param(header, *ty);
            map.push(p);
            map[init.index()] = p;
            // The ways back that were there before do not change it.
            for d in &mut self.func.insts {
                for s in &mut d.succs {
                    if s.block == header && s.args.len() == known + n {
                        s.args.push(*init);
                    }
                }
            }
            self.params.push((*r, *init));
        }
        self.rename(&map, last);
        if let Some(k) = met {
            self.meet(k)?;
            map = self.func.identity_map();
        }
        let entry_len = self.func.blocks[self.func.entry().index()].insts.len();
        let header = Header {
            block: header,
            entry_snap: self.entry_snap,
            entry_len,
            regs: self.at_header(&map),
            states: self.frames[0].states.clone(),
            params: self.params.clone(),
        };
        // Registers that the body changes: the window has nothing of them while the code runs.
        let entry = self.func.entry();
        let base = self.func.base();
        let mut b = Builder::new(&mut self.func);
        b.switch_to(entry);
        let empty = b.constant(Op::Vconst, boxed::EMPTY);
        for (r, init) in &self.params {
            let ty = b.func.ty(*init);
            if *r < nregs && matches!(ty, Type::Val | Type::Obj) {
                b.store(
                    Op::StoreVal,
                    &[base, empty],
                    8 * *r as i32,
                    AliasClass::FRAME,
                );
            }
        }
        b.jump(header.block, &entry_args);
        Ok(header)
    }

    /// The end of a function: its result, boxed and owned; its variables are dropped. What is left to whoever entered the code
    /// is the record.
    fn returned(&mut self) -> Rec<V> {
        let code = self.code();
        // SAFETY: the instruction that is being recorded.
        let i = unsafe { *code.start().add(self.pc as usize) };
        let catch = exceptions::catch as *const () as u64;
        if self.func.helpers.iter().any(|h| h.addr == catch) {
            // Tracebacks have the frame, but mostly they are gone by now.
            let v = self
                .helper(
                    "unseen",
                    exceptions::unseen as *const (),
                    &[],
                    Some(Type::Val),
                    Effects::Classes(ClassSet::ALL, AliasClass::FRAME.set()),
                )
                .ok_or(Abort::Surprise)?;
            self.guard(Op::GuardVal, &[v], boxed::TRUE);
        } else if (self.func.insts.iter()).any(|d| self.func.may_run_python(d)) {
            // Somebody may have asked for the frame meanwhile (a finaliser, too), and is to see how it ends.
            let top = self.top_record();
            let object = self.load(Op::LoadVal, &[top], layout::FRAME_OBJECT, AliasClass::FRAME);
            self.guard(Op::GuardVal, &[object], boxed::EMPTY);
        }
        let nlocals = code.front.nlocals as usize;
        // Whatever may leave comes first: what follows is not undone.
        for r in 0..nlocals {
            if self.frames[0].regs[r].val == Val::Unread {
                self.first_read(r)?;
            }
        }
        let (word, result) = match i.op() {
            ByteOp::Return => {
                let v = self.val(i.a())?;
                let word = self.boxed(v);
                let (v, owned) = self.take(i.a(), true)?;
                if !owned {
                    self.incref(v);
                }
                // For exits between the variables: there the interpreter returns.
                let reg = &mut self.frames[0].regs[i.a()];
                (reg.val, reg.owned) = (v, Recorder::may_be_pointer(v));
                (word, Some(i.a()))
            }
            _ => (self.boxed(Val::Const(boxed::NONE)), None),
        };
        for r in (0..nlocals).rev().filter(|r| result != Some(*r)) {
            let reg = self.frames[0].regs[r];
            if Recorder::may_be_pointer(reg.val) {
                // Of whatever kind it is: nothing may leave for that any more.
                self.kill_quietly(0, r);
                self.drop_later(reg.val, reg.owned);
            }
        }
        if self.drops_anything() {
            let top = self.top_record();
            let one = self.iconst(1);
            let off = layout::FRAME_ENDING;
            self.b()
                .store(Op::StoreU8, &[top, one], off, AliasClass::FRAME);
        }
        self.flush(self.pc);
        Ok(word)
    }

    /// The control record of the running frame.
    fn top_record(&mut self) -> V {
        let (thread, class) = (self.func.thread(), AliasClass::FRAME);
        let th = self.load(Op::LoadPtr, &[thread], layout::THREAD, class);
        self.load(Op::LoadPtr, &[th], layout::TOP, class)
    }

    /// State of iterators that is none of the header's goes back into the iterators.
    fn put_states_back(&mut self) {
        let nregs = self.frames[0].nregs();
        for k in 0..self.frames[0].states.len() {
            let (number, reg) = (self.frames[0].states[k], self.frames[0].regs[nregs + k]);
            if number == GONE || reg.init.is_some() {
                continue;
            }
            let (r, off) = self.places[number];
            let it = self.frames[0].regs[r as usize].val;
            if let (Val::Int(n), Some(it)) = (reg.val, self.object(it)) {
                self.b()
                    .store(Op::StoreI64, &[it, n], off, AliasClass::ITER);
            }
            self.frames[0].states[k] = GONE;
            self.frames[0].regs[nregs + k] = Reg::UNREAD;
        }
    }

    /// The registers of the loop's frame as they are at the header, once its parameters are there.
    fn at_header(&self, map: &[V]) -> Vec<Reg> {
        let new = |v: Val| match v {
            Val::Int(v) => Val::Int(map[v.index()]),
            Val::Float(v) => Val::Float(map[v.index()]),
            Val::Bool(v) => Val::Bool(map[v.index()]),
            Val::Obj(v) => Val::Obj(map[v.index()]),
            Val::Any(v) => Val::Any(map[v.index()]),
            v => v,
        };
        self.frames[0]
            .regs
            .iter()
            .enumerate()
            .map(|(r, reg)| {
                let Some(init) = reg.init else {
                    // A temporary that is dead there.
                    return Reg::UNREAD;
                };
                let init = map[init.index()];
                let val = match reg.first {
                    Val::Unread => Val::Any(init),
                    v => new(v),
                };
                Reg {
                    val,
                    owned: matches!(val, Val::Obj(_) | Val::Any(_)),
                    dirty: self.params.iter().any(|p| p.0 == r),
                    init: Some(init),
                    first: match reg.first {
                        Val::Unread => Val::Unread,
                        v => new(v),
                    },
                }
            })
            .collect()
    }

    /// Whether the entry checks that this register of the loop's frame holds no object.
    pub(super) fn assumed_plain(&self, r: usize) -> bool {
        // Of a parameter of the header, the entry knows what it gives for it.
        let given = self.params.iter().find(|p| p.0 == r).map(|p| p.1);
        let Some(init) = given.or(self.frames[0].regs[r].init) else {
            return false;
        };
        let entry = self.func.entry();
        self.func.blocks[entry.index()].insts.iter().any(|i| {
            let d = self.func.inst(*i);
            d.op == Op::IsObj && d.args.first() == Some(&init)
        })
    }

    /// Replaces values in everything but the entry, and completes its snapshots: a register that the body changes is
    /// rebuilt by every exit, also by those before the change. `last`: a snapshot that is yet to be used.
    fn rename(&mut self, map: &[V], last: Option<Snap>) {
        let header = self.header;
        let entry_snap = self.entry_snap;
        let dirty: Vec<(u32, V)> = self.frames[0]
            .regs
            .iter()
            .enumerate()
            .filter(|(n, r)| r.dirty || self.params.iter().any(|p| p.0 == *n))
            .filter_map(|(n, r)| Some((self.frames[0].place(n), r.init?)))
            .collect();
        let named = self.writes.iter().map(|w| w.snap);
        let named = named.chain(self.reads.iter().map(|r| r.snap));
        let named: Vec<Snap> = named.chain([entry_snap]).chain(last).collect();
        self.func.forget_unused_snaps(named);
        let (mut lists, mut mapped) = (Lists::default(), Lists::default());
        for (n, s) in self.func.snaps.iter_mut().enumerate() {
            if n == entry_snap.index() || s.frames.is_empty() {
                continue;
            }
            let complete = lists.change(&s.frames[0].regs, |list| {
                let missing = dirty
                    .iter()
                    .filter(|(place, _)| !list.iter().any(|e| e.place == *place))
                    .map(|(place, init)| SnapEntry {
                        place: *place,
                        val: SnapVal::Value(*init),
                        incref: false,
                    });
                let more: Vec<SnapEntry> = missing.collect();
                (!more.is_empty()).then(|| list.iter().copied().chain(more).collect())
            });
            if let Some(new) = complete {
                Arc::make_mut(s).frames[0].regs = new;
            }
            mapped.map(s, |v| map[v.index()]);
        }
        for n in header.index()..self.func.blocks.len() {
            for i in self.func.blocks[n].insts.clone() {
                let d = &mut self.func.insts[i.index()];
                for v in &mut d.args {
                    *v = map[v.index()];
                }
                for v in d.succs.iter_mut().flat_map(|s| s.args.iter_mut()) {
                    *v = map[v.index()];
                }
            }
        }
        let new = |v: V| map[v.index()];
        for w in &mut self.writes {
            super::meet::rename_write(w, new);
        }
        for r in &mut self.reads {
            super::meet::rename_read(r, new);
        }
        for f in &mut self.frames {
            f.rename_all(new);
        }
        for m in &mut self.meetings {
            for f in &mut Arc::make_mut(m).frames {
                f.rename_all(new);
            }
        }
    }
}
