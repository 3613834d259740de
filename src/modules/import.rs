//! The import machinery: native modules, the embedded library, files.

use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// Makes the modules that exist from the start.
pub fn start(_th: &Thread) -> Res<()> {
    Ok(())
}

/// Imports a module by its full name.
pub fn import_module(th: &Thread, name: &str) -> Res {
    let n = th.intern(name);
    Err(th.import_error(
        TypeId::ModuleNotFoundError,
        format!("No module named '{name}'"),
        Some(n),
        None,
    ))
}

/// Whether `f` is the native `__import__`.
pub fn is_native_import(_th: &Thread, f: &crate::object::Obj) -> bool {
    f.exact::<crate::object::function::BuiltinFunction>()
        .is_some()
}
/// `__import__(name, globals, locals, fromlist, level)`
pub fn import_name(
    th: &Thread,
    name: &crate::object::Obj,
    _globals: &crate::object::Obj,
    _from: &crate::object::Obj,
    _level: i64,
) -> Res {
    import_module(th, &th.str_text(name))
}
/// `from module import name`
pub fn import_from(th: &Thread, m: &crate::object::Obj, name: &crate::object::Obj) -> Res {
    th.getattr_obj(m, name)
}
/// `from module import *`
pub fn import_star(th: &Thread, _m: &crate::object::Obj, _ns: &crate::object::Obj) -> Res<()> {
    Err(th.import_error_plain("import * is not supported yet"))
}
