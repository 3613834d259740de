//! The two halves of `import` in functions.

use super::{guarded, obj, thread};
use crate::interp::ops;
use crate::object::Obj;
use threadsnake_threads::record::ThreadRecord;

/// `import name` in a function of these globals and builtins: see `ImportName`.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn import_name(
    rec: *const ThreadRecord,
    builtins: u64,
    globals: u64,
    name: u64,
    from: u64,
    level: u64,
) -> u64 {
    // SAFETY: live values.
    let (th, builtins, globals) = unsafe { (thread(rec), obj(&builtins), obj(&globals)) };
    // SAFETY: as above.
    let (name, from) = unsafe { (obj(&name), obj(&from)) };
    guarded(th, || {
        let level = level as usize;
        let m = ops::import_name_in(th, builtins, globals, Obj::NONE, name, from, level)?;
        Ok(m.into_value())
    })
}

/// `from m import name`, of a module that has been imported.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn import_from(rec: *const ThreadRecord, m: u64, name: u64) -> u64 {
    // SAFETY: live values.
    let (th, m, name) = unsafe { (thread(rec), obj(&m), obj(&name)) };
    guarded(th, || Ok(ops::import_from(th, m, name)?.into_value()))
}
