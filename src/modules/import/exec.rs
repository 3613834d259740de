//! Compiling and running the code of modules.

use super::library::Entry;
use crate::interp::api;
use crate::object::dict::Dict;
use crate::object::{Obj, Py};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_threads::sync::Arc;

/// Compiles the source of a module.
pub fn compile(th: &Thread, source: &[u8], file: &str) -> Res {
    let source = th.bytes(source)?;
    let file = th.intern(file);
    api::compile_source(th, &source, &file, "exec", 0, -1)
}

/// The code object of a module of the embedded library, where its code was prepared for how this runtime compiles.
pub fn library(th: &Thread, e: &Entry) -> Res<Option<Obj>> {
    if th.rt().options.optimize != 0 {
        return Ok(None);
    }
    match e.code() {
        Some(code) => crate::interp::load::load(th, &Arc::new(code)).map(|c| Some(c.into_obj())),
        None => Ok(None),
    }
}

/// Runs a module's code in its namespace.
pub fn run(th: &Thread, code: &Obj, globals: &Py<Dict>) -> Res<()> {
    let n = th.rt().names();
    globals.set_default(th, &n.__builtins__, th.rt().builtins().obj().clone())?;
    api::run_code(th, code, globals.obj(), globals.obj(), None).map(drop)
}
