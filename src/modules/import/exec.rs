//! Compiling and running the code of modules.

use super::cache;
use super::library::Entry;
use crate::interp::api;
use crate::object::dict::Dict;
use crate::object::{Obj, Py};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_front::{CompileOptions, Mode, compile_bytes};
use threadsnake_threads::sync::Arc;

/// Compiles the source of a module.
pub fn compile(th: &Thread, source: &[u8], file: &str) -> Res {
    let source = th.bytes(source)?;
    let file = th.intern(file);
    api::compile_source(th, &source, &file, "exec", 0, -1)
}

/// The code object of a module of the embedded library, by way of the folder where such code is kept; `None` where there
/// is no folder, and where the compiler has something to say.
pub fn library(th: &Thread, e: &Entry) -> Res<Option<Obj>> {
    let options = &th.rt().options;
    let Some(folder) = options.cache.as_ref().filter(|_| options.optimize == 0) else {
        return Ok(None);
    };
    let code = match cache::read(folder, e) {
        Some(code) => Arc::new(code),
        None => {
            let made = e.source().and_then(|text| {
                compile_bytes(&text, &e.file(), Mode::Exec, &CompileOptions::default()).ok()
            });
            let Some(made) = made.filter(|c| c.warnings.is_empty()) else {
                return Ok(None);
            };
            if options.fill_cache {
                cache::write(folder, e, &made.code);
            }
            made.code
        }
    };
    crate::interp::load::load(th, &code).map(|c| Some(c.into_obj()))
}

/// Runs a module's code in its namespace.
pub fn run(th: &Thread, code: &Obj, globals: &Py<Dict>) -> Res<()> {
    let n = th.rt().names();
    globals.set_default(th, &n.__builtins__, th.rt().builtins().obj().clone())?;
    api::run_code(th, code, globals.obj(), globals.obj(), None).map(drop)
}
