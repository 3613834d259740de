//! Interned strings: immortal, one object for each text, so that they may be compared by address and need no counting.
//!
//! Protocol
//! 1. A table is an open-addressed array of words: 0, or an interned string. A word is written once, with release, under
//!    the lock of `grown`; so a reader that finds a string (acquire) finds it whole.
//! 2. Readers probe without a lock. What they do not find they look up again under the lock.
//! 3. A table that is half full is copied into one of twice the size, which is then published. The old one is kept until
//!    the interner goes: a reader may still be in it, and all of them together are no larger than the newest.

use super::compare::{hash_bytes, hash_str};
use super::thread;
use crate::object::string::{Str, StrKind};
use crate::object::{Obj, Value};
use std::ptr::NonNull;
use threadsnake_threads::sync::Mutex;
use threadsnake_threads::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

const FIRST_SIZE: usize = 4096;

/// See the module's head.
pub struct Interner {
    /// The newest table. Written under the lock of `grown`, with release.
    table: AtomicPtr<Table>,
    /// Every table that there was, the newest last.
    grown: Mutex<Vec<NonNull<Table>>>,
    /// Strings in the newest table; written under the lock of `grown`.
    used: AtomicUsize,
    key: [u64; 2],
}

// SAFETY: tables are shared through atomics and freed only with the interner.
unsafe impl Send for Interner {}
// SAFETY: as above.
unsafe impl Sync for Interner {}

struct Table(Box<[AtomicU64]>);

impl Table {
    fn new(size: usize) -> Table {
        Table((0..size).map(|_| AtomicU64::new(0)).collect())
    }
    fn leak(self) -> NonNull<Table> {
        NonNull::from(Box::leak(Box::new(self)))
    }
    /// The string for which `same` holds, or the free place where it belongs.
    #[inline]
    fn find(&self, hash: u64, mut same: impl FnMut(&Str) -> bool) -> Result<Obj, usize> {
        let mask = self.0.len() - 1;
        let mut i = hash as usize & mask;
        loop {
            let w = self.0[i].load(Ordering::Acquire);
            if w == 0 {
                return Err(i);
            }
            let v = Value(w);
            // SAFETY: interned strings are exact strs, and immortal.
            let (o, s): (&Obj, &Str) = unsafe {
                let o = Obj::ref_from(&v);
                (o, o.cast_unchecked::<Str>())
            };
            if s.known_hash() == hash && same(s) {
                return Ok(o.clone());
            }
            i = (i + 1) & mask;
        }
    }
}

impl Interner {
    /// An empty one; `key` is that of string hashes.
    pub fn new(key: [u64; 2]) -> Interner {
        let first = Table::new(FIRST_SIZE).leak();
        Interner {
            table: AtomicPtr::new(first.as_ptr()),
            grown: Mutex::new(vec![first]),
            used: AtomicUsize::new(0),
            key,
        }
    }
    /// Key of string hashes.
    pub fn key(&self) -> [u64; 2] {
        self.key
    }
    fn table(&self) -> &Table {
        // SAFETY: tables are kept until the interner goes (step 3).
        unsafe { &*self.table.load(Ordering::Acquire) }
    }
    /// The interned string of this text. Must be called on an attached thread.
    pub fn intern(&self, s: &str) -> Obj {
        if s.is_ascii() {
            let hash = hash_bytes(self.key, s.as_bytes());
            let same = |x: &Str| x.kind() == StrKind::Ascii && x.raw_bytes() == s.as_bytes();
            if let Ok(o) = self.table().find(hash, same) {
                return o;
            }
        }
        let o = thread::current().str_infallible(s);
        self.intern_obj(&o)
    }
    /// The interned string of the same text as `o`, an exact str.
    pub fn intern_obj(&self, o: &Obj) -> Obj {
        let Some(s) = o.exact::<Str>() else {
            return o.clone();
        };
        if s.is_interned() {
            return o.clone();
        }
        let hash = s.cached_hash().unwrap_or_else(|| {
            let h = hash_str(self.key, s);
            s.set_hash(h);
            h
        });
        if let Ok(o) = self.table().find(hash, |x| x.same(s)) {
            return o;
        }
        let mut tables = self.grown.lock();
        let place = match self.table().find(hash, |x| x.same(s)) {
            Ok(o) => return o,
            Err(i) => i,
        };
        s.interned.store(1, Ordering::Release);
        if let Some(h) = o.header() {
            thread::make_immortal(h);
        }
        let t = self.table();
        t.0[place].store(o.value().0, Ordering::Release);
        let used = self.used.load(Ordering::Relaxed) + 1;
        self.used.store(used, Ordering::Relaxed);
        if used * 2 > t.0.len() {
            let new = Table::new(t.0.len() * 2);
            for w in &t.0 {
                let w = w.load(Ordering::Relaxed);
                if w != 0 {
                    let v = Value(w);
                    // SAFETY: as in `find`.
                    let hash = unsafe { Obj::ref_from(&v).cast_unchecked::<Str>() }.known_hash();
                    if let Err(i) = new.find(hash, |_| false) {
                        new.0[i].store(w, Ordering::Relaxed);
                    }
                }
            }
            let new = new.leak();
            self.table.store(new.as_ptr(), Ordering::Release);
            tables.push(new);
        }
        o.clone()
    }
    /// How many there are.
    pub fn len(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Drop for Interner {
    fn drop(&mut self) {
        for t in self.grown.lock().drain(..) {
            // SAFETY: made by `leak`; nobody reads any more.
            drop(unsafe { Box::from_raw(t.as_ptr()) });
        }
    }
}
