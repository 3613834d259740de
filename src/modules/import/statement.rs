//! `import`, `from … import`, `from … import *` and `__import__`.

use super::{csizes, import_absolute, importing, not_found, spec};
use crate::modules::prelude::*;

/// What `import name` and `__import__(name, globals, None, fromlist, level)` give: the top package without a `fromlist`,
/// otherwise the module itself, those submodules imported that `fromlist` names.
pub fn import_name(th: &Thread, name: &Obj, globals: &Obj, fromlist: &Obj, level: i64) -> Res {
    let text = match name.cast::<Str>() {
        Some(s) => s.to_rust(),
        None => return Err(th.type_error("module name must be a string")),
    };
    if level < 0 {
        return Err(th.value_error("level must be >= 0"));
    }
    let full = if level == 0 {
        if text.is_empty() {
            return Err(th.value_error("Empty module name"));
        }
        text.clone()
    } else {
        resolve(th, &text, globals, level)?
    };
    let plain = fromlist.is_none() || !th.truthy(fromlist)?;
    let m = match import_absolute(th, &full) {
        Ok(m) => m,
        Err(e) if !plain && e.is(th, TypeId::ModuleNotFoundError) => {
            return csizes::asked(th, &full, fromlist)?.ok_or(e);
        }
        Err(e) => return Err(e),
    };
    if plain {
        if level == 0 {
            return match text.split_once('.') {
                Some((front, _)) => import_absolute(th, front),
                None => Ok(m),
            };
        }
        if text.is_empty() {
            return Ok(m);
        }
        let Some((front, _)) = text.split_once('.') else {
            return Ok(m);
        };
        let top = full[..full.len() - (text.len() - front.len())].to_owned();
        return match th.rt().modules().get_str(th, &top) {
            Some(m) => Ok(m),
            None => {
                let msg = th.str(&format!("'{top}' not in sys.modules as expected"))?;
                Err(th.key_error(&msg))
            }
        };
    }
    if th.getattr_opt(&m, "__path__")?.is_some() {
        handle_fromlist(th, &m, &full, fromlist, false)?;
    }
    Ok(m)
}

fn handle_fromlist(th: &Thread, m: &Obj, full: &str, list: &Obj, recursive: bool) -> Res<()> {
    for x in th.collect(list)? {
        let Some(s) = x.cast::<Str>() else {
            let place = if recursive {
                format!("{full}.__all__")
            } else {
                "``from list''".to_owned()
            };
            return Err(th.type_error(format!(
                "Item in {place} must be str, not {}",
                th.type_name(&x)
            )));
        };
        if s.eq_rust("*") {
            if !recursive {
                if let Some(all) = th.getattr_opt(m, "__all__")? {
                    handle_fromlist(th, m, full, &all, true)?;
                }
            }
            continue;
        }
        if th.getattr_opt_obj(m, &x)?.is_some() {
            continue;
        }
        let from = format!("{full}.{}", s.to_rust());
        match import_absolute(th, &from) {
            Ok(_) => {}
            Err(e) if e.is(th, TypeId::ModuleNotFoundError) => {
                let about = th.getattr_opt(e.obj(), "name")?;
                let same = about
                    .as_ref()
                    .and_then(|n| n.cast::<Str>())
                    .is_some_and(|n| n.eq_rust(&from));
                if same
                    && !th
                        .rt()
                        .modules()
                        .get_str(th, &from)
                        .is_some_and(|m| m.is_none())
                {
                    continue;
                }
                return Err(e);
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// The absolute name of a relative import.
fn resolve(th: &Thread, name: &str, globals: &Obj, level: i64) -> Res<String> {
    let Some(g) = globals.cast::<Dict>() else {
        return Err(if globals.is_none() {
            th.key_error(&th.intern("__name__"))
        } else {
            th.type_error("globals must be a dict")
        });
    };
    let get = |k: &str| g.get_str(th, k).filter(|v| !v.is_none());
    let text = |o: &Obj, what: &str| match o.cast::<Str>() {
        Some(s) => Ok(s.to_rust()),
        None => Err(th.type_error(format!("{what} must be a string"))),
    };
    let package = if let Some(p) = get("__package__") {
        text(&p, "package")?
    } else if let Some(p) = match get("__spec__") {
        Some(s) => th.getattr_opt(&s, "parent")?.filter(|p| !p.is_none()),
        None => None,
    } {
        text(&p, "__spec__.parent")?
    } else {
        let Some(n) = get("__name__") else {
            let msg = th.str("'__name__' not in globals")?;
            return Err(th.key_error(&msg));
        };
        let n = text(&n, "__name__")?;
        if g.get_str(th, "__path__").is_some() {
            n
        } else {
            n.rsplit_once('.')
                .map_or(String::new(), |(p, _)| p.to_owned())
        }
    };
    if package.is_empty() {
        return Err(th.import_error_plain("attempted relative import with no known parent package"));
    }
    let mut base = package.as_str();
    for _ in 1..level {
        match base.rsplit_once('.') {
            Some((b, _)) => base = b,
            None => {
                return Err(
                    th.import_error_plain("attempted relative import beyond top-level package")
                );
            }
        }
    }
    Ok(if name.is_empty() {
        base.to_owned()
    } else {
        format!("{base}.{name}")
    })
}

/// `from module import name`
pub fn import_from(th: &Thread, module: &Obj, name: &Obj) -> Res {
    if let Some(v) = th.getattr_opt_obj(module, name)? {
        return Ok(v);
    }
    let what = th.str_text(name);
    let pkg = th
        .getattr_opt(module, "__name__")?
        .filter(|n| n.cast::<Str>().is_some());
    if let Some(p) = &pkg {
        let full = format!("{}.{what}", th.str_text(p));
        if let Some(m) = th.rt().modules().get_str(th, &full) {
            return Ok(m);
        }
    }
    let pkg_text = pkg
        .as_ref()
        .map_or("<unknown module name>".to_owned(), |p| th.str_text(p));
    let file = th
        .getattr_opt(module, "__file__")?
        .filter(|f| f.cast::<Str>().is_some());
    let place = file
        .as_ref()
        .map_or("unknown location".to_owned(), |f| th.str_text(f));
    let partial = spec::is_initializing(th, module);
    let msg = if partial && file.is_some() {
        format!(
            "cannot import name '{what}' from partially initialized module '{pkg_text}' (most likely due to a circular import) ({place})"
        )
    } else {
        format!("cannot import name '{what}' from '{pkg_text}' ({place})")
    };
    let e = th.import_error(
        TypeId::ImportError,
        msg,
        Some(pkg.unwrap_or(Obj::NONE)),
        Some(file.unwrap_or(Obj::NONE)),
    );
    e.0.extra[3].set(th, Some(name.clone()));
    Err(e)
}

/// `from module import *` into a namespace.
pub fn import_star(th: &Thread, module: &Obj, ns: &Obj) -> Res<()> {
    let (names, all) = match th.getattr_opt(module, "__all__")? {
        Some(a) => (th.collect(&a)?, true),
        None => match th.getattr_opt(module, "__dict__")? {
            Some(d) => {
                let keys = th.call_method(&d, "keys", &[])?;
                (th.collect(&keys)?, false)
            }
            None => {
                return Err(
                    th.import_error_plain("from-import-* object has no __dict__ and no __all__")
                );
            }
        },
    };
    for n in names {
        let Some(s) = n.cast::<Str>() else {
            let m = th.getattr(module, "__name__")?;
            return Err(th.type_error(format!(
                "{} in {}.{} must be str, not {}",
                if all { "Item" } else { "Key" },
                th.str_text(&m),
                if all { "__all__" } else { "__dict__" },
                th.type_name(&n)
            )));
        };
        if !all && !s.is_empty() && s.at(0) == u32::from('_') {
            continue;
        }
        let v = th.getattr_obj(module, &n)?;
        match ns.exact::<Dict>() {
            Some(d) => d.set_item(th, &th.intern_obj(&n), v)?,
            None => th.setitem(ns, &n, &v)?,
        }
    }
    Ok(())
}

/// `AttributeError` of a module: says where it is still being imported.
pub fn missing_attribute(th: &Thread, module: &Obj, name: &Obj) -> Exc {
    let what = th.str_text(name);
    let own = match module.cast::<Module>() {
        Some(m) => m.dict.get_str(th, "__name__"),
        None => None,
    };
    let Some(own) = own.filter(|n| n.cast::<Str>().is_some()) else {
        return th.attribute_error_on(module, name, format!("module has no attribute '{what}'"));
    };
    let own = th.str_text(&own);
    let text = if spec::is_initializing(th, module) {
        format!(
            "partially initialized module '{own}' has no attribute '{what}' (most likely due to a circular import)"
        )
    } else if importing(th).is_importing(&format!("{own}.{what}")) {
        format!(
            "cannot access submodule '{what}' of module '{own}' (most likely due to a circular import)"
        )
    } else {
        format!("module '{own}' has no attribute '{what}'")
    };
    th.attribute_error_on(module, name, text)
}

/// `ModuleNotFoundError` for a name.
pub fn no_module(th: &Thread, name: &str) -> Exc {
    not_found(th, name, &format!("No module named '{name}'"))
}
