//! The making of a runtime: built-in types in the order of their table, then the namespaces that every program sees.

use super::table;
use super::wrappers;
use crate::object::def::{Bind, MethodDef, TypeDef, type_flags};
use crate::object::function::{BuiltinFunction, MethodDescriptor};
use crate::object::shape::{NO_ATTRS, RootSpec, VAR_ATTRS};
use crate::object::type_ids::{ALL_TYPES, TypeId};
use crate::object::types::{Type, TypeSpec};
use crate::object::{Obj, Py, Slot, Value};
use crate::runtime::error::Res;
use crate::runtime::names::Names;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::atomic::Ordering;

fn attr_offset(d: &TypeDef) -> u16 {
    if d.flags & type_flags::HAS_DICT == 0 {
        NO_ATTRS
    } else if d.layout.variable {
        VAR_ATTRS
    } else {
        (16 + d.layout.size).next_multiple_of(8) as u16
    }
}

/// Fills a fresh runtime.
pub fn start(th: &Thread) -> Res<()> {
    let rt = th.rt();
    // 1. Root shapes, still without types: enough to allocate strings, dicts and type objects.
    for d in table::all() {
        rt.shapes.set_root_at(
            d.id.root_shape(),
            RootSpec {
                ty: Value::EMPTY,
                layout: d.layout,
                attr_offset: attr_offset(d),
                inline_cap: 0,
                flags: 0,
                nslots: 0,
            },
        );
    }
    let _ = rt.names.set(Names::new(&rt.interner));
    // 2. Type objects, bases first.
    for d in table::all() {
        make_type(th, d)?;
    }
    // Types that have no definition yet must not be reachable by a program: they stand for `object`.
    for id in ALL_TYPES {
        let _ = rt.types[*id as usize].set(th.ty(TypeId::Object).clone());
    }
    // 3. Shared small objects.
    let mut chars: Vec<Obj> = (0..=255u8)
        .map(|c| th.str_infallible(&(c as char).to_string()))
        .collect();
    chars.push(th.str_infallible(""));
    let chars: Box<[Obj]> = chars.iter().map(|c| th.intern_obj(c)).collect();
    let _ = rt.latin1.set(chars);
    let _ = rt.empty_tuple.set(th.tuple_as(None, Vec::new())?);
    // 4. Methods and attributes.
    for d in table::all() {
        fill_type(th, d)?;
    }
    for d in table::all() {
        if let Some(f) = d.init {
            f(th, th.ty(d.id))?;
        }
    }
    crate::modules::start(th)
}

fn make_type(th: &Thread, d: &'static TypeDef) -> Res<()> {
    let rt = th.rt();
    let short = d.name.rsplit('.').next().unwrap_or(d.name);
    let is_object = d.id == TypeId::Object;
    let base = if is_object {
        None
    } else {
        Some(th.ty(d.base).clone())
    };
    let mut slots = d.slots;
    let mut flags = d.flags | type_flags::IMMUTABLE;
    if let Some(b) = &base {
        slots.inherit(b.slots());
        let inherited = type_flags::EXCEPTION
            | type_flags::METATYPE
            | type_flags::SEQUENCE
            | type_flags::MAPPING
            | type_flags::MATCH_SELF
            | type_flags::HAS_DEL;
        flags |= b.flags.load(Ordering::Relaxed) & inherited;
    }
    let name = th.intern(short);
    let payload = Type::new(TypeSpec {
        name: name.clone(),
        qualname: name,
        dict: th.new_dict()?,
        slots,
        layout: d.layout,
        id: Some(d.id),
        flags,
        attr_offset: attr_offset(d),
        fixed_slots: 0,
        inline_cap: 0,
    });
    let t: Py<Type> = th.alloc(payload);
    crate::runtime::thread::make_immortal(t.head());
    t.root_shape.store(d.id.root_shape(), Ordering::Release);
    rt.shapes.set_type(d.id.root_shape(), t.obj().value());
    if let Some(b) = &base {
        t.base.set(th, Some(b.obj().clone()));
        b.subclasses.lock().push(t.obj().value());
    }
    crate::interp::dunder::slot_flags(&t);
    let _ = rt.types[d.id as usize].set(t);
    Ok(())
}

fn fill_type(th: &Thread, d: &'static TypeDef) -> Res<()> {
    let n = th.rt().names();
    let t = th.ty(d.id);
    let mut mro = vec![t.obj().clone()];
    let mut at = t.clone();
    while let Some(b) = at.base.get().and_then(|b| b.into_py::<Type>().ok()) {
        mro.push(b.obj().clone());
        at = b;
    }
    let bases = match t.base.get() {
        Some(b) => th.tuple(vec![b])?,
        None => th.empty_tuple(),
    };
    t.bases.set(th, Some(bases));
    t.mro.set(th, Some(th.tuple(mro)?));
    for m in d.methods {
        let f = method_object(th, m, t)?;
        t.dict.set_item(th, &th.intern(m.name), f)?;
    }
    for g in d.getset {
        let o = super::descriptors::getset(th, g, t);
        t.dict.set_item(th, &th.intern(g.name), o)?;
    }
    if d.flags & type_flags::HAS_DICT != 0 {
        let o = super::descriptors::getset(th, &super::newclass::DICT_GETSET, t);
        t.dict.set_default(th, &n.__dict__, o)?;
    }
    wrappers::add_wrappers(th, t, &d.slots)?;
    if d.slots.new.is_some() || d.id == TypeId::Object {
        let f = super::descriptors::new_function(th, t);
        t.dict.set_item(th, &n.__new__, f)?;
    }
    // A type whose instances have a `__module__` of their own keeps that descriptor.
    let module = match d.name.rsplit_once('.') {
        Some((module, _)) => th.intern(module),
        None => n.builtins.clone(),
    };
    let (_, _) = t.dict.set_default(th, &n.__module__, module)?;
    let doc = match d.signature().1 {
        "" => Obj::NONE,
        doc => th.str(doc)?,
    };
    let (_, _) = t.dict.set_default(th, &n.__doc__, doc)?;
    Ok(())
}

/// A native function as an object.
pub fn function_object(
    th: &Thread,
    m: &'static MethodDef,
    me: Option<Obj>,
    module: Option<Obj>,
) -> Obj {
    th.alloc(BuiltinFunction {
        def: m,
        sig: th.sig(m.sig),
        me,
        owner: None,
        module: Slot::new(module),
    })
    .into_obj()
}

/// A native method as what a class has in its namespace.
pub fn method_object(th: &Thread, m: &'static MethodDef, t: &Py<Type>) -> Res {
    let descr = || MethodDescriptor {
        def: m,
        sig: th.sig(m.sig),
        ty: t.obj().clone(),
    };
    Ok(match m.bind {
        Bind::Instance => th.alloc(descr()).into_obj(),
        Bind::Class => th
            .alloc_id(TypeId::ClassMethodDescriptor, descr())
            .into_obj(),
        Bind::Static => {
            let f = th.alloc(BuiltinFunction {
                def: m,
                sig: th.sig(m.sig),
                me: None,
                owner: Some(t.obj().clone()),
                module: Slot::empty(),
            });
            super::descriptors::static_method(th, f.into_obj())
        }
    })
}
