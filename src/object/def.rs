//! How native code describes types, functions and modules: static tables, one file a type or module, registered in
//! `builtins::table` and `modules::table`.

use super::layout::Layout;
use super::obj::Obj;
use super::sig::Args;
use super::slots::Slots;
use super::type_ids::TypeId;
use crate::runtime::error::Res;
use crate::runtime::thread::Thread;

/// A native function: arguments have been bound by its signature (`self`/`cls` first, where it has one).
pub type NativeFn = fn(&Thread, Args<'_>) -> Res;

/// How a method takes its first argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bind {
    /// An instance method of a type, or a plain function of a module.
    Instance,
    /// `classmethod`
    Class,
    /// `staticmethod`
    Static,
}

/// A native function or method.
pub struct MethodDef {
    /// Name as Python sees it.
    pub name: &'static str,
    /// Signature in Argument Clinic's style, e.g. `"($self, key, default=None, /)"`: decides the binding of arguments
    /// and is the `__text_signature__`. Parameters with a default are optional: `Args::opt` gives `None` when absent.
    /// `*args` arrives as a tuple, `**kwargs` as a dict; `*args...` one by one, see `Args::rest`.
    pub sig: &'static str,
    /// The function.
    pub f: NativeFn,
    /// See [`Bind`].
    pub bind: Bind,
    /// `__doc__`
    pub doc: &'static str,
}

impl MethodDef {
    /// An instance method or module function.
    pub const fn new(name: &'static str, sig: &'static str, f: NativeFn) -> MethodDef {
        MethodDef {
            name,
            sig,
            f,
            bind: Bind::Instance,
            doc: "",
        }
    }
    /// A class method.
    pub const fn class(name: &'static str, sig: &'static str, f: NativeFn) -> MethodDef {
        MethodDef {
            name,
            sig,
            f,
            bind: Bind::Class,
            doc: "",
        }
    }
    /// A static method.
    pub const fn stat(name: &'static str, sig: &'static str, f: NativeFn) -> MethodDef {
        MethodDef {
            name,
            sig,
            f,
            bind: Bind::Static,
            doc: "",
        }
    }
    /// Several tables in one.
    pub const fn joined<const P: usize, const N: usize>(
        parts: [&'static [MethodDef]; P],
    ) -> [MethodDef; N] {
        let mut out = [const { MethodDef::new("", "()", |_, _| Ok(Obj::NONE)) }; N];
        let (mut n, mut p) = (0, 0);
        while p < P {
            let mut i = 0;
            while i < parts[p].len() {
                let m = &parts[p][i];
                out[n] = MethodDef {
                    name: m.name,
                    sig: m.sig,
                    f: m.f,
                    bind: m.bind,
                    doc: m.doc,
                };
                n += 1;
                i += 1;
            }
            p += 1;
        }
        assert!(n == N);
        out
    }
    /// The same with a docstring.
    pub const fn doc(mut self, doc: &'static str) -> MethodDef {
        self.doc = doc;
        self
    }
}

/// A computed attribute.
pub struct GetSetDef {
    /// Name.
    pub name: &'static str,
    /// Getter.
    pub get: fn(&Thread, &Obj) -> Res,
    /// Setter; deleter where the value is absent. Read-only without.
    pub set: Option<fn(&Thread, &Obj, Option<&Obj>) -> Res<()>>,
}

impl GetSetDef {
    /// A read-only attribute.
    pub const fn ro(name: &'static str, get: fn(&Thread, &Obj) -> Res) -> GetSetDef {
        GetSetDef {
            name,
            get,
            set: None,
        }
    }
    /// A writable attribute.
    pub const fn rw(
        name: &'static str,
        get: fn(&Thread, &Obj) -> Res,
        set: fn(&Thread, &Obj, Option<&Obj>) -> Res<()>,
    ) -> GetSetDef {
        GetSetDef {
            name,
            get,
            set: Some(set),
        }
    }
}

/// Flags of a type.
pub mod type_flags {
    /// Classes may derive from it.
    pub const BASETYPE: u32 = 1;
    /// Instances have a `__dict__` (an attribute area).
    pub const HAS_DICT: u32 = 2;
    /// Its attributes cannot be set (built-in types).
    pub const IMMUTABLE: u32 = 4;
    /// `case [...]` patterns match it.
    pub const SEQUENCE: u32 = 8;
    /// `case {...}` patterns match it.
    pub const MAPPING: u32 = 16;
    /// `case int(x)`: the single positional pattern is the subject itself.
    pub const MATCH_SELF: u32 = 32;
    /// Calling it raises "cannot create 'T' instances".
    pub const NO_NEW: u32 = 64;
    /// Made by a `class` statement or `type()`.
    pub const HEAP: u32 = 128;
    /// Has abstract methods.
    pub const ABSTRACT: u32 = 256;
    /// Instances have a finaliser (`__del__`).
    pub const HAS_DEL: u32 = 512;
    /// An inline cache relies on what the type's dictionary says.
    pub const CACHED: u32 = 1024;
    /// Derives from `BaseException`.
    pub const EXCEPTION: u32 = 2048;
    /// Derives from `type`.
    pub const METATYPE: u32 = 4096;
    /// Its functions bind `self` when looked up on an instance (functions, method descriptors).
    pub const METHOD_DESCRIPTOR: u32 = 8192;
    /// Getting attributes is the plain `object.__getattribute__`.
    pub const PLAIN_GETATTR: u32 = 16384;
    /// Setting attributes is the plain `object.__setattr__`.
    pub const PLAIN_SETATTR: u32 = 32768;
    /// Instances can be the referent of weak references.
    pub const WEAKREFABLE: u32 = 65536;
}

/// A built-in type.
pub struct TypeDef {
    /// Which one.
    pub id: TypeId,
    /// `"list"`, `"collections.deque"`: everything before the last dot is the module, `builtins` without a dot.
    pub name: &'static str,
    /// Base type.
    pub base: TypeId,
    /// Layout of instances.
    pub layout: &'static Layout,
    /// See [`type_flags`].
    pub flags: u32,
    /// Native operations.
    pub slots: Slots,
    /// Methods.
    pub methods: &'static [MethodDef],
    /// Computed attributes.
    pub getset: &'static [GetSetDef],
    /// More attributes, made when the runtime starts (constants, `__class_getitem__` aliases and the like).
    pub init: Option<fn(&Thread, &super::obj::Py<super::types::Type>) -> Res<()>>,
    /// `__doc__`
    pub doc: &'static str,
}

impl TypeDef {
    /// A type without methods: `TypeDef { methods: …, ..TypeDef::new(…) }`.
    pub const fn new(id: TypeId, name: &'static str, layout: &'static Layout) -> TypeDef {
        TypeDef {
            id,
            name,
            base: TypeId::Object,
            layout,
            flags: 0,
            slots: Slots::NONE,
            methods: &[],
            getset: &[],
            init: None,
            doc: "",
        }
    }
    /// The signature that stands at the head of `doc`, as in `Name(a, b)` before a line of two dashes, and the rest.
    pub fn signature(&self) -> (Option<&'static str>, &'static str) {
        let name = self.name.rsplit('.').next().unwrap_or_default();
        let split = self
            .doc
            .strip_prefix(name)
            .filter(|rest| rest.starts_with('('))
            .and_then(|rest| rest.split_once("\n--\n\n"));
        match split {
            Some((sig, doc)) => (Some(sig), doc),
            None => (None, self.doc),
        }
    }
}

/// A native module.
pub struct ModuleDef {
    /// Full name.
    pub name: &'static str,
    /// Functions.
    pub functions: &'static [MethodDef],
    /// Native types that it shows, under the names that they get there.
    pub types: &'static [(&'static str, TypeId)],
    /// Fills the rest of its namespace at import.
    pub init: Option<fn(&Thread, &super::obj::Py<super::module::Module>) -> Res<()>>,
    /// `__doc__`
    pub doc: &'static str,
}

impl ModuleDef {
    /// An empty module: `ModuleDef { functions: …, ..ModuleDef::new("math") }`.
    pub const fn new(name: &'static str) -> ModuleDef {
        ModuleDef {
            name,
            functions: &[],
            types: &[],
            init: None,
            doc: "",
        }
    }
}
