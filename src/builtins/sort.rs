//! Sorting: `list.sort` and `sorted`.
//!
//! Keys of one kind (numbers without NaN, strings, tuples of such) have a total order that Rust's stable sort may use; no
//! Python runs then, and a list is sorted under its lock. All others are compared by Python, whose comparisons may be
//! inconsistent, raise, or change anything: those go through a merge sort of our own over indices, which always leaves a
//! permutation. It takes natural runs as it finds them and merges by the powersort rule (Munro and Wild 2018).

use crate::object::list::List;
use crate::object::obj::{Obj, Py};
use crate::object::slots::CmpOp;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::value::Value;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use std::cmp::Ordering;

/// `list.sort(key=…, reverse=…)`
pub fn sort_list(th: &Thread, list: &Py<List>, key: Option<&Obj>, reverse: bool) -> Res<()> {
    if key.is_none() && list.permute(th, |words| sort_words(words, |w| *w, reverse)) {
        return Ok(());
    }
    // While Python runs the list is empty, and what is put in meanwhile is noticed and thrown away.
    let mut items = list.take_all(th);
    let result = sort_vec(th, &mut items, key, reverse);
    let touched = !list.is_untouched();
    let junk = list.replace_all(th, items)?;
    drop(junk);
    result?;
    if touched {
        Err(th.value_error("list modified during sort"))
    } else {
        Ok(())
    }
}

/// Sorts items that nobody else sees. On an error they are all still there, in some order.
pub fn sort_vec(th: &Thread, items: &mut Vec<Obj>, key: Option<&Obj>, reverse: bool) -> Res<()> {
    let n = items.len();
    let order = match key {
        None => {
            if n < 2 || sort_words(items.as_mut_slice(), |o| o.value(), reverse) {
                return Ok(());
            }
            let mut order = initial(n, reverse);
            let r = merge_sort(&mut order, &mut |i, j| {
                th.compare_bool(&items[i], &items[j], CmpOp::Lt)
            });
            (order, r)
        }
        Some(f) => {
            let mut keys = Vec::with_capacity(n);
            for item in items.iter() {
                keys.push(th.call(f, std::slice::from_ref(item))?);
            }
            let mut pairs: Vec<(Value, usize)> = keys
                .iter()
                .enumerate()
                .map(|(i, k)| (k.value(), i))
                .collect();
            if sort_words(&mut pairs, |p| p.0, reverse) {
                apply(items, pairs.iter().map(|p| p.1));
                return Ok(());
            }
            let mut order = initial(n, reverse);
            let r = merge_sort(&mut order, &mut |i, j| {
                th.compare_bool(&keys[i], &keys[j], CmpOp::Lt)
            });
            (order, r)
        }
    };
    let (mut order, result) = order;
    if reverse {
        order.reverse();
    }
    apply(items, order.into_iter());
    result
}

/// The order before sorting; reversed where the result will be, so that equal items keep their order.
fn initial(n: usize, reverse: bool) -> Vec<usize> {
    if reverse {
        (0..n).rev().collect()
    } else {
        (0..n).collect()
    }
}

/// Puts the items into this order (a permutation of their indices).
fn apply(items: &mut Vec<Obj>, order: impl Iterator<Item = usize>) {
    let mut old: Vec<Option<Obj>> = std::mem::take(items).into_iter().map(Some).collect();
    items.extend(order.filter_map(|i| old[i].take()));
}

/// A kind of keys with a total order that needs no Python.
#[derive(Clone, PartialEq)]
enum Kind {
    Int,
    Float,
    Str,
    Tuple(Vec<Kind>),
}

fn str_of(v: &Value) -> Option<&Str> {
    if !v.is_ptr() {
        return None;
    }
    // SAFETY: a word of a live item, held by the list or vector being sorted.
    unsafe { Obj::ref_from(v) }.exact::<Str>().map(|s| &**s)
}

fn tuple_of(v: &Value) -> Option<&[Obj]> {
    if !v.is_ptr() {
        return None;
    }
    // SAFETY: as above.
    unsafe { Obj::ref_from(v) }
        .exact::<Tuple>()
        .map(|t| t.items())
}

fn kind_of(v: &Value, depth: usize) -> Option<Kind> {
    if v.is_int() {
        Some(Kind::Int)
    } else if v.is_float() {
        if v.as_f64().is_nan() {
            None
        } else {
            Some(Kind::Float)
        }
    } else if str_of(v).is_some() {
        Some(Kind::Str)
    } else if depth < 3 {
        let kinds = tuple_of(v)?
            .iter()
            .map(|o| kind_of(&o.value(), depth + 1))
            .collect::<Option<Vec<_>>>()?;
        Some(Kind::Tuple(kinds))
    } else {
        None
    }
}

/// Whether `v` is of the kind.
fn is_kind(v: &Value, kind: &Kind) -> bool {
    match kind {
        Kind::Int => v.is_int(),
        Kind::Float => v.is_float() && !v.as_f64().is_nan(),
        Kind::Str => str_of(v).is_some(),
        Kind::Tuple(kinds) => tuple_of(v).is_some_and(|t| {
            t.len() == kinds.len() && t.iter().zip(kinds).all(|(o, k)| is_kind(&o.value(), k))
        }),
    }
}

/// Compares two values of a kind.
fn cmp_kind(a: &Value, b: &Value, kind: &Kind) -> Ordering {
    match kind {
        Kind::Int => a.as_int().cmp(&b.as_int()),
        Kind::Float => a
            .as_f64()
            .partial_cmp(&b.as_f64())
            .unwrap_or(Ordering::Equal),
        Kind::Str => match (str_of(a), str_of(b)) {
            (Some(x), Some(y)) => x.order(y),
            _ => Ordering::Equal,
        },
        Kind::Tuple(kinds) => {
            let (Some(x), Some(y)) = (tuple_of(a), tuple_of(b)) else {
                return Ordering::Equal;
            };
            for ((x, y), k) in x.iter().zip(y).zip(kinds) {
                let o = cmp_kind(&x.value(), &y.value(), k);
                if o.is_ne() {
                    return o;
                }
            }
            Ordering::Equal
        }
    }
}

/// Sorts by keys of one kind; `false` (and nothing done) where they are not.
fn sort_words<E>(items: &mut [E], key: impl Fn(&E) -> Value, reverse: bool) -> bool {
    let Some(first) = items.first() else {
        return true;
    };
    let Some(kind) = kind_of(&key(first), 0) else {
        return items.len() < 2;
    };
    if !items.iter().all(|e| is_kind(&key(e), &kind)) {
        return false;
    }
    let dir = |o: Ordering| if reverse { o.reverse() } else { o };
    match kind {
        Kind::Int => items.sort_by(|a, b| dir(key(a).as_int().cmp(&key(b).as_int()))),
        Kind::Float => items.sort_by(|a, b| {
            dir(key(a)
                .as_f64()
                .partial_cmp(&key(b).as_f64())
                .unwrap_or(Ordering::Equal))
        }),
        k => items.sort_by(|a, b| dir(cmp_kind(&key(a), &key(b), &k))),
    }
    true
}

/// `less(i, j)` of two elements, or the exception that it raised.
type Less<'a> = &'a mut dyn FnMut(usize, usize) -> Res<bool>;

/// Sorts stably. `v` is a permutation of itself afterwards, whatever `less` says and whether or not it fails.
pub fn merge_sort(v: &mut [usize], less: Less<'_>) -> Res<()> {
    let n = v.len();
    if n < 2 {
        return Ok(());
    }
    let min_run = min_run(n);
    // Runs found and not yet merged: start, length, power of the border to the next.
    let mut runs: Vec<(usize, usize, u32)> = Vec::new();
    let mut lo = 0;
    while lo < n {
        let mut len = count_run(&mut v[lo..], less)?;
        if len < min_run {
            let want = min_run.min(n - lo);
            insertion_sort(&mut v[lo..lo + want], len, less)?;
            len = want;
        }
        if let Some(&(start, prev, _)) = runs.last() {
            let power = power(start, prev, len, n);
            while runs.len() > 1 && runs[runs.len() - 2].2 > power {
                merge_top(v, &mut runs, less)?;
            }
            if let Some(top) = runs.last_mut() {
                top.2 = power;
            }
        }
        runs.push((lo, len, 0));
        lo += len;
    }
    while runs.len() > 1 {
        merge_top(v, &mut runs, less)?;
    }
    Ok(())
}

fn min_run(mut n: usize) -> usize {
    let mut odd = 0;
    while n >= 64 {
        odd |= n & 1;
        n >>= 1;
    }
    n + odd
}

/// Depth in the ideal merge tree of the border between the run `start..start + a` and the next one, of length `b`.
fn power(start: usize, a: usize, b: usize, n: usize) -> u32 {
    let (mut x, mut y) = (
        2 * start as u128 + a as u128,
        2 * start as u128 + 2 * a as u128 + b as u128,
    );
    let (n, mut p) = (2 * n as u128, 0);
    loop {
        p += 1;
        x *= 2;
        y *= 2;
        let (fx, fy) = (x >= n, y >= n);
        if fx != fy || p > 64 {
            return p;
        }
        if fx {
            x -= n;
            y -= n;
        }
    }
}

/// Length of the run that `v` begins with; a strictly descending one is reversed.
fn count_run(v: &mut [usize], less: Less<'_>) -> Res<usize> {
    if v.len() < 2 {
        return Ok(v.len());
    }
    let mut n = 2;
    if less(v[1], v[0])? {
        while n < v.len() && less(v[n], v[n - 1])? {
            n += 1;
        }
        v[..n].reverse();
    } else {
        while n < v.len() && !less(v[n], v[n - 1])? {
            n += 1;
        }
    }
    Ok(n)
}

/// Binary insertion of `v[sorted..]` into the sorted rest.
fn insertion_sort(v: &mut [usize], sorted: usize, less: Less<'_>) -> Res<()> {
    for i in sorted.max(1)..v.len() {
        let pivot = v[i];
        let (mut lo, mut hi) = (0, i);
        while lo < hi {
            let mid = lo + (hi - lo) / 2;
            if less(pivot, v[mid])? {
                hi = mid;
            } else {
                lo = mid + 1;
            }
        }
        v[lo..=i].rotate_right(1);
    }
    Ok(())
}

fn merge_top(v: &mut [usize], runs: &mut Vec<(usize, usize, u32)>, less: Less<'_>) -> Res<()> {
    let (Some((b, nb, pb)), Some((a, na, _))) = (runs.pop(), runs.pop()) else {
        return Ok(());
    };
    runs.push((a, na + nb, pb));
    let v = &mut v[a..b + nb];
    // What is already in place at either end.
    let skip = gallop_right(&v[..na], v[na], less)?;
    let v = &mut v[skip..];
    let na = na - skip;
    if na == 0 {
        return Ok(());
    }
    let end = na + gallop_left(&v[na..], v[na - 1], less)?;
    let v = &mut v[..end];
    if v.len() == na {
        return Ok(());
    }
    if na <= v.len() - na {
        merge_low(v, na, less)
    } else {
        merge_high(v, na, less)
    }
}

/// Where `key` belongs in sorted `v`, after its equals; looks from the left in doubling steps.
fn gallop_right(v: &[usize], key: usize, less: Less<'_>) -> Res<usize> {
    // Everything before `lo` is not greater than the key.
    let (mut lo, mut hi, mut step) = (0, v.len(), 1);
    while lo < hi {
        let probe = (lo + step - 1).min(hi - 1);
        if less(key, v[probe])? {
            hi = probe;
            break;
        }
        lo = probe + 1;
        step *= 2;
    }
    while lo < hi {
        let mid = lo + (hi - lo) / 2;
        if less(key, v[mid])? {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    Ok(lo)
}

/// Where `key` belongs in sorted `v`, before its equals; looks from the right in doubling steps.
fn gallop_left(v: &[usize], key: usize, less: Less<'_>) -> Res<usize> {
    // Everything from `hi` on is not less than the key.
    let (mut lo, mut hi, mut step) = (0, v.len(), 1usize);
    while lo < hi {
        let probe = hi.saturating_sub(step);
        if less(v[probe], key)? {
            lo = probe + 1;
            break;
        }
        hi = probe;
        step *= 2;
    }
    while lo < hi {
        let mid = lo + (hi - lo) / 2;
        if less(v[mid], key)? {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    Ok(lo)
}

/// Merges `v[..na]` and `v[na..]`, the left one copied out.
fn merge_low(v: &mut [usize], na: usize, less: Less<'_>) -> Res<()> {
    let left = v[..na].to_vec();
    let (mut i, mut j, mut to) = (0, na, 0);
    let mut result = Ok(());
    while i < left.len() && j < v.len() {
        match less(v[j], left[i]) {
            Ok(true) => {
                v[to] = v[j];
                j += 1;
            }
            Ok(false) => {
                v[to] = left[i];
                i += 1;
            }
            Err(e) => {
                result = Err(e);
                break;
            }
        }
        to += 1;
    }
    // The gap is as long as what is left of the copy.
    v[to..to + left.len() - i].copy_from_slice(&left[i..]);
    result
}

/// The same, the right one copied out.
fn merge_high(v: &mut [usize], na: usize, less: Less<'_>) -> Res<()> {
    let right = v[na..].to_vec();
    let (mut i, mut j, mut to) = (na, right.len(), v.len());
    let mut result = Ok(());
    while i > 0 && j > 0 {
        match less(right[j - 1], v[i - 1]) {
            Ok(true) => {
                v[to - 1] = v[i - 1];
                i -= 1;
            }
            Ok(false) => {
                v[to - 1] = right[j - 1];
                j -= 1;
            }
            Err(e) => {
                result = Err(e);
                break;
            }
        }
        to -= 1;
    }
    v[to - j..to].copy_from_slice(&right[..j]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(keys: &[u32], mut less: impl FnMut(u32, u32) -> bool) -> Vec<usize> {
        let mut v: Vec<usize> = (0..keys.len()).collect();
        let _ = merge_sort(&mut v, &mut |i, j| Ok(less(keys[i], keys[j])));
        v
    }

    #[test]
    fn sorting_is_stable_and_agrees_with_std() {
        let mut x = 12345u32;
        for n in [0, 1, 2, 3, 10, 63, 64, 65, 200, 1000, 5000] {
            for modulus in [2, 7, 100, 1 << 30] {
                let keys: Vec<u32> = (0..n)
                    .map(|i| {
                        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        if i % 97 < 50 {
                            i as u32 % modulus
                        } else {
                            (x >> 2) % modulus
                        }
                    })
                    .collect();
                let mut want: Vec<usize> = (0..n).collect();
                want.sort_by_key(|&i| keys[i]);
                assert_eq!(run(&keys, |a, b| a < b), want, "n {n} modulus {modulus}");
            }
        }
    }

    #[test]
    fn nonsense_comparisons_leave_a_permutation() {
        let keys: Vec<u32> = (0..3000).collect();
        let mut x = 1u32;
        let mut v = run(&keys, |_, _| {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            x >> 31 == 1
        });
        v.sort_unstable();
        assert!(v.iter().copied().eq(0..3000));
    }
}
