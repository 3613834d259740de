//! A thread inside a runtime: its record, heap, register stack and control records, and the safepoint.
//!
//! `current()` gives the thread of the calling OS thread; it is what `Clone` and `Drop` of references use. Everything else
//! gets `th: &Thread` passed.

use super::error::{Exc, Res};
use super::runtime::Runtime;
use crate::object::frame::Frame;
use crate::object::heap::Heap;
use crate::object::shape::Shapes;
use crate::object::{Obj, Value};
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::ptr::null_mut;
use threadsnake_threads::domain::{self, AttachError, Attached};
use threadsnake_threads::header::Header;
use threadsnake_threads::lock::{LockGuard, ObjectLock};
use threadsnake_threads::overwrite::Overwrite;
use threadsnake_threads::record::{self, ThreadRecord};
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

/// Registers of a thread: this many words of address space, committed as used.
pub const STACK_WORDS: usize = 4 << 20;
/// Control records of a thread.
pub const MAX_FRAMES: usize = 200_000;
/// Native stack kept free for the runtime itself and for system libraries.
const NATIVE_RESERVE: usize = 192 << 10;

/// See the module's head. Not shared: every field is the thread's own.
pub struct Thread {
    /// Dropped by hand, before the stacks: ending the attachment may run finalisers.
    rec: ManuallyDrop<Attached>,
    /// Where `rec` is: its address is stable for as long as the thread is attached.
    rec_ptr: *const ThreadRecord,
    /// The record's slot, at hand for the counting of references.
    slot: u16,
    rt: Arc<Runtime>,
    /// The thread that an earlier attachment of this OS thread to the same runtime made: they share one record, whose
    /// `vm` is the latest of them.
    outer: Cell<*const Thread>,
    heap: *const Heap,
    shapes: *const Shapes,
    /// Registers (F1, F2 of `object::frame`).
    pub(crate) stack: *mut Value,
    pub(crate) stack_end: *mut Value,
    /// Control records; `top` is the running one, `frames` itself an empty one below all.
    pub(crate) frames: *mut Frame,
    /// The last control record that may be running: one more place is behind it.
    pub(crate) frames_end: *mut Frame,
    pub(crate) top: Cell<*mut Frame>,
    /// Depth of Python and native calls together, for RecursionError.
    pub(crate) depth: Cell<usize>,
    native_limit: usize,
    /// Depth of destructions, see `object::destroy`.
    pub destroying: Cell<u32>,
    /// Objects whose destruction was put off.
    pub doomed: RefCell<Vec<(*const Header, u32)>>,
    /// How many finalisers the running code is inside of: also of those that had ended when what they left was destroyed.
    pub finalising: Cell<u32>,
    /// Whether `doomed` holds something.
    pub put_off: Cell<bool>,
    /// Objects whose repr is being made.
    pub(crate) in_repr: RefCell<Vec<Value>>,
    /// How many frames of this thread are handling an exception.
    pub(crate) handling: Cell<usize>,
    /// Exceptions to raise at the next safepoint (from signals, `interrupt`, async exceptions).
    pub(crate) pending: RefCell<Vec<Exc>>,
    /// What look-ups through types found.
    pub(crate) lookups: crate::object::lookup::LookupCache,
    /// Signatures bound last.
    pub(crate) recent_sigs: super::call::RecentSigs,
    /// `threading.get_ident`
    pub ident: u64,
    /// Compiled code.
    pub jit: crate::record::state::ThreadJit,
    /// Who takes what a generator yields (K1 of `interp::sink`).
    pub(crate) sink: Cell<*const crate::interp::sink::Sink>,
    /// Who watches this thread.
    pub(crate) tracing: crate::interp::trace::Tracing,
    /// Python-level state (current context, trace functions, async generator hooks), by type.
    pub locals: super::state::ModuleStates,
}

/// The thread of the calling OS thread. Must be attached.
#[inline(always)]
pub fn current<'a>() -> &'a Thread {
    let p = record().vm.load(Ordering::Relaxed).cast::<Thread>();
    debug_assert!(!p.is_null());
    // SAFETY: set by `attach`, cleared before the thread is freed; a thread only asks while attached.
    unsafe { &*p }
}

/// The record of the calling OS thread. Must be attached.
#[inline(always)]
pub fn record<'a>() -> &'a ThreadRecord {
    let p = domain::current();
    debug_assert!(
        !p.is_null(),
        "a reference was counted on a thread that is not attached"
    );
    // SAFETY: only attached threads touch references; the record lives while attached.
    unsafe { &*p }
}

/// The record of the calling OS thread, if it is attached.
#[inline(always)]
pub fn try_record<'a>() -> Option<&'a ThreadRecord> {
    // SAFETY: the record lives while the thread is attached.
    unsafe { domain::current().as_ref() }
}

/// The calling OS thread's thread, if it is attached.
pub fn try_current<'a>() -> Option<&'a Thread> {
    let p = domain::current();
    if p.is_null() {
        return None;
    }
    // SAFETY: as above.
    unsafe { (*p).vm.load(Ordering::Relaxed).cast::<Thread>().as_ref() }
}

/// Makes an object that only this thread has, or that is shared but never dies, immortal.
pub fn make_immortal(h: &Header) {
    h.make_immortal();
}

/// Keeps an object's lock in Multi, nothing in Single.
pub struct Locked<'a> {
    _guard: Option<LockGuard<'a>>,
}

/// How one word of an object may be replaced: see [`Thread::overwriting`].
pub enum Overwriting<'a> {
    /// In Single, or of an object that only this thread has.
    Alone,
    /// In Multi.
    Shared(Overwrite<'a>),
}

impl Overwriting<'_> {
    /// Whether nothing else of the object changes either until this is dropped.
    #[inline(always)]
    pub fn excludes(&self) -> bool {
        !matches!(self, Overwriting::Shared(Overwrite::Open))
    }
    /// Replaces the word; gives what was there.
    #[inline(always)]
    pub fn replace(&self, word: &AtomicU64, new: u64) -> u64 {
        if self.excludes() {
            let old = word.load(Ordering::Relaxed);
            word.store(new, Ordering::Release);
            old
        } else {
            word.swap(new, Ordering::AcqRel)
        }
    }
}

/// Undoes `Thread::enter` when dropped.
pub struct Depth<'a>(&'a Thread);

impl Drop for Depth<'_> {
    fn drop(&mut self) {
        self.0.depth.set(self.0.depth.get() - 1);
    }
}

/// Undoes `Thread::repr_enter` when dropped.
pub struct ReprGuard<'a>(&'a Thread);

impl Drop for ReprGuard<'_> {
    fn drop(&mut self) {
        self.0.in_repr.borrow_mut().pop();
    }
}

impl Thread {
    /// Attaches the calling OS thread to a runtime. The attachment ends when the box is dropped.
    pub fn attach(rt: &Arc<Runtime>) -> Result<Box<Thread>, AttachError> {
        let rec = rt.domain.attach()?;
        let slot = rec.slot.0;
        let heap: *const Heap = &**rt.heaps[slot as usize].get_or_init(|| Box::new(Heap::new()));
        let outer = rec.vm.load(Ordering::Relaxed).cast::<Thread>();
        let (stack, frames) = map_stacks();
        let th = Box::new(Thread {
            outer: Cell::new(outer),
            rec_ptr: &*rec,
            slot,
            heap,
            shapes: &rt.shapes,
            stack,
            // SAFETY: the end of the mapping.
            stack_end: unsafe { stack.add(STACK_WORDS) },
            frames,
            // SAFETY: inside the mapping.
            frames_end: unsafe { frames.add(MAX_FRAMES - 2) },
            top: Cell::new(frames),
            depth: Cell::new(0),
            native_limit: native_limit(),
            destroying: Cell::new(0),
            doomed: RefCell::new(Vec::new()),
            finalising: Cell::new(0),
            put_off: Cell::new(false),
            in_repr: RefCell::new(Vec::new()),
            handling: Cell::new(0),
            pending: RefCell::new(Vec::new()),
            // SAFETY: no preconditions.
            ident: unsafe { libc::pthread_self() } as u64,
            jit: crate::record::state::ThreadJit::new(rt.jit()),
            lookups: Default::default(),
            recent_sigs: Default::default(),
            sink: Cell::new(std::ptr::null()),
            tracing: Default::default(),
            locals: super::state::ModuleStates::default(),
            rt: rt.clone(),
            rec: ManuallyDrop::new(rec),
        });
        // SAFETY: the first record is in the mapping.
        unsafe {
            frames.write(Frame {
                limit: stack,
                ..Frame::EMPTY
            })
        };
        th.rec
            .vm
            .store(&*th as *const Thread as *mut (), Ordering::Relaxed);
        crate::interp::trace::begin(&th);
        Ok(th)
    }

    /// The runtime.
    #[inline(always)]
    pub fn rt(&self) -> &Runtime {
        &self.rt
    }
    /// The runtime, to hand to another thread.
    pub fn rt_arc(&self) -> &Arc<Runtime> {
        &self.rt
    }
    /// The record.
    #[inline(always)]
    pub fn rec(&self) -> &ThreadRecord {
        // SAFETY: the record lives while the thread is attached, which `self.rec` sees to.
        unsafe { &*self.rec_ptr }
    }
    /// The record's slot.
    #[inline(always)]
    pub fn slot(&self) -> u16 {
        self.slot
    }
    /// Whether other threads may run.
    #[inline(always)]
    pub fn multi(&self) -> bool {
        self.rec().is_multi()
    }
    /// Shapes.
    #[inline(always)]
    pub fn shapes(&self) -> &Shapes {
        // SAFETY: part of the runtime, which `rt` keeps alive.
        unsafe { &*self.shapes }
    }
    /// Where the pointer to this thread's heap is, for compiled code.
    pub const HEAP_OFFSET: usize = std::mem::offset_of!(Thread, heap);

    /// This thread's heap.
    #[inline(always)]
    pub fn heap(&self) -> &Heap {
        // SAFETY: part of the runtime; boxed, never moved.
        unsafe { &*self.heap }
    }

    /// A safepoint: finalisers may run, stops are waited out, pending exceptions raised.
    #[inline(always)]
    pub fn poll(&self) -> Res<()> {
        let bits = self.rec().guard.load(Ordering::Relaxed);
        if bits == 0 || self.rec().may_pass(bits) {
            Ok(())
        } else {
            self.poll_slow()
        }
    }

    #[cold]
    fn poll_slow(&self) -> Res<()> {
        let bits = self.rec.safepoint();
        if bits & record::COLLECT != 0 {
            self.rec.take(record::COLLECT);
            crate::builtins::collect::collect_if_due(self);
        }
        if bits & (record::INTERRUPT | record::PENDING | record::LIMIT) != 0 {
            self.rec
                .take(record::INTERRUPT | record::PENDING | record::LIMIT);
            crate::builtins::signals::run_pending(self, bits)?;
            if let Some(e) = self.pending.borrow_mut().pop() {
                return Err(e);
            }
        }
        Ok(())
    }

    /// Lets go of the runtime while `f` blocks. `f` touches no object.
    pub fn blocking<R>(&self, f: impl FnOnce() -> R) -> R {
        self.rec.blocking(f)
    }

    /// The object's lock in Multi. While it is held no Python runs and nothing is dropped.
    #[inline(always)]
    pub fn lock<'a>(&'a self, h: &'a Header) -> Locked<'a> {
        if self.rec().is_multi() {
            Locked {
                _guard: Some(ObjectLock::lock(h, self.rec())),
            }
        } else {
            Locked { _guard: None }
        }
    }

    /// [`Thread::lock`] of an object of any kind.
    pub fn lock_object<'a>(&'a self, o: &'a Obj) -> Locked<'a> {
        match o.header() {
            Some(h) => self.lock(h),
            None => Locked { _guard: None },
        }
    }

    /// [`Thread::lock`] for one short piece of work that takes no further lock; nothing where this thread has the only
    /// reference to the object (L3 of `threads::lock`).
    #[inline(always)]
    pub fn lock_briefly<'a>(&'a self, h: &'a Header) -> Locked<'a> {
        if !self.has_only_reference(h) {
            Locked {
                _guard: Some(ObjectLock::lock(h, self.rec())),
            }
        } else {
            Locked { _guard: None }
        }
    }

    /// What it takes to replace one word of the object, which is looked up after this: nothing in Single and where this thread
    /// has the only reference, else its lock, or not even that. No safepoint before the word is replaced.
    #[inline(always)]
    pub fn overwriting<'a>(&'a self, h: &'a Header) -> Overwriting<'a> {
        if self.has_only_reference(h) {
            Overwriting::Alone
        } else {
            Overwriting::Shared(ObjectLock::lock_to_overwrite(h, self.rec()))
        }
    }

    /// [`Thread::retire_bytes`] of what belonged to the object `h` alone: freed at once where nobody else can have it.
    ///
    /// # Safety
    /// As [`Thread::retire_bytes`].
    #[inline]
    pub unsafe fn retire_bytes_of(
        &self,
        h: &Header,
        p: *mut u8,
        bytes: usize,
        free: unsafe fn(*mut u8, usize),
    ) {
        // SAFETY: the caller's promise; whoever could be reading it would have come by the object.
        unsafe {
            if self.rt.options.memory_limit == 0 && self.has_alone(h) {
                free(p, bytes);
            } else {
                self.retire_bytes(p, bytes, free);
            }
        }
    }

    /// Frees storage that readers may still be in: now in Single, after a grace period in Multi.
    ///
    /// # Safety
    /// Nothing points to the storage any more, and `free(p, bytes)` frees it.
    #[inline]
    pub unsafe fn retire_bytes(&self, p: *mut u8, bytes: usize, free: unsafe fn(*mut u8, usize)) {
        if self.rt.options.memory_limit != 0 && bytes >= 1024 {
            let _ = self
                .rt
                .storage
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| {
                    Some(n.saturating_sub(bytes))
                });
        }
        if self.multi() {
            // SAFETY: the caller gives up the storage, no object points to it any more.
            unsafe { self.rec.retire(p, bytes, free) };
        } else {
            // SAFETY: as above, and nobody else runs.
            unsafe { free(p, bytes) };
        }
    }

    /// Asks for leave to allocate a lot.
    #[inline]
    pub fn reserve(&self, bytes: usize) -> Res<()> {
        if self.rt.options.memory_limit != 0 && bytes >= 1024 {
            return self.reserve_slow(bytes);
        }
        // So much the system may refuse, and then the caller's own request must not be the one that it refuses: Rust's
        // containers end the process.
        if bytes >= 1 << 28 && !system_gives(bytes) {
            return Err(self.memory_error());
        }
        Ok(())
    }
    #[cold]
    fn reserve_slow(&self, bytes: usize) -> Res<()> {
        if self.rt.memory().saturating_add(bytes) > self.rt.options.memory_limit {
            return Err(self.memory_error());
        }
        self.rt.storage.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// One level deeper; RecursionError where the limit or the native stack is reached.
    #[inline]
    pub fn enter(&self, what: &str) -> Res<Depth<'_>> {
        let d = self.depth.get() + 1;
        let here = 0u8;
        if d > self.rt.recursion_limit.load(Ordering::Relaxed)
            || (&here as *const u8 as usize) < self.native_limit
        {
            return Err(self.too_deep(what));
        }
        self.depth.set(d);
        Ok(Depth(self))
    }
    /// Whether the native stack is nearly used up.
    #[inline(always)]
    pub fn native_stack_low(&self) -> bool {
        let here = 0u8;
        (&here as *const u8 as usize) < self.native_limit
    }
    /// The RecursionError.
    #[cold]
    pub fn too_deep(&self, what: &str) -> Exc {
        let sep = if what.is_empty() { "" } else { " " };
        self.recursion_error(format!("maximum recursion depth exceeded{sep}{what}"))
    }

    /// Notes that the repr of `o` is being made; `None` if it is already.
    pub fn repr_enter(&self, o: &Obj) -> Option<ReprGuard<'_>> {
        let mut v = self.in_repr.borrow_mut();
        if v.contains(&o.value()) {
            return None;
        }
        v.push(o.value());
        Some(ReprGuard(self))
    }

    /// Raises `e` in this thread at its next safepoint.
    pub fn raise_later(&self, e: Exc) {
        self.pending.borrow_mut().insert(0, e);
        self.rec.request(record::PENDING);
    }
}

impl Thread {
    /// The thread of an earlier attachment that shares the record, or null.
    pub(crate) fn outer(&self) -> *const Thread {
        self.outer.get()
    }

    /// Brings the runtime to mode Multi before this thread starts another, and notes how long that took.
    pub fn become_multi(&self) {
        if self.multi() {
            return;
        }
        let began = std::time::Instant::now();
        self.rt().domain.become_multi(&self.rec);
        let us = began.elapsed().as_micros() as u64;
        self.rt().jit().switch_us.store(us, Ordering::Relaxed);
    }

    /// Publishes what the registers of the running frames hold. By the thread itself, or while it is held.
    pub(crate) fn publish_registers(&self) {
        // SAFETY: F1, F2 of `object::frame`: below the running frame's limit each word is empty or owns its reference.
        unsafe {
            let mut p = self.stack;
            let end = (*self.top.get()).limit;
            while p < end {
                if (*p).is_ptr() {
                    crate::object::rc::publish(*p);
                }
                p = p.add(1);
            }
        }
    }

    /// Leaves the record to the other threads that share it, if there are any. The last one stays in it: finalisers run
    /// while its attachment ends.
    fn leave_record(&self) {
        let innermost = self.rec.vm.load(Ordering::Relaxed).cast::<Thread>();
        if std::ptr::eq(innermost, self) {
            if !self.outer.get().is_null() {
                let outer = self.outer.get().cast_mut();
                self.rec.vm.store(outer.cast(), Ordering::Relaxed);
            }
            return;
        }
        let mut at: *const Thread = innermost;
        // SAFETY: a thread leaves the chain, which only its OS thread touches, before it is freed.
        while let Some(t) = unsafe { at.as_ref() } {
            if std::ptr::eq(t.outer.get(), self) {
                t.outer.set(self.outer.get());
                return;
            }
            at = t.outer.get();
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        let pending = std::mem::take(&mut *self.pending.borrow_mut());
        drop(pending);
        // What they hold is counted: they go while the thread is still attached.
        self.tracing.clear();
        self.locals.clear();
        self.leave_record();
        // SAFETY: dropped once, here; what it destroys on the way may still use this thread. The stacks were mapped by
        // `map_stacks`, and no frame runs any more.
        unsafe {
            ManuallyDrop::drop(&mut self.rec);
            libc::munmap(self.stack.cast(), STACK_WORDS * 8);
            libc::munmap(self.frames.cast(), MAX_FRAMES * size_of::<Frame>());
        }
    }
}

fn map_stacks() -> (*mut Value, *mut Frame) {
    let map = |len: usize| {
        // SAFETY: a fresh private mapping, committed lazily.
        let p = unsafe {
            libc::mmap(
                null_mut(),
                len,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        assert!(
            p != libc::MAP_FAILED,
            "no address space for a thread's stack"
        );
        p
    };
    (
        map(STACK_WORDS * 8).cast(),
        map(MAX_FRAMES * size_of::<Frame>()).cast(),
    )
}

/// Lowest stack address that Python code may reach on this OS thread.
fn native_limit() -> usize {
    // SAFETY: the calls only read attributes of the calling thread into locals of ours.
    unsafe {
        let mut attr: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attr) != 0 {
            let here = 0u8;
            return &here as *const u8 as usize - (512 << 10);
        }
        let (mut lo, mut size) = (null_mut(), 0usize);
        libc::pthread_attr_getstack(&attr, &mut lo, &mut size);
        libc::pthread_attr_destroy(&mut attr);
        lo as usize + NATIVE_RESERVE.min(size / 4)
    }
}

/// Whether the system has so much memory, or says so.
#[cold]
fn system_gives(bytes: usize) -> bool {
    Vec::<u8>::new().try_reserve_exact(bytes).is_ok()
}
