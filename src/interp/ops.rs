//! The slow paths of instructions: everything that is not worth its place in the loop.

use super::generator;
use super::names;
use crate::builtins::descriptors;
use crate::object::code::Code;
use crate::object::dict::Dict;
use crate::object::frame::{Frame, Generator};
use crate::object::function::Function;
use crate::object::iters::{ListIter, SetIter, TupleIter};
use crate::object::list::List;
use crate::object::range::RangeIter;
use crate::object::set::{FrozenSet, Set, SetRef, compare_quick};
use crate::object::slice::Bounds;
use crate::object::slots::CmpOp;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::object::{Obj, Py, Slot, Value};
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use smallvec::SmallVec;
use threadsnake_algo::text::StrBuf;
use threadsnake_front::code::flags as co;
use threadsnake_threads::sync::atomic::{AtomicU32, Ordering};

/// `UnboundLocalError`, or `NameError` for a cell variable's name (the name decides nothing: locals only get here).
#[cold]
pub fn unbound_local(th: &Thread, name: &Obj) -> Exc {
    let e = th.err(
        TypeId::UnboundLocalError,
        format!(
            "cannot access local variable '{}' where it is not associated with a value",
            th.str_text(name)
        ),
    );
    e.0.extra[0].set(th, Some(name.clone()));
    e
}

/// `NameError` for a free variable.
#[cold]
pub fn unbound_free(th: &Thread, code: &Code, n: usize) -> Exc {
    let name = &code.names[code.front.freevars[n] as usize];
    let e = th.err(
        TypeId::NameError,
        format!(
            "cannot access free variable '{}' where it is not associated with a value in enclosing scope",
            th.str_text(name)
        ),
    );
    e.0.extra[0].set(th, Some(name.clone()));
    e
}

/// `a ** b`
pub fn pow(th: &Thread, a: &Obj, b: &Obj) -> Res {
    let (x, y) = (a.value(), b.value());
    if x.is_int() && y.is_int() {
        if let Ok(n @ 0..64) = u32::try_from(y.as_int()) {
            if let Some(r) = x.as_int().checked_pow(n) {
                return Ok(th.int(r));
            }
        }
    } else if x.is_float() {
        let e = if y.is_float() {
            Some(y.as_f64())
        } else if y.is_int() {
            Some(y.as_int() as f64)
        } else {
            None
        };
        // Where nothing can be wrong with it: a positive base and a finite result.
        if let Some(e) = e {
            let r = x.as_f64().powf(e);
            if x.as_f64() > 0.0 && r.is_finite() {
                return Ok(Obj::float(r));
            }
        }
    }
    th.pow(a, b, &Obj::NONE)
}

/// `a OP b`
#[inline]
pub fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    if let (Some(x), Some(y)) = (a.exact::<Str>(), b.exact::<Str>()) {
        match op {
            CmpOp::Eq => return Ok(Obj::bool(a.is(b) || x.same(y))),
            CmpOp::Ne => return Ok(Obj::bool(!a.is(b) && !x.same(y))),
            _ => {}
        }
    }
    th.compare(a, b, op)
}

/// `bool(a OP b)`
#[inline]
pub fn compare_bool(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res<bool> {
    if let (CmpOp::Eq | CmpOp::Ne, Some(x), Some(y)) = (op, a.exact::<Str>(), b.exact::<Str>()) {
        return Ok((a.is(b) || x.same(y)) == (op == CmpOp::Eq));
    }
    if let (Some(x), Some(y)) = (SetRef::of_exact(a), SetRef::of_exact(b))
        && let Some(r) = compare_quick(th, x, y, op)
    {
        return Ok(r);
    }
    if matches!(op, CmpOp::Eq | CmpOp::Ne) && th.compare_by_identity(a, b) {
        return Ok(a.is(b) == (op == CmpOp::Eq));
    }
    let r = th.compare(a, b, op)?;
    th.truthy(&r)
}

/// `bool(o)`
#[inline]
pub fn truthy(th: &Thread, o: &Obj) -> Res<bool> {
    if let Some(l) = o.exact::<List>() {
        return Ok(!l.is_empty());
    }
    if let Some(s) = o.exact::<Str>() {
        return Ok(!s.is_empty());
    }
    if let Some(d) = o.exact::<Dict>() {
        return Ok(!d.is_empty());
    }
    th.truthy(o)
}

/// The hash of an inline integer, a str, or a class or anything else that hashes by its address.
#[inline(always)]
pub fn quick_hash(th: &Thread, o: &Obj) -> Option<u64> {
    use crate::runtime::compare::{hash_address, hash_small};
    if let Some(n) = o.as_small_int() {
        return Some(hash_small(n) as u64);
    }
    if let Some(s) = o.exact::<Str>() {
        return Some(th.hash_of_str(s));
    }
    let object: fn(&Thread, &Obj) -> Res<i64> = crate::builtins::objecttype::hash;
    let by_address = o.header().is_some()
        && match th.type_of(o).slots().hash {
            Some(f) => std::ptr::fn_addr_eq(f, object),
            None => true,
        };
    by_address.then(|| hash_address(o) as u64)
}

/// `item in o`
#[inline]
pub fn contains(th: &Thread, o: &Obj, item: &Obj) -> Res<bool> {
    if let Some(d) = o.exact::<Dict>() {
        return d.get_item(th, item).map(|v| v.is_some());
    }
    if let Some(h) = quick_hash(th, item) {
        if let Some(s) = o.exact::<Set>() {
            return s.table.contains(th, item, h);
        }
        if let Some(s) = o.exact::<FrozenSet>() {
            return s.table.contains(th, item, h);
        }
    }
    th.contains(o, item)
}

/// What the next step of an iterator is.
pub enum Next {
    /// An item (owned word).
    Item(Value),
    /// The end.
    End,
    /// It is a generator: resume it in the loop.
    Generator,
    /// Ask its type.
    Other,
}

/// The next item of the iterators that loops mostly have.
///
/// # Safety
/// `it` is a live object or an immediate.
#[inline(always)]
pub unsafe fn next_fast(th: &Thread, it: Value) -> Next {
    if !it.is_ptr() {
        return Next::Other;
    }
    // SAFETY: the caller's promise; exact types have their payloads.
    unsafe {
        let o = super::reg::obj(&it);
        let shape = o.shape_id();
        if shape == TypeId::RangeIter.root_shape() {
            return match o.cast_unchecked::<RangeIter>().next() {
                Some(n) => match Value::try_int(n) {
                    Some(v) => Next::Item(v),
                    None => Next::Item(th.int(n).into_value()),
                },
                None => Next::End,
            };
        }
        if shape == TypeId::ListIter.root_shape() {
            let l = o.cast_unchecked::<ListIter>();
            let seq = l.seq.raw();
            if !seq.is_ptr() {
                return Next::End;
            }
            let seq = super::reg::obj(&seq);
            if let Some(list) = seq.exact::<List>() {
                let i = l.index.load(Ordering::Relaxed);
                let v = list.raw_at(i);
                if !v.is_empty() {
                    l.index.store(i + 1, Ordering::Relaxed);
                    super::reg::inc(th, v);
                    return Next::Item(v);
                }
            }
            return Next::Other;
        }
        if shape == TypeId::Generator.root_shape() {
            return Next::Generator;
        }
        if shape == TypeId::SetIter.root_shape() {
            return crate::builtins::set::next_quick(o.cast_unchecked::<SetIter>());
        }
        if shape == TypeId::TupleIter.root_shape() {
            let l = o.cast_unchecked::<TupleIter>();
            let seq = l.seq.raw();
            if !seq.is_ptr() {
                return Next::End;
            }
            if let Some(t) = super::reg::obj(&seq).exact::<Tuple>() {
                let i = l.index.load(Ordering::Relaxed);
                if i < t.len() {
                    l.index.store(i + 1, Ordering::Relaxed);
                    return Next::Item(t.items()[i].clone().into_value());
                }
            }
            return Next::Other;
        }
    }
    Next::Other
}

/// The `n` items of an iterable.
pub fn unpack(th: &Thread, o: &Obj, n: usize) -> Res<Vec<Obj>> {
    if let Some(l) = o.exact::<List>() {
        let v = l.to_vec(th);
        if v.len() == n {
            return Ok(v);
        }
        return Err(unpack_count(th, n, v.len(), true));
    }
    if let Some(t) = o.exact::<Tuple>() {
        return Err(unpack_count(th, n, t.len(), true));
    }
    let it = match th.iter(o) {
        Ok(it) => it,
        Err(e) => return Err(not_unpackable(th, o, e)),
    };
    let mut out = Vec::with_capacity(n);
    while out.len() < n {
        match th.next(&it)? {
            Some(x) => out.push(x),
            None => return Err(unpack_count(th, n, out.len(), true)),
        }
    }
    match th.next(&it)? {
        Some(_) => {
            let known = o.exact::<Dict>().map(|d| d.len());
            Err(unpack_count(
                th,
                n,
                known.unwrap_or(usize::MAX),
                known.is_some(),
            ))
        }
        None => Ok(out),
    }
}

fn not_unpackable(th: &Thread, o: &Obj, e: Exc) -> Exc {
    let t = th.type_of(o).slots();
    if e.is(th, TypeId::TypeError) && t.iter.is_none() && t.getitem.is_none() {
        return th.type_error(format!(
            "cannot unpack non-iterable {} object",
            th.type_name(o)
        ));
    }
    e
}

fn unpack_count(th: &Thread, want: usize, got: usize, exact: bool) -> Exc {
    if got < want {
        th.value_error(format!(
            "not enough values to unpack (expected {want}, got {got})"
        ))
    } else if exact {
        th.value_error(format!(
            "too many values to unpack (expected {want}, got {got})"
        ))
    } else {
        th.value_error(format!("too many values to unpack (expected {want})"))
    }
}

/// Items before the starred target, a list for it, items after.
pub fn unpack_ex(th: &Thread, o: &Obj, before: usize, after: usize) -> Res<Vec<Obj>> {
    let mut items = match th.collect(o) {
        Ok(v) => v,
        Err(e) => return Err(not_unpackable(th, o, e)),
    };
    let n = items.len();
    if n < before + after {
        return Err(th.value_error(format!(
            "not enough values to unpack (expected at least {}, got {n})",
            before + after
        )));
    }
    let tail = items.split_off(n - after);
    let middle = items.split_off(before);
    items.push(th.list(middle)?);
    items.extend(tail);
    Ok(items)
}

/// `o[k]`
#[inline]
pub fn getitem(th: &Thread, o: &Obj, k: &Obj) -> Res {
    if let Some(d) = o.exact::<Dict>() {
        return match d.get_item(th, k)? {
            Some(v) => Ok(v),
            None => Err(th.key_error(k)),
        };
    }
    if let (Some(t), Some(n)) = (o.exact::<Tuple>(), k.as_small_int()) {
        let at = if n < 0 { n + t.len() as i64 } else { n };
        if at >= 0 && (at as usize) < t.len() {
            return Ok(t.items()[at as usize].clone());
        }
    }
    th.getitem(o, k)
}

/// `o[k] = v`
#[inline]
pub fn setitem(th: &Thread, o: &Obj, k: &Obj, v: &Obj) -> Res<()> {
    if let Some(d) = o.exact::<Dict>() {
        return d.set_item(th, k, v.clone());
    }
    th.setitem(o, k, v)
}

/// `o[a:b]`
pub fn get_slice(th: &Thread, o: &Obj, a: &Obj, b: &Obj) -> Res {
    if let Some(l) = o.exact::<List>() {
        if let Some(bounds) = Bounds::plain(a, b) {
            return l.slice_list(th, bounds).map(Py::into_obj);
        }
    } else if let Some(t) = o.exact::<Tuple>() {
        if let Some(bounds) = Bounds::plain(a, b) {
            let part = bounds.of(t.len());
            if part.count == t.len() {
                return Ok(o.clone());
            }
            return th.tuple_of_items(&t.items()[part.range()]);
        }
    } else if let Some(s) = o.exact::<Str>() {
        if let Some(bounds) = Bounds::plain(a, b) {
            let part = bounds.of(s.len());
            if part.count == s.len() {
                return Ok(o.clone());
            }
            let range = part.range();
            return crate::builtins::str::part(th, s.text(), range.start, range.end);
        }
    }
    let s = build_slice(th, &[a, b])?;
    th.getitem(o, &s)
}

/// `o[a:b] = v`
pub fn set_slice(th: &Thread, o: &Obj, a: &Obj, b: &Obj, v: &Obj) -> Res<()> {
    if let (Some(l), Some(items)) = (o.exact::<List>(), v.exact::<List>()) {
        if let Some(bounds) = Bounds::plain(a, b) {
            if let Some(r) = l.assign_slice(th, bounds, items) {
                return r;
            }
        }
    }
    let s = build_slice(th, &[a, b])?;
    th.setitem(o, &s, v)
}

/// `slice(…)`
pub fn build_slice(th: &Thread, parts: &[&Obj]) -> Res {
    let part = |i: usize| parts.get(i).map_or(Obj::NONE, |o| (*o).clone());
    Ok(th
        .alloc(crate::object::slice::Slice {
            start: part(0),
            stop: part(1),
            step: part(2),
        })
        .into_obj())
}

/// `{…}`
pub fn build_set(th: &Thread, items: &[Obj]) -> Res {
    let s = th.alloc(crate::object::set::Set::new()).into_obj();
    for o in items {
        set_add(th, &s, o)?;
    }
    Ok(s)
}

/// `s.add(o)` for a set made by the compiler.
pub fn set_add(th: &Thread, s: &Obj, o: &Obj) -> Res<()> {
    let h = crate::builtins::set::item_hash(th, o)?;
    match s.cast::<crate::object::set::Set>() {
        Some(set) => set.table.add(th, set.head(), o, h).map(drop),
        None => Err(th.system_error("set_add: not a set")),
    }
}

/// `{k: v, …}` of alternating keys and values.
pub fn build_dict(th: &Thread, items: &[Obj]) -> Res {
    let d = th.new_dict()?;
    for kv in items.chunks_exact(2) {
        d.set_item(th, &kv[0], kv[1].clone())?;
    }
    Ok(d.into_obj())
}

/// The units of some strings where all are ASCII, and two units or more in all.
fn ascii_parts(parts: &[Obj]) -> Option<SmallVec<[&[u8]; 16]>> {
    let mut out = SmallVec::new();
    let mut n = 0;
    for o in parts {
        let s = o.exact::<Str>()?.as_ascii()?.as_bytes();
        n += s.len();
        out.push(s);
    }
    (n > 1).then_some(out)
}

/// The strings joined.
pub fn build_string(th: &Thread, parts: &[Obj]) -> Res {
    if let [one] = parts {
        return Ok(one.clone());
    }
    if let Some(units) = ascii_parts(parts) {
        return th.str_joined(crate::object::string::StrKind::Ascii, &units);
    }
    let mut b = StrBuf::with_capacity(
        parts
            .iter()
            .filter_map(|o| o.cast::<Str>())
            .map(|s| s.len())
            .sum(),
    );
    for p in parts {
        if let Some(s) = p.cast::<Str>() {
            b.push_str(s.text());
        }
    }
    th.str_data(b.finish())
}

/// `l.extend(o)`
pub fn list_extend(th: &Thread, l: &Obj, o: &Obj) -> Res<()> {
    if let (Some(l), Some(t)) = (l.exact::<List>(), o.exact::<Tuple>()) {
        return l.extend_slice(th, t.items());
    }
    let items = match th.collect(o) {
        Ok(v) => v,
        Err(e) => {
            let t = th.type_of(o).slots();
            if e.is(th, TypeId::TypeError) && t.iter.is_none() && t.getitem.is_none() {
                return Err(th.type_error(format!(
                    "Value after * must be an iterable, not {}",
                    th.type_name(o)
                )));
            }
            return Err(e);
        }
    };
    match l.cast::<List>() {
        Some(l) => l.extend_vec(th, items),
        None => Err(th.system_error("list_extend: not a list")),
    }
}

/// `tuple(l)` of a list made by the compiler, which nobody else has and which is empty afterwards.
pub fn list_to_tuple(th: &Thread, l: &Obj) -> Res {
    match l.exact::<List>() {
        Some(l) => l.into_tuple(th),
        None => Err(th.system_error("list_to_tuple: not a list")),
    }
}

fn as_dict<'a>(th: &Thread, d: &'a Obj) -> Res<&'a Py<Dict>> {
    match d.cast::<Dict>() {
        Some(d) => Ok(d),
        None => Err(th.system_error("a dict made by the compiler is no dict")),
    }
}

fn mapping_items(th: &Thread, m: &Obj) -> Res<Option<Vec<(Obj, Obj)>>> {
    if let Some(d) = m.exact::<Dict>() {
        return Ok(Some(d.items()));
    }
    let Some(keys) = th.getattr_opt_obj(m, &th.rt().names().keys)? else {
        return Ok(None);
    };
    let keys = th.call(&keys, &[])?;
    let mut out = Vec::new();
    for k in th.collect(&keys)? {
        let v = th.getitem(m, &k)?;
        out.push((k, v));
    }
    Ok(Some(out))
}

/// `d.update(m)`
pub fn dict_update(th: &Thread, d: &Obj, m: &Obj) -> Res<()> {
    let d = as_dict(th, d)?;
    if let Some(from) = m.exact::<Dict>()
        && d.is_empty()
        && d.fill_from(th, from)?
    {
        return Ok(());
    }
    let Some(items) = mapping_items(th, m)? else {
        return Err(th.type_error(format!("'{}' object is not a mapping", th.type_name(m))));
    };
    for (k, v) in items {
        d.set_item(th, &k, v)?;
    }
    Ok(())
}

/// The text that messages about a call use for the callee.
pub fn callee_text(th: &Thread, f: &Obj) -> String {
    let q = th.getattr_opt(f, "__qualname__").ok().flatten();
    let Some(q) = q.filter(|q| q.cast::<Str>().is_some()) else {
        return th.to_str(f).map(|s| s.to_rust()).unwrap_or_default();
    };
    let m = th.getattr_opt(f, "__module__").ok().flatten();
    match m {
        Some(m) if m.cast::<Str>().is_some_and(|s| !s.eq_rust("builtins")) => {
            format!("{}.{}()", th.str_text(&m), th.str_text(&q))
        }
        _ => format!("{}()", th.str_text(&q)),
    }
}

/// Keyword arguments from a mapping.
pub fn dict_merge(th: &Thread, d: &Obj, m: &Obj, callee: &Obj) -> Res<()> {
    let d = as_dict(th, d)?;
    let Some(items) = mapping_items(th, m)? else {
        return Err(th.type_error(format!(
            "{} argument after ** must be a mapping, not {}",
            callee_text(th, callee),
            th.type_name(m)
        )));
    };
    for (k, v) in items {
        if k.cast::<Str>().is_none() {
            return Err(th.type_error("keywords must be strings"));
        }
        if d.get_item(th, &k)?.is_some() {
            return Err(th.type_error(format!(
                "{} got multiple values for keyword argument '{}'",
                callee_text(th, callee),
                th.str_text(&k)
            )));
        }
        d.set_item(th, &k, v)?;
    }
    Ok(())
}

/// A t-string's interpolation.
pub fn build_interpolation(th: &Thread, w: &[Obj], c: usize) -> Res {
    let conv = match c & 3 {
        1 => th.intern("s"),
        2 => th.intern("r"),
        3 => th.intern("a"),
        _ => Obj::NONE,
    };
    th.call(
        th.ty(TypeId::Interpolation).obj(),
        &[w[0].clone(), w[1].clone(), conv, w[2].clone()],
    )
}

/// A t-string.
pub fn build_template(th: &Thread, w: &[Obj]) -> Res {
    let (strings, interps) = (th.collect(&w[0])?, th.collect(&w[1])?);
    let mut all = Vec::new();
    let mut it = interps.into_iter();
    for s in strings {
        all.push(s);
        all.extend(it.next());
    }
    th.call(th.ty(TypeId::Template).obj(), &all)
}

/// `MakeFunction`
///
/// # Safety
/// `f` is the running frame, `w` its window of attributes.
pub unsafe fn make_function(
    th: &Thread,
    f: *mut Frame,
    code: usize,
    bits: usize,
    w: *mut Value,
) -> Res {
    // SAFETY: the caller's promise.
    unsafe {
        let code_obj = (&(*(*f).code).consts)[code].clone();
        let builtins = Obj::from_borrowed((*f).builtins);
        make_function_in(th, code_obj, names::globals(f), builtins, bits, w)
    }
}

/// As [`make_function`], of this code object, with these globals and builtins.
///
/// # Safety
/// As [`make_function`].
pub unsafe fn make_function_in(
    th: &Thread,
    code_obj: Obj,
    globals: &Py<Dict>,
    builtins: Obj,
    bits: usize,
    w: *mut Value,
) -> Res {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(c) = code_obj.cast::<Code>() else {
            return Err(th.system_error("MakeFunction: not a code object"));
        };
        let mut at = 0;
        let mut next = |bit: usize| {
            if bits & bit == 0 {
                return None;
            }
            at += 1;
            Obj::from_value_opt(super::reg::take(w.add(at - 1)))
        };
        let (defaults, kwdefaults, closure, annotate) = (next(1), next(2), next(4), next(8));
        let globals = globals.clone();
        let module = globals.get_interned(th, &th.rt().names().__name__);
        let doc = if c.has(co::HAS_DOCSTRING) {
            c.consts.first().cloned()
        } else {
            None
        };
        let Ok(builtins) = builtins.into_py::<Dict>() else {
            return Err(th.system_error("the frame's builtins are no dict"));
        };
        Ok(th
            .alloc(Function {
                globals,
                builtins,
                name: Slot::new(Some(c.name.clone())),
                qualname: Slot::new(Some(c.qualname.clone())),
                defaults: Slot::new(defaults),
                kwdefaults: Slot::new(kwdefaults),
                closure,
                doc: Slot::new(doc),
                module: Slot::new(module),
                annotations: Slot::empty(),
                annotate: Slot::new(annotate),
                type_params: Slot::empty(),
                version: AtomicU32::new(0),
                code: Slot::new(Some(code_obj)),
            })
            .into_obj())
    }
}

/// `super(cls, me).name`, as `LoadSuperAttr` and `LoadSuperMethod` need it.
pub fn super_attr(
    th: &Thread,
    sup: &Obj,
    cls: &Obj,
    me: &Obj,
    name: &Obj,
    method: bool,
) -> Res<(Obj, Option<Obj>)> {
    let real = sup.is(th.ty(TypeId::Super).obj());
    if real {
        if let Some(c) = cls.cast::<Type>() {
            let start = match me.cast::<Type>() {
                Some(m) if m.is_subtype_of(c) => Some((m.clone(), true)),
                _ if th.type_of(me).is_subtype_of(c) => Some((th.type_of(me).clone(), false)),
                _ => None,
            };
            if let (Some((start, is_type)), Some(mro)) =
                (&start, start.as_ref().and_then(|s| s.0.mro_tuple()))
            {
                if !name.is(&th.rt().names().__class__) {
                    let after = mro.items().iter().skip_while(|t| !t.is(cls)).skip(1);
                    for t in after {
                        let Some(t) = t.cast::<Type>() else { continue };
                        if let Some(v) = t.dict.get_interned(th, name) {
                            if method && !is_type && descriptors::is_plain_method(&v) {
                                return Ok((v, Some(me.clone())));
                            }
                            let got = match th.type_of(&v).slots().get {
                                Some(get) => get(
                                    th,
                                    &v,
                                    if *is_type { None } else { Some(me) },
                                    Some(start.obj()),
                                )?,
                                None => v,
                            };
                            return Ok((got, None));
                        }
                    }
                    return Err(th.attribute_error_on(
                        me,
                        name,
                        format!("'super' object has no attribute '{}'", th.str_text(name)),
                    ));
                }
            }
        }
    }
    let s = th.call(sup, &[cls.clone(), me.clone()])?;
    th.getattr_obj(&s, name).map(|v| (v, None))
}

/// The traceback that `__exit__` gets.
pub fn exit_traceback(th: &Thread, e: &Obj) -> Obj {
    let tb = th.getattr_opt(e, "__traceback__");
    tb.ok().flatten().unwrap_or(Obj::NONE)
}

/// The name of a special method of `with`, as `LoadSpecial` numbers them.
pub fn special_name(th: &Thread, which: usize) -> &Obj {
    let n = th.rt().names();
    [&n.__enter__, &n.__exit__, &n.__aenter__, &n.__aexit__][which]
}

/// The special methods of `with`.
pub fn load_special(th: &Thread, o: &Obj, which: usize) -> Res<(Obj, Option<Obj>)> {
    let n = th.rt().names();
    let name = special_name(th, which);
    let t = th.type_of(o);
    let Some(f) = t.lookup(th, name) else {
        let (kind, other, hint) = match which {
            0 | 1 => (
                "context manager",
                &n.__aenter__,
                "Did you mean to use 'async with'?",
            ),
            _ => (
                "asynchronous context manager",
                &n.__enter__,
                "Did you mean to use 'with'?",
            ),
        };
        let suffix = format!(" (missed {} method)", th.str_text(name));
        let hint = if t.lookup(th, other).is_some() {
            format!(" {hint}")
        } else {
            String::new()
        };
        return Err(th.type_error(format!(
            "'{}' object does not support the {kind} protocol{suffix}{}",
            th.full_type_name(t)?.trim_start_matches("__main__."),
            hint
        )));
    };
    if descriptors::is_plain_method(&f) {
        return Ok((f, Some(o.clone())));
    }
    match th.type_of(&f).slots().get {
        Some(get) => get(th, &f, Some(o), Some(t.obj())).map(|v| (v, None)),
        None => Ok((f, None)),
    }
}

/// The iterator that `yield from` uses.
pub fn yield_from_iter(th: &Thread, o: &Obj) -> Res {
    match th.type_of(o).id {
        Some(TypeId::Generator) => Ok(o.clone()),
        Some(TypeId::Coroutine) => {
            // SAFETY: the running frame.
            let flags = unsafe { (&*(*th.top.get()).code).front.flags };
            if flags & (co::COROUTINE | co::ITERABLE_COROUTINE) == 0 {
                return Err(th.type_error(
                    "cannot 'yield from' a coroutine object in a non-coroutine generator",
                ));
            }
            Ok(o.clone())
        }
        _ => th.iter(o),
    }
}

/// The iterator of an awaitable.
pub fn get_awaitable(th: &Thread, o: &Obj, what: usize) -> Res {
    if let Some(it) = awaitable_iter(th, o)? {
        return Ok(it);
    }
    Err(match what {
        1 => th.type_error(format!(
            "'async with' received an object from __aenter__ that does not implement __await__: {}",
            th.type_name(o)
        )),
        2 => th.type_error(format!(
            "'async with' received an object from __aexit__ that does not implement __await__: {}",
            th.type_name(o)
        )),
        _ => th.type_error(format!("'{}' object can't be awaited", th.type_name(o))),
    })
}

/// The iterator of an awaitable; `None` where it is none.
pub fn awaitable_iter(th: &Thread, o: &Obj) -> Res<Option<Obj>> {
    match th.type_of(o).id {
        Some(TypeId::Coroutine) => {
            if let Some(g) = o.cast::<Generator>() {
                if generator::delegate(g).is_some() {
                    return Err(th.runtime_error("coroutine is being awaited already"));
                }
            }
            return Ok(Some(o.clone()));
        }
        Some(TypeId::Generator) => {
            if let Some(g) = o.cast::<Generator>() {
                if g.code
                    .cast::<Code>()
                    .is_some_and(|c| c.has(co::ITERABLE_COROUTINE))
                {
                    return Ok(Some(o.clone()));
                }
            }
            return Ok(None);
        }
        _ => {}
    }
    let Some(f) = th.type_of(o).slots().await_ else {
        return Ok(None);
    };
    let it = f(th, o)?;
    if th.type_of(&it).id == Some(TypeId::Coroutine) {
        return Err(th.type_error("__await__() returned a coroutine"));
    }
    if th.type_of(&it).slots().next.is_none() {
        return Err(th.type_error(format!(
            "__await__() returned non-iterator of type '{}'",
            th.type_name(&it)
        )));
    }
    Ok(Some(it))
}

/// `aiter(o)` of `async for`.
pub fn get_aiter(th: &Thread, o: &Obj) -> Res {
    let Some(f) = th.type_of(o).slots().aiter else {
        return Err(th.type_error(format!(
            "'async for' requires an object with __aiter__ method, got {}",
            th.type_name(o)
        )));
    };
    let it = f(th, o)?;
    if th.type_of(&it).slots().anext.is_none() {
        return Err(th.type_error(format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            th.type_name(&it)
        )));
    }
    Ok(it)
}

/// The awaitable of `anext`, made ready to be sent into.
pub fn get_anext(th: &Thread, o: &Obj) -> Res {
    let Some(f) = th.type_of(o).slots().anext else {
        return Err(th.type_error(format!(
            "'async for' requires an iterator with __anext__ method, got {}",
            th.type_name(o)
        )));
    };
    let a = f(th, o)?;
    if matches!(th.type_of(&a).id, Some(TypeId::AsyncGenASend)) {
        return Ok(a);
    }
    match awaitable_iter(th, &a) {
        Ok(Some(it)) => Ok(it),
        Ok(None) => Err(th.type_error(format!(
            "'async for' received an invalid object from __anext__: {}",
            th.type_name(&a)
        ))),
        Err(e) => {
            let n = th.type_error(format!(
                "'async for' received an invalid object from __anext__: {}",
                th.type_name(&a)
            ));
            n.0.cause.set(th, Some(e.into_obj()));
            Err(n)
        }
    }
}

/// A value that an async generator yields, told from one that it awaits.
pub fn async_gen_wrap(th: &Thread, o: &Obj) -> Res {
    crate::builtins::asyncgen::wrap(th, o)
}

/// `import name`, or the first half of `from name import …`, in a frame.
///
/// # Safety
/// A live record.
pub unsafe fn import_name(th: &Thread, f: *mut Frame, name: &Obj, from: &Obj, level: usize) -> Res {
    // SAFETY: the caller's promise.
    let (builtins, globals, locals) = unsafe {
        let locals = match (*f).locals.is_empty() {
            true => Obj::NONE,
            false => Obj::from_borrowed((*f).locals),
        };
        let [b, g] = [(*f).builtins, (*f).globals].map(|v| Obj::from_borrowed(v));
        (b, g, locals)
    };
    import_name_in(th, &builtins, &globals, locals, name, from, level)
}

/// As [`import_name`], with these builtins, globals and locals.
pub fn import_name_in(
    th: &Thread,
    builtins: &Obj,
    globals: &Obj,
    locals: Obj,
    name: &Obj,
    from: &Obj,
    level: usize,
) -> Res {
    let import = builtins
        .cast::<Dict>()
        .and_then(|b| b.get_interned(th, &th.rt().names().__import__));
    match import {
        Some(i) if !crate::modules::import::is_native_import(th, &i) => {
            let level = Obj::small_int(level as i64);
            let args = [name.clone(), globals.clone(), locals, from.clone(), level];
            th.call(&i, &args)
        }
        Some(_) => crate::modules::import::import_name(th, name, globals, from, level as i64),
        None => Err(th.import_error_plain("__import__ not found")),
    }
}

/// `from module import name`
pub fn import_from(th: &Thread, m: &Obj, name: &Obj) -> Res {
    crate::modules::import::import_from(th, m, name)
}

/// `from module import *`
pub fn import_star(th: &Thread, m: &Obj, ns: &Obj) -> Res<()> {
    crate::modules::import::import_star(th, m, ns)
}

/// A type parameter.
pub fn type_var(th: &Thread, name: &Obj, eval: Option<&Obj>, which: usize) -> Res {
    crate::builtins::typevar::make(th, name, eval, which)
}

/// The default of a type parameter.
pub fn type_param_default(th: &Thread, p: &Obj, f: &Obj) -> Res<()> {
    crate::builtins::typevar::set_default(th, p, f)
}

/// `type X = …`
pub fn type_alias(th: &Thread, w: &[Obj]) -> Res {
    crate::builtins::typevar::alias(th, &w[0], &w[1], &w[2])
}

/// `typing.Generic[params]`
pub fn subscript_generic(th: &Thread, params: &Obj) -> Res {
    crate::builtins::typevar::subscript_generic(th, params)
}

/// `sys.displayhook(o)`
pub fn print_expr(th: &Thread, o: &Obj) -> Res<()> {
    match th.sys_get("displayhook") {
        Some(f) => th.call(&f, std::slice::from_ref(o)).map(drop),
        None => Err(th.runtime_error("lost sys.displayhook")),
    }
}
