//! The constants of `sys`, and what comes from the runtime's options.

use crate::modules::import::library;
use crate::modules::prelude::*;
use crate::modules::seq;

const HEX_VERSION: i64 = 0x030e_00f0;

/// Fills `sys`.
pub fn fill(th: &Thread) -> Res<()> {
    let Some(d) = th.rt().sys.get() else {
        return Ok(());
    };
    let o = &th.rt().options;
    let set = |k: &str, v: Obj| d.set_str(th, k, v);
    let text = |s: &str| th.str(s);
    let n = Obj::small_int;
    set("modules", th.rt().modules().obj().clone())?;
    let mut path = Vec::new();
    for p in o.path.iter().map(String::as_str).chain([library::PREFIX]) {
        path.push(text(p)?);
    }
    set("path", th.list(path)?)?;
    let mut argv = Vec::new();
    for a in &o.argv {
        argv.push(text(a)?);
    }
    let mut given = argv.clone();
    if o.capabilities.environment && !argv.is_empty() {
        given.clear();
        for a in std::env::args_os() {
            given.push(crate::modules::posix::decode(th, a.as_encoded_bytes())?);
        }
    }
    set("orig_argv", th.list(given)?)?;
    set("argv", th.list(argv)?)?;
    set(
        "version",
        text(concat!(
            "3.14.0 (threadsnake ",
            env!("CARGO_PKG_VERSION"),
            ") [Rust]"
        ))?,
    )?;
    let version = || {
        seq::make(
            th,
            TypeId::SysVersionInfo,
            vec![n(3), n(14), n(0), th.intern("final"), n(0)],
            vec![],
        )
    };
    for name in [
        "displayhook",
        "excepthook",
        "unraisablehook",
        "breakpointhook",
    ] {
        if let Some(hook) = d.get_str(th, name) {
            set(&format!("__{name}__"), hook)?;
        }
    }
    set("version_info", version()?)?;
    set("hexversion", n(HEX_VERSION))?;
    set("api_version", n(1013))?;
    set(
        "copyright",
        text(
            "Copyright (c) the Threadsnake authors; standard library copyright (c) Python Software Foundation.",
        )?,
    )?;
    let names = super::names::STDLIB.split_whitespace();
    let names: Vec<Obj> = names.map(|n| th.intern(n)).collect();
    let names = th.call(th.ty(TypeId::FrozenSet).obj(), &[th.tuple(names)?])?;
    set("stdlib_module_names", names)?;
    set("platform", text("linux")?)?;
    set("maxsize", th.int(i64::MAX))?;
    set("maxunicode", n(0x10_ffff))?;
    set("byteorder", text("little")?)?;
    set("platlibdir", text("lib")?)?;
    set("float_repr_style", text("short")?)?;
    set("dont_write_bytecode", Obj::TRUE)?;
    set("pycache_prefix", Obj::NONE)?;
    set("abiflags", text("t")?)?;
    let mut filters = Vec::new();
    for w in &o.flags.warnings {
        filters.push(text(w)?);
    }
    set("warnoptions", th.list(filters)?)?;
    let given = th.new_dict()?;
    for (name, value) in &o.flags.xoptions {
        let value = value.as_deref().map_or(Ok(Obj::TRUE), text)?;
        given.set_str(th, name, value)?;
    }
    set("_xoptions", given.into_obj())?;
    set(
        "_git",
        th.tuple(vec![text("threadsnake")?, text("")?, text("")?])?,
    )?;
    set("_framework", text("")?)?;
    set("_stdlib_dir", text(library::PREFIX)?)?;
    for k in ["prefix", "exec_prefix", "base_prefix", "base_exec_prefix"] {
        set(k, text("/threadsnake")?)?;
    }
    let exe = if o.capabilities.environment {
        std::env::current_exe()
            .map(|p| p.to_string_lossy().into_owned())
            .unwrap_or_default()
    } else {
        String::new()
    };
    set("executable", text(&exe)?)?;
    set("_base_executable", text(&exe)?)?;
    let mut names = Vec::new();
    for s in crate::modules::import::native_names() {
        names.push(th.intern(s));
    }
    set("builtin_module_names", th.tuple(names)?)?;
    if let Some(sns) = simple_namespace(th)? {
        for (k, v) in [
            ("name", text("threadsnake")?),
            ("cache_tag", text("threadsnake-314")?),
            ("version", version()?),
            ("hexversion", n(HEX_VERSION)),
            ("supports_isolated_interpreters", Obj::FALSE),
            ("_multiarch", text("x86_64-linux-gnu")?),
        ] {
            th.setattr(&sns, k, v)?;
        }
        set("implementation", sns)?;
    }
    let flag = |b: bool| n(b as i64);
    let f = &o.flags;
    let flags = vec![
        n(i64::from(f.debug)),
        flag(f.inspect),
        flag(o.interactive || f.inspect),
        n(i64::from(o.optimize)),
        n(1),
        n(1),
        n(1),
        flag(f.ignore_environment),
        n(i64::from(f.verbose)),
        n(i64::from(f.bytes_warning)),
        flag(f.quiet),
        flag(o.hash_seed != Some(0)),
        flag(f.isolated),
        Obj::bool(f.dev_mode),
        n(1),
        flag(f.warn_default_encoding),
        Obj::bool(f.safe_path),
        th.uint(f.int_max_str_digits as u64),
    ];
    let hidden = vec![
        n(0),
        flag(f.thread_inherit_context),
        flag(f.context_aware_warnings),
    ];
    set("flags", seq::make(th, TypeId::SysFlags, flags, hidden)?)?;
    let f = Obj::float;
    set(
        "float_info",
        seq::make(
            th,
            TypeId::SysFloatInfo,
            vec![
                f(f64::MAX),
                n(1024),
                n(308),
                f(f64::MIN_POSITIVE),
                n(-1021),
                n(-307),
                n(15),
                n(53),
                f(f64::EPSILON),
                n(2),
                n(1),
            ],
            vec![],
        )?,
    )?;
    set(
        "int_info",
        seq::make(
            th,
            TypeId::SysIntInfo,
            vec![n(30), n(4), n(4300), n(640)],
            vec![],
        )?,
    )?;
    set(
        "hash_info",
        seq::make(
            th,
            TypeId::SysHashInfo,
            vec![
                n(64),
                th.int((1 << 61) - 1),
                n(314159),
                n(0),
                n(1_000_003),
                text("siphash13")?,
                n(64),
                n(128),
                n(0),
            ],
            vec![],
        )?,
    )?;
    set(
        "thread_info",
        seq::make(
            th,
            TypeId::SysThreadInfo,
            vec![text("pthread")?, text("semaphore")?, Obj::NONE],
            vec![],
        )?,
    )?;
    for k in super::STREAMS {
        set(k, Obj::NONE)?;
    }
    Ok(())
}

/// A `types.SimpleNamespace`, or a bare module's stand-in where that type does not exist.
fn simple_namespace(th: &Thread) -> Res<Option<Obj>> {
    let t = th.ty(TypeId::SimpleNamespace);
    if t.id != Some(TypeId::SimpleNamespace) {
        return Ok(None);
    }
    th.call(t.obj(), &[]).map(Some)
}
