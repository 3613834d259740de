//! The embedded pure-Python library: an index in the binary, the compiled code of each module, and files inflated when their
//! text is asked for. The build script (`build.rs`) prepares all three.
//!
//! The files are CPython's, under the PSF licence (`licenses/PSF-LICENSE.txt`).

use threadsnake_front::{code::Code, pack};

/// Where embedded files seem to lie: prefix of their `__file__`, and the entry of `sys.path` that stands for them.
pub const PREFIX: &str = "/threadsnake/Lib";

/// One file.
pub struct Entry {
    /// Full module name.
    pub name: &'static str,
    /// Whether it is a package's `__init__.py`.
    pub package: bool,
    /// Path below [`PREFIX`].
    pub path: &'static str,
    at: usize,
    packed: usize,
    size: usize,
    code_at: usize,
    code: usize,
}

static INDEX: &[Entry] = include!(concat!(env!("OUT_DIR"), "/library.rs"));
static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.bin"));
static CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library_code.bin"));

/// The entry of a module.
pub fn find(name: &str) -> Option<&'static Entry> {
    INDEX
        .binary_search_by(|e| e.name.cmp(name))
        .ok()
        .map(|i| &INDEX[i])
}

/// The entry of a path below [`PREFIX`] (as `__file__` shows it).
pub fn find_path(path: &str) -> Option<&'static Entry> {
    let rel = path.strip_prefix(PREFIX)?.strip_prefix('/')?;
    let stem = rel.strip_suffix(".py")?;
    let name = stem
        .strip_suffix("/__init__")
        .unwrap_or(stem)
        .replace('/', ".");
    find(&name).filter(|e| e.path == rel)
}

/// Every entry, sorted by name.
pub fn entries() -> &'static [Entry] {
    INDEX
}

impl Entry {
    /// The source text; `None` if the binary is damaged.
    pub fn source(&self) -> Option<Vec<u8>> {
        let packed = BLOB.get(self.at..self.at + self.packed)?;
        miniz_oxide::inflate::decompress_to_vec_with_limit(packed, self.size).ok()
    }
    /// The module's code as it is compiled without `-O`; `None` where the compiler warns of something.
    pub fn code(&self) -> Option<Code> {
        pack::unpack(
            CODE.get(self.code_at..self.code_at + self.code)?,
            &self.file(),
        )
    }
    /// `__file__`
    pub fn file(&self) -> String {
        format!("{PREFIX}/{}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_inflates_to_its_size() {
        assert!(INDEX.len() > 400);
        assert!(INDEX.windows(2).all(|w| w[0].name < w[1].name));
        for e in INDEX {
            assert_eq!(e.source().map(|s| s.len()), Some(e.size), "{}", e.name);
            assert!(find_path(&e.file()).is_some_and(|f| f.name == e.name));
            assert!(e.code == 0 || e.code().is_some(), "{}", e.name);
        }
    }
}
