//! `_heapq`: heaps in lists. Items move by changing places, so that at every comparison (which may run Python) the list
//! holds each item once.

use super::bisect::less;
use crate::modules::prelude::*;

macro_rules! functions {
    ($($name:literal, $sig:literal, $f:ident, $max:literal;)*) => {
        &[$( MethodDef::new($name, $sig, |th, a| $f(th, a, $max)) ),*]
    };
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: functions! {
        "heappush", "(heap, item, /)", push, false;
        "heappushpop", "(heap, item, /)", push_pop, false;
        "heappop", "(heap, /)", pop, false;
        "heapreplace", "(heap, item, /)", replace, false;
        "heapify", "(heap, /)", heapify, false;
        "heappush_max", "(heap, item, /)", push, true;
        "heappushpop_max", "(heap, item, /)", push_pop, true;
        "heappop_max", "(heap, /)", pop, true;
        "heapreplace_max", "(heap, item, /)", replace, true;
        "heapify_max", "(heap, /)", heapify, true;
    },
    init: Some(|th, m| {
        let about = th.str("Heap queues: see heapq.")?;
        put(th, m, "__about__", about)
    }),
    doc: "Heap queue algorithm (a.k.a. priority queue).",
    ..ModuleDef::new("_heapq")
};

fn heap<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<List>> {
    o.cast::<List>().ok_or_else(|| {
        th.type_error(format!(
            "heap argument must be a list, not {}",
            th.type_name(o)
        ))
    })
}

/// Whether `a` belongs above `b`.
#[inline]
fn before(th: &Thread, a: &Obj, b: &Obj, max: bool) -> Res<bool> {
    if max { less(th, b, a) } else { less(th, a, b) }
}

fn changed(th: &Thread) -> Exc {
    th.runtime_error("list changed size during iteration")
}

fn at(th: &Thread, h: &Py<List>, i: usize) -> Res {
    h.get(th, i).ok_or_else(|| changed(th))
}

fn put_at(th: &Thread, h: &Py<List>, i: usize, x: Obj) -> Res<()> {
    h.set(th, i, x).map_err(|_| changed(th))
}

fn exchange(th: &Thread, h: &Py<List>, i: usize, j: usize) -> Res<()> {
    h.exchange(th, i, j)
        .then_some(())
        .ok_or_else(|| changed(th))
}

/// Moves the item at `pos` up to its place, no higher than `start`.
fn sift_down(th: &Thread, h: &Py<List>, start: usize, mut pos: usize, max: bool) -> Res<()> {
    let size = h.len();
    let item = at(th, h, pos)?;
    while pos > start {
        let up = (pos - 1) >> 1;
        let parent = at(th, h, up)?;
        let above = before(th, &item, &parent, max)?;
        if h.len() != size {
            return Err(changed(th));
        }
        if !above {
            break;
        }
        drop(parent);
        exchange(th, h, pos, up)?;
        pos = up;
    }
    Ok(())
}

/// Moves the item at `pos` down to a leaf along the smaller children, then up to its place.
fn sift_up(th: &Thread, h: &Py<List>, mut pos: usize, max: bool) -> Res<()> {
    let end = h.len();
    let start = pos;
    let limit = end >> 1;
    while pos < limit {
        let mut child = 2 * pos + 1;
        if child + 1 < end {
            let (a, b) = (at(th, h, child)?, at(th, h, child + 1)?);
            let second = !before(th, &a, &b, max)?;
            child += usize::from(second);
            if h.len() != end {
                return Err(changed(th));
            }
        }
        exchange(th, h, child, pos)?;
        pos = child;
    }
    sift_down(th, h, start, pos, max)
}

fn push(th: &Thread, a: Args<'_>, max: bool) -> Res {
    let h = heap(th, a.get(0))?;
    h.push(th, a.get(1).clone())?;
    sift_down(th, h, 0, h.len().saturating_sub(1), max)?;
    Ok(Obj::NONE)
}

fn pop(th: &Thread, a: Args<'_>, max: bool) -> Res {
    let h = heap(th, a.get(0))?;
    let last = h
        .pop_last(th)
        .ok_or_else(|| th.index_error("index out of range"))?;
    if h.is_empty() {
        return Ok(last);
    }
    let top = at(th, h, 0)?;
    put_at(th, h, 0, last)?;
    sift_up(th, h, 0, max)?;
    Ok(top)
}

fn replace(th: &Thread, a: Args<'_>, max: bool) -> Res {
    let h = heap(th, a.get(0))?;
    let top = h
        .get(th, 0)
        .ok_or_else(|| th.index_error("index out of range"))?;
    put_at(th, h, 0, a.get(1).clone())?;
    sift_up(th, h, 0, max)?;
    Ok(top)
}

fn push_pop(th: &Thread, a: Args<'_>, max: bool) -> Res {
    let h = heap(th, a.get(0))?;
    let item = a.get(1);
    let Some(top) = h.get(th, 0) else {
        return Ok(item.clone());
    };
    if !before(th, &top, item, max)? {
        return Ok(item.clone());
    }
    // The comparison may have emptied it.
    let top = h
        .get(th, 0)
        .ok_or_else(|| th.index_error("index out of range"))?;
    put_at(th, h, 0, item.clone())?;
    sift_up(th, h, 0, max)?;
    Ok(top)
}

fn heapify(th: &Thread, a: Args<'_>, max: bool) -> Res {
    let h = heap(th, a.get(0))?;
    for (n, i) in (0..h.len() >> 1).rev().enumerate() {
        sift_up(th, h, i, max)?;
        if n % 1024 == 1023 {
            th.poll()?;
        }
    }
    Ok(Obj::NONE)
}
