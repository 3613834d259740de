//! One attached thread.
//!
//! The record has a stable address for as long as the thread is attached, and compiled code keeps it in a register.
//! The first fields are part of the interface, at the offsets below.
//!
//! # The guard word
//!
//! One word carries every request to a thread, so that a poll is one load and one compare with zero.
//!
//! | bit            | set by                         | cleared by the thread            | means                              |
//! |----------------|--------------------------------|----------------------------------|------------------------------------|
//! | `LAZY`         | the thread itself, detach      | at every 256th such safepoint    | limbo not empty, or alone in Multi |
//! | `STOP`         | who has just added a hold      | at the safepoint                 | look at `state`: you may be held   |
//! | `MERGE`        | who queued an object           | at the safepoint, before drain   | your merge queue is not empty      |
//! | `RECLAIM`      | who waits for a grace period   | at the safepoint                 | announce that you are quiescent    |
//! | `SPLIT`        | the thread itself              | at the safepoint                 | objects that you count wait to be split |
//! | `URGENT`       | the thread itself              | at the safepoint                 | in its limbo is something whose end others wait for |
//! | `INTERRUPT` …  | anyone, by [`ThreadRecord::request`] | the VM, by [`ThreadRecord::take`] | the VM's own                  |
//!
//! `LAZY` is the lowest bit, so that code which does not count safepoints compares the word with [`PROMPT`]: less can wait. It
//! waits there for the next [`Domain::tick`].
//!
//! # Protocol of a request
//!
//! 1. Who asks makes true what it asks for: adds the hold, queues the object, seals the bag; then sets the bit.
//! 2. In Single, where compiled code has no polls, it calls the hook `kick` after that.
//! 3. The thread polls: at a bit it clears its own bits all at once, and only then looks at what they may stand for.
//! 4. A bit that nothing stands for any more costs a look. What comes after the clearing sets the bit again (**R0**: no
//!    request is lost).
//!
//! # Orderings of the guard word
//!
//! Bits are set with `Release` and cleared with `AcqRel`, before what they ask for is looked at: who clears a bit sees what
//! was done before it was set, and a request that comes after the clearing sets it again, so that none is lost. A poll
//! itself is `Relaxed`: it only decides whether to look. A thread sets bits of its own with `Relaxed`.
//!
//! # Who may touch what
//!
//! **R1** `mine` is touched by the record's thread, or by who holds that thread (see [`crate::stop`]). So a reference
//! to a record does not leave its thread: the type is not `Sync`.
//! **R2** other threads reach a record only under the registry's lock, under its slot's lock, or while they hold it:
//! it is freed after it has left both tables and nobody holds it.
//! **R3** `multi` changes only while its thread is held, blocked or itself changes it at a safepoint.
//!
//! # Not checked
//!
//! That the VM keeps R1 for `vm` and `activation`, which are for it to use. Single code has no polls: that a request
//! reaches it is the hook `kick`'s to see to.

use crate::domain::Domain;
use crate::grace::Limbo;
use crate::header::Header;
use crate::slot::Slot;
use crate::sync::UnsafeCell;
use crate::sync::atomic::{
    AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64,
    Ordering::{AcqRel, Relaxed, Release},
};

/// Guard bit: something can wait for a few safepoints.
pub const LAZY: u32 = 1;
/// Guard bit: the merge queue has something.
pub const MERGE: u32 = 2;
/// Guard bit: announce quiescence.
pub const RECLAIM: u32 = 4;
/// Guard bit: somebody holds or held you.
pub const STOP: u32 = 8;
/// Guard bit for the VM: an interrupt or asynchronous exception.
pub const INTERRUPT: u32 = 16;
/// Guard bit for the VM: compiled code that this thread may be in was invalidated.
pub const INVALIDATED: u32 = 32;
/// Guard bit for the VM: a limit (time, memory, fuel) is near or exceeded.
pub const LIMIT: u32 = 64;
/// Guard bit for the VM: a cycle collection is due.
pub const COLLECT: u32 = 128;
/// Guard bit for the VM: calls are pending (signals, callbacks).
pub const PENDING: u32 = 256;
/// Guard bit: objects that you have nominated wait to be split; see [`crate::split`].
pub const SPLIT: u32 = 512;
/// Guard bit: something is in your limbo that has a finaliser or weak references.
pub const URGENT: u32 = 1024;
/// All bits that this crate handles itself.
pub const OWN_BITS: u32 = STOP | MERGE | RECLAIM | LAZY | SPLIT | URGENT;

/// A guard word of less than this asks for nothing that cannot wait.
pub const PROMPT: u32 = LAZY + 1;

/// Offset of `guard`.
pub const GUARD_OFFSET: usize = 0;
/// Offset of `slot`.
pub const SLOT_OFFSET: usize = 4;
/// Offset of `multi`.
pub const MULTI_OFFSET: usize = 6;
/// Offset of `vm`.
pub const VM_OFFSET: usize = 8;
/// Offset of `activation`.
pub const ACTIVATION_OFFSET: usize = 16;

/// Offset of the object whose lock the thread has as its maker, for compiled code; see [`crate::maker`].
pub const USING_OFFSET: usize = std::mem::offset_of!(ThreadRecord, using);
/// Offset of the slot whose untouched objects are the thread's, for compiled code.
pub const MAKER_OFFSET: usize = std::mem::offset_of!(ThreadRecord, maker);

/// One attached thread. See the module.
#[repr(C, align(128))]
pub struct ThreadRecord {
    /// Requests to this thread.
    pub guard: AtomicU32,
    /// Its number.
    pub slot: Slot,
    /// 1 in mode Multi. Changes only at this thread's safepoints and in its blocking calls.
    pub multi: AtomicU8,
    _pad: u8,
    /// The VM's own data for this thread.
    pub vm: AtomicPtr<()>,
    /// The innermost piece of compiled code that this thread is in; see [`crate::tier`].
    pub activation: AtomicPtr<()>,
    pub(crate) state: AtomicU32,
    pub(crate) seen: AtomicU64,
    /// Oldest tag among the bags that this thread waits to empty, or `u64::MAX`.
    pub(crate) waits_for: AtomicU64,
    /// The object whose lock stays with this thread between operations, and that on which it works so; see [`crate::turn`].
    pub(crate) kept: AtomicPtr<Header>,
    pub(crate) using: AtomicPtr<Header>,
    /// Its number, or nobody's if its objects are locked like those of others; see [`crate::maker`].
    pub(crate) maker: AtomicU16,
    /// Counts of split objects, made at the first; written by the thread, or by who holds it.
    pub(crate) splits: crate::split::Counts,
    pub(crate) domain: *const Domain,
    pub(crate) mine: UnsafeCell<Mine>,
}

/// What only the thread itself touches (R1).
#[derive(Default)]
pub(crate) struct Mine {
    pub limbo: Limbo,
    /// Object locks that this thread has, in the order of taking.
    pub held: Vec<*const Header>,
    pub turns: crate::turn::Turns,
    /// Object locks that are given up for the time of a blocking call or safepoint, each with that one's number.
    pub aside: Vec<(u64, *const Header)>,
    /// The blocking call that the thread is in now, or 0 while it runs.
    pub blocked_by: u64,
    /// Blocking calls that have begun and not ended; all but the last were interrupted by attaching anew.
    pub blockings: Vec<u64>,
    /// The last number given to a blocking call or to locks given up.
    pub last_number: u64,
    /// Safepoints left until `LAZY` is looked at.
    pub lazy_polls: u32,
    /// What it counts of others.
    pub looks: crate::split::Looks,
    /// How often `LAZY` was looked at while this was the only thread, in Multi.
    pub alone: u32,
}

#[cfg(not(any(loom, shuttle)))]
const _: () = {
    use std::mem::offset_of;
    assert!(offset_of!(ThreadRecord, guard) == GUARD_OFFSET);
    assert!(offset_of!(ThreadRecord, slot) == SLOT_OFFSET);
    assert!(offset_of!(ThreadRecord, multi) == MULTI_OFFSET);
    assert!(offset_of!(ThreadRecord, vm) == VM_OFFSET);
    assert!(offset_of!(ThreadRecord, activation) == ACTIVATION_OFFSET);
};

impl ThreadRecord {
    pub(crate) fn new(
        domain: *const Domain,
        slot: Slot,
        maker: Slot,
        multi: bool,
        seen: u64,
        state: u32,
    ) -> Self {
        Self {
            guard: AtomicU32::new(0),
            slot,
            multi: AtomicU8::new(multi as u8),
            _pad: 0,
            vm: AtomicPtr::new(std::ptr::null_mut()),
            activation: AtomicPtr::new(std::ptr::null_mut()),
            state: AtomicU32::new(state),
            seen: AtomicU64::new(seen),
            waits_for: AtomicU64::new(u64::MAX),
            kept: AtomicPtr::new(std::ptr::null_mut()),
            using: AtomicPtr::new(std::ptr::null_mut()),
            maker: AtomicU16::new(maker.0),
            splits: crate::split::no_counts(),
            domain,
            mine: UnsafeCell::new(Mine::default()),
        }
    }

    /// Whether this thread is in mode Multi.
    #[inline(always)]
    pub fn is_multi(&self) -> bool {
        self.multi.load(Relaxed) != 0
    }

    /// The domain that the thread is attached to.
    #[inline(always)]
    pub fn domain(&self) -> &Domain {
        // SAFETY: the `Attached` that owns this record also owns the domain.
        unsafe { &*self.domain }
    }

    /// A safepoint, and nearly always only a load and a compare.
    ///
    /// The thread must have no uncounted pointer to an object that it would use afterwards. Finalisers may run.
    /// Returns the VM's own bits that are set; they stay set until [`ThreadRecord::take`].
    #[inline(always)]
    pub fn poll(&self) -> u32 {
        if self.guard.load(Relaxed) == 0 {
            0
        } else {
            self.safepoint()
        }
    }

    /// Whether a guard word of `bits` asks only for what can still wait; counts the safepoint.
    #[inline(always)]
    pub fn may_pass(&self, bits: u32) -> bool {
        bits == LAZY
            && self.with_mine(|m| {
                let waits = m.lazy_polls > 1;
                m.lazy_polls -= u32::from(waits);
                waits
            })
    }

    /// Sets VM bits in this thread's guard word, from any thread.
    pub fn request(&self, bits: u32) {
        self.guard.fetch_or(bits, Release);
        if !self.is_multi() {
            self.domain().hooks.kick(self);
        }
    }

    /// Clears the VM bits of `mask` and returns those that were set. By the thread itself.
    pub fn take(&self, mask: u32) -> u32 {
        self.guard.fetch_and(!(mask & !OWN_BITS), AcqRel) & mask
    }

    /// Runs `f` on what only this thread touches. `f` must call nothing of the domain's.
    #[inline(always)]
    pub(crate) fn with_mine<R>(&self, f: impl FnOnce(&mut Mine) -> R) -> R {
        // SAFETY: R1, and `f` does not come back here.
        self.mine.with_mut(|mine| f(unsafe { &mut *mine }))
    }
}
