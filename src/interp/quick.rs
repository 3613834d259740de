//! Fast paths of the loop that are longer than a line or two: inlined into it. `false`, or an empty word: it takes the slow
//! way; nothing has happened.
//!
//! Each is called for the running record `f` with registers `base`, as `run::execute` runs the instruction.

use super::at::At;
use super::attr;
use super::reg::{self, inc, kill, set};
use crate::object::cache::Found;
use crate::object::code::Site;
use crate::object::dict::Dict;
use crate::object::frame::{Frame, Generator, NO_DELEGATE};
use crate::object::list::List;
use crate::object::type_ids::TypeId;
use crate::object::{Py, Value};
use crate::runtime::thread::{Overwriting, Thread};
use threadsnake_front::instr::{KILL_A, KILL_B, KILL_C};
use threadsnake_threads::header::Header;
use threadsnake_threads::lock::ObjectLock;
use threadsnake_threads::refcount;
use threadsnake_threads::sync::atomic::Ordering;

/// A register's word for a place of its own: taken out where the instruction kills it, else counted.
#[inline(always)]
unsafe fn moved(th: &Thread, i: At<'_>, bit: u8, p: *mut Value) -> Value {
    // SAFETY: a full register of the running frame.
    unsafe {
        let v = *p;
        if i.k() & bit != 0 {
            *p = Value::EMPTY;
        } else {
            inc(th, v);
        }
        v
    }
}

/// `GetAwaitable` of a coroutine that nobody awaits: it is its own iterator.
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn own_awaitable(th: &Thread, base: *mut Value, i: At<'_>) -> bool {
    // SAFETY: the caller's promise: a full register; the shape is a coroutine's.
    unsafe {
        let p = base.add(i.b());
        let o = reg::obj(p);
        if o.shape_id() != TypeId::Coroutine.root_shape()
            || o.cast_unchecked::<Generator>()
                .delegate
                .load(Ordering::Relaxed)
                != NO_DELEGATE
        {
            return false;
        }
        let v = moved(th, i, KILL_B, p);
        set(th, base.add(i.a()), v);
        true
    }
}

/// What a global's or builtin's site finds by the numbers of its tables; borrowed.
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn global(f: *mut Frame, site: &Site) -> Value {
    // SAFETY: the caller's promise; globals and builtins of a record are dicts.
    unsafe {
        let globals = reg::obj(&(*f).globals).cast_unchecked::<Dict>();
        let w = site.a.load(Ordering::Acquire);
        if w != 0 {
            let v = globals.cached_value((w >> 32) as u32, w as u32);
            if !v.is_empty() {
                return v;
            }
        }
        let c = site.c.load(Ordering::Acquire);
        let b = site.b.load(Ordering::Acquire);
        if c != 0 && globals.is_still_absent(c as u32) {
            let builtins = reg::obj(&(*f).builtins).cast_unchecked::<Dict>();
            return builtins.cached_value((b >> 32) as u32, b as u32);
        }
        Value::EMPTY
    }
}

/// `LoadMethod` of a function that an inline cache finds.
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn load_method(th: &Thread, base: *mut Value, i: At<'_>, site: &Site) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let v = *base.add(i.b());
        if !v.is_ptr() {
            return false;
        }
        let shape = (*(v.0 as *const Header)).shape.load(Ordering::Acquire);
        let Some(e) = attr::find(site, shape).filter(|e| e.found == Found::Method) else {
            return false;
        };
        let Some(m) = &e.value else {
            return false;
        };
        let m = m.value();
        inc(th, m);
        let me = moved(th, i, KILL_B, base.add(i.b()));
        set(th, base.add(i.a()), m);
        set(th, base.add(i.a() + 1), me);
        true
    }
}

/// `StoreAttr` to a slot that an inline cache finds. The pc is up to date.
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn store_attr(th: &Thread, base: *mut Value, i: At<'_>, site: &Site) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let v = *base.add(i.a());
        if !v.is_ptr() {
            return false;
        }
        let shape = (*(v.0 as *const Header)).shape.load(Ordering::Acquire);
        let Some(e) = attr::find(site, shape) else {
            return false;
        };
        // Every entry of a store has an offset.
        let x = moved(th, i, KILL_B, base.add(i.b()));
        let head = &*(v.0 as *const Header);
        // Alone with it, the shape is looked at again: who had a reference until just now may have changed it.
        let alone = || {
            refcount::private_count(head, th.rec()) == 1
                && head.shape.load(Ordering::Relaxed) == shape
        };
        if !th.multi() || alone() {
            attr::store_single(th, v, e, x);
        } else if let Err(x) = attr::store_locked(th, v, e, x) {
            // Its shape has changed meanwhile: the slow way, with the operand where it was.
            let src = base.add(i.b());
            if i.k() & KILL_B != 0 {
                *src = x;
            } else {
                reg::dec(th, x);
            }
            return false;
        }
        if i.k() & KILL_A != 0 {
            kill(th, base.add(i.a()));
        }
        true
    }
}

/// `SetItem` of an exact list by an int in range. The pc is up to date.
///
/// # Safety
/// See the module.
#[inline(always)]
pub unsafe fn set_item(th: &Thread, base: *mut Value, i: At<'_>) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let o = reg::obj(base.add(i.a()));
        let k = *base.add(i.b());
        if !k.is_int() || !o.is_exact::<List>() {
            return false;
        }
        let l = o.cast_unchecked::<List>();
        let n = k.as_int();
        if th.multi() {
            return set_item_locked(th, base, i, l, n);
        }
        let old = put_item(th, base, i, l, n, &Overwriting::Alone);
        item_put(th, base, i, old)
    }
}

/// [`set_item`] in Multi.
///
/// # Safety
/// As [`set_item`].
#[inline(never)]
unsafe fn set_item_locked(th: &Thread, base: *mut Value, i: At<'_>, l: &Py<List>, n: i64) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let put_own = || put_item(th, base, i, l, n, &Overwriting::Alone);
        let old = match ObjectLock::with_own(l.head(), th.rec(), put_own) {
            Some(old) => old,
            None => put_item(th, base, i, l, n, &th.overwriting(l.head())),
        };
        item_put(th, base, i, old)
    }
}

/// Puts the item into its place, and gives what was there; `None`: there is no such place. `way`: what keeps others away from
/// the list meanwhile.
///
/// # Safety
/// As [`set_item`].
#[inline(always)]
unsafe fn put_item(
    th: &Thread,
    base: *mut Value,
    i: At<'_>,
    l: &Py<List>,
    n: i64,
    way: &Overwriting<'_>,
) -> Option<Value> {
    // SAFETY: the caller's promise.
    unsafe {
        let at = if n < 0 { n + l.len() as i64 } else { n };
        let slot = l.slot_single(at)?;
        let x = moved(th, i, KILL_C, base.add(i.c()));
        attr::publish_word(x);
        Some(Value(way.replace(slot, x.0)))
    }
}

/// Ends a [`set_item`]: nobody is kept away from the list any more. Whether it was done.
///
/// # Safety
/// As [`set_item`]; the list owned `old`.
#[inline(always)]
unsafe fn item_put(th: &Thread, base: *mut Value, i: At<'_>, old: Option<Value>) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(old) = old else {
            return false;
        };
        reg::dec(th, old);
        if i.k() & KILL_A != 0 {
            kill(th, base.add(i.a()));
        }
        true
    }
}
