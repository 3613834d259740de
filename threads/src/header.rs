//! The 16 bytes that every heap object starts with.
//!
//! | offset | field    | what it is                                                                     |
//! |-------:|----------|--------------------------------------------------------------------------------|
//! |      0 | `shape`  | shape id; a type guard is one 32-bit compare                                   |
//! |      4 | `local`  | the owner's part of the count, read as `i32`; see [`crate::refcount`]          |
//! |      8 | `shared` | everyone else's part, signed, above four flag bits; see [`crate::refcount`]    |
//! |     12 | `owner`  | slot of the owning thread, 0 when merged, `u16::MAX` when immortal, one less when split |
//! |     14 | `lock`   | the byte of [`crate::lock::ObjectLock`]                                        |
//! |     15 | `flags`  | the bits below                                                                 |
//!
//! The offsets are part of the interface: compiled code relies on them.
//!
//! # The flags
//!
//! | bit           | set by                                                   | cleared by | means                                        |
//! |---------------|----------------------------------------------------------|------------|----------------------------------------------|
//! | `PUBLISHED`   | who stores the object where others can load it; creation in Single | nobody | others may borrow it: at zero it waits in a limbo |
//! | `HAS_WEAKREF` | who makes the first weak reference                       | nobody     | destruction looks for weak references        |
//! | `FINALIZED`   | the thread that destroys it, before its finaliser runs   | nobody     | the finaliser has run                        |
//! | `IMMORTAL`    | creation, or a stop                                      | nobody     | never destroyed                              |
//! | `DEEP`        | the thread that alone has the object                     | nobody     | what it refers to may be unpublished while it is |
//! | from 32 on    | the VM                                                   | the VM     | the VM's own                                 |
//!
//! # Protocol of publishing
//!
//! 1. An object made in Multi is its maker's alone: nobody borrows it, and it is destroyed where its count reaches zero.
//! 2. **Before** a reference to it is stored where another thread could load it, `PUBLISHED` is set (**P1**); so whoever has
//!    loaded it without counting finds the bit set, and so does who brings the count to zero meanwhile.
//!    What an object refers to is published when it is stored there. In a `DEEP` object, which nobody else has then, it need not be: that is
//!    made good before its own bit is set, by the hook `publish_held` (**P3**: what a published object refers to is published).
//! 3. The bit is set by a plain store where the setter has the one reference there is, else by read-modify-write, so that
//!    no other bit is lost (**P2**).
//!
//! # Orderings
//!
//! All of `flags` is `Relaxed`: whoever gets the object from another thread gets it by an acquire load of the place where it
//! was stored, or counted from a thread that had it, and both come after P1. In `publish_first` the count of the others is
//! read with `Acquire`, which pairs with the release of their drops ([`crate::refcount`]): by P2 the plain store must come
//! after what they did to `flags`. The other words have the orderings of their protocols.
//!
//! # Not checked
//!
//! That every store of a reference to where others can load it is preceded by `publish`: that is the VM's to see to.

use crate::fault::{Fault, planted};
use crate::slot::Slot;
use crate::sync::atomic::{
    AtomicU8, AtomicU16, AtomicU32,
    Ordering::{Acquire, Relaxed},
};

/// The object was stored where another thread could load it.
pub const PUBLISHED: u8 = 1;
/// A weak reference to the object exists, or once did.
pub const HAS_WEAKREF: u8 = 2;
/// The finaliser has run; it runs once (PEP 442).
pub const FINALIZED: u8 = 4;
/// The object is never destroyed and its counts mean nothing.
pub const IMMORTAL: u8 = 8;
/// While the object is unpublished, so may be what it refers to.
pub const DEEP: u8 = 16;
/// The first of the bits that belong to the VM.
pub const FIRST_VM_FLAG: u8 = 32;

/// What `local` of an immortal object starts at, and is put back to: far from zero on both sides, as code
/// compiled for one thread counts it like any other.
pub const IMMORTAL_LOCAL: u32 = 0x4000_0000;

/// Offset of `shape`.
pub const SHAPE_OFFSET: usize = 0;
/// Offset of `local`.
pub const LOCAL_OFFSET: usize = 4;
/// Offset of `shared`.
pub const SHARED_OFFSET: usize = 8;
/// Offset of `owner`.
pub const OWNER_OFFSET: usize = 12;
/// Offset of `lock`.
pub const LOCK_OFFSET: usize = 14;
/// Offset of `flags`.
pub const FLAGS_OFFSET: usize = 15;

/// The head of every heap object. See the module's table.
#[repr(C, align(16))]
#[derive(Debug)]
pub struct Header {
    /// Shape id.
    pub shape: AtomicU32,
    /// The owner's count.
    pub local: AtomicU32,
    /// The others' count and the count's flags.
    pub shared: AtomicU32,
    /// Slot of the owner.
    pub owner: AtomicU16,
    /// The object lock's byte.
    pub lock: AtomicU8,
    /// [`PUBLISHED`] and so on.
    pub flags: AtomicU8,
}

#[cfg(not(any(loom, shuttle)))]
const _: () = {
    use std::mem::{align_of, offset_of, size_of};
    assert!(size_of::<Header>() == 16 && align_of::<Header>() == 16);
    assert!(offset_of!(Header, shape) == SHAPE_OFFSET);
    assert!(offset_of!(Header, local) == LOCAL_OFFSET);
    assert!(offset_of!(Header, shared) == SHARED_OFFSET);
    assert!(offset_of!(Header, owner) == OWNER_OFFSET);
    assert!(offset_of!(Header, lock) == LOCK_OFFSET);
    assert!(offset_of!(Header, flags) == FLAGS_OFFSET);
};

macro_rules! header_constructors {
    ($($const:tt)?) => {
        /// A header with one reference, held by the thread `owner`.
        ///
        /// `multi` is the creating thread's mode. An object made in Single counts as published from the
        /// start, because Single code does not mark what it stores.
        #[inline(always)]
        pub $($const)? fn new(shape: u32, owner: Slot, multi: bool) -> Self {
            Self {
                shape: AtomicU32::new(shape),
                local: AtomicU32::new(1),
                shared: AtomicU32::new(0),
                owner: AtomicU16::new(owner.0),
                lock: AtomicU8::new(0),
                flags: AtomicU8::new(if multi { 0 } else { PUBLISHED }),
            }
        }

        /// The header of an object that is never destroyed.
        pub $($const)? fn immortal(shape: u32) -> Self {
            Self {
                shape: AtomicU32::new(shape),
                local: AtomicU32::new(IMMORTAL_LOCAL),
                shared: AtomicU32::new(0),
                owner: AtomicU16::new(Slot::IMMORTAL.0),
                lock: AtomicU8::new(0),
                flags: AtomicU8::new(PUBLISHED | IMMORTAL),
            }
        }
    };
}

impl Header {
    #[cfg(not(loom))]
    header_constructors!(const);
    #[cfg(loom)]
    header_constructors!();

    /// Whether all the bits of `mask` are set in `flags`.
    #[inline(always)]
    pub fn has(&self, mask: u8) -> bool {
        self.flags.load(Relaxed) & mask == mask
    }

    /// Sets the bits of `mask` in `flags`, whoever else sets others.
    #[inline]
    pub fn set(&self, mask: u8) {
        self.flags.fetch_or(mask, Relaxed);
    }

    /// Sets the bits of `mask` in `flags`; nobody else has the object.
    #[inline]
    pub fn set_alone(&self, mask: u8) {
        self.flags.store(self.flags.load(Relaxed) | mask, Relaxed);
    }

    /// Clears the bits of `mask` in `flags`, whoever else sets others.
    #[inline]
    pub fn clear(&self, mask: u8) {
        self.flags.fetch_and(!mask, Relaxed);
    }

    /// Notes that the object is about to be stored where another thread could load it.
    ///
    /// While the bit is clear nobody borrows the object, but two threads may each have a counted reference: one that was
    /// handed over within a queue or a generator's frame. The other may be setting another bit just now. So the store is
    /// plain only where the owner has the one reference there is: all others would be counted in `shared`, and who has
    /// brought that back to zero has done so after all that it did to `flags` (its drop releases).
    #[inline(always)]
    pub fn publish(&self) {
        if self.flags.load(Relaxed) & PUBLISHED == 0 {
            self.publish_first();
        }
    }

    #[inline]
    fn publish_first(&self) {
        // SAFETY: as in `attach::with_current`.
        let me = unsafe { crate::attach::current().as_ref() };
        if self.has(DEEP)
            && !planted(Fault::CountPublishShallow)
            && let Some(me) = me
        {
            me.domain().hooks.publish_held(self);
        }
        let mine = me.is_some_and(|me| self.owner.load(Relaxed) == me.slot.0);
        let alone = mine && self.local.load(Relaxed) == 1 && self.shared.load(Acquire) == 0;
        if alone || planted(Fault::CountPublishPlain) {
            self.flags
                .store(self.flags.load(Relaxed) | PUBLISHED, Relaxed);
        } else {
            self.set(PUBLISHED);
        }
    }

    /// Makes the object immortal. Only where no other thread can count it: at creation, or with the world
    /// stopped.
    pub fn make_immortal(&self) {
        self.owner.store(Slot::IMMORTAL.0, Relaxed);
        self.local.store(IMMORTAL_LOCAL, Relaxed);
        self.shared.store(0, Relaxed);
        self.set(PUBLISHED | IMMORTAL);
    }

    /// Whether the object is never destroyed.
    #[inline(always)]
    pub fn is_immortal(&self) -> bool {
        self.owner.load(Relaxed) == Slot::IMMORTAL.0
    }
}
