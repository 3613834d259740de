//! A region: the kept IR of one loop, or of one function from its entry to its return, and what has been compiled from it.
//!
//! Regions live as long as their runtime, so that a code object may point to them without counting. What a region's code
//! needs to stay alive (constants, functions, types) it holds.
//!
//! Invariants
//! - G1: a [`Code`] that a tier table names is in the list of its region. Taken out of the table it goes from the list to the
//!   graveyard ([`super::state::Jit::bury`]), and from there, once no activation names it and nobody is asking something of
//!   who was in it, out of the lists of those that depend on facts; then its memory is freed. An activation is there from
//!   the look into the table, before any safepoint, to the last use of the code, the rebuilding of its frames and the
//!   decision what to do with the exit included (`hot::entered`). Who holds it otherwise counts it (`Arc`).
//! - G2: a [`Code`] is entered only if it is in its region's tier table; `valid` goes from true to false once, before or
//!   together with its removal from the table.
//! - G3: the region, and the memory of its code, outlive a [`Code`]: regions live as long as the runtime, the memory is
//!   counted.

use super::exit::Inlined;
use super::recorder::Reg;
use crate::object::code::Code as PyCode;
use crate::object::{Obj, Py, Value};
use std::collections::HashMap;
use threadsnake_jit::ir::{Block, Packed, Snap, Value as V};
use threadsnake_jit::{CodeMemory, Compiled, PatchPoint};
use threadsnake_threads::kick::Kickable;
use threadsnake_threads::patch::{Form, PatchSite};
use threadsnake_threads::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use threadsnake_threads::sync::{Arc, Mutex};
use threadsnake_threads::tier::{Tier, TierEntry};
use threadsnake_threads::watch::{Assumption, Dependency};

use super::facts::Fact;

/// One loop or function. See the module.
pub struct Region {
    /// The code object; keeps it alive.
    pub code: Py<PyCode>,
    /// Number of the loop in the code; the number of loops: the whole function.
    pub number: u16,
    /// Index of the instruction that the loop's back edge jumps to, or of the function's first.
    pub header: u32,
    /// Its code in each tier.
    pub entry: TierEntry,
    /// Everything that changes, under its lock.
    pub state: Mutex<State>,
    /// Somebody records this loop now; set by compare-and-swap, cleared by the same thread.
    pub busy: AtomicBool,
}

/// See [`Region::state`].
#[derive(Default)]
pub struct State {
    /// The recording, while its facts hold.
    pub kept: Option<Arc<Kept>>,
    /// The code of both tiers that may be entered (G1).
    pub codes: Vec<Arc<Code>>,
    /// What was code before.
    pub past: Past,
    /// Recordings and compilations that came to nothing, in a row.
    pub failures: u32,
    /// Why, in words.
    pub reasons: Vec<String>,
    /// How often it was counted to its threshold before it was hot, and when that was, in microseconds since the runtime began:
    /// see `hot::lately`.
    pub rounds: u32,
    /// See `rounds`.
    pub counted: u64,
    /// How often its code was found not to be worth entering.
    pub misses: u32,
    /// Recordings that found the loop at its last turn, in a row.
    pub last_turns: u32,
    /// Registers that hold values of several types at the header: they stay boxed.
    pub loose: Vec<u16>,
    /// Codes of functions, by their addresses, that are called and do not become part of the trace: a recording came to something
    /// in one of them from which it could not go on.
    pub called: Vec<usize>,
    /// Generators (their code) in which a recording ended at a loop once: the next time they are called too.
    pub looping: Vec<usize>,
    /// Facts that broke after code relied on them.
    pub broken: Vec<Fact>,
    /// Those that broke more than once: not assumed again.
    pub distrusted: Vec<Fact>,
    /// How often it was given up because a loop inside it was left in the middle.
    pub dropped: u32,
    /// Exits of `kept` from which recordings have been tried, whatever came of it.
    pub tried: Vec<u32>,
    /// Those that came to a loop inside that had no code, each as often as that happened.
    pub waiting: Vec<u32>,
}

/// Code of a region that something has taken the place of.
#[derive(Default)]
pub struct Past {
    /// How many pieces there were.
    pub count: usize,
    /// How often they were entered.
    pub entered: u64,
    /// How often they were left through an exit.
    pub exits: u64,
    /// The pieces, where somebody asked for a report of them or cannot be told that they are gone.
    pub codes: Vec<Arc<Code>>,
}

/// The IR of a recording, and what belongs to it.
pub struct Ir {
    /// For either tier.
    pub func: Packed,
    /// Stores to shared objects, for the Multi tier.
    pub writes: Vec<super::multi::Write>,
    /// Reads of list items, for the Multi tier.
    pub reads: Vec<super::multi::Read>,
    /// How to grow it.
    pub header: Header,
    /// Snapshots of copies of inner loops, and which those are: see `Recorder::inner`.
    pub inner: HashMap<u32, Inner>,
    /// Where ways may meet.
    pub meetings: Vec<Arc<super::meet::Meeting>>,
    /// See `Recorder::turned`.
    pub turned: HashMap<u32, Vec<(usize, u32)>>,
}

/// Copied loops that a trace is inside of: number of frames, header.
pub type Inner = Arc<[(usize, u32)]>;

/// A finished recording.
pub struct Kept {
    /// `None` once something has taken its place: only its code is left then.
    pub ir: Mutex<Option<Arc<Ir>>>,
    /// Instructions of it.
    pub size: usize,
    /// Frames that snapshots name.
    pub inlined: Box<[Inlined]>,
    /// Iterators whose state lives in machine registers: register and field offset of each place from `exit::PLACE` on.
    pub hoisted: Box<[(u16, i32)]>,
    /// Facts, as assumed before they were read.
    pub facts: Vec<(Fact, Arc<Assumption>)>,
    /// Objects that the code names.
    pub keep: Vec<Obj>,
    /// The globals for which it was recorded.
    pub globals: Value,
    /// Registers from the loop's register 0 on that the code and its exits need.
    pub registers: usize,
    /// Frames above the loop's that an exit may push.
    pub depth: usize,
    /// The state at the entry.
    pub entry_snap: Snap,
    /// The side exits that have been joined to it, by their snapshots, in that order.
    pub joined: Vec<u32>,
    /// The recording that it began with: what has grown from one shares its snapshots' numbers.
    pub generation: u64,
    /// It goes on at a `Yield` of the loop's frame: to be entered only where native code takes the items (`interp::sink`).
    pub sinks: bool,
}

/// What a recording from a side exit, or of an outer loop, needs to know of a region's function.
pub struct Header {
    /// The header block.
    pub block: Block,
    /// The state at the entry.
    pub entry_snap: Snap,
    /// Instructions of the entry before those that hand over to the header.
    pub entry_len: usize,
    /// The registers of the loop's frame at the header, and the states behind them.
    pub regs: Vec<Reg>,
    /// See `RFrame::states`.
    pub states: Vec<usize>,
    /// For each parameter of the header: the register or state, and what the entry gives for it.
    pub params: Vec<(usize, V)>,
}

// SAFETY: the pointer is compared only.
unsafe impl Send for Kept {}
// SAFETY: as above.
unsafe impl Sync for Kept {}

impl Kept {
    /// Whether nothing that the recording relies on has changed.
    pub fn holds(&self) -> bool {
        self.facts.iter().all(|(_, a)| a.is_valid())
    }
    /// The IR, if it is still there.
    pub fn ir(&self) -> Option<Arc<Ir>> {
        self.ir.lock().clone()
    }
    /// Something has taken its place.
    pub fn forget(&self) {
        self.ir.lock().take();
    }
}

/// Compiled code of a region.
pub struct Code {
    /// The machine code.
    pub compiled: Compiled,
    /// What it was compiled from.
    pub kept: Arc<Kept>,
    /// The region (G3).
    pub region: *const Region,
    /// Which tier.
    pub tier: Tier,
    /// G2.
    pub valid: AtomicBool,
    /// Its patch points have been fired and not restored.
    pub fired: AtomicBool,
    /// The arena.
    pub memory: Arc<CodeMemory>,
    /// How often each exit was taken.
    pub taken: Box<[AtomicU32]>,
    /// See `join::weight`; 0 where nobody asked for a report.
    pub weight: usize,
    /// How often it was entered.
    pub entered: AtomicU64,
    /// Time stamp counts spent inside since the last look, and entries since then: see `hot::worthwhile`. Written by any
    /// thread, lost updates do not matter.
    pub inside: AtomicU64,
    /// Time stamp counts that leaving through exits took since the last look, as `inside`.
    pub outside: AtomicU64,
    /// Exits that would not have been taken from what the recording has grown to since, about; written as `inside`.
    pub lost: AtomicU64,
    /// Ways back, by exit.
    pub ways: super::exit::PerExit<super::exit::Way>,
    /// What the snapshots of calls say that have been looked at.
    pub sites: super::exit::PerExit<Arc<super::inside::Site>>,
}

// SAFETY: the pointer leads to what lives as long as the runtime (G3); the rest is immutable or atomic.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: G1: nobody is in it nor can enter it, and who holds a patch point of it holds the code.
        unsafe { self.compiled.release(&self.memory) };
    }
}

impl Region {
    /// Whether it is a whole function.
    pub fn is_function(&self) -> bool {
        self.number == self.code.front.nloops
    }
    /// Whether instruction `at` of its code is none of the loop's; a function has no outside.
    pub fn is_outside(&self, at: u32) -> bool {
        let flow = self.code.front.flow();
        !self.is_function()
            && flow.loop_at(self.header).is_some()
            && !flow.is_within(self.header, at)
    }
    /// Its counter: see `hot`.
    pub fn heat(&self) -> &AtomicU32 {
        self.code
            .loops
            .get(self.number as usize)
            .unwrap_or(&self.code.calls)
    }
}

/// Instructions of what was recorded of a function as a whole; 0: nothing has been.
pub fn recorded_size(code: &PyCode) -> usize {
    let region = code.regions[code.front.nloops as usize].load(Ordering::Acquire);
    // SAFETY: regions live as long as the runtime.
    let region = unsafe { region.as_ref() };
    region.map_or(0, |r| r.state.lock().kept.as_ref().map_or(0, |k| k.size))
}

impl Code {
    /// The region.
    pub fn region(&self) -> &Region {
        // SAFETY: G3.
        unsafe { &*self.region }
    }
    /// Exits taken so far.
    pub fn exits(&self) -> u64 {
        self.taken
            .iter()
            .map(|t| u64::from(t.load(Ordering::Relaxed)))
            .sum()
    }
    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        self.compiled.bytes() + 12 * self.taken.len()
    }
    fn points(&self) -> &[PatchPoint] {
        &self.compiled.patch_points
    }

    /// Makes whoever is inside leave at the next back edge or at the end of the call that it is in. No thread executes the
    /// code at the moment: the world is stopped, or the caller is the only thread.
    pub fn leave(&self) {
        self.fired.store(true, Ordering::Relaxed);
        for p in self.points() {
            self.compiled.fire(&self.memory, p);
        }
    }
    /// Takes it out of the table: there is something better. It may still be run by those who are inside. To be buried.
    pub fn supersede(&self) {
        let me: *const Code = self;
        self.region()
            .entry
            .invalidate(self.tier, me.cast_mut().cast());
    }
    /// Takes it out of the table for good.
    pub fn invalidate(&self) {
        self.valid.store(false, Ordering::Release);
        let me: *const Code = self;
        self.region()
            .entry
            .invalidate(self.tier, me.cast_mut().cast());
        self.leave();
    }
}

impl Kickable for Code {
    #[inline(always)]
    fn is_kicked(&self) -> bool {
        self.fired.load(Ordering::Relaxed)
    }
    /// Back edges only.
    fn kick(&self) {
        self.fired.store(true, Ordering::Relaxed);
        for p in self.points() {
            if p.kind == threadsnake_jit::PatchKind::Jump {
                self.compiled.fire(&self.memory, p);
            }
        }
    }
    /// Undoes [`Code::leave`] too, if the code may still be entered.
    fn restore(&self) {
        if self.valid.load(Ordering::Acquire) && self.fired.swap(false, Ordering::AcqRel) {
            for p in self.points() {
                self.compiled.restore(&self.memory, p);
            }
            if !self.valid.load(Ordering::Acquire) {
                self.leave();
            }
        }
    }
}

/// A piece of code that depends on a fact.
#[derive(Clone)]
pub struct Dependant(pub Arc<Code>);

impl Dependant {
    /// See [`Code::invalidate`].
    pub fn leave(&self) {
        self.0.invalidate();
    }
}

impl PatchSite for Dependant {
    /// Its points are of both forms: the stricter one holds. (Bytes after a call start at the return address.)
    fn form(&self) -> Form {
        Form::Overwrite
    }
    fn fire(&self) {
        self.0.invalidate();
    }
}

/// The facts of a recording as dependencies of one piece of code.
pub fn dependencies(code: &Arc<Code>) -> Vec<Dependency<Fact, Dependant>> {
    code.kept
        .facts
        .iter()
        .map(|(key, a)| Dependency {
            key: *key,
            assumption: a.clone(),
            dependants: vec![Dependant(code.clone())],
        })
        .collect()
}
