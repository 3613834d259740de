//! The state that all threads of a runtime share. Two runtimes of a process share nothing.

use super::flags::Flags;
use super::intern::Interner;
use super::names::Names;
use super::state::ModuleStates;
use super::thread::{self, Thread};
use super::weakref::WeakRefs;
use crate::object::dict::Dict;
use crate::object::heap::{Chunks, Heap};
use crate::object::shape::Shapes;
use crate::object::type_ids::{ALL_TYPES, FIRST_FREE_SHAPE, TypeId};
use crate::object::types::Type;
use crate::object::{Obj, Py, Value};
use crate::record::state::{Jit, JitOptions};
use threadsnake_algo::hash::HashKey;
use threadsnake_threads::domain::{self, Domain, DomainHooks};
use threadsnake_threads::header::Header;
use threadsnake_threads::record::ThreadRecord;
use threadsnake_threads::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use threadsnake_threads::sync::{Arc, OnceLock};

/// What a script may reach. Without a capability the modules that need it refuse.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// Files: `open`, `os` file functions, imports from the file system.
    pub files: bool,
    /// Clocks and sleeping.
    pub clock: bool,
    /// Environment variables, process identity, arguments.
    pub environment: bool,
    /// Processes and signals.
    pub process: bool,
    /// Sockets.
    pub network: bool,
    /// Standard streams.
    pub stdio: bool,
}

impl Capabilities {
    /// Everything: what the command line gives.
    pub const ALL: Capabilities = Capabilities {
        files: true,
        clock: true,
        environment: true,
        process: true,
        network: true,
        stdio: true,
    };
    /// Nothing: what an embedded runtime starts with.
    pub const NONE: Capabilities = Capabilities {
        files: false,
        clock: false,
        environment: false,
        process: false,
        network: false,
        stdio: false,
    };
}

/// Options of a runtime.
#[derive(Clone, Debug)]
pub struct Options {
    /// See [`Capabilities`].
    pub capabilities: Capabilities,
    /// `sys.argv`
    pub argv: Vec<String>,
    /// Entries put before the embedded library on `sys.path`.
    pub path: Vec<String>,
    /// `-O` level.
    pub optimize: u8,
    /// Print each statement's value (REPL).
    pub interactive: bool,
    /// Seed of string hashes; random if absent (`PYTHONHASHSEED`).
    pub hash_seed: Option<u64>,
    /// Bytes that the program may hold; 0: no limit.
    pub memory_limit: usize,
    /// What Python code is told of the command line.
    pub flags: Flags,
    /// Which compiled tiers may be used.
    pub jit: JitMode,
    /// How code is compiled.
    pub compiler: JitOptions,
}

/// Which compiled tiers may be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JitMode {
    /// Interpreter only.
    Off,
    /// Single-thread code only; the interpreter while several threads are attached.
    Single,
    /// Multi-thread code always.
    Multi,
    /// Both, swapped as threads come and go.
    Auto,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            capabilities: Capabilities::NONE,
            argv: Vec::new(),
            path: Vec::new(),
            optimize: 0,
            interactive: false,
            hash_seed: None,
            memory_limit: 0,
            flags: Flags::default(),
            jit: JitMode::Auto,
            compiler: JitOptions::default(),
        }
    }
}

/// See the module's head.
pub struct Runtime {
    // Objects are used until the very end: declared last to be dropped last.
    pub(crate) names: OnceLock<Names>,
    pub(crate) types: Box<[OnceLock<Py<Type>>]>,
    pub(crate) builtins: OnceLock<Py<Dict>>,
    pub(crate) modules: OnceLock<Py<Dict>>,
    pub(crate) sys: OnceLock<Py<Dict>>,
    pub(crate) common: OnceLock<Box<[Obj]>>,
    pub(crate) empty_tuple: OnceLock<Obj>,
    pub(crate) latin1: OnceLock<Box<[Obj]>>,
    /// Strings interned.
    pub interner: Interner,
    /// States of native modules.
    pub states: ModuleStates,
    /// The cycle collector's state.
    pub collector: crate::builtins::collect::Collector,
    /// Weak references.
    pub weakrefs: WeakRefs,
    /// Options as given.
    pub options: Options,
    version: AtomicU32,
    /// `sys.setrecursionlimit`
    pub recursion_limit: AtomicUsize,
    /// `sys.set_int_max_str_digits`
    pub int_max_str_digits: AtomicUsize,
    /// Bytes of containers' storage, about.
    pub(crate) storage: AtomicUsize,
    /// The threads.
    pub domain: Arc<Domain>,
    pub(crate) shapes: Shapes,
    pub(crate) heaps: Box<[OnceLock<Box<Heap>>]>,
    pub(crate) chunks: Chunks,
    jit: Jit,
    /// What other runtime the thread is in that drops this one: out of sight until all the fields above, which hold
    /// references, are gone.
    other: domain::OutOfSight,
}

struct Hooks;

impl DomainHooks for Hooks {
    unsafe fn destroy(&self, _me: &ThreadRecord, object: *const Header) {
        // SAFETY: the domain calls it once for an object in nobody's hands.
        unsafe { crate::object::destroy::destroy(object) };
    }

    fn is_missed(&self, _me: &ThreadRecord, object: *const Header) -> bool {
        // SAFETY: an object that waits for its destruction.
        unsafe {
            thread::try_current()
                .is_some_and(|th| crate::object::destroy::has_finaliser(th, &*object))
        }
    }

    fn publish_held(&self, object: &Header) {
        let word = Value(std::ptr::from_ref(object) as u64);
        // SAFETY: the caller has a reference to the object.
        let o = std::mem::ManuallyDrop::new(unsafe { Obj::from_value(word) });
        crate::object::exception::publish_held(&o);
    }

    fn on_multi(&self, thread: &ThreadRecord) {
        Jit::on_multi(thread);
    }

    fn kick(&self, target: &ThreadRecord) {
        Jit::kick(target);
    }

    fn code_in_use(&self, me: &ThreadRecord, _code: *const ()) -> bool {
        Jit::in_use(me)
    }

    /// Compiled Single code does not mark what it stores, and objects made in Multi are unpublished while only
    /// registers refer to them. Objects made in Single are published from the start.
    fn on_single(&self, me: &ThreadRecord) {
        let mut at = me.vm.load(Ordering::Relaxed).cast::<Thread>().cast_const();
        // SAFETY: the caller says that `me` is the only thread and does not run: its threads and their registers stay.
        while let Some(th) = unsafe { at.as_ref() } {
            th.publish_registers();
            at = th.outer();
        }
    }
}

/// Why a runtime could not be made.
#[derive(Debug)]
pub enum StartError {
    /// The system gave no memory.
    OutOfMemory,
    /// A Python exception during start: our bug.
    Exception(String),
    /// As many threads are attached as can be.
    TooManyThreads,
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StartError::OutOfMemory => f.write_str("no memory to start a runtime"),
            StartError::Exception(s) => write!(f, "the runtime could not start: {s}"),
            StartError::TooManyThreads => {
                f.write_str("too many threads are attached to the runtime")
            }
        }
    }
}

impl std::error::Error for StartError {}

impl Runtime {
    /// A runtime with its built-in types and modules, not yet with a thread.
    pub fn new(options: Options) -> Result<Arc<Runtime>, StartError> {
        let key = match options.hash_seed {
            // Those of CPython are below 2^32, and give its hashes.
            Some(s) => {
                let key = HashKey::from_seed((s ^ s >> 32) as u32);
                [key.k0, key.k1]
            }
            None => random_key(),
        };
        let shapes = Shapes::new(FIRST_FREE_SHAPE).ok_or(StartError::OutOfMemory)?;
        let rt = Arc::new(Runtime {
            names: OnceLock::new(),
            types: (0..ALL_TYPES.len()).map(|_| OnceLock::new()).collect(),
            builtins: OnceLock::new(),
            modules: OnceLock::new(),
            sys: OnceLock::new(),
            common: OnceLock::new(),
            empty_tuple: OnceLock::new(),
            latin1: OnceLock::new(),
            interner: Interner::new(key),
            states: ModuleStates::default(),
            weakrefs: WeakRefs::default(),
            collector: Default::default(),
            jit: Jit::new(options.jit, options.compiler.clone()),
            int_max_str_digits: AtomicUsize::new(options.flags.int_max_str_digits),
            options,
            version: AtomicU32::new(1),
            recursion_limit: AtomicUsize::new(1000),
            storage: AtomicUsize::new(0),
            domain: Domain::new(Box::new(Hooks)),
            shapes,
            heaps: (0..=threadsnake_threads::slot::Slot::MAX.0 as usize)
                .map(|_| OnceLock::new())
                .collect(),
            chunks: Chunks::default(),
            other: domain::OutOfSight::new(),
        });
        {
            let th = Thread::attach(&rt).map_err(|_| StartError::TooManyThreads)?;
            crate::builtins::start::start(&th)
                .map_err(|e| StartError::Exception(th.describe(&e)))?;
        }
        Ok(rt)
    }

    /// Compiled code.
    #[inline(always)]
    pub fn jit(&self) -> &Jit {
        &self.jit
    }
    /// Names that the runtime looks up.
    #[inline(always)]
    pub fn names(&self) -> &Names {
        self.names
            .get()
            .expect("names are set before any program runs")
    }
    /// A built-in type.
    #[inline(always)]
    pub fn ty(&self, id: TypeId) -> &Py<Type> {
        self.types[id as usize]
            .get()
            .expect("built-in types are made before any program runs")
    }
    /// The namespace of module `builtins`.
    #[inline(always)]
    pub fn builtins(&self) -> &Py<Dict> {
        self.builtins.get().expect("set at start")
    }
    /// A builtin by its number ([`Common`](threadsnake_front::code::Common)), whatever its name is bound to.
    pub(crate) fn common(&self, number: usize) -> &Obj {
        &self.common.get().expect("set at start")[number]
    }
    /// `sys.modules`
    pub fn modules(&self) -> &Py<Dict> {
        self.modules.get().expect("set at start")
    }
    /// Shapes.
    #[inline(always)]
    pub fn shapes(&self) -> &Shapes {
        &self.shapes
    }
    /// A number never given before in this runtime (type versions, dict table uids). After 2^32 of them the last one is
    /// given again and again: caches then merely miss.
    pub fn next_version(&self) -> u32 {
        let v = self.version.fetch_add(1, Ordering::Relaxed);
        if v >= u32::MAX - 1_000_000 {
            self.version.store(u32::MAX - 1_000_000, Ordering::Relaxed);
        }
        v
    }
    /// Key of string hashes.
    pub fn hash_key(&self) -> [u64; 2] {
        self.interner.key()
    }
    /// Every heap in use.
    pub(crate) fn each_heap(&self, mut f: impl FnMut(&Heap)) {
        for h in &self.heaps {
            if let Some(h) = h.get() {
                f(h);
            }
        }
    }
    /// State of a native module, made at first use.
    pub fn module_state<T: Default + Send + Sync + 'static>(&self) -> &T {
        self.states.get::<T>()
    }
    /// Bytes held by objects and storage, about.
    pub fn memory(&self) -> usize {
        let mut n = self.storage.load(Ordering::Relaxed);
        self.each_heap(|h| n += h.bytes() as usize);
        n
    }
}

impl Drop for Runtime {
    /// Drops the contents of every object in place, then the pages go with `chunks`. No thread is attached, and what other
    /// runtime the calling thread may be in is put out of sight, so nothing is counted and no finaliser runs.
    fn drop(&mut self) {
        debug_assert!(
            self.domain.thread_count() == 0,
            "each thread has an `Arc` of its runtime"
        );
        self.jit.worker.stop();
        self.jit.ticker.stop();
        self.other.begin();
        for h in &self.heaps {
            let Some(h) = h.get() else { continue };
            // SAFETY: no thread is left; each object is dropped once and not used again.
            unsafe {
                h.each(&mut |p, _| {
                    let id = p.cast::<Header>().as_ref().shape.load(Ordering::Relaxed);
                    if let Some(f) = self.shapes.get(id).layout().drop {
                        f(p.as_ptr().add(16));
                    }
                });
                h.free_all_large();
            }
        }
    }
}

fn random_key() -> [u64; 2] {
    let mut k = [0u64; 2];
    // SAFETY: writes at most 16 bytes into `k`.
    unsafe { libc::getrandom(k.as_mut_ptr().cast(), 16, 0) };
    k
}
