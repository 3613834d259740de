//! What Python code sees of the import machinery: the native finder and loader on `sys.meta_path`, and `importlib`'s
//! bootstrap modules, which are run only when `importlib` is imported.
//!
//! Finder and loader are one object, a module of native functions: `find_spec`, `create_module`, `exec_module`,
//! `get_source`, `get_code`, `is_package`, `get_filename`, `get_resource_reader`, `find_distributions`.

use super::find::{self, Source};
use super::{import_absolute, library, spec};
use crate::modules::prelude::*;

/// The module that finds out what is installed, for which finders of modules find what was distributed.
const METADATA: &str = "importlib.metadata";

/// The finder and loader, once made.
#[derive(Default)]
struct State {
    loader: Slot2,
}

/// A slot with a default.
#[derive(Default)]
struct Slot2(Slot);

/// The module of the native finder and loader.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("find_spec", "(fullname, path=None, target=None)", find_spec),
        MethodDef::new("create_module", "(spec)", create_module),
        MethodDef::new("exec_module", "(module)", exec_module),
        MethodDef::new("load_module", "(fullname)", |th, a| {
            import_absolute(th, &th.str_text(a.get(0)))
        }),
        MethodDef::new("get_source", "(fullname)", get_source),
        MethodDef::new("get_code", "(fullname)", get_code),
        MethodDef::new("get_data", "(path)", get_data),
        MethodDef::new("get_filename", "(fullname)", get_filename),
        MethodDef::new("get_resource_reader", "(fullname)", get_resource_reader),
        MethodDef::new("is_package", "(fullname)", is_package),
        MethodDef::new("_gcd_import", "(name, package=None, level=0)", gcd_import),
        MethodDef::new("invalidate_caches", "()", |th, _| {
            super::hooks::invalidate(th)?;
            let modules = th.rt().modules();
            if let Some(metadata) = modules.get_str(th, METADATA) {
                let finder = th.getattr(&metadata, "MetadataPathFinder")?;
                th.call_method(&finder, "invalidate_caches", &[])?;
            }
            Ok(Obj::NONE)
        }),
        MethodDef::new("find_distributions", "(context=None)", |th, a| {
            let metadata = import_absolute(th, METADATA)?;
            let finder = th.getattr(&metadata, "MetadataPathFinder")?;
            let context = a.opt_not_none(0).map_or(&[][..], std::slice::from_ref);
            th.call_method(&finder, "find_distributions", context)
        }),
    ],
    ..ModuleDef::new("_threadsnake_import")
};

/// The native finder and loader.
pub fn loader(th: &Thread) -> Obj {
    th.rt()
        .module_state::<State>()
        .loader
        .0
        .get()
        .unwrap_or(Obj::NONE)
}

/// Makes the finder and puts it on `sys.meta_path`.
pub fn start(th: &Thread) -> Res<()> {
    let m = super::new_module(th, MODULE.name)?;
    super::fill_native(th, &MODULE, &m)?;
    let m = m.into_obj();
    drop(
        th.rt()
            .module_state::<State>()
            .loader
            .0
            .set_if_empty(m.clone()),
    );
    if let Some(sys) = th.rt().sys.get() {
        sys.set_str(th, "meta_path", th.list(vec![m])?)?;
        super::hooks::start(th, sys)?;
    }
    Ok(())
}

/// Asks the finders that the program put on `sys.meta_path`, those before ours or those after it.
pub fn foreign_spec(th: &Thread, name: &str, path: Option<&Obj>, before: bool) -> Res<Option<Obj>> {
    let Some(list) = th.sys_get("meta_path") else {
        return Ok(None);
    };
    let ours = loader(th);
    let Some(list) = list.cast::<List>() else {
        return Ok(None);
    };
    if list.len() == 1 && list.get(th, 0).is_some_and(|o| o.is(&ours)) {
        return Ok(None);
    }
    let mut seen_ours = false;
    for finder in list.to_vec(th) {
        if finder.is(&ours) {
            seen_ours = true;
            if before {
                return Ok(None);
            }
            continue;
        }
        if before == seen_ours {
            continue;
        }
        let Some(f) = th.getattr_opt(&finder, "find_spec")? else {
            continue;
        };
        let r = th.call(
            &f,
            &[th.str(name)?, path.cloned().unwrap_or(Obj::NONE), Obj::NONE],
        )?;
        if !r.is_none() {
            return Ok(Some(r));
        }
    }
    if before && !seen_ours {
        // The program took our finder away: nothing else is asked.
        return Err(super::not_found(
            th,
            name,
            &format!("No module named '{name}'"),
        ));
    }
    Ok(None)
}

/// Loads a module by a spec that Python code made.
pub fn load_spec(th: &Thread, name: &str, spec: &Obj) -> Res {
    let util = import_absolute(th, "importlib._bootstrap")?;
    let f = th.getattr(&util, "_load_unlocked")?;
    let m = th.call(&f, std::slice::from_ref(spec))?;
    Ok(th.rt().modules().get_str(th, name).unwrap_or(m))
}

fn find_spec(th: &Thread, a: Args<'_>) -> Res {
    let name = th.text_of(a.get(0), "module name")?.to_rust();
    match find::find(th, &name, a.opt_not_none(1))? {
        Some(find::Found {
            source: Source::Spec(spec),
            ..
        }) => Ok(spec),
        Some(f) => spec::of_found(th, &name, &f),
        None => Ok(Obj::NONE),
    }
}

/// What replaces the function of that name in `importlib._bootstrap`.
fn gcd_import(th: &Thread, a: Args<'_>) -> Res {
    let Some(name) = a.get(0).cast::<Str>() else {
        return Err(th.type_error(format!(
            "module name must be str, not {}",
            th.type_name(a.get(0))
        )));
    };
    let name = name.to_rust();
    let level = match a.opt(2) {
        Some(l) => th.index_i64(l)?,
        None => 0,
    };
    if level < 0 {
        return Err(th.value_error("level must be >= 0"));
    }
    if level == 0 {
        if name.is_empty() {
            return Err(th.value_error("Empty module name"));
        }
        return import_absolute(th, &name);
    }
    let package = match a.opt_not_none(1) {
        Some(p) => th.text_of(p, "__package__")?.to_rust(),
        None => String::new(),
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
    if name.is_empty() {
        import_absolute(th, base)
    } else {
        import_absolute(th, &format!("{base}.{name}"))
    }
}

/// Puts native functions in place of slow ones after `importlib._bootstrap` has run.
pub fn patch_bootstrap(th: &Thread, m: &Py<Module>) -> Res<()> {
    let ours = loader(th);
    let f = th.getattr(&ours, "_gcd_import")?;
    m.dict.set_str(th, "_gcd_import", f)
}

fn create_module(th: &Thread, a: Args<'_>) -> Res {
    let name = th.str_text(&th.getattr(a.get(0), "name")?);
    match super::find_native(&name) {
        Some(def) => Ok(super::make_native(th, def)?.into_obj()),
        None => Ok(Obj::NONE),
    }
}

fn exec_module(th: &Thread, a: Args<'_>) -> Res {
    let m = this::<Module>(th, a.get(0))?;
    let name = match m.dict.get_str(th, "__name__") {
        Some(n) => th.str_text(&n),
        None => return Err(th.import_error_plain("nameless module")),
    };
    let file = match m.dict.get_str(th, "__file__") {
        Some(f) if !f.is_none() => th.str_text(&f),
        _ => return Ok(Obj::NONE),
    };
    let found = match library::find_path(&file) {
        Some(e) => find::Found {
            source: Source::Library(e),
            package: e.package,
        },
        None => find::Found {
            source: Source::File(file.into()),
            package: false,
        },
    };
    let _ = name;
    super::run_found(th, m, &found)?;
    Ok(Obj::NONE)
}

/// Finds a module for the methods that are given its name.
fn locate(th: &Thread, name: &Obj) -> Res<Option<find::Found>> {
    let name = th.text_of(name, "module name")?.to_rust();
    if let Some(m) = th.rt().modules().get_str(th, &name) {
        if let Some(f) = th.getattr_opt(&m, "__file__")? {
            let file = th.str_text(&f);
            if let Some(e) = library::find_path(&file) {
                return Ok(Some(find::Found {
                    source: Source::Library(e),
                    package: e.package,
                }));
            }
            if th.rt().options.capabilities.files && file.ends_with(".py") {
                return Ok(Some(find::Found {
                    package: file.ends_with("/__init__.py"),
                    source: Source::File(file.into()),
                }));
            }
        }
    }
    let path = match name.rsplit_once('.') {
        None => None,
        Some((p, _)) => {
            let parent = import_absolute(th, p)?;
            th.getattr_opt(&parent, "__path__")?
        }
    };
    find::find(th, &name, path.as_ref())
}

fn missing(th: &Thread, name: &Obj) -> Exc {
    let text = th.str_text(name);
    super::not_found(th, &text, &format!("No module named '{text}'"))
}

fn get_source(th: &Thread, a: Args<'_>) -> Res {
    match locate(th, a.get(0))? {
        Some(f) => match f.text(th)? {
            Some((t, _)) => match threadsnake_front::source::decode(&t) {
                Ok(text) => th.str(&text),
                Err(_) => Err(th.import_error_plain("source is not decodable")),
            },
            None => Ok(Obj::NONE),
        },
        None => Err(missing(th, a.get(0))),
    }
}

fn get_code(th: &Thread, a: Args<'_>) -> Res {
    match locate(th, a.get(0))? {
        Some(f) => match f.text(th)? {
            Some((t, file)) => super::exec::compile(th, &t, &file),
            None => Ok(Obj::NONE),
        },
        None => Err(missing(th, a.get(0))),
    }
}

fn get_data(th: &Thread, a: Args<'_>) -> Res {
    let path = th.text_of(a.get(0), "path")?.to_rust();
    if let Some(e) = library::find_path(&path) {
        return match e.source() {
            Some(t) => th.bytes(&t),
            None => Err(th.os_error(libc::EIO, Some(a.get(0)))),
        };
    }
    if !th.rt().options.capabilities.files {
        return Err(th.os_error(libc::EACCES, Some(a.get(0))));
    }
    match std::fs::read(&path) {
        Ok(t) => th.bytes(&t),
        Err(e) => Err(th.io_error(&e, Some(a.get(0)))),
    }
}

fn get_filename(th: &Thread, a: Args<'_>) -> Res {
    match locate(th, a.get(0))?.and_then(|f| f.file()) {
        Some(f) => th.str(&f),
        None => Err(missing(th, a.get(0))),
    }
}

fn is_package(th: &Thread, a: Args<'_>) -> Res {
    match locate(th, a.get(0))? {
        Some(f) => Ok(Obj::bool(f.package)),
        None => Err(missing(th, a.get(0))),
    }
}

/// The reader of the files beside a package's source; `None` for what has none, and for the embedded library.
fn get_resource_reader(th: &Thread, a: Args<'_>) -> Res {
    let Some(found) = locate(th, a.get(0))? else {
        return Err(missing(th, a.get(0)));
    };
    let (Source::File(_), Some(file)) = (&found.source, found.file()) else {
        return Ok(Obj::NONE);
    };
    let readers = import_absolute(th, "importlib.readers")?;
    let types = import_absolute(th, "types")?;
    // All that the reader asks of a loader is its path.
    let holder = th.call(&th.getattr(&types, "SimpleNamespace")?, &[])?;
    th.setattr(&holder, "path", th.str(&file)?)?;
    th.call_method(&readers, "FileReader", &[holder])
}
