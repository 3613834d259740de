//! `object`: what every object can do.

use super::descriptors;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::dict::Dict;
use crate::object::layout::{Layout, Native};
use crate::object::sig::Args;
use crate::object::slots::{CallArgs, CmpOp, Slots};
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::object::{Obj, Py};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

/// Payload of plain instances: nothing but the attribute area.
pub struct Plain;

static LAYOUT: Layout = Layout::of::<Plain>("object");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Plain {
    const TYPE: TypeId = TypeId::Object;
    const LAYOUT: &'static Layout = &LAYOUT;
}

/// `object.__getattribute__` as a slot.
pub fn getattribute(th: &Thread, o: &Obj, name: &Obj) -> Res {
    th.generic_getattr(o, name)
}

/// `object.__setattr__` as a slot.
pub fn setattr(th: &Thread, o: &Obj, name: &Obj, v: Option<&Obj>) -> Res<()> {
    th.generic_setattr(o, name, v)
}

/// `object.__hash__`
pub fn hash(_th: &Thread, o: &Obj) -> Res<i64> {
    Ok(crate::runtime::compare::hash_address(o))
}

/// Excess arguments are an error unless the other one of `__new__` and `__init__` is overridden (CPython's rule).
pub(super) fn new(th: &Thread, cls: &Py<Type>, args: CallArgs<'_>) -> Res {
    if !args.is_empty() {
        let n = th.rt().names();
        let own_new = !cls
            .lookup(th, &n.__new__)
            .is_some_and(|f| descriptors::is_native_new(&f));
        if own_new {
            return Err(th.type_error(
                "object.__new__() takes exactly one argument (the type to instantiate)",
            ));
        }
        if cls
            .slots()
            .init
            .is_none_or(|f| f as usize == init as *const () as usize)
        {
            return Err(th.type_error(format!("{}() takes no arguments", cls.name_text())));
        }
    }
    if cls.has(type_flags::ABSTRACT) {
        return Err(abstract_error(th, cls)?);
    }
    th.alloc_as::<Plain>(cls, Plain).map(Py::into_obj)
}

fn abstract_error(th: &Thread, cls: &Py<Type>) -> Res<crate::runtime::error::Exc> {
    let set = th.getattr(cls.obj(), "__abstractmethods__")?;
    let mut names: Vec<String> = th
        .collect(&set)?
        .iter()
        .map(|o| format!("'{}'", th.str_text(o)))
        .collect();
    names.sort();
    let s = if names.len() == 1 { "" } else { "s" };
    Ok(th.type_error(format!(
        "Can't instantiate abstract class {} without an implementation for abstract method{s} {}",
        cls.name_text(),
        names.join(", ")
    )))
}

pub(super) fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    if args.is_empty() {
        return Ok(());
    }
    let t = th.type_of(o);
    let n = th.rt().names();
    let own_init = t
        .slots()
        .init
        .is_some_and(|f| f as usize != init as *const () as usize);
    if own_init {
        return Err(th.type_error(
            "object.__init__() takes exactly one argument (the instance to initialize)",
        ));
    }
    if t.lookup(th, &n.__new__)
        .is_some_and(|f| descriptors::is_native_new(&f))
        && t.slots()
            .new
            .is_some_and(|f| f as usize == new as *const () as usize)
    {
        return Err(th.type_error(format!(
            "{}.__init__() takes exactly one argument (the instance to initialize)",
            t.name_text()
        )));
    }
    Ok(())
}

/// `object`'s comparison: what is equal to itself only.
pub fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    match op {
        CmpOp::Eq => Ok(if a.is(b) {
            Obj::TRUE
        } else {
            Obj::NOT_IMPLEMENTED
        }),
        CmpOp::Ne => {
            let Some(f) = th.type_of(a).slots().compare else {
                return Ok(Obj::NOT_IMPLEMENTED);
            };
            let r = f(th, a, b, CmpOp::Eq)?;
            if r.is_not_implemented() {
                return Ok(r);
            }
            Ok(Obj::bool(!th.truthy(&r)?))
        }
        _ => Ok(Obj::NOT_IMPLEMENTED),
    }
}

/// `o.__dict__`
pub fn get_dict(th: &Thread, o: &Obj) -> Res {
    match o.instance_dict(th)? {
        Some(d) => Ok(d.into_obj()),
        None => Err(th.no_attribute(o, &th.rt().names().__dict__)),
    }
}

/// `o.__dict__ = d`
pub fn set_dict(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    // Instances of classes written in Python may lose it (and get a new one), others not.
    if v.is_none() && th.type_of(o).id.is_some() {
        return Err(th.type_error("cannot delete __dict__"));
    }
    match v {
        Some(v) => match v.cast::<Dict>() {
            Some(d) => o.set_instance_dict(th, d.clone()).map(drop),
            None => Err(th.type_error(format!(
                "__dict__ must be set to a dictionary, not a '{}'",
                th.type_name(v)
            ))),
        },
        None => {
            let d = th.new_dict()?;
            o.set_instance_dict(th, d).map(drop)
        }
    }
}

fn set_class(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let Some(v) = v else {
        return Err(th.type_error("can't delete __class__ attribute"));
    };
    let Some(new) = v.cast::<Type>() else {
        return Err(th.type_error(format!(
            "__class__ must be set to a class, not '{}' object",
            th.type_name(v)
        )));
    };
    let old = th.type_of(o).clone();
    let module = th.is_a(o, TypeId::Module) && new.is_subtype_of(th.ty(TypeId::Module));
    if !module && (new.id.is_some() || old.id.is_some()) {
        return Err(th.type_error(
            "__class__ assignment only supported for mutable types or ModuleType subclasses",
        ));
    }
    let same_layout = std::ptr::eq(new.layout, old.layout)
        && new.attr_offset == old.attr_offset
        && new.fixed_slots == old.fixed_slots
        && new.has(type_flags::HAS_DICT) == old.has(type_flags::HAS_DICT);
    if !same_layout {
        return Err(th.type_error(format!(
            "__class__ assignment: '{}' object layout differs from '{}'",
            new.name_text(),
            old.name_text()
        )));
    }
    // The attribute names move to a dict; from there only the shape id changes.
    if o.instance_dict(th)?.is_some() {
        // The object keeps the room that it was made with.
        let cap = th.shapes().get(o.shape_id()).inline_cap;
        let shape = th
            .shapes()
            .with_inline_cap(new.dict_mode_shape(th)?, cap)
            .ok_or_else(|| th.memory_error())?;
        if let Some(h) = o.header() {
            let _g = th.lock(h);
            h.shape.store(shape, Ordering::Release);
        }
    } else if let Some(h) = o.header() {
        let shape = new.instance_shape(th)?;
        h.shape.store(shape, Ordering::Release);
    }
    Ok(())
}

fn dir(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let names = th.new_dict()?;
    if let Some(d) = th.getattr_opt(o, "__dict__")? {
        for k in th.collect(&d)? {
            names.set_item(th, &k, Obj::NONE)?;
        }
    }
    if let Some(c) = th.getattr_opt(o, "__class__")? {
        if let Some(t) = c.cast::<Type>() {
            super::typeobj::collect_dir(th, t, &names)?;
        }
    }
    th.list(names.items().into_iter().map(|(k, _)| k).collect())
}

fn format(th: &Thread, a: Args<'_>) -> Res {
    let spec = th.text_of(a.get(1), "__format__() argument 1")?;
    if !spec.is_empty() {
        return Err(th.type_error(format!(
            "unsupported format string passed to {}.__format__",
            th.type_name(a.get(0))
        )));
    }
    th.to_str(a.get(0)).map(Py::into_obj)
}

fn reduce_ex(th: &Thread, a: Args<'_>) -> Res {
    let (o, proto) = (a.get(0), a.get(1));
    let n = th.rt().names();
    // An overridden __reduce__ goes first.
    if let Some((f, owner)) = th.type_of(o).lookup_where(th, &n.__reduce__) {
        if owner.id != Some(TypeId::Object) {
            return crate::interp::dunder::call_bound(th, &f, o, CallArgs::pos(&[]));
        }
    }
    let copyreg = th.import("copyreg")?;
    if th.index_i64(proto)? >= 2 {
        return reduce_2(th, o, &copyreg);
    }
    th.call_method(&copyreg, "_reduce_ex", &[o.clone(), proto.clone()])
}

fn reduce_2(th: &Thread, o: &Obj, copyreg: &Obj) -> Res {
    let cls = th.type_of(o).obj().clone();
    let n = th.rt().names();
    let state = th.call_method_obj(o, &n.__getstate__, &[])?;
    let (args, kwargs) = match th.special_obj(o, &n.__getnewargs_ex__)? {
        Some(f) => {
            let r = th.call(&f, &[])?;
            let parts = th.collect(&r)?;
            match parts.as_slice() {
                [x, y] => (th.collect(x)?, Some(y.clone())),
                _ => {
                    return Err(th.value_error(format!(
                        "__getnewargs_ex__ should return a tuple of length 2, not {}",
                        parts.len()
                    )));
                }
            }
        }
        None => match th.special_obj(o, &n.__getnewargs__)? {
            Some(f) => {
                let r = th.call(&f, &[])?;
                if th.type_of(&r).id != Some(TypeId::Tuple) && !th.is_a(&r, TypeId::Tuple) {
                    return Err(th.type_error(format!(
                        "__getnewargs__ should return a tuple, not '{}'",
                        th.type_name(&r)
                    )));
                }
                (th.collect(&r)?, None)
            }
            None => {
                let says_itself = th
                    .type_of(o)
                    .lookup_where(th, &n.__getstate__)
                    .is_some_and(|(_, owner)| owner.id != Some(TypeId::Object));
                if says_itself {
                    // What it holds natively comes with its state.
                } else if th.type_of(o).id.is_some_and(|id| id != TypeId::Object)
                    && !th.is_a(o, TypeId::List)
                    && !th.is_a(o, TypeId::Dict)
                    || !std::ptr::eq(th.type_of(o).layout, Plain::LAYOUT)
                        && !th.is_a(o, TypeId::List)
                        && !th.is_a(o, TypeId::Dict)
                        && !th.is_a(o, TypeId::BaseException)
                        && !th.is_a(o, TypeId::Module)
                        && !th.is_a(o, TypeId::Set)
                {
                    return Err(
                        th.type_error(format!("cannot pickle '{}' object", th.type_name(o)))
                    );
                }
                (Vec::new(), None)
            }
        },
    };
    let (func, new_args) = match kwargs {
        Some(kw) if th.len(&kw)? > 0 => {
            let f = th.getattr(copyreg, "__newobj_ex__")?;
            let args = th.tuple(args)?;
            (f, vec![cls, args, kw])
        }
        _ => {
            let f = th.getattr(copyreg, "__newobj__")?;
            (f, std::iter::once(cls).chain(args).collect())
        }
    };
    let list_items = if th.is_a(o, TypeId::List) {
        th.iter(o)?
    } else {
        Obj::NONE
    };
    let dict_items = if th.is_a(o, TypeId::Dict) {
        let items = th.call_method(o, "items", &[])?;
        th.iter(&items)?
    } else {
        Obj::NONE
    };
    let new_args = th.tuple(new_args)?;
    th.tuple(vec![func, new_args, state, list_items, dict_items])
}

fn getstate(th: &Thread, a: Args<'_>) -> Res {
    let o = a.get(0);
    let mut state = Obj::NONE;
    let items = o.instance_items(th);
    if !items.is_empty() {
        let d = th.new_dict()?;
        for (k, v) in items {
            d.set_item(th, &k, v)?;
        }
        state = d.into_obj();
    }
    if th.type_of(o).fixed_slots == 0 {
        return Ok(state);
    }
    let slots = th.new_dict()?;
    if let Some(mro) = th.type_of(o).mro_tuple() {
        for t in mro.items() {
            let Some(t) = t.cast::<Type>() else { continue };
            for (k, d) in t.dict.items() {
                if let Some(i) = d.cast::<descriptors::GetSet>().and_then(|g| g.fixed_slot()) {
                    if let Some(v) = o.fixed_slot(th, i) {
                        slots.set_item(th, &k, v)?;
                    }
                }
            }
        }
    }
    if slots.is_empty() {
        Ok(state)
    } else {
        th.tuple(vec![state, slots.into_obj()])
    }
}

/// `object`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(|th, o| th.default_repr(o)),
        str: Some(|th, o| th.repr(o).map(Py::into_obj)),
        hash: Some(hash),
        compare: Some(compare),
        getattr: Some(getattribute),
        setattr: Some(setattr),
        ..Slots::NONE
    },
    getset: &[GetSetDef::rw(
        "__class__",
        |th, o| Ok(th.type_of(o).obj().clone()),
        set_class,
    )],
    methods: &[
        MethodDef::new("__dir__", "($self, /)", dir),
        MethodDef::new("__format__", "($self, format_spec, /)", format),
        MethodDef::new("__reduce_ex__", "($self, protocol, /)", reduce_ex),
        MethodDef::new("__reduce__", "($self, /)", |th, a| {
            let copyreg = th.import("copyreg")?;
            th.call_method(
                &copyreg,
                "_reduce_ex",
                &[a.get(0).clone(), Obj::small_int(0)],
            )
        }),
        MethodDef::new("__getstate__", "($self, /)", getstate),
        MethodDef::new("__sizeof__", "($self, /)", |_, _| Ok(Obj::small_int(16))),
        MethodDef::class("__init_subclass__", "($cls, /)", |_, _| Ok(Obj::NONE)),
        MethodDef::class("__subclasshook__", "($cls, object, /)", |_, _| {
            Ok(Obj::NOT_IMPLEMENTED)
        }),
    ],
    flags: type_flags::BASETYPE,
    doc: "The base class of the class hierarchy.",
    ..TypeDef::new(TypeId::Object, "object", &LAYOUT)
};
