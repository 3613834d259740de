//! What compiled code calls to look into dicts and sets, and for `in`, where no Python is asked: the keys hash and compare
//! as numbers, texts, tuples of such, or by identity. Where Python would be asked, and where something is not there that
//! should be, the result is empty and nothing has happened. As the other helpers.

use super::{CMPOPS, OPERATORS, Operator, obj, thread};
use crate::builtins::list::find_quick;
use crate::object::bytes::Bytes;
use crate::object::dict::Dict;
use crate::object::int::BigInt;
use crate::object::list::List;
use crate::object::set::{SetRef, compare_quick};
use crate::object::slots::{BinOp, CmpOp};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::{Obj, Py, Value};
use crate::runtime::compare::hash_small;
use crate::runtime::thread::Thread;
use threadsnake_threads::record::ThreadRecord;

/// Runs a helper's body; what it does not do is left to the interpreter.
#[inline(always)]
fn tried(f: impl FnOnce() -> Option<Value>) -> u64 {
    let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
    r.ok().flatten().map_or(Value::EMPTY.0, |v| v.0)
}

/// The hash of a key that hashes, and compares with its like, without running Python.
#[inline(always)]
pub fn plain_hash(th: &Thread, key: &Obj) -> Option<u64> {
    if let Some(n) = key.as_small_int() {
        return Some(hash_small(n) as u64);
    }
    if let Some(s) = key.exact::<Str>() {
        return Some(th.hash_of_str(s));
    }
    other_hash(th, key)
}

#[inline(never)]
fn other_hash(th: &Thread, key: &Obj) -> Option<u64> {
    if let Some(t) = th.plain_tuple(key) {
        // Whether its items compare without running Python is found where they are compared.
        if let Some(h) = t.cached_hash() {
            return Some(h as u64);
        }
        if !hashes_plainly(th, t, 4) {
            return None;
        }
    } else if key.value().is_ptr() {
        return crate::interp::ops::quick_hash(th, key);
    }
    th.hash(key).ok().map(|h| h as u64)
}

/// Whether the items are numbers, texts, or tuples of such, at most so deep.
fn hashes_plainly(th: &Thread, t: &Tuple, depth: usize) -> bool {
    t.items().iter().all(|o| {
        !o.value().is_ptr()
            || o.is_exact::<Str>()
            || depth > 0
                && th
                    .plain_tuple(o)
                    .is_some_and(|t| hashes_plainly(th, t, depth - 1))
    })
}

/// Whether it is a number, a text, or a tuple of such.
fn is_plain(o: &Obj) -> bool {
    let plain = |o: &Obj| !o.value().is_ptr() || o.is_exact::<Str>();
    match o.exact::<Tuple>() {
        Some(t) => t.items().iter().all(plain),
        None => plain(o),
    }
}

/// `dict[key]`, if it is there.
///
/// # Safety
/// Called by compiled code; an exact dict.
pub unsafe extern "C" fn dict_item(rec: *const ThreadRecord, d: u64, key: u64) -> u64 {
    // SAFETY: the caller's promise.
    let (th, d, key) = unsafe { (thread(rec), obj(&d).cast_unchecked::<Dict>(), obj(&key)) };
    tried(|| {
        let found = d.get_quick(th, key, plain_hash(th, key)?)?;
        found.map(Obj::into_value)
    })
}

/// `dict.get(key, other)`
///
/// # Safety
/// Called by compiled code; an exact dict.
pub unsafe extern "C" fn dict_get(rec: *const ThreadRecord, d: u64, key: u64, other: u64) -> u64 {
    // SAFETY: the caller's promise.
    let (th, d, key) = unsafe { (thread(rec), obj(&d).cast_unchecked::<Dict>(), obj(&key)) };
    // SAFETY: a live value.
    let other = unsafe { obj(&other) };
    tried(|| {
        let found = d.get_quick(th, key, plain_hash(th, key)?)?;
        Some(found.unwrap_or_else(|| other.clone()).into_value())
    })
}

/// Whether [`dict_set`] does that.
pub fn dict_takes(th: &Thread, d: &Obj, key: &Obj) -> bool {
    let (Some(d), Some(hash)) = (d.exact::<Dict>(), plain_hash(th, key)) else {
        return false;
    };
    !d.is_watched() && matches!(d.get_quick(th, key, hash), Some(old) if is_no_object(&old))
}

fn is_no_object(old: &Option<Obj>) -> bool {
    old.as_ref().is_none_or(|o| !o.value().is_ptr())
}

/// `dict[key] = value`, where what was there is no object and nobody relies on what the dict holds.
///
/// # Safety
/// Called by compiled code; an exact dict.
pub unsafe extern "C" fn dict_set(rec: *const ThreadRecord, d: u64, key: u64, v: u64) -> u64 {
    // SAFETY: the caller's promise.
    let (th, d, key) = unsafe { (thread(rec), obj(&d).cast_unchecked::<Dict>(), obj(&key)) };
    // SAFETY: a live value.
    let v = unsafe { obj(&v) };
    tried(|| {
        let hash = plain_hash(th, key)?;
        if d.is_watched() || !is_no_object(&d.get_quick(th, key, hash)?) {
            return None;
        }
        // Another thread may have put an object there by now: it goes when all threads have come by, not here.
        d.insert_hashed(th, key, hash, v.clone()).ok()?;
        Some(Value::NONE)
    })
}

/// `set.add(key)`
///
/// # Safety
/// Called by compiled code; an exact set.
pub unsafe extern "C" fn set_add(rec: *const ThreadRecord, s: u64, key: u64) -> u64 {
    // SAFETY: the caller's promise.
    let (th, s, key) = unsafe { (thread(rec), obj(&s), obj(&key)) };
    tried(|| {
        let s = SetRef::of_exact(s)?;
        let added = s.table.add_quick(th, s.head, key, plain_hash(th, key)?)?;
        added.ok().map(|_| Value::NONE)
    })
}

/// `a OP b` of two sets that are exactly that: [`CMPOPS`] by number.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn set_compare(rec: *const ThreadRecord, a: u64, b: u64, op: u64) -> u64 {
    // SAFETY: the caller's promise.
    let (th, a, b) = unsafe { (thread(rec), obj(&a), obj(&b)) };
    tried(|| compare_sets(th, a, b, CMPOPS[op as usize]).map(Value::from_bool))
}

/// See [`set_compare`].
pub fn compare_sets(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Option<bool> {
    compare_quick(th, SetRef::of_exact(a)?, SetRef::of_exact(b)?, op)
}

/// `a & b` or `a - b` of two sets that are exactly that: [`OPERATORS`] by number.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn set_combine(rec: *const ThreadRecord, a: u64, b: u64, op: u64) -> u64 {
    // SAFETY: the caller's promise.
    let (th, a, b) = unsafe { (thread(rec), obj(&a), obj(&b)) };
    tried(|| match OPERATORS[op as usize] {
        Operator::Of(op) => combine_sets(th, a, b, op).map(Obj::into_value),
        Operator::Pow => None,
    })
}

/// See [`set_combine`].
pub fn combine_sets(th: &Thread, a: &Obj, b: &Obj, op: BinOp) -> Option<Obj> {
    let (a, b) = (SetRef::of_exact(a)?, SetRef::of_exact(b)?);
    crate::builtins::set::combine_quick(th, a, b, op)?.ok()
}

/// `a == b`, or `a != b` where `other` is set.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn equal(rec: *const ThreadRecord, a: u64, b: u64, other: u64) -> u64 {
    // SAFETY: the caller's promise.
    let (th, a, b) = unsafe { (thread(rec), obj(&a), obj(&b)) };
    tried(|| is_equal(th, a, b).map(|e| Value::from_bool(e != (other != 0))))
}

/// `a == b` of what is equal to itself, and asks no Python.
pub fn is_equal(th: &Thread, a: &Obj, b: &Obj) -> Option<bool> {
    let known = |o: &Obj| {
        let v = o.value();
        let text = || o.is_exact::<Str>() || o.is_exact::<Bytes>() || o.is_exact::<Tuple>();
        !v.is_float() && (!v.is_ptr() || text() || o.is_exact::<BigInt>())
    };
    (known(a) && known(b)).then(|| th.eq_quick(a, b)).flatten()
}

/// `min(set)` or `max(set)` of a set that is exactly that, of inline integers: the operator that a better item fulfils, by
/// number.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn extreme(_rec: *const ThreadRecord, s: u64, op: u64) -> u64 {
    // SAFETY: the caller's promise.
    let s = unsafe { obj(&s) };
    tried(|| extreme_of(s, CMPOPS[op as usize]))
}

/// See [`extreme`].
pub fn extreme_of(s: &Obj, op: CmpOp) -> Option<Value> {
    Value::try_int(SetRef::of_exact(s)?.table.extreme_int(op)?)
}

/// `list.remove(item)` where it is there, and all before it ask no Python.
///
/// # Safety
/// Called by compiled code; an exact list.
pub unsafe extern "C" fn remove(rec: *const ThreadRecord, l: u64, item: u64) -> u64 {
    // SAFETY: the caller's promise.
    let (th, l, item) = unsafe { (thread(rec), obj(&l).cast_unchecked::<List>(), obj(&item)) };
    tried(|| {
        // A number, a text, or a tuple of such, which goes without running Python.
        let (at, there) = place_of(th, l, item)?;
        l.remove_same(th, at, &there).then_some(Value::NONE)
    })
}

/// See [`remove`].
pub fn place_of(th: &Thread, l: &Py<List>, item: &Obj) -> Option<(usize, Obj)> {
    let found = is_plain(item).then(|| found_in(th, l, item)).flatten()??;
    // What is found may be of a class that derives from the item's, and have a finaliser.
    is_plain(&found.1).then_some(found)
}

/// Where an item is in a list, unless that is so long that others may want this thread to stop meanwhile.
fn found_in(th: &Thread, l: &Py<List>, item: &Obj) -> Option<Option<(usize, Obj)>> {
    (l.len() <= 4096).then(|| find_quick(th, l, item, 0, usize::MAX))?
}

/// `key in o`, where [`has_quick`] knows.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn contains(rec: *const ThreadRecord, o: u64, key: u64) -> u64 {
    // SAFETY: the caller's promise.
    let (th, o, key) = unsafe { (thread(rec), obj(&o), obj(&key)) };
    tried(|| has_quick(th, o, key).map(Value::from_bool))
}

/// `key in o` for exact containers, where no Python is asked.
pub fn has_quick(th: &Thread, o: &Obj, key: &Obj) -> Option<bool> {
    if let Some(d) = o.exact::<Dict>() {
        let found = d.get_quick(th, key, plain_hash(th, key)?)?;
        return Some(found.is_some());
    }
    if let Some(s) = SetRef::of_exact(o) {
        return s.table.contains_quick(th, key, plain_hash(th, key)?);
    }
    if let Some(t) = o.exact::<Tuple>() {
        let mut equal = t.items().iter().map(|x| th.eq_quick(x, key));
        return equal.find(|e| *e != Some(false)).unwrap_or(Some(false));
    }
    if let Some(l) = o.exact::<List>() {
        return found_in(th, l, key).map(|found| found.is_some());
    }
    let (s, part) = (o.exact::<Str>()?, key.exact::<Str>()?);
    Some(crate::builtins::str::has_part(s.text(), part.text()))
}
