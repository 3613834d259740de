//! Memory of objects: slabs by size class, one heap a thread slot.
//!
//! A page (64 KiB, aligned to its size) belongs to one slot's heap and holds cells of one class. The thread that holds
//! the slot allocates from its free lists in a few instructions; a thread that frees another slot's cell pushes it onto
//! the page's remote list, which the owner collects when its own list is empty. Slots outlive threads, so nothing is
//! stranded when a thread ends: the next holder of the slot goes on with its heap.
//!
//! The cycle collector enumerates all objects: with the world stopped it walks every page and the lists of large
//! objects. A cell is free, or an array that some object owns (`alloc_array`), when its first word's low half (the shape
//! id) is 0.
//!
//! Invariants
//! - H1: a cell on a free list has shape id 0 and its link at offset 8.
//! - H2: `free`, `bump` and `pages` of a heap are touched by the holder of its slot only, or with the world stopped.
//! - H3: `remote` is the only field of a page that other threads write.

use crate::runtime::thread::{self, Thread};
use std::cell::{Cell, UnsafeCell};
use std::ptr::{NonNull, null_mut};
use threadsnake_threads::sync::Mutex;
use threadsnake_threads::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// Bytes of a page, and its alignment.
pub const PAGE: usize = 64 << 10;
const CHUNK_PAGES: usize = 16;
const FIRST_CELL: usize = 64;
/// Larger objects come from the system allocator.
pub const MAX_SMALL: usize = 1024;
const CLASSES: [u32; 18] = [
    32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 1024,
];
const NCLASS: usize = CLASSES.len();

const fn class_table() -> [u8; MAX_SMALL / 16 + 1] {
    let mut t = [0u8; MAX_SMALL / 16 + 1];
    let mut i = 0;
    let mut c = 0;
    while i < t.len() {
        while (CLASSES[c] as usize) < i * 16 {
            c += 1;
        }
        t[i] = c as u8;
        i += 1;
    }
    t
}
/// The class of objects of `16 * n` bytes.
pub static CLASS_OF: [u8; MAX_SMALL / 16 + 1] = class_table();
/// Offset in a heap of its free lists, for compiled code.
pub const FREE_OFFSET: usize = std::mem::offset_of!(Heap, free);
/// Offset in a heap of the number of objects allocated, for compiled code.
pub const ALLOCATED_OFFSET: usize = std::mem::offset_of!(Heap, allocated);
/// Offset in a free cell of the pointer to the next.
pub const NEXT_OFFSET: usize = std::mem::offset_of!(Free, next);

#[inline(always)]
fn class_of(size: usize) -> usize {
    CLASS_OF[size.div_ceil(16)] as usize
}

#[repr(C)]
struct Page {
    /// The heap that owns it; constant.
    heap: *const Heap,
    class: u32,
    cell: u32,
    /// Offset of the first cell never handed out (H2).
    bump: Cell<u32>,
    /// H3.
    remote: AtomicPtr<Free>,
}

#[repr(C)]
struct Free {
    /// Shape id 0 (H1); atomic because the collector's enumeration and lock-free readers may look.
    shape: AtomicU32,
    _pad: u32,
    next: *mut Free,
}

/// The heap of one thread slot.
pub struct Heap {
    free: [Cell<*mut Free>; NCLASS],
    current: [Cell<*mut Page>; NCLASS],
    pages: UnsafeCell<Vec<NonNull<Page>>>,
    large: Mutex<Large>,
    /// Bytes of pages and large objects; written by the holder (large objects: under their lock), read by anyone.
    bytes: AtomicU64,
    /// Objects allocated since the collector last looked (H2, read by anyone).
    pub allocated: AtomicU32,
}

// SAFETY: H2 and H3 say who touches what.
unsafe impl Sync for Heap {}
// SAFETY: as above.
unsafe impl Send for Heap {}

#[derive(Default)]
struct Large {
    first: Option<NonNull<LargeHead>>,
}

#[repr(C, align(16))]
struct LargeHead {
    prev: Option<NonNull<LargeHead>>,
    next: Option<NonNull<LargeHead>>,
    heap: *const Heap,
    bytes: usize,
}

/// Where the heaps of a runtime get their pages.
#[derive(Default)]
pub struct Chunks {
    state: Mutex<ChunkState>,
}

#[derive(Default)]
struct ChunkState {
    mapped: Vec<(usize, usize)>,
    spare: Vec<usize>,
}

impl Chunks {
    fn page(&self) -> Option<NonNull<u8>> {
        let mut s = self.state.lock();
        if s.spare.is_empty() {
            let len = (CHUNK_PAGES + 1) * PAGE;
            // SAFETY: a fresh private mapping.
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
            if p == libc::MAP_FAILED {
                return None;
            }
            s.mapped.push((p as usize, len));
            let first = (p as usize).next_multiple_of(PAGE);
            s.spare
                .extend((0..CHUNK_PAGES).rev().map(|i| first + i * PAGE));
        }
        s.spare.pop().and_then(|p| NonNull::new(p as *mut u8))
    }
}

impl Drop for Chunks {
    fn drop(&mut self) {
        for &(p, len) in &self.state.lock().mapped {
            // SAFETY: mapped by `page`; the runtime that owned the objects is gone.
            unsafe { libc::munmap(p as *mut _, len) };
        }
    }
}

impl Default for Heap {
    fn default() -> Self {
        Heap::new()
    }
}

impl Heap {
    /// The heap of a slot, empty. It stays where it is once it has pages.
    pub fn new() -> Heap {
        Heap {
            free: [const { Cell::new(null_mut()) }; NCLASS],
            current: [const { Cell::new(null_mut()) }; NCLASS],
            pages: UnsafeCell::new(Vec::new()),
            large: Mutex::new(Large::default()),
            bytes: AtomicU64::new(0),
            allocated: AtomicU32::new(0),
        }
    }

    /// Memory for an object of `size` bytes, 16-byte aligned, its shape id 0. `None`: the system refused.
    ///
    /// # Safety
    /// The caller holds the slot (H2).
    #[inline(always)]
    pub unsafe fn alloc(&self, chunks: &Chunks, size: usize) -> Option<NonNull<u8>> {
        self.allocated.store(
            self.allocated.load(Ordering::Relaxed).wrapping_add(1),
            Ordering::Relaxed,
        );
        if size <= MAX_SMALL {
            let class = class_of(size);
            let head = self.free[class].get();
            if !head.is_null() {
                // SAFETY: H1.
                self.free[class].set(unsafe { (*head).next });
                return NonNull::new(head.cast());
            }
            // SAFETY: as the caller's.
            return unsafe { self.alloc_slow(chunks, class) };
        }
        self.alloc_large(size)
    }

    /// Memory for `bytes` (at most MAX_SMALL) that is no object: an array that an object owns. Its first word must have a
    /// low half of 0 for as long as it is in use, so that it does not pass for an object (H1).
    ///
    /// # Safety
    /// As [`Heap::alloc`].
    #[inline(always)]
    pub unsafe fn alloc_array(&self, chunks: &Chunks, bytes: usize) -> Option<NonNull<u8>> {
        let class = class_of(bytes);
        let head = self.free[class].get();
        if !head.is_null() {
            // SAFETY: H1.
            self.free[class].set(unsafe { (*head).next });
            return NonNull::new(head.cast());
        }
        // SAFETY: as the caller's.
        unsafe { self.alloc_slow(chunks, class) }
    }

    #[cold]
    #[inline(never)]
    unsafe fn alloc_slow(&self, chunks: &Chunks, class: usize) -> Option<NonNull<u8>> {
        let cell = CLASSES[class];
        let page = self.current[class].get();
        if !page.is_null() {
            // SAFETY: our page (H2).
            let p = unsafe { &*page };
            let at = p.bump.get();
            if at as usize + cell as usize <= PAGE {
                p.bump.set(at + cell);
                // SAFETY: inside the page.
                return NonNull::new(unsafe { page.cast::<u8>().add(at as usize) });
            }
        }
        // What others freed comes back before a new page is taken.
        // SAFETY: H2.
        for page in unsafe { &*self.pages.get() } {
            // SAFETY: pages live as long as the runtime.
            let p = unsafe { page.as_ref() };
            if p.class as usize == class && !p.remote.load(Ordering::Relaxed).is_null() {
                // Acquire: what the freeing thread wrote into the cells comes with them.
                let list = p.remote.swap(null_mut(), Ordering::Acquire);
                if !list.is_null() {
                    // SAFETY: H1.
                    self.free[class].set(unsafe { (*list).next });
                    return NonNull::new(list.cast());
                }
            }
        }
        let raw = chunks.page()?;
        let page = raw.cast::<Page>();
        // SAFETY: fresh memory of a page's size.
        unsafe {
            page.write(Page {
                heap: self,
                class: class as u32,
                cell,
                bump: Cell::new(FIRST_CELL as u32 + cell),
                remote: AtomicPtr::new(null_mut()),
            });
            (*self.pages.get()).push(page);
        }
        self.current[class].set(page.as_ptr());
        self.bytes.fetch_add(PAGE as u64, Ordering::Relaxed);
        if let Some(th) = crate::runtime::thread::try_current() {
            crate::builtins::collect::page_taken(th);
        }
        // SAFETY: inside the page.
        NonNull::new(unsafe { raw.as_ptr().add(FIRST_CELL) })
    }

    #[cold]
    fn alloc_large(&self, size: usize) -> Option<NonNull<u8>> {
        let bytes = size.checked_add(size_of::<LargeHead>())?;
        let layout = std::alloc::Layout::from_size_align(bytes, 16).ok()?;
        // SAFETY: the size is not 0.
        let head = NonNull::new(unsafe { std::alloc::alloc(layout) })?.cast::<LargeHead>();
        let mut list = self.large.lock();
        // SAFETY: fresh memory; the list is ours under its lock. The shape id is cleared before anyone can enumerate.
        unsafe {
            head.write(LargeHead {
                prev: None,
                next: list.first,
                heap: self,
                bytes,
            });
            if let Some(mut n) = list.first {
                n.as_mut().prev = Some(head);
            }
            head.as_ptr().add(1).cast::<u64>().write(0);
        }
        list.first = Some(head);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        // SAFETY: behind the head.
        NonNull::new(unsafe { head.as_ptr().add(1).cast() })
    }

    /// Gives memory back.
    ///
    /// # Safety
    /// `p` came from `alloc(size)` of some heap of this runtime, nobody refers to it, and the caller holds this heap's
    /// slot.
    #[inline(always)]
    pub unsafe fn free(&self, p: NonNull<u8>, size: usize) {
        if size <= MAX_SMALL {
            let page = (p.as_ptr() as usize & !(PAGE - 1)) as *const Page;
            let f = p.as_ptr().cast::<Free>();
            // SAFETY: small objects lie in pages; the cell is ours to write (H1).
            unsafe {
                (*f).shape.store(0, Ordering::Relaxed);
                if std::ptr::eq((*page).heap, self) {
                    let class = class_of(size);
                    (*f).next = self.free[class].get();
                    self.free[class].set(f);
                } else {
                    Self::free_remote(&*page, f);
                }
            }
        } else {
            // SAFETY: large objects follow their head.
            unsafe { Self::free_large(p) };
        }
    }

    #[cold]
    unsafe fn free_remote(page: &Page, f: *mut Free) {
        let mut head = page.remote.load(Ordering::Relaxed);
        loop {
            // SAFETY: the cell is ours until the exchange succeeds.
            unsafe { (*f).next = head };
            // Release: our writes to the cell are seen by the owner that takes the list.
            match page
                .remote
                .compare_exchange_weak(head, f, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(h) => head = h,
            }
        }
    }

    #[cold]
    unsafe fn free_large(p: NonNull<u8>) {
        // SAFETY: the caller's promise.
        unsafe {
            let head = p.cast::<LargeHead>().sub(1);
            let h = head.as_ref();
            let heap = &*h.heap;
            let bytes = h.bytes;
            {
                let mut list = heap.large.lock();
                let (prev, next) = (head.as_ref().prev, head.as_ref().next);
                match prev {
                    Some(mut q) => q.as_mut().next = next,
                    None => list.first = next,
                }
                if let Some(mut n) = next {
                    n.as_mut().prev = prev;
                }
            }
            heap.bytes.fetch_sub(bytes as u64, Ordering::Relaxed);
            std::alloc::dealloc(
                head.as_ptr().cast(),
                std::alloc::Layout::from_size_align_unchecked(bytes, 16),
            );
        }
    }

    /// Calls `f` with every live object of this heap, and whether it lies in a page.
    ///
    /// # Safety
    /// The world is stopped, or the runtime has no thread.
    pub unsafe fn each(&self, f: &mut dyn FnMut(NonNull<u8>, bool)) {
        // SAFETY: stopped.
        for page in unsafe { &*self.pages.get() } {
            // SAFETY: pages live as long as the runtime.
            let p = unsafe { page.as_ref() };
            let mut at = FIRST_CELL;
            while at + (p.cell as usize) <= p.bump.get() as usize {
                // SAFETY: inside the handed-out part of the page.
                unsafe {
                    let cell = page.cast::<u8>().add(at);
                    if cell.cast::<AtomicU32>().as_ref().load(Ordering::Relaxed) != 0 {
                        f(cell, true);
                    }
                }
                at += p.cell as usize;
            }
        }
        let mut next = self.large.lock().first;
        while let Some(h) = next {
            // SAFETY: stopped: the list does not change.
            unsafe {
                next = h.as_ref().next;
                let cell = h.add(1).cast::<u8>();
                if cell.cast::<AtomicU32>().as_ref().load(Ordering::Relaxed) != 0 {
                    f(cell, false);
                }
            }
        }
    }

    /// Bytes held from the system.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Frees large objects' memory when the runtime goes; payloads have been dropped before.
    ///
    /// # Safety
    /// No object of this heap is used again.
    pub unsafe fn free_all_large(&self) {
        loop {
            let Some(h) = self.large.lock().first else {
                return;
            };
            // SAFETY: the caller's promise.
            unsafe { Self::free_large(h.add(1).cast()) };
        }
    }
}

/// Memory for an array of `bytes` (at least 8) that an object owns, 8-byte aligned, not cleared but for the low half of
/// its first word, which must stay 0 (see `Heap::alloc_array`). Small ones come from the thread's heap. Null: the system
/// refused.
#[inline]
pub fn alloc_array(th: &Thread, bytes: usize) -> *mut u8 {
    if bytes <= MAX_SMALL {
        // SAFETY: the thread holds its slot.
        return match unsafe { th.heap().alloc_array(&th.rt().chunks, bytes) } {
            Some(p) => p.as_ptr(),
            None => null_mut(),
        };
    }
    // SAFETY: the size is not 0 and was checked by the caller.
    unsafe {
        let p = std::alloc::alloc(large(bytes));
        if !p.is_null() {
            p.cast::<u64>().write(0);
        }
        p
    }
}

/// Whether arrays of so many bytes come from the system allocator.
#[inline]
pub fn is_large(bytes: usize) -> bool {
    bytes > MAX_SMALL
}

/// [`alloc_array`] of a large array of zeros: pages that nobody writes take no memory.
pub fn alloc_zeros(bytes: usize) -> *mut u8 {
    debug_assert!(is_large(bytes));
    // SAFETY: the size is not 0.
    unsafe { std::alloc::alloc_zeroed(large(bytes)) }
}

/// Makes a large array larger, wherever it comes to lie. Null: the system refused, and nothing has changed.
///
/// # Safety
/// `p` came from `alloc_array` of `bytes`, which [are large](is_large); nobody else can be reading it.
pub unsafe fn resize_array(p: *mut u8, bytes: usize, new: usize) -> *mut u8 {
    debug_assert!(is_large(bytes) && is_large(new));
    // SAFETY: the caller's promise.
    unsafe { std::alloc::realloc(p, large(bytes), new) }
}

fn large(bytes: usize) -> std::alloc::Layout {
    // SAFETY: the caller has seen to it that so much can be asked for.
    unsafe { std::alloc::Layout::from_size_align_unchecked(bytes, 8) }
}

/// Gives an array back.
///
/// # Safety
/// `p` came from `alloc_array` of `bytes` in this runtime, and nothing points to it any more.
pub unsafe fn free_array(p: *mut u8, bytes: usize) {
    // SAFETY: the caller's promise. Without a thread the runtime is going, and its pages with it; in a thread of another
    // runtime the page's own heap gets it back.
    unsafe {
        if bytes > MAX_SMALL {
            std::alloc::dealloc(p, large(bytes));
        } else if let Some(th) = thread::try_current() {
            th.heap().free(NonNull::new_unchecked(p), bytes);
        }
    }
}
