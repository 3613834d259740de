//! The table of a dict: head, index array, entries, in one block. What may be done to it when is said in the parent module.

use super::super::heap;
use super::super::obj::{Obj, own_published};
use super::super::rc;
use super::super::value::Value;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

#[repr(C)]
pub(super) struct Table {
    /// Always 0: a table is no object (`heap::alloc_array`).
    no_object: u32,
    pub(super) mask: u32,
    /// Entries that fit.
    pub(super) cap: u32,
    /// Entries appended (D2).
    pub(super) len: AtomicU32,
    /// Entries at or after this one are deleted (D2): where `popitem` starts.
    pub(super) top: AtomicU32,
    /// Entries before this one are deleted or were never used: where iterating starts. Written under the lock (D2).
    pub(super) first: AtomicU32,
    /// Entries before this one were never used: room for keys that are moved to the front (D2).
    pub(super) gap: AtomicU32,
    pub(super) uid: AtomicU32,
    pub(super) absent: AtomicU32,
    pub(super) width: u8,
    pub(super) bytes: usize,
    pub(super) entries: *mut Entry,
}

pub(super) struct Entry {
    pub(super) hash: AtomicU64,
    pub(super) key: AtomicU64,
    pub(super) value: AtomicU64,
}

impl Table {
    pub(super) fn new(th: &Thread, want: usize) -> Res<*mut Table> {
        let size = (want.max(5) * 3 / 2 + 1).next_power_of_two().max(8);
        let cap = size * 2 / 3;
        let width = if size <= 128 {
            1
        } else if size <= 1 << 15 {
            2
        } else {
            4
        };
        let head = size_of::<Table>();
        let index_bytes = (size * width).next_multiple_of(8);
        let bytes = head + index_bytes + cap * size_of::<Entry>();
        if size > 1 << 31 {
            return Err(th.memory_error());
        }
        let t = Table::blank(th, size as u32 - 1, cap as u32, width as u8, bytes)?;
        // SAFETY: fresh memory of that size; entries are zeroed (empty), indices all ones.
        unsafe {
            t.cast::<u8>().add(head).write_bytes(0xFF, index_bytes);
            (*t).entries
                .cast::<u8>()
                .write_bytes(0, cap * size_of::<Entry>());
        }
        Ok(t)
    }
    /// The head of a table of `bytes`, the entries being its last part; the rest is not written yet.
    fn blank(th: &Thread, mask: u32, cap: u32, width: u8, bytes: usize) -> Res<*mut Table> {
        th.reserve(bytes)?;
        let p = heap::alloc_array(th, bytes);
        if p.is_null() {
            return Err(th.memory_error());
        }
        let t = p.cast::<Table>();
        // SAFETY: fresh memory of that size.
        unsafe {
            t.write(Table {
                no_object: 0,
                mask,
                cap,
                len: AtomicU32::new(0),
                top: AtomicU32::new(0),
                first: AtomicU32::new(0),
                gap: AtomicU32::new(0),
                uid: AtomicU32::new(0),
                absent: AtomicU32::new(0),
                width,
                bytes,
                entries: p.add(bytes - cap as usize * size_of::<Entry>()).cast(),
            });
        }
        Ok(t)
    }
    #[inline(always)]
    pub(super) fn index(&self, slot: usize) -> u32 {
        let base = (self as *const Table).wrapping_add(1).cast::<u8>();
        debug_assert!(slot <= self.mask as usize);
        // SAFETY: the index array follows the head and has `mask + 1` elements of `width` bytes.
        unsafe {
            match self.width {
                1 => {
                    let i = (*base.add(slot).cast::<AtomicU8>()).load(Ordering::Acquire);
                    if i == u8::MAX { u32::MAX } else { i as u32 }
                }
                2 => {
                    let i = (*base.cast::<AtomicU16>().add(slot)).load(Ordering::Acquire);
                    if i == u16::MAX { u32::MAX } else { i as u32 }
                }
                _ => (*base.cast::<AtomicU32>().add(slot)).load(Ordering::Acquire),
            }
        }
    }
    #[inline(always)]
    pub(super) fn set_index(&self, slot: usize, i: u32) {
        let base = (self as *const Table).wrapping_add(1).cast::<u8>();
        // SAFETY: as `index`. Release: D1.
        unsafe {
            match self.width {
                1 => (*base.add(slot).cast::<AtomicU8>()).store(i as u8, Ordering::Release),
                2 => (*base.cast::<AtomicU16>().add(slot)).store(i as u16, Ordering::Release),
                _ => (*base.cast::<AtomicU32>().add(slot)).store(i, Ordering::Release),
            }
        }
    }
    #[inline(always)]
    pub(super) fn entry(&self, i: usize) -> &Entry {
        debug_assert!(i < self.cap as usize);
        // SAFETY: indices lead to entries of this table.
        unsafe { &*self.entries.add(i) }
    }
    pub(super) fn live(&self) -> impl Iterator<Item = &Entry> {
        (0..self.len.load(Ordering::Acquire) as usize)
            .map(|i| self.entry(i))
            .filter(|e| e.key.load(Ordering::Acquire) != 0)
    }
    /// A table of its own for the `live` entries of this one (D2 held), which own their counts.
    pub(super) fn cloned(&self, th: &Thread, live: usize) -> Res<*mut Table> {
        let whole = !th.multi()
            && live == self.len.load(Ordering::Relaxed) as usize
            && live * 2 >= self.cap as usize;
        if whole {
            let t = Table::blank(th, self.mask, self.cap, self.width, self.bytes)?;
            let head = size_of::<Table>();
            // SAFETY: fresh memory of the table's size; nobody changes this one meanwhile, so its words may be copied.
            unsafe {
                std::ptr::copy_nonoverlapping(
                    (self as *const Table).cast::<u8>().add(head),
                    t.cast::<u8>().add(head),
                    self.bytes - head,
                );
                (*t).len = AtomicU32::new(live as u32);
                (*t).top = AtomicU32::new(live as u32);
                for e in (*t).live() {
                    for w in [&e.key, &e.value] {
                        let v = Value(w.load(Ordering::Relaxed));
                        if v.is_ptr() {
                            rc::inc_by(th, v);
                        }
                    }
                }
            }
            return Ok(t);
        }
        let table = Table::new(th, live)?;
        for e in self.live() {
            // SAFETY: live entries own their key and value (D2); the new table is ours.
            unsafe {
                let k = Obj::from_borrowed(Value(e.key.load(Ordering::Relaxed)));
                let v = Obj::from_borrowed(Value(e.value.load(Ordering::Relaxed)));
                (*table).append(
                    e.hash.load(Ordering::Relaxed),
                    own_published(Some(k)),
                    own_published(Some(v)),
                );
            }
        }
        Ok(table)
    }
    /// Appends an entry that is known to be absent; there is room (D1, D2). The words own their counts.
    pub(super) fn append(&self, hash: u64, key: Value, value: Value) {
        let n = self.len.load(Ordering::Relaxed);
        self.put(n, hash, key, value);
        self.len.store(n + 1, Ordering::Release);
        self.top.store(n + 1, Ordering::Relaxed);
        if self.absent.load(Ordering::Relaxed) != 0 {
            self.absent.store(0, Ordering::Release);
        }
    }
    /// Entry `i` is empty from now on (D2).
    #[inline]
    pub(super) fn left_behind(&self, i: usize) {
        if self.first.load(Ordering::Relaxed) as usize == i {
            self.first.store(i as u32 + 1, Ordering::Release);
        }
    }
    /// Writes the unused entry `n`, then the index that leads to it (D1).
    pub(super) fn put(&self, n: u32, hash: u64, key: Value, value: Value) {
        let e = self.entry(n as usize);
        e.hash.store(hash, Ordering::Relaxed);
        e.value.store(value.0, Ordering::Relaxed);
        e.key.store(key.0, Ordering::Release);
        let mask = self.mask as usize;
        let (mut i, mut perturb) = (hash as usize & mask, hash as usize);
        while self.index(i) != u32::MAX {
            perturb >>= 5;
            i = (i.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1)) & mask;
        }
        self.set_index(i, n);
    }
}
