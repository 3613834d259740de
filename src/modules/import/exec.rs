//! Compiling and running the code of modules.

use crate::interp::api;
use crate::object::dict::Dict;
use crate::object::{Obj, Py};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// Compiles the source of a module.
pub fn compile(th: &Thread, source: &[u8], file: &str) -> Res {
    let source = th.bytes(source)?;
    let file = th.intern(file);
    api::compile_source(th, &source, &file, "exec", 0, -1)
}

/// Runs a module's code in its namespace.
pub fn run(th: &Thread, code: &Obj, globals: &Py<Dict>) -> Res<()> {
    let n = th.rt().names();
    globals.set_default(th, &n.__builtins__, th.rt().builtins().obj().clone())?;
    api::run_code(th, code, globals.obj(), globals.obj(), None).map(drop)
}

/// Globals of the `n`th Python frame of this thread, counted from the innermost.
pub fn globals_at(th: &Thread, n: usize) -> Option<Py<Dict>> {
    let mut f = th.top.get();
    let mut left = n;
    while f > th.frames {
        // SAFETY: records between `frames` and `top` are live and this thread's own; globals are alive while they run.
        unsafe {
            if left == 0 {
                if (*f).globals.is_empty() {
                    return None;
                }
                return Obj::from_borrowed((*f).globals).into_py::<Dict>().ok();
            }
            f = f.sub(1);
        }
        left -= 1;
    }
    None
}
