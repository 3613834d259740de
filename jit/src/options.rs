//! What can be chosen, and what the virtual machine tells about itself.

/// The tier that code is made for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mode {
    /// Exactly one thread is attached to the runtime.
    Single,
    /// Any number are.
    Multi,
}

/// How Single code learns that it must leave a loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PatchForm {
    /// The displacement of the back edge's jump is overwritten. Costs nothing until then.
    Displacement,
    /// A word of the thread record is compared with 0 in each iteration.
    Flag,
}

/// Where the fields of the thread record are that compiled code uses: byte offsets from the record's address, or,
/// for those marked so, from the address of the machine's own data for the thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ThreadLayout {
    /// Multi: a 32-bit word; [`Self::guard_least`] or more, unsigned, means "leave at the next safepoint".
    pub guard_word: i32,
    /// See there; at least 1.
    pub guard_least: i32,
    /// [`PatchForm::Flag`]: a 32-bit word; not 0 means the same in Single. May be the guard word.
    pub flag: i32,
    /// The thread's owner slot, a u16, as in object headers.
    pub owner_slot: i32,
    /// A pointer to the machine's own data for the thread; `None` if that is in the record itself.
    pub data: Option<i32>,
    /// In the data: a pointer to the thread's [`crate::ExitBuffer`].
    pub exit_buffer: i32,
    /// In the data: where `ret` puts the value (8 bytes), besides returning it.
    pub returned: i32,
    /// In the data: free lists of small objects, if compiled code may use them.
    pub free_lists: Option<FreeLists>,
    /// Flags that new objects have in Single, besides those that an `alloc` names.
    pub single_flags: u8,
}

/// Free lists of a thread, one for each size class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FreeLists {
    /// Offset in the thread's data of a pointer to what holds them; `None`: the data does.
    pub holder: Option<i32>,
    /// Offset there of the head of class 0; heads are 8 bytes.
    pub heads: i32,
    /// The class of objects of `16 * n` bytes. Larger objects than this tells of are not taken from a free list.
    pub classes: &'static [u8],
    /// Offset in a free object of the pointer to the next; 0 ends the list.
    pub link: i32,
    /// Offset, in what holds them, of a 32-bit count of all allocations, if there is one.
    pub allocated: Option<i32>,
}

/// Addresses of functions that lowered pseudo-operations call: `extern "C"`, they must not unwind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RuntimeCalls {
    /// `fn(thread, obj)`: a reference was dropped and the local count, as i32, is not above zero any more.
    pub zero: u64,
    /// `fn(thread, obj)`: takes a reference to an object that another thread owns (Multi).
    pub incref_shared: u64,
    /// `fn(thread, obj)`: drops a reference to an object that another thread owns (Multi).
    pub decref_shared: u64,
    /// `fn(thread, obj)`: marks an object as one that others may find (Multi).
    pub publish: u64,
    /// `fn(thread, size, shape | flags << 32) -> obj`: a new object with its header set, or null.
    pub alloc: u64,
}

/// What the virtual machine tells about itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VmLayout {
    /// The thread record.
    pub thread: ThreadLayout,
    /// Functions that pseudo-operations call.
    pub calls: RuntimeCalls,
    /// How a thread takes the lock of an object of its own; `None`: only in helpers.
    pub own_lock: Option<OwnLock>,
}

/// The lock of an object that only the thread which owns it has ever locked (`threads::maker`): the thread says that it works on
/// the object, sees that the object's lock byte is 0 and its owner `maker`, before and after, and takes back what it said when
/// it has done. That what was said is seen by others in time is for them to see to. Offsets in the thread record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OwnLock {
    /// A u16, as the owner slots of objects: whose lock may be taken so.
    pub maker: i32,
    /// A pointer: the object that the thread works on, or null.
    pub using: i32,
}

/// Which passes run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Passes {
    /// Folding by rules and constants.
    pub fold: bool,
    /// Joining of equal computations.
    pub gvn: bool,
    /// Removal of guards that cannot fail.
    pub guards: bool,
    /// Loads from known memory, shape facts, dead stores.
    pub memory: bool,
    /// Objects that need not exist.
    pub escape: bool,
    /// Boxed loop variables kept unboxed.
    pub unbox: bool,
    /// Ranges: overflow and bounds checks.
    pub range: bool,
    /// A first iteration before the loop.
    pub peel: bool,
    /// Hoisting out of loops.
    pub licm: bool,
    /// Pairs of reference-count operations.
    pub refcount: bool,
}

impl Passes {
    /// Every pass.
    pub const ALL: Passes = Passes {
        fold: true,
        gvn: true,
        guards: true,
        memory: true,
        escape: true,
        unbox: true,
        range: true,
        peel: true,
        licm: true,
        refcount: true,
    };
    /// No pass.
    pub const NONE: Passes = Passes {
        fold: false,
        gvn: false,
        guards: false,
        memory: false,
        escape: false,
        unbox: false,
        range: false,
        peel: false,
        licm: false,
        refcount: false,
    };
}

/// Options of a compilation. [`Options::new`] gives what a user wants; the rest is for developers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// What the virtual machine tells about itself.
    pub layout: VmLayout,
    /// How Single code is made to leave loops.
    pub patch_form: PatchForm,
    /// Functions with more instructions than this are refused: compile time is superlinear.
    pub max_insts: usize,
    /// For developers: which passes run.
    pub passes: Passes,
    /// For developers: verify after each pass, check the register allocation. On in debug builds.
    pub check: bool,
    /// For developers: keep the text of each stage in [`crate::Compiled::dumps`].
    pub dump: bool,
    /// For developers: not 0 means that every n-th guard always leaves, which is always right and finds wrong exits.
    pub exit_every: u32,
    /// For developers: not 0 means a random small set of registers, and spills, from this seed.
    pub chaos: u64,
}

impl Options {
    /// The defaults for this layout.
    pub fn new(layout: VmLayout) -> Options {
        Options {
            layout,
            patch_form: PatchForm::Displacement,
            max_insts: 48_000,
            passes: Passes::ALL,
            check: cfg!(debug_assertions),
            dump: false,
            exit_every: 0,
            chaos: 0,
        }
    }
}
