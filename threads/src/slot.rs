//! A thread's number, as object headers carry it.

/// The number of an attached thread, from 1 to [`Slot::MAX`].
///
/// Small enough for the header's owner field. It is used again when its thread has gone: the new thread
/// then owns the objects of the old one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Slot(pub u16);

impl Slot {
    /// No owner: the object's counts are merged and counted atomically by everyone.
    pub const NONE: Slot = Slot(0);
    /// No object's owner.
    pub const NOBODY: Slot = Slot(u16::MAX - 2);
    /// The owner field of an object whose counts are split (see [`crate::split`]).
    pub const SPLIT: Slot = Slot(u16::MAX - 1);
    /// The owner field of an immortal object.
    pub const IMMORTAL: Slot = Slot(u16::MAX);
    /// The highest number given to a thread.
    #[cfg(not(any(loom, shuttle)))]
    pub const MAX: Slot = Slot(4095);
    /// The highest number given to a thread (shrunk in models).
    #[cfg(any(loom, shuttle))]
    pub const MAX: Slot = Slot(7);
}
