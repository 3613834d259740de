//! `type`: making classes (C3 order, metaclasses, `__slots__`, `__set_name__`, `__init_subclass__`), calling them, and
//! their attributes.

use super::descriptors;
use crate::interp::dunder;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::dict::Dict;
use crate::object::function::{Cell, Function};
use crate::object::layout::Native;
use crate::object::shape::{NO_ATTRS, VAR_ATTRS};
use crate::object::sig::Args;
use crate::object::slots::{CallArgs, Slots};
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::object::types::{Type, TypeSpec};
use crate::object::{Obj, Py};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

fn ty(o: &Obj) -> &Py<Type> {
    match o.cast::<Type>() {
        Some(t) => t,
        None => unreachable!("slots of type are called for types only"),
    }
}

// --- calling

/// `cls(…)`
pub fn call_type(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    if cls.id == Some(TypeId::Type) && args.all.len() == 1 && args.kwnames.is_empty() {
        return Ok(th.type_of(&args.all[0]).obj().clone());
    }
    let Some(new) = cls.slots().new else {
        return Err(th.type_error(format!(
            "cannot create '{}' instances",
            th.full_type_name(cls)?
        )));
    };
    if cls.has(type_flags::NO_NEW) {
        return Err(th.type_error(format!(
            "cannot create '{}' instances",
            th.full_type_name(cls)?
        )));
    }
    let o = new(th, cls, args)?;
    let t = th.type_of(&o);
    if t.obj().is(cls.obj()) || t.is_subtype_of(cls) {
        if let Some(init) = t.slots().init {
            init(th, &o, args)?;
        }
    }
    Ok(o)
}

// --- attributes of types

/// `type.__getattribute__`
pub fn type_getattr(th: &Thread, o: &Obj, name: &Obj) -> Res {
    match type_getattr_opt(th, o, name)? {
        Some(v) => Ok(v),
        None => Err(th.no_attribute(o, name)),
    }
}

fn type_getattr_opt(th: &Thread, o: &Obj, name: &Obj) -> Res<Option<Obj>> {
    let meta = th.type_of(o);
    let found = meta.lookup(th, name);
    if let Some(d) = &found {
        let s = th.type_of(d).slots();
        if let (Some(get), true) = (s.get, s.set.is_some()) {
            return get(th, d, Some(o), Some(meta.obj())).map(Some);
        }
    }
    if let Some(v) = ty(o).lookup(th, name) {
        return match th.type_of(&v).slots().get {
            Some(get) => get(th, &v, None, Some(o)).map(Some),
            None => Ok(Some(v)),
        };
    }
    match found {
        Some(d) => match th.type_of(&d).slots().get {
            Some(get) => get(th, &d, Some(o), Some(meta.obj())).map(Some),
            None => Ok(Some(d)),
        },
        None => Ok(None),
    }
}

/// `type.__setattr__`
pub fn type_setattr(th: &Thread, o: &Obj, name: &Obj, v: Option<&Obj>) -> Res<()> {
    let t = ty(o);
    if t.has(type_flags::IMMUTABLE) {
        return Err(th.type_error(format!(
            "cannot set '{}' attribute of immutable type '{}'",
            th.str_text(name),
            th.full_type_name(t)?
        )));
    }
    if let Some(d) = th.type_of(o).lookup(th, name) {
        if let Some(set) = th.type_of(&d).slots().set {
            return set(th, &d, o, v);
        }
    }
    if !t.set_attr_raw(th, name, v)? {
        return Err(th.no_attribute(o, name));
    }
    dunder::update_slots(th, t, &th.str_text(name));
    Ok(())
}

/// Adds the names of a type and its bases to `names`.
pub fn collect_dir(th: &Thread, t: &Py<Type>, names: &Py<Dict>) -> Res<()> {
    if let Some(m) = t.mro_tuple() {
        for b in m.items().iter().rev() {
            if let Some(b) = b.cast::<Type>() {
                for (k, _) in b.dict.items() {
                    names.set_item(th, &k, Obj::NONE)?;
                }
            }
        }
    }
    Ok(())
}

// --- making

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
fn best_base(th: &Thread, bases: &[Obj]) -> Res<Py<Type>> {
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
    let dict = ns_d.copy(th)?;
    let text = name_s.to_rust();
    if text.contains('\0') {
        return Err(th.value_error("type name must not contain null characters"));
    }

    // __slots__
    let mut flags = type_flags::BASETYPE | type_flags::HEAP | type_flags::WEAKREFABLE;
    let inherited = type_flags::EXCEPTION
        | type_flags::METATYPE
        | type_flags::SEQUENCE
        | type_flags::MAPPING
        | type_flags::MATCH_SELF
        | type_flags::HAS_DEL;
    for b in base_items {
        flags |= ty(b).flags.load(Ordering::Relaxed) & inherited;
    }
    let base_has_dict = base_items.iter().any(|b| ty(b).has(type_flags::HAS_DICT));
    let mut fixed: Vec<Obj> = Vec::new();
    let slots_value = dict.get_interned(th, &n.__slots__);
    let mut has_dict = true;
    if let Some(v) = &slots_value {
        has_dict = base_has_dict;
        for s in slot_names(th, &text, v)? {
            let st = th.str_text(&s);
            match st.as_str() {
                "__dict__" => {
                    if base_has_dict {
                        return Err(th.type_error("__dict__ slot disallowed: we already got one"));
                    }
                    has_dict = true;
                }
                "__weakref__" => {}
                _ => {
                    if base.layout.variable && !plain(&base) {
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
    let base_cap = base.inline_cap.load(Ordering::Relaxed) as usize;
    let cap = if has_dict {
        (base_cap.max(nfixed) + expected).clamp(nfixed, 40.max(nfixed))
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
    if slots_value.is_none() {
        t.dict.set_default(
            th,
            &n.__weakref__,
            descriptors::getset(th, &WEAKREF_GETSET, &t),
        )?;
    }
    let slots = dunder::compute_slots(th, &t);
    // SAFETY: not yet published.
    unsafe { t.slots_mut(|s| *s = slots) };
    dunder::slot_flags(&t);
    for b in base_items {
        ty(b).subclasses.lock().push(t.obj().value());
    }
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

fn new(th: &Thread, meta: &Py<Type>, args: CallArgs<'_>) -> Res {
    let pos = args.positional();
    if pos.len() == 1 && args.kwnames.is_empty() && meta.id == Some(TypeId::Type) {
        return Ok(th.type_of(&pos[0]).obj().clone());
    }
    if pos.len() != 3 {
        return Err(th.type_error("type() takes 1 or 3 arguments"));
    }
    new_class(
        th,
        meta,
        &pos[0],
        &pos[1],
        &pos[2],
        CallArgs {
            all: &args.all[3..],
            kwnames: args.kwnames,
        },
    )
}

fn init(th: &Thread, _o: &Obj, args: CallArgs<'_>) -> Res<()> {
    match args.positional().len() {
        1 | 3 => Ok(()),
        _ => Err(th.type_error("type.__init__() takes 1 or 3 arguments")),
    }
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let t = ty(o);
    th.str(&format!("<class '{}'>", th.full_type_name(t)?))
}

// --- getset

fn get_name(_th: &Thread, o: &Obj) -> Res {
    Ok(ty(o).name.get().unwrap_or(Obj::NONE))
}

fn check_heap(th: &Thread, o: &Obj, what: &str, v: Option<&Obj>) -> Res<Obj> {
    let t = ty(o);
    if t.has(type_flags::IMMUTABLE) {
        return Err(th.type_error(format!(
            "cannot set '{what}' attribute of immutable type '{}'",
            th.full_type_name(t)?
        )));
    }
    match v {
        Some(v) => Ok(v.clone()),
        None => Err(th.type_error(format!(
            "cannot delete '{what}' attribute of type '{}'",
            t.name_text()
        ))),
    }
}

fn set_name(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let v = check_heap(th, o, "__name__", v)?;
    if v.cast::<Str>().is_none() {
        return Err(th.type_error(format!(
            "can only assign string to {}.__name__, not '{}'",
            ty(o).name_text(),
            th.type_name(&v)
        )));
    }
    ty(o).name.set(th, Some(v));
    Ok(())
}

fn set_qualname(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let v = check_heap(th, o, "__qualname__", v)?;
    if v.cast::<Str>().is_none() {
        return Err(th.type_error(format!(
            "can only assign string to {}.__qualname__, not '{}'",
            ty(o).name_text(),
            th.type_name(&v)
        )));
    }
    ty(o).qualname.set(th, Some(v));
    Ok(())
}

fn from_dict(th: &Thread, o: &Obj, name: &Obj) -> Option<Obj> {
    ty(o).dict.get_interned(th, name)
}

fn set_bases(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let v = check_heap(th, o, "__bases__", v)?;
    let Some(bases) = v.cast::<Tuple>() else {
        return Err(th.type_error(format!(
            "can only assign tuple to {}.__bases__, not {}",
            ty(o).name_text(),
            th.type_name(&v)
        )));
    };
    if bases.is_empty() {
        return Err(th.type_error(format!(
            "can only assign non-empty tuple to {}.__bases__, not ()",
            ty(o).name_text()
        )));
    }
    let t = ty(o);
    for b in bases.items() {
        match b.cast::<Type>() {
            Some(b) if b.is_subtype_of(t) => {
                return Err(th.type_error("a __bases__ item causes an inheritance cycle"));
            }
            Some(_) => {}
            None => {
                return Err(th.type_error(format!(
                    "{}.__bases__ must be tuple of classes, not '{}'",
                    t.name_text(),
                    th.type_name(b)
                )));
            }
        }
    }
    let base = best_base(th, bases.items())?;
    if !std::ptr::eq(base.layout, t.layout) {
        return Err(th.type_error(format!(
            "__bases__ assignment: '{}' object layout differs from '{}'",
            base.name_text(),
            t.base
                .get()
                .and_then(|b| b.cast::<Type>().map(|t| t.name_text()))
                .unwrap_or_default()
        )));
    }
    let mro = c3(th, o, bases.items())?;
    let old = t.bases.get();
    if let Some(old) = old.as_ref().and_then(|o| o.cast::<Tuple>()) {
        for b in old.items() {
            ty(b).subclasses.lock().retain(|s| *s != o.value());
        }
    }
    for b in bases.items() {
        ty(b).subclasses.lock().push(o.value());
    }
    t.mro.set(th, Some(th.tuple(mro)?));
    t.bases.set(th, Some(v.clone()));
    t.base.set(th, Some(base.into_obj()));
    // Subclasses follow.
    let mut todo = t.subclasses.lock().clone();
    while let Some(s) = todo.pop() {
        // SAFETY: T3 of `object::types`.
        let s = unsafe { Obj::from_borrowed(s) };
        let st = ty(&s);
        let b = st
            .bases
            .get()
            .map(|b| th.collect(&b))
            .transpose()?
            .unwrap_or_default();
        let m = c3(th, &s, &b)?;
        st.mro.set(th, Some(th.tuple(m)?));
        todo.extend(st.subclasses.lock().iter());
    }
    t.modified(th);
    dunder::update_slots(th, t, "__init__");
    Ok(())
}

fn get_annotations(th: &Thread, o: &Obj) -> Res {
    let n = th.rt().names();
    let t = ty(o);
    for k in [&n.__annotations__, &n.__annotations_cache__] {
        if let Some(v) = t.dict.get_interned(th, k) {
            return match th.type_of(&v).slots().get {
                Some(get) if !v.is_exact::<Dict>() => {
                    get(th, &v, Some(o), Some(th.type_of(o).obj()))
                }
                _ => Ok(v),
            };
        }
    }
    if t.has(type_flags::IMMUTABLE) {
        return Err(th.no_attribute(o, &n.__annotations__));
    }
    let f = get_annotate(th, o)?;
    let d = if f.is_none() {
        th.new_dict()?.into_obj()
    } else {
        let d = th.call(&f, &[Obj::small_int(1)])?;
        if d.cast::<Dict>().is_none() {
            return Err(th.type_error(format!(
                "__annotate__ returned non-dict of type '{}'",
                th.type_name(&d)
            )));
        }
        d
    };
    t.set_attr_raw(th, &n.__annotations_cache__, Some(&d))?;
    Ok(d)
}

fn set_annotations(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let n = th.rt().names();
    let t = ty(o);
    if t.has(type_flags::IMMUTABLE) {
        check_heap(th, o, "__annotations__", v)?;
    }
    let key = if t.dict.get_interned(th, &n.__annotations__).is_some() {
        &n.__annotations__
    } else {
        &n.__annotations_cache__
    };
    if !t.set_attr_raw(th, key, v)? {
        return Err(th.no_attribute(o, &n.__annotations__));
    }
    t.set_attr_raw(th, &n.__annotate_func__, Some(&Obj::NONE))?;
    Ok(())
}

fn get_annotate(th: &Thread, o: &Obj) -> Res {
    let n = th.rt().names();
    let t = ty(o);
    if t.has(type_flags::IMMUTABLE) {
        return Err(th.no_attribute(o, &n.__annotate__));
    }
    for k in [&n.__annotate_func__, &n.__annotate__] {
        if let Some(v) = t.dict.get_interned(th, k) {
            return Ok(v);
        }
    }
    Ok(Obj::NONE)
}

fn set_annotate(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let n = th.rt().names();
    let v = check_heap(th, o, "__annotate__", v)?;
    let t = ty(o);
    t.set_attr_raw(th, &n.__annotate_func__, Some(&v))?;
    t.set_attr_raw(th, &n.__annotations_cache__, None)?;
    Ok(())
}

fn get_abstract(th: &Thread, o: &Obj) -> Res {
    let n = th.rt().names();
    match from_dict(th, o, &n.__abstractmethods__) {
        Some(v) if ty(o).id != Some(TypeId::Type) => Ok(v),
        _ => Err(th.attribute_error("__abstractmethods__")),
    }
}

fn set_abstract(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let n = th.rt().names();
    let t = ty(o);
    if !t.set_attr_raw(th, &n.__abstractmethods__, v)? {
        return Err(th.attribute_error("__abstractmethods__"));
    }
    let on = match v {
        Some(v) => th.truthy(v)?,
        None => false,
    };
    if on {
        t.flags.fetch_or(type_flags::ABSTRACT, Ordering::Relaxed);
    } else {
        t.flags.fetch_and(!type_flags::ABSTRACT, Ordering::Relaxed);
    }
    Ok(())
}

fn get_doc(th: &Thread, o: &Obj) -> Res {
    match from_dict(th, o, &th.rt().names().__doc__) {
        Some(v) => match th.type_of(&v).slots().get {
            Some(get) if !v.is_exact::<Function>() => get(th, &v, None, Some(o)),
            _ => Ok(v),
        },
        None => Ok(Obj::NONE),
    }
}

fn set_in_dict(name: &'static str) -> impl Fn(&Thread, &Obj, Option<&Obj>) -> Res<()> {
    move |th, o, v| {
        let v = check_heap(th, o, name, v)?;
        ty(o).set_attr_raw(th, &th.intern(name), Some(&v))?;
        Ok(())
    }
}

fn subclasses(th: &Thread, a: Args<'_>) -> Res {
    let list = ty(a.get(0)).subclasses.lock().clone();
    // SAFETY: T3 of `object::types`.
    th.list(
        list.into_iter()
            .map(|s| unsafe { Obj::from_borrowed(s) })
            .collect(),
    )
}

/// `type`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        init: Some(init),
        call: Some(|th, o, args| call_type(th, ty(o), args)),
        repr: Some(repr),
        getattr: Some(type_getattr),
        setattr: Some(type_setattr),
        ..Slots::NONE
    }
    .bin(crate::object::slots::BinOp::Or, super::union_or),
    getset: &[
        GetSetDef::rw("__name__", get_name, set_name),
        GetSetDef::rw(
            "__qualname__",
            |_, o| Ok(ty(o).qualname.get().unwrap_or(Obj::NONE)),
            set_qualname,
        ),
        GetSetDef::rw(
            "__bases__",
            |_, o| Ok(ty(o).bases.get().unwrap_or(Obj::NONE)),
            set_bases,
        ),
        GetSetDef::ro("__base__", |_, o| Ok(ty(o).base.get().unwrap_or(Obj::NONE))),
        GetSetDef::ro("__mro__", |_, o| Ok(ty(o).mro.get().unwrap_or(Obj::NONE))),
        GetSetDef::ro("__dict__", |th, o| {
            th.call(
                th.ty(TypeId::MappingProxy).obj(),
                &[ty(o).dict.obj().clone()],
            )
        }),
        GetSetDef::rw(
            "__module__",
            |th, o| match from_dict(th, o, &th.rt().names().__module__) {
                Some(v) if v.cast::<descriptors::GetSet>().is_none() => Ok(v),
                _ => Ok(th.rt().names().builtins.clone()),
            },
            |th, o, v| set_in_dict("__module__")(th, o, v),
        ),
        GetSetDef::rw("__doc__", get_doc, |th, o, v| {
            set_in_dict("__doc__")(th, o, v)
        }),
        GetSetDef::rw("__annotations__", get_annotations, set_annotations),
        GetSetDef::rw("__annotate__", get_annotate, set_annotate),
        GetSetDef::rw(
            "__type_params__",
            |th, o| match from_dict(th, o, &th.rt().names().__type_params__) {
                Some(v) => Ok(v),
                None => Ok(th.empty_tuple()),
            },
            |th, o, v| set_in_dict("__type_params__")(th, o, v),
        ),
        GetSetDef::rw("__abstractmethods__", get_abstract, set_abstract),
        GetSetDef::ro("__flags__", |_, o| {
            let t = ty(o);
            let mut f = 0i64;
            for (mine, theirs) in [
                (type_flags::HEAP, 1 << 9),
                (type_flags::BASETYPE, 1 << 10),
                (type_flags::ABSTRACT, 1 << 20),
                (type_flags::IMMUTABLE, 1 << 8),
                (type_flags::SEQUENCE, 1 << 5),
                (type_flags::MAPPING, 1 << 6),
                (type_flags::EXCEPTION, 1 << 30),
                (type_flags::METATYPE, 1 << 31),
            ] {
                if t.has(mine) {
                    f |= theirs;
                }
            }
            Ok(Obj::small_int(f))
        }),
        GetSetDef::ro("__basicsize__", |_, o| {
            Ok(Obj::small_int(16 + ty(o).layout.size as i64))
        }),
        GetSetDef::ro("__itemsize__", |_, o| {
            Ok(Obj::small_int(if ty(o).layout.variable { 8 } else { 0 }))
        }),
        GetSetDef::ro("__dictoffset__", |_, o| {
            Ok(Obj::small_int(if ty(o).has(type_flags::HAS_DICT) {
                -1
            } else {
                0
            }))
        }),
        GetSetDef::ro("__weakrefoffset__", |_, _| Ok(Obj::small_int(-1))),
        GetSetDef::ro("__text_signature__", |_, _| Ok(Obj::NONE)),
    ],
    methods: &[
        MethodDef::new("mro", "($self, /)", |th, a| {
            let o = a.get(0);
            let bases = ty(o)
                .bases
                .get()
                .map(|b| th.collect(&b))
                .transpose()?
                .unwrap_or_default();
            let m = c3(th, o, &bases)?;
            th.list(m)
        }),
        MethodDef::new("__subclasses__", "($self, /)", subclasses),
        MethodDef::class(
            "__prepare__",
            "($cls, name=None, bases=(), /, **kwds)",
            |th, _| th.new_dict().map(Py::into_obj),
        ),
        MethodDef::new("__instancecheck__", "($self, instance, /)", |th, a| {
            th.real_isinstance(a.get(1), ty(a.get(0))).map(Obj::bool)
        }),
        MethodDef::new("__subclasscheck__", "($self, subclass, /)", |th, a| {
            th.real_issubclass(a.get(1), ty(a.get(0))).map(Obj::bool)
        }),
        MethodDef::new("__dir__", "($self, /)", |th, a| {
            let d = th.new_dict()?;
            collect_dir(th, ty(a.get(0)), &d)?;
            th.list(d.items().into_iter().map(|(k, _)| k).collect())
        }),
        MethodDef::new("__sizeof__", "($self, /)", |_, _| Ok(Obj::small_int(600))),
    ],
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::METATYPE,
    ..TypeDef::new(TypeId::Type, "type", Type::LAYOUT)
};
