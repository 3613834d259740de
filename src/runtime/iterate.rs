//! Iteration, length, subscripts, membership.

use super::error::Res;
use super::thread::Thread;
use crate::interp::ops::{Next, next_fast};
use crate::interp::sink::next_into;
use crate::object::def::type_flags;
use crate::object::dict::Dict;
use crate::object::frame::Generator;
use crate::object::int::BigInt;
use crate::object::iters::{DictItems, DictKeys, DictValues};
use crate::object::list::List;
use crate::object::set::{FrozenSet, Set, SetRef};
use crate::object::slots::BinOp;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Py};

impl Thread {
    /// `iter(o)`
    pub fn iter(&self, o: &Obj) -> Res {
        let s = self.type_of(o).slots();
        if let Some(f) = s.iter {
            let it = f(self, o)?;
            if self.type_of(&it).slots().next.is_none() {
                return Err(self.type_error(format!(
                    "iter() returned non-iterator of type '{}'",
                    self.type_name(&it)
                )));
            }
            return Ok(it);
        }
        if s.getitem.is_some() && !self.is_a(o, TypeId::Dict) {
            return Ok(crate::builtins::iterators::seq_iter(self, o.clone()));
        }
        Err(self.type_error(format!("'{}' object is not iterable", self.type_name(o))))
    }

    /// The next item of an iterator; `None` at its end.
    #[inline]
    pub fn next(&self, it: &Obj) -> Res<Option<Obj>> {
        self.plain_end(self.next_within(it))
    }

    /// [`Thread::next`] for an iterator that goes over another one: a `StopIteration` that has a value goes on to whoever
    /// asked, as it does through CPython's.
    #[inline]
    pub fn next_within(&self, it: &Obj) -> Res<Option<Obj>> {
        // SAFETY: a live object.
        match unsafe { next_fast(self, it.value()) } {
            // SAFETY: an item's word owns its reference.
            Next::Item(v) => Ok(Some(unsafe { Obj::from_value(v) })),
            Next::End => Ok(None),
            Next::Generator => {
                // SAFETY: it is one.
                let g = unsafe { it.cast_unchecked::<Generator>() };
                crate::interp::generator::next(self, g)
            }
            Next::Other => self.next_of_slot(it),
        }
    }

    /// [`Thread::next`] of an iterator that `interp::ops::next_fast` does not know.
    pub fn next_by_slot(&self, it: &Obj) -> Res<Option<Obj>> {
        self.plain_end(self.next_of_slot(it))
    }

    fn next_of_slot(&self, it: &Obj) -> Res<Option<Obj>> {
        match self.type_of(it).slots().next {
            Some(f) => f(self, it),
            None => Err(self.type_error(format!(
                "'{}' object is not an iterator",
                self.type_name(it)
            ))),
        }
    }

    /// One that ends with a value ends as any other.
    #[inline]
    fn plain_end(&self, next: Res<Option<Obj>>) -> Res<Option<Obj>> {
        match next {
            Err(e) if e.is(self, TypeId::StopIteration) => Ok(None),
            r => r,
        }
    }

    /// All items of an iterable.
    pub fn collect(&self, o: &Obj) -> Res<Vec<Obj>> {
        if let Some(t) = o.exact::<Tuple>() {
            return Ok(t.items().to_vec());
        }
        if let Some(l) = o.exact::<List>() {
            return Ok(l.to_vec(self));
        }
        if let Some(v) = self.collect_at_once(o)? {
            return Ok(v);
        }
        let mut out = Vec::new();
        if let Some(g) = o.exact::<Generator>() {
            let take = |_: &Thread, out: &mut Vec<Obj>, x: Obj| {
                if out.len() == out.capacity() {
                    return Err(x);
                }
                out.push(x);
                Ok(())
            };
            while let Some(x) = next_into(self, g, &mut out, take)? {
                let more = out.len().max(8);
                self.reserve(more * 8)?;
                out.reserve_exact(more);
                out.push(x);
            }
            return Ok(out);
        }
        let it = self.iter(o)?;
        let hint = self.length_hint(o, 0)?;
        out.try_reserve(hint.min(1 << 20))
            .map_err(|_| self.memory_error())?;
        while let Some(x) = self.next(&it)? {
            if out.len() == out.capacity() {
                self.reserve(out.len() * 8)?;
            }
            out.push(x);
            if out.len() & 0xFFF == 0 {
                self.poll()?;
            }
        }
        Ok(out)
    }

    /// What a dict, a view of one, a set or a deque holds at one moment: other threads may be changing it. `None`: something else.
    pub fn collect_at_once(&self, o: &Obj) -> Res<Option<Vec<Obj>>> {
        if (o.is_exact::<Set>() || o.is_exact::<FrozenSet>())
            && let Some(s) = SetRef::of(o)
        {
            return Ok(Some(s.table.items_now(self, s.head)));
        }
        if let Some(d) = o.exact::<Dict>() {
            return Ok(Some(
                d.snapshot(self).into_iter().map(|(k, _, _)| k).collect(),
            ));
        }
        if let Some(v) = o.exact::<DictKeys>() {
            return match v.dict.exact::<Dict>() {
                Some(_) => self.collect_at_once(&v.dict),
                None => Ok(None),
            };
        }
        if let Some(v) = o.exact::<DictValues>() {
            return Ok(v
                .dict
                .exact::<Dict>()
                .map(|d| d.snapshot(self).into_iter().map(|(_, v, _)| v).collect()));
        }
        if let Some(v) = o.exact::<DictItems>() {
            let Some(d) = v.dict.exact::<Dict>() else {
                return Ok(None);
            };
            let pairs = d.snapshot(self);
            let pairs = pairs.into_iter().map(|(k, v, _)| self.pair(k, v));
            return pairs.collect::<Res<Vec<Obj>>>().map(Some);
        }
        Ok(crate::modules::collections::deque_now(self, o))
    }

    /// `len(o)`
    pub fn len(&self, o: &Obj) -> Res<usize> {
        match self.type_of(o).slots().len {
            Some(f) => f(self, o),
            None => Err(self.type_error(format!(
                "object of type '{}' has no len()",
                self.type_name(o)
            ))),
        }
    }

    /// `operator.length_hint(o, default)`
    pub fn length_hint(&self, o: &Obj, default: usize) -> Res<usize> {
        if self.type_of(o).slots().len.is_some() {
            match self.len(o) {
                Ok(n) => return Ok(n),
                Err(e) if e.is(self, TypeId::TypeError) => {}
                Err(e) => return Err(e),
            }
        }
        let Some(f) = self.special_obj(o, &self.rt().names().__length_hint__)? else {
            return Ok(default);
        };
        let r = match self.call(&f, &[]) {
            Ok(r) => r,
            Err(e) if e.is(self, TypeId::TypeError) => return Ok(default),
            Err(e) => return Err(e),
        };
        if r.is_not_implemented() {
            return Ok(default);
        }
        match self.int_like_i64(&r) {
            Some(n) if n >= 0 => Ok(n as usize),
            None if self.is_int(&r) => {
                Err(self.overflow_error("Python int too large to convert to C ssize_t"))
            }
            Some(_) => Err(self.value_error("__length_hint__() should return >= 0")),
            None => Err(self.type_error(format!(
                "__length_hint__ must be an integer, not {}",
                self.type_name(&r)
            ))),
        }
    }

    /// `o[key]`
    pub fn getitem(&self, o: &Obj, key: &Obj) -> Res {
        if let Some(f) = self.type_of(o).slots().getitem {
            return f(self, o, key);
        }
        if let Some(t) = o.cast::<crate::object::types::Type>() {
            if o.is(self.ty(TypeId::Type).obj()) {
                // `type` itself, but no class derived from it.
                let alias = self.ty(TypeId::GenericAlias).obj().clone();
                return self.call(&alias, &[o.clone(), key.clone()]);
            }
            if let Some(f) = self.getattr_opt_obj(o, &self.rt().names().__class_getitem__)? {
                return self.call(&f, std::slice::from_ref(key));
            }
            return Err(self.type_error(format!("type '{}' is not subscriptable", t.name_text())));
        }
        Err(self.type_error(format!(
            "'{}' object is not subscriptable",
            self.type_name(o)
        )))
    }

    /// `o[key] = value`
    pub fn setitem(&self, o: &Obj, key: &Obj, value: &Obj) -> Res<()> {
        match self.type_of(o).slots().setitem {
            Some(f) => f(self, o, key, Some(value)),
            None => Err(self.type_error(format!(
                "'{}' object does not support item assignment",
                self.type_name(o)
            ))),
        }
    }

    /// `del o[key]`
    pub fn delitem(&self, o: &Obj, key: &Obj) -> Res<()> {
        match self.type_of(o).slots().setitem {
            Some(f) => f(self, o, key, None),
            None => {
                // As CPython words it where the subscript of a sequence is an index, and where it is not.
                let t = self.type_of(o);
                let sequence = t.has(type_flags::HEAP) || t.slots().len.is_some();
                let is_index = self.type_of(key).slots().index.is_some();
                let not = if sequence && is_index {
                    "doesn't"
                } else {
                    "does not"
                };
                Err(self.type_error(format!(
                    "'{}' object {not} support item deletion",
                    self.type_name(o)
                )))
            }
        }
    }

    /// `item in o`
    pub fn contains(&self, o: &Obj, item: &Obj) -> Res<bool> {
        if let Some(f) = self.type_of(o).slots().contains {
            return f(self, o, item);
        }
        let it = match self.iter(o) {
            Err(e) if e.is(self, TypeId::TypeError) => {
                return Err(self.type_error(format!(
                    "argument of type '{}' is not a container or iterable",
                    self.type_name(o)
                )));
            }
            it => it?,
        };
        while let Some(x) = self.next(&it)? {
            if self.eq(&x, item)? {
                return Ok(true);
            }
            self.poll()?;
        }
        Ok(false)
    }

    /// A sequence index: negative ones count from the end; IndexError with `msg` out of range.
    pub fn seq_index(&self, key: &Obj, len: usize, msg: &str) -> Res<usize> {
        let i = match key.as_small_int() {
            Some(i) => i,
            None => {
                let n = self.index(key)?;
                let n = match n.cast::<BigInt>() {
                    Some(big) => i64::try_from(&big.n).ok(),
                    None => n.as_small_int(),
                };
                match n {
                    Some(i) => i,
                    None => {
                        return Err(self.index_error(format!(
                            "cannot fit '{}' into an index-sized integer",
                            self.type_name(key)
                        )));
                    }
                }
            }
        };
        let at = if i < 0 { i + len as i64 } else { i };
        if at < 0 || at >= len as i64 {
            Err(self.index_error(msg))
        } else {
            Ok(at as usize)
        }
    }

    /// Unpacks an iterable into a list object.
    pub fn list_of(&self, o: &Obj) -> Res<Py<List>> {
        let l = self.new_list();
        let items = self.collect(o)?;
        l.extend_vec(self, items)?;
        Ok(l)
    }

    /// `a + b` for sequences, as `operator.concat`.
    pub fn concat(&self, a: &Obj, b: &Obj) -> Res {
        match self.type_of(a).slots().concat {
            Some(f) => f(self, a, b),
            None => self.binary(BinOp::Add, a, b),
        }
    }
}
