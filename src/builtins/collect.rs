//! The cycle collector: finds unreachable cycles by subtracting internal references from counts, with the world stopped,
//! and finalises them after it runs again.
//!
//! 1. *Stop.* Every object that can own references gets its count noted in a side table. Objects whose count is zero, or
//!    that are in a limbo, are on their way out already: they are roots, and are left alone.
//! 2. Each reference that an object owns takes one off the count of what it refers to. What is left above zero is
//!    referred to from outside (registers, native code, the runtime): those are roots, and all that they reach stays.
//! 3. The rest is garbage. It is counted once more (so that it is ours), and its weak references are killed.
//! 4. *Go.* Callbacks of weak references run, then finalisers (PEP 442), in no lock.
//! 5. If a finaliser ran: a second stop looks whether anything of the garbage is referred to from outside it now. That,
//!    and what it reaches, lives on.
//! 6. The contents of the rest are cleared, and our counts given up.
//!
//! A collection is due when the heaps have grown by a part of what was alive after the last one: the work is linear in
//! what is allocated, whatever the program does.
//!
//! Invariants
//! - C1: `Native::traverse` visits each reference that a payload owns exactly once, and nothing that it does not own.
//! - C2: nothing is dropped and no Python runs in a stop.
//! - C3: one collection at a time (`busy`).

use crate::object::def::type_flags;
use crate::object::dict::Dict;
use crate::object::heap::PAGE;
use crate::object::list::List;
use crate::object::shape::{NO_ATTRS, Shape};
use crate::object::tuple::Tuple;
use crate::object::types::Type;
use crate::object::{Native, Obj, Value, instance};
use crate::runtime::thread::Thread;
use foldhash::HashMap;
use std::mem::ManuallyDrop;
use threadsnake_threads::header::{FINALIZED, HAS_WEAKREF, Header};
use threadsnake_threads::record;
use threadsnake_threads::refcount;
use threadsnake_threads::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Pages that may be taken between two collections at least.
const MIN_PAGES: usize = 24;

/// State of the collector of a runtime.
pub struct Collector {
    /// `gc.enable`
    pub enabled: AtomicBool,
    busy: AtomicBool,
    taken: AtomicUsize,
    due: AtomicUsize,
    /// Collections so far.
    pub runs: AtomicUsize,
    /// Objects collected so far.
    pub collected: AtomicUsize,
}

impl Default for Collector {
    fn default() -> Self {
        Collector {
            enabled: AtomicBool::new(true),
            busy: AtomicBool::new(false),
            taken: AtomicUsize::new(0),
            due: AtomicUsize::new(MIN_PAGES),
            runs: AtomicUsize::new(0),
            collected: AtomicUsize::new(0),
        }
    }
}

/// The collector of the thread's runtime.
pub fn collector(th: &Thread) -> &Collector {
    &th.rt().collector
}

/// Called when a heap has taken a page: asks for a collection where one is due.
#[cold]
pub fn page_taken(th: &Thread) {
    let c = collector(th);
    let n = c.taken.fetch_add(1, Ordering::Relaxed) + 1;
    if n >= c.due.load(Ordering::Relaxed) && c.enabled.load(Ordering::Relaxed) {
        th.rec().request(record::COLLECT);
    }
}

/// Runs a collection if enough objects have been allocated since the last one.
pub fn collect_if_due(th: &Thread) {
    let c = collector(th);
    if c.taken.load(Ordering::Relaxed) >= c.due.load(Ordering::Relaxed)
        && c.enabled.load(Ordering::Relaxed)
        && th.destroying.get() == 0
    {
        crate::modules::gc::collect(th, 2);
    }
}

const UNTRACKED: i32 = i32::MIN;
const REACHED: i32 = i32::MAX;
const CELLS: usize = PAGE / 16;

/// Pages whose stretch is found without hashing: references lead from page to page all the time.
const RECENT: usize = 1024;

/// A number for each object, by address.
struct Side {
    pages: HashMap<usize, usize>,
    large: HashMap<usize, usize>,
    numbers: Vec<i32>,
    /// Pages and where their stretches begin, the page found last of all that share a place; 0 is no page.
    recent: Box<[(usize, usize)]>,
}

impl Default for Side {
    fn default() -> Self {
        Side {
            pages: HashMap::default(),
            large: HashMap::default(),
            numbers: Vec::new(),
            recent: vec![(0, 0); RECENT].into_boxed_slice(),
        }
    }
}

impl Side {
    /// The place of an object, made if it is new. Objects of a page share a stretch; others have a place each.
    fn enter(&mut self, addr: usize, small: bool) -> usize {
        if small {
            let page = addr & !(PAGE - 1);
            let known = self.recent[page / PAGE % RECENT];
            let base = if known.0 == page {
                known.1
            } else {
                let next = self.numbers.len();
                let base = *self.pages.entry(page).or_insert(next);
                if base == next {
                    self.numbers.resize(next + CELLS, UNTRACKED);
                }
                self.recent[page / PAGE % RECENT] = (page, base);
                base
            };
            base + (addr & (PAGE - 1)) / 16
        } else {
            let i = self.numbers.len();
            self.numbers.push(UNTRACKED);
            self.large.insert(addr, i);
            i
        }
    }
    #[inline(always)]
    fn find(&mut self, addr: usize) -> Option<usize> {
        let page = addr & !(PAGE - 1);
        let known = self.recent[page / PAGE % RECENT];
        if known.0 == page {
            return Some(known.1 + (addr & (PAGE - 1)) / 16);
        }
        self.find_far(addr, page)
    }
    #[inline(never)]
    fn find_far(&mut self, addr: usize, page: usize) -> Option<usize> {
        if let Some(&base) = self.pages.get(&page) {
            self.recent[page / PAGE % RECENT] = (page, base);
            return Some(base + (addr & (PAGE - 1)) / 16);
        }
        self.large.get(&addr).copied()
    }
}

/// The shape of an object at `h`.
unsafe fn shape_of(th: &Thread, h: *const Header) -> &Shape {
    // SAFETY: the caller's: a live object.
    th.shapes()
        .get(unsafe { (*h).shape.load(Ordering::Relaxed) })
}

/// Whether an object can own references.
fn can_refer(s: &Shape) -> bool {
    s.layout().traverse.is_some() || s.attr_offset != NO_ATTRS
}

/// Visits the references that an object owns.
///
/// # Safety
/// The object is alive and the world is stopped.
unsafe fn visit_all(th: &Thread, h: *const Header, f: &mut dyn FnMut(Value)) {
    // SAFETY: the caller's.
    unsafe { visit_each(th, h, &mut |v| f(v)) }
}

/// As [`visit_all`], for a visitor that is known: most references are items of lists, tuples and dicts, or attributes.
///
/// # Safety
/// As [`visit_all`].
#[inline(always)]
unsafe fn visit_each(th: &Thread, h: *const Header, f: &mut impl FnMut(Value)) {
    // SAFETY: the caller's; the layout says what the payload is.
    unsafe {
        let s = shape_of(th, h);
        let (layout, payload) = (s.layout(), (h as *const u8).add(16));
        if std::ptr::eq(layout, List::LAYOUT) {
            (*payload.cast::<List>()).visit_items(f);
        } else if std::ptr::eq(layout, Tuple::LAYOUT) {
            for o in (*payload.cast::<Tuple>()).items() {
                f(o.value());
            }
        } else if std::ptr::eq(layout, Dict::LAYOUT) {
            (*payload.cast::<Dict>()).visit_items(f);
        } else if let Some(t) = layout.traverse {
            t(payload, f);
        }
        instance::traverse(h, s, f);
    }
}

/// Whether the collector must leave an object alone: it is on its way out, or never goes.
fn settled(h: &Header) -> bool {
    h.is_immortal()
        || refcount::total(h) <= 0
        || h.shared.load(Ordering::Relaxed) & refcount::LIMBO != 0
}

/// Every object that can own references, in the hands of nobody new.
///
/// # Safety
/// The world is stopped.
unsafe fn each_object(th: &Thread, f: &mut dyn FnMut(*const Header, bool)) {
    th.rt().each_heap(|heap| {
        // SAFETY: stopped.
        unsafe {
            heap.each(&mut |p, small| {
                let h = p.as_ptr().cast_const().cast::<Header>();
                let s = shape_of(th, h);
                if s.type_raw().is_empty() || !can_refer(s) {
                    return;
                }
                f(h, small);
            });
        }
    });
}

/// What lives and is yet to be finalised. Much quicker than a collection.
pub fn unfinalised(th: &Thread) -> Vec<Obj> {
    th.rt().domain.stop_the_world(th.rec(), |_| {
        let mut found = Vec::new();
        // SAFETY: stopped.
        unsafe {
            each_object(th, &mut |h, _| {
                let head = &*h;
                if head.has(FINALIZED) || refcount::total(head) <= 0 {
                    return;
                }
                let o = ManuallyDrop::new(Obj::from_value(Value(h as u64)));
                if th.type_of(&o).has(type_flags::HAS_DEL) && !settled(head) {
                    refcount::inc(head, th.rec());
                    found.push(ManuallyDrop::into_inner(o));
                }
            });
        }
        found
    })
}

/// Finalises an object that lives on, once.
pub fn finalise(th: &Thread, o: &Obj) {
    let Some(h) = o.header().filter(|h| !h.has(FINALIZED)) else {
        return;
    };
    h.set(FINALIZED);
    th.run_finaliser(th.type_of(o), o);
}

/// What a stop found.
struct Garbage {
    objects: Vec<Obj>,
    callbacks: Vec<(Obj, Obj)>,
    /// Callbacks of references that are garbage themselves: not called.
    silent: Vec<(Obj, Obj)>,
    live_pages: usize,
}

fn find_garbage(th: &Thread) -> Garbage {
    th.rt().domain.stop_the_world(th.rec(), |world| {
        // Counts that are split among the threads are put together first.
        th.rt().domain.join_split(th.rec(), world);
        let mut side = Side::default();
        let mut all: Vec<(*const Header, usize)> = Vec::new();
        // SAFETY: stopped.
        unsafe {
            each_object(th, &mut |h, small| {
                let i = side.enter(h as usize, small);
                let head = &*h;
                side.numbers[i] = if settled(head) {
                    REACHED
                } else {
                    refcount::total(head)
                };
                // What is being destroyed may have given up some of its references already: it is not asked, so what
                // it still holds counts as held from outside.
                if head.is_immortal() || refcount::total(head) > 0 {
                    all.push((h, i));
                }
            });
            // Containers often hold the same thing many times over.
            let mut last = (Value::EMPTY, 0);
            for &(h, _) in &all {
                visit_each(th, h, &mut |v| {
                    if !v.is_ptr() {
                        return;
                    }
                    if v != last.0 {
                        let Some(i) = side.find(v.0 as usize) else {
                            return;
                        };
                        last = (v, i);
                    }
                    let n = side.numbers[last.1];
                    if n != REACHED && n != UNTRACKED {
                        side.numbers[last.1] = n - 1;
                    }
                });
            }
            // What is left above zero is held from outside; below zero means that C1 does not hold: keep it.
            let mut work: Vec<*const Header> = Vec::new();
            for &(h, i) in &all {
                if side.numbers[i] != 0 {
                    side.numbers[i] = REACHED;
                    work.push(h);
                }
            }
            let mut last = Value::EMPTY;
            while let Some(h) = work.pop() {
                visit_each(th, h, &mut |v| {
                    if !v.is_ptr() || v == last {
                        return;
                    }
                    last = v;
                    if let Some(i) = side.find(v.0 as usize) {
                        let n = side.numbers[i];
                        if n != REACHED && n != UNTRACKED {
                            side.numbers[i] = REACHED;
                            work.push(v.0 as *const Header);
                        }
                    }
                });
            }
            let mut g = Garbage {
                objects: Vec::new(),
                callbacks: Vec::new(),
                silent: Vec::new(),
                live_pages: side.pages.len(),
            };
            for &(h, i) in &all {
                if side.numbers[i] == 0 {
                    refcount::inc(&*h, th.rec());
                    g.objects.push(Obj::from_value(Value(h as u64)));
                }
            }
            for o in &g.objects {
                let Some(h) = o.header() else { continue };
                if h.has(HAS_WEAKREF) {
                    for (cb, r) in th
                        .rt()
                        .weakrefs
                        .object_dies_stopped(o.value().0, &mut g.silent)
                    {
                        let dead = side
                            .find(r.value().0 as usize)
                            .is_some_and(|i| side.numbers[i] == 0);
                        if dead {
                            g.silent.push((cb, r));
                        } else {
                            g.callbacks.push((cb, r));
                        }
                    }
                }
            }
            g
        }
    })
}

/// Of garbage whose finalisers have run: takes out what is referred to from outside it now, and what that reaches.
fn take_revived(th: &Thread, objects: &mut Vec<Obj>) -> Vec<Obj> {
    let keep: Vec<bool> = th.rt().domain.stop_the_world(th.rec(), |world| {
        th.rt().domain.join_split(th.rec(), world);
        let index: HashMap<u64, usize> = objects
            .iter()
            .enumerate()
            .map(|(i, o)| (o.value().0, i))
            .collect();
        let mut n: Vec<i32> = objects
            .iter()
            .map(|o| o.header().map_or(0, refcount::total) - 1)
            .collect();
        let mut keep = vec![false; n.len()];
        let mut work = Vec::new();
        // SAFETY: stopped; the objects are ours.
        unsafe {
            for o in objects.iter() {
                visit_all(th, o.value().0 as *const Header, &mut |v| {
                    if let Some(&i) = index.get(&v.0) {
                        n[i] -= 1;
                    }
                });
            }
            for i in 0..n.len() {
                if n[i] != 0 {
                    keep[i] = true;
                    work.push(i);
                }
            }
            while let Some(i) = work.pop() {
                visit_all(th, objects[i].value().0 as *const Header, &mut |v| {
                    if let Some(&j) = index.get(&v.0) {
                        if !keep[j] {
                            keep[j] = true;
                            work.push(j);
                        }
                    }
                });
            }
        }
        keep
    });
    let mut revived = Vec::new();
    let mut rest = Vec::new();
    for (o, k) in objects.drain(..).zip(keep) {
        if k {
            revived.push(o);
        } else {
            rest.push(o);
        }
    }
    *objects = rest;
    revived
}

/// Runs a collection; gives the number of unreachable objects found.
pub fn collect(th: &Thread) -> usize {
    let c = collector(th);
    // C3
    if c.busy.swap(true, Ordering::AcqRel) {
        return 0;
    }
    let g = find_garbage(th);
    let n = g.objects.len();
    c.runs.fetch_add(1, Ordering::Relaxed);
    c.collected.fetch_add(n, Ordering::Relaxed);
    c.taken.store(0, Ordering::Relaxed);
    c.due
        .store((g.live_pages / 2).max(MIN_PAGES), Ordering::Relaxed);
    let Garbage {
        mut objects,
        callbacks,
        silent,
        ..
    } = g;
    drop(silent);
    // A signal that came meanwhile: a callback or finaliser that ran its handler would swallow what that raises.
    let asked = th.rec().guard.load(Ordering::Relaxed) & (record::INTERRUPT | record::PENDING);
    th.rec().take(asked);
    let raised = super::signals::run_pending(th, asked).err();
    th.run_weakref_callbacks(callbacks);
    let mut ran = false;
    for o in &objects {
        let t = th.type_of(o);
        let Some(h) = o.header() else { continue };
        if t.has(type_flags::HAS_DEL) && !h.has(FINALIZED) {
            h.set(FINALIZED);
            ran = true;
            th.run_finaliser(t, o);
        }
    }
    if ran {
        drop(take_revived(th, &mut objects));
    }
    for o in &objects {
        clear(th, o);
    }
    drop(objects);
    c.busy.store(false, Ordering::Release);
    if let Some(e) = raised {
        th.raise_later(e);
    }
    n
}

/// Breaks the cycles through an object of the garbage.
fn clear(th: &Thread, o: &Obj) {
    if th.type_of(o).obj().cast::<Type>().is_none() {
        return;
    }
    let h = o.value().0 as *const Header;
    let mut taken = Vec::new();
    // SAFETY: garbage, and ours; its shape and type are alive.
    unsafe {
        let s = shape_of(th, h);
        (s.layout().clear)((h as *const u8).add(16), th);
        instance::take_all(h, s, &mut |o| taken.push(o));
    }
    drop(taken);
}

// --- for module gc

/// Whether an object can own references.
pub fn is_tracked(th: &Thread, o: &Obj) -> bool {
    o.header().is_some() && can_refer(th.shapes().get(o.shape_id()))
}

/// New references to all live objects that can own references and for which `f` says so.
pub fn select(th: &Thread, f: &dyn Fn(&Obj) -> bool) -> Vec<Obj> {
    th.rt().domain.stop_the_world(th.rec(), |_| {
        let mut out = Vec::new();
        // SAFETY: stopped; what is counted here is alive.
        unsafe {
            each_object(th, &mut |h, _| {
                let head = &*h;
                if !head.is_immortal() && settled(head) {
                    return;
                }
                let o = ManuallyDrop::new(Obj::from_value(Value(h as u64)));
                if f(&o) {
                    out.push(Obj::from_borrowed(o.value()));
                }
            });
        }
        out
    })
}

/// New references to what an object refers to.
pub fn referents(th: &Thread, o: &Obj) -> Vec<Obj> {
    if !is_tracked(th, o) {
        return Vec::new();
    }
    th.rt().domain.stop_the_world(th.rec(), |_| {
        let mut out = Vec::new();
        // SAFETY: stopped; alive by the caller's reference.
        unsafe {
            visit_all(th, o.value().0 as *const Header, &mut |v| {
                if v.is_ptr() {
                    out.push(Obj::from_borrowed(v));
                }
            });
        }
        out
    })
}

/// Whether `o` refers to one of `targets`. In a stop only.
pub fn refers_to(th: &Thread, o: &Obj, targets: &[Obj]) -> bool {
    let mut found = false;
    // SAFETY: stopped, says the caller; alive.
    unsafe {
        visit_all(th, o.value().0 as *const Header, &mut |v| {
            found |= v.is_ptr() && targets.iter().any(|t| t.value() == v);
        });
    }
    found
}
