//! Dictionaries: insertion-ordered open addressing; reads without a lock in both modes.
//!
//! A table is one block: head, index array (u8, u16 or u32 each), entries `[hash, key, value]` in insertion order.
//! Looking up probes the index array; each index leads to an entry whose key is compared.
//!
//! Invariants
//! - D1: entries are only appended; an entry's hash and key are written before the index that leads to it is published
//!   (release). A deleted entry has key and value empty for good, its index stays: so a reader never sees one key's value
//!   under another key.
//! - D2: who changes a dict holds its object lock in Multi. No Python runs under that lock: keys are found before, and
//!   `seq` tells whether the finding still holds.
//! - D3: a table that was replaced is retired, not freed, in Multi: readers may still be in it until their safepoint. It
//!   owns no counts any more.
//! - D4: `seq` changes with every insertion of a key, deletion, clearing and resizing. `Table::uid` (lazily assigned) names
//!   a table for inline caches: entry number n of table uid keeps its key until it is deleted (value empty).
//!   `Table::absent` (lazily assigned) is reset when a key is appended: caches of "no such key" compare it.
//! - D5: an entry that is moved (`order`) is in its new place before it leaves the old one. Who has found the old one and
//!   then meets no value looks again.

mod order;
mod table;

use super::heap;
use super::layout::{Layout, Native, Visit};
use super::obj::{Obj, Py, own_published, owner_of};
use super::rc;
use super::string::Str;
use super::type_ids::TypeId;
use super::value::Value;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::{Overwriting, Thread};
use std::ptr::null_mut;
use table::Table;
use threadsnake_threads::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Ordering};

/// Payload of dicts.
pub struct Dict {
    table: AtomicPtr<Table>,
    /// Live entries (D2).
    used: AtomicUsize,
    /// D4.
    seq: AtomicU32,
    /// Assumptions exist about what is bound in here: every change is reported (see `record::facts`).
    pub watched: AtomicU8,
    /// A key that is not exactly a str was inserted once: lookups of strs must ask such keys, too (D2).
    mixed: AtomicU8,
}

static LAYOUT: Layout = Layout::of::<Dict>("dict");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Dict {
    const TYPE: TypeId = TypeId::Dict;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        self.visit_items(visit);
    }
    fn clear(&self, th: &Thread) {
        // SAFETY: called on the payload of a live object.
        unsafe { owner_of(self) }.clear_all(th);
    }
}

/// What a probe found.
enum Found {
    At(usize),
    No,
    Changed,
}

impl Dict {
    /// [`Native::traverse`], for a visitor that is known.
    #[inline]
    pub fn visit_items(&self, visit: &mut (impl FnMut(Value) + ?Sized)) {
        if let Some(t) = self.table() {
            for e in t.live() {
                visit(Value(e.key.load(Ordering::Relaxed)));
                visit(Value(e.value.load(Ordering::Relaxed)));
            }
        }
    }
    /// An empty payload.
    pub const fn new() -> Dict {
        Dict {
            table: AtomicPtr::new(null_mut()),
            used: AtomicUsize::new(0),
            seq: AtomicU32::new(0),
            watched: AtomicU8::new(0),
            mixed: AtomicU8::new(0),
        }
    }
    #[inline(always)]
    fn table(&self) -> Option<&Table> {
        // SAFETY: D3: readable until the next safepoint.
        unsafe { self.table.load(Ordering::Acquire).as_ref() }
    }
    /// Number of items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Changes with every structural change (D4).
    #[inline(always)]
    pub fn seq(&self) -> u32 {
        self.seq.load(Ordering::Acquire)
    }

    /// Finds an exact str whose hash is known. Runs no Python.
    #[inline(always)]
    fn probe_str(&self, t: &Table, key: Value, hash: u64) -> Option<usize> {
        let mask = t.mask as usize;
        let (mut i, mut perturb) = (hash as usize & mask, hash as usize);
        loop {
            let ix = t.index(i);
            if ix == u32::MAX {
                return None;
            }
            let e = t.entry(ix as usize);
            let k = Value(e.key.load(Ordering::Acquire));
            if k == key {
                return Some(ix as usize);
            }
            if k.0 != 0
                && e.hash.load(Ordering::Relaxed) == hash
                // SAFETY: O2: both are readable.
                && unsafe { super::string::same_text(k, key) }
            {
                return Some(ix as usize);
            }
            perturb >>= 5;
            i = (i.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1)) & mask;
        }
    }

    /// Finds a key where its word and its hash tell: it is there, no entry has its hash. `None`: objects must be compared.
    #[inline(always)]
    fn probe_word(&self, t: &Table, key: Value, hash: u64) -> Option<Found> {
        let mask = t.mask as usize;
        let (mut i, mut perturb) = (hash as usize & mask, hash as usize);
        loop {
            let ix = t.index(i);
            if ix == u32::MAX {
                return Some(Found::No);
            }
            let e = t.entry(ix as usize);
            let k = Value(e.key.load(Ordering::Acquire));
            if k == key {
                return Some(Found::At(ix as usize));
            }
            if k.0 != 0 && e.hash.load(Ordering::Relaxed) == hash {
                return None;
            }
            perturb >>= 5;
            i = (i.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1)) & mask;
        }
    }

    /// Finds any key, as [`Dict::probe`].
    #[inline(always)]
    fn find(&self, th: &Thread, key: &Obj, hash: u64) -> Res<Found> {
        match self.table() {
            None => Ok(Found::No),
            Some(t) => match self.probe_word(t, key.value(), hash) {
                Some(found) => Ok(found),
                None => self.probe(th, key, hash),
            },
        }
    }

    /// Finds any key; may run Python (`__eq__`), and then says `Changed` where the dict changed meanwhile.
    #[inline(never)]
    fn probe(&self, th: &Thread, key: &Obj, hash: u64) -> Res<Found> {
        let seq = self.seq();
        let Some(t) = self.table() else {
            return Ok(Found::No);
        };
        let mask = t.mask as usize;
        let (mut i, mut perturb) = (hash as usize & mask, hash as usize);
        loop {
            let ix = t.index(i);
            if ix == u32::MAX {
                return Ok(Found::No);
            }
            let e = t.entry(ix as usize);
            let k = Value(e.key.load(Ordering::Acquire));
            if k == key.value() {
                return Ok(Found::At(ix as usize));
            }
            if k.0 != 0 && e.hash.load(Ordering::Relaxed) == hash {
                // SAFETY: O2.
                let k = unsafe { Obj::from_borrowed(k) };
                match th.eq_simple(&k, key) {
                    Some(true) => return Ok(Found::At(ix as usize)),
                    Some(false) => {}
                    None => {
                        let same = th.eq(&k, key)?;
                        if self.seq() != seq {
                            return Ok(Found::Changed);
                        }
                        if same {
                            return Ok(Found::At(ix as usize));
                        }
                    }
                }
            }
            perturb >>= 5;
            i = (i.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1)) & mask;
        }
    }

    #[inline(always)]
    fn value_at_index(&self, t: &Table, i: usize) -> Option<Obj> {
        let v = Value(t.entry(i).value.load(Ordering::Acquire));
        if v.is_empty() {
            None
        } else {
            // SAFETY: O2.
            Some(unsafe { Obj::from_borrowed(v) })
        }
    }

    /// The value of an interned string.
    #[inline(always)]
    pub fn get_interned(&self, _th: &Thread, name: &Obj) -> Option<Obj> {
        let t = self.table()?;
        // SAFETY: interned names are strs with their hash computed.
        let hash = unsafe { name.cast_unchecked::<Str>() }.known_hash();
        let i = self.probe_str(t, name.value(), hash)?;
        self.value_at_index(t, i)
    }

    /// The stored key that equals `key`, and its value.
    pub fn get_pair_hashed(&self, th: &Thread, key: &Obj, hash: u64) -> Res<Option<(Obj, Obj)>> {
        loop {
            let Some(t) = self.table() else {
                return Ok(None);
            };
            match self.probe(th, key, hash)? {
                Found::No => return Ok(None),
                // As in `get_hashed`.
                Found::At(i) => match self.table() {
                    Some(t2) if std::ptr::eq(t, t2) => {
                        let k = Value(t2.entry(i).key.load(Ordering::Acquire));
                        // SAFETY: O2. A deleted entry has lost its key.
                        let k = (!k.is_empty()).then(|| unsafe { Obj::from_borrowed(k) });
                        return Ok(k.zip(self.value_at_index(t2, i)));
                    }
                    _ => {}
                },
                Found::Changed => {}
            }
        }
    }

    /// `d.get(key)` with the key's hash.
    pub fn get_hashed(&self, th: &Thread, key: &Obj, hash: u64) -> Res<Option<Obj>> {
        loop {
            let Some(t) = self.table() else {
                return Ok(None);
            };
            if key.is_exact::<Str>() && self.mixed.load(Ordering::Relaxed) == 0 {
                let Some(i) = self.probe_str(t, key.value(), hash) else {
                    return Ok(None);
                };
                if let Some(v) = self.value_at_index(t, i) {
                    return Ok(Some(v));
                }
                // Deleted just now, or moved (D5): look again.
                continue;
            }
            match self.find(th, key, hash)? {
                Found::No => return Ok(None),
                // The table may have been replaced by a resize between: `seq` differs then, look again. Also as above.
                Found::At(i) => match self.table() {
                    Some(t2) if std::ptr::eq(t, t2) => {
                        if let Some(v) = self.value_at_index(t2, i) {
                            return Ok(Some(v));
                        }
                    }
                    _ => {}
                },
                Found::Changed => {}
            }
        }
    }

    /// `d.get(key)` with the key's hash, where no Python is asked; `None`: it would be.
    pub fn get_quick(&self, th: &Thread, key: &Obj, hash: u64) -> Option<Option<Obj>> {
        let Some(t) = self.table() else {
            return Some(None);
        };
        let found = if key.is_exact::<Str>() && self.mixed.load(Ordering::Relaxed) == 0 {
            self.probe_str(t, key.value(), hash)
        } else {
            match self.probe_word(t, key.value(), hash) {
                Some(Found::At(i)) => Some(i),
                Some(_) => None,
                None => self.probe_quick(th, t, key, hash)?,
            }
        };
        match found {
            // `None`: deleted just now, or moved (D5).
            Some(i) => self.value_at_index(t, i).map(Some),
            None => Some(None),
        }
    }

    /// As [`Dict::probe`], without Python; `None`: it would be asked.
    fn probe_quick(&self, th: &Thread, t: &Table, key: &Obj, hash: u64) -> Option<Option<usize>> {
        let mask = t.mask as usize;
        let (mut i, mut perturb) = (hash as usize & mask, hash as usize);
        loop {
            let ix = t.index(i);
            if ix == u32::MAX {
                return Some(None);
            }
            let e = t.entry(ix as usize);
            let k = Value(e.key.load(Ordering::Acquire));
            if k.0 != 0 && e.hash.load(Ordering::Relaxed) == hash {
                // SAFETY: O2; nothing here polls.
                if th.eq_quick(unsafe { Obj::ref_from(&k) }, key)? {
                    return Some(Some(ix as usize));
                }
            }
            perturb >>= 5;
            i = (i.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1)) & mask;
        }
    }

    /// Whether somebody relies on what it holds.
    pub fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed) != 0
    }

    /// `d.get(key)`
    pub fn get_item(&self, th: &Thread, key: &Obj) -> Res<Option<Obj>> {
        let hash = key_hash(th, key)?;
        self.get_hashed(th, key, hash)
    }

    /// `d.get(text)`
    pub fn get_str(&self, th: &Thread, key: &str) -> Option<Obj> {
        let k = th.intern(key);
        self.get_interned(th, &k)
    }

    /// Entry number and table uid of an interned name, for an inline cache (D4).
    pub fn cache_entry(&self, th: &Thread, name: &Obj) -> Option<(u32, u32)> {
        let t = self.table()?;
        // SAFETY: interned names are strs with their hash computed.
        let hash = unsafe { name.cast_unchecked::<Str>() }.known_hash();
        let i = self.probe_str(t, name.value(), hash)?;
        Some((lazy_uid(th, &t.uid), i as u32))
    }
    /// Whether "no such key", cached under `absent`, still holds.
    #[inline(always)]
    pub fn is_still_absent(&self, absent: u32) -> bool {
        match self.table() {
            Some(t) => t.absent.load(Ordering::Acquire) == absent,
            None => false,
        }
    }
    /// The raw value of entry `i` if the table is still `uid` (O2).
    #[inline(always)]
    pub fn cached_value(&self, uid: u32, i: u32) -> Value {
        match self.table() {
            Some(t) if t.uid.load(Ordering::Relaxed) == uid => {
                Value(t.entry(i as usize).value.load(Ordering::Acquire))
            }
            _ => Value::EMPTY,
        }
    }

    /// The next live entry at or after `*pos`, which moves on.
    pub fn next_entry(&self, pos: &mut usize) -> Option<(Obj, Obj)> {
        self.next_entry_hashed(pos).map(|(k, v, _)| (k, v))
    }
    /// The same, also the hash.
    pub fn next_entry_hashed(&self, pos: &mut usize) -> Option<(Obj, Obj, u64)> {
        let t = self.table()?;
        let len = t.len.load(Ordering::Acquire) as usize;
        if *pos == 0 {
            *pos = t.first.load(Ordering::Acquire) as usize;
        }
        while *pos < len {
            let e = t.entry(*pos);
            *pos += 1;
            let (k, v) = (
                Value(e.key.load(Ordering::Acquire)),
                Value(e.value.load(Ordering::Acquire)),
            );
            if k.0 != 0 && v.0 != 0 {
                // SAFETY: O2.
                return Some(unsafe {
                    (
                        Obj::from_borrowed(k),
                        Obj::from_borrowed(v),
                        e.hash.load(Ordering::Relaxed),
                    )
                });
            }
        }
        None
    }
    /// The last live entry before `*pos`, which moves back.
    pub fn prev_entry(&self, pos: &mut usize) -> Option<(Obj, Obj)> {
        let t = self.table()?;
        *pos = (*pos).min(t.len.load(Ordering::Acquire) as usize);
        while *pos > 0 {
            *pos -= 1;
            let e = t.entry(*pos);
            let (k, v) = (
                Value(e.key.load(Ordering::Acquire)),
                Value(e.value.load(Ordering::Acquire)),
            );
            if k.0 != 0 && v.0 != 0 {
                // SAFETY: O2.
                return Some(unsafe { (Obj::from_borrowed(k), Obj::from_borrowed(v)) });
            }
        }
        None
    }
    /// One past the last entry number, live or not: where a reverse iteration starts.
    pub fn end_pos(&self) -> usize {
        self.table()
            .map_or(0, |t| t.len.load(Ordering::Acquire) as usize)
    }
    /// All items, as they are now.
    pub fn items(&self) -> Vec<(Obj, Obj)> {
        let (mut pos, mut out) = (0, Vec::with_capacity(self.len()));
        while let Some(kv) = self.next_entry(&mut pos) {
            out.push(kv);
        }
        out
    }
}

/// The hash of a key, with the message that names the dict.
#[inline]
pub fn key_hash(th: &Thread, key: &Obj) -> Res<u64> {
    match th.hash(key) {
        Ok(h) => Ok(h as u64),
        Err(e) => Err(unhashable_key(th, key, e, "dict key")),
    }
}

/// What an operation says of a key or item (`what`) whose hash failed with `e`.
#[cold]
pub fn unhashable_key(th: &Thread, key: &Obj, e: Exc, what: &str) -> Exc {
    if th.type_of(e.obj()).id != Some(TypeId::TypeError) {
        return e;
    }
    match th.to_str(e.obj()) {
        Ok(text) => th.type_error(format!(
            "cannot use '{}' as a {what} ({})",
            th.type_name(key),
            text.to_rust()
        )),
        Err(e) => e,
    }
}

#[cold]
fn lazy_uid(th: &Thread, cell: &AtomicU32) -> u32 {
    let u = cell.load(Ordering::Acquire);
    if u != 0 {
        return u;
    }
    let new = th.rt().next_version();
    match cell.compare_exchange(0, new, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => new,
        Err(u) => u,
    }
}

impl Default for Dict {
    fn default() -> Self {
        Dict::new()
    }
}

impl Py<Dict> {
    #[inline(always)]
    fn bump(&self) {
        self.seq.store(
            self.seq.load(Ordering::Relaxed).wrapping_add(1),
            Ordering::Release,
        );
    }

    /// What an inline cache of "no such key" compares, if there is no such key (an interned name). Under the lock: a key
    /// that is appended either is found here, or its appending finds the number and resets it.
    pub fn cache_absent(&self, th: &Thread, name: &Obj) -> Option<u32> {
        let _guard = th.lock(self.head());
        let t = self.table()?;
        // SAFETY: interned names are strs with their hash computed.
        let hash = unsafe { name.cast_unchecked::<Str>() }.known_hash();
        match self.probe_str(t, name.value(), hash) {
            Some(_) => None,
            None => Some(lazy_uid(th, &t.absent)),
        }
    }

    /// Makes room for one more entry (D2 held).
    fn grow(&self, th: &Thread) -> Res<()> {
        let used = self.used.load(Ordering::Relaxed);
        let new = Table::new(th, if used > 50_000 { used * 2 } else { used * 3 })?;
        // SAFETY: the new table is ours, with room for all.
        unsafe { self.move_to(th, new) };
        Ok(())
    }

    /// A new table takes the place of the old one, whose entries go over to it (D2 held).
    ///
    /// # Safety
    /// The new table is the caller's own, without entries, with room for all.
    unsafe fn move_to(&self, th: &Thread, new: *mut Table) {
        let old = self.table.load(Ordering::Relaxed);
        // SAFETY: the caller's promise; the old table is readable (D2: nobody else changes it), and its entries' references go
        // over to the new one.
        unsafe {
            if let Some(o) = old.as_ref() {
                for e in o.live() {
                    (*new).append(
                        e.hash.load(Ordering::Relaxed),
                        Value(e.key.load(Ordering::Relaxed)),
                        Value(e.value.load(Ordering::Relaxed)),
                    );
                }
            }
            self.table.store(new, Ordering::Release);
            self.bump();
            if !old.is_null() {
                let bytes = (*old).bytes;
                th.retire_bytes_of(self.head(), old.cast(), bytes, heap::free_array);
            }
        }
    }

    /// `d[key] = value` with the key's hash. Returns the old value.
    pub fn insert_hashed(&self, th: &Thread, key: &Obj, hash: u64, value: Obj) -> Res<Option<Obj>> {
        let mut value = Some(value);
        let exact_str = key.is_exact::<Str>();
        let mut append = false;
        loop {
            let is_str = exact_str && self.mixed.load(Ordering::Acquire) == 0;
            let (seq, found) = if is_str {
                (0, Found::No)
            } else {
                let seq = self.seq();
                match self.find(th, key, hash)? {
                    Found::Changed => continue,
                    f => (seq, f),
                }
            };
            // Most replace a value, for which the lock may not be needed.
            let (guard, way) = if append || (!is_str && matches!(found, Found::No)) {
                (Some(th.lock_briefly(self.head())), Overwriting::Alone)
            } else {
                (None, th.overwriting(self.head()))
            };
            if is_str && self.mixed.load(Ordering::Relaxed) != 0 {
                continue;
            }
            let found = if is_str {
                match self
                    .table()
                    .and_then(|t| self.probe_str(t, key.value(), hash))
                {
                    Some(i) => Found::At(i),
                    None => Found::No,
                }
            } else {
                if self.seq() != seq {
                    continue;
                }
                found
            };
            if let (Found::At(i), Some(t)) = (found, self.table()) {
                let new = own_published(value.take());
                let old = way.replace(&t.entry(i).value, new.0);
                drop((way, guard));
                if old != new.0 {
                    self.tell(th, key);
                }
                // SAFETY: the entry owned it.
                return Ok(unsafe { Obj::from_value_opt(Value(old)) });
            }
            if !way.excludes() {
                append = true;
                continue;
            }
            if !exact_str {
                self.mixed.store(1, Ordering::Release);
            }
            let full = self
                .table()
                .is_none_or(|t| t.len.load(Ordering::Relaxed) >= t.cap);
            if full {
                self.grow(th)?;
            }
            if let Some(t) = self.table() {
                t.append(
                    hash,
                    own_published(Some(key.clone())),
                    own_published(value.take()),
                );
                self.used
                    .store(self.used.load(Ordering::Relaxed) + 1, Ordering::Release);
                self.bump();
            }
            drop((way, guard));
            self.tell(th, key);
            return Ok(None);
        }
    }

    /// What the dict binds `key` to has changed: whoever relies on that is told. Under no lock.
    #[inline(always)]
    fn tell(&self, th: &Thread, key: &Obj) {
        if self.watched.load(Ordering::Relaxed) != 0 {
            crate::record::facts::binding_changed(th, self, key);
        }
    }

    /// `d[key] = value`
    pub fn set_item(&self, th: &Thread, key: &Obj, value: Obj) -> Res<()> {
        let hash = key_hash(th, key)?;
        let old = self.insert_hashed(th, key, hash, value)?;
        drop(old);
        Ok(())
    }

    /// `d[key] = value`; gives what was there.
    pub fn exchange(&self, th: &Thread, key: &Obj, value: Obj) -> Res<Option<Obj>> {
        self.insert_hashed(th, key, key_hash(th, key)?, value)
    }

    /// `d["text"] = value`
    pub fn set_str(&self, th: &Thread, key: &str, value: Obj) -> Res<()> {
        let k = th.intern(key);
        self.set_item(th, &k, value)
    }

    /// `d.setdefault(key, value)`: the value that is there afterwards, and whether it was there before.
    pub fn set_default(&self, th: &Thread, key: &Obj, value: Obj) -> Res<(Obj, bool)> {
        let hash = key_hash(th, key)?;
        self.set_default_hashed(th, key, hash, value)
    }
    /// The same with the key's hash.
    pub fn set_default_hashed(
        &self,
        th: &Thread,
        key: &Obj,
        hash: u64,
        value: Obj,
    ) -> Res<(Obj, bool)> {
        loop {
            let seq = self.seq();
            if let Some(v) = self.get_hashed(th, key, hash)? {
                return Ok((v, true));
            }
            let guard = th.lock(self.head());
            if self.seq() != seq {
                drop(guard);
                continue;
            }
            if !key.is_exact::<Str>() {
                self.mixed.store(1, Ordering::Release);
            }
            if self
                .table()
                .is_none_or(|t| t.len.load(Ordering::Relaxed) >= t.cap)
            {
                self.grow(th)?;
            }
            if let Some(t) = self.table() {
                t.append(
                    hash,
                    own_published(Some(key.clone())),
                    own_published(Some(value.clone())),
                );
                self.used
                    .store(self.used.load(Ordering::Relaxed) + 1, Ordering::Release);
                self.bump();
            }
            drop(guard);
            self.tell(th, key);
            return Ok((value, false));
        }
    }

    /// `d.pop(key, None)`, key and value
    pub fn del_item(&self, th: &Thread, key: &Obj) -> Res<Option<Obj>> {
        let hash = key_hash(th, key)?;
        self.del_hashed(th, key, hash)
    }
    /// The same with the key's hash.
    pub fn del_hashed(&self, th: &Thread, key: &Obj, hash: u64) -> Res<Option<Obj>> {
        loop {
            let seq = self.seq();
            let i = match self.probe(th, key, hash)? {
                Found::Changed => continue,
                Found::No => return Ok(None),
                Found::At(i) => i,
            };
            let guard = th.lock_briefly(self.head());
            if self.seq() != seq {
                drop(guard);
                continue;
            }
            let Some(t) = self.table() else {
                return Ok(None);
            };
            let (k, v) = self.remove_at(t, i);
            drop(guard);
            self.tell(th, key);
            drop(k);
            return Ok(v);
        }
    }

    /// Removes entry `i` (D2 held); gives its key and value.
    fn remove_at(&self, t: &Table, i: usize) -> (Option<Obj>, Option<Obj>) {
        let e = t.entry(i);
        let (k, v) = (
            e.key.load(Ordering::Relaxed),
            e.value.load(Ordering::Relaxed),
        );
        // The key first: who has met no value finds no key when it looks again.
        e.key.store(0, Ordering::Release);
        e.value.store(0, Ordering::Release);
        t.left_behind(i);
        let used = self.used.load(Ordering::Relaxed).saturating_sub(1);
        self.used.store(used, Ordering::Release);
        self.bump();
        // SAFETY: the entry owned both.
        unsafe { (Obj::from_value_opt(Value(k)), Obj::from_value_opt(Value(v))) }
    }

    /// `d.popitem()`
    pub fn pop_last(&self, th: &Thread) -> Option<(Obj, Obj)> {
        let gone = self.take_last(th);
        if let Some((k, _)) = &gone {
            self.tell(th, k);
        }
        gone
    }

    fn take_last(&self, th: &Thread) -> Option<(Obj, Obj)> {
        let _guard = th.lock(self.head());
        let t = self.table()?;
        let mut i = t.top.load(Ordering::Relaxed) as usize;
        while i > 0 {
            i -= 1;
            t.top.store(i as u32, Ordering::Relaxed);
            if t.entry(i).key.load(Ordering::Relaxed) != 0 {
                return match self.remove_at(t, i) {
                    (Some(k), Some(v)) => Some((k, v)),
                    _ => None,
                };
            }
        }
        None
    }

    /// `d.clear()`
    pub fn clear_all(&self, th: &Thread) {
        let old = {
            let _guard = th.lock(self.head());
            self.used.store(0, Ordering::Release);
            let old = self.table.swap(null_mut(), Ordering::AcqRel);
            self.bump();
            old
        };
        // SAFETY: the table is no longer reachable from the dict; its entries' counts are given up once.
        unsafe {
            if let Some(t) = old.as_ref() {
                let words: Vec<(u64, u64)> = t
                    .live()
                    .map(|e| {
                        (
                            e.key.load(Ordering::Relaxed),
                            e.value.load(Ordering::Relaxed),
                        )
                    })
                    .collect();
                free_table(th, old);
                for (k, v) in words {
                    if self.watched.load(Ordering::Relaxed) != 0 {
                        self.tell(th, Obj::ref_from(&Value(k)));
                    }
                    drop(Obj::from_value_opt(Value(k)));
                    drop(Obj::from_value_opt(Value(v)));
                }
            }
        }
    }

    /// A shallow copy, of one moment.
    pub fn copy(&self, th: &Thread) -> Res<Py<Dict>> {
        let new = th.new_dict()?;
        new.fill_from(th, self)?;
        Ok(new)
    }

    /// Makes this empty dict, which nobody else knows yet or which has never had a table, a copy of `from`. `false`: it is
    /// not that.
    pub fn fill_from(&self, th: &Thread, from: &Py<Dict>) -> Res<bool> {
        if !self.table.load(Ordering::Relaxed).is_null()
            || self.watched.load(Ordering::Relaxed) != 0
        {
            return Ok(false);
        }
        if from.is_empty() {
            return Ok(true);
        }
        let table = {
            let _guard = th.lock(from.head());
            match from.table() {
                Some(t) => t.cloned(th, from.len())?,
                None => return Ok(true),
            }
        };
        // SAFETY: ours until it is published below.
        let used = unsafe { (*table).len.load(Ordering::Relaxed) } as usize;
        let guard = th.lock(self.head());
        if !self.table.load(Ordering::Relaxed).is_null() {
            drop(guard);
            let unused = Dict::new();
            unused.table.store(table, Ordering::Relaxed);
            drop(unused);
            return Ok(false);
        }
        if from.mixed.load(Ordering::Relaxed) != 0 {
            self.mixed.store(1, Ordering::Release);
        }
        self.table.store(table, Ordering::Release);
        self.used.store(used, Ordering::Release);
        self.bump();
        Ok(true)
    }

    /// All items at one moment, with the hashes of their keys.
    pub fn snapshot(&self, th: &Thread) -> Vec<(Obj, Obj, u64)> {
        let _guard = th.lock(self.head());
        let (mut pos, mut out) = (0, Vec::with_capacity(self.len()));
        while let Some(kv) = self.next_entry_hashed(&mut pos) {
            out.push(kv);
        }
        out
    }

    /// Bytes of the table.
    pub fn table_bytes(&self) -> usize {
        self.table().map_or(0, |t| t.bytes)
    }
}

/// Frees a table that no dict points to any more, after a grace period in Multi (D3).
unsafe fn free_table(th: &Thread, t: *mut Table) {
    // SAFETY: the caller's promise.
    let bytes = unsafe { (*t).bytes };
    // SAFETY: nothing points to it any more, as the caller says; allocated with this layout.
    unsafe { th.retire_bytes(t.cast(), bytes, heap::free_array) };
}

impl Drop for Dict {
    fn drop(&mut self) {
        let t = self.table.load(Ordering::Relaxed);
        // SAFETY: nobody else refers to the dict; its entries own their counts.
        unsafe {
            if let Some(table) = t.as_ref() {
                for e in table.live() {
                    rc_release(e.key.load(Ordering::Relaxed));
                    rc_release(e.value.load(Ordering::Relaxed));
                }
                heap::free_array(t.cast(), (*t).bytes);
            }
        }
    }
}

unsafe fn rc_release(word: u64) {
    if Value(word).is_ptr() {
        // SAFETY: the caller gives up the count.
        unsafe { rc::dec(Value(word)) };
    }
}
