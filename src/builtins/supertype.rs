//! `super`: attributes looked up behind a class in the MRO of an object.

use super::common::this;
use crate::object::def::{GetSetDef, TypeDef, type_flags};
use crate::object::layout::{Layout, Native, Visit};
use crate::object::obj::{Obj, Py, Slot};
use crate::object::slots::{CallArgs, Slots};
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// Payload of super objects.
pub struct Super {
    ty: Slot,
    obj: Slot,
    obj_type: Slot,
}

static LAYOUT: Layout = Layout::of::<Super>("super");

// SAFETY: LAYOUT is of this type.
unsafe impl Native for Super {
    const TYPE: TypeId = TypeId::Super;
    const LAYOUT: &'static Layout = &LAYOUT;
    fn traverse(&self, visit: Visit<'_>) {
        for s in [&self.ty, &self.obj, &self.obj_type] {
            visit(s.raw());
        }
    }
    fn clear(&self, th: &Thread) {
        for s in [&self.ty, &self.obj, &self.obj_type] {
            s.set(th, None);
        }
    }
}

/// The type whose MRO is searched: `obj` if it is a class below `t`, else the type of `obj`.
pub fn check(th: &Thread, t: &Py<Type>, obj: &Obj) -> Res<Py<Type>> {
    if let Some(o) = obj.cast::<Type>() {
        if o.is_subtype_of(t) {
            return Ok(o.clone());
        }
    }
    if th.type_of(obj).is_subtype_of(t) {
        return Ok(th.type_of(obj).clone());
    }
    // A proxy may say that it is of another class.
    if let Some(c) = th.getattr_opt(obj, "__class__")? {
        if let Some(c) = c.cast::<Type>() {
            if !c.obj().is(th.type_of(obj).obj()) && c.is_subtype_of(t) {
                return Ok(c.clone());
            }
        }
    }
    let (kind, name) = match obj.cast::<Type>() {
        Some(o) => ("type", o.name_text()),
        None => ("instance of", th.type_name(obj)),
    };
    Err(th.type_error(format!(
        "super(type, obj): obj ({kind} {name}) is not an instance or subtype of type ({}).",
        t.name_text()
    )))
}

/// What `super(t, obj).name` finds, not looked up on `super` itself: `obj_type` from [`check`].
pub fn lookup(
    th: &Thread,
    t: &Py<Type>,
    obj: &Obj,
    obj_type: &Py<Type>,
    name: &Obj,
) -> Res<Option<Obj>> {
    let Some(mro) = obj_type.mro_tuple() else {
        return Ok(None);
    };
    let mut items = mro.items().iter();
    if !items.any(|c| c.is(t.obj())) {
        return Ok(None);
    }
    for c in items {
        let Some(c) = c.cast::<Type>() else { continue };
        let Some(f) = c.dict.get_interned(th, name) else {
            continue;
        };
        let me = if obj.is(obj_type.obj()) {
            None
        } else {
            Some(obj)
        };
        return match th.type_of(&f).slots().get {
            Some(get) => get(th, &f, me, Some(obj_type.obj())).map(Some),
            None => Ok(Some(f)),
        };
    }
    Ok(None)
}

fn getattr(th: &Thread, o: &Obj, name: &Obj) -> Res {
    let s = this::<Super>(o);
    if !name.is(&th.rt().names().__class__) {
        if let (Some(t), Some(obj), Some(ot)) = (s.ty.get(), s.obj.get(), s.obj_type.get()) {
            if let (Some(t), Some(ot)) = (t.cast::<Type>(), ot.cast::<Type>()) {
                if let Some(v) = lookup(th, t, &obj, ot, name)? {
                    return Ok(v);
                }
            }
        }
    }
    match th.generic_getattr_opt(o, name)? {
        Some(v) => Ok(v),
        None => Err(th.attribute_error_on(
            o,
            name,
            format!("'super' object has no attribute '{}'", th.str_text(name)),
        )),
    }
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    if !args.kwnames.is_empty() {
        return Err(th.type_error("super() takes no keyword arguments"));
    }
    let (t, obj) = match args.positional() {
        [] => {
            let (t, me) = crate::interp::api::super_arguments(th)?;
            (t, Some(me))
        }
        [t] => (t.clone(), None),
        [t, obj] => (t.clone(), Some(obj.clone()).filter(|o| !o.is_none())),
        more => {
            return Err(th.type_error(format!(
                "super expected at most 2 arguments, got {}",
                more.len()
            )));
        }
    };
    let Some(ty) = t.cast::<Type>() else {
        return Err(th.type_error(format!(
            "super() argument 1 must be a type, not {}",
            th.type_name(&t)
        )));
    };
    let obj_type = match &obj {
        Some(x) => Some(check(th, ty, x)?.into_obj()),
        None => None,
    };
    let s = this::<Super>(o);
    s.obj.set(th, obj);
    s.obj_type.set(th, obj_type);
    s.ty.set(th, Some(t));
    Ok(())
}

fn empty() -> Super {
    Super {
        ty: Slot::empty(),
        obj: Slot::empty(),
        obj_type: Slot::empty(),
    }
}

fn get(th: &Thread, o: &Obj, obj: Option<&Obj>, _t: Option<&Obj>) -> Res {
    let s = this::<Super>(o);
    let Some(obj) = obj.filter(|x| !x.is_none()) else {
        return Ok(o.clone());
    };
    if s.obj.get().is_some() {
        return Ok(o.clone());
    }
    let Some(t) = s.ty.get() else {
        return Ok(o.clone());
    };
    if th.type_of(o).id != Some(TypeId::Super) {
        return th.call(th.type_of(o).obj(), &[t, obj.clone()]);
    }
    let Some(ty) = t.cast::<Type>() else {
        return Ok(o.clone());
    };
    let ot = check(th, ty, obj)?;
    let new = th.alloc(empty());
    new.obj.set(th, Some(obj.clone()));
    new.obj_type.set(th, Some(ot.into_obj()));
    new.ty.set(th, Some(t));
    Ok(new.into_obj())
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let s = this::<Super>(o);
    let name = |s: &Slot| {
        s.get()
            .and_then(|t| t.cast::<Type>().map(|t| t.name_text()))
            .unwrap_or_else(|| "NULL".to_owned())
    };
    match s.obj_type.get() {
        Some(_) => th.str(&format!(
            "<super: <class '{}'>, <{} object>>",
            name(&s.ty),
            name(&s.obj_type)
        )),
        None => th.str(&format!("<super: <class '{}'>, NULL>", name(&s.ty))),
    }
}

fn or_none(s: &Slot) -> Res {
    Ok(s.get().unwrap_or(Obj::NONE))
}

/// `super`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(|th, cls, _| th.alloc_as::<Super>(cls, empty()).map(Py::into_obj)),
        init: Some(init),
        getattr: Some(getattr),
        get: Some(get),
        repr: Some(repr),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::ro("__thisclass__", |_, o| or_none(&this::<Super>(o).ty)),
        GetSetDef::ro("__self__", |_, o| or_none(&this::<Super>(o).obj)),
        GetSetDef::ro("__self_class__", |_, o| or_none(&this::<Super>(o).obj_type)),
    ],
    flags: type_flags::BASETYPE,
    doc: "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires issubclass(type2, type)\nTypical use to call a cooperative superclass method:\nclass C(B):\n    def meth(self, arg):\n        super().meth(arg)\nThis works for class methods too:\nclass C(B):\n    @classmethod\n    def cmeth(cls, arg):\n        super().cmeth(arg)\n",
    ..TypeDef::new(TypeId::Super, "super", &LAYOUT)
};
