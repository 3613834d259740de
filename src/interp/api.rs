//! What native code asks of the interpreter.

use crate::object::dict::Dict;
use crate::object::{Obj, Py};
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// Globals of the innermost Python frame.
pub fn current_globals(th: &Thread) -> Option<Py<Dict>> {
    // SAFETY: the top record is this thread's own; its globals are alive while it runs.
    unsafe {
        let f = &*th.top.get();
        if f.globals.is_empty() {
            None
        } else {
            Obj::from_borrowed(f.globals).into_py::<Dict>().ok()
        }
    }
}

/// The exception that this thread is handling.
pub fn handled_exception(th: &Thread) -> Option<Obj> {
    if th.handling.get() == 0 {
        return None;
    }
    let mut f = th.top.get();
    while f > th.frames {
        // SAFETY: records between `frames` and `top` are live and this thread's own; `exc` is held by a register.
        unsafe {
            if !(*f).exc.is_empty() {
                return Some(Obj::from_borrowed((*f).exc));
            }
            f = f.sub(1);
        }
    }
    None
}

/// The mapping of local names of the innermost Python frame.
pub fn current_locals(th: &Thread) -> Res {
    Err(th.system_error("the interpreter is not there yet: locals"))
}

/// Compiles source (str, bytes or AST) to a code object.
pub fn compile_source(
    th: &Thread,
    _source: &Obj,
    _filename: &Obj,
    _mode: &str,
    _flags: u32,
    _optimize: i32,
) -> Res {
    Err(th.system_error("the interpreter is not there yet: compile"))
}

/// Runs a code object.
pub fn run_code(th: &Thread, _code: &Obj, _globals: &Obj, _locals: &Obj, _closure: Option<&Obj>) -> Res {
    Err(th.system_error("the interpreter is not there yet: run"))
}
