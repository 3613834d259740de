//! `_lru_cache_wrapper`: a function with a cache of its results.
//!
//! An unbounded cache is a dict from key to result. A bounded one is a dict from key to a number, the place of the entry
//! in a table whose entries are linked in the order of use. The table changes under the object's lock; the dict has its
//! own. A thread that finds in the dict a place which has meanwhile been given to another key (the entry's key is a
//! different object) treats it as a miss.

use super::{bind_method, is_callable};
use crate::modules::prelude::*;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

const NIL: u32 = u32::MAX;

/// An entry of a bounded cache; `prev` is the one used just before it.
struct Entry {
    /// Key and result; `None`: free.
    kv: Option<(Obj, Obj)>,
    prev: u32,
    next: u32,
}
trace!(Entry, kv);

#[derive(Default)]
struct Table {
    entries: Vec<Entry>,
    /// Least recently used, most recently used, first free (linked by `next`); all plus 1, 0: none.
    oldest: u32,
    newest: u32,
    free: u32,
}
trace!(Table, entries);

impl Table {
    fn unlink(&mut self, i: u32) {
        let (p, n) = (self.entries[i as usize].prev, self.entries[i as usize].next);
        match self.entries.get_mut(p as usize) {
            Some(e) => e.next = n,
            None => self.oldest = n.wrapping_add(1),
        }
        match self.entries.get_mut(n as usize) {
            Some(e) => e.prev = p,
            None => self.newest = p.wrapping_add(1),
        }
    }
    fn link_newest(&mut self, i: u32) {
        let last = self.newest.wrapping_sub(1);
        self.entries[i as usize].prev = last;
        self.entries[i as usize].next = NIL;
        match self.entries.get_mut(last as usize) {
            Some(e) => e.next = i,
            None => self.oldest = i + 1,
        }
        self.newest = i + 1;
    }
    /// The result at a place if it still belongs to this key; makes it the most recently used.
    fn hit(&mut self, i: u32, key: &Obj) -> Option<Obj> {
        let (k, v) = self.entries.get(i as usize)?.kv.as_ref()?;
        if !k.is(key) {
            return None;
        }
        let v = v.clone();
        if self.newest != i + 1 {
            self.unlink(i);
            self.link_newest(i);
        }
        Some(v)
    }
    fn insert(&mut self, key: Obj, value: Obj) -> u32 {
        let i = if self.free != 0 {
            let i = self.free - 1;
            self.free = self.entries[i as usize].next.wrapping_add(1);
            self.entries[i as usize].kv = Some((key, value));
            i
        } else {
            self.entries.push(Entry {
                kv: Some((key, value)),
                prev: NIL,
                next: NIL,
            });
            (self.entries.len() - 1) as u32
        };
        self.link_newest(i);
        i
    }
    fn remove(&mut self, i: u32) -> Option<(Obj, Obj)> {
        let kv = self.entries.get_mut(i as usize)?.kv.take()?;
        self.unlink(i);
        self.entries[i as usize].next = self.free.wrapping_sub(1);
        self.free = i + 1;
        Some(kv)
    }
}

pub(super) struct LruCache {
    func: Obj,
    info: Obj,
    /// Separates positional from keyword arguments in keys.
    mark: Obj,
    cache: Py<Dict>,
    table: Guarded<Table>,
    /// `None`: unbounded.
    max: Option<usize>,
    typed: bool,
    hits: AtomicU64,
    misses: AtomicU64,
}
native!(
    LruCache,
    LruCache,
    "_lru_cache_wrapper",
    func,
    info,
    mark,
    cache,
    table
);

pub(super) static LRU_CACHE: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        call: Some(call),
        get: Some(bind_method),
        ..Slots::NONE
    },
    flags: type_flags::BASETYPE
        | type_flags::HAS_DICT
        | type_flags::WEAKREFABLE
        | type_flags::METHOD_DESCRIPTOR,
    methods: &[
        MethodDef::new("cache_info", "($self, /)", cache_info),
        MethodDef::new("cache_clear", "($self, /)", cache_clear),
        MethodDef::new("__copy__", "($self, /)", |_, a| Ok(a.get(0).clone())),
        MethodDef::new("__deepcopy__", "($self, memo, /)", |_, a| {
            Ok(a.get(0).clone())
        }),
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            th.getattr(a.get(0), "__qualname__")
        }),
    ],
    ..TypeDef::new(
        TypeId::LruCache,
        "functools._lru_cache_wrapper",
        LruCache::LAYOUT,
    )
};

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    th.bind(
        "_lru_cache_wrapper",
        "(user_function, maxsize, typed, cache_info_type)",
        args,
        |a| {
            let func = a.get(0).clone();
            if !is_callable(th, &func) {
                return Err(th.type_error("the first argument must be callable"));
            }
            let max = match a.get(1) {
                n if n.is_none() => None,
                n if th.type_of(n).slots().index.is_some() => {
                    Some(th.index_i64(n)?.max(0) as usize)
                }
                _ => return Err(th.type_error("maxsize should be integer or None")),
            };
            let typed = th.truthy(a.get(2))?;
            let object = th.ty(TypeId::Object).obj().clone();
            let payload = LruCache {
                func,
                info: a.get(3).clone(),
                mark: th.call(&object, &[])?,
                cache: th.new_dict()?,
                table: Guarded::new(Table::default()),
                max,
                typed,
                hits: AtomicU64::new(0),
                misses: AtomicU64::new(0),
            };
            Ok(th.alloc_as::<LruCache>(cls, payload)?.into_obj())
        },
    )
}

fn bump(th: &Thread, n: &AtomicU64) {
    if th.multi() {
        n.fetch_add(1, Ordering::Relaxed);
    } else {
        n.store(n.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

fn make_key(th: &Thread, s: &LruCache, args: CallArgs<'_>) -> Res {
    let pos = args.positional();
    if !s.typed && args.kwnames.is_empty() {
        if let [one] = pos
            && (one.is_exact::<Str>() || one.as_small_int().is_some())
        {
            return Ok(one.clone());
        }
        return th.tuple_cloned(pos);
    }
    let mut key: Vec<Obj> = pos.to_vec();
    if !args.kwnames.is_empty() {
        key.push(s.mark.clone());
        for (k, v) in args.keywords() {
            key.push(k.clone());
            key.push(v.clone());
        }
    }
    if s.typed {
        key.extend(args.all.iter().map(|o| th.type_of(o).obj().clone()));
    }
    th.tuple(key)
}

fn call(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res {
    let s = this::<LruCache>(th, o)?;
    let Some(max) = s.max else {
        let key = make_key(th, s, args)?;
        let hash = th.hash(&key)? as u64;
        if let Some(v) = s.cache.get_hashed(th, &key, hash)? {
            bump(th, &s.hits);
            return Ok(v);
        }
        bump(th, &s.misses);
        let v = th.call_args(&s.func, args)?;
        drop(s.cache.insert_hashed(th, &key, hash, v.clone())?);
        return Ok(v);
    };
    if max == 0 {
        bump(th, &s.misses);
        return th.call_args(&s.func, args);
    }
    let key = make_key(th, s, args)?;
    let hash = th.hash(&key)? as u64;
    if let Some(v) = look(th, s, &key, hash)? {
        bump(th, &s.hits);
        return Ok(v);
    }
    bump(th, &s.misses);
    let v = th.call_args(&s.func, args)?;
    // The call may have filled the cache with this very key.
    if look(th, s, &key, hash)?.is_some() {
        return Ok(v);
    }
    let (k2, v2) = (key.clone(), v.clone());
    let place = s.table.with(th, s.head(), |t| t.insert(k2, v2));
    // The dict keeps its first key object when an equal one is stored: take that out first, so that entry and dict agree.
    if s.cache.get_hashed(th, &key, hash)?.is_some() {
        drop(s.cache.del_item(th, &key)?);
    }
    let old = s
        .cache
        .insert_hashed(th, &key, hash, Obj::small_int(i64::from(place)))?;
    if let Some(i) = old.and_then(|o| o.as_small_int())
        && i != i64::from(place)
    {
        let stale = s.table.with(th, s.head(), |t| t.remove(i as u32));
        drop(stale);
    }
    while s.cache.len() > max {
        let oldest = s.table.with(th, s.head(), |t| {
            let i = t.oldest.wrapping_sub(1);
            t.remove(i)
        });
        let Some((k, _)) = &oldest else { break };
        drop(s.cache.del_item(th, k)?);
    }
    Ok(v)
}

/// The result for a key, if it is in a bounded cache.
fn look(th: &Thread, s: &Py<LruCache>, key: &Obj, hash: u64) -> Res<Option<Obj>> {
    let Some((k, place)) = s.cache.get_pair_hashed(th, key, hash)? else {
        return Ok(None);
    };
    let Some(i) = place.as_small_int() else {
        return Ok(None);
    };
    // Entry and dict have the same key object, unless the place has been given away meanwhile.
    Ok(s.table.with(th, s.head(), |t| t.hit(i as u32, &k)))
}

fn cache_info(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<LruCache>(th, a.get(0))?;
    let n = |x: u64| th.uint(x);
    let max = s.max.map_or(Obj::NONE, |m| n(m as u64));
    let (hits, misses) = (
        s.hits.load(Ordering::Relaxed),
        s.misses.load(Ordering::Relaxed),
    );
    th.call(&s.info, &[n(hits), n(misses), max, n(s.cache.len() as u64)])
}

fn cache_clear(th: &Thread, a: Args<'_>) -> Res {
    let s = this::<LruCache>(th, a.get(0))?;
    s.hits.store(0, Ordering::Relaxed);
    s.misses.store(0, Ordering::Relaxed);
    s.cache.clear_all(th);
    let old = s.table.with(th, s.head(), std::mem::take);
    drop(old);
    Ok(Obj::NONE)
}
