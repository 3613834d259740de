//! Sets: open addressing in CPython's order (short linear runs, then perturbed jumps); reads without a lock in both modes.
//!
//! The table has one array of entries `[hash, key]`; iteration goes through it in order, so that small integers come out
//! as they do on CPython.
//!
//! Invariants
//! - S1: an entry gets a key once in the life of its table: the hash first, then the key (release). A removed key leaves
//!   `DUMMY` for good. So a reader never takes one key's hash for another's.
//! - S2: who changes a set holds its object lock in Multi. No Python runs under that lock: keys are found before, and
//!   `seq` tells whether the finding still holds.
//! - S3: a table that was replaced is retired, not freed, in Multi. It owns no counts any more.
//! - S4: `seq` changes with every insertion, removal, clearing and resizing.
//! - S5: a table has at least one empty entry, so that every probe ends.

mod quick;

pub use quick::compare_quick;

use super::heap;
use super::layout::{Layout, Native, Visit};
use super::obj::{Obj, Py, own_published, owner_of};
use super::type_ids::TypeId;
use super::value::Value;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use std::ptr::null_mut;
use threadsnake_threads::header::Header;
use threadsnake_threads::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// What stands in the place of a removed key; no value has this word.
const DUMMY: u64 = 1;
const LINEAR_PROBES: usize = 9;
const MIN_SIZE: usize = 8;

/// The table of a set or frozenset. Its operations take the header of the object that it lies in.
pub struct SetTable {
    table: AtomicPtr<Table>,
    used: AtomicUsize,
    seq: AtomicU32,
    /// Where `pop` goes on looking (S2).
    finger: AtomicUsize,
}

/// Payload of sets.
#[repr(C)]
pub struct Set {
    /// The items.
    pub table: SetTable,
}

/// Payload of frozensets.
#[repr(C)]
pub struct FrozenSet {
    /// The items.
    pub table: SetTable,
    /// Hash + 1, or 0: not computed. Any thread may write the one right value.
    pub hash: AtomicU64,
}

#[repr(C)]
struct Table {
    /// Always 0: a table is no object (`heap::alloc_array`).
    no_object: u64,
    mask: usize,
    /// Entries that are not empty (S2).
    fill: AtomicUsize,
    // entries follow
}

struct Entry {
    hash: AtomicU64,
    key: AtomicU64,
}

static SET_LAYOUT: Layout = Layout::of::<Set>("set");
static FROZEN_LAYOUT: Layout = Layout::of::<FrozenSet>("frozenset");

// SAFETY: SET_LAYOUT is of this type.
unsafe impl Native for Set {
    const TYPE: TypeId = TypeId::Set;
    const LAYOUT: &'static Layout = &SET_LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        self.table.traverse(visit);
    }
    fn clear(&self, th: &Thread) {
        // SAFETY: called on the payload of a live object.
        let me = unsafe { owner_of(self) };
        self.table.clear(th, me.head());
    }
}

// SAFETY: FROZEN_LAYOUT is of this type.
unsafe impl Native for FrozenSet {
    const TYPE: TypeId = TypeId::FrozenSet;
    const LAYOUT: &'static Layout = &FROZEN_LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        self.table.traverse(visit);
    }
    fn clear(&self, th: &Thread) {
        // SAFETY: called on the payload of a live object.
        let me = unsafe { owner_of(self) };
        self.table.clear(th, me.head());
    }
}

impl Set {
    /// An empty payload.
    pub const fn new() -> Set {
        Set {
            table: SetTable::new(),
        }
    }
}

impl Default for Set {
    fn default() -> Self {
        Set::new()
    }
}

impl FrozenSet {
    /// An empty payload; its maker fills it before anyone sees the object.
    pub const fn new() -> FrozenSet {
        FrozenSet {
            table: SetTable::new(),
            hash: AtomicU64::new(0),
        }
    }
}

impl Default for FrozenSet {
    fn default() -> Self {
        FrozenSet::new()
    }
}

impl Table {
    fn bytes(size: usize) -> usize {
        size_of::<Table>() + size * size_of::<Entry>()
    }
    fn new(th: &Thread, size: usize) -> Res<*mut Table> {
        if size > 1 << 40 {
            return Err(th.memory_error());
        }
        th.reserve(size * size_of::<Entry>())?;
        let p = heap::alloc_array(th, Self::bytes(size)).cast::<Table>();
        if p.is_null() {
            return Err(th.memory_error());
        }
        // SAFETY: fresh memory of that size; zeroed entries are empty.
        unsafe {
            p.add(1)
                .cast::<u8>()
                .write_bytes(0, size * size_of::<Entry>());
            p.write(Table {
                no_object: 0,
                mask: size - 1,
                fill: AtomicUsize::new(0),
            })
        };
        Ok(p)
    }
    #[inline(always)]
    fn entry(&self, i: usize) -> &Entry {
        debug_assert!(i <= self.mask);
        // SAFETY: `mask + 1` entries follow the head.
        unsafe { &*(self as *const Table).add(1).cast::<Entry>().add(i) }
    }
    fn entries(&self) -> &[Entry] {
        // SAFETY: `mask + 1` entries follow the head.
        unsafe { std::slice::from_raw_parts(self.entry(0), self.mask + 1) }
    }
    /// Calls `f` with the entries in which `hash` may lie, until it says something (S5).
    #[inline(always)]
    fn probe<R>(&self, hash: u64, mut f: impl FnMut(usize, &Entry) -> Option<R>) -> R {
        let (mut perturb, mut i) = (hash as usize, hash as usize & self.mask);
        loop {
            let more = if i + LINEAR_PROBES <= self.mask {
                LINEAR_PROBES
            } else {
                0
            };
            for at in i..=i + more {
                if let Some(r) = f(at, self.entry(at)) {
                    return r;
                }
            }
            perturb >>= 5;
            i = i.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & self.mask;
        }
    }
    /// Puts in a key that is known to be absent (S1, S2). The word owns its count.
    #[inline(always)]
    fn put(&self, hash: u64, key: Value) {
        let first = hash as usize & self.mask;
        let place = if self.entry(first).key.load(Ordering::Relaxed) == 0 {
            first
        } else {
            self.free_place(hash)
        };
        self.put_at(place, hash, key);
    }
    #[inline(never)]
    fn free_place(&self, hash: u64) -> usize {
        self.probe(hash, |i, e| {
            (e.key.load(Ordering::Relaxed) == 0).then_some(i)
        })
    }
    /// The same at the place where the search for it ended.
    #[inline(always)]
    fn put_at(&self, place: usize, hash: u64, key: Value) {
        let e = self.entry(place);
        e.hash.store(hash, Ordering::Relaxed);
        e.key.store(key.0, Ordering::Release);
        self.fill
            .store(self.fill.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
    fn crowded(&self) -> bool {
        self.fill.load(Ordering::Relaxed) * 5 >= self.mask * 3
    }
    fn live(&self) -> impl Iterator<Item = (usize, u64, Value)> {
        (0..=self.mask).filter_map(|i| {
            let e = self.entry(i);
            let k = e.key.load(Ordering::Acquire);
            if k > DUMMY {
                Some((i, e.hash.load(Ordering::Relaxed), Value(k)))
            } else {
                None
            }
        })
    }
}

/// What a search found.
enum Found {
    At(usize),
    /// Nowhere; where it would go, if there is a table.
    No(usize),
    Changed,
}

/// All items of a set at one moment, with their hashes, and the form of the table that they lay in.
pub struct Snapshot {
    /// Items in table order.
    pub items: Vec<(u64, Obj)>,
    places: Option<(usize, Vec<usize>)>,
}

impl SetTable {
    /// Empty.
    pub const fn new() -> SetTable {
        SetTable {
            table: AtomicPtr::new(null_mut()),
            used: AtomicUsize::new(0),
            seq: AtomicU32::new(0),
            finger: AtomicUsize::new(0),
        }
    }
    #[inline(always)]
    fn table(&self) -> Option<&Table> {
        // SAFETY: S3: readable until the next safepoint.
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
    /// Changes with every change of the items (S4).
    pub fn seq(&self) -> u32 {
        self.seq.load(Ordering::Acquire)
    }
    fn bump(&self) {
        self.seq.store(
            self.seq.load(Ordering::Relaxed).wrapping_add(1),
            Ordering::Release,
        );
    }
    fn traverse(&self, visit: Visit<'_>) {
        if let Some(t) = self.table() {
            for (_, _, k) in t.live() {
                visit(k);
            }
        }
    }

    /// Finds a key; may run Python (`__eq__`), and then says `Changed` where the set changed meanwhile.
    fn find(&self, th: &Thread, key: &Obj, hash: u64) -> Res<Found> {
        let seq = self.seq();
        let Some(t) = self.table() else {
            return Ok(Found::No(0));
        };
        t.probe(hash, |i, e| {
            let k = Value(e.key.load(Ordering::Acquire));
            if k.is_empty() {
                return Some(Ok(Found::No(i)));
            }
            if k == key.value() {
                return Some(Ok(Found::At(i)));
            }
            if k.0 == DUMMY || e.hash.load(Ordering::Relaxed) != hash {
                return None;
            }
            // SAFETY: O2 of `obj`.
            let k = unsafe { Obj::from_borrowed(k) };
            match th.eq_simple(&k, key) {
                Some(true) => Some(Ok(Found::At(i))),
                Some(false) => None,
                None => match th.eq(&k, key) {
                    Err(e) => Some(Err(e)),
                    // The table may be gone: it must not be looked at again.
                    Ok(_) if self.seq() != seq => Some(Ok(Found::Changed)),
                    Ok(true) => Some(Ok(Found::At(i))),
                    Ok(false) => None,
                },
            }
        })
    }

    /// `key in set`
    #[inline]
    pub fn contains(&self, th: &Thread, key: &Obj, hash: u64) -> Res<bool> {
        if let Some(t) = self.table()
            && let Some(there) = t.has_quick(th, key.value(), hash)
        {
            return Ok(there);
        }
        loop {
            match self.find(th, key, hash)? {
                Found::At(_) => return Ok(true),
                Found::No(_) => return Ok(false),
                Found::Changed => {}
            }
        }
    }

    /// Moves the items into a table of more than `want` places (S2 held).
    fn resize(&self, th: &Thread, head: &Header, want: usize) -> Res<()> {
        let size = (want + 1).next_power_of_two().max(MIN_SIZE);
        let new = Table::new(th, size)?;
        let old = self.table.load(Ordering::Relaxed);
        // SAFETY: the new table is ours; the old one is readable and changed by nobody else (S2).
        unsafe {
            if let Some(o) = old.as_ref() {
                for (_, h, k) in o.live() {
                    (*new).put(h, k);
                }
            }
            self.table.store(new, Ordering::Release);
            self.bump();
            retire(th, head, old);
        }
        Ok(())
    }

    /// Puts in a key that is known to be absent (S2 held).
    fn put_locked(&self, th: &Thread, head: &Header, hash: u64, key: &Obj) -> Res<()> {
        // Crowded here means that an earlier resize failed (S5).
        if self.table().is_none_or(|t| t.crowded()) {
            self.more_room(th, head)?;
        }
        let Some(t) = self.table() else { return Ok(()) };
        t.put(hash, own_published(Some(key.clone())));
        self.added(th, head, t)
    }
    /// What follows when a key was put into the table (S2 held).
    #[inline(always)]
    fn added(&self, th: &Thread, head: &Header, t: &Table) -> Res<()> {
        let used = self.used.load(Ordering::Relaxed) + 1;
        self.used.store(used, Ordering::Release);
        self.bump();
        if t.crowded() {
            self.more_room(th, head)?;
        }
        Ok(())
    }
    /// Moves the items into a table with room for as many again (S2 held).
    fn more_room(&self, th: &Thread, head: &Header) -> Res<()> {
        let used = self.len();
        self.resize(th, head, if used > 50_000 { used * 2 } else { used * 4 })
    }

    /// `set.add(key)`; whether it was new.
    pub fn add(&self, th: &Thread, head: &Header, key: &Obj, hash: u64) -> Res<bool> {
        if let Some(new) = self.add_quick(th, head, key, hash) {
            return new;
        }
        loop {
            let seq = self.seq();
            let place = match self.find(th, key, hash)? {
                Found::At(_) => return Ok(false),
                Found::Changed => continue,
                Found::No(i) => i,
            };
            let guard = th.lock_briefly(head);
            if self.seq() != seq {
                drop(guard);
                continue;
            }
            match self.table() {
                // The place is still free: nothing has changed since it was found.
                Some(t) if !t.crowded() => {
                    t.put_at(place, hash, own_published(Some(key.clone())));
                    self.added(th, head, t)?;
                }
                _ => self.put_locked(th, head, hash, key)?,
            }
            return Ok(true);
        }
    }

    /// `set.discard(key)`: the key that was removed.
    pub fn remove(&self, th: &Thread, head: &Header, key: &Obj, hash: u64) -> Res<Option<Obj>> {
        loop {
            let seq = self.seq();
            let i = match self.find(th, key, hash)? {
                Found::At(i) => i,
                Found::Changed => continue,
                Found::No(_) => return Ok(None),
            };
            let guard = th.lock(head);
            if self.seq() != seq {
                drop(guard);
                continue;
            }
            return Ok(self.table().and_then(|t| self.take_at(t, i)));
        }
    }

    /// Removes the key of entry `i` (S2 held).
    fn take_at(&self, t: &Table, i: usize) -> Option<Obj> {
        let e = t.entry(i);
        let k = e.key.load(Ordering::Relaxed);
        if k <= DUMMY {
            return None;
        }
        e.key.store(DUMMY, Ordering::Release);
        self.used
            .store(self.len().saturating_sub(1), Ordering::Release);
        self.bump();
        // SAFETY: the entry owned it.
        unsafe { Obj::from_value_opt(Value(k)) }
    }

    /// `set.pop()`
    pub fn pop(&self, th: &Thread, head: &Header) -> Option<Obj> {
        let _guard = th.lock(head);
        let t = self.table()?;
        if self.is_empty() {
            return None;
        }
        let start = self.finger.load(Ordering::Relaxed) & t.mask;
        for n in 0..=t.mask {
            let i = (start + n) & t.mask;
            if t.entry(i).key.load(Ordering::Relaxed) > DUMMY {
                self.finger.store(i + 1, Ordering::Relaxed);
                return self.take_at(t, i);
            }
        }
        None
    }

    /// `set.clear()`
    pub fn clear(&self, th: &Thread, head: &Header) {
        let old = {
            let _guard = th.lock(head);
            self.used.store(0, Ordering::Release);
            let old = self.table.swap(null_mut(), Ordering::AcqRel);
            self.bump();
            old
        };
        // SAFETY: the table is no longer reachable from the set; its counts are given up once.
        unsafe { release_all(th, head, old) };
    }

    /// Exchanges the items with those of a table that nobody else knows, unless `seq` is given and not the present one.
    /// Says whether it has.
    pub fn swap_with(
        &self,
        th: &Thread,
        head: &Header,
        other: &mut SetTable,
        seq: Option<u32>,
    ) -> bool {
        let _guard = th.lock(head);
        if seq.is_some_and(|seq| seq != self.seq()) {
            return false;
        }
        let mine = self.table.swap(*other.table.get_mut(), Ordering::AcqRel);
        *other.table.get_mut() = mine;
        let used = self.used.swap(*other.used.get_mut(), Ordering::AcqRel);
        *other.used.get_mut() = used;
        self.bump();
        true
    }

    /// The next item at or after place `*pos`, which moves on, and its hash.
    #[inline]
    pub fn next_item(&self, pos: &mut usize) -> Option<(u64, Obj)> {
        let t = self.table()?;
        while *pos <= t.mask {
            let e = t.entry(*pos);
            *pos += 1;
            let k = e.key.load(Ordering::Acquire);
            if k > DUMMY {
                // SAFETY: O2 of `obj`.
                return Some((e.hash.load(Ordering::Relaxed), unsafe {
                    Obj::from_borrowed(Value(k))
                }));
            }
        }
        None
    }

    /// All items at one moment, without their hashes.
    pub fn items_now(&self, th: &Thread, head: &Header) -> Vec<Obj> {
        let _guard = th.lock_briefly(head);
        let mut items = Vec::with_capacity(self.len());
        if let Some(t) = self.table() {
            // SAFETY: a live item (S2).
            items.extend(t.live().map(|(_, _, k)| unsafe { Obj::from_borrowed(k) }));
        }
        items
    }

    /// All items at one moment.
    pub fn snapshot(&self, th: &Thread, head: &Header) -> Snapshot {
        let _guard = th.lock(head);
        let mut s = Snapshot {
            items: Vec::with_capacity(self.len()),
            places: None,
        };
        if let Some(t) = self.table() {
            let clean = t.fill.load(Ordering::Relaxed) == self.len();
            let mut places = Vec::with_capacity(if clean { self.len() } else { 0 });
            for (i, h, k) in t.live() {
                // SAFETY: a live item (S2).
                s.items.push((h, unsafe { Obj::from_borrowed(k) }));
                if clean {
                    places.push(i);
                }
            }
            if clean {
                s.places = Some((t.mask, places));
            }
        }
        s
    }

    /// Adds all items of a snapshot.
    pub fn merge(&self, th: &Thread, head: &Header, from: &Snapshot) -> Res<()> {
        if from.items.is_empty() {
            return Ok(());
        }
        {
            let _guard = th.lock(head);
            let fill = self.table().map_or(0, |t| t.fill.load(Ordering::Relaxed));
            let mask = self.table().map_or(MIN_SIZE - 1, |t| t.mask);
            if (fill + from.items.len()) * 5 >= mask * 3 {
                self.resize(th, head, (self.len() + from.items.len()) * 2)?;
            } else if fill == 0 && self.table().is_none() {
                self.resize(th, head, 0)?;
            }
            if let Some(t) = self.table()
                && t.fill.load(Ordering::Relaxed) == 0
            {
                match &from.places {
                    Some((mask, places)) if *mask == t.mask => {
                        for ((h, k), i) in from.items.iter().zip(places) {
                            let e = t.entry(*i);
                            e.hash.store(*h, Ordering::Relaxed);
                            e.key
                                .store(own_published(Some(k.clone())).0, Ordering::Release);
                        }
                        t.fill.store(places.len(), Ordering::Relaxed);
                    }
                    _ => {
                        for (h, k) in &from.items {
                            t.put(*h, own_published(Some(k.clone())));
                        }
                    }
                }
                self.used.store(from.items.len(), Ordering::Release);
                self.bump();
                return Ok(());
            }
        }
        for (h, k) in &from.items {
            self.add(th, head, k, *h)?;
        }
        Ok(())
    }

    /// Makes room for `more` items that are about to come from a dict.
    pub fn reserve(&self, th: &Thread, head: &Header, more: usize) -> Res<()> {
        let _guard = th.lock(head);
        let fill = self.table().map_or(0, |t| t.fill.load(Ordering::Relaxed));
        let mask = self.table().map_or(MIN_SIZE - 1, |t| t.mask);
        if (fill + more) * 5 >= mask * 3 {
            self.resize(th, head, (self.len() + more) * 2)
        } else {
            Ok(())
        }
    }

    /// Bytes of the table.
    pub fn bytes(&self) -> usize {
        self.table().map_or(0, |t| Table::bytes(t.mask + 1))
    }
}

impl Default for SetTable {
    fn default() -> Self {
        SetTable::new()
    }
}

/// Frees a table that no set points to any more, after a grace period in Multi (S3).
unsafe fn retire(th: &Thread, head: &Header, t: *mut Table) {
    if t.is_null() {
        return;
    }
    // SAFETY: the caller's promise.
    let bytes = Table::bytes(unsafe { (*t).mask } + 1);
    // SAFETY: nothing points to it any more, as the caller says; allocated with this layout.
    unsafe { th.retire_bytes_of(head, t.cast(), bytes, heap::free_array) };
}

/// Gives up the counts of a table that no set points to any more, and frees it.
unsafe fn release_all(th: &Thread, head: &Header, t: *mut Table) {
    // SAFETY: the caller's promise; the words are copied out first, since dropping may run Python, and so poll.
    unsafe {
        if let Some(table) = t.as_ref() {
            let words: Vec<Value> = table.live().map(|(_, _, k)| k).collect();
            retire(th, head, t);
            for k in words {
                drop(Obj::from_value_opt(k));
            }
        }
    }
}

impl Drop for SetTable {
    fn drop(&mut self) {
        let t = self.table.load(Ordering::Relaxed);
        // SAFETY: nobody else refers to the set; it owns its items.
        unsafe {
            if let Some(table) = t.as_ref() {
                let mut left = self.used.load(Ordering::Relaxed);
                for e in table.entries() {
                    if left == 0 {
                        break;
                    }
                    let k = Value(e.key.load(Ordering::Relaxed));
                    if k.0 > DUMMY {
                        left -= 1;
                        drop(Obj::from_value(k));
                    }
                }
                heap::free_array(t.cast(), Table::bytes(table.mask + 1));
            }
        }
    }
}

/// A set or frozenset, seen through its table.
#[derive(Clone, Copy)]
pub struct SetRef<'a> {
    /// The items.
    pub table: &'a SetTable,
    /// The header of its object.
    pub head: &'a Header,
    /// Whether it is a frozenset.
    pub frozen: bool,
}

impl<'a> SetRef<'a> {
    /// The set that `o` is (subclasses included).
    #[inline]
    pub fn of(o: &'a Obj) -> Option<SetRef<'a>> {
        if let Some(s) = o.cast::<Set>() {
            return Some(SetRef {
                table: &s.table,
                head: s.head(),
                frozen: false,
            });
        }
        let s: &Py<FrozenSet> = o.cast::<FrozenSet>()?;
        Some(SetRef {
            table: &s.table,
            head: s.head(),
            frozen: true,
        })
    }
    /// The set that `o` is, if it is exactly a set or a frozenset.
    #[inline(always)]
    pub fn of_exact(o: &'a Obj) -> Option<SetRef<'a>> {
        let (table, head, frozen) = match o.exact::<Set>() {
            Some(s) => (&s.table, s.head(), false),
            None => {
                let s = o.exact::<FrozenSet>()?;
                (&s.table, s.head(), true)
            }
        };
        Some(SetRef {
            table,
            head,
            frozen,
        })
    }
    /// All items at one moment.
    pub fn snapshot(&self, th: &Thread) -> Snapshot {
        self.table.snapshot(th, self.head)
    }
    /// `key in set`
    pub fn contains(&self, th: &Thread, key: &Obj, hash: u64) -> Res<bool> {
        self.table.contains(th, key, hash)
    }
}
