//! `__spec__` and the attributes of modules that come from it.

use super::find::{Found, Source};
use crate::modules::prelude::*;

/// Payload of specs: nothing, all is in attributes.
pub struct ModuleSpec {}

native!(ModuleSpec, ModuleSpec, "ModuleSpec");

/// `ModuleSpec`: the native counterpart of importlib's class.
pub static DEF: TypeDef = TypeDef {
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREFABLE,
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        compare: Some(compare),
        ..Slots::NONE
    },
    getset: &[
        GetSetDef::ro("parent", parent),
        GetSetDef::ro("_uninitialized_submodules", |th, o| {
            let name = th.intern("_submodules");
            if let Some(l) = o.instance_attr(th, &name) {
                return Ok(l);
            }
            let l = th.list(Vec::new())?;
            o.set_instance_attr(th, &name, l.clone())?;
            Ok(l)
        }),
        GetSetDef::rw(
            "has_location",
            |th, o| Ok(th.getattr_opt(o, "_set_fileattr")?.unwrap_or(Obj::FALSE)),
            |th, o, v| match v {
                Some(v) => th.setattr(o, "_set_fileattr", Obj::bool(th.truthy(v)?)),
                None => Err(th.attribute_error("cannot delete has_location")),
            },
        ),
    ],
    ..TypeDef::new(
        TypeId::ModuleSpec,
        "importlib.machinery.ModuleSpec",
        ModuleSpec::LAYOUT,
    )
};

fn new(th: &Thread, cls: &Py<Type>, _args: CallArgs<'_>) -> Res {
    Ok(th.alloc_as(cls, ModuleSpec {})?.into_obj())
}

fn init(th: &Thread, o: &Obj, args: CallArgs<'_>) -> Res<()> {
    th.bind(
        "ModuleSpec",
        "(name, loader, *, origin=None, loader_state=None, is_package=None)",
        args,
        |a| {
            let package = match a.opt_not_none(4) {
                Some(p) => th.truthy(p)?,
                None => false,
            };
            let none = |x: Option<&Obj>| x.cloned().unwrap_or(Obj::NONE);
            let search = if package {
                th.list(Vec::new())?
            } else {
                Obj::NONE
            };
            for (k, v) in [
                ("name", a.get(0).clone()),
                ("loader", a.get(1).clone()),
                ("origin", none(a.opt(2))),
                ("loader_state", none(a.opt(3))),
                ("submodule_search_locations", search),
                ("cached", Obj::NONE),
                ("_set_fileattr", Obj::FALSE),
                ("_initializing", Obj::FALSE),
            ] {
                th.setattr(o, k, v)?;
            }
            Ok(())
        },
    )
}

fn repr(th: &Thread, o: &Obj) -> Res {
    let mut text = String::from("ModuleSpec(");
    for (i, k) in ["name", "loader", "origin", "submodule_search_locations"]
        .into_iter()
        .enumerate()
    {
        let Some(v) = th.getattr_opt(o, k)? else {
            continue;
        };
        if i > 1 && v.is_none() {
            continue;
        }
        if i > 0 {
            text.push_str(", ");
        }
        text.push_str(&format!("{k}={}", th.repr(&v)?.to_rust()));
    }
    text.push(')');
    th.str(&text)
}

/// Equal are specs that say the same.
fn compare(th: &Thread, a: &Obj, b: &Obj, op: CmpOp) -> Res {
    if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return Ok(Obj::NOT_IMPLEMENTED);
    }
    let mut same = true;
    for k in [
        "name",
        "loader",
        "origin",
        "submodule_search_locations",
        "cached",
        "has_location",
    ] {
        let (Some(x), Some(y)) = (th.getattr_opt(a, k)?, th.getattr_opt(b, k)?) else {
            return Ok(Obj::NOT_IMPLEMENTED);
        };
        if !th.eq(&x, &y)? {
            same = false;
            break;
        }
    }
    Ok(Obj::bool(same == (op == CmpOp::Eq)))
}

fn parent(th: &Thread, o: &Obj) -> Res {
    let name = th.getattr(o, "name")?;
    let search = th.getattr(o, "submodule_search_locations")?;
    if !search.is_none() {
        return Ok(name);
    }
    let text = th.str_text(&name);
    th.str(text.rsplit_once('.').map_or("", |(p, _)| p))
}

/// What a spec says.
pub struct Parts<'a> {
    /// Full name.
    pub name: &'a str,
    /// File name, `built-in`, or nothing.
    pub origin: Option<&'a str>,
    /// Whether `origin` is a place that can be loaded from.
    pub has_location: bool,
    /// Where submodules are.
    pub search: Option<Vec<String>>,
}

/// A spec.
pub fn make(th: &Thread, p: &Parts<'_>) -> Res {
    let o = th.alloc(ModuleSpec {}).into_obj();
    let search = match &p.search {
        Some(dirs) => {
            let mut items = Vec::new();
            for d in dirs {
                items.push(th.str(d)?);
            }
            th.list(items)?
        }
        None => Obj::NONE,
    };
    let origin = match p.origin {
        Some(s) => th.str(s)?,
        None => Obj::NONE,
    };
    for (k, v) in [
        ("name", th.intern(p.name)),
        ("loader", super::bridge::loader(th)),
        ("origin", origin),
        ("loader_state", Obj::NONE),
        ("submodule_search_locations", search),
        ("cached", Obj::NONE),
        ("_set_fileattr", Obj::bool(p.has_location)),
        ("_initializing", Obj::FALSE),
    ] {
        th.setattr(&o, k, v)?;
    }
    Ok(o)
}

/// The spec of something that was found.
pub fn of_found(th: &Thread, name: &str, f: &Found) -> Res {
    let file = f.file();
    let native = matches!(f.source, Source::Native(_));
    make(
        th,
        &Parts {
            name,
            origin: if native {
                Some("built-in")
            } else {
                file.as_deref()
            },
            has_location: file.is_some(),
            search: f.search(),
        },
    )
}

/// Gives a module its spec and what follows from it.
pub fn attach(th: &Thread, m: &Py<Module>, p: &Parts<'_>) -> Res<()> {
    let spec = make(th, p)?;
    attach_spec(
        th,
        m,
        &spec,
        p.name,
        p.search.is_some(),
        p.origin.filter(|_| p.has_location),
    )
}

/// The same for something that was found.
pub fn attach_found(th: &Thread, m: &Py<Module>, name: &str, f: &Found) -> Res<()> {
    let spec = of_found(th, name, f)?;
    th.setattr(&spec, "_initializing", Obj::TRUE)?;
    let file = f.file();
    attach_spec(th, m, &spec, name, f.package, file.as_deref())
}

fn attach_spec(
    th: &Thread,
    m: &Py<Module>,
    spec: &Obj,
    name: &str,
    package: bool,
    file: Option<&str>,
) -> Res<()> {
    let n = th.rt().names();
    let parent = if package {
        name
    } else {
        name.rsplit_once('.').map_or("", |(p, _)| p)
    };
    m.dict.set_item(th, &n.__package__, th.str(parent)?)?;
    m.dict
        .set_item(th, &n.__loader__, super::bridge::loader(th))?;
    m.dict.set_item(th, &n.__spec__, spec.clone())?;
    if let Some(f) = file {
        m.dict.set_item(th, &n.__file__, th.str(f)?)?;
        m.dict.set_item(th, &n.__cached__, Obj::NONE)?;
    }
    if package {
        let path = th.getattr(spec, "submodule_search_locations")?;
        m.dict.set_item(th, &n.__path__, path)?;
    }
    Ok(())
}

/// Notes that a module's code has run to its end.
pub fn loaded(th: &Thread, m: &Obj) {
    if let Ok(Some(spec)) = th.getattr_opt(m, "__spec__") {
        if spec.cast::<ModuleSpec>().is_some() {
            drop(th.setattr(&spec, "_initializing", Obj::FALSE));
        }
    }
}

/// Whether a module's code is still running.
pub fn is_initializing(th: &Thread, m: &Obj) -> bool {
    let Ok(Some(spec)) = th.getattr_opt(m, "__spec__") else {
        return false;
    };
    matches!(th.getattr_opt(&spec, "_initializing"), Ok(Some(v)) if th.truthy(&v).unwrap_or(false))
}
