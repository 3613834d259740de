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
