//! Code objects at run time: what the front end made, its constants as objects, and inline caches beside it.
//!
//! A code object never changes but for its caches and counters, which are single atomic words: nothing of an instruction
//! is ever rewritten under another thread.

use super::layout::{Layout, Native, Visit};
use super::obj::Obj;
use super::type_ids::TypeId;
use super::value::Value;
use threadsnake_front::code as front;
use threadsnake_front::instr::Instr;
use threadsnake_front::opcode::Op;
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// An inline-cache site. What the words mean depends on the instruction (see `interp::cache`); each word is a fact that
/// holds by itself, so that a mixture of two writers' words is harmless.
#[repr(C)]
pub struct Site {
    /// The name looked up: interned, immortal.
    pub name: Value,
    /// First word.
    pub a: AtomicU64,
    /// Second word.
    pub b: AtomicU64,
    /// Third word.
    pub c: AtomicU64,
    /// An immutable cache entry (`interp::cache::Entry`), or null.
    pub entry: AtomicPtr<()>,
}

// SAFETY: the name is immortal, the rest atomic.
unsafe impl Send for Site {}
// SAFETY: as above.
unsafe impl Sync for Site {}

/// Payload of code objects.
pub struct Code {
    /// What the compiler made.
    pub front: Arc<front::Code>,
    /// Constants; those that are on the heap are immortal.
    pub consts: Box<[Obj]>,
    /// Names, interned.
    pub names: Box<[Obj]>,
    /// Inline caches.
    pub sites: Box<[Site]>,
    /// `co_name`
    pub name: Obj,
    /// `co_qualname`
    pub qualname: Obj,
    /// `co_filename`
    pub filename: Obj,
    /// Hotness of each loop: see `record::hot`.
    pub loops: Box<[AtomicU32]>,
    /// What was compiled from each loop, and last from the whole function; null, or a region that lives as long as the
    /// runtime. Set once.
    pub regions: Box<[AtomicPtr<crate::record::region::Region>]>,
    /// Hotness of the entry.
    pub calls: AtomicU32,
    /// The first instruction (of `front`, which never changes).
    pub entry: *const Instr,
    /// Number of registers.
    pub nregs: u32,
    /// Number of local variables.
    pub nlocals: u32,
    /// Total of parameters, `*args` and `**kwargs` included.
    pub nparams: u32,
    /// Neither keyword-only parameters nor `*args`/`**kwargs`, and an ordinary function: arguments go straight into the
    /// registers where their number fits.
    pub simple: bool,
    /// Generator, coroutine or async generator.
    pub is_generator: bool,
}

// SAFETY: `entry` points into `front`, which is immutable and lives as long; the rest is immutable or atomic.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

static LAYOUT: Layout = Layout::of::<Code>("code");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Code {
    const TYPE: TypeId = TypeId::Code;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        for o in self.consts.iter().chain(self.names.iter()) {
            visit(o.value());
        }
        for o in [&self.name, &self.qualname, &self.filename] {
            visit(o.value());
        }
    }
}

impl Code {
    /// The first instruction.
    #[inline(always)]
    pub fn start(&self) -> *const Instr {
        self.entry
    }
    /// Number of the instruction at `pc`.
    pub fn index_of(&self, pc: *const Instr) -> usize {
        (pc as usize).wrapping_sub(self.start() as usize) / size_of::<Instr>()
    }
    /// Whether the handler at instruction `target` only turns a StopIteration into a RuntimeError.
    pub fn is_stop_guard(&self, target: usize) -> bool {
        self.front
            .instrs
            .get(target)
            .is_some_and(|i| i.op() == Op::StopIterToRuntime)
    }
    /// Whether a `co_flags` bit is set.
    #[inline(always)]
    pub fn has(&self, flag: u32) -> bool {
        self.front.flags & flag != 0
    }
    /// Source line of an instruction.
    pub fn line_of(&self, index: usize) -> u32 {
        self.front.pos(index).line
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        for s in &self.sites {
            let e = s.entry.load(Ordering::Relaxed);
            if !e.is_null() {
                // SAFETY: entries are made by `Box::into_raw` in `object::cache` and owned by the site.
                unsafe { super::cache::free_entry(e) };
            }
        }
    }
}
