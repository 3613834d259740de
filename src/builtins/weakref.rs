//! Weak references and proxies.

use crate::modules::prelude::*;
use crate::runtime::weakref::{Watcher, WeakCell};
use threadsnake_threads::header::HAS_WEAKREF;
use threadsnake_threads::sync::Arc;
use threadsnake_threads::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// A counted reference to an object at a raw address, if it is not dying.
pub fn upgrade_raw(th: &Thread, addr: u64) -> Option<Obj> {
    let v = Value(addr);
    // SAFETY: the caller holds the lock of the shard of the table that keeps the address valid (W2 of
    // `runtime::weakref`), or the object is readable until the next safepoint.
    unsafe {
        let h = &*(addr as *const Header);
        if threadsnake_threads::refcount::try_inc(h, th.rec()) {
            Some(Obj::from_value(v))
        } else {
            None
        }
    }
}

/// Payload of references and proxies.
pub struct WeakRef {
    cell: Arc<WeakCell>,
    callback: AtomicU64,
    /// Hash of the object, once asked for; `i64::MIN` before.
    hash: AtomicI64,
}

// SAFETY: the layout is of this type. The callback is owned by the table.
unsafe impl Native for WeakRef {
    const TYPE: TypeId = TypeId::WeakRef;
    const LAYOUT: &'static Layout = {
        static L: Layout = Layout::of::<WeakRef>("weakref");
        &L
    };
}

impl Drop for WeakRef {
    fn drop(&mut self) {
        // A runtime that ends drops what is left without a thread, and the watched objects with it.
        if threadsnake_threads::domain::current().is_null() {
            return;
        }
        let me = self as *const WeakRef as u64 - 16;
        let th = crate::runtime::thread::current();
        let w = th.rt().weakrefs.unwatch(&self.cell, me);
        drop(w);
    }
}

impl WeakRef {
    /// The object, if it lives.
    pub fn get(&self, th: &Thread) -> Option<Obj> {
        th.rt().weakrefs.upgrade(&self.cell)
    }
}

fn blank() -> WeakRef {
    WeakRef {
        cell: Arc::new(WeakCell::default()),
        callback: AtomicU64::new(0),
        hash: AtomicI64::new(i64::MIN),
    }
}

fn check_referent<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Header> {
    match o.header() {
        Some(h) if th.type_of(o).has(type_flags::WEAKREFABLE) || o.cast::<Type>().is_some() => {
            Ok(h)
        }
        _ => Err(th.type_error(format!(
            "cannot create weak reference to '{}' object",
            th.type_name(o)
        ))),
    }
}

/// Makes `r` watch `o`.
fn watch(th: &Thread, r: &Py<WeakRef>, o: &Header, callback: Option<&Obj>) {
    if let Some(h) = callback.and_then(|c| c.header()) {
        h.publish();
    }
    r.callback
        .store(callback.is_some() as u64, Ordering::Relaxed);
    th.rt().weakrefs.watch(
        o,
        r.head(),
        Watcher {
            cell: r.cell.clone(),
            reference: r.obj().value().0,
            callback: callback.cloned(),
        },
    );
}

/// The reference or proxy of exactly this type and without callback that there is already.
fn existing(th: &Thread, o: &Obj, id: TypeId) -> Option<Obj> {
    if !o.header()?.has(HAS_WEAKREF) {
        return None;
    }
    th.rt().weakrefs.plain(o.value().0, |h| {
        h.shape.load(Ordering::Acquire) == id.root_shape()
    })
}

fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    let pos = args.positional();
    let (o, callback) = match pos {
        [o] => (o, None),
        [o, c, ..] => (o, Some(c).filter(|c| !c.is_none())),
        [] => return Err(th.type_error("__new__ expected at least 1 argument, got 0")),
    };
    if cls.id.is_some() && (pos.len() > 2 || !args.kwnames.is_empty()) {
        return Err(if pos.len() > 2 {
            th.type_error(format!(
                "__new__ expected at most 2 arguments, got {}",
                pos.len()
            ))
        } else {
            th.type_error("ref() takes no keyword arguments")
        });
    }
    let h = check_referent(th, o)?;
    if callback.is_none() && cls.id == Some(TypeId::WeakRef) {
        if let Some(r) = existing(th, o, TypeId::WeakRef) {
            return Ok(r);
        }
    }
    let r = th.alloc_as(cls, blank())?;
    watch(th, &r, h, callback);
    Ok(r.into_obj())
}

fn me<'a>(th: &Thread, o: &'a Obj) -> Res<&'a Py<WeakRef>> {
    this::<WeakRef>(th, o)
}

fn hash(th: &Thread, o: &Obj) -> Res<i64> {
    let r = me(th, o)?;
    let known = r.hash.load(Ordering::Relaxed);
    if known != i64::MIN {
        return Ok(known);
    }
    match r.get(th) {
        Some(o) => {
            let h = th.hash(&o)?;
            r.hash.store(h, Ordering::Relaxed);
            Ok(h)
        }
        None => Err(th.type_error("weak object has gone away")),
    }
}

fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    let (Some(x), Some(y)) = (a.cast::<WeakRef>(), b.cast::<WeakRef>()) else {
        return Ok(Obj::NOT_IMPLEMENTED);
    };
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) || !th.is_a(b, TypeId::WeakRef) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    match (x.get(th), y.get(th)) {
        (Some(x), Some(y)) => th.compare(&x, &y, op),
        _ => Ok(Obj::bool(a.is(b) == (op == CmpOp::Eq))),
    }
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let at = o.value().0;
    match me(th, o)?.get(th) {
        Some(t) => {
            let name = match th.getattr_opt(&t, "__name__")? {
                Some(n) if n.cast::<Str>().is_some() => format!(" ({})", th.str_text(&n)),
                _ => String::new(),
            };
            let full = th.full_type_name(th.type_of(&t))?;
            th.str(&format!(
                "<weakref at {at:#x}; to '{full}' at {:#x}{name}>",
                t.value().0
            ))
        }
        None => th.str(&format!("<weakref at {at:#x}; dead>")),
    }
}

/// `weakref.ref`
pub static DEF: TypeDef = TypeDef {
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(new),
        init: Some(|_, _, _| Ok(())),
        call: Some(|th, o, args| {
            if !args.is_empty() {
                return Err(th.type_error(format!(
                    "weakref.__call__() takes no arguments ({} given)",
                    args.all.len()
                )));
            }
            Ok(me(th, o)?.get(th).unwrap_or(Obj::NONE))
        }),
        hash: Some(hash),
        compare: Some(compare),
        repr: Some(repr),
        ..Slots::NONE
    },
    methods: &[CLASS_GETITEM],
    getset: &[GetSetDef::ro("__callback__", |th, o| {
        let r = me(th, o)?;
        let addr = r.cell.target.load(Ordering::Acquire);
        if addr == 0 {
            return Ok(Obj::NONE);
        }
        let s = th.rt().weakrefs.shard(addr).lock();
        let found = s
            .get(&addr)
            .and_then(|l| l.iter().find(|w| w.reference == o.value().0))
            .and_then(|w| w.callback.clone());
        drop(s);
        Ok(found.unwrap_or(Obj::NONE))
    })],
    ..TypeDef::new(TypeId::WeakRef, "weakref.ReferenceType", WeakRef::LAYOUT)
};

// --- proxies

fn target(th: &Thread, o: &Obj) -> Res {
    me(th, o)?
        .get(th)
        .ok_or_else(|| th.reference_error("weakly-referenced object no longer exists"))
}

/// The object behind a proxy, anything else as it is.
fn unwrap(th: &Thread, o: &Obj) -> Res {
    match th.type_of(o).id {
        Some(TypeId::WeakProxy | TypeId::WeakCallableProxy) => target(th, o),
        _ => Ok(o.clone()),
    }
}

macro_rules! binary {
    ($($op:ident)*) => {
        const PROXY: Slots = PLAIN $( .bin(BinOp::$op, |th, a, b| {
            let (a, b) = (unwrap(th, a)?, unwrap(th, b)?);
            th.binary(BinOp::$op, &a, &b)
        }).ibin(BinOp::$op, |th, a, b| {
            let (a, b) = (unwrap(th, a)?, unwrap(th, b)?);
            th.inplace(BinOp::$op, &a, &b)
        }) )*;
    };
}

const PLAIN: Slots = Slots {
    repr: Some(|th, o| match me(th, o)?.get(th) {
        Some(t) => {
            let full = th.full_type_name(th.type_of(&t))?;
            th.str(&format!(
                "<weakproxy at {:#x}; to '{full}' at {:#x}>",
                o.value().0,
                t.value().0
            ))
        }
        None => th.str(&format!("<weakproxy at {:#x}; dead>", o.value().0)),
    }),
    str: Some(|th, o| th.to_str(&target(th, o)?).map(Py::into_obj)),
    hash: Some(crate::builtins::unhashable),
    compare: Some(|th, a, b, op| {
        let (a, b) = (unwrap(th, a)?, unwrap(th, b)?);
        th.compare(&a, &b, op)
    }),
    getattr: Some(|th, o, name| th.getattr_obj(&target(th, o)?, name)),
    setattr: Some(|th, o, name, v| {
        let t = target(th, o)?;
        match v {
            Some(v) => th.setattr_obj(&t, name, v),
            None => th.delattr_obj(&t, name),
        }
    }),
    iter: Some(|th, o| th.iter(&target(th, o)?)),
    next: Some(|th, o| {
        let t = target(th, o)?;
        if th.type_of(&t).slots().next.is_none() {
            return Err(th.type_error(format!(
                "Weakref proxy referenced a non-iterator '{}' object",
                th.type_name(&t)
            )));
        }
        th.next(&t)
    }),
    bool: Some(|th, o| th.truthy(&target(th, o)?)),
    int: Some(|th, o| {
        let t = target(th, o)?;
        th.call(th.ty(TypeId::Int).obj(), std::slice::from_ref(&t))
    }),
    float: Some(|th, o| th.to_f64(&target(th, o)?).map(Obj::float)),
    index: Some(|th, o| th.index(&target(th, o)?)),
    neg: Some(|th, o| th.unary_neg(&target(th, o)?)),
    pos: Some(|th, o| th.unary_pos(&target(th, o)?)),
    abs: Some(|th, o| th.unary_abs(&target(th, o)?)),
    invert: Some(|th, o| th.unary_invert(&target(th, o)?)),
    pow: Some(|th, a, b, m| {
        let (a, b, m) = (unwrap(th, a)?, unwrap(th, b)?, unwrap(th, m)?);
        th.pow(&a, &b, &m)
    }),
    len: Some(|th, o| th.len(&target(th, o)?)),
    getitem: Some(|th, o, k| th.getitem(&target(th, o)?, k)),
    setitem: Some(|th, o, k, v| {
        let t = target(th, o)?;
        match v {
            Some(v) => th.setitem(&t, k, v),
            None => th.delitem(&t, k),
        }
    }),
    contains: Some(|th, o, x| th.contains(&target(th, o)?, x)),
    ..Slots::NONE
};

binary!(Add Sub Mul TrueDiv FloorDiv Mod MatMul LShift RShift And Or Xor DivMod);

const PROXY_METHODS: &[MethodDef] = &[
    MethodDef::new("__bytes__", "($self, /)", |th, a| {
        th.call_method(&target(th, a.get(0))?, "__bytes__", &[])
    }),
    MethodDef::new("__reversed__", "($self, /)", |th, a| {
        th.call_method(&target(th, a.get(0))?, "__reversed__", &[])
    }),
];

/// `weakref.ProxyType`
pub static PROXY_DEF: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    slots: PROXY,
    methods: PROXY_METHODS,
    ..TypeDef::new(TypeId::WeakProxy, "weakref.ProxyType", WeakRef::LAYOUT)
};

/// `weakref.CallableProxyType`
pub static CALLABLE_DEF: TypeDef = TypeDef {
    flags: type_flags::NO_NEW,
    slots: Slots {
        call: Some(|th, o, args| th.call_args(&target(th, o)?, args)),
        ..PROXY
    },
    methods: PROXY_METHODS,
    ..TypeDef::new(
        TypeId::WeakCallableProxy,
        "weakref.CallableProxyType",
        WeakRef::LAYOUT,
    )
};

fn proxy(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let h = check_referent(th, o)?;
    let id = if th.type_of(o).slots().call.is_some() {
        TypeId::WeakCallableProxy
    } else {
        TypeId::WeakProxy
    };
    let callback = a.opt_not_none(1);
    if callback.is_none() {
        if let Some(p) = existing(th, o, id) {
            return Ok(p);
        }
    }
    let r: Py<WeakRef> = th.alloc_id(id, blank());
    watch(th, &r, h, callback);
    Ok(r.into_obj())
}

/// `o.__weakref__`
pub fn first_reference(th: &Thread, o: &Obj) -> Res {
    Ok(th
        .rt()
        .weakrefs
        .references(o.value().0)
        .into_iter()
        .next()
        .unwrap_or(Obj::NONE))
}

/// `_weakref`
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("proxy", "(object, callback=None, /)", proxy),
        MethodDef::new("getweakrefcount", "(object, /)", |th, a| {
            Ok(Obj::small_int(
                th.rt().weakrefs.count(a.get(0).value().0) as i64
            ))
        }),
        MethodDef::new("getweakrefs", "(object, /)", |th, a| {
            th.list(th.rt().weakrefs.references(a.get(0).value().0))
        }),
        MethodDef::new("_remove_dead_weakref", "(dct, key, /)", |th, a| {
            let Some(d) = a.get(0).cast::<Dict>() else {
                return Err(th.type_error("_remove_dead_weakref() argument 1 must be dict"));
            };
            if let Some(v) = d.get_item(th, a.get(1))? {
                let dead = v.cast::<WeakRef>().is_some_and(|r| r.get(th).is_none());
                if dead {
                    drop(d.del_item(th, a.get(1))?);
                }
            }
            Ok(Obj::NONE)
        }),
    ],
    types: &[
        ("ref", TypeId::WeakRef),
        ("ReferenceType", TypeId::WeakRef),
        ("ProxyType", TypeId::WeakProxy),
        ("CallableProxyType", TypeId::WeakCallableProxy),
    ],
    ..ModuleDef::new("_weakref")
};

/// The types.
pub static TYPES: &[&TypeDef] = &[&DEF, &PROXY_DEF, &CALLABLE_DEF];
