//! Finding a module: native ones, then the entries of a path.

use super::hooks::Hooks;
use super::library::{self, Entry};
use crate::object::Obj;
use crate::object::def::ModuleDef;
use crate::object::string::Str;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;
use std::path::{Path, PathBuf};

/// Where a module comes from.
pub enum Source {
    /// Native code.
    Native(&'static ModuleDef),
    /// The embedded library.
    Library(&'static Entry),
    /// A file.
    File(PathBuf),
    /// A package without `__init__.py`: its directories.
    Namespace(Vec<String>),
    /// Wherever a finder that is not ours has found it: its spec.
    Spec(Obj),
}

/// A module that was found.
pub struct Found {
    /// Where.
    pub source: Source,
    /// Whether it is a package.
    pub package: bool,
}

impl Found {
    /// Its source text and file name; `None` where it has none.
    pub fn text(&self, th: &Thread) -> Res<Option<(Vec<u8>, String)>> {
        match &self.source {
            Source::Library(e) => match e.source() {
                Some(t) => Ok(Some((t, e.file()))),
                None => Err(th.import_error_plain("the embedded library is damaged")),
            },
            Source::File(p) => match std::fs::read(p) {
                Ok(t) => Ok(Some((t, p.to_string_lossy().into_owned()))),
                Err(e) => {
                    let name = th.str(&p.to_string_lossy())?;
                    Err(th.io_error(&e, Some(&name)))
                }
            },
            Source::Native(_) | Source::Namespace(_) | Source::Spec(_) => Ok(None),
        }
    }
    /// `__file__`
    pub fn file(&self) -> Option<String> {
        match &self.source {
            Source::Library(e) => Some(e.file()),
            Source::File(p) => Some(p.to_string_lossy().into_owned()),
            Source::Native(_) | Source::Namespace(_) | Source::Spec(_) => None,
        }
    }
    /// `__path__` of packages.
    pub fn search(&self) -> Option<Vec<String>> {
        if let Source::Namespace(d) = &self.source {
            return Some(d.clone());
        }
        if !self.package {
            return None;
        }
        let f = self.file()?;
        Some(vec![
            f.rsplit_once('/').map_or(f.clone(), |(d, _)| d.to_owned()),
        ])
    }
}

/// Finds a module, below the entries of `path` or of `sys.path`.
pub fn find(th: &Thread, name: &str, path: Option<&Obj>) -> Res<Option<Found>> {
    if path.is_none() || name.contains('.') {
        if let Some(def) = super::find_native(name) {
            return Ok(Some(Found {
                source: Source::Native(def),
                package: false,
            }));
        }
    }
    let entries = match path {
        Some(p) => th.collect(p)?,
        None => match th.sys_get("path") {
            Some(p) => th.collect(&p)?,
            None => Vec::new(),
        },
    };
    let tail = name.rsplit_once('.').map_or(name, |(_, t)| t);
    let hooks = Hooks::now(th);
    let mut portions = Vec::new();
    for e in entries {
        let Some(s) = e.cast::<Str>() else {
            continue;
        };
        let finder = match hooks.finder(th, &e)? {
            Some(finder) => Some(finder),
            None => match below(th, &s.to_rust(), tail) {
                Hit::Found(found) => return Ok(Some(found)),
                Hit::Portion(p) => {
                    portions.push(p);
                    continue;
                }
                Hit::None => hooks.archive(th, &e)?,
            },
        };
        if let Some(finder) = finder {
            let spec = th.call_method(&finder, "find_spec", &[th.str(name)?])?;
            if spec.is_none() {
                continue;
            }
            if !th.getattr(&spec, "loader")?.is_none() {
                return Ok(Some(Found {
                    source: Source::Spec(spec),
                    package: false,
                }));
            }
            let places = th.getattr(&spec, "submodule_search_locations")?;
            if !places.is_none() {
                let places = th.collect(&places)?;
                portions.extend(places.iter().map(|p| th.str_text(p)));
            }
        }
    }
    Ok(if portions.is_empty() {
        None
    } else {
        Some(namespace(portions))
    })
}

/// A package without `__init__.py`.
pub fn namespace(portions: Vec<String>) -> Found {
    Found {
        source: Source::Namespace(portions),
        package: true,
    }
}

/// Looks for a module in one entry of a path, natively.
pub fn below(th: &Thread, dir: &str, tail: &str) -> Hit {
    let Some(below) = library_dir(dir) else {
        if !th.rt().options.capabilities.files {
            return Hit::None;
        }
        return in_directory(dir, tail);
    };
    match library::find(&format!("{}{tail}", prefix(below))) {
        Some(e) => Hit::Found(Found {
            source: Source::Library(e),
            package: e.package,
        }),
        None => Hit::None,
    }
}

/// The part of a path below the embedded library's prefix.
pub fn library_dir(dir: &str) -> Option<&str> {
    let rest = dir.strip_prefix(library::PREFIX)?;
    if rest.is_empty() {
        return Some("");
    }
    rest.strip_prefix('/').map(|r| r.trim_end_matches('/'))
}

/// What the names of modules in a directory of the embedded library begin with.
pub fn prefix(below: &str) -> String {
    match below {
        "" => String::new(),
        path => format!("{}.", path.replace('/', ".")),
    }
}

/// What one entry of a path has of a module.
pub enum Hit {
    /// Nothing.
    None,
    /// A directory that may be a part of a package without `__init__.py`.
    Portion(String),
    /// The module.
    Found(Found),
}

fn in_directory(dir: &str, tail: &str) -> Hit {
    let base = if dir.is_empty() {
        match std::env::current_dir() {
            Ok(d) => d,
            Err(_) => return Hit::None,
        }
    } else {
        absolute(Path::new(dir))
    };
    let package = base.join(tail);
    let is_dir = package.is_dir();
    if is_dir {
        let init = package.join("__init__.py");
        if init.is_file() {
            return of_file(init, true);
        }
    }
    let file = base.join(format!("{tail}.py"));
    if file.is_file() {
        return of_file(file, false);
    }
    if is_dir {
        return Hit::Portion(package.to_string_lossy().into_owned());
    }
    Hit::None
}

fn of_file(file: PathBuf, package: bool) -> Hit {
    Hit::Found(Found {
        source: Source::File(file),
        package,
    })
}

fn absolute(p: &Path) -> PathBuf {
    if p.is_absolute() {
        return p.to_owned();
    }
    match std::env::current_dir() {
        Ok(d) => d.join(p),
        Err(_) => p.to_owned(),
    }
}
