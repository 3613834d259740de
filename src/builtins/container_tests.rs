//! Laws of the containers, without the interpreter.

use super::common::position;
use super::set as setmod;
use crate::object::list::List;
use crate::object::obj::{Obj, Py};
use crate::object::set::{FrozenSet, Set, SetRef};
use crate::object::slice::Bounds;
use crate::object::type_ids::TypeId;
use crate::runtime::runtime::{Options, Runtime};
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::Arc;

/// A runtime that is never taken down: these tests are not about that.
fn runtime() -> Arc<Runtime> {
    let rt = Runtime::new(Options::default()).expect("a runtime");
    std::mem::forget(rt.clone());
    rt
}

fn int(n: i64) -> Obj {
    Obj::small_int(n)
}

fn ints(items: impl IntoIterator<Item = Obj>) -> Vec<i64> {
    items
        .into_iter()
        .map(|o| o.as_small_int().expect("an int"))
        .collect()
}

fn set_items(th: &Thread, s: SetRef<'_>) -> Vec<i64> {
    ints(s.snapshot(th).items.into_iter().map(|(_, x)| x))
}

fn ok<T>(th: &Thread, r: crate::runtime::error::Res<T>) -> T {
    r.unwrap_or_else(|e| panic!("{}", th.describe(&e)))
}

fn new_set(th: &Thread, items: impl IntoIterator<Item = i64>) -> Py<Set> {
    let s = th.alloc(Set::new());
    for n in items {
        ok(th, setmod::add(th, setmod::of(&s), &int(n)));
    }
    s
}

/// What CPython 3.13 prints for the same operations.
#[test]
fn sets_of_small_integers_come_out_in_cpythons_order() {
    let rt = runtime();
    let th = Thread::attach(&rt).expect("a thread");
    let th = &*th;
    let s = new_set(th, (0..40).map(|i| (i * 37 + 11) % 256 - 50));
    let r = setmod::of(&s);
    for i in (0..40).step_by(3) {
        let n = (i * 37 + 11) % 256 - 50;
        let h = ok(th, setmod::item_hash(th, &int(n)));
        ok(th, r.table.remove(th, r.head, &int(n), h));
    }
    for i in 0..10 {
        ok(th, setmod::add(th, r, &int(i * 1000)));
    }
    assert_eq!(set_items(th, r), FIRST);
    let copy = th.alloc(Set::new());
    ok(th, setmod::merge(th, setmod::of(&copy), r));
    let t = setmod::of(&copy);
    assert_eq!(set_items(th, t), COPIED);
    t.table.pop(th, t.head);
    t.table.pop(th, t.head);
    ok(th, setmod::add(th, t, &int(77777)));
    assert_eq!(set_items(th, t), POPPED);
    let f = th.alloc(FrozenSet::new());
    ok(
        th,
        f.table.merge(
            th,
            f.head(),
            &setmod::of(&new_set(th, [1, 2, 3, -1, 1_000_000])).snapshot(th),
        ),
    );
    assert_eq!(ok(th, th.hash(f.obj())), FROZEN_HASH);
    let t = ok(th, th.tuple(vec![int(1), int(2), int(3)]));
    assert_eq!(ok(th, th.hash(&t)), 529_344_067_295_497_451);
}

const FIRST: [i64; 36] = [
    0, 1, 7, 5000, 10, 146, 152, 155, 4000, 35, 9000, 41, 44, 50, 3000, 186, 189, 8000, 195, 75,
    78, 2000, 84, 87, 7000, -36, -33, -27, -24, 1000, 109, 112, 6000, 118, 121, -2,
];
const COPIED: [i64; 36] = FIRST;
const POPPED: [i64; 35] = [
    7, 5000, 10, 146, 152, 155, 4000, 35, 9000, 41, 44, 50, 3000, 186, 189, 8000, 195, 75, 78,
    2000, 77777, 84, 87, 7000, -36, -33, -27, -24, 1000, 109, 112, 6000, 118, 121, -2,
];
const FROZEN_HASH: i64 = -5_764_115_659_241_523_511;

fn random(x: &mut u64) -> u64 {
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    *x
}

/// `[start::step]`
fn from(start: usize, step: usize) -> Bounds {
    Bounds {
        start: Some(start as i64),
        stop: None,
        step: step as i64,
    }
}

#[test]
fn a_list_does_as_a_vector_does() {
    let rt = runtime();
    let th = Thread::attach(&rt).expect("a thread");
    let th = &*th;
    let (list, mut model, mut x): (Py<List>, Vec<i64>, u64) =
        (th.new_list(), Vec::new(), 88172645463325252);
    for step in 0..20_000 {
        let (a, b, n) = (
            random(&mut x) as usize,
            random(&mut x) as usize,
            model.len(),
        );
        match random(&mut x) % 11 {
            0..=2 => {
                ok(th, list.push(th, int(step)));
                model.push(step);
            }
            3 => assert_eq!(list.pop_last(th).map(|o| ints([o])[0]), model.pop()),
            4 => {
                let i = a % (n + 1);
                ok(th, list.insert(th, i, int(step)));
                model.insert(i, step);
            }
            5 if n > 0 => {
                let i = a % n;
                assert_eq!(
                    list.remove(th, i as i64).map(|o| ints([o])[0]),
                    Some(model.remove(i))
                );
            }
            6 => {
                let (i, j) = (a % (n + 1), b % (n + 1));
                let (i, j) = (i.min(j), i.max(j));
                let new: Vec<i64> = (0..(a >> 8) % 6).map(|k| k as i64).collect();
                let old = ok(
                    th,
                    list.splice(th, i, j, new.iter().map(|n| int(*n)).collect()),
                );
                assert_eq!(ints(old), model.splice(i..j, new).collect::<Vec<_>>());
            }
            7 if n > 0 => {
                let (start, step) = (a % n, 1 + b % 4);
                let old = ints(list.remove_slice(th, from(start, step)));
                let gone: Vec<i64> = model[start..].iter().step_by(step).copied().collect();
                assert_eq!(old, gone);
                let mut i = 0;
                model.retain(|_| {
                    let keep = i < start || (i - start) % step != 0;
                    i += 1;
                    keep
                });
            }
            8 if n > 0 => {
                let (start, by) = (a % n, 1 + b % 4);
                let want: Vec<i64> = model[start..].iter().step_by(by).copied().collect();
                let part = ok(th, list.slice_list(th, from(start, by)));
                assert_eq!(ints(part.to_vec(th)), want);
            }
            9 => {
                list.reverse(th);
                model.reverse();
            }
            10 if step % 50 == 0 => {
                ok(th, super::sort::sort_list(th, &list, None, b & 1 == 1));
                model.sort_unstable();
                if b & 1 == 1 {
                    model.reverse();
                }
            }
            _ => {}
        }
        if n > 300 {
            drop(list.take_all(th));
            model.clear();
        }
        assert_eq!(list.len(), model.len());
        if step % 17 == 0 {
            assert_eq!(ints(list.to_vec(th)), model);
        }
    }
}

#[test]
fn a_dict_keeps_its_order_and_finds_its_keys() {
    let rt = runtime();
    let th = Thread::attach(&rt).expect("a thread");
    let th = &*th;
    let (d, mut model, mut x) = (ok(th, th.new_dict()), Vec::<(i64, i64)>::new(), 99u64);
    for step in 0..30_000i64 {
        let k = (random(&mut x) % 60) as i64 - 30;
        let at = model.iter().position(|p| p.0 == k);
        match random(&mut x) % 8 {
            0..=3 => {
                ok(th, d.set_item(th, &int(k), int(step)));
                match at {
                    Some(i) => model[i].1 = step,
                    None => model.push((k, step)),
                }
            }
            4 | 5 => {
                let was = ok(th, d.del_item(th, &int(k)));
                assert_eq!(was.map(|o| ints([o])[0]), at.map(|i| model.remove(i).1));
            }
            6 => {
                let last = d.pop_last(th).map(|(k, v)| (ints([k])[0], ints([v])[0]));
                assert_eq!(last, model.pop());
            }
            _ => {
                let (v, there) = ok(th, d.set_default(th, &int(k), int(step)));
                assert_eq!(there, at.is_some());
                match at {
                    Some(i) => assert_eq!(ints([v])[0], model[i].1),
                    None => model.push((k, step)),
                }
            }
        }
        if step % 97 == 0 {
            let got: Vec<(i64, i64)> = ok(th, d.copy(th))
                .snapshot(th)
                .into_iter()
                .map(|(k, v, _)| (ints([k])[0], ints([v])[0]))
                .collect();
            assert_eq!(got, model);
        }
    }
}

/// Each thread works on keys of its own and on shared ones; what it alone writes must be there afterwards.
#[test]
fn threads_lose_nothing_and_invent_nothing() {
    let rt = runtime();
    let th = Thread::attach(&rt).expect("a thread");
    let list = th.new_list();
    let dict = ok(&th, th.new_dict());
    let set = th.alloc(Set::new());
    const THREADS: i64 = 4;
    const STEPS: i64 = 4000;
    let workers: Vec<_> = (0..THREADS)
        .map(|t| {
            let (rt, list, dict, set) = (rt.clone(), list.clone(), dict.clone(), set.clone());
            threadsnake_threads::sync::thread::spawn(move || {
                let th = Thread::attach(&rt).expect("a thread");
                let th = &*th;
                // Before the attachment ends, the references that came along must be gone.
                let (list, dict, set) = (list, dict, set);
                let mut x = 77 + t as u64;
                let s = setmod::of(&set);
                for i in 0..STEPS {
                    let own = t * STEPS + i;
                    ok(th, list.push(th, int(own)));
                    ok(th, dict.set_item(th, &int(own), int(own)));
                    ok(th, setmod::add(th, s, &int(own)));
                    let shared = -1 - (random(&mut x) % 64) as i64;
                    match random(&mut x) % 4 {
                        0 => ok(th, dict.set_item(th, &int(shared), int(shared))),
                        1 => drop(ok(th, dict.del_item(th, &int(shared)))),
                        2 => drop(ok(th, setmod::add(th, s, &int(shared)))),
                        _ => {
                            let h = ok(th, setmod::item_hash(th, &int(shared)));
                            drop(ok(th, s.table.remove(th, s.head, &int(shared), h)));
                        }
                    }
                    if let Some(v) = ok(th, dict.get_item(th, &int(shared))) {
                        assert_eq!(v.as_small_int(), Some(shared), "another key's value");
                    }
                    if let Some(i) =
                        position((random(&mut x) >> 1) as i64 % list.len() as i64, list.len())
                        && let Some(v) = list.get(th, i)
                    {
                        assert!(
                            v.as_small_int()
                                .is_some_and(|v| (0..THREADS * STEPS).contains(&v))
                        );
                    }
                    if i % 3 == 0 {
                        // One that this thread has put in: it moves, it is never lost.
                        ok(th, dict.del_item(th, &int(own))).expect("own key");
                    }
                    if i % 64 == 0 {
                        ok(th, th.poll());
                    }
                }
            })
        })
        .collect();
    th.blocking(|| {
        for w in workers {
            w.join().expect("a worker");
        }
    });
    let mut got = ints(list.to_vec(&th));
    got.sort_unstable();
    assert!(got.into_iter().eq(0..THREADS * STEPS));
    for t in 0..THREADS {
        for i in 0..STEPS {
            let own = int(t * STEPS + i);
            assert_eq!(ok(&th, dict.get_item(&th, &own)).is_some(), i % 3 != 0);
            let h = ok(&th, setmod::item_hash(&th, &own));
            assert!(ok(&th, setmod::of(&set).contains(&th, &own, h)));
        }
    }
    assert!(th.is_a(set.obj(), TypeId::Set));
    drop((list, dict, set));
    // See `runtime`.
    std::mem::forget(th);
}
