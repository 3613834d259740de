//! `_imp`: what `importlib` asks of the runtime. There are no frozen modules and no extension modules.

use super::prelude::*;

fn none(_th: &Thread, _a: Args<'_>) -> Res {
    Ok(Obj::NONE)
}

fn no_frozen(th: &Thread, a: Args<'_>) -> Res {
    let name = th.str_text(a.get(0));
    let n = th.str(&name)?;
    Err(th.import_error(
        TypeId::ImportError,
        format!("No such frozen object named {name}"),
        Some(n),
        None,
    ))
}

/// `_imp`
pub static MODULE: ModuleDef = ModuleDef {
    functions: &[
        MethodDef::new("acquire_lock", "()", none),
        MethodDef::new("release_lock", "()", none),
        MethodDef::new("lock_held", "()", |_, _| Ok(Obj::FALSE)),
        MethodDef::new("extension_suffixes", "()", |th, _| th.list(Vec::new())),
        MethodDef::new("is_builtin", "(name, /)", |th, a| {
            let n = th.text_of(a.get(0), "is_builtin() argument")?.to_rust();
            Ok(Obj::small_int(
                super::import::find_native(&n).is_some() as i64
            ))
        }),
        MethodDef::new("is_frozen", "(name, /)", |_, _| Ok(Obj::FALSE)),
        MethodDef::new("is_frozen_package", "(name, /)", no_frozen),
        MethodDef::new("find_frozen", "(name, /, *, withdata=False)", none),
        MethodDef::new("get_frozen_object", "(name, data=None, /)", no_frozen),
        MethodDef::new("init_frozen", "(name, /)", no_frozen),
        MethodDef::new("_frozen_module_names", "()", |th, _| th.list(Vec::new())),
        MethodDef::new("create_builtin", "(spec, /)", |th, a| {
            let n = th.str_text(&th.getattr(a.get(0), "name")?);
            if let Some(m) = th.rt().modules().get_str(th, &n) {
                return Ok(m);
            }
            match super::import::find_native(&n) {
                Some(def) => Ok(super::import::make_native(th, def)?.into_obj()),
                None => Ok(Obj::NONE),
            }
        }),
        MethodDef::new("exec_builtin", "(mod, /)", |_, _| Ok(Obj::small_int(0))),
        MethodDef::new("create_dynamic", "(spec, file=None, /)", |th, _| {
            Err(th.import_error_plain("extension modules in machine code cannot be loaded"))
        }),
        MethodDef::new("exec_dynamic", "(mod, /)", |_, _| Ok(Obj::small_int(0))),
        MethodDef::new("_fix_co_filename", "(code, path, /)", none),
        MethodDef::new("_override_frozen_modules_for_tests", "(override, /)", none),
        MethodDef::new(
            "_override_multi_interp_extensions_check",
            "(override, /)",
            |_, _| Ok(Obj::small_int(0)),
        ),
        MethodDef::new("source_hash", "(key, source)", |th, a| {
            let key = th.index_i64(a.get(0))? as u64;
            let b = th.bytes_like(a.get(1))?;
            let h = crate::runtime::compare::hash_bytes([key, 0], b.bytes());
            th.bytes(&h.to_le_bytes())
        }),
    ],
    init: Some(|th, m| {
        put(th, m, "check_hash_based_pycs", th.str("default")?)?;
        put(
            th,
            m,
            "pyc_magic_number_token",
            Obj::small_int(168_627_187 + 14),
        )
    }),
    ..ModuleDef::new("_imp")
};
