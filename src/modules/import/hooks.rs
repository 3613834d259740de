//! Finders of the entries of a path: `sys.path_hooks` and `sys.path_importer_cache`, as `importlib` and `pkgutil` know them.
//!
//! The native finder looks into directories and the embedded library itself, without any of these objects: they are made
//! when a program asks for them, which is also when `importlib` is run. It asks them where it does not know the way: of
//! entries for which the program has put a finder into the cache, of all entries while the program has hooks of its own,
//! and of what lies in an archive.
//!
//! - H1: the hook for archives does not run inside itself: `zipimport`, which it imports, is itself looked for below the
//!   entries of `sys.path`, archives among them.

use super::find::{self, Hit};
use super::{import_absolute, library, spec};
use crate::modules::prelude::*;
use crate::object::function::BuiltinFunction;
use foldhash::HashSet;
use std::path::Path;
use threadsnake_threads::sync::Mutex;

/// Of archives, and of directories: what `sys.path_hooks` begins with.
static HOOKS: [MethodDef; 2] = [
    MethodDef::new("zipimporter", "(path)", |th, a| archive(th, a.get(0))),
    MethodDef::new("path_hook_for_FileFinder", "(path)", |th, a| {
        directory(th, a.get(0))
    }),
];

/// What the finders of directories that we make have instead of the method of their class.
static FIND_SPEC: MethodDef =
    MethodDef::new("find_spec", "(path, fullname, target=None)", find_spec);

/// What takes the place of functions of `pkgutil`, which would look for the embedded library in the file system.
pub static PKGUTIL: ModuleDef = ModuleDef {
    functions: &[MethodDef::new(
        "_iter_file_finder_modules",
        "(importer, prefix='')",
        modules_of,
    )],
    init: Some(|th, m| {
        // The module has registered its own function already.
        let (Some(list), Some(f)) = (
            m.dict.get_str(th, "iter_importer_modules"),
            m.dict.get_str(th, "_iter_file_finder_modules"),
        ) else {
            return Ok(());
        };
        let class = th.getattr(&import_absolute(th, "importlib.machinery")?, "FileFinder")?;
        th.call_method(&list, "register", &[class, f]).map(drop)
    }),
    ..ModuleDef::new("pkgutil")
};

/// Threads that are in the hook for archives (H1).
#[derive(Default)]
struct Busy(Mutex<HashSet<u64>>);

/// Puts the hooks into `sys`.
pub fn start(th: &Thread, sys: &Py<Dict>) -> Res<()> {
    let hook = |m| crate::builtins::start::function_object(th, m, None, None);
    let hooks = HOOKS.iter().map(hook).collect();
    sys.set_str(th, "path_hooks", th.list(hooks)?)?;
    sys.set_str(th, "path_importer_cache", th.new_dict()?.into_obj())
}

fn is_function(o: &Obj, def: &'static MethodDef) -> bool {
    o.exact::<BuiltinFunction>()
        .is_some_and(|f| std::ptr::eq(f.def, def))
}

/// Whether a finder is one of ours: looks where the native one does.
fn is_ours(th: &Thread, finder: &Obj) -> bool {
    finder
        .instance_attr(th, &th.intern("find_spec"))
        .is_some_and(|f| is_function(&f, &FIND_SPEC))
}

/// The hooks and finders of a moment.
pub struct Hooks {
    hooks: Vec<Obj>,
    /// Whether some of them are the program's.
    foreign: bool,
    /// The cache, where there is anything in it.
    cache: Option<Py<Dict>>,
}

impl Hooks {
    /// As they are now.
    pub fn now(th: &Thread) -> Hooks {
        let hooks = match th.sys_get("path_hooks") {
            Some(o) => o.cast::<List>().map_or_else(Vec::new, |l| l.to_vec(th)),
            None => Vec::new(),
        };
        let foreign = hooks.len() != HOOKS.len()
            || hooks
                .iter()
                .zip(&HOOKS)
                .any(|(hook, ours)| !is_function(hook, ours));
        let cache = cache(th).filter(|d| !d.is_empty());
        Hooks {
            hooks,
            foreign,
            cache,
        }
    }

    /// The finder to ask about an entry; `None`: the native way is the one to go.
    pub fn finder(&self, th: &Thread, entry: &Obj) -> Res<Option<Obj>> {
        if let Some(cache) = &self.cache
            && let Some(finder) = cache.get_item(th, entry)?
        {
            let native = finder.is_none() || is_ours(th, &finder);
            return Ok(if native { None } else { Some(finder) });
        }
        if !self.foreign {
            return Ok(None);
        }
        for hook in &self.hooks {
            if is_function(hook, &HOOKS[1]) && is_directory(&th.str_text(entry)) {
                return Ok(None);
            }
            match th.call(hook, std::slice::from_ref(entry)) {
                Ok(finder) => {
                    keep(th, entry, finder.clone())?;
                    return Ok(Some(finder).filter(|f| !is_ours(th, f)));
                }
                Err(e) if e.is(th, TypeId::ImportError) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(None)
    }

    /// The finder in an archive, where an entry is one or lies in one.
    pub fn archive(&self, th: &Thread, entry: &Obj) -> Res<Option<Obj>> {
        if self.foreign || !may_be_archive(&th.str_text(entry)) {
            return Ok(None);
        }
        let known = match &self.cache {
            Some(cache) => cache.get_item(th, entry)?,
            None => None,
        };
        if known.is_some() || is_busy(th) {
            return Ok(None);
        }
        match archive(th, entry) {
            Ok(finder) => {
                keep(th, entry, finder.clone())?;
                Ok(Some(finder))
            }
            Err(e) if e.is(th, TypeId::ImportError) => {
                keep(th, entry, Obj::NONE)?;
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }
}

fn cache(th: &Thread) -> Option<Py<Dict>> {
    th.sys_get("path_importer_cache")?.cast::<Dict>().cloned()
}

fn keep(th: &Thread, entry: &Obj, finder: Obj) -> Res<()> {
    match cache(th) {
        Some(d) => d.set_item(th, entry, finder),
        None => Ok(()),
    }
}

/// Forgets which entries have no finder, and lets the others forget what they know.
pub fn invalidate(th: &Thread) -> Res<()> {
    let Some(cache) = cache(th) else {
        return Ok(());
    };
    for (entry, finder, _) in cache.snapshot(th) {
        if finder.is_none() {
            drop(cache.del_item(th, &entry));
        } else if let Some(f) = th.getattr_opt(&finder, "invalidate_caches")? {
            th.call(&f, &[])?;
        }
    }
    Ok(())
}

fn is_directory(path: &str) -> bool {
    match find::library_dir(path) {
        Some("") => true,
        Some(below) => {
            let package = below.replace('/', ".");
            library::find(&package).is_some_and(|e| e.package)
        }
        None => Path::new(if path.is_empty() { "." } else { path }).is_dir(),
    }
}

/// Whether a path is that of a file, or of something inside one.
fn may_be_archive(path: &str) -> bool {
    find::library_dir(path).is_none()
        && Path::new(path)
            .ancestors()
            .find_map(|p| p.metadata().ok())
            .is_some_and(|m| m.is_file())
}

fn is_busy(th: &Thread) -> bool {
    th.rt().module_state::<Busy>().0.lock().contains(&th.ident)
}

fn refused(th: &Thread, why: &str, path: &Obj) -> Exc {
    th.import_error(TypeId::ImportError, why, None, Some(path.clone()))
}

/// The hook for archives: `zipimport.zipimporter`, which is not imported before there is one.
fn archive(th: &Thread, path: &Obj) -> Res {
    let text = th.text_of(path, "path")?.to_rust();
    if !th.rt().options.capabilities.files || !may_be_archive(&text) || is_busy(th) {
        return Err(refused(th, "not a Zip file", path));
    }
    let busy = th.rt().module_state::<Busy>();
    busy.0.lock().insert(th.ident);
    let class =
        import_absolute(th, "zipimport").and_then(|module| th.getattr(&module, "zipimporter"));
    busy.0.lock().remove(&th.ident);
    th.call(&class?, std::slice::from_ref(path))
}

/// The hook for directories: a `FileFinder`, which finds what the native finder finds.
fn directory(th: &Thread, path: &Obj) -> Res {
    let text = th.text_of(path, "path")?.to_rust();
    let embedded = find::library_dir(&text).is_some();
    if !is_directory(&text) || !embedded && !th.rt().options.capabilities.files {
        return Err(refused(th, "only directories are supported", path));
    }
    let parts = import_absolute(th, "importlib._bootstrap_external")?;
    let loaders = th.call_method(&parts, "_get_supported_file_loaders", &[])?;
    let mut args = vec![path.clone()];
    args.extend(th.collect(&loaders)?);
    let finder = th.call(&th.getattr(&parts, "FileFinder")?, &args)?;
    let place = th.getattr(&finder, "path")?;
    let method = crate::builtins::start::function_object(th, &FIND_SPEC, Some(place), None);
    th.setattr(&finder, "find_spec", method)?;
    Ok(finder)
}

fn find_spec(th: &Thread, a: Args<'_>) -> Res {
    let dir = th.str_text(a.get(0));
    let name = th.text_of(a.get(1), "module name")?.to_rust();
    match find::below(th, &dir, name.rsplit('.').next().unwrap_or("")) {
        Hit::None => Ok(Obj::NONE),
        Hit::Found(f) => spec::of_found(th, &name, &f),
        Hit::Portion(dir) => {
            let found = find::namespace(vec![dir]);
            let spec = spec::of_found(th, &name, &found)?;
            th.setattr(&spec, "loader", Obj::NONE)?;
            Ok(spec)
        }
    }
}

/// What `pkgutil` lists of a finder's directory: pairs of a name and whether it is a package.
fn modules_of(th: &Thread, a: Args<'_>) -> Res {
    let prefix = match a.opt(1) {
        Some(p) => th.text_of(p, "prefix")?.to_rust(),
        None => String::new(),
    };
    let path = th.getattr(a.get(0), "path")?;
    let dir = th.str_text(&path);
    let found = match find::library_dir(&dir) {
        Some(below) => in_library(below),
        None if path.is_none() || !th.rt().options.capabilities.files => Vec::new(),
        None => in_files(Path::new(&dir)),
    };
    let mut pairs = Vec::with_capacity(found.len());
    for (name, package) in found {
        pairs.push(th.tuple(vec![
            th.str(&format!("{prefix}{name}"))?,
            Obj::bool(package),
        ])?);
    }
    th.list(pairs)
}

fn in_library(below: &str) -> Vec<(String, bool)> {
    let parent = find::prefix(below);
    library::entries()
        .iter()
        .filter_map(|e| Some((e.name.strip_prefix(&parent)?, e.package)))
        .filter(|(tail, _)| !tail.is_empty() && !tail.contains('.'))
        .map(|(tail, package)| (tail.to_owned(), package))
        .collect()
}

/// Sorted; a package comes before a module of its name.
fn in_files(dir: &Path) -> Vec<(String, bool)> {
    let mut names: Vec<String> = match dir.read_dir() {
        Ok(entries) => entries
            .flatten()
            .filter_map(|e| e.file_name().into_string().ok())
            .collect(),
        Err(_) => return Vec::new(),
    };
    names.sort_unstable();
    let mut found: Vec<(String, bool)> = Vec::new();
    for file in names {
        let (name, package) = match file.strip_suffix(".py") {
            Some("__init__") => continue,
            Some(stem) => (stem, false),
            None if dir.join(&file).join("__init__.py").is_file() => (file.as_str(), true),
            None => continue,
        };
        if !name.contains('.') && found.iter().all(|(n, _)| n != name) {
            found.push((name.to_owned(), package));
        }
    }
    found
}
