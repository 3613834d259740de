//! Scopes: which name means what, where. `collect` walks the tree once and notes what each block does with each name;
//! `resolve` decides whether it is a local, a cell, a free variable or a global.

mod collect;
mod collect_expr;
mod resolve;

use crate::errors::Res;
use crate::source::Source;
use foldhash::HashMap;
use ruff_python_ast::Mod;

/// An interned name.
pub(crate) type NameId = u32;
/// Index into [`Symbols::scopes`].
pub(crate) type ScopeId = usize;

/// Interned names.
#[derive(Default)]
pub(crate) struct Names {
    map: HashMap<Box<str>, NameId>,
    list: Vec<Box<str>>,
}

impl Names {
    /// The name's number.
    pub fn id(&mut self, name: &str) -> NameId {
        if let Some(&id) = self.map.get(name) {
            return id;
        }
        let id = self.list.len() as NameId;
        self.map.insert(name.into(), id);
        self.list.push(name.into());
        id
    }
    /// The name.
    pub fn text(&self, id: NameId) -> &str {
        &self.list[id as usize]
    }
    /// The name's number if it was seen.
    pub fn find(&self, name: &str) -> Option<NameId> {
        self.map.get(name).copied()
    }
}

/// What a block does with a name.
pub(crate) mod def {
    pub const GLOBAL: u32 = 1;
    pub const LOCAL: u32 = 2;
    pub const PARAM: u32 = 4;
    pub const NONLOCAL: u32 = 8;
    pub const USE: u32 = 16;
    pub const IMPORT: u32 = 32;
    pub const ANNOT: u32 = 64;
    pub const COMP_ITER: u32 = 128;
    pub const TYPE_PARAM: u32 = 256;
    /// Bound by an assignment expression.
    pub const WALRUS: u32 = 512;
    /// What binds a name in its own block.
    pub const BOUND: u32 = LOCAL | PARAM | IMPORT | TYPE_PARAM | COMP_ITER;
}

/// What a name turned out to be in a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Unresolved,
    /// Bound here (in a class or module: in the namespace).
    Local,
    /// Bound here and captured by an inner function.
    Cell,
    /// Captured from an outer function.
    Free,
    /// In an inlined comprehension: look in the enclosing block, which is in the same code object.
    Up,
    GlobalExplicit,
    GlobalImplicit,
}

#[derive(Clone, Copy)]
pub(crate) struct Sym {
    pub name: NameId,
    pub flags: u32,
    pub kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ScopeKind {
    Module,
    Class,
    Function,
    Lambda,
    Generator,
    /// List, set or dict comprehension: inlined into its parent's code.
    Comp,
    Annotation,
    TypeParams,
    TypeAlias,
    TypeVar,
}

impl ScopeKind {
    /// Locals are in registers.
    pub fn fast(self) -> bool {
        !matches!(self, ScopeKind::Module | ScopeKind::Class)
    }
}

/// A block.
pub(crate) struct Scope {
    pub kind: ScopeKind,
    pub parent: Option<ScopeId>,
    pub syms: Vec<Sym>,
    pub index: HashMap<NameId, usize>,
    /// Names used by inner code objects or by this one from outer ones, sorted by name. Empty for `Comp`.
    pub free: Vec<NameId>,
    pub is_async: bool,
    /// Contains `yield` (or is a generator expression).
    pub generator: bool,
    /// Contains `await` or an asynchronous comprehension.
    pub awaits: bool,
    /// Has annotations that are collected in an annotation scope.
    pub has_annotations: bool,
    /// Has annotations that may not be reached.
    pub conditional_annotations: bool,
    /// An annotation-like scope directly inside a class sees the class's names.
    pub sees_class: bool,
    /// A class: inner scopes need its dictionary.
    pub needs_classdict: bool,
    /// Name for messages ("a TypeVar bound").
    pub what: &'static str,
    /// A `Comp` with `await` or `async for`.
    pub async_comp: bool,
    /// Private name prefix for mangling.
    pub private: Option<Box<str>>,
}

impl Scope {
    pub fn get(&self, name: NameId) -> Option<&Sym> {
        self.index.get(&name).map(|&i| &self.syms[i])
    }
}

/// The symbol table of a program.
pub(crate) struct Symbols {
    pub names: Names,
    pub scopes: Vec<Scope>,
    pub keys: HashMap<(usize, u8), ScopeId>,
}

/// Which of a node's scopes is meant.
pub(crate) mod tag {
    pub const MAIN: u8 = 0;
    pub const ANNOTATION: u8 = 1;
    pub const TYPE_PARAMS: u8 = 2;
    pub const VALUE: u8 = 3;
    pub const DEFAULT: u8 = 4;
}

/// The address of a node as a key.
pub(crate) fn key<T>(node: &T) -> usize {
    std::ptr::from_ref(node) as usize
}

/// Builds and resolves the symbol table.
pub(crate) fn build(module: &Mod, source: &Source<'_>, opts: &collect::Options) -> Res<Symbols> {
    let mut symbols = collect::collect(module, source, opts)?;
    resolve::resolve(&mut symbols);
    Ok(symbols)
}

pub(crate) use collect::{Options, defaults_empty, param_annotations};

/// `__private` names inside a class become `_Class__private`.
pub(crate) fn mangle<'n>(private: Option<&str>, name: &'n str) -> std::borrow::Cow<'n, str> {
    match private {
        Some(class) if name.starts_with("__") && !name.ends_with("__") && !name.contains('.') => {
            let class = class.trim_start_matches('_');
            if class.is_empty() {
                name.into()
            } else {
                format!("_{class}{name}").into()
            }
        }
        _ => name.into(),
    }
}
