//! `_typing`: the native parts of `typing`.

use crate::modules::prelude::*;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[MethodDef::new("_idfunc", "(x, /)", |_, a| {
        Ok(a.get(0).clone())
    })],
    types: &[
        ("TypeVar", TypeId::TypeVar),
        ("ParamSpec", TypeId::ParamSpec),
        ("TypeVarTuple", TypeId::TypeVarTuple),
        ("ParamSpecArgs", TypeId::ParamSpecArgs),
        ("ParamSpecKwargs", TypeId::ParamSpecKwargs),
        ("TypeAliasType", TypeId::TypeAliasType),
        ("Generic", TypeId::Generic),
        ("Union", TypeId::Union),
    ],
    init: Some(|th, m| {
        let ty = th.ty(TypeId::NoDefaultType).obj().clone();
        let no_default = th.call(&ty, &[])?;
        put(th, m, "NoDefault", no_default)
    }),
    doc: "Primitives and accelerators for the typing module.\n",
    ..ModuleDef::new("_typing")
};
