//! Compiling and running code, namespaces, imports.

use crate::builtins::common::*;
use crate::interp::api;
use crate::object::dict::Dict;
use crate::object::obj::{Obj, Py};
use crate::object::sig::Args;
use crate::object::slots::CallArgs;
use crate::object::string::Str;
use crate::object::tuple::Tuple;
use crate::object::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use threadsnake_algo::text::StrRef;

/// `globals()`
pub fn globals(th: &Thread, _a: Args<'_>) -> Res {
    match api::current_globals(th) {
        Some(d) => Ok(d.into_obj()),
        None => Err(th.system_error("globals() called without a frame")),
    }
}

/// `locals()`
pub fn locals(th: &Thread, _a: Args<'_>) -> Res {
    api::current_locals(th)
}

/// Flags that `compile` takes: nested scopes, generators, future features, AST only, dedent and top-level await.
const KNOWN_FLAGS: i64 = 0x1fe_f710;

/// `compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1)`
pub fn compile(th: &Thread, a: Args<'_>) -> Res {
    let filename = path(th, a.get(1))?;
    let Some(mode) = a.get(2).cast::<Str>() else {
        return Err(th.type_error(format!(
            "compile() argument 'mode' must be str, not {}",
            th.type_name(a.get(2))
        )));
    };
    let mode = mode.to_rust();
    let int = |i: usize, default: i64| match a.opt(i) {
        Some(o) => th.index_i64(o),
        None => Ok(default),
    };
    let (flags, optimize) = (int(3, 0)?, int(5, -1)?);
    if flags & !KNOWN_FLAGS != 0 {
        return Err(th.value_error("compile(): unrecognised flags"));
    }
    if !(-1..=2).contains(&optimize) {
        return Err(th.value_error("compile(): invalid optimize value"));
    }
    match mode.as_str() {
        "exec" | "eval" | "single" => {}
        "func_type" if flags & 0x400 != 0 => {}
        "func_type" => {
            return Err(th.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST"));
        }
        _ if flags & 0x400 != 0 => {
            return Err(
                th.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'")
            );
        }
        _ => return Err(th.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    }
    let source = a.get(0);
    let only_tree = flags & 0x400 != 0;
    if crate::modules::ast::is_node(th, source)? {
        if only_tree {
            return Ok(source.clone());
        }
        let root = crate::modules::ast::take_root(th, source, &mode)?;
        return api::compile_tree(th, &root, &filename, &mode, flags as u32, optimize as i32);
    }
    if only_tree {
        // Refused rather than given in another form than asked for.
        let refused = match mode.as_str() {
            "func_type" => Some("compile() mode 'func_type' is not supported"),
            _ if flags & 0x1000 != 0 => Some("syntax trees with type comments are not supported"),
            _ if flags & 0x8000 != 0 => Some("optimized syntax trees are not supported"),
            _ => None,
        };
        if let Some(text) = refused {
            return Err(th.not_implemented_error(text));
        }
        let root = api::parse_source(th, source, &filename, &mode)?;
        return crate::modules::ast::give(th, &root);
    }
    api::compile_source(
        th,
        a.get(0),
        &filename,
        &mode,
        flags as u32,
        optimize as i32,
    )
}

/// A file name: str, bytes or path-like.
fn path(th: &Thread, o: &Obj) -> Res {
    let p = match th.special(o, "__fspath__")? {
        Some(f) if o.cast::<Str>().is_none() => th.call(&f, &[])?,
        _ => o.clone(),
    };
    if p.cast::<Str>().is_some() {
        return Ok(p);
    }
    if th.is_a(&p, TypeId::Bytes) {
        let b = th.bytes_like(&p)?;
        return th.str(&String::from_utf8_lossy(b.bytes()));
    }
    Err(th.type_error(format!(
        "expected str, bytes or os.PathLike object, not {}",
        th.type_name(o)
    )))
}

/// Globals and locals of `eval` and `exec`.
fn namespaces(
    th: &Thread,
    name: &str,
    globals: Option<&Obj>,
    locals: Option<&Obj>,
) -> Res<(Obj, Obj)> {
    if let Some(l) = locals
        && th.type_of(l).slots().getitem.is_none()
    {
        return Err(th.type_error(if name == "eval" {
            "locals must be a mapping".to_owned()
        } else {
            format!("locals must be a mapping or None, not {}", th.type_name(l))
        }));
    }
    let (g, l) = match globals {
        Some(g) => {
            if g.cast::<Dict>().is_none() {
                return Err(th.type_error(if name == "eval" {
                    if th.type_of(g).slots().getitem.is_some() {
                        "globals must be a real dict; try eval(code, {}, mapping)".to_owned()
                    } else {
                        "globals must be a dict".to_owned()
                    }
                } else {
                    format!("exec() globals must be a dict, not {}", th.type_name(g))
                }));
            }
            (g.clone(), locals.unwrap_or(g).clone())
        }
        None => {
            let Some(g) = api::current_globals(th) else {
                return Err(th.system_error("globals and locals cannot be NULL"));
            };
            let l = match locals {
                Some(l) => l.clone(),
                None => api::current_locals(th)?,
            };
            (g.into_obj(), l)
        }
    };
    let d: &Py<Dict> = this::<Dict>(&g);
    let key = th.intern("__builtins__");
    if d.get_item(th, &key)?.is_none() {
        let builtins = th.import("builtins")?;
        d.set_default(th, &key, builtins)?;
    }
    Ok((g, l))
}

/// `eval(source, /, globals=None, locals=None)`
pub fn eval(th: &Thread, a: Args<'_>) -> Res {
    let (g, l) = namespaces(th, "eval", a.opt_not_none(1), a.opt_not_none(2))?;
    let source = a.get(0);
    if th.is_a(source, TypeId::Code) {
        if has_free_variables(th, source)? {
            return Err(
                th.type_error("code object passed to eval() may not contain free variables")
            );
        }
        return api::run_code(th, source, &g, &l, None);
    }
    check_source(th, source, "eval")?;
    // Leading blanks are no indentation here.
    let stripped = match source.cast::<Str>() {
        Some(s) => {
            let t = s.text();
            let n = t.chars().take_while(|c| *c == 32 || *c == 9).count();
            if n == 0 {
                source.clone()
            } else {
                th.str_ref(t.slice(n, t.len()))?
            }
        }
        None => source.clone(),
    };
    let code = api::compile_source(th, &stripped, &th.intern("<string>"), "eval", 0, -1)?;
    api::run_code(th, &code, &g, &l, None)
}

fn check_source(th: &Thread, source: &Obj, name: &str) -> Res<()> {
    if source.cast::<Str>().is_some() || th.type_of(source).slots().buffer.is_some() {
        return Ok(());
    }
    Err(th.type_error(format!(
        "{name}() arg 1 must be a string, bytes or code object"
    )))
}

fn has_free_variables(th: &Thread, code: &Obj) -> Res<bool> {
    Ok(th.len(&th.getattr(code, "co_freevars")?)? > 0)
}

/// `exec(source, /, globals=None, locals=None, *, closure=None)`
pub fn exec(th: &Thread, a: Args<'_>) -> Res {
    let (g, l) = namespaces(th, "exec", a.opt_not_none(1), a.opt_not_none(2))?;
    let (source, closure) = (a.get(0), a.opt_not_none(3));
    if th.is_a(source, TypeId::Code) {
        let wanted = th.len(&th.getattr(source, "co_freevars")?)?;
        if wanted == 0 {
            if closure.is_some() {
                return Err(th.type_error("cannot use a closure with this code object"));
            }
        } else {
            let cells = closure.and_then(|c| c.exact::<Tuple>()).map(|t| t.items());
            let ok = cells
                .is_some_and(|c| c.len() == wanted && c.iter().all(|x| th.is_a(x, TypeId::Cell)));
            if !ok {
                return Err(th.type_error(format!(
                    "code object requires a closure of exactly length {wanted}"
                )));
            }
        }
        api::run_code(th, source, &g, &l, closure)?;
        return Ok(Obj::NONE);
    }
    if closure.is_some() {
        return Err(th.type_error("closure argument can only be used when source is a code object"));
    }
    check_source(th, source, "exec")?;
    let code = api::compile_source(th, source, &th.intern("<string>"), "exec", 0, -1)?;
    api::run_code(th, &code, &g, &l, None)?;
    Ok(Obj::NONE)
}

/// `breakpoint(*args, **kws)`
pub fn breakpoint(th: &Thread, a: Args<'_>) -> Res {
    let Some(hook) = th.sys_get("breakpointhook") else {
        return Err(th.runtime_error("lost sys.breakpointhook"));
    };
    let (mut all, mut names) = (this::<Tuple>(a.get(0)).items().to_vec(), Vec::new());
    for (k, v) in this::<Dict>(a.get(1)).items() {
        names.push(k);
        all.push(v);
    }
    th.call_args(
        &hook,
        CallArgs {
            all: &all,
            kwnames: &names,
        },
    )
}

/// `open(file, …)`: the function of module `io`.
pub fn open(th: &Thread, a: Args<'_>) -> Res {
    const NAMES: [&str; 7] = [
        "mode",
        "buffering",
        "encoding",
        "errors",
        "newline",
        "closefd",
        "opener",
    ];
    let f = th.getattr(&th.import("_io")?, "open")?;
    let kw: Vec<(&str, Obj)> = NAMES
        .iter()
        .enumerate()
        .filter_map(|(i, n)| Some((*n, a.opt(i + 1)?.clone())))
        .collect();
    th.call_kw(&f, std::slice::from_ref(a.get(0)), &kw)
}

/// `__import__(name, globals=None, locals=None, fromlist=(), level=0)`
pub fn import(th: &Thread, a: Args<'_>) -> Res {
    let Some(name) = a.get(0).cast::<Str>() else {
        return Err(th.type_error("module name must be a string"));
    };
    let level = match a.opt(4) {
        Some(l) => th.index_i64(l)?,
        None => 0,
    };
    if level < 0 {
        return Err(th.value_error("level must be >= 0"));
    }
    import_name(
        th,
        name.text(),
        a.opt_not_none(1),
        a.opt_not_none(3),
        level as usize,
    )
}

/// What an import statement does: the module that is to be bound.
pub fn import_name(
    th: &Thread,
    name: StrRef<'_>,
    globals: Option<&Obj>,
    fromlist: Option<&Obj>,
    level: usize,
) -> Res {
    let name = name.to_string_lossy();
    let full = if level == 0 {
        name.clone()
    } else {
        resolve(th, &name, globals, level)?
    };
    if full.is_empty() {
        return Err(th.value_error("Empty module name"));
    }
    let module = th.import(&full)?;
    let from = match fromlist {
        Some(f) if th.truthy(f)? => f,
        _ => {
            // `import a.b` binds a; `from . import` of nothing binds what the name begins with.
            let cut = name.find('.').map_or(0, |i| name.len() - i);
            if name.is_empty() || cut == 0 {
                return Ok(module);
            }
            return th.import(&full[..full.len() - cut]);
        }
    };
    if th.getattr_opt(&module, "__path__")?.is_none() {
        return Ok(module);
    }
    let mut names = th.collect(from)?;
    if names
        .iter()
        .any(|n| n.cast::<Str>().is_some_and(|s| s.eq_rust("*")))
    {
        names.retain(|n| !n.cast::<Str>().is_some_and(|s| s.eq_rust("*")));
        if let Some(all) = th.getattr_opt(&module, "__all__")? {
            names.extend(th.collect(&all)?);
        }
    }
    for n in names {
        let Some(s) = n.cast::<Str>() else {
            return Err(th.type_error(format!(
                "Item in ``from list'' must be str, not {}",
                th.type_name(&n)
            )));
        };
        if th.getattr_opt_obj(&module, &n)?.is_some() {
            continue;
        }
        let sub = format!("{full}.{}", s.to_rust());
        match th.import(&sub) {
            Ok(_) => {}
            // No such submodule: the import statement says what is missing. Anything else inside it is an error.
            Err(e) if e.is(th, TypeId::ModuleNotFoundError) => {
                let missing = th.getattr_opt(e.obj(), "name")?;
                let same =
                    missing.is_some_and(|m| m.cast::<Str>().is_some_and(|s| s.eq_rust(&sub)));
                if !same {
                    return Err(e);
                }
            }
            Err(e) => return Err(e),
        }
    }
    Ok(module)
}

/// The absolute name of a relative import.
fn resolve(th: &Thread, name: &str, globals: Option<&Obj>, level: usize) -> Res<String> {
    let Some(g) = globals.and_then(|g| g.cast::<Dict>()) else {
        return Err(th.type_error("globals must be a dict"));
    };
    let text = |key: &str| -> Option<String> {
        g.get_str(th, key)
            .and_then(|v| v.cast::<Str>().map(|s| s.to_rust()))
    };
    let spec_parent = || -> Res<Option<String>> {
        match g.get_str(th, "__spec__") {
            Some(s) if !s.is_none() => Ok(th
                .getattr_opt(&s, "parent")?
                .and_then(|p| p.cast::<Str>().map(|s| s.to_rust()))),
            _ => Ok(None),
        }
    };
    let package = match text("__package__") {
        Some(p) => p,
        None => match spec_parent()? {
            Some(p) => p,
            None => match text("__name__") {
                Some(n) if g.get_str(th, "__path__").is_some() => n,
                Some(n) => n
                    .rsplit_once('.')
                    .map_or(String::new(), |(p, _)| p.to_owned()),
                None => return Err(th.key_error(&th.intern("__name__"))),
            },
        },
    };
    if package.is_empty() {
        return Err(th.err(
            TypeId::ImportError,
            "attempted relative import with no known parent package",
        ));
    }
    let mut base = package.as_str();
    for _ in 1..level {
        base = match base.rsplit_once('.') {
            Some((b, _)) => b,
            None => {
                return Err(th.err(
                    TypeId::ImportError,
                    "attempted relative import beyond top-level package",
                ));
            }
        };
    }
    Ok(if name.is_empty() {
        base.to_owned()
    } else {
        format!("{base}.{name}")
    })
}
