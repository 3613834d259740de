//! Modules: attributes live in their dict; what is missing there is asked of the module's own `__getattr__`.

use super::common::this;
use crate::object::def::{GetSetDef, MethodDef, TypeDef, type_flags};
use crate::object::dict::Dict;
use crate::object::layout::Native;
use crate::object::module::Module;
use crate::object::obj::{Obj, Py};
use crate::object::slots::{CallArgs, Slots};
use crate::object::string::Str;
use crate::object::type_ids::TypeId;
use crate::object::types::Type;
use crate::runtime::error::{Exc, Res};
use crate::runtime::thread::Thread;

fn new(th: &Thread, cls: &Py<Type>, _args: CallArgs<'_>) -> Res {
    let dict = th.new_dict()?;
    th.alloc_as::<Module>(cls, Module { dict })
        .map(Py::into_obj)
}

/// The five names that every module has.
fn fill(th: &Thread, m: &Py<Module>, name: Obj, doc: Obj) -> Res<()> {
    let n = th.rt().names();
    for (k, v) in [
        (&n.__name__, name),
        (&n.__doc__, doc),
        (&n.__package__, Obj::NONE),
        (&n.__loader__, Obj::NONE),
        (&n.__spec__, Obj::NONE),
    ] {
        m.dict.set_item(th, k, v)?;
    }
    Ok(())
}

/// A fresh module object.
pub fn make(th: &Thread, name: Obj, doc: Obj) -> Res<Py<Module>> {
    let dict = th.new_dict()?;
    let m = th.alloc(Module { dict });
    fill(th, &m, name, doc)?;
    Ok(m)
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    th.bind("module", "(name, doc=None)", args, |a| {
        let name = a.get(0);
        if name.cast::<Str>().is_none() {
            return Err(th.type_error(format!(
                "module() argument 'name' must be str, not {}",
                th.type_name(name)
            )));
        }
        fill(
            th,
            this::<Module>(o),
            name.clone(),
            a.opt(1).cloned().unwrap_or(Obj::NONE),
        )
    })
}

/// `module.name`, `None` where there is no such attribute.
fn find(th: &Thread, o: &Obj, name: &Obj) -> Res<Option<Obj>> {
    let m = this::<Module>(o);
    let t = th.type_of(o);
    let found = t.lookup(th, name);
    if let Some(d) = &found {
        let s = th.type_of(d).slots();
        if let (Some(get), true) = (s.get, s.set.is_some()) {
            return get(th, d, Some(o), Some(t.obj())).map(Some);
        }
    }
    if let Some(v) = m.dict.get_interned(th, name) {
        return Ok(Some(v));
    }
    match found {
        Some(d) => match th.type_of(&d).slots().get {
            Some(get) => get(th, &d, Some(o), Some(t.obj())).map(Some),
            None => Ok(Some(d)),
        },
        None => Ok(None),
    }
}

fn getattr(th: &Thread, o: &Obj, name: &Obj) -> Res {
    match find(th, o, name) {
        Ok(Some(v)) => return Ok(v),
        Ok(None) => {}
        Err(e) if e.is(th, TypeId::AttributeError) => {}
        Err(e) => return Err(e),
    }
    let m = this::<Module>(o);
    if let Some(f) = m.dict.get_interned(th, &th.rt().names().__getattr__) {
        return th.call(&f, std::slice::from_ref(name));
    }
    Err(missing(th, o, m, name))
}

fn is_true(th: &Thread, o: &Obj, name: &str) -> bool {
    match th.getattr_opt(o, name) {
        Ok(Some(v)) => th.truthy(&v).unwrap_or(false),
        _ => false,
    }
}

/// Whether a module is still being imported, by its spec.
pub fn is_initializing(th: &Thread, m: &Module) -> bool {
    match m.dict.get_interned(th, &th.rt().names().__spec__) {
        Some(s) if !s.is_none() => is_true(th, &s, "_initializing"),
        _ => false,
    }
}

/// The file that a module's spec says it was loaded from.
pub fn spec_origin(th: &Thread, m: &Module) -> Option<String> {
    let spec = m.dict.get_interned(th, &th.rt().names().__spec__)?;
    if spec.is_none() || !is_true(th, &spec, "has_location") {
        return None;
    }
    let origin = th.getattr_opt(&spec, "origin").ok()??;
    origin.cast::<Str>().map(|s| s.to_rust())
}

/// Whether a module's file lies in the script's folder, so that it may hide a library of the same name.
pub fn possibly_shadows(th: &Thread, m: &Module) -> bool {
    let Some(origin) = spec_origin(th, m) else {
        return false;
    };
    let Some(path) = th
        .sys_get("path")
        .and_then(|p| th.getitem(&p, &Obj::small_int(0)).ok())
    else {
        return false;
    };
    let Some(first) = path.cast::<Str>().map(|s| s.to_rust()) else {
        return false;
    };
    let folder = match origin.rsplit_once('/') {
        Some((d, "__init__.py")) => d.rsplit_once('/').map_or("", |x| x.0),
        Some((d, _)) => d,
        None => "",
    };
    !first.is_empty() && folder == first
}

/// Whether `name` is a module of the standard library.
pub fn is_stdlib_name(th: &Thread, name: &Obj) -> bool {
    match th.sys_get("stdlib_module_names") {
        Some(set) => th.contains(&set, name).unwrap_or(false),
        None => false,
    }
}

fn missing(th: &Thread, o: &Obj, m: &Module, name: &Obj) -> Exc {
    let text = th.str_text(name);
    let n = th.rt().names();
    let Some(mn) = m
        .dict
        .get_interned(th, &n.__name__)
        .filter(|x| x.cast::<Str>().is_some())
    else {
        return th.attribute_error_on(o, name, format!("module has no attribute '{text}'"));
    };
    let module = th.str_text(&mn);
    let shadows = possibly_shadows(th, m);
    let msg = if shadows && is_stdlib_name(th, &mn) {
        let origin = spec_origin(th, m).unwrap_or_default();
        format!(
            "module '{module}' has no attribute '{text}' (consider renaming '{origin}' since it has the same name as the standard library module named '{module}' and the import system gives it precedence)"
        )
    } else if is_initializing(th, m) {
        if shadows {
            let origin = spec_origin(th, m).unwrap_or_default();
            format!(
                "module '{module}' has no attribute '{text}' (consider renaming '{origin}' if it has the same name as a library you intended to import)"
            )
        } else {
            let origin = spec_origin(th, m);
            match origin {
                Some(f) => format!(
                    "partially initialized module '{module}' from '{f}' has no attribute '{text}' (most likely due to a circular import)"
                ),
                None => format!(
                    "partially initialized module '{module}' has no attribute '{text}' (most likely due to a circular import)"
                ),
            }
        }
    } else if submodule_initializing(th, m, &text) {
        format!(
            "cannot access submodule '{text}' of module '{module}' (most likely due to a circular import)"
        )
    } else {
        format!("module '{module}' has no attribute '{text}'")
    };
    th.attribute_error_on(o, name, msg)
}

fn submodule_initializing(th: &Thread, m: &Module, name: &str) -> bool {
    let Some(spec) = m.dict.get_interned(th, &th.rt().names().__spec__) else {
        return false;
    };
    if spec.is_none() {
        return false;
    }
    match th.getattr_opt(&spec, "_uninitialized_submodules") {
        Ok(Some(l)) => match th.str(name) {
            Ok(n) => th.contains(&l, &n).unwrap_or(false),
            Err(_) => false,
        },
        _ => false,
    }
}

fn setattr(th: &Thread, o: &Obj, name: &Obj, v: Option<&Obj>) -> Res<()> {
    let m = this::<Module>(o);
    if let Some(d) = th.type_of(o).lookup(th, name) {
        if let Some(set) = th.type_of(&d).slots().set {
            return set(th, &d, o, v);
        }
    }
    match v {
        Some(v) => m.dict.set_item(th, name, v.clone()),
        None => match m.dict.del_item(th, name)? {
            Some(_) => Ok(()),
            None => Err(missing(th, o, m, name)),
        },
    }
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let m = this::<Module>(o);
    let n = th.rt().names();
    let get = |k: &Obj| m.dict.get_interned(th, k).filter(|v| !v.is_none());
    let show = |o: &Obj| -> Res<String> { Ok(th.repr(o)?.to_rust()) };
    let attr = |o: &Obj, name: &str| -> Res<Option<Obj>> {
        Ok(th.getattr_opt(o, name)?.filter(|v| !v.is_none()))
    };
    if let Some(spec) = get(&n.__spec__) {
        let name = match attr(&spec, "name")? {
            Some(x) => show(&x)?,
            None => "'?'".to_owned(),
        };
        let origin = attr(&spec, "origin")?;
        return match origin {
            None => match attr(&spec, "loader")? {
                None => th.str(&format!("<module {name}>")),
                Some(l) => th.str(&format!("<module {name} ({})>", show(&l)?)),
            },
            Some(x) if is_true(th, &spec, "has_location") => {
                th.str(&format!("<module {name} from {}>", show(&x)?))
            }
            Some(x) => th.str(&format!("<module {name} ({})>", th.to_str(&x)?.to_rust())),
        };
    }
    let name = match get(&n.__name__) {
        Some(x) => show(&x)?,
        None => "'?'".to_owned(),
    };
    match (get(&n.__file__), get(&n.__loader__)) {
        (Some(f), _) => th.str(&format!("<module {name} from {}>", show(&f)?)),
        (None, Some(l)) => th.str(&format!("<module {name} ({})>", show(&l)?)),
        (None, None) => th.str(&format!("<module {name}>")),
    }
}

fn annotations(th: &Thread, o: &Obj) -> Res {
    let m = this::<Module>(o);
    let n = th.rt().names();
    if let Some(a) = m.dict.get_interned(th, &n.__annotations__) {
        return Ok(a);
    }
    let made = match m.dict.get_interned(th, &n.__annotate__) {
        Some(f) if th.type_of(&f).slots().call.is_some() => {
            let d = th.call(&f, &[Obj::small_int(1)])?;
            if d.cast::<Dict>().is_none() {
                return Err(th.type_error(format!(
                    "__annotate__() must return a dict, not {}",
                    th.type_name(&d)
                )));
            }
            d
        }
        _ => th.new_dict()?.into_obj(),
    };
    if !is_initializing(th, m) {
        m.dict.set_item(th, &n.__annotations__, made.clone())?;
    }
    Ok(made)
}

fn set_annotations(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let m = this::<Module>(o);
    let n = th.rt().names();
    match v {
        Some(v) => m.dict.set_item(th, &n.__annotations__, v.clone())?,
        None => {
            if m.dict.del_item(th, &n.__annotations__)?.is_none() {
                return Err(th.attribute_error_on(o, &n.__annotations__, "__annotations__"));
            }
        }
    }
    m.dict.del_item(th, &n.__annotate__)?;
    Ok(())
}

fn set_annotate(th: &Thread, o: &Obj, v: Option<&Obj>) -> Res<()> {
    let m = this::<Module>(o);
    let n = th.rt().names();
    let Some(v) = v else {
        return Err(th.type_error("cannot delete __annotate__ attribute"));
    };
    if !v.is_none() && th.type_of(v).slots().call.is_none() {
        return Err(th.type_error("__annotate__ must be callable or None"));
    }
    m.dict.set_item(th, &n.__annotate__, v.clone())?;
    if !v.is_none() {
        m.dict.del_item(th, &n.__annotations__)?;
    }
    Ok(())
}

/// `module`
pub static DEF: TypeDef = TypeDef {
    slots: Slots {
        new: Some(new),
        init: Some(init),
        getattr: Some(getattr),
        setattr: Some(setattr),
        repr: Some(repr),
        ..Slots::NONE
    },
    methods: &[MethodDef::new("__dir__", "($self, /)", |th, a| {
        let m = this::<Module>(a.get(0));
        if let Some(f) = m.dict.get_interned(th, &th.rt().names().__dir__) {
            return th.call(&f, &[]);
        }
        th.list(m.dict.items().into_iter().map(|(k, _)| k).collect())
    })],
    getset: &[
        GetSetDef::ro("__dict__", |_, o| Ok(this::<Module>(o).dict.obj().clone())),
        GetSetDef::rw("__annotations__", annotations, set_annotations),
        GetSetDef::rw(
            "__annotate__",
            |th, o| {
                Ok(this::<Module>(o)
                    .dict
                    .get_interned(th, &th.rt().names().__annotate__)
                    .unwrap_or(Obj::NONE))
            },
            set_annotate,
        ),
    ],
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREFABLE,
    doc: "module(name, doc=None)\n--\n\nCreate a module object.\n\nThe name must be a string; the optional docstring argument can have any\ntype.",
    ..TypeDef::new(TypeId::Module, "module", Module::LAYOUT)
};
