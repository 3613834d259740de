//! The making of classes: C3 order, metaclasses, `__slots__`, `__set_name__`, `__init_subclass__`. What classes do once
//! made is in `typeobj`.

use super::descriptors;
use super::typeobj::{new, ty};
use crate::interp::dunder;
use crate::object::def::{GetSetDef, type_flags};
use crate::object::dict::Dict;
use crate::object::function::{Cell, Function};
use crate::object::layout::Native;
use crate::object::shape::{NO_ATTRS, VAR_ATTRS};
use crate::object::slots::{CallArgs, Slots};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::{Type, TypeSpec};
use crate::object::{Obj, Py};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_front::instr::Instr;
use threadsnake_front::opcode::Op;
use threadsnake_threads::sync::atomic::Ordering;

/// Attributes that an instance has room for where nothing is known about its class.
const ROOM: usize = 4;

/// How many annotations a class body has (its `__annotate__` function sets each of them once).
fn annotated(dict: &Py<Dict>, th: &Thread, name: &Obj) -> usize {
    let Some(f) = dict.get_interned(th, name) else {
        return 0;
    };
    f.exact::<Function>().map_or(0, |f| {
        let sets = |i: &&Instr| i.op() == Op::DictSet;
        f.code().front.instrs.iter().filter(sets).count()
    })
}

/// The most derived metatype of `meta` and the types of the bases.
pub fn calculate_metaclass(th: &Thread, meta: &Py<Type>, bases: &[Obj]) -> Res<Py<Type>> {
    let mut winner = meta.clone();
    for b in bases {
        let t = th.type_of(b);
        if winner.is_subtype_of(t) {
            continue;
        }
        if t.is_subtype_of(&winner) {
            winner = t.clone();
            continue;
        }
        return Err(th.type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
        ));
    }
    Ok(winner)
}

/// C3 linearisation of a class (its own entry first) with these bases.
pub fn c3(th: &Thread, me: &Obj, bases: &[Obj]) -> Res<Vec<Obj>> {
    let mut seqs: Vec<Vec<Obj>> = Vec::new();
    for b in bases {
        let Some(t) = b.cast::<Type>() else {
            return Err(th.type_error("bases must be types"));
        };
        seqs.push(
            t.mro_tuple()
                .map(|m| m.items().to_vec())
                .unwrap_or_default(),
        );
    }
    seqs.push(bases.to_vec());
    for (i, b) in bases.iter().enumerate() {
        if bases[..i].iter().any(|c| c.is(b)) {
            return Err(th.type_error(format!("duplicate base class {}", ty(b).name_text())));
        }
    }
    let mut out = vec![me.clone()];
    loop {
        seqs.retain(|s| !s.is_empty());
        if seqs.is_empty() {
            return Ok(out);
        }
        let next = seqs
            .iter()
            .map(|s| &s[0])
            .find(|c| !seqs.iter().any(|s| s[1..].iter().any(|x| x.is(c))))
            .cloned();
        let Some(next) = next else {
            let mut names: Vec<String> = Vec::new();
            for s in &seqs {
                let n = s[0]
                    .cast::<Type>()
                    .map(|t| t.name_text())
                    .unwrap_or_default();
                if !names.contains(&n) {
                    names.push(n);
                }
            }
            return Err(th.type_error(format!(
                "Cannot create a consistent method resolution order (MRO) for bases {}",
                names.join(", ")
            )));
        };
        for s in &mut seqs {
            if s[0].is(&next) {
                s.remove(0);
            }
        }
        out.push(next);
    }
}

/// The base whose layout instances get.
pub(super) fn best_base(th: &Thread, bases: &[Obj]) -> Res<Py<Type>> {
    let mut best: Option<Py<Type>> = None;
    for b in bases {
        let Some(t) = b.cast::<Type>() else {
            return Err(th.type_error("bases must be types"));
        };
        if !t.has(type_flags::BASETYPE) {
            return Err(th.type_error(format!(
                "type '{}' is not an acceptable base type",
                th.full_type_name(t)?
            )));
        }
        best = Some(match best {
            None => t.clone(),
            Some(w) => {
                let extends = |x: &Py<Type>, y: &Py<Type>| {
                    (x.layout.is_or_extends(y.layout) || plain(y)) && has_slots_of(x, y)
                };
                if extends(&w, t) {
                    w
                } else if extends(t, &w) {
                    t.clone()
                } else {
                    return Err(th.type_error("multiple bases have instance lay-out conflict"));
                }
            }
        });
    }
    match best {
        Some(b) => Ok(b),
        None => Ok(th.ty(TypeId::Object).clone()),
    }
}

/// Whether the `__slots__` of `y` lie in instances of `x` where those of `y` have them.
fn has_slots_of(x: &Py<Type>, y: &Py<Type>) -> bool {
    let base = |t: &Py<Type>| t.base.get().and_then(|b| b.cast::<Type>().cloned());
    let mut owner = y.clone();
    while let Some(b) = base(&owner)
        && b.fixed_slots == owner.fixed_slots
    {
        owner = b;
    }
    if owner.fixed_slots == 0 {
        return true;
    }
    let mut at = Some(x.clone());
    while let Some(t) = at {
        if t.obj().is(owner.obj()) {
            return true;
        }
        at = base(&t);
    }
    false
}

/// Whether instances have a size of their own each (CPython's `tp_itemsize`): such classes take no slots.
fn sized(t: &Py<Type>) -> bool {
    use crate::object::{bytes::Bytes, int::BigInt, tuple::Tuple};
    [Tuple::LAYOUT, Bytes::LAYOUT, BigInt::LAYOUT]
        .iter()
        .any(|l| std::ptr::eq(t.layout, *l))
}

/// Whether instances are laid out like those of `object`.
fn plain(t: &Py<Type>) -> bool {
    std::ptr::eq(t.layout, super::objecttype::Plain::LAYOUT)
}

fn slot_names(th: &Thread, cls: &str, v: &Obj) -> Res<Vec<Obj>> {
    let items = match v.cast::<Str>() {
        Some(_) => vec![v.clone()],
        None => th.collect(v)?,
    };
    let mut out = Vec::with_capacity(items.len());
    for o in items {
        let Some(s) = o.cast::<Str>() else {
            return Err(th.type_error(format!(
                "__slots__ items must be strings, not '{}'",
                th.type_name(&o)
            )));
        };
        let text = s.to_rust();
        let ok = text
            .chars()
            .next()
            .is_some_and(|c| c == '_' || c.is_alphabetic())
            && text.chars().all(|c| c == '_' || c.is_alphanumeric());
        if !ok {
            return Err(th.type_error("__slots__ must be identifiers"));
        }
        out.push(th.intern(&mangle(cls, &text)));
    }
    Ok(out)
}

/// Private name mangling.
pub fn mangle(cls: &str, name: &str) -> String {
    let c = cls.trim_start_matches('_');
    if name.starts_with("__") && !name.ends_with("__") && !name.contains('.') && !c.is_empty() {
        format!("_{c}{name}")
    } else {
        name.to_owned()
    }
}

/// `type.__new__(meta, name, bases, namespace, **kwargs)`
pub fn new_class(
    th: &Thread,
    meta: &Py<Type>,
    name: &Obj,
    bases: &Obj,
    ns: &Obj,
    kw: CallArgs<'_>,
) -> Res {
    let n = th.rt().names();
    let Some(name_s) = name.cast::<Str>() else {
        return Err(th.type_error(format!(
            "type.__new__() argument 1 must be str, not {}",
            th.type_name(name)
        )));
    };
    let Some(bases_t) = bases.cast::<Tuple>() else {
        return Err(th.type_error(format!(
            "type.__new__() argument 2 must be tuple, not {}",
            th.type_name(bases)
        )));
    };
    let Some(ns_d) = ns.cast::<Dict>() else {
        return Err(th.type_error(format!(
            "type.__new__() argument 3 must be dict, not {}",
            th.type_name(ns)
        )));
    };
    for b in bases_t.items() {
        if b.cast::<Type>().is_none() && th.type_lookup(th.type_of(b), "__mro_entries__").is_some()
        {
            return Err(
                th.type_error("type() doesn't support MRO entry resolution; use types.new_class()")
            );
        }
    }
    let winner = calculate_metaclass(th, meta, bases_t.items())?;
    if !winner.obj().is(meta.obj()) {
        if let Some(f) = winner.slots().new {
            if f as usize != new as *const () as usize {
                let mut all = vec![name.clone(), bases.clone(), ns.clone()];
                all.extend(kw.all.iter().cloned());
                return f(
                    th,
                    &winner,
                    CallArgs {
                        all: &all,
                        kwnames: kw.kwnames,
                    },
                );
            }
        }
    }
    let meta = winner;
    let object_only = [th.ty(TypeId::Object).obj().clone()];
    let base_items: &[Obj] = if bases_t.is_empty() {
        &object_only
    } else {
        bases_t.items()
    };
    let base = best_base(th, base_items)?;
    // A subclass of dict may have an order of its own.
    let dict = if ns_d.obj().is_exact::<Dict>() {
        ns_d.copy(th)?
    } else {
        let d = th.new_dict()?;
        super::dict::update_from(th, &d, ns_d.obj())?;
        d
    };
    let text = name_s.to_rust();
    if text.contains('\0') {
        return Err(th.value_error("type name must not contain null characters"));
    }

    // __slots__
    let mut flags = type_flags::BASETYPE | type_flags::HEAP;
    let inherited =
        type_flags::EXCEPTION | type_flags::METATYPE | type_flags::MATCH_SELF | type_flags::HAS_DEL;
    // What patterns take it for, the first base says that is one of the two.
    let collections = type_flags::SEQUENCE | type_flags::MAPPING;
    for b in base_items {
        let of_base = ty(b).flags.load(Ordering::Relaxed);
        flags |= of_base & inherited;
        if flags & collections == 0 {
            flags |= of_base & collections;
        }
    }
    let base_has_dict = base_items.iter().any(|b| ty(b).has(type_flags::HAS_DICT));
    let mut fixed: Vec<Obj> = Vec::new();
    let slots_value = dict.get_interned(th, &n.__slots__);
    let mut has_dict = true;
    let base_weak = base_items
        .iter()
        .any(|b| ty(b).has(type_flags::WEAKREFABLE));
    let mut weak = base_weak || !sized(&base);
    if let Some(v) = &slots_value {
        has_dict = base_has_dict;
        weak = base_weak;
        for s in slot_names(th, &text, v)? {
            let st = th.str_text(&s);
            match st.as_str() {
                "__dict__" => {
                    if has_dict {
                        return Err(th.type_error("__dict__ slot disallowed: we already got one"));
                    }
                    has_dict = true;
                }
                "__weakref__" => {
                    if weak || sized(&base) {
                        return Err(
                            th.type_error("__weakref__ slot disallowed: we already got one")
                        );
                    }
                    weak = true;
                }
                _ => {
                    if sized(&base) {
                        return Err(th.type_error(format!(
                            "nonempty __slots__ not supported for subtype of '{}'",
                            base.name_text()
                        )));
                    }
                    if dict.get_interned(th, &s).is_some()
                        && !matches!(st.as_str(), "__qualname__" | "__classcell__")
                    {
                        return Err(th.value_error(format!(
                            "'{st}' in __slots__ conflicts with class variable"
                        )));
                    }
                    if !fixed.iter().any(|o| o.is(&s)) {
                        fixed.push(s);
                    }
                }
            }
        }
        fixed.sort_by_key(|s| th.str_text(s));
    }
    if has_dict {
        flags |= type_flags::HAS_DICT;
    }
    if weak {
        flags |= type_flags::WEAKREFABLE;
    }
    let first_fixed = base.fixed_slots as usize;
    let nfixed = first_fixed + fixed.len();
    if nfixed > 120 {
        return Err(th.value_error("too many __slots__"));
    }
    let area = has_dict || nfixed > 0;
    let attr_offset = if base.attr_offset != NO_ATTRS {
        base.attr_offset
    } else if !area {
        NO_ATTRS
    } else if base.layout.variable {
        VAR_ATTRS
    } else {
        (16 + base.layout.size).next_multiple_of(8) as u16
    };
    let expected = match dict.get_interned(th, &n.__static_attributes__) {
        Some(t) => th.len(&t).unwrap_or(0),
        None => 0,
    };
    // What is annotated is mostly an attribute (of a dataclass, whose `__init__` is made later); some room where nothing
    // is known.
    let expected = expected.max(annotated(&dict, th, &n.__annotate_func__));
    let base_cap = base.inline_cap.load(Ordering::Relaxed) as usize;
    // A module's class may be exchanged for one derived from it: its instances are laid out as modules are.
    let like_modules = nfixed == 0 && base.is_subtype_of(th.ty(TypeId::Module));
    let cap = if like_modules {
        base_cap
    } else if has_dict {
        let known = base_cap.max(nfixed) + expected;
        let some = if known == 0 { ROOM } else { known };
        some.clamp(nfixed, 40.max(nfixed))
    } else {
        nfixed
    };

    let qualname = match dict.get_interned(th, &n.__qualname__) {
        Some(q) if q.cast::<Str>().is_some() => {
            dict.del_item(th, &n.__qualname__)?;
            q
        }
        Some(q) => {
            return Err(th.type_error(format!(
                "type __qualname__ must be a str, not {}",
                th.type_name(&q)
            )));
        }
        None => name.clone(),
    };
    let cell = dict.del_item(th, &n.__classcell__)?;
    let dict_cell = dict.del_item(th, &n.__classdictcell__)?;
    if dict.get_interned(th, &n.__module__).is_none() {
        if let Some(g) = crate::interp::api::current_globals(th) {
            if let Some(m) = g.get_interned(th, &n.__name__) {
                dict.set_item(th, &n.__module__, m)?;
            }
        }
    }
    dict.set_default(th, &n.__doc__, Obj::NONE)?;
    if let Some(v) = dict
        .get_interned(th, &n.__new__)
        .filter(|v| v.is_exact::<Function>())
    {
        dict.set_item(th, &n.__new__, descriptors::static_method(th, v))?;
    }
    for f in ["__init_subclass__", "__class_getitem__"] {
        let k = th.intern(f);
        if let Some(v) = dict.get_interned(th, &k) {
            if v.is_exact::<Function>() {
                let c = th.call(th.ty(TypeId::ClassMethod).obj(), &[v])?;
                dict.set_item(th, &k, c)?;
            }
        }
    }
    let eq = dict.get_interned(th, &n.__eq__).is_some();
    if eq && dict.get_interned(th, &n.__hash__).is_none() {
        dict.set_item(th, &n.__hash__, Obj::NONE)?;
    }

    let payload = Type::new(TypeSpec {
        name: name.clone(),
        qualname,
        dict,
        slots: Slots::NONE,
        layout: base.layout,
        id: None,
        flags,
        attr_offset,
        fixed_slots: nfixed as u16,
        inline_cap: cap as u8,
    });
    let t: Py<Type> = th.alloc_as::<Type>(&meta, payload)?;
    if let Some(h) = t.obj().header() {
        // Types die in the collector only (T3 of `object::types`).
        crate::runtime::thread::make_immortal(h);
    }
    t.base.set(th, Some(base.obj().clone()));
    t.bases.set(th, Some(th.tuple(base_items.to_vec())?));
    let mro = match th.type_of(t.obj()).lookup_where(th, &n.mro) {
        Some((f, owner)) if owner.id != Some(TypeId::Type) => {
            let r = dunder::call_bound(th, &f, t.obj(), CallArgs::pos(&[]))?;
            th.collect(&r)?
        }
        _ => c3(th, t.obj(), base_items)?,
    };
    t.mro.set(th, Some(th.tuple(mro)?));
    for (i, s) in fixed.iter().enumerate() {
        let d = descriptors::member(th, s.clone(), first_fixed + i, &t);
        t.dict.set_item(th, s, d)?;
    }
    if has_dict && !base_has_dict {
        t.dict
            .set_default(th, &n.__dict__, descriptors::getset(th, &DICT_GETSET, &t))?;
    }
    if weak && !base_weak {
        t.dict.set_default(
            th,
            &n.__weakref__,
            descriptors::getset(th, &WEAKREF_GETSET, &t),
        )?;
    }
    // The metaclass's `mro` may have looked things up before the MRO stood.
    t.modified(th);
    let slots = dunder::compute_slots(th, &t);
    // SAFETY: not yet published.
    unsafe { t.slots_mut(|s| *s = slots) };
    dunder::slot_flags(&t);
    for b in base_items {
        ty(b).subclasses.lock().push(t.obj().value());
    }
    // Only from here on do changes of the bases reach it: what was found before may be out of date.
    t.modified(th);
    for c in [&cell, &dict_cell] {
        let Some(c) = c else { continue };
        let Some(c) = c.cast::<Cell>() else {
            return Err(th.type_error(format!(
                "__classcell__ must be a nonlocal cell, not <class '{}'>",
                th.type_name(c)
            )));
        };
        let is_class = cell.as_ref().is_some_and(|x| x.is(c.obj()));
        let v = if is_class {
            t.obj().clone()
        } else {
            t.dict.obj().clone()
        };
        c.v.set(th, Some(v));
    }

    // __set_name__, in the order of definition.
    for (k, v) in t.dict.items() {
        if let Some(f) = th.special_obj(&v, &n.__set_name__)? {
            if let Err(e) = th.call(&f, &[t.obj().clone(), k.clone()]) {
                let note = format!(
                    "Error calling __set_name__ on '{}' instance {} in '{}'",
                    th.type_name(&v),
                    th.repr(&k)?.to_rust(),
                    text
                );
                super::exceptions::add_note(th, e.obj(), &note)?;
                return Err(e);
            }
        }
    }
    // super(cls, cls).__init_subclass__(**kwargs)
    let next = t
        .mro_tuple()
        .map(|m| m.items()[1..].to_vec())
        .unwrap_or_default();
    for b in &next {
        let Some(b) = b.cast::<Type>() else { continue };
        if let Some(f) = b.dict.get_interned(th, &n.__init_subclass__) {
            let f = match th.type_of(&f).slots().get {
                Some(get) => get(th, &f, None, Some(t.obj()))?,
                None => f,
            };
            th.call_args(&f, kw)?;
            break;
        }
    }
    Ok(t.into_obj())
}

/// `__dict__` of instances that have one.
pub static DICT_GETSET: GetSetDef = GetSetDef::rw(
    "__dict__",
    super::objecttype::get_dict,
    super::objecttype::set_dict,
);
static WEAKREF_GETSET: GetSetDef = GetSetDef::ro("__weakref__", super::weakref::first_reference);
