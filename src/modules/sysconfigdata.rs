//! `_sysconfigdata_…`: what `sysconfig` knows of how the interpreter was built. There are no C extensions, so there is no
//! compiler to describe: only the names that programs ask for.

use super::prelude::*;

/// The module. Its name is made of `sys.abiflags`, `sys.platform` and `sys.implementation._multiarch`.
pub static MODULE: ModuleDef = ModuleDef {
    init: Some(|th, m| {
        let vars = th.new_dict()?;
        let prefix = |name: &str| th.sys_get(name).unwrap_or(Obj::NONE);
        vars.set_str(th, "prefix", prefix("prefix"))?;
        vars.set_str(th, "exec_prefix", prefix("exec_prefix"))?;
        for (name, text) in TEXTS {
            vars.set_str(th, name, th.str(text)?)?;
        }
        for &(name, n) in NUMBERS {
            vars.set_str(th, name, Obj::small_int(n))?;
        }
        put(th, m, "build_time_vars", vars.into_obj())
    }),
    ..ModuleDef::new("_sysconfigdata_t_linux_x86_64-linux-gnu")
};

static TEXTS: &[(&str, &str)] = &[
    ("ABIFLAGS", "t"),
    ("AR", ""),
    ("CC", ""),
    ("CFLAGS", ""),
    ("CONFIG_ARGS", ""),
    ("EXE", ""),
    ("EXT_SUFFIX", ".threadsnake-314.so"),
    ("LDFLAGS", ""),
    ("LDVERSION", "3.14t"),
    ("MULTIARCH", "x86_64-linux-gnu"),
    ("PY_CFLAGS", ""),
    ("PY_CORE_CFLAGS", ""),
    ("SHELL", "/bin/sh"),
    ("SHLIB_SUFFIX", ".so"),
    ("SOABI", "threadsnake-314"),
    (
        "TZPATH",
        "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo",
    ),
    ("VERSION", "3.14"),
];

static NUMBERS: &[(&str, i64)] = &[
    ("HAVE_FORK", 0),
    ("HAVE_GETENTROPY", 1),
    ("Py_DEBUG", 0),
    ("Py_ENABLE_SHARED", 0),
    ("Py_GIL_DISABLED", 1),
    ("Py_REF_DEBUG", 0),
    ("Py_TRACE_REFS", 0),
    ("SIZEOF_TIME_T", 8),
    ("SIZEOF_VOID_P", 8),
    ("WITH_DOC_STRINGS", 1),
    ("WITH_PYMALLOC", 0),
];
