//! `sys._jit`: whether Python code is compiled to machine code. The compiler is not connected to the interpreter yet.

use crate::modules::prelude::*;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("is_available", "()", |_, _| Ok(Obj::FALSE))
            .doc("Return True if the current Python executable supports JIT compilation."),
        MethodDef::new("is_enabled", "()", |_, _| Ok(Obj::FALSE))
            .doc("Return True if JIT compilation is enabled for the current Python process."),
        MethodDef::new("is_active", "()", |_, _| Ok(Obj::FALSE))
            .doc("Return True if the topmost Python frame is currently executing JIT code."),
    ],
    ..ModuleDef::new("sys._jit")
};
