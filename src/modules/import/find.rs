//! Finding a module: native ones, then the entries of a path.

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
            Source::Native(_) | Source::Namespace(_) => Ok(None),
        }
    }
    /// `__file__`
    pub fn file(&self) -> Option<String> {
        match &self.source {
            Source::Library(e) => Some(e.file()),
            Source::File(p) => Some(p.to_string_lossy().into_owned()),
            Source::Native(_) | Source::Namespace(_) => None,
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
    let files = th.rt().options.capabilities.files;
    let mut portions = Vec::new();
    for e in entries {
        let Some(s) = e.cast::<Str>() else {
            continue;
        };
        let dir = s.to_rust();
        if let Some(below) = library_dir(&dir) {
            let full = if below.is_empty() {
                tail.to_owned()
            } else {
                format!("{}.{tail}", below.replace('/', "."))
            };
            if let Some(e) = library::find(&full) {
                return Ok(Some(Found {
                    source: Source::Library(e),
                    package: e.package,
                }));
            }
            continue;
        }
        if !files {
            continue;
        }
        match in_directory(&dir, tail) {
            Hit::None => {}
            Hit::Portion(p) => portions.push(p),
            Hit::File(p, package) => {
                return Ok(Some(Found {
                    source: Source::File(p),
                    package,
                }));
            }
        }
    }
    Ok(if portions.is_empty() {
        None
    } else {
        Some(Found {
            source: Source::Namespace(portions),
            package: true,
        })
    })
}

/// The part of a path below the embedded library's prefix.
fn library_dir(dir: &str) -> Option<&str> {
    let rest = dir.strip_prefix(library::PREFIX)?;
    if rest.is_empty() {
        return Some("");
    }
    rest.strip_prefix('/').map(|r| r.trim_end_matches('/'))
}

enum Hit {
    None,
    Portion(String),
    File(PathBuf, bool),
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
            return Hit::File(init, true);
        }
    }
    let file = base.join(format!("{tail}.py"));
    if file.is_file() {
        return Hit::File(file, false);
    }
    if is_dir {
        return Hit::Portion(package.to_string_lossy().into_owned());
    }
    Hit::None
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
