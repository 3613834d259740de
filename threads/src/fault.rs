//! Deliberate faults, so that the models can show that they would find them.
//!
//! Each protocol asks `planted(Fault::X)` where it could go wrong: a step left out, two steps swapped, a check
//! missed; or weakens an ordering by `weaken`. In the real build both are constants, and nothing of this
//! remains. In the model builds at most one fault is planted, chosen at run time, so one build checks all.

/// Declares the faults once: the enum, the names, the list.
macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// A fault that a model must find.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        pub enum Fault {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Fault {
            /// All of them.
            pub const ALL: &'static [Fault] = &[$(Fault::$name,)+];

            /// The name on the command line and in the table.
            pub fn name(self) -> &'static str {
                match self {
                    $(Fault::$name => stringify!($name),)+
                }
            }

            /// What is wrong, in a few words.
            pub fn about(self) -> &'static str {
                match self {
                    $(Fault::$name => concat!($($doc),+).trim_ascii(),)+
                }
            }
        }
    };
}

faults! {
    /// A foreign thread stops the only one, but does not wait until it has stopped.
    ModeNoWait,
    /// The newcomer enters before the mode byte of the running thread is set.
    ModeNewcomerFirst,
    /// Back to Single although a second thread is attached.
    ModeDownTooSoon,
    /// Back to Single without working through the limbo first.
    ModeDownWithLimbo,
    /// A thread returns from a blocking call without looking whether it is held.
    StopNoHoldCheck,
    /// A thread blocks while held and wakes nobody.
    StopLostWake,
    /// The state change on blocking is not a release.
    StopBlockRelaxed,
    /// The guard bit is set before the hold that it announces.
    StopGuardFirst,
    /// Two requesters stop the world at once.
    StopTwoTokens,
    /// A foreign drop below zero is not queued for the owner.
    CountNoQueue,
    /// The owner destroys at local zero and forgets the shared part.
    CountIgnoreShared,
    /// Merging writes the shared word without compare-and-swap.
    CountMergeStore,
    /// A merged count of zero goes to the limbo although the object is still in a queue.
    CountQueuedDestroyed,
    /// A dead thread's queue is left behind.
    CountStranded,
    /// Single code's counts on a merged object are not folded.
    CountNoFold,
    /// The new owner of a slot takes it without its lock.
    CountSlotUnlocked,
    /// A count that reaches zero is not a release of what was done before.
    CountDecRelaxed,
    /// Publishing an object that two threads have writes its flags without read-modify-write.
    CountPublishPlain,
    /// Publishing an object leaves unpublished what it refers to.
    CountPublishShallow,
    /// An object's counts are split while other threads count it.
    SplitNoStop,
    /// An object in a merge queue is split.
    SplitTakesQueued,
    /// A thread that ends does not add up its counts of split objects.
    SplitCountsLost,
    /// Back to Single with split objects left.
    SplitInSingle,
    /// A bag is sealed with a stale epoch.
    GraceStaleEpoch,
    /// A quiescent thread announces the next epoch, not the one it has read.
    GraceAnnounceEarly,
    /// A thread that attaches announces what it has read without acquire.
    GraceAttachRelaxed,
    /// The announcement is not a release.
    GraceAnnounceRelaxed,
    /// A blocked thread is passed over with a load instead of a read-modify-write.
    GraceBlockedLoad,
    /// Who waits for a lock is passed over.
    GraceWaiterPassedOver,
    /// An object that was revived is destroyed all the same.
    GraceNoRevive,
    /// An object that died again does not wait again.
    GraceNoAgain,
    /// A zero-count object is destroyed at once although it was published.
    GraceNoWait,
    /// The lock byte is taken without acquire.
    LockTakeRelaxed,
    /// The lock byte is released without release.
    LockReleaseRelaxed,
    /// The parked bit is not looked at on release.
    LockNoUnpark,
    /// The waiter parks without looking at the byte again.
    LockNoValidate,
    /// The second lock is waited for while the first is held.
    LockHoldAndWait,
    /// A holder blocks without releasing.
    LockHeldAcrossBlock,
    /// An object that others can load is written without its lock.
    LockAlonePublished,
    /// Publication does not check its assumptions again.
    WatchNoRevalidate,
    /// The check happens before the critical section.
    WatchCheckOutside,
    /// The dependant is registered after the critical section.
    WatchRegisterLate,
    /// Breaking patches the sites but does not mark the assumption.
    WatchMarkMissing,
    /// The fact changes before its assumption is broken.
    WatchChangeFirst,
    /// The entry pointer is published without release.
    TierPublishRelaxed,
    /// The table is read without acquire.
    TierEnterRelaxed,
    /// Code is freed without a grace period.
    TierNoGrace,
    /// Code is freed without looking for return addresses.
    TierNoScan,
    /// Invalidation leaves the pointer in the table.
    TierLeftIn,
    /// The dependants of code that waits are forgotten while somebody may be inside.
    TierForgetEarly,
    /// The tier is chosen by the domain's mode instead of the thread's.
    TierWrongMode,
    /// The world resumes before all sites are patched.
    PatchAfterResume,
    /// The fact changes before the world has stopped.
    PatchChangeFirst,
    /// A site is overwritten without stopping the world.
    PatchNoStop,
    /// A return address inside the overwritten bytes is not looked for.
    PatchNoResumeCheck,
    /// A thread looks at its guard word before it announces the code.
    KickLookFirst,
    /// Who asks looks at the announcement without a fence.
    KickNoFence,
    /// Back edges are put back without a fence before the guard word is looked at.
    KickRestoreUnfenced,
    /// Who asks is not counted by `asking`.
    KickUncounted,
    /// An open object is closed while others may be replacing a word.
    OpenNoStop,
    /// Opening is not a release, finding it open no acquire.
    OpenRelaxed,
    /// An object is opened without waking those that sleep on its lock.
    OpenSleepers,
    /// Who goes to sleep on an object lock looks at it again without a fence.
    LockSleepUnfenced,
    /// Who takes a lock away from its keeper looks for what the keeper is doing without a fence.
    TurnNoFence,
    /// Who takes a lock away from its keeper does not wait until the keeper has done what it is doing.
    TurnNoWait,
    /// The keeper of a lock that was taken away is not told.
    TurnKept,
    /// A turn begins although somebody sleeps.
    TurnOverSleepers,
    /// A turn goes on when its thread announces that it has no pointers.
    TurnOverAnnouncement,
    /// A turn that ends in the middle of an operation frees the lock.
    TurnEndsInside,
    /// A turn that ends in the middle of an operation on another object ends that, too.
    TurnEndsAnother,
    /// A turn that ends in the middle of an operation on another object ends that of the next keeper.
    TurnEndsUnlocked,
    /// Who takes a lock that was its maker's alone looks for what that one is doing without a fence.
    MakerNoFence,
    /// Who takes a lock that was its maker's alone does not wait until that one has done what it is doing.
    MakerNoWait,
    /// The maker does not look again whether its lock is still its own.
    MakerNoLook,
    /// A slot is retired while its thread is at work.
    MakerRetiredAtOnce,
    /// A new thread does not know that its slot is being retired.
    MakerRetiredLate,
    /// A thread whose slot is retired takes merged objects for its own.
    MakerOfMerged,
    /// Two makers in operations of their own wait for each other.
    MakerHoldAndWait,
    /// The maker opens an object whose lock was taken meanwhile.
    MakerOpensTaken,
    /// An object whose counts have made it immortal is taken without waiting for its maker.
    MakerOfImmortal,
    /// An object that is revived for its finaliser is untouched.
    MakerOfRevived,
    /// Who stops the world keeps its object locks while it waits for the others.
    StopHoldingLocks,
}

#[cfg(not(any(loom, shuttle)))]
mod switch {
    use super::Fault;
    use crate::sync::atomic::Ordering;

    /// Whether `fault` is planted: never in the real build.
    #[inline(always)]
    pub const fn planted(_: Fault) -> bool {
        false
    }

    /// `ordering`: it is weakened in models only.
    #[inline(always)]
    pub const fn weaken(_: Fault, ordering: Ordering) -> Ordering {
        ordering
    }
}

#[cfg(any(loom, shuttle))]
mod switch {
    use super::Fault;
    use crate::sync::unmodelled::{AtomicU32, Ordering};

    /// The planted fault's number plus one. Not modelled: it is set before the model starts.
    static PLANTED: AtomicU32 = AtomicU32::new(0);

    /// Whether `fault` is planted.
    pub fn planted(fault: Fault) -> bool {
        PLANTED.load(Ordering::Relaxed) == fault as u32 + 1
    }

    /// `ordering`, or `Relaxed` when `fault` is planted.
    pub fn weaken(fault: Fault, ordering: Ordering) -> Ordering {
        if planted(fault) {
            Ordering::Relaxed
        } else {
            ordering
        }
    }

    /// Plants `fault`, or none.
    pub fn plant(fault: Option<Fault>) {
        PLANTED.store(fault.map_or(0, |f| f as u32 + 1), Ordering::Relaxed);
    }
}

pub use switch::*;
