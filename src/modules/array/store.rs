//! Where the items of an array lie: a block of memory that readers use without a lock in both modes.
//!
//! - A1: who changes an array holds its object lock in Multi; no Python runs under it.
//! - A2: items are read and written as whole words of their width, so a reader sees an old item or a new one.
//! - A3: a block that was replaced is retired, not freed, in Multi. A reader checks its index against the block's own
//!   capacity, so an old length with a new block is harmless; the rest of a block is zero.
//! - A4: while `exports` is not zero, the number of items does not change and the block stays where it is.

use super::kind::Kind;
use crate::modules::prelude::*;
use std::ptr::null_mut;
use threadsnake_threads::sync::atomic::{
    AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering,
};

/// Offset of the number of items in the payload, for compiled code.
pub const LEN_OFFSET: usize = std::mem::offset_of!(Array, len);
/// Offset of the pointer to the block, for compiled code; its first word says how many bytes of items it has.
pub const BLOCK_OFFSET: usize = std::mem::offset_of!(Array, block);
/// Offset of the pointer to the kind of the items, for compiled code.
pub const KIND_OFFSET: usize = std::mem::offset_of!(Array, kind);
/// Offset of the first item in the block.
pub const ITEMS_OFFSET: usize = HEAD;

/// Payload of arrays.
pub struct Array {
    /// Immutable.
    pub(crate) kind: &'static Kind,
    /// Number of items. Stored under the lock (Release: the items are there), read by anybody.
    len: AtomicUsize,
    /// The block. Stored under the lock (Release), read by anybody.
    block: AtomicPtr<Block>,
    /// Buffers that are out: raised under the lock, lowered anywhere (Release, against the Acquire of who resizes).
    exports: AtomicUsize,
}

native!(Array, Array, "array.array");

#[repr(C, align(8))]
struct Block {
    /// Bytes of the items.
    cap: usize,
    // items follow
}

const HEAD: usize = size_of::<Block>();

impl Block {
    fn layout(cap: usize) -> std::alloc::Layout {
        // SAFETY: `alloc` bounds capacities; the alignment is a power of two.
        unsafe { std::alloc::Layout::from_size_align_unchecked(HEAD + cap, 8) }
    }
    fn alloc(th: &Thread, cap: usize) -> Res<*mut Block> {
        let cap = cap.next_multiple_of(8);
        if cap > isize::MAX as usize / 4 {
            return Err(th.memory_error());
        }
        th.reserve(cap)?;
        // SAFETY: the size is not 0.
        let p = unsafe { std::alloc::alloc_zeroed(Self::layout(cap)) }.cast::<Block>();
        if p.is_null() {
            return Err(th.memory_error());
        }
        // SAFETY: fresh memory.
        unsafe { p.write(Block { cap }) };
        Ok(p)
    }
    #[inline(always)]
    fn items(&self) -> *mut u8 {
        (self as *const Block)
            .cast_mut()
            .cast::<u8>()
            .wrapping_add(HEAD)
    }
    /// Item `i`, which lies inside.
    #[inline(always)]
    fn load(&self, width: usize, i: usize) -> u64 {
        debug_assert!((i + 1) * width <= self.cap);
        let p = self.items().wrapping_add(i * width);
        // SAFETY: inside the block, aligned to its width (the items begin at a multiple of 8).
        unsafe {
            match width {
                8 => (*p.cast::<AtomicU64>()).load(Ordering::Relaxed),
                4 => u64::from((*p.cast::<AtomicU32>()).load(Ordering::Relaxed)),
                2 => u64::from((*p.cast::<AtomicU16>()).load(Ordering::Relaxed)),
                _ => u64::from((*p.cast::<AtomicU8>()).load(Ordering::Relaxed)),
            }
        }
    }
    #[inline(always)]
    fn store(&self, width: usize, i: usize, word: u64) {
        debug_assert!((i + 1) * width <= self.cap);
        let p = self.items().wrapping_add(i * width);
        // SAFETY: as in `load`.
        unsafe {
            match width {
                8 => (*p.cast::<AtomicU64>()).store(word, Ordering::Relaxed),
                4 => (*p.cast::<AtomicU32>()).store(word as u32, Ordering::Relaxed),
                2 => (*p.cast::<AtomicU16>()).store(word as u16, Ordering::Relaxed),
                _ => (*p.cast::<AtomicU8>()).store(word as u8, Ordering::Relaxed),
            }
        }
    }
    fn write(&self, width: usize, at: usize, bytes: &[u8]) {
        for (i, b) in bytes.chunks_exact(width).enumerate() {
            self.store(width, at + i, word_of(b));
        }
    }
    fn read(&self, width: usize, at: usize, count: usize, out: &mut Vec<u8>) {
        for i in at..at + count {
            out.extend_from_slice(&self.load(width, i).to_ne_bytes()[..width]);
        }
    }
}

/// The word of the bytes of one item.
pub(super) fn word_of(b: &[u8]) -> u64 {
    let mut word = [0u8; 8];
    word[..b.len()].copy_from_slice(b);
    u64::from_ne_bytes(word)
}

impl Array {
    /// An empty array.
    pub fn new(kind: &'static Kind) -> Array {
        Array {
            kind,
            len: AtomicUsize::new(0),
            block: AtomicPtr::new(null_mut()),
            exports: AtomicUsize::new(0),
        }
    }
    /// Number of items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }
    #[inline(always)]
    fn block(&self) -> Option<&Block> {
        // SAFETY: A3: readable until the next safepoint.
        unsafe { self.block.load(Ordering::Acquire).as_ref() }
    }
    /// The word of item `i`, if there is one.
    #[inline(always)]
    pub fn word(&self, i: usize) -> Option<u64> {
        if i >= self.len() {
            return None;
        }
        let width = self.kind.width;
        match self.block() {
            Some(b) if (i + 1) * width <= b.cap => Some(b.load(width, i)),
            _ => None,
        }
    }
    /// Bytes that the items have room in.
    pub fn capacity(&self) -> usize {
        self.block().map_or(0, |b| b.cap)
    }
    /// Where the items lie.
    pub fn address(&self) -> usize {
        self.block().map_or(0, |b| b.items() as usize)
    }
}

impl Py<Array> {
    /// `array[i] = word`; whether there is such an item.
    #[inline]
    pub fn set(&self, th: &Thread, i: usize, word: u64) -> bool {
        let _guard = th.lock(self.head());
        if i >= self.len() {
            return false;
        }
        if let Some(b) = self.block() {
            b.store(self.kind.width, i, word);
        }
        true
    }

    /// Appends one item.
    #[inline]
    pub fn push(&self, th: &Thread, word: u64) -> Res<()> {
        let width = self.kind.width;
        let guard = th.lock(self.head());
        let n = self.len();
        if let Some(b) = self.block() {
            // Acquire: a buffer that has gone has done with the bytes.
            if (n + 1) * width <= b.cap && self.exports.load(Ordering::Acquire) == 0 {
                b.store(width, n, word);
                self.len.store(n + 1, Ordering::Release);
                return Ok(());
            }
        }
        drop(guard);
        self.splice(th, usize::MAX, usize::MAX, &word.to_ne_bytes()[..width])
            .map(drop)
    }

    /// The bytes of items `start`, `start + step`, …, `count` of them as far as they exist.
    pub fn bytes(&self, th: &Thread, start: i64, step: i64, count: usize) -> Res<Vec<u8>> {
        let width = self.kind.width;
        th.reserve(count.min(self.len()) * width)?;
        let _guard = th.lock(self.head());
        let n = self.len();
        let mut out = Vec::with_capacity(count.min(n) * width);
        if let Some(b) = self.block() {
            if step == 1 {
                let start = (start.max(0) as usize).min(n);
                b.read(width, start, count.min(n - start), &mut out);
            } else {
                let places = (0..count as i64).map(|i| start + i * step);
                for i in places.filter(|&i| i >= 0 && (i as usize) < n) {
                    b.read(width, i as usize, 1, &mut out);
                }
            }
        }
        Ok(out)
    }
    /// The bytes of all items.
    pub fn all(&self, th: &Thread) -> Res<Vec<u8>> {
        self.bytes(th, 0, 1, usize::MAX)
    }

    /// Puts the items of `new` in place of items `start..end` (clamped), and gives the bytes of those. The one place
    /// where the number of items changes (but for `push` within the block).
    pub fn splice(&self, th: &Thread, start: usize, end: usize, new: &[u8]) -> Res<Vec<u8>> {
        let width = self.kind.width;
        let guard = th.lock(self.head());
        let n = self.len();
        let start = start.min(n);
        let end = end.clamp(start, n);
        let (gone, come) = (end - start, new.len() / width);
        let mut old = Vec::with_capacity(gone * width);
        if let Some(b) = self.block() {
            b.read(width, start, gone, &mut old);
            if gone == come {
                b.write(width, start, new);
                return Ok(old);
            }
        }
        if gone == come {
            return Ok(old);
        }
        // Acquire: a buffer that has gone has done with the bytes.
        if self.exports.load(Ordering::Acquire) > 0 {
            drop(guard);
            return Err(th.err(
                TypeId::BufferError,
                "cannot resize an array that is exporting buffers",
            ));
        }
        let len = n - gone + come;
        match self.block() {
            Some(b) if len > 0 && len * width <= b.cap => {
                if come > gone {
                    for i in (end..n).rev() {
                        b.store(width, i + come - gone, b.load(width, i));
                    }
                } else {
                    for i in end..n {
                        b.store(width, i - (gone - come), b.load(width, i));
                    }
                }
                b.write(width, start, new);
                self.len.store(len, Ordering::Release);
            }
            _ => self.replace_block(th, start, end, new)?,
        }
        Ok(old)
    }

    /// The rest of `splice` where a new block is needed (A1 held).
    fn replace_block(&self, th: &Thread, start: usize, end: usize, new: &[u8]) -> Res<()> {
        let width = self.kind.width;
        let old = self.block.load(Ordering::Relaxed);
        let n = self.len();
        let len = n - (end - start) + new.len() / width;
        let block = if len == 0 {
            null_mut()
        } else {
            // An array that is filled at once takes what it needs; one that grows takes a sixteenth more.
            let items = if n == 0 { len } else { len + (len >> 4) + 6 };
            let block = Block::alloc(th, items.saturating_mul(width))?;
            // SAFETY: fresh, ours, and large enough; the old block has `n` items and changes under the lock only.
            unsafe {
                let to = (*block).items();
                if let Some(b) = old.as_ref() {
                    let from = b.items();
                    std::ptr::copy_nonoverlapping(from, to, start * width);
                    let rest = to.add(start * width + new.len());
                    std::ptr::copy_nonoverlapping(from.add(end * width), rest, (n - end) * width);
                }
                std::ptr::copy_nonoverlapping(new.as_ptr(), to.add(start * width), new.len());
            }
            block
        };
        if len < n {
            self.len.store(len, Ordering::Release);
        }
        self.block.store(block, Ordering::Release);
        self.len.store(len, Ordering::Release);
        if !old.is_null() {
            // SAFETY: the array points elsewhere by now; it was allocated with this layout.
            unsafe {
                let cap = (*old).cap;
                th.retire_bytes(old.cast(), HEAD + cap, |p, n| {
                    std::alloc::dealloc(p, std::alloc::Layout::from_size_align_unchecked(n, 8))
                });
            }
        }
        Ok(())
    }

    /// Rewrites every item where it is: `f` gets index, number of items and a reader, and says the new word.
    pub fn rewrite(&self, th: &Thread, f: impl Fn(usize, usize, &dyn Fn(usize) -> u64) -> u64) {
        let width = self.kind.width;
        let _guard = th.lock(self.head());
        let n = self.len();
        if let Some(b) = self.block() {
            let words: Vec<u64> = (0..n).map(|i| f(i, n, &|i| b.load(width, i))).collect();
            words
                .into_iter()
                .enumerate()
                .for_each(|(i, w)| b.store(width, i, w));
        }
    }

    /// The buffer protocol.
    pub fn lend(&self, th: &Thread) -> Buffer {
        let (ptr, len) = {
            let _guard = th.lock(self.head());
            self.exports.fetch_add(1, Ordering::Relaxed);
            match self.block() {
                Some(b) => (b.items().cast_const(), self.len() * self.kind.width),
                None => (HEAD as *const u8, 0),
            }
        };
        let release = |o: &Obj| {
            if let Some(a) = o.cast::<Array>() {
                // Release: what was done with the bytes is over for who changes the size next.
                a.exports.fetch_sub(1, Ordering::Release);
            }
        };
        // SAFETY: A4.
        let mut b = unsafe { Buffer::new(self.obj().clone(), ptr, len, false, Some(release)) };
        b.itemsize = self.kind.width;
        b.format = self.kind.format;
        b
    }
}

impl Drop for Array {
    fn drop(&mut self) {
        let b = self.block.load(Ordering::Relaxed);
        if !b.is_null() {
            // SAFETY: nobody else refers to the array; allocated with this layout.
            unsafe { std::alloc::dealloc(b.cast(), Block::layout((*b).cap)) };
        }
    }
}
