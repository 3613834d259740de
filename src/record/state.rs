//! What a runtime and a thread keep for compiled code.
//!
//! # Leaving Single code
//!
//! Single code polls nothing. Two things make a thread leave it:
//! 1. A request (guard word): `kick` redirects the back edges of the code that the thread is in, which it announces in
//!    [`ThreadJit::current`]: see `threads::kick`.
//! 2. The mode becomes Multi (`on_multi`): the thread stands still or is inside a call from compiled code. All code in its
//!    activations is made to leave at the end of that call (**S2**, R2 of the module).
//!
//! What was fired is restored by the thread when it enters the code again.

use super::facts::Fact;
use super::recorder::Recorder;
use super::region::{Code, Dependant, Region, State};
use super::ticker::Ticker;
use super::worker::Worker;
use crate::modules::time::clock;
use crate::object::Obj;
use crate::runtime::error::Exc;
use crate::runtime::runtime::JitMode;
use crate::runtime::thread::Thread;
use core::mem::offset_of;
use std::cell::{Cell, RefCell};
use std::time::Instant;
use threadsnake_jit::{CodeMemory, ExitBuffer, Options as CompilerOptions, PatchForm};
use threadsnake_threads::kick::Current;
use threadsnake_threads::record::ThreadRecord;
use threadsnake_threads::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use threadsnake_threads::sync::unmodelled::available_parallelism;
use threadsnake_threads::sync::{Arc, Mutex, OnceLock};
use threadsnake_threads::tier::{Activation, Graveyard};
use threadsnake_threads::watch::Watchers;

/// Options of the compiler for programs: what a user and a developer may choose.
#[derive(Clone, Debug)]
pub struct JitOptions {
    /// Iterations of a loop before it is recorded. A prime, so that nested loops do not fall into step.
    pub threshold: u32,
    /// Calls of a function before it is recorded; 0: [`CALLS`] times as many as iterations.
    pub calls: u32,
    /// Bytes of code memory.
    pub memory: usize,
    /// Of the time since the runtime was made, so many per cent may go into compiling, half of it if somebody waits for it; 0: as
    /// much as it takes.
    pub budget: u32,
    /// Who has recorded waits for the code, instead of a thread's compiling it meanwhile.
    pub wait: bool,
    /// For developers: recordings that are made at most.
    pub limit: u64,
    /// For developers: not 0: every n-th guard always leaves.
    pub exit_every: u32,
    /// For developers: code that is left again at once is kept all the same.
    pub keep: bool,
    /// For developers: not 0: registers are allocated at random from this seed.
    pub chaos: u64,
    /// For developers: the flag-checked form of back edges instead of the patched one.
    pub flag_checked: bool,
    /// Keep the text of each stage.
    pub dump: bool,
    /// Print figures to standard error at the end.
    pub stats: bool,
    /// They are printed as JSON.
    pub json: bool,
    /// Print one line of them.
    pub summary: bool,
    /// Write a perf map.
    pub perf: bool,
    /// Write a jitdump.
    pub perf_dump: bool,
    /// Tell GDB of compiled code.
    pub gdb: bool,
}

impl Default for JitOptions {
    fn default() -> Self {
        JitOptions {
            threshold: 523,
            calls: 0,
            memory: 64 << 20,
            budget: 50,
            wait: false,
            limit: u64::MAX,
            exit_every: 0,
            keep: false,
            chaos: 0,
            flag_checked: false,
            dump: false,
            stats: false,
            json: false,
            summary: false,
            perf: false,
            perf_dump: false,
            gdb: false,
        }
    }
}

/// Microseconds of compiling that every program gets; if somebody has to wait for it, a part of that.
const FREE: u64 = 60_000;

/// Microseconds of recording that every program gets.
const FREE_RECORDING: u64 = 20_000;
/// Of the time since the runtime was made, at most so many per cent are spent recording.
const RECORDING: u64 = 6;

/// Microseconds of processor time that the calling thread has had.
pub fn thread_time() -> u64 {
    // Every Linux has that clock.
    clock(libc::CLOCK_THREAD_CPUTIME_ID)
        .map_or(0, |t| t.tv_sec as u64 * 1_000_000 + t.tv_nsec as u64 / 1000)
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident)*) => {
        /// Figures of a runtime: one list, from which they are printed.
        #[derive(Default)]
        pub struct Counters {
            $($(#[$doc])* pub $name: AtomicU64,)*
        }
        impl Counters {
            /// Name and value of each.
            pub fn list(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.load(Ordering::Relaxed)),)*]
            }
        }
    };
}

counters! {
    /// Recordings begun.
    recordings
    /// Recordings given up.
    abandoned
    /// Recordings that ended where another way goes on.
    met
    /// Regions compiled for Single.
    compiled_single
    /// Regions compiled for Multi.
    compiled_multi
    /// Compilations that failed.
    failed
    /// Pieces of code that were invalidated.
    invalidated
    /// Bytes of machine code.
    code_bytes
    /// Microseconds of processor time spent compiling.
    compile_us
    /// Microseconds of processor time spent recording, in all threads, what was recorded being run meanwhile.
    record_us
}

impl Jit {
    /// Whether compiling has not taken more than its share of the time yet.
    pub fn affordable(&self) -> bool {
        let mut budget = u64::from(self.options.budget);
        if budget == 0 {
            return true;
        }
        let mut free = FREE;
        if !self.in_background() {
            (budget, free) = (budget.div_ceil(2), FREE / 4);
        } else if !self.worker.is_free() {
            return false;
        }
        let elapsed = self.elapsed();
        let within = |spent: &AtomicU64, free: u64, share: u64| {
            let spent = spent.load(Ordering::Relaxed);
            spent < free || spent < free + elapsed * share / 100
        };
        within(&self.counters.compile_us, free, budget)
            && within(&self.counters.record_us, FREE_RECORDING, RECORDING)
    }
    /// Microseconds since the runtime was made.
    pub fn elapsed(&self) -> u64 {
        self.began.elapsed().as_micros() as u64
    }
    /// Whether a thread of its own compiles.
    pub fn in_background(&self) -> bool {
        !self.options.wait && self.processors > 1
    }
    /// Iterations and calls before something is recorded; `i32::MAX` where nothing is compiled.
    pub fn thresholds(&self) -> (i32, i32) {
        match self.mode {
            JitMode::Off => (i32::MAX, i32::MAX),
            _ => {
                let most = i32::MAX as u32 / 8;
                let n = self.options.threshold.min(most) as i32;
                match self.options.calls {
                    0 => (n, n * CALLS),
                    calls => (n, calls.min(most) as i32),
                }
            }
        }
    }
    /// Whether another recording may be made; counts it.
    pub fn may_record(&self) -> bool {
        self.counters.recordings.fetch_add(1, Ordering::Relaxed) < self.options.limit
    }
}

impl Counters {
    /// Adds to a counter.
    pub fn add(&self, which: &AtomicU64, n: u64) {
        which.fetch_add(n, Ordering::Relaxed);
    }
    /// Notes that a fact broke.
    pub fn invalidated(&self, _fact: Fact, codes: usize, _alone: bool) {
        self.add(&self.invalidated, codes as u64);
    }
}

/// Compiled code of a runtime. See the module.
pub struct Jit {
    /// Which tiers may be used.
    pub mode: JitMode,
    /// As chosen.
    pub options: JitOptions,
    /// When the runtime was made.
    began: Instant,
    /// How many there are.
    processors: usize,
    /// Who compiles.
    pub worker: Worker,
    /// What Multi code does not count.
    pub ticker: Ticker,
    /// Who depends on what.
    pub watchers: Watchers<Fact, Dependant>,
    /// Figures.
    pub counters: Counters,
    /// Made at first use; `None`: the system refused it, and only the interpreter runs.
    memory: OnceLock<Option<Arc<CodeMemory>>>,
    /// See [`super::profile`].
    pub profiling: Mutex<super::profile::Profiling>,
    /// Microseconds that the last change from Single to Multi took.
    pub switch_us: AtomicU64,
    /// All regions (G3 of `region`).
    regions: Mutex<Vec<Arc<Region>>>,
    /// Code that is not entered any more (G1 of `region`).
    grave: Graveyard<Arc<Code>>,
    /// Bytes that wait there, and how many make it worth to look whether they can be freed. By anyone, a hint.
    waiting: AtomicUsize,
    enough: AtomicUsize,
}

/// See [`Jit::collect`].
const ENOUGH: usize = 128 << 10;

impl Jit {
    /// Nothing compiled yet.
    pub fn new(mode: JitMode, options: JitOptions) -> Jit {
        Jit {
            mode,
            options,
            began: Instant::now(),
            processors: available_parallelism().map_or(1, |n| n.get()),
            worker: Worker::default(),
            ticker: Ticker::default(),
            watchers: Watchers::new(),
            counters: Counters::default(),
            memory: OnceLock::new(),
            profiling: Mutex::new(super::profile::Profiling::default()),
            switch_us: AtomicU64::new(0),
            regions: Mutex::new(Vec::new()),
            grave: Graveyard::new(),
            waiting: AtomicUsize::new(0),
            enough: AtomicUsize::new(ENOUGH),
        }
    }
    /// The arena for code, if there is one yet.
    pub fn memory_in_use(&self) -> Option<&Arc<CodeMemory>> {
        self.memory.get()?.as_ref()
    }
    /// The arena for code.
    pub fn memory(&self) -> Option<&Arc<CodeMemory>> {
        self.memory
            .get_or_init(|| CodeMemory::new(self.options.memory).ok().map(Arc::new))
            .as_ref()
    }
    /// The compiler's options.
    pub fn compiler_options(&self) -> CompilerOptions {
        let mut o = CompilerOptions::new(super::layout::vm());
        o.exit_every = self.options.exit_every;
        o.chaos = self.options.chaos;
        o.dump = self.options.dump;
        o.check |= o.dump;
        if self.options.flag_checked {
            o.patch_form = PatchForm::Flag;
        }
        o
    }
    /// Keeps a new region.
    pub fn add_region(&self, r: Arc<Region>) -> *const Region {
        let p = Arc::as_ptr(&r);
        self.regions.lock().push(r);
        p
    }
    /// Pieces of code invalidated, and exits taken, so far.
    pub fn figures(&self) -> (u64, u64) {
        let of_region = |r: &Arc<Region>| {
            let state = r.state.lock();
            state.past.exits + state.codes.iter().map(|c| c.exits()).sum::<u64>()
        };
        let exits = self.regions().iter().map(of_region).sum();
        (self.counters.invalidated.load(Ordering::Relaxed), exits)
    }
    /// All regions.
    pub fn regions(&self) -> Vec<Arc<Region>> {
        self.regions.lock().clone()
    }
    /// Takes the codes for which `gone` holds, and which no table names any more, off a region's list (G1 of `region`).
    pub fn bury(&self, state: &mut State, gone: impl Fn(&Arc<Code>) -> bool) {
        let State { codes, past, .. } = state;
        for code in codes.extract_if(.., |c| gone(c)) {
            past.count += 1;
            past.entered += code.entered.load(Ordering::Relaxed);
            past.exits += code.exits();
            // The map of perf cannot say that something is gone.
            let o = &self.options;
            if o.stats || o.dump || o.perf {
                past.codes.push(code);
                continue;
            }
            let at = Arc::as_ptr(&code).cast();
            let waiting = self.grave.retire(at, code.bytes(), code);
            self.waiting.store(waiting, Ordering::Relaxed);
        }
    }
    /// Frees buried code that nobody is in, if it is enough to be worth stopping the threads. A safepoint; drops objects.
    #[inline(always)]
    pub fn collect(&self, th: &Thread) {
        if self.waiting.load(Ordering::Relaxed) >= self.enough.load(Ordering::Relaxed) {
            self.collect_now(th);
        }
    }
    #[cold]
    #[inline(never)]
    fn collect_now(&self, th: &Thread) {
        let of = |d: &Dependant| Arc::as_ptr(&d.0).cast();
        let dead = self
            .grave
            .collect_from(&th.rt().domain, th.rec(), &self.watchers, of);
        let left = self.grave.bytes();
        self.waiting.store(left, Ordering::Relaxed);
        self.enough.store(left + ENOUGH, Ordering::Relaxed);
        if dead.is_empty() {
            return;
        }
        self.profiling.lock().forget(&dead);
        // Here the last references go, but for those of who has just looked into the list.
        drop(dead);
    }
    /// Looks after code whose facts have broken: its region learns which, and may be recorded again.
    pub fn retire_broken(&self) {
        for d in self.watchers.take_broken() {
            super::hot::code_broke(self, &d.0);
        }
    }
    /// The hook of `threads::domain`: a request to a thread that may poll nothing.
    pub fn kick(target: &ThreadRecord) {
        let th = target
            .vm
            .load(Ordering::Acquire)
            .cast::<crate::runtime::thread::Thread>();
        // SAFETY: the record is reached under the registry's lock or by its own thread (R2 of `threads::record`), so its
        // thread has not been freed.
        let Some(th) = (unsafe { th.as_ref() }) else {
            return;
        };
        // SAFETY: G1 of `region`: `in_use` asks.
        unsafe { th.jit.current.kick() };
    }
    /// The hook of `threads::domain`: whether the code may be in use beyond the activations that name it.
    pub fn in_use(thread: &ThreadRecord) -> bool {
        let mut at = thread
            .vm
            .load(Ordering::Acquire)
            .cast::<Thread>()
            .cast_const();
        // SAFETY: the thread stands still, or is the caller: its threads stay.
        while let Some(th) = unsafe { at.as_ref() } {
            if th.jit.current.is_asked() {
                return true;
            }
            at = th.outer();
        }
        false
    }
    /// The hook of `threads::domain`: see S2. `thread` stands still or is the caller.
    pub fn on_multi(thread: &ThreadRecord) {
        let mut at: *const Activation = thread
            .activation
            .load(Ordering::Acquire)
            .cast_const()
            .cast();
        // SAFETY: activations lie on the stack of a thread that stands still, or is the caller.
        while let Some(a) = unsafe { at.as_ref() } {
            // SAFETY: an activation's code is a `Code`, alive (G1 of `region`).
            let code = unsafe { &*a.code.cast::<Code>() };
            if code.tier == threadsnake_threads::tier::Tier::Single {
                code.leave();
            }
            at = a.outer;
        }
        let th = thread.vm.load(Ordering::Relaxed).cast::<Thread>();
        // SAFETY: a thread's VM state lives as long as its record.
        if let Some(th) = unsafe { th.as_ref() } {
            th.rt().jit().ticker.wake();
        }
    }
}

/// See [`JitOptions::calls`].
const CALLS: i32 = 4;

/// Compiled code of a thread.
pub struct ThreadJit {
    /// Where exits write registers; owned.
    exit_buffer: Cell<*mut ExitBuffer>,
    /// Where `ret` puts its value.
    returned: Cell<u64>,
    /// The recording in progress, between two of its instructions.
    pub recorder: RefCell<Option<Box<Recorder>>>,
    /// There is one.
    pub recording: Cell<bool>,
    /// The exception that a helper raised, until the exit takes it.
    pub raised: RefCell<Option<Exc>>,
    /// The second result of a helper (`helpers::sums`), until the code asks for it.
    pub lost: RefCell<Option<Obj>>,
    /// The innermost compiled code that the thread is in.
    pub current: Current<Code>,
    /// The entries into compiled code that the thread is in, innermost first: see `inside`.
    pub inside: Cell<*const super::inside::Inside>,
    /// Iterations before a loop is recorded; `i32::MAX` where nothing is compiled.
    pub threshold: Cell<i32>,
    /// One less than how often an exit is taken between two looks at it: a power of two, so that no division is needed.
    pub exit_mask: Cell<u32>,
    /// Calls before a function is recorded: loops come first, what they call becomes part of them.
    pub call_threshold: Cell<i32>,
    /// See [`ThreadJit::one_in`].
    ticks: Cell<u32>,
}

impl ThreadJit {
    /// Offset of the pointer to the exit buffer.
    pub const EXIT_BUFFER: usize = offset_of!(ThreadJit, exit_buffer);
    /// Offset of the returned value.
    pub const RETURNED: usize = offset_of!(ThreadJit, returned);

    /// For a new thread of a runtime.
    pub fn new(jit: &Jit) -> ThreadJit {
        ThreadJit {
            exit_buffer: Cell::new(Box::into_raw(Box::default())),
            returned: Cell::new(0),
            recorder: RefCell::new(None),
            recording: Cell::new(false),
            raised: RefCell::new(None),
            lost: RefCell::new(None),
            current: Current::new(),
            inside: Cell::new(std::ptr::null()),
            threshold: Cell::new(jit.thresholds().0),
            exit_mask: Cell::new(exit_mask(jit.thresholds().0)),
            call_threshold: Cell::new(jit.thresholds().1),
            ticks: Cell::new(0),
        }
    }
    /// Whether this is one of `n` events, a power of two, in no order that a program could keep step with.
    #[inline(always)]
    pub fn one_in(&self, n: u32) -> bool {
        // Steps by the golden ratio are spread evenly, and mixed before they are looked at.
        let t = self.ticks.get().wrapping_add(0x9E37_79B9);
        self.ticks.set(t);
        (t ^ t >> 15).wrapping_mul(0x2C1B_3C6D) >> (32 - n.trailing_zeros()) == 0
    }
    /// The exit buffer; valid until compiled code is entered again.
    pub fn exit_buffer(&self) -> &ExitBuffer {
        // SAFETY: made by `new`, freed by `drop`; written by compiled code only, which does not run now.
        unsafe { &*self.exit_buffer.get() }
    }
}

/// See [`ThreadJit::exit_mask`]: an eighth of the threshold, about.
fn exit_mask(threshold: i32) -> u32 {
    (1 << (threshold / 8).max(2).ilog2()) - 1
}

impl Drop for ThreadJit {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw`.
        drop(unsafe { Box::from_raw(self.exit_buffer.get()) });
    }
}
