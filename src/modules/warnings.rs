//! `_warnings`: the two functions that native code and the import machinery call. Module `warnings` finds no filters here
//! and uses the implementation written in Python, which these call too.

use crate::modules::prelude::*;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("warn", "(message, /, *args, **kwargs)", |th, a| {
            forward(th, a, "warn")
        }),
        MethodDef::new("warn_explicit", "(message, /, *args, **kwargs)", |th, a| {
            forward(th, a, "warn_explicit")
        }),
    ],
    ..ModuleDef::new("_warnings")
};

fn forward(th: &Thread, a: Args<'_>, name: &str) -> Res {
    let warnings = th.import("warnings")?;
    let f = th.getattr(&warnings, name)?;
    let mut all = vec![a.get(0).clone()];
    all.extend(this::<Tuple>(th, a.get(1))?.items().iter().cloned());
    let mut names = Vec::new();
    for (k, v) in this::<Dict>(th, a.get(2))?.items() {
        names.push(k);
        all.push(v);
    }
    th.call_args(
        &f,
        CallArgs {
            all: &all,
            kwnames: &names,
        },
    )
}
