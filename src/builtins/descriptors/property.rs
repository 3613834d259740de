//! `property`

use super::is_abstract;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::layout::{Layout, Native, Visit};
use crate::object::sig::Args;
use crate::object::slots::{CallArgs, Slots};
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Py, Slot};
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::{AtomicBool, Ordering};

/// Payload of property objects.
pub struct Property {
    /// `fget`
    pub get: Slot,
    /// `fset`
    pub set: Slot,
    /// `fdel`
    pub del: Slot,
    doc: Slot,
    name: Slot,
    /// Whether the docstring is the getter's. Written by `__init__` (Relaxed: a flag for itself).
    getter_doc: AtomicBool,
}

static PROPERTY_LAYOUT: Layout = Layout::of::<Property>("property");

// SAFETY: PROPERTY_LAYOUT is of this type.
unsafe impl Native for Property {
    const TYPE: TypeId = TypeId::Property;
    const LAYOUT: &'static Layout = &PROPERTY_LAYOUT;
    const ATTRS: bool = true;
    fn traverse(&self, visit: Visit<'_>) {
        for s in [&self.get, &self.set, &self.del, &self.doc, &self.name] {
            visit(s.raw());
        }
    }
    fn clear(&self, th: &Thread) {
        for s in [&self.get, &self.set, &self.del, &self.doc] {
            s.set(th, None);
        }
    }
}

fn prop(o: &Obj) -> &Py<Property> {
    match o.cast::<Property>() {
        Some(p) => p,
        None => unreachable!("slots of property are called for properties only"),
    }
}

fn prop_init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    th.bind(
        "property",
        "(fget=None, fset=None, fdel=None, doc=None)",
        args,
        |a| {
            let p = prop(o);
            p.get.set(th, a.opt_not_none(0).cloned());
            p.set.set(th, a.opt_not_none(1).cloned());
            p.del.set(th, a.opt_not_none(2).cloned());
            let doc = match (a.opt_not_none(3), a.opt_not_none(0)) {
                (Some(d), _) => Some(d.clone()),
                (None, Some(g)) => th.getattr_opt(g, "__doc__")?.filter(|d| !d.is_none()),
                _ => None,
            };
            let from_getter = doc.is_some() && a.opt_not_none(3).is_none();
            p.getter_doc.store(from_getter, Ordering::Relaxed);
            if o.is_exact::<Property>() {
                p.doc.set(th, doc);
                return Ok(());
            }
            // An attribute of the instance, or the class's `__doc__` would hide it. As in CPython, a class without room
            // for it drops a given text silently, but not one that comes from the getter.
            let doc = doc.unwrap_or(Obj::NONE);
            match th.setattr(o, "__doc__", doc) {
                Err(e) if from_getter || !e.is(th, TypeId::AttributeError) => Err(e),
                _ => Ok(()),
            }
        },
    )
}

fn prop_name(th: &Thread, p: &Property) -> Option<String> {
    if let Some(n) = p.name.get() {
        return Some(format!("{:?}", th.str_text(&n)).replace('"', "'"));
    }
    let g = p.get.get()?;
    let n = th.getattr_opt(&g, "__name__").ok()??;
    Some(format!("'{}'", th.str_text(&n)))
}

fn prop_lacks(th: &Thread, p: &Property, o: &Obj, what: &str) -> Exc {
    let q = match th.type_of(o).qualname.get() {
        Some(q) => th.str_text(&q),
        None => th.type_name(o),
    };
    match prop_name(th, p) {
        Some(n) => th.attribute_error(format!("property {n} of '{q}' object has no {what}")),
        None => th.attribute_error(format!("property of '{q}' object has no {what}")),
    }
}

fn prop_get(th: &Thread, d: &Obj, obj: Option<&Obj>, _t: Option<&Obj>) -> Res {
    let Some(o) = obj else { return Ok(d.clone()) };
    let p = prop(d);
    match p.get.get() {
        Some(f) => th.call(&f, std::slice::from_ref(o)),
        None => Err(prop_lacks(th, p, o, "getter")),
    }
}

fn prop_set(th: &Thread, d: &Obj, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let p = prop(d);
    match v {
        Some(v) => match p.set.get() {
            Some(f) => th.call(&f, &[o.clone(), v.clone()]).map(drop),
            None => Err(prop_lacks(th, p, o, "setter")),
        },
        None => match p.del.get() {
            Some(f) => th.call(&f, std::slice::from_ref(o)).map(drop),
            None => Err(prop_lacks(th, p, o, "deleter")),
        },
    }
}

fn prop_copy(th: &Thread, a: Args<'_>, which: usize) -> Res {
    let me = a.get(0);
    let p = prop(me);
    let mut parts: Vec<Obj> = [&p.get, &p.set, &p.del]
        .iter()
        .map(|s| s.get().unwrap_or(Obj::NONE))
        .collect();
    parts[which] = a.get(1).clone();
    // None given keeps what there is.
    if parts[which].is_none() {
        let old = [&p.get, &p.set, &p.del][which].get();
        parts[which] = old.unwrap_or(Obj::NONE);
    }
    let from_getter = p.getter_doc.load(Ordering::Relaxed) && !parts[0].is_none();
    parts.push(match p.doc.get() {
        Some(d) if !from_getter => d,
        _ => Obj::NONE,
    });
    let new = th.call(th.type_of(me).obj(), &parts)?;
    if let Some(q) = new.cast::<Property>() {
        q.name.set(th, p.name.get());
    }
    Ok(new)
}

/// `property`
pub static PROPERTY: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, _| {
            let p = Property {
                get: Slot::empty(),
                set: Slot::empty(),
                del: Slot::empty(),
                doc: Slot::empty(),
                name: Slot::empty(),
                getter_doc: AtomicBool::new(false),
            };
            th.alloc_as::<Property>(cls, p).map(Py::into_obj)
        }),
        init: Some(prop_init),
        get: Some(prop_get),
        set: Some(prop_set),
        ..Slots::NONE
    },
    methods: &[
        MethodDef::new("getter", "($self, object, /)", |th, a| prop_copy(th, a, 0)),
        MethodDef::new("setter", "($self, object, /)", |th, a| prop_copy(th, a, 1)),
        MethodDef::new("deleter", "($self, object, /)", |th, a| prop_copy(th, a, 2)),
        MethodDef::new("__set_name__", "($self, /, *args)", |th, a| {
            let args = th.collect(a.get(1))?;
            let [_, name] = args.as_slice() else {
                return Err(th.type_error(format!(
                    "__set_name__() takes 2 positional arguments but {} were given",
                    args.len()
                )));
            };
            prop(a.get(0)).name.set(th, Some(name.clone()));
            Ok(Obj::NONE)
        }),
    ],
    getset: &[
        GetSetDef::ro("fget", |_, o| Ok(prop(o).get.get().unwrap_or(Obj::NONE))),
        GetSetDef::ro("fset", |_, o| Ok(prop(o).set.get().unwrap_or(Obj::NONE))),
        GetSetDef::ro("fdel", |_, o| Ok(prop(o).del.get().unwrap_or(Obj::NONE))),
        GetSetDef::rw(
            "__doc__",
            |_, o| Ok(prop(o).doc.get().unwrap_or(Obj::NONE)),
            |th, o, v| {
                prop(o).doc.set(th, v.cloned());
                Ok(())
            },
        ),
        GetSetDef::rw(
            "__name__",
            |th, o| match prop(o).name.get() {
                Some(n) => Ok(n),
                None => {
                    let found = match prop(o).get.get() {
                        Some(g) => th.getattr_opt(&g, "__name__")?,
                        None => None,
                    };
                    found.ok_or_else(|| th.no_attribute(o, &th.rt().names().__name__))
                }
            },
            |th, o, v| {
                prop(o).name.set(th, v.cloned());
                Ok(())
            },
        ),
        GetSetDef::ro("__isabstractmethod__", |th, o| {
            let p = prop(o);
            for s in [&p.get, &p.set, &p.del] {
                if let Some(f) = s.get() {
                    if is_abstract(th, &f)? {
                        return Ok(Obj::TRUE);
                    }
                }
            }
            Ok(Obj::FALSE)
        }),
    ],
    flags: type_flags::BASETYPE,
    doc: "property(fget=None, fset=None, fdel=None, doc=None)\n--\n\nAn attribute that functions compute, set and delete.",
    ..TypeDef::new(TypeId::Property, "property", &PROPERTY_LAYOUT)
};
