//! `_abc`: abstract base classes: which methods are abstract, virtual subclasses, and the caches of `isinstance`.
//!
//! Each class has an `AbcData` with three sets of classes (registered, known subclasses, known others), held by weak
//! references and keyed by address. A class that is asked about is alive: an entry at its address whose reference is not
//! dead is that very class.

use crate::builtins::weakref::WeakRef;
use crate::modules::prelude::*;
use foldhash::HashMap;
use threadsnake_threads::sync::atomic::{AtomicU64, Ordering};

/// Classes by address, weakly.
#[derive(Default)]
struct Classes(HashMap<u64, Obj>);

impl Trace for Classes {
    fn trace(&self, visit: Visit<'_>) {
        self.0.values().for_each(|o| o.trace(visit));
    }
}

/// Payload of `cls._abc_impl`.
pub struct AbcData {
    registry: Guarded<Classes>,
    cache: Guarded<Classes>,
    negative: Guarded<Classes>,
    /// Value of the runtime's counter for which `negative` holds.
    negative_version: AtomicU64,
}
native!(AbcData, AbcData, "_abc_data", registry, cache, negative);

/// The types, for `builtins::table`.
pub static TYPES: &[&TypeDef] = &[&ABC_DATA];

static ABC_DATA: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    ..TypeDef::new(TypeId::AbcData, "_abc._abc_data", AbcData::LAYOUT)
};

/// Counts registrations.
#[derive(Default)]
struct State {
    counter: AtomicU64,
}

fn counter(th: &Thread) -> &AtomicU64 {
    &th.rt().module_state::<State>().counter
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("get_cache_token", "()", |th, _| {
            Ok(th.uint(counter(th).load(Ordering::Relaxed)))
        }),
        MethodDef::new("_abc_init", "(self, /)", init),
        MethodDef::new("_abc_register", "(self, subclass, /)", register),
        MethodDef::new("_abc_instancecheck", "(self, instance, /)", instance_check),
        MethodDef::new("_abc_subclasscheck", "(self, subclass, /)", subclass_check),
        MethodDef::new("_reset_registry", "(self, /)", |th, a| {
            let d = data(th, a.get(0))?;
            drop(d.registry.take(th, d.head()));
            Ok(Obj::NONE)
        }),
        MethodDef::new("_reset_caches", "(self, /)", |th, a| {
            let d = data(th, a.get(0))?;
            drop(d.cache.take(th, d.head()));
            drop(d.negative.take(th, d.head()));
            Ok(Obj::NONE)
        }),
        MethodDef::new("_get_dump", "(self, /)", dump),
    ],
    ..ModuleDef::new("_abc")
};

fn data(th: &Thread, cls: &Obj) -> Res<Py<AbcData>> {
    let d = th.getattr_obj(cls, &th.rt().names()._abc_impl)?;
    d.into_py::<AbcData>()
        .map_err(|_| th.type_error("_abc_impl is set to a wrong type"))
}

fn weak(th: &Thread, cls: &Obj) -> Res {
    let ty = th.ty(TypeId::WeakRef).obj().clone();
    th.call(&ty, std::slice::from_ref(cls))
}

/// What a weak reference refers to.
fn referent(th: &Thread, r: &Obj) -> Res<Option<Obj>> {
    if let Some(r) = r.exact::<WeakRef>() {
        return Ok(r.get(th));
    }
    let o = th.call(r, &[])?;
    Ok(if o.is_none() { None } else { Some(o) })
}

fn has(th: &Thread, d: &Py<AbcData>, set: &Guarded<Classes>, cls: &Obj) -> Res<bool> {
    match set.with(th, d.head(), |c| c.0.get(&cls.value().0).cloned()) {
        Some(r) => Ok(referent(th, &r)?.is_some_and(|o| o.is(cls))),
        None => Ok(false),
    }
}

fn add(th: &Thread, d: &Py<AbcData>, set: &Guarded<Classes>, cls: &Obj) -> Res<()> {
    let r = weak(th, cls)?;
    let old = set.with(th, d.head(), |c| c.0.insert(cls.value().0, r));
    drop(old);
    Ok(())
}

fn is_abstract(th: &Thread, value: &Obj) -> Res<bool> {
    if value.as_small_int().is_some() || value.is_none() || value.cast::<Str>().is_some() {
        return Ok(false);
    }
    match th.getattr_opt(value, "__isabstractmethod__")? {
        Some(f) => th.truthy(&f),
        None => Ok(false),
    }
}

fn init(th: &Thread, a: Args<'_>) -> Res {
    let cls = a.get(0);
    let ty = this::<Type>(th, cls)?;
    let mut names: Vec<Obj> = Vec::new();
    for (name, value) in ty.dict.items() {
        if is_abstract(th, &value)? {
            names.push(name);
        }
    }
    if let Some(bases) = ty.bases.get().and_then(|b| b.into_py::<Tuple>().ok()) {
        for base in bases.items() {
            let Some(inherited) = th.getattr_opt(base, "__abstractmethods__")? else {
                continue;
            };
            for name in th.collect(&inherited)? {
                if let Some(value) = th.getattr_opt_obj(cls, &name)?
                    && is_abstract(th, &value)?
                {
                    names.push(name);
                }
            }
        }
    }
    let frozen = th.ty(TypeId::FrozenSet).obj().clone();
    let names = th.call(&frozen, &[th.list(names)?])?;
    th.setattr(cls, "__abstractmethods__", names)?;
    let d = th.alloc(AbcData {
        registry: Guarded::new(Classes::default()),
        cache: Guarded::new(Classes::default()),
        negative: Guarded::new(Classes::default()),
        negative_version: AtomicU64::new(counter(th).load(Ordering::Relaxed)),
    });
    th.setattr(cls, "_abc_impl", d.into_obj())?;
    // How `match` sees instances: asked for by number in the class body, not kept there.
    if let Some(flags) = ty.dict.get_str(th, "__abc_tpflags__") {
        let n = th.index_i64(&flags)?;
        set_pattern_flags(ty, pattern_flags(n));
        th.delattr_obj(cls, &th.intern("__abc_tpflags__"))?;
    }
    Ok(Obj::NONE)
}

/// CPython's numbers of the two flags.
fn pattern_flags(n: i64) -> u32 {
    let mut flags = 0;
    if n & (1 << 5) != 0 {
        flags |= type_flags::SEQUENCE;
    }
    if n & (1 << 6) != 0 {
        flags |= type_flags::MAPPING;
    }
    flags
}

fn set_pattern_flags(ty: &Type, flags: u32) {
    const BOTH: u32 = type_flags::SEQUENCE | type_flags::MAPPING;
    if flags != 0 && !ty.has(type_flags::IMMUTABLE) {
        // Two steps; in between the class is neither, as it was before.
        ty.flags.fetch_and(!BOTH, Ordering::Relaxed);
        ty.flags.fetch_or(flags, Ordering::Relaxed);
    }
}

fn spread_pattern_flags(th: &Thread, cls: &Obj, flags: u32) -> Res<()> {
    if let Some(ty) = cls.cast::<Type>() {
        set_pattern_flags(ty, flags);
        let subs = th.call_method_obj(cls, &th.rt().names().__subclasses__, &[])?;
        let _guard = th.enter(" while registering a class")?;
        for sub in th.collect(&subs)? {
            spread_pattern_flags(th, &sub, flags)?;
        }
    }
    Ok(())
}

fn register(th: &Thread, a: Args<'_>) -> Res {
    let (cls, sub) = (a.get(0), a.get(1));
    if sub.cast::<Type>().is_none() {
        return Err(th.type_error("Can only register classes"));
    }
    if th.issubclass(sub, cls)? {
        return Ok(sub.clone());
    }
    if th.issubclass(cls, sub)? {
        return Err(th.runtime_error("Refusing to create an inheritance cycle"));
    }
    let d = data(th, cls)?;
    add(th, &d, &d.registry, sub)?;
    counter(th).fetch_add(1, Ordering::Relaxed);
    let own = this::<Type>(th, cls)?.flags.load(Ordering::Relaxed)
        & (type_flags::SEQUENCE | type_flags::MAPPING);
    if own != 0 {
        spread_pattern_flags(th, sub, own)?;
    }
    Ok(sub.clone())
}

fn negative(th: &Thread, d: &Py<AbcData>, cls: &Obj) -> Res<bool> {
    Ok(
        d.negative_version.load(Ordering::Relaxed) == counter(th).load(Ordering::Relaxed)
            && has(th, d, &d.negative, cls)?,
    )
}

fn instance_check(th: &Thread, a: Args<'_>) -> Res {
    let (cls, instance) = (a.get(0), a.get(1));
    let d = data(th, cls)?;
    let sub = th.getattr_obj(instance, &th.rt().names().__class__)?;
    if has(th, &d, &d.cache, &sub)? {
        return Ok(Obj::TRUE);
    }
    let ty = th.type_of(instance).obj().clone();
    if ty.is(&sub) {
        if negative(th, &d, &sub)? {
            return Ok(Obj::FALSE);
        }
        return th.call_method_obj(cls, &th.rt().names().__subclasscheck__, &[sub]);
    }
    let r = th.call_method(cls, "__subclasscheck__", &[sub])?;
    if th.truthy(&r)? {
        Ok(r)
    } else {
        th.call_method(cls, "__subclasscheck__", &[ty])
    }
}

fn subclass_check(th: &Thread, a: Args<'_>) -> Res {
    let (cls, sub) = (a.get(0), a.get(1));
    if sub.cast::<Type>().is_none() {
        return Err(th.type_error("issubclass() arg 1 must be a class"));
    }
    let d = data(th, cls)?;
    if has(th, &d, &d.cache, sub)? {
        return Ok(Obj::TRUE);
    }
    let now = counter(th).load(Ordering::Relaxed);
    if d.negative_version.load(Ordering::Relaxed) != now {
        drop(d.negative.take(th, d.head()));
        d.negative_version.store(now, Ordering::Relaxed);
    } else if has(th, &d, &d.negative, sub)? {
        return Ok(Obj::FALSE);
    }
    let yes = |th: &Thread| add(th, &d, &d.cache, sub).map(|()| Obj::TRUE);
    let ok = th.call_method_obj(
        cls,
        &th.rt().names().__subclasshook__,
        std::slice::from_ref(sub),
    )?;
    if ok.is(&Obj::TRUE) {
        return yes(th);
    }
    if ok.is(&Obj::FALSE) {
        add(th, &d, &d.negative, sub)?;
        return Ok(Obj::FALSE);
    }
    if !ok.is_not_implemented() {
        return Err(th.assertion_error(
            "__subclasshook__ must return either False, True, or NotImplemented",
        ));
    }
    let in_mro = match sub.cast::<Type>().and_then(|t| t.mro_tuple()) {
        Some(mro) => mro.items().iter().any(|t| t.is(cls)),
        None => false,
    };
    if in_mro {
        return yes(th);
    }
    let _guard = th.enter(" in __subclasscheck__")?;
    let registered: Vec<Obj> = d
        .registry
        .with(th, d.head(), |c| c.0.values().cloned().collect());
    for r in registered {
        if let Some(known) = referent(th, &r)?
            && th.issubclass(sub, &known)?
        {
            return yes(th);
        }
    }
    let subclasses = th.call_method_obj(cls, &th.rt().names().__subclasses__, &[])?;
    for s in th.collect(&subclasses)? {
        if th.issubclass(sub, &s)? {
            return yes(th);
        }
    }
    add(th, &d, &d.negative, sub)?;
    Ok(Obj::FALSE)
}

fn dump(th: &Thread, a: Args<'_>) -> Res {
    let d = data(th, a.get(0))?;
    let all = |set: &Guarded<Classes>| {
        let refs: Vec<Obj> = set.with(th, d.head(), |c| c.0.values().cloned().collect());
        let ty = th.ty(TypeId::Set).obj().clone();
        th.call(&ty, &[th.list(refs)?])
    };
    let version = th.uint(d.negative_version.load(Ordering::Relaxed));
    tuple_of(
        th,
        [
            all(&d.registry)?,
            all(&d.cache)?,
            all(&d.negative)?,
            version,
        ],
    )
}
