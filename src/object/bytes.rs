//! `bytes`: immutable, the bytes behind the payload.

use super::layout::{Layout, Native};
use super::string::NO_HASH;
use super::type_ids::TypeId;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

/// Payload of bytes objects; `len` bytes follow.
#[repr(C)]
pub struct Bytes {
    len: usize,
    /// Hash, or [`NO_HASH`]. Any thread may write the one right value.
    hash: AtomicU64,
}

/// Offset of the length in the payload, for compiled code.
pub const LEN_OFFSET: usize = std::mem::offset_of!(Bytes, len);

static LAYOUT: Layout = Layout::leaf::<Bytes>("bytes").var();

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Bytes {
    const TYPE: TypeId = TypeId::Bytes;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn var_bytes(&self) -> usize {
        self.len
    }
}

impl Bytes {
    /// The payload for `len` bytes, which the caller writes behind it before anyone sees the object.
    pub fn head(len: usize) -> Bytes {
        Bytes {
            len,
            hash: AtomicU64::new(NO_HASH),
        }
    }
    /// The bytes.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `len` bytes follow the payload, written before publication.
        unsafe {
            let p = (self as *const Bytes).add(1).cast::<u8>();
            std::slice::from_raw_parts(p, self.len)
        }
    }
    /// The hash, if it was computed.
    pub fn cached_hash(&self) -> Option<u64> {
        match self.hash.load(Ordering::Relaxed) {
            NO_HASH => None,
            h => Some(h),
        }
    }
    /// Remembers the hash.
    pub fn set_hash(&self, h: u64) {
        self.hash.store(h, Ordering::Relaxed);
    }
}
