//! The import machinery: native modules, the embedded library, files. Native, so that starting needs no `importlib`;
//! `importlib` itself works on top (`bridge`).
//!
//! The way of an import: `import_name` (the statement) → `import_absolute` (`sys.modules`, the claim on the name, parents)
//! → `load` (finders that the program put on `sys.meta_path`, then native modules, then `sys.path` or the parent's
//! `__path__`, whose entry [`library::PREFIX`] stands for the embedded library) → the module's code.

mod bridge;
mod csizes;
pub mod exec;
mod find;
pub mod finish;
pub mod hooks;
pub mod library;
mod locks;
mod spec;
pub mod statement;

use crate::object::def::ModuleDef;
use crate::object::dict::Dict;
use crate::object::module::Module;
use crate::object::type_ids::TypeId;
use crate::object::{Obj, Py};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use find::{Found, Source};
use locks::{Claim, Importing};
use threadsnake_front::code::Common;

/// The types of the import machinery.
pub static TYPES: &[&crate::object::def::TypeDef] = &[&spec::DEF];

pub use statement::{import_from, import_name, import_star};

/// Makes the modules that exist from the start: `builtins` and `sys`. Modules are not filled with what is not needed
/// before the first import.
pub fn start(th: &Thread) -> Res<()> {
    let rt = th.rt();
    let b = module_over(th, rt.builtins(), "builtins")?;
    rt.modules().set_str(th, "builtins", b)?;
    let sys = match rt.sys.get() {
        Some(d) => module_over(th, d, "sys")?,
        None => return Err(th.system_error("sys has no namespace")),
    };
    rt.modules().set_str(th, "sys", sys.clone())?;
    for name in ["builtins", "sys"] {
        if let (Some(def), Some(m)) = (find_native(name), rt.modules().get_str(th, name)) {
            if let Some(m) = m.cast::<Module>() {
                fill_native(th, def, m)?;
            }
        }
    }
    let common = Common::ALL.map(|(_, name)| rt.builtins().get_str(th, name));
    let common: Option<Box<[Obj]>> = common.into_iter().collect();
    let Some(common) = common else {
        return Err(th.system_error("a builtin that the compiler needs is missing"));
    };
    let _ = rt.common.set(common);
    crate::modules::sys::start(th)?;
    bridge::start(th)
}

fn module_over(th: &Thread, dict: &Py<Dict>, name: &str) -> Res {
    let m = th.alloc(Module { dict: dict.clone() }).into_obj();
    head_attributes(th, dict, name)?;
    Ok(m)
}

fn head_attributes(th: &Thread, d: &Py<Dict>, name: &str) -> Res<()> {
    let n = th.rt().names();
    d.set_item(th, &n.__name__, th.intern(name))?;
    for k in [&n.__doc__, &n.__package__, &n.__loader__, &n.__spec__] {
        d.set_default(th, k, Obj::NONE)?;
    }
    Ok(())
}

/// A new module with the attributes that every module has.
pub fn new_module(th: &Thread, name: &str) -> Res<Py<Module>> {
    let d = th.new_dict()?;
    head_attributes(th, &d, name)?;
    Ok(th.alloc(Module { dict: d }))
}

/// The definition of a native module.
pub fn find_native(name: &str) -> Option<&'static ModuleDef> {
    crate::modules::table::MODULES
        .iter()
        .find(|m| m.name == name)
        .copied()
}

/// Names of all native modules.
pub fn native_names() -> Vec<&'static str> {
    let mut v: Vec<&str> = crate::modules::table::MODULES
        .iter()
        .map(|m| m.name)
        .collect();
    v.sort_unstable();
    v.dedup();
    v
}

fn fill_native(th: &Thread, def: &'static ModuleDef, m: &Py<Module>) -> Res<()> {
    let n = th.rt().names();
    if !def.doc.is_empty() {
        m.dict.set_item(th, &n.__doc__, th.str(def.doc)?)?;
    }
    let name = th.intern(def.name);
    for f in def.functions {
        let o = crate::builtins::start::function_object(th, f, None, Some(name.clone()));
        m.dict.set_item(th, &th.intern(f.name), o)?;
    }
    for (name, id) in def.types {
        m.dict
            .set_item(th, &th.intern(name), th.ty(*id).obj().clone())?;
    }
    if let Some(f) = def.init {
        f(th, m)?;
    }
    Ok(())
}

/// A fresh native module, not in `sys.modules`.
pub fn make_native(th: &Thread, def: &'static ModuleDef) -> Res<Py<Module>> {
    let m = new_module(th, def.name)?;
    spec::attach(
        th,
        &m,
        &spec::Parts {
            name: def.name,
            origin: Some("built-in"),
            has_location: false,
            search: None,
        },
    )?;
    fill_native(th, def, &m)?;
    Ok(m)
}

/// The claims on modules being imported.
pub fn importing(th: &Thread) -> &Importing {
    th.rt().module_state::<Importing>()
}

/// Imports a module by its full name and returns it (not its top package).
pub fn import_module(th: &Thread, name: &str) -> Res {
    import_absolute(th, name)
}

/// See the module's head.
pub fn import_absolute(th: &Thread, name: &str) -> Res {
    let all = importing(th);
    if let Some(m) = th.rt().modules().get_str(th, name) {
        if m.is_none() {
            return Err(halted(th, name));
        }
        if all.any() && all.is_importing(name) {
            // Somebody is still running its code: wait for it, unless it is us.
            drop(all.acquire(th, name)?);
            if let Some(m) = th.rt().modules().get_str(th, name) {
                return Ok(m);
            }
        } else {
            return Ok(m);
        }
    }
    let _depth = th.enter("while importing a module")?;
    let _held = match all.acquire(th, name)? {
        Claim::Mine(h) => Some(h),
        Claim::Partial => None,
    };
    if let Some(m) = th.rt().modules().get_str(th, name) {
        return if m.is_none() {
            Err(halted(th, name))
        } else {
            Ok(m)
        };
    }
    let (parent, path) = match name.rsplit_once('.') {
        None => (None, None),
        Some((p, _)) => {
            let parent = import_absolute(th, p)?;
            if let Some(m) = th.rt().modules().get_str(th, name) {
                return Ok(m);
            }
            match th.getattr_opt(&parent, "__path__")? {
                Some(path) => (Some(parent), Some(path)),
                None => {
                    return Err(not_found(
                        th,
                        name,
                        &format!("No module named '{name}'; '{p}' is not a package"),
                    ));
                }
            }
        }
    };
    let m = load(th, name, path.as_ref())?;
    if let (Some(p), Some((_, tail))) = (parent, name.rsplit_once('.')) {
        match th.setattr(&p, tail, m.clone()) {
            Ok(()) => {}
            Err(e) if e.is(th, TypeId::AttributeError) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(m)
}

fn halted(th: &Thread, name: &str) -> crate::runtime::error::Exc {
    not_found(
        th,
        name,
        &format!("import of {name} halted; None in sys.modules"),
    )
}

/// A `ModuleNotFoundError`.
pub fn not_found(th: &Thread, name: &str, msg: &str) -> crate::runtime::error::Exc {
    let n = th.str(name).ok();
    th.import_error(TypeId::ModuleNotFoundError, msg, n, None)
}

/// Names under which CPython has parts of `importlib` built in.
const BUILT_IN: &[(&str, &str)] = &[
    ("_frozen_importlib", "importlib._bootstrap"),
    (
        "_frozen_importlib_external",
        "importlib._bootstrap_external",
    ),
];

/// One of [`BUILT_IN`]. `importlib` itself, while it begins, is to find none, so that it sets up its own.
fn built_in(th: &Thread, name: &str) -> Res<Option<Obj>> {
    let Some((_, same)) = BUILT_IN.iter().find(|(n, _)| *n == name) else {
        return Ok(None);
    };
    let modules = th.rt().modules().clone();
    if modules.get_str(th, "importlib").is_none() {
        import_absolute(th, "importlib")?;
    }
    let both = BUILT_IN
        .iter()
        .all(|(_, m)| modules.get_str(th, m).is_some());
    match modules.get_str(th, same).filter(|_| both) {
        Some(m) => {
            modules.set_str(th, name, m.clone())?;
            Ok(Some(m))
        }
        None => Ok(None),
    }
}

fn load(th: &Thread, name: &str, path: Option<&Obj>) -> Res {
    if let Some(m) = built_in(th, name)? {
        return Ok(m);
    }
    // What the program put before our own finders, and what it put after them.
    if let Some(spec) = bridge::foreign_spec(th, name, path, true)? {
        return bridge::load_spec(th, name, &spec);
    }
    match find::find(th, name, path)? {
        Some(f) => load_found(th, name, f),
        None => match bridge::foreign_spec(th, name, path, false)? {
            Some(spec) => bridge::load_spec(th, name, &spec),
            None => Err(not_found(th, name, &missing(name))),
        },
    }
}

/// Modules of CPython's library that this runtime leaves out on purpose, with the reason.
const LEFT_OUT: &[(&str, &str)] = &[
    ("ctypes", "there is no interface to C"),
    ("_ctypes", "there is no interface to C"),
    ("sqlite3", "the database is a C library"),
    ("_sqlite3", "the database is a C library"),
    ("_symtable", "the compiler's tables cannot be looked at"),
    ("_tracemalloc", "allocations are not traced"),
    ("_lzma", "there is no LZMA"),
    ("readline", "the prompt edits lines without it"),
    ("curses", "the screen library is in C"),
    ("_curses", "the screen library is in C"),
    ("cProfile", "profile does the same in Python"),
    ("_lsprof", "profile does the same in Python"),
];

fn missing(name: &str) -> String {
    match LEFT_OUT.iter().find(|(n, _)| *n == name) {
        Some((_, why)) => format!("No module named '{name}': {why}"),
        None => format!("No module named '{name}'"),
    }
}

fn load_found(th: &Thread, name: &str, f: Found) -> Res {
    let modules = th.rt().modules();
    if let Source::Spec(spec) = &f.source {
        return bridge::load_spec(th, name, spec);
    }
    if let Source::Native(def) = f.source {
        let m = make_native(th, def)?.into_obj();
        modules.set_str(th, name, m.clone())?;
        return Ok(m);
    }
    let m = new_module(th, name)?;
    spec::attach_found(th, &m, name, &f)?;
    modules.set_str(th, name, m.obj().clone())?;
    match run_found(th, &m, &f) {
        Ok(()) => {}
        Err(e) => {
            let key = th.intern(name);
            drop(modules.del_item(th, &key));
            return Err(e);
        }
    }
    spec::loaded(th, m.obj());
    // Its code may have put something else there.
    match modules.get_str(th, name) {
        Some(m) => Ok(m),
        None => Err(th.key_error(&th.intern(name))),
    }
}

/// Runs the code of a found module in its namespace.
fn run_found(th: &Thread, m: &Py<Module>, f: &Found) -> Res<()> {
    let kept = match &f.source {
        Source::Library(e) => exec::library(th, e)?.map(|code| (code, e.file())),
        _ => None,
    };
    let (code, file) = match kept {
        Some(found) => found,
        None => match f.text(th)? {
            Some((text, file)) => (exec::compile(th, &text, &file)?, file),
            None => return Ok(()),
        },
    };
    exec::run(th, &code, &m.dict)?;
    if file.ends_with("/importlib/_bootstrap.py") && file.starts_with(library::PREFIX) {
        bridge::patch_bootstrap(th, m)?;
    }
    if let Source::Library(e) = &f.source
        && let Some(def) = super::table::INSTEAD.iter().find(|d| d.name == e.name)
    {
        fill_native(th, def, m)?;
    }
    Ok(())
}

/// Whether `f` is the native `__import__`.
pub fn is_native_import(_th: &Thread, f: &crate::object::Obj) -> bool {
    f.exact::<crate::object::function::BuiltinFunction>()
        .is_some_and(|b| b.def.name == "__import__")
}
