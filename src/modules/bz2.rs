//! `_bz2`: there is no such compression in this runtime. `bz2` can be imported, as programs do that offer it; using it raises.

use crate::modules::prelude::*;

fn unsupported(th: &Thread, _a: Args<'_>) -> Res {
    Err(th.not_implemented_error("bz2: this compression is not supported"))
}

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("BZ2Compressor", "(compresslevel=9, /)", unsupported),
        MethodDef::new("BZ2Decompressor", "()", unsupported),
    ],
    ..ModuleDef::new("_bz2")
};
